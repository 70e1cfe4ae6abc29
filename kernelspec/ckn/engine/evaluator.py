"""Kernels of blocks of pairs of images, layer by layer (claims 42, 49).

The state after a layer is the tensor of inner products <x_k(u), x_k'(v)> over all pairs of positions, with four
position axes behind the axes of the pairs. A layer works in tiles of columns that stay in cache:

1. inner products of patches (`layer_pairs`): at the first layer one matrix product of normalised patches, into which
   the slope of the patch kernel is absorbed; later, sums of shifted tensors (`patch_products`);
2. the patch kernel, in place (`patch_kernels`);
3. pooling, or at the last layer a sum (`pooling`).

Behind the last pooling of a network whose output is sum_u <x_n(u), x_n'(u)>, inner products at pairs of one position,
u = v, are made of those of the layer before at pairs of one position alone. So these layers cost as much as their maps
have positions, not the square of it; a network without any pooling is evaluated in this way throughout. Source: Bietti
& Mairal 2019, JMLR (claim 42), and NeurIPS (claim 49); the pairs of one position are derived here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...numbers.arrays import InPlace, Standard
from ..doors import Options
from ..network import Network, Shapes
from ..patch_kernels import Pointwise, pointwise
from ..positive import check_squares
from ..scaling import Scaling
from .geometry import Geometry, geometry
from .layer_pairs import LayerPairs, Role
from .losses import doubts
from .memory import check_matrices, plan
from .pooling import Pooled, Summed, Unpooled
from .schedule import Task
from .sides import Side, Workspace, side_of

_OVERFLOW = "the kernel overflows {}: x, or y, must be scaled down"


class Evaluator:
    """One worker's evaluator for one network, geometry, dtype and array library."""

    def __init__(self, space: Workspace, shape: Geometry, kernels: tuple[Pointwise, ...], options: Options) -> None:
        self.space, self.shape, self.kernels = space, shape, kernels
        self.kinds = ("value", "tangent") if options.tangent else ("value",)
        self.trained = options.trained or (True,) * len(kernels)
        self.weights = doubts(shape, kernels) if options.doubts else None

    def side(self, x: Any, norms: list[Any] | None = None) -> Side:
        """The side of images x, (n, height, width, channels); with the norms of all layers where they are known."""
        return side_of(self.space, self.shape.layers[0], self.kernels[0], x, norms)

    def prepare(self, x: Any, maps: list[Any] | None = None) -> tuple[Side, list[Any]]:
        """The side of images x with the norms of all layers, and K(x, x), or it and the tangent kernel's.

        `maps` gets |x_k(u)|^2 of every layer.
        """
        side = self.side(x)
        with np.errstate(over="ignore", invalid="ignore"):
            own = self.evaluate(side, side, True, maps)
        ops = self.space.ops
        if not all(bool(ops.xp.all(ops.xp.isfinite(a))) for a in (*side.norms, *(maps or ()), *own)):
            raise ValueError(_OVERFLOW.format(self.space.dtype))
        for number, squares in enumerate(maps or ()):
            check_squares(squares, ops, f"the map of layer {number + 1}", self.kernels[number], side.norms[number])
        if maps is None:
            check_squares(own[0], ops, "Phi(x)", self.kernels[-1], side.norms[-1])
        return side, own

    def evaluate(self, left: Side, right: Side, own: bool = False, maps: list[Any] | None = None) -> list[Any]:
        """K of all pairs, or it and the tangent kernel, (left.count, right.count); `own`: K(x_i, x_i), (n,).

        `own` also finds the norms of the layers that have none yet.
        """
        lead = (left.count,) if own else (left.count, right.count)
        rows = Role(left, (...,) if own else (slice(None), None, ...))
        columns = Role(right, (...,) if own else (None, ...))
        tensors: list[Any] = [None] * len(self.kinds)
        lost = None if self.weights is None else np.zeros(lead)
        last = len(self.kernels) - 1
        for number, kernel in enumerate(self.kernels):
            same, final = number >= self.shape.same, number == last and maps is None
            if same and number == self.shape.same and number:
                tensors = [self._same_positions(tensor, len(lead)) for tensor in tensors]
            layer, before = self.shape.layers[number], self.kernels[number - 1] if number else None
            reach = None if number or same or layer.plain or not last else self.shape.reach
            pairs = LayerPairs(self.space, number, layer, kernel, before, rows, columns, lead, same, reach)
            if own and number and len(left.norms) == number:
                at_one = tensors[0] if same else self._same_positions(tensors[0], len(lead))
                pairs.set_norms(at_one)
            tensors, rows, columns = self._layer(pairs, tensors, final and not same, lost)
            if maps is not None:
                at_one = self.space.ops.fresh(tensors[0]) if same else self._same_positions(tensors[0], len(lead))
                maps.append(at_one)
        if last >= self.shape.same:
            tensors = [self.space.ops.xp.sum(tensor, axis=(-2, -1)) for tensor in tensors]
        return tensors if lost is None else [*tensors, lost]

    def _layer(self, pairs: LayerPairs, tensors: list[Any], final: bool, lost: Any) -> tuple[list[Any], Role, Role]:
        """The tensors behind a layer, or at the end the kernels, and the sides of their axes."""
        outputs: list[Any] = []
        # Without weights of its own, the first layer has no tangent kernel.
        kinds = self.kinds if pairs.number or self.trained[0] else self.kinds[:1]
        for which in kinds:
            if final:
                outputs.append(Summed(pairs, which, self.shape.mean))
            else:
                outputs.append((Unpooled if pairs.layer.plain else Pooled)(pairs, which))
        ops, kernel = self.space.ops, pairs.kernel
        for start, stop in pairs.tiles():
            argument = pairs.argument(tensors[0], start, stop)
            near = pairs.near(start, stop, lost, 0.0 if self.weights is None else self.weights[pairs.number])
            if len(outputs) == 1:
                found: tuple[Any, ...] = (kernel.value(ops, argument, near),)
            else:
                found = kernel.tangent(ops, argument, pairs.factor(tensors[1], start, stop), near)
            for output, tile in zip(outputs, found, strict=True):
                output.add(tile, start, stop)
        results = [output.result() for output in outputs]
        own = pairs.number + 1 == len(self.kernels) or self.trained[pairs.number + 1]  # of the weights that read this
        if len(results) < len(self.kinds):
            results.append(results[0].copy() if own else ops.xp.zeros_like(results[0]))
        elif len(results) == 2 and own:
            results[1] += results[0]
        return results, outputs[0].rows, outputs[0].columns

    def _same_positions(self, tensor: Any, lead: int) -> Any:
        """The inner products at u = v, (pairs, height, width)."""
        xp, sizes = self.space.ops.xp, tensor.shape[: lead + 2]
        places = sizes[-1] * sizes[-2]
        return xp.reshape(self.space.ops.diagonal(xp.reshape(tensor, (*sizes[:-2], places, places))), sizes)


def task(network: Network, ops: Standard, shapes: Shapes, dtype: Any, scaling: Scaling, options: Options) -> Task:
    """What a network of the plane computes with, for images of one size."""
    check_matrices(shapes, options.memory)
    shape = geometry(network, shapes, options.whole)
    kernels = tuple(pointwise(kernel, options.tangent) for kernel in scaling.kernels)
    size = ops.xp.finfo(dtype).bits // 8
    cut = plan(shape, kernels, options.tangent, size, options.memory, options.threads, ops)

    def worker() -> Evaluator:
        space = Workspace(InPlace() if ops.in_place else ops, dtype, cut.tile, network.floor)
        return Evaluator(space, shape, kernels, options)

    positions = len(shapes[0].patches)
    axes = ("height", "width") if positions == 2 else ("length",)
    return Task(
        network=network,
        worker=worker,
        plan=cut,
        scaling=scaling,
        places=[(layer.axes[0].kept, layer.axes[1].kept) for layer in shape.layers],
        sizes=[shapes[0].input[:-1], *(size for sizes in shapes for size in (sizes.patches, sizes.output))],
        axes=(axes, axes),
        kinds=1 + options.tangent + options.doubts,
        computed=dtype,
        given=dtype,
        overflow=_OVERFLOW,
    )
