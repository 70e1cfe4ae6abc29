"""Regularisation paths, and what is chosen of them, as tables and plots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..numbers.checks import flag
from ..results.tables import Table
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..learning.path import RidgePath
    from ..learning.selection import Selection


def table(path: RidgePath) -> Table:
    """See `RidgePath.table`."""
    none = [None] * len(path.lambdas)
    residual = none if path.residual is None else path.residual.tolist()
    condition = none if path.condition is None else path.condition.tolist()
    rows = [
        {"lambda": float(number), "norm": math.hypot(*some.ravel().tolist()), "residual": rest, "condition": times}
        for number, some, rest, times in zip(path.lambdas, path.coefficients, residual, condition, strict=True)
    ]
    headings = {
        "lambda": r"$\lambda$",
        "norm": r"$|\alpha|$",
        "residual": r"$|y - (K + n\lambda I)\alpha|/|y|$",
        "condition": r"$\operatorname{cond}(K + n\lambda I)$",
    }
    return Table(rows, tuple(headings), repr(path), headings, {"residual": 2, "condition": 3})


def plot(
    path: RidgePath, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
) -> Axes:
    """See `RidgePath.plot`."""
    every = asymptote is not None and flag("asymptote", asymptote)
    rows = table(path)
    ax = axes(ax)
    first = not ax.has_data()
    order = path.lambdas.argsort()
    if every:
        several = abs(path.coefficients.reshape(len(order), -1))[order]
        ax.plot(path.lambdas[order], several, color="#bbbbbb", linewidth=0.5)
    norms = [rows[int(i)]["norm"] for i in order]
    ax.plot(path.lambdas[order], norms, label=label, **line(next_line(ax), marker=True) | more)
    if first:
        ax.set(xscale="log", yscale="log", xlabel=r"$\lambda$", ylabel=r"$|\alpha_\lambda|$")
    legend(ax)
    return ax


def selection_table(found: Selection) -> Table:
    """See `Selection.table`."""
    rows = [
        {"lambda": float(number), found.score: float(value), "best": place == found.best}
        for place, (number, value) in enumerate(zip(found.path.lambdas, found.scores, strict=True))
    ]
    return Table(rows, ("lambda", found.score, "best"), repr(found), {"lambda": r"$\lambda$"})


def plot_selection(
    found: Selection, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
) -> Axes:
    """See `Selection.plot`."""
    marked = asymptote is None or flag("asymptote", asymptote)
    ax = axes(ax)
    first = not ax.has_data()
    order = found.path.lambdas.argsort()
    look = line(next_line(ax), marker=True) | more
    (drawn,) = ax.plot(found.path.lambdas[order], found.scores[order], label=label, **look)
    if marked:
        ax.axvline(found.lambda_, color=drawn.get_color(), linestyle=":", linewidth=0.8)
    if first:
        what = "accuracy" if found.score == "accuracy" else "mean squared error"
        scale = "log" if found.score == "mse" and found.scores.min() > 0 else "linear"
        ax.set(xscale="log", yscale=scale, xlabel=r"$\lambda$", ylabel=f"{what} ({found.kind})")
    legend(ax)
    return ax
