"""Gram matrices of the homogeneous extension K(x, y) = |x||y| kappa(cos(x, y)) (claim 37).

Tile by tile, so that the working memory does not grow with the matrix; in the dtype of the data (float32 stays
float32). The diagonal of gram(X) is exact: theta = 0 there, never the arccos of a rounded 1. A zero vector has no
direction: its kernel values are 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .angle import Point
from .arithmetic import FloatArithmetic
from .state import default_errors
from .zonal import Zonal

_TILE = 128  # 128 x 128 float64 temporaries stay in cache


@default_errors
def gram(
    kernel: Zonal, x: Any, y: Any = None, normalize: bool = False
) -> np.ndarray[Any, np.dtype[Any]]:
    """The matrix K(x_i, y_j), shape (n, m); y = x, and a symmetric matrix, where y is None.

    Parameters
    ----------
    x, y : real arrays of shape (n, d) and (m, d), finite; integers are read as float64.
    normalize : kappa(cos) alone, without the norms (zero vectors still give 0).

    Raises ValueError or TypeError for wrong shapes, dtypes, NaN or infinity.

    >>> from kernelspec import ntk
    >>> gram(ntk(2), [[3.0, 4.0], [0.0, 0.0]])
    array([[50.,  0.],
           [ 0.,  0.]])
    """
    left = _rows(x, "x")
    right = left if y is None else _rows(y, "y")
    if left.shape[1] != right.shape[1]:
        raise ValueError(
            f"x and y must have the same number of columns; got {left.shape[1]} and {right.shape[1]}"
        )
    dtype = np.result_type(left.dtype, right.dtype)
    left, left_norm = _directions(left.astype(dtype, copy=False))
    right, right_norm = (
        (left, left_norm) if y is None else _directions(right.astype(dtype, copy=False))
    )
    out = np.empty((left.shape[0], right.shape[0]), dtype=dtype)
    for i in range(0, left.shape[0], _TILE):
        for j in range(i if y is None else 0, right.shape[0], _TILE):
            rows, columns = slice(i, i + _TILE), slice(j, j + _TILE)
            cosine = np.clip(left[rows] @ right[columns].T, -1, 1)
            tile = _values(kernel, cosine)
            if normalize:
                tile = tile * ((left_norm[rows] > 0)[:, None] & (right_norm[columns] > 0))
            else:
                tile = tile * left_norm[rows, None] * right_norm[columns]
            if y is None and i == j:
                tile = (tile + tile.T) / 2
            out[rows, columns] = tile
            if y is None and j > i:
                out[columns, rows] = tile.T
    if y is None:
        exact = (left_norm > 0) if normalize else left_norm * left_norm
        np.fill_diagonal(out, dtype.type(kernel.at_one) * exact)
    return out


def _values(kernel: Zonal, cosine: Any) -> Any:
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        value = kernel.pair(Point.from_cosine(FloatArithmetic(), cosine)).value
    return np.asarray(value, dtype=cosine.dtype)


def _rows(x: Any, name: str) -> np.ndarray[Any, np.dtype[Any]]:
    array = np.asarray(x)
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (n, d); got shape {array.shape}")
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must be a real array; got dtype {array.dtype}")
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite; it holds NaN or infinity")
    return array


def _directions(x: Any) -> tuple[Any, Any]:
    # Scaled by the largest entry first: norms of very large or small rows neither overflow nor vanish.
    largest = np.abs(x).max(axis=1, initial=0, keepdims=True)
    scale = np.where(largest > 0, largest, 1)
    scaled = x / scale
    length = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))[:, None]
    return scaled / np.where(length > 0, length, 1), (length * largest)[:, 0]
