"""Pooling of a layer's kernel values, tile by tile: into the next layer's tensor, or at the last layer into a sum."""

from __future__ import annotations

import math
from typing import Any

from .geometry import mean_weights, trace_weights
from .layer_pairs import LayerPairs, Role


class Unpooled:
    """The values times the norms, as a tensor."""

    def __init__(self, pairs: LayerPairs, which: str) -> None:
        self.pairs, self.rows, self.columns = pairs, pairs.rows, pairs.columns
        self.weights = [pairs.weights(role, which) for role in (pairs.rows, pairs.columns)]
        self.out: Any = None
        if not pairs.same:
            shape = (*pairs.lead, *pairs.extent, *pairs.extent)
            self.out = pairs.space.ops.empty(f"{which} map {pairs.number % 2}", shape, pairs.space.dtype)

    def add(self, tile: Any, start: int, stop: int) -> None:
        """Take in the values of a tile, which are overwritten."""
        pairs = self.pairs
        rows, columns = pairs.of_rows(self.weights[0]), pairs.of_columns(self.weights[1], start, stop)
        if pairs.same:
            self.out = tile * rows * columns
            return
        tile = pairs.space.ops.xp.reshape(tile, (*tile.shape[:-1], stop - start, pairs.extent[1]))
        tile *= rows
        tile *= columns
        self.out[..., start:stop, :] = tile

    def result(self) -> Any:
        """The tensor; its axes belong to `rows` and `columns`."""
        return self.out


class Pooled:
    """Pooling of all four axes; the rows become the columns.

    The rows' second axis first, batched over the first, so that the norms sit in the matrices at no cost; then their
    first axis, by one product; then the columns' second axis, with the norms; at the end the columns' first.
    """

    def __init__(self, pairs: LayerPairs, which: str) -> None:
        self.pairs, self.which = pairs, which
        self.rows, self.columns = pairs.columns, pairs.rows
        self.matrices = [self._matrices(role) for role in (pairs.rows, pairs.columns)]
        first, second = pairs.layer.axes
        self.first = pairs.space.constant(("first", pairs.number), lambda: first.full)
        self.outputs = first.outputs, second.outputs
        shape = (*pairs.lead, first.kept, second.outputs, math.prod(self.outputs))
        self.half = pairs.space.ops.empty(f"{which} half", shape, pairs.space.dtype)

    def _matrices(self, role: Role) -> Any:
        """Pooling along the second axis with the norms in it, (n, first, outputs, second)."""
        pairs, axis = self.pairs, self.pairs.layer.axes[1]
        matrix = pairs.space.constant(("second", pairs.number), lambda: axis.full)
        key = ("pooling", pairs.number, self.which, role is pairs.rows)
        made = role.side.derived(key, lambda: matrix * pairs.weights(role, self.which)[:, :, None, :])
        return made[role.lead]

    def add(self, tile: Any, start: int, stop: int) -> None:
        """Take in the values of a tile."""
        pairs, ops = self.pairs, self.pairs.space.ops
        reach, lead, places = pairs.reached(start, stop), len(pairs.lead), math.prod(self.outputs)
        bands = pairs.layer.axes[1].bands
        pooled = ops.banded("pooled", self.matrices[0][..., reach, :, :], tile, bands)
        flat = ops.xp.reshape(pooled, (*pooled.shape[:-2], pooled.shape[-2] * pooled.shape[-1]))
        pooled = ops.product("pooled twice", self.first[:, reach], flat)
        # (outputs, columns' first and second) to (columns' first and second, outputs).
        pooled = ops.xp.reshape(pooled, (*pairs.lead, places, stop - start, pairs.extent[1]))
        pooled = ops.xp.permute_dims(pooled, (*range(lead), lead + 1, lead + 2, lead))
        index = (..., slice(start, stop), slice(None), slice(None))
        ops.fill(self.half, index, self.matrices[1][..., start:stop, :, :], pooled)

    def result(self) -> Any:
        """The tensor of the outputs; its axes belong to `rows` and `columns`."""
        pairs, ops = self.pairs, self.pairs.space.ops
        flat = ops.xp.reshape(self.half, (*self.half.shape[:-2], self.half.shape[-2] * self.half.shape[-1]))
        out = ops.product(f"{self.which} map {pairs.number % 2}", self.first, flat)
        return ops.xp.reshape(out, (*pairs.lead, *self.outputs, *self.outputs))


class Summed:
    """The last layer needs no tensor.

    sum_u <(A x)(u), (A y)(u)> is a weighted sum with the weights A^T A, and the inner product of averages is one with
    the weights of the averages.
    """

    def __init__(self, pairs: LayerPairs, which: str, mean: bool) -> None:
        self.pairs, self.mean, self.total = pairs, mean, None
        self.rows, self.columns = pairs.rows, pairs.columns
        self.weights = [pairs.weights(role, which) for role in (pairs.rows, pairs.columns)]
        if mean:
            average = pairs.space.constant(("mean", pairs.number), lambda: mean_weights(pairs.layer))
            self.weights = [weights * average for weights in self.weights]

    def add(self, tile: Any, start: int, stop: int) -> None:
        """Take in the values of a tile, which are overwritten."""
        pairs, xp = self.pairs, self.pairs.space.ops.xp
        if not self.mean:
            tile *= self._trace(start, stop)
        columns = self.weights[1][:, start:stop, :][self.pairs.columns.lead]
        columns = xp.reshape(columns, (*columns.shape[:-2], tile.shape[-1]))
        sums = xp.matmul(tile, columns[..., None, :, None])[..., 0]
        part = xp.sum(sums * self.weights[0][pairs.rows.lead], axis=(-2, -1))
        self.total = part if self.total is None else self.total + part

    def _trace(self, start: int, stop: int) -> Any:
        """(A^T A)(u, v) for the columns v of a tile, (height, width, columns)."""
        pairs, xp = self.pairs, self.pairs.space.ops.xp
        (first, second), names = pairs.layer.axes, [("trace", pairs.number, axis) for axis in (0, 1)]
        rows = pairs.space.constant(names[0], lambda: trace_weights(first))
        columns = pairs.space.constant(names[1], lambda: trace_weights(second))

        def made() -> Any:
            both = rows[:, None, start:stop, None] * columns[None, :, None, :]
            return xp.reshape(both, (*pairs.extent, (stop - start) * pairs.extent[1]))

        # Kept where one tile is all; else it would be as large as the tensor of a pair.
        whole = (start, stop) == (0, pairs.extent[0])
        return pairs.space.derived(("trace", pairs.number), made) if whole else made()

    def result(self) -> Any:
        """The sum of each pair."""
        return self.total
