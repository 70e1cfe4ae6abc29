"""Floats rounded outward: what is called a bound lies on its side of the number that it bounds.

A computation of bounds is done in balls, whose ends are then rounded here, or in floats where it adds, multiplies and
takes roots of numbers >= 0 alone: `raised` then covers its rounding.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import Any


def rational(x: Any) -> Fraction:
    """A ball without a radius as a fraction."""
    mantissa, exponent = (int(part) for part in x.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def lower_float(x: Any) -> float:
    """A float not above x, a rational or a ball."""
    if not isinstance(x, Fraction):
        if not x.is_finite():
            return -math.inf
        x = x.lower()
        if abs(x) > sys.float_info.max:
            return -math.inf if x < 0 else sys.float_info.max
        if 0 < abs(x) < 5e-324:
            return 0.0 if x > 0 else -5e-324
        x = rational(x)
    value = x.numerator / x.denominator
    return value if Fraction(value) <= x else math.nextafter(value, -math.inf)


def upper_float(x: Any) -> float:
    """A float not below x, a rational or a ball; infinite where there is none."""
    return -lower_float(-x)


def raised(value: float, operations: int) -> float:
    """A bound of what so many sums, products, quotients and roots of numbers >= 0 gave, each rounded to nearest.

    Each is below the truth by a factor of 1 - 2^-53 at most, so that 1 + operations * 2^-52 covers all of them.
    """
    if value == 0 or not math.isfinite(value):
        return value
    return math.nextafter(value * (1 + operations * 2.0**-52), math.inf)
