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
from .duals.dual import NEAR, Dual, inverse, over, point_at, point_of
from .remembered import once


def _reshaped(s: Any, shape: tuple[int, ...]) -> Any:
    return s.reshape(shape)


@dataclass(frozen=True)
class Layout:
    """Which pairs there are: `own`, every image with itself alone; `full`, all pairs of positions of `axes` axes."""

    own: bool
    full: bool
    axes: int

    def left(self, s: Any) -> Any:
        """Numbers of the first maps, (images, grid...), in the shape of pairs."""
        batch = s.shape[:1] if self.own else (s.shape[0], 1)
        return once(_reshaped, s, (*batch, *s.shape[1:], *((1,) * self.axes if self.full else ())))

    def right(self, s: Any) -> Any:
        """Numbers of the second maps."""
        batch = s.shape[:1] if self.own else (1, s.shape[0])
        return once(_reshaped, s, (*batch, *((1,) * self.axes if self.full else ()), *s.shape[1:]))

    @property
    def batch(self) -> int:
        """How many axes the images take."""
        return 1 if self.own else 2


@dataclass(frozen=True)
class Pairs:
    """Correlations and tangent kernels (None: not wanted) of pairs; the covariances as well, where they are at hand."""

    layout: Layout
    point: Point
    tangent: Any
    covariance: Any = None

    def product(self, s: Any, t: Any) -> Any:
        """The covariances, for deviations (images, grid...) of both sides."""
        return _times(self.point.u, self.layout.left(s), self.layout.right(t))

    def with_grid(self, full: bool, axes: int, point: Point, tangent: Any) -> Pairs:
        return Pairs(replace(self.layout, full=full, axes=axes), point, tangent)


def scaled(pairs: Pairs, s: Any, t: Any) -> Pairs:
    """Maps multiplied by numbers (images, grid...) >= 0."""
    if pairs.tangent is None:
        return pairs
    return replace(pairs, tangent=pairs.layout.left(s) * pairs.layout.right(t) * pairs.tangent)


def _times(array: Any, one: Any, other: Any) -> Any:
    """A product of an array and numbers for its axes, with one new array, the same with both sides exchanged."""
    found = one * other
    if found.shape != array.shape:
        return found * array
    found *= array
    return found


def _ends(*several: Any) -> tuple[Any, ...]:
    """Where one of several u is next to 1 or -1: indices, () where none is."""
    mask = None
    for u in several:
        if u.size and (u.max() > 1 - NEAR or u.min() < NEAR - 1):
            here = np.abs(u) > 1 - NEAR
            mask = here if mask is None else np.logical_or(mask, here, out=mask)
    return () if mask is None else np.unravel_index(np.flatnonzero(mask), mask.shape)


def _at(indices: Any, shape: Any, *several: Any) -> Any:
    """Some entries of numbers that have this shape together."""
    return (np.broadcast_to(each, shape)[indices] for each in several)


def activated(pairs: Pairs, dual: Dual, sides: tuple[Any, Any], above: tuple[Any, Any], fine: bool) -> Pairs:
    """After an activation, whose deviations are `above`."""
    layout, old = pairs.layout, pairs.point
    s, t, first, second = (
        *(side(each) for side, each in zip((layout.left, layout.right), sides, strict=True)),
        *(side(each) for side, each in zip((layout.left, layout.right), above, strict=True)),
    )
    known = dual.between(s, t, first, second, old, pairs.tangent is not None)
    if known is not None:
        u, slope = known
        indices = _ends(*(old.u,) * dual.rough, *(u,) * fine)
        if not indices or 4 * indices[0].size <= u.size:
            point = point_at(u, 1 - u, 1 + u) if fine else point_of(u)
            if indices:
                one, two, up, beside = _at(indices, u.shape, s, t, first, second)
                here = point_at(*(each[indices] for each in (old.u, old.delta, old.codelta)))
                found = dual.next(one, two, up, beside, here, fine)
                point.u[indices], point.delta[indices], point.codelta[indices] = found.u, found.delta, found.codelta
                if slope is not None:
                    slope[indices] = dual.slope(one, two, here)
            if slope is not None:
                slope *= pairs.tangent
            return replace(pairs, point=point, tangent=slope)
    tangent = None if pairs.tangent is None else pairs.tangent * dual.slope(s, t, old)
    return replace(pairs, point=dual.next(s, t, first, second, old, fine), tangent=tangent)


def _with_bias(s: Any, w: float, b: float) -> Any:
    return np.hypot(w * s, b)


def _angle(s: Any, w: float, b: float) -> tuple[Any, Any]:
    """cos(phi) and sin(phi)."""
    deviations = once(_with_bias, s, w, b)
    return w * s / deviations, b / deviations


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
        return once(_with_bias, s, self.W, self.b)

    def _halves(self, s: Any, spread: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
        """sin(phi/2), cos(phi/2) and cos(phi), which is 0 where s is."""
        half = np.arctan2(self.b, self.W * s) / 2
        return spread(np.sin(half)), spread(np.cos(half)), spread(self.W * s / self.deviations(s))

    def apply(self, pairs: Pairs, s: Any, t: Any) -> Pairs:
        layout, point = pairs.layout, pairs.point
        tangent = pairs.tangent
        if tangent is not None:
            tangent = self.W**2 * tangent
            if self.own_W:
                own = pairs.product(s, t) if pairs.covariance is None else pairs.covariance
                own *= self.own_W  # nobody else has it
                tangent += own
            if self.own_b:
                tangent += self.own_b
        if not self.b:
            if not self.W:
                one = np.ones_like(point.u)
                point = point_at(0 * one, one, one.copy())
            return Pairs(layout, point, tangent)
        (cosine, sine), (cos, sin) = (once(_angle, x, self.W, self.b) for x in (s, t))
        u = _times(point.u, layout.left(cosine), layout.right(cos))
        u += layout.left(sine) * layout.right(sin)
        near = _ends(u)
        if near and 4 * near[0].size > u.size:
            sides = self._halves(s, layout.left), self._halves(t, layout.right)
            return Pairs(layout, self._with_bias(point, *sides), tangent)
        found = point_at(u, 1 - u, 1 + u)
        if near:
            one, two = (
                tuple(_at(near, u.shape, *self._halves(x, side))) for x, side in ((s, layout.left), (t, layout.right))
            )
            here = self._with_bias(point_at(*(x[near] for x in (point.u, point.delta, point.codelta))), one, two)
            u[near], found.delta[near], found.codelta[near] = here.u, here.delta, here.codelta
        return Pairs(layout, found, tangent)

    def _with_bias(self, point: Point, first: tuple[Any, Any, Any], second: tuple[Any, Any, Any]) -> Point:
        """The formulas of the module, each defect to its own digits."""
        (sine, cosine, whole), (sin, cos, other) = first, second
        # sin and cos of both angles, of half their difference and of half their sum
        both, ends = whole * other, 4 * (sine * cosine) * (sin * cos)
        one, two = sine * cos, cosine * sin
        delta = both * point.delta + 2 * (one - two) ** 2
        codelta = both * point.codelta + 2 * (one + two) ** 2
        return _settled(both * point.u + ends, delta, codelta)


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
    one, two = once(inverse, s), once(inverse, t)
    if one is None or two is None:
        return point_of(over(over(covariance, layout.left(s)), layout.right(t)))
    return point_of(_times(covariance, layout.left(one), layout.right(two)))
