r"""Arc-cosine kernels

J_n of Cho & Saul by recurrences that sympy proves for every n, and sampled networks for the normalisation.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy
from flint import arb

import kernelspec as ks
from oracle.identities import Gammas, rational_zero
from paper_checks.registry import *

_CHO_SAUL = "Cho & Saul 2009"
_EVERY_N = "sympy, for every n"


@check("C12", verdict="proved", where=f"{_CHO_SAUL}; the derivatives are derived here")
def functions(tier: Tier) -> Checks:
    r"""The functions $J_n$

    $J_n = (-1)^n\sin^{2n+1}\theta\,(\frac{1}{\sin\theta}\frac{d}{d\theta})^n\frac{\pi-\theta}{\sin\theta}$: $J_0 =
    \pi-\theta$, $J_1 = \sin\theta+(\pi-\theta)\cos\theta$, $J_2 = 3\sin\theta\cos\theta+(\pi-\theta)(1+2\cos^2\theta)$,
    $J_n(0) = \pi(2n-1)!!$; with $u = \cos\theta$, $dJ_n/du = n^2J_{n-1}$, that is $\kappa_n' =
    \frac{n^2}{2n-1}\kappa_{n-1}$. For $\sigma_n = \max(0,\cdot\,)^n$ and $w \sim N(0,I)$: $2E[\sigma_n(w\cdot
    x)\sigma_n(w\cdot y)] = |x|^n|y|^nJ_n(\theta)/\pi$.
    """
    u, n = sympy.symbols("u n")
    yield step(
        "a relation between three derivatives, for every $n$",
        r"With $g = (\pi-\theta)/\sin\theta$ and $g_n = d^ng/du^n$ the definition is"
        r" $J_n = (1-u^2)^{n+1/2}g_n$. The relation $(1-u^2)g_{n+1} = (2n+1)ug_n+n^2g_{n-1}$ for"
        r" every $n \geq 1$ follows by induction: it is the derivative of the one before.",
    )
    g = sympy.acos(-u) / sympy.sqrt(1 - u**2)  # (pi - theta)/sin(theta); -d/du = (1/sin) d/dtheta
    yield exact("$(1-u^2)g' = ug+1$", sympy.simplify((1 - u**2) * g.diff(u) - u * g - 1), 0)
    y = [sympy.Function(f"g{i}")(u) for i in range(4)]
    chain = {y[i].diff(u): y[i + 1] for i in range(3)}
    first = ((1 - u**2) * y[1] - u * y[0] - 1).diff(u).subs(chain)
    relation = (1 - u**2) * y[2] - (2 * n + 1) * u * y[1] - n**2 * y[0]
    following = (1 - u**2) * y[3] - (2 * n + 3) * u * y[2] - (n + 1) ** 2 * y[1]
    gaps = [sympy.expand(first - relation.subs(n, 1)), sympy.expand(relation.diff(u).subs(chain) - following)]
    yield exact(
        "its derivative is the relation for $n = 1$; that of the relation is the next", gaps, [0, 0], by=_EVERY_N
    )
    yield step(
        r"$dJ_n/du=n^2J_{n-1}$, and $\kappa_n'=\frac{n^2}{2n-1}\kappa_{n-1}$",
        "The derivative of $(1-u^2)^{n+1/2}g_n$, with $g_{n+1}$ by the relation; "
        r"$\kappa_n=J_n/(\pi(2n-1)!!)$.",
    )
    g0, g1, s = sympy.symbols("g0 g1 s")  # g_{n-1}, g_n, and s = 1 - u^2
    g2 = ((2 * n + 1) * u * g1 + n**2 * g0) / s
    slope = -(2 * n + 1) * u * g1 / s + g2  # dJ_n/du over (1-u^2)^{n+1/2}
    gaps = [rational_zero(slope - n**2 * g0 / s), rational_zero(s * g2 - (2 * n + 1) * u * g1 - n**2 * g0)]
    yield exact("so $dJ_n/du = n^2J_{n-1}$, and $J_{n+1} = (2n+1)uJ_n+n^2(1-u^2)J_{n-1}$", gaps, [0, 0], by=_EVERY_N)
    c, phi = sympy.symbols("c phi")  # sin(theta) and pi - theta
    found = [phi, c + u * phi]
    for m in range(1, 9):
        found.append(sympy.expand((2 * m + 1) * u * found[m] + m**2 * (1 - u**2) * found[m - 1]))
    yield step(
        "$J_0$, $J_1$, $J_2$",
        r"$J_0=(1-u^2)^{1/2}g$ is $\pi-\theta$, $J_1$ follows from $(1-u^2)g'=ug+1$, $J_2$ by the recurrence.",
    )
    yield exact("$J_0$, $J_1$, $J_2$ as stated", found[:3], [phi, c + phi * u, 3 * c * u + phi * (1 + 2 * u**2)])
    yield step(
        r"$J_n(0)=\pi(2n-1)!!$",
        r"$J_0=J_1=\pi$ at $u=1$, where the second term of the recurrence vanishes: each step multiplies by $2n+1$.",
    )
    at_zero = [j.subs({u: 1, c: 0, phi: sympy.pi}) / sympy.pi for j in found]
    yield exact(r"$J_n(0)/\pi$, $n < 10$", at_zero, [math.prod(range(1, 2 * m, 2)) for m in range(10)])
    yield step(
        "the expectation",
        r"The expectation $E_n$ has $dE_n/du = E[\sigma_n'\sigma_n'] = n^2E_{n-1}$ (Price), as"
        r" $J_n$ has. $2E_0 = (\pi-\theta)/\pi$ (Sheppard); equality at $u = 0$, where"
        r" $E_n = E[\sigma_n]^2 = 2^n\Gamma(\frac{n+1}{2})^2/(4\pi)$, gives it for all $n$.",
    )
    mean = [Gammas(((m + 1) / 2, (m + 1) / 2), (), twos=m - 1) for m in (n - 1, n + 1)]
    right = [found[0].subs({phi: sympy.pi / 2}), found[1].subs({u: 0, c: 1}), n**2]
    values = [2 ** sympy.Integer(m - 1) * sympy.gamma(sympy.Rational(m + 1, 2)) ** 2 for m in (0, 1)]
    label = r"$2\pi E_n$ at $u = 0$ is $J_n(\pi/2)$: for $n = 0, 1$, and from $n-1$ to $n+1$ both gain $n^2$"
    yield exact(label, [*values, mean[1].over(mean[0])], right, by=_EVERY_N)
    yield conclusion(
        r"The relation is an induction on $n$ from its first case; slopes, values at $\theta=0$, the three examples "
        r"and the expectation follow, for every $n$. Homogeneity gives the factor $|x|^n|y|^n$."
    )
    kernel = ks.arccos(9).sympy(u) * sympy.pi * math.prod(range(1, 18, 2))
    kernel = sympy.expand(kernel.subs({sympy.acos(u): sympy.pi - phi, sympy.sqrt(1 - u**2): c}))
    yield exact("the library has $J_9$", kernel, found[9])


@check("C12a", verdict="proved", where=f"{_CHO_SAUL}; Bietti & Bach 2021")
def values(tier: Tier) -> Checks:
    r"""$\kappa_0$, $\kappa_1$, $\kappa_2$: values and Taylor coefficients

    $\kappa_0 = (\pi-\arccos u)/\pi = \frac{1}{2}+\frac{1}{\pi}\arcsin u$, $\kappa_1 = (u(\pi-\arccos
    u)+\sqrt{1-u^2})/\pi$, $\kappa_2 = (3u\sqrt{1-u^2}+(1+2u^2)(\pi-\arccos u))/(3\pi)$; $\kappa_0(-1) = \kappa_1(-1) =
    0$, $\kappa_0(0) = \frac{1}{2}$, $\kappa_1(0) = \kappa_0'(0) = \frac{1}{\pi}$. $\kappa_1 =
    \frac{1}{\pi}+\frac{u}{2}+\frac{u^2}{2\pi}+\frac{u^4}{24\pi}+\cdots$ has no other odd power.
    """
    u, half, pi = sympy.Symbol("u"), sympy.Rational(1, 2), sympy.pi
    root, angle = sympy.sqrt(1 - u**2), sympy.pi - sympy.acos(u)
    stated = [angle / pi, (u * angle + root) / pi, (3 * u * root + (1 + 2 * u**2) * angle) / (3 * pi)]
    jump, ramp, square = (ks.arccos(n).sympy(u) for n in range(3))
    yield step("the closed forms", r"$J_n/(\pi(2n-1)!!)$ with $J_0$, $J_1$, $J_2$ of claim 12 and $\theta=\arccos u$.")
    yield exact("the closed forms", [jump, ramp, square], stated)
    yield exact(r"$\kappa_n(1) = 1$", [f.subs(u, 1) for f in (jump, ramp, square)], [1, 1, 1])
    yield step(r"$\kappa_0$ by the arcsine")
    gap = sympy.simplify(jump.diff(u) - (half + sympy.asin(u) / pi).diff(u))
    yield exact(
        r"$\kappa_0$ and $\frac{1}{2}+\arcsin(u)/\pi$: at 0, and the derivatives", [jump.subs(u, 0), gap], [half, 0]
    )
    yield step("the values")
    yield exact(
        r"$\kappa_0(-1)$, $\kappa_1(-1)$, $\kappa_0(0)$, $\kappa_1(0)$, $\kappa_0'(0)$",
        [jump.subs(u, -1), ramp.subs(u, -1), jump.subs(u, 0), ramp.subs(u, 0), jump.diff(u).subs(u, 0)],
        [0, 0, half, 1 / pi, 1 / pi],
    )
    slopes = [ramp.diff(u) - jump, square.diff(u) - sympy.Rational(4, 3) * ramp]
    yield exact(
        r"$\kappa_1' = \kappa_0$, $\kappa_2' = \frac{4}{3}\kappa_1$", [sympy.simplify(v) for v in slopes], [0, 0]
    )
    yield step(
        r"the powers of $\kappa_1$",
        r"The odd part is $\frac{u}{2}$; the even powers up to the fourth are those of the expansion at 0.",
    )
    # acos(u) + acos(-u) = pi, which sympy does not use by itself
    odd = sympy.simplify(ramp - ramp.subs(u, -u) - u).subs(sympy.acos(-u), pi - sympy.acos(u))
    yield exact(r"$\kappa_1(u)-\kappa_1(-u) = u$: the only odd power is $u/2$", sympy.simplify(odd), 0)
    series = sympy.series(ramp, u, 0, 6).removeO()
    expected = [1 / pi, half, 1 / (2 * pi), 0, 1 / (24 * pi), 0]
    yield exact(r"$b_0, \ldots, b_5$ of $\kappa_1$", [series.coeff(u, i) for i in range(6)], expected)
    gap = abs(1 / (24 * arb.pi()) - arb("0.013263"))
    yield exact(r"$\frac{1}{24\pi} = 0.013263$", bool(gap < 5e-7), by="ball arithmetic")
    yield conclusion("Forms, values and coefficients are all that is stated.")


def _sampled(products: Any) -> tuple[float, float]:
    """Mean of a sample and five of its standard errors."""
    return float(products.mean()), 5 * float(products.std()) / math.sqrt(products.size)


@check(
    "C12c",
    verdict="incomplete as printed",
    where="slides, from networks to kernels",
    printed=(
        r"$f = \frac{1}{\sqrt{m}}\sum v_j\sigma(w_j\cdot x)$ has $K_{RF} = \kappa_1$, with"
        r" $\kappa_1(1) = 1$, with no word on the variance of the weights"
    ),
    corrected=(
        r"with standard Gaussian weights $\sqrt{2/m}$ in place of $1/\sqrt{m}$ (or $K_{RF} = \frac{1}{2}\kappa_1$, "
        r"$K_{NTK} = \frac{1}{2}(u\kappa_0+\kappa_1)$); $1/\sqrt{m}$ with weights of variance 2"
    ),
)
def normalisation(tier: Tier) -> Checks:
    r"""The normalisation of the network

    $f(x) = \sqrt{2/m}\sum_jv_j\max(0,w_j\cdot x)$ with standard Gaussian weights has $K_{RF} = \kappa_1$ and $K_{NTK} =
    u\kappa_0+\kappa_1$ on the sphere. With $1/\sqrt{m}$ both are half of that, and with weights of variance 2 both are
    right.
    """
    units, why = tier.pick(quick=100_000, full=1_000_000), "five standard errors of the sample"
    w, v = tier.rng.standard_normal((units, 2)), tier.rng.standard_normal(units)
    for cosine in (1.0, 0.5, -0.3):
        second = cosine * w[:, 0] + math.sqrt(1 - cosine**2) * w[:, 1]
        both = (w[:, 0] > 0) & (second > 0)
        features = np.where(both, w[:, 0] * second, 0.0)  # of the second layer
        gradient = features + cosine * np.where(both, v**2, 0.0)  # and of the first
        for name, products, kernel in (("K_{RF}", features, ks.rf(2)), ("K_{NTK}", gradient, ks.ntk(2))):
            (mean, error), expected, label = _sampled(products), kernel(cosine), rf"${name}$ at $u = {cosine}$ with"
            plain = rf"{label} $1/\sqrt{{m}}$, $m = {units}$"
            # Weights of variance 2 double every product.
            wide = measured_against(plain, 2 * mean, expected, atol=2 * error, why=why)
            yield printed_given("the weights have variance 2", wide)
            yield printed_fails(plain, mean, expected, atol=error, why=why)
            yield measured_against(rf"{label} $\sqrt{{2/m}}$", 2 * mean, expected, atol=2 * error, why=why)
