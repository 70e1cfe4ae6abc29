"""One pass over the layers of an infinitely wide network: covariances and tangent kernels of all pairs of images.

Source: Lee et al. 2018, Jacot et al. 2018 (claims L6, L7); for convolutions Novak et al. 2019, "Bayesian deep
convolutional networks with many channels are Gaussian processes", and Arora et al. 2019 (claim 49).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import combinators as parts
from . import layers as kinds
from . import spatial
from .activations import Activation
from .duals.choice import dual_of
from .layers import Layer
from .needs import Needs, steps
from .pairs import Pairs, Weights, activated, multiplied, scaled, summed

Both = tuple[Any, Any]


@dataclass(frozen=True)
class State:
    """What is known of a layer's output, for two batches of images.

    Parameters
    ----------
    sides : deviations of both batches, (images, grid...).
    cross : all pairs of images.
    owns : every image with itself, at all pairs of positions, where those are wanted; else None.
    channels : how many channels a finite network has here.
    gaussian : whether the outputs are Gaussian with mean 0.
    origins : what the outputs are random by: maps of disjoint ones are uncorrelated, where their means are 0.
    """

    sides: Both
    cross: Pairs
    owns: tuple[Pairs, Pairs] | None
    channels: int
    gaussian: bool
    origins: frozenset[object]

    @property
    def grid(self) -> tuple[int, ...]:
        return tuple(self.sides[0].shape[1:])

    def mapped(self, sides: Both, function: Callable[[Pairs, Both, Both], Pairs], **changes: Any) -> State:
        """The state with new deviations, a function of (pairs, deviations, new deviations) of all pairs."""
        owns = self.owns
        if owns is not None:
            one, two = (
                function(own, (old, old), (new, new)) for own, old, new in zip(owns, self.sides, sides, strict=True)
            )
            owns = one, two
        cross = function(self.cross, self.sides, sides)
        return replace(self, sides=sides, cross=cross, owns=owns, **changes)

    def at_equal_positions(self) -> State:
        """Without pairs of unequal positions."""
        if not self.cross.layout.full:
            return self
        return replace(self, cross=spatial.diagonal(self.cross), owns=None)


def run(layer: Layer, state: Any, after: Any, tangent: bool, trained: bool = True) -> Any:
    """The state after a layer; a list of states where there are branches."""
    if isinstance(layer, parts.Serial):
        for each, needs in zip(layer.layers, steps(layer, after, tangent)[1:], strict=True):
            state = run(each, state, needs, tangent, trained)
        return state
    if isinstance(layer, parts.Parallel):
        several = after if isinstance(after, list) else [after] * len(layer.layers)
        rows = zip(layer.layers, state, several, strict=True)
        return [run(each, one, needs, tangent, trained) for each, one, needs in rows]
    if isinstance(layer, parts.FanOut):
        return [state] * layer.num
    if isinstance(layer, parts.Frozen):
        return run(layer.layer, state, after, tangent, False)
    if isinstance(layer, parts.FanInSum | parts.FanInProd | parts.FanInConcat):
        return _fan_in(layer, state)
    found = _one(layer, state, after, trained)
    return found if after.full or not found.grid else found.at_equal_positions()


def _one(layer: Layer, state: State, after: Needs, trained: bool) -> State:
    if isinstance(layer, Activation):
        return _activation(layer, state, after)
    if isinstance(layer, kinds.Dense):
        return _weights(layer, state, state.channels, trained)
    if isinstance(layer, kinds.Conv):
        return _convolution(layer, state, after, trained)
    if isinstance(layer, kinds.LayerNorm):
        return _layer_norm(layer, state)
    if isinstance(layer, kinds.Flatten):
        return _flatten(state, after)
    if isinstance(layer, kinds.Pool | kinds.GlobalSumPool | kinds.GlobalAvgPool):
        return _pool(layer, state, after)
    if isinstance(layer, kinds.Identity):
        return state
    raise NotImplementedError(f"no kernel of infinite width is known for {layer!r}")


def _need_gaussian(layer: Layer, state: State) -> None:
    if not state.gaussian:
        raise ValueError(
            f"{layer!r} needs Gaussian inputs, which have a limit of infinite width: put Dense or Conv before it"
        )


def _activation(layer: Activation, state: State, after: Needs) -> State:
    _need_gaussian(layer, state)
    dual = dual_of(layer)
    above = dual.deviation(state.sides[0]), dual.deviation(state.sides[1])
    return state.mapped(above, lambda pairs, old, new: activated(pairs, dual, old, new, after.fine), gaussian=False)


def _weights(layer: Any, state: State, fan_in: int, trained: bool) -> State:
    standard = layer.parameterization == "standard"
    b = layer.b_std or 0.0
    own = (fan_in / layer.s[0] if standard else layer.W_std**2, float(layer.b_std is not None) if standard else b * b)
    weights = Weights(layer.W_std, b, *(own if trained else (0.0, 0.0)))
    sides = weights.deviations(state.sides[0]), weights.deviations(state.sides[1])
    width = layer.s[1] * (layer.out_chan if isinstance(layer, kinds.Conv) else layer.out_dim)
    return state.mapped(
        sides,
        lambda pairs, old, new: weights.apply(pairs, *old),
        channels=width,
        gaussian=True,
        origins=frozenset([object()]),
    )


def _convolution(layer: kinds.Conv, state: State, after: Needs, trained: bool) -> State:
    windows, grid = layer.windows, state.grid
    size = math.prod(windows.shape)
    counts, reads = windows.counts(grid), windows.reads(grid)
    if isinstance(layer, kinds.ConvLocal):
        state = state.at_equal_positions()
    sides = tuple(_root_mean(s, counts, 1 / size) for s in state.sides)
    means = state.mapped(
        sides,  # type: ignore[arg-type]  # two of them
        lambda pairs, old, new: spatial.mean_of_patches(pairs, old, new, reads, 1 / size, after.fine),
    )
    found = _weights(layer, means, state.channels * size, trained)
    if isinstance(layer, kinds.ConvLocal) and after.full:
        cross = spatial.apart(found.cross)
        owns = tuple(spatial.apart(_own(s, found.cross)) for s in found.sides)
        found = replace(found, cross=cross, owns=owns)
    return found


def _own(s: Any, cross: Pairs) -> Pairs:
    """Every image with itself at equal positions."""
    from .duals.dual import coincident

    layout = replace(cross.layout, own=True)
    return Pairs(layout, coincident(s), None)


def _root_mean(s: Any, matrices: Any, weight: float) -> Any:
    """(weight times the sum of s^2 over windows)^{1/2}, without overflow."""
    largest = float(np.max(s, initial=0.0)) or 1.0
    return largest * np.sqrt(np.maximum(weight * spatial.along((s / largest) ** 2, matrices, 1), 0.0))


def _layer_norm(layer: kinds.LayerNorm, state: State) -> State:
    _need_gaussian(layer, state)
    axes = layer.axes((1, *state.grid, state.channels))
    channel = len(state.grid) + 1
    if channel not in axes:
        raise ValueError(f"{layer!r} must have the channels among its axes, for a limit of infinite width")
    over_grid = tuple(axis for axis in axes if axis != channel)
    factors = tuple(
        1 / np.hypot(np.sqrt(np.mean(s * s, axis=over_grid, keepdims=True)) if over_grid else s, math.sqrt(layer.eps))
        for s in state.sides
    )
    factors = tuple(np.broadcast_to(f, s.shape) for f, s in zip(factors, state.sides, strict=True))
    sides = tuple(s * f for s, f in zip(state.sides, factors, strict=True))
    found = state.mapped(sides, lambda pairs, old, new: pairs)  # type: ignore[arg-type]  # two of them
    return replace(found, cross=scaled(found.cross, *factors))


def _flatten(state: State, after: Needs) -> State:
    if not state.grid:
        return state
    positions = math.prod(state.grid)
    state = replace(state.at_equal_positions(), owns=None)
    matrices = [np.ones((1, n)) for n in state.grid]
    sides = tuple(_root_mean(s, matrices, 1 / positions).reshape(len(s)) for s in state.sides)
    return state.mapped(
        sides,  # type: ignore[arg-type]  # two of them
        lambda pairs, old, new: spatial.flattened(pairs, old, new, after.fine),
        channels=state.channels * positions,
    )


def _pool(layer: Any, state: State, after: Needs) -> State:
    grid = state.grid
    if not grid:
        return state
    glob = not isinstance(layer, kinds.Pool)
    windows = kinds.Pool(grid).windows if glob else layer.windows
    matrices, weights = windows.counts(grid), np.array(1.0)
    if isinstance(layer, kinds.GlobalAvgPool):
        weights = np.array(1 / math.prod(grid))
    elif isinstance(layer, kinds.AvgPool):
        weights = np.array(1 / math.prod(windows.shape))
        if layer.normalize_edges:
            weights = 1 / functools.reduce(np.multiply.outer, [matrix.sum(axis=1) for matrix in matrices])
    assert state.owns is not None
    sides = tuple(
        spatial.pooled_deviation(own, s, matrices, weights) for own, s in zip(state.owns, state.sides, strict=True)
    )
    reads = windows.reads(grid) if after.fine else None
    before = [own.product(s, s) for own, s in zip(state.owns, state.sides, strict=True)]

    def pool(pairs: Pairs, first: int, second: int) -> Pairs:
        old, new = (state.sides[first], state.sides[second]), (sides[first], sides[second])
        return spatial.pooled(pairs, (before[first], before[second]), old, new, matrices, weights, reads)

    owns = pool(state.owns[0], 0, 0), pool(state.owns[1], 1, 1)
    found = replace(state, sides=sides, cross=pool(state.cross, 0, 1), owns=owns)
    return _without_grid(found) if glob else found


def _without_grid(state: State) -> State:
    """A grid of one position is none."""
    sides = tuple(s.reshape(len(s)) for s in state.sides)
    pairs = state.cross
    shape = pairs.point.u.shape[:2]
    cross = pairs.with_grid(False, 0, spatial.mapped(pairs.point, lambda x: x.reshape(shape)), None)
    if pairs.tangent is not None:
        cross = replace(cross, tangent=pairs.tangent.reshape(shape))
    return replace(state, sides=sides, cross=cross, owns=None)


# -- branches --------------------------------------------------------------------------------------------------------


def _fan_in(layer: Layer, states: list[State]) -> State:
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
        product = tuple(functools.reduce(np.multiply, [each[i] for each in sides]) for i in (0, 1))
        owns = _all_owns(states, lambda several, s: multiplied(several, [(each, each) for each in s]))
        found = replace(states[0], sides=product, cross=multiplied(crosses, sides), owns=owns)
        return replace(found, gaussian=False, origins=origins)
    weights = [1.0] * len(states)
    if channels:
        total = sum(each.channels for each in states)
        weights = [each.channels / total for each in states]
    totals = tuple(
        functools.reduce(np.hypot, [math.sqrt(w) * each[i] for w, each in zip(weights, sides, strict=True)], 0.0)
        for i in (0, 1)
    )
    owns = _all_owns(
        states, lambda several, s: summed(several, [(each, each) for each in s], (_hypot(s, weights),) * 2, weights)
    )
    found = replace(states[0], sides=totals, cross=summed(crosses, sides, totals, weights), owns=owns)
    width = sum(each.channels for each in states) if channels else states[0].channels
    return replace(found, gaussian=gaussian and not channels, origins=origins, channels=width)


def _hypot(several: list[Any], weights: list[float]) -> Any:
    return functools.reduce(np.hypot, [math.sqrt(w) * s for w, s in zip(weights, several, strict=True)], 0.0)


def _all_owns(states: list[State], function: Callable[[list[Pairs], list[Any]], Pairs]) -> tuple[Pairs, Pairs] | None:
    if any(each.owns is None for each in states):
        return None
    both = []
    for i in (0, 1):
        pairs = [each.owns[i] for each in states if each.owns is not None]
        both.append(function(pairs, [each.sides[i] for each in states]))
    return both[0], both[1]


def _independent(layer: Layer, states: list[State], equal_positions: bool) -> None:
    """ValueError where branches are correlated: their covariances are then no function of their kernels."""
    if equal_positions:  # of a concatenation along the grid, whose parts never meet
        return
    for i, one in enumerate(states):
        for other in states[i + 1 :]:
            if one.origins & other.origins:
                raise ValueError(
                    f"{layer!r} needs independent branches: two of them read the same outputs without weights of "
                    "their own; put Dense or Conv into all but one"
                )
    if sum(not each.gaussian for each in states) > 1:
        raise ValueError(f"{layer!r} needs branches of mean 0, but for one: end the others in Dense or Conv")


def _beside(states: list[State], axis: int) -> State:
    """Maps one after the other along an axis of the grid."""
    sides = tuple(np.concatenate([each.sides[i] for each in states], axis=1 + axis) for i in (0, 1))
    cross = spatial.beside([each.cross for each in states], axis)
    owns = None
    if all(each.owns is not None for each in states):
        both = [[each.owns[i] for each in states if each.owns is not None] for i in (0, 1)]
        owns = spatial.beside(both[0], axis), spatial.beside(both[1], axis)
    return replace(states[0], sides=sides, cross=cross, owns=owns)
