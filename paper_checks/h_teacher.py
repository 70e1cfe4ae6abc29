r"""Teacher networks: their norms in the RKHS

A neuron with a polynomial activation is an inner product with features; its norm, and those of whole
networks. Norms themselves come from Gram matrices in rational arithmetic (`neuron_norms`).
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

import kernelspec as ks
from kernelspec.rkhs import neurons
from oracle import neuron_norms as rational
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step, vanish

Coefficients = Sequence[Fraction | int]

JMLR = "Bietti & Mairal 2019 (JMLR), norms of networks in the RKHS"


@check("C50", verdict="proved", where=f"{JMLR}, and the slide: the bound. The norm and the difference: here")
def one_neuron(tier: Tier) -> Checks:
    r"""The norm of one neuron

    $f(x)=|x|\,\sigma(\langle w,x\rangle/|x|)$ is $\langle g,\Phi(x)\rangle$ with
    $\|g\|^2=C^2_{\kappa,\sigma}(|w|^2)=\sum_j(a_j^2/b_j)|w|^{2j}$, a bound of $\|f\|^2$ and not its value: on $R^d$,
    $\|f\|^2=\sum_kN(d,k)\mu_k(\sigma(|w|\cdot))^2/\mu_k(\kappa)$. With $c_j=a_j|w|^j/b_j$ the difference is
    $\sum_k(N/\mu_k)\sum_{i<j}\mu_k(u^i)\mu_k(u^j)b_ib_j(c_i-c_j)^2$, $i,j$ of the parity of $k$: 0 where $c_j$ depends
    on the parity of $j$ alone, and, for polynomials with all $b_j>0$,
    $\sum_k(k+1)(k+2)b_{k+2}(c_k-c_{k+2})^2/2d+O(d^{-2})$.
    """
    yield step(
        "the element $g$",
        r"With the features $\sqrt{b_j}\,x^{\otimes j}$ of the unit sphere and $g_j=a_jb_j^{-1/2}w^{\otimes j}$, "
        r"$\langle w^{\otimes j},x^{\otimes j}\rangle=\langle w,x\rangle^j$ gives $\sigma(\langle w,x\rangle)$ and "
        r"$\|g\|^2=\sum_j(a_j^2/b_j)|w|^{2j}$, for every degree and $d$; $f$ and $K$ are homogeneous of degree 1, so "
        r"the sphere is enough. $\|f\|$ is the least norm of such a $g$.",
    )
    yield from _tensors(degree=4)
    d = sp.Symbol("d", positive=True)
    top = tier.pick(quick=5, full=9)
    yield step(
        "the norm",
        r"$\sigma(|w|u)=\sum_kN\mu_k(\sigma(|w|\cdot))P_k(u)$ and $\sum_jY_{kj}(w/|w|)^2=N$, "
        r"so that claim 8 gives $\|f\|^2=\sum_kN\mu_k(\sigma(|w|\cdot))^2/\mu_k(\kappa)$.",
    )
    yield step(
        "the difference",
        r"$N\mu_k(u^j)\geq0$ has the sum $1^j$ over $k$, so that $C^2=\sum_k(N/\mu_k)"
        r"\sum_im_ib_i\sum_jm_jb_jc_j^2$ with $m_j=\mu_k(u^j)$ and $\mu_k=\sum_im_ib_i$, and $\|f\|^2=\sum_k(N/\mu_k)"
        r"(\sum_jm_jb_jc_j)^2$; their difference is Lagrange's identity. Series follow by monotone limits.",
    )
    yield exact(
        r"$\sum_kN(d,k)\mu_k(u^j)=1$ for every $d$; with Cauchy's inequality in each $k$, $\|f\|^2\leq C^2$",
        [sp.cancel(sum(multiplicity(d, k) * monomial(d, j, k) for k in range(j + 1))) for j in range(top)],
        [1] * top,
        by="sympy",
    )
    a, b = (sp.symbols(f"{name}:4", positive=True) for name in "ab")
    yield vanish(
        r"$C^2-\|f\|^2$ is the sum of squares, $a_0..a_3$, $b_0..b_3$ and $d$ as symbols",
        sp.cancel(sum(a**2 / b for a, b in zip(a, b, strict=True)) - _norm(a, b, d) - _difference(a, b, d)),
        detail="the two less one another",
    )
    yield step(
        "the difference for large $d$",
        r"$N\sim\frac{d^k}{k!}$ and $\mu_k(u^{k+2i})\sim\frac{(k+2i)!}{2^ii!}d^{-k-i}$ (claims 3 and 10), rational in "
        r"$d$: $N\mu_k(u^{k+2i})=O(d^{-i})$, 1 in the limit for $i=0$, and $\frac{(k+1)(k+2)}{2d}+O(d^{-2})$ for "
        r"$i=1$. With $\mu_k=b_k\mu_k(u^k)(1+O(\frac{1}{d}))$, $b_k>0$, the pair $i=k$, $j=k+2$ leaves "
        r"$\frac{(k+1)(k+2)}{2d}b_{k+2}(c_k-c_{k+2})^2+O(d^{-2})$, and every other pair $O(d^{-2})$. There are "
        "finitely many.",
    )
    yield exact(
        r"$\lim d\,N(d,k)\mu_k(u^{k+2})=(k+1)(k+2)/2$: the leading pairs are $i=k$, $j=k+2$",
        [sp.limit(d * multiplicity(d, k) * monomial(d, k + 2, k), d, sp.oo) for k in range(top)],
        [(k + 1) * (k + 2) // 2 for k in range(top)],
        by="sympy",
    )
    yield conclusion(
        "Element, norm, difference and its expansion. The difference is 0 where $c_i=c_j$ for all $i,j$ of one parity."
    )
    found, expected = [], []
    for dimension, degree in [(2, 5), (3, 3), (4, 2)] * tier.pick(quick=1, full=4):
        b = fractions(tier.rng, degree + 1, lowest=1)
        a = fractions(tier.rng, degree + 1)
        w = fractions(tier.rng, dimension)
        square = rational.inner(w, w)
        neuron = rational.teacher([[w]], [1], a)
        found.append(rational.squared_norm(b, neuron, dimension, tier.rng))
        # Even and odd powers of |w| apart, so that |w|^2 alone is needed.
        expected.append(
            sum(
                (square if parity else 1)
                * _norm(
                    [v * square ** (j // 2) if j % 2 == parity else 0 for j, v in enumerate(a)], b, Fraction(dimension)
                )
                for parity in (0, 1)
            )
        )
    label = r"$\|f\|^2=f^TK^{-1}f$ at as many rational points as the space has dimensions, $d=2,3,4$"
    yield exact(label, found, expected, by="rational arithmetic")
    b = fractions(tier.rng, 6, lowest=1)
    c = [Fraction(3, 2), Fraction(-2, 3)]
    a = [v * c[j % 2] for j, v in enumerate(b)]
    yield exact(
        r"the library's norm is the bound where $c_j$ depends on the parity alone, $|w|=1$, $d=2,3,7,50$",
        [neurons.sphere_squared_norm(_kernel(b), a, 1, n) for n in (2, 3, 7, 50)],
        [sum(v**2 / u for v, u in zip(a, b, strict=True))] * 4,
        by="rational arithmetic",
    )


def _tensors(degree: int) -> Checks:
    """The features of <w, x>^j written out in R^2."""
    w, x = (sp.symbols(f"{name}:2", real=True) for name in "wx")
    a, b = (sp.symbols(f"{name}:{degree + 1}", positive=True) for name in "ab")
    values, squares = sp.Integer(0), sp.Integer(0)
    for j in range(degree + 1):
        left, right = (_power(v, j) for v in (w, x))
        element = [a[j] / sp.sqrt(b[j]) * v for v in left]
        feature = [sp.sqrt(b[j]) * v for v in right]
        values += sum(u * v for u, v in zip(element, feature, strict=True))
        squares += sum(v**2 for v in element)
    inner, square = w[0] * x[0] + w[1] * x[1], w[0] ** 2 + w[1] ** 2
    yield vanish(
        rf"$\sigma(\langle w,x\rangle)$ and $C^2(|w|^2)$ from tensors, degree {degree} in $R^2$, symbols throughout",
        values - sum(v * inner**j for j, v in enumerate(a)),
        squares - sum(a[j] ** 2 / b[j] * square**j for j in range(degree + 1)),
        detail="tensors less formulas",
    )


def _power(z: Sequence[Any], j: int) -> list[Any]:
    power: list[Any] = [1]
    for _ in range(j):
        power = [u * v for u in power for v in z]
    return power


def multiplicity(d: Any, k: int) -> Any:
    """N(d, k) as a polynomial in d (claim 3)."""
    value = d * 0 + 1
    if k:
        value = value * (2 * k + d - 2)
        for i in range(1, k):
            value = value * (d - 2 + i)
        for i in range(1, k + 1):
            value = value / i
    return value


def monomial(d: Any, j: int, k: int) -> Any:
    """mu_k(u^j) as a rational function of d (claim 10)."""
    if k > j or (j - k) % 2:
        return d * 0
    value, half = d * 0 + 1, (j - k) // 2
    for i in range(1, j + 1):
        value = value * i
    for i in range(1, half + 1):
        value = value / (2 * i)
    for i in range(k + half):
        value = value / (d + 2 * i)
    return value


def _norm(a: Sequence[Any], b: Sequence[Any], d: Any) -> Any:
    """sum_k N mu_k(sigma)^2/mu_k(kappa), |w| = 1."""
    total = 0
    for k in range(len(a)):
        sigma, kappa = (sum(v * monomial(d, j, k) for j, v in enumerate(series)) for series in (a, b))
        total = total + multiplicity(d, k) * sigma**2 / kappa
    return total


def _difference(a: Sequence[Any], b: Sequence[Any], d: Any) -> Any:
    """The sum of squares of the statement, |w| = 1."""
    total, c = 0, [u / v for u, v in zip(a, b, strict=True)]
    for k in range(len(a)):
        m = [monomial(d, j, k) * v for j, v in enumerate(b)]
        squares = sum(
            m[i] * m[j] * (c[i] - c[j]) ** 2
            for j in range(k, len(a), 2)
            for i in range(k, j, 2)
        )  # fmt: skip
        total = total + multiplicity(d, k) * squares / sum(m)
    return total


def fractions(rng: np.random.Generator, count: int, lowest: int = -9) -> list[Fraction]:
    """Random quarters from lowest/4 to 9/4."""
    return [Fraction(int(v), 4) for v in rng.integers(lowest, 10, count)]


def _kernel(b: Coefficients) -> ks.Zonal:
    return sum((v * ks.polynomial(j) for j, v in enumerate(b)), 0 * ks.linear())
