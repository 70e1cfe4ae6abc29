r"""Zonal kernels on the sphere

Eigenvalues, Mercer's theorem, the RKHS, Taylor coefficients. Checks without a letter prove what
symbolic arithmetic can prove (`identities`); the others compare the library with quadrature in Arb
balls (`deep_oracle`) and with what the claims predict.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import sphere
from paper_checks import deep_oracle as oracle
from paper_checks.identities import Gammas, rational_zero
from paper_checks.registry import (
    Checks,
    Tier,
    bound,
    check,
    exact,
    holds,
    measured_against,
    note,
    printed_false,
    table,
)
from paper_checks.sphere_forms import (
    ALL,
    ROUNDING,
    down,
    second_cosine,
    symbols,
    two_angles,
    up,
)

_APPENDIX = "Bietti & Bach 2021, Appendix A"


def _laplace(c: int) -> oracle.Kernel:
    """e^{-c sqrt(1-u)} in balls."""
    return lambda u: (-c * (1 - u).sqrt()).exp()


def _middle(ball: Any) -> float:
    """|midpoint| of a ball that holds an error."""
    return float(abs(ball.mid()))


@check(
    "C6",
    title="The Funk-Hecke formula",
    statement=(
        r"$\int\kappa(x\cdot y)Y_k(y)d\tau(y) = \mu_kY_k(x)$ with"
        r" $\mu_k = \frac{\Gamma(d/2)}{\sqrt{\pi}\,\Gamma((d-1)/2)}\int_0^\pi\kappa(\cos\theta)"
        r"P_k(\cos\theta)\sin^{d-2}\theta\,d\theta$."
    ),
    where=_APPENDIX,
    verdict="holds",
)
def funk_hecke(tier: Tier) -> Checks:
    """Harmonics that are not zonal about x; then the library against the integral in balls."""
    c = -0.41  # x.z
    for d in (3, 4, 6):
        t, s, weight = two_angles(d, 80)
        harmonics = sphere.legendre_all(d, 8, second_cosine(t, s, c))  # Y(y) = P_k(y.z)
        for kernel in (ks.ntk(3), ks.laplace(2)):
            spectrum = kernel.spectrum(d)
            yield measured_against(
                rf"$\int\kappa(x\cdot y)Y_k(y)d\tau(y)$ for `{kernel!r}`, $d = {d}$",
                [float(np.sum(weight * kernel(t) * y)) for y in harmonics],
                [spectrum[k] * sphere.legendre(d, k, c) for k in range(9)],
                atol=5e-14,
                why="sums of 6400 terms of size up to 3 in float64",
                at=range(9),
            )
    degrees = (0, 1, 2, 3, 4, 7, 12, 25, 40)
    kernels = ((ks.ntk(3), oracle.ntk(3)), (ks.rf(4), oracle.rf(4)), (ks.laplace(1), _laplace(1)))
    for d in tier.pick(quick=(3,), full=(2, 3, 10, 50)):
        for kernel, in_balls in kernels:
            yield measured_against(
                f"`{kernel!r}`, $d = {d}$: the library against quadrature in balls",
                kernel.spectrum(d)(np.array(degrees)),
                [float(v) for v in oracle.eigenvalues(in_balls, d, degrees, nodes=160)],
                rtol=1e-13,
                why="float64 with few digits lost; a wrong digit in the formula would show",
                at=degrees,
            )


@check(
    "C6a",
    title="Quadrature in the angle",
    statement=(
        r"For compositions of arc-cosine kernels, tangent kernels and the Laplace kernel"
        r" $\kappa(\cos\theta)$ is analytic on $[0,\pi]$: Gauss-Legendre in $\theta$ converges"
        r" geometrically, Gauss-Jacobi in $t$ like $n^{-(2\nu+d-1)}$ only. Step networks of"
        r" $L \geq 3$ layers need $\theta = \pi z^q$, $q = 2^{L-2}$."
    ),
    where=f"a remark on the eigenvalue formula of {_APPENDIX}",
    verdict="holds",
)
def quadrature_in_angle(tier: Tier) -> Checks:
    """Errors at given numbers of nodes, the library's kernels read in balls."""
    from scipy.special import roots_jacobi

    degrees = (0, 1, 5, 40, 100, 200)
    for kernel in tier.pick(quick=(ks.ntk(3),), full=(ks.ntk(3), ks.rf(2), ks.laplace(1))):
        few, many = (oracle.eigenvalues(kernel, 3, degrees, nodes) for nodes in (400, 520))
        yield bound(
            rf"`{kernel!r}`, $d = 3$: error of $\mu_k$, $k \leq 200$, with 400 nodes",
            [_middle(a - b) for a, b in zip(few, many, strict=True)],
            upper=1e-50,
            why="50 digits claimed; 520 nodes for the true value",
        )
    for kernel, d, k, order in ((ks.arccos(1), 3, 2, 5), (ks.ntk(3), 4, 5, 4)):
        true = oracle.eigenvalues(kernel, d, (k,), 520)[0]
        rows = []
        for n in (20, 40, 80, 160):
            nodes, weights = roots_jacobi(n, (d - 3) / 2, (d - 3) / 2)
            values = kernel(nodes) * sphere.legendre(d, k, nodes)
            in_cosine = abs(float(weights @ values / weights.sum()) - float(true))
            in_angle = _middle(oracle.eigenvalues(kernel, d, (k,), n)[0] - true)
            rows.append((n, in_angle, in_cosine))
        yield table(
            rf"Error of $\mu_{k}$ of `{kernel!r}`, $d = {d}$",
            ["nodes", r"in $\theta$", "in $t$"],
            rows,
        )
        yield measured_against(
            f"order of Gauss-Jacobi in $t$, from 20 to 160 nodes, `{kernel!r}`, $d = {d}$",
            math.log2(rows[0][2] / rows[-1][2]) / 3,
            float(order),
            atol=0.2,
            why=r"$2\nu+d-1$; corrections of order 1/n",
        )
    yield bound(
        r"in $\theta$: digits gained from 20 to 40 nodes, over those of the first 20",
        (math.log(rows[1][1]) - math.log(rows[0][1])) / math.log(rows[0][1]),
        lower=0.9,
        why="geometric: as many again",
    )
    for depth in (3, 4):
        step = ks.rf(depth, degree=0)
        true = oracle.eigenvalues(step, 3, (5,), 300, 2 ** (depth - 2))[0]
        plain, folded = (
            _middle(oracle.eigenvalues(step, 3, (5,), 150, fold)[0] - true)
            for fold in (1, 2 ** (depth - 2))
        )
        yield bound(
            rf"step network of {depth} layers, 150 nodes in $z$: error of $\mu_5$",
            folded,
            upper=1e-50,
            why="analytic in z, as above in the angle",
            detail=f"{plain:.2g} with 150 nodes in the angle itself",
        )
        yield bound("and in the angle itself", plain, lower=1e-13, why="a branch point at 0")


@check(
    "C7",
    title="Mercer's theorem",
    statement=(
        r"$\kappa(x\cdot y) = \sum_k\mu_kN(d,k)P_k(x\cdot y)$; at $x = y$ the trace,"
        r" $\sum_k\mu_kN(d,k) = \kappa(1)$."
    ),
    where=_APPENDIX,
    verdict="holds",
)
def mercer(tier: Tier) -> Checks:
    """Partial sums and what is left of them."""
    last = tier.pick(quick=2000, full=20000)
    for d in (3, 4):
        # mu_k N(d,k) ~ c k^{-4} at even k (claim 24), 0 at odd k: the rest by the midpoint rule
        c = 2 * (2 * math.sqrt(2) / (3 * math.pi)) * sphere.decay_constant(d, 1.5)
        rest = c * 2 / math.factorial(d - 2) / (6 * (last + 1) ** 3)
        yield measured_against(
            rf"trace of $\kappa_1$ to $k = {last}$, $d = {d}$, and the tail by claim 24",
            ks.arccos(1).spectrum(d).trace(last) + rest,
            1.0,
            atol=1e-12,
            why="12 digits claimed",
            detail=f"the tail is {rest:.3g}",
        )
    points = np.array([-0.9, -0.3, 0.2, 0.8])
    for kernel, d in ((ks.ntk(3), 3), (ks.laplace(2), 4)):
        spectrum = kernel.spectrum(d)
        left = kernel.at_one - spectrum.trace(150)
        yield bound(
            f"`{kernel!r}`, $d = {d}$: error of the sum to $k = 150$ over the trace left",
            np.abs(spectrum.mercer(points, 150) - kernel(points)) / left,
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
    where=f"slides, Mercer decomposition; {_APPENDIX}, has the condition",
    verdict="refuted as printed",
    printed=r"$\sum_{k,j}a_{kj}^2/\mu_k < \infty$ with no word on $\mu_k = 0$",
    corrected=r"the sum over $\mu_k \neq 0$ only, and $a_{kj} = 0$ where $\mu_k = 0$",
)
def rkhs_norm(tier: Tier) -> Checks:
    """A two-layer kernel, where eigenvalues vanish."""
    ramp = ks.arccos(1)
    spectrum = ramp.spectrum(4)
    odd = [spectrum.exact(k) for k in (3, 5, 7, 9)]
    yield exact(r"$\mu_3, \mu_5, \mu_7, \mu_9$ of $\kappa_1$, $d = 4$", odd, [0] * 4, by="sympy")
    yield printed_false(
        r"$\kappa_1(x\cdot\,)$ is in $H$, and the printed sum for it has terms 0/0 at $k = 3, 5, 7$",
        all(v == 0 for v in odd),
        detail="nothing divides by 0 for deeper networks, or with bias",
        exact=True,
    )
    last = tier.pick(quick=2000, full=10000)
    k = np.arange(last + 1)
    mu = spectrum(k)
    present = mu != 0  # a_kj = mu_k Y_kj(x), and sum_j Y_kj(x)^2 = N(d,k)
    terms = mu[present] ** 2 * spectrum.multiplicity(k[present]) / mu[present]
    yield measured_against(
        r"corrected: $\|\kappa_1(x\cdot\,)\|^2$, which is $\kappa_1(1)$",
        float(np.sum(terms)),
        1.0,
        atol=1.0 / last**3,
        why=rf"the sum stops at $k = {last}$; its terms fall like $k^{{-4}}$",
    )
    # The norm of the interpolant of f at n points increases with n, to |f| if f is in H.
    counts = (33, 65, 129)
    norms = {}
    for degree in (2, 3):
        for n in counts:
            angle = 2 * np.pi * np.arange(n) / n
            eigenvalue = np.sum(ramp.of_angle(angle) * np.cos(degree * angle))
            norms[degree, n] = n / 2 / float(eigenvalue)
    yield measured_against(
        r"$\cos 2\phi$, interpolated at 129 points of the circle: squared norm",
        norms[2, 129],
        1 / (2 * ramp.spectrum(2)[2]),
        rtol=1e-4,
        why=r"$a_2^2/\mu_2$; degrees that alias with 2 add some $(2/129)^4$",
    )
    yield bound(
        r"$\cos 3\phi$ ($\mu_3 = 0$) is not in $H$: growth of its norm from 65 to 129 points",
        norms[3, 129] / norms[3, 65],
        lower=14.0,
        upper=17.0,
        why=r"$\mu_{n-3} \sim n^{-4}$, its alias, takes the place of $\mu_3$: $(129/65)^4 = 15.5$",
    )
    yield table(
        "Squared norm of the interpolant on the circle",
        ["points", r"$\cos 2\phi$", r"$\cos 3\phi$"],
        [[n, norms[2, n], norms[3, n]] for n in counts],
    )


@check(
    "C9",
    title="Same decay, same RKHS",
    statement=(
        r"If $c\,\mu_k' \leq \mu_k \leq C\mu_k'$ for all $k$, the two RKHS are equal as sets, with"
        r" equivalent norms; the best constants are $\inf$ and $\sup$ of $\mu_k/\mu_k'$."
    ),
    where=_APPENDIX,
    verdict="holds",
)
def same_decay(tier: Tier) -> Checks:
    """Laplace against the tangent kernel of three layers."""
    first, second = ks.laplace(1), ks.ntk(3)
    k = np.concatenate([np.arange(100), 10 ** np.arange(4, 9), 10 ** np.arange(4, 9) + 1])
    for d in tier.pick(quick=(3,), full=(3, 10)):
        ratio = first.spectrum(d)(k) / second.spectrum(d)(k)
        yield measured_against(
            rf"`laplace()` over `ntk(3)`, $d = {d}$, at $k = 10^8$ and $10^8+1$",
            [ratio[-6], ratio[-1]],
            [math.pi / (math.sqrt(2) * (3 + sign / 2)) for sign in (1, -1)],
            rtol=1e-6,
            why="the quotients of the constants of claims 25 and 28, up to 1/k",
        )
        yield bound(
            rf"$\mu_k/\mu_k'$ for $k < 100$ and on to $10^8$, $d = {d}$: two-sided",
            ratio,
            lower=0.1,
            upper=1.0,
            why="equal sets and equivalent norms",
            detail=f"inf {ratio.min():.6g}, sup {ratio.max():.6g}",
        )
    # Equispaced points of the circle: the norms are compared by the quotient of Gram eigenvalues.
    ratio = first.spectrum(2)(np.arange(20000)) / second.spectrum(2)(np.arange(20000))
    low, high = float(ratio.min()), float(ratio.max())
    for n in (16, 256, 4096):
        angle = 2 * np.pi * np.arange(n) / n
        grams = [np.fft.rfft(kernel.of_angle(angle)).real for kernel in (first, second)]
        quotient = grams[0] / grams[1]
        yield bound(
            f"quotients of norms at {n} points of the circle",
            quotient,
            lower=low * (1 - 1e-9),
            upper=high * (1 + 1e-9),
            why="a quotient of sums lies between the quotients; 1e-9 for rounding of the FFT",
        )
    yield measured_against(
        "at 4096 points they reach inf and sup",
        [float(quotient.min()), float(quotient.max())],
        [low, high],
        rtol=1e-4,
        why="degrees from 2048 on alias; the quotient's limits are reached like 1/k",
    )
    far = np.array([10**5, 10**6])
    fall = ks.rf(3).spectrum(3)(far) / second.spectrum(3)(far) * far.astype(float) ** 2
    yield measured_against(
        r"not two-sided: $\mu_k(\mathrm{RF})/\mu_k(\mathrm{NTK})$ falls like $k^{-2}$ ($L = d = 3$)",
        fall[1],
        fall[0],
        rtol=1e-4,
        why=r"$k^2$ times it at $k = 10^6$ and $10^5$: constant up to 1/k",
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
    """Induction by the recurrence of claim 2."""
    import sympy

    k, j, d, _ = symbols()

    def eigenvalue(m: Any, n: Any) -> Gammas:
        return Gammas((d / 2, m + 1), ((m - n) / 2 + 1, (m + n + d) / 2), twos=-m)

    yield note(
        "Induction over $m$, from $\\mu_0(1) = 1$: the recurrence of claim 2 gives $u^m$ from"
        " $u^{m-1}$. Where a term is missing ($j = 0$, or $k = 0$), its $1/\\Gamma$ or its"
        " coefficient is 0; for $d = 2$, $k = 0$ take the limit."
    )
    m = k + 2 * j
    step = down(k, d) * eigenvalue(m - 1, k - 1).over(eigenvalue(m, k))
    step += up(k, d) * eigenvalue(m - 1, k + 1).over(eigenvalue(m, k))
    yield exact(
        r"$\mu_k(u^m) = \frac{k}{2k+d-2}\mu_{k-1}(u^{m-1}) + \frac{k+d-2}{2k+d-2}\mu_{k+1}(u^{m-1})$",
        rational_zero(step - 1),
        0,
        by="sympy, for every k, j and d",
    )
    t = sympy.Symbol("t")
    cases = [(n, p, q) for n in (2, 3, 4, 7) for p in range(7) for q in range(p + 2)]
    integrals = [
        sum(c * _moment(n, i) for (i,), c in sympy.Poly(t**p * sphere.legendre_sympy(n, q), t).terms())
        for n, p, q in cases
    ]
    yield exact(
        "`monomial_eigenvalue_exact` against the mean of $t^mP_k(t)$, moment by moment",
        [sphere.monomial_eigenvalue_exact(*case) for case in cases],
        integrals,
        by="rational arithmetic",
    )


def _moment(d: int, power: int) -> Any:
    """The mean of x_1^power over S^{d-1}: 1 3 5 ... / (d (d+2) ...), 0 for odd powers."""
    import sympy

    if power % 2:
        return sympy.Integer(0)
    return sympy.Rational(math.prod(range(1, power, 2)), math.prod(range(d, d + power, 2)))


@check(
    "C10a",
    title="Schoenberg, Hermite, and the way back",
    statement=(
        r"$\kappa$ is positive definite on all spheres if and only if all $b_j \geq 0$; then"
        r" $\mu_k > 0$ if and only if some $b_{k+2j} > 0$. $b_k = \lim_{d\to\infty}d^k\mu_{k,d}/k!$."
        r" For an activation $\sum a_ih_i$ (normalised Hermite polynomials), $b_i = a_i^2$."
    ),
    where="Schoenberg 1942; Bietti & Bach 2021, Appendix B.1",
    verdict="holds",
)
def schoenberg(tier: Tier) -> Checks:
    """Examples on both sides of each equivalence."""
    import mpmath

    third = (3 * ks.linear() ** 2 - 1) / 2  # P_2 of dimension 3, with b_0 < 0
    values = {d: [third.spectrum(d).exact(k) for k in range(3)] for d in (3, 4)}
    yield holds(
        r"$(3u^2-1)/2$, where $b_0 < 0$, is positive definite on $S^2$ and not on $S^3$",
        min(values[3]) >= 0 > min(values[4]),
        detail=f"eigenvalues of degree 0, 1, 2: {values[3]} on S^2, {values[4]} on S^3",
    )
    tiny = 1e-25  # a coefficient known to 30 digits is 0 below it
    for kernel in (ks.rf(3), ks.ntk(4, bias=True), ks.polynomial(5), ks.arccos(1)):
        b = [float(v) for v in kernel.taylor(40)]
        some = [k for k in range(12) if any(v > tiny for v in b[k::2])]
        for d in (2, 7):
            positive = np.flatnonzero(kernel.spectrum(d)[0:12] > 0).tolist()
            yield holds(
                rf"`{kernel!r}`, $d = {d}$: $\mu_k > 0$ just where some $b_{{k+2j}} > 0$, $k < 12$",
                min(b) > -tiny and positive == some,
                detail=f"k = {positive}",
            )
    for kernel in (ks.rf(3), ks.laplace(1), ks.arccos(1)):
        b = [float(v) for v in kernel.taylor(6)]
        degrees = [k for k in range(6) if b[k] > tiny]
        for d in (10**4, 10**6):
            logs = [kernel.spectrum(d).log_abs(k) + k * math.log(d) for k in degrees]
            yield measured_against(
                rf"$d^k\mu_k/k!$ against $b_k$ for `{kernel!r}`, $d = {d}$",
                [math.exp(v) / math.factorial(k) for k, v in zip(degrees, logs, strict=True)],
                [b[k] for k in degrees],
                rtol=60 / d,
                why=r"$k!/(d(d+2)\cdots(d+2k-2))$, and the share of $b_{k+2}$: of relative order 1/d",
                at=degrees,
            )

    def hermite_integrand(x: Any, i: int) -> Any:
        before, now = mpmath.mpf(0), mpmath.mpf(1)
        for n in range(i):
            before, now = now, x * now - n * before
        return x * now * mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi * mpmath.factorial(i))

    with mpmath.workdps(30):
        ends = [0, 2, 6, 14, 24]  # beyond 24 the weight is below 1e-120
        squares = [mpmath.quad(lambda x, i=i: hermite_integrand(x, i), ends) ** 2 for i in range(9)]
    yield measured_against(
        r"$a_i^2$ of ReLU by integration, against the Taylor coefficients of $\kappa_1/2$",
        [float(v) for v in ks.dual("relu").taylor(9)],
        [float(v) for v in squares],
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
    where="Bessel's series in claim 10",
    verdict="proved",
)
def gaussian(tier: Tier) -> Checks:
    """Term by term."""
    import sympy

    k, j, d, _ = symbols()
    alpha = sympy.Symbol("alpha", positive=True)
    order, m = k + d / 2 - 1, k + 2 * j
    bessel = (alpha / 2) ** (2 * j + order) / (sympy.gamma(j + 1) * sympy.gamma(j + order + 1))
    claimed = sympy.exp(-alpha) * sympy.gamma(d / 2) * (2 / alpha) ** (d / 2 - 1) * bessel
    taylor = sympy.exp(-alpha) * alpha**m / sympy.gamma(m + 1)
    monomial = sympy.gamma(d / 2) * sympy.gamma(m + 1) / 2**m
    monomial /= sympy.gamma(j + 1) * sympy.gamma(k + j + d / 2)
    quotient = sympy.expand_power_base(taylor * monomial / claimed)
    yield exact(
        r"$b_{k+2j}\,\mu_k(u^{k+2j})$ over the term of index $j$ of Bessel's series",
        sympy.simplify(sympy.powsimp(quotient, force=True)),
        1,
        by="sympy, for every j, k, d and alpha > 0",
    )


@check(
    "C11a",
    title="The Gaussian kernel in numbers",
    statement=(
        r"The Bessel form to 25 digits; $\mu_{k+1}/\mu_k \sim \alpha/(2k)$: faster than geometric."
    ),
    where="claim 10",
    verdict="holds",
)
def gaussian_numbers(tier: Tier) -> Checks:
    """Against quadrature in balls."""
    from flint import arb, fmpq

    degrees = (0, 1, 5, 10)
    for d, sigma in tier.pick(
        quick=((4, Fraction(2)),), full=((2, Fraction(1)), (3, Fraction(1, 2)), (4, Fraction(2)))
    ):
        spectrum = ks.exponential(sigma).spectrum(d)
        alpha = fmpq(sigma.denominator**2, sigma.numerator**2)
        true = oracle.eigenvalues(lambda u, a=alpha: (a * (u - 1)).exp(), d, degrees, 100)
        with oracle.precision():
            closed = [arb(str(spectrum.exact(k).evalf(40))) for k in degrees]
            yield measured_against(
                rf"the Bessel form, $\sigma = {sigma}$, $d = {d}$, against quadrature in balls",
                closed,
                true,
                rtol=1e-25,
                why="25 digits claimed",
                at=degrees,
            )
        yield measured_against(
            "the library in float64",
            spectrum(np.array(degrees)),
            [float(v) for v in true],
            rtol=1e-14,
            why=ROUNDING,
            at=degrees,
        )
    k = np.array([100, 1000, 10000])
    logs = ks.exponential(0.5).spectrum(3).log_abs(np.stack([k, k + 1]))
    yield measured_against(
        r"$\mu_{k+1}/\mu_k$ over $\alpha/(2k)$, $\alpha = 4$, $d = 3$",
        np.exp(logs[1] - logs[0]) * 2 * k / 4,
        k / (k + 1.5),
        rtol=1e-3,
        why=r"$\alpha/(2k+d)$ up to a relative $\alpha^2/(2k)^2$",
        at=k,
    )
