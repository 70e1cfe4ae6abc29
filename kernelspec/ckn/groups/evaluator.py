"""Networks on groups for images of one size: inner products at all pairs of positions and turns (claims 42, 51).

<P x(u, r), P y(v, s)> = sum_{c, q} <x(u + r c, r q), y(v + s c, s q)>: the sum over q first, which leaves a table
for every pair of turns, then over c, whose shifts depend on r and s alone. So a patch costs |Q| + |S| passes, not
|Q||S|. How the work is cut and shared is that of the plane (`engine.schedule`). Source of the layers: Bietti & Mairal
2019, JMLR (claims 42, 51).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...numbers.arrays import InPlace
from ..doors import Options
from ..engine.memory import cut
from ..engine.near_coincidence import ends
from ..engine.schedule import Task
from ..network import Shapes
from ..patch_kernels import Pointwise, pointwise
from ..positive import check_squares
from ..scaling import Scaling, least
from .network import Layer, Network
from .operators import patch_reads, pooling, readout

_AT_WORK = 2**20  # numbers of a tensor of pairs: larger batches are no faster
_COPIES = (8, 14)  # tensors of this size that are held at once, without the tangent kernel and with it
_TILE = 2**15  # cosines whose kernel values are computed at a time; they stay in cache


class Step(NamedTuple):
    """One layer: what its patches read, the q of its patches as permutations, M, A."""

    shifts: list[Any]  # one sparse matrix for each offset
    turned: list[Any] | None  # None where the map before has no turns
    kernel: Pointwise
    scale: float
    pooling: Any


@dataclass
class Side:
    """Images as one side of the pairs: patches, (images, (turn, place), numbers), and their norms at every layer."""

    patches: Any
    norms: list[Any]


class Evaluator:
    """A network for images or signals of one size; `made` is R A of the last layer, with the readout R."""

    def __init__(self, steps: list[Step], made: Any, floor: float, tangent: bool) -> None:
        self.steps, self.made, self.tangent, self.ops = steps, made, tangent, InPlace()
        self.floor = floor or least(64, first=False)

    def side(self, x: Any, norms: list[Any]) -> Side:
        """Images as one side of the pairs."""
        n, channels = len(x), x.shape[-1]
        flat = np.moveaxis(x, 0, -2).reshape(math.prod(x.shape[1:-1]), n * channels)
        parts = [(t @ flat).reshape(t.shape[0], n, channels) for t in self.steps[0].shifts]
        return Side(np.ascontiguousarray(np.concatenate(parts, axis=-1).transpose(1, 0, 2)), norms)

    def prepare(self, x: Any, maps: list[Any] | None = None) -> tuple[Side, list[Any]]:
        """A side with its norms, and K(x, x), or it and the tangent kernel's; `maps` gets the squared norms of maps."""
        side = self.side(x, [])
        own = self._outputs(self._mapped(side, side, True, maps))
        check_squares(own[0], self.ops, "Phi(x)", self.steps[-1].kernel, side.norms[-1])
        return side, own

    def evaluate(self, left: Side, right: Side) -> list[Any]:
        """K, or it and the tangent kernel, of all pairs, shape (images, images)."""
        shape = len(left.patches), len(right.patches)
        return [values.reshape(shape) for values in self._outputs(self._mapped(left, right))]

    def last(self, left: Side, right: Side) -> Any:
        """The inner products of the last maps of all pairs, shape (pairs, places, places)."""
        return _both([self.steps[-1].pooling], self._mapped(left, right)[0])

    @np.errstate(over="ignore", invalid="ignore")  # seen in the result
    def _mapped(self, left: Side, right: Side, own: bool = False, maps: list[Any] | None = None) -> list[Any]:
        """<M x(i), M y(j)> of the last layer, and what it is for the tangent kernel, of shape (pairs, places, places).

        `own` pairs images with themselves, whose norms are put down.
        """
        one, two = left.patches, right.patches
        if not own:
            one, two = np.repeat(one, len(two), axis=0), np.tile(two, (len(one), 1, 1))
        tensors = [np.matmul(one, two.transpose(0, 2, 1))]
        for k, step in enumerate(self.steps):
            if k:
                before = self.steps[k - 1].pooling
                tensors = [_patch_sums(step, _both([before], tensor)) for tensor in tensors]
            for tensor in tensors:
                tensor *= step.scale
            if own:
                squares = np.einsum("bii->bi", tensors[0])
                if k:
                    known = self.steps[k - 1].kernel, left.norms[k - 1]
                    check_squares(squares, self.ops, f"patches of layer {k + 1}", *known)
                left.norms.append(np.sqrt(np.maximum(squares, 0)))
            norms = left.norms[k], right.norms[k]
            if not own:
                norms = np.repeat(norms[0], len(norms[1]), axis=0), np.tile(norms[1], (len(norms[0]), 1))
            tensors = self._kernel(k, tensors, *norms, own)
            if maps is not None:
                maps.append(np.einsum("bii->bi", _both([step.pooling], tensors[0])))
        return tensors

    def _kernel(self, k: int, tensors: list[Any], one: Any, two: Any, own: bool) -> list[Any]:
        """The tensors behind M, from inner products of patches of these norms."""
        kernel, inner = self.steps[k].kernel, tensors[0]
        floored = np.maximum(one, self.floor), np.maximum(two, self.floor)
        if kernel.homogeneous:
            inner /= floored[0][:, :, None]
            inner /= floored[1][:, None, :]
            np.clip(inner, -1, 1, out=inner)  # beside larger ones, tiny patches are rounding
            if own:  # a patch has the cosine 1 with itself
                np.einsum("bii->bi", inner)[...] = (one / floored[0]) ** 2
        values = np.ascontiguousarray(inner)
        found = [values]
        if self.tangent:
            found.append(np.ascontiguousarray(tensors[1]) if k else np.empty_like(values))
        self._pieces(kernel, [tensor.reshape(-1) for tensor in found], first=not k)
        if kernel.homogeneous:
            values *= one[:, :, None]
            values *= two[:, None, :]
        if self.tangent:
            if not k:  # the cosine stands for the inner product
                found[1] *= floored[0][:, :, None]
                found[1] *= floored[1][:, None, :]
            found[1] += values
        return found

    def _pieces(self, kernel: Pointwise, flat: list[Any], first: bool) -> None:
        """kappa in place of cosines, and kappa' times what the tangent kernel has found so far, in its place."""
        near = ends(self.ops, float(np.finfo(np.float64).eps)) if kernel.rough else None
        for start in range(0, flat[0].size, _TILE):
            parts = [array[start : start + _TILE] for array in flat]
            parts[0] *= kernel.slope
            if self.tangent:
                value, slope = kernel.tangent(self.ops, parts[0], None if first else parts[1], near)
                parts[1][...] = slope * kernel.tangent_scale
            else:
                value = kernel.value(self.ops, parts[0], near)
            np.multiply(value, kernel.scale, out=parts[0])

    @np.errstate(over="ignore", invalid="ignore")  # seen in the result
    def _outputs(self, tensors: list[Any]) -> list[Any]:
        """sum_f of the features f of the readout, for every pair."""
        made, found = self.made, []
        for values in tensors:
            pairs, n, _ = values.shape
            turned = np.ascontiguousarray(values.transpose(1, 0, 2)).reshape(n, -1)
            half = (made.tocsr() @ turned).reshape(-1, pairs, n)
            found.append(np.einsum("eb,e->b", half[made.row, :, made.col], made.data))
        return found


def task(network: Network, shapes: Shapes, dtype: Any, scaling: Scaling, options: Options) -> Task:
    """What a network on a group computes with, for images of one size: in float64, whatever their dtype."""
    group, fibres, axes = network.group, network.fibres, len(shapes[0].patches)
    places = [group.order * math.prod(sizes.patches) for sizes in shapes]
    inputs = [fibre * math.prod(sizes.input[:axes]) for fibre, sizes in zip(fibres, shapes, strict=False)]
    largest = max(*places, *inputs) ** 2
    numbers = places[0] * shapes.channels * network.layers[0].patch ** axes  # of the patches of an image
    plan = cut(
        tile=_AT_WORK,
        largest=largest,
        pair=8 * (_COPIES[options.tangent] * largest + 2 * numbers),
        scratch=2**20,
        image=8 * (3 * numbers + 2 * sum(places)),
        numbers=(1 + 2 * options.tangent) * sum(size**2 for size in places),
        memory=options.memory,
        threads=options.threads,
        ops=InPlace(),
        instead="groups.Features takes larger images",
    )
    steps = list[Step]()
    for k, (layer, sizes) in enumerate(zip(network.layers, shapes, strict=True)):
        assert isinstance(layer, Layer)
        reads, order = patch_reads(group, layer, sizes.input[:axes]), np.arange(group.order)
        block, neighbours = fibres[k] > 1, layer.neighbours(group)
        measure = layer.patch**axes * (len(neighbours) if block else 1)
        steps.append(
            Step(
                [reads.matrix(order, [c], block) for c in range(layer.patch**axes)],
                [group.product(order, q) for q in neighbours] if block else None,
                pointwise(scaling.kernels[k], options.tangent),
                1 / measure if layer.normalized else 1.0,
                pooling(group, layer, sizes.patches),
            )
        )
    made = (readout(network, shapes[-1].output) @ steps[-1].pooling).tocoo()
    maps = [shapes[0].input[:axes]]
    for fibre, sizes in zip(fibres[1:], shapes, strict=True):
        maps += [(group.order, *sizes.patches), (fibre, *sizes.output)]
    names = ("height", "width") if axes == 2 else ("length",)
    return Task(
        network=network,
        worker=lambda: Evaluator(steps, made, network.floor, options.tangent),
        plan=plan,
        scaling=scaling,
        places=[(size,) for size in places],
        sizes=maps,
        axes=(names, ("rotation", *names)),
        kinds=1 + options.tangent,
        computed=np.dtype(np.float64),
        given=dtype,
        overflow="x and y must be smaller: squared norms of their patches, or the results, overflow {}",
    )


def _both(matrices: list[Any], values: Any) -> Any:
    """sum_c T_c K T_c^T for K of shape (pairs, n, n)."""
    pairs, n, _ = values.shape
    turned = np.ascontiguousarray(values.transpose(1, 0, 2)).reshape(n, -1)
    total: Any = 0
    for matrix in matrices:
        half = (matrix @ turned).reshape(-1, pairs, n)
        back = np.ascontiguousarray(half.transpose(2, 1, 0)).reshape(n, -1)
        total = total + matrix @ back
    return np.ascontiguousarray(total.reshape(-1, pairs, len(total)).transpose(1, 2, 0))


def _patch_sums(step: Step, values: Any) -> Any:
    """sum_{c, q} of the tensor of the map before."""
    if step.turned is not None:
        pairs, n, _ = values.shape
        order = len(step.turned[0])
        table = values.reshape(pairs, order, n // order, order, n // order)
        total: Any = 0
        for q in step.turned:
            total = total + table[:, q][:, :, :, q]
        values = total.reshape(values.shape)
    return _both(step.shifts, values)
