r"""Decay of deep kernels

Random features, tangent kernels, tangent kernels with a bias: the decay theorem with the coefficients of
claims 24 to 26, and what is measured.
"""

from __future__ import annotations

import numpy as np

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.deep_evidence import (
    against_quadrature,
    constants,
    far_out,
    library_coefficients,
    ntk_coefficients,
    rf_coefficients,
)
from paper_checks.deep_proofs import THEOREM, both_parities, decay_constant, remainder
from paper_checks.registry import Checks, Tier, bound, check, conclusion, exact, measured_against, step

_RF = "Bietti & Bach 2021, corollary on deep random-feature kernels"
_NTK = "Bietti & Bach 2021, corollary on deep tangent kernels"
_CODE = "The code with Bietti & Bach 2021, input bias; constants derived here"


@check(
    "C24b",
    title="Decay of deep random-feature kernels",
    statement=(
        r"$\mu_k\sim\frac{2\sqrt2}{3\pi}\left(L-1+(-1)^k\Pi_L\right)C(d,3/2)\,k^{-d-2}$ for every $L\geq2$, "
        r"where the factor is not 0: at $L=2$ odd $k\geq3$ vanish. The constant is "
        r"$2^{d-1}\Gamma(\frac{d}{2})\Gamma(\frac{d}{2}+1)\pi^{-2}\left(L-1+(-1)^k\Pi_L\right)$; even over odd "
        r"tends to $5/3$, $1.223505$, $1.105454$, $1.058289$ for $L=3,\ldots,6$."
    ),
    where=_RF,
    verdict="proved",
)
def rf_decay(tier: Tier) -> Checks:
    """The coefficients of claim 24 in the theorem of claim 14c."""
    import sympy

    yield step(
        "the decay theorem applies", "The decay theorem (claim 14c) with the coefficients of claim 24. " + THEOREM
    )
    d = sympy.Symbol("d", positive=True)
    yield step("the constant")
    yield exact(
        r"$\frac{2\sqrt2}{3\pi}C(d,\frac{3}{2})$ over $2^{d-1}\Gamma(\frac{d}{2})\Gamma(\frac{d}{2}+1)\pi^{-2}$",
        sympy.simplify(
            2
            * sympy.sqrt(2)
            / (3 * sympy.pi)
            * decay_constant(d, sympy.Rational(3, 2))
            / (2 ** (d - 1) * sympy.gamma(d / 2) * sympy.gamma(d / 2 + 1) / sympy.pi**2)
        ),
        1,
        by="sympy, every d",
    )
    yield step(
        "no parity cancels from $L=3$ on",
        r"$\kappa_0(b_j)\in[\frac{1}{2},1)$ for $b_j\in[0,1)$, so that "
        r"$0<\Pi_L\leq\frac{1}{2}<L-1$. At $L=2$ $\Pi_2=1$: the factor of odd $k$ is 0, and "
        "claim 20 has the zeros.",
    )
    yield from both_parities(rf_coefficients, ("1.666667", "1.223505", "1.105454", "1.058289"))
    yield conclusion(
        r"With the coefficients of claim 24 the theorem is the statement, for every $L\geq2$ "
        "and $d$; even over odd is the quotient of the two factors."
    )
    yield from remainder(tier, [ks.rf(n) for n in (2, 3, 4, 6)], vanishing={ks.rf(2): 1})


@check(
    "C24c",
    title="Decay of deep random-feature kernels, measured",
    statement=(
        r"Quadrature and the float64 spectrum agree, and both tend to "
        r"$\frac{2\sqrt2}{3\pi}\left(L-1+(-1)^k\Pi_L\right)C(d,3/2)\,k^{-d-2}$."
    ),
    where=_RF,
    verdict="holds",
)
def rf_numbers(tier: Tier) -> Checks:
    """Quadrature, constants extrapolated from it, large k."""
    for depth in tier.pick(quick=(3,), full=(2, 3, 4, 5)):
        yield from against_quadrature(tier, ks.rf(depth), oracle.rf(depth))
    yield bound(
        "what the quadrature leaves out, $L=6$, $d=10$, $k=140$",
        oracle.quadrature_gap(oracle.rf(6), 10, [40, 140, 141]),
        upper=1e-85,
        why="it must not show in the extrapolated constants",
    )
    for depth in tier.pick(quick=(3,), full=(3, 4, 5, 6)):
        plus, minus = rf_coefficients(depth)
        yield from constants(tier, f"$L={depth}$", oracle.rf(depth), 1.5, plus, minus)
    for depth in tier.pick(quick=(3,), full=(3, 5, 30)):
        plus, minus = rf_coefficients(depth)
        yield library_coefficients(ks.rf(depth), plus, minus, f"$L={depth}$")
        yield from far_out(ks.rf(depth), 1.5, plus, minus)


@check(
    "C25a",
    title="Decay of deep tangent kernels",
    statement=(
        r"$\mu_k\sim\frac{2^{d-2}\Gamma(d/2)^2}{\pi^2}\left(\frac{L(L-1)}{2}+(-1)^k\Pi_L\right)"
        r"k^{-d}$ for every $L\geq2$, where the factor is not 0: at $L=2$ odd $k\geq3$ vanish; even over odd "
        r"tends to $7/5$, $1.105839$, $1.040888$, $1.019059$ for $L=3,\ldots,6$; divided by $L$, the "
        r"constant grows like $(L-1)/2$."
    ),
    where=_NTK,
    verdict="proved",
)
def ntk_decay(tier: Tier) -> Checks:
    """The coefficients of claim 25 in the theorem of claim 14c."""
    import sympy

    yield step(
        "the decay theorem applies", "The decay theorem (claim 14c) with the coefficients of claim 25. " + THEOREM
    )
    depth, part = sympy.symbols("L Pi", positive=True)
    yield step(
        "the growth of the constant over $L$", r"The quotient is $1\pm\frac{2\Pi_L}{L(L-1)}$, and $0<\Pi_L\leq1$."
    )
    yield exact(
        r"over $L$ and $\frac{L-1}{2}$: the limit, $0<\Pi_L\leq1$",
        sympy.limit((depth * (depth - 1) / 2 + part) / depth / ((depth - 1) / 2), depth, sympy.oo),
        1,
        by="sympy",
    )
    yield step(
        "no parity cancels from $L=3$ on",
        r"$\kappa_0(b_j)\in[\frac{1}{2},1)$ for $b_j\in[0,1)$, so that "
        r"$0<\Pi_L\leq\frac{1}{2}<\frac{L(L-1)}{2}$. At $L=2$ $\Pi_2=1$: the factor of odd $k$ "
        "is 0, and claim 21 has the zeros.",
    )
    yield from both_parities(ntk_coefficients, ("1.400000", "1.105839", "1.040888", "1.019059"))
    yield conclusion(
        r"With the coefficients of claim 25 the theorem is the statement, for every $L\geq2$ "
        r"and $d$; the factor $-\frac{\sqrt2}{\pi}C(d,\frac{1}{2})$ is reduced in claim 25."
    )
    yield from remainder(tier, [ks.ntk(n) for n in (2, 3, 4, 6)], vanishing={ks.ntk(2): 1})


@check(
    "C25b",
    title="Decay of deep tangent kernels, measured",
    statement=(
        r"Quadrature and the float64 spectrum agree, and both tend to $\frac{2^{d-2}\Gamma(d/2)^2}{\pi^2}"
        r"\left(\frac{L(L-1)}{2}+(-1)^k\Pi_L\right)k^{-d}$."
    ),
    where=_NTK,
    verdict="holds",
)
def ntk_numbers(tier: Tier) -> Checks:
    """Quadrature, constants extrapolated from it, large k, growth with depth."""
    for depth in tier.pick(quick=(3,), full=(2, 3, 4, 5)):
        yield from against_quadrature(tier, ks.ntk(depth), oracle.ntk(depth))
    yield bound(
        "what the quadrature leaves out, $L=6$, $d=10$, $k=140$",
        oracle.quadrature_gap(oracle.ntk(6), 10, [40, 140, 141]),
        upper=1e-85,
        why="it must not show in the extrapolated constants",
    )
    for depth in tier.pick(quick=(3,), full=(3, 4, 5, 6)):
        plus, minus = ntk_coefficients(depth)
        yield from constants(tier, f"$L={depth}$", oracle.ntk(depth), 0.5, plus, minus)
    for depth in tier.pick(quick=(3,), full=(3, 5, 30)):
        plus, minus = ntk_coefficients(depth)
        yield library_coefficients(ks.ntk(depth), plus, minus, f"$L={depth}$")
        yield from far_out(ks.ntk(depth), 0.5, plus, minus)
    depths, k = (10, 20, 40), 10**8
    mean = [float(np.mean(ks.ntk(n).spectrum(4)(np.array([k, k + 1])))) / n for n in depths]
    yield measured_against(
        r"mean of $\mu_k/L$ over $k=10^8$ and $10^8+1$, in units of $2^{d-2}\Gamma(d/2)^2k^{-d}"
        r"/\pi^2$, $d=4$",
        [m * float(k) ** 4 * np.pi**2 / 4 for m in mean],
        [(n - 1) / 2 for n in depths],
        rtol=1e-6,
        why="bare powers of k: off by about d(d-1)/(2k) = 6e-8",
        at=[f"L = {n}" for n in depths],
    )


@check(
    "C26a",
    title="Decay of tangent kernels with an input bias",
    statement=(
        r"$\mu_k\sim\frac{2^{d-2}\Gamma(d/2)^2}{\pi^2}\frac{(L-1)(L+2)}{2}\,k^{-d}$ for both "
        r"parities and every $L\geq2$."
    ),
    where=_CODE,
    verdict="proved",
)
def bias_decay(tier: Tier) -> Checks:
    """The coefficients of claim 26 in the theorem of claim 14c."""
    import sympy

    yield step(
        "the decay theorem applies", "The decay theorem (claim 14c) with the coefficients of claim 26. " + THEOREM
    )
    d = sympy.Symbol("d", positive=True)
    stated = 2 ** (d - 2) * sympy.gamma(d / 2) ** 2 / sympy.pi**2
    size = -sympy.sqrt(2) / sympy.pi * decay_constant(d, sympy.Rational(1, 2))
    yield step(
        "the constant",
        "There is no $t^{1/2}$ at $-1$, so both parities have the coefficient at $+1$ alone, which is not 0.",
    )
    yield exact(
        r"$-\frac{\sqrt2}{\pi}C(d,\frac{1}{2})$ over $2^{d-2}\Gamma(\frac{d}{2})^2\pi^{-2}$",
        sympy.simplify(size / stated),
        1,
        by="sympy, every d",
    )
    yield conclusion(
        r"With the coefficients of claim 26 the theorem is the statement, for every $L\geq2$ "
        "and $d$."
    )
    for depth in (2, 3, 5):
        for d_0 in (3, 10):
            decay = ks.ntk(depth, bias=True).decay(d_0)
            expected = stated.subs(d, d_0) * (depth - 1) * (depth + 2) / 2
            yield exact(
                rf"library's decay, $L={depth}$, $d={d_0}$: exponent, even, odd",
                [decay.exponent, decay.even, decay.odd],
                [d_0, expected, expected],
                by="sympy",
            )
    yield from remainder(tier, [ks.ntk(n, bias=True) for n in (2, 3, 5)])


@check(
    "C26b",
    title="Tangent kernels with an input bias, measured",
    statement=(
        r"Quadrature and the float64 spectrum agree, and both tend to "
        r"$\frac{2^{d-2}\Gamma(d/2)^2}{\pi^2}\frac{(L-1)(L+2)}{2}\,k^{-d}$ in both parities."
    ),
    where=_CODE,
    verdict="holds",
)
def bias_numbers(tier: Tier) -> Checks:
    """Quadrature, constants extrapolated from it, large k."""
    for depth in tier.pick(quick=(3,), full=(2, 3, 5)):
        kernel, plain = ks.ntk(depth, bias=True), oracle.ntk(depth, bias=True)
        plus, minus = ntk_coefficients(depth, bias=True)
        yield from against_quadrature(tier, kernel, plain)
        yield from constants(tier, f"with bias, $L={depth}$", plain, 0.5, plus, minus)
        yield from far_out(kernel, 0.5, plus, minus)
