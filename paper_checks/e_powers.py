r"""Powers of ReLU in depth

How slopes and coefficients at u = 1 grow through layers that expand.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.deep_evidence import against_quadrature, constants, far_out, library_coefficients
from paper_checks.deep_proofs import THEOREM, remainder
from paper_checks.registry import Checks, Tier, check, conclusion, exact, measured_against, step, table


@check(
    "C30",
    title="Compositions of powers of ReLU",
    statement=(
        r"$\kappa_s$ composed $L-1$ times, $r=\kappa_s'(1)=\frac{s^2}{2s-1}$: slope $r^{L-1}$ at 1 "
        r"($4/3$, $16/9$, $\ldots$ for $s=2$), $\nu=s+1/2$ stays, and "
        r"$c_1(L)=c_1(2)\sum_{j=0}^{L-2}r^{L-2-j}r^{\nu j}$, which grows by a factor that tends to "
        r"$r^\nu$."
    ),
    where="Beyond the papers; Bietti & Bach 2021 treat $s=1$",
    verdict="proved",
)
def relu_power_ends(tier: Tier) -> Checks:
    """One more layer in symbols, the sum in closed form, the library."""
    import sympy

    t, a, e, r, c, s, ell = sympy.symbols("t a e r c s ell", positive=True)
    nu = s + sympy.Rational(1, 2)
    yield step(
        "one more layer",
        r"$1-\kappa_s(1-\delta)=r\delta+(\text{integer powers})+C\delta^\nu+\ldots$. With "
        r"$\delta=at+\ldots+et^\nu$, integer powers between, one more layer has slope $ra$ and "
        r"the coefficient $re+Ca^\nu$ of $t^\nu$: no other product reaches a non-integer power "
        r"below $\nu+1$.",
    )
    x = sympy.Symbol("x", positive=True)  # sqrt t, for s = 2: nu = 5/2
    b, p, q = sympy.symbols("b p q")
    inner = a * x**2 + b * x**4 + e * x**5
    layer = r * inner + p * inner**2 + q * inner**3
    layer += c * sympy.series(inner ** sympy.Rational(5, 2), x, 0, 6).removeO()
    expanded = sympy.expand(layer)
    yield exact(
        r"$s=2$, one more layer: coefficients of $t^{1/2},t,t^{3/2},t^{5/2}$",
        [sympy.simplify(expanded.coeff(x, j)) for j in (1, 2, 3, 5)],
        [0, r * a, 0, r * e + c * a ** sympy.Rational(5, 2)],
        by="sympy",
    )
    # sum_{j<n} r^{n-1-j} r^{nu j} = (r^{nu n} - r^n)/(r^nu - r), n = L - 1
    closed = c * (r ** (nu * ell) - r**ell) / (r**nu - r)
    grown = closed.subs(ell, ell + 1) - r * closed - c * (r**ell) ** nu
    yield step(
        "the sum",
        r"It obeys $c_1(L+1)=r\,c_1(L)+C(r^{L-1})^\nu$ and starts with $C=c_1(2)$: induction "
        r"on $L$. For $r>1$ it is the closed form $C(r^{\nu n}-r^n)/(r^\nu-r)$, $n=L-1$, whose "
        r"quotients tend to $r^\nu$; for $s=1$ it is $nC$, and $r^\nu=1$.",
    )
    yield exact(
        r"$C\frac{r^{\nu n}-r^n}{r^\nu-r}$, $n=L-1$: next, less $r$ times it, less $C(r^n)^\nu$; "
        r"$n=1$",
        [sympy.simplify(sympy.expand(sympy.simplify(sympy.powsimp(grown)))), sympy.simplify(closed.subs(ell, 1))],
        [0, c],
        by="sympy, every L, s",
    )
    u = sympy.Symbol("u", real=True)
    slopes = [sympy.limit(sympy.diff(ks.arccos(j).sympy(u), u), u, 1) for j in (1, 2, 3)]
    yield step(
        "the slope",
        r"$\kappa_s'=\frac{s^2}{2s-1}\kappa_{s-1}$ (claim 12) and $\kappa_{s-1}(1)=1$; in a "
        "composition slopes multiply.",
    )
    yield exact(
        r"$\kappa_s'(1)$ for $s=1,2,3$", slopes, [sympy.Rational(j * j, 2 * j - 1) for j in (1, 2, 3)], by="sympy"
    )
    yield conclusion(r"Slope, exponent and coefficient, for every $s\geq1$ and $L\geq2$.")
    for degree in (2, 3):
        ratio, order = sympy.Rational(degree**2, 2 * degree - 1), degree + sympy.Rational(1, 2)
        first = ks.arccos(degree).decay(4).c_plus
        for depth in (2, 3, 4):
            kernel = ks.rf(depth, degree=degree)
            total = sum(ratio ** (depth - 2 - j) * ratio ** (order * j) for j in range(depth - 1))
            decay = kernel.decay(4)
            yield exact(
                rf"library, $s={degree}$, $L={depth}$: slope at 1, $\nu$, $c_1$",
                [kernel.derivative().sympy(1), decay.nu, decay.c_plus],
                [ratio ** (depth - 1), order, sympy.expand(first * total)],
                by="sympy",
            )
    size = 16 * sympy.sqrt(2) / (45 * sympy.pi)
    one = ks.arccos(2).decay(4)
    yield exact(r"$\kappa_2$: $c_1$, $c_{-1}$", [one.c_plus, one.c_minus], [-size, size], by="sympy")


@check(
    "C30a",
    title="Decay of powers of ReLU",
    statement=(
        r"$\kappa_2$ composed $L-1$ times: $\mu_k\sim(c_1+(-1)^kc_{-1})\,C(d,5/2)\,k^{-d-4}$ where the factor is "
        r"not 0, $c_{-1}=\frac{16\sqrt2}{45\pi}\prod_{j=2}^{L-1}\kappa_2'(b_j)$, where $b_j=\kappa^j(-1)$, and "
        r"$0<c_{-1}<|c_1|$ for $L\geq3$."
    ),
    where="Beyond the papers",
    verdict="proved",
)
def relu_power_decay(tier: Tier) -> Checks:
    """Claim 30 at +1, induction at -1, and the theorem of claim 14c."""
    import sympy

    yield step(
        "the decay theorem applies",
        "The decay theorem (claim 14c) with the coefficients of claim 30 at $1$. " + THEOREM,
    )
    x, c, r = sympy.symbols("x c r", positive=True)  # x = sqrt t
    f = sympy.symbols("f_0:4")
    inner = r * x**2 + r**2 * x**4 + c * x**5
    layer = sympy.expand(sum(f[j] * inner**j / sympy.factorial(j) for j in range(4)))
    yield step(
        "the coefficient at $-1$",
        r"The first layer has $\frac{16\sqrt2}{45\pi}t^{5/2}$ (claim 13) and $b_2=0$. By "
        "induction no other half-integer power up to $t^{5/2}$ appears, and each layer "
        r"multiplies by $\kappa_2'(b_j)$.",
    )
    yield exact(
        r"at $-1$, one more layer: the coefficients of $t^{1/2},t^{3/2},t^{5/2}$ in "
        r"$f(b+rt+qt^2+ct^{5/2}+\ldots)$",
        [layer.coeff(x, j) for j in (1, 3, 5)],
        [0, 0, f[1] * c],
        by="sympy",
        detail=r"$f=\kappa_2$ is analytic at $b_\ell\in[0,1)$, $f_1=\kappa_2'(b_\ell)$; $b_2=0$",
    )
    u = sympy.Symbol("u", real=True)
    slope = sympy.diff(ks.arccos(2).sympy(u), u) - sympy.Rational(4, 3) * ks.arccos(1).sympy(u)
    yield exact(r"$\kappa_2'-\frac{4}{3}\kappa_1$", sympy.simplify(slope), 0, by="sympy")
    yield step(
        "no parity cancels from $L=3$ on",
        r"$\kappa_2'(b)<\kappa_2'(1)=r=\frac{4}{3}$ for $b<1$, so $c_{-1}<c_{-1}(2)r^{L-2}$, which is one "
        r"of the positive terms of $|c_1|$ in claim 30. $c_{-1}>0$, as $\kappa_2'=\frac{4}{3}\kappa_1>0$ on "
        r"$[0,1)$.",
    )
    with oracle.precision():
        sizes = [_coefficients(depth) for depth in range(3, 40)]
        yield exact(
            r"$0<c_{-1}<|c_1|$ for $3\leq L<40$",
            all(bool(m > 0) and bool(m < abs(p)) for p, m in sizes),
            by="ball arithmetic",
        )
    yield conclusion(
        r"With these coefficients the theorem is the statement, for every $L\geq2$ and $d$ "
        "where the factor is not 0, which it is at $L=2$ for even $k$ alone."
    )
    for depth in (2, 3, 4):
        plus, minus = _coefficients(depth)
        piece = library_coefficients(ks.rf(depth, degree=2), plus, minus, f"$L={depth}$")
        with oracle.precision():
            close = piece.passed
        yield exact(
            rf"library, $L={depth}$: $\nu=\frac{{5}}{{2}}$, and its $c_1$, $c_{{-1}}$ in 35 digits",
            close and ks.rf(depth, degree=2).decay(4).nu == sympy.Rational(5, 2),
            by="ball arithmetic",
        )
    yield from remainder(tier, [ks.rf(n, degree=2) for n in (2, 3, 4)], room=0.02, vanishing={ks.rf(2, degree=2): 0})


def _coefficients(depth: int) -> tuple[Any, Any]:
    """c_1 and c_{-1} of kappa_2 composed depth - 1 times, as balls."""
    from flint import arb

    with oracle.precision():
        ratio, size = arb(4) / 3, 16 * oracle.sqrt2_over_pi() / 45
        total = sum((ratio ** (depth - 2 - j) * ratio ** (arb(5) / 2 * j) for j in range(depth - 1)), arb(0))
        minus, b = size, arb(0)
        for _ in range(depth - 2):
            minus = minus * 4 / 3 * oracle.arccosine(1, b)
            b = oracle.arccosine(2, b)
        return -size * total, minus


@check(
    "C30b",
    title="Decay of powers of ReLU, measured",
    statement=(r"$c_{\pm1}$ of claim 30a read off the kernels; quadrature and the float64 spectrum agree with them."),
    where="Beyond the papers",
    verdict="holds",
)
def relu_power_numbers(tier: Tier) -> Checks:
    """The coefficients in balls, quadrature, extrapolation, large k."""
    from flint import arb

    growth = []
    for depth in tier.pick(quick=(3,), full=(3, 4)):
        plus, minus = _coefficients(depth)
        growth.append(float(abs(plus)))
        # 1 - kappa(1-t) = a t + b t^2 + ..., kappa_2(1-t) = 1 - (4t - 2t^2)/3 + c_1 t^{5/2}
        slope, bend = Fraction(1), Fraction(0)
        for _ in range(depth - 1):
            slope, bend = slope * Fraction(4, 3), Fraction(4, 3) * bend - Fraction(2, 3) * slope**2
        with oracle.precision(12000):
            start = [arb(1), -arb(slope.numerator) / slope.denominator, -arb(bend.numerator) / bend.denominator]
        kernel, plain = ks.rf(depth, degree=2), oracle.rf(depth, 2)
        yield measured_against(
            rf"$L={depth}$: $c_1$ read off the kernel at $t=2^{{-4000}}$",
            oracle.end_coefficient(plain, 1, arb(2.5), start),
            plus,
            rtol=5e-208,
            why="the next term is smaller by t^{1/2}",
        )
        yield library_coefficients(kernel, plus, minus, f"$L={depth}$")
        yield from against_quadrature(tier, kernel, plain)
        yield from constants(tier, f"$L={depth}$", plain, 2.5, plus, minus)
        yield from far_out(kernel, 2.5, plus, minus)
    rows = []
    for depth in range(2, 12):
        ratio = 4 / 3
        total = sum(ratio ** (depth - 2 - j + 2.5 * j) for j in range(depth - 1))
        more = sum(ratio ** (depth - 1 - j + 2.5 * j) for j in range(depth))
        rows.append([depth, total * 16 * 2**0.5 / (45 * np.pi), more / total])
    yield table(
        r"$\kappa_2$: $|c_1|$ and its growth with one more layer, towards $(4/3)^{5/2}$", ["L", "|c_1|", "growth"], rows
    )
    decays = [float(ks.rf(n, degree=2).decay(4).c_plus) for n in (9, 10)]
    yield measured_against(
        r"library: growth of $c_1$ from $L=9$ to $L=10$ over $(4/3)^{5/2}$",
        decays[1] / decays[0] / (4 / 3) ** 2.5,
        rows[7][2] / (4 / 3) ** 2.5,
        rtol=5e-15,
        why="float64 sums of ten positive terms",
    )
