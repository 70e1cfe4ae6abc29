r"""Ratios of eigenvalues of two kernels in the band proved for every degree (Bietti & Bach 2021; claims 9, 25, 27, 28).

The band is that of `kernelspec.same_rkhs`, the points come from enclosures by quadrature (`Spectrum.certified`), and
the limits from the constants of the decay (`Zonal.decay`): three computations that know nothing of one another
but for the enclosures below K.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..results.tables import Table
from ..rkhs import same_rkhs
from ..views import drawing
from ..views.drawing import Look
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import KernelLike, as_kernel, integers, label, some

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIGITS = 15
PAIRS = (("ntk(3)", "ntk(10)"), ("ntk(2, bias=True)", "ntk(5)"), ("ntk(3)", "laplace(c=1)"))


@dataclass(frozen=True)
class Ratio:
    """mu_k(kernel)/mu_k(other) at the degrees k, its limits, and the band proved for all k; `start` is K."""

    kernel: str
    other: str
    names: tuple[str, str]
    d: int
    k: Integers
    ratio: Array
    lower: float
    upper: float
    even: float
    odd: float
    start: int


def degrees(last: int, count: int) -> Integers:
    """0, 1, ..., 13, then even degrees about equally spaced in their logarithm, each followed by an odd one."""
    even = np.unique(2 * np.round(np.geomspace(14, last, count) / 2).astype(np.int64))
    return np.concatenate([np.arange(14), np.sort(np.concatenate([even, even + 1]))])


def ratio(kernel: Zonal, other: Zonal, d: int, k: Integers) -> Ratio:
    """The ratios of one pair; ValueError where no bounds are proved between which the kernels' ratios lie."""
    verdict = same_rkhs(kernel, other, d)
    if not verdict.same or verdict.proof is None or not verdict.lower:
        raise ValueError(
            "pairs must be kernels that are, with bounds of their ratio, proved to have the same RKHS for "
            f"d = {d}, got {kernel!r} and {other!r}: {verdict.why}"
        )
    # Multiples of one kernel, and parities that vanish, have no tail to be bounded.
    parts = verdict.proof.data()["parities"]
    above, below = (p.spectrum(d).certified(k, DIGITS) for p in (kernel, other))
    limits = [p.decay(d) for p in (kernel, other)]
    return Ratio(
        kernel=repr(kernel),
        other=repr(other),
        names=(label(kernel), label(other)),
        d=d,
        k=k,
        ratio=np.array([float(a / b) for a, b in zip(above, below, strict=True)]),
        lower=verdict.lower,
        upper=verdict.upper,
        even=float(limits[0].even / limits[1].even),
        odd=float(limits[0].odd / limits[1].odd),
        start=max((part["start"] for part in parts if "start" in part), default=0),
    )


# Two kernels or their texts, or one text of both with a slash; or several of these.
Pairs: TypeAlias = str | Iterable[str | Iterable[KernelLike]]


def pair_ratios(
    pairs: Pairs = PAIRS, dims: int | Sequence[int] = (4,), last: int = 200, count: int = 14
) -> list[Ratio]:
    """The ratios of all pairs in all dimensions at degrees up to `last`."""
    dims, last = integers("dims", dims, 2, 200), integer("last", last, 20, 2000)
    k = degrees(last, count)
    return [ratio(*pair, d, k) for d in dims for pair in as_pairs(pairs)]


def as_pairs(pairs: Pairs) -> list[tuple[Zonal, Zonal]]:
    """Pairs of kernels or of their texts; a text may hold both, with a slash between them."""
    found = []
    if not isinstance(pairs, Iterable):
        raise TypeError(f"pairs must be pairs of kernels, got {pairs!r}")
    for pair in [pairs] if isinstance(pairs, str) else pairs:
        both = [part.strip() for part in pair.split("/")] if isinstance(pair, str) else pair
        try:
            one, other = both
        except (TypeError, ValueError) as error:
            raise ValueError(f"pairs must hold two kernels each, got {pair!r}") from error
        found.append((as_kernel("pairs", one), as_kernel("pairs", other)))
    return some("pairs", found)


def rkhs_ratio(
    pairs: Pairs = PAIRS, dims: int | Sequence[int] = (4,), *, last: int = 200, width: float = PAGE, font: str = "stix"
) -> Drawn:
    r"""Ratios of the eigenvalues of two kernels in the band that is proved to hold all of them.

    Parameters
    ----------
    pairs : pairs of kernels or of their texts.
    dims : dimensions d of the spaces around the spheres, from 2 to 200; one number, or several.
    last : the highest degree, from 20 to 2000.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (a panel a pair and dimension) and a table of the ratios.

    Raises
    ------
    ValueError
        where two kernels are not proved to have the same RKHS; the reason is in the message.
    """
    data = pair_ratios(pairs, dims, last)
    return finished(draw, data, table(data), width, font)


def table(data: Sequence[Ratio]) -> Table:
    """A row for each pair and degree."""
    rows = [
        {
            "kernel": shown.kernel,
            "other": shown.other,
            "d": shown.d,
            "k": int(k),
            "ratio": float(value),
            "limit": shown.odd if k % 2 else shown.even,
            "lower": shown.lower,
            "upper": shown.upper,
            "K": shown.start,
        }
        for shown in data
        for k, value in zip(shown.k, shown.ratio, strict=True)
    ]
    return Table(rows, caption="Ratios of eigenvalues and the bands proved for all degrees")


def draw(data: Sequence[Ratio], width: float = PAGE) -> Figure:
    """One panel a pair."""
    sheet = Sheet(width, len(data), 2.3, across=3, least=2.0, legend=0.4)
    order = (drawing.BLUE, drawing.GREEN, drawing.VERMILION, drawing.PURPLE, drawing.ORANGE)
    several = len({shown.d for shown in data}) > 1
    between = " /\n" if sheet.columns > 2 else " / "
    for place, (ax, shown) in enumerate(zip(sheet.panels, data, strict=True)):
        _panel(sheet, ax, shown, order[place % len(order)])
        where = f", $d={shown.d}$" if several else ""
        ax.set_title(f"{letters(place)} {between.join(shown.names)}{where}", loc="left")
        if ax in sheet.lowest:
            ax.set_xlabel("degree $k$")
    for ax in sheet.first:
        ax.set_ylabel(r"ratio $\mu_k\,/\,\mu_k'$")
    sheet.legend(*_words())
    return sheet.settle()


def _words() -> tuple[list[Artist], list[str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    from .eigenvalues import parity_legend

    handles, labels = parity_legend("limits")
    dotted = Line2D([], [], color="0.4", lw=0.8, linestyle=_DOTTED)
    return ([*handles, Patch(color="0.5", alpha=0.25, lw=0), dotted], [*labels, "proved for all $k$", "$K$"])


_DOTTED = (0, (1.2, 1.6))


def _panel(sheet: Sheet, ax: Axes, shown: Ratio, colour: str) -> None:
    ax.axhspan(shown.lower, shown.upper, color=colour, alpha=0.16, lw=0, zorder=0)
    k = np.maximum(shown.k, 0.5)  # k = 0 has a place on the logarithmic axis, too
    for odd, limit in ((False, shown.even), (True, shown.odd)):
        chosen = shown.k % 2 == odd
        ax.axhline(limit, color="black", lw=0.8, zorder=1)
        look: Look = {"color": colour, "mfc": "white" if odd else colour}
        ax.plot(k[chosen], shown.ratio[chosen], "o", ms=3.2, mew=0.8, **look)
    names = [
        (shown.upper, rf"$\leq\,{outward(shown.upper, 1)}$", colour),
        (shown.lower, rf"$\geq\,{outward(shown.lower, -1)}$", colour),
    ]
    if math.isclose(shown.even, shown.odd, rel_tol=1e-4):
        names.append((shown.even, f"{shown.even:.4f}", "black"))
    else:
        names += [(shown.even, f"even {shown.even:.4f}", "black")]
        names += [(shown.odd, f"odd {shown.odd:.4f}", "black")]
    sheet.names(ax, names)
    ax.axvline(shown.start, color="0.4", lw=0.8, ls=_DOTTED, zorder=1)
    last = float(max(k[-1], 1.3 * shown.start))
    ax.set(xscale="log", yscale="log", xlim=(0.35, 1.3 * last))
    ax.set_ylim(shown.lower / 1.3, shown.upper * 1.3)
    log_ticks(ax.xaxis, 0.9, 1.3 * last, most=4)
    log_ticks(ax.yaxis, *ax.get_ylim(), most=7)


def outward(value: float, sign: int, digits: int = 4) -> str:
    """A positive number in so many digits, rounded up for sign = 1 and down for -1."""
    unit = digits - 1 - math.floor(math.log10(value))
    scaled = value * 10.0**unit
    rounded = math.ceil(scaled) if sign > 0 else math.floor(scaled)
    return f"{rounded / 10.0**unit:.{max(unit, 0)}f}"
