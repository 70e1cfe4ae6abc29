r"""A proof that a matrix has a norm below a number: |A| <= s^{1/2} where s I - A^T A has a Cholesky factor.

In floats, with their rounding: the product C of A^T and A has an error of at most gamma_m |A|^T|A| entry by entry, with
gamma_k = k u / (1 - k u), u = 2^-53, m the rows of A, whatever the order of summation; its norm is at most gamma_m
|A|_F^2. If Cholesky's method on a symmetric matrix B of n rows runs to its end, then B + E is positive semi-definite
with |E| <= gamma_{n+1} / (1 - gamma_{n+1}) trace(B) (Demmel 1989; Rump 2006, "Verification of positive definiteness").
So |A|^2 <= s + gamma_m |A|_F^2 + gamma' trace(B) + u s, rounded up: a bound that no start and no spectrum can deceive.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...numbers.checks import FloatArray
from ...numbers.outward import raised

LARGEST = 1024  # rows of A^T A: half a second
_UNIT = 2.0**-53


def proved_bound(matrix: FloatArray, guess: float) -> float:
    """An upper bound of |A| that is proved, near `guess` where that is one, for a matrix with finite entries."""
    matrix = matrix.T if matrix.shape[0] < matrix.shape[1] else matrix
    exponent = math.frexp(float(np.abs(matrix).max()))[1]
    if not matrix.any():
        return 0.0
    matrix = np.ldexp(matrix, -exponent)
    product = matrix.T @ matrix
    frobenius = raised(float(np.sum(matrix * matrix)), 2 + matrix.size)
    largest = float(np.linalg.eigvalsh(product)[-1])  # not proved, and nothing rests on it
    margin = (1 + 8 * len(product) * _UNIT) + _gamma(len(matrix) + len(product))
    for square in (math.ldexp(guess, -exponent) ** 2, largest * margin, largest * (1 + 1e-9)):
        error = _if_positive(product, square * (1 + 1e-14))
        if error is not None:
            total = square * (1 + 1e-14) + error + _gamma(len(matrix)) * frobenius
            return times_power_up(raised(math.sqrt(total), 8), exponent)
    # The norm of Frobenius is always above.
    return times_power_up(raised(math.sqrt(frobenius), 2), exponent)


def times_power_up(x: float, exponent: int) -> float:
    """x 2^exponent, rounded up where it is subnormal."""
    found = math.ldexp(x, exponent)
    return found if math.ldexp(found, -exponent) >= x else math.nextafter(found, math.inf)


def _if_positive(product: FloatArray, square: float) -> float | None:
    """What s I - C may lack to be positive semi-definite, if Cholesky's method runs to its end; else None."""
    n = len(product)
    shifted = -product
    shifted.flat[:: n + 1] += square
    try:
        np.linalg.cholesky(shifted)
    except np.linalg.LinAlgError:
        return None
    gamma = _gamma(n + 1)
    # The diagonal itself was rounded.
    return raised(gamma / (1 - gamma) * float(np.trace(shifted)) + _UNIT * 2 * square, n + 8)


def _gamma(k: int) -> float:
    return k * _UNIT / (1 - k * _UNIT)


def as_matrix(operator: Any) -> FloatArray | None:
    """The entries of what is a matrix, and not too large; None for operators that only multiply."""
    from scipy.sparse import issparse

    if min(getattr(operator, "shape", (0,)), default=0) > LARGEST:
        return None
    if issparse(operator):
        return np.asarray(operator.toarray(), dtype=np.float64)
    if isinstance(operator, np.ndarray) and operator.ndim == 2:
        return np.asarray(operator, dtype=np.float64)
    return None
