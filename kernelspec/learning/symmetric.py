"""Symmetric matrices that are too large to be copied: looked at, multiplied and put back piece by piece.

Everything reads the lower triangle (rows and columns as NumPy counts them) and the diagonal beside it, so that the
upper triangle may hold something else meanwhile, such as a Cholesky factor. Work in blocks of some hundred rows stays
in the processor's cache: no second matrix is made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[Any]  # float32 or float64, as it was given

_BLOCK = 256  # rows of a block that is transposed or compared
STRIP = 1 << 25  # bytes of the float64 copy of a strip of float32 rows


@dataclass(frozen=True, eq=False)
class Sizes:
    """What one look at a matrix says.

    Parameters
    ----------
    largest : the largest |K_ij|.
    asymmetry : the largest |K_ij - K_ji|.
    sums : the sums of |K_ij| over each row, the diagonal left out, shape (n,); the largest of them is a norm.
    """

    largest: float
    asymmetry: float
    sums: FloatArray


def finite(matrix: Matrix) -> bool:
    """Whether no entry is NaN or infinite, without an array of answers: the extremes tell."""
    with np.errstate(invalid="ignore"):
        return math.isfinite(float(matrix.max())) and math.isfinite(float(matrix.min()))


def sizes(matrix: Matrix) -> Sizes:
    """Look at a square matrix of finite numbers once, block by block."""
    n = len(matrix)
    largest, asymmetry = 0.0, 0.0
    sums = np.zeros(n)
    with np.errstate(over="ignore"):  # of sums and differences of the largest floats; they are scaled afterwards
        for i in range(0, n, _BLOCK):
            for j in range(0, i + 1, _BLOCK):
                block, mirror = matrix[i : i + _BLOCK, j : j + _BLOCK], matrix[j : j + _BLOCK, i : i + _BLOCK].T
                gap = block - mirror
                asymmetry = max(asymmetry, float(gap.max()), -float(gap.min()))
                size = np.abs(block)
                largest = max(largest, float(size.max()))
                sums[i : i + _BLOCK] += size.sum(axis=1, dtype=np.float64)
                if j < i:
                    sums[j : j + _BLOCK] += size.sum(axis=0, dtype=np.float64)
        return Sizes(largest, asymmetry, sums - np.abs(matrix.diagonal().astype(np.float64)))


def mirror_lower(matrix: Matrix, diagonal: Matrix) -> None:
    """Write the lower triangle over the upper one, and the diagonal where it belongs."""
    n = len(matrix)
    for i in range(0, n, _BLOCK):
        for j in range(0, i, _BLOCK):
            matrix[j : j + _BLOCK, i : i + _BLOCK] = matrix[i : i + _BLOCK, j : j + _BLOCK].T
        own = matrix[i : i + _BLOCK, i : i + _BLOCK]
        lower = np.tril(own, -1)
        own[...] = lower + lower.T
    matrix.flat[:: n + 1] = diagonal


def product(matrix: Matrix, diagonal: FloatArray, columns: FloatArray) -> FloatArray:
    """K times columns in float64, shape (n, m), from the lower triangle of K and its diagonal.

    Strips of rows are converted one at a time, each read once for both of its triangles.
    """
    n = len(matrix)
    rows = min(512, max(16, STRIP // (8 * n)))
    found = np.zeros(columns.shape)
    for i in range(0, n, rows):
        here = slice(i, min(i + rows, n))
        own = np.tril(matrix[here, here], -1).astype(np.float64)
        own += own.T
        own.flat[:: len(own) + 1] = diagonal[here]
        found[here] += own @ columns[here]
        if i:
            left = matrix[here, :i].astype(np.float64, copy=False)
            found[here] += left @ columns[:i]
            found[:i] += left.T @ columns[here]
    return found
