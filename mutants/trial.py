"""One fault at a time in a copy of the tree: plant it, run what should notice it, take it out again."""

from __future__ import annotations

import importlib
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutants.children import end_with_children, forked, group
from mutants.fault import Fault

TIME_LIMIT = "the time limit"
_NOT_COPIED = (".git", ".venv*", "build", "dist", "__pycache__", ".*_cache", ".hypothesis")
# Without the parameters, which may hold spaces and dashes.
_NO_TESTS = 5  # pytest's status where it found none
_ENVIRONMENT = {"HYPOTHESIS_PROFILE": "ci", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_LIBRARIES = (
    "flint",
    "hypothesis.extra.numpy",
    "matplotlib.figure",
    "mpmath",
    "pytest",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.special",
    "sympy",
)


def preload() -> None:
    """Import the libraries that most tests use, once for all trials of this process."""
    os.environ.update(_ENVIRONMENT)
    for name in _LIBRARIES:
        importlib.import_module(name)


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


def file_of(argument: str) -> str:
    """The file of ``file``, ``file::name`` or ``file -k expression``."""
    return argument.partition(" -k ")[0].partition("::")[0]


def _typed(argument: str) -> list[str]:
    file, chosen, expression = argument.partition(" -k ")
    return [file, "-k", expression] if chosen else [file]


class _First:
    """What pytest says of the test that failed first."""

    failed = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


class Tree:
    """A copy of the sources in which faults are planted."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.root = folder / "tree"
        folder.mkdir(exist_ok=True)
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
        """The test that fails first, if any does; an older tree may have fewer tests."""
        for argument in arguments:
            if (self.root / file_of(argument)).exists():
                failed = self.first_failure(_typed(argument), seconds)
                if failed:
                    return (failed,)
        return ()

    def first_failure(self, arguments: Sequence[str], seconds: float) -> str:
        """The test that fails first, or "". ValueError where pytest does not come to its end."""
        status, failed = self._pytest(arguments, seconds)
        if not failed and status not in (0, _NO_TESTS):
            raise ValueError(f"pytest {' '.join(arguments)} ended with status {status}")
        return failed

    def checks(self, numbers: Sequence[str], seconds: float) -> tuple[str, ...]:
        """The claims among these whose verdict is not the recorded one."""
        failed = []
        for number in numbers:
            report = ("--out", "build/report", "--jobs", "1")
            status = self._run(["-m", "paper_checks", "--quick", "--only", number, *report], seconds)
            if status != 0:
                failed.append(number)
        return tuple(failed)

    def _pytest(self, arguments: Sequence[str], seconds: float) -> tuple[int, str]:
        """The status, and the test that failed first or "", of a run in a child that has the libraries already."""
        reads, writes = os.pipe()

        def work() -> None:
            os.close(reads)
            os.write(writes, "\0".join(map(str, self._in_child(arguments))).encode())

        try:
            with group(lambda: forked(work)):
                os.close(writes)
                ready, _, _ = select.select([reads], [], [], seconds)
                said = os.read(reads, 1 << 16).decode() if ready else f"1\0{TIME_LIMIT}"
        finally:
            os.close(reads)
        if not said:
            return 1, f"{arguments[0]} (the process died)"
        status, _, failed = said.partition("\0")
        return int(status), failed

    def _in_child(self, arguments: Sequence[str]) -> tuple[int, str]:
        silent = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(silent, stream)
        os.chdir(self.root)
        os.environ.update(_ENVIRONMENT, PYTHONPATH=str(self.root))
        sys.path.insert(0, str(self.root))
        ours = {path.stem for path in self.root.iterdir()}
        for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
            del sys.modules[name]
        import pytest

        first = _First()
        options = ("-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "--disable-warnings")
        status = pytest.main([*options, *arguments], plugins=[first])
        return int(status), first.failed

    def _run(self, arguments: Sequence[str], seconds: float) -> int | None:
        started = []

        def start() -> int:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.root,
                env=dict(os.environ) | _ENVIRONMENT | {"PYTHONPATH": str(self.root)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            started.append(process)
            return process.pid

        with group(start), suppress(subprocess.TimeoutExpired):
            return started[0].wait(timeout=seconds)
        return None

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


_settled: list[Tree] = []  # the copy of this process


def settle(source: Path, folder: str) -> None:
    """Make this process ready for trials: its own copy of the tree, the libraries loaded."""
    end_with_children(os._exit)
    preload()
    _settled.append(Tree(source, Path(folder) / str(os.getpid())))


def tried(fault: Fault, seconds: float) -> Outcome:
    """`try_one` in the copy of this process."""
    return try_one(_settled[-1], fault, seconds)


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
