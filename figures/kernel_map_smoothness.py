r"""How far kernel maps move their inputs apart: Lipschitz for random features, Hoelder 1/2 for tangent kernels.

Distances on the sphere against the bounds of claims 37 and 40, the sharp Hoelder constants by depth, and the
room that the bound of the two-layer tangent kernel's map leaves off the sphere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import _families, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "kernel-map-smoothness"
TITLE = "How smooth kernel maps are"
CAPTION = r"""
Left: $|\Phi(x)-\Phi(y)|$ against $|x-y|$ for unit vectors and networks of $L$ layers. Random features (RF)
have slope 1 and stay below $|x-y|$: their maps are non-expansive. Tangent kernels (NTK) have slope
$\frac{1}{2}$: their maps are not Lipschitz. The grey line above each is the bound
$\sqrt{A|x-y|+L|x-y|^2}$, $A=L(L-1)/\pi$. Middle: $|\Phi(x)-\Phi(y)|$ over $\sqrt{A|x-y|}$. Circles: the sharp
constants $H_L/\sqrt{A}$ for $L\leq5$, enclosed in balls; from $L=6$ on it is 1, the limit of small distances.
Right: $|\Phi(x)-\Phi(y)|^2$ over its bound $A\min(|x|,|y|)|x-y|+L|x-y|^2$ off the sphere, $L=2$. It
is below 1 everywhere, as proved for every depth, and tends to 1 where one vector vanishes and where vectors
of equal norm meet: neither constant can be smaller.
"""
ORDER = 60

Array = NDArray[np.float64]
DEPTHS = (2, 3, 5)  # of the left panel
SCALED = (2, 3, 4, 5, 6, 20)  # of the middle one
_INNER = (2, 3, 4, 5)  # depths whose largest ratio is not the limit of small distances


@dataclass(frozen=True)
class Curve:
    """Distances after the map of a kernel, and their proved bound."""

    family: str
    depth: int
    moved: Array
    bound: Array


@dataclass(frozen=True)
class Scaled:
    """|Phi(x)-Phi(y)|/sqrt(A|x-y|) of a tangent kernel, and where it is largest: |x-y| and value."""

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


def hoelder(depth: int) -> float:
    """A = L(L-1)/pi: |Phi(x)-Phi(y)|^2 ~ A|x-y| on the sphere."""
    return depth * (depth - 1) / math.pi


def moved(kernel: ks.Zonal, r: Array, theta: Array) -> Array:
    """|Phi(x)-Phi(y)| for |x| = 1, |y| = r at an angle, without cancellation."""
    defect = kernel.of_angle(theta, defect=True)
    return np.asarray(np.sqrt(kernel.at_one * (1 - r) ** 2 + 2 * r * defect))


def share(depth: int, r: Array, theta: Array) -> Array:
    """|Phi(x)-Phi(y)|^2 over its bound for the tangent kernel, where 0 < r <= 1 and x is not y."""
    distance = moved(ks.linear(), r, theta)
    bound = hoelder(depth) * r * distance + depth * distance**2
    return np.asarray(moved(ks.ntk(depth), r, theta) ** 2 / bound)


def scaled(depth: int, distance: Array) -> Scaled:
    """The ratio of one depth with its maximum, where that is inside."""
    from paper_checks.g_tangent_balls import peak

    theta = 2 * np.arcsin(distance / 2)
    ratio = moved(ks.ntk(depth), np.ones_like(theta), theta) / np.sqrt(hoelder(depth) * distance)
    if depth not in _INNER:
        return Scaled(depth, ratio, None)
    found = peak(depth)
    top = float(found.distance), float(found.constant) / math.sqrt(hoelder(depth))
    return Scaled(depth, ratio, top)


def compute(quick: bool = False) -> Smoothness:
    """Distances from 1e-6 to 2, ratios from 0.002 to 2, and a grid off the sphere."""
    near = np.geomspace(1e-6, 2, 40 if quick else 200)
    theta = 2 * np.arcsin(near / 2)
    one = np.ones_like(near)
    curves = [Curve("RF", n, moved(ks.rf(n), one, theta), near) for n in DEPTHS]
    for n in DEPTHS:
        bound = np.sqrt(hoelder(n) * near + n * near**2)
        curves.append(Curve("NTK", n, moved(ks.ntk(n), one, theta), bound))
    distance = np.linspace(0.002, 2, 40 if quick else 300)
    # At r = 0 and where x = y the share is 1 or undefined.
    r = np.linspace(1e-3, 1, 25 if quick else 150)
    angles = np.linspace(1e-3, np.pi, 25 if quick else 150)
    shares = share(2, r[:, None], angles[None, :])
    return Smoothness(
        near, curves, distance, [scaled(n, distance) for n in SCALED], r, angles, shares
    )


def draw(data: Smoothness) -> Figure:
    """Distances and ratios on the sphere, the share of the bound off it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 2.9))
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.08))
    _distances(left, data)
    _ratios(middle, data)
    _shares(figure, right, data)
    return figure


def _distances(ax: Axes, data: Smoothness) -> None:
    for curve in data.curves:
        if curve.family == "NTK" or curve.depth == DEPTHS[0]:
            ax.plot(data.near, curve.bound, color="0.55", linestyle="-", linewidth=0.8)
        look = _families.look(curve.family, DEPTHS.index(curve.depth))
        ax.plot(data.near, curve.moved, **look)
    ax.set(xscale="log", yscale="log", xlim=(5e-7, 3), ylim=(5e-7, 20))
    ax.set(xticks=[1e-6, 1e-4, 1e-2, 1], yticks=[1e-6, 1e-4, 1e-2, 1])
    ax.tick_params(axis="both", which="minor", left=False, bottom=False)
    ax.set(xlabel=r"$|x-y|$", ylabel=r"$|\Phi(x)-\Phi(y)|$")
    depths = ", ".join(map(str, DEPTHS))
    ax.text(1e-6, 4, f"NTK, $L={depths}$ (upwards)", color=style.VERMILION, fontsize=8.5)
    ax.text(1e-4, 1.2e-5, f"RF, $L={depths}$", color=style.BLUE, fontsize=8.5)
    ax.set_title("unit vectors", loc="left")


def _ratios(ax: Axes, data: Smoothness) -> None:
    ax.axhline(1, color="0.55", linewidth=0.8)
    for i, curve in enumerate(data.scaled):
        look = style.line(i)
        ax.plot(data.distance, curve.ratio, **look, label=f"$L={curve.depth}$")
        if curve.peak:
            ax.plot(*curve.peak, "o", color=look["color"], mfc="white", ms=4)
    ax.set(xlim=(-0.03, 2.03), ylim=(0, 2.6), xticks=[0, 1, 2], yticks=[0, 1, 2], xlabel=r"$|x-y|$")
    ax.set_title(r"$|\Phi(x)-\Phi(y)|\,/\sqrt{A|x-y|}$", loc="left", fontsize=9.5)
    ax.legend(ncols=3, loc="upper center", columnspacing=0.7, handlelength=1.3, handletextpad=0.4)


def _shares(figure: Figure, ax: Axes, data: Smoothness) -> None:
    levels = np.linspace(0.1, 1, 10)
    filled = ax.contourf(data.theta, data.r, data.share, levels=levels)
    ax.contour(data.theta, data.r, data.share, levels=levels, colors="white", linewidths=0.3)
    ax.set(xlabel=r"angle $\theta$", ylabel=r"$|y|\,/\,|x|$", xlim=(0, np.pi), ylim=(0, 1))
    ax.set_xticks([0, np.pi / 2, np.pi], ["0", r"$\pi/2$", r"$\pi$"])
    ax.grid(False)
    ax.set_title("NTK, $L=2$: share of the bound", loc="left", fontsize=9.5)
    figure.colorbar(filled, ax=ax, ticks=levels[1::2], aspect=30)
