"""Values and Taylor coefficients of kernels at exact points, in balls: what proofs of ranges and signs read."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.arithmetic import BallArithmetic, SeriesArithmetic
from ..numbers.precision import at_least, precision
from .points import Point

if TYPE_CHECKING:
    from .zonal import Zonal

BITS = 192
_GUARD = 32  # bits that values of series lose to rounding
_LARGEST_COEFFICIENT = 64  # the highest Taylor coefficient that is computed
_MOST_SQUARES = 2560  # coefficients of a network of smooth activations: more take long


def taylor_balls(kernel: Zonal, terms: int) -> list[Any]:
    """The first Taylor coefficients of kappa at 0, balls at the precision in force."""
    import flint

    if kernel.truncation and (squares := _squares(kernel, terms, flint.ctx.prec)) is not None:
        return squares
    with precision(cap=terms):
        variable = flint.arb_series([0, 1], terms)
        value = Point.from_cosine(SeriesArithmetic(terms), variable).pair(kernel).value
        series = flint.arb_series([0], terms) + value
        return [series[i] for i in range(terms)]


def _squares(kernel: Zonal, terms: int, bits: int) -> list[Any] | None:
    """Coefficients by `Zonal.taylor_squares`: of as many that the first ones, which the others widen, are narrow."""
    count = terms
    while True:
        found = kernel.taylor_squares(count, bits)
        if found is None:
            return None
        first = found[0][:terms]
        if count >= _MOST_SQUARES or all(b.rad() < 2.0 ** (_GUARD - bits) for b in first):
            return first
        count = min(max(2 * count, 2 * _LARGEST_COEFFICIENT), _MOST_SQUARES)


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
    with at_least(BITS):
        if u == 1 and kernel.rational_one is not None:
            return BallArithmetic().number(kernel.rational_one)
        return _point(u).pair(kernel).value


def _point(u: Fraction) -> Point:
    arithmetic = BallArithmetic()
    return Point(arithmetic, *(arithmetic.number(Fraction(x)) for x in (u, 1 - u, 1 + u)))


def require_balls(kernel: Zonal, refused: str) -> None:
    """ValueError that says what is refused where no precision tells more of a kernel than its `truncation`."""
    from .network_readings import has_steps

    if kernel.truncation and not has_steps(kernel) and _by_series(kernel, [Fraction(0)], 64) is None:
        kernel.require_whole(refused)


def values_at(kernel: Zonal, points: list[Fraction]) -> list[Any]:
    """kappa at the points, balls about 2^-prec wide, also where its `truncation` is wider (`require_balls`).

    ArithmeticError where that takes too many terms of a series.
    """
    import flint

    if not kernel.truncation:
        return [value_at(kernel, u) for u in points]
    found = _by_series(kernel, points, flint.ctx.prec) or by_steps(kernel, points, flint.ctx.prec)
    if found is None:
        raise ArithmeticError(f"{flint.ctx.prec} bits of {kernel!r} take too many terms of its Hermite series")
    return [1 * value for value in found]


def _by_series(kernel: Zonal, points: list[Fraction], bits: int) -> list[Any] | None:
    """Values from the Hermite series of smooth activations, as long as they have to be; None where that is too long."""
    from .network_readings import read
    from .point_readings import AtPoints

    with precision(bits + _GUARD):
        found = read(kernel, AtPoints([BallArithmetic().number(u) for u in points], bits))
    return None if found is None else found.numbers


def by_steps(kernel: Zonal, points: list[Fraction], bits: int) -> list[Any] | None:
    """Values of a network layer by layer, pieces or not; None where no steps say all of it.

    ArithmeticError where a series takes too many terms.
    """
    from .network_readings import has_steps, read
    from .panel_readings import InBalls

    if not has_steps(kernel):
        return None
    known: dict[Any, Any] = {}
    with precision(bits + 4 * _GUARD):
        found = [read(kernel, InBalls(_point(u), known, bits + 2 * _GUARD)) for u in points]
    return None if None in found else [along.value for along in found]


def upper(ball: Any) -> Fraction | None:
    """A rational upper bound of |x|, None where the ball has none."""
    bound = float(abs(ball).upper()) if ball.is_finite() else math.inf
    return Fraction(math.nextafter(bound, math.inf)) if bound < 1e300 else None
