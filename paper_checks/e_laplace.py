r"""Laplace kernels

e^{-c (1-u)^gamma}: the constant of the decay in symbols, positive Taylor coefficients for the RKHS, and every
eigenvalue as a convergent sum over the powers of 1-u.
"""

from typing import Any

import sympy
from flint import arb

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.deep_proofs import certified, decay_constant, remainder
from paper_checks.quadrature_steps import quadrature_steps
from paper_checks.registry import *


@check(
    "C28",
    verdict="proved",
    where="Bietti & Bach 2021, corollary on the Laplace kernel; Geifman et al. 2020; Chen & Xu 2021",
)
def laplace(tier: Tier) -> Checks:
    r"""The Laplace kernel

    $e^{-c|x-y|}=\kappa_{c\sqrt2}$ with $\kappa_c(u)=e^{-c\sqrt{1-u}}$: $\nu=1/2$, $c_1=-c$, $c_{-1}=0$, $\mu_k\sim
    c\,2^{d-5/2}\frac{\Gamma(d/2)^2}{\pi}k^{-d}$ for both parities; the same RKHS as the tangent kernels of any depth
    with bias.
    """
    c, t, d, power = sympy.symbols("c t d gamma", positive=True)
    half = sympy.Rational(1, 2)
    yield step("the kernel on the sphere", r"$|x-y|=\sqrt2\,(1-u)^{1/2}$.")
    one = sympy.simplify((2 * sympy.sin(t / 2)) ** 2 / (2 - 2 * sympy.cos(t)))
    yield exact(r"$|x-y|^2$ over $2(1-\cos\theta)$ for unit vectors at the angle $\theta$", one, 1)
    yield step(
        "the order and the constant",
        r"$e^{-c\sqrt t}$ is a power series in $\sqrt t$, and the kernel is analytic at $-1$: "
        r"claim 14c with $\nu=\frac{1}{2}$, $c_1=-c$, $c_{-1}=0$.",
    )
    expansion = sympy.series(sympy.exp(-c * t), t, 0, 2).removeO()
    yield exact(r"$e^{-c\sqrt t}$: coefficients of $1$ and $t^{1/2}$", [expansion.coeff(t, j) for j in (0, 1)], [1, -c])
    stated = 2 ** (d - sympy.Rational(5, 2)) * sympy.gamma(d / 2) ** 2 / sympy.pi
    quotient = sympy.simplify(-decay_constant(d, half) / stated)
    yield exact(r"$-C(d,1/2)$ over $2^{d-5/2}\Gamma(d/2)^2/\pi$", quotient, 1, by="sympy, every d")
    yield step(
        "the same RKHS as tangent kernels with bias",
        r"Both $\mu_k$ are constants times $k^{-d}$, the same for both parities (claim 26a), and no $\mu_k$ is 0, "
        r"because no Taylor coefficient is (claim 10); so the ratio lies between two positive numbers. Taylor "
        r"coefficients: $-\sqrt{1-u}=-1+\sum_{j\geq1}q_ju^j$ with $q_j=-(-1)^j\binom{1/2}{j}>0$, and the exponential "
        r"has positive ones only. With bias, at $L=2$, $\kappa_0$ has all odd powers, $u\kappa_0$ and $\kappa_1$ all "
        r"even ones; a layer keeps them, as $\kappa_0$ has a positive coefficient of $1$, and only adds.",
    )
    j = sympy.Symbol("j", positive=True, integer=True)
    binomial = sympy.gamma(j - power) / sympy.gamma(j + 1)
    grown = sympy.gammasimp(binomial.subs(j, j + 1) / binomial).subs(power, half)
    found = [sympy.simplify(grown - (j - half) / (j + 1)), sympy.binomial(half, 1)]
    yield exact(r"$q_{j+1}/q_j=\frac{j-1/2}{j+1}>0$, $q_1=\frac{1}{2}$", found, [0, half], by="sympy, every j")
    yield conclusion(
        r"The identity on the sphere, the asymptotics in every $d$, and the RKHS for every depth $L\geq2$: claim 26a "
        r"has the order for every $L$, and the coefficients stay positive through any number of layers."
    )
    yield from remainder(tier, [ks.laplace(c) for c in (1, 2)])
    yield from quadrature_steps(lambda k: laplace_by_series(0.5, 4, k))
    for kernel in (ks.laplace(1), ks.ntk(2, bias=True)):
        positive = all(bool(ball > 0) for ball in certified(kernel, 4, range(12)))
        yield exact(rf"`{kernel!r}`, $d=4$: $\mu_0,\ldots,\mu_{{11}}>0$", positive, by="ball arithmetic")


@check("C28a", verdict="proved", where="Chen & Xu 2021, exponential power kernels")
def generalised_laplace(tier: Tier) -> Checks:
    r"""Generalised Laplace kernels

    $e^{-c(1-u)^\gamma}$, $\gamma>0$ not an integer: $\mu_k\sim-c\,C(d,\gamma)\,k^{-d-2\gamma+1}$ for both parities; of
    the kernels, $0<\gamma<1$, a smaller power has a larger RKHS. At $\gamma=3/2$ there are negative eigenvalues: no
    kernel.
    """
    d, g, h = sympy.symbols("d gamma h", positive=True)
    yield step(
        "the order, and the inclusion of the RKHS",
        r"$e^{-ct^\gamma}=\sum(-c)^mt^{\gamma m}/m!$ converges for every $t$, and at $-1$ the kernel is analytic: "
        r"claim 14c, with $\nu=\gamma$. The ratio of two of them is of the order $k^{-2(\gamma'-\gamma)}$: "
        r"the RKHS of the larger power is contained in the other one, where no $\mu_k$ of either is 0. "
        r"For $\gamma<1$ none is: $-(1-u)^\gamma=-1+\sum q_ju^j$, $q_j>0$, as in claim 28.",
    )
    gap = sympy.expand((d + 2 * (g + h) - 1) - (d + 2 * g - 1))
    yield exact(r"difference of the exponents $d+2\gamma-1$ for $\gamma+h$ and $\gamma$", gap, 2 * h)
    j = sympy.Symbol("j", positive=True, integer=True)
    binomial = sympy.gamma(j - g) / sympy.gamma(j + 1)
    grown = sympy.gammasimp(binomial.subs(j, j + 1) / binomial)
    found = [sympy.simplify(grown - (j - g) / (j + 1)), (-((1 - h) ** g)).diff(h).subs(h, 0)]
    label = r"$q_{j+1}/q_j=\frac{j-\gamma}{j+1}$, positive for $\gamma<1$; $q_1=\gamma$"
    yield exact(label, found, [0, g], by="sympy, every j")
    yield step(
        r"negative eigenvalues for $1<\gamma<2$",
        r"$-c\,C(d,\gamma)$ has the sign of $-1/\Gamma(-\gamma)$. $\Gamma$ has neither zeros nor poles on"
        r" $(-1,0)$ and $(-2,-1)$: its sign is constant there. So all $\mu_k$ of large $k$ are negative"
        r" for $1<\gamma<2$, for every $c$ and $d$; the first ones below are enclosed.",
    )
    signs = [sympy.sign(-1 / sympy.gamma(-sympy.Rational(order))) for order in ("0.25", "0.5", "0.9", "1.25", "1.5")]
    label = r"sign of $-1/\Gamma(-\gamma)$ for $\gamma=\frac{1}{4},\frac{1}{2},0.9$ and $\frac{5}{4},\frac{3}{2}$"
    yield exact(label, signs, [1, 1, 1, -1, -1])
    for dimension in (3, 4):
        values = [laplace_by_series(1.5, dimension, k) for k in (3, 100, 101)]
        label = rf"$\gamma=3/2$, $c=1$, $d={dimension}$: $\mu_3,\mu_{{100}},\mu_{{101}}<0$"
        detail = f"mu_3 = {values[0].str(8, radius=False)}"
        yield exact(label, all(bool(value < 0) for value in values), by="ball arithmetic", detail=detail)
    yield conclusion(
        r"The order for every non-integer $\gamma$, the order of the RKHS for $0<\gamma<1$, "
        r"and the signs that leave no kernel at $\gamma=\frac{3}{2}$."
    )
    cases = [(gamma, k, terms) for gamma in (0.25, 1.5) for k in (0, 3) for terms in (4, 8)]
    few = [laplace_by_series(gamma, 4, k, terms) for gamma, k, terms in cases]
    held = [bool(a.contains(laplace_by_series(gamma, 4, k))) for a, (gamma, k, _) in zip(few, cases, strict=True)]
    label = r"4 and 8 terms of the sum and the bound of what they leave hold the sum of 120, $\gamma=1/4,3/2$, $k=0,3$"
    detail = f"radii from {min(float(a.rad()) for a in few):.2g} to {max(float(a.rad()) for a in few):.2g}"
    yield exact(label, all(held), by="ball arithmetic", detail=detail)
    yield from remainder(tier, [ks.laplace(1, gamma=0.75)], room=0.01)
    yield from remainder(tier, [ks.laplace(1, gamma=0.25)], start=10**6, room=0.02)
    for gamma, start in ((gamma, start) for gamma in (0.25, 0.75) for start in (10**4, 10**6)):
        degrees, room = (start, start + 1), 4.0 * start ** (-2 * gamma)
        with oracle.precision(400):
            leads = [-oracle.power_eigenvalue(4, arb(gamma), k) for k in degrees]
            gaps = [laplace_by_series(gamma, 4, k) / lead - 1 for k, lead in zip(degrees, leads, strict=True)]
            near = all(bool(abs(x) < room) for x in gaps)
        label = rf"$\gamma={gamma}$, $d=4$, $k={start},{start + 1}$: within $4k^{{-2\gamma}}$ of the first term"
        yield exact(label, near, by="ball arithmetic", detail=", ".join(f"{float(x):.3g}" for x in gaps))


def laplace_by_series(gamma: float, d: int, k: int, terms: int = 120) -> Any:
    r"""mu_k[e^{-(1-u)^gamma}] as a ball: sum_m (-1)^m/m! mu_k[t^{gamma m}] and what follows.

    |mu_k[t^s]| <= 2^s bounds the rest by the exponential series of 2^gamma; for integers s = n the
    eigenvalue is that of a polynomial, (-n)_k in place of Gamma(k-n)/Gamma(-n), 0 for k > n.
    """
    with oracle.precision(400):
        total, size = arb(0), arb(2) ** arb(gamma)
        for m in range(terms):
            if (gamma * m) % 1:
                value = oracle.power_eigenvalue(d, arb(gamma) * m, k)
            else:
                value = _polynomial_eigenvalue(int(gamma * m), d, k)
            total += (-1) ** m * value / arb(m).fac()
        rest = size**terms / arb(terms).fac() / (1 - size / terms)
        return total + arb(0, rest.abs_upper())


def _polynomial_eigenvalue(n: int, d: int, k: int) -> Any:
    """mu_k[(1-t)^n]: 0 for k > n."""
    if k > n:
        return arb(0)
    half = arb(d) / 2
    rising = arb(-1) ** k * arb(n).fac() / arb(n - k).fac()
    scale = arb(2) ** (n + d - 2) * half.gamma() * (n + half - arb(1) / 2).gamma()
    return scale / arb.pi().sqrt() * rising / arb(k + n + d - 1).gamma()
