"""Balls of the duals of activations whose only kink is at 0: against integrals of mpmath, and what they prove."""

from __future__ import annotations

import functools
from fractions import Fraction as F
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.expansions.kinks import end_coefficients, end_value
from kernelspec.kernels.activations import Activation, read, stretched
from kernelspec.kernels.one_kink import ball_pair
from kernelspec.kernels.one_kink_series import BOUND_BITS, box, coefficients, end_balls, largest, plan_of, quadrants
from kernelspec.kernels.piecewise import dual_of
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import BallArithmetic
from kernelspec.numbers.precision import precision
from kernelspec.rkhs.checker import recheck
from kernelspec.spectrum import boundaries
from kernelspec.spectrum.analyticity import sample, settled
from kernelspec.spectrum.region_points import RamifiedError, RegionError, RegionPoint

ELU = "exp(x) - 1 if x < 0; x"
SELU = "1.758*exp(x) - 1.758 if x < 0; 1.05*x"
TEXTS = (
    ELU,
    SELU,
    "exp(2*x) if x < 0; x**2 + 1",
    "0 if x < 0; exp(x) - 1",
    "x*exp(-x) if x < 0; x*exp(x/2) - x**3 + 1",
)
BALLS = BallArithmetic()
MP: Any = mpmath.mp.clone()
MP.dps = 45


def _number(x: Any, error: float = 1e-38) -> Any:
    """A number of mpmath as a ball of this share of it."""
    known = MP.mpc(x)
    real, imag = (flint.arb(MP.nstr(part, 45)) for part in (known.real, known.imag))
    return flint.acb(real, imag) + flint.acb(flint.arb(0, 1), flint.arb(0, 1)) * error * max(1.0, float(abs(known)))


def _radial(n: int, s: Any) -> Any:
    """The integral of r^n e^{rs - r^2/2} over r > 0."""
    before, now = MP.zero, MP.sqrt(MP.pi / 2) * MP.exp(s * s / 2) * MP.erfc(-s / MP.sqrt(2))
    for j in range(1, n + 1):
        before, now = now, ((j - 1) * before if j > 1 else 1) + s * now
    return now


def by_polar_integral(f: Activation, theta: Any) -> Any:
    """E[f(a) f(b)] as an integral over the angle of a Gaussian vector, theta complex."""

    def part(g: Any, h: Any, angle: Any) -> Any:
        def integrand(phi: Any) -> Any:
            x, y, total = MP.cos(phi), MP.cos(phi - angle), 0
            for m, beta, c in g:
                for n, gamma, e in h:
                    s = MP.mpf(beta.numerator) / beta.denominator * x + MP.mpf(gamma.numerator) / gamma.denominator * y
                    weight = c * e
                    total += MP.mpf(weight.numerator) / weight.denominator * x**m * y**n * _radial(m + n + 1, s)
            return total

        return MP.quad(integrand, [angle - MP.pi / 2, angle / 2, MP.pi / 2]) / (2 * MP.pi)

    g, h = f.pieces[1], f.mirrored().pieces[1]
    return part(g, g, theta) + part(h, h, theta) + 2 * part(g, h, MP.pi - theta)


def at_angle(f: Activation, theta: Any) -> Any:
    """The pair at a ball of the angle."""
    return ball_pair(f, Point.from_angle(BALLS, theta))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("angle", ["0.2", "1.1", "2", "3.1"])
def test_balls_hold_the_integral(text: str, angle: str) -> None:
    f = read(text)
    with precision(160):
        found = at_angle(f, flint.arb(angle))
        assert found.value.rel_accuracy_bits() > 120
        assert (_number(by_polar_integral(f, MP.mpf(angle))) - found.value).contains(0)
        assert (found.one - found.value - found.defect).contains(0)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("angle", [0.4 + 0.5j, 1.9 - 1.1j])
def test_complex_balls_hold_the_integral(text: str, angle: complex) -> None:
    f = read(text)
    by_left = angle.real > 1.5
    with precision(160):

        def at(theta: Any) -> Any:
            near = flint.arb.pi() - theta if by_left else theta
            return ball_pair(f, RegionPoint.of_angle(near, 1, by_left, near, 0, None)).value

        theta = flint.acb(angle)
        with MP.workdps(25):
            wanted = _number(by_polar_integral(f, MP.mpc(angle)), 1e-20)
        with MP.workdps(15):
            beside = _number(by_polar_integral(f, MP.mpc(angle) + MP.mpc(0.0199, -0.0199)), 1e-10)
        found = at(theta)
        assert found.rel_accuracy_bits() > 100
        assert (found - wanted).contains(0)
        assert (ball_pair(f, Point.from_angle(BALLS, theta)).value - wanted).contains(0)
        # A wide ball holds it, too, in the middle and near a corner, and is hardly wider than the function's change.
        wide = at(theta + flint.acb(flint.arb(0, 0.02), flint.arb(0, 0.02)))
        assert (wide - wanted).contains(0) and (wide - beside).contains(0)
        assert wide.real.rad() < 3 * abs(beside - wanted)


def test_independent_of_the_route_over_the_other_variable() -> None:
    """E[f(a) E[f(b) | a]] for elu, the inner mean by error functions."""

    def inner(a: Any, u: Any) -> Any:
        mean, s = u * a, MP.sqrt(1 - u * u)
        above = MP.erfc(-mean / s / MP.sqrt(2)) / 2
        right = mean * above + s * MP.npdf(mean / s)
        below = MP.exp(mean + s * s / 2) * MP.erfc((mean + s * s) / s / MP.sqrt(2)) / 2
        return right + below - (1 - above)

    f = read(ELU)
    for u in (MP.mpf("-0.8"), MP.mpf("0.3"), MP.mpf("0.95")):
        wanted = MP.quad(
            lambda a, u=u: MP.npdf(a) * (a if a > 0 else MP.expm1(a)) * inner(a, u), [-14, -6, -2, 0, 2, 6, 14]
        )
        with precision(160):
            point = Point.from_cosine(BALLS, flint.arb(MP.nstr(u, 5)))
            assert abs(ball_pair(f, point).value - flint.arb(MP.nstr(wanted, 40))) < 1e-33


@pytest.mark.parametrize("text", TEXTS)
def test_ends_and_next_to_them(text: str) -> None:
    f = read(text)
    jumps = bool(f.jump(F(0)))
    with precision(128):
        for end in (1, -1):
            u = flint.arb(end)
            found = ball_pair(f, Point.from_cosine(BALLS, u))
            assert (found.value - end_value(f, end).ball(128)).contains(0) and found.value.rel_accuracy_bits() > 100
        assert ball_pair(f, Point.from_cosine(BALLS, flint.arb(1))).defect == 0
        delta = flint.arb("1e-30")
        near = ball_pair(f, Point(BALLS, 1 - delta, delta, 2 - delta))
        assert near.defect.rel_accuracy_bits() > 105
        leading = end_coefficients(f, 1, 3)[1 if jumps else 2].ball(128)
        assert abs(-near.defect / (leading * (delta.sqrt() if jumps else delta)) - 1) < 1e-11  # the next term


def test_one_sided_values_keep_their_digits_next_to_minus_one() -> None:
    f = read("0 if x < 0; exp(x) - 1")  # of order 1: kappa falls like (1 + u)^{3/2}
    with precision(128):
        co = flint.arb("1e-24")
        value = ball_pair(f, Point(BALLS, co - 1, 2 - co, co)).value
        assert value.rel_accuracy_bits() > 100
        assert abs(value / (end_coefficients(f, -1, 4)[3].ball(128) * co * co.sqrt()) - 1) < 1e-10


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("end", [1, -1])
def test_coefficients_at_the_ends_are_those_of_the_kink_rule(text: str, end: int) -> None:
    f, count = read(text), 20
    found, exact = end_balls(f, end, count, 128), end_coefficients(f, end, count)
    for j in range(1, count):
        assert (found[j] - exact[j].ball(200)).contains(0)
        assert found[j].rad() < 1e-38


@pytest.mark.parametrize("text", TEXTS)
def test_what_follows_the_last_coefficient_is_bounded(text: str) -> None:
    f = read(text)
    plan = plan_of(quadrants(f), 0, F(17, 20), 60)
    assert plan is not None
    more = plan.length + 40
    with precision(400):
        found = coefficients(f, 1, 0, more, 400)
        for size in (0.2, 0.85):
            rest = sum((abs(found[n]) * flint.arb(size) ** n for n in range(plan.length, more)), flint.arb(0))
            assert rest < plan.tail(flint.arb(size))
        assert plan.tail(flint.arb("0.85")) < 2.0**-60


@settings(deadline=None, max_examples=8)
@given(st.sampled_from(TEXTS), st.floats(-0.4, 3.5), st.floats(-2.2, 2.2))
def test_bounds_hold(text: str, x: float, y: float) -> None:
    f = read(text)
    with precision(BOUND_BITS):
        bound = largest(quadrants(f), *box(flint.acb(x, y), flint.arb(0)))
    with MP.workdps(15):
        value = abs(by_polar_integral(f, MP.mpc(x, y)))
    assert value < float(bound) * (1 + 1e-9)


_RATES = st.fractions(min_value=-2, max_value=2, max_denominator=4)
_PIECES = st.lists(st.tuples(st.integers(0, 2), _RATES, st.integers(-3, 3)), min_size=1, max_size=2)


@settings(deadline=None, max_examples=5)
@given(_PIECES, _PIECES, st.floats(0.0, 3.14159), st.floats(1e-6, 0.1))
def test_any_activation_of_one_kink(left: Any, right: Any, angle: float, width: float) -> None:
    def piece(parts: Any) -> str:
        return " + ".join(f"({c})*x**{m}*exp(({rate})*x)" for m, rate, c in parts)

    f = read(f"{piece(left)} if x < 0; {piece(right)}")
    if list(f.breaks) != [0]:
        return
    kernel = dual_of(f)
    one = kernel.at_one
    in_floats = kernel(np.cos(angle))
    with precision(96):
        theta = flint.arb(angle)
        coarse = Point.from_angle(BALLS, theta).pair(kernel).value
        assert abs(float(coarse.mid()) - in_floats) < 1e-9 * one  # floats of steep exponentials lose digits
        assert coarse.rad() < 1e-20 * one
        wide = Point.from_angle(BALLS, theta + flint.arb(0, width)).pair(kernel).value
        beside = Point.from_angle(BALLS, theta + flint.arb(width) * 0.99).pair(kernel).value
        assert not wide.is_finite() or wide.contains(coarse.mid()) and wide.overlaps(beside)
    with precision(192):
        fine = Point.from_angle(BALLS, flint.arb(angle)).pair(kernel).value
        assert fine.overlaps(coarse) and fine.rad() < coarse.rad()


@pytest.mark.parametrize("end", [1, -1])
def test_balls_that_reach_beyond_an_end_hold_what_is_inside(end: int) -> None:
    f = read(ELU)
    for kernel in (dual_of(f), ks.dual("elu") @ ks.dual("elu")):
        wide = kernel(end + flint.arb(-end * 5e-4, 6e-4))
        assert wide.rad() < 0.1
        for inside in (0, 1e-9, 1e-4, 1e-3):
            assert wide.overlaps(kernel(flint.arb(end) - end * inside))


def test_a_narrow_disc_serves_where_a_wide_one_needs_too_many_terms() -> None:
    f = stretched(read("exp(3*x) if x < 0; 0"), F(2))
    u = flint.acb(0.8104825683695143, -0.8788002182727611)
    wide = ball_pair(f, Point.from_cosine(BALLS, u + flint.acb(flint.arb(0, 1e-6), flint.arb(0, 1e-6)))).value
    assert wide.is_finite() and wide.overlaps(ball_pair(f, Point.from_cosine(BALLS, u)).value)


def test_slopes_are_those_of_the_values() -> None:
    with precision(400):
        for text in (ELU, SELU):
            kernel = dual_of(read(text))
            theta, step = flint.arb("1.3"), flint.arb("1e-25")
            high, low = (Point.from_angle(BALLS, theta + sign * step).pair(kernel).value for sign in (1, -1))
            slope = kernel.slope_at(Point.from_angle(BALLS, theta))
            assert abs(-(high - low) / (2 * step) / theta.sin() - slope) < 1e-45


# -- what is proved ------------------------------------------------------------------------------------------------


def test_the_angle_is_tested_for_analyticity() -> None:
    kernel = ks.dual("elu")
    with pytest.raises(RamifiedError) as caught:  # in 1 - u itself it has a root
        settled(boundaries.end_disc(1, 1, F(1))[1][0], flint.acb(0.5), kernel)
    assert caught.value.factor == 2
    settled(boundaries.end_disc(1, 2, F(1))[1][0], flint.acb(0.5), kernel)
    # elu's dual takes the value 1 inside a large ellipse, where the next layer has a branch point.
    pieces, _ = sample(ks.mlp(3, activation="elu"), *boundaries.ellipse(1, F(2)))
    assert len(pieces) == 17 and all(piece.bound > 0 for piece in pieces)
    with pytest.raises(RegionError):
        sample(ks.mlp(3, activation="elu"), *boundaries.ellipse(1, F(9)))


@functools.cache
def _nodes(count: int) -> list[tuple[Any, Any]]:
    with precision(160):
        roots = [flint.arb.legendre_p_root(count, i, True) for i in range(count)]
        return [(MP.mpf(x.str(40, radius=False)), MP.mpf(w.str(40, radius=False))) for x, w in roots]


def by_quadrature(kernel: ks.Zonal, d: int, degrees: tuple[int, ...]) -> list[Any]:
    """mu_k from values in mpmath, which come by another formula."""
    with MP.workdps(20):
        sums = [MP.zero] * len(degrees)
        total = MP.zero
        for half in (0, 1):
            for x, weight in _nodes(24):
                theta = MP.pi / 4 * (1 + x) + half * MP.pi / 2
                u = MP.cos(theta)
                density = weight * MP.pi / 4 * MP.sin(theta) ** (d - 2)
                total += density
                value = density * kernel(u)
                polynomial = [MP.gegenbauer(k, MP.mpf(d) / 2 - 1, u) for k in degrees]
                at_one = [MP.gegenbauer(k, MP.mpf(d) / 2 - 1, 1) for k in degrees]
                sums = [s + value * p / q for s, p, q in zip(sums, polynomial, at_one, strict=True)]
        return [s / total for s in sums]


@pytest.mark.parametrize(
    ("kernel", "d"),
    [
        (ks.mlp(2, activation="elu"), 3),
        (ks.mlp(2, activation="selu", bias_variance=F(1, 2), tangent=True), 5),
        (ks.dual("elu") * ks.arccos(1) + ks.ntk(2), 4),
    ],
    ids=["elu", "selu", "mixed"],
)
def test_certified_eigenvalues_are_those_of_quadrature(kernel: ks.Zonal, d: int) -> None:
    degrees = (0, 1, 2, 5, 8)
    proved = kernel.spectrum(d).certified(degrees, 20)
    for found, wanted in zip(proved, by_quadrature(kernel, d, degrees), strict=True):
        assert found.rel_accuracy_bits() > 66
        with precision(128):
            assert abs(found - flint.arb(MP.nstr(wanted, 22))) < 2e-18


def test_deep_networks_have_certified_eigenvalues() -> None:
    kernel = ks.mlp(5, activation="elu")
    found, floats = kernel.spectrum(4).certified(range(12), 15), kernel.spectrum(4)(range(12))
    for ball, value in zip(found, floats, strict=True):
        assert abs(ball - flint.arb(float(value))) < 1e-13 * abs(ball)


def test_remainders_of_the_expansion() -> None:
    kernel, d = ks.mlp(2, activation="elu"), 4
    remainder = kernel.spectrum(d).remainder(2)
    for k in (30, 31):
        assert abs(kernel.spectrum(d).certified(k, 20) - remainder.sum(k)) < remainder.bound(k)


def test_same_space_with_a_proof() -> None:
    one, other = ks.mlp(2, activation="selu", bias_variance=1), ks.mlp(3, activation="selu")
    found = ks.same_rkhs(one, other, 4)
    assert found.same is True and found.proof is not None
    assert recheck(found.proof.data())
    k = np.arange(30)
    ratio = one.spectrum(4)(k) / other.spectrum(4)(k)
    assert found.lower <= ratio.min() < 1.1 * found.lower and 0.9 * found.upper < ratio.max() <= found.upper


def test_other_spaces_with_a_proof() -> None:
    for one, other in (
        (ks.mlp(2, activation="elu"), ks.mlp(3, activation="elu")),
        (ks.mlp(2, activation="elu"), ks.arccos(1)),
    ):
        found = ks.same_rkhs(one, other, 4)
        assert found.same is False and found.proof is not None
        assert recheck(found.proof.data())


def test_kinks_elsewhere_and_other_readings_are_refused_as_before() -> None:
    assert not ks.dual("elu").real_only and ks.dual("elu").real_floats
    assert (ks.mlp(3, activation="selu", tangent=True) * ks.ntk(3)).real_floats
    with pytest.raises(TypeError, match="complex numbers, symbols"):
        ks.dual("elu").sympy(F(1, 2))
