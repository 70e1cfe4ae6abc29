r"""Exact eigenvalues of (1-t)^nu, (1-t^2)^nu and t^m on the sphere S^{d-1}, by Gamma functions.

The expansion of a kernel at an end point is a sum of powers (1-t)^nu (claims 14 and 18), and its
Taylor series a sum of t^m (claim 10). The eigenvalues are those of ``sphere``: for the uniform
probability, with P_k(1) = 1. Source: claims 10, 15 and 16, the constants as corrected there.
Products of Gamma functions are summed in pairs of float64 (``gamma``), so that they keep their
digits at d = 1e6 and k = 1e9.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .checks import (
    LARGEST_RECURRENCE,
    FloatArray,
    broadcast,
    degrees,
    dimension,
    exponent,
    integer,
    scalar_or_array,
)
from .gamma import Pair, exp_pair, log_gamma_sum_pair, pair_sum
from .state import default_errors

if TYPE_CHECKING:
    import sympy

__all__ = [
    "decay_constant",
    "decay_constant_sympy",
    "even_power_eigenvalue",
    "log_decay_constant",
    "log_even_power_eigenvalue",
    "log_monomial_eigenvalue",
    "log_power_eigenvalue",
    "monomial_eigenvalue",
    "monomial_eigenvalue_exact",
    "power_eigenvalue",
]


# (x, y) stands for Gamma(y)/Gamma(x).
Ratio: TypeAlias = tuple[Pair, Pair]


def _where_pair(condition: NDArray[np.bool_], value: FloatArray, p: Pair) -> Pair:
    return np.where(condition, value, p[0]), np.where(condition, 0.0, p[1])


def _rising(nu: float, k: FloatArray) -> tuple[FloatArray, list[Ratio]]:
    """Return the sign of (-nu)_k = (-nu)(1-nu)...(k-1-nu), and its size as ratios of Gammas.

    The j = min(k, floor(nu)+1) factors that are negative or zero come first, then the positive:
    (-nu)_k = (-1)^j Gamma(nu+1)/Gamma(nu+1-j) Gamma(k-nu)/Gamma(j-nu).
    """
    one = np.ones_like(k)
    j = np.minimum(k, max(math.floor(nu) + 1.0, 0.0))
    zero = (nu == math.floor(nu)) & (nu >= 0) & (k > nu)
    ratios: list[Ratio] = [
        (
            _where_pair(zero | (j == 0), one, pair_sum(nu, 1.0, -j)),
            _where_pair(zero | (j == 0), one, pair_sum(nu, one)),
        ),
        (
            _where_pair(k == j, one, pair_sum(j, -nu)),
            _where_pair(k == j, one, pair_sum(k, -nu)),
        ),
    ]
    return np.where(zero, 0.0, np.where(j % 2 == 0, 1.0, -1.0)), ratios


def _power_pair(d: int, nu: float, k: Any) -> tuple[FloatArray, Pair]:
    """Return the sign and log|mu_k[(1-t)^nu]| as a pair: mu_0 (-nu)_k / (nu+d-1)_k.

    Claim 15, rid of its powers of 2 by the duplication formula, so that mu_0 is of moderate size.
    """
    nu, degree = exponent(d, nu), degrees("k", k)
    sign, rising = _rising(nu, degree)
    below = (pair_sum(degree, nu, d - 1.0), pair_sum(nu, d - 1.0))
    return sign, log_gamma_sum_pair(*_power_mean(d, nu), *rising, below)


def _power_mean(d: int, nu: float) -> list[Ratio]:
    """Return mu_0 = Gamma(d/2) Gamma(nu+(d-1)/2) / (Gamma((nu+d-1)/2) Gamma((nu+d)/2))."""
    half = (d - 1) / 2
    return [
        (pair_sum(d / 2, nu / 2), pair_sum(d / 2)),
        (pair_sum(half, nu / 2), pair_sum(half, nu)),
    ]


@default_errors
def power_eigenvalue(d: int, nu: float, k: Any) -> Any:
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
    sign, log_value = _power_pair(dimension(d), nu, k)
    return scalar_or_array(sign * exp_pair(log_value))


@default_errors
def log_power_eigenvalue(d: int, nu: float, k: Any) -> tuple[Any, Any]:
    """Return (sign, log abs mu_k[(1-t)^nu]), for values outside the range of float64.

    The sign is -1.0, 0.0 or 1.0; where it is 0 the logarithm is -inf. Arguments, errors and source
    are those of ``power_eigenvalue``; the absolute error is 2e-16 (1 + abs(logarithm)).

    >>> log_power_eigenvalue(10**6, 0.5, 100)[0]
    -1.0
    """
    sign, (high, low) = _power_pair(dimension(d), nu, k)
    return scalar_or_array(sign), scalar_or_array(np.where(sign == 0, -np.inf, high + low))


@default_errors
def even_power_eigenvalue(d: int, nu: float, k: Any) -> Any:
    r"""Return the eigenvalue mu_k of (1-t^2)^nu on S^{d-1}: exactly 0 for odd k, and for k = 2j

    .. math:: \mu_{2j} = \frac{\Gamma(\frac d2)\Gamma(\nu+\frac{d-1}2)}
        {\Gamma(\frac{d-1}2)\Gamma(\nu+\frac d2)}
        \frac{(\frac12)_j(-\nu)_j}{(\frac{d-1}2)_j(\nu+\frac d2)_j}.

    Arguments, accuracy and errors are those of ``power_eigenvalue``. Source: claim 16, its Gamma
    functions of negative argument written out by the reflection formula.

    >>> even_power_eigenvalue(3, 1, [0, 1, 2]).round(15).tolist()
    [0.666666666666667, 0.0, -0.133333333333333]
    """
    sign, log_value = _even_power_pair(dimension(d), nu, k)
    return scalar_or_array(np.where(sign == 0, 0.0, sign * exp_pair(log_value)))


@default_errors
def log_even_power_eigenvalue(d: int, nu: float, k: Any) -> tuple[Any, Any]:
    """Return (sign, log abs mu_k[(1-t^2)^nu]), as ``log_power_eigenvalue`` does for (1-t)^nu.

    >>> log_even_power_eigenvalue(3, 95.5, 10**4)[0]
    1.0
    """
    sign, (high, low) = _even_power_pair(dimension(d), nu, k)
    return scalar_or_array(sign), scalar_or_array(np.where(sign == 0, -np.inf, high + low))


def _even_power_pair(d: int, nu: float, k: Any) -> tuple[FloatArray, Pair]:
    """Return the sign and log|mu_k[(1-t^2)^nu]| as a pair, by the formula of ``even_power_eigenvalue``."""
    nu, degree = exponent(d, nu), degrees("k", k)
    j, half = np.floor(degree / 2), (d - 1) / 2
    sign, rising = _rising(nu, j)
    log_value = log_gamma_sum_pair(
        *rising,
        (half, pair_sum(half, nu)),
        (pair_sum(nu, d / 2, j), d / 2),
        (0.5, pair_sum(j, 0.5)),
        (pair_sum(j, half), half),
    )
    return np.where(degree % 2 == 0, sign, 0.0), log_value


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
    sign, (high, low) = _decay_pair(dimension(d), nu)
    value = float(sign * exp_pair((high, low)))
    if math.isinf(value):
        raise OverflowError(
            f"decay_constant: C({d}, {nu!r}) = exp({float(high):.6g}) is outside the range of "
            "float64; use log_decay_constant, or power_eigenvalue for the eigenvalue itself"
        )
    return value


@default_errors
def log_decay_constant(d: int, nu: float) -> tuple[float, float]:
    """Return (sign, log abs C(d,nu)) of ``decay_constant``; (0.0, -inf) at the integers nu >= 0."""
    sign, (high, low) = _decay_pair(dimension(d), nu)
    return float(sign), float(high + low) if sign else -math.inf


def _decay_pair(d: int, nu: Any) -> tuple[FloatArray, Pair]:
    """Return sign and logarithm of mu_0 Gamma(nu+d-1)/Gamma(-nu)."""
    nu = exponent(d, nu)
    j = max(math.floor(nu) + 1.0, 0.0)
    if j > 0 and nu == math.floor(nu):
        return np.asarray(0.0), pair_sum(0.0)
    # 1/Gamma(-nu) = (-nu)_j/Gamma(j-nu)
    sign, rising = _rising(nu, np.asarray(j))
    gammas = ((1.0, pair_sum(nu, d - 1.0)), (pair_sum(j, -nu), 1.0))
    return sign, log_gamma_sum_pair(*_power_mean(d, nu), *rising, *gammas)


def decay_constant_sympy(d: int, nu: Any) -> sympy.Expr:
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
    if order.is_integer and order >= 0:
        return sympy.Integer(0)
    evaluate = d <= 1000
    upper = sympy.gamma(sympy.Rational(d, 2), evaluate=evaluate)
    shifted = sympy.gamma(order + sympy.Rational(d - 1, 2), evaluate=evaluate)
    power = sympy.Pow(2, order + d - 2, evaluate=evaluate)
    return power * upper * shifted / (sympy.sqrt(sympy.pi) * sympy.gamma(-order))


def _monomial_pair(d: int, m: Any, k: Any) -> tuple[NDArray[np.bool_], Pair]:
    """Return where mu_k(t^m) is positive, and its logarithm there; claim 10 by duplication:

    Gamma((m+1)/2)/Gamma(1/2) Gamma(m/2+1)/Gamma(j+1) Gamma(d/2)/Gamma(k+j+d/2), m = k+2j.
    """
    power, degree = broadcast(m=degrees("m", m), k=degrees("k", k))
    positive = (degree <= power) & ((power - degree) % 2 == 0)
    power, degree = np.where(positive, power, 0.0), np.where(positive, degree, 0.0)
    j = (power - degree) / 2
    return positive, log_gamma_sum_pair(
        (0.5, pair_sum(power / 2, 0.5)),
        (pair_sum(j, 1.0), pair_sum(power / 2, 1.0)),
        (pair_sum(degree, j, d / 2), d / 2),
    )


@default_errors
def monomial_eigenvalue(d: int, m: Any, k: Any) -> Any:
    r"""Return the eigenvalue mu_k of t^m on S^{d-1}; exactly 0 if k > m or m - k is odd, else

    .. math:: \mu_k(t^m) = \frac{\Gamma(d/2)\,m!}{2^m j!\,\Gamma(k+j+d/2)}, \qquad m = k+2j.

    ``m`` and ``k`` are integers >= 0 or arrays that broadcast. Relative error about 1e-15 wherever
    the value is a normal float64; below that range it is rounded, to 0.0 in the end. Raises
    TypeError or ValueError for other arguments. Source: claim 10 (Taylor to Mercer).

    >>> monomial_eigenvalue(3, 2, [0, 1, 2]).round(15).tolist()
    [0.333333333333333, 0.0, 0.133333333333333]
    """
    return monomial_eigenvalue_and_log(d, m, k)[0]


@default_errors
def log_monomial_eigenvalue(d: int, m: Any, k: Any) -> Any:
    """Return log mu_k(t^m), -inf where the eigenvalue is 0; see ``monomial_eigenvalue``."""
    return monomial_eigenvalue_and_log(d, m, k)[1]


@default_errors
def monomial_eigenvalue_and_log(d: int, m: Any, k: Any) -> tuple[Any, Any]:
    """Return mu_k(t^m) and its logarithm, of which either costs what both cost."""
    positive, (high, low) = _monomial_pair(dimension(d), m, k)
    value = np.where(positive, exp_pair((high, low)), 0.0)
    return scalar_or_array(value), scalar_or_array(np.where(positive, high + low, -np.inf))


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
    j = (m - k) // 2
    # m! / (2^j j!) over prod_{i < k+j} (d+2i), which is 2^{k+j} Gamma(k+j+d/2)/Gamma(d/2)
    below = math.prod(range(d, d + 2 * (k + j), 2)) << j
    return Fraction(math.factorial(m) // math.factorial(j), below)
