r"""Digits turned by any angle, and what kernels on groups of turns make of them (claim 51).

The images, the networks and the regressions are those of `experiments.rotated_digits`; accuracies that the checks have
kept are drawn without computing them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments import rotated_digits as rotated
from experiments.datasets import digits
from figures import style
from kernelspec import Table
from kernelspec.plots.layout import Sheet, lines_of, log_ticks, no_ticks, parts, sparse_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "rotated-digits"
TITLE = "Kernels on groups of turns, and rotated digits"
CAPTION = r"""
Convolutional kernel networks of two layers on the plane alone and on its motions with turns by multiples of 90, 45
and 22.5 degrees ($C_4$, $C_8$, $C_{16}$) and with reflections ($D_4$), averaged over the point group about the middle
of the image. (a) Distance of a digit's feature map from that of the digit turned by an angle: exactly 0 at quarter
turns; between them what turns of the group do not reach and what interpolation between pixels leaves. (b) The same
for shifts by pixels of the digits: the stability in translations stays. Level lines: two different digits, for no
group and $C_{16}$. (c, d) Accuracy of kernel ridge regression on digits turned by random angles, trained on upright
digits or on turned ones: mean over 5 splits, bands of one standard error. The network without a group learns little
about turned digits from upright ones. Trained on turned digits, groups finer than $C_4$ gain nothing more. Invariance
costs, too, and more with reflections: the numbers at the right of (c) are accuracies on upright digits, trained on $n
= 400$ of them.
"""
ORDER = 78

Array = NDArray[np.float64]
LABELS = {"plain": "no group", "C4": "$C_4$", "C8": "$C_8$", "C16": "$C_{16}$", "D4": "$D_4$"}
_SHOWN = 2  # the digit of the pictures


@dataclass(frozen=True, eq=False)
class Rotated:
    """What the panels show; `pictures` are one digit turned by `turns` degrees."""

    turns: Array
    pictures: Array
    distances: rotated.Distances
    accuracies: rotated.Accuracies


def compute(quick: bool = False) -> Rotated:
    """Distances of 4 digits (2 when `quick`), and the accuracies of claim 51."""
    images = digits().pixels.reshape(-1, 8, 8)
    turns = np.arange(0.0, 181.0, 22.5)
    names = tuple(name for name in rotated.GROUPS if name != "D4")[: 3 if quick else None]
    found = rotated.distances(
        images[: 2 if quick else 4],
        images[100 : 130 if quick else 200],
        names,
        np.arange(0.0, 361.0, 45.0 if quick else 7.5),
        np.array([0.0, 1.0, 2.0] if quick else [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0]),
    )
    pictures = rotated.placed(np.repeat(images[_SHOWN : _SHOWN + 1], len(turns), axis=0), turns)
    return Rotated(turns, pictures[..., 0], found, rotated.on_digits(quick, reuse=True))


def table(data: Rotated) -> Table:
    """A row for each group and panel: distances by turn and by shift, accuracies by number of training images."""
    rows: list[dict[str, Any]] = []

    def add(panel: str, group: str, places: Any, values: Any, errors: Any = None) -> None:
        spread = [None] * len(values) if errors is None else [float(e) for e in errors]
        for place, value, error in zip(places, values, spread, strict=True):
            row = {"panel": panel, "group": group, "place": float(place), "value": float(value)}
            rows.append(row | {"error": error})

    moved, found = data.distances, data.accuracies
    for i, name in enumerate(moved.names):
        add("distance by turn", name, moved.angles, moved.by_angle[i])
        add("distance by shift", name, moved.shifts, moved.by_shift[i])
    mean, error = found.mean_and_error(found.found)
    for i, name in enumerate(found.names):
        for way, trained in enumerate(("upright", "turned")):
            add(f"accuracy, trained on {trained} digits", name, found.sizes, mean[i, way], error[i, way])
        add("accuracy on upright digits", name, [400], [found.upright[i].mean()])
    return Table(rows, caption="Distances and accuracies of rotated digits")


def draw(data: Rotated, width: float = style.PAGE) -> Figure:
    """A row of pictures above four panels with one legend."""
    count = len(data.turns)
    tall = 0.85 * lines_of(count, width, 9, 0.6)
    above, below = parts(width, [tall, 2.35 * lines_of(4, width, 2, 2.6) + 0.3])
    _pictures(Sheet(width, count, 0.85, across=9, least=0.6, part=above).panels, data)
    sheet = Sheet(width, 4, 2.35, across=2, least=2.6, part=below)
    _distances(sheet, data.distances)
    _accuracies(sheet, data.accuracies)
    names = data.accuracies.names
    lines = [sheet.panels[0].plot([], [], **_look(name))[0] for name in names]
    sheet.legend(lines, [LABELS[name] for name in names])
    return sheet.settle()


def _pictures(axes: list[Axes], data: Rotated) -> None:
    for ax, angle, picture in zip(axes, data.turns, data.pictures, strict=True):
        # The spline dips below 0 beside strokes.
        ax.imshow(picture, cmap="gray_r", interpolation="nearest", vmin=0, vmax=1)
        ax.set_title(rf"${angle:g}^\circ$", fontsize="small", pad=2)
        no_ticks(ax)
        ax.spines[:].set(visible=True, color="0.7")


def _look(name: str) -> dict[str, Any]:
    place = list(rotated.GROUPS).index(name)
    return style.line(place, marker=True, markersize=3.8, markeredgewidth=0.9)


def _distances(sheet: Sheet, found: rotated.Distances) -> None:
    angle, shift = sheet.panels[:2]
    named = []
    for place, name in enumerate(found.names):
        look = _look(name)
        # Zeros are rounding; they lie below the axis.
        values = np.maximum(found.by_angle[place], 1e-9)
        angle.plot(found.angles, values, markevery=3, **look)
        shift.plot(found.shifts[1:], found.by_shift[place, 1:], **look)
        if place in (0, len(found.names) - 1):
            level = float(found.apart[place])
            shift.axhline(level, color=look["color"], linestyle=look["linestyle"], lw=0.7)
            named.append((level, "two digits", look["color"]))
    sheet.names(shift, named)
    angle.set(xlim=(0, 360), xlabel="turn (degrees)", title="(a) turns")
    angle.set_xticks(range(0, 361, 90))
    shift.set(xlabel="shift (pixels)", xlim=(0, 1.03 * found.shifts[-1]), title="(b) shifts")
    for ax in (angle, shift):
        ax.set(yscale="log", ylim=(2e-3, 1.0))
        log_ticks(ax.yaxis, 2e-3, 1.0, most=4)
        ax.set_ylabel(r"$|\Phi(Lx) - \Phi(x)|\ /\ |\Phi(x)|$")
        ax.set_title(ax.get_title(), loc="left")
        ax.set_title("")


def _accuracies(sheet: Sheet, found: rotated.Accuracies) -> None:
    mean, error = found.mean_and_error(found.found)
    titles = ("(c) trained on upright digits", "(d) trained on turned digits")
    for way, (ax, title) in enumerate(zip(sheet.panels[2:], titles, strict=True)):
        named = []
        for place, name in enumerate(found.names):
            look = _look(name)
            ax.plot(found.sizes, mean[place, way], **look)
            low, high = mean[place, way] - error[place, way], mean[place, way] + error[place, way]
            ax.fill_between(found.sizes, low, high, color=look["color"], alpha=0.15, linewidth=0)
            upright = float(found.upright[place].mean())
            named.append((upright, f"{upright:.2f}", look["color"]))
        if way == 0:
            sheet.names(ax, named)
        ax.set(xscale="log", xlabel="number $n$ of training images", ylim=(0, 1.02))
        sparse_ticks(ax.xaxis, found.sizes)
        ax.set_title(title, loc="left")
        ax.set_ylabel("accuracy on turned digits")
