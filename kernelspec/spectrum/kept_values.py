"""What was read of a spectrum, kept: a slice that is read twice is computed once.

The values of a request stand under all of its degrees, so that they do not depend on what was asked before. A single
degree is the exception that shows nowhere: where a route computes many degrees for hardly more than one, each as it is
alone (`Route.together`), the second single read of a block of 64 degrees reads the block.

Memory is bounded: the oldest requests go first. The lock is never waited for - who does not get it keeps nothing - so
that neither threads nor forks nor Ctrl-C can be stopped by it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .eigenvalue_arrays import Array, Values

MOST = 1 << 18  # degrees that are kept: 10 MiB
_ENTRY = 16  # what an entry costs beside its degrees, in degrees
_BLOCK = 64


class _Key(NamedTuple):
    """A request: `degrees` as bytes, or a block's number where `block` says so."""

    estimate: bool
    block: bool
    degrees: bytes | int


class KeptValues:
    """The requests of one spectrum and their values."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._total = most, 0
        self._values: dict[_Key, Values] = {}
        self._lock = threading.Lock()

    def values(
        self, k: Array, estimate: bool, read: Callable[[Array, bool], Values], together: Callable[[int], bool]
    ) -> Values:
        """`read(k, estimate)` for a flat array of degrees, or what is kept of it; the arrays are the caller's own.

        `together` says of a parity whether many degrees cost hardly more than one, and have the values of one.
        """
        key = _Key(estimate, False, k.tobytes())
        found = self._values.get(key)
        if found is None and k.size == 1:
            found = self._in_block(int(k[0]), estimate, read, together)
        if found is None:
            found = read(k, estimate)
            self._keep(key, found)
        return Values(*(part.copy() for part in found))

    def _in_block(
        self, k: int, estimate: bool, read: Callable[[Array, bool], Values], together: Callable[[int], bool]
    ) -> Values | None:
        """mu_k from its block; None where the block is not worth reading."""
        number, place = divmod(k, _BLOCK)
        key = _Key(estimate, True, number)
        block = self._values.get(key)
        if block is None:
            if not (together(0) and together(1)):
                return None
            asked = _Key(estimate, True, -1 - number)  # of which only that it is there matters
            if asked not in self._values:
                self._keep(asked, Values(*(np.zeros(0) for _ in range(4))))
                return None
            try:
                block = read(np.arange(number * _BLOCK, (number + 1) * _BLOCK), estimate)
            except (ValueError, ArithmeticError):
                return None  # of another degree: nobody asked for it
            self._keep(key, block)
        return Values(*(part[place : place + 1] for part in block))

    def _keep(self, key: _Key, found: Values) -> None:
        size = found.value.size + _ENTRY
        if size > self._most or not self._lock.acquire(blocking=False):
            return
        try:
            if key not in self._values:
                self._values[key] = found
                self._total += size
            while self._total > self._most:
                oldest = next(iter(self._values))
                self._total -= self._values.pop(oldest).value.size + _ENTRY
        finally:
            self._lock.release()
