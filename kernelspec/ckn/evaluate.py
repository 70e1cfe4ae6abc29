"""Kernels of blocks of pairs of images, layer by layer (claims 42, 49).

The state after a layer is the tensor of inner products <x_k(u), x_k'(v)> over all pairs of positions, with four
position axes behind the axes of the pairs. A layer works in tiles of columns that stay in cache:

1. inner products of patches: at the first layer one matrix product of normalised patches, into which the slope
   and the intercept of the patch kernel are absorbed; later, sums of shifted tensors;
2. the patch kernel, in place;
3. pooling of the rows' first axis, batched over the other axis so that the norms |x(u)| sit in its matrices
   at no cost; then of the second axis by one product that also turns the tile around; then of the columns.

So the two groups of axes change places at every pooling, and each one's axes change their order. The last
layer needs no tensor: sum_u <(A x)(u), (A y)(u)> is a weighted sum with the weights A^T A.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .arrays import Standard
from .geometry import Axis, Geometry, LayerGeometry, mean_weights, trace_weights
from .pointwise import Pointwise, Repair, no_repair

FLOOR = 1e-6  # of norms before dividing, as in the papers' experiments (claim 60)

# Cosines nearer to +-1 than this have angles that are computed from the patches' differences: the angle of a
# cosine that is off by eps is off by eps / sqrt(2 (1 - cos)), which this bounds by about 1e-5 and 1e-12.
_NEAR = {4: 1e-5, 8: 5e-9}


@dataclass
class Side:
    """What one side of the pairs needs: normalised patches in both roles, and the norms at every layer."""

    count: int
    rows: Any  # (count, height, width, features)
    columns: Any  # (count, features, height * width)
    norms: list[Any] = field(
        default_factory=list
    )  # of each layer's patches, (count, height, width)
    kept: dict[Any, Any] = field(default_factory=dict)  # what layers make of the norms
    maps: list[Any] = field(default_factory=list)  # |x_k(u)|^2 of each layer's output
    value: Any = None  # K(x, x)
    tangent: Any = None


@dataclass(frozen=True)
class Group:
    """A group of two position axes: the side it belongs to (0 or 1), and which image axes, in which order."""

    side: int
    order: tuple[int, int]

    def turned(self) -> Group:
        return Group(self.side, (self.order[1], self.order[0]))


class Evaluator:
    """One worker's evaluator for one network, geometry, dtype and array library."""

    def __init__(
        self,
        ops: Standard,
        shape: Geometry,
        kernels: tuple[Pointwise, ...],
        output: str,
        dtype: Any,
        tangent: bool,
        tile: int,
    ) -> None:
        self.ops, self.shape, self.kernels, self.output = ops, shape, kernels, output
        self.dtype, self.tangent, self.tile = dtype, tangent, tile
        info = ops.xp.finfo(dtype)
        self.eps, self.bytes = float(info.eps), info.bits // 8
        self.constants: dict[Any, Any] = {}

    # -- one side ---------------------------------------------------------------------------------------

    def prepare(self, x: Any, maps: bool = False) -> Side:
        """The side of images x, shape (n, height, width, channels), with all norms, K(x, x) and its tangent."""
        xp, kernel = self.ops.xp, self.kernels[0]
        patches = self._patches(x)
        squares = xp.sum(patches * patches, axis=-1)
        norms = xp.sqrt(squares)
        unit = patches
        if kernel.homogeneous:
            unit = patches / xp.maximum(norms, xp.full_like(norms, FLOOR))[..., None]
        rows = columns = unit
        if kernel.slope != 1:
            rows = rows * kernel.slope
        if kernel.intercept != 0:
            ones = xp.ones_like(norms)[..., None]
            rows = xp.concat([rows, ones * kernel.intercept], axis=-1)
            columns = xp.concat([columns, ones], axis=-1)
        n, height, width, features = columns.shape
        columns = xp.permute_dims(xp.reshape(columns, (n, height * width, features)), (0, 2, 1))
        side = Side(n, rows, self.ops.fresh(columns), [norms])
        side.value, side.tangent = self.evaluate(side, side, own=True, maps=maps)
        return side

    def _patches(self, x: Any) -> Any:
        """(n, kept, kept, features), by reading each axis at its positions and zeros outside."""
        xp, layer = self.ops.xp, self.shape.layers[0]
        for axis, which in zip(layer.axes, (1, 3), strict=True):
            reads = axis.reads()
            edge = self.ops.zeros((*x.shape[:which], 1, *x.shape[which + 1 :]), self.dtype)
            places = self.ops.indices(reads.ravel())
            x = xp.take(xp.concat([x, edge], axis=which), places, axis=which)
            x = xp.reshape(x, (*x.shape[:which], *reads.shape, *x.shape[which + 1 :]))
        n, height, p, width, q, channels = x.shape
        x = xp.reshape(xp.permute_dims(x, (0, 1, 3, 2, 4, 5)), (n, height, width, p * q * channels))
        return x if layer.scale == 1 else x * layer.scale**0.5

    # -- pairs ------------------------------------------------------------------------------------------

    def evaluate(
        self, left: Side, right: Side, own: bool = False, maps: bool = False
    ) -> tuple[Any, Any]:
        """K and its tangent (None without) of all pairs, (left.count, right.count); `own`: of x with itself, (n,).

        `own` also finds the norms of the layers that have none yet; `maps` those of every output, too.
        """
        sides = (left, right)
        groups = (Group(0, (0, 1)), Group(1, (0, 1)))
        source: _First | _Later = _First(self, sides, own)
        last = len(self.shape.layers) - 1
        for number, (layer, kernel) in enumerate(zip(self.shape.layers, self.kernels, strict=True)):
            context = _Context(self, number, layer, kernel, sides, groups, own)
            source.enter(context)
            final = number == last and not maps
            make = _Sum if final else _Plain if layer.plain else _Pooled
            value = make(context, "value")
            tangent = make(context, "tangent") if self.tangent else None
            for start, stop in context.tiles():
                argument = source.argument(start, stop)
                repair = source.repair(start, stop) if kernel.rough else no_repair
                if tangent is None:
                    value.add(kernel.value(self.ops, argument, repair), start, stop)
                    continue
                slope, image = kernel.tangent(
                    self.ops, argument, source.factor(start, stop), repair
                )
                tangent.add(slope, start, stop)
                value.add(image, start, stop)
            k = value.result()
            t = None if tangent is None else tangent.result() + k
            if final:
                return k, t
            groups = value.groups
            source = _Later(self, sides, own, groups, k, t, number)
            if own:
                left.maps.append(source.squares())
        return None, None

    def constant(self, key: Any, make: Any) -> Any:
        """A NumPy array as this evaluator's array, made once."""
        if key not in self.constants:
            self.constants[key] = self.ops.constant(make(), self.dtype)
        return self.constants[key]


@dataclass
class _Context:
    """One layer of one evaluation."""

    evaluator: Evaluator
    number: int
    layer: LayerGeometry
    kernel: Pointwise
    sides: tuple[Side, Side]
    groups: tuple[Group, Group]
    own: bool

    def axis(self, group: int, place: int) -> Axis:
        """The image axis in a place of a group."""
        return self.layer.axes[self.groups[group].order[place]]

    def extent(self, group: int) -> tuple[int, int]:
        return self.axis(group, 0).kept, self.axis(group, 1).kept

    def tiles(self) -> Iterator[tuple[int, int]]:
        """Ranges of the columns' first axis whose tiles hold about `tile` numbers."""
        count, width = self.extent(1)
        rows = self.pairs * self.layer.kept * width
        step = max(1, self.evaluator.tile // rows)
        step = -(-count // -(-count // step))
        for start in range(0, count, step):
            yield start, min(start + step, count)

    @property
    def pairs(self) -> int:
        return self.sides[0].count * (1 if self.own else self.sides[1].count)

    @property
    def lead(self) -> tuple[int, ...]:
        """The axes of the pairs."""
        return (self.sides[0].count,) if self.own else (self.sides[0].count, self.sides[1].count)

    def spread(self, group: int, array: Any) -> Any:
        """An array of one side, (n, ...), with an axis for the other side."""
        if self.own:
            return array
        return array[:, None, ...] if self.groups[group].side == 0 else array[None, ...]

    def norms(self, group: int, floored: bool = False) -> Any:
        """|z(u)| in the order of a group, (n, first, second)."""
        xp = self.evaluator.ops.xp
        norms = self.sides[self.groups[group].side].norms[self.number]
        if floored:
            norms = xp.maximum(norms, xp.full_like(norms, FLOOR))
        return norms if self.groups[group].order == (0, 1) else xp.permute_dims(norms, (0, 2, 1))

    def inverse(self, group: int, factor: float) -> Any:
        """factor / |z(u)| in the order of a group, with the axes of the pairs."""
        side = self.sides[self.groups[group].side]
        key = (self.number, self.groups[group].order, factor)
        if key not in side.kept:
            side.kept[key] = self.evaluator.ops.fresh(factor / self.norms(group, floored=True))
        return self.spread(group, side.kept[key])

    def weights(self, group: int, which: str) -> Any:
        """The factors of the kernel's values, (n, first, second): |z(u)|, and the kernel's scale on the rows.

        For the tangent, the floored norms that the cosine has been divided by at the first layer; later, none.
        """
        divided = which == "value" or self.number == 0
        if self.kernel.homogeneous and divided:
            weights = self.norms(group, floored=which != "value")
        else:
            norms = self.norms(group)
            weights = self.evaluator.ops.xp.ones_like(norms)
        scale = self.kernel.scale if which == "value" else self.kernel.tangent_scale
        return weights * scale if group == 0 and scale != 1 else weights


class _First:
    """Patch products of the first layer."""

    def __init__(self, evaluator: Evaluator, sides: tuple[Side, Side], own: bool) -> None:
        self.evaluator, self.sides, self.own = evaluator, sides, own

    def enter(self, context: _Context) -> None:
        self.context, self.width = context, context.extent(1)[1]
        self.rows = context.spread(0, self.sides[0].rows)
        self.columns = context.spread(1, self.sides[1].columns)[..., None, :, :]

    def argument(self, start: int, stop: int) -> Any:
        """(pairs, height, width, columns) of slope * cos + intercept."""
        columns = self.columns[..., start * self.width : stop * self.width]
        out = self.evaluator.ops.product("tile", self.rows, columns)
        return _set_own(self.context, out, start * self.width) if self.own else out

    def factor(self, start: int, stop: int) -> None:
        """The inner product of two patches is the cosine, up to the norms."""
        return None

    def repair(self, start: int, stop: int) -> Repair:
        """Angles of near-coincident and near-opposite patches from |z - z'| = 2 sin(theta/2)."""
        return _Differences(self, start, stop)


@dataclass
class _Differences:
    first: _First
    start: int
    stop: int

    def __call__(self, cosine: Any, largest: float) -> tuple[Any, Any] | None:
        evaluator, context = self.first.evaluator, self.first.context
        near = 1 - _NEAR[evaluator.bytes]
        if largest <= near:
            return None
        left, right = self.first.sides
        width = context.extent(1)[1]
        columns = right.columns[..., self.start * width : self.stop * width]
        places = (cosine > near) | (cosine < -near)
        if not evaluator.ops.in_place:
            return places, self._dense(cosine, columns)
        where = np.nonzero(places)
        angle = np.empty(len(where[0]), dtype=cosine.dtype)
        step = 2**14
        for begin in range(0, len(angle), step):
            part = tuple(index[begin : begin + step] for index in where)
            a = left.rows[part[0], part[-3], part[-2]]
            b = columns[part[0 if context.own else 1], :, part[-1]]
            sign = np.where(cosine[part] > 0, 1, -1).astype(cosine.dtype)
            gap = a - sign[:, None] * b
            half = np.sqrt(np.einsum("ij,ij->i", gap, gap)) / 2
            near_angle = 2 * np.arcsin(np.minimum(half, 1))
            angle[begin : begin + step] = np.where(sign > 0, near_angle, np.pi - near_angle)
        return where, angle

    def _dense(self, cosine: Any, columns: Any) -> Any:
        context, xp = self.first.context, self.first.evaluator.ops.xp
        rows = context.spread(0, self.first.sides[0].rows)
        columns = context.spread(1, columns)
        sign = xp.where(cosine > 0, xp.ones_like(cosine), -xp.ones_like(cosine))
        total = xp.zeros_like(cosine)
        for k in range(rows.shape[-1]):
            gap = rows[..., k][..., None] - sign * columns[..., k, :][..., None, None, :]
            total = total + gap * gap
        half = xp.sqrt(total) / 2
        angle = 2 * xp.asin(xp.where(half > 1, xp.ones_like(half), half))
        return xp.where(cosine > 0, angle, np.pi - angle)


class _Later:
    """Patch products of a later layer: sums of the tensor of the layer before over shifts."""

    def __init__(
        self,
        evaluator: Evaluator,
        sides: tuple[Side, Side],
        own: bool,
        groups: tuple[Group, Group],
        value: Any,
        tangent: Any,
        number: int,
    ) -> None:
        self.evaluator, self.sides, self.own, self.groups = evaluator, sides, own, groups
        self.value, self.tangent, self.number = value, tangent, number

    def squares(self) -> Any:
        """|x_k(u)|^2 from the tensor of a side with itself, (n, height, width)."""
        return self._own_diagonal(self.value)

    def _own_diagonal(self, tensor: Any) -> Any:
        ops, xp = self.evaluator.ops, self.evaluator.ops.xp
        # Both groups in the order (height, width).
        first, second = self.groups
        order = [1 + first.order.index(0), 1 + first.order.index(1)]
        order += [3 + second.order.index(0), 3 + second.order.index(1)]
        tensor = xp.permute_dims(tensor, (0, *order))
        n, height, width = tensor.shape[:3]
        flat = xp.reshape(tensor, (n, height * width, height * width))
        return xp.reshape(ops.diagonal(flat), (n, height, width))

    def enter(self, context: _Context) -> None:
        self.context, ops, kernel = context, self.evaluator.ops, context.kernel
        xp, layer = ops.xp, context.layer
        self.sums = self._patch_sums("patches", self.value)
        if self.own and len(self.sides[0].norms) <= context.number:
            squares = self._own_diagonal(self.sums) * layer.scale
            norms = xp.sqrt(xp.where(squares > 0, squares, xp.zeros_like(squares)))
            self.sides[0].norms.append(norms)
        if kernel.homogeneous:
            inverse = context.inverse(0, kernel.slope * layer.scale)[..., None, None]
            self.sums = ops.multiply("cosines", self.sums, inverse)
            self.sums *= context.inverse(1, 1.0)[..., None, None, :, :]
        else:
            self.sums = ops.copy("cosines", self.sums)
            if layer.scale != 1:
                self.sums *= layer.scale
        if kernel.intercept != 0:
            self.sums += kernel.intercept
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
        context, xp = self.context, self.evaluator.ops.xp
        out = self._tile("tile", self.sums, start, stop)
        if self.own:
            out = _set_own(context, out, start * context.extent(1)[1])
        if context.kernel.rough:
            # Here the cosine is all that is known. Within rounding of an end it is read as the end: patches of
            # coinciding maps have the angle 0, not the root of a rounding error.
            end = 1 - 8 * self.evaluator.eps
            if self.evaluator.ops.largest(out) > end:
                out = xp.where(out > end, xp.ones_like(out), out)
                out = xp.where(out < -end, -xp.ones_like(out), out)
        return out

    def factor(self, start: int, stop: int) -> Any:
        return self._tile("tangent tile", self.factors, start, stop)

    def repair(self, start: int, stop: int) -> Repair:
        return no_repair


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


def _set_own(context: _Context, tile: Any, offset: int) -> Any:
    """The argument at u = v, which is known exactly: a patch has the cosine 1 with itself."""
    xp, kernel = context.evaluator.ops.xp, context.kernel
    norms = context.norms(0)
    if kernel.homogeneous:
        cosine = norms / context.norms(0, floored=True)
        exact = kernel.slope * cosine * cosine + kernel.intercept
    else:
        exact = norms * norms
    first, second = context.extent(0)
    rows = _own_places(context, first, second)
    rows = context.evaluator.ops.indices(rows)
    columns = context.evaluator.ops.indices(np.arange(offset, offset + tile.shape[-1]))
    return xp.where(rows[:, :, None] == columns, exact[..., None], tile)


def _own_places(context: _Context, first: int, second: int) -> Any:
    """For each place of the first group, the flat place of the same position in the second group."""
    places = np.arange(first * second)
    if context.groups[0].order == context.groups[1].order:
        return places.reshape(first, second)
    return places.reshape(second, first).T


class _Plain:
    """No pooling: the values times the norms, as a tensor."""

    def __init__(self, context: _Context, which: str) -> None:
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


class _Pooled:
    """Pooling of all four axes, tile by tile; the groups change places."""

    def __init__(self, context: _Context, which: str) -> None:
        self.lead, self.number = context.lead, context.number
        self.name, self.ops = which, context.evaluator.ops
        self.groups = (context.groups[1], context.groups[0].turned())
        outer, inner = context.axis(0, 0), context.axis(0, 1)
        self.bands = inner.bands
        self.columns_axes = context.axis(1, 0), context.axis(1, 1)
        self.outputs = inner.outputs, outer.outputs
        self.rows, self.columns = (self._matrices(context, group) for group in (0, 1))
        constant, orders = context.evaluator.constant, [g.order for g in context.groups]
        self.second = constant(("transposed", context.number, orders[0][0]), lambda: outer.full.T)
        self.last = constant(
            ("full", context.number, orders[1][0]), lambda: self.columns_axes[0].full
        )
        n = len(self.lead)
        self.turn = (*range(n), n + 1, n + 2, n)
        self.back = (*range(n), n + 1, n, n + 2)
        shape = (self.columns_axes[0].kept, self.columns_axes[1].outputs, math.prod(self.outputs))
        self.half = self.ops.empty(f"{which} half", (*self.lead, *shape), context.evaluator.dtype)

    def _matrices(self, context: _Context, group: int) -> Any:
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
        ops, xp = self.ops, self.ops.xp
        pooled = ops.banded("pooled", self.rows, tile, self.bands)
        # (..., first, outputs, columns) to (..., outputs, columns, first), times (first, outputs).
        turned = ops.product("turned", xp.permute_dims(pooled, self.turn), self.second, self.back)
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


class _Sum:
    """The last layer: sum over positions of the pooled map's inner products, or of its averages'."""

    def __init__(self, context: _Context, which: str) -> None:
        self.context, self.groups, self.total = context, context.groups, None
        evaluator, number = context.evaluator, context.number
        vectors = [context.weights(group, which) for group in (0, 1)]
        self.weights = None
        orders = tuple(group.order for group in context.groups)
        if evaluator.output == "sum":
            self.weights = evaluator.constant(
                ("trace", number, orders), lambda: _trace_tensor(context.layer, orders)
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


def _trace_tensor(layer: LayerGeometry, orders: tuple[tuple[int, int], ...]) -> Any:
    """(A^T A)(u, v) as (rows' first, second, columns' first, second)."""
    height, width = trace_weights(layer)
    tensor = height[:, None, :, None] * width[None, :, None, :]
    return tensor.transpose(*orders[0], *(2 + axis for axis in orders[1]))
