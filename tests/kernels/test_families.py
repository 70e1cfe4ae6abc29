"""The named kernels against independent formulas, in every number system, to the ends of [-1, 1]."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import problems
import pytest
import sympy
from expressions import EPS, exact_cosines, kernel_of
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.testing.kernel_strategies import exponents, positive
from oracle import mpmath_values as reference

# The last floats before either end, a ladder of distances to it, and the middle.
NEAR = [1 - j * 2.0**-53 for j in (1, 2, 3, 5, 100)] + [1 - 2.0**-p for p in range(2, 50, 3)]
MIDDLE = [0.999, 0.9, 0.7, 0.3, 0.1, 1e-3, 1e-10, 1e-300, 0.0]
POINTS = np.array([*NEAR, *MIDDLE, 1.0, *(-x for x in [*NEAR, *MIDDLE, 1.0])])
DEGREES = range(13)


def ulp_error(found: float, exact: Any) -> float:
    """The relative error in units of 2^-52; zeros must agree."""
    if exact == 0:
        return 0.0 if found == 0 else math.inf
    return float(abs(mp.mpf(float(found)) / exact - 1)) / EPS


def worst(found: Any, exact: list[Any]) -> float:
    """The largest relative error in ulp; below 1e-280 underflow inside is no error."""
    return max(ulp_error(f, e) for f, e in zip(np.ravel(found), exact, strict=True) if abs(e) > 1e-280 or e == 0)


@pytest.mark.parametrize("family", problems.FAMILIES, ids=lambda family: family.name)
def test_a_family_meets_every_law(family: problems.Family) -> None:
    kernel = kernel_of(family)
    report = ks.testing.check_kernel(kernel, 4)
    assert {"text", "readings", "derivative", "positive", "eigenvalues", "u = 1", "u = -1", "psd"} <= set(report.met)
    law, degrees = kernel.decay(4), np.array([1 << 16, 1 << 20])
    if law.parities[0].kind == "power":  # the next term is k^{-2 nu} of the first, for nu <= 1
        gaps = np.abs(kernel.spectrum(4)(degrees) / law.at(degrees) - 1)
        assert gaps[1] < 1.1 * 16 ** (-2 * float(law.nu)) * gaps[0]


# -- arc-cosine kernels ----------------------------------------------------------------------------


@pytest.mark.parametrize("degree", DEGREES)
def test_claim_12_arc_cosine_values_keep_their_digits(degree: int) -> None:
    exact = [reference.arccos_value(degree, float(u)) for u in POINTS]
    # Some ten operations with positive terms: near u = -1 even a value of 1e-200 keeps all digits but a few ulp.
    assert worst(ks.arccos(degree)(POINTS), exact) <= 8


@pytest.mark.parametrize("degree", DEGREES)
def test_arc_cosine_defects_keep_their_digits(degree: int) -> None:
    with mp.workdps(400):
        exact = [1 - reference.arccos_value(degree, float(u)) for u in POINTS]
    assert worst(ks.arccos(degree).defect(POINTS), exact) <= 8


@pytest.mark.parametrize("degree", DEGREES)
def test_arc_cosine_values_in_mpmath(degree: int) -> None:
    with mp.workdps(60):
        for u in ("-0.9999999999", "-0.5", "-0.001", "0", "0.3", "0.99", "0.99999999999999999999"):
            x = mp.mpf(u)
            exact = reference.arccos_value(degree, x)
            assert abs(ks.arccos(degree)(x) / exact - 1) <= mp.mpf(10) ** -57
            with mp.workdps(400):
                defect = 1 - exact
            assert abs(ks.arccos(degree).defect(x) / defect - 1) <= mp.mpf(10) ** -56


@pytest.mark.parametrize("degree", DEGREES)
def test_arc_cosine_values_in_sympy(degree: int) -> None:
    for u in (sympy.Rational(-3, 7), sympy.Rational(5, 8)):
        with mp.workdps(60):
            found = mp.mpf(str(sympy.N(ks.arccos(degree)(u), 40)))
            exact = reference.arccos_value(degree, mp.mpf(int(u.p)) / int(u.q))
            assert abs(found / exact - 1) <= mp.mpf(10) ** -38  # sympy.N promises 40 digits


@pytest.mark.parametrize("degree", DEGREES)
def test_balls_hold_the_true_value(degree: int) -> None:
    with flint.ctx.workprec(200):
        for numerator in (-63, -40, -1, 0, 5, 33, 63):
            u = flint.arb(numerator) / 64
            ball = ks.arccos(degree)(u)
            exact = reference.arccos_value(degree, numerator / 64)
            assert holds(ball, exact)
            assert ball.rel_accuracy_bits() > 150
            with mp.workdps(400):
                defect = 1 - exact
            assert holds(ks.arccos(degree).defect(u), defect)


@pytest.mark.parametrize("degree", [0, 1, 2, 5])
def test_a_ball_of_cosines_holds_the_values_of_its_points(degree: int) -> None:
    ball = ks.arccos(degree)(flint.arb(0.3, 0.01))
    for u in np.linspace(0.2901, 0.3099, 7):
        assert holds(ball, reference.arccos_value(degree, float(u)))


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_complex_angles_agree_with_mpmath_continuation(degree: int) -> None:
    theta = np.array([0.5 + 0.3j, 1.2 - 0.8j, 2.6 + 0.4j, 3.0 - 1.2j, 1e-3 - 1e-3j])
    found = ks.arccos(degree).of_angle(theta)
    for t, value in zip(theta, found, strict=True):
        with mp.workdps(40):
            z = mp.mpc(t)
            u, sine, rest = mp.cos(z), mp.sin(z), mp.pi - z
            exact = [
                rest / mp.pi,
                (u * rest + sine) / mp.pi,
                (3 * u * sine + (1 + 2 * u * u) * rest) / (3 * mp.pi),
                ((11 * u**2 + 4) * sine + (6 * u**3 + 9 * u) * rest) / (15 * mp.pi),
            ][degree]
            # Near pi the kernel vanishes like (pi - theta)^{2n+1}: theta is known to 2 ulp of 3 only.
            assert abs(mp.mpc(value) / exact - 1) <= 64 * EPS


def test_claim_12_values_at_special_points() -> None:
    for n in DEGREES:
        k = ks.arccos(n)
        assert k(1.0) == 1.0 == k.at_one
        assert k(-1.0) == 0.0
        assert k.defect(1.0) == 0.0
        assert k.defect(-1.0) == 1.0
    assert ks.arccos(0)(0.0) == pytest.approx(0.5, rel=2 * EPS, abs=0)  # arcsin of a rounded sqrt(1/2)
    assert ks.arccos(1)(0.0) == pytest.approx(1 / math.pi, rel=2 * EPS, abs=0)
    assert ks.arccos(2)(0.0) == pytest.approx(1 / 3 * 0.5, rel=4 * EPS, abs=0)  # (1 + 0) pi/2 / (3 pi) = 1/6


@pytest.mark.parametrize("degree", range(5))
def test_claim_13_first_terms_at_both_ends(degree: int) -> None:
    # c_{-1} = (sqrt2/pi) prod 2j^2/(4j^2-1); the next term is smaller by t/12-ish: 1e-9 at t = 1e-8.
    constant = math.sqrt(2) / math.pi
    for j in range(1, degree + 1):
        constant *= 2 * j * j / (4 * j * j - 1)
    t = 2.0**-27
    assert ks.arccos(degree)(-1 + t) == pytest.approx(constant * t ** (degree + 0.5), rel=2 * t, abs=0)


@pytest.mark.parametrize("degree", [20, 40, 100])
def test_high_degrees(degree: int) -> None:
    u = np.array([-0.999, -0.5, 0.0, 0.5, 0.999])
    exact = [reference.arccos_value(degree, float(x), 800) for x in u]
    # sin^{2n+1}(psi/2) multiplies the relative error of its base by n.
    assert worst(ks.arccos(degree)(u), exact) <= 8 + 2 * degree


# -- exponential, Laplace, polynomial --------------------------------------------------------------


@given(positive(), st.sampled_from([float(u) for u in POINTS]))
def test_exponential_values_and_defects(sigma: Fraction, u: float) -> None:
    k = ks.exponential(sigma)
    with mp.workdps(60):
        s = mp.mpf(sigma.numerator) / sigma.denominator
        exponent = (mp.mpf(u) - 1) / s**2
        # The exponent is rounded three times: its relative error is the value's absolute one.
        assert exponent < -600 or ulp_error(k(u), mp.exp(exponent)) <= 2 + 3 * abs(float(exponent))
        assert ulp_error(k.defect(u), -mp.expm1(exponent)) <= 6


@given(positive(), exponents(), st.sampled_from([float(u) for u in POINTS]))
def test_laplace_values_and_defects_for_every_gamma(c: Fraction, gamma: Fraction, u: float) -> None:
    k = ks.laplace(c, gamma)
    with mp.workdps(60):
        power = mp.power(1 - mp.mpf(u), mp.mpf(gamma.numerator) / gamma.denominator)
        exponent = -power * c.numerator / c.denominator
        # float(gamma) is rounded: log(1-u) <= 37 times that is the error of the power.
        ulps = 4 + (0.5 * abs(math.log(1 - u)) * float(gamma) if u < 1 else 0.0)
        assert ulp_error(k(u), mp.exp(exponent)) <= 2 + ulps * abs(float(exponent))
        assert ulp_error(k.defect(u), -mp.expm1(exponent)) <= 2 + ulps


def test_laplace_is_the_kernel_of_distances() -> None:
    # claim 28: e^{-c|x-y|} = kappa_{c sqrt 2} on the sphere, |x-y|^2 = 2 - 2u
    u = np.linspace(-1, 0.99, 50)
    assert ks.laplace(Fraction(3, 2))(u) == pytest.approx(
        np.exp(-1.5 / math.sqrt(2) * np.sqrt(2 - 2 * u)), rel=8 * EPS, abs=0
    )


def test_laplace_with_gamma_one_is_the_exponential_kernel() -> None:
    u = np.linspace(-1, 1, 41)
    assert ks.laplace(4, 1)(u) == pytest.approx(ks.exponential(0.5)(u), rel=16 * EPS, abs=0)


@given(st.integers(0, 200), st.sampled_from([float(u) for u in POINTS]))
def test_polynomial_values_and_defects(degree: int, u: float) -> None:
    k = ks.polynomial(degree)
    with mp.workdps(400):
        exact = mp.mpf(u) ** degree if degree else mp.mpf(1)
        # Squarings double the relative error: at most `degree` roundings.
        if abs(exact) > 1e-280 or exact == 0:
            assert ulp_error(k(u), exact) <= 1 + degree
        if u >= 0:
            assert ulp_error(k.defect(u), 1 - exact) <= 16 + degree / 8
        else:
            assert abs(k.defect(u) - float(1 - exact)) <= (2 + degree) * EPS


# -- readings of every family ----------------------------------------------------------------------

FAMILIES: list[tuple[Zonal, Callable[[Value], Value]]] = [
    (ks.linear(), lambda u: u),
    (ks.polynomial(4), lambda u: u**4),
    (ks.arccos(0), lambda u: reference.kappa(0, u)),
    (ks.arccos(1), lambda u: reference.kappa(1, u)),
    (ks.arccos(2), lambda u: reference.kappa(2, u)),
    (ks.exponential(0.6), lambda u: mp.exp((u - 1) / mp.mpf("0.36"))),
    (ks.laplace(2), lambda u: mp.exp(-2 * mp.sqrt(1 - u))),
    (ks.laplace(1, 0.25), lambda u: mp.exp(-mp.power(1 - u, mp.mpf("0.25")))),
    (ks.rf(5), lambda u: reference.rf_value(5, 1, u)),
    (ks.rf(4, degree=0), lambda u: reference.rf_value(4, 0, u)),
    (ks.rf(3, degree=2), lambda u: reference.rf_value(3, 2, u)),
    (ks.ntk(4), lambda u: reference.ntk_value(4, False, u)),
    (ks.ntk(3, bias=True), lambda u: reference.ntk_value(3, True, u)),
    (ks.sine_power(1.5), lambda u: (1 - u * u) ** mp.mpf("1.5") / mp.pi),
    (ks.defect_power(-0.5), lambda u: 1 / mp.sqrt(1 - u)),
    *((kernel_of(family), functools.partial(family.values, **family.arguments)) for family in problems.FAMILIES),
]
IDS = [repr(k) for k, _ in FAMILIES]


@pytest.mark.parametrize(("kernel", "formula"), FAMILIES, ids=IDS)
def test_every_reading_agrees_with_the_formula(kernel: Zonal, formula: Callable[[Value], Value]) -> None:
    u = np.array([-0.96875, -0.5, -0.0625, 0.0, 0.25, 0.75, 0.96875])
    with mp.workdps(60):
        exact = [formula(mp.mpf(float(x))) for x in u]
        assert worst(kernel(u), exact) <= 8
        for x, e in zip(u, exact, strict=True):
            assert abs(kernel(mp.mpf(float(x))) - e) <= mp.mpf(10) ** -56 * abs(e)
            assert holds(kernel(flint.arb(float(x))), e)
            # The angle itself is rounded at 60 digits.
            theta = mp.acos(mp.mpf(float(x)))
            assert abs(kernel.of_angle(theta) - e) <= mp.mpf(10) ** -55 * (1 + abs(e))
        single = kernel(u.astype(np.float32))
        assert single.dtype == np.float32
        # The same operations in float32: the same ulp count, of 1.2e-7.
        scale = np.maximum(np.abs([float(e) for e in exact]), 1e-30)
        assert np.max(np.abs(single - np.array([float(e) for e in exact])) / scale) <= 8 * 2.0**-23


@pytest.mark.parametrize(("kernel", "formula"), FAMILIES, ids=IDS)
def test_of_angle_reads_small_angles(kernel: Zonal, formula: Callable[[Value], Value]) -> None:
    if math.isinf(kernel.at_one):
        return
    for theta in (1e-3, 1e-8, 1e-12, 1e-60):
        with mp.workdps(320):
            exact = formula(mp.mpf(1)) - formula(mp.cos(mp.mpf(theta)))
        found = float(kernel.of_angle(theta, defect=True))
        # 1 - cos(theta) = theta^2/2, which the cosine itself no longer shows.
        assert ulp_error(found, exact) <= 16


@pytest.mark.parametrize(("kernel", "formula"), FAMILIES, ids=IDS)
def test_real_and_complex_angles_agree(kernel: Zonal, formula: Callable[[Value], Value]) -> None:
    theta = np.linspace(0.1, 3.0, 13)
    real, complex_ = kernel.of_angle(theta), kernel.of_angle(theta + 0j)
    assert np.max(np.abs(complex_ - real) / np.maximum(np.abs(real), 1e-3)) <= 32 * EPS


@pytest.mark.parametrize(("kernel", "formula"), FAMILIES, ids=IDS)
def test_complex_angles_satisfy_the_mean_value_property(kernel: Zonal, formula: Callable[[Value], Value]) -> None:
    # An analytic function is the mean of its values on a circle; 64 points: error (r/R)^64 < 1e-20.
    centre, radius = 1.4, 0.4
    circle = centre + radius * np.exp(2j * np.pi * np.arange(64) / 64)
    mean = kernel.of_angle(circle).mean()
    assert abs(mean - kernel.of_angle(centre)) <= 32 * EPS * np.max(np.abs(kernel.of_angle(circle)))


@given(exact_cosines(), st.sampled_from([float(u) for u in POINTS]))
@settings(max_examples=50)
def test_balls_agree_with_mpmath_for_any_expression(k: Zonal, u: float) -> None:
    with flint.ctx.workprec(250), mp.workdps(60):
        ball, value = k(flint.arb(u)), k(mp.mpf(u))
        assert ball.is_finite()
        assert abs(_mp(ball.mid()) - value) <= _mp(ball.rad()) + mp.mpf(10) ** -50 * (1 + abs(value))


# -- 1 - kappa next to 1, at any depth -------------------------------------------------------------


@pytest.mark.parametrize("depth", [2, 3, 5, 10, 30, 100])
@pytest.mark.parametrize("family", ["rf", "step", "ntk", "ntk with bias"])
def test_deep_kernels_keep_their_digits_to_the_ends(family: str, depth: int) -> None:
    bias = family.endswith("bias")
    tangent = family.startswith("ntk")
    degree = 0 if family == "step" else 1
    k = ks.ntk(depth, bias) if tangent else ks.rf(depth, degree)
    points = [float(u) for u in POINTS[::2]]
    with mp.workdps(120):
        exact = [
            reference.ntk_value(depth, bias, u) if tangent else reference.rf_value(depth, degree, u) for u in points
        ]
        defects = [(depth + bias if tangent else 1) - e for e in exact]
    # kappa_0 and kappa_1 are convex, so that delta -> 1 - kappa(1 - delta) has condition number <= 1: a layer adds
    # its own roundings, of up to 0.8 ulp, nearly independent: the sum of L of them grows like sqrt(L), and the worst
    # of a thousand points lies near twice that.
    ulps = 4 + 2 * math.sqrt(depth)
    assert worst(k.defect(np.array(points)), defects) <= ulps
    assert worst(k(np.array(points)), exact) <= ulps


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_deep_squared_networks_keep_their_digits(depth: int) -> None:
    points = [float(u) for u in POINTS[::2]]
    with mp.workdps(120):
        exact = [reference.rf_value(depth, 2, u) for u in points]
    # kappa_2'(1) = 4/3 (claim 30): errors grow by at most that factor a layer, (4/3)^3 < 2.4.
    assert worst(ks.rf(depth, 2)(np.array(points)), exact) <= 12
    assert worst(ks.rf(depth, 2).defect(np.array(points)), [1 - e for e in exact]) <= 12


@pytest.mark.parametrize(
    "inner",
    [
        ks.ntk(49) / 49,  # 49 float(1/49) < 1
        Fraction(2, 3) * ks.arccos(0) + Fraction(1, 9) * ks.arccos(1) + Fraction(2, 9) * ks.arccos(2),
        Fraction(1, 10) * ks.linear() + Fraction(9, 10) * ks.polynomial(3),
        sum((Fraction(1, 10) * ks.polynomial(r) for r in range(1, 10)), Fraction(1, 10) * ks.exponential()),
    ],
    ids=["ntk(49)/49", "three arc-cosines", "0.1 + 0.9", "ten tenths"],
)
def test_an_inner_kernel_that_is_one_at_one_but_for_rounding(inner: Zonal) -> None:
    # kappa(1) is 1 exactly, the float sum of its parts is not: sqrt(1 - 0.9999999999999999) would be 1e-8.
    k = ks.arccos(0) @ inner
    assert k(1.0) == 1.0 == k.at_one
    assert k.defect(1.0) == 0.0
    u = np.array([0.0, 0.9, 1 - 2.0**-30, 1 - 2.0**-50])
    with mp.workdps(60):
        inside = [inner.defect(mp.mpf(float(x))) for x in u]
        exact = [mp.acos(1 - x) / mp.pi for x in inside]
    assert worst(k.defect(u), exact) <= 24  # up to ten terms, each with its roundings


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("power", [3, 5])
def test_an_odd_inner_kernel_near_minus_one(degree: int, power: int) -> None:
    # Where the inner kernel is -1 but for t, the outer one is of size t^{n+1/2}: 1 + u^p must keep its digits.
    k = ks.arccos(degree) @ ks.polynomial(power)
    u = -1 + np.array([2.0**-52, 1e-12, 1e-9, 1e-6, 1e-3, 0.1])
    exact = []
    for x in u:
        with mp.workdps(400):
            inside = mp.mpf(float(x)) ** power
        exact.append(reference.arccos_value(degree, inside))
    assert worst(k(u), exact) <= 16


# -- kernels are kernels ---------------------------------------------------------------------------


@given(exact_cosines())
@settings(max_examples=40)
def test_values_stay_between_minus_one_and_one(k: Zonal) -> None:
    values = k(np.linspace(-1, 1, 201))
    assert np.all(np.isfinite(values))
    assert np.all(np.abs(values) <= 1 + 16 * EPS)
    assert k(1.0) == pytest.approx(1.0, abs=16 * EPS)


@pytest.mark.parametrize(("kernel", "formula"), FAMILIES, ids=IDS)
def test_kernels_increase_where_they_should(kernel: Zonal, formula: Callable[[Value], Value]) -> None:
    # b_j >= 0 (claim 10): increasing on [0, 1]; the ends included, where neighbouring floats must not swap.
    if repr(kernel).startswith("sine_power"):
        return
    u = np.sort(np.concatenate([np.linspace(0, 1, 300)[:-1], NEAR]))
    values = kernel(u)
    assert np.all(np.diff(values) >= -4 * EPS * np.abs(values[1:]))
    if not math.isinf(kernel.at_one):
        defects = kernel.defect(u)
        assert np.all(np.diff(defects) <= 8 * EPS * defects[:-1])


@given(exact_cosines(), st.integers(0, 2**32 - 1), st.integers(2, 6))
@settings(max_examples=40)
def test_gram_matrices_are_positive_semi_definite(k: Zonal, seed: int, d: int) -> None:
    x = np.random.default_rng(seed).standard_normal((12, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    cosine = np.clip(x @ x.T, -1, 1)
    np.fill_diagonal(cosine, 1.0)
    eigenvalues = np.linalg.eigvalsh(k(cosine))
    # Entries carry a few ulp, but a cosine of 1 - 1e-16 that rounds moves kappa_0-like kernels by sqrt(1e-16).
    smallest = 1.0 - np.max(np.abs(cosine - np.eye(12)))
    roundings = 64 * 12 * EPS / max(smallest, 1e-6)
    assert eigenvalues.min() >= -roundings


@given(positive(), exponents())
@settings(max_examples=30)
def test_taylor_coefficients_of_kernels_are_not_negative(c: Fraction, gamma: Fraction) -> None:
    for k in (ks.laplace(c, gamma), ks.exponential(c), ks.arccos(3), ks.ntk(3)):
        assert all(float(b) >= -1e-25 for b in k.taylor(10))


def holds(ball: flint.arb, exact: Value) -> bool:
    """Whether a ball encloses an mpmath number that is known to 55 digits."""
    with mp.workdps(100):
        return bool(abs(_mp(ball.mid()) - exact) <= _mp(ball.rad()) + mp.mpf(10) ** -55 * abs(exact))


def _mp(ball: flint.arb) -> Any:
    mantissa, exponent = ball.man_exp()
    with mp.workdps(400):
        return mp.mpf(int(mantissa)) * mp.mpf(2) ** int(exponent)
