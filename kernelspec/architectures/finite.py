r"""Networks of finite width: random parameters, outputs, and the way back for gradients.

Every layer is run by a function that gives its output and a function `back`, which takes gradients in the output, of
shape (images, readings, axes of the output...), to those in the input: a reading is one number that is differentiated.
What the gradients in a layer's weights are made of is added to a list on the way (`linear_maps.Sensitivity`).

Parameters are a tuple for every layer, a list of them for layers of layers, in the shapes of `neural_tangents.stax`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..numbers.checks import random_generator
from . import combinators as parts
from . import layers as kinds
from . import linear_maps
from .activations import Activation
from .answers import inputs
from .layers import Layer

# Gradients in the output and a list that sensitivities are added to, to gradients in the input.
Back: TypeAlias = Callable[[Any, list[Any]], Any]
Run: TypeAlias = tuple[Any, Back]


def init(network: Layer, rng: Any, input_shape: Any) -> tuple[Any, Any]:
    """Random parameters, in float64: (output_shape, params).

    Parameters
    ----------
    network : a layer, mostly a `Serial`.
    rng : a `numpy.random.Generator`, or a seed of one.
    input_shape : (images, grid axes..., channels); the number of images may be -1.

    Raises ValueError where the shape does not fit the layers.
    """
    if not isinstance(network, Layer):
        raise TypeError(f"network must be a layer, got {network!r}")
    return _init(network, random_generator(rng), kinds.as_shape(input_shape, "input_shape"))


def apply(network: Layer, params: Any, x: Any) -> Any:
    """The outputs of the network with these parameters, in the dtype of x (float32 or float64).

    Parameters
    ----------
    network : a layer, mostly a `Serial`.
    params : parameters, as `init` gives them.
    x : images, shape (images, grid axes..., channels).

    Raises ValueError where x does not fit the layers, where params are of other shapes, and where outputs overflow.
    """
    if not isinstance(network, Layer):
        raise TypeError(f"network must be a layer, got {network!r}")
    x = inputs("x", x)
    network.output_shape(x.shape)
    with np.errstate(all="ignore"):  # seen in the result
        value = _outputs(network, params, x)
    for each in value if isinstance(value, list) else [value]:
        check_finite(each)
    return value


def _outputs(layer: Layer, params: Any, x: Any) -> Any:
    """The output without the way back, which holds the maps of all layers: memory that is there already is faster."""
    if isinstance(layer, parts.Serial):
        for each, own in zip(layer.layers, _held(layer, params), strict=True):
            x = _outputs(each, own, x)
        return x
    if isinstance(layer, parts.Parallel):
        rows = zip(layer.layers, _held(layer, params), parts.branches(x, layer, len(layer.layers)), strict=True)
        return [_outputs(*row) for row in rows]
    return _outputs(layer.layer, params, x) if isinstance(layer, parts.Frozen) else run(layer, params, x)[0]


def check_finite(value: Any) -> None:
    """ValueError for outputs that are not finite numbers, or branches of these."""
    if isinstance(value, list):
        for each in value:
            check_finite(each)
    elif not np.all(np.isfinite(value)):
        raise ValueError(f"the outputs of the network overflow {value.dtype}: take smaller inputs, or float64")


# -- parameters --------------------------------------------------------------------------------------------------------


def _init(layer: Layer, rng: np.random.Generator, shape: Any) -> tuple[Any, Any]:
    if isinstance(layer, parts.Serial):
        found = []
        for each in layer.layers:
            shape, params = _init(each, rng, shape)
            found.append(params)
        return shape, found
    if isinstance(layer, parts.Parallel):
        shapes = parts.branches(shape, layer, len(layer.layers))
        pairs = [_init(each, rng, one) for each, one in zip(layer.layers, shapes, strict=True)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if isinstance(layer, parts.Frozen):
        return _init(layer.layer, rng, shape)
    after = layer.output_shape(shape)
    if isinstance(layer, linear_maps.KINDS):
        return after, linear_maps.drawn(layer, rng, kinds.as_shape(shape))
    return after, ()


# -- layers of layers --------------------------------------------------------------------------------------------------


@functools.singledispatch
def run(layer: Layer, params: Any, x: Any) -> Run:
    """The output of a layer, and the way back."""
    raise TypeError(f"layers must be layers of kernelspec.architectures, got {layer!r}")


def _held(layer: parts.Serial | parts.Parallel, params: Any) -> Sequence[Any]:
    if not isinstance(params, list | tuple) or len(params) != len(layer.layers):
        raise ValueError(f"params must hold the parameters of {len(layer.layers)} layers, got {type(params).__name__}")
    return params


@run.register
def _serial(layer: parts.Serial, params: Any, x: Any) -> Run:
    backs = []
    for each, own in zip(layer.layers, _held(layer, params), strict=True):
        x, back = run(each, own, x)
        backs.append(back)

    def all_back(g: Any, found: list[Any]) -> Any:
        for back in reversed(backs):
            g = back(g, found)
        return g

    return x, all_back


@run.register
def _parallel(layer: parts.Parallel, params: Any, x: Any) -> Run:
    branches = parts.branches(x, layer, len(layer.layers))
    runs = [run(each, own, one) for each, own, one in zip(layer.layers, _held(layer, params), branches, strict=True)]

    def back(g: Any, found: list[Any]) -> Any:
        return [one[1](each, found) for one, each in zip(runs, g, strict=True)]

    return [one[0] for one in runs], back


@run.register
def _frozen(layer: parts.Frozen, params: Any, x: Any) -> Run:
    value, back = run(layer.layer, params, x)
    return value, lambda g, found: back(g, [])


@run.register
def _fan_out(layer: parts.FanOut, params: Any, x: Any) -> Run:
    return [x] * layer.num, lambda g, found: sum(g[1:], g[0])


@run.register
def _sum(layer: parts.FanInSum, params: Any, x: Any) -> Run:
    return sum(x[1:], x[0]), lambda g, found: [g] * len(x)


@run.register
def _product(layer: parts.FanInProd, params: Any, x: Any) -> Run:
    def back(g: Any, found: list[Any]) -> Any:
        rest = [math.prod((x[j][:, None] for j in range(len(x)) if j != i), start=g) for i in range(len(x))]
        return rest

    return math.prod(x[1:], start=x[0]), back


@run.register
def _concatenation(layer: parts.FanInConcat, params: Any, x: Any) -> Run:
    axis = kinds.own_axis("axis", layer.axis, x[0].shape)
    cuts = np.cumsum([each.shape[axis] for each in x])[:-1]
    return np.concatenate(x, axis), lambda g, found: np.split(g, cuts, axis + 1)


# -- layers without weights --------------------------------------------------------------------------------------------


@run.register
def _identity(layer: kinds.Identity, params: Any, x: Any) -> Run:
    return x, lambda g, found: g


@run.register
def _flatten(layer: kinds.Flatten, params: Any, x: Any) -> Run:
    return x.reshape(len(x), -1), lambda g, found: g.reshape(*g.shape[:2], *x.shape[1:])


@run.register
def _activation(layer: Activation, params: Any, x: Any) -> Run:
    return layer.values(x), lambda g, found: g * layer.slopes(x)[:, None]


@run.register
def _norm(layer: kinds.LayerNorm, params: Any, x: Any) -> Run:
    axes = layer.axes(x.shape)
    deviation = np.sqrt(x.var(axes, keepdims=True) + x.dtype.type(layer.eps))
    y = (x - x.mean(axes, keepdims=True)) / deviation

    def back(g: Any, found: list[Any]) -> Any:
        behind = tuple(axis + 1 for axis in axes)
        along = y[:, None] * (y[:, None] * g).mean(behind, keepdims=True)
        return (g - g.mean(behind, keepdims=True) - along) / deviation[:, None]

    return y, back


@run.register(kinds.SumPool)
@run.register(kinds.AvgPool)
def _pool(layer: kinds.SumPool | kinds.AvgPool, params: Any, x: Any) -> Run:
    matrices = list(layer.windows.counts(x.shape[1:-1]))
    if isinstance(layer, kinds.AvgPool):
        sides = layer.window_shape
        matrices = [
            matrix / (matrix.sum(1, keepdims=True) if layer.normalize_edges else side)
            for matrix, side in zip(matrices, sides, strict=True)
        ]
    return _by_axis(matrices, x)


@run.register(kinds.GlobalSumPool)
@run.register(kinds.GlobalAvgPool)
def _global_pool(layer: kinds.GlobalSumPool | kinds.GlobalAvgPool, params: Any, x: Any) -> Run:
    grid = x.shape[1:-1]
    scale = 1 / math.prod(grid) if isinstance(layer, kinds.GlobalAvgPool) else 1.0

    def back(g: Any, found: list[Any]) -> Any:
        spread = g.reshape(*g.shape[:2], *(1 for _ in grid), g.shape[-1])
        return np.broadcast_to(scale * spread, (*g.shape[:2], *x.shape[1:]))

    return scale * x.sum(tuple(range(1, x.ndim - 1))), back


def _by_axis(matrices: Sequence[Any], x: Any) -> Run:
    """A matrix (outputs, positions) along every axis of the grid."""
    matrices = [matrix.astype(x.dtype) for matrix in matrices]

    def along(value: Any, first: int, turned: bool) -> Any:
        for axis, matrix in enumerate(matrices, first):
            value = np.moveaxis(np.tensordot(matrix, value, (0 if turned else 1, axis)), 0, axis)
        return value

    return along(x, 1, False), lambda g, found: along(g, 2, True)


run.register(kinds.Dense, linear_maps.dense)
run.register(kinds.Conv, linear_maps.convolution)
