r"""Eigenvalues of kernels analytic on [-1, 1] with Taylor coefficients >= 0: an integral over a circle |u| = r.

Deep smooth networks have their singularity R next to u = 1 - for erf R - 1 falls like chi^{-L} with the depth -, so
that their Taylor series takes millions of terms. Cauchy's formula needs the kernel on one circle, 1 < r < R. With K_k
of `second_kind` and f = kappa(u) + (-1)^k kappa(-u), as kappa is real,

.. math:: \mu_k = \frac{2}{\pi} \operatorname{Im} \int f(u)\, K_k(\eta)\, du, \qquad
          u = \cosh\eta = r e^{i\varphi}, \quad 0 < \varphi < \pi/2 .

*Analyticity.* A power series with coefficients >= 0 is singular at its radius R > 0 of convergence (Pringsheim;
Titchmarsh, The theory of functions, 7.21): the circles inside R need no test off the real axis. There a sum, product or
composition is analytic at u where each part is at what it reads, which for one of radius R' is so in (-R', R'). What
is read runs to one side as u grows, so that the first point of a grid at which a part reads outside bounds R, and no
pole hides between its points, however small.

*Accuracy.* On the circle |kappa| <= kappa(r). The radius is that at which kappa(r) K_k is least: the saddle point, at
which hardly anything cancels, however small mu_k is. A constant, and c u, have no eigenvalue of degree k >= 2 (3), and
with them f vanishes at u = 1 as its defect does, to full relative accuracy.

*Nodes.* Gauss-Legendre on panels that double from the distance to R, and are halved until they resolve the kernel.

Source: claims 6 and 10; derived here from Cauchy's formula.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..kernels.points import Pair, Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import ComplexArithmetic
from ..numbers.precision import cached_property
from ..sphere.legendre_polynomials import gauss_legendre
from .ball_jumps import INSIDE
from .branch_jumps import coefficients
from .eigenvalue_arrays import EPS, Array, Values, from_logs
from .route import Route
from .second_kind import log_sizes, weights
from .taylor import LARGEST_DEGREE, beyond

_SMALLEST, _LARGEST = 1e-12, 12.0  # eta = arccosh r of the circles
_STEPS = 8  # circles to a power of e
_LEVELS = (16, 8, 4, 2, 1)  # steps between circles: few of them serve many degrees
_WORSE = 1.0  # by how much the logarithm of kappa(r) K_k may be above its least value
_ORDER, _OTHER_ORDER = 20, 17
_TURN = 12.0  # radians by which K_k may turn on a panel
# The last Legendre coefficients, of the largest value: a rule that is exact to twice their degree errs by their square.
_ROUGH, _HALVINGS, _MOST_ROUGH = 1e-8, 16, 32
_RESIDUAL = 1e-12
# Values of deep kernels carry up to some 50 ulp, at every node its own: what they share is the error of an analytic
# function, whose eigenvalues are as small as the kernel's.
_ULPS = 160


class Circle(NamedTuple):
    """Nodes of a quarter of a circle: eta, u - 1, du; kappa(u), kappa(-u), and what they differ by from u = 1."""

    eta: Array
    beyond: Array
    step: Array
    right: Array
    left: Array
    rise: Array
    left_rise: Array


@dataclass(eq=False)
class _RealPoint(Point):
    """Real cosines at which the parts of a kernel read; `inside` tells where all of these lie in their discs so far."""

    inside: list[Any] = field(default_factory=lambda: [True])

    @classmethod
    def beyond_one(cls, eta: Array) -> _RealPoint:
        """cosh(eta), a hair off the real axis, as powers want it."""
        point = Point.from_angle(ComplexArithmetic(), eta * complex(INSIDE, -1.0))
        return cls(point.arithmetic, point.u, point.delta, point.codelta)

    def pair(self, kernel: Zonal) -> Pair:
        if not kernel.by_parts and not math.isinf(kernel.radius):
            free = kernel.radius - 1
            self.inside[0] &= (np.real(self.delta) > -free) & (np.real(self.codelta) > -free)
        return super().pair(kernel)

    def image(self, kernel: Zonal) -> Point:
        found = super().image(kernel)
        if not isinstance(found, _RealPoint):
            found = _RealPoint(found.arithmetic, found.u, found.delta, found.codelta, self.inside)
            self._points[kernel] = found
        return found


class CircleRoute(Route):
    """One kernel's circles, shared by all dimensions and degrees."""

    name = "circle integral"

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel
        self._circles: dict[tuple[int, int, int], Circle | None] = {}

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        low = k <= LARGEST_DEGREE
        out = np.zeros((3, *k.shape))
        for i in zip(*np.nonzero(low), strict=True):
            out[(slice(None), *i)] = self._one(d, int(k[i]), estimate)
        return beyond(self.kernel, d, k, from_logs(*out))

    def _one(self, d: int, k: int, estimate: bool) -> tuple[float, float, float]:
        """The sign of mu_k, log|mu_k|, and the relative error, infinite where no circle serves."""
        if self.singularity <= _SMALLEST:
            return 1.0, 0.0, math.inf
        best = self._best(d, k)
        sign, log_abs, error = self._on(best, d, k, _ORDER)
        if estimate and math.isfinite(error):
            other = max(best - 1, 0)
            sign_2, log_2, error_2 = self._on(other, d, k, _OTHER_ORDER)
            off = math.expm1(min(abs(log_2 - log_abs), 700.0)) if sign_2 == sign else 1.0
            if math.isfinite(error_2):
                error += 2 * max(0.0, off - error_2)
        return sign, log_abs, error

    def _on(self, i: int, d: int, k: int, order: int) -> tuple[float, float, float]:
        circle = self._circle(i, max(6, k.bit_length()), order)
        if circle is None:
            return 1.0, 0.0, math.inf
        sign, lam, best = 1 - 2 * (k % 2), d / 2 - 1, (1.0, 0.0, math.inf)
        # Each with what it is made of, whose rounding it carries, also where that cancels.
        values = [(circle.right + sign * circle.left, np.abs(circle.right) + np.abs(circle.left))]
        if k:
            tilt = self._drop * (0.0 if sign == 1 else circle.beyond if k > 1 else -1.0)
            made_of = np.abs(circle.rise) + np.abs(circle.left_rise) + 2 * abs(self._drop) + np.abs(tilt)
            values.append((circle.rise + sign * circle.left_rise - tilt, made_of))
        ulps = _ULPS + abs(float(self.discs[1][i]))  # e^x carries the rounding of x
        for f, made_of in values:
            # Nodes that are negligible for one of them need not be for another.
            scale, weight, size, kept = weights(circle.eta, np.abs(f * circle.step), lam, k, symmetric=False)
            total = float(np.sum(((f * circle.step)[kept] * weight).imag))
            noise = math.hypot(*(np.abs(made_of * circle.step)[kept] * size))
            if total:
                log_abs = scale + math.log(2 / math.pi * abs(total))
                error = EPS * (ulps * max(1.0, noise / abs(total)) + 2 * abs(log_abs))
                if error < best[2]:
                    best = math.copysign(1.0, total), log_abs, error
                if noise <= abs(total):
                    break  # no digit is lost
        return best

    # -- which circle -----------------------------------------------------------------------------------

    @cached_property
    def _symmetry(self) -> int:
        """1 for an even kernel, -1 for an odd one, else 0."""
        return next((1 - 2 * p for p in (0, 1) if self.kernel.polynomial_part(1 - p) == {}), 0)

    @cached_property
    def _drop(self) -> float:
        """kappa(1) - kappa(-1), which keeps its digits where the kernel is nearly constant."""
        if self._symmetry:
            return (1 - self._symmetry) * self.kernel.at_one
        return float(pair_at(self.kernel, np.zeros(1), mirrored=True)[1].real[0])

    @cached_property
    def singularity(self) -> float:
        """arccosh of the R that is told; infinite where there is none up to `_LARGEST`, 0 where R is 1."""
        eta, last = np.geomspace(_SMALLEST, _LARGEST, 256), 0.0
        while True:
            point = _RealPoint.beyond_one(eta)
            with np.errstate(all="ignore"):
                fine = np.isfinite(point.pair(self.kernel).value) & point.inside[0]
            wrong = np.flatnonzero(~fine)
            if not wrong.size:
                return math.inf if eta[-1] == _LARGEST else float(eta[-1])
            last, first = float(eta[wrong[0] - 1]) if wrong[0] else last, float(eta[wrong[0]])
            if first - last < 1e-7 * first or not last:
                return last
            eta = np.linspace(last, first, 34)

    @cached_property
    def discs(self) -> tuple[Array, Array]:
        """eta of the circles that are tried, and log kappa(r)."""
        if self.singularity <= _SMALLEST:
            return np.zeros(0), np.zeros(0)
        eta = _tried(min(self.singularity, _LARGEST), 10)
        value, _ = pair_at(self.kernel, eta * complex(INSIDE, -1.0))
        fine = np.isfinite(value) & (value.real > 0)
        return eta[fine], np.log(value.real[fine])

    def _best(self, d: int, k: int) -> int:
        """The number of the circle for mu_k: of the coarsest level that has one which is nearly as good as the best."""
        eta, logs = self.discs
        size = logs + log_sizes(eta, d / 2 - 1, k)
        least = float(size.min()) + _WORSE
        for level in _LEVELS:
            found = np.flatnonzero(size[::level] <= least)
            if found.size:
                break
        return int(found[0]) * level

    # -- the kernel on it -------------------------------------------------------------------------------

    def _circle(self, i: int, octave: int, order: int) -> Circle | None:
        """A circle for degrees below 2^octave; None where Cauchy's formula does not give kappa back."""
        key = (i, octave, order)
        if key not in self._circles:
            circle = self._read(float(self.discs[0][i]), _TURN / 2**octave, order)
            self._circles[key] = circle if circle and self._residual(circle) < _RESIDUAL else None
        return self._circles[key]

    def _read(self, eta: float, longest: float, order: int) -> Circle | None:
        excess = 2 * math.sinh(eta / 2) ** 2  # r - 1
        free = 2 * math.sinh(min(self.singularity, _LARGEST) / 2) ** 2 - excess
        first = min(free, excess, longest)
        x, w = gauss_legendre(order)
        edges = [0.0, first]
        while edges[-1] < math.pi / 2:
            edges.append(edges[-1] + min(edges[-1], longest))
        edges[-1] = math.pi / 2
        start, width = np.array(edges[:-1]), np.diff(edges)
        kept: list[tuple[Array, ...]] = []
        last = coefficients(order, order)
        while True:
            phi = start[:, None] + width[:, None] * (1 + x) / 2
            beyond_one = _beyond_one(excess, phi)
            found = self._sides(beyond_one)
            with np.errstate(all="ignore"):
                rough = np.any(
                    [np.abs(side @ last).max(axis=1) > _ROUGH * np.abs(side).max(axis=1) for side in found[:2]], axis=0
                )
            if rough.sum() > _MOST_ROUGH:
                return None  # that is rounding
            step = 1j * (1 + beyond_one) * (width[:, None] * w / 2)
            kept.append(tuple(part[~rough] for part in (beyond_one, step, *found)))
            if not rough.any():
                break
            if len(kept) == _HALVINGS:
                return None
            width = np.repeat(width[rough] / 2, 2)
            start = np.repeat(start[rough], 2)
            start[1::2] += width[1::2]
        beyond_one, step, right, left, rise, left_rise = (
            np.concatenate([part[n].ravel() for part in kept]) for n in range(6)
        )
        return Circle(2 * np.arcsinh(np.sqrt(beyond_one / 2)), beyond_one, step, right, left, rise, left_rise)

    def _sides(self, beyond_one: Array) -> tuple[Array, Array, Array, Array]:
        """kappa(u), kappa(-u), kappa(u) - kappa(1), and kappa(-u) - kappa(-1), for arrays of u - 1."""
        right, rise = _at(self.kernel, 1 + beyond_one, -beyond_one, 2 + beyond_one)
        if self._symmetry:  # a layer that reads next to -1 does not know by how much
            return right, self._symmetry * right, rise, self._symmetry * rise
        mirror = beyond_one.conj()  # -u in the upper half plane, too
        left, fall = (x.conj() for x in _at(self.kernel, -1 - mirror, 2 + mirror, -mirror))
        return right, left, rise, fall + self._drop

    def _residual(self, circle: Circle) -> float:
        """The largest error with which Cauchy's formula gives kappa back inside, in shares of the largest |kappa|."""
        t = np.cos(np.array([0.4, 0.9, 1.4, 1.9, 2.4, 2.8]))
        u = 1 + circle.beyond[:, None]
        with np.errstate(all="ignore"):
            terms = circle.right[:, None] / (u - t) + circle.left[:, None] / (u + t)
            found = (circle.step[:, None] * terms).imag.sum(axis=0) / math.pi
            error = float(np.max(np.abs(found - self.kernel(t))) / np.max(np.abs(circle.right)))
        return error if math.isfinite(error) else math.inf


@functools.lru_cache(maxsize=64)
def circle_route(kernel: Zonal) -> CircleRoute:
    """The route of one kernel: spectra in all dimensions share its circles."""
    return CircleRoute(kernel)


def _tried(end: float, powers: int) -> Array:
    """eta of circles up to one that is nearer to `end` than it by so many powers of e."""
    count = math.ceil(_STEPS * math.log(end / _SMALLEST))
    near = -np.expm1(-np.arange(1, powers * _STEPS) / _STEPS)  # shares of `end` that come near to 1
    return np.concatenate([np.geomspace(_SMALLEST, end * near[0], count, endpoint=False), end * near])


def sampled_discs(kernel: Zonal) -> tuple[Array, Array]:
    """eta of circles inside the radius that a kernel states, and log of twice the largest |kappa| that is seen there.

    For a kernel of which no signs are known, so that kappa(r) bounds nothing.
    """
    eta = _tried(min(2 * math.asinh(math.sqrt((kernel.radius - 1) / 2)), _LARGEST), 3)
    phi = np.geomspace(1e-6, math.pi / 2, 24)
    phi = np.concatenate([phi, math.pi - phi])
    excess = 2 * np.sinh(eta[:, None] / 2) ** 2
    beyond_one = _beyond_one(excess, phi)
    size = np.abs(_at(kernel, 1 + beyond_one, -beyond_one, 2 + beyond_one)[0]).max(axis=1)
    fine = np.isfinite(size) & (size > 0)
    return eta[fine], np.log(2 * size[fine])


def _beyond_one(excess: Any, phi: Array) -> Array:
    """u - 1 at the angles phi of the circle of radius 1 + excess."""
    return excess + (1 + excess) * (-2 * np.sin(phi / 2) ** 2 + 1j * np.sin(phi))


def pair_at(kernel: Zonal, theta: Array, mirrored: bool = False) -> tuple[Array, Array]:
    """kappa and its defect at cos(theta), or at -cos(theta)."""
    point = Point.from_supplement if mirrored else Point.from_angle
    with np.errstate(all="ignore"):
        pair = point(ComplexArithmetic(), np.asarray(theta, dtype=complex)).pair(kernel)
    value, defect = (np.broadcast_to(np.asarray(x, dtype=complex), theta.shape) for x in (pair.value, pair.defect))
    return value, defect


def _at(kernel: Zonal, u: Array, defect: Array, other: Array) -> tuple[Array, Array]:
    """kappa(u) and kappa(u) - kappa(1) for arrays u, 1 - u, 1 + u."""
    with np.errstate(all="ignore"):
        pair = Point(ComplexArithmetic(), u, defect, other).pair(kernel)
    value, fall = (np.broadcast_to(np.asarray(x, dtype=complex), u.shape) for x in (pair.value, pair.defect))
    return value, -fall
