"""Measured learning curves as tables and plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..numbers.checks import flag
from ..results.tables import Table
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..learning.measured import MeasuredCurve


def table(curve: MeasuredCurve) -> Table:
    """See `MeasuredCurve.table`."""
    columns = (curve.n, curve.error, curve.standard_error, curve.train.mean(axis=1))
    rows = [
        {"n": int(n), "error": error, "standard error": spread, "training error": train}
        for n, error, spread, train in zip(*columns, strict=True)
    ]
    return Table(
        rows, caption=f"Learning curve measured in {curve.errors.shape[1]} draws", headings={"n": "$n$"}, digits=4
    )


def plot(curve: MeasuredCurve, ax: Axes | None, label: str | None, asymptote: bool | None, **more: Any) -> Axes:
    """See `MeasuredCurve.plot`."""
    if asymptote is not None:
        flag("asymptote", asymptote)
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), marker=True) | {"linestyle": "none", "capsize": 2} | more
    ax.errorbar(curve.n, curve.error, yerr=2 * curve.standard_error, label=label, **look)
    if first:
        ax.set(xscale="log", yscale="log", xlabel="samples $n$", ylabel="test error")
    legend(ax)
    return ax
