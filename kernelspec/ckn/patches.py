"""Inner products of patches, as the arguments of a layer's patch kernel: `First` and `Later`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.arrays import Standard
from .context import Context, Group, Side
from .geometry import Axis
from .pointwise import Repair, angles_of_gaps, dense_angles, no_repair

if TYPE_CHECKING:
    from .evaluate import Evaluator


class First:
    """Patch products of the first layer."""

    def __init__(self, evaluator: Evaluator, sides: tuple[Side, Side], own: bool) -> None:
        self.evaluator, self.sides, self.own = evaluator, sides, own

    def enter(self, context: Context) -> None:
        self.context, self.width = context, context.extent(1)[1]
        self.rows = context.spread(0, self.sides[0].rows)
        self.columns = context.spread(1, self.sides[1].columns)[..., None, :, :]

    def argument(self, start: int, stop: int) -> Any:
        """(pairs, height, width, columns) of slope * cos."""
        columns = self.columns[..., start * self.width : stop * self.width]
        reach = self.context.reach(start, stop)
        out = self.evaluator.ops.product("tile", self.rows[..., reach, :, :], columns)
        return _set_own(self.context, out, reach, start * self.width) if self.own else out

    def factor(self, start: int, stop: int) -> None:
        """The inner product of two patches is the cosine, up to the norms."""
        return None

    def repair(self, start: int, stop: int) -> Repair:
        """Angles of near-coincident and near-opposite patches from |z - z'| = 2 sin(theta/2)."""
        return _Differences(self, start, stop)


@dataclass
class _Differences:
    first: First
    start: int
    stop: int

    def __call__(self, cosine: Any, largest: float) -> tuple[Any, Any] | None:
        evaluator, context = self.first.evaluator, self.first.context
        near = context.kernel.near[evaluator.bytes == 8]
        if largest <= near:
            return None
        left, right = self.first.sides
        reach, width = context.reach(self.start, self.stop), context.extent(1)[1]
        columns = right.columns[..., self.start * width : self.stop * width]
        places = (cosine > near) | (cosine < -near)
        if not evaluator.ops.in_place:
            return places, self._dense(cosine, left.rows[:, reach, ...], columns)
        where = np.flatnonzero(places)
        angle = np.empty(len(where), dtype=cosine.dtype)
        step = max(1, evaluator.tile // (2 * left.rows.shape[-1]))
        for begin in range(0, len(angle), step):
            part = np.unravel_index(where[begin : begin + step], cosine.shape)
            a = left.rows[part[0], part[-3] + reach.start, part[-2]]
            b = columns[part[0 if context.own else 1], :, part[-1]]
            sign = np.where(cosine[part] > 0, 1, -1).astype(cosine.dtype)
            gap = a - sign[:, None] * b
            squares = np.einsum("ij,ij->i", gap, gap)
            angle[begin : begin + step] = angles_of_gaps(np, squares, sign)
        return where, angle

    def _dense(self, cosine: Any, rows: Any, columns: Any) -> Any:
        context, xp = self.first.context, self.first.evaluator.ops.xp
        rows = context.spread(0, rows)
        columns = context.spread(1, columns)
        gaps = ((rows[..., k][..., None], columns[..., k, :][..., None, None, :]) for k in range(rows.shape[-1]))
        return dense_angles(xp, cosine, gaps)


class Later:
    """Patch products of a later layer: sums of the tensor of the layer before over shifts."""

    def __init__(
        self,
        evaluator: Evaluator,
        sides: tuple[Side, Side],
        own: bool,
        groups: tuple[Group, Group],
        value: Any,
        tangent: Any,
    ) -> None:
        self.evaluator, self.sides, self.own, self.groups = evaluator, sides, own, groups
        self.value, self.tangent = value, tangent

    def coincident(self, tensor: Any) -> Any:
        """The inner products at u = v, (pairs, height, width)."""
        ops, xp = self.evaluator.ops, self.evaluator.ops.xp
        first, second = self.groups
        lead = tuple(range(len(tensor.shape) - 4))
        n = len(lead)
        # Both groups in the order (height, width).
        order = [n + first.order.index(0), n + first.order.index(1)]
        order += [n + 2 + second.order.index(0), n + 2 + second.order.index(1)]
        tensor = xp.permute_dims(tensor, (*lead, *order))
        *pairs, height, width = tensor.shape[: n + 2]
        flat = xp.reshape(tensor, (*pairs, height * width, height * width))
        return xp.reshape(ops.diagonal(flat), (*pairs, height, width))

    def enter(self, context: Context) -> None:
        self.context, ops, kernel = context, self.evaluator.ops, context.kernel
        layer = context.layer
        self.sums = self._patch_sums("patches", self.value)
        if self.own and len(self.sides[0].norms) <= context.number:
            squares = self.coincident(self.sums) * layer.scale
            self.sides[0].norms.append(context.roots(squares))
        if kernel.homogeneous:
            inverse = context.inverse(0, kernel.slope * layer.scale)[..., None, None]
            self.sums = ops.multiply("cosines", self.sums, inverse)
            self.sums *= context.inverse(1, 1.0)[..., None, None, :, :]
            self.sums = context.within(self.sums)
        else:
            self.sums = ops.copy("cosines", self.sums)
            if layer.scale != 1:
                self.sums *= layer.scale
        self.factors = None
        if self.tangent is not None:
            self.factors = ops.copy("factors", self._patch_sums("tangent patches", self.tangent))
            if layer.scale != 1:
                self.factors *= layer.scale

    def _patch_sums(self, name: str, tensor: Any) -> Any:
        """sum_c K(u + c, v + c) over the offsets c of a patch, on the kept positions."""
        lead, places = len(tensor.shape) - 4, []
        for place in (1, 0):
            other = 2 + self.context.groups[1].order.index(self.context.groups[0].order[place])
            places.append((self.context.axis(0, place), lead + place, lead + other))
        return patch_sums(self.evaluator.ops, name, tensor, places)

    def _tile(self, name: str, tensor: Any, start: int, stop: int) -> Any:
        """(pairs, first, second, columns) of a tensor, which may be changed."""
        xp, count = self.evaluator.ops.xp, self.context.extent(1)[0]
        part = tensor
        if (start, stop) != (0, count):
            part = self.evaluator.ops.copy(name, tensor[..., start:stop, :])
        return xp.reshape(part, (*part.shape[:-2], part.shape[-2] * part.shape[-1]))

    def argument(self, start: int, stop: int) -> Any:
        context = self.context
        out = self._tile("tile", self.sums, start, stop)
        if self.own:
            reach = context.reach(start, stop)
            out = _set_own(context, out, reach, start * context.extent(1)[1])
        if context.kernel.rough:
            out = self.evaluator.snap(out)
        return out

    def factor(self, start: int, stop: int) -> Any:
        return self._tile("tangent tile", self.factors, start, stop)

    def repair(self, start: int, stop: int) -> Repair:
        return no_repair


def _set_own(context: Context, tile: Any, reach: slice, offset: int) -> Any:
    """The argument at u = v, which is known exactly: a patch has the cosine 1 with itself."""
    ops, exact = context.evaluator.ops, context.exact()[:, reach, :]
    places = _own_places(context, *context.extent(0))[reach, :] - offset
    if ops.in_place:
        a, b = np.nonzero((places >= 0) & (places < tile.shape[-1]))
        tile[:, a, b, places[a, b]] = exact[:, a, b]
        return tile
    columns = ops.indices(np.arange(tile.shape[-1]))
    return ops.xp.where(ops.indices(places)[:, :, None] == columns, exact[..., None], tile)


def _own_places(context: Context, first: int, second: int) -> Any:
    """For each place of the first group, the flat place of the same position in the second group."""
    places = np.arange(first * second)
    if context.groups[0].order == context.groups[1].order:
        return places.reshape(first, second)
    return places.reshape(second, first).T


def patch_sums(ops: Standard, name: str, tensor: Any, pairs: list[tuple[Axis, int, int]]) -> Any:
    """sum_c K(u + c, v + c), for each image axis, which is the axis `one` of u and `two` of v in the tensor.

    `pairs` are (image axis, one, two), the inner `one` first. May return the tensor itself, or a part of a buffer.
    """
    if any(len(axis.offsets) > 1 for axis, _, _ in pairs):
        if ops.in_place and all(axis.border == "zero" for axis, _, _ in pairs):
            tensor = _flat_sums(ops, name, tensor, pairs)
        else:
            for axis, one, two in pairs:
                tensor = _sliced_sums(ops, f"{name} {one}", tensor, axis, one, two)
    for axis, one, two in pairs:
        if axis.kept != axis.patches:
            keep = ops.indices(axis.keep)
            tensor = ops.xp.take(ops.xp.take(tensor, keep, axis=one), keep, axis=two)
    return tensor


def _flat_sums(ops: Standard, name: str, tensor: Any, pairs: list[tuple[Axis, int, int]]) -> Any:
    """The sums by adding long stretches of memory to each other, since rows of a map are short.

    With zeros around the axes of v, a step of c along both u and v is one step in memory, which leaves the tensor
    where u leaves the map, and meets zeros where v does.
    """
    shape, inside = list(tensor.shape), [slice(None)] * len(tensor.shape)
    for axis, _, two in pairs:
        before, after = -axis.offsets[0], axis.offsets[-1]
        inside[two] = slice(before, before + shape[two])
        shape[two] += before + after
    size = tuple(shape)
    padded = ops.zeroed(f"{name} padded {size}", size, tensor.dtype)
    padded[tuple(inside)] = tensor
    for axis, one, two in pairs:
        if len(axis.offsets) == 1:
            continue
        step = math.prod(size[one + 1 :]) + math.prod(size[two + 1 :])
        length = math.prod(size[one:])
        out = ops.copy(f"{name} summed {one}", padded)
        to, source = out.reshape(-1, length), padded.reshape(-1, length)
        for c in axis.offsets:
            shift = abs(c) * step
            if c > 0 and shift < length:
                to[:, : length - shift] += source[:, shift:]
            elif c < 0 and shift < length:
                to[:, shift:] += source[:, : length - shift]
        padded = out
    return padded[tuple(inside)]


def _sliced_sums(ops: Standard, name: str, tensor: Any, axis: Axis, one: int, two: int) -> Any:
    """The sums along one image axis, by slices."""

    def part(low: int, high: int) -> tuple[slice, ...]:
        index = [slice(None)] * len(tensor.shape)
        index[one] = index[two] = slice(low, high)
        return tuple(index)

    offsets = list(axis.offsets)
    if axis.border == "circular":
        out = None
        for c in offsets:
            moved = ops.xp.roll(tensor, (-c, -c), axis=(one, two)) if c % axis.size else tensor
            out = ops.copy(name, moved) if out is None else out + moved
    elif axis.border == "valid":
        out = ops.copy(name, tensor[part(0, axis.patches)])
        for c in offsets[1:]:
            out += tensor[part(c, c + axis.patches)]
    else:
        out = ops.copy(name, tensor)
        for c in offsets:
            low, high = max(0, -c), axis.size - max(0, c)
            if c and low < high:
                out[part(low, high)] += tensor[part(low + c, high + c)]
    return out
