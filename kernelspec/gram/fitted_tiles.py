"""Tiles of a Gram matrix by fits: a matrix product, and a polynomial in place, a few rows at a time, in the cache.

A tile holds distances 1 - u, from a product of centred directions (`centred`). The fit is that of their range. Where a
tile holds cosines on both sides of 0 and the kernel is singular at both ends, those below 0 are gathered and evaluated
by a fit of their own.

Distances near an end are found again: those of float32 rows by products in float64, pair by pair, or of the whole tile
where they are many or rows are short; and what is nearer than float64 tells by the difference of the directions, as
everywhere (`tiles`), which is 0 of rows that are multiples of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels.lengths import Lengths
from ..kernels.zonal import Zonal
from ..numbers.arithmetic_protocol import DType
from ..numbers.arrays import InPlace
from .centred import (
    DOUBLE,
    LOST,
    ROUNDING,
    Centred,
    Limits,
    Split,
    centred,
    distances,
    nonzero_columns,
    sample,
    told_by_differences,
)
from .fitted import fitted_halves
from .fitted_values import ARRAYS, Near, evaluate_at, value_at
from .polynomials import Fitted
from .tiles import Rows, Tiles, reach

# Rows of a tile, by bytes of a number, the first for which there is memory: of small tiles the products, and all else
# between them, are slower; and the transposed copy of one whose rows are a power of 2 of bytes apart misses the cache.
TILES = {4: (500, 400, 320), 8: (320,)}
_AHEAD = 2**16  # numbers prepared together: 512 KiB
_FEW = 32  # near pairs whose rows are prepared in float64 for themselves
_MANY = 24  # a tile is done in float64 where one pair of so many is near
_SHORT = 64  # numbers of float32 rows, up to which that costs less than it spares
_PIECE = 2**17  # bytes that are evaluated together: four such arrays stay in the second cache
_SLAB = 64  # rows of a tile in which near pairs are found again together
_GATHERED = 2**15  # numbers gathered at a time
_SMALL = 1e-8  # what a product in float64 may cost float32 values

Ends: TypeAlias = dict[int, Near]
_NOWHERE: Near = np.zeros(0, np.intp), np.zeros(0, np.float32)


def _slabs(where: NDArray[np.intp], tile: NDArray[Any]) -> list[NDArray[np.intp]]:
    """Places of a tile, those of some of its rows at a time: what is found of them goes through less memory."""
    bounds = range(0, tile.size, _SLAB * tile.shape[1])[1:]
    return [each for each in np.split(where, np.searchsorted(where, bounds)) if each.size]


def way_of(kernel: Zonal, x: NDArray[Any], y: NDArray[Any] | None) -> Centred | None:
    """How products are made for these data: centred, or None, in float64 (short rows of float32)."""
    if x.dtype.itemsize == 4 and x.shape[1] <= _SHORT:
        return None
    columns, some = nonzero_columns(x, y), sample(x, y)
    some = some if columns is None else np.take(some, columns, axis=1)
    rows = Tiles(InPlace(), kernel, np.float64, False).prepare(some, len(some) + 1)
    directions = np.concatenate([each.directions for each in rows]) if rows else np.zeros((0, some.shape[1]))
    found = centred(kernel, directions, x.dtype)
    return found if found is None else replace(found, columns=columns)


class FittedTiles(Tiles):
    """The same tiles, of NumPy arrays, for a kernel that has fits; a tile lies in memory that the next one uses."""

    def __init__(self, kernel: Zonal, dtype: DType, normalize: bool, way: Centred | None) -> None:
        super().__init__(InPlace(), kernel, dtype, normalize)
        self.way = way
        self.nearest = max(reach(kernel, DOUBLE, _SMALL), 4 * DOUBLE)  # where float64 products do not tell
        least, self.most = told_by_differences(kernel)
        self.least = max(least, self.nearest)  # where differences of float32 do, and `most` where no more
        self._work: list[NDArray[Any]] = []
        # Memory that is used again and again: what is asked for anew is mapped anew, page by page.
        self._memory, self._spare = np.empty(0, dtype), np.empty(0)
        self._gathered: list[NDArray[Any]] = []
        self._split: Split | None = None  # of the rows that are being prepared
        self._inverse = np.empty(0)
        self._kept: list[tuple[Rows, NDArray[Any]]] = []  # float64 directions of the last two chunks

    def prepare(self, x: NDArray[Any], chunk: int) -> list[Rows]:
        found, start = super().prepare(x, chunk), 0
        for rows in found:
            rows.fine = None  # `directions` are what `Centred` leaves of them
            here = slice(start, start + rows.count)
            rows.inverse, start = self._inverse[here], here.stop
            if self._split is not None:
                rows.parts = self._split[here]
        return found

    def evaluate(self, left: Rows, right: Rows) -> tuple[NDArray[Any]]:
        count, width = left.count, right.count
        if self._memory.size < count * width:
            self._memory, self._spare = np.empty(count * width, self.dtype), np.empty(count * width)
        tile = self._memory[: count * width].reshape(count, width)
        exact, limits = self._distances(tile, left, right)
        if left is right:
            np.fill_diagonal(tile, 1.0)  # these values are known: `own`
        ends, low, high = self._near(tile, exact, limits, left, right)
        fits = fitted_halves(self.kernel, self.dtype, max(1 - high, -1.0), min(1 - low, 1.0))
        assert fits is not None  # the run asked for all of [-1, 1]
        flat, step = tile.reshape(-1), max(1, _PIECE // (self.bytes * width)) * width
        far = ends.get(-1, _NOWHERE)
        for start in range(0, flat.size, step):
            piece, here = flat[start : start + step], _NOWHERE
            if far[0].size:
                a, b = np.searchsorted(far[0], (start, start + piece.size))
                here = far[0][a:b] - start, far[1][a:b]
            self._evaluate(piece, fits, here)
        for end, (where, gaps) in ends.items():
            flat[where[gaps == 0]] = value_at(self.kernel, end)  # rows that are multiples of each other
        return (self._with_lengths(tile, left, right),)

    def _coarse(self, x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        if self.way is not None and self.way.columns is not None:
            x = np.take(x, self.way.columns, axis=1)
        directions, parts = np.empty(x.shape, self.dtype), []
        length, largest = np.ones(x.shape[0]), np.empty(x.shape[0])
        self._inverse = np.empty(x.shape[0])
        step = max(1, _AHEAD // max(1, x.shape[1]))
        wide, spare = np.empty((2, min(step, x.shape[0]), x.shape[1]))
        for start in range(0, x.shape[0], step):
            here = slice(start, start + step)
            if self.bytes == 8:
                found, length[here], largest[here] = self._directions(x[here])
            else:  # near multiples are told by `_exactly`
                found = wide[: len(x[here])]
                found[...] = x[here]
                largest[here] = norms = np.sqrt(np.vecdot(found, found))
                self._inverse[here] = 1 / np.where(norms > 0, norms, 1)
                found *= self._inverse[here][:, None]
            if self.way is not None:
                parts.append(self.way.split(found, directions[here], spare[: len(found)]))
        self._split = Split.join(parts) if parts else None
        return directions, length, largest

    # -- distances ---------------------------------------------------------------------------------------

    def _distances(self, tile: NDArray[Any], left: Rows, right: Rows) -> tuple[NDArray[Any] | None, Limits]:
        """1 - cos of all pairs, into the tile, in float64 if known; and from where on they are to be found again."""
        if self.way is None:
            return self._in_float64(tile, left, right)
        spare = self._spare[: tile.size]
        distances(left.directions, right.directions, left.parts, right.parts, self.way.step, tile, spare)
        return None, self.way.limits(self.kernel, left.parts, right.parts, self.bytes)

    def _in_float64(self, tile: NDArray[Any], left: Rows, right: Rows) -> tuple[NDArray[Any], Limits]:
        """The same of float32 rows."""
        one, two = left.raw.astype(np.float64), right.raw.astype(np.float64)
        one *= left.inverse[:, None]
        two *= right.inverse[:, None]
        exact = np.matmul(one, two.T, out=self._wide(tile))
        np.subtract(1.0, exact, out=exact)
        tile[...] = exact
        far = max(reach(self.kernel, ROUNDING[4], LOST[4]), 4 * ROUNDING[4])
        return exact, Limits(self.nearest, self.nearest, self.nearest, far)

    def _wide(self, tile: NDArray[Any]) -> NDArray[Any]:
        return self._spare[: tile.size].reshape(tile.shape)

    def _near(
        self, tile: NDArray[Any], exact: NDArray[Any] | None, limits: Limits, left: Rows, right: Rows
    ) -> tuple[Ends, float, float]:
        """Places of pairs near an end, their distances from it, which go into the tile, and the ends of the tile."""
        low, high, found = float(tile.min()), float(tile.max()), {}
        for end in (1, -1):
            if (low >= limits.near) if end == 1 else (high <= 2 - limits.far):
                continue
            where = np.flatnonzero(limits.below(tile) if end == 1 else tile > 2 - limits.far)
            if end == 1 and limits.kept is not None:
                kept = [
                    limits.kept(*np.divmod(each, tile.shape[1]), tile.reshape(-1)[each]) for each in _slabs(where, tile)
                ]
                where = where[np.concatenate(kept)] if kept else where
            if exact is None and self.bytes == 4 and _MANY * where.size > tile.size:
                exact, limits = self._in_float64(tile, left, right)
                if left is right:
                    np.fill_diagonal(tile, 1.0)
                return self._near(tile, exact, limits, left, right)
            several = [self._gaps_at(tile, exact, each, left, right, end) for each in _slabs(where, tile)]
            gaps = np.concatenate([np.zeros(0, self.dtype), *several])
            tile.reshape(-1)[where] = gaps if end == 1 else 2 - gaps
            found[end] = where, gaps
            nearest = float(np.min(gaps, initial=1.0))
            low, high = (min(low, nearest), high) if end == 1 else (low, max(high, 2 - nearest))
        return found, low, high

    def _gaps_at(
        self, tile: NDArray[Any], exact: NDArray[Any] | None, where: NDArray[np.intp], left: Rows, right: Rows, end: int
    ) -> NDArray[Any]:
        """1 - cos or 1 + cos at places of the tile."""
        rows, columns = np.divmod(where, tile.shape[1])
        if self.bytes == 8:
            return np.asarray(self._exactly(tile, rows, columns, left, right, end))
        if exact is not None:
            found = exact.reshape(-1)[where]
            found = found if end == 1 else 2 - found
        elif end == 1:
            found = tile.reshape(-1)[where].astype(np.float64)
            told = np.flatnonzero((found >= self.least) & (found < self.most))
            if told.size:
                found[told] = self._by_differences(rows[told], columns[told], left, right)
            again = np.flatnonzero((found < self.least) | (found >= self.most))
            if again.size:
                found[again] = self._by_products(rows[again], columns[again], left, right, end)
        else:
            found = self._by_products(rows, columns, left, right, end)
        closest = np.flatnonzero(found < self.nearest)
        if closest.size:
            found[closest] = self._exactly(tile, rows[closest], columns[closest], left, right, end)
        return found.astype(self.dtype)

    def _by_differences(self, rows: Any, columns: Any, left: Rows, right: Rows) -> NDArray[Any]:
        """1 - cos of pairs of float32 rows, by a - b and p - q."""
        gaps = left.parts.left[rows, :-2] + right.parts.right[:-2, columns].T
        found = np.vecdot(gaps, gaps)
        for here, a, b in self._gather(left.directions, right.directions, rows, columns):
            a -= b
            found[here] += np.vecdot(a, a)
        found /= 2
        return found

    def _by_products(self, rows: Any, columns: Any, left: Rows, right: Rows, end: int) -> NDArray[Any]:
        """1 - cos or 1 + cos of pairs of float32 rows, by their products in float64."""
        found = np.empty(rows.size)
        for here, a, b in self._gather(left.raw, right.raw, rows, columns):
            found[here] = np.einsum("ij,ij->i", a, b, dtype=np.float64)
        return np.asarray(1 - end * found * left.inverse[rows] * right.inverse[columns])

    def _gather(
        self, one: NDArray[Any], two: NDArray[Any], rows: Any, columns: Any
    ) -> Iterator[tuple[slice, NDArray[Any], NDArray[Any]]]:
        """Copies of rows of both, some at a time, in memory that is used again."""
        step = max(1, _GATHERED // max(1, one.shape[1]))
        if not self._gathered or self._gathered[0].size < step * one.shape[1]:
            self._gathered = [np.empty(step * one.shape[1], self.dtype) for _ in range(2)]
        for start in range(0, rows.size, step):
            here = slice(start, start + step)
            i, j = rows[here], columns[here]
            a, b = (array[: i.size * one.shape[1]].reshape(i.size, -1) for array in self._gathered)
            np.take(one, i, axis=0, out=a, mode="clip")  # other modes have a buffer
            np.take(two, j, axis=0, out=b, mode="clip")
            yield here, a, b

    def _exactly(self, tile: NDArray[Any], rows: Any, columns: Any, left: Rows, right: Rows, end: int) -> Any:
        """The same by the difference of the directions."""
        if rows.size > _FEW:
            first, last = rows[0], rows[-1] + 1
            mask = np.zeros((last - first, tile.shape[1]), bool)
            mask[rows - first, columns] = True
            one, two = self._fine(left)[first:last], self._fine(right)
            return self._pair_defects(mask, rows - first, columns, one, two, end)
        a, b = self._directions(left.raw[rows])[0], self._directions(right.raw[columns])[0]
        a -= end * b
        return np.asarray(np.sum(a * a, axis=1) / 2, dtype=self.dtype)

    def _fine(self, rows: Rows) -> NDArray[Any]:
        for known, fine in self._kept:
            if known is rows:
                return fine
        fine = self._directions(rows.raw)[0]
        self._kept = [*self._kept[-1:], (rows, fine)]
        return fine

    # -- values ------------------------------------------------------------------------------------------

    def _evaluate(self, x: NDArray[Any], fits: tuple[Fitted, ...], far: Near) -> None:
        """kappa in the place of the distances x."""
        if not self._work or self._work[0].size < x.size:
            self._work = [np.empty(x.size, self.dtype) for _ in range(ARRAYS)]
        evaluate_at(fits, x, [array[: x.size] for array in self._work], far)

    def _with_lengths(self, tile: NDArray[Any], left: Rows, right: Rows) -> NDArray[Any]:
        one, two = left.column, right.row
        lengths = Lengths(np, one, two, left.unit and right.unit)
        if self.normalize:
            return np.asarray(lengths.without_zeros(tile), dtype=self.dtype)
        plain = one.parts is None and two.parts is None and one.nonzero is None and two.nonzero is None
        if not plain:
            return np.asarray(lengths.times(tile), dtype=self.dtype)
        tile *= one.norm
        tile *= two.norm
        return tile
