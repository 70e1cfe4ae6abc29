"""Values of a kernel at many cosines by its fits, in their place."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.zonal import Zonal
from .polynomials import Fitted

ARRAYS = Fitted.arrays + 1  # of the cosines' shape, that are worked in

# Where distances from an end are known better than by cosines: the end, places among them, and distances.
Near = tuple[int, NDArray[np.intp], NDArray[Any]]


def evaluate(
    fits: tuple[Fitted, ...],
    u: NDArray[Any],
    work: Sequence[NDArray[Any]],
    near: Sequence[Near] = (),
    beyond: bool = False,
) -> None:
    """kappa in the place of the cosines u, shape (n,), by way of `ARRAYS` arrays of that shape.

    Parameters
    ----------
    fits : one fit, or one for u >= 0 and one for u < 0 (`fitted.fitted_halves`).
    beyond : whether rounded cosines lie beyond an end; they are taken to be there.
    """
    x, *rest = work
    below: Any = None
    if len(fits) == 2:
        below = np.flatnonzero(u < 0)
        gathered = _distances(fits[1], u, x, near, beyond)[below]
    _distances(fits[0], u, x, near, beyond)
    fits[0].evaluate(x, u, rest)  # also where it is not meant to be, and is written over
    if below is not None and below.size:
        fits[1].evaluate(gathered, gathered, [array[: below.size] for array in rest])
        u[below] = gathered


@functools.lru_cache(maxsize=256)
def value_at(kernel: Zonal, end: int) -> float:
    """kappa at 1 or -1 itself: a fit is off there by a rounding, and what is equal should stay equal."""
    return float(kernel(float(end)))


def _distances(fit: Fitted, u: NDArray[Any], out: NDArray[Any], near: Sequence[Near], beyond: bool) -> NDArray[Any]:
    """What the fit reads of cosines u, into out; from the near pairs' distances where these are known."""
    fit.distance(u, out)
    for end, where, gaps in near:
        if fit.end == 0:
            out[where] = end * (1 - gaps)
        else:
            out[where] = gaps if fit.end == end else 2 - gaps
    if beyond and fit.end:
        np.maximum(out, 0, out=out)
    return out
