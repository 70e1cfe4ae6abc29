r"""Laplace kernels

The constant of the decay in symbols, positive Taylor coefficients for the RKHS, and the spectrum
against quadrature; other powers than 1/2 are in `e_laplace_powers`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.deep_evidence import RICHARDSON, against_quadrature, extrapolated, far_out, settles
from paper_checks.deep_proofs import certified, decay_constant, remainder
from paper_checks.e_laplace_powers import laplace_by_series
from paper_checks.quadrature_steps import quadrature_steps
from paper_checks.registry import Checks, Tier, check, conclusion, exact, measured_against, step, table


@check(
    "C28",
    title="The Laplace kernel",
    statement=(
        r"$e^{-c|x-y|}=\kappa_{c\sqrt2}$ with $\kappa_c(u)=e^{-c\sqrt{1-u}}$: $\nu=1/2$, $c_1=-c$, "
        r"$c_{-1}=0$, $\mu_k\sim c\,2^{d-5/2}\frac{\Gamma(d/2)^2}{\pi}k^{-d}$ for both parities; "
        r"the same RKHS as the tangent kernels of any depth with bias."
    ),
    where="Bietti & Bach 2021, corollary on the Laplace kernel; Geifman et al. 2020; Chen & Xu 2021",
    verdict="proved",
)
def laplace(tier: Tier) -> Checks:
    """The constant in symbols, the theorem of claim 14c, and positive Taylor coefficients."""
    import sympy

    c, t, d = sympy.symbols("c t d", positive=True)
    half = sympy.Rational(1, 2)
    yield step("the kernel on the sphere", r"$|x-y|=\sqrt2\,(1-u)^{1/2}$.")
    yield exact(
        r"$|x-y|^2$ over $2(1-\cos\theta)$ for unit vectors at the angle $\theta$",
        sympy.simplify((2 * sympy.sin(t / 2)) ** 2 / (2 - 2 * sympy.cos(t))),
        1,
        by="sympy",
    )
    expansion = sympy.series(sympy.exp(-c * t), t, 0, 2).removeO()
    yield step(
        "the order and the constant",
        r"$e^{-c\sqrt t}$ is a power series in $\sqrt t$, and the kernel is analytic at $-1$: "
        r"claim 14c with $\nu=\frac{1}{2}$, $c_1=-c$, $c_{-1}=0$.",
    )
    yield exact(
        r"$e^{-c\sqrt t}$: coefficients of $1$ and $t^{1/2}$",
        [expansion.coeff(t, j) for j in (0, 1)],
        [1, -c],
        by="sympy",
        detail=r"analytic at $-1$, so that the theorem of claim 14c applies",
    )
    stated = 2 ** (d - sympy.Rational(5, 2)) * sympy.gamma(d / 2) ** 2 / sympy.pi
    quotient = sympy.simplify(-decay_constant(d, half) / stated)
    yield exact(r"$-C(d,1/2)$ over $2^{d-5/2}\Gamma(d/2)^2/\pi$", quotient, 1, by="sympy, every d")
    for size in (sympy.Rational(1, 2), sympy.Integer(1), sympy.Integer(2)):
        decay = ks.laplace(c=Fraction(int(size.p), int(size.q))).decay(4)
        yield exact(
            f"library's decay, $c={size}$, $d=4$: exponent, even, odd",
            [decay.exponent, decay.even, decay.odd],
            [4, *[size * stated.subs(d, 4)] * 2],
            by="sympy",
        )
    yield step(
        "the same RKHS as tangent kernels with bias",
        r"Both $\mu_k$ are constants times $k^{-d}$, the same for both parities (claim "
        r"26a), and no $\mu_k$ is 0, because no Taylor coefficient is (claim 10); so the ratio "
        r"lies between two positive numbers. Taylor coefficients: $-\sqrt{1-u}=-1+\sum_{j\geq1}q_ju^j$ with "
        r"$q_j=-(-1)^j\binom{1/2}{j}>0$, and the exponential has positive ones only. With bias, at $L=2$, "
        r"$\kappa_0$ has all odd powers, $u\kappa_0$ and $\kappa_1$ all even ones; a layer keeps them, as "
        r"$\kappa_0$ has a positive coefficient of $1$, and only adds.",
    )
    j = sympy.Symbol("j", positive=True, integer=True)
    power = sympy.Symbol("gamma", positive=True)
    binomial = sympy.gamma(j - power) / sympy.gamma(j + 1)
    grown = sympy.gammasimp(binomial.subs(j, j + 1) / binomial).subs(power, half)
    yield exact(
        r"$q_{j+1}/q_j=\frac{j-1/2}{j+1}>0$, $q_1=\frac{1}{2}$",
        [sympy.simplify(grown - (j - half) / (j + 1)), sympy.binomial(half, 1)],
        [0, half],
        by="sympy, every j",
    )
    yield conclusion(
        "The identity on the sphere, the asymptotics in every $d$, and the RKHS for every "
        r"depth $L\geq2$: claim 26a has the order for every $L$, and the coefficients stay "
        "positive through any number of layers."
    )
    yield from remainder(tier, [ks.laplace(c) for c in (1, 2)])
    yield from quadrature_steps(lambda k: laplace_by_series(0.5, 4, k))
    for kernel in (ks.laplace(1), ks.ntk(2, bias=True)):
        found = certified(kernel, 4, range(12))
        yield exact(
            f"`{kernel!r}`, $d=4$: $\\mu_0,\\ldots,\\mu_{{11}}>0$",
            all(bool(ball > 0) for ball in found),
            by="ball arithmetic",
            detail=f"mu_11 = {found[-1].str(5, radius=False)}",
        )


@check(
    "C28b",
    title="The Laplace kernel, measured",
    statement=(
        r"Quadrature and the float64 spectrum agree, and have the constants of claim 28; over tangent "
        r"kernels with bias the ratio settles at $\frac{\sqrt2\pi}{(L-1)(L+2)}$ for $c=1$."
    ),
    where="Bietti & Bach 2021, corollary on the Laplace kernel; Geifman et al. 2020; Chen & Xu 2021",
    verdict="holds",
)
def laplace_numbers(tier: Tier) -> Checks:
    """Quadrature, extrapolation, large k, and ratios to tangent kernels."""
    from flint import arb

    for size in tier.pick(quick=(1.0,), full=(0.5, 1.0, 2.0)):
        kernel, plain = ks.laplace(c=size), oracle.laplace(size, 0.5)
        yield from against_quadrature(tier, kernel, plain)
        for dimension in tier.pick(quick=(4,), full=(3, 10)):
            yield measured_against(
                rf"$c={size}$, $d={dimension}$: extrapolated constants",
                extrapolated(plain, dimension, 0.5),
                [arb(-size)] * 2,
                rtol=1e-19,
                why=f"{RICHARDSON}, here far less",
                at=["even k", "odd k"],
            )
        yield from far_out(kernel, 0.5, arb(-size), arb(0))
    rows: list[list[Any]] = []
    for depth in (2, 3, 5):
        limit = float(np.sqrt(2) * np.pi / ((depth - 1) * (depth + 2)))
        ends = yield from settles(
            rf"$e^{{-\sqrt{{1-u}}}}$ over the tangent kernel with bias, $L={depth}$, $d=4$",
            ks.laplace(c=1),
            ks.ntk(depth, bias=True),
            4,
            limit,
            tier.pick(quick=500, full=2000),
        )
        rows.append([depth, *ends, limit])
    header = ["L", "least ratio", "largest ratio", "limit"]
    yield table(r"$\mu_k$ of $e^{-\sqrt{1-u}}$ over the tangent kernel with bias", header, rows)
