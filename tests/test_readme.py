"""The README is run: its code blocks, in order, in one namespace, as a reader would type them."""

import doctest
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"


@dataclass(frozen=True)
class Block:
    """A fenced code block: its language, its text, and the line of the file where it starts."""

    language: str
    text: str
    line: int

    @property
    def is_session(self) -> bool:
        """Whether the block shows an interpreter session, with prompts and printed values."""
        return self.language == "pycon" or re.search(r"^>>> ", self.text, re.MULTILINE) is not None

    @property
    def is_python(self) -> bool:
        """Whether the block has to run."""
        return self.language in {"python", "py", "python3", "pycon"} or (self.language == "" and self.is_session)


def fenced_blocks(markdown: str) -> list[Block]:
    """The fenced blocks of a Markdown text (CommonMark: the closing fence is no shorter)."""
    blocks: list[Block] = []
    lines = markdown.splitlines()
    number = 0
    while number < len(lines):
        opening = re.fullmatch(r"( *)(`{3,}|~{3,}) *([^`]*)", lines[number])
        number += 1
        if opening is None:
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
        blocks.append(Block(language[0].lower(), "\n".join(body) + "\n", start + 1))
    return blocks


def run_blocks(blocks: list[Block], name: str) -> int:
    """Run the Python blocks in order in one namespace; return how many there were.

    Raises AssertionError where a printed value differs from the value shown, and whatever a block
    itself raises, with the line of the file in its traceback.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    run = 0
    for block in blocks:
        if not block.is_python:
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
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            result = doctest.DocTestRunner(optionflags=flags).run(example, out=output.append, clear_globs=False)
            assert result.failed == 0, "".join(output)
        else:
            # Blank lines in front make the line numbers of a traceback those of the file.
            exec(compile("\n" * (block.line - 1) + block.text, name, "exec"), namespace)
    return run


def readme() -> str:
    """The text of the README; a project without one fails here."""
    assert README.is_file(), "README.md is missing"
    return README.read_text(encoding="utf-8")


def test_every_code_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # whatever the README saves, it saves here
    monkeypatch.syspath_prepend(str(ROOT))
    import matplotlib.pyplot as plt

    try:
        count = run_blocks(fenced_blocks(readme()), str(README))
    finally:
        plt.close("all")
    assert count > 0, "README.md shows no python block"


def test_links_into_the_repository_lead_somewhere() -> None:
    targets = re.findall(r"\]\(<?([^)>\s]+)", readme()) + re.findall(r'src="([^"]+)"', readme())
    local = [t for t in targets if not re.match(r"[a-z]+:|#", t, re.IGNORECASE)]
    missing = [t for t in local if not (ROOT / unquote(t.partition("#")[0])).exists()]
    assert not missing


def test_make_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\$ )make ([\w-]+)", readme(), re.MULTILINE))
    assert {"reproduce", "test"} <= named, "README.md does not name both commands"
    assert named <= targets


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
