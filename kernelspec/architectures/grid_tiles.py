"""Matrices of networks of images on a grid where equal positions alone are paired, tile by tile, by `grid_steps`.

Tiles are blocks of images with others, and, so that nothing of a symmetric matrix is computed twice, lists of pairs:
those within a block, and images with themselves. What belongs to one image is computed once, before all tiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..gram.workers import each
from .grid_steps import Covariances, Known, Other, Step, Tile, all_pairs, all_sides, steps_of
from .images import cosines, directions, of_pairs
from .layers import Layer
from .needs import Needs, before
from .pairs import Layout
from .recursion import run
from .remembered import Memory, remembering
from .states import State

_TILE = 2**15  # pairs of positions of a tile: a few of its arrays stay in the second cache
_FEW_CHANNELS = 8  # up to which inner products are sums over channels
_TRIED = 16  # pairs that are tried before
_MOST_MARKED = 0.25  # of the pairs, from which on all is left to the recursion


class Side(NamedTuple):
    """Images as (images, grid..., channels) over the root of the channels, and what the steps keep of them."""

    arrays: tuple[Any, ...]

    def at(self, which: Any, axis: int | None = None) -> tuple[Any, ...]:
        """Of some images, with an axis of length 1 put in."""
        found = (array[which] for array in self.arrays)
        return tuple(found if axis is None else (np.expand_dims(array, axis) for array in found))


class Part(NamedTuple):
    """A tile: images (slices), or pairs of images and images with themselves (indices)."""

    kind: str  # "block", "pairs" or "same"
    rows: Any
    columns: Any


@dataclass(frozen=True)
class Grids:
    """A job: a network that has steps, and checked images."""

    network: Layer
    x1: Any
    x2: Any
    needs: Needs
    after: Needs
    tangent: bool
    steps: Sequence[Step]

    @property
    def other(self) -> Any:
        return self.x1 if self.x2 is None else self.x2

    def side(self, x: Any) -> Side:
        """What is known of images by themselves; Other where that is beyond ordinary numbers."""
        kept: list[Any] = []
        _, s = directions(x)
        all_sides(self.steps, s, kept)
        return Side((x.astype(np.float64) / math.sqrt(x.shape[-1]), *kept))

    def run(self, one: Any, two: Any, own: bool, same: bool = False) -> tuple[dict[str, Any], Any]:
        """Both kernels of a tile, and which of its pairs are marked."""
        tile = Tile(own, same, self.tangent, iter(one[1:]), iter(two[1:]))
        q, t = all_pairs(self.steps, Covariances(_products(one[0], two[0], own), None), tile)
        if self.tangent and t is None:
            t = np.zeros_like(q)
        return {"nngp": q, "ntk": t} if self.tangent else {"nngp": q}, tile.marked

    def part(self, memory: Memory, sides: tuple[Side, Side], begins: tuple[int, int], part: Part) -> dict[str, Any]:
        """Both kernels of a tile, of images that are counted from `begins`."""
        with np.errstate(all="ignore"):  # seen in the result
            if part.kind == "same":
                here = sides[0].at(part.rows)
                return self.run(here, here, True, True)[0]
            if part.kind == "pairs":
                found, marked = self.run(sides[0].at(part.rows), sides[1].at(part.columns), True)
                rows, columns = part.rows, part.columns
            else:
                keys = ("left", begins[0], part.rows.start), ("right", begins[1], part.columns.start)
                with remembering(memory):
                    one = memory.begin(keys[0], lambda: sides[0].at(part.rows, 1))
                    two = memory.begin(keys[1], lambda: sides[1].at(part.columns, 0))
                    found, marked = self.run(one, two, False)
                rows, columns = np.ogrid[part.rows, part.columns]
            if marked is not None:
                i, j = (np.broadcast_to(each, marked.shape)[marked] for each in (rows, columns))
                for kind, value in self.alone(begins[0] + i, begins[1] + j).items():
                    found[kind][marked] = value
        return found

    def alone(self, rows: Any, columns: Any) -> dict[str, Any]:
        """Both kernels of pairs of images by the recursion, and of copies as those of an image with itself."""
        found = {kind: np.empty(len(rows)) for kind in ("nngp", "ntk")[: 1 + self.tangent]}
        step = max(1, _TILE // (2 * math.prod(self.x1.shape[1:-1])))
        for start in range(0, len(rows), step):
            here = slice(start, start + step)
            x, y = self.x1[rows[here]], self.other[columns[here]]
            state: State = run(
                self.network, of_pairs(directions(x), directions(y), self.needs, self.tangent), self.after
            )
            found["nngp"][here] = state.cross.product(*state.sides)
            if self.tangent:
                found["ntk"][here] = state.cross.tangent
            copies = np.flatnonzero((x == y).reshape(len(x), -1).all(axis=1))
            if copies.size:
                side = self.side(x[copies])
                for kind, value in self.run(side.arrays, side.arrays, True, True)[0].items():
                    found[kind][start + copies] = value
        return found

    def worth(self) -> bool:
        """Whether few of some pairs are marked."""
        rng = np.random.default_rng(0)
        rows, columns = rng.integers(len(self.x1), size=_TRIED), rng.integers(len(self.other), size=_TRIED)
        keep = rows != columns if self.x2 is None else rows >= 0
        if not keep.any():
            return True
        one, two = self.side(self.x1[rows[keep]]), self.side(self.other[columns[keep]])
        with np.errstate(all="ignore"):
            marked = self.run(one.arrays, two.arrays, True)[1]
        return marked is None or float(np.mean(marked)) <= _MOST_MARKED


def _products(a: Any, b: Any, own: bool) -> Any:
    """Inner products of images at equal positions."""
    if a.shape[-1] > _FEW_CHANNELS:
        if own:
            return np.einsum("...c,...c->...", a, b)
        return cosines(a[:, 0], b[0], Layout(False, False, a.ndim - 3))
    total = a[..., 0] * b[..., 0]
    for c in range(1, a.shape[-1]):
        total += a[..., c] * b[..., c]
    return total


def grids_of(network: Layer, x1: Any, x2: Any, after: Needs, tangent: bool) -> Grids | None:
    """The job; None where the network, or the images, are left to the recursion."""
    needs = before(network, after)
    if x1.ndim == 2 or needs.full or not (len(x1) and (x2 is None or len(x2))):
        return None
    known = Known(x1.shape[1:-1], x1.shape[-1], False, frozenset(["inputs"]))
    try:
        found = Grids(network, x1, x2, needs, after, tangent, steps_of(network, known, after)[0])
        return found if found.worth() else None
    except Other:
        return None


def _parts(rows: int, columns: int, step: int, symmetric: bool) -> Iterator[Part]:
    """The tiles of a group of images and another; of a group and itself, every pair once."""
    for i in range(0, rows, step):
        for j in range(i + step if symmetric else 0, columns, step):
            yield Part("block", slice(i, min(i + step, rows)), slice(j, min(j + step, columns)))
    if symmetric:
        one, two = np.triu_indices(step, 1)
        starts = np.arange(0, rows, step)[:, None]
        i, j = (starts + one).ravel(), (starts + two).ravel()
        i, j = i[j < rows], j[j < rows]
        for start in range(0, len(i), step * step):
            yield Part("pairs", i[start : start + step * step], j[start : start + step * step])
        for start in range(0, rows, step * step):
            here = np.arange(start, min(start + step * step, rows))
            yield Part("same", here, here)


def values(
    job: Grids, step: int, group: int, memory: int, workers: int
) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """Rows, columns and values of all tiles, by blocks of `step` images, `group` of them prepared at a time.

    Raises Other where numbers are not ordinary.
    """
    wide, symmetric = step * group, job.x2 is None
    for first in range(0, len(job.x1), wide):
        left = job.side(job.x1[first : first + wide])
        for second in range(first if symmetric else 0, len(job.other), wide):
            same = symmetric and first == second
            right = left if same else job.side(job.other[second : second + wide])
            count = len(left.arrays[0]), len(right.arrays[0])
            parts = list(_parts(*count, step, same))

            def task(worker: Memory, number: int, parts: Any = parts, sides: Any = (left, right)) -> dict[str, Any]:
                return job.part(worker, sides, (first, second), parts[number])

            found = each(lambda: Memory(memory), task, [range(len(parts))], workers if len(parts) > 1 else 1)
            for part, each_value in zip(parts, found, strict=True):
                if part.kind == "block":
                    rows, columns = np.ogrid[part.rows, part.columns]
                else:
                    rows, columns = part.rows, part.columns
                yield first + rows, second + columns, each_value
