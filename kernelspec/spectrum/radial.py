r"""Eigenvalues of the dual kernels of piecewise smooth activations, as integrals of squares.

A Gaussian vector in R^d is R omega, omega uniform on the sphere, R of density rho(R) ~ R^{d-1} e^{-R^2/2}. So

.. math:: \kappa(x\cdot y) = E[f(R\,\omega\cdot x) f(R\,\omega\cdot y)], \qquad
   \mu_k = \int_0^\infty \lambda_k(R)^2 \rho(R)\,dR, \qquad \lambda_k(R) = c_d\int_{-1}^1 f(Rt) P_k(t) w_d(t)\,dt,

w_d = (1-t^2)^{(d-3)/2}, by the formula of Funk and Hecke (Bietti & Bach 2021, Appendix A; claim 6) for each R: a sum of
squares, in which nothing cancels. By Rodrigues' formula P_k^{(d)} w_d = -(w_{d+2} P_{k-1}^{(d+2)})' / (d-1), so that by
parts, n times,

.. math:: \lambda_k(R) = c_d \sum_{s<n} \frac{R^s}{(d-1)(d+1)\cdots(d+2s-1)} \sum_j J_j^{(s)}
   w_{d+2s+2}(t_j)\, P_{k-s-1}^{(d+2s+2)}(t_j) + \frac{c_d R^n}{(d-1)\cdots(d+2n-3)}
   \int f_n(Rt)\, P_{k-n}^{(d+2n)}(t)\, w_{d+2n}(t)\,dt

with the jumps J_j^{(s)} of the s-th derivative at x_j = R t_j, |t_j| < 1. For a piecewise polynomial the last integral
is 0 from n = degree + 1 on; for exponential pieces it falls like (beta R/k)^n: for large k it is left out, and bounded,
for small k it is computed.

The outer integral: between the |x_j|, in v = sqrt(R - |x_j|), in which the integrand is smooth, on panels short enough
for the phase 2k arccos(x/R) and for rho. Beyond `LARGEST` the expansion in k takes over; for exponential pieces in high
dimensions, where the first terms are all of it, the Taylor series at 0 (Azevedo & Menegatto 2015; claim 10), whose
terms are squares, too.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from .. import sphere
from ..kernels.activations import Activation, as_float
from ..kernels.piecewise import dual_of
from ..kernels.zonal import Zonal
from .eigenvalue_arrays import EPS, Array, Values, from_logs
from .radial_rules import cosine_power, inner_rule, log_density, radii
from .route import Route
from .taylor import TaylorRoute, falls

LARGEST = 4000
_LEVELS = 40  # by parts, for exponential pieces
_TERMS = (10, 8)
_ORDINARY = 1e-280  # below it logarithms are added
_LOST = 1e-6
_TAYLOR_TERMS = 128
_DENSITY = 4  # rho is known to this times EPS sqrt(d) where its mass is


class _Term(NamedTuple):
    """The part of lambda_k of one order s and one |x|: jumps at x and at -x."""

    order: int
    x: float
    right: float
    left: float


class RadialRoute(Route):
    """The eigenvalues of one piecewise dual."""

    name = "radial integral"

    def __init__(self, kernel: Zonal) -> None:
        activation = kernel.kinked_activation
        assert activation is not None
        self.kernel, self.activation = kernel, activation
        levels = [self.activation]
        while len(levels) <= _LEVELS and not levels[-1].is_zero:
            levels.append(levels[-1].derivative())
        self.levels = levels
        self._taylor = TaylorRoute(kernel, _TAYLOR_TERMS)
        self.terms = [term for s, level in enumerate(levels) for term in _terms_of(s, level)]

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        sign, log_abs, error = np.ones(k.shape), np.zeros(k.shape), np.zeros(k.shape)
        low = self._by_parts_from(d)
        by_taylor = np.zeros(k.shape, dtype=bool)
        if not self.activation.polynomial:
            by_taylor = (k < low) & falls(d, k, _TAYLOR_TERMS)
        for chosen, route in (
            (by_taylor, self._series),
            ((k < low) & ~by_taylor, self._small),
            ((k >= low) & (k <= max(LARGEST, low)), self._middle),
            (k > max(LARGEST, low), self._large),
        ):
            if chosen.any():
                unique, inverse = np.unique(k[chosen], return_inverse=True)
                found, doubt = route(d, unique)
                log_abs[chosen], error[chosen] = found[inverse], doubt[inverse]
        return from_logs(sign, log_abs, error + _DENSITY * EPS * math.sqrt(d))

    def _by_parts_from(self, d: int) -> int:
        """From which degree on the sum over jumps is all of lambda_k to rounding."""
        if self.activation.polynomial:
            return len(self.levels) - 1
        return max(_LEVELS, math.ceil(4 * self._ratio(d)))

    def _ratio(self, d: int) -> float:
        """beta R, R where the mass is: over k, by how much each order of jumps is smaller than the one before."""
        rate = float(self.activation.largest_rate)
        return rate * (math.sqrt(d) + 8 + rate)

    def _orders(self, d: int, k: int) -> int:
        """How many orders of jumps beyond the first one matter at degree k."""
        if self.activation.polynomial:
            return _LEVELS
        return min(_LEVELS, 2 + math.ceil(42 / math.log(k / self._ratio(d))))

    # -- the four ranges -----------------------------------------------------------------------------------------

    def _series(self, d: int, degrees: Array) -> tuple[Array, Array]:
        """The Taylor series; where that falls too slowly after all, as its own coefficients do not help, `_small`."""
        found = []
        for k in degrees:
            try:
                one = self._taylor.values(d, np.array([k]))
                found.append((one.log_abs[0], one.error[0]))
            except ValueError:
                found.append(tuple(part[0] for part in self._small(d, np.array([k]))))
        log_abs, error = np.array(found).T
        return log_abs, error

    def _middle(self, d: int, degrees: Array) -> tuple[Array, Array]:
        """The sum over jumps, degree by degree along the recurrence of the orthonormal polynomials."""
        out, condition = np.zeros(degrees.size), np.zeros(degrees.size)
        for low, high in _blocks(degrees):
            block = np.flatnonzero((degrees >= low) & (degrees < high))
            if block.size:
                nodes = radii(self._points, d, int(degrees[block].max()), 0.0)
                out[block], condition[block] = self._sums(d, degrees[block], *nodes)
        return out, EPS * ((64 + 2 * degrees) * condition + np.abs(out) / 8)

    @property
    def _points(self) -> list[float]:
        return sorted({abs(float(x)) for x in self.activation.breaks})

    def _sums(self, d: int, degrees: Array, radius: Array, weight: Array) -> tuple[Array, Array]:
        """log mu_k from the sum over jumps, and by how much its terms cancel."""
        half = log_density(d, radius) / 2 + np.log(weight) / 2
        first = min(term.order for term in self.terms)
        norms = np.asarray(sphere.log_multiplicity(d + 2 * first + 2, degrees - first - 1))
        last = first + self._orders(d, int(degrees.min()))
        kept = [t for t in self.terms if t.order <= last]
        parts = [_Part(t, d, first, half, radius, degrees) for t in kept]
        wanted = {int(k): i for i, k in enumerate(degrees)}
        out, condition = np.zeros(degrees.size), np.ones(degrees.size)
        for k in range(int(degrees.max()) + 1):
            for part in parts:
                part.advance(k)
            if k in wanted:
                here = [part for part in parts if part.counts(k)]
                reference = max((part.reference for part in here), default=0.0)
                total, size = np.zeros(radius.size), np.zeros(radius.size)
                for part in here:
                    amplitude = part.amplitude(k, reference)
                    total, size = total + amplitude, size + np.abs(amplitude)
                log_n = float(norms[wanted[k]])
                square = float(np.sum(total * total))
                # No square is 0 but by underflow: a parity that vanishes never comes here.
                out[wanted[k]] = math.log(square) + 2 * reference - log_n if square else math.nan
                with np.errstate(divide="ignore", invalid="ignore"):
                    condition[wanted[k]] = np.sum(np.abs(total) * size) / square
        mass = math.log(sphere.funk_hecke_constant(d))
        return out - 2 * _log_product(d, first + 1) + 2 * mass, condition

    def _small(self, d: int, degrees: Array) -> tuple[Array, Array]:
        """By parts as often as k and the kinks allow, and the integral that is left by quadrature."""
        out, error = np.zeros(degrees.size), np.zeros(degrees.size)
        first = min(term.order for term in self.terms)
        growth = float(self.activation.largest_rate)
        radius, weight = radii(sorted({0.0, *self._points}), d, int(degrees.max()), growth)
        density = np.exp(log_density(d, radius)) * weight
        for i, k in enumerate(degrees):
            n = min(int(k), first + 1)
            value, size = self._coefficient(d, int(k), n, radius)
            mu = float(np.sum(density * value * value))
            out[i] = math.log(mu)
            spread = float(np.sum(density * np.abs(value) * size))
            error[i] = EPS * (64 + 16 * spread / mu)
        return out, error

    def _coefficient(self, d: int, k: int, n: int, radius: Array) -> tuple[Array, Array]:
        """lambda_k(R), and the size of what was added up."""
        scale = sphere.funk_hecke_constant(d)
        total, size = np.zeros(radius.size), np.zeros(radius.size)
        for term in self.terms:
            s = term.order
            if s < n:
                factor = scale * math.exp(-_log_product(d, s + 1))
                for x, jump in ((term.x, term.right), (-term.x, term.left)):
                    t = np.clip(x / radius, -1, 1)
                    part = factor * jump * radius**s * cosine_power(t, np.sqrt(1 - t * t), 2 * s + d - 1)
                    part = part * sphere.legendre(d + 2 * s + 2, k - s - 1, t) * (np.abs(t) < 1)
                    total, size = total + part, size + np.abs(part)
        factor = scale * math.exp(-_log_product(d, n))
        level = self.levels[n]
        if level.is_zero:
            return total, size
        angle, weight, piece = inner_rule(self.activation, radius, k, d + 2 * n - 2)
        t = np.sin(angle)
        # w_{d+2n}(t) dt = cos^{d+2n-2} of the angle.
        weight = weight * cosine_power(t, np.cos(angle), d + 2 * n - 2) * sphere.legendre(d + 2 * n, k - n, t)
        values = _evaluate(level, radius[:, None] * t, piece)
        part = factor * radius**n * np.sum(values * weight, axis=1)
        spread = factor * radius**n * np.sum(np.abs(values * weight), axis=1)
        return total + part, size + spread

    def _large(self, d: int, degrees: Array) -> tuple[Array, Array]:
        """The expansion in k of the even or odd part of f, where kinks whose jumps cancel at these degrees are none.

        Its error is what two more terms change, and what pairs of kinks add beyond it.
        """
        out, error = np.zeros(degrees.size), np.zeros(degrees.size)
        for parity in (0, 1):
            here = degrees % 2 == parity
            if here.any():
                out[here], error[here] = self._expansion(d, degrees[here], self.activation.part(parity))
        return out, error

    def _expansion(self, d: int, degrees: Array, part: Activation) -> tuple[Array, Array]:
        """That of the dual of `part`."""
        from .asymptotic import asymptotic

        if not part.breaks:  # of f the other part has all kinks: these eigenvalues fall faster than any power of k
            return np.full(degrees.size, -np.inf), np.full(degrees.size, np.inf)
        kernel = dual_of(part)
        found = [asymptotic(kernel, d, degrees, terms) for terms in _TERMS]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs, fewer = (np.where(v.value > _ORDINARY, np.log(np.abs(v.value)), v.log_abs) for v in found)
            error = 4 * np.abs(np.expm1(fewer - logs)) + np.maximum(64 * EPS, found[0].error)
        # A pair of kinks x != y adds e^{-3/4 (k |x-y|)^{2/3}}: the saddle point of i k psi - (x-y)^2/(2 psi^2).
        gaps = [abs(x - y) for x in part.breaks for y in part.breaks]
        gap = float(min((g for g in gaps if g), default=Fraction(0)))
        if gap:
            with np.errstate(over="ignore", under="ignore"):
                flat = np.exp((d + 4) * np.log(degrees) - 0.7 * (degrees * gap) ** (2 / 3))
            error = error + flat
        bad = ~(error < _LOST) | (found[0].sign <= 0) | (found[1].sign <= 0)
        if bad.any():
            raise ValueError(
                f"mu_k of {self.kernel!r} on S^{d - 1} is computed up to k = {LARGEST}, and beyond by its "
                f"expansion, which has not the digits at k = {int(degrees[bad][0])}"
            )
        return logs, error


@functools.lru_cache(maxsize=256)
def radial_route(kernel: Zonal) -> RadialRoute:
    """The route of one kernel; its jumps serve every dimension."""
    return RadialRoute(kernel)


class _Part:
    """One term along the recurrence: orthonormal polynomials p_j, j = k - s - 1, of dimension D = d + 2s + 2."""

    def __init__(self, term: _Term, d: int, first: int, half: Array, radius: Array, degrees: Array) -> None:
        self.term, self.order = term, term.order
        self.dimension = d + 2 * term.order + 2
        # What this order has in place of the first one: products, and the norms of the polynomials.
        logs = np.full(degrees.size, _log_product(d, first + 1) - _log_product(d, term.order + 1))
        later = degrees > term.order
        j = degrees[later] - term.order - 1
        logs[later] -= np.asarray(sphere.log_multiplicity(self.dimension, j)) / 2
        leading = sphere.log_multiplicity(d + 2 * first + 2, degrees[later] - first - 1)
        logs[later] += np.asarray(leading) / 2
        self.logs = dict(zip(degrees.tolist(), logs.tolist(), strict=True))
        inside = radius > term.x
        cosine = np.where(inside, term.x / radius, 0.0)
        # 1 - t^2 from R - x, which the nodes know well; where t is small, from t^2.
        square = np.where(inside, (radius - term.x) * (radius + term.x) / radius**2, 1.0)
        small = cosine * cosine < 0.5
        log_square = np.where(small, np.log1p(-(np.where(small, cosine, 0.0) ** 2)), np.log(square))
        power = term.order + (d - 1) / 2
        self.t = cosine
        with np.errstate(divide="ignore"):
            self.log_size = np.where(inside, half + term.order * np.log(radius) + power * log_square, -np.inf)
        self.before, self.now = np.zeros(radius.size), np.ones(radius.size)
        self.scale = np.zeros(radius.size)
        self.degree = 0
        self._rescale()

    def _rescale(self) -> None:
        size = np.maximum(np.abs(self.before), np.abs(self.now))
        large = size > 1e100
        if self.degree == 0 or large.any():
            factor = np.where(large, size, 1.0)
            self.before, self.now = self.before / factor, self.now / factor
            self.scale = self.scale + np.log(factor)
            total = self.log_size + self.scale
            self.reference = float(total.max())
            self._factor = np.exp(total - self.reference)

    def advance(self, k: int) -> None:
        """Go on to p_{k - s - 1}."""
        while self.degree < k - self.order - 1:
            j, lam = self.degree, self.dimension / 2 - 1
            above = math.sqrt((j + 1) * (j + 2 * lam) / (4 * (j + 1 + lam) * (j + lam)))
            below = math.sqrt(j * (j - 1 + 2 * lam) / (4 * (j + lam) * (j - 1 + lam))) if j else 0.0
            self.before, self.now = self.now, (self.t * self.now - below * self.before) / above
            self.degree += 1
            if self.degree % 16 == 0:
                self._rescale()

    @property
    def _jump(self) -> float:
        return self.term.right + (-1) ** self.degree * self.term.left

    def counts(self, k: int) -> bool:
        """Whether the term is not 0: others may be smaller than any float next to what it is at other degrees."""
        return k > self.order and bool(self._jump) and bool(np.any(self.now))

    def amplitude(self, k: int, reference: float) -> Array:
        """The term over e^reference and what `_sums` takes out."""
        scale = math.exp(self.logs[k] + self.reference - reference)
        return self._jump * scale * self._factor * self.now


def _terms_of(s: int, level: Activation) -> list[_Term]:
    jumps = {x: as_float(level.jump(x)) for x in level.breaks if level.jump(x)}
    out = []
    for x in sorted({abs(x) for x in jumps}):
        left = jumps.get(-x, 0.0) if x else 0.0
        out.append(_Term(s, float(x), jumps.get(x, 0.0), left))
    return out


def _blocks(degrees: Array) -> list[tuple[int, int]]:
    edges = [0, 64, 256, 1024, 1 << 62]
    return list(zip(edges, edges[1:], strict=False))


def _log_product(d: int, n: int) -> float:
    """log of (d-1)(d+1)...(d+2n-3)."""
    return math.fsum(math.log(d - 1 + 2 * i) for i in range(n))


def _evaluate(level: Activation, x: Array, piece: Array) -> Array:
    """The pieces at x, column by column."""
    out = np.zeros(x.shape)
    for i, terms in enumerate(level.terms):
        columns = piece == i
        at = x[:, columns]
        for (m, beta), c in terms.items():
            out[:, columns] += float(c) * at**m * np.exp(float(beta) * at)
    return out
