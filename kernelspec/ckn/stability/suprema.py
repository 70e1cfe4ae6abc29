"""Suprema of displacements and of their Jacobians over all points: a fine grid, then a local search from its maxima."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ...numbers.checks import FloatArray
from .motions import Motion

_FINE = 16  # points of the search to the shortest wavelength
# The part of its maximum that a sum of waves loses at most between the points of such a grid, 1 - cos(2 pi / 16) by
# Bernstein's inequality along the diagonal of half a cell; and how many of the grid's own maxima as near to the largest
# are polished.
_MISSED, _STARTS = 1 - math.cos(2 * math.pi / _FINE), 32
_MOST_POINTS = 2**25  # of the search's grid, 256 MiB
_AT_ONCE = 2**20  # points of it whose Jacobians are held
_Interval: TypeAlias = tuple[float, float] | None
# The search ends at this part of a step, where what it may miss is 1e-14 of the maximum, or after so many rounds.
_CLOSE, _ROUNDS = 1e-7, 2000
_FOUND = 1e-9  # relative: how near the search comes


def suprema(shape: tuple[int, ...], motion: Motion, name: str) -> tuple[float, float]:
    """|tau|_inf and |grad tau|_inf, by search, raised by its error.

    Over a period of the image where there is one, else over the image.
    `name` is what the field is called in the ValueError for waves too short to be searched.
    """
    periodic = [motion.repeats(axis, float(n)) for axis, n in enumerate(shape)]
    lengths = [float(n) if p else n - 1.0 for n, p in zip(shape, periodic, strict=True)]
    counts = [2 + math.ceil(n * _FINE / min(motion.shortest, n)) if n else 1 for n in lengths]
    if math.prod(counts) > _MOST_POINTS:
        raise ValueError(
            f"a field must have waves long enough for the search of its suprema, which takes {_FINE} points to the "
            f"shortest and at most {_MOST_POINTS} points; {name} has waves of {motion.shortest:.3g} pixels on {shape}"
        )
    axes = [np.linspace(0, n, c) if n else np.zeros(1) for n, c in zip(lengths, counts, strict=True)]
    # A maximum at the edge of a period may lie beyond it.
    box: list[_Interval] = [None if p else (0.0, n) for n, p in zip(lengths, periodic, strict=True)]

    def displacement(points: FloatArray) -> FloatArray:
        return np.linalg.norm(motion.value(points), axis=-1)

    def gradient(points: FloatArray) -> FloatArray:
        return spectral_norms(motion.slope(points))

    first, *rest = axes
    step = max(1, _AT_ONCE // math.prod(counts[1:]))
    pieces = [[first[i : i + step], *rest] for i in range(0, len(first), step)]
    moved = np.concatenate([np.linalg.norm(motion.on(piece), axis=-1) for piece in pieces])
    sup = supremum(displacement, moved, axes, box)
    bent = np.concatenate([spectral_norms(motion.on(piece, slope=True)) for piece in pieces])
    return sup * (1 + _FOUND), supremum(gradient, bent, axes, box) * (1 + _FOUND)


def spectral_norms(jacobians: FloatArray) -> FloatArray:
    r"""The largest singular values of matrices 1 x 1 or 2 x 2, (..., d, d) to (...).

    For [[a, b], [c, e]] it is (|(a + e, c - b)| + |(a - e, c + b)|)/2: the matrix is a rotation with the first factor
    plus a reflection with the second, halved.
    """
    if jacobians.shape[-1] == 1:
        return np.abs(jacobians[..., 0, 0])
    a, b = jacobians[..., 0, 0], jacobians[..., 0, 1]
    c, e = jacobians[..., 1, 0], jacobians[..., 1, 1]
    return np.asarray((np.hypot(a + e, c - b) + np.hypot(a - e, c + b)) / 2)


def supremum(
    function: Callable[[FloatArray], FloatArray], values: FloatArray, axes: list[FloatArray], box: list[_Interval]
) -> float:
    """The maximum of a function over a box, from its values on a fine grid, by a search from the largest of them.

    Each start goes to the best of its 3^d - 1 neighbours as long as one is better, then the distance is halved. Where
    none is, a maximum of curvature c is near to c times the square of the distance, in value.
    """
    from scipy.ndimage import maximum_filter

    largest = float(values.max())
    peaks = (values == maximum_filter(values, size=3)) & (values >= (1 - _MISSED) * largest)
    places = np.argwhere(peaks)
    order = np.argsort(-values[peaks], kind="stable")[:_STARTS]
    points = np.stack([axis[i] for axis, i in zip(axes, places[order].T, strict=True)], axis=-1)
    best = function(points)
    steps = np.array([axis[1] - axis[0] if len(axis) > 1 else 0.0 for axis in axes])
    stencil = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=len(axes)))) * steps
    low, high = np.transpose([(-math.inf, math.inf) if pair is None else pair for pair in box])
    scale = np.ones(len(points))
    for _ in range(_ROUNDS):
        near = np.clip(points[:, None] + scale[:, None, None] * stencil, low, high)
        around = function(near)
        which, rows = np.argmax(around, axis=1), np.arange(len(points))
        better = around[rows, which] > best
        points = np.where(better[:, None], near[rows, which], points)
        best = np.where(better, around[rows, which], best)
        scale = np.where(better, scale, scale / 2)
        if scale.max() < _CLOSE:
            break
    return max(largest, float(best.max()))
