r"""Duals of activations with steep exponential pieces, at any rate: panels of the angle from u = 1 to u = -1.

The system is that of `piecewise_balls`, with theta the angle to u = 1,

.. math:: \frac{dP}{d\theta} = -\sin\theta\,\big(\beta\gamma P + P[p',q'] + \gamma P[p', q] + \beta P[p, q'] + D\big),

P(0) and P(pi) exact numbers. Along theta errors of P shrink where beta gamma > 0, and grow by e^{-2 beta gamma} where
it is negative: there P starts from pi, against theta. So nothing cancels, and what is large is the answer itself. D
holds e^A times a normal tail, by Mills' ratio (`piecewise_exponentials`).

*Panels.* A rate lambda bends P and D next to the ends, on the scale 1/lambda; further off they change with the angle
to the end alone. So panels halve towards both ends until each function is a polynomial, about log2(lambda) times. On
each, P at Chebyshev's nodes solves the equation of its integral (collocation): a system of linear equations, in which
no power of lambda cancels. Errors are estimated, by the last Chebyshev coefficients; nothing is proved.
"""

from __future__ import annotations

import bisect
import functools
import math
from dataclasses import dataclass, field
from typing import Any

import flint

from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import at_least, precision
from .activations import Activation
from .conditional_means import Functions
from .piecewise_exponentials import Tails, inner_mean
from .piecewise_systems import boundary_of, moved, system_of
from .piecewise_values import exact_one
from .points import Pair

_GUARD = 96  # bits of rounding: next to an end angles are 2^-40
_LAST = 4  # Chebyshev coefficients that are looked at
_SHORTEST = 2.0**-40


@dataclass
class _Panel:
    """theta = pi low to pi high: D sin(theta) of the nodes and of kappa' at Chebyshev's nodes, and what P is there."""

    low: float
    high: float
    sine: list[Any]
    boundaries: list[list[Any]]
    values: list[list[Any]] = field(default_factory=list)
    series: list[Any] = field(default_factory=list)  # of kappa less its value at the nearer end, over the angle to it

    @property
    def half(self) -> Any:
        return flint.arb.pi() * (self.high - self.low) / 2

    def distances(self, nodes: list[Any]) -> list[Any]:
        """Angles to the nearer end."""
        if self.low < 0.5:
            return [flint.arb.pi() * self.low + self.half * (1 + x) for x in nodes]
        return [flint.arb.pi() * (1 - self.high) + self.half * (1 - x) for x in nodes]


class SteepPanels:
    """Values of one dual, of an absolute error about 2^-bits kappa(1)."""

    def __init__(self, activation: Activation, bits: int) -> None:
        self.bits, self.count = bits, 32 + bits // 2
        self.system = system_of(activation, 1)
        self._text, self._one = activation.text(), exact_one(activation).ball(flint.ctx.prec)
        self._rule = _rule(self.count, flint.ctx.prec)
        self._boundaries = _Boundaries([*self.system.nodes, self.system])
        self._panels = self._cut(math.ceil(math.log2(max(1.0, float(activation.largest_rate)))) + 2)
        for i in range(len(self.system.nodes)):
            self._solve(i)
        self._add_up()
        self._lows = [panel.low for panel in self._panels]
        self._middle = bisect.bisect_left(self._lows, 0.5)
        self.ends = {end: system_of(activation, end).at_end(flint.ctx.prec) for end in (1, -1)}

    def change(self, end: int, psi: Any) -> Any:
        """kappa - kappa(end) at an exact angle in [0, pi/2] to an end."""
        part, count = float(psi / flint.arb.pi()), len(self._panels)
        i = bisect.bisect_right(self._lows, part if end == 1 else 1 - part) - 1
        panel = self._panels[min(i, self._middle - 1) if end == 1 else min(max(i, self._middle), count - 1)]
        start = panel.low if end == 1 else 1 - panel.high
        x = (psi - flint.arb.pi() * start) / panel.half - 1
        return psi * _clenshaw(panel.series, x if end == 1 else -x).mid()

    # -- panels ------------------------------------------------------------------------------------------------------

    def _cut(self, halvings: int) -> list[_Panel]:
        """Panels on which all boundary terms are polynomials."""
        edges = [0.0, *(2.0**-j for j in range(halvings, 0, -1))]
        edges += [1 - x for x in reversed(edges[:-1])]
        todo, out = list(zip(edges, edges[1:], strict=False))[::-1], []
        while todo:
            low, high = todo.pop()
            panel = self._panel(low, high)
            if all(map(self._settled, panel.boundaries)):
                out.append(panel)
            elif high - low < _SHORTEST:
                raise ArithmeticError(f"{self._text} is not smooth at an angle inside (0, pi)")
            else:
                todo += [((low + high) / 2, high), (low, (low + high) / 2)]
        return out

    def _settled(self, values: list[Any]) -> bool:
        last = self._rule.coefficients(values)[-_LAST:]
        least = self._one * flint.arb(2) ** -self.bits
        return all(abs(c.mid()) < least for c in last)

    def _panel(self, low: float, high: float) -> _Panel:
        panel = _Panel(low, high, [], [])
        rows: list[list[Any]] = []
        for psi in panel.distances(self._rule.nodes):
            s, c = (psi / 2).sin_cos() if low < 0.5 else (psi / 2).sin_cos()[::-1]
            panel.sine.append(2 * s * c)
            rows.append(self._boundaries.at(s, c))
        panel.boundaries = [list(column) for column in zip(*rows, strict=True)]
        return panel

    # -- the system --------------------------------------------------------------------------------------------------

    def _solve(self, i: int) -> None:
        """P of the i-th node on all panels, from the end from which its errors shrink."""
        from ..expansions.kinks import expectation

        node, forward = self.system.nodes[i], self.system.nodes[i].twist >= 0
        value = expectation(node.f, node.g if forward else node.g.mirrored()).ball(flint.ctx.prec)
        for panel in self._panels if forward else self._panels[::-1]:
            drop = self._drop(panel, node.above, i)
            found, value = self._rule.solved(panel.half, value, drop, panel.sine, ball(node.twist), forward)
            if not self._settled(found):
                raise ArithmeticError(f"{self._text} has no series on panels of the angle")
            panel.values.append(found)

    def _drop(self, panel: _Panel, terms: Any, i: int) -> list[Any]:
        """-sin(theta) (sum of the terms + D)."""
        total = [-x for x in panel.boundaries[i]]
        for c, j in terms:
            q = ball(c)
            total = [x - q * s * y for x, s, y in zip(total, panel.sine, panel.values[j], strict=True)]
        return total

    def _add_up(self) -> None:
        """kappa less its value at the nearer end."""
        for forward in (True, False):
            value = flint.arb(0)
            for panel in self._panels if forward else self._panels[::-1]:
                if (panel.low < 0.5) == forward:
                    drop = self._drop(panel, self.system.top, len(self.system.nodes))
                    found, value = self._rule.solved(panel.half, value, drop, panel.sine, flint.arb(0), forward)
                    angles = panel.distances(self._rule.nodes)
                    panel.series = self._rule.coefficients([x / y for x, y in zip(found, angles, strict=True)])


@dataclass(frozen=True)
class Beside:
    """Values next to one end, as `piecewise_balls.Cover` has them."""

    panels: SteepPanels
    end: int

    def change(self, psi: Any) -> Any:
        """kappa - kappa(end) at an exact angle in [0, pi/2]."""
        return self.panels.change(self.end, psi)

    def pair(self, change: Any, scale: Scalar) -> Pair:
        """Value, defect and kappa(1) of `scale` times the activation."""
        return moved(self.panels.ends[self.end], change, scale)


@functools.lru_cache(maxsize=16)
def steep_panels(activation: Activation, bits: int) -> SteepPanels:
    """The panels for this many bits, made once."""
    with at_least(bits + _GUARD + 2 * math.ceil(math.log2(max(1.0, float(activation.largest_rate))))):
        return SteepPanels(activation, bits)


# -- boundary terms ------------------------------------------------------------------------------------------------


class _Boundaries:
    """D sin(theta) of several pairs of functions: sums of densities and means that they share."""

    def __init__(self, functions: list[Any]) -> None:
        self._parts: dict[Any, int] = {}
        self._sums = []
        for function in functions:
            found = boundary_of(function.f, function.g, flint.ctx.prec)
            terms: list[Any] = [((x, y), weight) for x, y, weight in found.pairs]
            terms += [((x, other), weight) for x, weight, other in found.means]
            self._sums.append([(self._parts.setdefault(key, len(self._parts)), weight) for key, weight in terms])
        self._means = Tails(_exp, _scaled_tail, _either, ball, flint.arb.pi())
        self._densities = Functions(_exp, None, ball, flint.arb.pi())

    def at(self, s: Any, c: Any) -> list[Any]:
        """From sin and cos of theta/2."""
        sine, squares = 2 * s * c, (s * s, c * c)
        found = []
        for x, y in self._parts:
            if isinstance(y, Activation):
                found.append(inner_mean(y, self._means, ball(x) * (1 - 2 * squares[0]), sine) * sine)
            else:
                found.append(self._densities.density(x, y, *squares))
        return [sum((weight * found[i] for i, weight in terms), flint.arb(0)) for terms in self._sums]


def _scaled_tail(before: Any, behind: Any, y: Any) -> Any:
    """e^before times the normal tail at y, e^behind being e^before times that of y's density."""
    tail = (y / flint.arb(2).sqrt()).erfc() / 2
    return (behind + y * y / 2).exp() * tail if y > 0 else before.exp() * tail


def _exp(x: Any) -> Any:
    return x.exp()


def _either(which: Any, a: Any, b: Any) -> Any:
    return a if which else b


# -- collocation ---------------------------------------------------------------------------------------------------


class _Rule:
    """Chebyshev's nodes on [-1, 1], and integrals from -1 to each of them, to 1, of what has these values there."""

    def __init__(self, count: int) -> None:
        turns = [flint.arb(2 * i + 1) / (2 * count) for i in range(count)]
        table = [[(a * j).cos_pi() for j in range(count + 1)] for a in turns]
        self.nodes = [row[1] for row in table]
        share = [flint.arb(1 if j == 0 else 2) / count for j in range(count)]
        self._to_series = flint.arb_mat([[share[j] * row[j] for row in table] for j in range(count)])
        integrals = [[_integral(j, row) for j in range(count)] for row in [*table, [flint.arb(1)] * (count + 1)]]
        whole = flint.arb_mat(integrals) * self._to_series
        rows = [[whole[i, j].mid() for j in range(count)] for i in range(count + 1)]
        self._below, self._weights = rows[:-1], rows[-1]
        self._above = [[x - w for x, w in zip(row, rows[-1], strict=True)] for row in rows[:-1]]

    def coefficients(self, values: list[Any]) -> list[Any]:
        """Of the Chebyshev series."""
        found = self._to_series * flint.arb_mat([[v.mid()] for v in values])
        return [found[j, 0] for j in range(len(values))]

    def solved(
        self, half: Any, start: Any, drop: list[Any], sine: list[Any], twist: Any, forward: bool
    ) -> tuple[list[Any], Any]:
        """P of P' = drop - twist sine P at the nodes, and at the end of the panel, from the value at its start."""
        count = len(drop)
        rows = self._below if forward else self._above
        right = flint.arb_mat(rows) * flint.arb_mat([[x.mid() * half] for x in drop])
        values = [(start + right[i, 0]).mid() for i in range(count)]
        if not twist == 0:
            pull = [(half * twist * s).mid() for s in sine]
            matrix = flint.arb_mat([[a * b + (i == j) for j, (a, b) in enumerate(zip(rows[i], pull, strict=True))]
                                    for i in range(count)])  # fmt: skip
            found = matrix.solve(flint.arb_mat([[v] for v in values]), algorithm="approx")
            values = [found[i, 0].mid() for i in range(count)]
            drop = [x - twist * s * v for x, s, v in zip(drop, sine, values, strict=True)]
        total = sum((w * x for w, x in zip(self._weights, drop, strict=True)), flint.arb(0)) * half
        return values, (start + total if forward else start - total).mid()


def _integral(j: int, row: list[Any]) -> Any:
    """Of T_j from -1 to the node with this row of values T_0, T_1, ..."""
    if j == 0:
        return row[1] + 1
    if j == 1:
        return (row[2] - 1) / 4
    sign = 1 if j % 2 else -1  # T_{j+1}(-1) = T_{j-1}(-1)
    return (row[j + 1] / (j + 1) - row[j - 1] / (j - 1)) / 2 - flint.arb(sign) * (
        flint.arb(1) / (j + 1) - flint.arb(1) / (j - 1)
    ) / 2


@functools.lru_cache(maxsize=16)
def _rule(count: int, bits: int) -> _Rule:
    with precision(bits):
        return _Rule(count)


def _clenshaw(series: list[Any], x: Any) -> Any:
    before, now = flint.arb(0), flint.arb(0)
    for c in series[:0:-1]:
        before, now = now, (c + 2 * x * now - before).mid()
    return series[0] + x * now - before
