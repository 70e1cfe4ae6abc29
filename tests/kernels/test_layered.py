"""Slopes, biases, skip connections: the recursions against plain formulas and finite networks (claims L6, L7, L8)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from expressions import EPS, exact_kernels, time_limit, untyped
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.layered import Dense, Residual
from kernelspec.kernels.layers import ReluLayer
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.testing.kernel_strategies import deep_networks
from oracle import deep as oracle
from oracle import layered
from oracle import mpmath_values as reference

U = np.array([-1.0, -0.99, -0.5, 0.0, 0.2, 0.9, 0.999999, 1.0])
SLOPES = (0, Fraction(1, 10), 0.5, -0.3, -1, 3)


# -- the recursions of the docstrings in plain mpmath --------------------------------------------------


def exact(value: Any) -> Fraction:
    """What the library reads in a float: its shortest decimal."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def agrees(kernel: Zonal, formula: Callable[[Value], Value], depth: int) -> None:
    """Values, defects near u = 1, angles and mpmath: each layer makes a few roundings of its own."""
    with mp.workdps(40):
        expected = np.array([float(formula(mp.mpf(u))) for u in U])
        one = formula(mp.mpf(1))
        defects = np.array([float(one - formula(mp.mpf(u))) for u in U[3:]])
        assert abs(kernel(mp.mpf("0.3")) / formula(mp.mpf("0.3")) - 1) < mp.mpf(10) ** -35
        theta = mp.mpf("2.5")
        assert abs(kernel.of_angle(theta) - formula(mp.cos(theta))) < mp.mpf(10) ** -35 * one
    size = float(one)
    assert kernel(U) == pytest.approx(expected, rel=16 * EPS, abs=8 * (depth + 2) * EPS * size)
    assert kernel.defect(U[3:]) == pytest.approx(defects, rel=16 * (depth + 2) * EPS, abs=0)
    assert kernel(1.0) == pytest.approx(size, rel=4 * depth * EPS, abs=0)
    assert float(kernel.rational_one or 0) == pytest.approx(size, rel=4 * EPS, abs=0)


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 3, 5, 20])
@pytest.mark.parametrize(
    ("s", "variance", "bias"),
    [(s, 2, 0) for s in SLOPES] + [(0, 2, 0.1), (0.3, 1.5, 1), (-1, 3, 0.001), (1, 2, 1), (4, 1, 0.5)],
)
def test_dense_networks_follow_the_printed_recursion(
    depth: int, s: Value, variance: Value, bias: Any, tangent: bool
) -> None:
    kernel = ks.mlp(depth, s, variance, bias, tangent)
    agrees(kernel, layered.dense(depth, exact(s), exact(variance), exact(bias), tangent), depth)


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("alpha", [1, 0.5, Fraction(1, 10), 5])
def test_residual_networks_follow_the_printed_recursion(depth: int, alpha: Value, tangent: bool) -> None:
    kernel = ks.resnet(depth, alpha, tangent)
    agrees(kernel, layered.residual(depth, exact(alpha), tangent), depth)
    assert kernel == ks.resnet(depth, -alpha, tangent)


# -- networks of finite width --------------------------------------------------------------------------


def points(u: float) -> np.ndarray:
    """Two unit vectors in R^4 with inner product u, as columns."""
    return np.array([[1.0, u], [0.0, math.sqrt(1 - u * u)], [0.0, 0.0], [0.0, 0.0]])


def residual_network(
    depth: int, width: int, alpha: float, x: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    """<x_L, x'_L>, and the inner product of the gradients in all V^l and W^l by backpropagation."""
    draw = rng.standard_normal
    x = draw((width, x.shape[0])) @ x / math.sqrt(width)
    passes = []
    for _ in range(depth):
        w, v = draw((width, width)), draw((width, width))
        inner = w @ x
        hidden = math.sqrt(2 / width) * np.maximum(inner, 0)
        passes.append((w, v, x, inner, hidden))
        x = x + alpha / math.sqrt(width) * v @ hidden
    back = np.repeat(draw((width, 1)), 2, axis=1)
    total = 0.0
    for w, v, before, inner, hidden in reversed(passes):
        outer = alpha / math.sqrt(width) * back  # the gradient in V is outer x hidden
        through = math.sqrt(2 / width) * (v.T @ outer) * (inner > 0)  # and in W through x before
        total += (outer[:, 0] @ outer[:, 1]) * (hidden[:, 0] @ hidden[:, 1])
        total += (through[:, 0] @ through[:, 1]) * (before[:, 0] @ before[:, 1])
        back = back + w.T @ through
    return float(x[:, 0] @ x[:, 1]), float(total)


def dense_network(
    depth: int, width: int, s: float, variance: float, bias: float, x: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    """The output's covariance given the last hidden layer; the gradients' inner product in all weights and biases."""
    draw = rng.standard_normal
    passes, scale = [], math.sqrt(variance)
    for _ in range(depth - 1):
        w = draw((width, x.shape[0]))
        h = scale * w @ x + math.sqrt(bias) * draw((width, 1))
        passes.append((w, x, h, scale))
        x = np.where(h > 0, h, s * h)
        scale = math.sqrt(variance / width)
    covariance = variance / width * float(x[:, 0] @ x[:, 1]) + bias
    total = covariance  # the last layer's own weights and its bias
    back = scale * np.repeat(draw((width, 1)), 2, axis=1)
    for w, before, h, factor in reversed(passes):
        back = back * np.where(h > 0, 1.0, s)
        length = float(back[:, 0] @ back[:, 1])
        total += length * (factor**2 * float(before[:, 0] @ before[:, 1]) + bias)
        back = factor * w.T @ back
    return covariance, total


def within(samples: np.ndarray, expected: float, allowance: float) -> bool:
    """4.5 standard errors (probability 7e-6, the seed is fixed) and what the mean is off by itself, O(depth/width)."""
    error = 4.5 * samples.std(ddof=1) / math.sqrt(samples.size)
    return bool(abs(samples.mean() - expected) < error + allowance)


@pytest.mark.parametrize(("depth", "alpha"), [(1, 1.0), (2, 1.0), (3, 0.5)])
def test_claim_L8_residual_networks_of_finite_width(depth: int, alpha: float, rng: np.random.Generator) -> None:
    u, width, networks = -0.4, 192, 300
    x = points(u)
    samples = np.array([residual_network(depth, width, alpha, x, rng) for _ in range(networks)])
    size = (1 + alpha**2) ** depth
    tangent_size = 2 * depth * alpha**2 * (1 + alpha**2) ** (depth - 1)
    for column, scale, tangent in ((0, size, False), (1, tangent_size, True)):
        allowance = depth / width
        scaled = samples[:, column] / scale
        assert within(scaled, ks.resnet(depth, alpha, tangent)(u), allowance)
        # The test can fail: two blocks more, or another alpha (lost by the tangent kernel of one block), are far.
        assert not within(scaled, ks.resnet(depth + 2, alpha, tangent)(u), allowance)
        if depth > 1:
            assert not within(scaled, ks.resnet(depth, 2 * alpha, tangent)(u), allowance)


@pytest.mark.parametrize(
    ("depth", "s", "variance", "bias"), [(2, -0.3, 2.0, 0.0), (3, 0.2, 1.5, 0.5), (3, -1.0, 1.0, 0.3)]
)
def test_claims_L6_L7_dense_networks_of_finite_width(
    depth: int, s: float, variance: float, bias: float, rng: np.random.Generator
) -> None:
    u, width, networks = -0.4, 128, 500
    x = points(u)
    samples = np.array([dense_network(depth, width, s, variance, bias, x, rng) for _ in range(networks)])
    size = variance + bias
    for _ in range(depth - 1):
        size = variance * (1 + s * s) / 2 * size + bias
    for column, tangent in ((0, False), (1, True)):
        kernel = ks.mlp(depth, s, variance, bias, tangent)
        scaled, allowance = samples[:, column] / size, depth / width * kernel.at_one
        assert within(scaled, kernel(u), allowance)
        assert not within(scaled, ks.mlp(depth, s + 1, variance, bias, tangent)(u), allowance)
        if bias:
            other = ks.mlp(depth, s, variance, 5 * bias, tangent)
            assert not within(scaled, other(u), allowance)


def test_claim_L8_the_rate_in_the_width(rng: np.random.Generator) -> None:
    # Root-mean-square errors at widths m and 9 m: their ratio is 3, measured on 150 draws each to 8 percent; the tails,
    # heavier than normal ones, and corrections O(depth/m) at the small width may add another 15.
    u, depth = 0.3, 2
    x = points(u)
    expected = (4 * ks.resnet(depth)(u), 8 * ks.resnet(depth, tangent=True)(u))
    errors = []
    for width in (48, 432):
        found = np.array([residual_network(depth, width, 1.0, x, rng) for _ in range(150)])
        errors.append(np.sqrt(np.mean((found - expected) ** 2, axis=0)))
    assert errors[0] / errors[1] == pytest.approx([3, 3], rel=0.35, abs=0)


# -- laws ----------------------------------------------------------------------------------------------


def slopes() -> st.SearchStrategy[Fraction]:
    return st.fractions(-3, 3, max_denominator=7)


def variances() -> st.SearchStrategy[Fraction]:
    return st.fractions(Fraction(1, 7), 4, max_denominator=7)


@given(deep_networks())
@settings(max_examples=60)
def test_networks_read_back_from_their_text(kernel: Zonal) -> None:
    assert ks.parse(repr(kernel)) == kernel
    assert hash(ks.parse(repr(kernel))) == hash(kernel)
    assert kernel.latex()


@given(deep_networks())
@settings(max_examples=40)
def test_networks_equal_their_expressions(kernel: Zonal) -> None:
    if not isinstance(kernel, Dense | Residual):
        return
    written = kernel.expression()
    size = kernel.at_one
    # Two ways through the same layers: some 10 roundings each.
    assert kernel(U) == pytest.approx(written(U), rel=1e-13, abs=1e-14 * size)
    assert kernel.defect(U[3:]) == pytest.approx(written.defect(U[3:]), rel=1e-12, abs=0)


@given(deep_networks())
@settings(max_examples=40)
def test_networks_are_positive_definite(kernel: Zonal) -> None:
    # Schoenberg: every Taylor coefficient is >= 0; the balls tell it up to their width (claim 10).
    for b in kernel.taylor(12):
        assert b >= 0 or b.contains(0)


@given(st.integers(1, 8), slopes(), st.booleans())
def test_claim_L6_a_slope_and_its_inverse_agree_without_biases(depth: int, s: Fraction, tangent: bool) -> None:
    if s:
        assert ks.mlp(depth, s, tangent=tangent) == ks.mlp(depth, 1 / s, tangent=tangent)


@given(st.integers(1, 8), slopes(), variances(), st.booleans())
def test_claim_L7_weight_variances_cancel_without_biases(
    depth: int, s: Fraction, variance: Fraction, tangent: bool
) -> None:
    assert ks.mlp(depth, s, variance, tangent=tangent) == ks.mlp(depth, s, tangent=tangent)


@given(st.integers(1, 30), slopes(), variances(), variances(), st.booleans())
def test_claim_L7_variances_are_those_of_the_printed_recursion(
    depth: int, s: Fraction, variance: Fraction, bias: Fraction, tangent: bool
) -> None:
    kernel = ks.mlp(depth, s, variance, bias, tangent)
    assert kernel.variances[0] == variance + bias
    for before, after in pairwise(kernel.variances):
        assert after == variance * (1 + s * s) / 2 * before + bias
    assert len(kernel.variances) == depth
    assert all(isinstance(q, Fraction) for q in kernel.variances)


def test_floats_are_read_as_decimals_in_variances() -> None:
    assert ks.mlp(2, 0, 1.5, 0.1).variances == (Fraction(8, 5), Fraction(13, 10))


@pytest.mark.parametrize("kernel", [ks.rf(3), ks.ntk(3, bias=True), ks.mlp(4, 0.3, 3), ks.resnet(3), ks.laplace()])
def test_kernels_that_do_not_depend_on_variances_say_so(kernel: Zonal) -> None:
    with pytest.raises(AttributeError, match=r"has no variances: only networks with biases"):
        kernel.variances  # noqa: B018 - reading it is the test
    assert getattr(kernel, "variances", None) is None


@given(st.integers(1, 30), st.booleans())
def test_defaults_are_the_relu_networks(depth: int, tangent: bool) -> None:
    assert ks.mlp(depth, tangent=tangent) == (ks.ntk(depth) if tangent else ks.rf(depth))


@given(slopes())
def test_two_layers_are_the_normalised_dual(s: Fraction) -> None:
    assert ks.mlp(2, s) == ks.dual("leaky_relu", slope=s).normalized()


@given(st.integers(1, 6), st.integers(1, 6), slopes())
@settings(max_examples=30)
def test_networks_of_one_slope_add_their_depths(first: int, second: int, s: Fraction) -> None:
    composed = ks.mlp(first, s) @ ks.mlp(second, s)
    assert composed(U) == pytest.approx(ks.mlp(first + second - 1, s)(U), rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("tangent", [False, True])
def test_a_line_stays_a_line(tangent: bool) -> None:
    assert ks.mlp(7, slope=1, tangent=tangent) == (7 if tangent else 1) * ks.linear()
    for kernel in (ks.mlp(4, 1, 2, 1, tangent), ks.mlp(1, 0.3, 2, 1, tangent)):
        assert kernel.polynomial_part(0) is not None
        assert kernel.polynomial_part(1) is not None


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("depth", [2, 3, 6])
def test_absolute_values_are_even(depth: int, tangent: bool) -> None:
    kernel = ks.mlp(depth, slope=-1, tangent=tangent)
    assert kernel(-U) == pytest.approx(kernel(U), rel=1e-14 * depth, abs=0)
    assert kernel.polynomial_part(1) == {}
    assert kernel.spectrum(4)[3] == 0.0
    if depth > 2 and not tangent:  # near u = -1 the inner layers know their distance to 1
        with mp.workdps(40):
            expected = kernel.defect(mp.mpf(-1) + mp.mpf(1e-9))
        assert kernel.defect(-1 + 1e-9) == pytest.approx(float(expected), rel=1e-7, abs=0)


@pytest.mark.parametrize("tangent", [False, True])
def test_other_deep_networks_have_no_parity(tangent: bool) -> None:
    for kernel in (
        ks.mlp(3, -0.5, tangent=tangent),
        ks.mlp(3, -1, 2, 1, tangent),
        ks.mlp(2, 0, 2, 1, tangent),
        ks.resnet(2, tangent=tangent),
    ):
        assert kernel.polynomial_part(0) is None
        assert kernel.polynomial_part(1) is None


@given(st.fractions(-1, 1, max_denominator=8), st.fractions(0, 1, max_denominator=8))
def test_layers_are_their_sums(linear: Fraction, constant: Fraction) -> None:
    if abs(linear) > 1 - constant:
        with pytest.raises(ValueError, match="linear must lie in"):
            ks.relu_layer(linear, constant)
        return
    layer = ks.relu_layer(linear, constant)
    plain = (1 - linear - constant) * ks.arccos(1) + linear * ks.linear() + constant
    assert ks.parse(repr(layer)) == layer
    assert layer(U) == pytest.approx(plain(U), rel=8 * EPS, abs=8 * EPS)
    assert layer.derivative() == plain.derivative()
    assert layer(1.0) == 1.0
    for parity in (0, 1):
        assert layer.polynomial_part(parity) == plain.polynomial_part(parity)


def test_layers_that_are_named_already() -> None:
    assert ks.relu_layer() == ks.arccos(1)
    assert ks.relu_layer(linear=1) == ks.linear()
    assert ks.relu_layer(constant=1) == ks.polynomial(0)
    assert ks.relu_layer(0.5, 0.5) == Fraction(1, 2) * ks.linear() + Fraction(1, 2)
    assert isinstance(ks.relu_layer(-0.25, 0.25), ReluLayer)


def test_claim_L8_limits_in_alpha() -> None:
    # A heavy branch forgets the skip connection, at rate alpha^-2; a light one leaves the input alone.
    u = np.linspace(-1, 1, 9)
    heavy = ks.resnet(3, alpha=10**6)(u) - ks.rf(4)(u)
    light = ks.resnet(3, alpha=Fraction(1, 10**6))(u) - u
    assert np.max(np.abs(heavy)) < 1e-11
    assert np.max(np.abs(light)) < 1e-11
    # The light tangent kernel is that of one block; at u = -1 at rate alpha, as kappa_0(-1 + alpha^2) ~ alpha.
    light_tangent = ks.resnet(3, alpha=Fraction(1, 10**6), tangent=True)(u) - ks.ntk(2)(u) / 2
    assert np.max(np.abs(light_tangent[1:])) < 1e-11
    assert 1e-8 < abs(light_tangent[0]) < 1e-6


def test_every_arithmetic_reads_the_networks() -> None:
    u = Fraction(1, 3)
    for kernel in (ks.mlp(3, 0.3, 1.5, 1, True), ks.mlp(3, -0.5), ks.resnet(3, 0.5, True)):
        value = kernel(float(u))
        assert float(kernel(flint.arb(1) / 3)) == pytest.approx(value, rel=1e-14, abs=0)
        assert float(kernel.sympy(sympy.Rational(1, 3))) == pytest.approx(value, rel=1e-14, abs=0)
        # The derivative, as an expression, is the slope of the values.
        slope = (kernel(float(u) + 1e-6) - kernel(float(u) - 1e-6)) / 2e-6
        assert kernel.derivative()(float(u)) == pytest.approx(slope, rel=1e-8, abs=0)


@given(exact_kernels(), deep_networks())
@settings(max_examples=30)
def test_networks_combine_with_other_kernels(a: Zonal, b: Zonal) -> None:
    u = 0.3
    assert (a + b)(u) == pytest.approx(a(u) + b(u), rel=1e-12, abs=1e-12 * abs(b.at_one))
    assert (a * b)(u) == pytest.approx(a(u) * b(u), rel=1e-12, abs=1e-12)
    assert ks.parse(repr(a * b)) == a * b


# -- expansions and spectra ----------------------------------------------------------------------------


@given(deep_networks(4), st.sampled_from([1, -1]))
@settings(max_examples=30)
def test_expansions_follow_the_values(kernel: Zonal, at: int) -> None:
    expansion = kernel.expand(at, 4)
    order = expansion.order
    with mp.workdps(60):
        t = mp.mpf(10) ** -20
        total = mp.mpf(0)
        for e, c in expansion.terms:
            total += mp.mpf(str(sympy.N(c, 50))) * t ** (mp.mpf(e.numerator) / e.denominator)
        # What follows is t^order with a constant that small biases, and slopes near -1, make large.
        allowed = mp.mpf(10) ** 8 * t ** (mp.mpf(order.numerator) / order.denominator)
        assert abs(kernel(at * (1 - t)) - total) <= allowed + mp.mpf(10) ** -45


@pytest.mark.parametrize(
    ("kernel", "vanishing"),
    [
        (ks.mlp(2, -0.5), 1),
        (ks.mlp(3, -0.5), None),
        (ks.mlp(4, -1, tangent=True), 1),
        (ks.mlp(3, 0.25, 1.5, 1), None),
        (ks.resnet(1, 0.5, tangent=True), 1),
        (ks.resnet(2, 0.5), None),
    ],
)
def test_claims_L6_L7_L8_which_parities_vanish(kernel: Zonal, vanishing: int | None) -> None:
    decay = kernel.decay(4)
    assert (decay.even == 0, decay.odd == 0) == (vanishing == 0, vanishing == 1)
    mu = kernel.spectrum(4)(np.arange(2, 40))
    for parity in (0, 1):
        values = mu[np.arange(2, 40) % 2 == parity]
        assert np.all(values == 0.0) if parity == vanishing else np.all(values > 0)


QUADRATURE = [
    (ks.mlp(3, 0.3), layered.dense(3, Fraction(3, 10))),
    (ks.mlp(4, -0.5), layered.dense(4, Fraction(-1, 2))),
    (ks.mlp(5, 0.25, tangent=True), layered.dense(5, Fraction(1, 4), tangent=True)),
    (ks.mlp(3, 0.25, 1, 0.5), layered.dense(3, Fraction(1, 4), 1, Fraction(1, 2))),
    (ks.mlp(3, 0, 2, 1, tangent=True), layered.dense(3, 0, 2, 1, tangent=True)),
    (ks.resnet(3), layered.residual(3, 1)),
    (ks.resnet(2, 0.5), layered.residual(2, Fraction(1, 2))),
    (ks.resnet(5, 0.5, tangent=True), layered.residual(5, Fraction(1, 2), tangent=True)),
]


@pytest.mark.parametrize(("kernel", "formula"), QUADRATURE)
def test_spectra_against_quadrature(kernel: Zonal, formula: Callable[[Value], Value]) -> None:
    degrees = (0, 1, 2, 3, 8, 15, 40)
    exact_values = reference.quadrature(formula, 4, degrees)
    mu, error = kernel.spectrum(4)(np.array(degrees)), kernel.spectrum(4).error(np.array(degrees))
    for k, found, stated in zip(degrees, mu, error, strict=True):
        off = abs(float((mp.mpf(float(found)) - exact_values[k]) / exact_values[k]))
        assert off < 1e-12
        assert off <= stated


FAR_OUT = [
    *((ks.mlp(n, a, tangent=t), layered.leaky_ends(n, a, t)) for n, a in ((3, 0.25), (5, -0.5)) for t in (False, True)),
    *((ks.mlp(3, 0, 2, 1, t), (layered.biased_end(3, 0, 2, 1, t), flint.arb(0))) for t in (False, True)),
    *((ks.resnet(5, 0.5, t), layered.residual_ends(5, Fraction(1, 2), t)) for t in (False, True)),
]


@pytest.mark.parametrize(("kernel", "ends"), FAR_OUT)
def test_claims_L6_L7_L8_spectra_far_out(kernel: Zonal, ends: tuple[Any, Any]) -> None:
    nu = float(kernel.decay(4).nu)
    degrees = np.array([10**6, 10**6 + 1, 10**9, 10**9 + 1])
    with oracle.precision(300):
        powers = [
            (ends[0] + (-1) ** int(k) * ends[1]) * oracle.power_eigenvalue(4, flint.arb(nu), k)
            for k in degrees.tolist()
        ]
    # The next exponent is nu + 1: a correction of order k^-2, its constant below 1000.
    assert kernel.spectrum(4)(degrees) == pytest.approx([float(p) for p in powers], rel=1e-9, abs=0)


def test_claim_L6_two_layers_have_the_spectrum_of_relu() -> None:
    k = np.arange(2, 400)
    # r = 9/17 for the slope 1/4; the same closed form twice, a few roundings.
    assert ks.mlp(2, 0.25).spectrum(5)(k) == pytest.approx(9 / 17 * ks.arccos(1).spectrum(5)(k), rel=1e-14, abs=0)


# -- depth and doors -----------------------------------------------------------------------------------


def test_deep_networks_are_read() -> None:
    # A residual kernel of 50 blocks written out as sums of arc-cosine kernels would have 2^50 terms.
    with time_limit():
        for tangent in (False, True):
            ks.resnet(50, 0.3, tangent)(0.3)
            ks.mlp(50, 0.1, 1.7, 0.1, tangent)(0.3)
            kernel = ks.resnet(50, 0.3, tangent)
            assert isinstance(kernel, Residual)
            assert kernel.expression()(0.3) == pytest.approx(kernel(0.3), rel=1e-12, abs=0)
    with time_limit():
        assert ks.mlp(10_000, -0.5, tangent=True)(0.3) <= 10_000
        assert 0 < ks.mlp(1_000, 0.2, 1.5, 0.1, True)(0.3) <= 1_000


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ks.mlp(0), ValueError, "depth must be an integer from 1 to 10000"),
        (lambda: ks.mlp(10_001), ValueError, "depth must be an integer from 1 to 10000"),
        (lambda: ks.mlp(1_001, bias_variance=1), ValueError, "depth must be at most 1000"),
        (lambda: ks.mlp(untyped(2.5)), TypeError, "depth"),
        (lambda: ks.mlp(3, slope=untyped("0.1")), TypeError, "slope must be a real number"),
        (lambda: ks.mlp(2, untyped("tanh")), TypeError, "got 'tanh'; for an activation, write activation='tanh'"),
        (lambda: ks.mlp(2, untyped(abs)), TypeError, "for an activation, write activation=<built-in function abs>"),
        (
            lambda: ks.mlp(3, activation=f"polynomial({','.join('1' * 5000)})"),
            ValueError,
            "polynomial takes at most 101 coefficients; got 5000",
        ),
        (lambda: ks.mlp(3, slope=math.nan), ValueError, "slope must be finite"),
        (lambda: ks.mlp(3, slope=1e-200), ValueError, "slope must be 0 or lie between"),
        (lambda: ks.mlp(3, weight_variance=0), ValueError, "weight_variance must be > 0; got 0"),
        (lambda: ks.mlp(3, weight_variance=-2), ValueError, "weight_variance must be > 0; got -2"),
        (lambda: ks.mlp(3, bias_variance=-0.1), ValueError, "bias_variance must be >= 0"),
        (lambda: ks.mlp(3, bias_variance=math.inf), ValueError, "bias_variance must be finite"),
        (lambda: ks.mlp(3, tangent=untyped(1)), TypeError, "tangent must be True or False"),
        (lambda: ks.resnet(0), ValueError, "depth must be an integer from 1 to 10000"),
        (lambda: ks.resnet(3, alpha=0), ValueError, "alpha must not be 0"),
        (lambda: ks.resnet(3, alpha=untyped(1j)), TypeError, "alpha must be a real number"),
        (lambda: ks.resnet(3, tangent=untyped("yes")), TypeError, "tangent must be True or False"),
        (lambda: ks.relu_layer(2), ValueError, "linear must lie in"),
        (lambda: ks.relu_layer(0, -0.1), ValueError, "constant must lie in"),
        (lambda: ks.relu_layer(untyped(None)), TypeError, "linear must be a real number"),
    ],
)
def test_bad_input_is_refused_at_the_door(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_extreme_parameters_stay_finite() -> None:
    with np.errstate(all="raise", under="ignore"):
        for kernel in (
            ks.mlp(50, 1e-100, 1e100, 1e-100, True),
            ks.mlp(50, 0.5, 1e-100, 1e100, True),
            ks.mlp(5, 1e50, 2, 1, True),
            ks.resnet(20, 1e50, True),
            ks.resnet(20, 1e-50, True),
        ):
            assert np.all(np.isfinite(kernel(U)))
            assert np.all(kernel.defect(U) >= 0)


@pytest.mark.parametrize("tangent", [False, True])
def test_rounded_parameters_beside_irrational_ones(tangent: bool) -> None:
    """A float that is known to its rounding, and a root: read as the floats of both are."""
    k = ks.mlp(3, 1 / 3, sympy.sqrt(2), 0.1, tangent)
    other = ks.mlp(3, Fraction(1 / 3), Fraction(math.sqrt(2)), 0.1, tangent)
    assert k(0.3) == pytest.approx(other(0.3), rel=1e-15)
    assert k.decay(3).exponent == other.decay(3).exponent
    assert ks.parse(repr(k)) == k
