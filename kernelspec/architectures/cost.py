"""What a kernel of infinite width takes, counted before anything is computed.

A pair of images has a covariance for every pair of positions of a map, or, where nothing behind it asks for more
(`needs`), for every position. An activation takes its dual once for each of them; a tangent kernel takes the slope of
the dual as well, and every sum twice. Windows are summed along one axis after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from . import combinators as parts
from . import layers as kinds
from .activations import Activation
from .answers import one_output
from .layers import Layer, as_shape
from .needs import Needs, before, steps


class Cost(NamedTuple):
    """Of one pair of images, and a third more where norms of few images are computed anew.

    Parameters
    ----------
    correlations : how often a dual is taken, and, for a tangent kernel, its slope beside it.
    multiply_adds : of the inner products of pixels, of patches, pools, weights and sums of branches.
    largest : covariances of the largest map; a tangent kernel has as many numbers besides.
    """

    correlations: int
    multiply_adds: int
    largest: int


def cost(network: Layer, shape: Sequence[int], tangent: bool) -> Cost:
    """The cost of a pair of images of this shape, (images, grid axes..., channels).

    Raises ValueError for a shape that does not fit the network, and for outputs with more than one branch.
    """
    sizes = as_shape(shape, "the shape of x")
    grid = one_output(network.output_shape(sizes))[1:-1]
    after = Needs(bool(grid), False)
    first = _pairs(sizes, before(network, after))
    found, _ = _count(network, sizes, after, 1 + tangent)
    return Cost(found.correlations, found.multiply_adds + first * sizes[-1], max(first, found.largest))


def _pairs(shape: Any, needs: Needs) -> int:
    positions = math.prod(shape[1:-1])
    return positions**2 if needs.full else positions


def _count(layer: Layer, shape: Any, after: Any, kernels: int) -> tuple[Cost, Any]:
    """The cost of a layer with this input, or list of inputs, and the shape of what it gives."""
    output = layer.output_shape(shape)
    if isinstance(layer, parts.Serial):
        total = Cost(0, 0, 0)
        for each, needs in zip(layer.layers, steps(layer, after)[1:], strict=True):
            found, shape = _count(each, shape, needs, kernels)
            total = _added(total, found)
        return total, output
    if isinstance(layer, parts.Parallel):
        several = after if isinstance(after, list) else [after] * len(layer.layers)
        rows = zip(layer.layers, shape, several, strict=True)
        total = Cost(0, 0, 0)
        for each, one, needs in rows:
            total = _added(total, _count(each, one, needs, kernels)[0])
        return total, output
    if isinstance(layer, parts.Frozen):
        return _count(layer.layer, shape, after, kernels)
    if isinstance(layer, parts.FanOut):
        return Cost(0, 0, 0), output
    pairs = _pairs(output, after)
    if isinstance(shape, list):  # branches meet
        return Cost(0, kernels * len(shape) * pairs, pairs), output
    if isinstance(layer, Activation):
        return Cost(pairs, 0, pairs), output
    if isinstance(layer, kinds.Conv):
        sums = _sums(shape, output, layer.windows.shape, 1 + after.full, both=False)
        return Cost(0, kernels * (sums + pairs), pairs), output
    if isinstance(layer, kinds.Pool):
        return Cost(0, kernels * _sums(shape, output, layer.windows.shape, 2, both=True), pairs), output
    if isinstance(layer, kinds.GlobalSumPool | kinds.GlobalAvgPool):
        return Cost(0, kernels * _pairs(shape, Needs(True, False)), pairs), output
    if isinstance(layer, kinds.Flatten):
        return Cost(0, kernels * math.prod(shape[1:-1]), pairs), output
    if isinstance(layer, kinds.Dense | kinds.LayerNorm):
        return Cost(0, kernels * pairs, pairs), output
    return Cost(0, 0, pairs), output


def _sums(shape: Any, output: Any, window: Sequence[int], images: int, both: bool) -> int:
    """Multiply-adds of windows along one axis after the other; of both images where `both`, else of the two at once."""
    old, new = list(shape[1:-1]) * images, list(output[1:-1]) * images
    total, axes = 0, len(window)
    for axis, size in enumerate(window):
        for here in (axis, axis + axes)[:images]:
            old[here] = new[here]
            if both:
                total += size * math.prod(old)
        total += 0 if both else size * math.prod(old)
    return total


def _added(one: Cost, two: Cost) -> Cost:
    return Cost(
        one.correlations + two.correlations, one.multiply_adds + two.multiply_adds, max(one.largest, two.largest)
    )
