"""Exact matrices of a network, each in a folder of blocks: a run that is cut off loses some seconds of work."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments.tables.progress import Clock
from experiments.tables.records import Stopwatch
from kernelspec import ckn
from kernelspec.files.atomic import write_atomically
from kernelspec.gram.blocks import workers_of
from kernelspec.learning.jobs.manifest import Manifest
from kernelspec.learning.jobs.problem import problem_of
from kernelspec.numbers.arrays import InPlace

Array = NDArray[Any]


@dataclass
class Matrices:
    """Matrices of one network and its images, kept in a folder until `forget`.

    Parameters
    ----------
    folder : made if it is not there; None keeps nothing.
    network, tangent, memory, threads : as `ckn.Network.gram` takes them.
    clock : makes what is told of each matrix.
    """

    folder: Path | None
    network: ckn.Network
    tangent: Any
    memory: int
    threads: int | None
    clock: Clock | None = None

    def __post_init__(self) -> None:
        self.before = np.zeros(2)  # seconds, and processor seconds, that earlier calls took for what was asked of this
        self._mine = set[Path]()

    @property
    def kinds(self) -> int:
        """How many kernels there are: two for "both"."""
        return 2 if self.tangent == "both" else 1

    def gram(self, name: str, x: Array, y: Array | None = None) -> Array:
        """K(x_i, y_j), or K(x_i, x_j), shape (kinds, n, m); `name` is said while it is computed."""
        options: dict[str, Any] = {"tangent": self.tangent, "memory": self.memory, "channels": "last"}
        key = Manifest.of(problem_of(self.network, x, y, **options), 1).key
        with contextlib.ExitStack() as stack:
            parent = self.folder
            if parent is None:
                parent = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            parent.mkdir(parents=True, exist_ok=True)
            store = parent / key[:24]
            if self.folder is not None:
                self._mine.add(store)
            spent = _read_times(_times(store))
            self.before += spent

            def told(work: Iterable[Any], total: float) -> Iterator[Any]:
                watch = Stopwatch()
                for step in work if self.clock is None else self.clock.phase(name)(work, total):
                    write_atomically(_times(store), json.dumps((spent + watch.spent()).tolist()))
                    yield step

            threads = workers_of(self.threads, InPlace())
            found = ks.learning.gram_job(self.network, x, y, store=store, threads=threads, progress=told, **options)
            return np.stack([each.array() for each in found.kernels])

    def forget(self) -> None:
        """Take the files of this object away, and the folder where nothing else is in it."""
        for store in self._mine:
            shutil.rmtree(store, ignore_errors=True)
            _times(store).unlink(missing_ok=True)
        self._mine.clear()
        if self.folder is not None and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def _times(store: Path) -> Path:
    return store.with_suffix(".json")


def _read_times(path: Path) -> NDArray[np.float64]:
    try:
        clock, processor = json.loads(path.read_text(encoding="utf-8"))
        return np.array([clock, processor], dtype=float)
    except (OSError, ValueError, TypeError):
        return np.zeros(2)
