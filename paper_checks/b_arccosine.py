r"""Arc-cosine kernels

J_n of Cho & Saul by recurrences that sympy proves for every n, sampled networks for the normalisation, and the series
in powers of 1 - u and 1 + u.
"""

import math
from typing import Any

import mpmath
import numpy as np
import sympy
from flint import arb

import kernelspec as ks
from oracle.identities import Gammas, rational_zero, rising
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
        r"The derivative of $(1-u^2)^{n+1/2}g_n$, with $g_{n+1}$ by the relation; $\kappa_n=J_n/(\pi(2n-1)!!)$.",
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
    label = r"$\kappa_0(-1)$, $\kappa_1(-1)$, $\kappa_0(0)$, $\kappa_1(0)$, $\kappa_0'(0)$"
    found = [jump.subs(u, -1), ramp.subs(u, -1), jump.subs(u, 0), ramp.subs(u, 0), jump.diff(u).subs(u, 0)]
    yield exact(label, found, [0, 0, half, 1 / pi, 1 / pi])
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


@check("C13", verdict="proved", where="Bietti & Bach 2021 (leading terms); the full series is derived here")
def end_series(tier: Tier) -> Checks:
    r"""Series at both ends

    With $a_j = \frac{((1/2)_j)^2}{(3/2)_j\,j!\,2^j}$ (1, $\frac{1}{12}$, $\frac{3}{160}$, ...) and $|t| < 2$:
    $\kappa_0(1-t) = 1-\frac{\sqrt{2}}{\pi}\sum a_jt^{j+1/2}$, $\kappa_0(-1+t) = \frac{\sqrt{2}}{\pi}\sum a_jt^{j+1/2}$,
    $\kappa_1(1-t) = 1-t+\frac{\sqrt{2}}{\pi}\sum\frac{a_jt^{j+3/2}}{j+3/2}$, $\kappa_1(-1+t) =
    \frac{\sqrt{2}}{\pi}\sum\frac{a_jt^{j+3/2}}{j+3/2}$. For $\kappa_s$, $\nu = s+\frac{1}{2}$: $c_{-1} =
    \frac{\sqrt{2}}{\pi}\prod_{j=1}^s\frac{2j^2}{4j^2-1}$ and $c_1 = (-1)^{s+1}c_{-1}$.
    """
    t = sympy.Symbol("t", positive=True)
    j, s = sympy.symbols("j s", positive=True)
    half = sympy.Rational(1, 2)
    yield step(
        r"$\arccos(1-t)=\sqrt2\sum a_jt^{j+1/2}$",
        r"The derivative is $(2t)^{-1/2}$ times the binomial series of $(1-\frac{t}{2})^{-1/2}$, integrated from "
        r"$t=0$, where the arc cosine is 0. The quotient of neighbouring coefficients tends to $\frac{1}{2}$.",
    )
    squared = sympy.simplify(sympy.acos(1 - t).diff(t) ** 2 * 2 * t * (1 - t / 2))
    yield exact(r"$\frac{d}{dt}\arccos(1-t)$ over $(2t)^{-1/2}(1-t/2)^{-1/2}$ (both positive), squared", squared, 1)
    # sum (1/2)_j/j! (t/2)^j / sqrt(2t), integrated: (1/2)_j/(j! 2^j) t^{j+1/2}/(sqrt 2 (j+1/2))
    quotient = rising(half, j).over(rising(half + 1, j))  # a_j over (1/2)_j/(j! 2^j)
    gap = rational_zero(quotient * 2 * (j + half) - 1)
    yield exact(r"the binomial series, integrated, is $\sqrt{2}\sum a_jt^{j+1/2}$", gap, 0, by="sympy, for every j")
    a, later = (Gammas((half + i, half + i), (half + 1 + i, i + 1), twos=-i) for i in (j, j + 1))
    yield exact(r"$a_{j+1}/a_j$ tends to $\frac{1}{2}$", sympy.limit(later.over(a), j, sympy.oo), half)
    first = [sympy.rf(half, i) ** 2 / (sympy.rf(3 * half, i) * sympy.factorial(i) * 2**i) for i in range(3)]
    yield exact("$a_0, a_1, a_2$", first, [1, sympy.Rational(1, 12), sympy.Rational(3, 160)])
    # integrating t^{s-1/2} divides by s + 1/2; at u = 1 the sign of dt is the other one
    yield step(
        r"both ends of $\kappa_0$, and every $\kappa_s$",
        r"$\kappa_0(1-t) = 1-\arccos(1-t)/\pi$ and $\kappa_0(-1+t) = \arccos(1-t)/\pi$; for $\kappa_s$ integrate "
        r"$\kappa_s' = \frac{s^2}{2s-1}\kappa_{s-1}$ (claim 12), with $\kappa_s(1) = 1$ and $\kappa_s(-1) = 0$.",
    )
    gap = rational_zero(s**2 / ((2 * s - 1) * (s + half)) - 2 * s**2 / (4 * s**2 - 1))
    label = r"from $\kappa_{s-1}$ to $\kappa_s$ the coefficient gains $\frac{2s^2}{4s^2-1}$"
    yield exact(label, gap, 0, by="sympy, for every s")
    yield conclusion(
        "With $s=0,1$ these are the four series, convergent for $|t|<2$. For every $s$ the coefficient of $t^{s+1/2}$ "
        "is the product of the gains; at $+1$, where $u$ falls as $t$ grows, each integration changes its sign."
    )


@check("C13a", verdict="proved", where="Bietti & Bach 2021, expansions of the arc-cosine kernels")
def remainder(tier: Tier) -> Checks:
    r"""The remainder of $\kappa_1$ at $-1$

    $\kappa_1(-1+t) = \frac{2\sqrt{2}}{3\pi}t^{3/2}+O(t^{5/2})$, and no better: the next term is
    $\frac{\sqrt{2}}{30\pi}t^{5/2}$. The printed $O(t^{5/3})$ is true, and not sharp.
    """
    t, half = sympy.Symbol("t", positive=True), sympy.Rational(1, 2)
    a = [sympy.rf(half, j) ** 2 / (sympy.rf(3 * half, j) * sympy.factorial(j) * 2**j) for j in (0, 1)]
    yield step(
        "the next power is $t^{5/2}$",
        r"By claim 13 $\kappa_1(-1+t)=\frac{\sqrt2}{\pi}\sum a_jt^{j+3/2}/(j+\frac{3}{2})$: its powers"
        r" are $\frac{3}{2},\frac{5}{2},\frac{7}{2},\ldots$, and no $a_j$ is 0.",
    )
    found = [sympy.sqrt(2) / sympy.pi * v / (j + 3 * half) for j, v in enumerate(a)]
    stated = [2 * sympy.sqrt(2) / (3 * sympy.pi), sympy.sqrt(2) / (30 * sympy.pi)]
    yield exact(r"$\frac{\sqrt2}{\pi}\frac{a_j}{j+3/2}$ for $j=0,1$", found, stated)
    yield step("the print is true", r"$t^{5/2}=O(t^{5/3})$ for $t\to0$, as $\frac{5}{2}>\frac{5}{3}$.")
    yield exact(r"$t^{5/2}/t^{5/3}$ as $t\to0$", sympy.limit(t ** (5 * half) / t ** sympy.Rational(5, 3), t, 0), 0)
    yield conclusion(
        r"The remainder over $t^{5/2}$ tends to $\frac{\sqrt2}{30\pi}\neq0$, so that no higher power bounds it."
    )
    with mpmath.workdps(60):
        x = mpmath.mpf(10) ** -8
        rest = ks.arccos(1)(-1 + x) - 2 * mpmath.sqrt(2) / (3 * mpmath.pi) * mpmath.sqrt(x) ** 3
        expected, why = mpmath.sqrt(2) / (30 * mpmath.pi), "the next correction is of relative order t"
        label = r"the remainder over $t^{5/2}$ at $t = 10^{-8}$"
        yield measured_against(label, rest / mpmath.sqrt(x) ** 5, expected, rtol=2e-8, why=why)
