"""Checks at the door of the functions of ``sphere``: an argument is right, or the error says why.

Each returns the argument in the form that the formulas want, or raises TypeError or ValueError with
the name of the parameter, the constraint and the value.
"""

from __future__ import annotations

import math
import operator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]

# Beyond 2^53 a float64 no longer tells neighbouring integers apart.
LARGEST_INTEGER = 2**53
# A recurrence takes a few microseconds per degree: this one, seconds.
LARGEST_RECURRENCE = 10**6
_ROUNDING = 4 * np.finfo(np.float64).eps


def dimension(d: Any) -> int:
    """Return d as an int from 2 on."""
    return integer("d", d, 2)


def integer(name: str, value: Any, lowest: int) -> int:
    """Return value as an int from lowest to 2^53; a truth value is refused."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an integer >= {lowest}, got the truth value {value!r}")
    try:
        number = operator.index(value)
    except TypeError as error:
        raise TypeError(f"{name} must be an integer >= {lowest}, got {value!r}") from error
    if not lowest <= number <= LARGEST_INTEGER:
        raise ValueError(f"{name} must be an integer from {lowest} to 2^53, got {number}")
    return number


def degrees(name: str, value: Any) -> FloatArray:
    """Return integers >= 0, one or many, as exact float64."""
    array = np.asarray(value)
    if array.size == 0:
        return np.zeros(array.shape)
    if array.dtype == object and all(type(x) is int for x in array.flat):
        raise ValueError(f"{name} must be an integer from 0 to 2^53, got {array.flat[0]}")
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"{name} must be integers from 0 to 2^53, one integer or an array; got {value!r}"
        )
    if array.min() < 0 or array.max() > LARGEST_INTEGER:
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(f"{name} must be an integer from 0 to 2^53, got {wrong}")
    return array.astype(np.float64)


def cosines(t: ArrayLike) -> FloatArray:
    """Return t as float64 in [-1, 1]; at most 4 ulp outside are taken for rounding."""
    array = reals("t", t)
    outside = ~(np.abs(array) <= 1.0 + _ROUNDING)
    if np.any(outside):
        raise ValueError(f"t must lie in [-1, 1], got {float(array[outside].flat[0])!r}")
    return np.clip(array, -1.0, 1.0)


def reals(name: str, value: ArrayLike) -> FloatArray:
    """Return finite real numbers as float64."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" and array.size:
        raise TypeError(f"{name} must be a real number or an array of them, got {value!r}")
    array = array.astype(np.float64)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite, got {float(array[~np.isfinite(array)].flat[0])}")
    return array


def is_real(value: Any) -> bool:
    """Whether value is one real number, of Python or NumPy; a truth value is none."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def real(name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a finite real number from low to high as a float."""
    if not is_real(value):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    number = float(value)
    if not (math.isfinite(number) and low <= number <= high):
        within = f"finite and at least {low:g}" if low > -math.inf else "finite"
        within = f"from {low:g} to {high:g}" if high < math.inf else within
        raise ValueError(f"{name} must be {within}, got {value!r}")
    return number


def exponent(d: int, nu: Any) -> float:
    """Return nu as a float for which (1-t)^nu has eigenvalues on S^{d-1}: nu > -(d-1)/2."""
    if isinstance(nu, (bool, np.bool_, complex)):
        raise TypeError(f"nu must be a real number, got {nu!r}")
    try:
        number = float(nu)
    except (TypeError, ValueError) as error:
        raise TypeError(f"nu must be a real number, got {nu!r}") from error
    if not -(d - 1) / 2 < number <= 1e15:
        raise ValueError(f"nu must be finite, > -(d-1)/2 = {-(d - 1) / 2} and <= 1e15, got {nu!r}")
    return number


def scalar_or_array(value: FloatArray) -> Any:
    """Return a float in place of an array without axes."""
    return float(value) if np.ndim(value) == 0 else value
