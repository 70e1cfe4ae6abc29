r"""Values of the dual kernels of piecewise smooth activations in many digits, at many angles: Taylor series on panels.

With f_b the pieces p e^{bx} of rate b, f_{b,i} those with the i-th derivative of p, and D of `expansions.kinks`,
A_{ij}(u) = E[f_{b,i}(a) f_{c,j}(b)] obeys A_{ij}' = bc A_{ij} + b A_{i,j+1} + c A_{i+1,j} + A_{i+1,j+1} + D_{ij}: a
finite triangle, in which bc A_{ij} is solved by e^{bcu}. Along u = cos(theta), with w = e^{bc cos(theta)},

.. math:: \frac{d}{d\theta} \frac{A_{ij}}{w} = -\frac{\sin\theta}{w} (b A_{i,j+1} + c A_{i+1,j} + A_{i+1,j+1} + D_{ij}),

from A_{ij}(0) = E f_{b,i} E f_{c,j} at theta = pi/2 outwards; D sin(theta) has the formula of `piecewise_values`,
here in power series of Arb balls. On a panel |theta - c| <= h all series are in (theta - c)/h, to a length at which the
last coefficients are below 2^-bits; where they are not, the panel is halved. Towards an end where two kinks x != y
give e^{-(x-y)^2/(2 theta^2)} the panels shrink with theta, and what is below 2^-bits on the last one is left out there.
An error grows by up to e^{bc} on its way: so many more bits are taken.

Only the middles of the balls are kept, at many more bits than are asked for: as enclosures they would grow with every
level, by far more than their middles err. So nothing is proved here.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import flint

from ..numbers.exact_numbers import ball
from ..numbers.precise_arithmetic import BallArithmetic
from ..numbers.precision import at_least
from .activations import Activation, monic
from .conditional_means import Functions
from .piecewise_values import _boundary, _Level, exact_one
from .points import Pair, Point

GUARD = 64  # bits of rounding
_DROPPED = 1.5  # what is smaller than 2^-bits to this power in the middle of a panel is left out
_LAST = 4  # coefficients that are looked at
_LOST = 1.5  # bits over the square of the largest rate, by which errors grow and means cancel
_STEEPEST = 24  # 13 seconds
_NARROWEST = 2.0**-24
_LOG2 = math.log(2)
_MIDDLE = math.pi / 2


class PanelArithmetic(BallArithmetic):
    """Balls in which duals of activations with pieces are read, too, by their panels, to an absolute 2^-bits or so."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits
        self.known: dict[Any, tuple[list[_Panel], Any]] = {}  # by kernel: its panels, and kappa(1)

    def by_panels(self, kernel: Any, activation: Activation, point: Point) -> Pair:
        """Value, defect and kappa(1) of the dual `kernel`, each with an absolute error of about 2^-bits."""
        if kernel not in self.known:
            found = _panels(activation, self.bits)
            self.known[kernel] = found, exact_one(activation).ball(flint.ctx.prec)
        panels, one = self.known[kernel]
        theta = point.psi if point.near else flint.arb.pi() - point.psi
        at = float(theta.mid())
        panel = next((panel for panel in panels if panel.low <= at), panels[-1])
        value = panel.series((theta.mid() - panel.centre) / panel.half).mid()
        return Pair(value, one - value, one)


@dataclass
class _Panel:
    low: float
    centre: Any
    half: Any
    series: Any  # of kappa, in (theta - centre)/half


@dataclass
class _Part:
    """f_{b,i}: its mean, its jumps and its derivative, `scale` times `rest`."""

    rate: Fraction
    mean: Any
    jumps: dict[Fraction, Any]
    rest: Activation
    scale: Fraction


@dataclass
class _Plan:
    """The parts f_{b,i} by b and i, the pairs of rates with how often each counts, and the A_ij that each needs."""

    parts: dict[Fraction, list[_Part]]
    pairs: list[tuple[Fraction, Fraction, int, list[tuple[int, int]]]]


def _planned(activation: Activation) -> _Plan:
    from ..expansions.kinks import mean, number

    parts: dict[Fraction, list[_Part]] = {}
    for rate in sorted({beta for piece in activation.pieces for _, beta, _ in piece}):
        parts[rate] = []
        pieces = [{m: c for (m, beta), c in piece.items() if beta == rate} for piece in activation.terms]
        while any(pieces):
            frozen = tuple(tuple((m, rate, c) for m, c in sorted(piece.items())) for piece in pieces)
            f = Activation(activation.breaks, frozen)
            jumps = {x: number(f.jump(x)).ball(flint.ctx.prec) for x in f.breaks if f.jump(x)}
            parts[rate].append(_Part(rate, mean(f).ball(flint.ctx.prec), jumps, *monic(f.derivative())))
            pieces = [{m - 1: m * c for m, c in piece.items() if m} for piece in pieces]
    pairs = []
    for b, c in itertools.combinations_with_replacement(parts, 2):
        todo, needed = [(0, 0)], set()
        while todo:
            i, j = todo.pop()
            if (i, j) not in needed and i < len(parts[b]) and j < len(parts[c]):
                needed.add((i, j))
                todo += [(i + 1, j + 1), *([(i, j + 1)] if b else []), *([(i + 1, j)] if c else [])]
        pairs.append((b, c, 1 if b == c else 2, sorted(needed, reverse=True)))
    return _Plan(parts, pairs)


_Values: TypeAlias = dict[tuple[Fraction, Fraction, int, int], Any]


@functools.lru_cache(maxsize=128)
def _panels(activation: Activation, bits: int) -> list[_Panel]:
    """The panels that cover [0, pi], the last one first."""
    if activation.largest_rate > _STEEPEST:
        raise ValueError(
            f"{activation.text()} is too steep for its series: rates of exponentials must be at most {_STEEPEST} here"
        )
    lost = math.ceil(_LOST * activation.largest_rate**2)
    bits += lost
    with at_least(bits + lost + GUARD):
        plan = _planned(activation)
        starts: _Values = {
            (b, c, i, j): plan.parts[b][i].mean * plan.parts[c][j].mean
            for b, c, _, needed in plan.pairs
            for i, j in needed
        }
        out: list[_Panel] = []
        for end in (0.0, math.pi):
            values = dict(starts)
            todo = _edges(activation, end, bits)
            while todo:
                a, b = todo.pop()
                found = _panel(plan, a, b, values, bits)
                if found is not None:
                    panel, values = found
                    out.append(panel)
                elif abs(b - a) < _NARROWEST:
                    raise ArithmeticError(f"{activation.text()} has no series that converge at the angle {a:.6g}")
                else:
                    todo += [((a + b) / 2, b), (a, (a + b) / 2)]
        return sorted(out, key=lambda panel: -panel.low)


def _edges(activation: Activation, end: float, bits: int) -> list[tuple[float, float]]:
    """Panels (from, to) from pi/2 to an end, the last one first."""
    sign = 1 if end else -1
    gaps = [abs(x + sign * y) for x in activation.breaks for y in activation.breaks]
    gap = float(min((g for g in gaps if g), default=Fraction(10**9)))
    shortest = 0.98 * gap / math.sqrt(2 * bits * _LOG2)
    distances = [_MIDDLE]
    while distances[-1] > shortest:
        distances.append(distances[-1] / math.sqrt(2))
    distances.append(0.0)
    angles = [end - sign * x for x in distances]
    angles[0] = _MIDDLE
    return list(zip(angles, angles[1:], strict=False))[::-1]


def _panel(plan: _Plan, start: float, stop: float, values: _Values, bits: int) -> tuple[_Panel, _Values] | None:
    """The panel between two angles, from all A_ij at `start`, and those at `stop`; None where series are too long."""
    length = int(0.55 * bits) + 24
    # The ends are floats; pi/2, where A_ij is known, and pi lie beside them, where the series converge, too.
    low, high = min(start, stop), max(start, stop)
    centre, half = flint.arb((low + high) / 2), flint.arb((high - low) / 2)
    theta = flint.arb_series([centre, half], length)
    s, c = (theta / 2).sin_cos()
    sine, at = 2 * s * c * half, _functions(bits)
    exponentials: dict[Any, Any] = {}
    means: dict[Any, Any] = {}

    def boundary(f: _Part, g: _Part) -> Any:
        level = _Level(None, f.jumps, g.jumps, g.rest, g.scale)
        return _boundary(level, at, s, c, exponentials, means)

    begin = ((flint.arb.pi() / 2 if start == _MIDDLE else flint.arb(start)) - centre) / half
    end = (flint.arb(stop) - centre) / half
    kappa, ends = flint.arb_poly([0]), {}
    for b, other, count, needed in plan.pairs:
        rise = flint.arb_series((ball(b * other) * (theta.cos() - centre.cos())).coeffs(), length)
        factor, inverse = _middles(rise.exp(), length), _middles((-rise).exp(), length)
        found: dict[tuple[int, int], Any] = {}
        for i, j in needed:
            f, g = plan.parts[b][i], plan.parts[other][j]
            kinks = (boundary(f, g) + boundary(g, f)) / 2
            zero = flint.arb_series([0], length)
            below = found.get((i + 1, j + 1), zero)
            below = below + ball(b) * found.get((i, j + 1), zero) + ball(other) * found.get((i + 1, j), zero)
            slope = -(sine * below + half * kinks)
            whole = _middles((slope * _series(inverse, length)).integral(), length)
            whole = whole + (values[b, other, i, j] / factor(begin) - whole(begin)).mid()
            poly = _middles(_series(factor, length) * _series(whole, length), length)
            found[i, j] = _series(poly, length)
            ends[b, other, i, j] = poly(end).mid()
        kappa = kappa + count * poly
        if not _last(factor, length) + _last(inverse, length) < 2.0**-bits:
            return None
    size = max(1.0, float(abs(kappa(begin)).mid()))
    if not _last(kappa, length) < size * 2.0**-bits:
        return None
    return _Panel(low, centre, half, kappa), ends


def _series(poly: Any, length: int) -> Any:
    return flint.arb_series(poly.coeffs(), length)


def _middles(series: Any, length: int) -> Any:
    return flint.arb_poly([series[n].mid() for n in range(length)])


def _last(poly: Any, length: int) -> float:
    """The largest of the last coefficients."""
    return max(float(abs(poly[n]).upper()) for n in range(length - _LAST, length))


def _functions(bits: int) -> Functions:
    least = _DROPPED * bits * _LOG2

    def exp(x: Any) -> Any:
        return flint.arb(0) if isinstance(x, flint.arb_series) and float(x[0].mid()) < -least else x.exp()

    def tail(z: Any) -> Any:
        middle = float(z[0].mid())
        if middle * middle / 2 > least:
            return flint.arb(0 if middle > 0 else 1)
        return (z / flint.arb(2).sqrt()).erfc() / 2

    return Functions(exp, tail, ball, flint.arb.pi())
