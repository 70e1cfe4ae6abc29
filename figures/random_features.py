r"""Ridge regression on random features: Figure 1 of Bietti & Bach (2021), right.

The experiment is that of claim 62, in `experiments.sphere_regression`; a result that the checks have kept
is drawn without computing it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from experiments import sphere_regression as figure_one
from experiments.summaries import mean_and_error
from figures import style
from kernelspec import Table
from kernelspec.plots.layout import Sheet, log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "random_features"
TITLE = "Random features, shallow and deep"
CAPTION = r"""
Squared error on $f_2(x) = e^{-(1-w\cdot x)^{3/2}} + e^{-(1+w\cdot x)^{3/2}}$, $x \in S^3$, of ridge regression on the
last layer of random ReLU networks, against the number $n$ of training points; in brackets the widths of the hidden
layers. Mean over the repetitions and its standard error (bands), the best $\lambda$ of each. (a) The same weights for
training and test points: two layers learn faster than three, and a layer of ten neurons stops the learning. (b) Other
weights for the test points, as released for Figure 1 (right) of Bietti and Bach (2021): the code draws the weights of
the test features anew, and no network gets below the variance of $f_2$ (black line), which the constant function has.
"""
ORDER = 51

Array = NDArray[np.float64]
_LABELS = (
    r"2 layers, $(\sqrt{n})$",
    r"3 layers, $(\sqrt{n}, \sqrt{n})$",
    r"3 layers, $(10, \sqrt{n})$",
    r"3 layers, $(\sqrt{n}, 10)$",
)


def compute(quick: bool = False) -> figure_one.FeatureCurves:
    """The curves of claim 62: n up to 2^13.8, up to 2^10 and fewer repetitions when `quick`."""
    return figure_one.right(quick, reuse=True)


def table(data: figure_one.FeatureCurves) -> Table:
    """A row for each network, way of drawing the test features, and n: the mean and its standard error."""
    rows = [
        {
            "network": label.replace("$", "").replace(r"\sqrt{n}", "sqrt(n)"),
            "test_weights": way,
            "n": int(n),
            "error": float(mean[i]),
            "standard_error": float(spread[i]),
            "repetitions": errors.shape[-1],
        }
        for way, values in (("same", data.shared), ("other", data.separate))
        for label, errors in zip(_LABELS, values, strict=True)
        for mean, spread in [mean_and_error(errors)]
        for i, n in enumerate(data.sizes)
    ]
    return Table(rows, caption="Squared errors of ridge regression on random features")


def draw(data: figure_one.FeatureCurves, width: float = style.PAGE) -> Figure:
    """Two panels with one legend; the scales are the same."""
    sheet = Sheet(width, 2, 2.7, across=2, least=2.6, legend=0.4, sharey=True)
    left, right = sheet.panels
    _panel(left, data, data.shared, "(a) same weights for train and test")
    _panel(right, data, data.separate, "(b) other weights for test")
    for ax in sheet.first:
        ax.set_ylabel("squared error")
    for ax in sheet.lowest:
        ax.set_xlabel("number $n$ of training points")
    log_ticks(left.yaxis, *left.get_ylim(), most=6)
    sheet.legend(*left.get_legend_handles_labels())
    return sheet.settle()


def _panel(ax: Axes, data: figure_one.FeatureCurves, errors: Array, title: str) -> None:
    level = float(data.variance.mean())
    ax.axhline(level, color=style.BLACK, lw=0.8, zorder=1, label="variance of $f_2$")
    for place, label in enumerate(_LABELS):
        mean, error = mean_and_error(errors[place])
        look = style.line(place, marker=True, markersize=3.2, markeredgewidth=0.8, linewidth=1.1)
        ax.plot(data.sizes, mean, label=label, markevery=(place, 4), **look)
        ax.fill_between(
            data.sizes,
            np.maximum(mean - error, mean / 3),  # a log axis has no room for less
            mean + error,
            color=look["color"],
            alpha=0.2,
            linewidth=0,
        )
    ax.set(xscale="log", yscale="log")
    log_ticks(ax.xaxis, *ax.get_xlim(), most=5)
    ax.set_title(title, loc="left")
