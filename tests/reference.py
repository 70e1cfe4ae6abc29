"""Independent formulas: kernels as the claims print them, eigenvalues by quadrature, series and expansion.

Nothing here calls the library. Cosines are composed in the plain printed form; the precision in force, not the
form, takes care of cancellation.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import flint
import mpmath as mp
import numpy as np

from kernelspec.numbers.arithmetic_protocol import Value

Function = Callable[[Value], Value]
EPS = float(np.finfo(np.float64).eps)


# -- values in mpmath ------------------------------------------------------------------------------


def arccos_values(u: Value, top: int, digits: int = 400) -> list[Any]:
    r"""kappa_0(u), ..., kappa_top(u) from claim 12's definition J_n = sin^{2n+1} (-d/dx)^n ((pi-theta)/sin theta).

    With x = cos theta, (1/sin) d/dtheta = -d/dx, and f(x) = (pi - arccos x)/sqrt(1-x^2) obeys
    (1-x^2) f' = x f + 1, hence (1-x^2) f^{(m+1)} = (2m+1) x f^{(m)} + m^2 f^{(m-1)}. The recurrence cancels near
    u = -1; 400 digits cover what it loses there, (1+u)^{-2n} at most.
    """
    with mp.workdps(digits):
        x = mp.mpf(u)
        square = (1 - x) * (1 + x)
        if square == 0:
            return [mp.mpf(1 if x > 0 else 0)] * (top + 1)
        f = [(mp.pi - mp.acos(x)) / mp.sqrt(square), mp.mpf(0)]
        f[1] = (x * f[0] + 1) / square
        for m in range(1, top):
            f.append(((2 * m + 1) * x * f[m] + m * m * f[m - 1]) / square)
        return [square**n * mp.sqrt(square) * f[n] / (mp.pi * mp.fac2(2 * n - 1)) for n in range(top + 1)]


def arccos_value(n: int, u: Value, digits: int = 400) -> Value:
    return arccos_values(u, n, digits)[n]


def kappa(n: int, u: Value) -> Value:
    """kappa_0, kappa_1, kappa_2 as claim 12 prints them, at mpmath's precision in force."""
    u = mp.mpf(u)
    angle, sine = mp.pi - mp.acos(u), mp.sqrt((1 - u) * (1 + u))
    if n == 0:
        return angle / mp.pi
    if n == 1:
        return (u * angle + sine) / mp.pi
    return (3 * u * sine + (1 + 2 * u * u) * angle) / (3 * mp.pi)


def rf_value(depth: int, degree: int, u: Value) -> Value:
    """Claims 23, 29, 30: depth - 1 compositions."""
    for _ in range(depth - 1):
        u = kappa(degree, u)
    return mp.mpf(u)


def ntk_value(depth: int, bias: bool, u: Value) -> Value:
    """Claims 23 and 26."""
    u = mp.mpf(u)
    tangent = u + 1 if bias else u
    for _ in range(depth - 1):
        u, slope = kappa(1, u), kappa(0, u)
        tangent = tangent * slope + u
    return tangent


# -- eigenvalues by Gauss-Legendre quadrature in the angle, in balls -------------------------------


@functools.cache
def _legendre_rule(nodes: int, bits: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    with flint.ctx.workprec(bits):
        pairs = [flint.arb.legendre_p_root(nodes, j, weight=True) for j in range(nodes)]
        return tuple((1 + x) / 2 for x, _ in pairs), tuple(w / 2 for _, w in pairs)


def quadrature(
    function: Function, d: int, degrees: Sequence[int], power: int = 1, nodes: int = 300, bits: int = 700
) -> dict[int, Any]:
    """mu_k by Gauss-Legendre in z, theta = pi z^power (claim 6): {k: mpmath value}, checked by a second rule.

    `power` makes the integrand analytic: 2^{L-2} for step networks, the denominator of 2 gamma for Laplace.
    Raises where the rules with `nodes` and 4/3 `nodes` nodes differ by more than 1e-25 in relative terms.
    """
    first = _quadrature(function, d, tuple(degrees), power, nodes, bits)
    second = _quadrature(function, d, tuple(degrees), power, 4 * nodes // 3, bits)
    with mp.workdps(60):
        for k in degrees:
            if abs(first[k] - second[k]) > mp.mpf(10) ** -25 * abs(second[k]):
                raise ArithmeticError(f"the quadrature has not converged: d={d}, k={k}: {first[k]}, {second[k]}")
    return second


def _quadrature(
    function: Function, d: int, degrees: tuple[int, ...], power: int, nodes: int, bits: int
) -> dict[int, Any]:
    with flint.ctx.workprec(bits):
        pi = flint.arb.pi()
        z, w = _legendre_rule(nodes, bits)
        theta = [pi * x**power for x in z]
        cosine = [t.cos() for t in theta]
        density = [
            weight * pi * power * x ** (power - 1) * t.sin() ** (d - 2) * function(c)
            for x, weight, t, c in zip(z, w, theta, cosine, strict=True)
        ]
        half = flint.arb(d) / 2
        scale = half.gamma() / (pi.sqrt() * (half - flint.arb(1) / 2).gamma())
        out, wanted = {}, set(degrees)
        previous, current = [flint.arb(1)] * len(z), list(cosine)
        for k in range(max(degrees) + 1):
            p = previous
            if k in wanted:
                total = flint.arb(0)
                for a, b in zip(density, p, strict=True):
                    total += a * b
                with mp.workdps(int(bits * 0.3)):
                    out[k] = _mpmath(scale * total)
            previous, current = current, _next_legendre(d, k + 1, cosine, current, previous)
        return out


def legendre(d: int, k: int, t: Value) -> Value:
    """P_k(t; d), 1 at t = 1, in the arithmetic of t; many times quicker than mpmath's Gegenbauer functions."""
    before, p = 0 * t, 1 + 0 * t
    for j in range(k):
        before, p = p, _above(d, j, t, p, before)
    return p


def _above(d: int, k: int, t: Value, p: Any, before: Any) -> Value:
    """P_{k+1} = ((2k+d-2) t P_k - k P_{k-1})/(k+d-2), claim 2; for d = 2 and k = 0 it is t."""
    return ((2 * k + d - 2) * t * p - k * before) / (k + d - 2) if k else t


def _next_legendre(d: int, k: int, t: list[Any], p: list[Any], before: list[Any]) -> list[Any]:
    return [_above(d, k, x, y, q) for x, y, q in zip(t, p, before, strict=True)]


def _mpmath(ball: flint.arb) -> Any:
    middle, exponent = ball.mid().man_exp()
    return mp.mpf(int(middle)) * mp.mpf(2) ** int(exponent)


# -- eigenvalues from Taylor coefficients, for large d ---------------------------------------------


def taylor_eigenvalue(coefficients: Sequence[Any], d: int, k: int) -> Any:
    """Claim 10: sum_j b_{k+2j} Gamma(d/2) (k+2j)! / (2^{k+2j} j! Gamma(k+j+d/2))."""
    half = mp.mpf(d) / 2
    total = mp.mpf(0)
    term = mp.factorial(k) / mp.mpf(2) ** k / mp.rf(half, k)
    for j in range((len(coefficients) - k + 1) // 2):
        total += coefficients[k + 2 * j] * term
        m = k + 2 * j
        term *= mp.mpf((m + 1) * (m + 2)) / (4 * (j + 1) * (k + j + half))
    return total


def taylor_coefficients(function: Callable[[Value], Value], length: int, bits: int = 1200) -> list[Any]:
    """b_0, b_1, ... of a function of a flint power series at 0, as mpmath numbers."""
    with flint.ctx.workprec(bits):
        saved, flint.ctx.cap = flint.ctx.cap, length
        try:
            series = flint.arb_series([0], length) + function(flint.arb_series([0, 1], length))
            with mp.workdps(int(bits * 0.3)):
                return [_mpmath(series[i]) for i in range(length)]
        finally:
            flint.ctx.cap = saved


def series_rf(depth: int) -> Function:
    def value(x: Value) -> Value:
        pi = flint.arb.pi()
        for _ in range(depth - 1):
            x = (x * (pi / 2 + x.asin()) + (1 - x * x).sqrt()) / pi
        return x

    return value


def series_ntk(depth: int) -> Function:
    def value(x: Value) -> Value:
        pi = flint.arb.pi()
        tangent = x
        for _ in range(depth - 1):
            angle, root = pi / 2 + x.asin(), (1 - x * x).sqrt()
            x, slope = (x * angle + root) / pi, angle / pi
            tangent = tangent * slope + x
        return tangent

    return value


# -- eigenvalues of powers, and the leading terms for large k (claims 15, 24, 25) ------------------


def power_eigenvalue(d: int, nu: Value, k: int) -> Value:
    """Claim 15: mu_k[(1-t)^nu] = C(d,nu) Gamma(k-nu)/Gamma(k+nu+d-1)."""
    nu = mp.mpf(nu)
    constant = mp.mpf(2) ** (nu + d - 2) * mp.gamma(mp.mpf(d) / 2) * mp.gamma(nu + mp.mpf(d - 1) / 2)
    constant /= mp.sqrt(mp.pi) * mp.gamma(-nu)
    return (
        constant * mp.gammaprod([k - nu], [k + nu + d - 1])
        if k < 10**4
        else constant * mp.exp(mp.loggamma(k - nu) - mp.loggamma(k + nu + d - 1))
    )


def ends_product(depth: int) -> Any:
    """Pi_L = prod_{j=2}^{L-1} kappa_0(b_j), b_2 = 0, b_{j+1} = kappa_1(b_j) (claim 24)."""
    b, product = mp.mpf(0), mp.mpf(1)
    for _ in range(2, depth):
        product, b = product * kappa(0, b), kappa(1, b)
    return product


def ulp_error(found: float, exact: Value) -> float:
    """The relative error in units of 2^-52; zeros must agree."""
    if exact == 0:
        return 0.0 if found == 0 else math.inf
    return float(abs(mp.mpf(float(found)) / exact - 1)) / EPS
