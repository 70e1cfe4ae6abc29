"""The resident memory of this process, and of the workers that it forks.

Linux hands `ru_maxrss` on: to a new program from its caller, and to the sums over children. What a process itself has
held stands in /proc.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def resident(name: str, process: str = "self") -> int | None:
    """VmRSS (now) or VmHWM (peak) of a process in bytes, None where the system does not say."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return 1024 * int(found[0]) if found else None


def most_held() -> int:
    """The most memory that this process has held, in bytes."""
    found = resident("VmHWM")
    if found is not None:
        return found
    if sys.platform == "win32":
        return 0  # not known there
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextmanager
def workers_held(every: float = 0.01) -> Iterator[dict[str, int]]:
    """The most memory that each process held which this one has forked meanwhile, in bytes, by its number.

    They are looked at every so many seconds; what a worker takes in its last ones is not seen.
    """
    found, over = dict[str, int](), threading.Event()

    def look() -> None:
        while not over.wait(every):
            for process in _children():
                held = resident("VmHWM", process)
                if held is not None:
                    found[process] = held

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


def _children() -> list[str]:
    try:
        several = [each.read_text().split() for each in Path("/proc/self/task").glob("*/children")]
    except OSError:
        return []  # a thread has ended, or the system does not say
    return [process for some in several for process in some]
