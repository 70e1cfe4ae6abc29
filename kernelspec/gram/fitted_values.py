"""Values of a kernel at many cosines by its fits, in their place."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.zonal import Zonal
from .fitted import fitted_halves
from .polynomials import Fitted

_PIECE = 2**14  # cosines that are evaluated together: five such arrays stay in the second cache
_CLOSER = 2.0**29  # a value in float64 is nearer than 1/32 of a rounding in float32 where it is so many errors large

ARRAYS = Fitted.arrays + 1  # of the cosines' shape, that are worked in

# Where distances from the end -1 are known better than from 1: places and distances.
Near = tuple[NDArray[np.intp], NDArray[Any]]


def evaluate(fits: tuple[Fitted, ...], u: NDArray[Any], work: Sequence[NDArray[Any]]) -> None:
    """kappa in the place of the cosines u, shape (n,), by way of `ARRAYS` arrays of that shape.

    `fits` are one, or one for u >= 0 and one for u < 0 (`fitted.fitted_halves`).
    """
    x, *rest = work
    below: Any = None
    if len(fits) == 2:
        below = np.flatnonzero(u < 0)
        fits[1].distance(u, x)
        gathered = x[below]
    fits[0].distance(u, x)
    fits[0].evaluate(x, u, rest)  # also where it is not meant to be, and is written over
    _place(fits, below, gathered if below is not None else u, u, rest)


def evaluate_at(fits: tuple[Fitted, ...], x: NDArray[Any], work: Sequence[NDArray[Any]], far: Near) -> None:
    """The same in the place of distances x = 1 - u >= 0, of which some beyond 2 by rounding are taken to be there.

    `far` has the distances 1 + u that are known better.
    """
    y, *rest = work
    below: Any = None
    if len(fits) == 2:
        below = np.flatnonzero(x > 1)
        gathered = _from(fits[1], x, y, far)[below]
    fits[0].evaluate(_from(fits[0], x, y, far), x, rest)
    _place(fits, below, gathered if below is not None else x, x, rest)


def _place(
    fits: tuple[Fitted, ...], below: Any, gathered: NDArray[Any], out: NDArray[Any], rest: Sequence[NDArray[Any]]
) -> None:
    """The values below u = 0, by the second fit."""
    if below is not None and below.size:
        fits[1].evaluate(gathered, gathered, [array[: below.size] for array in rest])
        out[below] = gathered


def float32_values(kernel: Zonal, u: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """kappa at cosines in [-1, 1], shape (n,), rounded from float64; None where there are no fits.

    What a fit does not know to a part of a rounding, as its values are small, is asked of the kernel.
    """
    fits = fitted_halves(kernel, np.float64)
    if fits is None:
        return None
    least, out = _CLOSER * max(fit.error for fit in fits), np.empty_like(u)
    arrays = np.empty((1 + ARRAYS, min(_PIECE, u.size)))
    for start in range(0, u.size, _PIECE):
        piece = u[start : start + _PIECE]
        value, *work = arrays[:, : piece.size]
        value[...] = piece
        evaluate(fits, value, work)
        small = np.flatnonzero((value < least) & (value > -least))
        if small.size:
            value[small] = kernel(piece[small].astype(np.float64))
        out[start : start + _PIECE] = value
    return out


@functools.lru_cache(maxsize=256)
def value_at(kernel: Zonal, end: int) -> float:
    """kappa at 1 or -1 itself: a fit is off there by a rounding, and what is equal should stay equal."""
    return float(kernel(float(end)))


def _from(fit: Fitted, x: NDArray[Any], out: NDArray[Any], far: Near) -> NDArray[Any]:
    """What the fit reads of distances 1 - u; from 1 + u where that is known."""
    if fit.end == 1:
        return x
    where, gaps = far
    one = x.dtype.type(1)
    if fit.end == 0:
        np.subtract(one, x, out=out)
        out[where] = gaps - one
    else:
        np.subtract(one + one, x, out=out)
        out[where] = gaps
        np.maximum(out, 0, out=out)
    return out
