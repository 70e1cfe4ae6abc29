"""Hierarchies of patches that do not overlap: against Fourier transforms of four angles, and two layers."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.ckn.spectra.hierarchies import Hierarchy
from kernelspec.ckn.spectra.two_layers import TwoLayers

BAD: list[Any] = [2.0]  # no kernel
QUARTERS = Fraction(1, 4) * ks.polynomial(2) + Fraction(1, 2) * ks.linear() + Fraction(1, 4)


def transform(functions: Any, points: int) -> Any:
    """The eigenvalues of all products of e^{i k t} on four circles, two and two of them joined."""
    first, second, third = functions
    inner = first(np.cos(2 * np.pi * np.arange(points) / points))
    pair = second((inner[:, None] + inner) / 2)
    return np.fft.fftn(third((pair[:, :, None, None] + pair) / 2)).real / points**4


def tree_of(degrees: Any) -> Any:
    """((k1, k2), (k3, k4)) without zeros."""
    return tuple(tuple(k for k in pair if k) for pair in (degrees[:2], degrees[2:]))


@pytest.mark.parametrize(
    ("kernels", "functions"),
    [
        (
            [QUARTERS, QUARTERS, ks.polynomial(3)],
            [lambda u: (1 + u) ** 2 / 4, lambda u: (1 + u) ** 2 / 4, lambda u: u**3],
        ),
        ([ks.exponential()] * 3, [lambda u: np.exp(u - 1)] * 3),
    ],
)
def test_four_circles(kernels: Any, functions: Any) -> None:
    """A transform of 24^4 numbers up to 1; what the grid cannot tell of degrees beyond 12 is below 1e-17."""
    grid, hierarchy = transform(functions, 24), Hierarchy(kernels, [2, 2], 2, terms=24)
    for degrees in itertools.product(range(3), repeat=4):
        found = hierarchy.eigenvalue(tree_of(degrees))
        assert float(found.rad()) < 1e-10
        assert abs(float(found.mid()) - grid[degrees]) <= float(found.rad()) + 2e-16


@given(st.integers(2, 8), st.integers(1, 20), st.lists(st.integers(1, 5), max_size=3))
def test_two_levels_are_two_layers(d: int, patches: int, degrees: list[int]) -> None:
    degrees = degrees[:patches]
    layers = TwoLayers(ks.arccos(1), ks.polynomial(3), d, patches)
    hierarchy, tree = Hierarchy([ks.arccos(1), ks.polynomial(3)], [patches], d), tuple(degrees)
    wanted = layers.eigenvalue(tuple(degrees))
    assert float(hierarchy.eigenvalue(tree)) == pytest.approx(wanted, rel=1e-13, abs=1e-300)
    assert hierarchy.multiplicity(tree) == layers.interactions(tuple(sorted(degrees)))


def test_one_level_is_the_kernel_itself() -> None:
    hierarchy = Hierarchy([ks.arccos(1)], [], 3)
    assert float(hierarchy.eigenvalue(2)) == pytest.approx(3 / 128, rel=1e-15)
    assert hierarchy.multiplicity(2) == 5 and hierarchy.leaves == 1


def test_multiplicities_and_the_trace() -> None:
    """All trees of a polynomial: their multiplicities count the choices of leaves, and their sum is kappa_3(1)."""
    kernels, d = [ks.linear(), QUARTERS, ks.polynomial(2)], 3
    hierarchy = Hierarchy(kernels, [2, 3], d)
    found: Counter[Any] = Counter()
    for degrees in itertools.product(range(5), repeat=6):
        if sum(degrees) > 4:  # the degree of the kernel
            continue
        pairs = [tuple(sorted(k for k in degrees[i : i + 2] if k)) for i in (0, 2, 4)]
        tree = tuple(sorted((pair for pair in pairs if pair), key=repr))
        found[tree] += math.prod(2 * k + 1 for k in degrees)
    total = Fraction(0)
    for tree, count in found.items():
        assert hierarchy.multiplicity(tree) == count
        total += count * Fraction(float(hierarchy.eigenvalue(tree)))
    assert float(total) == pytest.approx(1, rel=1e-14)


def test_series_that_are_cut_off_are_enclosed() -> None:
    """arccos(1) at both nodes by 8 and by 20 powers: the wider ball holds the narrower one's middle."""
    short, long = (Hierarchy([ks.linear(), ks.arccos(1), ks.arccos(1)], [2, 2], 3, terms) for terms in (8, 20))
    for tree in [(), ((1,),), ((2,),), ((1,), (1,)), ((1, 1), (2,))]:
        wide, narrow = short.eigenvalue(tree), long.eigenvalue(tree)
        assert wide.contains(narrow.mid()) and narrow.rad() < wide.rad()
        assert narrow.lower() >= wide.lower()


def test_the_spatial_index() -> None:
    hierarchy = Hierarchy([QUARTERS] * 3, [4, 8], 5)
    assert hierarchy.spatial_index((), [1, 1]) == 0
    assert hierarchy.spatial_index(((1,),), [0.5, 1]) == 1.5
    assert hierarchy.spatial_index(((3, 1), (2,)), [0.5, 1]) == 3.5


@pytest.mark.parametrize("tree", [((1,),), ((1, 1),), ((1,), (1,)), ((2, 1), (1,))])
def test_rates_are_the_spatial_index_and_the_degrees(tree: Any) -> None:
    """m_2 = d = n^{1/2}, m_3 = n: eigenvalues fall like n^{-S-F} (Xiao 2022), the deviation like n^{-1/2}."""
    values, sizes = [], (2**14, 2**18)
    for n in sizes:
        root = math.isqrt(n)
        values.append(float(Hierarchy([QUARTERS] * 3, [root, n], root).eigenvalue(tree)))
    index = Hierarchy([QUARTERS] * 3, [2, 2], 2).spatial_index(tree, [0.5, 1])
    frequency = sum(k for branch in tree for k in branch) / 2
    slope = math.log(values[1] / values[0]) / math.log(sizes[1] / sizes[0])
    assert slope == pytest.approx(-index - frequency, abs=0.01)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Hierarchy([], [], 3), TypeError, "kernels must be a list of kernels"),
        (lambda: Hierarchy([ks.linear(), *BAD], [2], 3), TypeError, "kernels must be a kernelspec kernel"),
        (lambda: Hierarchy([ks.linear()] * 2, [], 3), ValueError, "branches must be 1 integers for 2 levels"),
        (lambda: Hierarchy([-ks.linear()] * 2, [2], 3), ValueError, "each of kernels must be a kernel on every sphere"),
        (lambda: Hierarchy([ks.linear()] * 2, [0], 3), ValueError, "branches must be an integer from 1"),
        (lambda: Hierarchy([ks.linear()] * 2, [2], 1), ValueError, "d must be an integer from 2"),
        (lambda: Hierarchy([ks.linear()] * 2, [2], 3).eigenvalue(1), TypeError, "tree must be a tuple of branches"),
        (lambda: Hierarchy([ks.linear()] * 2, [2], 3).eigenvalue((1, 1, 1)), ValueError, "at most 2 branches"),
        (lambda: Hierarchy([ks.linear()] * 2, [2], 3).eigenvalue((0,)), ValueError, "tree must be an integer from 1"),
        (lambda: Hierarchy([ks.linear()] * 2, [2], 3).spatial_index((1,), []), ValueError, "sizes must be 1 numbers"),
        (lambda: Hierarchy([ks.linear(), ks.polynomial(20), ks.polynomial(20)], [2, 2], 3).eigenvalue(()), ValueError,
         "kernels ask for 401 powers"),
    ],
)  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call()
