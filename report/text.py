r"""Texts of claims, numbers and tables as Markdown, which GitHub, Sphinx and `report.pages` read alike.

A text is plain but for formulas between dollars and code between backticks.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

# Verdict: its class in the style sheet, its sign (so that colour is not all).
VERDICTS: Mapping[str, tuple[str, str]] = {
    "proved": ("proved", "∎"),
    "holds": ("holds", "✓"),
    "refuted as printed": ("refuted", "≠"),
    "incomplete as printed": ("incomplete", "⊂"),
    "open": ("open", "?"),
    "not run": ("idle", "–"),
    "failed": ("bad", "✗"),
    "crashed": ("bad", "!"),
}
_PIECE = re.compile(r"(?<!\\)(?P<mark>\$\$?)(?P<math>[^$]+?)(?<!\\)(?P=mark)|`(?P<code>[^`]+)`")
_SPECIAL = re.compile(r"[\\`*_\[\]<>{}$]|&(?=#?\w+;)")
_LINE_START = re.compile(r"[-+=#%~:(|]|\d+(?=[.)])")  # what would begin a list, a heading, a target ...
_BARS = {r"\|": r"\Vert ", "|": r"\vert "}  # a bar would end the cell of a table
_NUMBER = re.compile(r"([-+]?\d+(?:\.\d+)?)e([-+]?\d+)")


def markdown(text: str) -> str:
    """A text as Markdown on one line."""
    text = " ".join(text.split())
    parts, end = [], 0
    for match in _PIECE.finditer(text):
        parts.append(_escaped(text[end : match.start()]))
        end = match.end()
        if match["math"]:
            bars = re.sub(r"\\[A-Za-z]+|\\\||\||\\.", lambda m: _BARS.get(m[0], m[0]), match["math"])
            parts.append(f"{match['mark']}{bars.strip()}{match['mark']}")
        else:
            parts.append(code(match["code"]))
    found = "".join([*parts, _escaped(text[end:])])
    return _LINE_START.sub(_unlisted, found, count=1) if _LINE_START.match(found) else found


def code(text: str) -> str:
    """A piece of code of one line; the backticks around it are more than any in it."""
    text = " ".join(text.split())
    marks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{marks}{space}{text}{space}{marks}"


def badge(verdict: str) -> str:
    """A verdict as a small label."""
    colour, sign = VERDICTS.get(verdict, ("idle", ""))
    return f'<span class="verdict {colour}">{sign} {escape(verdict)}</span>'


def number(value: Any, digits: int = 10) -> str:
    """A value for the eye: 1.25e-07 as 1.25 × 10⁻⁷, True as yes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        value = f"{value:.{digits}g}"
    text = str(value).replace("+/-", "±")
    if "$" in text:
        return markdown(text)
    powers = _NUMBER.sub(lambda m: f"{_mantissa(m[1])}10<sup>{_signed(int(m[2]))}</sup>", _escaped(text))
    return re.sub(r"(?<![\w.)])-(?=\d)", "−", powers)


def seconds(value: float) -> str:
    """A duration for the eye."""
    if value < 0.0995:
        return "less than 0.1 s"
    return f"{value:.2g} s" if value < 9.95 else f"{value:.0f} s"


def is_number(value: Any) -> bool:
    """Whether a value is a number, or text that says one."""
    if isinstance(value, str):
        return re.fullmatch(r"[-+]?(\d+(\.\d*)?(e[-+]?\d+)?|inf|nan)", value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """A table of cells in Markdown; the columns `right` are aligned to the right."""
    marks = ["--:" if i in set(right) else "---" for i in range(len(header))]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in (header, marks, *rows))


def value_table(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    """A table of plain values: texts, and columns of numbers, aligned to the right."""
    numeric = [
        i
        for i in range(len(header))
        if rows and all(row[i] is None or is_number(row[i]) for row in rows if i < len(row))
    ]
    cells = [[number(v, 6) if v is None or is_number(v) else markdown(_shown(v)) for v in row] for row in rows]
    return table(
        [markdown(str(h)) for h in header], [(row + [""] * len(header))[: len(header)] for row in cells], numeric
    )


def as_words(text: str) -> str:
    r"""A text with formulas for a terminal: ``$\kappa_1$`` as κ_1."""

    def letter(match: re.Match[str]) -> str:
        name = match[1]
        case = "CAPITAL" if name[0].isupper() else "SMALL"
        try:
            return unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")
        except KeyError:
            return name

    plain = re.sub(r"\\([A-Za-z]+)\s*", letter, text.replace("`", ""))
    return re.sub(r"[{}\\$]", "", re.sub(r"\\[,;!: ]", " ", plain))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda m: "\\" + m[0], text.replace(r"\$", "$"))


def _unlisted(match: re.Match[str]) -> str:
    return match[0] + "\\" if match[0][0].isdigit() else "\\" + match[0]


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def _shown(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _mantissa(text: str) -> str:
    return "" if text == "1" else f"{text}\u202f×\u202f"  # spaces that do not break


def _signed(exponent: int) -> str:
    return f"−{-exponent}" if exponent < 0 else str(exponent)
