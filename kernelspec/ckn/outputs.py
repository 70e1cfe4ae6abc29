"""What becomes of a layer's kernel values: a tensor, unpooled or pooled, or at the last layer a sum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .context import Context
from .geometry import LayerGeometry, mean_weights, trace_weights

if TYPE_CHECKING:
    from .evaluate import Evaluator


class Plain:
    """No pooling: the values times the norms, as a tensor."""

    def __init__(self, context: Context, which: str) -> None:
        self.context, self.groups = context, context.groups
        self.weights = [context.weights(group, which) for group in (0, 1)]
        name = f"{which} map {context.number % 2}"
        shape = (*context.lead, *context.extent(0), *context.extent(1))
        self.out = context.evaluator.ops.empty(name, shape, context.evaluator.dtype)

    def add(self, tile: Any, start: int, stop: int) -> None:
        context, xp = self.context, self.context.evaluator.ops.xp
        tile *= context.spread(0, self.weights[0])[..., None]
        columns = context.spread(1, self.weights[1][:, start:stop, :])
        flat = xp.reshape(columns, (*columns.shape[:-2], columns.shape[-2] * columns.shape[-1]))
        tile *= flat[..., None, None, :]
        self.out[..., start:stop, :] = xp.reshape(
            tile, (*tile.shape[:-1], stop - start, tile.shape[-1] // (stop - start))
        )

    def result(self) -> Any:
        return self.out


class Pooled:
    """Pooling of all four axes, tile by tile; the groups change places."""

    def __init__(self, context: Context, which: str) -> None:
        self.lead, self.number = context.lead, context.number
        self.name, self.ops, self.reach = which, context.evaluator.ops, context.reach
        self.groups = (context.groups[1], context.groups[0].turned())
        outer, inner = context.axis(0, 0), context.axis(0, 1)
        self.bands = inner.bands
        self.columns_axes = context.axis(1, 0), context.axis(1, 1)
        self.outputs = inner.outputs, outer.outputs
        self.rows, self.columns = (self._matrices(context, group) for group in (0, 1))
        constant, orders = context.evaluator.constant, [g.order for g in context.groups]
        self.second = constant(("transposed", context.number, orders[0][0]), lambda: outer.full.T)
        self.last = constant(("full", context.number, orders[1][0]), lambda: self.columns_axes[0].full)
        n = len(self.lead)
        self.turn = (*range(n), n + 1, n + 2, n)
        self.back = (*range(n), n + 1, n, n + 2)
        shape = (self.columns_axes[0].kept, self.columns_axes[1].outputs, math.prod(self.outputs))
        self.half = self.ops.empty(f"{which} half", (*self.lead, *shape), context.evaluator.dtype)

    def _matrices(self, context: Context, group: int) -> Any:
        """Pooling along a group's second axis with the norms in it, (n, first, outputs, second)."""
        side = context.sides[context.groups[group].side]
        key = (context.number, context.groups[group].order, self.name, group)
        if key not in side.kept:
            axis = context.axis(group, 1)
            matrix = context.evaluator.constant(
                ("full", context.number, context.groups[group].order[1]), lambda: axis.full
            )
            side.kept[key] = matrix * context.weights(group, self.name)[:, :, None, :]
        return context.spread(group, side.kept[key])

    def add(self, tile: Any, start: int, stop: int) -> None:
        ops, xp, reach = self.ops, self.ops.xp, self.reach(start, stop)
        pooled = ops.banded("pooled", self.rows[..., reach, :, :], tile, self.bands)
        # (..., first, outputs, columns) to (..., outputs, columns, first), times (first, outputs).
        turned = ops.product("turned", xp.permute_dims(pooled, self.turn), self.second[reach, :], self.back)
        shape = (*self.lead, stop - start, self.columns_axes[1].kept, math.prod(self.outputs))
        index = (..., slice(start, stop), slice(None), slice(None))
        ops.fill(self.half, index, self.columns[..., start:stop, :, :], xp.reshape(turned, shape))

    def result(self) -> Any:
        first, second = self.columns_axes
        size = second.outputs * math.prod(self.outputs)
        flat = self.ops.xp.reshape(self.half, (*self.lead, first.kept, size))
        out = self.ops.product(f"{self.name} map {self.number % 2}", self.last, flat)
        shape = (*self.lead, first.outputs, second.outputs, *self.outputs)
        return self.ops.xp.reshape(out, shape)


class Sum:
    """The last layer: sum over positions of the pooled map's inner products, or of its averages'."""

    def __init__(self, context: Context, which: str) -> None:
        self.context, self.groups, self.total = context, context.groups, None
        evaluator, number = context.evaluator, context.number
        vectors = [context.weights(group, which) for group in (0, 1)]
        self.weights = None
        orders = tuple(group.order for group in context.groups)
        if evaluator.output == "sum":
            self.weights = evaluator.constant(
                ("trace", number, orders), lambda: _trace_tensor(context.layer, orders, evaluator)
            )
        else:
            for group in (0, 1):
                mean = evaluator.constant(
                    ("mean", number, orders[group]),
                    lambda group=group: mean_weights(context.layer).transpose(orders[group]),
                )
                vectors[group] = vectors[group] * mean
        self.rows, self.columns = vectors

    def add(self, tile: Any, start: int, stop: int) -> None:
        context, xp = self.context, self.context.evaluator.ops.xp
        if self.weights is not None:
            weights = self.weights[..., start:stop, :]
            tile *= xp.reshape(weights, (*weights.shape[:2], tile.shape[-1]))
        columns = context.spread(1, self.columns[:, start:stop, :])
        columns = xp.reshape(columns, (*columns.shape[:-2], tile.shape[-1]))
        sums = xp.matmul(tile, columns[..., None, :, None])[..., 0]
        part = xp.sum(sums * context.spread(0, self.rows), axis=(-2, -1))
        self.total = part if self.total is None else self.total + part

    def result(self) -> Any:
        return self.total


def _trace_tensor(layer: LayerGeometry, orders: tuple[tuple[int, int], ...], evaluator: Evaluator) -> Any:
    """(A^T A)(u, v) as (rows' first, second, columns' first, second)."""
    factors = []
    for axis, weights in enumerate(trace_weights(layer)):  # symmetric
        shape = [1] * 4
        shape[orders[0].index(axis)] = shape[2 + orders[1].index(axis)] = weights.shape[0]
        factors.append(weights.reshape(shape).astype(f"f{evaluator.bytes}"))
    return factors[0] * factors[1]
