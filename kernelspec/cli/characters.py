"""Plots in characters: what is drawn on axes of matplotlib, on a terminal, in dots of Braille or in ASCII.

Lines, points and bands come from the axes, and so do the scales, the ranges and the ticks, so that a plot says on a
terminal what it says in a file. A letter holds 2 x 4 dots of Braille (U+2800), or one mark. Every series has a mark
of its own in the legend; in Braille, colours tell series apart, and without colours the places of their names.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_COLOURS = (36, 33, 35, 32, 34, 31)  # of ANSI terminals
_MARKS = "ox+*#@%&"
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_NARROWEST = 24


@dataclass(frozen=True)
class Series:
    """Points of the unit square, in the order in which they are joined (or not); NaN parts them."""

    label: str
    x: Any
    y: Any
    joined: bool


@dataclass
class Canvas:
    """Letters of `width` x `height`, each of them of 2 x 4 dots (Braille) or of one (ASCII)."""

    width: int
    height: int
    braille: bool
    dots: dict[tuple[int, int], int] = field(default_factory=dict)
    owner: dict[tuple[int, int], int] = field(default_factory=dict)

    def draw(self, series: Series, number: int) -> None:
        """Put the points of a series, and the lines between them."""
        across, down = (2, 4) if self.braille else (1, 1)
        x = series.x * (self.width * across - 1)
        y = (1 - series.y) * (self.height * down - 1)
        inside = np.isfinite(x) & np.isfinite(y)
        for i in np.flatnonzero(inside):
            self._put(x[i], y[i], number)
            if series.joined and i + 1 < x.size and inside[i + 1]:
                steps = int(min(max(abs(x[i + 1] - x[i]), abs(y[i + 1] - y[i])), 10_000)) + 1
                for s in np.linspace(0.0, 1.0, steps, endpoint=False)[1:]:
                    self._put(x[i] + s * (x[i + 1] - x[i]), y[i] + s * (y[i + 1] - y[i]), number)

    def _put(self, x: float, y: float, number: int) -> None:
        across, down = (2, 4) if self.braille else (1, 1)
        column, row = round(x), round(y)
        if not (0 <= column < self.width * across and 0 <= row < self.height * down):
            return
        place = column // across, row // down
        bit = _BITS[row % 4][column % 2] if self.braille else 1
        self.dots[place] = self.dots.get(place, 0) | bit
        self.owner.setdefault(place, number)

    def rows(self, colours: bool) -> list[str]:
        """The lines of text."""
        return [
            "".join(self._letter(column, row, colours) for column in range(self.width))
            for row in range(self.height)
        ]

    def _letter(self, column: int, row: int, colours: bool) -> str:
        dots = self.dots.get((column, row))
        if dots is None:
            return " "
        number = self.owner[column, row]
        letter = chr(0x2800 + dots) if self.braille else _MARKS[number % len(_MARKS)]
        return _coloured(letter, number) if colours else letter


def drawn(axes: Any, width: int, height: int, braille: bool, colours: bool = False) -> str:
    """The plot on the axes as text of at most `width` letters a line.

    Title, `height` lines with the ticks of the vertical axis, the ticks of the horizontal one, its label, a legend.
    """
    axes.figure.canvas.draw()  # places the ticks, and fits the ranges
    upright = _ticks(axes.yaxis, axes.transData, 1, axes)
    margin = max((len(text) for _, text in upright), default=0)
    columns = max(width - margin - 2, _NARROWEST)
    canvas = Canvas(columns, height, braille)
    found = _series(axes)
    for number, series in enumerate(found):
        canvas.draw(series, number)
    bar, corner, dash = ("\u2502", "\u2514", "\u2500") if braille else ("|", "+", "-")
    names = {min(height - 1, round((1 - y) * (height - 1))): text for y, text in upright}
    lines = [_plain(axes.get_title())] if axes.get_title() else []
    if axes.get_ylabel():
        lines.append(_plain(axes.get_ylabel()))
    for row, letters in enumerate(canvas.rows(colours)):
        lines.append(f"{names.get(row, ''):>{margin}} {bar}{letters}".rstrip())
    lines.append(f"{'':>{margin}} {corner}{dash * columns}")
    ticks = _ruler(_ticks(axes.xaxis, axes.transData, 0, axes), columns)
    lines.append(f"{'':>{margin}}  {ticks}".rstrip())
    if axes.get_xlabel():
        lines.append(f"{'':>{margin}}  {_plain(axes.get_xlabel()):^{columns}}".rstrip())
    lines += _legend(found, braille, colours)
    return "\n".join(lines)


def letters_of(stream: Any) -> bool:
    """Whether a stream can show Braille and lines; else ASCII is drawn."""
    try:
        "\u2800\u28ff\u2502\u2514\u2500".encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def colours_wanted(stream: Any) -> bool:
    """Whether a stream is a terminal with colours, and nobody has asked for none (no-color.org)."""
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    return bool(stream.isatty()) and not dumb and not os.environ.get("NO_COLOR")


# -- what is on the axes -------------------------------------------------------------------------------------------


def _series(axes: Any) -> list[Series]:
    """Lines, points and the borders of areas, in the coordinates of the axes' box."""
    found = []
    to_box = axes.transAxes.inverted()
    for line in axes.get_lines():
        points = line.get_transform().transform(np.asarray(line.get_xydata(), dtype=float))
        if line.get_visible() and points.size:
            joined = line.get_linestyle() not in ("None", "none", "", " ")
            found.append(_of(line, to_box.transform(points), joined))
    for group in axes.collections:
        offsets = np.ma.filled(group.get_offsets(), np.nan)
        if len(offsets) > 1 or len(group.get_paths()) == 1 and len(offsets) and np.any(offsets):
            points = group.get_offset_transform().transform(offsets)
            found.append(_of(group, to_box.transform(points), False))
            continue
        for path in group.get_paths():
            points = group.get_transform().transform(path.vertices)
            found.append(_of(group, to_box.transform(points), True))
    for patch in axes.patches:
        points = patch.get_transform().transform(patch.get_path().vertices)
        found.append(_of(patch, to_box.transform(points), True))
    return found


def _of(artist: Any, points: Any, joined: bool) -> Series:
    label = str(artist.get_label())
    return Series("" if label.startswith("_") else _plain(label), points[:, 0], points[:, 1], joined)


def _ticks(axis: Any, transform: Any, which: int, axes: Any) -> list[tuple[float, str]]:
    """Places in [0, 1] and texts of an axis's ticks."""
    places = np.asarray(axis.get_majorticklocs(), dtype=float)
    texts = [_plain(label.get_text()) for label in axis.get_majorticklabels()]
    found = []
    for place, text in zip(places, texts, strict=False):
        point = [axes.get_xlim()[0], axes.get_ylim()[0]]
        point[which] = place
        there = axes.transAxes.inverted().transform(transform.transform(point))[which]
        if -1e-6 <= there <= 1 + 1e-6 and text:
            found.append((float(there), text))
    return found


def _ruler(ticks: list[tuple[float, str]], columns: int) -> str:
    """The texts of ticks under their places; those that would touch the one before are left out."""
    out = ""
    for place, text in sorted(ticks):
        start = min(max(round(place * (columns - 1)) - len(text) // 2, 0), columns - len(text))
        if start > len(out) or not out and start >= 0:
            out = out.ljust(start) + text
    return out


def _legend(found: list[Series], braille: bool, colours: bool) -> list[str]:
    lines = []
    for number, series in enumerate(found):
        if not series.label:
            continue
        mark = ("\u28e4\u28e4" if series.joined else "\u2802 \u2802") if braille else _MARKS[number % len(_MARKS)]
        lines.append(f"  {_coloured(mark, number) if colours else mark}  {series.label}")
    return lines


def _coloured(text: str, number: int) -> str:
    return f"\x1b[{_COLOURS[number % len(_COLOURS)]}m{text}\x1b[0m"


def _plain(text: str) -> str:
    r"""Matplotlib's mathematics as plain text: $\mathdefault{10^{-3}}$ is 1e-3, $\mu_k$ is mu_k."""
    text = text.replace("\u2212", "-").replace("$", "")
    text = re.sub(r"\\(?:mathdefault|mathrm|mathit|text)\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", text)
    text = re.sub(r"(?<![\d.])10\^\{(-?\d+)\}", r"1e\1", text)
    text = re.sub(r"\\(?:times|cdot)\s*1e", "e", text)
    text = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\\(?:left|right|,|;|!| )", " " if "\\ " in text else "", text)
    text = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", text)
    text = re.sub(r"\\([A-Za-z]+)", r"\1", text)
    text = re.sub(r"\^\{([^{}]*)\}", r"^(\1)", text)
    return text.replace("{", "").replace("}", "").strip()
