"""Kernel matrices in files: whole when they bear their name, and taken up again where a run was cut off.

Most of these matrices are made of many blocks, by the least memory that is allowed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from expressions import untyped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.numbers.arithmetic_protocol import Value

RELU = ks.arccos(1)
NET = ckn.Network((ckn.Layer(3, RELU, ckn.gaussian(1), stride=2), ckn.Layer(2, RELU)))
X = np.random.default_rng(4).standard_normal((7, 8, 7, 2))
Y = np.random.default_rng(5).standard_normal((4, 8, 7, 2))
# Blocks of one image or of many, products of other shapes: 50 roundings relative to sqrt(K(x, x) K(y, y)).
ROUNDING = 50 * float(np.finfo(np.float64).eps)


class Cut(Exception):
    """Stands for whatever ends a run."""


def least_memory(net: ckn.Network = NET, x: Any = X, tangent: Any = False, threads: int = 1) -> int:
    """What the refusal of one byte says is needed."""
    with pytest.raises(ValueError, match="memory must be at least") as refusal:
        net.gram(x, tangent=tangent, memory=1, threads=threads)
    return int(str(refusal.value).split("at least ")[1].split()[0])


def many_blocks(tangent: Any = False) -> dict[str, Any]:
    return {"memory": least_memory(tangent=tangent), "threads": 1, "tangent": tangent}


def two_workers() -> dict[str, Any]:
    """Several strips of pairs in a block, which two forked workers share."""
    return {"memory": 2 * least_memory(threads=2), "threads": 2}


def cut_after(steps: int, seen: list[int] | None = None, error: type = Cut) -> Callable[..., Value]:
    """A progress that breaks off after so many steps; `seen` gets the total and the steps that were done."""

    def progress(work: Any, total: int) -> Any:
        if seen is not None:
            seen[:] = [total, 0]
        for number, step in enumerate(work):
            if number == steps:
                raise error
            if seen is not None:
                seen[1] += 1
            yield step

    return progress


def beside(out: Path) -> list[str]:
    """The names of the files in the folder of `out`."""
    return sorted(path.name for path in out.parent.iterdir())


def unfinished(out: Path, steps: int = 12, **options: Any) -> None:
    """Leave a matrix of X that was cut off after so many of its 28 blocks."""
    with pytest.raises(Cut):
        NET.gram(X, out=out, progress=cut_after(steps), **(many_blocks() | options))
    assert beside(out) == [out.name + ".part", out.name + ".part.json"]


def assert_close(found: Value, exact: Value) -> None:
    largest = np.max(np.abs(exact), initial=0)
    np.testing.assert_allclose(np.asarray(found), np.asarray(exact), rtol=0, atol=ROUNDING * largest)


# -- whole files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize("tangent", [False, True, "both"])
def test_the_file_holds_the_matrix(tangent: Any, two: bool, dtype: Any, tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    arguments = (X.astype(dtype), Y.astype(dtype)) if two else (X.astype(dtype),)
    exact = untyped(NET.gram)(*arguments, tangent=tangent)
    found = untyped(NET.gram)(*arguments, tangent=tangent, out=out)
    assert beside(out) == ["k.npy"]
    stored = np.load(out, allow_pickle=False)
    assert stored.dtype == dtype
    assert stored.shape == ((2,) if tangent == "both" else ()) + (7, 4 if two else 7)
    for mine, theirs, kept in zip(*((k if tangent == "both" else (k,)) for k in (found, exact, stored)), strict=True):
        assert isinstance(mine, np.memmap) and not mine.flags.writeable
        np.testing.assert_array_equal(mine, theirs)
        np.testing.assert_array_equal(mine, kept)


@pytest.mark.parametrize("tangent", [False, "both"])
def test_many_blocks_are_one_matrix(tangent: Any, tmp_path: Path) -> None:
    seen = [0, 0]
    found = NET.gram(X, out=tmp_path / "k", progress=cut_after(99, seen), **many_blocks(tangent))
    assert seen == [28, 28]  # 7 * 8 / 2 pairs of blocks of one image
    assert_close(found, NET.gram(X, tangent=tangent))


def test_no_images(tmp_path: Path) -> None:
    none = X[:0]
    for number, arguments in enumerate(((none,), (none, X), (X, none))):
        found = NET.gram(*arguments, out=tmp_path / f"{number}.npy")
        assert found.shape == NET.gram(*arguments).shape


def test_names_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for out in ("k", "k.part", Path("k k.npy"), str(tmp_path / "ü.npy")):
        np.testing.assert_array_equal(NET.gram(Y, out=out), NET.gram(Y))
    assert beside(tmp_path / "k") == ["k", "k k.npy", "k.part", "ü.npy"]


# -- taken up again ---------------------------------------------------------------------------------------


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, 27), min_size=1, max_size=4),
    tangent=st.sampled_from([False, True, "both"]),
    two=st.booleans(),
)
def test_a_run_that_is_cut_off_goes_on(
    cuts: list[int], tangent: Any, two: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("cut") / "k.npy"
    arguments = (X, Y) if two else (X,)
    options = many_blocks(tangent)
    left, seen = 28, [0, 0]
    for cut in cuts:
        if cut >= left:
            continue
        with pytest.raises(Cut):
            NET.gram(*arguments, out=out, progress=cut_after(cut, seen), **options)
        assert not out.exists()
        assert seen == [left, cut]
        left -= cut
    found = NET.gram(*arguments, out=out, progress=cut_after(99, seen), **options)
    assert seen == [left, left]  # no block is computed twice
    assert beside(out) == ["k.npy"]
    exact = untyped(NET.gram)(*arguments, tangent=tangent)
    assert_close(found, exact)
    if not two:
        for k in found if tangent == "both" else (found,):
            np.testing.assert_array_equal(k, k.T)


def test_a_matrix_of_which_only_the_name_is_missing(tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    unfinished(out, 27)
    log = tmp_path / "k.npy.part.json"
    kept = json.loads(log.read_text(encoding="utf-8"))
    kept["done"] = [[i, j] for i in range(7) for j in range(i, 7)]
    log.write_text(json.dumps(kept), encoding="utf-8")
    seen = [0, 0]
    found = NET.gram(X, out=out, progress=cut_after(0, seen), **many_blocks())
    assert seen == [0, 0] and beside(out) == ["k.npy"]
    assert_close(found[:6], NET.gram(X)[:6])


def test_the_keyboard_cuts_off(tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    with pytest.raises(KeyboardInterrupt):
        NET.gram(X, out=out, progress=cut_after(5, error=KeyboardInterrupt), **many_blocks())
    seen = [0, 0]
    assert_close(NET.gram(X, out=out, progress=cut_after(99, seen), **many_blocks()), NET.gram(X))
    assert seen == [23, 23]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_process_that_is_killed(tmp_path: Path) -> None:
    """Nothing of Python runs any more: what the system has is what is there."""
    out = tmp_path / "k.npy"
    code = (
        "import sys, os, signal; sys.path[:0] = sys.argv[2:]\n"
        "import test_ckn_store as s\n"
        "def progress(work, total):\n"
        "    for number, step in enumerate(work):\n"
        "        if number == 15: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        yield step\n"
        "s.NET.gram(s.X, out=sys.argv[1], progress=progress, **s.many_blocks())\n"
    )
    paths = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run([sys.executable, "-c", code, str(out), *paths], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    seen = [0, 0]
    assert_close(NET.gram(X, out=out, progress=cut_after(99, seen), **many_blocks()), NET.gram(X))
    assert seen == [13, 13]


@pytest.mark.skipif(sys.platform != "linux", reason="forked workers")
def test_workers_of_a_process_that_is_killed_keep_no_lock(tmp_path: Path) -> None:
    """They go on for a second; the next run goes on at once, and ends with the bytes of a run that was not cut."""
    out = tmp_path / "k.npy"
    code = (
        "import sys, os, signal; sys.path[:0] = sys.argv[2:]\n"
        "import kernelspec.gram.blocks as blocks, test_ckn_store as s\n"
        "blocks._LIGHT = 0\n"
        "def progress(work, total):\n"
        "    for number, step in enumerate(work):\n"
        "        if number == 5: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        yield step\n"
        "s.NET.gram(s.X, out=sys.argv[1], progress=progress, **s.two_workers())\n"
    )
    paths = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run([sys.executable, "-c", code, str(out), *paths], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "k.npy.part.lock").exists()
    assert json.loads((tmp_path / "k.npy.part.json").read_text(encoding="utf-8"))["done"]
    NET.gram(X, out=out, **two_workers())
    whole = tmp_path / "whole.npy"
    NET.gram(X, out=whole, **two_workers())
    assert out.read_bytes() == whole.read_bytes()
    assert beside(out) == ["k.npy", "whole.npy"]


# -- one writer -------------------------------------------------------------------------------------------


def test_two_calls_at_one_moment(tmp_path: Path) -> None:
    """One writes, the other is told before its work; never a mixture of both."""
    grams = [NET.gram(X), NET.gram(2 * X)]
    for number in range(20):
        out, start, told = tmp_path / f"{number}.npy", threading.Barrier(2), list[Exception]()
        done = list[int]()

        def call(which: int, out: Path = out, start: Any = start, told: Any = told, done: Any = done) -> None:
            start.wait()
            try:
                found = NET.gram((X, 2 * X)[which], out=out, threads=1)
            except (BlockingIOError, ValueError) as error:
                told.append(error)
            else:
                done.append(which)
                np.testing.assert_array_equal(found, grams[which])

        both = [threading.Thread(target=call, args=(which,)) for which in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert len(done) == len(told) == 1
        np.testing.assert_array_equal(np.load(out), grams[done[0]])
        busy = isinstance(told[0], BlockingIOError)  # or it came when the other had finished
        assert ("writing this file" if busy else "not there yet") in str(told[0])
        assert f"{number}.npy" in str(told[0])
    assert len(list(tmp_path.iterdir())) == 20


def test_a_call_within_a_call(tmp_path: Path) -> None:
    out = tmp_path / "k.npy"

    def progress(work: Any, total: int) -> Any:
        for step in work:
            with pytest.raises(BlockingIOError, match=r"out: another call is writing.*k\.npy"):
                NET.gram(Y, out=out)
            yield step

    np.testing.assert_array_equal(NET.gram(X, out=out, progress=progress), NET.gram(X))
    assert beside(out) == ["k.npy"]


@pytest.mark.skipif(sys.platform == "win32", reason="a lock of another process")
def test_another_process_writes(tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from kernelspec.files.lock import FileLock\n"
        "lock = FileLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, f"{out}.part.lock", *sys.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None and other.stdout.readline() == b"held\n"
    with pytest.raises(BlockingIOError, match="another call"):
        NET.gram(X, out=out)
    other.communicate()  # it ends, without letting go
    np.testing.assert_array_equal(NET.gram(X, out=out), NET.gram(X))
    assert beside(out) == ["k.npy"]


def test_a_file_that_comes_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "k.npy"

    def progress(work: Any, total: int) -> Any:
        yield from work
        out.write_bytes(b"keep this")

    with pytest.raises(ValueError, match="out must name a file that is not there yet"):
        NET.gram(X, out=out, progress=progress)
    assert out.read_bytes() == b"keep this"
    out.unlink()
    seen = [0, 0]
    assert_close(NET.gram(X, out=out, progress=cut_after(99, seen)), NET.gram(X))
    assert seen == [0, 0]


# -- a full disk ------------------------------------------------------------------------------------------


def test_a_full_disk_is_told_before_any_work(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    out = tmp_path / "k.npy"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    work = list[int]()

    def progress(steps: Any, total: int) -> Any:
        work.append(total)
        yield from steps

    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    try:
        with pytest.raises(OSError, match="out: no room for a file of 520 bytes"):
            NET.gram(X, out=out, progress=progress)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not work and beside(out) == []


@pytest.mark.parametrize("reserved", [True, False])
def test_all_of_the_space_is_reserved(reserved: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of the file is there before any value, also where the system cannot reserve."""
    if not reserved:
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    x = np.ones((400, 1, 1))
    seen = list[int]()

    def progress(work: Any, total: int) -> Any:
        seen.append((tmp_path / "k.npy.part").stat().st_blocks * 512)
        yield from work

    net = ckn.Network([ckn.Layer(1, ks.linear())])
    net.gram(x, out=tmp_path / "k.npy", progress=progress)
    assert seen[0] >= 400 * 400 * 8


def test_an_unfinished_matrix_gets_the_space_that_it_lacks(tmp_path: Path) -> None:
    """A copy may have holes where the file had zeros."""
    if not hasattr(os, "posix_fallocate"):
        pytest.skip("space cannot be reserved in what is there")
    out, x = tmp_path / "k.npy", np.ones((400, 1, 1))
    net = ckn.Network([ckn.Layer(1, ks.linear())])
    with pytest.raises(Cut):
        net.gram(x, out=out, progress=cut_after(0))
    part = tmp_path / "k.npy.part"
    size = part.stat().st_size
    head = part.read_bytes()[:128]
    with part.open("wb") as file:
        file.write(head)
        file.truncate(size)
    seen = list[int]()

    def progress(work: Any, total: int) -> Any:
        seen.append(part.stat().st_blocks * 512)
        yield from work

    np.testing.assert_array_equal(net.gram(x, out=out, progress=progress), np.ones((400, 400)))
    assert seen[0] >= size


def test_a_run_that_fails_is_not_a_matrix(tmp_path: Path) -> None:
    net = ckn.Network((ckn.Layer(1, ckn.square),) * 5)
    with pytest.raises(ValueError, match="overflow"):
        net.gram(1e20 * X, out=tmp_path / "k.npy")
    assert not (tmp_path / "k.npy").exists()


# -- another matrix --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"x": X + 1e-12},
        {"x": X.astype(np.float32)},
        {"x": X[:6]},
        {"x": X[::-1]},
        {"y": X},
        {"tangent": True},
        {"net": ckn.Network(NET.layers, output="mean")},
        {"net": ckn.Network(NET.layers[:1])},
        {"memory": 2**24},
    ],
    ids=lambda change: "-".join(change),
)
def test_an_unfinished_matrix_of_something_else(change: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    unfinished(out)
    before = (tmp_path / "k.npy.part").read_bytes()
    call: dict[str, Any] = {"net": NET, "x": X, "y": None, **many_blocks(), "tangent": False}
    call |= change
    if call["tangent"]:
        call["memory"] = least_memory(tangent=True)
    if "net" in change:
        call["memory"] = least_memory(call["net"])
    net, x, y = (call.pop(name) for name in ("net", "x", "y"))
    with pytest.raises(ValueError, match=r"out.*k\.npy\.part"):
        net.gram(x, y, out=out, **call)
    assert (tmp_path / "k.npy.part").read_bytes() == before
    # It was left as it was, and its own run goes on.
    assert_close(NET.gram(X, out=out, **many_blocks()), NET.gram(X))


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "null", '{"mark": 3}', '{"done": []}', "\xff\xfe"])
def test_a_list_of_blocks_that_is_none(text: str, tmp_path: Path) -> None:
    """An error that names the file, as for a matrix of something else; or a new start."""
    out = tmp_path / "k.npy"
    unfinished(out)
    (tmp_path / "k.npy.part.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"out.*k\.npy\.part"):
        NET.gram(X, out=out, **many_blocks())


@pytest.mark.parametrize("done", [[[0]], [[0, 0, 0]], ["ab"], 3, [[0.5, 1]], None])
def test_blocks_that_are_none(done: Any, tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    unfinished(out)
    log = tmp_path / "k.npy.part.json"
    kept = json.loads(log.read_text(encoding="utf-8")) | {"done": done}
    log.write_text(json.dumps(kept), encoding="utf-8")
    try:
        found = NET.gram(X, out=out, **many_blocks())
    except ValueError as error:
        assert "out" in str(error) and "k.npy.part" in str(error)
    else:
        assert_close(found, NET.gram(X))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_that_is_cut_short(share: float, tmp_path: Path) -> None:
    """A copy that was broken off, a full disk: what is missing is never read as zeros."""
    out = tmp_path / "k.npy"
    unfinished(out, 20)
    part = tmp_path / "k.npy.part"
    os.truncate(part, int(share * part.stat().st_size))
    with pytest.raises(ValueError, match=r"out.*k\.npy\.part"):
        NET.gram(X, out=out, **many_blocks())


@pytest.mark.parametrize(
    "other",
    [np.zeros((3, 3)), np.zeros((7, 7), np.float32), np.zeros((2, 7, 7)), np.zeros((7, 7)).T],
    ids=["shape", "dtype", "axes", "order"],
)
def test_a_file_of_another_kind(other: Any, tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    unfinished(out, 20)
    if other.shape == (7, 7) and other.dtype == np.float64:
        other = np.asfortranarray(NET.gram(X))
    with (tmp_path / "k.npy.part").open("wb") as file:
        np.save(file, other)
    try:
        found = NET.gram(X, out=out, **many_blocks())
    except ValueError as error:
        assert "out" in str(error) and "k.npy.part" in str(error)
    else:
        assert_close(found, NET.gram(X))


def test_a_file_that_is_no_array(tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    unfinished(out)
    (tmp_path / "k.npy.part").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"out.*k\.npy\.part"):
        NET.gram(X, out=out, **many_blocks())


def test_the_unfinished_matrix_is_lost(tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    unfinished(out)
    (tmp_path / "k.npy.part").unlink()
    seen = [0, 0]
    found = NET.gram(X, out=out, progress=cut_after(99, seen), **many_blocks())
    assert seen == [28, 28]
    assert_close(found, NET.gram(X))
    assert beside(out) == ["k.npy"]


def test_the_list_of_blocks_is_lost(tmp_path: Path) -> None:
    """What a file of that name holds nobody knows: it is not written over."""
    out = tmp_path / "k.npy"
    unfinished(out)
    (tmp_path / "k.npy.part.json").unlink()
    before = (tmp_path / "k.npy.part").read_bytes()
    with pytest.raises(ValueError, match=r"out.*k\.npy\.part.*remove it"):
        NET.gram(X, out=out, **many_blocks())
    assert (tmp_path / "k.npy.part").read_bytes() == before


# -- at the door ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("out", [3, b"k.npy", True, ["k.npy"], np.zeros((7, 7))], ids=str)
def test_what_is_no_path(out: Path) -> None:
    with pytest.raises(TypeError, match="out must be the path"):
        NET.gram(X, out=untyped(out))


def test_paths_that_will_not_do(tmp_path: Path) -> None:
    there = tmp_path / "there.npy"
    there.write_bytes(b"keep this")
    for out in (there, tmp_path, tmp_path / "no folder" / "k.npy", there / "k.npy", ""):
        with pytest.raises(ValueError, match="out must"):
            NET.gram(X, out=out)
    assert there.read_bytes() == b"keep this"
    assert beside(there) == ["there.npy"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_must_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError):
        NET.gram(X, out=tmp_path / "k.npy")


def test_a_bad_call_leaves_no_file(tmp_path: Path) -> None:
    out = tmp_path / "k.npy"
    for arguments, options in (
        ((X[0, 0],), {}),
        ((X,), {"memory": 1}),
        ((X,), {"tangent": "maybe"}),
        ((X, X[:, :7]), {}),
    ):
        with pytest.raises(ValueError):
            NET.gram(*arguments, out=out, **untyped(options))
    assert beside(out) == []


def test_other_libraries_have_no_files(tmp_path: Path) -> None:
    pytest.importorskip("array_api_compat")
    xp = pytest.importorskip("array_api_strict")
    with pytest.raises(TypeError, match="out needs NumPy arrays"):
        NET.gram(xp.asarray(X), out=tmp_path / "k.npy")
    assert beside(tmp_path / "k") == []


def test_the_data_are_not_copied_to_be_recognised(tmp_path: Path) -> None:
    """The check sum of the images reads them where they are."""
    import tracemalloc

    net = ckn.Network((ckn.Layer(1, ks.linear(), ckn.average(16), 16),))
    x = np.ones((1500, 16, 16, 3))  # 9 MiB
    peaks = []
    for out in (None, tmp_path / "k.npy"):
        tracemalloc.start()
        net.gram(x, x[:1], memory=2**23, threads=1, out=out)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2**20
