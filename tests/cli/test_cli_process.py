"""The command line as a process: what it loads for help, statuses, pipes, encodings, terminals."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kernelspec.cli.verbs import VERBS

ROOT = Path(__file__).resolve().parent.parent.parent


def started(*words: str, **more: object) -> subprocess.Popen[bytes]:
    """`python -m kernelspec` with this copy of the package."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}  # type: ignore[dict-item]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.Popen([sys.executable, "-m", "kernelspec", *words], env=env, **pipes)  # type: ignore[call-overload]


def run(*words: str, **more: object) -> tuple[int, str, str]:
    """Status, stdout and stderr."""
    process = started(*words, **more)
    out, err = process.communicate(timeout=300)
    return process.returncode, (out or b"").decode(), err.decode()


def test_help_loads_no_library() -> None:
    """Help comes at once: neither NumPy nor anything that loads it is imported."""
    script = f"""
import contextlib, io, sys
from kernelspec.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    for words in [["--help"], ["--version"], *([verb, "--help"] for verb in {list(VERBS)!r})]:
        assert main(words) == 0
with contextlib.redirect_stderr(io.StringIO()):
    assert main(["spectrum", "--dim", "x"]) == 3
heavy = {{"numpy", "scipy", "sympy", "mpmath", "flint", "matplotlib", "json", "asyncio", "inspect", "decimal"}}
print(sorted(heavy & set(sys.modules)))
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize(
    "words, status",
    [
        (["--help"], 0),
        (["compare", "ntk(2)", "ntk(3)", "-d", "4"], 1),
        (["compare", "matern(1)", "ntk(3)", "-d", "4"], 2),
        (["spectrum"], 3),
        (["nonsense"], 3),
    ],
)
def test_statuses(words: list[str], status: int) -> None:
    assert run(*words)[0] == status


def test_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as pipe:
        status, _, err = run("spectrum", "linear()", "-d", "3", "-k", "0:400", "--csv", stdout=pipe)
    assert status == 141 and not err


@pytest.mark.parametrize(
    ("words", "closed", "status"),
    [
        ("spectrum 'ntk(3)' -d 3", ">&-", 3),
        ("spectrum 'ntk(3)' -d 3", "2>&-", 0),
        ("spectrum 'nt(3)' -d 3", "2>&-", 3),  # and not Python's 1, which is an answer
        ("spectrum 'nt(3)' -d 3", ">&- 2>&-", 3),
    ],
)
def test_streams_that_are_closed(words: str, closed: str, status: int) -> None:
    line = f"{shlex.quote(sys.executable)} -m kernelspec {words} {closed}"
    done = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == status and b"Traceback" not in done.stderr
    if closed == ">&-":
        assert done.stderr == b"kernelspec spectrum: the standard output must be open; it is closed\n"


def test_bytes_that_are_no_text_are_refused() -> None:
    status, _, err = run("spectrum", os.fsdecode(b"ntk(3)\xff"), "-d", "3")
    assert status == 3 and "it holds bytes that are no text" in err and err.count("\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminals_without_unicode(encoding: str) -> None:
    words = ("spectrum", "ntk(2)", "-d", "3", "-k", "0:20", "--plot")
    status, out, _ = run(*words, env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert status == 0 and out.isascii() and "degree k" in out
    status, out, err = run("spectrum", "\u03ba(3)", "-d", "3", env={"PYTHONIOENCODING": encoding})
    assert status == 3 and "\\u03ba(3)" in err


def test_a_full_disk_is_said() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with open("/dev/full", "wb") as full:
        status, _, err = run("spectrum", "ntk(2)", "-d", "3", stdout=full)
    assert status == 3 and "No space left" in err and err.count("\n") == 1


def test_ctrl_c_and_going_on(tmp_path: Path) -> None:
    if not hasattr(os, "posix_fallocate"):
        pytest.skip("signals of POSIX")
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((4000, 3)))
    words = ("gram", "rf(6)", "x.npy", "--out", "K.npy", "--threads", "1", "--memory", "3M")
    process = started(*words, cwd=tmp_path)
    finished = tmp_path / "K.npy.part.json"
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if finished.exists() and "[0, 0]" in finished.read_text(encoding="utf-8"):
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    if process.returncode == 0:
        pytest.skip("the machine was faster")
    assert process.returncode == 130 and b"goes on where this one stopped" in err
    status, out, _ = run(*words, cwd=tmp_path)
    assert status == 0 and out == "K.npy: 4000 x 4000, float64\n"
    assert not finished.exists()


@pytest.mark.parametrize("columns", [50, 120])
def test_a_terminal_shows_what_fits(columns: int) -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    env = {"COLUMNS": str(columns), "LINES": "30", "TERM": "xterm", "NO_COLOR": "1"}
    words = ("spectrum", "ntk(2)", "-d", "3", "-k", "0:3")
    process = started(*words, stdout=follower, env=env)
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    _, err = process.communicate(timeout=300)
    os.close(leader)
    lines = shown.decode().splitlines()
    assert max(map(len, lines[1:])) <= columns
    assert (b"left out for lack of width" in err) == (columns == 50)
