"""What a worker does with a block: it reads the data from the store, computes, writes, and returns the block's name.

A worker is a process of any executor, on any machine that sees the store, with the same version of the package. It
keeps data and kernels from one block to the next.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import pickle
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...gram.workers import leave_with, single_blas
from .block_file import DamagedError, read_block, write_block
from .problem import Options, content_hash, evaluate

Array = NDArray[Any]


@dataclass(frozen=True)
class Job:
    """What all blocks of one call share. It is small: data are named, and kernels pickled.

    In a process that has them, `kernel`, `x` and `y` are the kernel and the arrays themselves. `driver` is the machine
    and the process that hands blocks out, until `deadline` on that machine's clock of `time.monotonic`. `call` is
    another text in each call: executors that remember the results of equal tasks, as Dask does, shall not take a block
    for done that was damaged since.
    """

    store: str
    kernel: Any
    x: Any
    y: Any
    options: Options
    version: str
    driver: tuple[str, int]
    deadline: float
    call: str


@dataclass(frozen=True)
class Block:
    """One block: its rows and columns, as starts and ends, and the shape of its array and its file."""

    rows: tuple[int, int]
    columns: tuple[int, int]
    symmetric: bool
    shape: tuple[int, ...]
    path: str


def this_process() -> tuple[str, int]:
    """This machine and process."""
    return socket.gethostname(), os.getpid()


def compute(job: Job, block: Block) -> str:
    """Compute and write a block that is not there yet; returns its name, or "" where the time is over.

    Executors cannot take all blocks back that have not begun: one of processes has some in the queue of its workers.
    """
    if job.version != __version__:
        raise RuntimeError(
            f"executor: a worker on {socket.gethostname()} has kernelspec {__version__}, and the call {job.version}"
        )
    if job.driver != this_process():
        _settle(job.driver)
    if job.driver[0] == socket.gethostname() and time.monotonic() >= job.deadline:
        return ""
    x = _rows(job, job.x, block.rows)
    y = None if block.symmetric else _rows(job, job.x if job.y is None else job.y, block.columns)
    path = Path(block.path)
    try:
        read_block(path, block.shape, x.dtype)
    except (FileNotFoundError, DamagedError):
        kernel = _kernel(job.kernel) if isinstance(job.kernel, bytes) else job.kernel
        try:
            write_block(path, evaluate(kernel, job.options, x, y))
        except FileNotFoundError:  # another call wrote all blocks meanwhile, this one too, and swept this file away
            if not path.exists():
                raise
    return path.name


@functools.cache
def _settle(driver: tuple[str, int]) -> Any:
    """Keep matrix products to one thread, for as long as this process lives and keeps what this returns.

    A process that the call's own has made ends with it, also where a fork server is its parent.
    """
    parent, maker = os.getppid(), multiprocessing.parent_process()
    if driver in {(socket.gethostname(), process) for process in (parent, maker and maker.pid)}:
        threading.Thread(target=leave_with, args=(parent, driver[1]), daemon=True).start()
    limit = single_blas()
    limit.__enter__()
    return limit


def _rows(job: Job, data: Any, rows: tuple[int, int]) -> Array:
    array = _data(job.store, data) if isinstance(data, str) else data
    return np.asarray(array[rows[0] : rows[1]])


@functools.lru_cache(maxsize=4)
def _data(store: str, file: str) -> Array:
    """Data of a store as a memory map; OSError where they are not there, or not what their name says."""
    path = Path(store) / "data" / file
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
        whole = content_hash(found) == path.stem
    except FileNotFoundError as error:
        raise FileNotFoundError(
            error.errno,
            f"store is not there on {socket.gethostname()}, where a worker runs: all must share it",
            str(path),
        ) from error
    except (ValueError, EOFError):
        whole = False
    if not whole:
        raise ValueError(f"store: the data in {str(path)!r} are damaged; remove this file, and the same call writes it")
    return found


@functools.lru_cache(maxsize=8)
def _kernel(pickled: bytes) -> Any:
    """The kernel that was sent; ValueError where a worker cannot read it."""
    try:
        return pickle.loads(pickled)
    except (AttributeError, ImportError, pickle.UnpicklingError) as error:
        raise ValueError(
            f"kernel: a worker on {socket.gethostname()} cannot read it ({error}); its function must stand in a module "
            "that workers can import"
        ) from error


def sent(kernel: Any) -> bytes:
    """A kernel as bytes for other processes; TypeError where it holds what stays in this one."""
    try:
        return pickle.dumps(kernel)
    except Exception as error:  # pickle says it in many ways
        raise TypeError(
            f"kernel must be one that can be pickled, to be sent to other processes: {error}. A function stands at the "
            "top of a module, or the executor is None or a ThreadPoolExecutor, which stay in this process"
        ) from error
