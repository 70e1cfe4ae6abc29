"""The state that a process shares with its user: flint's precision and cap, and NumPy's error state.

Neither is ever changed for the user nor trusted from him. flint's precision belongs to the whole process, so that two
threads would set it for one another: every computation with balls runs inside `precision` or `at_least`, which
hold one lock and put back what was there, also after an exception. A public function that computes with balls carries
`with_balls` besides: what it puts back is put back after Ctrl-C too, at whatever moment it comes (it may come while a
context manager is left). What reads balls at the user's own precision (`kernel(arb)`) runs inside `own_precision`,
which only waits for the lock. The doors of what computes with NumPy carry `default_errors`: overflow, division and
invalid values warn, underflow is silent, whatever the user's setting.

Whoever holds the lock may read a cached property, and whoever computes a cached property may wait for the lock: in
Python 3.11 that is a deadlock, because `functools.cached_property` holds a lock of its own. `cached_property` here
has none (as from Python 3.12 on): two threads at the same moment compute the same value twice.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NamedTuple, ParamSpec, TypeVar

import numpy as np

if TYPE_CHECKING:
    from .arithmetic_protocol import MpmathContext

P = ParamSpec("P")
T = TypeVar("T")

_LOCK = threading.RLock()
_OWN = threading.local()
LONGEST = 1 << 30  # a cap that cuts no series

# A decorator of doors.
default_errors = np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")


class _Holder:
    """Which thread computes with balls, and what flint's precision and cap are to its user."""

    thread = 0
    users: tuple[int, int] | None = None


def _after_fork() -> None:
    # A child that was forked while another thread computed would wait for it for ever, at that thread's precision.
    global _LOCK
    _LOCK = threading.RLock()
    if _Holder.thread and _Holder.thread != threading.get_ident():
        import flint

        _Holder.thread = 0
        if _Holder.users is not None:
            flint.ctx.prec, flint.ctx.cap = _Holder.users


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _Precision:
    """flint's precision and cap for a block, under the lock; None leaves either as it is."""

    def __init__(self, bits: int | None, cap: int | None, least: bool = False) -> None:
        self._bits, self._cap, self._least = bits, cap, least
        self._lock: threading.RLock | None = None

    def __enter__(self) -> None:
        import flint

        me = threading.get_ident()
        if _Holder.thread != me:
            lock = _LOCK
            lock.acquire()
            self._lock = lock
            _Holder.users, _Holder.thread = (flint.ctx.prec, flint.ctx.cap), me
        self._saved = flint.ctx.prec, flint.ctx.cap
        if self._bits is not None:
            flint.ctx.prec = max(self._bits, flint.ctx.prec) if self._least else self._bits
        if self._cap is not None:
            flint.ctx.cap = self._cap

    def __exit__(self, *error: object) -> None:
        import flint

        flint.ctx.prec, flint.ctx.cap = self._saved
        if self._lock is not None:
            _Holder.thread = 0
            self._lock.release()


def precision(bits: int | None = None, cap: int = LONGEST) -> contextlib.AbstractContextManager[None]:
    """flint's precision in bits (None: as it is), and its cap on the length of series, for a block."""
    return _Precision(bits, cap)


def at_least(bits: int) -> contextlib.AbstractContextManager[None]:
    """flint's precision raised to this many bits, if it is lower, for a block."""
    return _Precision(bits, LONGEST, least=True)


def own_precision() -> contextlib.AbstractContextManager[None]:
    """The user's own precision for a block, which no other thread's computation changes meanwhile."""
    return _Precision(None, None)


class Reached(NamedTuple, Generic[T]):
    """The last value that was computed, the precision that it was computed at, and whether it is good."""

    value: T
    precision: int
    good: bool


def good(
    evaluate: Callable[[int], T], enough: Callable[[T], bool], first: int, most: int, factor: int = 2
) -> Reached[T]:
    """The first of evaluate(first), evaluate(factor * first), ... that is enough, up to a precision of `most`.

    Where none is, the last one, which says so: this is how a precision is raised everywhere here. `evaluate` computes
    at the precision that it is given, in bits or in digits.

    >>> good(lambda digits: round(2 / 3, digits), lambda x: abs(x - 2 / 3) < 1e-6, 2, 100)
    Reached(value=0.66666667, precision=8, good=True)
    """
    bits = first
    while True:
        value = evaluate(bits)
        reached = enough(value)
        if reached or factor * bits > most:
            return Reached(value, bits, reached)
        bits *= factor


def with_balls(function: Callable[P, T]) -> Callable[P, T]:
    """A decorator of public functions that compute with balls: one thread at a time, and the user's state put back.

    Ctrl-C cannot come between these lines and skip one: Python looks for it after calls only. NumPy's error state is
    the default one (`default_errors`).
    """
    function = default_errors(function)

    @functools.wraps(function)
    def guarded(*args: P.args, **options: P.kwargs) -> T:
        import flint

        me = threading.get_ident()
        if _Holder.thread == me:
            return function(*args, **options)
        with _LOCK:
            saved = flint.ctx.prec, flint.ctx.cap
            try:
                _Holder.users, _Holder.thread = saved, me
                return function(*args, **options)
            finally:
                flint.ctx.prec, flint.ctx.cap = saved
                _Holder.thread = 0

    return guarded


if TYPE_CHECKING:
    from functools import cached_property as cached_property
else:

    class cached_property(functools.cached_property):  # noqa: N801 - the name of what it stands for
        """`functools.cached_property` without a lock; see the module."""

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            values, name = instance.__dict__, self.attrname
            if name not in values:
                values[name] = self.func(instance)
            return values[name]


def mpmath_context(digits: int) -> MpmathContext:
    """This thread's mpmath context of this many digits: its numbers leave `mpmath.mp` as it is."""
    from mpmath.ctx_mp import MPContext

    contexts: dict[int, MpmathContext] = _OWN.__dict__.setdefault("contexts", {})
    if digits not in contexts:
        contexts[digits] = MPContext()
        contexts[digits].dps = digits
    return contexts[digits]
