"""Harmonic analysis on the sphere in 60 digits and in fractions, from definitions: nothing here calls the library."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np

from kernelspec.numbers.arithmetic_protocol import Value


def exactly(function: Callable[..., Value]) -> Callable[..., Value]:
    """An oracle in 60 digits, rounded at the end."""

    def rounded(**arguments: Any) -> Any:
        with mp.workdps(60):
            return _floats(function(**arguments))

    return rounded


def _floats(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(_floats(each) for each in value)
    array = np.array(value, dtype=object)
    return array.astype(float)


def each(function: Callable[..., Value]) -> Callable[..., Value]:
    """A function of a number as one of an array of them."""

    def over(values: Any, *more: Any) -> Any:
        array = np.asarray(values)
        found = np.empty(array.shape, dtype=object)
        for place in np.ndindex(array.shape):
            found[place] = function(_plain(array[place]), *more)
        return found

    return over


def _plain(number: Any) -> Any:
    return number.item() if isinstance(number, np.generic) else number


def count(d: int, k: int) -> int:
    """N(d, k): the harmonics are the polynomials of degree k without those of degree k - 2 (claim 3)."""
    return math.comb(k + d - 1, d - 1) - (math.comb(k + d - 3, d - 1) if k > 1 else 0)


def legendre(t: Value, d: int, k: int) -> Value:
    """P_k of dimension d as a hypergeometric polynomial: 2F1(-k, k+d-2; (d-1)/2; (1-t)/2)."""
    half = (1 - mp.mpf(t)) / 2
    return mp.fsum(
        mp.rf(-k, j) * mp.rf(k + d - 2, j) / mp.rf(mp.mpf(d - 1) / 2, j) / mp.factorial(j) * half**j
        for j in range(k + 1)
    )


def slope(t: Value, d: int, k: int) -> Value:
    """P_k'(t) = k (k+d-2)/(d-1) P_{k-1} of dimension d + 2."""
    return mp.mpf(k * (k + d - 2)) / (d - 1) * legendre(t, d + 2, k - 1) if k else mp.mpf(0)


def area(d: int) -> Any:
    return 2 * mp.pi ** (mp.mpf(d) / 2) / mp.gamma(mp.mpf(d) / 2)


def density(d: int) -> Any:
    """c_d: 1 / int (1-t^2)^{(d-3)/2} dt, a Beta function (claim 4)."""
    return 1 / mp.beta(mp.mpf(1) / 2, mp.mpf(d - 1) / 2)


def constant(d: int, nu: Value) -> Value:
    """C(d, nu) of claim 15."""
    nu, half = mp.mpf(nu), mp.mpf(d) / 2
    return 2 ** (nu + d - 2) * mp.gamma(half) * mp.gamma(nu + half - 0.5) / (mp.sqrt(mp.pi) * mp.gamma(-nu))


def power(k: int, d: int, nu: Value) -> Value:
    """mu_k[(1-t)^nu] (claim 15)."""
    nu = mp.mpf(nu)
    return constant(d, nu) * mp.gammaprod([k - nu], [k + nu + d - 1])


def moment(j: int, d: int) -> Fraction:
    """The mean of t^j on the sphere: (1/2)_n / (d/2)_n for j = 2n."""
    found = Fraction(1 - j % 2)
    for n in range(j // 2 if found else 0):
        found *= Fraction(1 + 2 * n, d + 2 * n)
    return found


def monomials(d: int, k: int) -> list[Fraction]:
    """The coefficients of P_k, from the recurrence of claim 2."""
    before, now = [Fraction(1)], [Fraction(0), Fraction(1)]
    for n in range(1, k):
        up = [Fraction(0), *(c * Fraction(2 * n + d - 2, n + d - 2) for c in now)]
        down = [c * Fraction(n, n + d - 2) for c in before]
        before, now = now, [c - (down[j] if j < len(down) else 0) for j, c in enumerate(up)]
    return now if k else before


def monomial(k: int, d: int, m: int) -> Fraction:
    """mu_k[t^m] = int t^m P_k, term by term, exactly."""
    return sum((c * moment(j + m, d) for j, c in enumerate(monomials(d, k))), Fraction(0))


def even_power(k: int, d: int, nu: Value) -> Value:
    """mu_k[(1-t^2)^nu], term by term: Beta integrals."""
    half = mp.mpf(d - 1) / 2
    terms = (
        mp.mpf(c.numerator) / c.denominator * mp.beta(mp.mpf(j + 1) / 2, mp.mpf(nu) + half)
        for j, c in enumerate(monomials(d, k))
        if c and j % 2 == 0
    )
    return density(d) * mp.fsum(terms) * (1 - k % 2)


def real(q: Fraction) -> Any:
    return mp.mpf(q.numerator) / q.denominator


def logarithm(function: Callable[..., Value]) -> Callable[..., Value]:
    def found(*arguments: Any) -> Any:
        value = abs(function(*arguments))
        return mp.log(value) if value else -mp.inf

    return found


def signed(function: Callable[..., Value]) -> Callable[..., Value]:
    """Sign and logarithm of the size."""

    def found(k: Value, *more: Any) -> Value:
        return each(lambda n: mp.sign(function(n, *more)))(k), each(logarithm(function))(k, *more)

    return found


def log_beta(x: float, y: float) -> Any:
    return mp.log(mp.beta(mp.mpf(x), mp.mpf(y)))


def log_ratio(x: float, a: float) -> Any:
    return mp.loggamma(mp.mpf(x) + mp.mpf(a)) - mp.loggamma(mp.mpf(x))


def at(coefficients: list[Fraction], t: Fraction) -> Fraction:
    return sum((c * t**j for j, c in enumerate(coefficients)), Fraction(0))
