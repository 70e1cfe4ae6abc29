r"""Duals by Hermite series at each variance: polynomials exactly, smooth functions to a stated error.

.. math:: \varphi(s z) = \sum_k \alpha_k(s)\, h_k(z), \qquad
   E[\varphi(a) \varphi(b)] = \sum_k \alpha_k(s) \alpha_k(t) u^k, \qquad
   E[\varphi'(a) \varphi'(b)] = \sum_k k\, \frac{\alpha_k(s) \alpha_k(t)}{s t} u^{k-1}

with the normalised Hermite polynomials h_k (Mehler; claim 10). All of |alpha| is a vector for each variance, so a pair
costs a multiplication for each term. With the unit vectors a, b along alpha(s), alpha(t)

.. math:: 1 - \rho = \frac{|a - b|^2}{2} + \sum_k a_k b_k (1 - u^k) .

Pairs of |u| <= v need the terms up to v^k = 1e-17 alone, as |sum_{l >= k} alpha_l(s) alpha_l(t) u^l| <= v^k S T by
Cauchy-Schwarz, and a map with itself none: it has S^2.

For a function, alpha_k and S are taken by the trapezoidal rule, which converges exponentially for analytic ones
(Trefethen & Weideman 2014); as many terms are kept as leave less than `_WANTED` of E phi'(a)^2 s^2. One that needs more
than `_MOST` is no case for a series (`conditional`), nor is one that is cut off at the ends of the range.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...kernels.hermite import moment
from ...kernels.points import Point
from ...numbers.checks import FloatArray
from ...numbers.user_functions import finite
from ..remembered import once, shared
from .dual import Dual, point_of

_WANTED = 1e-16
_MOST = 1024
_RANGE = 20  # e^{-20^2/2} = 1e-87, for functions that grow
_FINEST = 128  # nodes to a unit
_ROUNDING = 2e-15  # by what two rules differ that both have all digits
_BEYOND = 1e-22
_LEFT = math.log(1e-17)  # of S T, by terms that are left out
_FAR = 0.75  # |u| from which on pairs have all terms
_FEW = math.ceil(_LEFT / math.log(_FAR))  # how many the others need
_BUCKETS = 4  # deviations to an octave, at which rules are made
_KEPT = 2**20  # numbers of a table that is remembered
_AT_ONCE = 2**8  # deviations
_PIECE = 2**13  # pairs, which stay in the cache
_SEEN = np.linspace(-3.0, 3.4, 22)  # deviations
_TINY = 1e-6  # the deviation at which a slope is read where it is smaller, or 0


class Rows(NamedTuple):
    """Vectors alpha of the entries of an array: those of distinct entries, (terms, distinct), and which each has."""

    table: FloatArray
    at: Any


def terms_for(u: Any) -> int:
    """How many terms of any series leave 1e-17 of S T at these u."""
    largest = max(float(np.max(np.abs(u), initial=0.0)), 0.1)
    return math.ceil(_LEFT / min(math.log(largest), -1e-9))


def distinct(s: Any) -> tuple[Any, Any]:
    """The distinct entries of an array, and which of them each is."""
    each, back = np.unique(s, return_inverse=True)
    return shared(each, s), back.reshape(np.shape(s))


class Series(Dual):
    """A dual with coefficients alpha(s), so many at most."""

    reach = 2.0
    terms: int

    def coefficients(self, s: FloatArray, terms: int) -> FloatArray:
        """alpha_k(s) for the first k, shape (terms, len(s))."""
        raise NotImplementedError

    def sizes(self, s: FloatArray) -> FloatArray:
        """(E phi(a)^2)^{1/2}, for s in one row."""
        alpha = self.coefficients(s, self.terms)
        return np.sqrt(np.sum(alpha * alpha, axis=0))

    def deviation(self, s: Any) -> Any:
        each, back = once(distinct, s)
        return once(self.sizes, each)[back]

    def value(self, s: Any, t: Any, point: Point) -> Any:
        return self._sum(s, t, point, False)

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        first, second = (once(np.maximum, x, _TINY) for x in (s, t))
        return self._risen.value(first, second, point)

    @functools.cached_property
    def _risen(self) -> Risen:
        return Risen(self)

    def _unit(self, s: FloatArray, terms: int) -> FloatArray:
        """The same over S, 0 where that is."""
        alpha, size = self.coefficients(s, terms), once(self.sizes, s)
        return np.divide(alpha, size, out=np.zeros_like(alpha), where=size != 0)

    def _rows(self, s: Any, terms: int, unit: bool) -> Rows:
        each, back = once(distinct, s)
        make = self._unit if unit else self.coefficients
        return Rows(once(make, each, terms) if each.size * terms <= _KEPT else make(each, terms), back)

    def _sum(self, s: Any, t: Any, point: Point, unit: bool) -> Any:
        """E[phi(a) phi(b)], over S T with `unit`."""
        shape = np.broadcast_shapes(np.shape(s), np.shape(t), point.u.shape)
        same = np.broadcast_to((point.delta == 0) & (s == t), shape)
        far = np.broadcast_to(np.abs(point.u) > _FAR, shape) & ~same
        if self.terms <= _FEW or 2 * np.count_nonzero(far) > far.size:
            far = np.zeros_like(far)
        others = same | far
        u = np.where(others, 0.0, point.u) if others.any() else point.u
        terms = min(self.terms, terms_for(u))
        found = power_sum(self._rows(s, terms, unit), self._rows(t, terms, unit), u)
        if far.any():
            where = np.nonzero(far)
            one, two = (self._rows(x, self.terms, unit) for x in (s, t))
            one, two = (each._replace(at=np.broadcast_to(each.at, shape)[where]) for each in (one, two))
            found[where] = power_sum(one, two, np.broadcast_to(point.u, shape)[where])
        if same.any():
            size = np.broadcast_to(self.deviation(s), shape)[same]
            found[same] = size > 0 if unit else size * size
        return found

    def next(self, s: Any, t: Any, above: Any, beside: Any, point: Point, fine: bool = True) -> Point:
        found = point_of(self._sum(s, t, point, True))
        return self._refined(found, s, t, point) if fine else found

    def defect(self, s: Any, t: Any, point: Point) -> Any:
        first, second = (self._rows(x, self.terms, True) for x in (s, t))
        total, gap, power = np.zeros(point.u.shape), np.zeros_like(point.u), np.ones_like(point.u)
        for one, two in zip(first.table, second.table, strict=True):
            a, b = one[first.at], two[second.at]
            total = total + (a - b) ** 2 / 2
            total += a * b * gap  # 1 - u^k
            gap = gap + power * point.delta
            power = power * point.u
        return np.maximum(total, 0.0)


class Risen(Series):
    """The dual of the derivative, from the coefficients k^{1/2} alpha_k / s one place lower."""

    def __init__(self, below: Series) -> None:
        self.below, self.terms = below, max(below.terms - 1, 1)

    def coefficients(self, s: FloatArray, terms: int) -> FloatArray:
        alpha = self.below.coefficients(s, terms + 1)[1:]
        return alpha * np.sqrt(np.arange(1, len(alpha) + 1))[:, None] / s


def power_sum(first: Rows, second: Rows, u: Any) -> Any:
    """sum_k first_k second_k u^k, by Horner's rule in place."""
    shape = np.broadcast_shapes(first.at.shape, second.at.shape, u.shape)
    total = np.zeros(shape or 1)
    step = max(1, _PIECE * len(total) // max(total.size, 1))
    for start in range(0, len(total), step):
        here = slice(start, start + step)
        one, two, powers = (x[here] if x.ndim == total.ndim and len(x) > 1 else x for x in (first.at, second.at, u))
        part = total[here]
        for a, b in zip(first.table[::-1], second.table[::-1], strict=True):
            part *= powers
            part += a[one] * b[two]
    return total.reshape(shape)


class Polynomial(Series):
    """coefficients[0] + coefficients[1] x + ..., with an exact expansion at every variance."""

    def __init__(self, coefficients: Sequence[float] | FloatArray) -> None:
        self.powers = np.array(coefficients, dtype=float)
        count = range(len(self.powers))
        self.table = np.array(
            [[moment(m, k) / math.sqrt(math.factorial(k)) for k in count] for m in count]
        )  # E z^m h_k
        self.terms, self.rate = len(self.powers), 0.0
        if np.count_nonzero(self.powers) == 1:
            self.degree = int(np.flatnonzero(self.powers)[0])
        self.odd, self.even = not self.powers[::2].any(), not self.powers[1::2].any()
        self.rising = None if len(self.powers) < 2 else Polynomial(self.powers[1:] * np.arange(1, len(self.powers)))

    def coefficients(self, s: FloatArray, terms: int) -> FloatArray:
        scaled = self.powers * s[:, None] ** np.arange(len(self.powers))
        return np.ascontiguousarray((scaled @ self.table)[:, :terms].T)

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        if self.rising is None:
            return np.zeros(np.broadcast_shapes(np.shape(s), np.shape(t), point.u.shape))
        return self.rising.value(s, t, point)


class Smooth(Series):
    """A function whose series converges; `series_of` says whether it does at a deviation."""

    def __init__(self, function: Callable[[Any], Any], terms: int, nodes: int, places: int) -> None:
        self.function, self.terms, self.nodes = function, terms, nodes
        self.x = _places(nodes, places)

    def _values(self, s: FloatArray) -> FloatArray:
        return finite(self.function, "the activation", s[:, None] * self.x)

    def _pieces(self, s: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
        """The function at s x, some s at a time."""
        for start in range(0, len(s), _AT_ONCE):
            here = slice(start, start + _AT_ONCE)
            yield here, once(self._values, s) if len(s) <= _AT_ONCE else self._values(s[here])

    def coefficients(self, s: FloatArray, terms: int) -> FloatArray:
        found = np.empty((terms, len(s)))
        for here, values in self._pieces(s):
            found[:, here] = _coefficients(values, terms, self.nodes)
        return found

    def sizes(self, s: FloatArray) -> FloatArray:
        found, weights = np.empty(len(s)), np.exp(-(self.x**2) / 4) / ((2 * math.pi) ** 0.25 * math.sqrt(self.nodes))
        for here, values in self._pieces(s):
            found[here] = np.linalg.norm(values * weights, axis=1)
        return found


def series_of(function: Callable[[Any], Any], largest: float) -> Smooth | None:
    """The series for deviations up to the largest, where one converges; its rule is that of the next of `_BUCKETS`."""
    bucket = 2.0 ** (math.ceil(_BUCKETS * math.log2(max(largest, 2.0**-10))) / _BUCKETS)
    return _series(function, bucket, values_around(function, bucket))


@np.errstate(all="ignore")
def values_around(function: Callable[[Any], Any], s: float) -> bytes:
    """Some values for the deviation s: a function of the user's own may have changed since it was called."""
    return bytes(function(s * _SEEN))


@functools.lru_cache(maxsize=256)
def _series(function: Callable[[Any], Any], s: float, seen: bytes) -> Smooth | None:
    """The series for deviations up to s; None where it takes too many terms or nodes."""
    nodes, before = 8, None
    while nodes <= _FINEST:
        values = finite(function, "the activation", s * _places(nodes, _RANGE * nodes)[None])
        alpha = _coefficients(values, _MOST, nodes)[:, 0]
        if before is not None:
            with np.errstate(all="ignore"):  # what is not finite is no case for a series
                size, change = (float(np.linalg.norm(each)) for each in (alpha, alpha - before))
            if change <= 1e-14 * size < math.inf:
                terms = _terms(alpha)
                if change <= _ROUNDING * size:  # the nodes before have been enough
                    values, nodes = values[:, ::2], nodes // 2
                return None if terms is None else Smooth(function, terms, nodes, _reach(values[0], nodes, size))
        nodes, before = 2 * nodes, alpha
    return None


def _terms(alpha: FloatArray) -> int | None:
    """As many terms as leave too little; what is beyond the last falls as the last two octaves do, at least."""
    energy = np.arange(len(alpha)) * alpha**2
    total, half, quarter = (float(energy[k:].sum()) for k in (0, _MOST // 2, _MOST // 4))
    beyond = half * half / quarter if quarter > 0 else 0.0
    if beyond > _WANTED * total:
        return None
    after = np.cumsum(energy[::-1])[::-1] + beyond  # from k on
    terms = int(np.argmax(after <= _WANTED * total)) if after[-1] <= _WANTED * total else _MOST
    return max(terms, 2)


def _reach(values: FloatArray, nodes: int, size: float) -> int:
    """How many places above 0 matter: those beyond add at most `_BEYOND` of the size to any coefficient.

    |h_k e^{-x^2/4}| <= 1.09 (Cramer), and at smaller deviations the function has values that it has nearer to 0.
    """
    half = len(values) // 2
    largest = np.maximum.accumulate(np.maximum(np.abs(values[half:]), np.abs(values[half::-1])))
    x = np.arange(half + 1) / nodes
    beyond = np.cumsum((largest * np.exp(-x * x / 4))[::-1])[::-1] / nodes
    return max(1, int(np.count_nonzero(beyond > _BEYOND * size)))


def _coefficients(values: FloatArray, terms: int, nodes: int) -> FloatArray:
    """alpha_k, shape (terms, rows), of rows of values at places.

    As h_k(-x) = (-1)^k h_k(x), they are those of the even and of the odd part, each by itself.
    """
    half = values.shape[1] // 2
    above, below = values[:, half:].T, values[:, half::-1].T
    table, found = _table(nodes)[:terms, : half + 1], np.empty((terms, len(values)))
    found[::2] = table[::2] @ (above + below)
    found[1::2] = table[1::2] @ (above - below)
    return found


def _places(nodes: int, count: int) -> FloatArray:
    """So many places on either side of 0, and 0."""
    return np.arange(-count, count + 1) / nodes


@functools.lru_cache(maxsize=8)
def _table(nodes: int) -> FloatArray:
    """The weights times h_k at the places from 0 on, half of it there, shape (terms, places)."""
    x = np.arange(_RANGE * nodes + 1) / nodes
    table = np.empty((_MOST, len(x)))
    # e^{-x^2/4} h_k is bounded
    before, now = np.zeros_like(x), np.exp(-x * x / 4)
    for k in range(_MOST):
        table[k] = now
        before, now = now, (x * now - math.sqrt(k) * before) / math.sqrt(k + 1)
    table *= np.exp(-x * x / 4) / (math.sqrt(2 * math.pi) * nodes)
    table[:, 0] /= 2
    return table
