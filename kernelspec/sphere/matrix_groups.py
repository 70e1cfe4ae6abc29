r"""The group that matrices generate, exactly: all elements, and the Frame shape of each.

Generators are signed permutations, tuples of +-(j + 1) with (g x)_i = +-x_j, or matrices of fractions. Elements are
found by multiplying what is known by the generators until nothing new comes. Whether a matrix with rational entries
has a finite order is decided by its characteristic polynomial: it is then a product of cyclotomic polynomials, and for
an orthogonal matrix, which is diagonal over the complex numbers, that suffices.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray

from ..numbers.checks import array, is_real
from .molien import Series, Shape, collected, shape, times

Signed: TypeAlias = tuple[int, ...]
Matrix: TypeAlias = tuple[tuple[Fraction, ...], ...]
Generator: TypeAlias = Signed | Matrix

_LARGEST = 10_000  # rows of a matrix, or numbers of a permutation


def signed_permutation(name: str, value: Any) -> Signed:
    """A permutation of 0, ..., d - 1, as the list of its values, in signed form."""
    given = array(name, value)
    if given.dtype.kind not in "iu" or given.ndim != 1 or not 0 < len(given) <= _LARGEST:
        raise ValueError(f"{name} must be permutations, lists of the integers 0 to d - 1; got {value!r}")
    if sorted(given.tolist()) != list(range(len(given))):
        raise ValueError(f"{name} must be permutations that have each of 0 to {len(given) - 1} once; got {value!r}")
    return tuple(int(j) + 1 for j in given)


def orthogonal_matrix(name: str, value: Any) -> Generator:
    """A square matrix of exact numbers (integers, fractions, floats that are what they show) with M M^T = 1."""
    rows = value.tolist() if hasattr(value, "tolist") and not isinstance(value, np.ma.MaskedArray) else value
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes) or not 0 < len(rows) <= _LARGEST:
        raise TypeError(f"{name} must be square matrices, lists of rows; got {value!r}")
    made = []
    for row in rows:
        if not isinstance(row, Sequence) or isinstance(row, str | bytes) or len(row) != len(rows):
            raise ValueError(f"{name} must be square matrices; one has {len(rows)} rows and the row {row!r}")
        made.append(tuple(_exact(name, entry) for entry in row))
    d = len(made)
    for i in range(d):
        for j in range(i, d):
            dot = sum((a * b for a, b in zip(made[i], made[j], strict=True) if a and b), Fraction(0))
            if dot != (i == j):
                off = float(dot - (i == j))
                raise ValueError(
                    f"{name} must be orthogonal, exactly: rows {i} and {j} have the inner product {float(dot):.17g}, "
                    f"off by {off:.3g}; 0.6 is no fraction 3/5, which Fraction(3, 5) is. "
                    "A turn by 2 pi/m has no rational entries unless m is 1, 2 or 4: invariants.coxeter('I2(m)', "
                    "rotations=True) is the group that it generates"
                )
    if all(sum(entry != 0 for entry in row) == 1 for row in made):
        places = [next(j for j, entry in enumerate(row) if entry) for row in made]
        return tuple(int(row[j]) * (j + 1) for row, j in zip(made, places, strict=True))
    return tuple(made)


def matrix_of(generator: Generator) -> Matrix:
    """The matrix, whichever form the generator has."""
    if is_signed(generator):
        d = range(len(generator))
        return tuple(tuple(Fraction((1 if p > 0 else -1) * (abs(p) == j + 1)) for j in d) for p in generator)
    return cast("Matrix", generator)


def is_signed(generator: Generator) -> TypeGuard[Signed]:
    """Whether it is a signed permutation, else a matrix."""
    return not isinstance(generator[0], tuple)


def _all_signed(generators: Sequence[Generator]) -> TypeGuard[Sequence[Signed]]:
    return all(is_signed(g) for g in generators)


def beside(several: Sequence[tuple[Generator, ...] | None], sizes: Sequence[int]) -> tuple[Generator, ...] | None:
    """Generators of a product of groups: each one acts on its own coordinates, and leaves the others."""
    if any(each is None for each in several):
        return None
    everywhere = sum(sizes)
    signed = all(_all_signed(each or ()) for each in several)
    found: list[Generator] = []
    start = 0
    for each, size in zip(several, sizes, strict=True):
        for g in each or ():
            if signed and is_signed(g):
                moved = tuple((abs(p) + start) * (1 if p > 0 else -1) for p in g)
                found.append((*range(1, start + 1), *moved, *range(start + size + 1, everywhere + 1)))
            else:
                whole = [[Fraction(i == j) for j in range(everywhere)] for i in range(everywhere)]
                for i, row in enumerate(matrix_of(g)):
                    whole[start + i][start : start + size] = row
                found.append(tuple(map(tuple, whole)))
        start += size
    return tuple(found)


def closed(generators: Sequence[Generator], d: int, most: int) -> tuple[int, Series]:
    """The order of the group, and its elements by their shapes, each with its share of the group."""
    if _all_signed(generators):
        shapes = [_signed_shape(p) for p in _signed_elements(generators, d, most)]
    else:
        shapes = [_matrix_shape(m) for m in _matrix_elements(generators, d, most)]
    return len(shapes), collected((Fraction(1, len(shapes)), each) for each in shapes)


def elements_of(generators: Sequence[Generator], d: int, most: int) -> Iterator[NDArray[np.float64]]:
    """The matrices of all elements."""
    if _all_signed(generators):
        for p in _signed_elements(generators, d, most):
            out = np.zeros((d, d))
            out[np.arange(d), np.abs(p) - 1] = np.sign(p)
            yield out
    else:
        for m in _matrix_elements(generators, d, most):
            yield np.array([[float(Fraction(int(x.p), int(x.q))) for x in row] for row in m.tolist()])


# -- within --------------------------------------------------------------------------------------------


def _exact(name: str, entry: Any) -> Fraction:
    if isinstance(entry, Fraction):
        return entry
    if is_real(entry):
        number = entry.item() if hasattr(entry, "item") else entry
        if not isinstance(number, float) or np.isfinite(number):
            return Fraction(number)
    raise TypeError(f"{name} must have exact entries, integers or fractions; got {entry!r}")


def _too_many(most: int) -> ValueError:
    return ValueError(
        f"generators must generate at most most = {most} elements, and these have more, or an infinite group; "
        "permutations, signed_permutations, shifts and coxeter name large groups, and need no list of their elements"
    )


def _signed_elements(generators: Sequence[Signed], d: int, most: int) -> list[NDArray[np.int32]]:
    made = [np.array(g, dtype=np.int32) for g in generators]
    first = np.arange(1, d + 1, dtype=np.int32)
    found, known, place = [first], {first.tobytes()}, 0
    while place < len(found):
        for g in made:
            one = np.sign(g) * found[place][np.abs(g) - 1]  # g after what is known
            key = one.tobytes()
            if key not in known:
                known.add(key)
                found.append(one)
        if len(found) > most:
            raise _too_many(most)
        place += 1
    return found


def _signed_shape(p: NDArray[np.int32]) -> Shape:
    """1 - t^r for a cycle of r coordinates, 1 + t^r = (1 - t^{2r})/(1 - t^r) for one that changes the sign."""
    images, signs = (np.abs(p) - 1).tolist(), (p < 0).tolist()
    seen, exponents = [False] * len(images), dict[int, int]()
    for start in range(len(images)):
        if seen[start]:
            continue
        i, length, flips = start, 0, False
        while not seen[i]:
            seen[i] = True
            length, flips, i = length + 1, flips ^ signs[i], images[i]
        r = 2 * length if flips else length
        exponents[r] = exponents.get(r, 0) + 1
        if flips:
            exponents[length] = exponents.get(length, 0) - 1
    return shape(exponents)


def _matrix_elements(generators: Sequence[Generator], d: int, most: int) -> list[Any]:
    from flint import fmpq, fmpq_mat

    made = []
    for g in generators:
        entries = [fmpq(x.numerator, x.denominator) for row in matrix_of(g) for x in row]
        made.append(fmpq_mat(d, d, entries))
    for one in made:
        _matrix_shape(one)  # of finite order, each
    first = fmpq_mat(d, d, [fmpq(int(i == j)) for i in range(d) for j in range(d)])
    found, known, place = [first], {tuple(first.entries())}, 0
    while place < len(found):
        for each in made:
            one = each * found[place]
            key = tuple(one.entries())
            if key not in known:
                _matrix_shape(one)
                known.add(key)
                found.append(one)
        if len(found) > most:
            raise _too_many(most)
        place += 1
    return found


def _matrix_shape(m: Any) -> Shape:
    found = m.charpoly()
    coefficients = [Fraction(int(c.p), int(c.q)) for c in found.coeffs()]
    if all(c.denominator == 1 for c in coefficients):
        made = _cyclotomic_shape(tuple(int(c) for c in coefficients))
        if made is not None:
            return made
    raise ValueError(
        f"generators must generate a finite group, but there is an element of infinite order among their products: the "
        f"characteristic polynomial {found} has a root that is no root of unity"
    )


@functools.lru_cache(maxsize=4096)
def _cyclotomic_shape(coefficients: tuple[int, ...]) -> Shape | None:
    """The shape of det(1 - t g) by that of the characteristic polynomial; None where it is no cyclotomic product.

    A primitive n-th root of unity comes with all of them, and Phi_n = prod_{r | n} (1 - t^r)^{mu(n/r)}, but for a sign.
    """
    from flint import fmpz_poly

    rest, found, n = fmpz_poly(list(coefficients)), Shape(), 1
    while rest.degree():
        if n > 2 * rest.degree() ** 2 + 2:  # phi(n) >= (n/2)^(1/2)
            return None
        phi = fmpz_poly.cyclotomic(n)
        while phi.degree() <= rest.degree():
            quotient, remainder = divmod(rest, phi)
            if remainder:
                break
            rest, found = quotient, times(found, _frame(n))
        n += 1
    return found


def _frame(n: int) -> Shape:
    """The exponents mu(n/r) of Phi_n."""
    exponents = {n: 1}
    m, p = n, 2
    while m > 1:
        if m % p == 0:
            for r, e in list(exponents.items()):
                exponents[r // p] = exponents.get(r // p, 0) - e
            while m % p == 0:
                m //= p
        p += 1
    return shape(exponents)
