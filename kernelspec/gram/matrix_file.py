"""Matrices in files: filled block by block, taken up again where a run was cut off.

The file is written under a temporary name, beside it a list of the blocks that are finished, and renamed when it is
complete; so a file of the final name is always whole. Its space is reserved before any work: a memory map of a file
with holes dies, with the process, where the disk is full. One call writes at a time; another one is told.
"""

from __future__ import annotations

import hashlib
import json
import os
from operator import index
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import DTypeLike

from ..files.atomic import FilePath, write_atomically
from ..files.lock import FileLock

_ZEROS = 2**24  # bytes written at a time where the system reserves none


class MatrixFile:
    """An array in the file `out`, which is made block by block; to be used as a context, which ends the lock.

    Parameters
    ----------
    out : the path of a file that is not there yet, in a folder that exists.
    shape, dtype : of the array.
    mark : a text that tells this work from another: only work of the same mark is taken up again.

    `array` is the memory map to be filled. Raises TypeError and ValueError that name `out`; BlockingIOError where
    another call writes the same file; OSError where the disk has no room for it.
    """

    def __init__(self, out: FilePath, shape: tuple[int, ...], dtype: DTypeLike, mark: str) -> None:
        if not isinstance(out, str | os.PathLike):
            raise TypeError(f"out must be the path of a file to be made; got {type(out).__name__}")
        self.path, self.shape, self.dtype = Path(out), shape, np.dtype(dtype)
        self._check_path()
        self.part = self.path.with_name(self.path.name + ".part")
        self.log = self.path.with_name(self.path.name + ".part.json")
        self.mark, self.done = mark, set[tuple[int, int]]()
        try:
            self.lock = FileLock(self.path.with_name(self.path.name + ".part.lock"))
        except BlockingIOError as error:
            raise BlockingIOError(
                error.errno, "out: another call is writing this file at this moment", str(self.path)
            ) from error
        try:
            self._check_path()  # the holder before may have finished it
            self.array = self._begin()
        except BaseException:
            self.lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another call write; what is finished stays where it is."""
        self.lock.release()

    def _check_path(self) -> None:
        if self.path.exists():
            raise ValueError(f"out must name a file that is not there yet; {str(self.path)!r} is")
        if not self.path.parent.is_dir():
            raise ValueError(f"out must lie in a folder that exists; got {str(self.path)!r}")

    def _begin(self) -> np.memmap[Any, np.dtype[Any]]:
        if self.part.exists():
            if not self.log.exists():
                raise ValueError(f"out: {str(self.part)!r} is there without a list of what is finished; remove it")
            self.done = self._read_log()
            return self._open()
        # The list first: a matrix without one is nobody's. Before it is whole, the matrix has yet another name.
        new = self.part.with_name(self.part.name + ".new")
        try:
            _reserve(new, self.shape, self.dtype)
            self._write_log()
            os.replace(new, self.part)
        except BaseException:
            new.unlink(missing_ok=True)
            self.log.unlink(missing_ok=True)
            raise
        return np.lib.format.open_memmap(self.part, mode="r+")

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

    def _open(self) -> np.memmap[Any, np.dtype[Any]]:
        """The unfinished matrix; ValueError where it is not whole (a memory map would add what is missing, as 0)."""
        whole = f"out: {str(self.part)!r} is not the array of shape {self.shape} that was begun; remove it"
        try:
            file = np.lib.format.open_memmap(self.part, mode="r")
        except ValueError as error:  # no array, or cut short
            raise ValueError(whole) from error
        if file.shape != self.shape or file.dtype != self.dtype:
            raise ValueError(whole)
        if hasattr(os, "posix_fallocate"):  # a copy may have holes
            with self.part.open("r+b") as there:
                _allocate(there, self.part.stat().st_size, self.path)
        return np.lib.format.open_memmap(self.part, mode="r+")

    def has(self, i: int, j: int) -> bool:
        """Whether the block that begins at (i, j) is finished."""
        return (i, j) in self.done

    def keep(self, i: int, j: int) -> None:
        """The block that begins at (i, j) is finished."""
        self.array.flush()
        self.done.add((i, j))
        self._write_log()

    def _write_log(self) -> None:
        write_atomically(self.log, json.dumps({"mark": self.mark, "done": sorted(self.done)}))

    def finish(self) -> Any:
        """Give the file its name, and let it go; the array in it, as a memory map to be read.

        Raises ValueError where a file of this name has come meanwhile; the work stays under its temporary name.
        """
        self._check_path()
        self.array.flush()
        os.replace(self.part, self.path)
        self.log.unlink()
        self.close()
        return np.load(self.path, mmap_mode="r", allow_pickle=False)


def _reserve(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """A file for an array of zeros that has all of its space; OSError where the disk has not."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.flush()
        size = int(np.prod([dtype.itemsize, *shape], dtype=object))
        _allocate(file, file.tell() + size, path)


def _allocate(file: BinaryIO, size: int, path: Path) -> None:
    """Space on the disk for so many bytes, as zeros where there are none yet."""
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
            return
        there = file.tell()
        for start in range(there, size, _ZEROS):
            file.write(bytes(min(_ZEROS, size - start)))
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        raise OSError(
            error.errno,
            f"out: no room for a file of {size} bytes ({size / 2**20:.1f} MiB): {error.strerror}",
            str(path),
        ) from error


class Store(MatrixFile):
    """The arrays of a run of blocks in the file `out`: (n, m), or (several, n, m) for several kinds of a kernel."""

    def __init__(self, out: Any, run: Any, kinds: tuple[int, ...]) -> None:
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


def _mark(run: Any, kinds: tuple[int, ...]) -> str:
    """What tells this matrix from another: network, data, dtype and the blocks."""
    mark = hashlib.sha256(repr((run.network, kinds, run.plan.block, run.x.dtype)).encode())
    for array in (run.x, run.y):
        mark.update(b"none" if array is None else repr(array.shape).encode())
        if array is not None:
            for part in array:
                mark.update(np.ascontiguousarray(part).data)
    return mark.hexdigest()
