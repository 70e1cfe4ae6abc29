"""The boundaries of the regions in which kernels are shown to be analytic: circles, lines, rectangles, ellipses.

Each is a curve z = local(tau), 0 <= tau <= 1, in a local variable z, with the points that a ball of z stands for
(`region_points`). Kernels are real on [-1, 1], so that the half of a symmetric curve serves.
"""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import flint

from ..numbers.exact_numbers import ball
from .region_points import REGION, Boundary, Curve, RegionPoint, narrower


def disc(radius: Fraction) -> Boundary:
    """The upper half of the circle |u| = radius."""

    def local(tau: Any) -> Any:
        angle = flint.arb.pi() * tau
        return ball(radius) * flint.acb(angle.cos(), angle.sin())

    def point(z: Any, centre: RegionPoint | None) -> RegionPoint:
        return RegionPoint(REGION, z, 1 - z, 1 + z, z, centre=centre, rate=flint.arb(-1))

    return Curve(local, _turned), [point]


def end_disc(at: int, q: int, radius: Fraction) -> Boundary:
    """The upper half of the circle |w|^q = radius around the end u = at, u = +-(1 - w^q)."""

    def local(tau: Any) -> Any:
        return flint.acb(0, tau * flint.arb.pi()).exp() * ball(radius) ** ball(Fraction(1, q))

    def point(w: Any, centre: RegionPoint | None) -> RegionPoint:
        t = w**q
        if at == 1:
            return RegionPoint(REGION, 1 - t, t, 2 - t, w, order=q, centre=centre, rate=q * w ** (q - 1))
        return RegionPoint(REGION, t - 1, 2 - t, t, w, coorder=q, by_left=True, centre=centre, rate=-q * w ** (q - 1))

    return Curve(local, _turned), [point]


def _turned(tau: Any, z: Any) -> Any:
    """The slope of a circle around 0, r e^{i pi tau}."""
    return flint.acb(0, 1) * flint.arb.pi() * z


def line(height: Fraction) -> Boundary:
    """The line Im theta = -height, 0 <= Re theta <= pi."""

    def local(tau: Any) -> Any:
        return flint.acb(flint.arb.pi() * tau, -ball(height))

    return Curve(local, lambda tau, z: flint.arb.pi()), [_of_angle]


def rectangle(right: float, left: float, y: Fraction) -> Boundary:
    """The lower half of the boundary of (right, pi - left) x (-H, H): down, along and up, at equal lengths of tau."""
    a, b = Fraction(right), Fraction(left)

    def ends() -> tuple[Any, Any, Any]:
        return ball(a), flint.arb.pi() - ball(b), (1 + ball(y)).acosh()

    def local(tau: Any) -> Any:
        start, stop, height = ends()
        position = 3 * tau
        if position.mid() < 1:
            return flint.acb(start, -height * position)
        if position.mid() < 2:
            return flint.acb(start + (stop - start) * (position - 1), -height)
        return flint.acb(stop, -height * (3 - position))

    def slope(tau: Any, z: Any) -> Any:
        start, stop, height = ends()
        if (3 * tau).mid() < 1:
            return flint.acb(0, -3 * height)
        return 3 * (stop - start) if (3 * tau).mid() < 2 else flint.acb(0, 3 * height)

    return Curve(local, slope), [_of_angle]


def _of_angle(theta: Any, centre: RegionPoint | None) -> RegionPoint:
    return RegionPoint.of_angle(theta, 1, False, theta, 0, centre)


def ellipse(m: int, rho: Fraction) -> Boundary:
    """The upper half of the ellipse E_rho with foci z = 0 and 1, theta = (pi/2) z^m from either end of [-1, 1]."""

    def turn(tau: Any) -> Any:
        return flint.acb(0, tau * flint.arb.pi()).exp() * ball(rho)

    def local(tau: Any) -> Any:
        around = turn(tau)
        return (around + 1 / around) / 4 + flint.acb(1) / 2

    def slope(tau: Any, z: Any) -> Any:
        around = turn(tau)
        return _turned(tau, around - 1 / around) / 4

    def end(z: Any, centre: RegionPoint | None, by_left: bool) -> RegionPoint:
        power = z**m
        if m > 1 and centre is not None:
            power = narrower(power, centre.z**m * (z / centre.z) ** m)
        return RegionPoint.of_angle(
            flint.arb.pi() / 2 * power, flint.arb.pi() / 2 * m * z ** (m - 1), by_left, z, 2 * m, centre
        )

    return Curve(local, slope), [functools.partial(end, by_left=False), functools.partial(end, by_left=True)]
