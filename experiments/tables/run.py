"""Rows of a table are run: one measurement for each split, kept in a file, so that a rerun does what is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from experiments.tables import convolutional, dense, features, records
from experiments.tables.matrices import Matrices
from experiments.tables.pools import FIRST_SEED, Pool, part
from experiments.tables.progress import Clock, duration
from experiments.tables.records import Measurement, Record, Results, Stopwatch
from experiments.tables.selection import FOLDS, Scores
from experiments.tables.setups import Row
from kernelspec import ckn, regression
from kernelspec.files.lock import FileLock
from report.memory import workers_held

_LOOK = 0.1  # seconds between two looks at what workers hold, which live for some seconds


@dataclass(frozen=True)
class Options:
    """How rows are run.

    Parameters
    ----------
    train, test : how many images.
    splits : how many permutations, with the seeds 42, 43, ...
    dtype : of the kernel matrices or features, "float32" or "float64".
    method : of `regression.ridge_path` for whole images; None leaves the choice to it.
    whitening : of Cifar10, a key of `whitening.POWERS`.
    nystrom : components of each layer; None computes exact matrices.
    lambdas : a grid in place of the row's own.
    memory : bytes of working memory of a network's matrices or features.
    threads : workers for the matrices, and threads of BLAS in regressions on whole images; None, one a core.
    """

    train: int
    test: int
    splits: int = 1
    dtype: str = "float64"
    method: regression.Method | None = None
    whitening: str = "authors"
    nystrom: tuple[int, ...] | None = None
    lambdas: tuple[float, ...] | None = None
    memory: int = 2**28
    threads: int | None = None


def blank(row: Row, pool: Pool, options: Options) -> Record:
    """The record of a row without measurements."""
    chosen: dict[str, Any] = {"dtype": options.dtype}
    validation = f"{pool.validation} images"
    if row.table == "cifar10":
        chosen["whitening"] = options.whitening
        validation = f"{FOLDS}-fold cross-validation"
    if options.nystrom is not None:
        chosen["components"] = ",".join(map(str, options.nystrom))
        validation = f"a {FOLDS}th of the training images, then trained on all"
    if options.lambdas is not None:
        chosen["lambdas"] = ",".join(f"{value:g}" for value in _grid(options.lambdas))
    way = "exact" if options.nystrom is None else "nystrom"
    return Record(
        row.name, way, options.train, validation, options.test, chosen, row.setup, () if pool.made_up else row.printed
    )


def run_row(
    row: Row,
    pool: Pool,
    options: Options,
    split: int = 0,
    *,
    matrices: Matrices | None = None,
    folder: Path | None = None,
    out: TextIO | None = None,
) -> Measurement:
    """Measure one row on one split.

    Parameters
    ----------
    split : seed 42 + split is that of the permutation, and of the anchors.
    matrices : for exact matrices of a network, where their finished blocks are kept; None keeps none.
    folder : for features of a network, where whitened images are kept; None keeps none.
    out : where progress is written; None writes none.

    Raises ValueError for sizes that the pool does not have, and as the functions of the row's kind.

    >>> from experiments.tables.pools import small
    >>> from experiments.tables.setups import chosen
    >>> measured = run_row(chosen("mnist", ["NTK"], [3])[0], small("mnist"), Options(train=100, test=50))
    >>> measured.scores.accuracy > 0.8  # of ten classes
    True
    """
    if options.lambdas is not None:
        row = replace(row, lambdas=_grid(options.lambdas))
    watch = Stopwatch()
    with workers_held(_LOOK) as workers:
        clock = Clock(f"{row.name}, split {split + 1}", 1, out)
        found, before = _scores(row, pool, options, split, matrices, folder, clock)
    return watch.measurement(split, found, before, workers.values())


def _scores(
    row: Row, pool: Pool, options: Options, split: int, matrices: Matrices | None, folder: Path | None, clock: Clock
) -> tuple[Scores, tuple[float, float]]:
    """The scores, and the seconds that earlier runs have spent on them."""
    here = part(pool, options.train, options.test, split)
    if not isinstance(row.kernel, ckn.Network):
        if options.nystrom is not None:
            raise ValueError(f"--nystrom is for rows of convolutional networks; {row.name!r} has whole images")
        found = dense.scores(
            row, pool, here, dtype=options.dtype, method=options.method, threads=options.threads, phase=clock.phase
        )
        return found, (0.0, 0.0)
    if options.nystrom is not None:
        found = features.scores(
            row,
            pool,
            here,
            components=options.nystrom,
            whitening=options.whitening,
            dtype=options.dtype,
            seed=FIRST_SEED + split,
            memory=options.memory,
            folder=folder,
            progress=clock.steps,
        )
        return found, (0.0, 0.0)
    kept = matrices or Matrices(None, row.kernel, row.tangent, options.memory, options.threads)
    x, new = convolutional.images(pool, here, options.whitening, options.dtype)
    kept.clock, before = clock, kept.before.copy()
    found = convolutional.scores(row, pool, here, x, new, kept)
    clock_before, processor_before = kept.before - before
    return found, (float(clock_before), float(processor_before))


def run(
    rows: Sequence[Row],
    pool: Pool,
    options: Options,
    path: Path | None = None,
    note: str = "",
    out: TextIO | None = None,
) -> Results:
    """Measure all rows on all splits, all but those that the file has.

    Parameters
    ----------
    path : a file of results, written anew after every measurement; what is in it is kept, and not measured again.
        Finished blocks of exact matrices lie beside it, in the folder of its name with the ending ``.work``, until the
        rows of their network are done.
    note : on the data, said wherever a number is shown.
    out : where progress is written, by default the standard error.

    Raises
    ------
    ValueError
        as `run_row`; for a file of another table, of other images, or with another note.
    BlockingIOError
        where another run writes the file.
    """
    out = sys.stderr if out is None else out
    results = Results(rows[0].table if rows else "", pool.name, pool.digest, note)
    lock = None if path is None else FileLock(path.with_name(path.name + ".lock"))
    try:
        there = None if path is None else records.read(path)
        if there is not None:
            results = _continued(there, results, path)
        wanted = [blank(row, pool, options) for row in rows]
        missing = [
            (row, record, split)
            for split in range(options.splits)
            for row, record in zip(rows, wanted, strict=True)
            if results.find(record).at(split) is None
        ]
        total = len(rows) * options.splits
        print(f"{results.table}: {total - len(missing)} of {total} measurements are there", file=out, flush=True)
        watch, folder = Stopwatch(), None if path is None else path.with_suffix(".work")
        for place, (network, split, group) in enumerate(_groups(missing), start=1):
            matrices = _matrices(path, network, [row for row, _ in group], options)
            for row, record in group:
                measured = run_row(row, pool, options, split, matrices=matrices, folder=folder, out=out)
                results = records.merge(results, replace(results, records=(replace(record, measurements=(measured,)),)))
                if path is not None:
                    records.write(path, results)
                said = f"{row.name}, split {split + 1}: {100 * measured.scores.accuracy:.2f} %"
                print(f"{said} in {duration(measured.cost.seconds)}", file=out, flush=True)
            if matrices is not None:
                matrices.forget()
            groups = len(_groups(missing))
            if place < groups:
                left = watch.spent()[0] * (groups - place) / place
                print(f"{place} of {groups} parts done, some {duration(left)} left", file=out, flush=True)
    finally:
        if lock is not None:
            lock.release()
    return results


def _grid(lambdas: Sequence[float]) -> tuple[float, ...]:
    """From the largest on, each once."""
    return tuple(sorted(set(lambdas), reverse=True))


def _groups(missing: Iterable[tuple[Row, Record, int]]) -> list[tuple[Any, int, list[tuple[Row, Record]]]]:
    """Measurements that share the matrices of one network on one split, in the order of the first of each."""
    found: dict[tuple[str, int], tuple[Any, int, list[tuple[Row, Record]]]] = {}
    for row, record, split in missing:
        network = isinstance(row.kernel, ckn.Network)
        key = (repr(row.kernel) if network else row.name, split)
        found.setdefault(key, (row.kernel, split, []))[2].append((row, record))
    return list(found.values())


def _matrices(path: Path | None, kernel: Any, rows: Sequence[Row], options: Options) -> Matrices | None:
    """Where the exact matrices of a network are kept: "both" of its kernels where rows want both."""
    if not isinstance(kernel, ckn.Network) or options.nystrom is not None:
        return None
    kinds = {row.tangent for row in rows}
    tangent: bool | str = kinds.pop() if len(kinds) == 1 else "both"
    folder = None if path is None else path.with_suffix(".work")
    return Matrices(folder, kernel, tangent, options.memory, options.threads)


def _continued(there: Results, now: Results, path: Path | None) -> Results:
    """What is in the file; ValueError where it is of other data."""
    for what, name in (("the table", "table"), ("images of the digest", "digest"), ("the note", "note")):
        mine, theirs = getattr(now, name), getattr(there, name)
        if mine != theirs:
            raise ValueError(f"--out {path}: the file has {what} {theirs!r}, and not {mine!r}; name another file")
    return there
