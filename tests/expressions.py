"""Hypothesis strategies for kernels, and a limit of time for what must not hang."""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator
from fractions import Fraction
from types import FrameType
from typing import Any

import pytest
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal

ACTIVATIONS = ("relu", "step", "erf", "sin", "cos", "exp", "gelu", "abs")


def untyped(value: Any) -> Any:
    """Return value, its type hidden from the type checker: it is wrong on purpose."""
    return value


def without_address(value: object) -> str:
    """What is printed of value, with no address in memory: a test's name is the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Fail where the block takes more processor time, or 20 times as long by the clock because it waits for something.

    Where the system has no interval timers it is only run.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"it takes longer than {seconds} seconds", pytrace=False)

    timers = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, 20 * seconds),
    )
    before = [signal.signal(number, stop) for _, number, _ in timers]
    for (
        timer,
        _,
        limit,
    ) in timers:  # again and again: what is raised while garbage is collected is lost
        signal.setitimer(timer, limit, 1.0)
    try:
        yield
    finally:
        for (timer, number, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0.0)
            signal.signal(number, handler)


def positive(least: Fraction = Fraction(1, 100), largest: int = 5) -> st.SearchStrategy[Fraction]:
    """Positive rationals and decimals of moderate size."""
    decimals = st.integers(int(100 * least), 100 * largest).map(lambda n: Fraction(n, 100))
    return st.one_of(
        decimals, st.fractions(max(least, Fraction(1, 10)), largest, max_denominator=12)
    )


def scalars() -> st.SearchStrategy[Any]:
    """What a kernel may be multiplied by: integers, rationals, floats; not 0."""
    floats = st.floats(-8, 8).map(lambda x: round(x, 6))
    return st.one_of(st.integers(-5, 5), st.fractions(-3, 3, max_denominator=9), floats).filter(
        bool
    )


def exponents() -> st.SearchStrategy[Fraction]:
    """gamma of the generalised Laplace kernel."""
    return st.fractions(Fraction(1, 8), 1, max_denominator=8)


def cosine_atoms() -> st.SearchStrategy[Zonal]:
    """Named kernels with kappa(1) = 1, of every family: what may stand inside a composition."""
    return st.one_of(
        st.integers(0, 4).map(ks.arccos),
        st.integers(1, 5).map(ks.polynomial),
        # Narrower Gaussians leave the reach of the branch-cut integral, which then says so.
        positive(Fraction(1, 4)).map(ks.exponential),
        st.builds(ks.laplace, positive(), exponents()),
        st.builds(ks.rf, st.integers(1, 5), st.integers(0, 3)),
        st.builds(_normalized_ntk, st.integers(1, 4), st.booleans()),
    )


def cosines() -> st.SearchStrategy[Zonal]:
    """Kernels with kappa(1) = 1: mixtures, products and compositions of the atoms."""

    def extend(children: st.SearchStrategy[Zonal]) -> st.SearchStrategy[Zonal]:
        weights = st.fractions(Fraction(1, 6), Fraction(5, 6), max_denominator=6)
        return st.one_of(
            st.builds(lambda a, b, w: w * a + (1 - w) * b, children, children, weights),
            st.builds(lambda a, b: a * b, children, children),
            st.builds(lambda a, b: a @ b, children, children),
        )

    return st.recursive(cosine_atoms(), extend, max_leaves=3)


def kernels() -> st.SearchStrategy[Zonal]:
    """Zonal functions, finite on [-1, 1]: all families and all operators."""
    atoms = st.one_of(
        cosine_atoms(),
        st.builds(ks.ntk, st.integers(1, 4), st.booleans()),
        st.just(ks.polynomial(0)),
        st.sampled_from(ACTIVATIONS).map(ks.dual),
        st.builds(lambda a: ks.dual("leaky_relu", slope=a), st.fractions(-2, 2, max_denominator=5)),
        st.lists(st.integers(-20, 20).map(lambda n: n / 16), min_size=1, max_size=4).map(
            lambda b: ks.power_series(*b)
        ),
        st.sampled_from([Fraction(1, 2), Fraction(3, 2), Fraction(2)]).map(ks.sine_power),
        st.sampled_from([Fraction(1, 3), Fraction(3, 2)]).map(ks.defect_power),
    )

    def extend(children: st.SearchStrategy[Zonal]) -> st.SearchStrategy[Zonal]:
        return st.one_of(
            st.builds(lambda a, b: a + b, children, children),
            st.builds(lambda a, b: a - b, children, children),
            st.builds(lambda a, b: a * b, children, children),
            st.builds(lambda a, c: c * a, children, scalars()),
            st.builds(lambda a, b: a @ b, children, cosines()),
        )

    return st.recursive(atoms, extend, max_leaves=4)


def inner_cosines() -> st.SearchStrategy[float]:
    """u inside (-1, 1), away from both ends."""
    return st.integers(-60, 60).map(lambda n: n / 64)


def _normalized_ntk(depth: int, bias: bool) -> Zonal:
    return Fraction(1, depth + bias) * ks.ntk(depth, bias)
