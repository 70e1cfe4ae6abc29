"""Sums over the harmonics of a sphere by mpmath, and means over a sphere by quadrature: no code of the library.

Coefficients by integrals of the definition (Funk-Hecke), multiplicities by their recurrence, polynomials by means of
monomials over the sphere: int x^{2a} = prod (1/2)_{a_i} / (d/2)_{sum a}.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp


def multiplicity(d: int, k: int) -> int:
    """dim of the polynomials of degree k less that of degree k - 2."""
    import math

    whole = math.comb(k + d - 1, d - 1)
    return whole - (math.comb(k + d - 3, d - 1) if k >= 2 else 0)


def legendre(d: int, count: int, t: Any) -> list[Any]:
    """P_0(t), ..., P_{count-1}(t)."""
    found = [mp.mpf(1), mp.mpf(t)]
    for k in range(1, count - 1):
        found.append(((2 * k + d - 2) * t * found[k] - k * found[k - 1]) / (k + d - 2))
    return found[:count]


def coefficient(d: int, k: int, g: Callable[[Any], Any], points: tuple[Any, ...] = ()) -> Any:
    """The mean of g(u) P_k(u), in the angle, over pieces that end at these cosines."""

    def integrand(theta: Any) -> Any:
        u = mp.cos(theta)
        return g(u) * legendre(d, k + 1, u)[k] * mp.sin(theta) ** (d - 2)

    ends = [mp.mpf(0), *sorted(mp.acos(p) for p in points), mp.pi]
    weight = mp.gamma(mp.mpf(d) / 2) / (mp.sqrt(mp.pi) * mp.gamma(mp.mpf(d - 1) / 2))
    return weight * mp.quad(integrand, ends)


def mean(p: dict[tuple[int, ...], Fraction]) -> Fraction:
    """The mean over the sphere of a polynomial, exponents to coefficients."""
    total = Fraction(0)
    for powers, c in p.items():
        if any(e % 2 for e in powers):
            continue
        term, d = Fraction(1), len(powers)
        for e in powers:
            for i in range(e // 2):
                term *= Fraction(2 * i + 1, 2)
        for i in range(sum(powers) // 2):
            term /= Fraction(d + 2 * i, 2)
        total += c * term
    return total


def abs_norm(d: int, s: int, n: int, terms: int) -> Any:
    """The squared norm of |u|^s in the RKHS of the arc-cosine kernel of odd degree n, s odd: a sum over even degrees.

    lambda_k(s) is 0 at even k > s for even s only, so all terms count; mu_k = (2/(2n-1)!!) 2^n (d/2)_n lambda_k(n)^2.
    """
    half = mp.mpf(d) / 2

    def first(power: int) -> Any:  # int_0^1 u^s (1-u^2)^((d-3)/2) du times the weight
        weight = mp.gamma(half) / (mp.sqrt(mp.pi) * mp.gamma(half - 0.5))
        return weight * mp.beta(mp.mpf(power + 1) / 2, half - 0.5) / 2

    g, h, total, count = 2 * first(s), first(n), mp.mpf(0), mp.mpf(1)
    scale = mp.mpf(2) ** (n + 1) * mp.rf(half, n) / mp.fac2(2 * n - 1)
    for k in range(0, 2 * terms, 2):
        total += count * g * g / (scale * h * h)
        g *= -mp.mpf(k - s) / (k + s + d)
        h *= -mp.mpf(k - n) / (k + n + d)
        for m in (k, k + 1):  # N(d, m+1)/N(d, m)
            count *= d if m == 0 else mp.mpf(2 * m + d) * (m + d - 2) / ((2 * m + d - 2) * (m + 1))
    return total
