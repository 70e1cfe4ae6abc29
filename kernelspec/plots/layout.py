"""What all figures share: a sheet of a given width, its panels, and names that stand clear of one another.

A figure is laid out for the width that it is drawn at. As many panels stand side by side as have room, the others
below them; legends break into as many lines as they need; names beside lines are moved apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..numbers.checks import real
from ..results.tables import Table
from ..views.drawing import PAGE, rendered, root_figure, save, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

NARROW = 5.0  # inches: a figure that is not as wide is drawn in the smaller type of a column
LEAST, MOST = 3.0, 20.0  # inches
_SIZE, _SMALLER = 9.5, 8.5  # points


class Drawn(NamedTuple):
    """A figure: its axes in reading order, and the numbers that it shows."""

    axes: tuple[Axes, ...]
    table: Table

    @property
    def figure(self) -> Figure:
        """The matplotlib Figure of the axes."""
        figure: Any = self.axes[0].get_figure(root=True)
        return figure

    def save(self, path: Any) -> None:
        """Write the figure to a file that ends in .svg, .pdf or .png: the same bytes on every run."""
        with style():
            save(self.figure, path)

    def _repr_png_(self) -> bytes:
        with style():
            return rendered(self.figure, "png")["png"]


def width_in_inches(width: Any) -> float:
    """The width of a figure, refused where it is no number from 3 to 20 inches."""
    return real("width", width, LEAST, MOST)


@contextmanager
def lettering(width: float, font: str = "stix") -> Iterator[None]:
    """The settings of figures of this width for the time of a ``with`` block."""
    with style(font, _SMALLER if width < NARROW else _SIZE):
        yield


def finished(draw: Callable[[Any, float], Figure], data: Any, table: Table, width: Any, font: str) -> Drawn:
    """The figure that `draw` makes of the data at that width, with its table."""
    inches = width_in_inches(width)
    with lettering(inches, font):
        figure = draw(data, inches)
        figure.draw_without_rendering()  # ticks are made when they are first drawn, with the settings of that moment
    return Drawn(tuple(figure.axes), table)


class Sheet:
    """A figure of one width with its panels.

    Parameters
    ----------
    width : inches.
    count : panels.
    height : inches of each line of panels.
    across : the most panels side by side.
    least : inches that a panel needs.
    legend : inches for a legend outside of the panels.
    ratios : relative widths of panels, where all of them stand side by side.
    part : the part of a figure (of `parts`) that holds the panels, a new figure where it is None.
    share : keywords for ``subplots``: sharex, sharey.
    """

    def __init__(
        self,
        width: float,
        count: int,
        height: float,
        *,
        across: int = 3,
        least: float = 1.9,
        legend: float = 0.0,
        ratios: Sequence[float] | None = None,
        part: Any = None,
        **share: Any,
    ) -> None:
        from matplotlib.figure import Figure

        self.columns = columns(count, width, across, least)
        rows = math.ceil(count / self.columns)
        size = (width, rows * height + legend)
        self.figure: Any = Figure(figsize=size, layout="constrained") if part is None else part
        if ratios is not None and self.columns == count:
            share["width_ratios"] = ratios
        grid = self.figure.subplots(rows, self.columns, squeeze=False, **share)
        self.panels: list[Axes] = list(grid.flat)[:count]
        for unused in list(grid.flat)[count:]:
            unused.remove()
        self._names: list[tuple[Axes, list[Annotation]]] = []

    @property
    def lowest(self) -> list[Axes]:
        """The panels without another one below them."""
        return self.panels[-self.columns :]

    @property
    def first(self) -> list[Axes]:
        """The panels at the left."""
        return self.panels[:: self.columns]

    def names(self, ax: Axes, named: Sequence[tuple[float, str, Any]], inside: bool = False) -> None:
        """Names (height in data, text, colour) at the right of a panel; `settle` moves them apart.

        With `inside` they stand on the lines at the left of the panel.
        """
        self._names.append((ax, beside(ax, named, inside)))

    def legend(self, handles: Sequence[Any], labels: Sequence[str], **more: Any) -> None:
        """A legend below all panels, in as few lines as have room."""
        fitting_legend(self.figure, handles, labels, **more)

    def settle(self) -> Figure:
        """Lay the figure out, move names apart, and return it."""
        figure = root_figure(self.figure)
        if self._names:
            figure.draw_without_rendering()
            for ax, names in self._names:
                move_apart(ax, names)
        return figure


def parts(width: float, heights: Sequence[float]) -> list[Any]:
    """Parts of a new figure, one below the other, for panels of different kinds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, sum(heights)), layout="constrained")
    return [part for (part,) in figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)]


def lines_of(count: int, width: float, across: int, least: float) -> int:
    """How many lines of panels a `Sheet` has."""
    return math.ceil(count / columns(count, width, across, least))


def columns(count: int, width: float, across: int, least: float) -> int:
    """How many of `count` panels stand side by side: all lines are about as long."""
    most = max(1, min(count, across, int(width / least)))
    return math.ceil(count / math.ceil(count / most))


def fitting_legend(figure: Any, handles: Sequence[Any], labels: Sequence[str], **more: Any) -> None:
    """A legend below the panels of a figure, or of a part of one, in as few lines as have room."""
    more = {"loc": "outside lower center"} | more
    room = figure.bbox.width
    for count in range(len(labels), 0, -1):
        lines = math.ceil(len(labels) / count)
        if math.ceil(len(labels) / lines) < count:
            continue  # as many lines as with fewer columns
        made = figure.legend(handles, labels, ncols=count, **more)
        if count == 1 or made.get_window_extent().width <= room:
            return
        made.remove()


def beside(ax: Axes, named: Sequence[tuple[float, str, Any]], inside: bool = False) -> list[Annotation]:
    """Names (height in data, text, colour) at the right edge of a panel, or inside at its left edge."""
    return [
        ax.annotate(
            text,
            (0.0 if inside else 1.0, y),
            xycoords=("axes fraction", "data"),
            xytext=(6 if inside else 4, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            annotation_clip=False,
            zorder=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6} if inside else None,
        )
        for y, text, colour in named
    ]


def move_apart(ax: Axes, names: Sequence[Annotation]) -> None:
    """Move names up and down until none touches another, as little as that takes."""
    if not names:
        return
    points = 72.0 / ax.figure.dpi
    frame = ax.get_window_extent()
    ordered = sorted(names, key=lambda name: float(name.xy[1]))
    centres = [float(ax.transData.transform((1.0, name.xy[1]))[1]) for name in ordered]
    heights = [name.get_window_extent().height for name in ordered]
    for name, centre, moved in zip(ordered, centres, spread_out(centres, heights, frame.y0, frame.y1), strict=True):
        name.set_position((name.get_position()[0], (moved - centre) * points))


def spread_out(centres: ArrayLike, heights: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Ascending places nearest to `centres` (in the sum of squares) where these heights do not overlap.

    They lie between low and high where there is room for all.
    """
    sizes = np.asarray(heights, dtype=np.float64)
    gaps = (sizes[1:] + sizes[:-1]) / 2
    start = np.concatenate([[0.0], np.cumsum(gaps)])
    # Places minus `start` must not fall: pools of neighbours take their mean (pool adjacent violators).
    pools: list[tuple[float, int]] = []
    for value in np.asarray(centres) - start:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (mean * count + before * size) / (count + size), count + size
        pools.append((mean, count))
    free = np.concatenate([np.full(count, mean) for mean, count in pools])
    top = high - sizes[-1] / 2 - start[-1]
    bottom = low + sizes[0] / 2
    if top < bottom:  # no room for all: about the middle
        bottom = top = (top + bottom) / 2
    return np.asarray(np.clip(free, bottom, top) + start)


# -- ticks -------------------------------------------------------------------------------------------


def log_ticks(axis: Axis, low: float, high: float, most: int = 6) -> None:
    """At most so many ticks from low to high of a logarithmic axis: 1, 2, 5; 1, 3; or powers of 10."""
    from matplotlib.ticker import NullLocator

    ticks = ticks_between(low, high, most)
    plain = all(1e-3 <= tick < 1e5 for tick in ticks)
    axis.set_ticks(ticks, [f"{tick:g}" if plain else power_of_ten(tick) for tick in ticks])
    axis.set_minor_locator(NullLocator())


def ticks_between(low: float, high: float, most: int) -> list[float]:
    """The densest of the usual ticks of a logarithmic axis that are at most so many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = range(first, last + 1)
    for factors in ((1, 1.5, 2, 3, 4, 5, 7), (1, 2, 5), (1, 3)):
        ticks = [float(f"{f}e{n}") for n in decades for f in factors]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most and high / low < (5 if len(factors) > 3 else 1e4):
            return ticks
    ticks = []
    for step in range(1, last - first + 2):
        powers = [n for n in decades if n % step == 0 and low <= 10.0**n <= high]
        ticks = [10.0**n for n in powers]
        if len(ticks) <= most:
            break
    return ticks


def power_of_ten(value: float) -> str:
    """10^n as a formula, or f * 10^n."""
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    power = f"10^{{{int(exponent)}}}"
    if int(exponent) == 0:
        return mantissa
    return f"${power}$" if mantissa == "1" else rf"${mantissa}\cdot {power}$"


def sparse_ticks(axis: Axis, values: ArrayLike, apart: float = 0.09) -> None:
    """A tick at each value; labels of those that stand far enough apart, in shares of the axis.

    To be called when the limits of the axis are known.
    """
    from matplotlib.ticker import NullLocator

    transform = axis.get_transform()
    low, high = transform.transform(np.asarray(axis.get_view_interval(), dtype=np.float64))
    ticks = np.unique(np.asarray(values, dtype=np.float64))
    places = (transform.transform(ticks) - low) / (high - low)
    labels, last = [], -math.inf
    for tick, place in zip(ticks, places, strict=True):
        text = f"{tick:g}"
        far = place - last >= apart * max(1.0, len(text) / 2)
        labels.append(text if far else "")
        last = place if far else last
    axis.set_ticks(ticks, labels)
    axis.set_minor_locator(NullLocator())


def no_ticks(ax: Axes) -> None:
    """A panel for a picture."""
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)


# -- words -------------------------------------------------------------------------------------------


def fraction(value: Any) -> str:
    """An exact or nearly exact number as p/q."""
    return str(Fraction(str(value)) if not isinstance(value, float) else _near(value))


def _near(value: float) -> Fraction:
    return Fraction(value).limit_denominator(2**20)


def letters(index: int) -> str:
    """(a), (b), ..."""
    return f"({chr(ord('a') + index)})"


__all__ = ["PAGE", "Drawn", "Sheet", "finished", "lettering"]
