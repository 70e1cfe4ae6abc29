"""How a kernel leaves its values at both ends, in pictures and as a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .view import WIDTH, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..kernels.zonal import Zonal
    from ..numbers.checks import FloatArray
    from ..results.tables import Table

NEAREST = 1e-12  # t from which the ends are shown
_ROUNDING = 1e-13  # of kappa(1), in differences at u = -1


def whole_kernel(k: Zonal) -> Axes:
    """The kernel on [-1, 1], drawn."""
    from ..views import drawing

    ax = k.plot(drawing.axes(width=WIDTH), label="")
    ax.set_title(r"$\kappa(u)$")
    return ax


def distances() -> FloatArray:
    """Distances t from an end, evenly spread in their logarithms."""
    return np.geomspace(NEAREST, 2.0, 121)


def ends_table(k: Zonal, t: FloatArray) -> Table:
    """The differences of kappa at both ends as a table."""
    from ..results.tables import Table

    right, left = defects(k, t)
    rows = [{"t": a, "right": b, "left": c} for a, b, c in zip(t.tolist(), right.tolist(), left.tolist(), strict=True)]
    headings = {"t": "$t$", "right": r"$\kappa(1)-\kappa(1-t)$", "left": r"$\kappa(-1+t)-\kappa(-1)$"}
    return Table(rows, ("t", "right", "left"), f"{k!r} near both ends", headings)


def defects(k: Zonal, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """kappa(1) - kappa(1 - t) and kappa(-1 + t) - kappa(-1), the first without cancellation, for an array of t."""
    theta = 2 * np.arcsin(np.sqrt(t / 2))  # its cosine is 1 - t, to full accuracy
    right = np.asarray(k.of_angle(theta, defect=True))
    return right, np.asarray(k.of_angle(math.pi - theta) - k.of_angle(math.pi))


def near_ends(k: Zonal, terms: int) -> Axes:
    """The differences at both ends over the distance on log axes, with their leading powers."""
    from ..views import drawing

    t = distances()
    ax = drawing.axes(width=WIDTH)
    for place, (at, sizes) in enumerate(zip((1, -1), defects(k, t), strict=True)):
        size = np.abs(sizes)
        # The left difference is rounding below this.
        seen = size > (_ROUNDING * abs(float(k(1.0))) if at == -1 else 0.0)
        name = (r"$\kappa(1)-\kappa(1-t)$", r"$|\kappa(-1+t)-\kappa(-1)|$")[place]
        style = drawing.line(place)
        if seen.any():
            ax.plot(t[seen], size[seen], label=name, **style)
        law = _leading(k, at, terms)
        if law is not None:
            words = "leading term" if place == 0 else None
            ax.plot(t, np.abs(law(t)), color="#808080", linestyle=":", linewidth=1.0, label=words)
    ax.set(xscale="log", yscale="log", xlabel="distance $t$ from the end", title="near both ends")
    drawing.legend(ax)
    return plain_ticks(ax)


def _leading(k: Zonal, at: int, terms: int) -> Callable[[FloatArray], FloatArray] | None:
    """The first power that leaves the end's value, as a function of t, or None where no expansion is known."""
    try:
        series = k.expand(at=at, terms=max(terms, 2))
    except (ValueError, NotImplementedError):
        return None
    from ..views.decays import decimal_of

    for exponent, coefficient in zip(series.exponents, series.coefficients, strict=True):
        if exponent > 0 and coefficient != 0:
            size, power = decimal_of(coefficient), float(exponent)
            return lambda t: size * t**power
    return None
