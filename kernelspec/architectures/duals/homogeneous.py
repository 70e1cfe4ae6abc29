r"""Homogeneous activations: phi(x) = l x^n for x < 0, r x^n for x > 0.

E[phi(a) phi(b)] = (s t)^n kappa(u) with the dual kernel kappa of the sphere (`kernels.piecewise.kinked_power`; Cho &
Saul 2009, claim 12), and E[phi'(a) phi'(b)] = (s t)^{n-1} kappa'(u) for n >= 1; steps (n = 0) have the slope 0. Relu,
LeakyRelu, ABRelu, Abs, Sign, Monomial and RectifiedMonomial are such; so is ExpNormalized, s t e^{gamma (u + shift)}
(Shankar et al. 2020), which belongs to no function, and Hermite as neural_tangents has it, (s t u)^n.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...kernels.points import Point
from ...kernels.zonal import Zonal
from .dual import Dual, point_at


class Homogeneous(Dual):
    """(s t)^degree kappa(u), kappa being scale times a kernel; phi(0) matters where phi jumps there."""

    rate = 0.0

    def __init__(
        self,
        degree: int,
        kernel: Zonal,
        scale: float = 1.0,
        at_zero: float = 0.0,
        odd: bool = False,
        kinked: tuple[float, float] | None = None,
    ) -> None:
        self.degree: int = degree
        self.kernel, self.odd = kernel, odd
        self.scale = math.sqrt(scale)
        self.one = float(kernel.at_one)
        self.slopes = None if degree == 0 else kernel.derivative()
        self.at_zero = at_zero
        self.rough = degree < 2 and bool(kernel.singularities)
        self.kinked = kinked
        self.even = kinked is not None and not kinked[0]

    def deviation(self, s: Any) -> Any:
        found = self.scale * math.sqrt(self.one) * s**self.degree
        return found if self.degree else np.where(s == 0, abs(self.at_zero), found)

    def _apart(self, s: Any, t: Any) -> Any:
        return np.zeros_like(s)

    def value(self, s: Any, t: Any, point: Point) -> Any:
        return (self.scale * s**self.degree) * (self.scale * t**self.degree) * point.pair(self.kernel).value

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        if self.slopes is None:
            return np.zeros(point.u.shape)
        raised = self.degree - 1
        if not raised:
            point = _without_direction(point, s, t)
        return (self.scale * s**raised) * (self.scale * t**raised) * point.pair(self.slopes).value

    def moments(self, s: Any, t: Any, point: Point, slope: bool) -> tuple[Any, Any]:
        if self.kinked is None:
            return super().moments(s, t, point, slope)
        value, steep = self._of_kinked(_without_direction(point, s, t))
        value *= s
        value *= t
        return value, steep if slope else None

    def between(self, s: Any, t: Any, above: Any, beside: Any, point: Point, slope: bool) -> tuple[Any, Any] | None:
        if self.kinked is None:
            return None
        u, steep = self._of_kinked(_without_direction(point, s, t))
        u /= self.one
        return np.minimum(u, 1.0, out=u), steep if slope else None

    def _of_kinked(self, point: Point) -> tuple[Any, Any]:
        """Of degree 1: p u + q (2/pi) ((1 - u^2)^{1/2} + u arcsin u), and the derivative p + q (2/pi) arcsin u."""
        assert self.kinked is not None
        p, q = self.kinked
        angle = np.arcsin(point.u)
        angle *= q * 2 / math.pi
        value = point.delta * point.codelta
        np.sqrt(value, out=value)
        value *= q * 2 / math.pi
        angle += p
        value += angle * point.u
        return value, angle

    def next(self, s: Any, t: Any, above: Any, beside: Any, point: Point, fine: bool = True) -> Point:
        if not self.one:
            return point_at(0 * point.u, 0 * point.u + 1, 0 * point.u + 1)
        image = point.pair(self.kernel)
        u, delta = image.value / self.one, np.maximum(image.defect / self.one, 0.0)
        if self.odd:
            codelta = np.maximum(point.mirror.pair(self.kernel).defect / self.one, 0.0)
        else:
            codelta = np.maximum(1 + u, 0.0)
        found = point_at(u + np.zeros_like(delta), delta, codelta)
        if self.degree == 0:
            self._zeros(found, s, t)
        return found

    def _zeros(self, found: Point, s: Any, t: Any) -> None:
        """A step at a = 0: phi(0), a constant, against the mean of phi(b)."""
        for one, other in ((s, t), (t, s)):
            gone = np.broadcast_to(one == 0, found.u.shape)
            if gone.any():
                mean = np.sign(self.at_zero) * self._mean / (self.scale * math.sqrt(self.one))
                both = np.broadcast_to(other == 0, found.u.shape)
                u = np.where(both, float(self.at_zero != 0), mean)[gone]
                found.u[gone], found.delta[gone], found.codelta[gone] = u, 1 - u, 1 + u

    @property
    def _mean(self) -> float:
        """E phi(b), the root of kappa(0)."""
        zero = np.zeros(())
        kappa = float(point_at(zero, zero + 1, zero + 1).pair(self.kernel).value)
        return self.scale * math.sqrt(max(kappa, 0.0))


def _without_direction(point: Point, s: Any, t: Any) -> Point:
    """The point with u = 0 where one of the maps is 0: its slope there is the mean of both sides, as in `finite`."""
    if np.all(s) and np.all(t):
        return point
    gone = np.broadcast_to((s == 0) | (t == 0), point.u.shape)
    return point_at(
        *(np.where(gone, x, each) for x, each in ((0.0, point.u), (1.0, point.delta), (1.0, point.codelta)))
    )


class NormalizedExponential(Homogeneous):
    """s t e^{gamma (u + shift)}."""

    def __init__(self, gamma: float, shift: float) -> None:
        from ...kernels.atoms import Monomial
        from ...kernels.families import laplace

        kernel = laplace(c=gamma, gamma=1) if gamma else Monomial(0)
        super().__init__(1, kernel, math.exp(gamma * (1 + shift)))


class Formal(Homogeneous):
    """(s t u)^n: what neural_tangents takes for the dual of a Hermite polynomial; it is one where s = t = 1."""

    def __init__(self, degree: int) -> None:
        from ...kernels.atoms import Monomial

        super().__init__(degree, Monomial(degree), at_zero=float(degree == 0), odd=degree % 2 == 1)
