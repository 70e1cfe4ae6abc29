r"""The proof by balls that |kappa| <= 1, without the float search before it and where that sees nothing.

Peaks are f(u) = s^2/((u - u0)^2 + s^2), 1 at u0 and below 1/2 beyond u0 +- s: as narrow as one likes.
"""

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

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels import ball_values, ranges
from kernelspec.kernels.points import Point
from kernelspec.kernels.range_errors import NotShownError, TooLargeError
from kernelspec.kernels.ranges import Contacts, contacts
from kernelspec.spectrum.end_expansions import expansion

F = Fraction
u = ks.linear()
t = 1 - u
REFUSED = (TooLargeError, NotShownError)
TINY = F(1, 10**20)


def peak(at: Any, width: Any) -> Zonal:
    at, width = F(at), F(width)
    return width**2 / 3 * (ks.defect_power(-1) @ (1 - ((u - at) ** 2 + width**2) / 3))


def exactly(kernel: Zonal, point: Fraction) -> Fraction:
    """kappa at a point by mpmath, which shares no code with the balls, to 50 digits."""
    with mp.workdps(60):
        found = kernel(mp.mpf(point.numerator) / point.denominator)
        return F(int(mp.nint(found * 10**50)), 10**50)


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """No float search before the proof."""
    monkeypatch.setattr(ranges, "_suspects", lambda kernel: [])
    contacts.cache_clear()


# -- kernels that exceed 1 where no float looks ------------------------------------------------------------------------

BACKGROUND = F(3, 5) + F(3, 10) * u  # floats look where it is largest, at u = 1


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("at", "width"), [("0.02454", "0.01"), ("-0.3124", "0.005")])
def test_a_peak_between_the_floats_is_refused(at: str, width: str, sign: int) -> None:
    inner = sign * (BACKGROUND + F(7, 10) * peak(at, width))
    assert abs(exactly(inner, F(at))) > 1
    assert all(abs(inner(math.cos(math.pi * i / 64))) < 0.95 for i in range(65))
    with pytest.raises(TooLargeError, match="must take values in") as error:
        ks.exponential() @ inner
    found = F(str(error.value).split("at u = ")[1].split(" ")[0])
    assert abs(found - F(at)) < 2 * F(width)
    assert abs(exactly(inner, found)) > 1


def test_a_peak_that_stays_below_is_accepted() -> None:
    inner = BACKGROUND + F(1, 4) * peak("0.02454", "0.01")
    assert contacts(inner) == Contacts(frozenset(), frozenset(), frozenset())


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("at", [1, -1])
def test_a_dip_below_next_to_an_end(at: int, sign: int) -> None:
    # -1 + 1e-19 - 1e-9 w + 0.2 w^2, w = (2t)^{1/2}: below -1 by 1e-18 at w = 2.5e-9, and above it from 5e-9 on
    root = ks.laplace(F(1, 10**9)) if at == 1 else ks.laplace(F(1, 10**9)) @ -u
    inner = sign * (root - 2 + F(2, 5) * (1 - at * u) + F(1, 10**19))
    assert abs(exactly(inner, at * (1 - F(1, 10**18)))) > 1
    with pytest.raises(REFUSED):
        ks.exponential() @ inner


# -1 + (t - 0.9)^2 q(t), where q falls: 1 at t = 0, touches -1 at t = 0.9, stays between for the rest
NEAR = F(9, 10)
TOUCHES = (t - NEAR) ** 2 * (1 - (t / 2) ** 6 / 2) * 2 / NEAR**2 - 1


def test_a_fall_from_1_to_below_minus_1() -> None:
    inner = TOUCHES - TINY * (1 - ks.exponential())
    assert exactly(inner, 1 - NEAR) < -1
    with pytest.raises(REFUSED):
        ks.exponential() @ inner


def test_a_value_below_minus_1_that_no_float_tells_is_refuted() -> None:
    inner = (2 + TINY) * ks.arccos(0) - (1 + TINY)  # 1 at u = 1, -1 - 1e-20 at u = -1
    with pytest.raises(TooLargeError, match=r"at u = -1 \(beyond 1 by 1.0e-20"):
        ks.exponential() @ inner


def test_a_series_whose_sum_is_beyond_1_by_less_than_a_float() -> None:
    with mp.workdps(40):
        scale = F(int(mp.exp(-2) * (1 + mp.mpf(10) ** -17) * 10**35), 10**35)
    inner = scale * ks.dual("exp")  # e^{1+u}
    assert 1 < exactly(inner, F(1)) < 1 + F(1, 10**16)
    with pytest.raises(TooLargeError, match=r"at u = 1 \("):
        ks.exponential() @ inner


def test_polynomials_that_exceed_between_their_zeros() -> None:
    for inner in (
        1 + F(1, 100) * (1 - u**2),  # 1 at both ends, above it everywhere between
        1 - F(1, 10) * (u + F(1, 2)) ** 3 * (u + F(1, 4)) ** 3,  # through 1 by triple zeros
    ):
        with pytest.raises(TooLargeError):
            ks.exponential() @ inner


def test_a_polynomial_that_touches_at_its_end_is_accepted() -> None:
    for at in (1, -1):
        inner = 1 - (1 - at * u) ** 2 / 4  # double zero of 1 - kappa
        assert contacts(inner).at(at) == {1}
        assert contacts(inner).at(-at) == contacts(inner).inside == frozenset()


# -- the proof alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "inner",
    [
        1.2 * u - F(3, 10) * ks.arccos(1),
        F(9, 10) * u**2 - F(9, 10) * u**5 + F(1, 100) * ks.arccos(1),
        F(3, 2) * ks.exponential() - F(1, 2) * ks.laplace(),
        F(16, 5) * ks.sine_power(F(1, 2)),
        1 + F(1, 1000) * u - F(1, 1000) * ks.polynomial(200) + TINY * ks.arccos(1),
        TOUCHES - F(1, 100) * (1 - ks.exponential()),
        -BACKGROUND - F(1, 2) * peak("0.3", "0.1"),
    ],
    ids=repr,
)
@pytest.mark.usefixtures("blind")
def test_without_floats_nothing_more_is_accepted(inner: Zonal) -> None:
    with mp.workdps(30):
        assert max(abs(inner(mp.cos(mp.pi * i / 400))) for i in range(401)) > 1
    with pytest.raises(REFUSED):
        ks.exponential() @ inner


def test_what_is_beyond_the_series_counts_at_an_end() -> None:
    """1 - 1e-8 t^{1/2} + t^{27/2} rises above 1 from t = 0.2425 on, by a power beyond those of the series."""
    kernel = 1 - F(1, 10**8) * ks.defect_power(F(1, 2)) + ks.defect_power(F(27, 2))
    reached = ranges._end(kernel, 1)
    crossing = F(1, 10**8) ** F(1, 13)
    assert reached < crossing < expansion(kernel).disc(1).radius / 2  # where the search begins


@pytest.mark.parametrize("at", [1, -1])
def test_what_is_beyond_the_series_counts_in_a_small_disc(at: int) -> None:
    """A peak whose first twelve powers of t fall short of it by 1e-4, in a disc of radius below 1."""
    width, distance = F(13, 170), F(84, 170)
    shape = peak(at * (1 - distance), width)
    first = expansion(shape).disc(at).radius / 2
    assert first < F(1, 2)
    here = at * (1 - first)
    kernel = (1 + F(1, 10**5)) / exactly(shape, here) * shape
    assert exactly(kernel, here) > 1
    assert exactly(kernel, at * (1 - ranges._end(kernel, at))) < 1


# In 64 pieces of the angle: at their ends, in the middle, in either half.
@pytest.mark.parametrize("pieces", [0.02, 63.98, 10.5, 20.0, 30.2, 50.9])
def test_no_angle_is_left_out(pieces: float) -> None:
    start = F(1, 100)
    low = math.acos(1 - start)
    at = F(math.cos(low + pieces / 64 * (math.pi - 2 * low)))
    kernel = F(1, 2) + F(6, 10) * peak(at, F(1, 400))
    with pytest.raises(TooLargeError):
        ranges._between(kernel, [start, start])


@pytest.mark.parametrize(("at", "starts"), [("0.95", ("0.04", "1")), ("-0.95", ("1", "0.04"))])
def test_the_rest_is_what_either_end_leaves(at: str, starts: tuple[str, str]) -> None:
    kernel = F(1, 2) + F(9, 10) * peak(at, F(1, 100))
    first, last = map(F, starts)
    with pytest.raises(TooLargeError):
        ranges._between(kernel, [first, last])
    ranges._between(kernel, [max(first, F(1, 10)), max(last, F(1, 10))])


@pytest.mark.parametrize("starts", [("0.04", "1"), ("0.5", "0.3")])
@pytest.mark.parametrize("at", [1, -1])
def test_the_last_angle_counts(at: int, starts: tuple[str, str]) -> None:
    first, last = map(F, starts)
    with mp.workdps(30):
        start = float(first if at == 1 else last)
        scale = F(int(10**25 * mp.exp(start)), 10**25)
    kernel = scale * (ks.exponential() @ (at * u))  # 1 where the end leaves off, and falls from there
    ranges._between((1 - F(1, 10**6)) * kernel, [first, last])
    with pytest.raises(REFUSED):
        ranges._between((1 + F(1, 10**6)) * kernel, [first, last])


@pytest.mark.parametrize("radius", [F(19, 10), F(9, 10), F(1, 400)])
def test_angles_leave_no_gap(radius: Fraction) -> None:
    with mp.workdps(40):
        for halvings in range(1, 31):
            start = radius / 2**halvings
            angle = ranges._angle_below(start)
            covered = 2 * mp.sin(mp.mpf(angle.numerator) / angle.denominator / 2) ** 2
            exact = mp.mpf(start.numerator) / start.denominator
            assert exact * (1 - mp.mpf(10) ** -8) < covered < exact


# -- which values are reached ------------------------------------------------------------------------------------------


def test_a_value_that_balls_do_not_tell_from_minus_1_is_reached() -> None:
    inner = ks.dual("erf").normalized()  # arcsin(2u/3)/arcsin(2/3): odd, so -1 at u = -1
    assert contacts(inner) == Contacts(frozenset({1}), frozenset({-1}), frozenset())
    assert (ks.arccos(0) @ inner).singular == {1, -1}


def test_a_coefficient_that_balls_do_not_tell_has_no_sign() -> None:
    with mp.workdps(80):
        first = F(int(mp.exp(-1) * 10**60) + 1, 10**60)  # of e^{u-1}, rounded up
    assert (ks.exponential() - first).series_sign == 0
    assert (ks.exponential() - first + F(1, 10**20)).series_sign == 1


def test_a_coefficient_that_is_its_bound_is_large_enough() -> None:
    """Of a polynomial, whose coefficients are exact: u^2/2 - u^2/2 + u has no negative one."""
    kernel = F(1, 2) * u**2 + u
    assert ball_values.coefficient_at_least(kernel, 2, F(1, 2))
    assert not ball_values.coefficient_at_least(kernel, 2, F(1, 2) + TINY)
    assert (0.5 * (u @ u) * u + u - 0.5 * u**2).series_sign == 1


def test_a_zero_that_balls_do_not_tell_from_1_counts() -> None:
    """1 - kappa = (1 - u)(1 - 1e-50 - u)/4 is negative between 1 - 1e-50 and 1 alone."""
    kernel = 1 - F(1, 4) * t * (1 - F(1, 10**50) - u)
    with pytest.raises(REFUSED):
        contacts(kernel)
    assert contacts(1 - F(1, 4) * t * (1 + F(1, 10**50) - u)).inside == frozenset()


def test_coefficients_that_are_not_computed_have_no_sign() -> None:
    assert (ks.exponential() - ks.polynomial(100)).series_sign == 0
    assert (ks.exponential() - F(1, 10**20) * ks.polynomial(3)).series_sign == 1


@dataclass(frozen=True, repr=False)
class Wave(Zonal):
    """cos 2 theta, of which a user says no more than that it is bounded."""

    bounded = True

    def pair(self, point: Point) -> ks.Pair:
        one = point.arithmetic.number(F(1))
        return ks.Pair(one - 2 * point.delta * point.codelta, 2 * point.delta * point.codelta, one)

    def text(self) -> str:
        return "wave()"


def test_what_a_layer_reaches_inside_counts() -> None:
    inner = Wave() @ (F(1, 2) * u)  # -1 at u = 0
    assert (ks.arccos(0) @ inner).singular == {1, -1, 0}


def test_the_ends_of_a_layer_are_told_apart() -> None:
    first = Contacts(frozenset({1}), frozenset({-1}), frozenset())
    outer = Contacts(frozenset({-1}), frozenset(), frozenset())
    assert first.through(outer) == Contacts(frozenset({-1}), frozenset(), frozenset())
    mirrored = Contacts(frozenset({-1}), frozenset({1}), frozenset())
    assert mirrored.through(outer) == Contacts(frozenset(), frozenset({-1}), frozenset())


# -- layers that leave [-1, 1] by themselves ---------------------------------------------------------------------------


def test_a_layer_is_bounded_by_what_is_inside() -> None:
    # sqrt(1 - u) is sqrt(2) at u = -1, which the kernel inside does not reach
    inner = ks.defect_power(F(1, 2)) @ (F(1, 2) * ks.exponential())
    kernel = ks.arccos(0) @ inner
    assert kernel.singular == frozenset()
    assert ks.laplace() @ kernel


def test_a_layer_that_is_too_large_where_it_is_read_is_refused() -> None:
    with pytest.raises(TooLargeError, match=r"defect_power\(0.5\)@.* reaches 1.22474 at u = -1"):
        ks.arccos(0) @ (ks.defect_power(F(1, 2)) @ (F(1, 2) * u))


@pytest.mark.parametrize("outer", [ks.arccos(0), ks.laplace()], ids=repr)
def test_singular_places_behind_a_layer_of_any_size(outer: Zonal) -> None:
    inner = ks.ntk(2) @ (F(1, 4) * ks.arccos(1))  # ntk(2) is 2 at u = 1, and 0.63 at 1/4
    assert (outer @ inner).singular == {1, -1}


# -- kernels that balls do not read, and series that are cut off -------------------------------------------------------

ELU = ks.dual("elu")  # kappa(1) = 0.64


@pytest.mark.parametrize("inner", [ELU / 8, -ELU / 8, 3 * ELU / 16 - F(7, 32), (u + ELU) / 2], ids=repr)
def test_multiples_of_a_kinked_dual_are_read(inner: Zonal) -> None:
    assert (ks.arccos(0) @ inner).singular == {1, -1}


def test_a_normalised_kinked_dual_reaches_1_at_its_end_alone() -> None:
    assert contacts(ELU.normalized()) == Contacts(frozenset({1}), frozenset(), frozenset())


def test_kinked_duals_that_are_too_large_are_refuted() -> None:
    with pytest.raises(TooLargeError, match=r"reaches 1\.28989 at u = 1 "):
        ks.arccos(0) @ (2 * ELU)
    with pytest.raises(TooLargeError, match=r"at u = -1 "):
        ks.arccos(0) @ (u / 2 + ELU / 4 - F(6, 10))
    with pytest.raises(NotShownError, match="could not be shown"):
        ks.arccos(0) @ (F(3, 2) * ks.dual("relu6") - u)
    assert (ks.arccos(0) @ (F(3, 2) * ELU - u)).singular <= {1, -1}  # balls show that it stays inside


@pytest.mark.parametrize("at", [F(1), F(9, 10), F(1, 2), F(0), F(-2, 3), F(-1)])
def test_values_of_a_kinked_dual_hold_the_true_ones(at: Fraction) -> None:
    ball = ball_values.value_at(ELU, at)
    middle, radius = (F(int(x[0])) * F(2) ** int(x[1]) for x in (ball.mid().man_exp(), ball.rad().man_exp()))
    assert abs(exactly(ELU, at) - middle) <= radius + F(1, 10**45)
    assert radius < F(1, 100)


def test_the_first_coefficient_alone_is_the_first_of_two() -> None:
    assert abs(ELU.taylor(1)[0] - ELU.taylor(2)[0]) < 1e-25
    assert float(ELU.taylor(1)[0]) == pytest.approx(float(ELU(0.0)), rel=1e-14)


def test_what_a_cut_off_series_misses_counts() -> None:
    kernel = ks.dual(np.tanh)
    missing = F(kernel.truncation)
    assert F(1, 10**12) < missing < F(1, 10**9)
    one = exactly(kernel, F(1))
    for scale in ((1 - missing) / one, -(1 - missing) / one, (1 + missing / 10) / one):
        with pytest.raises(NotShownError):  # nor is it refuted
            ks.exponential() @ (scale * kernel)
    assert ks.exponential() @ ((1 - 3 * missing) / one * kernel)
    with pytest.raises(TooLargeError):
        ks.exponential() @ ((1 + 3 * missing) / one * kernel)


def test_a_series_that_is_cut_off_has_no_coefficients_to_compare() -> None:
    inner = ks.dual("tanh") / 8 - u / 4
    assert inner.series_sign == 0
    assert (ks.arccos(0) @ inner).singular == {1, -1}


# -- bounds ------------------------------------------------------------------------------------------------------------


def test_bounds_are_rounded_upward() -> None:
    for middle, radius in itertools.product((F(1), F(1, 3), F(-7, 5)), (F(0), F(1, 4), F(1, 10**18))):
        x = flint.arb(flint.fmpq(middle.numerator, middle.denominator), float(radius))
        bound = ball_values.upper(x)
        assert bound is not None
        assert abs(middle) + radius < bound < (abs(middle) + radius) * (1 + F(1, 10**8))
