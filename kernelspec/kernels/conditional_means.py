"""Means of piecewise smooth functions of a normal variable that is correlated with one that sits on a kink.

Of a standard pair (a, b) of correlation cos(psi), b given a = x is normal of mean x cos(psi) and deviation sin(psi).
All is written with s = sin(psi/2) and c = cos(psi/2), in which nothing cancels at psi = 0, and in any arithmetic.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Scalar
from .activations import Activation


class Functions:
    """exp, the upper normal tail and rationals of an arithmetic."""

    def __init__(self, exp: Any, tail: Any, number: Any, pi: Any) -> None:
        self.exp, self.tail, self.number, self.pi = exp, tail, number, pi

    def lower(self, z: Any) -> Any:
        """The lower normal tail."""
        return self.tail(-z)

    def edge(self, edge: Scalar, x: Scalar, beta: Scalar, s: Any, sigma: Any) -> tuple[Any, Any]:
        """The edge measured in deviations from the mean of `_truncated`, and the normal density there."""
        z = (self.number(edge - x) + 2 * self.number(x) * s * s) / sigma - self.number(beta) * sigma
        return z, self.exp(-z * z / 2) / (2 * self.pi) ** self.number(Fraction(1, 2))

    def density(self, x: Scalar, y: Scalar, sine: Any, cosine: Any) -> Any:
        """phi_2(x, y; cos(psi)) sin(psi), from s^2 and c^2."""
        exponent = -self.number((x + y) ** 2 / 8) / cosine
        if x != y:
            exponent = exponent - self.number((x - y) ** 2 / 8) / sine
        return self.exp(exponent) / (2 * self.pi)


def mean_at(g: Activation, x: Scalar, at: Functions, s: Any, c: Any) -> Any:
    """E[g(b)] for b = x cos(psi) + sin(psi) z."""
    sigma = 2 * s * c
    centre = at.number(x) * (1 - 2 * s * s)
    total = 0 * s
    for i, piece in enumerate(g.terms):
        rates: dict[Scalar, dict[int, Scalar]] = {}
        for (m, beta), q in piece.items():
            rates.setdefault(beta, {})[m] = q
        low = g.breaks[i - 1] if i else None
        high = g.breaks[i] if i < len(g.breaks) else None
        for beta, powers in rates.items():
            top = max(powers)
            # e^{beta b} shifts the mean by beta sigma^2.
            mean = centre + at.number(beta) * sigma * sigma
            moments = _truncated(top, low, high, x, beta, mean, at, s, sigma)
            part = sum(at.number(q) * moments[m] for m, q in powers.items())
            if beta:
                rate = at.number(beta)
                part = part * at.exp(rate * centre + rate * rate * sigma * sigma / 2)
            total = total + part
    return total


def _truncated(
    top: int, low: Any, high: Any, x: Scalar, beta: Scalar, mean: Any, at: Any, s: Any, sigma: Any
) -> list[Any]:
    """E[b^m; low < b < high], m <= top, for the normal b of this mean and deviation sigma."""
    edges = []
    for edge, sign in ((low, 1), (high, -1)):
        if edge is not None:
            z, density = at.edge(edge, x, beta, s, sigma)
            edges.append((at.number(edge), sign, z, sigma * density))
    if low is None:
        moments = [at.lower(edges[0][2])]
    else:
        moments = [at.tail(edges[0][2])]
        if high is not None:
            moments[0] = moments[0] - at.tail(edges[1][2])
    for m in range(1, top + 1):
        found = mean * moments[m - 1]
        if m > 1:
            found = found + (m - 1) * sigma * sigma * moments[m - 2]
        for edge, sign, _, density in edges:
            found = found + sign * edge ** (m - 1) * density
        moments.append(found)
    return moments
