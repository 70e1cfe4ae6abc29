"""What a layer's input must carry for what follows: all pairs of positions, and digits of 1 - u."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

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
