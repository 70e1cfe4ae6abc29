r"""Exact eigenvalues of (1-t)^nu, (1-t^2)^nu and t^m on the sphere S^{d-1}, by Gamma functions.

A kernel's expansion at an end point is a sum of powers (1-t)^nu (claims 14 and 18), and its Taylor series a sum of t^m
(claim 10). The eigenvalues are those of ``sphere``: for the uniform probability, with P_k(1) = 1. Source: Azevedo &
Menegatto 2015 (claim 10) and Bietti & Bach 2021, Theorem 7 and its lemmas (claims 14-16), the constants as corrected
there. Each is stated once, as a product of Gamma functions (``gamma_products``), which the functions here read in
floats.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.arithmetic_protocol import Value
from ..numbers.checks import (
    LARGEST_RECURRENCE,
    FloatArray,
    Numbers,
    broadcast,
    degrees,
    dimension,
    exponent,
    integer,
    scalar_or_array,
)
from ..numbers.precision import default_errors
from .gamma_products import HALF, GammaProduct, K, M

if TYPE_CHECKING:
    import sympy

__all__ = [
    "cut_power",
    "decay_constant",
    "decay_constant_sympy",
    "density",
    "even_power",
    "even_power_eigenvalue",
    "log_decay_constant",
    "log_even_power_eigenvalue",
    "log_monomial_eigenvalue",
    "log_power_eigenvalue",
    "monomial",
    "monomial_eigenvalue",
    "monomial_eigenvalue_exact",
    "power",
    "power_eigenvalue",
]


_LARGEST_EVALUATED = 1000  # dimension

# -- the facts -----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=512)
def power(d: Value, nu: Value) -> GammaProduct:
    """mu_k[(1-t)^nu] for nu > -(d-1)/2, an exact number (derived here; claim 15)."""
    return GammaProduct(
        above=(K - nu, nu + (d - 1) * HALF, d * HALF),
        below=(-nu, K + nu + d - 1),
        two=nu + d - 2,
        pi=-HALF,
        evaluated=not isinstance(d, int) or d <= _LARGEST_EVALUATED,
    )


@functools.lru_cache(maxsize=512)
def cut_power(d: int, nu: Fraction) -> GammaProduct:
    """E_k(nu) = (c_d/pi) int_1^inf (x-1)^nu Q_k(x) dx > 0 for k > nu > -1 (`spectrum.asymptotic`).

    It is -mu_k[(1-t)^nu] / sin(pi nu), by Gamma(-nu) Gamma(1+nu) = -pi / sin(pi nu), and its limit at an integer nu.
    """
    return power(d, nu).times(above=(-nu, 1 + nu), pi=-1)


@functools.lru_cache(maxsize=512)
def even_power(d: int, nu: Fraction) -> GammaProduct:
    """mu_k[(1-t^2)^nu] for even k (Bietti & Bach 2021, lemma on (1-t^2)^nu; claim 16), by the reflection formula."""
    return GammaProduct(
        above=(K * HALF - nu, nu + (d - 1) * HALF, d * HALF, (K + 1) * HALF),
        below=(-nu, K * HALF + nu + d * HALF, (K + d - 1) * HALF),
        pi=-HALF,
    )


@functools.lru_cache(maxsize=512)
def monomial(d: int) -> GammaProduct:
    """mu_k(t^m) for k <= m of its parity (Azevedo & Menegatto 2015; claim 10)."""
    return GammaProduct(above=(M + 1, d * HALF), below=((M - K) * HALF + 1, (M + K + d) * HALF), two=-M)


@functools.lru_cache(maxsize=512)
def monomial_by_halves(d: int) -> GammaProduct:
    """The same by the duplication formula, whose logarithms are small for large m, whole or not, next to k and d."""
    return GammaProduct(
        above=((M + 1) * HALF, M * HALF + 1, d * HALF), below=((M - K) * HALF + 1, (M + K + d) * HALF), pi=-HALF
    )


@functools.lru_cache(maxsize=512)
def density(d: int) -> GammaProduct:
    """c_d, which makes (1-t^2)^{(d-3)/2} a probability density on [-1, 1] (Bietti & Bach 2021; claims 4, 6)."""
    return GammaProduct(above=(d * HALF,), below=((d - 1) * HALF,), pi=-HALF)


# -- floats --------------------------------------------------------------------------------------------


def _read(
    fact: Callable[[int, Fraction], GammaProduct], d: int, nu: Value, k: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The values of a power's eigenvalue, their signs, and the logarithms of their sizes."""
    d = dimension(d)
    nu, degree = Fraction(exponent(d, nu)), degrees("k", k)
    odd = degree % 2 if fact is even_power else np.zeros(degree.shape)
    value, log_abs, sign, _ = fact(d, nu).floats(degree - odd)
    return (np.where(odd, 0.0, value), np.where(odd, 0.0, sign), np.where(odd, -np.inf, log_abs))


@default_errors
def power_eigenvalue(d: int, nu: float, k: ArrayLike) -> Numbers:
    r"""Return the eigenvalue mu_k of (1-t)^nu on S^{d-1}, exactly, by Gamma functions.

    .. math:: \mu_k[(1-t)^\nu] = C(d,\nu)\frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)}
       = \frac{\Gamma(\frac d2)\Gamma(\nu+\frac{d-1}2)}
              {\Gamma(\frac{\nu+d-1}2)\Gamma(\frac{\nu+d}2)} \frac{(-\nu)_k}{(\nu+d-1)_k}

    The second form also serves the integers nu >= 0, where mu_k = 0 for k > nu. For (1+t)^nu
    multiply by (-1)^k. ``nu > -(d-1)/2``; ``k`` is an integer or an array of integers, and the
    result is a float or an array of its shape, right to about 1e-15 in relative terms wherever it
    is a normal float64; below that range it is rounded, to 0.0 in the end. Raises TypeError or
    ValueError for other arguments. Source: claim 15 (the constant printed in Bietti & Bach 2021,
    Lemma on C(d, nu), is half of this one).

    >>> round(power_eigenvalue(3, 0.5, 0), 15), round(power_eigenvalue(3, 1, 1) * 3, 15)
    (0.942809041582063, -1.0)
    """
    return scalar_or_array(_read(power, d, nu, k)[0])


@default_errors
def log_power_eigenvalue(d: int, nu: float, k: ArrayLike) -> tuple[Numbers, Numbers]:
    """Return (sign, log abs mu_k[(1-t)^nu]), for values outside the range of float64.

    The sign is -1.0, 0.0 or 1.0; where it is 0 the logarithm is -inf. Arguments, errors and source
    are those of ``power_eigenvalue``; the absolute error is 2e-16 (1 + abs(logarithm)) up to
    d = 1e13.

    >>> log_power_eigenvalue(10**6, 0.5, 100)[0]
    -1.0
    """
    _, sign, log_abs = _read(power, d, nu, k)
    return scalar_or_array(sign), scalar_or_array(log_abs)


@default_errors
def even_power_eigenvalue(d: int, nu: float, k: ArrayLike) -> Numbers:
    r"""Return the eigenvalue mu_k of (1-t^2)^nu on S^{d-1}: exactly 0 for odd k, and for k = 2j

    .. math:: \mu_{2j} = \frac{\Gamma(\frac d2)\Gamma(\nu+\frac{d-1}2)}
        {\Gamma(\frac{d-1}2)\Gamma(\nu+\frac d2)}
        \frac{(\frac12)_j(-\nu)_j}{(\frac{d-1}2)_j(\nu+\frac d2)_j}.

    Arguments, accuracy and errors are those of ``power_eigenvalue``. Source: Bietti & Bach 2021, lemma on (1-t^2)^nu
    (claim 16), its Gamma functions of negative argument written out by the reflection formula.

    >>> even_power_eigenvalue(3, 1, [0, 1, 2]).round(15).tolist()
    [0.666666666666667, 0.0, -0.133333333333333]
    """
    return scalar_or_array(_read(even_power, d, nu, k)[0])


@default_errors
def log_even_power_eigenvalue(d: int, nu: float, k: ArrayLike) -> tuple[Numbers, Numbers]:
    """Return (sign, log abs mu_k[(1-t^2)^nu]), as ``log_power_eigenvalue`` does for (1-t)^nu.

    >>> log_even_power_eigenvalue(3, 95.5, 10**4)[0]
    1.0
    """
    _, sign, log_abs = _read(even_power, d, nu, k)
    return scalar_or_array(sign), scalar_or_array(log_abs)


@default_errors
def decay_constant(d: int, nu: float) -> float:
    r"""Return the constant C(d,nu) of the eigenvalue decay of (1-t)^nu.

    .. math:: \mu_k[(1-t)^\nu] \sim C(d,\nu)k^{-d-2\nu+1}, \qquad C(d,\nu)
        = \frac{2^{\nu+d-2}\Gamma(\frac d2)\Gamma(\nu+\frac{d-1}2)}{\sqrt\pi\,\Gamma(-\nu)}

    ``nu > -(d-1)/2``; at the integers nu >= 0 it is 0.0. From d near 170 on it exceeds float64:
    OverflowError, and ``log_decay_constant`` serves. Relative error about 1e-15. Source: claim 15
    (twice the constant printed in Bietti & Bach 2021).

    >>> round(decay_constant(3, 0.5) * -2 * math.sqrt(2), 15)
    1.0
    """
    value, _, log_abs = (float(part) for part in _read(_constant, d, nu, 0))
    if math.isinf(value):
        raise OverflowError(
            f"decay_constant: C({d}, {nu!r}) = exp({log_abs:.6g}) is outside the range of "
            "float64; use log_decay_constant, or power_eigenvalue for the eigenvalue itself"
        )
    return value


@default_errors
def log_decay_constant(d: int, nu: float) -> tuple[float, float]:
    """Return (sign, log abs C(d,nu)) of ``decay_constant``; (0.0, -inf) at the integers nu >= 0."""
    _, sign, log_abs = (float(part) for part in _read(_constant, d, nu, 0))
    return sign, log_abs


@functools.lru_cache(maxsize=512)
def _constant(d: int, nu: Fraction) -> GammaProduct:
    return power(d, nu).part(moving=False)


def decay_constant_sympy(d: int, nu: float | sympy.Expr) -> sympy.Expr:
    """Return C(d,nu) of ``decay_constant`` as an exact sympy expression.

    ``nu`` is an int, a Fraction, a sympy number, or a float, which is read as the decimal that it
    prints as (0.3 is 3/10). Above d = 1000 the Gamma functions of d are left unevaluated.

    >>> decay_constant_sympy(4, 0.5)
    -2*sqrt(2)/pi
    """
    import sympy

    d = dimension(d)
    try:
        order = sympy.Rational(repr(float(nu))) if isinstance(nu, float) else sympy.sympify(nu)
    except (sympy.SympifyError, TypeError, ValueError) as error:
        raise TypeError(f"nu must be a real number, got {nu!r}") from error
    exponent(d, order)
    order = Fraction(order.p, order.q) if order.is_Rational else order
    return power(d, order).part(moving=False).sympy(0)


@default_errors
def monomial_eigenvalue(d: int, m: SupportsIndex, k: ArrayLike) -> Numbers:
    r"""Return the eigenvalue mu_k of t^m on S^{d-1}; exactly 0 if k > m or m - k is odd, else

    .. math:: \mu_k(t^m) = \frac{\Gamma(d/2)\,m!}{2^m j!\,\Gamma(k+j+d/2)}, \qquad m = k+2j.

    ``m`` and ``k`` are integers >= 0 or arrays that broadcast. Relative error about 1e-15 wherever
    the value is a normal float64; below that range it is rounded, to 0.0 in the end. Raises
    TypeError or ValueError for other arguments. Source: Azevedo & Menegatto 2015 (claim 10, from Taylor to Mercer).

    >>> monomial_eigenvalue(3, 2, [0, 1, 2]).round(15).tolist()
    [0.333333333333333, 0.0, 0.133333333333333]
    """
    return monomial_eigenvalue_and_log(d, m, k)[0]


@default_errors
def log_monomial_eigenvalue(d: int, m: SupportsIndex, k: ArrayLike) -> Numbers:
    """Return log mu_k(t^m), -inf where the eigenvalue is 0; see ``monomial_eigenvalue``."""
    return monomial_eigenvalue_and_log(d, m, k)[1]


@default_errors
def monomial_eigenvalue_and_log(d: int, m: SupportsIndex, k: ArrayLike) -> tuple[Numbers, Numbers]:
    """Return mu_k(t^m) and its logarithm, of which either costs what both cost."""
    d = dimension(d)
    power, degree = broadcast(m=degrees("m", m), k=degrees("k", k))
    positive = (degree <= power) & ((power - degree) % 2 == 0)
    power, degree = np.where(positive, power, 0.0), np.where(positive, degree, 0.0)
    value, log_abs, *_ = monomial(d).floats(degree, power)
    value, log_abs = np.where(positive, value, 0.0), np.where(positive, log_abs, -np.inf)
    return scalar_or_array(value), scalar_or_array(log_abs)


def monomial_eigenvalue_exact(d: int, m: int, k: int) -> Fraction:
    """Return mu_k(t^m) on S^{d-1} as an exact fraction; see ``monomial_eigenvalue``.

    >>> monomial_eigenvalue_exact(3, 2, 2)
    Fraction(2, 15)
    """
    d, m, k = dimension(d), integer("m", m, 0), integer("k", k, 0)
    if m > LARGEST_RECURRENCE:
        raise ValueError(f"m must be at most {LARGEST_RECURRENCE} for an exact value, got {m}")
    if k > m or (m - k) % 2:
        return Fraction(0)
    return monomial(d).fraction(k, m)
