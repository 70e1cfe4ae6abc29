"""Pairs (high, low) of float64 arrays: unevaluated sums with some 32 digits.

Dekker 1971; Knuth, TAOCP 2, 4.2.2; Hida, Li & Bailey 2001.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import FloatArray

Pair: TypeAlias = tuple[FloatArray, FloatArray]

PI: Pair = np.asarray(np.pi), np.asarray(1.2246467991473532e-16)
# 1/n as pairs, for n from 1 to 8 (the first is never read).
_RECIPROCALS = tuple(
    (np.asarray(1 / n), np.asarray(float(Fraction(1, n) - Fraction(1 / n)))) for n in (1, *range(1, 9))
)


def two_sum(a: FloatArray, b: FloatArray) -> Pair:
    """Return a + b exactly."""
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


def _two_product(a: FloatArray, b: FloatArray) -> Pair:
    product = a * b
    wide_a, wide_b = 134217729.0 * a, 134217729.0 * b  # 2^27 + 1 cuts 53 bits in two halves
    high_a, high_b = wide_a - (wide_a - a), wide_b - (wide_b - b)
    low_a, low_b = a - high_a, b - high_b
    rest = ((high_a * high_b - product) + high_a * low_b + low_a * high_b) + low_a * low_b
    return product, rest


def _renormalise(high: FloatArray, low: FloatArray) -> Pair:
    total = high + low
    return total, low - (total - high)


def add(p: Pair, q: Pair) -> Pair:
    """Return the sum of two pairs, to some 32 digits."""
    high, low = two_sum(p[0], q[0])
    tail, rest = two_sum(p[1], q[1])
    high, low = _renormalise(high, low + tail)
    return _renormalise(high, low + rest)


def add_plain(p: Pair, value: ArrayLike) -> Pair:
    """Return the sum of a pair and a plain float64."""
    high, low = two_sum(p[0], np.asarray(value, dtype=np.float64))
    return _renormalise(high, low + p[1])


def pair_product(p: Pair, q: Pair) -> Pair:
    """Return the product of two pairs, to some 31 digits."""
    high, low = _two_product(p[0], q[0])
    return _renormalise(high, low + (p[0] * q[1] + p[1] * q[0]))


def pair_divide(p: Pair, q: Pair) -> Pair:
    """Return the quotient of two pairs, to some 31 digits."""
    first = p[0] / q[0]
    product = pair_product(q, plain_pair(first))
    rest = add(p, (-product[0], -product[1]))
    return _renormalise(first, rest[0] / q[0])


def negative(p: Pair) -> Pair:
    """Return the pair with the other sign."""
    return -p[0], -p[1]


def plain_pair(value: ArrayLike) -> Pair:
    """Return plain float64 numbers as a pair."""
    high = np.asarray(value, dtype=np.float64)
    return high, np.zeros_like(high)


def where(condition: NDArray[np.bool_], p: Pair, q: Pair) -> Pair:
    """Return p where the condition holds, and q elsewhere."""
    return np.where(condition, p[0], q[0]), np.where(condition, p[1], q[1])


def as_pair(value: Pair | ArrayLike) -> Pair:
    """Return a pair as it is, and plain float64 numbers as a pair."""
    return value if isinstance(value, tuple) else plain_pair(value)


def pair_sum(first: Pair | ArrayLike, *others: Pair | ArrayLike) -> Pair:
    """Return the sum of pairs and plain float64 numbers as a pair, to some 32 digits.

    >>> high, low = pair_sum(1e9, 0.3)
    >>> float(high), float(low)
    (1000000000.3, 4.768371580921027e-08)
    """
    total = as_pair(first)
    for term in others:
        total = add(total, term) if isinstance(term, tuple) else add_plain(total, term)
    return total


def pair_sqrt(p: Pair) -> Pair:
    """Return the root of a positive pair, to some 31 digits: one step of Newton's method."""
    first = np.sqrt(p[0])
    rest = add(p, negative(_two_product(first, first)))
    return _renormalise(first, (rest[0] + rest[1]) / (2 * first))


def exp_pair(p: Pair) -> FloatArray:
    """Return exp(high + low) in float64, to about an ulp; 0 below the range and inf above it."""
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(p[0]) * (1.0 + p[1])


@cache
def _logarithms() -> tuple[FloatArray, FloatArray, float, float]:
    """Return log(n/128) for n = 0..255 as pairs, and log 2, rounded from 50 digits."""
    from decimal import Context, Decimal

    context = Context(prec=50)

    def split(value: Decimal) -> tuple[float, float]:
        high = float(value)
        return high, float(context.subtract(value, Decimal(high)))

    table = [split(context.ln(Decimal(max(n, 1)) / 128)) for n in range(256)]
    high, low = zip(*table, strict=True)
    return np.array(high), np.array(low), *split(context.ln(Decimal(2)))


def log1p_small(z: Pair) -> Pair:
    """Return log(1+z) for |z| <= 1/64, to some 31 digits relative to z."""
    # The float64 tail starts at z^9/9, below z by at least 2^-48: its rounding is at 2^-101.
    tail = np.zeros_like(z[0])
    for n in range(17, 8, -1):
        tail = 1.0 / n - z[0] * tail
    total = plain_pair(tail)
    for n in range(8, 0, -1):
        product = pair_product(z, total)
        total = add(_RECIPROCALS[n], negative(product))
    return pair_product(z, total)


def log_pair(p: Pair) -> Pair:
    """Return the logarithm of a positive pair as a pair, with an absolute error near 1e-31."""
    table_high, table_low, log2_high, log2_low = _logarithms()
    mantissa, exponent = np.frexp(p[0])
    lower = mantissa < np.sqrt(0.5)
    mantissa = np.where(lower, 2.0 * mantissa, mantissa)
    exponent = np.where(lower, exponent - 1, exponent)
    index = np.rint(128.0 / mantissa).astype(np.int64)
    inverse = index / 128.0  # eight bits: within 1/256 of 1/mantissa
    residual = pair_product((mantissa, np.ldexp(p[1], -exponent)), plain_pair(inverse))
    residual = add(residual, plain_pair(-1.0))
    power = pair_product(
        (np.float64(log2_high) + 0 * inverse, np.float64(log2_low) + 0 * inverse),
        plain_pair(exponent.astype(np.float64)),
    )
    total = add(power, (-table_high[index], -table_low[index]))
    return add(total, log1p_small(residual))
