r"""Arc-cosine kernels at the ends

The expansions in powers of 1 - u and 1 + u (claim 13).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import kernelspec as ks
from oracle import deep as oracle
from oracle.identities import Gammas, rational_zero, rising
from paper_checks.deep_proofs import enclosed
from paper_checks.registry import Checks, Tier, check, conclusion, exact, measured_against, step


def _tail(t: Any, degree: int, terms: int) -> Any:
    """kappa_degree(-1+t) by the series of claim 13, 0 < t < 2, as a ball with what is left out.

    From one term to the next the factor is below t/2: (j+1/2)^2 < (j+3/2)(j+1).
    """
    from flint import arb

    half = arb("0.5")
    total, term = arb(0), t ** (half + degree)
    for i in range(degree):
        term /= half + 1 + i
    for j in range(terms):
        total += term
        term *= t * (j + half) ** 2 / ((j + 3 * half + degree) * (j + 1) * 2)
    total += arb(0, (term / (1 - t / 2)).abs_upper())
    factor = math.prod((Fraction(s * s, 2 * s - 1) for s in range(1, degree + 1)), start=Fraction(1))
    return arb(2).sqrt() / arb.pi() * factor.numerator / factor.denominator * total


@check(
    "C13",
    title="Series at both ends",
    statement=(
        r"With $a_j = \frac{((1/2)_j)^2}{(3/2)_j\,j!\,2^j}$ (1, $\frac{1}{12}$, $\frac{3}{160}$,"
        r" ...) and $|t| < 2$: $\kappa_0(1-t) = 1-\frac{\sqrt{2}}{\pi}\sum a_jt^{j+1/2}$,"
        r" $\kappa_0(-1+t) = \frac{\sqrt{2}}{\pi}\sum a_jt^{j+1/2}$,"
        r" $\kappa_1(1-t) = 1-t+\frac{\sqrt{2}}{\pi}\sum\frac{a_jt^{j+3/2}}{j+3/2}$,"
        r" $\kappa_1(-1+t) = \frac{\sqrt{2}}{\pi}\sum\frac{a_jt^{j+3/2}}{j+3/2}$. For $\kappa_s$,"
        r" $\nu = s+\frac{1}{2}$: $c_{-1} = \frac{\sqrt{2}}{\pi}\prod_{j=1}^s\frac{2j^2}{4j^2-1}$"
        r" and $c_1 = (-1)^{s+1}c_{-1}$."
    ),
    where="Bietti & Bach 2021 (leading terms); the full series is derived here",
    verdict="proved",
)
def end_series(tier: Tier) -> Checks:
    """The binomial series of the derivative of arccos(1-t), integrated."""
    import sympy

    t = sympy.Symbol("t", positive=True)
    j, s = sympy.symbols("j s", positive=True)
    half = sympy.Rational(1, 2)
    slope = sympy.acos(1 - t).diff(t)
    yield step(
        r"$\arccos(1-t)=\sqrt2\sum a_jt^{j+1/2}$",
        "The derivative is $(2t)^{-1/2}$ times the binomial series of "
        r"$(1-\frac{t}{2})^{-1/2}$, integrated from $t=0$, where the arc cosine is 0. The "
        r"quotient of neighbouring coefficients tends to $\frac{1}{2}$.",
    )
    yield exact(
        r"$\frac{d}{dt}\arccos(1-t) = (2t)^{-1/2}(1-t/2)^{-1/2}$ (both are positive; squared)",
        sympy.simplify(slope**2 * 2 * t * (1 - t / 2)),
        1,
        by="sympy",
    )
    # sum (1/2)_j/j! (t/2)^j / sqrt(2t), integrated: (1/2)_j/(j! 2^j) t^{j+1/2}/(sqrt 2 (j+1/2))
    quotient = rising(half, j).over(rising(half + 1, j))  # a_j over (1/2)_j/(j! 2^j)
    yield exact(
        r"the binomial series, integrated, is $\sqrt{2}\sum a_jt^{j+1/2}$",
        rational_zero(quotient * 2 * (j + half) - 1),
        0,
        by="sympy, for every j",
    )
    a = Gammas((half + j, half + j), (half + 1 + j, j + 1), twos=-j)
    growth = Gammas((half + j + 1, half + j + 1), (half + 2 + j, j + 2), twos=-j - 1).over(a)
    yield exact(
        r"$a_{j+1}/a_j \to \frac{1}{2}$: it converges for $|t| < 2$", sympy.limit(growth, j, sympy.oo), half, by="sympy"
    )
    first = [sympy.rf(half, i) ** 2 / (sympy.rf(3 * half, i) * sympy.factorial(i) * 2**i) for i in range(3)]
    expected = [1, sympy.Rational(1, 12), sympy.Rational(3, 160)]
    yield exact("$a_0, a_1, a_2$", first, expected, by="rational arithmetic")
    # integrating t^{s-1/2} divides by s + 1/2; at u = 1 the sign of dt is the other one
    yield step(
        r"both ends of $\kappa_0$, and every $\kappa_s$",
        r"$\kappa_0(1-t) = 1-\arccos(1-t)/\pi$ and $\kappa_0(-1+t) = \arccos(1-t)/\pi$; for"
        r" $\kappa_s$ integrate $\kappa_s' = \frac{s^2}{2s-1}\kappa_{s-1}$ (claim 12), with"
        r" $\kappa_s(1) = 1$ and $\kappa_s(-1) = 0$.",
    )
    yield exact(
        r"from $\kappa_{s-1}$ to $\kappa_s$ the coefficient gains $\frac{2s^2}{4s^2-1}$",
        rational_zero(s**2 / ((2 * s - 1) * (s + half)) - 2 * s**2 / (4 * s**2 - 1)),
        0,
        by="sympy, for every s",
    )
    yield conclusion(
        "With $s=0,1$ these are the four series, convergent for $|t|<2$. For every $s$ the "
        "coefficient of $t^{s+1/2}$ is the product of the gains; at $+1$, where $u$ falls as "
        "$t$ grows, each integration changes its sign."
    )
    ends: dict[int, list[Any]] = {1: [], -1: []}
    for degree in range(6):
        for end, coefficients in ends.items():
            series = ks.arccos(degree).expand(at=end, terms=degree + 3)
            coefficients.append(series.coefficient(degree + Fraction(1, 2)))
    products = [
        sympy.sqrt(2) / sympy.pi * sympy.prod(sympy.Rational(2 * i * i, 4 * i * i - 1) for i in range(1, n + 1))
        for n in range(6)
    ]
    yield exact("$c_{-1}$ from the library, $s < 6$", ends[-1], products, by="sympy")
    signed = [(-1) ** (n + 1) * p for n, p in enumerate(products)]
    yield exact("$c_1$ from the library, $s < 6$", ends[1], signed, by="sympy")
    named = [-sympy.sqrt(2) / sympy.pi, 2 * sympy.sqrt(2) / (3 * sympy.pi), -16 * sympy.sqrt(2) / (45 * sympy.pi)]
    yield exact(
        r"$c_1$: $-\frac{\sqrt{2}}{\pi}$, $\frac{2\sqrt{2}}{3\pi}$, $-\frac{16\sqrt{2}}{45\pi}$"
        r" for $\kappa_0$, $\kappa_1$, $\kappa_2$",
        signed[:3],
        named,
        by="sympy",
    )


@check(
    "C13a",
    title=r"The remainder of $\kappa_1$ at $-1$",
    statement=(
        r"$\kappa_1(-1+t) = \frac{2\sqrt{2}}{3\pi}t^{3/2}+O(t^{5/2})$, and no better: the next term"
        r" is $\frac{\sqrt{2}}{30\pi}t^{5/2}$. The printed $O(t^{5/3})$ is true, and not sharp."
    ),
    where="Bietti & Bach 2021, expansions of the arc-cosine kernels",
    verdict="proved",
)
def remainder(tier: Tier) -> Checks:
    """Two terms of the series of claim 13, and the exponent measured from two distances."""
    import mpmath
    import sympy

    t, half = sympy.Symbol("t", positive=True), sympy.Rational(1, 2)
    a = [sympy.rf(half, j) ** 2 / (sympy.rf(3 * half, j) * sympy.factorial(j) * 2**j) for j in (0, 1)]
    yield step(
        "the next power is $t^{5/2}$",
        r"By claim 13 $\kappa_1(-1+t)=\frac{\sqrt2}{\pi}\sum a_jt^{j+3/2}/(j+\frac{3}{2})$: its powers"
        r" are $\frac{3}{2},\frac{5}{2},\frac{7}{2},\ldots$, and no $a_j$ is 0.",
    )
    yield exact(
        r"$\frac{\sqrt2}{\pi}\frac{a_j}{j+3/2}$ for $j=0,1$",
        [sympy.sqrt(2) / sympy.pi * v / (j + 3 * half) for j, v in enumerate(a)],
        [2 * sympy.sqrt(2) / (3 * sympy.pi), sympy.sqrt(2) / (30 * sympy.pi)],
        by="sympy",
    )
    yield step("the print is true", r"$t^{5/2}=O(t^{5/3})$ for $t\to0$, as $\frac{5}{2}>\frac{5}{3}$.")
    yield exact(
        r"$t^{5/2}/t^{5/3}$ as $t\to0$", sympy.limit(t ** (5 * half) / t ** sympy.Rational(5, 3), t, 0), 0, by="sympy"
    )
    yield conclusion(
        r"The remainder over $t^{5/2}$ tends to $\frac{\sqrt2}{30\pi}\neq0$, so that no higher power"
        " bounds it."
    )
    with mpmath.workdps(60):
        lead = 2 * mpmath.sqrt(2) / (3 * mpmath.pi)
        small, large = mpmath.mpf(10) ** -8, mpmath.mpf(10) ** -7
        rest = [ks.arccos(1)(-1 + x) - lead * x ** (mpmath.mpf(3) / 2) for x in (small, large)]
        order = mpmath.log(rest[1] / rest[0]) / mpmath.log(10)
        coefficient = rest[0] / small ** (mpmath.mpf(5) / 2)
        why = "the next correction is of relative order t"
        label = "exponent of the remainder between $t = 10^{-8}$ and $10^{-7}$"
        yield measured_against(label, order, mpmath.mpf(5) / 2, atol=1e-7, why=why)
        yield measured_against("its coefficient", coefficient, mpmath.sqrt(2) / (30 * mpmath.pi), rtol=2e-8, why=why)


@check(
    "C13b",
    title="The series in numbers",
    statement=(
        r"The series of claim 13 give $\kappa_0, ..., \kappa_3$ at both ends: to 26 digits at five "
        r"distances from $2^{-40}$ to $\frac{3}{2}$."
    ),
    where="derived here",
    verdict="proved",
)
def series_numbers(tier: Tier) -> Checks:
    """The library in 30 digits against partial sums with a bound of the rest."""
    import mpmath
    from flint import arb

    yield step(
        "260 terms and a ball for the rest",
        r"From one term to the next the factor is below $\frac{t}{2}\leq\frac{3}{4}$, so that the rest is"
        r" below a geometric series; the ball of the sum has it in its radius.",
    )
    rtol, why = 1e-26, "30 digits; the sums of 260 terms leave less than $(3/4)^{260} = 10^{-32}$"
    distances = [Fraction(1, 2**40), *(Fraction(i, 128) for i in (1, 32, 128, 192))]
    with mpmath.workdps(30), oracle.precision(300):
        points = [mpmath.mpf(t.numerator) / t.denominator for t in distances]
        balls = [arb(t.numerator) / t.denominator for t in distances]
        for degree in range(4):
            kernel = ks.arccos(degree)
            sums = [_tail(t, degree, 260) for t in balls]
            # Nearer to the end rounding is all that is left.
            few = [_tail(t, degree, 8) for t in balls[2:]]
            yield exact(
                rf"$\kappa_{degree}(-1+t)$, $t\geq\frac{{1}}{{4}}$: 8 terms and the bound of the rest hold the 260, "
                "whose bound is smaller",
                all(a.contains(b) and bool(b.rad() < a.rad()) for a, b in zip(few, sums[2:], strict=True)),
                by="ball arithmetic",
                detail=f"radii to {max(float(a.rad()) for a in few):.2g}",
            )
            yield enclosed(
                rf"$\kappa_{degree}(-1+t)$", [kernel(-1 + t) for t in points], sums, rtol=rtol, why=why, at=points
            )
            yield enclosed(
                rf"$\kappa_{degree}(1-t)$: the same with the sign $(-1)^{{s+1}}$, and a polynomial",
                [kernel(1 - t) for t in points],
                [_polynomial(degree, 1 - t) - (-1) ** degree * y for t, y in zip(balls, sums, strict=True)],
                rtol=rtol,
                why=why,
                at=points,
            )
            if degree < 3:
                printed = [oracle.arccosine(degree, 1 - t) for t in balls]
                ends = [_polynomial(degree, 1 - t) - (-1) ** degree * y for t, y in zip(balls, sums, strict=True)]
                yield exact(
                    rf"Cho & Saul's formula for $\kappa_{degree}(1-t)$ meets the series, in balls",
                    all(bool(abs(a - b) < 1e-30) for a, b in zip(printed, ends, strict=True)),
                    by="ball arithmetic",
                )
    yield conclusion(
        "At each of the five distances, at both ends, the ball of the series is within "
        "$10^{-26}$ of what the library gives."
    )


def _polynomial(degree: int, u: Any) -> Any:
    """kappa_n(u) - (-1)^n kappa_n(-u) for n < 4."""
    return [u * 0 + 1, u, (1 + 2 * u**2) / 3, (3 * u + 2 * u**3) / 5][degree]
