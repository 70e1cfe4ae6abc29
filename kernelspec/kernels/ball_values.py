"""Values and Taylor coefficients of kernels at exact points, in balls: what proofs of ranges and signs read."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.arithmetic import BallArithmetic, SeriesArithmetic
from ..numbers.exact_numbers import made
from ..numbers.precision import at_least, precision
from .points import Point

if TYPE_CHECKING:
    from .zonal import Zonal

BITS = 192
_LARGEST_COEFFICIENT = 64  # the highest Taylor coefficient that is computed


def taylor_balls(kernel: Zonal, terms: int) -> list[Any]:
    """The first Taylor coefficients of kappa at 0, balls at the precision in force."""
    import flint

    with precision(cap=terms):
        variable = flint.arb_series([0, 1], terms)
        value = Point.from_cosine(SeriesArithmetic(terms), variable).pair(kernel).value
        series = flint.arb_series([0], terms) + value
        return [series[i] for i in range(terms)]


def coefficient_at_least(kernel: Zonal, degree: int, bound: Fraction) -> bool:
    """Whether the Taylor coefficient b_degree of kappa at 0 is shown to be >= bound."""
    part = kernel.polynomial_part(degree % 2)
    if part is not None:
        return part.get(degree, Fraction(0)) >= bound
    if degree > _LARGEST_COEFFICIENT or kernel.truncation:
        return False
    found = kernel.taylor(degree + 1)[degree]
    with at_least(BITS):
        return bool(found > BallArithmetic().number(bound))


def value_at(kernel: Zonal, u: Fraction) -> Any:
    """kappa(u) as a ball."""
    arithmetic = BallArithmetic()
    with at_least(BITS):
        if u == 1 and kernel.rational_one is not None:
            return arithmetic.number(kernel.rational_one)
        if kernel.real_only:
            return _value_from_expansions(kernel, u)
        ends = (arithmetic.number(Fraction(x)) for x in (u, 1 - u, 1 + u))
        return Point(arithmetic, *ends).pair(kernel).value


def _value_from_expansions(kernel: Zonal, u: Fraction) -> Any:
    """kappa(u) where no balls are read: its exact value at an end, sum_{i<n} b_i u^i +- majorant(1) |u|^n inside."""
    import flint

    from ..expansions import at_order

    if abs(u) == 1:
        start = at_order(kernel, int(u), Fraction(1, 64)).exact_coefficient(0)
        return BallArithmetic().number(made(start))
    largest = kernel.majorant(Fraction(1))
    if largest is None or abs(u) > 1:
        return flint.arb("nan")
    x, terms = BallArithmetic().number(u), kernel.taylor(_LARGEST_COEFFICIENT)
    rest = BallArithmetic().number(largest) * abs(x) ** len(terms)
    return sum((b * x**i for i, b in enumerate(terms)), flint.arb(0, 1) * rest)


def upper(ball: Any) -> Fraction | None:
    """A rational upper bound of |x|, None where the ball has none."""
    bound = float(abs(ball).upper()) if ball.is_finite() else math.inf
    return Fraction(math.nextafter(bound, math.inf)) if bound < 1e300 else None
