"""The README's commands: every line that begins with a prompt runs, and prints what is shown."""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_readme import fenced_blocks, readme

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCKS = [block for block in fenced_blocks(readme()) if block.language == "console"]


def commands(text: str) -> list[tuple[str, str]]:
    """Command lines, and the output that is shown below each."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            found[-1] = found[-1][0], f"{found[-1][1]}{line}\n"
    return found


def test_there_are_commands() -> None:
    assert sum(len(commands(block.text)) for block in BLOCKS) >= 5


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
def test_commands_print_what_is_shown(block: object, tmp_path: Path) -> None:
    np.save(tmp_path / "points.npy", np.random.default_rng(0).standard_normal((4, 3)))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    define = f'kernelspec() {{ "{sys.executable}" -m kernelspec "$@"; }}\n'
    for command, shown in commands(block.text):  # type: ignore[attr-defined]
        done = subprocess.run(
            ["bash", "-c", define + command],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(shown, done.stdout, flags), (command, done.stdout)
