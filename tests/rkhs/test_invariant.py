"""Kernels averaged over groups: enclosed levels against Gram matrices of samples, and averages by their definition."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.rkhs import capacity
from kernelspec.rkhs.invariant import averaged_gram, invariant_levels
from kernelspec.rkhs.levels import Levels
from kernelspec.sphere import invariants

WRONG: Any = 3  # where a group or a kernel is wanted
GROUPS = {
    "cyclic(4)": invariants.cyclic(4),
    "permutations(3)": invariants.permutations(3),
    "signed_permutations(3)": invariants.signed_permutations(3),
}


def effective_dimension(levels: Levels, lam: float) -> tuple[float, float]:
    low = levels.multiplicity_lower @ (levels.lower / (levels.lower + lam))
    high = levels.multiplicity_upper @ (levels.upper / (levels.upper + lam))
    return float(low) + levels.rest[0] / (levels.largest + lam), float(high) + levels.rest[1] / lam


@pytest.mark.parametrize("name", GROUPS)
def test_the_effective_dimension_is_that_of_samples(name: str) -> None:
    """Within 3 standard errors, and 0.2 % for the bias of order n^{-2}: that of order 1/n is extrapolated."""
    group, lam, repeats = GROUPS[name], 0.1, 12
    n = 300 if group.order < 10 else 120
    levels = invariant_levels(ks.ntk(3).spectrum(group.d), group, 100)
    low, high = effective_dimension(levels, lam)
    assert high - low < 2e-3 * low
    # The room's own sum over enclosed levels encloses the same number.
    theirs = capacity.effective_dimension(levels, lam)
    assert theirs[0] == pytest.approx(low, rel=1e-3) and theirs[1] == pytest.approx(high, rel=1e-3)
    found, each = [], list[float]()
    for seed in range(repeats):
        x = ks.sphere.sample_sphere(2 * n, group.d, seed)
        gram = averaged_gram(ks.ntk(3), group, x)
        values = []
        for part in (slice(0, n), slice(n, 2 * n), slice(0, 2 * n)):
            eigenvalues = np.linalg.eigvalsh(gram[part, part]) / len(gram[part])
            values.append(float((eigenvalues / (eigenvalues + lam)).sum()))
        each.append(values[2])
        found.append(2 * values[2] - (values[0] + values[1]) / 2)
    error = np.std(found, ddof=1) / np.sqrt(repeats)
    assert abs(np.mean(found) - low) < 3 * error + 0.002 * low
    assert error < 0.02 * low
    # Jensen: the mean is below. A single sample need not be, as uniform data is not the worst case for K_G.
    assert np.mean(each) <= high + 3 * np.std(each, ddof=1) / np.sqrt(repeats)


@pytest.mark.parametrize("d", [3, 4, 5])
def test_the_averaged_kernel_has_its_trace_and_its_largest_levels(d: int) -> None:
    """Of a polynomial kernel there are finitely many: the sum over levels is the mean of K_G(x, x), exactly."""
    group, kernel = invariants.cyclic(d), ks.polynomial(3)
    levels = invariant_levels(kernel.spectrum(d), group, 6)
    assert levels.rest == (0, 0) and levels.largest == 0
    trace = float(levels.multiplicity_lower @ levels.lower)
    x = ks.sphere.sample_sphere(20000, d, 1)
    diagonal = np.mean([[float(a @ np.roll(a, s)) ** 3 for s in range(d)] for a in x[:4000]], axis=1)
    assert abs(diagonal.mean() - trace) < 4 * diagonal.std() / np.sqrt(len(diagonal))
    # The rank of a Gram matrix is the dimension of the span.
    gram = averaged_gram(kernel, group, x[:120])
    rank = int(sum(levels.multiplicity_lower[levels.upper > 0]))
    values = np.linalg.eigvalsh(gram)[::-1]
    assert values[rank - 1] > 1e-9 > abs(values[rank:]).max() if rank < 120 else values[-1] > 0


def test_averages_are_those_of_the_definition_and_invariant() -> None:
    group = invariants.signed_permutations(3)
    x, y = ks.sphere.sample_sphere(5, 3, 0), 2 * ks.sphere.sample_sphere(4, 3, 1)
    found = averaged_gram(ks.arccos(1), group, x, y)
    total: Any = np.zeros((5, 4))
    for p in itertools.permutations(range(3)):
        for s in itertools.product((1, -1), repeat=3):
            total += ks.arccos(1).gram(x, y[:, p] * s)
    np.testing.assert_allclose(found, total / 48, rtol=1e-13)
    moved = averaged_gram(ks.arccos(1), group, x, y[:, [2, 0, 1]] * [1, -1, 1])
    np.testing.assert_allclose(moved, found, rtol=1e-13)
    np.testing.assert_array_equal(averaged_gram(ks.arccos(1), group, x), averaged_gram(ks.arccos(1), group, x).T)


def test_levels_of_the_trivial_group_are_the_kernels() -> None:
    spectrum = ks.ntk(3).spectrum(5)
    levels = invariant_levels(spectrum, invariants.trivial(5), 40)
    np.testing.assert_allclose(levels.lower, spectrum[0:40], rtol=1e-13)
    assert levels.multiplicity_lower.tolist() == ks.sphere.multiplicity(5, range(40)).tolist()
    assert levels.rest[1] - levels.rest[0] < 1e-12
    later = float(sum(spectrum[40:4000] * ks.sphere.multiplicity(5, np.arange(40, 4000))))
    # mu_k N(5, k) ~ c k^{-2}: what is left after 4000 is about 4000 times the last pair's mean
    pair = spectrum[3998:4000] * ks.sphere.multiplicity(5, [3998, 3999])
    assert levels.rest[0] == pytest.approx(later + 4000 * float(pair.mean()), rel=1e-4)
    assert levels.largest >= spectrum[40:60].max()


def test_levels_narrow_with_the_degrees_and_hold_one_another() -> None:
    spectrum, group = ks.rf(3).spectrum(4), invariants.dihedral(4)
    few, many = (invariant_levels(spectrum, group, n) for n in (20, 80))
    more = float(many.multiplicity_lower[20:] @ many.lower[20:])
    assert few.rest[0] <= more + many.rest[0] and more + many.rest[1] <= few.rest[1] * (1 + 1e-12)
    assert few.largest >= many.upper[20:].max()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda s: invariant_levels(s, WRONG), TypeError, "group must be"),
        (lambda s: invariant_levels(s, invariants.cyclic(5)), ValueError, "R\\^4"),
        (lambda s: invariant_levels(s, invariants.cyclic(4), 1), ValueError, "degrees"),
        (lambda s: averaged_gram(ks.ntk(3), invariants.cyclic(4), np.ones((2, 3))), ValueError, "shape"),
        (lambda s: averaged_gram(ks.ntk(3), invariants.permutations(9), np.ones((2, 9))), ValueError, "order"),
        (lambda s: averaged_gram(WRONG, invariants.cyclic(4), np.ones((2, 4))), TypeError, "kernel"),
        (lambda s: invariant_levels((-1 * ks.arccos(1)).spectrum(4), invariants.cyclic(4)), ValueError, "mu_0 = "),
        (
            lambda s: invariant_levels(ks.arccos(0).derivative().spectrum(4), invariants.cyclic(4)),
            ValueError,
            "finite at",
        ),
    ],
)
def test_bad_input_meets_a_sentence(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(ks.ntk(3).spectrum(4))


@pytest.mark.parametrize("lam", [0.1, 1e-3])
def test_the_space_of_the_trivial_group_is_the_whole_one(lam: float) -> None:
    whole, same = ks.ntk(3).rkhs(6), ks.rkhs.InvariantSpace(ks.ntk(3), invariants.trivial(6))
    assert same.effective_dimension(lam) == pytest.approx(whole.effective_dimension(lam), rel=1e-6)
    assert same.information_gain(50, lam) == pytest.approx(whole.information_gain(50, lam), rel=1e-6)
    assert same.tail(20) == pytest.approx(whole.tail(20), rel=1e-6)
    ball, exact = (space.effective_dimension(lam, certified=True) for space in (same, whole))
    assert ball.contains(exact)


def test_the_gain_of_shifts_tends_to_their_number() -> None:
    whole = ks.ntk(3).rkhs(28)
    gains = []
    for lam in (0.1, 0.01, 1e-3, 1e-4):
        space = ks.rkhs.InvariantSpace(ks.ntk(3), invariants.cyclic(28))
        gains.append(whole.effective_dimension(lam) / space.effective_dimension(lam))
    np.testing.assert_allclose(gains, [13.280, 23.913, 27.443, 27.923], rtol=2e-5)  # as printed


def test_a_kernel_that_is_negative_far_away_is_refused() -> None:
    """Of arccos(1) less 1e-8 P_80(u) the first 64 eigenvalues are > 0, and that of degree 80 is below 0."""
    kernel = ks.arccos(1)
    for j in range(41):  # Legendre's polynomial of degree 80
        c = Fraction((-1) ** j * math.comb(80, j) * math.comb(160 - 2 * j, 80), 2**80 * 10**8)
        kernel = kernel - c * ks.polynomial(80 - 2 * j)
    with pytest.raises(ValueError, match="arccos"):
        ks.rkhs.InvariantSpace(kernel, invariants.cyclic(3)).effective_dimension(0.1)


def test_equality() -> None:
    for make in (
        lambda k: ks.rkhs.InvariantSpace(k, invariants.cyclic(5)),
        lambda k: ks.rkhs.Capacity(k, 5),
        lambda k: ks.rkhs.Capacity(k, 5, domain="cube"),
    ):
        one, same, other = make(ks.ntk(2)), make(ks.ntk(2)), make(ks.ntk(3))
        assert one == same == pickle.loads(pickle.dumps(one)) and hash(one) == hash(same) and one != other
    assert ks.rkhs.Capacity(ks.ntk(2), 5) != ks.rkhs.Capacity(ks.ntk(2), 5, domain="cube") != 5
    assert ks.rkhs.Capacity(ks.ntk(2), 5) != ks.ntk(2).rkhs(5)


@pytest.mark.parametrize(("text", "degrees"), [("ntk(2)", 8), ("arccos(0)", 9), ("exponential(sigma=0.6)", 6)])
def test_no_eigenvalue_left_out_is_above_the_largest(text: str, degrees: int) -> None:
    spectrum = ks.parse(text).spectrum(10)
    levels = invariant_levels(spectrum, invariants.cyclic(10), degrees)
    assert spectrum[degrees : degrees + 10].max() <= levels.largest
