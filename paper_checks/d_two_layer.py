r"""Two-layer kernels in closed form

Proofs by sympy hold for every k, d and s at once: both sides of an identity are written with Gamma
functions of symbols (`two_layer_forms`), and their quotient is reduced to 1. Numbers are compared
with quadrature in balls (`oracle.deep`).
"""

from __future__ import annotations

import numpy as np

import kernelspec as ks
from kernelspec import sphere
from oracle import deep as oracle
from oracle import two_layer_forms as forms
from paper_checks.deep_evidence import FLOAT
from paper_checks.registry import (
    Checks,
    Tier,
    bound,
    check,
    conclusion,
    exact,
    holds,
    measured_against,
    printed_false,
    step,
)

_BACH = "Bach 2017, Appendix D, restated on the sphere of $R^d$"


@check(
    "C19",
    title="The coefficients of $max(0, t)^s$",
    statement=(
        r"$\lambda_k(\sigma_s)=\frac{\Gamma(d/2)}{\sqrt\pi}\,"
        r"\frac{s!\,(-1)^{(k-s-1)/2}\,2^{-k}\,\Gamma(k-s)}{\Gamma((k-s+1)/2)\,\Gamma((k+d+s)/2)}$ "
        r"for every $k>s$ with $k-s$ odd, $0$ for $k-s$ even, $k>s$; Beta integrals for $k=0,1$."
    ),
    where=_BACH,
    verdict="proved",
)
def activation_coefficients(tier: Tier) -> Checks:
    """Induction on s in symbols, and exact integrals for small k, s, d."""
    import sympy
    from sympy import Rational, factorial, gamma, pi, sqrt

    k, d, s = forms.symbols()
    weight = gamma(d / 2) / (sqrt(pi) * gamma((d - 1) / 2))
    yield step(
        "induction on $s$, and the zeros",
        r"Induction on $s$. For $s=0$ the differential equation of $P_k$ gives "
        r"$k(k+d-2)\lambda_k=c_dP_k'(0)$, where $P_k'(0)=kP_{k-1}(0)$, from $(1-t^2)P_k'=k(P_{k-1}-tP_k)$, and "
        r"$(k+d-2)P_{k+1}(0)=-kP_{k-1}(0)$; then "
        r"$tP_k=\frac{k}{2k+d-2}P_{k-1}+\frac{k+d-2}{2k+d-2}P_{k+1}$ raises $s$ (claim 2). "
        r"After duplication the formula reads "
        r"$\Gamma(d/2)\,s!\,\Gamma((k-s)/2)/(2^{s+1}\pi\,\Gamma((k+d+s)/2))$, which also serves "
        r"$k<s$. For $k-s$ even $\lambda_k$ is half the integral over $[-1,1]$, which is 0 when "
        r"$t^s$ has a lower degree than $P_k$.",
    )
    start = sympy.gammasimp(forms.coefficient(1, 0, d) * (d - 1) / weight)
    yield exact(r"$s=0$, $k=1$: over $c_d/(d-1)$", start, 1, by="sympy, every d")
    growth = forms.coefficient(k + 2, 0, d) / forms.coefficient(k, 0, d) * (k + d) / k
    yield exact(r"$s=0$: $-\lambda_{k+2}/\lambda_k$ over $k/(k+d)$", sympy.gammasimp(growth), 1, by="sympy, every k, d")
    below, above = k / (2 * k + d - 2), (k + d - 2) / (2 * k + d - 2)
    # lambda_{k+1} has the other sign than lambda_{k-1}.
    raised = [below * forms.coefficient(k - 1, s, d), -above * forms.coefficient(k + 1, s, d)]
    lifted = forms.quotient(raised, forms.coefficient(k, s + 1, d), shift=s)
    yield exact(r"from $s$ to $s+1$: quotient of both sides", lifted, 1, by="sympy, every k, d, s")
    m, x = k - s - 1, (k - s) / 2
    single = gamma(d / 2) / sqrt(pi) * factorial(s) * 2 ** (-k) * gamma(2 * x)
    single /= gamma(x + Rational(1, 2)) * gamma((k + d + s) / 2)
    same = sympy.gammasimp((single / forms.coefficient(k, s, d)).subs(k, 2 * k + s))
    yield step(
        "the formula of the statement is that of the induction",
        r"By the duplication of $\Gamma(k-s)$; the longer one is another form of it.",
    )
    yield exact("the formula above over that of the induction", same, 1, by="sympy, every k, d, s")
    top = k + (d - 3) / 2
    binomial = gamma(top + 1) / (gamma(m / 2 + 1) * gamma(top - m / 2 + 1))
    longer = weight * 2 ** (-k) * gamma((d - 1) / 2) / gamma(k + (d - 1) / 2)
    longer *= factorial(s) * binomial * gamma(m + 1)
    same = sympy.gammasimp((longer / single).subs(k, 2 * k + s))
    yield exact(
        r"$c_d2^{-k}\frac{\Gamma((d-1)/2)}{\Gamma(k+(d-1)/2)}s!\binom{k+(d-3)/2}{m/2}m!$, "
        r"$m=k-s-1$, over the same",
        same,
        1,
        by="sympy, every k, d, s",
    )
    betas = []
    for s0, k0 in ((1, 0), (3, 0), (5, 0), (0, 1), (2, 1), (4, 1)):
        a = Rational(s0 + k0 + 1, 2)
        beta = gamma(a) * gamma((d - 1) / 2) / gamma(a + (d - 1) / 2) / 2
        value = forms.sign(k0, s0) * forms.coefficient(k0, s0, d)
        betas.append(sympy.gammasimp(value / (weight * beta)))
    yield step(
        "$k=0,1$",
        "$P_0=1$, $P_1=t$: with $x=t^2$ the integral of $t^{s+k}(1-t^2)^{(d-3)/2}$ is half a "
        "Beta integral, for every $s$.",
    )
    yield exact(r"$k=0,1$: over $c_dB((s+k+1)/2,(d-1)/2)/2$", betas, [1] * 6, by="sympy, every d")
    yield conclusion("Start, step from $s$ to $s+1$, the zeros, and $k=0,1$: every $k$, $s$ and $d$ of the statement.")
    largest = tier.pick(quick=6, full=11)
    for d0 in tier.pick(quick=(2, 3, 4), full=(2, 3, 4, 5, 8)):
        cases = [(k0, s0) for s0 in range(4) for k0 in range(largest)]
        found = [forms.half_integral(d0, s0, k0) for k0, s0 in cases]
        expected = [
            forms.sign(k0, s0) * forms.coefficient(k0, s0, d0)
            if (k0 - s0) % 2
            else sympy.sympify(sphere.monomial_eigenvalue_exact(d0, s0, k0)) / 2
            for k0, s0 in cases
        ]
        yield exact(rf"exact integrals, $d={d0}$, $s<4$, $k<{largest}$", found, expected, by="sympy")


@check(
    "C20",
    title="Two-layer eigenvalues and their parity zeros",
    statement=(
        r"$\mu_k(\kappa_s)=\frac{2}{(2s-1)!!}\,\frac{2^s\Gamma(d/2+s)}{\Gamma(d/2)}\,\lambda_k^2$; "
        r"$\mu_k(\kappa_s)=0$ for $k-s$ even, $k>s$; for $k-s$ odd "
        r"$\mu_k\sim2c_1C(d,s+1/2)\,k^{-d-2s}$."
    ),
    where=_BACH + "; Bietti & Bach 2021, background",
    verdict="proved",
)
def arccosine_eigenvalues(tier: Tier) -> Checks:
    """Funk-Hecke and a radial integral; the polynomial part by its derivative; the limit in s."""
    import sympy
    from sympy import Rational, gamma, pi, sqrt

    k, d, s = forms.symbols()
    r, u = sympy.Symbol("r", positive=True), sympy.Symbol("u")
    yield step(
        "a square times a radial moment",
        r"$\kappa_s(x\cdot y)=\frac{2}{(2s-1)!!}E[\sigma_s(w\cdot x)\sigma_s(w\cdot y)]$ by claim "
        r"12, with $w=rv$, $v$ uniform on the sphere: Funk-Hecke gives $\lambda_k^2$ and $E\,r^{2s}$.",
    )
    density = r ** (d - 1) * sympy.exp(-(r**2) / 2)
    mean = sympy.integrate(r ** (2 * s) * density, (r, 0, sympy.oo))
    mean /= sympy.integrate(density, (r, 0, sympy.oo))
    law = sympy.simplify(mean * gamma(d / 2) / (2**s * gamma(d / 2 + s)))
    yield exact(r"$E\,r^{2s}$ over $2^s\Gamma(d/2+s)/\Gamma(d/2)$", law, 1, by="sympy, every d, s")
    ladder = s**2 / ((2 * s - 1) * d) * forms.eigenvalue(k - 1, s - 1, d + 2)
    yield exact(
        r"$\mu_{k-1}(\kappa_s')/d$ in dimension $d+2$ over $\mu_k(\kappa_s)$",
        sympy.gammasimp(ladder / forms.eigenvalue(k, s, d)),
        1,
        by="sympy, every k, d, s",
        detail=r"Rodrigues' formula with $\kappa_s'=\frac{s^2}{2s-1}\kappa_{s-1}$: a second way",
    )
    factors = [sympy.gammasimp(forms.radial(j, d)) for j in (0, 1, 2)]
    expected = [sympy.Integer(2), 2 * d, Rational(2, 3) * d * (d + 2)]
    yield exact(r"factor of $\lambda_k^2$ for $s=0,1,2$", factors, expected, by="sympy, every d")

    yield step(
        "the zeros",
        r"$p_s(u)=\kappa_s(u)+(-1)^s\kappa_s(-u)$ has $p_0=1$ and $p_s'=\frac{s^2}{2s-1}p_{s-1}$, "
        r"so it is a polynomial of degree $s$: eigenvalues of the parity of $s$ are 0 beyond $s$.",
    )
    parts, polynomials = [], []
    for s0 in range(6):
        kappa = ks.arccos(s0)
        part = kappa.sympy(u) + (-1) ** s0 * kappa.sympy(-u)
        parts.append(sympy.expand(part.rewrite(sympy.asin)))
        listed = kappa.polynomial_part(s0 % 2) or {}
        polynomials.append(2 * sum(sympy.sympify(q) * u**m for m, q in listed.items()))
    yield exact(r"$p_s$, $s<6$, as the library has it", parts, polynomials, by="sympy")
    raised = [sympy.diff(polynomials[j], u) - Rational(j * j, 2 * j - 1) * polynomials[j - 1] for j in range(1, 6)]
    yield exact(r"$p_s'-\frac{s^2}{2s-1}p_{s-1}$, $s<6$", raised, [0] * 5, by="sympy")

    yield step(
        "the order for $k-s$ odd",
        r"$\lambda_k^2$ is a quotient of two Gamma functions, squared, which is a power of $k$ "
        "in the limit; $c_1$ is that of claim 13.",
    )
    # |C(d, s+1/2)|, with 1/|Gamma(-s-1/2)| = Gamma(s+3/2)/pi, and |c_1| of claim 13: both have the
    # sign (-1)^{s+1}.
    size = 2**s * sympy.factorial(s) ** 2 / ((2 * s + 1) * forms.double_factorial(s) ** 2)
    c_1, nu = sqrt(2) / pi * size, s + Rational(1, 2)
    constant = 2 ** (nu + d - 2) * gamma(d / 2) * gamma(nu + (d - 1) / 2) / sqrt(pi)
    constant *= gamma(nu + 1) / pi
    ratio = gamma((k - s) / 2) / gamma((k + d + s) / 2)
    reached = forms.eigenvalue(k, s, d) / ratio**2 * 2 ** (d + 2 * s)
    yield exact(
        r"$\lim\mu_kk^{d+2s}$ over $2c_1C(d,s+1/2)$",
        sympy.gammasimp(reached / (2 * c_1 * constant)),
        1,
        by="sympy, every d, s",
        detail=r"$\Gamma(x)/\Gamma(x+a)\sim x^{-a}$",
    )
    yield conclusion("Formula, zeros and limit, for every $k$, $s$ and $d$.")
    for d0 in tier.pick(quick=(3,), full=(2, 3, 4, 8)):
        cases = [(k0, s0) for s0 in range(4) for k0 in range(tier.pick(quick=6, full=10))]
        found = [ks.arccos(s0).spectrum(d0).exact(k0) for k0, s0 in cases]
        squares = [forms.radial(s0, d0) * forms.half_integral(d0, s0, k0) ** 2 for k0, s0 in cases]
        yield exact(f"library against exact integrals, $d={d0}$, $s<4$", found, squares, by="sympy")
        constants = [ks.arccos(s0).decay(d0) for s0 in range(4)]
        leading = [(2 * c_1 * constant).subs({s: s0, d: d0}) for s0 in range(4)]
        yield exact(
            f"library's decay, $d={d0}$, $s<4$: constants of the other parity, and of $s$'s",
            [c for s0, a in enumerate(constants) for c in ((a.odd, a.even), (a.even, a.odd))[s0 % 2]],
            [c for value in leading for c in (value, 0)],
            by="sympy",
        )


@check(
    "C20a",
    title="Which parity vanishes",
    statement=(
        r"$\mu_k(\kappa_s)$ decays for $k$ of the parity opposite to that of $s$, and vanishes for "
        r"$k>s$ of the same parity."
    ),
    where="Bietti & Bach 2021, background on arc-cosine kernels",
    verdict="refuted as printed",
    printed="the eigenvalues are zero for large $k$ of the parity opposite to that of $s$",
    corrected="they are zero for $k>s$ of the same parity as $s$",
)
def vanishing_parity(tier: Tier) -> Checks:
    """Both parities at large k, as balls, in float64 and exactly."""
    d = 4
    for s in range(4):
        spectrum = ks.arccos(s).spectrum(d)
        opposite = np.array([101, 1001, 10001]) - s % 2
        same = opposite + 1
        enclosed = [forms.eigenvalue_ball(int(k), s, d) for k in opposite]
        yield printed_false(
            f"the opposite parity is not zero, $s={s}$, $d={d}$",
            all(bool(ball > 0) for ball in enclosed),
            detail=f"mu_{opposite[-1]} = {enclosed[-1].str(8, radius=False)}, by balls",
            exact=True,
        )
        yield measured_against(
            f"float64 spectrum, opposite parity, $s={s}$",
            spectrum(opposite),
            enclosed,
            rtol=5e-15,
            why=FLOAT,
            at=opposite,
        )
        zeros = [spectrum.exact(int(k)) for k in same]
        yield exact(f"same parity, $s={s}$", zeros, [0] * 3, by="rational arithmetic")
        yield holds(
            f"same parity, $s={s}$: 0.0 in float64",
            bool(np.all(spectrum(same) == 0.0)),
            detail=f"k = {', '.join(map(str, same))}",
        )


@check(
    "C20b",
    title="Two-layer eigenvalues, measured",
    statement=(
        "The closed forms agree with quadrature to 40 digits, and the float64 spectrum with both "
        "to 12 digits up to $k=10^9$."
    ),
    where=_BACH,
    verdict="holds",
)
def arccosine_numbers(tier: Tier) -> Checks:
    """Quadrature in balls for small k, Gamma functions in balls for large k."""
    nodes, degrees = tier.pick(quick=200, full=300), list(range(14))
    for d in tier.pick(quick=(3, 10), full=(2, 3, 4, 5, 8, 50)):
        gaps = [oracle.quadrature_gap(oracle.rf(2, s), d, [0, 13 - s % 2], nodes) for s in range(3)]
        yield bound(
            f"what the quadrature leaves out, $d={d}$", gaps, upper=1e-80, why="it must not show at the tolerance below"
        )
        for s in (0, 1, 2):
            measured = oracle.eigenvalues(oracle.rf(2, s), d, degrees, nodes)
            odd = [k for k in degrees if (k - s) % 2]
            yield measured_against(
                f"quadrature against the formula, $d={d}$, $s={s}$",
                [measured[k] for k in odd],
                [forms.eigenvalue_ball(k, s, d) for k in odd],
                rtol=5e-74,
                why="the quadrature leaves out far less than its digits, some 80",
                at=odd,
            )
            present = [k for k in degrees if k <= s or (k - s) % 2]
            yield measured_against(
                f"float64 spectrum against quadrature, $d={d}$, $s={s}$",
                ks.arccos(s).spectrum(d)(np.array(present)),
                [measured[k] for k in present],
                rtol=5e-15,
                why=FLOAT,
                at=present,
            )
    for s in range(4):
        large = np.array([10**3, 10**5, 10**7, 10**9]) + (s + 1) % 2
        yield measured_against(
            f"float64 spectrum at large $k$, $d=10$, $s={s}$",
            ks.arccos(s).spectrum(10)(large),
            [forms.eigenvalue_ball(int(k), s, 10) for k in large],
            rtol=5e-15,
            why=FLOAT,
            at=large,
        )
