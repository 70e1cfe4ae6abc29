r"""Eigenvalues on the sphere with their exact asymptotes.

The asymptote of an eigenvalue is that of Bietti & Bach 2021, Theorem 7 (claims 14 and 15), with the Gamma ratio in
place of the bare power: (c_1 + (-1)^k c_{-1}) C(d, nu) Gamma(k-nu)/Gamma(k+nu+d-1), from `kernelspec.decay`; even and
odd degrees have their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..decay.power_laws import Decay
from ..expansions import number
from ..kernels.networks import ntk, rf
from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..numbers.precision import with_balls
from ..results.tables import Table
from ..sphere.power_eigenvalues import log_power_eigenvalue
from ..views import drawing
from ..views.drawing import Look
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import Kernels, as_kernels, colours, family, integers, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

KERNELS = ("rf(4, degree=0)", "rf(3, degree=0)", "ntk(5)", "laplace(c=1)", "rf(5)", "rf(3, degree=2)")


@dataclass(frozen=True)
class Line:
    """Eigenvalues of one kernel in dimension d at the degrees k, with their asymptotes.

    mu_k ~ even * k^-exponent, or odd * k^-exponent;
    log10 and asymptote are logarithms to base 10: -inf where the eigenvalue is 0, NaN where there is no law.
    """

    kernel: str
    family: str
    label: str
    d: int
    k: Integers
    log10: Array
    asymptote: Array
    exponent: Fraction | None
    even: float
    odd: float

    @property
    def distance(self) -> Array:
        """|mu_k / asymptote - 1|, NaN where there is no asymptote."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(np.expm1((self.log10 - self.asymptote) * np.log(10))))

    def parity(self, odd: bool) -> NDArray[np.bool_]:
        """Which of `k` have this parity and an eigenvalue that is not 0."""
        return (self.k % 2 == odd) & np.isfinite(self.log10)


def line(kernel: Zonal, d: int, k: Integers, name: str | None = None) -> Line:
    """The eigenvalues of a kernel and its decay."""
    decay = kernel.decay(d)
    power = decay.exponent.is_finite
    return Line(
        kernel=repr(kernel),
        family=family(kernel),
        label=label(kernel) if name is None else name,
        d=d,
        k=k,
        log10=np.asarray(kernel.spectrum(d).log_abs(k)) / np.log(10),
        asymptote=log_asymptote(decay, k) / np.log(10),
        exponent=Fraction(str(decay.exponent)) if power else None,
        even=float(number(decay.even)),
        odd=float(number(decay.odd)),
    )


@with_balls
def log_asymptote(decay: Decay, k: Integers) -> Array:
    """log of |`Decay.at`|, also where that underflows; NaN where a parity has no power, and for k <= nu."""
    found = np.full(k.shape, np.nan)
    for odd, law in enumerate(decay.parities):
        if law.kind == "power":
            chosen = (k % 2 == odd) & (k > float(law.nu))
            _, log_power = log_power_eigenvalue(decay.d, float(law.nu), k[chosen])
            found[chosen] = np.log(abs(float(number(law.coefficient)))) + log_power
    return found


def degrees(last: int, count: int) -> Integers:
    """2, 3, ... up to `last`, equally spaced in their logarithm, as many even as odd."""
    even = np.unique(2 * np.round(np.geomspace(2, last, count) / 2).astype(np.int64))
    return np.sort(np.concatenate([even, even + 1]))


# -- eigenvalues and their distance from the asymptote -----------------------------------------------


def decay_lines(
    kernels: Kernels = KERNELS,
    dims: int | Sequence[int] = (4,),
    depths: Sequence[int] | None = None,
    last: int = 10**6,
    count: int = 24,
) -> list[Line]:
    """The lines of `eigenvalue_decay`, at so many even and odd degrees, by dimension."""
    dims, last = integers("dims", dims, 2, 1000), integer("last", last, 20, 10**9)
    k = degrees(last, integer("count", count, 4, 500))
    if depths is None:
        chosen = as_kernels("kernels", kernels)
    else:
        layers = integers("depths", depths, 2, 10_000)
        chosen = [network(n) for network in (ntk, rf) for n in layers]
    return [line(kernel, d, k) for d in dims for kernel in chosen]


def eigenvalue_decay(
    kernels: Kernels = KERNELS,
    dims: int | Sequence[int] = (4,),
    *,
    depths: Sequence[int] | None = None,
    last: int = 10**6,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Eigenvalues on S^{d-1} with their asymptotes, and their relative distance from them.

    Parameters
    ----------
    kernels : kernels, or texts of kernels.
    dims : dimensions d of the spaces around the spheres, from 2 to 1000; one number, or several.
    depths : numbers of layers, from 2 on: the NTK and RF of these depths are drawn in place of `kernels`.
    last : the highest degree, from 20 to 10^9.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (eigenvalues and distances for each dimension) and a table with a row a kernel and degree.
    """
    data = decay_lines(kernels, dims, depths, last)
    return finished(draw_decay, data, decay_table(data), width, font)


def decay_table(lines: Sequence[Line]) -> Table:
    """A row for each kernel and degree: logarithms to base 10."""
    rows = [
        {
            "kernel": shown.kernel,
            "d": shown.d,
            "k": int(k),
            "log10_mu": float(mu),
            "log10_asymptote": float(asymptote),
            "distance": float(distance),
        }
        for shown in lines
        for k, mu, asymptote, distance in zip(shown.k, shown.log10, shown.asymptote, shown.distance, strict=True)
    ]
    return Table(rows, caption=f"Eigenvalues on spheres, d = {_said(_by_dimension(lines))}")


def _by_dimension(lines: Sequence[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for shown in lines:
        found.setdefault(shown.d, []).append(shown)
    return found


def _said(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))


def draw_decay(data: Sequence[Line], width: float = PAGE) -> Figure:
    """For each dimension, eigenvalues beside, or above, their distance from the asymptote."""
    groups = _by_dimension(data)
    count = max(len(lines) for lines in groups.values())
    sheet = Sheet(width, 2 * len(groups), 2.7, across=2, least=2.5, legend=0.2 + 0.12 * count)
    handles: list[Line2D] = []
    labels: list[str] = []
    for place, (d, lines) in enumerate(groups.items()):
        decay, distance = sheet.panels[2 * place : 2 * place + 2]
        drawn = _decay_panels(decay, distance, lines)
        degree_axis(decay, lines, rf"{letters(2 * place)} eigenvalues $\mu_k$, $d={d}$")
        degree_axis(distance, lines, f"{letters(2 * place + 1)} relative distance, $d={d}$")
        log_ticks(distance.yaxis, *distance.get_ylim(), most=8)
        if place == 0:
            handles = drawn
            labels = [shown.label + _power(shown, one=len(groups) == 1) for shown in lines]
    parities, words = parity_legend()
    sheet.legend(handles + parities, labels + words)
    return sheet.settle()


def _decay_panels(decay: Axes, distance: Axes, lines: Sequence[Line]) -> list[Line2D]:
    """Both panels of one dimension; returns a mark of each kernel."""
    handles = []
    for shown, (colour, marker) in zip(lines, _looks(lines), strict=True):
        for odd in (False, True):
            chosen = shown.parity(odd)
            k = shown.k[chosen]
            marks(decay, k, shown.log10[chosen], colour, marker, odd)
            late = chosen & (shown.k > 4)
            decay.plot(shown.k[late], shown.asymptote[late], "-", color="black", lw=0.7, zorder=3)
            y = np.maximum(shown.distance[chosen], 1e-16)  # rounding may leave a distance of 0
            marks(distance, k, y, colour, marker, odd)
        handles += marks(decay, [], [], colour, marker, False)
    decay.set_ylabel(r"eigenvalue $\mu_k$")
    power_ticks(decay)
    distance.set(yscale="log")
    distance.set_ylabel(r"$|\mu_k\,/\,\mathrm{asymptote}-1|$")
    return handles


def _power(shown: Line, one: bool) -> str:
    """The power of k in this dimension; with several dimensions, in each of them."""
    if shown.exponent is None:
        return ""
    if one:
        return f": $k^{{-{shown.exponent}}}$"
    shift = shown.exponent - shown.d
    more = "" if shift == 0 else f"{'-' if shift > 0 else '+'}{abs(shift)}"
    return f": $k^{{-d{more}}}$"


def _looks(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """A colour of the family and, for each further kernel of the family, another marker."""
    found: list[tuple[str, str]] = []
    for colour in colours([shown.family for shown in lines]):
        turn = sum(other == colour for other, _ in found)
        found.append((colour, drawing.MARKERS[turn % len(drawing.MARKERS)]))
    return found


def marks(ax: Axes, k: ArrayLike, y: ArrayLike, colour: str, marker: str, odd: bool) -> list[Line2D]:
    """Points of one parity: hollow where it is odd."""
    fill = "white" if odd else colour
    return ax.plot(k, y, linestyle="", marker=marker, ms=3, mew=0.7, color=colour, mfc=fill)


def parity_legend(line: str = "asymptote") -> tuple[list[Line2D], list[str]]:
    """Handles and labels: dots, circles, the line of an asymptote."""
    from matplotlib.lines import Line2D

    dot: Look = {"linestyle": "", "marker": "o", "ms": 3.5, "mew": 0.8, "color": "black"}
    handles = [
        Line2D([], [], **dot),
        Line2D([], [], **dot, mfc="white"),
        Line2D([], [], linestyle="-", lw=0.8, color="black"),
    ]
    return handles, ["even $k$", "odd $k$", line]


def degree_axis(ax: Axes, data: Sequence[Line], title: str) -> None:
    """The logarithmic axis of degrees, and the title of the panel."""
    last = float(data[0].k[-1])
    ax.set(xscale="log", xlabel="degree $k$", xlim=(1.5, 1.5 * last))
    log_ticks(ax.xaxis, 2.0, last * 1.2, most=7)
    ax.set_title(title, loc="left")


def power_ticks(ax: Axes, most: int = 6) -> None:
    """Ticks of an axis that shows logarithms to base 10."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(most, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda t, _: "$1$" if t == 0 else f"$10^{{{t:.0f}}}$"))
