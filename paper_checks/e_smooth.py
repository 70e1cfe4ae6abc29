r"""Smooth activations

What remains of the decay when there is no singularity on [-1, 1].
"""

from functools import cache
from typing import Any

import sympy

import kernelspec as ks
from paper_checks.registry import *

_X, _U = sympy.symbols("x u", real=True)


@check(
    "C31",
    verdict="proved",
    where="Bietti & Bach 2021, remarks on smooth activations; rates of erf and GELU derived here",
)
def smooth_activations(tier: Tier) -> Checks:
    r"""Smooth activations decay faster than any power

    $\kappa_\sigma^{(r)}(1)=E[\sigma^{(r)}(w)^2]$; where all these are finite, $\mu_k$ falls faster than any power.
    $e^{(u-1)/\sigma^2}$, $\sin$, $\exp$: $|\mu_k|^{1/k}=O(1/k)$; erf and GELU: geometrically,
    $\limsup|\mu_k|^{1/k}=\frac{1}{\rho}$ with $\rho=\frac{3+\sqrt5}{2}$ and $2+\sqrt3$.
    """
    yield step(
        "derivatives at 1, and faster decay than any power",
        r"With $\sigma=\sum a_ih_i$ (normalised Hermite polynomials), $\kappa=\sum a_i^2u^i$ and "
        r"$\sigma^{(r)}=\sum_ia_i\sqrt{i!/(i-r)!}\,h_{i-r}$: both sides are $\sum_ia_i^2i!/(i-r)!$, finite or not. "
        r"($h_i'=\sqrt i\,h_{i-1}$ for every $i$: differentiate $\sum_ih_is^i/\sqrt{i!}=e^{sx-s^2/2}$.) Where they "
        r"are finite for every $r$, all derivatives of $\kappa$ converge on $[-1,1]$: claim 14b.",
    )
    i, r = sympy.symbols("i r", positive=True, integer=True)
    slopes = [sympy.expand(_hermite(j).diff(_X) - sympy.sqrt(j) * _hermite(j - 1)) for j in range(1, 9)]
    falling = [sympy.gamma(i + 1) / sympy.gamma(i - m + 1) for m in (r, r + 1)]  # i!/(i-m)!
    one = sympy.gammasimp(falling[0] * (i - r) / falling[1])
    label = r"$h_i'=\sqrt i\,h_{i-1}$, for $i\leq8$; the product of these over $r$ steps, squared, is $i!/(i-r)!$"
    yield exact(label, [*slopes, one], [0] * 8 + [1])
    activations = {"erf": (sympy.erf(_X), 1), "sin": (sympy.sin(_X), 0), "exp": (sympy.exp(_X), 0)}
    for name in tier.pick(quick=("erf",), full=("erf", "sin", "exp")):
        activation, first = activations[name]
        kernel, orders = ks.dual(name).sympy(_U), range(first, 4)
        gaps = [kernel.diff(_U, n).subs(_U, 1) - _mean(activation.diff(_X, n) ** 2) for n in orders]
        gaps = [sympy.simplify(gap.rewrite(sympy.exp)) for gap in gaps]
        yield exact(
            rf"{name}: $\kappa^{{(r)}}(1)-E[\sigma^{{(r)}}(w)^2]$, $r={first},\ldots,3$", gaps, [0] * len(orders)
        )
    yield step(
        "the condition is needed",
        r"For ReLU $\sigma''$ is not in $L^2$, $\kappa''(1)$ is infinite, and the decay is a power (claim 20).",
    )
    limit = sympy.limit(1 / ks.dual("relu").sympy(_U).diff(_U, 2), _U, 1, "-")
    yield exact(r"ReLU: $1/\kappa''(u)$ at $u\to1$", limit, 0)
    yield step(
        "the rates of erf and GELU",
        r"If $\kappa$ is analytic in the ellipse with foci $\pm1$ and half axes adding to $\rho'$, its error of "
        r"approximation by polynomials of degree below $k$ is $O(\rho'^{-k})$, and $|\mu_k|$ is at most that error, "
        r"as $P_k$ is orthogonal to them. If $|\mu_k|=O(\rho'^{-k})$, the Mercer series $\sum\mu_kN(d,k)P_k$ "
        r"converges inside that ellipse, where $|P_k|\leq\rho''^k$ on a smaller one, and is analytic there. So "
        r"$\limsup|\mu_k|^{1/k}=1/\rho$ for the largest ellipse, whose end is the nearest singularity "
        r"$x=\pm\frac{3}{2}$ of erf and $\pm2$ of GELU: $\rho=x+\sqrt{x^2-1}$.",
    )
    rates = [x + sympy.sqrt(x**2 - 1) for x in (sympy.Rational(3, 2), sympy.Integer(2))]
    stated = [(3 + sympy.sqrt(5)) / 2, 2 + sympy.sqrt(3)]
    yield exact(r"$x+\sqrt{x^2-1}$ at $\frac{3}{2}$ and $2$", rates, stated)
    erf, gelu = ks.dual("erf").sympy(_U), ks.dual("gelu").sympy(_U)
    slope = sympy.simplify(erf.diff(_U) * sympy.sqrt(sympy.Rational(9, 4) - _U**2))
    height = sympy.expand(gelu * sympy.sqrt(1 - _U**2 / 4))
    yield exact(
        r"erf, odd: $\kappa'\sqrt{9/4-u^2}$; GELU: $\kappa\sqrt{1-u^2/4}$ at $u=\pm2$: not 0, so that $\kappa'$ "
        r"and $\kappa$ are infinite there",
        [slope, height.subs(_U, 2), height.subs(_U, -2)],
        [2 / sympy.pi, 1 / (4 * sympy.pi), 1 / (4 * sympy.pi)],
        detail=r"functions of $\arcsin(2u/3)$, and of $\arccos(u/2)$ and $\sqrt{1-u^2/4}$: analytic but for the "
        r"cuts from these points",
    )
    gap = sympy.simplify((erf - 2 * sympy.asin(2 * _U / 3) / sympy.pi).rewrite(sympy.asin))
    yield exact(r"erf: $\kappa-\frac{2}{\pi}\arcsin\frac{2u}{3}$", gap, 0)
    yield step(
        r"the rates of $e^{(u-1)/\sigma^2}$, $\sin$ and $\exp$",
        r"With $\alpha=\sigma^{-2}$ their Taylor coefficients are at most a constant times $\alpha^k/k!$,"
        r" $\alpha=1$ for $\sin$ and $\exp$. By claim 10 $0\leq\mu_k\leq\sum_{m\geq k}b_m=O(\alpha^k/k!)$,"
        r" as $\mu_k(u^m)\leq1$; and $(k!)^{1/k}\geq k/e$.",
    )
    kernels = [ks.dual("sin"), ks.dual("exp"), ks.exponential(1)]
    closed = [sympy.exp(-1) * sympy.sinh(_U), sympy.exp(1 + _U), sympy.exp(_U - 1)]
    gaps = [sympy.simplify((k.sympy(_U) - f).rewrite(sympy.exp)) for k, f in zip(kernels, closed, strict=True)]
    label = (
        r"$\kappa$ of $\sin$ and $\exp$: $e^{-1}\sinh u$ and $e^{1+u}$; of the Gaussian kernel, $\sigma=1$: $e^{u-1}$"
    )
    yield exact(label, gaps, [0, 0, 0])
    yield conclusion(
        r"The identity at 1 and its consequence are the first step, for every activation with square"
        r" integrable derivatives; the rates of the five named kernels are the last two."
    )


@cache
def _mean(expression: Any) -> Any:
    """E[expression] for x ~ N(0, 1)."""
    weighted = expression * sympy.exp(-(_X**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return sympy.integrate(weighted, (_X, -sympy.oo, sympy.oo))


def _hermite(i: int) -> Any:
    """The normalised probabilists' Hermite polynomial."""
    before, here = sympy.Integer(0), sympy.Integer(1)
    for j in range(i):
        before, here = here, sympy.expand(_X * here - j * before)
    return here / sympy.sqrt(sympy.factorial(i))
