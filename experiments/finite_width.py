r"""Kernels of random ReLU networks of finite width at pairs of points, claim 64: the network written out.

All weights are N(0, 1), h_l = W_l a_{l-1} and a_l = (2/m_l)^{1/2} max(0, h_l). A pair of points matters by its
cosine alone, so that the inputs are points of the plane.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.kept_results import Arrays, computed

Array = NDArray[np.float64]
_BLOCK = 2**21  # weights at a time

COSINES = (-0.8, -0.4, 0.0, 0.4, 0.8, 0.95, 1.0)
DEPTHS = (1, 2, 3)  # hidden layers
WIDTH = 128
WIDTHS = (16, 32, 64, 128, 256)


def entries(
    cosines: Sequence[float], widths: Sequence[int], draws: int, rng: np.random.Generator, tangent: bool = False
) -> Array:
    """K_m(x, y) of independent networks, shape (draws, cosines); the networks are the same for all cosines.

    Parameters
    ----------
    cosines : of y with x.
    widths : of the hidden layers.
    draws : networks.
    rng : a Generator.
    tangent : the inner products of the gradients in all weights, with an output layer v . a_L; else a_L(x) . a_L(y).
    """
    u = np.array([1.0, *cosines])
    points = np.stack([u, np.sqrt((1 - u) * (1 + u))])
    most = max(m * before for m, before in zip(widths, [2, *widths], strict=False))
    block = max(1, _BLOCK // most)
    found = [_block(points, widths, min(block, draws - start), rng, tangent) for start in range(0, draws, block)]
    return np.concatenate(found)


def _block(points: Array, widths: Sequence[int], draws: int, rng: np.random.Generator, tangent: bool) -> Array:
    a = np.broadcast_to(points, (draws, *points.shape))
    layers = []
    for m in widths:
        weights = rng.standard_normal((draws, m, a.shape[1]))
        hidden = weights @ a
        layers.append((weights, a, math.sqrt(2 / m) * (hidden > 0)))
        a = math.sqrt(2 / m) * np.maximum(hidden, 0.0)
    total = _with_first(a)
    if tangent:
        back = rng.standard_normal((draws, widths[-1], 1))
        for weights, inputs, slope in reversed(layers):
            gradient = slope * back
            total += _with_first(gradient) * _with_first(inputs)
            back = np.swapaxes(weights, 1, 2) @ gradient
    return total


def _with_first(a: Array) -> Array:
    """Inner products of the first point's vector with those of the others, shape (draws, cosines)."""
    return np.einsum("bi,bij->bj", a[..., 0], a[..., 1:])


@dataclass(frozen=True, eq=False)
class Measured:
    """Kernels of random networks, the last but one axis the draws.

    Parameters
    ----------
    features, tangent : shape (depths, draws, cosines), all layers of `WIDTH` neurons.
    by_width : shape (2, depths, widths, draws), RF and NTK at the cosine 0.4.
    """

    features: Array
    tangent: Array
    by_width: Array


def measured(quick: bool = False, reuse: bool = False) -> Measured:
    """Entries of one, two and three hidden layers: 3,000 draws, and 1,000 for each width; fewer when `quick`."""

    def compute() -> Arrays:
        rng = np.random.default_rng(64)
        draws = 300 if quick else 3000
        both = [
            np.stack([entries(COSINES, [WIDTH] * depth, draws, rng, tangent) for depth in DEPTHS])
            for tangent in (False, True)
        ]
        by_width = [
            [[entries([COSINES[3]], [m] * depth, draws // 3, rng, tangent)[:, 0] for m in WIDTHS] for depth in DEPTHS]
            for tangent in (False, True)
        ]
        return {"features": both[0], "tangent": both[1], "by_width": np.array(by_width)}

    arrays = computed("finite_width", __name__, compute, quick=quick, reuse=reuse)
    return Measured(*(arrays[key] for key in ("features", "tangent", "by_width")))
