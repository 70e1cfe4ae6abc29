"""Results that a check computes and a figure draws: kept under ``build/results``.

A file is found again only by the same sources: its name has a digest of every module of the package
and of the modules that made it. It is a convenience: without it, the figure computes anew.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

import kernelspec
from kernelspec.files.atomic import write_atomically

Arrays = Mapping[str, NDArray]
FOLDER = Path("build/results")


def digest(made_by: Sequence[ModuleType]) -> str:
    """Sixteen hexadecimal digits of the sources of kernelspec and these modules, and of NumPy."""
    package = Path(kernelspec.__file__).parent
    own = [Path(str(module.__file__)) for module in made_by]
    seen = hashlib.sha256(np.__version__.encode())
    for path in [*sorted(package.rglob("*.py")), *own]:
        seen.update(path.name.encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()[:16]


def keep(name: str, made_by: Sequence[ModuleType], arrays: Arrays, folder: Path = FOLDER) -> None:
    """Write the arrays for `kept`; where nothing can be written, nothing is kept."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(arrays))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-{digest(made_by)}.npz"
        write_atomically(path, buffer.getvalue())
        for old in folder.glob(f"{name}-*.npz"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        return


def kept(name: str, made_by: Sequence[ModuleType], compute: Callable[[], Arrays], folder: Path = FOLDER) -> Arrays:
    """The arrays of this name that these sources have made, computed (and kept) where absent."""
    path = folder / f"{name}-{digest(made_by)}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        arrays = compute()  # absent, or damaged: nothing is lost but time
        keep(name, made_by, arrays, folder)
        return arrays


def computed(name: str, made_by: str, compute: Callable[[], Arrays], *, quick: bool, reuse: bool) -> Arrays:
    """The arrays that `compute` gives in the module `made_by`: kept from before where `reuse`, and kept for later.

    A `quick` computation is neither looked for nor kept.
    """
    if quick:
        return compute()
    sources = [sys.modules[made_by]]
    if reuse:
        return kept(name, sources, compute)
    arrays = compute()
    keep(name, sources, arrays)
    return arrays
