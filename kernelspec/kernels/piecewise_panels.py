r"""Values of the dual kernels of piecewise smooth activations in many digits, at many angles: Taylor series on panels.

In the notation of `expansions.kinks`, A_n(u) = E[f_n(a) f_n(b)] obeys A_n' = A_{n+1} + D_n. Along u = cos(theta),

.. math:: \frac{dA_n}{d\theta} = -\sin\theta\, A_{n+1} - D_n \sin\theta,

from A_n(0) = (E f_n)^2 at theta = pi/2 outwards, with A_N = 0 for the N of `piecewise_values`, whose formula of
D_n sin(theta) serves here in power series of Arb balls. On a panel |theta - c| <= h all series are in (theta - c)/h, to
a length at which the last coefficients are below 2^-bits; where they are not, the panel is halved. Towards an end where
two kinks x != y give e^{-(x-y)^2/(2 theta^2)} the panels shrink with theta, and what is below 2^-bits on the last one
is left out there.

Only the middles of the balls are kept, at many more bits than are asked for: as enclosures they would grow with every
level, by far more than their middles err. So nothing is proved here.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from ..numbers.exact_numbers import ball
from ..numbers.precise_arithmetic import BallArithmetic
from ..numbers.precision import at_least
from .activations import Activation
from .conditional_means import Functions
from .piecewise_values import _boundary, _converted, _Plan, _plan, exact_one
from .points import Pair, Point

GUARD = 64  # bits of rounding
_DROPPED = 1.5  # what is smaller than 2^-bits to this power in the middle of a panel is left out
_LAST = 4  # coefficients that are looked at
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


@functools.lru_cache(maxsize=128)
def _panels(activation: Activation, bits: int) -> list[_Panel]:
    """The panels that cover [0, pi], the last one first."""
    with at_least(bits + GUARD):
        digits = math.ceil((bits + 8) * math.log10(2))
        plan = _plan(activation, 0, digits)
        starts = [math.factorial(n) * level.value.ball(flint.ctx.prec) for n, level in enumerate(plan.levels)]
        plan = _converted(plan, lambda x: x.ball(flint.ctx.prec))
        out: list[_Panel] = []
        for end in (0.0, math.pi):
            values = list(starts)
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


def _panel(plan: _Plan, start: float, stop: float, values: list[Any], bits: int) -> tuple[_Panel, list[Any]] | None:
    """The panel between two angles, from A_n at `start`, and A_n at `stop`; None where the series are too long."""
    length = int(0.55 * bits) + 24
    # The ends are floats; pi/2, where A_n is known, and pi lie beside them, where the series converge, too.
    low, high = min(start, stop), max(start, stop)
    centre, half = flint.arb((low + high) / 2), flint.arb((high - low) / 2)
    theta = flint.arb_series([centre, half], length)
    s, c = (theta / 2).sin_cos()
    sine = 2 * s * c * half
    at = _functions(bits)
    exponentials: dict[Any, Any] = {}
    means: dict[Any, Any] = {}
    boundary: list[Any] = []
    for n, level in enumerate(plan.levels):
        source = plan.source[n]
        boundary.append(_boundary(level, at, s, c, exponentials, means) if source == n else boundary[source])
    begin = ((flint.arb.pi() / 2 if start == _MIDDLE else flint.arb(start)) - centre) / half
    end = (flint.arb(stop) - centre) / half
    above, ends = flint.arb_series([0], length), []
    for n in range(len(plan.levels) - 1, -1, -1):
        slope = -(sine * above + half * boundary[n])
        whole = slope.integral()
        poly = flint.arb_poly([whole[j].mid() for j in range(length)])
        poly = poly + (values[n] - poly(begin)).mid()
        above = flint.arb_series(poly.coeffs(), length)
        ends.append(poly(end).mid())
    size = max(1.0, float(abs(values[0]).mid()))  # of kappa: later levels are much larger
    last = max(float(abs(poly[j]).upper()) for j in range(length - _LAST, length))
    if not last < size * 2.0**-bits:
        return None
    return _Panel(low, centre, half, poly), ends[::-1]


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
