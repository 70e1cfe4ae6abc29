r"""Duals of any function by quadrature of the conditional mean, with kinks, jumps, and of any variance.

With b = t (u x + r z), r^2 = (1 - u)(1 + u), x and z independent and standard normal,

.. math:: E[\varphi(a) \varphi(b)] = \int \varphi(s x)\, m(x)\, \phi(x)\, dx, \qquad
          m(x) = \int \varphi(t (u x + r z))\, \phi(z)\, dz .

phi(s x) has its kinks at k/s; m is smooth, but near k/(t u) on the scale r/u; the inner integrand has its kinks at
(k/t - u x)/r. All of these are ends of panels for Gauss-Legendre, and around them panels grow by a factor: from r/u,
and from 1/s and 1/(t r), as a function may be steep at its kinks (tanh of a large variance is, at 0). At r = 0 the
inner mean is the function itself. Panels have 16 nodes, or are cut into equal parts with 16 nodes each: into as many as
the function needs at its variance for E phi(a)^2, E phi(a) and E a phi(a) to settle to `_WANTED`, which is the error
that is aimed at, relative to (E phi(a)^2 E phi(b)^2)^{1/2}; slopes by differences settle to `_NOISE`, their own.
A function that does not settle is refused.

Many pairs with |u| <= `_MODERATE` are summed as Hermite series (`series`), whose terms fall at least as |u|^k for any
function, with coefficients by the same panels. Many others that have one s and one t, as data of one norm have, are
interpolated in the angle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from ...kernels.points import Point
from ...numbers.checks import FloatArray
from ...numbers.user_functions import finite
from ...sphere.legendre_polynomials import gauss_legendre
from ..remembered import once
from .dual import Dual, point_at
from .series import Rows, distinct, power_sum, terms_for, values_around

_RANGE = 9.0  # e^{-9^2/2} = 3e-18
_AT_ENDS = 1e-8  # of E phi(a)^2 may lie in the last unit of the range, of which (max(x, 0)^5)^2 has 1e-10
_NODES = 16
_GROWTH = 3.0
_AT_ONCE = 2**21  # numbers at a time
_WANTED = 2e-15
_NOISE = 4e-12  # of derivatives by differences, which were off by up to 1.8e-12
_MOST_PARTS = 64
# |u| up to which pairs are summed as a series, in some 400 terms, and how many such pairs are worth one
_MODERATE, _WORTH = 0.9, 32
_DEAREST = 2**24  # evaluations of the function that a pair may take: a fifth of a second
_DEGREE = 24  # of the interpolation in the angle of many pairs of one s and one t


class Conditional(Dual):
    """The dual of a function and its derivative between kinks, both from float arrays to their shapes."""

    rough, sums = True, True

    def __init__(
        self,
        function: Callable[[Any], Any],
        derivative: Callable[[Any], Any],
        kinks: Sequence[float],
        by_differences: bool = False,
    ) -> None:
        self.function, self.derivative, self.kinks = function, derivative, np.array(kinks, dtype=float)
        self.noise = _NOISE if by_differences else 0.0  # of the derivative
        self.known: dict[tuple[Callable[[Any], Any], float, bytes], int] = {}

    def value(self, s: Any, t: Any, point: Point) -> Any:
        return self._expectation(self.function, s, t, point)

    def slope(self, s: Any, t: Any, point: Point) -> Any:
        return self._expectation(self.derivative, s, t, point)

    def deviation(self, s: Any) -> Any:
        each, back = np.unique(s, return_inverse=True)
        zero = np.zeros_like(each)
        parts = self._parts(self.function, float(np.max(s, initial=0.0)))
        squares = self._coincident(self.function, each, each, zero + 1, parts)
        return np.sqrt(squares)[back].reshape(s.shape)

    def _expectation(self, f: Callable[[Any], Any], s: Any, t: Any, point: Point) -> Any:
        shape = np.broadcast_shapes(np.shape(s), np.shape(t), point.u.shape)
        moderate = np.broadcast_to(np.abs(point.u) <= _MODERATE, shape)
        if np.count_nonzero(moderate) < _WORTH:
            moderate = np.zeros(shape, dtype=bool)
            found = np.empty(shape)
        else:
            found = self._by_series(f, s, t, np.where(moderate, point.u, 0.0))
        steep = ~moderate
        if steep.any():
            s, t, u, delta, codelta = (
                np.broadcast_to(x, shape)[steep] for x in (s, t, point.u, point.delta, point.codelta)
            )
            found[steep] = self._near_the_ends(f, s, t, point_at(u, delta, codelta))
        return found

    def _near_the_ends(self, f: Callable[[Any], Any], s: Any, t: Any, point: Point) -> Any:
        """Of pairs in one row: those of one s and one t by interpolation in the angle, where they are many."""
        if s.size <= _DEGREE or np.any(s != s[0]) or np.any(t != t[0]):
            return self._by_quadrature(f, s, t, point)
        found = np.empty(s.size)
        for end, gap in ((1, point.delta), (-1, point.codelta)):
            angle = 2 * np.arcsin(np.sqrt(gap / 2))
            # Panels of the angle halve towards 0, and the function is as smooth on each as on the next.
            panels = np.where(angle > 0, np.frexp(angle)[1], -2000)
            mine = (point.u > 0) == (end == 1)
            for panel in np.unique(panels[mine]):
                here = np.flatnonzero(mine & (panels == panel))
                if here.size <= _DEGREE or panel < -1000:
                    part = point_at(point.u[here], point.delta[here], point.codelta[here])
                    found[here] = self._by_quadrature(f, s[here], t[here], part)
                else:
                    high = 2.0 ** int(panel)
                    found[here] = self._interpolated(f, s[:1], t[:1], end, high, 4 * angle[here] / high - 3)
        return found

    def _interpolated(self, f: Callable[[Any], Any], s: Any, t: Any, end: int, high: float, x: Any) -> Any:
        """At angles high (3 + x)/4, from high/2 to high, off the end u = 1 or -1."""
        nodes = np.cos(np.pi * (np.arange(_DEGREE) + 0.5) / _DEGREE)
        gap = 2 * np.sin(high * (3 + nodes) / 8) ** 2
        point = point_at(1 - gap, gap, 2 - gap)
        values = self._by_quadrature(f, s, t, point if end == 1 else point.mirror)
        return chebyshev.chebval(x, chebyshev.chebfit(nodes, values, _DEGREE - 1))

    def _by_series(self, f: Callable[[Any], Any], s: Any, t: Any, u: Any) -> Any:
        """sum_k alpha_k(s) alpha_k(t) u^k: what is left out is at most |u|^terms of (E f(a)^2 E f(b)^2)^{1/2}."""
        terms = terms_for(u)
        first, second = (self._coefficients(f, np.asarray(x), terms) for x in (s, t))
        return power_sum(first, second, u)

    def _coefficients(self, f: Callable[[Any], Any], s: Any, terms: int) -> Rows:
        """alpha_k(s) = E f(s z) h_k(z)."""
        each, back = once(distinct, s)
        # A panel of length 2 has 4 k^{1/2} radians of h_k; 16 nodes are good for 16.
        parts = max(self._parts(f, float(each[-1])), math.ceil(math.sqrt(terms) / 4))
        out = np.empty((terms, each.size))
        for start in range(0, each.size, 64):
            here = each[start : start + 64]
            x, weights = _rule(self._outer([here], None), parts)
            product = f(here[:, None] * x) * weights
            before, now = np.zeros_like(x), np.ones_like(x)
            for k in range(terms):
                out[k, start : start + 64] = np.sum(product * now, axis=1)
                before, now = now, (x * now - math.sqrt(k) * before) / math.sqrt(k + 1)
        return Rows(out, back)

    def _by_quadrature(self, f: Callable[[Any], Any], s: Any, t: Any, point: Point) -> Any:
        """Pair by pair, in one row."""
        shape = point.u.shape
        s, t, u, delta, codelta = (
            np.broadcast_to(x, shape).ravel() for x in (s, t, point.u, point.delta, point.codelta)
        )
        parts = self._parts(f, max(float(np.max(x, initial=0.0)) for x in (s, t)))
        r = np.sqrt(delta * codelta)
        self._check_price(s, t, u, r, parts)
        found = np.empty(s.size)
        degenerate = r == 0
        found[degenerate] = self._coincident(f, s[degenerate], t[degenerate], u[degenerate], parts)
        # Pairs of one scale together, so that they share their number of panels.
        order = np.flatnonzero(~degenerate)
        order = order[np.argsort(_levels(np.abs(u[order]) / r[order]), kind="stable")]
        start = 0
        while start < order.size:
            levels = int(_levels(np.abs(u[order[start]]) / r[order[start]]))
            here = order[start : start + 256]
            here = here[_levels(np.abs(u[here]) / r[here]) == levels]
            found[here] = self._pairs(f, s[here], t[here], u[here], r[here], levels, parts)
            start += here.size
        return found.reshape(shape)

    def _check_price(self, s: Any, t: Any, u: Any, r: Any, parts: int) -> None:
        """ValueError where a pair would take too many evaluations: deviations are too large, or f too restless."""
        apart = r > 0
        if not apart.any():
            return
        reach = [_levels(np.max(x[apart])) for x in (s, t * r, np.abs(u) / np.where(apart, r, 1.0))]
        inner, outer = (_base().size + self.kinks.size * 2 * each for each in (reach[1], reach[0] + reach[2]))
        evaluations = float(inner) * float(outer) * (parts * _NODES) ** 2
        if evaluations > _DEAREST:
            raise ValueError(
                f"the activation needs some {evaluations:.0e} evaluations for a pair of deviations up to "
                f"{max(np.max(s), np.max(t)):g}, more than {_DEAREST:.0e}: take smaller inputs or weights, or one of "
                "the activations with a closed form"
            )

    def _coincident(self, f: Callable[[Any], Any], s: Any, t: Any, u: Any, parts: int) -> Any:
        """E[f(s x) f(t u x)]."""
        out = np.empty(s.size)
        for start in range(0, s.size, 1024):
            here = slice(start, start + 1024)
            x, weights = _rule(self._outer([s[here], t[here] * u[here]], None), parts)
            product = f(s[here, None] * x) * f((t[here] * u[here])[:, None] * x)
            out[here] = np.sum(product * weights, axis=1)
        return out

    def _mean_square(self, s: Any, t: Any) -> Any:
        out, parts = np.empty(s.size), self._parts(self.function, max(float(np.max(x, initial=0.0)) for x in (s, t)))
        for start in range(0, s.size, 1024):
            both = [each[start : start + 1024] for each in (s, t)]
            x, weights = _rule(self._outer(both, None), parts)
            one, two = (self.function(each[:, None] * x) for each in both)
            one, two = (each / np.sqrt(np.sum(each**2 * weights, axis=1, keepdims=True)) for each in (one, two))
            out[start : start + 1024] = np.sum((one - two) ** 2 * weights, axis=1) / 2
        return out

    def _pairs(self, f: Callable[[Any], Any], s: Any, t: Any, u: Any, r: Any, levels: int, parts: int) -> Any:
        out = np.empty(s.size)
        steep = _levels(np.max(t * r, initial=0.0))
        base = _base()
        panels = base.size + self.kinks.size * (1 + 2 * int(steep))
        for i in range(s.size):
            mean = t[i] * u[i], r[i] / max(abs(u[i]), 1e-300), levels
            x, weights = _rule(self._outer([s[i : i + 1]], mean)[0], parts)
            total = 0.0
            step = max(1, _AT_ONCE // (panels * parts * _NODES))
            for start in range(0, x.size, step):
                part = x[start : start + step]
                centres = (self.kinks / max(t[i], 1e-300) - u[i] * part[:, None]) / r[i]
                z, inner = _rule(_edges(base, centres, 1 / max(t[i] * r[i], 1e-300), int(steep)), parts)
                inside = np.sum(f(t[i] * (u[i] * part[:, None] + r[i] * z)) * inner, axis=1)
                total += float(np.sum(f(s[i] * part) * inside * weights[start : start + step]))
            out[i] = total
        return out

    def _parts(self, f: Callable[[Any], Any], largest: float) -> int:
        """Into how many parts a panel is cut for deviations up to the largest; ValueError where none suffice."""
        bucket = 2.0 ** math.ceil(math.log2(max(largest, 1e-3)))
        key = f, bucket, values_around(self.function, bucket)
        if key not in self.known:
            # Panels do not grow with the deviation alone: all of a bucket are served by a few of it.
            self.known[key] = max(self._settled(f, share * bucket) for share in (0.5, 0.75, 1.0))
        return self.known[key]

    def _settled(self, f: Callable[[Any], Any], s: float) -> int:
        edges, before, parts = self._outer([np.array([s])], None)[0], None, 1
        while parts <= _MOST_PARTS:
            x, weights = _rule(edges, parts)
            values = finite(f, "the activation", s * x)
            with np.errstate(over="ignore"):  # refused
                mass = values**2 * weights
            moments = np.array([np.sqrt(np.sum(mass)), values @ weights, (values * x) @ weights])
            ends = float(np.sum(mass[np.abs(x) > _RANGE - 1]))
            if not ends <= _AT_ENDS * moments[0] ** 2 < math.inf:
                raise ValueError(
                    f"the activation must be square integrable under normal laws, its mean square within {_RANGE:g} "
                    f"deviations; at deviation {s:g} it grows too fast"
                )
            wanted = max(_WANTED, self.noise if f == self.derivative else 0.0)
            if before is not None and np.max(np.abs(moments - before)) <= wanted * moments[0]:
                return parts // 2
            before, parts = moments, 2 * parts
        raise ValueError(
            f"the activation is not resolved at deviation {s:g}: it must be smooth but for kinks at "
            f"{', '.join(f'{k:g}' for k in self.kinks)}"
        )

    def _outer(self, scales: list[Any], mean: tuple[Any, Any, int] | None) -> Any:
        """Edges of panels (pairs, panels) for f(s x) with each of these scales s, and for the inner mean."""
        edges = np.broadcast_to(_base(), (scales[0].size, _base().size))
        for s in scales:
            size = np.maximum(np.abs(s), 1e-300)
            centres = self.kinks / size[:, None] * np.where(s < 0, -1.0, 1.0)[:, None]
            edges = _edges(edges, centres, (1 / size)[:, None], int(_levels(np.max(size, initial=0.0))))
        if mean is not None:
            scale, width, levels = mean
            centres = self.kinks[None, :] / (scale if scale else 1e-300)
            edges = _edges(edges, centres, width, levels)
        return edges


def _base() -> FloatArray:
    return np.linspace(-_RANGE, _RANGE, 10)


def _levels(ratio: Any) -> Any:
    """How many panels from the scale 1/ratio until the scale 1, each longer by a factor than the one before."""
    return np.maximum(np.ceil(np.log(np.maximum(ratio, 1e-300)) / math.log(_GROWTH)) + 1, 0.0)


def _edges(edges: Any, centres: Any, width: Any, levels: int) -> Any:
    """Edges with more of them at the centres, and around them from this width on."""
    more = [centres]
    for level in range(levels):
        reach = width * _GROWTH**level
        more += [centres - reach, centres + reach]
    with np.errstate(over="ignore", invalid="ignore"):
        more = [np.clip(np.nan_to_num(each, nan=0.0), -_RANGE, _RANGE) for each in more]
    lead = more[0].shape[:-1]
    edges = np.broadcast_to(edges, (*lead, np.shape(edges)[-1]))
    return np.sort(np.concatenate([edges, *more], axis=-1), axis=-1)


def _rule(edges: Any, parts: int) -> tuple[Any, Any]:
    """Nodes and weights with the normal density, for panels along the last axis in so many parts each."""
    nodes, weights = gauss_legendre(_NODES)
    places = ((np.arange(parts)[:, None] + (1 + nodes) / 2) / parts).ravel()
    width = np.diff(edges, axis=-1)[..., None]
    x = edges[..., :-1, None] + width * places
    w = width * np.tile(weights / (2 * parts), parts) * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return x.reshape(*edges.shape[:-1], -1), w.reshape(*edges.shape[:-1], -1)
