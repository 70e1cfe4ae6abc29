r"""Taylor coefficients and the full expansion

Claims 17 and 18: beyond the leading term of the decay theorem (`c_decay_theorem`).
"""

from __future__ import annotations

import math
from typing import Any

import sympy
from flint import arb

import kernelspec as ks
from kernelspec import Zonal, sphere
from oracle import deep as oracle
from oracle.kernels import KernelSpec, end_series
from paper_checks.deep_proofs import certified
from paper_checks.e_laplace_powers import laplace_by_series
from paper_checks.quadrature_steps import quadrature_steps
from paper_checks.registry import *
from paper_checks.tight_remainders import remainders_where_tight


@check(
    "C17", verdict="proved", where="Bietti & Bach 2021, Appendix B.1, for the order; the constant by Flajolet & Odlyzko"
)
def taylor_coefficients(tier: Tier) -> Checks:
    r"""Taylor coefficients

    For a composition or a recursion of arc-cosine kernels, and for $e^{-c(1-u)^\gamma}$: $b_k \sim
    (c_1+(-1)^kc_{-1})k^{-\nu-1}/\Gamma(-\nu)$ where $\kappa = \sum b_ku^k$; in full
    $b_k\sim\sum_\nu(c_{\nu,1}+(-1)^kc_{\nu,-1})\frac{\Gamma(k-\nu)}{\Gamma(-\nu)\,\Gamma(k+1)}$.
    """
    k, nu, u = sympy.symbols("k nu u")
    yield step(
        r"what is left after the powers $\nu<N$ has coefficients $O(k^{-j})$",
        r"$\kappa_s=\sum b_ju^j$ with $b_j\geq0$, $b_0,b_1>0$, and $\sum b_j=1$: so $|\kappa_s(z)|<1$ for $|z|\leq1$, "
        r"$z\neq\pm1$, and the cuts of $\kappa_s$ begin at $\pm1$. Hence compositions, their sums and products are "
        r"analytic on the closed unit disk but for $\pm1$, where they are the convergent sums of powers of claim 14c, "
        r"in a neighbourhood without the cut. Less their powers $\nu<N$, a kernel has $j<N$ continuous derivatives on "
        r"the circle, and its Taylor coefficients, which are its Fourier coefficients there, are $O(k^{-j})$. For "
        r"$e^{-c(1-u)^\gamma}$ the cut from $1$ is the only one.",
    )
    yield step("the coefficients of the powers")
    binomial = sympy.gamma(k - nu) / (sympy.gamma(-nu) * sympy.gamma(k + 1))
    grown = sympy.gammasimp(binomial.subs(k, k + 1) / binomial)
    yield exact(
        r"$[u^k](1-u)^\nu=\frac{\Gamma(k-\nu)}{\Gamma(-\nu)\Gamma(k+1)}$: the ratio of the binomial series, "
        r"$\frac{k-\nu}{k+1}$, and $1$ at $k=0$",
        [sympy.simplify(grown - (k - nu) / (k + 1)), sympy.gammasimp(binomial.subs(k, 0))],
        [0, 1],
        by="sympy, for every k and nu",
        detail=r"$(1+u)^\nu$ has $(-1)^k$ times it, and it is $k^{-\nu-1}/\Gamma(-\nu)(1+O(1/k))$",
    )
    yield step(
        r"$b_j\geq0$, $b_0,b_1>0$ and $\sum b_j=1$ for every $\kappa_s$",
        r"A dual kernel has the squares of Hermite coefficients (claim 10); $E[\sigma_s(w)]$ "
        r"and $E[w\sigma_s(w)]$ are positive, and $\kappa_s(1)=1$.",
    )
    for s in range(4):
        b = sympy.Poly(sympy.series(ks.arccos(s).sympy(u), u, 0, 8).removeO(), u).all_coeffs()[::-1]
        signs = all(c >= 0 for c in b) and bool(b[0] > 0) and bool(b[1] > 0)
        yield exact(
            rf"$\kappa_{s}$: coefficients to $u^7$ at least 0, those of $1$ and $u$ positive", signs, by="sympy"
        )
    yield conclusion(
        "$b_k$ is the sum of the coefficients of the powers, $N$ as large as one likes, with "
        "a remainder $O(k^{-j})$: the full expansion, and its first term."
    )
    shown = []
    for kernel, odd in ((ks.arccos(1), 0), (ks.rf(3), 0), (ks.ntk(3), 1), (ks.laplace(1), 1), (ks.rf(2, degree=0), 1)):
        b, law = kernel.taylor(804), kernel.decay(3)
        order, c = float(law.nu), float((law.c_plus + (-1) ** odd * law.c_minus).evalf())
        near, far = (float(b[n]) * n ** (order + 1) * math.gamma(-order) / c for n in (400 + odd, 800 + odd))
        shown.append(near)
        label, why = rf"`{kernel!r}`: $b_k$ over its limit, extrapolated from $k = 400, 800$ (+{odd})", "of order k^-2"
        yield measured_against(label, 2 * far - near, 1.0, atol=2e-4, why=why)
    yield measured_against(r"$\kappa_1$ at $k = 400$", shown[0], 1.0044, atol=5e-5, why="claimed to four decimals")


@check("C18", verdict="proved", where="derived here")
def full_expansion(tier: Tier) -> Checks:
    r"""The full expansion

    $\mu_k \sim \sum_m(c_{m,1}+(-1)^kc_{m,-1})C(d,\nu_m)\frac{\Gamma(k-\nu_m)}{\Gamma(k+\nu_m+d-1)}$ over all
    non-integer exponents at both ends: for RF and NTK, $L = 2, 3, 4, 6$, $d = 3$, at $k = 200$ and $201$, relative
    errors below $3\cdot10^{-4}$, $6\cdot10^{-11}$ and $5\cdot10^{-24}$ with 1, 3 and 8 terms.
    """
    yield step(
        "asymptotic, with errors that are bounded",
        r"That the sum is asymptotic is claim 14c, with a remainder $O(k^{-2j})$ for every $j$. The "
        r"errors below are upper bounds: $\mu_k$ is enclosed by twelve terms and a proved bound of what "
        r"they leave, and, at $L=3$, by quadrature with a proved error; the two meet.",
    )
    families = {"RF": ("rf", (2, 3, 4, 6)), "NTK": ("ntk", (2, 3, 4, 6)), "Laplace": ("laplace", (0,))}
    rows: list[tuple[Any, ...]] = []
    errors: dict[str, dict[int, list[float]]] = {name: {1: [], 3: [], 8: []} for name in families}
    for name, (family, depths) in families.items():
        for depth, k in ((depth, k) for depth in depths for k in (200, 201)):
            if depth == 2 and k % 2:
                continue  # two layers have no odd eigenvalues beyond 1 (claims 20, 21)
            kernel, plus, minus = _series_of(family, depth)
            rest = kernel.spectrum(3).remainder(terms=12)
            with oracle.precision():
                mu = rest.sum(k) + arb(0, rest.bound(k).abs_upper())
            found = _errors(mu, plus, minus, 3, k)
            rows.append((repr(kernel), k, *found.values()))
            for terms, error in found.items():
                errors[name][terms].append(error)
    yield from quadrature_steps(lambda k: laplace_by_series(0.5, 4, k))
    for kernel in tier.pick(quick=(ks.ntk(3),), full=(ks.rf(3), ks.ntk(3))):
        rest = kernel.spectrum(3).remainder(terms=12)
        quadratures = dict(zip((200, 201), certified(kernel, 3, (200, 201), 40), strict=True))
        with oracle.precision():
            meet = [bool(abs(mu - rest.sum(k)) <= rest.bound(k) + mu.rad()) for k, mu in quadratures.items()]
        label = f"`{kernel!r}`, $d=3$, $k=200,201$: quadrature and twelve terms differ by the remainder at most"
        yield exact(label, all(meet), by="ball arithmetic")
    yield table("Relative error of the expansion, $d=3$", ["kernel", "$k$", "1 term", "3 terms", "8 terms"], rows)
    for terms, upper in {1: 3e-4, 3: 6e-11, 8: 5e-24}.items():
        both = errors["RF"][terms] + errors["NTK"][terms]
        yield exact(
            f"RF and NTK, all depths, both parities: relative errors with {terms} terms below {upper:g}",
            all(error < upper for error in both),
            by="ball arithmetic",
            detail=f"from {min(both):.2g} to {max(both):.2g}",
        )
    yield conclusion(
        "The expansion is claim 14c for every kernel of its kind. The three bounds are the "
        "largest over the kernels named, both parities where they do not vanish."
    )
    small = all(error < 1e-38 for error in errors["Laplace"][8])
    yield exact("Laplace, 8 terms: below 1e-38", small, by="ball arithmetic", detail="claimed: 5e-39 at k = 201")
    for kernel, order, c, claimed in ((ks.rf(2), 1.5, 4 / 3, 0.953), (ks.ntk(3), 0.5, -3.5, 0.974)):
        power = c * math.sqrt(2) / math.pi * sphere.decay_constant(3, order) * 50.0 ** (-2 - 2 * order)
        label, why = rf"`{kernel!r}`, $d = 3$: $\mu_{{50}}$ over the bare power", "claimed to three decimals"
        yield measured_against(label, kernel.spectrum(3)[50] / power, claimed, atol=5e-4, why=why)
    yield from remainders_where_tight()


def _series_of(family: str, depth: int) -> tuple[Zonal, Any, Any]:
    """A kernel and its coefficients of t^{m/2} at +1 and -1, in balls."""
    spec = KernelSpec(family, depth) if depth else KernelSpec(family)
    with oracle.precision():
        _, plus, minus = end_series(spec, 12)
    return ks.parse(spec.text), plus, minus


def _errors(mu: Any, plus: Any, minus: Any, d: int, k: int) -> dict[int, float]:
    """Upper bounds of the relative errors with 1, 3 and 8 terms, exponents 1/2, 3/2, ..."""
    found: dict[int, float] = {}
    with oracle.precision():
        total, terms = arb(0), 0
        for i in range(1, len(plus), 2):
            c = plus[i] + (-1) ** k * minus[i]
            total += c * oracle.power_eigenvalue(d, arb(i) / 2, k)
            if abs(c) < 1e-60:
                continue  # a coefficient that is 0
            terms += 1
            if terms in (1, 3, 8):
                found[terms] = float(abs(total / mu - 1).abs_upper())
    return found
