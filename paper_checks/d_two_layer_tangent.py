r"""Two-layer tangent kernels, with and without bias

The closed forms follow from those of the arc-cosine kernels by the recurrence of the Legendre polynomials; sympy proves
them for every k and d (`two_layer_forms`).
"""

from __future__ import annotations

import numpy as np
import sympy
from sympy import gamma, pi

import kernelspec as ks
from oracle import two_layer_forms as forms
from paper_checks.registry import *


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
    yield exact(
        r"even $k$: $\frac{k}{2k+d-2}\mu_{k-1}(\kappa_0)+\frac{k+d-2}{2k+d-2}\mu_{k+1}(\kappa_0)+\mu_k(\kappa_1)$",
        rational,
        ((k - 1) ** 2 + d * (k + 1)) / 8,
        by="sympy, every k, d",
        detail=r"over $\Gamma(d/2)^2\pi^{-2}(\Gamma((k-1)/2)/\Gamma((k+d+1)/2))^2$",
    )
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
    for d0 in (3, 10):
        found = [ks.ntk(2).spectrum(d0).exact(j) for j in (0, 2, 4, 6, 1, 3, 101)]
        values = [(rational * scale * ratio**2).subs({k: j, d: d0}) for j in (0, 2, 4, 6)]
        yield exact(f"library, $d={d0}$, $k=0,2,4,6$ and $1,3,101$", found, [*values, sympy.Rational(1, d0), 0, 0])


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
        yield exact(
            rf"$\lim\mu_kk^{{d+{2 * s}}}$ of $u\kappa_{s}$ over that of $\kappa_{s}$",
            sympy.gammasimp(reached / own),
            1,
            by="sympy, every d",
            detail=rf"the first has the parity of $s={s}$, the second the other one",
        )
    yield conclusion(
        r"For $\kappa$ even and odd $k$ have one limit; for $(1+u)\kappa_s$ one parity has that of $\kappa_s$, the "
        r"other that of $u\kappa_s$, and the two are equal, for every $d$."
    )
    both = ks.ntk(2, bias=True)
    found = [both.spectrum(3).exact(j) for j in range(6)]
    parts = [ks.ntk(2).spectrum(3).exact(j) + ks.arccos(0).spectrum(3).exact(j) for j in range(6)]
    yield exact("library's sum, $d=3$, $k<6$", found, parts)
    law = both.decay(3)
    size = claimed.subs(d, 3)
    yield exact("library's decay, $d=3$: exponent, even, odd", [law.exponent, law.even, law.odd], [3, size, size])


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
    kernels = [ks.ntk(2, bias=True), (1 + ks.linear()) * ks.arccos(0), (1 + ks.linear()) * ks.arccos(1)]
    first = [bool(kernel.spectrum(3).exact(j) > 0) for kernel in kernels for j in range(4)]
    yield exact(r"$d=3$: $\mu_0,\ldots,\mu_3>0$ for the three kernels", all(first), by="sympy")
    gaps = [sympy.simplify(law.even - law.odd) for law in (kernel.decay(10) for kernel in kernels)]
    yield exact("$d=10$: even less odd constant of the three kernels", gaps, [0] * 3)
    least = min(float(kernel.spectrum(4)(np.arange(2000)).min()) for kernel in kernels)
    yield holds("no zero up to $k=1999$, $d=4$, in float64", least > 0, detail=f"least {least:.3g}")
