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
from .fitted_values import ARRAYS, Near, evaluate
from .polynomials import Fitted
from .tiles import Rows, Tiles

TILE = 256  # rows of a tile: smaller matrix products are slower
_PIECE = 2**17  # bytes that are evaluated together: four such arrays stay in the second cache


class FittedTiles(Tiles):
    """The same tiles, of NumPy arrays, for a kernel that has fits; a tile lies in memory that the next one uses."""

    def __init__(self, kernel: Zonal, dtype: DType, normalize: bool) -> None:
        super().__init__(InPlace(), kernel, dtype, normalize)
        self._work: list[NDArray[Any]] = []
        self._memory = np.empty(0, dtype)

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

    def _near(self, tile: NDArray[Any], low: float, high: float, left: Rows, right: Rows) -> list[Near]:
        found, bound = [], 1 - self.near
        if self.near > 0 and high > bound:
            mask = tile > bound
            found.append((1, np.flatnonzero(mask), self._defects(mask, left, right, 1)))
        if self.near > 0 and low < -bound:
            mask = tile < -bound
            found.append((-1, np.flatnonzero(mask), self._defects(mask, left, right, -1)))
        return found

    def _evaluate(self, u: NDArray[Any], fits: tuple[Fitted, ...], near: list[Near], beyond: bool) -> None:
        """kappa in the place of the cosines u."""
        if not self._work or self._work[0].size < u.size:
            self._work = [np.empty(u.size, self.dtype) for _ in range(ARRAYS)]
        evaluate(fits, u, [array[: u.size] for array in self._work], near, beyond)

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
