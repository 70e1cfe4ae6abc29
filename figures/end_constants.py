r"""The constants of the singular powers at both ends by depth (claims 24, 25, 26, 29), as a table.

kappa(1-t) and kappa(-1+t) hold c_{+1} t^nu and c_{-1} t^nu, nu the least non-integer power; with C(d, nu) of
claim 15, mu_k ~ (c_{+1} + (-1)^k c_{-1}) C(d, nu) k^{-d-2nu+1}. All of it is read off the exact expansions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import kernelspec as ks
from figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "end-constants"
TITLE = "The constants at both ends, by depth"
CAPTION = r"""
The least non-integer power $t^\nu$ of $\kappa(1-t)$ and of $\kappa(-1+t)$, and its exact coefficients
$c_{+1}$ and $c_{-1}$, for networks of $L$ layers; $b_3 = 1/\pi$, $b_{j+1} = \kappa_1(b_j)$. The
eigenvalues in every dimension follow: $\mu_k \sim (c_{+1} + (-1)^k c_{-1})\,C(d,\nu)\,k^{-d-2\nu+1}$.
Even over odd is the limit of that ratio, $(c_{+1}+c_{-1})/(c_{+1}-c_{-1})$: parity fades with depth.
With a bias, and in step networks of three layers or more, the first power at $-1$ is higher than the
one at $+1$, and the parities decay alike.
"""
ORDER = 22

DEPTHS = (2, 3, 4, 5, 6)
FAMILIES = {
    "random features (NNGP), ReLU": "rf({})",
    "tangent kernel, ReLU": "ntk({})",
    "tangent kernel with input bias": "ntk({}, bias=True)",
    "random features, step": "rf({}, degree=0)",
}
_LONGEST = 95  # characters of LaTeX; a longer coefficient is given by its decimals alone


@dataclass(frozen=True)
class Coefficient:
    """A coefficient: LaTeX, with b_j for nested values of kappa_1, and its value."""

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


Table = dict[str, list[Row]]


def row(text: str, depth: int) -> Row:
    """The constants of the kernel of that name."""
    kernel = ks.parse(text)
    right, left = singular(kernel, 1), singular(kernel, -1)
    nu = min(right[0], left[0])
    plus, minus = (end[1] if end[0] == nu else 0 for end in (right, left))
    vanishes = plus == minus or plus == -minus
    ratio = None if vanishes else float((plus + minus) / (plus - minus))
    return Row(
        depth, text, nu, coefficient(plus), coefficient(minus), left[0], coefficient(left[1]), ratio
    )


def singular(kernel: ks.Zonal, at: int) -> tuple[Fraction, Any]:
    """The first non-integer power at an end, with its exact coefficient."""
    terms = 4
    while True:
        for exponent, value in kernel.expand(at=at, terms=terms).terms:
            if exponent.denominator > 1:
                return exponent, value
        terms *= 2


def coefficient(value: Any) -> Coefficient:
    """A sympy number with its LaTeX, the nested values of deep layers by the names of claim 24."""
    import sympy

    value = sympy.sympify(value)
    named = {atom: sympy.Symbol(_name(atom)) for atom in value.atoms(ks.puiseux.InnerValue)}
    latex = sympy.latex(value.xreplace(named), fold_frac_powers=True)
    return Coefficient(latex, float(value))


def _name(value: Any) -> str:
    import sympy

    if value.degree == 1 and (place := _layer(value)):
        return f"b_{{{place}}}"
    place = _layer(value.x)
    inner = f"b_{{{place}}}" if place else sympy.latex(value.x, fold_short_frac=True)
    return rf"\kappa_{{{value.degree}}}({inner})"


def _layer(value: Any) -> int:
    """j where the value is b_j = kappa_1(b_{j-1}), b_3 = 1/pi; 0 for another number."""
    import sympy

    if value == 1 / sympy.pi:
        return 3
    if isinstance(value, ks.puiseux.InnerValue) and value.degree == 1:
        below = _layer(value.x)
        return below + 1 if below else 0
    return 0


def compute(quick: bool = False) -> Table:
    """The rows of each family; `quick` leaves out the deepest."""
    depths = DEPTHS[:-1] if quick else DEPTHS
    return {title: [row(name.format(n), n) for n in depths] for title, name in FAMILIES.items()}


def draw(data: Table) -> Figure:
    """Four blocks, two to a line."""
    from matplotlib.figure import Figure

    rows = max(len(block) for block in data.values())
    figure = Figure(figsize=(style.PAGE, 2 * (0.37 * rows + 0.8)))
    panels = figure.subplots(2, 2, gridspec_kw={"wspace": 0.08})
    for ax, (title, block) in zip(panels.flat, data.items(), strict=True):
        _block(ax, title, block, rows)
    return figure


def _block(ax: Axes, title: str, block: list[Row], rows: int) -> None:
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(rows - 0.2, -1.9))
    power = rf", $\nu = {_fraction(block[0].nu)}$" if _one_power(block) else ""
    ax.text(0, -1.45, title + power, weight="bold")
    for y in (-1.2, -0.6, rows - 0.3):
        ax.plot([0, 1], [y, y], "-", color="black", lw=0.7, clip_on=False)
    for x, side, head, entry in _columns(block):
        ax.text(x, -0.8, head, ha=side, fontsize=8.5)
        for y, shown in enumerate(block):
            ax.text(x, y + 0.1, entry(shown), ha=side, fontsize=8.5)


def _columns(block: list[Row]) -> list[tuple[float, str, str, Callable[[Row], str]]]:
    """Place, alignment, head and entry of each column."""
    depth: Any = (0, "left", "$L$", lambda shown: str(shown.depth))

    def exact(x: float) -> Any:
        return x, "left", "$c_{+1}$", lambda shown: _exact(shown.plus)

    def value(x: float) -> Any:
        return x, "right", "", lambda shown: _decimals(shown.plus)

    def at_minus_one(x: float) -> Any:
        return x, "left", "$c_{-1}$", lambda shown: _exact(shown.minus)

    def first(x: float) -> Any:
        return x, "left", "first power at $-1$", _first

    if all(shown.minus.value for shown in block):
        ratio: Any = (1, "right", "even/odd", _ratio)
        other: Any = (0.865, "right", "", lambda shown: _decimals(shown.minus))
        return [depth, exact(0.06), value(0.33), at_minus_one(0.365), other, ratio]
    if _one_power(block):
        return [depth, exact(0.06), value(0.33), at_minus_one(0.41), first(0.56)]
    nu: Any = (0.07, "left", r"$\nu$", lambda shown: f"${_fraction(shown.nu)}$")
    return [depth, nu, exact(0.2), value(0.51), at_minus_one(0.56), first(0.68)]


def _one_power(block: list[Row]) -> bool:
    return len({shown.nu for shown in block}) == 1


def _exact(value: Coefficient) -> str:
    return f"${value.latex}$".replace(r"\frac", r"\dfrac")


def _decimals(value: Coefficient) -> str:
    return f"${value.value:.4f}$"


def _first(shown: Row) -> str:
    readable = len(shown.first.latex) <= _LONGEST
    size = _exact(shown.first) if readable else f"${shown.first.value:.6f}$"
    return rf"{size}$\,t^{{{_fraction(shown.power)}}}$"


def _ratio(shown: Row) -> str:
    return r"$\infty$" if shown.ratio is None else f"${shown.ratio:.4f}$"


def _fraction(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
