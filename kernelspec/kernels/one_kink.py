r"""Rigorous balls, real and complex, of the duals of activations whose only kink is at 0: kappa is entire in the angle.

*Quadrants.* f is g(x) for x > 0 and h(-x) for x < 0, g and h sums of c x^m e^{beta x}. With
Q_{gh}(u) = E[g(a) 1_{a>0} h(b) 1_{b>0}], (a, b) standard Gaussian of correlation u,

.. math:: \kappa(u) = Q_{gg}(u) + Q_{hh}(u) + 2 Q_{gh}(-u) .

*Entire.* In polar coordinates, with G_n(s) = int_0^oo r^n e^{rs - r^2/2} dr, the part of x^m e^{beta x} and x^l
e^{gamma x} at u = cos(theta) is

.. math:: T_{ml}(\theta) = \frac1{2\pi} \int_{\theta-\pi/2}^{\pi/2} \cos^m\!\varphi\, \cos^l(\varphi-\theta)\,
   G_{m+l+1}(\beta\cos\varphi + \gamma\cos(\varphi-\theta))\, d\varphi,

where everything is entire in phi and theta: so is the integral over the segment, and kappa(cos theta).

*Its Taylor series.* By `expansions.kinks`, dQ_{gh}/du = Q_{g'h'} + D; with b = beta gamma and sigma = sin(theta)

.. math:: \frac{d}{du}\big(e^{-bu} T_{ml}\big) = e^{-bu} \big(ml\,T_{m-1,l-1} + m\gamma\,T_{m-1,l}
   + l\beta\,T_{m,l-1} + D_{ml}\big),

.. math:: D_{00} = \frac{\gamma S_0(\gamma) + \beta S_0(\beta)}{\sqrt{2\pi}} + \frac1{2\pi\sigma}, \qquad
   D_{0l} = \frac{l S_{l-1}(\gamma) + \gamma S_l(\gamma)}{\sqrt{2\pi}}

(m >= 1 alike, and D_{ml} = 0 for m, l >= 1) with S_j(gamma) = E[(sigma z)^j e^{gamma sigma z} 1_{z>0}], which is
e^{gamma^2 sigma^2/2} Phi(gamma sigma), then sigma (2 pi)^{-1/2} + gamma sigma^2 S_0, and from there on
(j-1) sigma^2 S_{j-2} + gamma sigma^2 S_{j-1}. Degrees fall, and du = -sigma d theta makes all of it entire: integrals
of power series in theta around u = 1, where T_{ml} is a half-line moment, and in pi - theta around u = -1, where it
is 0.

*The tail.* On the segment |cos phi| and |cos(phi - theta)| are at most cosh(y), y >= |Im theta|, and for
-delta <= Re theta <= pi + delta the real parts of phi and phi - theta are within delta of [-pi/2, pi/2]. So the real
part of G's argument is at most the larger of a cosh(y) + b and a + b cosh(y) (convexity along the segment), with
a = beta for beta > 0, else |beta| sin(min(delta, pi/2)), and b likewise; |G_n(s)| <= G_n(Re s), and the segment is no
longer than |pi + delta + iy|. That bounds |kappa|, and by Cauchy what follows the last coefficient.

*Wide balls* are read by Taylor's formula around their middle, with Cauchy's bound of its remainder, too.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from ..numbers.exact_numbers import ball
from ..numbers.precision import precision
from .activations import Activation, Terms, derived
from .piecewise_values import exact_one
from .points import Pair, Point

_STEP = 64  # precisions are multiples of it, so that readings share their series
_GUARD = 24
_BOUND_BITS = 64
# Discs around an end and around the angle pi/4 from it, each with a series of its own.
_RADII = (tuple(map(Fraction, "0.85".split())), tuple(map(Fraction, "0.9 1.35 2".split())))
_ARCS = 12  # of half a circle, on which kappa is bounded
_WIDER = tuple(map(Fraction, "1.15 1.3 1.5 1.75 2 2.3 2.7 3.2 4".split()))  # by how much the disc of Cauchy's bound is larger
_LONGEST = 8000  # coefficients
_TERMS = 8  # of Taylor's formula around the middle of a wide ball
_NARROW = 2.0**-30  # of a ball's middle: balls that two terms tell
_CLOSE, _AROUND = Fraction(1, 16), Fraction(1, 2)  # discs around narrow and wide balls' middles, for Cauchy's bound
_ATTEMPTS = 4


def ball_pair(activation: Activation, point: Point) -> Pair:
    """Value, defect and kappa(1) at a ball of u, real or complex, by its angle to the nearer end.

    The angle is read from the point: in a region that tests its analyticity (`spectrum.region_points`).
    """
    one = exact_one(activation).ball(flint.ctx.prec)
    change = _change(activation, 1 if point.near else -1, point.psi)
    if point.near:
        return Pair(one + change, -change, one)
    value = _end_value(activation, -1, flint.ctx.prec) + change
    return Pair(value, one - value, one)


@functools.lru_cache(maxsize=256)
def _end_value(activation: Activation, end: int, bits: int) -> Any:
    """kappa(end), an exact 0 where it is 0."""
    from ..expansions.kinks import end_value

    found = end_value(activation, end)
    return flint.arb(0) if found.is_zero() else found.ball(bits)


# -- reading -------------------------------------------------------------------------------------------------------


def _change(activation: Activation, end: int, t: Any) -> Any:
    """kappa at the angle t from an end, less its value there; not finite for a ball that is too wide.

    ArithmeticError where the series would have too many terms: far from [0, pi], and for steep exponentials.
    """
    middle, radius = _centred(t)
    narrow = radius <= _NARROW * abs(middle)
    around = ball(_CLOSE if narrow else _AROUND)
    series = _series(activation, end, middle, around) if t.is_finite() and radius < 0.8 * around else None
    if series is None:
        if narrow and t.is_finite():
            raise ArithmeticError(f"the dual of {activation.text()} is not read at the angle {middle.str(5)}")
        return t * flint.arb("nan")
    place = middle - series.centre
    value, missing = series.start + series.terms(0)(place), series.tail(abs(place))
    if not radius == 0:  # Taylor's formula: its coefficients are the polynomial's, but for the tail's in the disc
        count = 2 if narrow else _TERMS
        value = value + series.terms(1)(place) * (t - middle)
        for j in range(2, count):
            missing = missing + abs(series.terms(j)(place)) * radius**j
        with precision(_BOUND_BITS):
            share = radius / around
            largest = _largest(_quadrants(activation), *_box(middle, around))
            missing += (series.tail(abs(place) + around) * share + largest * share**count) / (1 - share)
    error = flint.arb(0, missing.upper())
    return value + (flint.acb(error, error) if isinstance(t, flint.acb) else error)


def _centred(t: Any) -> tuple[Any, Any]:
    """The middle of a ball, and an upper bound of the distance from it."""
    if isinstance(t, flint.acb):
        return flint.acb(t.real.mid(), t.imag.mid()), abs(flint.acb(t.real.rad(), t.imag.rad())).upper()
    return t.mid(), t.rad()


def _box(middle: Any, radius: Any) -> tuple[Any, Any]:
    """delta and y of the module's docstring for the disc around an angle, or of this half width and height."""
    x, y = (middle.real, middle.imag) if isinstance(middle, flint.acb) else (middle, flint.arb(0))
    delta = (radius - x).max(x + radius - flint.arb.pi()).max(flint.arb(0))
    return delta.upper(), (abs(y) + radius).upper()


# -- bounds --------------------------------------------------------------------------------------------------------

# The parts g, h of kappa's quadrants, and how often each counts.
_Quadrants = tuple[tuple[Terms, Terms, int, int], ...]


@functools.lru_cache(maxsize=256)
def _quadrants(activation: Activation) -> _Quadrants:
    """(g, h, the sign of u, how often it counts) of the quadrants that are not 0."""
    g, h = activation.terms[1], activation.mirrored().terms[1]
    return tuple(part for part in ((g, g, 1, 1), (h, h, 1, 1), (g, h, -1, 2)) if part[0] and part[1])


def _largest(quadrants: _Quadrants, delta: Any, y: Any) -> Any:
    """An upper bound of |kappa(cos theta)| for -delta <= Re theta <= pi + delta, |Im theta| <= y."""
    total, high = flint.arb(0), y.cosh()
    sine = delta.sin() if delta < 1.5 else flint.arb(1)
    for first, second, _, times in quadrants:
        for (m, beta), c in first.items():
            for (n, gamma), e in second.items():
                a, b = (ball(rate) if rate > 0 else ball(-rate) * sine for rate in (beta, gamma))
                rise = (a * high + b).max(a + b * high)
                total += times * abs(ball(c * e)) * high ** (m + n) * _radial(m + n + 1, rise)
    length = abs(flint.acb(flint.arb.pi() + delta, y))
    return (total * length / (2 * flint.arb.pi())).upper()


def _radial(n: int, s: Any) -> Any:
    """G_n(s) for s >= 0."""
    half = (1 + (s / flint.arb(2).sqrt()).erf()) / 2
    before, found = flint.arb(0), (2 * flint.arb.pi()).sqrt() * (s * s / 2).exp() * half
    for j in range(1, n + 1):
        before, found = found, ((j - 1) * before if j > 1 else 1) + s * found
    return found


@dataclass(frozen=True)
class _Plan:
    """Of an entire function bounded by `bound` on the circle of radius `disc`, `length` coefficients."""

    length: int
    disc: Any
    bound: Any

    def tail(self, size: Any) -> Any:
        """What follows is at most this at distances up to `size`, by Cauchy's bound of the coefficients."""
        with precision(_BOUND_BITS):
            share = size / self.disc
            return (self.bound * share**self.length / (1 - share)).upper()


def _plan(quadrants: _Quadrants, centre: Any, radius: Fraction, bits: int) -> _Plan | None:
    """The fewest coefficients around an angle of which the tail is below 2^-bits; None where these are too many."""
    best: _Plan | None = None
    with precision(_BOUND_BITS):
        for wider in _WIDER:
            disc, bound = ball(radius * wider), flint.arb(0)
            for i in range(_ARCS):
                turn = flint.arb(2 * i + 1, 1) * flint.arb.pi() / (2 * _ARCS)
                place = centre + disc * flint.acb(turn.cos(), turn.sin())
                bound = bound.max(_largest(quadrants, *_box(place, flint.arb(0))))
            if not bound.is_finite():
                break
            needed = (bits * math.log(2) + float(bound.log()) - math.log(1 - 1 / wider)) / math.log(wider)
            length = max(8, math.ceil(needed) + 1)
            if length <= _LONGEST and (best is None or length < best.length):
                best = _Plan(length, disc, bound)
    return best


# -- the series ----------------------------------------------------------------------------------------------------


@dataclass
class _Series:
    """kappa less its value at an end is `start` and a polynomial in the angle less `centre`, and the plan's tail."""

    centre: Any
    start: Any
    polynomials: list[Any]
    plan: _Plan

    def terms(self, j: int) -> Any:
        """The j-th derivative of the polynomial, over j!."""
        while len(self.polynomials) <= j:
            self.polynomials.append(self.polynomials[-1].derivative() * (flint.arb(1) / len(self.polynomials)))
        return self.polynomials[j]

    def tail(self, size: Any) -> Any:
        """What follows the polynomial's last term is at most this at distances up to `size`."""
        return self.plan.tail(size)


def _series(activation: Activation, end: int, middle: Any, around: Any) -> _Series | None:
    """The series for the disc around an angle at the precision in force; None where too many terms are needed."""
    bits = flint.ctx.prec + -flint.ctx.prec % _STEP
    for quarter, radii in enumerate(_RADII):
        size = abs(middle - quarter * flint.arb.pi() / 4) + around
        for radius in radii:
            if size <= ball(radius):
                return _read(activation, end, quarter, radius, bits)
    return None


@functools.lru_cache(maxsize=128)
def _read(activation: Activation, end: int, quarter: int, radius: Fraction, bits: int) -> _Series | None:
    """The series in the disc of that radius around 0 or pi/4, whose coefficients lose at most 2^-bits there."""
    working = bits + _GUARD
    with precision(working):
        centre = quarter * flint.arb.pi() / 4
    plan = _plan(_quadrants(activation), centre, radius, working)
    if plan is None:
        return None
    for _ in range(_ATTEMPTS):
        coefficients = _coefficients(activation, end, quarter, plan.length, working)
        with precision(_BOUND_BITS):
            lost = sum((c.rad() * ball(radius) ** i for i, c in enumerate(coefficients)), flint.arb(0))
            missing = float(lost.log()) / math.log(2) + bits if lost > 0 else 0.0
        if missing <= 0:
            start, polynomial = flint.arb(0), flint.arb_poly(coefficients)
            if quarter:
                with precision(working):
                    start = coefficients[0] - _end_value(activation, end, working)
                polynomial = flint.arb_poly([flint.arb(0), *coefficients[1:]])
            return _Series(centre, start, [polynomial], plan)
        working += math.ceil(missing) + _GUARD
    return None


def _coefficients(activation: Activation, end: int, quarter: int, length: int, bits: int) -> list[Any]:
    """The first Taylor coefficients in the angle from an end; around the end itself without the constant one."""
    parts = _quadrants(activation)
    with precision(bits, cap=length):
        total = flint.arb_series([0], length)
        for first, second, sign, times in parts:
            total = total + times * _quadrant(first, second, end * sign, quarter, length)
        found = [total[i] for i in range(length)]
        if quarter:
            return found
        # What is known to be 0 is an exact 0: at the ends this is all.
        jump = ball(activation.jump(Fraction(0)).get(Fraction(0), Fraction(0)))
        found[:2] = [flint.arb(0), -end * jump**2 / (2 * flint.arb.pi())]
    if end == -1 and len(parts) == 1:
        zeros = 2 * _order(parts[0][0]) + 1
        found[:zeros] = [flint.arb(0)] * zeros
    return found


def _order(terms: Terms) -> int:
    """The order of the zero at x = 0."""
    order = 0
    while sum(c for (m, _), c in terms.items() if m == 0) == 0:
        order, terms = order + 1, derived(terms)
    return order


def _quadrant(g: Terms, h: Terms, sign: int, quarter: int, length: int) -> Any:
    """Q_{gh} at u = sign cos(theta) as a series in theta around 0 or pi/4."""
    total = flint.arb_series([0], length)
    for beta in sorted({rate for _, rate in g}):
        for gamma in sorted({rate for _, rate in h}):
            first, second = ({m: c for (m, rate), c in side.items() if rate == r} for side, r in ((g, beta), (h, gamma)))
            table = _table(beta, max(first), gamma, max(second), sign, quarter, length)
            for m, c in first.items():
                for n, e in second.items():
                    total = total + table[m, n] * ball(c * e)
    return total


def _table(
    beta: Fraction, top: int, gamma: Fraction, other: int, sign: int, quarter: int, length: int
) -> dict[tuple[int, int], Any]:
    """T_{ml}, m <= top and l <= other, at u = sign cos(theta) around 0 or pi/4, at the precision in force."""
    centre = quarter * flint.arb.pi() / 4
    starts = _starts(beta, top, gamma, other, sign, quarter)
    sine, cosine = flint.arb_series([centre, 1], length).sin_cos()
    density = 1 / (2 * flint.arb.pi()).sqrt()
    means = {rate: _means(rate, max(top, other), sine) for rate in {beta, gamma}}
    twist = ball(sign * beta * gamma)
    grows, falls = (((c * twist * cosine).exp() if beta * gamma else flint.arb(1)) for c in (1, -1))
    untwisted = (-twist * centre.cos()).exp()
    out: dict[tuple[int, int], Any] = {}
    for m in range(top + 1):
        for n in range(other + 1):
            inner = flint.arb_series([0], length)
            for back, c in (((m - 1, n - 1), Fraction(m * n)), ((m - 1, n), m * gamma), ((m, n - 1), n * beta)):
                if c:
                    inner = inner + out[back] * ball(c)
            inner = inner * sine
            for rate, degree in ((gamma, n),) * (not m) + ((beta, m),) * (not n):
                mean = means[rate][degree] * ball(rate)
                if degree:
                    mean = mean + means[rate][degree - 1] * degree
                inner = inner + sine * mean * density
            if not (m or n):
                inner = inner + 1 / (2 * flint.arb.pi())
            out[m, n] = grows * (starts[m, n] * untwisted - sign * (falls * inner).integral())
    return out


def _starts(beta: Fraction, top: int, gamma: Fraction, other: int, sign: int, quarter: int) -> dict[tuple[int, int], Any]:
    """T_{ml} at the angle 0, half-line moments or 0, or at pi/4, by the series around 0."""
    from ..expansions.kinks import moment

    if quarter:
        centre, bits = flint.arb.pi() / 4, flint.ctx.prec
        powers = tuple({(m, rate): Fraction(1) for m in range(most + 1)} for rate, most in ((beta, top), (gamma, other)))
        plan = _plan(((*powers, sign, 1),), flint.arb(0), _RADII[0][0], bits)
        assert plan is not None  # as there was one for discs that hold this one's
        with precision(bits, cap=plan.length):
            table = _table(beta, top, gamma, other, sign, 0, plan.length)
        error = flint.arb(0, plan.tail(centre))
        return {key: flint.arb_poly(found.coeffs())(centre) + error for key, found in table.items()}
    zero = flint.arb(0)
    keys = [(m, n) for m in range(top + 1) for n in range(other + 1)]
    return {
        (m, n): moment(m + n, beta + gamma, Fraction(0), None).ball(flint.ctx.prec) if sign == 1 else zero
        for m, n in keys
    }


def _means(rate: Fraction, top: int, sine: Any) -> list[Any]:
    """S_0, ..., S_top of the module's docstring."""
    scaled = sine * ball(rate)
    found = [(scaled * scaled / 2).exp() * (1 + (scaled / flint.arb(2).sqrt()).erf()) / 2]
    for j in range(1, top + 1):
        mean = sine * scaled * found[-1]
        mean = mean + (sine / (2 * flint.arb.pi()).sqrt() if j == 1 else (j - 1) * sine * sine * found[-2])
        found.append(mean)
    return found
