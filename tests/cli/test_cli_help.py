"""Help and completion: what they say is what the parsers know, and the examples run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kernelspec.cli import main, page
from kernelspec.cli.completion import SHELLS
from kernelspec.cli.parser import options_of
from kernelspec.cli.verbs import VERBS, parser_of
from kernelspec.kernels.parser import kernel_names

EXAMPLES = [*page.EXAMPLES, *(line for verb in VERBS for line in parser_of(verb).examples)]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("columns", [60, 120])
def test_help_is_a_page(
    verb: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main([verb, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"NAME\n    kernelspec {verb} - {VERBS[verb]}"[: columns - 10])
    heads = re.findall(r"^[A-Z][A-Z ]+$", text, re.MULTILINE)
    shown = [head for head in heads if head != "EXAMPLES"]
    assert shown == ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"]
    for action in options_of(parser_of(verb)):
        assert all(re.search(rf"^ +.*{name}\b", text, re.MULTILINE) for name in action.option_strings)
    free = [line for line in text.splitlines() if not line.lstrip().startswith(("$", "bash:", "zsh:", "fish:"))]
    assert max(map(len, free[3:])) <= min(columns, 100)


def test_the_first_page_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["-h"], ["help"]):
        assert main(words) == 0
        assert all(re.search(rf"^    {verb} ", capsys.readouterr().out, re.MULTILINE) for verb in ["gram"])
    assert main(["help", "gram"]) == 0 and "kernelspec gram" in capsys.readouterr().out
    assert main(["--version"]) == 0 and capsys.readouterr().out.startswith("kernelspec 0.")


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_run(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).standard_normal((4, 3))
    np.savetxt("points.csv", points, delimiter=",")
    for name in ("points", "train", "test"):
        np.save(f"{name}.npy", points)
    command, _, otherwise = line.partition(" || ")
    first, *words = shlex.split(command)
    assert first == "kernelspec" and main(words) == (1 if otherwise else 0)


# -- completion --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_everything(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for verb in VERBS:
        assert verb in script
        for action in options_of(parser_of(verb)):
            for name in action.option_strings:
                written = name if shell != "fish" else f"-l {name[2:]}" if name[:2] == "--" else f"-s {name[1:]}"
                assert written in script
    assert all(name in script for name in kernel_names())


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    "words, expected",
    [
        (["sp"], ["spectrum"]),
        (["spectrum", "nt"], ["ntk(", "ntk()"]),
        (["spectrum", "'nt"], ["'ntk(", "'ntk()"]),
        (["spectrum", "ntk(3)", "--dig"], ["--digits"]),
        (["expand", "ntk(3)", "--at", ""], ["1", "-1"]),
        (["completion", ""], list(SHELLS)),
        (["completion", "--"], ["--help"]),
        (["spectrum", "ntk(3)", "--dim", ""], []),
        (["gram", "ntk(3)", "poi"], ["points.npy"]),
        (["explore", "--no"], ["--no-browser"]),
    ],
)
def test_bash_completes(
    words: list[str], expected: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["completion", "bash"])
    (tmp_path / "points.npy").touch()
    script = capsys.readouterr().out
    line = " ".join(map(shlex.quote, ["kernelspec", *words]))
    script += (
        f'COMP_WORDS=({line}); COMP_CWORD={len(words)}; _kernelspec 2>/dev/null; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.split() == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_are_read(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    main(["completion", shell])
    file = tmp_path / "script"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    subprocess.run([shell, "-n", str(file)], check=True)
