"""The state that a process shares with its user: flint's precision and cap, and NumPy's error state.

Neither is ever changed for the user nor trusted from him. flint's precision belongs to the whole process, so that two
threads would set it for one another: every computation with balls runs inside `precision` or `at_least`, which
hold one lock and put back what was there, also after an exception or Ctrl-C. What reads balls at the user's own
precision (`kernel(arb)`) runs inside `own_precision`, which only waits for the lock. The doors of what computes with
NumPy carry `default_errors`: overflow, division and invalid values warn, underflow is silent, whatever the user's
setting.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

_LOCK = threading.RLock()
_OWN = threading.local()
LONGEST = 1 << 30  # a cap that cuts no series

# A decorator of doors.
default_errors = np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")


def _new_lock() -> None:
    # A child that was forked while another thread computed would wait for it for ever.
    global _LOCK
    _LOCK = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)


@contextlib.contextmanager
def precision(bits: int | None = None, cap: int = LONGEST) -> Iterator[None]:
    """flint's precision in bits (None: as it is), and its cap on the length of series, for a block."""
    import flint

    with _LOCK:
        saved = flint.ctx.prec, flint.ctx.cap
        try:
            if bits is not None:
                flint.ctx.prec = bits
            flint.ctx.cap = cap
            yield
        finally:
            flint.ctx.prec, flint.ctx.cap = saved


@contextlib.contextmanager
def at_least(bits: int) -> Iterator[None]:
    """flint's precision raised to this many bits, if it is lower, for a block."""
    import flint

    with _LOCK, precision(max(flint.ctx.prec, bits)):
        yield


def mpmath_context(digits: int) -> Any:
    """This thread's mpmath context of this many digits: its numbers leave `mpmath.mp` as it is."""
    from mpmath.ctx_mp import MPContext

    contexts: dict[int, Any] = _OWN.__dict__.setdefault("contexts", {})
    if digits not in contexts:
        contexts[digits] = MPContext()
        contexts[digits].dps = digits
    return contexts[digits]


def own_precision() -> contextlib.AbstractContextManager[bool]:
    """The user's own precision for a block, which no other thread's computation changes meanwhile."""
    return _LOCK
