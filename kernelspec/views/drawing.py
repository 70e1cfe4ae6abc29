"""How plots look: for a screen, for print on paper, in grey, and for colour-blind readers.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), and every line has its own dashes and marker as
well, so that no reader depends on the colour. Matplotlib is loaded when something is drawn; a plot without axes of its
own gets a figure that pyplot knows nothing of, so that nothing is left open, and no setting of the user's is changed.
`style` is the look of the figures in print, for the time of a block. Files are the same byte for byte on every run
inside such a block: no dates, and identifiers in SVG from a fixed salt.
"""

from __future__ import annotations

import functools
import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..files.atomic import file_path, write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLACK = "#000000"
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
ORANGE = "#E69F00"
SKY = "#56B4E9"
YELLOW = "#F0E442"  # too pale for a line on white; for areas

COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (3, 1.2)),
    (0, (6, 1.5, 1.2, 1.5, 1.2, 1.5)),
    (0, (8, 2)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
COLUMN = 3.4  # inches: one column of a two-column page
PAGE = 7.0  # inches: the whole width
GOLDEN = 0.66  # height over width of a single plot

#: The letters of words; those that a font lacks come from the next one. Computer Modern has others in the places of
#: the degree sign and the underscore: figures write these as formulas.
FONTS = {
    "stix": ("STIXGeneral",),
    "cm": ("cmr10", "STIXGeneral"),
    "dejavu": ("DejaVu Serif",),
    "sans": ("DejaVu Sans",),
}
_MATH = {"stix": "stix", "cm": "cm", "dejavu": "dejavuserif", "sans": "dejavusans"}
ENDINGS = (".svg", ".pdf", ".png")
_WITHOUT_DATES: Mapping[str, Mapping[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "ModDate": None},
    "png": {"Software": None},
}

_RC: dict[Any, Any] = {
    "figure.figsize": (PAGE, 3.4),
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "savefig.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.minor.width": 0.5,
    "ytick.minor.width": 0.5,
    "lines.linewidth": 1.4,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.handlelength": 2.8,
    "image.cmap": "cividis",
    "svg.fonttype": "path",
    "svg.hashsalt": "kernelspec",
    "pdf.fonttype": 42,
    "text.usetex": False,
}


#: Settings, fonts and the reader of formulas are matplotlib's own, of the whole process.
_DRAWING = threading.RLock()


@contextmanager
def style(font: str = "stix", size: float = 9.5) -> Iterator[None]:
    """Matplotlib's settings for figures in print, for the time of a ``with`` block, whatever the user's own are.

    Parameters
    ----------
    font : "stix" (as Times), "cm" (Computer Modern), "dejavu" or "sans".
    size : of the labels in points, > 0; titles are larger, ticks and legends smaller, in proportion.

    The settings are matplotlib's own, of the whole process, and put back at the end: one thread at a time draws so, and
    others wait.
    """
    if font not in FONTS:
        raise ValueError(f"font must be one of {', '.join(FONTS)}; got {font!r}")
    if not size > 0:
        raise ValueError(f"size must be a number of points > 0; got {size!r}")
    import matplotlib
    from cycler import cycler

    cycle = cycler(color=COLOURS) + cycler(linestyle=DASHES)
    fonts: dict[Any, Any] = {
        "font.family": list(FONTS[font]),
        "mathtext.fontset": _MATH[font],
        # Computer Modern's text font has no minus sign of its own.
        "axes.formatter.use_mathtext": font == "cm",
        "font.size": size,
        "axes.labelsize": size,
        "axes.titlesize": size * 10 / 9.5,
        "legend.fontsize": size * 8.5 / 9.5,
        "xtick.labelsize": size * 8.5 / 9.5,
        "ytick.labelsize": size * 8.5 / 9.5,
    }
    with _DRAWING, matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever the user's own matplotlibrc says
        matplotlib.rcParams.update({**_RC, **fonts, "axes.prop_cycle": cycle})
        yield


def line(index: int, marker: bool = False, **more: Any) -> dict[str, Any]:
    """Keywords for ``plot``: the colour, dashes and, on request, the marker of line `index`.

    Parameters
    ----------
    index : 0, 1, 2, ...; after seven lines the colours come again, with other dashes.
    marker : whether points are marked, hollow so that they stay apart where they overlap.
    more : further keywords, which win.
    """
    turn, place = divmod(index, len(COLOURS))
    keywords: dict[str, Any] = {"color": COLOURS[place], "linestyle": DASHES[(place + 3 * turn) % len(DASHES)]}
    if marker:
        shape = MARKERS[(place + 3 * turn) % len(MARKERS)]
        keywords |= {"marker": shape, "markerfacecolor": "white"}
    return keywords | more


def axes(ax: Axes | None = None, width: float = 5.0, height: float | None = None) -> Axes:
    """The axes to draw on: `ax`, or those of a new figure of `width` inches, which a notebook shows.

    Raises TypeError for an `ax` that is none of matplotlib's.
    """
    from matplotlib.axes import Axes

    if ax is not None:
        if not isinstance(ax, Axes):
            raise TypeError(f"ax must be axes of matplotlib, or None; got {type(ax).__name__}")
        return ax
    return new_figure(width, height).add_subplot(axes_class=_shown_axes())


def new_figure(width: float = 5.0, height: float | None = None) -> Figure:
    """A figure of `width` x `height` inches that pyplot knows nothing of."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, GOLDEN * width if height is None else height), layout="constrained")


@functools.cache
def _shown_axes() -> type[Axes]:
    from matplotlib.axes import Axes

    class ShownAxes(Axes):
        """Axes of a figure without pyplot, which show the figure where they are the last value of a cell."""

        def _repr_png_(self) -> bytes:
            return rendered(root_figure(self), "png")["png"]

    return ShownAxes


def root_figure(artist: Any) -> Figure:
    """The whole figure that axes, or a part of a figure, belong to; a figure itself."""
    if not hasattr(artist, "figure"):
        raise TypeError(f"figure must be a figure or axes of matplotlib; got {type(artist).__name__}")
    root = artist.figure
    return getattr(root, "figure", None) or root


def next_line(ax: Axes) -> int:
    """The index, for `line`, of the next series that is drawn on these axes."""
    drawn = int(getattr(ax, "_kernelspec_series", 0))
    ax._kernelspec_series = drawn + 1  # type: ignore[attr-defined]  # a mark of our own
    return drawn


def legend(ax: Axes, **more: Any) -> None:
    """A legend where anything on the axes has a name."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**more)


def rendered(figure: Figure, *endings: str) -> dict[str, bytes]:
    """The figure as the bytes of files, "svg", "pdf" and "png" where none is named, without dates."""
    files = {}
    for ending in endings or tuple(_WITHOUT_DATES):
        buffer = io.BytesIO()
        with _DRAWING:
            figure.savefig(buffer, format=ending, metadata=dict(_WITHOUT_DATES[ending]))
        files[ending] = buffer.getvalue()
    return files


def save(figure: Figure, path: Any) -> None:
    """Write the figure to a file, by its ending: .svg, .pdf or .png; whole or not at all, and without dates.

    `figure` is a figure or axes of it. Raises TypeError and ValueError that name `path`.
    """
    found = file_path(path, *ENDINGS)
    ending = found.suffix.lower().removeprefix(".")
    write_atomically(found, rendered(root_figure(figure), ending)[ending])
