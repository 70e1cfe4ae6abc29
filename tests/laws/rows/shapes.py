"""Shapes that many doors share: records, plots, tables, LaTeX."""

from __future__ import annotations

import operator
from typing import Any

import matplotlib.axes
import numpy as np

from ..kinds import Free, Given, Kind
from ..table import Row

PLOT: dict[str, Kind] = {
    "ax": Given(None, bad=("text", 3)),
    "label": Free(None, why="matplotlib takes any label"),
    "asymptote": Given(None, bad=("text", 3)),
    "more": Free({}, why="keywords of matplotlib"),
}
ROWS: list[Row] = []


def drawn(axes: Any) -> Any:
    """The numbers of all lines."""
    assert isinstance(axes, matplotlib.axes.Axes)
    return [np.asarray(line.get_xydata(), float) for line in axes.get_lines()]


def record(door: str, /, **fields: Any) -> Row:
    """A class that holds what it is given, and checks nothing: the library makes its instances."""
    given: dict[str, Kind] = {name: Free(value, why="made by the library") for name, value in fields.items()}
    names = list(fields)
    return Row(
        door,
        given,
        lambda **fields: tuple(fields[name] for name in names),
        read=lambda made: tuple(getattr(made, name) for name in names),
    )


def rows_of(table: Any) -> Any:
    """The values of a table, row by row."""
    return [value for row in table for value in row.values()]


def refusing(row: Row) -> None:
    """What an operator does not know, Python refuses, naming the operator; what it knows is wrong, the kernel."""
    name = row.door.rpartition(".")[2].strip("_")
    reflected = not hasattr(operator, name)  # rsub: the kernel is on the right
    act = getattr(operator, name[1:] if reflected else name)
    assert row.of is not None
    ((_, kind),) = row.given.items()
    for value in kind.wrong():
        try:
            found = act(value, row.of()) if reflected else act(row.of(), value)
        except (TypeError, ValueError):
            continue
        raise AssertionError(f"{value!r} is not refused: {found!r}")
