r"""Ratios of Gamma functions, right to the last digit for arguments of any size.

A difference of two values of ``gammaln`` loses as many digits as the values are large: at
x = 1e9 the difference of logarithms is wrong in the sixth decimal. Here the difference is taken
in Stirling's formula, before anything is rounded,

.. math:: \log\frac{\Gamma(y)}{\Gamma(x)}
          = (y-\tfrac12)\log\frac yx + (y-x)(\log x-1) + S(y)-S(x),

and every quantity is a *pair* of float64 numbers, with some 32 digits (`pairs`). Arguments below 16 are moved
up by Gamma(x+1) = x Gamma(x). The Stirling series S is DLMF 5.11.1, at x >= 16 to 3e-20.

Functions whose name ends in ``_pair`` take and return pairs, so that several of them can be added
before the sum is rounded or exponentiated; the others take and return plain float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import FloatArray, Numbers, broadcast, reals
from .pairs import (
    Pair,
    add,
    add_plain,
    as_pair,
    log1p_small,
    log_pair,
    negative,
    pair_divide,
    pair_product,
    pair_sum,
    plain_pair,
    two_sum,
    where,
)
from .precision import default_errors

_SHIFT = 16
# Past this size the products below would leave the range of float64.
_LARGEST = 1e290
# B_{2n} / (2n (2n-1)), n = 1..8: the Stirling series, DLMF 5.11.1.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)


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
            product = pair_product(product, add_plain(base, i))
        _put(moved, small, add_plain(base, _SHIFT))
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
    step = add(y, negative(x))
    quotient = pair_divide(step, x)
    near = np.abs(quotient[0]) < 1.0 / 128.0
    log_quotient = where(
        near,
        log1p_small(where(near, quotient, plain_pair(0.0))),
        log_pair(where(near, plain_pair(1.0), pair_divide(y, x))),
    )
    total = pair_product(add(y, plain_pair(-0.5)), log_quotient)
    total = add(total, pair_product(step, add(log_pair(x), plain_pair(-1.0))))
    total = add(total, plain_pair(_stirling_tail(y[0]) - _stirling_tail(x[0])))
    if low.size:
        below, above = ((p[0][low], p[1][low]) for p in (rising_x, rising_y))
        if min(below[0].min(), above[0].min()) < 1e-250:  # the quotient might leave the floats
            moved = add(log_pair(below), negative(log_pair(above)))
        else:
            moved = negative(log_pair(pair_divide(above, below)))
        _put(total, low, add((total[0][low], total[1][low]), moved))
    return total[0].reshape(shape), total[1].reshape(shape)


def _flat(p: Pair, shape: tuple[int, ...]) -> Pair:
    return np.broadcast_to(p[0], shape).ravel(), np.broadcast_to(p[1], shape).ravel()


def log_gamma_sum_pair(*ratios: tuple[Pair | ArrayLike, Pair | ArrayLike]) -> Pair:
    """Return the sum of log Gamma(y) - log Gamma(x) over the (x, y) given, as a pair, in one sweep.

    Every x and y is positive, a pair or float64, and all of them broadcast.
    """
    return pair_sum(*log_gamma_ratio_pairs(ratios))


def log_gamma_ratio_pairs(ratios: Iterable[tuple[Pair | ArrayLike, Pair | ArrayLike]]) -> list[Pair]:
    """Return log Gamma(y) - log Gamma(x) for each (x, y), in its own shape, in one sweep.

    A sweep costs as much as some 100 values, so that the numbers of all ratios go through it together.
    """
    pairs = [(as_pair(x), as_pair(y)) for x, y in ratios]
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


def _plain(p: Pair) -> Numbers:
    value = p[0] + p[1]
    return float(value) if np.ndim(value) == 0 else value


@default_errors
def log_gamma(x: ArrayLike) -> Numbers:
    """Return log Gamma(x), with an absolute error of at most 2e-16 (1 + abs(result)).

    ``x`` is positive, at most 1e290, a number or an array; the result has its shape.

    >>> log_gamma(1.0), round(log_gamma(0.5), 12)
    (0.0, 0.572364942925)
    """
    array = _checked("x", x)
    return _plain(log_gamma_ratio_pair(plain_pair(np.ones_like(array)), plain_pair(array)))


@default_errors
def log_gamma_ratio(x: ArrayLike, a: ArrayLike) -> Numbers:
    r"""Return the logarithm of a ratio of Gamma functions, without cancellation.

    .. math:: \log\Gamma(x+a) - \log\Gamma(x)

    ``x > 0`` and ``x + a > 0``, of any size to 1e290; the sum x + a is taken exactly, so a = 0.3 at
    x = 1e10 means what it says. Numbers or arrays that broadcast. The absolute error is at most
    2e-16 (1 + abs(result)). Raises ValueError outside this range (Stirling: DLMF 5.11.1).

    >>> bool(log_gamma_ratio(1e9, 1.0) == np.log(1e9))
    True
    """
    base, step = broadcast(x=_checked("x", x), a=_checked("a", a, positive=False))
    total = two_sum(base, step)
    _checked("x + a", total[0])
    return _plain(log_gamma_ratio_pair(plain_pair(base), total))


@default_errors
def log_beta(x: ArrayLike, y: ArrayLike) -> Numbers:
    r"""Return the logarithm of the Beta function, without cancellation.

    .. math:: \log B(x,y) = \log\Gamma(x) + \log\Gamma(y) - \log\Gamma(x+y)

    ``x`` and ``y`` are positive, at most 1e290, numbers or arrays that broadcast. The absolute
    error is at most 2e-16 (1 + abs(result)).

    >>> float(np.exp(log_beta(2.0, 3.0)) * 12)
    1.0
    """
    first, second = broadcast(x=_checked("x", x), y=_checked("y", y))
    large, small = np.maximum(first, second), np.minimum(first, second)
    total = log_gamma_ratio_pair(two_sum(large, small), plain_pair(large))
    return _plain(add(total, log_gamma_ratio_pair(plain_pair(np.ones_like(small)), plain_pair(small))))
