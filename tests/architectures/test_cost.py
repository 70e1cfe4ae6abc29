"""Counts of what a pair of images takes, beside sums that are written as loops and counted."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from kernelspec import stax
from kernelspec.architectures.cost import cost

RELU, ERF = stax.Relu(), stax.Erf()


def counted(network: Any, shape: tuple[int, ...], tangent: bool = False) -> tuple[int, int]:
    found = cost(network.kernel_fn.network, shape, tangent)
    return found.correlations, found.multiply_adds


def windows(outputs: tuple[int, ...], inputs: tuple[int, ...], window: tuple[int, ...], order: list[list[int]]) -> int:
    """Additions of windows, axis by axis: `order` lists the axes that a step has reduced, and its window."""
    sizes, total = list(inputs), 0
    for axes, size in zip(order, window, strict=True):
        for axis in axes:
            sizes[axis] = outputs[axis]
        total += sum(size for _ in itertools.product(*map(range, sizes)))
    return total


def test_a_dense_network() -> None:
    network = stax.serial(stax.Dense(4), RELU, stax.Dense(4), ERF, stax.Dense(1))
    assert counted(network, (-1, 5)) == (2, 5 + 3)
    assert counted(network, (7, 5), tangent=True) == (2, 5 + 6)


@pytest.mark.parametrize("tangent", [False, True])
def test_a_mean_needs_all_pairs_of_positions(tangent: bool) -> None:
    network = stax.serial(stax.Conv(1, (3, 2)), RELU, stax.AvgPool((2, 2)), stax.Conv(1, (1, 1)), stax.GlobalAvgPool())
    before, maps, pooled = (5, 4) * 2, (3, 3) * 2, (2, 2) * 2
    patches = windows(maps, before, (3, 2), [[0, 2], [1, 3]])
    pools = windows(pooled, maps, (2, 2, 2, 2), [[0], [2], [1], [3]])
    later = windows(pooled, pooled, (1, 1), [[0, 2], [1, 3]])
    sums = patches + 81 + pools + later + 16 + 16
    assert counted(network, (1, 5, 4, 3), tangent) == (81, 3 * 400 + (1 + tangent) * sums)


def test_without_one_equal_positions_do() -> None:
    network = stax.serial(stax.Conv(1, (3, 2)), RELU, stax.Flatten(), stax.Dense(1))
    patches = windows((3, 3), (5, 4), (3, 2), [[0], [1]])
    assert counted(network, (1, 5, 4, 3)) == (9, 3 * 20 + patches + 9 + 9 + 1)
    assert cost(network.kernel_fn.network, (1, 5, 4, 3), False).largest == 20


def test_branches_are_added() -> None:
    inside = stax.serial(RELU, stax.Dense(3), ERF, stax.Dense(3))
    block = [stax.FanOut(2), stax.parallel(stax.Identity(), inside), stax.FanInSum()]
    assert counted(stax.serial(stax.Dense(3), *block, *block, RELU, stax.Dense(1)), (1, 2)) == (5, 2 + 1 + 2 * 4 + 1)
    assert counted(stax.Frozen(stax.serial(stax.Dense(3), RELU)), (1, 2)) == (1, 3)


def test_shapes_that_do_not_fit() -> None:
    for shape in ((1, 5), (1, 2, 2, 3), "text", (1,)):
        with pytest.raises((ValueError, TypeError)):
            counted(stax.serial(stax.Conv(1, (3, 3)), RELU, stax.Flatten()), shape)  # type: ignore[arg-type]
