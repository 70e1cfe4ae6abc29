"""Measured distances and their bounds: no array, field or architecture violates what is proved."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn, testing
from kernelspec.ckn import stability
from kernelspec.ckn.stability.bounds import Sampled, _norm_of, smoothing_matrix
from kernelspec.ckn.stability.grid_motions import translated
from kernelspec.ckn.stability.transport import MapConstants, Weights, angle_constants, tangent_growth
from kernelspec.numbers.arithmetic_protocol import Value

SEEDS = st.integers(0, 2**32 - 1)
WRONG: Any = "both"  # where a network, a field, a number or a truth value is wanted
KERNELS = [
    ks.arccos(1),
    ks.exponential(0.6),
    ks.exponential(),
    ks.polynomial(3),
    ks.linear(),
    ks.arccos(0),
    ks.rf(3),
    3 * ks.arccos(2) + ks.linear(),
]
RECTIFIERS = [
    ks.arccos(1),
    0.5 * ks.linear() + 2 * ks.arccos(1),
    ks.linear(),
    ks.arccos(1) + -0.2 * ks.linear(),  # a leaky one of negative slope: its kappa' changes sign
]


def networks(tangent: bool, shape: tuple[int, ...]) -> st.SearchStrategy[ckn.Network]:
    return testing.architectures(shape, kernels=RECTIFIERS if tangent else KERNELS)


def border_of(net: ckn.Network) -> str:
    """How a network takes its images to go on: around, where every layer does."""
    return "circular" if {layer.border for layer in net.layers} == {"circular"} else "zero"


def signals(shape: tuple[int, ...], seed: int) -> Any:
    """Noise, a smooth signal, one pixel, one at the border, and an alternating signal."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((*shape, 2))
    pixel, corner = np.zeros((2, *shape, 2))
    pixel[tuple(rng.integers(n) for n in shape)] = 1.0
    corner[(0,) * len(shape)] = 1.0
    signs = np.indices(shape).sum(axis=0) % 2 * 2.0 - 1
    alternating = signs[..., None] * np.ones(2)
    return np.stack([noise, np.cumsum(noise, axis=0), pixel, corner, alternating])


SHAPES = st.sampled_from([(8,), (12,), (16,), (9,), (8, 8), (6, 7), (4, 8)])


@pytest.mark.parametrize("tangent", [False, True])
@given(st.data(), SHAPES, SEEDS, st.sampled_from([0.0, 0.7, 2.0]))
@settings(max_examples=50)
def test_nothing_violates_a_bound(
    tangent: bool, data: st.DataObject, shape: tuple[int, ...], seed: int, smoothing: float
) -> None:
    net, tau = data.draw(networks(tangent, shape)), data.draw(testing.deformations(shape))
    found = stability.bound(net, tau, tangent, smoothing=smoothing)
    x = signals(shape, seed)
    apart = stability.measured(net, x, tau, tangent, smoothing=smoothing)
    assert found.proved
    # Distances are roots of differences of squares, which round to about 1e-15 of the largest that there can be; where
    # the slope of a kernel is not bounded, to 1e-8, since angles at later layers are known from cosines alone.
    steep = tangent or found.terms["prod rho"] == math.inf
    rounding = (2e-4 if steep else 1e-7) * found.terms["bound by norms"]
    assert np.all(apart <= found.value * (1 + 1e-9) + rounding)


@pytest.mark.parametrize("tangent", [False, True])
@given(st.data(), SHAPES, SEEDS)
@settings(max_examples=40)
def test_measured_is_the_distance_of_the_features(
    tangent: bool, data: st.DataObject, shape: tuple[int, ...], seed: int
) -> None:
    net, tau = data.draw(networks(tangent, shape)), data.draw(testing.deformations(shape))
    x = signals(shape, seed)[:2]
    border = border_of(net)
    y = stability.warp(x, tau, border)
    values = []
    for a, b in zip(x, y, strict=True):
        gram = net.gram(np.stack([a, b]), tangent=tangent)
        square = gram[0, 0] + gram[1, 1] - gram[0, 1] - gram[1, 0]
        values.append(math.sqrt(max(square, 0.0)) / np.linalg.norm(a))
    apart = stability.measured(net, x, tau, tangent)
    size = net.norms(x, tangent) / np.linalg.norm(x.reshape(2, -1), axis=1)
    # Squares round to 1e-15, but angles of nearly coincident maps at a later layer to 1e-8, their cosines to 1e-16.
    largest = np.maximum(size, 1) ** 2
    assert np.all(np.abs(apart**2 - np.square(values)) <= 1e-7 * largest)
    # One image alone: sums in another order, under the same root.
    alone = stability.measured(net, x[1], tau, tangent)
    assert abs(alone**2 - apart[1] ** 2) <= 1e-7 * largest[1]


# -- the pieces --------------------------------------------------------------------------------------


@given(st.data(), SHAPES, SEEDS)
@settings(max_examples=40)
def test_weights_are_those_of_linear_networks_in_norm(data: st.DataObject, shape: tuple[int, ...], seed: int) -> None:
    """With linear kernels |Phi(x)|^2 <= sum w |x|^2, with equality for constants on circles without subsampling."""
    net = data.draw(networks(False, shape))
    linear = dataclasses.replace(
        net, layers=tuple(dataclasses.replace(layer, kernel=ks.linear()) for layer in net.layers)
    )
    weights = Weights.of(linear, shape)
    x = signals(shape, seed)
    squares = np.einsum("np,p->n", (x**2).sum(axis=-1).reshape(5, -1), weights.roots() ** 2)
    assert np.all(linear.norms(x) ** 2 <= squares * (1 + 1e-12) + 1e-12)
    if all(layer.border == "circular" and layer.stride == 1 for layer in linear.layers):
        ones = np.ones((1, *shape, 1))
        total = float((weights.roots() ** 2).sum())
        assert linear.norms(ones)[0] ** 2 == pytest.approx(total, rel=1e-12, abs=0)


def test_weights_by_hand() -> None:
    # The mean of 3 centred positions, cut off at the border: rows with sums 2/3, 1, 1, 2/3.
    layer = ckn.Layer(1, ks.arccos(1), ckn.average(3, True))
    found = Weights.of(ckn.Network([layer]), (4,)).axes[0][0]
    assert found == pytest.approx(np.array([2 / 3 + 1, 2 / 3 + 2, 2 / 3 + 2, 2 / 3 + 1]) / 3)
    # Patches of 2 reach to the left: position 0 is read at 0 and 1, the last one at its own place alone.
    patches = ckn.Network([ckn.Layer(2, ks.arccos(1))])
    assert Weights.of(patches, (3,)).axes[0][0].tolist() == [2.0, 2.0, 1.0]
    valid = ckn.Network([ckn.Layer(2, ks.arccos(1), border="valid", normalized=True)], "mean")
    assert Weights.of(valid, (3,)).axes[0][0] == pytest.approx(np.array([1, 2, 1]) / 4)


@given(
    st.lists(st.tuples(st.floats(0, 2), st.floats(0.1, 2)), min_size=1, max_size=4),
    st.integers(0, 3),
    st.tuples(*[st.floats(0, 3)] * 4),
)
def test_tangent_maps_move_apart_layer_by_layer(
    kernels: list[tuple[float, float]], first: int, at: tuple[float, ...]
) -> None:
    maps = tuple(MapConstants(math.sqrt(a + b), math.sqrt(a + b), b / (a + b)) for a, b in kernels)
    first = min(first, len(maps))
    size, other, dx, dy = at
    found = tangent_growth(maps, first, size, other, dx, dy)
    for j, (a, b) in list(enumerate(kernels, start=1))[first:]:
        s = math.sqrt(size * other)
        angle = min(s * dx, 2 / math.pi * s * dx + (0.5 - 1 / math.pi) * dx**2)
        dy = math.sqrt((a + b) * (dy**2 + dx**2) + j * b * angle)
        size, other, dx = (math.sqrt(a + b) * v for v in (size, other, dx))
    assert found == pytest.approx(dy, rel=1e-12, abs=1e-150)  # squares below 1e-300 vanish


@pytest.mark.parametrize("tangent", [False, True])
def test_a_shift_through_two_layers_by_hand(tangent: bool) -> None:
    layers = [
        ckn.Layer(3, ks.arccos(1), ckn.average(2), 2, "circular"),
        ckn.Layer(2, ks.arccos(1), ckn.gaussian(1), 1, "circular", normalized=True),
    ]
    net = ckn.Network(layers)
    found = stability.bound(net, stability.translation(16, 3), tangent)
    # Positions 3 are 2 outputs and -1 positions of the first pooling, whose rows are (1, 1)/2 and do not overlap.
    first = np.kron(np.eye(8), [0.5, 0.5])
    one = float(np.linalg.norm(np.roll(first, 1, axis=1) - first, 2))
    taps = np.array([math.exp(-1), 1, math.exp(-1)])
    second = sum(t * np.roll(np.eye(8), k, axis=1) for k, t in enumerate(taps / taps.sum()))
    two = float(np.linalg.norm(np.roll(second, -2, axis=1) - second, 2))
    # The patches of the first layer have 3 positions; both maps have weights 1 after it.
    pooled = math.sqrt(3) / math.sqrt(2)
    apart = one * math.sqrt(3)
    if tangent:
        maps = (MapConstants.of(ks.arccos(1)),) * 2
        carried = tangent_growth(maps, 1, pooled, pooled, apart, math.sqrt(2) * apart)
        expected = carried + math.sqrt(3) * two * pooled
    else:
        expected = apart + two * pooled
    name = "|Phi(T x) - Phi(x)| / |x|, shift by (3,)"
    assert found.terms[name] == pytest.approx(expected, rel=1e-10, abs=0)


def test_no_shift_goes_through_a_stride_that_does_not_divide() -> None:
    layer = ckn.Layer(1, ks.arccos(1), ckn.average(2), 2, "circular")
    net, tau = ckn.Network([layer], "mean"), stability.translation(9, 2)
    found = stability.bound(net, tau)
    assert not any("shift" in name for name in found.terms)
    x = np.random.default_rng(0).standard_normal((9, 1))
    assert 0.01 < stability.measured(net, x, tau) <= found.value  # with 8 positions it is 0
    assert stability.bound(net, stability.translation(8, 2)).value < 1e-12


@given(st.integers(1, 4), st.integers(1, 6), st.integers(-5, 5), st.sampled_from([0, 1, 2, 3]))
def test_norms_of_circular_pooling(stride: int, windows: int, rest: int, which: int) -> None:
    pool = [ckn.gaussian(1), ckn.gaussian(3), ckn.average(4, True), ckn.strided()][which]
    layer = ckn.Layer(1, ks.arccos(1), pool, stride, "circular")
    pooling = layer.pooling(stride * windows)
    for matrix in (pooling, np.roll(pooling, -rest, axis=1) - pooling):
        assert _norm_of(matrix) == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-9, abs=1e-14)
    smooth = smoothing_matrix(windows, 0.3 * stride, "circular")
    assert smooth is not None
    assert _norm_of(smooth) == pytest.approx(np.linalg.norm(smooth, 2), rel=1e-9, abs=0)


def test_a_shift_by_a_period_is_none() -> None:
    layer = ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), 2, "circular")
    net = ckn.Network([layer])
    near = stability.bound(net, stability.translation(16, 2))
    for t in (2 - 16, 2 + 48):
        far = stability.bound(net, stability.translation(16, t))
        assert far.value == pytest.approx(near.value, rel=1e-6, abs=0)
        assert far.source == near.source
    assert stability.bound(net, stability.translation(16, 1e99)).value < math.inf


def test_constants_of_kernel_maps() -> None:
    assert MapConstants.of(ks.exponential(0.6)).rho == pytest.approx(1 / 0.6, rel=1e-14, abs=0)
    assert MapConstants.of(ks.polynomial(3)).rho == pytest.approx(math.sqrt(3), rel=1e-14, abs=0)
    one = (1.0, math.nextafter(1.0, 2))  # rounded up, where a ball is not exact
    for kernel, bend in ((ks.exponential(2), None), (ks.arccos(1), 1.0)):
        found = MapConstants.of(kernel)
        assert found.norm in one and found.rho in one and found.bend == bend
    assert MapConstants.of(ks.arccos(0)).rho == math.inf
    assert MapConstants.of(ks.laplace()).rho == math.inf
    mixed = MapConstants.of(3 * ks.linear() + ks.arccos(1))
    assert (mixed.norm, mixed.bend) == (2.0, 0.25)


def test_the_angle_inequality() -> None:
    sharp, rest = angle_constants()
    chord = np.concatenate([np.geomspace(1e-9, 2, 20_000), np.linspace(0, 2, 20_001)])
    theta = 2 * np.arcsin(chord / 2)
    gap = sharp * chord + rest * chord**2 - 2 * theta / math.pi
    assert gap.min() >= -1e-15
    assert gap[np.argmax(chord)] == pytest.approx(0, abs=1e-15)


def test_one_position_has_the_bound_of_the_fully_connected_network() -> None:
    # |Phi(x) - Phi(y)|^2 <= (L(L-1)/pi) (|x||y|)^(1/2)|x - y| + ..., with the sharp first constant (L = n + 1 layers).
    maps = (MapConstants.of(ks.arccos(1)),) * 3
    for dx in (1e-8, 1e-10):
        square = tangent_growth(maps, 0, 1.0, 1.0, dx, dx) ** 2
        assert square / dx == pytest.approx(4 * 3 / math.pi, rel=20 * dx, abs=0)
    angle = 1e-8
    x = np.array([[1.0, 0.0], [math.cos(angle), math.sin(angle)]])
    net = ckn.Network([ckn.Layer(1, ks.arccos(1))] * 3)
    apart = net.distances(x[:1, None], x[1:, None], tangent=True)[0, 0]
    assert apart <= tangent_growth(maps, 0, 1.0, 1.0, angle, angle)
    # The deeper cosines are within rounding of 1: the first layer's angle alone is known.
    assert apart >= 0.4 * tangent_growth(maps, 0, 1.0, 1.0, angle, angle)


@given(st.sampled_from(["zero", "circular"]), st.integers(1, 9), st.integers(-12, 12))
def test_translated_is_a_warp_by_whole_pixels(border: str, n: int, t: int) -> None:
    x = np.random.default_rng(n).standard_normal((n, 1))
    shifted = stability.warp(x, stability.translation(n, t), border)
    assert np.array_equal(translated(x, (t,), border), shifted)


def test_smoothing() -> None:
    for border in ("zero", "circular"):
        matrix = smoothing_matrix(40, 2.0, border)
        assert matrix is not None
        assert matrix == pytest.approx(matrix.T, abs=1e-17)
        assert np.linalg.norm(matrix, 2) <= 1 + 1e-14
    u = np.arange(40)
    wave = np.cos(2 * np.pi * 3 * u / 40)
    smooth = stability.smooth(wave[None, :, None], 2.0, "circular")[0, :, 0]
    # Poisson: the taps sampled at the pixels alias below e^{-2 (pi)^2 2^2}; six standard deviations leave 2e-9.
    assert smooth == pytest.approx(math.exp(-2 * (2 * math.pi * 3 / 40) ** 2) * wave, abs=1e-8)
    assert stability.smooth(wave[None, :, None], 0.0) is not None


# -- what the bounds say ------------------------------------------------------------------------------


def test_the_filter_of_a_smoothing_is_the_gaussian_at_the_pixels() -> None:
    for n, sigma in ((1, 0.4), (5, 0.1), (6, 1.3), (7, 4.0)):
        reach = math.ceil(6 * sigma)
        taps = [math.exp(-((t / sigma) ** 2) / 2) for t in range(-reach, reach + 1)]
        for border in ("zero", "circular"):
            expected = np.zeros((n, n))
            for i in range(n):
                for t, tap in zip(range(-reach, reach + 1), taps, strict=True):
                    if border == "circular" or 0 <= i + t < n:
                        expected[i, (i + t) % n] += tap / sum(taps)
            assert smoothing_matrix(n, sigma, border) == pytest.approx(expected, abs=1e-15)
    narrow = smoothing_matrix(4, 1e-300, "zero")
    assert narrow is not None
    assert np.array_equal(narrow, np.eye(4))


@given(st.data(), SHAPES, st.sampled_from([0.0, 0.7, 2.0]), SEEDS)
@settings(max_examples=30)
def test_the_terms_of_a_bound_are_norms_of_matrices(
    data: st.DataObject, shape: tuple[int, ...], smoothing: float, seed: int
) -> None:
    net, tau = data.draw(networks(False, shape)), data.draw(testing.deformations(shape))
    found = stability.bound(net, tau, smoothing=smoothing).terms
    border = border_of(net)
    size = math.prod(shape)
    basis = np.eye(size).reshape(size, *shape, 1)
    roots = Weights.of(net, shape).roots()
    stays = stability.smooth(basis, smoothing, border).reshape(size, size)
    moves = stability.smooth(stability.warp(basis, tau, border), smoothing, border)
    moves = moves.reshape(size, size)
    for name, matrix, rtol in (
        ("|S x|_w / |x|", stays, 1e-6),
        ("|S L x|_w / |x|", moves, 1e-3),
        ("|S (L - T) x|_w / |x|, displacement", moves - stays, 1e-6),
    ):
        if name in found:
            norm = np.linalg.norm(matrix * roots, 2)
            # Above the norm, by what the search allows and not more; differences round to 1e-15 of what is subtracted.
            assert norm * (1 - 1e-9) - 1e-13 <= found[name] <= norm * (1 + 1.1 * rtol) + 1e-13


def test_relative_distances_do_not_depend_on_the_size_of_the_image() -> None:
    net = ckn.Network([ckn.Layer(2, ks.arccos(1)), ckn.Layer(2, ks.exponential(0.6))])
    tau = stability.field((6, 6), 0.3, 2.0)
    x = np.random.default_rng(0).standard_normal((6, 6, 2))
    for tangent, layers in ((False, net), (True, ckn.Network(net.layers[:1]))):
        expected = stability.measured(layers, x, tau, tangent)
        for exponent in (-1000, -30, 30, 1000):  # 2^-30 is below the floor for norms of patches
            assert stability.measured(layers, np.ldexp(x, exponent), tau, tangent) == expected
        both = stability.measured(layers, np.stack([x, np.ldexp(x, 60), 0 * x]), tau, tangent)
        assert both == pytest.approx([expected, expected, 0.0], rel=1e-12, abs=0)
    square = ckn.Network([ckn.Layer(2, ckn.square)])  # |Phi(2x)| = 4 |Phi(x)|
    one, two = (stability.measured(square, s * x, tau) for s in (1, 2))
    assert two == pytest.approx(2 * one, rel=1e-9, abs=0)


def test_memory_is_that_of_the_distances() -> None:
    net, x = ckn.Network([ckn.Layer(3, ks.arccos(1))]), np.ones((8, 8, 1))
    with pytest.raises(ValueError, match="memory must be at least"):
        stability.measured(net, x, TAU, memory=1000)
    assert stability.measured(net, x, TAU, memory=2**24) == stability.measured(net, x, TAU)


@pytest.mark.parametrize(
    "kernel",
    [
        -1 * ks.arccos(1),
        ks.linear() - ks.arccos(1),
        ks.arccos(1) - 0.6 * ks.linear(),
        ks.defect_power(1.5),
        ks.polynomial(2) - 0.1 * ks.polynomial(3),
    ],
)
def test_functions_that_are_no_kernels_have_no_bound(kernel: ks.Zonal) -> None:
    net = ckn.Network([ckn.Layer(1, ks.arccos(1)), ckn.Layer(1, kernel)])
    with pytest.raises(ValueError, match="layer 2: kernel must be positive (semi-)?definite"):
        stability.bound(net, TAU)


def test_a_shift_of_a_circular_network_costs_little() -> None:
    net = ckn.Network(
        [
            ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), 2, "circular", normalized=True),
            ckn.Layer(3, ks.arccos(1), ckn.gaussian(8), 4, "circular", normalized=True),
        ]
    )
    small = stability.bound(net, stability.translation(64, 2))
    assert small.value < 0.2 * stability.bound(net, stability.translation(64, 2.5)).value
    assert "shift by (2,)" in small.source
    x = np.random.default_rng(0).standard_normal((64, 3))
    assert stability.measured(net, x, stability.translation(64, 2)) <= small.value


def test_global_pooling_of_whole_strides_is_invariant() -> None:
    layers = [ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), 2, "circular")] * 2
    net = ckn.Network(layers, output="mean")
    for tangent in (False, True):
        found = stability.bound(net, stability.translation((8, 8), (4, -4)), tangent)
        assert found.value < 1e-12
        x = np.random.default_rng(0).standard_normal((8, 8, 1))
        # A root of rounding.
        assert stability.measured(net, x, stability.translation((8, 8), (4, -4)), tangent) < 1e-6


def test_bounds_of_expansive_kernels_carry_their_factors() -> None:
    tau = stability.field(16, 0.01, 4.0)
    one = ckn.Network([ckn.Layer(1, ks.exponential(1.0))] * 2)
    two = ckn.Network([ckn.Layer(1, ks.exponential(0.6))] * 2)
    ratio = stability.bound(two, tau).value / stability.bound(one, tau).value
    assert ratio == pytest.approx((1 / 0.6) ** 2, rel=1e-12, abs=0)


def test_rates_in_the_size_of_the_field() -> None:
    net = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(1), 1)] * 2)
    tau = stability.field(16, 1.0, 4.0)
    for tangent, rate in ((False, 1.0), (True, 0.5)):
        values = [stability.bound(net, s * tau, tangent).value for s in (1e-6, 1e-4)]
        found = math.log(values[1] / values[0]) / math.log(1e2)
        # The next power of s is s^(1/2) smaller for the tangent kernel, and all of the operator for the other.
        assert found == pytest.approx(rate, abs=0.01)


def test_a_kernel_without_slope_has_the_bound_of_the_norms() -> None:
    net = ckn.Network([ckn.Layer(1, ks.arccos(0))])
    found = stability.bound(net, stability.translation(8, 1))
    assert list(found.terms)[-1] == "bound by norms"
    assert found.value == pytest.approx(2.0, rel=1e-9, abs=0)
    sampled = Sampled(net, (8,), 0.0, False)
    assert sampled.maps[0].rho == math.inf


def test_zero_signals_and_empty_batches() -> None:
    net = ckn.Network([ckn.Layer(3, ks.arccos(1))])
    tau = stability.field((6, 6), 0.3, 2.0)
    assert stability.measured(net, np.zeros((6, 6, 1)), tau) == 0.0
    assert stability.measured(net, np.zeros((0, 6, 6, 1)), tau).shape == (0,)
    x = np.random.default_rng(0).standard_normal((2, 6, 6, 1))
    apart = stability.measured(net, x, tau)
    assert apart.shape == (2,)
    assert stability.measured(net, x.astype(np.float32), tau) == pytest.approx(apart, rel=1e-4, abs=0)
    assert stability.measured(net, x[::-1], tau) == pytest.approx(apart[::-1], rel=1e-12, abs=0)
    whole = np.arange(36).reshape(6, 6, 1)
    assert stability.measured(net, whole, tau) == stability.measured(net, whole * 1.0, tau)


NET = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), 2)])
TAU = stability.field((8, 8))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: stability.measured(WRONG, np.zeros((8, 8, 1)), TAU), TypeError, "net must be"),
        (lambda: stability.measured(NET, np.zeros((8, 8, 1)), WRONG), TypeError, "tau must be a field"),
        (lambda: stability.measured(NET, np.zeros((8, 7, 1)), TAU), ValueError, "x must have shape"),
        (lambda: stability.measured(NET, np.zeros((8, 8)), TAU), ValueError, "x must have shape"),
        (lambda: stability.measured(NET, np.full((8, 8, 1), np.inf), TAU), ValueError, "x must be finite"),
        (lambda: stability.measured(NET, np.zeros((8, 8, 1)), TAU, WRONG), ValueError, "tangent must be"),
        (lambda: stability.bound(NET, TAU, smoothing=-1.0), ValueError, "smoothing must be"),
        (lambda: stability.bound(NET, TAU, smoothing=1e9), ValueError, "from 0 to 32768"),
        (
            lambda: stability.measured(NET, np.zeros((8, 8, 1)), TAU, smoothing=1e9),
            ValueError,
            "smoothing must be from 0 to 32768",
        ),
        (lambda: stability.smooth(np.ones((1, 8, 1)), 1.0, "wrap"), ValueError, "border must be"),
        (lambda: stability.smooth(np.ones((1, 8, 1)), -1.0), ValueError, "sigma must be"),
        (lambda: stability.smooth(np.ones(8), 1.0), ValueError, "x must have shape"),
        (lambda: stability.smooth(np.full((1, 8, 1), np.nan), 1.0), ValueError, "x must be finite"),
        (lambda: stability.smooth("text", 1.0), TypeError, "x must be a real array"),
        (lambda: stability.bound(NET, TAU, smoothing=WRONG), TypeError, "smoothing must be"),
        (lambda: stability.bound(NET, stability.field(8)).value, None, ""),
        (lambda: stability.bound(NET, stability.field((2, 2))), ValueError, "layer 1 has an empty map"),
        (
            lambda: stability.bound(ckn.Network([ckn.Layer(1, ckn.square)]), TAU),
            ValueError,
            "layer 1: kernel must be homogeneous",
        ),
        (
            lambda: stability.bound(ckn.Network([ckn.Layer(1, ks.exponential())]), TAU, tangent=True),
            ValueError,
            "layer 1 has the kernel",
        ),
    ],
)
def test_bad_input(call: Callable[..., Value], error: type[Exception] | None, message: str) -> None:
    if error is None:
        assert call() > 0  # a network takes signals as well as images
        return
    with pytest.raises(error, match=message):
        call()
