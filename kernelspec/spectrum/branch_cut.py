"""Arrays of degrees by the branch-cut integral: which contour, which degrees by interpolation, which error.

Each leg's part of mu_k is an analytic function of real k, and, divided by the exact eigenvalue of (1-t)^{1/2} (a
ratio of Gamma functions), a slowly varying one: on k in [2^j, 2^{j+1}] a Chebyshev interpolant in log k on 24
nodes has rounding error, so that ten thousand eigenvalues cost a few hundred integrals.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.gamma import log_gamma_sum_pair
from ..numbers.pairs import Pair, exp_pair, pair_sum
from ..numbers.precision import cached_property
from . import ball_jumps
from .branch_jumps import LOWEST, Legs, read_legs
from .contour import HEIGHTS, Contour, legs_and_bottom, residual
from .eigenvalue_arrays import EPS, Array, Values
from .route import Route

_NODES = 24
_OTHER = (0.93, 18)  # height, in shares of the first, and order of the contour that errors are estimated by
_RESIDUAL = 1e-13
_CONDITION = 200.0
_STEEP = 4.0
_KEPT = 10_000  # integrals of a kernel


# The legs below this number are shared by all contours of a kernel.
_JOINT = 0.2
# A float64 reading that is off by more than this many 2^-52 at one of these places is replaced by one in balls.
_ROUNDING, _TESTED_LEGS, _TESTED_BOTTOM = 40.0, (0.2, 1e-2, 1e-4, 1e-8), (15, 48, 80)


class _Found(NamedTuple):
    value: float
    log_abs: float
    sign: float
    error: float
    condition: float


class BranchCutRoute(Route):
    """One kernel's contours, shared by all dimensions."""

    name = "branch-cut integral"

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel
        self._contours: dict[tuple[float, int], Contour] = {}
        self._lower: dict[int, Legs] = {}
        self._in_balls: tuple[bool, bool] | None = None
        self._residuals: dict[float, float] = {}
        self._integrals: dict[tuple[int, float, int, float, int], tuple[float, ...]] = {}

    def contour(self, height: float, order: int = 20) -> Contour:
        """The kernel's values on a contour, read once; all contours share the legs below `_JOINT`."""
        key = (height, order)
        if key not in self._contours:
            if order in self._lower:
                (upper,) = read_legs(self.kernel, order, _JOINT, height)
            else:
                self._lower[order], upper = read_legs(self.kernel, order, LOWEST, _JOINT, height)
            contour = Contour(self.kernel, height, (self._lower[order], upper))
            if self._in_balls is None:
                self._in_balls = _lacks_digits(contour)
            if self._in_balls is not None and any(self._in_balls):
                contour = Contour(self.kernel, height, contour.pieces, *self._in_balls)
            self._contours[key] = contour
        return self._contours[key]

    def heights(self) -> Iterator[float]:
        """Heights whose rectangle holds no singularity, deepest first; tried when they are asked for."""
        # Each residual is found by whoever asks first: threads and Ctrl-C may come between.
        for height in HEIGHTS:
            if height not in self._residuals:
                self._residuals[height] = residual(self.contour(height))
            if self._residuals[height] < _RESIDUAL:
                yield height
        smallest = min(self._residuals.values())
        if not smallest < _RESIDUAL:
            raise ValueError(
                f"{self.kernel!r} is too narrow, or singular too close to [-1, 1], for the branch-cut "
                f"integral (Cauchy's formula misses by {smallest:.1e} on every contour tried)"
            )

    @cached_property
    def usable(self) -> bool:
        """Whether there is a height at all."""
        try:
            next(self.heights())
        except ValueError:
            return False
        return True

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        """mu_k; with `estimate`, errors include the difference to a second contour."""
        unique, inverse = np.unique(k, return_inverse=True)
        out = np.zeros((4, unique.size))
        done = np.zeros(unique.size, dtype=bool)
        large = unique[unique >= 64]
        blocks = {(1 << int(j).bit_length() - 1, int(j) % 2) for j in large}
        for low, parity in sorted(blocks):
            inside = (unique >= low) & (unique < 2 * low) & (unique % 2 == parity)
            block = np.flatnonzero(inside)
            if block.size > _NODES + 8:
                degrees = unique[block].astype(float)
                found = self._interpolate(d, degrees, low, parity, _NODES)
                if found is not None and estimate:
                    # With other nodes in k, too: the error of the interpolant shows as well.
                    other = self._interpolate(d, degrees, low, parity, _NODES - 3, *_OTHER)
                    found = other and (*found[:3], _compared(found, other))
                if found is not None:
                    out[:, block], done[block] = found, True
        for i in np.flatnonzero(~done):
            out[:, i] = self._one(d, int(unique[i]), estimate)
        return Values(*(part[inverse].reshape(k.shape) for part in out))

    def _one(self, d: int, k: int, estimate: bool) -> tuple[float, float, float, float]:
        found = self._best(d, k, 1.0, 20)
        if estimate and found.sign:
            return (*found[:3], float(_compared(found, self._best(d, k, *_OTHER))))
        return found[:4]

    def _best(self, d: int, k: int, shrink: float, order: int) -> _Found:
        """The eigenvalue on the deepest contour, or where that cancels on the one that cancels least."""
        best: _Found | None = None
        for height in self.heights():
            found = self._at(d, k, shrink * height, order)
            if best is None or found.condition < best.condition:
                best = found
            if best.condition < _CONDITION:
                break
        assert best is not None  # heights() yields at least one or raises
        return best

    def _at(self, d: int, k: int, height: float, order: int) -> _Found:
        contour = self.contour(height, order)
        scale, legs, bottom, size = self._parts(d, k, k % 2, height, order)
        total = legs + bottom
        if k == 0 and contour.shift:
            shift = contour.shift * math.exp(-scale)
            total, size = total + shift, size + abs(shift)
        if total == 0:
            return _Found(0.0, -math.inf, 0.0, math.inf, math.inf)  # which is no proof that it is 0
        log_abs = scale + math.log(abs(total))
        value = total * math.exp(scale) if scale > -745 else 0.0
        # Rounding: values of deep kernels carry up to some 50 ulp, and the weight the rounding of its exponents.
        condition = size / abs(total)
        error = EPS * (160 * condition + 2 * abs(log_abs))
        return _Found(value, log_abs, math.copysign(1.0, total), error, condition)

    def _parts(self, d: int, k: float, parity: int, height: float, order: int) -> tuple[float, ...]:
        """`legs_and_bottom`, kept: who asks for a value asks for its error next."""
        key = (d, k, parity, height, order)
        found = self._integrals.get(key)
        if found is None:
            if len(self._integrals) >= _KEPT:
                self._integrals.clear()
            found = self._integrals[key] = legs_and_bottom(self.contour(height, order), d, k, parity)
        return found

    def _interpolate(
        self, d: int, k: Array, low: int, parity: int, count: int, shrink: float = 1.0, order: int = 20
    ) -> tuple[Array, Array, Array, Array] | None:
        """The legs interpolated in log k at `count` nodes over [low, 2 low]; None where the bottom still counts."""
        height = shrink * next(self.heights())
        points = np.cos(np.pi * (np.arange(count) + 0.5) / count)
        nodes = np.exp(math.log(low) + math.log(2.0) * (1 + points) / 2)
        # Rounded so that k + d - 1/2 is exact: a half ulp of k is 1e-13 log k in a logarithm of Gamma.
        grid = 2.0 ** max(0, 20 - max(0, low.bit_length() - 30))
        nodes = np.round(nodes * grid) / grid
        points = 2 * np.log(nodes / low) / math.log(2.0) - 1
        found = [self._parts(d, float(x), parity, height, order) for x in nodes]
        if any(bottom for _, _, bottom, _ in found):
            return None
        # Logarithms of several hundred are added in double float64: their rounding would show in the values.
        scale = np.array([f[0] for f in found])
        offset = float((scale + _reference(nodes, d)[0]).mean())
        factor = exp_pair(pair_sum(_reference(nodes, d), scale, -offset))
        legs = np.array([[f[1] for f in found], [f[3] for f in found]]) * factor
        if np.any(legs[1] > _CONDITION * np.abs(legs[0])):
            return None
        # What falls much faster than the reference is made level before it is interpolated.
        slope = math.log(abs(legs[0, 0] / legs[0, -1])) / math.log(nodes[0] / nodes[-1])
        slope = float(round(slope)) if abs(slope) > _STEEP else 0.0
        legs = legs * (low / nodes) ** slope
        x = 2 * np.log(k / low) / math.log(2.0) - 1
        total, size = _barycentric(points, legs, x)
        if np.any(size > _CONDITION * np.abs(total)):
            return None
        spread = EPS * (4 * np.max(np.abs(legs[0])) / np.abs(total) + abs(slope))
        total, size = total * (k / low) ** slope, size * (k / low) ** slope
        at_k = _reference(k, d)
        scale_pair = pair_sum((-at_k[0], -at_k[1]), offset)
        with np.errstate(under="ignore", divide="ignore"):
            value = total * exp_pair(scale_pair)
            log_abs = scale_pair[0] + np.log(np.abs(total))
        error = EPS * (192 * size / np.abs(total) + 3 * np.abs(log_abs)) + spread
        return value, log_abs, np.sign(total), error


@functools.lru_cache(maxsize=256)
def branch_cut_route(kernel: Zonal) -> BranchCutRoute:
    """The route of one kernel: its values on the contours do not depend on d, and spectra share them."""
    return BranchCutRoute(kernel)


def _compared(found: Any, other: Any) -> Any:
    """The error of values (value, log, sign, error) with what they differ from those of another contour by.

    What differs is quadrature error, or a singularity overlooked; twice, because both contours can miss the same near
    singularity. The second one may be the worse conditioned: what its own rounding explains is not held against the
    first.
    """
    off = np.expm1(np.minimum(np.abs(other[1] - found[1]), 700.0))
    off = np.where(other[2] == found[2], off, 1.0)
    return found[3] + 2 * np.maximum(0.0, off - other[3])


def _reference(k: Array, d: int) -> Pair:
    """log Gamma(k + d - 1/2) - log Gamma(k - 1/2): minus the logarithm of mu_k[(1-t)^{1/2}], but for a constant."""
    return log_gamma_sum_pair((k - 0.5, k + (d - 0.5)))


def _barycentric(points: Array, values: Array, x: Array) -> Any:
    """The interpolant through values at points that lie next to Chebyshev's."""
    gaps = points[:, None] - points + np.eye(points.size)
    weights = 1 / np.prod(2 * gaps, axis=1)
    distance = x[:, None] - points
    hit = distance == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = weights / distance
    ratio = np.where(hit.any(axis=1, keepdims=True), hit.astype(float), ratio)
    return (values @ ratio.T) / ratio.sum(axis=1)


def _lacks_digits(contour: Contour) -> tuple[bool, bool] | None:
    """Whether the legs, and the bottom, of a kernel have to be read in balls; None where it overflows here."""
    kernel = contour.kernel
    if kernel.adds_up:
        return False, False
    tested = np.searchsorted(contour.eta, _TESTED_LEGS)
    right, left = contour.right[tested], contour.left[tested]
    alpha, _, found = contour.bottom()
    if not (np.all(np.isfinite(right + left)) and np.all(np.isfinite(found))):
        return None
    legs = ball_jumps.rounding(kernel, contour.eta[tested], right, left) > _ROUNDING
    chosen = list(_TESTED_BOTTOM)
    value, defect = ball_jumps.bottom(kernel, alpha[chosen], contour.height)
    with np.errstate(all="ignore"):
        off = np.max(np.abs(found[chosen] - (-defect if contour.shift else value)))
        bottom = bool(off > _ROUNDING * EPS * np.mean(np.abs(found)))
    return legs, bottom
