"""Plots in characters: what is drawn on axes of matplotlib, on a terminal, in dots of Braille or in ASCII.

Lines, points and bands come from the axes, and so do the scales, the ranges and the ticks, so that a plot says on a
terminal what it says in a file. A letter holds 2 x 4 dots of Braille (U+2800), or one mark. Colours tell series apart;
where there are none, and several series have names, each has a mark of its own in place of dots.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TextIO

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from ..numbers.checks import FloatArray


_COLOURS = (36, 33, 35, 32, 34, 31)  # of ANSI terminals
_MARKS = "ox+*#@%&"
_UNNAMED = "."
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_NARROWEST = 24


@dataclass(frozen=True, eq=False)
class Series:
    """Points of the unit square, in the order in which they are joined (or not); NaN parts them."""

    label: str
    x: FloatArray
    y: FloatArray
    joined: bool
    number: int = 0  # among those with a label

    @property
    def mark(self) -> str:
        """Its letter where there are no dots."""
        return _MARKS[self.number % len(_MARKS)] if self.label else _UNNAMED


@dataclass
class Canvas:
    """Letters of `width` x `height`, each of them of 2 x 4 dots (Braille) or of one (ASCII)."""

    width: int
    height: int
    braille: bool
    dots: dict[tuple[int, int], int] = field(default_factory=dict)
    owner: dict[tuple[int, int], Series] = field(default_factory=dict)

    def draw(self, series: Series) -> None:
        """Put the points of a series, and the lines between them."""
        across, down = (2, 4) if self.braille else (1, 1)
        x = series.x * (self.width * across - 1)
        y = (1 - series.y) * (self.height * down - 1)
        inside = np.isfinite(x) & np.isfinite(y)
        for i in np.flatnonzero(inside):
            self._put(x[i], y[i], series)
            if series.joined and i + 1 < x.size and inside[i + 1]:
                steps = int(min(max(abs(x[i + 1] - x[i]), abs(y[i + 1] - y[i])), 10_000)) + 1
                for s in np.linspace(0.0, 1.0, steps, endpoint=False)[1:]:
                    self._put(x[i] + s * (x[i + 1] - x[i]), y[i] + s * (y[i + 1] - y[i]), series)

    def _put(self, x: float, y: float, series: Series) -> None:
        across, down = (2, 4) if self.braille else (1, 1)
        column, row = round(x), round(y)
        if not (0 <= column < self.width * across and 0 <= row < self.height * down):
            return
        place = column // across, row // down
        bit = _BITS[row % 4][column % 2] if self.braille else 1
        self.dots[place] = self.dots.get(place, 0) | bit
        self.owner.setdefault(place, series)

    def rows(self, colours: bool) -> list[str]:
        """The lines of text, without blanks at their ends."""
        lines = []
        for row in range(self.height):
            line = ""
            # Neighbours of one series share their colour.
            letters = [self._letter(column, row) for column in range(self.width)]
            for series, run in groupby(letters, key=lambda letter: letter[0]):
                text = "".join(letter for _, letter in run)
                named = colours and series is not None and series.label
                line += _coloured(text, series.number) if named else text
            lines.append(line.rstrip())
        return lines

    def _letter(self, column: int, row: int) -> tuple[Series | None, str]:
        dots = self.dots.get((column, row))
        if dots is None:
            return None, " "
        owner = self.owner[column, row]
        return owner, chr(0x2800 + dots) if self.braille else owner.mark


def drawn(axes: Axes, width: int, height: int, letters: bool, colours: bool = False) -> str:
    """The plot on the axes as text of at most `width` letters a line (32 at least).

    Title, `height` lines with the ticks of the vertical axis, the ticks of the horizontal one, its label, a legend.
    Without `letters` it is in ASCII.
    """
    axes.figure.canvas.draw()  # places the ticks, and fits the ranges
    upright = _ticks(axes, 1)
    margin = max((len(text) for _, text in upright), default=0)
    columns = max(width - margin - 2, _NARROWEST)
    found = _series(axes)
    named = [series for series in found if series.label]
    braille = letters and (colours or len(named) < 2)
    canvas = Canvas(columns, height, braille)
    for series in [*named, *(series for series in found if not series.label)]:
        canvas.draw(series)
    bar, corner, dash = ("\u2502", "\u2514", "\u2500") if letters else ("|", "+", "-")
    names = {min(height - 1, round((1 - y) * (height - 1))): text for y, text in upright}
    lines = [_plain(text) for text in (axes.get_title(), axes.get_ylabel()) if text]
    for row, letters_of_row in enumerate(canvas.rows(colours)):
        lines.append(f"{names.get(row, ''):>{margin}} {bar}{letters_of_row}".rstrip())
    lines.append(f"{'':>{margin}} {corner}{dash * columns}")
    lines.append(f"{'':>{margin}}  {_ruler(_ticks(axes, 0), columns)}".rstrip())
    if axes.get_xlabel():
        lines.append(f"{'':>{margin}}  {_plain(axes.get_xlabel()):^{columns}}".rstrip())
    for series in named:
        mark = series.mark if not braille else "\u28e4\u28e4" if series.joined else "\u2802 \u2802"
        lines.append(f"  {_coloured(mark, series.number) if colours else mark}  {series.label}")
    return "\n".join(lines)


def letters_of(stream: TextIO) -> bool:
    """Whether a stream can show Braille and lines; else ASCII is drawn."""
    try:
        "\u2800\u28ff\u2502\u2514\u2500".encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def colours_wanted(stream: TextIO) -> bool:
    """Whether a stream is a terminal with colours, and nobody has asked for none (no-color.org)."""
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    return bool(stream.isatty()) and not dumb and not os.environ.get("NO_COLOR")


# -- what is on the axes -------------------------------------------------------------------------------------------


def _series(axes: Axes) -> list[Series]:
    """Lines, points and the borders of areas, in the coordinates of the axes' box."""
    found: list[Series] = []
    to_box = axes.transAxes.inverted()

    def add(artist: Artist, points: ArrayLike, joined: bool) -> None:
        label = str(artist.get_label())
        label = "" if label.startswith("_") else _plain(label)
        number = sum(1 for series in found if series.label)
        x, y = to_box.transform(points).T
        found.append(Series(label, x, y, joined, number))

    for line in axes.get_lines():
        points = line.get_transform().transform(np.asarray(line.get_xydata(), dtype=float))
        if line.get_visible() and points.size:
            add(line, points, line.get_linestyle() not in ("None", "none", "", " "))
    for group in axes.collections:
        offsets = np.ma.filled(group.get_offsets(), np.nan)
        if offsets.any():
            add(group, group.get_offset_transform().transform(offsets), False)
            continue
        for path in group.get_paths():
            add(group, group.get_transform().transform(path.vertices), True)
    for patch in axes.patches:
        add(patch, patch.get_transform().transform(patch.get_path().vertices), True)
    return found


def _ticks(axes: Axes, which: int) -> list[tuple[float, str]]:
    """Places in [0, 1] and texts of the ticks of the horizontal axis (0) or the vertical one (1).

    Where the large ticks are too few to be read from, the small ones count, and at last the ends of the axis.
    """
    axis = (axes.xaxis, axes.yaxis)[which]
    to_box = axes.transData + axes.transAxes.inverted()
    corner = [axes.get_xlim()[0], axes.get_ylim()[0]]

    def placed(values: Iterable[float], texts: list[str]) -> list[tuple[float, str]]:
        found = []
        for value, text in zip(values, texts, strict=False):
            corner[which] = value
            place = float(to_box.transform(corner)[which])
            if -1e-6 <= place <= 1 + 1e-6 and text:
                found.append((place, text))
        return found

    for minor in (False, True):
        labels = [_plain(label.get_text()) for label in axis.get_ticklabels(minor=minor)]
        found = placed(axis.get_ticklocs(minor=minor), labels)
        if len(found) > 1:
            return found
    ends = axis.get_view_interval()
    return placed(ends, [f"{end:.3g}" for end in ends])


def _ruler(ticks: list[tuple[float, str]], columns: int) -> str:
    """The texts of ticks under their places; those that would touch the one before are left out."""
    out = ""
    for place, text in sorted(ticks):
        start = min(max(round(place * (columns - 1)) - len(text) // 2, 0), columns - len(text))
        if start > len(out) or not out and start >= 0:
            out = out.ljust(start) + text
    return out


def _coloured(text: str, number: int) -> str:
    return f"\x1b[{_COLOURS[number % len(_COLOURS)]}m{text}\x1b[0m"


def _plain(text: str) -> str:
    r"""Matplotlib's mathematics as plain text: $\mathdefault{10^{-3}}$ is 1e-3, $\mu_k$ is mu_k."""
    text = text.replace("\u2212", "-").replace("$", "")
    text = re.sub(r"\\(?:mathdefault|mathrm|mathit|text)\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", text)
    text = re.sub(r"(?:([\d.]+)\s*\\(?:times|cdot)\s*|\b)10\^\{(-?\d+)\}", _decimal, text)
    text = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", text)
    text = re.sub(r"\\[,;!: ]", " ", text)
    text = re.sub(r"\\([A-Za-z]+)", r"\1", text)
    text = re.sub(r"\^\{(\w+)\}", r"^\1", text)
    text = re.sub(r"\^\{([^{}]*)\}", r"^(\1)", text)
    return " ".join(text.replace("{", "").replace("}", "").split())


def _decimal(match: re.Match[str]) -> str:
    r"""10^{2} as 100, 4 \times 10^{-5} as 4e-5."""
    head, exponent = match[1] or "1", int(match[2])
    return f"{float(head) * 10**exponent:g}" if 0 <= exponent <= 3 else f"{head}e{exponent}"
