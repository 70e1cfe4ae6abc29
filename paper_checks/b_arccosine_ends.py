r"""Arc-cosine kernels at the ends

The expansions in powers of 1 - u and 1 + u (claim 13).
"""

from __future__ import annotations

from fractions import Fraction

import mpmath
import sympy

import kernelspec as ks
from oracle.identities import Gammas, rational_zero, rising
from paper_checks.registry import *


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
        "The derivative is $(2t)^{-1/2}$ times the binomial series of "
        r"$(1-\frac{t}{2})^{-1/2}$, integrated from $t=0$, where the arc cosine is 0. The "
        r"quotient of neighbouring coefficients tends to $\frac{1}{2}$.",
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
    products = [sympy.sqrt(2) / sympy.pi]
    for i in range(1, 6):
        products.append(products[-1] * sympy.Rational(2 * i * i, 4 * i * i - 1))
    for end, expected in ((-1, products), (1, [(-1) ** (n + 1) * p for n, p in enumerate(products)])):
        found = [ks.arccos(n).expand(at=end, terms=n + 3).coefficient(n + Fraction(1, 2)) for n in range(6)]
        yield exact(f"$c_{{{end}}}$ from the library, $s < 6$", found, expected)


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
