r"""Activations whose duals are elementary at every variance: erf, GELU, sinusoids, exponentials, Gaussians, Gabor.

Notation: deviations s, t, correlation u, q = s t u. For erf, GELU and the Gaussians everything is written in

.. math:: \beta_s = \frac{x}{\sqrt{1+x^2}},\quad \gamma_s = \frac{1}{\sqrt{1+x^2}}, \quad y = \beta_s \beta_t u, \quad
   r^2 = 1 - y^2 = \gamma_s^2 + \beta_s^2 (\gamma_t^2 + \beta_t^2 (1-u)(1+u)),

x a multiple of s: sums of positive terms, that neither overflow nor cancel at u = +-1, at tiny or huge variances.

- a erf(b x) + c: a^2 (2/pi) arcsin y + c^2, x = 2^{1/2} b s (Williams 1997), slope a^2 b^2 (4/pi) gamma_s gamma_t / r.
- GELU x Phi(x), x = s: by Stein's lemma applied twice, as `kernels.duals` has it at s = t = 1,
  s t (u theta + beta_s beta_t ((1-u)(1+u) + u^2 (gamma_s^2 + gamma_t^2))/r) / (2 pi), theta = pi/2 + arcsin y;
  slope (theta + (y/r)(gamma_s^2 + gamma_t^2 + gamma_s^2 gamma_t^2/r^2)) / (2 pi).
- a e^{b x^2}, b < 0: a^2 gamma_s gamma_t / r with x = (-2b)^{1/2} s, from E e^{b(a^2+b^2)} = det(1 - 2b Sigma)^{-1/2}.
- e^{-x^2} sin x: the same with b = -1, times E sin sin of the tilted pair, of covariance Sigma (1 + 2 Sigma)^{-1}.
- a sin(b x + c): (a^2/2)(e^{-b^2 E(a-b)^2/2} - cos(2c) e^{-b^2 E(a+b)^2/2}); Rbf is the one with c = pi/4.
- a e^{b x}: a^2 e^{b^2 E(a+b)^2/2}.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import erf, ndtr

from ...kernels.points import Point
from ..remembered import once
from .dual import Dual, coincident, inverse, over, point_at

_STEEP = 0.25  # r^2 = 1 - y^2 down to which the slope of the arc sine, 1/r, is at most 2


class Tilted:
    """beta, gamma, y and r of the module, for x = rate s."""

    def __init__(self, rate: float, s: Any, t: Any, point: Point) -> None:
        (one, first), (two, second) = once(_gamma_and_beta, s, rate), once(_gamma_and_beta, t, rate)
        self.gammas = one, two
        self.apart = point.delta * point.codelta
        self.both = first * second
        self.y = self.both * point.u
        self.square = self.apart * second**2  # r^2
        self.square += two**2
        self.square *= first**2
        self.square += one**2
        self.r = np.sqrt(self.square)
        self.product = one * two

    def arcsine(self) -> Any:
        """arcsin y: by r where y is near an end, at which its rounding would cost half of the digits."""
        if float(np.min(self.square, initial=1.0)) > _STEEP:
            return np.arcsin(self.y)
        return np.arctan2(self.y, self.r)


def _gamma_and_beta(s: Any, rate: float) -> tuple[Any, Any]:
    x = rate * s
    gamma = 1 / np.hypot(1.0, x)
    return gamma, x * gamma


def _squares(s: Any) -> tuple[Any, Any, Any]:
    """gamma^2, s^2 and beta^2 of the module, for x = s whose square is a float."""
    square = s * s
    one = 1 / (1 + square)
    return one, square, square * one


class Erf(Dual):
    """a erf(b x) + c."""

    reach = 2.0

    def __init__(self, a: float = 1.0, b: float = 1.0, c: float = 0.0) -> None:
        self.a, self.b, self.c = a, abs(b), c
        self.odd, self.rate = c == 0, math.sqrt(2) * self.b

    def phi(self, x: Any) -> Any:
        return self.a * erf(self.b * x) + self.c

    def moments(self, s: Any, t: Any, point: Point, slope: bool) -> tuple[Any, Any]:
        w = Tilted(math.sqrt(2) * self.b, s, t, point)
        value = w.arcsine()
        value *= self.a**2 * (2 / math.pi)
        if self.c:
            value += self.c**2
        if not slope:
            return value, None
        steep = np.divide((self.a * self.b) ** 2 * (4 / math.pi) * w.product, w.r, out=w.r)
        return value, steep

    def value(self, s: Any, t: Any, point: Point) -> Any:
        tilted = Tilted(math.sqrt(2) * self.b, s, t, point)
        return self.a**2 * (2 / math.pi) * tilted.arcsine() + self.c**2

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        tilted = Tilted(math.sqrt(2) * self.b, s, t, point)
        return (self.a * self.b) ** 2 * (4 / math.pi) * tilted.product / tilted.r

    def defect(self, s: Any, t: Any, point: Point) -> Any:
        # arcsin x - arcsin y = arcsin((x^2 - y^2) / (x r_y + y r_x)), x = beta_s beta_t: a step for huge variances, it
        # has no smooth integral.
        tilted = Tilted(math.sqrt(2) * self.b, s, t, point)
        x, zero = tilted.both, np.zeros_like(point.delta)
        end = Tilted(math.sqrt(2) * self.b, s, t, point_at(zero + 1, zero, zero + 2))
        sine = x * tilted.apart / (tilted.r + np.maximum(point.u, 0.0) * end.r)
        climb = np.where(point.u > 0, np.arcsin(np.minimum(sine, 1.0)), end.arcsine() - tilted.arcsine())
        climb *= self.a**2 * (2 / math.pi)
        size = self.deviation(s) * self.deviation(t)
        return self._apart(s, t) + np.divide(climb, size, out=zero, where=size != 0)


class Gelu(Dual):
    """x Phi(x)."""

    def phi(self, x: Any) -> Any:
        return x * ndtr(x)

    def steepness(self, s: Any) -> Any:
        return s  # of a step at 0 that is as wide as 1

    def deviation(self, s: Any) -> Any:
        if inverse(s) is None:
            return super().deviation(s)
        return np.sqrt(self.moments(s, s, coincident(s), False)[0])

    def moments(self, s: Any, t: Any, point: Point, slope: bool) -> tuple[Any, Any]:
        # With D = det(1 + Sigma) = 1 + s^2 + t^2 + (s t)^2 (1-u)(1+u), w = D^{-1/2}: y/r = q w, gamma_s gamma_t/r = w,
        # so that 2 pi times the value is q theta + w (beta_s^2 beta_t^2 D + gamma_s^2 gamma_t^2 q^2).
        (one, first, more), (two, second, other) = once(_squares, s), once(_squares, t)
        determinant = point.delta * point.codelta
        determinant *= first
        determinant *= second
        determinant += 1 + first
        determinant += second
        value = determinant * more
        value *= other
        w = np.sqrt(determinant, out=determinant)
        np.divide(1, w, out=w)
        q = point.u * s
        q *= t
        ratio = q * w
        angle = np.arctan(ratio)
        angle += math.pi / 2
        part = q * q
        part *= one
        part *= two
        value += part
        value *= w
        q *= angle
        value += q
        value *= 1 / (2 * math.pi)
        if not slope:
            return value, None
        w *= w
        w += one
        w += two
        w *= ratio
        w += angle
        w *= 1 / (2 * math.pi)
        return value, w

    def value(self, s: Any, t: Any, point: Point) -> Any:
        w = Tilted(1.0, s, t, point)
        angle = np.arctan2(w.r, -w.y)
        rest = w.both * (w.apart + point.u**2 * (w.gammas[0] ** 2 + w.gammas[1] ** 2)) / w.r
        return s * t * (point.u * angle + rest) / (2 * math.pi)

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        w = Tilted(1.0, s, t, point)
        angle = np.arctan2(w.r, -w.y)
        rest = w.gammas[0] ** 2 + w.gammas[1] ** 2 + w.product**2 / w.square
        return (angle + w.y / w.r * rest) / (2 * math.pi)


class Gaussian(Dual):
    """a e^{b x^2}; of infinite mean square where 4 b s^2 >= 1."""

    even = True

    def __init__(self, a: float = 1.0, b: float = -1.0) -> None:
        self.a, self.b = a, b
        self.rate = math.sqrt(2 * abs(b))

    def phi(self, x: Any) -> Any:
        return self.a * np.exp(self.b * x * x)

    def _determinant(self, s: Any, t: Any, point: Point) -> tuple[Any, Any]:
        """det(1 - 2 b Sigma)^{-1/2} and 4 b^2 q over the determinant."""
        if self.b <= 0:
            w = Tilted(math.sqrt(-2 * self.b), s, t, point)
            return w.product / w.r, -2 * self.b * w.y * w.product / w.square
        first, second = 2 * self.b * s * s, 2 * self.b * t * t
        largest = max(float(np.max(first, initial=0.0)), float(np.max(second, initial=0.0)))
        if largest >= 0.5:
            raise ValueError(
                f"exp(b x^2) has no mean square where 4 b times the variance is 1 or more; got b = {self.b} and the "
                f"variance {largest / (2 * self.b):g}"
            )
        determinant = (1 - first) * (1 - second) - first * second * point.u**2
        return determinant**-0.5, 4 * self.b**2 * s * t * point.u / determinant

    def value(self, s: Any, t: Any, point: Point) -> Any:
        return self.a**2 * self._determinant(s, t, point)[0]

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        root, covariance = self._determinant(s, t, point)
        return self.a**2 * root * covariance


class Gabor(Dual):
    """e^{-x^2} sin x."""

    odd, rate = True, math.sqrt(2)

    def phi(self, x: Any) -> Any:
        return np.exp(-x * x) * np.sin(x)

    def _tilted(self, s: Any, t: Any, point: Point) -> tuple[Any, Any, Any, Any]:
        """The weight, y, p = gamma_s gamma_t/r^2, and the sum of gamma_s^2/r^2 and gamma_t^2/r^2.

        The tilted pair has the variances (1 - gamma_s^2/r^2)/2, (1 - gamma_t^2/r^2)/2 and the covariance y p/2.
        """
        w = Tilted(math.sqrt(2), s, t, point)
        both = (w.gammas[0] ** 2 + w.gammas[1] ** 2) / w.square
        return w.product / w.r * np.exp((both / 2 - 1) / 2), w.y, w.product / w.square, both

    def value(self, s: Any, t: Any, point: Point) -> Any:
        weight, y, p, _ = self._tilted(s, t, point)
        return weight * np.sinh(y * p / 2)

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        # E (cos a - 2 a sin a)(cos b - 2 b sin b), by Stein's lemma: nothing cancels
        weight, y, p, both = self._tilted(s, t, point)
        c = y * p / 2
        return weight * (np.cosh(c) * p**2 * (1 + y**2) + 4 * np.sinh(c) * c * (1 + both / 2))


class Sine(Dual):
    """a sin(b x + c)."""

    reach = 2.0

    def __init__(self, a: float = 1.0, b: float = 1.0, c: float = 0.0) -> None:
        self.a, self.b, self.c = a, b, c
        self.square, self.other = math.sin(c) ** 2, math.cos(c) ** 2  # 1 - cos(2c) = 2 sin^2 c
        self.odd, self.even = c == 0, self.square == 1
        self.rate = self.growth = abs(b)

    def phi(self, x: Any) -> Any:
        return self.a * np.sin(self.b * x + self.c)

    def _parts(self, s: Any, t: Any, point: Point) -> tuple[Any, Any]:
        """e^{-b^2 E(a-b)^2/2} and e^{-b^2 E(a+b)^2/2}."""
        both = 2 * s * t
        return tuple(np.exp(-(self.b**2) / 2 * ((s - t) ** 2 + both * gap)) for gap in (point.delta, point.codelta))

    def value(self, s: Any, t: Any, point: Point) -> Any:
        difference, far = self._difference(s, t, point)
        return self.a**2 / 2 * (difference + 2 * self.square * far)

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        difference, far = self._difference(s, t, point)
        return (self.a * self.b) ** 2 / 2 * (difference + 2 * self.other * far)

    def _difference(self, s: Any, t: Any, point: Point) -> tuple[Any, Any]:
        """The first of the parts less the other, by the larger one, so that nothing cancels where q is small; both."""
        near, far = self._parts(s, t, point)
        gap = -np.expm1(-2 * self.b**2 * s * t * np.abs(point.u))
        return np.where(point.u >= 0, near, -far) * gap, far

    def defect(self, s: Any, t: Any, point: Point) -> Any:
        r"""With the parts N, F, m = -cos(2c), and G_s = e^{-b^2 s^2}, so that N F = G_s G_t, and 4/a^4 times all,

        S^2 T^2 - K^2 = (1 - N^2)(1 - m^2 F^2) + m (G_s - G_t)^2,

        where that does not cancel: m >= 0, or b s and b t are large; they vary on the scale 1/b, and not with log s.
        """
        m = self.square - self.other
        plain = (m >= 0) | (abs(self.b) * np.minimum(s, t) > 1)
        found = np.zeros(point.delta.shape)
        if not plain.all():
            here = ~plain
            one, two, *ends = (each[here] for each in (s, t, point.u, point.delta, point.codelta))
            found[here] = super().defect(one, two, point_at(*ends))
        if plain.any():
            s, t, u, *gaps = (each[plain] for each in (s, t, point.u, point.delta, point.codelta))
            rest, c = point_at(u, *gaps), self.b**2
            near = -np.expm1(-c * ((s - t) ** 2 + 2 * s * t * rest.delta))
            far = self.other * 4 * self.square - m * m * np.expm1(-c * ((s - t) ** 2 + 2 * s * t * rest.codelta))
            lower, higher = np.minimum(s, t), np.maximum(s, t)
            apart = np.exp(-c * lower**2) * np.expm1(-c * (higher - lower) * (higher + lower))
            size = self.deviation(s) * self.deviation(t)
            whole = (self.a**2 / 2) ** 2 * (near * far + m * apart**2)
            found[plain] = over(whole, size * (size + self.value(s, t, rest)))
        return found


class Exp(Dual):
    """a e^{b x}."""

    def __init__(self, a: float = 1.0, b: float = 1.0) -> None:
        self.a, self.b = a, b
        self.rate, self.growth = 0.0, abs(b)

    def phi(self, x: Any) -> Any:
        return self.a * np.exp(self.b * x)

    def deviation(self, s: Any) -> Any:
        return abs(self.a) * np.exp(self.b**2 * s * s)

    def value(self, s: Any, t: Any, point: Point) -> Any:
        return self.a**2 * np.exp(self.b**2 / 2 * ((s - t) ** 2 + 2 * s * t * point.codelta))

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        return self.b**2 * self.value(s, t, point)

    def next(self, s: Any, t: Any, above: Any, beside: Any, point: Point, fine: bool = True) -> Point:
        exponent = -(self.b**2) / 2 * ((s - t) ** 2 + 2 * s * t * point.delta)
        u = np.exp(exponent)
        return point_at(u, -np.expm1(exponent), 1 + u)
