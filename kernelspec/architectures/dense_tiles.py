r"""Matrices of fully connected networks, tile by tile, by the polynomials of `dense_fits`.

z, the cosine taken to the fit's interval, comes out of one matrix product: with c the mean of some directions,

.. math:: u = \langle a - c, b - c\rangle + \langle a - c, c\rangle + \langle b - c, c\rangle + |c|^2,

so that float32 rounds what is left of the directions, and two columns beside them add the rest, divide and shift.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..gram.centred import sample
from ..gram.workers import each
from ..numbers.checks import FloatArray, Progress, watched
from .dense_fits import OWN, WANTED, Dense, Fit, fits, has_sums, layers_in
from .duals.dual import point_of
from .images import directions, refine

_WIDEST = (0.99, 0.95, 0.9, 0.8)  # of |u| in the interval: the widest that has a fit is taken
_OUTSIDE = 0.01  # of the pairs may lie outside of it
_PAD, _LEAST = 0.2, 0.02  # by what an interval of a sample is widened at both ends: of its length, and at least
_TILE = 240  # rows; a power of 2 would have transposed copies miss the cache
_PIECE = 2**17  # bytes that are evaluated together, in the second cache
_GATHERED = 2**18  # numbers of gathered rows at a time
_ORDINARY = (1e-130, 1e130)  # deviations whose squares are floats
_WORTH = 2**19  # pairs times layers from which on a fit costs less than it saves; a quarter where duals are sums
_STEEPEST = 2.0  # slope in u up to which cosines of float32, off by 2^-23, will do


class Chunk(NamedTuple):
    """Rows that are prepared: what is multiplied on either side, d(s), and the factors of the fit."""

    left: Any
    right: Any
    sizes: dict[str, FloatArray]
    factors: dict[str, list[tuple[Any, Any]]]


@dataclass
class Tiles:
    """A job: the images, fits for each kind, and results, which workers write into."""

    dense: Dense
    x1: Any
    x2: Any
    deviations: tuple[FloatArray, FloatArray]  # of both sides, and d of them
    sizes: tuple[dict[str, FloatArray], dict[str, FloatArray]]
    fits: dict[str, Fit]
    centre: FloatArray
    dtype: Any
    results: dict[str, Any]
    chunks: dict[tuple[int, int], Chunk] = field(default_factory=dict)

    def prepare(self, side: int, start: int) -> None:
        """The chunk of a side that begins there."""
        x = self.x1 if side == 0 or self.x2 is None else self.x2
        rows, stop = x[start : start + _TILE], start + _TILE
        s, norms = self.deviations[side][start:stop], {k: d[start:stop] for k, d in self.sizes[side].items()}
        d = rows.shape[1]
        a = rows * (1 / (math.sqrt(d) * s))[:, None]  # in float64
        a -= self.centre
        one = next(iter(self.fits.values()))
        middle, half = (one.low + one.high) / 2, (one.high - one.low) / 2
        along = a @ self.centre
        left, right = (np.empty((len(a), d + 2), self.dtype) for _ in range(2))
        np.divide(a, half, out=left[:, :d], casting="same_kind")
        right[:, :d] = a
        left[:, d], left[:, d + 1] = along / half, 1
        right[:, d], right[:, d + 1] = 1, (along + self.centre @ self.centre - middle) / half
        factors = {kind: each.factors(s, norms[kind], self.dtype) for kind, each in self.fits.items()}
        self.chunks[side, start] = Chunk(left, right, norms, factors)

    def tile(self, worker: Any, i: int, j: int) -> None:
        """The values of a chunk with another, into the results."""
        first, second = self.chunks[0, i], self.chunks[0 if self.x2 is None else 1, j]
        z = np.matmul(
            first.left,
            second.right.T,
            out=worker.z[: len(first.left) * len(second.right)].reshape(len(first.left), len(second.right)),
        )
        same = self.x2 is None and i == j
        if same:
            np.fill_diagonal(z, 0.0)
        outside = None
        if float(z.max()) > 1 or float(z.min()) < -1:
            outside = np.nonzero(np.abs(z) > 1)
        step = max(1, _PIECE // (z.shape[1] * z.itemsize))
        columns = slice(j, j + z.shape[1])
        for kind, one in self.fits.items():
            out, norms = self.results[kind], (first.sizes[kind], second.sizes[kind])
            for start in range(0, len(z), step):
                piece, here = z[start : start + step], slice(start, start + step)
                left = [(f if one.flat else f[here], weights) for f, weights in first.factors[kind]]
                value = one.values(piece, left, second.factors[kind], worker.arrays(piece.shape))
                if one.flat:
                    value *= norms[0][here, None].astype(self.dtype)
                    value *= norms[1].astype(self.dtype)
                rows = slice(i + start, i + start + len(piece))
                out[rows, columns] = value
                if self.x2 is None and not same:
                    out[columns, rows] = value.T
            if same:
                block = out[columns, columns]
                upper = np.triu(block, 1)
                block[...] = upper + upper.T
                np.fill_diagonal(block, norms[0] ** 2)
        if outside is not None:
            self._outside(i + outside[0], j + outside[1])

    def _outside(self, rows: Any, columns: Any) -> None:
        """Pairs that no fit has, by the recursion."""
        if self.x2 is None:
            rows, columns = rows[rows < columns], columns[rows < columns]
        other = self.x1 if self.x2 is None else self.x2
        step = max(1, _GATHERED // self.x1.shape[1])
        for start in range(0, len(rows), step):
            i, j = rows[start : start + step], columns[start : start + step]
            (a, s), (b, t) = directions(self.x1[i]), directions(other[j])
            point = point_of(np.einsum("ij,ij->i", a, b))
            refine(point, a, b, OWN)
            for kind, value in self.dense.kernels(s, t, point).items():
                if kind in self.results:
                    self.results[kind][i, j] = value
                    if self.x2 is None:
                        self.results[kind][j, i] = value


class _Worker:
    """Memory of one worker."""

    def __init__(self, dtype: Any) -> None:
        self.z = np.empty(_TILE * _TILE, dtype)
        self.work = np.empty(4 * _TILE * _TILE, dtype)

    def arrays(self, shape: tuple[int, int]) -> Any:
        count = shape[0] * shape[1]
        return self.work[: 4 * count].reshape(4, *shape)


def tiles_of(dense: Dense, x1: Any, x2: Any, kinds: Sequence[str]) -> Tiles | None:
    """What makes the matrices by fits; None where there are none, or too little work for them."""
    other = x1 if x2 is None else x2
    pairs = len(x1) * len(other) // (2 if x2 is None else 1)
    if pairs * layers_in(dense.network) < _WORTH // (4 if has_sums(dense.network) else 1):
        return None
    s = [
        np.sqrt(np.einsum("ij,ij->i", x, x, dtype=np.float64) / x.shape[1]) for x in (x1, other)[: 1 + (x2 is not None)]
    ]
    low, high = min(float(np.min(each)) for each in s), max(float(np.max(each)) for each in s)
    if not (_ORDINARY[0] < low and high < _ORDINARY[1]):
        return None
    one, two = (directions(sample(x, None))[0] for x in (x1, other))
    cosines = (one @ two.T)[np.triu_indices(len(one), 1)] if x2 is None else one @ two.T
    bounds = float(cosines.min()), float(cosines.max())
    pad = max(_PAD * (bounds[1] - bounds[0]), _LEAST)
    size = x1.dtype.itemsize
    step = _step(bounds[1] - bounds[0] + 2 * pad)
    padded = round((bounds[0] - pad) / step) * step, round((bounds[1] + pad) / step) * step
    logs = math.log(low), math.log(high)
    step = _step(max(logs[1] - logs[0], WANTED[size]))
    least, largest = math.exp(math.floor(logs[0] / step) * step), math.exp(math.ceil(logs[1] / step) * step)
    most = 2.0 ** math.ceil(math.log2(max(pairs / 2, 1)))
    for widest in _WIDEST:
        u = max(padded[0], -widest), min(padded[1], widest)
        if not u[0] < u[1] or np.mean((cosines < u[0]) | (cosines > u[1])) > _OUTSIDE:
            return None
        found = fits(dense, kinds, (least, largest), u, size, most)
        if found is not None:
            break
    else:
        return None
    if size == 4 and any(each.slope > _STEEPEST for each in found.values()):
        size = 8
    results = {kind: np.empty((len(x1), len(other)), x1.dtype) for kind in kinds}
    norms = [_sizes(dense, found, side) for side in s]
    centre = np.mean(np.concatenate([one, two]), axis=0)
    return Tiles(dense, x1, x2, (s[0], s[-1]), (norms[0], norms[-1]), found, centre, np.dtype(f"f{size}"), results)


def _sizes(dense: Dense, found: dict[str, Fit], s: FloatArray) -> dict[str, FloatArray]:
    """d of each kind that is fitted."""
    known: dict[str, Any] = {kind: one.sizes(s) for kind, one in found.items()}
    every = dense.sizes(s) if any(size is None for size in known.values()) else known
    return {kind: every[kind] for kind in known}


def _step(length: float) -> float:
    """By whose multiples an interval of this length begins and ends: other data of the same kind share its fit."""
    return 2.0 ** math.ceil(math.log2(length)) / 64


def matrices(tiles: Tiles, memory: int, workers: int, progress: Progress | None) -> dict[str, Any]:
    """The kernels of all pairs; `memory` bounds what is prepared at a time."""
    counts = len(tiles.x1), len(tiles.x1 if tiles.x2 is None else tiles.x2)
    row = 32 * (tiles.x1.shape[1] + sum(f.shape[1] for each in tiles.fits.values() for f, _ in each.terms) + 8)
    block = max(1, memory // (2 * row * _TILE)) * _TILE
    starts = [range(0, count, block) for count in counts]
    for i, j in watched(progress, itertools.product(*starts), len(starts[0]) * len(starts[1])):
        if tiles.x2 is None and j < i:
            continue
        rows, columns = (range(at, min(at + block, count), _TILE) for at, count in zip((i, j), counts, strict=True))
        needed = [(0, p) for p in rows] + [(0 if tiles.x2 is None else 1, q) for q in columns]
        tiles.chunks = {key: chunk for key, chunk in tiles.chunks.items() if key in needed}
        new = [key for key in dict.fromkeys(needed) if key not in tiles.chunks]
        pairs = [(p, q) for p in rows for q in columns if tiles.x2 is not None or p <= q]

        def task(worker: Any, number: int, new: Any = new, pairs: Any = pairs) -> None:
            with np.errstate(all="ignore"):  # seen in the result
                if number < len(new):
                    tiles.prepare(*new[number])
                else:
                    tiles.tile(worker, *pairs[number - len(new)])

        phases = [range(len(new)), range(len(new), len(new) + len(pairs))]
        for _ in each(lambda: _Worker(tiles.dtype), task, phases, workers, False):
            pass
    return tiles.results
