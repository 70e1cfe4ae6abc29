"""How fast this machine multiplies and factorises: measured once in a process, in less than a second."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numbers.checks import integer, real
from ..numbers.precision import default_errors

_SIZE = 1024  # rows of the matrices that are tried
_TALL = 3072  # rows of one that no cache holds
_TRIALS = 5


@dataclass(frozen=True)
class Rates:
    """Operations a second of this machine, for one dtype; from 1 to 1e30.

    Parameters
    ----------
    factorise : of a Cholesky factorisation, n^3/3 for n rows.
    multiply : of products of large matrices.
    few : of the product of a large matrix with 10 columns, which waits for memory.
    """

    factorise: float
    multiply: float
    few: float

    def __post_init__(self) -> None:
        for name in ("factorise", "multiply", "few"):
            real(name, getattr(self, name), 1.0, 1e30)

    def product(self, columns: int) -> float:
        """Operations a second of the product of a large matrix with so many columns.

        Reading the matrix and computing take their time one after the other: a + b m seconds for m columns, with b from
        `multiply` and a so that 10 columns take what was measured.

        >>> Rates(1.0, 100.0, 50.0).product(10), Rates(1.0, 100.0, 50.0).product(30)
        (50.0, 75.0)
        """
        columns = integer("columns", columns, 1)
        each = 1 / self.multiply
        reading = max(0.0, 10 * (1 / self.few - each))
        return columns / (reading + columns * each)


@default_errors
def measured(dtype: str) -> Rates:
    """The rates of this machine, at the number of threads that BLAS takes; measured at the first call."""
    return _measured(dtype)


@functools.cache
def _measured(dtype: str) -> Rates:
    from scipy.linalg import lapack

    matrix = np.full((_SIZE, _SIZE), 0.5, dtype)
    matrix.flat[:: _SIZE + 1] = _SIZE
    tall, few = np.ones((_TALL, _TALL), dtype), np.ones((_TALL, 10), dtype)
    (potrf,) = lapack.get_lapack_funcs(("potrf",), (matrix,))
    return Rates(
        _SIZE**3 / 3 / _seconds(lambda: potrf(matrix.T, lower=1, clean=0)),
        2 * _SIZE**3 / _seconds(lambda: matrix @ matrix),
        2 * tall.size * 10 / _seconds(lambda: tall @ few),
    )


def _seconds(work: Callable[[], Any]) -> float:
    """The least of some trials: whatever disturbs one makes it longer.

    Processor time where it is less than the time on the clock: other programs on the machine then had the difference.
    """
    found = []
    for _ in range(_TRIALS):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        found += [time.perf_counter() - clock, time.process_time() - processor]
    return max(min(found), 1e-9)
