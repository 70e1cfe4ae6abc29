"""The work of one call, cut into blocks of prepared images, chunks and strips, and done by workers.

Images are prepared some at a time, which finds the norms of their maps and K(x, x); then strips of pairs of chunks are
evaluated. Working memory is that of two blocks of prepared images and of the workers' tensors (`memory`), whatever the
number of images. Several workers share the norms, and each makes its own sides of them (`sides`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ...gram.blocks import Blocks, Chunks
from ...gram.workers import can_fork, each, shared
from ...numbers.arrays import Standard
from ...numbers.checks import watched
from ..network import Map
from ..scaling import Scaling
from .memory import Plan

DOUBTS = 2  # what may be lost, behind the kernel and the tangent kernel
_LOST = 1e-13


class Worker(Protocol):
    """What evaluates pairs of images, of the plane or on a group."""

    def side(self, x: Any, norms: list[Any]) -> Any:
        """Images as one side of the pairs, whose norms at every layer are known."""

    def prepare(self, x: Any, maps: list[Any] | None = None) -> tuple[Any, list[Any]]:
        """A side with its norms, and K(x, x) of every kind; the squared norms of every layer's map go to `maps`."""

    def evaluate(self, left: Any, right: Any) -> list[Any]:
        """The kernel of every kind, (images, images)."""


@dataclass(frozen=True)
class Task:
    """What a call computes with, whatever the images.

    `places` are the sizes of the norms of the patches of an image at every layer; `sizes` are those of its maps as they
    are shown, with the names of their `axes`: the input, patches and output of layer 1, of layer 2, ... Numbers are
    computed in the dtype `computed` and given in `given`; `overflow` says that they are too large for it.
    """

    network: Any
    worker: Callable[[], Worker]
    plan: Plan
    scaling: Scaling
    places: list[tuple[int, ...]]
    sizes: list[tuple[int, ...]]
    axes: tuple[tuple[str, ...], tuple[str, ...]]
    kinds: int
    computed: Any
    given: Any
    overflow: str


@dataclass
class _Images:
    """Consecutive images of x (0) or y (1), and their norms at every layer once these are found."""

    which: int
    begin: int
    norms: list[Any]

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.norms[0].shape[0])

    @property
    def here(self) -> slice:
        """Where they are in x or y."""
        return slice(self.begin, self.begin + self.count)

    def part(self, start: int, count: int) -> _Images:
        """Some of them, from the `start`th on."""
        stop = min(start + count, self.count)
        return _Images(self.which, self.begin + start, [array[start:stop, ...] for array in self.norms])


class _Block(list[tuple[int, _Images]]):
    """The chunks of some images, and where they begin."""

    def __init__(self, images: _Images, chunk: int) -> None:
        begins = range(images.here.start, images.here.stop, chunk)
        super().__init__((begin, images.part(begin - images.begin, chunk)) for begin in begins)
        self.images, self.ready = images, False


@dataclass
class Work(Blocks):
    """The images of one call, times 2^-powers (None where they are as they are; see `scaling`), and what is done."""

    task: Task
    ops: Standard
    x: Any
    y: Any
    powers: tuple[Any, Any]
    progress: Callable[..., Iterable[Any]] | None
    own: list[Any] = field(default_factory=list)
    sides: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plan, self.network = self.task.plan, self.task.network
        self.forked = self.ops.in_place and self.plan.workers > 1 and can_fork()
        self.own = [
            [self._array((x.shape[0],), self.task.computed) for _ in range(self.task.kinds)]
            for x in (self.x, self.y)
            if x is not None
        ]

    def worker(self) -> Worker:
        return self.task.worker()

    def matrices(self, kinds: tuple[int, ...], store: Any = None, scaled: bool = False) -> list[Any]:
        """K (kind 0), the tangent kernel (1), or both, of all pairs; into the arrays of `store` where there is one.

        Kind 2, of a task with `doubts`, says where the tangent kernel may have lost more than 1e-13 of its diagonal.

        With `scaled`, of the scaled images, and `diagonals` are of these anyway.
        """
        rows, columns = self.x.shape[0], (self.x if self.y is None else self.y).shape[0]
        self.kinds, self.store, self.scaled = kinds, store, scaled
        if store is None:
            dtypes = [np.bool_ if kind == DOUBTS else self.task.given for kind in kinds]
            self.results = [self.ops.zeros((rows, columns), dtype) for dtype in dtypes]
        else:
            self.results = store.arrays
        self._go()
        return self.results

    def diagonals(self, kind: int) -> tuple[Any, Any]:
        """K(x, x) and K(y, y) of the scaled images, which `matrices` or `prepare` has found."""
        return self.own[0][kind], self.own[-1][kind]

    def exponents(self) -> tuple[Any, Any]:
        """The powers of two that norms |Phi(x)| and |Phi(y)| of the scaled images are to be multiplied by."""
        found = [
            self.ops.indices(np.zeros(own[0].shape[0])) if powers is None else self.task.scaling.map(powers)
            for own, powers in zip(self.own, self.powers, strict=False)
        ]
        return found[0], found[-1]

    def prepare(self) -> None:
        """Find K(x, x) of all images x."""
        for start in range(0, self.x.shape[0], self.plan.block):
            block = self._block(0, start)
            self._each(self._preparations(block, block))

    def _each(self, images: list[_Images]) -> None:
        """Prepare images by as many workers as they are work for."""

        def task(worker: Any, number: int) -> None:
            self._prepare(worker, images[number])

        deque(each(self.worker, task, [range(len(images))], self._workers(len(images))), maxlen=0)

    def tensors(self, of: Callable[[Any, Any, Any], Any]) -> list[tuple[slice, slice, Any]]:
        """of(worker, left, right) of all pairs of chunks of x and of y, and where these are."""
        left = self._block(0, 0, self.x.shape[0])
        right = left if self.y is None else self._block(1, 0, self.y.shape[0])
        first, pairs = self._preparations(left, right), [(one, two) for _, one in left for _, two in right]

        def task(worker: Any, number: int) -> Any:
            if number < len(first):
                return self._prepare(worker, first[number])
            one, two = pairs[number - len(first)]
            return one.here, two.here, of(worker, self._side(worker, one), self._side(worker, two))

        return [part for part in self._all(task, len(first) + len(pairs)) if part is not None]

    def _all(self, task: Callable[[Any, int], Any], count: int) -> list[Any]:
        """What so many tasks of one worker return, when all are done, whatever progress makes of them."""
        found = list[Any]()

        def steps() -> Iterator[None]:
            for result in each(self.worker, task, [range(count)], 1):
                found.append(result)
                yield

        deque(watched(self.progress, steps(), count), maxlen=0)
        return found

    def maps(self) -> list[Map]:
        """The norms of the maps of x, as large as they are."""
        xp = self.ops.xp
        starts = range(0, self.x.shape[0], self.plan.chunk)

        def task(worker: Any, number: int) -> list[Any]:
            here = slice(starts[number], min(starts[number] + self.plan.chunk, self.x.shape[0]))
            part, squares = self._part(0, here), list[Any]()
            side, _ = worker.prepare(part, squares)
            found = [xp.sqrt(xp.sum(part * part, axis=-1))]
            for norms, square in zip(side.norms, squares, strict=True):
                found += [norms, xp.sqrt(xp.where(square > 0, square, xp.zeros_like(square)))]
            return [self._at_scale(place, here, v) for place, v in enumerate(found)]

        values = self._all(task, len(starts))
        names = [f"{what} {k}" for k in range(1, len(self.task.places) + 1) for what in ("patches", "layer")]
        out = []
        for place, (name, size) in enumerate(zip(["input", *names], self.task.sizes, strict=True)):
            parts = [found[place] for found in values] or [self.ops.zeros((0, *size), self.task.given)]
            out.append(Map(name, xp.concat(parts, axis=0), ("image", *self.task.axes[place > 0])))
        return out

    def _at_scale(self, place: int, here: slice, norms: Any) -> Any:
        """The norms of a map of these images, as large as they are."""
        norms = self.ops.xp.reshape(norms, (norms.shape[0], *self.task.sizes[place]))
        if self.powers[0] is not None:
            powers = self.task.scaling.map(self.powers[0][here], place // 2)
            shape = (-1, *(1 for _ in self.task.sizes[place]))
            norms = self.ops.times_power(norms, self.ops.xp.reshape(powers, shape))
        return self.given(norms)

    def given(self, values: Any) -> Any:
        """Values in the dtype that they are given in; ValueError where they are not finite."""
        with np.errstate(over="ignore"):
            values = self.ops.cast(values, self.task.given)
        if not bool(self.ops.xp.all(self.ops.xp.isfinite(values))):
            raise ValueError(self.task.overflow.format(self.task.given))
        return values

    def _part(self, which: int, here: slice) -> Any:
        """Some images of x or y, scaled."""
        part, powers = self.ops.cast((self.x, self.y)[which][here, ...], self.task.computed), self.powers[which]
        if powers is None:
            return part
        return self.ops.times_power(part, -self.ops.xp.reshape(powers[here], (-1, *(1 for _ in part.shape[1:]))))

    # -- blocks, chunks, strips ------------------------------------------------------------------------

    def _array(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return shared(shape, dtype) if self.forked else self.ops.zeros(shape, dtype)

    def _block(self, which: int, start: int, most: int | None = None) -> Chunks:
        """A block of x or y, to be prepared, with at most so many images."""
        count = min(most or self.plan.block, (self.x, self.y)[which].shape[0] - start)
        norms = [self._array((count, *size), self.task.computed) for size in self.task.places]
        return _Block(_Images(which, start, norms), self.plan.chunk)

    def _preparations(self, left: Chunks, right: Chunks) -> list[_Images]:
        """Images that are prepared together, of the blocks that are not."""
        found = list[_Images]()
        for block in (left, right):
            assert isinstance(block, _Block)
            if not block.ready:
                starts = range(0, block.images.count, self.plan.ahead)
                found += [block.images.part(start, self.plan.ahead) for start in starts]
                block.ready = True
        wanted = {(chunk.which, chunk.begin) for block in (left, right) for _, chunk in block}
        self.sides = {key: side for key, side in self.sides.items() if key in wanted}
        if not self.forked or self._workers(len(found)) > 1:
            return found
        # What is over before workers have begun is inherited by them.
        self._each(found)
        return []

    def _prepare(self, worker: Any, images: _Images) -> None:
        """Find the norms and K(x, x) of some images."""
        side, own = worker.prepare(self._part(images.which, images.here))
        for array, norms in zip(images.norms, side.norms, strict=True):
            array[...] = norms
        for array, values in zip(self.own[images.which], own, strict=True):
            array[images.here] = values
        if self.plan.ahead == self.plan.chunk:
            self.sides[images.which, images.begin] = side

    def _side(self, worker: Any, chunk: _Images) -> Any:
        """A chunk as one side of pairs, made once; a forked worker goes on with its own copy of what there is."""
        key = chunk.which, chunk.begin
        if key not in self.sides:
            self.sides[key] = worker.side(self._part(chunk.which, chunk.here), chunk.norms)
        return self.sides[key]

    def _strip(
        self, worker: Any, left: Chunks, right: Chunks, p: int, others: range
    ) -> list[tuple[slice, slice, list[Any]]]:
        """The parts of the results of one chunk with some others."""
        out, one = [], left[p][1]
        first, rows = self._side(worker, one), one.here
        own = [values[rows] for values in self.own[0]]
        for q in others:
            two = right[q][1]
            if one is two and one.count == 1:
                parts = [values[:, None] for values in own]
            else:
                parts = worker.evaluate(first, self._side(worker, two))
                if one is two:
                    parts = [self._symmetric(*pair) for pair in zip(parts, own, strict=True)]
            if DOUBTS in self.kinds:
                others = self.own[two.which][1][two.here]
                parts[DOUBTS] = parts[DOUBTS] > _LOST * np.sqrt(own[1][:, None]) * np.sqrt(others)
            out.append((rows, two.here, [parts[kind] for kind in self.kinds]))
        return out

    def _write(self, rows: slice, columns: slice, parts: list[Any]) -> None:
        left, right = self.powers[0], self.powers[0 if self.y is None else 1]
        for kind, part, result in zip(self.kinds, parts, self.results, strict=True):
            if left is not None and not self.scaled and kind != DOUBTS:
                both = self.task.scaling.map(left[rows, None]) + self.task.scaling.map(right[None, columns])
                part = self.ops.times_power(part, both)
            if kind != DOUBTS:
                part = self.given(part)
            result[rows, columns] = part
            if self.y is None and rows != columns:
                result[columns, rows] = self.ops.xp.permute_dims(part, (1, 0))

    def _symmetric(self, part: Any, own: Any) -> Any:
        """Exactly symmetric, with the diagonal that `prepare` has found."""
        lower = self.ops.xp.tril(part, k=-1)
        diagonal = self.ops.constant(np.eye(part.shape[0]), part.dtype) * own[:, None]
        return lower + self.ops.xp.permute_dims(lower, (1, 0)) + diagonal
