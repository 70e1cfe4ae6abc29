r"""The asymptotic expansion of claim 18 (derived here) against the truth, and the proved bound on what it leaves out.

mu_k is known to 60 digits from Gauss-Legendre quadrature in Arb balls (`Spectrum.certified`), which knows nothing
of the expansion (`Spectrum.asymptotic`); the bound is that of the theorem in `kernelspec.spectrum.asymptotic`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..results.tables import Table
from ..views import drawing
from ..views.drawing import Look
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import Kernels, as_kernels, integers, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIGITS = 60
TERMS = (1, 3, 8)
KERNELS = ("ntk(3)", "rf(3)", "ntk(10)")
DIMS = (4, 10, 4)
LAST = (1000, 500, 300)  # quadrature costs the square of the degree, and more for deep networks


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
    label: str
    d: int
    k: Integers
    errors: list[Errors]


def degrees(last: int, count: int) -> Integers:
    """Degrees from 10 to `last`, even and odd in turn, about equally spaced in their logarithm."""
    near = np.geomspace(10, last, count)
    odd = np.arange(count) % 2
    return np.unique(2 * np.round((near - odd) / 2).astype(np.int64) + odd)


def panel(kernel: Zonal, d: int, k: Integers, terms: Sequence[int] = TERMS) -> Panel:
    """Errors and bounds of one kernel, all from balls."""
    spectrum = kernel.spectrum(d)
    true = dict(zip(k.tolist(), spectrum.certified(k, DIGITS), strict=True))
    errors = []
    for count in terms:
        remainder = spectrum.remainder(count)
        error, bound = np.full(k.shape, np.nan), np.full(k.shape, np.nan)
        for i, (degree, mu) in enumerate(true.items()):
            if degree >= remainder.start:
                found = spectrum.asymptotic_ball(degree, count, digits=DIGITS)
                error[i] = float((abs(found - mu) / mu).upper())
                bound[i] = float((remainder.bound(degree) / mu).upper())
        errors.append(Errors(count, remainder.start, error, bound))
    return Panel(repr(kernel), label(kernel), d, k, errors)


def expansion_panels(
    kernels: Kernels = KERNELS,
    dims: int | Sequence[int] = DIMS,
    terms: Sequence[int] = TERMS,
    last: int | Sequence[int] = LAST,
    count: int = 25,
) -> list[Panel]:
    """The panels at so many degrees each."""
    chosen = as_kernels("kernels", kernels)
    each = [
        _for_all(name, values, lowest, highest, len(chosen))
        for name, values, lowest, highest in (("dims", dims, 2, 200), ("last", last, 20, 2000))
    ]
    terms = integers("terms", terms, 1, 30)
    count = integer("count", count, 4, 200)
    return [panel(kernel, d, degrees(end, count), terms) for kernel, d, end in zip(chosen, *each, strict=True)]


def _for_all(name: str, values: Any, lowest: int, highest: int, count: int) -> list[int]:
    """One value for each kernel, or one for all of them."""
    given = list(values) if isinstance(values, Sequence) else [values]
    found = [integer(name, value, lowest, highest) for value in given]
    if len(found) not in (1, count):
        raise ValueError(f"{name} must hold one value, or one for each of the {count} kernels, got {given}")
    return found * count if len(found) == 1 else found


def expansion_error(
    kernels: Kernels = KERNELS,
    dims: int | Sequence[int] = DIMS,
    *,
    terms: Sequence[int] = TERMS,
    last: int | Sequence[int] = LAST,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Relative errors of the asymptotic expansion of mu_k, and the proved bounds on them.

    Parameters
    ----------
    kernels : kernels, or texts of kernels.
    dims : d for each kernel, or one for all.
    terms : numbers of terms of the expansion, from 1 to 30.
    last : the highest degree for each kernel, or one for all, from 20 to 2000.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (a panel a kernel) and a table with a row a kernel, degree and number of terms.
    """
    data = expansion_panels(kernels, dims, terms, last)
    return finished(draw, data, table(data), width, font)


def table(data: Sequence[Panel]) -> Table:
    """A row for each kernel, number of terms and degree."""
    rows = [
        {
            "kernel": shown.kernel,
            "d": shown.d,
            "terms": errors.terms,
            "k": int(k),
            "error": float(error),
            "bound": float(bound),
        }
        for shown in data
        for errors in shown.errors
        for k, error, bound in zip(shown.k, errors.error, errors.bound, strict=True)
    ]
    return Table(rows, caption="Relative errors of the asymptotic expansion, and proved bounds")


def draw(data: Sequence[Panel], width: float = PAGE) -> Figure:
    """One panel a kernel."""
    from .eigenvalues import parity_legend

    sheet = Sheet(width, len(data), 2.5, across=3, least=2.0, legend=0.3)
    for place, (ax, shown) in enumerate(zip(sheet.panels, data, strict=True)):
        _panel(sheet, ax, shown)
        ax.set_title(f"{letters(place)} {shown.label}, $d={shown.d}$", loc="left")
        if ax in sheet.lowest:
            ax.set_xlabel("degree $k$")
    for ax in sheet.first:
        ax.set_ylabel("relative error")
    handles, words = parity_legend("proved bound")
    sheet.legend(handles, [f"error, {words[0]}", f"error, {words[1]}", words[2]])
    return sheet.settle()


def _panel(sheet: Sheet, ax: Axes, shown: Panel) -> None:
    order = (drawing.VERMILION, drawing.GREEN, drawing.BLUE, drawing.PURPLE, drawing.ORANGE)
    names = []
    lowest = 1.0
    for place, errors in enumerate(shown.errors):
        colour = order[place % len(order)]
        known = np.isfinite(errors.bound)
        ax.plot(shown.k[known], errors.bound[known], "-", color=colour, lw=0.9)
        for odd, fill in ((0, colour), (1, "white")):
            chosen = shown.k % 2 == odd
            look: Look = {"color": colour, "mfc": fill, "ms": 3, "mew": 0.8}
            ax.plot(shown.k[chosen], errors.error[chosen], "o", **look)
        seen = errors.error[np.isfinite(errors.error) & (errors.error > 0)]
        if seen.size:
            name = "1 term" if errors.terms == 1 else f"{errors.terms} terms"
            names.append((float(seen[-1]), name, colour))
            lowest = min(lowest, float(seen.min()))
    ax.set(xscale="log", yscale="log", xlim=(8, 1.2 * shown.k[-1]), ylim=(lowest / 30, 1e3))
    log_ticks(ax.xaxis, 8, 1.2 * shown.k[-1], most=4)
    log_ticks(ax.yaxis, *ax.get_ylim(), most=6)
    sheet.names(ax, names)
