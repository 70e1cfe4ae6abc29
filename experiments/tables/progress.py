"""What long work says of itself: how much is done, and how long the rest will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

_EVERY = 15.0  # seconds between two lines


class Clock:
    """Work of a known size that tells, at most every fifteen seconds, what part is done and what time is left.

    Parameters
    ----------
    what : names the work.
    total : its size, in any unit.
    out : where lines are written, by default the standard error; None writes none.

    Work that is done within half a second of the start (found in files) says nothing of the pace of the rest.
    """

    def __init__(self, what: str, total: float, out: TextIO | None = sys.stderr) -> None:
        self.what, self.total, self.out = what, total, out
        self.done = self._before = 0.0
        self._begun = self._told = time.monotonic()

    def advance(self, amount: float = 1) -> None:
        """So much more is done."""
        self.done += amount
        now = time.monotonic()
        if now - self._begun < 0.5:
            self._before = self.done
        if self.out is not None and now - self._told >= _EVERY and self.done < self.total:
            self._told = now
            print(self.line(now - self._begun), file=self.out, flush=True)

    def line(self, spent: float) -> str:
        """What is told after so many seconds."""
        part = f"{self.what}: {self.done / self.total:.0%}"
        fresh = self.done - self._before
        return part if fresh <= 0 else f"{part}, {duration(spent * (self.total - self.done) / fresh)} left"

    def steps(self, work: Iterable[Any], total: float) -> Iterator[Any]:
        """The steps of some work, each counted when it is done: the `progress` that functions take."""
        self.total = total
        for step in work:
            yield step
            self.advance()

    def phase(self, name: str) -> Callable[..., Iterator[Any]]:
        """A `progress` of its own for a part of the work."""
        return Clock(f"{self.what}, {name}", 1, self.out).steps


def duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> duration(40), duration(600), duration(9000)
    ('40 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
