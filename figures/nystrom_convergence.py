r"""Finite-dimensional features of a convolutional kernel network against its exact kernel (`ckn.Nystrom`, Mairal 2016).

The anchors are chosen from other images than those on which the Gram matrices are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from kernelspec import ckn
from kernelspec.ckn.nystrom import Nystrom
from paper_checks.datasets import digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "nystrom-convergence"
TITLE = "Explicit features converge to the exact convolutional kernel"
CAPTION = r"""
Relative error $|\hat K - K|_F / |K|_F$ of the Gram matrix of images of handwritten digits ($8 \times 8$ pixels) when
each of the two layers has $m$ features in place of its infinitely many: root mean squares over draws (lines) and the
middle 80 % of them (bands). (a) ReLU layers: random features converge like $m^{-1/2}$ (grey); as many anchor points,
patches of other images, are more accurate by a factor of 100 and more from $m = 64$ on, and most accurate when
spherical $k$-means chooses them. (b) Exponential layers, $\sigma = 0.6$, for which there are anchors only. Both
networks: patches $3 \times 3$, Gaussian pooling and subsampling by 2, then patches $3 \times 3$ and the mean.
"""
ORDER = 70

Array = NDArray[np.float64]
METHODS = {
    "random": "random features",
    "patches": "random patches",
    "kmeans": "spherical $k$-means",
}
KERNELS = {"arccos(1)": "(a) ReLU", "exponential(0.6)": r"(b) exponential, $\sigma = 0.6$"}


@dataclass(frozen=True)
class Convergence:
    """Relative errors of one network: by method, shape (draws, len(components))."""

    kernel: str
    components: tuple[int, ...]
    errors: dict[str, Array]


def network(kernel: str) -> ckn.Network:
    """Two layers that leave one position of 8 x 8 images."""
    patch = ks.parse(kernel)
    return ckn.Network(
        (
            ckn.Layer(3, patch, ckn.gaussian(2), stride=2),
            ckn.Layer(3, patch, ckn.average(3), stride=3),
        )
    )


def convergence(
    kernel: str, components: tuple[int, ...], images: int, draws: int, rng: np.random.Generator
) -> Convergence:
    """The errors on so many images of anchors that so many other images have given."""
    shuffled = rng.permutation(digits().pixels).reshape(-1, 8, 8, 1)
    fitted, seen = shuffled[:images], shuffled[images : 2 * images]
    net = network(kernel)
    exact = net.gram(seen)
    norm = np.linalg.norm(exact)

    def error(method: str, count: int, seed: int) -> float:
        features = Nystrom(net, count, method, rng=seed, patches=10_000).fit(fitted)
        found = features.transform(seen)
        return float(np.linalg.norm(found @ found.T - exact) / norm)

    errors = {}
    for method in METHODS:
        if method == "random" and kernel != "arccos(1)":
            continue
        # Random features vary more, and cost less.
        seeds = range(6 * draws if method == "random" else draws)
        errors[method] = np.array([[error(method, m, seed) for m in components] for seed in seeds])
    return Convergence(kernel, components, errors)


def compute(quick: bool = False) -> list[Convergence]:
    """The errors of both networks for m up to 512; up to 64, on fewer images, when `quick`."""
    components = tuple(2**j for j in range(2, 7 if quick else 10))
    images, draws = (60, 2) if quick else (200, 4)
    rng = np.random.default_rng(2016)
    return [convergence(kernel, components, images, draws, rng) for kernel in KERNELS]


def draw(data: list[Convergence]) -> Figure:
    """One panel a network; the scales are the same."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 3.1))
    panels = figure.subplots(1, len(data), sharex=True, sharey=True)
    for ax, shown in zip(panels, data, strict=True):
        _panel(ax, shown)
    panels[0].set_ylabel(r"$|\hat K - K|_F\ /\ |K|_F$")
    panels[0].legend(loc="lower left")
    return figure


def _panel(ax: Axes, shown: Convergence) -> None:
    m = np.array(shown.components)
    for place, (method, label) in enumerate(METHODS.items()):
        if method not in shown.errors:
            continue
        errors = shown.errors[method]
        mean = np.sqrt((errors**2).mean(axis=0))
        look = style.line(place, marker=True, markersize=4, markeredgewidth=0.9)
        ax.plot(m, mean, label=label, **look)
        band = np.quantile(errors, [0.1, 0.9], axis=0)
        ax.fill_between(m, *band, color=look["color"], alpha=0.18, linewidth=0)
        if method == "random":
            line = 2 * mean[-1] * np.sqrt(m[-1] / m)
            ax.plot(m, line, color="0.6", lw=1.2, zorder=1)
            ax.text(m[-1], line[-1] * 1.2, "$m^{-1/2}$", color="0.4", ha="right", va="bottom")
    ax.set(xscale="log", yscale="log", xlabel="features $m$ of each layer")
    ax.set_xticks(m, [str(count) for count in m])
    ax.tick_params(axis="x", which="minor", bottom=False)
    ax.set_title(KERNELS[shown.kernel], loc="left")
