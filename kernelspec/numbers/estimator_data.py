"""The data of estimators as scikit-learn hands them over: points of one shape, and the words that it looks for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import array, real_array


def of_numbers(name: str, value: Any) -> Any:
    """An array of objects that are numbers, as of mixed columns, as float64, and anything else as it is.

    Raises TypeError for objects that are no numbers.
    """
    found = array(name, value)
    if found.dtype.kind != "O":
        return value
    try:
        return found.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers; {error}") from error


def points_in(X: ArrayLike, owner: str, fitted: tuple[int, ...] | None = None, name: str = "X") -> NDArray[Any]:
    """Points (n, ...), n >= 1 where nothing is fitted yet, else of the shape that is `fitted`.

    Raises TypeError, ValueError for anything else.
    """
    given = array(name, of_numbers(name, X))
    if given.dtype.kind == "c":
        raise ValueError(f"{name} must be real; got complex numbers. Complex data not supported")
    points = real_array(name, given)
    if points.ndim < 2:
        raise ValueError(f"{name} must have shape (n, ...), a row a point; got {points.shape}. Reshape your data")
    if 0 in points.shape[1:]:
        raise ValueError(
            f"{name} must have points of numbers; got 0 feature(s) (shape={points.shape}) while a minimum of 1 is "
            "required of each"
        )
    if fitted is None:
        if len(points) == 0:
            raise ValueError(f"{name} must have at least one point; got none: 0 sample(s)")
    elif points.shape[1:] != fitted:
        raise ValueError(
            f"{name} must have points of shape {fitted}, as in fit; got {points.shape[1:]}: X has "
            f"{math.prod(points.shape[1:])} features, but {owner} is expecting {math.prod(fitted)} features as input"
        )
    return points
