r"""How well the RKHS of a kernel approximates a function at a given norm: D(r) = min |f - g|_{L2} over |g|_H <= r.

The curves are those of `kernelspec.rkhs.Space.approximation`. Beside them stands the rate of all even functions that
are Lipschitz, r^{-1/(beta-1)} with mu_k ~ k^{-2 beta} (recalled from Bach 2017 for the sup norm, up to a logarithm;
proved in L2: claim 34). Of a function of one coordinate with a kink u^s the energy beyond degree K is K^{-2 sigma},
sigma = s + 1/2, and the norm up to K is K^{beta-sigma}: D(r) falls like r^{-sigma/(beta-sigma)} where beta > sigma.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..results.tables import Table
from ..rkhs import Space, abs_power, ridge
from ..rkhs.function_text import PROFILES
from ..rkhs.profiles import JumpProfile, PowerProfile
from ..views import drawing
from .layout import PAGE, Drawn, Sheet, finished, letters, log_ticks
from .looks import Kernels, as_kernels, colours, family, integers, label, reals, some
from .memberships import betas_of, space_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Profile: TypeAlias = "PowerProfile | JumpProfile"
KERNELS = ("rf(3, degree=0)", "ntk(3)", "laplace(c=1)", "rf(3)")
TARGETS = ("abs_power(1)", "step(0)", "relu(6)")
RADII = (0.1, 1e4)
_CLOSE = 12  # radii that come near to the norm of a function in the RKHS
_SHOWN = 1e-3  # of the largest distance of a panel: curves that fall to 0 leave it there
_TOLD = 0.99  # of the upper bound: below it, the harmonics that are summed do not tell D
_ABOVE = 2.5  # times the largest distance: where the claimed slopes begin
# Dots are for what is claimed.
_DASHES = ("-", (0, (7, 1.8)), (0, (6, 1.5, 1.2, 1.5)), (0, (2.4, 1.2)), (0, (6, 1.5, 1.2, 1.5, 1.2, 1.5)))


@dataclass(frozen=True, eq=False)
class Curve:
    """D(r) of one target and kernel, 0 from `norm` on.

    `slope` is the exponent of r as r grows, None where it is no power; `claimed` that of claim 34 for all even
    functions that are Lipschitz (Bach 2017), None for other targets.
    """

    target: str
    kernel: str
    family: str
    label: str
    d: int
    radii: Array
    error: Array
    lower: Array
    norm: float
    slope: Fraction | None
    claimed: Fraction | None

    @property
    def told(self) -> NDArray[np.bool_]:
        """Where D(r) is not 0, and its lower and upper bound are one line."""
        return np.asarray((self.error > 0) & (self.lower >= _TOLD * self.error))


def as_target(value: Any) -> Profile:
    """A profile, or its text, such as "abs_power(1)"."""
    if isinstance(value, PowerProfile | JumpProfile):
        return value
    match = re.fullmatch(r"\s*(\w+)\(\s*(-?[\d./]+)\s*\)\s*", value) if isinstance(value, str) else None
    if match is None or match[1] not in PROFILES:
        raise ValueError(f"targets must be abs_power(s), relu(s) or step(t), or their texts; got {value!r}")
    try:
        return PROFILES[match[1]](Fraction(match[2]))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"targets must hold profiles, got {value!r}: {error}") from error


def smoothness_of(target: Profile) -> tuple[Fraction, frozenset[int]]:
    """sigma = s + 1/2, by which the energy beyond degree K is K^{-2 sigma}, and the parities of infinitely many k."""
    if isinstance(target, JumpProfile):
        return Fraction(1, 2), frozenset((0, 1))
    return target.s + Fraction(1, 2), frozenset(r % 2 for r in range(4) if not target.vanishes(r))


def slopes(target: Profile, space: Space) -> tuple[Fraction | None, Fraction | None]:
    """The exponents of r: what it is, and what is claimed for Lipschitz functions."""
    sigma, parities = smoothness_of(target)
    betas = [betas_of(space)[parity] for parity in parities]
    known = [beta for beta in betas if isinstance(beta, Fraction)]
    if not known or len(known) < len(betas):
        return None, None
    beta = max(known)
    exact = -sigma / (beta - sigma) if beta > sigma else None
    lipschitz = target == abs_power(1) and beta > 1
    return exact, -1 / (beta - 1) if lipschitz else None


def curve(target: Profile, kernel: Zonal, d: int, radii: Array) -> Curve:
    """The curve of one target in one space."""
    space, f = space_of(kernel, d), ridge(target, [1] + [0] * (d - 1))
    if space.contains(f).member:  # D falls to 0 at the norm
        norm = float(space.norm(f))
        close = norm * (1 - 2.0 ** -np.arange(1, _CLOSE))
        radii = np.sort([*radii[(radii < norm / 2) | (radii > norm)], *close])
    found = space.approximation(f, radii)
    names = repr(target), repr(kernel), family(kernel), label(kernel)
    return Curve(*names, d, radii, found.error, found.lower, found.norm, *slopes(target, space))


def curves(
    targets: Any = TARGETS,
    kernels: Kernels = KERNELS,
    dims: int | Sequence[int] = (10,),
    radii: tuple[float, float] = RADII,
    count: int = 41,
) -> list[Curve]:
    """Every target in the space of every kernel in every dimension, at so many radii."""
    several = [targets] if isinstance(targets, str | PowerProfile | JumpProfile) else targets
    try:
        chosen = some("targets", [as_target(target) for target in several])
    except TypeError as error:
        raise TypeError(f"targets must be abs_power(s), relu(s) or step(t), or their texts; got {targets!r}") from error
    spaces, dims = as_kernels("kernels", kernels), integers("dims", dims, 2, 1000)
    low, high = _ends(radii)
    r = np.geomspace(low, high, integer("count", count, 2, 1000))
    return [curve(target, kernel, d, r) for d in dims for target in chosen for kernel in spaces]


def _ends(radii: Any) -> tuple[float, float]:
    found = reals("radii", radii, 1e-6, 1e12)
    if len(found) != 2 or not found[0] < found[1]:
        raise ValueError(f"radii must be the smallest and the largest one, got {radii!r}")
    return found[0], found[1]


def approximation_curves(
    targets: Any = TARGETS,
    kernels: Kernels = KERNELS,
    dims: int | Sequence[int] = (10,),
    *,
    radii: tuple[float, float] = RADII,
    width: float = PAGE,
    font: str = "stix",
) -> Drawn:
    r"""The least L2 distance of functions of one coordinate to functions of norm at most r in an RKHS, over r.

    Parameters
    ----------
    targets : profiles g of f(x) = g(x_1): `ks.rkhs.abs_power(s)`, `relu(s)`, `step(t)`, or their texts.
    kernels : kernels, or texts of kernels, positive definite on these spheres.
    dims : dimensions d of the spaces around the spheres, from 2 to 1000; one number, or several.
    radii : the smallest and the largest norm, from 1e-6 to 1e12.
    width : inches, from 3 to 20.
    font : "stix", "cm", "dejavu" or "sans".

    Returns the axes (a panel for each dimension and target) and a table with a row for each target, kernel and radius.
    Source: the minimum from the harmonics, `kernelspec.rkhs.approximation`; the rates: Bach 2017 (claim 34).
    """
    data = curves(targets, kernels, dims, radii)
    return finished(draw, data, table(data), width, font)


def table(data: Sequence[Curve]) -> Table:
    """A row for each target, kernel and radius."""
    rows = [
        {
            "target": shown.target,
            "kernel": shown.kernel,
            "d": shown.d,
            "radius": float(radius),
            "lower": float(lower),
            "error": float(error),
            "norm": shown.norm,
            "slope": shown.slope,
            "claimed": shown.claimed,
        }
        for shown in data
        for radius, lower, error in zip(shown.radii, shown.lower, shown.error, strict=True)
    ]
    return Table(rows, caption="Distance in L2 from a function at a given norm in the RKHS")


def draw(data: Sequence[Curve], width: float = PAGE) -> Figure:
    """A panel for each dimension and target, with the slopes at the right."""
    groups: dict[tuple[int, str], list[Curve]] = {}
    for shown in data:
        groups.setdefault((shown.d, shown.target), []).append(shown)
    looks = _looks(data)
    sheet = Sheet(width, len(groups), 2.6, across=3, least=2.0, legend=0.4)
    for place, (ax, ((d, target), lines)) in enumerate(zip(sheet.panels, groups.items(), strict=True)):
        _panel(sheet, ax, lines, looks)
        ax.set_title(f"{letters(place)} {_written(target)}, $d={d}$", loc="left")
        if ax in sheet.lowest:
            ax.set_xlabel("norm in the RKHS $r$")
    for ax in sheet.first:
        ax.set_ylabel("distance in $L_2$, $D(r)$")
    sheet.legend(*_words(data, looks))
    return sheet.settle()


def _panel(sheet: Sheet, ax: Axes, lines: Sequence[Curve], looks: Mapping[str, drawing.Look]) -> None:
    names = []
    high = max(float(shown.error.max()) for shown in lines)
    inside = [not _never_reached(shown) for shown in lines]
    least = [_SHOWN * high if within else 0.0 for within in inside]
    seen = [shown.error[shown.told & (shown.error > cut)] for shown, cut in zip(lines, least, strict=True)]
    low = min(float(error.min(initial=high)) for error in seen) / 1.5
    first, last = min(float(shown.radii[0]) for shown in lines), float(lines[0].radii[-1])
    for shown, within in zip(lines, inside, strict=True):
        look = looks[shown.kernel]
        r, error = shown.radii[shown.told], shown.error[shown.told]
        ax.plot(r, error, **look)
        if within:
            ax.plot(shown.norm, low, linestyle="", marker="v", ms=5, color=look["color"], clip_on=False, zorder=5)
        if shown.slope is not None and not within and error.size:
            names.append((float(error[-1]), f"$r^{{{shown.slope}}}$", look["color"]))
    names += _fan(ax, lines, looks)
    norms = [shown.norm for shown in lines]
    if max(norms) < last:
        last = 3 * max(norms)
    ax.set(xscale="log", yscale="log", xlim=(first, last), ylim=(low, high * 1.5))
    log_ticks(ax.xaxis, first, last / 1.5, most=6)  # the corner is for names
    log_ticks(ax.yaxis, *ax.get_ylim(), most=6)
    sheet.names(ax, names)


def _never_reached(shown: Curve) -> bool:
    return bool(shown.norm > shown.radii[-1])


def _fan(ax: Axes, lines: Sequence[Curve], looks: Mapping[str, drawing.Look]) -> list[tuple[float, str, str]]:
    """Each claimed slope once, from one point above the curves; names for their ends."""
    claimed: dict[Fraction, str] = {}
    for shown in lines:
        if shown.claimed is not None and _never_reached(shown):
            claimed.setdefault(shown.claimed, looks[shown.kernel]["color"])
    radii, names = lines[0].radii, []
    start = float((radii[0] * radii[-1]) ** 0.5)
    top = _ABOVE * max(float(np.interp(start, shown.radii, shown.error)) for shown in lines)
    for slope, colour in claimed.items():
        ends = np.array([start, float(radii[-1])])
        heights = top * (ends / start) ** float(slope)
        ax.plot(ends, heights, **_dotted(colour))
        names.append((float(heights[-1]), f"$r^{{{slope}}}$", colour))
    return names


def _dotted(colour: str) -> drawing.Look:
    return {"linestyle": (0, (1, 2)), "lw": 1.1, "color": colour}


def _written(target: str) -> str:
    """The function of x_1 as a formula."""
    name, number = target.removesuffix(")").split("(", 1)
    power = number.replace("Fraction(", "").replace(", ", "/").rstrip(")")
    if name == "step" or target == "relu(0)":
        return rf"$1\{{x_1\geq {power}\}}$"
    up = "" if power == "1" else f"^{{{power}}}"
    return f"$|x_1|{up}$" if name == "abs_power" else rf"$\max(0,x_1){up}$"


def _looks(data: Sequence[Curve]) -> dict[str, drawing.Look]:
    """Colour of its family, width and dashes of each kernel."""
    kernels = {shown.kernel: shown.family for shown in data}
    found = colours(list(kernels.values()))
    return {
        kernel: {"color": colour, "linestyle": _DASHES[place % len(_DASHES)], "lw": 1.5}
        for place, (kernel, colour) in enumerate(zip(kernels, found, strict=True))
    }


def _words(data: Sequence[Curve], looks: Mapping[str, drawing.Look]) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    named = {shown.kernel: shown.label for shown in data}
    handles, names = [Line2D([], [], **looks[kernel]) for kernel in named], list(named.values())
    if any(shown.claimed is not None and _never_reached(shown) for shown in data):
        handles, names = [*handles, Line2D([], [], **_dotted("0.2"))], [*names, "claimed slope"]
    if any((shown.error == 0).any() for shown in data):
        mark = Line2D([], [], linestyle="", marker="v", ms=5, color="0.2")
        handles, names = [*handles, mark], [*names, r"$\|f\|$ in the RKHS"]
    return handles, names
