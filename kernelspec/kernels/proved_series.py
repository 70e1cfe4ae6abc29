r"""Taylor coefficients at 0 of networks of smooth activations as balls, and what all of them add up to.

Every part is a power series with coefficients >= 0 of which balls are known, and the sum of all: a dual of a smooth
activation (`smooth_duals`), or a kernel that is analytic beyond [-1, 1]. Sums, products and compositions of them are
read in `flint.arb_series`; as nothing is subtracted, nothing cancels, and what follows the last term is kappa(1) less
the sum of what is known.

*Compositions.* With f(1) <= 1 no coefficient of f^m is above f(1)^m <= 1: the terms m >= M of the outer series add at
most their sum to any coefficient of the composition, and nothing to those of u^n, n < M, where f(0) = 0.

*Variances* behind a smooth activation are balls of the precision in force, and the coefficients are those for all
numbers in them. A closed dual is read at a rational number q_0 beside such a ball: for phi of Lipschitz constant C,
||phi(q^{1/2} z) - phi(q_0^{1/2} z)|| <= C |q^{1/2} - q_0^{1/2}| =: e in L^2 of the Gaussian measure, and by Bessel's
inequality no Hermite coefficient a_i, b_i = a_i^2, differs by more; nor does the root of E phi^2, and with the constant
of phi' that of E phi'^2.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any, NamedTuple

import flint

from ..numbers.exact_numbers import ball
from ..numbers.precision import precision
from . import smooth_duals as smooth
from .ball_values import taylor_balls
from .expression import exact_one
from .network_readings import Reading, Variance, read
from .scaled_duals import Phi
from .steps import activations
from .wide import Wide
from .zonal import Zonal

_FEW = 160  # terms, behind which sums of what follows are some e^{-c n^{1/2}}
_STEEP = 9  # bits by which it falls, over the root: 2 log2(e) pi for silu at variance 1
_FALL, _SPARE = 1.5, 48  # a little more than 2^{1/2}; and bits with which that sum is known


class Series(NamedTuple):
    """The first coefficients, as a series of flint's, and the sum of all of them."""

    first: Any
    one: Any

    def __mul__(self, other: Any) -> Series:
        if isinstance(other, Series):
            return Series(self.first * other.first, self.one * other.one)
        return Series(self.first * other, self.one * other)

    def __add__(self, other: Any) -> Series:
        return Series(self.first + other.first, self.one + other.one)

    def mixed(self, kept: Any, constant: Any) -> Series:
        """kept times itself, and a constant; both add up to 1, and so do its coefficients."""
        return Series(self.first * kept + constant, self.one)


@functools.lru_cache(maxsize=32)
def squares(kernel: Zonal, terms: int, bits: int) -> tuple[list[Any], Any] | None:
    """`Zonal.taylor_squares` of a kernel with parts; None where one of these has no such series."""
    if kernel.user_functions or kernel.real_floats or not _cut_off(kernel):
        return None
    sure = bits
    if terms > _FEW:  # what follows the terms is a difference: it has to be seen
        half = squares(kernel, terms // 2, bits)
        if half is None:
            return None
        if half[1] > 0:
            sure = max(bits, math.ceil(-_FALL * float(half[1].log()) / math.log(2)) + _SPARE)
        else:
            sure = bits + math.ceil(_STEEP * math.sqrt(terms))
    with precision(sure, cap=terms):
        found = read(kernel, AtZero(terms))
        if found is None:
            return None
        known = [found.first[i] for i in range(terms)]
        return known, found.one - sum(known, flint.arb(0))


def _cut_off(kernel: Zonal) -> bool:
    """Whether a series is cut off in the kernel, which networks tell without one."""
    named = isinstance(kernel, Wide) and any(phi.family in smooth.NAMES for phi in activations(kernel.chain))
    return named or bool(kernel.truncation)


def _known_analytic(kernel: Zonal, terms: int) -> Series | None:
    """The series of a kernel that is analytic beyond [-1, 1], none of whose coefficients is negative."""
    if kernel.truncation or kernel.real_floats or not kernel.radius > 1 or kernel.series_sign != 1:
        return None
    one = kernel.pair(_at_one()).value if kernel.rational_one is None else ball(kernel.rational_one)
    return _made(taylor_balls(kernel, terms), one, terms)


def _at_one() -> Any:
    from ..numbers.arithmetic import BallArithmetic
    from .points import Point

    return Point.from_cosine(BallArithmetic(), flint.arb(1))


def _made(known: list[Any], one: Any, terms: int) -> Series:
    with precision(cap=terms):
        return Series(flint.arb_series(known, terms), one)


class AtZero(Reading):
    """Taylor coefficients at 0, so many."""

    def __init__(self, terms: int) -> None:
        self.terms = terms

    def line(self) -> Series:
        return Series(flint.arb_series([0, 1], self.terms), flint.arb(1))

    def constant(self, c: Any) -> Series:
        return Series(flint.arb_series([c], self.terms), c)

    def dual(self, phi: Phi, q: Variance, rho: Series, steep: bool) -> tuple[Any, Any, Any] | None:
        found = _dual(phi, q, self._needed(rho), steep)
        if found is None:
            return None
        dual, slope = found
        return _composed(dual, rho, self.terms), slope and _composed(slope, rho, self.terms), dual.one

    def normalised(self, value: Series, one: Any) -> Series:
        return Series(value.first * (1 / one), flint.arb(1))

    def analytic(self, kernel: Zonal, rho: Series) -> Series | None:
        known = _known_analytic(kernel, self._needed(rho))
        return None if known is None else _composed(known, rho, self.terms)

    def _needed(self, inner: Series) -> int:
        """How many terms of the outer series are taken."""
        return self.terms if inner.first[0] == 0 else 2 * self.terms


# -- compositions ------------------------------------------------------------------------------------------------------


def _composed(outer: Series, inner: Series, terms: int) -> Series:
    """outer(inner), inner(1) <= 1."""
    start = inner.first[0]
    known = flint.arb_poly(outer.first.coeffs())
    count = outer.first.prec
    rest = outer.one - known(flint.arb(1))
    one = outer.one if inner.one == 1 else known(inner.one) + inner.one**count * rest * flint.arb(0, 1)
    if start == 0:
        return Series(_substituted(outer.first.coeffs(), inner.first, terms), one)
    shifted = known(flint.arb_poly([start, 1]))
    rise = inner.first - start
    found = _substituted(shifted.coeffs()[:terms], _without_constant(rise, terms), terms)
    return Series(found + flint.arb_series([rest * flint.arb(0, 1)] * terms, terms), one)


def _substituted(coefficients: list[Any], inner: Any, terms: int) -> Any:
    """A polynomial of a series that starts at 0; flint takes none that is 0 up to where it is cut off."""
    outer = flint.arb_series(coefficients, terms)
    return outer(inner) if inner.coeffs() else flint.arb_series([outer[0]], terms)


def _without_constant(series: Any, terms: int) -> Any:
    return flint.arb_series([0, *series.coeffs()[1:]], terms)


# -- duals -------------------------------------------------------------------------------------------------------------


def _dual(phi: Phi, q: Variance, terms: int, steep: bool) -> tuple[Series, Series | None] | None:
    """K at a variance and, where it is asked for, K'; None where their series are not known."""
    if phi.family in smooth.NAMES:
        return _smooth(phi.family, q, terms, steep)
    if phi.pieces is not None or phi.function is not None:
        return None
    if not isinstance(q, flint.arb):
        kernel = phi.dual(q)
        if kernel.truncation or not kernel.radius > 1:
            return None
        known, one = taylor_balls(kernel, terms + steep), ball(exact_one(kernel))
        return _with_slope(known, one, ball(exact_one(phi.slope(q))) if steep else None, terms)
    constants = lipschitz(phi)
    if constants is None:
        return None
    near = middle(q)
    found = _dual(phi, near, terms + steep, steep)
    if found is None:
        return None
    off = flint.arb(0, 1) * abs(q.sqrt() - ball(near).sqrt()) * (1 + flint.arb(2) ** -20)
    error = off * constants[0]
    known = [
        b + error * (2 * b.abs_upper().sqrt() + error) for b in map(found[0].first.__getitem__, range(terms + steep))
    ]
    climb = None if found[1] is None else q * ((found[1].one / ball(near)).sqrt() + off * constants[1]) ** 2
    return _with_slope(known, (found[0].one.sqrt() + error) ** 2, climb, terms)


def _smooth(name: str, q: Variance, terms: int, steep: bool) -> tuple[Series, Series | None]:
    climb = smooth.slope_at_one(name, q) if steep else None
    return _with_slope(*smooth.at_precision(name, q, terms + steep), climb, terms)


def _with_slope(known: list[Any], one: Any, climb: Any, terms: int) -> tuple[Series, Series | None]:
    """A series of which one more term is known where its slope is, too; `climb` is that at u = 1."""
    slope = None if climb is None else _made([i * b for i, b in enumerate(known)][1:], climb, terms)
    return _made(known[:terms], one, terms), slope


def middle(q: Any) -> Fraction:
    """The middle of a ball."""
    mantissa, exponent = q.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def lipschitz(phi: Phi) -> tuple[Any, Any] | None:
    """Lipschitz constants of phi and of phi'; None where they are not stated here."""
    numbers = [abs(ball(p)) for p in phi.parameters]
    if phi.family == "gelu":
        return flint.arb("1.13"), flint.arb("0.8")
    if phi.family in ("erf", "sin", "cos"):  # 2 pi^{-1/2} = 1.128; 2 pi^{-1/2} max |2 t e^{-t^2}| = 0.97
        a, b = numbers[:2]
        return a * b * flint.arb("1.13"), a * b * b
    if phi.family == "rbf":  # 2^{1/2} sin((2 gamma)^{1/2} z + pi/4)
        return 2 * numbers[0].sqrt(), 2 * flint.arb(2).sqrt() * numbers[0]
    if phi.family == "gabor":  # e^{-z^2} (cos z - 2z sin z); (4z^2 - 3) sin z - 4z cos z
        return flint.arb("1.86"), flint.arb("6.2")
    if phi.family == "gaussian" and phi.parameters[1] <= 0:
        a, b = numbers
        return a * b.sqrt(), 2 * a * b
    return None
