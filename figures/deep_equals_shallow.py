r"""Deep equals shallow, on eigenvalues from k = 0 to 10^9: the picture of the README.

Left: eigenvalues of the three-layer tangent kernel in several dimensions with their asymptotes, far
below the range of float64. Right: eigenvalues of deep tangent kernels over those of the two-layer
one with bias, and the exact limits of the ratios by parity (claims 22, 25, 27).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from kernelspec.sphere import log_power_eigenvalue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "deep-equals-shallow"
TITLE = "Deep equals shallow, from the first eigenvalue to the billionth"
CAPTION = r"""
Left: eigenvalues of the three-layer tangent kernel on $S^{d-1}$ at degrees up to $10^9$, and their
asymptotes (lines). Right: eigenvalues of the $L$-layer tangent kernels over those of a two-layer one
with bias, $d = 10$; dots for even, circles for odd degrees. They tend to constants (lines; exactly
$(L(L-1)/2 \pm \Pi_L)/2$, the sign being the parity): both kernels have the same RKHS. Two layers
without bias ($L = 2$) have $\mu_k = 0$ at all odd $k \geq 3$, and a smaller one.
"""
ORDER = 5

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIMENSIONS = (3, 10, 50)
DEPTHS = (30, 10, 5, 3, 2)
RATIO_DIMENSION = 10


@dataclass(frozen=True)
class Eigenvalues:
    """log10 of mu_k and of its asymptote, for one dimension."""

    d: int
    k: Integers
    log10: Array
    asymptote: Array


@dataclass(frozen=True)
class Ratios:
    """mu_k of the tangent kernel of `depth` layers over the shallow one's; limits by parity."""

    depth: int
    k: Integers
    ratio: Array
    even: float
    odd: float


@dataclass(frozen=True)
class Comparison:
    """The data of both panels."""

    eigenvalues: list[Eigenvalues]
    ratios: list[Ratios]


def spread(first: int, last: float, count: int) -> Integers:
    """Whole numbers about equally spaced in their logarithm, all once."""
    return np.unique(np.round(np.geomspace(first, last, count)).astype(np.int64))


def eigenvalues(d: int, k: Integers) -> Eigenvalues:
    """Eigenvalues of the three-layer tangent kernel; the asymptote by logarithms, for it underflows."""
    kernel = ks.ntk(3)
    decay = kernel.decay(d)
    plus, minus = float(decay.c_plus), float(decay.c_minus)
    _, log_power = log_power_eigenvalue(d, float(decay.nu), k)
    coefficient = np.abs(np.where(k % 2 == 0, plus + minus, plus - minus))
    asymptote = (np.log(coefficient) + log_power) / np.log(10)
    return Eigenvalues(d, k, kernel.spectrum(d).log_abs(k) / np.log(10), asymptote)


def ratios(depth: int, k: Integers) -> Ratios:
    """Eigenvalues of a deep over those of the shallow tangent kernel, with the exact limits."""
    deep, shallow = ks.ntk(depth), ks.ntk(2, bias=True)
    of_deep, of_shallow = deep.decay(RATIO_DIMENSION), shallow.decay(RATIO_DIMENSION)
    ratio = deep.spectrum(RATIO_DIMENSION)(k) / shallow.spectrum(RATIO_DIMENSION)(k)
    even, odd = of_deep.even / of_shallow.even, of_deep.odd / of_shallow.odd
    return Ratios(depth, k, ratio, float(even), float(odd))


def compute(quick: bool = False) -> Comparison:
    """Eigenvalues at degrees up to 10^9, ratios up to 10^4; `quick` at fewer of them."""
    k = spread(1, 1e9, 10 if quick else 28)
    half = spread(1, 5e3, 12 if quick else 30)
    both = np.sort(np.concatenate([2 * half, 2 * half + 1]))
    return Comparison(
        [eigenvalues(d, k) for d in DIMENSIONS], [ratios(depth, both) for depth in DEPTHS]
    )


def draw(data: Comparison) -> Figure:
    """Eigenvalues on the left, ratios on the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 2.9))
    left, right = figure.subplots(1, 2)
    _eigenvalues(left, data.eigenvalues)
    _ratios(right, data.ratios)
    return figure


def _points(ax: Axes, x: Any, y: Any, colour: str, hollow: bool = False) -> None:
    fill = "white" if hollow else colour
    ax.plot(x, y, linestyle="", marker="o", ms=3.4, mew=0.8, color=colour, mfc=fill)


def _eigenvalues(ax: Axes, lines: list[Eigenvalues]) -> None:
    for shown, colour in zip(lines, (style.GREEN, style.BLUE, style.VERMILION), strict=True):
        ax.plot(shown.k, shown.asymptote, "-", color="black", lw=0.8, zorder=3)
        _points(ax, shown.k, shown.log10, colour)
        ax.text(2e9, shown.log10[-1], f"$d={shown.d}$", color=colour, va="center")
    ax.set(xscale="log", xlabel="degree $k$", xlim=(0.7, 1.5e9), xticks=[1, 1e3, 1e6, 1e9])
    low = min(float(shown.log10.min()) for shown in lines)
    ax.set_ylim(1.05 * low, -0.05 * low)
    smallest = float(np.log10(np.finfo(np.float64).smallest_normal))
    ax.axhline(smallest, color="0.6", lw=0.8, zorder=1)
    ax.text(1, smallest - 6, "smallest float64", color="0.35", va="top")
    ticks = np.arange(0, low, -100)
    ax.set_yticks(ticks, ["$1$" if t == 0 else f"$10^{{{t:.0f}}}$" for t in ticks])
    ax.tick_params(axis="x", which="minor", bottom=False)
    ax.set_title(r"eigenvalues $\mu_k$ of a three-layer NTK", loc="left")


def _ratios(ax: Axes, lines: list[Ratios]) -> None:
    from matplotlib.ticker import FormatStrFormatter, NullLocator

    colours = (style.PURPLE, style.VERMILION, style.BLUE, style.GREEN, style.BLACK)
    for shown, colour in zip(lines, colours, strict=True):
        for odd, limit in ((False, shown.even), (True, shown.odd)):
            if limit:
                chosen = (shown.k % 2 == odd) & (shown.ratio > 0)
                _points(ax, shown.k[chosen], shown.ratio[chosen], colour, hollow=odd)
                ax.axhline(limit, color="black", lw=0.8, zorder=1)
        limits = [limit for limit in (shown.even, shown.odd) if limit]
        middle = float(np.prod(limits)) ** (1 / len(limits))
        ax.text(1.5e4, middle, f"$L={shown.depth}$", color=colour, va="center")
    ax.set(xscale="log", yscale="log", xlabel="degree $k$", xlim=(1.5, 1.2e4), ylim=(0.75, 300))
    ax.set_yticks([1, 3, 10, 30, 100])
    ax.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="x", which="minor", bottom=False)
    ax.set_title(r"deep over shallow tends to a constant", loc="left")
