"""Rigorous balls, real and complex, of the duals of activations whose only kink is at 0, by their series in the angle.

A ball is read by Taylor's formula around its middle: the coefficients are those of a polynomial (`one_kink_series`),
whose tail and the formula's remainder Cauchy's bound tells from bounds of |kappa| on discs. Near an end the polynomial
without its constant term keeps the relative accuracy of the defect.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from ..numbers.exact_numbers import ball
from ..numbers.precision import precision
from .activations import Activation
from .one_kink_series import BOUND_BITS, RADII, Plan, base_value, box, coefficients, largest, plan_of, quadrants
from .piecewise_values import exact_one
from .points import Pair, Point

_STEP = 64  # precisions are multiples of it, so that readings share their series
_GUARD = 24
_TERMS = 8  # of Taylor's formula around the middle of a wide ball
_NARROW = 2.0**-30  # of a ball's middle: balls that two terms tell
_CLOSE, _AROUND = Fraction(1, 16), Fraction(1, 2)  # discs around narrow and wide balls' middles, for Cauchy's bound
_ATTEMPTS = 4
_ARC = 0.125  # the largest radius of a real ball of the angle that is read at once
_TURN = 1.6  # beyond pi/2: angles up to it are read from one end


def ball_pair(activation: Activation, point: Point) -> Pair:
    """Value, defect and kappa(1) at a ball of u, real or complex, by its angle to the nearer end.

    The angle is read from the point: in a region that tests its analyticity (`spectrum.region_points`).
    """
    for at, gap in ((1, point.delta), (0, point.u), (-1, point.codelta)):
        if gap == 0:  # exactly known, however steep the pieces are
            value, one = (base_value(activation, x, flint.ctx.prec) for x in (at, 1))
            return Pair(value, gap if at == 1 else one - value, one)
    psi, end = point.psi, 1 if point.near else -1
    if not isinstance(psi, flint.arb) or psi.is_finite() and psi.rad() < _ARC:
        return _pair(activation, end, psi)
    pairs = []
    for near, low, high in halves(point):  # a wide ball, or one that reaches to an end
        if not (high - low).is_finite():
            return _pair(activation, end, psi)
        count = math.ceil(float((high - low).upper()) / (2 * _ARC)) or 1
        cuts = [low + (high - low) * i / count for i in range(count + 1)]
        pairs += [_pair(activation, near, a.union(b)) for a, b in itertools.pairwise(cuts)]
    return united(pairs)


def _pair(activation: Activation, end: int, psi: Any) -> Pair:
    one = exact_one(activation).ball(flint.ctx.prec)
    change = _change(activation, end, psi)
    if end == 1:
        return Pair(one + change, -change, one)
    value = base_value(activation, -1, flint.ctx.prec) + change
    return Pair(value, one - value, one)


def halves(point: Point) -> list[tuple[int, Any, Any]]:
    """Ends, and the least and the largest angles from them in a real ball, which may reach beyond an end."""
    square, turn = point.half_sine_squared, flint.arb.pi() / 2
    low, high, end = _angle(square.lower()), _angle(square.upper()), 1 if point.near else -1
    if high < _TURN:
        return [(end, low, high)]
    return [(end, low, turn), (-end, flint.arb.pi() - high, turn)]


def united(pairs: list[Pair]) -> Pair:
    """Balls that hold those of all pairs."""
    return Pair(*(functools.reduce(lambda a, b: a.union(b), part) for part in zip(*pairs, strict=True)))


def _angle(square: Any) -> Any:
    """The angle whose half has a sine of this square."""
    if square >= 1:
        return flint.arb.pi()
    return 2 * square.nonnegative_part().sqrt().asin()


# -- reading -------------------------------------------------------------------------------------------------------


def _change(activation: Activation, end: int, t: Any) -> Any:
    """kappa at the angle t from an end, less its value there; not finite for a ball that is too wide.

    ArithmeticError where the series would have too many terms: far from [0, pi], and for steep exponentials.
    """
    middle, radius = _centred(t)
    narrow = radius <= _NARROW * abs(middle)
    series, around = None, ball(_CLOSE)
    for width in (_CLOSE,) if narrow else (_AROUND, _CLOSE):  # where a wide disc needs too many terms, a narrow one
        if series is None and t.is_finite() and radius < 0.8 * ball(width):
            series, around = _series(activation, end, middle, ball(width)), ball(width)
    if series is None:
        if narrow and t.is_finite():
            raise ArithmeticError(
                f"the dual of {activation.text()} has no proved values at the angle {middle.str(5)}: its series is too "
                f"long for exponential rates up to {float(activation.largest_rate):.4g}; floats serve any rate"
            )
        return t * flint.arb("nan")
    place = middle - series.centre
    value, missing = series.start + series.terms(0)(place), series.tail(abs(place))
    if not radius == 0:  # Taylor's formula: its coefficients are the polynomial's, but for the tail's in the disc
        count = 2 if narrow else _TERMS
        value = value + series.terms(1)(place) * (t - middle)
        for j in range(2, count):
            missing = missing + abs(series.terms(j)(place)) * radius**j
        with precision(BOUND_BITS):
            share = radius / around
            most = largest(quadrants(activation), *box(middle, around))
            missing += (series.tail(abs(place) + around) * share + most * share**count) / (1 - share)
    error = flint.arb(0, missing.upper())
    return value + (flint.acb(error, error) if isinstance(t, flint.acb) else error)


def _centred(t: Any) -> tuple[Any, Any]:
    """The middle of a ball, and an upper bound of the distance from it."""
    if isinstance(t, flint.acb):
        return flint.acb(t.real.mid(), t.imag.mid()), abs(flint.acb(t.real.rad(), t.imag.rad())).upper()
    return t.mid(), t.rad()


# -- the series ----------------------------------------------------------------------------------------------------


@dataclass
class _Series:
    """kappa less its value at an end is `start` and a polynomial in the angle less `centre`, and the plan's tail."""

    centre: Any
    start: Any
    polynomials: list[Any]
    plan: Plan

    def terms(self, j: int) -> Any:
        """The j-th derivative of the polynomial, over j!."""
        while len(self.polynomials) <= j:
            self.polynomials.append(self.polynomials[-1].derivative() * (flint.arb(1) / len(self.polynomials)))
        return self.polynomials[j]

    def tail(self, size: Any) -> Any:
        """What follows the polynomial's last term is at most this at distances up to `size`."""
        return self.plan.tail(size)


def _series(activation: Activation, end: int, middle: Any, around: Any) -> _Series | None:
    """The series for the disc around an angle at the precision in force; None where too many terms are needed."""
    bits = flint.ctx.prec + -flint.ctx.prec % _STEP
    for quarter, radii in enumerate(RADII):
        size = abs(middle - quarter * flint.arb.pi() / 4) + around
        for radius in radii:
            if size <= ball(radius):
                return _read(activation, end, quarter, radius, bits)
    return None


@functools.lru_cache(maxsize=128)
def _read(activation: Activation, end: int, quarter: int, radius: Fraction, bits: int) -> _Series | None:
    """The series in the disc of that radius around 0 or pi/4, whose coefficients lose at most 2^-bits there."""
    working = bits + _GUARD
    with precision(working):
        centre = quarter * flint.arb.pi() / 4
    plan = plan_of(quadrants(activation), quarter, radius, working)
    if plan is None:
        return None
    for _ in range(_ATTEMPTS):
        found = coefficients(activation, end, quarter, plan.length, working)
        with precision(BOUND_BITS):
            lost = sum((c.rad() * ball(radius) ** i for i, c in enumerate(found)), flint.arb(0))
            missing = float(lost.log()) / math.log(2) + bits if lost > 0 else 0.0
        if missing <= 0:
            start, polynomial = flint.arb(0), flint.arb_poly(found)
            if quarter:
                with precision(working):
                    start = found[0] - base_value(activation, end, working)
                polynomial = flint.arb_poly([flint.arb(0), *found[1:]])
            return _Series(centre, start, [polynomial], plan)
        working += math.ceil(missing) + _GUARD
    return None
