"""Arrays times powers of two, exactly: the exponents of what is in an array, and a product that is rounded once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

NOTHING = -(2**12)  # the exponent of an image of zeros: below those of all numbers


def exponents(x: Any) -> Any:
    """For each image of a NumPy array the e with largest absolute value in [2^(e-1), 2^e)."""
    flat = x.reshape(len(x), math.prod(x.shape[1:]))
    largest = np.maximum(flat.max(axis=1), -flat.min(axis=1))
    return np.where(largest > 0, np.frexp(largest)[1], NOTHING).astype(np.int64)


@np.errstate(over="ignore", under="ignore")  # seen in the result
def times_power(x: Any, powers: Any) -> Any:
    """x 2^powers of NumPy arrays, rounded once."""
    return np.ldexp(x, np.clip(powers, -(2**14), 2**14).astype(np.int32))


def times_powers(x: Any, powers: Any) -> Any:
    """Every x_i of a NumPy array times 2^powers_i."""
    return times_power(x, np.reshape(powers, (len(x),) + (1,) * (x.ndim - 1)))
