"""Effective dimensions as tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import flag
from ..results.tables import Table
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..rkhs.capacity_on_sphere import Capacity

LAMBDAS = tuple(10.0**-j for j in range(7))
_DRAWN = 40


def table(found: Capacity, lam: Sequence[float] | None, certified: bool) -> Table:
    """See `Capacity.table`."""
    given = np.atleast_1d(LAMBDAS if lam is None else lam)
    values = found.effective_dimension(given, certified=certified)
    where = f"on S^{found.d - 1}" if found.domain == "sphere" else f"on the cube in R^{found.d}"
    rows = [{"lam": x, "dimension": value} for x, value in zip(given.ravel().tolist(), _flat(values), strict=True)]
    return Table(
        rows,
        columns=("lam", "dimension"),
        caption=f"Effective dimension of {found.kernel!r} {where}",
        headings={"lam": r"$\lambda$", "dimension": r"$\sum_i \mu_i/(\mu_i+\lambda)$"},
        digits={"dimension": 12},
    )


def _flat(values: Any) -> list[Any]:
    return np.ravel(values).tolist() if isinstance(values, np.ndarray) else list(values)


def plot(
    found: Capacity, ax: Any, label: str | None, asymptote: bool | None, lam: Sequence[float] | None, **more: Any
) -> Axes:
    """See `Capacity.plot`."""
    if asymptote is not None:
        flag("asymptote", asymptote)
    given = np.geomspace(min(LAMBDAS), max(LAMBDAS), _DRAWN) if lam is None else np.ravel(lam)
    values = found.effective_dimension(given)
    ax = axes(ax)
    first = not ax.has_data()
    name = f"{found.kernel!r}, {found.domain}, d = {found.d}" if label is None else label
    ax.plot(given, values, **{"label": name, **line(next_line(ax)), **more})
    if first:
        ax.set(xscale="log", yscale="log", xlabel=r"$\lambda$", ylabel="effective dimension")
    legend(ax)
    return ax
