"""The equations (K + n lambda I) alpha = y at the door: what is refused, in which units they are solved.

Numbers far from 1 are taken in units of a power of two, so that no square, sum or quotient on the way overflows or
loses its digits: (2^a K + 2^a n lambda I) alpha = 2^b y has 2^(b - a) times the solution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.checks import real_array, reals
from .symmetric import FloatArray, Matrix, Sizes, finite, sizes

_EPS = float(np.finfo(np.float64).eps)
# Two matrix products that ought to be transposes of each other differ by less than this, of the largest entry.
_ASYMMETRY = {"float64": 1e-12, "float32": 1e-5}
_SQUARED = 1e150  # of a target, whose square is a float
# Binary exponents of numbers whose squares, and sums of them, are floats with all digits.
_MODERATE = {"float64": 300, "float32": 40}


@dataclass(frozen=True, eq=False)
class System:
    """(K + s I) alpha = y for every shift s = n lambda, in units of powers of two.

    Parameters
    ----------
    matrix : K, symmetric, contiguous, float32 or float64, shape (n, n); its numbers are 2^power times as large.
    diagonal : of K, in float64, shape (n,).
    sums : of |K_ij| in each row without the diagonal, shape (n,).
    columns : y, shape (n, t); 2^size times as large.
    shifts : shape (p,); 2^power times as large.
    own : whether the matrix is a copy, and nobody else's.
    """

    matrix: Matrix
    diagonal: FloatArray
    sums: FloatArray
    columns: FloatArray
    shifts: FloatArray
    power: int
    size: int
    own: bool

    @property
    def norm(self) -> float:
        """An upper bound of the largest eigenvalue of K: its trace, or the largest sum of a row."""
        return min(float(self.diagonal.sum()), float((self.sums + np.abs(self.diagonal)).max()))

    def unscaled(self, coefficients: FloatArray) -> FloatArray:
        """alpha as it is; ValueError where it overflows."""
        return unscaled(coefficients, self.size - self.power)


def system(K: ArrayLike, y: ArrayLike, lambdas: FloatArray) -> System:
    """The system of a Gram matrix, which is not copied where it need not be; ValueError for what is none."""
    matrix = matrix_of("K", K)
    n = len(matrix)
    if matrix.shape[1] != n:
        raise ValueError(f"K must be square, one row a training point; got shape {matrix.shape}")
    columns, size = columns_of(target_of(y, n))
    # K = K^T: Fortran's order is as good as C's.
    matrix = matrix.T if matrix.flags.f_contiguous else np.ascontiguousarray(matrix)
    seen, power = _looked_at(matrix, float(lambdas.max()))
    own = power != 0 or not np.may_share_memory(matrix, np.asarray(K))
    if power:
        matrix = np.ldexp(matrix, -power)
        seen = sizes(matrix)
    shifts, diagonal = scaled(lambdas, power), matrix.diagonal().astype(np.float64)
    if seen.asymmetry > _ASYMMETRY[matrix.dtype.name] * seen.largest:
        raise ValueError(f"K must be symmetric; K and its transpose differ by {math.ldexp(seen.asymmetry, power):.3g}")
    check_rounding(shifts, float(diagonal.sum()) / n, "K", power)
    return System(matrix, diagonal, seen.sums, columns, n * shifts, power, size, own)


def _looked_at(matrix: Matrix, largest_lambda: float) -> tuple[Sizes, int]:
    seen = sizes(matrix)
    return seen, power_of(max(seen.largest, largest_lambda), matrix.dtype.name)


def power_of(largest: float, dtype: str = "float64") -> int:
    """The exponent of a number, 0 for those not far from 1."""
    exponent = math.frexp(largest)[1]
    return exponent if abs(exponent) > _MODERATE[dtype] else 0


def largest_of(array: Matrix) -> float:
    """The largest absolute value, without an array of them."""
    return max(float(np.max(array)), -float(np.min(array)))


def scaled(array: Any, power: int) -> Any:
    """The array in units of 2^power."""
    return np.ldexp(array, -power) if power else array


def columns_of(target: FloatArray) -> tuple[FloatArray, int]:
    """The targets as columns of moderate numbers, and the exponent that was taken out."""
    power = power_of(largest_of(target))
    return scaled(target[:, None] if target.ndim == 1 else target, power), power


def unscaled(coefficients: FloatArray, power: int) -> FloatArray:
    """The coefficients times 2^power; ValueError where they overflow."""
    with np.errstate(over="ignore"):  # seen in the result
        found = scaled(coefficients, -power)
    if not finite(found):
        raise ValueError(
            "K, y or lambdas must be scaled: the coefficients (K + n lambda I)^{-1} y overflow float64, as K and "
            "lambda are so small beside y"
        )
    return found


def matrix_of(name: str, value: ArrayLike) -> Matrix:
    """A matrix of finite real numbers that is not empty: float32 and float64 as they are, others as float64."""
    matrix = real_array(name, value, finite=False)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{name} must be a matrix that is not empty; got shape {matrix.shape}")
    if not finite(matrix):
        raise ValueError(f"{name} must be finite; it holds NaN or infinity")
    return matrix


def target_of(y: ArrayLike, n: int) -> FloatArray:
    """Targets of n points, in float64."""
    target = reals("y", y)
    if target.ndim not in (1, 2) or len(target) != n or target.size == 0:
        raise ValueError(f"y must have shape ({n},) or ({n}, outputs), one row a training point; got {target.shape}")
    return target


def squared_target_of(y: ArrayLike, n: int) -> FloatArray:
    """Targets of n points, whose squares are floats."""
    target = target_of(y, n)
    largest = largest_of(target)
    if largest > _SQUARED:
        raise ValueError(f"y must have values up to {_SQUARED:g}, whose squares are floats; got {largest:g}")
    return target


def grid_of(lambdas: ArrayLike) -> FloatArray:
    """One or more numbers > 0."""
    grid = np.atleast_1d(reals("lambdas", lambdas))
    if grid.ndim != 1 or grid.size == 0:
        raise ValueError(f"lambdas must be one or more numbers; got shape {grid.shape}")
    if grid.min() <= 0:
        raise ValueError(f"lambdas must be > 0; got {float(grid.min())!r}")
    return grid


def check_rounding(lambdas: FloatArray, mean_diagonal: float, of: str, power: int) -> None:
    """ValueError for a lambda that rounding decides about; lambdas and mean diagonal are in units of 2^power."""
    # lambda_max(K) <= trace(K) = n mean, and rounding moves the eigenvalues by eps lambda_max.
    floor = _EPS * mean_diagonal
    least = float(lambdas.min())
    if least < floor:
        raise ValueError(
            f"lambdas must be >= {math.ldexp(floor, power):.3g} (2.2e-16 times the mean of the diagonal of {of}), "
            f"where rounding decides; got {math.ldexp(least, power)!r}"
        )


def not_positive(shift: float, why: str) -> ValueError:
    """The error for a K that is not positive semi-definite."""
    return ValueError(
        f"K must be positive semi-definite: K + n lambda I with n lambda = {shift:.3g} is not positive definite ({why})"
    )
