r"""Laplace kernels

The constant of the decay in symbols, the spectrum against quadrature and against the whole
expansion at u = 1, which for these kernels is the exponential series.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import kernelspec as ks
from paper_checks import deep_oracle as oracle
from paper_checks.deep_evidence import (
    RICHARDSON,
    against_quadrature,
    extrapolated,
    far_out,
    settles,
)
from paper_checks.registry import (
    Checks,
    Tier,
    check,
    exact,
    holds,
    measured_against,
    table,
)


def _laplace(c: float, gamma: float) -> oracle.Kernel:
    """e^{-c (1-u)^gamma} in balls."""

    def kappa(u: Any) -> Any:
        from flint import arb

        defect = 1 - u
        root = defect.sqrt() if gamma == 0.5 else defect ** arb(gamma)
        return (-arb(c) * root).exp()

    return kappa


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
    "C28",
    title="The Laplace kernel",
    statement=(
        r"$e^{-c|x-y|}=\kappa_{c\sqrt2}$ with $\kappa_c(u)=e^{-c\sqrt{1-u}}$: $\nu=1/2$, $c_1=-c$, "
        r"$c_{-1}=0$, $\mu_k\sim c\,2^{d-5/2}\frac{\Gamma(d/2)^2}{\pi}k^{-d}$ for both parities; "
        r"the same RKHS as the tangent kernels of any depth with bias."
    ),
    where="Bietti & Bach 2021, corollary on the Laplace kernel; Geifman et al. 2020; Chen & Xu 2021",
    verdict="holds",
)
def laplace(tier: Tier) -> Checks:
    """The constant in symbols, quadrature, extrapolation, large k, and ratios to tangent kernels."""
    import sympy
    from flint import arb

    c, t, d = sympy.symbols("c t d", positive=True)
    half = sympy.Rational(1, 2)
    yield exact(
        r"$|x-y|^2$ over $2(1-\cos\theta)$ for unit vectors at the angle $\theta$",
        sympy.simplify((2 * sympy.sin(t / 2)) ** 2 / (2 - 2 * sympy.cos(t))),
        1,
        by="sympy",
    )
    expansion = sympy.series(sympy.exp(-c * t), t, 0, 2).removeO()
    yield exact(
        r"$e^{-c\sqrt t}$: coefficients of $1$ and $t^{1/2}$",
        [expansion.coeff(t, j) for j in (0, 1)],
        [1, -c],
        by="sympy",
        detail=r"analytic at $-1$",
    )
    general = 2 ** (half + d - 2) * sympy.gamma(d / 2) ** 2
    general /= sympy.sqrt(sympy.pi) * sympy.gamma(-half)
    stated = 2 ** (d - sympy.Rational(5, 2)) * sympy.gamma(d / 2) ** 2 / sympy.pi
    quotient = sympy.simplify(-general / stated)
    yield exact(r"$-C(d,1/2)$ over $2^{d-5/2}\Gamma(d/2)^2/\pi$", quotient, 1, by="sympy, every d")
    for size in tier.pick(quick=(1.0,), full=(0.5, 1.0, 2.0)):
        kernel, plain = ks.laplace(c=size), _laplace(size, 0.5)
        yield from against_quadrature(tier, kernel, plain)
        for dimension in tier.pick(quick=(4,), full=(3, 10)):
            yield measured_against(
                rf"$c={size}$, $d={dimension}$: extrapolated constants",
                extrapolated(plain, dimension, 0.5),
                [arb(-size)] * 2,
                rtol=1e-13,
                why=RICHARDSON,
                at=["even k", "odd k"],
            )
        yield from far_out(kernel, 0.5, arb(-size), arb(0))
        decay, rational = kernel.decay(4), sympy.Rational(str(size))
        yield exact(
            f"library's decay, $c={size}$, $d=4$: exponent, even, odd",
            [decay.exponent, decay.even, decay.odd],
            [4, *[rational * stated.subs(d, 4)] * 2],
            by="sympy",
        )
    rows: list[list[Any]] = []
    for depth in (2, 3, 5):
        limit = float(np.sqrt(2) * np.pi / ((depth - 1) * (depth + 2)))
        ends = yield from settles(
            rf"$e^{{-\sqrt{{1-u}}}}$ over the tangent kernel with bias, $L={depth}$, $d=4$",
            ks.laplace(c=1),
            ks.ntk(depth, bias=True),
            4,
            limit,
            tier.pick(quick=500, full=2000),
        )
        rows.append([depth, *ends, limit])
    header = ["L", "least ratio", "largest ratio", "limit"]
    yield table(r"$\mu_k$ of $e^{-\sqrt{1-u}}$ over the tangent kernel with bias", header, rows)


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
    verdict="holds",
)
def generalised_laplace(tier: Tier) -> Checks:
    """Quadrature and the float64 spectrum against the whole expansion; the order of the powers."""
    d, near = 4, [100, 101]
    far = [10**4, 10**6, 10**9, 10**9 + 1]
    for gamma, fold in ((0.25, 2), (0.75, 2), (1.5, 1)):
        plain = _laplace(1.0, gamma)
        values = oracle.eigenvalues(plain, d, [3, *near], fold=fold)
        yield measured_against(
            rf"$\gamma={gamma}$, quadrature against "
            r"$\sum_m\frac{(-1)^m}{m!}\mu_k[t^{\gamma m}]$, $\gamma m$ not an integer",
            values[1:],
            [_total(_expansion(gamma, d, k)) for k in near],
            rtol=1e-35,
            why="30 terms leave 1e-40 at gamma = 1/4, k = 100, the quadrature less",
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
            rtol=1e-12,
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
