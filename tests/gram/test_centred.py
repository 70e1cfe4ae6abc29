"""Distances by centred products, and what is read of them, piece by piece."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import DTypeLike

import kernelspec as ks
from kernelspec.gram.centred import Centred, distances
from kernelspec.gram.fitted import fitted_halves
from kernelspec.gram.fitted_values import ARRAYS, evaluate_at


@pytest.mark.parametrize(("dtype", "most"), [(np.float64, 5e-16), (np.float32, 3e-7)])
@pytest.mark.parametrize("step", [3, 4, 8])
@pytest.mark.parametrize("rank", [0, 2])
def test_distances_in_parts_of_the_columns(
    rank: int, step: int, dtype: DTypeLike, most: float, rng: np.random.Generator
) -> None:
    """Whether the last part is as long as the others or not; a few roundings of 1."""
    x, y = (each / np.linalg.norm(each, axis=1)[:, None] for each in rng.standard_normal((2, 7, 8)))
    basis = np.linalg.qr(rng.standard_normal((8, rank)))[0] if rank else np.zeros((8, 0))
    way = Centred(x[0] / 2, basis, 0.0, 0.0, 1.0, 1.0, step)
    a, b, found = np.empty((7, 8), dtype), np.empty((5, 8), dtype), np.empty((7, 5), dtype)
    one, two = way.split(x.copy(), a), way.split(y[:5].copy(), b)
    distances(a, b, one, two, step, found)
    assert np.max(np.abs(found - (1 - x @ y[:5].T))) <= most


def test_what_rounding_costs_next_to_minus_one() -> None:
    """1 - u is about 2 there, and its rounding in float32 is that of 2, however exact the product."""
    kernel, way = ks.arccos(0), Centred(np.zeros(3), np.zeros((3, 0)), 1e-9, 0.0, 1.0, 1.0, 3)
    nearest = way.near(kernel, 1.0, 4)[-1]
    assert nearest < 0.01
    s = np.geomspace(nearest, 0.1, 50)
    assert np.max(np.abs(kernel(s - 1 + 2.0**-24) - kernel(s - 1))) <= 2e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_distances_below_0_by_rounding_are_0(dtype: DTypeLike) -> None:
    kernel = ks.ntk(3)
    fits = fitted_halves(kernel, dtype, 0.0, 1.0)
    assert fits is not None
    x = np.array([-1e-7, 0.0, 0.5], dtype)
    nothing = np.zeros(0, np.intp), np.zeros(0, dtype)
    evaluate_at(fits, x, [np.empty(3, dtype) for _ in range(ARRAYS)], nothing)
    assert x[0] == x[1] and np.allclose(x, kernel(np.array([1.0, 1.0, 0.5])), rtol=0, atol=3e-7 * kernel.at_one)
