"""`gram_job` and `open_gram`: a Gram matrix of any kernel in a folder, block by block."""

from __future__ import annotations

import contextlib
import math
import os
import random
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike

from ... import __version__
from ...files.atomic import FilePath
from ...files.lock import FileLock
from ...gram.workers import single_blas
from ...numbers.checks import Progress, check_progress, integer, real, watched
from ...numbers.precision import default_errors
from .cut import Place
from .driver import Driver, Pool
from .matrix import BlockMatrix
from .problem import Kernels, Problem, problem_of
from .store import Store, writing
from .worker import Job, sent, this_process

Executors: TypeAlias = Executor | Callable[[], Executor]

_ROWS = 2048  # of a block of vectors, whose values take some tenths of a second
_VALUES = 1.5e10  # kernel values of a block of images, which take some ten seconds
_LEAST = 16


@default_errors
def gram_job(
    kernel: Kernels,
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    store: FilePath,
    executor: Executors | None = None,
    block: int | None = None,
    dtype: Any = None,
    tangent: bool | Literal["both"] = False,
    normalize: bool = False,
    channels: str | None = None,
    memory: int = 2**30,
    threads: int = 1,
    pending: int = 256,
    progress: Progress | None = None,
    walltime: float | None = None,
) -> BlockMatrix:
    r"""The matrix K(x_i, y_j), or K(x_i, x_j) where y is None, computed block by block by the workers of an executor.

    Blocks are files in the folder `store`, which all workers see. What is there and whole is not computed again: the
    same call goes on where one was cut off, by the end of its time, by the keyboard, or by the death of whatever
    process. Another kernel, other data, options or versions are refused. Several calls may work in one folder at the
    same moment, and share its blocks.

    Parameters
    ----------
    kernel : a kernel of vectors, a `ckn.Network` or `groups.Network`, or a network of `kernelspec.stax`, whose `nngp`
        is the kernel and `ntk` the tangent kernel.
    x, y : as `kernel.gram` takes them: vectors (n, d), images (n, height, width, channels), signals (n, length,
        channels). They are put into the store once, so that what is sent for a block is small.
    store : the folder of this matrix, made where it is not there.
    executor : any `concurrent.futures.Executor`: threads, processes, `dask.distributed.Client.get_executor()`,
        `mpi4py.futures.MPIPoolExecutor`, executorlib's. It is used and not shut down. None computes in the calling
        thread. Where a worker is killed, an executor of processes breaks, which is an error here; a function without
        arguments that makes an executor is called again then, up to three times before a block is done.
    block : rows and columns of a block; by default that of the store, or 2048 vectors, or as many images as take some
        ten seconds. What is lost when a worker dies is the block that it computes.
    dtype : float32 or float64, in which the data are read and the matrix is given; by default that of the data.
    tangent, normalize, channels : as `kernel.gram` takes them. With tangent="both", blocks hold both kernels, which a
        network computes in one pass, and `BlockMatrix.kernels` is the pair of matrices.
    memory, threads : of each worker, in bytes and as `kernel.gram` takes them.
    pending : how many blocks are handed out at a time, of which the executor should always have some in hand.
    progress : called as progress(iterable, total=...), like tqdm, with steps that stand for equal work: two for a
        block, one for a block on the diagonal, which has half of the pairs.
    walltime : seconds after which no block is begun; those that are being computed are waited for, and the matrix comes
        back with some `missing`. That is no error.

    Returns a `BlockMatrix`.

    Raises
    ------
    TypeError, ValueError
        that name the parameter; for a store of another matrix, with what differs; for a kernel that cannot be sent.
    OSError
        where the store cannot be written, or the disk has no room; BlockingIOError where another call keeps the lock of
        its manifest for a minute.
    BrokenExecutor
        where a worker was killed (see `executor`), or the executor is shut down; RuntimeError where it gives what no
        worker said; and whatever a block raises, with its rows and columns in a note.

    Every error leaves the blocks that are done in the store.

    >>> import tempfile, kernelspec as ks
    >>> X = [[3.0, 4.0], [0.0, 0.0], [4.0, -3.0]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     K = ks.learning.gram_job(ks.arccos(0), X, store=folder, block=2)
    ...     print(K[:2].round(3))
    [[25.   0.  12.5]
     [ 0.   0.   0. ]]

    With two processes, where the call stands in a script behind `if __name__ == "__main__"`::

        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            K = ks.learning.gram_job(net, images, store="K", executor=pool, tangent=True)
    """
    problem = problem_of(
        kernel,
        x,
        y,
        dtype=dtype,
        tangent=tangent,
        normalize=normalize,
        channels=channels,
        memory=memory,
        threads=threads,
    )
    check_progress(progress)
    block = None if block is None else integer("block", block, 1)
    pending = integer("pending", pending, 1)
    walltime = math.inf if walltime is None else real("walltime", walltime, 0)
    if not (executor is None or isinstance(executor, Executor) or callable(executor)):
        raise TypeError(
            f"executor must be a concurrent.futures.Executor, a function that makes one, or None; got {executor!r}"
        )
    deadline = time.monotonic() + walltime
    if isinstance(executor, Executor) and not Pool(executor).stays_here:
        sent(kernel)  # before there is a folder
    found = Store.begin(store, problem, block, default_block(problem))
    there = found.present()
    there -= set(found.damaged())
    todo = [place for place in found.manifest.cut if place not in there]
    if not todo:
        return BlockMatrix(found)
    found.check_room(todo)
    found.place_data(problem)
    found.sweep()
    return BlockMatrix(found, _done(problem, found, todo, executor, pending, progress, deadline))


def _done(
    problem: Problem,
    store: Store,
    todo: list[Place],
    executor: Any,
    pending: int,
    progress: Progress | None,
    deadline: float,
) -> str:
    """Compute the blocks; a sentence about those that are left because the time is over."""
    cut, total, pool = store.manifest.cut, len(todo), Pool(executor)
    with contextlib.ExitStack() as stack:
        stack.callback(pool.close)
        job = _job(problem, store, pool.stays_here, deadline)
        if not _alone(store, stack):  # another call has begun with the first of them
            start = random.randrange(total)
            todo = todo[start:] + todo[:start]
        if pool.stays_here:
            stack.enter_context(single_blas())
        driver = Driver(job, store, deque(todo), pool, pending, deadline)
        steps = driver.steps()
        try:
            deque(watched(progress, steps, sum(map(cut.weight, todo))), maxlen=0)
        except BaseException as error:
            driver.leave(at_once=isinstance(error, KeyboardInterrupt))
            if missing := len(cut) - len(store.present()):
                where = f"{missing} of {len(cut)} blocks are missing in {str(store.path)!r}"
                error.add_note(f"{where}; the same call goes on there")
            raise
        finally:
            steps.close()
        missing = len(cut) - len(store.present())
        if not missing:
            store.sweep_blocks()
    if not missing:
        return ""
    why = "walltime is over, and" if driver.late else "workers say that all is done, in another folder of this name:"
    return f"{why} {missing} of {len(cut)} blocks are missing; the same call computes them"


def _alone(store: Store, stack: contextlib.ExitStack) -> bool:
    """Whether no other call is known to work in this folder, until the stack ends."""
    try:
        with writing(store.path):
            lock = FileLock(store.path / "driver.lock")
    except BlockingIOError:
        return False
    stack.callback(lock.release)
    return True


def _job(problem: Problem, store: Store, here: bool, deadline: float) -> Job:
    manifest = store.manifest
    return Job(
        store=str(store.path),
        kernel=problem.kernel if here else sent(problem.kernel),
        x=problem.x if here else manifest.x.file,
        y=problem.y if here or manifest.y is None else manifest.y.file,
        options=problem.options,
        version=__version__,
        driver=this_process(),
        deadline=deadline,
        call=os.urandom(8).hex(),
    )


def default_block(problem: Problem) -> int:
    """Rows and columns of a block: the same on every machine."""
    values = problem.pair_numbers
    if values is None:
        return _ROWS
    return int(min(_ROWS, max(_LEAST, math.isqrt(int(_VALUES / max(1, values))))))


def open_gram(store: FilePath) -> BlockMatrix:
    """The matrix in a folder that `gram_job` has made, as much as there is of it; nothing is computed or written.

    Raises TypeError and ValueError that name `store`, where it is no such folder.

    >>> import tempfile, kernelspec as ks
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = ks.learning.gram_job(ks.arccos(1), [[1.0], [2.0], [-1.0]], store=folder, block=2)
    ...     ks.learning.open_gram(folder)
    <BlockMatrix: 3 x 3 float64, arccos(1); 3 blocks of 2>
    """
    return BlockMatrix(Store.open(store))
