r"""Two-layer kernels in closed form

Proofs by sympy hold for every k, d and s at once: both sides of an identity are written with Gamma functions of symbols
(`two_layer_forms`), and their quotient is reduced to 1. Tangent kernels follow from the arc-cosine kernels by the
recurrence of the Legendre polynomials.
"""

import numpy as np
import sympy
from sympy import Rational, factorial, gamma, pi, sqrt

import kernelspec as ks
from oracle import two_layer_forms as forms
from paper_checks.registry import *

_BACH = "Bach 2017, Appendix D, restated on the sphere of $R^d$"
_ALL = "sympy, every k, d, s"


@check("C19", verdict="proved", where=_BACH)
def activation_coefficients(tier: Tier) -> Checks:
    r"""The coefficients of $max(0, t)^s$

    $\lambda_k(\sigma_s)=\frac{\Gamma(d/2)}{\sqrt\pi}\,\frac{s!\,(-1)^{(k-s-1)/2}\,2^{-k}\,\Gamma(k-s)}{\Gamma((k-s+
    1)/2)\,\Gamma((k+d+s)/2)}$ for every $k>s$ with $k-s$ odd, $0$ for $k-s$ even, $k>s$; Beta integrals for $k=0,1$.
    """
    k, d, s = forms.symbols()
    weight = gamma(d / 2) / (sqrt(pi) * gamma((d - 1) / 2))
    yield step(
        "induction on $s$, and the zeros",
        r"Induction on $s$. For $s=0$ the differential equation of $P_k$ gives $k(k+d-2)\lambda_k=c_dP_k'(0)$, where "
        r"$P_k'(0)=kP_{k-1}(0)$, from $(1-t^2)P_k'=k(P_{k-1}-tP_k)$, and $(k+d-2)P_{k+1}(0)=-kP_{k-1}(0)$; then "
        r"$tP_k=\frac{k}{2k+d-2}P_{k-1}+\frac{k+d-2}{2k+d-2}P_{k+1}$ raises $s$ (claim 2). After duplication the "
        r"formula reads $\Gamma(d/2)\,s!\,\Gamma((k-s)/2)/(2^{s+1}\pi\,\Gamma((k+d+s)/2))$, which also serves $k<s$. "
        r"For $k-s$ even $\lambda_k$ is half the integral over $[-1,1]$, which is 0 when $t^s$ has a lower degree "
        r"than $P_k$.",
    )
    start = sympy.gammasimp(forms.coefficient(1, 0, d) * (d - 1) / weight)
    yield exact(r"$s=0$, $k=1$: over $c_d/(d-1)$", start, 1, by="sympy, every d")
    growth = forms.coefficient(k + 2, 0, d) / forms.coefficient(k, 0, d) * (k + d) / k
    yield exact(r"$s=0$: $-\lambda_{k+2}/\lambda_k$ over $k/(k+d)$", sympy.gammasimp(growth), 1, by="sympy, every k, d")
    below, above = k / (2 * k + d - 2), (k + d - 2) / (2 * k + d - 2)
    # lambda_{k+1} has the other sign than lambda_{k-1}.
    raised = [below * forms.coefficient(k - 1, s, d), -above * forms.coefficient(k + 1, s, d)]
    lifted = forms.quotient(raised, forms.coefficient(k, s + 1, d), shift=s)
    yield exact(r"from $s$ to $s+1$: quotient of both sides", lifted, 1, by=_ALL)
    yield step(
        "the formula of the statement is that of the induction",
        r"By the duplication of $\Gamma(k-s)$; the longer one is another form of it.",
    )
    m = k - s - 1
    single = gamma(d / 2) / sqrt(pi) * factorial(s) * 2 ** (-k) * gamma(k - s)
    single /= gamma((k - s + 1) / 2) * gamma((k + d + s) / 2)
    top = k + (d - 3) / 2
    binomial = gamma(top + 1) / (gamma(m / 2 + 1) * gamma(top - m / 2 + 1))
    longer = weight * 2 ** (-k) * gamma((d - 1) / 2) / gamma(k + (d - 1) / 2) * factorial(s) * binomial * gamma(m + 1)
    ratios = [
        sympy.gammasimp((a / b).subs(k, 2 * k + s)) for a, b in ((single, forms.coefficient(k, s, d)), (longer, single))
    ]
    label = (
        r"the formula above over that of the induction; "
        r"$c_d2^{-k}\frac{\Gamma((d-1)/2)}{\Gamma(k+(d-1)/2)}s!\binom{k+(d-3)/2}{m/2}m!$, $m=k-s-1$, over the former"
    )
    yield exact(label, ratios, [1, 1], by=_ALL)
    yield step(
        "$k=0,1$",
        "$P_0=1$, $P_1=t$: with $x=t^2$ the integral of $t^{s+k}(1-t^2)^{(d-3)/2}$ is half a "
        "Beta integral, for every $s$.",
    )
    betas = []
    for s0, k0 in ((1, 0), (3, 0), (5, 0), (0, 1), (2, 1), (4, 1)):
        a = Rational(s0 + k0 + 1, 2)
        beta = gamma(a) * gamma((d - 1) / 2) / gamma(a + (d - 1) / 2) / 2
        betas.append(sympy.gammasimp(forms.sign(k0, s0) * forms.coefficient(k0, s0, d) / (weight * beta)))
    yield exact(r"$k=0,1$: over $c_dB((s+k+1)/2,(d-1)/2)/2$", betas, [1] * 6, by="sympy, every d")
    yield conclusion("Start, step from $s$ to $s+1$, the zeros, and $k=0,1$: every $k$, $s$ and $d$ of the statement.")
    for d0 in (2, 4):
        cases = [(k0, s0) for s0 in range(3) for k0 in range(7) if (k0 - s0) % 2 or k0 > s0]
        found = [forms.half_integral(d0, s0, k0) for k0, s0 in cases]
        stated = [forms.sign(*c) * forms.coefficient(*c, d0) if (c[0] - c[1]) % 2 else 0 for c in cases]
        yield exact(rf"exact integrals, $d={d0}$, $s<3$, $k<7$", found, stated)


@check("C20", verdict="proved", where=_BACH + "; Bietti & Bach 2021, background")
def arccosine_eigenvalues(tier: Tier) -> Checks:
    r"""Two-layer eigenvalues and their parity zeros

    $\mu_k(\kappa_s)=\frac{2}{(2s-1)!!}\,\frac{2^s\Gamma(d/2+s)}{\Gamma(d/2)}\,\lambda_k^2$; $\mu_k(\kappa_s)=0$ for
    $k-s$ even, $k>s$; for $k-s$ odd $\mu_k\sim2c_1C(d,s+1/2)\,k^{-d-2s}$.
    """
    k, d, s = forms.symbols()
    r, u = sympy.Symbol("r", positive=True), sympy.Symbol("u")
    yield step(
        "a square times a radial moment",
        r"$\kappa_s(x\cdot y)=\frac{2}{(2s-1)!!}E[\sigma_s(w\cdot x)\sigma_s(w\cdot y)]$ by claim "
        r"12, with $w=rv$, $v$ uniform on the sphere: Funk-Hecke gives $\lambda_k^2$ and $E\,r^{2s}$.",
    )
    density = r ** (d - 1) * sympy.exp(-(r**2) / 2)
    mean = sympy.integrate(r ** (2 * s) * density, (r, 0, sympy.oo)) / sympy.integrate(density, (r, 0, sympy.oo))
    law = sympy.simplify(mean * gamma(d / 2) / (2**s * gamma(d / 2 + s)))
    yield exact(r"$E\,r^{2s}$ over $2^s\Gamma(d/2+s)/\Gamma(d/2)$", law, 1, by="sympy, every d, s")
    ladder = s**2 / ((2 * s - 1) * d) * forms.eigenvalue(k - 1, s - 1, d + 2) / forms.eigenvalue(k, s, d)
    label = r"$\mu_{k-1}(\kappa_s')/d$ in dimension $d+2$ over $\mu_k(\kappa_s)$"
    detail = r"Rodrigues' formula with $\kappa_s'=\frac{s^2}{2s-1}\kappa_{s-1}$: a second way"
    yield exact(label, sympy.gammasimp(ladder), 1, by=_ALL, detail=detail)
    factors = [sympy.gammasimp(forms.radial(j, d)) for j in (0, 1, 2)]
    yield exact(r"factor of $\lambda_k^2$ for $s=0,1,2$", factors, [2, 2 * d, Rational(2, 3) * d * (d + 2)])
    yield step(
        "the zeros",
        r"$p_s(u)=\kappa_s(u)+(-1)^s\kappa_s(-u)$ has $p_0=1$ and $p_s'=\frac{s^2}{2s-1}p_{s-1}$, "
        r"so it is a polynomial of degree $s$: eigenvalues of the parity of $s$ are 0 beyond $s$.",
    )
    kernels = [ks.arccos(n).sympy(u) for n in range(6)]
    sums = [kappa + (-1) ** n * kappa.subs(u, -u) for n, kappa in enumerate(kernels)]
    p = [sympy.expand(total.rewrite(sympy.asin)) for total in sums]
    yield exact(
        r"$p_0$, and the degrees of $p_s$, $s<6$", [p[0], *(sympy.degree(f, u) for f in p[1:])], [1, 1, 2, 3, 4, 5]
    )
    raised = [sympy.expand(p[j].diff(u) - Rational(j * j, 2 * j - 1) * p[j - 1]) for j in range(1, 6)]
    yield exact(r"$p_s'-\frac{s^2}{2s-1}p_{s-1}$, $s<6$", raised, [0] * 5)
    yield step(
        "the order for $k-s$ odd",
        r"$\lambda_k^2$ is a quotient of two Gamma functions, squared, which is a power of $k$ "
        "in the limit; $c_1$ is that of claim 13.",
    )
    # |C(d, s+1/2)|, with 1/|Gamma(-s-1/2)| = Gamma(s+3/2)/pi, and |c_1| of claim 13: both have the sign (-1)^{s+1}.
    nu = s + Rational(1, 2)
    c_1 = sqrt(2) / pi * 2**s * factorial(s) ** 2 / ((2 * s + 1) * forms.double_factorial(s) ** 2)
    constant = 2 ** (nu + d - 2) * gamma(d / 2) * gamma(nu + (d - 1) / 2) / sqrt(pi) * gamma(nu + 1) / pi
    ratio = gamma((k - s) / 2) / gamma((k + d + s) / 2)
    reached = forms.eigenvalue(k, s, d) / ratio**2 * 2 ** (d + 2 * s)
    label = r"$\lim\mu_kk^{d+2s}$ over $2c_1C(d,s+1/2)$"
    detail = r"$\Gamma(x)/\Gamma(x+a)\sim x^{-a}$"
    yield exact(label, sympy.gammasimp(reached / (2 * c_1 * constant)), 1, by="sympy, every d, s", detail=detail)
    yield conclusion("Formula, zeros and limit, for every $k$, $s$ and $d$.")


@check(
    "C20a",
    verdict="refuted as printed",
    where="Bietti & Bach 2021, background on arc-cosine kernels",
    printed="the eigenvalues are zero for large $k$ of the parity opposite to that of $s$",
    corrected="they are zero for $k>s$ of the same parity as $s$",
)
def vanishing_parity(tier: Tier) -> Checks:
    r"""Which parity vanishes

    $\mu_k(\kappa_s)$ decays for $k$ of the parity opposite to that of $s$, and vanishes for $k>s$ of the same parity.
    """
    for s in range(4):
        spectrum, opposite = ks.arccos(s).spectrum(4), np.array([101, 1001, 10001]) - s % 2
        enclosed = [forms.eigenvalue_ball(int(k), s, 4) for k in opposite]
        label = f"$s={s}$: the opposite parity is not zero, $k={', '.join(map(str, opposite))}$"
        detail = f"mu_{opposite[-1]} = {enclosed[-1].str(8, radius=False)}, by balls"
        yield printed_false(label, all(bool(ball > 0) for ball in enclosed), detail=detail, exact=True)
        same = opposite + 1
        zeros = [spectrum.exact(int(k)) for k in same]
        yield exact("the same parity, one degree higher", zeros, [0] * 3, by="rational arithmetic")


@check(
    "C21",
    verdict="proved",
    where="The rate: Bietti & Mairal 2019 (NeurIPS), on the inductive bias. Constant and closed form: here",
)
def tangent_closed_form(tier: Tier) -> Checks:
    r"""The two-layer tangent kernel

    $\kappa=u\kappa_0+\kappa_1$: $\mu_1=1/d$, $\mu_k=0$ for odd $k\geq3$, and for even $k$
    $\mu_k=\frac{\Gamma(d/2)^2}{8\pi^2}\left((k-1)^2+d(k+1)\right)\left(\frac{\Gamma((k-1)/2)}{\Gamma((k+d+1)/2)}
    \right)^2\sim\frac{2^{d-1}\Gamma(d/2)^2}{\pi^2}k^{-d}$.
    """
    k, d, _ = forms.symbols()
    ratio = gamma((k - 1) / 2) / gamma((k + d + 1) / 2)
    scale = gamma(d / 2) ** 2 / pi**2
    rational = forms.quotient([*forms.times_u(k, 0, d), forms.eigenvalue(k, 1, d)], scale * ratio**2)
    yield step(
        "even $k$",
        r"By claim 2 $u\kappa_0$ has the mean of two eigenvalues of $\kappa_0$, and the closed forms of claim 20 have "
        r"one Gamma quotient in common. At $k=0$ the first of them is absent (for $d=2$ it is the limit in $d$).",
    )
    label = r"even $k$: $\frac{k}{2k+d-2}\mu_{k-1}(\kappa_0)+\frac{k+d-2}{2k+d-2}\mu_{k+1}(\kappa_0)+\mu_k(\kappa_1)$"
    detail = r"over $\Gamma(d/2)^2\pi^{-2}(\Gamma((k-1)/2)/\Gamma((k+d+1)/2))^2$"
    yield exact(label, rational, ((k - 1) ** 2 + d * (k + 1)) / 8, by="sympy, every k, d", detail=detail)
    yield step("the limit", r"The Gamma quotient is $(k/2)^{-d/2-1}(1+O(\frac{1}{k}))$.")
    claimed = 2 ** (d - 1) * scale
    constant = sympy.limit(rational / k**2, k, sympy.oo) * scale * 2 ** (d + 2)
    yield exact(r"$\lim\mu_kk^d$", constant, claimed, by="sympy, every d")
    yield step("odd $k$", r"A polynomial of degree 1 has $\mu_1(u)=\frac{1}{d}$ and no later eigenvalue.")
    u = sympy.Symbol("u")
    kappa = ks.ntk(2).sympy(u)
    odd_part = sympy.expand((kappa - kappa.subs(u, -u)).rewrite(sympy.asin) / 2)
    yield exact("the odd part is $u$", odd_part, u, detail="so 1/d, then zeros")
    yield conclusion("Even and odd $k$ and the limit, for every $d$.")


@check("C22", verdict="proved", where="Bietti & Bach 2021, vector-valued features; the tangent kernel with bias")
def bias_closed_form(tier: Tier) -> Checks:
    r"""A bias removes the parity

    $\kappa=(u+1)\kappa_0+\kappa_1$ has $\kappa(1)=3$, $\mu_k=\mu_k(\mathrm{NTK})+\mu_k(\kappa_0)$ and
    $\mu_k\sim\frac{2^{d-1}\Gamma(d/2)^2}{\pi^2}k^{-d}$ for both parities; in the same way $(1+u)\kappa_s$, $s=0,1$, has
    one constant for both parities at $k^{-d-2s}$.
    """
    k, d, _ = forms.symbols()
    scale = gamma(d / 2) ** 2 / pi**2
    claimed = 2 ** (d - 1) * scale
    yield step(
        "value at 1, and the sum", r"$\kappa=\kappa_{\mathrm{NTK}}+\kappa_0$, and $\mu_k$ is linear in $\kappa$."
    )
    yield exact(r"$\kappa(1)$", sympy.simplify(ks.ntk(2, bias=True).sympy(1)), 3)
    yield step(
        "the limits of both parities",
        r"Even $k$: claim 21, as $\mu_k(\kappa_0)=0$. Odd $k\geq3$: $\mu_k(\kappa_0)$ alone.",
    )
    for s in (0, 1):
        own_ratio = gamma((k - s) / 2) / gamma((k + d + s) / 2)
        own = sympy.gammasimp(forms.eigenvalue(k, s, d) / own_ratio**2) * 2 ** (d + 2 * s)
        if s == 0:
            label = r"odd $k$: $\lim\mu_k(\kappa_0)k^d$ over $2^{d-1}\Gamma(d/2)^2/\pi^2$"
            yield exact(label, sympy.simplify(own / claimed), 1, by="sympy, every d")
        ratio = gamma((k - 1 - s) / 2) / gamma((k + d + 1 + s) / 2)
        rational = forms.quotient(forms.times_u(k, s, d), scale * ratio**2, shift=s)
        reached = sympy.limit(rational / k**2, k, sympy.oo) * scale * 2 ** (d + 2 + 2 * s)
        label = rf"$\lim\mu_kk^{{d+{2 * s}}}$ of $u\kappa_{s}$ over that of $\kappa_{s}$"
        detail = rf"the first has the parity of $s={s}$, the second the other one"
        yield exact(label, sympy.gammasimp(reached / own), 1, by="sympy, every d", detail=detail)
    yield conclusion(
        r"For $\kappa$ even and odd $k$ have one limit; for $(1+u)\kappa_s$ one parity has that of $\kappa_s$, the "
        r"other that of $u\kappa_s$, and the two are equal, for every $d$."
    )


@check("C22a", verdict="proved", where="Bietti & Bach 2021")
def no_zero(tier: Tier) -> Checks:
    r"""With a bias no eigenvalue is zero

    Without bias the eigenvalues of odd $k\geq3$ are 0; with bias, and for $(1+u)\kappa_0$ and $(1+u)\kappa_1$, none is,
    and both parities have the same constant.
    """
    k, d, _ = forms.symbols()
    m, p = sympy.symbols("m p", nonnegative=True)
    yield step(
        "which terms are positive",
        r"By claim 20 $\mu_k(\kappa_s)$, $s=0,1$, is a square for $k-s$ odd, and 0 for $k-s$ even, $k>s$. "
        r"$\mu_k(u\kappa_s)$ is a mean of $\mu_{k-1}(\kappa_s)$ and $\mu_{k+1}(\kappa_s)$ (claim 2; for "
        r"$k=0$ it is $\mu_1(\kappa_s)$), which are positive where $\mu_k(\kappa_s)$ is 0. The tangent kernel "
        r"is positive at even $k$ by claim 21, and $\kappa_0$ at odd $k$. $\mu_0(\kappa_s)>0$ is a mean of a "
        r"positive function, and $\mu_1(\kappa_1)=\frac{1}{2d}$, as the odd part of $\kappa_1$ is $\frac{u}{2}$.",
    )
    squares = [forms.eigenvalue(2 * m + s + 1, s, d) for s in (0, 1)]
    positive = all(value.is_positive for value in squares)
    label = r"$\mu_k(\kappa_0)>0$ at odd $k$, $\mu_k(\kappa_1)>0$ at even $k\geq2$"
    yield exact(label, positive, by="sympy, every k, d")
    even = (2 * m + 1) ** 2 + d * (2 * m + 3)  # claim 21 at k = 2m + 2
    parts = [part.subs({k: m + 1, d: p + 2}) for part in (k / (2 * k + d - 2), (k + d - 2) / (2 * k + d - 2))]
    yield exact(
        r"claim 21 at even $k\geq2$: $(k-1)^2+d(k+1)>0$; $\frac{k}{2k+d-2},\frac{k+d-2}{2k+d-2}>0$ for "
        r"$k\geq1$, $d\geq2$",
        bool(even.is_positive) and all(part.is_positive for part in parts),
        by="sympy, every k, d",
    )
    yield conclusion(
        r"Every $\mu_k$ of the three kernels is a sum of terms that are not negative, one of them positive. The zeros "
        r"without bias are those of claims 20 and 21, the constants those of claim 22."
    )
