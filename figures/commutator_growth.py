r"""The constants of commutators against the size of the patch, and of displacements: proved, attained, measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from figures import style
from kernelspec.ckn import stability
from kernelspec.ckn.stability.constants import commutator_rate, displacement_bound
from kernelspec.ckn.stability.norms import norm
from kernelspec.ckn.stability.operators import Grid
from kernelspec.ckn.stability.smoothing import Smoothing
from paper_checks import commutator_search as search

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "commutator-growth"
TITLE = "The commutator's constant grows linearly with the patch, whatever the dimension"
CAPTION = r"""
(a), (b) The constant $C_\beta$ of $\|[T_cA,L_\tau]\|\leq C_\beta\|\nabla\tau\|_\infty$ for small deformations of
signals and of images; $A$ is a Gaussian filter of standard deviation $\sigma$ and $|c|=\beta\sigma$ the size of the
patch. It lies between the two lines, both of the slope $e^{-1/2}$ in $\beta$; operator norms on grids for sinusoids
of up to 128 standard deviations (circles, $\|\nabla\tau\|_\infty=0.05$) follow the lower one, those for random fields
(dots) stay below. Grey: $\beta^{d+1}$, the order of the bound in the sources, through the circle at $\beta=1$.
(c) $\|L_\tau A-A\|$ over $\|\tau\|_\infty/\sigma$ for $\|\nabla\tau\|_\infty\leq\frac12$, marks as before: for small
displacements the sharp constant is $e^{-1/2}$, that of translations. Grey: the paper's constant, as recalled.
"""
ORDER = 72

Array = NDArray[np.float64]
GRAD = 0.05  # of the deformations measured: small


@dataclass(frozen=True)
class Growth:
    """Constants in d dimensions over `betas`; `waves` and `fields` over `measured`."""

    d: int
    betas: Array
    lower: Array
    upper: Array
    measured: Array
    waves: Array
    fields: Array


@dataclass(frozen=True)
class Displacements:
    """Ratios |L_tau A - A| sigma / |tau|: curves over `sizes`, and points (size, ratio) of two kinds."""

    sizes: Array
    proved: Array
    translations: Array
    waves: Array
    fields: Array
    recalled: float


def compute(quick: bool = False) -> tuple[list[Growth], Displacements]:
    """Constants of d = 1, 2 and displacements of d = 1; coarser when `quick`."""
    rng = np.random.default_rng(44)
    return [growth(d, quick, rng) for d in (1, 2)], displacements(quick, rng)


def growth(d: int, quick: bool, rng: np.random.Generator) -> Growth:
    """The bounds, and the largest norms of sinusoids and of random fields."""
    betas = np.geomspace(0.25, 64, 61)
    rates = np.array([commutator_rate(d, beta) for beta in betas])
    measured = np.array([1.0, 8.0] if quick else [0.25, 0.5, 1, 2, 4, 8, 16, 32])
    sigma, length = (4.0, 512) if d == 1 else (2.0, 128 if quick else 256)
    waves = [search.plane_waves(beta, GRAD, d, (1, 4), sigma, length) for beta in measured]
    # Fast ones: they do not feel the patch. A wave of 8 pixels, a filter of 24.
    n = 48
    fast = (
        search.both_axes(0.0, GRAD, n, 8.0, 24.0)
        if d == 2
        else search.plane_waves(0.0, GRAD, 1, (n // 8,), 24.0, n)
    )
    shape, blur = ((160,), 2.5) if d == 1 else ((40, 40), 2.2)
    scales = (8.0, 5.0) if quick else (16.0, 11.0, 8.0, 6.0, 5.0)
    deformed = [stability.field(shape, GRAD, scale, rng=rng) for scale in scales]
    fields = np.full(len(measured), np.nan)
    for place, beta in enumerate(measured):
        if beta * blur > shape[0] / 4:  # a patch of a quarter of the period: the field comes back
            continue
        ways = rng.normal(size=(len(scales), 1, d))
        norms = [
            norm(
                Grid(shape).commutator(tau, blur, way * (beta * blur / np.linalg.norm(way))),
                rtol=1e-3,
            )
            for tau, way in zip(deformed, ways, strict=True)
        ]
        fields[place] = max(found.value for found in norms) / GRAD
    return Growth(
        d,
        betas,
        rates[:, 0],
        rates[:, 1],
        measured,
        np.array([max(wave, fast) for wave in waves], dtype=np.float64),
        fields,
    )


def displacements(quick: bool, rng: np.random.Generator) -> Displacements:
    """Curves over four decades, and fields from 2 to 128 standard deviations."""
    h, sigma, n = Smoothing.gaussian(1.0, 1), 4.0, 512
    sizes = np.geomspace(1e-2, 20, 121)
    w = np.linspace(0, 6, 6001)
    shifts = 2 * np.abs(np.sin(np.outer(sizes, w) / 2)) * np.exp(-(w**2) / 2)
    grid = Grid((n,))
    pooled = grid.gaussian(sigma)

    def point(tau: stability.Field) -> list[float]:
        found = norm(grid.deformation(tau) @ pooled - pooled, rtol=1e-3).value
        return [tau.sup / sigma, found * sigma / tau.sup]

    counts = (1, 8) if quick else (1, 2, 4, 8, 16)
    grads = (0.05, 0.5) if quick else (0.005, 0.02, 0.1, 0.25, 0.5)
    waves = [point(stability.sinusoid(n, eps, n / count)) for count in counts for eps in grads]
    fields = []
    for scale in (20.0,) if quick else (80.0, 40.0, 20.0, 10.0):
        tau = stability.field(n, 0.5, scale, rng=rng)
        fields += [point(factor * tau) for factor in ((1.0,) if quick else (1.0, 0.2, 0.04))]
    return Displacements(
        sizes,
        np.array([displacement_bound(size, 0.5, h) for size in sizes]) / sizes,
        shifts.max(axis=1) / sizes,
        np.array(waves),
        np.array(fields),
        2 * math.sqrt(2 / math.pi),
    )


def draw(data: tuple[list[Growth], Displacements]) -> Figure:
    """Two panels of constants, one of displacements."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 2.75))
    panels = figure.subplots(1, 3, width_ratios=(1, 1, 1.15))
    constants, moved = data
    for ax, shown in zip(panels, constants, strict=False):
        _growth(ax, shown)
    panels[0].set_title("(a) signals, $d=1$", loc="left")
    panels[0].set_ylabel(r"$C_\beta$")
    panels[1].set_title("(b) images, $d=2$", loc="left")
    panels[0].legend(loc="lower right", fontsize=7.5, handlelength=2.2, borderaxespad=0.2)
    _displacements(panels[2], moved)
    return figure


def _growth(ax: Axes, shown: Growth) -> None:
    start = float(shown.waves[shown.measured == 1][0])
    ax.plot(shown.betas, start * shown.betas ** (shown.d + 1), color="0.6", lw=1.2, zorder=1)
    power = shown.d + 1
    ax.text((100 / start) ** (1 / power) * 0.85, 100, rf"$\beta^{power}$", color="0.4", ha="right")
    ax.plot(shown.betas, shown.upper, label="proved", **style.line(1))
    ax.plot(shown.betas, shown.lower, label="attained", **style.line(0))
    ax.plot(
        shown.measured,
        shown.waves,
        "o",
        color=style.BLACK,
        mfc="white",
        ms=4.5,
        label="sinusoids",
    )
    ax.plot(shown.measured, shown.fields, ".", color=style.GREEN, ms=5, label="random fields")
    ax.set(xscale="log", yscale="log", xlabel=r"$\beta=|c|/\sigma$", ylim=(0.2, 200))
    ax.set_xticks([0.25, 1, 4, 16, 64], ["1/4", "1", "4", "16", "64"])
    ax.tick_params(axis="x", which="minor", bottom=False)


def _displacements(ax: Axes, shown: Displacements) -> None:
    ax.axhline(shown.recalled, color="0.6", lw=1.2)
    ax.text(0.011, shown.recalled - 0.03, r"recalled: $2\,\|\nabla h\|_1$", color="0.4", va="top")
    ax.axhline(math.exp(-0.5), color="0.6", lw=0.8)
    ax.text(20, math.exp(-0.5) + 0.02, "$e^{-1/2}$", color="0.3", ha="right", va="bottom")
    ax.plot(shown.sizes, shown.proved, label="proved", **style.line(1))
    ax.plot(shown.sizes, shown.translations, label="translations", **style.line(0))
    ax.plot(*shown.waves.T, "o", color=style.BLACK, mfc="white", ms=3.5)
    ax.plot(*shown.fields.T, ".", color=style.GREEN, ms=5)
    ax.set(
        xscale="log",
        xlabel=r"$\|\tau\|_\infty/\sigma$",
        ylabel=r"$\|L_\tau A-A\|\,\sigma\,/\,\|\tau\|_\infty$",
        ylim=(0, 1.7),
    )
    ax.set_title("(c) displacements, $d=1$", loc="left")
    ax.legend(loc="lower left", fontsize=7.5, handlelength=2.2, borderaxespad=0.2)
