r"""Digits turned by any angle, and what kernels on groups of turns make of them (claim 51).

The images, the networks and the regressions are those of `paper_checks.rotated`; accuracies that the checks have
kept are drawn without computing them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from figures import style
from paper_checks import rotated
from paper_checks.datasets import digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "rotated-digits"
TITLE = "Kernels on groups of turns, and rotated digits"
CAPTION = r"""
Convolutional kernel networks of two layers on the plane alone and on its motions with turns by multiples of
90, 45 and 22.5 degrees ($C_4$, $C_8$, $C_{16}$) and with reflections ($D_4$), averaged over the point group about the
middle of the image. (a) Distance of a digit's feature map from that of the digit turned by an angle: exactly 0 at
quarter turns; between them what turns of the group do not reach and what interpolation between pixels leaves.
(b) The same for shifts by pixels of the digits: the stability in translations stays. At the right edge: two
different digits, for no group and $C_{16}$.
(c, d) Accuracy of kernel ridge regression on digits turned by random angles, trained on upright digits or on turned
ones: mean and standard error over 5 splits. The network without a group learns little about turned digits from
upright ones. Trained on turned digits, groups finer than $C_4$ gain nothing more. Invariance costs, too, and more
with reflections: at the right edge of (c), upright digits both for training, $n = 400$, and for test.
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


def draw(data: Rotated) -> Figure:
    """A row of pictures above four panels with one legend."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 6.1))
    rows: Any = figure.subfigures(3, 1, height_ratios=[0.85, 2.6, 2.4])
    _pictures(rows[0].subplots(1, len(data.turns)), data)
    panels = rows[1].subplots(1, 2, sharey=True)
    _distances(panels, data.distances)
    below = rows[2].subplots(1, 2, sharey=True)
    _accuracies(below, data.accuracies)
    names = data.accuracies.names
    lines = [panels[0].plot([], [], **_look(name))[0] for name in names]
    rows[1].legend(
        lines, [LABELS[name] for name in names], loc="outside upper center", ncols=len(names)
    )
    return figure


def _pictures(axes: NDArray, data: Rotated) -> None:
    for ax, angle, picture in zip(axes, data.turns, data.pictures, strict=True):
        # The spline dips below 0 beside strokes.
        ax.imshow(picture, cmap="gray_r", interpolation="nearest", vmin=0, vmax=1)
        ax.set_title(f"{angle:g}°", fontsize=8.5, pad=2)
        ax.set(xticks=[], yticks=[])
        ax.grid(visible=False)
        ax.spines[:].set(visible=True, color="0.7")


def _look(name: str) -> dict[str, Any]:
    place = list(rotated.GROUPS).index(name)
    return style.line(place, marker=True, markersize=3.8, markeredgewidth=0.9)


def _write_at_the_edge(ax: Axes, text: str, below: float) -> None:
    place = ax.get_yaxis_transform()
    ax.text(1.03, below, text, rotation=90, fontsize=8, ha="center", va="top", transform=place)


def _at_the_edge(ax: Axes, name: str, value: float) -> None:
    look = _look(name) | {"linestyle": "none", "clip_on": False}
    ax.plot([1.03], [value], transform=ax.get_yaxis_transform(), **look)


def _distances(panels: NDArray, found: rotated.Distances) -> None:
    angle, shift = panels
    for place, name in enumerate(found.names):
        # Zeros are rounding; they lie below the axis.
        values = np.maximum(found.by_angle[place], 1e-9)
        angle.plot(found.angles, values, markevery=3, **_look(name))
        shift.plot(found.shifts[1:], found.by_shift[place, 1:], **_look(name))
        if place in (0, len(found.names) - 1):
            _at_the_edge(shift, name, found.apart[place])
    _write_at_the_edge(shift, "two digits", 0.82 * found.apart.min())
    angle.set(yscale="log", ylim=(2e-3, 1.0), xlim=(0, 360), xlabel="turn (degrees)")
    angle.set_xticks(range(0, 361, 45))
    angle.set_ylabel(r"$|\Phi(Lx) - \Phi(x)|\ /\ |\Phi(x)|$")
    angle.set_title("(a) turns", loc="left")
    shift.set(xlabel="shift (pixels)", xlim=(0, None))
    shift.set_title("(b) shifts", loc="left")


def _accuracies(panels: NDArray, found: rotated.Accuracies) -> None:
    mean, error = found.mean_and_error(found.found)
    titles = ("(c) trained on upright digits", "(d) trained on turned digits")
    for way, (ax, title) in enumerate(zip(panels, titles, strict=True)):
        for place, name in enumerate(found.names):
            ax.errorbar(
                found.sizes,
                mean[place, way],
                error[place, way],
                elinewidth=0.8,
                capsize=2,
                **_look(name),
            )
            if way == 0:
                _at_the_edge(ax, name, float(found.upright[place].mean()))
        ax.set(xscale="log", xlabel="number $n$ of training images", ylim=(0, 1))
        ax.set_xticks(found.sizes, [str(size) for size in found.sizes])
        ax.minorticks_off()
        ax.set_title(title, loc="left")
    _write_at_the_edge(panels[0], "upright", float(found.upright.mean(axis=1).min()) - 0.03)
    panels[0].set_ylabel("accuracy on turned digits", labelpad=9)
