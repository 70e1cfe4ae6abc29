"""What a job costs, beside what it then takes."""

from __future__ import annotations

import heapq
import math
from dataclasses import FrozenInstanceError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from expressions import untyped
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.learning import GramPlan, gram_job, plan_gram
from kernelspec.learning.jobs import plans
from kernelspec.learning.jobs.cut import Cut
from kernelspec.numbers.quantities import byte_text, duration_text

NET = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.average(2), stride=2)])
sizes = st.integers(0, 40)


@given(rows=sizes, columns=st.none() | sizes, block=st.integers(1, 45))
def test_blocks_cover_every_pair_once(rows: int, columns: int | None, block: int) -> None:
    cut = Cut(rows, rows if columns is None else columns, columns is None, block)
    seen = np.zeros((cut.rows, cut.columns), int)
    for place in cut:
        here = cut.span(place)
        seen[here] += 1
        assert seen[here].shape == cut.size(place) == seen[here].shape and seen[here].size
        if cut.symmetric and not cut.on_diagonal(place):
            seen[here[::-1]] += 1
    assert (seen == 1).all()
    several = list(cut)
    assert len(several) == len(cut) == len({cut.name("key", place) for place in several})
    pairs = rows * (rows + 1) // 2 if columns is None else rows * columns
    assert sum(map(cut.pairs, several)) == pairs


def test_names_tell_all_that_matters() -> None:
    """Key, rows and columns; and the numbers of the block alone do not."""
    names = {
        cut.name(key, place)
        for key in ("a", "b")
        for cut in (Cut(9, 9, False, 3), Cut(9, 9, False, 4), Cut(9, 9, False, 9), Cut(9, 8, False, 9))
        for place in cut
    }
    assert len(names) == 2 * (9 + 9 + 1 + 1)


@given(rows=sizes, columns=st.none() | sizes, block=st.integers(1, 45), workers=st.integers(1, 9))
def test_numbers_of_a_plan(rows: int, columns: int | None, block: int, workers: int) -> None:
    """Against blocks that are counted, and workers who each take the next one."""
    y = None if columns is None else (columns, 3)
    plan = plan_gram(ks.ntk(2), (rows, 3), y, block=block, workers=workers, pairs_per_second=10.0, dtype="float32")
    cut = Cut(rows, rows if columns is None else columns, columns is None, block)
    assert plan.blocks == len(cut) and plan.pairs == sum(map(cut.pairs, cut))
    free = [0.0] * workers
    for place in cut:
        heapq.heapreplace(free, free[0] + cut.pairs(place) / 10)
    assert max(free) <= plan.seconds * (1 + 1e-12)
    assert plan.seconds * workers <= plan.pairs / 10 * (1 + 1e-12) + (workers - 1) * block**2 / 10
    if workers == 1:
        assert plan.seconds == pytest.approx(plan.pairs / 10, rel=1e-15)


@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize(("rows", "block"), [(23, 4), (20, 5), (7, 9), (1, 1), (0, 3)])
def test_the_disk_is_that_of_the_store(rows: int, block: int, two: bool, tmp_path: Path) -> None:
    x, y = np.ones((rows, 3)), 2 * np.ones((11, 3)) if two else None
    plan = plan_gram(ks.ntk(2), x, y, block=block, pairs_per_second=1)
    found = gram_job(ks.ntk(2), x, y, store=tmp_path / "k", block=block)
    files = [path for part in ("blocks", "data") for path in (tmp_path / "k" / part).iterdir()]
    assert plan.disk == sum(path.stat().st_size for path in files)
    assert plan.blocks == len(found.store.manifest.cut) and (plan.rows, plan.columns) == found.shape
    assert plan.dtype == found.dtype


@pytest.mark.parametrize(("cost", "block", "most"), [(1e-2, 128, 8), (1e-5, 128, 128), (1e-9, 64, 64), (3.0, 16, 2)])
def test_the_rate_is_that_of_a_large_block(cost: float, block: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that goes on with each pair, and with each image that is prepared."""
    clock, counts = [0.0], list[int]()

    def evaluate(kernel: Any, options: Any, x: Any, y: Any) -> None:
        counts.append(len(x))
        assert len(x) == len(y)
        clock[0] += cost * (len(x) * len(y) + 2 * len(x)) if len(x) > 1 else 100.0  # the first makes what is kept

    monkeypatch.setattr(plans, "evaluate", evaluate)
    monkeypatch.setattr(plans, "time", SimpleNamespace(process_time=lambda: clock[0], perf_counter=float))
    plan = plan_gram(NET, (1000, 6, 6, 1), block=block)
    assert plan.pairs_per_second == pytest.approx(block**2 / (block**2 + 2 * block) / cost, rel=1e-6)
    assert counts[-1] == most if cost in (1e-9, 3.0) else counts[-1] <= most
    assert plan.seconds == pytest.approx(1000 * 1001 / 2 / plan.pairs_per_second)


def test_data_and_shapes_of_all_kinds() -> None:
    """The rate is positive, whatever stands in."""
    x = np.random.default_rng(0).standard_normal((9, 6, 6, 1)).astype(np.float32)
    for one, two in ((x, None), (x, x[:4]), (x.shape, (4, 6, 6, 1)), (x, (4, 6, 6, 1)), (x.tolist(), None)):
        plan = plan_gram(NET, untyped(one), untyped(two), dtype="float32", tangent=True, block=4)
        assert plan.pairs_per_second > 0 and plan.seconds > 0
        assert plan.pairs == (9 * 4 if two is not None else 45) and plan.dtype == "float32"
    assert plan_gram(ks.ntk(2), (0, 4)).seconds == 0
    assert plan_gram(NET, (5, 1, 6, 6), channels="first", pairs_per_second=1).pairs == 15
    first = plan_gram(ks.ntk(2), ((1.0, 2.0), (3.0, 4.0)), pairs_per_second=1)  # a tuple of rows is data
    assert (first.rows, first.dtype) == (2, "float64")


def test_the_default_block_is_that_of_the_job(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((3, 32, 32, 3))
    deep = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), stride=2), ckn.Layer(3, ks.arccos(1))])
    for name, kernel, data in (("a", ks.ntk(2), np.ones((3, 2))), ("b", NET, x[:, :6, :6]), ("c", deep, x)):
        plan = plan_gram(kernel, data, pairs_per_second=1)
        found = gram_job(kernel, data, store=tmp_path / name, walltime=0)
        assert plan.block == found.store.manifest.block
    # 1.5e10 kernel values: 32^4 of each pair, and 15^2 behind the last pooling; three times as many for the tangent.
    assert plan.block == math.isqrt(15 * 10**9 // (32**4 + 15**2)) == 119
    assert plan_gram(deep, data, pairs_per_second=1, tangent=True).block == 69
    assert plan_gram(ks.ntk(2), (10, 2), pairs_per_second=1).block == 2048


def test_how_a_plan_looks() -> None:
    plan = plan_gram(ks.ntk(3), (50_000, 784), dtype="float32", workers=8, pairs_per_second=1423.0)
    assert " ".join(repr(plan).split()) == (
        "ntk(3), 50000 x 50000 float32: 1250025000 pairs at 1.42e+03 a second and worker, 1 d 7 h with 8 workers; 325 "
        "blocks of 2048, 5.0 GiB on disk, 1.0 GiB a worker"
    )
    rows = {row["what"]: row["plan"] for row in plan.table()}
    assert rows["time"] == "1 d 7 h" and rows["blocks"] == "325 of 2048 x 2048" and rows["pairs"] == "1250025000"
    assert "1 d 7 h" in plan._repr_html_() and "<table" in plan._repr_html_()
    with pytest.raises(FrozenInstanceError):
        untyped(plan).rows = 3
    assert isinstance(plan, GramPlan) and "1 block of" in repr(plan_gram(ks.ntk(2), (3, 2), pairs_per_second=1))


def test_times_and_sizes() -> None:
    times = {
        0: "0 s",
        0.004: "0.004 s",
        9.94: "9.9 s",
        9.96: "10 s",
        59.4: "59 s",
        59.6: "1 min 0 s",
        3599: "59 min 59 s",
        7500: "2 h 5 min",
        878400: "10 d 4 h",
    }
    assert {seconds: duration_text(seconds) for seconds in times} == times
    counts = {1023: "1023 bytes", 1024: "1.0 KiB", 2**20: "1.0 MiB", 3 * 2**29: "1.5 GiB", 2**60: "1024.0 PiB"}
    assert {count: byte_text(count) for count in counts} == counts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pairs_per_second": 0}, "pairs_per_second must be finite and at least 1e-09, got 0"),
        ({"pairs_per_second": 1e-320}, "pairs_per_second must be finite and at least 1e-09"),
        ({"pairs_per_second": "fast"}, "pairs_per_second must be a real number"),
        ({"workers": 0}, "workers must be an integer"),
        ({"block": 0}, "block must be an integer"),
        ({"x": (3, 4, 5, 6, 7)}, "x must have shape"),
        ({"x": (3, -4)}, "x must be an integer from 0"),
        ({"x": (3, 4.5)}, "x must be an integer"),
        ({"y": (3, 5)}, "x and y must have rows of one shape"),
        ({"dtype": "int32"}, "dtype must be float32 or float64"),
        ({"kernel": 3}, "kernel must be a kernel such as"),
    ],
    ids=str,
)
def test_bad_calls(change: dict[str, Any], words: str) -> None:
    call = {"kernel": ks.ntk(2), "x": (3, 4)} | change
    with pytest.raises((TypeError, ValueError), match=words):
        plan_gram(**untyped(call))
