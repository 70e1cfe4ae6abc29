r"""The table of Cifar10 as a picture: measured accuracies beside the printed ones (claim 60).

The measured ones are read from the files that ``python -m experiments table cifar10 --out FILE`` writes, in the folder
`experiments/results`; nothing is computed here. Without a file the printed numbers stand alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.tables import page, setups
from experiments.tables.records import Record, Results
from figures import style
from kernelspec import Table
from kernelspec.plots.layout import Sheet

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "cifar10-table"
TITLE = "Cifar10: measured and printed accuracies of convolutional kernels"
CAPTION = r"""
Accuracy on the test images of Cifar10 of kernel ridge regression with convolutional kernels, a line for each row of
the tables: grey, as printed, with 10,000 and all 50,000 training images and 10,000 test images; coloured, as measured
here, with the number $n$ of training images that the legend says. All are of the $\lambda$ that is best on the test
images, as printed; the tick below a measured dot is the accuracy with the $\lambda$ that training images alone have
chosen. Fewer images cost accuracy: dots compare with the printed ones only where $n$ and the way are the same. @facts@
"""
ORDER = 53
COMMAND = "python -m experiments table cifar10 --out experiments/results/cifar10.json"
_SHAPES = {"exact": "o", "nystrom": "^"}
_WAYS = {"exact": "exact", "nystrom": "Nystrom"}
_COLOURS = (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)  # of measured series


@dataclass(frozen=True)
class Dot:
    """An accuracy in per cent of one row.

    Parameters
    ----------
    row : its name in the table.
    series : what it is: printed or measured, the way, n, and what else tells series apart.
    way : "exact" or "nystrom".
    train, test : numbers of images.
    splits : how many were measured; 0 for a printed number.
    accuracy : with the lambda that is best on the test images, the mean over the splits.
    chosen : with the lambda that training images have chosen; None for a printed number.
    note : on the data.
    """

    row: str
    series: str
    way: str
    train: int
    test: int
    splits: int
    accuracy: float
    chosen: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Dots:
    """The rows of the table in its order, and the dots, the printed ones first."""

    rows: tuple[str, ...]
    dots: tuple[Dot, ...]

    @property
    def measured(self) -> tuple[Dot, ...]:
        """Those that were measured here."""
        return tuple(dot for dot in self.dots if dot.splits)


def compute(quick: bool = False, *, results: str = str(page.FOLDER)) -> Dots:
    """The printed numbers, and what stands in the files of a folder; `quick` makes no difference.

    Raises ValueError for a file that holds no results of a table.
    """
    return dots(page.measured("cifar10", Path(results)))


def dots(results: Sequence[Results]) -> Dots:
    """Printed and measured accuracies of all rows of the table."""
    rows = setups.rows("cifar10")
    printed = [
        Dot(row.name, f"printed, {_WAYS[each.way]}, $n$ = {each.train:,}", each.way, each.train, 10_000, 0,
            each.accuracy)
        for row in rows
        for each in row.printed
    ]  # fmt: skip
    there = [(each, record) for each in results for record in each.records if record.measurements]
    several = {str(record.options.get("whitening")) for _, record in there}
    measured = [_measured(each, record, len(several) > 1) for each, record in there]
    names = tuple(row.name for row in rows)
    order = {name: place for place, name in enumerate(names)}
    known = [dot for dot in measured if dot.row in order]
    return Dots(names, (*printed, *sorted(known, key=lambda dot: (dot.way, dot.train, dot.series, order[dot.row]))))


def _measured(results: Results, record: Record, whitenings: bool) -> Dot:
    scores = [each.scores for each in record.measurements]
    words = ["measured", _WAYS[record.way]]
    if "components" in record.options:
        words[-1] += f" ({str(record.options['components']).replace(',', ', ')})"
    if whitenings:
        words.append(f"whitening {record.options.get('whitening')}")
    return Dot(
        record.row,
        ", ".join([*words, f"$n$ = {record.train:,}"]),
        record.way,
        record.train,
        record.test,
        len(scores),
        100 * float(np.mean([each.best_on_test for each in scores])),
        100 * float(np.mean([each.accuracy for each in scores])),
        results.note,
    )


def caption(data: Dots) -> str:
    """The caption with what is known of the measured numbers."""
    if not data.measured:
        return CAPTION.replace("@facts@", f"No results are there: `{COMMAND}` makes some.")
    notes = _list(dot.note for dot in data.measured)
    tests = _list(f"{dot.test:,}" for dot in data.measured)
    facts = f"Measured on {tests} test images"
    facts += f", {notes}." if notes else "."
    missing = len(data.rows) - len({dot.row for dot in data.measured})
    if missing:
        facts += f" {missing} of {len(data.rows)} rows have not been measured."
    return CAPTION.replace("@facts@", facts)


def _list(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(word for word in words if word))


def table(data: Dots) -> Table:
    """A row for each dot."""
    rows = [
        {
            "row": dot.row,
            "what": "measured" if dot.splits else "printed",
            "way": dot.series.replace("$", "").split(", ", 1)[1],
            "n": dot.train,
            "test_images": dot.test,
            "splits": dot.splits or None,
            "best_on_test": round(dot.accuracy, 4),
            "chosen_lambda": None if dot.chosen is None else round(dot.chosen, 4),
            "data": dot.note or None,
        }
        for dot in data.dots
    ]
    return Table(rows, caption="Accuracies on the test images of Cifar10, in per cent")


def draw(data: Dots, width: float = style.PAGE) -> Figure:
    """A line for each row of the table."""
    sheet = Sheet(width, 1, 0.6 + 0.25 * len(data.rows), legend=0.5)
    (ax,) = sheet.panels
    heights = {row: -place for place, row in enumerate(data.rows)}
    handles: dict[str, Artist] = {}
    colours = itertools.cycle(_COLOURS)
    for series in dict.fromkeys(dot.series for dot in data.dots):
        several = [dot for dot in data.dots if dot.series == series]
        handles[series] = _series(ax, several, heights, None if not several[0].splits else next(colours))
    ax.set_yticks(list(heights.values()), list(heights))
    ax.tick_params(axis="y", length=0)
    ax.set(xlabel="accuracy on test images, per cent", ylim=(0.6 - len(data.rows), 0.6))
    ax.grid(visible=True, axis="y", color="0.9", linewidth=0.6)
    if not data.measured:
        ax.set_title("no results yet: the printed numbers alone", loc="left")
    sheet.legend(list(handles.values()), list(handles))
    return sheet.settle()


def _series(ax: Axes, several: Sequence[Dot], heights: dict[str, int], colour: str | None) -> Artist:
    """The dots of one series: open and grey for printed numbers, which are darker the more images they had."""
    x, y = [dot.accuracy for dot in several], [float(heights[dot.row]) for dot in several]
    shape = _SHAPES[several[0].way]
    if colour is None:
        grey = "0.25" if several[0].train == 50_000 else "0.6"
        (made,) = ax.plot(
            x, y, shape, color=grey, markerfacecolor="white", markersize=5.5, markeredgewidth=1.0, zorder=3
        )
        return made
    for dot in several:
        if dot.chosen is not None:
            low = heights[dot.row] - 0.38
            ax.plot([dot.chosen] * 2, [low, low + 0.22], color=colour, linestyle="-", linewidth=1.2, zorder=3)
    (made,) = ax.plot(x, y, shape, color=colour, markersize=5.0, zorder=4)
    return made
