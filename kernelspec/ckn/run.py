"""The work of one call, cut into blocks of prepared images, chunks and strips, and done by workers.

Images are prepared in chunks (`context.Side`), and strips of pairs of chunks are evaluated by `workers`. Working
memory is that of two blocks of prepared images and of the workers' tensors (`plan`), whatever the number of images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import InPlace, Standard
from ..blocks import Blocks, Chunks
from ..workers import can_fork, each
from .evaluate import Evaluator
from .geometry import Geometry
from .network import Map, Network
from .plan import Plan
from .pointwise import Pointwise

if TYPE_CHECKING:
    from .store import Store


@dataclass
class Run(Blocks):
    """Checked data and the plan of one call."""

    network: Network
    kernels: tuple[Pointwise, ...]
    ops: Standard
    shape: Geometry
    x: Any
    y: Any
    flat: bool
    tangent: bool
    progress: Callable[..., Iterable[Any]] | None
    plan: Plan

    def worker(self) -> Evaluator:
        ops = InPlace() if self.ops.in_place else self.ops
        return Evaluator(
            ops,
            self.shape,
            self.kernels,
            self.network.output,
            self.x.dtype,
            self.tangent,
            self.plan.tile,
        )

    def matrices(self, kinds: tuple[int, ...], store: Store | None = None) -> list[Any]:
        """K (kind 0), the tangent kernel (1), or both, of all pairs; into the arrays of `store` where there is one."""
        rows, columns = self.x.shape[0], (self.x if self.y is None else self.y).shape[0]
        self.kinds, self.store = kinds, store
        if store is None:
            self.results = [self.ops.zeros((rows, columns), self.x.dtype) for _ in kinds]
        else:
            self.results = store.arrays
        self.own = [self._empty_own(self.x), None if self.y is None else self._empty_own(self.y)]
        self._go()
        return self.results

    def diagonals(self, tangent: bool) -> tuple[Any, Any]:
        """K(x, x) and K(y, y), found on the way by `matrix`, or now."""
        if not hasattr(self, "own"):
            self.own = [self._empty_own(self.x), None]
            for start in range(0, self.x.shape[0], self.plan.block):
                self._block(0, start)
        left, right = self.own
        assert left is not None
        return left[int(tangent)], (right or left)[int(tangent)]

    def maps(self) -> list[Map]:
        names, values = self._map_names(), []
        worker = self.worker()
        for start in range(0, self.x.shape[0], self.plan.chunk):
            part = self.x[start : min(start + self.plan.chunk, self.x.shape[0]), ...]
            side = worker.prepare(part, maps=True)
            xp = self.ops.xp
            found = [xp.sqrt(xp.sum(part * part, axis=-1))]
            for norms_of, squares in zip(side.norms, side.maps, strict=True):
                found += [norms_of, xp.sqrt(xp.where(squares > 0, squares, xp.zeros_like(squares)))]
            values.append(found)
        axes = ("image", "length") if self.flat else ("image", "height", "width")
        out = []
        for place, name in enumerate(names):
            parts = [found[place] for found in values]
            joined = self.ops.xp.concat(parts, axis=0) if parts else self._no_map(place)
            out.append(Map(name, joined[:, 0, :] if self.flat else joined, axes))
        return out

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

        def part(begin: int) -> Any:
            return x[begin : min(begin + self.plan.chunk, x.shape[0]), ...]

        def task(worker: Evaluator, number: int) -> Any:
            side = worker.prepare(part(starts[number]))
            return (side.norms, side.value, side.tangent) if forked else side

        out: Chunks = []
        builder = self.worker() if forked else None
        assert own is not None
        for begin, side in zip(starts, each(self.worker, task, len(starts), count), strict=True):
            if builder is not None:
                norms, value, tangent = side
                side = builder.side(part(begin), norms)
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
        for part, result in zip(parts, self.results, strict=True):
            if not bool(self.ops.xp.all(self.ops.xp.isfinite(part))):
                raise ValueError("the kernel overflows; scale the images down")
            result[rows, columns] = part
            if self.y is None and rows != columns:
                result[columns, rows] = self.ops.xp.permute_dims(part, (1, 0))

    def _symmetric(self, part: Any, own: Any) -> Any:
        """Exactly symmetric, with the diagonal that `prepare` has found."""
        lower = self.ops.xp.tril(part, k=-1)
        diagonal = self.ops.constant(np.eye(part.shape[0]), part.dtype) * own[:, None]
        return lower + self.ops.xp.permute_dims(lower, (1, 0)) + diagonal
