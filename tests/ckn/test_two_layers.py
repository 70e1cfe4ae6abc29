"""Two layers on independent patches: against Fourier transforms, eigenvalues of grids of circles, and each other."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.ckn.spectra.two_layers import TwoLayers
from oracle import two_layers as oracle

OUTER = {
    "power 2": (ks.polynomial(2), lambda u: u**2),
    "power 3": (ks.polynomial(3), lambda u: u**3),
    "power 4": (ks.polynomial(4), lambda u: u**4),
    "exponential": (ks.exponential(0.6), lambda u: np.exp((u - 1) / 0.36)),
    "sum": (
        ks.exponential(0.6) + 0.5 * ks.polynomial(3) + 0.25 * ks.linear(),
        lambda u: np.exp((u - 1) / 0.36) + 0.5 * u**3 + 0.25 * u,
    ),
}
FIRST = {"exponential": (ks.exponential(), lambda u: np.exp(u - 1)), "linear": (ks.linear(), lambda u: u)}


@pytest.mark.parametrize("outer", OUTER)
@pytest.mark.parametrize("inner", FIRST)
def test_two_patches_against_a_fourier_transform_of_two_dimensions(inner: str, outer: str) -> None:
    """Seen 4e-17 of a trace of at most 2: the transform sums 2^16 numbers in float64."""
    solver = TwoLayers(FIRST[inner][0], OUTER[outer][0], 2, 2)
    found = oracle.two_circles(FIRST[inner][1], OUTER[outer][1], 256)
    for a, b in itertools.product(range(6), repeat=2):
        degrees = tuple(k for k in (a, b) if k)
        assert solver.eigenvalue(degrees) == pytest.approx(found[a, b], rel=0, abs=2e-16)


def flat(solver: Any, n: int) -> Any:
    """The eigenvalues one by one."""
    return np.array([space.value for space in solver.eigenvalues(n) for _ in range(space.multiplicity)])


@pytest.mark.parametrize("degree", [2, 3])
def test_one_window_against_all_patches_of_a_grid(degree: int) -> None:
    """m = 3 circles; a grid of 7 angles integrates the degrees up to 6 = 2 * 3 exactly. Seen 3e-16."""
    x = oracle.circles(3, 7)
    gram = oracle.windowed(x, lambda u: u, lambda u: u**degree, 3, np.eye(3)[:1])
    expected = oracle.mercer(gram)
    solver = TwoLayers(ks.linear(), ks.polynomial(degree), 2, 3)
    found = flat(solver, 10**4)
    np.testing.assert_allclose(found, expected[: len(found)], rtol=0, atol=2e-15)
    np.testing.assert_allclose(expected[len(found) :], 0, atol=2e-15)
    assert solver.trace() == pytest.approx(expected.sum(), rel=1e-14)


@given(st.integers(2, 9), st.integers(1, 12), st.sampled_from([2, 3, 4]), st.sampled_from(["arccos(1)", "linear()"]))
def test_all_interactions_have_the_trace(d: int, patches: int, degree: int, first: str) -> None:
    """The sum of all levels and of what is left out encloses kappa_2(1), at one patch as at many."""
    solver = TwoLayers(ks.parse(first), ks.polynomial(degree), d, patches)
    levels = solver.levels(60)
    total = float(levels.lower @ levels.multiplicity_lower)
    assert total + levels.rest[0] <= 1 + 1e-13 and total + levels.rest[1] >= 1 - 1e-13
    if first == "linear()":
        assert total == pytest.approx(1, rel=1e-12)  # all degrees up to 4 are there


def test_one_patch_is_the_composition() -> None:
    solver, spectrum = (
        TwoLayers(ks.arccos(1), ks.exponential(0.6), 4, 1),
        (ks.exponential(0.6) @ ks.arccos(1)).spectrum(4),
    )
    for k in range(1, 12):
        assert solver.eigenvalue((k,)) == pytest.approx(spectrum[k], rel=1e-14)


def test_multiplicities_count_choices_of_patches_and_harmonics() -> None:
    solver = TwoLayers(ks.arccos(1), ks.polynomial(4), 3, 5)
    sets: Counter[tuple[int, ...]] = Counter()
    for degrees in itertools.product(range(4), repeat=5):
        active = tuple(sorted((k for k in degrees if k), reverse=True))
        sets[active] += math.prod(2 * k + 1 for k in active)
    for active, count in sets.items():
        assert solver.interactions(active) == count
    for space in solver.eigenvalues(2000):
        if max(space.degrees, default=0) < 4:
            assert space.multiplicity == sets[space.degrees]


@pytest.mark.parametrize("outer", OUTER)
def test_the_largest_are_all_there(outer: str) -> None:
    """Every set of degrees up to 12 on three patches, one by one, has its place among the largest."""
    solver = TwoLayers(ks.arccos(1), OUTER[outer][0], 3, 3)
    every = [k for t in range(4) for k in itertools.combinations_with_replacement(range(12, 0, -1), t)]
    values = {k: solver.eigenvalue(k) for k in every}
    found = solver.eigenvalues(5000)
    smallest = found[-1].value
    assert {k for k, v in values.items() if v > smallest * (1 + 1e-12)} <= {space.degrees for space in found}
    assert [space.value for space in found] == sorted((space.value for space in found), reverse=True)
    for space in found:
        if space.degrees in values:
            assert space.value == pytest.approx(values[space.degrees], rel=1e-14)
    more = solver.eigenvalues(9000)
    assert more[: len(found)] == found


def test_a_series_that_is_cut_off_is_enclosed() -> None:
    """arccos(1) in the second layer, by 12 and by 32 of its powers: the narrower levels lie in the wider ones."""
    short, long = (TwoLayers(ks.linear(), ks.arccos(1), 3, 3, terms=terms) for terms in (12, 32))
    for degrees in [(), (1,), (2,), (1, 1), (2, 1, 1), (3, 1)]:  # beyond u, arccos(1) has even powers alone
        assert 0 < short.eigenvalue(degrees) <= long.eigenvalue(degrees) * (1 + 1e-14)
    wide, narrow = short.levels(5), long.levels(5)
    assert np.all(wide.lower[:5] <= narrow.upper[:5]) and np.all(narrow.lower[:5] <= wide.upper[:5])
    assert narrow.rest[1] < wide.rest[1]


def test_as_many_eigenvalues_as_are_asked_for() -> None:
    solver = TwoLayers(ks.arccos(1), ks.exponential(0.6), 9, 64)
    spaces = solver.eigenvalues(10**4)
    assert sum(space.multiplicity for space in spaces) >= 10**4
    assert sum(space.multiplicity for space in spaces[:-1]) < 10**4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ks.linear(), ks.polynomial(2), 1, 3), "d must be an integer from 2"),
        ((ks.linear(), ks.polynomial(2), 3, 0), "patches must be an integer from 1"),
        ((-ks.linear(), ks.polynomial(2), 3, 3), "first layer's kernel must be a kernel on every sphere"),
        ((ks.linear(), 1 - ks.linear(), 3, 3), "kernel must be a kernel on every sphere"),
        ((ks.linear(), ks.polynomial(200), 3, 3), "degree 127 at most, got 200"),
    ],
)
def test_what_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TwoLayers(*arguments)


def test_more_degrees_than_patches_are_refused() -> None:
    with pytest.raises(ValueError, match="degrees must be at most 3"):
        TwoLayers(ks.linear(), ks.polynomial(2), 3, 3).eigenvalue((1, 1, 1, 1))
