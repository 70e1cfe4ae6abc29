r"""Ratios of eigenvalues of two kernels inside the band that is proved for every degree (claims 9, 25, 27, 28).

The band is that of `kernelspec.same_rkhs`, the points come from enclosures by quadrature (`Spectrum.certified`), and
the limits from the constants of the decay (`Zonal.decay`): three computations that know nothing of one another
but for the enclosures below K.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "rkhs-ratio"
TITLE = "The same RKHS, proved: ratios of eigenvalues in their proved bands"
CAPTION = r"""
Ratios $\mu_k/\mu_k'$ of the eigenvalues of two kernels on $S^3$ ($d = 4$), from enclosures of 15 digits (dots:
even $k$; circles: odd $k$; $k = 0$ stands at $1/2$). The shaded band is proved to hold the ratios of all $k \geq 0$:
below the degree $K$ (dotted line) by enclosures, from there on by the asymptotic expansion with its proved remainder.
Black lines are the exact limits over even and odd $k$. So both kernels have the same RKHS, and the second norm lies
between $\sqrt{\mathrm{lower}}$ and $\sqrt{\mathrm{upper}}$ times the first: deep equals shallow, and both equal the
Laplace kernel, with constants.
"""
ORDER = 6

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIMENSION = 4
DIGITS = 15
PAIRS = (
    ("ntk(3)", "ntk(10)", "NTK $L=3$ / NTK $L=10$"),
    ("ntk(2, bias=True)", "ntk(5)", "NTK $L=2$ with bias / NTK $L=5$"),
    ("ntk(3)", "laplace(c=1)", r"NTK $L=3$ / Laplace $e^{-\sqrt{1-u}}$"),
)


@dataclass(frozen=True)
class Ratio:
    """mu_k(kernel)/mu_k(other) at the degrees k, its limits, and the band proved for all k; `start` is K."""

    kernel: str
    other: str
    title: str
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


def ratio(kernel: str, other: str, title: str, k: Integers) -> Ratio:
    """The ratios of one pair; RuntimeError where the kernels are not proved to have the same RKHS."""
    pair = ks.parse(kernel), ks.parse(other)
    verdict = ks.same_rkhs(*pair, DIMENSION)
    if not verdict.same or verdict.proof is None:
        raise RuntimeError(f"no band: {verdict!r}")
    above, below = (p.spectrum(DIMENSION).certified(k, DIGITS) for p in pair)
    limits = [p.decay(DIMENSION) for p in pair]
    return Ratio(
        kernel=kernel,
        other=other,
        title=title,
        k=k,
        ratio=np.array([float(a / b) for a, b in zip(above, below, strict=True)]),
        lower=verdict.lower,
        upper=verdict.upper,
        even=float(limits[0].even / limits[1].even),
        odd=float(limits[0].odd / limits[1].odd),
        start=max(part["start"] for part in verdict.proof.data()["parities"]),
    )


def compute(quick: bool = False) -> list[Ratio]:
    """The ratios of all pairs at degrees up to 200; `quick` at fewer."""
    k = degrees(80 if quick else 200, 4 if quick else 14)
    return [ratio(*pair, k) for pair in PAIRS]


def draw(data: list[Ratio]) -> Figure:
    """One panel a pair."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FormatStrFormatter, NullLocator

    figure = Figure(figsize=(style.PAGE, 2.9))
    panels = figure.subplots(1, len(data), sharey=True)
    colours = (style.BLUE, style.GREEN, style.VERMILION)
    for ax, shown, colour in zip(panels, data, colours, strict=True):
        _panel(ax, shown, colour)
    first = panels[0]
    low, high = min(shown.lower for shown in data), max(shown.upper for shown in data)
    first.set(yscale="log", ylim=(low / 1.7, high * 1.7), yticks=[0.1, 0.3, 1, 3])
    first.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    first.yaxis.set_minor_locator(NullLocator())
    first.set_ylabel(r"ratio $\mu_k\,/\,\mu_k'$")
    return figure


def _panel(ax: Axes, shown: Ratio, colour: str) -> None:
    ax.axhspan(shown.lower, shown.upper, color=colour, alpha=0.16, lw=0, zorder=0)
    k = np.maximum(shown.k, 0.5)  # k = 0 has a place on the logarithmic axis, too
    for odd, limit in ((False, shown.even), (True, shown.odd)):
        chosen = shown.k % 2 == odd
        ax.axhline(limit, color="black", lw=0.8, zorder=1)
        look: dict[str, Any] = {"color": colour, "mfc": "white" if odd else colour}
        ax.plot(k[chosen], shown.ratio[chosen], "o", ms=3.4, mew=0.8, **look)
        above = limit == max(shown.even, shown.odd)
        place: dict[str, Any] = {"ha": "right", "va": "bottom" if above else "top", "fontsize": 8}
        height = limit * (1.14 if above else 1 / 1.14)
        ax.text(1350, height, f"{'odd' if odd else 'even'}: {limit:.4f}", **place)
    edges: dict[str, Any] = {"fontsize": 8.5, "color": colour}
    ax.text(0.4, shown.upper * 1.05, rf"$\leq {outward(shown.upper, 1)}$", va="bottom", **edges)
    ax.text(0.4, shown.lower / 1.08, rf"$\geq {outward(shown.lower, -1)}$", va="top", **edges)
    ax.axvline(shown.start, color="0.4", lw=0.8, ls=(0, (1.2, 1.6)), zorder=1)
    ax.text(shown.start * 1.08, shown.upper / 1.1, f"$K={shown.start}$", va="top", fontsize=8)
    ax.set(xscale="log", xlabel="degree $k$", xlim=(0.35, 1500), xticks=[1, 10, 100])
    ax.tick_params(axis="both", which="minor", left=False, bottom=False)
    ax.set_title(shown.title, loc="left", fontsize=9)


def outward(value: float, sign: int, digits: int = 4) -> str:
    """A positive number in so many digits, rounded up for sign = 1 and down for -1."""
    unit = digits - 1 - math.floor(math.log10(value))
    scaled = value * 10.0**unit
    rounded = math.ceil(scaled) if sign > 0 else math.floor(scaled)
    return f"{rounded / 10.0**unit:.{max(unit, 0)}f}"
