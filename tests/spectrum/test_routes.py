"""The routes of a spectrum in floats one by one: values, and errors that are no smaller than what is off."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
from flint import arb, fmpq

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.piecewise import PiecewiseDual
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.precision import precision
from kernelspec.spectrum import branch_jumps, contour, taylor
from kernelspec.spectrum.ball_route import BallRoute
from kernelspec.spectrum.branch_cut import BranchCutRoute, _barycentric, _compared
from kernelspec.spectrum.contour import legs_and_bottom
from kernelspec.spectrum.eigenvalue_arrays import EPS, Values, are_lost, combine, from_logs, without_lost
from kernelspec.spectrum.expansion_route import ExpansionRoute
from kernelspec.spectrum.fallbacks import repaired
from kernelspec.spectrum.radial import RadialRoute
from kernelspec.spectrum.route import Answer
from kernelspec.spectrum.taylor import FastTaylorRoute, TaylorRoute
from oracle.mpmath_values import power_eigenvalue

HALF = Fraction(1, 2)
P = ks.parse


def value(*columns: float) -> Values:
    """One eigenvalue: value, logarithm, sign, error."""
    return Values(*(np.array([x]) for x in columns))


def ordinary(x: float, error: float) -> Values:
    return value(x, math.log(abs(x)), math.copysign(1, x), error)


def off(found: Value, exact: Value) -> float:
    """|found/exact - 1|, exact a ball or a number of mpmath."""
    if isinstance(exact, arb):
        with flint.ctx.workprec(128):
            return float(abs(arb(float(found)) / exact - 1).upper())
    with mp.workdps(30):
        return float(abs(mp.mpf(float(found)) / exact - 1))


# -- values --------------------------------------------------------------------------------------------------------


def test_what_cancels_is_in_the_error() -> None:
    """1 - (1 - 2^-30), each known to 2^-50."""
    parts = [(1.0, ordinary(1.0, 2.0**-50)), (-1.0, ordinary(1 - 2.0**-30, 2.0**-50))]
    found = combine(parts)
    assert found.value[0] == 2.0**-30
    assert 2.0**-19 <= found.error[0] <= 2.0**-18


def test_the_rounding_of_a_sum_is_in_its_error() -> None:
    exact = [(3.0, ordinary(1.0, 0.0)), (1.0, ordinary(0.1, 0.0))]
    assert EPS <= combine(exact).error[0] <= 4 * EPS
    # Below the floats logarithms are added, whose rounding is larger.
    small = [(3.0, value(0.0, -2000.0, 1.0, 0.0)), (1.0, value(0.0, -2001.0, 1.0, 0.0))]
    assert 1900 * EPS <= combine(small).error[0] <= 8000 * EPS
    least = [(1.0, value(math.exp(-t), -t, 1.0, 0.0)) for t in (720.0, 721.0)]  # few digits
    assert 600 * EPS <= combine(least).error[0] <= 3000 * EPS


def test_exact_zeros_are_zeros_in_every_column() -> None:
    found = from_logs(np.array([0.0, 1.0]), np.array([3.0, 3.0]), np.array([0.5, 0.5]))
    assert [list(part) for part in found] == [
        [0.0, math.exp(3.0)], [-math.inf, 3.0], [0.0, 1.0], [0.0, 0.5]
    ]  # fmt: skip


def test_six_digits_are_what_a_value_has() -> None:
    few = Values(np.ones(2), np.zeros(2), np.ones(2), np.array([0.9e-6, 1.1e-6]))
    with pytest.warns(RuntimeWarning, match="1 eigenvalues"):
        found = without_lost(few, "a spectrum")
    assert np.isnan(found.value).tolist() == [False, True]
    assert np.isnan(found.sign).tolist() == np.isnan(found.log_abs).tolist() == [False, True]
    logs = np.array([-1e11, -1e11])  # of which a float leaves 2e-5, and 4e-5 twice
    huge = Values(np.zeros(2), logs, np.ones(2), np.array([5e-5, 1e-4]))
    assert are_lost(huge).tolist() == [False, True]


# -- the branch cut -------------------------------------------------------------------------------------------------


def test_another_contour_counts_twice_beyond_its_own_rounding() -> None:
    found = tuple(np.array([x]) for x in (1.0, 0.0, 1.0, 1e-15))
    for log, sign, wanted in ((1e-9, 1.0, 1e-15 + 2 * (1e-9 - 1e-12)), (5e-13, 1.0, 1e-15), (0.0, -1.0, 2.0)):
        other = tuple(np.array([x]) for x in (0.0, log, sign, 1e-12))
        assert _compared(found, other)[0] == pytest.approx(wanted, rel=1e-6)


def test_an_interpolant_is_its_values_at_its_nodes() -> None:
    points = np.cos(np.pi * (np.arange(5) + 0.5) / 5)
    values = np.array([[3.0, -1.0, 4.0, 1.0, 5.0]])
    np.testing.assert_array_equal(_barycentric(points, values, points), values)
    cubic = _barycentric(points, points[None] ** 3, np.array([0.25]))
    np.testing.assert_allclose(cubic, [[0.25**3]], rtol=1e-14)


def test_the_rounding_of_logarithms_is_in_the_error_of_an_interpolant() -> None:
    found = BranchCutRoute(ks.rf(3)).values(90, np.arange(1024, 1152, 2))
    assert np.all(found.log_abs < -200)
    assert np.all(found.error >= EPS * (192 + 3 * np.abs(found.log_abs)))


def test_what_falls_fast_is_interpolated_all_the_same() -> None:
    """kappa_9 falls by k^-19, (1-u)^(1/2) by k^-2: by 2^17 more over an octave."""
    kernel, k = ks.arccos(9), np.arange(128, 256, 2)
    found = BranchCutRoute(kernel).values(3, k)
    assert np.all(found.error < 1e-12)
    exact = kernel.spectrum(3)(k)
    np.testing.assert_allclose(found.value, exact, rtol=1e-12)


def test_which_compositions_add_up() -> None:
    assert ks.rf(4).adds_up and (2 * ks.rf(4)).adds_up
    assert not (ks.exponential(1) @ ks.arccos(1)).adds_up
    assert not (ks.arccos(1) - ks.arccos(3)).adds_up


# -- closed forms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nu", [HALF, Fraction(7, 3), Fraction(41, 2)])
@pytest.mark.parametrize("d", [2, 5, 60])
def test_errors_of_powers_are_no_smaller_than_what_is_off(nu: Fraction, d: int) -> None:
    s = ks.defect_power(nu).spectrum(d)
    k = np.array([30, 47, 300, 4001, 10**5, 10**7 + 1])
    errors = s.error(k)
    with mp.workdps(40):
        for degree, found, error in zip(k.tolist(), s(k), errors, strict=True):
            exact = power_eigenvalue(d, mp.mpf(nu.numerator) / nu.denominator, degree)
            if abs(exact) > 1e-290:
                assert off(found, exact) <= error
    assert errors.max() < 1e-12


def legendre(degree: int) -> Zonal:
    """P_degree as a sum of monomials, exactly."""
    terms = []
    for j in range(degree // 2 + 1):
        c = Fraction((-1) ** j * math.comb(degree, j) * math.comb(2 * degree - 2 * j, degree), 2**degree)
        terms.append(c * ks.polynomial(degree - 2 * j))
    return sum(terms[1:], terms[0])


@pytest.mark.parametrize("degree", [12, 31])
def test_polynomials_that_cancel_are_added_exactly(degree: int) -> None:
    s = legendre(degree).spectrum(3)
    low = np.arange(degree)
    assert np.all(s(low) == 0) and np.all(s.error(low) == 0)
    assert off(s[degree], mp.mpf(1) / (2 * degree + 1)) < 1e-14
    assert s[degree + 2] == 0


@pytest.mark.parametrize(
    "text",
    [
        "sine_power(1/2)*(1-polynomial(2))**2",
        "sine_power(1/2)*(1-polynomial(2))**3*linear()",
        "sine_power(0)*sine_power(0)*arccos(1)",
        "sine_power(0)**3*arccos(0)",
        "linear()*arccos(0)",
        "linear()*arccos(1)",
        "linear()*defect_power(1/2)",
        "arccos(4)",
        "arccos(7)",
    ],
)
@pytest.mark.parametrize("d", [2, 3, 6])
def test_closed_forms_of_products_against_balls(text: str, d: int) -> None:
    from kernelspec.spectrum.angular_quadrature import Quadrature

    kernel = P(text)
    s, rule = kernel.spectrum(d), Quadrature(kernel)
    for parity in (0, 1):
        degrees = [parity, parity + 2, parity + 4, parity + 10]
        with flint.ctx.workprec(200):
            values = rule.values(d, parity, degrees, 100.0)
        for k, mu in zip(degrees, values, strict=True):
            if mu.contains(0):
                assert abs(s[k]) < 1e-25
            else:
                assert off(s[k], mu) < 1e-13
            try:
                exact = s.exact(k)
            except NotImplementedError:
                continue
            assert abs(float(exact.evalf(25)) - float(mu)) <= 1e-13 * abs(float(mu)) + 1e-25


@pytest.mark.parametrize("name", ["exp", "sin", "cos"])
def test_exact_duals_against_their_floats(name: str) -> None:
    s = ks.dual(name).spectrum(4)
    for k in range(5):
        assert float(s.exact(k).evalf(20)) == pytest.approx(s[k], rel=1e-13, abs=1e-300)
    total = sum(s.multiplicity(k) * s[k] for k in range(30))
    assert total == pytest.approx(ks.dual(name)(1.0), rel=1e-12, abs=0)


# -- Taylor series -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "d", "k"),
    [
        (ks.dual("gelu"), 3, 6),
        (ks.dual("erf"), 4, 11),
        (ks.rf(3), 80, 4),  # on the edge of convergence
        (ks.laplace(1, Fraction(3, 4)), 60, 3),
        (ks.exponential() - ks.exponential(1.0001), 4, 1),
    ],
    ids=str,
)
def test_the_taylor_series_is_right_to_its_stated_error(kernel: Zonal, d: int, k: int) -> None:
    found = TaylorRoute(kernel).values(d, np.array([k]))
    exact = kernel.spectrum(d).certified(k, 25)
    assert off(found.value[0], exact) <= found.error[0] < 1e-9
    assert off(found.value[0], exact) < 1e-11


@pytest.mark.parametrize("y", [Fraction(110, 907), Fraction(998, 8229), Fraction(3271, 26971)])
def test_what_cancels_between_taylor_coefficients_is_in_the_error(y: Fraction) -> None:
    """Coefficients of both signs whose sum over the degrees is 1e-6, 1e-8 or 1e-10 of them."""
    kernel = ks.exponential() @ (Fraction(1, 2) * ks.linear() - y * ks.polynomial(2))
    found = TaylorRoute(kernel).values(4, np.array([2]))
    wrong = off(found.value[0], kernel.spectrum(4).certified(2, 25))
    assert 1e-12 < wrong <= found.error[0] < 1e-5


@pytest.mark.parametrize(("d", "k", "j"), [(20, 0, 40), (20, 6, 100), (7, 3, 60), (300, 2, 700)])
def test_the_rest_of_a_series_on_the_edge_of_convergence(d: int, k: int, j: int) -> None:
    """mu_k(u^m) summed over m = k + 2j, k + 2j + 2, ..., against its bound."""
    with mp.workdps(20):
        half = mp.mpf(d) / 2

        def moment(i: Any) -> Any:
            m = k + 2 * i
            return mp.exp(mp.loggamma(m + 1) + mp.loggamma(half) - m * mp.log(2) - mp.loggamma(i + 1)
                          - mp.loggamma(k + i + half))  # fmt: skip

        exact = float(mp.log(mp.nsum(moment, [j, mp.inf])))
    found = taylor._log_rest(d, k, j)
    assert exact <= found + 1e-9 and found < exact + 1.5


def test_small_coefficients_are_not_taken_for_zero() -> None:
    """1 + 10^-40 u^3: the coefficient counts, as nothing else is odd."""
    kernel = ks.dual("exp") @ (Fraction(1, 2) * ks.linear()) + Fraction(1, 10**40) * ks.polynomial(3)
    assert TaylorRoute(kernel).values(4, np.array([3])).sign[0] == 1
    tiny = Fraction(1, 10**40) * (ks.dual("erf") @ ks.polynomial(3)) + ks.dual("erf") @ ks.polynomial(2)
    found = TaylorRoute(tiny).values(3, np.array([3]))
    assert off(found.value[0], tiny.spectrum(3).certified(3, 20)) <= max(float(found.error[0]), 1e-9)


def test_a_small_coefficient_is_seen_behind_others_that_cancel() -> None:
    """An even kernel whose odd coefficients are differences of equal balls, and 10^-60 u^3."""
    even = ks.dual("exp") + ks.dual("exp") @ -ks.linear()
    kernel = even + Fraction(1, 10**60) * ks.polynomial(3)
    found = TaylorRoute(kernel).values(4, np.array([1, 3, 5]))
    exact = [1e-60 * float(ks.sphere.monomial_eigenvalue_exact(4, 3, k)) for k in (1, 3, 5)]
    assert found.value == pytest.approx(exact, rel=1e-12, abs=0)
    assert found.sign.tolist() == [1, 1, 0]


def test_a_degree_beyond_the_series_has_a_bound_and_no_value() -> None:
    found = TaylorRoute(ks.dual("gelu")).values(3, np.array([taylor.LARGEST_DEGREE + 1]))
    assert (found.sign[0], found.value[0], found.error[0]) == (0, 0, 1)
    assert -1e5 < found.log_abs[0] < -1000


# -- the branch cut, and what replaces it --------------------------------------------------------------------------


def near_singularity(weight: Fraction) -> Zonal:
    """laplace() and `weight` times a kernel that is singular where 0.82 (1 - u^2) = 1: theta = pi/2 + 0.45i."""
    inner = Fraction(82, 100) * (1 - ks.polynomial(2))
    return ks.laplace() + weight * (ks.arccos(1) @ inner)


def test_a_value_is_replaced_by_one_that_is_known_better(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, k = ks.ntk(3), np.array([4, 5, 6])
    right = kernel.spectrum(4).values(k)
    # What is known to 1e-3, not at all, and well enough.
    errors, signs = np.array([1e-3, 1e-15, 1e-15]), np.array([1.0, 0.0, 1.0])
    found = Values(right.value * 1.001, right.log_abs, signs, errors)
    mended = repaired(kernel, 4, k, Answer(found, ())).values
    assert mended.value[:2] == pytest.approx(right.value[:2], rel=1e-12, abs=0)
    assert mended.value[2] == found.value[2] and np.all(mended.error < 1e-12)
    worse = Values(right.value * 2, right.log_abs, right.sign, np.full(3, 0.5))
    for route in (BranchCutRoute, FastTaylorRoute, ExpansionRoute, BallRoute):
        monkeypatch.setattr(route, "values", lambda self, d, k: Values(*(p[:1] for p in worse)))
    kept = repaired(kernel, 4, k[:1], Answer(Values(*(part[:1] for part in found)), ())).values
    assert kept.value[0] == found.value[0] and kept.error[0] == 1e-3


def test_degrees_are_not_interpolated_where_the_bottom_counts() -> None:
    """Below a near singularity the contour is low, so that its bottom counts for k = 128, too."""
    kernel = near_singularity(Fraction(1))
    found = BranchCutRoute(kernel).values(20, np.arange(128, 256))
    for k in (128, 129, 131):
        exact = kernel.spectrum(20).certified(k, 20)
        assert off(found.value[k - 128], exact) <= found.error[k - 128] < 1e-12


def test_a_weak_singularity_inside_is_seen() -> None:
    kernel = near_singularity(Fraction(1, 10**6))
    found = BranchCutRoute(kernel).values(4, np.array([2, 6, 10]))
    for i, k in enumerate((2, 6, 10)):
        assert off(found.value[i], kernel.spectrum(4).certified(k, 20)) <= found.error[i] < 1e-11


@pytest.mark.parametrize("text", ["rf(3)", "laplace()", "ntk(3)", "arccos(0)@(0.5*linear() - 0.5)"])
@pytest.mark.parametrize("d", [2, 3, 5, 40])
def test_the_branch_cut_is_right_to_its_stated_error(text: str, d: int) -> None:
    s = P(text).spectrum(d)
    k = np.array([0, 1, 2, 7, 30])
    for degree, found, error in zip(k.tolist(), s(k), s.error(k), strict=True):
        assert off(found, s.certified(degree, 20)) <= error < 1e-9


def test_parities_of_the_legs_and_of_their_balls_agree() -> None:
    kernel = P("rf(3)")
    (piece,) = branch_jumps.read_legs(kernel, 6, 0.01, 0.3)
    for parity in (0, 1):
        (a, _), (b, _) = (piece.jump(parity, in_balls) for in_balls in (False, True))
        assert np.allclose(a, b, rtol=1e-10)
    right, left = piece.right, piece.left
    assert np.allclose(piece.jump(1, False)[0] - piece.jump(0, False)[0], 2 * left)
    assert np.allclose(piece.jump(1, False)[0] + piece.jump(0, False)[0], 2 * right)


def test_a_second_contour_that_differs_is_in_the_error() -> None:
    one, other = (np.array(x) for x in ([0.0, -1.0, 1.0, 1e-15], [0.0, -1.0 + 1e-6, 1.0, 1e-15]))
    assert 1.9e-6 < _compared(one, other) < 2.1e-6
    assert _compared(one, np.array([0.0, -1.0, -1.0, 1e-15])) >= 1
    assert _compared(one, np.array([0.0, -1.0 + 1e-6, 1.0, 1e-3])) == 1e-15


@pytest.mark.parametrize("text", ["ntk(3)", "laplace() - 0.9*laplace(c=1.1)"])
@pytest.mark.parametrize("d", [3, 30])
def test_the_expansion_as_a_route_is_right_to_its_stated_error(text: str, d: int) -> None:
    kernel = P(text)
    k = np.array([40, 41, 150, 151])
    found = ExpansionRoute(kernel).values(d, k)
    known = found.error < 1e-3
    assert known.any()
    for degree, mu, error in zip(k[known].tolist(), found.value[known], found.error[known], strict=True):
        assert off(mu, kernel.spectrum(d).certified(degree, 15)) <= error


# -- piecewise duals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "d"), [("elu", 3), ("selu", 12)])
def test_piecewise_duals_by_jumps_and_by_the_expansion(name: str, d: int) -> None:
    """At one degree, each to its stated error."""
    kernel = ks.dual(name)
    assert isinstance(kernel, PiecewiseDual)
    route, k = RadialRoute(kernel), np.array([1200, 1201])
    (near, doubt), (far, more) = route._middle(d, k), route._large(d, k)
    assert np.all(np.abs(near - far) <= doubt + more)
    assert np.all(doubt + more < 1e-8)


def test_the_expansion_of_a_piecewise_dual_states_what_it_leaves_out() -> None:
    """At low degrees in a high dimension, where ten terms leave 1e-7: more than rounding, and less than it says."""
    kernel, k = ks.dual("elu"), np.array([20, 21])
    assert isinstance(kernel, PiecewiseDual)
    route = RadialRoute(kernel)
    (near, doubt), (far, error) = route._middle(50, k), route._large(50, k)
    assert np.all(1e-9 < np.abs(near - far)) and np.all(np.abs(near - far) <= error + doubt)
    assert np.all(error < 100 * np.abs(near - far))


@pytest.mark.parametrize("d", [3, 5])
def test_a_power_at_the_edge_of_integrability_is_refused(d: int) -> None:
    edge = Fraction(1 - d, 2)
    for kernel in (ks.defect_power(edge), ks.sine_power(edge)):
        with pytest.raises(ValueError, match="is not integrable"):
            kernel.spectrum(d)[2]
    assert ks.defect_power(edge + Fraction(1, 100)).spectrum(d)[2] > 0


def test_integrals_that_are_kept_are_those_of_their_contour() -> None:
    route = BranchCutRoute(ks.ntk(3))
    asked = [(3, 40.0, 0, 1.4, 20), (3, 40.0, 0, 0.9, 20), (3, 40.0, 0, 1.4, 18)]
    asked += [(4, 40.0, 0, 1.4, 20), (3, 41.0, 0, 1.4, 20), (3, 40.0, 1, 1.4, 20)]
    kept = [route._parts(*one) for one in asked]
    for (d, k, parity, height, order), found in zip(asked, kept, strict=True):
        assert found == legs_and_bottom(route.contour(height, order), d, k, parity)
    assert len(set(kept)) == len(kept)


def test_a_bottom_that_its_nodes_do_not_resolve_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    low = BranchCutRoute(ks.rf(3)).contour(0.3)
    assert legs_and_bottom(low, 3, 60, 0)[3] < math.inf
    monkeypatch.setattr(contour, "_BOTTOM_LARGEST", 96)
    assert legs_and_bottom(low, 3, 60, 0)[3] == math.inf


# -- the Taylor route: what cancels, and what is small -------------------------------------------------------


class _Entire:
    """What `TaylorRoute` reads of an entire kernel: its coefficients at any number of digits, and its values."""

    radius, series_sign = math.inf, 0

    def __init__(self, coefficients: Callable[[int], Any], function: Callable[[Any], Any]) -> None:
        self.coefficients, self.function = coefficients, function

    def taylor(self, length: int, digits: int) -> list[Any]:
        return [self.coefficients(digits)(m) for m in range(length)]

    def pair(self, point: Any) -> ks.Pair:
        found = self.function(point.u)
        return ks.Pair(found, self.function(1.0) - found, self.function(1.0))


def _route(coefficients: Callable[[int], Any], function: Callable[[Any], Any]) -> TaylorRoute:
    kernel: Any = _Entire(coefficients, function)
    return TaylorRoute(kernel)


def test_the_error_counts_what_cancels() -> None:
    # cos(20 u) on S^2: mu_0 = sin(20)/20, from terms of some 10^7.
    def cosine(m: int) -> Any:
        return arb(fmpq((-1) ** (m // 2) * 20**m, math.factorial(m))) if m % 2 == 0 else arb(0)

    with precision(400):
        found = _route(lambda digits: cosine, lambda u: np.cos(20 * u)).values(3, np.array([0]))
    off = abs(found.value[0] - math.sin(20) / 20) / abs(math.sin(20) / 20)
    assert 1e-12 < off <= found.error[0] < 1e-5


def test_a_small_coefficient_is_asked_for_with_more_digits() -> None:
    # 1 + 10^-40 u^2, of which 30 digits see no more than that the second is small: mu_2 = 2/15 10^-40.
    def at(digits: int) -> Callable[[int], Any]:
        small = arb(fmpq(1, 10**40)) if digits > 45 else arb(0, 1e-35)
        return lambda m: {0: arb(1), 2: small}.get(m, arb(0))

    with precision(400):
        found = _route(at, lambda u: 1 + 1e-40 * u**2).values(3, np.array([2]))
    assert found.log_abs[0] == pytest.approx(math.log(2 / 15) - 40 * math.log(10), rel=1e-14, abs=0)
