"""Results of the tables: JSON, resumed runs, merged files, comparison with what is printed, the command."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from experiments.__main__ import main
from experiments.tables import page, pools, progress, records, run, setups, show, timing
from experiments.tables.printed import Printed
from experiments.tables.records import Cost, Measurement, Record, Results, merge
from experiments.tables.run import Options
from experiments.tables.selection import Scores
from kernelspec import ckn
from kernelspec.files.lock import FileLock
from kernelspec.learning.jobs import problem, worker

SOME = Options(train=60, test=40, splits=2)
QUIET = io.StringIO()
VERSIONS = dict.fromkeys(("python", "kernelspec", "numpy", "scipy"), "1.0")


def rows(*names: str) -> tuple[setups.Row, ...]:
    return setups.chosen("mnist", names)


def measurement(split: int, accuracies: tuple[float, ...] = (0.5, 0.75), finished: str = "2026-01-01") -> Measurement:
    scores = Scores((1.0, 0.1), (0.5, 0.5), accuracies, "eigh")
    return Measurement(split, scores, Cost(1.5, 3.0, 2**30), finished, {"processor": "x", "cores": 2}, VERSIONS)


def record(name: str, splits: tuple[int, ...], finished: str = "2026-01-01") -> Record:
    printed = (Printed(80.0, 10_000, "exact", "a slide", "test"), Printed(87.0, 50_000, "exact", "a slide", "test"))
    measured = tuple(measurement(split, finished=finished) for split in splits)
    return Record(name, "exact", 100, "100 images", 40, {"dtype": "float64"}, {"kernel": name}, printed, measured)


def results(*several: Record, note: str = "") -> Results:
    return Results("mnist", "MNIST", "0123", note, several)


# -- files -------------------------------------------------------------------------------------------


def test_results_come_back_from_json(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    found = run.run(rows("NTK, L = 2", "Laplace"), pools.small("mnist"), SOME, path, "made up", QUIET)
    assert records.read(path) == found
    assert [len(each.measurements) for each in found.records] == [2, 2]
    plain = json.loads(path.read_text())
    assert plain["note"] == "made up" and plain["digest"] == pools.small("mnist").digest
    one = plain["records"][0]["measurements"][1]
    assert one["split"] == 1 and set(one["versions"]) >= {"numpy", "scipy", "kernelspec"}
    assert one["cost"]["peak_bytes"] > 2**24 and one["cost"]["processor_seconds"] > 0
    assert set(one["machine"]) == {"processor", "cores"}
    assert plain["records"][0]["printed"] == []  # of images that are made up nothing is printed
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "records": [{}]}', '{"format": 1, "records": 3}']
)
def test_files_of_something_else(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(ValueError, match="a.json"):
        records.read(tmp_path / "a.json")
    assert records.read(tmp_path / "absent.json") is None


def test_a_rerun_measures_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, pool, wanted = tmp_path / "found.json", pools.small("mnist"), rows("RF, L = 2", "NTK, L = 3")
    whole = run.run(wanted, pool, SOME, None, "", QUIET)
    calls: list[tuple[str, int]] = []
    measure = run.run_row

    def counted(row: setups.Row, pool: pools.Pool, options: Options, split: int, **more: Any) -> Measurement:
        calls.append((row.name, split))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return measure(row, pool, options, split, **more)

    monkeypatch.setattr(run, "run_row", counted)
    with pytest.raises(KeyboardInterrupt):
        run.run(wanted, pool, SOME, path, "", QUIET)
    said = io.StringIO()
    found = run.run(wanted, pool, SOME, path, "", said)
    assert calls == [("RF, L = 2", 0), ("NTK, L = 3", 0), ("RF, L = 2", 1), ("RF, L = 2", 1), ("NTK, L = 3", 1)]
    assert "2 of 4 measurements are there" in said.getvalue() and "NTK, L = 3, split 2: " in said.getvalue()
    for mine, theirs in zip(found.records, whole.records, strict=True):
        assert [each.scores for each in mine.measurements] == [each.scores for each in theirs.measurements]
    # Other sizes and options are other records of the same file.
    more = run.run(wanted[:1], pool, replace(SOME, train=50, splits=1, dtype="float32"), path, "", QUIET)
    assert [each.train for each in more.records] == [60, 60, 50] and len(calls) == 6
    other = replace(SOME, splits=1, lambdas=(1e-3, 0.5, 1e-3))
    more = run.run(wanted[:1], pool, other, path, "", QUIET)
    grids = [each.measurements[0].scores.lambdas for each in more.records]
    assert grids == [wanted[0].lambdas] * 3 + [(0.5, 1e-3)]
    for wrong, what in ((("", pools.small("fashion")), "digest"), (("a note", pool), "note")):
        with pytest.raises(ValueError, match=f"the file has .*{what}.*; name another file"):
            run.run(wanted, wrong[1], SOME, path, wrong[0], QUIET)
    assert records.read(path) == more


def test_rows_of_one_network_share_its_matrices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2, 20, 8, 8, 3), dtype=np.uint8)
    labels = np.arange(20) % 10
    pool = pools.Pool("noise", noise[0], labels, noise[1], labels, 0)
    network = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.average(4), stride=4)])
    wanted = tuple(
        replace(row, kernel=network, lambdas=tuple(np.geomspace(1, 1e-6, 25)))
        for row in setups.chosen("cifar10", ["2 layers, ReLU RF", "2 layers, ReLU NTK"])
    )
    options = Options(train=16, test=20, threads=1)
    seen = []

    def counted(kernel: Any, options: problem.Options, *data: Any) -> Any:
        seen.append(options.tangent)
        return problem.evaluate(kernel, options, *data)

    monkeypatch.setattr(worker, "evaluate", counted)
    both = run.run(wanted, pool, options, tmp_path / "x.json", "", QUIET)
    assert seen == ["both"] * 2 and not (tmp_path / "x.work").exists()
    for row, found in zip(wanted, both.records, strict=True):
        assert run.run_row(row, pool, options).scores == found.measurements[0].scores
    one, other = (found.measurements[0] for found in both.records)
    assert one.scores != other.scores
    # What the matrices took is in the cost of both.
    assert min(one.cost.processor_seconds, other.cost.processor_seconds) > 0.01


def test_one_run_writes_a_file_at_a_time(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "x.json.lock")
    try:
        with pytest.raises(BlockingIOError):
            run.run(rows("Laplace"), pools.small("mnist"), SOME, tmp_path / "x.json", "", QUIET)
    finally:
        lock.release()


# -- several files -----------------------------------------------------------------------------------


def test_files_are_merged() -> None:
    one = results(record("a", (0, 2)), record("b", (0,)))
    other = results(record("c", (1,)), record("a", (1, 2), "2026-02-02"))
    found = merge(one, other)
    assert [each.row for each in found.records] == ["a", "b", "c"]
    splits = [(each.split, each.finished) for each in found.records[0].measurements]
    assert splits == [(0, "2026-01-01"), (1, "2026-02-02"), (2, "2026-02-02")]  # the later of two
    assert merge(found, one) == merge(found) == found
    with pytest.raises(ValueError, match="at least one"):
        merge()
    for name, wrong in (("table", "fashion"), ("digest", "4567"), ("note", "another")):
        with pytest.raises(ValueError, match=f"results to merge must have one {name}; got .* and '{wrong}'"):
            merge(one, Results(**{**vars(one), name: wrong}))


# -- beside the printed numbers ----------------------------------------------------------------------


def test_measured_printed_difference() -> None:
    two = replace(
        record("a", ()), measurements=(measurement(0), measurement(1, (0.25, 0.5)), measurement(4, (0.6, 0.1)))
    )
    (row,) = show.compared(results(two, record("nothing", ()), note="a copy"))
    values = [50.0, 25.0, 60.0]
    assert row["measured"] == pytest.approx(np.mean(values)) and row["std"] == pytest.approx(np.std(values), abs=1e-4)
    assert row["best on test"] == pytest.approx((75 + 50 + 60) / 3, abs=1e-4)
    assert (row["printed"], row["printed n"], row["lambda"], row["data"]) == (80.0, 10_000, "1", "a copy")
    # As printed: the best on the test images. And where validation chose it, the chosen one.
    assert row["difference"] == pytest.approx(row["best on test"] - 80, abs=1e-4)
    chosen = replace(two, printed=(replace(two.printed[0], selection="validation"),))
    assert show.compared(results(chosen))[0]["difference"] == pytest.approx(45 - 80, abs=1e-4)
    assert row["processor s"] == 9.0 and row["peak GiB"] == 1.0
    alone = show.compared(results(replace(record("a", (0,)), printed=(), train=3)))[0]
    assert alone["std"] is alone["printed"] is alone["difference"] is None and alone["data"] == "MNIST"


@given(st.integers(1, 60_000))
def test_the_nearest_size_that_is_printed(train: int) -> None:
    found = show.nearest(replace(record("a", ()), train=train))
    assert found is not None
    assert found.train == (10_000 if train**2 < 10_000 * 50_000 else 50_000)
    assert show.nearest(replace(record("a", ()), way="nystrom")) is None


def test_looks() -> None:
    found = show.compared(results(replace(record("a|b", (0,)), printed=()), note="a copy"))
    text = show.markdown(found)
    assert text.startswith("Test accuracy in per cent, MNIST (a copy)\n\n| row | way | n |")
    assert "| a\\|b | exact | 100 | 1 | 1 | 50.00 |" in text and "printed" not in text.split("\n")[2]
    assert found.to_csv().splitlines()[1].startswith("a|b,exact,100,1,1,50.0,,75.0")


def test_the_page_is_that_of_the_results_that_are_kept() -> None:
    root = Path(__file__).resolve().parents[2]
    kept = page.kept(root / page.FOLDER)
    assert page.page(kept) == (root / "docs" / "tables.md").read_text(encoding="utf-8")
    assert {results.table for results in kept} <= set(setups.TABLES)
    for results in kept:
        rows = {row.name: row for row in setups.rows(results.table)}
        for each in results.records:
            assert each.measurements and each.setup == rows[each.row].setup and each.printed == rows[each.row].printed


def test_results_that_are_kept_go_on_where_they_are() -> None:
    """A call with the sizes and options of a record finds its measurements."""
    for path in (Path(__file__).resolve().parents[2] / page.FOLDER).glob("*.json"):
        kept = records.read(path)
        assert kept is not None and kept.records
        for each in kept.records:
            numbers = {
                name: text.split(",") for name, text in each.options.items() if name in ("components", "lambdas")
            }
            options = Options(
                each.train,
                each.test,
                dtype=each.options["dtype"],
                whitening=each.options.get("whitening", "authors"),
                nystrom=tuple(map(int, numbers["components"])) if "components" in numbers else None,
                lambdas=tuple(map(float, numbers["lambdas"])) if "lambdas" in numbers else None,
            )
            (row,) = (row for row in setups.rows(kept.table) if row.name == each.row)
            pool = replace(pools.small(kept.table), made_up=False)
            assert kept.find(run.blank(row, pool, options)) == each


def test_the_peak_is_that_of_the_process_or_of_a_worker() -> None:
    watch, scores = records.Stopwatch(), measurement(0).scores
    alone = watch.measurement(0, scores, (1.0, 2.0), ()).cost
    assert alone.peak_bytes >= 2**24 and alone.seconds >= 1 and alone.processor_seconds >= 2
    assert watch.measurement(0, scores, (0.0, 0.0), (3, 2**60, 5)).cost.peak_bytes == 2**60


def test_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records.write(tmp_path / "a.json", results(record("a", (0,)), note="a copy"))
    records.write(tmp_path / "b.json", results(replace(record("a", (1,)), train=7), note="a copy"))
    (found,) = page.kept(tmp_path)
    assert [each.train for each in found.records] == [100, 7]
    lines = page.page([found]).splitlines()
    assert "## MNIST: a copy" in lines and [line.split(" | ")[2] for line in lines if "exact" in line][-2:] == [
        "7",
        "100",
    ]
    # Of 1 and 0.1 both choose 1, the best and the largest on the validation images.
    assert "the smallest lambda of the table's grid in 0 of 2 measurements" in page.page([found])
    other = replace(record("b", (0,)), options={"lambdas": "1,0.1"})
    scores = Scores((1.0, 0.1), (0.5, 0.6), (0.5, 0.5), "eigh")
    ends = replace(record("c", (0,)), measurements=(replace(measurement(0), scores=scores),))
    assert "in 1 of 3 measurements" in page.page([results(*found.records, other, ends)])
    out = tmp_path / "tables.md"
    assert said(capsys, "page", str(tmp_path), "--out", str(out))[0] == 0
    assert out.read_text() == page.page([found])
    (tmp_path / "empty").mkdir()
    status, _, err = said(capsys, "page", str(tmp_path / "empty"), "--out", str(out))
    assert status == 2 and "there are no files of results" in err


def test_progress_tells_the_time_left() -> None:
    clock = progress.Clock("rows", 10, None)
    clock.advance(2)  # found in files
    clock._begun -= 10
    clock.advance(4)
    assert clock.line(10) == "rows: 60%, 10 s left"
    assert list(clock.steps(range(3), 3)) == [0, 1, 2] and clock.total == 3
    assert progress.Clock("rows", 10, None).line(1) == "rows: 0%"


# -- the command -------------------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["table", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_small_tier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "found.json")
    status, out, err = said(capsys, "mnist", "--small", "--rows", "rf", "laplace", "--depths", "2,5", "--out", path)
    assert status == 0 and "0 of 3 measurements are there" in err
    assert "made up like mnist" in out and out.count("exact") == 3
    accuracies = [
        100 * each.measurements[0].scores.accuracy for each in (records.read(Path(path)) or results()).records
    ]
    assert min(accuracies) > 80  # of ten classes, one pattern each
    status, out, _ = said(capsys, "show", path, "--format", "csv")
    assert status == 0 and [float(line.split(",")[8]) for line in out.splitlines()[1:2]] == accuracies[:1]
    assert "exact, other lambdas" in said(capsys, "mnist", "--small", "--rows", "laplace", "--lambdas", "1e-2,1e-5")[1]
    deep = said(capsys, "cifar10", "--small", "--nystrom", *("2",) * 9, "--rows", "10 layers, exp")[1]
    assert "nystrom 2,2,2,2,2,2,2,2,2, authors, shares of K" in deep
    status, out, err = said(capsys, "mnist", "--small", "--rows", "rf", "--depths", "2", "--out", path)
    assert "1 of 1 measurements are there" in err and out.count("exact") == 1
    for form in ("markdown", "latex", "text"):
        assert said(capsys, "show", path, "--format", form)[0] == 0


def test_the_small_tier_of_networks(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("cifar10", "--small", "--rows", "2 layers, exp-linear", "--train", "8", "--test", "4")
    status, out, _ = said(capsys, *words, "--threads", "1", "--whitening", "zca")
    assert status == 0 and "exact, zca" in out
    status, out, _ = said(capsys, "cifar10", "--small", "--nystrom", "4,6", "--rows", "2 layers, exp-linear")
    assert status == 0 and "nystrom 4,6, authors" in out
    status, out, _ = said(capsys, *words, "--estimate")
    assert status == 0 and "pairs a second" in out and " 68 " in out  # 36 + 32


def test_estimates_are_of_exact_matrices() -> None:
    with pytest.raises(ValueError, match="--estimate is for exact matrices"):
        timing.estimates(setups.rows("mnist")[:1], pools.small("mnist"), SOME)


def test_the_list_of_rows(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "list", "cifar10", "--format", "csv")
    lines = [line for line in out.splitlines() if "exp-exp" in line]
    numbers = [line.split('"')[2].split(",")[1] for line in lines]
    assert status == 0 and numbers == ["87.93", "80.5", "87.9", "84.1"]
    assert len(said(capsys, "list")[1].splitlines()) > 40


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("mnist",), "--data DIR must name the folder"),
        (("mnist", "--data", "nowhere"), "--data: there is no folder nowhere"),
        (("cifar10", "--data", "."), "--data: neither .* has a file test_batch.bin"),
        (("mnist", "--small", "--rows", "RBF"), "--rows 'RBF': the table mnist has no such row"),
        (("mnist", "--small", "--depths", "two"), "--depths must be whole numbers from 1 on, got 'two'"),
        (("mnist", "--small", "--train", "5000"), "--train must be from 1 to 300, .*; got 5000"),
        (("mnist", "--small", "--method", "lu", "--rows", "Laplace"), "method must be .*'lu'"),
        (("mnist", "--small", "--out", "nowhere/x.json"), "--out must lie in a folder that exists"),
        (
            ("cifar10", "--small", "--nystrom", "4", "--rows", "3 layers"),
            "--nystrom 4: needs one number for each layer",
        ),
        (("cifar10", "--small", "--nystrom", "0", "4"), "--nystrom must be whole numbers from 1 on"),
        (("cifar10", "--small", "--train", "1", "--rows", "2 layers, exp-linear"), "--train must be at least 2"),
        (("mnist", "--small", "--lambdas", "0.1", "0"), "--lambdas must be positive numbers, got '0.1 0'"),
        (("mnist", "--small", "--lambdas", "small"), "--lambdas must be positive numbers, got 'small'"),
        (("show", "nowhere.json"), "nowhere.json: there is no such file"),
        (("show", "notes.json"), "notes.json: not results of a table"),
    ],
)
def test_bad_input_is_answered_in_a_sentence(
    words: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KERNELSPEC_DATA", raising=False)
    Path("notes.json").write_text('{"format": 1}')
    status, out, err = said(capsys, *words)
    last = err.strip().splitlines()[-1]
    assert status == 2 and out == ""
    assert last.startswith("experiments: ")

    assert re.search(message, last)
    assert "Traceback" not in err


def test_an_interrupted_command_says_how_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run", interrupted)
    status, _, err = said(capsys, "mnist", "--small")
    assert status == 130 and "goes on where it was" in err
