"""A kernel's expansions at both ends as balls, and the regions in which it is shown to be analytic.

The coefficients of kappa(+-(1 - w^q)) in w, the largest discs around the ends, the rectangle next to [0, pi] and, for a
kernel without singularities, the strip: what the theorem of `asymptotic` takes (its steps 3 and 5), for all dimensions.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import flint

from ..expansions import ball_expansion, ramification
from ..kernels.text import brief
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.precision import cached_property, precision
from . import boundaries
from .analyticity import largest, ramified, sample, settled
from .region_points import RegionError

# |t| on the circle around an end, largest first; at 2 the other end lies on it.
_CIRCLES = tuple(
    Fraction(x)
    for x in "1.9 1.6 1.3 1.1 .9 .75 .6 .5 .4 .3 .22 .16 .11 .08 .055 .04 .028 .02 .014 .01 .005 .0025".split()
)
_STRIPS = tuple(Fraction(x) for x in "3 2 1.4 1 .7 .5 .3 .2 .1 .05".split())
_SHARE = Fraction(3, 5)  # of the smaller disc's radius: how far along the cut the series is used
_MARGIN = Fraction(49, 50)
_WIDEST = 1.4  # angles from an end that its disc covers, at most
_READINGS = 600
_SPARSE = 64  # how far, in powers of t, one more exponent is looked for at the least
_LONGEST = 4096  # coefficients among which exponents are looked for
_GAP = 2  # powers of t, beyond which nu* does not wait for the next exponent
PRECISION = 192  # bits of coefficients and constants


@dataclass(frozen=True)
class Disc:
    """g(w) = kappa(+-(1 - w^q)) is analytic in |w|^q < radius and at most `bound` there."""

    radius: Fraction
    bound: Any


@functools.lru_cache(maxsize=128)
def expansion(kernel: Zonal) -> Expansion:
    """The kernel's expansions with their discs; they do not depend on d."""
    return Expansion(kernel)


@dataclass
class Expansion:
    """Coefficients at both ends, and the regions in which the kernel is analytic, each found once."""

    kernel: Zonal
    _coefficients: dict[tuple[int, int, int], list[Any]] = field(default_factory=dict)
    _exponents: dict[int, tuple[list[Fraction], Fraction]] = field(default_factory=dict)

    @cached_property
    def ramification(self) -> int:
        """q: kappa is a power series in t^{1/q} at both ends, and so is every layer."""
        if self.kernel.real_only or self.kernel.truncation:  # not read off [-1, 1]
            return math.lcm(*(ramification(self.kernel, at) for at in (1, -1)))
        q = 1
        for at in (1, -1):

            def attempt(factor: int, at: int = at, q: int = q) -> None:
                point = boundaries.end_disc(at, q * factor, Fraction(1))[1][0]
                settled(point, flint.acb(flint.arb(0.5)), self.kernel)

            with precision(PRECISION):
                q *= ramified(attempt)[0]
        return q

    def coefficients(self, at: int, length: int, prec: int) -> list[Any]:
        """Balls of the coefficients of w^j, w = t^{1/q}, j < length."""
        key = (at, length, prec)
        if key not in self._coefficients:
            self._coefficients[key] = ball_expansion(self.kernel, at, self.ramification, length, prec)
        return self._coefficients[key]

    def exponents(self, count: int) -> tuple[list[Fraction], Fraction]:
        """The first `count` non-integer exponents that may occur, and nu*: all others below it are absent.

        They are fewer where the kernel has no more (or a gap of more than _SPARSE powers). Which occur is decided at
        one precision, so that sums and remainders of the same count belong together. ValueError where none is found.
        """
        if count not in self._exponents:
            self._exponents[count] = self._searched(count)
        return self._exponents[count]

    def _searched(self, count: int) -> tuple[list[Fraction], Fraction]:
        q = self.ramification
        length = 2 * q * (count + 2)
        longest = max(_LONGEST, length, (_SPARSE + 2) * q)
        while True:
            plus, minus = (self.coefficients(at, length, PRECISION) for at in (1, -1))
            found = [Fraction(j, q) for j in range(1, length) if j % q and not (plus[j] == 0 and minus[j] == 0)]
            if len(found) > count:
                return found[:count], min(found[count], found[count - 1] + _GAP)
            order = found[-1] + _GAP * (count - len(found) + 1) if found else Fraction(0)
            if found and length >= q * max(order, Fraction(_SPARSE)):
                return found, order  # below the end of the powers that were looked at
            if length >= longest and not found:
                name = brief(self.kernel)
                raise ValueError(f"{name} has no non-integer powers of t at u = +-1 up to t^{length // q}")
            length = min(2 * length, longest) if length < longest else 2 * length

    def terms(self, count: int, prec: int) -> tuple[list[tuple[Fraction, Any, Any]], Fraction]:
        """`exponents(count)` with their coefficients at both ends, balls of this precision."""
        found, order = self.exponents(count)
        length = int(found[-1] * self.ramification) + 1
        known = [key[1] for key in self._coefficients if key[1] >= length and key[2] == prec]
        length = min(known, default=length)
        plus, minus = (self.coefficients(at, length, prec) for at in (1, -1))
        places = [int(nu * self.ramification) for nu in found]
        return [(nu, plus[j], minus[j]) for nu, j in zip(found, places, strict=True)], order

    def disc(self, at: int) -> Disc:
        """The largest disc around an end that is shown to be free of singularities."""
        return self._discs[at]

    @cached_property
    def _discs(self) -> dict[int, Disc]:
        return {at: self._disc(at) for at in (1, -1)}

    def _sampled(self, at: int, radii: tuple[Fraction, ...]) -> tuple[Fraction, int]:
        """The largest of the radii of circles of which single points show no singularity, and their precision."""
        for radius in radii:
            try:
                return radius, sample(self.kernel, *boundaries.end_disc(at, self.ramification, radius))[1]
            except RegionError:
                continue
        raise RegionError(f"{brief(self.kernel)} could not be shown to be analytic around u = {at} off the cut")

    def _disc(self, at: int) -> Disc:
        radii = _CIRCLES
        while True:
            radius, bits = self._sampled(at, radii)
            circle = boundaries.end_disc(at, self.ramification, radius)
            bound = largest(self.kernel, circle, readings=_READINGS * self.ramification // 2, bits=bits)
            if bound is not None:
                return Disc(radius, bound)
            radii = tuple(r for r in radii if r < radius)

    @cached_property
    def strip(self) -> tuple[Any, Any]:
        """(H, D) for a kernel that is analytic on [-1, 1]: analytic for |Im theta| < H, and |kappa| <= D there.

        Without cuts, only the bottom is left of step 4: |mu_k| <= 2 D cosh(H) beta_k G' e^{-(k+1) H}, or D e^{-kH}
        for d = 2.
        """
        for height in _STRIPS:
            bound = largest(self.kernel, boundaries.line(height), readings=_READINGS)
            if bound is not None:
                return ball(height), bound
        raise RegionError(f"{brief(self.kernel)} could not be shown to be analytic around [-1, 1]")

    @cached_property
    def rectangle(self) -> tuple[Fraction, Any, Any]:
        """(y, H, D): y = cosh H - 1, and D a bound of |kappa| on the rectangle of height H (steps 3 and 5)."""
        right, left = self.disc(1), self.disc(-1)
        y = _SHARE * min(right.radius, left.radius)
        while y > Fraction(1, 2000):
            boundary = boundaries.rectangle(_side(right.radius, y), _side(left.radius, y), y)
            bound = largest(self.kernel, boundary, (right.bound, left.bound), 48, 2 * _READINGS)
            if bound is not None:
                return y, (1 + ball(y)).acosh(), bound
            y /= 2
        raise RegionError(f"{brief(self.kernel)} could not be shown to be analytic in a rectangle next to [0, pi]")


def _side(radius: Fraction, y: Fraction) -> float:
    """An angle a <= 1.4 such that the disc covers Re theta <= a, |Im theta| <= H: cosh H - cos a < radius."""
    edge = float(1 + y - _MARGIN * radius)
    return min(_WIDEST, math.acos(edge)) if edge > -1 else _WIDEST
