"""Files written whole or not at all, under a temporary name that becomes theirs at the end."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name beside `path`, then rename it: never half a file.

    Text is UTF-8. Raises OSError where the folder is not there or the disk is full; what stood at `path` is then
    as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None  # its own name
    finally:
        temporary.unlink(missing_ok=True)


def file_path(path: Any, *endings: str) -> Path:
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
