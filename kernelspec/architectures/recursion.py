"""One pass over the layers of an infinitely wide network: covariances and tangent kernels of all pairs of images.

Source: Lee et al. 2018, Jacot et al. 2018 (claims L6, L7); for convolutions Novak et al. 2019, "Bayesian deep
convolutional networks with many channels are Gaussian processes", and Arora et al. 2019 (claim 49).
"""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import Any

import numpy as np

from . import combinators as parts
from . import layers as kinds
from . import spatial, twins
from .activations import Activation
from .branches import fan_in
from .duals.choice import dual_of
from .layers import Layer
from .needs import Needs, steps
from .pairs import Weights, activated, scaled
from .remembered import once
from .states import Pooled, State, of_both
from .windows import Windows


def run(layer: Layer, state: Any, after: Any, trained: bool = True) -> Any:
    """The state after a layer; a list of states where there are branches."""
    if isinstance(layer, parts.Serial):
        for each, needs in zip(layer.layers, steps(layer, after)[1:], strict=True):
            state = run(each, state, needs, trained)
        return state
    if isinstance(layer, parts.Parallel):
        several = after if isinstance(after, list) else [after] * len(layer.layers)
        rows = zip(layer.layers, state, several, strict=True)
        return [run(each, one, needs, trained) for each, one, needs in rows]
    if isinstance(layer, parts.FanOut):
        return [state] * layer.num
    if isinstance(layer, parts.Frozen):
        return run(layer.layer, state, after, False)
    if isinstance(layer, parts.FanInSum | parts.FanInProd | parts.FanInConcat):
        return fan_in(layer, state)
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
    above = of_both(lambda s: once(dual.deviation, s), state.sides)
    found = state.mapped(above, lambda pairs, old, new: activated(pairs, dual, old, new, after.fine), gaussian=False)
    if state.twins is None:
        return found
    return replace(found, twins=twins.activated(state.twins, dual, state, found))


def weights_of(layer: Any, fan_in: int, trained: bool) -> Weights:
    """What a layer with weights does, where an output reads so many numbers."""
    # In `standard`, a weight is multiplied by s_0^{-1/2} (`layers`), and its gradient with it.
    standard = layer.parameterization == "standard"
    b = layer.b_std or 0.0
    own = (fan_in / layer.s[0] if standard else layer.W_std**2, float(layer.b_std is not None) if standard else b * b)
    return Weights(layer.W_std, b, *(own if trained else (0.0, 0.0)))


def _weights(layer: Any, state: State, fan_in: int, trained: bool) -> State:
    weights = weights_of(layer, fan_in, trained)
    sides = of_both(weights.deviations, state.sides)
    difference = state.twins
    if difference is not None:
        difference = (difference.plain(state) if weights.b else difference).times(weights.W**2)
    width = layer.s[1] * (layer.out_chan if isinstance(layer, kinds.Conv) else layer.out_dim)
    return state.mapped(
        sides,
        lambda pairs, old, new: weights.apply(pairs, *old),
        channels=width,
        gaussian=True,
        origins=frozenset([object()]),
        twins=difference,
    )


def _convolution(layer: kinds.Conv, state: State, after: Needs, trained: bool) -> State:
    windows = layer.windows
    size = math.prod(windows.shape)
    if isinstance(layer, kinds.ConvLocal):
        state = state.at_equal_positions()
    sides = of_both(lambda s: once(of_patches, s, windows), state.sides)
    means = state.mapped(
        sides, lambda pairs, old, new: spatial.mean_of_patches(pairs, old, new, windows, 1 / size, after.fine)
    )
    if state.twins is not None:
        shared = state.twins.through(lambda d, layout: spatial.shared(d, windows, 1 / size, layout))
        means = replace(means, twins=shared)
    found = _weights(layer, means, state.channels * size, trained)
    if isinstance(layer, kinds.ConvLocal) and after.full:
        alone = found.twins and found.twins.alone()
        return replace(found, cross=spatial.apart(found.cross), twins=alone)
    return found


def of_patches(s: Any, windows: Windows) -> Any:
    """The deviations of means of patches."""
    return _root_mean(s, windows.counts(s.shape[1:]), 1 / math.prod(windows.shape))


def of_all(s: Any) -> Any:
    """The deviations of means over all positions."""
    return _root_mean(s, [np.ones((1, n)) for n in s.shape[1:]], 1 / math.prod(s.shape[1:])).reshape(len(s))


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
    factors = of_both(lambda s: norm_factor(s, over_grid, layer.eps), state.sides)
    sides = state.sides[0] * factors[0], state.sides[1] * factors[1]
    difference = state.twins and state.twins.rescaled(state, factors[0], math.copysign(1.0, state.twins.ratio))
    return replace(state, sides=sides, cross=scaled(state.cross, *factors), twins=difference)


def norm_factor(s: Any, over_grid: tuple[int, ...], eps: float) -> Any:
    """What a LayerNorm multiplies maps by, whose mean squares are taken over the channels and these axes."""
    size = np.sqrt(np.mean(s * s, axis=over_grid, keepdims=True)) if over_grid else s
    return np.broadcast_to(1 / np.hypot(size, math.sqrt(eps)), s.shape)


def _flatten(state: State, after: Needs) -> State:
    if not state.grid:
        return state
    positions = math.prod(state.grid)
    state = state.at_equal_positions()
    sides = of_both(lambda s: once(of_all, s), state.sides)
    return state.mapped(
        sides,
        lambda pairs, old, new: spatial.flattened(pairs, old, new, after.fine),
        channels=state.channels * positions,
        twins=None,
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
    reads = windows.flat(grid) if after.fine else None
    one, two = _alone(state, matrices, weights, after.fine)
    cross = spatial.pooled(
        state.cross, (one.before, two.before), state.sides, (one.sides, two.sides), matrices, weights, reads
    )
    found = replace(state, sides=(one.sides, two.sides), cross=cross)
    if reads is not None and state.close is not None:
        lengths = spatial.lengths_of(found.sides, weights)
        state.close.append(twins.close(state.cross, state.sides, cross.point, lengths, reads))
    if state.twins is not None:
        pooled = state.twins.through(lambda d, layout: spatial.pool(d, layout, matrices, weights))
        twins.settle(pooled, found)
        found = replace(found, twins=pooled)
    return _without_grid(found) if glob else found


def _alone(state: State, matrices: Any, weights: Any, fine: bool) -> tuple[Pooled, Pooled]:
    """What a pool makes of the images of both batches alone: noted where the pairs are those, read elsewhere."""
    if not state.cross.layout.own:
        one, two = map(next, state.traces)
        return one, two
    s = state.sides[0]
    sides = spatial.pooled_deviation(state.cross, s, matrices, weights)
    found = Pooled(sides, state.cross.point.delta if fine else None)
    (trace,) = state.traces
    trace.append(found)
    return found, found


def _without_grid(state: State) -> State:
    """A grid of one position is none."""
    sides = of_both(lambda s: s.reshape(len(s)), state.sides)
    pairs = state.cross
    shape = pairs.point.u.shape[: pairs.layout.batch]
    cross = pairs.with_grid(False, 0, spatial.mapped(pairs.point, lambda x: x.reshape(shape)), None)
    if pairs.tangent is not None:
        cross = replace(cross, tangent=pairs.tangent.reshape(shape))
    return replace(state, sides=sides, cross=cross, twins=None)
