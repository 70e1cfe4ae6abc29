r"""Pairs of patches that two layers compare: responses of E_pq, with and without the second pooling.

Bietti 2022, claims 56, 57. E_pq of a Dirac at u is the product of two pooling filters, centred at u + p and u + q, on
the line v - v' = p - q. The second layer's pooling A_2 moves both along that line: it smooths where a pair stands, not
how far apart its patches are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ckn.layers import Layer, gaussian, square
from ..ckn.network import Network
from ..ckn.spectra.pair_operators import PairOperators
from ..kernels.families import linear
from ..numbers.checks import integer
from ..results.tables import Row, Table
from ..views import drawing
from .layout import NARROW, PAGE, Drawn, Sheet, finished, letters, no_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
PAIRS = ((0, 0), (4, -4), (-4, 2))
IN_THE_PLANE = ((-3, -2), (2, 3))  # p and q
_SHADES: dict[str, Any] = {"cmap": "Greys", "vmin": 0, "vmax": 1.5}  # of values up to 1: lines are seen on the darkest


@dataclass(frozen=True, eq=False)
class Responses:
    """What `responses` has found; Diracs stand in the middle.

    Parameters
    ----------
    pairs : p and q on a line of n positions, m of them.
    line, pooled_line : E_pq and E_pq A_2^T of a Dirac there, shape (m, n, n).
    offsets : p and q in the plane.
    places, pooled_places : where v is, and where v' is, in the plane: sums over the other one, shape (2, s, s).
    apart, pooled_apart : v - v', sums over pairs with the same difference, 0 in the middle, shape (s, s).
    """

    pairs: tuple[tuple[int, int], ...]
    line: Array
    pooled_line: Array
    offsets: tuple[tuple[int, int], tuple[int, int]]
    places: Array
    pooled_places: Array
    apart: Array
    pooled_apart: Array


def responses(
    pairs: Sequence[Sequence[int]] = PAIRS,
    offsets: Sequence[Sequence[int]] = IN_THE_PLANE,
    positions: int = 32,
    side: int = 22,
    first: int = 2,
    second: int = 4,
) -> Responses:
    """E_pq on a circle of so many positions, and on a torus of side^2, for Gaussian pooling of the scales given."""
    chosen = _pairs("pairs", pairs)
    positions, side = integer("positions", positions, 4, 200), integer("side", side, 4, 40)
    first, second = integer("first", first, 1, 100), integer("second", second, 1, 100)
    place = _pairs("offsets", offsets)
    if len(place) != 2:
        raise ValueError(f"offsets must be two pairs of integers, got {offsets!r}")
    p, q = place
    line = PairOperators(_network(chosen, first, second), positions)
    plane = PairOperators(_network(place, first, second), (side, side))
    middle = side // 2, side // 2
    plain, pooled = (plane.response(p, q, middle, flag) for flag in (False, True))
    return Responses(
        tuple(chosen),
        np.array([line.response(*pair, positions // 2) for pair in chosen]),
        np.array([line.response(*pair, positions // 2, pooled=True) for pair in chosen]),
        (p, q),
        _marginals(plain),
        _marginals(pooled),
        differences(plain),
        differences(pooled),
    )


def _network(pairs: Sequence[Sequence[int]], first: int, second: int) -> Network:
    """Two layers whose patches hold all of these offsets; windows are centred and wrap."""
    reach = max(abs(x) for pair in pairs for x in pair)
    return Network(
        [
            Layer(1, linear(), gaussian(first, centred=True), border="circular"),
            Layer(2 * reach + 1, square, gaussian(second, centred=True), border="circular"),
        ]
    )


def _pairs(name: str, given: Any) -> list[tuple[int, int]]:
    """Pairs of integers from -50 to 50."""
    try:
        found = [tuple(integer(name, x, -50, 50) for x in pair) for pair in given]
    except TypeError as error:
        raise TypeError(f"{name} must be pairs of integers, got {given!r}") from error
    if not found or any(len(pair) != 2 for pair in found):
        raise ValueError(f"{name} must be pairs of integers, got {given!r}")
    return [(pair[0], pair[1]) for pair in found]


def _marginals(response: Array) -> Array:
    return np.stack([response.sum(axis=(2, 3)), response.sum(axis=(0, 1))])


def differences(response: Array) -> Array:
    """Sums of a response of shape (s, s, s, s) over pairs v, v' with the same v - v', 0 in the middle: (s, s)."""
    s = len(response)
    out = np.zeros((s, s))
    for a in range(s):
        for b in range(s):
            turned = response[a, b, ::-1, ::-1]  # v' = s - 1 - place
            out += np.roll(turned, (a + 1 - s + s // 2, b + 1 - s + s // 2), axis=(0, 1))
    return out


def pair_responses(
    pairs: Sequence[Sequence[int]] = PAIRS,
    offsets: Sequence[Sequence[int]] = IN_THE_PLANE,
    *,
    positions: int = 32,
    side: int = 22,
    first: int = 2,
    second: int = 4,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Responses of E_pq to Diracs, without and with the second layer's pooling, on a line and in the plane.

    Parameters
    ----------
    pairs : pairs (p, q) of offsets of the second layer's patch, from -50 to 50.
    offsets : p and q in the plane, each of (row, column).
    positions, side : of the circle, from 4 to 200, and of the torus, from 4 to 40.
    first, second : scales of the Gaussian pooling of both layers, from 1 to 100.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns six axes and a table of where v, v' and v - v' are: means and standard deviations.

    Source: Bietti 2022, figure 2 (claims 56, 57).
    """
    data = responses(pairs, offsets, positions, side, first, second)
    return finished(draw, data, table(data), width, font)


def spread(weights: Array) -> tuple[float, float]:
    """Mean and standard deviation, around the middle, of weights along a circle."""
    places = np.arange(len(weights)) - len(weights) // 2
    total = weights.sum()
    mean = float(weights @ places / total)
    return mean, float(np.sqrt(weights @ (places - mean) ** 2 / total))


def along(response: Array) -> tuple[Array, Array]:
    """Where v is, and v - v' with 0 in the middle, of a response of shape (n, n)."""
    n = len(response)
    turned = sum(np.roll(response[v, ::-1], v + 1 - n + n // 2) for v in range(n))
    return response.sum(axis=1), np.asarray(turned)


def table(data: Responses) -> Table:
    """A row for each pair, pooling and coordinate: its mean, counted from the Dirac, and its standard deviation."""
    rows: list[Row] = []
    for label, several in (("no", data.line), ("yes", data.pooled_line)):
        for pair, response in zip(data.pairs, several, strict=True):
            place, apart = along(response)
            for name, weights in (("v", place), ("v'", along(response.T)[0]), ("v - v'", apart)):
                rows.append(_row(str(pair), label, name, weights))
    for label, places, apart in (("no", data.places, data.apart), ("yes", data.pooled_places, data.pooled_apart)):
        for name, image in (("v", places[0]), ("v'", places[1]), ("v - v'", apart)):
            for axis, word in ((1, "row"), (0, "column")):
                rows.append(_row(str(data.offsets), label, f"{name}, {word}", image.sum(axis=axis)))
    return Table(rows, caption="Where E_pq of a Dirac is, from its place")


def _row(pair: str, pooled: str, name: str, weights: Array) -> Row:
    mean, deviation = spread(weights)
    return {"p, q": pair, "A_2": pooled, "coordinate": name, "mean": mean, "deviation": deviation}


def draw(data: Responses, width: float = PAGE) -> Figure:
    """A line of panels for one dimension, and one for two."""
    sheet = Sheet(width, 6, 1.75 if width < NARROW else 2.3, across=3, least=1.6, legend=0.3)
    panels = sheet.panels
    _line(panels[0], data, data.line)
    _line(panels[1], data, data.pooled_line)
    _profiles(panels[2], data)
    _plane(panels[3], data, data.places)
    _plane(panels[4], data, data.pooled_places)
    _apart(panels[5], data)
    titles = ("$E_{pq}$", "$E_{pq}A_2^T$", "$v$ and $v-v'$", "$E_{pq}$, plane", "$E_{pq}A_2^T$, plane", "$v-v'$, plane")
    for place, (ax, title) in enumerate(zip(panels, titles, strict=True)):
        ax.set_title(f"{letters(place)} {title}", loc="left")
    lines = panels[0].get_lines()[: len(data.pairs)]
    sheet.legend(lines, [f"$v-v'=p-q={p - q}$" for p, q in data.pairs], columnspacing=1.2)
    return sheet.settle()


def _line(ax: Axes, data: Responses, several: Array) -> None:
    """All responses, each over its largest value, with their lines v - v' = p - q."""
    n = several.shape[1]
    low, high = -(n // 2), n - n // 2
    shown = np.max(several / several.max(axis=(1, 2), keepdims=True), axis=0)
    ax.imshow(shown.T, **_SHADES, origin="lower", extent=(low - 0.5, high - 0.5, low - 0.5, high - 0.5))
    ends = np.array([low - 0.5, high - 0.5])
    for i, (p, q) in enumerate(data.pairs):
        ax.plot(ends, ends - (p - q), **drawing.line(i, lw=0.9))
    for i, (p, q) in enumerate(data.pairs):
        ax.plot(p, q, drawing.MARKERS[i], color=drawing.COLOURS[i], mfc="none", ms=4)
    ax.set(xlim=(low - 0.5, high - 0.5), ylim=(low - 0.5, high - 0.5), xlabel="$v-u$", ylabel="$v'-u$")
    ax.set_xticks(ticks := [low // 2, 0, -(low // 2)])
    ax.set_yticks(ticks)
    _framed(ax)


def _profiles(ax: Axes, data: Responses) -> None:
    """Where v is and v - v', without and with A_2, of the pair whose offsets differ most."""
    i = int(np.argmax([abs(p - q) for p, q in data.pairs]))
    n = data.line.shape[1]
    places = np.arange(n) - n // 2
    for j, (name, which) in enumerate((("v-u", 0), ("v-v'", 1))):
        plain, pooled = along(data.line[i])[which], along(data.pooled_line[i])[which]
        ax.plot(places, plain, **drawing.line(j, lw=1.3, linestyle="-"), label=f"${name}$")
        there = pooled > 1e-3 * pooled.max()
        ax.plot(places[there], pooled[there], **drawing.line(j, marker=True, linestyle="none", ms=3))
    ax.set(xlabel="positions", ylabel="weight", ylim=(0, None))
    ax.legend(loc="upper left", handlelength=1.2, borderaxespad=0.1)


def _plane(ax: Axes, data: Responses, places: Array) -> None:
    """Where both patches are, with the Dirac and an arrow from v' to v."""
    side = places.shape[1]
    ax.imshow(np.max(places / places.max(axis=(1, 2), keepdims=True), axis=0), **_SHADES)
    (a, b), (c, d) = ((x + side // 2, y + side // 2) for x, y in data.offsets)
    ax.annotate("", (b, a), (d, c), arrowprops={"arrowstyle": "->", "color": drawing.VERMILION, "lw": 1.2})
    ax.plot(side // 2, side // 2, "+", color=drawing.BLUE, ms=6)
    no_ticks(ax)
    _framed(ax)


def _apart(ax: Axes, data: Responses) -> None:
    """v - v' without A_2 as a picture, with A_2 as lines of the same levels."""
    side = len(data.apart)
    ax.imshow(data.apart / data.apart.max(), **_SHADES)
    levels = data.apart.max() * np.array([0.25, 0.75])
    ax.contour(data.pooled_apart, levels, colors=drawing.VERMILION, linewidths=0.9)
    ax.plot(side // 2, side // 2, "+", color=drawing.BLUE, ms=6)
    no_ticks(ax)
    _framed(ax)


def _framed(ax: Axes) -> None:
    """The frame of a picture."""
    ax.grid(visible=False)
    ax.spines[["top", "right"]].set_visible(True)
