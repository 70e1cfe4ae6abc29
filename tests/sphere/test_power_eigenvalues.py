"""Eigenvalues of powers against integrals and 60-digit Gamma functions (claims 10, 15, 16)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import mpmath as mp
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.sphere.power_eigenvalues import (
    decay_constant,
    decay_constant_sympy,
    even_power_eigenvalue,
    log_decay_constant,
    log_even_power_eigenvalue,
    log_monomial_eigenvalue,
    log_power_eigenvalue,
    monomial_eigenvalue,
    monomial_eigenvalue_exact,
    power_eigenvalue,
)

DIMENSIONS = (2, 3, 4, 10, 50, 300, 1000, 10**4, 10**6)
EXPONENTS = (1 / 16, 1 / 4, 1 / 2, 3 / 2, 5 / 2, 0.3, 7.7, -0.25)
DEGREES = (*range(41), 100, 1000, 10**4, 10**6, 10**9)

# One rounding in the logarithm's low part, one in 1 + low, at most one ulp in exp, one product:
# 4 roundings of 1.1e-16.
FEW_ULP = 4.5e-16


def untyped(value: Value) -> Value:
    """Return value, its type hidden from the type checker: it is wrong on purpose."""
    return value


def relative(value: float, exact: mp.mpf) -> float:
    return float(abs(mp.mpf(float(value)) / exact - 1))


def exact_power(d: int, nu: float, k: int) -> tuple[int, mp.mpf]:
    """Return the sign and log of C(d,nu) Gamma(k-nu)/Gamma(k+nu+d-1): claim 15 as it stands."""
    a, half = mp.mpf(nu), mp.mpf(d - 1) / 2
    log = (a + d - 2) * mp.log(2) - mp.log(mp.pi) / 2 - mp.loggamma(k + a + d - 1)
    log += mp.loggamma(mp.mpf(d) / 2) + mp.loggamma(a + half)
    above, below = mp.loggamma(k - a), mp.loggamma(-a)  # complex logarithms below 0
    sign = mp.cos(mp.im(above) - mp.im(below))
    return int(mp.nint(sign)), log + mp.re(above) - mp.re(below)


def integral(kappa: Callable[[mp.mpf], mp.mpf], d: int, k: int) -> mp.mpf:
    """Return mu_k(kappa) by tanh-sinh quadrature in the half angle, with P_k as a 2F1."""

    def integrand(theta: mp.mpf) -> mp.mpf:
        value = mp.hyp2f1(-k, k + d - 2, mp.mpf(d - 1) / 2, mp.sin(theta / 2) ** 2)
        return kappa(theta) * value * mp.sin(theta) ** (d - 2)

    constant = mp.gamma(mp.mpf(d) / 2) / (mp.sqrt(mp.pi) * mp.gamma(mp.mpf(d - 1) / 2))
    return constant * mp.quad(integrand, [0, mp.pi / 2, mp.pi])


def sine_power(exponent: float, theta: mp.mpf) -> mp.mpf:
    return mp.sin(theta) ** mp.mpf(exponent)


def cosine_power(exponent: int, theta: mp.mpf) -> mp.mpf:
    return mp.cos(theta) ** exponent


@pytest.mark.parametrize("d", DIMENSIONS)
def test_power_eigenvalue_keeps_every_digit(d: int) -> None:
    with mp.workdps(60):
        for nu in EXPONENTS:
            values = power_eigenvalue(d, nu, DEGREES)
            signs, logs = log_power_eigenvalue(d, nu, DEGREES)
            for k, value, sign, log in zip(DEGREES, values, signs, logs, strict=True):
                expected_sign, expected = exact_power(d, nu, k)
                assert sign == expected_sign
                assert abs(log - expected) <= 2e-16 * (1 + abs(expected))
                if abs(expected) < 708:  # normal float64
                    assert relative(value, sign * mp.exp(expected)) <= FEW_ULP, (nu, k)
                elif expected < -746:
                    assert value == 0


@pytest.mark.parametrize("d", [2, 3, 4, 7])
@pytest.mark.parametrize("nu", [0.25, 0.5, 1.5, 0.3])
def test_claim_15_is_the_integral(d: int, nu: float) -> None:
    with mp.workdps(30):
        for k in (0, 1, 2, 5):
            exact = integral(lambda theta: (2 * mp.sin(theta / 2) ** 2) ** mp.mpf(nu), d, k)
            assert relative(power_eigenvalue(d, nu, k), exact) <= FEW_ULP


def test_limit_tells_the_constant_from_the_half_of_it_that_is_in_print() -> None:
    d, nu, k = 4, 0.5, 10**6
    limit = power_eigenvalue(d, nu, k) * float(k) ** (d + 2 * nu - 1)
    # The Gamma ratio is k^{-d-2nu+1} (1 + O(1/k)), with a constant near 10 here.
    assert limit == pytest.approx(decay_constant(d, nu), rel=1e-5, abs=0)
    assert limit != pytest.approx(decay_constant(d, nu) / 2, rel=0.4, abs=0)


@pytest.mark.parametrize("d", [2, 3, 6, 1000])
@pytest.mark.parametrize("nu", [0, 1, 2, 5])
def test_integer_powers_are_polynomials(d: int, nu: int) -> None:
    k = np.arange(9)
    values = power_eigenvalue(d, nu, k)
    assert np.all(values[k > nu] == 0.0)
    assert log_power_eigenvalue(d, nu, nu + 1) == (0.0, -math.inf)
    # (1-t)^nu = sum of binomials (-t)^m, each by its exact fraction.
    for j in range(nu + 1):
        exact = sum(math.comb(nu, m) * (-1) ** m * monomial_eigenvalue_exact(d, m, j) for m in range(nu + 1))
        assert values[j] == pytest.approx(float(exact), rel=FEW_ULP, abs=0)


@given(st.integers(2, 200), st.floats(-0.4, 30.0, allow_subnormal=False), st.integers(0, 10**6))
def test_ratio_of_neighbours(d: int, nu: float, k: int) -> None:
    # mu_{k+1} / mu_k = (k-nu) / (k+nu+d-1), by claim 15. A subnormal nu has too few digits of its own.
    signs, (now, after) = log_power_eigenvalue(d, nu, [k, k + 1])
    if signs[1] == 0:
        assert nu == int(nu) and k >= nu
        return
    above, below = math.log(abs(k - nu)), math.log(k + nu + d - 1)
    # What the docstring promises of two logarithms, the rounding of k - nu and k + nu + d - 1 in
    # this test, and of its logarithms and differences.
    promised = 2e-16 * (2 + abs(now) + abs(after))
    sums = 2.3e-16 * (2 + (1 + k) / abs(k - nu))
    logs = 2.3e-16 * (1 + abs(above) + abs(below)) + 1.2e-16 * abs(after - now)
    assert after - now == pytest.approx(above - below, abs=promised + sums + logs)
    assert signs[1] == signs[0] * (1 if k > nu else -1)


@given(st.integers(2, 200), st.integers(-25, 2000), st.integers(1, 20))
def test_recurrence_of_claim_2(d: int, sixtyfourths: int, k: int) -> None:
    nu = sixtyfourths / 64  # nu + 1 is a float64 too
    # (1-t) times (1-t)^nu, with t P_k from the recurrence of the Legendre polynomials.
    before, now, after = power_eigenvalue(d, nu, [k - 1, k, k + 1])
    moved = (k * before + (k + d - 2) * after) / (2 * k + d - 2)
    # Terms of either sign: the error is absolute, in units of the largest.
    scale = abs(before) + abs(now) + abs(after)
    assert power_eigenvalue(d, nu + 1, k) == pytest.approx(now - moved, rel=0, abs=1e-15 * scale)


def test_signs_before_the_exponent_is_passed() -> None:
    # (-nu)_k alternates until k passes nu, and keeps its sign from there on.
    assert np.sign(power_eigenvalue(5, 2.5, range(7))).tolist() == [1, -1, 1, -1, -1, -1, -1]
    assert np.all(power_eigenvalue(5, -0.5, range(50)) > 0)


@pytest.mark.parametrize("d", [2, 3, 4, 10, 50, 1000, 10**6])
def test_claim_16(d: int) -> None:
    with mp.workdps(60):
        half = mp.mpf(d - 1) / 2
        for nu in (0.5, 0.3, 1.5, 2.25):
            a = mp.mpf(nu)
            degrees = [*range(0, 41, 2), 1000, 10**6]
            values = even_power_eigenvalue(d, nu, degrees)
            for k, value in zip(degrees, values, strict=True):
                log = mp.loggamma(mp.mpf(d) / 2) + mp.loggamma(a + half) + mp.loggamma(a + 1)
                log -= mp.loggamma(mp.mpf(k + d - 1) / 2) + mp.loggamma(a + mp.mpf(k + d) / 2)
                exact = mp.sqrt(mp.pi) * mp.exp(log)
                exact *= mp.rgamma(mp.mpf(1 - k) / 2) * mp.rgamma(a + 1 - mp.mpf(k) / 2)
                if 1e-307 < abs(exact) < 1e307:
                    assert relative(value, exact) <= FEW_ULP
            assert np.all(even_power_eigenvalue(d, nu, [1, 3, 999]) == 0.0)


@pytest.mark.parametrize("d", [2, 3, 300])
@pytest.mark.parametrize("nu", [0.5, 95.5, 3.0])
def test_logarithms_of_claim_16(d: int, nu: float) -> None:
    degrees = np.arange(0, 60)
    sign, log_abs = log_even_power_eigenvalue(d, nu, degrees)
    values = even_power_eigenvalue(d, nu, degrees)
    assert np.array_equal(sign, np.sign(values))
    np.testing.assert_allclose(sign * np.exp(log_abs), values, rtol=1e-12)
    with mp.workdps(40):  # far below the floats; 1/(Gamma(x) Gamma(1-x)) = sin(pi x)/pi at both negative arguments
        a, k, half = mp.mpf(nu), 10**6, mp.mpf(d - 1) / 2
        size = mp.loggamma(mp.mpf(d) / 2) + mp.loggamma(a + half) + mp.loggamma(a + 1)
        size += mp.loggamma(mp.mpf(1 + k) / 2) + mp.loggamma(mp.mpf(k) / 2 - a)
        size -= mp.loggamma(mp.mpf(k + d - 1) / 2) + mp.loggamma(a + mp.mpf(k + d) / 2)
        size -= mp.mpf(3) / 2 * mp.log(mp.pi)
        sign, log_abs = log_even_power_eigenvalue(d, nu, k)
        if nu == 3.0:
            assert (sign, log_abs) == (0.0, -math.inf)
        else:
            assert log_abs == pytest.approx(float(size), rel=1e-14, abs=0)


def test_claim_16_is_the_integral_and_its_limit() -> None:
    with mp.workdps(30):
        for d, nu, k in [(2, 0.5, 2), (3, 0.3, 4), (4, 1.5, 0), (7, 0.5, 6)]:
            exact = integral(partial(sine_power, 2 * nu), d, k)
            assert relative(even_power_eigenvalue(d, nu, k), exact) <= FEW_ULP
    k, d, nu = 10**7, 4, 0.5
    limit = even_power_eigenvalue(d, nu, k) * float(k) ** (d + 2 * nu - 1)
    # Relative corrections O(1/k).
    assert limit == pytest.approx(2 ** (nu + 1) * decay_constant(d, nu), rel=1e-6, abs=0)


def test_decay_constant_of_claim_15() -> None:
    for d in (2, 3, 4, 10, 50, 150):
        upper = math.gamma(d / 2) / math.pi * 2 ** (d - 2.5)
        # math.gamma is right to a few ulp only.
        assert decay_constant(d, 0.5) == pytest.approx(-upper * math.gamma(d / 2), rel=5e-15, abs=0)
        assert decay_constant(d, 1.5) == pytest.approx(3 * upper * math.gamma(d / 2 + 1), rel=5e-15, abs=0)
    with mp.workdps(60):
        for d in (2, 3, 4, 10, 50, 150):
            for nu in EXPONENTS:
                a = mp.mpf(nu)
                exact = mp.mpf(2) ** (a + d - 2) / mp.sqrt(mp.pi) * mp.gamma(mp.mpf(d) / 2)
                exact *= mp.gamma(a + mp.mpf(d - 1) / 2) * mp.rgamma(-a)
                assert relative(decay_constant(d, nu), exact) <= FEW_ULP
    assert decay_constant(4, 2) == 0.0 and log_decay_constant(4, 2) == (0.0, -math.inf)


def test_decay_constant_beyond_float64() -> None:
    with pytest.raises(OverflowError, match="log_decay_constant"):
        decay_constant(300, 0.5)
    sign, log = log_decay_constant(10**6, 0.5)
    with mp.workdps(40):
        exact = (10**6 - mp.mpf(5) / 2) * mp.log(2) + 2 * mp.loggamma(500000) - mp.log(mp.pi)
        assert sign == -1.0 and abs(log / exact - 1) < 2e-16


@pytest.mark.parametrize("d", [2, 3, 4, 9, 1001])
def test_decay_constant_sympy(d: int) -> None:
    for nu in (0.5, Fraction(3, 2), sympy.Rational(1, 4), 0.3, 2):
        exact = decay_constant_sympy(d, nu)
        assert not exact.has(sympy.Float)
        numeric = sympy.N(exact, 30)
        sign, log = log_decay_constant(d, float(nu))
        assert int(sign) == int(sympy.sign(numeric))
        if sign:
            assert abs(sympy.log(abs(numeric)) - log) <= 2e-16 * (1 + abs(log))
    assert decay_constant_sympy(4, 0.5) == -2 * sympy.sqrt(2) / sympy.pi


@pytest.mark.parametrize("d", DIMENSIONS)
def test_monomials_keep_every_digit(d: int) -> None:
    for m in (0, 1, 2, 3, 10, 41, 300, 1999):
        degrees = [k for k in range(m + 1) if (m - k) % 2 == 0 and (k <= 40 or k >= m - 2)]
        for k, value in zip(degrees, monomial_eigenvalue(d, m, degrees), strict=True):
            exact = monomial_eigenvalue_exact(d, m, k)
            logarithm = math.log(exact.numerator) - math.log(exact.denominator)
            if logarithm > -708:
                assert abs(Fraction(float(value)) / exact - 1) <= FEW_ULP
            # The difference of two logarithms of up to 1e5, each rounded.
            rounding = 4e-16 * (math.log(exact.denominator) + 1)
            assert log_monomial_eigenvalue(d, m, k) == pytest.approx(logarithm, abs=rounding)


@pytest.mark.parametrize("d", [2, 4, 300, 10**6])
def test_monomials_of_high_degree(d: int) -> None:
    with mp.workdps(60):
        for m, k in [(10**4, 0), (10**4, 40), (9999, 1), (10**4, 5000), (10**9, 10), (10**9, 0)]:
            j = (m - k) // 2
            exact = mp.loggamma(mp.mpf(d) / 2) + mp.loggamma(m + 1) - m * mp.log(2)
            exact -= mp.loggamma(j + 1) + mp.loggamma(k + j + mp.mpf(d) / 2)
            assert abs(log_monomial_eigenvalue(d, m, k) - exact) <= 2e-16 * (1 + abs(exact))
            if exact > -708:
                assert relative(monomial_eigenvalue(d, m, k), mp.exp(exact)) <= FEW_ULP


@pytest.mark.parametrize("d", [2, 3, 4, 7])
def test_claim_10_is_the_integral(d: int) -> None:
    with mp.workdps(30):
        for m, k in [(0, 0), (1, 1), (4, 2), (5, 1), (6, 6)]:
            exact = integral(partial(cosine_power, m), d, k)
            assert relative(monomial_eigenvalue(d, m, k), exact) <= FEW_ULP


def test_monomials_broadcast_and_vanish() -> None:
    table = monomial_eigenvalue(3, np.arange(6)[:, None], np.arange(8))
    m, k = np.indices((6, 8))
    np.testing.assert_array_equal(table > 0, (k <= m) & ((m - k) % 2 == 0))
    np.testing.assert_array_equal(table[(k > m) | ((m - k) % 2 == 1)], 0.0)
    assert monomial_eigenvalue_exact(3, 3, 2) == 0 and monomial_eigenvalue_exact(3, 2, 4) == 0
    assert log_monomial_eigenvalue(3, 2, 1) == -math.inf


@pytest.mark.parametrize("d", [2, 3, 10, 50])
def test_taylor_to_mercer_gives_the_bessel_functions_of_claim_11(d: int) -> None:
    alpha, m = 2.0, np.arange(80)
    taylor = math.exp(-alpha) * alpha**m / np.array([float(math.factorial(i)) for i in m])
    for k in (0, 1, 2, 7, 20):
        value = float(taylor @ monomial_eigenvalue(d, m, k))
        with mp.workdps(30):
            order = mp.mpf(d) / 2 - 1
            exact = mp.exp(-alpha) * mp.gamma(mp.mpf(d) / 2) * (2 / mp.mpf(alpha)) ** order
            exact *= mp.besseli(k + order, alpha)
            # A sum of positive terms, each right to a few ulp.
            assert relative(value, exact) <= 2e-15


def test_empty_and_scalar_degrees() -> None:
    assert power_eigenvalue(3, 0.5, []).shape == (0,)
    assert monomial_eigenvalue(3, np.zeros((0, 2), dtype=int), 1).shape == (0, 2)
    assert isinstance(power_eigenvalue(3, 0.5, np.int64(3)), float)
    assert power_eigenvalue(3, 0.5, np.array([[3]])).shape == (1, 1)


@pytest.mark.parametrize(
    ("call", "fault", "words"),
    [
        (lambda: power_eigenvalue(1, 0.5, 3), ValueError, "d must be an integer from 2.*got 1"),
        (lambda: power_eigenvalue(True, 0.5, 3), TypeError, "d must be an integer.*True"),
        (lambda: power_eigenvalue(untyped(3.0), 0.5, 3), TypeError, "d must be an .*3.0"),
        (lambda: power_eigenvalue(3, 0.5, -1), ValueError, "k must be an integer from 0.*-1"),
        (lambda: power_eigenvalue(3, 0.5, [1, -2]), ValueError, "k must be an integer from 0.*-2"),
        (lambda: power_eigenvalue(3, 0.5, 1.0), TypeError, "k must be integers.*1.0"),
        (lambda: power_eigenvalue(3, 0.5, [True]), TypeError, "k must be integers.*True"),
        (lambda: power_eigenvalue(3, 0.5, 2**60), ValueError, r"k must be.*2\^53"),
        (lambda: power_eigenvalue(3, -1.0, 2), ValueError, r"nu must be .*> -\(d-1\)/2 = -1.0"),
        (lambda: power_eigenvalue(3, math.nan, 2), ValueError, "nu must be finite.*nan"),
        (lambda: power_eigenvalue(3, math.inf, 2), ValueError, "nu must be finite.*inf"),
        (lambda: power_eigenvalue(3, untyped("half"), 2), TypeError, "nu must be a real.*half"),
        (lambda: power_eigenvalue(3, True, 2), TypeError, "nu must be a real number"),
        (lambda: monomial_eigenvalue(3, -1, 0), ValueError, "m must be an integer from 0.*-1"),
        (lambda: monomial_eigenvalue_exact(3, 10**7, 0), ValueError, "m must be at most"),
        (lambda: even_power_eigenvalue(3, 0.5, "k"), TypeError, "k must be integers"),
        (lambda: decay_constant_sympy(3, -2), ValueError, "nu must be"),
    ],
)
def test_bad_arguments_are_named(call: Callable[[], object], fault: type[Exception], words: str) -> None:
    with pytest.raises(fault, match=words):
        call()
