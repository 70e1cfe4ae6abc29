r"""Which functions the RKHS of which kernel holds: powers s of max(0, u)^s and |u|^s against kernels and depths.

Decided by `kernelspec.rkhs.Space.contains`. A kink u^s at u = 0 has harmonics g_k ~ k^{-s-d/2} (Bach 2017, claim 19),
so that with mu_k ~ k^{-2 beta} the function is in the RKHS exactly if s > beta - 1/2, on each parity that it has (claim
8): that is where the bars stand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..kernels.zonal import Zonal
from ..results.tables import Table
from ..rkhs import Space, abs_power, relu, ridge
from ..rkhs.profiles import PowerProfile
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, letters
from .looks import Kernels, as_kernels, colours, family, integers, label, reals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

#: A power; inf where mu_k falls faster than any; None where it is 0 from some degree on; the text where it is unknown.
Beta: TypeAlias = "Fraction | float | None | str"
UNKNOWN = "?"
KERNELS = (
    "rf(2, degree=0)", "rf(3, degree=0)", "rf(4, degree=0)", "rf(6, degree=0)",
    "ntk(2)", "ntk(3)", "ntk(10)", "laplace(c=1)", "matern(nu=1)",
    "rf(2)", "rf(3)", "rf(10)", "matern(nu=1.5)", "rf(3, degree=2)", "exponential(1)",
)  # fmt: skip
PROFILES: tuple[tuple[str, Callable[[Fraction], PowerProfile], str], ...] = (
    ("relu", relu, r"$\max(0, x_1)^s$"),
    ("abs_power", abs_power, r"$|x_1|^s$"),
)
_STEP, _COUNT = Fraction(1, 8), 37


@dataclass(frozen=True)
class Line:
    """One kernel and profile on S^{d-1}: for each power whether the function is in the RKHS, None where undecided.

    `betas` are those of even and odd degrees, mu_k ~ k^{-2 beta}; `bars` the powers beyond which the decay allows the
    function.
    """

    kernel: str
    label: str
    colour: str
    d: int
    profile: str
    powers: tuple[Fraction, ...]
    members: tuple[bool | None, ...]
    betas: tuple[Beta, Beta]
    bars: tuple[float, ...]


def powers_of(d: int) -> tuple[Fraction, ...]:
    """37 multiples of 1/8 around d/2, where the powers that networks allow begin."""
    first = max(0, d // 2 - 2)
    return tuple(first + _STEP * i for i in range(_COUNT))


def space_of(kernel: Zonal, d: int) -> Space:
    """The RKHS of one of `kernels`; ValueError where it has none."""
    try:
        return Space(kernel, d)
    except ValueError as error:
        raise ValueError(f"kernels must have an RKHS on S^{d - 1}, got {kernel!r}: {error}") from error


def betas_of(space: Space) -> tuple[Beta, Beta]:
    """The exponents of both parities, where they are known."""
    try:
        found = space.smoothness
    except (NotImplementedError, ValueError):  # no law of decay
        return UNKNOWN, UNKNOWN
    return found.even, found.odd


def memberships(
    kernels: Kernels = KERNELS, dims: int | Sequence[int] = (5,), powers: Sequence[float] | None = None
) -> list[Line]:
    """Each profile and power in the RKHS of each kernel, in each dimension."""
    chosen, dims = as_kernels("kernels", kernels), integers("dims", dims, 2, 1000)
    own = None if powers is None else tuple(Fraction(repr(s)) for s in sorted(set(reals("powers", powers, 0, 100))))
    return [
        line(kernel, colour, d, name, powers_of(d) if own is None else own)
        for d in dims
        for name, _, _ in PROFILES
        for kernel, colour in zip(chosen, colours([family(kernel) for kernel in chosen]), strict=True)
    ]


def line(kernel: Zonal, colour: str, d: int, name: str, powers: tuple[Fraction, ...]) -> Line:
    """One kernel and profile."""
    profile = next(made for known, made, _ in PROFILES if known == name)
    space, first = space_of(kernel, d), [1] + [0] * (d - 1)
    members = tuple(space.contains(ridge(profile(s), first)).member for s in powers)
    betas = betas_of(space)
    own = betas[:1] if name == "abs_power" else betas  # |u|^s has no odd degrees
    bars = {float(beta) - 0.5 for beta in own if isinstance(beta, Fraction)}
    return Line(repr(kernel), label(kernel), colour, d, name, powers, members, betas, tuple(sorted(bars)))


def membership_map(
    kernels: Kernels = KERNELS,
    dims: int | Sequence[int] = (5,),
    *,
    powers: Sequence[float] | None = None,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""Which of max(0, x_1)^s and |x_1|^s on S^{d-1} are in the RKHS of which kernel.

    Parameters
    ----------
    kernels : kernels, or texts of kernels, positive definite on these spheres.
    dims : dimensions d of the spaces around the spheres, from 2 to 1000; one number, or several.
    powers : s, from 0 to 100, floats that stand for the decimals that they print; None for multiples of 1/8 near d/2.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (for each dimension, of max(0, x_1)^s and of |x_1|^s) and a table with a row for each function.
    Raises ValueError for a kernel without an RKHS. Source: Bietti & Bach 2021, Appendix A (claims 8, 19, 32).
    """
    data = memberships(kernels, dims, powers)
    return finished(draw, data, table(data), width, font)


def table(data: Sequence[Line]) -> Table:
    """A row for each dimension, profile, kernel and power."""
    rows = [
        {
            "d": shown.d,
            "profile": shown.profile,
            "s": s,
            "kernel": shown.kernel,
            "member": {True: "yes", False: "no", None: "undecided"}[member],
            "beta_even": written(shown.betas[0]),
            "beta_odd": written(shown.betas[1]),
        }
        for shown in data
        for s, member in zip(shown.powers, shown.members, strict=True)
    ]
    return Table(rows, caption="Membership of max(0, x1)^s and |x1|^s in an RKHS on the sphere")


def written(beta: Beta) -> str:
    """beta as text: none where mu_k = 0 for large k."""
    return "none" if beta is None else str(beta)


def draw(data: Sequence[Line], width: float = PAGE) -> Figure:
    """For each dimension, a panel for each profile: kernels from top to bottom, powers from left to right."""
    groups: dict[tuple[int, str], list[Line]] = {}
    for shown in data:
        groups.setdefault((shown.d, shown.profile), []).append(shown)
    count = len(next(iter(groups.values())))
    sheet = Sheet(width, len(groups), 0.75 + 0.175 * count, across=2, least=2.6, legend=0.3)
    titles = {name: title for name, _, title in PROFILES}
    for place, (ax, ((d, name), lines)) in enumerate(zip(sheet.panels, groups.items(), strict=True)):
        _panel(ax, lines)
        named = [shown.label if ax in sheet.first else "" for shown in lines]
        ax.set_yticks(range(0, -count, -1), named)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(0.4 - count, 1.3)
        if place % sheet.columns == sheet.columns - 1:
            heights = [(-float(row), _betas(shown.betas), "black") for row, shown in enumerate(lines)]
            sheet.names(ax, [(1.0, r"$\beta$", "black"), *heights])
        ax.set_title(f"{letters(place)} {titles[name]}, $d={d}$", loc="left")
        ax.set_xlabel("power $s$ of the function")
    sheet.legend(*_words(data))
    return sheet.settle()


def _panel(ax: Axes, lines: Sequence[Line]) -> None:
    ax.grid(visible=False, axis="y")
    low, high = float(lines[0].powers[0]), float(lines[0].powers[-1])
    margin = 0.03 * (high - low) or 0.5
    ax.set_xlim(low - margin, high + margin)
    for row, shown in enumerate(lines):
        s = np.array([float(power) for power in shown.powers])
        for member, look in _LOOKS.items():
            own = [found is member for found in shown.members]
            ax.plot(s[own], np.full(sum(own), -row), **look, **_coloured(member, shown.colour))
        ax.plot(shown.bars, [-row] * len(shown.bars), "|", color="black", ms=8, mew=1.2, zorder=4)


_LOOKS: dict[bool | None, drawing.Look] = {
    True: {"linestyle": "", "marker": "o", "ms": 3.4, "mew": 0.0},
    False: {"linestyle": "", "marker": "o", "ms": 2.0, "mew": 0.5, "mfc": "white"},
    None: {"linestyle": "", "marker": "$?$", "ms": 4.0, "mew": 0.3},
}


def _coloured(member: bool | None, colour: str) -> drawing.Look:
    return {"color": "0.55" if member is False else "black" if member is None else colour}


def _betas(betas: tuple[Beta, Beta]) -> str:
    even, odd = ("-" if beta is None else r"$\infty$" if beta == math.inf else str(beta) for beta in betas)
    return even if even == odd else f"{even}; {odd}"


def _words(data: Sequence[Line]) -> tuple[list[Line2D], list[str]]:
    from matplotlib.lines import Line2D

    words = {True: "in the RKHS", False: "not in the RKHS", None: "not decided"}
    seen = {member for shown in data for member in shown.members}
    found = [member for member in words if member in seen]
    handles = [Line2D([], [], **_LOOKS[member], **_coloured(member, "black")) for member in found]
    bar = Line2D([], [], linestyle="", marker="|", color="black", ms=8, mew=1.2)
    return [*handles, bar], [*(words[member] for member in found), r"$s=\beta-1/2$"]
