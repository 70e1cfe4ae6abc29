r"""Duals by Hermite series at each variance: polynomials exactly, smooth functions to a stated error.

.. math:: \varphi(s z) = \sum_k \alpha_k(s)\, h_k(z), \qquad
   E[\varphi(a) \varphi(b)] = \sum_k \alpha_k(s) \alpha_k(t) u^k, \qquad
   E[\varphi'(a) \varphi'(b)] = \sum_k k\, \frac{\alpha_k(s) \alpha_k(t)}{s t} u^{k-1}

with the normalised Hermite polynomials h_k (Mehler; claim 10). All of |alpha| is a vector for each variance, so a pair
costs a multiplication for each term. With the unit vectors a, b along alpha(s), alpha(t)

.. math:: 1 - \rho = \frac{|a - b|^2}{2} + \sum_k a_k b_k (1 - u^k) .

For a function, alpha_k is taken by the trapezoidal rule, which converges exponentially for analytic ones (Trefethen &
Weideman 2014); as many terms are kept as leave less than `_WANTED` of E phi'(a)^2 s^2. One that needs more than `_MOST`
is no case for a series (`conditional`), nor is one that is cut off at the ends of the range.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...kernels.hermite import moment
from ...kernels.points import Point
from ...numbers.checks import FloatArray
from ...numbers.user_functions import finite
from .dual import Dual, point_of

_WANTED = 1e-16
_MOST = 1024
_RANGE = 20.0  # e^{-20^2/2} = 1e-87, for functions that grow
_FINEST = 128  # nodes to a unit
_TINY = 1e-6  # the deviation at which a slope is read where it is smaller, or 0


class Series(Dual):
    """A dual with coefficients alpha(s)."""

    reach = 2.0

    def coefficients(self, s: Any) -> FloatArray:
        """alpha_k(s), shape (*s.shape, terms)."""
        raise NotImplementedError

    def deviation(self, s: Any) -> Any:
        alpha = self.coefficients(s)
        return np.sqrt(np.sum(alpha * alpha, axis=-1))

    def value(self, s: Any, t: Any, point: Point) -> Any:
        return power_sum(self.coefficients(s), self.coefficients(t), point.u)

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        first, second = (self._risen(np.maximum(x, _TINY)) for x in (s, t))
        return power_sum(first, second, point.u)

    def _risen(self, s: Any) -> FloatArray:
        """The coefficients of phi'(s z): k^{1/2} alpha_k / s one place lower."""
        alpha = self.coefficients(s)
        found = alpha[..., 1:] * np.sqrt(np.arange(1, alpha.shape[-1])) / s[..., None]
        return found if found.shape[-1] else np.zeros((*s.shape, 1))

    def next(self, s: Any, t: Any, above: Any, beside: Any, point: Point, fine: bool = True) -> Point:
        first, second = (_unit(self.coefficients(x), size) for x, size in ((s, above), (t, beside)))
        found = point_of(power_sum(first, second, point.u))
        return self._refined(found, s, t, point) if fine else found

    def defect(self, s: Any, t: Any, point: Point) -> Any:
        first, second = (_unit(self.coefficients(x), self.deviation(x)) for x in (s, t))
        total = np.sum((first - second) ** 2, axis=-1) / 2
        gap, power = np.zeros_like(point.u), np.ones_like(point.u)
        for k in range(1, first.shape[-1]):
            gap = gap + power * point.delta  # 1 - u^k
            power = power * point.u
            total = total + first[..., k] * second[..., k] * gap
        return np.maximum(total, 0.0)


def _unit(alpha: FloatArray, size: Any) -> FloatArray:
    return np.divide(alpha, size[..., None], out=np.zeros_like(alpha), where=size[..., None] != 0)


def power_sum(first: FloatArray, second: FloatArray, u: Any) -> Any:
    """sum_k first_k second_k u^k, by Horner's rule in place."""
    terms = first.shape[-1]
    total = np.zeros(np.broadcast_shapes(first.shape[:-1], second.shape[:-1], u.shape))
    for k in range(terms - 1, -1, -1):
        total *= u
        total += first[..., k] * second[..., k]
    return total


class Polynomial(Series):
    """coefficients[0] + coefficients[1] x + ..., with an exact expansion at every variance."""

    def __init__(self, coefficients: Sequence[float] | FloatArray) -> None:
        self.powers = np.array(coefficients, dtype=float)
        count = range(len(self.powers))
        self.table = np.array(
            [[moment(m, k) / math.sqrt(math.factorial(k)) for k in count] for m in count]
        )  # E z^m h_k
        self.rate = 0.0
        if np.count_nonzero(self.powers) == 1:
            self.degree = int(np.flatnonzero(self.powers)[0])
        self.odd, self.even = not self.powers[::2].any(), not self.powers[1::2].any()
        self.rising = None if len(self.powers) < 2 else Polynomial(self.powers[1:] * np.arange(1, len(self.powers)))

    def coefficients(self, s: Any) -> FloatArray:
        scaled = self.powers * np.asarray(s)[..., None] ** np.arange(len(self.powers))
        found: FloatArray = scaled @ self.table
        return found

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        if self.rising is None:
            return np.zeros(np.broadcast_shapes(np.shape(s), np.shape(t), point.u.shape))
        return self.rising.value(s, t, point)


class Smooth(Series):
    """A function whose series converges; `series_of` says whether it does at a deviation."""

    def __init__(self, function: Callable[[Any], Any], largest: float) -> None:
        self.function = function
        found = _rule(function, largest)
        if found is None:
            raise ValueError("the Hermite series converges too slowly")
        self.terms, self.nodes = found

    def coefficients(self, s: Any) -> FloatArray:
        return _coefficients(self.function, np.asarray(s, dtype=float), self.terms, self.nodes)


def series_of(function: Callable[[Any], Any], largest: float) -> Smooth | None:
    """The series for deviations up to the largest, where one converges; its rule is that of the next power of 2."""
    bucket = 2.0 ** math.ceil(math.log2(max(largest, 2.0**-10)))
    return Smooth(function, bucket) if _rule(function, bucket) else None


@functools.lru_cache(maxsize=256)
def _rule(function: Callable[[Any], Any], s: float) -> tuple[int, int] | None:
    """How many terms, and nodes to a unit, the function needs at the deviation s; None where it is too many."""
    nodes, before = 8, None
    while nodes <= _FINEST:
        alpha = _coefficients(function, np.array([s]), _MOST, nodes)[0]
        if before is not None:
            with np.errstate(all="ignore"):  # what is not finite is no case for a series
                size, change = (float(np.linalg.norm(each)) for each in (alpha, alpha - before))
            if change <= 1e-14 * size < math.inf:
                return _terms(alpha, nodes)
        nodes, before = 2 * nodes, alpha
    return None


def _terms(alpha: FloatArray, nodes: int) -> tuple[int, int] | None:
    """As many terms as leave too little; what is beyond the last falls as the last two octaves do, at least."""
    energy = np.arange(len(alpha)) * alpha**2
    total, half, quarter = (float(energy[k:].sum()) for k in (0, _MOST // 2, _MOST // 4))
    beyond = half * half / quarter if quarter > 0 else 0.0
    if beyond > _WANTED * total:
        return None
    after = np.cumsum(energy[::-1])[::-1] + beyond  # from k on
    terms = int(np.argmax(after <= _WANTED * total)) if after[-1] <= _WANTED * total else _MOST
    return max(terms, 2), nodes


def _coefficients(function: Callable[[Any], Any], s: FloatArray, terms: int, nodes: int) -> FloatArray:
    x, table = _table(terms, nodes)
    each, back = np.unique(s, return_inverse=True)
    found = finite(function, "the activation", each[:, None] * x) @ table
    return found[back.reshape(s.shape)]


@functools.lru_cache(maxsize=8)
def _table(terms: int, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Nodes, and the weights times h_k there, shape (nodes, terms)."""
    x = np.arange(-int(_RANGE * nodes), int(_RANGE * nodes) + 1) / nodes
    table = np.empty((len(x), terms))
    # e^{-x^2/4} h_k is bounded
    before, now = np.zeros_like(x), np.exp(-x * x / 4)
    for k in range(terms):
        table[:, k] = now
        before, now = now, (x * now - math.sqrt(k) * before) / math.sqrt(k + 1)
    table *= (np.exp(-x * x / 4) / (math.sqrt(2 * math.pi) * nodes))[:, None]
    return x, table
