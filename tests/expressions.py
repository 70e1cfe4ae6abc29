"""What tests share: strategies for the kernels that have every reading, and a limit of time for what must not hang."""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator
from types import FrameType

import pytest
from hypothesis import strategies as st
from problems import Family

import kernelspec as ks
from kernelspec import Zonal, testing
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.testing.kernel_strategies import EXACT_FAMILIES

EPS = 2.0**-52


def untyped(value: Value) -> Value:
    """Return value, its type hidden from the type checker: it is wrong on purpose."""
    return value


def without_address(value: object) -> str:
    """What is printed of value, with no address in memory: a test's name is the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))


@contextlib.contextmanager
def time_limit(seconds: float = 60) -> Iterator[None]:
    """Fail where the block takes more processor time, or 20 times as long by the clock because it waits for something.

    A guard against what would not end, and no measure of speed: that is for `benchmarks/`. Where the system has no
    interval timers the block is only run.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"it takes longer than {seconds} seconds", pytrace=False)

    timers = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, 20 * seconds))
    before = [signal.signal(number, stop) for _, number, _ in timers]
    for timer, _, limit in timers:  # again and again: what is raised while garbage is collected is lost
        signal.setitimer(timer, limit, 1.0)
    try:
        yield
    finally:
        for (timer, number, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0.0)
            signal.signal(number, handler)


def exact_kernels() -> st.SearchStrategy[Zonal]:
    """Kernels with exact expansions at both ends: all operators, and the families of which any expression has them."""
    return testing.kernels(families=EXACT_FAMILIES)


def exact_cosines() -> st.SearchStrategy[Zonal]:
    """The same with kappa(1) = 1."""
    return testing.cosines(EXACT_FAMILIES)


def exact_atoms() -> st.SearchStrategy[Zonal]:
    """The named ones among them."""
    return testing.cosine_atoms(EXACT_FAMILIES)


def inner_cosines() -> st.SearchStrategy[float]:
    """u inside (-1, 1), away from both ends."""
    return st.integers(-60, 60).map(lambda n: n / 64)


def kernel_of(family: Family) -> Zonal:
    """The kernel of a family with the right values of its parameters."""
    kernel: Zonal = getattr(ks, family.name)(**family.arguments)
    return kernel
