"""One product of Gamma functions, read in floats, balls, sympy and as a fraction."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.numbers.exact_numbers import ball
from kernelspec.sphere.gamma_products import HALF, GammaProduct, K, M
from kernelspec.sphere.power_eigenvalues import density, even_power, monomial, power

F = Fraction
NEAR = [n + sign * F(1, 10**e) for n in (0, 1, 2, 7) for sign in (1, -1) for e in (9, 12, 30, 60)]

# sympy.N itself loses digits next to poles.
plain = st.one_of(st.fractions(F(-2, 5), 40, max_denominator=12), st.integers(0, 9).map(F))
exponents = st.one_of(plain, st.sampled_from(NEAR))
PRODUCTS = {"power": power, "even_power": even_power}


def check(product: GammaProduct, k: int) -> None:
    """Floats lie within their error of the ball, which has 40 digits and holds the sympy value."""
    with flint.ctx.workprec(600):
        exact = product.ball(k)
        value, log_abs, sign, error = (float(part) for part in product.floats(np.array(k)))
        assert sign == float((exact > 0) - (exact < 0))
        if sign == 0:
            assert exact == 0 and value == 0 and log_abs == -np.inf and error == 0
            return
        assert exact.rel_accuracy_bits() > 130
        if abs(log_abs) < 700:
            assert abs(arb(value) / exact - 1) <= error <= 2.0**-50
        assert abs(arb(log_abs) - abs(exact).log()) <= 2e-16 * (1 + abs(log_abs))


@given(st.sampled_from(list(PRODUCTS)), st.integers(2, 10**5), exponents, st.integers(0, 10**9))
def test_floats_are_as_near_to_balls_as_they_say(name: str, d: int, nu: F, k: int) -> None:
    for degree in (k, k % 12):
        check(PRODUCTS[name](d, nu), degree - degree % 2)


@given(st.integers(0, 30), st.integers(2, 10**4), st.integers(0, 10**6))
def test_arc_cosine_kernels_of_degrees_below_their_own(n: int, d: int, k: int) -> None:
    for degree in (k, k % (n + 2)):
        product = ks.arccos(n).eigenvalue(d)
        assert isinstance(product, GammaProduct)
        check(product, degree + (degree + n + 1) % 2)


@given(st.sampled_from(list(PRODUCTS)), st.integers(2, 12), plain, st.integers(0, 6))
def test_sympy_and_balls_agree(name: str, d: int, nu: F, j: int) -> None:
    product = PRODUCTS[name](d, nu)
    with flint.ctx.workprec(400):
        mu = product.ball(2 * j)
        exact = sympy.N(product.sympy(2 * j), 90)
        assert abs(arb(str(exact)) - mu) <= abs(mu) * arb(10) ** -50


@given(st.integers(2, 40), st.integers(0, 60), st.integers(0, 60))
def test_a_monomial_in_all_readings(d: int, m: int, k: int) -> None:
    k += (m + k) % 2
    exact = monomial(d).fraction(k, m)
    assert (exact == 0) == (k > m)
    with flint.ctx.workprec(200):
        assert monomial(d).ball(k, m).overlaps(ball(exact))
    assert monomial(d).sympy(k, m) == sympy.Rational(exact.numerator, exact.denominator)
    value, *_, error = monomial(d).floats(np.array(k), np.array(m))
    assert abs(F(float(value)) - exact) <= F(float(error)) * exact


def test_a_ratio_at_poles_is_its_limit() -> None:
    # Gamma(k-n)/Gamma(-n) = (-n)_k
    product = GammaProduct(above=(K - 3,), below=(F(-3),))
    assert [product.sympy(k) for k in range(6)] == [1, -3, 6, -6, 0, 0]
    assert product.floats(np.arange(6.0))[0].tolist() == pytest.approx([1, -3, 6, -6, 0, 0], rel=1e-15)
    assert [str(product.ball(k).unique_fmpz()) for k in range(6)] == ["1", "-3", "6", "-6", "0", "0"]
    assert density(3).sympy(0) == sympy.Rational(1, 2) and density(2).sympy(0) == 1 / sympy.pi


@pytest.mark.parametrize("read", ["floats", "ball", "sympy"])
def test_an_infinite_product_is_refused(read: str) -> None:
    k: Any = np.array([1, 0]) if read == "floats" else 0
    with pytest.raises(ArithmeticError, match="pole that none below meets"):
        getattr(GammaProduct(above=(K * HALF,), below=(K + 1,)), read)(k)


def test_what_depends_on_k_and_what_does_not() -> None:
    product = power(5, F(1, 3))
    with flint.ctx.workprec(200):
        parts = product.part(moving=False).ball(0) * product.part(moving=True).ball(9)
        assert parts.overlaps(product.ball(9)) and parts.rel_accuracy_bits() > 150
    assert product.part(moving=False).floats(np.array(3))[0] == product.part(moving=False).floats(np.array(0))[0]


def test_exponents_that_floats_do_not_tell_from_integers() -> None:
    # mu_k is about (n - nu) times a number of moderate size: 1e-60 is no rounding
    d, nu, k = 4, 2 + F(1, 10**60), 5
    with mp.workdps(120):
        a = mp.mpf(2) + mp.mpf(10) ** -60
        exact = mp.mpf(2) ** (a + 2) * mp.gamma(2) * mp.gamma(a + mp.mpf(3) / 2) / mp.sqrt(mp.pi)
        exact *= mp.gamma(k - a) * mp.rgamma(-a) / mp.gamma(k + a + 3)
        value = ks.defect_power(nu).spectrum(d)[k]
        assert abs(mp.mpf(value) / exact - 1) < 4.5e-16


def test_linear_arguments() -> None:
    line = (M - K) * HALF + 1
    assert line == -((K - M) * HALF) + 1 and line != K
    assert line.at(4, 10) == (8, 2)
