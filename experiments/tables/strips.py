"""Exact matrices of a network in strips of rows, each a file: a run that is cut off loses one strip of work."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.tables.progress import Clock
from experiments.tables.records import Stopwatch
from kernelspec import ckn
from kernelspec.files.atomic import write_atomically

Array = NDArray[Any]
ROWS = 16  # of a strip: a minute or two of work for two layers and 500 columns


@dataclass
class Strips:
    """Matrices of one network and its images, kept in a folder until `forget`.

    Parameters
    ----------
    folder : made if it is not there; None keeps nothing.
    network, tangent, memory, threads : as `ckn.Network.gram` takes them.
    rows : images of a strip.
    clock : is told how many pairs of images are done.
    """

    folder: Path | None
    network: ckn.Network
    tangent: bool | str
    memory: int
    threads: int | None
    rows: int = ROWS
    clock: Clock | None = None

    def __post_init__(self) -> None:
        self.before = np.zeros(2)  # seconds, and processor seconds, that strips found in files have taken
        self._mine = list[Path]()

    @property
    def kinds(self) -> int:
        """How many kernels there are: two for "both"."""
        return 2 if self.tangent == "both" else 1

    def symmetric(self, x: Array) -> Array:
        """K(x_i, x_j), shape (kinds, n, n)."""
        out = np.empty((self.kinds, len(x), len(x)), dtype=x.dtype)
        for here in self._starts(len(x)):

            def compute(here: slice = here) -> Array:
                own = self._gram(x[here])
                return own if here.start == 0 else np.concatenate([self._gram(x[here], x[: here.start]), own], axis=2)

            strip = self._kept("symmetric", (x,), here, compute, (here.stop - here.start) * here.stop)
            out[:, here, : here.stop] = strip
            out[:, : here.stop, here] = strip.transpose(0, 2, 1)
        return out

    def between(self, x: Array, y: Array) -> Array:
        """K(x_i, y_j), shape (kinds, n, m)."""
        out = np.empty((self.kinds, len(x), len(y)), dtype=x.dtype)
        for here in self._starts(len(x)):

            def compute(here: slice = here) -> Array:
                return self._gram(x[here], y)

            out[:, here] = self._kept("between", (x, y), here, compute, (here.stop - here.start) * len(y))
        return out

    def forget(self) -> None:
        """Take the files of this object away, and the folder where nothing else is in it."""
        for path in self._mine:
            path.unlink(missing_ok=True)
            _times(path).unlink(missing_ok=True)
        self._mine.clear()
        if self.folder is not None and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _starts(self, n: int) -> Iterator[slice]:
        return (slice(start, min(start + self.rows, n)) for start in range(0, n, self.rows))

    def _gram(self, x: Array, y: Array | None = None) -> Array:
        found = self.network.gram(x, y, self.tangent, memory=self.memory, threads=self.threads, channels="last")
        return np.stack(found) if self.tangent == "both" else np.asarray(found)[None]

    def _kept(self, what: str, data: tuple[Array, ...], here: slice, compute: Callable[[], Array], pairs: int) -> Array:
        """A strip from its file, computed and written where there is none, or a damaged one."""
        path = None if self.folder is None else self.folder / f"{self._name(what, data, here)}.npy"
        strip = None if path is None else _read(path)
        if strip is None:
            watch = Stopwatch()
            strip = compute()
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(_times(path), json.dumps(watch.spent()))
                buffer = io.BytesIO()
                np.save(buffer, strip, allow_pickle=False)
                write_atomically(path, buffer.getvalue())
        else:
            assert path is not None
            self.before += _read_times(_times(path))
        if path is not None:
            self._mine.append(path)
        if self.clock is not None:
            self.clock.advance(pairs)
        return strip

    def _name(self, what: str, data: tuple[Array, ...], here: slice) -> str:
        """A digest of all that the strip depends on, so that no other work is taken for it."""
        shape = [(array.shape, array.dtype.str) for array in data]
        seen = hashlib.sha256(repr((what, self.network, self.tangent, here, shape)).encode())
        for array in data:
            seen.update(np.ascontiguousarray(array).data)
        return seen.hexdigest()[:24]


def _times(path: Path) -> Path:
    return path.with_suffix(".json")


def _read(path: Path) -> Array | None:
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None  # absent or damaged: nothing is lost but time


def _read_times(path: Path) -> tuple[float, float]:
    try:
        clock, processor = json.loads(path.read_text(encoding="utf-8"))
        return float(clock), float(processor)
    except (OSError, ValueError, TypeError):
        return 0.0, 0.0
