"""Views computed in processes of their own, so that a page stays awake and whatever takes long can be stopped.

A `Slot` belongs to one place of one page and shows the newest question's answer: `ask` returns at once, and `deliver`
is called with an `Answer` whenever there is news - within a moment, or first with the progress of what takes longer. A
question that a newer one supersedes is dropped. Where no process can be started (WebAssembly) views are computed in
place. Nothing starts at import.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .worker import Arguments, Message, run

if TYPE_CHECKING:
    from .view import View


Key: TypeAlias = tuple[str, bytes]  # a question: its name, and its arguments, pickled

_PATIENCE = 0.7  # seconds before a view says that it is being computed
_GRACE = 2.5  # seconds that a superseded computation may still take, before its process is ended
_CROWDED = 1.5  # seconds after which one more process is started, where all are busy
_MOST = 6  # processes
_LONGEST = 900.0  # seconds that any view may take
_TICK = 0.05
_KEPT = 64  # answers
_SPARE = min(3, max(2, os.cpu_count() or 2))  # processes that are kept


@dataclass(frozen=True)
class Answer:
    """What is known of a question: `state` is "running", "done", "failed" or "stopped".

    `value` is the result, or the sentence that says why there is none; `done` of `total` steps and `text` are the
    progress, `seconds` the time taken so far.
    """

    state: str
    value: Any = None
    seconds: float = 0.0
    done: int = 0
    total: int = 0
    text: str = ""


class Worker:
    """A process that answers one call at a time; its answers come in by a thread."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH", "")) if p)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kernelspec.explore.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, "MPLBACKEND": "Agg"},
        )
        self.answers: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self.ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            while True:
                message = pickle.load(self.process.stdout)
                if message == ("ready",):
                    self.ready.set()
                else:
                    self.answers.put(message)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):  # the process has ended
            self.ready.set()
            self.answers.put(None)

    def send(self, name: str, arguments: Arguments) -> None:
        """Ask; the answers come to `answers`, None once the process has ended."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # a process that has ended says so in `answers`
            pickle.dump((name, arguments), self.process.stdin)
            self.process.stdin.flush()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()


class Pool:
    """The processes, and the answers of late."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.idle: list[Worker] = []
        self.busy: list[Worker] = []
        self.waiting: list[object] = []
        self.kept: OrderedDict[Key, Answer] = OrderedDict()
        self.closed = False

    def prepare(self) -> None:
        """Start the processes, which then warm up by themselves."""
        with self.lock:
            while not self.closed and len(self.idle) + len(self.busy) < _SPARE:
                self.idle.append(Worker())
                self.lock.notify()

    def take(self, wanted: Callable[[], bool] = lambda: True) -> Worker | None:
        """A process, the first that is ready: waited for, until it is no longer wanted (None)."""
        self.prepare()
        mine = object()
        started = time.monotonic()
        with self.lock:
            self.waiting.append(mine)
            try:
                while not self.closed and wanted():
                    self.idle = [worker for worker in self.idle if worker.alive]
                    crowded = time.monotonic() - started > _CROWDED
                    if not self.idle and (crowded or not self.busy) and len(self.busy) < _MOST:
                        self.idle.append(Worker())
                    ready = [worker for worker in self.idle if worker.ready.is_set()]
                    if ready and self.waiting[0] is mine:  # first come, first served
                        self.idle.remove(ready[0])
                        self.busy.append(ready[0])
                        return ready[0]
                    self.lock.wait(_TICK)
                return None
            finally:
                self.waiting.remove(mine)

    def give(self, worker: Worker) -> None:
        """Take a process back; one too many is ended, and one that was ended is replaced."""
        with self.lock:
            self.busy.remove(worker)
            keep = worker.alive and len(self.idle) + len(self.busy) < _SPARE and not self.closed
            if keep:
                self.idle.append(worker)
                self.lock.notify()
        if worker.alive and not keep:
            worker.end()
        self.prepare()

    def close(self) -> None:
        """End all processes."""
        with self.lock:
            self.closed = True
            workers, self.idle = [*self.idle, *self.busy], []
        for worker in workers:
            worker.end()

    def known(self, key: Key) -> Answer | None:
        """The answer to a question that was asked before."""
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def keep(self, key: Key, answer: Answer) -> None:
        """Remember an answer."""
        with self.lock:
            self.kept[key] = answer
            while len(self.kept) > _KEPT:
                self.kept.popitem(last=False)


_pool: Pool | None = None
_making = threading.Lock()


def pool() -> Pool:
    """The processes of this one, made at first use and ended with it."""
    global _pool
    with _making:
        if _pool is None or _pool.closed:
            _pool = Pool()
            atexit.register(_pool.close)
        return _pool


def started() -> bool:
    """Whether there is a pool to be closed."""
    return _pool is not None and not _pool.closed


def can_start_processes() -> bool:
    """Whether there are processes at all: in WebAssembly there are none."""
    return sys.platform != "emscripten"


def now(name: str, **arguments: Any) -> View:
    """name(**arguments) of this package, waited for; ValueError with the sentence where it failed."""
    if not can_start_processes():
        state, value = run(name, arguments, lambda *progress: None)
    else:
        worker = pool().take()
        if worker is None:
            raise ValueError("the server has stopped")
        try:
            worker.send(name, arguments)
            state, value = "progress", None
            while state == "progress":
                message = worker.answers.get()
                state, value = message[:2] if message else ("failed", "the process has ended")
        finally:
            pool().give(worker)
    if state == "failed":
        raise ValueError(value)
    return value


class Slot:
    """One place of a page, which shows the answer to the newest question.

    Parameters
    ----------
    deliver : called with an `Answer`, in the thread that `start` started.
    start : starts a function in a thread; None computes in place.
    delay : seconds before a question is asked, for what can wait until a slider stands still.
    """

    def __init__(
        self, deliver: Callable[[Answer], None], start: Callable[[Callable[[], None]], None] | None, delay: float = 0.0
    ) -> None:
        self.deliver = deliver
        self.start = start if can_start_processes() else None
        self.delay = delay
        self._lock = threading.Lock()
        self._one = threading.Lock()  # one process for one place
        self._newest = 0
        self._stopped = 0

    def ask(self, name: str, **arguments: Any) -> None:
        """Ask for name(**arguments) of this package; an earlier question is dropped."""
        with self._lock:
            self._newest += 1
            turn = self._newest
        if self.start is None:
            state, value = run(name, arguments, lambda *progress: None)
            self.deliver(Answer(state, value))
            return
        key = name, pickle.dumps(arguments)
        known = pool().known(key)
        if known is not None:
            self.deliver(known)
            return
        self.start(lambda: self._follow(turn, key, name, arguments))

    def drop(self) -> None:
        """Forget what was asked."""
        with self._lock:
            self._newest += 1

    def stop(self) -> None:
        """Stop what is being computed."""
        with self._lock:
            self._stopped = self._newest

    def _is_newest(self, turn: int) -> bool:
        with self._lock:
            return turn == self._newest

    def _follow(self, turn: int, key: Key, name: str, arguments: Arguments) -> None:
        """Ask a process, and deliver what comes, until the end."""
        time.sleep(self.delay)
        with self._one:
            worker = pool().take(lambda: self._is_newest(turn))
            if worker is None:
                return
            try:
                worker.send(name, arguments)
                answer = self._answers(turn, worker)
            finally:
                pool().give(worker)
        if answer is None:
            return
        if answer.state in ("done", "failed"):
            pool().keep(key, answer)
        if self._is_newest(turn):
            self.deliver(answer)

    def _answers(self, turn: int, worker: Worker) -> Answer | None:
        """The last answer to a question; None where nobody waits for it any more."""
        started = shown = time.monotonic()
        superseded = None
        progress: Message = (0, 0, "")
        while True:
            now = time.monotonic()
            seconds = now - started
            if self._stopped >= turn:
                worker.end()
                return Answer("stopped", seconds=seconds)
            if seconds > _LONGEST:
                worker.end()
                return Answer("failed", f"it took longer than {_LONGEST:.0f} s and was ended", seconds)
            if not self._is_newest(turn):
                superseded = superseded or now
                if now - superseded > _GRACE:
                    worker.end()
                    return None
            try:
                message = worker.answers.get(timeout=_TICK)
            except queue.Empty:
                message = ()
            if message is None:
                return Answer("failed", "the process that computed it has ended", seconds)
            if message and message[0] == "progress":
                progress = message[1:]
            elif message:
                return Answer(message[0], message[1], seconds)
            late = seconds > _PATIENCE and (now - shown > 1.0 or shown == started)
            if late and self._is_newest(turn):
                shown = now
                self.deliver(Answer("running", None, seconds, *progress))
