r"""Values in floats of the duals of smooth activations at large variances: tables of sums of whole Hermite series.

K = sum over the parities p of K_p(u), with u >= 0 and delta = 1 - u

.. math:: K_p(u) = u^p\, V_p, \quad V_p = \sum_m b_m u^{m-p}, \qquad
          K_p(1) - K_p(u) = \delta\, D_p, \quad D_p = \sum_m b_m \frac{1 - u^m}{\delta} .

All terms are >= 0 (`hermite_floats`), and nothing cancels. V_p and D_p are analytic in delta but for delta <= 0 and
delta >= 2, that is in log delta next to [log delta_0, 0] but for points with imaginary part pi, and log 2: Chebyshev
series on `_PARTS` panels an octave have their digits with `_TERMS` terms. Below delta_0 both are constant to rounding.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..numbers.arrays import library_of
from ..numbers.checks import FloatArray
from ..numbers.exact_numbers import Scalar
from ..numbers.precision import precision, with_balls
from . import hermite_floats
from .hermite_floats import FIRST, last_of, log_square, panels
from .points import Pair, Point

_PARTS, _TERMS = 4, 13
_BITS = 160  # of coefficients that are known as balls
_FLAT = 2.0**-55  # delta K''(1)/K'(1) below which K' is constant
_AT_ONCE = 128  # values of delta


class RealAloneError(TypeError):
    """Of complex numbers, at which nothing is known."""


@dataclass(frozen=True)
class Part:
    """A parity of K: exponents m and coefficients b_m, which stand for all (`hermite_floats.panels`)."""

    parity: int
    m: FloatArray
    b: FloatArray

    @property
    def one(self) -> float:
        """Its K(1)."""
        return math.fsum(self.b)

    @property
    def slope(self) -> float:
        """Its K'(1)."""
        return math.fsum(self.m * self.b)

    @property
    def reach(self) -> float:
        """About K''(1)/K'(1)."""
        weights = self.m / max(self.m[-1], 1.0) * self.b
        total = math.fsum(weights)
        return math.fsum(self.m * (weights / total)) if total else 0.0

    def sums(self, delta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """V and D for an ascending delta in (0, 1]."""
        out = np.empty((2, delta.size))
        for i in range(0, delta.size, _AT_ONCE):
            here = delta[i : i + _AT_ONCE, None]
            # u^m is 1 - m delta for the first ones, and 0 for the last.
            first = int(np.searchsorted(self.m, 2.0**-56 / here[-1, 0]))
            last = int(np.searchsorted(self.m, 800 / here[0, 0]))
            m, b = self.m[first:last], self.b[first:last]
            with np.errstate(divide="ignore", invalid="ignore"):
                log = np.log1p(-here)
                falls = np.where(m == self.parity, 1.0, np.exp((m - self.parity) * log))
                rises = np.where(m == 0, 0.0, -np.expm1(m * log)) / here
            out[0, i : i + _AT_ONCE] = falls @ b + np.sum(self.b[:first])
            out[1, i : i + _AT_ONCE] = rises @ b + np.dot(self.m[:first], self.b[:first])
            out[1, i : i + _AT_ONCE] += np.sum(self.b[last:]) / here[:, 0]
        return out[0], out[1]


@dataclass(frozen=True, eq=False)
class Table:
    """K(1), K'(1), and of each parity its own K(1) and the Chebyshev coefficients of V and D, rows by degree."""

    one: float
    slope: float
    parts: tuple[Part, ...]
    least: float  # delta_0
    columns: tuple[tuple[float, FloatArray, FloatArray], ...]

    def pair(self, point: Point) -> Pair:
        """Value, defect and K(1) at floats of any library."""
        xp, u = point.numerical.xp, point.u  # type: ignore[attr-defined]
        if xp is np and np.iscomplexobj(u):
            raise RealAloneError(
                "the dual of a smooth activation at a large variance is read at real floats in [-1, 1], and not at "
                "complex ones"
            )
        near = u >= 0
        gap = xp.where(near, point.delta, point.codelta)
        gap = np.asarray(gap, dtype=np.float64) if xp is np else gap
        place = (xp.log2(xp.clip(gap, self.least, 1.0)) - math.log2(self.least)) * _PARTS
        panel = xp.clip(xp.floor(place), 0, self.columns[0][1].shape[1] - 1)
        t = 2 * (place - panel) - 1
        if xp is np:
            panel, rows = panel.astype(np.int64), np.asarray
        else:
            ops = library_of(u, "u", traced=True)
            panel, rows = ops.cast(panel, ops.integers), functools.partial(ops.constant, dtype=u.dtype)
        value = defect = 0.0
        for part, (one, falls, rises) in zip(self.parts, self.columns, strict=True):
            found = _clenshaw(xp, rows(falls), panel, t)
            risen = gap * _clenshaw(xp, rows(rises), panel, t)
            if part.parity:
                found = u * found
                risen = xp.where(near, risen, one - found)
            value, defect = value + found, defect + risen
        return Pair(value, defect, self.one)


def _clenshaw(xp: Any, rows: Any, panel: Any, t: Any) -> Any:
    def taken(row: Any) -> Any:
        return row[panel] if xp is np else xp.reshape(xp.take(row, xp.reshape(panel, (-1,))), t.shape)

    before, now = 0.0, taken(rows[-1, :])
    for i in range(rows.shape[0] - 2, 0, -1):
        before, now = now, taken(rows[i, :]) + 2 * t * now - before
    return taken(rows[0, :]) + t * now - before


@functools.lru_cache(maxsize=64)
@with_balls
def table(name: str, q: Scalar, steep: bool) -> Table:
    """The table of the dual at a variance, or of its derivative."""
    from .smooth_duals import whole

    first = first_squares(name, q)
    parts = tuple(_part(name, float(q), first, parity, steep) for parity in (0, 1))
    parts = tuple(part for part in parts if part.m.size)
    octaves = math.ceil(math.log2(max(1.0, *(part.reach for part in parts)) / _FLAT))
    columns = tuple(_columns(part, octaves) for part in parts)
    one, slope = float(whole(name, q, steep)), sum(part.slope for part in parts)
    return Table(one, slope, parts, 2.0**-octaves, columns)


@functools.lru_cache(maxsize=64)
@with_balls
def first_squares(name: str, q: Scalar) -> FloatArray:
    """b_0, ..., b_{FIRST-1}."""
    from .smooth_duals import at_precision, exact_part

    out = hermite_floats.first_squares(name, float(q))
    known, part = exact_part(name, q)
    if known is not None:
        out[known::2] = 0.0
        for i, c in part.items():
            out[i] = float(c)
    left = np.flatnonzero(np.isnan(out))
    with precision(_BITS):
        out[left] = [float(b.mid()) for b in at_precision(name, q, left.size)[0]] if left.size else []
    return out


def _part(name: str, q: float, first: FloatArray, parity: int, steep: bool) -> Part:
    """The part of the dual of one parity, its derivative for `steep`."""
    from .smooth_duals import exact_part

    m = np.arange(parity, FIRST, 2.0)
    b = first[parity::2]
    if exact_part(name, Fraction(1))[0] != parity:
        more = panels(FIRST + parity, last_of(name, q))
        m = np.concatenate([m, more.m])
        b = np.concatenate([b, more.weights * np.exp(log_square(name, q, more.m, parity))])
    kept = b > 0
    m, b = m[kept], b[kept]
    if steep:
        m, b = m - 1, m * b
        m, b, parity = m[b > 0], b[b > 0], 1 - parity
    return Part(parity, m, b)


def _columns(part: Part, octaves: int) -> tuple[float, FloatArray, FloatArray]:
    nodes = np.cos(math.pi * (np.arange(_TERMS) + 0.5) / _TERMS)
    starts = np.arange(octaves * _PARTS)[:, None] / _PARTS - octaves
    delta = 2.0 ** (starts + (1 + nodes) / (2 * _PARTS))
    to_series = np.linalg.inv(np.polynomial.chebyshev.chebvander(nodes, _TERMS - 1))
    falls, rises = (to_series @ each.reshape(delta.shape).T for each in part.sums(delta.ravel()))
    return part.one, falls, rises
