"""Constants of stability: closed forms against quadrature, searches and limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from kernelspec import ckn
from kernelspec.ckn import stability
from kernelspec.ckn.stability import constants
from kernelspec.ckn.stability.constants import (
    commutator_attained,
    commutator_bound,
    commutator_rate,
    deformation_norm,
    displacement_bound,
    patch_radius,
)
from kernelspec.ckn.stability.smoothing import Smoothing
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.precision import precision

grads = st.floats(1e-3, 0.9)
dimensions = st.integers(1, 4)


# -- filters ------------------------------------------------------------------------------------------


@given(st.floats(0.1, 10), dimensions)
def test_gaussian(sigma: float, d: int) -> None:
    h = Smoothing.gaussian(sigma, d)
    w = np.linspace(0, 5 / sigma, 100_001)
    damped = np.exp(-((sigma * w) ** 2) / 2)
    # A grid of relative width 5e-5 misses a maximum by its square.
    assert h.slope == pytest.approx((w * damped).max(), rel=1e-8, abs=0)
    assert h.curvature == pytest.approx((w**2 * damped).max(), rel=1e-8, abs=0)
    # |y||grad h| = r^2 h / sigma^2, and the mean of r^2 is that of a chi-squared variable times sigma^2.
    weight = 2 ** (1 - d / 2) / math.gamma(d / 2)
    mean = quad(lambda r: weight * r ** (d + 1) * math.exp(-(r**2) / 2), 0, 40)[0]
    assert h.moment == pytest.approx(mean, rel=1e-10, abs=0)


def test_means() -> None:
    line, square = Smoothing.of(ckn.average(6), 1), Smoothing.of(ckn.average(6), 2)
    assert (line.slope, line.moment, line.curvature) == (math.nextafter(1 / 3, 1), 1.0, math.inf)
    # The largest |w| |sinc sinc| lies on the diagonal, sin(a)^2/a at tan a = 2 a.
    a = float(mpmath.findroot(lambda x: mpmath.tan(x) - 2 * x, 1.17))
    largest = math.sqrt(2) * math.sin(a) ** 2 / a / 3
    assert largest <= square.slope <= largest * (1 + 1.1e-9)  # found, and raised by 1e-9
    # Four sides of the square [-1, 1]^2 under the density 1/4: the integral of |y|.
    assert square.moment == pytest.approx(math.sqrt(2) + math.asinh(1), rel=1e-9, abs=0)


def test_cut_gaussians() -> None:
    line, square = Smoothing.of(ckn.gaussian(3), 1), Smoothing.of(ckn.gaussian(3), 2)
    assert line.moment == 1.0  # it decreases: by parts
    mass = math.sqrt(math.pi) * math.erf(1)

    def slope(w: float) -> float:
        # The transform of e^{-t^2} on [-1, 1] is that of the error function at a complex point.
        return float(w * mpmath.re(mpmath.exp(-(w**2) / 4) * mpmath.erf(1 + 0.5j * w)) * math.sqrt(math.pi) / mass)

    grid = np.arange(0.5, 40, 0.05)
    best = grid[np.argmax([abs(slope(w)) for w in grid])]
    found = max(abs(slope(w)) for w in best + np.linspace(-0.05, 0.05, 201))
    assert line.slope == pytest.approx(found / 3, rel=1e-6, abs=0)
    # Cutting makes the filter narrower: G is above that of the whole Gaussian, sigma = q / sqrt(2).
    assert line.slope > Smoothing.gaussian(3 / math.sqrt(2), 1).slope
    assert square.slope >= line.slope * (1 - 1e-9)
    sides = 4 * math.exp(-1) / mass * quad(lambda t: math.hypot(1, t) * math.exp(-t * t) / mass, -1, 1)[0]
    # Inside |grad h| = 2 |y| h: twice the mean of |y|^2 over the square.
    second = quad(lambda t: t * t * math.exp(-t * t) / mass, -1, 1)[0]
    assert square.moment == pytest.approx(4 * second + sides, rel=1e-9, abs=0)


@pytest.mark.parametrize("q", [1, 2, 7])
@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("pool", [ckn.gaussian, ckn.average])
def test_filters_scale(pool: Any, d: int, q: int) -> None:
    one, scaled = Smoothing.of(pool(1), d), Smoothing.of(pool(q), d)
    assert scaled.slope * q == pytest.approx(one.slope, rel=1e-12, abs=0)
    assert scaled.moment == one.moment
    assert scaled.moment >= d * (1 - 1e-9)  # |y||grad h| >= -y . grad h, whose integral is d


# -- bounds -------------------------------------------------------------------------------------------

EXACT = mpmath.mp.clone()
EXACT.dps = 120
ARGUMENTS = st.just(0.0) | st.floats(1e-30, 0.999)
TIGHT = 1 + 4e-16  # three roundings, one for each constant that is a float


@settings(max_examples=300)
@given(ARGUMENTS, st.floats(0, 1e3) | st.floats(0, 1e-3), st.floats(1e-2, 1e2), dimensions)
def test_no_bound_is_below_what_it_bounds(eps: float, size: float, sigma: float, d: int) -> None:
    """At 120 digits: rounded to nearest, half of them were, by one unit in the last place."""
    m, e, s, w = EXACT, EXACT.mpf(eps), EXACT.mpf(size), EXACT.mpf(sigma)
    p, h = m.mpf(d) / 2, Smoothing.gaussian(sigma, d)
    norm = (1 - e) ** -p

    def check(found: float, exact: Value) -> None:
        assert found >= exact
        assert found <= exact * TIGHT + m.mpf(2) ** -1070

    check(deformation_norm(eps, d), norm)
    slope, curvature = m.exp(m.mpf(-0.5)) / w, 2 / m.e / w**2
    check(h.slope, slope)
    check(h.curvature, curvature)
    mean = m.mpf(1) if eps == 0 else (-m.log(1 - e) / e if d == 2 else ((1 - e) ** (1 - p) - 1) / ((p - 1) * e))
    if size > 0 and eps > 1e-15:  # the closed form has its digits
        least = min(slope * s * mean, slope * s + curvature * s * s * mean / 2, 1 + norm)
        check(displacement_bound(size, eps, h), least)
    still = ((1 - e) ** -d - 1) * 2
    check(commutator_bound(eps, h, size), min(still + slope * e * s * norm, 2 * norm))
    low, high = commutator_rate(d, size)
    t = 1 + 2 / (m.sqrt(s**4 + 4) + s**2)
    lower = max(m.sqrt(d), m.sqrt(t * (t + s**2)) * m.exp(-t / 2))
    assert lower * (2 - m.mpf(TIGHT)) <= low <= lower
    check(high, 2 * d + m.exp(m.mpf(-0.5)) * s)


@settings(max_examples=100)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=9))
def test_the_radius_of_a_patch_is_not_below_it(offsets: list[float]) -> None:
    exact = EXACT.sqrt(sum(EXACT.mpf(c) ** 2 for c in offsets) / len(offsets))
    found = patch_radius(offsets)
    assert exact <= found <= exact * TIGHT + EXACT.mpf(2) ** -1070


@given(grads, st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0]))
def test_means_of_powers(eps: float, p: float) -> None:
    expected = quad(lambda s: (1 - s * eps) ** -p, 0, 1)[0]
    with precision(128):
        means = [float(constants._mean_power(e, round(2 * p))) for e in (eps, 0.0, 1e-9)]
    assert means[0] == pytest.approx(expected, rel=1e-9, abs=0)
    assert means[1] == 1.0
    assert means[2] == pytest.approx(1 + p * 5e-10, rel=1e-12, abs=0)


def test_ends_of_the_ranges() -> None:
    h = Smoothing.gaussian(1.0, 1)
    assert deformation_norm(0, 3) == 1.0
    assert deformation_norm(1, 1) == commutator_bound(1.0, h) == math.inf
    assert displacement_bound(1.0, 1.0, Smoothing.gaussian(1.0, 2)) == math.inf
    assert displacement_bound(0.0, 1.0, h) == commutator_bound(0.0, h, 5.0) == 0.0
    assert displacement_bound(0.1, 1.0, h) < math.inf  # 1 - u has a singularity that can be integrated
    assert displacement_bound(1e9, 0.5, h) == math.nextafter(1 + math.sqrt(2), 3)
    assert commutator_bound(0.5, h, 1e9) == 2 * math.sqrt(2)
    # What a patch moves is at most 2 |tau|.
    assert commutator_bound(0.1, h, 1e9, sup=0.0) == commutator_bound(0.1, h)


@given(grads, dimensions)
def test_dilations_attain_the_norm_of_deformations(eps: float, d: int) -> None:
    # A Gaussian bump x = e^{-|u|^2/2}: |x((1 - eps) u)|^2 / |x|^2 in closed form, one axis at a time.
    ratio = quad(lambda u: math.exp(-(((1 - eps) * u) ** 2)), -np.inf, np.inf)[0] / math.sqrt(math.pi)
    assert deformation_norm(eps, d) == pytest.approx(ratio ** (d / 2), rel=1e-8, abs=0)


@settings(max_examples=25)
@given(st.sampled_from([(32,), (12, 12)]), st.floats(0.05, 0.9), st.integers(0, 2**32 - 1))
def test_determinants_of_fields(shape: tuple[int, ...], grad: float, seed: int) -> None:
    tau = stability.field(shape, grad, 3.0, rng=seed)
    points = np.random.default_rng(seed).uniform(0, 40, (500, len(shape)))
    determinants = np.linalg.det(np.eye(len(shape)) - tau.jacobian(points))
    # |grad tau|_inf is right to 1e-9.
    assert determinants.min() ** -0.5 <= deformation_norm(grad, len(shape)) * (1 + 1e-8)


@given(dimensions, st.floats(1e-4, 1e-2))
def test_the_constant_of_small_displacements_is_sharp(d: int, t: float) -> None:
    bound = displacement_bound(t, 0.5, Smoothing.gaussian(1.0, d)) / t
    w = np.linspace(0, 4, 40_001)
    translated = (2 * np.abs(np.sin(w * t / 2)) * np.exp(-(w**2) / 2)).max() / t
    # Taylor: from above 1 + t times a constant, I_{d/2} e^{-1/2} <= 2 for d <= 4; from below 1 - t^2/24.
    assert translated <= bound <= math.exp(-0.5) * (1 + 2 * t)
    assert translated >= math.exp(-0.5) * (1 - t**2 / 24 - 1e-8)


@given(grads, st.integers(1, 3), st.floats(0, 50))
def test_what_is_attained_is_below_the_bound(eps: float, d: int, beta: float) -> None:
    attained = commutator_attained(eps, d, beta)
    assert 0 < attained <= commutator_bound(eps, Smoothing.gaussian(1.0, d), beta)


@given(dimensions, st.floats(0, 30))
def test_rates_are_limits_of_small_deformations(d: int, beta: float) -> None:
    lower, upper = commutator_rate(d, beta)
    r = np.linspace(0, 4, 40_001)
    symbol = (r * np.hypot(r, beta) * np.exp(-(r**2) / 2)).max()
    assert lower == pytest.approx(max(math.sqrt(d), symbol), rel=1e-8, abs=0)
    eps = 1e-5
    # The next order in eps is eps times at most beta^2 and d, and the bound's eps d^2.
    near = eps * (10 + beta**2 + d**2)
    assert commutator_attained(eps, d, beta) / eps == pytest.approx(lower, rel=near, abs=0)
    bound = commutator_bound(eps, Smoothing.gaussian(1.0, d), beta) / eps
    assert bound == pytest.approx(upper, rel=near, abs=0)


@given(dimensions)
def test_the_slope_in_beta(d: int) -> None:
    lower, upper = commutator_rate(d, 1e6)
    # sqrt(1 + beta^2) against beta, and 2 d against beta.
    assert lower / 1e6 == pytest.approx(math.exp(-0.5), rel=1e-11, abs=0)
    assert upper / 1e6 == pytest.approx(math.exp(-0.5), rel=1e-4, abs=0)
    assert commutator_rate(d, 1e100)[0] == pytest.approx(math.exp(-0.5) * 1e100, rel=1e-12, abs=0)


@pytest.mark.parametrize("pool", [ckn.average(2), ckn.gaussian(1)])
@pytest.mark.parametrize("eps", [0.05, 0.3, 0.6])
@pytest.mark.parametrize("c", [0.0, 0.7, 5.0])
def test_dilations_and_translations_of_filters_that_jump(pool: ckn.Pool, eps: float, c: float) -> None:
    h, w = Smoothing.of(pool, 1), np.linspace(0, 150, 30_001)
    t, weights = np.polynomial.legendre.leggauss(200)  # both filters live on [-1, 1]
    mass = weights * (np.exp(-t * t) if pool.kind == "gaussian" else np.ones_like(t))
    mass /= mass.sum()

    def moved(frequency: np.ndarray) -> np.ndarray:
        return np.exp(1j * frequency * c) * (np.cos(np.outer(frequency, t)) @ mass)

    dilation = np.abs(moved((1 - eps) * w) - moved(w)).max() / math.sqrt(1 - eps)
    assert dilation <= commutator_bound(eps, h, c)
    translation = np.abs(moved(w) * (1 - np.exp(-1j * w * c))).max()
    assert translation <= displacement_bound(c, 0, h) + 1e-12


def test_no_dilation_was_missed() -> None:
    # A search over the whole plane of frequencies, for c along the first axis, at a coarse grid.
    w = np.stack(np.meshgrid(np.linspace(-5, 5, 801), np.linspace(-5, 5, 801)), axis=-1)
    for eps, beta in ((0.5, 0.0), (0.5, 3.0), (0.1, 8.0)):
        size = (w**2).sum(axis=-1)
        moved = np.exp(1j * (1 - eps) * beta * w[..., 0] - ((1 - eps) ** 2) * size / 2)
        stays = np.exp(1j * beta * w[..., 0] - size / 2)
        expected = np.abs(moved - stays).max() / (1 - eps)  # d = 2
        # A grid of 1/80 misses the maximum by its square times curvatures of at most (eps beta)^2 + 4.
        assert commutator_attained(eps, 2, beta) == pytest.approx(expected, rel=1e-3, abs=0)


def test_bounds_by_hand() -> None:
    h = Smoothing.gaussian(1.0, 1)  # G = e^{-1/2}, G_2 = 2/e, M_1 = 1
    slope, half = math.exp(-0.5), (1 - math.sqrt(0.5)) * 4  # the mean of (1 - s/2)^{-1/2}
    small = slope * 0.1 + 2 / math.e * 0.1**2 * half / 2  # Taylor's formula is the better one
    assert displacement_bound(0.1, 0.5, h) == pytest.approx(small, rel=1e-14, abs=0)
    assert displacement_bound(1.0, 0.5, h) == pytest.approx(slope * half, rel=1e-14, abs=0)
    # Far offsets see displacements that differ by 2 |tau| at most.
    far = (2 - 1) * (1 + 1) + slope * 2 * 0.1 * math.sqrt(2)
    assert commutator_bound(0.5, h, radius=10.0, sup=0.1) == pytest.approx(far, rel=1e-14, abs=0)
    near = (2 - 1) * (1 + 1) + slope * 0.5 * 0.1 * math.sqrt(2)
    assert commutator_bound(0.5, h, radius=0.1, sup=0.1) == pytest.approx(near, rel=1e-14, abs=0)


def test_patch_radius() -> None:
    assert patch_radius([[3, 4]]) == 5.0
    assert patch_radius([0, 1], [3, 1]) == 0.5
    assert patch_radius([0, 1e200], [3e307, 1e307]) == pytest.approx(5e199, rel=1e-15, abs=0)
    assert patch_radius([0.0]) == 0.0
    square = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(-1, 2)
    assert patch_radius(square) == pytest.approx(math.sqrt(4 / 3), rel=1e-15, abs=0)


def test_what_overflows_is_infinite() -> None:
    edge, wide = 1 - 1e-16, Smoothing.gaussian(1e-100, 500)
    assert deformation_norm(edge, 30) == 2.0 ** (53 * 15)
    assert deformation_norm(edge, 400) == math.inf
    assert commutator_bound(edge, wide, 1e300) == math.inf
    assert displacement_bound(1e300, 0.5, Smoothing.gaussian(1.0, 2)) == 3.0  # 1 + |L_tau|
    assert displacement_bound(1e300, edge, wide) == math.inf


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: commutator_attained(0.999, 1, 1e4), ValueError, "beta must be at most"),
        (lambda: commutator_attained(0.999, 1000, 1), ValueError, "d must leave"),
        (lambda: deformation_norm(1.5, 1), ValueError, "grad must be from 0 to 1"),
        (lambda: deformation_norm("a", 1), TypeError, "grad must be a real number"),
        (lambda: deformation_norm(0.5, 0), ValueError, "d must be"),
        (lambda: displacement_bound(-1, 0.1, Smoothing.gaussian(1, 1)), ValueError, "sup must be"),
        (lambda: displacement_bound(1, 0.1, 2.0), TypeError, "smoothing must be"),
        (lambda: commutator_bound(0.1, ckn.gaussian(2)), TypeError, "smoothing must be"),
        (lambda: commutator_bound(math.nan, Smoothing.gaussian(1, 1)), ValueError, "grad must be"),
        (lambda: commutator_attained(0.0, 1, 1), ValueError, "grad must be"),
        (lambda: commutator_rate(1, -1), ValueError, "beta must be"),
        (lambda: patch_radius([]), ValueError, "offsets must have shape"),
        (lambda: patch_radius([1, 2], [1, -1]), ValueError, "weights must be"),
        (lambda: patch_radius([math.inf]), ValueError, "offsets must be finite"),
        (lambda: Smoothing.gaussian(0, 1), ValueError, "sigma must be"),
        (lambda: Smoothing.of(ckn.strided(), 1), TypeError, "pool must be"),
        (lambda: Smoothing.of("gaussian", 1), TypeError, "pool must be"),
        (lambda: Smoothing.of(ckn.gaussian(2), 3), ValueError, "d must be 1 or 2"),
    ],
)
def test_bad_input(call: Callable[..., Value], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
