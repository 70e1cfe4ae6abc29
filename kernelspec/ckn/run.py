"""The work of one call, cut into blocks of prepared images, chunks and strips, and done by workers.

Images are prepared in chunks (`context.Side`), and strips of pairs of chunks are evaluated by `workers`. Working
memory is that of two blocks of prepared images and of the workers' tensors (`plan`), whatever the number of images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..gram.blocks import Blocks, Chunks
from ..gram.workers import can_fork, each
from ..numbers.arrays import InPlace, Standard
from .evaluate import Evaluator, overflow
from .geometry import Geometry
from .network import Map, Network
from .plan import Plan
from .pointwise import Pointwise
from .scaling import Scaling

if TYPE_CHECKING:
    from .store import Store


@dataclass
class Run(Blocks):
    """Checked data and the plan of one call.

    Images are evaluated times 2^-powers (None where they are as they are); see `scaling`.
    """

    network: Network
    kernels: tuple[Pointwise, ...]
    ops: Standard
    shape: Geometry
    x: Any
    y: Any
    powers: tuple[Any, Any]
    scaling: Scaling
    flat: bool
    tangent: bool
    progress: Callable[..., Iterable[Any]] | None
    plan: Plan

    def worker(self) -> Evaluator:
        ops = InPlace() if self.ops.in_place else self.ops
        return Evaluator(ops, self.shape, self.kernels, self.network, self.x.dtype, self.tangent, self.plan.tile)

    def matrices(self, kinds: tuple[int, ...], store: Store | None = None, scaled: bool = False) -> list[Any]:
        """K (kind 0), the tangent kernel (1), or both, of all pairs; into the arrays of `store` where there is one.

        With `scaled`, of the scaled images, and `diagonals` are of these anyway.
        """
        rows, columns = self.x.shape[0], (self.x if self.y is None else self.y).shape[0]
        self.kinds, self.store, self.scaled = kinds, store, scaled
        if store is None:
            self.results = [self.ops.zeros((rows, columns), self.x.dtype) for _ in kinds]
        else:
            self.results = store.arrays
        self.own = [self._empty_own(self.x), None if self.y is None else self._empty_own(self.y)]
        self._go()
        return self.results

    def diagonals(self, tangent: bool) -> tuple[Any, Any]:
        """K(x, x) and K(y, y) of the scaled images, found on the way by `matrices`, or now."""
        if not hasattr(self, "own"):
            self.own = [self._empty_own(self.x), None]
            for start in range(0, self.x.shape[0], self.plan.block):
                self._block(0, start)
        left, right = self.own
        assert left is not None
        return left[int(tangent)], (right or left)[int(tangent)]

    def exponents(self) -> tuple[Any, Any]:
        """The powers of two that norms |Phi(x)| and |Phi(y)| of the scaled images are to be multiplied by."""
        sides = (self.x, 0), (self.x if self.y is None else self.y, 0 if self.y is None else 1)
        found = [
            self.ops.indices(np.zeros(side.shape[0]))
            if self.powers[which] is None
            else self.scaling.map(self.powers[which])
            for side, which in sides
        ]
        return found[0], found[1]

    def maps(self) -> list[Map]:
        names, values = self._map_names(), []
        worker = self.worker()
        for start in range(0, self.x.shape[0], self.plan.chunk):
            part = self._part(0, start)
            side = worker.prepare(part, maps=True)
            xp = self.ops.xp
            found = [xp.sqrt(xp.sum(part * part, axis=-1))]
            for norms_of, squares in zip(side.norms, side.maps, strict=True):
                found += [norms_of, xp.sqrt(xp.where(squares > 0, squares, xp.zeros_like(squares)))]
            values.append([self._at_scale(place, start, v) for place, v in enumerate(found)])
        axes = ("image", "length") if self.flat else ("image", "height", "width")
        out = []
        for place, name in enumerate(names):
            parts = [found[place] for found in values]
            joined = self.ops.xp.concat(parts, axis=0) if parts else self._no_map(place)
            out.append(Map(name, joined[:, 0, :] if self.flat else joined, axes))
        return out

    def _at_scale(self, place: int, start: int, norms: Any) -> Any:
        """The norms of a map of the images from `start` on, as large as they are."""
        if self.powers[0] is None:
            return norms
        powers = self.powers[0][start : start + norms.shape[0]][:, None, None]
        norms = self.ops.times_power(norms, self.scaling.map(powers, place // 2))
        if not bool(self.ops.xp.all(self.ops.xp.isfinite(norms))):
            raise ValueError(overflow(self.x.dtype))
        return norms

    def _part(self, which: int, begin: int) -> Any:
        """The chunk of x or y that begins there, scaled."""
        x, powers = self.y if which else self.x, self.powers[which]
        here = slice(begin, min(begin + self.plan.chunk, x.shape[0]))
        part = x[here, ...]
        return part if powers is None else self.ops.times_power(part, -powers[here, None, None, None])

    def _map_names(self) -> list[str]:
        names = ["input"]
        for number in range(1, len(self.network.layers) + 1):
            names += [f"patches {number}", f"layer {number}"]
        return names

    def _no_map(self, place: int) -> Any:
        """The map of no images."""
        if place == 0:
            return self.ops.zeros((0, *self.x.shape[1:3]), self.x.dtype)
        axes = self.shape.layers[(place - 1) // 2].axes
        size = [axis.kept if place % 2 else axis.outputs for axis in axes]
        return self.ops.zeros((0, *size), self.x.dtype)

    # -- blocks, chunks, strips ------------------------------------------------------------------------

    def _empty_own(self, x: Any) -> list[Any]:
        return [self.ops.zeros((x.shape[0],), x.dtype) for _ in range(1 + self.tangent)]

    def _block(self, which: int, start: int) -> Chunks:
        """The prepared chunks of a block of x or y."""
        x, own = self.y if which else self.x, self.own[which]
        starts = range(start, min(start + self.plan.block, x.shape[0]), self.plan.chunk)
        count = self._workers(len(starts))
        forked = count > 1 and len(starts) > 1 and can_fork()

        def task(worker: Evaluator, number: int) -> Any:
            side = worker.prepare(self._part(which, starts[number]))
            return (side.norms, side.value, side.tangent) if forked else side

        out: Chunks = []
        builder = self.worker() if forked else None
        assert own is not None
        for begin, side in zip(starts, each(self.worker, task, len(starts), count), strict=True):
            if builder is not None:
                norms, value, tangent = side
                side = builder.side(self._part(which, begin), norms)
                side.value, side.tangent = value, tangent
            out.append((begin, side))
            for place, found in enumerate((side.value, side.tangent)[: 1 + self.tangent]):
                own[place][begin : begin + side.count] = found
        return out

    def _strip(
        self, worker: Evaluator, left: Chunks, right: Chunks, p: int, others: range
    ) -> list[tuple[slice, slice, list[Any]]]:
        """The parts of the results of one chunk with some others."""
        out = []
        i, one = left[p]
        own = (one.value, one.tangent)
        for q in others:
            j, two = right[q]
            if one is two and one.count == 1:
                found: tuple[Any, ...] = tuple(None if k is None else k[:, None] for k in own)
            else:
                found = worker.evaluate(one, two)
            parts = [found[kind] for kind in self.kinds]
            if one is two:
                parts = [self._symmetric(found[kind], own[kind]) for kind in self.kinds]
            out.append((slice(i, i + one.count), slice(j, j + two.count), parts))
        return out

    def _write(self, rows: slice, columns: slice, parts: list[Any]) -> None:
        left, right = self.powers[0], self.powers[0 if self.y is None else 1]
        for part, result in zip(parts, self.results, strict=True):
            if left is not None and not self.scaled:
                both = self.scaling.map(left[rows, None]) + self.scaling.map(right[None, columns])
                part = self.ops.times_power(part, both)
            if not bool(self.ops.xp.all(self.ops.xp.isfinite(part))):
                raise ValueError(overflow(part.dtype))
            result[rows, columns] = part
            if self.y is None and rows != columns:
                result[columns, rows] = self.ops.xp.permute_dims(part, (1, 0))

    def _symmetric(self, part: Any, own: Any) -> Any:
        """Exactly symmetric, with the diagonal that `prepare` has found."""
        lower = self.ops.xp.tril(part, k=-1)
        diagonal = self.ops.constant(np.eye(part.shape[0]), part.dtype) * own[:, None]
        return lower + self.ops.xp.permute_dims(lower, (1, 0)) + diagonal
