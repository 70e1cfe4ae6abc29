r"""Activations with kinks

The decay of the dual kernels of piecewise smooth activations: the exponent and the constants from the kinks alone.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

import kernelspec as ks
from paper_checks.registry import Checks, Tier, check, exact, measured_against, note, vanish


class Kinked(NamedTuple):
    """An activation: its order r, its jumps at the kinks of that order, and kappa'' sin(theta) by hand."""

    name: str
    kernel: ks.Zonal
    order: int
    jumps: dict[Fraction, Any]
    second: Callable[[Any], Any]


def _density(x: float, y: float, u: Any) -> Any:
    """The density of (a, b) at (x, y), times sqrt(1-u^2)."""
    return np.exp(-(x * x - 2 * u * x * y + y * y) / (2 * (1 - u * u))) / (2 * math.pi)


def _linear(jumps: dict[Fraction, Any]) -> Callable[[Any], Any]:
    """kappa'' of a piecewise linear activation: f'' is the sum of J_j delta at x_j."""

    def second(u: Any) -> Any:
        return sum(float(j * k) * _density(float(x), float(y), u) for x, j in jumps.items() for y, k in jumps.items())

    return second


def _normal(z: Any) -> Any:
    from scipy.special import ndtr

    return ndtr(z)


def _both_below(h: Any, k: Any, u: Any) -> Any:
    """P(a < h, b < k): the integral of the density over the correlation, sin(t) = its value, from 0 to u."""
    x, w = np.polynomial.legendre.leggauss(80)
    top = np.arcsin(u)[..., None]
    t = top * (1 + x) / 2
    h, k = np.broadcast_to(h, u.shape)[..., None], np.broadcast_to(k, u.shape)[..., None]
    exponent = -(h * h - 2 * np.sin(t) * h * k + k * k) / (2 * np.cos(t) ** 2)
    added = np.sum(w * top / 2 * np.exp(exponent), axis=-1) / (2 * math.pi)
    return _normal(h[..., 0]) * _normal(k[..., 0]) + added


def _exponential(u: Any) -> Any:
    """E[e^{a+b}; a < 0, b < 0] = e^{1+u} P(a < -(1+u), b < -(1+u)), by a shift of the mean."""
    return np.exp(1 + u) * _both_below(-(1 + u), -(1 + u), u)


def _cases() -> list[Kinked]:
    def linear(name: str, kernel: ks.Zonal, jumps: dict[int, Any]) -> Kinked:
        exact_jumps = {Fraction(x): Fraction(j) for x, j in jumps.items()}
        return Kinked(name, kernel, 1, exact_jumps, _linear(exact_jumps))

    return [
        linear("relu", ks.dual("relu"), {0: 1}),
        linear("relu(x - 1)", ks.piecewise("0 if x < 1; x - 1"), {1: 1}),
        linear("hardtanh", ks.dual("hardtanh"), {-1: 1, 1: -1}),
        linear("relu6", ks.dual("relu6"), {0: 1, 6: -1}),
        linear("tent", ks.piecewise("0 if x < -1; 1 + x if x < 0; 1 - x if x < 1; 0"), {-1: 1, 0: -2, 1: 1}),
        Kinked("elu", ks.dual("elu"), 2, {Fraction(0): Fraction(-1)}, lambda u: _exponential(u) * np.sqrt(1 - u * u)),
    ]


def _by_hand(case: Kinked) -> tuple[Any, Any]:
    """The rule, in sympy: the coefficients of t^{r+1/2} at u = 1 and at u = -1."""

    def rational(q: Fraction) -> Any:
        return sp.Rational(q.numerator, q.denominator)

    r = case.order
    scale = sp.sqrt(2) / (2 * sp.pi)
    scale /= sp.prod([rational(Fraction(2 * i + 1, 2)) for i in range(1, r + 1)])
    sums = [
        sum(
            rational(j * case.jumps.get(sign * x, Fraction(0))) * sp.exp(-rational(x * x) / 2)
            for x, j in case.jumps.items()
        )
        for sign in (1, -1)
    ]
    return (-1) ** (r + 1) * scale * sums[0], scale * sums[1]


def _eigenvalues(case: Kinked, degrees: list[int]) -> Any:
    """mu_k on S^2 from kappa'': P_k integrated twice; Gauss-Legendre in theta on panels that halve to the ends."""
    from scipy.special import eval_legendre

    x, w = np.polynomial.legendre.leggauss(16)
    ends = math.pi / 2 * 2.0 ** -np.arange(40.0, -1.0, -1.0)
    edges = np.unique([0.0, *ends, *np.linspace(0, math.pi / 2, 60)])
    half = np.diff(edges)[:, None] / 2
    theta, weight = (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()
    u = np.cos(theta)
    with np.errstate(all="ignore"):
        right, left = (np.nan_to_num(case.second(c)) for c in (u, -u))
    out = []
    for k in degrees:
        twice = (
            eval_legendre(k + 2, u) / ((2 * k + 1) * (2 * k + 3))
            - 2 * eval_legendre(k, u) / ((2 * k - 1) * (2 * k + 3))
            + eval_legendre(k - 2, u) / ((2 * k - 1) * (2 * k + 1))
        )
        # By parities: what is even or odd cancels before it is integrated.
        out.append(float(np.sum(weight * (right + (-1) ** k * left) * twice)) / 2)
    return np.array(out)


@check("L21", verdict="holds", where="derived here (`kernelspec.expansions.kinks`)")
def kink_rule(tier: Tier) -> Checks:
    r"""Decay from the kinks of an activation

    If $\sigma$ is smooth but for jumps $J_j$ of its $r$-th derivative at $x_j$, then $\kappa(u)=E[\sigma(a)\sigma(b)]$
    has $\nu=r+\frac12$, with $c_1=(-1)^{r+1}\frac{\sqrt2}{2\pi}\sum_jJ_j^2e^{-x_j^2/2}/\prod_{i=1}^r(i+\frac12)$ and
    $c_{-1}=\frac{\sqrt2}{2\pi}\sum_{x_i=-x_j}J_iJ_je^{-x_j^2/2}/\prod_{i=1}^r(i+\frac12)$.
    """
    u, x, y = sp.symbols("u x y", real=True)
    density = sp.exp(-(x**2 - 2 * u * x * y + y**2) / (2 * (1 - u**2)))
    density /= 2 * sp.pi * sp.sqrt(1 - u**2)
    heat = sp.simplify((density.diff(u) - density.diff(x, y)) / density)
    yield vanish(r"$\partial_u\varphi_2=\partial_x\partial_y\varphi_2$", heat)
    split = (1 + u) * (x - y) ** 2 / 2 + (1 - u) * (x + y) ** 2 / 2
    yield vanish(r"$x^2-2uxy+y^2=(1+u)\frac{(x-y)^2}2+(1-u)\frac{(x+y)^2}2$", split - (x**2 - 2 * u * x * y + y**2))
    for case in _cases():
        law = case.kernel.decay(3)
        plus, minus = _by_hand(case)
        differences = [sp.expand(law.c_plus - plus), sp.expand(law.c_minus - minus)]
        label = f"{case.name}: $\\nu$ and both coefficients by full expansion of $\\kappa$"
        yield exact(label, [law.nu - case.order, *differences], [sp.Rational(1, 2), 0, 0], by="exact series, sympy")
        degrees = [k for k in tier.pick(quick=[60, 61], full=[60, 61, 150, 151]) if law.parities[k % 2].kind == "power"]
        measured = _eigenvalues(case, degrees)
        label = f"{case.name}: $\\mu_k$ on $S^2$, computed from $\\kappa''$"
        found = case.kernel.spectrum(3)(degrees)
        why = r"the integral cancels to $k^{-4.5}$ of its integrand in float64"
        yield measured_against(label, found, measured, rtol=1e-5, atol=1e-22, why=why, at=degrees)
        yield measured_against(
            f"{case.name}: the rule against these",
            law.at(np.array(degrees)),
            measured,
            rtol=1e-3 if case.name in ("relu", "relu(x - 1)", "hardtanh") else 1e-2,
            why=r"the next power is smaller by $k^{-2}$, with factors of $d^2$, $x_j^2$ and more kinks",
            at=degrees,
        )
    yield note("At $u=-1$ kinks at $x$ and $-x$ meet: two symmetric ones make the parities differ.")
