r"""Tiles of a Gram matrix: rows prepared once, and the values of a kernel between two chunks of them.

Near its ends an angle knows more than its cosine: a cosine that is right to 1e-16 gives kappa_0 to 1e-8 only. So where
a pair of rows is near-coincident or near-opposite, the defect is taken from the directions themselves,

.. math:: 1 - \cos\theta = |x/|x| - y/|y||^2 / 2, \qquad 1 + \cos\theta = |x/|x| + y/|y||^2 / 2,

in float64 also for float32 data; rows that are multiples of each other give exactly 0. How near, is asked of the
kernel: where the rounding of a cosine, times the kernel's slope, is more than the rounding of its values. Where many
pairs of a tile are near (data in a narrow cone), the differences come from a matrix product of centred directions,
whose error is smaller by the square of the cone's width, and pairs that are nearer still are done one by one.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from ..kernels.lengths import Lengths
from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import FloatArithmetic
from ..numbers.arithmetic_protocol import Array, DType
from ..numbers.arrays import Standard
from ..numbers.checks import FloatArray

# What may be lost of the largest value because a cosine is rounded, by bytes of a number.
_WANTED = {4: 1e-6, 8: 1e-14}
#: What a matrix product of directions is off by: four roundings in float32, where nearness, which grows with the square
#: of this, has its price, and sixteen in float64. (Twenty have been seen, of rows of 400 numbers of one sign, eight
#: of narrow cones, six of images.)
COSINE = {4: 2.0**-22, 8: 2.0**-49}
# Norms whose products are floats: 2^-e to 2^e.
_ORDINARY = {4: 60, 8: 500}
_TOP = {4: 124, 8: 1020}
_UNIT = {4: 1e-6, 8: 1e-12}
_GATHERED = 2**17  # numbers gathered at a time


@dataclass
class Side:
    """One side of a tile: norms in the shape of a column, or of a row, as `lengths.Lengths` reads them."""

    norm: Array
    parts: tuple[Array, Array, Array] | None
    nonzero: Array

    def split(self) -> tuple[Array, Array, Array]:
        """The norm as a product of three."""
        return self.parts or (self.norm, 1.0, 1.0)

    def shaped(self, reshape: Callable[[Array], Array]) -> Side:
        first, second, third = self.parts or (None, None, None)
        parts = None if self.parts is None else (reshape(first), reshape(second), reshape(third))
        return Side(reshape(self.norm), parts, None if self.nonzero is None else reshape(self.nonzero))


@dataclass
class Rows:
    """A chunk of prepared rows: directions and norms."""

    raw: Array
    directions: Array
    side: Side
    unit: bool
    fine: Array = None  # the directions in float64, once they are asked for
    parts: Any = None  # what `centred.Centred` has split off the directions
    inverse: Array = None  # 1/|x| in float64 of NumPy's float32 rows, for `fitted_tiles`

    @functools.cached_property
    def column(self) -> Side:
        """The norms as the rows of a tile."""
        return self.side.shaped(lambda norm: norm[:, None])

    @functools.cached_property
    def row(self) -> Side:
        """The norms as the columns of a tile."""
        return self.side.shaped(lambda norm: norm[None, :])

    @property
    def count(self) -> int:
        return int(self.directions.shape[0])


class Tiles:
    """What evaluates tiles of K(x, y), or of kappa(cos) with `normalize`."""

    def __init__(self, ops: Standard, kernel: Zonal, dtype: DType, normalize: bool) -> None:
        self.ops, self.xp, self.kernel = ops, ops.xp, kernel
        self.dtype, self.normalize = dtype, normalize
        self.bytes = int(ops.xp.finfo(dtype).bits) // 8
        self.near = reach(kernel, COSINE[self.bytes], _WANTED[self.bytes])

    def prepare(self, x: Array, chunk: int) -> list[Rows]:
        """The rows x, in chunks that fit a tile: prepared together, as small arrays cost their calls."""
        xp, cast_to = self.xp, self.ops.cast
        directions, length, largest = self._coarse(x)
        with np.errstate(over="ignore", under="ignore"):
            norm = length * largest
        count = int(norm.shape[0])
        top = float(xp.max(norm)) if count else 1.0
        low = float(xp.min(norm)) if count else 1.0
        all_there, some = low > 0, None
        if not all_there:
            some = norm > 0
            low = float(xp.min(xp.where(some, norm, xp.ones_like(norm))))
        bound = 2.0 ** _ORDINARY[self.bytes]
        parts = None
        if not (top <= bound and low >= 1 / bound):
            parts = self._parts(length, largest)
        unit = all_there and max(top - 1, 1 - low) <= _UNIT[int(xp.finfo(x.dtype).bits) // 8]  # of the data
        with np.errstate(over="ignore", under="ignore"):  # float64 norms beyond float32
            side = Side(cast_to(norm, self.dtype), parts, some)
        found = []
        for start in range(0, count, chunk):
            here = slice(start, min(start + chunk, count))
            rows = Rows(x[here, :], directions[here, :], side.shaped(operator.itemgetter(here)), unit)
            if directions.dtype == length.dtype:
                rows.fine = rows.directions
            found.append(rows)
        return found

    def own(self, rows: Rows) -> Array:
        """The values K(x_i, x_i), at the angle 0."""
        zero = self.ops.zeros((rows.count,), self.dtype)
        end = Point(FloatArithmetic(self.xp), zero + 1, zero, zero + 2)
        if not self.normalize and self.kernel.homogeneous:
            with np.errstate(over="ignore", under="ignore"):
                value = Lengths(self.xp, rows.side, rows.side, rows.unit).times(zero + self.kernel.at_one)
            return self.ops.cast(value, self.dtype)
        return self._values(end, rows.side, rows.side, rows.unit)

    def _coarse(self, x: Array) -> tuple[Array, Array, Array]:
        """`_directions`, rounded to the dtype of the tiles."""
        directions, length, largest = self._directions(x)
        return self.ops.cast(directions, self.dtype), length, largest

    def _directions(self, x: Array) -> tuple[Array, Array, Array]:
        """Directions, norms divided by the largest entry, and largest entries, in float64; 0 for rows of 0.

        Divided by its largest entry, a row and its multiples are the same floats.
        """
        xp = self.xp
        x = self.ops.fresh(self.ops.cast(x, self.ops.widest))
        if not all(x.shape):
            zero = self.ops.zeros((x.shape[0],), x.dtype)
            return x, zero, zero
        largest = xp.maximum(xp.max(x, axis=1), -xp.min(x, axis=1)) + 0.0  # and not -0.0
        there = None if float(xp.min(largest)) > 0 else largest > 0
        x = self._over(x, largest, there)
        length = xp.sqrt(xp.sum(x * x, axis=1))
        return self._over(x, length, there), length, largest

    def _over(self, x: Array, divisors: Array, there: Array) -> Array:
        """Each row over its divisor, where it is there (None: everywhere); in place where the library does so."""
        if there is not None:
            divisors = self.xp.where(there, divisors, self.xp.ones_like(divisors))
        if self.ops.in_place:
            x /= divisors[:, None]
            return x
        return x / divisors[:, None]

    def _parts(self, length: Array, largest: Array) -> tuple[Array, Array, Array]:
        """The norms as mantissas and two powers of 2 each, which are exact."""
        xp = self.xp
        exponent = xp.floor(xp.log2(xp.where(largest > 0, largest, xp.ones_like(largest))))
        most = 540 if xp.finfo(length.dtype).bits == 64 else 80  # halves of the floats' exponents
        exponent = xp.clip(exponent, 2.0 - 2 * most, float(_TOP[self.bytes]))
        first = xp.floor(exponent / 2)
        table = self.ops.constant(np.ldexp(1.0, np.arange(-most, most + 1)), length.dtype)

        def power(e: Array) -> Array:
            return xp.take(table, self.ops.cast(e, self.ops.integers) + most, axis=0)

        mantissa = length * (largest * power(-first) * power(first - exponent))
        found = (mantissa, power(first), power(exponent - first))
        first, second, third = (self.ops.cast(part, self.dtype) for part in found)
        return first, second, third

    # -- values ------------------------------------------------------------------------------------------

    def evaluate(self, left: Rows, right: Rows) -> tuple[Array]:
        """The values of all pairs, shape (rows of left, rows of right)."""
        cosine = left.directions @ right.directions.T
        point = self._point(cosine, left, right)
        return (self._values(point, left.column, right.row, left.unit and right.unit),)

    def _values(self, point: Point, left: Side, right: Side, unit: bool) -> Array:
        lengths = Lengths(self.xp, left, right, unit)
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            if self.normalize:
                value = lengths.without_zeros(point.pair(self.kernel).value)
            else:
                value = self.kernel.between(point, lengths)
        return self.ops.cast(value, self.dtype)

    def _point(self, cosine: Array, left: Rows, right: Rows) -> Point:
        xp, arithmetic = self.xp, FloatArithmetic(self.xp)
        if self.near == 0:
            return Point.from_cosine(arithmetic, self.ops.clip(cosine)[0])
        if left is right and self.ops.in_place:
            np.fill_diagonal(cosine, 0.0)  # these values are known: `own`
        bound, high, low = 1 - self.near, float(xp.max(cosine)), float(xp.min(cosine))
        if high <= bound and low >= -bound:
            return Point.from_cosine(arithmetic, cosine)
        delta, codelta = 1 - cosine, 1 + cosine
        if high > bound:
            mask = cosine > bound
            delta = self.ops.put(delta, mask, self._defects(mask, left, right, 1))
            codelta, cosine = xp.where(mask, 2 - delta, codelta), xp.where(mask, 1 - delta, cosine)
        if low < -bound:
            mask = cosine < -bound
            codelta = self.ops.put(codelta, mask, self._defects(mask, left, right, -1))
            delta, cosine = xp.where(mask, 2 - codelta, delta), xp.where(mask, codelta - 1, cosine)
        return Point(arithmetic, cosine, delta, codelta)

    def _defects(self, mask: Array, left: Rows, right: Rows, sign: int) -> Array:
        """|a - sign b|^2 / 2 of the directions, for the pairs of the mask."""
        rows, columns = self.xp.nonzero(mask)
        return self._pair_defects(mask, rows, columns, self._fine(left), self._fine(right), sign)

    def _pair_defects(self, mask: Array, rows: Array, columns: Array, a: Array, b: Array, sign: int) -> Array:
        """The same of directions in float64, where the places in the mask are known."""
        b = b if sign == 1 else -b
        if 8 * rows.shape[0] < mask.shape[0] * mask.shape[1] or a.shape[1] < 8:
            found = self._gaps(a, b, rows, columns)
        else:
            found = self._centred(a, b, mask, rows, columns)
        return self.ops.cast(found / 2, self.dtype)

    def _centred(self, a: Array, b: Array, mask: Array, rows: Array, columns: Array) -> Array:
        """The same by a matrix product, where the directions lie in a narrow cone."""
        xp = self.xp
        centre = xp.mean(a, axis=0)
        a_rest, b_rest = a - centre, b - centre
        a_squares, b_squares = xp.sum(a_rest * a_rest, axis=1), xp.sum(b_rest * b_rest, axis=1)
        squares = a_squares[:, None] + b_squares[None, :]
        squares = squares - 2 * xp.matmul(a_rest, xp.permute_dims(b_rest, (1, 0)))
        found = squares[mask]
        eps = float(xp.finfo(a.dtype).eps)
        error = 2 * eps * float(xp.max(a_squares) + xp.max(b_squares))
        nearer = found < 2 * reach(self.kernel, error, _WANTED[self.bytes])
        if bool(xp.any(nearer)):
            gaps = self._gaps(a, b, rows[nearer], columns[nearer])
            found = self.ops.put(found, nearer, gaps)
        return found

    def _gaps(self, a: Array, b: Array, rows: Array, columns: Array) -> Array:
        """|a_i - b_j|^2 pair by pair."""
        xp, parts = self.xp, []
        step = max(1, _GATHERED // max(1, a.shape[1]))
        for start in range(0, rows.shape[0], step):
            here = slice(start, min(start + step, rows.shape[0]))
            gap = xp.take(a, rows[here], axis=0) - xp.take(b, columns[here], axis=0)
            parts.append(xp.sum(gap * gap, axis=1))
        return parts[0] if len(parts) == 1 else xp.concat(parts, axis=0)

    def _fine(self, rows: Rows) -> Array:
        if rows.fine is None:
            rows.fine = self._directions(rows.raw)[0]
        return rows.fine


@functools.lru_cache(maxsize=1024)
def reach(kernel: Zonal, error: float, wanted: float) -> float:
    """The distance t of a cosine from an end within which its error costs more than `wanted` of the kernel's size."""
    t, slopes = slopes_near_ends(kernel)
    costly = t[error * slopes > wanted]
    return float(costly.max(initial=0.0))


@functools.lru_cache(maxsize=256)
def slopes_near_ends(kernel: Zonal, nearest: float = 1e-15) -> tuple[FloatArray, FloatArray]:
    """|kappa'| relative to the kernel's size at distances t from the ends, the larger of both, by differences."""
    t = np.geomspace(nearest, 1.0, 241)
    arithmetic = FloatArithmetic()
    with np.errstate(all="ignore"):
        near = Point(arithmetic, 1 - t, t, 2 - t).pair(kernel)
        far = Point(arithmetic, t - 1, 2 - t, t).pair(kernel)
        value = np.broadcast_to(np.asarray(near.value, dtype=float), t.shape)
        other = np.broadcast_to(np.asarray(far.value, dtype=float), t.shape)
        defect = np.broadcast_to(np.asarray(near.defect, dtype=float), t.shape)
        if not np.all(np.isfinite(defect)):
            defect = value
        size = np.abs(kernel.at_one)
        if math.isfinite(size):
            size = max(size, float(np.max(np.abs(value))), float(np.max(np.abs(other[1:]))))
            sizes = np.full(t.shape, size)
        else:
            sizes = np.maximum(np.abs(value), np.abs(other))
        steps = np.diff(t)
        slopes = np.maximum(np.abs(np.diff(defect)), np.abs(np.diff(other))) / steps
        found = slopes / np.where(sizes > 0, sizes, 1)[1:]
    return t[1:], np.where(np.isfinite(found), found, np.inf)


@functools.lru_cache(maxsize=1024)
def layers_in(kernel: Zonal) -> int:
    """How many layers a kernel is made of, about."""
    if not is_dataclass(kernel):
        return 1
    below = sum(_layers(getattr(kernel, f.name)) for f in fields(kernel))
    depth = getattr(kernel, "depth", 1)
    return below + (depth if isinstance(depth, int) else 1)  # a user's `depth` may be anything


def _layers(part: object) -> int:
    if isinstance(part, tuple):
        return sum(map(_layers, part))
    return layers_in(part) if isinstance(part, Zonal) else 0
