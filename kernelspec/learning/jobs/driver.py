"""Handing out blocks to an executor: a few at a time, until all are done, the time is over, or something is wrong.

Whatever happens, blocks that are finished are in the store. A worker that was killed breaks a pool of processes: it is
made anew where the caller gave a function that makes executors, and is an error, said once, where he gave an executor.
"""

from __future__ import annotations

import math
import queue
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from .cut import Place
from .store import Store
from .worker import Block, Job, compute

_TRIES = 3  # pools in a row that may break before one block is done
_LOOK = 30.0  # seconds without news, after which the store is looked at
_PATIENCE = 10.0  # seconds in which a pool that broke says so of all of its tasks


class Here(Executor):
    """An executor that computes in the calling thread, when it is asked."""

    def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """The future of what is done."""
        future = Future[Any]()
        try:
            future.set_result(call(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future


class Pool:
    """The executor of one call, and what makes it anew where the caller gave a function that makes executors."""

    def __init__(self, given: Executor | Callable[[], Executor] | None) -> None:
        self.make = None if given is None or isinstance(given, Executor) else given
        self.executor = given if isinstance(given, Executor) else Here() if self.make is None else self._made()

    def _made(self) -> Executor:
        assert self.make is not None
        found = self.make()
        if not isinstance(found, Executor):
            raise TypeError(f"executor must be a function that makes a concurrent.futures.Executor; it made {found!r}")
        return found

    @property
    def stays_here(self) -> bool:
        """Whether its tasks are computed in this process, for certain."""
        return isinstance(self.executor, Here | ThreadPoolExecutor)

    def renew(self) -> None:
        """Make it anew."""
        self.executor.shutdown(wait=True)
        self.executor = self._made()

    def close(self, at_once: bool = False) -> None:
        """End what was made here, once."""
        if self.make is not None:
            self.make = None
            self.executor.shutdown(wait=not at_once, cancel_futures=True)


@dataclass
class Driver:
    """The blocks of one call that are still to be computed; `deadline` is on the clock of `time.monotonic`."""

    job: Job
    store: Store
    todo: deque[Place]
    pool: Pool
    pending: int
    deadline: float
    out: dict[Future[str], Place] = field(default_factory=dict)
    ready: queue.SimpleQueue[Future[str]] = field(default_factory=queue.SimpleQueue)
    late: bool = False
    broken: int = 0

    def steps(self) -> Generator[int]:
        """All work; yields one number for each unit of it, when a block is done."""
        while self.todo or self.out:
            self.late = self.late or time.monotonic() >= self.deadline
            try:
                if self.late:
                    self.todo.clear()
                    self._cancel()
                else:
                    self._hand_out()
                for place in self._finished():
                    self.broken = 0
                    yield from range(self.store.manifest.cut.weight(place))
            except BrokenExecutor as error:
                yield from self._again(error)

    def _hand_out(self) -> None:
        """Hand out blocks, until enough are out, or one is done."""
        while self.todo and len(self.out) < self.pending and self.ready.empty():
            place = self.todo[0]
            future = self._submitted(place)
            self.todo.popleft()
            self.out[future] = place
            future.add_done_callback(self.ready.put)
            if time.monotonic() >= self.deadline:
                break

    def _submitted(self, place: Place) -> Future[str]:
        try:
            future = self.pool.executor.submit(compute, self.job, self._block(place))
        except BrokenExecutor:
            raise
        except RuntimeError as error:  # it is shut down, or the interpreter is
            raise BrokenExecutor(str(error)) from error
        if not isinstance(future, Future):
            raise TypeError(f"executor must give concurrent.futures.Future objects; its submit gave {future!r}")
        return future

    def _block(self, place: Place) -> Block:
        cut = self.store.manifest.cut
        (top, bottom), (left, right) = ((each.start, each.stop) for each in cut.span(place))
        path = str(self.store.block_path(place))
        return Block((top, bottom), (left, right), cut.on_diagonal(place), cut.shape(place), path)

    def _finished(self) -> Iterable[Place]:
        """Wait for a block, and give it where it is done; what went wrong is raised."""
        if not self.out:
            return ()
        left = math.inf if self.late else max(0.0, self.deadline - time.monotonic())
        try:
            future = self.ready.get(timeout=min(left, _LOOK))
        except queue.Empty:
            return self._written()
        place = self.out.get(future)
        if place is None:
            return ()  # it was cancelled
        try:
            name = future.result()
        except BrokenExecutor:
            raise
        except CancelledError as error:
            raise BrokenExecutor("its tasks were cancelled") from error
        except Exception as error:
            del self.out[future]
            rows, columns = self.store.manifest.cut.span(place)
            error.add_note(f"in the block of rows {rows.start}:{rows.stop} and columns {columns.start}:{columns.stop}")
            raise
        del self.out[future]
        wanted = self.store.block_path(place).name
        if name == "":
            self.late = True
            return ()
        if name != wanted:
            raise RuntimeError(f"executor: it gave {name!r}, where a worker says that {wanted!r} is written")
        return (place,)

    def _written(self) -> list[Place]:
        """Blocks that are in the store, though nothing was heard of them: a cluster may lose what a worker said."""
        there = [future for future, place in self.out.items() if not future.done() and self.store.has(place)]
        return [self.out.pop(future) for future in there]

    def _again(self, error: BrokenExecutor) -> Generator[int]:
        """Go on with a new executor; or BrokenExecutor, when what is done is counted."""
        wait(self.out, _PATIENCE)
        lost = []
        for future, place in self.out.items():
            if not future.done() or future.cancelled() or future.exception() is not None or not future.result():
                lost.append(place)
            else:
                self.broken = 0
                yield from range(self.store.manifest.cut.weight(place))
        self.out.clear()
        self.ready = queue.SimpleQueue()  # who was lost with the old one comes to nobody
        if self.late:
            return
        self.todo.extendleft(reversed(lost))
        self.broken += 1
        if self.pool.make is None or self.broken >= _TRIES:
            often = f", {self.broken} times before one block was done" if self.broken > 1 else ""
            raise BrokenExecutor(
                f"executor: it broke{often}, as it does when a worker is killed or has no memory left ({error})"
            ) from error
        self.pool.renew()

    def _cancel(self) -> None:
        """Take back what has not begun."""
        for future in list(self.out):
            if future.cancel():
                del self.out[future]

    def leave(self, at_once: bool) -> None:
        """Take back what has not begun, and wait for the rest, unless it should be `at_once`."""
        self._cancel()
        if not at_once:
            wait(self.out)
        self.pool.close(at_once)
