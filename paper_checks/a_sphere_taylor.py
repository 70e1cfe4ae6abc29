r"""Taylor coefficients and eigenvalues on the sphere

Claims 10 and 11: eigenvalues from the power series of the kernel, for positive definite kernels of every dimension and
for the Gaussian kernel.
"""

import math
from typing import Any

import mpmath
import numpy as np
import sympy

import kernelspec as ks
from oracle.identities import Gammas, rational_zero
from oracle.sphere_forms import down, symbols, up
from paper_checks.registry import *


@check("C10", verdict="proved", where="derived here, on the way of Azevedo & Menegatto 2015")
def taylor_to_mercer(tier: Tier) -> Checks:
    r"""From Taylor to Mercer

    $\mu_k(u^m) = \frac{\Gamma(d/2)\,m!}{2^m\,j!\,\Gamma(k+j+d/2)}$ if $m = k+2j$, else 0; hence $\mu_k = \sum_j
    b_{k+2j}\,\mu_k(u^{k+2j})$ for $\kappa = \sum b_ju^j$.
    """
    k, j, d, _ = symbols()

    def eigenvalue(m: Any, n: Any) -> Gammas:
        return Gammas((d / 2, m + 1), ((m - n) / 2 + 1, (m + n + d) / 2), twos=-m)

    yield step(
        "induction over $m$",
        "Induction over $m$, from $\\mu_0(1) = 1$: the recurrence of claim 2 gives $u^m$ from $u^{m-1}$. Where a term "
        "is missing ($j = 0$, or $k = 0$), its $1/\\Gamma$ or its coefficient is 0; for $d = 2$, $k = 0$ take the "
        "limit.",
    )
    m = k + 2 * j
    raised = down(k, d) * eigenvalue(m - 1, k - 1).over(eigenvalue(m, k))
    raised += up(k, d) * eigenvalue(m - 1, k + 1).over(eigenvalue(m, k))
    label = r"$\mu_k(u^m) = \frac{k}{2k+d-2}\mu_{k-1}(u^{m-1}) + \frac{k+d-2}{2k+d-2}\mu_{k+1}(u^{m-1})$"
    yield exact(label, rational_zero(raised - 1), 0, by="sympy, for every k, j and d")
    yield step(
        r"$\mu_k(\kappa)$ is the sum over the powers",
        r"For $\sum|b_j|<\infty$ the series converges uniformly on $[-1,1]$, and is integrated term by term (claim 6).",
    )
    yield conclusion("The first step is the formula for $u^m$, for every $m$, $k$ and $d$; the second is the sum.")


@check("C10a", verdict="holds", where="Schoenberg 1942; Bietti & Bach 2021, Appendix B.1")
def schoenberg(tier: Tier) -> Checks:
    r"""Schoenberg, Hermite, and the way back

    $\kappa$ is positive definite on all spheres if and only if all $b_j \geq 0$; then $\mu_k > 0$ if and only if some
    $b_{k+2j} > 0$. $b_k = \lim_{d\to\infty}d^k\mu_{k,d}/k!$. For an activation $\sum a_ih_i$ (normalised Hermite
    polynomials), $b_i = a_i^2$.
    """
    third = (3 * ks.linear() ** 2 - 1) / 2  # P_2 of dimension 3, with b_0 < 0
    values = {d: [third.spectrum(d).exact(k) for k in range(3)] for d in (3, 4)}
    label = r"$(3u^2-1)/2$, where $b_0 < 0$, is positive definite on $S^2$ and not on $S^3$"
    detail = f"eigenvalues of degree 0, 1, 2: {values[3]} on S^2, {values[4]} on S^3"
    yield holds(label, min(values[3]) >= 0 > min(values[4]), detail=detail)
    tiny = 1e-25  # a coefficient known to 30 digits is 0 below it
    for kernel in (ks.rf(3), ks.ntk(4, bias=True), ks.polynomial(5), ks.arccos(1)):
        b = [float(v) for v in kernel.taylor(40)]
        some = [k for k in range(12) if any(v > tiny for v in b[k::2])]
        for d in (2, 7):
            positive = np.flatnonzero(kernel.spectrum(d)[0:12] > 0).tolist()
            label = rf"`{kernel!r}`, $d = {d}$: $\mu_k > 0$ just where some $b_{{k+2j}} > 0$, $k < 12$"
            yield holds(label, min(b) > -tiny and positive == some, detail=f"k = {positive}")
    for kernel in (ks.rf(3), ks.laplace(1), ks.arccos(1)):
        b = [float(v) for v in kernel.taylor(6)]
        degrees = [k for k in range(6) if b[k] > tiny]
        for d in (10**4, 10**6):
            logs = [kernel.spectrum(d).log_abs(k) + k * math.log(d) for k in degrees]
            label = rf"$d^k\mu_k/k!$ against $b_k$ for `{kernel!r}`, $d = {d}$"
            found = [math.exp(v) / math.factorial(k) for k, v in zip(degrees, logs, strict=True)]
            why = r"$k!/(d(d+2)\cdots(d+2k-2))$, and the share of $b_{k+2}$: of relative order 1/d"
            yield measured_against(label, found, [b[k] for k in degrees], rtol=60 / d, why=why, at=degrees)

    def integrand(x: Any, i: int) -> Any:
        """max(0, x) times the normalised Hermite polynomial and the density."""
        before, now = mpmath.mpf(0), mpmath.mpf(1)
        for n in range(i):
            before, now = now, x * now - n * before
        return x * now * mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi * mpmath.factorial(i))

    with mpmath.workdps(30):
        ends = [0, 2, 6, 14, 24]  # beyond 24 the weight is below 1e-120
        squares = [float(mpmath.quad(lambda x, i=i: integrand(x, i), ends) ** 2) for i in range(9)]
    label = r"$a_i^2$ of ReLU by integration, against the Taylor coefficients of $\kappa_1/2$, $i < 9$"
    why = "one rounding of float64; the integrals have 30 digits"
    yield measured_against(label, [float(v) for v in ks.dual("relu").taylor(9)], squares, atol=2e-16, why=why)


@check("C11", verdict="proved", where="Bessel's series in claim 10")
def gaussian(tier: Tier) -> Checks:
    r"""The Gaussian kernel

    $e^{\alpha(u-1)}$ has $\mu_k = e^{-\alpha}\Gamma(\frac{d}{2})(\frac{2}{\alpha})^{d/2-1}I_{k+d/2-1}(\alpha)$.
    """
    k, j, d, _ = symbols()
    alpha = sympy.Symbol("alpha", positive=True)
    order, m = k + d / 2 - 1, k + 2 * j
    bessel = (alpha / 2) ** (2 * j + order) / (sympy.gamma(j + 1) * sympy.gamma(j + order + 1))
    claimed = sympy.exp(-alpha) * sympy.gamma(d / 2) * (2 / alpha) ** (d / 2 - 1) * bessel
    taylor = sympy.exp(-alpha) * alpha**m / sympy.gamma(m + 1)
    monomial = sympy.gamma(d / 2) * sympy.gamma(m + 1) / 2**m
    monomial /= sympy.gamma(j + 1) * sympy.gamma(k + j + d / 2)
    yield step(
        "term by term, the sum of claim 10 is Bessel's series",
        r"$b_m=e^{-\alpha}\alpha^m/m!$, and $I_\nu(\alpha)=\sum_j(\alpha/2)^{\nu+2j}/(j!\,\Gamma(\nu+j+1))$ with "
        r"$\nu=k+\frac{d}{2}-1$.",
    )
    quotient = sympy.expand_power_base(taylor * monomial / claimed)
    label = r"$b_{k+2j}\,\mu_k(u^{k+2j})$ over the term of index $j$ of Bessel's series"
    found = sympy.simplify(sympy.powsimp(quotient, force=True))
    yield exact(label, found, 1, by="sympy, for every j, k, d and alpha > 0")
    yield conclusion(r"Summed over $j$, for every $k$, $d$ and $\alpha>0$.")
