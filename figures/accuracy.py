r"""Why the library exists: the relative error of eigenvalues by ordinary quadrature and by kernelspec.

mu_k is an integral of order-one numbers that cancel to k^{-d}. A quadrature in float64 commits an
absolute error of about 1e-16, so that its relative error grows like 1e-16/mu_k, whatever its rule.
The branch-cut integral of kernelspec has an integrand of one sign, and no such loss.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from figures import style
from kernelspec import Table, sphere
from kernelspec.numbers import checks
from kernelspec.plots.layout import Sheet, letters
from kernelspec.plots.looks import integers
from oracle.eigenvalues import KernelSpec, eigenvalues

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "accuracy"
TITLE = "Why quadrature in double precision is not enough"
CAPTION = r"""
Relative error of the eigenvalues $\mu_k$ of the tangent kernel of $L$ layers on $S^{d-1}$, against
values of 25 or more digits that share no code with the library (Arb balls: quadrature in the angle
at several hundred bits, and the expansion in Gamma ratios for large $k$). An error of $1$ means that
no digit is right (shaded); errors beyond $10$ are drawn as arrows, and $k = 0$ at $1/2$.
`scipy.integrate.quad` is asked for a relative accuracy of $10^{-13}$; the Gauss-Legendre rule has
2000 nodes in the angle. Both follow the grey line,
$2^{-53} \int |\kappa P_k w| \,/\, |\int \kappa P_k w|$ with the weight $w$: what the rounding of the
integrand alone costs in double precision, whatever the rule. The branch-cut integral of kernelspec
has an integrand of one sign, and keeps its digits up to $k = 10^9$.
"""
ORDER = 30

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
DIMS = (3, 10, 50)
DEPTH = 3
NODES = 2000
#: The degrees of each curve: the oracle's quadrature reaches k = 400, its expansion all that follow.
QUICK = (0, 2, 5, 10, 20, 40, 10_000, 10**9)
FULL = (
    *(0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 64, 80, 100, 141, 200, 283, 400),
    *(1500, 3000, 10**4, 10**5, 10**6, 10**7, 10**8, 10**9),
)
LARGEST_BY_QUAD = 400
SMALLEST_ERROR = 2.0**-54  # where an error of 0 is drawn


@dataclass(frozen=True)
class Errors:
    """Relative errors in one dimension, NaN where a method was not tried.

    `rounding` is 2^-53 times the condition number of the integral that defines mu_k.
    """

    d: int
    depth: int
    k: Integers
    quad: Array
    gauss: Array
    kernelspec: Array
    estimate: Array
    rounding: Array


def plain_kernel(u: float, depth: int = DEPTH) -> float:
    """The tangent kernel, as one would write it."""
    tangent = layer = u
    for _ in range(depth - 1):
        theta = math.acos(min(1.0, max(-1.0, layer)))
        tangent *= (math.pi - theta) / math.pi
        layer = (math.sin(theta) + (math.pi - theta) * layer) / math.pi
        tangent += layer
    return tangent


def by_quad(d: int, k: int, depth: int = DEPTH) -> float:
    """mu_k by `scipy.integrate.quad` over u, the Gegenbauer polynomials from SciPy as well."""
    from scipy.integrate import quad
    from scipy.special import eval_gegenbauer, gammaln

    order = (d - 2) / 2
    scale = 1 / eval_gegenbauer(k, order, 1.0)
    log_constant = gammaln(d / 2) - gammaln((d - 1) / 2) - math.log(math.pi) / 2

    def integrand(u: float) -> float:
        weight = (1 - u * u) ** ((d - 3) / 2)
        return plain_kernel(u, depth) * scale * eval_gegenbauer(k, order, u) * weight

    with warnings.catch_warnings():
        # It says that it cannot reach the tolerance, which is what the figure shows.
        warnings.simplefilter("ignore")
        value = quad(integrand, -1, 1, epsabs=0, epsrel=1e-13, limit=200)[0]
    return float(value * math.exp(log_constant))


def sizes(d: int, degrees: list[int], depth: int = DEPTH) -> list[float]:
    """The integral of |kappa P_k| over the sphere, to the two digits that a picture needs."""
    u = np.cos((np.arange(NODES) + 0.5) * np.pi / NODES)
    weight = (1 - u * u) ** ((d - 2) / 2)
    size = np.abs(ks.ntk(depth)(u)) * weight / weight.sum()
    return [float(np.sum(size * np.abs(sphere.legendre(d, k, u)))) for k in degrees]


def measured(d: int, degrees: tuple[int, ...], depth: int = DEPTH) -> Errors:
    """The errors of all methods at `degrees` in dimension d."""
    spec = KernelSpec("ntk", depth)
    oracle = eigenvalues([spec], d, degrees)
    with mpmath.workdps(30):
        exact = [mpmath.mpf(oracle[spec, k].value.mid().str(30, radius=False)) for k in degrees]

        def relative(value: float, true: mpmath.mpf) -> float:
            return float(abs(mpmath.mpf(value) / true - 1))

        spectrum = ks.ntk(depth).spectrum(d)
        found = spectrum.values(np.array(degrees), estimate=True)
        # Through the logarithm where the value is below the range of float64.
        ours = [
            relative(value, true) if value else float(abs(mpmath.expm1(log - mpmath.log(true))))
            for value, log, true in zip(found.value, found.log_abs, exact, strict=True)
        ]
        small = [k for k in degrees if k <= LARGEST_BY_QUAD]
        quad = [relative(by_quad(d, k, depth), true) for k, true in zip(small, exact, strict=False)]
        middle = [k for k in degrees if k < NODES]
        values = sphere.funk_hecke(ks.ntk(depth), d, np.array(middle), nodes=NODES)
        gauss = [relative(float(v), true) for v, true in zip(values, exact, strict=False)]
        rounding = [2.0**-53 * size / float(true) for size, true in zip(sizes(d, middle, depth), exact, strict=False)]

    def padded(errors: list[float]) -> Array:
        return np.array(errors + [np.nan] * (len(degrees) - len(errors)))

    return Errors(
        d, depth, np.array(degrees), padded(quad), padded(gauss), np.array(ours), found.error, padded(rounding)
    )


def compute(quick: bool = False, *, dims: tuple[int, ...] = DIMS, depth: int = DEPTH) -> list[Errors]:
    """The errors in each of the dimensions; `quick` at fewer degrees."""
    dims, depth = integers("dims", dims, 3, 100), checks.integer("depth", depth, 2, 30)
    return [measured(d, QUICK if quick else FULL, depth) for d in dims]


def table(data: list[Errors]) -> Table:
    """A row for each dimension and degree; None where a method was not tried."""
    rows = [
        {"d": errors.d, "L": errors.depth, "k": int(errors.k[i])}
        | {
            name: None if np.isnan(values[i]) else float(values[i])
            for name, values in (
                ("quad", errors.quad),
                ("gauss", errors.gauss),
                ("kernelspec", errors.kernelspec),
                ("kernelspec_estimate", errors.estimate),
                ("rounding", errors.rounding),
            )
        }
        for errors in data
        for i in range(len(errors.k))
    ]
    return Table(rows, caption="Relative errors of eigenvalues of a tangent kernel")


def draw(data: list[Errors], width: float = style.PAGE) -> Figure:
    """One panel a dimension."""
    sheet = Sheet(width, len(data), 2.5, across=3, least=2.0, legend=0.35, sharey=True)
    for place, (ax, errors) in enumerate(zip(sheet.panels, data, strict=True)):
        _panel(ax, errors)
        ax.set_title(f"{letters(place)} $L = {errors.depth}$, $d = {errors.d}$", loc="left")
        if ax in sheet.lowest:
            ax.set_xlabel("degree $k$")
    for ax in sheet.first:
        ax.set_ylabel("relative error")
        ax.text(2e9, 6, "no digit right", color="0.35", va="center", ha="right")
    sheet.legend(*sheet.panels[0].get_legend_handles_labels())
    return sheet.settle()


def _panel(ax: Axes, errors: Errors) -> None:
    k = np.maximum(errors.k, 0.5)  # k = 0 has a place on the logarithmic axis, too
    ax.axhspan(1, 40, color="0.92", lw=0, zorder=0)
    ax.plot(k, errors.rounding, color="0.55", lw=0.9, label="rounding of the integrand")
    for values, label, colour, marker in (
        (errors.quad, "scipy.integrate.quad", style.VERMILION, "s"),
        (errors.gauss, "Gauss-Legendre, float64", style.BLACK, "D"),
    ):
        look: dict[str, Any] = {"linestyle": "", "color": colour, "mfc": "white", "ms": 3.2, "mew": 0.8}
        inside = values <= 10
        ax.plot(k[inside], np.maximum(values[inside], SMALLEST_ERROR), marker, label=label, **look)
        out = values > 10
        ax.plot(k[out], np.full(out.sum(), 12.0), "^", **look)
    shown = np.maximum(errors.kernelspec, SMALLEST_ERROR)
    ax.plot(k, shown, "o", ms=3.5, color=style.BLUE, label="kernelspec")
    ax.set(xscale="log", yscale="log", ylim=(SMALLEST_ERROR / 3, 40))
    ax.set(xlim=(0.3, 3e9), xticks=[1, 1e3, 1e6, 1e9], yticks=[1e-16, 1e-12, 1e-8, 1e-4, 1])
    ax.tick_params(axis="both", which="minor", left=False, bottom=False)
