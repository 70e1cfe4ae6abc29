r"""Eigenvalues in floats of the duals of smooth activations at large variances, from their whole Hermite series.

.. math:: \mu_k = \sum_{m \ge k} b_m\, \mu_k(u^m), \qquad \mu_k(u^m) = \frac{\Gamma(\frac d2)}{\sqrt\pi}
          \frac{\Gamma(\frac{m+1}2)\, \Gamma(\frac m2 + 1)}{\Gamma(\frac{m-k}2 + 1)\, \Gamma(\frac{m+k+d}2)},

over m of the parity of k (Azevedo & Menegatto 2015, claim 10, with the duplication formula). All terms are >= 0 and
known in logarithms with their digits (`kernels.hermite_floats`), so that nothing cancels and nothing underflows. They
are analytic in m: over panels in which they change by e^{+-_CHANGE} at most, and that do not grow faster than m - k,
Gauss's rule for equidistant points (`numbers.gauss_sums`) adds them. Panels end where all have fallen by e^{-_FALLEN}.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ..kernels import hermite_floats as hermite
from ..kernels.activated import Formed
from ..kernels.smooth_duals import SmoothDual
from ..kernels.smooth_tables import first_squares
from ..kernels.sums import Node
from ..kernels.zonal import Zonal
from ..numbers.gauss_sums import float_gauss_sums
from ..sphere.power_eigenvalues import monomial_by_halves
from .closed import TimesURoute, polynomial_values
from .eigenvalue_arrays import EPS, Array, Values, unknown
from .route import Route

LARGEST_DEGREE = 20_000
_CHANGE, _FALLEN = 10.0, 60.0
_AT_ONCE, _BLOCK = 32, 64  # panels, and degrees that share them


def whole_series(kernel: Zonal) -> Route | None:
    """The route to a power of u times the dual of a smooth activation at a large variance; None for others."""
    *powers, last = kernel.as_product
    if not isinstance(last, SmoothDual) or not last.tabled or any(k.power_of_u is None for k in powers):
        return None
    route: Route = WholeSeries(last)
    for _ in range(sum(k.power_of_u or 0 for k in powers)):
        route = TimesURoute(route)
    return route


def has_whole_series(kernel: Zonal) -> bool:
    """Whether the kernel is written out as layers of smooth activations at large variances, and not very deep."""
    if isinstance(kernel, Formed) and not isinstance(kernel.known_by, Zonal):  # very deep
        return False
    if kernel.written is not kernel:
        return has_whole_series(kernel.written)
    parts = kernel._kernels() if isinstance(kernel, Node) else ()
    return whole_series(kernel) is not None or any(map(has_whole_series, parts))


class WholeSeries(Route):
    """The sum over all of the Hermite series, for degrees up to `LARGEST_DEGREE`."""

    name = "whole Hermite series"
    owns_missing = True
    together = True

    def __init__(self, kernel: SmoothDual) -> None:
        self.kernel, self.q = kernel, float(kernel.variance)

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        if k.size and (part := self.kernel.polynomial_part(int(k.flat[0]) % 2)) is not None:  # for a power of u
            return polynomial_values(part, d, k)
        unique, inverse = np.unique(k, return_inverse=True)
        log_abs = np.full(unique.size, np.nan)
        group = np.where(unique <= LARGEST_DEGREE, unique // _BLOCK * 2 + unique % 2, -1)
        for number in np.unique(group[group >= 0]):
            here = np.flatnonzero(group == number)
            low = number // 2 * _BLOCK + number % 2
            log_abs[here] = self._block(d, int(low), (unique[here] - low) // 2)
        told = ~np.isnan(log_abs)
        found = unknown(unique.size)
        with np.errstate(under="ignore"):
            columns = np.exp(log_abs), log_abs, np.ones(unique.size), EPS * (32 + 2 * np.abs(log_abs))
        for target, column in zip(found, columns, strict=True):
            target[told] = column[told]
        return Values(*(part[inverse].reshape(k.shape) for part in found))

    def _block(self, d: int, low: int, rows: Array) -> Array:
        """log mu_k for k = low + 2 rows, by numbers m that serve a whole block."""
        parts: list[Array] = []
        largest = np.full(rows.size, -math.inf)
        for m, logs in self._series(d, low):
            parts.append(self._terms(d, low, rows, m, logs))
            last = np.max(parts[-1], axis=1, initial=-math.inf)
            largest = np.maximum(largest, last)
            if np.all(last < largest - _FALLEN):
                break
        terms = np.hstack(parts)
        total: Array = largest + np.log(np.sum(np.exp(terms - largest[:, None]), axis=1))
        return total

    def _terms(self, d: int, low: int, rows: Array, m: Array, logs: Array) -> Array:
        """logs and log mu_k(u^m), in which a step from k to k + 2 is a factor (m - k)/(m + k + d)."""
        found = logs + monomial_by_halves(d).floats(np.full(m.shape, float(low)), m)[1]
        out = np.empty((rows.size, m.size))
        with np.errstate(divide="ignore"):
            for row in range(int(rows.max()) + 1):
                if row:
                    k = low + 2.0 * (row - 1)
                    found = found + np.log(np.maximum(m - k, 0.0) / (m + k + d))
                out[rows == row] = found
        return out

    def _series(self, d: int, low: int) -> Iterator[tuple[Array, Array]]:
        """Exponents m >= low of u and the logarithms of their weighted coefficients, some at a time."""
        name, q, steep = self.kernel.name, self.q, self.kernel.steep
        parity, start = (low + steep) % 2, low + steep  # of the dual's own exponents
        known = hermite.FIRST + parity
        if start < known:
            m = np.arange(start, known, 2.0)
            with np.errstate(divide="ignore"):
                yield m - steep, np.log(first_squares(name, self.kernel.variance)[start::2] * (m if steep else 1.0))
        for m, weights in self._panels(d, low, max(start, known)):
            logs = hermite.log_square(name, q, m, parity) + np.log(weights)
            yield m - steep, logs + (np.log(m) if steep else 0.0)

    def _panels(self, d: int, low: int, start: int) -> Iterator[tuple[Array, Array]]:
        """Numbers from `start` on and their weights."""
        top, rate = low + _BLOCK, hermite.decay(self.kernel.name, self.q)
        last = max(hermite.last_of(self.kernel.name, self.q), (math.sqrt(top) + _FALLEN / rate) ** 2)
        m = float(start)
        while m <= last:
            counts: list[int] = []
            starts: list[float] = []
            while len(counts) < _AT_ONCE:
                counts.append(hermite.NODES)
                if m >= top:  # else terms end in between
                    changes = (abs(math.log(m * m / ((m - k + 1) * (m + k + d)))) / 2 for k in (low, top))
                    reach = min((m - top) / 2, _CHANGE / (max(changes) + rate / math.sqrt(m)))
                    counts[-1] = max(math.floor(reach / 2), hermite.NODES)
                starts.append(m)
                m += 2 * counts[-1]
            sizes = np.array(counts, dtype=float)
            y, weights = float_gauss_sums(sizes, hermite.NODES)
            found = np.array(starts)[:, None] + (sizes - 1)[:, None] * (1 + y)
            found[sizes == hermite.NODES] = np.round(found[sizes == hermite.NODES])  # the numbers themselves
            yield found.ravel(), weights.ravel()
