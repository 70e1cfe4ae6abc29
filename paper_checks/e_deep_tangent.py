r"""Deep tangent kernels, with and without bias

Coefficients at the end points by induction over the layers in symbols, as for random features.
"""

from __future__ import annotations

from typing import Any

import sympy

import kernelspec as ks
from paper_checks.deep_evidence import power_series
from paper_checks.registry import *

_PAPER = "Bietti & Bach 2021, corollary on deep tangent kernels"
_CODE = "The code with Bietti & Bach 2021, input bias; constants derived here"
_X, _E, _C, _R, _Q, _BETA, _L = sympy.symbols("x e c r q beta L", positive=True)


def _at_plus_one(bias: int, formula: Any) -> Checks:
    """One more layer where T(1) = L + bias, x = sqrt(t); and that the formula grows like e, from 0 at L = 1."""
    inner = _X**2 - _C * _X**3
    tangent = _L + bias - _E * _X + _R * _X**2
    layer = sympy.series(tangent * (1 - _BETA * sympy.sqrt(inner)) + 1 - inner, _X, 0, 2).removeO()
    value = sympy.latex(_L + bias)
    yield exact(
        rf"one more layer makes $T={value}-e\sqrt t+rt+\ldots$ into",
        sympy.expand(layer),
        sympy.expand(_L + bias + 1 - (_E + (_L + bias) * _BETA) * _X),
        by="sympy, every L",
        detail=r"$x=\sqrt t$, $\beta=\sqrt2/\pi$",
    )
    found = [sympy.expand(formula.subs(_L, _L + 1) - formula), formula.subs(_L, 1)]
    yield exact(
        rf"${sympy.latex(formula)}$: its growth from $L$ to $L+1$, its value at $L=1$",
        found,
        [_L + bias, 0],
        by="sympy, every L",
    )


def _library(layers: int, bias: bool, plus: Any, minus: Any) -> Evidence:
    """Value at 1, nu, c_1 and c_{-1}, in units of -beta."""
    kernel = ks.ntk(layers, bias=bias)
    law, size = kernel.decay(4), -sympy.sqrt(2) / sympy.pi
    found = [kernel.sympy(1), law.nu, law.c_plus / size, law.c_minus / size]
    label = rf"library, $L={layers}$: value at 1, $\nu$, $c_1$ and $c_{{-1}}$ over $-\sqrt2/\pi$"
    return exact(label, [sympy.simplify(v) for v in found], [layers + bias, sympy.Rational(1, 2), plus, minus])


@check("C25", verdict="proved", where=_PAPER + "; the constants are made explicit here")
def ntk_ends(tier: Tier) -> Checks:
    r"""End points of deep tangent kernels

    For every $L\geq2$, $\nu=1/2$: $c_1=-\frac{L(L-1)}{2}\frac{\sqrt2}{\pi}$, $c_{-1}=-\frac{\sqrt2}{\pi}\Pi_L$.
    """
    sigma = sympy.Symbol("sigma", positive=True)
    yield step("one layer at either end")
    yield exact(
        r"$1-\kappa_0(1-t)=\kappa_0(-1+t)=\frac{2}{\pi}\arcsin\sigma$, $t=2\sigma^2$, up to $\sigma^2$",
        power_series(2 * sympy.asin(sigma) / sympy.pi, sigma, 3),
        [0, 2 / sympy.pi, 0],
        detail=r"$\beta t^{1/2}=\frac{2}{\pi}\sigma$ with $\beta=\sqrt2/\pi$",
    )
    yield step(
        "at $+1$: induction on $L$",
        r"Below $x=\sqrt t$, and $c$, $r$, $q$ stand for terms that must not matter. One layer is "
        r"$T\to T\kappa_0(\kappa)+\kappa_1(\kappa)$ with $1-\kappa=t-ct^{3/2}+\ldots$ (claim 24).",
    )
    yield from _at_plus_one(0, _L * (_L - 1) / 2)
    yield step(
        "at $-1$: induction on $L$",
        r"$L=2$ has $-\beta=-\beta\Pi_2$; every later layer reads an inner value $b_\ell\in[0,1)$, and multiplies by "
        r"$\kappa_0(b_\ell)$. What it adds, $\kappa^{\ell+1}$, has no $t^{1/2}$ (claim 24).",
    )
    first = sympy.expand((-1 + _X**2) * (_BETA * _X + _R * _X**3) + _C * _X**3).coeff(_X, 1)
    yield exact(r"$L=2$: the coefficient of $t^{1/2}$ in $u\kappa_0+\kappa_1$", first, -_BETA)
    f = sympy.symbols("f_0:2")
    later = sympy.expand((_E + _C * _X + _R * _X**2) * (f[0] + f[1] * _Q * _X**2)).coeff(_X, 1)
    yield exact(
        r"one more layer makes the coefficient $c$ of $t^{1/2}$ into",
        later,
        f[0] * _C,
        detail=r"$f_0=\kappa_0(b_\ell)$; $\kappa^\ell(-1+t)=b_\ell+O(t)$, $\ell\geq2$",
    )
    yield conclusion(r"By induction on the layers, for every $L\geq2$.")
    yield _library(3, False, 3, sympy.Rational(1, 2))


@check("C26", verdict="proved", where=_CODE)
def bias_ends(tier: Tier) -> Checks:
    r"""End points of tangent kernels with an input bias

    From $\kappa_{\mathrm{NTK}}^{1}=u+1$, for every $L\geq2$: $\kappa(1)=L+1$,
    $c_1=-\frac{(L-1)(L+2)}{2}\frac{\sqrt2}{\pi}$, and no term $t^{1/2}$ at $-1$.
    """
    yield step(
        "at $+1$: induction on $L$",
        r"One layer is $T\to T\kappa_0(\kappa)+\kappa_1(\kappa)$ with $1-\kappa=t-ct^{3/2}+\ldots$ (claim 24), from "
        r"$T=u+1=2-t$; $c$, $r$, $q$ stand for terms that do not matter. The value at 1 grows by 1.",
    )
    yield from _at_plus_one(1, (_L - 1) * (_L + 2) / 2)
    yield step(
        "at $-1$: induction on $L$",
        "$T=u+1=t$ takes $t^{1/2}$ away from the first layer; a later one reads an inner "
        r"value $b_\ell$, where $\kappa_0$ and $\kappa_1$ are analytic, and $\kappa^\ell$ has "
        "no $t^{1/2}$ there (claim 24).",
    )
    first = sympy.expand(_X**2 * (_BETA * _X + _R * _X**3) + _C * _X**3)
    found = [first.coeff(_X, j) for j in range(3)]
    yield exact(r"$L=2$: $t\kappa_0+\kappa_1$, coefficients of $t^0,t^{1/2},t$", found, [0, 0, 0])
    f = sympy.symbols("f_0:2")
    later = sympy.expand((_E + _R * _X**2) * (f[0] + f[1] * _Q * _X**2)).coeff(_X, 1)
    yield exact(r"one more layer: the coefficient of $t^{1/2}$", later, 0)
    yield conclusion(r"By induction on the layers, for every $L\geq2$.")
    yield _library(2, True, 2, 0)
    yield _library(5, True, 14, 0)
