r"""Eigenvalues in float64 by the branch-cut integral: any degree, any dimension, constant cost.

kappa(cos theta) is continued from theta in [0, pi] into the rectangle [0, pi] x [-iH, 0], where it is analytic.
Cauchy's formula and the Gegenbauer function of the second kind Q_k(x) = int P_k(t) (1-t^2)^{(d-3)/2}/(x-t) dt give,
with lambda = d/2 - 1 and K_k(eta) = c_d Q_k(cosh eta)/2,

.. math::
    \mu_k = \frac{2}{\pi} \int_0^H \left[\operatorname{Im}\kappa(\cosh\eta + i0)
      + (-1)^{k+1} \operatorname{Im}\kappa(-\cosh\eta + i0)\right] K_k(\eta) \sinh\eta \, d\eta
      + \frac{2}{\pi} \operatorname{Re} \int_0^\pi
        \kappa(\cos(\alpha - iH)) K_k(H + i\alpha) \sinh(H + i\alpha) \, d\alpha .

The two legs are theta = -i eta and theta = pi - i eta, the bottom joins them; it is O(e^{-kH}) and left out for
large k. For the kernels of this library the jumps keep one sign near eta = 0 and K_k > 0, so nothing cancels and the
relative accuracy does not depend on the size of mu_k. Nodes in log(eta) see all scales at once, so one set of
values of kappa, computed once for a kernel, serves every degree and every dimension.

That kappa really is analytic in the rectangle is not assumed but tested: `residual` reproduces kappa at
interior points by the same nodes (Cauchy's formula, d and k play no part), and `branch_cut` takes the deepest H of a
ladder that passes. The weight K_k: `second_kind`. Source: claims 6 and 18; the argument is Cauchy's, the weight is
derived here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.arithmetic import ComplexArithmetic
from ..numbers.precision import cached_property
from ..sphere.legendre_polynomials import gauss_legendre
from . import ball_jumps
from .branch_jumps import Legs, coefficients
from .cut_point import CutPoint
from .eigenvalue_arrays import Array
from .second_kind import DROP, weights

# Nodes of the bottom: enough for the kernel, doubled until they resolve the weight. In high dimensions that is like
# cosh(H + i alpha)^{-k-1}, with a narrow peak at alpha = pi/2 and a phase that turns by k coth H there: fewer nodes
# would take it for slow. Then the last Legendre coefficients are small (the rule is exact to twice their degree).
_BOTTOM, _BOTTOM_LARGEST, _UNRESOLVED = 96, 1536, 1e-8
HEIGHTS = (1.4, 1.25, 1.1, 0.95, 0.8, 0.65, 0.5, 0.3)


@dataclass(frozen=True, eq=False)
class Contour:
    """A kernel's values on the rectangle's sides, each read once."""

    kernel: Zonal
    height: float
    pieces: tuple[Legs, ...]  # of the legs
    legs_in_balls: bool = False
    bottom_in_balls: bool = False
    _jumps: dict[int, tuple[Array, Array]] = field(default_factory=dict, repr=False)
    _bottoms: dict[int, tuple[Array, Array, Array, Array]] = field(default_factory=dict, repr=False)

    @cached_property
    def eta(self) -> Array:
        """Nodes of the legs."""
        return np.concatenate([piece.eta for piece in self.pieces])

    @cached_property
    def weight(self) -> Array:
        """Gauss-Legendre weights in log(eta), times eta."""
        return np.concatenate([piece.weight for piece in self.pieces])

    @cached_property
    def right(self) -> Array:
        """Im kappa(cosh eta + i0) in float64."""
        return np.concatenate([piece.right for piece in self.pieces])

    @cached_property
    def left(self) -> Array:
        """Im kappa(-cosh eta + i0) in float64."""
        return np.concatenate([piece.left for piece in self.pieces])

    def jump(self, parity: int) -> tuple[Array, Array]:
        """Im kappa(cosh eta + i0) - (-1)^parity Im kappa(-cosh eta + i0), and what its rounding is relative to."""
        if parity not in self._jumps:
            parts = [piece.jump(parity, self.legs_in_balls) for piece in self.pieces]
            jump, size = (np.concatenate(part) for part in zip(*parts, strict=True))
            self._jumps[parity] = jump, size
        return self._jumps[parity]

    @cached_property
    def shift(self) -> float:
        """kappa(1) where the bottom reads kappa - kappa(1), which is smaller than kappa there; else 0.

        A constant has no eigenvalue of degree k >= 1, so either serves.
        """
        _, _, value, defect = self._read_bottom(_BOTTOM)
        return self.kernel.at_one if np.mean(np.abs(defect)) < np.mean(np.abs(value)) else 0.0

    def bottom(self, nodes: int = _BOTTOM) -> tuple[Array, Array, Array]:
        """alpha, its weights, and kappa(cos(alpha - iH)) - shift."""
        alpha, weight, value, defect = self._read_bottom(nodes)
        return alpha, weight, -defect if self.shift else value

    def _read_bottom(self, nodes: int) -> tuple[Array, Array, Array, Array]:
        if nodes not in self._bottoms:
            x, w = gauss_legendre(nodes)
            alpha = np.pi / 2 * (1 + x)
            read = ball_jumps.bottom if self.bottom_in_balls else _float_bottom
            value, defect = read(self.kernel, alpha, self.height)
            self._bottoms[nodes] = alpha, np.pi / 2 * w, value, defect
        return self._bottoms[nodes]


def _float_bottom(kernel: Zonal, alpha: Array, height: float) -> tuple[Array, Array]:
    """kappa and its defect at cos(alpha - iH)."""
    low = alpha < 1.5
    arithmetic, offset = ComplexArithmetic(), 1j * height
    with np.errstate(all="ignore"):
        theta = CutPoint.from_angle(arithmetic, alpha[low] - offset).pair(kernel)
        phi = CutPoint.from_supplement(arithmetic, np.pi - alpha[~low] + offset).pair(kernel)
    value, defect = (
        np.concatenate([_full(a, low.sum()), _full(b, (~low).sum())])
        for a, b in ((theta.value, phi.value), (theta.defect, phi.defect))
    )
    return value, defect


def residual(contour: Contour) -> float:
    """The largest error, relative to the largest |kappa|, with which Cauchy's formula gives kappa back.

    Far above rounding where the rectangle holds a singularity of the continued kernel.
    """
    # A kernel may overflow on a high contour: its residual is then infinite.
    with np.errstate(all="ignore"):
        t = np.cos(np.array([0.4, 0.9, 1.4, 1.9, 2.4, 2.8]))[:, None]
        x = np.cosh(contour.eta)
        legs = contour.weight * np.sinh(contour.eta) * (contour.right / (x - t) + contour.left / (-x - t))
        alpha, weight, value = contour.bottom()
        z, dz = np.cos(alpha - 1j * contour.height), np.sin(alpha - 1j * contour.height)
        arc = (weight * value * -dz / (z - t)).imag
        found = (legs.sum(axis=1) + arc.sum(axis=1)) / np.pi
        # The defect by itself: deep networks are next to kappa(1) everywhere, and their difference has lost digits.
        angles = np.arccos(t[:, 0])
        expected = -contour.kernel.of_angle(angles, defect=True) if contour.shift else contour.kernel.of_angle(angles)
        scale = float(np.max(np.abs(expected)))
        if not contour.shift and math.isfinite(contour.kernel.at_one):
            scale = max(scale, abs(contour.kernel.at_one))
        error = np.max(np.abs(found - expected)) / max(scale, 1e-300)
        return float(error) if np.isfinite(error) else math.inf


def legs_and_bottom(contour: Contour, d: int, k: float, parity: int) -> tuple[float, float, float, float]:
    """(log scale, legs, bottom at k, what rounding is relative to): mu_k's parts over e^{log scale}.

    k may be any real number >= 0, and the legs are those of its parity if it is an integer;
    mu_k = e^{scale} (legs + bottom). The last number, the sum of absolute values, is infinite where the bottom
    oscillates too fast for the nodes.
    """
    lam = d / 2 - 1
    density = contour.weight * np.sinh(contour.eta)
    jump, strength = contour.jump(parity)
    scale, values, _, kept = weights(contour.eta, density * strength, lam, k)
    base = density[kept] * values
    legs = float(np.sum(base * jump[kept]))
    size, bottom = float(np.sum(base * strength[kept])), 0.0
    floor = scale + math.log(size) - DROP if size > 0 else -math.inf
    count = _BOTTOM
    while True:
        alpha, weight, value = contour.bottom(count)
        eta = contour.height + 1j * alpha
        dense = value * np.sinh(eta)
        log_b, values, magnitude, kept = weights(eta, np.abs(weight * dense), lam, k, floor)
        dense = dense[kept]
        enough = count >= 48 + math.pi / 2 * k / math.tanh(contour.height)
        resolved = not kept.size or enough and _resolved(kept, dense * values, count)
        if resolved or count >= _BOTTOM_LARGEST:
            break
        count *= 2
    if kept.size:
        common = max(scale, log_b) if size > 0 else log_b
        factor = math.exp(scale - common) if size > 0 else 0.0
        legs, size = legs * factor, size * factor
        dense, scale = (weight[kept] * dense) * math.exp(log_b - common), common
        bottom = float(np.sum((dense * values).real))
        size += float(np.sum(np.abs(dense) * magnitude)) if resolved else math.inf
    two_pi = 2 / math.pi
    return scale, two_pi * legs, two_pi * bottom, two_pi * size


def _resolved(kept: Array, values: Array, count: int) -> bool:
    """Whether the bottom's nodes resolve its integrand: its last Legendre coefficients are small."""
    last = coefficients(count, count)[kept]
    return bool(np.max(np.abs(values @ last)) <= _UNRESOLVED * np.max(np.abs(values)))


def _full(values: Any, size: int) -> Array:
    return np.broadcast_to(np.asarray(values, dtype=np.complex128), (size,)).copy()
