r"""Kernels of fully connected networks by one polynomial for all layers: any depth at one price.

Without a grid a kernel is a function K(s, t, u) of both deviations and the correlation of the images. On the intervals
of the data it is

.. math:: K(s, t, u) = d(s)\, d(t) \sum_k P_k(z) \sum_r \lambda_{kr}\, f_{kr}(s)\, f_{kr}(t), \qquad
   d(s)^2 = K(s, s, 1),

z being u taken to [-1, 1], and P_k powers or Chebyshev polynomials: the interpolant at Chebyshev points in u, log s and
log t, whose coefficients of each k are a symmetric matrix, and few of its eigenvalues matter. A term costs a product of
a few columns and two passes over a tile. Images of one norm have one f, and homogeneous networks as well: d(s) d(t)
times a polynomial in u.

The interpolant is only used where its largest difference from the recursion over layers (`recursion`) at points that it
has not seen is at most half of `WANTED`, relative to d(s) d(t). Pairs whose cosines lie outside of the interval, as
nearly coincident ones do, have the recursion itself, with 1 - u from differences of directions.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.polynomial import chebyshev, polynomial

from ..numbers.checks import FloatArray
from .combinators import single
from .duals.choice import dual_of
from .duals.dual import coincident, point_of
from .layers import Layer
from .needs import activations_in
from .pairs import Layout, Pairs
from .recursion import run
from .remembered import Memory, remembering
from .states import State

#: The largest error of a fit that is used, relative to (K(x, x) K(y, y))^{1/2}, by bytes of a number.
WANTED = {4: 2e-7, 8: 8e-14}
_UNIT = {4: 2.0**-24, 8: 2.0**-53}  # of rounding
_LEFT_OUT = {4: 1e-9, 8: 2e-17}  # of a coefficient, relative
_NODES_S, _NODES_U = (12, 24, 48), (24, 48, 96)
_CHECKS, _CHECKED_S = 384, 24
_LENGTH = 1e-14  # what d may be off by, relative, where it is a polynomial: with a fit, less than WANTED of d(s) d(t)
OWN = Layout(True, False, 0)
Sizes: TypeAlias = tuple[FloatArray, dict[str, FloatArray]]  # deviations, ascending, and d of each kind there


@dataclass(frozen=True)
class Dense:
    """A network of images without a grid: the recursion, pair by pair."""

    network: Layer
    channels: int
    after: Any
    tangent: bool

    def kernels(self, s: FloatArray, t: FloatArray, point: Any) -> dict[str, Any]:
        """K for pairs in one row."""
        zero = np.zeros_like(point.u) if self.tangent else None
        memory = Memory(2**30)
        with remembering(memory):
            sides = memory.begin(None, lambda: (s, t))
            state = State(sides, Pairs(OWN, point, zero), (), self.channels, False, frozenset(["inputs"]))
            found: State = run(self.network, state, self.after)
            return {"nngp": found.cross.product(*found.sides), "ntk": found.cross.tangent}

    def sizes(self, s: FloatArray) -> dict[str, Any]:
        """d(s), in one row."""
        return {
            kind: None if value is None else np.sqrt(value) for kind, value in self.kernels(s, s, coincident(s)).items()
        }

    def normalized(self, s: FloatArray, t: FloatArray, u: FloatArray) -> dict[str, Any]:
        """K over d(s) d(t), in the shape that these have together."""
        return self.several([(s, t, u)])[0][0]

    def several(self, places: Sequence[tuple[FloatArray, ...]]) -> tuple[list[dict[str, Any]], Sizes]:
        """The same at several s, t, u, in one pass over the layers, and d at all deviations."""
        shapes = [np.broadcast_shapes(*(x.shape for x in place)) for place in places]
        rows = [[np.broadcast_to(x, shape).ravel() for x in p] for p, shape in zip(places, shapes, strict=True)]
        one, two, u = (np.concatenate(each) for each in zip(*rows, strict=True))
        apart, back = np.unique(np.concatenate([one, two]), return_inverse=True)
        s, t = np.concatenate([one, apart]), np.concatenate([two, apart])
        # Each with itself behind the pairs: u = 1 exactly.
        values, ends = (
            self.kernels(s, t, point_of(np.append(u, np.ones_like(apart)))),
            np.cumsum(list(map(math.prod, shapes))),
        )
        found: list[dict[str, Any]] = [{} for _ in places]
        sizes = {}
        for kind, value in values.items():
            if value is not None:
                sizes[kind] = size = np.sqrt(value[u.size :])
                parts = np.split(value[: u.size] / (size[back[: u.size]] * size[back[u.size :]]), ends[:-1])
                for each, part, shape in zip(found, parts, shapes, strict=True):
                    each[kind] = part.reshape(shape)
        return found, (apart, sizes)


def layers_in(network: Layer) -> int:
    """How many layers there are, those of branches as well."""
    return sum(1 for _ in single(network))


def has_sums(network: Layer) -> bool:
    """Whether duals of it are sums of many values of a function, anew for every deviation."""
    return any(dual_of(each).sums for each in activations_in(network))


@dataclass(frozen=True)
class Fit:
    """The expansion of the module's docstring for u from `low` to `high`, log s in `centre` +- `reach`.

    `terms` are, for each k, the f as columns of coefficients of Chebyshev polynomials in log s, and the lambda;
    `lengths` are those of d, where it takes sums to compute and has a polynomial to rounding.
    """

    low: float
    high: float
    centre: float
    reach: float
    powers: bool
    terms: tuple[tuple[FloatArray, FloatArray], ...]
    slope: float
    lengths: FloatArray | None

    @property
    def flat(self) -> bool:
        """Whether it does not depend on s and t but for d(s) d(t)."""
        return len(self.terms[0][0]) == 1

    def _place(self, s: FloatArray) -> FloatArray:
        return np.clip((np.log(s) - self.centre) / self.reach, -1, 1)

    def sizes(self, s: FloatArray) -> FloatArray | None:
        """d(s), where it has a polynomial."""
        return (
            None if self.lengths is None else np.asarray(chebyshev.chebval(self._place(s), self.lengths), dtype=float)
        )

    def factors(self, s: FloatArray, size: FloatArray, dtype: Any) -> list[tuple[Any, Any]]:
        """d(s) f(s), and the same times lambda, for every k."""
        if self.flat:
            return [(float(f[0, 0] ** 2 * weights[0]), None) for f, weights in self.terms]
        table = chebyshev.chebvander(self._place(s), len(self.terms[0][0]) - 1) * size[:, None]
        several = [(table @ f, weights) for f, weights in self.terms]
        return [(f.astype(dtype), (f * weights).astype(dtype)) for f, weights in several]

    def values(self, z: Any, left: list[tuple[Any, Any]], right: list[tuple[Any, Any]], work: Any) -> Any:
        """The sum over k at z, in arrays of `work` (4, *z.shape)."""
        now, other, term, double = work
        if not self.powers:
            np.multiply(z, 2, out=double)
        last = len(self.terms) - 1
        for k in range(last, -1, -1):
            number = left[k][0] if self.flat else np.matmul(left[k][0], right[k][1].T, out=term)
            if k == last:
                now[...] = number
                other[...] = 0
            elif self.powers:
                now *= z
                now += number
            else:  # Clenshaw: b_k = a_k + 2 z b_{k+1} - b_{k+2}, and z in place of 2 z in the end
                np.subtract(number, other, out=other)
                np.multiply(now, double if k else z, out=term)
                other += term
                now, other = other, now
        return now


def _nodes(count: int) -> FloatArray:
    return np.asarray(np.cos(np.pi * (np.arange(count) + 0.5) / count))


def _coefficients(values: Any, axis: int) -> Any:
    """Chebyshev coefficients along an axis of values at `_nodes`."""
    count = values.shape[axis]
    table = np.cos(np.pi * np.outer(np.arange(count), np.arange(count) + 0.5) / count) * (2 / count)
    table[0] /= 2
    return np.moveaxis(np.tensordot(table, values, (1, axis)), 0, axis)


def fits(
    dense: Dense,
    kinds: Sequence[str],
    s: tuple[float, float],
    u: tuple[float, float],
    size: int,
    most: float = math.inf,
) -> dict[str, Fit] | None:
    """Fits for deviations and cosines in these intervals, for numbers of so many bytes.

    None where there are none, and where they need the recursion at more than `most` pairs. They are kept, but for those
    of functions of the user's own, which need not be the same when they are called again.
    """
    own = any(each.function is not None for each in activations_in(dense.network))
    found: dict[str, Fit] | None = (_fits.__wrapped__ if own else _fits)(dense, tuple(kinds), s, u, size, most)
    return found


@functools.lru_cache(maxsize=64)
def _fits(
    dense: Dense, kinds: tuple[str, ...], s: tuple[float, float], u: tuple[float, float], size: int, most: float
) -> dict[str, Fit] | None:
    low, high = u
    middle, half = (low + high) / 2, (high - low) / 2
    centre, reach = (math.log(s[0]) + math.log(s[1])) / 2, (math.log(s[1]) - math.log(s[0])) / 2

    def deviations(x: Any) -> FloatArray:
        return np.exp(centre + reach * np.asarray(x))

    def along_u(count: int) -> tuple[FloatArray, ...]:
        return deviations([-1, 1])[:, None, None], deviations([-1, 1])[:, None], middle + half * _nodes(count)

    def along_s(count: int) -> tuple[FloatArray, ...]:
        return deviations([-1, 1])[:, None, None], deviations(_nodes(count)), np.array([low, middle, high])[:, None]

    x, y, z = _places()
    checks = deviations(x), deviations(y), middle + half * z
    first, known = dense.several([along_u(_NODES_U[0]), along_s(_NODES_S[0]), checks])
    terms = _first(dense, kinds, _NODES_U, along_u, first[0], size)
    rank = terms and _first(dense, kinds, _NODES_S, along_s, first[1], size)
    count = min(terms + 4, _NODES_U[-1])  # what is left out of an interpolant comes back at lower degrees
    if not rank or rank * (rank + 1) // 2 * count > most:
        return None
    nodes, rows, columns = deviations(_nodes(rank)), *np.triu_indices(rank)
    found = dense.normalized(nodes[rows, None], nodes[columns, None], middle + half * _nodes(count))
    wanted, out, lengths = first[2], {}, _lengths(dense, kinds, deviations, np.unique(x), known)
    for kind in kinds:
        table = np.empty((count, rank, rank))
        table[:, rows, columns] = table[:, columns, rows] = found[kind].T
        for axis in range(3):
            table = _coefficients(table, axis)
        for powers in (True, False):
            by_k = _powers(table[:terms]) if powers else table[:terms]
            if powers and float(np.abs(by_k).sum()) * _UNIT[size] > WANTED[size]:
                continue  # powers that cancel, whose rounding the check in float64 does not see
            by_rank, slope = _low_rank(by_k, size), _slope(table) / half
            one_fit = Fit(low, high, centre, reach or 1.0, powers, by_rank, slope, lengths.get(kind))
            if float(np.max(np.abs(_at(one_fit, checks[0], checks[1], z) - wanted[kind]))) <= WANTED[size] / 2:
                out[kind] = one_fit
                break
        else:
            return None
    return out


def _places() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Where a fit is checked, in [-1, 1]: any u, some s and t, as each of these takes the recursion for its d(s)."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-1, 1, (2, _CHECKED_S))[:, rng.integers(_CHECKED_S, size=_CHECKS)]
    y, z = rng.permutation(y), rng.uniform(-1, 1, _CHECKS)
    x[:6], y[:6], z[:6] = [-1, -1, 1, -1, -1, 1], [-1, 1, 1, -1, 1, 1], [-1, -1, -1, 1, 1, 1]
    return x, y, z


def _lengths(dense: Dense, kinds: Sequence[str], deviations: Any, x: FloatArray, known: Sizes) -> dict[str, FloatArray]:
    """Chebyshev coefficients of d in log s where duals are sums, if they give it to rounding at the places x.

    `known` is d there, and at the first nodes.
    """
    wanted = {kind: known[1][kind][np.searchsorted(known[0], deviations(x))] for kind in kinds}
    for count in _NODES_S if has_sums(dense.network) else ():
        s = deviations(_nodes(count))
        at, sizes = known if count == _NODES_S[0] else (np.sort(s), dense.sizes(np.sort(s)))
        tables = {kind: _coefficients(sizes[kind][np.searchsorted(at, s)], 0) for kind in kinds}
        found = [(chebyshev.chebval(x, tables[kind]), wanted[kind]) for kind in kinds]
        if all(np.all(np.abs(one - other) <= _LENGTH * other) for one, other in found):
            return tables
    return {}


def _first(
    dense: Dense, kinds: Sequence[str], counts: Sequence[int], along: Any, values: dict[str, Any], size: int
) -> int:
    """How many coefficients along an axis matter, at the first of some numbers of nodes that shows it; else 0.

    `values` are those at the first.
    """
    for count in counts:
        if count != counts[0]:
            values = dense.normalized(*along(count))
        found = _terms([_coefficients(values[kind], 2) for kind in kinds], size)
        if found:
            return found
    return 0


def _terms(several: Sequence[Any], size: int) -> int:
    """How many coefficients along the last axis matter; 0 where they have not come down.

    Those no larger than twice the last quarter of them are rounding (as in `gram.fitted`).
    """
    sizes = np.max([np.abs(each).max(axis=(0, 1)) for each in several], axis=0)
    noise = float(np.max(sizes[3 * len(sizes) // 4 :]))
    if not noise <= WANTED[size] / 8:
        return 0
    sizes[sizes <= 2 * noise] = 0
    left = np.cumsum(sizes[::-1])[::-1]
    return max(1, int(np.count_nonzero(left > WANTED[size] / 20)))


def _at(found: Fit, s: FloatArray, t: FloatArray, z: FloatArray) -> FloatArray:
    """A fit over d(s) d(t), pair by pair."""
    ones = np.ones_like(s)
    left, right = found.factors(s, ones, np.float64), found.factors(t, ones, np.float64)
    both = zip(left, right, strict=True)
    numbers = [one[0] * ones if found.flat else np.sum(one[0] * two[1], axis=1) for one, two in both]
    if not found.powers:
        return np.asarray(chebyshev.chebval(z, np.array(numbers), tensor=False))
    return np.asarray(polynomial.polyval(z, np.array(numbers), tensor=False))


def _powers(table: Any) -> Any:
    count = len(table)
    change = np.zeros((count, count))
    for k in range(count):
        row = chebyshev.cheb2poly(np.eye(1, k + 1, k)[0])
        change[k, : len(row)] = row
    return np.tensordot(change.T, table, (1, 0))


def _slope(table: Any) -> float:
    """What |dK/dz| is at most: T_k' <= k^2."""
    return float(np.sum(np.arange(len(table)) ** 2 * np.abs(table).sum(axis=(1, 2))))


def _low_rank(table: Any, size: int) -> tuple[tuple[FloatArray, FloatArray], ...]:
    found = []
    for matrix in table:
        weights, f = np.linalg.eigh((matrix + matrix.T) / 2)
        keep = np.abs(weights) > _LEFT_OUT[size]
        keep[np.argmax(np.abs(weights))] = True
        found.append((f[:, keep], weights[keep]))
    return tuple(found)
