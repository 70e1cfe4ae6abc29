r"""The constants of the singular powers at both ends by depth (Bietti & Bach 2021; claims 24, 25, 26, 29).

kappa(1-t) and kappa(-1+t) hold c_{+1} t^nu and c_{-1} t^nu, nu the least non-integer power; with C(d, nu) of
claim 15, mu_k ~ (c_{+1} + (-1)^k c_{-1}) C(d, nu) k^{-d-2nu+1}. All of it is read off the exact expansions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..expansions import InnerValue, number
from ..kernels.parser import parse
from ..kernels.zonal import Zonal
from ..numbers.precision import with_balls
from ..results.tables import Table
from ..views import drawing
from ..views.drawing import Look
from .layout import PAGE, Drawn, Sheet, finished, log_ticks, sparse_ticks
from .looks import LOOKS, integers

if TYPE_CHECKING:
    import sympy
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DEPTHS = (2, 3, 4, 5, 6)
FAMILIES = {
    "random features (NNGP), ReLU": "rf({})",
    "tangent kernel, ReLU": "ntk({})",
    "tangent kernel with input bias": "ntk({}, bias=True)",
    "random features, step": "rf({}, degree=0)",
}


@dataclass(frozen=True)
class Coefficient:
    """A coefficient: exactly, in LaTeX with b_j for nested values of kappa_1, and its value."""

    exact: sympy.Expr
    latex: str
    value: float


@dataclass(frozen=True)
class Row:
    """The coefficients of t^nu at both ends; `power` and `first`: the first non-integer power at -1.

    `ratio` is the limit of even over odd eigenvalues, None where the odd ones vanish or the even ones.
    """

    depth: int
    kernel: str
    nu: Fraction
    plus: Coefficient
    minus: Coefficient
    power: Fraction
    first: Coefficient
    ratio: float | None


_MOST_OPERATIONS = 400  # of a coefficient that a table holds exactly
_LONGEST = 95  # characters of LaTeX; a longer coefficient is printed by its decimals
_LOOKS: dict[str, Look] = {
    "random features (NNGP), ReLU": LOOKS["RF"],
    "tangent kernel, ReLU": LOOKS["NTK"],
    "tangent kernel with input bias": {"color": drawing.ORANGE, "linestyle": (0, (3, 1.2))},
    "random features, step": LOOKS["step"],
}
_HEADINGS = {
    "L": "$L$",
    "nu": r"$\nu$",
    "c_plus": "$c_{+1}$",
    "c_plus_decimal": "",
    "c_minus": "$c_{-1}$",
    "c_minus_decimal": "",
    "power": "first power at $-1$",
    "first": "its coefficient",
    "ratio": "even/odd",
}
Blocks = dict[str, list[Row]]


@with_balls
def row(text: str, depth: int) -> Row:
    """The constants of the kernel of that name."""
    kernel = parse(text)
    right, left = singular(kernel, 1), singular(kernel, -1)
    nu = min(right[0], left[0])
    plus, minus = (end[1] if end[0] == nu else 0 for end in (right, left))
    vanishes = plus == minus or plus == -minus
    one, other = coefficient(plus), coefficient(minus)
    # Depth makes c_{-1} small beside c_{+1}: nothing cancels.
    ratio = None if vanishes else (one.value + other.value) / (one.value - other.value)
    return Row(depth, text, nu, one, other, left[0], coefficient(left[1]), ratio)


def singular(kernel: Zonal, at: int) -> tuple[Fraction, sympy.Expr]:
    """The first non-integer power at an end, with its exact coefficient."""
    terms = 4
    while True:
        for exponent, value in kernel.expand(at=at, terms=terms).terms:
            if exponent.denominator > 1:
                return exponent, value
        terms *= 2


def coefficient(value: sympy.Expr) -> Coefficient:
    """A sympy number with its LaTeX, the nested values of deep layers by the names of claim 24 (Bietti & Bach 2021)."""
    import sympy

    value = sympy.sympify(value)
    named = {atom: sympy.Symbol(_name(atom)) for atom in value.atoms(InnerValue)}
    latex = sympy.latex(value.xreplace(named), fold_frac_powers=True)
    return Coefficient(value, latex, float(number(value)))


def _name(value: sympy.Expr) -> str:
    import sympy

    if value.degree == 1 and (place := _layer(value)):
        return f"b_{{{place}}}"
    place = _layer(value.x)
    inner = f"b_{{{place}}}" if place else sympy.latex(value.x, fold_short_frac=True)
    return rf"\kappa_{{{value.degree}}}({inner})"


def _layer(value: sympy.Expr) -> int:
    """j where the value is b_j = kappa_1(b_{j-1}), b_3 = 1/pi; 0 for another number."""
    import sympy

    if value == 1 / sympy.pi:
        return 3
    if isinstance(value, InnerValue) and value.degree == 1:
        below = _layer(value.x)
        return below + 1 if below else 0
    return 0


def blocks(depths: Sequence[int] = DEPTHS) -> Blocks:
    """The rows of each family."""
    depths = integers("depths", depths, 2, 30)
    return {title: [row(name.format(n), n) for n in depths] for title, name in FAMILIES.items()}


def end_constants(depths: Sequence[int] = DEPTHS, *, width: float = PAGE, font: str = "stix") -> Drawn:
    r"""The coefficients c_{+1} and c_{-1} of t^nu at both ends of networks, by depth.

    Parameters
    ----------
    depths : numbers of layers, from 2 to 30.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (a panel a family, and the limits of even over odd eigenvalues) and a table of the exact
    coefficients, whose ``to_latex`` is for a paper.
    """
    data = blocks(depths)
    return finished(draw, data, table(data), width, font)


def table(data: Mapping[str, Sequence[Row]]) -> Table:
    """A row for each kernel: exact numbers, and their decimals."""
    rows = [
        {
            "family": title,
            "L": shown.depth,
            "kernel": shown.kernel,
            "nu": shown.nu,
            "c_plus": shown.plus.exact,
            "c_plus_decimal": shown.plus.value,
            "c_minus": shown.minus.exact,
            "c_minus_decimal": shown.minus.value,
            "power_at_minus_one": shown.power,
            "first_at_minus_one": _readable(shown.first),
            "even_over_odd": shown.ratio,
        }
        for title, block in data.items()
        for shown in block
    ]
    return Table(rows, caption="The constants at both ends, by depth")


def _readable(value: Coefficient) -> sympy.Expr | float:
    """The exact number, or its decimals where that would fill a page."""
    from ..expansions.inner_value import NestedNumber
    from ..numbers.generators import size_of

    long = value.exact.count_ops() + sum(size_of(held.number) for held in value.exact.atoms(NestedNumber))
    return value.exact if long <= _MOST_OPERATIONS else value.value


def printed(data: Mapping[str, Sequence[Row]]) -> Table:
    """The table for a paper: formulas with b_j for nested values, b_3 = 1/pi, and decimals."""
    import sympy

    def formula(shown: Coefficient) -> sympy.Expr | float:
        if len(shown.latex) > _LONGEST:
            return round(shown.value, 6)
        return sympy.Symbol(shown.latex)  # which LaTeX prints as it is

    rows = [
        {
            "family": title if place == 0 else "",
            "L": shown.depth,
            "nu": shown.nu,
            "c_plus": formula(shown.plus),
            "c_plus_decimal": round(shown.plus.value, 4),
            "c_minus": formula(shown.minus),
            "c_minus_decimal": round(shown.minus.value, 4),
            "power": shown.power,
            "first": formula(shown.first),
            "ratio": math.inf if shown.ratio is None else round(shown.ratio, 4),
        }
        for title, block in data.items()
        for place, shown in enumerate(block)
    ]
    return Table(rows, caption="The constants at both ends, by depth", headings=_HEADINGS)


def draw(data: Mapping[str, Sequence[Row]], width: float = PAGE) -> Figure:
    """Sizes of the coefficients by depth, and the limits of even over odd eigenvalues."""
    from matplotlib.lines import Line2D

    sheet = Sheet(width, 2, 2.7, across=2, least=2.5, legend=0.5)
    sizes, ratios = sheet.panels
    depths = sorted({shown.depth for block in data.values() for shown in block})
    handles: list[Artist] = []
    labels: list[str] = []
    for title, block in data.items():
        look = _LOOKS[title] | {"lw": 1.1, "marker": "o", "ms": 4, "mew": 0.9}
        for side, fill in (("plus", look["color"]), ("minus", "white")):
            shown = [(row.depth, abs(getattr(row, side).value)) for row in block]
            _line(sizes, shown, look | {"mfc": fill})
        faded = [(row.depth, abs(row.ratio - 1)) for row in block if row.ratio is not None]
        _line(ratios, faded, look)
        handles += [Line2D([], [], **look)]
        powers = {row.nu for row in block}
        said = rf", $\nu={powers.pop()}$" if len(powers) == 1 else ""
        labels.append(title + said)
    dot: Look = {"linestyle": "", "marker": "o", "ms": 4, "mew": 0.9, "color": "black"}
    handles += [Line2D([], [], **dot), Line2D([], [], **dot, mfc="white")]
    labels += ["$c_{+1}$", "$c_{-1}$"]
    for ax in sheet.panels:
        ax.set(yscale="log", xlabel="layers $L$")
        sparse_ticks(ax.xaxis, depths)
        log_ticks(ax.yaxis, *ax.get_ylim(), most=8)
    sizes.set_title(r"(a) sizes of the coefficients of $t^\nu$", loc="left")
    sizes.set_ylabel(r"$|c_{\pm1}|$")
    ratios.set_title("(b) parity fades with depth", loc="left")
    ratios.set_ylabel(r"$|\mathrm{even}/\mathrm{odd}-1|$")
    sheet.legend(handles, labels)
    return sheet.settle()


def _line(ax: Axes, shown: list[tuple[int, float]], look: Look) -> None:
    """A line through what is not 0, which has no place on a logarithmic axis."""
    points = sorted((depth, value) for depth, value in shown if value)
    ax.plot([depth for depth, _ in points], [value for _, value in points], **look)
