"""The nodes of the contour's legs, and a kernel's jumps at them.

Nodes in log(eta) see all scales at once. A branch point on a leg - of a network with biases, u = -(2-w)/w, where its
first layer is at -1 - is found by the jump's Legendre coefficients, which do not fall there: panels are halved around
it until what is left is below rounding.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import ComplexArithmetic, FloatArithmetic
from ..numbers.precision import cached_property
from ..sphere.legendre_polynomials import gauss_legendre, legendre_all
from . import ball_jumps
from .ball_jumps import INSIDE, NO_JUMP
from .cut_point import CutPoint
from .eigenvalue_arrays import EPS, Array

Jumps = Callable[[Array], tuple[Array, Array, Array]]

# eta from e^-62: (1e-27)^{2 nu + 2} is negligible for every exponent nu >= 1/32 up to k = 1e10.
LOWEST = math.exp(-62.0)
_PANEL = 1.25
_NOISE = 2.0**-470
# A panel is resolved where its last Legendre coefficients are below _TAIL of the jump, or below _ROUGH and falling
# geometrically, as the rule is exact to twice its degree; next to a branch point they are not, and the panel may be
# left alone once it is too short to matter. More than _FEW such panels are rounding.
_TAIL, _ROUGH, _NEGLIGIBLE, _FEW, _HALVINGS = 1e-13, 1e-8, 1e-17, 6, 50


@dataclass(frozen=True, eq=False)
class Legs:
    """A piece of both legs, with the jumps at its nodes in float64, and in balls where these are asked for."""

    kernel: Zonal
    eta: Array
    weight: Array  # Gauss-Legendre weights in log(eta), times eta
    right: Array  # Im kappa(cosh eta + i0)
    left: Array  # Im kappa(-cosh eta + i0)
    noise: Array  # what they may be off by, beside rounding

    def jump(self, parity: int, in_balls: bool) -> tuple[Array, Array]:
        """right - (-1)^parity left, and the size that its rounding is relative to."""
        if in_balls:
            return self._in_balls[parity]
        jump = self.right + self.left if parity else self.right - self.left
        return jump, np.abs(self.right) + np.abs(self.left) + self.noise / EPS

    @cached_property
    def _in_balls(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        found = np.array(ball_jumps.jumps(self.kernel, self.eta[::-1]))[::-1].T
        _, _, even, odd, even_radius, odd_radius = found
        for jump in (even, odd):
            jump[np.abs(jump) <= self.noise] = 0.0
        even_doubt, odd_doubt = even_radius + self.noise, odd_radius + self.noise
        return (even, np.abs(even) + even_doubt / EPS), (odd, np.abs(odd) + odd_doubt / EPS)


def read_legs(kernel: Zonal, order: int, *ends: float) -> list[Legs]:
    """The pieces between these numbers eta, with `order` Gauss nodes a panel, read at once."""
    logs = np.log(ends)
    counts = np.ceil(np.diff(logs) / _PANEL).astype(int)
    parts = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(logs[:-1], logs[1:], counts, strict=True)]
    edges = np.concatenate([*parts, logs[-1:]])
    found = _nodes(functools.partial(float_jumps, kernel), edges, order)
    cuts = np.searchsorted(found[0], ends[1:-1])
    return [Legs(kernel, *part) for part in zip(*(np.split(x, cuts) for x in found), strict=True)]


def _nodes(jumps: Jumps, edges: Array, order: int) -> tuple[Array, ...]:
    """eta and weights (Gauss-Legendre in log eta, times eta) on panels between the edges, and the jumps there."""
    x, w = gauss_legendre(order)
    start, width = edges[:-1], np.diff(edges)
    kept: list[tuple[Array, ...]] = []
    for level in range(_HALVINGS):
        eta = np.exp(start[:, None] + width[:, None] * (1 + x) / 2)
        right, left, noise = (side.reshape(eta.shape) for side in jumps(eta.ravel()))
        rough = _rough(right, left, width, order)
        if level == _HALVINGS - 1 or rough.sum() > _FEW:
            rough[:] = False
        kept.append((start, eta, eta * w * width[:, None] / 2, right, left, noise))
        if not rough.any():
            break
        kept[-1] = tuple(part[~rough] for part in kept[-1])
        width = np.repeat(width[rough] / 2, 2)
        start = np.repeat(start[rough], 2)
        start[1::2] += width[1::2]
    in_order = np.argsort(np.concatenate([part[0] for part in kept]))

    def joined(i: int) -> Array:
        return np.concatenate([part[i] for part in kept])[in_order].ravel()

    return tuple(joined(i) for i in range(1, 6))


def _rough(right: Array, left: Array, width: Array, order: int) -> Array:
    """Which panels the nodes do not resolve: the last coefficients are large, or fall no faster than a power."""
    size = (np.abs(right) + np.abs(left)).max(axis=1)
    with np.errstate(all="ignore"):
        last, middle = (
            (np.abs(right @ matrix) + np.abs(left @ matrix)).max(axis=1) / size
            for matrix in (coefficients(order, order), coefficients(order, order // 2))
        )
        power = (last > _TAIL) & (last > middle**1.6) | (last > _ROUGH)
        return power & (last * width > _NEGLIGIBLE * _PANEL)


@functools.cache
def coefficients(order: int, up_to: int) -> Array:
    """The matrix that takes values at the Gauss nodes to the three Legendre coefficients below a degree."""
    x, w = gauss_legendre(order)
    degrees = np.arange(up_to - 3, up_to)
    return w[:, None] * (legendre_all(3, up_to - 1, x)[degrees].T * (2 * degrees + 1)) / 2


def float_jumps(kernel: Zonal, eta: Array) -> tuple[Array, Array, Array]:
    """Im kappa(cosh eta + i0) and Im kappa(-cosh eta + i0) in float64, and what is noise of the reading in them."""
    arithmetic = ComplexArithmetic()
    with np.errstate(all="ignore"):
        right = CutPoint.from_angle(arithmetic, eta * complex(INSIDE, -1.0)).pair(kernel)
        left = CutPoint.from_supplement(arithmetic, eta * complex(INSIDE, 1.0)).pair(kernel)
        end = float(Point.from_cosine(FloatArithmetic(), np.float64(-1.0)).pair(kernel).value)
    finite = math.isfinite(kernel.at_one)
    right_jump, right_noise = _jump(right.defect if finite else right.value, 0.0, eta)
    left_jump, left_noise = _jump(left.value, end if math.isfinite(end) else 0.0, eta)
    if finite:
        right_jump = -right_jump
    sides = ((right_jump, right_noise, 1), (left_jump, left_noise, -1))
    for found, noise, at in sides:
        if at not in kernel.singular:
            found[np.abs(found) < NO_JUMP] = noise[:] = 0.0
    return right_jump, left_jump, right_noise + left_noise


def _jump(values: Any, end: float, like: Array) -> tuple[Array, Array]:
    """The imaginary parts, 0 where they are noise; and what they may be off by.

    What reading at `INSIDE` leaves of an analytic kernel is this share of the difference from the value at the end.
    """
    values = np.broadcast_to(np.asarray(values), like.shape)
    with np.errstate(all="ignore"):
        noise = _NOISE * (np.abs(values - end) + like * like * np.abs(values))
        seen = np.abs(values.imag) > noise
        return np.where(seen, values.imag, 0.0), np.where(seen, 8 * INSIDE / _NOISE, 1.0) * noise
