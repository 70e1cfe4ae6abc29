"""Products of enclosed eigenvalues as `Levels`: floats rounded outward, one unit for each operation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from ...numbers.checks import FloatArray
from ...numbers.outward import lower_float, upper_float
from ...rkhs.levels import Levels

# Lower ends, upper ends, and how often each eigenvalue stands there.
Part: TypeAlias = tuple[FloatArray, FloatArray, Sequence[int]]
# Eigenvalues below this are taken for at least this from above: products of their ends would leave the float range.
_TINY = 1e-300


def product(low: FloatArray, high: FloatArray, lows: FloatArray, highs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The ends of all products of numbers >= 0 of the one and the other enclosures, flat."""
    with np.errstate(under="ignore", over="ignore"):
        below = np.nextafter(np.outer(low, lows), 0.0).ravel()
        above = np.outer(high, highs).ravel()
    lost = np.outer(high > 0, highs > 0).ravel()  # what is 0 because it is below the float range
    return below, np.where(above > 0, np.nextafter(above, math.inf), np.where(lost, _TINY, 0.0))


def counts(several: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Integers of any size as floats, not above and not below."""
    known = {count: (lower_float(Fraction(count)), upper_float(Fraction(count))) for count in set(several)}
    ends = np.array([known[count] for count in several], dtype=np.float64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def total(low: FloatArray, high: FloatArray) -> tuple[float, float]:
    """The ends of a sum of enclosed numbers >= 0."""
    below, above = math.fsum(low), math.fsum(high)  # each rounded once
    return max(math.nextafter(below, 0.0), 0.0), math.nextafter(above, math.inf) if above else 0.0


def times(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """The ends of a product of two enclosed numbers >= 0."""
    low, high = product(np.array(a[:1]), np.array(a[1:]), np.array(b[:1]), np.array(b[1:]))
    return float(low[0]), float(high[0])


def levels(parts: Sequence[Part], rest: tuple[float, float] = (0.0, 0.0), largest: float = 0.0) -> Levels:
    """Levels of several groups of eigenvalues: their lower and upper ends, and how often each stands there."""
    low = np.concatenate([part[0] for part in parts])
    high = np.concatenate([part[1] for part in parts])
    several = [counts(part[2]) for part in parts]
    least, most = (np.concatenate([c[i] for c in several]) for i in (0, 1))
    return Levels(low, high, least, most, rest, largest)
