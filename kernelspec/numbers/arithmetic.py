"""The number systems in which a kernel's formula can be evaluated.

A kernel is written once (`Zonal.pair`) with the few functions below; the same formula is then read in float
arrays, complex arrays (the jump across the branch cuts), mpmath, Arb balls, sympy and truncated power series.
Every arithmetic supplies the same names; nothing here knows a kernel.

The one function that is not elementary is `hypergeometric_tail`, the series 2F1(1/2, 1/2; n + 3/2; m) in which
an arc-cosine kernel of degree n is written near its end points (claim 13): all its terms are positive, so it is
the form without cancellation.
"""

from __future__ import annotations

import functools
import math
import sys
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np

from .exact_numbers import Exact, Scalar, ball
from .precision import at_least

_CLOSE_BITS = 16
_CLOSE = 2.0**-_CLOSE_BITS


class FloatArithmetic:
    """Real arrays of one array library (NumPy, or any other through array-api-compat)."""

    closed_form = False

    def __init__(self, xp: ModuleType = np) -> None:
        self.xp: Any = xp
        self.pi = math.pi
        self.infinity = math.inf

    def number(self, q: Scalar) -> float:
        """The exact number q, rounded once."""
        return float(q)

    def sqrt(self, x: Any) -> Any:
        return self.xp.sqrt(x)

    def asin(self, x: Any) -> Any:
        return self.xp.asin(x)

    def cos(self, x: Any) -> Any:
        return self.xp.cos(x)

    def sin(self, x: Any) -> Any:
        return self.xp.sin(x)

    def exp(self, x: Any) -> Any:
        return self.xp.exp(x)

    def expm1(self, x: Any) -> Any:
        return self.xp.expm1(x)

    def log1p(self, x: Any) -> Any:
        return self.xp.log1p(x)

    def power(self, x: Any, q: Fraction) -> Any:
        return x ** float(q)

    def constant(self, c: Any, like: Any) -> Any:
        """The number c with the shape of `like`."""
        return self.xp.zeros_like(like) + c

    def near(self, u: Any) -> Any:
        """Where the end u = +1 is the nearer one."""
        return u >= 0

    def select(self, mask: Any, a: Any, b: Any) -> Any:
        return self.xp.where(mask, a, b)

    def nonnegative(self, x: Any) -> Any:
        """x, of which the formula knows that it is >= 0, with negative rounding removed."""
        return self.xp.where(x > 0, x, self.xp.zeros_like(x))

    def use_series(self, m: Any) -> Any:
        """Where the end point series is the form without cancellation; here m <= 1/2 always."""
        return True

    def sine_tail(self, psi: Any) -> Any:
        """sin(psi) - psi cos(psi) for |psi| <= pi/2: the odd series 2j (-1)^(j+1) psi^(2j+1) / (2j+1)!."""
        x = psi * psi
        total = _SINE_TAIL[-1]
        for c in reversed(_SINE_TAIL[:-1]):
            total = total * x + c
        return total * x * psi

    def hypergeometric_tail(self, n: int, m: Any) -> Any:
        coefficients = _tail_coefficients(n)
        total = coefficients[-1]
        for c in reversed(coefficients[:-1]):
            total = total * m + c
        return total


class ComplexArithmetic(FloatArithmetic):
    """Complex NumPy arrays; real and imaginary parts each keep their own relative accuracy."""

    def near(self, u: Any) -> Any:
        return u.real >= 0

    def log1p(self, x: Any) -> Any:
        return 2 * np.arctanh(x / (2 + x))

    def nonnegative(self, x: Any) -> Any:
        return x

    def power(self, x: Any, q: Fraction) -> Any:
        # An imaginary part that is small, or 0, says how far x^q is singular: it keeps its own digits.
        if q.denominator == 1:
            return x**q.numerator if q >= 0 else (1 / x) ** -q.numerator
        if q.denominator == 2:
            return np.sqrt(x) * self.power(x, q - Fraction(1, 2))
        left = x.real < 0
        root = np.exp(float(q) * np.log(np.where(left, -x, x)))
        turn = half_turns(q)
        return root * np.where(left, np.where(np.signbit(x.imag), turn.conjugate(), turn), 1.0)

    def use_series(self, m: Any) -> Any:
        # |psi| <= pi/2: both series have their digits there, and beyond it the closed forms cancel little.
        return np.abs(m) <= 0.5


class MpmathArithmetic:
    """mpmath numbers of one context, at its precision in force."""

    closed_form = False

    def __init__(self, mp: Any) -> None:
        self.mp = mp
        self.pi = mp.pi
        self.infinity = mp.inf

    def number(self, q: Scalar) -> Any:
        if isinstance(q, Exact):
            ball = q.ball(self.mp.prec + 32)
            return self.mp.mpf(ball.mid().str(self.mp.dps + 10, radius=False))
        return self.mp.mpf(q.numerator) / q.denominator

    def sqrt(self, x: Any) -> Any:
        return self.mp.sqrt(x)

    def asin(self, x: Any) -> Any:
        return self.mp.asin(x)

    def cos(self, x: Any) -> Any:
        return self.mp.cos(x)

    def sin(self, x: Any) -> Any:
        return self.mp.sin(x)

    def exp(self, x: Any) -> Any:
        return self.mp.exp(x)

    def expm1(self, x: Any) -> Any:
        return self.mp.expm1(x)

    def log1p(self, x: Any) -> Any:
        return self.mp.log1p(x)

    def kummer(self, b: int, x: Any) -> Any:
        """1F1(1; b; x)."""
        return self.mp.hyp1f1(1, b, x)

    def power(self, x: Any, q: Fraction) -> Any:
        return self.mp.power(x, self.number(q))

    def constant(self, c: Any, like: Any) -> Any:
        return self.mp.mpf(0) + c

    def near(self, u: Any) -> bool:
        return bool(self.mp.re(u) >= 0)

    def select(self, mask: bool, a: Any, b: Any) -> Any:
        return a if mask else b

    def nonnegative(self, x: Any) -> Any:
        return self.mp.zero if isinstance(x, self.mp.mpf) and x < 0 else x

    def use_series(self, m: Any) -> bool:
        return bool(abs(m) <= 0.6)

    def sine_tail(self, psi: Any) -> Any:
        half = self.mp.sin(psi / 2)
        return 8 * half**3 / 3 * self.hypergeometric_tail(1, half**2)

    def hypergeometric_tail(self, n: int, m: Any) -> Any:
        half = self.mp.mpf(1) / 2
        return self.mp.hyp2f1(half, half, n + 3 * half, m)


class BallArithmetic:
    """Arb balls (python-flint): every result encloses the true value."""

    closed_form = False

    def __init__(self) -> None:
        import flint

        self.flint = flint
        self.infinity = flint.arb("inf")

    @property
    def pi(self) -> Any:
        return self.flint.arb.pi()

    def number(self, q: Scalar) -> Any:
        return ball(q)

    def sqrt(self, x: Any) -> Any:
        return x.sqrt()

    def asin(self, x: Any) -> Any:
        return x.asin()

    def cos(self, x: Any) -> Any:
        return x.cos()

    def sin(self, x: Any) -> Any:
        return x.sin()

    def exp(self, x: Any) -> Any:
        return x.exp()

    def expm1(self, x: Any) -> Any:
        return x.expm1()

    def log1p(self, x: Any) -> Any:
        return x.log1p()

    def kummer(self, b: int, x: Any) -> Any:
        """1F1(1; b; x)."""
        one = type(x)(1)
        return x.hypgeom_1f1(one, one * b)

    def power(self, x: Any, q: Fraction) -> Any:
        if q.denominator == 1:
            return x**q.numerator
        if x == 0 and q > 0:
            return x
        return x ** self.number(q)

    def constant(self, c: Any, like: Any) -> Any:
        return self.flint.arb(0) + c

    def near(self, u: Any) -> bool:
        # Both forms are valid everywhere; the midpoint only picks the tighter one.
        real = u.real if isinstance(u, self.flint.acb) else u
        return bool(real.mid() >= 0)

    def select(self, mask: bool, a: Any, b: Any) -> Any:
        return a if mask else b

    def nonnegative(self, x: Any) -> Any:
        return x.nonnegative_part() if isinstance(x, self.flint.arb) else x

    def use_series(self, m: Any) -> bool:
        return bool(abs(m) <= 0.6)

    def sine_tail(self, psi: Any) -> Any:
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

    def hypergeometric_tail(self, n: int, m: Any) -> Any:
        half = self.flint.arb(1) / 2
        one = type(m)(1)
        return (one * m).hypgeom_2f1(one * half, one * half, one * (n + 3 * half))


class SympyArithmetic:
    """Sympy expressions, by the closed forms."""

    closed_form = True

    def __init__(self) -> None:
        import sympy

        self.sympy = sympy
        self.pi = sympy.pi
        self.infinity = sympy.oo

    def number(self, q: Scalar) -> Any:
        if isinstance(q, Exact):
            return q.reading.sympy()
        return self.sympy.Rational(q.numerator, q.denominator)

    def sqrt(self, x: Any) -> Any:
        return self.sympy.sqrt(x)

    def exp(self, x: Any) -> Any:
        return self.sympy.exp(x)

    def expm1(self, x: Any) -> Any:
        return self.sympy.exp(x) - 1

    def power(self, x: Any, q: Fraction) -> Any:
        return x ** self.number(q)

    def constant(self, c: Any, like: Any) -> Any:
        return self.sympy.sympify(c)

    def select(self, mask: Any, a: Any, b: Any) -> Any:
        return a

    def nonnegative(self, x: Any) -> Any:
        return x

    def near(self, u: Any) -> bool:
        return True

    def acos(self, u: Any) -> Any:
        return self.sympy.acos(u)


class SeriesArithmetic:
    """Power series in u at 0 with Arb ball coefficients: enclosures of Taylor coefficients."""

    closed_form = True

    def __init__(self, length: int) -> None:
        import flint

        self.flint = flint
        self.length = length
        self.infinity = flint.arb("inf")

    @property
    def pi(self) -> Any:
        return self.flint.arb.pi()

    def number(self, q: Scalar) -> Any:
        return ball(q)

    def sqrt(self, x: Any) -> Any:
        return self.power(x, Fraction(1, 2))

    def exp(self, x: Any) -> Any:
        return x.exp()

    def expm1(self, x: Any) -> Any:
        return x.exp() - 1

    def power(self, x: Any, q: Fraction) -> Any:
        from . import ball_series

        return ball_series.power(x, q)

    def constant(self, c: Any, like: Any) -> Any:
        return like * 0 + c

    def acos(self, u: Any) -> Any:
        from . import ball_series

        return self.pi / 2 - ball_series.asin(u)

    def select(self, mask: Any, a: Any, b: Any) -> Any:
        return a

    def nonnegative(self, x: Any) -> Any:
        return x

    def near(self, u: Any) -> bool:
        return True


def _sine_tail_coefficients(terms: int) -> list[float]:
    coefficients, factorial = [], 1
    for j in range(1, terms + 1):
        factorial *= 2 * j * (2 * j + 1)
        coefficients.append(float(Fraction((-1) ** (j + 1) * 2 * j, factorial)))
    return coefficients


def half_turns(q: Fraction) -> complex:
    """e^{i pi q}, real and imaginary part each right to the last digits."""
    quarters, rest = divmod(q + Fraction(1, 4), Fraction(1, 2))
    angle = math.pi * float(rest - Fraction(1, 4))
    return complex(math.cos(angle), math.sin(angle)) * (1, 1j, -1, -1j)[int(quarters) % 4]


# (pi/2)^2 = 2.47: the 14th term is below 1e-19 of the sum.
_SINE_TAIL = _sine_tail_coefficients(14)


@functools.cache
def _tail_coefficients(n: int, terms: int = 56) -> tuple[float, ...]:
    """Coefficients of 2F1(1/2, 1/2; n + 3/2; m); 56 terms leave 2^-56 at m = 1/2."""
    c, out = Fraction(1), []
    for j in range(terms):
        out.append(float(c))
        c *= Fraction((2 * j + 1) ** 2, 2 * (2 * n + 3 + 2 * j) * (j + 1))
    return tuple(out)


@functools.cache
def _singleton(cls: type) -> Any:
    return cls()


def arithmetic_of(x: Any) -> Any:
    """The arithmetic that a value of unknown kind belongs to; TypeError where there is none."""
    module = type(x).__module__.split(".")[0]
    if module == "kernelspec":  # `Enclosure`, a ball that we handed out
        module = type(x).__base__.__module__.split(".")[0]
    if isinstance(x, np.ndarray | np.generic | float | int):
        return _singleton(ComplexArithmetic if np.iscomplexobj(x) else FloatArithmetic)
    if module == "mpmath":
        return MpmathArithmetic(x.context)
    if module == "flint":
        return _singleton(BallArithmetic)
    if module == "sympy":
        return _singleton(SympyArithmetic)
    if hasattr(x, "__array_namespace__") or "torch" in sys.modules and module == "torch":
        try:
            import array_api_compat
        except ImportError as error:
            raise TypeError(
                f"u is a {type(x).__name__}: arrays other than NumPy's need the package array-api-compat "
                "(pip install 'kernelspec[arrays]')"
            ) from error
        return FloatArithmetic(array_api_compat.array_namespace(x))
    raise TypeError(f"u must be a number, a real array, or an mpmath, flint or sympy value; got {type(x).__name__}")
