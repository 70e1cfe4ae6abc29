r"""Learning curves of kernel ridge regression on the sphere, measured, and predicted from the spectrum.

The experiment is that of claims 62 and L15, in `experiments.predicted_curves`; a result that the checks have kept is
drawn without computing it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments import predicted_curves as experiment
from experiments.predicted_curves import Curves
from figures import style
from kernelspec import Table
from kernelspec.plots.layout import Sheet, log_ticks
from kernelspec.plots.looks import LOOKS
from kernelspec.views.drawing import SKY, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "predicted-curves"
TITLE = "Learning curves predicted from the spectrum, and measured"
ORDER = 51

_DEEPER: Look = {"color": SKY, "linestyle": (0, (7, 1.5))}  # a second kernel of one family
_SHOWN = (  # place among the kernels of Figure 1, look, marker, label
    (0, LOOKS["RF"], "o", r"RF, 2 layers: $(1+u)\,\kappa_1$"),
    (2, _DEEPER, "^", "RF, 4 layers"),
    (4, LOOKS["NTK"], "s", "NTK, 3 layers"),
    (6, LOOKS["Laplace"], "D", r"Laplace: $e^{-\sqrt{1-u}}$"),
)
_PANELS = ((0, 1e-4), (0, 1e-8), (1, 1e-4), (1, 1e-8))  # target, lambda
_NUDGE = 1.045  # factor of n between the marks of two kernels, so that their bars stand side by side


def caption(data: list[Curves]) -> str:
    """What is drawn, and how many points are as predicted, of all spheres, kernels, targets and lambdas."""
    found, later = experiment.shares(data), experiment.shares(data, 100)
    groups = {name: share for name, share in later.items() if name.startswith("S^")}
    told = ", ".join(
        f"{100 * share:.0f} on ${name.split(',')[0]}$, ${name[-2]}_{name[-1]}$" for name, share in groups.items()
    )
    spheres = ", ".join(f"$S^{{{each.d - 1}}}$" for each in data)
    return (
        r"Kernel ridge regression with one $\lambda$ for all $n$ on $f_1 = 1\{w\cdot x\geq 0.7\}$ (a, b) and "
        r"$f_2 = e^{-(1-w\cdot x)^{3/2}}+e^{-(1+w\cdot x)^{3/2}}$ (c, d), $x\in S^3$. Marks: mean test error of "
        f"{len(data[0].test)} draws; bars: two standard errors of it; bands: two standard deviations of a draw. Lines: "
        f"the eigenlearning equations, of which nothing is fitted. Of all {sum(c.within.size for c in data)} points "
        f"({spheres}; seven kernels, four $\\lambda$) {100 * found['all']:.0f} percent are predicted within two "
        f"standard errors and {100 * found['within two standard deviations']:.0f} percent within two standard "
        f"deviations; from $n = 100$ on, in percent: {told}. What is missed is interpolation, $\\lambda$ being small, "
        "of a smooth target in low dimension, whose error is larger than predicted."
    )


def compute(quick: bool = False) -> list[Curves]:
    """The curves of `experiments.predicted_curves` on every sphere; on $S^3$ alone and up to n = 200 when `quick`."""
    return experiment.compute(quick, reuse=True)


def table(data: list[Curves]) -> Table:
    """A row for each sphere, kernel, target, lambda and n."""
    rows = []
    for each in data:
        for (i, j, m, target), mean in np.ndenumerate(each.mean):
            rows.append(
                {
                    "d": each.d,
                    "kernel": repr(experiment.KERNELS[i][1]),
                    "target": f"f{target + 1}",
                    "lambda": float(experiment.LAMBDAS[m]),
                    "n": int(each.sizes[j]),
                    "predicted": float(each.predicted[i, j, m, target]),
                    "measured": float(mean),
                    "standard_error": float(each.standard_error[i, j, m, target]),
                    "predicted_train": float(each.predicted_train[i, j, m, target]),
                    "measured_train": float(each.train[:, i, j, m, target].mean()),
                }
            )
    return Table(rows, caption="Test and training errors of kernel ridge regression on the sphere")


def draw(data: list[Curves], width: float = style.PAGE) -> Figure:
    """Four panels for S^3: both targets, two lambdas."""
    curves = next(each for each in data if each.d == 4)
    sheet = Sheet(width, 4, 2.4, across=2, least=2.6, legend=0.5)
    for ax, letter, (target, lam) in zip(sheet.panels, "abcd", _PANELS, strict=True):
        _panel(ax, curves, target, int(np.argmin(np.abs(experiment.LAMBDAS - lam))))
        power = round(np.log10(lam))
        ax.set_title(rf"({letter}) $f_{target + 1}$, $\lambda = 10^{{{power}}}$", loc="left")
    for ax in sheet.first:
        ax.set_ylabel("squared error")
    for ax in sheet.lowest:
        ax.set_xlabel("number $n$ of training points")
    sheet.legend(*sheet.panels[0].get_legend_handles_labels())
    return sheet.settle()


def _panel(ax: Axes, curves: Curves, target: int, at: int) -> None:
    spread = curves.test.std(axis=0, ddof=1)
    for turn, (place, shown, marker, label) in enumerate(_SHOWN):
        n = curves.sizes * _NUDGE ** (turn - (len(_SHOWN) - 1) / 2)
        mean, error, scatter, line = (
            x[place, :, at, target] for x in (curves.mean, curves.standard_error, spread, curves.predicted)
        )
        color = shown["color"]
        look: Look = shown | {"linewidth": 1.1}
        ax.plot(curves.sizes, line, **look)
        low = np.maximum(mean - 2 * scatter, mean / 4)  # a log axis has no room for less
        ax.fill_between(curves.sizes, low, mean + 2 * scatter, color=color, alpha=0.08, linewidth=0)
        bars = np.stack([np.minimum(2 * error, 0.75 * mean), 2 * error])
        ax.errorbar(
            n, mean, bars, label=label, color=color, linestyle="none", marker=marker, markersize=3.4, elinewidth=0.8,
            markerfacecolor=color if marker in "o^" else "white", markeredgewidth=0.8,
        )  # fmt: skip
    ax.set(xscale="log", yscale="log")
    log_ticks(ax.xaxis, *ax.get_xlim(), most=5)
    log_ticks(ax.yaxis, *ax.get_ylim(), most=6)
