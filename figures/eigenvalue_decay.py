r"""Eigenvalues of ReLU networks, Laplace kernels and step networks with their exact asymptotes.

The asymptote of an eigenvalue is that of claims 14 and 15, with the Gamma ratio in place of the
bare power: (c_1 + (-1)^k c_{-1}) C(d, nu) Gamma(k-nu)/Gamma(k+nu+d-1), from `kernelspec.decay`; the
constants of the families are those of claims 24, 25, 28 and 29. Even and odd degrees have their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from figures._families import LOOKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "eigenvalue-decay"
TITLE = "Eigenvalue decay and its exact asymptotes"
CAPTION = r"""
Eigenvalues on $S^3$ ($d = 4$). (a) $\mu_k$ (dots: even $k$; circles: odd $k$) with the asymptotes
$(c_1 + (-1)^k c_{-1})\,C(d,\nu)\,\Gamma(k-\nu)/\Gamma(k+\nu+d-1)$ as black lines; the power of $k$
stands beside each. (b) The relative distance from the asymptote: it shrinks like $k^{-2}$ for ReLU
networks and the Laplace kernel, and slowly for deep step networks, whose next non-integer powers
are close to the first (at the dip it changes sign). (c)-(f) The same eigenvalues times the power of
$k$, for several depths $L$ (or scales $c$). Depth changes the constants of ReLU networks, and never
the power: deep equals shallow. With $L = 2$ one parity is exactly $0$ and missing here. For step
networks the power itself falls with depth, towards $k^{-(d-1)}$.
"""
ORDER = 20

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIMENSION = 4
DEPTHS = (2, 3, 5, 10, 30)
STEP_DEPTHS = (2, 3, 4, 5)
SCALES = ("0.5", "1", "2", "4")


@dataclass(frozen=True)
class Line:
    """Eigenvalues of one kernel at `k`, with their asymptotes; mu_k ~ even or odd * k^-exponent."""

    kernel: str
    family: str
    label: str
    k: Integers
    mu: Array
    asymptote: Array
    exponent: float
    even: float
    odd: float

    def parity(self, odd: bool) -> tuple[Integers, Array, Array]:
        """Degrees, eigenvalues and asymptotes of one parity; empty where its eigenvalues are 0."""
        chosen = (self.k % 2 == odd) & (self.asymptote != 0)
        return self.k[chosen], self.mu[chosen], self.asymptote[chosen]


@dataclass(frozen=True)
class Decays:
    """The lines of panels (a) and (b), and those of each of the four panels below."""

    d: int
    overview: list[Line]
    families: dict[str, list[Line]]


def line(text: str, family: str, label: str, k: Integers) -> Line:
    """The eigenvalues of a kernel, given as text, and its decay."""
    kernel = ks.parse(text)
    decay = kernel.decay(DIMENSION)
    asymptote = np.full(k.shape, np.nan)
    late = k > float(decay.nu)  # where the law says something
    asymptote[late] = decay.at(k[late])
    return Line(
        kernel=text,
        family=family,
        label=label,
        k=k,
        mu=kernel.spectrum(DIMENSION)(k),
        asymptote=asymptote,
        exponent=float(decay.exponent),
        even=float(decay.even),
        odd=float(decay.odd),
    )


def compute(quick: bool = False) -> Decays:
    """Eigenvalues at degrees 2, 3, ..., 10^6, equally spaced in log k, as many even as odd."""
    even = np.unique(2 * np.round(np.geomspace(2, 1e6, 15 if quick else 46) / 2).astype(np.int64))
    k = np.sort(np.concatenate([even, even + 1]))
    families = {
        "RF": [line(f"rf({n})", "RF", f"$L={n}$", k) for n in DEPTHS],
        "NTK": [line(f"ntk({n})", "NTK", f"$L={n}$", k) for n in DEPTHS],
        "Laplace": [line(f"laplace(c={c})", "Laplace", f"$c={c}$", k) for c in SCALES],
        "step": [line(f"rf({n}, degree=0)", "step", f"$L={n}$", k) for n in STEP_DEPTHS],
    }
    overview = [
        line("rf(4, degree=0)", "step", "step, $L=4$", k),
        line("rf(3, degree=0)", "step", "step, $L=3$", k),
        line("ntk(5)", "NTK", "NTK, $L=5$", k),
        line("laplace(c=1)", "Laplace", "Laplace", k),
        line("rf(5)", "RF", "RF, $L=5$", k),
        line("rf(3, degree=2)", "ReLU^2", "ReLU$^2$, $L=3$", k),
    ]
    return Decays(DIMENSION, overview, families)


def draw(data: Decays) -> Figure:
    """Two panels of all families above, four panels of one family each below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 6.0))
    halves: Any = figure.subfigures(2, 1, height_ratios=(1.15, 1))
    upper, lower = halves
    decay, distance = upper.subplots(1, 2, width_ratios=(1, 0.85))
    _overview(decay, data)
    _distance(distance, data)
    titles = {
        "RF": r"(c) RF: $k^6\mu_k$",
        "NTK": r"(d) NTK: $k^4\mu_k$",
        "Laplace": r"(e) Laplace: $k^4\mu_k$",
        "step": r"(f) step: $k^{d+2\nu-1}\mu_k$",
    }
    for ax, (family, lines) in zip(lower.subplots(1, 4), data.families.items(), strict=True):
        _constants(ax, lines, titles[family])
    return figure


def _points(ax: Axes, shown: Line, k: Any, y: Any, odd: bool, size: float = 3) -> None:
    colour = LOOKS[shown.family]["color"]
    fill = "white" if odd else colour
    ax.plot(k, y, linestyle="", marker="o", ms=size, mew=0.7, color=colour, mfc=fill)


def _asymptote(ax: Axes, k: Any, y: Any) -> None:
    ax.plot(k[k > 4], y[k > 4], "-", color="black", lw=0.7, zorder=3)


def _logarithmic(ax: Axes, title: str) -> None:
    ax.set(xscale="log", yscale="log", xlabel="degree $k$", xlim=(1.5, 1.5e6))
    ax.set_xticks([1e1, 1e2, 1e3, 1e4, 1e5, 1e6])
    ax.tick_params(axis="x", which="minor", bottom=False)
    ax.set_title(title, loc="left")


def _overview(ax: Axes, data: Decays) -> None:
    for shown in data.overview:
        for odd in (False, True):
            k, mu, asymptote = shown.parity(odd)
            _points(ax, shown, k, mu, odd)
            _asymptote(ax, k, asymptote)
    _logarithmic(ax, "(a) eigenvalues")
    ax.set(ylabel=r"eigenvalue $\mu_k$", yticks=[1e0, 1e-10, 1e-20, 1e-30, 1e-40])
    for odd, name in ((False, "even $k$"), (True, "odd $k$")):
        ax.plot([], [], "ko", ms=3.5, mew=0.7, mfc="white" if odd else "black", label=name)
    ax.plot([], [], "k-", lw=0.7, label="asymptote")
    ax.legend(loc="lower left", handlelength=1.6)
    heights = {"step, $L=4$": 1e-17, "step, $L=3$": 1e-20, "NTK, $L=5$": 1e-23, "Laplace": 1e-26}
    for shown in data.overview:
        height = heights.get(shown.label, shown.mu[-1])
        power = f"$k^{{-{Fraction(shown.exponent)}}}$"
        colour = LOOKS[shown.family]["color"]
        ax.text(2e6, height, f"{shown.label}: {power}", color=colour, va="center")


def _distance(ax: Axes, data: Decays) -> None:
    for shown in data.overview:
        for odd in (False, True):
            k, mu, asymptote = shown.parity(odd)
            _points(ax, shown, k, np.abs(mu / asymptote - 1), odd)
    _logarithmic(ax, "(b) distance from the asymptote")
    ax.set_ylabel(r"$|\mu_k\,/\,\mathrm{asymptote}-1|$")
    k = np.array([1e2, 1e6])
    for start, power, label, below in (
        (0.3, -0.5, "$k^{-1/2}$", False),
        (1e-5, -2, "$k^{-2}$", True),
    ):
        ax.plot(k, start * (k / 1e2) ** power, "-", color="0.5", lw=0.8)
        corner: dict[str, Any] = (
            {"ha": "right", "va": "top"} if below else {"ha": "left", "va": "bottom"}
        )
        ax.text(3e3, start * 30.0**power, label, color="0.35", **corner)


def _constants(ax: Axes, lines: list[Line], title: str) -> None:
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator

    names: list[tuple[float, str]] = []
    for shown in lines:
        for odd in (False, True):
            k, mu, asymptote = shown.parity(odd)
            power = k.astype(np.float64) ** shown.exponent
            _points(ax, shown, k[::2], (mu * power)[::2], odd)
            _asymptote(ax, k, asymptote * power)
        even, odd_constant = shown.even, shown.odd
        if min(even, odd_constant) > 0.9 * max(even, odd_constant):
            names.append(((even * odd_constant) ** 0.5, shown.label))
        else:
            both = ((even, "even"), (odd_constant, "odd"))
            names += [(value, f"{shown.label}, {parity}") for value, parity in both if value]
    names.sort()
    constants = [value for value, _ in names]
    bottom, top = 0.45 * min(constants), 1.4 * max(constants)
    colour = LOOKS[lines[0].family]["color"]
    # Names stand at their constants, moved up where the one below would touch them.
    gap = (top / bottom) ** 0.055
    height = 0.0
    for value, name in names:
        height = max(value, height * gap)
        ax.text(2.5e6, height, name, color=colour, va="center", fontsize=8)
    _logarithmic(ax, title)
    ax.set_ylim(bottom, top)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_xticks([1e2, 1e4, 1e6])
    ax.set_xlabel("$k$")
