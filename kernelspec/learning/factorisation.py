r"""Ridge systems by factorisation: a Cholesky factor for each lambda, or one eigendecomposition for all.

Cholesky works in one matrix: the factor takes its upper triangle and its diagonal, the lower triangle stays, and with
the diagonal kept beside it K is put back for the next lambda. LAPACK sees the transpose, in Fortran's order. SciPy's
own `cholesky` would clear the other triangle, which before SciPy 1.13 counts entries in 32 bits and crashes above n =
46,340 (scipy issue 17436); LAPACK's routines themselves do not.

A factor in the matrix's own dtype solves; the residual is computed in float64, from K itself, and solved for again
while that lowers it (iterative refinement; Higham 2002, Chapter 12).

The diagonal of (K + s I)^{-1}, for what is left out (`selection`): with K + s I = L L^T it is the sum of the squares of
the columns of L^{-1}; with K = Q diag(e) Q^T it is sum_k Q_ik^2 / (e_k + s).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from .symmetric import FloatArray, Matrix, mirror_lower, product
from .systems import System, not_positive

_GOAL = 1e-13  # a residual that needs no refinement
_MOST_ROUNDS = 20
_ROWS = 256
# LAPACK's evd has 2 n^2 + 6 n + 1 numbers of workspace, and counts them in 32 bits.
_MOST_EVD = 32_000
# How many Cholesky factorisations an eigendecomposition takes, by n: processor seconds of LAPACK's evd and potrf, in
# float64 and float32 alike (one thread, AVX-512; benchmarks.regression measures it).
_CROSSOVER = ((1000, 16.0), (2000, 19.0), (3500, 24.0), (5000, 27.0))


def factors_per_eigh(n: int) -> float:
    """How many Cholesky factorisations an eigendecomposition of n rows takes, as measured; 27 beyond n = 5000."""
    sizes, counts = zip(*_CROSSOVER, strict=True)
    return float(np.interp(n, sizes, counts))


@dataclass(eq=False)
class Factored:
    """What factorisations find, for every shift in the order given.

    Parameters
    ----------
    coefficients : shape (p, n, t).
    residual : |y - (K + s) alpha| / |y| in float64, the largest of all outputs, shape (p,).
    condition : of K + s I, shape (p,).
    inverse_diagonal : of (K + s I)^{-1}, shape (p, n), where it was asked for.
    """

    coefficients: FloatArray
    residual: FloatArray
    condition: FloatArray
    inverse_diagonal: FloatArray | None


@dataclass(eq=False)
class Direct:
    """The systems of a path, solved by factorisation.

    Parameters
    ----------
    system : the equations.
    overwrite : whether Cholesky may work in the matrix itself, which is put back.
    inverse : whether the diagonals of the inverses are wanted.
    """

    system: System
    overwrite: bool
    inverse: bool
    found: Factored = field(init=False)

    def __post_init__(self) -> None:
        (n, outputs), count = self.system.columns.shape, len(self.system.shifts)
        diagonals = np.empty((count, n)) if self.inverse else None
        self.found = Factored(np.empty((count, n, outputs)), np.empty(count), np.empty(count), diagonals)

    def by_cholesky(self) -> Iterator[int]:
        """One factorisation for each shift; yields after each."""
        from scipy.linalg import lapack

        given = self.system.matrix
        in_place = (self.overwrite or self.system.own) and given.flags.writeable
        work = given if in_place else given.copy()
        potrf, potrs, pocon, trtri = lapack.get_lapack_funcs(("potrf", "potrs", "pocon", "trtri"), (work,))
        diagonal = given.diagonal().copy()
        whole = True
        try:
            for place, shift in enumerate(self.system.shifts):
                if not whole:
                    mirror_lower(work, diagonal)
                whole = False
                shifted = self.system.diagonal + shift
                work.flat[:: len(work) + 1] = shifted
                factor, fault = potrf(work.T, lower=1, overwrite_a=1, clean=0)
                if fault:
                    why = f"no Cholesky factor in {work.dtype.name}: the leading minor of order {fault} is not positive"
                    raise not_positive(float(shift), why)
                largest = float((self.system.sums + np.abs(shifted)).max())
                reciprocal, _ = pocon(factor, largest, uplo="L")
                self.found.condition[place] = 1 / reciprocal if reciprocal > 0 else np.inf

                def solve(columns: Matrix, factor: Matrix = factor) -> Matrix:
                    return np.asarray(potrs(factor, columns, lower=1)[0])

                shifts = np.full(self.system.columns.shape[1], shift)
                found, residual = refined(work, self.system.diagonal, self.system.columns, shifts, solve)
                self.found.coefficients[place], self.found.residual[place] = found, residual.max()
                if self.found.inverse_diagonal is not None:
                    trtri(factor, lower=1, overwrite_c=1)
                    self.found.inverse_diagonal[place] = _upper_squares(work)
                yield place
        finally:
            if in_place and not whole and not self.system.own:
                mirror_lower(work, diagonal)

    def by_eigh(self) -> Iterator[int]:
        """One eigendecomposition for all shifts; yields for each."""
        system, shifts = self.system, self.system.shifts
        values, vectors = eigenvalues(system.matrix, float(shifts.min()))
        count, outputs = len(shifts), system.columns.shape[1]
        every = np.repeat(shifts, outputs)
        weights = (1 / (values[:, None] + every)).astype(vectors.dtype)

        def solve(columns: Matrix) -> Matrix:
            return np.asarray(vectors @ ((vectors.T @ columns) * weights))

        wanted = np.tile(system.columns, (1, count))
        found, residual = refined(system.matrix, system.diagonal, wanted, every, solve)
        self.found.coefficients[...] = found.reshape(-1, count, outputs).transpose(1, 0, 2)
        self.found.residual[...] = residual.reshape(count, outputs).max(axis=1)
        self.found.condition[...] = (values[-1] + shifts) / (values[0] + shifts)
        if self.found.inverse_diagonal is not None:
            self.found.inverse_diagonal[...] = forms(vectors, values, shifts)
        yield from range(count)


def eigenvalues(matrix: Matrix, shift: float) -> tuple[FloatArray, Matrix]:
    """Eigenvalues in float64, none below 0 by rounding alone, and eigenvectors; ValueError for an indefinite K + s."""
    n = len(matrix)
    values, vectors = decomposed(matrix)
    values = values.astype(np.float64)
    rounding = n * float(np.finfo(matrix.dtype).eps) * max(float(values[-1]), 0.0)
    if values[0] + shift <= 0 and values[0] < -rounding:
        raise not_positive(shift, f"its smallest eigenvalue is {values[0]:.3g}")
    return np.where((values < 0) & (values >= -rounding), 0.0, values), vectors


def decomposed(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Eigenvalues, the least first, and eigenvectors as columns, in the matrix's dtype."""
    from scipy.linalg import eigh

    # SciPy before 1.14 gives "evd" too little room for a matrix of one entry.
    driver = "evd" if 1 < len(matrix) <= _MOST_EVD else "evr"
    copy = np.array(matrix.T, order="F")  # K = K^T
    values, vectors = eigh(copy, driver=driver, overwrite_a=True, check_finite=False)
    return values, vectors


def forms(rows: Matrix, values: FloatArray, shifts: FloatArray) -> FloatArray:
    """The sums over k of rows_ik^2 / (e_k + s) for every shift, shape (p, number of rows), in float64."""
    inverse, found = 1 / (values[:, None] + shifts), np.empty((len(shifts), len(rows)))
    for i in range(0, len(rows), _ROWS):
        squares = rows[i : i + _ROWS].astype(np.float64) ** 2
        found[:, i : i + _ROWS] = (squares @ inverse).T
    return found


def refined(
    matrix: Matrix, diagonal: FloatArray, wanted: FloatArray, shifts: FloatArray, solve: Callable[[Matrix], Matrix]
) -> tuple[FloatArray, FloatArray]:
    """Solutions of (K + s) x = columns, shape (n, m), one shift a column, and |columns - (K + s) x| / |columns|, (m,).

    `solve` solves in the matrix's dtype. A round that does not halve any residual is the last one.
    """
    size = np.linalg.norm(wanted, axis=0)
    size[size == 0] = 1.0
    found, rest = np.zeros(wanted.shape), wanted
    best = np.full(wanted.shape[1], np.inf)
    for _ in range(_MOST_ROUNDS):
        lengths = np.linalg.norm(rest, axis=0)
        lengths[lengths == 0] = 1.0
        step = solve((rest / lengths).astype(matrix.dtype)).astype(np.float64)
        better = found + step * lengths
        left = wanted - product(matrix, diagonal, better) - shifts * better
        now = np.linalg.norm(left, axis=0) / size
        improved, halved = now < best, now < 0.5 * best
        found, rest = np.where(improved, better, found), np.where(improved, left, rest)
        best = np.where(improved, now, best)
        if not (halved & (best > _GOAL)).any():
            break
    return found, best


def _upper_squares(matrix: Matrix) -> FloatArray:
    """The sums of the squares of the rows, from the diagonal on."""
    found = np.empty(len(matrix))
    for i in range(0, len(matrix), _ROWS):
        own, right = np.triu(matrix[i : i + _ROWS, i : i + _ROWS]), matrix[i : i + _ROWS, i + _ROWS :]
        found[i : i + _ROWS] = sum(np.einsum("ij,ij->i", each, each, dtype=np.float64) for each in (own, right))
    return found
