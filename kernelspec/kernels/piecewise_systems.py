"""The finite system of means that the dual kernel of a piecewise smooth activation solves (`piecewise_balls`)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Scalar, ball
from .activations import Activation
from .piecewise_values import exact_one
from .points import Pair

Terms = tuple[tuple[Scalar, int], ...]


@dataclass(frozen=True)
class Node:
    """P of two functions: the coefficients and places of those that its derivative holds, and beta gamma."""

    f: Activation
    g: Activation
    above: Terms
    twist: Scalar


@dataclass(frozen=True)
class System:
    """The nodes, each after those that it needs; those of kappa'; f and g; kappa at the end, and kappa(1) - that."""

    nodes: tuple[Node, ...]
    top: Terms
    f: Activation
    g: Activation
    base: Any
    gap: Any

    def at_end(self, bits: int) -> Pair:
        """kappa, kappa(1) - kappa and kappa(1) at the end, in balls."""
        return Pair(*(x.ball(bits) for x in (self.base, self.gap, exact_one(self.f))))


def moved(end: Pair, change: Any, scale: Scalar) -> Pair:
    """Value, defect and kappa(1) of `scale` times an activation, from its kappa - kappa(end).

    Panels do not know how large or small an activation is: they are made of it divided by a coefficient.
    """
    square = ball(scale * scale)
    return Pair((end.value + change) * square, (end.defect - change) * square, end.one * square)


@functools.lru_cache(maxsize=256)
def system_of(activation: Activation, end: int) -> System:
    """The system next to u = 1 or -1."""
    from ..expansions.kinks import end_value

    f, g = activation, activation if end == 1 else activation.mirrored()
    nodes: list[Node] = []
    places: dict[Any, int] = {}

    def place(p: Activation, beta: Scalar, q: Activation, gamma: Scalar) -> int:
        if (p, beta, q, gamma) not in places:
            above = terms(p, beta, q, gamma)
            places[p, beta, q, gamma] = len(nodes)
            nodes.append(Node(p, q, above, beta * gamma))
        return places[p, beta, q, gamma]

    def terms(p: Activation, beta: Scalar, q: Activation, gamma: Scalar) -> Terms:
        lower = _lowered(p), _lowered(q)
        found = ((Fraction(1), *lower), (gamma, lower[0], q), (beta, p, lower[1]))
        return tuple((c, place(a, beta, b, gamma)) for c, a, b in found if c and not (a.is_zero or b.is_zero))

    top: dict[int, Scalar] = {}
    for beta, p in _by_rate(f).items():
        for gamma, q in _by_rate(g).items():
            itself = ((beta * gamma, place(p, beta, q, gamma)),) if beta * gamma else ()
            for c, i in (*terms(p, beta, q, gamma), *itself):
                top[i] = top.get(i, Fraction(0)) + c
    base, one = end_value(activation, end), exact_one(activation)
    return System(tuple(nodes), tuple((c, i) for i, c in top.items()), f, g, base, one - base)


def _by_rate(f: Activation) -> dict[Scalar, Activation]:
    rates = {beta for piece in f.pieces for _, beta, _ in piece}
    return {
        rate: Activation(f.breaks, tuple(tuple(term for term in piece if term[1] == rate) for piece in f.pieces))
        for rate in sorted(rates)
    }


def _lowered(p: Activation) -> Activation:
    """p' e^{beta x} for p e^{beta x}."""
    return Activation(p.breaks, tuple(tuple((m - 1, beta, m * c) for m, beta, c in piece if m) for piece in p.pieces))


@dataclass(frozen=True)
class Boundary:
    """What D is made of: F(x) G(y) by (x, y), and (x, jump times phi(x), the other function's derivative)."""

    pairs: tuple[tuple[Scalar, Scalar, Any], ...]
    means: tuple[tuple[Scalar, Any, Activation], ...]


@functools.lru_cache(maxsize=1024)
def boundary_of(f: Activation, g: Activation, bits: int) -> Boundary:
    """D of two functions, in balls of this many bits."""
    from ..expansions.kinks import density, number

    jumps = [{x: number(h.jump(x)) for x in h.breaks if h.jump(x)} for h in (f, g)]
    pairs = tuple((x, y, (j * k).ball(bits)) for x, j in jumps[0].items() for y, k in jumps[1].items())
    means = [
        (x, (j * density(x)).ball(bits), other)
        for own, other in zip(jumps, (g.derivative(), f.derivative()), strict=True)
        for x, j in own.items()
        if not other.is_zero
    ]
    return Boundary(pairs, tuple(means))
