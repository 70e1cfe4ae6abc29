r"""Powers of ReLU in depth, and smooth activations

How slopes and coefficients at u = 1 grow through layers that expand, and what remains of the decay
when there is no singularity on [-1, 1].
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from paper_checks import deep_oracle as oracle
from paper_checks.deep_evidence import (
    against_quadrature,
    constants,
    far_out,
    library_coefficients,
    sqrt2_over_pi,
)
from paper_checks.registry import (
    Checks,
    Tier,
    check,
    exact,
    holds,
    measured_against,
    note,
    table,
)


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
    yield note(
        r"$1-\kappa_s(1-\delta)=r\delta+(\text{integer powers})+C\delta^\nu+\ldots$. With "
        r"$\delta=at+\ldots+et^\nu$, integer powers between, one more layer has slope $ra$ and "
        r"the coefficient $re+Ca^\nu$ of $t^\nu$: no other product reaches a non-integer power "
        r"below $\nu+1$."
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
    step = closed.subs(ell, ell + 1) - r * closed - c * (r**ell) ** nu
    yield exact(
        r"$C\frac{r^{\nu n}-r^n}{r^\nu-r}$, $n=L-1$: next, less $r$ times it, less $C(r^n)^\nu$; "
        r"$n=1$",
        [
            sympy.simplify(sympy.expand(sympy.simplify(sympy.powsimp(step)))),
            sympy.simplify(closed.subs(ell, 1)),
        ],
        [0, c],
        by="sympy, every L, s",
    )
    u = sympy.Symbol("u", real=True)
    slopes = [sympy.limit(sympy.diff(ks.arccos(j).sympy(u), u), u, 1) for j in (1, 2, 3)]
    yield exact(
        r"$\kappa_s'(1)$ for $s=1,2,3$",
        slopes,
        [sympy.Rational(j * j, 2 * j - 1) for j in (1, 2, 3)],
        by="sympy",
    )
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
    yield exact(
        r"$\kappa_2$: $c_1$, $c_{-1}$", [one.c_plus, one.c_minus], [-size, size], by="sympy"
    )


@check(
    "C30a",
    title="Decay of powers of ReLU, measured",
    statement=(
        r"$\kappa_2$ composed $L-1$ times: $\mu_k\sim(c_1+(-1)^kc_{-1})\,C(d,5/2)\,k^{-d-4}$, "
        r"$c_{-1}=\frac{16\sqrt2}{45\pi}\prod_{j=2}^{L-1}\kappa_2'(b_j)$."
    ),
    where="Beyond the papers",
    verdict="holds",
)
def relu_power_decay(tier: Tier) -> Checks:
    """The coefficients in balls, quadrature, extrapolation, large k."""
    from flint import arb

    growth = []
    for depth in tier.pick(quick=(3,), full=(3, 4)):
        with oracle.precision():
            ratio, size = arb(4) / 3, 16 * sqrt2_over_pi() / 45
            total = sum(
                (ratio ** (depth - 2 - j) * ratio ** (arb(5) / 2 * j) for j in range(depth - 1)),
                arb(0),
            )
            plus, minus, b = -size * total, size, arb(0)
            for _ in range(depth - 2):
                minus = minus * 4 / 3 * oracle.arccosine(1, b)
                b = oracle.arccosine(2, b)
        growth.append(float(abs(plus)))
        # 1 - kappa(1-t) = a t + b t^2 + ..., kappa_2(1-t) = 1 - (4t - 2t^2)/3 + c_1 t^{5/2}
        slope, bend = Fraction(1), Fraction(0)
        for _ in range(depth - 1):
            slope, bend = slope * Fraction(4, 3), Fraction(4, 3) * bend - Fraction(2, 3) * slope**2
        with oracle.precision(12000):
            start = [
                arb(1),
                -arb(slope.numerator) / slope.denominator,
                -arb(bend.numerator) / bend.denominator,
            ]
        kernel, plain = ks.rf(depth, degree=2), oracle.rf(depth, 2)
        yield measured_against(
            rf"$L={depth}$: $c_1$ read off the kernel at $t=2^{{-4000}}$",
            oracle.end_coefficient(plain, 1, arb(2.5), start),
            plus,
            rtol=1e-100,
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
        r"$\kappa_2$: $|c_1|$ and its growth with one more layer, towards $(4/3)^{5/2}$",
        ["L", "|c_1|", "growth"],
        rows,
    )
    decays = [float(ks.rf(n, degree=2).decay(4).c_plus) for n in (9, 10)]
    yield measured_against(
        r"library: growth of $c_1$ from $L=9$ to $L=10$ over $(4/3)^{5/2}$",
        decays[1] / decays[0] / (4 / 3) ** 2.5,
        rows[7][2] / (4 / 3) ** 2.5,
        rtol=1e-12,
        why="float64 sums of ten positive terms",
    )


@check(
    "C31",
    title="Smooth activations decay faster than any power",
    statement=(
        r"$\kappa_\sigma^{(r)}(1)=E[\sigma^{(r)}(w)^2]$; where all these are finite, $\mu_k$ falls "
        r"faster than any power. $e^{(u-1)/\sigma^2}$, $\sin$, $\exp$: like $1/k!$; erf and GELU: "
        r"geometrically, by $\frac{3+\sqrt5}{2}$ and $2+\sqrt3$ a degree."
    ),
    where="Bietti & Bach 2021, remarks on smooth activations; rates of erf and GELU derived here",
    verdict="holds",
)
def smooth_activations(tier: Tier) -> Checks:
    """Derivatives at 1, Bessel functions, local exponents, geometric rates."""
    import mpmath
    import sympy

    x, u = sympy.symbols("x u", real=True)
    known: dict[Any, Any] = {}

    def mean(expression: Any) -> Any:
        """E[expression] for x ~ N(0, 1)."""
        if expression not in known:
            weighted = expression * sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
            known[expression] = sympy.integrate(weighted, (x, -sympy.oo, sympy.oo))
        return known[expression]

    activations = (
        ("erf", sympy.erf(x), (1, 2, 3)),
        ("sin", sympy.sin(x), (0, 1, 2, 3)),
        ("exp", sympy.exp(x), (0, 1, 2, 3)),
    )
    for name, activation, orders in tier.pick(quick=activations[:1], full=activations):
        kernel = ks.dual(name).sympy(u)
        gaps = [
            sympy.diff(kernel, u, r).subs(u, 1) - mean(sympy.diff(activation, x, r) ** 2)
            for r in orders
        ]
        yield exact(
            rf"{name}: $\kappa^{{(r)}}(1)-E[\sigma^{{(r)}}(w)^2]$, $r={orders[0]},\ldots,3$",
            [sympy.simplify(gap.rewrite(sympy.exp)) for gap in gaps],
            [0] * len(orders),
            by="sympy",
        )
    relu = sympy.diff(ks.dual("relu").sympy(u), u, 2)
    yield exact(
        r"ReLU: $\kappa''(u)$ at $u\to1$, $\sigma''$ not in $L^2$",
        sympy.limit(1 / relu, u, 1, "-"),
        0,
        by="sympy",
        detail="1/kappa'' tends to 0",
    )
    d = 4
    degrees = np.array([10, 50, 100, 400])
    with mpmath.workdps(40):
        bessel = [
            mpmath.log(mpmath.exp(-1) * mpmath.gamma(2) * 2 * mpmath.besseli(int(k) + 1, 1))
            for k in degrees
        ]
    yield measured_against(
        r"$\log\mu_k$ of $e^{u-1}$, $d=4$, against the Bessel function",
        ks.exponential().spectrum(d).log_abs(degrees),
        bessel,
        rtol=1e-13,
        why="float64 logarithms",
        at=degrees,
    )
    rows = []
    for name, kernel, odd in (
        ("exponential()", ks.exponential(), 1),
        ("dual('sin')", ks.dual("sin"), 1),
        ("dual('erf')", ks.dual("erf"), 1),
        ("dual('gelu')", ks.dual("gelu"), 0),
    ):
        k = np.array([50, 100, 200, 400, 800]) + odd
        logs = kernel.spectrum(d).log_abs(k)
        local = -np.diff(logs) / np.diff(np.log(k))
        rows.append([f"`{name}`", *map(float, local)])
        yield holds(
            f"`{name}`: the local exponent $-d\\log\\mu_k/d\\log k$ grows with every doubling",
            bool(np.all(local[1:] > 1.8 * local[:-1])),
            detail=f"{local[0]:.4g} at k = 50..100, {local[-1]:.4g} at k = 400..800",
        )
    ramp = -np.diff(ks.ntk(3).spectrum(d).log_abs(np.array([50, 100, 200, 400, 800])))
    rows.append(["`ntk(3)`", *map(float, ramp / np.log(2))])
    yield table("Local exponents between $k$ and $2k$", ["kernel", "50", "100", "200", "400"], rows)
    for name, rate, odd in (("erf", (3 + 5**0.5) / 2, 1), ("gelu", 2 + 3**0.5, 0)):
        # log mu_k = A - k log rho - p log(k + d/2 - 1) + O(1/k): three degrees give rho.
        k = np.array([200, 400, 800]) + odd
        logs = ks.dual(name).spectrum(d).log_abs(k)
        table_of = np.stack([np.ones(3), -k.astype(float), -np.log(k + d / 2 - 1)], axis=1)
        yield measured_against(
            f"{name}: $\\log\\rho$ from $k=200,400,800$",
            float(np.linalg.solve(table_of, logs)[1]),
            float(np.log(rate)),
            rtol=1e-4,
            why="what the three terms leave is of order 1/k^2",
        )
    yield note(
        r"The nearest singularities are $u=\pm3/2$ (arcsine of $2u/3$) and $u=\pm2$; "
        r"$\rho=x+\sqrt{x^2-1}$."
    )
