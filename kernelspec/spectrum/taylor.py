"""Eigenvalues of kernels without a singularity on [-1, 1], from their Taylor series at 0.

mu_k = sum_j b_{k+2j} mu_k(u^{k+2j}) (Azevedo & Menegatto 2015; claim 10): for a kernel all terms are >= 0, so no digit
is lost. The b_i come from series arithmetic in Arb balls, at a precision raised until every coefficient that matters
has its digits.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from .. import sphere
from ..kernels.zonal import Zonal
from ..numbers.precision import at_least, cached_property, good, with_balls
from .eigenvalue_arrays import EPS, Array, Values, from_logs, unknown
from .route import Route

LARGEST_DEGREE = 4000
WEAK = 1e-11  # a value with this relative error is computed again, by the series or in another way
_MOST_TERMS, _MOST_DIGITS = 8192, 20_000
_FEW_TERMS, _FEW_DIGITS = 1024, 480
_DIGITS = 30  # of coefficients, to begin with
_PRECISION = 96  # bits, of logarithms


class TaylorRoute(Route):
    """Taylor coefficients of one kernel, extended on demand; beyond LARGEST_DEGREE a proved bound (`Values`).

    Source: Azevedo & Menegatto 2015 (claim 10).
    """

    name = "Taylor series"

    def __init__(self, kernel: Zonal, most_terms: int = _MOST_TERMS, most_digits: int = _MOST_DIGITS) -> None:
        self.kernel = kernel
        self._most_terms, self._most_digits = most_terms, most_digits
        # A series of one sign is singular at its radius, on the real axis (Pringsheim).
        self._geometric = kernel.radius > 1 or kernel.series_sign != 0 and not kernel.singular
        self._digits = _DIGITS  # that coefficients have needed so far: longer series need no fewer
        self._signs: Array = np.zeros(0)
        self._logs: Array = np.zeros(0)

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        low = k <= LARGEST_DEGREE
        sign, log_abs, error = np.zeros(k.shape), np.full(k.shape, -np.inf), np.zeros(k.shape)
        for i in zip(*np.nonzero(low), strict=True):
            sign[i], log_abs[i], error[i] = self._one(d, int(k[i]))
        return beyond(self.kernel, d, k, from_logs(sign, log_abs, error))

    def _one(self, d: int, k: int) -> tuple[float, float, float]:
        terms = 48
        while True:
            m = np.arange(k, k + 2 * terms, 2)
            self._extend(int(m[-1]) + 1)
            logs = self._logs[m] + sphere.log_monomial_eigenvalue(d, m, np.full_like(m, k))
            scale = float(logs.max())
            if scale == -math.inf:
                return 0.0, -math.inf, 0.0
            parts = self._signs[m] * np.exp(logs - scale)
            total, size = float(parts.sum()), float(np.abs(parts).sum())
            if self._geometric:
                log_tail = self._log_beyond(d, k, int(m[-1]) + 2)
            else:
                log_tail = float(self._logs[m[terms // 2 :]].max()) + _log_rest(d, k, terms)
            tail = math.exp(min(log_tail - scale, 700.0))
            if tail <= 1e-18 * size:
                break
            if terms >= self._most_terms:
                raise ValueError(f"the Taylor series of {self.kernel!r} converges too slowly at degree {k}")
            terms *= 2
        if total == 0:
            return 0.0, -math.inf, 0.0
        log_abs = scale + math.log(abs(total))
        counts = np.abs(parts) > EPS * size
        error = (12 * EPS + EPS * float(np.max(np.abs(logs[counts])))) * size / abs(total)
        return math.copysign(1.0, total), log_abs, error

    def _log_beyond(self, d: int, k: int, m: int) -> float:
        """The logarithm of a bound of sum_{i >= m} b_i mu_k(u^i), over one parity of i, by |b_i| <= M(r) r^{-i}.

        M(r) is |kappa(r)| for coefficients of one sign, and bounds sum_i |b_i| r^i. Else it is the largest |kappa| that
        is seen on the circle, and the terms add up as a geometric series. The ratio of two mu_k(u^i) falls as long as
        it is above 1, and stays below 1 from then on.
        """
        log_r, log_sizes = self._discs
        ratio = (m + 1.0) * (m + 2) / ((m - k + 2.0) * (m + k + d))
        fall = 2 * log_r - max(math.log(ratio), 0.0)
        here = fall > 0
        if not here.any():
            return math.inf
        bounds = log_sizes[here] - m * log_r[here]
        if not self.kernel.series_sign:
            bounds = bounds - np.log(-np.expm1(-fall[here]))
        least = float(np.min(bounds))
        return least + float(sphere.log_monomial_eigenvalue(d, np.array([m]), np.array([k]))[0])

    @cached_property
    def _discs(self) -> tuple[Array, Array]:
        """log r and log |kappa(r)| for some discs in which kappa is analytic."""
        from .circle import circle_route, sampled_discs

        kernel, sign = self.kernel, self.kernel.series_sign
        eta, log_sizes = circle_route(kernel if sign == 1 else -kernel).discs if sign else sampled_discs(kernel)
        return np.log1p(2 * np.sinh(eta / 2) ** 2), log_sizes

    @with_balls
    def _extend(self, length: int) -> None:
        if length <= len(self._logs):
            return
        length = max(length, 128, len(self._logs) * 2)

        def read(digits: int) -> list[tuple[Any, bool]]:
            return [(b, _is_zero(b, digits)) for b in self.kernel.taylor(length, digits)]

        found = good(read, _are_told, self._digits, self._most_digits)
        if not found.good:
            raise ValueError(f"the Taylor coefficients of {self.kernel!r} lose too many digits")
        self._digits = found.precision
        signs, logs = [], []
        for b, is_zero in found.value:
            positive = float((b > 0) - (b < 0)) if not is_zero else 0.0
            signs.append(positive)
            logs.append(_log_abs(b) if positive else -math.inf)
        self._signs, self._logs = np.array(signs), np.array(logs)


def beyond(kernel: Zonal, d: int, k: Array, found: Values) -> Values:
    """The values, beyond LARGEST_DEGREE a proved bound."""
    high = k > LARGEST_DEGREE
    if high.any():
        from .analytic_bound import log_bound

        found.log_abs[high], found.error[high] = log_bound(kernel, d, k[high]), 1.0
    return found


@functools.lru_cache(maxsize=64)
def _short_route(kernel: Zonal) -> TaylorRoute:
    return TaylorRoute(kernel, _FEW_TERMS, _FEW_DIGITS)


class FastTaylorRoute(Route):
    """The Taylor series of any kernel, for the degrees at which it falls to nothing within 1024 terms."""

    name = TaylorRoute.name

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        out = np.array(unknown(k.size))
        route = _short_route(self.kernel)
        for i, degree in enumerate(k):
            if degree > LARGEST_DEGREE or not falls(d, degree, _FEW_TERMS):
                continue
            try:
                found = route.values(d, np.array([degree]))
            except ValueError:
                break  # too many digits are lost
            out[:, i] = [part[0] for part in found]
        out[3][out[2] == 0] = np.inf
        return Values(*out)


def falls(d: int, k: Array, terms: int) -> Any:
    """Whether mu_k(u^m) falls to nothing within `terms` Taylor coefficients, whatever these are, for each degree k."""
    k = np.asarray(k)[..., None]
    m = k + 2 * np.unique(np.geomspace(1, terms, 40).astype(int))
    logs = np.asarray(sphere.log_monomial_eigenvalue(d, m, np.broadcast_to(k, m.shape)))
    return logs[..., -1] < logs.max(axis=-1) - 28


def _log_rest(d: int, k: int, j: int) -> float:
    """The logarithm of a bound of mu_k(u^m) summed over m = k+2j, k+2j+2, ...; infinite where it has not begun to fall.

    The ratio of two neighbours is 1 - s/j with s(j) that grows to (d-1)/2, so that the sum is at most j/(s-1) times
    its first term.
    """
    ratio = (j + k / 2 + 0.5) * (j + k / 2 + 1) / ((j + 1) * (j + k + d / 2))
    s = j * (1 - ratio)
    if s <= 1.5:
        return math.inf
    m = k + 2 * j
    first = float(sphere.log_monomial_eigenvalue(d, np.array([m]), np.array([k]))[0])
    return math.log(j / (s - 1)) + first


def _is_zero(ball: Any, digits: int) -> bool:
    """Whether a coefficient is 0, or too small to matter next to b_0 at this precision."""
    return bool(ball.contains(0) and abs(ball) < 10.0 ** (-min(digits, 300)) and digits >= 240) or ball == 0


def _are_told(coefficients: list[tuple[Any, bool]]) -> bool:
    """Whether each coefficient is accurate to 64 bits, or is 0."""
    return all(is_zero or b.rel_accuracy_bits() > 64 for b, is_zero in coefficients)


def _log_abs(ball: Any) -> float:
    with at_least(_PRECISION):
        return float(abs(ball).log())
