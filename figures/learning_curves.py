r"""Learning curves of kernel ridge regression: Figure 1 of Bietti & Bach (2021), left and middle.

The experiment is that of claim 62, in `paper_checks.figure_one`; a result that the checks have kept
is drawn without computing it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from figures import style
from figures._families import LOOKS
from paper_checks import figure_one

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "learning_curves"
TITLE = "Kernel ridge regression on the sphere, for two ranges of lambda"
CAPTION = r"""
Squared error on $f_1(x) = 1\{w \cdot x \geq 0.7\}$, $x \in S^3$, against the number $n$ of training
points, with the best $\lambda$ of the range on the test points; one draw of $w$ and of the points,
as in Figure 1 (left, middle) of Bietti and Bach (2021). (a) $\lambda \geq 10^{-4}$: kernels whose
eigenvalues fall faster, those of random features ($\mu_k \sim k^{-6}$), stop learning; tangent and
Laplace kernels ($\mu_k \sim k^{-4}$) go on for longer. (b) $\lambda \geq 10^{-8}$: all seven learn
at the same rate, whatever their depth. The grey line falls like $n^{-1/3}$, as does the error of
the best approximation of $f_1$ by harmonics of degree up to $n^{1/3}$. The printed titles say
$\lambda_{\min} = 10^{-5}$ and $10^{-9}$; the released code stops at $10^{-4}$ and $10^{-8}$.
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
    """Errors on f1, shape (kernels, sizes), for the two ranges of lambda."""

    sizes: NDArray[np.int64]
    families: tuple[str, ...]
    limited: Array
    free: Array


def compute(quick: bool = False) -> Curves:
    """The draw of claim 62: n up to 5000, up to 1000 when `quick`."""
    one, _ = figure_one.left_and_middle(quick, reuse=True)
    families = tuple(name.partition(" ")[0].rstrip(",") for name, _, _ in figure_one.KERNELS)
    return Curves(
        one.sizes,
        families,
        one.best(1, figure_one.SHORT)[0],
        one.best(1, figure_one.LONG)[0],
    )


def draw(data: Curves) -> Figure:
    """Two panels with one legend; the scales are the same."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 3.1))
    left, middle = figure.subplots(1, 2, sharex=True, sharey=True)
    _panel(left, data, data.limited, r"(a) $\lambda \geq 10^{-4}$")
    _panel(middle, data, data.free, r"(b) $\lambda \geq 10^{-8}$")
    left.set_ylabel("squared error")
    figure.legend(*left.get_legend_handles_labels(), loc="outside right center")
    return figure


def _panel(ax: Axes, data: Curves, errors: Array, title: str) -> None:
    ends = np.array([data.sizes[3], data.sizes[-1]], dtype=np.float64)
    start = 0.72 * data.free[:, 3].min()
    ax.plot(ends, start * (ends / ends[0]) ** (-1 / 3), color="0.6", lw=1.2, zorder=1)
    ax.annotate(
        r"$n^{-1/3}$",
        (ends[0], start),
        xytext=(-2, -3),
        textcoords="offset points",
        ha="right",
        va="center",
        color="0.4",
    )
    for place, (family, label) in enumerate(zip(data.families, _LABELS, strict=True)):
        ax.plot(data.sizes, errors[place], label=label, **_look(family, _MARKERS[place]))
    ax.set(xscale="log", yscale="log", xlabel="number $n$ of training points")
    ax.set_yticks([0.01, 0.02, 0.05, 0.1], ["0.01", "0.02", "0.05", "0.1"])
    ax.minorticks_off()
    ax.set_title(title, loc="left")


def _look(family: str, marker: str) -> dict[str, Any]:
    return LOOKS[family] | {
        "marker": marker,
        "markersize": 3.6,
        "markeredgewidth": 0.8,
        "markerfacecolor": LOOKS[family]["color"] if family == "RF" else "white",
        "linewidth": 1.1,
    }
