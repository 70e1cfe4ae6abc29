"""Distances by centred products, and what is read of them, piece by piece."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import DTypeLike

import kernelspec as ks
from kernelspec.gram.centred import LOST, Centred, distances, told_by_differences


@pytest.mark.parametrize(("dtype", "most"), [(np.float64, 1e-15), (np.float32, 3e-7)])
@pytest.mark.parametrize("step", [3, 4, 8])
@pytest.mark.parametrize("rank", [0, 2])
def test_distances_in_parts_of_the_columns(
    rank: int, step: int, dtype: DTypeLike, most: float, rng: np.random.Generator
) -> None:
    """Whether the last part is as long as the others or not; a few roundings of 1, of two sums of 8 products."""
    x, y = (each / np.linalg.norm(each, axis=1)[:, None] for each in rng.standard_normal((2, 7, 8)))
    basis = np.linalg.qr(rng.standard_normal((8, rank)))[0] if rank else np.zeros((8, 0))
    way = Centred(x[0] / 2, basis, 0.0, 0.0, 1.0, step)
    a, b, found = np.empty((7, 8), dtype), np.empty((5, 8), dtype), np.empty((7, 5), dtype)
    spare = np.empty((7, 8))
    one, two = way.split(x.copy(), a, spare), way.split(y[:5].copy(), b, spare[:5])
    distances(a, b, one, two, step, found, np.empty(35))
    assert np.max(np.abs(found - (1 - x @ y[:5].T))) <= most


def test_what_rounding_costs_next_to_minus_one() -> None:
    """1 - u is about 2 there, and its rounding in float32 is that of 2, however exact the product."""
    kernel, way = ks.arccos(0), Centred(np.zeros(3), np.zeros((3, 0)), 1e-9, 0.0, 1.0, 3)
    rows = way.split(np.eye(3), np.empty((3, 3), np.float32), np.empty((3, 3)))
    nearest = way.limits(kernel, rows, rows, 4).far
    assert nearest < 0.01
    s = np.geomspace(nearest, 0.1, 50)
    assert np.max(np.abs(kernel(s - 1 + 2.0**-24) - kernel(s - 1))) <= 2e-7


def test_from_where_on_differences_tell() -> None:
    """Rounded rows cost the slope times 2^-23 sqrt(2t): of a deep kernel, too much where t is small."""
    (told, upto), kernel = told_by_differences(ks.ntk(100)), ks.ntk(100)
    for t, costly in ((told / 1.2, True), (told * 1.2, False)):
        slope = float(kernel(1 - 0.95 * t) - kernel(1 - 1.05 * t)) / (0.1 * t) / 100
        assert ((2.0**-22 * t + 2.0**-23 * np.sqrt(2 * t)) * slope > LOST[4]) == costly
    assert upto == 2 and told_by_differences(ks.ntk(10)) == (0, 2)
    told, upto = told_by_differences(ks.ntk(2))  # sums of large squares are rounded, too
    assert told == 0
    for t, costly in ((upto / 1.3, False), (1.3 * upto, True)):
        slope = float(ks.ntk(2)(1 - 0.95 * t) - ks.ntk(2)(1 - 1.05 * t)) / (0.1 * t) / 2
        assert ((2.0**-22 * t + 2.0**-23 * np.sqrt(2 * t)) * slope > LOST[4]) == costly
