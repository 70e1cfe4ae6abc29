r"""The kernels as functions of u, and how they leave kappa(1) near u = 1.

What depth does to random-feature (RF) and tangent kernels (NTK), the other kernels of the library,
and 1 - kappa/kappa(1) against 1 - u, read from the angle, far below the spacing of float64 numbers
next to 1: the exponents seen there are those that set the decay of the eigenvalues (claims 13,
24-30).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from figures._families import LOOKS, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "kernel-functions"
TITLE = "The kernels as functions of the cosine"
CAPTION = r"""
Kernels over their value at $u = 1$. (a) Random-feature kernels of ReLU networks of $L$ layers; the
dots are $\kappa^L(-1)$. (b) Their tangent kernels, whose bend at $u = 1$ tightens with depth while
the rest flattens towards $1/4$ (grey). (c) Two-layer kernels of the activations $\max(0, u)^s$, the
step being $s = 0$; a step network of three layers; the Laplace kernel $e^{-\sqrt{1-u}}$. (d) The
distance from the top, $1 - \kappa(u)/\kappa(1)$, against $1 - u$. RF and $\mathrm{ReLU}^2$ leave it
with slope $1$; NTK, Laplace and the two-layer step kernel with slope $1/2$, and each further
step layer halves the slope. In the shaded part $u$ itself is $1$ in float64; the library reads
the kernel from the angle, here down to $\theta = 10^{-15}$.
"""
ORDER = 10

Array = NDArray[np.float64]
DEPTHS = (2, 3, 5, 10)
HALF_SPACING = 2.0**-54  # a 1 - u below this rounds to 0


@dataclass(frozen=True)
class Curve:
    """kappa(u)/kappa(1) at `Functions.u`; `kernel` is its text."""

    kernel: str
    family: str
    rank: int
    label: str
    values: Array
    slope: float = 0.0
    above: bool = True


@dataclass(frozen=True)
class Functions:
    """The curves of the four panels: three over u, one over 1 - u = 2 sin^2(theta/2)."""

    u: Array
    rf: list[Curve]
    ntk: list[Curve]
    activations: list[Curve]
    theta: Array
    defects: list[Curve]

    @property
    def t(self) -> Array:
        """1 - u at the angles `theta`."""
        return 2 * np.sin(self.theta / 2) ** 2


def compute(quick: bool = False) -> Functions:
    """The values of all curves; `quick` takes fewer points."""
    points = 101 if quick else 401
    # Equal steps in the angle crowd at both ends, where the kernels bend.
    u = np.cos(np.linspace(np.pi, 0, points))
    theta = np.geomspace(1e-15, np.pi, points)

    def curve(text: str, family: str, rank: int, label: str) -> Curve:
        kernel = ks.parse(text)
        return Curve(text, family, rank, label, kernel(u) / kernel.at_one)

    def defect(text: str, family: str, rank: int, label: str, slope: float = 0.0) -> Curve:
        kernel = ks.parse(text)
        values = kernel.of_angle(theta, defect=True) / kernel.at_one
        return Curve(text, family, rank, label, values, slope, above=family != "RF")

    return Functions(
        u=u,
        rf=[curve(f"rf({n})", "RF", i, f"$L={n}$") for i, n in enumerate(DEPTHS)],
        ntk=[curve(f"ntk({n})", "NTK", i, f"$L={n}$") for i, n in enumerate(DEPTHS)],
        activations=[
            curve("rf(3, degree=0)", "step", 2, "step, $L=3$"),
            curve("rf(2, degree=0)", "step", 0, "step"),
            curve("laplace(c=1)", "Laplace", 2, "Laplace"),
            curve("rf(2)", "RF", 1, "ReLU"),
            curve("rf(2, degree=2)", "ReLU^2", 1, "ReLU$^2$"),
        ],
        theta=theta,
        defects=[
            defect("rf(4, degree=0)", "step", 3, "step, $L=4$: $1/8$", 1 / 8),
            defect("rf(3, degree=0)", "step", 2, "step, $L=3$: $1/4$", 1 / 4),
            defect("ntk(10)", "NTK", 1, "NTK, Laplace, step: $1/2$", 1 / 2),
            defect("laplace(c=1)", "Laplace", 1, "Laplace"),
            defect("rf(2, degree=0)", "step", 0, "step, $L=2$"),
            defect("rf(2, degree=2)", "ReLU^2", 0, "ReLU$^2$"),
            defect("rf(2)", "RF", 0, "RF, ReLU$^2$: $1$", 1.0),
        ],
    )


def draw(data: Functions) -> Figure:
    """Four panels: RF, NTK, activations, and the way down from u = 1."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE, 5.4))
    (rf, ntk), (activations, top) = figure.subplots(2, 2)
    _over_u(rf, data, data.rf, "(a) random features")
    _over_u(ntk, data, data.ntk, "(b) tangent kernels")
    _over_u(activations, data, data.activations, "(c) activations")
    for shown in data.rf:
        value = shown.values[0]
        rf.plot(-1, value, "o", color=style.BLUE, ms=3.5, clip_on=False, zorder=5)
        rise = 0.05 if value == 0 else 0.025
        _name(rf, shown, -0.97, value + rise)
    ntk.axhline(0.25, color="0.7", lw=0.8, zorder=1)
    for shown, rise in zip(data.ntk, (-0.075, -0.07, -0.07, 0.025), strict=True):
        _name(ntk, shown, -0.88, np.interp(-0.88, data.u, shown.values) + rise)
    places = ((-0.72, 0.65), (-0.42, 0.455), (-0.96, 0.295), (-0.54, 0.19), (0.22, 0.17))
    for shown, place in zip(data.activations, places, strict=True):
        _name(activations, shown, *place)
    _near_one(top, data)
    return figure


def _over_u(ax: Axes, data: Functions, curves: list[Curve], title: str) -> None:
    alone = len({shown.family for shown in curves}) == 1
    for shown in curves:
        dashes: dict[str, Any] = {"linestyle": "-"} if alone else {}
        ax.plot(data.u, shown.values, **look(shown.family, shown.rank, **dashes))
    ax.set(xlim=(-1, 1), ylim=(-0.16, 1.0), xlabel="$u$", xticks=np.linspace(-1, 1, 5))
    ax.set_title(title, loc="left")
    ax.set_ylabel(r"$\kappa(u)/\kappa(1)$")


def _name(ax: Axes, shown: Curve, x: float, y: float, slope: float = 0.0) -> None:
    """The curve's label with its lower left corner at (x, y), turned to a slope on the paper."""
    ax.text(
        x,
        y,
        shown.label,
        color=LOOKS[shown.family]["color"],
        rotation=float(np.degrees(np.arctan(slope))),
        rotation_mode="anchor",
    )


def _near_one(ax: Axes, data: Functions) -> None:
    for shown in data.defects:
        ax.plot(data.t, shown.values, **look(shown.family, shown.rank))
    ax.axvspan(1e-31, HALF_SPACING, color="0.94", lw=0, zorder=0)
    ax.text(3e-31, 3e-19, "$u$ rounds to $1$", color="0.35")
    ax.set(xscale="log", yscale="log", xlim=(1e-31, 10), ylim=(1e-19, 10), xlabel="$1-u$")
    ax.set_xticks([1e-30, 1e-24, 1e-18, 1e-12, 1e-6, 1])
    ax.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    ax.set_title("(d) the way down from $u=1$, and its slope", loc="left")
    ax.set_ylabel(r"$1-\kappa(u)/\kappa(1)$")
    # Decades of y are this much longer on the paper than decades of x, in a panel of this shape.
    stretch = (2.05 / 20) / (2.75 / 32)
    for shown in data.defects:
        if not shown.slope:
            continue
        middle = 1e-24 if shown.slope < 1 else 1e-13
        value = np.exp(np.interp(np.log(middle), np.log(data.t), np.log(shown.values)))
        side = 2.5 if shown.above else 0.006
        _name(ax, shown, middle, value * side, shown.slope * stretch)
