"""flint's precision and cap, mpmath's and NumPy's states: the user's own, whatever is computed, in threads too."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.decay.power_laws import asymptotes
from kernelspec.expansions import ball_expansion
from kernelspec.expansions import ramification as ramification_of
from kernelspec.numbers import precision as state
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.rkhs import recheck
from kernelspec.spectrum import analyticity, angular_quadrature, asymptotic, end_expansions
from kernelspec.spectrum.ball_route import BallRoute
from kernelspec.spectrum.branch_cut import branch_cut_route
from kernelspec.sphere.legendre_polynomials import gauss_legendre


def forget() -> None:
    """Empty the caches of what is computed with balls."""
    for cached in (
        end_expansions.expansion,
        asymptotic.remainder,
        angular_quadrature.quadrature,
        branch_cut_route,
        gauss_legendre,
    ):
        cached.cache_clear()


@pytest.fixture
def often() -> Iterator[None]:
    """Threads change places every few steps."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    forget()
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@pytest.fixture
def odd_settings() -> Iterator[tuple[int, int]]:
    """A user who computes with five digits and series of two terms."""
    forget()
    before = flint.ctx.prec, flint.ctx.cap
    flint.ctx.dps, flint.ctx.cap = 5, 2
    try:
        yield flint.ctx.prec, flint.ctx.cap
    finally:
        flint.ctx.prec, flint.ctx.cap = before


NTK, SHORT = ks.ntk(3), ks.ntk(2)
SMOOTH = 0.5 * ks.dual("exp") + ks.exponential(0.7) @ (0.5 * ks.linear())
# Kernels of their own, so that no cache of another test answers.
DOORS: dict[str, Callable[[], Any]] = {
    "taylor": lambda: NTK.taylor(12, 40),
    "certified": lambda: NTK.spectrum(5).certified([3, 4, 8], 25),
    "certified beyond the quadrature": lambda: NTK.spectrum(5).certified(10**6, 15),
    "values by the contour": lambda: NTK.spectrum(5)(np.arange(40)),
    "values by balls": lambda: ks.exponential(0.05).spectrum(3)[3],
    "values by Taylor series": lambda: SMOOTH.spectrum(4)(np.arange(12)),
    "logarithms by Taylor series": lambda: SMOOTH.spectrum(4).log_abs(np.arange(12)),
    "logarithms by balls": lambda: BallRoute(NTK).values(3, np.arange(4)).log_abs,
    "exact": lambda: ks.arccos(1).spectrum(3).exact(4),
    "asymptotic": lambda: NTK.spectrum(4).asymptotic(50, 2),
    "asymptotic ball": lambda: NTK.spectrum(4).asymptotic_ball(50, 2, digits=30),
    "asymptotic_bound": lambda: SHORT.spectrum(4).asymptotic_bound(50, 2),
    "remainder": lambda: SHORT.spectrum(4).remainder(2),
    "remainder.term": lambda: SHORT.spectrum(4).remainder(2).term(1, 40),
    "remainder.sum": lambda: SHORT.spectrum(4).remainder(2).sum(40),
    "remainder.bound": lambda: SHORT.spectrum(4).remainder(2).bound(40),
    "remainder.beyond": lambda: SHORT.spectrum(4).remainder(2).beyond(40),
    "expand": lambda: ks.rf(4).expand(at=-1, terms=3),
    "expand.balls": lambda: ks.rf(4).expand(at=-1, terms=3).balls(30),
    "expand.evalf": lambda: ks.rf(4).expand(at=-1, terms=3).evalf(30),
    "expand called": lambda: ks.rf(4).expand(at=-1, terms=3)(0.01),
    "expand squared": lambda: ks.rf(3).expand(terms=3) * ks.rf(3).expand(terms=3),
    "ball_expansion": lambda: ball_expansion(ks.rf(3), 1, 2, 8, 100),
    "ramification": lambda: ramification_of(ks.rf(4, degree=0), 1),
    "decay": lambda: ks.rf(4).decay(5),
    "decay at": lambda: ks.rf(4).decay(5).at(100),
    "asymptotes": lambda: asymptotes(ks.rf(3)),
    "same_rkhs": lambda: ks.same_rkhs(ks.rf(3), ks.ntk(4) * Fraction(1, 4), d=3),
    "recheck": lambda: recheck(ks.same_rkhs(ks.rf(3), ks.rf(4), d=3).proof.data()),  # type: ignore[union-attr]
    "legendre": lambda: gauss_legendre(20),
    "float values": lambda: NTK(np.linspace(-1, 1, 9)),
    "mpmath values": lambda: NTK(mpmath.mpf(1) / 3),
    "gram": lambda: NTK.gram([[1.0, 2.0], [0.5, -1.0]]),
}


@pytest.mark.parametrize("name", list(DOORS))
def test_the_users_settings_neither_change_nor_count(name: str, odd_settings: tuple[int, int]) -> None:
    mp, iv = mpmath.mp.dps, mpmath.iv.dps
    found = repr_of(DOORS[name]())
    assert (flint.ctx.prec, flint.ctx.cap) == odd_settings
    assert (mpmath.mp.dps, mpmath.iv.dps) == (mp, iv)
    forget()
    flint.ctx.prec, flint.ctx.cap = 53, 10
    assert repr_of(DOORS[name]()) == found
    flint.ctx.prec, flint.ctx.cap = odd_settings


def repr_of(value: Value) -> str:
    """All digits of a result."""
    if isinstance(value, flint.arb):
        return str((value.mid().man_exp(), value.rad().man_exp()))
    if isinstance(value, tuple | list):
        return str([repr_of(x) for x in value])
    if isinstance(value, np.ndarray):
        return str([x.hex() for x in value.ravel().tolist()])
    if isinstance(value, asymptotic.Remainder):
        return repr_of([value.terms, value.constant, value.height, value.largest])
    return repr(value)


def test_a_users_ball_is_read_at_his_precision() -> None:
    before = flint.ctx.dps
    try:
        flint.ctx.dps = 60
        assert NTK(flint.arb(1) / 3).rel_accuracy_bits() > 190
        theta = flint.arb(1) / 3
        assert NTK.of_angle(theta).rel_accuracy_bits() > 190
        flint.ctx.dps = 5
        assert NTK(flint.arb(1) / 3).rel_accuracy_bits() < 25
    finally:
        flint.ctx.dps = before


@pytest.mark.parametrize("error", [KeyboardInterrupt, LookupError])
@pytest.mark.parametrize("name", ["taylor", "certified", "asymptotic_bound", "same_rkhs"])
def test_nothing_changes_after_an_error(
    name: str, error: type[BaseException], odd_settings: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **options: Any) -> Any:
        assert (flint.ctx.prec, flint.ctx.cap) != odd_settings
        raise error

    for place in (analyticity, angular_quadrature):
        monkeypatch.setattr(place, "cover", fail)
    monkeypatch.setattr("kernelspec.kernels.ball_values.SeriesArithmetic", fail)
    with pytest.raises(error):
        DOORS[name]()
    assert (flint.ctx.prec, flint.ctx.cap) == odd_settings
    assert free()


def free() -> bool:
    """Whether another thread gets the lock."""
    done = threading.Event()

    def take() -> None:
        with state.precision(64):
            done.set()

    threading.Thread(target=take, daemon=True).start()
    return done.wait(5)


def test_ctrl_c_at_any_moment() -> None:
    # A real signal, again and again, at moments that nobody chose.
    script = """
        import signal, threading, random, time
        import flint, kernelspec as ks
        from kernelspec.numbers import precision as state
        flint.ctx.dps, flint.ctx.cap = 7, 3
        before = flint.ctx.prec, flint.ctx.cap
        doors = [
            lambda: ks.ntk(2).taylor(6),
            lambda: ks.arccos(1).spectrum(3).certified(4),
            lambda: ks.rf(3).expand(at=-1).balls(20),
            lambda: state.with_balls(inner)(),
        ]
        def inner():
            for _ in range(50):
                with state.precision(100):
                    with state.at_least(120):
                        pass
        for door in doors:
            door()
        random.seed(0)
        stopped = 0
        def stop(number, frame):
            raise KeyboardInterrupt
        for i in range(1200):
            door = doors[i % len(doors)]
            try:
                # The handler stands only inside, so that nothing outside the door is hit.
                signal.signal(signal.SIGALRM, stop)
                signal.setitimer(signal.ITIMER_REAL, random.uniform(2e-5, 6e-4))
                door()
                signal.signal(signal.SIGALRM, signal.SIG_IGN)
            except KeyboardInterrupt as error:
                kept = error  # and with it the frames
                stopped += 1
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            assert (flint.ctx.prec, flint.ctx.cap) == before, i
            if i % 20 == 0:
                done = threading.Event()
                def take():
                    with state.precision(64):
                        done.set()
                threading.Thread(target=take, daemon=True).start()
                assert done.wait(5), i
        print(stopped)
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=os.path.dirname(os.path.dirname(ks.__file__)),
    )
    assert found.returncode == 0, found.stderr
    assert int(found.stdout) > 200  # most of them came while something was computed


def test_taylor_in_threads(often: None) -> None:
    # Once an enclosure of b_30 = 2.9e-5 was exactly 0 here.
    kernel = ks.rf(3)
    jobs = [(31 + 7 * (i % 5), 10 + 15 * (i % 4)) for i in range(24)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda job: kernel.taylor(*job), jobs))
    truth = kernel.taylor(80, 120)
    for (terms, digits), balls in zip(jobs, found, strict=True):
        assert len(balls) == terms
        for mine, right in zip(balls, truth, strict=False):
            assert mine.contains(right) or mine.overlaps(right)
            assert right == 0 or mine.rel_accuracy_bits() > digits * 3


def test_certified_in_threads(often: None) -> None:
    # Once false ArithmeticErrors, and a dps of 616 left behind.
    before = flint.ctx.dps
    jobs = [(d, k, digits) for d in (3, 6) for k in (2, 7, 12) for digits in (12, 45)]

    def certify(job: tuple[int, int, int]) -> Any:
        d, k, digits = job
        return ks.rf(3).spectrum(d).certified(k, digits)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(certify, jobs))
    assert flint.ctx.dps == before
    forget()
    for job, ball in zip(jobs, found, strict=True):
        assert ball.overlaps(certify(job))
        assert ball.rel_accuracy_bits() >= job[2] * 3.3


def test_all_doors_in_threads(often: None) -> None:
    before = flint.ctx.prec, flint.ctx.cap
    names = [name for name in DOORS if name != "certified beyond the quadrature"]
    expected = {name: repr_of(DOORS[name]()) for name in names}
    forget()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda name: repr_of(DOORS[name]()), names * 2))
    assert (flint.ctx.prec, flint.ctx.cap) == before
    for name, value in zip(names * 2, found, strict=True):
        assert value == expected[name], name


def test_one_spectrum_in_threads(often: None) -> None:
    k = np.arange(130)
    for kernel in (SMOOTH, ks.ntk(4), ks.laplace() * ks.rf(3)):
        truth = kernel.spectrum(3).log_abs(k)
        forget()
        shared = kernel.spectrum(3)
        chunks = [k[i::7] for i in range(7)]
        with ThreadPoolExecutor(7) as pool:
            found = list(pool.map(shared.log_abs, chunks))
        for chunk, logs in zip(chunks, found, strict=True):
            np.testing.assert_allclose(logs, truth[chunk], rtol=0, atol=2e-13 * (1 + 2 * len(k)))


def test_equal_numbers_are_found_equal_in_threads(often: None) -> None:
    # Generators and keys are interned: two of one kind would never cancel.
    def difference(seed: int) -> bool:
        a = ks.rf(4).expand(at=-1, terms=4)
        b = ks.rf(4).expand(at=-1, terms=4)
        return not (a - b).entries

    for _ in range(5):
        with ThreadPoolExecutor(6) as pool:
            assert all(pool.map(difference, range(6)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_does_not_wait_for_a_thread_that_it_has_not() -> None:
    script = """
        import os, threading, flint, kernelspec as ks
        from kernelspec.numbers import precision as state
        flint.ctx.dps = 31
        inside, go = threading.Event(), threading.Event()
        def hold():
            with state.precision(999, cap=4):
                inside.set()
                go.wait(30)
        threading.Thread(target=hold, daemon=True).start()
        inside.wait()
        child = os.fork()
        if child == 0:
            mu = ks.rf(3).spectrum(3).certified(2, 20)
            os._exit(0 if flint.ctx.dps == 31 and mu > 0 else 3)
        _, status = os.waitpid(child, 0)
        go.set()
        print(os.waitstatus_to_exitcode(status))
    """
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=os.path.dirname(os.path.dirname(ks.__file__)),
    )
    assert found.stdout.strip() == "0", (found.stdout, found.stderr)


def test_no_deadlock_between_the_lock_and_a_cached_property() -> None:
    # One thread holds the lock and asks for the property, which another one computes, waiting for the lock.
    class Holder:
        @state.cached_property
        def value(self) -> int:
            started.set()
            time.sleep(0.1)
            with state.precision(64):
                return 5

    started, holder = threading.Event(), Holder()

    def compute() -> None:
        assert holder.value == 5

    other = threading.Thread(target=compute, daemon=True)
    with state.precision(80):
        other.start()
        started.wait(5)
        assert Holder().value == 5
    other.join(5)
    assert not other.is_alive()
    assert holder.value == 5 and holder.__dict__ == {"value": 5}


def test_nested_blocks_put_back_what_they_found() -> None:
    before = flint.ctx.prec, flint.ctx.cap
    with state.precision(100, cap=7):
        with state.at_least(50):
            assert (flint.ctx.prec, flint.ctx.cap) == (100, state.LONGEST)
        assert (flint.ctx.prec, flint.ctx.cap) == (100, 7)
        with state.at_least(200):
            assert flint.ctx.prec == 200
        with state.own_precision():
            assert (flint.ctx.prec, flint.ctx.cap) == (100, 7)
        with pytest.raises(ValueError, match="inside"), state.precision(300):
            raise ValueError("inside")
        assert (flint.ctx.prec, flint.ctx.cap) == (100, 7)
    assert (flint.ctx.prec, flint.ctx.cap) == before
