"""The folder of one matrix, which all workers see: what it is (`manifest.json`), its data, its blocks.

What the matrix is of stands in the manifest, and goes into the name of every block by a hash; so a block is never taken
for that of another matrix, and who calls with another kernel, other data or options is told what differs. The data are
files named by their content. Every file is written whole or not at all, and the manifest by one writer.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import math
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...files.atomic import TEMPORARY, FilePath, write_atomically, written_atomically
from ...files.lock import FileLock
from .block_file import DamagedError, file_size, read_block
from .cut import Place
from .manifest import Data, Manifest
from .problem import Problem

MANIFEST, LOCK, BLOCKS, DATA = "manifest.json", "manifest.json.lock", "blocks", "data"
_OURS = {MANIFEST, LOCK, BLOCKS, DATA, "driver.lock"}
_WAIT = 60.0  # seconds for another call to write the manifest
_STALE = 3600.0  # seconds after which a file that is being written is one of a process that was killed
_SLAB = 2**24


@dataclass(frozen=True)
class Store:
    """A folder with its manifest."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: FilePath) -> Self:
        """A folder that an earlier call has made; ValueError where it is none."""
        found = folder(path)
        if not (found / MANIFEST).is_file():
            raise ValueError(f"store must be a folder that gram_job has made; got {str(found)!r}")
        return cls(found, Manifest.read(found / MANIFEST))

    @classmethod
    def begin(cls, path: FilePath, problem: Problem, block: int | None, default: int) -> Self:
        """The folder for a matrix, new or of an earlier call; ValueError where it holds another one."""
        found = folder(path)
        wanted = Manifest.of(problem, block or default)
        if not (found / MANIFEST).exists():
            _create(found)
            cls(found, wanted).place_data(problem)
            lock = _locked(found / LOCK)
            try:
                if not (found / MANIFEST).exists():
                    write_atomically(found / MANIFEST, wanted.text())
            finally:
                lock.release()
        there = Manifest.read(found / MANIFEST)
        if block is None:
            wanted = dataclasses.replace(wanted, block=there.block)
        if differences := wanted.differences(there):
            raise ValueError(
                f"store: {str(found)!r} holds another matrix: {'; '.join(differences)}. Take another folder"
            )
        return cls(found, there)

    def place_data(self, problem: Problem) -> None:
        """See that the data are there, for workers, and the folder for their blocks."""
        for part in (BLOCKS, DATA):
            with writing(self.path / part):
                (self.path / part).mkdir(exist_ok=True)
        _place(self.path / DATA, self.manifest.x, problem.x)
        _place(self.path / DATA, self.manifest.y, problem.y)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the matrix."""
        return np.dtype(self.manifest.dtype)

    def block_path(self, place: Place) -> Path:
        """The file of a block."""
        return self.path / BLOCKS / self.manifest.cut.name(self.manifest.key, place)

    def read(self, place: Place, check: bool = True) -> NDArray[Any]:
        """A block as a memory map; ValueError where it is missing or damaged."""
        rows, columns = self.manifest.cut.span(place)
        where = f"store: the block of rows {rows.start}:{rows.stop} and columns {columns.start}:{columns.stop}"
        again = "the gram_job that made the rest computes it"
        try:
            return read_block(self.block_path(place), self.manifest.cut.shape(place), self.dtype, check)
        except FileNotFoundError:
            raise ValueError(f"{where} is missing; {again}") from None
        except DamagedError as error:
            raise DamagedError(f"{where} is damaged ({error}); {again} anew") from error

    def has(self, place: Place) -> bool:
        """Whether a block is there and whole."""
        try:
            self.read(place)
        except ValueError:
            return False
        return True

    def present(self) -> set[Place]:
        """The blocks that are there with as many bytes as they should have."""
        cut, key, sizes = self.manifest.cut, self.manifest.key, dict[str, int]()
        try:
            with os.scandir(self.path / BLOCKS) as entries:
                sizes = {entry.name: entry.stat().st_size for entry in entries if entry.name.endswith(".npy")}
        except FileNotFoundError:
            pass  # none is written yet
        found = set()
        for place in cut if sizes else ():
            name = cut.name(key, place)
            if sizes.get(name) == file_size(cut.shape(place), self.dtype):
                found.add(place)
        return found

    def damaged(self) -> Iterator[Place]:
        """Those among them that are not as they were written."""
        for place in sorted(self.present()):
            if not self.has(place):
                yield place

    def check_room(self, places: list[Place]) -> None:
        """OSError where the disk has less room than these blocks need."""
        cut = self.manifest.cut
        need = sum(file_size(cut.shape(each), self.dtype) for each in places)
        free = shutil.disk_usage(self.path).free
        if need > free:
            raise OSError(
                errno.ENOSPC, f"store: {len(places)} blocks need {need} bytes, and {free} are free", str(self.path)
            )

    def sweep(self) -> None:
        """Take away what processes have left that were killed while they wrote, and write no more for certain."""
        for part in (BLOCKS, DATA, "."):
            self._sweep(part, time.time() - _STALE)

    def sweep_blocks(self) -> None:
        """Take away what was left of blocks, when all are there: who still writes one finds that it is there."""
        self._sweep(BLOCKS, math.inf)

    def _sweep(self, part: str, until: float) -> None:
        for left in (self.path / part).glob(f".*{TEMPORARY}"):
            try:
                if left.stat().st_mtime < until:
                    left.unlink()
            except (FileNotFoundError, PermissionError):
                pass  # it got its name, or another call took it away; or it is another user's


def folder(path: Any) -> Path:
    """The path of a folder in a folder that exists."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"store must be the path of a folder; got {path!r}")
    found = Path(os.path.abspath(path))  # workers may stand elsewhere
    if "\0" in str(found):
        raise ValueError(f"store must be the path of a folder; {str(found)!r} has a null character")
    if os.path.lexists(found) and not found.is_dir():
        kind = "a link to nothing" if found.is_symlink() and not found.exists() else "a file"
        raise ValueError(f"store must be the path of a folder; {str(found)!r} is {kind}")
    if not found.parent.is_dir():
        raise ValueError(f"store must lie in a folder that exists; got {str(found)!r}")
    return found


def _create(path: Path) -> None:
    """A folder with its parts; ValueError where it is used for something else, OSError where it must not be written."""
    with writing(path):
        path.mkdir(exist_ok=True)
        others = [each.name for each in path.iterdir() if each.name not in _OURS and not each.name.endswith(TEMPORARY)]
    if others:
        raise ValueError(
            f"store must be a new folder, an empty one, or one of an earlier gram_job; {str(path)!r} holds "
            f"{min(others)!r}"
        )


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """An OSError that is raised here says that the store cannot be written."""
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        raise OSError(error.errno, f"store cannot be written: {error.strerror}", str(path)) from error


def _locked(path: Path) -> FileLock:
    """The lock of the manifest, when another call has let it go; BlockingIOError where it does not."""
    end = time.monotonic() + _WAIT
    while True:
        try:
            return FileLock(path)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise BlockingIOError(
                    error.errno, "store: another call is writing its manifest at this moment", str(path)
                ) from error
            time.sleep(0.02)


def _place(parent: Path, data: Data | None, array: NDArray[Any] | None) -> None:
    """Write data into their file, once."""
    if data is None or array is None or (parent / data.file).exists():
        return
    header = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
    with writing(parent), written_atomically(parent / data.file) as file:
        np.lib.format.write_array_header_1_0(file, header)
        step = max(1, _SLAB // max(1, array[:1].nbytes))
        for start in range(0, len(array), step):
            file.write(np.ascontiguousarray(array[start : start + step]).reshape(-1).data.cast("B"))
