r"""Smooth activations

What remains of the decay when there is no singularity on [-1, 1].
"""

from __future__ import annotations

from typing import Any

import numpy as np

import kernelspec as ks
from paper_checks.registry import Checks, Tier, check, conclusion, exact, holds, measured_against, note, step, table


@check(
    "C31",
    title="Smooth activations decay faster than any power",
    statement=(
        r"$\kappa_\sigma^{(r)}(1)=E[\sigma^{(r)}(w)^2]$; where all these are finite, $\mu_k$ falls "
        r"faster than any power. $e^{(u-1)/\sigma^2}$, $\sin$, $\exp$: $|\mu_k|^{1/k}=O(1/k)$; erf and "
        r"GELU: geometrically, $\limsup|\mu_k|^{1/k}=\frac{1}{\rho}$ with $\rho=\frac{3+\sqrt5}{2}$ and "
        r"$2+\sqrt3$."
    ),
    where="Bietti & Bach 2021, remarks on smooth activations; rates of erf and GELU derived here",
    verdict="proved",
)
def smooth_activations(tier: Tier) -> Checks:
    """Hermite series, integration by parts, entire kernels, and the largest ellipse."""
    import sympy

    x, u = sympy.symbols("x u", real=True)
    known: dict[Any, Any] = {}

    def mean(expression: Any) -> Any:
        """E[expression] for x ~ N(0, 1)."""
        if expression not in known:
            weighted = expression * sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
            known[expression] = sympy.integrate(weighted, (x, -sympy.oo, sympy.oo))
        return known[expression]

    yield step(
        "derivatives at 1, and faster decay than any power",
        r"With $\sigma=\sum a_ih_i$ (normalised Hermite polynomials), $\kappa=\sum a_i^2u^i$ "
        r"and $\sigma^{(r)}=\sum_ia_i\sqrt{i!/(i-r)!}\,h_{i-r}$: both sides are "
        r"$\sum_ia_i^2i!/(i-r)!$, finite or not. ($h_i'=\sqrt i\,h_{i-1}$ for every $i$: differentiate "
        r"$\sum_ih_is^i/\sqrt{i!}=e^{sx-s^2/2}$.) Where they are finite for every $r$, all "
        r"derivatives of $\kappa$ converge on $[-1,1]$: claim 14b.",
    )
    i, r = sympy.symbols("i r", positive=True, integer=True)
    yield exact(
        r"$h_i'=\sqrt i\,h_{i-1}$, for $i\leq8$; the product of these over $r$ steps, squared, is $i!/(i-r)!$",
        [
            *(sympy.expand(_hermite(j, x).diff(x) - sympy.sqrt(j) * _hermite(j - 1, x)) for j in range(1, 9)),
            sympy.gammasimp(
                sympy.gamma(i + 1) / sympy.gamma(i - r) / (i - r) / (sympy.gamma(i + 1) / sympy.gamma(i - r + 1))
            ),
        ],
        [0] * 8 + [1],
        by="sympy",
    )
    activations = (
        ("erf", sympy.erf(x), (1, 2, 3)),
        ("sin", sympy.sin(x), (0, 1, 2, 3)),
        ("exp", sympy.exp(x), (0, 1, 2, 3)),
    )
    for name, activation, orders in tier.pick(quick=activations[:1], full=activations):
        kernel = ks.dual(name).sympy(u)
        gaps = [sympy.diff(kernel, u, n).subs(u, 1) - mean(sympy.diff(activation, x, n) ** 2) for n in orders]
        yield exact(
            rf"{name}: $\kappa^{{(r)}}(1)-E[\sigma^{{(r)}}(w)^2]$, $r={orders[0]},\ldots,3$",
            [sympy.simplify(gap.rewrite(sympy.exp)) for gap in gaps],
            [0] * len(orders),
            by="sympy",
        )
    relu = sympy.diff(ks.dual("relu").sympy(u), u, 2)
    yield step(
        "the condition is needed",
        r"For ReLU $\sigma''$ is not in $L^2$, $\kappa''(1)$ is infinite, and the decay is a "
        "power (claim 20).",
    )
    yield exact(
        r"ReLU: $\kappa''(u)$ at $u\to1$, $\sigma''$ not in $L^2$",
        sympy.limit(1 / relu, u, 1, "-"),
        0,
        by="sympy",
        detail="1/kappa'' tends to 0",
    )
    yield step(
        "the rates of erf and GELU",
        r"If $\kappa$ is analytic in the ellipse with foci $\pm1$ and half axes adding to $\rho'$, "
        r"its error of approximation by polynomials of degree below $k$ is $O(\rho'^{-k})$, and $|\mu_k|$ is at "
        r"most that error, as $P_k$ is orthogonal to them. If $|\mu_k|=O(\rho'^{-k})$, "
        r"the Mercer series $\sum\mu_kN(d,k)P_k$ converges inside that ellipse, where "
        r"$|P_k|\leq\rho''^k$ on a smaller one, and is analytic there. So $\limsup|\mu_k|^{1/k}=1/\rho$ for "
        r"the largest ellipse, whose end is the nearest singularity $x=\pm\frac{3}{2}$ of erf and $\pm2$ of GELU: "
        r"$\rho=x+\sqrt{x^2-1}$.",
    )
    half_axes = [sympy.Rational(3, 2), sympy.Integer(2)]
    yield exact(
        r"$x+\sqrt{x^2-1}$ at $\frac{3}{2}$ and $2$",
        [value + sympy.sqrt(value**2 - 1) for value in half_axes],
        [(3 + sympy.sqrt(5)) / 2, 2 + sympy.sqrt(3)],
        by="sympy",
    )
    erf, gelu = ks.dual("erf").sympy(u), ks.dual("gelu").sympy(u)
    slope = sympy.diff(erf, u) * sympy.sqrt(sympy.Rational(9, 4) - u**2)
    height = sympy.expand(gelu * sympy.sqrt(1 - u**2 / 4))
    yield exact(
        r"erf, odd: $\kappa'\sqrt{9/4-u^2}$; GELU: $\kappa\sqrt{1-u^2/4}$ at $u=\pm2$: not 0, so that $\kappa'$ "
        r"and $\kappa$ are infinite there",
        [sympy.simplify(slope), height.subs(u, 2), height.subs(u, -2)],
        [2 / sympy.pi, 1 / (4 * sympy.pi), 1 / (4 * sympy.pi)],
        by="sympy",
        detail=r"functions of $\arcsin(2u/3)$, and of $\arccos(u/2)$ and $\sqrt{1-u^2/4}$: analytic but for the "
        r"cuts from these points",
    )
    yield exact(
        r"erf: $\kappa=\frac{2}{\pi}\arcsin\frac{2u}{3}$",
        sympy.simplify((erf - 2 * sympy.asin(2 * u / 3) / sympy.pi).rewrite(sympy.asin)),
        0,
        by="sympy",
    )
    yield step(
        r"the rates of $e^{(u-1)/\sigma^2}$, $\sin$ and $\exp$",
        r"With $\alpha=\sigma^{-2}$ their Taylor coefficients are at most a constant times $\alpha^k/k!$,"
        r" $\alpha=1$ for $\sin$ and $\exp$. By claim 10 $0\leq\mu_k\leq\sum_{m\geq k}b_m=O(\alpha^k/k!)$,"
        r" as $\mu_k(u^m)\leq1$; and $(k!)^{1/k}\geq k/e$.",
    )
    yield exact(
        r"$\kappa$ of $\sin$ and $\exp$: $e^{-1}\sinh u$ and $e^{1+u}$; of the Gaussian kernel, $\sigma=1$: $e^{u-1}$",
        [
            sympy.simplify((ks.dual("sin").sympy(u) - sympy.exp(-1) * sympy.sinh(u)).rewrite(sympy.exp)),
            sympy.simplify(ks.dual("exp").sympy(u) - sympy.exp(1 + u)),
            sympy.simplify(ks.exponential(1).sympy(u) - sympy.exp(u - 1)),
        ],
        [0, 0, 0],
        by="sympy",
    )
    yield conclusion(
        r"The identity at 1 and its consequence are the first step, for every activation with square"
        r" integrable derivatives; the rates of the five named kernels are the last two."
    )


def _hermite(i: int, x: Any) -> Any:
    """The normalised probabilists' Hermite polynomial."""
    import sympy

    before, here = sympy.Integer(0), sympy.Integer(1)
    for j in range(i):
        before, here = here, sympy.expand(x * here - j * before)
    return here / sympy.sqrt(sympy.factorial(i))


@check(
    "C31a",
    title="Smooth activations, measured",
    statement=(
        r"$\mu_k$ of $e^{u-1}$ is the Bessel function of claim 11; local exponents grow without end; erf and "
        r"GELU fall by $\frac{3+\sqrt5}{2}$ and $2+\sqrt3$ a degree."
    ),
    where="Bietti & Bach 2021, remarks on smooth activations",
    verdict="holds",
)
def smooth_numbers(tier: Tier) -> Checks:
    """Bessel functions, local exponents, geometric rates."""
    import mpmath

    d = 4
    degrees = np.array([10, 50, 100, 400])
    with mpmath.workdps(40):
        bessel = [mpmath.log(mpmath.exp(-1) * mpmath.gamma(2) * 2 * mpmath.besseli(int(k) + 1, 1)) for k in degrees]
    yield measured_against(
        r"$\log\mu_k$ of $e^{u-1}$, $d=4$, against the Bessel function",
        ks.exponential().spectrum(d).log_abs(degrees),
        bessel,
        rtol=5e-15,
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
