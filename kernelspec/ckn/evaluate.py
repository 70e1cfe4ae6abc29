"""Kernels of blocks of pairs of images, layer by layer (claims 42, 49).

The state after a layer is the tensor of inner products <x_k(u), x_k'(v)> over all pairs of positions, with four
position axes behind the axes of the pairs. A layer works in tiles of columns that stay in cache:

1. inner products of patches: at the first layer one matrix product of normalised patches, into which the slope
   of the patch kernel is absorbed; later, sums of shifted tensors;
2. the patch kernel, in place;
3. pooling of the rows' second axis, batched over the first so that the norms |x(u)| sit in its matrices
   at no cost; then of the first axis by one product that also turns the tile around; then of the columns.

So the two groups of axes change places at every pooling, and each one's axes change their order. The last
layer needs no tensor: sum_u <(A x)(u), (A y)(u)> is a weighted sum with the weights A^T A.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..numbers.arrays import Standard
from .coincident import Coincident
from .context import Context, Group, Side
from .geometry import Geometry
from .network import Network
from .outputs import Plain, Pooled, Sum
from .patches import First, Later
from .pointwise import Pointwise, no_repair
from .positive import check_squares
from .scaling import least


def overflow(dtype: Any) -> str:
    """What to say of values that are not finite."""
    return f"the kernel overflows {dtype}: x, or y, must be scaled down"


class Evaluator:
    """One worker's evaluator for one network, geometry, dtype and array library."""

    def __init__(
        self,
        ops: Standard,
        shape: Geometry,
        kernels: tuple[Pointwise, ...],
        network: Network,
        dtype: Any,
        tangent: bool,
        tile: int,
    ) -> None:
        self.ops, self.shape, self.kernels, self.output = ops, shape, kernels, network.output
        self.dtype, self.tangent, self.tile = dtype, tangent, tile
        info = ops.xp.finfo(dtype)
        self.eps, self.bytes = float(info.eps), info.bits // 8
        self.floors = [network.floor or least(info.bits, first) for first in (True, False)]
        self.small = least(info.bits, False) ** 2
        self.constants: dict[Any, Any] = {}
        self.reaches: dict[tuple[int, int], slice] = {}

    # -- one side ---------------------------------------------------------------------------------------

    def prepare(self, x: Any, maps: bool = False) -> Side:
        """The side of images x, shape (n, height, width, channels), with all norms, K(x, x) and its tangent."""
        side = self.side(x)
        with np.errstate(over="ignore", invalid="ignore"):
            side.value, side.tangent = self.evaluate(side, side, own=True, maps=maps)
        found = [*side.norms, *side.maps, side.value, side.tangent]
        if not all(bool(self.ops.xp.all(self.ops.xp.isfinite(a))) for a in found if a is not None):
            raise ValueError(overflow(self.dtype))
        for number, squares in enumerate(side.maps):
            layer = self.kernels[number], side.norms[number]
            check_squares(squares, self.ops, f"the map of layer {number + 1}", *layer)
        if side.value is not None:
            check_squares(side.value, self.ops, "Phi(x)", self.kernels[-1], side.norms[-1])
        return side

    def floor(self, number: int) -> float:
        """The least norm that the cosines of a layer are divided by."""
        return self.floors[number > 0]

    def side(self, x: Any, norms_known: list[Any] | None = None) -> Side:
        """The side of images x without K(x, x); with the norms of all layers where they are known."""
        xp, kernel = self.ops.xp, self.kernels[0]
        patches = self._patches(x)
        norms = self._lengths(patches)
        unit = patches
        if kernel.homogeneous:
            unit = patches / xp.maximum(norms, xp.full_like(norms, self.floor(0)))[..., None]
        rows = unit if kernel.slope == 1 else unit * kernel.slope
        n, height, width, features = unit.shape
        columns = xp.permute_dims(xp.reshape(unit, (n, height * width, features)), (0, 2, 1))
        return Side(n, rows, self.ops.fresh(columns), norms_known or [norms])

    def _lengths(self, patches: Any) -> Any:
        """The norms of patches, also where their squares vanish."""
        xp = self.ops.xp
        squares = xp.sum(patches * patches, axis=-1)
        norms = xp.sqrt(squares)
        if math.prod(squares.shape) and float(xp.min(squares)) < self.small:
            largest = xp.max(xp.abs(patches), axis=-1)
            scale = xp.where(largest > 0, largest, xp.ones_like(largest))
            ratios = patches / scale[..., None]
            lengths = scale * xp.sqrt(xp.sum(ratios * ratios, axis=-1))
            norms = xp.where(squares < self.small, lengths, norms)
        return norms

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

    def evaluate(self, left: Side, right: Side, own: bool = False, maps: bool = False) -> tuple[Any, Any]:
        """K and its tangent (None without) of all pairs, (left.count, right.count); `own`: of x with itself, (n,).

        `own` also finds the norms of the layers that have none yet; `maps` those of every output, too.
        """
        sides, last = (left, right), len(self.shape.layers)
        groups = (Group(0, (0, 1)), Group(1, (0, 1)))
        source: First | Later = First(self, sides, own)
        value = tangent = None
        for number in range(self.shape.coincident):
            layer, kernel = self.shape.layers[number], self.kernels[number]
            context = Context(self, number, layer, kernel, sides, groups, own)
            source.enter(context)
            final = number == last - 1 and not maps
            value, tangent, groups = self._layer(context, source, final)
            if final:
                return value, tangent
            source = Later(self, sides, own, groups, value, tangent)
            if own and maps:
                left.maps.append(source.coincident(value))
        if self.shape.coincident == last:
            return None, None
        if self.shape.coincident:
            assert isinstance(source, Later)
            value = source.coincident(value)
            tangent = None if tangent is None else source.coincident(tangent)
        state = Coincident(self, sides, own, value, tangent)
        for number in range(self.shape.coincident, last):
            state.layer(number)
            if own and maps:
                left.maps.append(state.value)
        sums = [self.ops.xp.sum(k, axis=(-2, -1)) for k in (state.value, state.tangent) if k is not None]
        return sums[0], sums[1] if self.tangent else None

    def _layer(self, context: Context, source: First | Later, final: bool) -> tuple[Any, Any, tuple[Group, Group]]:
        """One layer over all pairs of positions: K, its tangent kernel, and the groups of their axes."""
        kernel = context.kernel
        make = Sum if final else Plain if context.layer.plain else Pooled
        value = make(context, "value")
        tangent = make(context, "tangent") if self.tangent else None
        for start, stop in context.tiles():
            argument = source.argument(start, stop)
            repair = source.repair(start, stop) if kernel.rough else no_repair
            if tangent is None:
                value.add(kernel.value(self.ops, argument, repair), start, stop)
                continue
            slope, image = kernel.tangent(self.ops, argument, source.factor(start, stop), repair)
            tangent.add(slope, start, stop)
            value.add(image, start, stop)
        k = value.result()
        if tangent is None:
            return k, None, value.groups
        t = tangent.result()
        t += k
        return k, t, value.groups

    def snap(self, cosine: Any) -> Any:
        """Cosines within rounding of an end, read as the end.

        At a later layer the cosine is all that is known: patches of coinciding maps then have the angle 0, and not
        the root of a rounding error.
        """
        end = 1 - 8 * self.eps
        if self.ops.largest(cosine) > end:
            xp = self.ops.xp
            cosine = xp.where(cosine > end, xp.ones_like(cosine), cosine)
            cosine = xp.where(cosine < -end, -xp.ones_like(cosine), cosine)
        return cosine

    def constant(self, key: Any, make: Any) -> Any:
        """A NumPy array as this evaluator's array, made once."""
        if key not in self.constants:
            self.constants[key] = self.ops.constant(make(), self.dtype)
        return self.constants[key]
