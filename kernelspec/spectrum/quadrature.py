r"""Eigenvalues of a function of the user's own, by quadrature in the angle, with an estimate of the absolute error.

.. math:: \mu_k = c_d \int_0^\pi \kappa(\cos\theta) P_k(\cos\theta) \sin^{d-2}\theta \, d\theta,
   \qquad c_d = \frac{\Gamma(d/2)}{\sqrt\pi\,\Gamma((d-1)/2)}

over [0, pi/2] and [pi/2, pi], each by panels of Gauss-Legendre nodes in z, theta (or pi - theta) = (pi/2) z^m: m
makes a stated end exponent nu a power series, z^{2 nu m} with 2 nu m an integer. The panels of each rule begin at a
share of a panel of their own, and every third rule has smaller and smaller ones towards both ends, so that no jump lies
alike to three of them. Rules of formulas, which have no jumps but may be steep at the ends (networks of large weights),
all have smaller ones towards these, each its own. The error is what three successive rules differ by (five, where they
differ by more than the rounding), four times, and the rounding: of the sum, of the cosine at which the function is read
(of the angle, for a formula; by how much it differs at the next floats), and of P_k there.

No number of values proves anything about a function: a spike between all nodes is overlooked.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import FloatArithmetic
from ..sphere import funk_hecke_constant
from ..sphere.legendre_polynomials import gauss_legendre, legendre_sequence
from .eigenvalue_arrays import EPS, Array, Values
from .route import Route

LARGEST_DEGREE = 2000
_POINTS = 24
_PANELS = (2, 3, 5, 7, 11, 17, 23, 31, 47, 67, 97, 127, 191, 257, 383, 521, 769, 1031, 1531)
_COMPARED = 5  # rules
_GOLDEN = (math.sqrt(5) - 1) / 2  # its multiples, less whole numbers, lie apart
_SMALLEST = 26  # of the smaller panels, in halvings: a jump 2^-26 from an end is seen
_STEEPEST = 128  # of those of formulas, and fewer by up to 16
_LEAST = 1e-290  # of sines that are divided by
_EXACT = 1e-20  # of kappa(1): errors that floats do not tell


def edges(panels: int, jumps: bool = True) -> Array:
    """The ends of a rule's panels in [0, 1]; rules are shifted, so that two share the ends 0 and 1 alone.

    Rules with a common end agree beside a jump that is next to it, and are wrong; so do those of which a jump lies
    next to the middle of a panel, where the integrand is symmetric about it.
    """
    number = _PANELS.index(panels)
    share = (number + 1) * _GOLDEN % 1
    inner = (np.arange(panels) + share) / panels
    if not jumps:
        small = 2.0 ** -(np.arange(panels.bit_length(), _STEEPEST - 8 * (number % 3)) + share)
        return np.unique(np.concatenate([[0.0, 1.0], inner, small]))
    halvings = np.arange(panels.bit_length() + 1, _SMALLEST + 1)
    small = 2.0**-halvings if number % 3 == 0 else np.empty(0)
    return np.unique(np.concatenate([[0.0, 1.0], inner, small, 1 - small]))


class QuadratureRoute(Route):
    """One kernel's values at the nodes of the rules, shared by all dimensions."""

    name = "quadrature"
    together = True

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel
        self._roots = [min(kernel.angle_root(at), 64) for at in (1, -1)]
        self._rules: dict[int, tuple[Array, ...]] = {}

    def rule(self, panels: int) -> tuple[Array, ...]:
        """cos and sin of the angles, weights, the kernel there, and what rounding the cosine does to it."""
        if panels not in self._rules:
            parts = [self._half(panels, m, at) for m, at in zip(self._roots, (1, -1), strict=True)]
            self._rules[panels] = tuple(np.concatenate(part) for part in zip(*parts, strict=True))
        return self._rules[panels]

    def _half(self, panels: int, m: int, at: int) -> tuple[Array, ...]:
        nodes, weights = gauss_legendre(_POINTS)
        ends = edges(panels, jumps=bool(self.kernel.user_functions))
        half = np.diff(ends)[:, None] / 2
        z = (ends[:-1, None] + half * (1 + nodes)).ravel()
        weight = (half * weights).ravel() * (math.pi / 2) * m * z ** (m - 1)
        theta = (math.pi / 2) * z**m
        # The end angle is as far from the end as it says, also where the cosine rounds to it.
        point = Point.from_angle(FloatArithmetic(), theta)
        u = at * point.u
        value = (point if at == 1 else point.mirror).pair(self.kernel).value
        if self.kernel.user_functions or self.kernel.truncation > _EXACT * abs(self.kernel.at_one):
            beside = [Point.from_cosine(FloatArithmetic(), np.clip(np.nextafter(u, to), -1, 1)) for to in (-2.0, 2.0)]
        else:  # read at the angle
            beside = [Point.from_angle(FloatArithmetic(), np.nextafter(theta, to)) for to in (0.0, 4.0)]
            beside = [near if at == 1 else near.mirror for near in beside]
        around = [near.pair(self.kernel).value for near in beside]
        sine = np.maximum(np.sin(theta), _LEAST)  # angles of deep roots underflow, and their weights with them
        return u, sine, weight, value, np.abs(around[1] - around[0])

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        """mu_k with absolute errors turned into relative ones."""
        unique, inverse = np.unique(k, return_inverse=True)
        if unique.size and unique[-1] > LARGEST_DEGREE:
            raise ValueError(
                f"k must be at most {LARGEST_DEGREE} for {self.kernel!r}, which is read by quadrature; got {unique[-1]}"
            )
        value, absolute = self._converged(d, unique)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(absolute == 0, 0.0, absolute / np.abs(value))
            log_abs = np.log(np.abs(value))
        parts = value, log_abs, np.sign(value), error
        return Values(*(part[inverse].reshape(k.shape) for part in parts))

    def _converged(self, d: int, k: Array) -> tuple[Array, Array]:
        """Value and absolute error, each degree by the rules that it takes alone: those that settle it come last."""
        first = np.searchsorted(_POINTS * np.array(_PANELS), k + math.isqrt(d))
        first = np.minimum(first, len(_PANELS) - _COMPARED)
        value, error, rules = np.zeros(k.shape), np.full(k.shape, np.inf), np.zeros(k.shape, int)
        earlier = np.zeros((_COMPARED - 1, *k.shape))  # by the last rules, the last one first
        left = np.ones(k.shape, bool)
        for number, panels in enumerate(_PANELS):
            here = np.flatnonzero(left & (first <= number))
            if not here.size:
                continue
            found, rounding = self._integrals(d, k[here], panels)
            there = np.arange(len(earlier))[:, None] < rules[here]
            gaps = np.where(there, np.abs(found - earlier[:, here]), 0.0)
            earlier[:, here] = np.concatenate([[found], earlier[:-1, here]])
            rules[here] += 1
            spread, enough = np.maximum(*gaps[:2]), rules[here] > 2
            now = enough & (4 * spread <= rounding)
            doubt = 4 * np.where(now, spread, np.max(gaps, axis=0)) + rounding
            value[here[enough]], error[here[enough]] = found[enough], doubt[enough]
            left[here[now]] = False
            if not left.any():
                break
        return value, error

    def _integrals(self, d: int, k: Array, panels: int) -> tuple[Array, Array]:
        u, sine, weight, value, noise = self.rule(panels)
        measure = funk_hecke_constant(d) * weight * np.exp((d - 2) * np.log(sine))
        wanted = {int(degree): i for i, degree in enumerate(k)}
        out, rounding = np.zeros(k.shape), np.zeros(k.shape)
        top = max(wanted, default=-1)
        for degree, harmonic in enumerate(legendre_sequence(d, max(top, 0), u)):
            i = wanted.get(degree)
            if i is None:
                continue
            terms = measure * value * harmonic
            out[i] = math.fsum(terms)
            steep = np.minimum(degree * (degree + d - 2) / (d - 1), (degree + d) / sine)
            ulps = (4 + degree / 4 + (d - 2) * np.abs(np.log(sine))) * np.abs(harmonic)
            size = EPS * np.abs(value) * (ulps + steep) + noise * np.abs(harmonic)
            # Independent at the nodes, each within its bound.
            rounding[i] = 8 * math.sqrt(float(np.sum((measure * size) ** 2))) + 4 * EPS * abs(out[i])
        return out, rounding


class Deferred(Route):
    """Quadrature, of which nothing is asked, not even whether it serves, before it is needed."""

    name, together = QuadratureRoute.name, QuadratureRoute.together

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        return quadrature_route(self.kernel).values(d, k, estimate)


@functools.lru_cache(maxsize=16)
def quadrature_route(kernel: Zonal) -> QuadratureRoute:
    """The route of one kernel; its values serve every dimension. ValueError where nothing bounds their errors."""
    if math.isinf(kernel.truncation):
        raise ValueError(
            f"the eigenvalues of {kernel!r} are out of reach: inside a function of your own stands a series that is "
            "cut off, and what that does to its values is not known"
        )
    return QuadratureRoute(kernel)
