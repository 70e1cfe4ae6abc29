"""Answers, and the forms in which they are given: text, JSON, CSV, LaTeX, a picture, a saved result."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..files.atomic import file_path
from ..results.tables import Table
from ..results.value_text import full_text, short_text
from .errors import DONE, UsageError, complain

if TYPE_CHECKING:
    from argparse import Namespace

    from matplotlib.axes import Axes


PICTURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Answer:
    """What a verb found.

    `text`, for people, takes the place of the table, and `head` that of its caption; `latex` takes the place of the
    table's own; `facts` go into the JSON, beside the rows; `draw` makes the axes of a picture; `result` is what is
    saved; `status` is the exit status.
    """

    table: Table
    text: str = ""
    head: str = ""
    latex: str | None = None
    facts: dict[str, object] = field(default_factory=dict)
    draw: Callable[[], Axes] | None = None
    result: object = None
    status: int = DONE


def check_files(options: Namespace) -> None:
    """Refuse a wrong name of a file before any work: UsageError, or the ValueError of `files`."""
    plot, save = getattr(options, "plot", None), getattr(options, "save", None)
    if plot not in (None, "-"):
        if not plot.lower().endswith(PICTURES):
            raise UsageError(
                f"--plot must name a file that ends in {', '.join(PICTURES)}, or none (write it last, or as --plot=-, "
                f"to draw on the terminal); got {plot!r}"
            )
        file_path(plot)
    if save is not None:
        file_path(save)


def give(options: Namespace, answer: Answer, verb: str) -> int:
    """Write the files, print the answer in the form that was asked for; the exit status."""
    plot = getattr(options, "plot", None)
    if getattr(options, "save", None):
        from ..results.saved import save

        save(answer.result, options.save)
    if plot not in (None, "-") and answer.draw is not None:
        from ..views.drawing import save as save_picture

        save_picture(answer.draw(), plot)
    if getattr(options, "quiet", False):
        pass
    elif options.json:
        print(as_json({**answer.facts, "rows": list(answer.table)}))
    elif options.csv:
        print(answer.table.to_csv(), end="")
    elif options.latex:
        print((answer.latex or answer.table.to_latex()).rstrip("\n"))
    elif plot == "-" and answer.draw is not None:
        print(_in_characters(answer.draw()))
    else:
        print(wrapped(answer.text) if answer.text else as_text(answer, verb))
    return answer.status


def as_text(answer: Answer, verb: str) -> str:
    """A table for people: what it is, and its columns, as many as the terminal is wide."""
    if answer.head:
        return f"{wrapped(answer.head)}\n\n{fitted(answer.table, verb)}"
    caption = answer.table.caption
    return (f"{wrapped(caption)}\n" if caption else "") + fitted(answer.table, verb)


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
    filler = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(line if len(line) <= width else filler.fill(line) for line in text.splitlines())


def as_json(value: object) -> str:
    """JSON; what has no number there is text with all of its digits, NaN is null."""
    return json.dumps(plain(value), ensure_ascii=True, indent=2, allow_nan=False)


def plain(value: object) -> object:
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


def shown(value: object, digits: int = 6) -> str:
    """A value for people."""
    return short_text(value, digits)


def _in_characters(axes: Axes) -> str:
    """A plot as large as the terminal."""
    from .characters import colours_wanted, drawn, letters_of

    size = shutil.get_terminal_size()
    height = max(10, min(size.lines - 4, 30))
    return drawn(axes, size.columns, height, letters_of(sys.stdout), colours_wanted(sys.stdout))
