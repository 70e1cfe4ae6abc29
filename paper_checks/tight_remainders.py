"""The library's remainder theorem and its quadrature where their bounds are nearly attained, as evidence.

A bound that is too small shows where what it bounds is known and as large as it may be: kernels of two powers (claim
15), whose remainder after one term is the other power; a high rectangle, where the inequalities beyond it are nearly
equalities; two nodes, which err by the fourth Chebyshev coefficient; a branch point inside a disc.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import mpmath as mp
from flint import acb, arb

import kernelspec as ks
from kernelspec.spectrum import angular_quadrature, boundaries, end_expansions
from kernelspec.spectrum.analyticity import cover
from kernelspec.spectrum.asymptotic import Remainder, remainder
from kernelspec.spectrum.end_expansions import expansion
from oracle import deep as oracle
from paper_checks.registry import Evidence, bound, exact, holds, measured_against

_HALF = Fraction(1, 2)
_ATTAINED = Fraction(1001, 1000)


def remainders_where_tight() -> Iterator[Evidence]:
    """Bounds are at least what they bound, and not much more; three of six pieces are exact."""
    yield from _two_powers()
    yield _one_power()
    yield _beyond_the_rectangle()
    yield _in_the_rectangle()
    yield _second_contact()
    yield _two_nodes()


def _two_powers() -> Iterator[Evidence]:
    for at, end in ((1, "1-u"), (-1, "1+u")):
        second = ks.defect_power(Fraction(3, 2)) @ (at * ks.linear())
        rest = (ks.defect_power(_HALF) + second).spectrum(3).remainder(1)
        with oracle.precision(256):
            pairs = [(abs(oracle.power_eigenvalue(3, arb(1.5), k)), rest.bound(k)) for k in (60, 61, 150, 151)]
        yield exact(
            f"$(1-u)^{{1/2}}+({end})^{{3/2}}$, one term, $d=3$: the remainder is the second power, the bound at least "
            f"that and at most {float(_ATTAINED)} times that",
            all(bool(off <= b) and bool(b < off * oracle.ball(_ATTAINED)) for off, b in pairs),
            by="ball arithmetic, $k=60,61,150,151$",
            detail=f"bound over remainder {float(pairs[0][1] / pairs[0][0]):.8g}",
        )


def _one_power() -> Evidence:
    found = expansion(ks.defect_power(_HALF))
    rest, q, y = remainder(ks.defect_power(_HALF), 3, 1), found.ramification, float(found.rectangle[0])
    length, expected = math.floor(rest.order * q) + 30 * q, 0.0
    for disc in (found.disc(at) for at in (1, -1)):
        size, radius = float(disc.bound), float(disc.radius)
        expected += math.fsum(
            size * radius ** (-j / q) * y ** (j / q - float(rest.order)) for j in range(length, length + 400 * q)
        )
    return measured_against(
        "$(1-u)^{1/2}$, one term: no other coefficient is there, and $R$ is the sum of Cauchy's bounds of those beyond "
        "thirty powers, at both ends",
        float(rest.constant),
        expected,
        rtol=1e-9,
        why="the bounds added one by one in float64",
    )


def _beyond_the_rectangle() -> Evidence:
    ratios, height = [], 5
    nu = Fraction(5, 2)
    with mp.workdps(25):
        for d, k in ((2, 12), (3, 12), (5, 12)):
            lam, exponent = mp.mpf(d) / 2 - 1, mp.mpf(5) / 2

            def weight(eta: Any, d: int = d, k: int = k, lam: Any = lam) -> Any:
                """K_k sinh eta."""
                if d == 2:
                    return mp.exp(-k * eta) / 2
                series = mp.hyp2f1(1 - lam, k + 1, k + 1 + lam, mp.exp(-2 * eta))
                return lam * mp.exp(-(k + 1) * eta) * mp.beta(k + 1, lam) * series * mp.sinh(eta)

            legs = mp.quad(lambda eta, w=weight, e=exponent: (mp.cosh(eta) - 1) ** e * w(eta), [height, 7, 13, 35])
            bottom = mp.quad(lambda a, w=weight: abs(w(height + 1j * a)), [0, mp.pi / 2, mp.pi])
            nothing = arb(0)
            parts = (
                (Remainder(d, ((nu, arb(1), nothing),), nu + 1, nothing, arb(height), nothing, 1), legs),
                (Remainder(d, (), nu, nothing, arb(height), arb(1), 1), bottom),
            )
            ratios += [float(rest.beyond(k)) / float(2 / mp.pi * part) for rest, part in parts]
    return bound(
        "a rectangle of height 5, $k=12$, $d=2,3,5$: $S_k$ over the integrals over the legs and over the bottom that "
        "it bounds",
        ratios,
        lower=1 - 1e-12,
        upper=1.05,
        why="at least 1 but for the rounding of mpmath's quadrature, and not generous",
        detail=f"from {min(ratios):.6g} to {max(ratios):.6g}",
    )


def _in_the_rectangle() -> Evidence:
    found = expansion(ks.laplace() + 3 * ks.exponential(0.7))
    y, height, largest = found.rectangle
    # At theta = -iH, in the disc around 1: |e^{-i sqrt y}| = 1.
    there = 3 * math.exp(float(y) / 0.49) - 1
    radii = [found.disc(at).radius for at in (1, -1)]
    gaps = [float(r) - math.cosh(float(height)) + math.cos(end_expansions._side(r, y)) for r in radii]
    return holds(
        r"$e^{-\sqrt{1-u}}+3e^{(u-1)/0.49}$: the bound in the rectangle is at least the value at its corner, and the "
        "discs reach the rectangle between them",
        there <= float(largest) < 9 * there and min(gaps) > 0,
        detail=f"{there:.4g} <= {float(largest):.4g}; {min(gaps):.3g} to spare",
    )


def _second_contact() -> Evidence:
    t = 1 - ks.linear()
    inner = 1 - Fraction(9, 20) * (t - Fraction(5, 6) * t**2 + Fraction(25, 36) * t**3)
    radius = expansion(ks.arccos(0) @ inner).disc(1).radius
    return exact(
        r"$\kappa_0(1-\frac{9}{20}t(1-\frac{t}{1.2}+\frac{t^2}{1.44}))$, $t=1-u$, has branch points at $|t|=1.2$: the "
        "disc around $t=0$ that is shown to be free of them is smaller",
        Fraction(1) <= radius < Fraction(6, 5),
        by="ball arithmetic",
        detail=f"radius {float(radius):g}",
    )


def _two_nodes() -> Evidence:
    class TwoNodes(angular_quadrature.Quadrature):
        def _nodes(self, d: int, top: int, depth: float) -> tuple[int, Fraction]:
            return 2, rho

    rule, rho = TwoNodes(ks.arccos(0) ** 4), Fraction(1000)
    with oracle.precision(128):
        local, points = boundaries.ellipse(1, rho)
        pieces = cover(rule.kernel, local, points, count=512, readings=1024)
        rule._found[rho] = pieces
        ends = [(p.bound, local(acb(oracle.ball(x)).real)) for p in pieces for x in (p.start, p.stop)]
        # arccos(0) is 1 - z/2 and z/2 at the two points that z stands for.
        held = sum(p.stop - p.start for p in pieces) == 1 and all(
            bool(abs(1 - z / 2) ** 4 + abs(z / 2) ** 4 <= limit) for limit, z in ends
        )
        (found,), (total,) = (
            rule.values(2, 0, [0], 64.0),
            angular_quadrature.weighted_sums(rule._read(2, 128), 2, 0, [0]),
        )
        off = abs(total - arb(2) / 5) / 2
        radius = arb(found.rad())
    return exact(
        r"$(1-\theta/\pi)^4$ on the circle, $\mu_0=\frac{1}{5}$, by two nodes: the radius is at least the error and "
        "at most 1.6 times that, and the pieces of half the ellipse, all there, bound the values at their ends",
        held and bool(off < radius) and bool(radius < off * 1.6),
        by="ball arithmetic",
        detail=f"{float(off):.4g} < {float(radius):.4g}",
    )
