"""Results of the tables in JSON: what was run, on what, how long, and what came out.

A file has one format number, a table, the digest of its images, a note on them, and records; a record is a row of a
table with sizes and options, and has one measurement for each split. Percentages are nowhere in a file: accuracies are
fractions. Every number in it was computed; what is printed elsewhere stands beside, under "printed".
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from experiments.tables.printed import Printed
from experiments.tables.selection import Scores
from report.data import created, machine, read_json, versions, write_json
from report.memory import most_held

FORMAT = 1
Json = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """What a measurement took.

    Parameters
    ----------
    seconds : by the clock, all runs that were needed together.
    processor_seconds : of all threads and worker processes.
    peak_bytes : the largest resident memory up to its end, of the process or of one of its workers, which share most
        of theirs with it.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Measurement:
    """One split of one record: the scores, what they took, and when and where."""

    split: int
    scores: Scores
    cost: Cost
    finished: str
    machine: Json
    versions: Json


@dataclass(frozen=True)
class Record:
    """A row with its sizes and options, the printed numbers, and the measurements that there are."""

    row: str
    way: str
    train: int
    validation: str
    test: int
    options: Json
    setup: Json
    printed: tuple[Printed, ...]
    measurements: tuple[Measurement, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What tells this record from others of the same table."""
        return self.row, self.way, self.train, self.test, tuple(sorted(self.options.items())), str(self.setup)

    def at(self, split: int) -> Measurement | None:
        """The measurement of one split, None where it has not been run."""
        return next((each for each in self.measurements if each.split == split), None)


@dataclass(frozen=True)
class Results:
    """The records of one table, of one copy of its images."""

    table: str
    data: str
    digest: str
    note: str
    records: tuple[Record, ...] = ()

    def find(self, like: Record) -> Record:
        """The record with the key of another one: its measurements, or none."""
        return next((each for each in self.records if each.key == like.key), replace(like, measurements=()))


def merge(*several: Results) -> Results:
    """All records of results of one table and one copy of its images; measurements of one record come together.

    Where two have measured the same split, the one that was finished last stays. Raises ValueError for results of
    different tables, images or notes.
    """
    if not several:
        raise ValueError("there must be at least one set of results to merge; got none")
    first = several[0]
    for other in several[1:]:
        for name in ("table", "digest", "note"):
            mine, yours = getattr(first, name), getattr(other, name)
            if mine != yours:
                raise ValueError(f"results to merge must have one {name}; got {mine!r} and {yours!r}")
    records: dict[tuple[object, ...], Record] = {}
    for record in (record for results in several for record in results.records):
        there = records.get(record.key, replace(record, measurements=()))
        splits = {each.split: each for each in there.measurements}
        for each in record.measurements:
            if each.split not in splits or splits[each.split].finished <= each.finished:
                splits[each.split] = each
        records[record.key] = replace(there, measurements=tuple(splits[number] for number in sorted(splits)))
    return replace(first, records=tuple(records.values()))


# -- files ----------------------------------------------------------------------------------------------------


def write(path: Path, results: Results) -> None:
    """Write results as JSON, whole or not at all."""
    write_json(path, {"format": FORMAT, **asdict(results)})


def read(path: Path) -> Results | None:
    """The results in a file, None where there is none; ValueError for a file of something else."""
    found = read_json(path)
    if found is None:
        return None
    try:
        if found["format"] != FORMAT:
            raise ValueError(f"its format is {found['format']}, not {FORMAT}")
        records = tuple(map(_record, found["records"]))
        return Results(found["table"], found["data"], found["digest"], found["note"], records)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path}: not results of a table ({error})") from error


def _record(found: Json) -> Record:
    printed = tuple(Printed(**each) for each in found["printed"])
    measurements = tuple(map(_measurement, found["measurements"]))
    return Record(**{**found, "printed": printed, "measurements": measurements})


def _measurement(found: Json) -> Measurement:
    scores = found["scores"]
    grids = {name: tuple(map(float, scores[name])) for name in ("lambdas", "on_validation", "on_test")}
    return Measurement(**{**found, "scores": Scores(**grids, solver=scores["solver"]), "cost": Cost(**found["cost"])})


# -- where it ran ---------------------------------------------------------------------------------------------


class Stopwatch:
    """The cost since it was made, of this process and of the workers that it has waited for."""

    def __init__(self) -> None:
        self._clock, self._processor = time.perf_counter(), _processor_seconds()

    def spent(self) -> tuple[float, float]:
        """Seconds by the clock, and of processors."""
        return time.perf_counter() - self._clock, _processor_seconds() - self._processor

    def measurement(self, split: int, scores: Scores, before: Sequence[float], workers: Iterable[int]) -> Measurement:
        """A measurement that ends now.

        `before` is what was spent on it in runs before this one, `workers` are the most bytes that each has held.
        """
        seconds, processor = (round(now + then, 3) for now, then in zip(self.spent(), before, strict=True))
        cost = Cost(seconds, processor, max([most_held(), *workers]))
        return Measurement(split, scores, cost, created(), machine(), versions())


def _processor_seconds() -> float:
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system
