r"""Stability to deformations: the theorem's bound and what is measured, by gradient, depth and size of the patches.

Networks on R are read on grids of several points to a pixel (`stability.refined`), after a Gaussian of one pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import ckn
from ..ckn import stability
from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..results.tables import Table
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks, sparse_ticks
from .looks import as_kernel, integers, reals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
PIXELS = 48
SMOOTHING = 1.0
GRADS = tuple(float(f"{g:.6g}") for g in np.geomspace(1e-4, 0.4, 9))
DEPTHS = (1, 2, 3, 4, 6, 8, 12)
PATCHES = (1, 2, 3, 4, 6, 8, 12, 16)
KINDS = ("CKN", "tangent kernel")
_GRAD = 0.01  # of the panels by depth and by patch


@dataclass(frozen=True, eq=False)
class Curve:
    """Over `places`: distances (trials, places) and bounds, of the kernel (0) and the tangent kernel (1)."""

    places: Array
    measured: tuple[Array, Array]
    bounds: tuple[Array, Array]

    def mean(self, kind: int) -> Array:
        """The root mean square over the trials."""
        return np.asarray(np.sqrt(np.mean(self.measured[kind] ** 2, axis=0)))


@dataclass(frozen=True, eq=False)
class Stability:
    """The three panels."""

    gradient: Curve
    depth: Curve
    patch: Curve


def trial_signals(rng: np.random.Generator, shape: tuple[int, ...], unit: int = 1) -> Array:
    """Noise, a smooth signal, one point, and a wave of random frequency; two channels."""
    noise = rng.standard_normal((*shape, 2))
    smooth = stability.smooth(noise[None], 2.0 * unit, "circular")[0]
    point = np.zeros((*shape, 2))
    point[tuple(int(rng.integers(n)) for n in shape)] = 1.0
    phases = sum(
        2 * np.pi * rng.integers(0, n // (2 * unit) + 1) / n * place
        for n, place in zip(shape, np.indices(shape), strict=True)
    )
    wave = np.stack([np.cos(phases), np.sin(phases)], axis=-1)
    return np.stack([noise, smooth, point, wave])


def distances_and_bounds(
    grads: Sequence[float] = GRADS,
    depths: Sequence[int] = DEPTHS,
    patches: Sequence[int] = PATCHES,
    kernel: Any = "arccos(1)",
    factor: int = 4,
    fields: int = 3,
    seed: int = 2019,
) -> Stability:
    """Distances of a few signals under a few fields, on grids of `factor` points to a pixel."""
    sizes = sorted(reals("grads", grads, 1e-12, 0.99))
    depths = sorted(integers("depths", depths, 1, 64))
    patches = sorted(integers("patches", patches, 1, PIXELS))
    patch_kernel = as_kernel("kernel", kernel)
    factor, fields = integer("factor", factor, 1, 64), integer("fields", fields, 1, 1000)
    rng = np.random.default_rng(integer("seed", seed, 0))
    grid = PIXELS * factor
    batch = trial_signals(rng, (grid,), unit=factor)
    taus = [stability.field(grid, 0.5, 4.0 * factor, rng) for _ in range(fields)]
    smoothing = SMOOTHING * factor

    def curve(places: Sequence[float], net: Callable[[Any], ckn.Network], grad: Callable[[float], float]) -> Curve:
        measured: list[list[Array]] = [[], []]
        bounds: list[list[float]] = [[], []]
        for place in places:
            fine = stability.refined(net(place), factor)
            moved = [grad(place) / 0.5 * tau for tau in taus]
            for kind in (0, 1):
                apart = [stability.measured(fine, batch, tau, bool(kind), smoothing=smoothing) for tau in moved]
                measured[kind].append(np.concatenate(apart))
                upper = [
                    stability.bound(fine, tau, bool(kind), smoothing=smoothing, continuum=True).value for tau in moved
                ]
                bounds[kind].append(max(upper))
        return Curve(
            np.array(places, dtype=np.float64),
            (np.array(measured[0]).T, np.array(measured[1]).T),
            (np.array(bounds[0]), np.array(bounds[1])),
        )

    return Stability(
        curve(sizes, lambda _: network(2, 3, patch_kernel), lambda grad: grad),
        curve(depths, lambda n: network(n, 3, patch_kernel), lambda _: _GRAD),
        curve(patches, lambda p: network(1, p, patch_kernel), lambda _: _GRAD),
    )


def network(layers: int, patch: int, kernel: Zonal) -> ckn.Network:
    """Equal layers with Gaussian pooling."""
    return ckn.Network([ckn.Layer(patch, kernel, ckn.gaussian(1))] * layers)


def stability_bounds(
    depths: Sequence[int] = DEPTHS,
    *,
    grads: Sequence[float] = GRADS,
    patches: Sequence[int] = PATCHES,
    kernel: Any = "arccos(1)",
    factor: int = 4,
    fields: int = 3,
    seed: int = 2019,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Distances of deformed signals in the spaces of convolutional networks on the line, and the proved bounds.

    Parameters
    ----------
    depths : numbers of layers, from 1 to 64.
    grads : |grad tau|_inf of the deformations of the first panel, below 1.
    patches : pixels of the patches, from 1 to 48.
    kernel : of the patches; a kernel or its text.
    factor : points of the grid to a pixel; `fields`: how many random fields; `seed`: of all that is random.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (by gradient, by depth, by patch) and a table of least, mean and largest distances, and bounds.
    """
    data = distances_and_bounds(grads, depths, patches, kernel, factor, fields, seed)
    return finished(draw, data, table(data), width, font)


def table(data: Stability) -> Table:
    """A row for each panel, kernel and place."""
    rows = [
        {
            "panel": panel,
            "kernel": name,
            "place": float(place),
            "least": float(curve.measured[kind][:, i].min()),
            "mean": float(curve.mean(kind)[i]),
            "largest": float(curve.measured[kind][:, i].max()),
            "bound": float(curve.bounds[kind][i]),
        }
        for panel, curve in vars(data).items()
        for kind, name in enumerate(KINDS)
        for i, place in enumerate(curve.places)
    ]
    return Table(rows, caption="Relative distances of deformed signals, and the bounds of the theorem")


def draw(data: Stability, width: float = PAGE) -> Figure:
    """Three panels with one scale of distances."""
    sheet = Sheet(width, 3, 2.45, across=3, least=2.0, legend=0.35, sharey=True)
    content = (
        (data.gradient, "gradient", r"$\|\nabla\tau\|_\infty$"),
        (data.depth, "depth", "layers $n$"),
        (data.patch, "patches", "pixels of a patch"),
    )
    for place, (ax, (curve, title, label)) in enumerate(zip(sheet.panels, content, strict=True)):
        _panel(ax, curve)
        ax.set_title(f"{letters(place)} {title}", loc="left")
        ax.set_xlabel(label)
        if curve is data.gradient:
            log_ticks(ax.xaxis, *ax.get_xlim(), most=5)
        else:
            sparse_ticks(ax.xaxis, curve.places)
    means = [curve.mean(kind) for curve, _, _ in content for kind in (0, 1)]
    tops = [curve.bounds[kind] for curve, _, _ in content for kind in (0, 1)]
    # A distance may be 0, which has no place on the axis.
    low, high = 0.1 * min(m[m > 0].min() for m in means), 2 * max(t.max() for t in tops)
    sheet.panels[0].set_ylim(low, high)
    log_ticks(sheet.panels[0].yaxis, low, high, most=7)
    for ax in sheet.first:
        ax.set_ylabel(r"$\|\Phi(L_\tau x)-\Phi(x)\|\ /\ \|x\|$")
    sheet.legend(*sheet.panels[0].get_legend_handles_labels())
    return sheet.settle()


def _panel(ax: Axes, curve: Curve) -> None:
    for kind, name in enumerate(KINDS):
        look = drawing.line(kind)
        ax.plot(curve.places, curve.bounds[kind], label=f"{name}, bound", **look)
        measured = curve.measured[kind]
        marked = drawing.line(kind, marker=True, linestyle="none")
        ax.plot(curve.places, curve.mean(kind), label=f"{name}, measured", **marked)
        ax.fill_between(
            curve.places,
            np.maximum(measured.min(axis=0), 1e-30),
            measured.max(axis=0),
            color=look["color"],
            alpha=0.18,
            linewidth=0,
        )
    ax.set(xscale="log", yscale="log")
