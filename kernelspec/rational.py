"""Exact numbers and polynomials: what kernel parameters and parity parts are made of."""

from __future__ import annotations

import math
import numbers
from fractions import Fraction
from typing import Any

import numpy as np

Polynomial = dict[int, Fraction]
_LONG = 40  # characters of a number, beyond which it is written with an exponent


def as_fraction(value: Any, name: str) -> Fraction:
    """An exact number: integers and rationals as they are, a float as the decimal that it prints."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        exact: Any = value
        if type(value).__module__.startswith("sympy") and getattr(value, "is_Rational", False):
            return Fraction(int(exact.p), int(exact.q))
        raise TypeError(f"{name} must be a real number; got {value!r} ({type(value).__name__})")
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite; got {number}")
    return Fraction(repr(number))


def float_sized(q: Fraction, name: str) -> Fraction:
    """q, refused where it is beyond the floats or is 0 as a float without being 0."""
    if abs(q.numerator.bit_length() - q.denominator.bit_length()) < 990:  # 2^990 < 10^300
        return q
    if q and not Fraction(1, 10**300) <= abs(q) <= 10**300:
        raise ValueError(f"{name} must be 0 or lie between 1e-300 and 1e300 in size")
    return q


def number_text(q: Fraction) -> str:
    """q as text that reads back exactly: an integer, a decimal where a float prints it, else p/q.

    A decimal has an exponent only where the number would be long without it: 1e-300.
    """
    text = str(q)
    if max(q.numerator.bit_length(), q.denominator.bit_length()) > 1000:  # beyond the floats
        return text
    decimal = repr(float(q))
    exact = (q.denominator > 1 or len(text) > _LONG) and Fraction(decimal) == q
    return decimal if exact and ("e" not in decimal or len(text) > _LONG) else text


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


def latex_number(q: Fraction) -> str:
    """q in LaTeX."""
    text = number_text(q)
    mantissa, _, exponent = text.partition("e")
    if exponent:
        return f"{mantissa}\\cdot 10^{{{int(exponent)}}}"
    return f"\\frac{{{q.numerator}}}{{{q.denominator}}}" if "/" in text else text
