r"""How far kernel maps move their inputs apart: Lipschitz for random features, Hoelder 1/2 for tangent kernels.

Distances on the sphere against the bounds of claims 37 (Bietti & Mairal 2019, JMLR) and 40 (NeurIPS), the Hoelder
ratios by depth, and the room that the bound of the tangent kernel's map leaves off the sphere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..kernels.families import linear
from ..kernels.networks import ntk, rf
from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..results.tables import Table
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import integers, look, mapping

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
DEPTHS = (2, 3, 5)
SCALED = (2, 3, 4, 5, 6, 20)


@dataclass(frozen=True)
class Curve:
    """Distances after the map of a kernel, and their proved bound."""

    family: str
    depth: int
    moved: Array
    bound: Array


@dataclass(frozen=True)
class Scaled:
    """|Phi(x)-Phi(y)|/sqrt(A|x-y|) of a tangent kernel, and where it is largest: |x-y| and value, if known."""

    depth: int
    ratio: Array
    peak: tuple[float, float] | None


@dataclass(frozen=True)
class Smoothness:
    """Curves over two sets of distances of unit vectors, and the share of the bound at r = |y|/|x| and theta."""

    near: Array
    curves: list[Curve]
    distance: Array
    scaled: list[Scaled]
    r: Array
    theta: Array
    share: Array
    shared: int


def hoelder(depth: int) -> float:
    """A = L(L-1)/pi: |Phi(x)-Phi(y)|^2 ~ A|x-y| on the sphere."""
    return depth * (depth - 1) / math.pi


def moved(kernel: Zonal, r: Array, theta: Array) -> Array:
    """|Phi(x)-Phi(y)| for |x| = 1, |y| = r at an angle, without cancellation."""
    defect = kernel.of_angle(theta, defect=True)
    return np.asarray(np.sqrt(kernel.at_one * (1 - r) ** 2 + 2 * r * defect))


def share(depth: int, r: Array, theta: Array) -> Array:
    """|Phi(x)-Phi(y)|^2 over its bound for the tangent kernel, where 0 < r <= 1 and x is not y."""
    distance = moved(linear(), r, theta)
    bound = hoelder(depth) * r * distance + depth * distance**2
    return np.asarray(moved(ntk(depth), r, theta) ** 2 / bound)


def smoothness(
    depths: Sequence[int] = DEPTHS,
    scaled: Sequence[int] = SCALED,
    shared: int = 2,
    peaks: Mapping[int, tuple[float, float]] | None = None,
    points: int = 200,
) -> Smoothness:
    """Distances from 1e-6 to 2, ratios from 0.002 to 2, and a grid off the sphere, of so many points each."""
    depths = tuple(sorted(integers("depths", depths, 2, 1000)))
    scaled = integers("scaled", scaled, 2, 1000)
    shared, points = integer("shared", shared, 2, 1000), integer("points", points, 10, 2000)
    marked = mapping("peaks", peaks)
    near = np.geomspace(1e-6, 2, points)
    theta = 2 * np.arcsin(near / 2)
    one = np.ones_like(near)
    curves = [Curve("RF", n, moved(rf(n), one, theta), near) for n in depths]
    for n in depths:
        bound = np.sqrt(hoelder(n) * near + n * near**2)
        curves.append(Curve("NTK", n, moved(ntk(n), one, theta), bound))
    distance = np.linspace(0.002, 2, points)
    angle = 2 * np.arcsin(distance / 2)
    ratios = [
        Scaled(n, moved(ntk(n), np.ones_like(angle), angle) / np.sqrt(hoelder(n) * distance), marked.get(n))
        for n in scaled
    ]
    # At r = 0 and where x = y the share is 1 or undefined.
    r = np.linspace(1e-3, 1, max(25, points // 2))
    angles = np.linspace(1e-3, np.pi, max(25, points // 2))
    shares = share(shared, r[:, None], angles[None, :])
    return Smoothness(near, curves, distance, ratios, r, angles, shares, shared)


def kernel_map_smoothness(
    depths: Sequence[int] = DEPTHS,
    *,
    scaled: Sequence[int] = SCALED,
    shared: int = 2,
    peaks: Mapping[int, tuple[float, float]] | None = None,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""|Phi(x)-Phi(y)| of networks against |x-y|, the Hoelder ratios, and the share of the bound off the sphere.

    Parameters
    ----------
    depths : numbers of layers, from 2 on, of the first panel; `scaled` of the second; `shared` the one of the third.
    peaks : by depth, where a ratio of the second panel is largest: |x-y| and the value, to be marked.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (distances, ratios, share, the bar of colours) and a table of the first two panels.
    """
    data = smoothness(depths, scaled, shared, peaks)
    return finished(draw, data, table(data), width, font)


def table(data: Smoothness) -> Table:
    """A row for each network and distance; `value` is |Phi(x)-Phi(y)|, or its ratio to sqrt(A|x-y|)."""
    rows = [
        {
            "panel": "distance",
            "family": curve.family,
            "L": curve.depth,
            "distance": float(x),
            "value": float(value),
            "bound": float(bound),
        }
        for curve in data.curves
        for x, value, bound in zip(data.near, curve.moved, curve.bound, strict=True)
    ]
    rows += [
        {
            "panel": "ratio",
            "family": "NTK",
            "L": curve.depth,
            "distance": float(x),
            "value": float(value),
            "bound": None,
        }
        for curve in data.scaled
        for x, value in zip(data.distance, curve.ratio, strict=True)
    ]
    return Table(rows, caption="Distances of unit vectors after the maps of kernels")


def draw(data: Smoothness, width: float = PAGE) -> Figure:
    """Distances and ratios on the sphere, the share of the bound off it."""
    sheet = Sheet(width, 3, 2.5, across=3, least=2.1, legend=0.3, ratios=(1, 1, 1.1))
    left, middle, right = sheet.panels
    handles, words = _distances(left, data)
    _ratios(sheet, middle, data)
    levels = np.linspace(0.1, 1, 10)
    filled = right.contourf(data.theta, data.r, data.share, levels=levels)
    right.contour(data.theta, data.r, data.share, levels=levels, colors="white", linewidths=0.3)
    right.set(xlabel=r"angle $\theta$", ylabel=r"$|y|\,/\,|x|$", xlim=(0, np.pi), ylim=(0, 1))
    right.set_xticks([0, np.pi / 2, np.pi], ["0", r"$\pi/2$", r"$\pi$"])
    right.grid(False)
    right.set_title(f"{letters(2)} share of bound, $L={data.shared}$", loc="left")
    sheet.figure.colorbar(filled, ax=right, ticks=levels[1::2], aspect=30)
    sheet.legend(handles, words)
    return sheet.settle()


def _distances(ax: Axes, data: Smoothness) -> tuple[list[Artist], list[str]]:
    depths = sorted({curve.depth for curve in data.curves})
    found: dict[str, Artist] = {}
    said = ", ".join(map(str, depths))
    for curve in data.curves:
        if curve.family == "NTK" or curve.depth == depths[0]:
            (line,) = ax.plot(data.near, curve.bound, color="0.55", linestyle="-", linewidth=0.8)
            found["bounds"] = line
        style = look(curve.family, depths.index(curve.depth))
        (line,) = ax.plot(data.near, curve.moved, **style)
        found[f"{curve.family}, $L={said}$" + (" (upwards)" if curve.family == "NTK" else "")] = line
    top = max(float(curve.bound.max()) for curve in data.curves)
    ax.set(xscale="log", yscale="log", xlim=(5e-7, 3), ylim=(5e-7, 3 * top))
    log_ticks(ax.xaxis, 5e-7, 3, most=4)
    log_ticks(ax.yaxis, 5e-7, 3 * top, most=5)
    ax.set(xlabel=r"$|x-y|$", ylabel=r"$|\Phi(x)-\Phi(y)|$")
    ax.set_title(f"{letters(0)} unit vectors", loc="left")
    return list(found.values()), list(found)


def _ratios(sheet: Sheet, ax: Axes, data: Smoothness) -> None:
    ax.axhline(1, color="0.55", linewidth=0.8)
    names = []
    for i, curve in enumerate(data.scaled):
        style = drawing.line(i)
        ax.plot(data.distance, curve.ratio, **style)
        names.append((float(curve.ratio[-1]), f"$L={curve.depth}$", style["color"]))
        if curve.peak:
            ax.plot(*curve.peak, "o", color=style["color"], mfc="white", ms=4)
    top = max(float(curve.ratio.max()) for curve in data.scaled)
    ax.set(xlim=(-0.03, 2.03), ylim=(0, 1.08 * top), xticks=[0, 1, 2], xlabel=r"$|x-y|$")
    ax.set_title(rf"{letters(1)} $|\Phi(x)-\Phi(y)|\,/\sqrt{{A|x-y|}}$", loc="left")
    sheet.names(ax, names)
