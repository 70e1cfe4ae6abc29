"""Kernels in floats: real arrays of any library, and complex ones of NumPy, which tell the sides of the branch cuts.

The one function that is not elementary is `hypergeometric_tail`, the series 2F1(1/2, 1/2; n + 3/2; m) in which
an arc-cosine kernel of degree n is written near its end points (claim 13, derived here): all its terms are positive, so
it is the form without cancellation.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from fractions import Fraction
from types import ModuleType
from typing import Literal

import numpy as np

from .arithmetic_protocol import Array
from .exact_numbers import Scalar


class FloatArithmetic:
    """Real arrays of one array library (NumPy, or any other through array-api-compat)."""

    closed_form: Literal[False] = False

    def __init__(self, xp: ModuleType = np) -> None:
        self.xp = xp
        self.pi = math.pi
        self.infinity = math.inf

    def number(self, q: Scalar) -> float:
        """The exact number q, rounded once."""
        return float(q)

    def sqrt(self, x: Array) -> Array:
        return self.xp.sqrt(x)

    def asin(self, x: Array) -> Array:
        return self.xp.asin(x)

    def cos(self, x: Array) -> Array:
        return self.xp.cos(x)

    def sin(self, x: Array) -> Array:
        return self.xp.sin(x)

    def exp(self, x: Array) -> Array:
        return self.xp.exp(x)

    def expm1(self, x: Array) -> Array:
        return self.xp.expm1(x)

    def log1p(self, x: Array) -> Array:
        return self.xp.log1p(x)

    def power(self, x: Array, q: Fraction) -> Array:
        return x ** float(q)

    def constant(self, c: Array | float, like: Array) -> Array:
        """The number c with the shape of `like`."""
        return self.xp.zeros_like(like) + c

    def near(self, u: Array) -> Array:
        """Where the end u = +1 is the nearer one."""
        return u >= 0

    def select(self, mask: Array, a: Array, b: Array) -> Array:
        return self.xp.where(mask, a, b)

    def nonnegative(self, x: Array) -> Array:
        """x, of which the formula knows that it is >= 0, with negative rounding removed."""
        if self.xp is np:
            return np.fmax(x, 0.0) + 0.0  # and no -0.0
        return self.xp.where(x > 0, x, self.xp.zeros_like(x))

    def use_series(self, m: Array) -> Array:
        """Where the end point series is the form without cancellation; here m <= 1/2 always."""
        return True

    def sine_tail(self, psi: Array) -> Array:
        """sin(psi) - psi cos(psi) for |psi| <= pi/2: the odd series 2j (-1)^(j+1) psi^(2j+1) / (2j+1)!."""
        x = psi * psi
        return _horner(_SINE_TAIL[: _HALF_OF_SINE_TAIL if _is_single(x) else None], x) * x * psi

    def hypergeometric_tail(self, n: int, m: Array) -> Array:
        return _horner(_tail_coefficients(n, 28) if _is_single(m) else _tail_coefficients(n), m)


class ComplexArithmetic(FloatArithmetic):
    """Complex NumPy arrays; real and imaginary parts each keep their own relative accuracy."""

    def near(self, u: Array) -> Array:
        return u.real >= 0

    def log1p(self, x: Array) -> Array:
        return 2 * np.arctanh(x / (2 + x))

    def nonnegative(self, x: Array) -> Array:
        return x

    def power(self, x: Array, q: Fraction) -> Array:
        # An imaginary part that is small, or 0, says how far x^q is singular: it keeps its own digits.
        if q.denominator == 1:
            return x**q.numerator if q >= 0 else (1 / x) ** -q.numerator
        if q.denominator == 2:
            return np.sqrt(x) * self.power(x, q - Fraction(1, 2))
        left = x.real < 0
        root = np.exp(float(q) * np.log(np.where(left, -x, x)))
        turn = half_turns(q)
        return root * np.where(left, np.where(np.signbit(x.imag), turn.conjugate(), turn), 1.0)

    def use_series(self, m: Array) -> Array:
        # |psi| <= pi/2: both series have their digits there, and beyond it the closed forms cancel little.
        return np.abs(m) <= 0.5


def _is_single(x: Array) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == np.float32


def _horner(coefficients: Sequence[float], x: Array) -> Array:
    """The polynomial with these ascending coefficients, two at least; in place where x is NumPy's."""
    total = coefficients[-1] * x + coefficients[-2]
    if not isinstance(total, np.ndarray):
        for c in reversed(coefficients[:-2]):
            total = total * x + c
        return total
    for c in reversed(coefficients[:-2]):
        total *= x
        total += c
    return total


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
# In float32: the 8th is below 1e-10.
_HALF_OF_SINE_TAIL = 7


@functools.cache
def _tail_coefficients(n: int, terms: int = 56) -> tuple[float, ...]:
    """Coefficients of 2F1(1/2, 1/2; n + 3/2; m); 56 terms leave 2^-56 at m = 1/2, 28 as much in float32."""
    c, out = Fraction(1), []
    for j in range(terms):
        out.append(float(c))
        c *= Fraction((2 * j + 1) ** 2, 2 * (2 * n + 3 + 2 * j) * (j + 1))
    return tuple(out)
