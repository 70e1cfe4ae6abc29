"""Fits of fully connected networks for all layers, against the recursion over layers, pair by pair."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from kernelspec import stax
from kernelspec.architectures import dense_fits, dense_tiles
from kernelspec.architectures.duals.dual import point_of
from kernelspec.architectures.limit import kernel
from kernelspec.architectures.needs import Needs

D = 30


def network(name: str, depth: int, b: float | None = 0.3) -> Any:
    layers: list[Any] = [stax.Dense(1, 1.4, b)]
    for _ in range(depth - 1):
        layers += [getattr(stax, name)(), stax.Dense(1, 1.4, b)]
    return stax.serial(*layers)[2].network


def data(kind: str, count: int = 500, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((count, D))
    if kind == "sphere":
        x /= np.linalg.norm(x, axis=1, keepdims=True)
    if kind == "cone":  # of cosines about .9, some rows twice, some nearly so
        x = 3 + x
        x[7], x[11] = x[3], x[5] * (1 + 1e-3) + 1e-9 * x[6]
    return x


def by_layers(layers: Any, x: Any, y: Any = None) -> Any:
    """The recursion, in the middle of nothing that is fitted."""
    keep = dense_tiles._WORTH
    dense_tiles._WORTH = 2**60
    try:
        return kernel(layers, x, y, threads=1)
    finally:
        dense_tiles._WORTH = keep


def sizes(layers: Any, x: Any) -> Any:
    s = np.sqrt(np.mean(x.astype(float) ** 2, axis=1))
    return dense_fits.Dense(layers, D, Needs(False, True), True).sizes(s)


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Fits however little there is to do; what has been fitted."""
    made: list[Any] = []
    real = dense_fits.fits

    def noted(*arguments: Any) -> Any:
        made.append(real(*arguments))
        return made[-1]

    monkeypatch.setattr(dense_tiles, "_WORTH", 0)
    monkeypatch.setattr(dense_tiles, "fits", noted)
    return made


@pytest.mark.parametrize("kind", ["normal", "sphere", "cone"])
@pytest.mark.parametrize("name", ["Relu", "Gelu", "Erf", "Sin"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fits_are_as_near_the_recursion_as_they_say(name: str, kind: str, dtype: str, always: list[Any]) -> None:
    layers, x = network(name, 5), data(kind).astype(dtype)
    found = kernel(layers, x, threads=1)
    assert always and always[-1] is not None
    wanted = by_layers(layers, x.astype(float))
    for one in ("nngp", "ntk"):
        matrix, exact, size = getattr(found, one), getattr(wanted, one), sizes(layers, x)[one]
        assert matrix.dtype == dtype and np.array_equal(matrix, matrix.T)
        # In float32 the cosine's rounding, and that of the result, beside the fit's.
        worst = 4.5e-7 if dtype == "float32" else dense_fits.WANTED[8]
        assert np.max(np.abs(matrix - exact) / np.outer(size, size)) <= worst
        assert np.allclose(np.diag(matrix), size**2, rtol=1e-7 if dtype == "float32" else 5e-15, atol=0)
        if kind == "cone":  # equal rows are equal, whatever the fit says of others
            assert np.allclose(matrix[3, 7], matrix[3, 3], rtol=1e-7 if dtype == "float32" else 5e-15)


@pytest.mark.parametrize("kind", ["normal", "sphere", "cone", "spread"])
@pytest.mark.parametrize("given", [np.tanh, lambda x: x / (1 + np.exp(-x))])
def test_fits_of_series_have_lengths_of_their_own(given: Any, kind: str, always: list[Any]) -> None:
    """d of the images is a polynomial in log s, of more terms where their lengths are spread."""
    hidden = stax.ElementwiseNumerical(given, deg=25)
    layers = stax.serial(stax.Dense(1, 1.4, 0.3), hidden, stax.Dense(1, 1.4, 0.3), hidden, stax.Dense(1))[2].network
    x = data("normal" if kind == "spread" else kind, 200) * (0.3 if kind == "cone" else 1)  # those of cones are long
    if kind == "spread":
        x *= np.geomspace(0.4, 1.3, len(x))[:, None]
    found, wanted = kernel(layers, x, threads=1), by_layers(layers, x)
    assert all(fit.lengths is not None for fit in always[-1].values())
    assert kind != "spread" or all(len(fit.lengths) > dense_fits._NODES_S[0] for fit in always[-1].values())
    for one in ("nngp", "ntk"):
        matrix, exact, size = getattr(found, one), getattr(wanted, one), sizes(layers, x)[one]
        assert np.max(np.abs(matrix - exact) / np.outer(size, size)) <= dense_fits.WANTED[8]
        assert np.allclose(np.diag(matrix), size**2, rtol=2.5 * dense_fits._LENGTH, atol=0)


@pytest.mark.parametrize(("depth", "scale"), [(1, 0.1), (2, 0.2)])
def test_powers_that_cancel_are_not_evaluated_in_float32(depth: int, scale: float, always: list[Any]) -> None:
    """Cosines up to .99, where the coefficients of powers are 1e2: their rounding was 1e-5 of a tangent kernel."""
    x = (np.eye(1, D) + scale * np.random.default_rng(1).standard_normal((300, D))).astype(np.float32)
    options: Any = {"b_std": 0.0, "parameterization": "standard"}
    layers = stax.serial(*[stax.Dense(1, 1.5, **options), stax.LeakyRelu(0.2)] * depth, stax.Dense(1, 1.5, **options))
    found, wanted = kernel(layers[2].network, x), by_layers(layers[2].network, x.astype(float))
    assert always[-1] is not None
    for one, other in zip(found, wanted, strict=True):
        size = np.sqrt(np.diag(other))
        assert np.max(np.abs(one - other) / size / size[:, None]) <= 5e-7


def test_two_sides_and_threads(always: list[Any]) -> None:
    layers, x, y = network("Gelu", 4), data("normal", 700), 1.3 * data("normal", 300, 1)
    found = [kernel(layers, x, y, threads=threads) for threads in (1, 2)]
    wanted = by_layers(layers, x, y)
    for one in ("nngp", "ntk"):
        exact = getattr(wanted, one)
        assert np.array_equal(getattr(found[0], one), getattr(found[1], one))
        size = np.outer(sizes(layers, x)[one], sizes(layers, y)[one])
        assert np.max(np.abs(getattr(found[0], one) - exact) / size) <= dense_fits.WANTED[8]


def test_blocks_that_memory_cuts_are_the_same(always: list[Any]) -> None:
    layers, x = network("Erf", 3), data("normal", 900)
    whole, parts = kernel(layers, x, threads=1), kernel(layers, x, threads=1, memory=2**21)
    assert np.array_equal(whole.ntk, parts.ntk)


def test_homogeneous_networks_have_one_factor(always: list[Any]) -> None:
    x = np.linspace(0.1, 10, 400)[:, None] * data("sphere", 400)
    layers = network("Relu", 4, None)
    found = kernel(layers, x, threads=1)
    assert all(fit.flat for fit in always[-1].values())
    size = sizes(layers, x)["ntk"]
    assert np.max(np.abs(found.ntk - by_layers(layers, x).ntk) / np.outer(size, size)) <= dense_fits.WANTED[8]


@pytest.mark.parametrize("case", ["zero row", "huge norms", "two clusters"])
def test_what_has_no_fit_is_computed_by_layers(case: str, always: list[Any]) -> None:
    layers, x = network("Gelu", 3), data("normal", 300)
    if case == "zero row":
        x[5] = 0
    elif case == "huge norms":
        x *= np.geomspace(1e-4, 1e4, len(x))[:, None]
    else:  # half of the pairs are next to 1
        x = 1e-4 * x + np.where(np.arange(len(x)) % 2, 1, -1)[:, None]
    found, wanted = kernel(layers, x, threads=1), by_layers(layers, x)
    assert not always or all(each is None for each in always)
    assert np.array_equal(found.ntk, wanted.ntk)


def test_a_fit_knows_its_slope_and_its_error() -> None:
    """The slope bounds differences; the error holds at points that the fit has not seen."""
    dense = dense_fits.Dense(network("Gelu", 6), D, Needs(False, True), True)
    found = dense_fits.fits(dense, ("ntk",), (0.7, 1.4), (-0.5, 0.8), 8)
    assert found is not None and dense_fits.fits(dense, ("ntk",), (0.7, 1.4), (-0.5, 0.8), 8, 100) is None
    fit, rng = found["ntk"], np.random.default_rng(4)
    s, t, u = rng.uniform(0.7, 1.4, 4000), rng.uniform(0.7, 1.4, 4000), rng.uniform(-0.5, 0.8, 4000)
    wanted = dense.kernels(s, t, point_of(u))["ntk"] / (dense.sizes(s)["ntk"] * dense.sizes(t)["ntk"])
    z = (u - 0.15) / 0.65
    assert np.max(np.abs(dense_fits._at(fit, s, t, z) - wanted)) <= dense_fits.WANTED[8]
    higher = dense.kernels(s, t, point_of(u + 1e-6))["ntk"] / (dense.sizes(s)["ntk"] * dense.sizes(t)["ntk"])
    steepest = np.max(np.abs(higher - wanted)) / 1e-6
    assert steepest <= fit.slope <= 20 * steepest


def test_which_networks_sum_values_of_a_function() -> None:
    """Their recursion costs more: a closed form is no sum, wherever it stands."""
    sums = stax.parallel(stax.Identity(), stax.serial(stax.Dense(3), stax.ElementwiseNumerical(np.tanh)))
    for layer, wanted in ((sums, True), (stax.serial(stax.Dense(3), stax.Gelu(), stax.Relu()), False)):
        assert dense_fits.has_sums(layer.kernel_fn.network) is wanted


def test_memory_beside_the_result(always: list[Any]) -> None:
    layers, x = network("Gelu", 3), data("normal", 2000)
    tracemalloc.start()
    found = kernel(layers, x, get="ntk", threads=1, memory=2**22)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert always[-1] is not None and peak - found.nbytes < 12 * 2**20


def test_fits_are_kept_but_not_of_functions_of_ones_own(always: list[Any]) -> None:
    """What such a function reads may have changed: tanh(b x), with a b that is set anew."""
    b = [1.0]
    given = stax.ElementwiseNumerical(lambda x: np.tanh(b[0] * x), df=lambda x: b[0] / np.cosh(b[0] * x) ** 2)
    x = data("normal", 200)
    for layer, same in ((given, False), (stax.Gelu(), True)):
        layers = stax.serial(stax.Frozen(stax.serial(stax.Dense(1), layer)), stax.Dense(1))[2].network
        assert dense_fits.layers_in(layers) == 3
        for b[0] in (1.0, 0.5):
            found, wanted = kernel(layers, x, get="nngp"), by_layers(layers, x).nngp
            assert np.max(np.abs(found - wanted)) <= 1e-13
        assert (always[-1] is always[-2]) is same
