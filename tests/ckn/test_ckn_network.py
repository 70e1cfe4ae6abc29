"""Layers and networks as values: sizes known before any work, round trips, and what is refused at the door."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from architectures import Architecture, architectures
from expressions import time_limit, untyped, without_address
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import DTypeLike

import kernelspec as ks
from kernelspec import ckn, testing
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from oracle.convolutional import Step, is_possible, map_sizes, pooling_matrix

EXP = ks.exponential(0.6)
RELU = ks.arccos(1)
TWO_FIVE = ckn.Network((ckn.Layer(3, EXP, ckn.gaussian(2), stride=2), ckn.Layer(3, EXP, ckn.gaussian(5), stride=5)))
ONE = ckn.Network((ckn.Layer(3, RELU, ckn.gaussian(2), stride=2),))
X = np.random.default_rng(0).standard_normal((3, 8, 7, 2))


def refused(kind: type[Exception] | tuple[type[Exception], ...], *words: str) -> Any:
    """pytest.raises whose message holds every word."""
    pattern = "".join(f"(?=.*{word})" for word in words)
    return pytest.raises(kind, match=f"(?s){pattern}")


# -- sizes ---------------------------------------------------------------------------------------------


@given(st.data())
def test_sizes_and_pooling_matrices_are_those_of_the_definition(data: st.DataObject) -> None:
    sizes, channels = data.draw(testing.sizes()), data.draw(st.integers(1, 3))
    slow = data.draw(architectures(sizes))
    net = slow.network()
    found = net.shapes((5, *sizes, channels))
    assert len(found) == len(net.layers)
    for number, (layer, mine, shape) in enumerate(zip(net.layers, slow.layers, found, strict=True)):
        patches, output = map_sizes(mine, sizes)
        assert shape.input == (sizes if number else (*sizes, channels))
        assert (shape.patches, shape.output) == (patches, output)
        for n in patches:
            # One rounding for each of the weight's exponential, the sum of at most five, and the quotient.
            np.testing.assert_allclose(layer.pooling(n), pooling_matrix(n, mine), rtol=2e-15, atol=0)
        assert tuple(map(layer.map_size, sizes)) == patches
        sizes = output


@given(st.data())
def test_an_empty_map_is_an_error_that_names_the_layer_and_the_sizes(data: st.DataObject) -> None:
    sizes = data.draw(testing.sizes())
    first = data.draw(architectures(sizes, depth=2))
    before = sizes
    for layer in first.layers:
        before = map_sizes(layer, before)[1]
    pool = data.draw(st.sampled_from([("gaussian", 2), ("strided", 1), ("average", max(before) + 1)]))
    border = "valid" if pool[0] == "average" else "zero"
    last = Step(1, "linear()", *pool, min(before), border)
    slow = Architecture((*first.layers, last), first.output)
    assert not is_possible(slow.layers, sizes)
    with refused(ValueError, f"layer {len(slow.layers)} ", "empty", rf"\b{'x'.join(map(str, before))}\b"):
        slow.network().shapes((1, *sizes, 1))


@pytest.mark.parametrize(
    ("pixels", "factors", "maps"), [(32, (2, 5), [15, 2]), (32, (2, 2, 2), [15, 6, 2]), (28, (2, 5), [13, 1])]
)
def test_claim_60_sizes_of_the_papers_networks(pixels: int, factors: tuple[int, ...], maps: list[int]) -> None:
    net = ckn.Network(tuple(ckn.Layer(3, EXP, ckn.gaussian(q), stride=q) for q in factors))
    found = net.shapes((10, pixels, pixels, 3))
    assert [shape.output for shape in found] == [(n, n) for n in maps]


def test_an_impossible_network_of_the_papers_sizes() -> None:
    net = ckn.Network(tuple(ckn.Layer(3, EXP, ckn.gaussian(q), stride=q) for q in (2, 5, 5)))
    with refused(ValueError, "layer 3", "2x2"):
        net.shapes((1, 32, 32, 3))
    with refused(ValueError, "layer 1", "no patch fits", "2x8"):
        ckn.Network((ckn.Layer(3, EXP, border="valid"),)).shapes((1, 2, 8, 3))
    # The engine refuses before any work, and never returns 0 in silence.
    for call in (net.gram, net.distances, net.norms, net.maps):
        with refused(ValueError, "layer 3", "2x2"):
            call(np.ones((1, 32, 32, 3)))


def test_the_table() -> None:
    assert repr(TWO_FIVE.shapes((100, 32, 28, 3))).splitlines() == [
        "layer                                                          input    patches  output",
        "1      exponential(sigma=0.6), patch 3, gaussian(2), stride 2  32x28x3  32x28    15x13",
        "2      exponential(sigma=0.6), patch 3, gaussian(5), stride 5  15x13    15x13    2x1",
    ]
    table = ckn.Network((ckn.Layer(2, ckn.square),)).shapes((1, 9, 4))
    assert repr(table).splitlines()[1].split() == "1 square, patch 2, no pooling 9x4 9 9".split()
    assert table.rows() == [("1", "square, patch 2, no pooling", "9x4", "9", "9")]
    html = TWO_FIVE.shapes((100, 32, 32, 3))._repr_html_()
    assert html.count("<tr>") == 3 and "15x15" in html and "32x32x3" in html


def test_sizes_of_a_signal_and_of_no_images() -> None:
    (shape,) = ONE.shapes((0, 20, 4))
    assert (shape.input, shape.patches, shape.output) == ((20, 4), (20,), (9,))


@pytest.mark.parametrize("shape", [(), (3,), (3, 4), (1, 2, 3, 4, 5), 7, (1, 8.0, 8, 1), (1, -8, 8, 1), None])
def test_a_shape_that_is_none(shape: Any) -> None:
    with refused((TypeError, ValueError), "shape"):
        ONE.shapes(shape)


# -- patches and filters ---------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1, 2, 3, 4, 5])
def test_even_patches_reach_one_further_up_and_left(p: int) -> None:
    offsets = list(ckn.Layer(p, EXP).offsets)
    assert len(offsets) == p and min(offsets) == -(p // 2)
    assert -min(offsets) - max(offsets) == (1 if p % 2 == 0 else 0)
    assert list(ckn.Layer(p, EXP, border="valid").offsets) == list(range(p))


@pytest.mark.parametrize("q", [1, 2, 3, 5, 50])
def test_the_gaussian_filter(q: int) -> None:
    taps, t = ckn.gaussian(q).taps, np.arange(-q, q + 1)
    assert len(taps) == 2 * q + 1
    assert taps.sum() == pytest.approx(1, rel=4 * np.finfo(float).eps * np.sqrt(len(taps)), abs=0)
    np.testing.assert_allclose(taps / taps[q], np.exp(-((t / q) ** 2)), rtol=1e-15)
    # A standard deviation of q/sqrt(2), cut off at sqrt(2) of them: by quadrature of e^{-t^2} over [-1, 1] the
    # variance tends to 0.2537 q^2 (the ends' half weights are what is left, less than 0.5/q here).
    variance = float(taps @ t**2) / q**2
    limit = 0.5 - np.exp(-1) / 1.4936482656248540
    assert variance == pytest.approx(limit, abs=0.5 / q)


def test_claim_60_the_pooling_reads_from_the_stride_on() -> None:
    layer = ckn.Layer(3, EXP, ckn.gaussian(2), stride=2)
    matrix = layer.pooling(32)
    assert matrix.shape == (15, 32)
    for i, row in enumerate(matrix):
        assert np.flatnonzero(row).tolist() == [j for j in range(2 * i, 2 * i + 5) if j < 32]
    sums = matrix.sum(axis=1)
    assert sums[:14] == pytest.approx(1, rel=1e-15, abs=0) and sums[14] < 1  # dropped, not made up for
    assert ckn.Layer(3, EXP).pooling(4).tolist() == np.eye(4).tolist()
    strided = ckn.Layer(3, EXP, ckn.strided(), stride=3).pooling(10)
    assert [np.flatnonzero(row).tolist() for row in strided] == [[3], [6]]


# -- values ----------------------------------------------------------------------------------------------

NAMES = {
    **{name: getattr(ks, name) for name in ks.__all__},
    **{name: getattr(ckn, name) for name in ckn.__all__ if name != "Nystrom"},
}


@given(st.data())
def test_repr_round_trip(data: st.DataObject) -> None:
    net = data.draw(architectures(data.draw(testing.sizes()))).network()
    again = eval(repr(net), dict(NAMES))
    assert again == net and hash(again) == hash(net) and repr(again) == repr(net)
    assert pickle.loads(pickle.dumps(net)) == net
    for layer in net.layers:
        assert eval(repr(layer), dict(NAMES)) == layer


def test_what_differs_is_not_equal() -> None:
    layer = ckn.Layer(3, EXP, ckn.gaussian(2), stride=2)
    others = [
        dataclasses.replace(layer, **untyped(change))
        for change in (
            {"patch": 2},
            {"kernel": RELU},
            {"kernel": ckn.square},
            {"pool": ckn.gaussian(3)},
            {"pool": ckn.gaussian(2, centred=True)},
            {"pool": ckn.average(2)},
            {"pool": ckn.strided()},
            {"stride": 3},
            {"border": "circular"},
            {"normalized": True},
        )
    ]
    assert layer not in others and len(set(others)) == len(others)
    assert ckn.Network((layer,)) != ckn.Network((layer,), output="mean")
    assert ckn.Network((layer,)) == ckn.Network(untyped([layer])) == ckn.Network(untyped(layer))
    assert ckn.Layer(patch=untyped(np.int64(3)), kernel=EXP) == ckn.Layer(3, EXP)
    assert pickle.loads(pickle.dumps(ckn.square)) is ckn.square


def test_values_are_frozen() -> None:
    for value, name in ((ONE, "output"), (ONE.layers[0], "patch"), (ckn.gaussian(2), "scale")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, 5)


# -- layers and networks that are none -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"patch": 0}, ["patch", "0"]),
        ({"patch": -3}, ["patch", "-3"]),
        ({"patch": 2.0}, ["patch", "2.0"]),
        ({"patch": True}, ["patch", "True"]),
        ({"patch": (3, 3)}, ["patch", r"\(3, 3\)"]),
        ({"patch": 10**12}, ["patch", "1000000000000"]),
        ({"stride": 0}, ["stride", "0"]),
        ({"stride": 1.5}, ["stride", "1.5"]),
        ({"stride": None}, ["stride", "None"]),
        ({"stride": 10**12}, ["stride", "1000000000000"]),
        ({"pool": None}, ["stride", "pool", "2"]),
        ({"pool": 2}, ["pool", "gaussian", "2"]),
        ({"pool": "gaussian"}, ["pool", "gaussian"]),
        ({"pool": ckn.gaussian}, ["pool"]),
        ({"kernel": "exponential(0.6)"}, ["kernel", "exponential"]),
        ({"kernel": ks.arccos}, ["kernel"]),
        ({"kernel": np.exp}, ["kernel"]),
        ({"kernel": None}, ["kernel", "None"]),
        ({"border": "reflect"}, ["border", "zero", "circular", "valid", "reflect"]),
        ({"border": None}, ["border", "None"]),
        ({"border": ["zero"]}, ["border"]),
        ({"border": np.array(["zero", "valid"])}, ["border"]),
        ({"normalized": 1}, ["normalized", "1"]),
        ({"normalized": "yes"}, ["normalized", "yes"]),
    ],
    ids=without_address,
)
def test_a_layer_that_is_none(change: dict[str, Any], words: list[str]) -> None:
    good = {"patch": 3, "kernel": EXP, "pool": ckn.gaussian(2), "stride": 2}
    with refused((TypeError, ValueError), *words):
        ckn.Layer(**untyped({**good, **change}))


@pytest.mark.parametrize("filter_of", [ckn.gaussian, ckn.average])
@pytest.mark.parametrize("q", [0, -1, 1.5, None, True, "2", 10**12, float("nan")])
def test_a_filter_that_is_none(filter_of: Any, q: Any) -> None:
    with refused((TypeError, ValueError), r"\bq\b", str(q)):
        filter_of(q)
    with refused(TypeError, "centred", "2"):
        filter_of(3, centred=2)


@pytest.mark.parametrize(
    ("layers", "output", "words"),
    [
        ((), "sum", ["layers", "at least one"]),
        (None, "sum", ["layers", "None"]),
        (3, "sum", ["layers", "3"]),
        ("Layer", "sum", ["layers", "Layer"]),
        ([ONE.layers[0], EXP], "sum", ["layers", "layer 2"]),
        ([ONE], "sum", ["layers", "layer 1"]),
        (ONE.layers, "max", ["output", "sum", "mean", "max"]),
        (ONE.layers, None, ["output", "None"]),
        (ONE.layers, np.array(["sum", "mean"]), ["output"]),
    ],
)
def test_a_network_that_is_none(layers: Any, output: Any, words: list[str]) -> None:
    with refused((TypeError, ValueError), *words):
        ckn.Network(layers, output=output)


# -- what is no image ------------------------------------------------------------------------------------

DOORS = {
    "gram": ONE.gram,
    "distances": ONE.distances,
    "norms": ONE.norms,
    "maps": ONE.maps,
    "gram, second": lambda x: ONE.gram(X, x),
    "distances, second": lambda x: ONE.distances(X, x),
}
doors = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)


@doors
@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((8, 7)),
        np.zeros((1, 2, 8, 7, 2)),
        np.zeros(5),
        3.0,
        np.zeros((3, 8, 7, 0)),
        np.zeros((3, 0, 7, 2)),
        [[[1.0, 2.0], [3.0]]],
        [],
    ],
    ids=["2 axes", "5 axes", "1 axis", "number", "no channel", "no position", "ragged", "empty list"],
)
def test_arrays_of_no_image_s_shape(door: Callable[..., Value], wrong: Any) -> None:
    with refused(ValueError, r"\b[xy]\b"):
        door(wrong)


@doors
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_pixels_that_are_no_numbers(door: Callable[..., Value], value: float, dtype: DTypeLike) -> None:
    wrong = X.astype(dtype)
    wrong[1, 3, 2, 0] = value
    with refused(ValueError, r"\b[xy]\b must be finite", "NaN"):
        door(wrong)


@doors
@pytest.mark.parametrize(
    "wrong",
    [
        X.astype(complex),
        X > 0,
        X.astype(str),
        X.astype(object),
        "image.png",
        np.zeros((3, 8, 7, 2), dtype="datetime64[s]"),
    ],
    ids=["complex", "bool", "str", "object", "text", "dates"],
)
def test_arrays_that_are_not_real(door: Callable[..., Value], wrong: Any) -> None:
    with refused(TypeError, r"\b[xy]\b must be a real array"):
        door(wrong)


def test_no_array_at_all() -> None:
    for call in (ONE.gram, ONE.distances, ONE.norms, ONE.maps):
        with refused(TypeError, r"\bx\b must be a real array"):
            call(None)


def test_pixels_whose_squares_overflow() -> None:
    """A matrix of them does, norms do not."""
    large = 1e200 * np.ones_like(X)
    with refused(ValueError, r"\bx\b", "overflow", "float64"):
        ONE.gram(large)
    np.testing.assert_allclose(ONE.norms(large), 1e200 * ONE.norms(np.ones_like(X)), rtol=1e-14)
    np.testing.assert_allclose(ONE.gram(large, 1e-200 * X), ONE.gram(np.ones_like(X), X), rtol=1e-12)


def test_float32_pixels_whose_squares_overflow() -> None:
    large = np.full(X.shape, 1e30, dtype=np.float32)
    with refused(ValueError, r"\bx\b", "overflow", "float32"):
        ONE.gram(large)
    for call in (ONE.norms, lambda x: ONE.maps(x)[-1].values):
        np.testing.assert_allclose(call(large), 1e30 * call(np.ones_like(X)), rtol=1e-6)
    np.testing.assert_allclose(ONE.distances(large, 0 * large), 1e30 * ONE.distances(np.ones_like(X), 0 * X), rtol=1e-6)


def test_overflow_behind_the_first_layer() -> None:
    net = ckn.Network((ckn.Layer(1, ckn.square),) * 5)
    with refused(ValueError, "overflow"):
        net.gram(1e20 * X)


def test_images_of_two_sizes() -> None:
    for other, words in (
        (X[:, :7], ["8x7x2", "7x7x2"]),
        (X[:, :, :6], ["8x7x2", "8x6x2"]),
        (X[..., :1], ["8x7x2", "8x7x1"]),
        (X[:, 0], ["8x7x2", "7x2"]),
    ):
        for call in (ONE.gram, ONE.distances):
            with refused(ValueError, "x and y", *words):
                call(X, other)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64])
def test_integer_images_are_read_as_float64(dtype: DTypeLike) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (3, 8, 7, 2)).astype(dtype)
    k = ONE.gram(pixels)
    assert k.dtype == np.float64
    np.testing.assert_array_equal(k, ONE.gram(pixels.astype(np.float64)))
    np.testing.assert_array_equal(ONE.gram(pixels, X), ONE.gram(pixels.astype(np.float64), X))


def test_float16_images_are_read_as_float32() -> None:
    half = X.astype(np.float16)
    k = ONE.gram(half)
    assert k.dtype == np.float32
    np.testing.assert_array_equal(k, ONE.gram(half.astype(np.float32)))


def test_an_impossible_shape_is_one_for_no_images_too() -> None:
    with refused(ValueError, "layer 1", "3x3"):
        ONE.gram(np.zeros((0, 3, 3, 1)))


# -- options -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("memory", [1, 100, 2**12])
def test_memory_that_is_not_enough_says_what_is(memory: int) -> None:
    with refused(ValueError, "memory must be at least [0-9]+ bytes", str(memory)) as caught:
        ONE.gram(X, memory=memory, threads=1)
    least = int(str(caught.value).split("at least ")[1].split()[0])
    np.testing.assert_allclose(ONE.gram(X, memory=least, threads=1), ONE.gram(X), rtol=1e-13)
    with refused(ValueError, "memory"):
        ONE.gram(X, memory=least - 1, threads=1)
    for call in (ONE.distances, ONE.norms, ONE.maps):
        with refused(ValueError, "memory must be at least"):
            call(X, memory=memory)


@pytest.mark.parametrize("name", ["memory", "threads"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "1GB", np.nan, np.inf, [1]])
def test_options_that_are_no_counts(name: str, value: Value) -> None:
    with time_limit(), refused((TypeError, ValueError), name):
        ONE.gram(X, **untyped({name: value}))


def test_memory_none() -> None:
    with refused(TypeError, "memory", "None"):
        ONE.gram(X, memory=untyped(None))


@pytest.mark.parametrize("tangent", ["maybe", "Both", None, 1, 0, 2.0, ["both"]])
def test_a_tangent_flag_is_never_dropped(tangent: bool) -> None:
    with refused((TypeError, ValueError), "tangent", "both"):
        ONE.gram(X, tangent=tangent)
    for call in (ONE.distances, ONE.norms):
        with refused((TypeError, ValueError), "tangent"):
            call(X, tangent=tangent)


def test_both_is_for_matrices() -> None:
    for call in (ONE.distances, ONE.norms):
        with refused((TypeError, ValueError), "tangent", "both"):
            untyped(call)(X, tangent="both")


@pytest.mark.parametrize(
    "kernel", [EXP, ks.arccos(0), ks.arccos(2), ks.polynomial(2), ks.rf(3), ckn.square, RELU - ks.linear()], ids=repr
)
def test_tangent_kernels_need_positively_homogeneous_layers(kernel: Zonal) -> None:
    net = ckn.Network((ckn.Layer(2, RELU), ckn.Layer(2, kernel)))
    if kernel == RELU - ks.linear():  # kappa(1) = 0 < kappa(-1)
        with refused(ValueError, "layer 2", "positive semi-definite"):
            net.gram(X)
    else:
        net.gram(X)
    for tangent in (True, "both"):
        with refused(ValueError, "tangent", "layer 2", "arccos"):
            net.gram(X, tangent=tangent)
    with refused(ValueError, "tangent", "layer 2"):
        net.distances(X, tangent=True)
    with refused(ValueError, "tangent", "layer 2"):
        net.norms(X, tangent=True)


def test_progress_that_cannot_be_called() -> None:
    with refused(TypeError, "progress"):
        ONE.gram(X, progress=untyped(True))
