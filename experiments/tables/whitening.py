r"""Whitening of the 3x3 patches of an image, one image at a time (claim 60).

Of an image with c channels: all patches that lie inside it, less their means in every channel; every pixel becomes the
average of what the patches say of it; the patches p_1, ..., p_m of that image have the matrix C = sum_i p_i p_i^T (not
divided by m), of size 9c; they become C^{-s} p_i, and the image is again the average of what they say of its pixels.

The released code takes two roots of the eigenvalues, s = 1/4. Zero-phase whitening (ZCA; Bell & Sejnowski 1997) has s =
1/2, for which the new patches, before they are averaged, have the matrix I: that is what "whitening" means. Directions
whose eigenvalue is at most 1e-8 of the largest are left out in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kernelspec.numbers.checks import real_array, watched

Array = NDArray[np.float64]

POWERS = {"authors": 0.25, "zca": 0.5, "none": None}
PATCH = 3
LEAST = 1e-8  # of the largest eigenvalue
_TOGETHER = 256  # images at a time
_ROUNDING = 16 * np.finfo(np.float64).eps


def whitened(
    images: Any,
    kind: str = "authors",
    *,
    dtype: DTypeLike | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
) -> NDArray[Any]:
    """Images whose patches are whitened, each by itself.

    Parameters
    ----------
    images : shape (n, height, width, channels), height and width >= 3; integers or floats.
    kind : "authors", C^{-1/4}; "zca", C^{-1/2}; "none", the images as they are.
    dtype : of the result; that of the images if None (float64 for integers). The work is done in float64.
    progress : called as progress(batches, total=...).

    A constant image becomes 0. Raises ValueError for another kind or shape.

    Source: the released code of Bietti 2022 (claim 60).
    """
    power = _power(kind)
    given = real_array("images", images)
    if given.ndim != 4 or min(given.shape[1:3]) < PATCH or not given.shape[3]:
        raise ValueError(
            f"images must have shape (n, height, width, channels) with height and width >= {PATCH}; got {given.shape}"
        )
    out = np.empty(given.shape, dtype=given.dtype if dtype is None else dtype)
    starts = range(0, len(given), _TOGETHER)
    for start in watched(progress, starts, len(starts)):
        part = given[start : start + _TOGETHER]
        out[start : start + _TOGETHER] = part if power is None else _whitened(part.astype(np.float64), power)
    return out


def patches_of(images: Array) -> Array:
    """All 3x3 patches inside of the images, shape (n, positions, 9 channels), row by row of pixels."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
    n, height, width, channels = windows.shape[:4]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(n, height * width, PATCH * PATCH * channels)


def averaged(patches: Array, shape: tuple[int, ...]) -> Array:
    """Images of this shape whose pixels are the averages of what the patches say of them."""
    n, height, width, channels = shape
    down, right = height - PATCH + 1, width - PATCH + 1
    blocks = patches.reshape(n, down, right, PATCH, PATCH, channels)
    total, count = np.zeros(shape), np.zeros((height, width, 1))
    for i in range(PATCH):
        for j in range(PATCH):
            total[:, i : i + down, j : j + right] += blocks[:, :, :, i, j]
            count[i : i + down, j : j + right] += 1
    return total / count


def powers_of_covariances(patches: Array, power: float) -> Array:
    """C^{-power} on the directions that are kept, 0 on the others; shape (n, 9 channels, 9 channels)."""
    values, vectors = np.linalg.eigh(patches.transpose(0, 2, 1) @ patches)
    kept = values > LEAST * np.maximum(values[:, -1:], 0)
    scales = np.where(kept, np.where(kept, values, 1.0) ** -power, 0.0)
    return np.asarray((vectors * scales[:, None, :]) @ vectors.transpose(0, 2, 1))


def _whitened(images: Array, power: float) -> Array:
    centred = averaged(_centred(patches_of(images), images.shape[-1]), images.shape)
    # What is left of a constant image is the rounding of its means, which must not be scaled up.
    sizes, left = (np.abs(array).max(axis=(1, 2, 3), initial=0) for array in (images, centred))
    centred[left <= _ROUNDING * sizes] = 0
    patches = patches_of(centred)
    return averaged(patches @ powers_of_covariances(patches, power), images.shape)


def _centred(patches: Array, channels: int) -> Array:
    """Patches less their means in every channel."""
    each = patches.reshape(*patches.shape[:2], PATCH * PATCH, channels)
    return (each - each.mean(axis=2, keepdims=True)).reshape(patches.shape)


def _power(kind: str) -> float | None:
    if kind not in POWERS:
        raise ValueError(f"whitening must be one of {', '.join(POWERS)}; got {kind!r}")
    return POWERS[kind]
