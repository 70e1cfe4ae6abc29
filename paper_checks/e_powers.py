r"""Powers of ReLU in depth

How slopes and coefficients at u = 1 grow through layers that expand.
"""

from __future__ import annotations

from typing import Any

import sympy
from flint import arb

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.deep_evidence import library_coefficients
from paper_checks.deep_proofs import remainder, theorem_applies
from paper_checks.registry import *


@check("C30", verdict="proved", where="Beyond the papers; Bietti & Bach 2021 treat $s=1$")
def relu_power_ends(tier: Tier) -> Checks:
    r"""Compositions of powers of ReLU

    $\kappa_s$ composed $L-1$ times, $r=\kappa_s'(1)=\frac{s^2}{2s-1}$: slope $r^{L-1}$ at 1 ($4/3$, $16/9$, $\ldots$
    for $s=2$), $\nu=s+1/2$ stays, and $c_1(L)=c_1(2)\sum_{j=0}^{L-2}r^{L-2-j}r^{\nu j}$, which grows by a factor that
    tends to $r^\nu$.
    """
    a, e, r, c, s, ell, x = sympy.symbols("a e r c s ell x", positive=True)
    nu, five_halves = s + sympy.Rational(1, 2), sympy.Rational(5, 2)
    yield step(
        "one more layer",
        r"$1-\kappa_s(1-\delta)=r\delta+(\text{integer powers})+C\delta^\nu+\ldots$. With $\delta=at+\ldots+et^\nu$, "
        r"integer powers between, one more layer has slope $ra$ and the coefficient $re+Ca^\nu$ of $t^\nu$: no other "
        r"product reaches a non-integer power below $\nu+1$.",
    )
    b, p, q = sympy.symbols("b p q")
    inner = a * x**2 + b * x**4 + e * x**5  # x = sqrt t, for s = 2: nu = 5/2
    layer = r * inner + p * inner**2 + q * inner**3 + c * sympy.series(inner**five_halves, x, 0, 6).removeO()
    found = [sympy.simplify(sympy.expand(layer).coeff(x, j)) for j in (1, 2, 3, 5)]
    label = r"$s=2$, one more layer: coefficients of $t^{1/2},t,t^{3/2},t^{5/2}$"
    yield exact(label, found, [0, r * a, 0, r * e + c * a**five_halves])
    yield step(
        "the sum",
        r"It obeys $c_1(L+1)=r\,c_1(L)+C(r^{L-1})^\nu$ and starts with $C=c_1(2)$: induction "
        r"on $L$. For $r>1$ it is the closed form $C(r^{\nu n}-r^n)/(r^\nu-r)$, $n=L-1$, whose "
        r"quotients tend to $r^\nu$; for $s=1$ it is $nC$, and $r^\nu=1$.",
    )
    # sum_{j<n} r^{n-1-j} r^{nu j} = (r^{nu n} - r^n)/(r^nu - r), n = L - 1
    closed = c * (r ** (nu * ell) - r**ell) / (r**nu - r)
    grown = closed.subs(ell, ell + 1) - r * closed - c * (r**ell) ** nu
    gap = sympy.simplify(sympy.expand(sympy.simplify(sympy.powsimp(grown))))
    label = r"$C\frac{r^{\nu n}-r^n}{r^\nu-r}$, $n=L-1$: next, less $r$ times it, less $C(r^n)^\nu$; $n=1$"
    yield exact(label, [gap, sympy.simplify(closed.subs(ell, 1))], [0, c], by="sympy, every L, s")
    yield step(
        "the slope",
        r"$\kappa_s'=\frac{s^2}{2s-1}\kappa_{s-1}$ (claim 12) and $\kappa_{s-1}(1)=1$; in a "
        "composition slopes multiply.",
    )
    u = sympy.Symbol("u", real=True)
    slopes = [sympy.limit(sympy.diff(ks.arccos(j).sympy(u), u), u, 1) for j in (1, 2, 3)]
    yield exact(r"$\kappa_s'(1)$ for $s=1,2,3$", slopes, [sympy.Rational(j * j, 2 * j - 1) for j in (1, 2, 3)])
    yield conclusion(r"Slope, exponent and coefficient, for every $s\geq1$ and $L\geq2$.")
    for degree, depth in ((2, 2), (2, 4), (3, 3)):
        ratio, order = sympy.Rational(degree**2, 2 * degree - 1), degree + sympy.Rational(1, 2)
        total = sum(ratio ** (depth - 2 - j) * ratio ** (order * j) for j in range(depth - 1))
        kernel, first = ks.rf(depth, degree=degree), ks.arccos(degree).decay(4).c_plus
        found = [kernel.derivative().sympy(1), kernel.decay(4).nu, kernel.decay(4).c_plus]
        label = rf"library, $s={degree}$, $L={depth}$: slope at 1, $\nu$, $c_1$"
        yield exact(label, found, [ratio ** (depth - 1), order, sympy.expand(first * total)])


@check("C30a", verdict="proved", where="Beyond the papers")
def relu_power_decay(tier: Tier) -> Checks:
    r"""Decay of powers of ReLU

    $\kappa_2$ composed $L-1$ times: $\mu_k\sim(c_1+(-1)^kc_{-1})\,C(d,5/2)\,k^{-d-4}$ where the factor is not 0,
    $c_{-1}=\frac{16\sqrt2}{45\pi}\prod_{j=2}^{L-1}\kappa_2'(b_j)$, where $b_j=\kappa^j(-1)$, and $0<c_{-1}<|c_1|$ for
    $L\geq3$.
    """
    yield theorem_applies("claim 30 at $1$")
    yield step(
        "the coefficient at $-1$",
        r"The first layer has $\frac{16\sqrt2}{45\pi}t^{5/2}$ (claim 13) and $b_2=0$. By "
        "induction no other half-integer power up to $t^{5/2}$ appears, and each layer "
        r"multiplies by $\kappa_2'(b_j)$.",
    )
    x, c, r = sympy.symbols("x c r", positive=True)  # x = sqrt t
    f, u = sympy.symbols("f_0:4"), sympy.Symbol("u", real=True)
    inner = r * x**2 + r**2 * x**4 + c * x**5
    layer = sympy.expand(sum(f[j] * inner**j / sympy.factorial(j) for j in range(4)))
    yield exact(
        r"at $-1$, one more layer: the coefficients of $t^{1/2},t^{3/2},t^{5/2}$ in $f(b+rt+qt^2+ct^{5/2}+\ldots)$",
        [layer.coeff(x, j) for j in (1, 3, 5)],
        [0, 0, f[1] * c],
        detail=r"$f=\kappa_2$ is analytic at $b_\ell\in[0,1)$, $f_1=\kappa_2'(b_\ell)$; $b_2=0$",
    )
    slope = sympy.diff(ks.arccos(2).sympy(u), u) - sympy.Rational(4, 3) * ks.arccos(1).sympy(u)
    yield exact(r"$\kappa_2'-\frac{4}{3}\kappa_1$", sympy.simplify(slope), 0)
    yield step(
        "no parity cancels from $L=3$ on",
        r"$\kappa_2'(b)<\kappa_2'(1)=r=\frac{4}{3}$ for $b<1$, so $c_{-1}<c_{-1}(2)r^{L-2}$, which is one of the "
        r"positive terms of $|c_1|$ in claim 30. $c_{-1}>0$, as $\kappa_2'=\frac{4}{3}\kappa_1>0$ on $[0,1)$.",
    )
    with oracle.precision():
        sizes = [_coefficients(depth) for depth in range(3, 40)]
        between = all(bool(m > 0) and bool(m < abs(p)) for p, m in sizes)
    yield exact(r"$0<c_{-1}<|c_1|$ for $3\leq L<40$", between, by="ball arithmetic")
    yield conclusion(
        r"With these coefficients the theorem is the statement, for every $L\geq2$ and $d$ "
        "where the factor is not 0, which it is at $L=2$ for even $k$ alone."
    )
    yield library_coefficients(ks.rf(4, degree=2), *_coefficients(4), "$L=4$")
    yield from remainder(tier, [ks.rf(n, degree=2) for n in (2, 3, 4)], room=0.02, vanishing={ks.rf(2, degree=2): 0})


def _coefficients(depth: int) -> tuple[Any, Any]:
    """c_1 and c_{-1} of kappa_2 composed depth - 1 times, as balls."""
    with oracle.precision():
        ratio, size = arb(4) / 3, 16 * oracle.sqrt2_over_pi() / 45
        total = sum((ratio ** (depth - 2 - j) * ratio ** (arb(5) / 2 * j) for j in range(depth - 1)), arb(0))
        minus, b = size, arb(0)
        for _ in range(depth - 2):
            minus = minus * 4 / 3 * oracle.arccosine(1, b)
            b = oracle.arccosine(2, b)
        return -size * total, minus
