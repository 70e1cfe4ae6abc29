r"""Learning curves of kernel ridge regression: Figure 1 of Bietti & Bach (2021), left and middle.

The experiment is that of claim 62, in `experiments.sphere_regression`; a result that the checks have kept
is drawn without computing it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments import sphere_regression as figure_one
from figures import style
from kernelspec import Table
from kernelspec.plots.layout import Sheet, log_ticks
from kernelspec.plots.looks import LOOKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "learning_curves"
TITLE = "Kernel ridge regression on the sphere, for two ranges of lambda"
CAPTION = r"""
Squared error on $f_1(x) = 1\{w \cdot x \geq 0.7\}$, $x \in S^3$, against the number $n$ of training points, with the
best $\lambda$ of the range on the test points, as in Figure 1 (left, middle) of Bietti and Bach (2021), who have one
draw of $w$ and of the points. Here: the mean over five draws and its standard error (bands), of the seeds 42 (one
draw) and 43 up to $n = 1000$, 42 and 44 at $n = 2000$; dotted: one draw, seed 42. (a) $\lambda \geq 10^{-4}$: kernels
whose eigenvalues fall faster, those of random features ($\mu_k \sim k^{-6}$), stop learning; tangent and Laplace
kernels ($\mu_k \sim k^{-4}$) go on for longer. (b) $\lambda \geq 10^{-8}$: all seven learn at the same rate, whatever
their depth. The grey line falls like $n^{-1/3}$, as does the error of the best approximation of $f_1$ by harmonics of
degree up to $n^{1/3}$. The printed titles say $\lambda_{\min} = 10^{-5}$ and $10^{-9}$; the released code stops at
$10^{-4}$ and $10^{-8}$.
"""
ORDER = 50

Array = NDArray[np.float64]
_MARKERS = ("o", "s", "^", "o", "s", "^", "D")
_LABELS = (
    r"RF, 2 layers: $(1+u)\,\kappa_1$",
    r"RF, 3 layers: $\kappa_1\circ\kappa_1$",
    r"RF, 4 layers: $\kappa_1\circ\kappa_1\circ\kappa_1$",
    "NTK, 2 layers, bias",
    "NTK, 3 layers",
    "NTK, 4 layers",
    r"Laplace: $e^{-\sqrt{1-u}}$",
)


@dataclass(frozen=True, eq=False)
class Curves:
    """Errors on f1 for the two ranges of lambda, shape (draws, kernels, sizes), NaN where a draw has no such n."""

    sizes: NDArray[np.int64]
    families: tuple[str, ...]
    limited: Array
    free: Array


def compute(quick: bool = False) -> Curves:
    """The draws of claim 62, and more at n = 2000: n up to 5000, up to 1000 when `quick`."""
    one, more = figure_one.left_and_middle(quick, reuse=True)
    runs = [one, more] if quick else [one, more, figure_one.further(reuse=True)]
    families = tuple(name.partition(" ")[0].rstrip(",") for name, _, _ in figure_one.KERNELS)
    limited, free = (
        draws(one.sizes, [(run.sizes, run.best(1, smallest)) for run in runs])
        for smallest in (figure_one.SHORT, figure_one.LONG)
    )
    return Curves(one.sizes, families, limited, free)


def draws(sizes: NDArray[np.int64], runs: list[tuple[NDArray[np.int64], Array]]) -> Array:
    """All draws in one array (draws, kernels, sizes): at each size the draws that there are, then NaN."""
    found = [np.concatenate([errors[:, :, list(own).index(n)] for own, errors in runs if n in own]) for n in sizes]
    most = max(len(errors) for errors in found)
    filled = [np.pad(errors, ((0, most - len(errors)), (0, 0)), constant_values=np.nan) for errors in found]
    return np.stack(filled, axis=-1)


def mean_and_error(errors: Array) -> tuple[Array, Array]:
    """Mean over the draws and its standard error, NaN where there is one draw: shape (kernels, sizes)."""
    count = np.isfinite(errors).sum(axis=0)
    mean = np.nansum(errors, axis=0) / count
    squares = np.nansum((errors - mean) ** 2, axis=0)
    variance = np.where(count > 1, squares / np.maximum(count - 1, 1), np.nan)
    return mean, np.sqrt(variance / count)


def table(data: Curves) -> Table:
    """A row for each range of lambda, kernel and n."""
    rows = []
    for smallest, errors in ((figure_one.SHORT, data.limited), (figure_one.LONG, data.free)):
        mean, error = mean_and_error(errors)
        for i, (name, kernel, _) in enumerate(figure_one.KERNELS):
            for j, n in enumerate(data.sizes):
                rows.append(
                    {
                        "smallest_lambda": smallest,
                        "name": name.replace("$", ""),
                        "kernel": repr(kernel),
                        "n": int(n),
                        "draws": int(np.isfinite(errors[:, i, j]).sum()),
                        "error": float(mean[i, j]),
                        "standard_error": None if np.isnan(error[i, j]) else float(error[i, j]),
                    }
                )
    return Table(rows, caption="Squared errors of kernel ridge regression on f1")


def draw(data: Curves, width: float = style.PAGE) -> Figure:
    """Two panels with one legend; the scales are the same."""
    sheet = Sheet(width, 2, 2.7, across=2, least=2.6, legend=0.6, sharey=True)
    left, middle = sheet.panels
    _panel(left, data, data.limited, r"(a) $\lambda \geq 10^{-4}$")
    _panel(middle, data, data.free, r"(b) $\lambda \geq 10^{-8}$")
    for ax in sheet.first:
        ax.set_ylabel("squared error")
    for ax in sheet.lowest:
        ax.set_xlabel("number $n$ of training points")
    log_ticks(left.yaxis, *left.get_ylim(), most=6)
    sheet.legend(*left.get_legend_handles_labels())
    return sheet.settle()


def _panel(ax: Axes, data: Curves, errors: Array, title: str) -> None:
    ends = np.array([data.sizes[3], data.sizes[-1]], dtype=np.float64)
    start = 0.72 * mean_and_error(data.free)[0][:, 3].min()
    for place, (family, label) in enumerate(zip(data.families, _LABELS, strict=True)):
        mean, error = (values[place] for values in mean_and_error(errors))
        look = _look(family, _MARKERS[place])
        several = np.isfinite(error)
        last = int(np.flatnonzero(several)[-1]) if several.any() else 0
        ax.plot(data.sizes[: last + 1], mean[: last + 1], label=label, **look)
        ax.plot(data.sizes[last:], mean[last:], **(look | {"linewidth": 0.7, "linestyle": ":"}))
        ax.fill_between(
            data.sizes[several],
            np.maximum(mean - error, mean / 3)[several],  # a log axis has no room for less
            (mean + error)[several],
            color=look["color"],
            alpha=0.13,
            linewidth=0,
        )
    ax.plot(ends, start * (ends / ends[0]) ** (-1 / 3), "0.6", ls="-", lw=1.2, label="$n^{-1/3}$")
    ax.set(xscale="log", yscale="log")
    log_ticks(ax.xaxis, *ax.get_xlim(), most=5)
    ax.set_title(title, loc="left")


def _look(family: str, marker: str) -> dict[str, Any]:
    return LOOKS[family] | {
        "marker": marker,
        "markersize": 3.6,
        "markeredgewidth": 0.8,
        "markerfacecolor": LOOKS[family]["color"] if family == "RF" else "white",
        "linewidth": 1.1,
    }
