"""Workers that share the evaluations of one call.

Where the system can fork, workers are processes: they inherit the data, send back small arrays, and do not wait for
each other, whereas threads take turns at the interpreter thousands of times a second between short array functions,
which costs half of the second core. Elsewhere they are threads.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np

Task = Callable[[Any, int], Any]

_inherited: tuple[Any, Task] | None = None  # in a forked worker: itself, and what it does


@functools.cache
def has_threadpoolctl() -> bool:
    """Whether the package is installed that keeps matrix products to one thread."""
    return importlib.util.find_spec("threadpoolctl") is not None


def can_fork() -> bool:
    """Whether workers can be processes that inherit the data."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


def each(make: Callable[[], Any], task: Task, tasks: int, count: int) -> Iterator[Any]:
    """task(worker, 0), task(worker, 1), ..., in order, by `count` workers that `make` makes.

    With a count of 0 one worker does it without any preparation, for work that is over in no time.
    """
    count = min(count, tasks)
    if count <= 1:
        products = _single_blas() if count else contextlib.nullcontext()
        with products:
            worker = make()
            for number in range(tasks):
                # An overflow is seen in the result; the reader keeps its own error state.
                with np.errstate(over="ignore", invalid="ignore"):
                    found = task(worker, number)
                yield found
    elif can_fork():
        yield from _by_processes(make, task, tasks, count)
    else:
        yield from _by_threads(make, task, tasks, count)


def _by_processes(make: Callable[[], Any], task: Task, tasks: int, count: int) -> Iterator[Any]:
    context = multiprocessing.get_context("fork")
    # What forked workers start with is inherited, not pickled.
    arguments = (make, task, os.getpid())
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=arguments)
    try:
        with warnings.catch_warnings():
            # Threads of BLAS stand still while it forks, and its own handlers see to them.
            warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
            results = executor.map(_call, range(tasks))
        yield from results
    finally:
        executor.shutdown(cancel_futures=True)


def _start(make: Callable[[], Any], task: Task, parent: int) -> None:
    """A forked worker begins: one thread for products; the parent alone answers the keyboard."""
    global _inherited
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    np.seterr(divide="warn", over="ignore", under="ignore", invalid="ignore")
    _inherited = make(), task


def _leave_with(parent: int) -> None:
    """End a worker whose parent has been killed: it would wait for tasks for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _call(number: int) -> Any:
    assert _inherited is not None
    worker, task = _inherited
    return task(worker, number)


def _by_threads(make: Callable[[], Any], task: Task, tasks: int, count: int) -> Iterator[Any]:
    free: deque[Any] = deque(make() for _ in range(count))

    def call(number: int) -> Any:
        worker = free.pop()
        try:
            with np.errstate(divide="warn", over="ignore", under="ignore", invalid="ignore"):
                return task(worker, number)
        finally:
            free.append(worker)

    executor = ThreadPoolExecutor(count)
    try:
        with _single_blas():
            yield from executor.map(call, range(tasks))
    finally:
        executor.shutdown(cancel_futures=True)


_limit: Any = None
_users = 0
_lock = threading.Lock()


@contextlib.contextmanager
def _single_blas() -> Iterator[None]:
    """Keep matrix products to one thread, where threadpoolctl is there: they are too small for more.

    The limit holds for the whole program: of calls at the same time, the first sets and the last lifts it.
    """
    global _limit, _users
    if not has_threadpoolctl():
        yield
        return
    from threadpoolctl import threadpool_limits

    with _lock:
        if not _users:
            _limit = threadpool_limits(1, user_api="blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _limit.restore_original_limits()
