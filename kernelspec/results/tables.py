"""`Table`: results as plain rows, for pandas, for a spreadsheet, for a paper and for a notebook.

A row is a dict of plain values: integers, floats, text, None, exact numbers (`Fraction`, SymPy), balls (`Enclosure`)
and kernels. `pandas.DataFrame(table)` takes a table as it is. A CSV holds the text of every value with all of its
digits; what people read (plain text, HTML, LaTeX) shows `digits` of them.
"""

from __future__ import annotations

import csv
import html
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, overload

from ..files.atomic import FilePath, file_path, write_atomically
from ..numbers.checks import integer
from .value_text import escaped_latex, full_text, identity, is_number, latex_text, short_text

Row: TypeAlias = dict[str, Any]  # values of any kind: see the module

_MOST_DIGITS = 1000


class Table(Sequence[Row]):
    r"""An immutable sequence of rows, each of them a dict with the same columns.

    Parameters
    ----------
    rows : mappings with the names of `columns` as keys.
    columns : the names, in order; by default the keys of the first row.
    caption : what the table shows, in a sentence.
    headings : LaTeX of the columns that are not headed by their name.
    digits : how many digits floats show where people read them; a number, or one for each of the columns named (6 for
        the others).

    Indices give rows, slices give tables. Numbers of NumPy become Python's. Raises ValueError where the rows do not
    have the columns, or two of these share a name, and TypeError for rows that are no mappings and for names that are
    no text.

    >>> table = Table([{"k": 0, "mu": 0.5}, {"k": 2, "mu": 1.25e-7}], headings={"mu": r"$\mu_k$"})
    >>> table
    k  mu
    0  0.5
    2  1.25e-07
    >>> table[1], table.column("mu")
    ({'k': 2, 'mu': 1.25e-07}, [0.5, 1.25e-07])
    >>> print(table.to_csv(), end="")
    k,mu
    0,0.5
    2,1.25e-07
    """

    columns: tuple[str, ...]
    caption: str
    headings: dict[str, str]
    digits: int | dict[str, int]
    _rows: tuple[tuple[Any, ...], ...]

    def __init__(
        self,
        rows: Iterable[Mapping[str, Any]],
        columns: Sequence[str] | None = None,
        caption: str = "",
        headings: Mapping[str, str] | None = None,
        digits: int | Mapping[str, int] = 6,
    ) -> None:
        kept = _mappings(rows)
        names = _names(columns if columns is not None else kept[0] if kept else ())
        for number, row in enumerate(kept):
            if set(row) != set(names):
                raise ValueError(f"rows must have the columns {', '.join(names)}; row {number} has {', '.join(row)}")
        self.__dict__.update(
            columns=names,
            caption=_text("caption", caption),
            headings=_headings(headings),
            digits=_shown_digits(digits),
            _rows=tuple(tuple(_plain(row[name]) for name in names) for row in kept),
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Table cannot be changed ({name}): make another")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    # -- the sequence -------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Table: ...
    def __getitem__(self, index: int | slice) -> Row | Table:
        if isinstance(index, slice):
            return self._like(list(self)[index])
        return dict(zip(self.columns, self._rows[index], strict=True))

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            yield dict(zip(self.columns, row, strict=True))

    def _like(self, rows: Iterable[Mapping[str, Any]]) -> Table:
        return Table(rows, self.columns, self.caption, self.headings, self.digits)

    def _digits(self) -> tuple[int, ...]:
        if isinstance(self.digits, int):
            return (self.digits,) * len(self.columns)
        return tuple(self.digits.get(name, 6) for name in self.columns)

    def column(self, name: str) -> list[Any]:
        """The values of one column; ValueError where there is none of this name."""
        if name not in self.columns:
            raise ValueError(f"name must be one of {', '.join(self.columns)}; got {name!r}")
        place = self.columns.index(name)
        return [row[place] for row in self._rows]

    def __eq__(self, other: object) -> bool:
        """Whether columns, values and looks are the same; balls are equal where middle and radius are."""
        if not isinstance(other, Table):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        looks = self.caption, tuple(sorted(self.headings.items())), self._digits()
        return self.columns, looks, tuple(tuple(map(identity, row)) for row in self._rows)

    # -- files --------------------------------------------------------------------------------------------

    def to_csv(self, path: FilePath | None = None) -> str:
        """The table as CSV: a line of names, then the rows, every value with all of its digits (None as nothing).

        With `path`, a file in a folder that exists, it is written there as well, whole or not at all.
        """
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([full_text(value) for value in row] for row in self._rows)
        return _written(path, out.getvalue())

    def to_latex(self, path: FilePath | None = None) -> str:
        r"""The table as a LaTeX `tabular` with the rules of the package booktabs; numbers as $a \cdot 10^{b}$.

        The caption is a comment in the first line. With `path` it is written there as well.

        >>> print(Table([{"k": 0, "mu": 1.25e-7}]).to_latex(), end="")
        \begin{tabular}{rr}
        \toprule
        k & mu \\
        \midrule
        $0$ & $1.25 \cdot 10^{-7}$ \\
        \bottomrule
        \end{tabular}
        """
        numeric = [all(is_number(row[i]) or row[i] is None for row in self._rows) for i in range(len(self.columns))]
        alignment = "".join("r" if right else "l" for right in numeric)
        head = [self.headings.get(name, escaped_latex(name)) for name in self.columns]
        lines = [f"% {' '.join(self.caption.split())}"] if self.caption else []
        lines += [rf"\begin{{tabular}}{{{alignment}}}", r"\toprule"]
        lines += [" & ".join(head) + r" \\", r"\midrule"]
        lines += [" & ".join(map(latex_text, row, self._digits())) + r" \\" for row in self._rows]
        lines += [r"\bottomrule", r"\end{tabular}", ""]
        return _written(path, "\n".join(lines))

    # -- looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return aligned([self.columns, *(tuple(map(short_text, r, self._digits())) for r in self._rows)])

    def _repr_html_(self) -> str:
        cells = [
            [(short_text(v, n), is_number(v)) for v, n in zip(row, self._digits(), strict=True)] for row in self._rows
        ]
        return html_table(self.columns, cells, self.caption)

    def _repr_latex_(self) -> str:
        return self.to_latex()


# -- what a table is made of ---------------------------------------------------------------------------------


def _mappings(rows: object) -> list[Row]:
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise TypeError(f"rows must be mappings, one for each row; got {type(rows).__name__}")
    kept = list(rows)
    for number, row in enumerate(kept):
        if not isinstance(row, Mapping):
            raise TypeError(
                f"rows must be mappings, with a value for each column; row {number} is of type {type(row).__name__}"
            )
    return [dict(row) for row in kept]


def _names(columns: object) -> tuple[str, ...]:
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise TypeError(f"columns must be names, one for each column; got {columns!r}")
    names = tuple(_text("columns", name) for name in columns)
    if len(set(names)) < len(names):
        raise ValueError(f"columns must have names of their own; got {', '.join(names)}")
    return names


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text; got {value!r}")
    return value


def _headings(headings: object) -> dict[str, str]:
    if headings is None:
        return {}
    if not isinstance(headings, Mapping):
        raise TypeError(f"headings must be LaTeX, one for each column named; got {headings!r}")
    return {_text("headings", name): _text("headings", latex) for name, latex in headings.items()}


def _shown_digits(digits: int | Mapping[str, int]) -> int | dict[str, int]:
    if isinstance(digits, Mapping):
        return {name: integer("digits", n, 1, _MOST_DIGITS) for name, n in digits.items()}
    return integer("digits", digits, 1, _MOST_DIGITS)


def _plain(value: object) -> object:
    """A scalar of NumPy as a value of Python; anything else as it is."""
    numpy = sys.modules.get("numpy")
    return value.item() if numpy is not None and isinstance(value, numpy.generic) else value


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text, the heading among them, as lines with aligned columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def html_table(head: Sequence[str], rows: Sequence[Sequence[tuple[str, bool]]], caption: str = "") -> str:
    """A table in HTML, of text that is escaped here; cells are (text, whether it is a number)."""
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    sides = [any(row[i][1] for row in rows) for i in range(len(head))]
    heads = "".join(
        f'<th style="{_style(right)}">{html.escape(name)}</th>' for name, right in zip(head, sides, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f'<td style="{_style(number)}">{html.escape(text)}</td>' for text, number in row) + "</tr>"
        for row in rows
    )
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _style(right: bool) -> str:
    return f"text-align:{'right' if right else 'left'};padding:0.1em 0.6em"


def _written(path: FilePath | None, text: str) -> str:
    if path is not None:
        write_atomically(file_path(path), text)
    return text
