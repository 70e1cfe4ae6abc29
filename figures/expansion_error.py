r"""The asymptotic expansion of claim 18 against the truth, and the proved bound on what it leaves out.

mu_k is known to 60 digits from Gauss-Legendre quadrature in Arb balls (`Spectrum.certified`), which knows nothing
of the expansion (`Spectrum.asymptotic`); the bound is that of the theorem in `kernelspec.spectrum.asymptotic`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "expansion-error"
TITLE = "The asymptotic expansion against the truth, and its proved bound"
CAPTION = r"""
Relative error of the first 1, 3 and 8 terms of the expansion
$\mu_k \approx \sum_m (c_{m,+1} + (-1)^k c_{m,-1})\,C(d,\nu_m)\,\Gamma(k-\nu_m)/\Gamma(k+\nu_m+d-1)$, against
eigenvalues enclosed to 60 digits by quadrature in ball arithmetic (dots: even $k$; circles: odd $k$). The
lines are the proved bound of what the expansion leaves out, $R\,E_k(\nu^*)$ and an exponentially small part, over
$\mu_k$: it holds for every degree from a known one on. At large $k$ it is less than three times the error. At small
$k$ the exponentially small part counts most; for deep networks, whose expansions at $u = 1$ converge in smaller discs,
it is larger.
"""
ORDER = 24

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIGITS = 60
TERMS = (1, 3, 8)
#: Kernel, title, dimension, and the largest degree: quadrature costs its square, and more for deep networks.
PANELS = (
    ("ntk(3)", "NTK, $L=3$, $d=4$", 4, 1000),
    ("rf(3)", "RF, $L=3$, $d=10$", 10, 500),
    ("ntk(10)", "NTK, $L=10$, $d=4$", 4, 300),
)


@dataclass(frozen=True)
class Errors:
    """Relative errors of so many terms at the degrees k and the proved bounds on them, for k >= `start` (NaN below)."""

    terms: int
    start: int
    error: Array
    bound: Array


@dataclass(frozen=True)
class Panel:
    """One kernel in dimension d, at the degrees k."""

    kernel: str
    title: str
    d: int
    k: Integers
    errors: list[Errors]


def degrees(last: int, count: int) -> Integers:
    """Degrees from 10 to `last`, even and odd in turn, about equally spaced in their logarithm."""
    near = np.geomspace(10, last, count)
    odd = np.arange(count) % 2
    return np.unique(2 * np.round((near - odd) / 2).astype(np.int64) + odd)


def panel(text: str, title: str, d: int, k: Integers) -> Panel:
    """Errors and bounds of one kernel, all from balls."""
    spectrum = ks.parse(text).spectrum(d)
    true = dict(zip(k.tolist(), spectrum.certified(k, DIGITS), strict=True))
    errors = []
    for terms in TERMS:
        remainder = spectrum.remainder(terms)
        error, bound = np.full(k.shape, np.nan), np.full(k.shape, np.nan)
        for i, (degree, mu) in enumerate(true.items()):
            if degree >= remainder.start:
                found = spectrum.asymptotic(degree, terms, digits=DIGITS)
                error[i] = float((abs(found - mu) / mu).upper())
                bound[i] = float((remainder.bound(degree) / mu).upper())
        errors.append(Errors(terms, remainder.start, error, bound))
    return Panel(text, title, d, k, errors)


def compute(quick: bool = False) -> list[Panel]:
    """The panels; `quick` with few degrees, up to 200."""
    return [
        panel(text, title, d, degrees(200 if quick else last, 7 if quick else 25))
        for text, title, d, last in PANELS
    ]


def draw(data: list[Panel]) -> Figure:
    """One panel a kernel."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    figure = Figure(figsize=(style.PAGE, 3.2))
    panels = figure.subplots(1, len(data), sharey=True)
    for ax, shown in zip(panels, data, strict=True):
        _panel(ax, shown)
    panels[0].set_ylabel("relative error")
    panels[0].set_yticks([10.0**n for n in range(0, -41, -10)])
    handles = [
        Line2D([], [], linestyle="", marker="o", ms=3.5, mew=0.8, color="black"),
        Line2D([], [], linestyle="", marker="o", ms=3.5, mew=0.8, color="black", mfc="white"),
        Line2D([], [], linestyle="-", lw=0.9, color="black"),
    ]
    names = ("error, even $k$", "error, odd $k$", "proved bound")
    figure.legend(handles, names, loc="outside lower center", ncols=3, handlelength=1.6)
    return figure


def _panel(ax: Axes, shown: Panel) -> None:
    colours = (style.VERMILION, style.GREEN, style.BLUE)
    for errors, colour in zip(shown.errors, colours, strict=True):
        ax.plot(shown.k, errors.bound, "-", color=colour, lw=0.9)
        for odd, fill in ((0, colour), (1, "white")):
            chosen = shown.k % 2 == odd
            look: dict[str, Any] = {"color": colour, "mfc": fill, "ms": 3, "mew": 0.8}
            ax.plot(shown.k[chosen], errors.error[chosen], "o", **look)
        if shown.k[-1] < 400:  # there is room
            name = "1 term" if errors.terms == 1 else f"{errors.terms} terms"
            ax.text(1.25 * shown.k[-1], errors.error[-1], name, color=colour, va="center")
    ax.set(xscale="log", yscale="log", xlabel="degree $k$", xlim=(8, 1300), ylim=(1e-41, 1e3))
    ax.set_xticks([10, 100, 1000])
    ax.tick_params(axis="both", which="minor", left=False, bottom=False)
    ax.set_title(shown.title, loc="left")
