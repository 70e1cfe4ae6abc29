"""How membership in an RKHS, its Sobolev constants and approximation curves look."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import FloatArray, flag
from .drawing import axes, legend, line, next_line
from .markup import folded, listed, paragraph

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..rkhs.approximation import ApproximationCurve
    from ..rkhs.membership import Membership
    from ..rkhs.ridge import Function
    from ..rkhs.sobolev import Sobolev
    from ..rkhs.space import Space

_RADII = 25


def radii_of(space: Space, f: Function) -> FloatArray:
    """Norms for a curve: from where next to nothing is reached to the function's own, or to 10^4 times the first."""
    zero = space.approximation(f, 0.0)
    size = float(zero.error) / math.sqrt(space.kernel.at_one)
    if size == 0:
        return np.array([1.0])
    return np.geomspace(size / 10, zero.norm if size < zero.norm < 1e4 * size else 1e4 * size, _RADII)


def membership_html(found: Membership) -> str:
    """The answer, and the steps of the proof, folded."""
    steps = found.proof
    out = paragraph(repr(found))
    return out + folded(f"Proof ({len(steps)} step{'s' * (len(steps) != 1)})", listed(steps)) if steps else out


def sobolev_html(found: Sobolev) -> str:
    """The sentences, and the constants as a table."""
    table = found.table()
    return paragraph(repr(found)) + (table._repr_html_() if len(table) else "")


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
        if held.any():
            ax.plot(radii[held], bound[held], color=look["color"], linewidth=0.9, alpha=0.6, label=f"{name}, sup norm")
    if first:
        ax.set(xscale="log", yscale="log", xlabel="norm in the RKHS", ylabel="distance in $L_2$")
    legend(ax)
    return ax
