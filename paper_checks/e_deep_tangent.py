r"""Deep tangent kernels, with and without bias

The same ways as for random features: induction over the layers in symbols, constants extrapolated
from quadrature in balls, the float64 spectrum up to k = 10^9.
"""

from __future__ import annotations

import numpy as np

import kernelspec as ks
from paper_checks import deep_oracle as oracle
from paper_checks.deep_evidence import (
    against_quadrature,
    constants,
    digits,
    far_out,
    library_coefficients,
    ntk_coefficients,
    parity_ratio,
    power_series,
)
from paper_checks.registry import Checks, Tier, bound, check, exact, measured_against, note

_PAPER = "Bietti & Bach 2021, corollary on deep tangent kernels"
_CODE = "The code with Bietti & Bach 2021, input bias; constants derived here"


@check(
    "C25",
    title="End points of deep tangent kernels",
    statement=(
        r"For every $L\geq2$, $\nu=1/2$: $c_1=-\frac{L(L-1)}{2}\frac{\sqrt2}{\pi}$, "
        r"$c_{-1}=-\frac{\sqrt2}{\pi}\Pi_L$."
    ),
    where=_PAPER + "; the constants are made explicit here",
    verdict="proved",
)
def ntk_ends(tier: Tier) -> Checks:
    """Series of one layer, induction over the layers in symbols, digits by balls."""
    import sympy

    x, e, c, r, q, b = sympy.symbols("x e c r q beta", positive=True)
    depth, sigma = sympy.symbols("L sigma", positive=True)
    yield exact(
        r"$1-\kappa_0(1-t)=\kappa_0(-1+t)=\frac{2}{\pi}\arcsin\sigma$, $t=2\sigma^2$, up to "
        r"$\sigma^2$",
        power_series(2 * sympy.asin(sigma) / sympy.pi, sigma, 3),
        [0, 2 / sympy.pi, 0],
        by="sympy",
        detail=r"$\beta t^{1/2}=\frac{2}{\pi}\sigma$ with $\beta=\sqrt2/\pi$",
    )
    yield note(
        r"Below $x=\sqrt t$, and $c$, $r$, $q$ stand for terms that must not matter. One layer is "
        r"$T\to T\kappa_0(\kappa)+\kappa_1(\kappa)$ with $1-\kappa=t-ct^{3/2}+\ldots$ (claim 24)."
    )
    inner = x**2 - c * x**3
    tangent = depth - e * x + r * x**2
    layer = sympy.series(tangent * (1 - b * sympy.sqrt(inner)) + 1 - inner, x, 0, 2).removeO()
    yield exact(
        r"at $+1$: one more layer makes $T=L-e\sqrt t+rt+\ldots$ into",
        sympy.expand(layer),
        sympy.expand(depth + 1 - (e + depth * b) * x),
        by="sympy, every L",
    )
    formula = depth * (depth - 1) / 2
    yield exact(
        r"$\frac{L(L-1)}{2}$: its growth from $L$ to $L+1$, its value at $L=1$",
        [sympy.expand(formula.subs(depth, depth + 1) - formula), formula.subs(depth, 1)],
        [depth, 0],
        by="sympy, every L",
    )
    first = sympy.expand((-1 + x**2) * (b * x + r * x**3) + c * x**3).coeff(x, 1)
    yield exact(
        r"at $-1$, $L=2$: the coefficient of $t^{1/2}$ in $u\kappa_0+\kappa_1$",
        first,
        -b,
        by="sympy",
    )
    f_0, f_1 = sympy.symbols("f_0 f_1")
    later = sympy.expand((e + c * x + r * x**2) * (f_0 + f_1 * q * x**2)).coeff(x, 1)
    yield exact(
        r"at $-1$: one more layer makes the coefficient $c$ of $t^{1/2}$ into",
        later,
        f_0 * c,
        by="sympy",
        detail=r"$f_0=\kappa_0(b_\ell)$; $\kappa^\ell(-1+t)=b_\ell+O(t)$, $\ell\geq2$",
    )
    size = -sympy.sqrt(2) / sympy.pi
    for layers in (2, 3):
        decay = ks.ntk(layers).decay(4)
        yield exact(
            rf"library, $L={layers}$: $\nu$, $c_1$, $c_{{-1}}$",
            [decay.nu, decay.c_plus, decay.c_minus],
            [sympy.Rational(1, 2), layers * (layers - 1) // 2 * size, size / (layers - 1)],
            by="sympy",
        )
    yield digits(
        r"even over odd, $L=3,\ldots,6$",
        [parity_ratio(*ntk_coefficients(layers)) for layers in range(3, 7)],
        ("1.400000", "1.105839", "1.040888", "1.019059"),
    )
    half = sympy.Rational(1, 2)
    yield exact(
        r"$L=3$: $(3+\Pi_3)/(3-\Pi_3)$, $\Pi_3=\kappa_0(0)$",
        (3 + ks.arccos(0).sympy(0)) / (3 - ks.arccos(0).sympy(0)),
        sympy.Rational(7, 5),
        by="sympy",
    )
    d = sympy.Symbol("d", positive=True)
    general = 2 ** (half + d - 2) * sympy.gamma(d / 2) ** 2
    general /= sympy.sqrt(sympy.pi) * sympy.gamma(-half)
    stated = 2 ** (d - 2) * sympy.gamma(d / 2) ** 2 / sympy.pi**2
    yield exact(
        r"$-\frac{\sqrt2}{\pi}C(d,1/2)$ over $2^{d-2}\Gamma(d/2)^2/\pi^2$",
        sympy.simplify(size * general / stated),
        1,
        by="sympy, every d",
    )


@check(
    "C25a",
    title="Decay of deep tangent kernels, measured",
    statement=(
        r"$\mu_k\sim\frac{2^{d-2}\Gamma(d/2)^2}{\pi^2}\left(\frac{L(L-1)}{2}+(-1)^k\Pi_L\right)"
        r"k^{-d}$; even over odd tends to $7/5$, $1.105839$, $1.040888$, $1.019059$ for "
        r"$L=3,\ldots,6$; divided by $L$, the constant grows like $(L-1)/2$."
    ),
    where=_PAPER,
    verdict="holds",
)
def ntk_decay(tier: Tier) -> Checks:
    """Quadrature, constants extrapolated from it, large k, growth with depth."""
    for depth in tier.pick(quick=(3,), full=(2, 3, 4, 5)):
        yield from against_quadrature(tier, ks.ntk(depth), oracle.ntk(depth))
    yield bound(
        "what the quadrature leaves out, $L=6$, $d=10$, $k=140$",
        oracle.quadrature_gap(oracle.ntk(6), 10, [40, 140, 141]),
        upper=1e-25,
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
    "C26",
    title="End points of tangent kernels with an input bias",
    statement=(
        r"From $\kappa_{\mathrm{NTK}}^{1}=u+1$, for every $L\geq2$: $\kappa(1)=L+1$, "
        r"$c_1=-\frac{(L-1)(L+2)}{2}\frac{\sqrt2}{\pi}$, and no term $t^{1/2}$ at $-1$."
    ),
    where=_CODE,
    verdict="proved",
)
def bias_ends(tier: Tier) -> Checks:
    """Induction over the layers in symbols, and the library for five depths."""
    import sympy

    x, e, c, r, q, b, depth = sympy.symbols("x e c r q beta L", positive=True)
    inner = x**2 - c * x**3
    tangent = depth + 1 - e * x + r * x**2
    layer = sympy.series(tangent * (1 - b * sympy.sqrt(inner)) + 1 - inner, x, 0, 2).removeO()
    yield exact(
        r"at $+1$: one more layer makes $T=L+1-e\sqrt t+rt+\ldots$ into",
        sympy.expand(layer),
        sympy.expand(depth + 2 - (e + (depth + 1) * b) * x),
        by="sympy, every L",
        detail=r"$x=\sqrt t$, $\beta=\sqrt2/\pi$",
    )
    formula = (depth - 1) * (depth + 2) / 2
    yield exact(
        r"$\frac{(L-1)(L+2)}{2}$: its growth from $L$ to $L+1$, its value at $L=1$",
        [sympy.expand(formula.subs(depth, depth + 1) - formula), formula.subs(depth, 1)],
        [depth + 1, 0],
        by="sympy, every L",
    )
    first = sympy.expand(x**2 * (b * x + r * x**3) + c * x**3)
    yield exact(
        r"at $-1$, $L=2$: $t\kappa_0+\kappa_1$, coefficients of $t^0,t^{1/2},t$",
        [first.coeff(x, j) for j in range(3)],
        [0, 0, 0],
        by="sympy",
    )
    f_0, f_1 = sympy.symbols("f_0 f_1")
    later = sympy.expand((e + r * x**2) * (f_0 + f_1 * q * x**2)).coeff(x, 1)
    yield exact(r"at $-1$, one more layer: the coefficient of $t^{1/2}$", later, 0, by="sympy")
    size = -sympy.sqrt(2) / sympy.pi
    for layers, number in ((2, 2), (3, 5), (4, 9), (5, 14), (6, 20)):
        kernel = ks.ntk(layers, bias=True)
        decay = kernel.decay(4)
        yield exact(
            rf"library, $L={layers}$: $\kappa(1)$, $\nu$, $c_1$, $c_{{-1}}$",
            [kernel.sympy(1), decay.nu, decay.c_plus, decay.c_minus],
            [layers + 1, sympy.Rational(1, 2), number * size, 0],
            by="sympy",
        )


@check(
    "C26a",
    title="Tangent kernels with an input bias, measured",
    statement=(
        r"$\mu_k\sim\frac{2^{d-2}\Gamma(d/2)^2}{\pi^2}\frac{(L-1)(L+2)}{2}\,k^{-d}$ for both "
        r"parities."
    ),
    where=_CODE,
    verdict="holds",
)
def bias_decay(tier: Tier) -> Checks:
    """Quadrature, constants extrapolated from it, large k."""
    for depth in tier.pick(quick=(3,), full=(2, 3, 5)):
        kernel, plain = ks.ntk(depth, bias=True), oracle.ntk(depth, bias=True)
        plus, minus = ntk_coefficients(depth, bias=True)
        yield from against_quadrature(tier, kernel, plain)
        yield from constants(tier, f"with bias, $L={depth}$", plain, 0.5, plus, minus)
        yield from far_out(kernel, 0.5, plus, minus)
