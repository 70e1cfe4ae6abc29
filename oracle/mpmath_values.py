"""Independent values in mpmath: the formulas of `oracle.deep` in its numbers, and arc-cosine kernels of any degree.

Cosines are composed in the plain printed form; the precision in force, not the form, takes care of cancellation.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp

from oracle import deep

BITS = 700


def number(ball: Any) -> Any:
    """The middle of a ball, every bit of it."""
    middle, exponent = ball.mid().man_exp()
    with mp.workprec(int(middle).bit_length() + 1):
        return mp.mpf(int(middle)) * mp.mpf(2) ** int(exponent)


def arccos_values(u: Any, top: int, digits: int = 400) -> list[Any]:
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


def arccos_value(n: int, u: Any, digits: int = 400) -> Any:
    """kappa_n(u), of any degree."""
    return arccos_values(u, n, digits)[n]


def kappa(n: int, u: Any) -> Any:
    """kappa_0, kappa_1, kappa_2 as claim 12 prints them, at mpmath's precision in force."""
    return deep.arccosine(n, mp.mpf(u))


def rf_value(depth: int, degree: int, u: Any) -> Any:
    """Claims 23, 29, 30: depth - 1 compositions."""
    return deep.rf(depth, degree)(mp.mpf(u))


def ntk_value(depth: int, bias: bool, u: Any) -> Any:
    """Claims 23 and 26."""
    return deep.ntk(depth, bias)(mp.mpf(u))


def quadrature(
    function: Callable[[Any], Any], d: int, degrees: Sequence[int], fold: int = 1, nodes: int = 300, bits: int = BITS
) -> dict[int, Any]:
    """mu_k of a function of balls, as `deep.eigenvalues` has them: {k: mpmath value}, checked by a second rule.

    Raises where the rules with `nodes` and 4/3 `nodes` nodes differ by more than 1e-25 in relative terms.
    """
    first, second = (deep.eigenvalues(function, d, degrees, n, fold, bits) for n in (nodes, 4 * nodes // 3))
    with mp.workprec(bits):
        found = dict(zip(degrees, map(number, second), strict=True))
        for k, other in zip(degrees, map(number, first), strict=True):
            if abs(other - found[k]) > mp.mpf(10) ** -25 * abs(found[k]):
                raise ArithmeticError(f"the quadrature has not converged: d={d}, k={k}: {other}, {found[k]}")
    return found


def legendre(d: int, k: int, t: Any) -> Any:
    """P_k(t; d), 1 at t = 1, in the arithmetic of t; many times quicker than mpmath's Gegenbauer functions."""
    return next(itertools.islice(deep.legendre(d, t), k, None))


def power_eigenvalue(d: int, nu: Any, k: int) -> Any:
    """The eigenvalue of (1-t)^nu (claim 15), for a real number nu."""
    with flint.ctx.workprec(BITS):
        sign, mantissa, exponent, _ = mp.mpf(nu)._mpf_
        exact = Fraction(int(mantissa)) * Fraction(2) ** int(exponent) * (-1 if sign else 1)
        return number(deep.power_eigenvalue(d, deep.ball(exact), k))


def ends_product(depth: int) -> Any:
    """Pi_L of claim 24."""
    return number(deep.depths(depth)[1][depth])
