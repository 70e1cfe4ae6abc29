"""Spectra of convolutional kernels as tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..results.tables import Table
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..ckn.spectra import Eigenspaces

HEADINGS = {"eigenvalue": r"$\mu$"}
_MOST = 2000  # points of a plot


def table(spaces: Eigenspaces) -> Table:
    """See `Eigenspaces.table`."""
    columns = ["eigenvalue", "multiplicity", "degrees", "patches", "frequency", "diameter"]
    rows = [
        {
            "eigenvalue": space.value,
            "multiplicity": space.multiplicity,
            "degrees": ", ".join(map(str, space.degrees)) or "0",
            "patches": None if space.patches is None else ", ".join(map(str, space.patches)),
            "frequency": space.frequency,
            "diameter": space.diameter,
        }
        for space in spaces
    ]
    kept = [name for name in columns if name in columns[:3] or any(row[name] is not None for row in rows)]
    return Table([{name: row[name] for name in kept} for row in rows], kept, "Eigenvalues, largest first", HEADINGS)


def plot(spaces: Eigenspaces, ax: Axes | None = None, label: str | None = None, **more: Any) -> Axes:
    """See `Eigenspaces.plot`."""
    ends = np.cumsum([float(space.multiplicity) for space in spaces])
    starts = np.concatenate([[0.0], ends[:-1]]) + 1
    x = np.stack([starts, ends], axis=1).ravel()
    y = np.repeat([space.value for space in spaces], 2)
    ax = axes(ax)
    first = not ax.has_data()
    ax.plot(x, y, label=label, **line(next_line(ax), **more))
    if first:
        ax.set(xscale="log", yscale="log", xlabel="index", ylabel="eigenvalue")
    legend(ax)
    return ax


def smoothing_table(positions: Sequence[tuple[float, int | None, int]], patches: Sequence[float]) -> Table:
    """See `Model.smoothing`."""
    rows = [
        {"smooths": "positions", "index": j if frequency is None else frequency, "factor": s}
        for j, (s, frequency, _) in enumerate(positions)
    ]
    rows += [{"smooths": "patches", "index": k, "factor": mu} for k, mu in enumerate(patches)]
    return Table(rows, ("smooths", "index", "factor"), "Eigenvalues of the pooling and of the patch kernel")
