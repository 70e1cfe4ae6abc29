"""Functions that are written as sums and are another function: norms and membership see what they are."""

import math
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.numbers.exact_numbers import ball
from kernelspec.numbers.precision import precision
from kernelspec.numbers.rational import rational_root
from kernelspec.rkhs import Space, abs_power, polynomial, relu, ridge, step
from kernelspec.rkhs.degree_series import DegreeSeries

THIRD = Fraction(1, 3)
AXIS, BACK = [1, 0, 0], [-1, 0, 0]
LONGER = [1.0000000000000002, 0, 0]  # a unit vector up to rounding, of the same direction


@pytest.mark.parametrize(
    ("f", "same"),
    [
        (ridge(step(THIRD), AXIS) + ridge(step(-THIRD), BACK), "1"),
        (ridge(step(-THIRD), AXIS) - ridge(step(-THIRD), AXIS), "0"),
        (ridge(relu(1), AXIS) - ridge(abs_power(1), AXIS) / 2, "x1/2"),
        (ridge(relu(3), AXIS) - ridge(relu(3), BACK), "x1**3"),
        (ridge(abs_power(4), AXIS), "x1**4"),
        (ridge(relu(0), LONGER) - ridge(relu(0), AXIS), "0"),
        (ridge(relu(1), LONGER) - ridge(relu(1), AXIS), "0"),
        (ridge(ks.ntk(3), LONGER) - ridge(ks.ntk(3), AXIS), "0"),
        (ridge(ks.polynomial(2), AXIS) - polynomial("x1**2", 3), "0"),
        (ridge(ks.polynomial(3), [Fraction(3, 5), Fraction(4, 5), 0]), "(3*x1 + 4*x2)**3/125"),
        (
            ridge(ks.polynomial(2), AXIS) + ridge(ks.polynomial(2), [Fraction(3, 5), Fraction(4, 5), 0]),
            "x1**2 + (3*x1 + 4*x2)**2/25",
        ),
        (ridge(ks.polynomial(3), [1, 0, 0]) + polynomial("x1*x2**2 + x1*x3**2", 3), "x1"),
    ],
)
def test_the_same_function(f: Any, same: Any) -> None:
    H, g = Space(ks.ntk(3), 3), polynomial(same, 3)
    assert H.contains(f).member is True
    assert H.norm(f) == pytest.approx(H.norm(g), rel=1e-15)
    assert (H.norm(f, digits=40) - H.norm(g, digits=40)).contains(0)
    assert H.norm(f - g) == 0
    assert abs(H.inner(f, -g) + H.norm(g) ** 2) < 1e-15


def test_the_odd_part_of_a_power() -> None:
    """max(0, u)^2 - u^2/2 is u|u|/2."""
    H = Space(ks.ntk(3), 3)
    odd = ridge(relu(2), AXIS) - ridge(abs_power(2), AXIS) / 2
    assert H.norm(odd) == pytest.approx(H.norm(ridge(relu(2), AXIS) - ridge(relu(2), BACK)) / 2, rel=1e-15)


def test_multiples_of_one_direction() -> None:
    H = Space(ks.ntk(3), 3)
    assert H.norm(ridge(ks.ntk(3), LONGER) + ridge(ks.ntk(3), AXIS)) ** 2 == pytest.approx(12, rel=1e-15)


@pytest.mark.parametrize("distance", [Fraction(1, 10**4), Fraction(1, 10**16)])
def test_directions_that_are_near(distance: Any) -> None:
    """|k(w, .) - k(v, .)|^2 = 2 kappa(1) - 2 kappa(<w, v>)."""
    k, c = ks.laplace(), 1 + distance**2
    v = [(1 - distance**2) / c, 2 * distance / c, 0]
    f = ridge(k, AXIS) - ridge(k, v)
    H = Space(k, 3)
    with precision(400):
        true = (2 - 2 * (-(1 - ball(v[0])).sqrt()).exp()).sqrt()
        assert (H.norm(f, digits=15) - true).contains(0)
    assert H.norm(f) == pytest.approx(float(true), rel=1e-15)
    assert H.inner(ridge(k, AXIS), -ridge(k, v)) == pytest.approx(float(true**2 / 2) - 1, rel=1e-15)


def test_jumps_on_the_circle() -> None:
    """Two arcs side by side are one arc: jumps of three directions cancel."""
    H = Space(ks.ntk(3), 2)
    a, b = Fraction(4, 5), Fraction(3, 5)
    both = ridge(step(a), [a, b]) + ridge(step(a), [a, -b])
    whole = ridge(step(a * a - b * b), [1, 0])
    assert H.contains(both - whole).member is None  # it is 0
    assert "cancel" in H.contains(both - whole).why
    assert H.contains(both - 2 * whole).member is False
    assert H.contains(both).member is False
    half = ridge(step(0), [1, 0]) - ridge(step(b), [a, -b]) - ridge(step(a), [b, a])
    assert H.contains(half).member is None
    assert H.contains(half + ridge(step(THIRD), [1, 0])).member is False
    assert H.contains(both - ridge(step(Fraction(7, 25) + Fraction(1, 10**20)), [1, 0])).member is False
    assert Space(ks.ntk(3), 3).contains(
        ridge(step(a), [a, b, 0]) + ridge(step(a), [a, -b, 0]) - ridge(step(Fraction(7, 25)), AXIS)
    ).member is False  # fmt: skip


def test_rounding_in_an_inverse() -> None:
    """1/y of a series whose coefficients are rounded holds at every x."""
    with precision(40):
        y = DegreeSeries(Fraction(2), Fraction(1), (ball(THIRD), ball(Fraction(1, 7))), ball(0), Fraction(10))
        inverse = y.reciprocal()
    with precision(200):
        for x in (Fraction(10), Fraction(10**4), Fraction(10**9)):
            assert (inverse.at(x) * (ball(THIRD) + ball(Fraction(1, 7)) / ball(x)) / ball(x) ** 2 - 1).contains(0)


def test_rational_roots() -> None:
    assert rational_root(Fraction(9, 16)) == Fraction(3, 4) and rational_root(Fraction(0)) == 0
    assert rational_root(Fraction(2)) is None and rational_root(Fraction(1, 2)) is None
    assert rational_root(Fraction(10**60 + 1)) is None and math.isqrt(10**60) == 10**30


@pytest.mark.parametrize(
    "kernel", [ks.rational_quadratic(), ks.exponential() + ks.exponential(3), ks.arccos(35) + ks.arccos(36)], ids=repr
)
def test_functions_of_kernels_without_bounds(kernel: Any) -> None:
    """|k(w, .) - 2 k(v, .) + p|^2 by the reproducing property."""
    H, p = Space(kernel, 3), polynomial("x1**2 - x2", 3)
    f = ridge(kernel, AXIS) - 2 * ridge(kernel, [Fraction(-3, 5), Fraction(4, 5), 0]) + p
    assert H.contains(f).member is True
    with precision(100):
        true = 5 * kernel(ball(1)) - 4 * kernel(ball(Fraction(-3, 5))) + 2 - 4 * ball(Fraction(9, 25) - Fraction(4, 5))
        assert (H.norm(f, digits=20) ** 2 - H.norm(p, digits=20) ** 2 - true).contains(0)
    assert H.contains(f + ridge(relu(3), AXIS)).member is False
    both = ridge(kernel, AXIS) + ridge(kernel, LONGER)
    assert H.norm(both) == pytest.approx(2 * math.sqrt(kernel(1.0)), rel=1e-15)


def test_what_is_left_is_not_decided() -> None:
    found = Space(ks.rational_quadratic(), 3).contains(
        ridge(ks.rational_quadratic(), AXIS) + ridge(ks.exponential(2), [0, 1, 0])
    )
    assert found.member is None and "What is left" in found.why


def test_series_without_a_sum() -> None:
    from kernelspec.rkhs.degree_series import ShortSeriesError

    with precision(80):
        y = DegreeSeries(Fraction(0), Fraction(1), (ball(0), ball(0)), ball(1), Fraction(10))
        assert y.sum(Fraction(10), 1).contains(0)  # 1/x^2
        with pytest.raises(ShortSeriesError, match="no sum"):
            DegreeSeries(Fraction(0), Fraction(1), (ball(0),), ball(1), Fraction(10)).sum(Fraction(10), 1)
        with pytest.raises(ShortSeriesError, match="no sum"):
            DegreeSeries(Fraction(-3), Fraction(1), (ball(0),), ball(1), Fraction(10)).sum(Fraction(10), 1)


@pytest.mark.parametrize("size", [Fraction(1, 10**200), Fraction(10**200), Fraction(7, 10**18)])
def test_inner_products_of_different_sizes(size: Any) -> None:
    H, f, w = Space(size * ks.ntk(3), 3), ridge(relu(3), [0, 1, 0]), [Fraction(3, 5), Fraction(4, 5), 0]
    assert H.inner(f, ridge(size * ks.ntk(3), w)) == pytest.approx(0.512, rel=1e-14)
    assert (H.inner(ridge(size * ks.ntk(3), w), f, digits=10) - ball(Fraction(64, 125))).contains(0)
    assert Space(ks.ntk(3), 3).inner(f, size * ridge(ks.ntk(3), w)) == pytest.approx(0.512 * float(size), rel=1e-14)
    assert H.inner(f, 0 * f) == 0 == H.inner(0 * f, 0 * f)


@pytest.mark.parametrize("t", [Fraction(x) for x in ("7/10", "3/10", "1/100", "-2/5", "999/1000")])
@pytest.mark.parametrize("d", [2, 5, 300, 1000])
def test_the_share_of_a_small_cap(t: Fraction, d: int) -> None:
    """(1/2) I_{1-t^2}((d-1)/2, 1/2), far below 1/2, from which it is otherwise subtracted."""
    with mp.workdps(40):
        x = mp.mpf(t.numerator) / t.denominator
        cap = mp.betainc(mp.mpf(d - 1) / 2, mp.mpf(1) / 2, 0, 1 - x * x, regularized=True) / 2
        share = cap if t > 0 else 1 - cap
    with precision(192):  # some 80 bits are lost where t = 3/10
        found = step(t).square(d)
        assert abs(found / flint.arb(mp.nstr(share, 40)) - 1) < 1e-30 and found.rel_accuracy_bits() > 100
    if share > 1e-150:
        scaled = step(t).scaled(d, ks.sphere.log_multiplicity(d, np.arange(2048)) / 2)
        assert scaled[0] == pytest.approx(float(share), rel=1e-13)
        # The squares add up to the mean of the function's square, which is the share, too.
        whole = float(np.sum(scaled**2))
        assert whole == pytest.approx(float(share), rel=0.2) and whole < float(share) * (1 + 1e-11)


@pytest.mark.parametrize("d", [300, 1000])
def test_the_error_of_a_small_cap(d: int) -> None:
    """Nothing of a cap of 6e-46 and 2e-148 of the sphere is learned from ten points: E_n times its share."""
    curve = ks.learning.curve(ks.ntk(3), "step(0.7)", d, 10, 1e-3)
    share = float(mp.betainc(mp.mpf(d - 1) / 2, mp.mpf(1) / 2, 0, mp.mpf("0.51"), regularized=True) / 2)
    assert curve.lower[0] == pytest.approx(share * curve.overfitting[0], rel=1e-6)
    assert curve.lower[0] <= share * curve.overfitting[0] * (1 + 1e-9) and curve.upper[0] < 1.0001 * curve.lower[0]


def test_jumps_beyond_the_range_of_floats() -> None:
    """sqrt(N) lambda_k of a jump where N overflows: P_k is below every float there."""
    d, count, t = 1000, 1200, Fraction(1, 10)
    with precision(3000):
        balls = step(t).balls(d, count)
        found = step(t).scaled(d, ks.sphere.log_multiplicity(d, np.arange(count)) / 2)
        for k in (0, 1, 2, 511, 900, 1199):
            true = float(balls[k] * ball(int(ks.sphere.multiplicity(d, k))).sqrt())
            assert found[k] == pytest.approx(true, rel=1e-9)
