"""Matrices of networks of images on a grid where equal positions alone are paired, tile by tile, by `grid_steps`.

Tiles are blocks of images with others, and, so that nothing of a symmetric matrix is computed twice, lists of pairs:
those within a block, and images with themselves. What belongs to one image is computed once, before all tiles.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ..gram.workers import each
from .grid_steps import Covariances, Known, Other, Step, Tile, all_pairs, all_sides, steps_of
from .images import cosines, directions, of_pairs
from .layers import Layer
from .needs import Needs
from .pairs import Layout
from .recursion import run
from .remembered import Memory, remembering
from .states import State

_SIDE = 2**14  # positions of images by themselves at a time
_FEW_CHANNELS = 8  # up to which inner products are sums over channels
# When glibc gets back an array of its own pages, it keeps what is smaller from then on, and does not ask the system for
# each array anew. A tile's are much smaller.
_FREED = 2**23  # bytes
_MANY = 128  # blocks of images that are prepared at a time, at most: the list of their tiles is held
_TRIED = 32  # pairs that are tried before
# Of the pairs, from which on all is left to the recursion, which takes longer for pairs by themselves.
_MOST_MARKED = 0.1


class Side(NamedTuple):
    """Images over the root of the channels, channels first, and what the steps keep of them, (images, grid...)."""

    images: Any
    kept: list[Any]
    ends: list[Any]

    def at(self, which: Any, axis: int | None = None) -> tuple[Any, ...]:
        """Of some images, with an axis of length 1 put in before them (0) or behind (1)."""
        several = [self.images[:, which], *(array[which] for array in self.kept)]
        if axis is None:
            return tuple(several)
        return tuple(np.expand_dims(array, axis + (not number)) for number, array in enumerate(several))


Values: TypeAlias = tuple[Any, Any, dict[str, Any]]  # rows, columns, and both kernels there


class Part(NamedTuple):
    """A tile: images with images (slices), pairs of images (indices), or images with themselves (the same slice)."""

    kind: Literal["block", "pairs", "same"]
    rows: Any
    columns: Any

    @property
    def indices(self) -> tuple[Any, Any]:
        """Of the images of both sides, in the shape of the tile's pairs."""
        if self.kind == "same":
            here = np.arange(self.rows.start, self.rows.stop)
            return here, here
        if self.kind == "pairs":
            return self.rows, self.columns
        rows, columns = np.ogrid[self.rows, self.columns]
        return rows, columns


@dataclass(frozen=True)
class Grids:
    """A job: a network that has steps, checked images, and how many images a block has.

    `needs` stand before the network, `after` behind it.
    """

    network: Layer
    x1: Any
    x2: Any
    tangent: bool
    needs: Needs
    after: Needs
    steps: Sequence[Step]
    step: int

    @property
    def other(self) -> Any:
        return self.x1 if self.x2 is None else self.x2

    def side(self, x: Any) -> Side:
        """What is known of images by themselves; Other where that is beyond ordinary numbers."""
        images = np.moveaxis(x, -1, 0).astype(np.float64, "C") / math.sqrt(x.shape[-1])
        s = np.sqrt(np.einsum("c...,c...->...", images, images))
        several = []
        with np.errstate(all="ignore"):  # seen in the result
            for part in np.array_split(s, -(-s.size // _SIDE)):  # in the cache
                kept: list[Any] = []
                ends: list[Any] = []
                all_sides(self.steps, part, kept, ends)
                several.append(kept + ends)
        joined = [np.concatenate(each) for each in zip(*several, strict=True)]
        return Side(images, joined[: len(kept)], joined[len(kept) :])

    def itself(self, side: Side, which: slice) -> dict[str, Any]:
        """Both kernels of some images with themselves."""
        here = side.at(which)
        return self.run(here, (here[0], *(array[which] for array in side.ends)), True, True)[0]

    def run(self, one: Any, two: Any, own: bool, same: bool = False) -> tuple[dict[str, Any], Any]:
        """Both kernels of a tile, and which of its pairs are marked."""
        tile = Tile(own, same, self.tangent, iter(one[1:]), iter(two[1:]))
        q, t = all_pairs(self.steps, Covariances(_products(one[0], two[0], own), None), tile)
        if self.tangent and t is None:
            t = np.zeros_like(q)
        return {"nngp": q, "ntk": t} if self.tangent else {"nngp": q}, tile.marked

    def part(
        self, memory: Memory, sides: tuple[Side, Side], begins: tuple[int, int], part: Part
    ) -> tuple[dict[str, Any], Any]:
        """Both kernels of a tile, of images that are counted from `begins`, and which of its pairs are marked."""
        with np.errstate(all="ignore"):  # seen in the result
            if part.kind == "same":
                return self.itself(sides[0], part.rows), None
            if part.kind == "pairs":
                return self.run(sides[0].at(part.rows), sides[1].at(part.columns), True)
            keys = ("left", begins[0], part.rows.start), ("right", begins[1], part.columns.start)
            with remembering(memory):
                one = memory.begin(keys[0], lambda: sides[0].at(part.rows, 1))
                two = memory.begin(keys[1], lambda: sides[1].at(part.columns, 0))
                return self.run(one, two, False)

    def alone(self, rows: Any, columns: Any, workers: int, processes: bool) -> list[Values]:
        """Both kernels of pairs of images by the recursion."""
        step = max(1, self.step**2 // 2)  # here, both sides have an array for every pair
        several = [(rows[k : k + step], columns[k : k + step]) for k in range(0, len(rows), step)]

        def task(_: None, number: int) -> dict[str, Any]:
            i, j = several[number]
            with np.errstate(all="ignore"):  # seen in the result
                one, two = directions(self.x1[i]), directions(self.other[j])
                state: State = run(self.network, of_pairs(one, two, self.needs, self.tangent), self.after)
                found = {"nngp": state.cross.product(*state.sides)}
            return found | {"ntk": state.cross.tangent} if self.tangent else found

        found = each(lambda: None, task, [range(len(several))], workers, processes)
        return [(*pairs, both) for pairs, both in zip(several, found, strict=True)]

    def look(self, left: Side, right: Side, same: bool) -> None:
        """Raise Other where many of some pairs are marked."""
        rng = np.random.default_rng(0)
        rows, columns = (rng.integers(side.images.shape[1], size=_TRIED) for side in (left, right))
        keep = np.flatnonzero(rows != columns) if same else np.arange(_TRIED)
        if not keep.size:
            return
        with np.errstate(all="ignore"):
            marked = self.run(left.at(rows[keep]), right.at(columns[keep]), True)[1]
        if marked is not None and float(np.mean(marked)) > _MOST_MARKED:
            raise Other


def _products(a: Any, b: Any, own: bool) -> Any:
    """Inner products of images at equal positions."""
    if len(a) > _FEW_CHANNELS:
        if own:
            return np.einsum("c...,c...->...", a, b)
        one, two = np.moveaxis(a[:, :, 0], 0, -1), np.moveaxis(b[:, 0], 0, -1)
        return cosines(one, two, Layout(False, False, one.ndim - 2))
    total = a[0] * b[0]
    for one, two in zip(a[1:], b[1:], strict=True):
        total += one * two
    return total


@functools.lru_cache(maxsize=64)
def _steps(network: Layer, known: Known, after: Needs) -> list[Step]:
    return steps_of(network, known, after)[0]


def grids_of(network: Layer, x1: Any, x2: Any, tangent: bool, needs: Needs, after: Needs, step: int) -> Grids | None:
    """The job; None where the network is left to the recursion."""
    if x1.ndim == 2 or needs.full or after.full or not (len(x1) and (x2 is None or len(x2))):
        return None
    known = Known(x1.shape[1:-1], x1.shape[-1], False, frozenset(["inputs"]))
    try:
        return Grids(network, x1, x2, tangent, needs, after, _steps(network, known, after), step)
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
        first, second = (starts + one).ravel(), (starts + two).ravel()
        first, second = first[second < rows], second[second < rows]
        for start in range(0, len(first), step * step):
            some = slice(start, start + step * step)
            yield Part("pairs", first[some], second[some])
        for start in range(0, rows, step * step):
            here = slice(start, min(start + step * step, rows))
            yield Part("same", here, here)


def _groups(job: Grids, group: int) -> Iterator[tuple[int, int, list[Part]]]:
    """Where groups of blocks begin, and the tiles of each with each."""
    wide, symmetric = job.step * min(group, _MANY), job.x2 is None
    rows, columns = len(job.x1), len(job.other)
    for i in range(0, rows, wide):
        for j in range(i if symmetric else 0, columns, wide):
            parts = _parts(min(wide, rows - i), min(wide, columns - j), job.step, symmetric and i == j)
            yield i, j, list(parts)


def copies(x: Any) -> list[list[int]]:
    """Which images are there several times."""
    seen: dict[bytes, list[int]] = {}
    for number, image in enumerate(np.ascontiguousarray(x)):
        seen.setdefault(hashlib.blake2b(image).digest(), []).append(number)
    return [each for each in seen.values() if len(each) > 1]


def count(job: Grids, group: int) -> int:
    """How many tiles there are."""
    return sum(len(parts) for _, _, parts in _groups(job, group))


def values(job: Grids, group: int, memory: int, workers: int, processes: bool) -> Iterator[list[Values]]:
    """All tiles, with so many blocks prepared at a time, and bytes for each worker; later values replace earlier ones.

    Raises Other where numbers are not ordinary, and before the first where many pairs would be left to the recursion.
    """
    np.empty(_FREED, np.uint8)
    wide, symmetric = job.step * min(group, _MANY), job.x2 is None
    begins, left = -1, None
    for i, j, parts in _groups(job, group):
        if i != begins:
            begins, left = i, job.side(job.x1[i : i + wide])
        right = left if symmetric and i == j else job.side(job.other[j : j + wide])
        assert left is not None and right is not None
        if i == j == 0:
            job.look(left, right, symmetric)

        def task(worker: Memory, number: int, parts: Any = parts, sides: Any = (left, right), at: Any = (i, j)) -> Any:
            return job.part(worker, sides, at, parts[number])

        found = each(lambda: Memory(memory), task, [range(len(parts))], workers, processes)
        last, marks = list[Values](), []
        for part, (both, marked) in zip(parts, found, strict=True):
            if last:
                yield last
            rows, columns = np.broadcast_arrays(*part.indices)
            last = [(i + rows, j + columns, both)]
            if marked is not None:
                marks.append((i + rows[marked], j + columns[marked]))
        if marks:  # few to a tile: together
            first, second = (np.concatenate(several) for several in zip(*marks, strict=True))
            last += job.alone(first, second, workers, processes)
        yield last
