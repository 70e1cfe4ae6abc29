"""The work of one call, cut into blocks of prepared images, chunks and strips, and done by workers.

Images are prepared in chunks (`evaluate.Side`), and pairs of chunks are evaluated by workers in threads: NumPy
releases the interpreter in matrix products and in whole-array functions. Working memory is that of two blocks of
prepared images and of the workers' tensors (`plan`), whatever the number of images.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import InPlace, Standard
from .context import Side
from .evaluate import Evaluator
from .geometry import Geometry
from .network import Map, Network
from .plan import Plan
from .pointwise import Pointwise

if TYPE_CHECKING:
    from .store import Store

Submit = Callable[..., Iterator[Any]]
_STRIP = 16  # evaluations handed to a worker at once


@dataclass
class Run:
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
        with self._pool() as submit:
            steps = self._steps(submit)
            if self.progress is not None:
                deque(self.progress(steps, total=self._count()), maxlen=0)
            deque(steps, maxlen=0)  # what a progress that stopped early has left
        return self.results

    def diagonals(self, tangent: bool) -> tuple[Any, Any]:
        """K(x, x) and K(y, y), found on the way by `matrix`, or now."""
        if not hasattr(self, "own"):
            self.own = [self._empty_own(self.x), None]
            with self._pool() as submit:
                for start in range(0, self.x.shape[0], self.plan.block):
                    self._block(submit, 0, start)
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

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Where the blocks of pairs begin that are still to be done; of the upper triangle where y is None."""
        columns = (self.x if self.y is None else self.y).shape[0]
        for i in range(0, self.x.shape[0], self.plan.block):
            for j in range(i if self.y is None else 0, columns, self.plan.block):
                if self.store is None or not self.store.has(i, j):
                    yield i, j

    def _steps(self, submit: Submit) -> Iterator[int]:
        """All work, strip by strip; yields the strips' numbers of evaluations."""
        at, left = -1, []
        for i, j in self._blocks():
            if i != at:
                at, left = i, self._block(submit, 0, i)
            same = self.y is None and i == j
            right = left if same else self._block(submit, 0 if self.y is None else 1, j)
            yield from submit(self._strip, list(self._strips(left, right, same)))
            if self.store is not None:
                self.store.keep(i, j)

    def _count(self) -> int:
        """How many strips there are."""
        rows, columns = self.x.shape[0], (self.x if self.y is None else self.y).shape[0]
        total = 0
        for i, j in self._blocks():
            a = -(-min(self.plan.block, rows - i) // self.plan.chunk)
            b = -(-min(self.plan.block, columns - j) // self.plan.chunk)
            if self.y is None and i == j:
                total += sum(-(-(b - p) // _STRIP) for p in range(a))
            else:
                total += a * -(-b // _STRIP)
        return total

    def _block(self, submit: Submit, which: int, start: int) -> Any:
        """The prepared chunks of a block of x or y, as (start, side)."""
        x = self.y if which else self.x
        starts = range(start, min(start + self.plan.block, x.shape[0]), self.plan.chunk)

        def prepare(worker: Evaluator, begin: int) -> tuple[int, Side]:
            stop = min(begin + self.plan.chunk, x.shape[0])
            return begin, worker.prepare(x[begin:stop, ...])

        out = list(submit(prepare, list(starts)))
        own = self.own[which]
        assert own is not None
        for begin, side in out:
            for place, value in enumerate((side.value, side.tangent)[: 1 + self.tangent]):
                own[place][begin : begin + side.count] = value
        return out

    def _strips(self, left: Any, right: Any, same: bool) -> Iterator[tuple[Any, Any]]:
        for p, chunk in enumerate(left):
            others = right[p:] if same else right
            for q in range(0, len(others), _STRIP):
                yield chunk, others[q : q + _STRIP]

    def _strip(self, worker: Evaluator, task: tuple[Any, Any]) -> int:
        (i, left), others = task
        for j, right in others:
            rows, columns = slice(i, i + left.count), slice(j, j + right.count)
            own = (left.value, left.tangent)
            if left is right and left.count == 1:
                found: tuple[Any, ...] = tuple(None if k is None else k[:, None] for k in own)
            else:
                found = worker.evaluate(left, right)
            for kind, result in zip(self.kinds, self.results, strict=True):
                part = found[kind]
                if left is right:
                    part = self._symmetric(part, own[kind])
                if not bool(self.ops.xp.all(self.ops.xp.isfinite(part))):
                    raise ValueError("the kernel overflows; scale the images down")
                result[rows, columns] = part
                if self.y is None and left is not right:
                    result[columns, rows] = self.ops.xp.permute_dims(part, (1, 0))
        return len(others)

    def _symmetric(self, part: Any, own: Any) -> Any:
        """Exactly symmetric, with the diagonal that `prepare` has found."""
        lower = self.ops.xp.tril(part, k=-1)
        diagonal = self.ops.constant(np.eye(part.shape[0]), part.dtype) * own[:, None]
        return lower + self.ops.xp.permute_dims(lower, (1, 0)) + diagonal

    # -- workers -----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _pool(self) -> Iterator[Submit]:
        """`submit(function, tasks)`: function(worker, task) for all tasks, in order, a few ahead of the reader."""
        free: deque[Evaluator] = deque(self.worker() for _ in range(self.plan.workers))

        def call(function: Callable[..., Any], task: Any) -> Any:
            worker = free.pop()
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # the result is looked at
                    return function(worker, task)
            finally:
                free.append(worker)

        if self.plan.workers == 1:
            yield lambda function, tasks: (call(function, task) for task in tasks)
            return
        executor = ThreadPoolExecutor(self.plan.workers)

        def submit(function: Callable[..., Any], tasks: list[Any]) -> Iterator[Any]:
            waiting: deque[Any] = deque()
            for task in tasks:
                waiting.append(executor.submit(call, function, task))
                if len(waiting) > 4 * self.plan.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

        from threadpoolctl import threadpool_limits

        try:
            with threadpool_limits(1, user_api="blas"):
                yield submit
        finally:
            executor.shutdown(cancel_futures=True)
