"""Kernels of signals by several workers: forked processes, or threads, with the values of one worker."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.engine import schedule
from kernelspec.gram import blocks, workers

pytest.importorskip("threadpoolctl")

RELU = ckn.Network(
    [ckn.Layer(3, ks.arccos(1), ckn.gaussian(1), stride=1), ckn.Layer(2, ks.arccos(1), ckn.average(2), stride=2)]
)


@pytest.fixture(params=["processes", "threads"])
def several(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """However little there is to do, several workers do it."""
    monkeypatch.setattr(blocks, "_LIGHT", 0)
    if request.param == "processes" and not workers.can_fork():
        pytest.skip("this system cannot fork")
    if request.param == "threads":
        monkeypatch.setattr(workers, "can_fork", lambda: False)
        monkeypatch.setattr(schedule, "can_fork", lambda: False)
    return str(request.param)


@pytest.mark.parametrize("tangent", [False, True, "both"])
@pytest.mark.parametrize("memory", [2**23, 2**30])
def test_the_same_values(several: str, tangent: bool, memory: int, rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((10, 7, 6, 2)), rng.standard_normal((8, 7, 6, 2))
    for other in (None, y):
        one = RELU.gram(x, other, tangent=tangent, threads=1, memory=memory)
        three = RELU.gram(x, other, tangent=tangent, threads=3, memory=memory)
        # Chunks may differ with the number of workers, and so the order of sums.
        np.testing.assert_allclose(three, one, rtol=1e-13)
    k = RELU.gram(x, threads=3, memory=memory)
    assert np.array_equal(k, k.T)


def test_distances_and_norms(several: str, rng: np.random.Generator) -> None:
    x = rng.standard_normal((30, 9, 8, 2))
    d = RELU.distances(x, threads=2)
    assert np.array_equal(d, d.T) and not d.diagonal().any()
    np.testing.assert_allclose(RELU.norms(x) ** 2, np.diag(RELU.gram(x, threads=1)), rtol=1e-14)


def test_an_error_of_a_worker_comes_through(several: str) -> None:
    net = ckn.Network([ckn.Layer(1, ckn.square), ckn.Layer(1, ckn.square), ckn.Layer(1, ckn.square)])
    x = np.full((30, 2, 2, 1), 1e45)
    with pytest.raises(ValueError, match="the kernel overflows"):
        net.gram(x, threads=2)


def test_an_interrupted_run_ends_its_workers(several: str, rng: np.random.Generator) -> None:
    class Stopped(Exception):
        pass

    def stop(steps: Iterator[int], total: int) -> Iterator[int]:
        yield next(iter(steps))
        raise Stopped

    x = rng.standard_normal((60, 9, 8, 2))
    before = set(multiprocessing.active_children())  # of other tests of this process
    with pytest.raises(Stopped):
        RELU.gram(x, threads=2, progress=stop)
    assert set(multiprocessing.active_children()) <= before
    assert RELU.gram(x[:3], threads=2).shape == (3, 3)


def test_light_work_needs_no_workers(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    def never(*_: object) -> Any:
        raise AssertionError("workers for nothing")

    monkeypatch.setattr(workers, "_by_processes", never)
    monkeypatch.setattr(workers, "_by_threads", never)
    assert RELU.gram(rng.standard_normal((5, 9, 8, 2)), threads=2).shape == (5, 5)


def _in_a_daemon(rows: int) -> tuple[int, int]:
    x = np.random.default_rng(0).standard_normal((rows, 9, 8, 2))
    shape: tuple[int, int] = RELU.gram(x, threads=2).shape
    return shape


def test_within_a_worker_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of a pool may have no children: there, threads."""
    if not workers.can_fork():
        pytest.skip("this system cannot fork")
    monkeypatch.setattr(blocks, "_LIGHT", 0)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_in_a_daemon, (20,)) == (20, 20)
