"""Rows of convolutions by the engine of `ckn`: the numbers of the recursion over layers, and what stays with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec import stax
from kernelspec.architectures import homogeneous_rows, limit
from kernelspec.ckn.doors import Options, work_of
from kernelspec.ckn.engine.evaluator import Evaluator

RNG = np.random.default_rng(12)
X, Y = RNG.standard_normal((3, 7, 6, 2)), RNG.standard_normal((2, 7, 6, 2))
X[0, :3], X[2] = 0.0, 2 * X[1]
X[1, :2, :2] = X[1, 0, 0]
NOISE = RNG.standard_normal(X.shape)
ACTIVATIONS = (
    stax.Relu(),
    stax.LeakyRelu(0.3),
    stax.Abs(),
    stax.ABRelu(0.5, -2.0),
    stax.ExpNormalized(),
    stax.ExpNormalized(2.0, -0.5),
)
POOLS = (
    None,
    ("AvgPool", (2, 2), (2, 2), "VALID"),
    ("SumPool", (2, 2), (2, 2), "VALID"),
    ("AvgPool", (2, 2), (1, 1), "VALID"),
    ("SumPool", (3, 3), (2, 2), "VALID"),
    ("AvgPool", (3, 3), None, "SAME"),
    ("SumPool", (3, 3), None, "CIRCULAR"),
    ("AvgPool", (2, 2), (2, 2), "SAME"),
    ("AvgPool", (9, 9), None, "SAME"),
)
ENDS = ("Flatten", "GlobalAvgPool", "GlobalSumPool")


def row_of(network: Any) -> Any:
    return homogeneous_rows.row_of(network.kernel_fn.network)


def difference(network: Any, x: Any, y: Any = None) -> float:
    """Of both engines, relative to the largest entry."""
    found = network.kernel_fn(x, y, "nngp")
    wanted = limit.kernel(network.kernel_fn.network, x, y, "nngp")
    assert found.shape == wanted.shape and found.dtype == wanted.dtype
    return float(np.max(np.abs(found - wanted)) / np.max(np.abs(wanted)))


@settings(max_examples=40)
@given(
    padding=st.sampled_from(["SAME", "CIRCULAR", "VALID"]),
    size=st.integers(1, 3),
    pool=st.sampled_from(POOLS),
    end=st.sampled_from(ENDS),
    activations=st.tuples(st.sampled_from(ACTIVATIONS), st.sampled_from(ACTIVATIONS)),
)
def test_both_engines_agree(padding: str, size: int, pool: Any, end: str, activations: Any) -> None:
    """Whether the network is a row or not: 1e-14 is some rounding of two sums of 50 terms."""
    layers = [stax.Conv(1, (size, size), None, padding, 1.3), activations[0]]
    layers += [] if pool is None else [getattr(stax, pool[0])(*pool[1:])]
    second = stax.Conv(1, (1, 1), None, padding, 0.7, 0.0, parameterization="standard")
    layers += [stax.Frozen(second), stax.Identity(), activations[1], getattr(stax, end)()]
    network = stax.serial(stax.serial(*layers), stax.Dense(2, 1.2), stax.Dense(1))
    assert difference(network, X) <= 1e-14 and difference(network, X, Y) <= 1e-14


GAUSSIANS = (stax.ExpNormalized(), stax.ExpNormalized(2.0, -0.5), stax.ExpNormalized(15.5), stax.ExpNormalized(0.1))


@settings(max_examples=25)
@given(
    padding=st.sampled_from(["SAME", "CIRCULAR", "VALID"]),
    pool=st.sampled_from(POOLS),
    end=st.sampled_from(ENDS),
    activations=st.tuples(st.sampled_from(GAUSSIANS), st.sampled_from(GAUSSIANS)),
    heads=st.lists(st.sampled_from([0.5, 1.4]), max_size=3),
)
def test_both_engines_agree_on_smooth_tangent_kernels(
    padding: str, pool: Any, end: str, activations: Any, heads: Any
) -> None:
    """A rounding of u is gamma of them in e^{gamma u}: 1e-14 of the diagonal for gamma up to 1.

    Of two batches, entries may be much smaller than both diagonals: u itself is known to a rounding of 1.
    """
    rounding = 1e-14 * max(1.0, *(each.kernel_fn.network.parameters[0] for each in activations))
    layers = [stax.Conv(1, (3, 3), None, padding, 1.3), activations[0]]
    layers += [] if pool is None else [getattr(stax, pool[0])(*pool[1:])]
    layers += [stax.Conv(1, (1, 1), None, padding, 0.7, 0.0), activations[1], getattr(stax, end)()]
    network = stax.serial(*layers, *(stax.Dense(2, w) for w in heads))
    row = row_of(network)
    assert row is None or row.tangent
    for y in (None, Y):
        found, wanted = network.kernel_fn(X, y), limit.kernel(network[2].network, X, y)
        sizes = (limit.kernel(network[2].network, x) for x in (X, X if y is None else y))
        left, right = sizes
        for one, two, a, b in zip(found, wanted, left, right, strict=True):
            assert np.max(np.abs(one - two)) <= rounding * math.sqrt(np.max(a) * np.max(b))
        np.testing.assert_array_equal(network.kernel_fn(X, y, "ntk"), found.ntk)
        assert network.kernel_fn(X, y, ("ntk", "nngp"))._fields == ("ntk", "nngp")


def test_which_tangent_kernels_it_has() -> None:
    """Of smooth kernels, or of rectifiers whose norms no pool cancels, in the parametrisation `ntk`."""
    gaussian, block = stax.ExpNormalized(), [CONV, stax.ExpNormalized()]
    standard = stax.Conv(1, (3, 3), None, "SAME", parameterization="standard")
    for layers, tangent in (
        ([*block, END], True),
        ([*block, END, stax.Dense(1)], True),
        ([*block, CONV, RELU, END], False),
        ([CONV, stax.ExpNormalized(16.0), END], False),
        ([stax.Frozen(CONV), gaussian, END], True),
        ([*block, stax.Frozen(CONV), gaussian, END, stax.Frozen(stax.Dense(1))], True),
        ([stax.Frozen(CONV), RELU, stax.Frozen(CONV), RELU, CONV, stax.Abs(), END], True),
        ([CONV, stax.LeakyRelu(0.3), CONV, stax.LeakyRelu(0.3), POOL, stax.GlobalAvgPool()], True),
        ([CONV, stax.LeakyRelu(0.3), POOL, CONV, RELU, stax.GlobalAvgPool()], False),
        ([CONV, stax.LeakyRelu(-0.3), POOL, CONV, RELU, stax.GlobalAvgPool()], True),
        ([stax.serial(standard, gaussian), END], False),
        ([*block, END, stax.Dense(1, parameterization="standard")], False),
    ):
        network = stax.serial(*layers)
        assert row_of(network).tangent is tangent
        found, wanted = network.kernel_fn(X), limit.kernel(network[2].network, X)
        assert np.max(np.abs(found.ntk - wanted.ntk)) <= 1e-14 * np.max(np.abs(wanted.ntk))


POOL = stax.AvgPool((2, 2), (2, 2))
CONV, RELU, END = stax.Conv(1, (3, 3), None, "SAME"), stax.Relu(), stax.Flatten()
SAME = stax.Conv(1, (3, 3), None, "SAME", 1.4, 0.0)
LARGE = stax.Conv(1, (3, 3), None, "SAME", 1e100)


@pytest.mark.parametrize(
    "network",
    [
        stax.serial(CONV, RELU, END),
        stax.serial(CONV, stax.ExpNormalized(0.0), END),
        stax.serial(SAME, RELU, stax.GlobalSumPool(), stax.Dense(3, 0.0)),
        stax.serial(stax.Conv(1, (2, 2)), RELU, stax.AvgPool((3, 3), (2, 2)), END),
        stax.serial(CONV, RELU, stax.AvgPool((5, 5), None, "SAME"), END, stax.Dense(1, 2.0, 0.0)),
    ],
)
def test_what_is_a_row(network: Any) -> None:
    assert row_of(network) is not None
    found = network.kernel_fn(X, Y, "nngp")
    np.testing.assert_allclose(found, limit.kernel(network[2].network, X, Y, "nngp"), rtol=1e-14, atol=0)


@pytest.mark.parametrize(
    "network",
    [
        stax.serial(CONV, RELU),  # a grid at the end
        stax.serial(stax.Dense(1), RELU, stax.Dense(1)),
        stax.serial(stax.Conv(1, (3, 3), None, "SAME", 1.0, 0.1), RELU, END),
        stax.serial(CONV, RELU, END, stax.Dense(1, 1.0, 0.1)),
        stax.serial(CONV, RELU, END, stax.Dense(1), RELU, stax.Dense(1)),
        stax.serial(stax.Conv(1, (3, 3), (2, 2), "SAME"), RELU, END),
        stax.serial(stax.Conv(1, (2, 2), None, "SAME"), RELU, END),
        stax.serial(stax.Conv(1, (3, 1), None, "SAME"), RELU, END),
        stax.serial(stax.ConvLocal(1, (3, 3), None, "SAME"), RELU, END),
        stax.serial(CONV, stax.Erf(), END),
        stax.serial(CONV, stax.Sign(), END),
        stax.serial(CONV, stax.ABRelu(0.0, 0.0), END),
        stax.serial(CONV, stax.LayerNorm(), RELU, END),
        stax.serial(CONV, RELU, stax.AvgPool((2, 2), (1, 1)), END),
        stax.serial(CONV, RELU, stax.AvgPool((2, 2), (1, 1), "SAME"), END),
        stax.serial(CONV, RELU, stax.AvgPool((3, 3), (1, 1), "SAME", True), END),
        stax.serial(CONV, RELU, stax.AvgPool((3, 3), (3, 3), "SAME"), END),
        stax.serial(CONV, RELU, stax.AvgPool((2, 3), (2, 3)), END),
        stax.serial(CONV, RELU, stax.AvgPool((3, 3), None, "CIRCULAR"), END),
        stax.serial(CONV, CONV, RELU, END),
        stax.serial(CONV, RELU, stax.FanOut(2), stax.parallel(CONV, CONV), stax.FanInSum(), END),
    ],
)
def test_what_is_no_row(network: Any) -> None:
    assert row_of(network) is None
    np.testing.assert_array_equal(network.kernel_fn(X, get="nngp"), limit.kernel(network[2].network, X, get="nngp"))


def tangents(network: Any, x: Any, y: Any = None) -> tuple[float, Any]:
    """The difference of both engines, relative to the diagonal, and the pairs that the first leaves to the second."""
    layer, seen = network.kernel_fn.network, [np.zeros((), bool)]

    def spied(*images: Any, wanted: Any = None, **options: Any) -> Any:
        seen.append(wanted)
        return limit_kernel(*images, wanted=wanted, **options)

    limit_kernel = limit.kernel
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limit, "kernel", spied)
        found = network.kernel_fn(x, y, "ntk")
    sizes = [np.sqrt(np.diag(limit_kernel(layer, each, None, "ntk"))) for each in (x, x if y is None else y)]
    largest = np.outer(*sizes)
    error = np.abs(found - limit_kernel(layer, x, y, "ntk")) / np.where(largest == 0, 1, largest)
    return float(error.max()), seen[-1]


@settings(max_examples=25)
@given(
    padding=st.sampled_from(["SAME", "CIRCULAR", "VALID"]),
    pool=st.sampled_from(POOLS),
    end=st.sampled_from(ENDS),
    activations=st.tuples(*[st.sampled_from(ACTIVATIONS[:4])] * 3),
    frozen=st.lists(st.booleans(), min_size=4, max_size=4),
    apart=st.sampled_from([0.0, 1e-12, 1e-8, 1e-6, 1e-4, 1.0]),
    two_batches=st.booleans(),
)
def test_both_engines_agree_on_tangent_kernels(
    padding: str, pool: Any, end: str, activations: Any, frozen: Any, apart: float, two_batches: bool
) -> None:
    """1e-13 is what the bound of the engine allows; images, and places of one image, coincide, nearly so, or not."""
    weights = [
        stax.Conv(1, (3, 3), None, padding, 1.3), stax.Conv(1, (1, 1), None, padding, 0.7),
        stax.Conv(1, (1, 1), None, padding), stax.Dense(1, 1.2),
    ]  # fmt: skip
    one, two, three, head = (stax.Frozen(each) if off else each for each, off in zip(weights, frozen, strict=True))
    middle = [] if pool is None else [getattr(stax, pool[0])(*pool[1:])]
    layers = [one, activations[0], *middle, two, activations[1], three, activations[2], getattr(stax, end)(), head]
    network = stax.serial(*layers)
    x = X[:, :6, :5]
    y = x[::-1] + apart * NOISE[:, :6, :5] if two_batches else None
    assert tangents(network, x, y)[0] <= 1e-13


def test_only_pairs_that_nearly_coincide_are_computed_again() -> None:
    """Images that are near each other, images with themselves, and random ones."""
    network = stax.lap(3, 1)
    x = np.concatenate([RNG.standard_normal((3, 7, 6, 2)), X[:1] + 1e-9 * NOISE[:2]])
    error, again = tangents(network, x)
    wanted = np.zeros((5, 5), bool)
    wanted[3, 4] = wanted[4, 3] = True
    np.testing.assert_array_equal(again, wanted)
    assert error <= 1e-13
    error, again = tangents(network, x, x[[4, 0]])
    np.testing.assert_array_equal(again, [[0, 1], [0, 0], [0, 0], [1, 0], [1, 0]])
    assert error <= 1e-13


def test_progress_sees_what_is_computed_again() -> None:
    network, totals, x = stax.lap(3, 1), list[int](), RNG.standard_normal((3, 7, 6, 2))

    def progress(work: Any, total: int) -> Any:
        totals.append(total)
        return work

    network.kernel_fn(x, None, "ntk", progress=progress)
    once = len(totals)
    network.kernel_fn(np.concatenate([x, x[:1] + 1e-9 * x[1:2]]), None, "ntk", progress=progress)
    assert (once, len(totals)) == (1, 3)


def test_patches_that_are_nearly_opposite_are_in_doubt() -> None:
    """Behind a linear layer, images and what is nearly their negative: 3e-10 would be lost."""
    network = stax.serial(
        stax.Conv(1, (3, 3)), stax.ABRelu(1.0, 1.0), stax.Conv(1, (1, 1)), stax.Relu(), stax.Flatten()
    )
    error, again = tangents(network, X[:2], 1e-9 * NOISE[:2] - X[:2])
    assert again.shape == (2, 2) and again.diagonal().all() and error <= 1e-13


@pytest.mark.parametrize("pool", [False, True])
def test_the_weight_of_an_error_of_an_angle_is_what_it_does_where_images_coincide(pool: bool) -> None:
    """At one position, by the recursion at u = 1 with another slope in one layer: the bound is reached."""
    depth, slope = 5, 0.5  # of 0.5 arccos(1), and its value at 1
    layer = [stax.Conv(1, (1, 1)), stax.Relu(), *([stax.AvgPool((1, 1))] if pool else [])]
    row = row_of(stax.serial(*layer * depth, stax.Flatten()))
    work = work_of(row.network, np.ones((1, 1, 1, 1)), None, Options(True, 2**28, 1, False, True, row.trained), "last",
                   double=True, formal=True)  # fmt: skip
    worker = work.task.worker()
    assert isinstance(worker, Evaluator) and worker.weights is not None

    def kernel(where: int, error: float) -> float:
        square = tangent = 1.0
        for number in range(depth):
            square, tangent = slope * square, (slope + error * (number == where)) * tangent
            tangent += square
        return tangent

    for number, weight in enumerate(worker.weights):
        rise = (kernel(number, 1.0) - kernel(number, 0.0)) * slope / math.pi
        assert weight * slope**number == pytest.approx(rise, rel=1e-13)


def test_images_with_flat_regions_are_left_to_the_recursion() -> None:
    """All of them at once, after a few: their patches coincide, and every pair would be computed twice."""
    network, flat = stax.serial(*[stax.Conv(1, (3, 3)), stax.Relu()] * 2, stax.Flatten()), RNG.random((24, 6, 5, 2))
    flat[:, :5] = 1.0
    sizes: list[int] = []

    def counted(row: Any, x: Any, *rest: Any) -> Any:
        sizes.append(len(x))
        return matrices(row, x, *rest)

    matrices = homogeneous_rows._matrices
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(homogeneous_rows, "_matrices", counted)
        for x, y in ((flat, None), (flat, flat[::-1])):
            sizes.clear()
            error, again = tangents(network, x, y)
            assert max(sizes) <= 3 and again is None and error <= 1e-13
        for get, x in (("nngp", flat), ("ntk", RNG.standard_normal(flat.shape)), ("ntk", flat[:4])):
            network.kernel_fn(x, get=get)
            assert sizes[-1] == len(x)


def test_what_it_may_have_lost_is_a_bound() -> None:
    """Of both images with 1e-3 to 1e-8 between them: the error is no larger, nor smaller by more than 1e4."""
    for network in (stax.myrtle(5, "relu"), stax.lap(3), stax.cntk(4, "vanilla", False)):
        row, ratios = row_of(network), []
        for apart in (1e-3, 1e-5, 1e-6, 1e-7, 1e-8):
            x = RNG.standard_normal((1, 8, 8, 2))
            x = np.concatenate([x, x + apart * RNG.standard_normal(x.shape)])
            exact = limit.kernel(network[2].network, x, None, "ntk")[0, 1]
            task = work_of(row.network, x, None, Options(True, 2**30, 1, False, True), "last", double=True).task
            worker = task.worker()
            left, right = (worker.prepare(each)[0] for each in (x[:1], x[1:]))
            plain, tangent, lost = (float(each[0, 0]) for each in worker.evaluate(left, right))
            scale = row.scale((8, 8), 2)
            error = abs(scale * (tangent + (row.heads - 1) * plain) - exact)
            assert error <= scale * lost + 1e-14 * exact
            ratios.append(scale * lost / error)
        assert min(ratios) < 1e4


def test_tangent_kernels_keep_their_digits() -> None:
    """Images that agree to 1e-8: by the other engine their tangent kernels err by 5e-10."""
    network = stax.lap(4)
    x = X[:1] + 1e-8 * RNG.standard_normal((3, 7, 6, 2))
    found = network.kernel_fn(x, get=("ntk",))[0]
    np.testing.assert_allclose(found, limit.kernel(network[2].network, x, get="ntk"), rtol=1e-14)
    row = row_of(network)
    other = row.network.gram(x, tangent=True) * row.scale((7, 6), 2)
    error = np.max(np.abs(other / found - 1))
    assert 1e-12 < error < 1e-8
    assert difference(network, x) <= 1e-14
    smooth = stax.myrtle(5)
    found, wanted = smooth.kernel_fn(x, get="ntk"), limit.kernel(smooth[2].network, x, get="ntk")
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


@pytest.mark.parametrize("scale", [1e-160, 1e-30, 1e150])
def test_sizes_of_images(scale: float) -> None:
    network = stax.myrtle(5)
    found = network.kernel_fn(scale * X, Y, "nngp")
    np.testing.assert_allclose(found, scale * network.kernel_fn(X, Y, "nngp"), rtol=1e-13)


@pytest.mark.parametrize(("network", "scale"), [(stax.myrtle(5), 1e200), (stax.serial(LARGE, RELU, END), 1e100)])
def test_what_overflows_is_refused(network: Any, scale: float) -> None:
    """In the engine, or by the factor behind it."""
    with pytest.raises(ValueError, match=r"overflow|finite"):
        network.kernel_fn(scale * X, get="nngp")


def test_short_images_are_computed_in_float64() -> None:
    network, short = stax.lap(3, 1), X.astype(np.float32)
    found = network.kernel_fn(short, get="nngp")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, network.kernel_fn(short.astype(float), get="nngp").astype(np.float32))


def test_options_of_the_door() -> None:
    network, seen = stax.lap(2), []

    def progress(work: Any, total: int) -> Any:
        for step in work:
            seen.append(total)
            yield step

    plain = network.kernel_fn(X, Y, "nngp")
    found = network.kernel_fn(X, Y, ("nngp",), memory=2**24, threads=2, progress=progress)
    np.testing.assert_allclose(found.nngp, plain, rtol=1e-14)
    assert len(seen) == seen[0]
    options: list[dict[str, Any]] = [{"memory": 0}, {"memory": 1000}, {"threads": 0}, {"progress": 3}]
    for wrong in options:
        with pytest.raises((ValueError, TypeError), match=next(iter(wrong))):
            network.kernel_fn(X, Y, "nngp", **wrong)
    for bad in (X[..., 0, 0], X[:, :, :, :, None], X * np.nan, "text"):
        with pytest.raises((ValueError, TypeError)):
            network.kernel_fn(bad, None, "nngp")
    with pytest.raises(ValueError, match="x2"):
        network.kernel_fn(X, Y[:, 1:], "nngp")


def test_signals_and_no_images() -> None:
    network = stax.serial(stax.Conv(1, (3,), None, "SAME"), RELU, stax.AvgPool((2,), (2,)), stax.GlobalSumPool())
    assert row_of(network) is not None
    assert difference(network, X[:, 0]) <= 1e-14
    assert network.kernel_fn(X[:0, 0], X[:2, 0], "nngp").shape == (0, 2)
