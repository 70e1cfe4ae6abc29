"""Roots and arcsines of power series with ball coefficients, by ways that do not end the process.

FLINT's Newton iteration for square roots (3.6 and before) aborts where a step sees nothing but the constant term:
a series 1 + c x^m + ... with m of some 50 or more, and so do arcsines, which take such a root. There log and exp serve.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint

_GAP = 8  # the largest power that may come first after the constant


def power(series: Any, q: Fraction) -> Any:
    """series^q for a rational q; the constant term is positive, or not 0 where q is an integer."""
    if not isinstance(series, flint.arb_series):
        return series ** flint.arb(flint.fmpq(q.numerator, q.denominator))
    if q.denominator == 1:
        return (series if q >= 0 else series.inv()) ** abs(q.numerator)
    if q.denominator == 2 and _first(series) <= _GAP:
        root = series.sqrt() if q > 0 else series.rsqrt()
        return root ** abs(q.numerator)
    return (series.log() * flint.arb(flint.fmpq(q.numerator, q.denominator))).exp()


def asin(series: Any) -> Any:
    """arcsin of a series whose constant term lies in (-1, 1): the integral of f'/(1 - f^2)^{1/2}."""
    if not isinstance(series, flint.arb_series) or _first(series) <= _GAP:
        return series.asin()
    slope = series.derivative() * power(1 - series * series, Fraction(-1, 2))
    return slope.integral() + series[0].asin()


def _first(series: Any) -> int:
    """The power of the first term after the constant; 0 where there is none."""
    return next((j for j in range(1, series.length()) if series[j] != 0), 0)
