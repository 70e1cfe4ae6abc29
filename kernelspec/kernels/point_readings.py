r"""Networks of smooth activations at points of [-1, 1], and bounds of their derivatives at u = 1.

*Values.* Behind M terms the series of a dual adds at most the sum of the other coefficients.

*Derivatives.* With s the width of a strip around the real line in which |f(x + iy)| <= A (1 + q^{1/2} |x + iy|) for
f(x) = phi(q^{1/2} x) (`hermite_balls`), Cauchy's formula on circles of radius s gives |f^(p)(x)| <= p! s^{-p} times the
largest |f| there, and

.. math:: K^{(p)}(1) = E\, f^{(p)}(z)^2 \le (p!\, s^{-p})^2\, 2 A^2 (1 + 2 q (1 + s^2)) .

Coefficients of (u-1)^p are these over p!, D_p = sum_m C(m, p) b_m. The sum over m >= M is at most
D_P C(M, p)/C(M, P) for every P > p, as C(m, p)/C(m, P) falls with m: small orders are known closely. All are >= 0, so
that bounds of the parts are composed to bounds.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import flint

from ..numbers.precise_arithmetic import BallArithmetic
from . import smooth_duals as smooth
from .hermite_balls import SMOOTH, as_ball, strip
from .network_readings import Reading, Variance
from .points import Point
from .scaled_duals import Phi
from .zonal import Zonal

_MORE = 32  # terms of a series beyond those that its strip lets expect
_MOST_TERMS = 1 << 15
_LEAST = 48  # bits of coefficients that are only added up
_TERMS = 1024  # of the sums of derivatives


class Values(NamedTuple):
    """Numbers at some points."""

    numbers: list[Any]

    def __mul__(self, other: Any) -> Values:
        if isinstance(other, Values):
            return Values([a * b for a, b in zip(self.numbers, other.numbers, strict=True)])
        return Values([a * other for a in self.numbers])

    def __add__(self, other: Any) -> Values:
        return Values([a + b for a, b in zip(self.numbers, other.numbers, strict=True)])

    def mixed(self, kept: Any, constant: Any) -> Values:
        """kept times itself, and a constant."""
        return Values([a * kept + constant for a in self.numbers])


class AtPoints(Reading):
    """Values at points, balls that are nearly 2^-bits wide."""

    def __init__(self, points: list[Any], bits: int) -> None:
        self.points, self.bits = points, bits

    def line(self) -> Values:
        return Values(self.points)

    def constant(self, c: Any) -> Values:
        return Values([c] * len(self.points))

    def dual(self, phi: Phi, q: Variance, rho: Values, steep: bool) -> tuple[Any, Any, Any] | None:
        if phi.family not in smooth.NAMES:
            return None
        terms = math.ceil((self.bits * math.log(2) / (2 * strip(phi.family, q))) ** 2) + _MORE
        if terms > _MOST_TERMS:
            return None
        known, one = smooth.at_precision(phi.family, q, terms, _LEAST)
        value = _evaluated(known, one, rho)
        if not steep:
            return value, None, one
        slope = [i * b for i, b in enumerate(known)][1:]
        return value, _evaluated(slope, smooth.slope_at_one(phi.family, q), rho), one

    def analytic(self, kernel: Zonal, rho: Values) -> Values | None:
        if kernel.truncation or kernel.user_functions:
            return None
        return Values([Point.from_cosine(BallArithmetic(), x).pair(kernel).value for x in rho.numbers])


def _evaluated(known: list[Any], one: Any, rho: Values) -> Values:
    """The series at the points: its even and its odd part, of which one is short for most activations."""
    rest = flint.arb(0, 1) * (one - sum(known[1:], known[0]))
    squares = [x * x for x in rho.numbers]
    even, odd = (
        flint.arb_poly(_without_zeros(known[parity::2])).evaluate(squares, algorithm="iter") for parity in (0, 1)
    )
    return Values([a + x * b + rest for a, x, b in zip(even, rho.numbers, odd, strict=True)])


def _without_zeros(known: list[Any]) -> list[Any]:
    count = len(known)
    while count and known[count - 1] == 0:
        count -= 1
    return known[:count]


class Bounds(NamedTuple):
    """Coefficients of (u-1)^p, or bounds of them, as a series of flint's."""

    first: Any

    def __mul__(self, other: Any) -> Bounds:
        return Bounds(self.first * (other.first if isinstance(other, Bounds) else other))

    def __add__(self, other: Any) -> Bounds:
        return Bounds(self.first + other.first)

    def mixed(self, kept: Any, constant: Any) -> Bounds:
        """kept times itself, and a constant."""
        return Bounds(self.first * kept + constant)


class AtOne(Reading):
    """Bounds of the coefficients of (u-1)^p, so many."""

    def __init__(self, terms: int) -> None:
        self.terms = terms

    def line(self) -> Bounds:
        return Bounds(flint.arb_series([1, 1], self.terms))

    def constant(self, c: Any) -> Bounds:
        return Bounds(flint.arb_series([c], self.terms))

    def dual(self, phi: Phi, q: Variance, rho: Bounds, steep: bool) -> tuple[Any, Any, Any] | None:
        if phi.family not in smooth.NAMES:
            return None
        known = _derivatives(phi.family, q, self.terms + 1)
        slope = [p * b for p, b in enumerate(known)][1:]
        rise = flint.arb_series([0, *rho.first.coeffs()[1:]], self.terms)
        found = [Bounds(flint.arb_series(each[: self.terms], self.terms)(rise)) for each in (known, slope)]
        return found[0], found[1] if steep else None, known[0]


def _derivatives(name: str, q: Variance, count: int) -> list[Any]:
    """K(1), and bounds of K^(p)(1)/p! for 0 < p < count."""
    variance, s = as_ball(q), flint.arb(strip(name, q))
    a = SMOOTH[name].size(s * variance.sqrt())
    far = [2 * a * a * (1 + 2 * variance * (1 + s * s))]
    for p in range(1, count):
        far.append(far[-1] * p / (s * s))
    squares, one = smooth.at_precision(name, q, _TERMS, _LEAST)
    near = flint.arb_poly(squares)(flint.arb_poly([1, 1]))
    choices, least = [flint.arb(1)], 0  # C(M, p); and the P that serves the smallest p
    for p in range(1, count):
        choices.append(choices[-1] * (_TERMS - p + 1) / p)
        least = p if far[p] / choices[p] < far[least] / choices[least] else least
    out = [one]
    for p in range(1, count):
        sharp = near[p] + far[least] * choices[p] / choices[least]
        out.append(sharp if p < least and sharp < far[p] else far[p])
    return out
