"""How approximation curves look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import flag
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..rkhs.approximation import ApproximationCurve


def plot_curve(curve: ApproximationCurve, ax: Any, label: str | None, asymptote: bool | None, **more: Any) -> Axes:
    """See `ApproximationCurve.plot`."""
    ax = axes(ax)
    first = not ax.has_data()
    radii, error = np.ravel(curve.radii), np.ravel(curve.error)
    shown = (radii > 0) & (error > 0)
    look = line(next_line(ax), **more)
    name = curve.title.removeprefix("Distance in L2 from ") if label is None else label
    ax.plot(radii[shown], error[shown], **{"label": name, **look})
    if asymptote is not None and flag("asymptote", asymptote):
        bound = np.ravel(curve.sup)
        held = shown & np.isfinite(bound)
        ax.plot(radii[held], bound[held], color=look["color"], linewidth=0.9, alpha=0.6, label=f"{name}, sup norm")
    if first:
        ax.set(xscale="log", yscale="log", xlabel="norm in the RKHS", ylabel="distance in $L_2$")
    legend(ax)
    return ax
