r"""Deep equals shallow, on eigenvalues from k = 1 to 10^9.

Eigenvalues in several dimensions with their asymptotes, far below the range of float64; and eigenvalues of deep
tangent kernels over those of a shallow kernel, with the exact limits of the ratios by parity (Bietti & Bach 2021;
claims 22, 25, 27).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kernels.networks import ntk
from ..numbers.checks import dimension, integer
from ..results.tables import Row, Table
from ..views import drawing
from .eigenvalues import log_asymptote, parity_legend, power_ticks
from .layout import PAGE, Drawn, Sheet, finished, log_ticks
from .looks import KernelLike, as_kernel, integers, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..kernels.zonal import Zonal

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIMS = (3, 10, 50)
DEPTHS = (30, 10, 5, 3, 2)


@dataclass(frozen=True)
class Eigenvalues:
    """log10 of mu_k and of its asymptote, for one kernel in one dimension."""

    label: str
    d: int
    k: Integers
    log10: Array
    asymptote: Array


@dataclass(frozen=True)
class Ratios:
    """mu_k of the tangent kernel of `depth` layers over that of `shallow`, and the limits by parity."""

    depth: int
    shallow: str
    label: str
    d: int
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


def eigenvalues(kernel: Zonal, d: int, k: Integers) -> Eigenvalues:
    """Eigenvalues of a kernel; the asymptote by logarithms, for it underflows."""
    asymptote = log_asymptote(kernel.decay(d), k) / np.log(10)
    log10 = np.asarray(kernel.spectrum(d).log_abs(k)) / np.log(10)
    return Eigenvalues(label(kernel), d, k, log10, asymptote)


def ratios(depth: int, k: Integers, shallow: Zonal, d: int) -> Ratios:
    """Eigenvalues of a deep tangent kernel over those of the shallow kernel, with the exact limits."""
    deep = ntk(depth)
    above, below = deep.decay(d), shallow.decay(d)
    if above.exponent != below.exponent or not (below.even and below.odd):
        raise ValueError(
            f"shallow must decay like k^-{above.exponent} at even and odd k, as tangent kernels do for d = {d}, "
            f"got {shallow!r}"
        )
    # By logarithms: in high dimensions the eigenvalues underflow, their ratio does not.
    logs = [np.asarray(kernel.spectrum(d).log_abs(k)) for kernel in (deep, shallow)]
    limits = float(above.even / below.even), float(above.odd / below.odd)
    return Ratios(depth, repr(shallow), label(shallow), d, k, np.exp(logs[0] - logs[1]), *limits)


def comparison(
    depths: Sequence[int] = DEPTHS,
    dims: Sequence[int] = DIMS,
    kernel: KernelLike = "ntk(3)",
    shallow: KernelLike = "ntk(2, bias=True)",
    d: int = 10,
    counts: tuple[int, int] = (28, 30),
) -> Comparison:
    """Eigenvalues at degrees up to 10^9 and ratios up to 10^4, at so many degrees."""
    dims = integers("dims", dims, 2, 1000)
    depths = integers("depths", depths, 2, 1000)
    below, d = as_kernel("shallow", shallow), dimension(d)
    first = as_kernel("kernel", kernel)
    k = spread(1, 1e9, integer("counts", counts[0], 2))
    half = spread(1, 5e3, integer("counts", counts[1], 2))
    both = np.sort(np.concatenate([2 * half, 2 * half + 1]))
    return Comparison(
        [eigenvalues(first, n, k) for n in dims],
        [ratios(depth, both, below, d) for depth in sorted(depths, reverse=True)],
    )


def deep_equals_shallow(
    depths: Sequence[int] = DEPTHS,
    dims: Sequence[int] = DIMS,
    *,
    kernel: KernelLike = "ntk(3)",
    shallow: KernelLike = "ntk(2, bias=True)",
    d: int = 10,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Eigenvalues in several dimensions up to k = 10^9, and those of deep over those of shallow networks.

    Parameters
    ----------
    depths : numbers of layers, from 2 on, of the tangent kernels over the shallow kernel.
    dims : dimensions d of the spaces around the spheres of the first panel, from 2 to 1000.
    kernel : of the first panel; a kernel or its text.
    shallow : the kernel below in the second panel; its eigenvalues fall like those of tangent kernels.
    d : dimension of the second panel.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (eigenvalues, ratios) and a table of both.
    """
    data = comparison(depths, dims, kernel, shallow, d)
    return finished(draw, data, table(data), width, font)


def table(data: Comparison) -> Table:
    """A row for each point: log10 of an eigenvalue and of its asymptote, or a ratio and its limit."""
    rows: list[Row] = []
    for shown in data.eigenvalues:
        for k, mu, asymptote in zip(shown.k, shown.log10, shown.asymptote, strict=True):
            rows.append(
                {
                    "panel": "eigenvalue",
                    "kernel": shown.label.replace("$", ""),
                    "d": shown.d,
                    "k": int(k),
                    "log10_mu": float(mu),
                    "log10_asymptote": float(asymptote),
                    "ratio": None,
                    "limit": None,
                }
            )
    for ratio in data.ratios:
        for k, value in zip(ratio.k, ratio.ratio, strict=True):
            rows.append(
                {
                    "panel": "ratio",
                    "kernel": f"ntk({ratio.depth}) / {ratio.shallow}",
                    "d": ratio.d,
                    "k": int(k),
                    "log10_mu": None,
                    "log10_asymptote": None,
                    "ratio": float(value),
                    "limit": ratio.odd if k % 2 else ratio.even,
                }
            )
    return Table(rows, caption="Eigenvalues and ratios of eigenvalues")


def draw(data: Comparison, width: float = PAGE) -> Figure:
    """Eigenvalues beside, or above, the ratios."""
    sheet = Sheet(width, 2, 2.65, across=2, least=2.5, legend=0.25)
    left, right = sheet.panels
    _eigenvalues(sheet, left, data.eigenvalues)
    _ratios(sheet, right, data.ratios)
    sheet.legend(*parity_legend("asymptote or limit"))
    return sheet.settle()


def _points(ax: Axes, x: ArrayLike, y: ArrayLike, colour: str, hollow: bool = False) -> None:
    fill = "white" if hollow else colour
    ax.plot(x, y, linestyle="", marker="o", ms=3.2, mew=0.8, color=colour, mfc=fill)


def _eigenvalues(sheet: Sheet, ax: Axes, lines: list[Eigenvalues]) -> None:
    order = (drawing.GREEN, drawing.BLUE, drawing.VERMILION, drawing.PURPLE, drawing.BLACK)
    names = []
    for place, shown in enumerate(lines):
        colour = order[place % len(order)]
        ax.plot(shown.k, shown.asymptote, "-", color="black", lw=0.8, zorder=3)
        for odd in (False, True):
            chosen = (shown.k % 2 == odd) & np.isfinite(shown.log10)
            _points(ax, shown.k[chosen], shown.log10[chosen], colour, hollow=odd)
        names.append((float(shown.log10[-1]), f"$d={shown.d}$", colour))
    ax.set(xscale="log", xlabel="degree $k$", xlim=(0.7, 1.5e9))
    log_ticks(ax.xaxis, 1.0, 1e9, most=4)
    low = min(float(shown.log10[np.isfinite(shown.log10)].min()) for shown in lines)
    ax.set_ylim(1.05 * low, -0.05 * low)
    smallest = float(np.log10(np.finfo(np.float64).smallest_normal))
    if low < 1.1 * smallest:
        ax.axhline(smallest, color="0.6", lw=0.8, zorder=1)
        ax.annotate(
            "smallest float64", (1, smallest), xytext=(0, -2), textcoords="offset points", color="0.35", va="top"
        )
    power_ticks(ax)
    sheet.names(ax, names)
    ax.set_title(rf"(a) $\mu_k$: {lines[0].label}", loc="left")


def _ratios(sheet: Sheet, ax: Axes, lines: list[Ratios]) -> None:
    order = (drawing.PURPLE, drawing.VERMILION, drawing.BLUE, drawing.GREEN, drawing.BLACK)
    names = []
    for place, shown in enumerate(lines):
        colour = order[place % len(order)]
        limits = [limit for limit in (shown.even, shown.odd) if limit]
        for odd, limit in ((False, shown.even), (True, shown.odd)):
            if limit:
                chosen = (shown.k % 2 == odd) & (shown.ratio > 0)
                _points(ax, shown.k[chosen], shown.ratio[chosen], colour, hollow=odd)
                ax.axhline(limit, color="black", lw=0.8, zorder=1)
        middle = float(np.prod(limits)) ** (1 / len(limits))
        names.append((middle, f"$L={shown.depth}$", colour))
    values = [value for shown in lines for value in (shown.even, shown.odd) if value]
    ax.set(xscale="log", yscale="log", xlabel="degree $k$", xlim=(1.5, 1.2e4))
    ax.set_ylim(0.75 * min(values), 1.5 * max(values))
    log_ticks(ax.xaxis, 1.5, 1.2e4, most=4)
    log_ticks(ax.yaxis, *ax.get_ylim(), most=6)
    sheet.names(ax, names)
    ax.set_title(f"(b) NTKs over {lines[0].label}, $d={lines[0].d}$", loc="left")
