"""Layers behind the last pooling of a network whose output is sum_u <x_n(u), x_n'(u)>.

Without pooling the inner products at pairs of one position, u = v, are made of those of the layer before at pairs of
one position alone. So these layers cost as much as their maps have positions, not the square of it; a network
without any pooling is evaluated in this way throughout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .context import Context, Group, Side
from .geometry import Axis
from .pointwise import Repair, dense_angles, no_repair

if TYPE_CHECKING:
    from .evaluate import Evaluator


class Coincident:
    """The state behind a layer: <x_k(u), x_k'(u)>, shape (pairs, height, width), and the tangent kernel's."""

    def __init__(self, evaluator: Evaluator, sides: tuple[Side, Side], own: bool, value: Any, tangent: Any) -> None:
        self.evaluator, self.sides, self.own = evaluator, sides, own
        self.value, self.tangent = value, tangent

    def layer(self, number: int) -> None:
        """Go through the layer of this number."""
        evaluator, layer = self.evaluator, self.evaluator.shape.layers[number]
        kernel = evaluator.kernels[number]
        groups = (Group(0, (0, 1)), Group(1, (0, 1)))
        context = Context(evaluator, number, layer, kernel, self.sides, groups, self.own)
        repair: Repair = no_repair
        if number == 0:
            argument, factor = self._products(context), None
            if kernel.rough:
                repair = _Gaps(self, context)
        else:
            argument, factor = self._sums(context), None
            if self.tangent is not None:
                factor = _patch_sums(evaluator, layer.axes, self.tangent) * layer.scale
            if kernel.rough:
                argument = evaluator.snap(argument)
        if self.own:
            argument = evaluator.ops.fresh(context.exact())
        if not evaluator.tangent:
            self.value = self._weighted(context, "value", kernel.value(evaluator.ops, argument, repair))
            return
        slope, image = kernel.tangent(evaluator.ops, argument, factor, repair)
        self.value = self._weighted(context, "value", image)
        self.tangent = self._weighted(context, "tangent", slope) + self.value

    def _weighted(self, context: Context, which: str, values: Any) -> Any:
        left, right = (context.spread(g, context.weights(g, which)) for g in (0, 1))
        return values * left * right

    def _products(self, context: Context) -> Any:
        """slope * cos of the patches of the input."""
        xp, (left, right) = self.evaluator.ops.xp, self.sides
        n, height, width, features = left.rows.shape
        rows = xp.reshape(left.rows, (n, height * width, features))
        if self.own:
            out = xp.sum(rows * xp.permute_dims(right.columns, (0, 2, 1)), axis=-1)
            return xp.reshape(out, (n, height, width))
        columns = xp.permute_dims(right.columns, (2, 1, 0))
        out = xp.matmul(xp.permute_dims(rows, (1, 0, 2)), columns)
        out = xp.permute_dims(out, (1, 2, 0))
        return self.evaluator.ops.fresh(xp.reshape(out, (n, right.count, height, width)))

    def _sums(self, context: Context) -> Any:
        kernel, layer = context.kernel, context.layer
        sums = _patch_sums(self.evaluator, layer.axes, self.value)
        if self.own and len(self.sides[0].norms) <= context.number:
            self.sides[0].norms.append(context.roots(sums * layer.scale))
        if kernel.homogeneous:
            cosines = sums * context.inverse(0, kernel.slope * layer.scale)
            return context.within(cosines * context.inverse(1, 1.0))
        return sums * layer.scale


class _Gaps:
    """Angles of near-coincident and near-opposite patches, from |z - z'| = 2 sin(theta/2)."""

    def __init__(self, state: Coincident, context: Context) -> None:
        self.state, self.context = state, context

    def __call__(self, cosine: Any, largest: float) -> tuple[Any, Any] | None:
        evaluator = self.state.evaluator
        near = self.context.kernel.near[evaluator.bytes == 8]
        if largest <= near:
            return None
        xp, (left, right) = evaluator.ops.xp, self.state.sides
        shape = (right.count, right.columns.shape[1], *left.rows.shape[1:3])
        columns = self.context.spread(1, xp.reshape(right.columns, shape))
        rows = self.context.spread(0, left.rows)
        gaps = ((rows[..., k], columns[..., k, :, :]) for k in range(rows.shape[-1]))
        angle = dense_angles(xp, cosine, gaps)
        places = (cosine > near) | (cosine < -near)
        if not evaluator.ops.in_place:
            return places, angle
        return np.flatnonzero(places), angle[places]


def _patch_sums(evaluator: Evaluator, axes: tuple[Axis, Axis], maps: Any) -> Any:
    """sum_c of a map at u + c, over the offsets c of a patch, at the kept positions."""
    ops, xp = evaluator.ops, evaluator.ops.xp
    for axis, which in zip(axes, (-2, -1), strict=True):
        reads, place = axis.reads(), len(maps.shape) + which
        edge_shape = (*maps.shape[:place], 1, *maps.shape[place + 1 :])
        extended = xp.concat([maps, ops.zeros(edge_shape, evaluator.dtype)], axis=place)
        out = None
        for c in range(reads.shape[1]):
            part = xp.take(extended, ops.indices(reads[:, c]), axis=place)
            out = part if out is None else out + part
        maps = out
    return maps
