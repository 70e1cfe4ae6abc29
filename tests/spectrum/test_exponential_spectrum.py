"""Eigenvalues of exponential kernels of every width, against Arb's Bessel functions (claim 11)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.numbers.precision import precision
from kernelspec.spectrum.bessel import _polynomials


def logarithm(alpha: Fraction, d: int, k: int) -> Any:
    """log of Gamma(d/2) (2/alpha)^{d/2-1} e^{-alpha} I_{k+d/2-1}(alpha), as a ball."""
    import flint

    for bits in (400, 2000, 8000):
        with precision(bits):
            argument = flint.arb(flint.fmpq(alpha.numerator, alpha.denominator))
            half = flint.arb(d) / 2
            bessel = argument.bessel_i(half - 1 + k, True)
            if bessel.rel_accuracy_bits() > 100:
                return bessel.log() + half.lgamma() + (half - 1) * (2 / argument).log()
    pytest.skip("the oracle has no digits here")


def check(alpha: Fraction, d: int, k: int) -> None:
    s = ks.laplace(alpha, gamma=1).spectrum(d)
    true = logarithm(alpha, d, k)
    assert abs(float(s.log_abs(k) - true)) <= 3e-16 * (2 + abs(float(true)))
    value = s[k]
    if value > 1e-300:
        with precision(400):
            off = abs(float(value / true.exp() - 1))
        assert off <= s.error(k) <= 6e-15
    else:
        assert value == pytest.approx(math.exp(s.log_abs(k)), abs=1e-310)


@pytest.mark.parametrize("d", [2, 3, 4, 50, 3072, 10**6])
@pytest.mark.parametrize("alpha", ["1e-200", "1e-6", "1", "10", "10.5", "30", "1e6", "1e12", "1e61"])
def test_every_width_and_degree(alpha: str, d: int) -> None:
    for k in (0, 1, 5, 39, 40, 300, 10**5, 10**9):
        check(Fraction(alpha), d, k)


@settings(max_examples=50)
@given(st.fractions(Fraction(1, 1000), 10**5, max_denominator=1000), st.integers(2, 500), st.integers(0, 10**6))
def test_random_exponentials(alpha: Fraction, d: int, k: int) -> None:
    check(alpha, d, k)


@settings(max_examples=50)
@given(st.fractions(2, 60, max_denominator=1000), st.integers(2, 20), st.integers(0, 40))
@example(Fraction(8344, 901), 2, 0)  # 3.3 roundings of the ratios in plain floats
def test_forty_steps_down_and_series_that_grow_at_first(alpha: Fraction, d: int, k: int) -> None:
    check(alpha, d, k)
    value, true = ks.laplace(alpha, gamma=1).spectrum(d)[k], logarithm(alpha, d, k)
    with precision(400):
        assert abs(float(value / true.exp() - 1)) <= 2.5 * 2.0**-52


@pytest.mark.parametrize("sigma", ["1e-100", "1e-30", "1e-3", "0.1", "1", "1e3", "1e100"])
def test_the_first_eigenvalue_in_three_dimensions(sigma: str) -> None:
    """sigma^2 (1 - e^{-2/sigma^2})/2."""
    s = ks.exponential(Fraction(sigma)).spectrum(3)
    square = float(Fraction(sigma) ** 2)
    expected = -square * math.expm1(-2 / square) / 2
    assert s[0] == pytest.approx(expected, rel=3e-15, abs=0)
    assert s.error(0) < 1e-13


def test_the_polynomials_of_debye() -> None:
    """U_1 and U_2 of DLMF 10.41.10."""
    first, second = _polynomials()[1:3]
    assert np.array(first) * 24 == pytest.approx([3, -5])
    assert np.array(second) * 1152 == pytest.approx([81, -462, 385])


@pytest.mark.parametrize("name", ["exp", "sin", "cos"])
@pytest.mark.parametrize("d", [2, 3, 10, 1000])
def test_duals_of_sine_cosine_and_exponential(name: str, d: int) -> None:
    s = ks.dual(name).spectrum(d)
    for k in (0, 1, 2, 3, 20, 101):
        true = s.certified(k, 25)
        if true == 0:
            assert s[k] == 0 and s.method(k) == "exact zero"
        elif true > 1e-300:
            assert abs(float(s[k] / true - 1)) <= s.error(k) < 3e-14
    assert (ks.linear() * ks.dual(name)).spectrum(3)[3] == pytest.approx(
        float((ks.linear() * ks.dual(name)).spectrum(3).certified(3, 20)), rel=1e-14, abs=0
    )


def test_analytic_summands_at_any_degree() -> None:
    """What is below every digit of the sum does not refuse it."""
    network = ks.ntk(3).spectrum(3)
    for more in (ks.dual("exp"), ks.dual("gelu"), ks.exponential(0.5) @ ks.polynomial(2)):
        s = (ks.ntk(3) + more).spectrum(3)
        degrees = np.array([4001, 10**4, 10**9])
        assert s[degrees] == pytest.approx(network[degrees], rel=1e-14, abs=0)
        true = s.certified(4001, 18)
        assert abs(float(s[4001] / true - 1)) <= s.error(4001) < 1e-12


def test_an_analytic_kernel_that_counts_is_refused() -> None:
    for kernel in (ks.dual("gelu"), ks.dual("gelu") + ks.dual("exp")):
        with pytest.raises(ValueError, match="k must be at most 4000"):
            kernel.spectrum(3)(4002)
    s = (ks.dual("erf") - ks.dual("erf") + ks.dual("gelu")).spectrum(3)
    assert s[4000] > 0 or s.log_abs(4000) < -700


@pytest.mark.parametrize(
    "kernel",
    [ks.dual("gelu"), ks.dual("erf"), ks.exponential(1) @ ks.polynomial(2), ks.arccos(1) @ (0.9 * ks.linear())],
    ids=repr,
)
def test_the_bound_bounds(kernel: ks.Zonal) -> None:
    from kernelspec.spectrum.analytic_bound import log_bound

    k = np.array([4, 5, 40, 41, 400, 401, 2000])
    for d in (2, 3, 50, 10**4):
        bound, found = log_bound(kernel, d, k), kernel.spectrum(d).log_abs(k)
        assert np.all(found <= bound)
        assert np.all(bound[-1] < -100)
