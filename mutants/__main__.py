"""Plant every fault and list the survivors: ``python -m mutants``."""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from kernelspec.files.atomic import write_atomically
from mutants import Fault, faults
from mutants.children import end_with_children
from mutants.trial import TIME_LIMIT, copied, settle, tried

Row: TypeAlias = dict[str, Any]  # an Outcome with the area, the name and the reason of its fault

_HERE = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant the faults; 0 when every survivor has its reason, 1 when one has none, 2 for bad input."""
    typed = _parser().parse_args(arguments)
    chosen = [
        (area, fault)
        for area, several in faults().items()
        for fault in several
        if re.search(typed.only, f"{area} {fault.name}")
    ]
    if not chosen:
        print(f"mutants: --only {typed.only!r} names no fault", file=sys.stderr)
        return 2
    if typed.list:
        print("\n".join(f"{area:<12} {fault.name}" for area, fault in chosen))
        return 0
    done = _earlier(typed.out) if typed.resume else {}
    rows = [dict(done[f.name]) for _, f in chosen if f.name in done]
    left = [(area, f) for area, f in chosen if f.name not in done]
    typed.out.parent.mkdir(parents=True, exist_ok=True)
    with closing(_tried(left, typed.tree, typed.jobs, typed.seconds)) as trials:
        for row in trials:
            rows.append(row)
            write_atomically(typed.out, json.dumps(rows, indent=1) + "\n")
            total = f"[{len(rows)}/{len(chosen)}]"
            print(f"{total} {_word(row):<9} {row['seconds']:5.0f} s  {row['name']}", flush=True)
    false_alarms = _false_alarms(rows, typed.tree, typed.seconds)
    for row in rows:
        alarms = [test for test in row["by"] if test in false_alarms]
        if alarms:
            row |= {"noticed": False, "problem": f"fails without the fault, too: {alarms[0]}"}
    write_atomically(typed.out, json.dumps(rows, indent=1) + "\n")
    return _conclude(rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    add = parser.add_argument
    add("--only", default="", metavar="REGEX", help="only the faults whose area and name match")
    add("--list", action="store_true", help="print the faults and stop")
    add("--jobs", type=int, default=2, metavar="N", help="trials side by side (2)")
    add("--seconds", type=float, default=900, metavar="S", help="limit for one trial (900)")
    add("--tree", type=Path, default=_HERE, help="plant in this tree, an earlier one for instance")
    add("--resume", action="store_true", help="keep what --out has")
    add("--out", type=Path, default=Path("build/mutants.json"), help="(build/mutants.json)")
    return parser


def _tried(chosen: Sequence[tuple[str, Fault]], source: Path, jobs: int, seconds: float) -> Generator[Row, None, None]:
    """The rows as they come, from `jobs` copies of the tree."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        # Processes of their own, each with a copy of the tree, and fresh: a trial forks them.
        pool = ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), initializer=settle, initargs=(source, folder)
        )
        with pool:
            started = {pool.submit(tried, fault, seconds): (area, fault) for area, fault in chosen}
            try:
                for trial in as_completed(started):
                    area, fault = started[trial]
                    about = {"area": area, "name": fault.name, "harmless": fault.harmless}
                    yield about | asdict(trial.result())
            except BaseException:  # a signal's, too
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in multiprocessing.active_children():
                    worker.terminate()
                raise


def _false_alarms(rows: Sequence[Row], source: Path, seconds: float) -> set[str]:
    """What failed with a fault and fails without any fault, too."""
    failed = {by for row in rows for by in row["by"] if by != TIME_LIMIT}
    tests = sorted(by for by in failed if "::" in by or by.endswith(".py"))
    with copied(source) as tree:
        alarms = set(tree.checks(sorted(failed - set(tests)), seconds))
        for _, group in itertools.groupby(tests, lambda test: test.partition("::")[0]):
            several = list(group)
            while several and (found := tree.first_failure(several, seconds)):
                alarms |= {found}
                several = [test for test in several if test != found]
    return alarms


def _earlier(path: Path) -> dict[str, Row]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {row["name"]: row for row in rows if not row["problem"]}


def _word(row: Row) -> str:
    return "problem" if row["problem"] else "noticed" if row["noticed"] else "SURVIVES"


def _conclude(rows: Sequence[Row]) -> int:
    """Print the table and the survivors; the exit status."""
    areas = Counter(row["area"] for row in rows)
    print(f"\n{'area':<14}{'planted':>8}{'noticed':>9}{'survive':>9}")
    for area, planted in areas.items():
        noticed = sum(row["noticed"] for row in rows if row["area"] == area)
        print(f"{area:<14}{planted:>8}{noticed:>9}{planted - noticed:>9}")
    noticed = sum(row["noticed"] for row in rows)
    print(f"{'all':<14}{len(rows):>8}{noticed:>9}{len(rows) - noticed:>9}")
    survivors = [row for row in rows if not row["noticed"]]
    for row in survivors:
        missed = ", ".join(row["missed"])
        reason = row["problem"] or row["harmless"] or f"noticed by neither of: {missed}"
        print(f"\n{_word(row)}: {row['name']}\n    {reason}")
    return 0 if all(row["harmless"] and not row["problem"] for row in survivors) else 1


if __name__ == "__main__":
    end_with_children(sys.exit)
    sys.exit(main())
