r"""The constants of commutators against the size of the patch, and of displacements: proved and attained.

Norms that somebody has measured can be drawn beside them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ckn.stability.constants import commutator_rate, displacement_bound
from ..ckn.stability.smoothing import Smoothing
from ..numbers.checks import real
from ..results.tables import Table
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import integers, mapping, reals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
DIMS = (1, 2)
BETAS = tuple(np.geomspace(0.25, 64, 61).tolist())
_NAMES = {1: "signals", 2: "images"}


def _none() -> Array:
    return np.empty(0)


@dataclass(frozen=True)
class Growth:
    """Constants in d dimensions over `betas`; `waves` and `fields`: norms over `measured`, NaN where there is none."""

    d: int
    betas: Array
    lower: Array
    upper: Array
    measured: Array = field(default_factory=_none)
    waves: Array = field(default_factory=_none)
    fields: Array = field(default_factory=_none)


@dataclass(frozen=True)
class Displacements:
    """Ratios |L_tau A - A| sigma / |tau|: curves over `sizes`, and points (size, ratio) of two kinds."""

    sizes: Array
    proved: Array
    translations: Array
    waves: Array = field(default_factory=lambda: np.empty((0, 2)))
    fields: Array = field(default_factory=lambda: np.empty((0, 2)))
    recalled: float = 2 * math.sqrt(2 / math.pi)


Commutators = tuple[list[Growth], Displacements]


def growth(d: int, betas: Sequence[float] = BETAS, **measured: Any) -> Growth:
    """The constants that are proved and attained in d dimensions; norms that were measured are kept."""
    rates = np.array([commutator_rate(d, beta) for beta in betas])
    return Growth(d, np.array(betas), rates[:, 0], rates[:, 1], **measured)


def displacements(grad: float = 0.5, **measured: Any) -> Displacements:
    """The bound for |grad tau| up to `grad` and what translations attain, over |tau|/sigma in d = 1."""
    h = Smoothing.gaussian(1.0, 1)
    sizes = np.geomspace(1e-2, 20, 121)
    w = np.linspace(0, 6, 6001)
    shifts = 2 * np.abs(np.sin(np.outer(sizes, w) / 2)) * np.exp(-(w**2) / 2)
    proved = np.array([displacement_bound(size, grad, h) for size in sizes]) / sizes
    return Displacements(sizes, proved, shifts.max(axis=1) / sizes, **measured)


def commutator_growth(
    dims: Sequence[int] = DIMS,
    *,
    betas: Sequence[float] = BETAS,
    grad: float = 0.5,
    measured: Mapping[int, Mapping[str, Any]] | None = None,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""The constant C_beta of |[T_c A, L_tau]| <= C_beta |grad tau|, and that of displacements.

    Parameters
    ----------
    dims : dimensions d of the signals, from 1 to 8: a panel each.
    betas : |c|/sigma, > 0.
    grad : the largest |grad tau| of the last panel, below 1.
    measured : by d, norms to be drawn as well: "measured" (betas), "waves" and "fields" (norms over |grad tau|).
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes and a table of all curves.
    """
    dims = integers("dims", dims, 1, 8)
    sizes = sorted(reals("betas", betas, 1e-6, 1e6))
    grad = real("grad", grad, 0.0, 0.99)
    points = mapping("measured", measured)
    data = (
        [growth(d, sizes, **{k: np.asarray(v) for k, v in points.get(d, {}).items()}) for d in dims],
        displacements(grad),
    )
    return finished(draw, data, table(data), width, font)


def table(data: Commutators) -> Table:
    """A row for each curve or kind of mark, and place."""
    constants, moved = data
    rows: list[dict[str, Any]] = []

    def add(panel: str, d: int, kind: str, places: Array, values: Array) -> None:
        for place, value in zip(places, values, strict=True):
            rows.append({"panel": panel, "d": d, "kind": kind, "place": float(place), "value": float(value)})

    for shown in constants:
        add("commutator", shown.d, "proved", shown.betas, shown.upper)
        add("commutator", shown.d, "attained", shown.betas, shown.lower)
        add("commutator", shown.d, "sinusoids", shown.measured, shown.waves)
        add("commutator", shown.d, "random fields", shown.measured, shown.fields)
    add("displacement", 1, "proved", moved.sizes, moved.proved)
    add("displacement", 1, "translations", moved.sizes, moved.translations)
    add("displacement", 1, "sinusoids", *moved.waves.T)
    add("displacement", 1, "random fields", *moved.fields.T)
    return Table(rows, caption="Constants of commutators over the patch, and of displacements")


def draw(data: Commutators, width: float = PAGE) -> Figure:
    """A panel of constants for each dimension, one of displacements."""
    constants, moved = data
    sheet = Sheet(width, len(constants) + 1, 2.5, across=3, least=2.0, legend=0.4)
    for ax, shown in zip(sheet.panels, constants, strict=False):
        _growth(ax, shown)
        ax.set_ylabel(r"$C_\beta$")
    _displacements(sheet.panels[-1], moved)
    titles = [f"{_NAMES.get(shown.d, 'commutator')}, $d={shown.d}$" for shown in constants]
    for place, (ax, title) in enumerate(zip(sheet.panels, [*titles, "displacements, $d=1$"], strict=True)):
        ax.set_title(f"{letters(place)} {title}", loc="left")
    first, last = sheet.panels[0], sheet.panels[-1]
    found = {
        label: handle for ax in (first, last) for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    sheet.legend(list(found.values()), list(found))
    return sheet.settle()


def _growth(ax: Axes, shown: Growth) -> None:
    power = shown.d + 1
    start = shown.waves[shown.measured == 1]
    start = float(start[0]) if start.size else float(np.interp(1, shown.betas, shown.lower))
    line = start * shown.betas**power
    ax.plot(shown.betas, line, color="0.6", lw=1.2, zorder=1, label=r"$\beta^{d+1}$")
    ax.plot(shown.betas, shown.upper, label="proved", **drawing.line(1))
    ax.plot(shown.betas, shown.lower, label="attained", **drawing.line(0))
    if shown.measured.size:
        look: dict[str, Any] = {"color": drawing.BLACK, "mfc": "white", "ms": 4.5, "ls": ""}
        ax.plot(shown.measured, shown.waves, "o", label="sinusoids", **look)
        ax.plot(shown.measured, shown.fields, ".", color=drawing.GREEN, ms=5, label="random fields")
    low, high = float(shown.lower.min()) / 5, 5 * float(shown.upper.max())
    ax.set(xscale="log", yscale="log", xlabel=r"$\beta=|c|/\sigma$", ylim=(low, high))
    log_ticks(ax.xaxis, shown.betas[0], shown.betas[-1], most=5)
    log_ticks(ax.yaxis, low, high, most=6)


def _displacements(ax: Axes, shown: Displacements) -> None:
    ax.axhline(shown.recalled, color="0.6", lw=1.2)
    ax.annotate(
        r"recalled: $2\,\|\nabla h\|_1$",
        (shown.sizes[0], shown.recalled),
        xytext=(0, -3),
        textcoords="offset points",
        color="0.4",
        va="top",
    )
    ax.axhline(math.exp(-0.5), color="0.6", lw=0.8)
    ax.annotate(
        "$e^{-1/2}$",
        (shown.sizes[-1], math.exp(-0.5)),
        xytext=(0, 2),
        textcoords="offset points",
        color="0.3",
        ha="right",
        va="bottom",
    )
    ax.plot(shown.sizes, shown.proved, label="proved", **drawing.line(1))
    ax.plot(shown.sizes, shown.translations, label="translations", **drawing.line(2))
    ax.plot(*shown.waves.T, "o", color=drawing.BLACK, mfc="white", ms=3.5)
    ax.plot(*shown.fields.T, ".", color=drawing.GREEN, ms=5)
    ax.set(xscale="log", xlabel=r"$\|\tau\|_\infty/\sigma$", ylim=(0, 1.7))
    ax.set_ylabel(r"$\|L_\tau A-A\|\,\sigma\,/\,\|\tau\|_\infty$")
    log_ticks(ax.xaxis, *ax.get_xlim(), most=5)
