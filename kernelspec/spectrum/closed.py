r"""Closed forms: two-layer kernels of every degree, polynomials, powers, exponentials (claims 10, 11, 15, 16, 19-22).

With the ratio of Gamma functions of claim 19 rewritten by the duplication formula, for k - n odd and every k >= 0,

.. math:: \mu_k(\kappa_n) = \frac{2^{n+1}}{(2n-1)!!} \Big(\frac{n!}{2^{n+1}\pi}\Big)^2
   \frac{\Gamma(d/2+n)}{\Gamma(d/2)} \left(\frac{\Gamma(d/2)\,\Gamma((k-n)/2)}{\Gamma((k+n+d)/2)}\right)^2 ,

and for k - n even kappa_n's part of that parity is the polynomial b_n/2 (`angle`), so that mu_k = 0 for k > n.
Factors u come by the three-term recurrence (claim 2). `values` computes in float64 with Gamma ratios in double
float64, `exact` returns sympy expressions; both work term by term of a linear combination.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import sphere
from ..angle import closed_form_polynomials
from ..duals import ExponentialDual
from ..exact_numbers import Scalar, as_sympy
from ..expression import Monomial, Product, Sum, add
from ..families import ArcCosine, DefectPower, Exponential, Laplace, SinePower
from ..gamma import exp_pair, log_gamma_sum_pair, log_pair, pair_sum
from ..networks import NeuralTangent
from ..rational import Polynomial
from ..stationary import RationalQuadratic
from ..zonal import Zonal
from . import rational_quadratic
from .values import EPS, Array, Values, combine, from_logs, from_values, zeros

if TYPE_CHECKING:
    import sympy


def expanded(kernel: Zonal) -> list[tuple[Scalar, Zonal]]:
    """The kernel as a linear combination: sums multiplied out, two-layer tangent kernels written out."""
    out: list[tuple[Scalar, Zonal]] = []
    for c, k in _terms(kernel):
        if isinstance(k, NeuralTangent) and k.depth <= 2:
            out += [(c * c2, k2) for c2, k2 in expanded(k.expression())]
        elif isinstance(k, Product) and any(isinstance(factor, Sum) for factor in k.factors):
            product: Zonal = Sum(((c, Monomial(0)),))
            for factor in k.factors:
                product = add(
                    [(c1 * c2, k1 * k2) for c1, k1 in _terms(product) for c2, k2 in _terms(factor)]
                )
            out += _terms(product)
        else:
            out.append((c, k))
    return out


def _terms(kernel: Zonal) -> list[tuple[Scalar, Zonal]]:
    return list(kernel.terms) if isinstance(kernel, Sum) else [(Fraction(1), kernel)]


def values(kernel: Zonal, d: int, k: Array) -> Values | None:
    """mu_k of one term of a linear combination in closed form, or None where there is none here."""
    if (
        isinstance(kernel, Product)
        and kernel.factors[0] == Monomial(1)
        and len(kernel.factors) == 2
    ):
        return _times_u(kernel.factors[1], d, k)
    if isinstance(kernel, Monomial):
        return polynomial_values({kernel.degree: Fraction(1)}, d, k)
    if isinstance(kernel, ArcCosine):
        return _arccosine(kernel.degree, d, k)
    if isinstance(kernel, DefectPower):
        _require_integrable(kernel, kernel.nu, d)
        sign, log_abs = sphere.log_power_eigenvalue(d, float(kernel.nu), k)
        return from_logs(sign, log_abs, _log_error(log_abs))
    if isinstance(kernel, SinePower):
        _require_integrable(kernel, kernel.power, d)
        value = np.asarray(sphere.even_power_eigenvalue(d, float(kernel.power), k)) / math.pi
        return from_values(value, np.full(k.shape, 4 * EPS))
    if isinstance(kernel, Exponential):
        return _exponential(float(kernel.alpha), d, k)
    if isinstance(kernel, Laplace) and kernel.gamma == 1:
        return _exponential(float(kernel.c), d, k)
    if isinstance(kernel, RationalQuadratic):
        return rational_quadratic.values(kernel, d, k)
    return None


def _require_integrable(kernel: Zonal, power: Fraction, d: int) -> None:
    if 2 * power <= 1 - d:
        raise ValueError(f"{kernel!r} is not integrable on S^{d - 1}: mu_k is infinite")


def polynomial_values(coefficients: Polynomial, d: int, k: Array) -> Values:
    """mu_k of a polynomial sum_m b_m u^m (claim 10): exact zeros beyond its degree and for the other parity."""
    parts: list[tuple[float | Array, Values]] = []
    for m, q in coefficients.items():
        log_abs = np.asarray(sphere.log_monomial_eigenvalue(d, m, k), dtype=float)
        value = np.asarray(sphere.monomial_eigenvalue(d, m, k), dtype=float)
        sign = np.isfinite(log_abs).astype(float)
        parts.append((float(q), Values(value, log_abs, sign, 4 * EPS * sign)))
    return combine(parts) if parts else zeros(k.shape)


def _arccosine(n: int, d: int, k: Array) -> Values:
    _, b = closed_form_polynomials(n)
    same = polynomial_values({m: q / 2 for m, q in enumerate(b) if q}, d, k)
    x = (k - n) / 2.0
    steps = np.maximum(np.ceil(-x), 0.0)
    lifted, missing = x + steps, np.ones(k.shape)
    for j in range(
        int(steps.max(initial=0.0))
    ):  # Gamma at negative half-integers, by Gamma(x+1) = x Gamma(x)
        missing *= np.where(j < steps, x + j, 1.0)
    lifted = np.where((k - n) % 2 == 0, 1.0, lifted)
    ratio = log_gamma_sum_pair(((k + n + d) / 2, lifted), (1.0, d / 2))
    constant = Fraction(2 * math.factorial(n) ** 2, 2**n * 4 * math.prod(range(1, 2 * n, 2)))
    log_constant = (
        math.log(constant.numerator) - math.log(constant.denominator) - 2 * math.log(math.pi)
    )
    first = pair_sum(float(constant) / math.pi**2) if n < 100 else None
    total = pair_sum(
        ratio,
        ratio,
        log_gamma_sum_pair((d / 2, d / 2 + n)),
        log_pair(first) if first is not None else log_constant,
    )
    factor = missing**-2.0
    high, low = total
    with np.errstate(divide="ignore"):
        log_abs = high + low + np.log(factor)
    with np.errstate(under="ignore"):
        value = exp_pair(total) * factor
    odd = (k - n) % 2 != 0
    other = Values(value, log_abs, np.ones(k.shape), 8 * EPS + EPS * np.abs(log_abs) / 32)
    return Values(*(np.where(odd, a, c) for a, c in zip(other, same, strict=True)))


def _times_u(kernel: Zonal, d: int, k: Array) -> Values | None:
    """mu_k(u kappa) = k/(2k+d-2) mu_{k-1}(kappa) + (k+d-2)/(2k+d-2) mu_{k+1}(kappa) (claim 2)."""
    below, above = values(kernel, d, np.maximum(k - 1, 0)), values(kernel, d, k + 1)
    if below is None or above is None:
        return None
    if d == 2:  # k = 0: both coefficients are 0/0 and mu_0(u kappa) = mu_1(kappa)
        half = np.where(k == 0, 0.0, 0.5)
        return combine([(half, below), (1 - half, above)])
    whole = 2.0 * k + d - 2
    return combine([(k / whole, below), ((k + d - 2) / whole, above)])


def _exponential(alpha: float, d: int, k: Array) -> Values:
    r"""e^{-alpha} (alpha/2)^k Gamma(d/2)/Gamma(k+d/2) sum_j (alpha^2/4)^j / (j! (k+d/2)_j) (claim 11)."""
    if alpha > 1e7:
        raise ValueError(
            f"sigma must be at least 3.2e-4 for eigenvalues; got sigma = {alpha**-0.5:.3g}"
        )
    base = k + d / 2
    term, total, log_scale = np.ones(k.shape), np.ones(k.shape), np.zeros(k.shape)
    j = 0
    while j < alpha / 2 or np.any(term > 1e-19 * total):
        j += 1
        term = term * (alpha * alpha / 4) / (j * (base + j - 1))
        total = total + term
        if j % 8 == 0:
            big = total > 1e200
            if np.any(big):
                term, total = (
                    np.where(big, term * 1e-200, term),
                    np.where(big, total * 1e-200, total),
                )
                log_scale = log_scale + np.where(big, 200 * math.log(10), 0.0)
    prefactor = pair_sum(
        log_gamma_sum_pair((base, d / 2)), k * math.log(alpha / 2), log_scale, -alpha
    )
    log_abs = prefactor[0] + prefactor[1] + np.log(total)
    with np.errstate(under="ignore"):
        value = exp_pair(prefactor) * total
    error = EPS * (24 + np.abs(k * math.log(alpha / 2)) + log_scale + alpha + math.sqrt(j))
    return Values(value, log_abs, np.ones(k.shape), error)


def _log_error(log_abs: Array) -> Array:
    return EPS * (2 + np.abs(np.where(np.isfinite(log_abs), log_abs, 0.0)))


# -- exact -------------------------------------------------------------------------------------------------


def exact(kernel: Zonal, d: int, k: int) -> sympy.Expr:
    """mu_k as a sympy expression; NotImplementedError that names the term without a closed form."""
    import sympy

    total = sympy.Integer(0)
    for c, term in expanded(kernel):
        total += as_sympy(c) * _exact_term(term, d, k)
    return total


def exact_polynomial(coefficients: Polynomial, d: int, k: int) -> sympy.Expr:
    """mu_k of sum_m b_m u^m."""
    total: Scalar = Fraction(0)
    for m, q in coefficients.items():
        total += q * sphere.monomial_eigenvalue_exact(d, m, k)
    return as_sympy(total)


def _exact_term(kernel: Zonal, d: int, k: int) -> sympy.Expr:
    import sympy

    polynomial = kernel.polynomial_part(k % 2)
    if polynomial is not None:
        return exact_polynomial(polynomial, d, k)
    if (
        isinstance(kernel, Product)
        and kernel.factors[0] == Monomial(1)
        and len(kernel.factors) == 2
    ):
        if k == 0:
            return _exact_term(kernel.factors[1], d, 1)
        below, above = (
            _exact_term(kernel.factors[1], d, k - 1),
            _exact_term(kernel.factors[1], d, k + 1),
        )
        return (k * below + (k + d - 2) * above) / sympy.Integer(2 * k + d - 2)
    half = sympy.Rational(d, 2)
    if isinstance(kernel, ArcCosine):
        n = kernel.degree
        scale = (
            sympy.Rational(2 * math.factorial(n) ** 2, 2**n * 4 * math.prod(range(1, 2 * n, 2)))
            / sympy.pi**2
        )
        ratio = (
            sympy.gamma(half)
            * sympy.gamma(sympy.Rational(k - n, 2))
            / sympy.gamma(sympy.Rational(k + n + d, 2))
        )
        return scale * sympy.rf(half, n) * ratio**2
    if isinstance(kernel, DefectPower) and 2 * kernel.nu > 1 - d:
        nu = as_sympy(kernel.nu)
        gammas = sympy.gamma(k - nu) / sympy.gamma(k + nu + d - 1)
        return sphere.decay_constant_sympy(d, nu) * gammas
    if isinstance(kernel, Exponential):
        return _exact_exponential(as_sympy(kernel.alpha), d, k)
    if isinstance(kernel, ExponentialDual):
        bessel = sympy.E * _exact_exponential(sympy.Integer(1), d, k)  # mu_k of e^u
        return sympy.E * bessel if kernel.name == "exp" else bessel / sympy.E
    if isinstance(kernel, Laplace) and kernel.gamma == 1:
        return _exact_exponential(as_sympy(kernel.c), d, k)
    if isinstance(kernel, RationalQuadratic):
        return rational_quadratic.exact(kernel, d, k)
    raise NotImplementedError(f"no closed form is known here for mu_{k} of {kernel!r} on S^{d - 1}")


def _exact_exponential(alpha: Any, d: int, k: int) -> sympy.Expr:
    import sympy

    half = sympy.Rational(d, 2)
    return (
        sympy.exp(-alpha)
        * sympy.gamma(half)
        * (2 / alpha) ** (half - 1)
        * sympy.besseli(k + half - 1, alpha)
    )
