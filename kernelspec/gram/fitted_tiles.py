"""Tiles of a Gram matrix by fits: a matrix product, and a polynomial in place, a few rows at a time, in the cache.

The fit is that of the range of the tile's cosines. Where a tile holds cosines on both sides of 0 and the kernel is
singular at both ends, those below 0 are gathered and evaluated by a fit of their own. Pairs of rows that are
near-coincident or near-opposite have their distance from the rows themselves, as everywhere (`tiles`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.lengths import Lengths
from ..kernels.zonal import Zonal
from ..numbers.arithmetic_protocol import DType
from ..numbers.arrays import InPlace
from .fitted import fitted_halves
from .fitted_values import ARRAYS, Near, evaluate, value_at
from .polynomials import Fitted
from .tiles import COSINE, Rows, Tiles

# Rows of a tile: smaller matrix products are slower, and the transposed copy of one whose rows are a power of 2 of
# bytes apart misses the cache.
TILE = 240
_AHEAD = 2**16  # numbers prepared together: 512 KiB
_FEW = 32  # near pairs whose rows are prepared in float64 for themselves
_PIECE = 2**17  # bytes that are evaluated together: four such arrays stay in the second cache


class FittedTiles(Tiles):
    """The same tiles, of NumPy arrays, for a kernel that has fits; a tile lies in memory that the next one uses."""

    def __init__(self, kernel: Zonal, dtype: DType, normalize: bool) -> None:
        super().__init__(InPlace(), kernel, dtype, normalize)
        self.near = max(self.near, 2 * COSINE[self.bytes])  # multiples of a row are to be found for any kernel
        self._work: list[NDArray[Any]] = []
        self._memory = np.empty(0, dtype)
        self._kept: list[tuple[Rows, NDArray[Any]]] = []  # float64 directions of the last two chunks

    def evaluate(self, left: Rows, right: Rows) -> tuple[NDArray[Any]]:
        count, width = left.count, right.count
        if self._memory.size < count * width:
            self._memory = np.empty(count * width, self.dtype)
        tile = self._memory[: count * width].reshape(count, width)
        np.matmul(left.directions, right.directions.T, out=tile)
        if left is right:
            np.fill_diagonal(tile, 0.0)  # these values are known: `own`
        low, high = float(tile.min()), float(tile.max())
        fits = fitted_halves(self.kernel, self.dtype, low, high)
        assert fits is not None  # the run asked for all of [-1, 1]
        near = self._near(tile, low, high, left, right)
        step = max(1, _PIECE // (self.bytes * width))
        for start in range(0, count, step):
            piece = tile[start : start + step].reshape(-1)
            here = [
                (end, where[a:b] - start * width, gaps[a:b])
                for end, where, gaps in near
                for a, b in [np.searchsorted(where, (start * width, start * width + piece.size))]
            ]
            self._evaluate(piece, fits, here, min(low, -1.0) < -1 or high > 1)
        return (self._with_lengths(tile, left, right),)

    def _coarse(self, x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        directions = np.empty(x.shape, self.dtype)
        length, largest = np.empty(x.shape[0]), np.empty(x.shape[0])
        step = max(1, _AHEAD // max(1, x.shape[1]))
        for start in range(0, x.shape[0], step):
            here = slice(start, start + step)
            directions[here], length[here], largest[here] = self._directions(x[here])
        return directions, length, largest

    def _pair_defects(self, mask: Any, rows: Any, columns: Any, left: Rows, right: Rows, sign: int) -> Any:
        if rows.size > _FEW or left.fine is not None:
            return super()._pair_defects(mask, rows, columns, left, right, sign)
        a, b = self._directions(left.raw[rows])[0], self._directions(right.raw[columns])[0]
        a -= sign * b
        return np.asarray(np.sum(a * a, axis=1) / 2, dtype=self.dtype)

    def _fine(self, rows: Rows) -> NDArray[Any]:
        if rows.fine is not None:
            return np.asarray(rows.fine)
        for known, fine in self._kept:
            if known is rows:
                return fine
        fine = self._directions(rows.raw)[0]
        self._kept = [*self._kept[-1:], (rows, fine)]
        return fine

    def _near(self, tile: NDArray[Any], low: float, high: float, left: Rows, right: Rows) -> list[Near]:
        found: list[Near] = []
        bound = 1 - self.near
        for end, there in ((1, high > bound), (-1, low < -bound)):
            if there:
                mask = tile > bound if end == 1 else tile < -bound
                where = np.flatnonzero(mask)
                rows, columns = np.divmod(where, tile.shape[1])
                found.append((end, where, self._pair_defects(mask, rows, columns, left, right, end)))
        return found

    def _evaluate(self, u: NDArray[Any], fits: tuple[Fitted, ...], near: list[Near], beyond: bool) -> None:
        """kappa in the place of the cosines u."""
        if not self._work or self._work[0].size < u.size:
            self._work = [np.empty(u.size, self.dtype) for _ in range(ARRAYS)]
        evaluate(fits, u, [array[: u.size] for array in self._work], near, beyond)
        for end, where, gaps in near:
            u[where[gaps == 0]] = value_at(self.kernel, end)  # rows that are multiples of each other

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
