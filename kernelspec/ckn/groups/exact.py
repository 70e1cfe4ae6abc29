"""Exact kernels of networks on groups: inner products at all pairs of positions and turns (claims 42, 51).

<P x(u, r), P y(v, s)> = sum_{c, q} <x(u + r c, r q), y(v + s c, s q)>: the sum over q first, which leaves a table
for every pair of turns, then over c, whose shifts depend on r and s alone. So a patch costs |Q| + |S| passes, not
|Q||S|.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...checks import integer
from ..arrays import InPlace
from ..context import FLOOR
from ..exact import read_images
from ..finite import kernel_values
from ..network import Map, by
from ..pointwise import Pointwise, pointwise
from .network import Layer, Network
from .operators import Reads, patch_reads, pooling, readout

_AT_WORK = 2**20  # numbers of a tensor of pairs: larger batches are no faster
_COPIES = 6  # tensors of this size that are held at once


class _Step(NamedTuple):
    """One layer: what its patches read, the q of its patches as permutations, M, A."""

    reads: Reads
    shifts: list[Any]  # one sparse matrix for each offset
    turned: list[Any] | None  # None where the map before has no turns
    kernel: Pointwise
    scale: float
    places: int
    pooling: Any
    sizes: tuple[int, ...]  # (turns, height, width) of the output


class Evaluator:
    """A network for images of one size."""

    def __init__(self, network: Network, shape: tuple[int, ...]) -> None:
        self.network, self.ops = network, InPlace()
        group, fibres = network.group, network.fibres
        order = np.arange(group.order)
        self.steps: list[_Step] = []
        for k, (layer, size) in enumerate(zip(network.layers, network.shapes(shape), strict=True)):
            assert isinstance(layer, Layer)
            reads = patch_reads(group, layer, (size.input[0], size.input[1]))
            block, neighbours = fibres[k] > 1, layer.neighbours(group)
            turned = [group.product(order, q) for q in neighbours] if block else None
            measure = layer.patch**2 * (len(neighbours) if block else 1)
            self.steps.append(
                _Step(
                    reads,
                    [reads.matrix(order, [c], block) for c in range(layer.patch**2)],
                    turned,
                    pointwise(layer.kernel, False),
                    1 / measure if layer.normalized else 1.0,
                    group.order * size.patches[0] * size.patches[1],
                    pooling(group, layer, (size.patches[0], size.patches[1])),
                    (fibres[k + 1], *size.output),
                )
            )
        self.patch_sizes = [size.patches for size in network.shapes(shape)]
        last = self.steps[-1]
        made = readout(network, (last.sizes[1], last.sizes[2])) @ last.pooling
        # The output is a quadratic form of what M made: sum_ij W_ij <Mx(i), My(j)>.
        self.form = (made.T @ made).toarray()

    def patches(self, x: Any) -> Any:
        """The patches of images, shape (n, (turn, place), numbers)."""
        n, height, width, channels = x.shape
        flat = x.transpose(1, 2, 0, 3).reshape(height * width, n * channels)
        parts = [(t @ flat).reshape(t.shape[0], n, channels) for t in self.steps[0].shifts]
        return np.ascontiguousarray(np.concatenate(parts, axis=-1).transpose(1, 0, 2))

    def sides(self, x: Any, memory: int) -> tuple[Any, list[Any], list[Any], Any]:
        """Patches, the norms of the patches and maps of every layer, and K(x, x)."""
        patches = self.patches(x)
        count = self.batch(memory)
        found: list[tuple[list[Any], list[Any], Any]] = []
        for start in range(0, len(x), count):
            part = patches[start : start + count]
            norms: list[Any] = []
            maps: list[Any] = []
            values = self._mapped(part, part, norms, norms, maps)
            found.append((norms, maps, self._output(values)))
        if not found:
            empty = [np.zeros((0, step.places)) for step in self.steps]
            last = [np.zeros((0, step.pooling.shape[0])) for step in self.steps]
            return patches, empty, last, np.zeros(0)
        several = range(len(self.steps))
        norms = [np.concatenate([f[0][k] for f in found]) for k in several]
        maps = [np.concatenate([f[1][k] for f in found]) for k in several]
        return patches, norms, maps, np.concatenate([f[2] for f in found])

    def pairs(self, left: Any, right: Any, one: list[Any], two: list[Any]) -> Any:
        """K of pairs of images, from their patches and norms."""
        return self._output(self._mapped(left, right, one, two))

    def last(self, left: Any, right: Any, one: list[Any], two: list[Any]) -> Any:
        """The inner products of the last maps of pairs."""
        return _both([self.steps[-1].pooling], self._mapped(left, right, one, two))

    def batch(self, memory: int) -> int:
        """How many pairs are held at a time."""
        memory = integer("memory", memory, 1)
        places = max(max(step.places, step.shifts[0].shape[1]) for step in self.steps)
        largest = max(places * places, 1)
        if 8 * _COPIES * largest > memory:
            raise ValueError(
                f"memory must be at least {8 * _COPIES * largest} bytes for the {places} positions and turns of "
                f"one pair of images, got {memory}; groups.Features takes larger images"
            )
        return int(max(1, min(_AT_WORK, memory // (8 * _COPIES)) // largest))

    @np.errstate(over="ignore", invalid="ignore")  # seen in the result
    def _mapped(
        self,
        left: Any,
        right: Any,
        one: list[Any],
        two: list[Any],
        maps: list[Any] | None = None,
    ) -> Any:
        """<M x(i), M y(j)> of the last layer; with `maps`, of images with themselves, whose norms are put down."""
        inner = np.matmul(left, right.transpose(0, 2, 1))
        for k, step in enumerate(self.steps):
            if k:
                inner = _patch_sums(step, _both([self.steps[k - 1].pooling], inner))
            if step.scale != 1:
                inner *= step.scale
            if maps is not None:
                squares = np.einsum("bii->bi", inner)
                one.append(np.sqrt(np.maximum(squares, 0)))
            inner = self._kernel(step.kernel, inner, one[k], two[k], maps is not None)
            if maps is not None:
                maps.append(_norms(step.pooling, inner))
        return inner

    def _kernel(self, kernel: Pointwise, inner: Any, one: Any, two: Any, own: bool) -> Any:
        if kernel.homogeneous:
            floored = np.maximum(one, FLOOR), np.maximum(two, FLOOR)
            inner /= floored[0][:, :, None]
            inner /= floored[1][:, None, :]
            if own:  # a patch has the cosine 1 with itself
                np.einsum("bii->bi", inner)[...] = (one / floored[0]) ** 2
            if kernel.rough:  # as elsewhere where the cosine is all that is known
                end = 1 - 8 * np.finfo(np.float64).eps
                inner[inner > end], inner[inner < -end] = 1.0, -1.0
        values = kernel_values(kernel, self.ops, np.ascontiguousarray(inner))
        if kernel.homogeneous:
            values *= one[:, :, None]
            values *= two[:, None, :]
        return values

    @np.errstate(over="ignore", invalid="ignore")  # seen in the result
    def _output(self, values: Any) -> Any:
        return np.einsum("bij,ij->b", values, self.form)


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


# -- doors ------------------------------------------------------------------------------------------------


def gram(network: Network, x: Any, y: Any = None, *, memory: int = 2**28) -> Any:
    """The matrix K(x_i, y_j) of a network on a group, exact to rounding; see `groups.Network`.

    Parameters
    ----------
    x, y : images (n, height, width, channels) of one size; finite. Integers are read as float64; float32 is
        computed in float64 and given back as float32. Where y is None the matrix is symmetric, and its diagonal is
        computed with the angle 0 between a patch and itself.
    memory : bytes for the inner products of a batch of pairs; one pair takes about 48 (order * positions)^2.

    Returns an array of shape (n, m). Kernels whose slope at an end is not bounded (arccos(0), laplace) lose up to
    half of their digits where patches nearly coincide.

    Raises TypeError and ValueError that name the parameter, and the layer whose map or pooling does not fit.

    Source: claims 42, 51.
    """
    x, y, dtype = _read(network, x, y)
    return _finished(_Work(network, x, y, memory).matrix()).astype(dtype, copy=False)


def distances(network: Network, x: Any, y: Any = None, *, memory: int = 2**28) -> Any:
    """The distances |Phi(x_i) - Phi(y_j)|, shape (n, m), float64, from |Phi(x)|^2 + |Phi(y)|^2 - 2 K(x, y).

    The difference cancels: distances below 1e-7 of the norms are rounding. Parameters and errors as for `gram`.
    """
    x, y, _ = _read(network, x, y)
    work = _Work(network, x, y, memory)
    values = _finished(work.matrix())
    left, right = work.diagonals()
    return np.sqrt(np.maximum(left[:, None] + right - 2 * values, 0))


def covariances(network: Network, x: Any, y: Any = None, *, memory: int = 2**28) -> Any:
    """The inner products <x_n(r, u), y_n(s, v)> of the last maps, before what the output makes of them.

    Returns an array of axes (image of x, image of y, turn, height, width, turn, height, width), float64; the
    turns have length 1 where the last layer pools over them. Parameters and errors as for `gram`.
    """
    x, y, _ = _read(network, x, y)
    work = _Work(network, x, y, memory)
    sizes = work.evaluator.steps[-1].sizes
    rows, columns = np.divmod(np.arange(len(x) * work.columns), max(work.columns, 1))
    found = [work.evaluator.last(*part) for part in work.batches(rows, columns)]
    values = np.concatenate(found) if found else np.zeros(0)
    return _finished(values.reshape(len(x), work.columns, *sizes, *sizes))


def maps(network: Network, x: Any, *, memory: int = 2**28) -> list[Map]:
    """The norms of every map: |x(u)|, then |P_k x_{k-1}(u, r)| and |x_k(u, r)| of each layer k.

    Returns a list of `Map(name, values, axes)`: "input", "patches 1", "layer 1", ...; the input has the axes
    ("image", "height", "width"), the others ("image", "rotation", "height", "width"), where the rotation has
    length 1 behind a pooling over all turns. Parameters and errors as for `gram`.
    """
    x, _, dtype = _read(network, x, None)
    evaluator = Evaluator(network, x.shape)
    _, norms, after, _ = evaluator.sides(x, memory)
    axes = ("image", "rotation", "height", "width")
    found = [Map("input", np.sqrt(np.einsum("nhwc,nhwc->nhw", x, x)), ("image", *axes[2:]))]
    for k, step in enumerate(evaluator.steps):
        patches = (len(x), network.group.order, *evaluator.patch_sizes[k])
        found.append(Map(f"patches {k + 1}", norms[k].reshape(patches), axes))
        found.append(Map(f"layer {k + 1}", after[k].reshape(len(x), *step.sizes), axes))
    return [m._replace(values=_finished(m.values).astype(dtype, copy=False)) for m in found]


class _Work:
    """The two sides of a matrix of pairs."""

    def __init__(self, network: Network, x: Any, y: Any, memory: int) -> None:
        self.evaluator = Evaluator(network, x.shape)
        self.count = self.evaluator.batch(memory)
        self.left = self.evaluator.sides(x, memory)
        self.right = self.left if y is None else self.evaluator.sides(y, memory)
        self.own, self.columns = y is None, len(x if y is None else y)

    def diagonals(self) -> tuple[Any, Any]:
        return self.left[3], self.right[3]

    def batches(self, rows: Any, columns: Any) -> Any:
        """The patches and norms of pairs, some at a time."""
        for start in range(0, len(rows), self.count):
            i, j = rows[start : start + self.count], columns[start : start + self.count]
            one, two = [norm[i] for norm in self.left[1]], [norm[j] for norm in self.right[1]]
            yield self.left[0][i], self.right[0][j], one, two

    def matrix(self) -> Any:
        n = len(self.left[3])
        if self.own:
            rows, columns = np.triu_indices(n, 1)
        else:
            rows, columns = np.divmod(np.arange(n * self.columns), max(self.columns, 1))
        values = np.zeros((n, self.columns))
        found = [self.evaluator.pairs(*part) for part in self.batches(rows, columns)]
        if found:
            values[rows, columns] = np.concatenate(found)
        if self.own:
            values[columns, rows] = values[rows, columns]
            np.fill_diagonal(values, self.left[3])
        return values


def _read(network: Network, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """The images in float64, and the dtype of the result."""
    ops = InPlace()
    x = read_images(ops, "x", x)
    network.shapes(x.shape)
    dtype = x.dtype
    if y is not None:
        y = read_images(ops, "y", y)
        if x.shape[1:] != y.shape[1:]:
            raise ValueError(
                f"x and y must have images of one size; got {by(x.shape[1:])} and {by(y.shape[1:])}"
            )
        dtype = np.result_type(x.dtype, y.dtype)
        y = y.astype(np.float64)
    return x.astype(np.float64), y, dtype


def _finished(values: Any) -> Any:
    if not np.isfinite(values).all():
        raise ValueError("x and y must be smaller: squared norms of their patches overflow")
    return values
