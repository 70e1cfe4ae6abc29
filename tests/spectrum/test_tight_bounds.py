"""Proved bounds against what they bound, where they are tight: a bound that is too small by a little is noticed."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
from flint import acb, arb
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Pair, Zonal
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.exact_numbers import ball
from kernelspec.numbers.rational import Polynomial
from kernelspec.spectrum import analytic_bound, boundaries, certified, end_expansions
from kernelspec.spectrum.analyticity import Piece, cover
from kernelspec.spectrum.angular_quadrature import Quadrature, weighted_sums
from kernelspec.spectrum.asymptotic import Remainder, remainder
from kernelspec.spectrum.closed import PolynomialForm
from kernelspec.spectrum.end_expansions import Expansion, expansion
from kernelspec.sphere.power_eigenvalues import cut_power, density, even_power, power
from oracle.mpmath_values import power_eigenvalue

P = ks.parse


def in_arb(x: Value) -> Value:
    """An mpmath number as it is."""
    sign, mantissa, exponent, _ = x._mpf_
    return (-1) ** sign * arb(int(mantissa)) * arb(2) ** int(exponent)


# -- the quadrature in the angle ------------------------------------------------------------------------------------


def test_the_error_of_two_nodes_is_nearly_the_bound() -> None:
    """arccos(0)^4 is a polynomial of degree 4 in theta: on a wide ellipse it is its Chebyshev polynomial T_4."""

    class TwoNodes(Quadrature):
        def _nodes(self, d: int, top: int, depth: float) -> tuple[int, Fraction]:
            return 2, rho

    rule, rho = TwoNodes(ks.arccos(0) ** 4), Fraction(1000)
    with flint.ctx.workprec(128):
        local, points = boundaries.ellipse(1, rho)
        rule._found[rho] = cover(rule.kernel, local, points, count=512, readings=1024)
        (found,), (total,) = rule.values(2, 0, [0], 64.0), weighted_sums(rule._read(2, 128), 2, 0, [0])
        off = abs(total - arb(2) / 5) / 2  # int_0^1 (1-z/2)^4 + (z/2)^4 dz, mu_0 is half of it
        assert off < found.rad() < off * 1.6


@pytest.mark.parametrize("n", range(2, 8))
def test_the_rule_on_chebyshev_polynomials(n: int) -> None:
    """Integral and rule of T_j differ by 32/15 at most, for every even j >= 2n; not by less than 1.4."""
    x, w = np.polynomial.legendre.leggauss(n)
    j = np.arange(2 * n, 400, 2)
    off = abs(np.cos(j * np.arccos(x)[:, None]).T @ w + 2 / (j * j - 1.0))
    assert 1.4 < off.max() < 32 / 15


@given(st.integers(2, 30), st.fractions(Fraction(21, 20), 9, max_denominator=20), st.integers(0, 20))
def test_the_error_sums_the_chebyshev_coefficients(n: int, rho: Fraction, k: int) -> None:
    """Half of 32/15 for each even coefficient from 2n on, each at most 2 M rho^-j."""
    rule = Quadrature(ks.arccos(0))
    rule.__dict__["ramification"] = 1
    z = acb(arb("0.5"), arb("0.3"))
    rule._found[rho] = [Piece(Fraction(0), Fraction(0), acb("0.4"), arb("0.1")),
                        Piece(Fraction(0), Fraction(1), z, arb(3)),
                        Piece(Fraction(1), Fraction(1), acb("0.6"), arb("0.1"))]  # fmt: skip
    (found,) = rule._errors(2, [k], n, rho)
    ratio = float(rho) ** -2
    steps = math.ceil(60 / -math.log(ratio))
    expected = math.fsum(float(rho) ** (-2 * n) * ratio**i for i in range(steps)) * 32 / 15
    # |P_k| <= cosh(k Im theta)
    expected *= 3 * math.exp(k * math.pi / 2 * 0.3)
    assert float(found) == pytest.approx(expected, rel=1e-9, abs=0)


@given(
    st.integers(1, 4),
    st.integers(2, 9),
    st.floats(0.1, 0.9),
    st.floats(-0.3, 0.3),
    st.floats(0.001, 0.05),
    st.sampled_from(list(itertools.product((-1, 0, 1), repeat=2))),
)
def test_the_size_on_a_piece_holds_at_all_its_points(
    m: int, d: int, x: float, y: float, radius: float, corner: tuple[int, int]
) -> None:
    """|sin theta|^{d-2} m |z|^{m-1} and |Im theta| on the ball of z, theta = (pi/2) z^m."""
    rule = Quadrature(ks.arccos(0))
    rule.__dict__["ramification"] = m
    square = acb(arb(x, radius), arb(y, radius))
    ((size, height),) = rule._sizes(d, [Piece(Fraction(0), Fraction(0), square, arb(2))])
    z = complex(x + corner[0] * radius, y + corner[1] * radius)
    theta = math.pi / 2 * z**m
    value = 2 * abs(np.sin(theta)) ** (d - 2) * m * abs(z) ** (m - 1)
    assert value <= float(size) * (1 + 1e-9)
    assert abs(theta.imag) <= float(height) * (1 + 1e-9)
    # ... and where the ball is a point, it is that value
    ((size, height),) = rule._sizes(d, [Piece(Fraction(0), Fraction(0), acb(z), arb(2))])
    assert float(size) == pytest.approx(value, rel=1e-9, abs=0)
    assert float(height) == pytest.approx(abs(theta.imag), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "d", "m"), [("arccos(0)*arccos(1)", 3, 1), ("laplace(gamma=1/3)", 4, 3), ("rf(3)", 5, 1)]
)
def test_few_nodes_err_by_less_than_is_said(text: str, d: int, m: int) -> None:
    """Over all ellipses that serve, both ends and both parities."""
    kernel = P(text)
    rule, degrees = Quadrature(kernel), {0: [0, 4, 8], 1: [1, 5, 9]}
    assert rule.ramification == m
    with flint.ctx.workprec(160):
        constant = density(d).ball(0) * arb.pi() / 2
        served = [rho for rho in map(Fraction, ("1.8", "1.35", "1.1")) if rule.ellipse(rho)]
        assert served
        for parity, n in itertools.product((0, 1), (6, 10)):
            exact = kernel.spectrum(d).certified(degrees[parity], 30)
            sums = weighted_sums(rule._read(n, 160), d, parity, degrees[parity])
            bounds = [rule._errors(d, degrees[parity], n, rho) for rho in served]
            for i, mu in enumerate(exact):
                off = abs(constant * sums[i] - mu)
                assert all(off < constant * bound[i] for bound in bounds)


def test_nodes_are_read_again_for_more_digits() -> None:
    rule = Quadrature(ks.rf(3))
    few = rule._read(16, 64)
    with flint.ctx.workprec(300):
        more = rule._read(16, 300)
    assert rule._read(16, 64) is more or rule._read(16, 64) is few
    assert max(row[3].rad() for row in more) < arb(2) ** -250 < max(row[3].rad() for row in few)


@pytest.mark.parametrize("digits", [5, 12, 40, 90])
def test_a_ball_has_the_digits_that_were_asked_for(digits: int) -> None:
    for mu in ks.rf(3).spectrum(4).certified([2, 3], digits):
        with flint.ctx.workprec(64):
            assert mu.rad() < arb(10) ** -digits * abs(mu)


@pytest.mark.parametrize(("d", "k"), [(3, 3000), (6, 2001)])
def test_beyond_quadrature_the_ball_holds_the_terms_left_out(d: int, k: int) -> None:
    """rf(3) by many terms against the few that six digits take."""
    kernel = ks.rf(3)
    few = certified._by_expansion(kernel, d, k, 6)
    with flint.ctx.workprec(256):
        many = kernel.spectrum(d).asymptotic_ball(k, 12, digits=60)
        two = kernel.spectrum(d).asymptotic_ball(k, 2, digits=60)
        assert few.contains(many) and not (few - many + two).contains(many + abs(few) / 10**5)
        assert few.rad() >= abs(two - many)


# -- the remainder of the expansion -----------------------------------------------------------------------------------


def closed(d: int, k: int, right: dict[Fraction, int], left: dict[Fraction, int]) -> Any:
    """mu_k of sum c (1-u)^nu + sum c (1+u)^nu by claim 15, a ball of 60 digits."""
    with mp.workdps(70):
        sums = [
            mp.fsum(c * power_eigenvalue(d, mp.mpf(nu.numerator) / nu.denominator, k) for nu, c in powers.items())
            for powers in (right, left)
        ]
        total = sums[0] + (-1) ** k * sums[1]
        return in_arb(total) + arb(0, 1) * in_arb(abs(total)) * arb(10) ** -55


def powers(right: dict[Fraction, int], left: dict[Fraction, int]) -> Zonal:
    at_right = sum((c * ks.defect_power(nu) for nu, c in right.items()), 0 * ks.linear())
    mirror = -1 * ks.linear()
    return sum((c * (ks.defect_power(nu) @ mirror) for nu, c in left.items()), at_right)


HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
TWO_POWERS = [
    ({HALF: 1, HALF + 1: 1}, {}),
    ({HALF: 2, HALF + 1: -3}, {}),
    ({HALF: 1}, {HALF + 1: 1}),
    ({HALF: 1, HALF + 1: 2}, {HALF + 1: 1}),
    ({THIRD: 1, THIRD + 1: 1}, {}),
]


@pytest.mark.parametrize(("right", "left"), TWO_POWERS, ids=range(len(TWO_POWERS)))
@pytest.mark.parametrize("d", [2, 3, 6])
def test_the_remainder_of_one_more_power_is_that_power(
    d: int, right: dict[Fraction, int], left: dict[Fraction, int]
) -> None:
    rest = powers(right, left).spectrum(d).remainder(1)
    both = len(right) == 2 and len(left) == 1
    with flint.ctx.workprec(256):
        for k in (60, 61, 150, 151):
            off = abs(closed(d, k, right, left) - rest.sum(k))
            assert off <= rest.bound(k)
            if not both or k % 2 == 0:  # at odd k the ends are opposite
                assert rest.bound(k) < off * 1.001


@given(st.sampled_from([THIRD, HALF, Fraction(5, 2)]), st.integers(1, 12), st.integers(2, 5))
@settings(max_examples=3)
def test_the_constant_of_powers_whose_size_is_known(nu: Fraction, n: int, d: int) -> None:
    """R of t^nu + t^{nu+1} + ... + t^{nu+n}, one term: sum |sin| y^{i-1}, and Cauchy's tail of 30 powers later."""
    kernel = powers({nu + i: 1 for i in range(n + 1)}, {})
    found, rest = expansion(kernel), remainder(kernel, d, 1)
    y = float(found.rectangle[0])
    size = abs(math.sin(math.pi * nu)) * math.fsum(y**i for i in range(n))
    for at in (1, -1):
        disc = found.disc(at)
        radius, q = float(disc.radius), found.ramification
        length = math.floor(rest.order * q) + 30 * q
        tail = [float(disc.bound) * radius ** (-j / q) * y ** (j / q - float(rest.order))
                for j in range(length, length + 400 * q)]  # fmt: skip
        size += math.fsum(tail)
    assert float(rest.constant) == pytest.approx(size, rel=1e-9, abs=0)


def test_the_cauchy_tail_is_summed_in_full() -> None:
    """Of t^{1/2} alone R is the tail: sum over j >= N of G r^{-j} y^j, in powers of t^{1/q} from nu* on."""
    found = expansion(ks.defect_power(HALF))
    rest, q, y = remainder(ks.defect_power(HALF), 3, 1), found.ramification, float(found.rectangle[0])
    length = math.floor(rest.order * q) + 30 * q
    expected = math.fsum(
        float(found.disc(at).bound) * float(found.disc(at).radius) ** (-j / q) * y ** (j / q - float(rest.order))
        for at in (1, -1)
        for j in range(length, length + 400 * q)
    )
    assert float(rest.constant) == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize("d", [2, 3, 4, 5, 9])
@pytest.mark.parametrize("k", [3, 12])
@pytest.mark.parametrize("height", [3.0, 5.0])
def test_what_is_beyond_the_rectangle(d: int, k: int, height: float) -> None:
    """Step 4 for a high rectangle, where its inequalities are nearly equalities: the legs, and the bottom."""
    nu, one, nothing = Fraction(5, 2), arb(1), arb(0)
    assert k > nu
    legs = Remainder(d, ((nu, one * 2, -one),), nu + 1, nothing, arb(height), nothing, 1).beyond(k)
    bottom = Remainder(d, (), nu, nothing, arb(height), one * 3, 1).beyond(k)
    with mp.workdps(25):
        lam = mp.mpf(d) / 2 - 1

        def weight(eta: Any) -> Any:
            """K_k from its integral."""
            if d == 2:
                return mp.exp(-k * eta) / (2 * mp.sinh(eta))
            series = mp.hyp2f1(1 - lam, k + 1, k + 1 + lam, mp.exp(-2 * eta))
            return lam * mp.exp(-(k + 1) * eta) * mp.beta(k + 1, lam) * series

        def jump(eta: Any) -> Any:
            return (mp.cosh(eta) - 1) ** mp.mpf(nu.numerator / nu.denominator) * weight(eta) * mp.sinh(eta)

        beyond = mp.quad(jump, [height, height + 2, height + 8, height + 30])
        exact = 3 * 2 / mp.pi * abs(mp.sin(mp.pi * mp.mpf(5) / 2)) * beyond
        assert exact <= float(legs) <= exact * (1.35 if height == 3 else 1.05)
        along = mp.quad(lambda a: abs(weight(height + 1j * a) * mp.sinh(height + 1j * a)), [0, mp.pi / 2, mp.pi])
        exact = 3 * 2 / mp.pi * along
        assert exact <= float(bottom) * (1 + 1e-12) and float(bottom) <= exact * 1.02


def test_the_bound_is_both_of_its_parts() -> None:
    """R E_k + S_k, from the first degree beyond nu* on, where S_k is most of it."""
    for text, terms in (("rf(3)", 1), ("laplace()", 3), ("laplace(gamma=1/3)", 2)):
        rest = P(text).spectrum(4).remainder(terms)
        assert rest.start - 1 <= rest.order < rest.start
        assert rest.height.overlaps(expansion(P(text)).rectangle[1])
        with flint.ctx.workprec(192):
            for k in (rest.start, rest.start + 7, 101):
                power = rest.constant * cut_power(4, rest.order).ball(k)
                parts = power + rest.beyond(k)
                assert parts * (1 - 1e-12) <= rest.bound(k) <= parts * (1 + 1e-12)
            assert rest.beyond(rest.start) > 0.01 * rest.bound(rest.start)


def test_the_bottom_of_a_low_rectangle_in_many_dimensions() -> None:
    """There the weight is largest half way, by the factor (1 + e^{-2H})^{lambda - 1} over that on the legs."""
    d, k, height = 30, 40, 0.3
    bound = Remainder(d, (), HALF, arb(0), arb(height), arb(1), 1).beyond(k)
    with mp.workdps(20):
        lam = mp.mpf(d) / 2 - 1

        def size(alpha: Value) -> Value:
            eta = height + 1j * alpha
            series = mp.hyp2f1(1 - lam, k + 1, k + 1 + lam, mp.exp(-2 * eta))
            return abs(lam * mp.exp(-(k + 1) * eta) * mp.beta(k + 1, lam) * series * mp.sinh(eta))

        exact = 2 / mp.pi * mp.quad(size, [0, mp.pi / 2, mp.pi], maxdegree=4)
    assert exact <= float(bound) < 60 * exact


RECTANGLES = [
    "laplace() + 3*exponential(0.7)",  # largest at theta = -iH, in the disc around 1
    "laplace() + 3*(exponential(0.7)@(-1*linear()))",  # ... around -1
    "laplace() + exponential(0.7)@(1-2*polynomial(2))",  # largest half way
    "rf(3)",
    "ntk(3)",
]


@pytest.mark.parametrize("text", RECTANGLES)
def test_no_value_in_the_rectangle_is_beyond_its_bound(text: str) -> None:
    kernel = P(text)
    y, height, largest = expansion(kernel).rectangle
    h = float(height)
    assert math.cosh(h) - 1 == pytest.approx(float(y), rel=1e-12, abs=0)
    alpha = np.linspace(1e-9, math.pi - 1e-9, 201)
    values = np.abs(kernel.of_angle(alpha - 1j * h))
    assert values.max() <= float(largest)
    sides = [np.abs(kernel.of_angle(alpha - 1j * x)).max() for x in (h / 3, 2 * h / 3)]
    assert max(sides) <= float(largest)


@pytest.mark.parametrize("text", [*RECTANGLES, "laplace(gamma=1/3)"])
@pytest.mark.parametrize("at", [1, -1])
def test_no_value_on_a_circle_is_beyond_its_bound(text: str, at: int) -> None:
    kernel = P(text)
    disc = expansion(kernel).disc(at)
    t = float(disc.radius) * np.exp(1j * np.linspace(1e-6, math.pi - 1e-6, 99))
    values = np.abs(kernel.of_angle(np.arccos(at * (1 - t))))
    assert values.max() <= float(disc.bound) < 9 * values.max()


@given(st.floats(0.003, 1.9), st.floats(0.05, 0.6))
def test_discs_and_rectangle_meet(radius: float, share: float) -> None:
    """The disc holds the corner a - iH, |1 - cos(a - iH)| = cosh H - cos a; and a is nearly the largest such angle."""
    y = Fraction(radius) * Fraction(share)
    a = end_expansions._side(Fraction(radius), y)
    assert 1 + float(y) - math.cos(a) < radius
    assert a == 1.4 or 1 + float(y) - math.cos(a) > 0.97 * radius


def test_the_rectangle_is_covered_on_three_sides() -> None:
    local, _ = boundaries.rectangle(0.3, 0.5, Fraction(1, 2))
    height = math.acosh(1.5)
    for tau, theta in {
        "0": complex(0.3, 0), "1/6": complex(0.3, -height / 2), "1/2": complex((0.3 + math.pi - 0.5) / 2, -height),
        "5/6": complex(math.pi - 0.5, -height / 2), "1": complex(math.pi - 0.5, 0),
    }.items():  # fmt: skip
        assert complex(local(ball(Fraction(tau)))) == pytest.approx(theta, abs=1e-12)


@pytest.mark.parametrize("mirror", [False, True])
def test_the_strip_bounds_the_kernel_on_its_edge(mirror: bool) -> None:
    kernel = P("exponential(0.7)@(-1*linear())") if mirror else ks.exponential(0.7)
    height, largest = Expansion(kernel).strip
    edge = np.linspace(0, math.pi, 101) - 1j * float(height)
    values = np.abs(kernel.of_angle(edge))
    assert values.max() <= float(largest) < 1.5 * values.max()


# -- kernels that are analytic in a disc ------------------------------------------------------------------------------


@pytest.mark.parametrize("r", [Fraction(21, 20), Fraction(13, 10), Fraction(2), Fraction(16)])
@pytest.mark.parametrize("d", [2, 5])
def test_the_bound_of_all_coefficients_at_once(monkeypatch: pytest.MonkeyPatch, r: Fraction, d: int) -> None:
    """M r^-m for every Taylor coefficient: mu_k is then the bound itself on the circle, and less beyond."""
    monkeypatch.setattr(analytic_bound, "_circles", lambda kernel: ((r, math.log(3)),))
    k = np.array([0, 1, 5, 40])
    found = analytic_bound.log_bound(ks.exponential(), d, k)
    with mp.workdps(30):
        half = mp.mpf(d) / 2
        for degree, log in zip(k.tolist(), found, strict=True):

            def term(j: Any, degree: int = degree) -> Any:
                m = degree + 2 * j
                moment = mp.factorial(m) * mp.gamma(half) / (mp.mpf(2) ** m * mp.factorial(j))
                return moment / mp.gamma(degree + j + half) / (mp.mpf(r.numerator) / r.denominator) ** m

            exact = float(mp.log(3 * mp.nsum(term, [0, mp.inf])))
            assert exact <= log + 1e-12
            assert d > 2 or log <= exact + 1e-6


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_value_on_a_circle_is_found(sign: int) -> None:
    kernel = ks.exponential(0.5) @ (sign * ks.linear())
    for r, log in analytic_bound._circles(kernel):
        exact = 4 * (float(r) - 1)
        assert exact <= log <= exact + 0.5 + 0.1 * exact


@dataclass(frozen=True, repr=False)
class Root(Zonal):
    """2 - (2-u)^p, for 0 < p < 1 with its only singularity at u = 2."""

    power: Fraction
    bounded = True
    rational_one = Fraction(1)
    radius = 2.0

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        one = arithmetic.number(Fraction(1))
        root = arithmetic.power(one + point.delta, self.power)
        if self.power == Fraction(1, 2):
            root = arithmetic.sqrt(one + point.delta)
        return Pair(2 - root, root - one, one)

    def text(self) -> str:
        return f"root({self.power})"


@pytest.mark.parametrize("power", [Fraction(1, 2), Fraction(1, 3)])
def test_no_disc_holds_a_singularity_of_a_kernel_of_a_users_own(power: Fraction) -> None:
    """Both branches of a root are bounded on a circle around its end, and only the test of the cut tells."""
    radii = [r for r, _ in analytic_bound._circles(Root(power))]
    assert radii and Fraction(17, 10) <= max(radii) < 2


# -- closed forms in balls: integer exponents, and large degrees ------------------------------------------------------


@pytest.mark.parametrize("d", [2, 3, 7])
@pytest.mark.parametrize("n", range(4))
def test_integer_powers_are_polynomials_up_to_their_own_degree(d: int, n: int) -> None:
    plain: Polynomial = {m: Fraction((-1) ** m * math.comb(n, m)) for m in range(n + 1)}
    square: Polynomial = {2 * m: c for m, c in plain.items()}
    for k in range(2 * n + 3):
        assert power(d, Fraction(n)).ball(k).overlaps(PolynomialForm(d, plain).ball(k))
        if k % 2 == 0:
            even = even_power(d, Fraction(n)).ball(k)
            assert even.overlaps(PolynomialForm(d, square).ball(k))
            assert (even == 0) == (k > 2 * n)
        assert PolynomialForm(d, {k: Fraction(1)}).ball(k) > 0
        assert (power(d, Fraction(n)).ball(k) == 0) == (k > n)


@pytest.mark.parametrize("nu", [Fraction(1, 2), Fraction(-1, 3), Fraction(7, 3)])
@pytest.mark.parametrize("d", [3, 6])
def test_powers_of_neighbouring_degrees(d: int, nu: Fraction) -> None:
    """Neighbours have a rational ratio."""
    with flint.ctx.workprec(128):
        for k in (0, 1, 2, 64, 200, 10**6):
            ratio = (k - nu) / (k + nu + d - 1)
            assert (power(d, nu).ball(k + 1) / power(d, nu).ball(k)).overlaps(ball(ratio))
            j = k
            ratio = (j - nu) * (j + HALF) / (j + nu + Fraction(d, 2)) / (j + Fraction(d - 1, 2))
            found = even_power(d, nu).ball(2 * j + 2) / even_power(d, nu).ball(2 * j)
            assert found.overlaps(ball(ratio))
