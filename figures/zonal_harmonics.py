r"""The zonal harmonics: P_k as a function of the cosine in several dimensions, and on S^2.

P_k(x . e) is the only harmonic of degree k that depends on the angle to the pole e alone and is 1
there (claims 1 and 5); the polynomials are those of ``kernelspec.sphere.legendre``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from figures import style
from kernelspec.sphere import legendre_all, multiplicity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

NAME = "zonal_harmonics"
TITLE = "Zonal harmonics"
CAPTION = r"""
Top: the Legendre polynomials $P_k$ of dimension $d$, $P_k(1) = 1$, for $k = 1, \dots, 5$. They
oscillate as far as $t = \pm 1$ on $S^2$ (a); the higher the dimension, the flatter they are in the
middle (b), and they tend to $t^k$, grey in (c). Bottom: $P_k(x\cdot e)$ on the sphere $S^2$, seen
from above the equator; the pole $e$ is the dot, and the circles where $P_k$ vanishes, $k$ of them
on the whole sphere, are white. Under each sphere the number $N(3,k)$ of independent harmonics of
this degree.
"""
ORDER = 5

Array = NDArray[np.float64]
DIMENSIONS = (3, 10, 100)
LARGEST = 5
# The pole, tilted towards the reader (the axis z) and a little to the right.
POLE = np.array([0.22, 0.78, 0.0])
POLE[2] = np.sqrt(1 - POLE @ POLE)


@dataclass(frozen=True)
class ZonalHarmonics:
    """P_k over t for each of `DIMENSIONS`, and P_k(x . e) over the disc that shows S^2.

    `curves[d]` has shape (LARGEST+1, t.size) and `spheres` shape (LARGEST+1, side.size, side.size),
    with rows along the vertical `side`; outside the disc the sphere is continued along its rim.
    """

    t: Array
    curves: dict[int, Array]
    side: Array
    spheres: Array
    numbers: tuple[int, ...]


def compute(quick: bool = False) -> ZonalHarmonics:
    """The values of all P_k shown; `quick` takes fewer points."""
    # Equal steps in the angle crowd at both ends, where the polynomials bend.
    t = np.cos(np.linspace(np.pi, 0, 101 if quick else 401))
    side = np.linspace(-1, 1, 61 if quick else 241)
    x, y = np.meshgrid(side, side)
    radius = np.maximum(1.0, np.hypot(x, y))
    x, y = x / radius, y / radius
    z = np.sqrt(np.maximum(0.0, 1 - x**2 - y**2))
    cosine = np.clip(POLE[0] * x + POLE[1] * y + POLE[2] * z, -1, 1)
    return ZonalHarmonics(
        t=t,
        curves={d: legendre_all(d, LARGEST, t) for d in DIMENSIONS},
        side=side,
        spheres=legendre_all(3, LARGEST, cosine),
        numbers=tuple(multiplicity(3, k) for k in range(LARGEST + 1)),
    )


def draw(data: ZonalHarmonics) -> Figure:
    """Three panels of curves above six spheres."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 4.35))
    heights = (2.75, 1.6)
    (upper,), (lower,) = figure.subfigures(2, 1, squeeze=False, height_ratios=heights)
    panels = upper.subplots(1, len(DIMENSIONS), sharey=True)
    for ax, d, letter in zip(panels, DIMENSIONS, "abc", strict=True):
        _curves(ax, data, d)
        ax.set_title(f"({letter}) $d={d}$", loc="left")
    panels[0].set_ylabel("$P_k(t)$")
    handles, labels = panels[0].get_legend_handles_labels()
    upper.legend(handles, labels, loc="outside upper center", ncols=LARGEST)
    discs = lower.subplots(1, LARGEST + 1)
    for k, ax in enumerate(discs):
        shown = _sphere(ax, data, k)
        ax.set_title(f"$k={k}$", pad=3)
        ax.text(0, -1.1, f"$N={data.numbers[k]}$", ha="center", va="top")
    bar = lower.colorbar(shown, ax=discs, ticks=[-1, 0, 1], shrink=0.6, aspect=12, pad=0.015)
    bar.ax.set_yticklabels(["$-1$", "$0$", "$1$"])
    bar.ax.set_title(r"$P_k$", pad=4)
    return figure


def _curves(ax: Axes, data: ZonalHarmonics, d: int) -> None:
    for k in range(1, LARGEST + 1):
        if d == max(DIMENSIONS):
            ax.plot(data.t, data.t**k, color="0.75", linestyle="-", linewidth=2.6, zorder=1)
        ax.plot(data.t, data.curves[d][k], **style.line(k - 1), label=f"$k={k}$")
    ticks = [-1, -0.5, 0, 0.5, 1]
    ax.set(xlim=(-1, 1), ylim=(-1.03, 1.03), xlabel="$t$")
    ax.set_xticks(ticks, [f"${tick:g}$" for tick in ticks])
    ax.set_yticks(ticks, [f"${tick:g}$" for tick in ticks])


def _sphere(ax: Axes, data: ZonalHarmonics, k: int) -> AxesImage:
    from matplotlib.patches import Circle

    rim = Circle((0, 0), 1, facecolor="none", edgecolor=style.BLACK, linewidth=0.7, zorder=4)
    ax.add_patch(rim)
    # The shading is an image, everything drawn on it lines: as areas it would take megabytes.
    shown = ax.imshow(
        data.spheres[k],
        extent=(-1, 1, -1, 1),
        origin="lower",
        vmin=-1,
        vmax=1,
        cmap="cividis",
        interpolation="bilinear",
        clip_path=rim,
    )
    if k:
        nodes = ax.contour(
            data.side, data.side, data.spheres[k], [0.0], colors="white", linewidths=0.9
        )
        nodes.set_clip_path(rim)
    ax.plot(*POLE[:2], "o", color=style.BLACK, markersize=2.4, zorder=5)
    ax.set(xlim=(-1.04, 1.04), ylim=(-1.04, 1.04), aspect="equal")
    ax.set_axis_off()
    return shown
