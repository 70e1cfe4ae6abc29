r"""Signals read off maps of ReLU layers; losses at strides wider than the patch (Bietti & Mairal 2019; claim 51).

All readings are values of the kernels (``recovery.read``); ``recovery.reconstruct`` solves for the signal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import ckn
from ..ckn import recovery
from ..kernels.families import arccos
from ..numbers.checks import integer, real_array
from ..results.tables import Table
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, fitting_legend, letters, lines_of, no_ticks, parts, power_of_ten
from .looks import integers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

Array = NDArray[np.float64]
PATCH = 3
STRIDES = (3, 4)
SECOND = (2, 5)  # strides of the second layer of pictures


@dataclass(frozen=True, eq=False)
class Signal:
    """A signal through one layer.

    Parameters
    ----------
    patch, stride, rank, condition : of the layer and its readings.
    x, back : the signal, and that of least norm with the same readings.
    sampled, norms : the sampled positions, the middles of their windows, and |x_1| there.
    uncovered : positions in no sampled patch.
    null : a signal that all readings miss, or None.
    """

    patch: int
    stride: int
    rank: int
    condition: float
    x: Array
    back: Array
    sampled: NDArray[np.int64]
    norms: Array
    uncovered: NDArray[np.int64]
    null: Array | None

    @property
    def error(self) -> float:
        """Of what comes back, relative."""
        return _relative(self.back, self.x)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture through two layers: its maps |x_1|, |x_2|, what comes back, what comes back at the wider stride."""

    image: Array
    norms: list[Array]
    back: Array
    condition: float
    lost: Array
    rank: int

    @property
    def errors(self) -> tuple[float, float]:
        """Of what comes back, relative."""
        return _relative(self.back, self.image), _relative(self.lost, self.image)


@dataclass(frozen=True, eq=False)
class Recovery:
    """What the figure shows; `picture` is None where there is none."""

    signals: list[Signal]
    picture: Picture | None


def example(n: int = 48) -> Array:
    """A bump, a step and an oscillation that grows faster; 0 between them, as patches below 1e-6 are not read."""
    t = np.arange(n) / n
    steps = np.where((t > 0.4) & (t < 0.58), 1.0, 0.0)
    bump = np.where(np.abs(t - 0.2) < 0.15, 0.9 * np.cos(np.pi * (t - 0.2) / 0.3) ** 2, 0.0)
    return bump + steps + np.where(t > 0.66, np.sin(2 * np.pi * 30 * (t - 0.66) ** 2), 0.0)


def through_one_layer(x: Array, stride: int, patch: int = PATCH) -> Signal:
    """The readings of a layer whose windows wrap, and what they determine."""
    pool = ckn.gaussian(1, centred=True)
    layer = ckn.Layer(patch, arccos(1), pool, stride, "circular", normalized=True)
    net = ckn.Network([layer])
    data = x[None, :, None]
    known = recovery.readout(net, data.shape)
    covered = known.stages[0].covered[0]
    norms = np.asarray(net.maps(data)[-1].values[0])
    return Signal(
        patch=patch,
        stride=stride,
        rank=known.rank,
        condition=known.condition,
        x=x,
        back=recovery.reconstruct(net, recovery.read(net, data), data.shape)[0, :, 0],
        sampled=stride * np.arange(len(norms)),
        norms=norms,
        uncovered=np.setdiff1d(np.arange(len(x)), covered),
        null=None if known.null_vector is None else known.null_vector[:, 0],
    )


def through_two_layers(image: Array) -> Picture:
    """The readings of two layers of an image (height, width, channels), at two strides of the second."""
    nets = [
        ckn.Network(
            [
                ckn.Layer(PATCH, arccos(1), ckn.gaussian(1, centred=True), stride, normalized=True)
                for stride in (2, second)
            ]
        )
        for second in SECOND
    ]
    data = image[None]
    known = [recovery.readout(net, data.shape) for net in nets]
    found = [recovery.reconstruct(net, recovery.read(net, data), data.shape)[0] for net in nets]
    maps: dict[str, ArrayLike] = {m.name: m.values[0] for m in nets[0].maps(data)}
    return Picture(
        image=image,
        norms=[np.asarray(maps[f"layer {k}"]) for k in (1, 2)],
        back=found[0],
        condition=known[0].condition,
        lost=found[1],
        rank=known[1].rank,
    )


def _relative(found: Array, x: Array) -> float:
    return float(np.linalg.norm(found - x) / np.linalg.norm(x))


def recovered(
    strides: Sequence[int] = STRIDES, x: ArrayLike | None = None, patch: int = PATCH, image: ArrayLike | None = None
) -> Recovery:
    """A signal through one layer at several strides, and an image through two layers."""
    signal = example() if x is None else real_array("x", x)
    if signal.ndim != 1 or len(signal) < 8 or not np.any(signal):
        raise ValueError(f"x must be a signal of 8 samples or more that is not 0, got the shape {signal.shape}")
    patch = integer("patch", patch, 1, len(signal))
    strides = integers("strides", strides, 1, len(signal))
    picture = None
    if image is not None:
        pixels = real_array("image", image)
        if pixels.ndim != 3 or min(pixels.shape[:2]) < 10:
            raise ValueError(
                f"image must have the shape (height, width, channels), 10 pixels or more, got {pixels.shape}"
            )
        picture = through_two_layers(pixels)
    return Recovery([through_one_layer(signal, stride, patch) for stride in strides], picture)


def signal_recovery(
    strides: Sequence[int] = STRIDES,
    *,
    x: ArrayLike | None = None,
    patch: int = PATCH,
    image: ArrayLike | None = None,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""A signal read off the sampled map of a ReLU layer, and what no reading sees; an image off that of two layers.

    Parameters
    ----------
    strides : of the layer, each a panel.
    x : the signal, 8 samples or more; one with a bump, a step and an oscillation by default.
    patch : samples of a patch.
    image : shape (height, width, channels), values in [0, 1]; without it, signals alone are drawn.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes and a table of the signals.
    """
    data = recovered(strides, x, patch, image)
    return finished(draw, data, table(data), width, font)


def table(data: Recovery) -> Table:
    """A row for each stride and position; `map_norm` is None where no window has its middle."""
    rows = []
    for shown in data.signals:
        norms = dict(zip(shown.sampled.tolist(), shown.norms.tolist(), strict=True))
        for i, value in enumerate(shown.x):
            rows.append(
                {
                    "patch": shown.patch,
                    "stride": shown.stride,
                    "rank": shown.rank,
                    "position": i,
                    "x": float(value),
                    "back": float(shown.back[i]),
                    "map_norm": norms.get(i),
                    "missed": None if shown.null is None else float(shown.null[i]),
                }
            )
    return Table(rows, caption="Signals and what comes back from the readings of their maps")


def draw(data: Recovery, width: float = PAGE) -> Figure:
    """A panel for each signal, with what is missed below it, and a row of five pictures."""
    count = len(data.signals)
    heights = [3.0 * lines_of(count, width, 2, 2.6) + 0.35]
    if data.picture is not None:
        heights.append(1.45 * lines_of(5, width, 5, 1.0))
    upper, *lower = parts(width, heights)
    columns = -(-count // lines_of(count, width, 2, 2.6))
    rows = -(-count // columns)
    grid = upper.add_gridspec(2 * rows, columns, height_ratios=(2.5, 1) * rows)
    axes: list[Axes] = []
    for k, shown in enumerate(data.signals):
        row, column = divmod(k, columns)
        ax = upper.add_subplot(grid[2 * row, column], sharey=axes[0] if axes else None)
        _signal(ax, shown, letters(k))
        below = upper.add_subplot(grid[2 * row + 1, column], sharex=ax)
        _null(below, shown)
        if column == 0:
            below.set_ylabel("missed")
        ax.tick_params(labelbottom=False)
        axes.append(ax)
    fitting_legend(upper, *axes[0].get_legend_handles_labels())
    if data.picture is not None:
        _pictures(lower[0], data.picture, width, letters(count))
    return upper.figure


def _pictures(part: SubFigure, picture: Picture, width: float, letter: str) -> None:
    sheet = Sheet(width, 5, 1.4, across=5, least=1.0, part=part)
    first, second = picture.errors
    sheet.panels[0].imshow(np.clip(picture.image, 0, 1), cmap="gray")
    words = [
        (f"{letter} $x$", _size(picture.image)),
        ("$|x_1|$", _size(picture.norms[0])),
        ("$|x_2|$", _size(picture.norms[1])),
        (f"strides 2, {SECOND[0]}", f"error {_short(first)}"),
        (f"strides 2, {SECOND[1]}", f"error {_short(second)}"),
    ]
    for ax, norm in zip(sheet.panels[1:3], picture.norms, strict=True):
        ax.imshow(norm, cmap="cividis", vmin=0)
    for ax, found in zip(sheet.panels[3:], (picture.back, picture.lost), strict=True):
        ax.imshow(np.clip(found, 0, 1), cmap="gray")
    for ax, (title, note) in zip(sheet.panels, words, strict=True):
        ax.set_title(title)
        ax.set_xlabel(note, labelpad=3)
        no_ticks(ax)
        ax.spines[:].set_visible(False)


def _size(values: Array) -> str:
    return rf"${values.shape[0]} \times {values.shape[1]}$"


def _short(error: float) -> str:
    return power_of_ten(error) if error < 1e-3 else f"{error:.2f}"


def _signal(ax: Axes, shown: Signal, letter: str) -> None:
    n = len(shown.x)
    where = np.arange(n)
    ax.plot(where, shown.x, color="0.55", lw=2.2, label="signal", zorder=1)
    ax.plot(
        where,
        shown.back,
        label="from the readings",
        color=drawing.BLUE,
        linestyle="-" if shown.null is not None else "",
        lw=0.8,
        marker="o",
        markersize=3.2,
        markerfacecolor="white",
        markeredgewidth=0.9,
    )
    ax.plot(
        shown.sampled,
        shown.norms,
        label="$|x_1(u)|$, sampled",
        color=drawing.VERMILION,
        linestyle="",
        marker="s",
        markersize=3.6,
    )
    layer = f"patch {shown.patch}, stride {shown.stride}"
    result = f"rank {shown.rank} of {n}, error {_short(shown.error)}"
    ax.set_title(f"{letter} {layer}:\n{result}", loc="left")


def _null(ax: Axes, shown: Signal) -> None:
    where = np.arange(len(shown.x))
    if shown.null is None:
        ax.grid(False)
        said = f"no signal; condition number {shown.condition:.2f}"
        ax.text(0.5, 0.5, said, transform=ax.transAxes, ha="center", va="center")
    else:
        ax.plot(where, shown.null, color=drawing.GREEN, lw=1.2, marker=".", markersize=3)
        ax.plot(
            shown.uncovered, np.full(len(shown.uncovered), -1.3), linestyle="", marker="|", markersize=6, color="black"
        )
    ax.set(ylim=(-1.55, 1.25), yticks=[-1, 0, 1], xlabel="position", xlim=(-1, len(where)))
