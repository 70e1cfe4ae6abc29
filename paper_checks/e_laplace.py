r"""Laplace kernels

The constant of the decay in symbols, positive Taylor coefficients for the RKHS, and the first eigenvalues enclosed;
other powers than 1/2 are in `e_laplace_powers`.
"""

from __future__ import annotations

import sympy

import kernelspec as ks
from paper_checks.deep_proofs import certified, decay_constant, remainder
from paper_checks.e_laplace_powers import laplace_by_series
from paper_checks.quadrature_steps import quadrature_steps
from paper_checks.registry import *


@check(
    "C28",
    verdict="proved",
    where="Bietti & Bach 2021, corollary on the Laplace kernel; Geifman et al. 2020; Chen & Xu 2021",
)
def laplace(tier: Tier) -> Checks:
    r"""The Laplace kernel

    $e^{-c|x-y|}=\kappa_{c\sqrt2}$ with $\kappa_c(u)=e^{-c\sqrt{1-u}}$: $\nu=1/2$, $c_1=-c$, $c_{-1}=0$, $\mu_k\sim
    c\,2^{d-5/2}\frac{\Gamma(d/2)^2}{\pi}k^{-d}$ for both parities; the same RKHS as the tangent kernels of any depth
    with bias.
    """
    c, t, d, power = sympy.symbols("c t d gamma", positive=True)
    half = sympy.Rational(1, 2)
    yield step("the kernel on the sphere", r"$|x-y|=\sqrt2\,(1-u)^{1/2}$.")
    one = sympy.simplify((2 * sympy.sin(t / 2)) ** 2 / (2 - 2 * sympy.cos(t)))
    yield exact(r"$|x-y|^2$ over $2(1-\cos\theta)$ for unit vectors at the angle $\theta$", one, 1)
    yield step(
        "the order and the constant",
        r"$e^{-c\sqrt t}$ is a power series in $\sqrt t$, and the kernel is analytic at $-1$: "
        r"claim 14c with $\nu=\frac{1}{2}$, $c_1=-c$, $c_{-1}=0$.",
    )
    expansion = sympy.series(sympy.exp(-c * t), t, 0, 2).removeO()
    yield exact(r"$e^{-c\sqrt t}$: coefficients of $1$ and $t^{1/2}$", [expansion.coeff(t, j) for j in (0, 1)], [1, -c])
    stated = 2 ** (d - sympy.Rational(5, 2)) * sympy.gamma(d / 2) ** 2 / sympy.pi
    quotient = sympy.simplify(-decay_constant(d, half) / stated)
    yield exact(r"$-C(d,1/2)$ over $2^{d-5/2}\Gamma(d/2)^2/\pi$", quotient, 1, by="sympy, every d")
    law, size = ks.laplace(c=2).decay(4), 2 * stated.subs(d, 4)
    yield exact(
        "library's decay, $c=2$, $d=4$: exponent, even, odd", [law.exponent, law.even, law.odd], [4, size, size]
    )
    yield step(
        "the same RKHS as tangent kernels with bias",
        r"Both $\mu_k$ are constants times $k^{-d}$, the same for both parities (claim 26a), and no $\mu_k$ is 0, "
        r"because no Taylor coefficient is (claim 10); so the ratio lies between two positive numbers. Taylor "
        r"coefficients: $-\sqrt{1-u}=-1+\sum_{j\geq1}q_ju^j$ with $q_j=-(-1)^j\binom{1/2}{j}>0$, and the exponential "
        r"has positive ones only. With bias, at $L=2$, $\kappa_0$ has all odd powers, $u\kappa_0$ and $\kappa_1$ all "
        r"even ones; a layer keeps them, as $\kappa_0$ has a positive coefficient of $1$, and only adds.",
    )
    j = sympy.Symbol("j", positive=True, integer=True)
    binomial = sympy.gamma(j - power) / sympy.gamma(j + 1)
    grown = sympy.gammasimp(binomial.subs(j, j + 1) / binomial).subs(power, half)
    found = [sympy.simplify(grown - (j - half) / (j + 1)), sympy.binomial(half, 1)]
    yield exact(r"$q_{j+1}/q_j=\frac{j-1/2}{j+1}>0$, $q_1=\frac{1}{2}$", found, [0, half], by="sympy, every j")
    yield conclusion(
        r"The identity on the sphere, the asymptotics in every $d$, and the RKHS for every depth $L\geq2$: claim 26a "
        r"has the order for every $L$, and the coefficients stay positive through any number of layers."
    )
    yield from remainder(tier, [ks.laplace(c) for c in (1, 2)])
    yield from quadrature_steps(lambda k: laplace_by_series(0.5, 4, k))
    for kernel in (ks.laplace(1), ks.ntk(2, bias=True)):
        positive = all(bool(ball > 0) for ball in certified(kernel, 4, range(12)))
        yield exact(rf"`{kernel!r}`, $d=4$: $\mu_0,\ldots,\mu_{{11}}>0$", positive, by="ball arithmetic")
