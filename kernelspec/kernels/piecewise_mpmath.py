"""Values of the dual kernels of piecewise smooth activations in mpmath: the formula of `piecewise_values`."""

from __future__ import annotations

import functools
import math
from typing import Any

from ..numbers.arithmetic_protocol import MpmathContext
from .activations import Activation
from .conditional_means import Functions
from .piecewise_exponentials import Tails, doublings, inner_mean, is_steep, outer_edges, parts, reach
from .piecewise_values import MIDDLE, _converted, _integrand, _plan, at_centre, cuts_of, exact_one, halvings
from .points import Pair, Point


def mpmath_pair(activation: Activation, point: Point, mp: MpmathContext) -> Pair:
    """The same at the precision of the point's mpmath context."""
    u = point.u
    if not isinstance(u, mp.mpf):
        raise TypeError(f"a piecewise dual is read at real cosines; got {u}")
    digits = mp.dps + 10

    centre = 0 if abs(u) <= MIDDLE else 1 if u > 0 else -1
    with mp.workdps(digits):
        one, start = _number(mp, exact_one(activation), digits), _number(mp, at_centre(activation, centre), digits)
        side = {1: point.delta, 0: u, -1: point.codelta}[centre]
        change = _mpmath_change(mp, activation, centre, side, digits)
        value = start + change
        defect = -change if centre == 1 else one - value
    return Pair(+value, +defect, +one)


def _mpmath_change(mp: Any, activation: Activation, centre: int, distance: Any, digits: int) -> Any:
    """kappa(u) - kappa(centre)."""
    if not is_steep(activation) or centre and distance <= reach(activation):
        return _by_taylor(mp, activation, centre, distance, digits)
    u = centre * (1 - distance) if centre else distance
    spread = mp.sqrt(distance * (2 - distance)) if centre else mp.sqrt((1 - u) * (1 + u))
    p = parts(activation)[0]
    known = _number(mp, at_centre(activation, centre) - at_centre(p, centre), digits)
    return _rest(mp, activation, u, spread, digits) - known + _by_taylor(mp, p, centre, distance, digits)


def _rest(mp: Any, activation: Activation, u: Any, spread: Any, digits: int) -> Any:
    """E[r(a) (2p + r)(b)] of `piecewise_exponentials`."""

    def tail(before: Any, behind: Any, y: Any) -> Any:
        return mp.exp(before) * mp.erfc(y / mp.sqrt(2)) / 2

    def number(q: Any) -> Any:
        return mp.mpf(q.numerator) / q.denominator

    at = Tails(mp.exp, tail, lambda which, a, b: a if which else b, number, mp.pi)
    inner = parts(activation)[2]
    moving = []
    if u:
        widths = [spread / abs(u) * 2**j for j in range(doublings(activation, u, spread) + 1)]
        moving = [at.number(x) / u + y for x in inner.breaks for y in (0, *widths, *(-w for w in widths))]
    total, nodes = mp.mpf(0), _mpmath_nodes(mp, int(0.8 * digits) + 8)
    for piece, fixed in outer_edges(activation, digits):
        edges = [at.number(x) for x in fixed]
        edges = sorted({*edges, *(x for x in moving if edges[0] < x < edges[-1])})
        for low, high in zip(edges, edges[1:], strict=False):
            for x, weight in nodes:
                a = (low + high) / 2 + (high - low) / 2 * x
                value = mp.fsum(at.number(c) * a**m * mp.exp(at.number(beta) * a) for (m, beta), c in piece.items())
                mean = inner_mean(inner, at, u * a, spread)
                total += (high - low) / 2 * weight * value * mean * mp.npdf(a)
    return total


def _by_taylor(mp: Any, activation: Activation, centre: int, distance: Any, digits: int) -> Any:
    if distance == 0:
        return mp.mpf(0)
    plan = _converted(_plan(activation, centre, digits), lambda x: _number(mp, x, digits))
    cuts = cuts_of(activation, digits)
    at = Functions(mp.exp, lambda z: mp.erfc(z / mp.sqrt(2)) / 2, lambda q: mp.mpf(q.numerator) / q.denominator, mp.pi)
    theta = 2 * mp.asin(mp.sqrt(distance / 2)) if centre else mp.asin(distance)
    panels = halvings(plan, math.sqrt(2 * (digits + 5) * math.log(10))) if centre else 0
    halves = [mp.mpf(0), *(theta / 2**j for j in range(panels, -1, -1))]
    edges = [a + (b - a) * i / cuts for a, b in zip(halves, halves[1:], strict=False) for i in range(cuts)]
    total = mp.mpf(0)
    for a, b in zip(edges, [*edges[1:], theta], strict=True):
        for x, weight in _mpmath_nodes(mp, int(0.8 * digits) + 8):
            psi = (a + b) / 2 + (b - a) / 2 * x
            if centre:
                gap = -2 * mp.sin((theta + psi) / 2) * mp.sin((theta - psi) / 2)
            else:
                gap, psi = distance - mp.sin(psi), mp.pi / 2 - psi
            value = _integrand(plan, at, mp.sin(psi / 2), mp.cos(psi / 2), gap)
            total += (b - a) / 2 * weight * value
    argument = -distance if centre else distance
    taylor = [level.value * argument**n for n, level in enumerate(plan.levels) if n]
    return mp.fsum(taylor) + (-total if centre else total)


def _number(mp: Any, x: Any, digits: int) -> Any:
    return mp.mpf(x.accurate(digits).mid().str(digits + 5, radius=False))


def _mpmath_nodes(mp: Any, n: int) -> list[tuple[Any, Any]]:
    """The Gauss-Legendre rule with n nodes at the context's precision."""
    return [(mp.mpf(x), mp.mpf(weight)) for x, weight in _written_nodes(n, mp.dps + 5)]


@functools.lru_cache(maxsize=16)
def _written_nodes(n: int, digits: int) -> list[tuple[str, str]]:
    import flint

    from ..numbers.precision import precision

    with precision(int(digits * 3.33) + 64):
        roots = [flint.arb.legendre_p_root(n, i, True) for i in range(n)]
        return [(x.mid().str(digits, radius=False), w.mid().str(digits, radius=False)) for x, w in roots]
