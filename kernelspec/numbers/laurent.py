"""Laurent polynomials over Q in 1/pi: (lowest power, polynomial), the polynomial one of python-flint."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import TypeAlias

import flint

Laurent: TypeAlias = tuple[int, flint.fmpq_poly]
Rational: TypeAlias = int | Fraction | flint.fmpz | flint.fmpq


@functools.lru_cache(maxsize=1024)
def _shift(n: int) -> flint.fmpq_poly:
    return flint.fmpq_poly([0] * n + [1])


def plus(a: Laurent, b: Laurent) -> Laurent:
    """The sum."""
    if a[0] != b[0]:
        if a[0] > b[0]:
            a, b = b, a
        return a[0], a[1] + b[1] * _shift(b[0] - a[0])
    offset, p = a[0], a[1] + b[1]
    if p[0] == 0 and p.length():  # kept short: no zeros at the low end
        coefficients = p.coeffs()
        low = next(i for i, c in enumerate(coefficients) if c != 0)
        return offset + low, flint.fmpq_poly(coefficients[low:])
    return offset, p


def constant_polynomial(q: Rational) -> flint.fmpq_poly:
    """The polynomial q."""
    return flint.fmpq_poly([as_fmpq(q)])


def as_fmpq(q: Rational) -> flint.fmpq:
    """An int, a Fraction or an fmpq as an fmpq."""
    if isinstance(q, Fraction):
        return flint.fmpq(q.numerator, q.denominator)
    return q if isinstance(q, flint.fmpq) else flint.fmpq(q)
