r"""Harmonic analysis on the Boolean cube {-1, 1}^d, for functions of u = <x, y>/d.

The parities Y_S(x) = prod_{i in S} x_i are the eigenfunctions of f -> E_y kappa(<x, y>/d) f(y), y uniform, and the
eigenvalue depends on k = |S| alone, with multiplicity binom(d, k):

.. math:: \xi_k = 2^{-d} \sum_{h=0}^d \binom dh \kappa\Big(1 - \frac{2h}d\Big) Q_k(h), \qquad
          Q_k(h) = \binom dk^{-1} \sum_j (-1)^j \binom hj \binom{d-h}{k-j},

Q_k(h) Krawtchouk's polynomials with Q_k(0) = 1 (Krawtchouk 1929; Szegő 1939, 2.82). From their generating function
sum_k binom(d, k) Q_k(h) z^k = (1 - z)^h (1 + z)^{d-h} all eigenvalues together are, with g(w) = sum_h binom(d, h)
kappa_h w^h,

.. math:: \sum_k \binom dk 2^d \xi_k z^k = (1 + z)^d\, g\Big(\frac{1-z}{1+z}\Big), \qquad \frac{1-z}{1+z} =
          \frac2{1+z} - 1,

two shifts of a polynomial: w = y - 1, then y = 2/s, then s = 1 + z. As Q_k(d - h) = (-1)^k Q_k(h), even and odd k read
the even and the odd part of kappa alone.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

from ..numbers.checks import integer


def krawtchouk(d: int, k: int, h: int) -> Fraction:
    r"""Return Q_k(h) on {-1, 1}^d, exactly: the mean of Y_S(y) over all y that differ from (1, ..., 1) in h places.

    Parameters
    ----------
    d : the dimension, at least 1.
    k, h : from 0 to d.

    Source: Krawtchouk 1929; (d-k) Q_{k+1} = (d-2h) Q_k - k Q_{k-1} (Szegő 1939, 2.82).

    >>> [str(krawtchouk(4, 2, h)) for h in range(5)]
    ['1', '0', '-1/3', '0', '1']
    """
    d = integer("d", d, 1)
    k, h = integer("k", k, 0, d), integer("h", h, 0, d)
    total = sum((-1) ** j * math.comb(h, j) * math.comb(d - h, k - j) for j in range(min(h, k) + 1))
    return Fraction(total, math.comb(d, k))


@functools.lru_cache(maxsize=256)
def monomial_on_cube(d: int, m: int) -> tuple[Fraction, ...]:
    """xi_0, ..., xi_d of u^m, exactly: u Q_k = ((d-k) Q_{k+1} + k Q_{k-1})/d, and u^0 has xi_0 = 1."""
    found = [Fraction(1)] + [Fraction(0)] * d
    for _ in range(m):
        above, below = [*found[1:], Fraction(0)], [Fraction(0), *found[:-1]]
        found = [((d - k) * above[k] + k * below[k]) / d for k in range(d + 1)]
    return tuple(found)


def cube_transform(values: list[Any], d: int) -> list[Any]:
    """xi_0, ..., xi_d of balls kappa(1 - 2h/d), h = 0, ..., d, at flint's precision in force.

    An error of size e in the values becomes one of 2^{d-k} e in xi_k.
    """
    from flint import arb, arb_poly

    g = arb_poly([math.comb(d, h) * value for h, value in enumerate(values)])
    shifted = g(arb_poly([-1, 1])).coeffs()
    shifted += [arb(0)] * (d + 1 - len(shifted))
    turned = arb_poly([shifted[j] * 2**j for j in range(d, -1, -1)])
    found = turned(arb_poly([1, 1])).coeffs()
    found += [arb(0)] * (d + 1 - len(found))
    return [x / (math.comb(d, k) * 2**d) for k, x in enumerate(found)]
