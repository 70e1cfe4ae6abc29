"""Matrices of all pairs, cut into blocks of prepared rows, chunks and strips, and done by workers.

Rows are prepared in chunks, a block of chunks at a time; strips of pairs of chunks are evaluated by `workers`, and
blocks that are finished are kept in a `store`. What a row is, and a pair's value, is said by the subclass.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections import deque
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from ..numbers.arithmetic_protocol import Array
from ..numbers.arrays import Standard
from ..numbers.checks import Progress, integer, shown
from .workers import can_fork, each, has_threadpoolctl

if TYPE_CHECKING:
    from .matrix_file import Store

# What evaluates pairs of chunks, what is prepared of a chunk, and how the work is cut: each kind of data has its own.
Worker: TypeAlias = Any
Prepared: TypeAlias = Any
Plan: TypeAlias = Any
Part: TypeAlias = tuple[slice, slice, list[Array]]  # rows, columns and what belongs there
Chunks: TypeAlias = list[tuple[int, Prepared]]  # where each begins, and what is prepared of it
_LIGHT = 5e7  # kernel values, which one worker has in a tenth of a second


def workers_of(threads: int | None, ops: Standard) -> int:
    """How many workers there are at most; ValueError where more than one needs threadpoolctl."""
    if threads is not None:
        threads = integer("threads", threads, 1, whole_floats=True)
    if not ops.in_place:
        return 1  # other libraries run their own threads
    if threads is None:
        threads = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        return threads if has_threadpoolctl() else 1
    if threads > 1 and not has_threadpoolctl():
        raise ValueError(f"threads = {threads} needs the package threadpoolctl (pip install 'kernelspec[threads]')")
    return threads


class Blocks:
    """The order of the work on a matrix K(x_i, y_j), or K(x_i, x_j) where y is None.

    The subclass has the data, `progress` and the `plan` (block, chunk, workers, and the numbers of one pair), and says
    how a block is prepared, a strip evaluated, and a part of the result written.
    """

    x: Array
    y: Array
    progress: Progress | None
    plan: Plan
    store: Store | None
    strip = 16  # evaluations handed to a worker at once
    processes = True  # whether workers may be processes, which send back what they found

    def worker(self) -> Worker:
        """What evaluates pairs of chunks."""
        raise NotImplementedError

    def _block(self, which: int, start: int) -> Chunks:
        """The prepared chunks of a block of x (0) or y (1)."""
        raise NotImplementedError

    def _preparations(self, left: Chunks, right: Chunks) -> list[Any]:
        """What workers are to prepare of two blocks before their strips."""
        return []

    def _prepare(self, worker: Any, what: Any) -> None:
        """Do one of the preparations."""

    def _strip(
        self, worker: Any, left: Chunks, right: Chunks, p: int, others: range
    ) -> list[tuple[slice, slice, list[Any]]]:
        """The parts of the results of one chunk with some others."""
        raise NotImplementedError

    def _write(self, rows: slice, columns: slice, parts: list[Array]) -> None:
        raise NotImplementedError

    def _go(self) -> None:
        """Do all of it."""
        steps = self._steps()
        try:
            if self.progress is not None:
                # Behind `map` the steps cannot be closed by their reader.
                deque(shown(self.progress, map(int, steps), self._count()), maxlen=0)
            deque(steps, maxlen=0)  # what a progress that stopped early has left
        finally:
            steps.close()  # now, and not when the error that ended them is forgotten

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Where the blocks of pairs begin that are still to be done; of the upper triangle where y is None.

        There the last block on the right is the next one on the left, which is not prepared again.
        """
        columns = (self.x if self.y is None else self.y).shape[0]
        for i in range(0, self.x.shape[0], self.plan.block):
            others = range(i if self.y is None else 0, columns, self.plan.block)
            for j in others if self.y is not None else (*others[:1], *others[:0:-1]):
                if self.store is None or not self.store.has(i, j):
                    yield i, j

    def _steps(self) -> Generator[int]:
        """All work, strip by strip; yields the strips' numbers of evaluations.

        Forked workers inherit the blocks that they work on; threads stay for all of them.
        """
        at, left, right, known = -1, Chunks(), Chunks(), -1
        first, strips = list[Any](), list[tuple[int, range]]()

        def phases() -> Iterator[tuple[range, range]]:
            nonlocal at, left, right, known, first, strips
            for i, j in self._blocks():
                turned = right if self.y is None and known == i else Chunks()
                right = Chunks()  # one block is let go before the next is made
                if i != at:
                    left = turned
                    at, left = i, left or self._block(0, i)
                del turned
                same = self.y is None and i == j
                right, known = left if same else self._block(0 if self.y is None else 1, j), j
                strips, first = list(self._strips(len(left), len(right), same)), self._preparations(left, right)
                yield range(len(first)), range(len(first), len(first) + len(strips))
                if self.store is not None:
                    self.store.keep(i, j)

        def task(worker: Any, number: int) -> Any:
            if number < len(first):
                return self._prepare(worker, first[number])
            return self._strip(worker, left, right, *strips[number - len(first)])

        forked = self.processes and can_fork()
        for several in phases() if forked else [itertools.chain.from_iterable(phases())]:
            evaluations = len(first) + sum(len(others) for _, others in strips) if forked else self._evaluations()
            for found in each(self.worker, task, several, self._workers(evaluations), self.processes):
                if found is not None:
                    for rows, columns, parts in found:
                        self._write(rows, columns, parts)
                    yield len(found)

    def _evaluations(self) -> int:
        """How many pairs of chunks there are."""
        rows, columns = (
            -(-side.shape[0] // self.plan.chunk) for side in (self.x, self.x if self.y is None else self.y)
        )
        return rows * (rows + 1) // 2 if self.y is None else rows * columns

    def _workers(self, evaluations: int) -> int:
        """As many as the plan allows; one where the work is over before several have begun."""
        numbers = evaluations * self.plan.numbers * self.plan.chunk**2
        return self.plan.workers if numbers > _LIGHT else 1

    def _count(self) -> int:
        """How many strips there are."""
        rows, columns = self.x.shape[0], (self.x if self.y is None else self.y).shape[0]
        total = 0
        for i, j in self._blocks():
            a = -(-min(self.plan.block, rows - i) // self.plan.chunk)
            b = -(-min(self.plan.block, columns - j) // self.plan.chunk)
            if self.y is None and i == j:
                total += sum(-(-(b - p) // self.strip) for p in range(a))
            else:
                total += a * -(-b // self.strip)
        return total

    def _strips(self, left: int, right: int, same: bool) -> Iterator[tuple[int, range]]:
        for p in range(left):
            for q in range(p if same else 0, right, self.strip):
                yield p, range(q, min(q + self.strip, right))
