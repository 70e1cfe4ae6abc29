"""Kernels by their closed forms: sympy expressions, and power series with ball coefficients."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from .arithmetic_protocol import Common, Value
from .exact_numbers import Exact, Scalar, ball

if TYPE_CHECKING:
    import flint
    import sympy

_HALF = Fraction(1, 2)


class ClosedArithmetic:
    """What the arithmetics of closed forms share: they read one number at a time, and each form has all its digits."""

    closed_form: Literal[True] = True

    def sqrt(self: Common, x: Value) -> Value:
        return self.power(x, _HALF)

    def expm1(self: Common, x: Value) -> Value:
        return self.exp(x) - 1

    def near(self, u: Value) -> bool:
        return True

    def select(self, mask: bool, a: Value, b: Value) -> Value:
        return a if mask else b

    def nonnegative(self, x: Value) -> Value:
        return x


class SympyArithmetic(ClosedArithmetic):
    """Sympy expressions, by the closed forms."""

    def __init__(self) -> None:
        import sympy

        self.sympy = sympy
        self.pi = sympy.pi
        self.infinity = sympy.oo

    def number(self, q: Scalar) -> sympy.Expr:
        if isinstance(q, Exact):
            return q.reading.sympy()
        return self.sympy.Rational(q.numerator, q.denominator)

    def exp(self, x: Value) -> Value:
        return self.sympy.exp(x)

    def power(self, x: Value, q: Fraction) -> Value:
        return x ** self.number(q)

    def constant(self, c: Value, like: Value) -> Value:
        return self.sympy.sympify(c)

    def acos(self, u: Value) -> Value:
        return self.sympy.acos(u)


class SeriesArithmetic(ClosedArithmetic):
    """Power series in u at 0 with Arb ball coefficients: enclosures of Taylor coefficients."""

    def __init__(self, length: int) -> None:
        import flint

        self.flint = flint
        self.length = length
        self.infinity = flint.arb("inf")

    @property
    def pi(self) -> flint.arb:
        return self.flint.arb.pi()

    def number(self, q: Scalar) -> flint.arb:
        return ball(q)

    def composed(self, coefficients: list[flint.arb], inner: flint.arb_series) -> flint.arb_series:
        """sum_j coefficients_j inner^j for an inner series without a constant term."""
        outer = self.flint.arb_series(coefficients, self.length)
        return outer if self.length == 1 else outer(inner)  # flint takes one term for a constant that is not 0

    def exp(self, x: Value) -> Value:
        return x.exp()

    def power(self, x: Value, q: Fraction) -> Value:
        from . import ball_series

        return ball_series.power(x, q)

    def constant(self, c: Value, like: Value) -> Value:
        return like * 0 + c

    def acos(self, u: Value) -> Value:
        from . import ball_series

        return self.pi / 2 - ball_series.asin(u)
