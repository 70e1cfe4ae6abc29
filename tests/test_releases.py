"""What cuts a release and what runs in a place where repositories are kept: it parses, and names what exists."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kernelspec import __version__
from kernelspec.citations.software import software_bibtex
from kernelspec.cli.parser import Parser
from kernelspec.cli.verbs import VERBS, parser_of

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parent.parent
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRA = {re.split(r"[^\w-]", needed, maxsplit=1)[0] for needed in PROJECT["optional-dependencies"]["test"]}
FILES = sorted([*(ROOT / ".github").rglob("*.yml"), ROOT / ".pre-commit-config.yaml"])
pytestmark = pytest.mark.skipif(not (ROOT / ".github").exists(), reason="a source archive has no workflows")


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def commands() -> list[str]:
    """The lines that workflows and hooks run."""
    jobs = [job for path in FILES if "workflows" in path.parts for job in read(str(path))["jobs"].values()]
    lines = [line for job in jobs for step in job["steps"] for line in step.get("run", "").splitlines()]
    return lines + [hook["entry"] for repo in read(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_parses(path: Path) -> None:
    assert isinstance(read(str(path)), dict)


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_a_command_exists(line: str) -> None:
    program, *words = shlex.split(line)
    if program == "make":
        assert words[0] in TARGETS
    elif program == ".venv/bin/python":
        assert words[0] == "-m" and words[1] in EXTRA
    elif program in ("bash", "python"):
        assert (ROOT / words[0]).is_file()
    else:
        assert program in ("gh", "test")


def test_the_workflow_runs_what_is_supported() -> None:
    job = read(".github/workflows/tests.yml")["jobs"]["tests"]
    assert any(step.get("run") == "bash .ci/run" for step in job["steps"])
    classified = set(re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"])))
    run = job["strategy"]["matrix"]["python"]
    assert classified <= set(run) and PROJECT["requires-python"] == f">={run[0]}"


def test_a_template_of_issues_asks_for_what_the_library_says() -> None:
    for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        form = read(str(path))
        for quoted in re.findall(r"`kernelspec ([^`]+)`", str(form)):
            verb, *words = shlex.split(quoted)
            assert verb in VERBS and isinstance(parser_of(verb), Parser)
            parser_of(verb).parse_args(words)
        if path.name != "config.yml":
            identifiers = [part["id"] for part in form["body"] if part["type"] != "markdown"]
            assert len(set(identifiers)) == len(identifiers) > 0 and {"name", "description"} <= set(form)


# -- cutting a release -------------------------------------------------------------------------------------------


@pytest.fixture
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / ".ci/release.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "kernelspec").mkdir()
    for name in ("kernelspec/__init__.py", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changes\n\n## Unreleased\n\n**New**\n- One.\n\n## 0.0.1 (2020-01-01)\nOld.\n"
    )
    return tmp_path


def test_a_release_is_cut(release: ModuleType, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release.cut(copy, "987.6.5", "2031-02-03")
    assert release.VERSION.findall((copy / "kernelspec/__init__.py").read_text()) == ["987.6.5"]
    changes = (copy / "CHANGELOG.md").read_text()
    assert "## Unreleased\n\n## 987.6.5 (2031-02-03)\n\n**New**" in changes
    assert release.notes(copy, "987.6.5") == "**New**\n- One." and release.notes(copy, "0.0.1") == "Old."
    facts = yaml.safe_load((copy / "CITATION.cff").read_text())
    assert str(facts["date-released"]) == "2031-02-03" and facts["title"] == "kernelspec"
    monkeypatch.setattr("kernelspec.citations.software._FILES", (copy / "CITATION.cff",))
    assert "  year = {2031},\n" in software_bibtex()
    # Once more, with something new: the date is replaced.
    (copy / "CHANGELOG.md").write_text(changes.replace("## Unreleased\n", "## Unreleased\n\n- Two.\n"))
    release.cut(copy, "987.7.0", "2031-03-04")
    assert (copy / "CITATION.cff").read_text().count("date-released") == 1
    assert release.notes(copy, "987.7.0") == "- Two."


@pytest.mark.parametrize("version", ["", "1", "1.2", "1.2.3rc1", "v9.9.9", "9.09.9", "0.0.1"])
def test_a_version_that_does_not_fit_is_refused(release: ModuleType, copy: Path, version: str) -> None:
    before = {path: path.read_text() for path in copy.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match=f"not below {re.escape(__version__)}, .*; got {version!r}"):
        release.cut(copy, version, "2031-02-03")
    assert before == {path: path.read_text() for path in copy.rglob("*") if path.is_file()}


def test_a_release_without_a_change_is_refused(release: ModuleType, copy: Path) -> None:
    text = (copy / "CHANGELOG.md").read_text().replace("**New**\n- One.\n\n", "")
    (copy / "CHANGELOG.md").write_text(text)
    with pytest.raises(ValueError, match="says nothing below"):
        release.cut(copy, "987.6.5", "2031-02-03")
    assert (copy / "CHANGELOG.md").read_text() == text


def test_it_commits_and_tags_and_leaves_no_half(copy: Path) -> None:
    (copy / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/release.py", copy / ".ci/release.py")
    nobody = {
        "PATH": os.environ["PATH"],
        "HOME": str(copy),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    nobody |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true"}
    named = nobody | {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def run(*words: str, env: dict[str, str] = named) -> tuple[int, str]:
        done = subprocess.run(words, cwd=copy, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def cut(*words: str, env: dict[str, str] = named) -> tuple[int, str]:
        return run(sys.executable, ".ci/release.py", *words, env=env)

    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "One"], ["tag", "v987.6.6"]):
        assert run("git", *words) == (0, "")
    status, text = cut("987.6.5", env=nobody)
    assert status == 1 and text.startswith("release: ") and "Traceback" not in text  # git's own words
    assert cut("987.6.6") == (1, "release: there is a tag v987.6.6\n")
    assert run("git", "status", "--porcelain", "-uno") == (0, "")  # nothing was written
    assert cut("987.6.5")[0] == 0
    assert run("git", "describe", "--exact-match")[1] == "v987.6.5\n"
    assert run("git", "status", "--porcelain", "-uno") == (0, "")
    assert cut("--notes", "987.6.5") == (0, "**New**\n- One.\n")
    assert cut("--notes", "987.6.6") == (1, "release: CHANGELOG.md says nothing of 987.6.6\n")
    assert cut("--notes")[0] == cut()[0] == 2


def test_the_changes_can_be_released_as_they_stand(release: ModuleType) -> None:
    assert (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").count(release.CHANGES) == 1
