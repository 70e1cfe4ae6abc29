"""Eigenvalues times their power of k: what depth does to their decay (Bietti & Bach 2021; claims 24, 25, 28, 29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..kernels.parser import parse
from ..numbers.checks import integer
from ..results.tables import Table
from .eigenvalues import Line, degree_axis, degrees, line, marks, parity_legend
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import LOOKS, integers, reals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panels = Mapping[tuple[str, int], Sequence[Line]]  # family and dimension: lines
FAMILIES: dict[str, str] = {  # title: the kernel of each depth
    "RF": "rf({})",
    "NTK": "ntk({})",
    "step": "rf({}, degree=0)",
}
DEPTHS = (2, 3, 5, 10)
STEP_DEPTHS = (2, 3, 4, 5)  # the power falls with depth: deeper ones are beyond the panel
SCALES = (0.5, 1.0, 2.0, 4.0)


def constant_lines(
    dims: int | Sequence[int] = (4,),
    depths: Sequence[int] = DEPTHS,
    step_depths: Sequence[int] = STEP_DEPTHS,
    scales: Sequence[float] = SCALES,
    last: int = 10**6,
    count: int = 12,
) -> Panels:
    """The lines of `decay_constants` by family and dimension."""
    dims, last = integers("dims", dims, 2, 1000), integer("last", last, 20, 10**9)
    k = degrees(last, integer("count", count, 4, 500))
    chosen = {
        "RF": integers("depths", depths, 2, 10_000),
        "NTK": integers("depths", depths, 2, 10_000),
        "step": integers("step_depths", step_depths, 2, 40),
    }
    sizes = reals("scales", scales, 1e-6, 1e6)
    kernels = {name: [(parse(text.format(n)), f"$L={n}$") for n in chosen[name]] for name, text in FAMILIES.items()}
    kernels["Laplace"] = [(parse(f"laplace(c={c:g})"), f"$c={c:g}$") for c in sizes]
    return {
        (name, d): [line(kernel, d, k, said) for kernel, said in kernels[name]]
        for d in dims
        for name in ("RF", "NTK", "Laplace", "step")
        if kernels[name]
    }


def decay_constants(
    dims: int | Sequence[int] = (4,),
    depths: Sequence[int] = DEPTHS,
    *,
    step_depths: Sequence[int] = STEP_DEPTHS,
    scales: Sequence[float] = SCALES,
    last: int = 10**6,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Eigenvalues times their power of k: what depth does to the constants of networks, and Laplace's scale.

    Parameters
    ----------
    dims : dimensions d of the spaces around the spheres, from 2 to 1000; one number, or several.
    depths : numbers of layers of ReLU networks, from 2 on; `step_depths` those of step networks.
    scales : c of the Laplace kernels e^{-c sqrt(1-u)}.
    last : the highest degree, from 20 to 10^9.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (a panel a family and dimension) and a table of the exact powers and of the constants by parity.
    """
    data = constant_lines(dims, depths, step_depths, scales, last)
    return finished(draw_constants, data, constants_table(data), width, font)


def constants_table(data: Panels) -> Table:
    """A row for each kernel: mu_k ~ even k^-exponent or odd k^-exponent; 0 where the parity falls faster."""
    rows = [
        {
            "family": name,
            "kernel": shown.kernel,
            "d": shown.d,
            "exponent": shown.exponent,
            "even": shown.even,
            "odd": shown.odd,
        }
        for (name, _), lines in data.items()
        for shown in lines
    ]
    return Table(rows, caption="Powers and constants of the decay")


def draw_constants(data: Panels, width: float = PAGE) -> Figure:
    """A panel a family and dimension."""
    tallest = max(len(lines) for lines in data.values())
    sheet = Sheet(width, len(data), max(1.9, 0.34 * tallest), across=2, least=3.0, legend=0.3)
    for place, (ax, ((name, _), lines)) in enumerate(zip(sheet.panels, data.items(), strict=True)):
        degree_axis(ax, lines, f"{letters(place)} {constants_title(name, lines)}")
        _constants(sheet, ax, lines)
        if ax not in sheet.lowest:
            ax.set_xlabel("")
    sheet.legend(*parity_legend())
    return sheet.settle()


def constants_title(name: str, lines: Sequence[Line]) -> str:
    """The family, and what its eigenvalues are multiplied by in this dimension."""
    powers = {shown.exponent for shown in lines}
    d = lines[0].d
    if len(powers) > 1:
        return rf"{name}: $k^{{d+2\nu-1}}\,\mu_k$, $d={d}$"
    (power,) = powers
    return rf"{name}: $k^{{{power}}}\,\mu_k$, $d={d}$"


def _constants(sheet: Sheet, ax: Axes, lines: Sequence[Line]) -> None:
    colour = LOOKS[lines[0].family]["color"]
    names: list[tuple[float, str, str]] = []
    for shown in lines:
        power = float(shown.exponent or 0) * np.log10(shown.k)
        for odd in (False, True):
            chosen = shown.parity(odd) & np.isfinite(shown.asymptote)
            if (shown.odd if odd else shown.even) == 0:
                continue
            k, scaled = shown.k[chosen], shown.log10[chosen] + power[chosen]
            marks(ax, k, 10**scaled, colour, "o", odd)
            late = chosen & (shown.k > 4)
            ax.plot(shown.k[late], 10 ** (shown.asymptote + power)[late], "-", color="black", lw=0.7, zorder=3)
        even, odd_constant = shown.even, shown.odd
        if min(even, odd_constant) > 0.9 * max(even, odd_constant):
            names.append(((even * odd_constant) ** 0.5, shown.label, colour))
        else:
            both = ((even, "even"), (odd_constant, "odd"))
            names += [(value, f"{shown.label}, {parity}", colour) for value, parity in both if value]
    constants = [value for value, _, _ in names]
    ax.set(yscale="log", ylim=(0.45 * min(constants), 1.6 * max(constants)))
    log_ticks(ax.yaxis, *ax.get_ylim(), most=7)
    sheet.names(ax, names)
