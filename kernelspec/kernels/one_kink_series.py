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
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import precision
from .activations import Activation, Terms, derived
from .piecewise_values import at_centre

BOUND_BITS = 64  # of bounds
# Discs around an end and around the angle pi/4 from it, each with a series of its own.
RADII = ((Fraction(17, 20),), (Fraction(9, 10), Fraction(27, 20), Fraction(2)))
_ARCS = 12  # of half a circle, on which kappa is bounded
# By how much the disc of Cauchy's bound is larger than that of a series.
_WIDER = tuple(map(Fraction, "1.15 1.3 1.5 1.75 2 2.3 2.7 3.2 4".split()))
_LONGEST, _A_BIT = 800, 4  # coefficients: more take longer than smaller discs do
_HIGHEST = 2.0**1000  # of bounds that are of use


@functools.lru_cache(maxsize=256)
def base_value(activation: Activation, at: int, bits: int) -> Any:
    """kappa(at), at = 1, 0 or -1, an exact 0 where it is 0."""
    found = at_centre(activation, at)
    return flint.arb(0) if found.is_zero() else found.ball(bits)


# -- bounds --------------------------------------------------------------------------------------------------------

# The parts g, h of kappa's quadrants as sums of (m, beta, c), the sign of u there, and how often each counts.
_Piece = tuple[tuple[int, Scalar, Scalar], ...]
_Quadrants = tuple[tuple[_Piece, _Piece, int, int], ...]


@functools.lru_cache(maxsize=256)
def quadrants(activation: Activation) -> _Quadrants:
    """Those that are not 0."""
    g, h = activation.pieces[1], activation.mirrored().pieces[1]
    return tuple(part for part in ((g, g, 1, 1), (h, h, 1, 1), (g, h, -1, 2)) if part[0] and part[1])


def largest(quadrants: _Quadrants, delta: Any, y: Any) -> Any:
    """An upper bound of |kappa(cos theta)| for -delta <= Re theta <= pi + delta, |Im theta| <= y."""
    total, high = flint.arb(0), y.cosh()
    sine = delta.sin() if delta < 1.5 else flint.arb(1)
    for first, second, _, times in quadrants:
        for m, beta, c in first:
            for n, gamma, e in second:
                a, b = (rate if rate > 0 else -rate * sine for rate in (ball(beta), ball(gamma)))
                rise = (a * high + b).max(a + b * high)
                total += times * abs(ball(c) * ball(e)) * high ** (m + n) * _radial(m + n + 1, rise)
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
class Plan:
    """Of an entire function bounded by `bound` on the circle of radius `disc`, `length` coefficients."""

    length: int
    disc: Any
    bound: Any

    def tail(self, size: Any) -> Any:
        """What follows is at most this at distances up to `size`, by Cauchy's bound of the coefficients."""
        with precision(BOUND_BITS):
            share = size / self.disc
            return (self.bound * share**self.length / (1 - share)).upper()


def plan_of(quadrants: _Quadrants, quarter: int, radius: Fraction, bits: int) -> Plan | None:
    """The fewest coefficients around 0 or pi/4 of which the tail is below 2^-bits; None where these are too many."""
    best: Plan | None = None
    for wider, disc, bound in _bounds(quadrants, quarter, radius):
        needed = (bits * math.log(2) + float(bound.log()) - math.log(1 - 1 / wider)) / math.log(wider)
        length = max(8, math.ceil(needed) + 1)
        if length <= _LONGEST + _A_BIT * bits and (best is None or length < best.length):
            best = Plan(length, disc, bound)
    return best


@functools.lru_cache(maxsize=512)
def _bounds(quadrants: _Quadrants, quarter: int, radius: Fraction) -> list[tuple[Fraction, Any, Any]]:
    """By how much circles around 0 or pi/4 are wider than `radius`, their radii, and bounds of |kappa| on them."""
    out = []
    with precision(BOUND_BITS):
        for wider in _WIDER:
            disc, bound = ball(radius * wider), flint.arb(0)
            for i in range(_ARCS):
                turn = flint.arb(2 * i + 1, 1) * flint.arb.pi() / (2 * _ARCS)
                place = quarter * flint.arb.pi() / 4 + disc * flint.acb(turn.cos(), turn.sin())
                bound = bound.max(largest(quadrants, *box(place, flint.arb(0))))
            if not bound.is_finite() or bound > _HIGHEST:
                break
            out.append((wider, disc, bound))
    return out


def box(middle: Any, radius: Any) -> tuple[Any, Any]:
    """delta and y of the module's docstring for the disc around an angle, or of this half width and height."""
    x, y = (middle.real, middle.imag) if isinstance(middle, flint.acb) else (middle, flint.arb(0))
    delta = (radius - x).max(x + radius - flint.arb.pi()).max(flint.arb(0))
    return delta.upper(), (abs(y) + radius).upper()


# -- coefficients --------------------------------------------------------------------------------------------------


def coefficients(activation: Activation, end: int, quarter: int, length: int, bits: int) -> list[Any]:
    """The first Taylor coefficients in the angle from an end; around the end itself without the constant one."""
    parts = quadrants(activation)
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


@functools.lru_cache(maxsize=64)
def end_balls(activation: Activation, end: int, count: int, bits: int) -> list[Any]:
    """Balls of the coefficients of w^{j/2}, j > 0, w = 1 - u (end = 1) or 1 + u, as theta = 2 arcsin (w/2)^{1/2}."""
    working = bits + 2 * count
    angle = coefficients(activation, end, 0, count, working)
    with precision(working, cap=count):
        root = flint.arb_series([0, 1 / flint.arb(2).sqrt()], count)
        found = flint.arb_series(angle, count)(2 * root.asin())
        return [found[j] for j in range(count)]


def _order(piece: _Piece) -> int:
    """The order of the zero at x = 0."""
    order = 0
    terms: Terms = {(m, beta): c for m, beta, c in piece}
    while sum(c for (m, _), c in terms.items() if m == 0) == 0:
        order, terms = order + 1, derived(terms)
    return order


def _quadrant(g: _Piece, h: _Piece, sign: int, quarter: int, length: int) -> Any:
    """Q_{gh} at u = sign cos(theta) as a series in theta around 0 or pi/4."""
    total = flint.arb_series([0], length)
    for beta in sorted({rate for _, rate, _ in g}):
        for gamma in sorted({rate for _, rate, _ in h}):
            first, second = ({m: c for m, rate, c in side if rate == r} for side, r in ((g, beta), (h, gamma)))
            table = _table(beta, max(first), gamma, max(second), sign, quarter, length)
            for m, c in first.items():
                for n, e in second.items():
                    total = total + table[m, n] * (ball(c) * ball(e))
    return total


def _table(
    beta: Scalar, top: int, gamma: Scalar, other: int, sign: int, quarter: int, length: int
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


def _starts(beta: Scalar, top: int, gamma: Scalar, other: int, sign: int, quarter: int) -> dict[tuple[int, int], Any]:
    """T_{ml} at the angle 0, half-line moments or 0, or at pi/4, by the series around 0."""
    from ..expansions.kinks import moment

    if quarter:
        centre, bits = flint.arb.pi() / 4, flint.ctx.prec
        one = Fraction(1)
        g, h = (tuple((m, rate, one) for m in range(most + 1)) for rate, most in ((beta, top), (gamma, other)))
        plan = plan_of(((g, h, sign, 1),), 0, RADII[0][0], bits)
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


def _means(rate: Scalar, top: int, sine: Any) -> list[Any]:
    """S_0, ..., S_top of the module's docstring."""
    scaled = sine * ball(rate)
    found = [(scaled * scaled / 2).exp() * (1 + (scaled / flint.arb(2).sqrt()).erf()) / 2]
    for j in range(1, top + 1):
        mean = sine * scaled * found[-1]
        mean = mean + (sine / (2 * flint.arb.pi()).sqrt() if j == 1 else (j - 1) * sine * sine * found[-2])
        found.append(mean)
    return found
