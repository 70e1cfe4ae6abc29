"""The planted faults as data, and one trial in a tree of two files."""

import ast
import os
import re
import signal
import subprocess
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from mutants import Fault, faults
from mutants.children import end_with_children, forked, group
from mutants.trial import copied, file_of, try_one
from paper_checks.registry import discover

ROOT = Path(__file__).resolve().parent.parent
ALL = [fault for several in faults().values() for fault in several]


@pytest.mark.parametrize("file", sorted({fault.file for fault in ALL}))
def test_every_fault_of_a_file_can_be_planted_and_is_python(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    tree = ast.parse(text).body
    ends = [node.end_lineno or 0 for node in tree]
    for fault in (f for f in ALL if f.file == file):
        planted = ast.parse(fault.planted(text)).body
        # Statements of the module that end before the change or begin after it are the same text.
        line = text[: text.index(fault.before)].count("\n") + 1
        first, last = (bisect_left(ends, at) for at in (line, line + fault.before.count("\n")))
        touched = [[ast.dump(node) for node in each[first : last + 1]] for each in (tree, planted)]
        assert len(planted) != len(tree) or touched[0] != touched[1], fault.name


def test_faults_are_told_apart_and_name_what_exists() -> None:
    twice = [name for name, times in Counter(f.name for f in ALL).items() if times > 1]
    assert not twice
    claims = {claim.number for section in discover() for claim in section.claims}
    for fault in ALL:
        assert fault.tests and set(fault.checks) <= claims, fault.name
        for test in fault.tests:
            name = test.partition("::")[2]
            text = (ROOT / file_of(test)).read_text(encoding="utf-8")
            assert not name or f"def {name.partition('[')[0]}(" in text, fault.name


def _tree(folder: Path) -> Path:
    (folder / "two.py").write_text("def two():\n    return 1 + 1\n\n\nthree = 2 + 1\n")
    (folder / "test_two.py").write_text("import two\n\n\ndef test_two():\n    assert two.two() == 2\n")
    return folder


def test_a_fault_is_noticed_survives_or_cannot_be_planted(tmp_path: Path) -> None:
    tests = ("test_two.py",)
    wrong = Fault("two.py", "1 + 1", "1 - 1", "the other sign", tests)
    unseen = Fault("two.py", "2 + 1", "2 - 1", "the other sign of three", tests)
    absent = Fault("two.py", "1 + 2", "1", "not there", tests)
    broken = Fault("two.py", "1 + 1", "1 +", "no Python", tests)
    with copied(_tree(tmp_path)) as tree:
        outcomes = [try_one(tree, fault, 60) for fault in (wrong, unseen, absent, broken)]
        assert (tree.root / "two.py").read_text() == (tmp_path / "two.py").read_text()
    assert [outcome.noticed for outcome in outcomes] == [True, False, False, True]
    assert outcomes[0].by == ("test_two.py::test_two",)
    assert outcomes[1].missed == ("tests",) and not outcomes[1].problem
    assert "0 times" in outcomes[2].problem


# -- what is started ends with what started it -----------------------------------------------------------------------


def within(seconds: float, reached: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not reached() and time.monotonic() < end:
        time.sleep(0.01)
    return reached()


def runs(pid: int) -> bool:
    """Whether there is such a process; one that has ended, and was not waited for, does not run."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return not Path("/proc/self").exists()
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("starting", [False, True])
def test_a_signal_ends_a_process_and_what_it_has_started(
    tmp_path: Path, number: signal.Signals, starting: bool
) -> None:
    """Also a signal that comes while the child is being started."""
    pids = tmp_path / "pids"

    def sleeper() -> None:
        child = subprocess.Popen(["sleep", "30"])
        pids.write_text(f"{os.getpid()} {child.pid} .")
        time.sleep(30)

    def start() -> int:
        child = forked(sleeper)
        if starting:
            assert within(20, lambda: pids.exists() and pids.read_text().endswith("."))
            os.kill(os.getpid(), number)
        return child

    def work() -> None:
        end_with_children(os._exit)
        with group(start):
            time.sleep(30)

    parent = forked(work)
    try:
        assert within(20, lambda: pids.exists() and pids.read_text().endswith("."))
        started = [int(pid) for pid in pids.read_text().split()[:-1]]
        if not starting:
            assert all(map(runs, started))
            os.kill(parent, number)
        assert os.waitstatus_to_exitcode(os.waitpid(parent, 0)[1]) == 128 + number
        assert within(20, lambda: not any(map(runs, started)))
    finally:
        if runs(parent):
            os.killpg(parent, signal.SIGKILL)


def test_ending_the_runner_ends_its_trials(tmp_path: Path) -> None:
    """From the command through its worker and the test to what the test has started."""
    fault = next(fault for fault in ALL if fault.tests[0] == file_of(fault.tests[0]))
    pids, tree = tmp_path / "pids", tmp_path / "source"
    test = f"""
import os, subprocess, time
from pathlib import Path

def test_that_takes_long():
    child = subprocess.Popen(["sleep", "30"])
    Path({str(pids)!r}).write_text(f"{{os.getppid()}} {{os.getpid()}} {{child.pid}} .")
    time.sleep(30)
"""
    for file, text in ((fault.file, fault.before), (fault.tests[0], test)):
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        (tree / file).write_text(text)
    command = f"-m mutants --jobs 1 --tree {tree} --out {tmp_path / 'out.json'} --only".split()
    runner = subprocess.Popen([sys.executable, *command, re.escape(fault.name)], cwd=ROOT)
    try:
        assert within(60, lambda: pids.exists() and pids.read_text().endswith("."))
        started = [int(pid) for pid in pids.read_text().split()[:-1]]
        assert all(map(runs, started))
        runner.terminate()
        assert runner.wait(20) == 128 + signal.SIGTERM
        assert within(20, lambda: not any(map(runs, started)))
    finally:
        runner.kill()
        runner.wait()
