r"""Dual kernels of piecewise smooth activations in balls: proved values at real points, models on panels of an angle.

*The system.* In the notation of `expansions.kinks`, kappa(u) = E[f(a) g(b)] with g(x) = f(x) next to u = 1 and f(-x)
next to u = -1, and the correlation is cos(psi), psi the angle to that end. The terms of one rate make f = sum_beta
p_beta e^{beta x}, p_beta polynomials between the kinks. For P = E[p(a) e^{beta a} q(b) e^{gamma b}] the rule
A' = A_1 + D reads

.. math:: P' = P[p', q'] + \gamma P[p', q] + \beta P[p, q'] + \beta\gamma P + D,

so that the finitely many P of all derivatives p^(i), q^(j) are integrals of those of lower degrees:

.. math:: P = e^{-2\beta\gamma s^2}\Big[P(0) - \int_0^\psi e^{2\beta\gamma s^2} \big(P[p',q'] + \gamma P[p',q]
   + \beta P[p,q'] + D\big) \sin\psi \, d\psi\Big], \qquad s = \sin(\psi/2).

P(0) are exact numbers. kappa itself comes from its own kappa' = sum_{beta, gamma} (...) + D with the jumps of the whole
f: where f is continuous these are exactly 0, and so kappa(1) - kappa(u) is psi^2 times a series, with relative digits.

*Proof.* All is computed in models (`numbers.ball_models`), whose balls enclose rounding, the remainder of every series
and what is flat at psi = 0: densities of kinks x != y, and normal tails at edges other than x. On the panel next to the
end psi is a multiple of t on [0, 1], on the others of t on [-1, 1] beside their middle, where P starts with its value
at the end of the panel before. A panel is narrowed until its remainders are below 2^-bits. In a network psi is itself a
model, of the angle of the layer before; the integrals are taken along it.

*Estimates.* The same panels without remainders (`Frame.proved`), judged by their last coefficients, of which only the
middles are kept: they are wider (`PanelArithmetic`). Steep exponentials have panels of their own (`steep_panels`).
"""

from __future__ import annotations

import bisect
import functools
import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from ..numbers.ball_models import Frame, Model, ModelArithmetic
from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precise_arithmetic import BallArithmetic
from ..numbers.precision import at_least
from .activations import Activation, monic
from .conditional_means import Functions, mean_at
from .one_kink import halves, united
from .piecewise_systems import System, Terms, boundary_of, moved, system_of
from .points import Pair, Point
from .steep_panels import Beside, steep_panels

GUARD = 64  # bits of rounding
STEP = 64  # bits are multiples of it, so that readings share their panels
LOG2 = math.log(2)
_LAST = 1.625  # beyond pi/2: the angle where the panels end
MOST_BITS = 4096
_LOST = 1.5  # bits over the square of the largest rate, by which errors grow and means cancel: for estimates
_STEEPEST = 8  # rates beyond which estimates come from `steep_panels`
_WIDER = {True: 1.2, False: 2.0}  # by how much a panel is tried wider than the one before; False: of estimates
_WIDEST, _NARROWEST = 0.5, 2.0**-20


# -- along a model of the angle ------------------------------------------------------------------------------------


class _Means(Functions):
    """D sin(psi) along one model of psi; what several nodes need is computed once."""

    def __init__(self, s: Model, c: Model) -> None:
        super().__init__(operator.methodcaller("exp"), self._tail, ball, flint.arb.pi())
        self._s, self._c, self._sine, self._squares = s, c, 2 * s * c, (s * s, c * c)
        self._edges: dict[Any, tuple[Model, Model]] = {}
        self._tails: dict[int, Model] = {}
        self._found: dict[Any, Model] = {}

    def _tail(self, z: Model) -> Model:
        if id(z) not in self._tails:  # the z of `_edges`, which live as long
            self._tails[id(z)] = z.tail()
        return self._tails[id(z)]

    def lower(self, z: Model) -> Model:
        return 1 - self._tail(z)

    def edge(self, edge: Scalar, x: Scalar, beta: Scalar, s: Model, sigma: Model) -> tuple[Model, Model]:
        key = (edge, x, beta)
        if key not in self._edges:
            self._edges[key] = super().edge(edge, x, beta, s, self._sine)
        return self._edges[key]

    def boundary(self, f: Activation, g: Activation) -> Model:
        """D sin(psi)."""
        parts = boundary_of(f, g, flint.ctx.prec)
        total = 0 * self._sine
        for x, y, weight in parts.pairs:
            key: Any = (min(x, y), max(x, y))
            if key not in self._found:
                self._found[key] = self.density(x, y, *self._squares)
            total = total + weight * self._found[key]
        for x, weight, other in parts.means:
            key = (x, other)
            if key not in self._found:
                self._found[key] = mean_at(other, x, self, self._s, self._c) * self._sine
            total = total + weight * self._found[key]
        return total


def _along(system: System, psi: Model, starts: list[Any], change: Any, begin: int) -> tuple[list[Model], Model]:
    """The nodes and kappa - kappa(end) along psi, from their values at t = begin (0, -1)."""
    s = (psi / 2).applied(lambda x: x.sin(), 1)
    c = (psi / 2).applied(lambda x: x.cos())
    means, sine, speed = _Means(s, c), 2 * s * c, -psi.derivative()
    found: list[Model] = []

    def slope(terms: Terms, f: Activation, g: Activation) -> Model:
        inner = 0 * sine
        for q, i in terms:
            inner = inner + ball(q) * found[i]
        return speed * (sine * inner + means.boundary(f, g))

    for node, start in zip(system.nodes, starts, strict=True):
        rise = slope(node.above, node.f, node.g)
        if node.twist:
            twist = 2 * ball(node.twist) * s * s
            growth = twist.exp()
            whole = (growth * rise).integral(begin) + growth(flint.arb(begin)) * start
            found.append(whole * (-twist).exp())
        else:
            found.append(rise.integral(begin) + start)
    return found, slope(system.top, system.f, system.g).integral(begin) + change


# -- panels --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Panel:
    """psi = centre + half t: polynomials in t of the nodes and, the last one, of kappa - kappa(end)."""

    low: float
    high: float
    centre: Any
    half: Any
    whole: Any
    polynomials: list[Any]

    def at(self, psi: Any) -> list[Any]:
        t = ((psi - self.centre) / self.half).intersection(self.whole)
        return [polynomial(t) for polynomial in self.polynomials]


class Cover:
    """Panels from psi = 0 to beyond pi/2, next to the end u = 1 or -1, with remainders below 2^-bits kappa(1)."""

    def __init__(self, activation: Activation, end: int, bits: int, proved: bool = True) -> None:
        self.system = system_of(activation, end)
        self._text, self._bits, self._proved = activation.text(), bits, proved
        self._panels: list[_Panel] = []
        self._starts = self._at_end(flint.ctx.prec)
        self._end = self.system.at_end(flint.ctx.prec)
        self._size = float(self._end.one.abs_upper())
        low, high = 0.0, _first(self.system, bits)
        values = [*self._starts, flint.arb(0)]
        while low < _LAST:
            panel = self._panel(low, high, values)
            if panel is None:
                high = low + (high - low) / 1.5
                if high - low < _NARROWEST:
                    raise ArithmeticError(f"{self._text} has no proved values at the angle {low:.6g} to u = {end}")
                continue
            self._panels.append(panel)
            values = panel.at(flint.arb(high))
            if not proved:
                values = [value.mid() for value in values]
            low, high = high, min(_LAST, high + _WIDER[proved] * (high - low if low else high / 4))
        self._highs = [panel.high for panel in self._panels]

    def _at_end(self, bits: int) -> list[Any]:
        from ..expansions.kinks import expectation

        return [expectation(node.f, node.g).ball(bits) for node in self.system.nodes]

    def _panel(self, low: float, high: float, values: list[Any]) -> _Panel | None:
        frame = Frame(not low, self._bits // 2 + 16, -(self._bits + GUARD // 2) * LOG2, self._proved)
        a, b = flint.arb(low), flint.arb(high)
        centre, half = ((a + b) / 2, (b - a) / 2) if low else (a, b)
        try:
            psi = frame.variable * half + centre
            nodes, change = _along(self.system, psi, values[:-1], values[-1], -1 if low else 0)
        except ArithmeticError:
            return None
        for model, value in zip((*nodes, change), values, strict=True):
            if not model.remainder < flint.arb(2) ** -self._bits * max(self._size, float(value.abs_upper())):
                return None
        return _Panel(low, high, centre, half, frame.whole, [model.expanded() for model in (*nodes, change)])

    def pair(self, change: Any, scale: Scalar) -> Pair:
        """Value, defect and kappa(1) of `scale` times the activation, from this one's kappa - kappa(end)."""
        return moved(self._end, change, scale)

    def change(self, psi: Any) -> Any:
        """kappa - kappa(end) at an exact angle in [0, 1.6], without its error."""
        panel = self._panels[bisect.bisect_left(self._highs, float(psi), hi=len(self._highs) - 1)]
        return panel.polynomials[-1]((psi - panel.centre) / panel.half).mid()

    def at(self, psi: Any) -> list[Any]:
        """The nodes and kappa - kappa(end) for all angles of a ball in [0, 1.6]."""
        if psi.is_zero():
            return [*self._starts, flint.arb(0)]
        low, high = psi.lower(), psi.upper()
        if not high < _LAST:
            raise ArithmeticError(f"{self._text} is read at angles up to 1.6 from an end")
        found = [panel.at(psi) for panel in self._panels if not (low > panel.high or high < panel.low)]
        return [functools.reduce(lambda x, y: x.union(y), values) for values in zip(*found, strict=True)]


@functools.lru_cache(maxsize=128)
def _cover(activation: Activation, end: int, bits: int, proved: bool) -> Cover:
    lost = 0 if proved else math.ceil(_LOST * float(activation.largest_rate) ** 2)
    with at_least(bits + 3 * lost + GUARD):  # E e^{2 beta a} next to an end cancels by twice as many
        return Cover(activation, end, bits + lost, proved)


def require_bits(bits: int, name: str) -> None:
    """ArithmeticError where panels of so many bits would take hours."""
    if bits > MOST_BITS:
        raise ArithmeticError(f"{name} is proved to at most {MOST_BITS} bits; got {bits}")


def cover(activation: Activation, end: int, bits: int) -> Cover:
    """The panels for this many bits or a few more, made once."""
    require_bits(bits, activation.text())
    return _cover(activation, end, bits + -bits % STEP, True)


def _first(system: System, bits: int) -> float:
    """How wide the first panel may be, as e^{-gap^2/(8 s^2)} is to be below 2^-bits there."""
    gaps = [abs(x - y) for x in system.f.breaks for y in system.g.breaks if x != y]
    return min(_WIDEST, *(1.9 * float(gap) / math.sqrt(8 * bits * LOG2) for gap in gaps or [Fraction(10**6)]))


# -- readings ------------------------------------------------------------------------------------------------------


def ball_pair(activation: Activation, point: Point) -> Pair:
    """Value, defect and kappa(1) at a real ball, of an absolute error about 2^-prec kappa(1).

    Next to u = 1 the defect has a relative error about 2^-prec.
    """
    bits = flint.ctx.prec
    return united([_pair(activation, end, low.union(high), bits) for end, low, high in halves(point)])


def _pair(activation: Activation, end: int, psi: Any, bits: int) -> Pair:
    with at_least(bits + GUARD):
        g, scale = monic(activation)
        panels = cover(g, end, bits)
        return panels.pair(panels.at(psi)[-1], scale)


class PanelArithmetic(BallArithmetic):
    """Balls in which duals of activations with pieces are read, too, by estimates, to an absolute 2^-bits or so."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits
        self._known: dict[Any, tuple[Cover | Beside, Scalar]] = {}  # by kernel and end

    def by_panels(self, kernel: Any, activation: Activation, point: Point) -> Pair:
        """Value, defect and kappa(1) of the dual `kernel`; nothing is proved."""
        key = kernel, 1 if point.near else -1
        if key not in self._known:
            g, scale = monic(activation)
            steep = activation.largest_rate > _STEEPEST
            panels = Beside(steep_panels(g, self.bits), key[1]) if steep else _cover(g, key[1], self.bits, False)
            self._known[key] = panels, scale
        panels, scale = self._known[key]
        return panels.pair(panels.change(point.psi.mid()), scale)


class PiecewiseModels(ModelArithmetic):
    """Models in which duals of activations with pieces are read, from panels of this many bits."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits

    def by_panels(self, kernel: Any, activation: Activation, point: Point) -> Pair:
        """Value, defect and kappa(1) of the dual `kernel`, along the point's model of the angle."""
        if not isinstance(point.u, Model):
            return ball_pair(activation, point)
        psi = point.psi
        if not psi.remainder < flint.arb(2) ** (GUARD // 4 - self.bits):
            # Here already, before the layers that follow.
            raise ArithmeticError("a layer's angle is not known well enough on the shortest panels, as of steep layers")
        g, scale = monic(activation)
        panels = cover(g, 1 if point.near else -1, self.bits)
        *starts, change = panels.at(psi.start)
        return panels.pair(_along(panels.system, psi, starts, change, 0)[1], scale)
