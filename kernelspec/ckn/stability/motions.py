"""Displacements as functions of the position: affine maps, waves, trigonometric polynomials, and their sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...numbers.checks import FloatArray, random_generator, real

Axes: TypeAlias = Sequence[FloatArray]
_AT_ONCE = 2**21  # complex numbers of working memory
_CUT = 5.0  # wave numbers beyond 5 / scale have weights below 4e-6 and are left out
_MOST_WAVES = 2**10  # along an axis
_SAME = 1e-12  # relative: what a whole number of turns may miss by rounding


class Motion:
    """A displacement as a function: values (..., d) and Jacobians (..., d, d) at points (..., d)."""

    @property
    def shortest(self) -> float:
        """The shortest wavelength, in pixels."""
        return math.inf

    def repeats(self, axis: int, length: float) -> bool:
        """Whether it has this period along an axis."""
        raise NotImplementedError

    def value(self, points: FloatArray) -> FloatArray:
        raise NotImplementedError

    def slope(self, points: FloatArray) -> FloatArray:
        raise NotImplementedError

    def on(self, axes: Axes, slope: bool = False) -> FloatArray:
        """The values, or Jacobians, on the product of axes."""
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        return self.slope(points) if slope else self.value(points)


@dataclass(frozen=True, eq=False)
class Affine(Motion):
    """matrix (u - centre) + shift."""

    matrix: FloatArray
    centre: FloatArray
    shift: FloatArray

    def repeats(self, axis: int, length: float) -> bool:
        return not self.matrix[:, axis].any()

    def value(self, points: FloatArray) -> FloatArray:
        return (points - self.centre) @ self.matrix.T + self.shift

    def slope(self, points: FloatArray) -> FloatArray:
        return np.broadcast_to(self.matrix, (*points.shape, points.shape[-1]))


@dataclass(frozen=True, eq=False)
class Wave(Motion):
    """direction sin(<k, u> + phase)."""

    direction: FloatArray
    k: FloatArray
    phase: float

    @property
    def shortest(self) -> float:
        return 2 * math.pi / float(np.linalg.norm(self.k))

    def repeats(self, axis: int, length: float) -> bool:
        turns = float(self.k[axis]) * length / (2 * math.pi)
        return abs(turns - round(turns)) <= _SAME * max(abs(turns), 1.0)

    def value(self, points: FloatArray) -> FloatArray:
        return np.sin(points @ self.k + self.phase)[..., None] * self.direction

    def slope(self, points: FloatArray) -> FloatArray:
        return np.cos(points @ self.k + self.phase)[..., None, None] * np.outer(self.direction, self.k)


@dataclass(frozen=True, eq=False)
class Waves(Motion):
    """The real part of sum_k c_k e^{i <k, u>}, k = 2 pi m / n, |m_j| <= M_j: a trigonometric polynomial.

    `coefficients` has shape (d, 2 M_1 + 1, ...), complex.
    """

    shape: tuple[int, ...]
    coefficients: NDArray[np.complex128]

    def numbers(self, axis: int) -> FloatArray:
        """The wave numbers along an axis, in radians a pixel."""
        most = self.coefficients.shape[1 + axis] // 2
        return 2 * math.pi * np.arange(-most, most + 1) / self.shape[axis]

    @property
    def shortest(self) -> float:
        largest = max(float(self.numbers(axis)[-1]) for axis in range(len(self.shape)))
        return 2 * math.pi / largest if largest else math.inf

    def repeats(self, axis: int, length: float) -> bool:
        return length % self.shape[axis] == 0

    def value(self, points: FloatArray) -> FloatArray:
        return self._sum(points, self.coefficients)

    def slope(self, points: FloatArray) -> FloatArray:
        parts = [self._sum(points, c) for c in self._derivatives()]
        return np.stack(parts, axis=-1)

    def on(self, axes: Axes, slope: bool = False) -> FloatArray:
        parts = []
        for c in self._derivatives() if slope else [self.coefficients]:
            for axis, places in enumerate(axes):  # the axis of waves moves to the end
                c = np.tensordot(c, np.exp(1j * np.outer(self.numbers(axis), places)), axes=([1], [0]))
            parts.append(np.moveaxis(c.real, 0, -1))
        return np.stack(parts, axis=-1) if slope else parts[0]

    def _derivatives(self) -> list[NDArray[np.complex128]]:
        d = len(self.shape)
        numbers = np.meshgrid(*(self.numbers(axis) for axis in range(d)), indexing="ij")
        return [1j * k * self.coefficients for k in numbers]

    def _sum(self, points: FloatArray, c: NDArray[np.complex128]) -> FloatArray:
        flat = points.reshape(-1, len(self.shape))
        values = np.empty(flat.shape)
        step = max(1, _AT_ONCE // sum(c.shape[1:]))
        for start in range(0, len(flat), step):
            here = flat[start : start + step]
            first, *rest = (np.exp(1j * np.outer(here[:, axis], self.numbers(axis))) for axis in range(len(self.shape)))
            partial = np.tensordot(first, c, axes=([1], [1]))  # (points, d, ...)
            total = (partial * rest[0][:, None, :]).sum(axis=-1) if rest else partial
            values[start : start + step] = total.real
        return values.reshape(points.shape)


@dataclass(frozen=True, eq=False)
class Sum(Motion):
    """sum_i factor_i motion_i."""

    parts: tuple[tuple[float, Motion], ...]

    @property
    def shortest(self) -> float:
        return min((part.shortest for _, part in self.parts), default=math.inf)

    def repeats(self, axis: int, length: float) -> bool:
        return all(part.repeats(axis, length) for _, part in self.parts)

    def value(self, points: FloatArray) -> FloatArray:
        return self._add([(f, part.value(points)) for f, part in self.parts], points.shape)

    def slope(self, points: FloatArray) -> FloatArray:
        shape = (*points.shape, points.shape[-1])
        return self._add([(f, part.slope(points)) for f, part in self.parts], shape)

    def on(self, axes: Axes, slope: bool = False) -> FloatArray:
        d = len(axes)
        shape = (*(len(axis) for axis in axes), d, *((d,) if slope else ()))
        return self._add([(f, part.on(axes, slope)) for f, part in self.parts], shape)

    @staticmethod
    def _add(parts: list[tuple[float, FloatArray]], shape: tuple[int, ...]) -> FloatArray:
        total = np.zeros(shape)
        for factor, values in parts:
            total = total + factor * values
        return total


def random_waves(shape: tuple[int, ...], scale: Any, rng: Any) -> Waves:
    """Waves of normal coefficients with the weights e^{-|k|^2 s^2/2}, s = scale in pixels; their amplitude is open."""
    scale = real("scale", scale)
    if scale <= 0:
        raise ValueError(f"scale must be > 0, got {scale}")
    generator = random_generator(rng)
    most = []
    for n in shape:
        reach = _CUT * n / (2 * math.pi * scale)
        if reach > _MOST_WAVES:
            raise ValueError(
                f"scale must be at least {_CUT * n / (2 * math.pi * _MOST_WAVES):.3g} pixels for {n} "
                f"positions, got {scale}"
            )
        most.append(max(1, int(reach)) if n > 1 else 0)
    if not any(most):
        raise ValueError(f"shape must have 2 positions along an axis, for a field to vary; got {shape}")
    numbers = [2 * math.pi * np.arange(-m, m + 1) / n for m, n in zip(most, shape, strict=True)]
    squares = np.sum([k**2 for k in np.meshgrid(*numbers, indexing="ij")], axis=0)
    d, nonzero = len(shape), squares > 0
    # Relative to the longest wave, so that a scale far beyond the image leaves that one and not nothing.
    beyond = np.sqrt(np.maximum(squares - squares[nonzero].min(), 0.0))
    exponents = (scale * np.minimum(beyond, 100 / scale)) ** 2 / 2  # e^{-5000} is 0
    weights = np.where(nonzero, np.exp(-exponents), 0.0)
    draws = generator.standard_normal((2, d, *squares.shape))
    c = weights * (draws[0] + 1j * draws[1])
    flipped = np.flip(c, axis=tuple(range(1, d + 1)))
    return Waves(shape, (c + flipped.conj()) / 2)
