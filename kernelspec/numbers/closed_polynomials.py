"""Polynomials over Q in closed forms: of arc-cosine kernels, and of Bessel K of half-integer order."""

from __future__ import annotations

import functools
from fractions import Fraction
from math import factorial, prod


@functools.cache
def closed_form_polynomials(n: int) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """(a_n, b_n) with pi kappa_n(cos theta) = a_n(u) sin(theta) + b_n(u) (pi - theta), b_n(1) = 1.

    From kappa_n' = n^2/(2n-1) kappa_{n-1} (derived here; claim 12), which is b_n' = c b_{n-1} and (1-u^2)(a_n' - c
    a_{n-1}) = u a_n - b_n, with a_n(0) = pi kappa_n(0) for odd n.
    """
    if n == 0:
        return (Fraction(0),), (Fraction(1),)
    previous_a, previous_b = closed_form_polynomials(n - 1)
    c = Fraction(n * n, 2 * n - 1)
    b = [Fraction(0)] + [c * q / (j + 1) for j, q in enumerate(previous_b)]
    b[0] = 1 - sum(b, Fraction(0))
    right = [Fraction(0)] * (n + 3)
    for j, q in enumerate(previous_a):
        right[j] += c * q
        right[j + 2] -= c * q
    for j, q in enumerate(b):
        right[j] -= q
    a: list[Fraction] = [Fraction(0)] * max(n, 2)
    if n % 2:
        odd_product = prod(range(1, 2 * n, 2))
        a[0] = Fraction(2 ** (n - 1) * factorial((n - 1) // 2) ** 2, odd_product)
    for j in range(n - 1):
        a[j + 1] = (right[j] + (j * a[j - 1] if j else Fraction(0))) / (j + 1)
    return tuple(a[:n]), tuple(b)


@functools.cache
def half_integer_polynomial(nu: Fraction) -> tuple[Fraction, ...]:
    """a_0, ..., a_p for nu = p + 1/2: M_nu(s) = e^{-s} sum_i a_i s^i (`kernels.matern`)."""
    p = int(nu - Fraction(1, 2))
    a = [Fraction(1)]
    for i in range(p):
        a.append(a[-1] * 2 * (p - i) / ((2 * p - i) * (i + 1)))
    return tuple(a)
