r"""Values of duals of activations with steep exponential pieces, where Taylor's formula of `piecewise_values` cancels.

Around u = c the n-th term of that formula grows like (lambda^2 |u - c|)^n/n!, lambda the largest rate, and the integral
takes it back: e^{lambda^2 |u - c|} roundings are lost. Beyond |u - c| = `REACH`/lambda^2, f = p + r, p the pieces that
are polynomials and r those with exponentials, and

.. math:: E[f(a) f(b)] = E[p(a) p(b)] + \int r(a)\, E[(2p + r)(b) | a]\, \varphi(a)\, da .

The first mean is that formula's, which ends for p. The inner mean is a sum of moments of a normal law on intervals, in
which e^{beta b} moves the law: its mass is e^A times a normal tail at y, or e^B erfcx(y/2^{1/2})/2, A and B its
exponents before and behind the tail, and neither is large where it counts. The outer integrand is analytic between the
kinks of r, on the scale 1/lambda, and changes next to a = x/u, x a kink of f, on the scale (1-u^2)^{1/2}/|u|: panels
double from there, each with one Gauss-Legendre rule.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..numbers.exact_numbers import Scalar
from .activations import Activation, Terms, canonical, plus, scaled

REACH = 1
_DECAY = 1.25  # a decaying piece is cut where it is this power of the error: powers of x are before it


class Tails(NamedTuple):
    """What the inner mean needs of an arithmetic; `scaled`(A, B, y) is e^A times the normal tail at y."""

    exp: Callable[[Any], Any]
    scaled: Callable[[Any, Any, Any], Any]
    where: Callable[[Any, Any, Any], Any]
    number: Callable[[Scalar], Any]
    pi: Any


def is_steep(activation: Activation) -> bool:
    """Whether Taylor's formula would lose digits within |u - c| < 1."""
    return activation.largest_rate**2 > REACH


def reach(activation: Activation) -> float:
    """|u - c| up to which Taylor's formula is used around an end."""
    return float(REACH / activation.largest_rate**2) if is_steep(activation) else 1.0


@functools.lru_cache(maxsize=256)
def parts(activation: Activation) -> tuple[Activation, Activation, Activation]:
    """p, r and 2p + r."""
    flat = [{key: c for key, c in piece.items() if not key[1]} for piece in activation.terms]
    bent = [{key: c for key, c in piece.items() if key[1]} for piece in activation.terms]
    both = [plus(scaled(p, Fraction(2)), r) for p, r in zip(flat, bent, strict=True)]
    p, r, inner = (canonical(activation.breaks, pieces) for pieces in (flat, bent, both))
    return p, r, inner


def outer_edges(activation: Activation, digits: float) -> list[tuple[Terms, list[Fraction]]]:
    """The pieces of r, each with the edges of panels that do not depend on u, for an error of 10^-digits."""
    r = parts(activation)[1]
    least = (digits + 1) * math.log(10)
    deviations = Fraction(math.sqrt(2 * least))
    out = []
    for i, piece in enumerate(r.terms):
        if not piece:
            continue
        # e^{beta a} moves the normal law of a by beta, and the inner mean moves it once more
        far = deviations + 2 * r.largest_rate
        low = r.breaks[i - 1] if i else -far
        high = r.breaks[i] if i < len(r.breaks) else far
        slopes = [beta for _, beta in piece]
        if not i and min(slopes) > 0:
            low = max(-deviations, high - Fraction(_DECAY * least) / min(slopes))
        if i == len(r.breaks) and max(slopes) < 0:
            high = min(deviations, low - Fraction(_DECAY * least) / max(slopes))
        if low < high:
            count = math.ceil(float(high - low) / _longest(activation))
            out.append((piece, [low + (high - low) * j / count for j in range(count + 1)]))
    return out


def _longest(activation: Activation) -> float:
    """The length of a panel of the outer integral, on which e^{lambda a} and the normal density are polynomials."""
    return min(2.0, 10 / float(activation.largest_rate))


def doublings(activation: Activation, u: float, spread: float) -> int:
    """How often a panel of the length spread/|u| doubles until it is as long as one may be."""
    return max(0, math.ceil(math.log2(_longest(activation) * abs(u) / spread))) if u else 0


def inner_mean(g: Activation, at: Tails, centre: Any, spread: Any) -> Any:
    """E g(b), b normal of this mean and deviation."""
    total = 0 * centre
    ends = [None, *g.breaks, None]
    for low, high, piece in zip(ends, ends[1:], g.terms, strict=False):
        rates: dict[Scalar, dict[int, Scalar]] = {}
        for (m, beta), c in piece.items():
            rates.setdefault(beta, {})[m] = c
        for beta, powers in rates.items():
            moments = _moments(max(powers), low, high, beta, at, centre, spread)
            total = total + sum(at.number(c) * moments[m] for m, c in powers.items())
    return total


def _moments(
    top: int, low: Scalar | None, high: Scalar | None, beta: Scalar, at: Tails, centre: Any, spread: Any
) -> list[Any]:
    """E[b^m e^{beta b}; low < b < high], m <= top, by parts; their mass from the side on which less of it lies."""
    rate = at.number(beta)
    before = rate * centre + rate * rate * spread * spread / 2
    sides = []
    for edge, sign in ((low, 1), (high, -1)):
        if edge is not None:
            z = (at.number(edge) - centre) / spread
            sides.append((at.number(edge), sign, z - rate * spread, rate * at.number(edge) - z * z / 2))
    if not sides:
        mass = at.exp(before)
    elif len(sides) == 1:
        _, sign, y, behind = sides[0]
        mass = at.scaled(before, behind, sign * y)
    else:
        (_, _, y, behind), (_, _, z, beyond) = sides
        above = at.where(y + z > 0, 1, -1)
        mass = above * (at.scaled(before, behind, above * y) - at.scaled(before, beyond, above * z))
    moments = [mass]
    for m in range(1, top + 1):
        found = (centre + rate * spread * spread) * moments[m - 1]
        if m > 1:
            found = found + (m - 1) * spread * spread * moments[m - 2]
        for edge, sign, _, behind in sides:
            found = found + sign * edge ** (m - 1) * spread * at.exp(behind) / (2 * at.pi) ** at.number(Fraction(1, 2))
        moments.append(found)
    return moments


# -- floats --------------------------------------------------------------------------------------------------------


def _scaled_tail(before: Any, behind: Any, y: Any) -> Any:
    from scipy.special import erfcx, ndtr

    beyond = np.exp(behind) * erfcx(np.maximum(y, 0.0) / math.sqrt(2)) / 2
    return np.where(y > 0, beyond, np.exp(np.where(y > 0, 0.0, before)) * ndtr(-y))


_FLOATS = Tails(np.exp, _scaled_tail, np.where, float, math.pi)
_DIGITS = 17
_NODES = 20


def float_rest(activation: Activation, u: Any, spread: Any) -> Any:
    """E[r(a) (2p + r)(b)] of cosines in a row, spread = (1-u^2)^{1/2}."""
    from ..sphere.legendre_polynomials import gauss_legendre

    inner = parts(activation)[2]
    x, weights = gauss_legendre(_NODES)
    safe = np.where(u == 0, 1.0, u)
    doubled = doublings(activation, *max(zip(u, spread, strict=True), key=lambda pair: abs(pair[0]) / pair[1]))
    widths = spread[:, None] / np.abs(safe)[:, None] * np.array([2.0**j for j in range(doubled + 1)])
    kinks = np.array([float(b) for b in inner.breaks])
    moving = [kinks / safe[:, None]]
    for b in kinks:
        moving += [b / safe[:, None] - widths, b / safe[:, None] + widths]
    out = np.zeros(u.size)
    for piece, exact in outer_edges(activation, _DIGITS):
        fixed = [float(x) for x in exact]
        edges = np.concatenate([np.broadcast_to(fixed, (u.size, len(fixed))), *moving], axis=1)
        edges = np.sort(np.clip(edges, fixed[0], fixed[-1]), axis=1)
        low, high = edges[:, :-1], edges[:, 1:]
        kept = np.any(high > low, axis=0)
        low, high = low[:, kept, None], high[:, kept, None]
        a = ((low + high) / 2 + (high - low) / 2 * x).reshape(u.size, -1)
        density = ((high - low) / 2 * weights).reshape(u.size, -1) * np.exp(-a * a / 2) / math.sqrt(2 * math.pi)
        value = sum(float(c) * a**m * np.exp(float(beta) * a) for (m, beta), c in piece.items())
        out += np.sum(density * value * inner_mean(inner, _FLOATS, u[:, None] * a, spread[:, None]), axis=1)
    return out
