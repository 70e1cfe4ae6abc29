"""Values of the dual kernels of piecewise smooth activations in mpmath: the formula of `piecewise_values`."""

from __future__ import annotations

import functools
import math
from typing import Any

from ..numbers.arithmetic_protocol import MpmathContext
from .activations import Activation
from .conditional_means import Functions
from .piecewise_values import _MIDDLE, _converted, _integrand, _panels, _parts, _Plan, _plan, exact_one
from .points import Pair, Point


def mpmath_pair(activation: Activation, point: Point, mp: MpmathContext) -> Pair:
    """The same at the precision of the point's mpmath context."""
    u = point.u
    if not isinstance(u, mp.mpf):
        raise TypeError(f"a piecewise dual is read at real cosines; got {u}")
    digits = mp.dps + 10

    def convert(x: Any) -> Any:
        return mp.mpf(x.accurate(digits).mid().str(digits + 5, radius=False))

    centre = 0 if abs(u) <= _MIDDLE else 1 if u > 0 else -1
    with mp.workdps(digits):
        one = convert(exact_one(activation))
        plan = _converted(_plan(activation, centre, digits), convert)
        side = {1: point.delta, 0: u, -1: point.codelta}[centre]
        change = _mpmath_change(mp, plan, centre, side, digits, _parts(activation))
        value = plan.levels[0].value + change
        defect = -change if centre == 1 else one - value
    return Pair(+value, +defect, +one)


def _mpmath_change(mp: Any, plan: _Plan, centre: int, distance: Any, digits: int, parts: int) -> Any:
    if distance == 0:
        return mp.mpf(0)
    at = Functions(mp.exp, lambda z: mp.erfc(z / mp.sqrt(2)) / 2, lambda q: mp.mpf(q.numerator) / q.denominator, mp.pi)
    theta = 2 * mp.asin(mp.sqrt(distance / 2)) if centre else mp.asin(distance)
    panels = _panels(plan, math.sqrt(2 * (digits + 5) * math.log(10))) if centre else 0
    halves = [mp.mpf(0), *(theta / 2**j for j in range(panels, -1, -1))]
    edges = [a + (b - a) * i / parts for a, b in zip(halves, halves[1:], strict=False) for i in range(parts)]
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
