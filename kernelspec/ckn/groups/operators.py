"""Patches and pooling on a group as tables and sparse matrices: where a patch at (u, r) reads, and what it weighs."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from .network import Layer, Network
from .point_groups import Group

_WHOLE = 1e-9  # of a position: the rounding of a turn by a multiple of a quarter, about any middle


class Reads(NamedTuple):
    """What patches read: flat positions (-1: outside) and weights, shape (order, places, offsets, taps)."""

    index: Any
    weight: Any
    positions: int

    def matrix(self, elements: Any, offsets: Any, block: bool = False) -> Any:
        """Rows (element, place, offset) of these elements and offsets, columns positions; a sparse matrix.

        With `block`, columns are (element, position): each element reads its own map.
        """
        from scipy.sparse import csr_matrix

        index = self.index[elements][:, :, offsets]
        weight = self.weight[elements][:, :, offsets]
        count, places, each, taps = index.shape
        rows = np.repeat(np.arange(count * places * each), taps)
        columns = index + self.positions * np.arange(count)[:, None, None, None] * block
        kept = ((index >= 0) & (weight != 0)).ravel()
        shape = (count * places * each, self.positions * (count if block else 1))
        values = (weight.ravel()[kept], (rows[kept], columns.ravel()[kept]))
        return csr_matrix(values, shape=shape)


def patch_reads(group: Group, layer: Layer, sizes: tuple[int, ...], elements: Any = slice(None)) -> Reads:
    """Where the patches of a layer read a map of these sizes: at u + r c, measured from the middles.

    For these elements r of the group alone, which the tables count from 0.
    """
    places = tuple(layer.map_size(n) for n in sizes)
    # Patches that lie inside have their middle in the middle of their positions.
    shift = (layer.patch - 1) / 2 if layer.border == "valid" else 0.0
    c = np.array(layer.offsets, dtype=np.float64) - shift
    axes = len(sizes)
    offsets = np.stack(np.meshgrid(*[c] * axes, indexing="ij"), -1).reshape(-1, axes)
    moved = np.einsum("rij,cj->rci", _elements(group, axes)[elements], offsets)
    points = _grid(places)[None, :, None, :] + moved[:, None, :, :]
    return _reads(group, points, sizes, layer.border == "circular")


def turn_reads(group: Group, sizes: tuple[int, ...]) -> Reads:
    """Where x(r u) reads, for every element r and position u; one offset."""
    points = np.einsum("rij,uj->rui", _elements(group, len(sizes)), _grid(sizes))
    return _reads(group, points[:, :, None, :], sizes, False)


def _elements(group: Group, axes: int) -> Any:
    """The matrices on images, or what they are on the columns alone, of which signals are."""
    return group.elements[:, -axes:, -axes:]


def _grid(sizes: tuple[int, ...]) -> Any:
    """Positions measured from the middle, shape (positions, axes)."""
    axes = [np.arange(n) - (n - 1) / 2 for n in sizes]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(sizes))


def _reads(group: Group, points: Any, sizes: tuple[int, ...], circular: bool) -> Reads:
    """Flat positions and weights for points (order, places, offsets, axes) measured from the middle."""
    index, weight = np.zeros((*points.shape[:-1], 1), dtype=np.int64), np.ones((1, 1, 1, 1))
    inside = np.ones(index.shape, dtype=bool)
    for axis, n in enumerate(sizes):
        reads, weights = _taps(points[..., axis] + (n - 1) / 2, group.interpolation)
        within = np.ones(reads.shape, dtype=bool) if circular else (reads >= 0) & (reads < n)
        shape = (*points.shape[:-1], -1)
        index = ((index * n)[..., :, None] + (reads % n)[..., None, :]).reshape(shape)
        weight = (weight[..., :, None] * weights[..., None, :]).reshape(shape)
        inside = (inside[..., :, None] & within[..., None, :]).reshape(shape)
    return Reads(np.where(inside, index, -1), weight, math.prod(sizes))


def _taps(points: Any, interpolation: str) -> tuple[Any, Any]:
    """The positions along one axis that a point reads, and their weights, with an axis of taps at the end."""
    nearest = np.rint(points)
    points = np.where(np.abs(points - nearest) < _WHOLE, nearest, points)
    first = np.floor(points)
    t = points - first
    if interpolation == "none":
        assert not t.any(), "exact groups map the grid to itself"
        weights, start = [np.ones_like(t)], 0
    elif interpolation == "bilinear":
        weights, start = [1 - t, t], 0
    else:  # Keys (1981), equation 15, a = -1/2
        weights = [
            ((2 - t) * t - 1) * t / 2,
            ((3 * t - 5) * t * t + 2) / 2,
            ((4 - 3 * t) * t + 1) * t / 2,
            (t - 1) * t * t / 2,
        ]
        start = -1
    reads = first.astype(np.int64)[..., None] + np.arange(start, start + len(weights))
    return reads, np.stack(weights, -1)


def spatial_pooling(layer: Layer, sizes: tuple[int, ...]) -> Any:
    """A over positions, a sparse matrix (outputs, positions)."""
    from scipy.sparse import kron

    axes = (_axis_pooling(layer, n) for n in sizes)
    return functools.reduce(lambda a, b: kron(a, b, format="csr"), axes)


def _axis_pooling(layer: Layer, positions: int) -> Any:
    """The matrix of `Layer.pooling`, sparse."""
    from scipy.sparse import csr_matrix, identity

    if layer.pool is None:
        return identity(positions, format="csr")
    starts, taps = layer.pool.starts(positions, layer.stride, layer.border), layer.pool.taps
    reads = starts[:, None] + np.arange(len(taps))
    if layer.border == "circular":
        reads %= positions
    rows, places = np.nonzero((reads >= 0) & (reads < positions))
    values = taps[places], (rows, reads[rows, places])
    return csr_matrix(values, shape=(len(starts), positions))  # adds taps that wrap onto one position


def pooling(group: Group, layer: Layer, sizes: tuple[int, ...]) -> Any:
    """A over turns and positions, a sparse matrix ((turns, outputs), (turns, positions))."""
    from scipy.sparse import csr_matrix, kron

    return kron(csr_matrix(layer.turn_pooling(group)), spatial_pooling(layer, sizes), format="csr")


def readout(network: Network, sizes: tuple[int, ...]) -> Any:
    """What the output makes of the last map: a sparse matrix (features, (turns, positions))."""
    from scipy.sparse import csr_matrix, hstack, identity

    fibre, positions = network.fibres[-1], math.prod(sizes)
    if network.output == "sum":
        return identity(fibre * positions, format="csr")
    if network.output == "mean":
        return csr_matrix(np.full((1, fibre * positions), 1 / (fibre * positions)))
    group = network.group
    reads = turn_reads(group, sizes)
    moved = [reads.matrix([r], [0]) for r in range(group.order)]
    whole = hstack(moved, format="csr") if fibre > 1 else sum(moved[1:], moved[0])
    return whole * (np.sqrt(fibre) / group.order)
