r"""Negative slopes in fully connected networks

One layer is $\psi=r\kappa_1+au$; what it does to an expansion is worked out in symbols, the constants of
any depth follow by induction, and the library and its spectra are held against them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from oracle import deep as oracle
from oracle import layered as plain
from oracle.layer_series import first_layer_below, later_layer_below, through_layer
from paper_checks.deep_evidence import against_quadrature, far_out, library_coefficients
from paper_checks.registry import Checks, Tier, bound, check, conclusion, exact, holds, measured_against, step, table

_DERIVED = "derived here; the networks' recursions: Lee et al. 2018, Jacot et al. 2018"
_SLOPES = (Fraction(1, 4), Fraction(-1, 2))


@check(
    "L6",
    title="Negative slopes: the constants at both ends",
    statement=(
        r"For $\max(z,0)+a\min(z,0)$, $-1<a<1$, $r=(1-a)^2/(1+a^2)$, $h=r\kappa_1+(1-r)u$, the deep "
        r"network has $c_1=(L-1)\,r\frac{2\sqrt2}{3\pi}$, $c_{-1}=r\frac{2\sqrt2}{3\pi}\Pi_L(a)$ at "
        r"$\nu=3/2$ and its tangent kernel $c_1=-\frac{L(L-1)}{2}r\frac{\sqrt2}{\pi}$, "
        r"$c_{-1}=-r\frac{\sqrt2}{\pi}\Pi_L(a)$ at $\nu=1/2$, with "
        r"$\Pi_L(a)=\prod_{j=2}^{L-1}h'(b_j)$, $b_2=r-1$, $b_{j+1}=h(b_j)$, $0<\Pi_L\leq1$. So odd "
        r"$k\geq3$ vanish at $L=2$ and no parity vanishes from $L=3$ on; $a=-1$ is even, so odd $k$ "
        r"vanish at every depth and $c_{-1}=c_1$; $a=1$ is linear; $1/a$ is $a$."
    ),
    where=_DERIVED,
    verdict="proved",
)
def slopes(tier: Tier) -> Checks:
    """One layer in symbols, the induction, the inequality; the library's exact constants."""
    import sympy

    r, size, cusp, value, root = sympy.symbols("r L C A E", positive=True)
    c = sympy.sqrt(2) / sympy.pi
    one = sympy.Integer(1)
    yield step("at $+1$: induction on $L$", "With $A=L$ the value of the tangent kernel at 1.")
    yield exact(
        r"at $+1$: a layer adds $r\frac{2}{3}c$ to the coefficient of $t^{3/2}$, "
        r"and takes $r\,c\,A$ from that of $t^{1/2}$ of the tangent kernel",
        list(through_layer(r, one, (one, cusp, value, root), 1)),
        [1, cusp + 2 * c * r / 3, value + 1, root - r * c * value],
        by="sympy, power series in $t^{1/2}$",
    )
    gp, tangent = (size - 1) * 2 * c * r / 3, -r * c * size * (size - 1) / 2
    yield exact(
        "the closed forms obey this recursion, and start right",
        [
            sympy.simplify(gp.subs(size, size + 1) - gp - 2 * c * r / 3),
            sympy.simplify(tangent.subs(size, size + 1) - tangent + r * c * size),
            gp.subs(size, 1),
            tangent.subs(size, 1),
        ],
        [0, 0, 0, 0],
        by="sympy, every L",
    )
    series, tangent_series = first_layer_below(r, -one, 1)
    yield step(
        "at $-1$: induction on $L$",
        r"The first layer reads $-1+t$; every later one reads $b_j\in(-1,1)$, where $h$ is "
        "analytic.",
    )
    yield exact(
        r"at $-1$, first layer: $\rho=(r-1)+(1-r)t+\frac23rc\,t^{3/2}$, and $-rc\,t^{1/2}$ in $T$",
        [*series, tangent_series[1]],
        [r - 1, 1 - r, 2 * c * r / 3, -r * c],
        by="sympy, power series in $t^{1/2}$",
    )
    yield exact(
        r"later layers read at $b_j\in(-1,1)$, where $h$ is analytic: both constants times $h'(b_j)$",
        *later_layer_below(),
        by="sympy, power series in $t^{1/2}$",
    )
    yield step(
        r"$0<\Pi_L\leq1$, and no parity cancels from $L=3$ on",
        r"$h(u)-u=r(\kappa_1(u)-u)\geq0$, so $b_j$ increases; $h'=1-r(1-\kappa_0)\leq1$ increases. For "
        r"$0\leq a<1$ $h'(b_2)=r\kappa_0(b_2)+1-r$ has two summands $\geq0$, not both 0 at $L\geq3$. For "
        r"$-1<a<0$ put $x=r-1\in(0,1)$: $\kappa_0(x)\geq\frac12+\frac{x}{\pi}$ gives "
        r"$h'(b_2)\geq\frac12-(\frac12-\frac1\pi)x+\frac{x^2}{\pi}$, which has no real zero. So "
        r"$0<\Pi_L\leq1$, less than $L-1$ and $L(L-1)/2$ from $L=3$ on.",
    )
    x = sympy.Symbol("x")
    lower = sympy.Rational(1, 2) - (sympy.Rational(1, 2) - 1 / sympy.pi) * x + x**2 / sympy.pi
    product = (1 + x) * (sympy.Rational(1, 2) + x / sympy.pi) - x
    yield exact(
        "that bound, and its discriminant is negative",
        [sympy.expand(product - lower), sympy.sign(sympy.discriminant(lower, x))],
        [0, -1],
        by="sympy",
    )
    yield step(
        r"$L=2$, $a=\pm1$, and $1/a$",
        r"At $L=2$ the kernel is $h$, whose odd part is that of $\frac{r}{2}u+(1-r)u$, a line; the tangent kernel's"
        r" is twice that. $a=-1$ is $|z|$: every layer after the first reads an even function, so that the kernels"
        r" are even and both ends alike. $a=1$ is $z$. $\max(z,0)+\frac{1}{a}\min(z,0)$ is $\frac{1}{a}$ times"
        r" $a\max(z,0)+\min(z,0)$, the network of $a$ at $-z$, which has the same law and kernel.",
    )
    yield conclusion(
        r"Both constants of both kernels for every $L\geq2$ and $-1<a<1$; with claim 14c the parities that vanish"
        r" and those that do not; and the limiting slopes."
    )
    found: list[Any] = []
    expected: list[Any] = []
    for a in (*_SLOPES, Fraction(1, 100), Fraction(-9, 10)):
        q = (1 - a) ** 2 / (1 + a**2)
        ramp = sympy.Rational(q.numerator, q.denominator)
        for depth in (2, 3, 5, 10):
            for tangent_kernel, nu in ((False, Fraction(3, 2)), (True, Fraction(1, 2))):
                decay = ks.mlp(depth, a, tangent=tangent_kernel).decay(4)
                scale = -c * depth / 2 if tangent_kernel else 2 * c / 3
                found += [decay.nu, sympy.simplify(decay.c_plus / (scale * ramp * (depth - 1)))]
                expected += [nu, 1]
    yield exact(r"library: $\nu$ and $c_1$, $L=2,3,5,10$, four slopes", found, expected, by="sympy")
    even = [ks.mlp(n, -1, tangent=t).decay(4) for n in (2, 3, 6) for t in (False, True)]
    yield exact(
        r"library, $a=-1$: $c_{-1}-c_1$ and the odd constant vanish, $L=2,3,6$",
        [sympy.simplify(x) for d in even for x in (d.c_minus - d.c_plus, d.odd)],
        [0] * 12,
        by="sympy",
    )
    parts = [ks.mlp(2, a, tangent=t).polynomial_part(1) for a in _SLOPES for t in (False, True)]
    yield exact(
        r"odd part of the kernel at $L=2$: the line $\frac{1+b}{2}u$, twice that for the tangent "
        r"kernel, $b=2a/(1+a^2)$; at $a=-1$ it is 0 at every depth",
        [
            *[q for part in parts for q in (len(part or {}), (part or {}).get(1, 0))],
            *[len(ks.mlp(n, -1).polynomial_part(1) or {}) for n in (2, 3, 10)],
        ],
        [*[q for a in _SLOPES for t in (1, 2) for q in (1, t * (1 + 2 * a / (1 + a * a)) / 2)], *(0, 0, 0)],
        by="rational arithmetic",
    )
    yield exact(
        r"$a=1$ is linear, $1/a$ is $a$",
        all(
            ks.mlp(n, 1) == ks.linear() and ks.mlp(n, 4, tangent=True) == ks.mlp(n, 0.25, tangent=True)
            for n in (2, 5, 50)
        ),
        by="equality of expressions",
    )


@check(
    "L6a",
    title="Negative slopes: the spectrum",
    statement=(
        r"The eigenvalues of leaky networks follow L6: decay like ReLU's, $k^{-d-2}$ and $k^{-d}$, with "
        r"constants smaller by about $r=(1-a)^2/(1+a^2)$, exactly so for $L=2$ and $k\geq2$. The "
        r"limit $a\to-1$ is not uniform: $c_1-c_{-1}\to2\cdot\frac{2\sqrt2}{3\pi}(L-2)$ although all "
        r"odd $k$ vanish at $a=-1$."
    ),
    where="derived here",
    verdict="holds",
)
def slope_spectra(tier: Tier) -> Checks:
    """Quadrature, large k, exact constants at -1 against balls, and the limit a -> -1."""
    for a in _SLOPES:
        for depth in tier.pick(quick=(3,), full=(3, 5)):
            for tangent, nu in ((False, 1.5), (True, 0.5)):
                kernel = ks.mlp(depth, a, tangent=tangent)
                plus, minus = plain.leaky_ends(depth, a, tangent)
                yield from against_quadrature(tier, kernel, plain.dense(depth, a, tangent=tangent), dimensions=(4,))
                yield library_coefficients(kernel, plus, minus, f"`{kernel!r}`")
                yield from far_out(kernel, nu, plus, minus)
    kernel = ks.mlp(4, -1)
    yield from against_quadrature(tier, kernel, plain.dense(4, -1), dimensions=(4,))
    degrees = np.arange(2, 400)
    leaky = ks.mlp(2, _SLOPES[0]).spectrum(5)(degrees)
    yield measured_against(
        r"$L=2$, $a=1/4$: $\mu_k$ against $r\mu_k(\kappa_1)$, $d=5$, $2\leq k<400$",
        leaky,
        9 / 17 * ks.arccos(1).spectrum(5)(degrees),
        rtol=1e-14,
        why="the same closed form twice, a few roundings",
        at=degrees,
    )
    for tangent in (False, True):
        odd = ks.mlp(2, _SLOPES[1], tangent=tangent).spectrum(4)(np.arange(3, 2001, 2))
        deep = ks.mlp(6, -1, tangent=tangent).spectrum(4)(np.arange(1, 2001, 2))
        yield holds(
            f"0.0 at odd $k$: $L=2$ from 3 on, $L=6$ with $a=-1$ from 1 on, tangent={tangent}",
            bool(np.all(odd == 0) and np.all(deep == 0)),
        )
    gaps, rows = [], []
    for n in (2, 4, 8, 16):
        slope = Fraction(1, 10**n) - 1
        with oracle.precision():
            s = oracle.ball(slope)
            ramp = (1 - s) ** 2 / (1 + s * s)
            gaps.append(float(1 - plain.descent(ramp, 4)[1]))
    for text in ("-0.9", "-0.5", "-0.1", "0", "0.01", "0.1", "0.3", "0.9"):
        for depth in (3, 10):
            plus, minus = plain.leaky_ends(depth, Fraction(text))
            rows.append([text, depth, float(plus), float(minus), float((plus + minus) / (plus - minus))])
    yield bound(
        r"$1-\Pi_5(a)$ at $a=-1+10^{-n}$, $n=2,4,8,16$",
        np.array(gaps) / np.array([1e-2, 1e-4, 1e-8, 1e-16]),
        lower=0,
        upper=10,
        why=r"$\Pi_L\to1$ at rate $1+a$; at $a=-1$ itself $c_{-1}=c_1$ would need $\Pi_5=4$",
    )
    yield table(r"constants of the deep network at $\nu=3/2$", ["slope", "L", "c_1", "c_{-1}", "even/odd"], rows)
