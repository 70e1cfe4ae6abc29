"""Effective dimension, information gain and best rank-r error of enclosed levels, against mpmath on written lists."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec.rkhs.capacity import _sum, effective_dimension, information_gain, levels_of_gram, tail
from kernelspec.rkhs.levels import Levels

EIGENVALUES = st.one_of(
    st.just(0.0), st.floats(1e-12, 1e3), st.sampled_from([5e-324, 1e-300, 2.0**-1022, 1e-16, 1e290])
)
ENTRIES = st.lists(st.tuples(EIGENVALUES, st.integers(1, 5)), max_size=12)


def exactly(entries: Any, **more: Any) -> Levels:
    mu, count = np.array([x for x, _ in entries]), np.array([float(m) for _, m in entries])
    return Levels(mu, mu, count, count, **more)


def written_out(entries: Any) -> list[Any]:
    return sorted((mp.mpf(x) for x, m in entries for _ in range(m)), reverse=True)


def dimension_of(mu: Any, lam: float) -> Any:
    return mp.fsum(x / (x + mp.mpf(lam)) for x in mu)


def gain_of(mu: Any, n: int, noise: float) -> Any:
    return mp.fsum(mp.log1p(n * x / mp.mpf(noise) ** 2) for x in mu) / 2


def contains(bounds: Any, value: Any, width: float) -> None:
    """The bounds hold, and are no wider than `width` of the value (and a few of the smallest floats)."""
    low, high = bounds
    assert mp.mpf(low) <= value <= mp.mpf(high)
    assert mp.mpf(high) - mp.mpf(low) <= width * value + 200 * mp.mpf(5e-324)


# Seen: at most 14 units of 2^-52; the rounding of three operations, 4 levels of sums and 4 units of a logarithm.
WIDTH = 40 * 2.0**-52


@settings(deadline=None, max_examples=200)
@given(ENTRIES, st.floats(1e-300, 1e300), st.integers(1, 2**53), st.floats(1e-140, 1e140), st.integers(0, 70))
def test_bounds_hold_and_are_tight_on_exact_lists(entries: Any, lam: float, n: int, noise: float, r: int) -> None:
    with mp.workdps(60):
        levels, mu = exactly(entries), written_out(entries)
        contains(effective_dimension(levels, lam), dimension_of(mu, lam), WIDTH)
        contains(information_gain(levels, n, noise), gain_of(mu, n, noise), WIDTH)
        contains(tail(levels, r), mp.fsum(mu[r:]), WIDTH)


@settings(deadline=None, max_examples=60)
@given(ENTRIES, st.floats(1e-12, 1e3), st.integers(1, 10**6), st.floats(1e-6, 1e3), st.integers(0, 70))
def test_balls_contain_the_value(entries: Any, lam: float, n: int, noise: float, r: int) -> None:
    with mp.workdps(60):
        levels, mu = exactly(entries), written_out(entries)
        for ball, value in (
            (effective_dimension(levels, lam, certified=True), dimension_of(mu, lam)),
            (information_gain(levels, n, noise, certified=True), gain_of(mu, n, noise)),
            (tail(levels, r, certified=True), mp.fsum(mu[r:])),
        ):
            middle, radius = mp.mpf(ball.mid().str(60, radius=False)), mp.mpf(ball.rad().str(30, radius=False))
            assert abs(middle - value) <= radius * (1 + mp.mpf(10) ** -20) + mp.mpf(10) ** -50 * value
            assert radius <= WIDTH * value + 200 * mp.mpf(5e-324)


@settings(deadline=None, max_examples=100)
@given(
    ENTRIES,
    st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=8),
    st.floats(1e-6, 1e3),
    st.integers(1, 1000),
    st.integers(0, 30),
)
def test_what_is_left_out_is_covered(entries: Any, others: Any, lam: float, n: int, r: int) -> None:
    trace = sum(map(Fraction, others))
    low = np.nextafter(float(trace), 0)
    levels = exactly(entries, rest=(low, np.nextafter(float(trace), 2e3)), largest=max(others))
    with mp.workdps(60):
        mu = sorted((*written_out(entries), *map(mp.mpf, others)), reverse=True)
        for (low, high), value in (
            (effective_dimension(levels, lam), dimension_of(mu, lam)),
            (information_gain(levels, n, 0.5), gain_of(mu, n, 0.5)),
            (tail(levels, r), mp.fsum(mu[r:])),
        ):
            assert mp.mpf(low) <= value <= mp.mpf(high)


def test_bounds_of_what_is_left_out_are_attained() -> None:
    """All of the rest in eigenvalues of the largest size gives the lower bounds, in ever smaller ones the upper."""
    nothing = np.zeros(0)
    levels = Levels(nothing, nothing, nothing, nothing, rest=(2.0, 2.0), largest=0.5)
    concentrated = exactly([(0.5, 4)])
    spread = exactly([(2.0**-40, 2**41)])
    for f, close in ((lambda x: effective_dimension(x, 0.1), 1e-11), (lambda x: information_gain(x, 10, 0.7), 1e-10)):
        low, high = f(levels)
        assert low == pytest.approx(f(concentrated)[0], rel=1e-14)
        assert high == pytest.approx(f(spread)[1], rel=close)
    assert tail(levels, [0, 1, 3, 4, 5])[0].tolist() == pytest.approx([2.0, 1.5, 0.5, 0.0, 0.0], rel=1e-14, abs=1e-300)
    assert tail(levels, 3)[1] == pytest.approx(2.0, rel=1e-14)


def test_multiplicities_and_eigenvalues_in_intervals() -> None:
    levels = Levels(np.array([1.0]), np.array([2.0]), np.array([3.0]), np.array([5.0]))
    assert effective_dimension(levels, 1.0) == pytest.approx((1.5, 10 / 3), rel=1e-14)
    assert tail(levels, 2) == pytest.approx((1.0, 6.0), rel=1e-14)
    assert information_gain(levels, 1, 1.0) == pytest.approx((1.5 * np.log(2), 2.5 * np.log(3)), rel=1e-14)


def test_multiplicities_beyond_two_to_the_53() -> None:
    levels = exactly([(1.0, 1), (1e-30, 2**200)])
    with mp.workdps(60):
        small, lam = mp.mpf(1e-30), mp.mpf(1e-3)
        value = 1 / (1 + lam) + mp.mpf(2) ** 200 * small / (small + lam)
        contains(effective_dimension(levels, 1e-3), value, WIDTH)
        contains(tail(levels, 2**53), small * (mp.mpf(2) ** 200 - 2**53 + 1), WIDTH)


def test_sums_in_pairs_are_rounded_outward() -> None:
    """1 + 2^-53 is 1 in floats, and so is that sum with another of its kind."""
    terms = np.array([1.0, 2.0**-60, 2.0**-53, 0.0])
    assert (
        _sum(terms, up=True) > 1.0 + 2.0**-53 > 1.0 - 2.0**-53 > _sum(terms - np.array([2.0**-53, 0, 0, 0]), up=False)
    )


def test_levels_of_a_gram_matrix() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 4))
    K = X @ X.T
    levels = levels_of_gram(K)
    low, high = effective_dimension(levels, 0.1)
    exact = np.trace(np.linalg.solve(K + 30 * 0.1 * np.eye(30), K))
    assert low <= exact <= high and high - low < 1e-11
    low, high = information_gain(levels, 30, 0.5)
    exact = np.linalg.slogdet(np.eye(30) + K / 0.25)[1] / 2
    assert low <= exact + 1e-12 and exact - 1e-12 <= high and high - low < 1e-10
    assert tail(levels, 4)[1] < 1e-12
    assert levels_of_gram(K.astype(np.float32)).upper[-1] == pytest.approx(levels.upper[-1], rel=1e-5)


@pytest.mark.parametrize(
    ("matrix", "kind", "text"),
    [
        (np.ones((2, 3)), ValueError, "gram must be a square matrix"),
        (np.zeros((0, 0)), ValueError, "gram must be a square matrix of at least one row"),
        (np.array([[1.0, 2.0], [0.0, 1.0]]), ValueError, "gram must be symmetric"),
        (-np.eye(2), ValueError, "gram must be positive semi-definite; it has the eigenvalue -1"),
        (np.full((2, 2), np.nan), ValueError, "gram must be finite"),
        ("text", TypeError, "gram must be a real array"),
    ],
)
def test_matrices_that_are_no_gram_matrix(matrix: Any, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        levels_of_gram(matrix)


def test_shapes() -> None:
    levels = exactly([(1.0, 2), (0.1, 7)])
    grid = np.array([[0.1, 1.0, 2.0]])
    low, high = effective_dimension(levels, grid)
    assert low.shape == high.shape == (1, 3)
    assert isinstance(effective_dimension(levels, 0.1)[0], float)
    assert information_gain(levels, [[1], [2]], [0.1, 1.0, 2.0])[0].shape == (2, 3)
    assert len(information_gain(levels, [[1], [2]], [0.1, 1.0, 2.0], certified=True)) == 6
    assert tail(levels, np.zeros((0, 2), int))[0].shape == (0, 2)
    nothing = exactly([])
    assert effective_dimension(nothing, [1.0])[1].tolist() == tail(nothing, [0])[1].tolist() == [0.0]
    assert tail(levels, 9) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda x: effective_dimension(x, 0.0), ValueError, "lam must be positive, from 1e-300 to 1e300, got 0.0"),
        (lambda x: effective_dimension(x, [1.0, -2.0]), ValueError, "lam must be positive.*got -2.0"),
        (lambda x: effective_dimension(x, np.nan), ValueError, "lam must be finite"),
        (lambda x: effective_dimension(x, "a"), TypeError, "lam must be"),
        (lambda x: effective_dimension(cast(Any, [1.0]), 1.0), TypeError, "levels must be Levels; got list"),
        (lambda x: effective_dimension(x, 1.0, certified=cast(Any, 1)), TypeError, "certified must be True or False"),
        (lambda x: information_gain(x, 0, 1.0), ValueError, "n must be an integer from 1 to 2.53, got 0"),
        (lambda x: information_gain(x, 1.5, 1.0), TypeError, "n must be integers"),
        (lambda x: information_gain(x, 1, 0.0), ValueError, "noise must be positive, from 1e-140 to 1e140"),
        (lambda x: tail(x, -1), ValueError, "r must be an integer from 0"),
    ],
)
def test_bad_input(call: Any, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        call(exactly([(1.0, 1)]))


@pytest.mark.parametrize(
    "levels",
    [
        Levels(np.array([1.0]), np.array([0.5]), np.ones(1), np.ones(1)),
        Levels(np.array([np.nan]), np.array([np.nan]), np.ones(1), np.ones(1)),
        Levels(np.array([-1.0]), np.array([1.0]), np.ones(1), np.ones(1)),
        Levels(np.ones(1), np.ones(1), np.ones(2), np.ones(1)),
        Levels(np.ones(1), np.ones(1), np.ones(1), np.array([np.inf])),
        Levels(np.ones(1), np.ones(1), np.ones(1), np.ones(1), rest=(0.0, 1.0)),
    ],
)
def test_levels_that_are_none(levels: Levels) -> None:
    for f in (
        lambda: effective_dimension(levels, 1.0),
        lambda: tail(levels, 0),
        lambda: information_gain(levels, 1, 1.0),
    ):
        with pytest.raises(ValueError, match="levels"):
            f()


@pytest.mark.parametrize("largest", [1e-19, 1e-25, 1e-300])
def test_a_tail_of_more_small_eigenvalues_than_integers_have_bits(largest: float) -> None:
    """A trace of 1 that may stand in 1e25 eigenvalues: all of it is left after any rank below 2^53."""
    one = np.ones(1)
    low, high = tail(Levels(one, one, one, one, (1.0, 1.0), largest), [0, 1, 100])
    # Rounded outward once for each operation: seen 2.4e-15.
    assert np.all(low <= [2, 1, 1]) and np.all(low >= np.array([2, 1, 1]) - 5e-15)
    assert np.all(high >= [2, 1, 1]) and np.all(high <= np.array([2, 1, 1]) + 5e-15)
