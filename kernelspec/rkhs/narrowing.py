"""Capacities from as many enclosed eigenvalues as their bounds need to be narrow."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..numbers.checks import FloatArray, flag, scalar_or_array
from ..spectrum.eigenvalue_arrays import PrecisionWarning
from .capacity import Bounds
from .levels import Levels

_NARROW = 1e-8  # the relative distance of bounds at which no more of the spectrum is computed
_WIDE = 1e-6  # and that from which on a float is given with a warning
_UNKNOWN = 0.01  # and that from which on there is none


def narrowed(
    levels: Callable[[int], Levels],
    bounds: Callable[[Levels, bool], Bounds],
    certified: bool,
    most: int,
    narrow: float = _NARROW,
) -> Bounds:
    """The middle of bounds, or with `certified` balls, from as many levels as make the bounds narrow.

    Parameters
    ----------
    levels : the levels of a number of eigenvalues or eigenspaces, from 64 on, doubled.
    bounds : a function of `capacity`, of levels and of whether the bounds are balls.
    certified : whether balls are wanted.
    most : the number beyond which no more are asked for: a float then comes with a `PrecisionWarning`, and is NaN where
        the bounds are further apart than 0.01 of it.
    narrow : the relative distance of bounds at which no more are asked for.
    """
    flag("certified", certified)
    count, before = 64, -1
    while True:
        found = levels(count)
        low, high = map(np.asarray, bounds(found, False))
        middle = (low + high) / 2
        wide = _wide(middle, high - low)
        size = found.lower.size
        if wide <= narrow or found.rest[1] == 0 or size == before or count >= most:
            break
        count, before = 2 * max(count, size), size  # there may be more than were asked for
    if certified:
        return bounds(found, True)
    return told(middle, high - low, f"{count} levels")


def told(middle: FloatArray, width: FloatArray, source: str) -> Any:
    """The middle of bounds, NaN where they are further apart than 0.01 of it; a `PrecisionWarning` beyond 1e-6."""
    wide = _wide(middle, width)
    if wide > _WIDE:
        lost = ", nan where not to 0.01" if wide > _UNKNOWN else ""
        warnings.warn(
            f"known to {wide:.1g} of itself only, from {source}{lost}; certified=True gives the bounds",
            PrecisionWarning,
            stacklevel=5,
        )
        middle = np.where(width > _UNKNOWN * middle, np.nan, middle)
    return scalar_or_array(middle)


def _wide(middle: FloatArray, width: FloatArray) -> float:
    return float(np.max(width / np.maximum(middle, 1e-300), initial=0.0))
