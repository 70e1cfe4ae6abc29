r"""Layers of a convolutional kernel network in finite dimension: x_k = A_k psi_k(P_k x_{k-1}) with psi_k into R^r.

Anchors (Mairal 2016, "End-to-end kernel learning with supervised convolutional kernel networks", section 2): with
unit vectors Z = (z_1, ..., z_m) and the patch kernel K(z, z') = |z||z'| kappa(cos(z, z')),

.. math:: \psi(z) = |z|\, \kappa(Z Z^\top)^{-1/2}\, \kappa(Z z / |z|)

is the projection of the patch's feature onto the span of the anchors' features, in coordinates: the kernel
<psi(z), psi(z')> is below K in the order of positive semi-definite kernels, and equal to it among patches along
anchors. Any root S of the pseudo-inverse, S S^T = kappa(Z Z^T)^+, serves; here S = V Lambda^{-1/2} from the
eigendecomposition. It leaves out the directions that the anchors do not span, and keeps the rounding of a small
eigenvalue's coordinate in that coordinate, where the product of two features is small, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..numbers.arrays import InPlace
from .layers import Layer, Square
from .network import Network
from .pointwise import Pointwise, no_repair, pointwise, rectifier_parts
from .positive import check_kernel
from .scaling import least, lengths

_TILE = 2**14  # cosines whose kernel values are computed at a time; they stay in cache
_DENSE = 256  # positions up to which pooling is a matrix product
_CHUNK = 2**24  # bytes of patches at work: larger batches are no faster


@dataclass(frozen=True, eq=False)
class AnchorMap:
    """psi of one layer, from anchor points.

    Parameters
    ----------
    anchors : unit vectors Z, shape (m, patch dimension).
    root : S, shape (m, r), where r <= m is the numerical rank of kappa(Z Z^T).
    kernel : kappa on arrays; or the square, where psi(z) = S^T (Z z)^2 without norms.
    floor : the least norm that the cosines are divided by.
    """

    anchors: Any
    root: Any
    kernel: Pointwise
    floor: float = 0.0

    @property
    def features(self) -> int:
        """r, the dimension of psi(z)."""
        return int(self.root.shape[1])

    @property
    def width(self) -> int:
        """m, the number of anchors."""
        return int(self.anchors.shape[0])

    def responses(self, patches: Any, ops: InPlace) -> Any:
        """|z| kappa(Z z/|z|), which is psi(z) before S, shape (patches, m)."""
        out = patches @ self.anchors.T
        if self.kernel.homogeneous:
            norms = lengths(patches)[:, None]
            floor = self.floor or least(8 * out.itemsize, first=True)
            out /= np.maximum(norms, out.dtype.type(floor))
        rows = max(1, _TILE // out.shape[1])
        for start in range(0, len(out), rows):
            tile = out[start : start + rows]
            tile[...] = kernel_values(self.kernel, ops, tile)
        if self.kernel.homogeneous:
            out *= norms
        return out

    def mixed(self, responses: Any) -> Any:
        """Responses, or averages of them, times S: pooling commutes with it and leaves fewer products."""
        return responses @ self.root


@dataclass(frozen=True, eq=False)
class RandomMap:
    r"""psi of one layer from random weights w_i ~ N(0, I) and a leaky ReLU s(t) = max(t, 0) + leak min(t, 0).

    .. math:: \psi(z) = \frac{\text{scale}}{\sqrt m} s(W z), \quad E \langle\psi(z), \psi(z')\rangle
              = |z||z'| \left(a \cos + b\, \kappa_1(\cos)\right),
              \quad a = \text{scale}^2\, \text{leak}, \quad b = \text{scale}^2 (1 - \text{leak})^2 / 2
    """

    weights: Any
    leak: float
    scale: float

    @property
    def features(self) -> int:
        """m, the number of weight vectors."""
        return int(self.weights.shape[0])

    @property
    def width(self) -> int:
        """m again."""
        return self.features

    def responses(self, patches: Any, ops: InPlace) -> Any:
        """psi(z), shape (patches, m)."""
        out = patches @ self.weights.T
        ramp = np.maximum(out, 0)
        out *= self.leak
        ramp *= 1 - self.leak
        out += ramp
        out *= self.scale / np.sqrt(self.features)
        return out

    def mixed(self, responses: Any) -> Any:
        """The responses themselves."""
        return responses


def anchor_map(layer: Layer, anchors: Any, floor: float = 0.0) -> AnchorMap:
    """The map of unit vectors Z, shape (m, d); ValueError where kappa(Z Z^T) is not positive semi-definite.

    Eigenvalues up to 10 eps (of the dtype of the anchors) times the largest are taken for 0; up to sqrt(eps) for
    kernels whose slope at 1 is not bounded, like kappa_0, where the rounding of a cosine shows to that order.
    """
    check_kernel(layer.kernel)
    kernel = pointwise(layer.kernel, False)
    one = 1.0 if isinstance(layer.kernel, Square) else layer.kernel.at_one
    z = anchors.astype(np.float64)
    matrix = np.clip(z @ z.T, -1, 1)
    matrix = kernel_values(kernel, InPlace(), matrix)
    matrix = (matrix + matrix.T) / 2
    np.fill_diagonal(matrix, one)
    values, vectors = np.linalg.eigh(matrix)
    eps = float(np.finfo(anchors.dtype).eps)
    cut = (np.sqrt(eps) if kernel.rough else 10 * eps) * max(values[-1], 0.0)
    if values[0] < -np.sqrt(eps) * abs(values).max():  # more than rounding
        raise ValueError(
            f"kernel must be positive semi-definite: {layer.kernel!r} has the eigenvalue {values[0]:.3g} on anchors"
        )
    kept = values > cut
    root = vectors[:, kept] / np.sqrt(values[kept])
    return AnchorMap(anchors, root.astype(anchors.dtype), kernel, floor)


def random_map(layer: Layer, dimension: int, count: int, dtype: Any, rng: np.random.Generator) -> RandomMap:
    """Random features of a layer a*linear() + b*arccos(1), b >= 0, a >= -b/2."""
    parts = rectifier(layer)
    assert parts is not None, "refused when the parameters were given"
    a, b = parts
    # leak/(1-leak)^2 = a/(2b), the root in [-1, 1]; without cancellation, and 1 for b = 0.
    leak = a / (a + b + np.sqrt(b * (2 * a + b))) if a else 0.0
    scale = np.sqrt(2 * b) / (1 - leak) if b > a else np.sqrt(a / leak) if a else 0.0
    weights = rng.standard_normal((count, dimension)).astype(dtype)
    return RandomMap(weights, float(leak), float(scale))


def rectifier(layer: Layer) -> tuple[float, float] | None:
    """(a, b) of a layer a*linear() + b*arccos(1), or None."""
    parts = rectifier_parts(layer.kernel)
    return None if parts is None else (float(parts[0]), float(parts[1]))


LayerMap: TypeAlias = AnchorMap | RandomMap


class Level(NamedTuple):
    """What one layer reads: positions and channels, where its patches stand, what its pooling leaves, patch sizes."""

    positions: tuple[int, ...]
    channels: int
    places: tuple[int, ...]
    outputs: tuple[int, ...]
    dimension: int


def levels(net: Network, maps: Sequence[LayerMap], shape: tuple[int, ...]) -> list[Level]:
    """The layers that have a map, and the next one if there is one."""
    found, channels, axes = [], shape[-1], len(shape) - 2
    for k, (layer, sizes) in enumerate(zip(net.layers, net.shapes(shape, "last"), strict=True)):
        dimension = channels * layer.patch**axes
        found.append(Level(sizes.input[:axes], channels, sizes.patches, sizes.output, dimension))
        if k == len(maps):
            break
        channels = maps[k].features
    return found


def plan(
    net: Network, maps: Sequence[LayerMap], shape: tuple[int, ...], dtype: Any, memory: int, share: int = 1
) -> tuple[int, int]:
    """How many images a batch has, and how many bytes a strip of patches, within one share of the memory."""
    whole = row = rows = 1
    for k, level in enumerate(levels(net, maps, shape)):
        patch = net.layers[k].patch
        reads = math.prod(level.positions) + 2 * math.prod(n + patch - 1 for n in level.positions)
        makes = 0
        if k < len(maps):
            width, rest = maps[k].width, math.prod(level.outputs[1:])
            makes = rest * (level.places[0] + level.outputs[0]) * width
            makes += math.prod(level.outputs) * maps[k].features
            row = max(row, _row(level.dimension, width, level.places))
            rows = max(rows, _row(level.dimension, width, level.places) * level.places[0])
        whole = max(whole, level.channels * reads + makes)
    whole, row, rows = (count * dtype.itemsize for count in (whole, row, rows))
    half = memory // (2 * share)  # one half for maps, one for patches
    if half < max(whole, row):
        raise ValueError(
            f"memory must be at least {2 * share * max(whole, row)} bytes for maps of this size, got {memory}"
        )
    return max(1, min(half // whole, half // row, _CHUNK // rows)), half


def _row(dimension: int, width: int, places: tuple[int, ...]) -> int:
    """Numbers at work for one row of positions: patches, responses, and twice their size on the way."""
    return math.prod(places[1:]) * (dimension + 3 * width)


def forward(net: Network, maps: Sequence[LayerMap], x: Any, strip: int) -> Any:
    """The map after the layers that have a map psi, shape (images, positions..., features)."""
    ops = InPlace()
    with np.errstate(over="ignore", invalid="ignore"):  # seen in the result
        for layer, psi in zip(net.layers, maps, strict=False):
            x = _after(layer, psi, x, strip, ops)
    return x


def _after(layer: Layer, psi: LayerMap, x: Any, strip: int, ops: InPlace) -> Any:
    """A psi(P x), with patches in strips along the first axis that take so many bytes."""
    view = windows(padded(x, layer), layer)
    axes = x.ndim - 2
    places, dimension = view.shape[1 : 1 + axes], math.prod(view.shape[1 + axes :])
    rest = tuple(layer.pooling_size(n) for n in places[1:])
    held = np.empty((len(x), places[0], *rest, psi.width), dtype=x.dtype)
    bytes_of_row = len(x) * _row(dimension, psi.width, places) * x.itemsize
    rows = max(1, strip // bytes_of_row)
    for start in range(0, places[0], rows):
        part = slice(start, start + rows)
        patches = view[:, part].reshape(-1, dimension)
        values = psi.responses(patches, ops).reshape(len(x), -1, *places[1:], psi.width)
        if axes == 2:
            values = _pooled(values, layer, 2)
        held[:, part] = values
    held = _pooled(held, layer, 1)
    return psi.mixed(held.reshape(-1, psi.width)).reshape(*held.shape[:-1], -1)


def padded(x: Any, layer: Layer) -> Any:
    """Maps with what their borders lend to patches, weighed by the measure on the patch."""
    if layer.normalized:
        x = x * x.dtype.type(layer.patch ** (1 - x.ndim / 2))
    first, last = layer.offsets[0], layer.offsets[-1]
    if layer.border == "valid" or layer.patch == 1:
        return x
    axes = range(1, x.ndim - 1)
    if layer.border == "zero":
        return np.pad(x, [(-first, last) if axis in axes else (0, 0) for axis in range(x.ndim)])
    for axis in axes:
        n = x.shape[axis]
        x = np.take(x, np.arange(first, n + last) % n, axis=axis)
    return x


def windows(padded: Any, layer: Layer) -> Any:
    """The patches as a view, shape (images, positions..., patch..., channels)."""
    axes = tuple(range(1, padded.ndim - 1))
    view = np.lib.stride_tricks.sliding_window_view(padded, (layer.patch,) * len(axes), axis=axes)
    return np.moveaxis(view, padded.ndim - 1, -1)


def _pooled(x: Any, layer: Layer, axis: int) -> Any:
    """A along one axis: by its matrix, or tap by tap where that would have the square of a long signal's size."""
    if layer.pool is None:
        return x
    n, before = x.shape[axis], math.prod(x.shape[:axis])
    flat = x.reshape(before, n, -1)
    shape = (*x.shape[:axis], layer.pooling_size(n), *x.shape[axis + 1 :])
    if n <= _DENSE:
        return np.matmul(layer.pooling(n).astype(x.dtype), flat).reshape(shape)
    starts = layer.pool.starts(n, layer.stride, layer.border)
    out = np.zeros((before, len(starts), flat.shape[2]), dtype=x.dtype)
    for tap, weight in enumerate(layer.pool.taps.astype(x.dtype)):
        reads = starts + tap
        if layer.border == "circular":
            reads %= n
        inside = np.flatnonzero((reads >= 0) & (reads < n))
        if len(inside):
            to, of = (_as_slice(places) for places in (inside, reads[inside]))
            out[:, to] += weight * flat[:, of]
    return out.reshape(shape)


def _as_slice(places: Any) -> Any:
    """Increasing places in equal steps as a slice, which copies nothing."""
    steps = np.diff(places)
    if len(steps) and steps[0] > 0 and (steps == steps[0]).all():
        return slice(int(places[0]), int(places[-1]) + 1, int(steps[0]))
    return places


def kernel_values(kernel: Pointwise, ops: InPlace, cosine: Any) -> Any:
    """kappa of cosines (the square: of inner products), which it overwrites."""
    if kernel.slope != 1:
        cosine *= kernel.slope
    values = kernel.value(ops, cosine, no_repair)
    if kernel.scale != 1:
        values *= kernel.scale
    return values
