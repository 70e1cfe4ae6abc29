"""Kernels of infinitely wide networks: the numbers of neural_tangents, the definitions, the library's own kernels."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import stax
from kernelspec.architectures import Frozen, limit
from kernelspec.stax.functions import made
from oracle import neural_tangents as peer
from oracle import wide_networks as direct
from oracle.neural_tangents import conv, dense, erf, layer, relu, serial

Array = Any
NUMBERS = json.loads((Path(__file__).parent / "neural_tangents.json").read_text(encoding="utf-8"))
INPUTS = {"vectors": np.array(peer.VECTOR_INPUTS), "images": peer.images()}
STORED = [(kind, name) for kind in INPUTS for name in NUMBERS[kind]]


def kernel(data: Any, x: Array, y: Array | None = None, **options: Any) -> Any:
    """nngp and ntk of a network that is given as data."""
    return limit.kernel(peer.network(stax, data).kernel_fn.network, x, y, **options)


def difference(a: Array, b: Array) -> float:
    """The largest difference relative to the largest entry."""
    return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))


def rows(found: Array) -> Array:
    """(n, n, h, h', w, w') as (n h w, n h' w')."""
    if found.ndim == 2:
        return found
    swapped = found.transpose(0, 2, 4, 1, 3, 5)
    return swapped.reshape(math.prod(swapped.shape[:3]), -1)


@pytest.mark.parametrize(("kind", "name"), STORED)
def test_numbers_of_neural_tangents(kind: str, name: str) -> None:
    """Its version stands in the file; where a network ends in ConvLocal it tells equal positions alone."""
    stored, x = NUMBERS[kind][name], INPUTS[kind]
    found = kernel(stored["network"], x, x[1:] * 0.9 + 0.1)
    for kind_of in ("nngp", "ntk"):
        expected = np.array(stored[kind_of])
        assert np.all(np.isfinite(expected))
        got = getattr(found, kind_of)
        assert got.shape == expected.shape
        assert np.max(np.abs(got - expected)) <= 1e-12 * max(np.max(np.abs(expected)), 1e-300)


def test_every_network_has_its_numbers() -> None:
    """But those that the package gives NaN for, or refuses."""
    missing = {
        (kind, name)
        for kind, networks in (("vectors", peer.VECTORS), ("images", peer.IMAGES))
        for name in networks
        if name not in NUMBERS[kind]
    }
    assert missing <= peer.WITHOUT_NUMBERS
    for kind, networks in (("vectors", peer.VECTORS), ("images", peer.IMAGES)):
        for name, stored in NUMBERS[kind].items():
            assert json.loads(json.dumps(networks[name])) == stored["network"]


# -- the library's own kernels ---------------------------------------------------------------------------------------

VECTORS = np.random.default_rng(3).standard_normal((9, 5))
VECTORS[3:6] = VECTORS[2] * 3, -VECTORS[2], VECTORS[2] + 1e-9 * VECTORS[1]


@pytest.mark.parametrize("depth", [2, 5])
@pytest.mark.parametrize("tangent", [False, True])
def test_relu_networks_are_rf_and_ntk(depth: int, tangent: bool) -> None:
    found = kernel(serial(*[dense(w=math.sqrt(2), b=None), relu] * (depth - 1), dense(w=math.sqrt(2), b=None)), VECTORS)
    expected = (ks.ntk if tangent else ks.rf)(depth).gram(VECTORS) * (2 / 5)
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.max(np.abs(found[tangent] - expected) / size) <= 1e-14


@pytest.mark.parametrize("tangent", [False, True])
def test_networks_with_biases_are_mlp(tangent: bool) -> None:
    """mlp is divided by the variance of its output for an input of length 1."""
    x = VECTORS / math.sqrt(5)
    leaky = layer("LeakyRelu", 0.25)
    found = kernel(serial(dense(w=1.5, b=0.5), leaky, dense(w=1.5, b=0.5), leaky, dense(w=1.5, b=0.5)), VECTORS)
    q = 2.25 + 0.25
    for _ in range(2):
        q = 2.25 * q * (1 + 0.0625) / 2 + 0.25
    expected = q * ks.mlp(3, slope=0.25, weight_variance=2.25, bias_variance=0.25, tangent=tangent).gram(x)
    assert difference(found[tangent], expected) <= 1e-14


@pytest.mark.parametrize("tangent", [False, True])
def test_residual_networks_are_resnet(tangent: bool) -> None:
    """The input's weights, which are not trained there, are frozen."""
    block = [
        stax.FanOut(2),
        stax.parallel(stax.Identity(), stax.serial(stax.Dense(4), stax.Relu(), stax.Dense(4, math.sqrt(2)))),
        stax.FanInSum(),
    ]
    first = made(Frozen(stax.Dense(4).kernel_fn.network))
    found = stax.serial(first, *block, *block).kernel_fn(VECTORS)
    expected = ks.resnet(2, tangent=tangent).gram(VECTORS)
    assert difference(found[tangent] * expected[0, 0] / found[tangent][0, 0], expected) <= 1e-14


@pytest.mark.parametrize("name", ["tanh", "silu", "gelu", "erf", "elu", "softplus"])
def test_one_layer_on_the_sphere_is_the_dual(name: str) -> None:
    from kernelspec.architectures import activation

    x = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True) * math.sqrt(5)
    network = stax.serial(stax.Dense(4), made(activation(name)), stax.Dense(1))
    expected = ks.dual(name)(np.clip(x @ x.T / 5, -1, 1))
    assert difference(network.kernel_fn(x, get="nngp"), expected) <= 3e-15


# -- the definitions -------------------------------------------------------------------------------------------------


ACTIVATIONS = [relu, erf, layer("Sin"), layer("Rbf", 0.5), layer("Monomial", 2)]
weights = st.sampled_from([0.5, 1.0, 1.4])
biases = st.sampled_from([None, 0.0, 0.3])
parameterizations = st.sampled_from(["ntk", "standard"])


@st.composite
def blocks(draw: st.DrawFn, weighted: Any) -> list[Any]:
    """An activation between layers of weights, or a residual one."""
    inside = [draw(st.sampled_from(ACTIVATIONS)), draw(weighted)]
    return peer.skip(*inside) if draw(st.booleans()) else inside


@st.composite
def vector_networks(draw: st.DrawFn) -> Any:
    weighted = st.builds(lambda w, b, p: dense(5, w, b, parameterization=p), weights, biases, parameterizations)
    found = [draw(weighted)]
    for _ in range(draw(st.integers(0, 3))):
        found += draw(blocks(weighted))
    return serial(*found)


@st.composite
def image_networks(draw: st.DrawFn) -> Any:
    paddings = st.sampled_from(["SAME", "VALID", "CIRCULAR"])
    sizes, steps = st.tuples(st.integers(1, 3), st.integers(1, 2)), st.tuples(st.integers(1, 2), st.integers(1, 2))
    plain = st.builds(
        lambda shape, w, b, p, border: layer(
            "Conv", 5, list(shape), W_std=w, b_std=b, parameterization=p, padding=border
        ),
        sizes,
        weights,
        biases,
        parameterizations,
        st.sampled_from(["SAME", "CIRCULAR"]),
    )
    found = [
        layer(
            "Conv",
            5,
            list(draw(sizes)),
            strides=list(draw(steps)),
            padding=draw(paddings),
            W_std=draw(weights),
            b_std=draw(biases),
        )
    ]
    for _ in range(draw(st.integers(0, 2))):
        found += draw(blocks(plain))
        if draw(st.booleans()):
            kind, shape, stride = draw(st.sampled_from(["AvgPool", "SumPool"])), draw(steps), draw(steps)
            padding = draw(st.sampled_from(["SAME", "CIRCULAR"]))
            found.append(layer(kind, list(shape), strides=list(stride), padding=padding))
    end = draw(st.sampled_from([[], [layer("Flatten")], [layer("GlobalAvgPool")], [layer("GlobalSumPool"), dense(1)]]))
    return serial(*found, *end)


@given(vector_networks())
@settings(max_examples=40)
def test_random_networks_of_vectors_are_their_definitions(data: Any) -> None:
    _compare(data, np.random.default_rng(4).standard_normal((4, 3)))


@given(image_networks())
@settings(max_examples=40)
def test_random_networks_of_images_are_their_definitions(data: Any) -> None:
    _compare(data, np.random.default_rng(5).standard_normal((2, 5, 3, 2)))


def _compare(data: Any, x: Array) -> None:
    for got, want in zip(kernel(data, x), direct.kernels(data, x, long=True), strict=True):
        assert np.max(np.abs(rows(got) - want)) <= 1e-12 * np.max(np.abs(want))


NEAR = {
    "dense": (serial(dense(), relu, dense(), relu, dense(1)), (4,)),
    "smooth, then a kink": (serial(dense(), erf, dense(), relu, dense(), layer("Rbf", 0.7), dense(), relu), (4,)),
    "odd, without biases": (serial(dense(b=None), erf, dense(b=None), relu, dense(b=None), relu), (4,)),
    "conv": (serial(conv(), relu, conv(), relu, *peer.HEAD), (4, 3, 2)),
    "mean": (serial(conv(), relu, conv((2, 3)), relu, *peer.MEAN), (4, 3, 2)),
    "flat head": (serial(conv(), relu, layer("Flatten"), dense(), relu, dense(1)), (4, 3, 2)),
    "pool": (serial(conv(), relu, layer("AvgPool", [2, 2]), conv(), relu, *peer.MEAN), (4, 3, 2)),
    "mean head": (serial(conv(), relu, layer("GlobalAvgPool"), dense(), relu, dense(1)), (4, 3, 2)),
}


@pytest.mark.parametrize("name", NEAR)
def test_near_coincidence_keeps_the_digits_of_tangent_kernels(name: str) -> None:
    """The definition in extended precision has 1e-19/1e-6 there."""
    data, shape = NEAR[name]
    rng = np.random.default_rng(6)
    x = rng.standard_normal((3, *shape))
    x[1:] = x[0] + 1e-6 * x[1], -x[0] + 1e-6 * x[2]
    value, tangent = direct.kernels(data, x, long=True)
    found = kernel(data, x)
    off = ~np.eye(3, dtype=bool)
    assert difference(found.nngp, value) <= 2e-15
    assert np.max(np.abs(found.ntk - tangent)[off]) <= 1e-12 * np.max(np.abs(tangent))


@pytest.mark.parametrize("name", NEAR)
def test_copies_have_the_values_of_the_diagonal(name: str) -> None:
    data, shape = NEAR[name]
    x = np.random.default_rng(7).standard_normal((3, *shape))
    x[2] = x[0]
    found = kernel(data, x)
    for each in found:
        assert np.array_equal(each, each.T)
        assert each[0, 2] == each[0, 0] == each[2, 2]
    crossed = kernel(data, x, x.copy())
    for one, other in zip(found, crossed, strict=True):
        assert difference(one, other) <= 1e-15


@pytest.mark.parametrize("window", [[2, 2], [3, 1]])
def test_multiples_coincide_through_pools(window: list[int]) -> None:
    """Their covariances come from products in another order: rounding of 1 - u would be 1e-9 of a tangent kernel."""
    pool = layer("AvgPool", window, padding="SAME")
    same = layer("Conv", 5, [3, 3], padding="SAME")
    end = [layer("GlobalAvgPool"), dense(2, b=None), relu, dense(1, b=None)]
    data = serial(same, relu, pool, same, relu, pool, dense(3, b=None), relu, *end)
    for seed in range(3):
        x = np.random.default_rng(seed).standard_normal((4, 6, 5, 3))
        x[2:] = x[0], 3 * x[1]
        found = kernel(data, x)
        for one, crossed in zip(found, kernel(data, x, x.copy()), strict=True):
            assert difference(one, crossed) <= 1e-14
            assert difference(one[2], one[0]) <= 1e-14
            assert difference(one[3], 3 * one[1]) <= 1e-14


def test_pools_of_patches_of_one_position_are_their_definition() -> None:
    same = layer("Conv", 5, [1, 1], padding="SAME")
    _compare(
        serial(same, relu, same, layer("AvgPool", [2, 1], padding="SAME"), relu, same),
        np.random.default_rng(0).standard_normal((2, 5, 3, 2)),
    )


@pytest.mark.parametrize("scale", [0.0, 1e-150])
def test_biases_make_zero_images_coincide(scale: float) -> None:
    data = serial(dense(), layer("Sign"), dense(), layer("Sign"), dense())
    for found in kernel(data, VECTORS * scale):
        assert np.all(found == found[0, 0])


# -- the door --------------------------------------------------------------------------------------------------------


def test_blocks_threads_and_progress_change_no_number() -> None:
    data = NEAR["pool"][0]
    x = np.random.default_rng(8).standard_normal((7, 4, 3, 2))
    whole, seen = kernel(data, x), []

    def progress(work: Any, total: int) -> Any:
        seen.append(total)
        return work

    small = kernel(data, x, memory=400_000, progress=progress)
    assert seen[0] > 1
    for one, other in zip(whole, small, strict=True):
        assert difference(one, other) <= 1e-15
    crossed = kernel(data, x, x[:3] + 0.1, memory=400_000, threads=1)
    for one, other in zip(crossed, kernel(data, x, x[:3] + 0.1), strict=True):
        assert difference(one, other) <= 1e-15


def test_float32_is_rounded_once() -> None:
    x = np.random.default_rng(9).standard_normal((4, 3)).astype(np.float32)
    found = kernel(NEAR["dense"][0], x)
    assert found.ntk.dtype == np.float32
    assert np.array_equal(found.ntk, kernel(NEAR["dense"][0], x.astype(np.float64)).ntk.astype(np.float32))


def test_what_is_asked_for_comes() -> None:
    network = stax.serial(stax.Dense(3), stax.Relu(), stax.Dense(1))
    both = network.kernel_fn(VECTORS)
    assert both._fields == ("nngp", "ntk")
    assert np.array_equal(network.kernel_fn(VECTORS, None, "nngp"), both.nngp)
    assert np.array_equal(network.kernel_fn(VECTORS, get=("ntk",)).ntk, both.ntk)


@pytest.mark.parametrize("scale", [1e-100, 1e-20, 1e20, 1e100])
def test_homogeneous_networks_scale_with_their_inputs(scale: float) -> None:
    data = serial(dense(b=None), relu, dense(b=None), relu, dense(b=None))
    found, plain = kernel(data, VECTORS * scale), kernel(data, VECTORS)
    for one, other in zip(found, plain, strict=True):
        assert difference(one / scale / scale, other) <= 1e-14


def test_pieces_are_the_duals_of_the_sphere_by_any_route() -> None:
    """So many pairs that they are summed as a series where |u| is moderate, and by quadrature elsewhere."""
    from kernelspec.architectures import activation

    x = np.random.default_rng(10).standard_normal((9, 2))
    x *= math.sqrt(2) / np.linalg.norm(x, axis=1, keepdims=True)
    found = stax.serial(stax.Dense(4), made(activation("elu")), stax.Dense(1)).kernel_fn(x)
    u = np.clip(x @ x.T / 2, -1, 1)
    kernel = ks.dual("elu")
    assert difference(found.nngp, kernel(u)) <= 3e-15
    assert np.max(np.abs(found.ntk - kernel(u) - u * kernel.derivative()(u))) <= 1e-7  # the cosines are rounded
    off = np.abs(u) < 0.999
    assert np.max(np.abs(found.ntk - kernel(u) - u * kernel.derivative()(u))[off]) <= 1e-14


def test_a_constant_does_not_need_a_direction() -> None:
    """Hermite(0) is 1, of maps of deviation 0 as well."""
    found = stax.serial(stax.Dense(2), stax.Hermite(0), stax.Dense(1)).kernel_fn(np.array([[0.0, 0.0], [1.0, 2.0]]))
    assert np.array_equal(found.nngp, np.ones((2, 2)))


def test_zero_images_are_constant_networks() -> None:
    x = np.array([[0.0, 0.0], [1.0, 2.0]])
    found = kernel(serial(dense(b=None), relu, dense(b=None)), x)
    assert found.nngp[0].tolist() == found.ntk[0].tolist() == [0, 0]
    biased = kernel(serial(dense(), erf, dense()), x)
    zero = kernel(serial(dense(), erf, dense()), x[:1])
    assert biased.nngp[0, 0] == pytest.approx(zero.nngp[0, 0], rel=1e-15)  # NumPy rounds by the length of an array
    assert zero.nngp[0, 0] > 0


@pytest.mark.parametrize("activation", [relu, layer("Abs"), layer("LeakyRelu", 0.3)])
def test_the_slope_at_a_kink_is_the_mean_of_both_sides(activation: Any) -> None:
    """A zero image, whose tangent kernel is the bias's own, of deviation 0: (f'(0) E f'(a))^2, as finite networks have.

    The second activation reads it after a first one, which is no constant elsewhere.
    """
    standard = layer("Dense", 5, 1.0, 0.0, parameterization="standard")
    x = np.array([[0.0, 0.0], [0.4, -1.1]])
    a, b = {"Relu": (0.0, 1.0), "Abs": (-1.0, 1.0), "LeakyRelu": (0.3, 1.0)}[activation[0]]
    data = serial(standard, activation, dense(b=None, w=1.0), activation)
    mean = ((a + b) / 2) ** 4
    assert kernel(data, x).ntk[0] == pytest.approx([mean, mean], rel=1e-15, abs=1e-17)
    assert kernel(data, x[:1], x[1:]).ntk == pytest.approx(mean, rel=1e-15, abs=1e-17)  # with no coincident pair beside


@pytest.mark.parametrize("one", [layer("Erf"), layer("Gelu"), layer("Polynomial", [0.3, 0.2, 0.7])])
def test_coincident_maps_stay_so_where_no_kink_follows(one: Any) -> None:
    """Their 1 - u is multiplied by a variance of 10^8 afterwards: 1e-16 would be 1e-8 of a slope."""
    x = np.array([[0.3, -1.2, 0.8], [1.0, 0.2, -0.4]])
    layers = [dense(), one, dense(w=1e4)]
    below = kernel(serial(*layers), x)
    variance, tangent = np.diag(below.nngp), np.diag(below.ntk)
    wanted = tangent * 4 / math.pi / np.sqrt(1 + 4 * variance)  # E erf'(a)^2
    assert np.diag(kernel(serial(*layers, erf), x).ntk) == pytest.approx(wanted, rel=1e-14)
    assert np.diag(kernel(serial(*layers, erf), x, 1 * x).ntk) == pytest.approx(wanted, rel=1e-14)


def test_signs_of_deviations_change_nothing() -> None:
    for activation in (relu, erf):
        for bias in (0.3, None):
            one = kernel(serial(dense(w=1.3, b=bias), activation, dense(w=0.7, b=bias)), VECTORS)
            minus = None if bias is None else -bias
            other = kernel(serial(dense(w=-1.3, b=bias), activation, dense(w=-0.7, b=minus)), VECTORS)
            assert difference(one.nngp, other.nngp) == difference(one.ntk, other.ntk) == 0


def test_overflow_is_refused() -> None:
    with pytest.raises(ValueError, match="overflow"):
        kernel(serial(dense(), layer("Exp"), dense()), np.array([[100.0]]))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([stax.Relu()], "Gaussian"),
        ([stax.Dense(2), stax.Relu(), stax.Erf()], "Gaussian"),
        ([stax.Dense(2), stax.Relu(), stax.LayerNorm()], "Gaussian"),
        (
            [stax.Dense(2), stax.FanOut(2), stax.parallel(stax.Identity(), stax.Identity()), stax.FanInSum()],
            "independent branches",
        ),
        ([stax.FanOut(2), stax.parallel(*[stax.serial(stax.Dense(2), stax.Relu())] * 2), stax.FanInSum()], "mean 0"),
    ],
)
def test_networks_without_a_limit_are_refused(layers: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stax.serial(*layers).kernel_fn(VECTORS)


def test_too_little_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="memory must be at least"):
        kernel(NEAR["pool"][0], peer.images(), memory=1000)
    with pytest.raises(TypeError, match="network must be a layer"):
        limit.kernel("relu", VECTORS)  # type: ignore[arg-type]  # what is tested


def test_frozen_layers_have_no_part_in_the_tangent_kernel() -> None:
    """With all layers but the last frozen the tangent kernel is the covariance."""
    first = made(Frozen(stax.serial(stax.Dense(3), stax.Relu()).kernel_fn.network))
    found = stax.serial(first, stax.Dense(1)).kernel_fn(VECTORS)
    assert np.array_equal(found.nngp, found.ntk)
