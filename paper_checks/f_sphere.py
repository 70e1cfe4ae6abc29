r"""What the RKHS on the sphere contains

Which derivatives a function needs, how well others are approximated at a given norm, and the inclusion of one RKHS in
another: by the norms of harmonics, with constants from enclosures of all eigenvalues.
"""

from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import sympy

import kernelspec as ks
from kernelspec.rkhs import Space, abs_power, polynomial, ridge
from oracle import deep as oracle
from paper_checks.registry import *

HALF = Fraction(1, 2)


def _axis(d: int) -> list[int]:
    return [1, *[0] * (d - 1)]


@check("C32", verdict="proved", where="Bietti & Bach 2021")
def sobolev(tier: Tier) -> Checks:
    r"""Eigenvalues and derivatives

    Let $\mu_k>0$ for all $k\geq1$ of a parity. Then $ak^{-2\beta}\leq\mu_k\leq bk^{-2\beta}$ for constants $0<a\leq b$
    if and only if $|f|_H$ and $|\Delta^{\beta/2}f|$ in $L_2$ are equivalent on functions of that parity with mean 0,
    and the best constants are $\sup$ and $\inf$ of $\mu_k(k(k+d-2))^\beta$. $\beta=d/2+1$ for random features, $d/2$
    for tangent and Laplace kernels, $d/2+s$ for $\kappa_s$, in each parity in which they do not vanish; the trace is
    finite where $\beta>(d-1)/2$.
    """
    d, k, beta = sympy.symbols("d k beta", positive=True)
    yield step(
        r"$|f|_H^2=\sum A_k/\mu_k$ and $|\Delta^{\beta/2}f|^2=\sum(k(k+d-2))^\beta A_k$",
        "$A_k$ is the mean square of the harmonic part of degree $k$, on which $-\\Delta$ is $k(k+d-2)$ (claims 2, 8)",
    )
    yield step(
        r"the norms are equivalent exactly if $\mu_k(k(k+d-2))^\beta$ lies between positive constants",
        "term by term one way; the other way by $f=Y_k$, for which the quotient of both norms is this number, so that "
        "its supremum and infimum are the best constants",
    )
    yield step(r"$k^2\leq k(k+d-2)\leq(d-1)k^2$ for $k\geq1$, $d\geq2$: the same as $\mu_k\sim k^{-2\beta}$")
    yield exact(r"$k(k+d-2)-k^2=(d-2)k$", sympy.expand(k * (k + d - 2) - k**2 - (d - 2) * k), 0)
    yield exact(r"$(d-1)k^2-k(k+d-2)=(d-2)k(k-1)$", sympy.expand((d - 1) * k**2 - k * (k + d - 2)),
                sympy.expand((d - 2) * k * (k - 1)))  # fmt: skip
    yield step(
        r"$2\beta=d+2\nu-1$ with $\nu=3/2$, $1/2$, $1/2$, $s+1/2$",
        "the decay theorem (claim 14) and the expansions of claims 24, 25, 28 and 13",
    )
    for name, nu, value in (("RF", 3 * HALF, d / 2 + 1), ("NTK, Laplace", HALF, d / 2)):
        yield exact(rf"$\beta$, {name}", sympy.simplify((d + 2 * sympy.Rational(nu) - 1) / 2 - value), 0)
    s = sympy.Symbol("s", nonnegative=True)
    yield exact(r"$\beta$, $\kappa_s$", sympy.simplify((d + 2 * (s + sympy.Rational(1, 2)) - 1) / 2 - d / 2 - s), 0)
    yield step(
        r"the trace $\sum N(d,k)\mu_k$ is finite exactly for $\beta>(d-1)/2$",
        r"$N(d,k)\sim2k^{d-2}/(d-2)!$ ($N=2$ for $d=2$); $\sum k^{d-2-2\beta}$ converges exactly for $2\beta-d+2>1$",
    )
    yield conclusion("The second step with the third is the equivalence, the fourth has the exponents.")
    rows = []
    dimensions = tier.pick(quick=(3, 10), full=(2, 3, 4, 10, 30))
    for kernel, more in ((ks.rf(3), 1), (ks.ntk(3), 0), (ks.laplace(), 0), (ks.arccos(2), 2), (ks.ntk(2), 0)):
        for dim in dimensions:
            space = Space(kernel, dim)
            found = [b for b in (space.smoothness.even, space.smoothness.odd) if b is not None]
            yield exact(rf"library: $\beta$ of {kernel!r}, $d={dim}$", [*{*found}], [Fraction(dim, 2) + more])
            for e in (space.sobolev.even, space.sobolev.odd):
                if e is not None:
                    rows.append([repr(kernel), dim, "even odd".split()[e.parity], e.lower, e.limit, e.upper])
    yield table(r"$\inf$, limit and $\sup$ of $\mu_k(k(k+d-2))^\beta$", "kernel d parity inf limit sup".split(), rows)
    ks_odd = [1, 3, 5, 21, 61]
    balls = oracle.eigenvalues(oracle.ntk(3), 10, ks_odd)
    values = np.array([float(mu) * (n * (n + 8.0)) ** 5 for n, mu in zip(ks_odd, balls, strict=True)])
    equivalence = Space(ks.ntk(3), 10).sobolev.odd
    assert equivalence is not None
    yield bound(
        "NTK, $L=3$, $d=10$, odd $k$ by quadrature, over the library's bounds", values,
        lower=equivalence.lower * (1 - 1e-12), upper=equivalence.upper, why="both are proved; floats leave 1e-13",
    )  # fmt: skip
    yield measured_against(
        "its infimum is at $k=1$", values[0], equivalence.lower, rtol=1e-10, why="rounded outward by 1 ulp"
    )


@check(
    "C33",
    verdict="incomplete as printed",
    where="Slide on smoothness",
    printed=r"derivatives up to order $s\geq d/2$ bounded by $\eta$ give $|f|_H\leq C(d)\eta$",
    corrected=r"for $f$ even, or with a bias or $L\geq3$ for every $f$",
)
def derivatives(tier: Tier) -> Checks:
    r"""Smooth functions are in the RKHS

    An even function on the sphere with derivatives up to order $s\geq d/2$ bounded by $\eta$ has $|f|_H\leq C(d)\eta$
    for the tangent kernel, $s\geq d/2+1$ for random features; for $L\geq3$, or with a bias, so has every function.
    Exactly, such an $f$ is in the RKHS if and only if $\Delta^{\beta/2}f$ is in $L_2$. Without evenness it is false for
    two layers: $x_1x_2x_3$ is smooth, a harmonic of degree 3, and $\mu_3=0$.
    """
    for d in tier.pick(quick=(3, 6), full=(3, 4, 6, 10)):
        f = polynomial("x1*x2*x3", d)
        for kernel in (ks.ntk(2), ks.rf(2)):
            found = Space(kernel, d).contains(f)
            yield printed_false(
                rf"{kernel!r}, $d={d}$: $x_1x_2x_3$ is in the RKHS", found.member is False, detail=found.why, exact=True
            )
            mu = kernel.spectrum(d).exact(3)
            yield exact(rf"{kernel!r}, $d={d}$: $\mu_3=0$", mu, 0)
        laplacian = sum(sympy.diff("x1*x2*x3", f"x{i}", 2) for i in (1, 2, 3))
        yield exact("$x_1x_2x_3$ is harmonic", laplacian, 0)
        for kernel in (ks.ntk(3), ks.ntk(2, bias=True), ks.rf(3)):
            yield exact(
                rf"{kernel!r}, $d={d}$: it is in the RKHS", Space(kernel, d).contains(f).member is True,
                by="positive eigenvalues in balls",
            )  # fmt: skip
    pieces = []
    for d, kernel, beta in ((4, ks.ntk(2), 2), (4, ks.rf(2), 3), (3, ks.ntk(2), 3 * HALF), (10, ks.ntk(2), 5)):
        space = Space(kernel, d)
        e = space.sobolev.even
        assert e is not None
        rng, ratios = tier.rng, []
        for _ in range(tier.pick(quick=4, full=20)):
            # An even polynomial: its norm against the L2 norm of Delta^{beta/2} f, both from exact harmonic parts.
            c = [Fraction(int(x), 7) for x in rng.integers(-20, 20, 5)]
            f = polynomial(
                f"({c[0]})*x1**2*x2**2 + ({c[1]})*x1*x2 + ({c[2]})*x3**4 + ({c[3]})*x1**6 + ({c[4]})*x2**2", d
            )
            squares = f._harmonics.squares
            derivative = sum(float(q) * (k * (k + d - 2)) ** float(beta) for k, q in enumerate(squares) if k)
            norm = space.norm(f) ** 2 - float(squares[0]) / space.sobolev.mean
            ratios.append(norm / derivative)
        pieces.append(
            bound(rf"{kernel!r}, $d={d}$: $|f|_H^2/|\Delta^{{\beta/2}}f|^2$, random even polynomials", np.array(ratios),
                  lower=1 / e.upper * (1 - 1e-11), upper=1 / e.lower * (1 + 1e-11), why="the proved constants of C32")
        )  # fmt: skip
    for piece in pieces:
        yield printed_given("$f$ even", piece)
    yield note(
        r"$C(d)$: with $m=\lceil\beta\rceil\leq s$, $|f|_H^2\leq A_0/\mu_0+|\Delta^{m/2}f|^2/a$, "
        r"$a=\inf\mu_k(k(k+d-2))^\beta$, as $k(k+d-2)\geq1$, and $\Delta^{m/2}f$, for odd $m$ the gradient of "
        r"$\Delta^{(m-1)/2}f$, consists of derivatives of order up to $m$."
    )
    # |u|^a has A_k/mu_k ~ k^(2 beta - 2 - 2a): in the RKHS exactly for a > beta - 1/2, as Delta^(beta/2) f is in L2.
    for d in (4, 5):
        for kernel, beta in ((ks.ntk(2), Fraction(d, 2)), (ks.rf(2), Fraction(d, 2) + 1)):
            edge = beta - HALF
            inside, outside = (
                Space(kernel, d).contains(ridge(abs_power(a), _axis(d))).member
                for a in (edge + Fraction(1, 1000), edge - Fraction(1, 1000))
            )
            yield exact(rf"{kernel!r}, $d={d}$: $|u|^a$ for $a$ on both sides of $\beta-1/2$", (inside, outside),
                        (True, False))  # fmt: skip


def _slope(space: Space, f: Any, radii: Any) -> float:
    """The slope of log D over log radius."""
    curve = space.approximation(f, np.asarray(radii))
    return float(np.diff(np.log(curve.error))[0] / np.diff(np.log(radii))[0])


@check("C34", verdict="proved", where="recalled from Bach 2017 and Bietti & Mairal 2019 (NeurIPS)")
def lipschitz(tier: Tier) -> Checks:
    r"""Approximation of Lipschitz functions

    In $L_2$, without a logarithm: let $0<a\leq\mu_k(k(k+d-2))^\beta\leq b$ for even $k\geq2$, $\beta>1$, $\mu_0>0$,
    and $f$ even with $|f|\leq\eta$ and $|\nabla f|\leq\eta$ in $L_2$. For every $\delta\geq\delta_0\eta$ there is a
    $g$ with $|g|_H\leq\delta$ and $|f-g|\leq C\eta(\delta/\eta)^{-1/(\beta-1)}$, $C$ and $\delta_0$ depending on the
    kernel and $d$ alone. The exponent is $-1/(d/2-1)$ for the tangent kernel ($d\geq3$), $-1/(d/2)$ for random
    features, $-1/(s+(d-2)/2)$ for $\kappa_s$ with odd $s$ (with even $s$ it has almost no even functions); it is the
    best one for functions with such a gradient. The statement in the sup norm, with a logarithm, is recalled, and
    stays open.
    """
    beta, d, s = sympy.symbols("beta d s", positive=True)
    yield step(
        r"$g_K=\sum_{k\leq K}f_k$ has $|f-g_K|\leq\eta/\sqrt{(K+1)(K+d-1)}\leq\eta/(K+1)$",
        r"$|\nabla f|^2=\sum k(k+d-2)A_k\leq\eta^2$ by Green's formula, and $d\geq2$",
    )
    yield step(
        r"$|g_K|_H^2\leq\eta^2/\mu_0+\eta^2((d-1)K^2)^{\beta-1}/a$",
        r"$A_0\leq\eta^2$, and $A_k/\mu_k\leq k(k+d-2)A_k\,(k(k+d-2))^{\beta-1}/a$, with $k(k+d-2)\leq(d-1)k^2$ (C32); "
        "odd parts are 0",
    )
    yield step(
        r"so $|g_K|_H\leq c\,\eta K^{\beta-1}$ for $K\geq1$; with the largest $K\leq(\delta/(c\eta))^{1/(\beta-1)}$ "
        r"$|f-g_K|\leq\eta(\delta/(c\eta))^{-1/(\beta-1)}$",
        r"$c^2=1/\mu_0+(d-1)^{\beta-1}/a$; $K+1$ is above that number, and $K\geq1$ where $\delta\geq c\eta$",
    )
    yield step(
        r"the exponent is best: $f=\eta Y_K/\sqrt{K(K+d-2)}$, $Y_K$ of mean square 1, has at $\delta_K="
        r"|f|_H/2$ exactly the distance $|f|/2\geq c'\eta(\delta_K/\eta)^{-1/(\beta-1)}$",
        r"on one harmonic the best $g$ is a multiple of $f$; $|f|_H/\eta=(\mu_KK(K+d-2))^{-1/2}$ is at least a "
        r"constant times $K^{\beta-1}$, by $b$, and $|f|/\eta\geq1/(K\sqrt{d-1})$",
    )
    yield step("the exponents", "C32 gives beta")
    for name, b, value in (
        ("tangent", d / 2, 1 / (d / 2 - 1)),
        ("random features", d / 2 + 1, 1 / (d / 2)),
        (r"$\kappa_s$", d / 2 + s, 1 / (s + (d - 2) / 2)),
    ):
        yield exact(rf"$1/(\beta-1)$, {name}", sympy.simplify((1 / (beta - 1)).subs(beta, b) - value), 0)
    yield conclusion(r"The third step is the bound, for $\delta_0=c$, $C=c^{1/(\beta-1)}$; the fourth its sharpness.")
    yield note(
        r"One function decays faster than the class: $|u|$ has $A_k\sim k^{-4}$, whose distance at the multiplier "
        r"$\mu_K$ is $K^{-3/2}$ at the norm $K^{\beta-3/2}$: slope $-3/(2\beta-3)$."
    )
    rows = []
    for dim in tier.pick(quick=(5, 8), full=(4, 5, 6, 8, 12)):
        for kernel, b in ((ks.ntk(2), dim / 2), (ks.rf(2), dim / 2 + 1)):
            space = Space(kernel, dim)
            f = ridge(abs_power(1), _axis(dim))
            power = b - 1.5
            # Norms that belong to multipliers of the degrees 300 and 600.
            radii = [float(_norm_at(space, f, m)) for m in (300, 600)]
            found = _slope(space, f, radii)
            yield measured_against(
                rf"slope for $|u|$, {kernel!r}, $d={dim}$", found, -1.5 / power, rtol=0.02,
                why="corrections are relative 1/K, K = 300 to 600; for small powers the sum of the low degrees adds",
            )  # fmt: skip
            rows.append([repr(kernel), dim, found, -1 / (b - 1)])
            e = space.sobolev.even
            assert e is not None
            c = (1 / space.sobolev.mean + (dim - 1) ** (b - 1) / e.lower) ** 0.5
            curve = space.approximation(f, np.geomspace(c, 100 * c, 7))
            yield bound(
                rf"$D(\delta)$ over the bound, $|u|$, {kernel!r}, $d={dim}$",
                curve.error * (curve.radii / c) ** (1 / (b - 1)), upper=1.0, why="the third step, with eta = 1",
            )  # fmt: skip
    yield table(r"Slopes of $\log D$ over $\log\delta$ for $|u|$", ["kernel", "d", "slope", "of the class"], rows)


def _norm_at(space: Space, f: Any, degree: int) -> float:
    """The norm of the best g whose multiplier is mu at a degree."""
    d, count = space.d, 20_000
    mu = space.kernel.spectrum(d)[0:count]
    n = np.exp(ks.sphere.log_multiplicity(d, np.arange(count)) / 2)
    g = abs_power(1).scaled(d, np.log(n))
    seen = mu > 0
    share = mu[seen] / (mu[seen] + mu[degree]) ** 2
    return float(np.sqrt(np.sum(g[seen] ** 2 * share)))


@check("C35", verdict="proved", where="Slide on smoothness")
def inclusion(tier: Tier) -> Checks:
    r"""The RKHS of the tangent kernel is slightly larger

    For every number of layers $L\geq2$ and every $d$, $\mu_k(RF)\leq\mu_k(NTK)$ at all $k$: the RKHS of random features
    lies in that of the tangent kernel, with $|f|_{NTK}\leq|f|_{RF}$, for all functions and not only even ones. Over
    each parity in which the eigenvalues do not vanish, $k^2\mu_k(RF)/\mu_k(NTK)$ tends to
    $d\,(L-1\pm\Pi_L)/(L(L-1)/2\pm\Pi_L)$.
    """
    yield step(
        r"$\kappa_{NTK}^L-\kappa^L=\kappa_{NTK}^{L-1}\,\kappa_0(\kappa^{L-1})$ is positive semi-definite",
        "products of positive semi-definite kernels are, and compositions with an outer kernel of Taylor coefficients "
        ">= 0 (Schoenberg; claim 10)",
    )
    yield step(
        r"so $\mu_k(NTK)-\mu_k(RF)\geq0$ at every $k$, and $|f|^2_{NTK}=\sum A_k/\mu_k(NTK)\leq|f|^2_{RF}$",
        r"eigenvalues of a positive semi-definite kernel are $\geq0$; where $\mu_k(NTK)=0$ so is $\mu_k(RF)$ (claim 8)",
    )
    yield step(
        r"$\mu_k(RF)\sim\frac{2\sqrt2}{3\pi}(L-1\pm\Pi_L)C(d,3/2)k^{-d-2}$ and "
        r"$\mu_k(NTK)\sim\frac{\sqrt2}{\pi}(L(L-1)/2\pm\Pi_L)|C(d,1/2)|k^{-d}$",
        "claims 24 and 25",
    )
    d = sympy.Symbol("d", positive=True)
    quotient = -sympy.Rational(2, 3) * _constant(d, 3) / _constant(d, 1)
    yield step(r"$\frac23C(d,3/2)/|C(d,1/2)|=d$", "claim 15")
    yield exact("by Gamma functions", sympy.simplify(sympy.gammasimp(quotient)), d)
    yield conclusion(
        r"The second step is the inclusion with the constant 1; the third and the fourth give the limit, so that the "
        "quotient tends to 0 and the inclusion is strict."
    )
    rows = []
    for layers in tier.pick(quick=(2, 3), full=(2, 3, 4, 6)):
        product, b = 1.0, 0.0
        for _ in range(2, layers):
            product *= 1 - np.arccos(b) / np.pi
            b = (b * (np.pi - np.arccos(b)) + np.sqrt(1 - b * b)) / np.pi
        for dim in tier.pick(quick=(3, 10), full=(2, 3, 4, 10)):
            k = np.arange(2000, 2002) if layers > 2 else np.array([2000])
            ratio = ks.rf(layers).spectrum(dim)(k) / ks.ntk(layers).spectrum(dim)(k)
            sign = np.where(k % 2 == 0, 1.0, -1.0)
            limit = dim * (layers - 1 + sign * product) / (layers * (layers - 1) / 2 + sign * product)
            yield measured_against(
                rf"$k^2\mu_k(RF)/\mu_k(NTK)$, $L={layers}$, $d={dim}$", ratio * (k + dim / 2 - 1.0) ** 2, limit,
                rtol=2e-4, why="corrections are of relative order d^2 k^-2 around k + d/2 - 1", at=k,
            )  # fmt: skip
            low = np.arange(0, 400)
            rf, ntk = ks.rf(layers).spectrum(dim)(low), ks.ntk(layers).spectrum(dim)(low)
            positive = ntk > 0
            yield bound(
                rf"$\mu_k(RF)/\mu_k(NTK)$, $k<400$, $L={layers}$, $d={dim}$", rf[positive] / ntk[positive],
                upper=1.0, why="the second step",
            )  # fmt: skip
            rows.append([layers, dim, float(np.max(rf[positive] / ntk[positive]))])
    yield table(r"The best constant, $\max_k\mu_k(RF)/\mu_k(NTK)$", ["L", "d", "constant"], rows)
    with mp.workdps(30):
        for layers in (2, 3):
            pairs = [oracle.eigenvalues(make(layers), 5, [0, 1, 2, 4]) for make in (oracle.rf, oracle.ntk)]
            yield exact(
                rf"$L={layers}$, $d=5$: $\mu_k(RF)<\mu_k(NTK)$, $k=0,1,2,4$, by quadrature in balls",
                all(bool(a < b) for a, b in zip(*pairs, strict=True)), by="ball arithmetic",
            )  # fmt: skip


def _constant(d: Any, twice: int) -> Any:
    """C(d, nu) of claim 15 at nu = twice/2."""
    nu = sympy.Rational(twice, 2)
    head = 2 ** (nu + d - 2) * sympy.gamma(d / 2) * sympy.gamma(nu + (d - 1) / 2)
    return head / (sympy.sqrt(sympy.pi) * sympy.gamma(-nu))
