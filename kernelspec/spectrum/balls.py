"""Eigenvalues with closed forms as Arb balls: powers, monomials, arc-cosine kernels, exponentials (claims 10, 11,
15, 16, 20).

Every function works at flint's precision in force and encloses the true value. Gamma functions in Arb have no range, so
any degree and dimension will do.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from ..duals import ExponentialDual
from ..exact_numbers import Exact, Scalar
from ..expression import Monomial, Product
from ..families import ArcCosine, DefectPower, Exponential, SinePower
from ..rational import Polynomial
from ..stationary import RationalQuadratic
from ..zonal import Zonal
from . import rational_quadratic
from .closed import without_pi


def ball(q: Any) -> Any:
    """The exact number q as a ball."""
    import flint

    if isinstance(q, Exact):
        return q.ball(flint.ctx.prec)
    q = Fraction(q)
    return flint.arb(flint.fmpq(q.numerator, q.denominator))


def power(d: int, nu: Fraction, k: int) -> Any:
    """mu_k[(1-t)^nu], nu > -(d-1)/2 (claim 15); for an integer nu its limit, the polynomial's eigenvalue."""
    half = Fraction(1, 2)
    head = (
        ball(2) ** ball(nu + d - 2)
        * ball(Fraction(d, 2)).gamma()
        * ball(nu + half * (d - 1)).gamma()
    )
    # Gamma(k-nu)/Gamma(-nu) = (-nu)_k is a polynomial in nu: it has no pole at the integers.
    if nu.denominator == 1 and nu >= 0 and k > nu:
        return ball(0)
    if k <= 64 or nu.denominator == 1:
        rising = ball(math.prod((j - nu for j in range(k)), start=Fraction(1)))
    else:
        rising = ball(k - nu).gamma() * ball(-nu).rgamma()
    return head * rising * ball(k + nu + d - 1).rgamma() / _sqrt_pi()


def positive_power(d: int, nu: Fraction, k: int) -> Any:
    """E_k(nu) = (c_d/pi) int_1^inf (x-1)^nu Q_k(x) dx > 0 for k > nu > -1.

    It is -mu_k[(1-t)^nu] / sin(pi nu), and its limit at an integer nu.
    """
    head = (
        ball(2) ** ball(nu + d - 2)
        * ball(Fraction(d, 2)).gamma()
        * ball(nu + Fraction(d - 1, 2)).gamma()
    )
    gammas = ball(1 + nu).gamma() * ball(k - nu).gamma() * ball(k + nu + d - 1).rgamma()
    return head * gammas / (_sqrt_pi() * ball(1).pi())


def polynomial(d: int, coefficients: Polynomial, k: int) -> Any:
    """mu_k of sum_m b_m u^m, from exact numbers."""
    from ..powers import monomial_eigenvalue_exact

    total: Scalar = Fraction(0)
    for m, q in coefficients.items():
        if m >= k and (m - k) % 2 == 0:
            total += q * monomial_eigenvalue_exact(d, m, k)
    return ball(total)


def closed(kernel: Zonal, d: int, k: int) -> Any | None:
    """mu_k of one term of a linear combination, or None where it has no closed form here."""
    part = kernel.polynomial_part(k % 2)
    if part is not None:
        return polynomial(d, part, k)
    if (
        isinstance(kernel, Product)
        and kernel.factors[0] == Monomial(1)
        and len(kernel.factors) == 2
    ):
        other = kernel.factors[1]
        below, above = closed(other, d, max(k - 1, 0)), closed(other, d, k + 1)
        if below is None or above is None:
            return None
        return above if k == 0 else (k * below + (k + d - 2) * above) / (2 * k + d - 2)
    count, rest = without_pi(kernel)
    if count:
        found = closed(rest, d, k)
        return None if found is None else found / ball(1).pi() ** count
    if isinstance(kernel, ArcCosine):
        return _arccosine(kernel.degree, d, k)
    if isinstance(kernel, DefectPower):
        return power(d, kernel.nu, k)
    if isinstance(kernel, SinePower):
        return _even_power(d, kernel.power, k) / ball(1).pi()
    if isinstance(kernel, Exponential):
        return _exponential(kernel.alpha, d, k)
    if isinstance(kernel, RationalQuadratic):
        return rational_quadratic.ball(kernel, d, k)
    if isinstance(kernel, ExponentialDual):
        e = ball(1).exp()
        return _exponential(Fraction(1), d, k) * (e * e if kernel.name == "exp" else 1)
    return None


def _sqrt_pi() -> Any:
    return ball(1).pi().sqrt()


def _arccosine(n: int, d: int, k: int) -> Any:
    scale = ball(Fraction(2 * math.factorial(n) ** 2, 2**n * 4 * math.prod(range(1, 2 * n, 2))))
    ratio = (
        ball(Fraction(d, 2)).gamma()
        * ball(Fraction(k - n, 2)).gamma()
        * ball(Fraction(k + n + d, 2)).rgamma()
    )
    rising = math.prod((Fraction(d, 2) + j for j in range(n)), start=Fraction(1))
    return scale / ball(1).pi() ** 2 * ball(rising) * ratio * ratio


def _even_power(d: int, nu: Fraction, k: int) -> Any:
    if k % 2:
        return ball(0)
    j, half = k // 2, Fraction(1, 2)
    if nu.denominator == 1 and 0 <= nu < j:
        return ball(0)
    start = ball(Fraction(d, 2)).gamma() * ball(nu + half * (d - 1)).gamma()
    start = start * ball(half * (d - 1)).rgamma() * ball(nu + half * d).rgamma()
    if j <= 64 or nu.denominator == 1:
        rising = ball(math.prod((i - nu for i in range(j)), start=Fraction(1)))
    else:
        rising = ball(j - nu).gamma() * ball(-nu).rgamma()
    top = ball(half + j).gamma() / _sqrt_pi() * rising
    below = ball(half * (d - 1) + j).gamma() * ball(half * (d - 1)).rgamma()
    below = below * ball(nu + half * d + j).gamma() * ball(nu + half * d).rgamma()
    return start * top / below


def _exponential(alpha: Scalar, d: int, k: int) -> Any:
    # e^{-a} (a/2)^k Gamma(d/2)/Gamma(k+d/2) 0F1(; k+d/2; a^2/4): claim 11 with the Bessel function as a series
    a, order = ball(alpha), Fraction(d, 2) + k
    series = (a * a / 4).hypgeom_0f1(ball(order))
    return (-a).exp() * (a / 2) ** k * ball(Fraction(d, 2)).gamma() * ball(order).rgamma() * series
