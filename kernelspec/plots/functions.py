r"""Kernels as functions of u, and how they leave kappa(1) near u = 1.

What depth does to random-feature (RF) and tangent kernels (NTK), other kernels beside one another, and
1 - kappa/kappa(1) against 1 - u, read from the angle, far below the spacing of float64 numbers next to 1: the
exponents seen there are those that set the decay of the eigenvalues (Bietti & Bach 2021; claims 13, 24-30).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..kernels.networks import ntk, rf
from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..results.tables import Table
from ..views.drawing import Look
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import LOOKS, Kernels, as_kernels, colours, family, integers, label, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
DEPTHS = (2, 3, 5, 10)
KERNELS = (
    "rf(4, degree=0)",
    "rf(3, degree=0)",
    "rf(2, degree=0)",
    "ntk(10)",
    "laplace(c=1)",
    "rf(2)",
    "rf(2, degree=2)",
)
HALF_SPACING = 2.0**-54  # a 1 - u below this rounds to 0
SMALLEST_ANGLE = 1e-15


@dataclass(frozen=True)
class Curve:
    """kappa(u)/kappa(1) over `Functions.u`, and 1 - kappa/kappa(1) over `Functions.t`; slope is its power of t."""

    kernel: str
    family: str
    label: str
    values: Array
    defects: Array
    slope: Fraction | None


@dataclass(frozen=True)
class Functions:
    """The curves: by depth of RF and NTK, and of other kernels; over u, and over t = 1 - u = 2 sin^2(theta/2)."""

    u: Array
    theta: Array
    rf: list[Curve]
    ntk: list[Curve]
    kernels: list[Curve]

    @property
    def t(self) -> Array:
        """1 - u at the angles `theta`."""
        return np.asarray(2 * np.sin(self.theta / 2) ** 2)


def functions(depths: Sequence[int] = DEPTHS, kernels: Kernels = KERNELS, points: int = 401) -> Functions:
    """The values of all curves at so many points."""
    points = integer("points", points, 11, 10**5)
    depths = integers("depths", depths, 2, 10_000)
    # Equal steps in the angle crowd at both ends, where the kernels bend.
    u = np.cos(np.linspace(np.pi, 0, points))
    theta = np.geomspace(SMALLEST_ANGLE, np.pi, points)

    def curve(kernel: Zonal, name: str) -> Curve:
        one = kernel.at_one
        if not 0 < abs(one) < np.inf:
            raise ValueError(
                f"kernels must have a finite value at u = 1 other than 0; {kernel!r} has kappa(1) = {one:g}"
            )
        defects = kernel.of_angle(theta, defect=True) / one
        values = kernel(u) / one
        return Curve(repr(kernel), family(kernel), name, values, defects, top_power(kernel))

    return Functions(
        u=u,
        theta=theta,
        rf=[curve(rf(n), f"$L={n}$") for n in depths],
        ntk=[curve(ntk(n), f"$L={n}$") for n in depths],
        kernels=[curve(k, label(k)) for k in as_kernels("kernels", kernels)],
    )


def top_power(kernel: Zonal) -> Fraction | None:
    """The least positive power of t in kappa(1-t); None where it is beyond the first four terms."""
    for exponent, value in kernel.expand(at=1, terms=4).terms:
        if exponent > 0 and value != 0:
            return Fraction(exponent)
    return None


def kernel_functions(
    depths: Sequence[int] = DEPTHS, kernels: Kernels = KERNELS, *, width: float = PAGE, font: str = "stix"
) -> Drawn:
    r"""Kernels over their value at u = 1: RF and NTK by depth, other kernels, and the way down from u = 1.

    Parameters
    ----------
    depths : numbers of layers, from 2 on, of the first two panels.
    kernels : kernels, or texts of kernels, of the other two.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the four axes and a table with a row a kernel and point.
    """
    data = functions(depths, kernels)
    return finished(draw, data, table(data), width, font)


def table(data: Functions) -> Table:
    """A row for each kernel and point: at u, and at the angle theta of the last panel."""
    rows = [
        {
            "kernel": shown.kernel,
            "u": float(u),
            "kappa_over_top": float(value),
            "theta": float(theta),
            "one_minus_u": float(t),
            "defect_over_top": float(defect),
        }
        for shown in {c.kernel: c for c in (*data.rf, *data.ntk, *data.kernels)}.values()
        for u, value, theta, t, defect in zip(data.u, shown.values, data.theta, data.t, shown.defects, strict=True)
    ]
    return Table(rows, caption="Kernels over their value at u = 1, and how far they are below it")


def draw(data: Functions, width: float = PAGE) -> Figure:
    """Four panels: RF, NTK, other kernels, and the way down from u = 1."""
    sheet = Sheet(width, 4, 2.3, across=2, least=2.5, legend=0.12 * len(data.kernels))
    rf, ntk, others, top = sheet.panels
    for ax, curves, title in ((rf, data.rf, "random features"), (ntk, data.ntk, "tangent kernels")):
        for rank, shown in enumerate(curves):
            ax.plot(data.u, shown.values, **look(shown.family, rank, linestyle="-"))
        left = int(np.searchsorted(data.u, -0.85))
        named = [(float(c.values[left]), c.label, LOOKS[c.family]["color"]) for c in curves]
        sheet.names(ax, named, inside=True)
        _over_u(ax, data, curves, title)
    looks = _looks(data.kernels)
    handles = [others.plot(data.u, shown.values, **look)[0] for shown, look in zip(data.kernels, looks, strict=True)]
    _over_u(others, data, data.kernels, "several kernels")
    for shown, look_of in zip(data.kernels, looks, strict=True):
        top.plot(data.t, np.maximum(shown.defects, 1e-40), **look_of)
    _near_one(top, data)
    for place, ax in enumerate(sheet.panels):
        ax.set_title(f"{letters(place)} {ax.get_title('left')}", loc="left")
    words = [c.label if c.slope is None else f"{c.label}: ${c.slope}$" for c in data.kernels]
    sheet.legend(handles, words)
    return sheet.settle()


def _looks(curves: Sequence[Curve]) -> list[Look]:
    """The look of the family, thinner for each further kernel of it; others in colours that are free."""
    found: list[Look] = []
    for shown, colour in zip(curves, colours([c.family for c in curves]), strict=True):
        before = sum(one["color"] == colour for one in found)
        found.append(look(shown.family, 2.2 - 0.9 * min(before, 2), color=colour))
    return found


def _over_u(ax: Axes, data: Functions, curves: Sequence[Curve], title: str) -> None:
    low = min(float(c.values.min()) for c in curves)
    ax.set(xlim=(-1, 1), ylim=(min(0.0, low) - 0.08, 1.02), xlabel="$u$")
    ax.set_xticks([-1, -0.5, 0, 0.5, 1])
    ax.set_title(title, loc="left")
    ax.set_ylabel(r"$\kappa(u)/\kappa(1)$")


def _near_one(ax: Axes, data: Functions) -> None:
    ax.axvspan(1e-31, HALF_SPACING, color="0.94", lw=0, zorder=0)
    ax.text(3e-31, 2e-18, "$u$ rounds to $1$", color="0.35", fontsize="small")
    ax.set(xscale="log", yscale="log", xlim=(1e-31, 10), ylim=(1e-19, 10), xlabel="$1-u$")
    log_ticks(ax.xaxis, 1e-31, 10, most=6)
    log_ticks(ax.yaxis, 1e-19, 10, most=6)
    ax.set_title("below the top, and its power", loc="left")
    ax.set_ylabel(r"$1-\kappa(u)/\kappa(1)$")
