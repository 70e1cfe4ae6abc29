"""Kernels as tables and plots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import flag, reals
from ..results.tables import Table
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..kernels.zonal import Zonal

HEADINGS = {"u": "$u$", "kappa": r"$\kappa(u)$", "defect": r"$\kappa(1) - \kappa(u)$", "angle": r"$\arccos u$"}
_POINTS = 401
_NEAR = 0.3  # t up to which the expansions at the ends are drawn


def table(kernel: Zonal, u: Any = None) -> Table:
    """See `Zonal.table`."""
    at = np.arange(-5, 6) / 5 if u is None else reals("u", u).ravel()
    values, defects = np.asarray(kernel(at)), np.asarray(kernel.defect(at))
    rows = [
        {"u": u, "kappa": value, "defect": defect, "angle": math.acos(max(-1.0, min(1.0, u)))}
        for u, value, defect in zip(at.tolist(), values.tolist(), defects.tolist(), strict=True)
    ]
    return Table(rows, ("u", "kappa", "defect", "angle"), f"Values of {kernel!r}", HEADINGS)


def plot(kernel: Zonal, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
    """See `Zonal.plot`."""
    ends = []
    if asymptote is not None and flag("asymptote", asymptote):
        ends = [(at, kernel.expand(at, terms=3)) for at in (1, -1)]
    u = np.cos(np.linspace(math.pi, 0.0, _POINTS))
    values = np.asarray(kernel(u))
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    inside = np.isfinite(values)
    ax.plot(u[inside], values[inside], label=repr(kernel) if label is None else label, **look)
    t = np.linspace(0.0, _NEAR, 61) ** 2 / _NEAR
    for at, series in ends:
        y = np.array([series(float(x)) if x or series.leading >= 0 else math.inf for x in t])
        kept = np.isfinite(y)
        ax.plot(at * (1 - t[kept]), y[kept], color="black", linestyle=":", linewidth=1.0)
    if first:
        ax.set(xlabel="$u$", ylabel=r"$\kappa(u)$")
    legend(ax)
    return ax
