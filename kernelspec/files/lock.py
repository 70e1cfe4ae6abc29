"""One writer at a time: a lock on a file, which the system lets go with the process that holds it.

The lock file is taken away again by its holder; a process that was killed leaves it, unlocked, for the next one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import warnings
from pathlib import Path

# A forked worker inherits what its parent has open, and would keep the lock of a parent that was killed.
_HELD: set[int] = set()
_NOT_SUPPORTED = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


def _let_go() -> None:
    for descriptor in _HELD:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


class FileLock:
    """A lock on the file `path`, held from now until `release`.

    Raises BlockingIOError where another call, of this process or another, holds it. A file system without locks
    gives a warning: nothing tells two writers from one there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _lock(descriptor, path)
                # The holder before may have taken the file away between the two: another file then has the name.
                if _is_file(descriptor, path):
                    break
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
        self.descriptor: int | None = descriptor
        self.owner = os.getpid()
        _HELD.add(descriptor)

    def release(self) -> None:
        """Let go, once or more often; in a forked process nothing happens."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is None or os.getpid() != self.owner:
            return
        _HELD.discard(descriptor)
        if sys.platform != "win32":  # while it is locked, so that nobody else's file is taken away
            self.path.unlink(missing_ok=True)
        os.close(descriptor)
        if sys.platform == "win32":  # an open file cannot be taken away, nor one that the next holder has opened
            with contextlib.suppress(PermissionError):
                self.path.unlink(missing_ok=True)


def _is_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _lock(descriptor: int, path: Path) -> None:
    try:
        _system_lock(descriptor)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            raise BlockingIOError(
                errno.EWOULDBLOCK, "another call is writing this file at this moment", str(path)
            ) from error
        if error.errno not in _NOT_SUPPORTED:
            raise
        warnings.warn(
            f"{str(path)!r} cannot be locked ({error.strerror}): two calls that write the same file at the same "
            "moment would not be told",
            RuntimeWarning,
            stacklevel=2,
        )


def _system_lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
