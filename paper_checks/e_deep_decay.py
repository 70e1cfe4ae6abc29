r"""Decay of deep kernels

Random features, and tangent kernels without and with a bias: the decay theorem with the coefficients of claims 24-26.
"""

import sympy

import kernelspec as ks
from paper_checks.deep_evidence import ntk_coefficients, rf_coefficients
from paper_checks.deep_proofs import both_parities, decay_constant, remainder, theorem_applies
from paper_checks.registry import *


@check("C24b", verdict="proved", where="Bietti & Bach 2021, corollary on deep random-feature kernels")
def rf_decay(tier: Tier) -> Checks:
    r"""Decay of deep random-feature kernels

    $\mu_k\sim\frac{2\sqrt2}{3\pi}\left(L-1+(-1)^k\Pi_L\right)C(d,3/2)\,k^{-d-2}$ for every $L\geq2$, where the factor
    is not 0: at $L=2$ odd $k\geq3$ vanish. The constant is
    $2^{d-1}\Gamma(\frac{d}{2})\Gamma(\frac{d}{2}+1)\pi^{-2}\left(L-1+(-1)^k\Pi_L\right)$; even over odd tends to $5/3$,
    $1.223505$, $1.105454$, $1.058289$ for $L=3,\ldots,6$.
    """
    yield theorem_applies("claim 24")
    yield step("the constant")
    d = sympy.Symbol("d", positive=True)
    stated = 2 ** (d - 1) * sympy.gamma(d / 2) * sympy.gamma(d / 2 + 1) / sympy.pi**2
    found = 2 * sympy.sqrt(2) / (3 * sympy.pi) * decay_constant(d, sympy.Rational(3, 2))
    label = r"$\frac{2\sqrt2}{3\pi}C(d,\frac{3}{2})$ over $2^{d-1}\Gamma(\frac{d}{2})\Gamma(\frac{d}{2}+1)\pi^{-2}$"
    yield exact(label, sympy.simplify(found / stated), 1, by="sympy, every d")
    yield step(
        "no parity cancels from $L=3$ on",
        r"$\kappa_0(b_j)\in[\frac{1}{2},1)$ for $b_j\in[0,1)$, so that $0<\Pi_L\leq\frac{1}{2}<L-1$. At $L=2$ "
        r"$\Pi_2=1$: the factor of odd $k$ is 0, and claim 20 has the zeros.",
    )
    yield from both_parities(rf_coefficients, ("1.666667", "1.223505", "1.105454", "1.058289"))
    yield conclusion(
        r"With the coefficients of claim 24 the theorem is the statement, for every $L\geq2$ "
        "and $d$; even over odd is the quotient of the two factors."
    )
    yield from remainder(tier, [ks.rf(n) for n in (2, 3, 4, 6)], vanishing={ks.rf(2): 1})


@check("C25a", verdict="proved", where="Bietti & Bach 2021, corollary on deep tangent kernels")
def ntk_decay(tier: Tier) -> Checks:
    r"""Decay of deep tangent kernels

    $\mu_k\sim\frac{2^{d-2}\Gamma(d/2)^2}{\pi^2}\left(\frac{L(L-1)}{2}+(-1)^k\Pi_L\right)k^{-d}$ for every $L\geq2$,
    where the factor is not 0: at $L=2$ odd $k\geq3$ vanish; even over odd tends to $7/5$, $1.105839$, $1.040888$,
    $1.019059$ for $L=3,\ldots,6$; divided by $L$, the constant grows like $(L-1)/2$.
    """
    yield theorem_applies("claim 25")
    yield step("the constant")
    yield _tangent_constant()
    yield step(
        "the growth of the constant over $L$", r"The quotient is $1\pm\frac{2\Pi_L}{L(L-1)}$, and $0<\Pi_L\leq1$."
    )
    depth, part = sympy.symbols("L Pi", positive=True)
    grown = (depth * (depth - 1) / 2 + part) / depth / ((depth - 1) / 2)
    yield exact(r"over $L$ and $\frac{L-1}{2}$: the limit, $0<\Pi_L\leq1$", sympy.limit(grown, depth, sympy.oo), 1)
    yield step(
        "no parity cancels from $L=3$ on",
        r"$\kappa_0(b_j)\in[\frac{1}{2},1)$ for $b_j\in[0,1)$, so that $0<\Pi_L\leq\frac{1}{2}<\frac{L(L-1)}{2}$. At "
        r"$L=2$ $\Pi_2=1$: the factor of odd $k$ is 0, and claim 21 has the zeros.",
    )
    yield from both_parities(ntk_coefficients, ("1.400000", "1.105839", "1.040888", "1.019059"))
    yield conclusion(r"With the coefficients of claim 25 the theorem is the statement, for every $L\geq2$ and $d$.")
    yield from remainder(tier, [ks.ntk(n) for n in (2, 3, 4, 6)], vanishing={ks.ntk(2): 1})


def _tangent_constant() -> Evidence:
    d = sympy.Symbol("d", positive=True)
    stated = 2 ** (d - 2) * sympy.gamma(d / 2) ** 2 / sympy.pi**2
    found = -sympy.sqrt(2) / sympy.pi * decay_constant(d, sympy.Rational(1, 2))
    label = r"$-\frac{\sqrt2}{\pi}C(d,\frac{1}{2})$ over $2^{d-2}\Gamma(\frac{d}{2})^2\pi^{-2}$"
    return exact(label, sympy.simplify(found / stated), 1, by="sympy, every d")


@check("C26a", verdict="proved", where="The code with Bietti & Bach 2021, input bias; constants derived here")
def bias_decay(tier: Tier) -> Checks:
    r"""Decay of tangent kernels with an input bias

    $\mu_k\sim\frac{2^{d-2}\Gamma(d/2)^2}{\pi^2}\frac{(L-1)(L+2)}{2}\,k^{-d}$ for both parities and every $L\geq2$.
    """
    yield theorem_applies("claim 26")
    yield step(
        "the constant",
        "There is no $t^{1/2}$ at $-1$, so both parities have the coefficient at $+1$ alone, which is not 0.",
    )
    yield _tangent_constant()
    yield conclusion(r"With the coefficients of claim 26 the theorem is the statement, for every $L\geq2$ and $d$.")
    yield from remainder(tier, [ks.ntk(n, bias=True) for n in (2, 3, 5)])
