r"""How products of two harmonics meet on one patch: linearisation of Legendre polynomials, and what it makes of spaces.

.. math:: P_k P_l = \sum_n L(k,l,n) P_n, \qquad n = |k-l|, |k-l|+2, \ldots, k+l .

In H_k (x) H_l, the harmonics of degree n stand once for each n with L > 0; where both factors are read on one patch,
these become c Y_n with c^2 = N(d,k) N(d,l) L(k,l,n)/N(d,n), and all other kinds of functions vanish: compare the
reproducing kernels N(d,k) P_k N(d,l) P_l and c^2 N(d,n) P_n.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction

from ... import sphere


@functools.lru_cache(maxsize=2**15)
def linearised(d: int, k: int, l: int, n: int) -> Fraction:  # noqa: E741 - the degrees of the formula
    """L(k, l, n) on S^{d-1}, exactly (Dougall 1919; Askey, Orthogonal polynomials and special functions, (5.7)).

    >>> linearised(3, 1, 1, 0), linearised(3, 1, 1, 2), linearised(2, 2, 3, 1)
    (Fraction(1, 3), Fraction(2, 3), Fraction(1, 2))
    """
    if (k + l - n) % 2 or not abs(k - l) <= n <= k + l:
        return Fraction(0)
    if k == 0 or l == 0:
        return Fraction(1)
    if d == 2:
        return Fraction(n in (k + l, abs(k - l)), 2)
    a, s = Fraction(d - 2, 2), (k + l - n) // 2
    weight = (n + a) / (k + l + a - s) * _ratio(a, s) * _ratio(a, k - s) * _ratio(a, l - s)
    weight *= _rising(2 * a, k + l - s) / _rising(a, k + l - s)
    return weight / (_ratio(2 * a, k) * _ratio(2 * a, l))


@functools.lru_cache(maxsize=2**15)
def joined(d: int, k: int, l: int, n: int) -> float:  # noqa: E741 - the degrees of the formula
    """c, the factor of Y_n where harmonics of degrees k and l, joined to degree n, are read on one patch."""
    square = linearised(d, k, l, n) * harmonics(d, k) * harmonics(d, l) / harmonics(d, n)
    return math.sqrt(square)


@functools.lru_cache(maxsize=2**15)
def harmonics(d: int, k: int) -> int:
    """N(d, k), kept, as it is asked for over and over."""
    return int(sphere.multiplicity(d, k))


@functools.lru_cache(maxsize=2**12)
def _rising(a: Fraction, n: int) -> Fraction:
    return math.prod((a + i for i in range(n)), start=Fraction(1))


def _ratio(a: Fraction, n: int) -> Fraction:
    """(a)_n / n!; for a = 2 lambda it is C_n^lambda(1)."""
    return _rising(a, n) / math.factorial(n)
