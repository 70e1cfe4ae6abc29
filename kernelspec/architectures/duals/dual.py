r"""What every dual of an activation does: covariances of phi(a), phi(b) from those of a, b.

(a, b) is Gaussian with deviations s, t and correlation u, which comes as a `Point`: with 1 - u and 1 + u, each to full
relative accuracy. A dual gives the deviations S = (E phi(a)^2)^{1/2}, the next point with the correlation
E[phi(a) phi(b)] / (S T), and the slope E[phi'(a) phi'(b)] by which tangent kernels are multiplied (Price's theorem: it
is dE[phi(a) phi(b)]/dq, q = s t u).

*Near coincidence.* A later kink reads the root of 1 - u, so a difference S T - E[phi(a) phi(b)] of rounded numbers
would cost half of the digits. It is the sum of two terms >= 0 near u = 1,

.. math:: S T - K(s, t, u) = [S T - K(s, t, 1)] + \int_u^1 s t\, E[\varphi'(a)\varphi'(b)](v)\, dv .

The integral is taken by Gauss-Legendre in x, 1 - v = sinh(x)^2/(1 + s t): slopes have roots of 1 - v at kinks, and at
large deviations they bend where s t (1 - v) is 1. The first term depends on s and t alone; it is a mean square,

.. math:: 1 - \frac{K(s, t, 1)}{S T} = \frac12 E \Big(\frac{\varphi(s x)}{S} - \frac{\varphi(t x)}{T}\Big)^2 ,

whose root has an error of some 1e-16 by any rule that sums it. Where phi is nearly homogeneous, at small deviations or
at large ones, it may be far below the rounding of K.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...kernels.points import Point
from ...numbers.arithmetic import FloatArithmetic
from ...sphere.legendre_polynomials import gauss_legendre
from ..remembered import once

_ARITHMETIC = FloatArithmetic()
#: 1 - u from which on it is taken from differences: beyond, rounding costs an angle 1e-14 at most.
NEAR = 1e-3
_ROUNDING = 8 * np.finfo(float).eps  # of a quotient of covariances
_NODES, _PANEL = 12, 1.5  # to a panel, and its length: singularities are pi/2 beside it
_DIFFERENCES = 1e-2  # 1 - u of inputs in one direction down to which it is a difference
_RANGE, _SPACING = 9.0, 1 / 10  # e^{-9^2/2} = 3e-18, and the step of a rule that converges exponentially
_AT_ONCE = 2**12  # pairs


def point_at(u: Any, delta: Any, codelta: Any) -> Point:
    """A point of NumPy arrays."""
    return Point(_ARITHMETIC, u, delta, codelta)


def coincident(like: Any) -> Point:
    """u = 1 in the shape of an array."""
    zero = np.zeros_like(like)
    return point_at(zero + 1, zero, zero + 2)


def point_of(u: Any) -> Point:
    """The point of rounded cosines; within their rounding of the ends, and beyond, is at them.

    Maps that coincide would otherwise be off by some 1e-16, which a steep function of a variance s^2 multiplies by it.
    """
    if np.size(u) and not (np.max(u) <= 1 - _ROUNDING and np.min(u) >= _ROUNDING - 1):
        u = np.where(np.abs(u) > 1 - _ROUNDING, np.sign(u), u)
    return point_at(u, 1 - u, 1 + u)


def over(a: Any, b: Any) -> Any:
    """a/b, 0 where b is 0."""
    return np.divide(a, b, out=np.zeros(np.broadcast_shapes(np.shape(a), np.shape(b))), where=np.asarray(b) != 0)


_ORDINARY = 1e-70, 1e70


def inverse(s: Any) -> Any:
    """1/s, 0 where s is 0; None where products of several could leave the floats."""
    some = s[s != 0]
    if some.size and not (_ORDINARY[0] < some.min() and some.max() < _ORDINARY[1]):
        return None
    return over(np.ones_like(s), s)


class Dual:
    """An activation's dual: `value` and `slope` are its formulas, the rest follows."""

    odd, even = False, False  # phi(-x) = -phi(x), phi(-x) = phi(x)
    sums = False  # whether it is a sum of many values of a function, anew for every deviation
    rate = 1.0  # what is a function of rate s t (1 - u) where s and t are large
    degree: int | None = None  # n where phi(r x) = r^n phi(x) for r > 0
    growth = 0.0  # values may be exponential in growth^2 s t
    reach = 1.0  # 1 - u up to which `defect` has its digits
    rough = False  # whether the value or the slope has a root of 1 - u, so that 1 - u needs its digits

    def steepness(self, s: Any) -> Any:
        """How fast the slope changes with u next to 1, relative to it."""
        return (self.rate * s) ** 2

    def phi(self, x: Any) -> Any:
        """The function, where `_mean_square` is that of this class."""
        raise NotImplementedError

    def value(self, s: Any, t: Any, point: Point) -> Any:
        """E[phi(a) phi(b)]."""
        raise NotImplementedError

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        """E[phi'(a) phi'(b)], phi' the derivative between kinks and jumps."""
        raise NotImplementedError

    def deviation(self, s: Any) -> Any:
        """(E phi(a)^2)^{1/2}."""
        return np.sqrt(np.maximum(self.value(s, s, coincident(s)), 0.0))

    def moments(self, s: Any, t: Any, point: Point, slope: bool) -> tuple[Any, Any]:
        """Value and slope (None where it is not wanted), new arrays; the digits of 1 - u need not be read."""
        return self.value(s, t, point), self.slope(s, t, point) if slope else None

    def between(self, s: Any, t: Any, above: Any, beside: Any, point: Point, slope: bool) -> tuple[Any, Any] | None:
        """The next u, and the slope, of pairs that are not next to the ends; None where it is not to be had so."""
        if self.sums:
            return None  # pairs next to the ends would be summed twice
        first, second = once(inverse, above), once(inverse, beside)
        if first is None or second is None:
            return None
        value, steep = self.moments(s, t, point, slope)
        shape = point.u.shape
        if value.shape != shape or (steep is not None and steep.shape != shape):
            return None
        value *= first
        value *= second
        return np.clip(value, -1.0, 1.0, out=value), steep

    def next(self, s: Any, t: Any, above: Any, beside: Any, point: Point, fine: bool = True) -> Point:
        """The point with the correlation of phi(a) and phi(b), whose deviations are `above` and `beside`.

        Where one of them is 0 the correlation is 0. With `fine`, 1 - u and 1 + u keep their digits at the ends.
        """
        found = point_of(over(self.value(s, t, point), above * beside))
        return self._refined(found, s, t, point) if fine else found

    def _refined(self, found: Point, s: Any, t: Any, point: Point) -> Point:
        """The found point, in place, with the digits of 1 - u, and of 1 + u where the activation is odd."""
        if self.even:  # phi(b) = phi(-b)
            smaller, larger = np.minimum(point.delta, point.codelta), np.maximum(point.delta, point.codelta)
            point = point_at(np.abs(point.u), smaller, larger)
        self._refine(found, s, t, point)
        if self.odd:
            mirror = point_at(-found.u, found.codelta, found.delta)
            self._refine(mirror, s, t, point.mirror)
            found = point_at(-mirror.u, mirror.codelta, mirror.delta)
        return found

    def _refine(self, found: Point, s: Any, t: Any, point: Point) -> None:
        """1 - u of the found point from differences, where it is small."""
        shape = found.u.shape
        near = (found.u > 1 - NEAR) & (point.delta <= self.reach)
        where = np.nonzero(near)
        if not where[0].size:
            return
        s, t, u, delta, codelta = (
            np.broadcast_to(x, shape)[where] for x in (s, t, point.u, point.delta, point.codelta)
        )
        apart = (delta != 0) | (s != t)  # those that coincide stay so
        if apart.any():
            several = (each[apart] for each in (s, t, u, delta, codelta))
            one, two, *ends = several
            delta = delta.copy()
            delta[apart] = self.defect(one, two, point_at(*ends))
        found.delta[where], found.u[where], found.codelta[where] = delta, 1 - delta, 2 - delta

    def defect(self, s: Any, t: Any, point: Point) -> Any:
        """1 - correlation of phi(a) and phi(b), for u near 1 and deviations of one dimension."""
        size = self.deviation(s) * self.deviation(t)
        nodes, weights = gauss_legendre(_NODES)
        knee = 1 / (1 + self.rate**2 * s * t)
        ends = np.arcsinh(np.sqrt(point.delta / knee))
        panels = max(1, math.ceil(float(np.max(ends, initial=0.0)) / _PANEL))
        places = (np.arange(panels)[:, None] + (1 + nodes) / 2).ravel() / panels
        # v = 1 - knee sinh^2 x, dv = knee sinh(2 x) dx
        x = ends[:, None] * places
        gaps = knee[:, None] * np.sinh(x) ** 2
        slopes = self.slope(s[:, None], t[:, None], point_at(1 - gaps, gaps, 2 - gaps))
        climb = s * t * knee * ends * ((slopes * np.sinh(2 * x)) @ np.tile(weights / (2 * panels), panels))
        return self._apart(s, t) + over(climb, size)

    def _apart(self, s: Any, t: Any) -> Any:
        """1 - K(s, t, 1) / (S T)."""
        product = self.deviation(s) * self.deviation(t)
        found = np.maximum(over(product - self.value(s, t, coincident(s)), product), 0.0)
        small = (found < _DIFFERENCES) & (product > 0)
        if small.any():
            found[small] = self._mean_square(s[small], t[small])
        return found

    def _mean_square(self, s: Any, t: Any) -> Any:
        """E (phi(s x)/S - phi(t x)/T)^2 / 2."""
        found = np.empty(s.size)
        for start in range(0, s.size, _AT_ONCE):
            here = slice(start, start + _AT_ONCE)
            each, back = np.unique(np.stack([s[here], t[here]]), return_inverse=True)
            # x = sinh(y)/scale: nodes enough from where phi(s x) bends, for the largest s, to the end of the range.
            scale = max(float(each[-1]), 1.0)
            count = math.ceil(math.asinh(_RANGE * scale) / _SPACING)
            y = np.arange(-count, count + 1) * _SPACING
            x = np.sinh(y) / scale
            values = self.phi(each[:, None] * x)
            values *= np.sqrt(np.cosh(y) / scale) * np.exp(-x * x / 4)
            values /= np.max(np.abs(values), axis=1, keepdims=True)
            values /= np.sqrt(np.sum(values * values, axis=1, keepdims=True))
            one, two = values[back.reshape(2, -1)]
            one -= two
            found[here] = np.einsum("ij,ij->i", one, one) / 2
        return found
