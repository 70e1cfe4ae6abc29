"""Deep networks: recursions, values at the ends, expansions, and random networks of finite width (claims 22-30, 64)."""

from __future__ import annotations

import functools
import itertools
import math
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from expressions import EPS
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import mpmath_values as reference

DEPTHS = (1, 2, 3, 4, 5, 10, 30, 100)
U = np.array([-1.0, -0.99, -0.5, 0.0, 0.2, 0.9, 0.999999, 1.0])


# -- recursions and values at +-1 ------------------------------------------------------------------


@pytest.mark.parametrize("depth", DEPTHS)
def test_values_at_plus_one(depth: int) -> None:
    for degree in range(4):
        assert ks.rf(depth, degree)(1.0) == 1.0
    assert ks.ntk(depth)(1.0) == depth == ks.ntk(depth).at_one
    assert ks.ntk(depth, bias=True)(1.0) == depth + 1


@pytest.mark.parametrize("depth", DEPTHS[1:])
def test_claim_24_values_at_minus_one(depth: int) -> None:
    b = 0.0
    for _ in range(depth - 2):
        b = (b * (math.pi - math.acos(b)) + math.sqrt(1 - b * b)) / math.pi
    # kappa^L(-1) = b_L, b_2 = 0, b_{j+1} = kappa_1(b_j): the loop itself makes a rounding or two a layer.
    assert ks.rf(depth)(-1.0) == pytest.approx(b, rel=3 * depth * EPS, abs=0)


def test_claim_24_printed_values() -> None:
    for depth, value in ((3, 0.318310), (4, 0.493731), (5, 0.604826)):
        assert ks.rf(depth)(-1.0) == pytest.approx(value, abs=5e-7)  # six printed digits


def test_claim_29_step_networks_at_minus_one() -> None:
    assert ks.rf(2, degree=0)(-1.0) == 0.0
    assert ks.rf(3, degree=0)(-1.0) == pytest.approx(1 / 2, rel=2 * EPS, abs=0)
    assert ks.rf(4, degree=0)(-1.0) == pytest.approx(2 / 3, rel=4 * EPS, abs=0)


@pytest.mark.parametrize("depth", [2, 3, 5, 10])
@pytest.mark.parametrize("bias", [False, True])
def test_claim_23_the_tangent_recursion_in_expressions(depth: int, bias: bool) -> None:
    tangent = ks.linear() + 1 if bias else ks.linear()
    for layers in range(2, depth + 1):
        tangent = tangent * (ks.arccos(0) @ ks.rf(layers - 1)) + ks.rf(layers)
    # Both add depth positive or bounded terms, each with its roundings.
    assert ks.ntk(depth, bias)(U) == pytest.approx(tangent(U), rel=16 * EPS, abs=16 * depth * EPS)
    assert ks.ntk(depth, bias).defect(U) == pytest.approx(tangent.defect(U), rel=16 * depth * EPS, abs=0)


def test_claim_22_two_layers_with_bias() -> None:
    by_hand = (ks.linear() + 1) * ks.arccos(0) + ks.arccos(1)
    assert ks.ntk(2, bias=True)(U) == pytest.approx(by_hand(U), rel=4 * EPS, abs=4 * EPS)
    assert ks.ntk(2)(U) == pytest.approx((ks.linear() * ks.arccos(0) + ks.arccos(1))(U), rel=4 * EPS, abs=4 * EPS)


@pytest.mark.parametrize("depth", DEPTHS)
def test_depth_counts_layers_not_compositions(depth: int) -> None:
    # L layers are L - 1 compositions; the slide prints "L times" (claim 23).
    with mp.workdps(40):
        u = value = mp.mpf("0.3")
        for _ in range(depth - 1):
            value = reference.kappa(1, value)
        assert abs(ks.rf(depth)(u) / value - 1) <= mp.mpf(10) ** -37


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 3))
@settings(max_examples=25)
def test_networks_of_one_activation_add_their_depths(first: int, second: int, degree: int) -> None:
    k = ks.rf(first, degree) @ ks.rf(second, degree)
    assert k == ks.rf(first + second - 1, degree)
    assert ks.parse(repr(k)) == k


@given(st.integers(1, 10_000), st.booleans())
def test_networks_read_back_from_their_text(depth: int, bias: bool) -> None:
    assert ks.parse(repr(ks.ntk(depth, bias))) == ks.ntk(depth, bias)


def test_mixed_stacks_keep_their_order() -> None:
    step, ramp = ks.arccos(0), ks.arccos(1)
    assert step @ ramp != ramp @ step
    u = 0.25
    assert (step @ ramp)(u) == pytest.approx(step(ramp(u)), rel=4 * EPS, abs=0)
    assert (ramp @ step)(u) == pytest.approx(ramp(step(u)), rel=4 * EPS, abs=0)


@pytest.mark.parametrize("layers", range(1, 5))
def test_mixed_stacks_read_back_from_their_text(layers: int) -> None:
    for degrees in itertools.product((0, 1), repeat=layers):
        stack: Zonal = ks.linear()
        value = U
        for degree in degrees:
            stack, value = ks.arccos(degree) @ stack, ks.arccos(degree)(value)
        assert ks.parse(repr(stack)) == stack
        # A step layer next to 1 takes the square root of a rounding.
        assert stack(U) == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize("stack", [(0, 1), (1, 0), (0, 0), (0, 1, 0), (1, 0, 0), (0, 0, 1), (1, 0, 1)])
def test_claim_L11_spectra_of_mixed_stacks_far_out(stack: tuple[int, ...]) -> None:
    kernel = functools.reduce(lambda inner, s: ks.arccos(s) @ inner, stack[1:], ks.arccos(stack[0]))
    degrees = np.array([10**6, 10**6 + 1])
    expected = np.zeros(2)
    for at, signs in ((1, np.array([1, 1])), (-1, np.array([1, -1]))):
        count = 6
        while (expansion := kernel.expand(at, count)).order < Fraction(5, 4):
            count *= 2
        for e, c in expansion.terms:
            if e.denominator > 1:
                with mp.workdps(40):
                    powers = [float(reference.power_eigenvalue(4, float(e), int(k))) for k in degrees]
                expected += float(c.evalf(20)) * signs * powers
    # What is left out is of relative order k^-2 at least, below 1e-11.
    assert kernel.spectrum(4)(degrees) == pytest.approx(expected, rel=1e-11, abs=0)


# -- expansions at the ends ------------------------------------------------------------------------


def near_one(kernel: Zonal, t: Value) -> Value:
    """kappa(1) - kappa(1 - t) with 60 digits."""
    return kernel.defect(1 - t)


def near_minus_one(kernel: Zonal, t: Value) -> Value:
    return kernel(-1 + t) - kernel(mp.mpf(-1))


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 10])
def test_claim_24_first_singular_terms_of_rf(depth: int) -> None:
    with mp.workdps(60):
        t = mp.mpf(10) ** -20
        c = 2 * mp.sqrt(2) / (3 * mp.pi)
        # 1 - kappa = t - (L-1) c t^{3/2} + O(t^2): the quotient below has an error of order L^2 t^{1/2} = 1e-8.
        found = (t - near_one(ks.rf(depth), t)) / mp.power(t, mp.mpf(3) / 2)
        assert abs(found / ((depth - 1) * c) - 1) <= mp.mpf(10) ** -7
        # kappa(-1+t) = b_L + slope t + c Pi_L t^{3/2} + O(t^2); a second step removes the slope.
        slope = ks.rf(depth).derivative()(mp.mpf(-1))
        found = (near_minus_one(ks.rf(depth), t) - slope * t) / mp.power(t, mp.mpf(3) / 2)
        assert abs(found / (c * reference.ends_product(depth)) - 1) <= mp.mpf(10) ** -7


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 10])
def test_claim_25_first_singular_terms_of_ntk(depth: int) -> None:
    with mp.workdps(60):
        t = mp.mpf(10) ** -20
        root, c = mp.sqrt(t), mp.sqrt(2) / mp.pi
        # The next term is of order t: a relative error of L t^{1/2} = 1e-9.
        assert abs(near_one(ks.ntk(depth), t) / root / (mp.mpf(depth * (depth - 1)) / 2 * c) - 1) <= mp.mpf(10) ** -8
        found = near_minus_one(ks.ntk(depth), t) / root
        assert abs(found / (-c * reference.ends_product(depth)) - 1) <= mp.mpf(10) ** -8


@pytest.mark.parametrize(("depth", "factor"), [(2, 2), (3, 5), (4, 9), (5, 14), (6, 20)])
def test_claim_26_first_singular_terms_with_bias(depth: int, factor: int) -> None:
    k = ks.ntk(depth, bias=True)
    with mp.workdps(60):
        t = mp.mpf(10) ** -20
        assert abs(near_one(k, t) / mp.sqrt(t) / (factor * mp.sqrt(2) / mp.pi) - 1) <= mp.mpf(10) ** -8
        # No t^{1/2} at -1: what is left is linear in t.
        assert abs(near_minus_one(k, t)) <= 100 * t


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_claim_29_first_singular_term_of_step_networks(depth: int) -> None:
    k = ks.rf(depth, degree=0)
    with mp.workdps(200):
        t = mp.mpf(10) ** -150
        nu = mp.mpf(2) ** -(depth - 1)
        c = (mp.sqrt(2) / mp.pi) ** (2 - mp.mpf(2) ** (2 - depth))
        # The next exponent is 2 nu (L = 2: 3/2): a relative error of order t^nu <= 1e-9.
        assert abs(near_one(k, t) / mp.power(t, nu) / c - 1) <= mp.mpf(10) ** -8
        # The paper's exponent sum_{j=0}^{l-1} 2^{-j} is off by one: it misses by (sqrt2/pi)^{2^{1-l}}.
        printed = (mp.sqrt(2) / mp.pi) ** (2 - mp.mpf(2) ** (1 - depth))
        assert abs(near_one(k, t) / mp.power(t, nu) / printed - 1) > 0.04


def test_claim_30_squared_networks_have_exploding_slope() -> None:
    with mp.workdps(60):
        t = mp.mpf(10) ** -20
        for depth in (2, 3, 4):
            slope = near_one(ks.rf(depth, degree=2), t) / t
            assert abs(slope / (mp.mpf(4) / 3) ** (depth - 1) - 1) <= mp.mpf(10) ** -15


@pytest.mark.parametrize("depth", [4, 10])
@pytest.mark.parametrize(("family", "part"), [(ks.rf, lambda n: n - 1), (ks.ntk, lambda n: n * (n - 1) / 2)])
def test_claim_L4_even_over_odd(family: Any, part: Any, depth: int) -> None:
    k = np.array([10**8, 10**8 + 1])
    power = family(depth).decay(4).exponent
    even, odd = family(depth).spectrum(4)(k) * k.astype(float) ** float(power)
    with mp.workdps(40):
        expected = (part(depth) + reference.ends_product(depth)) / (part(depth) - reference.ends_product(depth))
    # Two values to a few roundings; bare powers agree to 1e-15 after k^power.
    assert even / odd - 1 == pytest.approx(float(expected - 1), abs=2e-14)


# -- finite width ----------------------------------------------------------------------------------
#
# With m independent neurons the empirical kernel is a mean of m products of known variance: a deviation beyond
# SIGMAS standard errors has probability 1e-9 a comparison (normal; the seeds are fixed, so it never flickers).

SIGMAS = 6.1
WIDTH = 200_000


def pair_of_points(u: float, d: int = 5) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.zeros(d), np.zeros(d)
    x[0], y[0], y[1] = 1.0, u, math.sqrt(1 - u * u)
    return x, y


def deviation(samples: np.ndarray, expected: float) -> float:
    """(mean - expected) in standard errors."""
    return float(abs(samples.mean() - expected) / (samples.std(ddof=1) / math.sqrt(samples.size)))


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("u", [-0.7, 0.0, 0.4, 0.95])
def test_claim_12_normalisation_by_random_neurons(degree: int, u: float, rng: np.random.Generator) -> None:
    x, y = pair_of_points(u)
    w = rng.standard_normal((WIDTH, x.size))
    a, b = w @ x, w @ y
    products = 2 * (a > 0) * (b > 0) * (a * b) ** degree / math.prod(range(1, 2 * degree, 2))
    assert deviation(products, ks.arccos(degree)(u)) < SIGMAS


@pytest.mark.parametrize("u", [-0.5, 0.3])
def test_claim_12_the_scaling_trap(u: float, rng: np.random.Generator) -> None:
    # f = m^{-1/2} sum v relu(w.x) has the kernel kappa_1/2: half of ks.rf(2), which belongs to sqrt(2/m).
    x, y = pair_of_points(u)
    w = rng.standard_normal((WIDTH, x.size))
    products = np.maximum(w @ x, 0) * np.maximum(w @ y, 0)
    assert deviation(products, ks.rf(2)(u) / 2) < SIGMAS
    assert deviation(products, ks.rf(2)(u)) > 5 * SIGMAS


@pytest.mark.parametrize("u", [-0.5, 0.3, 0.9])
def test_claim_64_two_layer_tangent_kernel_of_a_wide_network(u: float, rng: np.random.Generator) -> None:
    # f(x) = sqrt(2/m) sum_j v_j relu(w_j.x): gradients in v give kappa_1, in w give u kappa_0.
    x, y = pair_of_points(u)
    w, v = rng.standard_normal((WIDTH, x.size)), rng.standard_normal(WIDTH)
    a, b = w @ x, w @ y
    samples = 2 * np.maximum(a, 0) * np.maximum(b, 0) + 2 * v**2 * (a > 0) * (b > 0) * (x @ y)
    assert deviation(samples, ks.ntk(2)(u)) < SIGMAS


def relu_network(depth: int, width: int, x: np.ndarray, rng: np.random.Generator) -> tuple[list[Any], list[Any], Any]:
    """Pre-activations, weights and output weights of f = sqrt(2/m) v.relu(...) with `depth` layers, unit scale."""
    weights, hidden = [], [x]
    for _ in range(depth - 1):
        w = rng.standard_normal((width, hidden[-1].shape[0]), dtype=np.float32)
        weights.append(w)
        hidden.append(math.sqrt(2 / width) * np.maximum(w @ hidden[-1], 0))
    return hidden, weights, rng.standard_normal(width)


def tangent_kernel(depth: int, width: int, points: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Last hidden inner product and full gradient inner product of one random network at two points."""
    hidden, weights, v = relu_network(depth, width, points.T, rng)
    ramp = float(hidden[-1][:, 0] @ hidden[-1][:, 1])
    total = ramp
    back = np.stack([v, v], axis=1)
    for layer in range(depth - 1, 0, -1):
        w, before = weights[layer - 1], hidden[layer - 1]
        back = math.sqrt(2 / width) * back * (w @ before > 0)
        total += float((back[:, 0] @ back[:, 1]) * (before[:, 0] @ before[:, 1]))
        back = w.T @ back
    return ramp, total


@pytest.mark.parametrize("depth", [3, 4])
def test_claim_64_deep_networks_of_finite_width(depth: int, rng: np.random.Generator) -> None:
    u, width, networks = 0.3, 384, 500
    points = np.stack(pair_of_points(u))
    samples = np.array([tangent_kernel(depth, width, points, rng) for _ in range(networks)])
    for column, kernel in ((0, ks.rf(depth)), (1, ks.ntk(depth))):
        # 4.5 standard errors, and what a mean at finite width is off by itself: O(depth/width) of the value.
        allowed = 4.5 * samples[:, column].std(ddof=1) / math.sqrt(networks) + depth / width * kernel.at_one
        assert abs(samples[:, column].mean() - kernel(u)) < allowed
        # The test can fail: one layer less is twice as far away.
        assert abs((ks.rf if column == 0 else ks.ntk)(depth - 1)(u) - kernel(u)) > 2 * allowed


def test_claim_64_the_rate_in_the_width(rng: np.random.Generator) -> None:
    # Root-mean-square errors at widths m and 16 m: their ratio is 4, measured on 400 draws to 1/sqrt(400) = 5%.
    x, y = pair_of_points(0.3)
    errors = []
    for width in (64, 1024):
        w = rng.standard_normal((400, width, x.size))
        means = (2 * np.maximum(w @ x, 0) * np.maximum(w @ y, 0)).mean(axis=1)
        errors.append(math.sqrt(np.mean((means - ks.rf(2)(0.3)) ** 2)))
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.25, abs=0)  # five standard deviations


@pytest.mark.parametrize("bias", [False, True])
def test_claim_26_bias_enters_through_the_first_inner_product(bias: bool, rng: np.random.Generator) -> None:
    u = -0.2
    x, y = pair_of_points(u)
    w, v = rng.standard_normal((WIDTH, x.size)), rng.standard_normal(WIDTH)
    a, b = w @ x, w @ y
    inner = x @ y + (1 if bias else 0)
    samples = 2 * np.maximum(a, 0) * np.maximum(b, 0) + 2 * v**2 * (a > 0) * (b > 0) * inner
    assert deviation(samples, ks.ntk(2, bias=bias)(u)) < SIGMAS


@pytest.mark.parametrize("kernel", [ks.ntk, lambda depth: ks.resnet(depth, tangent=True), ks.rf])
def test_layers_behind_take_no_memory(kernel: Callable[[int], Zonal]) -> None:
    def peak(depth: int) -> int:
        made, u = kernel(depth), np.linspace(-1, 1, 10_000)
        made(u)
        tracemalloc.start()
        made(u)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return int(found)

    assert peak(16) < 1.5 * peak(5)
