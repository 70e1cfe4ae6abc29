"""What a layer's input must carry for what follows: all pairs of positions, and digits of 1 - u."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from . import combinators as parts
from . import layers as kinds
from .activations import Activation
from .combinators import single
from .duals.choice import dual_of
from .layers import Layer


class Needs(NamedTuple):
    """`full`: all pairs of positions of the grid; `fine`: 1 - u to its own digits, for a kink to come."""

    full: bool
    fine: bool


def before(layer: Layer, after: Any) -> Any:
    """What the input of a layer must carry, from what its output must; a list where there are branches."""
    if isinstance(layer, parts.Serial):
        return steps(layer, after)[0]
    if isinstance(layer, parts.Parallel):
        several = after if isinstance(after, list) else [after] * len(layer.layers)
        return [before(each, one) for each, one in zip(layer.layers, several, strict=True)]
    if isinstance(layer, parts.FanOut):
        several = after if isinstance(after, list) else [after]
        return Needs(any(each.full for each in several), any(each.fine for each in several))
    if isinstance(layer, parts.Frozen):
        return before(layer.layer, after)
    if isinstance(layer, kinds.Pool | kinds.GlobalSumPool | kinds.GlobalAvgPool):
        return Needs(True, after.fine)
    if isinstance(layer, kinds.Flatten | kinds.ConvLocal):
        return Needs(False, after.fine)
    if isinstance(layer, Activation):
        dual = dual_of(layer)
        return Needs(after.full, after.fine or dual.rough)
    return after


def steps(layer: parts.Serial, after: Any) -> list[Any]:
    """What must be carried before every layer of a row, and after the last."""
    found = [after]
    for each in reversed(layer.layers):
        found.append(before(each, found[-1]))
    return found[::-1]


def pools_in(network: Layer) -> int:
    """How many pools there are."""
    return sum(isinstance(each, kinds.Pool | kinds.GlobalSumPool | kinds.GlobalAvgPool) for each in single(network))


def activations_in(network: Layer) -> Iterator[Activation]:
    """The activations, those of branches as well."""
    return (each for each in single(network) if isinstance(each, Activation))


_STEEP = 256.0  # by what the rounding of u may be multiplied in a slope
_SHARES = 2.0 ** -np.arange(8.0)  # of a deviation: those of cosines and Gaussians do not grow with it
_PLACES = np.linspace(-3.0, 3.0, 25)


def steep(network: Layer, largest: float, shape: Any) -> bool:
    """Whether a smooth activation is as steep as a kink where inputs of this shape have a deviation up to the largest.

    Told by deviations that outputs have at most, or, behind a LayerNorm and functions without a closed dual, roughly.
    """
    seen = [0.0]
    try:
        with np.errstate(all="ignore"):
            _largest(network, largest, shape, seen)
    except ValueError:  # no mean square at a deviation that there may not be
        return True
    return not max(seen) <= _STEEP


def _largest(layer: Layer, s: Any, shape: Any, seen: list[float]) -> Any:
    """The largest deviation behind a layer, with how steep activations are before it noted."""
    if isinstance(layer, parts.Serial):
        for each in layer.layers:
            s, shape = _largest(each, s, shape, seen), each.output_shape(shape)
        return s
    if isinstance(layer, parts.Parallel):
        return [_largest(each, one, grid, seen) for each, one, grid in zip(layer.layers, s, shape, strict=True)]
    if isinstance(layer, parts.FanOut):
        return [s] * layer.num
    if isinstance(layer, parts.Frozen):
        return _largest(layer.layer, s, shape, seen)
    if isinstance(layer, parts.FanInProd):
        return math.prod(s)
    if isinstance(layer, parts.FanInSum):
        return math.hypot(*s)
    if isinstance(layer, parts.FanInConcat):
        return max(s)
    if isinstance(layer, kinds.Dense | kinds.Conv):
        return math.hypot(layer.W_std * s, layer.b_std or 0.0)
    if isinstance(layer, Activation):
        dual = dual_of(layer)
        seen.append(float(dual.steepness(s)))
        # Quadrature and series take longer than their function.
        found = layer.values(s * _PLACES) if dual.sums else dual.deviation(s * _SHARES)
        return float(np.max(np.abs(found)))
    if isinstance(layer, kinds.SumPool):
        return s * math.prod(layer.window_shape)
    if isinstance(layer, kinds.GlobalSumPool):
        return s * math.prod(shape[1:-1])
    if isinstance(layer, kinds.LayerNorm):
        return 1.0
    return s
