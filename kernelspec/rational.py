"""Exact numbers and polynomials: what kernel parameters and parity parts are made of."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .exact_numbers import Exact, Scalar, as_exact, latex_number, number_text

__all__ = [
    "Polynomial",
    "as_exact",
    "as_fraction",
    "float_sized",
    "latex_number",
    "number_text",
    "poly_add",
    "poly_multiply",
    "substitute",
]

# Coefficients by degree; none of them is 0, but one may be within the rounding of a float.
Polynomial = dict[int, Scalar]


def as_fraction(value: Any, name: str) -> Fraction:
    """A rational number: what `as_exact` makes of the value; ValueError for an irrational one."""
    number = as_exact(value, name)
    if isinstance(number, Exact):
        raise ValueError(f"{name} must be rational; got {value}")
    return number


def float_sized(q: Scalar, name: str) -> Scalar:
    """q, refused where it is beyond the floats or is 0 as a float without being 0."""
    if type(q) is Fraction and abs(q.numerator.bit_length() - q.denominator.bit_length()) < 990:
        return q  # 2^990 < 10^300
    if q and not Fraction(1, 10**300) <= abs(q) <= 10**300:
        raise ValueError(f"{name} must be 0 or lie between 1e-300 and 1e300 in size")
    return q


def poly_add(a: Polynomial | None, b: Polynomial | None) -> Polynomial | None:
    """a + b, None where one of them is no polynomial."""
    if a is None or b is None:
        return None
    return {
        m: q for m in a.keys() | b.keys() if (q := a.get(m, Fraction(0)) + b.get(m, Fraction(0)))
    }


def poly_multiply(a: Polynomial | None, b: Polynomial | None) -> Polynomial | None:
    """a b, None where one of them is no polynomial and the other is not 0."""
    if a == {} or b == {}:
        return {}
    if a is None or b is None:
        return None
    out: Polynomial = {}
    for m, p in a.items():
        for n, q in b.items():
            out[m + n] = out.get(m + n, Fraction(0)) + p * q
    return out


def substitute(outer: Polynomial | None, inner: Polynomial) -> Polynomial | None:
    """The polynomial outer(inner(u))."""
    if outer is None:
        return None
    total: Polynomial | None = {}
    for m, q in outer.items():
        power: Polynomial | None = {0: q}
        for _ in range(m):
            power = poly_multiply(power, inner)
        total = poly_add(total, power)
    return total
