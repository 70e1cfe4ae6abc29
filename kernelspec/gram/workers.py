"""Workers that share the evaluations of one call.

Where the system can fork, workers are processes: they inherit the data, send back small arrays, and do not wait for
each other, whereas threads take turns at the interpreter thousands of times a second between short array functions,
which costs half of the second core. Elsewhere they are threads.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import itertools
import math
import mmap
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

W = TypeVar("W")
T = TypeVar("T")

_inherited: tuple[Any, Callable[[Any, int], Any]] | None = None  # in a forked worker: itself, and what it does


@functools.cache
def has_threadpoolctl() -> bool:
    """Whether the package is installed that keeps matrix products to one thread."""
    return importlib.util.find_spec("threadpoolctl") is not None


def can_fork() -> bool:
    """Whether workers can be processes that inherit the data."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


def each(
    make: Callable[[], W], task: Callable[[W, int], T], phases: Iterable[range], count: int, processes: bool = True
) -> Iterator[T]:
    """task(worker, number) for the numbers of each phase, in order, by at most `count` workers that `make` makes.

    A phase begins, and is asked for, when what the one before has found is read; but processes are there for all of
    them, and see what the memory of `shared` arrays holds when a phase begins. Without `processes` workers are threads
    everywhere.
    """
    processes = processes and can_fork()
    if processes:
        phases = list(phases)
        count = min(count, sum(map(len, phases)))
    if count <= 1:
        with single_blas():
            worker = make()
            for number in itertools.chain.from_iterable(phases):
                # An overflow is seen in the result; the reader keeps its own error state.
                with np.errstate(over="ignore", invalid="ignore"):
                    found = task(worker, number)
                yield found
    elif processes:
        yield from _by_processes(make, task, phases, count)
    else:
        yield from _by_threads(make, task, phases, count)


def shared(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array of zeros in memory that forked workers write into as well."""
    size = math.prod(shape)
    memory = mmap.mmap(-1, max(1, size * np.dtype(dtype).itemsize))
    return np.frombuffer(memory, dtype=dtype, count=size).reshape(shape)


def _by_processes(
    make: Callable[[], W], task: Callable[[W, int], T], phases: Iterable[range], count: int
) -> Iterator[T]:
    context = multiprocessing.get_context("fork")
    # What forked workers start with is inherited, not pickled.
    arguments = (make, task, os.getpid())
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=arguments)
    try:
        for numbers in phases:
            with warnings.catch_warnings():
                # Threads of BLAS stand still while it forks, and its own handlers see to them.
                warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
                results = executor.map(_call, numbers)
            yield from results
    finally:
        executor.shutdown(cancel_futures=True)


def _start(make: Callable[[], W], task: Callable[[W, int], T], parent: int) -> None:
    """A forked worker begins: one thread for products; the parent alone answers the keyboard."""
    global _inherited
    threading.Thread(target=leave_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    np.seterr(divide="warn", over="ignore", under="ignore", invalid="ignore")
    _inherited = make(), task


def leave_with(parent: int, maker: int | None = None) -> None:
    """End a worker whose parent has been killed, or who had a fork server make it: it would wait for tasks for ever."""
    while os.getppid() == parent and (maker is None or _runs(maker)):
        time.sleep(1)
    os._exit(1)


def _runs(process: int) -> bool:
    if sys.platform != "win32":  # where this would end it
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
    return True


def _call(number: int) -> Any:
    assert _inherited is not None
    worker, task = _inherited
    return task(worker, number)


def _by_threads(make: Callable[[], W], task: Callable[[W, int], T], phases: Iterable[range], count: int) -> Iterator[T]:
    free = deque[W]()

    def call(number: int) -> T:
        try:
            worker = free.pop()
        except IndexError:
            worker = make()
        try:
            with np.errstate(divide="warn", over="ignore", under="ignore", invalid="ignore"):
                return task(worker, number)
        finally:
            free.append(worker)

    executor = ThreadPoolExecutor(count)
    try:
        with single_blas():  # also while workers are made: threads of BLAS spin for a while after a product
            free.append(make())  # others are made where it is at work
            for numbers in phases:
                yield from executor.map(call, numbers)
    finally:
        executor.shutdown(cancel_futures=True)


_limit: Any = None  # a `threadpool_limits` while matrix products are kept to one thread
_users = 0
_lock = threading.Lock()


@functools.cache
def _controller() -> Any:
    """Of the libraries that are loaded when it is first asked for; NumPy's is among them."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextlib.contextmanager
def single_blas() -> Iterator[None]:
    """Keep matrix products to one thread, where threadpoolctl is there: they are too small for more.

    The limit holds for the whole program: of calls at the same time, the first sets and the last lifts it.
    """
    global _limit, _users
    if not has_threadpoolctl():
        yield
        return
    with _lock:
        if not _users:
            _limit = _controller().limit(limits=1, user_api="blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _limit.restore_original_limits()
