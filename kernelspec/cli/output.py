"""Answers, and the forms in which they are given: text, JSON, CSV, LaTeX, a picture, a saved result."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..tables import Table, full_text, short_text
from .errors import DONE, UsageError, complain

PICTURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Answer:
    """What a verb found.

    `text` is for people, and stands before the table; `latex` takes the place of the table's own; `facts` go into the
    JSON, beside the rows; `draw` makes the axes of a picture; `result` is what is saved; `status` is the exit status.
    """

    table: Table
    text: str = ""
    latex: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    draw: Callable[[], Any] | None = None
    result: Any = None
    status: int = DONE


def check_files(options: Any) -> None:
    """Refuse a wrong name of a file before any work: UsageError."""
    plot = getattr(options, "plot", None)
    if plot not in (None, "-") and not plot.lower().endswith(PICTURES):
        raise UsageError(
            f"--plot must name a file that ends in {', '.join(PICTURES)}, or none (write it last, or as --plot=-, to "
            f"draw on the terminal); got {plot!r}"
        )


def give(options: Any, answer: Answer, verb: str) -> int:
    """Print the answer in the form that was asked for, write the files; the exit status."""
    if getattr(options, "quiet", False):
        pass
    elif options.json:
        print(as_json({**answer.facts, "rows": list(answer.table)}))
    elif options.csv:
        print(answer.table.to_csv(), end="")
    elif options.latex:
        print((answer.latex or answer.table.to_latex()).rstrip("\n"))
    elif getattr(options, "plot", None) != "-":
        print(wrapped(answer.text) if answer.text else as_text(answer.table, verb))
    if getattr(options, "save", None):
        from ..saved import save

        save(answer.result, options.save)
    if getattr(options, "plot", None) and answer.draw is not None:
        _draw(answer.draw(), options.plot)
    return answer.status


def as_text(table: Table, verb: str) -> str:
    """A table for people: its caption and its columns, as many as the terminal is wide."""
    head = f"{table.caption}\n" if table.caption else ""
    return head + fitted(table, verb)


def fitted(table: Table, verb: str) -> str:
    """The rows of a table; on a narrow terminal the last columns that do not fit are left out, which stderr says."""
    text = repr(table)
    if not sys.stdout.isatty():
        return text
    width = shutil.get_terminal_size().columns
    columns, kept = list(table.columns), len(table.columns)
    while kept > 2 and max(map(len, text.splitlines())) > width:
        kept -= 1
        chosen = columns[:kept]
        rows = [{name: row[name] for name in chosen} for row in table]
        text = repr(Table(rows, chosen, digits=table.digits))
    if kept < len(columns):
        complain(
            f"left out for lack of width: {', '.join(columns[kept:])} (a wider terminal, --csv or --json show all)",
            verb,
        )
    return text


def wrapped(text: str) -> str:
    """Long lines broken between words where a terminal would break them anywhere; elsewhere lines stay whole."""
    if not sys.stdout.isatty():
        return text
    import textwrap

    width = shutil.get_terminal_size().columns
    options = {"break_long_words": False, "break_on_hyphens": False, "replace_whitespace": False}
    lines = [
        line if len(line) <= width else textwrap.fill(line, width, **options)
        for line in text.splitlines()
    ]
    return "\n".join(lines)


def as_json(value: Any) -> str:
    """JSON; what has no number there is text with all of its digits, NaN is null."""
    return json.dumps(plain(value), ensure_ascii=True, indent=2, allow_nan=False)


def plain(value: Any) -> Any:
    """A value of JSON's own kinds."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return full_text(value)


def shown(value: Any, digits: int = 6) -> str:
    """A value for people."""
    return short_text(value, digits)


def _draw(axes: Any, where: str) -> None:
    """A picture in a file, or in characters on the terminal."""
    if where == "-":
        from .characters import colours_wanted, drawn, letters_of

        size = shutil.get_terminal_size()
        height = max(10, min(size.lines - 4, 30))
        print(drawn(axes, size.columns, height, letters_of(sys.stdout), colours_wanted(sys.stdout)))
        return
    from ..drawing import save

    save(axes, where)
