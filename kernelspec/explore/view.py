r"""What a view is: parts to show, the code that makes them anew, files to take away.

Text that is shown is HTML; a formula in it is written by `tex`, and the page draws it. A figure in it is SVG of which
the colours are those of the page (`themed`), so that one picture serves light and dark.
"""

from __future__ import annotations

import html
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from ..results.tables import Table

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SHORT = 20.0
WIDTH = 5.2  # inches: a figure of this width has readable labels at 370 and at 600 pixels
_TEX = re.compile(r'<ks-tex( display="1")?>(.*?)</ks-tex>', re.DOTALL)
# The colours that drawings use, and the names that the style sheet gives them in light and dark.
_COLOURS = {
    "#000000": "currentColor",
    "black": "currentColor",
    "#d9d9d9": "var(--ks-grid)",
    "#0072b2": "var(--ks-blue)",
    "#d55e00": "var(--ks-vermilion)",
    "#009e73": "var(--ks-green)",
    "#cc79a7": "var(--ks-purple)",
    "#e69f00": "var(--ks-orange)",
    "#56b4e9": "var(--ks-sky)",
    "#808080": "var(--ks-grey)",
    "#999999": "var(--ks-grey)",
    "#ffffff": "var(--ks-paper)",
}
_COLOUR = re.compile(r"(?<=[:\"' ])(?:" + "|".join(_COLOURS) + r")(?=[;\"' ])", re.IGNORECASE)


@dataclass(frozen=True)
class View:
    """What is shown in one place of a page.

    Parameters
    ----------
    html : the parts to show.
    code : Python that makes the same with the public interface, run as it is.
    files : what can be taken away, by name: text or bytes.
    notes : what has to be said beside it: warnings of what was computed.
    data : the numbers behind it, as plain values.
    """

    html: str
    code: str = ""
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def escape(text: object) -> str:
    """Text as HTML."""
    return html.escape(str(text))


def tex(latex: str, display: bool = False) -> str:
    """A formula inside HTML."""
    mark = ' display="1"' if display else ""
    return f"<ks-tex{mark}>{html.escape(latex)}</ks-tex>"


def formulas_in(text: str) -> list[str]:
    """The formulas in HTML."""
    return [html.unescape(match[2]) for match in _TEX.finditer(text)]


def with_formulas(text: str, draw: Callable[[str, bool], str]) -> str:
    """HTML in which draw(latex, display) stands for every formula."""
    return _TEX.sub(lambda match: draw(html.unescape(match[2]), bool(match[1])), text)


def dollars(text: str) -> str:
    """HTML of a text with formulas between dollars and code between backticks."""
    pieces = re.split(r"(\$\$.+?\$\$|(?<!\\)\$.+?(?<!\\)\$|`[^`]+`)", text, flags=re.DOTALL)
    out = []
    for piece in pieces:
        if piece.startswith("$$") and len(piece) > 4:
            out.append(tex(piece[2:-2], display=True))
        elif piece.startswith("$") and len(piece) > 2:
            out.append(tex(piece[1:-1]))
        elif piece.startswith("`") and len(piece) > 2:
            out.append(f"<code>{html.escape(piece[1:-1])}</code>")
        else:
            out.append(html.escape(piece))
    return "".join(out)


def fact(name: str, value: str) -> str:
    """A named fact; both are HTML."""
    return f'<div class="ks-fact"><span>{name}</span><b>{value}</b></div>'


def facts(*found: str) -> str:
    """Facts beside each other."""
    return f'<div class="ks-facts">{"".join(found)}</div>'


def panels(*parts: str) -> str:
    """Parts beside each other where there is room, below each other where there is not."""
    return f'<div class="ks-panels">{"".join(f"<div>{part}</div>" for part in parts if part)}</div>'


def shown_table(table: Table) -> str:
    """A table as HTML that scrolls by itself where it is too wide."""
    return f'<div class="ks-table">{table._repr_html_()}</div>'


def folded(summary: str, body: str) -> str:
    """HTML that is shown at a click."""
    return f"<details><summary>{summary}</summary>{body}</details>"


@contextmanager
def look() -> Iterator[None]:
    """Matplotlib's settings for what the pages draw."""
    from ..views.drawing import style

    with style(font="sans", size=9.5):
        yield


def plain_ticks(ax: Axes) -> Axes:
    """The axes, with powers of ten on logarithmic axes as plain text: as mathematics they take most of the time."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "log":
            low, high = axis.get_view_interval()
            short = high < _SHORT * low  # hardly a power of ten among the ticks: the others have labels, too
            axis.set_major_formatter(FuncFormatter(_power_of_ten))
            axis.set_minor_formatter(FuncFormatter(_plain) if short else NullFormatter())
    return ax


def _plain(value: float, _: int) -> str:
    return f"{value:g}"


def _power_of_ten(value: float, _: int) -> str:
    exponent = round(math.log10(value))
    return f"{value:g}" if 0 <= exponent <= 3 else "10" + str(exponent).translate(_RAISED)


def points(ax: Axes) -> list[list[list[float]]]:
    """What the lines of a plot go through, line by line: [[x, ...], [y, ...]]."""
    lines: list[Any] = list(ax.get_lines())
    return [[[float(x) for x in part] for part in line.get_data()] for line in lines]


def svg_of(figure: Figure | SubFigure) -> str:
    """A figure as SVG, as in print: to be called inside `look`."""
    from ..views.drawing import rendered, root_figure

    return rendered(root_figure(figure), "svg")["svg"].decode("utf-8")


def png_of(figure: Figure | SubFigure) -> bytes:
    """A figure as PNG: to be called inside `look`."""
    from ..views.drawing import rendered, root_figure

    return rendered(root_figure(figure), "png")["png"]


def picture(figure: Figure | SubFigure, words: str, name: str, made: str) -> tuple[str, dict[str, str | bytes]]:
    """A figure as a page shows it, and its files, which are made at a click: to be called inside `look`.

    In the page words are text and not outlines, of which there would be thousands.
    """
    import matplotlib

    files: dict[str, str | bytes] = {f"{name}.svg": "", f"{name}.png": ""}
    if made == f"{name}.svg":
        files[made] = svg_of(figure)
    if made == f"{name}.png":
        files[made] = png_of(figure)
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        return themed(svg_of(figure), words), files


def themed(svg: str, words: str) -> str:
    """An SVG to be shown in a page: its colours are those of the page, it has its width, and `words` describe it."""
    start = svg.index("<svg")
    body = re.sub(r"<metadata>.*?</metadata>", "", svg[start:], flags=re.DOTALL)
    head, _, rest = body.partition(">")
    box = re.search(r'viewBox="[^"]+"', head)
    assert box is not None  # matplotlib always writes it
    # The white paper behind everything is the page itself.
    rest = re.sub(r'<g id="patch_1">.*?</g>', "", rest, count=1, flags=re.DOTALL)
    rest = re.sub(r'(<g id="patch_2">\s*<path[^>]*style=")fill: #ffffff', r"\1fill: none", rest)
    # A hundredth of a point is enough for a screen: of coordinates, not of numbers that are read.
    rest = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0]), rest)
    rest = _COLOUR.sub(lambda match: _COLOURS[match[0].lower()], rest)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box[0]} '
        f'class="ks-figure" role="img" fill="currentColor" aria-label="{html.escape(words)}">{rest}'
    )


@contextmanager
def noticed() -> Iterator[list[str]]:
    """The warnings of a block, as sentences, in the order in which they came."""
    found: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield found
    for warning in caught:
        text = " ".join(str(warning.message).split())
        if text not in found:
            found.append(text)
