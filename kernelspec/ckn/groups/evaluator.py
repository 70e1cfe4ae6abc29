"""Networks on groups for images of one size: inner products at all pairs of positions and turns (claims 42, 51).

<P x(u, r), P y(v, s)> = sum_{c, q} <x(u + r c, r q), y(v + s c, s q)>: the sum over q first, which leaves a table
for every pair of turns, then over c, whose shifts depend on r and s alone. So a patch costs |Q| + |S| passes, not
|Q||S|.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...numbers.arrays import InPlace
from ...numbers.checks import memory_size
from ..finite import kernel_values
from ..pointwise import Pointwise, pointwise
from ..positive import check_squares
from ..scaling import Scaling, least
from .network import Layer, Network
from .operators import patch_reads, pooling, readout

_AT_WORK = 2**20  # numbers of a tensor of pairs: larger batches are no faster
_COPIES = 8  # tensors of this size that are held at once
_TILE = 2**15  # cosines whose kernel values are computed at a time; they stay in cache


class _Step(NamedTuple):
    """One layer: what its patches read, the q of its patches as permutations, M, A."""

    shifts: list[Any]  # one sparse matrix for each offset
    turned: list[Any] | None  # None where the map before has no turns
    kernel: Pointwise
    scale: float
    places: int
    pooling: Any
    sizes: tuple[int, ...]  # (turns, height, width) of the output


class Evaluator:
    """A network for images or signals of one size, with so many bytes for the tensors of a batch of pairs."""

    def __init__(self, network: Network, shape: tuple[int, ...], memory: int) -> None:
        self.network, self.ops = network, InPlace()
        group, fibres, shapes = network.group, network.fibres, network.shapes(shape, "last")
        axes = len(shape) - 2
        self.patch_sizes = [size.patches for size in shapes]
        self.count = _batch(network, [size.input[:axes] for size in shapes], self.patch_sizes, memory)
        order, kernels = np.arange(group.order), Scaling.of(network).kernels
        self.floor = network.floor or least(64, first=False)
        self.steps: list[_Step] = []
        for k, (layer, size) in enumerate(zip(network.layers, shapes, strict=True)):
            assert isinstance(layer, Layer)
            reads = patch_reads(group, layer, size.input[:axes])
            block, neighbours = fibres[k] > 1, layer.neighbours(group)
            turned = [group.product(order, q) for q in neighbours] if block else None
            measure = layer.patch**axes * (len(neighbours) if block else 1)
            self.steps.append(
                _Step(
                    [reads.matrix(order, [c], block) for c in range(layer.patch**axes)],
                    turned,
                    pointwise(kernels[k], False),
                    1 / measure if layer.normalized else 1.0,
                    group.order * math.prod(size.patches),
                    pooling(group, layer, size.patches),
                    (fibres[k + 1], *size.output),
                )
            )
        last = self.steps[-1]
        # The output is sum_f |(R A M x)_f|^2, the features f of the readout R.
        self.made = (readout(network, last.sizes[1:]) @ last.pooling).tocoo()

    def patches(self, x: Any) -> Any:
        """The patches of images, shape (n, (turn, place), numbers)."""
        n, channels = len(x), x.shape[-1]
        flat = np.moveaxis(x, 0, -2).reshape(math.prod(x.shape[1:-1]), n * channels)
        parts = [(t @ flat).reshape(t.shape[0], n, channels) for t in self.steps[0].shifts]
        return np.ascontiguousarray(np.concatenate(parts, axis=-1).transpose(1, 0, 2))

    def pairs(self, left: Any, right: Any, one: list[Any], two: list[Any]) -> Any:
        """K of pairs of images, from their patches and norms."""
        return self._output(self._mapped(left, right, one, two))

    def last(self, left: Any, right: Any, one: list[Any], two: list[Any]) -> Any:
        """The inner products of the last maps of pairs."""
        return _both([self.steps[-1].pooling], self._mapped(left, right, one, two))

    def own(self, part: Any) -> tuple[list[Any], list[Any], Any]:
        """Of images with themselves, from their patches: the norms of patches and maps of every layer, and K(x, x)."""
        norms: list[Any] = []
        maps: list[Any] = []
        squares = self._output(self._mapped(part, part, norms, norms, maps))
        check_squares(squares, self.ops, "Phi(x)", self.steps[-1].kernel, norms[-1])
        return norms, maps, squares

    @np.errstate(over="ignore", invalid="ignore")  # seen in the result
    def _mapped(self, left: Any, right: Any, one: list[Any], two: list[Any], maps: list[Any] | None = None) -> Any:
        """<M x(i), M y(j)> of the last layer; with `maps`, of images with themselves, whose norms are put down."""
        inner = np.matmul(left, right.transpose(0, 2, 1))
        for k, step in enumerate(self.steps):
            if k:
                inner = _patch_sums(step, _both([self.steps[k - 1].pooling], inner))
            if step.scale != 1:
                inner *= step.scale
            if maps is not None:
                squares = np.einsum("bii->bi", inner)
                if k:
                    before = self.steps[k - 1].kernel, one[k - 1]
                    check_squares(squares, self.ops, f"patches of layer {k + 1}", *before)
                one.append(np.sqrt(np.maximum(squares, 0)))
            inner = self._kernel(step.kernel, inner, one[k], two[k], maps is not None)
            if maps is not None:
                maps.append(_norms(step.pooling, inner))
        return inner

    def _kernel(self, kernel: Pointwise, inner: Any, one: Any, two: Any, own: bool) -> Any:
        if kernel.homogeneous:
            floored = np.maximum(one, self.floor), np.maximum(two, self.floor)
            inner /= floored[0][:, :, None]
            inner /= floored[1][:, None, :]
            np.clip(inner, -1, 1, out=inner)  # beside larger ones, tiny patches are rounding
            if own:  # a patch has the cosine 1 with itself
                np.einsum("bii->bi", inner)[...] = (one / floored[0]) ** 2
            if kernel.rough:  # as elsewhere where the cosine is all that is known
                end = 1 - 8 * np.finfo(np.float64).eps
                inner[inner > end], inner[inner < -end] = 1.0, -1.0
        values = np.ascontiguousarray(inner)
        flat = values.reshape(-1)
        for start in range(0, flat.size, _TILE):
            tile = flat[start : start + _TILE]
            tile[...] = kernel_values(kernel, self.ops, tile)
        if kernel.homogeneous:
            values *= one[:, :, None]
            values *= two[:, None, :]
        return values

    @np.errstate(over="ignore", invalid="ignore")  # seen in the result
    def _output(self, values: Any) -> Any:
        pairs, n, _ = values.shape
        made = self.made
        turned = np.ascontiguousarray(values.transpose(1, 0, 2)).reshape(n, -1)
        half = (made.tocsr() @ turned).reshape(-1, pairs, n)
        return np.einsum("eb,e->b", half[made.row, :, made.col], made.data)


class Side:
    """What one side of the pairs needs: patches, the norms of the patches and maps of every layer, and K(x, x)."""

    def __init__(self, evaluator: Evaluator, x: Any) -> None:
        self.evaluator, self.count = evaluator, len(x)
        self.patches = evaluator.patches(x)
        self.norms = [np.zeros((len(x), step.places)) for step in evaluator.steps]
        self.maps = [np.zeros((len(x), step.pooling.shape[0])) for step in evaluator.steps]
        self.squares = np.zeros(len(x))

    def batches(self) -> int:
        """How many steps there are."""
        return -(-self.count // self.evaluator.count)

    def steps(self) -> Iterator[None]:
        """Norms of some images at a time."""
        for start in range(0, self.count, self.evaluator.count):
            here = slice(start, start + self.evaluator.count)
            norms, maps, self.squares[here] = self.evaluator.own(self.patches[here])
            for k, (norm, values) in enumerate(zip(norms, maps, strict=True)):
                self.norms[k][here], self.maps[k][here] = norm, values
            yield


def _batch(network: Network, inputs: list[Any], patches: list[Any], memory: Any) -> int:
    """How many pairs are held at a time; ValueError where memory does not hold one."""
    memory, order = memory_size(memory), network.group.order
    places = max(
        max(order * math.prod(after), fibre * math.prod(before))
        for before, after, fibre in zip(inputs, patches, network.fibres, strict=False)
    )
    one = 8 * _COPIES * places * places
    if one > memory:
        raise ValueError(
            f"memory must be at least {one} bytes for the {places} positions and turns of one pair of images, got "
            f"{memory}; groups.Features takes larger images"
        )
    return max(1, min(8 * _COPIES * _AT_WORK, memory) // one)


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


def _patch_sums(step: _Step, values: Any) -> Any:
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


def _norms(matrix: Any, values: Any) -> Any:
    """|A x| at every output, from the inner products of x."""
    pooled = _both([matrix], values)
    return np.sqrt(np.maximum(np.einsum("bii->bi", pooled), 0))
