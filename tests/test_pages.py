"""README.md and the pages in docs are run: their code blocks, in order, in one namespace a page, as a reader would type
them; their commands, which print what is shown; and their links, which lead somewhere.

A block below the comment `% needs: gpytorch` (or several names) runs where these can be imported.
"""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
# Their names alone: a page is read when its test runs.
WRITTEN = ROOT / "docs" / "gallery"  # by the build of the site, from the figures, which have tests of their own
PAGES = [README, *sorted(page for page in (ROOT / "docs").rglob("*.md") if WRITTEN not in page.parents)]
PROSE = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NEEDS = re.compile(r"% needs: *(\w[\w., ]*)")


@dataclass(frozen=True)
class Block:
    """A fenced code block: its language, its text, the line of the file where it starts, and what it needs."""

    language: str
    text: str
    line: int
    needs: tuple[str, ...] = ()

    @property
    def is_session(self) -> bool:
        """Whether the block shows an interpreter session, with prompts and printed values."""
        return self.language == "pycon" or re.search(r"^>>> ", self.text, re.MULTILINE) is not None

    @property
    def is_python(self) -> bool:
        """Whether the block has to run."""
        return self.language in {"python", "py", "python3", "pycon"} or (self.language == "" and self.is_session)

    @property
    def missing(self) -> list[str]:
        """What it needs that cannot be imported."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


def fenced_blocks(markdown: str) -> list[Block]:
    """The fenced blocks of a Markdown text (CommonMark: the closing fence is no shorter)."""
    blocks: list[Block] = []
    lines = markdown.splitlines()
    needs: tuple[str, ...] = ()
    number = 0
    while number < len(lines):
        opening = re.fullmatch(r"( *)(`{3,}|~{3,}) *([^`]*)", lines[number])
        number += 1
        if opening is None:
            said = NEEDS.fullmatch(lines[number - 1])
            needs = tuple(re.findall(r"[\w.]+", said[1])) if said else needs if not lines[number - 1].strip() else ()
            continue
        indent, fence, info = opening.groups()
        start, body = number, []
        while number < len(lines) and not (
            lines[number].strip().startswith(fence) and not lines[number].strip().strip(fence[0])
        ):
            body.append(re.sub(rf"^ {{0,{len(indent)}}}", "", lines[number]))
            number += 1
        if number == len(lines):
            raise ValueError(f"the code block that opens in line {start} is never closed")
        number += 1
        language = re.match(r"[\w+-]*", info)
        assert language is not None  # the pattern matches the empty text
        blocks.append(Block(language[0].lower(), "\n".join(body) + "\n", start + 1, needs))
        needs = ()
    return blocks


def run_blocks(blocks: list[Block], name: str) -> int:
    """Run the Python blocks in order in one namespace; return how many there were.

    Raises AssertionError where a printed value differs from the value shown, and whatever a block
    itself raises, with the line of the file in its traceback.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    run = 0
    for block in blocks:
        if not block.is_python or block.missing:
            continue
        run += 1
        if block.is_session:
            example = doctest.DocTestParser().get_doctest(
                block.text, namespace, f"{name}, line {block.line}", name, block.line - 1
            )
            if not example.examples:
                raise AssertionError(f"{name}, line {block.line}: a session without a prompt")
            example.globs = namespace  # the parser copied it; later blocks must see the names
            output: list[str] = []
            result = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=output.append, clear_globs=False)
            assert result.failed == 0, "".join(output)
        else:
            # Blank lines in front make the line numbers of a traceback those of the file.
            exec(compile("\n" * (block.line - 1) + block.text, name, "exec"), namespace)
    return run


def commands(text: str) -> list[tuple[str, str]]:
    """Command lines, and the output that is shown below each."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            found[-1] = found[-1][0], f"{found[-1][1]}{line}\n"
    return found


def run_commands(blocks: list[Block]) -> int:
    """Run the lines of the console blocks that begin with a prompt, here; return how many there were.

    `kernelspec` is the one of this checkout, and points.npy, four points of R^3, is there.
    """
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    define = f'kernelspec() {{ "{sys.executable}" -m kernelspec "$@"; }}\npython() {{ "{sys.executable}" "$@"; }}\n'
    np.save("points.npy", np.random.default_rng(0).standard_normal((4, 3)))
    count = 0
    for block in blocks:
        if block.language != "console" or block.missing:
            continue
        for command, shown in commands(block.text):
            count += 1
            done = subprocess.run(
                ["bash", "-c", define + command],
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=300,
            )
            assert doctest.OutputChecker().check_output(shown, done.stdout, FLAGS), (command, done.stdout)
    return count


def prose(markdown: str) -> str:
    """The text without its fenced blocks, its code in backticks and its formulas."""
    for block in fenced_blocks(markdown):
        if block.text.strip():
            markdown = markdown.replace(block.text, "", 1)
    markdown = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "code", markdown)
    return re.sub(r"\$[^$]+\$", "formula", markdown)


def anchors(markdown: str) -> set[str]:
    """What a link into a page may name: its headings as GitHub and MyST write them, and its explicit anchors."""
    fenced = "".join(block.text for block in fenced_blocks(markdown))
    headings = [each for each in re.findall(r"^#{1,6} +(.+?) *$", markdown, re.MULTILINE) if f"{each}\n" not in fenced]
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return (
        slugs
        | set(re.findall(r'<a (?:id|name)="([^"]+)"', markdown))
        | set(re.findall(r"^\(([^)]+)\)=$", markdown, re.M))
    )


def dead_links(page: Path, markdown: str) -> list[str]:
    """The relative links of a page that lead nowhere, and those to an anchor that is not there."""
    text = prose(markdown)
    targets = re.findall(r"\]\(<?([^)>\s]+)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    dead = []
    for target in targets:
        if re.match(r"[a-z]+:", target, re.IGNORECASE):
            continue
        path, _, anchor = unquote(target).partition("#")
        found = (page.parent / path).resolve() if path else page
        if path and not found.exists():
            dead.append(target)
        elif anchor and found.suffix == ".md":
            there = found.read_text(encoding="utf-8") if path else markdown
            dead += [] if anchor in anchors(there) else [target]
    return dead


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # whatever a page saves, it saves here
    monkeypatch.syspath_prepend(str(ROOT))
    import matplotlib.pyplot as plt

    blocks = fenced_blocks(page.read_text(encoding="utf-8"))
    try:
        count = run_blocks(blocks, str(page)) + run_commands(blocks)
    finally:
        plt.close("all")
    assert count > 0 or not any(b.is_python or b.language == "console" for b in blocks if not b.missing)


@pytest.mark.parametrize("page", PROSE, ids=name_of)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert dead_links(page, page.read_text(encoding="utf-8")) == []


def test_there_are_pages_to_run() -> None:
    """The README has its ten lines, and the page of the shell its commands."""
    assert sum(block.is_python for block in fenced_blocks(README.read_text(encoding="utf-8"))) > 0
    shell = fenced_blocks((ROOT / "docs" / "shell.md").read_text(encoding="utf-8"))
    assert sum(len(commands(block.text)) for block in shell if block.language == "console") >= 5


def test_make_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    named = {
        page: set(re.findall(r"(?:^|`|\$ )make ([\w-]+)", page.read_text(encoding="utf-8"), re.M)) for page in PROSE
    }
    assert {"reproduce", "test"} <= named[README], "README.md does not name both commands"
    assert set().union(*named.values()) <= targets


SCRATCH = """\
```bash
exit 1
```

```python
x = 2
def f(y):
    return x * y
```

1. In a list:

   ```python
   z = f(3)

   assert z == 6
   ```

~~~pycon
>>> f(z)
12
>>> w = z + 1
>>> [w, 'a  long list']
[7, ...]
~~~

```python
assert w == 7
```
"""


def test_runner_runs_blocks_in_order_in_one_namespace() -> None:
    assert run_blocks(fenced_blocks(SCRATCH), "scratch") == 4


def test_runner_reports_a_wrong_value_with_its_line() -> None:
    with pytest.raises(AssertionError, match=r"(?s)line 20.*Expected:\s+13\s+Got:\s+12"):
        run_blocks(fenced_blocks(SCRATCH.replace("12", "13")), "scratch")


def test_runner_reports_a_failing_block_with_its_line() -> None:
    with pytest.raises(AssertionError) as failure:
        run_blocks(fenced_blocks(SCRATCH.replace("z == 6", "z == 7")), "scratch")
    assert failure.traceback[-1].lineno + 1 == 16


def test_runner_refuses_a_block_that_never_ends() -> None:
    with pytest.raises(ValueError, match="line 1 is never closed"):
        fenced_blocks("```python\nx = 1\n")


def test_runner_finds_no_python_in_plain_text() -> None:
    assert run_blocks(fenced_blocks("text\n\n    indented = 1/0\n"), "scratch") == 0


def test_runner_leaves_out_what_needs_a_package_that_is_absent() -> None:
    text = "% needs: numpy\n\n```python\nx = 1\n```\n\n% needs: numpy, no_such_package\n```python\n1/0\n```\n"
    text += "\n```python\nx\n```\n"
    assert [block.needs for block in fenced_blocks(text)] == [("numpy",), ("numpy", "no_such_package"), ()]
    assert run_blocks(fenced_blocks(text), "scratch") == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_runner_finds_a_command_that_prints_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_commands(fenced_blocks("```console\n$ echo one\none\n$ echo two\n...\n```\n")) == 2
    with pytest.raises(AssertionError, match="echo two"):
        run_commands(fenced_blocks("```console\n$ echo two\nthree\n```\n"))


def test_dead_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text('# A title, `x`\n\n<a id="c15"></a>\n', encoding="utf-8")
    good = "# Here\n[a](other.md), [b](other.md#a-title-x), [c](other.md#c15), [d](#here), `[no](link)`, $f[u](v)$\n"
    good += "```\n[e](gone)\n```\n"
    assert dead_links(page, good) == []
    bad = '[a](gone.md) [b](other.md#c16) [c](#there) <img src="gone.svg">'
    assert dead_links(page, good + bad) == ["gone.md", "other.md#c16", "#there", "gone.svg"]
