"""The evidence of a claim as Markdown: the steps of a proof, measurements, tables, notes, in the order given."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, TypeAlias

from report.text import is_number, markdown, number, table, value_table

Piece: TypeAlias = Mapping[str, Any]  # of evidence, as JSON; what is empty may be left out
MEASURED = ("supports", "given", "print")
_LEADS = {"undecided": "Undecided: ", "not run": "Not run: "}
_ON_PRINT = {"print": "**print:** ", "given": "**print, completed:** "}
_COLUMNS = ("", "", "measured", "expected", "tolerance", "error / tol.")


def evidence(pieces: Sequence[Piece], unfolded: bool = False) -> str:
    """All of it, folded below a line that says what there is."""
    if not pieces:
        return ""
    start = "<details open>" if unfolded else "<details>"
    return "\n\n".join([f"{start}\n<summary>{escape(_summary(pieces))}</summary>", *_blocks(pieces), "</details>"])


def against_the_print(pieces: Sequence[Piece]) -> str:
    """The first piece that refutes the print, in a line; empty where there is none."""
    found = next((p for p in pieces if p["role"] == "print" and p.get("passed", True)), None)
    if found is None:
        return ""
    label = markdown(found["label"])
    if isinstance(found["measured"], bool):
        return f"{label}: {markdown(found['detail'])}" if found.get("detail") else label
    return f"{label}: measured {number(found['measured'], 6)}, by the print {number(found['expected'], 6)}"


def _summary(pieces: Sequence[Piece]) -> str:
    roles = [p["role"] for p in pieces]
    steps, measured = roles.count("step"), sum(role in MEASURED for role in roles)
    words = [f"a proof in {_counted(steps, 'step')}"] * ("conclusion" in roles)
    words += [f"{_counted(measured, 'piece')} of evidence"] * bool(measured)
    words += [f"{roles.count('print')} of them against the print"] * ("print" in roles)
    words += [_counted(roles.count("table"), "table")] * ("table" in roles)
    missed = sum(not p.get("passed", True) for p in pieces)
    words += [f"{missed} not as expected"] * bool(missed)
    text = ", ".join(words) or "a remark"
    return text[0].upper() + text[1:]


def _blocks(pieces: Sequence[Piece]) -> list[str]:
    blocks: list[str] = []
    run: list[Piece] = []  # of measurements that stand together in a table, or in a list
    steps = 0
    for place, piece in enumerate(pieces):
        role = piece["role"]
        if run and (role not in MEASURED or _in_table(piece) != _in_table(run[0])):
            blocks.append(_measurements(run))
            run = []
        if role in MEASURED:
            run.append(piece)
        elif role == "step":
            steps += 1
            shows, because = markdown(_sentence(piece["label"])), markdown(piece.get("detail") or "")
            blocks.append(f"**{steps}.** {shows}. {because}".strip())
        elif role == "conclusion":
            blocks.append(f"**∎** {markdown(piece['label'])}")
            if any(later["role"] in MEASURED for later in pieces[place + 1 :]):
                blocks.append("Beside the proof:")
        elif role == "table":
            header, *lines = piece["rows"]
            blocks += [f"{markdown(piece['label'])}:", value_table(header, lines)]
        else:
            blocks.append(_LEADS.get(role, "") + markdown(piece["label"]))
    return [*blocks, _measurements(run)] if run else blocks


def _in_table(piece: Piece) -> bool:
    return piece.get("tolerance") is not None or piece.get("margin") is not None


def _measurements(run: Sequence[Piece]) -> str:
    if _in_table(run[0]):
        return table(_COLUMNS, [_row(piece) for piece in run], right=range(2, 6))
    return "\n".join(f"- {_sign(piece)} {_item(piece)}" for piece in run)


def _row(piece: Piece) -> list[str]:
    words = _words(piece)
    label = (
        _ON_PRINT.get(piece["role"], "") + markdown(piece["label"]) + (f"<br><small>{words}</small>" if words else "")
    )
    relative = piece.get("rtol")
    tolerance = f"{number(relative, 3)} rel." if relative else number(piece.get("tolerance"), 3)
    values = (piece.get("measured"), piece.get("expected"))
    return [_sign(piece), label, *map(number, values), tolerance, number(_short(piece.get("margin")), 2)]


def _short(margin: Any) -> Any:
    return float(margin) if isinstance(margin, str) and is_number(margin) else margin


def _item(piece: Piece) -> str:
    """What was found exactly, or as a yes or no."""
    text = _ON_PRINT.get(piece["role"], "") + markdown(piece["label"])
    measured, expected = piece.get("measured"), piece.get("expected")
    if not isinstance(measured, bool) and measured is not None:
        found, wanted = number(measured), number(expected)
        text += f": {found}" if found == wanted else f": {found}, expected {wanted}"
    words = _words(piece)
    return f"{text} <small>({words})</small>" if words else text


def _words(piece: Piece) -> str:
    words = [markdown(piece[name]) for name in ("detail", "why") if piece.get(name)]
    return "; ".join(words + ["exact"] * bool(piece.get("exact")))


def _sign(piece: Piece) -> str:
    if not piece.get("passed", True):
        return "✗"
    return "≠" if piece["role"] == "print" else "✓"


def _sentence(text: str) -> str:
    """A text that begins with a word, with a capital letter, without the full stop."""
    text = text.rstrip(".")
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+[ ,:]", text) else text


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
