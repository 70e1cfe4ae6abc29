r"""The tangent kernel's map on the sphere in balls, claims 40 and 41: what their checks prove and a figure draws.

For unit vectors |x-y| = 2 sigma, sigma = sin(theta/2), and
|Phi(x)-Phi(y)|^2 = 2 delta_L, where delta_L = L - kappa_L is the defect of the kernel. The sharp
constant H in |Phi(x)-Phi(y)| <= H|x-y|^{1/2} is

.. math:: H_L^2 = \sup_{0<\theta\leq\pi}F_L(\theta),\qquad F_L = \delta_L/\sigma.

F is evaluated in Arb balls as a Taylor series about theta, so that whole intervals are decided by its
slope. In sigma all of it is analytic also at theta = 0 (claim 13, `l_parabolic`):

.. math:: \sigma_{l+1} = \sigma_l\sqrt{1-g(\sigma_l)},\quad g = \frac2\pi\sum_j\frac{a_j\sigma^{2j+1}}{j+3/2},
   \quad \theta_l = 2\arcsin\sigma_l = 2\sum_ja_j\sigma_l^{2j+1},

.. math:: F_{l+1} = F_l\Bigl(1-\frac{\theta_l}{\pi}\Bigr)+\frac{l\theta_l}{\pi\sigma}
   +\frac{2\sigma_{l+1}^2}{\sigma},\qquad F_1 = 2\sigma.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from flint import arb, arb_series, fmpq

import kernelspec as ks
from oracle import deep as oracle

Ball: TypeAlias = Any
Series: TypeAlias = Any  # arb_series: value, slope, half the second derivative

_ORDER = 3
_TERMS = 60
_SWITCH, DISC = (0.4, 0.7)  # the sums are used for sigma < 0.4, their tails bounded for |sigma| <= 0.7
_END = math.nextafter(math.pi, 4)  # the first float above pi


@contextmanager
def arithmetic(bits: int = 128) -> Iterator[None]:
    """Balls of so many bits and series of three terms."""
    import flint

    saved = flint.ctx.cap
    flint.ctx.cap = _ORDER
    try:
        with oracle.precision(bits):
            yield
    finally:
        flint.ctx.cap = saved


@functools.lru_cache(maxsize=1)
def arcsine() -> list[Any]:
    """a_j: arcsin sigma = sum_j a_j sigma^{2j+1}."""
    a = [fmpq(1)]
    for j in range(_TERMS):
        a.append(a[-1] * fmpq((2 * j + 1) ** 2, (2 * j + 2) * (2 * j + 3)))
    return a


def tail(terms: int = _TERMS) -> Ball:
    """A bound of sum_{j >= terms} a_j |sigma|^{2j} for |sigma| <= S: a_N S^{2N}/(1-S^2), for a_j falls."""
    radius = arb(DISC)
    return arb(arcsine()[terms]) * radius ** (2 * terms) / (1 - radius * radius)


def power_sum(sigma: Series, weight: Callable[[int], Any], terms: int = _TERMS) -> Series:
    """sum_j a_j weight(j) sigma^{2j}, for decreasing weights at most 1, with a bound of its tail.

    By Cauchy the k-th Taylor coefficient of the tail at a point of modulus s < S is at most M/(S-s)^k,
    M its bound for |sigma| <= S.
    """
    a, square, total = arcsine(), sigma * sigma, arb_series([0], _ORDER)
    for j in range(terms - 1, -1, -1):
        total = total * square + arb(a[j] * weight(j))
    radius, size = arb(DISC), tail(terms)
    step, left = sigma - sigma[0], arb_series([0], _ORDER)
    for k in range(_ORDER - 1, -1, -1):
        left = left * step + arb(0, (size / (radius - arb(_SWITCH)) ** k).abs_upper())
    return total + left


def _layer(sigma: Series, theta: Series) -> tuple[Series, Series]:
    """theta/sigma and g at one layer."""
    if sigma[0] < arb(_SWITCH):
        lost = power_sum(sigma, lambda j: fmpq(2, 2 * j + 3))
        return 2 * power_sum(sigma, lambda j: 1), 2 / arb.pi() * sigma * lost
    lost = theta.sin() - theta * theta.cos()
    return theta / sigma, lost / (2 * arb.pi() * sigma * sigma)


def ratio(theta: Ball, depth: int) -> Series:
    """F_L about theta in [0, pi]: its value, slope and half its second derivative on the whole ball.

    Raises ValueError where the ball is too wide for a division. Inside `arithmetic`.
    """
    angle = arb_series([theta, 1], _ORDER)
    first = sigma = (angle / 2).sin()
    found, kept = 2 * first, arb_series([1], _ORDER)  # kept: sigma_l/sigma
    for layer in range(1, depth):
        quotient, lost = _layer(sigma, angle)
        share = quotient * kept / arb.pi()  # theta_l/(pi sigma)
        kept = kept * (1 - lost).sqrt()
        found = found * (1 - share * first) + layer * share + 2 * first * kept * kept
        sigma = first * kept
        angle = 2 * sigma.asin()
    return found


def interval(start: Any, end: Any) -> Ball:
    """The ball of an interval."""
    low, high = arb(start), arb(end)
    return (low + high) / 2 + arb(0, ((high - low) / 2).abs_upper())


def below(depth: int, start: float, end: float, level: Ball) -> bool:
    """Whether F_L < level on an interval, from the value in the middle and the slope on all of it."""
    half = (arb(end) - arb(start)) / 2
    slope = ratio(interval(start, end), depth)[1]
    middle = ratio((arb(start) + arb(end)) / 2, depth)[0]
    return bool(middle + slope * arb(0, half.abs_upper()) < level)


def covered(test: Callable[[float, float], bool], start: float, end: float) -> int:
    """How many intervals cover [start, end], each passing the test; 0 if one of width 1e-5 does not."""
    count, width = 0, 0.05
    while start < end:
        stop = min(start + width, end)
        try:
            passed = test(start, stop)
        except ValueError:  # a division by a ball that holds 0: too wide
            passed = False
        if passed:
            count, start, width = count + 1, stop, 1.5 * width
        elif width < 1e-5:
            return 0
        else:
            width /= 2
    return count


def largest_at_zero(depth: int) -> int:
    """How many intervals prove that F_L < L(L-1)/pi = F_L(0) on (0, pi]; 0 if that cannot be shown.

    F falls on [0, 1/2], and is smaller beyond.
    """
    with arithmetic():
        level = arb(depth * (depth - 1)) / arb.pi()
        falls = covered(lambda a, b: bool(ratio(interval(a, b), depth)[1] < 0), 0.0, 0.5)
        beyond = covered(lambda a, b: below(depth, a, b, level), 0.5, _END) if falls else 0
        return falls + beyond if beyond else 0


@dataclass(frozen=True)
class Peak:
    """The maximum of F_L inside (0, pi): |x-y| there and H_L = sqrt(F_L), proved enclosures."""

    distance: Ball
    constant: Ball
    intervals: int


@functools.lru_cache(maxsize=8)
def peak(depth: int, reach: float = 0.05) -> Peak:
    """The maximum of F_L over (0, pi], where it is inside.

    In a neighbourhood, `reach` to either side, F is concave and its slope changes sign: one maximum, found by
    bisection. Elsewhere F is smaller. Raises ArithmeticError where this cannot be shown.
    """
    grid = np.linspace(0.001, math.pi, 4000)
    floats = ks.ntk(depth).of_angle(grid, defect=True) / np.sin(grid / 2)
    guess = float(grid[np.argmax(floats)])
    start, end = guess - reach, guess + reach
    with arithmetic():
        low, high = arb(start), arb(end)
        if not (start > 0 and end < math.pi and _slope(low, depth) > 0 > _slope(high, depth)):
            raise ArithmeticError(f"no maximum of F_{depth} is enclosed near theta = {guess:.3g}")
        concave = covered(lambda a, b: bool(ratio(interval(a, b), depth)[2] < 0), start, end)
        for _ in range(70):  # bisections, to 1e-22
            middle = arb(((low + high) / 2).mid())
            slope = _slope(middle, depth)
            if slope > 0:
                low = middle
            elif slope < 0:
                high = middle
            else:  # the balls are wider than the slope: what is known stays
                break
        top = interval(low, high)
        value = ratio(top, depth)[0]
        level = arb(value.lower())
        sides = [covered(lambda a, b: below(depth, a, b, level), a, b) for a, b in ((0.0, start), (end, _END))]
        if not (concave and all(sides)):
            raise ArithmeticError(f"F_{depth} may have another maximum")
        return Peak(2 * (top / 2).sin(), value.sqrt(), concave + sum(sides))


def _slope(theta: Ball, depth: int) -> Ball:
    return ratio(theta, depth)[1]
