r"""The same kernel on the sphere S^{d-1} and on the cube {-1, 1}^d: eigenvalues and effective dimensions.

Of u^k the eigenvalues of degree k are k!/d^k on the cube and k!/(d(d+2)...(d+2k-2)) on the sphere: their ratio is
prod_{j<k} (1 + 2j/d), about e^{k(k-1)/d}. So it is, as far as k^2 is of the order of d, for kernels whose Taylor
coefficients fall slowly (derived here). There are binom(d, k) parities, and fewer than harmonics by about that factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.zonal import Zonal
from ..numbers.checks import integer, real
from ..results.tables import Table
from ..rkhs.capacity_on_sphere import Capacity
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import KernelLike, as_kernel, integers, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIMS = (10, 100, 1000)
_LEAST_MU = 1e-290  # of the lambda at which effective dimensions are taken


@dataclass(frozen=True, eq=False)
class Domains:
    """One kernel and d: at the degrees k >= 1 with mu_k > 0, and over regularizations `lam`.

    `ratio` is xi_k/mu_k, cube over sphere; `shared` that of the effective dimensions at lambda = mu_k (NaN where mu_k
    is below 1e-290); `sphere` and `cube` are the effective dimensions at `lam`.
    """

    kernel: str
    label: str
    d: int
    k: Integers
    ratio: Array
    shared: Array
    lam: Array
    sphere: Array
    cube: Array

    @property
    def scaled(self) -> Array:
        """k^2/d."""
        return np.asarray(self.k.astype(np.float64) ** 2 / self.d)


def domains(kernel: Zonal, d: int, last: float, lam: Array) -> Domains:
    """Eigenvalues at the degrees with k^2/d <= last, and effective dimensions."""
    k = np.arange(1, max(min(d, int((last * d) ** 0.5)), 2) + 1)
    below = np.asarray(kernel.spectrum(d).log_abs(k))
    above = np.asarray(kernel.spectrum(d, domain="cube").log_abs(k))
    seen = np.isfinite(below)
    k, below, above = k[seen], below[seen], above[seen]
    mu = np.exp(np.maximum(below, np.log(_LEAST_MU)))
    try:
        found = [
            Capacity(kernel, d, domain).effective_dimension(np.concatenate([lam, mu])) for domain in ("sphere", "cube")
        ]
    except ValueError as error:
        raise ValueError(f"kernel must be positive definite on both domains: {error}") from error
    sphere, cube = (np.asarray(values)[: lam.size] for values in found)
    shared = np.asarray(found[1])[lam.size :] / np.asarray(found[0])[lam.size :]
    shared = np.where(below >= np.log(_LEAST_MU), shared, np.nan)
    return Domains(repr(kernel), label(kernel), d, k, np.exp(above - below), shared, lam, sphere, cube)


def all_domains(
    kernel: KernelLike = "ntk(3)",
    dims: int | Sequence[int] = DIMS,
    last: float = 10.0,
    least: float = 1e-12,
    count: int = 37,
) -> list[Domains]:
    """A kernel in all dimensions, effective dimensions at so many lambda from 1 down to `least`."""
    chosen = as_kernel("kernel", kernel)
    dims, last = integers("dims", dims, 2, 4000), real("last", last, 0.1, 100.0)
    lam = np.geomspace(1.0, real("least", least, 1e-100, 0.1), integer("count", count, 2, 500))
    return [domains(chosen, d, last, lam) for d in dims]


def sphere_and_cube(
    kernel: KernelLike = "ntk(3)",
    dims: int | Sequence[int] = DIMS,
    *,
    last: float = 10.0,
    least: float = 1e-12,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Eigenvalues and effective dimensions of a kernel on the cube {-1, 1}^d against those on the sphere.

    Parameters
    ----------
    kernel : a kernel or its text, positive definite on spheres and cubes.
    dims : dimensions d, from 2 to 4000; one number, or several.
    last : the largest k^2/d, from 0.1 to 100.
    least : the smallest lambda of the effective dimensions, from 1e-100 to 0.1.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (ratios of eigenvalues, effective dimensions, their ratios) and a table of all of them. Raises
    ValueError for a kernel that is not positive definite. Source: Misiakiewicz & Mei 2021, Section 2, for the cube.
    """
    data = all_domains(kernel, dims, last, least)
    return finished(draw, data, table(data), width, font)


def table(data: Sequence[Domains]) -> Table:
    """A row for each dimension and degree, and for each dimension and lambda."""
    empty = dict.fromkeys(("k", "ratio", "effective_ratio", "lambda", "sphere", "cube"))
    rows: list[dict[str, Any]] = []
    for shown in data:
        own = {"kernel": shown.kernel, "d": shown.d, **empty}
        for k, ratio, shared in zip(shown.k.tolist(), shown.ratio.tolist(), shown.shared.tolist(), strict=True):
            rows.append({**own, "k": k, "ratio": ratio, "effective_ratio": shared})
        for lam, sphere, cube in zip(shown.lam.tolist(), shown.sphere.tolist(), shown.cube.tolist(), strict=True):
            rows.append({**own, "lambda": lam, "sphere": sphere, "cube": cube})
    return Table(rows, caption="Eigenvalues and effective dimensions on the cube and on the sphere")


def draw(data: Sequence[Domains], width: float = PAGE) -> Figure:
    """Ratios of eigenvalues, effective dimensions, ratios of effective dimensions."""
    sheet = Sheet(width, 3, 2.5, across=3, least=2.0, legend=0.35)
    first, second, third = sheet.panels
    for place, shown in enumerate(data):
        look = drawing.line(place, marker=True, linestyle="none", markersize=3.2, markeredgewidth=0.8)
        some = spaced(shown.scaled)
        first.plot(shown.scaled[some], shown.ratio[some], label=f"$d={shown.d}$", **look)
        third.plot(shown.scaled[some], shown.shared[some], **look)
    _effective(sheet, second, data)
    low, high = min(float(shown.scaled.min()) for shown in data), max(float(shown.scaled.max()) for shown in data)
    x = np.geomspace(low, high, 200)
    first.plot(x, np.exp(x), "-", color="black", lw=0.8, zorder=4, label=r"$e^{k^2/d}$")
    for ax in (first, third):
        ax.set(xscale="log", xlabel=r"$k^2/d$", xlim=(low / 1.5, high * 1.5))
        log_ticks(ax.xaxis, *ax.get_xlim(), most=5)
        ax.axvline(1.0, color="0.6", lw=0.8, zorder=0)
    first.set_yscale("log")
    log_ticks(first.yaxis, *first.get_ylim(), most=7)
    third.set_ylim(0.0, 1.05 * max(1.0, float(np.nanmax([np.nanmax(shown.shared) for shown in data]))))
    titles = (r"eigenvalues $\xi_k/\mu_k$", r"effective dimension", r"its ratio at $\lambda=\mu_k$")
    for place, (ax, title) in enumerate(zip(sheet.panels, titles, strict=True)):
        ax.set_title(f"{letters(place)} {title}", loc="left")
    first.set_ylabel("cube over sphere")
    third.set_ylabel("cube over sphere")
    sheet.legend(*_words(first))
    return sheet.settle()


def spaced(x: Array) -> Integers:
    """Which of ascending x > 0 are drawn: the first, each that is 1.12 times the one before, and the last."""
    found, last = [], 0.0
    for place, value in enumerate(x):
        if value >= 1.12 * last or place == x.size - 1:
            found.append(place)
            last = value
    return np.array(found, np.int64)


def _effective(sheet: Sheet, ax: Axes, data: Sequence[Domains]) -> None:
    names = []
    for place, shown in enumerate(data):
        colour = drawing.line(place)["color"]
        ax.plot(shown.lam, shown.sphere, "-", color=colour, lw=1.1)
        ax.plot(shown.lam, shown.cube, linestyle=_DASHED, color=colour, lw=1.8)
        names.append((float(shown.sphere[-1]), f"{shown.d}", colour))
        if shown.cube[-1] < shown.sphere[-1] / 2:
            names.append((float(shown.cube[-1]), f"{shown.d}", colour))
    lam = data[0].lam
    ax.set(xscale="log", yscale="log", xlim=(lam[0], lam[-1]), xlabel=r"$\lambda$", ylabel=r"$D(\lambda)$")
    log_ticks(ax.xaxis, lam[-1], lam[0], most=4)
    log_ticks(ax.yaxis, *ax.get_ylim(), most=7)
    sheet.names(ax, names)


_DASHED = (0, (3, 1.5))


def _words(ax: Axes) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    handles, labels = ax.get_legend_handles_labels()
    both = [Line2D([], [], color="0.3", lw=1.1), Line2D([], [], color="0.3", lw=1.8, linestyle=_DASHED)]
    return [*handles, *both], [*labels, "sphere", "cube"]
