r"""What is known of layers and of kernels beyond u = 1, and of their derivatives there: what `growth` reads.

*Duals* of f(x) = phi(q^{1/2} x): K^(m)(1) = E f^(m)(z)^2, of either part of f. Let w be the distance from the real line
to the nearest singularities of phi: those of `smooth_duals`, in either part that is no polynomial. The rate is q/w^2.
*Proof.* Let s < w q^{-1/2}. |f(x + iy)| <= C (1 + |x|) for |y| <= s (`hermite_balls`), so that |f^(m)(x)| <= C
(1 + |x|) m! s^{-m}: A <= s^{-2}. And if E (f^(m))^2 <= C (m!)^2 s^{-2m} with s > w q^{-1/2}, on any interval |f^(m)| <=
C' (m+1)! s^{-m} (Sobolev's inequality, with m and m + 1): f is analytic at the singularity. QED. psi' has the rates of
psi, at the other parities.

*Radii.* erf: arcsin(beta u), beta = 1 - 1/(1+x), x = 2 b^2 q; GELU: beta with x = q, its even part, whose term
(1 - beta^2 u^2)^{-1/2} has at u = 1/beta the factor 1/q^2 (`scaled_duals`); Gaussians likewise, their even part; gabor
with x = 2q, its odd part. Coefficients are >= 0, so that what is singular at u = 1/beta and nowhere nearer has this
radius. sin, cos, exp are entire: c e^{rate u} and what is smaller, of either parity that is not 0.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import flint

from ..numbers.arithmetic import BallArithmetic
from ..numbers.exact_numbers import Scalar, ball
from . import smooth_duals as smooth
from .activated import mean_square
from .ball_values import value_at
from .facts import derivative_of
from .hermite_balls import SMOOTH, as_ball
from .network_readings import Variance
from .points import Point
from .scaled_duals import Phi
from .zonal import Zonal

ZERO, CONSTANT, LINE, CURVED = range(4)  # a part that is 0, a constant, c u, or has a higher power of u
UNKNOWN = flint.arb("nan")  # a number that is finite


class UnreadError(ValueError):
    """Why a network is not read beyond u = 1."""


class Growth(NamedTuple):
    """The `level`-th logarithm of g(r) is scale r^power (1 + o(1))."""

    level: int
    power: int
    scale: Any

    def above(self, other: Growth) -> bool | None:
        """Whether it is larger than another one; None where that is not told."""
        if self[:2] != other[:2]:
            return self[:2] > other[:2]
        return True if self.scale > other.scale else False if self.scale < other.scale else None

    def text(self) -> str:
        """The growth as a formula."""
        power = "" if self.power == 1 else f"^{self.power}"
        scale = "" if self.scale == 1 else f"{float(self.scale):.6g} "
        body = f"{scale}r{power}"
        for _ in range(self.level):
            body = f"exp({body})"
        return body

    def inside(self, outer: Growth) -> Growth:
        """That of psi(h), h of this growth."""
        if not self.level:
            return Growth(outer.level, outer.power * self.power, outer.scale * self.scale**outer.power)
        level = outer.level + self.level
        return Growth(level, self.power, self.scale * outer.power if self.level == 1 else self.scale)


class Outer(NamedTuple):
    """What is known of psi, a layer or a kernel: of its even and its odd part."""

    name: str
    kinds: tuple[int, int]
    low: tuple[Any, Any] = (None, None)  # c where a part is a constant c, or c u
    radii: tuple[Any, Any] = (math.inf, math.inf)
    growth: tuple[Any, Any] = (None, None)
    rates: tuple[Any, Any] = (flint.arb(0), flint.arb(0))
    function: Zonal | None = None  # psi itself, below its radius
    slope: Callable[[], Any] | None = None  # psi'(1)

    @property
    def steep(self) -> Outer:
        """The derivative of a layer, but for its values; CURVED are series without an end."""
        kinds = [kind if kind == CURVED else max(kind - 1, ZERO) for kind in self.kinds]
        low, radii, growth, rates = ((p[1], p[0]) for p in (self.low, self.radii, self.growth, self.rates))
        return Outer(f"the slope of {self.name}", (kinds[1], kinds[0]), low, radii, growth, rates)


def value_of(outer: Outer, v: Any) -> Any:
    """psi(v), v below the radius of the series."""
    if outer.function is None or not v.is_finite():
        return UNKNOWN
    return Point.from_cosine(BallArithmetic(), v).pair(outer.function).value


# -- layers ------------------------------------------------------------------------------------------------------------

_SMOOTH_KINDS = {
    "tanh": (ZERO, CURVED),
    "sigmoid": (CONSTANT, CURVED),
    "softplus": (CURVED, LINE),
    "silu": (CURVED, LINE),
    "mish": (CURVED, CURVED),
}


def layer_of(phi: Phi, q: Variance) -> tuple[Outer, Any]:
    """The dual of an activation at a variance, and its value at u = 1."""
    x = as_ball(q)
    if phi.family in smooth.NAMES:
        return _smooth(phi.family, q, x)
    if phi == Phi("abrelu", (Fraction(1), Fraction(1))):
        return Outer("linear", (ZERO, LINE), (None, x), slope=lambda: x), x
    if phi.family not in _CLOSED or isinstance(q, flint.arb):
        raise UnreadError(f"{phi.text()} is not read beyond u = 1")
    return _closed(phi, q, flint.ctx.prec)


@functools.lru_cache(maxsize=256)
def _closed(phi: Phi, q: Scalar, bits: int) -> tuple[Outer, Any]:
    """The same for one of `_CLOSED`, to the precision in force."""
    kinds, low = _closed_kinds(phi, ball(q))
    outer = Outer(phi.text(), kinds, low, function=phi.dual(q), slope=lambda: ball(phi.climb(q)))
    rate, one = _CLOSED[phi.family](ball(q), *map(ball, phi.parameters)), ball(mean_square(phi, q))
    right, left = (value_of(outer, flint.arb(at)) for at in (1, -1))
    shown = right + left > 0, right - left > 0
    if rate.contains(0) or not all(shown[p] for p in (0, 1) if kinds[p] == CURVED):
        raise UnreadError(f"the parts of {phi.text()} are not shown to be no polynomials")
    if phi.family in _ENTIRE:
        return outer._replace(growth=(Growth(1, 1, rate),) * 2), one
    radii = [(1 + rate) / abs(rate) if kind == CURVED else math.inf for kind in kinds]
    return outer._replace(radii=(radii[0], radii[1])), one


def _smooth(name: str, q: Variance, x: Any) -> tuple[Outer, Any]:
    kinds = _SMOOTH_KINDS[name]
    curved = [kind == CURVED for kind in kinds]
    rate = x / (ball(Fraction(SMOOTH[name].pole)) * flint.arb.pi()) ** 2
    low = flint.arb(1) / 4, x / 4
    radii = [flint.arb(1) if each else math.inf for each in curved]
    rates = [rate if each else flint.arb(0) for each in curved]
    slope, one = functools.partial(smooth.slope_at_one, name, q), smooth.at_precision(name, q, 0)[1]
    return Outer(name, kinds, low, (radii[0], radii[1]), rates=(rates[0], rates[1]), slope=slope), one


_ENTIRE = ("sin", "cos", "rbf", "exp", "exp_normalized")
# x, or the rate, of a family; 1/beta = (1 + x)/x.
_CLOSED: dict[str, Callable[..., Any]] = {
    "sin": lambda q, a, b, c: b * b * q,
    "cos": lambda q, a, b, c: b * b * q,
    "exp": lambda q, a, b: b * b * q,
    "rbf": lambda q, gamma: 2 * gamma * q,
    "exp_normalized": lambda q, gamma, shift: gamma,
    "erf": lambda q, a, b, c: 2 * b * b * q,
    "gelu": lambda q: q,
    "gaussian": lambda q, a, b: -2 * b * q,
    "gabor": lambda q: 2 * q,
}


def _closed_kinds(phi: Phi, q: Any) -> tuple[tuple[int, int], tuple[Any, Any]]:
    """The kinds of the parts of a closed dual, and the numbers of those that are constants or lines."""
    if phi.family == "gelu":
        return (CURVED, LINE), (None, q / 4)
    if phi.family == "gaussian":
        return (CURVED, ZERO), (None, None)
    if phi.parity is not None:
        return ((CURVED, ZERO), (ZERO, CURVED))[phi.parity], (None, None)
    if phi.family == "erf":
        return (CONSTANT, CURVED), (ball(phi.parameters[2]) ** 2, None)
    return (CURVED, CURVED), (None, None)


def outer_of(kernel: Zonal) -> Outer:
    """A kernel that is no network as a function of what it reads."""
    if kernel.series_sign != 1:
        raise UnreadError(f"Taylor coefficients of {kernel!r} at u = 0 may be negative")
    facts = [_facts(kernel, p) for p in (0, 1)]
    kinds, low, radii, growth, rates = zip(*facts, strict=True)
    return Outer(repr(kernel), kinds, low, radii, growth, rates, kernel, lambda: _slope(kernel))


def _slope(kernel: Zonal) -> Any:
    if kernel.radius <= 1:
        raise UnreadError(f"the slope of {kernel!r} at u = 1 is not known")
    return value_at(derivative_of(kernel), Fraction(1))


def _curved(kernel: Zonal, parity: int) -> bool:
    """Whether a part is shown to have a power of u above the first: where it does, it is above its chord from 0."""
    if kernel.singular_parts[parity]:
        return True

    def part(u: Fraction) -> Any:
        return value_at(kernel, u) + (-1) ** parity * value_at(kernel, -u)

    below = part(Fraction(0)) if parity == 0 else 2 * part(Fraction(1, 2))
    return bool(part(Fraction(1)) > below)


def _facts(kernel: Zonal, parity: int) -> tuple[int, Any, Any, Growth | None, Any]:
    """The kind of a part, its number, the radius of its series, its growth and its rate."""
    flat = flint.arb(0)
    terms = kernel.polynomial_part(parity)
    if terms is None:
        if not _curved(kernel, parity):
            name = ("even", "odd")[parity]
            raise UnreadError(f"the {name} part of {kernel!r} is not shown to have a power of u above the first")
        radius = kernel.taylor_radii[parity]
        if math.isinf(kernel.radius):
            rate = kernel.exponential_type
            return CURVED, None, math.inf, None if rate is None else Growth(1, 1, ball(rate)), flat
        known = None if radius is None else radius if isinstance(radius, float) else ball(radius)
        return CURVED, None, known, None, flat if kernel.radius > 1 else None
    degree = max((m for m, c in terms.items() if c), default=-1)
    if degree < 0:
        return ZERO, None, math.inf, None, flat
    c = ball(terms[degree])
    single = degree < 2 and len(terms) == 1
    return (degree + 1 if single else CURVED), c, math.inf, Growth(0, degree, c), flat
