"""Convolutional kernels at the edges: odd architectures, extreme kernels, pixels and memory, other libraries.

What is compared is the slow evaluator of `oracle.convolutional`, or a closed form. Tolerances are relative to
sqrt(K(x, x) K(y, y)): 1e-12 in float64 and 1e-5 in float32, some 5000 (80) roundings.
"""

from __future__ import annotations

import copy
import math
import pickle
import threading
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from architectures import LIPSCHITZ, RECTIFIERS, Architecture, architectures, evaluate
from expressions import untyped
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.engine import memory
from kernelspec.numbers.arithmetic_protocol import Value
from oracle.convolutional import Step, is_possible
from oracle.patch_kernels import Array

TIGHT = {np.float64: 1e-12, np.float32: 1e-5}
dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])
RELU = ks.arccos(1)
TWO = ckn.Network((ckn.Layer(3, RELU, ckn.gaussian(1), stride=2), ckn.Layer(2, RELU, ckn.average(2), stride=2)))


def scale_of(kernel: Any) -> Array:
    """sqrt(K(x, x) K(y, y))."""
    norms = np.sqrt(np.maximum(np.diag(kernel), 0))
    return np.asarray(np.outer(norms, norms))


def assert_close(found: Value, exact: Value, tolerance: Any) -> None:
    error = np.abs(np.asarray(found, dtype=np.float64) - exact)
    assert error.shape == np.shape(exact)
    assert np.all(error <= tolerance), f"off by {np.max(error)}"  # NaN fails, too


def assert_right(architecture: Architecture, x: Array, tangent: bool = False) -> None:
    """The kernel of x with itself and with a copy are those of the definition."""
    dtype = x.dtype.type
    exact = evaluate(architecture, x, tangent)
    truth = exact.tangent if tangent else exact.gram
    assert truth is not None
    net = architecture.network()
    for found in (net.gram(x, tangent=tangent), net.gram(x, x.copy(), tangent=tangent)):
        assert found.dtype == dtype
        assert_close(found, truth, TIGHT[dtype] * scale_of(truth))


def least_memory(net: ckn.Network, x: Value, tangent: Any = False) -> int:
    """What the refusal of one byte says is needed."""
    with pytest.raises(ValueError, match="memory must be at least") as refusal:
        net.gram(x, tangent=tangent, memory=1, threads=1)
    return int(str(refusal.value).split("at least ")[1].split()[0])


def peak_of(call: Callable[[], Any]) -> int:
    """Bytes at the highest point of a call, its result left out."""
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return int(peak - sum(k.nbytes for k in (result if isinstance(result, tuple) else (result,))))


# -- odd architectures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("border", ["zero", "circular"])
@pytest.mark.parametrize("patch", [4, 7, 8, 19])
@dtypes
def test_patches_larger_than_the_map(patch: int, border: str, dtype: Any, rng: np.random.Generator) -> None:
    layers = (
        Step(2, "arccos(1)", "average", 2, 2, border),
        Step(patch, "exponential(0.6)", border=border),
        Step(patch, "1/4*linear() + 3/4*arccos(1)", "gaussian", 1, 1, border),
    )
    for sizes in ((6,), (5, 4), (4, 7)):
        x = rng.standard_normal((3, *sizes, 2)).astype(dtype)
        assert_right(Architecture(layers), x)
        assert_right(Architecture((Step(patch, "arccos(1)", border=border),), "mean"), x)


@pytest.mark.parametrize("border", ["zero", "circular", "valid"])
@pytest.mark.parametrize(
    ("pool", "size", "stride", "centred"),
    [
        ("average", 1, 3, False),
        ("average", 2, 5, False),
        ("average", 5, 1, False),
        ("average", 4, 3, False),
        ("gaussian", 4, 1, False),
        ("gaussian", 1, 4, False),
        ("strided", 1, 3, False),
        ("average", 6, 4, True),
        ("gaussian", 3, 5, True),
    ],
)
@pytest.mark.parametrize("output", ["sum", "mean"])
def test_windows_that_overlap_or_leave_gaps(
    pool: str, size: int, stride: int, centred: bool, border: str, output: str, rng: np.random.Generator
) -> None:
    architecture = Architecture(
        (
            Step(2, "arccos(1)", pool, size, stride, border, True, centred),
            Step(4, "arccos(1)", border="circular"),
            Step(2, "2*arccos(1)", "average", 1, 1),
        ),
        output,
    )
    for sizes in ((13,), (11, 10)):
        assert is_possible(architecture.layers, sizes)
        x = rng.standard_normal((2, *sizes, 1))
        assert_right(architecture, x)
        assert_right(architecture, x, tangent=True)


@settings(max_examples=60)
@given(st.data())
def test_five_layers_of_scanned_digits(data: st.DataObject) -> None:
    """8-bit pixels, most of them the white of the paper: whole regions of patches coincide."""
    sizes = data.draw(st.sampled_from([(12,), (17,), (6, 7), (5, 5)]))
    kernels = [name for name in LIPSCHITZ if name not in ("polynomial(3)", "polynomial(4)")]
    architecture = data.draw(architectures(sizes, kernels=kernels, depth=5))
    assume(len(architecture.layers) >= 3)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**16)))
    ink = rng.integers(0, 256, (3, *sizes, 1))
    x = np.where(rng.random(ink.shape) < 0.2, ink, 255)
    x[2] = x[1]
    x[2].flat[0] ^= 1  # one pixel by one level
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    assert_right(architecture, x.astype(dtype))


def with_tiles(numbers: int, call: Callable[[], Any]) -> Any:
    """What a call returns when tiles have at most so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "_TILE", numbers)
        return call()


@settings(max_examples=80)
@given(st.data())
def test_small_tiles(data: st.DataObject) -> None:
    """Tiles of a column, of some, and of all of them, for the kernel and its tangent kernel."""
    sizes = data.draw(st.sampled_from([(9,), (13,), (6, 7), (8, 3), (1, 6)]))
    tangent = data.draw(st.booleans())
    architecture = data.draw(architectures(sizes, kernels=RECTIFIERS if tangent else LIPSCHITZ))
    x = np.random.default_rng(data.draw(st.integers(0, 2**16))).standard_normal((3, *sizes, 2))
    tile = data.draw(st.sampled_from([2**7, 2**10, 2**14]))
    exact = evaluate(architecture, x, tangent)
    truth = exact.tangent if tangent else exact.gram
    assert truth is not None
    found = with_tiles(tile, lambda: architecture.network().gram(x, tangent=tangent))
    assert_close(found, truth, (1e-7 if tangent else 1e-12) * scale_of(truth))


def test_columns_that_later_layers_skip() -> None:
    """A stride longer than its patches leaves whole tiles without a part in the output."""
    steps = Step(3, "arccos(1)", "gaussian", 1, 1), Step(1, "arccos(1)", "average", 2, 5)
    x = np.random.default_rng(5).standard_normal((2, 16, 16, 1))
    with_tiles(1, lambda: assert_right(Architecture(steps), x))


@pytest.mark.parametrize("sizes", [(4,), (12,), (2, 5), (5, 5)])
def test_layers_whose_maps_end_at_other_places_of_one_memory(sizes: tuple[int, ...]) -> None:
    """The third layer reads fewer places than the second has, and as many with its borders."""
    steps = Step(1, "linear()"), Step(2, "linear()", "strided", 1, 1), Step(3, "linear()")
    for x in (np.arange(1.0, 1 + math.prod(sizes)).reshape(1, *sizes, 1), np.ones((2, *sizes, 1))):
        assert_right(Architecture(steps), x)


@dtypes
def test_deep_tangent_kernels_of_scanned_digits(dtype: Any, rng: np.random.Generator) -> None:
    """kappa_0 is a root at coinciding patches: behind the first layer rounded cosines cost half of the digits."""
    x = np.where(rng.random((4, 9, 8, 1)) < 0.3, rng.integers(0, 256, (4, 9, 8, 1)), 255)
    x[3] = x[2]
    architecture = Architecture(
        (Step(3, "arccos(1)", "gaussian", 1, 2), Step(2, "arccos(1)"), Step(2, "arccos(1)", "average", 2, 1))
    )
    exact = evaluate(architecture, x, tangent=True, long=True).tangent
    eps = float(np.finfo(dtype).eps)
    moved = evaluate(architecture, x, tangent=True, long=True, rounding=16 * eps).tangent
    assert exact is not None and moved is not None
    found = architecture.network().gram(x.astype(dtype), tangent=True)
    assert_close(found, exact, TIGHT[dtype] * scale_of(exact) + 2 * np.abs(moved - exact))


# -- kernels, by closed forms of one position -------------------------------------------------------------------

NAMED = [
    "linear()",
    "2*linear()",
    "polynomial(0)",
    "polynomial(2)",
    "polynomial(9)",
    "arccos(0)",
    "arccos(1)",
    "arccos(2)",
    "arccos(5)",
    "2*arccos(1)",
    "ntk(3)",
    "rf(4)",
    "laplace(0.5)",
    "exponential(3)",
    "exponential(0.6)",
    "exponential(0.25)",
    "relu_layer(linear=-0.3)",
    "relu_layer(linear=0.3, constant=0.2)",
    "arccos(1)*exponential(0.6)",
    "arccos(0)*arccos(1)",
    "laplace(1) + ntk(2)",
    "1/3*polynomial(2) + 2/3*arccos(0)",
]


def vectors(rng: np.random.Generator, dtype: Any) -> tuple[Array, Array, Array]:
    """Vectors of several lengths as signals of one position, |x||y|, and the cosines."""
    x = (rng.standard_normal((9, 5)) * np.geomspace(1e-2, 1e3, 9)[:, None]).astype(dtype)
    y = x.astype(np.float64)
    norms = np.linalg.norm(y, axis=1)
    y /= norms[:, None]
    # An angle from the difference and the sum has all its digits, where a cosine has not.
    gap = np.linalg.norm(y[:, None] - y, axis=-1)
    total = np.linalg.norm(y[:, None] + y, axis=-1)
    return x[:, None, :], np.outer(norms, norms), np.cos(2 * np.arctan2(gap, total))


@pytest.mark.parametrize("name", NAMED)
@dtypes
def test_one_layer_of_any_kernel(name: str, dtype: Any, rng: np.random.Generator) -> None:
    kernel = ks.parse(name)
    x, norms, cosines = vectors(rng, dtype)
    net = ckn.Network((ckn.Layer(1, kernel),))
    exact = norms * kernel(cosines)
    for found in (net.gram(x), net.gram(x, x.copy())):
        assert found.dtype == dtype
        assert_close(found, exact, TIGHT[dtype] * scale_of(exact))


@pytest.mark.parametrize("name", NAMED)
@dtypes
def test_two_layers_of_a_kernel_that_is_not_1_at_1(name: str, dtype: Any, rng: np.random.Generator) -> None:
    """|M z|^2 = kappa(1) |z|^2: the second layer divides by it, and multiplies with it."""
    first = 3 * ks.parse(name)
    x, norms, cosines = vectors(rng, dtype)
    net = ckn.Network((ckn.Layer(1, first), ckn.Layer(1, RELU)))
    one = float(first(1.0))
    exact = one * norms * RELU(np.clip(first(cosines) / one, -1, 1))
    assert_close(net.gram(x), exact, TIGHT[dtype] * scale_of(exact))


@pytest.mark.parametrize("name", ["arccos(1)", "exponential(0.6)", "polynomial(3)", "laplace(1)"])
@dtypes
def test_layers_behind_a_square(name: str, dtype: Any, rng: np.random.Generator) -> None:
    kernel = ks.parse(name)
    x, norms, cosines = vectors(rng, dtype)
    exact = norms**2 * kernel(cosines**2)
    net = ckn.Network((ckn.Layer(1, ckn.square), ckn.Layer(1, kernel)))
    assert_close(net.gram(x), exact, TIGHT[dtype] * scale_of(exact))
    twice = ckn.Network((ckn.Layer(1, ckn.square), ckn.Layer(1, kernel), ckn.Layer(1, ckn.square)))
    assert_close(twice.gram(x), exact**2, TIGHT[dtype] * scale_of(exact**2))
    pooled = ckn.Network((ckn.Layer(1, ckn.square), ckn.Layer(1, kernel, ckn.average(1), 1)))
    assert_close(pooled.gram(x), exact, TIGHT[dtype] * scale_of(exact))


@pytest.mark.parametrize("sigma", [0.3, 0.05, 0.01, 1e-3, 1e-8, 1e-30])
@dtypes
def test_very_narrow_exponential_kernels(sigma: float, dtype: Any, rng: np.random.Generator) -> None:
    """Equal patches have the kernel 1, however steep it is beside them."""
    net = ckn.Network((ckn.Layer(3, ks.exponential(sigma), ckn.average(2), 2),))
    x = rng.standard_normal((4, 8, 7, 3)).astype(dtype)
    x[3] = 0.7  # constant: all patches inside are equal
    exact = net.gram(x)
    assert np.all(np.isfinite(exact))
    assert_close(net.gram(x, x.copy()), exact, TIGHT[dtype] * scale_of(exact))
    diagonal = evaluate_constant(net, float(dtype(0.7)), (8, 7, 3))
    assert exact[3, 3] == pytest.approx(diagonal, rel=TIGHT[dtype], abs=0)


def evaluate_constant(net: ckn.Network, value: float, shape: tuple[int, int, int]) -> float:
    """K(x, x) of a constant image: cosines are those of the numbers of pixels that patches share."""
    (layer,) = net.layers
    alpha = float(1 / layer.kernel.sigma**2)  # type: ignore[union-attr]  # of the exponentials above
    sets = []
    for i in range(shape[0]):
        for j in range(shape[1]):
            row = {a for a in layer.offsets if 0 <= i + a < shape[0]}
            column = {b for b in layer.offsets if 0 <= j + b < shape[1]}
            sets.append({(a, b) for a in row for b in column})
    shared = np.array([[len(a & b) for b in sets] for a in sets], dtype=np.float64)
    counts = np.diag(shared)
    norms = np.sqrt(np.outer(counts, counts))
    defect = (norms**2 - shared**2) / (norms * (norms + shared))  # 1 - cos, without cancelling
    values = shape[2] * value**2 * norms * np.exp(-alpha * defect)
    pooling = np.kron(layer.pooling(shape[0]), layer.pooling(shape[1]))
    return float(np.trace(pooling @ values @ pooling.T))


@pytest.mark.parametrize("name", ["laplace(10)", "laplace(100)", "arccos(0)", "ntk(6)"])
@dtypes
def test_steep_kernels_near_the_ends(name: str, dtype: Any, rng: np.random.Generator) -> None:
    """Gaps of every size, also those at which the angle is taken from the cosine again."""
    kernel = ks.parse(name)
    x = rng.standard_normal(6)
    gaps = np.geomspace(1e-9, 1, 400)[:, None] * rng.standard_normal((400, 6))
    both = np.concatenate([x + gaps, -x + gaps]).astype(dtype)
    x = x.astype(dtype)
    u, v = x.astype(np.float64), both.astype(np.float64)
    lengths = np.linalg.norm(u) * np.linalg.norm(v, axis=1)
    u, v = u / np.linalg.norm(u), v / np.linalg.norm(v, axis=1)[:, None]
    angle = 2 * np.arctan2(np.linalg.norm(u - v, axis=1), np.linalg.norm(u + v, axis=1))
    exact = lengths * by_angle(kernel, angle)
    net = ckn.Network((ckn.Layer(1, kernel),))
    found = net.gram(both[:, None, :], x[None, None, :])[:, 0]
    assert_close(found / lengths, exact / lengths, TIGHT[dtype] * float(kernel(1.0)))


def by_angle(kernel: Any, angle: Array) -> Array:
    """kappa(cos(angle)), without rounding the cosine."""
    from kernelspec.kernels.points import Point
    from kernelspec.numbers.arithmetic import FloatArithmetic

    return np.asarray(kernel.pair(Point.from_angle(FloatArithmetic(), angle)).value)


# -- pixels that are very large or very small --------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1e-12, 1e-8, 1e8, 1e12])
@dtypes
def test_extreme_pixels(factor: float, dtype: Any, rng: np.random.Generator) -> None:
    x = (factor * rng.standard_normal((3, 7, 6, 2))).astype(dtype)
    architecture = Architecture(
        (Step(3, "arccos(1)", "gaussian", 1, 2), Step(2, "exponential(1)", "average", 2, 1), Step(2, "arccos(1)"))
    )
    assert_right(architecture, x)


@pytest.mark.parametrize("layers", [2, 3, 4])
@pytest.mark.parametrize("output", ["sum", "mean"])
@pytest.mark.parametrize(("dtype", "value"), [(np.float64, 1e160), (np.float32, 1e20)])
def test_an_overflow_on_the_way_is_an_error(layers: int, output: str, dtype: Any, value: float) -> None:
    """Never 0, infinity or NaN: a norm that has overflowed must not be read as 0 by the next layer."""
    x = np.full((2, 6, 1), value, dtype=dtype)
    x[1] = 1
    for kernel in (RELU, ks.exponential(0.6), ks.linear(), ks.laplace()):
        for pool in (None, ckn.average(2)):
            rest = ckn.Layer(1, kernel, pool, 1)
            net = ckn.Network([ckn.Layer(1, ckn.square)] + [rest] * (layers - 1), output=output)
            for images in (x[:1], x):
                for call in (net.gram, net.norms, net.maps, net.distances):
                    if call == net.distances and (dtype == np.float32 or len(images) == 1):
                        continue  # in float64, where nothing overflows; of an image to itself, 0
                    with pytest.raises(ValueError, match="overflow"):
                        call(images)


def test_norms_and_maps_that_overflow() -> None:
    net = ckn.Network((ckn.Layer(1, ckn.square),) * 5)
    x = np.full((2, 8, 7, 2), 1e20) * [[[[1]]], [[[2]]]]  # |Phi(x)| is about 1e20^32
    for call in (net.norms, net.maps, net.distances):
        with pytest.raises(ValueError, match="overflow"):
            call(x)


def test_distances_next_to_the_largest_number() -> None:
    """2 K(x, y) overflows where K(x, y) does not."""
    net = ckn.Network((ckn.Layer(1, 1000 * ks.linear()),))
    x = np.array([[[1e152]], [[-1e152]], [[3e152]]])
    assert net.gram(x).max() == pytest.approx(9e307)
    try:
        found = net.distances(x)
    except ValueError as error:
        assert "overflow" in str(error)
    else:
        exact = math.sqrt(1000) * np.abs(x[:, 0] - x[:, 0].T)
        np.testing.assert_allclose(found, exact, rtol=1e-7)


def test_kernels_that_are_none() -> None:
    """Values that are infinite, and squared norms below 0, are errors and not NaN."""
    x = np.random.default_rng(1).standard_normal((2, 5, 4, 1))
    infinite = ckn.Network((ckn.Layer(1, ks.laplace().derivative()),))
    for call in (infinite.gram, infinite.norms, infinite.maps):
        with pytest.raises(ValueError):
            call(x)
    negative = ckn.Network((ckn.Layer(1, -1 * ks.linear()),))
    with pytest.raises(ValueError, match="positive"):
        negative.norms(x)


# -- memory -----------------------------------------------------------------------------------------------------

EXP = ks.exponential(0.6)
HUNGRY: dict[str, tuple[ckn.Network, Any, Any]] = {
    "one large map": (
        ckn.Network((ckn.Layer(3, EXP, ckn.gaussian(4), 4),)),
        np.random.default_rng(0).standard_normal((2, 64, 64, 1)).astype(np.float32),
        False,
    ),
    "one large map, mean": (
        ckn.Network((ckn.Layer(3, EXP, ckn.gaussian(4), 4),), output="mean"),
        np.random.default_rng(0).standard_normal((2, 48, 48, 1)),
        False,
    ),
    "many channels": (
        ckn.Network((ckn.Layer(5, RELU),)),
        np.random.default_rng(0).standard_normal((15, 12, 12, 32)),
        False,
    ),
    "many channels, pooled": (
        ckn.Network((ckn.Layer(5, RELU, ckn.gaussian(3), 3),)),
        np.random.default_rng(0).standard_normal((15, 12, 12, 32)),
        False,
    ),
    "constant images, tangent": (TWO, np.ones((4, 20, 20, 1)) * np.arange(1.0, 5)[:, None, None, None], True),
    "constant images, laplace": (
        ckn.Network((ckn.Layer(3, ks.laplace(), ckn.gaussian(2), 2),)),
        np.ones((4, 20, 20, 1)),
        False,
    ),
    "a long signal without pooling": (
        ckn.Network((ckn.Layer(3, RELU),) * 2),
        np.random.default_rng(0).standard_normal((3, 3000, 1)),
        True,
    ),
    "many small images": (
        ckn.Network((ckn.Layer(1, ks.linear(), ckn.average(16), 16),)),
        np.random.default_rng(0).standard_normal((300, 16, 16, 3)),
        False,
    ),
}


@pytest.mark.parametrize("factor", [1, 3])
@pytest.mark.parametrize("name", HUNGRY)
def test_memory_is_bounded_whatever_it_is_for(name: str, factor: int) -> None:
    net, x, tangent = HUNGRY[name]
    memory = factor * least_memory(net, x, tangent)
    y = x[:7]
    net.gram(x[:1], y[:1], tangent=tangent)  # imports and caches are paid for
    peak = peak_of(lambda: net.gram(x, y, tangent=tangent, memory=memory, threads=1))
    # The kernel that the tangent kernel is computed with, and 64 KiB of Python's objects, come on top.
    over = peak - tangent * len(x) * len(y) * np.dtype(np.float64).itemsize - 2**16
    assert over <= memory, f"{over / memory:.2f} of the memory that was allowed"


def test_the_data_are_not_copied() -> None:
    """`memory` is what comes on top of the images, of which there may be many."""
    net = ckn.Network((ckn.Layer(1, ks.linear(), ckn.average(16), 16),))
    x = np.ones((1300, 16, 16, 3))  # 8 MiB
    memory = least_memory(net, x)
    assert memory < x.nbytes / 1.5  # a copy would be seen
    assert peak_of(lambda: net.gram(x, x[:1], memory=memory, threads=1)) < memory + 2**16
    assert peak_of(lambda: net.norms(x, memory=memory)) < memory + 2**16


def test_a_long_signal_without_pooling_needs_little() -> None:
    """Pairs of one position suffice: neither matrices of all pairs, nor an identity in place of a pooling."""
    net = ckn.Network((ckn.Layer(3, RELU),) * 3)
    x = np.random.default_rng(2).standard_normal((2, 3000, 1))
    memory = 2**22
    assert peak_of(lambda: net.gram(x, memory=memory, threads=1)) < memory


def test_what_needs_too_much_is_refused_before_it_is_made() -> None:
    net = ckn.Network((ckn.Layer(3, RELU, ckn.gaussian(2), 2),))
    x = np.zeros((1, 5000, 1))

    def refused() -> tuple[()]:
        with pytest.raises(ValueError, match="memory must be at least"):
            net.gram(x, memory=2**20)
        return ()

    assert peak_of(refused) < 2**22


def test_sizes_of_huge_images_cost_nothing() -> None:
    net = ckn.Network((ckn.Layer(3, RELU, ckn.gaussian(2), 2),))

    def sizes() -> tuple[()]:
        assert net.shapes((1, 10**7, 3))[0].output == (5 * 10**6 - 1,)
        return ()

    assert peak_of(sizes) < 2**20


# -- threads, and progress that is no good reader ------------------------------------------------------------------


class Stop(Exception):
    """Raised by a progress."""


@pytest.mark.parametrize("threads", [1, 2])
def test_a_progress_that_closes_the_work(
    threads: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not done is not left as zeros."""
    monkeypatch.setattr("kernelspec.gram.blocks._LIGHT", 0, raising=False)
    x = rng.standard_normal((9, 8, 7, 2))
    seen = []

    def closing(work: Any, total: int) -> Any:
        next(iter(work))
        seen.append(total)
        if hasattr(work, "close"):
            work.close()
        return []

    options = {"threads": threads, "memory": 2 * threads * least_memory(TWO, x)}
    found = TWO.gram(x, progress=closing, **untyped(options))
    assert seen[0] > 1  # there was more to do
    assert_close(found, TWO.gram(x), 1e-13 * scale_of(TWO.gram(x)))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_progress_that_raises_leaves_no_trace(
    threads: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither NumPy's error state nor the threads of its products are changed, while the error is looked at."""
    threadpoolctl = pytest.importorskip("threadpoolctl")
    monkeypatch.setattr("kernelspec.gram.blocks._LIGHT", 0, raising=False)
    x = rng.standard_normal((9, 8, 7, 2))

    def state() -> Any:
        pools = threadpoolctl.threadpool_info()
        return np.geterr(), [p["num_threads"] for p in pools if p["user_api"] == "blas"]

    def raising(work: Any, total: int) -> Any:
        assert np.geterr() == before[0]
        yield next(iter(work))
        raise Stop

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = state()
        with pytest.raises(Stop) as caught:
            TWO.gram(x, progress=raising, threads=threads)
        assert state() == before
        assert caught.value is not None  # and with it, its frames


def test_calls_at_the_same_time(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls in several threads of a program have their own values, and leave the products' threads as they were."""
    threadpoolctl = pytest.importorskip("threadpoolctl")
    monkeypatch.setattr("kernelspec.gram.blocks._LIGHT", 0, raising=False)
    data = [rng.standard_normal((3, 8, 7, 2)) for _ in range(4)]
    memory = 2 * least_memory(TWO, data[0])
    exact = [TWO.gram(x, threads=1) for x in data]
    wrong: list[Any] = []

    def call(number: int) -> None:
        try:
            for _ in range(8):
                found = TWO.gram(data[number], threads=2, memory=memory)
                if not np.allclose(found, exact[number], rtol=1e-10):
                    wrong.append(number)
        except Exception as error:
            wrong.append(error)

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        callers = [threading.Thread(target=call, args=(n,)) for n in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert not wrong
        pools = threadpoolctl.threadpool_info()
        assert {p["num_threads"] for p in pools if p["user_api"] == "blas"} <= {2}


# -- values ------------------------------------------------------------------------------------------------------


def test_copies() -> None:
    for value in (TWO, TWO.layers[0], ckn.gaussian(2), ckn.strided(), TWO.shapes((1, 8, 7, 2))):
        for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            assert again == value and hash(again) == hash(value) and repr(again) == repr(value)
    assert copy.deepcopy(ckn.square) is ckn.square


def test_there_is_one_square() -> None:
    assert ckn.Square() == ckn.square
    assert hash(ckn.Square()) == hash(ckn.square)
    layer = ckn.Layer(1, ckn.Square())
    assert layer == ckn.Layer(1, ckn.square)
    assert pickle.loads(pickle.dumps(layer)) == layer


@pytest.mark.parametrize(
    "arguments", [("median", 3), ("gaussian", 0), ("average", -1), ("gaussian", 2.5), ("strided", 4)]
)
def test_pools_that_are_none(arguments: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        ckn.Pool(*arguments)


@pytest.mark.parametrize("tangent", [np.array(["both"]), np.array(True), np.array([True, False])])
def test_a_tangent_flag_that_is_an_array(tangent: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="tangent"):
        TWO.gram(np.ones((1, 8, 7, 2)), tangent=tangent)


# -- array libraries ----------------------------------------------------------------------------------------------


def test_tensors_that_want_a_gradient(rng: np.random.Generator) -> None:
    """The kernel has none: no graph is built, which would hold all that is computed on the way."""
    pytest.importorskip("array_api_compat")
    torch = pytest.importorskip("torch")
    x = rng.standard_normal((3, 8, 7, 2))
    tensor = torch.tensor(x, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = TWO.gram(tensor, tangent="both")
        distances = TWO.distances(tensor)
    for mine, exact in zip((*found, distances), (*TWO.gram(x, tangent="both"),), strict=False):
        assert not mine.requires_grad
        assert_close(mine.numpy(), exact, 1e-13 * scale_of(exact))
    assert not distances.requires_grad


def test_tensors_of_other_layouts(rng: np.random.Generator) -> None:
    pytest.importorskip("array_api_compat")
    torch = pytest.importorskip("torch")
    x = rng.standard_normal((3, 8, 7, 2))
    k, t = TWO.gram(x, tangent="both")
    first = torch.tensor(np.ascontiguousarray(x.transpose(0, 3, 1, 2))).permute(0, 2, 3, 1)
    wide = torch.zeros(3, 8, 14, 5, dtype=torch.float64)
    wide[:, :, ::2, 1:5:2] = torch.tensor(x)
    for same in (first, wide[:, :, ::2, 1:5:2], torch.tensor(x[:, ::-1].copy()).flip(1)):
        for mine, exact in zip(TWO.gram(same, tangent="both"), (k, t), strict=True):
            assert_close(mine.numpy(), exact, 1e-13 * scale_of(exact))
    one = torch.tensor(x[:1]).expand(3, 8, 7, 2)
    np.testing.assert_allclose(TWO.gram(one).numpy(), k[0, 0], rtol=1e-13)


def test_two_libraries() -> None:
    pytest.importorskip("array_api_compat")
    torch, strict = pytest.importorskip("torch"), pytest.importorskip("array_api_strict")
    x = np.ones((2, 8, 7, 2))
    arrays = [x, torch.tensor(x), strict.asarray(x)]
    for one in arrays:
        for two in arrays:
            if one is two:
                continue
            for call in (TWO.gram, TWO.distances):
                with pytest.raises(TypeError, match="x and y must be arrays of one library"):
                    call(one, two)


def test_a_kind_of_tensor() -> None:
    """Subclasses of tensors are tensors, wherever their own module lies."""
    pytest.importorskip("array_api_compat")
    torch = pytest.importorskip("torch")
    kind = type("Picture", (torch.Tensor,), {"__module__": "elsewhere"})
    x = torch.ones(2, 8, 7, 2).as_subclass(kind)
    assert isinstance(TWO.gram(x), torch.Tensor)


@settings(max_examples=20)
@given(st.data())
def test_tangent_kernels_of_tensors_of_any_architecture(data: st.DataObject) -> None:
    pytest.importorskip("array_api_compat")
    torch = pytest.importorskip("torch")
    sizes = data.draw(st.sampled_from([(7,), (11,), (5, 4)]))
    architecture = data.draw(architectures(sizes, kernels=RECTIFIERS, depth=4))
    x = np.random.default_rng(data.draw(st.integers(0, 2**16))).standard_normal((3, *sizes, 2))
    net = architecture.network()
    for mine, exact in zip(net.gram(torch.tensor(x), tangent="both"), net.gram(x, tangent="both"), strict=True):
        assert_close(mine.numpy(), exact, 1e-12 * scale_of(exact))
