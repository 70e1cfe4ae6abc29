r"""Harmonic analysis on the sphere.

Claims 1-11. A check without a letter proves what symbolic arithmetic can prove, for every degree
and dimension at once (`identities`); its neighbours with a letter compare the library with oracles
that share no code with it: mpmath, quadrature in Arb balls, other bases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import sphere
from paper_checks.identities import Gammas, beta, rational_zero, rising
from paper_checks.registry import (
    Checks,
    Tier,
    bound,
    check,
    exact,
    holds,
    measured_against,
    note,
    printed_fails,
    printed_false,
    table,
)

APPENDIX = "Bietti & Bach 2021, Appendix A"
ROUNDING = "a few roundings of float64"


def symbols() -> tuple[Any, Any, Any, Any]:
    """k, j, d and (d-1)/2 for the proofs."""
    import sympy

    k, j, d = sympy.symbols("k j d", positive=True)
    return k, j, d, (d - 1) / 2


def coefficient(k: Any, j: Any, d: Any) -> Gammas:
    """Up to (-1)^j... none: (-k)_j (k+d-2)_j / (((d-1)/2)_j j!), the coefficient of ((1-t)/2)^j."""
    return Gammas((j - k, k + d - 2 + j, (d - 1) / 2), (-k, k + d - 2, (d - 1) / 2 + j, j + 1))


def multiplicity(k: Any, d: Any) -> Gammas:
    """N(d,k) for symbols."""
    return Gammas((k + d - 2,), (k + 1, d - 1), factor=2 * k + d - 2)


def down(k: Any, d: Any) -> Any:
    """The coefficient of P_{k-1} in t P_k."""
    return k / (2 * k + d - 2)


def up(k: Any, d: Any) -> Any:
    """The coefficient of P_{k+1} in t P_k."""
    return (k + d - 2) / (2 * k + d - 2)


def legendre_equation(p: Any, t: Any, k: Any, d: Any) -> Any:
    """(1-t^2) p'' + (1-d) t p' + k(k+d-2) p."""
    return (1 - t**2) * p.diff(t, 2) + (1 - d) * t * p.diff(t) + k * (k + d - 2) * p


@check(
    "C1",
    title="Legendre polynomials of dimension $d$",
    statement=(
        r"$P_k(t) = (-\frac{1}{2})^k \frac{\Gamma((d-1)/2)}{\Gamma(k+(d-1)/2)} (1-t^2)^{(3-d)/2}"
        r" \frac{d^k}{dt^k} (1-t^2)^{k+(d-3)/2} = \, _2F_1(-k, k+d-2; \frac{d-1}{2};"
        r" \frac{1-t}{2}) = C_k^{(d-2)/2}(t)/C_k^{(d-2)/2}(1)$, with $P_k(1) = 1$ and"
        r" $P_k(-t) = (-1)^k P_k(t)$; $d = 2$: Chebyshev, $d = 3$: Legendre."
    ),
    where=APPENDIX,
    verdict="proved",
)
def legendre_forms(tier: Tier) -> Checks:
    import sympy

    k, j, d, half = symbols()
    t = sympy.Symbol("t")
    p = sympy.Function("P")(t)
    yield note(
        "The equation $(1-t^2)P'' + (1-d)tP' + k(k+d-2)P = 0$ has, up to a factor, one solution"
        " that is regular at $t = 1$. Both forms solve it and are 1 there. $P(-t)$ solves it, too,"
        " and a polynomial of degree $k$ decides the sign."
    )
    weight = (1 - t**2) ** ((d - 3) / 2)
    u = weight * p  # the k-th derivative of w = (1-t^2)^{k+(d-3)/2}, divided by the constant
    a = 2 * k + d - 3  # (1-t^2) w' + a t w = 0, differentiated k+1 times:
    leibniz = (1 - t**2) * u.diff(t, 2) - 2 * t * (k + 1) * u.diff(t) - k * (k + 1) * u
    leibniz += a * (t * u.diff(t) + (k + 1) * u)
    yield exact(
        "Rodrigues' form solves the equation",
        sympy.simplify(sympy.expand(leibniz / weight) - sympy.expand(legendre_equation(p, t, k, d))),
        0,
        by="sympy, for every k and d",
    )
    top = rising(half, k)  # of (d/dt)^k (1-t)^{k+(d-3)/2} at t = 1, with (-1)^k and 2^k
    yield exact("it is 1 at $t = 1$", top.over(rising(half, k)), 1, by="sympy, for every k and d")
    ratio = coefficient(k, j + 1, d).over(coefficient(k, j, d))
    yield exact(
        "the hypergeometric form solves it",
        # z(1-z)F'' + ((d-1)/2 - (d-1) z) F' + k(k+d-2) F at z^j, z = (1-t)/2
        rational_zero(ratio * (j + 1) * (j + half) - (j * (j - 1) + 2 * half * j - k * (k + d - 2))),
        0,
        by="sympy, for every k, j and d",
    )
    lam = (d - 2) / 2  # (k+1) C_{k+1} = 2(k+lam) t C_k - (k+2lam-1) C_{k-1}, C_k(1) = (2lam)_k/k!
    at_one = [Gammas((2 * lam + n,), (2 * lam, n + 1)) for n in (k - 1, k, k + 1)]
    yield exact(
        "Gegenbauer's recurrence, divided by the values at 1, is that of $P_k$",
        [
            rational_zero((k + 1) * at_one[2].over(at_one[1]) - (k + d - 2)),
            rational_zero(2 * (k + lam) - (2 * k + d - 2)),
            rational_zero((k + 2 * lam - 1) * at_one[0].over(at_one[1]) - k),
        ],
        [0, 0, 0],
        by="sympy, for every k and d",
    )
    grid = [(n, m) for n in range(2, 8) for m in range(8)]
    z = (1 - t) / 2
    series = [
        sympy.expand(
            sum(
                sympy.rf(-m, i) * sympy.rf(m + n - 2, i) * z**i
                / (sympy.rf(sympy.Rational(n - 1, 2), i) * sympy.factorial(i))
                for i in range(m + 1)
            )
        )
        for n, m in grid
    ]
    found = [sphere.legendre_sympy(n, m, t) for n, m in grid]
    yield exact("`legendre_sympy` is this polynomial, $d < 8$, $k < 8$", found, series, by="sympy")
    named = [sympy.chebyshevt(m, t) for m in range(9)] + [sympy.legendre(m, t) for m in range(9)]
    mine = [sphere.legendre_sympy(n, m, t) for n in (2, 3) for m in range(9)]
    yield exact("and Chebyshev's and Legendre's for $d = 2, 3$", mine, named, by="sympy")


@check(
    "C1a",
    title="Legendre polynomials in float64",
    statement=r"The recurrence of claim 2 gives $P_k(t)$ to rounding, up to high $k$ and $d$.",
    where=APPENDIX,
    verdict="holds",
)
def legendre_floats(tier: Tier) -> Checks:
    import mpmath

    points = [1.0, 1 - 1e-10, 0.9, 0.3, 0.0, -0.6, -1 + 1e-6]
    for k in tier.pick(quick=(5, 50), full=(5, 50, 500)):
        at = [(d, t) for d in (2, 3, 4, 10, 1000) for t in points]
        with mpmath.workdps(30):
            parity = (-1) ** k
            # the sum is run at |t|, where it cancels least
            true = [
                (parity if t < 0 else 1)
                * mpmath.hyp2f1(-k, k + d - 2, mpmath.mpf(d - 1) / 2, (1 - abs(mpmath.mpf(t))) / 2)
                for d, t in at
            ]
        yield measured_against(
            f"$P_{{{k}}}(t)$ against mpmath's $_2F_1$",
            [sphere.legendre(d, k, t) for d, t in at],
            [float(v) for v in true],
            atol=4e-16 * (8 + k**0.5),
            why="k steps of rounding that add up like a random walk",
            at=[f"d = {d}, t = {t}" for d, t in at],
        )


@check(
    "C2",
    title="Recurrence, differential equation, Laplacian",
    statement=(
        r"$tP_k = \frac{k}{2k+d-2}P_{k-1} + \frac{k+d-2}{2k+d-2}P_{k+1}$;"
        r" $(1-t^2)P_k'' + (1-d)tP_k' + k(k+d-2)P_k = 0$;"
        r" $\Delta Y_k = -k(k+d-2)Y_k$ for the Laplacian of the sphere."
    ),
    where=APPENDIX,
    verdict="proved",
)
def recurrences(tier: Tier) -> Checks:
    import sympy

    k, j, d, half = symbols()
    t, r, s = sympy.symbols("t r s", positive=True)
    one = coefficient(k, j, d)
    terms = down(k, d) * coefficient(k - 1, j, d).over(one)
    terms += up(k, d) * coefficient(k + 1, j, d).over(one)
    yield exact(
        "the recurrence, coefficient by coefficient in $(1-t)/2$",
        rational_zero(1 - 2 * coefficient(k, j - 1, d).over(one) - terms),
        0,
        by="sympy, for every k, j and d",
    )
    p, before, now, after = sympy.symbols("p before now after")
    solved = sympy.solve(t * now - down(k, d) * before - up(k, d) * after, after)[0]
    yield exact(
        r"the same solved: $P_{k+1} = ((2k+d-2)tP_k - kP_{k-1})/(k+d-2)$",
        rational_zero(solved - ((2 * k + d - 2) * t * now - k * before) / (k + d - 2)),
        0,
        by="sympy",
    )
    ratio = coefficient(k, j + 1, d).over(one)
    yield exact(
        "the differential equation, coefficient by coefficient",
        rational_zero(ratio * (j + 1) * (j + half) - (j * (j - 1) + 2 * half * j - k * (k + d - 2))),
        0,
        by="sympy, for every k, j and d",
    )
    # g(s, r) = r^k P(s/r) with s = x.e and r = |x|: its Laplacian in R^d
    f = sympy.Function("P")
    g = r**k * f(s / r)
    laplacian = g.diff(s, 2) + 2 * s / r * g.diff(s, r) + g.diff(r, 2) + (d - 1) / r * g.diff(r)
    ode = legendre_equation(f(t), t, k, d).subs(t, s / r).doit()
    yield exact(
        r"in $R^d$, $\Delta(|x|^kP(x\cdot e/|x|)) = |x|^{k-2}$ times the equation's left-hand side",
        sympy.simplify((laplacian.doit() * r ** (2 - k) - ode).subs(s, t * r).doit()),
        0,
        by="sympy, for every k, d and P",
    )
    y, on_sphere = sympy.Function("Y")(s), -k * (k + d - 2) * sympy.Function("Y")(s)
    radial = (r**k * y).diff(r, 2) + (d - 1) / r * (r**k * y).diff(r) + r ** (k - 2) * on_sphere
    yield exact(
        r"$|x|^kY_k$ is harmonic if and only if $\Delta Y_k = -k(k+d-2)Y_k$ on the sphere",
        sympy.simplify(radial),
        0,
        by="sympy, for every k and d",
    )


@check(
    "C3",
    title="The number of harmonics",
    statement=(
        r"$N(d,k) = \frac{2k+d-2}{k}\binom{k+d-3}{d-2}$, $N(d,0) = 1$; as $k$ grows it is"
        r" $\sim 2k^{d-2}/(d-2)!$. It is 2, $2k+1$, $(k+1)^2$ for $d = 2, 3, 4$."
    ),
    where=APPENDIX,
    verdict="proved",
)
def number_of_harmonics(tier: Tier) -> Checks:
    import sympy

    k, _, d, _ = symbols()
    forms = Gammas((k + d,), (k + 1, d))  # polynomials of degree k on R^d: binom(k+d-1, d-1)
    below = Gammas((k + d - 2,), (k - 1, d))
    number = multiplicity(k, d)
    yield exact(
        r"homogeneous polynomials of degree $k$ less those of degree $k-2$ are $N(d,k)$ in number",
        rational_zero(forms.over(number) - below.over(number) - 1),
        0,
        by="sympy, for every k and d",
    )
    printed = Gammas((k + d - 2,), (k, d - 1), factor=(2 * k + d - 2) / k)
    # as printed (k+d-3)!/((d-2)!(k-1)!) times (2k+d-2)/k; Gamma(k) = Gamma(k+1)/k
    yield exact("the printed form", rational_zero(printed.over(number) - 1), 0, by="sympy")
    n = sympy.Symbol("k")
    grid = range(2, 13)
    as_polynomial = [
        sympy.Poly((2 * n + m - 2) * sympy.prod(n + i for i in range(1, m - 2)), n)
        / sympy.factorial(m - 2)
        if m > 2
        else sympy.Poly(2 + 0 * n, n)
        for m in grid
    ]
    yield exact(
        r"$(2k+d-2)(k+1)\cdots(k+d-3)/(d-2)!$ has degree $d-2$ and leading coefficient"
        r" $2/(d-2)!$ (a product of $d-2$ linear factors; $d < 13$ multiplied out)",
        [sympy.LC(q, n) for q in as_polynomial] + [sympy.degree(q, n) for q in as_polynomial],
        [sympy.Rational(2, math.factorial(m - 2)) for m in grid] + [m - 2 for m in grid],
        by="sympy",
    )
    ints = [(m, i) for m in (2, 3, 4, 7, 20) for i in range(1, 30)]
    yield exact(
        "`multiplicity` counts these polynomials",
        [sphere.multiplicity(m, i) for m, i in ints],
        [math.comb(i + m - 1, m - 1) - (math.comb(i + m - 3, m - 1) if i > 1 else 0) for m, i in ints],
        by="integer arithmetic",
    )
    small = range(1, 40)
    yield exact(
        "2, $2k+1$ and $(k+1)^2$",
        [sphere.multiplicity(m, i) for m in (2, 3, 4) for i in small],
        [2 for _ in small] + [2 * i + 1 for i in small] + [(i + 1) ** 2 for i in small],
        by="integer arithmetic",
    )


@check(
    "C4",
    title="The area of the sphere",
    statement=(
        r"$\omega_{d-1} = 2\pi^{d/2}/\Gamma(d/2)$ and"
        r" $\omega_{d-2}/\omega_{d-1} = \Gamma(d/2)/(\sqrt{\pi}\,\Gamma((d-1)/2))$."
    ),
    where=APPENDIX,
    verdict="proved",
)
def area(tier: Tier) -> Checks:
    import sympy

    _, _, d, half = symbols()
    r = sympy.Symbol("r", positive=True)
    radial = sympy.integrate(r ** (d - 1) * sympy.exp(-(r**2)), (r, 0, sympy.oo))
    omega = 2 * sympy.pi ** (d / 2) / sympy.gamma(d / 2)
    yield exact(
        r"$\omega_{d-1}\int_0^\infty r^{d-1}e^{-r^2}dr$ is the integral $\pi^{d/2}$ of"
        r" $e^{-|x|^2}$ over $R^d$",
        sympy.simplify(omega * radial / sympy.pi ** (d / 2)),
        1,
        by="sympy, for every d",
    )
    constant = sympy.gamma(d / 2) / (sympy.sqrt(sympy.pi) * sympy.gamma(half))
    yield exact(
        "the quotient of the areas of two dimensions",
        sympy.simplify(omega.subs(d, d - 1) / omega / constant),
        1,
        by="sympy, for every d",
    )
    yield exact(
        r"it makes $(1-t^2)^{(d-3)/2}$ a probability density: $\int = B(\frac{1}{2},\frac{d-1}{2})$",
        sympy.gammasimp(constant * sympy.gamma(sympy.S.Half) * sympy.gamma(half) / sympy.gamma(d / 2)),
        1,
        by="sympy, for every d",
    )


@check(
    "C4a",
    title="The area of the sphere in float64",
    statement=r"The library's constants are right to a few ulp, up to $d = 10^6$.",
    where=APPENDIX,
    verdict="holds",
)
def area_floats(tier: Tier) -> Checks:
    import mpmath

    dims = [2, 3, 4, 5, 10, 50, 300, 10**4, 10**6]
    with mpmath.workdps(30):
        true = [
            mpmath.exp(mpmath.loggamma(mpmath.mpf(d) / 2) - mpmath.loggamma(mpmath.mpf(d - 1) / 2))
            / mpmath.sqrt(mpmath.pi)
            for d in dims
        ]
        areas = [2 * mpmath.pi ** (mpmath.mpf(d) / 2) / mpmath.gamma(mpmath.mpf(d) / 2) for d in dims[:7]]
    yield measured_against(
        "`funk_hecke_constant`",
        [sphere.funk_hecke_constant(d) for d in dims],
        [float(v) for v in true],
        rtol=1e-15,
        why=ROUNDING,
        at=dims,
    )
    yield measured_against(
        "`surface_area`",
        [sphere.surface_area(d) for d in dims[:7]],
        [float(v) for v in areas],
        rtol=2e-13,
        why="it is the exponential of a logarithm of size up to 600",
        at=dims[:7],
    )


@check(
    "C5",
    title="Orthogonality of the Legendre polynomials",
    statement=(
        r"$\int_{-1}^1 P_jP_k(1-t^2)^{(d-3)/2}dt = 0$ for $j \neq k$, and"
        r" $\frac{\omega_{d-1}}{\omega_{d-2}}\frac{1}{N(d,k)}$ for $j = k$."
    ),
    where=APPENDIX,
    verdict="proved",
)
def orthogonality(tier: Tier) -> Checks:
    import sympy

    k, _, d, _ = symbols()
    t = sympy.Symbol("t")
    p = sympy.Function("P")(t)
    weight = (1 - t**2) ** ((d - 3) / 2)
    flux = ((1 - t**2) * weight * p.diff(t)).diff(t) + k * (k + d - 2) * weight * p
    yield exact(
        r"$((1-t^2)^{(d-1)/2}P')' + k(k+d-2)(1-t^2)^{(d-3)/2}P$ is the weighted equation of claim"
        " 2: self-adjoint, with a different eigenvalue for each $k$",
        sympy.simplify(sympy.expand(flux / weight) - sympy.expand(legendre_equation(p, t, k, d))),
        0,
        by="sympy, for every k and d",
    )
    # <t P_k, P_{k-1}> from both sides: down(k) h_{k-1} = up(k-1) h_k
    quotient = multiplicity(k - 1, d).over(multiplicity(k, d))
    yield exact(
        r"$\|P_k\|^2/\|P_{k-1}\|^2 = N(d,k-1)/N(d,k)$, from the recurrence",
        rational_zero(down(k, d) / up(k - 1, d) - quotient),
        0,
        by="sympy, for every k and d",
    )
    yield note(r"$\|P_0\|^2$ is the integral of the weight, $\omega_{d-1}/\omega_{d-2}$ (claim 4).")


def two_angles(d: int, nodes: int) -> tuple[Any, Any, Any]:
    """Nodes (t, s) and weights for zonal averages about two axes of S^{d-1}, d >= 3.

    For w = t x + sqrt(1-t^2) (s e + ...), e a unit vector normal to x: Gauss-Legendre in both angles.
    """
    x, weight = np.polynomial.legendre.leggauss(nodes)
    angle = np.pi * (x + 1) / 2
    first, second = weight * np.sin(angle) ** (d - 2), weight * np.sin(angle) ** (d - 3)
    weights = np.outer(first / first.sum(), second / second.sum())
    return np.cos(angle)[:, None], np.cos(angle)[None, :], weights


@check(
    "C5a",
    title="Addition theorem and reproducing property",
    statement=(
        r"$\sum_j Y_{kj}(x)Y_{kj}(y) = N(d,k)P_k(x\cdot y)$ and"
        r" $\int P_j(w\cdot x)P_k(w\cdot y)d\tau(w) = \delta_{jk}P_k(x\cdot y)/N(d,k)$."
    ),
    where=APPENDIX,
    verdict="holds",
)
def addition(tier: Tier) -> Checks:
    import mpmath

    angles = tier.rng.uniform(0.1, 3.0, (2, 2))
    x, y = (np.array([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)]) for a, b in angles)
    degrees = range(tier.pick(quick=4, full=9))
    sums = []
    for k in degrees:
        basis = [
            [mpmath.spherharm(k, m, float(a), float(b)) for m in range(-k, k + 1)] for a, b in angles
        ]
        terms = (p * mpmath.conj(q) for p, q in zip(*basis, strict=True))
        sums.append(float(4 * mpmath.pi * sum(mpmath.re(v) for v in terms)))
    found = [float(sphere.zonal_addition(3, k, x[None], y[None])[0, 0]) for k in degrees]
    yield measured_against(
        "$d = 3$, against mpmath's spherical harmonics",
        found,
        sums,
        atol=1e-13,
        why="sums of up to 17 products of size about 1 in float64",
        at=degrees,
    )
    for d in (2, 4, 5):
        points = sphere.sample_sphere(120, d, tier.rng)
        ranks = [int(np.linalg.matrix_rank(sphere.zonal_addition(d, k, points, points))) for k in range(5)]
        yield measured_against(
            rf"rank of $(N(d,k)P_k(x_i\cdot x_j))$ at 120 points, $d = {d}$",
            ranks,
            [sphere.multiplicity(d, k) for k in range(5)],
            why="the dimension of the space that the kernel reproduces",
            at=range(5),
        )
    c = 0.37  # x.y
    for d in (3, 4, 6, 11):
        t, s, weight = two_angles(d, 40)
        other = np.clip(t * c + np.sqrt(1 - t**2) * s * math.sqrt(1 - c * c), -1, 1)
        first, second = sphere.legendre_all(d, 6, t), sphere.legendre_all(d, 6, other)
        integrals = np.einsum("jab,kab,ab->jk", first * np.ones_like(weight), second, weight)
        expected = np.diag([sphere.legendre(d, k, c) / sphere.multiplicity(d, k) for k in range(7)])
        yield measured_against(
            rf"$\int P_jP_k\,d\tau$ for $j, k \leq 6$, $d = {d}$",
            integrals,
            expected,
            atol=2e-15,
            why=ROUNDING + "; 40 x 40 nodes are exact to rounding",
            at=[f"j = {j}, k = {k}" for j in range(7) for k in range(7)],
        )


def in_angle(
    kappa: Callable[[Any], Any], d: int, degrees: Sequence[int], nodes: int, power: int = 1
) -> list[Any]:
    """mu_k by Gauss-Legendre in z with theta = pi z^power, in balls of the precision in force.

    `kappa` takes the angle theta, a ball.
    """
    from flint import arb

    pi, half = arb.pi(), (arb(d - 1) / 2, arb(d) / 2)
    scale = half[1].gamma() / (pi.sqrt() * half[0].gamma()) * pi / 2
    totals = dict.fromkeys(degrees, arb(0))
    for i in range(nodes):
        x, weight = arb.legendre_p_root(nodes, i, weight=True)
        z = (1 + x) / 2
        theta = pi * z**power
        t = theta.cos()
        weight = weight * scale * power * z ** (power - 1) * theta.sin() ** (d - 2)
        before, now = arb(0), weight * kappa(theta)
        for k in range(max(degrees) + 1):
            if k in totals:
                totals[k] += now
            lead = arb(2 * k + d - 2) * t * now - k * before
            before, now = now, (t * now if k == 0 else lead / (k + d - 2))
    return [totals[k] for k in degrees]


@check(
    "C6",
    title="The Funk-Hecke formula",
    statement=(
        r"$\int\kappa(x\cdot y)Y_k(y)d\tau(y) = \mu_kY_k(x)$ with"
        r" $\mu_k = \frac{\Gamma(d/2)}{\sqrt{\pi}\,\Gamma((d-1)/2)}\int_0^\pi\kappa(\cos\theta)"
        r"P_k(\cos\theta)\sin^{d-2}\theta\,d\theta$."
    ),
    where=APPENDIX,
    verdict="holds",
)
def funk_hecke(tier: Tier) -> Checks:
    from benchmarks.oracle_kernels import KernelSpec
    from benchmarks.oracle_methods import quadrature

    c = -0.41  # x.z
    for d in (3, 4, 6):
        t, s, weight = two_angles(d, 80)
        turned = np.clip(t * c + np.sqrt(1 - t**2) * s * math.sqrt(1 - c * c), -1, 1)
        harmonics = sphere.legendre_all(d, 8, turned)  # Y(y) = P_k(y.z), not zonal about x
        for kernel in (ks.ntk(3), ks.laplace(2)):
            spectrum = kernel.spectrum(d)
            yield measured_against(
                rf"$\int\kappa(x\cdot y)Y_k(y)d\tau$ for `{kernel!r}`, $d = {d}$",
                [float(np.sum(weight * kernel(t) * y)) for y in harmonics],
                [spectrum[k] * sphere.legendre(d, k, c) for k in range(9)],
                atol=1e-14,
                why=ROUNDING + ", on values up to 3",
                at=range(9),
            )
    degrees = (0, 1, 2, 3, 4, 7, 12, 25, 40)
    specs = [KernelSpec("ntk", 3), KernelSpec("rf", 4), KernelSpec("laplace")]
    for d in tier.pick(quick=(3,), full=(2, 3, 10, 50)):
        oracle = quadrature(specs, d, degrees, digits=25)
        for spec in specs:
            yield measured_against(
                f"`{spec.text}`, $d = {d}$: the library against quadrature in balls",
                ks.parse(spec.text).spectrum(d)(np.array(degrees)),
                [float(oracle[spec, k].value) for k in degrees],
                rtol=1e-13,
                why="the library claims a few 1e-15 at moderate k; a wrong digit would be seen",
                at=degrees,
            )


@check(
    "C6a",
    title="Quadrature in the angle",
    statement=(
        r"For compositions of arc-cosine kernels, tangent kernels and the Laplace kernel,"
        r" $\kappa(\cos\theta)$ is analytic on $[0,\pi]$ and Gauss-Legendre in $\theta$ converges"
        r" geometrically; Gauss-Jacobi in $t$ only like $n^{-(2\nu+d-1)}$. Step networks of $L"
        r" \geq 3$ layers need $\theta = \pi z^q$, $q = 2^{L-2}$."
    ),
    where="a remark on the eigenvalue formula of " + APPENDIX,
    verdict="holds",
)
def quadrature_in_angle(tier: Tier) -> Checks:
    from benchmarks.oracle_kernels import KernelSpec
    from benchmarks.oracle_methods import quadrature
    from flint import ctx
    from scipy.special import roots_jacobi

    degrees = (0, 1, 5, 40, 100, 200)
    kernels = [KernelSpec("rf", 2), KernelSpec("ntk", 3), KernelSpec("laplace")]
    oracle = quadrature(kernels, 3, degrees, digits=55)
    with ctx.workdps(75):
        for spec in kernels:
            kernel = ks.parse(spec.text)
            found = in_angle(kernel.of_angle, 3, degrees, 400)
            worst = max(
                abs((v - oracle[spec, k].value).mid()) for v, k in zip(found, degrees, strict=True)
            )
            yield bound(
                f"`{spec.text}`, $d = 3$, 400 nodes: largest absolute error for $k \\leq 200$",
                float(worst),
                upper=1e-50,
                why="the claim: 50 digits",
            )
    rows = []
    true = float(quadrature([KernelSpec("ntk", 3)], 4, (5,), digits=25)[KernelSpec("ntk", 3), 5].value)
    errors = []
    for n in (20, 40, 80, 160, 320):
        nodes, weights = roots_jacobi(n, 0.5, 0.5)
        mean = float(np.sum(weights * ks.ntk(3)(nodes) * sphere.legendre(4, 5, nodes)) / weights.sum())
        errors.append(abs(mean - true))
        with ctx.workdps(60):
            angle = abs((in_angle(ks.ntk(3).of_angle, 4, (5,), n)[0] - _digits(4)).mid())
        rows.append([n, float(angle), errors[-1]])
    yield table(r"error of $\mu_5$ of `ntk(3)`, $d = 4$", ["nodes", r"in $\theta$", "in $t$"], rows)
    yield measured_against(
        r"order of Gauss-Jacobi in $t$, from 20 to 160 nodes",
        math.log2(errors[0] / errors[3]) / 3,
        4.0,
        atol=0.2,
        why=r"the error of a power $t^\nu$ at the end of the interval; corrections of 1/n",
    )
    for depth in (3, 4):
        step = ks.rf(depth, degree=0)
        spec = KernelSpec("rf", depth, degree=0)
        value = quadrature([spec], 3, (5,), digits=25)[spec, 5].value
        with ctx.workdps(60):
            plain, substituted = (
                abs(float((in_angle(step.of_angle, 3, (5,), 150, q)[0] - value).mid()))
                for q in (1, 2 ** (depth - 2))
            )
        yield bound(
            rf"step network of {depth} layers, 150 nodes in $z$: error of $\mu_5$",
            substituted,
            upper=1e-22,
            why="25 digits of the oracle",
        )
        yield bound(
            "the same in the angle itself", plain, lower=1e-9, why="a power of the angle below 1"
        )


def _digits(d: int) -> Any:
    """mu_5 of ntk(3) to 50 digits, in balls."""
    return in_angle(ks.ntk(3).of_angle, d, (5,), 480)[0]


@check(
    "C7",
    title="Mercer's theorem",
    statement=(
        r"$\kappa(x\cdot y) = \sum_k\mu_kN(d,k)P_k(x\cdot y)$; at $x = y$ the trace,"
        r" $\sum_k\mu_kN(d,k) = \kappa(1)$."
    ),
    where=APPENDIX,
    verdict="holds",
)
def mercer(tier: Tier) -> Checks:
    last = tier.pick(quick=2000, full=20000)
    for d in (3, 4):
        spectrum = ks.arccos(1).spectrum(d)
        # mu_k N(d,k) ~ c k^{-4} for even k, 0 for odd: the rest, midpoint rule, is c last^{-3}/6
        c = 2 * (2 * math.sqrt(2) / (3 * math.pi)) * sphere.decay_constant(d, 1.5)
        rest = c * 2 / math.factorial(d - 2) / (6 * (last + 1) ** 3)
        trace = spectrum.trace(last)
        yield measured_against(
            rf"trace of $\kappa_1$, $d = {d}$, $k \leq {last}$, plus the tail of claim 24",
            trace + rest,
            1.0,
            atol=tier.pick(quick=1e-12, full=1e-13),
            why="12 digits; the tail's next term is smaller by 1/k",
            detail=f"the tail is {rest:.3g}",
        )
    points = np.array([-0.9, -0.3, 0.2, 0.8])
    for kernel, d in ((ks.ntk(3), 3), (ks.rf(4), 5), (ks.laplace(2), 4)):
        spectrum = kernel.spectrum(d)
        left = kernel.at_one - spectrum.trace(1500)
        yield bound(
            f"`{kernel!r}`, $d = {d}$: error of the sum to $k = 1500$, in units of the trace left",
            np.abs(spectrum.mercer(points, 1500) - kernel(points)) / left,
            upper=1.0,
            why=r"$\mu_k \geq 0$ and $|P_k| \leq 1$",
            detail=f"trace left {left:.3g}",
        )


@check(
    "C8",
    title="The RKHS norm",
    statement=(
        r"$H = \{\sum a_{kj}Y_{kj} : \sum_{\mu_k \neq 0} a_{kj}^2/\mu_k < \infty,"
        r" \; a_{kj} = 0 \; \mathrm{where} \; \mu_k = 0\}$."
    ),
    where="slides; Bietti & Bach 2021, Section 2 has the condition",
    verdict="refuted as printed",
    printed=r"$\sum_{k,j} a_{kj}^2/\mu_k < \infty$ over all $k$, without $\mu_k \neq 0$",
    corrected=r"the sum over $\mu_k \neq 0$, and $a_{kj} = 0$ where $\mu_k = 0$",
)
def rkhs_norm(tier: Tier) -> Checks:
    kernel, d = ks.arccos(1), 4
    spectrum = kernel.spectrum(d)
    odd = [spectrum.exact(k) for k in (3, 5, 7, 9)]
    yield exact(r"$\mu_3, \mu_5, \mu_7, \mu_9$ of $\kappa_1$, $d = 4$", odd, [0] * 4, by="sympy")
    yield printed_false(
        r"for the section $\kappa_1(x\cdot\,)$ itself, in $H$ by definition, the printed sum has"
        " the terms 0/0 at $k = 3, 5, 7, 9$",
        all(v == 0 for v in odd),
        detail="two layers without bias; a different kernel would not show it",
        exact=True,
    )
    # a_kj = mu_k Y_kj(x): the corrected sum is sum mu_k^2 N(d,k) / mu_k, and must be K(x,x) = 1
    last = tier.pick(quick=2000, full=10000)
    k = np.arange(last + 1)
    mu = spectrum(k)
    present = mu != 0
    norm = float(np.sum(mu[present] ** 2 * spectrum.multiplicity(k[present]) / mu[present]))
    yield measured_against(
        r"corrected: $\|\kappa_1(x\cdot\,)\|^2$ is $\kappa_1(1)$",
        norm,
        1.0,
        atol=1.0 / last**3,
        why=rf"the sum stops at $k = {last}$ and its terms fall like $k^{{-4}}$",
    )
    # On the circle the norm of the interpolant of f at n equispaced points increases to |f|^2.
    circle = kernel.spectrum(2)
    norms = {}
    for degree in (2, 3):
        for n in (33, 65, 129):
            angle = 2 * np.pi * np.arange(n) / n
            eigenvalue = float(np.sum(kernel.of_angle(angle) * np.cos(degree * angle)))
            norms[degree, n] = n / 2 / eigenvalue
    yield measured_against(
        r"norm of the interpolant of $\cos 2\phi$ at 129 points of the circle",
        norms[2, 129],
        1 / (2 * circle[2]),
        rtol=1e-4,
        why=r"$a_2^2/\mu_2$; the aliases of degree 129 and higher add $(2/129)^4$",
    )
    yield bound(
        r"$\cos 3\phi$ ($\mu_3 = 0$) is not in $H$: growth of its norm from 65 to 129 points",
        norms[3, 129] / norms[3, 65],
        lower=14.0,
        upper=17.0,
        why=r"$(129/65)^4 = 15.5$: the smallest alias, $\mu_{n-3} \sim n^{-4}$, takes $\mu_3$'s place",
    )
    yield table(
        "Squared norm of the interpolant on the circle",
        ["points", r"$\cos 2\phi$", r"$\cos 3\phi$"],
        [[n, norms[2, n], norms[3, n]] for n in (33, 65, 129)],
    )


@check(
    "C9",
    title="Same decay, same RKHS",
    statement=(
        r"If $c\,\mu_k' \leq \mu_k \leq C\mu_k'$ for all $k$, the two RKHS are equal as sets and"
        r" their norms equivalent; the best constants are $\inf$ and $\sup$ of $\mu_k/\mu_k'$."
    ),
    where=APPENDIX,
    verdict="holds",
)
def same_decay(tier: Tier) -> Checks:
    first, second = ks.laplace(1), ks.ntk(3)
    k = np.concatenate([np.arange(2000), 10 ** np.arange(4, 9), 10 ** np.arange(4, 9) + 1])
    for d in (2, 3, 10):
        ratio = first.spectrum(d)(k) / second.spectrum(d)(k)
        limits = [math.pi / (math.sqrt(2) * (3 + sign * 0.5)) for sign in (1, -1)]
        yield measured_against(
            rf"`laplace()` over `ntk(3)`, $d = {d}$, $k = 10^8$ and $10^8+1$: the limit",
            [ratio[-6], ratio[-1]],
            limits,
            rtol=1e-6,
            why="the constants of claims 25 and 28; corrections of 1/k or less",
        )
        yield bound(
            rf"$\mu_k/\mu_k'$ for all $k < 2000$ and on to $10^8$, $d = {d}$",
            ratio,
            lower=0.1,
            upper=10.0,
            why="two-sided: equal sets, equivalent norms",
            detail=f"inf {ratio.min():.6g}, sup {ratio.max():.6g}",
        )
    # Equispaced points of the circle: generalised eigenvalues of the two Gram matrices.
    ratio = first.spectrum(2)(np.arange(20000)) / second.spectrum(2)(np.arange(20000))
    extremes = {}
    for n in (16, 256, 4096):
        angle = 2 * np.pi * np.arange(n) / n
        grams = [np.fft.rfft(kernel.of_angle(angle)).real for kernel in (first, second)]
        quotient = grams[0] / grams[1]
        extremes[n] = (float(quotient.min()), float(quotient.max()))
        yield bound(
            f"norm ratios at {n} points of the circle lie between inf and sup",
            quotient,
            lower=float(ratio.min()) * (1 - 1e-9),
            upper=float(ratio.max()) * (1 + 1e-9),
            why="a quotient of sums lies between the quotients; 1e-9 for rounding of the FFT",
        )
    yield measured_against(
        "and reach them: extremes at 4096 points",
        list(extremes[4096]),
        [float(ratio.min()), float(ratio.max())],
        rtol=2e-3,
        why="aliases mix the degrees near half the number of points",
    )
    k = 10 ** np.arange(2, 7)
    fall = ks.rf(3).spectrum(3)(k) / second.spectrum(3)(k) * k.astype(float) ** 2
    yield measured_against(
        r"no equality: $k^2\mu_k(\mathrm{RF})/\mu_k(\mathrm{NTK})$ tends to a constant, $L = d = 3$",
        fall[-1],
        fall[-2],
        rtol=1e-4,
        why="corrections of 1/k, $k = 10^5$ and $10^6$",
    )


@check(
    "C10",
    title="From Taylor to Mercer",
    statement=(
        r"$\mu_k(u^m) = \frac{\Gamma(d/2)\,m!}{2^m\,j!\,\Gamma(k+j+d/2)}$ if $m = k+2j$, else 0;"
        r" hence $\mu_k = \sum_j b_{k+2j}\,\mu_k(u^{k+2j})$ for $\kappa = \sum b_ju^j$."
    ),
    where="Bietti & Bach 2021, Appendix B.1",
    verdict="proved",
)
def taylor_to_mercer(tier: Tier) -> Checks:
    k, j, d, _ = symbols()

    def eigenvalue(m: Any, n: Any) -> Gammas:
        return Gammas((d / 2, m + 1), ((m - n) / 2 + 1, (m + n + d) / 2), twos=-m)

    m = k + 2 * j
    whole = eigenvalue(m, k)
    yield note(
        "Induction over $m$: the recurrence of claim 2 gives $u^m$ from $u^{m-1}$. Where a term"
        " does not exist ($j = 0$ or $k = 0$) its coefficient or $1/\\Gamma$ is 0; $d = 2, k = 0$"
        " is the limit $d \\to 2$."
    )
    yield exact("$m = 0$: $\\mu_0(1) = 1$", sphere.monomial_eigenvalue_exact(3, 0, 0), 1, by="integers")
    step = down(k, d) * eigenvalue(m - 1, k - 1).over(whole)
    step += up(k, d) * eigenvalue(m - 1, k + 1).over(whole)
    yield exact(
        r"$\mu_k(u^m) = \frac{k}{2k+d-2}\mu_{k-1}(u^{m-1}) + \frac{k+d-2}{2k+d-2}\mu_{k+1}(u^{m-1})$",
        rational_zero(step - 1),
        0,
        by="sympy, for every k, j and d",
    )
    import sympy

    t = sympy.Symbol("t")
    cases = [(n, p, q) for n in (2, 3, 4, 7) for p in range(7) for q in range(p + 2)]
    expansions = []
    for n, p, q in cases:  # orthogonal projection by the moments of the weight
        product = sympy.Poly(t**p * sphere.legendre_sympy(n, q, t), t)
        expansions.append(sum(c * _moment(n, i) for (i,), c in product.terms()))
    yield exact(
        "`monomial_eigenvalue_exact` against integration of $t^mP_k$",
        [sphere.monomial_eigenvalue_exact(*case) for case in cases],
        expansions,
        by="rational arithmetic",
    )


def _moment(d: int, power: int) -> Any:
    """E[t^power] for the first coordinate t of a uniform point: 1 3 .../(d (d+2) ...)."""
    from fractions import Fraction

    if power % 2:
        return Fraction(0)
    return Fraction(math.prod(range(1, power, 2)), math.prod(range(d, d + power, 2)))


@check(
    "C10a",
    title="Schoenberg, Hermite, and the way back",
    statement=(
        r"$\kappa$ is positive definite on all spheres if and only if all $b_j \geq 0$; then"
        r" $\mu_k > 0$ if and only if some $b_{k+2j} > 0$. $b_k = \lim_{d\to\infty}d^k\mu_{k,d}/k!$."
        r" For an activation $\sum a_ih_i$ (normalised Hermite), $b_i = a_i^2$."
    ),
    where="Schoenberg 1942; Bietti & Bach 2021, Section 2 and Appendix B.1",
    verdict="holds",
)
def schoenberg(tier: Tier) -> Checks:
    import mpmath

    u = ks.linear()
    third = (3 * u**2 - 1) / 2  # P_2 of dimension 3
    values = [third.spectrum(d).exact(k) for d in (3, 4) for k in (0, 1, 2)]
    yield holds(
        r"$(3u^2-1)/2$, with $b_0 < 0$, is positive definite on $S^2$ and not on $S^3$",
        all(v >= 0 for v in values[:3]) and values[3] < 0,
        detail=f"mu_0, mu_1, mu_2: {values[:3]} for d = 3, {values[3:]} for d = 4",
    )
    for kernel in (ks.rf(3), ks.ntk(4, bias=True), ks.polynomial(5), ks.arccos(1)):
        b = [float(v) for v in kernel.taylor(40)]
        for d in (2, 7):
            positive = kernel.spectrum(d)[0:12] > 0
            some = [any(v > 1e-25 for v in b[k::2]) for k in range(12)]
            yield holds(
                rf"`{kernel!r}`, $d = {d}$: $\mu_k > 0$ exactly where some $b_{{k+2j}} > 0$, $k < 12$",
                min(b) > -1e-25 and positive.tolist() == some,
                detail=f"positive at k = {np.flatnonzero(positive).tolist()}",
            )
    for kernel in (ks.rf(3), ks.ntk(3), ks.laplace(1), ks.arccos(1)):
        b = [float(v) for v in kernel.taylor(6)]
        degrees = [k for k in range(6) if b[k] > 1e-20]
        for d in (10**4, 10**6):
            spectrum = kernel.spectrum(d)
            found = [math.exp(spectrum.log_abs(k) + k * math.log(d)) / math.factorial(k) for k in degrees]
            yield measured_against(
                rf"$d^k\mu_k/k!$ for `{kernel!r}`, $d = {d}$",
                found,
                [b[k] for k in degrees],
                rtol=60 / d,
                why=r"$\mu_k(u^k) = k!/(d(d+2)\cdots)$ and $b_{k+2}$'s share, relative $O(1/d)$",
                at=degrees,
            )
    with mpmath.workdps(30):
        hermite = []
        for i in range(9):
            norm = mpmath.sqrt(mpmath.factorial(i) * 2 * mpmath.pi)
            he = [mpmath.mpf(1), None]

            def integrand(x: Any, i: int = i) -> Any:
                before, now = mpmath.mpf(0), mpmath.mpf(1)
                for n in range(i):
                    before, now = now, x * now - n * before
                return x * now * mpmath.exp(-x * x / 2)

            del he
            hermite.append((mpmath.quad(integrand, [0, 2, 6, 14, 24]) / norm) ** 2)
    yield measured_against(
        r"$a_i^2$ of ReLU by integration, against the Taylor coefficients of $\kappa_1/2$",
        [float(v) for v in ks.dual("relu").taylor(9)],
        [float(v) for v in hermite],
        atol=1e-15,
        why=ROUNDING,
        at=range(9),
    )


@check(
    "C11",
    title="The Gaussian kernel",
    statement=(
        r"$e^{\alpha(u-1)}$ has $\mu_k = e^{-\alpha}\Gamma(\frac{d}{2})"
        r"(\frac{2}{\alpha})^{d/2-1}I_{k+d/2-1}(\alpha)$."
    ),
    where="from claim 10; for $d = 3$ classical",
    verdict="proved",
)
def gaussian(tier: Tier) -> Checks:
    import sympy

    k, j, d, _ = symbols()
    alpha = sympy.Symbol("alpha", positive=True)
    order = k + d / 2 - 1
    bessel = (alpha / 2) ** (2 * j + order) / (sympy.gamma(j + 1) * sympy.gamma(j + order + 1))
    claimed = sympy.exp(-alpha) * sympy.gamma(d / 2) * (2 / alpha) ** (d / 2 - 1) * bessel
    m = k + 2 * j
    taylor = sympy.exp(-alpha) * alpha**m / sympy.gamma(m + 1)
    monomial = sympy.gamma(d / 2) * sympy.gamma(m + 1) / 2**m
    monomial /= sympy.gamma(j + 1) * sympy.gamma(k + j + d / 2)
    yield exact(
        r"$b_{k+2j}\,\mu_k(u^{k+2j})$ is the term of index $j$ of Bessel's series",
        sympy.simplify(sympy.powsimp(sympy.expand_power_base(taylor * monomial / claimed), force=True)),
        1,
        by="sympy, for every j, k, d and alpha > 0",
    )


@check(
    "C11a",
    title="The Gaussian kernel in numbers",
    statement=(
        r"The Bessel form to 25 digits; $\mu_{k+1}/\mu_k \sim \alpha/(2k)$, faster than any"
        r" geometric decay."
    ),
    where="from claim 10",
    verdict="holds",
)
def gaussian_numbers(tier: Tier) -> Checks:
    from benchmarks.oracle_kernels import KernelSpec
    from benchmarks.oracle_methods import quadrature
    from flint import arb

    degrees = (0, 1, 2, 5, 10)
    for d, sigma in ((2, 1.0), (3, 0.5), (7, 2.0)):
        spec = KernelSpec("exponential", sigma=sigma)
        spectrum = ks.exponential(sigma).spectrum(d)
        oracle = quadrature([spec], d, degrees, digits=30)
        values = [oracle[spec, k].value for k in degrees]
        yield measured_against(
            rf"the closed form against quadrature in balls, $\sigma = {sigma}$, $d = {d}$",
            [arb(str(spectrum.exact(k).evalf(40))) for k in degrees],
            values,
            rtol=1e-25,
            why="25 digits",
            at=degrees,
        )
        yield measured_against(
            "the library in float64",
            spectrum(np.array(degrees)),
            [float(v) for v in values],
            rtol=1e-14,
            why=ROUNDING,
            at=degrees,
        )
    k = np.array([10, 100, 1000, 10000])
    logs = ks.exponential(0.5).spectrum(3).log_abs(np.stack([k, k + 1]))
    yield measured_against(
        r"$(\mu_{k+1}/\mu_k)\,2k/\alpha$, $\alpha = 4$, $d = 3$",
        np.exp(logs[1] - logs[0]) * 2 * k / 4,
        np.ones(4) - 1.5 / k,
        atol=5e-2,
        why=r"$2k/(2k+d)$ to first order; $O(k^{-2})$ and $1+\alpha^2/(2k)^2$ at $k = 10$",
        at=k,
    )
