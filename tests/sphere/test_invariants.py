"""Invariant harmonics by Molien's series, against averages of polynomials in fractions, and groups by their laws."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec import sphere
from kernelspec.sphere import invariants, molien
from kernelspec.sphere.matrix_groups import closed
from oracle import invariants as oracle

V = Fraction(1), Fraction(1), Fraction(1)
# The reflection that changes the sign of (1, 1, 1): entries in thirds.
MIRROR = [[int(i == j) - 2 * V[i] * V[j] / 3 for j in range(3)] for i in range(3)]
WRONG: Any = 2.5  # where an integer, a text or a group is wanted
HALF = [[Fraction(a, 2) for a in row] for row in ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))]


def with_mirror() -> list[oracle.Matrix]:
    """All permutations of R^3, alone and after the mirror, which commutes with them."""
    made = oracle.permutation_matrices(oracle.all_permutations(3))
    after = [[[sum(g[i][m] * MIRROR[m][j] for m in range(3)) for j in range(3)] for i in range(3)] for g in made]
    return [*made, *after]


def reversed_too(d: int) -> list[tuple[int, ...]]:
    shifts = oracle.rotations_of(d)
    return list(dict.fromkeys([*shifts, *(p[::-1] for p in shifts)]))


def even_signed(d: int) -> list[oracle.Matrix]:
    found = []
    for p in oracle.all_permutations(d):
        parity = p not in oracle.all_permutations(d, even=True)
        for s in oracle.signs(d):
            if (math.prod(s) < 0) == parity:
                found += oracle.permutation_matrices([p], [s])
    return found


CASES = {
    "cyclic(3)": (invariants.cyclic(3), oracle.permutation_matrices(oracle.rotations_of(3)), 6),
    "cyclic(4)": (invariants.cyclic(4), oracle.permutation_matrices(oracle.rotations_of(4)), 6),
    "cyclic(5)": (invariants.cyclic(5), oracle.permutation_matrices(oracle.rotations_of(5)), 5),
    "cyclic(6)": (invariants.cyclic(6), oracle.permutation_matrices(oracle.rotations_of(6)), 4),
    "cyclic(2, channels=2)": (
        invariants.cyclic(2, channels=2),
        oracle.permutation_matrices([(0, 1, 2, 3), (2, 3, 0, 1)]),
        5,
    ),
    "dihedral(3)": (invariants.dihedral(3), oracle.permutation_matrices(reversed_too(3)), 5),
    "dihedral(4)": (invariants.dihedral(4), oracle.permutation_matrices(reversed_too(4)), 5),
    "dihedral(5)": (invariants.dihedral(5), oracle.permutation_matrices(reversed_too(5)), 5),
    "dihedral(6)": (invariants.dihedral(6), oracle.permutation_matrices(reversed_too(6)), 4),
    "permutations(4)": (invariants.permutations(4), oracle.permutation_matrices(oracle.all_permutations(4)), 6),
    "permutations(4, rotations)": (
        invariants.permutations(4, rotations=True),
        oracle.permutation_matrices(oracle.all_permutations(4, even=True)),
        6,
    ),
    "signed_permutations(3)": (
        invariants.signed_permutations(3),
        oracle.permutation_matrices(oracle.all_permutations(3), oracle.signs(3)),
        6,
    ),
    "signed_permutations(3, rotations)": (invariants.signed_permutations(3, rotations=True), even_signed(3), 9),
    "sign_changes(3)": (invariants.sign_changes(3), oracle.permutation_matrices([(0, 1, 2)], oracle.signs(3)), 6),
    "thirds": (invariants.matrices([MIRROR, *oracle.permutation_matrices([(1, 2, 0), (1, 0, 2)])]), with_mirror(), 6),
    "shifts((2, 3))": (
        invariants.shifts((2, 3)),
        oracle.permutation_matrices(
            [
                tuple((i + a) % 2 * 3 + (j + b) % 3 for i in range(2) for j in range(3))
                for a in range(2)
                for b in range(3)
            ]
        ),
        4,
    ),
    "product": (
        invariants.product(invariants.cyclic(3), invariants.sign_changes(1)),
        oracle.permutation_matrices([(*p, 3) for p in oracle.rotations_of(3)], [(1, 1, 1, 1), (1, 1, 1, -1)]),
        5,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_molien_counts_the_harmonics_that_averaging_leaves(name: str) -> None:
    group, elements, most = CASES[name]
    assert group.order == len(elements)
    expected = [oracle.invariant_harmonics(elements, group.d, k) for k in range(most + 1)]
    assert group.multiplicity(range(most + 1)).tolist() == expected


@pytest.mark.parametrize("name", CASES)
def test_generators_make_the_elements_and_their_shapes(name: str) -> None:
    group, elements, _ = CASES[name]
    found = {tuple(np.rint(6 * g).astype(int).ravel().tolist()) for g in group.elements()}
    assert found == {tuple(int(6 * x) for row in g for x in row) for g in elements}
    assert group.generators is not None and group.classes is not None
    order, classes = closed(group.generators, group.d, 1000)
    assert (order, set(classes)) == (group.order, set(group.classes))
    assert molien.coefficients(group.series, 40) == molien.coefficients(group.classes, 40)


def test_the_table_of_cyclic_shifts_of_28() -> None:
    """The gain of domains.md: |G| in the limit, above it at degree 2."""
    group = invariants.cyclic(28)
    np.testing.assert_allclose(group.gain([1, 2, 3, 4]), [28, 28.93, 28, 27.91], atol=5e-3)
    assert abs(group.gain(10**4) - 28) < 1e-12
    assert group.gain(2) > group.order


def test_named_groups_of_reflections_are_those_of_their_generators() -> None:
    def mirror(v: tuple[int, ...]) -> list[list[Fraction]]:
        size = sum(a * a for a in v)
        return [[int(i == j) - Fraction(2 * a * b, size) for j, b in enumerate(v)] for i, a in enumerate(v)]

    roots = {
        "F4": [(0, 1, -1, 0), (0, 0, 1, -1), (0, 0, 0, 1), (1, -1, -1, -1)],
        "D4": [(1, -1, 0, 0), (0, 1, -1, 0), (0, 0, 1, -1), (0, 0, 1, 1)],
    }
    for name, several in roots.items():
        made, named = invariants.matrices([mirror(v) for v in several]), invariants.coxeter(name)
        assert made.order == named.order
        assert made.multiplicity(range(60)).tolist() == named.multiplicity(range(60)).tolist()
        pairs = [np.array(mirror(several[0])) @ np.array(mirror(v)) for v in several[1:]]
        half = invariants.matrices([m.tolist() for m in pairs])
        expected = invariants.coxeter(name, rotations=True)
        assert half.order == expected.order
        assert half.multiplicity(range(60)).tolist() == expected.multiplicity(range(60)).tolist()


def test_the_icosahedron_has_its_harmonics() -> None:
    """Degrees 6, 10, 12 and 15 generate them: none of 1-5, 7, 8, 9, 11, 13, 14, 17, 19, 23, 29, two of 30."""
    found = invariants.coxeter("H3", rotations=True).multiplicity(range(31)).tolist()
    assert [k for k, n in enumerate(found) if not n] == [1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 14, 17, 19, 23, 29]
    assert found[30] == 2
    assert invariants.coxeter("E8").order == 696729600
    assert invariants.coxeter("A3").order * 2 == invariants.coxeter("B3").order == 48


@given(st.integers(2, 40), st.integers(0, 60))
def test_turns_of_the_plane_leave_every_m_th_degree(m: int, k: int) -> None:
    group = invariants.coxeter(f"I2({m})", rotations=True) if m > 2 else invariants.matrices([[[-1, 0], [0, -1]]])
    assert group.multiplicity(k) == (1 if k == 0 else 2 if k % m == 0 else 0)


@given(st.integers(1, 12), st.integers(1, 3), st.integers(0, 40))
def test_the_trivial_group_has_all_harmonics(d: int, channels: int, k: int) -> None:
    group = invariants.trivial(d)
    assert group.multiplicity(k) == (sphere.multiplicity(d, k) if d > 1 else int(k < 2))
    assert invariants.cyclic(1, channels=channels).multiplicity(k) == invariants.trivial(channels).multiplicity(k)


@st.composite
def groups(draw: st.DrawFn) -> invariants.FiniteGroup:
    d = draw(st.integers(3, 7))
    kinds = [invariants.cyclic, invariants.dihedral, invariants.permutations, invariants.sign_changes]
    kinds += [invariants.signed_permutations, invariants.trivial]
    kinds += [lambda d: invariants.permutations(d, rotations=True)]
    kinds += [lambda d: invariants.signed_permutations(d, rotations=True)]
    kinds += [lambda d: invariants.permutation_group([draw(st.permutations(range(min(d, 5))))])]
    kinds += [lambda d: invariants.product(invariants.cyclic(d - 1), invariants.sign_changes(1))]
    kinds += [lambda d: invariants.matrices([(-np.eye(d, dtype=int)).tolist()])]
    kinds += [lambda d: invariants.matrices([HALF])]
    made = draw(st.sampled_from(kinds))(d)
    return made if made.d > 2 else invariants.cyclic(3)


@settings(max_examples=60)
@given(groups(), st.integers(0, 30))
def test_shares_enclose_what_is_left_of_every_degree(group: invariants.FiniteGroup, k: int) -> None:
    shares, ks = group.share(k), np.arange(k, k + 60)
    for j, n in zip(ks, group.multiplicity(ks), strict=True):
        low, high = shares[j % 2]
        assert low <= Fraction(int(n), int(sphere.multiplicity(group.d, int(j)))) <= high
    far = group.share(10**7)
    limit = Fraction(1 + bool(group.has_minus_one), group.order)
    assert all(abs(end - limit) < limit * Fraction(1, 1000) + Fraction(1, 10**5) for end in far[0])


@pytest.mark.parametrize("d", [3, 4, 7])
@pytest.mark.parametrize("k", [0, 1, 5, 40])
def test_the_share_of_one_mirror_is_attained(d: int, k: int) -> None:
    """Even in one coordinate: the character of the mirror is C(k + d - 3, d - 3), which is its bound."""
    group = invariants.product(invariants.trivial(d - 1), invariants.sign_changes(1))
    high = group.share(k)[k % 2][1]
    assert high == Fraction(int(group.multiplicity(k)), int(sphere.multiplicity(d, k)))


@settings(max_examples=60)
@given(groups(), st.integers(0, 40))
def test_invariants_are_part_of_the_harmonics_and_their_sum_is_the_series(
    group: invariants.FiniteGroup, k: int
) -> None:
    n = group.multiplicity(k)
    assert 0 <= n <= sphere.multiplicity(group.d, k)
    # Polynomials of degree k are harmonics times powers of |x|^2.
    total = molien.coefficients(group.series, k + 1)[k]
    assert sum(group.multiplicity(j) for j in range(k % 2, k + 1, 2)) == total


@settings(max_examples=40)
@given(groups(), st.integers(513, 3000))
def test_one_large_degree_is_that_of_the_whole_series(group: invariants.FiniteGroup, k: int) -> None:
    series = tuple((weight, molien.harmonic(each)) for weight, each in group.series)
    assert molien.coefficient(series, k) == molien.coefficients(series, k + 1)[k]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12))
def test_signed_shapes_are_characteristic_polynomials(parts: list[int]) -> None:
    """negated() of the shape of cycles, against the polynomial itself."""
    each = molien.times(*(((r, 1),) for r in parts))
    d = sum(parts)
    one, other = (molien.coefficients(((Fraction(1), s),), d + 1) for s in (each, molien.negated(each)))
    assert other == [c * (-1) ** k for k, c in enumerate(one)]


def test_large_groups_are_exact() -> None:
    assert invariants.permutations(20).multiplicity(3) == 2  # 1/((1-t)(1-t^3)(1-t^4)...)
    assert invariants.permutations(100).order == math.factorial(100)
    images = invariants.shifts((28, 28), channels=3)
    assert images.order == 784 and images.d == 2352
    assert images.multiplicity(1) == 3
    assert invariants.cyclic(4).multiplicity(10**15) > 10**28


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: invariants.cyclic(0), ValueError, "d must be"),
        (lambda: invariants.cyclic(WRONG), TypeError, "d must be"),
        (lambda: invariants.dihedral(1), ValueError, "from 2"),
        (lambda: invariants.coxeter("H5"), ValueError, "name must be"),
        (lambda: invariants.coxeter("D3"), ValueError, "name must be"),
        (lambda: invariants.coxeter(WRONG), TypeError, "name must be"),
        (lambda: invariants.shifts(3), TypeError, "sizes must be"),
        (lambda: invariants.shifts(()), ValueError, "at least one"),
        (lambda: invariants.shifts((200, 200)), ValueError, "at most 10000"),
        (lambda: invariants.permutation_group([[0, 0, 1]]), ValueError, "each of 0 to 2 once"),
        (lambda: invariants.permutation_group([[0, 1], [0, 1, 2]]), ValueError, "one size"),
        (lambda: invariants.permutation_group([[0.0, 1.0]]), ValueError, "integers"),
        (lambda: invariants.permutation_group([]), ValueError, "at least one"),
        (lambda: invariants.permutation_group([[1, 2, 3, 4, 5, 6, 7, 8, 0], [1, 0, *range(2, 9)]]), ValueError, "most"),
        (lambda: invariants.matrices([[[1, 1], [0, 1]]]), ValueError, "orthogonal, exactly"),
        (lambda: invariants.matrices([[[Fraction(3, 5), Fraction(-4, 5)], [Fraction(4, 5), Fraction(3, 5)]]]),
         ValueError, "infinite order"),
        (lambda: invariants.matrices([[[math.cos(1.2), -math.sin(1.2)], [math.sin(1.2), math.cos(1.2)]]]),
         ValueError, "coxeter"),
        (lambda: invariants.matrices([[[math.nan]]]), TypeError, "exact entries"),
        (lambda: invariants.matrices([[1, 0], [0, 1]]), ValueError, "square"),
        (lambda: invariants.matrices("text"), TypeError, "list of"),
        (lambda: invariants.product(), TypeError, "at least one"),
        (lambda: invariants.product(WRONG), TypeError, "made by"),
        (lambda: list(invariants.coxeter("H3").elements()), ValueError, "not rational"),
        (lambda: list(invariants.permutations(12).elements()), ValueError, "at least the order"),
        (lambda: invariants.cyclic(5).multiplicity(-1), ValueError, "k must be"),
        (lambda: invariants.cyclic(5000).multiplicity(range(5000)), OverflowError, "10\\^6"),
    ],
)  # fmt: skip
def test_bad_input_meets_a_sentence(call: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()  # type: ignore[operator]


def test_two_mirrors_at_an_angle_that_is_no_part_of_pi_make_no_finite_group() -> None:
    one, other = [[1, 0], [0, -1]], [[Fraction(3, 5), Fraction(4, 5)], [Fraction(4, 5), Fraction(-3, 5)]]
    with pytest.raises(ValueError, match="infinite order"):
        invariants.matrices([one, other])


def test_what_a_person_looks_at() -> None:
    group = invariants.cyclic(6)
    assert [row["N_G"] for row in group.table(3)] == [1, 1, 3, 9]
    assert "N_G(6,k)" in group._repr_latex_() and "1 - t^{6}" in group.latex()
    assert "cdots" in invariants.dihedral(48).latex()
    assert repr(invariants.shifts((2, 3), channels=2)) == "shifts((2, 3), channels=2)"


def test_groups_of_one_name_may_differ() -> None:
    """Two swaps and one swap: both are one generator of 2 elements on R^4, but no equal groups."""
    two, one = invariants.permutation_group([[1, 0, 3, 2]]), invariants.permutation_group([[1, 0, 2, 3]])
    assert repr(two) == repr(one) and two != one
    assert two.multiplicity(1) == 2 and one.multiplicity(1) == 3
    assert two == invariants.permutation_group([[1, 0, 3, 2]])
    # Of one series, too, but other coordinates stay.
    assert invariants.permutation_group([[1, 2, 0, 3]]) != invariants.permutation_group([[0, 2, 3, 1]])
    icosahedron = invariants.coxeter("H3")  # without generators
    assert invariants.product(icosahedron, two) != invariants.product(icosahedron, one)


@pytest.mark.parametrize(
    ("shape", "d"),
    [
        (((1, 2), (2, -1), (3, -1), (6, 1)), 3),  # a turn by 60 degrees: characters up to 2
        (((3, 1),), 3),
        (((1, -1), (2, 2)), 3),
        (((1, 1), (2, -1), (4, 1)), 3),
        (((2, -2), (4, 2)), 4),
        (((1, 1), (2, 2)), 5),
        (((1, 3), (2, -1), (3, -1), (6, 1)), 4),
        (((5, 1),), 5),
    ],
)
def test_no_character_is_above_its_share(shape: molien.Shape, d: int) -> None:
    """|chi_j(g)|/N(d,j) of the series multiplied out, for all j >= k up to 200."""
    characters = molien.coefficients(((Fraction(1), molien.harmonic(shape)),), 200)
    shares = [Fraction(abs(x), int(n)) for x, n in zip(characters, sphere.multiplicity(d, range(200)), strict=True)]
    for k in (0, 1, 2, 5, 10, 30):
        assert max(shares[k:]) <= molien.character_share(shape, d, k)
