r"""Finite-dimensional features of a convolutional kernel network against its exact kernel (`ckn.Nystrom`, Mairal 2016).

The anchors are chosen from other images than those on which the Gram matrices are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import ckn
from ..ckn.nystrom import Nystrom
from ..numbers.checks import integer, real_array
from ..results.tables import Table
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks, sparse_ticks
from .looks import integers, some

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
METHODS = {"random": "random features", "patches": "random patches", "kmeans": "spherical $k$-means"}
COMPONENTS = (4, 8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True)
class Convergence:
    """Relative errors of one network: by method, shape (draws, len(components))."""

    title: str
    components: tuple[int, ...]
    errors: dict[str, Array]


def convergence(
    net: ckn.Network,
    images: Array,
    title: str = "",
    components: Sequence[int] = COMPONENTS,
    draws: int = 4,
    methods: Sequence[str] = tuple(METHODS),
) -> Convergence:
    """The errors on the second half of the images, of anchors that the first half has given."""
    half = len(images) // 2
    fitted, seen = images[:half], images[half : 2 * half]
    exact = net.gram(seen)
    norm = np.linalg.norm(exact)

    def error(method: str, count: int, seed: int) -> float:
        features = Nystrom(net, count, method, rng=seed, patches=10_000).fit(fitted)
        found = features.transform(seen)
        return float(np.linalg.norm(found @ found.T - exact) / norm)

    errors = {}
    for method in methods:
        # Random features vary more, and cost less.
        seeds = range(6 * draws if method == "random" else draws)
        errors[method] = np.array([[error(method, m, seed) for m in components] for seed in seeds])
    return Convergence(title, tuple(components), errors)


def nystrom_convergence(
    nets: ckn.Network | Mapping[str, ckn.Network],
    images: Any,
    *,
    components: Sequence[int] = COMPONENTS,
    draws: int = 4,
    methods: Sequence[str] = ("patches", "kmeans"),
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Relative errors of Gram matrices when each layer has m features in place of its infinitely many.

    Parameters
    ----------
    nets : a network, or networks by the title of their panel.
    images : shape (n, height, width, channels) or (n, length, channels), n >= 4; the first half gives the anchors.
    components : numbers m of features, from 1 on.
    draws : how many draws of the anchors.
    methods : "patches", "kmeans"; "random" is for ReLU layers.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (a panel a network) and a table of the errors.
    """
    x = real_array("images", images)
    if x.ndim < 3 or len(x) < 4:
        raise ValueError(f"images must have the shape (n, positions..., channels) with n >= 4, got {x.shape}")
    components = sorted(integers("components", components, 1))
    draws = integer("draws", draws, 1, 10_000)
    if not isinstance(methods, Sequence):
        raise TypeError(f"methods must be names among {', '.join(METHODS)}, got {methods!r}")
    unknown = [name for name in methods if name not in METHODS]
    if unknown:
        raise ValueError(f"methods must be among {', '.join(METHODS)}, got {unknown[0]!r}")
    named = {"": nets} if isinstance(nets, ckn.Network) else nets
    networks = named.values() if isinstance(named, Mapping) else ()
    if not networks or not all(isinstance(net, ckn.Network) for net in networks):
        raise TypeError(f"nets must be a ckn.Network, or map titles to networks; got {nets!r}")
    data = [
        convergence(net, x, title, components, draws, some("methods", list(methods))) for title, net in named.items()
    ]
    return finished(draw, data, table(data), width, font)


def table(data: Sequence[Convergence]) -> Table:
    """A row for each network, method and number of features."""
    rows = [
        {
            "network": shown.title,
            "method": method,
            "m": m,
            "error": float(np.sqrt((errors[:, i] ** 2).mean())),
            "low": float(np.quantile(errors[:, i], 0.1)),
            "high": float(np.quantile(errors[:, i], 0.9)),
            "draws": len(errors),
        }
        for shown in data
        for method, errors in shown.errors.items()
        for i, m in enumerate(shown.components)
    ]
    return Table(rows, caption="Relative errors of Gram matrices of explicit features")


def draw(data: Sequence[Convergence], width: float = PAGE) -> Figure:
    """One panel a network; the scales are the same."""
    sheet = Sheet(width, len(data), 2.7, across=2, least=2.4, legend=0.3, sharey=True)
    found: dict[str, Any] = {}
    for place, (ax, shown) in enumerate(zip(sheet.panels, data, strict=True)):
        _panel(ax, shown)
        ax.set_title(f"{letters(place)} {shown.title}", loc="left")
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    for ax in sheet.first:
        ax.set_ylabel(r"$|\hat K - K|_F\ /\ |K|_F$")
    for ax in sheet.lowest:
        ax.set_xlabel("features $m$ of each layer")
    first = sheet.panels[0]
    log_ticks(first.yaxis, *first.get_ylim(), most=7)
    sheet.legend(list(found.values()), list(found))
    return sheet.settle()


def _panel(ax: Axes, shown: Convergence) -> None:
    m = np.array(shown.components)
    for place, (method, label) in enumerate(METHODS.items()):
        if method not in shown.errors:
            continue
        errors = shown.errors[method]
        mean = np.sqrt((errors**2).mean(axis=0))
        look = drawing.line(place, marker=True, markersize=4, markeredgewidth=0.9)
        ax.plot(m, mean, label=label, **look)
        band = np.quantile(errors, [0.1, 0.9], axis=0)
        ax.fill_between(m, *band, color=look["color"], alpha=0.18, linewidth=0)
        if method == "random":
            line = 2 * mean[-1] * np.sqrt(m[-1] / m)
            ax.plot(m, line, color="0.6", lw=1.2, zorder=1, label="$m^{-1/2}$")
    ax.set(xscale="log", yscale="log")
    sparse_ticks(ax.xaxis, m)
