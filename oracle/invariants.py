"""Invariant harmonics by brute force: polynomials averaged over all elements of a group, in fractions.

Elements are matrices of integers or fractions. The average of every monomial of degree k spans the invariant
polynomials; what the Laplacian sends to 0 among them are the invariant harmonics. No series, no cycles.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

from flint import fmpq, fmpq_mat

Matrix: TypeAlias = Sequence[Sequence[Fraction | int]]
Exponents: TypeAlias = tuple[int, ...]
Polynomial: TypeAlias = dict[Exponents, Fraction]


def permutation_matrices(images: Iterable[Sequence[int]], signs: Iterable[Sequence[int]] | None = None) -> list[Matrix]:
    """Matrices of x -> (s_i x_{p_i})_i for every permutation and every choice of signs."""
    made: list[Matrix] = []
    for p in images:
        for s in signs or [[1] * len(p)]:
            made.append([[s[i] * (p[i] == j) for j in range(len(p))] for i in range(len(p))])
    return made


def rotations_of(d: int) -> list[tuple[int, ...]]:
    """The cyclic shifts of 0, ..., d - 1."""
    return [tuple((i + s) % d for i in range(d)) for s in range(d)]


def signs(d: int) -> list[tuple[int, ...]]:
    """All choices of d signs."""
    return list(itertools.product((1, -1), repeat=d))


def all_permutations(d: int, even: bool = False) -> list[tuple[int, ...]]:
    """All permutations of 0, ..., d - 1, or those with an even number of inversions."""
    found = list(itertools.permutations(range(d)))
    if even:
        pairs = list(itertools.combinations(range(d), 2))
        found = [p for p in found if sum(p[i] > p[j] for i, j in pairs) % 2 == 0]
    return found


def monomials(d: int, k: int) -> list[Exponents]:
    """The exponents of all monomials of degree k in d variables."""
    if d == 1:
        return [(k,)]
    return [(a, *rest) for a in range(k + 1) for rest in monomials(d - 1, k - a)]


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    found: Polynomial = {}
    for a, x in p.items():
        for b, y in q.items():
            c = tuple(i + j for i, j in zip(a, b, strict=True))
            found[c] = found.get(c, Fraction(0)) + x * y
    return found


def moved(exponents: Exponents, g: Matrix) -> Polynomial:
    """The monomial of g x."""
    d = len(exponents)
    unit = [tuple(int(i == j) for j in range(d)) for i in range(d)]
    found: Polynomial = {(0,) * d: Fraction(1)}
    for power, row in zip(exponents, g, strict=True):
        linear = {unit[j]: Fraction(x) for j, x in enumerate(row) if x}
        for _ in range(power):
            found = _times(found, linear)
    return found


def laplacian(p: Polynomial) -> Polynomial:
    """The sum of the second derivatives."""
    found: Polynomial = {}
    for a, x in p.items():
        for i, n in enumerate(a):
            if n >= 2:
                b = (*a[:i], n - 2, *a[i + 1 :])
                found[b] = found.get(b, Fraction(0)) + n * (n - 1) * x
    return found


def _rank(rows: list[Polynomial], columns: list[Exponents]) -> int:
    if not rows or not columns:
        return 0
    entries = [fmpq(x.numerator, x.denominator) for row in rows for x in (row.get(c, Fraction(0)) for c in columns)]
    return int(fmpq_mat(len(rows), len(columns), entries).rank())


def invariant_harmonics(elements: Sequence[Matrix], d: int, k: int) -> int:
    """The dimension of the harmonics of degree k that every element leaves as they are."""
    averages = []
    for exponents in monomials(d, k):
        total: Polynomial = {}
        for g in elements:
            for b, x in moved(exponents, g).items():
                total[b] = total.get(b, Fraction(0)) + x
        averages.append(total)
    images = [laplacian(p) for p in averages]
    lower = monomials(d, k - 2) if k >= 2 else []
    return _rank(averages, monomials(d, k)) - _rank(images, lower)
