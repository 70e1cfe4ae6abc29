r"""Covariances of Gaussian maps between all pairs of two batches, and what layers without a grid do to them.

A pair is kept as deviations s, t and a correlation u with 1 - u and 1 + u (a `Point`); `tangent` is the tangent kernel
itself. Arrays have the axes (images, images', grid...) where only equal positions are paired, (images, images',
grid..., grid'...) where all are, and (images, ...) where every image is paired with itself.

Weights and a bias map s to S = (W^2 s^2 + b^2)^{1/2}; with tan phi = b/(W s), an angle for each map (claim L7),

.. math:: 1 - u' = \cos\phi_s \cos\phi_t\, (1 - u) + 2 \sin^2 \frac{\phi_s - \phi_t}{2}, \qquad
          1 + u' = \cos\phi_s \cos\phi_t\, (1 + u) + 2 \sin^2 \frac{\phi_s + \phi_t}{2}.

Sums of independent maps with the unit vectors a, b of their deviations, s_i/S and t_i/T, have u' = sum a_i b_i u_i,

.. math:: 1 \mp u' = \sum_i a_i b_i (1 \mp u_i) + \frac{|a - b|^2}{2} .

All of these are sums of terms >= 0: coincident maps stay so exactly, and nearly coincident ones keep their digits.

Source: the recursion is that of Lee et al. 2018 and Jacot et al. 2018; written in 1 - u, it is derived here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..kernels.points import Point
from .duals.dual import Dual, over, point_at, point_of


@dataclass(frozen=True)
class Layout:
    """Which pairs there are: `own`, every image with itself alone; `full`, all pairs of positions of `axes` axes."""

    own: bool
    full: bool
    axes: int

    def left(self, s: Any) -> Any:
        """Numbers of the first maps, (images, grid...), in the shape of pairs."""
        batch = s.shape[:1] if self.own else (s.shape[0], 1)
        grid = s.shape[1:]
        return s.reshape(*batch, *grid, *((1,) * self.axes if self.full else ()))

    def right(self, s: Any) -> Any:
        """Numbers of the second maps."""
        batch = s.shape[:1] if self.own else (1, s.shape[0])
        grid = s.shape[1:]
        return s.reshape(*batch, *((1,) * self.axes if self.full else ()), *grid)

    @property
    def batch(self) -> int:
        """How many axes the images take."""
        return 1 if self.own else 2


@dataclass(frozen=True)
class Pairs:
    """Correlations and tangent kernels (None: not wanted) of pairs."""

    layout: Layout
    point: Point
    tangent: Any

    def product(self, s: Any, t: Any) -> Any:
        """The covariances, for deviations (images, grid...) of both sides."""
        return self.layout.left(s) * self.layout.right(t) * self.point.u

    def with_grid(self, full: bool, axes: int, point: Point, tangent: Any) -> Pairs:
        return Pairs(replace(self.layout, full=full, axes=axes), point, tangent)


def scaled(pairs: Pairs, s: Any, t: Any) -> Pairs:
    """Maps multiplied by numbers (images, grid...) >= 0."""
    if pairs.tangent is None:
        return pairs
    return replace(pairs, tangent=pairs.layout.left(s) * pairs.layout.right(t) * pairs.tangent)


def activated(pairs: Pairs, dual: Dual, sides: tuple[Any, Any], above: tuple[Any, Any], fine: bool) -> Pairs:
    """After an activation, whose deviations are `above`."""
    s, t = pairs.layout.left(sides[0]), pairs.layout.right(sides[1])
    first, second = pairs.layout.left(above[0]), pairs.layout.right(above[1])
    tangent = None if pairs.tangent is None else pairs.tangent * dual.slope(s, t, pairs.point)
    return replace(pairs, point=dual.next(s, t, first, second, pairs.point, fine), tangent=tangent)


@dataclass(frozen=True)
class Weights:
    """Weights of deviation `W`, a bias of deviation `b`, and what their own gradients add to a tangent kernel.

    That is own_W times the covariance of what the weights read, plus own_b.
    """

    W: float
    b: float
    own_W: float
    own_b: float

    def deviations(self, s: Any) -> Any:
        """Those of the outputs, from those of what the weights read."""
        return np.hypot(self.W * s, self.b)

    def _angle(self, s: Any, spread: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
        """sin(phi/2), cos(phi/2) and cos(phi), which is 0 where s is."""
        half = np.arctan2(self.b, self.W * s) / 2
        return spread(np.sin(half)), spread(np.cos(half)), spread(self.W * s / self.deviations(s))

    def apply(self, pairs: Pairs, s: Any, t: Any) -> Pairs:
        layout, point = pairs.layout, pairs.point
        tangent = pairs.tangent
        if tangent is not None:
            tangent = self.W**2 * tangent + self.own_b
            if self.own_W:
                tangent = tangent + self.own_W * pairs.product(s, t)
        if not self.b:
            if not self.W:
                one = np.ones_like(point.u)
                point = point_at(0 * one, one, one.copy())
            return replace(pairs, point=point, tangent=tangent)
        (sine, cosine, whole), (sin, cos, other) = self._angle(s, layout.left), self._angle(t, layout.right)
        # sin and cos of both angles, of half their difference and of half their sum
        both, ends = whole * other, 4 * (sine * cosine) * (sin * cos)
        one, two = sine * cos, cosine * sin
        delta = both * point.delta + 2 * (one - two) ** 2
        codelta = both * point.codelta + 2 * (one + two) ** 2
        u = both * point.u + ends
        return replace(pairs, point=_settled(u, delta, codelta), tangent=tangent)


def _settled(u: Any, delta: Any, codelta: Any) -> Point:
    """A point whose u agrees with the smaller of its defects."""
    u = np.where(delta < 0.25, 1 - delta, u)
    return point_at(np.where(codelta < 0.25, codelta - 1, u), delta, codelta)


def summed(
    several: Sequence[Pairs], sides: Sequence[tuple[Any, Any]], totals: tuple[Any, Any], weights: Sequence[float]
) -> Pairs:
    """The sum of independent maps, each with a weight in the covariance; `totals` are the deviations of the sum."""
    layout = several[0].layout
    u, tangent = 0.0, None if several[0].tangent is None else 0.0
    apart, defects = 0.0, [0.0, 0.0]
    for pairs, (s, t), weight in zip(several, sides, weights, strict=True):
        root = math.sqrt(weight)
        a, b = layout.left(over(root * s, totals[0])), layout.right(over(root * t, totals[1]))
        u = u + a * b * pairs.point.u
        defects = [defects[0] + a * b * pairs.point.delta, defects[1] + a * b * pairs.point.codelta]
        apart = apart + (a - b) ** 2 / 2
        if tangent is not None:
            tangent = tangent + weight * pairs.tangent
    gone = (layout.left(totals[0]) == 0) | (layout.right(totals[1]) == 0)
    delta, codelta = (np.where(gone, 1.0, each + apart) for each in defects)
    return Pairs(layout, _settled(u, delta, codelta), tangent)


def multiplied(several: Sequence[Pairs], sides: Sequence[tuple[Any, Any]]) -> Pairs:
    """The product of independent maps: 1 - u v = (1 - u) + u (1 - v), 1 + u v = (1 + v) - v (1 - u)."""
    found, (s, t) = several[0], sides[0]
    for pairs, (p, q) in zip(several[1:], sides[1:], strict=True):
        one, two = found.point, pairs.point
        tangent = None
        if found.tangent is not None:
            tangent = found.tangent * pairs.product(p, q) + pairs.tangent * found.product(s, t)
        u = one.u * two.u
        delta = np.where(one.u >= 0, one.delta + one.u * two.delta, 1 - u)
        delta = np.where((one.u < 0) & (two.u < 0), one.codelta - one.u * two.codelta, delta)
        codelta = np.where(two.u <= 0, two.codelta - two.u * one.delta, 1 + u)
        codelta = np.where((one.u <= 0) & (two.u > 0), one.codelta - one.u * two.delta, codelta)
        found = replace(found, point=point_at(u, delta, codelta), tangent=tangent)
        s, t = s * p, t * q
    return found


def of_covariance(layout: Layout, covariance: Any, s: Any, t: Any) -> Point:
    """The point of covariances of maps with these deviations."""
    return point_of(over(over(covariance, layout.left(s)), layout.right(t)))
