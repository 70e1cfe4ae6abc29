r"""Signals read off the sampled maps of ReLU layers; what is lost where the stride is wider than the patch (claim 51).

All readings are values of the kernels (``recovery.read``); ``recovery.reconstruct`` solves for the signal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from figures.convolutional_maps import photograph
from kernelspec import ckn
from kernelspec.ckn import recovery

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "signal-recovery"
TITLE = "A signal is recovered from its maps where the sampled patches cover"
CAPTION = r"""
(a, b) One ReLU layer on a signal of 48 positions that wrap, patches of 3, Gaussian pooling with $q=1$. Squares: the
sampled map $|x_1(u)|$. From the values $\langle f_w,x_1(u)\rangle$ of the kernel, $f_w=\varphi(w)-\varphi(-w)$, the
signal (grey) comes back to rounding at stride 3, where the sampled patches cover (circles: the signal of least norm
with these readings). At stride 4 every fourth position lies in none of them (marks at the bottom): 12 dimensions are
lost, and one signal that all readings miss is shown below. (c) Two ReLU layers on a photograph, patches of $3\times3$,
Gaussian pooling with $q=1$ and centred windows: the norms of its maps at strides 2 and 2; what comes back from the
second map; and what comes back where the second stride is 5. Colours outside $[0,1]$ are clipped.
"""
ORDER = 76

Array = NDArray[np.float64]
_RELU = ks.arccos(1)
STRIDES = (3, 4)  # of patches of 3


@dataclass(frozen=True, eq=False)
class Signal:
    """A signal through one layer.

    Parameters
    ----------
    stride, rank, condition : of the readings.
    x, back : the signal, and that of least norm with the same readings.
    sampled, norms : the sampled positions, the middles of their windows, and |x_1| there.
    uncovered : positions in no sampled patch.
    null : a signal that all readings miss, or None.
    """

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
    """A photograph through two layers: its maps |x_1|, |x_2|, what comes back, what comes back at stride 5."""

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
    """What the figure shows."""

    signals: list[Signal]
    picture: Picture


def compute(quick: bool = False) -> Recovery:
    """A signal at two strides, a photograph of scikit-learn at strides 2-2 and 2-5; smaller where `quick`."""
    x = signal(48)
    size = (24, 30) if quick else (48, 60)
    return Recovery([through_one_layer(x, stride) for stride in STRIDES], through_two_layers(size))


def signal(n: int) -> Array:
    """A bump, a step and an oscillation that grows faster; 0 between them, as patches below 1e-6 are not read."""
    t = np.arange(n) / n
    steps = np.where((t > 0.4) & (t < 0.58), 1.0, 0.0)
    bump = np.where(np.abs(t - 0.2) < 0.15, 0.9 * np.cos(np.pi * (t - 0.2) / 0.3) ** 2, 0.0)
    return bump + steps + np.where(t > 0.66, np.sin(2 * np.pi * 30 * (t - 0.66) ** 2), 0.0)


def through_one_layer(x: Array, stride: int) -> Signal:
    """The readings of a layer whose windows wrap, and what they determine."""
    layer = ckn.Layer(3, _RELU, ckn.gaussian(1, centred=True), stride, "circular", normalized=True)
    net = ckn.Network([layer])
    data = x[None, :, None]
    known = recovery.readout(net, data.shape)
    covered = known.stages[0].covered[0]
    norms = np.asarray(net.maps(data)[-1].values[0])
    return Signal(
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


def through_two_layers(size: tuple[int, int]) -> Picture:
    """The readings of two layers of a photograph."""
    image = photograph(*size)
    nets = [
        ckn.Network(
            [
                ckn.Layer(3, _RELU, ckn.gaussian(1, centred=True), stride, normalized=True)
                for stride in (2, second)
            ]
        )
        for second in (2, 5)
    ]
    data = image[None]
    known = [recovery.readout(net, data.shape) for net in nets]
    found = [recovery.reconstruct(net, recovery.read(net, data), data.shape)[0] for net in nets]
    maps: dict[str, Any] = {m.name: m.values[0] for m in nets[0].maps(data)}
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


def draw(data: Recovery) -> Figure:
    """Two panels of signals, and a row of five pictures."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 4.75))
    parts: Any = figure.subfigures(2, 1, height_ratios=(3.25, 1.5))
    grid = parts[0].add_gridspec(2, 2, height_ratios=(2.5, 1))
    axes: list[Axes] = []
    for k, shown in enumerate(data.signals):
        beside = axes[0] if axes else None
        ax = parts[0].add_subplot(grid[0, k], sharey=beside)
        _signal(ax, shown, "ab"[k])
        below = parts[0].add_subplot(grid[1, k], sharex=ax)
        _null(below, shown)
        if k == 0:
            below.set_ylabel("missed")
        ax.tick_params(labelbottom=False)
        axes.append(ax)
    axes[0].legend(loc="lower left", borderaxespad=0.2, labelspacing=0.3)
    panels = parts[1].subplots(1, 5)
    picture = data.picture
    first, second = picture.errors
    panels[0].imshow(picture.image)
    titles = ["(c) $x$", "$|x_1|$", "$|x_2|$", "back, strides 2, 2", "back, strides 2, 5"]
    notes = [
        _size(picture.image),
        *(_size(norm) for norm in picture.norms),
        f"error {_power(first)}",
        f"error {second:.2f}",
    ]
    for ax, norm in zip(panels[1:3], picture.norms, strict=True):
        ax.imshow(norm, cmap="cividis", vmin=0)
    for ax, found in zip(panels[3:], (picture.back, picture.lost), strict=True):
        ax.imshow(np.clip(found, 0, 1))
    for ax, title, words in zip(panels, titles, notes, strict=True):
        ax.set_title(title)
        ax.set_xlabel(words, labelpad=3)
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        ax.spines[:].set_visible(False)
    return figure


def _size(values: Array) -> str:
    return f"{values.shape[0]} × {values.shape[1]}"


def _power(value: float) -> str:
    """As 3 · 10^-14."""
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    return rf"${mantissa}\cdot10^{{{int(exponent)}}}$"


def _signal(ax: Axes, shown: Signal, letter: str) -> None:
    n = len(shown.x)
    where = np.arange(n)
    ax.plot(where, shown.x, color="0.55", lw=2.2, label="signal", zorder=1)
    ax.plot(
        where,
        shown.back,
        label="from the readings",
        color=style.BLUE,
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
        color=style.VERMILION,
        linestyle="",
        marker="s",
        markersize=3.6,
    )
    error = _power(shown.error) if shown.error < 1e-3 else f"{shown.error:.2f}"
    ax.set_title(
        f"({letter}) patch 3, stride {shown.stride}: rank {shown.rank} of {n}, error {error}"
    )


def _null(ax: Axes, shown: Signal) -> None:
    where = np.arange(len(shown.x))
    if shown.null is None:
        ax.grid(False)
        ax.text(
            0.5,
            0.5,
            f"no signal is missed; condition number {shown.condition:.2f}",
            transform=ax.transAxes,
            ha="center",
            va="center",
        )
    else:
        ax.plot(where, shown.null, color=style.GREEN, lw=1.2, marker=".", markersize=3)
        ax.plot(
            shown.uncovered,
            np.full(len(shown.uncovered), -1.3),
            linestyle="",
            marker="|",
            markersize=6,
            color="black",
        )
    ax.set(ylim=(-1.55, 1.25), yticks=[-1, 0, 1], xlabel="position", xlim=(-1, len(where)))
