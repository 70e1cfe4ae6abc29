"""How figures look: for print on paper, in grey, and for colour-blind readers.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), and every line has its own
dashes and marker as well, so that no reader depends on the colour. The files are the same byte for
byte on every run: no dates, and identifiers in SVG from a fixed salt.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_RC: dict[Any, Any] = {
    "font.family": ["STIXGeneral"],
    "mathtext.fontset": "stix",
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.labelsize": 9.5,
    "legend.fontsize": 8.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
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


@contextmanager
def paper() -> Iterator[None]:
    """Matplotlib's settings for the figures, for the time of a ``with`` block."""
    import matplotlib
    from cycler import cycler

    cycle = cycler(color=COLOURS) + cycler(linestyle=DASHES)
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever the user's own matplotlibrc says
        matplotlib.rcParams.update({**_RC, "axes.prop_cycle": cycle})
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
    keywords: dict[str, Any] = {
        "color": COLOURS[place],
        "linestyle": DASHES[(place + 3 * turn) % len(DASHES)],
    }
    if marker:
        shape = MARKERS[(place + 3 * turn) % len(MARKERS)]
        keywords |= {"marker": shape, "markerfacecolor": "white"}
    return keywords | more


def rendered(figure: Figure) -> dict[str, bytes]:
    """The figure as the bytes of an svg, a pdf and a png file, without dates."""
    without_dates: Mapping[str, Mapping[str, Any]] = {
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "ModDate": None},
        "png": {"Software": None},
    }
    files = {}
    for ending, metadata in without_dates.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format=ending, metadata=dict(metadata))
        files[ending] = buffer.getvalue()
    return files
