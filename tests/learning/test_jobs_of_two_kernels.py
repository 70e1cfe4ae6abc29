"""Blocks of two kernels, K and its tangent kernel, from one pass: `tangent="both"`."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_jobs import GROUP, IMAGES, NET, SQUARES, Cut, assert_close, counted

from kernelspec.learning import BlockMatrix, gram_job, open_gram, plan_gram
from kernelspec.learning.jobs import problem, worker


def job(folder: Path, **more: Any) -> BlockMatrix:
    return gram_job(NET, IMAGES, store=folder, block=3, tangent="both", **more)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("kernel", "x"), [(NET, IMAGES), (GROUP, SQUARES)], ids=["plane", "group"])
def test_each_kernel_has_its_matrix(kernel: Any, x: Any, dtype: str, tmp_path: Path) -> None:
    x = x.astype(dtype)
    for name, other in (("alone", None), ("two", x[1:4])):
        found = gram_job(kernel, x, other, store=tmp_path / name, block=3, tangent="both")
        for mine, exact in zip(found.kernels, kernel.gram(x, other, "both", threads=1), strict=True):
            assert_close(mine.array(), exact)
            assert_close(mine[-2:, ::-1], exact[-2:, ::-1])
            assert_close(np.vstack([band for _, band in mine.bands(2)]), exact)
            assert mine.kernels == (mine,) and mine.missing == 0 and mine.shape == exact.shape
    plain, tangent = open_gram(tmp_path / "alone").kernels
    assert not np.allclose(plain.array(), tangent.array())
    np.testing.assert_array_equal(tangent.array(), tangent.array().T)
    assert ", tangent; " in repr(tangent) and "tangent" not in repr(plain)
    assert "and its tangent kernel" in repr(open_gram(tmp_path / "alone"))


def test_one_pass_for_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def evaluate(kernel: Any, options: problem.Options, *data: Any) -> Any:
        seen.append(options.tangent)
        return problem.evaluate(kernel, options, *data)

    monkeypatch.setattr(worker, "evaluate", evaluate)
    job(tmp_path / "k")
    assert seen == ["both"] * 6


def test_one_kernel_is_its_own(tmp_path: Path) -> None:
    found = gram_job(NET, IMAGES, store=tmp_path / "k", tangent=True)
    assert found.kernels == (found,) and ", tangent; " in repr(found)


def test_nothing_is_read_of_neither(tmp_path: Path) -> None:
    found = job(tmp_path / "k")
    for read in (
        lambda: found[0, 0],
        lambda: found.array(),
        lambda: found.array(tmp_path / "K.npy"),
        lambda: next(found.bands()),
        lambda: np.asarray(found),
        lambda: found[:0],
    ):
        with pytest.raises(ValueError, match=r"store: .*k' holds two kernels; `kernels` of this matrix is the pair"):
            read()
    assert [path.name for path in tmp_path.iterdir()] == ["k"]


def test_files_of_the_two_are_told_from_each_other(tmp_path: Path) -> None:
    for place, mine in enumerate(job(tmp_path / "k").kernels):
        path = tmp_path / f"{place}.npy"
        assert_close(mine.array(path), NET.gram(IMAGES, tangent="both")[place])
        assert_close(np.load(path), NET.gram(IMAGES, tangent="both")[place])


def test_it_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    seen = [0, 0]
    with pytest.raises(Cut):
        job(tmp_path / "k", progress=counted(seen, 4))
    half = open_gram(tmp_path / "k")
    assert 0 < half.missing < 6 and half.kernels[1].missing == half.missing
    with pytest.raises(ValueError, match="is missing; the gram_job that made the rest computes it"):
        half.kernels[1].array()
    job(tmp_path / "k", progress=counted(seen))
    assert 0 < seen[0] < 9
    job(tmp_path / "k", progress=counted(seen := [0, 0]))
    assert seen == [0, 0]
    for other, words in ((False, "its tangent is both, not False"), (True, "its tangent is both, not True")):
        with pytest.raises(ValueError, match=words):
            gram_job(NET, IMAGES, store=tmp_path / "k", tangent=other)
    gram_job(NET, IMAGES, store=tmp_path / "one", tangent=True)
    with pytest.raises(ValueError, match="its tangent is True, not both"):
        job(tmp_path / "one")


@pytest.mark.parametrize("place", [0.25, 0.75])
def test_a_change_in_either_half_is_seen(place: float, tmp_path: Path) -> None:
    found = job(tmp_path / "k")
    expected = [each.array() for each in found.kernels]
    path = min((tmp_path / "k" / "blocks").iterdir())
    content = bytearray(path.read_bytes())
    content[-int(place * 2 * 9 * 8)] ^= 1
    path.write_bytes(content)
    assert len(found.verify()) == 1
    for each in open_gram(tmp_path / "k").kernels:
        with pytest.raises(ValueError, match="damaged"):
            each.array()
    seen = [0, 0]
    for mine, before in zip(job(tmp_path / "k", progress=counted(seen)).kernels, expected, strict=True):
        np.testing.assert_array_equal(mine.array(), before)
    assert 1 <= seen[0] <= 2


def test_by_processes(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = job(tmp_path / "k", executor=pool)
    for mine, exact in zip(found.kernels, NET.gram(IMAGES, tangent="both"), strict=True):
        assert_close(mine.array(), exact)


def test_the_plan_counts_both(tmp_path: Path) -> None:
    plan = plan_gram(NET, IMAGES, block=3, tangent="both", pairs_per_second=1)
    job(tmp_path / "k")
    files = [path.stat().st_size for part in ("blocks", "data") for path in (tmp_path / "k" / part).iterdir()]
    assert plan.disk == sum(files)
    one = plan_gram(NET, IMAGES, block=3, tangent=True, pairs_per_second=1)
    assert plan.memory - one.memory == (4 - 1) * 3 * 3 * 8 and plan.pairs == one.pairs
