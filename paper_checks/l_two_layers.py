r"""Two layers on independent patches: eigenvalues as products, and how many interactions there are

Multinomial sums of eigenvalues of the patch kernel, counts of products, and the fully connected kernel beside them.
"""

import functools
import itertools
import math
from typing import Any

import numpy as np
import sympy as sp

import kernelspec as ks
from kernelspec.ckn.spectra.two_layers import TwoLayers
from oracle import two_layers as oracle
from paper_checks.registry import *

_D = 3
_COEFFICIENTS = {1: sp.Rational(1, 2), 2: sp.Rational(1, 3), 3: sp.Rational(1, 6)}  # kappa_1, with kappa_1(1) = 1


@functools.cache
def _eigenvalue(polynomial: Any, u: Any, k: int) -> Any:
    """mu_k on S^2: the mean of polynomial P_k over [-1, 1]."""
    return sp.integrate(sp.expand(polynomial * sp.legendre(k, u)), (u, -1, 1)) / 2


def _product_eigenvalue(kappa: Any, u: Any, m: int, r: int, degrees: tuple[int, ...]) -> Any:
    """sum over |a| = r of (r!/a!) m^{-r} prod mu_{k_i}(kappa^{a_i})."""
    total: Any = 0
    for a in itertools.product(range(r + 1), repeat=m):
        if sum(a) == r:
            weight = sp.Integer(math.factorial(r)) / math.prod(math.factorial(x) for x in a)
            total += weight * sp.prod([_eigenvalue(kappa**x, u, k) for x, k in zip(a, degrees, strict=True)])
    return total / sp.Integer(m) ** r


@check("L17", verdict="proved", where="derived here")
def products(tier: Tier) -> Checks:
    r"""The spectrum of two layers: products, counts, and the fully connected kernel

    Let $x_1,\ldots,x_m$ be independent and uniform on $S^{d-1}$, $K=\kappa_2(\frac1m\sum_u\kappa_1(x_u\cdot x_u'))$
    with $\kappa_2=\sum_rb_ru^r$, $b_r\geq0$, and $\kappa_1(1)=1$. The products $Y_{k_1}(x_1)\cdots Y_{k_m}(x_m)$ of
    spherical harmonics are eigenfunctions, with $\sum_rb_rm^{-r}\sum_{|a|=r}\frac{r!}{a!}\prod_u\mu_{k_u}
    (\kappa_1^{a_u})$, and $e^{-s}\prod_u\mu_{k_u}(e^{s\kappa_1/m})$ for $\kappa_2=e^{s(u-1)}$. Of a set of $t$ degrees
    $k\geq1$, $c_k$ times each, there are $\binom mt\frac{t!}{\prod c_k!}\prod N(d,k)^{c_k}$. For $\kappa_2=u^r$ at most
    $r$ patches interact, in $\sum_{t\leq r}\binom mt(\sum_{1\leq k\leq D}N(d,k))^t$ products of degrees up to $D$, each
    degree without bound; the fully connected kernel $(\frac1m\sum x_u\cdot x_u')^r$ is the case $\kappa_1=u$, and has
    those with $\sum k_u\leq r$ and of the parity of $r$ alone. For polynomials $\kappa_2$, as $m\to\infty$, an
    interaction of $t$ patches has an eigenvalue $\sim b_tt!m^{-t}\prod\mu_{k_u}(\kappa_1)$ if $\mu_0(\kappa_1)=0$ and
    that is positive, and for the fully connected kernel one $\sim b_{|k|}|k|!m^{-|k|}\prod_u\mu_{k_u}(u^{k_u})/k_u!$,
    $|k|=\sum k_u$: patches, not degrees, are what two layers pay for.
    """
    u = sp.Symbol("u", real=True)
    kappa = sum(c * u**a for a, c in _COEFFICIENTS.items())
    yield step(
        "products",
        r"The multinomial theorem writes $K$ as an absolutely convergent sum of products of $\kappa_1(t_u)^{a_u}$, "
        r"$t_u=x_u\cdot x_u'$. The integral over $x'$ of $\prod_u\kappa_1(t_u)^{a_u}Y_{k_u}(x_u')$ is the product of "
        r"those over each $x_u'$, as the patches are independent; each is $\mu_{k_u}(\kappa_1^{a_u})Y_{k_u}(x_u)$ by "
        r"Funk and Hecke. Products of harmonics are an orthonormal basis of $L_2$, so that these are all eigenvalues. "
        r"For $e^{s(u-1)}$ the kernel itself is the product $e^{-s}\prod_ue^{s\kappa_1(t_u)/m}$.",
    )
    m, r = 2, 2
    t = sp.symbols(f"t:{m}", real=True)
    top = r * max(_COEFFICIENTS)
    series: Any = 0
    for degrees in itertools.product(range(top + 1), repeat=m):
        basis = sp.prod([(2 * k + 1) * sp.legendre(k, x) for k, x in zip(degrees, t, strict=True)])
        series += _product_eigenvalue(kappa, u, m, r, degrees) * basis
    kernel = (sum(kappa.subs(u, x) for x in t) / m) ** r
    label = rf"$K$ and its Mercer series, $d={_D}$, $m={m}$, $r={r}$, $\kappa_1=u/2+u^2/3+u^3/6$"
    yield vanish(label, sp.expand(kernel - series))
    yield step(
        "how often",
        r"The eigenvalue is symmetric in the degrees. $\binom mt$ sets of patches, $t!/\prod c_k!$ ways to lay the "
        r"degrees on them, and $N(d,k)$ harmonics for each. Summed over all degrees up to $D$ these are "
        r"$\binom mt(\sum_kN(d,k))^t$, by the multinomial theorem.",
    )
    m, top = 4, 3
    found = [0] * (m + 1)
    for degrees in itertools.product(range(top + 1), repeat=m):
        found[sum(k > 0 for k in degrees)] += math.prod(2 * k + 1 for k in degrees)
    expected = [math.comb(m, t) * sum(2 * k + 1 for k in range(1, top + 1)) ** t for t in range(m + 1)]
    yield exact(
        rf"products of $t=0,\ldots,{m}$ harmonics of degrees up to {top} on {m} patches, one by one", found, expected
    )
    yield step(
        "which are there",
        r"$|a|=r$ leaves at most $r$ factors with $a_u\geq1$, and $\mu_k(1)=0$ for $k\geq1$. With $\kappa_1=u$ "
        r"the factor "
        r"is $\mu_{k_u}(u^{a_u})$: 0 unless $a_u\geq k_u$ and of one parity, so $|k|\leq r$ and of one parity.",
    )
    m, r = 3, 3
    degrees_all = list(itertools.product(range(r + 2), repeat=m))
    there = [k for k in degrees_all if _product_eigenvalue(u, u, m, r, k) != 0]
    wanted = [k for k in degrees_all if sum(k) <= r and (r - sum(k)) % 2 == 0]
    label = r"which degrees up to 4 the fully connected kernel has, $m=r=3$, each asked for"
    yield exact(label, [int(k in there) for k in degrees_all], [int(k in wanted) for k in degrees_all])
    deep = [_product_eigenvalue(kappa, u, 3, 2, k) for k in [(1, 1, 1), (2, 1, 1), (3, 2, 1)]]
    yield exact(r"$\kappa_2=u^2$ and three patches that interact", deep, [0, 0, 0])
    yield step(
        "many patches",
        r"Let $t$ degrees be $\geq1$. If $\mu_0(\kappa_1)=0$, the term $r=t$ has one $a$ up to order, each $a_u=1$: "
        r"$b_tt!m^{-t}\prod\mu_{k_u}(\kappa_1)$. A term with $r=t+j$ has weights $m^{-t-j}$ and patches of degree "
        r"0 with "
        r"$a_u\geq2$, at most $j/2$ of them, in at most $m^{j/2}$ places: its sum is $O(m^{-t-j/2})$, and there "
        r"are finitely "
        r"many. With $\kappa_1=u$ the least $r$ is $|k|$, with $a_u=k_u$, and the argument is the same.",
    )
    size = sp.Symbol("m", positive=True)
    centred = u**3  # an odd kernel: mu_0 = 0
    ratios = []
    for kernel_1, degrees, first in [(centred, (3, 1), 2), (u, (2, 1), 3), (u, (1, 1), 2)]:
        leading = math.factorial(first) * _leading(kernel_1, u, degrees, first)
        exactly = _of_m(kernel_1, u, size, degrees, 4)
        ratios.append(sp.limit(exactly * size**first / leading, size, sp.oo))
    yield exact(
        r"$\lambda m^t$ over its limit as $m\to\infty$, $\kappa_2=u^2+u^3+u^4$, $\kappa_1=u^3$, $u$, $u$",
        ratios,
        [1, 1, 1],
    )
    yield conclusion(
        r"Multinomial theorem, independence and Funk and Hecke, for every $d$, $m$ and $\kappa_1$; the powers of $m$ "
        r"for polynomials $\kappa_2$."
    )
    yield from _measured(tier)


def _leading(kappa: Any, u: Any, degrees: tuple[int, ...], r: int) -> Any:
    """prod mu_{k_u}(kappa^{a_u})/a_u!, with the least powers a_u that are not 0, of sum r."""
    powers = [next(a for a in range(1, 9) if _eigenvalue(kappa**a, u, k) != 0) for k in degrees]
    assert sum(powers) == r
    return sp.prod(
        [_eigenvalue(kappa**a, u, k) / sp.Integer(math.factorial(a)) for a, k in zip(powers, degrees, strict=True)]
    )


def _of_m(kappa: Any, u: Any, m: Any, degrees: tuple[int, ...], most: int) -> Any:
    """The eigenvalue for kappa_2 = u^2 + ... + u^most as a function of m: g_0^{m-t} by its logarithm's series."""
    z = sp.Symbol("z")

    def generating(k: int) -> Any:
        return sum(_eigenvalue(kappa**a, u, k) * z**a / sp.Integer(math.factorial(a)) for a in range(most + 1))

    rest = sp.series(
        sp.exp((m - len(degrees)) * sp.series(sp.log(generating(0)), z, 0, most + 1).removeO()), z, 0, most + 1
    )
    whole = sp.expand(rest.removeO() * sp.prod([generating(k) for k in degrees]))
    return sum(whole.coeff(z, r) * math.factorial(r) / m**r for r in range(2, most + 1))


def _measured(tier: Tier) -> Checks:
    """The library against a Fourier transform, and what both kernels spend."""
    worst = []
    outers: list[tuple[Any, Any]] = [(ks.polynomial(r), lambda x, r=r: x**r) for r in (2, 3, 4)]
    outers.append((ks.exponential(0.6), lambda x: np.exp((x - 1) / 0.36)))
    for outer, function in outers:
        grid = oracle.two_circles(lambda x: np.exp(x - 1), function, 256)
        solver = TwoLayers(ks.exponential(), outer, 2, 2)
        gaps = [
            abs(solver.eigenvalue(tuple(k for k in (a, b) if k)) - grid[a, b])
            for a, b in itertools.product(range(6), repeat=2)
        ]
        worst.append(max(gaps))
    yield bound(
        "the library and a Fourier transform in two dimensions, $d=2$, $m=2$: $u^2,u^3,u^4$, exponential",
        worst,
        upper=2e-16,
        why="sums of 2^16 numbers up to 1 in float64, pairwise",
    )
    m = 64
    rows: list[list[Any]] = []
    two, full = (TwoLayers(k, ks.polynomial(4), 9, m) for k in (ks.arccos(1), ks.linear()))
    for degrees in [(1,), (2,), (4,), (1, 1), (2, 2), (4, 4), (1, 1, 1), (2, 1, 1)]:
        rows.append([str(degrees), two.interactions(degrees), two.eigenvalue(degrees), full.eigenvalue(degrees)])
    yield table(
        r"64 patches on $S^8$, $\kappa_2=u^4$: two layers ($\kappa_1$ that of ReLU) and fully connected",
        ["degrees", "how many", "two layers", "fully connected"],
        rows,
    )
    yield holds(
        "two layers have interactions of two patches of degree 4, the fully connected kernel has none",
        rows[5][2] > 0 and rows[5][3] == 0,
    )
