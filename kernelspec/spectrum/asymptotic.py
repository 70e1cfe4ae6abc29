r"""The asymptotic expansion of mu_k to any order (claim 18), and a proved bound on its remainder.

**Theorem.** Let kappa have the expansions kappa(1 - t) = sum_j a_j t^{j/q}, kappa(-1 + t) = sum_j b_j t^{j/q},
and no singularity between the ends. Write nu = j/q, let nu_1 < ... < nu_M be non-integer exponents, and nu* > nu_M a
number such that every other non-integer exponent below nu* is absent at both ends: its coefficients are exactly 0.
(Here nu* is the next exponent that may occur, or where there is a gap an earlier number: R then is small, too.) Then
for all k > nu*

.. math::
    \Big| \mu_k - \sum_{m \le M} (a_{\nu_m} + (-1)^k b_{\nu_m})\, C(d,\nu_m)
    \frac{\Gamma(k-\nu_m)}{\Gamma(k+\nu_m+d-1)} \Big| \le R\, E_k(\nu^*) + S_k ,

.. math::
    E_k(\nu) = \frac{2^{\nu+d-2} \Gamma(\frac d2) \Gamma(\nu+\frac{d-1}2) \Gamma(1+\nu)}{\pi^{3/2}}
    \frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)},

with S_k = O(e^{-kH}); R, H and the constants in S_k are computed in ball arithmetic, and do not depend on k.

*Proof.* (1) *The cut integral.* With Q_k(x) = int_{-1}^1 P_k(t) (1-t^2)^{(d-3)/2}/(x-t) dt > 0 for x > 1, Q_k(-x) =
(-1)^{k+1} Q_k(x), and kappa analytic in the rectangle theta in (0, pi) x (-H, 0), u = cos theta, X = cosh H,
Cauchy's formula gives

    mu_k = (c_d/pi) int_1^X [J_+(x) + (-1)^{k+1} J_-(x)] Q_k(x) dx + B_k,      J_+-(x) = Im kappa(+-x + i0),

where B_k is the integral over the rectangle's bottom (formula and weight: `contour`).

(2) *One power.* For kappa = (1-t)^nu, J_+ = -sin(pi nu) (x-1)^nu, and letting X grow (Q_k falls like x^{-k-1}), for
k > nu

    mu_k[(1-t)^nu] = -sin(pi nu) E_k(nu),      E_k(nu) = (c_d/pi) int_1^inf (x-1)^nu Q_k(x) dx > 0;

claim 15 and Gamma(-nu) Gamma(1+nu) = -pi/sin(pi nu) give the closed form of E_k above, for integer nu by continuity.
Integer powers have no jump: they do not contribute.

(3) *The jump.* On the cut t = (x-1) e^{-i pi} at the right end and (x-1) e^{i pi} at the left, so that
J_+ = -sum_j a_j sin(pi j/q) (x-1)^{j/q}, J_- = +sum_j b_j sin(pi j/q) (x-1)^{j/q} for x - 1 < r^q, where g(w) =
kappa(1 - w^q) is analytic in |w| < r (shown by `region`, from balls on the circle alone). If |g| <= G on the
circle, |a_j| <= G r^{-j} (Cauchy). So with y = X - 1, y^{1/q} < r, what is left of the jump after M terms is at
most R (x-1)^{nu*} on (1, X], where

    R = sum over both ends of [ sum_{j* <= j < N} |a_j sin(pi j/q)| y^{(j-j*)/q} + G r^{-N} y^{(N-j*)/q} / (1 -
    y^{1/q}/r) ].

As Q_k > 0, integrating it contributes at most R E_k(nu*).

(4) *Beyond X.* From K_k = c_d Q_k/2 = lam e^{-(k+1) eta} int_0^1 s^k [(1-s)(1-s e^{-2 eta})]^{lam-1} ds, lam = d/2
- 1, at x = cosh eta,

    K_k(eta) <= beta_k g e^{-(k+1) eta} (eta >= H),      |K_k(H + i alpha)| <= beta_k G' e^{-(k+1) H},

beta_k = lam B(k+1, lam) = Gamma(lam+1) k!/Gamma(k+1+lam); g = 1, G' = (1+e^{-2H})^{lam-1} for lam >= 1 and
g = G' = (1-e^{-2H})^{lam-1} for lam = 1/2. (x-1)^nu <= (e^eta/2)^nu then bounds the parts of the M terms beyond X by

    |a_nu sin(pi nu)| (2/pi) 2^{-nu-1} beta_k g e^{-(k-nu) H}/(k-nu),

and the bottom by 2 D cosh(H) beta_k G' e^{-(k+1) H} if |kappa| <= D there. Together these are S_k. In dimension 2,
K_k = e^{-k eta}/(2 sinh eta) gives the same with beta_k g = 1 and D e^{-kH} for the bottom.

(5) *Analyticity in the rectangle.* The discs |1 -+ u| < r^q cover its parts with Re theta <= a and Re theta >= pi -
b; the rest lies in the rectangle (a, pi-b) x (-H, H), on whose boundary `region`'s test passes. On every overlap
the functions agree on a real interval. D is the largest of the bounds on the two circles and on this boundary. QED.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.enclosure import from_parts, parts
from ..numbers.exact_numbers import ball
from ..numbers.precision import at_least, cached_property, precision, with_balls
from ..sphere.power_eigenvalues import cut_power, log_power_eigenvalue, power_eigenvalue
from .analyticity import PointOf, RegionArithmetic, RegionError, RegionPoint, cover, ramified, settled
from .values import EPS, Values, combine

# |t| on the circle around an end, largest first; at 2 the other end lies on it.
_CIRCLES = tuple(
    Fraction(x)
    for x in "1.9 1.6 1.3 1.1 .9 .75 .6 .5 .4 .3 .22 .16 .11 .08 .055 .04 .028 .02 .014 .01 .005 .0025".split()
)
_STRIPS = tuple(Fraction(x) for x in "3 2 1.4 1 .7 .5 .3 .2 .1 .05".split())
_SHARE = Fraction(3, 5)  # of the smaller disc's radius: how far along the cut the series is used
_MARGIN = Fraction(49, 50)
_READINGS = 600
# How far, in powers of t, coefficients beyond the remainder's are summed before Cauchy's bound takes over.
_EXTRA = 30
_SPARSE = 64  # how far, in powers of t, one more exponent is looked for at the least
_LONGEST = 4096  # coefficients among which exponents are looked for
_GAP = 2  # powers of t, beyond which nu* does not wait for the next exponent
_PRECISION = 192


@dataclass(frozen=True)
class Disc:
    """g(w) = kappa(+-(1 - w^q)) is analytic in |w|^q < radius and at most `bound` there."""

    radius: Fraction
    bound: Any


@dataclass(frozen=True, eq=False)
class Remainder:
    """A proved statement: for every degree k >= `start`, mu_k differs from the terms' sum by at most `bound(k)`.

    The terms are (nu, a, b): exponent, coefficient of t^nu at u = 1 and at u = -1. See the module for the proof and
    for the meaning of the numbers; coefficients and constants are Arb balls, the constants upper bounds.
    """

    d: int
    terms: tuple[tuple[Fraction, Any, Any], ...]
    order: Fraction  # nu*
    constant: Any  # R
    height: Any  # H
    largest: Any  # D
    start: int

    def _parts(self) -> tuple[Any, ...]:
        """The statement as plain numbers, exactly."""
        terms = tuple((nu, parts(a), parts(b)) for nu, a, b in self.terms)
        numbers = tuple(map(parts, (self.constant, self.height, self.largest)))
        return self.d, terms, self.order, numbers, self.start

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remainder) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __reduce__(self) -> Any:
        return _restored, self._parts()

    @with_balls
    def term(self, m: int, k: int) -> Any:
        """The m-th term of the expansion at degree k, a ball."""
        with at_least(_PRECISION):
            return self._term(m, k)

    def _term(self, m: int, k: int) -> Any:
        nu, a, b = self.terms[m]
        sine = (ball(nu) * ball(1).pi()).sin()
        return -sine * (a + b if k % 2 == 0 else a - b) * cut_power(self.d, nu).ball(k)

    @with_balls
    def sum(self, k: int) -> Any:
        """The terms' sum at degree k, a ball."""
        with at_least(_PRECISION):
            return sum((self._term(m, k) for m in range(len(self.terms))), ball(0))

    @with_balls
    def bound(self, k: int) -> Any:
        """An upper bound of |mu_k - sum(k)|, an exact ball."""
        if k < self.start:
            raise ValueError(f"k must be at least {self.start} for {len(self.terms)} terms; got {k}")
        with at_least(_PRECISION):
            jump = self.constant * cut_power(self.d, self.order).ball(k)
            return (jump + self._beyond(k)).upper()

    @with_balls
    def beyond(self, k: int) -> Any:
        """S_k of the module's docstring, a ball."""
        with at_least(_PRECISION):
            return self._beyond(k)

    def _beyond(self, k: int) -> Any:
        h, pi, d = self.height, ball(1).pi(), self.d
        weight, real, turned = ball(1), ball(1), ball(1)
        if d > 2:
            lam = ball(Fraction(d, 2) - 1)
            weight = (lam + 1).gamma() * ball(k + 1).gamma() * (lam + k + 1).rgamma()
            if d == 3:
                real = turned = (1 - (-2 * h).exp()) ** (lam - 1)
            else:
                turned = (1 + (-2 * h).exp()) ** (lam - 1)
        total = ball(0)
        for nu, a, b in self.terms:
            size = (abs(a) + abs(b)) * abs((ball(nu) * pi).sin()) / ball(2) ** ball(nu)
            total += size * (-(k - ball(nu)) * h).exp() / (k - ball(nu)) / pi
        total *= weight * real
        if d == 2:
            return total + self.largest * (-k * h).exp()
        return total + 2 * self.largest * h.cosh() * weight * turned * (-(k + 1) * h).exp()

    def __repr__(self) -> str:
        nus = ", ".join(str(nu) for nu, _, _ in self.terms)
        return (
            f"for every k >= {self.start}: |mu_k - terms in nu = {nus}| <= "
            f"{_three_digits(self.constant, ROUND_CEILING)} E_k({self.order}) "
            f"+ O(exp(-{_three_digits(self.height, ROUND_FLOOR)} k)), d = {self.d}"
        )


def _three_digits(x: Any, rounding: str) -> str:
    """A positive ball rounded to one side, also beyond the floats."""
    found = Context(prec=3, rounding=rounding).create_decimal(x.str(25, radius=False))
    return f"{float(found):.3g}" if -300 < found.adjusted() < 300 else f"{found:g}"


def _restored(d: int, terms: Any, order: Fraction, numbers: Any, start: int) -> Remainder:
    balls = tuple((nu, from_parts(a), from_parts(b)) for nu, a, b in terms)
    constant, height, largest = map(from_parts, numbers)
    return Remainder(d, balls, order, constant, height, largest, start)


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
        import flint

        if self.kernel.real_only:
            from ..expansions import ramification

            return math.lcm(*(ramification(self.kernel, at) for at in (1, -1)))
        q = 1
        for at in (1, -1):

            def attempt(factor: int, at: int = at, q: int = q) -> None:
                point = _circle(at, q * factor, Fraction(1))[1][0]
                settled(point(flint.acb(flint.arb(0.5)), None), self.kernel)

            with precision(_PRECISION):
                q *= ramified(attempt)[0]
        return q

    def coefficients(self, at: int, length: int, prec: int) -> list[Any]:
        """Balls of the coefficients of w^j, w = t^{1/q}, j < length."""
        from ..expansions import ball_expansion

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
            plus, minus = (self.coefficients(at, length, _PRECISION) for at in (1, -1))
            found = [Fraction(j, q) for j in range(1, length) if j % q and not (plus[j] == 0 and minus[j] == 0)]
            if len(found) > count:
                return found[:count], min(found[count], found[count - 1] + _GAP)
            order = found[-1] + _GAP * (count - len(found) + 1) if found else Fraction(0)
            if found and length >= q * max(order, Fraction(_SPARSE)):
                return found, order  # below the end of the powers that were looked at
            if length >= longest and not found:
                raise ValueError(f"{self.kernel!r} has no non-integer powers of t at u = +-1 up to t^{length // q}")
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

    def _disc(self, at: int) -> Disc:
        for radius in _CIRCLES:
            try:
                local, points = _circle(at, self.ramification, radius)
                found = cover(self.kernel, local, points, readings=_READINGS * self.ramification // 2)
            except RegionError:
                continue
            return Disc(radius, _largest(piece.bound for piece in found))
        raise RegionError(f"{self.kernel!r} could not be shown to be analytic around u = {at} off the cut")

    @cached_property
    def strip(self) -> tuple[Any, Any]:
        """(H, D) for a kernel that is analytic on [-1, 1]: analytic for |Im theta| < H, and |kappa| <= D there.

        Without cuts, only the bottom is left of step 4: |mu_k| <= 2 D cosh(H) beta_k G' e^{-(k+1) H}, or D e^{-kH}
        for d = 2.
        """
        for height in _STRIPS:
            try:
                found = cover(self.kernel, *_line(height), readings=_READINGS)
            except RegionError:
                continue
            return ball(height), _largest(piece.bound for piece in found)
        raise RegionError(f"{self.kernel!r} could not be shown to be analytic around [-1, 1]")

    @cached_property
    def rectangle(self) -> tuple[Fraction, Any, Any]:
        """(y, H, D): y = cosh H - 1, and D a bound of |kappa| on the rectangle of height H (steps 3 and 5)."""
        right, left = self.disc(1), self.disc(-1)
        y = _SHARE * min(right.radius, left.radius)
        while y > Fraction(1, 2000):
            height = (1 + ball(y)).acosh()
            try:
                sides = [_side(disc.radius, y) for disc in (right, left)]
                local, points = _rectangle(sides[0], sides[1], y)
                found = cover(self.kernel, local, points, count=48, readings=2 * _READINGS)
            except RegionError:
                y /= 2
                continue
            return y, height, _largest([right.bound, left.bound, *(p.bound for p in found)])
        raise RegionError(f"{self.kernel!r} could not be shown to be analytic in a rectangle next to [0, pi]")

    def remainder(self, d: int, count: int) -> Remainder:
        """The theorem with `count` terms."""
        with precision(_PRECISION):
            terms, order = self.terms(count, _PRECISION)
            y, height, largest = self.rectangle
            q, first = self.ramification, math.floor(order * self.ramification)
            length = first + q * _EXTRA
            total, root = ball(0), ball(y) ** ball(Fraction(1, q))
            for at in (1, -1):
                disc = self.disc(at)
                radius = ball(disc.radius) ** ball(Fraction(1, q))
                coefficients = self.coefficients(at, length, _PRECISION)
                for j in range(first, length):
                    if j % q:
                        sine = (ball(Fraction(j, q)) * ball(1).pi()).sin()
                        total += abs(coefficients[j] * sine) * root ** (j - first)
                ratio = root / radius
                total += disc.bound * radius ** (-length) * root ** (length - first) / (1 - ratio)
            start = math.floor(order) + 1
            return Remainder(d, tuple(terms), order, total.upper(), height, largest.upper(), max(start, 1))


@functools.lru_cache(maxsize=512)
def remainder(kernel: Zonal, d: int, count: int) -> Remainder:
    """The proved remainder of `count` terms on S^{d-1}."""
    kernel.require_continued("its expansion has no proved remainder")
    _require_singular(kernel)
    return expansion(kernel).remainder(d, count)


def asymptotic(kernel: Zonal, d: int, k: np.ndarray[Any, Any], count: int) -> Values:
    """The sum of the first `count` terms in float64, for k beyond the last exponent; its error is that of rounding."""
    _require_singular(kernel)
    with at_least(_PRECISION):
        found, _ = expansion(kernel).terms(count, _PRECISION)
        terms = [(nu, float(a + b), float(a - b)) for nu, a, b in found]
    if not all(math.isfinite(even) and math.isfinite(odd) for _, even, odd in terms):
        raise ValueError(f"the coefficients of {kernel!r} at u = +-1 leave the floats: ask for balls (digits=)")
    parts = []
    for nu, even, odd in terms:
        _require_degree(int(k.min(initial=2**53)), nu, count)
        sign, log_abs = map(np.asarray, log_power_eigenvalue(d, float(nu), k))
        value = np.asarray(power_eigenvalue(d, float(nu), k))
        error = EPS * np.where(log_abs > -650, 8.0, 3 * np.abs(log_abs))
        parts.append((np.where(k % 2 == 0, even, odd), Values(value, log_abs, sign, error)))
    return combine(parts)


def asymptotic_ball(kernel: Zonal, d: int, k: int, count: int, digits: int) -> Any:
    """The sum of the first `count` terms as a ball."""
    _require_singular(kernel)
    bits = int(digits * math.log2(10)) + 96
    with precision(bits):
        terms, order = expansion(kernel).terms(count, bits)
        _require_degree(k, terms[-1][0], count)
        return Remainder(d, tuple(terms), order, None, None, None, 1).sum(k)


def _require_singular(kernel: Zonal) -> None:
    if not kernel.singular:
        raise ValueError(f"{kernel!r} is analytic on [-1, 1]: its eigenvalues fall faster than any power of k")
    if 0 in kernel.singular:
        raise ValueError(
            f"{kernel!r} is not shown to be analytic inside (-1, 1): a layer reaches a singular point of the next one "
            "there, and expansions at u = 1 and u = -1 do not tell the eigenvalues"
        )


def _require_degree(k: int, nu: Fraction, count: int) -> None:
    if k <= nu:
        raise ValueError(f"k must be above {nu} for {count} terms; got {k}")


def _largest(bounds: Any) -> Any:
    largest = ball(0)
    for bound in bounds:
        largest = largest.max(bound)
    return largest


def _side(radius: Fraction, y: Fraction) -> float:
    """An angle a <= 1.4 such that the disc covers Re theta <= a, |Im theta| <= H: cosh H - cos a < radius."""
    edge = float(1 + y - _MARGIN * radius)
    return min(1.4, math.acos(edge)) if edge > -1 else 1.4


def _circle(at: int, q: int, radius: Fraction) -> tuple[Callable[[Any], Any], list[PointOf]]:
    import flint

    arithmetic = RegionArithmetic()

    def local(tau: Any) -> Any:
        return flint.acb(0, tau * flint.arb.pi()).exp() * ball(radius) ** ball(Fraction(1, q))

    def point(w: Any, centre: RegionPoint | None) -> RegionPoint:
        t = w**q
        if at == 1:
            return RegionPoint(arithmetic, 1 - t, t, 2 - t, w, order=q, centre=centre)
        return RegionPoint(arithmetic, t - 1, 2 - t, t, w, coorder=q, by_left=True, centre=centre)

    return local, [point]


def _line(height: Fraction) -> tuple[Callable[[Any], Any], list[PointOf]]:
    """The line Im theta = -height, 0 <= Re theta <= pi."""
    import flint

    def local(tau: Any) -> Any:
        return flint.acb(flint.arb.pi() * tau, -ball(height))

    def point(theta: Any, centre: RegionPoint | None) -> RegionPoint:
        return RegionPoint.of_angle(theta, False, theta, 0, centre)

    return local, [point]


def _rectangle(right: float, left: float, y: Fraction) -> tuple[Callable[[Any], Any], list[PointOf]]:
    """The lower half of the boundary of (right, pi - left) x (-H, H): down, along and up, at equal lengths of tau."""
    import flint

    a, b = Fraction(right), Fraction(left)

    def local(tau: Any) -> Any:
        start, stop, height = ball(a), flint.arb.pi() - ball(b), (1 + ball(y)).acosh()
        position = 3 * tau
        if position.mid() < 1:
            return flint.acb(start, -height * position)
        if position.mid() < 2:
            return flint.acb(start + (stop - start) * (position - 1), -height)
        return flint.acb(stop, -height * (3 - position))

    def point(theta: Any, centre: RegionPoint | None) -> RegionPoint:
        return RegionPoint.of_angle(theta, False, theta, 0, centre)

    return local, [point]
