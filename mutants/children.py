"""Processes that end with the one that has started them, whichever signal ends that."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

_ENDING = (signal.SIGTERM, signal.SIGINT)
_leaders: set[int] = set()  # of the groups that this process has started
_leave: list[Callable[[int], Any]] = []
_starting: list[bool] = []
_asked: list[int] = []  # the signals that came meanwhile


def end_with_children(leave: Callable[[int], Any]) -> None:
    """Let SIGTERM and SIGINT kill what `group` has started, and leave by this function: sys.exit, or os._exit."""
    _leave[:] = [leave]
    for number in _ENDING:
        signal.signal(number, _end)


@contextmanager
def group(start: Callable[[], int]) -> Iterator[int]:
    """The leader of a new process group, which `start` returns; what is left of the group in the end is killed."""
    _starting.append(True)
    try:
        leader = start()
        _leaders.add(leader)
    finally:
        _starting.clear()
    if _asked:
        _end(_asked[0], None)
    try:
        yield leader
    finally:
        _kill(leader)
        _leaders.discard(leader)


def forked(work: Callable[[], Any]) -> int:
    """A child that does the work, as leader of a group of its own, and ends."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        work()
    finally:
        os._exit(0)


def _end(number: int, _: Any) -> None:
    if _starting:
        _asked.append(number)
        return
    for leader in _leaders:
        _kill(leader)
    _leave[0](128 + number)


def _kill(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
    with suppress(ChildProcessError):  # it has ended, and was waited for
        if os.waitpid(leader, os.WNOHANG)[0] == 0:
            os.kill(leader, signal.SIGKILL)  # it may not have led its group yet
            os.waitpid(leader, 0)
