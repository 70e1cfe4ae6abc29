"""Gram matrices in blocks: the matrix of `gram`, whatever computes it; taken up again, and told from others."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from expressions import untyped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups
from kernelspec.files import atomic
from kernelspec.learning import BlockMatrix, gram_job, open_gram
from kernelspec.learning.jobs import block_file, door, driver, store, worker
from kernelspec.learning.jobs import manifest as description
from kernelspec.numbers.arithmetic_protocol import Value

RELU = ks.arccos(1)
RNG = np.random.default_rng(21)
VECTORS = RNG.standard_normal((23, 5))
VECTORS[7], VECTORS[9], VECTORS[20] = VECTORS[2], 0.0, -3 * VECTORS[2]
IMAGES = RNG.standard_normal((7, 6, 5, 2))
SQUARES = RNG.standard_normal((4, 4, 4, 1))
NET = ckn.Network((ckn.Layer(3, RELU, ckn.gaussian(1), stride=2), ckn.Layer(2, RELU)))
GROUP = groups.Network(groups.cyclic(4), (groups.Layer(3, RELU), groups.Layer(3, RELU)))
# Blocks are matrix products of other shapes: 50 roundings of (K(x, x) K(y, y))^(1/2), as for the files of `gram`.
ROUNDINGS = 50


class Cut(Exception):
    """Stands for whatever ends a run."""


class Calling(Executor):
    """Computes in the calling thread, and is no executor that is known to."""

    def __init__(self) -> None:
        self.asked, self.sizes = 0, list[int]()

    def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
        sent = pickle.dumps((call, arguments, keywords))
        self.asked, future = self.asked + 1, Future[Any]()
        self.sizes.append(len(sent))
        call, arguments, keywords = pickle.loads(sent)
        try:
            future.set_result(call(*arguments, **keywords))
        except BaseException as error:
            future.set_exception(error)
        return future


def counted(seen: list[int], stop: int = 10**9, error: type[BaseException] = Cut) -> Callable[..., Value]:
    """A progress that breaks off after so many steps; `seen` gets the total and the steps that were done."""

    def progress(work: Any, total: int) -> Iterator[Any]:
        seen[:] = [total, 0]
        for step in work:
            seen[1] += 1
            yield step
            if seen[1] == stop:
                raise error

    return progress


def assert_close(found: Any, exact: Any) -> None:
    assert found.dtype == exact.dtype and found.shape == exact.shape
    size = np.max(np.abs(exact), initial=0)
    np.testing.assert_allclose(found, exact, rtol=0, atol=ROUNDINGS * float(np.finfo(exact.dtype).eps) * size)


CASES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "ntk": (ks.ntk(3), VECTORS, {}),
    "sum": (ks.ntk(2) + 0.5 * ks.laplace(), VECTORS, {}),
    "biases": (ks.mlp(3, bias_variance=0.1), VECTORS, {}),
    "normalize": (ks.rf(2), VECTORS, {"normalize": True}),
    "network": (NET, IMAGES, {}),
    "tangent": (NET, IMAGES, {"tangent": True}),
    "group": (GROUP, SQUARES, {}),
    "group tangent": (GROUP, SQUARES, {"tangent": True}),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES)
def test_the_blocks_are_the_matrix(case: str, dtype: str, tmp_path: Path) -> None:
    kernel, x, options = CASES[case]
    short = x.astype(dtype)
    for name, other in (("alone", None), ("two", x[1:4])):
        found = gram_job(kernel, x, other, store=tmp_path / name, block=3, dtype=dtype, **options)
        exact = kernel.gram(short, None if other is None else other.astype(dtype), threads=1, **options)
        assert_close(found.array(), exact)
        assert found.shape == exact.shape and found.dtype == dtype and found.missing == 0 and found.verify() == []
    alone = open_gram(tmp_path / "alone").array()
    np.testing.assert_array_equal(alone, alone.T)
    assert_close(np.diagonal(alone), np.diagonal(kernel.gram(short, threads=1, **options)))


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows(rows: int, tmp_path: Path) -> None:
    x, y = VECTORS[:rows], VECTORS[:4]
    for number, arguments in enumerate(((x,), (x, y), (y, x))):
        found = gram_job(ks.ntk(2), *arguments, store=tmp_path / str(number))
        assert_close(found.array(), untyped(ks.ntk(2).gram)(*arguments))
        assert sum(map(len, found)) == len(arguments[0])
        assert found[:, :].shape == found.shape
    images = gram_job(NET, IMAGES[:rows], store=tmp_path / "images")
    assert_close(images.array(), NET.gram(IMAGES[:rows]))


def test_the_layout_of_the_data_does_not_matter(tmp_path: Path) -> None:
    """Nor who owns them: the same folder is taken up again with each of them, and nothing is computed."""
    wide = np.zeros((46, 10))
    wide[::2, ::2] = VECTORS
    frozen = VECTORS.copy()
    frozen.setflags(write=False)
    gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=8)
    np.save(tmp_path / "x.npy", VECTORS)
    for same in (wide[::2, ::2], frozen, np.asfortranarray(VECTORS), VECTORS.tolist(), VECTORS.astype(">f8"),
                 np.load(tmp_path / "x.npy", mmap_mode="r")):  # fmt: skip
        seen = [0, 0]
        gram_job(ks.ntk(2), same, store=tmp_path / "k", progress=counted(seen))
        assert seen == [0, 0]
    first = np.moveaxis(IMAGES, -1, 1)
    found = gram_job(NET, first, store=tmp_path / "first", channels="first", block=4)
    assert_close(found.array(), NET.gram(IMAGES))


# -- executors -------------------------------------------------------------------------------------------------


def test_threads(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = gram_job(NET, IMAGES, store=tmp_path / "k", executor=pool, block=2, pending=4)
        assert_close(found.array(), NET.gram(IMAGES))
        assert pool.submit(int).result() == 0  # it is not shut down


def test_what_is_sent_is_small(tmp_path: Path) -> None:
    """The data are in the store, so a task has the same size whatever they are."""
    pool = Calling()
    x = np.zeros((200, 400))
    gram_job(ks.ntk(2), x, store=tmp_path / "k", executor=pool, block=100)
    assert pool.asked == 3 and max(pool.sizes) < 2000
    assert [path.stat().st_size for path in (tmp_path / "k" / "data").iterdir()] == [128 + x.nbytes]


def test_few_blocks_are_handed_out_at_a_time(tmp_path: Path) -> None:
    most, lock, now = [0], threading.Lock(), [0]

    class Watched(ThreadPoolExecutor):
        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            future = super().submit(call, *arguments, **keywords)
            future.add_done_callback(lambda _: now.__setitem__(0, now[0] - 1))
            return future

    with Watched(2) as pool:
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", executor=pool, block=2, pending=5)
    assert 2 <= most[0] <= 5


def test_blas_is_limited_once_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process while blocks are computed, and not for each; afterwards all is as it was."""
    control = pytest.importorskip("threadpoolctl")
    from kernelspec.gram import workers

    limits, control_of = list[Any](), workers._controller()

    def limited(**options: Any) -> Any:
        limits.append(options)
        return control_of.limit(**options)

    monkeypatch.setattr(workers, "_controller", lambda: SimpleNamespace(limit=limited))
    before = control.threadpool_info()
    gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=4)
    assert len(limits) == 1
    assert control.threadpool_info() == before


def test_two_calls_in_one_folder(tmp_path: Path) -> None:
    """They begin at different blocks, and both have the matrix."""
    start, found = threading.Barrier(3), list[BlockMatrix]()

    def call(pool: Any) -> None:
        start.wait()
        found.append(gram_job(NET, IMAGES, store=tmp_path / "k", block=1, executor=pool))

    several = [threading.Thread(target=call, args=(pool,)) for pool in (None, Calling(), Calling())]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    assert len(found) == 3
    for each in found:
        assert each.missing == 0 and each.verify() == []
        assert_close(each.array(), NET.gram(IMAGES))
    assert sorted(os.listdir(tmp_path / "k")) == ["blocks", "data", "manifest.json"]
    assert len(os.listdir(tmp_path / "k" / "blocks")) == 28


def test_what_another_call_has_computed_is_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, other = tmp_path / "k", Calling()

    class Behind(Calling):
        """While it is asked for its first block, another call computes all."""

        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            if not self.asked:
                gram_job(ks.ntk(2), VECTORS, store=folder, executor=other)
                monkeypatch.setattr(worker, "write_block", None)
            return super().submit(call, *arguments, **keywords)

    found = gram_job(ks.ntk(2), VECTORS, store=folder, block=6, executor=Behind())
    assert other.asked == 10 and found.missing == 0


def test_an_executor_that_drops_its_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a cluster does that is shut down: those that are told, and those of which nothing is heard."""
    monkeypatch.setattr(driver, "_PATIENCE", 0.01)

    class Dropping(Calling):
        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            if self.asked < 3:
                return super().submit(call, *arguments, **keywords)
            self.asked, future = self.asked + 1, Future[Any]()
            if self.asked == 4:
                future.cancel()
                future.set_running_or_notify_cancel()
            return future

    with pytest.raises(BrokenExecutor, match=r"executor: it broke.* \(its tasks were cancelled\)"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=4, executor=Dropping(), pending=4)
    assert open_gram(tmp_path / "k").missing == 18
    assert gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", executor=Dropping).missing == 0


@pytest.mark.parametrize(
    ("wrong", "kind", "words"),
    [
        (lambda call, *arguments: call(*arguments), TypeError, "executor must give concurrent.futures.Future objects"),
        (lambda *_: done("all done"), RuntimeError, "executor: it gave 'all done', where a worker says that '0-0-"),
        (lambda *_: done(None), RuntimeError, "executor: it gave None, where a worker says that '0-0-"),
    ],
    ids=["no future", "a text", "nothing"],
)
def test_executors_that_are_none(wrong: Any, kind: Any, words: str, tmp_path: Path) -> None:
    class Wrong(Executor):
        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            return untyped(wrong)(call, *arguments)

    with pytest.raises(kind, match=words):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=8, executor=Wrong())


@pytest.mark.parametrize("made", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_an_executor_that_is_shut_down(made: Any, tmp_path: Path) -> None:
    pool = made(1)
    pool.shutdown()
    for executor, often in ((pool, ""), (lambda: pool, ", 3 times before one block was done")):
        with pytest.raises(BrokenExecutor, match=f"executor: it broke{often}, as .* after shutdown"):
            gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=8, executor=executor)


def done(result: Any) -> Future[Any]:
    future = Future[Any]()
    future.set_result(result)
    return future


def test_workers_that_write_elsewhere(tmp_path: Path) -> None:
    """The names of their blocks are right, and the matrix says that it is not here."""

    class Elsewhere(Calling):
        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            return done(Path(arguments[1].path).name)

    found = gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=8, executor=Elsewhere())
    assert found.missing == 6 and "in another folder of this name: 6 of 6 blocks are missing" in found.note


def test_no_block_is_begun_when_the_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one of those that wait in the queue of a pool of processes, from where they cannot be taken back."""
    clock = [0.0]

    class Queueing(Calling):
        """Its workers begin a second after they are asked."""

        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            clock[0] += 1
            return super().submit(call, *arguments, **keywords)

    for module in (door, driver, worker):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    seen, pool = [0, 0], Queueing()
    found = gram_job(
        *(ks.ntk(2), VECTORS), store=tmp_path / "k", block=8, executor=pool, walltime=3, progress=counted(seen)
    )
    assert pool.asked == 3 and found.missing == 4 and seen == [9, 3]  # the first is on the diagonal
    assert found.note.startswith("walltime is over, and 4 of 6")


def test_an_executor_that_loses_what_workers_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the store is done."""
    monkeypatch.setattr(driver, "_LOOK", 0.01)

    class Losing(Calling):
        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            done = super().submit(call, *arguments, **keywords)
            return Future[Any]() if self.asked % 3 else done

    seen = [0, 0]
    found = gram_job(
        ks.ntk(2), VECTORS, store=tmp_path / "k", block=4, executor=Losing(), pending=5, progress=counted(seen)
    )
    assert found.missing == 0 and seen == [36, 36]


def test_two_calls_send_no_equal_tasks(tmp_path: Path) -> None:
    """Dask gives the result of an equal task that it remembers: a block would stay damaged."""
    sent = list[bytes]()

    class Remembering(Calling):
        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            sent.append(pickle.dumps((call, arguments, keywords)))
            return super().submit(call, *arguments, **keywords)

    for _ in range(2):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=16, executor=Remembering())
        for path in blocks_of(tmp_path / "k"):
            path.write_bytes(b"")
    assert len(set(sent)) == len(sent) == 6


# -- taken up again -----------------------------------------------------------------------------------------------


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(1, 36), min_size=1, max_size=3),
    block=st.integers(3, 24),
    two=st.booleans(),
    here=st.booleans(),
)
def test_a_run_that_is_cut_off_goes_on(
    cuts: list[int], block: int, two: bool, here: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cut") / "k"
    other = VECTORS[:11] if two else None
    bands, stacks = -(-23 // block), -(-(11 if two else 23) // block)
    left, seen = bands * stacks * 2 if two else bands**2, [0, 0]  # steps: two a block, one on the diagonal
    for cut in cuts:
        if cut >= left:
            continue
        with pytest.raises(Cut):
            gram_job(
                ks.ntk(2), VECTORS, other, store=folder, block=block, progress=counted(seen, cut),
                executor=None if here else Calling(),
            )  # fmt: skip
        assert seen == [left, cut]
        left = sum(open_gram(folder).store.manifest.cut.weight(place) for place in missing(folder))
        assert seen[0] - left in (cut, cut + 1)  # a block has two steps
    found = gram_job(ks.ntk(2), VECTORS, other, store=folder, block=block, progress=counted(seen))
    assert seen == [left, left] or left == 0
    assert_close(found.array(), ks.ntk(2).gram(VECTORS, other))


def missing(folder: Path) -> list[Any]:
    opened = open_gram(folder).store
    there = opened.present()
    return [place for place in opened.manifest.cut if place not in there]


@pytest.mark.parametrize("pool", [None, ThreadPoolExecutor], ids=["here", "threads"])
def test_the_keyboard_cuts_off(pool: Any, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=4, executor=pool,
                 progress=counted([0, 0], 7, KeyboardInterrupt))  # fmt: skip
    if pool is None:  # threads may have been done with more
        assert "17 of 21 blocks are missing" in caught.value.__notes__[0]
    found = gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k")
    assert found.missing == 0
    assert_close(found.array(), ks.ntk(2).gram(VECTORS))


def test_the_keyboard_waits_for_no_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever made the executor: what runs goes on, and nobody waits for it."""
    begun, go, compute = threading.Semaphore(0), threading.Event(), worker.compute

    def long(*arguments: Any) -> Any:
        begun.release()
        go.wait(60)
        return compute(*arguments)

    class Interrupted(ThreadPoolExecutor):
        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            super().submit(call, *arguments, **keywords)
            begun.acquire()
            raise KeyboardInterrupt

    monkeypatch.setattr(driver, "compute", long)
    with Interrupted(1) as given:
        for pool in (given, lambda: Interrupted(1)):
            with pytest.raises(KeyboardInterrupt):
                gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=4, executor=pool)
            assert not go.is_set() and open_gram(tmp_path / "k").missing == 21
            go.set()
            while open_gram(tmp_path / "k").missing == 21:
                time.sleep(0.01)
            for path in blocks_of(tmp_path / "k"):
                path.unlink()
            go.clear()


@pytest.mark.parametrize("pool", [None, lambda: ThreadPoolExecutor(2)], ids=["here", "threads"])
def test_the_end_of_the_time_is_no_error(pool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that goes on by a second with every step."""
    clock = [0.0]

    def slow(work: Any, total: int) -> Iterator[Any]:
        for step in work:
            clock[0] += 1
            yield step

    for module in (door, driver, worker):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    found = gram_job(
        ks.ntk(2), VECTORS, store=tmp_path / "k", block=2, executor=pool, progress=slow, walltime=9, pending=3
    )
    assert 0 < found.missing < 78
    assert found.note == (
        f"walltime is over, and {found.missing} of 78 blocks are missing; the same call computes them"
    )
    assert f"; {found.missing} of them missing" in repr(found) and "walltime" in found._repr_html_()
    nothing = gram_job(ks.ntk(2), VECTORS, store=tmp_path / "none", block=8, walltime=0)
    assert nothing.missing == 6
    with pytest.raises(ValueError, match="rows 0:8 and columns 0:8 is missing"):
        nothing.array()
    whole = gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", walltime=1e6)
    assert whole.missing == 0 and whole.note == ""
    assert_close(whole.array(), ks.ntk(2).gram(VECTORS))


def test_progress_that_stops_early_stops_nothing(tmp_path: Path) -> None:
    found = gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=5, progress=lambda work, total: list(work)[:1])
    assert found.missing == 0


# -- another matrix -----------------------------------------------------------------------------------------------


CHANGED = VECTORS.copy()
CHANGED[3, 2] = np.nextafter(CHANGED[3, 2], 1)
OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "kernel": ({"kernel": ks.ntk(3)}, r"its kernel is ntk\(2\), not ntk\(3\)"),
    "numbers": ({"x": CHANGED}, "its x holds other numbers"),
    "shape": ({"x": VECTORS[:22]}, r"its x has shape \(23, 5\), not \(22, 5\)"),
    "y": ({"y": VECTORS}, "it has no y"),
    "dtype": ({"dtype": "float32"}, "its dtype is float64, not float32"),
    "block": ({"block": 5}, "its block is 8, not 5"),
    "normalize": ({"normalize": True}, "its normalize is False, not True"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_store_of_another_matrix(case: str, tmp_path: Path) -> None:
    """It says what differs, and only that; the store is left as it was."""
    call = {"kernel": ks.ntk(2), "x": VECTORS, "block": 8, "store": tmp_path / "k"}
    gram_job(**untyped(call))
    before = {path: path.read_bytes() for path in (tmp_path / "k").rglob("*.*")}
    change, words = OTHERS[case]
    with pytest.raises(ValueError, match=rf"store: .*k' holds another matrix: {words}\. Take another folder"):
        gram_job(**untyped(call | change))
    assert {path: path.read_bytes() for path in (tmp_path / "k").rglob("*.*")} == before


def test_options_of_a_network_in_the_store(tmp_path: Path) -> None:
    gram_job(NET, IMAGES, store=tmp_path / "k")
    with pytest.raises(ValueError, match="its tangent is False, not True"):
        gram_job(NET, IMAGES, store=tmp_path / "k", tangent=True)
    with pytest.raises(ValueError, match="its kernel is Network"):
        gram_job(ckn.Network(NET.layers, output="mean"), IMAGES, store=tmp_path / "k")
    with pytest.raises(ValueError, match="its kernel is Network"):
        gram_job(ckn.Network(NET.layers, floor=1e-6), IMAGES, store=tmp_path / "k")
    seen = [0, 0]
    gram_job(NET, IMAGES, store=tmp_path / "k", memory=2**28, pending=1, progress=counted(seen))  # the same matrix
    assert seen == [0, 0]


def test_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k")
    monkeypatch.setattr(description, "__version__", "0.0.9")
    with pytest.raises(ValueError, match=r"its version of kernelspec is .*, not 0\.0\.9"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k")
    monkeypatch.undo()
    monkeypatch.setattr(worker, "__version__", "0.0.9")  # that of a worker's machine
    with pytest.raises(RuntimeError, match=r"a worker on .* has kernelspec 0\.0\.9, and the call"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "other", executor=Calling())


def test_functions_of_one_name_are_told_by_their_values(tmp_path: Path) -> None:
    def kernel(power: int) -> Any:
        return ks.from_callable(lambda u: u**power, name="f")

    gram_job(kernel(2), VECTORS, store=tmp_path / "k")
    gram_job(kernel(2), VECTORS, store=tmp_path / "k")
    with pytest.raises(ValueError, match=r"its kernel from_callable\('f'\) has other values"):
        gram_job(kernel(3), VECTORS, store=tmp_path / "k")
    for near in (-0.999, -0.31, 0.02, 0.95, 0.9999):  # wherever they differ, within 1.4 degrees

        def bump(u: Any, near: float = near) -> Any:
            return u**2 + (np.abs(np.arccos(u) - np.arccos(near)) < 0.0125)

        with pytest.raises(ValueError, match="has other values"):
            gram_job(ks.from_callable(bump, name="f"), VECTORS, store=tmp_path / "k")
    net = [ckn.Network([ckn.Layer(2, kernel(power))]) for power in (2, 3)]
    gram_job(net[0], IMAGES, store=tmp_path / "net")
    with pytest.raises(ValueError, match="has other values"):
        gram_job(net[1], IMAGES, store=tmp_path / "net")


def test_a_manifest_that_was_removed(tmp_path: Path) -> None:
    """Names of blocks say what they are of: those of another matrix are not taken for this one's."""
    folder = tmp_path / "k"
    gram_job(ks.ntk(2), VECTORS, store=folder, block=8)
    for change in ({"x": CHANGED}, {"kernel": ks.ntk(3)}, {"dtype": "float32"}, {"normalize": True}, {"block": 6}):
        (folder / "manifest.json").unlink()
        call = untyped({"kernel": ks.ntk(2), "x": VECTORS, "block": 8} | change)
        seen = [0, 0]
        found = gram_job(store=folder, progress=counted(seen), **call)
        x = call["x"].astype(call.get("dtype", "float64"))
        assert_close(found.array(), call["kernel"].gram(x, normalize=call.get("normalize", False)))
        assert seen == ([16, 16] if change.get("block") else [9, 9])


# -- what is damaged ------------------------------------------------------------------------------------------------


def blocks_of(folder: Path) -> list[Path]:
    return sorted((folder / "blocks").iterdir())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), which=st.integers(0, 5))
def test_one_bit_is_seen_wherever_it_is(place: float, bit: int, which: int, damaged: Path) -> None:
    path = blocks_of(damaged)[which]
    whole = path.read_bytes()
    found = open_gram(damaged)
    bad = bytearray(whole)
    bad[int(place * len(bad))] ^= 1 << bit
    path.write_bytes(bad)
    try:
        assert len(found.verify()) == 1
        with pytest.raises(ValueError, match=r"store: the block of rows .* and columns .* is damaged"):
            found.array()
    finally:
        path.write_bytes(whole)


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=8)
    return tmp_path / "k"


def test_damaged_blocks_are_computed_anew_and_they_alone(damaged: Path) -> None:
    several = blocks_of(damaged)
    exact = [path.read_bytes() for path in several]
    several[0].write_bytes(exact[0][:-20] + bytes(20))
    several[1].write_bytes(exact[1][:300])  # cut short
    several[2].unlink()
    several[3].write_bytes(exact[5])  # another block's
    several[4].write_bytes(b"")
    found = open_gram(damaged)
    assert found.missing == 4 if len(exact[3]) != len(exact[5]) else 3
    with pytest.raises(ValueError, match="is damaged|is missing"):
        found.array()
    assert found[16:, 16:].shape == (7, 7)  # the last block is whole
    seen = [0, 0]
    again = gram_job(ks.ntk(2), VECTORS, store=damaged, progress=counted(seen))
    assert seen[0] == 1 + 2 + 2 + 1 + 2  # of 1 + 2 + 2 + 1 + 2 + 1
    assert [path.read_bytes() for path in blocks_of(damaged)] == exact
    assert again.missing == 0 and again.verify() == []


def test_blocks_that_were_exchanged(tmp_path: Path) -> None:
    """They have the right shape and sum, and not their name."""
    gram_job(ks.ntk(2), VECTORS[:16], store=tmp_path / "k", block=4)
    one, two = blocks_of(tmp_path / "k")[1:3]
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)
    assert open_gram(tmp_path / "k").verify() == [(slice(0, 4), slice(4, 8)), (slice(0, 4), slice(8, 12))]


def test_a_block_that_is_damaged_after_it_was_read(damaged: Path) -> None:
    found = open_gram(damaged)
    found.array()
    path = blocks_of(damaged)[0]
    bad = bytearray(path.read_bytes())
    bad[200] ^= 1
    path.write_bytes(bad)
    os.utime(path, ns=(1, 1))
    with pytest.raises(ValueError, match="is damaged"):
        found[0, 0]


def test_a_block_is_an_array_of_numpy(damaged: Path) -> None:
    exact = ks.ntk(2).gram(VECTORS)
    assert_close(np.load(blocks_of(damaged)[1], allow_pickle=False), exact[:8, 8:16])
    assert np.load(blocks_of(damaged)[1], mmap_mode="r").shape == (8, 8)


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "null", '{"x": 3, "y": 4}', "\xff"])
def test_a_manifest_that_is_none(text: str, damaged: Path) -> None:
    manifest = damaged / "manifest.json"
    whole = manifest.read_bytes()
    manifest.write_bytes(text.encode("latin-1"))
    for call in (lambda: open_gram(damaged), lambda: gram_job(ks.ntk(2), VECTORS, store=damaged)):
        with pytest.raises(ValueError, match=r"store: .*manifest\.json' is damaged.*remove this file"):
            call()
    manifest.unlink()
    seen = [0, 0]
    gram_job(ks.ntk(2), VECTORS, store=damaged, block=8, progress=counted(seen))
    assert seen == [0, 0] and manifest.read_bytes() == whole


def test_the_manifest_is_for_people_too(damaged: Path) -> None:
    kept = json.loads((damaged / "manifest.json").read_text(encoding="utf-8"))
    assert kept["kernel"] == "ntk(2)" and kept["x"]["shape"] == [23, 5] and kept["y"] is None and kept["block"] == 8


def test_damaged_data(tmp_path: Path) -> None:
    gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=8, walltime=0)
    (data,) = (tmp_path / "k" / "data").iterdir()
    whole = data.read_bytes()
    for bad in (whole[:-8], whole[:-8] + bytes(8), b""):
        data.write_bytes(bad)
        worker._data.cache_clear()
        with pytest.raises(ValueError, match=r"store: the data in .* are damaged; remove this file") as caught:
            gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", executor=Calling())
        assert any("rows 0:8 and columns 0:8" in note for note in caught.value.__notes__)
    data.unlink()
    assert gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", executor=Calling()).missing == 0
    assert data.read_bytes() == whole


def test_a_store_that_a_worker_does_not_see(tmp_path: Path) -> None:
    gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=8, walltime=0)
    (data,) = (tmp_path / "k" / "data").iterdir()

    class Elsewhere(Calling):
        def submit(self, call: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
            data.unlink(missing_ok=True)
            worker._data.cache_clear()
            return super().submit(call, *arguments, **keywords)

    with pytest.raises(FileNotFoundError, match="store is not there on .*, where a worker runs"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", executor=Elsewhere())


# -- the disk -------------------------------------------------------------------------------------------------------


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """What is finished stays; the same call goes on when there is room."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    x = np.vstack([VECTORS, VECTORS])[:40]

    def full(work: Any, total: int) -> Iterator[Any]:
        for number, step in enumerate(work):
            if number == 4:
                resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
            yield step

    try:
        with pytest.raises(OSError, match="store: no room for a block of 512 bytes") as caught:
            gram_job(ks.ntk(2), x, store=tmp_path / "k", block=8, progress=full)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert any("12 of 15 blocks are missing" in note for note in caught.value.__notes__)
    assert len(blocks_of(tmp_path / "k")) == 3  # and nothing half
    assert_close(gram_job(ks.ntk(2), x, store=tmp_path / "k").array(), ks.ntk(2).gram(x))


def test_too_little_room_is_told_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 3000}))
    seen = [0, 0]
    with pytest.raises(OSError, match="store: 1 blocks need 4418 bytes, and 3000 are free"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", progress=counted(seen))
    assert seen == [0, 0]


def test_a_finished_store_is_only_read(damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    before = {path: path.stat().st_mtime_ns for path in damaged.rglob("*")}
    for module, name in ((store, "write_atomically"), (store, "written_atomically"), (store, "FileLock")):
        monkeypatch.setattr(module, name, refused)
    monkeypatch.setattr(Path, "mkdir", refused)
    found = gram_job(ks.ntk(2), VECTORS, store=damaged)
    assert_close(found.array(), ks.ntk(2).gram(VECTORS))
    assert {path: path.stat().st_mtime_ns for path in damaged.rglob("*")} == before
    blocks_of(damaged)[0].unlink()
    for folder in (damaged, damaged.parent / "new"):
        with pytest.raises(OSError, match="store cannot be written: Permission denied"):
            gram_job(ks.ntk(2), VECTORS, store=folder)
    monkeypatch.undo()
    monkeypatch.setattr(block_file, "written_atomically", refused)  # where a worker is
    with pytest.raises(OSError, match="store: a block cannot be written: Permission denied"):
        gram_job(ks.ntk(2), VECTORS, store=damaged)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_must_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="store cannot be written"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k")


def test_parts_of_a_store_that_are_gone(damaged: Path) -> None:
    """But for the manifest they are made again."""
    for part in ("blocks", "data"):
        shutil.rmtree(damaged / part)
        assert gram_job(ks.ntk(2), VECTORS, store=damaged, executor=Calling()).missing == 0
    shutil.rmtree(damaged / "blocks")
    assert gram_job(ks.ntk(2), VECTORS, store=damaged, executor=Calling()).verify() == []


def test_what_killed_processes_left_is_swept_up(tmp_path: Path) -> None:
    gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", block=8, walltime=0)
    several = [
        tmp_path / "k" / part / f".{name}.abc.tmp" for part in ("blocks", "data", ".") for name in ("old", "new")
    ]
    for path in several:
        path.write_bytes(b"half")
    for path in several[::2]:
        os.utime(path, (1, 1))
    gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", walltime=0)
    assert [path.exists() for path in several] == [False, True] * 3
    assert gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k").missing == 0
    assert [path.exists() for path in several[1::2]] == [False, True, True]


def test_a_call_that_is_behind_does_not_mind_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it writes a block, another call finishes all of them; a folder that is gone is an error."""
    replace, folder = atomic.os.replace, tmp_path / "k"  # type: ignore[attr-defined]

    def behind(old: Any, new: Any) -> None:
        if "blocks" in str(new):
            monkeypatch.setattr(atomic.os, "replace", replace)  # type: ignore[attr-defined]
            gram_job(ks.ntk(2), VECTORS, store=folder, block=8)
            assert not Path(old).exists()
        replace(old, new)

    monkeypatch.setattr(atomic.os, "replace", behind)  # type: ignore[attr-defined]
    found = gram_job(ks.ntk(2), VECTORS, store=folder, block=8)
    assert found.missing == 0 and found.verify() == []
    shutil.rmtree(folder / "blocks")
    monkeypatch.setattr(store.Store, "place_data", lambda *_: None)
    with pytest.raises(FileNotFoundError, match="store: a block cannot be written"):
        gram_job(ks.ntk(2), VECTORS, store=folder)


# -- the door ---------------------------------------------------------------------------------------------------------


def test_a_kernel_that_cannot_be_sent(tmp_path: Path) -> None:
    kernel = ks.from_callable(lambda u: u**2, name="f")
    for pool in (Calling(), Calling):
        with pytest.raises(TypeError, match=r"kernel must be one that can be pickled.*executor is None or a Thread"):
            gram_job(kernel, VECTORS, store=tmp_path / "k", executor=pool)
        assert pool is Calling or not (tmp_path / "k").exists()
    with ThreadPoolExecutor(1) as threads:
        assert gram_job(kernel, VECTORS, store=tmp_path / "k", executor=threads).missing == 0


def test_a_kernel_that_a_worker_cannot_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> Any:
        raise AttributeError("Can't get attribute 'f'")

    worker._kernel.cache_clear()
    monkeypatch.setattr(
        worker, "pickle", SimpleNamespace(loads=unknown, dumps=pickle.dumps, UnpicklingError=ValueError)
    )

    class Threads(ThreadPoolExecutor):
        pass

    monkeypatch.setattr(driver, "ThreadPoolExecutor", int)  # as of an executor that is not known
    with Threads(1) as pool, pytest.raises(ValueError, match="kernel: a worker on .* cannot read it"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "k", executor=pool)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kernel": "ntk(2)"}, "kernel must be a kernel such as"),
        ({"x": VECTORS[0]}, r"x must have shape \(n, d\)"),
        ({"x": VECTORS[None]}, r"x must have shape \(n, d\)"),
        ({"x": np.ma.masked_array(VECTORS, False)}, "x must not be a masked array"),
        ({"x": VECTORS + np.inf}, "x must be finite"),
        ({"y": VECTORS[:, :4]}, r"x and y must have rows of one shape; got \(5,\) and \(4,\)"),
        ({"dtype": "float16"}, "dtype must be float32 or float64; got 'float16'"),
        ({"dtype": "no"}, "dtype must be float32 or float64"),
        ({"dtype": "float32", "x": VECTORS * 1e200}, "dtype must hold the data; float32 overflows"),
        ({"tangent": True}, "tangent must be False for ntk"),
        ({"tangent": "both"}, "tangent must be False for ntk"),
        ({"kernel": NET, "x": IMAGES, "tangent": "twice"}, 'tangent must be False, True or "both"'),
        ({"channels": "last"}, "channels must be None for ntk"),
        ({"kernel": NET, "x": IMAGES, "normalize": True}, "normalize must be False for a network"),
        ({"kernel": NET, "x": IMAGES, "channels": "middle"}, "channels"),
        ({"kernel": NET, "x": IMAGES[0, 0]}, "x must have shape"),
        ({"kernel": ckn.Network([ckn.Layer(2, ks.arccos(0))]), "x": IMAGES, "tangent": True}, "tangent"),
        ({"memory": 1}, "memory must be at least"),
        ({"threads": 0}, "threads must be an integer"),
        ({"block": 0}, "block must be an integer"),
        ({"pending": 0}, "pending must be an integer"),
        ({"walltime": -1}, "walltime must be"),
        ({"walltime": np.inf}, "walltime must be finite"),
        ({"progress": 3}, "progress must be a callable"),
        ({"executor": 3}, "executor must be a concurrent.futures.Executor"),
        ({"executor": lambda: 3}, "executor must be a function that makes"),
        ({"store": 3}, "store must be the path of a folder"),
        ({"store": "no folder/k"}, "store must lie in a folder that exists"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_calls(change: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with np.errstate(all="ignore"), pytest.raises((TypeError, ValueError), match=words):
        call = {"kernel": ks.ntk(2), "x": VECTORS, "store": "k"} | change
        gram_job(**untyped(call))
    assert os.listdir(tmp_path) == [] or "makes" in words


def test_folders_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("keep this")
    with pytest.raises(ValueError, match=r"is a file"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "file")
    with pytest.raises(ValueError, match="store must be the path of a folder; .* null character"):
        gram_job(ks.ntk(2), VECTORS, store=f"{tmp_path}/a\0b")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(ValueError, match="is a link to nothing"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path / "link")
    (tmp_path / "link").unlink()
    with pytest.raises(ValueError, match=r"store must be a new folder.*holds 'file'"):
        gram_job(ks.ntk(2), VECTORS, store=tmp_path)
    with pytest.raises(ValueError, match=r"store must be a folder that gram_job has made"):
        open_gram(tmp_path)
    assert os.listdir(tmp_path) == ["file"]


def test_an_error_in_a_block_names_it(tmp_path: Path) -> None:
    """The others stay: the kernel is more than a float can hold for some rows alone."""
    images = IMAGES.astype(np.float32)
    images[6] *= 3e38 / np.abs(images[6]).max()
    with pytest.raises(ValueError, match="overflow") as caught:
        gram_job(NET, images, store=tmp_path / "k", block=3)
    assert "rows 0:3 and columns 6:7" in caught.value.__notes__[0]
    assert open_gram(tmp_path / "k").missing == 4


# -- reading ----------------------------------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_slices_are_those_of_the_array(made: tuple[Any, ...], data: st.DataObject) -> None:
    found, whole = made[data.draw(st.integers(0, 1))]
    (n, m), ends = whole.shape, st.none() | st.integers(-30, 30)
    index = st.one_of(st.integers(-n, n - 1), st.builds(slice, ends, ends, st.sampled_from([None, 1, 2, -1, -3])))
    i = data.draw(index)
    j = data.draw(st.integers(-m, m - 1) | index.filter(lambda each: isinstance(each, slice)))
    np.testing.assert_array_equal(found[i, j], whole[i, j])
    np.testing.assert_array_equal(found[i], whole[i])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    folder = tmp_path_factory.mktemp("made")
    several = [gram_job(ks.ntk(2), VECTORS, y, store=folder / str(y is None), block=5) for y in (None, VECTORS[:13])]
    return tuple((each, each.array()) for each in several)


def test_ways_of_reading(made: tuple[Any, ...], tmp_path: Path) -> None:
    for number, (found, whole) in enumerate(made):
        np.testing.assert_array_equal(np.asarray(found), whole)
        np.testing.assert_array_equal(np.asarray(found, np.float32), whole.astype(np.float32))
        np.testing.assert_array_equal(np.vstack(list(found)), whole)
        for rows in (1, 4, 5, 7, 100):
            bands = list(found.bands(rows))
            assert [here.start for here, _ in bands] == list(range(0, 23, rows))
            for here, band in bands:
                np.testing.assert_array_equal(band, whole[here])
        file = found.array(out=tmp_path / f"{number}.npy")
        assert isinstance(file, np.memmap) and not file.flags.writeable
        np.testing.assert_array_equal(file, whole)
        np.testing.assert_array_equal(np.load(tmp_path / f"{number}.npy"), whole)
        assert len(found) == 23 and repr(found).startswith("<BlockMatrix: 23 x ")
        with pytest.raises(IndexError, match="index 23 is out of range"):
            found[23]
        with pytest.raises(IndexError, match="at most two axes"):
            found[1, 2, 3]
        for index in (1.5, True, (0, np.True_), [1, 2], None):
            with pytest.raises(TypeError, match="index must be of integers and slices"):
                found[untyped(index)]
        with pytest.raises(ValueError, match="copy must not be False"):
            np.asarray(found, copy=False)
        with pytest.raises(ValueError, match="rows must be an integer"):
            found.bands(0)


def test_a_copy_of_the_file_goes_on_where_it_was_cut_off(made: tuple[Any, ...], tmp_path: Path) -> None:
    (found, whole), _ = made
    path = found.store.block_path(missing_place := list(found.store.manifest.cut)[6])
    assert missing_place.i == 1
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(ValueError, match="is missing"):
        found.array(out=tmp_path / "k.npy")
    path.write_bytes(content)
    assert json.loads((tmp_path / "k.npy.part.json").read_text())["done"] == [[0, 0]]
    np.testing.assert_array_equal(found.array(out=tmp_path / "k.npy"), whole)


def test_processes_of_both_kinds(tmp_path: Path) -> None:
    import multiprocessing

    for method in ("fork", "spawn"):
        with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
            found = gram_job(NET, IMAGES, store=tmp_path / method, executor=pool, block=3, tangent=True)
        assert_close(found.array(), NET.gram(IMAGES, tangent=True))
