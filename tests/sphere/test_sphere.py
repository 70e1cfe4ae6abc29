"""Harmonic analysis on the sphere: claims 3 to 9, sampling, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import roots_jacobi

from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.sphere import (
    funk_hecke,
    funk_hecke_constant,
    legendre,
    legendre_all,
    log_monomial_eigenvalue,
    log_multiplicity,
    log_surface_area,
    mercer_sum,
    monomial_eigenvalue,
    multiplicity,
    power_eigenvalue,
    sample_sphere,
    surface_area,
    zonal,
    zonal_addition,
)


def cubature(d: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points of S^{d-1} and weights of sum 1, exact for polynomials of degree < 2n."""
    if d == 2:
        angle = 2 * np.pi * np.arange(2 * n) / (2 * n)
        return np.column_stack([np.cos(angle), np.sin(angle)]), np.full(2 * n, 1 / (2 * n))
    height, weights = roots_jacobi(n, (d - 3) / 2, (d - 3) / 2)
    points, inner = cubature(d - 1, n)
    radius = np.sqrt(1 - height**2)
    first = np.repeat(height, len(points))[:, None]
    others = (radius[:, None, None] * points).reshape(-1, d - 1)
    return np.concatenate([first, others], axis=1), np.outer(weights / weights.sum(), inner).ravel()


# Multiplicities and constants: claims 3 and 4


@pytest.mark.parametrize("d", [2, 3, 4, 5, 10, 50, 1000])
def test_multiplicity_is_the_coefficient_of_the_generating_function(d: int) -> None:
    # sum_k N(d,k) x^k = (1+x)/(1-x)^{d-1}
    rising = [math.comb(k + d - 2, d - 2) for k in range(30)]
    for k in range(30):
        assert multiplicity(d, k) == rising[k] + (rising[k - 1] if k else 0)


def test_multiplicity_in_low_dimension() -> None:
    k = np.arange(1, 2000)
    np.testing.assert_array_equal(multiplicity(2, k), 2.0)
    np.testing.assert_array_equal(multiplicity(3, k), 2 * k + 1)
    np.testing.assert_array_equal(multiplicity(4, k), (k + 1) ** 2)
    np.testing.assert_array_equal(multiplicity(7, [0]), [1])
    assert isinstance(multiplicity(5, np.int32(4)), int)
    assert multiplicity(5, 10**9) == (2 * 10**9 + 3) * math.comb(10**9 + 2, 3) // 10**9


@pytest.mark.parametrize("d", [2, 3, 4, 10, 50, 300, 1000, 10**4, 10**6])
def test_multiplicity_in_arrays_and_logarithms(d: int) -> None:
    degrees = [0, 1, 2, 3, 5, 17, 40, 123]
    values, logs = multiplicity(d, degrees), log_multiplicity(d, degrees)
    for k, value, log in zip(degrees, values, logs, strict=True):
        exact = multiplicity(d, k)
        assert isinstance(exact, int) and value == exact
        with mp.workdps(40):
            assert abs(log - mp.log(exact)) <= 2e-16 * (1 + mp.log(exact))


def test_multiplicity_beyond_float64() -> None:
    with mp.workdps(60):
        for d, k in [(10**6, 10**9), (10**4, 10**6), (300, 10**9), (2, 10**9), (10**6, 1000)]:
            exact = mp.log(2 * k + d - 2) - mp.log(k) + mp.loggamma(k + d - 2)
            exact -= mp.loggamma(d - 1) + mp.loggamma(k)
            assert abs(log_multiplicity(d, k) - exact) <= 2e-16 * (1 + exact)
    assert multiplicity(1000, [5000])[0] == multiplicity(1000, 5000) > 10**400
    degrees: list[Any] = [10**9, [1, 10**9]]
    for wanted in degrees:
        with pytest.raises(OverflowError, match=r"N\(1000000, 1000000000\) has .* use log_multi"):
            multiplicity(10**6, wanted)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 400), st.lists(st.integers(0, 3000), max_size=8))
def test_multiplicities_are_exact_integers(d: int, k: list[int]) -> None:
    found = multiplicity(d, k)
    exact = [math.comb(j + d - 1, j) - (math.comb(j + d - 3, j - 2) if j > 1 else 0) for j in k]
    assert found.tolist() == exact and all(isinstance(n, int) for n in found.tolist())
    assert found.dtype == (object if any(n >= 2**63 for n in exact) else np.int64)


def test_multiplicities_about_the_ends_of_floats_and_of_int64() -> None:
    """d = 4, N = (k + 1)^2: the integers next to 2^48, 2^53 and 2^63 are told apart."""
    for n in (2**24, 94906265, 3037000499):
        k = np.arange(n - 3, n + 3)
        assert multiplicity(4, k).tolist() == [(j + 1) ** 2 for j in k.tolist()]
    assert multiplicity(4, [3037000498]).dtype == np.int64
    assert multiplicity(4, [3037000499]).dtype == object


@pytest.mark.parametrize("d", [3, 4, 6, 9])
def test_growth_of_the_multiplicity(d: int) -> None:
    k = 10**9
    # Relative corrections of order d^2/k.
    assert multiplicity(d, k) * math.factorial(d - 2) / (2 * k ** (d - 2)) == pytest.approx(1, abs=1e-7)


def test_surface_area_and_the_constant_of_claim_4() -> None:
    for d, area in [(2, 2 * math.pi), (3, 4 * math.pi), (4, 2 * math.pi**2)]:
        assert surface_area(d) == pytest.approx(area, rel=1e-15, abs=0)
    for d in range(3, 40):
        # omega_{d-2} / omega_{d-1}, each right to exp of a rounded logarithm below 10.
        ratio = surface_area(d - 1) / surface_area(d)
        assert funk_hecke_constant(d) == pytest.approx(ratio, rel=8e-15, abs=0)
    assert funk_hecke_constant(2) == pytest.approx(1 / math.pi, rel=4e-16, abs=0)
    with mp.workdps(40):
        for d in (2, 3, 10, 999, 10**6, 10**9):
            exact = mp.loggamma(mp.mpf(d) / 2) - mp.loggamma(mp.mpf(d - 1) / 2)
            exact = mp.exp(exact) / mp.sqrt(mp.pi)
            assert abs(funk_hecke_constant(d) / exact - 1) < 4.5e-16
            log = mp.log(2) + d * mp.log(mp.pi) / 2 - mp.loggamma(mp.mpf(d) / 2)
            assert abs(log_surface_area(d) - log) <= 1e-15 * abs(log) + 4e-16


# Orthogonality and the addition theorem: claim 5


@pytest.mark.parametrize("d", [2, 3, 4, 7, 20])
def test_orthogonality_by_gauss_gegenbauer(d: int) -> None:
    nodes, weights = roots_jacobi(30, (d - 3) / 2, (d - 3) / 2)
    table = legendre_all(d, 25, nodes)
    gram = funk_hecke_constant(d) * (table * weights) @ table.T
    # scipy's nodes and weights are right to some 1e-14; entries are at most 1.
    np.testing.assert_allclose(gram, np.diag(1 / multiplicity(d, range(26))), rtol=0, atol=3e-14)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_product_integral(d: int, rng: np.random.Generator) -> None:
    w, weights = cubature(d, 10)
    x, y = sample_sphere(2, d, rng)
    for j in range(6):
        for k in range(6):
            value = weights @ (zonal(d, j, unit(w), x) * zonal(d, k, unit(w), y))
            exact = zonal(d, k, x, y) / multiplicity(d, k) if j == k else 0.0
            assert value == pytest.approx(exact, abs=5e-15)  # sums of up to 2000 terms below 1


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_addition_theorem_on_the_circle(rng: np.random.Generator) -> None:
    x, y = sample_sphere(5, 2, rng), sample_sphere(7, 2, rng)
    a, b = np.arctan2(x[:, 1], x[:, 0])[:, None], np.arctan2(y[:, 1], y[:, 0])[None]
    for k in range(1, 8):
        # Orthonormal in L2(tau): sqrt(2) cos(k a), sqrt(2) sin(k a).
        exact = 2 * (np.cos(k * a) * np.cos(k * b) + np.sin(k * a) * np.sin(k * b))
        np.testing.assert_allclose(zonal_addition(2, k, x, y), exact, rtol=0, atol=2e-14)


def test_addition_theorem_on_the_sphere(rng: np.random.Generator) -> None:
    from sympy import Ynm

    x, y = sample_sphere(2, 3, rng), sample_sphere(1, 3, rng)

    def harmonics(k: int, point: np.ndarray) -> np.ndarray:
        polar = math.acos(point[2])
        azimuth = math.atan2(point[1], point[0])
        values = [complex(Ynm(k, m, polar, azimuth).expand(func=True)) for m in range(-k, k + 1)]
        return math.sqrt(4 * math.pi) * np.array(values)  # orthonormal for the probability

    for k in (0, 1, 3):
        exact = [[np.vdot(harmonics(k, q), harmonics(k, p)) for q in y] for p in x]
        np.testing.assert_allclose(zonal_addition(3, k, x, y), exact, rtol=0, atol=1e-13)


@pytest.mark.parametrize("d", [2, 3, 5, 30])
def test_addition_kernel_is_a_projection_of_the_right_rank(d: int) -> None:
    x = sample_sphere(60, d, 1)
    for k in (0, 1, 2):
        gram = zonal_addition(d, k, x, x)
        values = np.linalg.eigvalsh(gram)
        scale = 1e-13 * np.trace(gram)  # rounding of an eigenvalue computation
        assert values.min() > -scale
        assert np.sum(values > scale) == min(60, multiplicity(d, k))
        np.testing.assert_allclose(np.diag(gram), multiplicity(d, k), rtol=1e-12)


# Funk-Hecke and Mercer: claims 6 to 9


@pytest.mark.parametrize("d", [2, 3, 4])
def test_funk_hecke_formula(d: int, rng: np.random.Generator) -> None:
    # int kappa(x.w) Y(w) dtau(w) = mu_k Y(x) for a harmonic Y that is not zonal about x.
    w, weights = cubature(d, 24)
    w = unit(w)
    x, pole = sample_sphere(2, d, rng)
    for k in (0, 1, 4):
        integral = weights @ (np.exp(w @ x) * zonal(d, k, w, pole))
        assert integral == pytest.approx(funk_hecke(np.exp, d, k) * zonal(d, k, x, pole), abs=1e-14)


def power_of_cosine(m: int, u: np.ndarray) -> np.ndarray:
    return u**m


def power_of_defect(nu: float, u: np.ndarray) -> np.ndarray:
    return (1 - u) ** nu


@pytest.mark.parametrize("d", [2, 3, 4, 10, 50, 1000, 10**6])
def test_funk_hecke_quadrature_is_right_in_absolute_terms(d: int) -> None:
    k = np.arange(12)
    for m in (0, 1, 2, 7):
        values = funk_hecke(partial(power_of_cosine, m), d, k)
        # 400 terms with weights of sum 1, each rounded a few times; sin^{d-2} to 1e-15.
        np.testing.assert_allclose(values, monomial_eigenvalue(d, m, k), rtol=0, atol=2e-15)
    for nu in (0.5, 1.5):  # analytic in the angle
        values = funk_hecke(partial(power_of_defect, nu), d, k)
        np.testing.assert_allclose(values, power_eigenvalue(d, nu, k), rtol=0, atol=6e-15)


def test_funk_hecke_has_no_relative_accuracy() -> None:
    exact, value = power_eigenvalue(50, 0.5, 30), funk_hecke(lambda u: np.sqrt(1 - u), 50, 30)
    assert abs(exact) < 1e-24 and abs(value - exact) < 1e-15


@pytest.mark.parametrize("d", [2, 3, 10, 1000, 10**6])
def test_mercer_sum_gives_the_polynomial_back(d: int) -> None:
    points = np.linspace(-1, 1, 41)
    for m in (0, 1, 2, 5, 30):
        spectrum = monomial_eigenvalue(d, m, range(m + 1))
        # Positive weights of sum 1.
        np.testing.assert_allclose(mercer_sum(spectrum, d, points), points**m, rtol=0, atol=4e-15)
        assert mercer_sum(spectrum, d, 1.0) == pytest.approx(1.0, abs=2e-15)  # the trace


def test_mercer_sum_beyond_float64() -> None:
    # At k = 80 the eigenvalue is below and the multiplicity above float64; their product is not.
    d, m = 10**6, 80
    logs = log_monomial_eigenvalue(d, m, range(m + 1))
    assert logs[80] < -746 and log_multiplicity(d, 80) > 710
    points = np.array([1.0, 0.99, 0.5, -0.9])
    values = mercer_sum(logs, d, points, logarithms=True)
    # exp of a rounded logarithm near 800 costs 1e-13.
    np.testing.assert_allclose(values, points**m, rtol=0, atol=3e-13)


def test_mercer_sum_keeps_signs_and_zeros() -> None:
    points = np.linspace(-1, 1, 9)
    values = mercer_sum([0.5, 0.0, -0.25], 3, points)
    expected = 0.5 - 0.25 * 5 * (3 * points**2 - 1) / 2
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-15)
    assert mercer_sum([], 3, 0.5) == 0.0 and mercer_sum([1.0], 3, []).shape == (0,)


def test_mercer_sum_of_a_singular_kernel_converges() -> None:
    # (1-t)^{1/2} on S^3: mu_k N(d,k) ~ k^{-2}, so the tail of the trace after K terms is ~ 1/K.
    spectrum = power_eigenvalue(4, 0.5, np.arange(4000))
    assert abs(mercer_sum(spectrum, 4, 1.0)) < 1e-3  # sqrt(1-t) is 0 at t = 1
    # At an inner point the sum oscillates with terms ~ k^{-3}.
    assert mercer_sum(spectrum, 4, 0.2) == pytest.approx(math.sqrt(0.8), abs=1e-6)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_rkhs_norm_from_the_coefficients(d: int, rng: np.random.Generator) -> None:
    # Claim 8: f = sum_i c_i kappa(x_i, .) has coefficients mu_k sum_i c_i Y_kj(x_i), so that
    # |f|^2 = sum over mu_k != 0 of a_kj^2 / mu_k must equal c' K c.
    m, x, c = 7, sample_sphere(6, d, rng), rng.normal(size=6)
    spectrum = monomial_eigenvalue(d, m, range(m + 1))
    assert np.all(spectrum[::2] == 0.0)  # dividing by these would be wrong
    norm = sum(float(mu**2 * (c @ zonal_addition(d, k, x, x) @ c) / mu) for k, mu in enumerate(spectrum) if mu != 0)
    gram = np.clip(x @ x.T, -1, 1) ** m
    assert norm == pytest.approx(c @ gram @ c, rel=1e-12, abs=0)


def test_norm_equivalence_constants_are_the_extreme_ratios(rng: np.random.Generator) -> None:
    # Claim 9 for (1-t)^{1/2} and (1-t)^{1/2} scaled by bounded factors, on sums up to degree 49.
    d, k = 3, np.arange(50)
    first = np.abs(power_eigenvalue(d, 0.5, k))
    second = first * rng.uniform(0.5, 2.0, k.size)
    ratio = second / first
    energy = rng.exponential(size=(200, k.size))  # sum_j a_kj^2
    quotient = (energy @ (1 / first)) / (energy @ (1 / second))
    assert np.all((ratio.min() <= quotient) & (quotient <= ratio.max()))
    for extreme in (ratio.argmin(), ratio.argmax()):  # attained by one degree
        alone = np.eye(k.size)[extreme]
        assert (alone @ (1 / first)) / (alone @ (1 / second)) == pytest.approx(ratio[extreme])


# Points and zonal functions


@pytest.mark.parametrize("d", [2, 3, 10, 1000, 10**5])
def test_samples_lie_on_the_sphere(d: int) -> None:
    x = sample_sphere(20, d, 3)
    squares = [math.fsum(row * row) for row in x]  # the squares are rounded, their sum is not
    np.testing.assert_allclose(squares, 1.0, rtol=0, atol=1e-15)
    assert x.shape == (20, d) and sample_sphere(0, d, 3).shape == (0, d)


def test_samples_are_uniform() -> None:
    n = 200_000
    for d in (2, 3, 7):
        x = sample_sphere(n, d, 5)
        # Five standard errors of the empirical moments; E t^2 = 1/d, E t^4 = 3/(d(d+2)).
        assert np.abs(x.mean(axis=0)).max() < 5 / math.sqrt(n * d)
        np.testing.assert_allclose(x.T @ x / n, np.eye(d) / d, rtol=0, atol=5 / (d * math.sqrt(n)))
        assert (x[:, 0] ** 4).mean() == pytest.approx(3 / (d * (d + 2)), abs=5 / math.sqrt(n) / d)
        # The mean of P_k(x.e) is 0, of its square 1/N(d,k).
        value = legendre(d, 3, np.clip(x[:, 1], -1, 1))
        assert abs(value.mean()) < 5 / math.sqrt(n * multiplicity(d, 3))


def test_seed_and_generator() -> None:
    np.testing.assert_array_equal(sample_sphere(4, 3, 8), sample_sphere(4, 3, 8))
    generator = np.random.default_rng(8)
    np.testing.assert_array_equal(sample_sphere(4, 3, generator), sample_sphere(4, 3, 8))
    assert not np.array_equal(sample_sphere(4, 3, generator), sample_sphere(4, 3, 8))


@given(st.integers(2, 12), st.integers(0, 10), st.integers(0, 2**32 - 1))
def test_zonal_functions_see_the_angle_alone(d: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, pole = sample_sphere(3, d, rng), sample_sphere(1, d, rng)[0]
    rotation, _ = np.linalg.qr(rng.normal(size=(d, d)))
    value = zonal(d, k, x, pole)
    # The inner product moves by some 1e-15, P_k by k(k+d-2)/(d-1) times that.
    np.testing.assert_allclose(
        zonal(d, k, unit(x @ rotation), unit((pole @ rotation)[None])[0]), value, atol=2e-13, rtol=0
    )
    assert zonal(d, k, pole, pole) == pytest.approx(1.0, abs=1e-13)
    assert value.shape == (3,) and zonal(d, k, x.reshape(3, 1, d), pole).shape == (3, 1)


def untyped(value: Value) -> Value:
    """Return value, its type hidden from the type checker: it is wrong on purpose."""
    return value


@pytest.mark.parametrize(
    ("call", "fault", "words"),
    [
        (lambda: multiplicity(1, 3), ValueError, "d must be an integer from 2.*got 1"),
        (lambda: multiplicity(3, -3), ValueError, "k must be an integer from 0.*got -3"),
        (lambda: multiplicity(3, untyped(1.0)), TypeError, "k must be an integer.*1.0"),
        (lambda: multiplicity(3, [0.5]), TypeError, "k must be integers.*0.5"),
        (lambda: multiplicity(3, False), TypeError, "k must be an integer.*False"),
        (lambda: log_multiplicity(3, [-1]), ValueError, "k must be an integer from 0.*-1"),
        (lambda: surface_area(0), ValueError, "d must be an integer from 2.*got 0"),
        (lambda: funk_hecke(np.exp, 3, 400), ValueError, "nodes must exceed k = 400"),
        (lambda: funk_hecke(np.exp, 3, 0, nodes=10**6), ValueError, "nodes must .* at most 5000"),
        (lambda: funk_hecke(lambda u: 1.0, 3, 0), ValueError, r"kappa must return .*\(400,\)"),
        (lambda: funk_hecke(lambda u: u / 0.0 * 0, 3, 0), ValueError, "kappa must return finite"),
        (lambda: mercer_sum([np.nan], 3, 0.0), ValueError, "spectrum_values must be finite"),
        (lambda: mercer_sum([[1.0]], 3, 0.0), ValueError, r"spectrum_values must be .*\(K,\)"),
        (lambda: mercer_sum([0.0, 1e308], 3, 0.0), OverflowError, "k = 1, d = 3"),
        (lambda: mercer_sum([1.0], 3, 2.0), ValueError, r"t must lie in \[-1, 1\], got 2.0"),
        (lambda: sample_sphere(-1, 3, 0), ValueError, "n must be an integer from 0.*got -1"),
        (lambda: sample_sphere(2, 1, 0), ValueError, "d must be an integer from 2.*got 1"),
        (lambda: zonal(3, 1, [1.0, 0.0], [1.0, 0, 0]), ValueError, r"x must have shape \(..., 3\)"),
        (lambda: zonal(2, 1, [1.0, 1.0], [1.0, 0]), ValueError, "x must have unit norm.*1.41"),
        (lambda: zonal(2, 1, [1.0, 0], [[1.0, 0]]), ValueError, r"pole must have shape \(2,\)"),
        (lambda: zonal_addition(2, 1, [1.0, 0], [[1.0, 0]]), ValueError, "x and y must have shape"),
    ],
)
def test_bad_arguments_are_named(call: Callable[[], object], fault: type[Exception], words: str) -> None:
    with np.errstate(all="ignore"), pytest.raises(fault, match=words):
        call()
