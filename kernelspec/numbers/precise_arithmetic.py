"""Kernels in numbers of any precision: mpmath's, and Arb balls, which enclose the true value."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from .arithmetic_protocol import MpmathContext, MpmathNumber, Value
from .exact_numbers import Exact, Scalar, ball
from .precision import at_least

if TYPE_CHECKING:
    import flint

_CLOSE_BITS = 16
_CLOSE = 2.0**-_CLOSE_BITS


class MpmathArithmetic:
    """mpmath numbers of one context, at its precision in force."""

    closed_form: Literal[False] = False

    def __init__(self, mp: MpmathContext) -> None:
        self.mp = mp
        self.pi = mp.pi
        self.infinity = mp.inf

    def number(self, q: Scalar) -> MpmathNumber:
        if isinstance(q, Exact):
            ball = q.ball(self.mp.prec + 32)
            return self.mp.mpf(ball.mid().str(self.mp.dps + 10, radius=False))
        return self.mp.mpf(q.numerator) / q.denominator

    def sqrt(self, x: Value) -> Value:
        return self.mp.sqrt(x)

    def asin(self, x: Value) -> Value:
        return self.mp.asin(x)

    def cos(self, x: Value) -> Value:
        return self.mp.cos(x)

    def sin(self, x: Value) -> Value:
        return self.mp.sin(x)

    def exp(self, x: Value) -> Value:
        return self.mp.exp(x)

    def expm1(self, x: Value) -> Value:
        return self.mp.expm1(x)

    def log1p(self, x: Value) -> Value:
        return self.mp.log1p(x)

    def kummer(self, b: int, x: Value) -> Value:
        """1F1(1; b; x)."""
        return self.mp.hyp1f1(1, b, x)

    def power(self, x: Value, q: Fraction) -> Value:
        return self.mp.power(x, self.number(q))

    def constant(self, c: Value, like: Value) -> Value:
        return self.mp.mpf(0) + c

    def near(self, u: Value) -> bool:
        return bool(self.mp.re(u) >= 0)

    def select(self, mask: bool, a: Value, b: Value) -> Value:
        return a if mask else b

    def nonnegative(self, x: Value) -> Value:
        return self.mp.zero if isinstance(x, self.mp.mpf) and x < 0 else x

    def use_series(self, m: Value) -> bool:
        return bool(abs(m) <= 0.6)

    def sine_tail(self, psi: Value) -> Value:
        half = self.mp.sin(psi / 2)
        return 8 * half**3 / 3 * self.hypergeometric_tail(1, half**2)

    def hypergeometric_tail(self, n: int, m: Value) -> Value:
        half = self.mp.mpf(1) / 2
        return self.mp.hyp2f1(half, half, n + 3 * half, m)


class BallArithmetic:
    """Arb balls (python-flint): every result encloses the true value.

    A real ball of what is never negative, or never beyond 1, may stick out by its width: roots, powers and arcsines
    are those of the part of it where they are defined. A ball that lies outside of it altogether gives NaN.
    """

    closed_form: Literal[False] = False

    def __init__(self) -> None:
        import flint

        self.flint = flint
        self.infinity = flint.arb("inf")

    @property
    def pi(self) -> flint.arb:
        return self.flint.arb.pi()

    def number(self, q: Scalar) -> flint.arb:
        return self.flint.arb(q.numerator) if type(q) is Fraction and q.denominator == 1 else ball(q)

    def sqrt(self, x: Value) -> Value:
        return self._not_below_zero(x).sqrt()

    def asin(self, x: Value) -> Value:
        found = x.asin()
        if found.is_finite() or not isinstance(x, self.flint.arb) or not x.overlaps(self.flint.arb(0, 1)):
            return found
        return x.lower().max(self.flint.arb(-1)).asin().union(x.upper().min(self.flint.arb(1)).asin())

    def _not_below_zero(self, x: Value) -> Value:
        return x.nonnegative_part() if isinstance(x, self.flint.arb) and x.contains(0) else x

    def cos(self, x: Value) -> Value:
        return x.cos()

    def sin(self, x: Value) -> Value:
        return x.sin()

    def exp(self, x: Value) -> Value:
        return x.exp()

    def expm1(self, x: Value) -> Value:
        return x.expm1()

    def log1p(self, x: Value) -> Value:
        return x.log1p()

    def kummer(self, b: int, x: Value) -> Value:
        """1F1(1; b; x)."""
        one = type(x)(1)
        return x.hypgeom_1f1(one, one * b)

    def power(self, x: Value, q: Fraction) -> Value:
        if q.denominator == 1:
            return x**q.numerator
        if x == 0 and q > 0:
            return x
        return self._not_below_zero(x) ** self.number(q)

    def constant(self, c: Value, like: Value) -> Value:
        return self.flint.arb(0) + c

    def near(self, u: Value) -> bool:
        # Both forms are valid everywhere; the midpoint only picks the tighter one.
        real = u.real if isinstance(u, self.flint.acb) else u
        return bool(real.mid() >= 0)

    def select(self, mask: bool, a: Value, b: Value) -> Value:
        return a if mask else b

    def nonnegative(self, x: Value) -> Value:
        return x.nonnegative_part() if isinstance(x, self.flint.arb) else x

    def use_series(self, m: Value) -> bool:
        return bool(abs(m) <= 0.6)

    def sine_tail(self, psi: Value) -> Value:
        if isinstance(psi, self.flint.arb) and psi > _CLOSE:
            # sin(psi) - psi cos(psi) > psi^3/4 loses 2 + 2 log2(1/psi) bits, and the derivative psi sin(psi) is at
            # most psi^2. Closer to 0 the series is the quicker one.
            with at_least(self.flint.ctx.prec + 2 * _CLOSE_BITS + 2):
                middle = psi.mid()
                sine, cosine = middle.sin_cos()
                tail = sine - middle * cosine
            return tail + self.flint.arb(0, psi.rad() * psi.upper() ** 2)
        half = (psi / 2).sin()
        return 8 * half**3 / 3 * self.hypergeometric_tail(1, half * half)

    def hypergeometric_tail(self, n: int, m: Value) -> Value:
        half = self.flint.arb(1) / 2
        one = type(m)(1)
        return (one * m).hypgeom_2f1(one * half, one * half, one * (n + 3 * half))
