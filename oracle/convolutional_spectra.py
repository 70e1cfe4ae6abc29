"""Kernels of one convolutional layer written out as sums over positions, on all points of small domains.

Nothing here knows of harmonics, parities or frequencies: eigenvalues are those of the matrix of all points.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

Array = Any


def pooling(n: int, taps: Sequence[float], stride: int = 1, circular: bool = True) -> Array:
    """Rows a_i with a_i[stride i + t] = taps[t]; beyond the last position from the first one on, or not at all."""
    rows = []
    for start in range(0, n, stride):
        row = np.zeros(n)
        if circular and start // stride >= n // stride:
            continue
        if not circular and start + len(taps) > n:
            continue
        for t, tap in enumerate(taps):
            row[(start + t) % n] += tap
        rows.append(row)
    return np.array(rows)


def gaussian_taps(q: int) -> list[float]:
    """e^{-t^2/q^2}, t = -q, ..., q, with the sum 1."""
    weights = [float(np.exp(-(t * t) / (q * q))) for t in range(-q, q + 1)]
    return [w / sum(weights) for w in weights]


def signals(n: int) -> Array:
    """All of {-1, 1}^n."""
    return np.array(list(itertools.product((-1.0, 1.0), repeat=n)))


def cube_matrix(kernel: Callable[[Array], Array], n: int, q: int, pooled: Array, circular: bool = True) -> Array:
    """K(x, x') = sum_{u,v} (A^T A)_{uv} kernel(<x_u, x'_v>/q) for all signals, the patches x_u of q neighbours."""
    x = signals(n)
    starts = range(n if circular else n - q + 1)
    patches = [x[:, [(u + c) % n for c in range(q)]] for u in starts]
    weights = pooled.T @ pooled
    total = np.zeros((len(x), len(x)))
    for u, left in enumerate(patches):
        for v, right in enumerate(patches):
            if weights[u, v] != 0:
                total += weights[u, v] * kernel(left @ right.T / q)
    return total


def circles_matrix(kernel: Callable[[Array], Array], pooled: Array, points: int) -> Array:
    """The same on a grid of two circles: positions 0 and 1, each an angle 2 pi j/points; shape (points^2, points^2)."""
    angle = 2 * np.pi * np.arange(points) / points
    first, second = (each.ravel() for each in np.meshgrid(angle, angle, indexing="ij"))
    weights = pooled.T @ pooled
    total = np.zeros((points**2, points**2))
    for u, left in enumerate((first, second)):
        for v, right in enumerate((first, second)):
            total += weights[u, v] * kernel(np.cos(left[:, None] - right))
    return total


def least_norm(features: Array, values: Array) -> tuple[float, float]:
    """The least |F|^2 with features F = values, and what no F reaches, by singular values; shape (points, features)."""
    left, size, _ = np.linalg.svd(features, full_matrices=False)
    kept = size > 1e-10 * size[0]
    inside = left[:, kept].T @ values
    missed = values - left[:, kept] @ inside
    return float(np.sum((inside / size[kept]) ** 2)), float(np.linalg.norm(missed) / np.linalg.norm(values))


def quadratic_features(x: Array, patches: Sequence[Sequence[int]], pooled: Array) -> Array:
    """(sum_u A_vu x_u x_u^T)_v for each signal, flat: features of sum_{u,v} (A^T A)_{uv} <x_u, x'_v>^2."""
    forms = np.stack([np.einsum("na,nb->nab", x[:, list(p)], x[:, list(p)]) for p in patches], axis=1)
    return np.einsum("vu,nuab->nvab", pooled, forms).reshape(len(x), -1)


def exact_form(matrix: Sequence[Sequence[Fraction]], f: Sequence[Fraction]) -> Fraction | None:
    """f^T K^+ f in rational arithmetic: f^T z for any z with K z = f; None where there is none."""
    rows = [[*map(Fraction, row), Fraction(value)] for row, value in zip(matrix, f, strict=True)]
    n, place, pivots = len(f), 0, []
    for column in range(n):
        found = next((i for i in range(place, n) if rows[i][column]), None)
        if found is None:
            continue
        rows[place], rows[found] = rows[found], rows[place]
        first = rows[place][column]
        rows[place] = [x / first for x in rows[place]]
        for i in range(n):
            if i != place and rows[i][column]:
                factor = rows[i][column]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[place], strict=True)]
        pivots.append(column)
        place += 1
    if any(row[n] for row in rows[place:]):
        return None
    return sum((Fraction(f[column]) * rows[i][n] for i, column in enumerate(pivots)), Fraction(0))
