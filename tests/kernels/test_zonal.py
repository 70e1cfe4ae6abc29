"""The algebra of kernels: laws of +, -, *, @, exact derivatives, text, LaTeX, equality."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy
from expressions import exact_cosines, exact_kernels, inner_cosines, time_limit, untyped
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.testing import scalars

EPS = float(np.finfo(np.float64).eps)
U = np.array([-1.0, -0.9, -0.5, -0.1, 0.0, 0.3, 0.7, 0.95, 1.0])


def close(a: Value, b: Value, size: Any, ulps: float) -> bool:
    """|a - b| <= ulps * 2^-52 * size, entry by entry."""
    return bool(np.all(np.abs(np.asarray(a) - np.asarray(b)) <= ulps * EPS * np.asarray(size) + 1e-300))


# -- laws that hold between values of expressions --------------------------------------------------


@given(exact_kernels(), exact_kernels())
def test_a_sum_commutes(a: Zonal, b: Zonal) -> None:
    assert a + b == b + a
    assert hash(a + b) == hash(b + a)


@settings(max_examples=40)
@given(exact_kernels(), exact_kernels(), exact_kernels())
def test_a_sum_is_associative(a: Zonal, b: Zonal, c: Zonal) -> None:
    assert (a + b) + c == a + (b + c)


@given(exact_kernels(), exact_kernels())
def test_a_product_commutes(a: Zonal, b: Zonal) -> None:
    assert a * b == b * a
    assert hash(a * b) == hash(b * a)


@settings(max_examples=40)
@given(exact_kernels(), exact_kernels(), exact_kernels())
def test_a_product_is_associative(a: Zonal, b: Zonal, c: Zonal) -> None:
    assert (a * b) * c == a * (b * c)


@settings(max_examples=40)
@given(exact_kernels(), exact_cosines(), exact_cosines())
def test_composition_is_associative(a: Zonal, b: Zonal, c: Zonal) -> None:
    assert (a @ b) @ c == a @ (b @ c)


@given(exact_kernels())
def test_the_linear_kernel_is_the_identity_of_composition(a: Zonal) -> None:
    assert ks.linear() @ a == a
    assert a @ ks.linear() == a


@given(exact_kernels(), scalars(), scalars())
def test_scalars_act_as_on_a_vector_space(a: Zonal, c: Value, e: Any) -> None:
    x, y = _fraction(c), _fraction(e)
    assert c * a == a * c
    assert x * (y * a) == (x * y) * a
    assert x * a + y * a == (x + y) * a
    assert (x * a) / x == a
    assert a + a == 2 * a
    minus = -a
    assert -minus == a
    assert a - a == 0 * a
    assert a + 0 == a
    assert 1 * a == a


@settings(max_examples=40)
@given(exact_kernels(), exact_kernels(), scalars())
def test_scalars_move_through_products_and_compositions(a: Zonal, b: Zonal, c: Value) -> None:
    assert (c * a) * b == c * (a * b)
    assert a * (c * b) == c * (a * b)
    assert (c * a) @ ks.arccos(1) == c * (a @ ks.arccos(1))
    assert (a * b) @ ks.arccos(1) == (a @ ks.arccos(1)) * (b @ ks.arccos(1))
    assert (a + b) @ ks.arccos(1) == a @ ks.arccos(1) + b @ ks.arccos(1)


@given(exact_kernels())
def test_powers_are_repeated_products(a: Zonal) -> None:
    assert a**0 == ks.polynomial(0)
    assert a**1 == a
    assert a**3 == a * a * a


@pytest.mark.parametrize("depth", [1, 2, 3, 7])
def test_depth_adds_under_composition(depth: int) -> None:
    for degree in range(3):
        assert ks.rf(depth, degree) @ ks.rf(4, degree) == ks.rf(depth + 3, degree)


# -- laws that hold between values at points -------------------------------------------------------


@given(exact_kernels(), exact_kernels())
def test_a_sum_is_evaluated_as_a_sum(a: Zonal, b: Zonal) -> None:
    x, y = a(U), b(U)
    # Like terms are collected first: what was added and cancelled costs roundings of the larger size.
    assert close((a + b)(U), x + y, _size(a) + _size(b), 64)
    assert close((a - b)(U), x - y, _size(a) + _size(b), 64)


@settings(max_examples=40)
@given(exact_kernels(), exact_kernels())
def test_a_product_is_evaluated_as_a_product(a: Zonal, b: Zonal) -> None:
    # Each factor carries its own few roundings; powers of u are collected, (u^2)(u^3) = u^5.
    assert close((a * b)(U), a(U) * b(U), _size(a) * _size(b), 64)


@settings(max_examples=40)
@given(exact_kernels(), exact_kernels(), exact_kernels())
def test_products_distribute_over_sums_in_value(a: Zonal, b: Zonal, c: Zonal) -> None:
    assert close((a * (b + c))(U), (a * b + a * c)(U), _size(a) * (_size(b) + _size(c)), 96)


@given(exact_kernels(), exact_cosines(), inner_cosines())
@settings(max_examples=60)
def test_a_composition_is_evaluated_as_one(a: Zonal, b: Zonal, u: float) -> None:
    with mp.workdps(50):
        x = mp.mpf(u)
        inside = b(x)
        # 50 digits, of which the square-root singularities at +-1 may take half.
        assert abs((a @ b)(x) - a(inside)) <= mp.mpf(10) ** -22 * (1 + abs(a(inside)))


@given(exact_kernels())
def test_value_and_defect_add_up_to_the_value_at_one(k: Zonal) -> None:
    if math.isinf(k.at_one):
        return
    assert k.at_one == k(1.0)
    assert close(k(U) + k.defect(U), k.at_one, _size(k) + abs(k.at_one), 64)
    assert k.defect(1.0) == 0.0


def _size(k: Value, u: Any = U) -> float:
    """A bound on the size of what is added up inside k at u: the same expression with every minus a plus."""
    if hasattr(k, "terms"):
        return sum((abs(float(c)) * _size(term, u) for c, term in k.terms), 0.0)
    if hasattr(k, "factors"):
        return math.prod(_size(factor, u) for factor in k.factors)
    if hasattr(k, "layers"):
        for inner in reversed(k.layers[1:]):
            u = inner(u)
        return _size(k.layers[0], u)
    if hasattr(k, "coefficients"):
        return float(np.sum(np.abs(k.coefficients))) or 1.0
    return max(1.0, float(np.max(np.abs(k(u)))))


def _fraction(c: Value) -> Fraction:
    return Fraction(repr(c)) if isinstance(c, float) else Fraction(c)


# -- derivatives -----------------------------------------------------------------------------------


@given(exact_kernels(), inner_cosines())
@settings(max_examples=60)
def test_the_derivative_is_the_limit_of_differences(k: Zonal, u: float) -> None:
    # A central difference with step 1e-15 at 60 digits: error k'''/6 1e-30, rounding 1e-45.
    with mp.workdps(60):
        x, h = mp.mpf(u), mp.mpf(10) ** -15
        slope = (k(x + h) - k(x - h)) / (2 * h)
        found = k.derivative()(x)
        assert abs(found - slope) <= mp.mpf(10) ** -18 * (1 + abs(slope))


@given(exact_cosines(), inner_cosines())
@settings(max_examples=25)
def test_the_second_derivative_too(k: Zonal, u: float) -> None:
    with mp.workdps(60):
        x, h = mp.mpf(u), mp.mpf(10) ** -10
        bend = (k(x + h) - 2 * k(x) + k(x - h)) / h**2
        found = k.derivative().derivative()(x)
        assert abs(found - bend) <= mp.mpf(10) ** -10 * (1 + abs(bend))


@given(exact_kernels())
@settings(max_examples=40)
def test_the_derivative_in_float64_is_that_in_mpmath(k: Zonal) -> None:
    slope = k.derivative()
    for u in (-0.75, 0.0, 0.4):
        with mp.workdps(40):
            exact = slope(mp.mpf(u))
        # Cancellation inside a derivative is at most that of its terms' size, some hundreds here.
        assert abs(slope(u) - float(exact)) <= 1e-11 * (1 + abs(float(exact)))


@given(exact_kernels(), exact_kernels(), scalars())
@settings(max_examples=40)
def test_derivation_is_linear(a: Zonal, b: Zonal, c: Value) -> None:
    assert (a + b).derivative() == a.derivative() + b.derivative()
    assert (c * a).derivative() == c * a.derivative()


@pytest.mark.parametrize("degree", range(1, 13))
def test_claim_12_derivatives_of_arc_cosine_kernels(degree: int) -> None:
    s = Fraction(degree)
    assert ks.arccos(degree).derivative() == s * s / (2 * s - 1) * ks.arccos(degree - 1)


def test_the_derivative_of_the_step_kernel() -> None:
    slope = ks.arccos(0).derivative()
    assert slope(0.0) == pytest.approx(1 / math.pi, rel=4 * EPS, abs=0)  # claim 12
    assert slope(1.0) == math.inf == slope(-1.0) == slope.at_one


@pytest.mark.parametrize(("make", "depth"), [(ks.rf, 30), (ks.rf, 100), (ks.ntk, 10), (ks.ntk, 30), (ks.ntk, 100)])
def test_deep_networks_have_derivatives(make: Callable[[int], Zonal], depth: int) -> None:
    k = make(depth)
    with time_limit(), mp.workdps(50):
        x, h = mp.mpf("0.25"), mp.mpf(10) ** -15
        slope = (k(x + h) - k(x - h)) / (2 * h)
        assert abs(k.derivative()(0.25) / float(slope) - 1) <= 4 * depth * EPS  # a few roundings a layer


# -- text ------------------------------------------------------------------------------------------


@given(exact_kernels())
def test_a_kernel_reads_back_from_its_text(k: Zonal) -> None:
    again = ks.parse(repr(k))
    assert again == k
    assert hash(again) == hash(k)
    assert repr(again) == repr(k)


@given(exact_cosines())
@settings(max_examples=25)
def test_derivatives_read_back_from_their_text(k: Zonal) -> None:
    slope = k.derivative()
    assert ks.parse(repr(slope)) == slope


@given(st.floats(1e-30, 1e30))
def test_float_parameters_read_back_exactly(x: float) -> None:
    for k in (ks.exponential(x), ks.laplace(x), x * ks.arccos(1)):
        assert ks.parse(repr(k)) == k
    # A float of at most 15 digits is the decimal that it prints; others are known to within their rounding.
    short = float(f"{x:.15g}")
    assert ks.exponential(short) == ks.exponential(Fraction(repr(short)))


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("0.5*arccos(1)@arccos(1) + laplace(c=2)", Fraction(1, 2) * ks.rf(3) + ks.laplace(2)),
        ("rf(3)", ks.rf(3)),
        ("rf(4, degree=0)", ks.rf(4, degree=0)),
        ("ntk(3, bias=True)", ks.ntk(3, bias=True)),
        ("1 + linear()", 1 + ks.linear()),
        ("-arccos(2)", -ks.arccos(2)),
        ("(linear() + 1)*arccos(0)", (ks.linear() + 1) * ks.arccos(0)),
    ],
)
def test_texts_of_known_kernels(text: str, kernel: Zonal) -> None:
    assert ks.parse(text) == kernel


# -- looks -----------------------------------------------------------------------------------------


@given(exact_kernels())
@settings(max_examples=30)
def test_latex_is_drawn_by_matplotlib(k: Zonal) -> None:
    parser = MathTextParser("path")
    parser.parse(f"${k.latex()}$")
    parser.parse(k._repr_latex_())


@pytest.mark.parametrize(
    "kernel",
    [
        ks.power_series(0, 0, 1) @ ks.polynomial(2),  # a power of a power
        ks.power_series(1, -2, 0.5),
        ks.power_series(1e-20, 1e30),
        ks.laplace(Fraction(1, 3), Fraction(1, 3)),
        ks.exponential(Fraction(1, 3)) @ ks.laplace(2),
        ks.sine_power(-0.5) @ ks.arccos(1),
        ks.defect_power(-0.5) @ ks.polynomial(3),
        ks.laplace() @ ks.polynomial(2),
        0 * ks.linear(),
        ks.polynomial(0),
        ks.rf(100),
        ks.rf(5, degree=0) @ ks.rf(3),
        (ks.ntk(3, bias=True) / 4) * (1 + ks.arccos(1)),
        *(ks.dual(name) for name in ("relu", "step", "erf", "sin", "cos", "exp", "gelu", "leaky_relu", "abs")),
    ],
    ids=repr,
)
def test_latex_of_awkward_kernels(kernel: Zonal) -> None:
    parser = MathTextParser("path")
    parser.parse(f"${kernel.latex()}$")
    parser.parse(kernel._repr_latex_())


@given(exact_cosines())
@settings(max_examples=20)
def test_latex_of_derivatives_is_drawn(k: Zonal) -> None:
    MathTextParser("path").parse(f"${k.derivative().latex()}$")


def test_latex_says_the_formula() -> None:
    assert ks.exponential().latex() == "e^{u-1}"
    assert ks.laplace(2).latex() == "e^{-2\\sqrt{1-u}}"
    assert "\\kappa_{1}" in ks.rf(3).latex()
    assert ks.polynomial(3).latex() == "u^{3}"


# -- equality, hashing, immutability ---------------------------------------------------------------


@given(exact_kernels(), exact_kernels())
def test_equal_kernels_have_equal_texts(a: Zonal, b: Zonal) -> None:
    assert (a == b) == (repr(a) == repr(b))
    assert not (a == b) or hash(a) == hash(b)


@given(exact_kernels())
@settings(max_examples=40)
def test_kernels_are_values(k: Zonal) -> None:
    assert copy.copy(k) == k
    assert copy.deepcopy(k) == k
    assert pickle.loads(pickle.dumps(k)) == k
    assert {k: 1}[ks.parse(repr(k))] == 1


def test_kernels_cannot_be_changed() -> None:
    with pytest.raises((FrozenInstanceError, AttributeError)):
        untyped(ks.arccos(1)).degree = 2
    with pytest.raises((FrozenInstanceError, AttributeError)):
        untyped(ks.arccos(1)).anything = 2


def test_a_kernel_is_not_a_number() -> None:
    assert untyped(ks.polynomial(0)) != 1
    assert untyped(ks.arccos(1)) != "arccos(1)"
    assert ks.arccos(1) != ks.arccos(2)
    assert ks.laplace(1) != ks.laplace(2)


def test_one_formula_has_one_form() -> None:
    u = ks.linear()
    assert u * u == ks.polynomial(2) == u**2
    assert ks.rf(2) == ks.arccos(1)
    assert ks.rf(1) == u == ks.ntk(1)
    # On the sphere that is 1 + u; off it the bias is 1, and not |x||y| (`Zonal.between`).
    assert untyped(ks.ntk(1, bias=True)).expression() == 1 + u
    assert ks.arccos(1) @ ks.arccos(1) == ks.rf(3)
    assert ks.polynomial(3) @ ks.arccos(1) == ks.arccos(1) ** 3
    assert ks.exponential(0.5) == ks.exponential(Fraction(1, 2))
    assert ks.nngp is ks.rf


def test_numpy_scalars_multiply_from_the_left() -> None:
    k = ks.arccos(1)
    assert np.float64(2.0) * k == 2 * k == k * np.int64(2)
    assert sum([k, k, k]) == 3 * k


# -- other readings of an expression ---------------------------------------------------------------


@pytest.mark.parametrize(
    "kernel",
    [
        ks.arccos(0),
        ks.arccos(3),
        ks.polynomial(4) - 2,
        ks.rf(3),
        ks.rf(3, degree=0),
        ks.ntk(3),
        ks.ntk(2, bias=True),
        ks.exponential(0.6),
        ks.laplace(2),
        ks.laplace(0.5, 0.25),
        ks.dual("erf"),
        ks.dual("gelu"),
        ks.dual("sin"),
        ks.dual("cos"),
        ks.dual("exp"),
        ks.power_series(0.5, 0.25),
        ks.sine_power(-0.5) * ks.arccos(1),
        ks.defect_power(1.5) @ ks.arccos(0),
        ks.laplace() @ (ks.ntk(3) / 3),
    ],
    ids=repr,
)
def test_sympy_agrees_with_mpmath(kernel: Zonal) -> None:
    for u in (Fraction(-5, 8), Fraction(3, 8)):
        formula = kernel.sympy(sympy.Rational(u.numerator, u.denominator))
        with mp.workdps(40):
            found = mp.mpf(str(sympy.N(formula, 40)))
            exact = kernel(mp.mpf(u.numerator) / u.denominator)
            assert abs(found - exact) <= mp.mpf(10) ** -37 * abs(exact)  # sympy.N promises 40 digits


def test_sympy_keeps_the_symbol() -> None:
    x = sympy.Symbol("x")
    assert ks.polynomial(3).sympy(x) == x**3
    assert ks.polynomial(3)(x) == x**3
    assert ks.arccos(1).sympy(sympy.Integer(0)) == 1 / sympy.pi
    assert sympy.simplify(ks.arccos(0).sympy(sympy.Rational(1, 2)) - sympy.Rational(2, 3)) == 0


def test_claim_12_taylor_coefficients() -> None:
    b = [float(x) for x in ks.arccos(1).taylor(6)]
    assert b == pytest.approx([1 / math.pi, 1 / 2, 1 / (2 * math.pi), 0, 1 / (24 * math.pi), 0], abs=4 * EPS)


@given(exact_cosines())
@settings(max_examples=20)
def test_taylor_coefficients_are_those_of_the_function(k: Zonal) -> None:
    with mp.workdps(60):
        # Differences of order 3 with step 1e-9: the error is near 1e-18 times the fifth derivative.
        h = mp.mpf(10) ** -9
        values = [k(j * h) for j in range(-2, 3)]
        expected = [
            values[2],
            (-values[4] + 8 * values[3] - 8 * values[1] + values[0]) / (12 * h),
            (-values[4] + 16 * values[3] - 30 * values[2] + 16 * values[1] - values[0]) / (24 * h**2),
        ]
        for ball, b in zip(k.taylor(3), expected, strict=True):
            assert abs(mp.mpf(float(ball)) - b) <= mp.mpf(10) ** -14 * (1 + abs(b))


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_normalized_divides_by_the_value_at_one(depth: int) -> None:
    assert ks.ntk(depth).normalized() == Fraction(1, depth) * ks.ntk(depth)
    assert ks.ntk(depth).normalized().at_one == 1.0
    with pytest.raises(ValueError, match="kappa"):
        (ks.arccos(1) - ks.linear()).normalized()
