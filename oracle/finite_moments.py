r"""Exact moments of kernels of random ReLU neurons, claim 64.

A standard normal w in the plane is r e with E r^2 = 2, E r^4 = 8 and a uniform direction e. What the
neurons max(0, w . z) of several z have in common is piecewise a trigonometric polynomial of the
angle of e, with kinks where e is orthogonal to one of the z: Gauss-Legendre between them is exact.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from oracle import convolutional as oracle
from oracle.convolutional import Step

Array = NDArray[np.float64]
_NODES = 24  # exact for polynomials of degree 47; a cosine of 4 times half a turn needs fewer


def directions(points: Array) -> tuple[Array, Array]:
    """Unit vectors, shape (2, q), and weights of sum 1, for the kinks of points of shape (n, 2)."""
    across = np.arctan2(points[:, 1], points[:, 0])[:, None] + math.pi / 2 * np.array([1, -1])
    # Ends a rounding apart are harmless: an interval of that length has that weight.
    ends = np.sort(across.ravel() % (2 * math.pi))
    ends = np.concatenate([ends, ends[:1] + 2 * math.pi])
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(ends)[:, None] / 2
    angles = (ends[:-1, None] + half * (1 + nodes)).ravel()
    return np.stack([np.cos(angles), np.sin(angles)]), (half * weights).ravel() / (2 * math.pi)


def of_a_filter(signals: Array, step: Step) -> tuple[Array, Array]:
    """Mean and variance of 2 <A max(0, w . Px), A max(0, w . Px')> over the filter w in the plane.

    Parameters
    ----------
    signals : shape (n, positions..., channels), such that patches are points of the plane.

    Raises
    ------
    ValueError
        for patches of another dimension.
    """
    x, sizes = oracle.flattened(signals)
    ops = oracle.operators(step, sizes)
    patches = oracle.extract(x, ops)
    if patches.shape[-1] != 2:
        raise ValueError(f"patches must be points of the plane, got R^{patches.shape[-1]}")
    unit, shares = directions(patches.reshape(-1, 2))
    maps = ops.pooling @ np.maximum(patches @ unit, 0.0)
    products = 2 * np.einsum("nvq,mvq->nmq", maps, maps)
    mean = 2 * (products @ shares)
    return mean, 8 * (products**2 @ shares) - mean**2


def of_inner_products(cosine: float) -> tuple[Array, Array]:
    """Mean and covariance of 2 (s^2, s s', s'^2), s = max(0, w . x), for unit x, x' of this cosine."""
    points = np.array([[1.0, 0.0], [cosine, math.sqrt(1 - cosine**2)]])
    unit, shares = directions(points)
    one, two = np.maximum(points @ unit, 0.0)
    products = 2 * np.stack([one * one, one * two, two * two])
    mean = 2 * (products @ shares)
    return mean, 8 * (products * shares) @ products.T - np.outer(mean, mean)


def derivatives(function: Callable[[Array], Array], at: Array) -> tuple[Array, Array]:
    """Hessian and gradient by central differences, whose error is about 1e-7."""
    h = 1e-4
    size = len(at)

    def value(*moves: tuple[int, float]) -> float:
        point = at.copy()
        for place, move in moves:
            point[place] += move
        return float(function(point))

    slope = np.array([(value((i, h)) - value((i, -h))) / (2 * h) for i in range(size)])
    hessian = np.empty((size, size))
    for i, j in itertools.product(range(size), repeat=2):
        signs = [(s, t) for s in (1, -1) for t in (1, -1)]
        corners = [s * t * value((i, s * h), (j, t * h)) for s, t in signs]
        hessian[i, j] = sum(corners) / (4 * h * h)
    return hessian, slope
