"""Windows of the second layer that share weights, pooled: against the eigenvalues of grids of circles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Model
from oracle import two_layers as oracle

POOLS: list[Any] = [None, ckn.average(2, centred=True), ckn.average(4, centred=True), ckn.gaussian(1, centred=True)]


def network(second: Any, pool: Any, stride: int, border: str, output: str, patch: int = 2) -> Any:
    """Patches of dimension 2, the linear kernel."""
    first = ckn.Layer(2, ks.linear(), border=border)
    return ckn.Network([first, ckn.Layer(patch, second, pool, stride, border)], output)


@pytest.mark.parametrize("output", ["sum", "mean"])
@pytest.mark.parametrize(
    ("border", "pool", "stride"),
    [
        *(("circular", pool, 1) for pool in POOLS),
        *(("valid", pool, 1) for pool in (None, ckn.average(2), ckn.gaussian(1))),
        *((border, ckn.average(2), 2) for border in ("circular", "valid")),
    ],
)
def test_windows_against_all_patches_of_a_grid(pool: Any, stride: int, border: str, output: str) -> None:
    """Four circles of 5 angles, windows of 2, and 2 <z/|z|, z'/|z'|>^2. Seen 1e-15."""
    net = network(ks.polynomial(2), pool, stride, border, output)
    layer = net.layers[1]
    places = layer.map_size(4)
    matrix = layer.pooling(places)
    if output == "mean":
        matrix = matrix.mean(0, keepdims=True)
    gram = 2 * oracle.windowed(oracle.circles(4, 5), lambda u: u, lambda u: u**2, 2, matrix)
    model, expected = Model(net, positions=4), oracle.mercer(gram)
    found = model.eigenvalues(10**4).values
    np.testing.assert_allclose(found, expected[: len(found)], rtol=0, atol=1e-14)
    np.testing.assert_allclose(expected[len(found) :], 0, atol=1e-14)
    assert model.trace() == pytest.approx(expected.sum(), rel=1e-13)
    levels = model.levels(100)
    np.testing.assert_allclose(np.sort(levels.lower)[::-1], np.sort(levels.upper)[::-1], rtol=1e-12)
    total = float(levels.lower @ levels.multiplicity_lower)
    assert total + levels.rest[0] <= expected.sum() * (1 + 1e-12) and total + levels.rest[1] >= expected.sum() * (
        1 - 1e-12
    )


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("second", [ckn.square, ks.polynomial(3)])
def test_the_kernel_is_that_of_the_network(second: Any, normalized: bool) -> None:
    """Gram matrices of the grid by `net.gram`, with kappa_1 = 2 u^2 and thus patches of norm^2 2."""
    first = ckn.Layer(1, 2 * ks.polynomial(2), border="valid")
    net = ckn.Network([first, ckn.Layer(3, second, border="valid", normalized=normalized)])
    x = oracle.circles(3, 13)
    expected, found = oracle.mercer(net.gram(x)), Model(net, positions=3, dimension=2).eigenvalues(10**4).values
    np.testing.assert_allclose(found, expected[: len(found)], rtol=0, atol=1e-13 * expected[0])
    np.testing.assert_allclose(expected[len(found) :], 0, atol=1e-13 * expected[0])


def test_what_two_layers_are_refused() -> None:
    def model(**changes: Any) -> Any:
        given: dict[str, Any] = {"second": ks.polynomial(2), "pool": None, "stride": 1, "border": "circular"}
        return Model(network(output="sum", **{**given, **changes}), positions=5)

    with pytest.raises(ValueError, match="patch must be at most half of the positions on a circle"):
        model(patch=4)
    with pytest.raises(ValueError, match='border="circular" or "valid" in the second layer'):
        model(border="zero")
    with pytest.raises(ValueError, match="positions must be at least the patch of the second layer, 6, got 5"):
        model(border="valid", patch=6)
    pooled = ckn.Layer(2, ks.linear(), ckn.average(2), border="circular")
    with pytest.raises(ValueError, match=r"the second layer must have ckn.square where the first pools"):
        Model(ckn.Network([pooled, ckn.Layer(2, ks.polynomial(2), border="circular")]), positions=5)


@pytest.mark.parametrize("pool", [None, ckn.average(2)])
def test_windows_of_three(pool: Any) -> None:
    """Pairs of neighbours are seen by two windows, pairs further apart by one: a line of four circles."""
    net = network(ks.polynomial(2), pool, 1, "valid", "sum", patch=3)
    gram = 3 * oracle.windowed(oracle.circles(4, 5), lambda u: u, lambda u: u**2, 3, net.layers[1].pooling(2))
    expected, found = oracle.mercer(gram), Model(net, positions=4).eigenvalues(10**4).values
    np.testing.assert_allclose(found, expected[: len(found)], rtol=0, atol=1e-14)
    np.testing.assert_allclose(expected[len(found) :], 0, atol=1e-14)


@pytest.mark.parametrize(("patch", "border"), [(4, "circular"), (5, "valid"), (3, "circular")])
@pytest.mark.parametrize("pool", [None, ckn.average(3), ckn.gaussian(1)])
def test_all_sets_in_longer_windows_have_the_trace(pool: Any, patch: int, border: str) -> None:
    """Three patches that interact in windows of up to five, on nine positions."""
    model = Model(network(ks.polynomial(3), pool, 1, border, "sum", patch), positions=9)
    spaces = model.eigenvalues(10**6)
    assert max(len(space.degrees) for space in spaces) == 3
    assert sum(space.value * space.multiplicity for space in spaces) == pytest.approx(model.trace(), rel=1e-12)


def test_capacities_are_narrowed_to_their_end() -> None:
    """More levels may come than were asked for, which is no reason to stop. They were 2 percent wide at 0.1 once."""
    net = ckn.Network([ckn.Layer(3, ks.arccos(1)), ckn.Layer(4, ks.polynomial(3), ckn.gaussian(2), border="circular")])
    ball = Model(net, 16).effective_dimension(0.1, certified=True)
    assert ball.rel_accuracy_bits() > 25


def test_where_there_is_too_much_the_levels_end() -> None:
    """Degrees beyond 2000 are not looked at: what is left is bounded, and not refused."""
    net = ckn.Network([ckn.Layer(2, ks.arccos(1)), ckn.Layer(2, ks.polynomial(2), border="valid")])
    model = Model(net, 2)
    levels = model.levels(10**7)
    assert levels.rest[1] > 0 and 1000 < levels.lower.size < 10**7
    assert model.effective_dimension(0.01, certified=True).contains(model.effective_dimension(0.01))


@pytest.mark.parametrize("count", [2, 20])
def test_what_is_left_out_is_below_its_bound(count: int) -> None:
    net = ckn.Network([ckn.Layer(3, ks.arccos(1)), ckn.Layer(4, ks.polynomial(3), ckn.average(2), border="circular")])
    model = Model(net, 8)
    some, more = model.levels(count), model.levels(20 * len(model.levels(count).lower))
    left_out = np.sort(more.lower)[::-1][len(some.lower) :]
    assert 0.2 * some.largest < left_out[0] <= some.largest  # thresholds are a sixteenth of one another
