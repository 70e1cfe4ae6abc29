r"""Kernels of random networks of finite width: the variance of one entry (claims 64 and 64c).

The networks are those of `experiments.finite_width`, the formula is `kernelspec.learning.entry_variance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments import finite_width as experiment
from experiments.summaries import mean_and_variance
from figures import style
from kernelspec import Table, learning
from kernelspec.plots.layout import Sheet, letters, log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "finite-width"
TITLE = "Random networks of finite width: the variance of one entry"
CAPTION = r"""
Kernels $K_m(x,y)$ of random ReLU networks with one, two and three hidden layers of $m$ neurons. (a), (b): $m$ times the
variance over the networks at the cosine $u = x\cdot y$, of the kernel of the last layer and of the tangent kernel.
Lines: the formula, exact for one hidden layer, else without terms in $1/m^2$; dots with two standard errors: @draws@
networks written out, $m = 128$. (c) The root mean square of $K_m(x,y)-K(x,y)$ at $u = 0.4$, against $m$, and the lines
of the formula, which fall like $m^{-1/2}$. In deep tangent kernels the terms left out are seen at the smallest $m$:
a part of some $6/m$ of the variance for three hidden layers.
"""
ORDER = 52

Array = NDArray[np.float64]
_TITLES = ("kernel of the last layer", "tangent kernel", "error, $u = 0.4$")
_KINDS = ("RF", "NTK")


@dataclass(frozen=True, eq=False)
class Variances:
    """Measured and predicted, for RF and NTK and each depth.

    Parameters
    ----------
    draws : networks behind each measured variance.
    measured, error : m Var and its standard error, shape (2, depths, cosines).
    cosines, formula : a grid of cosines, and m Var there, shape (2, depths, grid).
    rms, rms_error : root mean squares of K_m - K with standard errors, shape (2, depths, widths).
    predicted : what the formula says of them.
    """

    draws: int
    measured: Array
    error: Array
    cosines: Array
    formula: Array
    rms: Array
    rms_error: Array
    predicted: Array


def compute(quick: bool = False) -> Variances:
    """Variances over 3,000 networks, fewer when `quick`."""
    found = experiment.measured(quick, reuse=True)
    grid = np.cos(np.linspace(np.pi, 0, 61 if quick else 241))
    u = experiment.COSINES[3]
    several = [(tangent, depth) for tangent in (False, True) for depth in experiment.DEPTHS]
    shape = (2, len(experiment.DEPTHS), -1)
    limits = [float((ks.ntk if tangent else ks.rf)(depth + 1)(u)) for tangent, depth in several]
    squares = (found.by_width - np.reshape(limits, (2, -1, 1, 1))) ** 2
    mean = squares.mean(axis=-1)
    _, _, variance, error = mean_and_variance(np.stack([found.features, found.tangent]).transpose(2, 0, 1, 3))
    return Variances(
        found.features.shape[1],
        experiment.WIDTH * variance,
        experiment.WIDTH * error,
        grid,
        np.reshape([learning.entry_variance(grid, [1] * depth, tangent=t) for t, depth in several], shape),
        np.sqrt(mean),
        squares.std(axis=-1) / np.sqrt(squares.shape[-1]) / (2 * np.sqrt(mean)),
        np.reshape(
            [[learning.entry_variance(u, [m] * depth, tangent=t) ** 0.5 for m in experiment.WIDTHS]
             for t, depth in several],
            shape,
        ),
    )  # fmt: skip


def table(data: Variances) -> Table:
    """A row for each kernel, depth and cosine at m = 128, then for each width at the cosine 0.4."""
    places = [(kind, i, depth) for kind in range(2) for i, depth in enumerate(experiment.DEPTHS)]
    rows = [
        {
            "kernel": _KINDS[kind],
            "hidden_layers": depth,
            "m": experiment.WIDTH,
            "u": u,
            "what": "m Var",
            "measured": float(data.measured[kind, i, j]),
            "standard_error": float(data.error[kind, i, j]),
            "formula": float(learning.entry_variance(u, [1] * depth, tangent=bool(kind))),
        }
        for kind, i, depth in places
        for j, u in enumerate(experiment.COSINES)
    ]
    rows += [
        {
            "kernel": _KINDS[kind],
            "hidden_layers": depth,
            "m": m,
            "u": experiment.COSINES[3],
            "what": "root mean square of K_m - K",
            "measured": float(data.rms[kind, i, j]),
            "standard_error": float(data.rms_error[kind, i, j]),
            "formula": float(data.predicted[kind, i, j]),
        }
        for kind, i, depth in places
        for j, m in enumerate(experiment.WIDTHS)
    ]
    return Table(rows, caption="Variances and errors of one entry of a random network's kernel")


def caption(data: Variances) -> str:
    """The caption with the number of networks."""
    return CAPTION.replace("@draws@", f"{data.draws:,}")


def draw(data: Variances, width: float = style.PAGE) -> Figure:
    """Three panels with one legend."""
    sheet = Sheet(width, 3, 2.5, across=3, least=2.0, legend=0.35)
    *both, last = sheet.panels
    for kind, ax in enumerate(both):
        for i, depth in enumerate(experiment.DEPTHS):
            label = f"{depth} hidden layer{'s' if depth > 1 else ''}"
            ax.plot(data.cosines, data.formula[kind, i], label=label, **style.line(i))
            _dots(ax, np.array(experiment.COSINES), data.measured[kind, i], data.error[kind, i], i)
        ax.set(xlabel="cosine $u$", xlim=(-1.05, 1.08), ylim=(0, None))
    for kind in range(2):
        for i in range(len(experiment.DEPTHS)):
            last.plot(experiment.WIDTHS, data.predicted[kind, i], **(style.line(i) | {"linewidth": 1.0}))
            _dots(last, np.array(experiment.WIDTHS), data.rms[kind, i], data.rms_error[kind, i], i, filled=kind == 1)
    last.set(xscale="log", yscale="log", xlabel="width $m$", xlim=(12, 340))
    log_ticks(last.xaxis, *last.get_xlim(), most=5)
    log_ticks(last.yaxis, *last.get_ylim(), most=6)
    both[0].set_ylabel(r"$m\,\mathrm{Var}\,K_m(x,y)$")
    last.set_ylabel("root mean square error")
    handles, labels = both[0].get_legend_handles_labels()
    for filled, word in ((False, "in (c): RF"), (True, "in (c): NTK")):
        (dot,) = last.plot([], [], "o", color=style.BLACK, markersize=3.5, markerfacecolor=_face(filled, style.BLACK))
        handles, labels = [*handles, dot], [*labels, word]
    for place, (ax, title) in enumerate(zip(sheet.panels, _TITLES, strict=True)):
        ax.set_title(f"{letters(place)} {title}", loc="left")
    sheet.legend(handles, labels)
    return sheet.settle()


def _dots(ax: Axes, x: Array, y: Array, error: Array, place: int, filled: bool = False) -> None:
    colour = style.line(place)["color"]
    look = {"fmt": "o", "markersize": 3.5, "color": colour, "markerfacecolor": _face(filled, colour), "zorder": 4}
    ax.errorbar(x, y, 2 * error, capsize=0, elinewidth=0.9, markeredgewidth=0.9, **look)


def _face(filled: bool, colour: str) -> str:
    return colour if filled else "white"
