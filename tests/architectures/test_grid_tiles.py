"""Grids of which equal positions alone are paired, tile by tile, against the recursion and the definition."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec import stax
from kernelspec.architectures import grid_steps, grid_tiles
from kernelspec.architectures.duals.dual import coincident
from kernelspec.architectures.duals.gaussian_integrals import Gelu
from kernelspec.architectures.limit import kernel
from kernelspec.gram import workers
from oracle import neural_tangents as peer
from oracle import wide_networks as direct
from oracle.neural_tangents import conv, dense, layer, relu, serial, skip

END = [layer("Flatten"), dense(3)]
NETWORKS = {
    "relu": serial(conv(), relu, conv(b=None), relu, *END),
    "no biases": serial(conv(b=None), relu, conv(b=None), relu, layer("Flatten"), dense(b=None)),
    "gelu": serial(conv(), layer("Gelu"), conv(), layer("Gelu"), *END),
    "smooth, then a kink": serial(conv(), layer("Erf"), conv(), layer("Sin"), conv(), relu, *END, relu, dense(1)),
    "residual": serial(conv(), *skip(relu, conv()), *skip(layer("Abs"), conv((2, 3))), *END),
    "standard": serial(
        conv(parameterization="standard"), relu, conv(parameterization="standard"), layer("Monomial", 2), *END
    ),
    "norm of layers": serial(conv(), layer("LayerNorm"), relu, conv(), layer("LayerNorm"), layer("Rbf", 0.5), *END),
    "strided": serial(conv(strides=[2, 2]), relu, conv((2, 2), padding="VALID"), relu, conv(padding="CIRCULAR"), *END),
}


def network(data: Any) -> Any:
    return peer.network(stax, data).kernel_fn.network


def images(kind: str, channels: int = 3, count: int = 7) -> Any:
    rng = np.random.default_rng(channels)
    x = rng.standard_normal((count, 5, 4, channels))
    if kind == "copies":
        x[3], x[4], x[5] = x[0], -x[1], 2 * x[2]
    if kind == "near":
        x[3], x[4] = x[0] + 1e-6 * x[3], -x[1] + 1e-4 * x[4]
    if kind == "nothing":
        x[2] = 0
        x *= rng.random(x.shape) < 0.4
    return x


def by_layers(data: Any, x: Any, y: Any = None) -> Any:
    """The recursion alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid_tiles, "grids_of", lambda *_: None)
        return kernel(network(data), x, y, threads=1)


def apart(found: Any, wanted: Any) -> float:
    """The largest difference of both kernels, relative to the largest entry."""
    return max(float(np.max(np.abs(a - b)) / np.max(np.abs(b))) for a, b in zip(found, wanted, strict=True))


@pytest.fixture
def tiles(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The tiles that come out; a third of the pairs may be marked."""
    seen: list[Any] = []
    real = grid_tiles.values

    def noted(*arguments: Any) -> Any:
        for tile in real(*arguments):
            seen.append(tile)
            yield tile

    monkeypatch.setattr(grid_tiles, "values", noted)
    monkeypatch.setattr(grid_tiles, "_MOST_MARKED", 0.4)
    return seen


@pytest.mark.parametrize("channels", [1, 3, 12])
@pytest.mark.parametrize("kind", ["normal", "copies", "near", "nothing"])
@pytest.mark.parametrize("name", NETWORKS)
def test_tiles_are_the_recursion(name: str, kind: str, channels: int, tiles: list[Any]) -> None:
    """Rounding: sums in another order. No pair of near maps may lose what the recursion keeps."""
    x = images(kind, channels)
    found = kernel(network(NETWORKS[name]), x, threads=1)
    assert apart(found, by_layers(NETWORKS[name], x)) <= 5e-15
    assert apart(kernel(network(NETWORKS[name]), x, x[2:6], threads=1), [each[:, 2:6] for each in found]) <= 5e-15
    for each in found:
        assert np.array_equal(each, each.T)
        if kind == "copies":
            assert each[3, 0] == each[0, 0] == each[3, 3]
    assert tiles or channels == 1


@pytest.mark.parametrize("name", ["relu", "smooth, then a kink", "residual"])
def test_near_maps_keep_the_digits_of_tangent_kernels(name: str, tiles: list[Any]) -> None:
    """Of 1e-6, beside pairs that are far: the definition in extended precision has 1e-19/1e-6 there."""
    data, x = serial(conv(), relu, conv(), relu, *END) if name == "relu" else NETWORKS[name], images("near", 2)
    if name == "residual":
        data = serial(conv(), *skip(relu, conv()), *END)
    value, tangent = direct.kernels(data, x, long=True)
    found = kernel(network(data), x, threads=1)
    off = ~np.eye(len(x), dtype=bool)
    assert np.max(np.abs(found.nngp - value)) <= 3e-15 * np.max(np.abs(value))
    assert np.max(np.abs(found.ntk - tangent)[off]) <= 1e-12 * np.max(np.abs(tangent))
    assert tiles


def test_marks_of_all_layers_count(monkeypatch: pytest.MonkeyPatch, tiles: list[Any]) -> None:
    """One pair is near -1 before the first kink alone, another one near 1 before the second alone."""
    data, x = serial(conv(b=None), relu, conv(b=2.0), relu, *END), images("normal")
    x[3], x[4] = -x[0], x[1] + 0.08 * x[4]
    seen, real = [], grid_steps.Tile.look

    def noted(tile: Any, u: Any, most: float) -> None:
        before = 0 if tile.marked is None else int(tile.marked.sum())
        real(tile, u, most)
        seen.append(0 if tile.marked is None else int(tile.marked.sum()) - before)

    monkeypatch.setattr(grid_steps.Tile, "look", noted)
    found = kernel(network(data), x, threads=1)
    assert tiles and seen[-2:] == [1, 1]
    assert apart(found, by_layers(data, x)) <= 5e-15


def test_small_jobs_are_shared_by_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes would begin after their end; numbers do not depend on who computes them."""
    x, made = np.random.default_rng(0).standard_normal((24, 24, 24, 1)), []
    real = workers.each

    def noted(*arguments: Any) -> Any:
        made.append(arguments[3:])
        return real(*arguments)

    monkeypatch.setattr(grid_tiles, "each", noted)
    one, two = (kernel(network(NETWORKS["relu"]), x, get="ntk", threads=threads) for threads in (1, 2))
    assert np.array_equal(one, two)
    assert set(made) == {(1, False), (2, False)}


def test_images_with_themselves_do_not_count_as_near(monkeypatch: pytest.MonkeyPatch, tiles: list[Any]) -> None:
    monkeypatch.setattr(grid_tiles, "_MOST_MARKED", 0.0)
    kernel(network(NETWORKS["relu"]), images("normal", count=3), threads=1)
    assert tiles


def test_where_most_maps_are_near_all_is_left_to_the_recursion(tiles: list[Any]) -> None:
    x = images("normal")
    x = x[:1] + 1e-3 * x
    data = NETWORKS["relu"]
    for one, other in zip(kernel(network(data), x, threads=1), by_layers(data, x), strict=True):
        assert np.array_equal(one, other)
    assert not tiles


@pytest.mark.parametrize("scale", [1e-90, 1e90])
def test_numbers_beyond_ordinary_ones_are_left_to_the_recursion(scale: float, tiles: list[Any]) -> None:
    x, data = scale * images("normal"), serial(conv(b=None), relu, layer("Flatten"), dense(b=None))
    for found, wanted in zip(kernel(network(data), x, threads=1), by_layers(data, x), strict=True):
        assert np.array_equal(found, wanted)
        assert wanted[0, 1] > 0
    assert not tiles


OTHERS = {
    "a jump": [stax.Sign()],
    "a sum of values": [stax.Elementwise(np.tanh)],
    "concatenated": [stax.FanOut(2), stax.parallel(stax.Conv(1, (2, 2)), stax.Conv(1, (2, 2))), stax.FanInConcat()],
    "multiplied": [stax.FanOut(2), stax.parallel(stax.Conv(1, (2, 2)), stax.Conv(1, (2, 2))), stax.FanInProd()],
    "without weights": [stax.Conv(1, (2, 2), W_std=0.0, b_std=1.0)],
    "pooled": [stax.AvgPool((2, 2))],
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_has_no_step_is_left_to_the_recursion(name: str, tiles: list[Any]) -> None:
    layers = stax.serial(stax.Conv(1, (3, 3)), *OTHERS[name], stax.Conv(1, (1, 1)), stax.Flatten(), stax.Dense(1))
    kernel(layers[2].network, images("normal")[:3], threads=1)
    assert not tiles


def test_sums_of_activations_are_refused() -> None:
    """Their means are not 0, so that their covariances do not say that of the sum."""
    branches = [stax.FanOut(2), stax.parallel(*[stax.serial(stax.Conv(1, (2, 2)), stax.Relu())] * 2), stax.FanInSum()]
    layers = stax.serial(*branches, stax.Conv(1, (1, 1)), stax.Flatten(), stax.Dense(1))
    with pytest.raises(ValueError, match="needs branches of mean 0"):
        kernel(layers[2].network, images("normal"), threads=1)


def test_frozen_layers_have_no_part() -> None:
    """The tangent kernel of the head alone is its input's kernel, W^2 q + b^2."""
    body = [stax.Frozen(stax.serial(stax.Conv(1, (3, 3), W_std=1.2), stax.Relu())), stax.Flatten()]
    found = kernel(stax.serial(*body, stax.Dense(1, 1.3, 0.2))[2].network, images("normal"), threads=1)
    assert apart([found.ntk], [found.nngp]) <= 1e-15


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.booleans())
@settings(max_examples=60)
def test_every_pair_is_in_one_tile(rows: int, columns: int, step: int, symmetric: bool) -> None:
    columns = rows if symmetric else columns
    seen = np.zeros((rows, columns), dtype=int)
    for part in grid_tiles._parts(rows, columns, step, symmetric):
        np.add.at(seen, part.indices, 1)
        assert np.broadcast_shapes(*(np.shape(each) for each in part.indices))
        assert np.broadcast(*part.indices).size <= step * step
    wanted = np.triu(np.ones((rows, columns), dtype=int)) if symmetric else 1
    assert np.all(seen == wanted)


def test_groups_threads_and_progress_change_no_number(tiles: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, totals = rng.standard_normal((40, 24, 24, 2)), []
    x[35], x[38] = x[29] + 1e-6 * x[35], x[37]  # marked, far from the first group

    def progress(work: Any, total: int) -> Any:
        totals.append(total)
        return work

    layers = network(NETWORKS["relu"])
    whole = kernel(layers, x, threads=1, progress=progress)
    assert totals == [len(tiles)]
    monkeypatch.setattr(grid_tiles, "_MANY", 1)
    small = kernel(layers, x, threads=1, memory=2**24)
    shared = kernel(layers, x, x[:30], threads=2)
    for one, two, three in zip(whole, small, shared, strict=True):
        assert np.max(np.abs(one - two)) <= 1e-15 * np.max(one)
        assert np.max(np.abs(one[:, :30] - three)) <= 1e-15 * np.max(one)


def test_memory_beside_the_result() -> None:
    x = np.random.default_rng(0).standard_normal((60, 16, 16, 3))
    layers = network(NETWORKS["residual"])
    kernel(layers, x[:4], threads=1)
    memory = 2**24
    tracemalloc.start()
    kernel(layers, x, threads=1, memory=memory)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= memory


def test_gelu_at_coincidence_has_no_difference_of_large_numbers() -> None:
    """Between u = 1 and deviations up to 10^30, where 1 - y^2 would be 0; against the formulas of the docstring."""
    s = 10.0 ** np.arange(-30, 31, 3)
    end = coincident(s)
    value, slope = Gelu().moments(s, s, end, True)
    assert np.max(np.abs(value / Gelu().value(s, s, end) - 1)) <= 1e-15
    assert np.max(np.abs(slope - Gelu().slope(s, s, end))) <= 3e-16
