"""Networks while they are trained, as tables and plots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import flag
from ..results.tables import Table
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..learning.trained import Training


def table(found: Training) -> Table:
    """See `Training.table`."""
    time = "time" if found.rate is None else "step"
    rows: list[dict[str, Any]] = [
        {time: float(t) if found.rate is None or math.isinf(t) else int(t), "training loss": float(loss)}
        for t, loss in zip(found.times, found.loss, strict=True)
    ]
    if found.covariance is not None and found.mean.shape[1]:
        for row, spread in zip(rows, np.sqrt((found.standard_deviation**2).mean(axis=1)), strict=True):
            row["test deviation"] = float(spread)
    how = "Gradient flow" if found.rate is None else f"Gradient descent of rate {found.rate:.4g}"
    decay = f", lambda = {found.lam:.4g}" if found.lam else ""
    points = f"{found.train_mean.shape[1]} training points, {found.mean.shape[1]} test points"
    return Table(rows, caption=f"{how} of infinitely wide networks{decay}: {points}", headings={"time": "$t$"})


def plot(
    found: Training, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
) -> Axes:
    """See `Training.plot`."""
    limit = found.loss[np.isinf(found.times)][:1]
    marked = limit.size > 0 if asymptote is None else flag("asymptote", asymptote)
    if marked and not limit.size:
        raise ValueError("asymptote must be False where no time is infinite: there is no limit to be drawn")
    ax = axes(ax)
    first = not ax.has_data()
    shown = np.isfinite(found.times) & (found.times > 0)
    order = np.argsort(found.times[shown])
    look = line(next_line(ax), marker=True) | more
    (drawn,) = ax.plot(found.times[shown][order], found.loss[shown][order], label=label, **look)
    if marked and limit[0] > 0:
        ax.axhline(limit[0], color=drawn.get_color(), linestyle=":", linewidth=0.8)
    if first:
        name = "time $t$" if found.rate is None else "step"
        ax.set(xscale="log", yscale="log" if found.loss[shown].min(initial=1.0) > 0 else "linear")
        ax.set(xlabel=name, ylabel="training loss")
    legend(ax)
    return ax
