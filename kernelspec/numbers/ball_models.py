r"""Functions of t on [-1, 1] or [0, 1], enclosed by polynomials whose coefficients are balls: all errors included.

A `Model` says: for every t of the frame there are numbers c_j in its balls with f(t) = sum_j c_j t^j; they may be
others for other t. Hold them fixed, and f is a polynomial in t: what a composition with an analytic function phi gives
is analytic in t, and by Taylor's formula with the remainder of Lagrange

.. math:: \varphi(f(t)) = \sum_{j<N} a_j t^j + a_N(\xi)\, t^N,

a_j the Taylor coefficients at 0 and a_N(xi) one at some xi of the frame. Both come from power series of balls, a_j from
those at 0 and a_N from those at a ball that holds the whole frame; and they hold whatever the numbers c_j are. So sums,
products, compositions and integrals of models are models: powers beyond t^N are t^N times a number of the frame, and
the integral of c_j(t) t^j from 0 lies in that of its ball, as t^j does not change its sign there.

In the frame [0, 1] a model is t^p times a polynomial: leading coefficients that are 0 are known to be, so that roots
and quotients have no pole at t = 0. A p below 0 is met in exponentials and normal tails alone, which are flat there:
e^{-a/t^n} <= e^{-a} t^m on (0, 1] where n a >= m, as the logarithm of their quotient grows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from . import ball_series
from .precise_arithmetic import BallArithmetic
from .precision import precision

_WIDE = 64  # bits of a remainder
_LAST = 4  # coefficients by which an estimate is judged
_ONE, _ZERO = flint.arb(1), flint.arb(0)
_SHIFTS = {False: flint.arb_poly([flint.arb(0, 1), 1]), True: flint.arb_poly([flint.arb(0.5, 0.5), 1])}


class RootOfAngle(ArithmeticError):
    """A root of an odd power of t."""


@dataclass(frozen=True)
class Frame:
    """Where t lies: [0, 1] with powers of t kept (`at_end`), or [-1, 1]; N; what is left to the remainder."""

    at_end: bool
    length: int
    negligible: float  # the logarithm below which a number is an error
    proved: bool = True  # else powers beyond t^N are dropped: an estimate, by what the last coefficients are

    @property
    def whole(self) -> Any:
        """The ball of all t."""
        return flint.arb(0.5, 0.5) if self.at_end else flint.arb(0, 1)

    @property
    def variable(self) -> Model:
        return Model(self, flint.arb_poly([0, 1]))


class Model:
    """t^power times a polynomial of balls."""

    __slots__ = ("_inverse", "frame", "poly", "power")

    def __init__(self, frame: Frame, poly: Any, power: int = 0) -> None:
        self.frame = frame
        self._inverse: Model | None = None
        top = frame.length - power
        if poly.length() > max(top, 0) + (top >= 0):
            rest = poly.right_shift(max(top, 0))  # times t^top
            if top < 0:
                rest, power = rest.left_shift(-top), frame.length
            held = flint.arb_poly([rest(frame.whole)] if frame.proved else [])
            poly = poly.truncate(top) + held.left_shift(top) if top > 0 else held
        if frame.at_end:
            zeros = 0
            while zeros < poly.length() and poly[zeros] == 0:
                zeros += 1
            poly, power = (poly.right_shift(zeros), power + zeros) if zeros < poly.length() else (poly * 0, 0)
        self.poly, self.power = poly, power

    @property
    def is_zero(self) -> bool:
        return bool(self.poly.length() == 0)

    def expanded(self) -> Any:
        """The polynomial in t, of which no power is negative."""
        if self.power < 0:
            raise ArithmeticError("a function with a pole at the end of its panel")
        return self.poly.left_shift(self.power)

    def __call__(self, t: Any) -> Any:
        return self.expanded()(t)

    @property
    def start(self) -> Any:
        """The value at t = 0."""
        return self.expanded()[0]

    @property
    def range(self) -> Any:
        """A ball that holds all values."""
        return self.expanded()(self.frame.whole)

    @property
    def middle(self) -> Any:
        """The middle of the value in the middle of the frame."""
        return self.expanded()(self.frame.whole.mid()).mid()

    @property
    def remainder(self) -> Any:
        """What a narrower frame makes smaller: |c_N|; in [0, 1], where some of it is flat, all errors.

        A number of flint's: floats end at 2^-1074.
        In a frame that is not proved: its last coefficients, in [0, 1] with all errors of those.
        """
        if not self.frame.proved:
            top = self.frame.length - self.power  # of what has been dropped
            last = max(_size(self.poly[n]) for n in range(max(top - _LAST, 0), max(top, 1)))
            return last + self.radius if self.frame.at_end else last
        if self.frame.at_end:
            return self.radius
        poly = self.expanded()
        return _size(poly[self.frame.length]) if poly.length() > self.frame.length else _ZERO

    @property
    def radius(self) -> Any:
        """A bound of what values may differ from those of the polynomial of the middles."""
        return _size(sum((c.rad() for c in self.poly.coeffs()), _ZERO))

    # -- arithmetic ------------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Model:
        if not isinstance(other, Model):
            other = Model(self.frame, flint.arb_poly([other]))
        if self.is_zero or other.is_zero:
            return other if self.is_zero else self
        least = min(self.power, other.power)
        parts = (x.poly.left_shift(x.power - least) for x in (self, other))
        return Model(self.frame, sum(parts, flint.arb_poly([])), least)

    __radd__ = __add__

    def __neg__(self) -> Model:
        return Model(self.frame, -self.poly, self.power)

    def __sub__(self, other: Any) -> Model:
        return self + (-other)

    def __rsub__(self, other: Any) -> Model:
        return other + (-self)

    def __mul__(self, other: Any) -> Model:
        if isinstance(other, Model):
            return Model(self.frame, self.poly * other.poly, self.power + other.power)
        return Model(self.frame, self.poly * flint.arb(other), self.power)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Model:
        return self * (other.inverse() if isinstance(other, Model) else 1 / flint.arb(other))

    def __rtruediv__(self, other: Any) -> Model:
        return self.inverse() * other

    def __pow__(self, n: int) -> Model:
        out = Model(self.frame, flint.arb_poly([1]))
        for bit in bin(n)[2:]:
            out = out * out
            out = out * self if bit == "1" else out
        return out

    def derivative(self) -> Model:
        """Of the polynomial, its coefficients held fixed: in integrals along it."""
        return Model(self.frame, self.expanded().derivative())

    def integral(self, start: int = 0) -> Model:
        """From t = start (0 or -1)."""
        found = Model(self.frame, self.expanded().integral())
        return found - found(flint.arb(start)) if start else found

    # -- functions -------------------------------------------------------------------------------------------------

    def applied(self, function: Callable[[Any], Any], zero: int | None = None) -> Model:
        """function of this, which has no pole; `zero`: it is of this order at 0, where that is."""
        poly, n = self.expanded(), self.frame.length
        if poly.length() <= 1:
            value = function(poly[0])
            if not value.is_finite():
                raise ArithmeticError("a function has no bound on its panel")
            return Model(self.frame, flint.arb_poly([value]))
        out = flint.arb_poly(function(flint.arb_series(poly, n)).coeffs())
        if self.frame.proved:
            with precision(_WIDE):
                rest = function(flint.arb_series(poly(_SHIFTS[self.frame.at_end]), n + 1))
                last = (flint.arb_series([0], n + 1) + rest)[n]
            if not last.is_finite():
                raise ArithmeticError("a function has no bound on its panel")
            out = out + flint.arb_poly([last]).left_shift(n)
        if zero is None or not self.power:
            return Model(self.frame, out)
        power = self.power * zero
        return Model(self.frame, out.right_shift(power), power)

    def raised(self, q: Fraction) -> Model:
        """The power q of what is positive but at t = 0."""
        power = self.power * q
        if self.is_zero and q > 0:
            return self
        if power.denominator != 1:
            raise RootOfAngle("a root of the angle, in which no panels are cut")
        part = Model(self.frame, self.poly).applied(lambda x: ball_series.power(x, q))
        return Model(self.frame, part.poly, int(power) + part.power)

    def inverse(self) -> Model:
        """1 over this, computed once."""
        if self._inverse is None:
            self._inverse = self.raised(Fraction(-1))
        return self._inverse

    def exp(self) -> Model:
        flat = self._flat()
        return self.applied(lambda x: x.exp()) if flat is None else flat

    def tail(self) -> Model:
        """1 - Phi of this, which is at most e^{-z^2/2} for z > 0."""
        flat = (self * self / -2)._flat()
        if flat is None:
            root = flint.arb(2).sqrt()
            return self.applied(lambda x: (x / root).erfc() / 2)
        sign = self.poly(self.frame.whole)
        if not (sign > 0 or sign < 0):
            raise ArithmeticError("a normal tail without a bound on its panel")
        return flat if sign > 0 else 1 - flat

    def _flat(self) -> Model | None:
        """The exponential where it is flat at t = 0, or negligible; None where it is neither."""
        most = self.poly(self.frame.whole).upper()
        if self.power >= 0:
            most = self.range.upper()
            if not most < self.frame.negligible:
                return None
            return Model(self.frame, flint.arb_poly([flint.arb(0, 1) * most.exp()]))
        if not most < 0:
            raise ArithmeticError("an exponential without a bound on its panel")
        power = min(math.floor(float((most * self.power).lower())), self.frame.length)
        return Model(self.frame, flint.arb_poly([flint.arb(0, 1) * most.exp()]), power)


def _size(x: Any) -> Any:
    return abs(x).upper() if x.is_finite() else flint.arb("inf")


class ModelArithmetic(BallArithmetic):
    """Models of one frame in place of balls; numbers that do not depend on t stay balls."""

    def cos(self, x: Any) -> Any:
        return x.applied(lambda y: y.cos()) if isinstance(x, Model) else x.cos()

    def sin(self, x: Any) -> Any:
        return x.applied(lambda y: y.sin(), 1) if isinstance(x, Model) else x.sin()

    def asin(self, x: Any) -> Any:
        return x.applied(ball_series.asin, 1) if isinstance(x, Model) else x.asin()

    def sqrt(self, x: Any) -> Any:
        return x.raised(Fraction(1, 2)) if isinstance(x, Model) else x.sqrt()

    def expm1(self, x: Any) -> Any:
        if not isinstance(x, Model):
            return x.expm1()
        return x.applied(lambda y: y.exp() - 1, 1)

    def log1p(self, x: Any) -> Any:
        if not isinstance(x, Model):
            return x.log1p()
        return x.applied(lambda y: (1 + y).log(), 1)

    def kummer(self, b: int, x: Any) -> Any:
        if isinstance(x, Model):
            raise TypeError("confluent hypergeometric functions are not read on panels")
        return super().kummer(b, x)

    def power(self, x: Any, q: Fraction) -> Any:
        if isinstance(x, Model):
            return x**q.numerator if q.denominator == 1 and q >= 0 else x.raised(q)
        return super().power(x, q)

    def constant(self, c: Any, like: Any) -> Any:
        return c

    def near(self, u: Any) -> bool:
        return bool((u.middle if isinstance(u, Model) else u.mid()) >= 0)

    def nonnegative(self, x: Any) -> Any:
        return x if isinstance(x, Model) else super().nonnegative(x)

    def use_series(self, m: Any) -> bool:
        return m.frame.at_end and m.power > 0 if isinstance(m, Model) else super().use_series(m)

    def sine_tail(self, psi: Any) -> Any:
        if not isinstance(psi, Model):
            return super().sine_tail(psi)
        tail = self.sin(psi) - psi * self.cos(psi)
        power = 3 * psi.power  # below it all cancels
        return Model(psi.frame, tail.expanded().right_shift(power), power)

    def hypergeometric_tail(self, n: int, m: Any) -> Any:
        """Its coefficients are at most 1: the rest beyond m^j is at most m^j/(1 - m)."""
        if not isinstance(m, Model):
            return super().hypergeometric_tail(n, m)
        most, total, term, j = m.range.upper(), Model(m.frame, flint.arb_poly([])), _ONE * 1, 0
        if not most < 0.6:
            raise ArithmeticError("a hypergeometric series on too wide a panel")
        power = m**0
        while not (most**j).log() < m.frame.negligible:
            total, power = total + power * term, power * m
            term = term * flint.arb(2 * j + 1) ** 2 / (4 * (flint.arb(2 * n + 3) / 2 + j) * (j + 1))
            j += 1
        return total + power * (flint.arb(0, 1) / (1 - most))
