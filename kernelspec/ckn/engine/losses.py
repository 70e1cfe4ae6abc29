"""What an error of a slope at one pair of places can do to the tangent kernel of a row of rectifiers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..patch_kernels import Pointwise, Rectifier
from .geometry import Geometry, LayerGeometry, mean_weights, trace_weights


def doubts(shape: Geometry, kernels: Sequence[Pointwise]) -> list[float]:
    """Of every layer, the weight of the error of an angle in the tangent kernel, beside the norms of both patches.

    The slope of a u + b kappa_1(u) errs by b/pi of it. It multiplies the tangent kernel of what the layer reads, which
    is at most as many times the product of the norms as there are weights before. Behind it, slopes are at most
    kappa(1), and pair by pair patches and pools add up to the largest sum of a column.
    """
    found, behind = list[float](), _output(shape)
    for number in range(len(kernels) - 1, -1, -1):
        kernel, layer = kernels[number], shape.layers[number]
        assert isinstance(kernel, Rectifier)
        if number < len(kernels) - 1:
            behind *= _pool(layer)
        found.append(behind * kernel.bent / math.pi * (number + 1))
        behind *= (kernel.linear + kernel.bent) * layer.scale * math.prod(len(axis.offsets) for axis in layer.axes)
    return found[::-1]


def _pool(layer: LayerGeometry) -> float:
    """What a pair of places gives to all outputs of a pool, at most."""
    return math.prod(float(axis.full.sum(axis=0).max()) for axis in layer.axes) ** 2


def _output(shape: Geometry) -> float:
    """What a pair of places of the last layer gives to the kernel, at most."""
    last = shape.layers[-1]
    if shape.mean:
        return float(mean_weights(last).max()) ** 2
    return math.prod(float(trace_weights(axis).max()) for axis in last.axes)
