r"""Kernels of a network of finite width with given parameters, exactly, by backward passes.

For outputs f of C channels (at the positions s, where they have a grid) and parameters theta,

.. math:: \mathrm{nngp} = \frac1C \sum_c f_{sc}(x) f_{s'c}(x'), \qquad
          \mathrm{ntk} = \frac1C \sum_c \nabla_\theta f_{sc}(x) \cdot \nabla_\theta f_{s'c}(x')

with the mean over channels of `neural_tangents.empirical_kernel_fn`, whose limit the kernels of infinite width are. A
layer's gradient in the weights is sum_p a_p g_p^T over positions p (`linear_maps`), so its part of a product is

.. math:: \Big\langle \sum_p a_p g_p^\top, \sum_q a'_q g_q'^\top \Big\rangle = \sum_{pq} \langle a_p, a'_q\rangle
          \langle g_p, g'_q\rangle

of which the side with fewer multiplications is computed; where every position has its own weights, p = q alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, SupportsIndex

import numpy as np

from ..numbers.checks import flag, memory_size
from .answers import answer, asked, both_inputs, one_output, with_grid
from .finite import check_finite, run
from .layers import Layer
from .linear_maps import Sensitivity


def empirical_kernel(
    network: Layer,
    params: Any,
    x1: Any,
    x2: Any = None,
    get: Any = None,
    *,
    traced: bool = True,
    memory: SupportsIndex | float = 2**30,
) -> Any:
    """The kernels of a network with these parameters (formulas: the top of this module).

    Parameters
    ----------
    network : a layer, mostly a `Serial`.
    params : its parameters, as `init` gives them.
    x1, x2 : images, shape (images, grid axes..., channels); x2 = None is x1.
    get : "nngp" or "ntk" for an array, a tuple of these for a named tuple; None for both.
    traced : the mean over channels; False for the products of all pairs of channels, without a mean.
    memory : bytes for what is kept of the images on the way, at least that of one image.

    Returns arrays (n1, n2), or (n1, n2, h, h', w, w') where outputs have a grid (h, w), in the dtype of the images.
    Pairs of channels (c, c') are two more axes, the last ones.

    Raises ValueError or TypeError for images that do not fit the network and parameters of other shapes, and where
    numbers overflow.
    """
    if not isinstance(network, Layer):
        raise TypeError(f"network must be a layer, got {network!r}")
    kinds, limit = asked(get), memory_size(memory)
    x1, x2 = both_inputs(x1, x2)
    readings = _Readings(one_output(network.output_shape(x1.shape))[1:], flag("traced", traced))
    first, second = len(x1), len(x1 if x2 is None else x2)
    found = {kind: np.empty((first * readings.positions, second * readings.positions), x1.dtype) for kind in kinds}
    with np.errstate(all="ignore"):  # seen in the result
        tangent, other = "ntk" in kinds, x1 if x2 is None else x2
        step = _images(network, params, x1 if len(x1) else other, readings, tangent, limit)
        for rows, left in _blocks(network, params, x1, readings, tangent, step):
            start = 0
            if x2 is None:  # the rest is the same with its sides exchanged
                _fill(found, rows, rows, left, left, readings, limit)
                start = rows.stop
            for columns, right in _blocks(network, params, other, readings, tangent, step, start):
                _fill(found, rows, columns, left, right, readings, limit)
    for kind, matrix in found.items():
        if x2 is None:
            upper = np.triu(matrix)
            matrix = upper + np.triu(matrix, 1).T
        check_finite(matrix)
        found[kind] = with_grid(matrix, first, second, readings.axes)
    return answer(get, found)


class _Readings(NamedTuple):
    """What is differentiated: every channel of every position; a trace over channels, or pairs of them."""

    shape: tuple[int, ...]  # of an output: grid axes and channels
    traced: bool

    @property
    def axes(self) -> tuple[int, ...]:
        return self.shape[:-1] if self.traced else self.shape

    @property
    def positions(self) -> int:
        return math.prod(self.axes)

    @property
    def channels(self) -> int:
        """Over which is summed."""
        return self.shape[-1] if self.traced else 1

    def unit_gradients(self, images: int, dtype: Any) -> Any:
        """The gradient of every reading in the output, shape (images, readings, grid axes..., channels)."""
        count = math.prod(self.shape)
        one = np.eye(count, dtype=dtype).reshape(count, *self.shape)
        return np.broadcast_to(one, (images, *one.shape))


class _Block(NamedTuple):
    """Of some images: outputs (images, positions, channels), and the sensitivities of all layers with weights."""

    outputs: Any
    layers: list[Sensitivity]


def _block(network: Layer, params: Any, x: Any, readings: _Readings, tangent: bool) -> _Block:
    value, back = run(network, params, x)
    layers: list[Sensitivity] = []
    if tangent:
        back(readings.unit_gradients(len(x), x.dtype), layers)
    return _Block(value.reshape(len(x), readings.positions, readings.channels), layers)


def _images(network: Layer, params: Any, x: Any, readings: _Readings, tangent: bool, memory: int) -> int:
    """How many images a block has: what is kept of one is measured, and as much again is on the way."""
    if not len(x):
        return 1
    one = _block(network, params, x[:1], readings, tangent)
    size = one.outputs.nbytes + sum(each.inputs.nbytes + each.gradients.nbytes for each in one.layers)
    return max(1, memory // (8 * size))


def _blocks(
    network: Layer, params: Any, x: Any, readings: _Readings, tangent: bool, step: int, start: int = 0
) -> Iterator[tuple[slice, _Block]]:
    for first in range(start, len(x), step):
        part = slice(first, min(first + step, len(x)))
        yield part, _block(network, params, x[part], readings, tangent)


def _fill(
    found: dict[str, Any], rows: slice, columns: slice, left: _Block, right: _Block, readings: _Readings, memory: int
) -> None:
    """The entries of two blocks."""
    positions, channels = readings.positions, readings.channels
    at = tuple(slice(part.start * positions, part.stop * positions) for part in (rows, columns))
    if "nngp" in found:
        sides = [each.outputs.reshape(-1, channels) for each in (left, right)]
        found["nngp"][at] = sides[0] @ sides[1].T / channels
    if "ntk" in found:
        total = np.zeros((at[0].stop - at[0].start, at[1].stop - at[1].start), dtype=found["ntk"].dtype)
        for a, b in zip(left.layers, right.layers, strict=True):
            total += _product(a, b, readings, memory)
        found["ntk"][at] = total / channels


# -- the products of two gradients -----------------------------------------------------------------------------------


def _product(a: Sensitivity, b: Sensitivity, readings: _Readings, memory: int) -> Any:
    """Summed over channels of the output, shape (n1 positions of the output, n2 of these)."""
    images, positions, numbers = a.inputs.shape
    others, width = len(b.inputs), a.gradients.shape[-1]
    if a.local or positions == 1:
        return _of_pairs(a, b, readings, diagonal=True)
    places = readings.positions
    written = (images + others) * readings.channels * places * positions * numbers * width
    written += images * others * places**2 * readings.channels * numbers * width
    pairs = images * others * positions**2 * (numbers + places**2 * readings.channels * width)
    size = images * positions * others * positions * (1 + places**2) * a.inputs.itemsize
    if written < pairs or size > memory:
        return _of_gradients(a, readings) @ _of_gradients(b, readings).T
    return _of_pairs(a, b, readings, diagonal=False)


def _of_gradients(a: Sensitivity, readings: _Readings) -> Any:
    """The gradients themselves, shape (images and positions of the output, channels of the output and weights)."""
    inputs = np.swapaxes(a.inputs, 1, 2)[:, None]
    return (inputs @ a.gradients).reshape(len(a.inputs) * readings.positions, -1)


def _of_pairs(a: Sensitivity, b: Sensitivity, readings: _Readings, diagonal: bool) -> Any:
    """By inner products of the inputs and of the gradients, at pairs of positions or at equal ones."""
    n, m, places = len(a.inputs), len(b.inputs), readings.positions
    if diagonal:
        left, right = (np.swapaxes(each.inputs, 0, 1) for each in (a, b))
        inner = left @ np.swapaxes(right, 1, 2)  # (positions, n, m)
        sides = [_at_positions(each, readings) for each in (a, b)]
        outer = (sides[0] @ np.swapaxes(sides[1], 1, 2)).reshape(-1, n, places, m, places)
        return (inner[:, :, None, :, None] * outer).sum(0).reshape(n * places, m * places)
    inner = np.einsum("npk,mqk->npmq", a.inputs, b.inputs, optimize=True)
    sides = [_at_positions(each, readings) for each in (a, b)]
    positions = a.inputs.shape[1]
    flat = [side.reshape(-1, side.shape[-1]) for side in sides]
    outer = (flat[0] @ flat[1].T).reshape(positions, n, places, positions, m, places)
    return np.einsum("npmq,pnsqmt->nsmt", inner, outer, optimize=True).reshape(n * places, m * places)


def _at_positions(a: Sensitivity, readings: _Readings) -> Any:
    """The gradients by position: (positions, images and positions of the output, channels of the output and layer)."""
    n, _, positions, width = a.gradients.shape
    split = a.gradients.reshape(n, readings.positions, readings.channels, positions, width)
    moved = np.moveaxis(split, 3, 0)
    return moved.reshape(positions, n * readings.positions, readings.channels * width)
