r"""Values of the dual kernels of piecewise smooth activations, kappa(u) = E[f(a) f(b)], to rounding error.

They come from Taylor's formula of `expansions.kinks` around the nearest of u = 1, 0, -1; at the ends w = 1 - u or
1 + u, with y = 1 - cos(psi):

.. math:: \kappa = \sum_{n<N} A_n \frac{(-w)^n}{n!} - \int_0^\theta \sum_{n<N} (-1)^n \frac{(w-y)^n}{n!}\,
   D_n(y) \sin\psi \, d\psi .

For polynomial pieces it ends by itself; exponential ones leave at most |A_N| w^N/N!, w <= 1, which is below rounding
for the N that is taken; where its terms would cancel, `piecewise_exponentials` takes over. A_n are exact numbers;
D_n sin(psi) holds e^{-(x-z)^2/(8 sin^2(psi/2))}, flat at psi = 0 for two kinks x != z, and is analytic elsewhere:
Gauss-Legendre on panels that halve towards 0 has rounding error. Around u = 0 A_n = (E f_n)^2 and all signs are +: for
a one-sided f nothing cancels there.
1 - u enters through w alone, so that the defect keeps its relative accuracy next to u = 1.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..numbers.exact_numbers import Scalar
from ..sphere.legendre_polynomials import gauss_legendre
from .activations import Activation, monic
from .conditional_means import Functions, mean_at
from .piecewise_exponentials import float_rest, is_steep, parts, reach

_NODES = 16
CHUNK = 1 << 16  # entries of one block: the temporaries stay in cache
_MOST_LEVELS = 200
_MORE = 12  # digits below rounding, for factors that grow with the number of terms
_ROW = 256  # cosines of one block of those integrals
MIDDLE = 0.6  # |u| up to which the formula around 0 is used


# -- the plan: what does not depend on u ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Level:
    """n: A_n/n!, the jumps F_n(x), those of g_n, all numbers of one arithmetic; g_{n+1} is `scale` times `rest`.

    Derivatives of exponentials are multiples of one function, whose means are computed once.
    """

    value: Any
    first: dict[Scalar, Any]
    second: dict[Scalar, Any]
    rest: Activation
    scale: Scalar

    @property
    def terms(self) -> Any:
        """What D_n is made of."""
        return self.first, self.second, self.rest, self.scale


@dataclass(frozen=True)
class _Plan:
    """The levels around one centre; `source[n]` is the first level with the same jumps and rest as level n."""

    levels: list[_Level]
    source: list[int]
    gap: float  # the least distance of two kinks, one of f and one of g; infinite if there is none


def exact_one(activation: Activation) -> Any:
    """kappa(1) = E f^2, exactly."""
    from ..expansions.kinks import end_value

    return end_value(activation, 1)


@functools.lru_cache(maxsize=256)
def at_centre(activation: Activation, centre: int) -> Any:
    """kappa at u = centre, exactly."""
    from ..expansions.kinks import end_value, mean

    return end_value(activation, centre) if centre else mean(activation) * mean(activation)


@functools.lru_cache(maxsize=256)
def _plan(activation: Activation, centre: int, digits: int) -> _Plan:
    """The plan around u = centre (1, 0, -1) for this many digits; its numbers are exact (`Number`), to be converted."""
    from ..expansions.kinks import expectation, mean, number

    f, g = activation, activation.mirrored() if centre == -1 else activation
    levels: list[_Level] = []
    size = float(exact_one(activation).accurate(5).mid().log())
    far = reach(activation) if centre else 1.0
    while not (f.is_zero or g.is_zero):
        n = len(levels)
        bound = float(expectation(f, f).accurate(5).mid().log()) - size - math.lgamma(n + 1) + n * math.log(far)
        if n and bound < -(digits + 3) * math.log(10):
            break
        if n > _MOST_LEVELS:
            raise ValueError(f"{activation.text()} needs too many terms of Taylor's formula")
        jumps = [{x: number(h.jump(x)) for x in h.breaks if h.jump(x)} for h in (f, g)]
        value = expectation(f, g) if centre else mean(f) * mean(f)
        f, g = f.derivative(), g.derivative()
        levels.append(_Level(value.scaled(Fraction(1, math.factorial(n))), jumps[0], jumps[1], *monic(g)))
    source = [next(m for m in range(n + 1) if levels[m].terms == level.terms) for n, level in enumerate(levels)]
    other = [-x for x in activation.breaks] if centre == -1 else activation.breaks
    gaps = [abs(x - y) for x in activation.breaks for y in other if x != y]
    return _Plan(levels, source, float(min(gaps)) if gaps else math.inf)


def _converted(plan: _Plan, convert: Callable[[Any], Any]) -> _Plan:
    levels = [
        _Level(
            convert(level.value),
            {x: convert(c) for x, c in level.first.items()},
            {x: convert(c) for x, c in level.second.items()},
            level.rest,
            level.scale,
        )
        for level in plan.levels
    ]
    return _Plan(levels, plan.source, plan.gap)


# -- the integrand -------------------------------------------------------------------------------------------------


def _integrand(plan: _Plan, at: Functions, s: Any, c: Any, gap: Any) -> Any:
    """sum_n gap^n/n! D_n sin(psi), from sin and cos of psi/2, where u = cos(psi)."""
    exponentials: dict[tuple[Scalar, Scalar], Any] = {}
    means: dict[Any, Any] = {}
    found: list[Any] = []
    total, weight = 0 * s, 1 + 0 * s
    for n, level in enumerate(plan.levels):
        if n:
            weight = weight * (gap / n)
        if plan.source[n] == n:
            found.append(_boundary(level, at, s, c, exponentials, means))
        else:
            found.append(found[plan.source[n]])
        total = total + weight * found[-1]
    return total


def _boundary(level: _Level, at: Functions, s: Any, c: Any, exponentials: Any, means: Any) -> Any:
    """D_n sin(psi)."""
    total = 0 * s
    for x, j in level.first.items():
        for y, k in level.second.items():
            key = (x, y)
            if key not in exponentials:
                exponentials[key] = at.density(x, y, s * s, c * c)
            total = total + j * k * exponentials[key]
    if level.rest.is_zero:
        return total
    for x, j in level.first.items():
        if (x, level.rest) not in means:
            means[x, level.rest] = mean_at(level.rest, x, at, s, c)
        density = at.exp(at.number(-x * x / 2)) / (2 * at.pi) ** at.number(Fraction(1, 2))
        # Both sums over kinks of the formula are equal: around u = -1 by (a, b) -> (-b, -a).
        total = total + 2 * j * at.number(level.scale) * density * means[x, level.rest] * (2 * s * c)
    return total


# -- floats --------------------------------------------------------------------------------------------------------


def to_float(x: Any) -> float:
    """An exact number, rounded."""
    return float(x.accurate(20).mid())


@functools.lru_cache(maxsize=128)
def float_plan(activation: Activation, centre: int) -> _Plan:
    """The plan around u = centre in floats."""
    return _converted(_plan(activation, centre, 17), to_float)


@functools.lru_cache(maxsize=64)
def _rule(panels: int, parts: int) -> tuple[Any, Any]:
    """Nodes and weights on (0, 1): panels that halve towards 0, each in so many parts."""
    x, w = gauss_legendre(_NODES)
    halves = [0.0, *(2.0**-j for j in range(panels, -1, -1))]
    edges = [a + (b - a) * i / parts for a, b in zip(halves, halves[1:], strict=False) for i in range(parts)]
    half = np.diff([*edges, 1.0])[:, None] / 2
    return (np.array(edges)[:, None] + half * (1 + x)).ravel(), (half * w).ravel()


def halvings(plan: _Plan, deviations: float) -> int:
    """How many halvings of pi/2 until e^{-gap^2/(2 psi^2)}, psi = gap/deviations, is below rounding."""
    if math.isinf(plan.gap):
        return 0
    return max(0, math.ceil(math.log2(math.pi / 2 * deviations / plan.gap)))


@functools.lru_cache(maxsize=256)
def cuts_of(activation: Activation, digits: int = 17) -> int:
    """Into how many parts a panel is cut, for e^{-x^2/(1+u)} of a kink far out that counts at so many digits."""
    if activation.is_zero:
        return 1
    least = float(exact_one(activation).accurate(5).mid().log()) - (digits + _MORE) * math.log(10)
    terms = [term for piece in activation.pieces for term in piece]
    power, largest = max(m for m, _, _ in terms), max(abs(c) for _, _, c in terms)

    def counts(x: float) -> bool:
        bound = 2 * float(activation.largest_rate) * x + 2 * power * math.log(1 + x) + 2 * math.log(largest)
        return bound - x * x / 2 > least

    return 1 + int(max((x * x for x in activation.breaks if counts(abs(float(x)))), default=0) // 100)


def float_change(activation: Activation, centre: int, distance: Any) -> Any:
    """kappa(u) - kappa(centre), from |u - centre| at the ends and from u around 0."""
    if not is_steep(activation):
        return _by_taylor(activation, centre, distance)
    out = np.empty(distance.size)
    near = distance <= reach(activation) if centre else np.zeros(distance.size, dtype=bool)
    if near.any():
        out[near] = _by_taylor(activation, centre, distance[near])
    far = np.flatnonzero(~near)
    for i in range(0, far.size, _ROW):
        part = distance[far[i : i + _ROW]]
        u = centre * (1 - part) if centre else part
        spread = np.sqrt(part * (2 - part) if centre else (1 - u) * (1 + u))
        rest = float_rest(activation, u, spread) - _rest_at(activation, centre)
        out[far[i : i + _ROW]] = rest + _by_taylor(parts(activation)[0], centre, part)
    return out


@functools.lru_cache(maxsize=256)
def _rest_at(activation: Activation, centre: int) -> float:
    """What the pieces with exponentials add at the centre."""
    return to_float(at_centre(activation, centre) - at_centre(parts(activation)[0], centre))


def _by_taylor(activation: Activation, centre: int, distance: Any) -> Any:
    from scipy.special import ndtr

    plan = float_plan(activation, centre)
    at = Functions(np.exp, lambda z: ndtr(-z), float, math.pi)
    nodes, weights = _rule(halvings(plan, 9.5) if centre else 0, cuts_of(activation))
    out = np.empty(distance.size)
    step = max(1, CHUNK // nodes.size)
    with np.errstate(all="ignore"):
        for i in range(0, distance.size, step):
            part = distance[i : i + step]
            if centre:
                # The half angle by its sine; where the distance is 0 any will do.
                theta = 2 * np.arcsin(np.sqrt(np.maximum(part, 1e-300) / 2))[:, None]
                psi = theta * nodes
                gap = -2 * np.sin((theta + psi) / 2) * np.sin((theta - psi) / 2)
                scale, argument = -theta[:, 0], -part
            else:
                theta = np.arcsin(part)[:, None]
                psi = math.pi / 2 - theta * nodes
                gap = part[:, None] - np.sin(theta * nodes)
                scale, argument = theta[:, 0], part
            integrand = _integrand(plan, at, np.sin(psi / 2), np.cos(psi / 2), gap)
            taylor, power = np.zeros(part.size), np.ones(part.size)
            for level in plan.levels[1:]:
                power = power * argument
                taylor = taylor + level.value * power
            out[i : i + step] = np.where(part == 0, 0.0, scale * (integrand @ weights) + taylor)
    return out
