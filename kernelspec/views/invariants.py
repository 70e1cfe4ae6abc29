"""What invariance gains, degree by degree, as a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import flag
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..sphere.finite_groups import FiniteGroup

_KMAX = 40


def plot(
    group: FiniteGroup, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
) -> Axes:
    """See `FiniteGroup.plot`."""
    limit = asymptote is None or flag("asymptote", asymptote)
    ax = axes(ax)
    first = not ax.has_data()
    k = np.arange(1, _KMAX + 1)
    gain = np.asarray(group.gain(k))
    finite = np.isfinite(gain)
    look = line(next_line(ax), **more)
    ax.plot(k[finite], gain[finite], label=repr(group) if label is None else label, **look)
    if limit:
        ax.axhline(group.order / (1 + bool(group.has_minus_one)), color=look["color"], linewidth=0.8, linestyle=":")
    if first:
        ax.set_xlabel("degree $k$")
        ax.set_ylabel("$N(d, k)/N_G(d, k)$")
        ax.set_yscale("log")
    legend(ax)
    return ax
