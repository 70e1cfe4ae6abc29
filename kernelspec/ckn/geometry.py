"""Where a network's patches and windows stand: for each layer and axis, positions, pooling matrices, weights.

A signal is an image of height 1: the first axis then has patches of 1 and no pooling.
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numbers.checks import FloatArray
from .layers import Layer
from .network import Network, sizes_of


@dataclass(frozen=True)
class Axis:
    """One axis of one layer.

    `read` are the positions that the layer reads (its input has `size` of them), `keep` those of its patches that
    pooling looks at, out of `patches`; `matrix` is the pooling from them, None where it is the identity.
    """

    size: int
    patches: int
    offsets: range
    border: str
    keep: Any
    matrix: FloatArray | None
    outputs: int

    @property
    def kept(self) -> int:
        return len(self.keep)

    @property
    def full(self) -> FloatArray:
        """The pooling matrix, shape (outputs, kept)."""
        return np.eye(self.kept) if self.matrix is None else self.matrix

    @functools.cached_property
    def bands(self) -> list[tuple[slice, slice]]:
        """Blocks of rows with the columns that they need: windows are short, so most of the matrix is 0."""
        matrix = self.full
        count = max(1, round(matrix.shape[0] / 5))
        blocks = []
        for rows in np.array_split(np.arange(matrix.shape[0]), count):
            columns = np.flatnonzero(matrix[rows].any(axis=0))
            if not len(columns):  # no tap inside: the product is 0, from any one column
                columns = np.array([0])
            blocks.append((slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)))
        return blocks

    def reads(self) -> Any:
        """The input positions of the kept patches, shape (kept, patch); `size` stands for a zero outside."""
        where = np.asarray(self.keep)[:, None] + np.asarray(self.offsets)[None, :]
        if self.border == "circular":
            return where % self.size
        return np.where((where >= 0) & (where < self.size), where, self.size)


@dataclass(frozen=True)
class LayerGeometry:
    """The two axes of a layer, and the factor of the patch measure."""

    axes: tuple[Axis, Axis]
    scale: float

    @property
    def plain(self) -> bool:
        """Whether there is no pooling at all."""
        return all(axis.matrix is None for axis in self.axes)

    @property
    def kept(self) -> int:
        """Positions at which the patch kernel is evaluated."""
        return self.axes[0].kept * self.axes[1].kept

    @property
    def outputs(self) -> int:
        return self.axes[0].outputs * self.axes[1].outputs


@dataclass(frozen=True)
class Geometry:
    """All layers of a network for inputs of one size."""

    layers: tuple[LayerGeometry, ...]
    features: int  # numbers in a patch of the input
    coincident: int  # the first layer from which on pairs of one position suffice
    reach: Any  # whether a pair of rows of the first layer, kept places (u, v), has a part in the output


def geometry(network: Network, positions: tuple[int, ...], channels: int, whole: bool = False) -> Geometry:
    """The geometry for images (height, width) or signals (length,); ValueError where a map is empty.

    `whole` keeps patches that no window of the pooling reads, for maps.
    """
    sizes_of(network, positions, channels)
    flat = len(positions) == 1
    sizes = (1, *positions) if flat else positions
    layers = []
    for layer in network.layers:
        line = Axis(1, 1, range(1), "zero", np.arange(1), None, 1)
        axes = (line if flat else _axis(layer, sizes[0], whole), _axis(layer, sizes[1], whole))
        scale = 1 / layer.patch ** len(positions) if layer.normalized else 1.0
        layers.append(LayerGeometry(axes, scale))
        sizes = (axes[0].outputs, axes[1].outputs)
    features = channels * len(layers[0].axes[0].offsets) * len(layers[0].axes[1].offsets)
    coincident = len(layers)
    while network.output == "sum" and coincident and layers[coincident - 1].plain:
        coincident -= 1
    everything = np.ones((layers[0].axes[0].kept,) * 2, dtype=bool)
    return Geometry(tuple(layers), features, coincident, everything)


def _axis(layer: Layer, size: int, whole: bool) -> Axis:
    patches = layer.map_size(size)
    if layer.pool is None:
        return Axis(size, patches, layer.offsets, layer.border, np.arange(patches), None, patches)
    matrix = layer.pooling(patches)
    outputs = matrix.shape[0]
    keep = np.arange(patches) if whole else np.flatnonzero(matrix.any(axis=0))
    reduced = matrix[:, keep]
    identity = reduced.shape[0] == reduced.shape[1] and np.array_equal(reduced, np.eye(outputs))
    return Axis(size, patches, layer.offsets, layer.border, keep, None if identity else reduced, outputs)


def trimmed(shape: Geometry, same_windows: bool) -> Geometry:
    """The geometry without the outputs, and then the patches, that no later layer reads.

    Windows of the last layer may leave out the end of its map; what lies there is a part of the maps, but not of
    the kernel. With `same_windows` only pairs of positions count that meet in one window of the last layer.
    """
    layers = list(shape.layers)
    for number in range(len(layers) - 1, 0, -1):
        (a, b), (c, d) = layers[number - 1].axes, layers[number].axes
        (a, c), (b, d) = _trim(a, c), _trim(b, d)
        layers[number - 1] = dataclasses.replace(layers[number - 1], axes=(a, b))
        layers[number] = dataclasses.replace(layers[number], axes=(c, d))
    if same_windows:
        shape = dataclasses.replace(shape, reach=_reach([layer.axes[0] for layer in layers]))
    return dataclasses.replace(shape, layers=tuple(layers))


def _reach(axes: list[Axis]) -> Any:
    """Which pairs of kept places of the first layer end in one window of the last layer, along one image axis."""
    pairs = np.eye(axes[-1].outputs, dtype=bool)
    for layer in range(len(axes) - 1, -1, -1):
        window = axes[layer].full > 0
        pairs = (window.T.astype(float) @ pairs @ window) > 0
        if layer:
            outputs, reads = axes[layer - 1].outputs, axes[layer].reads()
            below = np.zeros((outputs + 1, outputs + 1), dtype=bool)  # the last place is the zero outside
            for c in range(reads.shape[1]):
                below[np.ix_(reads[:, c], reads[:, c])] |= pairs
            pairs = below[:outputs, :outputs]
    return pairs


def _trim(axis: Axis, reader: Axis) -> tuple[Axis, Axis]:
    """An axis of a layer and the same one of the next layer, without the outputs at the end that are not read."""
    reads = reader.reads()
    last = int(reads[reads < reader.size].max()) + 1
    if reader.border == "circular" or last == axis.outputs:
        return axis, reader
    matrix = axis.full[:last]
    used = np.flatnonzero(matrix.any(axis=0))
    # An identity stays one: its positions go with its outputs.
    left = None if axis.matrix is None else matrix[:, used]
    lost = reader.size - last
    return (
        dataclasses.replace(axis, keep=axis.keep[used], matrix=left, outputs=last),
        dataclasses.replace(reader, size=last, patches=reader.patches - lost),
    )


def trace_weights(layer: LayerGeometry) -> tuple[FloatArray, FloatArray]:
    """For each axis A^T A: sum_u <(A x)(u), (A y)(u)> = sum_{v,w} (A^T A)(v,w) <x(v), y(w)>."""
    first, second = (axis.full.T @ axis.full for axis in layer.axes)
    return first, second


def mean_weights(layer: LayerGeometry) -> FloatArray:
    """The weights of the average of all outputs, shape (kept, kept)."""
    first, second = (axis.full.mean(axis=0) for axis in layer.axes)
    return np.outer(first, second)
