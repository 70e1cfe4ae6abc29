"""Where branches meet: sums, products and concatenations of independent maps."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from . import combinators as parts
from . import layers as kinds
from . import spatial, twins
from .layers import Layer
from .pairs import multiplied, summed
from .states import Both, State


def fan_in(layer: Layer, states: list[State]) -> State:
    """The state of a sum, a product or a concatenation of branches; ValueError where they are correlated."""
    full = all(each.cross.layout.full for each in states)
    if not full:
        states = [each.at_equal_positions() for each in states]
    origins: frozenset[object] = frozenset().union(*(each.origins for each in states))
    axis = None
    if isinstance(layer, parts.FanInConcat):
        axis = kinds.own_axis("axis", layer.axis, (1, *states[0].grid, states[0].channels)) - 1
    channels = axis is not None and axis == len(states[0].grid)
    if not channels:
        _independent(layer, states, axis is not None and not full)
    gaussian = all(each.gaussian for each in states)
    if axis is not None and not channels:
        return replace(_beside(states, axis), origins=origins, gaussian=gaussian)
    crosses, sides = [each.cross for each in states], [each.sides for each in states]
    if isinstance(layer, parts.FanInProd):
        product = _of_each(lambda several: functools.reduce(np.multiply, several), sides)
        found = replace(states[0], sides=product, cross=multiplied(crosses, sides))
        return replace(found, gaussian=False, origins=origins, twins=twins.multiplied(states))
    weights = [1.0] * len(states)
    if channels:
        total = sum(each.channels for each in states)
        weights = [each.channels / total for each in states]
    totals = _of_each(lambda several: _hypot(several, weights), sides)
    found = replace(states[0], sides=totals, cross=summed(crosses, sides, totals, weights))
    width = sum(each.channels for each in states) if channels else states[0].channels
    difference = twins.summed(states, weights)
    return replace(found, gaussian=gaussian and not channels, origins=origins, channels=width, twins=difference)


def _of_each(function: Callable[[list[Any]], Any], sides: list[Both]) -> Both:
    """A function of the branches' deviations, for both batches."""
    return function([each[0] for each in sides]), function([each[1] for each in sides])


def _hypot(several: list[Any], weights: list[float]) -> Any:
    return functools.reduce(np.hypot, [math.sqrt(w) * s for w, s in zip(weights, several, strict=True)], 0.0)


def _independent(layer: Layer, states: list[State], equal_positions: bool) -> None:
    """ValueError where branches are correlated: their covariances are then no function of their kernels."""
    if equal_positions:  # of a concatenation along the grid, whose parts never meet
        return
    for one, other in itertools.combinations(states, 2):
        if one.origins & other.origins:
            raise ValueError(
                f"{layer!r} needs independent branches: two of them read the same outputs without weights of their "
                "own; put Dense or Conv into all but one"
            )
    if sum(not each.gaussian for each in states) > 1:
        raise ValueError(f"{layer!r} needs branches of mean 0, but for one: end the others in Dense or Conv")


def _beside(states: list[State], axis: int) -> State:
    """Maps one after the other along an axis of the grid."""
    sides = _of_each(lambda several: np.concatenate(several, axis=1 + axis), [each.sides for each in states])
    cross = spatial.beside([each.cross for each in states], axis)
    return replace(states[0], sides=sides, cross=cross, twins=twins.beside(states, axis))
