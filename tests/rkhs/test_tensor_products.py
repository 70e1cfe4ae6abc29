"""Tensor products and sums on independent inputs: eigh on all points of two cubes, and written lists."""

from __future__ import annotations

import itertools
from typing import Any, cast

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.rkhs.capacity import effective_dimension, information_gain
from kernelspec.rkhs.capacity_on_sphere import Capacity
from kernelspec.rkhs.levels import Levels
from kernelspec.rkhs.tensor_products import independent_sum, nodes, tensor


def matrix(text: str, d: int) -> Any:
    X = np.array(list(itertools.product([1.0, -1.0], repeat=d)))
    return ks.parse(text)(np.clip(X @ X.T / d, -1, 1))


@pytest.mark.parametrize(("one", "other"), [("ntk(3)", "rf(2)"), ("arccos(0)", "arccos(0)"), ("linear()", "ntk(2)")])
def test_all_points_of_two_cubes(one: str, other: str) -> None:
    """eigh of the Kronecker product, and of the sum, on {-1, 1}^3 x {-1, 1}^4."""
    A, B = matrix(one, 3), matrix(other, 4)
    a, b = nodes(ks.parse(one), 3, domain="cube"), nodes(ks.parse(other), 4, domain="cube")
    ones_a, ones_b = np.ones_like(A), np.ones_like(B)
    for K, levels in ((np.kron(A, B), tensor(a, b)), (np.kron(A, ones_b) + np.kron(ones_a, B), independent_sum(a, b))):
        eig = np.clip(np.linalg.eigvalsh(K / len(K)), 0, None)
        for lam in (1e-3, 0.1):
            low, high = effective_dimension(levels, lam)
            assert low == pytest.approx(np.sum(eig / (eig + lam)), rel=1e-11) and high - low < 1e-13 * high
        assert information_gain(levels, 100, 0.5)[0] == pytest.approx(np.sum(np.log1p(400 * eig)) / 2, rel=1e-11)


def test_products_that_underflow_are_not_0() -> None:
    """1e-200 times 1e-200 is 0 in floats, but no upper bound of the product."""
    tiny = Levels(*np.array([[0.0, 1e-200]] * 2), *np.ones((2, 2)))
    assert tensor(tiny, tiny).upper.tolist() == [0.0, 0.0, 0.0, 5e-324] and not tensor(tiny, tiny).lower.any()


@pytest.mark.parametrize(("text", "d"), [("ntk(3)", 3), ("rf(3)", 4), ("arccos(0)", 2), ("exponential(sigma=0.6)", 3)])
def test_nodes_are_the_spectrum(text: str, d: int) -> None:
    kernel, lam = ks.parse(text), np.array([1e-6, 1e-3, 1.0])
    low, high = effective_dimension(nodes(kernel, d), lam)
    exact = Capacity(kernel, d).effective_dimension(lam)
    assert np.all(low <= exact) and np.all(exact <= high)
    assert np.all(high - low < 1e-7 * exact)  # trace behind degree 10^6, over lambda = 10^-6: seen 4e-8
    with_less = effective_dimension(nodes(kernel, d, degree=100), lam)
    assert np.all(with_less[0] <= exact) and np.all(exact <= with_less[1])


def test_a_tensor_product_pair_by_pair() -> None:
    """ntk(3) on two circles: all pairs of 2000 degrees, by certified eigenvalues; what is left out is in the bounds."""
    s = ks.ntk(3).spectrum(2)
    mu = np.concatenate([s[0:1], np.repeat(s[1:1500], 2)])
    pairs = np.multiply.outer(mu, mu).ravel()
    levels = tensor(*[nodes(ks.ntk(3), 2)] * 2)
    for lam in (1e-2, 1e-4):
        low, high = effective_dimension(levels, lam)
        found = float(np.sum(pairs / (pairs + lam)))
        missed = float(9 - np.sum(pairs)) / lam  # trace left out over lambda
        assert low <= found + missed and found <= high
        assert found < low < found + missed and high - low < 1e-4 * low


@pytest.mark.parametrize("lam", [1e-3, 1e-4, 1e-5])
def test_what_one_factor_leaves_out_is_as_large_as_the_other_allows(lam: float) -> None:
    """The same pairs, all degrees from 128 on left out of the levels: the largest is mu_128 mu_0."""
    mu = ks.ntk(3).spectrum(2)[0:1500]
    mu = np.concatenate([mu[:1], np.repeat(mu[1:], 2)])
    pairs = np.multiply.outer(mu, mu).ravel()
    low, high = effective_dimension(tensor(*[nodes(ks.ntk(3), 2, degree=1)] * 2), lam)
    found, missed = float(np.sum(pairs / (pairs + lam))), float(9 - np.sum(pairs)) / lam
    assert low <= found + missed and found <= high


def test_bad_input() -> None:
    with pytest.raises(ValueError, match='domain must be "sphere" or "cube"'):
        nodes(ks.ntk(2), 3, domain="ball")
    with pytest.raises(ValueError, match="degree must be an integer from 1"):
        nodes(ks.ntk(2), 3, degree=0)
    with pytest.raises(TypeError, match="kernel"):
        nodes(cast(Any, "ntk(2)"), 3)
