"""Matrices in files: filled block by block, taken up again where a run was cut off.

The file is written under a temporary name, beside it a list of the blocks that are finished, and renamed when it is
complete; so a file of the final name is always whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .run import Run


class Store:
    """The arrays of a run in the file `out`: (n, m), or (2, n, m) for a kernel with its tangent kernel."""

    def __init__(self, out: Any, run: Run, kinds: tuple[int, ...]) -> None:
        if not isinstance(out, str | os.PathLike):
            raise TypeError(f"out must be the path of a file to be made; got {out!r}")
        if not run.ops.in_place:
            raise TypeError(f"out needs NumPy arrays; got {type(run.x).__name__}")
        self.path = Path(out)
        if self.path.exists():
            raise ValueError(f"out must name a file that is not there yet; {str(self.path)!r} is")
        if not self.path.parent.is_dir():
            raise ValueError(f"out must lie in a folder that exists; got {str(self.path)!r}")
        self.part = self.path.with_name(self.path.name + ".part")
        self.log = self.path.with_name(self.path.name + ".part.json")
        self.mark, self.done = _mark(run, kinds), set[tuple[int, int]]()
        rows, columns = run.x.shape[0], (run.x if run.y is None else run.y).shape[0]
        shape = (rows, columns) if len(kinds) == 1 else (len(kinds), rows, columns)
        if self.log.exists() and self.part.exists():
            self.done = self._read_log()
            self.file = self._open(shape, run.x.dtype)
        elif self.part.exists():
            raise ValueError(
                f"out: {str(self.part)!r} is there without a list of what is finished; remove it"
            )
        else:
            self._write_log()
            self.file = np.lib.format.open_memmap(
                self.part, mode="w+", dtype=run.x.dtype, shape=shape
            )
        self.arrays = [self.file] if len(kinds) == 1 else list(self.file)

    def _read_log(self) -> set[tuple[int, int]]:
        """The finished blocks; ValueError where they are of another matrix, or cannot be read."""
        try:
            kept = json.loads(self.log.read_text(encoding="utf-8"))
            mark, done = kept["mark"], {(index(i), index(j)) for i, j in kept["done"]}
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"out: the list of what is finished in {str(self.part)!r} is damaged; remove both files"
            ) from error
        if mark != self.mark:
            raise ValueError(
                f"out: {str(self.part)!r} is an unfinished matrix of other data, another network, another memory "
                "limit or number of threads; finish that one, or remove it"
            )
        return done

    def _open(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """The unfinished matrix; ValueError where it is not whole (a memory map would add what is missing, as 0)."""
        whole = (
            f"out: {str(self.part)!r} is not the array of shape {shape} that was begun; remove it"
        )
        try:
            file = np.lib.format.open_memmap(self.part, mode="r")
        except ValueError as error:  # no array, or cut short
            raise ValueError(whole) from error
        if file.shape != shape or file.dtype != dtype:
            raise ValueError(whole)
        return np.lib.format.open_memmap(self.part, mode="r+")

    def has(self, i: int, j: int) -> bool:
        """Whether the block that begins at (i, j) is finished."""
        return (i, j) in self.done

    def keep(self, i: int, j: int) -> None:
        """The block that begins at (i, j) is finished."""
        self.file.flush()
        self.done.add((i, j))
        self._write_log()

    def _write_log(self) -> None:
        temporary = self.log.with_name(self.log.name + ".new")
        temporary.write_text(
            json.dumps({"mark": self.mark, "done": sorted(self.done)}), encoding="utf-8"
        )
        os.replace(temporary, self.log)

    def finish(self) -> list[Any]:
        """Give the file its name; the arrays in it, as memory maps to be read."""
        self.file.flush()
        os.replace(self.part, self.path)
        self.log.unlink()
        whole = np.load(self.path, mmap_mode="r", allow_pickle=False)
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
