r"""Two-layer tangent kernels, with and without bias

The closed forms follow from those of the arc-cosine kernels by the recurrence of the Legendre
polynomials; sympy proves them for every k and d (`two_layer_forms`).
"""

from __future__ import annotations

import numpy as np

import kernelspec as ks
from kernelspec.kernels.zonal import Zonal
from oracle import deep as oracle
from oracle import two_layer_forms as forms
from paper_checks.deep_evidence import against_quadrature
from paper_checks.registry import Checks, Tier, check, conclusion, exact, holds, measured_against, step, table

_ORDER_TWO = "the next exponent is nu + 1: a correction of order k^-2, its constant below 100"


@check(
    "C21",
    title="The two-layer tangent kernel",
    statement=(
        r"$\kappa=u\kappa_0+\kappa_1$: $\mu_1=1/d$, $\mu_k=0$ for odd $k\geq3$, and for even $k$ "
        r"$\mu_k=\frac{\Gamma(d/2)^2}{8\pi^2}\left((k-1)^2+d(k+1)\right)"
        r"\left(\frac{\Gamma((k-1)/2)}{\Gamma((k+d+1)/2)}\right)^2"
        r"\sim\frac{2^{d-1}\Gamma(d/2)^2}{\pi^2}k^{-d}$."
    ),
    where="The rate: Bietti & Mairal 2019 (NeurIPS), on the inductive bias. Constant and closed form: here",
    verdict="proved",
)
def tangent_closed_form(tier: Tier) -> Checks:
    """The three terms of mu_k over one Gamma ratio, in symbols; the odd part; the library."""
    import sympy
    from sympy import gamma, pi

    k, d, _ = forms.symbols()
    terms = [*forms.times_u(k, 0, d), forms.eigenvalue(k, 1, d)]
    ratio = gamma((k - 1) / 2) / gamma((k + d + 1) / 2)
    scale = gamma(d / 2) ** 2 / pi**2
    rational = forms.quotient(terms, scale * ratio**2)
    yield step(
        "even $k$",
        r"By claim 2 $u\kappa_0$ has the mean of two eigenvalues of $\kappa_0$, and the closed "
        "forms of claim 20 have one Gamma quotient in common. At $k=0$ the first of them is "
        "absent (for $d=2$ it is the limit in $d$).",
    )
    yield exact(
        r"even $k$: $\frac{k}{2k+d-2}\mu_{k-1}(\kappa_0)+\frac{k+d-2}{2k+d-2}\mu_{k+1}(\kappa_0)"
        r"+\mu_k(\kappa_1)$",
        rational,
        ((k - 1) ** 2 + d * (k + 1)) / 8,
        by="sympy, every k, d",
        detail=r"over $\Gamma(d/2)^2\pi^{-2}(\Gamma((k-1)/2)/\Gamma((k+d+1)/2))^2$",
    )
    # The Gamma ratio tends to (k/2)^{-d-2}.
    constant = sympy.limit(rational / k**2, k, sympy.oo) * scale * 2 ** (d + 2)
    claimed = 2 ** (d - 1) * scale
    yield step("the limit", "The Gamma quotient is $(k/2)^{-d/2-1}(1+O(\frac{1}{k}))$.")
    yield exact(r"$\lim\mu_kk^d$", constant, claimed, by="sympy, every d")
    u = sympy.Symbol("u")
    kappa = ks.ntk(2).sympy(u)
    odd_part = sympy.expand((kappa - kappa.subs(u, -u)).rewrite(sympy.asin) / 2)
    yield step("odd $k$", r"A polynomial of degree 1 has $\mu_1(u)=\frac{1}{d}$ and no later eigenvalue.")
    yield exact("the odd part is $u$", odd_part, u, by="sympy", detail="so 1/d, then zeros")
    yield conclusion("Even and odd $k$ and the limit, for every $d$.")
    for d0 in tier.pick(quick=(3,), full=(2, 3, 4, 10)):
        spectrum, evens = ks.ntk(2).spectrum(d0), [0, 2, 4, 6, 12]
        values = [(rational * scale * ratio**2).subs({k: k0, d: d0}) for k0 in evens]
        found = [spectrum.exact(j) for j in evens]
        yield exact(f"library, $d={d0}$, even $k$", found, values, by="sympy")
        odds = [spectrum.exact(j) for j in (1, 3, 5, 101)]
        yield exact(f"library, $d={d0}$, $k=1,3,5,101$", odds, [sympy.Rational(1, d0), 0, 0, 0], by="sympy")
        decay = ks.ntk(2).decay(d0)
        yield exact(
            f"library's decay, $d={d0}$: exponent, even, odd",
            [decay.exponent, decay.even, decay.odd],
            [d0, claimed.subs(d, d0), 0],
            by="sympy",
        )


@check(
    "C21a",
    title="The two-layer tangent kernel, measured",
    statement="The float64 spectrum agrees with quadrature, and tends to its asymptote.",
    where="Bietti & Mairal 2019 (NeurIPS), on the inductive bias",
    verdict="holds",
)
def tangent_numbers(tier: Tier) -> Checks:
    """Quadrature in balls, then the Gamma ratio up to k = 10^6."""
    yield from against_quadrature(tier, ks.ntk(2), oracle.ntk(2), dimensions=(2, 3, 4, 10, 50))
    large = np.array([10**2, 10**3, 10**4, 10**6])
    for d in (3, 10):
        ratio = ks.ntk(2).spectrum(d)(large) / ks.ntk(2).decay(d).at(large)
        # The coefficients of t^{3/2} and t^{1/2} have the ratio -19/12 at both ends (claim 13), and
        # C(d, 3/2)/C(d, 1/2) = -3d/2.
        second = (ratio - 1) * (large + d / 2 - 1) ** 2
        yield measured_against(
            rf"second term: $(k+d/2-1)^2$ times the excess over the asymptote at $k=10^4$, $d={d}$",
            second[2],
            19 * d / 8,
            rtol=1e-6,
            why="the third term adds 10^-8 of it at this k, rounding of the ratio as much",
        )
        yield measured_against(
            rf"$\mu_k$ over its asymptote at $k=10^6$, $d={d}$", ratio[-1], 1.0, rtol=1e-10, why=_ORDER_TWO
        )
        rows = [[int(k), float(r)] for k, r in zip(large, ratio, strict=True)]
        yield table(rf"$\mu_k$ over its asymptote, $d={d}$", ["k", "ratio"], rows)


@check(
    "C22",
    title="A bias removes the parity",
    statement=(
        r"$\kappa=(u+1)\kappa_0+\kappa_1$ has $\kappa(1)=3$, "
        r"$\mu_k=\mu_k(\mathrm{NTK})+\mu_k(\kappa_0)$ and "
        r"$\mu_k\sim\frac{2^{d-1}\Gamma(d/2)^2}{\pi^2}k^{-d}$ for both parities; in the same way "
        r"$(1+u)\kappa_s$, $s=0,1$, has one constant for both parities at $k^{-d-2s}$."
    ),
    where="Bietti & Bach 2021, vector-valued features; the tangent kernel with bias",
    verdict="proved",
)
def bias_closed_form(tier: Tier) -> Checks:
    """The limits of both parities in symbols, and the library's closed forms."""
    import sympy
    from sympy import gamma, pi

    k, d, _ = forms.symbols()
    scale = gamma(d / 2) ** 2 / pi**2
    claimed = 2 ** (d - 1) * scale
    both = ks.ntk(2, bias=True)
    yield step(
        "value at 1, and the sum", r"$\kappa=\kappa_{\mathrm{NTK}}+\kappa_0$, and $\mu_k$ is linear in $\kappa$."
    )
    yield exact(r"$\kappa(1)$", sympy.simplify(both.sympy(1)), 3, by="sympy")
    yield step(
        "the limits of both parities",
        r"Even $k$: claim 21, as $\mu_k(\kappa_0)=0$. Odd $k\geq3$: $\mu_k(\kappa_0)$ alone.",
    )
    for s in (0, 1):
        power = f"d+{2 * s}" if s else "d"
        own_ratio = gamma((k - s) / 2) / gamma((k + d + s) / 2)
        own = sympy.gammasimp(forms.eigenvalue(k, s, d) / own_ratio**2) * 2 ** (d + 2 * s)
        if s == 0:
            yield exact(
                r"odd $k$: $\lim\mu_k(\kappa_0)k^d$",
                sympy.simplify(own / claimed),
                1,
                by="sympy, every d",
                detail=r"over $2^{d-1}\Gamma(d/2)^2/\pi^2$",
            )
        ratio = gamma((k - 1 - s) / 2) / gamma((k + d + 1 + s) / 2)
        rational = forms.quotient(forms.times_u(k, s, d), scale * ratio**2, shift=s)
        reached = sympy.limit(rational / k**2, k, sympy.oo) * scale * 2 ** (d + 2 + 2 * s)
        yield exact(
            rf"$\lim\mu_kk^{{{power}}}$ of $u\kappa_{s}$ over that of $\kappa_{s}$",
            sympy.gammasimp(reached / own),
            1,
            by="sympy, every d",
            detail=rf"the first has the parity of $s={s}$, the second the other one",
        )
    yield conclusion(
        r"For $\kappa$ even and odd $k$ have one limit; for $(1+u)\kappa_s$ one parity has "
        r"that of $\kappa_s$, the other that of $u\kappa_s$, and the two are equal, for every "
        "$d$."
    )
    for d0 in tier.pick(quick=(3,), full=(2, 3, 4, 10)):
        found = [both.spectrum(d0).exact(j) for j in range(8)]
        parts = [ks.ntk(2).spectrum(d0).exact(j) + ks.arccos(0).spectrum(d0).exact(j) for j in range(8)]
        yield exact(f"library's sum, $d={d0}$, $k<8$", found, parts, by="sympy")
        decay = both.decay(d0)
        yield exact(
            f"library's decay, $d={d0}$: exponent, even, odd",
            [decay.exponent, decay.even, decay.odd],
            [d0, *[claimed.subs(d, d0)] * 2],
            by="sympy",
        )
    expansion = both.decay(3)
    yield exact(
        r"$c_1$ and $c_{-1}$ of $t^{1/2}$",
        [expansion.nu, expansion.c_plus, expansion.c_minus],
        [sympy.Rational(1, 2), -2 * sympy.sqrt(2) / pi, 0],
        by="sympy",
    )


@check(
    "C22a",
    title="With a bias no eigenvalue is zero",
    statement=(
        r"Without bias the eigenvalues of odd $k\geq3$ are 0; with bias, and for $(1+u)\kappa_0$ "
        r"and $(1+u)\kappa_1$, none is, and both parities have the same constant."
    ),
    where="Bietti & Bach 2021",
    verdict="proved",
)
def no_zero(tier: Tier) -> Checks:
    """Signs of the closed forms, for every k and d."""
    import sympy

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
    yield exact(
        r"$\mu_k(\kappa_0)>0$ at odd $k$, $\mu_k(\kappa_1)>0$ at even $k\geq2$",
        all(value.is_positive for value in squares),
        by="sympy, every k, d",
    )
    even = (2 * m + 1) ** 2 + d * (2 * m + 3)  # claim 21 at k = 2m + 2
    yield exact(
        r"claim 21 at even $k\geq2$: $(k-1)^2+d(k+1)>0$; $\frac{k}{2k+d-2},\frac{k+d-2}{2k+d-2}>0$ for "
        r"$k\geq1$, $d\geq2$",
        bool(even.is_positive)
        and all(
            part.subs({k: m + 1, d: p + 2}).is_positive for part in (k / (2 * k + d - 2), (k + d - 2) / (2 * k + d - 2))
        ),
        by="sympy, every k, d",
    )
    yield conclusion(
        r"Every $\mu_k$ of the three kernels is a sum of terms that are not negative, one of "
        "them positive. The zeros without bias are those of claims 20 and 21, the constants "
        "those of claim 22."
    )
    u = ks.linear()
    kernels = [ks.ntk(2, bias=True), (1 + u) * ks.arccos(0), (1 + u) * ks.arccos(1)]
    for d0 in tier.pick(quick=(3,), full=(2, 3, 10)):
        first = [kernel.spectrum(d0).exact(j) for kernel in kernels for j in range(4)]
        yield exact(
            f"$d={d0}$: $\\mu_0,\\ldots,\\mu_3>0$ for the three kernels",
            all(bool(value > 0) for value in first),
            by="sympy",
        )
        zeros = [ks.ntk(2).spectrum(d0).exact(j) for j in (3, 5, 101)]
        yield exact(f"$d={d0}$, without bias: $k=3,5,101$", zeros, [0] * 3, by="rational arithmetic")
        decays = [kernel.decay(d0) for kernel in kernels]
        yield exact(
            f"$d={d0}$: even less odd constant of the three kernels (claim 22 has every d)",
            [sympy.simplify(decay.even - decay.odd) for decay in decays],
            [0] * 3,
            by="sympy",
        )


@check(
    "C22b",
    title="A bias removes the parity, measured",
    statement=(
        r"With bias, and for $(1+u)\kappa_0$ and $(1+u)\kappa_1$, the float64 spectrum agrees with quadrature, "
        r"has no zero up to $k=1999$, and both parities tend to one constant."
    ),
    where="Bietti & Bach 2021",
    verdict="holds",
)
def bias_numbers(tier: Tier) -> Checks:
    """Quadrature, zeros, and the asymptotes of both parities."""
    kernels: list[tuple[Zonal, oracle.Kernel]] = [
        (ks.ntk(2, bias=True), oracle.ntk(2, bias=True)),
        ((1 + ks.linear()) * ks.arccos(0), lambda x: (1 + x) * oracle.arccosine(0, x)),
        ((1 + ks.linear()) * ks.arccos(1), lambda x: (1 + x) * oracle.arccosine(1, x)),
    ]
    large = np.array([10**6, 10**6 + 1])
    for kernel, plain in kernels:
        yield from against_quadrature(tier, kernel, plain)
        least = float(np.min(kernel.spectrum(4)(np.arange(2000))))
        yield holds(f"`{kernel!r}`: no zero up to $k=1999$, $d=4$", least > 0, detail=f"least {least:.3g}")
        ratio = kernel.spectrum(4)(large) / kernel.decay(4).at(large)
        yield measured_against(
            f"`{kernel!r}` over its asymptote, $d=4$", ratio, 1.0, rtol=1e-10, why=_ORDER_TWO, at=large
        )
    odd = np.arange(3, 2000, 2)
    zeros = bool(np.all(ks.ntk(2).spectrum(4)(odd) == 0))
    yield holds("without bias: 0.0 at every odd $k$ from 3 to 1999, $d=4$", zeros)
