"""What repeated measurements come to: a mean with its standard error, and the exponent of a power law."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def mean_and_error(values: Array, overlap: float = 0.0) -> tuple[Array, Array]:
    """Mean over the last axis and its standard error.

    Parameters
    ----------
    overlap : n_test / n_train where the S values come from splits of the same images: the variance of their mean is
        then about s^2 (1/S + overlap), Nadeau & Bengio (2003), and not s^2/S.
    """
    return values.mean(-1), values.std(-1, ddof=1) * np.sqrt(1 / values.shape[-1] + overlap)


def slopes(sizes: ArrayLike, values: Array) -> Array:
    """The exponents of values ~ sizes^slope: least squares between the logarithms, along the last axis."""
    x = np.log(np.asarray(sizes, dtype=np.float64))
    x -= x.mean()
    return np.asarray(np.log(values) @ x / (x @ x))


def slope(sizes: Any, values: ArrayLike) -> float:
    """The exponent of one power law."""
    return float(slopes(sizes, np.asarray(values, dtype=np.float64)))


def mean_and_variance(sample: Array) -> tuple[Any, Any, Any, Any]:
    """Mean and variance of independent draws (first axis), each followed by its standard error."""
    root = np.sqrt(len(sample))
    squares = (sample - sample.mean(axis=0)) ** 2
    variance = squares.mean(axis=0)
    return sample.mean(axis=0), np.sqrt(variance) / root, variance, squares.std(axis=0) / root
