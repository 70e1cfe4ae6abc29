r"""Deep tangent kernels, with and without bias

Coefficients at the end points by induction over the layers in symbols, as for random features.
"""

from __future__ import annotations

import kernelspec as ks
from paper_checks.deep_evidence import digits, ntk_coefficients, parity_ratio, power_series
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step

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
    yield step("one layer at either end")
    yield exact(
        r"$1-\kappa_0(1-t)=\kappa_0(-1+t)=\frac{2}{\pi}\arcsin\sigma$, $t=2\sigma^2$, up to "
        r"$\sigma^2$",
        power_series(2 * sympy.asin(sigma) / sympy.pi, sigma, 3),
        [0, 2 / sympy.pi, 0],
        by="sympy",
        detail=r"$\beta t^{1/2}=\frac{2}{\pi}\sigma$ with $\beta=\sqrt2/\pi$",
    )
    yield step(
        "at $+1$: induction on $L$",
        r"Below $x=\sqrt t$, and $c$, $r$, $q$ stand for terms that must not matter. One layer is "
        r"$T\to T\kappa_0(\kappa)+\kappa_1(\kappa)$ with $1-\kappa=t-ct^{3/2}+\ldots$ (claim 24).",
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
    yield step(
        "at $-1$: induction on $L$",
        r"$L=2$ has $-\beta=-\beta\Pi_2$; every later layer reads an inner value "
        r"$b_\ell\in[0,1)$, and multiplies by $\kappa_0(b_\ell)$. What it adds, "
        r"$\kappa^{\ell+1}$, has no $t^{1/2}$ (claim 24).",
    )
    yield exact(r"at $-1$, $L=2$: the coefficient of $t^{1/2}$ in $u\kappa_0+\kappa_1$", first, -b, by="sympy")
    f_0, f_1 = sympy.symbols("f_0 f_1")
    later = sympy.expand((e + c * x + r * x**2) * (f_0 + f_1 * q * x**2)).coeff(x, 1)
    yield exact(
        r"at $-1$: one more layer makes the coefficient $c$ of $t^{1/2}$ into",
        later,
        f_0 * c,
        by="sympy",
        detail=r"$f_0=\kappa_0(b_\ell)$; $\kappa^\ell(-1+t)=b_\ell+O(t)$, $\ell\geq2$",
    )
    yield conclusion(r"By induction on the layers, for every $L\geq2$.")
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
    yield step(
        "at $+1$: induction on $L$",
        r"One layer is $T\to T\kappa_0(\kappa)+\kappa_1(\kappa)$ with "
        r"$1-\kappa=t-ct^{3/2}+\ldots$ (claim 24), from $T=u+1=2-t$; $c$, $r$, $q$ stand for "
        "terms that do not matter. The value at 1 grows by 1.",
    )
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
    yield step(
        "at $-1$: induction on $L$",
        "$T=u+1=t$ takes $t^{1/2}$ away from the first layer; a later one reads an inner "
        r"value $b_\ell$, where $\kappa_0$ and $\kappa_1$ are analytic, and $\kappa^\ell$ has "
        "no $t^{1/2}$ there (claim 24).",
    )
    yield exact(
        r"at $-1$, $L=2$: $t\kappa_0+\kappa_1$, coefficients of $t^0,t^{1/2},t$",
        [first.coeff(x, j) for j in range(3)],
        [0, 0, 0],
        by="sympy",
    )
    f_0, f_1 = sympy.symbols("f_0 f_1")
    later = sympy.expand((e + r * x**2) * (f_0 + f_1 * q * x**2)).coeff(x, 1)
    yield exact(r"at $-1$, one more layer: the coefficient of $t^{1/2}$", later, 0, by="sympy")
    yield conclusion(r"By induction on the layers, for every $L\geq2$.")
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
