"""How many threads the products and factorisations of a call may use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ..gram.workers import has_threadpoolctl
from ..numbers.checks import integer


def thread_count(threads: int | None) -> int | None:
    """The number of threads as an int, None for as many as BLAS uses by itself; ValueError where it cannot be set."""
    if threads is None:
        return None
    count = integer("threads", threads, 1, whole_floats=True)
    if count > 1 and not has_threadpoolctl():
        raise ValueError(f"threads = {count} needs the package threadpoolctl (pip install 'kernelspec[threads]')")
    return count


@contextlib.contextmanager
def blas_threads(threads: int | None) -> Iterator[None]:
    """So many threads for BLAS and LAPACK for a block, in the whole program; None leaves them as they are."""
    if threads is None or not has_threadpoolctl():
        yield
        return
    import scipy.linalg  # noqa: F401 - its BLAS is not NumPy's, and has to be there to be told
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=threads, user_api="blas"):
        yield
