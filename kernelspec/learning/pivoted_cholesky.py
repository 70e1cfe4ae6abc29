r"""Accelerated randomly pivoted Cholesky: K is nearly F^T F with a factor of few rows, and no step back.

A pivot is drawn with a probability in proportion to what is left of its diagonal. Drawn one by one, each costs a
product of a matrix and a vector. Here a block of proposals is drawn at once, from what is left when the block begins,
and each is taken with the probability (what is left of it now) / (what was left when it was drawn): the pivots have
exactly the distribution that they have one by one, and all work on the matrix is products of matrices.

Source: Epperly, Tropp & Webber 2024, "Embrace rejection", Algorithm 2.2 (accelerated RPCholesky, rejection on the
small matrix of the proposals); Chen, Epperly, Tropp & Webber 2025, Algorithm 2.1 (one by one).
"""

from __future__ import annotations

import math

import numpy as np

from .symmetric import FloatArray, Matrix

_MOST_PROPOSALS = 256


def pivoted_cholesky(
    matrix: Matrix, diagonal: FloatArray, rank: int, rng: np.random.Generator, enough: float = 0.0
) -> tuple[Matrix, FloatArray]:
    """The rows F, shape (r, n) in the matrix's dtype, and the diagonal of K - F^T F, shape (n,).

    Parameters
    ----------
    matrix : K, symmetric and positive semi-definite, shape (n, n).
    diagonal : that of K.
    rank : the most rows.
    rng : a Generator, for the pivots.
    enough : the trace of K - F^T F at which it is good enough.

    There are fewer rows where it is, or where nothing is left but rounding. Raises ValueError for a K with a negative
    diagonal, or that has a negative Schur complement: it is not positive semi-definite.
    """
    n, eps = len(matrix), float(np.finfo(matrix.dtype).eps)
    largest = float(diagonal.max())
    factor = np.empty((min(rank, n), n), matrix.dtype)
    left, count = diagonal.copy(), 0
    _require_positive(left, 0.0)
    noise = 8 * eps * largest
    while count < len(factor):
        left[left <= noise] = 0.0
        trace = float(left.sum())
        if trace <= enough:
            break
        size = min(_MOST_PROPOSALS, max(8, len(factor) // 8))
        proposals = rng.choice(n, size, p=left / trace)
        before = factor[:count, proposals].astype(np.float64)
        small = matrix[np.ix_(proposals, proposals)].astype(np.float64) - before.T @ before
        taken, lower = _accepted(small, left[proposals], rng.random(size), noise)
        taken, lower = taken[: len(factor) - count], lower[: len(factor) - count, : len(factor) - count]
        if not taken:
            # The first proposal is taken with probability (small / left) = 1 up to rounding: nothing else is left.
            break
        pivots = proposals[taken]
        rows = matrix[pivots] - factor[:count, pivots].T @ factor[:count]
        rows = _forward(lower.astype(matrix.dtype), rows)
        factor[count : count + len(pivots)] = rows
        count += len(pivots)
        left -= np.einsum("ij,ij->j", rows, rows, dtype=np.float64)
        _require_positive(left, math.sqrt(eps) * largest)
        left[pivots] = 0.0
    return factor[:count], np.maximum(left, 0.0)


def _accepted(small: FloatArray, drawn: FloatArray, chances: FloatArray, noise: float) -> tuple[list[int], FloatArray]:
    """Which proposals are taken, in order, and the Cholesky factor of their part of the small matrix."""
    size = len(small)
    lower = np.zeros((size, size))  # row i: of proposal i against those that were taken
    taken: list[int] = []
    now = small.diagonal().copy()
    for i in range(size):
        if now[i] > noise and chances[i] * drawn[i] <= now[i]:
            at = len(taken)
            column = (small[i:, i] - lower[i:, :at] @ lower[i, :at]) / math.sqrt(now[i])
            lower[i:, at] = column
            now[i:] -= column**2
            taken.append(i)
    return taken, lower[np.ix_(taken, range(len(taken)))]


def _forward(lower: Matrix, rows: Matrix) -> Matrix:
    from scipy.linalg import solve_triangular

    return np.asarray(solve_triangular(lower, rows, lower=True, overwrite_b=True, check_finite=False))


def _require_positive(left: FloatArray, rounding: float) -> None:
    least = float(left.min())
    if least < -rounding:
        raise ValueError(
            f"K must be positive semi-definite; its diagonal, less what some of its columns explain, is {least:.3g}"
        )
