"""Processes that are killed, wherever they are: what is finished is kept, and nothing else is computed again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec.files import atomic
from kernelspec.learning import gram_job, open_gram
from kernelspec.learning.jobs import problem, worker

if sys.platform != "linux":
    pytest.skip("SIGKILL, and workers that inherit what a test has changed", allow_module_level=True)

KERNEL = ks.ntk(2)
X = np.random.default_rng(22).standard_normal((24, 4))
EXACT = KERNEL.gram(X)
ROUNDING = 50 * float(np.finfo(np.float64).eps) * float(np.abs(EXACT).max())
BLOCKS = 36  # of three rows: 8 * 9 / 2


def pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, multiprocessing.get_context("fork"))


def dying(call: Callable[..., Any], times: Path) -> Callable[..., Any]:
    """The call, in place of which a worker dies while a file is in the folder `times`, one for each time."""
    parent = os.getpid()

    def instead(*arguments: Any, **keywords: Any) -> Any:
        if os.getpid() != parent:
            for path in times.iterdir():
                path.unlink(missing_ok=True)
                os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **keywords)

    return instead


@pytest.fixture
def times(tmp_path: Path) -> Path:
    (tmp_path / "times").mkdir()
    return tmp_path / "times"


def kill(times: Path, count: int) -> None:
    for number in range(count):
        (times / str(number)).touch()


WHERE = {
    "in a block": (worker, "evaluate"),
    "before the file": (worker, "write_block"),
    "between write and name": (atomic.os, "replace"),  # type: ignore[attr-defined]
    "behind the file": (worker, "_settle"),  # of the next block, when the first is written
}


@pytest.mark.parametrize("where", WHERE)
def test_a_worker_that_is_killed(where: str, tmp_path: Path, times: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error, said once, where an executor was given; a function makes another one, and the matrix is whole."""
    module, name = WHERE[where]
    monkeypatch.setattr(module, name, dying(getattr(module, name), times))
    kill(times, 1)
    with pool() as broken:
        with pytest.raises(BrokenExecutor, match=r"executor: it broke, as it does when a worker is killed") as caught:
            gram_job(KERNEL, X, store=tmp_path / "k", block=3, executor=broken, pending=4)
    left = open_gram(tmp_path / "k").missing
    assert caught.value.__notes__ == [
        f"{left} of {BLOCKS} blocks are missing in '{tmp_path / 'k'}'; the same call goes on there"
    ]
    kill(times, 2)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "k" / "blocks").glob("[!.]*")}
    assert len(before) == BLOCKS - left
    found = gram_job(KERNEL, X, store=tmp_path / "k", executor=pool, pending=4)
    assert found.missing == 0 and found.verify() == [] and not list(times.iterdir())
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    np.testing.assert_allclose(found.array(), EXACT, rtol=0, atol=ROUNDING)


def test_a_block_that_kills_every_worker(tmp_path: Path, times: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pools, and no more; then the others are there."""
    kill(times, 99)
    monkeypatch.setattr(worker, "evaluate", dying(problem.evaluate, times))
    made = list[int]()

    def counted() -> ProcessPoolExecutor:
        made.append(1)
        return pool()

    with pytest.raises(BrokenExecutor, match=r"it broke, 3 times before one block was done"):
        gram_job(KERNEL, X, store=tmp_path / "k", block=3, executor=counted)
    assert len(made) == 3


CODE = """
import multiprocessing, os, signal, sys, time
sys.path[:0] = sys.argv[3:]
import test_jobs_killed as t
from kernelspec.files import atomic
folder, where = sys.argv[1:3]
made = []
def pool():
    made.append(t.ProcessPoolExecutor(2, multiprocessing.get_context(where if where != "manifest" else "fork")))
    return made[0]
def progress(work, total):
    for number, step in enumerate(work):
        yield step
        if number == 20:  # another child of the call goes on, and has the pipes of forked workers
            other = multiprocessing.get_context("fork").Process(target=time.sleep, args=(300,))
            other.start()
            open(folder + ".pids", "w").write(" ".join(map(str, [*made[0]._processes, other.pid])))
            os.kill(os.getpid(), signal.SIGKILL)
if where == "manifest":
    rename = atomic.os.replace
    def replace(old, new):
        if "manifest" in str(new):
            os.kill(os.getpid(), signal.SIGKILL)
        rename(old, new)
    atomic.os.replace = replace
t.gram_job(t.KERNEL, t.X, store=folder, block=3, executor=pool, pending=4, progress=progress)  # so some are left
"""


@pytest.mark.parametrize("where", ["fork", "forkserver", "manifest"])
def test_a_call_that_is_killed(where: str, tmp_path: Path) -> None:
    """Its workers end with it; what it has done is not done again, and no lock of it stands in the way."""
    paths = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run([sys.executable, "-c", CODE, str(tmp_path / "k"), where, *paths], check=False, timeout=300)
    assert done.returncode == -signal.SIGKILL
    folder = tmp_path / "k" / "blocks"
    if where != "manifest":
        *workers, other = map(int, (tmp_path / "k.pids").read_text().split())
        end = time.monotonic() + 60
        while (left := list(filter(runs, workers))) and time.monotonic() < end:
            time.sleep(0.05)
        for process in (*left, other):
            os.kill(process, signal.SIGKILL)
        assert workers and not left, "workers go on without the call"
    before = {path: path.stat().st_mtime_ns for path in folder.glob("[!.]*")}
    assert bool(before) == (where != "manifest")
    seen = list[int]()

    def progress(work: Any, total: int) -> Any:
        seen.append(total)
        return work

    found = gram_job(KERNEL, X, store=tmp_path / "k", block=3, progress=progress)
    cut = found.store.manifest.cut
    if where != "manifest":
        assert seen[0] <= 64 - 20  # 28 blocks of two steps and 8 of one
    else:
        assert seen == [64]
    kept = {found.store.block_path(place): cut.weight(place) for place in cut}
    assert seen[0] == 64 - sum(kept[path] for path in before)
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    assert found.verify() == [] and found.missing == 0
    np.testing.assert_allclose(found.array(), EXACT, rtol=0, atol=ROUNDING)


def runs(process: int) -> bool:
    """Whether it has not ended: one that has, and that nobody waits for, has no command line."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except OSError:
        return False
