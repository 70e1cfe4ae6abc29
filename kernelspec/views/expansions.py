"""Expansions at the ends as tables and plots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import flag
from ..results.tables import Table
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..expansions.expand import Puiseux

_POINTS = 121


def table(series: Puiseux, digits: int = 15) -> Table:
    """See `Puiseux.table`."""
    decimals = series.balls(digits)
    rows = [
        {"exponent": e, "coefficient": c, "decimal": ball}
        for e, c, ball in zip(series.exponents, series.coefficients, decimals, strict=True)
    ]
    symbol = r"\sigma" if series.variable == "sigma" else series.variable
    headings = {"exponent": f"exponent of ${symbol}$"}
    where = f"{series.kernel!r} at u = {series.at}" if series.kernel is not None else "a series"
    caption = f"Expansion of {where} in {series.variable}, up to {series.variable}^({series.order})"
    return Table(rows, ("exponent", "coefficient", "decimal"), caption, headings)


def head(series: Puiseux) -> str:
    """What it is the expansion of, in LaTeX."""
    step = r"2 \sigma^2" if series.variable == "sigma" else series.variable
    return rf"\kappa({'1 - ' if series.at == 1 else '-1 + '}{step})"


def plot(series: Puiseux, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
    """See `Puiseux.plot`."""
    partial = asymptote is not None and flag("asymptote", asymptote)
    largest = 1.0
    x = largest * np.linspace(0.0, 1.0, _POINTS) ** 2
    if series.leading < 0 or (series.entries and series.order <= 0):
        x = x[1:]
    ax = axes(ax)
    first = not ax.has_data()
    symbol = r"\sigma" if series.variable == "sigma" else series.variable
    if series.kernel is not None:
        t = 2 * x**2 if series.variable == "sigma" else x
        theta = 2 * np.arcsin(np.sqrt(t / 2))  # the cosine is 1 - t, to full accuracy
        values = np.asarray(series.kernel.of_angle(theta if series.at == 1 else math.pi - theta))
        ax.plot(x, values, **line(next_line(ax), label=repr(series.kernel)))
    if partial:
        for count in range(1, len(series.entries)):
            cut = series.truncated(series.entries[count][0])
            ax.plot(x, [cut(float(t)) for t in x], color="#999999", linewidth=0.8)
    name = f"{len(series.entries)} terms" if label is None else label
    ax.plot(x, [series(float(t)) for t in x], **line(next_line(ax), label=name) | more)
    if first:
        ax.set(xlabel=f"${symbol}$", ylabel=f"${head(series)}$")
    legend(ax)
    return ax
