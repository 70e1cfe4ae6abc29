"""Dual kernels by Hermite coefficients (Bietti & Bach 2021, Appendix B.1; claim 10): kappa_sigma(u) = sum a_i^2 u^i.

A series may be cut off: then `missing` bounds, for every u in [-1, 1], what is left out, and nothing beyond values
with that error is stated. All b_i = a_i^2 are >= 0, so the bound at u = 1 serves the whole interval and every b_i.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.arithmetic import BallArithmetic
from ..numbers.checks import integer
from ..numbers.rational import Polynomial, as_fraction, number_text
from ..numbers.user_functions import finite
from ..sphere.legendre_polynomials import gauss_legendre
from .atoms import Atom
from .base_points import Constant, rational
from .points import Pair, Point
from .text import bracket
from .zonal import Zonal

if TYPE_CHECKING:
    from ..expansions.series_point import SeriesPoint

_RANGE = 24  # e^{-24^2/2} = 1e-125
_FARTHEST = 10**6  # places of kinks


@dataclass(frozen=True, repr=False)
class PowerSeries(Atom):
    """sum_i b_i u^i, finitely many terms: a dual kernel from Hermite coefficients.

    `missing` bounds what the terms left out can add on [-1, 1]; it is 0 for a series given as such. `kinks` are those
    that its user declares the activation to have: (x, r, J), the r-th derivative jumps by J at x.
    """

    bounded = False

    coefficients: tuple[float, ...]
    missing: float = 0.0
    kinks: tuple[tuple[Fraction, int, Fraction], ...] = ()

    @property
    def is_constant(self) -> bool:
        return not self.missing and not any(self.coefficients[1:])

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, self.coefficients)):
            raise ValueError("the coefficients of a power series must not leave the floats")

    def pair(self, point: Point) -> Pair:
        arithmetic, x, coefficients = point.arithmetic, point.u, self.coefficients
        if arithmetic.closed_form:
            self.require_whole("it has no closed form and no Taylor coefficients")
        even = not any(coefficients[1::2])
        if even:
            x, coefficients = x * x, coefficients[::2]
        value = arithmetic.constant(arithmetic.number(Fraction(0)), point.u)
        quotient = value
        one = arithmetic.number(Fraction(0))
        tail = arithmetic.number(Fraction(0))
        for b in reversed(coefficients):
            c = arithmetic.number(Fraction(b))
            quotient = quotient * x + tail
            value, tail, one = value * x + c, tail + c, one + c
        defect = point.delta * (point.codelta * quotient if even else quotient)
        if self.missing and isinstance(arithmetic, BallArithmetic):
            return self._widened(arithmetic, Pair(value, defect, one))
        return Pair(value, defect, one)

    def _widened(self, arithmetic: BallArithmetic, pair: Pair) -> Pair:
        """Balls around the kernel and not only around the series; off [-1, 1] nothing bounds the rest."""
        arb = arithmetic.flint.arb
        if not isinstance(pair.value, arb):
            self.require_whole("it has no values off [-1, 1]")
        rest = arb(0, 1) * arithmetic.number(Fraction(self.missing))
        return Pair(pair.value + rest, pair.defect + 2 * rest, pair.one + rest)

    def series(self, point: SeriesPoint) -> None:
        self.require_whole("it has no expansion, and no law of decay")

    def exact_at(self, at: int) -> Constant | None:
        if self.missing:
            return None
        signed = (Fraction(b) * at**i for i, b in enumerate(self.coefficients))
        return rational(sum(signed, Fraction(0)))

    def rise(self, point: Point, at: int) -> Any:
        if at == 1:
            return -point.pair(self).defect
        if at == 0:
            lifted = PowerSeries(self.coefficients[1:] or (0.0,))
            return point.u * point.pair(lifted).value
        mirrored = PowerSeries(tuple((-1) ** i * b for i, b in enumerate(self.coefficients)))
        return -point.mirror.pair(mirrored).defect

    def derivative(self) -> Zonal:
        if self.missing:
            raise NotImplementedError(
                f"no derivative is known of a series cut off at an error of {self.missing:.1e} on [-1, 1]: nothing "
                "bounds that of what is missing"
            )
        return PowerSeries(tuple(i * b for i, b in enumerate(self.coefficients))[1:] or (0.0,))

    def text(self) -> str:
        numbers = [repr(b) for b in self.coefficients]
        if self.missing:
            numbers.append(f"missing={self.missing!r}")
        if self.kinks:
            words = [f"{number_text(x)}: {r}, {number_text(j)}" for x, r, j in self.kinks]
            numbers.append(f"kinks='{'; '.join(words)}'")
        return f"power_series({', '.join(numbers)})"

    def latex_of(self, argument: str) -> str:
        shown = [
            f"{b:.6g}" + ("" if i == 0 else f"\\,{bracket(argument)}" if i == 1 else f"\\,{bracket(argument)}^{{{i}}}")
            for i, b in enumerate(self.coefficients)
            if b
        ]
        more = len(shown) > 6 or self.missing
        return " + ".join(shown[:6]) + (" + \\cdots" if more else "") or "0"

    @property
    def truncation(self) -> float:
        return self.missing

    @property
    def slope_bound(self) -> float:
        return math.fsum(i * abs(b) for i, b in enumerate(self.coefficients))

    @property
    def declared_kinks(self) -> tuple[tuple[Fraction, int, Fraction], ...]:
        return self.kinks

    @property
    def series_sign(self) -> int:
        signs = {b > 0 for b in self.coefficients if b}
        if self.missing:  # it may have either sign where it was not squares that were cut off
            return 0
        return 0 if len(signs) == 2 else 1 if True in signs or not signs else -1

    def majorant(self, r: Fraction) -> Fraction | None:
        # On [-1, 1], and for r <= 1: off it nothing bounds what is missing.
        if self.missing and r > 1:
            return None
        sizes = (abs(Fraction(b)) * r**i for i, b in enumerate(self.coefficients))
        return sum(sizes, Fraction(self.missing))

    @property
    def radius(self) -> float:
        return 1.0 if self.missing else math.inf

    def known(self, parity: int) -> Polynomial:
        """The terms that are known of one parity."""
        return {i: Fraction(b) for i, b in enumerate(self.coefficients) if b and i % 2 == parity}

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return None if self.missing else self.known(parity)


def power_series(*coefficients: Any, missing: Any = 0, kinks: Any = None) -> Zonal:
    """The kernel sum_i b_i u^i from its coefficients b_0, b_1, ... (real, finite; a kernel if all are >= 0, Schoenberg
    1942).

    `missing` >= 0 says that the series is cut off, and bounds what is left out on [-1, 1]: such a kernel has values
    with that error, and no exact eigenvalue or expansion; a decay law only by `kinks`, which `dual` explains.
    """
    if not coefficients:
        raise ValueError("power_series needs at least one coefficient")
    rest = float(as_fraction(missing, "missing"))
    if rest < 0:
        raise ValueError(f"missing must be >= 0; got {missing}")
    return PowerSeries(
        tuple(float(as_fraction(b, f"coefficient {i}")) for i, b in enumerate(coefficients)),
        rest,
        as_kinks(kinks, rest),
    )


def as_kinks(kinks: Any, missing: float) -> tuple[tuple[Fraction, int, Fraction], ...]:
    """Declared kinks {x: (r, J)}, or a text 'x: r, J; x: r, J', checked and sorted."""
    if kinks is None:
        return ()
    if isinstance(kinks, str):
        try:
            words = [word.partition(":") for word in kinks.split(";")]
            kinks = {
                Fraction(x.strip()): (int(r), Fraction(j.strip()))
                for x, (r, j) in ((x, rest.split(",")) for x, _, rest in words)
            }
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"kinks must read 'x: r, J; ...'; got {kinks!r}") from None
    if not isinstance(kinks, Mapping) or not kinks:
        raise TypeError(f"kinks must be a non-empty dictionary {{x: (r, J)}}; got {kinks!r}")
    if not missing:
        raise ValueError("kinks belong to a series that is cut off: a finite one has none")
    out = []
    for x, value in kinks.items():
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise ValueError(f"kinks[{x}] must be a pair (r, J); got {value!r}")
        order = integer(f"the order r of the kink at {x}", value[0], 0)
        jump = as_fraction(value[1], f"the jump J at {x}")
        if not jump:
            raise ValueError(f"the jump J at {x} must not be 0")
        place = as_fraction(x, "the place of a kink")
        if abs(place) > _FARTHEST:
            raise ValueError(f"the place of a kink must lie in [-{_FARTHEST}, {_FARTHEST}]; got {x}")
        out.append((place, order, jump))
    return tuple(sorted(out))


def from_callable(function: Callable[[Any], Any], terms: int, kinks: Any = None) -> Zonal:
    """The series of an activation from its first `terms` coefficients, by quadrature split at its kinks."""
    declared = as_kinks(kinks, math.inf)
    points = [float(x) for x, _, _ in declared]
    coarse, other, lower = _hermite(function, terms, 4, points)
    fine, norm, peak = _hermite(function, terms, 16, points)
    # At a jump inside a piece the rules differ, too; but values that grow with the nodes have a singularity there.
    if abs(norm - other) > 1e-6 * norm and abs(peak[1]) > 1.4 * abs(lower[1]):
        raise ValueError(
            "the activation must be square integrable under N(0, 1), which is in doubt: by quadrature its mean square "
            f"is {other:.4g} and, by four times as many nodes, {norm:.4g}; next to {peak[0]:.2g} its values grow. If "
            "it is, as |x|^(-0.3), give its Hermite coefficients, E[sigma(z) h_i(z)], in place of the callable"
        )
    # What two rules differ by bounds the quadrature error, a jump inside a piece included.
    doubt = 8 * np.abs(fine - coarse) + 1e-15 * math.sqrt(norm)
    kept = np.where(np.abs(fine) > doubt, fine, 0.0)
    rest = max(norm - math.fsum(fine**2), 0.0)
    quadrature = float(np.sum(2 * np.abs(fine) * doubt + doubt**2))
    missing = rest + 2 * quadrature
    if declared and not missing:
        raise ValueError("kinks: the activation is 0")
    return PowerSeries(tuple(float(a) ** 2 for a in kept), missing, declared)


def mean_square(function: Callable[[Any], Any]) -> float:
    """E f(z)^2, by the finer of the rules of `from_callable`."""
    return _hermite(function, 1, 16, [])[1]


def moment(m: int, i: int) -> int:
    """E[z^m He_i(z)] of a standard normal z."""
    return math.perm(m, i) * math.prod(range(1, m - i, 2)) if m >= i and (m - i) % 2 == 0 else 0


def _hermite(
    function: Callable[[Any], Any], terms: int, pieces: int, points: list[float]
) -> tuple[np.ndarray[Any, np.dtype[Any]], float, tuple[float, float]]:
    """Normalised Hermite coefficients a_0, a_1, ..., E sigma^2, and the largest value in [-4, 4] with its place.

    By composite Gauss-Legendre.

    The pieces end at the points and at 0, where the usual activations have their kink.
    """
    nodes, weights = gauss_legendre(16)
    edges = np.arange(-_RANGE * pieces, _RANGE * pieces + 1) / pieces
    edges = np.unique([*edges, *(x for x in points if abs(x) < _RANGE)])
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + nodes)).ravel()
    density = (half * weights).ravel()
    density = density * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    values = finite(function, "the activation", x)
    with np.errstate(over="ignore"):
        mass = density * values * values
    norm = float(mass.sum())
    ends = float(mass[np.abs(x) > _RANGE - 4].sum())
    if not math.isfinite(norm) or ends > 1e-10 * norm:
        raise ValueError("the activation must be square integrable under N(0, 1); it grows too fast")
    previous, current = np.zeros_like(x), np.ones_like(x)
    coefficients = np.zeros(terms)
    for i in range(terms):
        coefficients[i] = np.sum(density * values * current)
        previous, current = current, (x * current - math.sqrt(i) * previous) / math.sqrt(i + 1)
    largest = int(np.argmax(np.where(np.abs(x) < 4, np.abs(values), 0.0)))
    return coefficients, norm + ends, (float(x[largest]), float(values[largest]))
