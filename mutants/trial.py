"""One fault at a time in a copy of the tree: plant it, run what should notice it, take it out again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mutants.fault import Fault

TIME_LIMIT = "the time limit"
_NOT_COPIED = (".git", ".venv*", "build", "dist", "__pycache__", ".*_cache", ".hypothesis")
# Without the parameters, which may hold spaces and dashes.
_FAILED = re.compile(r"^(?:FAILED|ERROR) ([^\s\[]+)", re.MULTILINE)
_PYTEST_FAILED, _PYTEST_STOPPED = 1, 2  # the second one: a test module cannot be imported


@dataclass(frozen=True)
class Outcome:
    """What came of one trial.

    Parameters
    ----------
    noticed : whether the tests failed, and every check that must fail did.
    by : the tests and the claims that failed first.
    missed : what should have failed and did not: "tests", or numbers of claims.
    problem : why the trial says nothing (the text to change is not there, a test is missing).
    seconds : wall time.
    """

    noticed: bool
    by: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0


class Tree:
    """A copy of the sources in which faults are planted."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.root = folder / "tree"
        shutil.copytree(source, self.root, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        self._stamp = int(time.time())

    @contextmanager
    def with_fault(self, fault: Fault) -> Iterator[None]:
        """The tree with the fault in it, for a while; ValueError where it cannot be planted."""
        path = self.root / fault.file
        if not path.is_file():
            raise ValueError(f"{fault.name}: there is no such file")
        text = path.read_text(encoding="utf-8")
        self._write(path, fault.planted(text))
        try:
            yield
        finally:
            self._write(path, text)

    def tests(self, arguments: Sequence[str], seconds: float) -> tuple[str, ...]:
        """The tests that fail, the first one alone; none where all pass. ValueError where none ran."""
        there = [a for a in arguments if (self.root / a.partition("::")[0]).exists()]
        if not there:
            return ()
        options = ("-x", "-q", "--tb=line", "-p", "no:cacheprovider", "--disable-warnings")
        status, output = self._run(["-m", "pytest", *options, *there], seconds)
        if status is None:
            return (TIME_LIMIT,)
        if status == 0:
            return ()
        found = _FAILED.findall(output)
        if status not in (_PYTEST_FAILED, _PYTEST_STOPPED) or not found:
            raise ValueError(f"pytest ended with status {status}: {output[-600:]}")
        return tuple(found[:1])

    def checks(self, numbers: Sequence[str], seconds: float) -> tuple[str, ...]:
        """The claims among these whose verdict is not the recorded one."""
        failed = []
        for number in numbers:
            report = ("--out", "build/report", "--jobs", "1")
            status, _ = self._run(["-m", "paper_checks", "--only", number, *report], seconds)
            if status != 0:
                failed.append(number)
        return tuple(failed)

    def _run(self, arguments: Sequence[str], seconds: float) -> tuple[int | None, str]:
        environment = dict(os.environ) | {
            "HYPOTHESIS_PROFILE": "ci",
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONPATH": str(self.root),
        }
        # A process group, so that what the tests started ends with them.
        with subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.communicate()
                return None, ""
            return process.returncode, output

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        # Bytecode is known by the second and the size of its source: no two versions share both.
        self._stamp += 2
        os.utime(path, (self._stamp, self._stamp))


@contextmanager
def copied(source: Path) -> Iterator[Tree]:
    """A copy of the sources in a folder that goes when it is left."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        yield Tree(source, Path(folder))


def try_one(tree: Tree, fault: Fault, seconds: float) -> Outcome:
    """Plant the fault and run what should notice it."""
    started = time.perf_counter()
    try:
        with tree.with_fault(fault):
            tests = tree.tests(fault.tests, seconds)
            checks = tree.checks(fault.checks, seconds)
    except ValueError as problem:
        return Outcome(False, problem=str(problem), seconds=time.perf_counter() - started)
    missed = (() if tests else ("tests",)) + tuple(n for n in fault.checks if n not in checks)
    return Outcome(not missed, tests + checks, missed, "", time.perf_counter() - started)
