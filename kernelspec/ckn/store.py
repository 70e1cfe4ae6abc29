"""The matrices of a run in a file (`matrix_file`)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ..gram.matrix_file import MatrixFile

if TYPE_CHECKING:
    from .run import Run


class Store(MatrixFile):
    """The arrays of a run in the file `out`: (n, m), or (2, n, m) for a kernel with its tangent kernel."""

    def __init__(self, out: Any, run: Run, kinds: tuple[int, ...]) -> None:
        if not run.ops.in_place:
            raise TypeError(f"out needs NumPy arrays; got {type(run.x).__name__}")
        rows, columns = run.x.shape[0], (run.x if run.y is None else run.y).shape[0]
        several = () if len(kinds) == 1 else (len(kinds),)
        super().__init__(out, (*several, rows, columns), run.x.dtype, _mark(run, kinds))
        self.arrays = list(self.array) if several else [self.array]

    def finish(self) -> list[Any]:
        """Give the file its name; the arrays in it, as memory maps to be read."""
        whole = super().finish()
        return [whole] if whole.ndim == 2 else list(whole)


def _mark(run: Run, kinds: tuple[int, ...]) -> str:
    """What tells this matrix from another: network, data, dtype and the blocks."""
    mark = hashlib.sha256(repr((run.network, kinds, run.plan.block, run.x.dtype)).encode())
    for array in (run.x, run.y):
        mark.update(b"none" if array is None else repr(array.shape).encode())
        if array is not None:
            for part in array:
                mark.update(np.ascontiguousarray(part).data)
    return mark.hexdigest()
