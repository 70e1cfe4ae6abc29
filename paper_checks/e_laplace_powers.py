r"""Generalised Laplace kernels

e^{-c (1-u)^gamma}: every eigenvalue is a convergent sum over the powers of 1-u.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.deep_evidence import against_quadrature
from paper_checks.deep_proofs import remainder
from paper_checks.registry import Checks, Tier, check, conclusion, exact, holds, measured_against, step, table


def _expansion(gamma: float, d: int, k: int, terms: int = 30) -> list[Any]:
    """(-1)^m/m! mu_k[t^{gamma m}], m = 1, 2, ..., where gamma m is no integer."""
    from flint import arb

    with oracle.precision(400):
        return [
            (-1) ** m * oracle.power_eigenvalue(d, arb(gamma) * m, k) / arb(m + 1).gamma()
            for m in range(1, terms + 1)
            if (gamma * m) % 1
        ]


def _total(parts: list[Any]) -> Any:
    from flint import arb

    with oracle.precision(400):
        return sum(parts, arb(0))


@check(
    "C28a",
    title="Generalised Laplace kernels",
    statement=(
        r"$e^{-c(1-u)^\gamma}$, $\gamma>0$ not an integer: "
        r"$\mu_k\sim-c\,C(d,\gamma)\,k^{-d-2\gamma+1}$ for both parities; of the kernels, "
        r"$0<\gamma<1$, a smaller power has a larger RKHS. At $\gamma=3/2$ there are negative "
        r"eigenvalues: no kernel."
    ),
    where="Chen & Xu 2021, exponential power kernels",
    verdict="proved",
)
def generalised_laplace(tier: Tier) -> Checks:
    """The theorem of claim 14c, signs of C(d, gamma), and eigenvalues as convergent sums in balls."""
    import sympy

    d, g, h = sympy.symbols("d gamma h", positive=True)
    yield step(
        "the order, and the inclusion of the RKHS",
        r"$e^{-ct^\gamma}=\sum(-c)^mt^{\gamma m}/m!$ converges for every $t$, and at $-1$ the kernel is analytic: "
        r"claim 14c, with $\nu=\gamma$. The ratio of two of them is of the order $k^{-2(\gamma'-\gamma)}$: "
        r"the RKHS of the larger power is contained in the other one, where no $\mu_k$ of either is 0. "
        r"For $\gamma<1$ none is: $-(1-u)^\gamma=-1+\sum q_ju^j$, $q_j>0$, as in claim 28.",
    )
    yield exact(
        r"difference of the exponents $d+2\gamma-1$ for $\gamma+h$ and $\gamma$",
        sympy.expand((d + 2 * (g + h) - 1) - (d + 2 * g - 1)),
        2 * h,
        by="sympy",
    )
    j = sympy.Symbol("j", positive=True, integer=True)
    binomial = sympy.gamma(j - g) / sympy.gamma(j + 1)
    yield exact(
        r"$q_{j+1}/q_j=\frac{j-\gamma}{j+1}$, positive for $\gamma<1$; $q_1=\gamma$",
        [
            sympy.simplify(sympy.gammasimp(binomial.subs(j, j + 1) / binomial) - (j - g) / (j + 1)),
            (-((1 - h) ** g)).diff(h).subs(h, 0),
        ],
        [0, g],
        by="sympy, every j",
    )
    yield step(
        r"negative eigenvalues for $1<\gamma<2$",
        r"$-c\,C(d,\gamma)$ has the sign of $-1/\Gamma(-\gamma)$. $\Gamma$ has neither zeros nor poles on"
        r" $(-1,0)$ and $(-2,-1)$: its sign is constant there. So all $\mu_k$ of large $k$ are negative"
        r" for $1<\gamma<2$, for every $c$ and $d$; the first ones below are enclosed.",
    )
    signs = []
    for order in ("0.1", "0.25", "0.5", "0.75", "0.9", "1.5", "1.25"):
        sign = sympy.sign(1 / sympy.gamma(-sympy.Rational(order)))
        signs.append(-sign if sympy.Rational(order) < 1 else sign)
    yield exact(
        r"sign of $-C(d,\gamma)$: positive for $\gamma<1$, negative for $1<\gamma<2$",
        signs,
        [1] * len(signs),
        by="sympy",
        detail=r"that of $-1/\Gamma(-\gamma)$; seven $\gamma$, and $\Gamma$ has no zero or pole between",
    )
    for dimension in (3, 4):
        values = [laplace_by_series(1.5, dimension, k) for k in (3, 100, 101)]
        yield exact(
            rf"$\gamma=3/2$, $c=1$, $d={dimension}$: $\mu_3,\mu_{{100}},\mu_{{101}}<0$",
            all(bool(value < 0) for value in values),
            by="ball arithmetic",
            detail=f"mu_3 = {values[0].str(8, radius=False)}",
        )
    yield conclusion(
        r"The order for every non-integer $\gamma$, the order of the RKHS for $0<\gamma<1$, "
        r"and the signs that leave no kernel at $\gamma=\frac{3}{2}$."
    )
    few = [laplace_by_series(g, 4, k, terms) for g in (0.25, 1.5) for k in (0, 3) for terms in (4, 8)]
    all_terms = [laplace_by_series(g, 4, k) for g in (0.25, 1.5) for k in (0, 3) for _ in (4, 8)]
    yield exact(
        r"4 and 8 terms of the sum and the bound of what they leave hold the sum of 120, $\gamma=1/4,3/2$, $k=0,3$",
        all(bool(a.contains(b)) for a, b in zip(few, all_terms, strict=True)),
        by="ball arithmetic",
        detail=f"radii from {min(float(a.rad()) for a in few):.2g} to {max(float(a.rad()) for a in few):.2g}",
    )
    yield from remainder(tier, [ks.laplace(1, gamma=0.75)], room=0.01)
    yield from remainder(tier, [ks.laplace(1, gamma=0.25)], start=10**6, room=0.02)
    for gamma in (0.25, 0.75):
        for degrees in ((10**4, 10**4 + 1), (10**6, 10**6 + 1)):
            found = [laplace_by_series(gamma, 4, k) for k in degrees]
            leads = [_lead(gamma, 4, k) for k in degrees]
            room = 4.0 * degrees[0] ** (-2 * gamma)
            with oracle.precision(400):
                gaps = [a / b - 1 for a, b in zip(found, leads, strict=True)]
                near = all(bool(abs(x) < room) for x in gaps)
            yield exact(
                rf"$\gamma={gamma}$, $d=4$, $k={degrees[0]},{degrees[1]}$: within $4k^{{-2\gamma}}$ of the "
                "first term",
                near,
                by="ball arithmetic",
                detail=", ".join(f"{float(x):.3g}" for x in gaps),
            )


def _lead(gamma: float, d: int, k: int) -> Any:
    """-C(d, gamma) Gamma(k-gamma)/Gamma(k+gamma+d-1)."""
    from flint import arb

    with oracle.precision(400):
        return -oracle.power_eigenvalue(d, arb(gamma), k)


def laplace_by_series(gamma: float, d: int, k: int, terms: int = 120) -> Any:
    r"""mu_k[e^{-(1-u)^gamma}] as a ball: sum_m (-1)^m/m! mu_k[t^{gamma m}] and what follows.

    |mu_k[t^s]| <= 2^s bounds the rest by the exponential series of 2^gamma; for integers s = n the
    eigenvalue is that of a polynomial, (-n)_k in place of Gamma(k-n)/Gamma(-n), 0 for k > n.
    """
    from flint import arb

    with oracle.precision(400):
        total, size = arb(0), arb(2) ** arb(gamma)
        for m in range(terms):
            s = arb(gamma) * m
            if (gamma * m) % 1:
                value = oracle.power_eigenvalue(d, s, k)
            else:
                value = _polynomial_eigenvalue(int(gamma * m), d, k)
            total += (-1) ** m * value / arb(m).fac()
        rest = size**terms / arb(terms).fac() / (1 - size / terms)
        return total + arb(0, rest.abs_upper())


def _polynomial_eigenvalue(n: int, d: int, k: int) -> Any:
    """mu_k[(1-t)^n]: 0 for k > n."""
    from flint import arb

    if k > n:
        return arb(0)
    half = arb(d) / 2
    rising = arb(-1) ** k * arb(n).fac() / arb(n - k).fac()
    scale = arb(2) ** (n + d - 2) * half.gamma() * (n + half - arb(1) / 2).gamma()
    return scale / arb.pi().sqrt() * rising / arb(k + n + d - 1).gamma()


@check(
    "C28c",
    title="Generalised Laplace kernels, measured",
    statement=(
        r"Quadrature and the float64 spectrum agree with the sum over all powers; the ratio to the "
        r"leading term tends to 1 like $k^{-2\gamma}$."
    ),
    where="Chen & Xu 2021, exponential power kernels",
    verdict="holds",
)
def generalised_numbers(tier: Tier) -> Checks:
    """Quadrature and the float64 spectrum against the whole expansion; the order of the powers."""
    d, near = 4, [100, 101]
    far = [10**4, 10**6, 10**9, 10**9 + 1]
    for gamma, fold in ((0.25, 2), (0.75, 2), (1.5, 1)):
        plain = oracle.laplace(1.0, gamma)
        values = oracle.eigenvalues(plain, d, [3, *near], fold=fold)
        yield measured_against(
            rf"$\gamma={gamma}$, quadrature against "
            r"$\sum_m\frac{(-1)^m}{m!}\mu_k[t^{\gamma m}]$, $\gamma m$ not an integer",
            values[1:],
            [_total(_expansion(gamma, d, k)) for k in near],
            rtol=5e-51,
            why="the terms that are left out fall faster than any power of k; numbers of some 50 digits",
            at=near,
        )
        if gamma > 1:
            yield holds(
                rf"$\gamma={gamma}$: $\mu_3,\mu_{{100}},\mu_{{101}}<0$ by quadrature",
                all(bool(ball < 0) for ball in values),
                detail=f"mu_3 = {values[0].str(6, radius=False)}",
            )
            continue
        kernel = ks.laplace(c=1, gamma=gamma)
        yield from against_quadrature(tier, kernel, plain, fold=fold)
        found, parts = kernel.spectrum(d)(np.array(far)), [_expansion(gamma, d, k) for k in far]
        yield measured_against(
            rf"$\gamma={gamma}$: float64 spectrum at large $k$ against the same sum",
            found,
            [_total(p) for p in parts],
            rtol=5e-14,
            why="the aim of the library",
            at=far,
        )
        rows = [[k, mu / float(p[0])] for k, mu, p in zip(far, found, parts, strict=True)]
        yield table(rf"$\gamma={gamma}$: $\mu_k$ over the leading term", ["k", "ratio"], rows)
        order = -np.log((1 - rows[2][1]) / (1 - rows[1][1])) / np.log(1000)
        yield measured_against(
            rf"$\gamma={gamma}$: order in $k$ by which the ratio tends to 1",
            float(order),
            2 * gamma,
            atol=0.01,
            why="terms of higher order add 1 percent or less at k = 10^6 to the second one",
        )
    k = np.array([10**6, 10**9])
    for smooth, rough in ((0.75, 0.5), (0.5, 0.25)):
        ratio = ks.laplace(c=1, gamma=smooth).spectrum(d)(k)
        ratio = ratio / ks.laplace(c=1, gamma=rough).spectrum(d)(k)
        yield measured_against(
            rf"order of $\mu_k(\gamma={smooth})/\mu_k(\gamma={rough})$, $k$ from $10^6$ to $10^9$",
            float(np.log(ratio[1] / ratio[0]) / np.log(1000)),
            -2 * (smooth - rough),
            atol=1e-3,
            why="corrections of relative order k^-1/2 at k = 10^6, over log 1000 = 6.9",
        )
