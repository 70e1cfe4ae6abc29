"""A kernel's values on the contour in balls: the digits that the float64 reading has, and those that it lacks.

On the legs a kernel's jump may be far smaller than what it is computed from: near u = 1 the powers (1-u)^{1/2} and
(1-u)^{3/2} of laplace()*(1 + ...) cancel in a Matern kernel, and what is left in floats is rounding. Arb's
intervals show it at a few nodes; there all nodes are read in balls, at a precision that is raised until the jump,
and the sum and the difference of both legs' (the even and the odd eigenvalues), have their digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import BallArithmetic
from ..numbers.precision import good, precision
from .eigenvalue_arrays import EPS, Array

# "0+": the legs are read from inside the rectangle, this relative distance off the imaginary direction, so that
# imaginary parts that vanish keep their sign through square roots. Small enough never to reach a true digit.
INSIDE = 2.0**-500
NO_JUMP = 2.0**-400  # what is read at an analytic end is the distance from the real axis
_BITS, _MOST_BITS = 128, 2048
_ACCURATE = 60  # bits of a float64, and some more
_NOTHING = 120  # bits below both jumps: a combination so small is not looked at any further


class Jumps(NamedTuple):
    """Both jumps at one node, right -+ left, each with its radius, in float64."""

    right: float
    left: float
    even: float
    odd: float
    even_radius: float
    odd_radius: float


def jumps(kernel: Zonal, eta: Iterable[float]) -> list[Jumps]:
    """The jumps at decreasing nodes eta: a smaller one needs more bits, and begins with those of the one before.

    A jump that no precision resolves has an infinite radius.
    """
    out, bits = [], _BITS
    for node in eta:
        found, bits = _jump(kernel, node, bits)
        out.append(found)
    return out


def _jump(kernel: Zonal, eta: float, bits: int) -> tuple[Jumps, int]:
    def parts(bits: int) -> tuple[Any, ...]:
        with precision(bits):
            right, left = (
                x * 0 if at not in kernel.singular and abs(x) < NO_JUMP else x
                for x, at in ((_right(kernel, eta), 1), (_left(kernel, eta), -1))
            )
            floor = (abs(right) + abs(left)).upper() * 2.0**-_NOTHING
            return right, left, right - left, right + left, floor

    (*found, _), bits, _ = good(parts, _are_told, bits, _MOST_BITS)
    if not all(x.is_finite() for x in found):
        return Jumps(0.0, 0.0, 0.0, 0.0, math.inf, math.inf), bits
    return Jumps(*map(float, found), *(float(x.rad()) for x in found[2:])), bits


def _are_told(parts: tuple[Any, ...]) -> bool:
    """Whether each ball is accurate in relative terms, or its radius is at most the last entry, a floor."""
    *found, floor = parts
    return all(x.is_finite() and (x.rel_accuracy_bits() >= _ACCURATE or bool(x.rad() <= floor)) for x in found)


def _right(kernel: Zonal, eta: float) -> Any:
    """Im kappa(cosh eta + i0)."""
    import flint

    theta = flint.acb(flint.arb(eta) * INSIDE, -flint.arb(eta))
    pair = kernel.pair(Point.from_angle(BallArithmetic(), theta))
    if math.isfinite(kernel.at_one):
        return -flint.acb(pair.defect).imag
    return flint.acb(pair.value).imag


def _left(kernel: Zonal, eta: float) -> Any:
    """Im kappa(-cosh eta + i0)."""
    import flint

    phi = flint.acb(flint.arb(eta) * INSIDE, flint.arb(eta))
    return flint.acb(kernel.pair(Point.from_supplement(BallArithmetic(), phi)).value).imag


def bottom(kernel: Zonal, alpha: Array, height: float) -> tuple[Array, Array]:
    """kappa and its defect at cos(alpha - iH)."""
    import flint

    value, defect = np.zeros(alpha.shape, complex), np.zeros(alpha.shape, complex)
    with precision(_BITS):
        arithmetic = BallArithmetic()
        for i, angle in enumerate(alpha):
            theta = flint.acb(flint.arb(float(angle)), -flint.arb(height))
            pair = kernel.pair(Point.from_angle(arithmetic, theta))
            value[i], defect[i] = complex(flint.acb(pair.value)), complex(flint.acb(pair.defect))
    return value, defect


def rounding(kernel: Zonal, eta: Array, right: Array, left: Array) -> float:
    """The largest error of the jumps in floats, in units of 2^-52 of their size, at some decreasing nodes."""
    worst = 0.0
    for found, a, b in zip(jumps(kernel, eta), right, left, strict=True):
        size = abs(found.right) + abs(found.left)
        if size > 0 and math.isfinite(found.even_radius):
            worst = max(worst, (abs(a - found.right) + abs(b - found.left)) / size)
    return worst / EPS
