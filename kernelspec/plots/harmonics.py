r"""The zonal harmonics: P_k as a function of the cosine in several dimensions, and on S^2.

P_k(x . e) is the only harmonic of degree k that depends on the angle to the pole e alone and is 1
there (Bietti & Bach 2021, Appendix A; claims 1 and 5); the polynomials are those of ``kernelspec.sphere.legendre``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..numbers.checks import integer
from ..results.tables import Table
from ..sphere import legendre_all, multiplicity
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, fitting_legend, letters, lines_of, parts
from .looks import integers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

Array = NDArray[np.float64]
DIMS = (3, 10, 100)
LARGEST = 5
# The pole, tilted towards the reader (the axis z) and a little to the right.
POLE = np.array([0.22, 0.78, 0.0])
POLE[2] = np.sqrt(1 - POLE @ POLE)


@dataclass(frozen=True)
class ZonalHarmonics:
    """P_k over t for each dimension, and P_k(x . e) over the disc that shows S^2.

    `curves[d]` has shape (largest+1, t.size) and `spheres` shape (largest+1, side.size, side.size),
    with rows along the vertical `side`; outside the disc the sphere is continued along its rim.
    """

    t: Array
    curves: dict[int, Array]
    side: Array
    spheres: Array
    numbers: tuple[int, ...]

    @property
    def largest(self) -> int:
        """The highest degree."""
        return len(self.numbers) - 1


def harmonics(
    dims: Sequence[int] = DIMS, largest: int = LARGEST, points: int = 401, pixels: int = 241
) -> ZonalHarmonics:
    """The values of P_1, ..., P_largest at so many points, and on a square of so many pixels."""
    dims, largest = integers("dims", dims, 2, 10**6), integer("largest", largest, 1, 12)
    # Equal steps in the angle crowd at both ends, where the polynomials bend.
    t = np.cos(np.linspace(np.pi, 0, points))
    side = np.linspace(-1, 1, pixels)
    x, y = np.meshgrid(side, side)
    radius = np.maximum(1.0, np.hypot(x, y))
    x, y = x / radius, y / radius
    z = np.sqrt(np.maximum(0.0, 1 - x**2 - y**2))
    cosine = np.clip(POLE[0] * x + POLE[1] * y + POLE[2] * z, -1, 1)
    return ZonalHarmonics(
        t=t,
        curves={d: legendre_all(d, largest, t) for d in dims},
        side=side,
        spheres=legendre_all(3, largest, cosine),
        numbers=tuple(multiplicity(3, k) for k in range(largest + 1)),
    )


def zonal_harmonics(
    dims: Sequence[int] = DIMS, largest: int = LARGEST, *, width: float = PAGE, font: str = "stix"
) -> Drawn:
    r"""The Legendre polynomials P_k of several dimensions, and P_k(x . e) on S^2.

    Parameters
    ----------
    dims : dimensions d of the spaces around the spheres, from 2 on.
    largest : the highest degree k, from 1 to 12.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (curves by dimension, spheres by degree, the bar of colours) and a table of the curves.
    """
    data = harmonics(dims, largest)
    return finished(draw, data, table(data), width, font)


def table(data: ZonalHarmonics) -> Table:
    """A row for each dimension and point, with a column for each degree."""
    rows = [
        {"d": d, "t": float(t)} | {f"P_{k}": float(values[k, i]) for k in range(1, data.largest + 1)}
        for d, values in data.curves.items()
        for i, t in enumerate(data.t)
    ]
    return Table(rows, caption="Legendre polynomials P_k of dimension d")


def draw(data: ZonalHarmonics, width: float = PAGE) -> Figure:
    """A panel of curves for each dimension above a sphere for each degree."""
    count, discs = len(data.curves), data.largest + 1
    lines = lines_of(count, width, 3, 2.0)
    heights = (2.3 * lines + 0.35, 1.4 * lines_of(discs, width, 6, 0.95))
    upper, lower = parts(width, heights)
    sheet = Sheet(width, count, 2.3, across=3, least=2.0, part=upper, sharey=True)
    for place, (ax, d) in enumerate(zip(sheet.panels, data.curves, strict=True)):
        _curves(ax, data, d)
        ax.set_title(f"{letters(place)} $d={d}$", loc="left")
        if ax in sheet.lowest:
            ax.set_xlabel("$t$")
    for ax in sheet.first:
        ax.set_ylabel("$P_k(t)$")
    handles, labels = sheet.panels[0].get_legend_handles_labels()
    fitting_legend(upper, handles, labels, loc="outside upper center")
    below = Sheet(width, discs, 1.5, across=6, least=0.95, part=lower)
    for k, ax in enumerate(below.panels):
        shown = _sphere(ax, data, k)
        ax.set_title(f"$k={k}$", pad=3)
        ax.text(0, -1.1, f"$N={data.numbers[k]}$", ha="center", va="top")
    bar = lower.colorbar(shown, ax=below.panels, ticks=[-1, 0, 1], shrink=0.6, aspect=12, pad=0.02)
    bar.ax.set_yticklabels(["$-1$", "$0$", "$1$"])
    bar.ax.set_title(r"$P_k$", pad=4)
    return sheet.settle()


def _curves(ax: Axes, data: ZonalHarmonics, d: int) -> None:
    for k in range(1, data.largest + 1):
        if d == max(data.curves) and d >= 50:
            ax.plot(data.t, data.t**k, color="0.75", linestyle="-", linewidth=2.6, zorder=1)
        ax.plot(data.t, data.curves[d][k], **drawing.line(k - 1), label=f"$k={k}$")
    ticks = [-1, -0.5, 0, 0.5, 1]
    ax.set(xlim=(-1, 1), ylim=(-1.03, 1.03))
    ax.set_xticks(ticks, [f"${tick:g}$" for tick in ticks])
    ax.set_yticks(ticks, [f"${tick:g}$" for tick in ticks])


def _sphere(ax: Axes, data: ZonalHarmonics, k: int) -> AxesImage:
    from matplotlib.patches import Circle

    rim = Circle((0, 0), 1, facecolor="none", edgecolor=drawing.BLACK, linewidth=0.7, zorder=4)
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
        nodes = ax.contour(data.side, data.side, data.spheres[k], [0.0], colors="white", linewidths=0.9)
        nodes.set_clip_path(rim)
    ax.plot(*POLE[:2], "o", color=drawing.BLACK, markersize=2.4, zorder=5)
    ax.set(xlim=(-1.04, 1.04), ylim=(-1.04, 1.04), aspect="equal")
    ax.set_axis_off()
    return shown
