"""Files written whole or not at all, under a temporary name that becomes theirs at the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias

FilePath: TypeAlias = str | os.PathLike[str]
TEMPORARY = ".tmp"  # how names of files that are being written end


@contextlib.contextmanager
def written_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file to be written under a temporary name beside `path`, which is renamed at the end of the block.

    The temporary name is like no other, also where several machines write into one folder. Raises OSError where the
    folder is not there or the disk is full; what stood at `path` is then, or after any other error, as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(16).hex()}{TEMPORARY}")
    try:
        with temporary.open("xb") as file:
            yield file
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None  # its own name
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name beside `path`, then rename it: never half a file.

    Text is UTF-8. Raises OSError as `written_atomically` does.
    """
    with written_atomically(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


def file_path(path: FilePath, *endings: str) -> Path:
    """The path of a file to be written in a folder that exists, with one of these endings where any are named.

    Raises TypeError for what is no path, ValueError for a folder, for a folder that is not there, and for another
    ending.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be the path of a file; got {path!r}")
    found = Path(path)
    if found.is_dir() or not found.name:
        raise ValueError(f"path must be the path of a file; {os.fspath(path)!r} is a folder")
    if not found.parent.is_dir():
        raise ValueError(f"path must lie in a folder that exists; got {os.fspath(path)!r}")
    if endings and found.suffix.lower() not in endings:
        raise ValueError(f"path must end in {' or '.join(endings)}; got {os.fspath(path)!r}")
    return found
