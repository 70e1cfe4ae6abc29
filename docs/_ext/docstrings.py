"""The docstrings of kernelspec in the reST that Sphinx reads.

Parameters stand under an underlined heading, one a line as ``name : what it is``, with continuations indented;
other headings (Raises, Returns, Source) are followed by text. `|x|` is a norm, and
no substitution of reST; `(*shape, d)` begins no emphasis.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_NAME = r"\*{0,2}\w+"
_ENTRY = re.compile(rf"({_NAME}(?:, {_NAME})*) : ?(.*)")
_WITH_ENTRIES = ("Parameters", "Attributes")


_LITERAL = re.compile(r"(``.*?``|`[^`]*`)")


# A bar; the stars of (*shape, d), of f(**options) and of a power.
_PLAIN = re.compile(r"\||(?<=[(\s])\*{1,2}(?=\w+(?:\.\w+)*(?:[,)]| of ))|\*\*(?=,)")


# claim 15, claims 24, 29, claims L6, L7, claims 27-29: each number is the label of a claim, C15 or L6.
_NUMBER = r"L?\d+[a-z]?\b"
_CLAIMS = re.compile(rf"\bclaims? {_NUMBER}(?:(?:, | and |-){_NUMBER})*")


def _linked(found: re.Match[str]) -> str:
    """The numbers of claims as links."""
    word, _, numbers = found[0].partition(" ")
    links = re.sub(_NUMBER, lambda n: f":ref:`{n[0]} <{n[0].lower() if n[0][0] == 'L' else f'c{n[0]}'}>`", numbers)
    return f"{word} {links}"


def _plain(line: str) -> str:
    """The line with these escaped outside of backticks, and with links to the claims."""
    parts = _LITERAL.split(line)
    for number in range(0, len(parts), 2):
        parts[number] = _PLAIN.sub(lambda found: "".join(f"\\{each}" for each in found[0]), parts[number])
        parts[number] = _CLAIMS.sub(_linked, parts[number])
    return "".join(parts)


def escaped(lines: list[str]) -> list[str]:
    """The lines with what is no markup escaped, but in formulas, literal blocks and examples."""
    found: list[str] = []
    block: int | None = None  # the indentation of a directive, or of what introduces a literal block
    example = False
    for line in lines:
        text, indent = line.strip(), len(line) - len(line.lstrip())
        if text and block is not None and indent <= block:
            block = None
        example = bool(text) and (example or text.startswith(">>>"))
        as_it_is = example or block is not None or text.startswith(".. ")
        if block is None and (text.startswith(".. ") or text.endswith("::")):
            block = indent
        found.append(line if as_it_is else _plain(line))
    return found


def rewritten(lines: list[str]) -> list[str]:
    """The lines with their headings as rubrics, and the entries below these as a list of definitions."""
    found: list[str] = []
    number, field = 0, False
    while number < len(lines):
        line = lines[number]
        if number + 1 < len(lines) and line and set(lines[number + 1]) == {"-"}:
            field = line.partition(",")[0] in _WITH_ENTRIES
            found += ["", f".. rubric:: {line}", ""]
            number += 2
            continue
        entry = _ENTRY.fullmatch(line) if field else None
        if entry is not None:
            names = ", ".join(f"``{name}``" for name in entry[1].split(", "))
            found += [names, f"    {entry[2]}"]
        elif field and line and not line.startswith(" "):
            field = False  # the section has ended
            found += ["", line]
        else:
            found.append(line)
        number += 1
    return found


def _process(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    lines[:] = rewritten(escaped(lines))


def _without_aliases(app: Sphinx, what: str, name: str, obj: object, skip: bool, options: object) -> bool | None:
    """Whether a member is left out: a named tuple's fields say nothing but their numbers."""
    return True if str(getattr(obj, "__doc__", "")).startswith("Alias for field number") else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Rewrite every docstring before it is parsed."""
    app.connect("autodoc-process-docstring", _process)
    app.connect("autodoc-skip-member", _without_aliases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
