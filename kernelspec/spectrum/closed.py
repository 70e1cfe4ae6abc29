r"""Closed forms: two-layer kernels of every degree, polynomials, powers, exponentials (claims 10, 11, 15, 16, 19-22).

With the ratio of Gamma functions of claim 19 rewritten by the duplication formula, for k - n odd and every k >= 0,

.. math:: \mu_k(\kappa_n) = \frac{2^{n+1}}{(2n-1)!!} \Big(\frac{n!}{2^{n+1}\pi}\Big)^2
   \frac{\Gamma(d/2+n)}{\Gamma(d/2)} \left(\frac{\Gamma(d/2)\,\Gamma((k-n)/2)}{\Gamma((k+n+d)/2)}\right)^2 ,

and for k - n even kappa_n's part of that parity is the polynomial b_n/2 (`angle`), so that mu_k = 0 for k > n.
Factors u come by the three-term recurrence (claim 2). `closed_form` computes in float64 with Gamma ratios in
double float64, `exact` returns sympy expressions; both work term by term of a linear combination.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import sphere
from ..angle import closed_form_polynomials
from ..duals import ExponentialDual
from ..exact_numbers import Scalar, as_sympy, decimal
from ..expression import Compose, Monomial, Product, Sum, add, compose_layers
from ..families import ArcCosine, DefectPower, Exponential, SinePower
from ..gamma import exp_pair, log_gamma_sum_pair, log_pair, pair_sum
from ..networks import NeuralTangent
from ..powers import monomial_eigenvalue_and_log
from ..rational import Polynomial
from ..stationary import RationalQuadratic
from ..zonal import Zonal
from . import rational_quadratic
from .bessel import exponential_values
from .values import EPS, Array, Values, combine, from_logs, zeros

if TYPE_CHECKING:
    import sympy


def of_parity(kernel: Zonal, parity: int) -> list[tuple[Scalar, Zonal]]:
    """`expanded`, for degrees of one parity: mu_k of kappa(-u) is (-1)^k mu_k, so that mirrored terms meet."""
    mirror, terms = -Monomial(1), []
    for c, k in expanded(kernel):
        if isinstance(k, Compose) and k.layers[-1] == mirror:
            c, k = (-c if parity else c), compose_layers(k.layers[:-1])
        terms.append((c, k))
    return expanded(add(terms))


_CANCELS, _LARGEST_EXACT = (
    1e-12,
    2000,
)  # relative errors, and degrees, of polynomials that are added exactly
_AT_ONCE = 1 << 14  # powers times degrees whose Gamma functions are computed together


def expanded(kernel: Zonal) -> list[tuple[Scalar, Zonal]]:
    """The kernel as a linear combination: sums multiplied out, two-layer tangent kernels written out."""
    out: list[tuple[Scalar, Zonal]] = []
    for c, k in _terms(kernel):
        if isinstance(k, NeuralTangent) and k.depth <= 2:
            out += [(c * c2, k2) for c2, k2 in expanded(k.expression())]
        elif isinstance(k, Product) and any(isinstance(factor, Sum) for factor in k.factors):
            k = _sines_raised(k)
            if not isinstance(k, Product):
                out.append((c, k))
                continue
            product: Zonal = Sum(((c, Monomial(0)),))
            for factor in k.factors:
                product = add(
                    [(c1 * c2, k1 * k2) for c1, k1 in _terms(product) for c2, k2 in _terms(factor)]
                )
            out += _terms(product)
        else:
            out.append((c, k))
    return out


def _sines_raised(kernel: Product) -> Zonal:
    """The product with factors 1 - u^2 next to a power of it taken into that power: multiplied out they cancel."""
    square, factors = 1 - Monomial(2), list(kernel.factors)
    for i, k in enumerate(factors):
        if isinstance(k, SinePower) and (copies := factors.count(square)):
            factors[i] = SinePower(k.power + copies)
            return math.prod((f for f in factors if f != square), start=Monomial(0))
    return kernel


def without_pi(kernel: Zonal) -> tuple[int, Zonal]:
    """How often the constant 1/pi = sine_power(0) is a factor, and the kernel without it."""
    constant = SinePower(Fraction(0))
    if not isinstance(kernel, Product) or constant not in kernel.factors:
        return 0, kernel
    rest = math.prod((k for k in kernel.factors if k != constant), start=Monomial(0))
    return kernel.factors.count(constant), rest


def _terms(kernel: Zonal) -> list[tuple[Scalar, Zonal]]:
    return list(kernel.terms) if isinstance(kernel, Sum) else [(Fraction(1), kernel)]


def closed_form(kernel: Zonal) -> Callable[[int, Array], Values] | None:
    """d and degrees to eigenvalues, in closed form, or None where there is none here."""
    count, rest = without_pi(kernel)
    if count:
        form = closed_form(rest)
        return None if form is None else functools.partial(_over_pi, count, form)
    if (
        isinstance(kernel, Product)
        and kernel.factors[0] == Monomial(1)
        and len(kernel.factors) == 2
    ):
        form = closed_form(kernel.factors[1])
        return None if form is None else functools.partial(_times_u, form)
    if isinstance(kernel, Monomial):
        return functools.partial(polynomial_values, {kernel.degree: Fraction(1)})
    if isinstance(kernel, ArcCosine):
        return functools.partial(_arccosine, kernel.degree)
    if isinstance(kernel, DefectPower):
        return functools.partial(_defect_power, kernel)
    if isinstance(kernel, SinePower):
        return functools.partial(_sine_power, kernel)
    if isinstance(kernel, Exponential):
        return functools.partial(exponential_values, kernel.alpha)
    if isinstance(kernel, ExponentialDual):
        return functools.partial(_exponential_dual, kernel.name)
    if isinstance(kernel, RationalQuadratic):
        return functools.partial(rational_quadratic.values, kernel)
    return None


def _over_pi(count: int, form: Callable[[int, Array], Values], d: int, k: Array) -> Values:
    return combine([(math.pi**-count, form(d, k))])


def _defect_power(kernel: DefectPower, d: int, k: Array) -> Values:
    """mu_k[(1-t)^nu] (claim 15), whose factor n - nu at the next integer n >= 0 is not that of the nearest float."""
    nu = kernel.nu
    _require_integrable(kernel, nu, d)
    rounded, n = float(nu), round(nu)
    if rounded == n != nu:
        rounded = math.nextafter(rounded, math.inf if nu > n else -math.inf)
    sign, log_abs = sphere.log_power_eigenvalue(d, rounded, k)
    if n >= 0 and nu != n:
        log_abs = log_abs + np.where(k > n, math.log((nu - n) / (Fraction(rounded) - n)), 0.0)
    return from_logs(sign, log_abs, _log_error(log_abs))


def _sine_power(kernel: SinePower, d: int, k: Array) -> Values:
    """mu_k[(1-t^2)^p] / pi (claim 16)."""
    _require_integrable(kernel, kernel.power, d)
    power = float(kernel.power)
    value = np.asarray(sphere.even_power_eigenvalue(d, power, k)) / math.pi
    sign, log_abs = map(np.asarray, sphere.log_even_power_eigenvalue(d, power, k))
    return Values(value, log_abs - math.log(math.pi), sign, 4 * EPS * np.abs(sign))


def _require_integrable(kernel: Zonal, power: Fraction, d: int) -> None:
    if 2 * power <= 1 - d:
        raise ValueError(f"{kernel!r} is not integrable on S^{d - 1}: mu_k is infinite")


def polynomial_values(coefficients: Polynomial, d: int, k: Array) -> Values:
    """mu_k of a polynomial sum_m b_m u^m (claim 10): exact zeros beyond its degree and for the other parity."""
    found = _polynomial_sum(coefficients, d, k)
    exact = {m: q for m, q in coefficients.items() if isinstance(q, Fraction)}
    if len(exact) < len(coefficients) or max(exact, default=0) > _LARGEST_EXACT:
        return found
    for i in np.flatnonzero(~(found.error <= _CANCELS)):  # added exactly
        terms = (
            decimal(q) * sphere.monomial_eigenvalue_exact(d, m, int(k[i])) for m, q in exact.items()
        )
        total = sum(terms, Fraction(0))
        if total:
            log_abs = math.log(abs(total.numerator)) - math.log(total.denominator)
            row = float(total), log_abs, math.copysign(1.0, total), 4 * EPS
        else:
            row = 0.0, -math.inf, 0.0, 0.0
        for target, entry in zip(found, row, strict=True):
            target[i] = entry
    return found


def _polynomial_sum(coefficients: Polynomial, d: int, k: Array) -> Values:
    powers = np.array(list(coefficients)).reshape(-1, *(1 for _ in k.shape))
    at_once = max(1, _AT_ONCE // max(1, k.size))
    parts: list[Values] = []
    for first in range(0, len(powers), at_once):
        value, log_abs = monomial_eigenvalue_and_log(d, powers[first : first + at_once], k)
        sign = np.isfinite(log_abs).astype(float)
        parts.extend(map(Values, value, log_abs, sign, 4 * EPS * sign))
    weighted = list(zip(map(float, coefficients.values()), parts, strict=True))
    return combine(weighted) if weighted else zeros(k.shape)


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


def _times_u(form: Callable[[int, Array], Values], d: int, k: Array) -> Values:
    """mu_k(u kappa) = k/(2k+d-2) mu_{k-1}(kappa) + (k+d-2)/(2k+d-2) mu_{k+1}(kappa) (claim 2)."""
    below, above = form(d, np.maximum(k - 1, 0)), form(d, k + 1)
    if d == 2:  # k = 0: both coefficients are 0/0 and mu_0(u kappa) = mu_1(kappa)
        half = np.where(k == 0, 0.0, 0.5)
        return combine([(half, below), (1 - half, above)])
    whole = 2.0 * k + d - 2
    return combine([(k / whole, below), ((k + d - 2) / whole, above)])


def _exponential_dual(name: str, d: int, k: Array) -> Values:
    """e^{1+u}; e^{-1} sinh u and e^{-1} cosh u are the odd and the even part of e^{u-1}."""
    found = exponential_values(Fraction(1), d, k)
    if name == "exp":
        return combine([(math.exp(2), found)])
    absent = zeros(k.shape)
    other = k % 2 == (1 if name == "cos" else 0)
    return Values(*(np.where(other, a, b) for a, b in zip(absent, found, strict=True)))


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
    count, rest = without_pi(kernel)
    if count:
        return _exact_term(rest, d, k) / sympy.pi**count
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
