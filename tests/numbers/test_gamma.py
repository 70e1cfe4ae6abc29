"""Ratios of Gamma functions against 60-digit values."""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernelspec.numbers.gamma import log_beta, log_gamma, log_gamma_ratio, log_gamma_ratio_pair, log_gamma_sum_pair
from kernelspec.numbers.pairs import exp_pair, log_pair, pair_sum

# Rounding a correct result to float64 costs 1.1e-16 in relative terms; a pair carries 1e-18 of
# absolute error before that. 2e-16 (1 + |result|) is what the docstrings promise.
PROMISED = 2e-16

half_integers = st.integers(1, 2 * 10**10).map(lambda n: n / 2)
log_uniform = st.floats(-2.0, 33.0).map(lambda e: 2.0**e)
arguments = st.one_of(half_integers, log_uniform.filter(lambda x: 0.25 <= x <= 1e10))
steps = st.one_of(
    st.integers(0, 2 * 10**6).map(lambda n: n / 2),
    st.floats(-7.0, 6.0).map(lambda e: 10.0**e),
    st.sampled_from([-0.24, -0.2, -1e-3, -1e-9, 1 / 16, 0.3]),
)


def error(value: float, exact: mp.mpf) -> float:
    """Return the error as a multiple of 1 + |exact|."""
    return float(abs(mp.mpf(float(value)) - exact) / (1 + abs(exact)))


@given(arguments, steps)
@example(1e9, 0.3)  # x + a is not a float64
@example(1e10, 1e6)
@example(0.25, -0.24)
def test_ratio_keeps_every_digit(x: float, a: float) -> None:
    with mp.workdps(60):
        exact = mp.loggamma(mp.mpf(x) + mp.mpf(a)) - mp.loggamma(x)
        assert error(log_gamma_ratio(x, a), exact) <= PROMISED


@given(arguments, arguments)
@example(1e10, 0.25)
def test_beta_keeps_every_digit(x: float, y: float) -> None:
    with mp.workdps(60):
        exact = mp.loggamma(x) + mp.loggamma(y) - mp.loggamma(mp.mpf(x) + mp.mpf(y))
        assert error(log_beta(x, y), exact) <= PROMISED


def test_ratio_on_a_grid_in_one_call() -> None:
    x = np.concatenate([np.arange(1, 80) / 2, 10.0 ** np.arange(0.5, 10.5, 0.25)])[:, None]
    a = np.array([-0.24, 1e-9, 0.0625, 0.25, 0.3, 0.5, 1.0, 1.5, 7.5, 100.3, 5e5, 999999.5])
    values = log_gamma_ratio(x, a)
    assert isinstance(values, np.ndarray) and values.shape == (x.size, a.size)
    with mp.workdps(60):
        worst = max(
            error(values[i, j], mp.loggamma(mp.mpf(u) + mp.mpf(v)) - mp.loggamma(u))
            for i, u in enumerate(x[:, 0])
            for j, v in enumerate(a)
        )
    assert worst <= PROMISED


@pytest.mark.parametrize(
    ("x", "a"), [(1e200, 0.5), (1e200, -9.99e199), (1e-300, 3.0), (1e-5, 1e250), (1e15, 1e15), (5.0, -4.9999999)]
)
def test_ratio_at_extreme_arguments(x: float, a: float) -> None:
    with mp.workdps(400):  # x + a must be exact in the oracle too
        exact = mp.loggamma(mp.mpf(x) + mp.mpf(a)) - mp.loggamma(x)
        assert error(log_gamma_ratio(x, a), exact) <= PROMISED


def test_pairs_carry_far_more_than_float64() -> None:
    rng = np.random.default_rng(7)
    x, a = 10 ** rng.uniform(-0.6, 10, 300), 10 ** rng.uniform(-3, 6, 300)
    high, low = log_gamma_ratio_pair(pair_sum(x), pair_sum(x, a))
    with mp.workdps(60):
        errors = [
            abs(mp.mpf(h) + mp.mpf(tail) - (mp.loggamma(mp.mpf(u) + mp.mpf(v)) - mp.loggamma(u)))
            for u, v, h, tail in zip(x, a, high, low, strict=True)
        ]
        # The Stirling sum is float64 of size 1/192 at most: a few 1e-19 at each end.
        assert max(errors) < 4e-18


def test_logarithm_and_exponential_of_pairs() -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([10 ** rng.uniform(-300, 300, 300), 1 + rng.uniform(-1e-2, 1e-2, 200)])
    pair = pair_sum(x, x * rng.uniform(-1e-17, 1e-17, x.size))
    high, low = log_pair(pair)
    with mp.workdps(60):
        for u, v, h, tail in zip(*pair, high, low, strict=True):
            exact = mp.log(mp.mpf(u) + mp.mpf(v))
            # 1e-31 absolute; 2^-101 of the part exponent * log 2, at most 700.
            assert abs(mp.mpf(h) + mp.mpf(tail) - exact) < 1e-31 + 4e-31 * abs(exact)
    back = exp_pair((high, low))
    # The library's exp may be off by one ulp, the factor 1 + low by half of one.
    np.testing.assert_allclose(back, pair[0], rtol=4e-16)
    assert exp_pair(pair_sum(-1e4)) == 0.0 and exp_pair(pair_sum(1e4)) == np.inf


def test_sum_of_ratios_is_the_same_in_one_sweep_or_two() -> None:
    k = np.arange(1.0, 300.0)

    def total(k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return log_gamma_sum_pair((k, k + 0.5), (2.0, 3.5), (k + 7.0, 1.0))

    # Above 100 values the plain numbers are summed apart: only the order of addition differs.
    long, short = total(k), total(k[:9])
    difference = (long[0][:9] - short[0]) + (long[1][:9] - short[1])
    assert np.abs(difference).max() < 1e-28


@given(log_uniform)
def test_functional_equations(x: float) -> None:
    # Gamma(x+1) = x Gamma(x) and B(x,1) = 1/x, both to the promised digits.
    assert error(log_gamma_ratio(x, 1.0), mp.mpf(np.log(x))) <= 2 * PROMISED
    assert error(log_beta(x, 1.0), mp.mpf(-np.log(x))) <= 2 * PROMISED


@given(arguments, arguments)
def test_beta_is_symmetric(x: float, y: float) -> None:
    assert log_beta(x, y) == log_beta(y, x)


def test_exact_values() -> None:
    assert log_gamma(1.0) == 0.0 and abs(log_gamma(2.0)) <= PROMISED
    assert log_gamma_ratio(7.25, 0.0) == 0.0
    # log 4! and log sqrt(pi), rounded once each by the library and here.
    assert log_gamma(5.0) == pytest.approx(np.log(24.0), rel=4e-16, abs=0)
    assert log_gamma(0.5) == pytest.approx(0.5 * np.log(np.pi), rel=4e-16, abs=0)
    assert isinstance(log_gamma_ratio(3.0, 0.5), float)
    assert np.shape(log_beta(np.ones((2, 0)), 1.0)) == (2, 0)


def test_gammaln_would_not_do() -> None:
    from scipy.special import gammaln

    naive = gammaln(1e9 + 0.5) - gammaln(1e9)
    assert abs(naive - log_gamma_ratio(1e9, 0.5)) > 1e-7


@pytest.mark.parametrize(
    ("call", "fault", "words"),
    [
        (lambda: log_gamma(0.0), ValueError, "x must be positive"),
        (lambda: log_gamma(np.nan), ValueError, "x must be positive.*nan"),
        (lambda: log_gamma(np.inf), ValueError, "x must be positive.*inf"),
        (lambda: log_gamma_ratio(1.0, -1.0), ValueError, r"x \+ a must be positive.*0.0"),
        (lambda: log_gamma_ratio(1.0, np.inf), ValueError, "a must be at most"),
        (lambda: log_gamma(1.1e290), ValueError, r"x must be positive and at most 1e\+290"),
        (lambda: log_gamma_ratio(6e289, 6e289), ValueError, r"x \+ a must be positive and at most"),
        (lambda: log_beta([1.0, -2.0], 1.0), ValueError, "x must be positive.*-2.0"),
        (lambda: log_beta(1.0, "two"), TypeError, "y must be a real number"),
        (lambda: log_gamma(1j), TypeError, "x must be a real number"),
    ],
)
def test_bad_arguments_are_named(call: Callable[[], object], fault: type[Exception], words: str) -> None:
    with pytest.raises(fault, match=words):
        call()


@pytest.mark.parametrize("x", [1e-308, 1e-300, 1e-280, 1e-100])
def test_next_to_zero(x: float) -> None:
    # Gamma(x) = 1/x there, to all digits; it was NaN, with an overflow, below 1e-293.
    assert log_gamma(x) == pytest.approx(-np.log(x), rel=4e-16, abs=0)
    assert log_beta(x, 3.0) == pytest.approx(-np.log(x), rel=4e-16, abs=0)
