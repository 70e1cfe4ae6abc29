r"""Ratios of Gamma functions, right to the last digit for arguments of any size.

A difference of two values of ``gammaln`` loses as many digits as the values are large: at
x = 1e9 the difference of logarithms is wrong in the sixth decimal. Here the difference is taken
in Stirling's formula, before anything is rounded,

.. math:: \log\frac{\Gamma(y)}{\Gamma(x)}
          = (y-\tfrac12)\log\frac yx + (y-x)(\log x-1) + S(y)-S(x),

and every quantity is a *pair* (high, low): the unevaluated sum of two float64 numbers, some 32
digits (Dekker 1971; Knuth, TAOCP 2, 4.2.2; Hida, Li & Bailey 2001). Arguments below 16 are moved
up by Gamma(x+1) = x Gamma(x). The Stirling series S is DLMF 5.11.1, at x >= 16 to 3e-20.

Functions whose name ends in ``_pair`` take and return pairs, so that several of them can be added
before the sum is rounded or exponentiated; the others take and return plain float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import broadcast, reals
from .precision import default_errors

__all__ = [
    "PI",
    "Pair",
    "exp_pair",
    "log_beta",
    "log_gamma",
    "log_gamma_ratio",
    "log_gamma_ratio_pair",
    "log_gamma_ratio_pairs",
    "log_gamma_sum_pair",
    "log_pair",
    "pair_divide",
    "pair_product",
    "pair_sqrt",
    "pair_sum",
]

FloatArray: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[FloatArray, FloatArray]

PI: Pair = np.asarray(np.pi), np.asarray(1.2246467991473532e-16)
_SHIFT = 16
# Past this size the products below would leave the range of float64.
_LARGEST = 1e290
# B_{2n} / (2n (2n-1)), n = 1..8: the Stirling series, DLMF 5.11.1.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
# 1/n as pairs, for n from 1 to 8 (the first is never read).
_RECIPROCALS = tuple(
    (np.asarray(1 / n), np.asarray(float(Fraction(1, n) - Fraction(1 / n)))) for n in (1, *range(1, 9))
)


def _two_sum(a: FloatArray, b: FloatArray) -> Pair:
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


def _add(p: Pair, q: Pair) -> Pair:
    high, low = _two_sum(p[0], q[0])
    tail, rest = _two_sum(p[1], q[1])
    high, low = _renormalise(high, low + tail)
    return _renormalise(high, low + rest)


def _add_plain(p: Pair, value: ArrayLike) -> Pair:
    high, low = _two_sum(p[0], np.asarray(value, dtype=np.float64))
    return _renormalise(high, low + p[1])


def _multiply(p: Pair, q: Pair) -> Pair:
    high, low = _two_product(p[0], q[0])
    return _renormalise(high, low + (p[0] * q[1] + p[1] * q[0]))


def _divide(p: Pair, q: Pair) -> Pair:
    first = p[0] / q[0]
    product = _multiply(q, _pair(first))
    rest = _add(p, (-product[0], -product[1]))
    return _renormalise(first, rest[0] / q[0])


def _negative(p: Pair) -> Pair:
    return -p[0], -p[1]


def _pair(value: ArrayLike) -> Pair:
    high = np.asarray(value, dtype=np.float64)
    return high, np.zeros_like(high)


def _where(condition: NDArray[np.bool_], p: Pair, q: Pair) -> Pair:
    return np.where(condition, p[0], q[0]), np.where(condition, p[1], q[1])


def pair_sum(first: Pair | ArrayLike, *others: Pair | ArrayLike) -> Pair:
    """Return the sum of pairs and plain float64 numbers as a pair, to some 32 digits.

    >>> high, low = pair_sum(1e9, 0.3)
    >>> float(high), float(low)
    (1000000000.3, 4.768371580921027e-08)
    """
    total = _as_pair(first)
    for term in others:
        total = _add(total, term) if isinstance(term, tuple) else _add_plain(total, term)
    return total


def pair_product(p: Pair, q: Pair) -> Pair:
    """Return the product of two pairs, to some 31 digits."""
    return _multiply(p, q)


def pair_divide(p: Pair, q: Pair) -> Pair:
    """Return the quotient of two pairs, to some 31 digits."""
    return _divide(p, q)


def pair_sqrt(p: Pair) -> Pair:
    """Return the root of a positive pair, to some 31 digits: one step of Newton's method."""
    first = np.sqrt(p[0])
    rest = _add(p, _negative(_two_product(first, first)))
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


def _log1p_small(z: Pair) -> Pair:
    """Return log(1+z) for |z| <= 1/64, to some 31 digits relative to z."""
    # The float64 tail starts at z^9/9, below z by at least 2^-48: its rounding is at 2^-101.
    tail = np.zeros_like(z[0])
    for n in range(17, 8, -1):
        tail = 1.0 / n - z[0] * tail
    total = _pair(tail)
    for n in range(8, 0, -1):
        product = _multiply(z, total)
        total = _add(_RECIPROCALS[n], _negative(product))
    return _multiply(z, total)


def log_pair(p: Pair) -> Pair:
    """Return the logarithm of a positive pair as a pair, with an absolute error near 1e-31."""
    table_high, table_low, log2_high, log2_low = _logarithms()
    mantissa, exponent = np.frexp(p[0])
    lower = mantissa < np.sqrt(0.5)
    mantissa = np.where(lower, 2.0 * mantissa, mantissa)
    exponent = np.where(lower, exponent - 1, exponent)
    index = np.rint(128.0 / mantissa).astype(np.int64)
    inverse = index / 128.0  # eight bits: within 1/256 of 1/mantissa
    residual = _multiply((mantissa, np.ldexp(p[1], -exponent)), _pair(inverse))
    residual = _add(residual, _pair(-1.0))
    power = _multiply(
        (np.float64(log2_high) + 0 * inverse, np.float64(log2_low) + 0 * inverse), _pair(exponent.astype(np.float64))
    )
    total = _add(power, (-table_high[index], -table_low[index]))
    return _add(total, _log1p_small(residual))


def _stirling_tail(x: FloatArray) -> FloatArray:
    inverse = 1.0 / x
    square = inverse * inverse
    total = np.zeros_like(x)
    for coefficient in reversed(_STIRLING):
        total = coefficient + square * total
    return total * inverse


def _raise_argument(x: Pair) -> tuple[Pair, Pair]:
    """Return x moved up by 16 where it is below 16, and Gamma(moved x)/Gamma(x) there (else 1)."""
    small = np.flatnonzero(x[0] < _SHIFT)
    moved, rising = (x[0].copy(), x[1].copy()), (np.ones(x[0].size), np.zeros(x[0].size))
    if small.size:
        base = x[0][small], x[1][small]
        product = base
        for i in range(1, _SHIFT):
            product = _multiply(product, _add_plain(base, i))
        _put(moved, small, _add_plain(base, _SHIFT))
        _put(rising, small, product)
    return moved, rising


def _put(p: Pair, places: NDArray[np.intp], values: Pair) -> None:
    for part, value in zip(p, values, strict=True):
        part[places] = value


def log_gamma_ratio_pair(x: Pair, y: Pair) -> Pair:
    """Return log Gamma(y) - log Gamma(x) as a pair, for positive pairs x and y that broadcast.

    The absolute error is near 1e-18 + 1e-30 |result|.
    """
    shape = np.broadcast_shapes(x[0].shape, y[0].shape)
    x, y = _flat(x, shape), _flat(y, shape)
    low = np.flatnonzero(np.minimum(x[0], y[0]) < _SHIFT)
    x, rising_x = _raise_argument(x)
    y, rising_y = _raise_argument(y)
    step = _add(y, _negative(x))
    quotient = _divide(step, x)
    near = np.abs(quotient[0]) < 1.0 / 128.0
    log_quotient = _where(
        near, _log1p_small(_where(near, quotient, _pair(0.0))), log_pair(_where(near, _pair(1.0), _divide(y, x)))
    )
    total = _multiply(_add(y, _pair(-0.5)), log_quotient)
    total = _add(total, _multiply(step, _add(log_pair(x), _pair(-1.0))))
    total = _add(total, _pair(_stirling_tail(y[0]) - _stirling_tail(x[0])))
    if low.size:
        below, above = ((p[0][low], p[1][low]) for p in (rising_x, rising_y))
        if min(below[0].min(), above[0].min()) < 1e-250:  # the quotient might leave the floats
            moved = _add(log_pair(below), _negative(log_pair(above)))
        else:
            moved = _negative(log_pair(_divide(above, below)))
        _put(total, low, _add((total[0][low], total[1][low]), moved))
    return total[0].reshape(shape), total[1].reshape(shape)


def _flat(p: Pair, shape: tuple[int, ...]) -> Pair:
    return np.broadcast_to(p[0], shape).ravel(), np.broadcast_to(p[1], shape).ravel()


def _as_pair(value: Pair | ArrayLike) -> Pair:
    return value if isinstance(value, tuple) else _pair(value)


def log_gamma_sum_pair(*ratios: tuple[Pair | ArrayLike, Pair | ArrayLike]) -> Pair:
    """Return the sum of log Gamma(y) - log Gamma(x) over the (x, y) given, as a pair, in one sweep.

    Every x and y is positive, a pair or float64, and all of them broadcast.
    """
    return pair_sum(*log_gamma_ratio_pairs(ratios))


def log_gamma_ratio_pairs(ratios: Iterable[tuple[Pair | ArrayLike, Pair | ArrayLike]]) -> list[Pair]:
    """Return log Gamma(y) - log Gamma(x) for each (x, y), in its own shape, in one sweep.

    A sweep costs as much as some 100 values, so that the numbers of all ratios go through it together.
    """
    pairs = [(_as_pair(x), _as_pair(y)) for x, y in ratios]
    shapes = [np.broadcast_shapes(x[0].shape, y[0].shape) for x, y in pairs]
    ends = np.cumsum([math.prod(shape) for shape in shapes])

    def line(side: int) -> Pair:
        flat = [_flat(p[side], shape) for p, shape in zip(pairs, shapes, strict=True)]
        return np.concatenate([p[0] for p in flat]), np.concatenate([p[1] for p in flat])

    found = log_gamma_ratio_pair(line(0), line(1))
    high, low = (np.split(part, ends[:-1]) for part in found)
    return [(h.reshape(s), t.reshape(s)) for h, t, s in zip(high, low, shapes, strict=True)]


def _checked(name: str, value: ArrayLike, *, positive: bool = True) -> FloatArray:
    array = reals(name, value, finite=False)
    wrong = ~(np.abs(array) <= _LARGEST)
    if positive:
        wrong |= ~(array > 0)
    if np.any(wrong):
        kind = "positive and " if positive else ""
        first = float(array[wrong].flat[0])
        raise ValueError(f"{name} must be {kind}at most {_LARGEST:g} in size, got {first!r}")
    return array


def _plain(p: Pair) -> Any:
    value = p[0] + p[1]
    return float(value) if np.ndim(value) == 0 else value


@default_errors
def log_gamma(x: ArrayLike) -> Any:
    """Return log Gamma(x), with an absolute error of at most 2e-16 (1 + abs(result)).

    ``x`` is positive, at most 1e290, a number or an array; the result has its shape.

    >>> log_gamma(1.0), round(log_gamma(0.5), 12)
    (0.0, 0.572364942925)
    """
    array = _checked("x", x)
    return _plain(log_gamma_ratio_pair(_pair(np.ones_like(array)), _pair(array)))


@default_errors
def log_gamma_ratio(x: ArrayLike, a: ArrayLike) -> Any:
    r"""Return the logarithm of a ratio of Gamma functions, without cancellation.

    .. math:: \log\Gamma(x+a) - \log\Gamma(x)

    ``x > 0`` and ``x + a > 0``, of any size to 1e290; the sum x + a is taken exactly, so a = 0.3 at
    x = 1e10 means what it says. Numbers or arrays that broadcast. The absolute error is at most
    2e-16 (1 + abs(result)). Raises ValueError outside this range (Stirling: DLMF 5.11.1).

    >>> bool(log_gamma_ratio(1e9, 1.0) == np.log(1e9))
    True
    """
    base, step = broadcast(x=_checked("x", x), a=_checked("a", a, positive=False))
    total = _two_sum(base, step)
    _checked("x + a", total[0])
    return _plain(log_gamma_ratio_pair(_pair(base), total))


@default_errors
def log_beta(x: ArrayLike, y: ArrayLike) -> Any:
    r"""Return the logarithm of the Beta function, without cancellation.

    .. math:: \log B(x,y) = \log\Gamma(x) + \log\Gamma(y) - \log\Gamma(x+y)

    ``x`` and ``y`` are positive, at most 1e290, numbers or arrays that broadcast. The absolute
    error is at most 2e-16 (1 + abs(result)).

    >>> float(np.exp(log_beta(2.0, 3.0)) * 12)
    1.0
    """
    first, second = broadcast(x=_checked("x", x), y=_checked("y", y))
    large, small = np.maximum(first, second), np.minimum(first, second)
    total = log_gamma_ratio_pair(_two_sum(large, small), _pair(large))
    return _plain(_add(total, log_gamma_ratio_pair(_pair(np.ones_like(small)), _pair(small))))
