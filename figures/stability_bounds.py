r"""Stability to deformations: the theorem's bound and what is measured, by gradient, depth and size of the patches.

Networks on R are read on grids of several points to a pixel (`stability.refined`), after a Gaussian of one pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from kernelspec import ckn
from kernelspec.ckn import stability
from paper_checks.stability_search import signals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "stability-bounds"
TITLE = "Stability to deformations: bound and measurement"
CAPTION = r"""
Relative distances $\|\Phi(L_\tau x)-\Phi(x)\|/\|x\|$ of convolutional ReLU networks on the line, of CKN and of tangent
kernels, and the bounds of the stability theorem with all its constants, proved on $R$ (lines without marks; they stop
at what the norms alone give). Bands: least to largest over noise, a smooth signal, a single point and a wave, and over
random fields; marks: their root mean square. (a) By $\|\nabla\tau\|_\infty$, two layers with patches of three pixels
and Gaussian pooling: the powers are 1 and 1/2. (b) By the number of layers at $\|\nabla\tau\|_\infty=0.01$: the bounds
grow like $n$ and $n^{3/2}$; distances of the CKN do not grow, those of the tangent kernel about like $\sqrt n$, as its
norm does. (c) By the size of the patches, one layer, $\|\nabla\tau\|_\infty=0.01$: the bounds grow linearly, where
$\beta^{d+1}$ is the order in the sources.
"""
ORDER = 74

Array = NDArray[np.float64]
PIXELS = 48
SMOOTHING = 1.0
RELU = ks.arccos(1)


@dataclass(frozen=True, eq=False)
class Curve:
    """Over `places`: distances (trials, places) and bounds, of the kernel (0) and the tangent kernel (1)."""

    places: Array
    measured: tuple[Array, Array]
    bounds: tuple[Array, Array]


@dataclass(frozen=True, eq=False)
class Stability:
    """The three panels."""

    gradient: Curve
    depth: Curve
    patch: Curve


def compute(quick: bool = False) -> Stability:
    """Distances of a few signals under a few fields; fewer, on a coarser grid, when `quick`."""
    factor, fields = (2, 1) if quick else (4, 3)
    rng = np.random.default_rng(2019)
    grid = PIXELS * factor
    batch = signals(rng, (grid,), unit=factor)
    taus = [stability.field(grid, 0.5, 4.0 * factor, rng) for _ in range(fields)]

    def curve(
        places: list[float], net: Callable[[float], ckn.Network], grad: Callable[[float], float]
    ) -> Curve:
        measured: list[list[Array]] = [[], []]
        bounds: list[list[float]] = [[], []]
        for place in places:
            fine = stability.refined(net(place), factor)
            moved = [grad(place) / 0.5 * tau for tau in taus]
            for kind in (0, 1):
                apart = [
                    stability.measured(fine, batch, tau, bool(kind), smoothing=SMOOTHING * factor)
                    for tau in moved
                ]
                measured[kind].append(np.concatenate(apart))
                upper = [
                    stability.bound(
                        fine, tau, bool(kind), smoothing=SMOOTHING * factor, continuum=True
                    ).value
                    for tau in moved
                ]
                bounds[kind].append(max(upper))
        return Curve(
            np.array(places),
            (np.array(measured[0]).T, np.array(measured[1]).T),
            (np.array(bounds[0]), np.array(bounds[1])),
        )

    sizes = list(np.geomspace(1e-4, 0.4, 4 if quick else 9))
    depths = [1.0, 2.0, 4.0] if quick else [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0]
    patches = [1.0, 4.0] if quick else [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0]
    return Stability(
        curve(sizes, lambda _: network(2, 3), lambda grad: grad),
        curve(depths, lambda n: network(int(n), 3), lambda _: 0.01),
        curve(patches, lambda p: network(1, int(p)), lambda _: 0.01),
    )


def network(layers: int, patch: int) -> ckn.Network:
    """Equal ReLU layers with Gaussian pooling."""
    return ckn.Network([ckn.Layer(patch, RELU, ckn.gaussian(1))] * layers)


def draw(data: Stability) -> Figure:
    """Three panels with one scale of distances."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 3.3))
    panels = figure.subplots(1, 3, sharey=True)
    content = (
        (data.gradient, r"(a) gradient", r"$\|\nabla\tau\|_\infty$"),
        (data.depth, "(b) depth", "layers $n$"),
        (data.patch, "(c) patches", "pixels of a patch"),
    )
    for ax, (curve, title, label) in zip(panels, content, strict=True):
        _panel(ax, curve)
        ax.set_title(title, loc="left")
        ax.set_xlabel(label)
    panels[0].set_ylabel(r"$\|\Phi(L_\tau x)-\Phi(x)\|\ /\ \|x\|$")
    for ax, curve in zip(panels[1:], (data.depth, data.patch), strict=True):
        ticks = [int(place) for place in curve.places if int(place) in (1, 2, 4, 8, 16, 12)]
        ax.set_xticks(ticks, [str(tick) for tick in ticks])
        ax.tick_params(axis="x", which="minor", bottom=False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _panel(ax: Axes, curve: Curve) -> None:
    for kind, name in enumerate(("CKN", "tangent kernel")):
        look = style.line(kind)
        ax.plot(curve.places, curve.bounds[kind], label=f"{name}, bound", **look)
        measured = curve.measured[kind]
        mean = np.sqrt(np.mean(measured**2, axis=0))
        marked = style.line(kind, marker=True, linestyle="none")
        ax.plot(curve.places, mean, label=f"{name}, measured", **marked)
        ax.fill_between(
            curve.places,
            measured.min(axis=0),
            measured.max(axis=0),
            color=look["color"],
            alpha=0.18,
            linewidth=0,
        )
    ax.set(xscale="log", yscale="log")
