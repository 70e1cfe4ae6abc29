r"""Kernels of infinitely wide networks, for images of any norm, in blocks of images.

For outputs f of independent channels, nngp is the covariance of one of them over random weights, and ntk the product of
its gradients in all weights, in the limit of infinite width (`recursion`).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any, NamedTuple, SupportsIndex

import numpy as np

from ..gram.blocks import workers_of
from ..gram.workers import each
from ..numbers.arrays import InPlace
from ..numbers.checks import Progress, check_progress, memory_size, watched
from . import dense_fits, dense_tiles, grid_steps, grid_tiles, twins
from .answers import answer, asked, both_inputs, one_output, with_grid
from .finite import check_finite
from .images import alone, directions, itself, start
from .layers import Layer
from .needs import Needs, activations_in, before, pools_in, steep
from .recursion import run
from .remembered import Memory, remembering
from .states import Pooled, State

_BLOCK = 3 * 2**14  # correlations of a block: their arrays stay in the cache, and in memory that is there already
_MANY = 2**10
_OF_SIDES = 8  # arrays of an image's positions that a layer leaves, at most
_HELD = 30  # arrays of the size of a block's pairs that are there at once


def kernel(
    network: Layer,
    x1: Any,
    x2: Any = None,
    get: Any = None,
    *,
    memory: SupportsIndex | float = 2**30,
    threads: int | None = None,
    progress: Progress | None = None,
    wanted: Any = None,
) -> Any:
    """The kernels of a network of infinite width.

    Parameters
    ----------
    network : a layer, mostly a `Serial`.
    x1, x2 : images, shape (images, grid axes..., channels), of any norm; x2 = None is x1.
    get : "nngp" or "ntk" for an array, a tuple of these for a named tuple; None for both.
    memory : bytes for working memory beyond images and results; Hermite series of activations keep tables of at most
        some 40 MiB each beside it. Two images that nearly coincide in a pool before a kink take what two by two take.
    threads : workers, by default one for each core that the process may use; more than one needs the package
        threadpoolctl.
    progress : called as progress(iterable, total=...), like tqdm; once more for pairs that are computed anew.
    wanted : a mask (n1, n2) of the pairs of images that are needed, None for all; of images with a grid, for networks
        that end without one. Others may be 0.

    Returns arrays (n1, n2), or (n1, n2, h, h', w, w') where outputs have a grid (h, w), in the dtype of the images; all
    is computed in float64, but for large matrices of images without a grid, which are made by a polynomial for all
    layers where there is one (`dense_fits`): measured when it is made to be off by at most 4e-14 of
    (K(x, x) K(y, y))^{1/2}, and in float32, which stays float32, by 1e-7, to which cosines add their rounding (2e-7).
    With x2 = None the result is symmetric, and its diagonal that of coinciding images exactly; to 2e-14 where it is
    fitted for activations without a closed dual.

    Raises ValueError or TypeError for images that do not fit the network, for networks without a limit of this kind
    (an activation of inputs that are not Gaussian, sums of correlated branches), and where numbers overflow.
    """
    if not isinstance(network, Layer):
        raise TypeError(f"network must be a layer, got {network!r}")
    kinds, limit = asked(get), memory_size(memory)
    check_progress(progress)
    workers = workers_of(threads, InPlace())
    x1, x2 = both_inputs(x1, x2)
    grid = one_output(network.output_shape(x1.shape))[1:-1]
    # Smooth activations of large deviations are as steep as kinks. Without a grid few pairs are nearly coincident, and
    # 1 - u has its digits at little cost: coincident images stay so through any number of layers. Functions of
    # the user's own without a derivative may have kinks that nobody knows, at which differences find no slope.
    unknown = any(each.function and not each.derivative for each in activations_in(network))
    fine = x1.ndim == 2 or steep(network, max(map(_largest, (x1, x1 if x2 is None else x2))), x1.shape)
    after = Needs(bool(grid), fine and not unknown)
    job = _Job(network, x1, x2, "ntk" in kinds, before(network, after), after)
    found = _dense(job, kinds, limit, workers, progress)
    if found is not None:
        return answer(get, found)
    second = x1 if x2 is None else x2
    size = len(x1) * len(second) * job.numbers
    step, group, sides, workers = job.cut(limit, workers if size >= 2**18 else 1)
    found = _grids(job, kinds, (step, group, sides, workers), size >= 2**23, progress)
    if found is not None:
        return answer(get, found)
    if size < 2**20:
        workers = 1
    starts = _order(len(x1), len(second), step, group, x2 is None)
    if wanted is not None:
        starts = [(i, j) for i, j in starts if wanted[i : i + step, j : j + step].any()]
    positions = math.prod(grid)
    found = {kind: np.zeros((len(x1) * positions, len(second) * positions), x1.dtype) for kind in kinds}
    workers = max(1, min(workers, len(starts)))

    def task(worker: Traces, number: int) -> tuple[dict[str, Any], Any]:
        return job.block(worker, *starts[number], step)

    blocks = zip(
        starts, each(lambda: Traces(2 * group, Memory(sides)), task, [range(len(starts))], workers), strict=True
    )
    close = [(np.zeros(0, dtype=int), np.zeros(0, dtype=int))]  # pairs of nearly coincident images
    for (i, j), (block, here) in watched(progress, blocks, len(starts)):
        close.append((i + here[0], j + here[1]))
        for kind in kinds:
            _write(found[kind], i * positions, j * positions, block[kind], x2 is None)
    rows, columns = (np.concatenate(several) for several in zip(*close, strict=True))
    if wanted is not None:
        rows, columns = (several[wanted[rows, columns]] for several in (rows, columns))

    def again(_: None, number: int) -> dict[str, Any]:
        return job.twins(rows[number], columns[number])

    workers = max(1, min(workers, len(rows), limit // job.taken(2)))
    pairs = each(lambda: None, again, [range(len(rows))], workers)
    for k, block in enumerate(watched(progress if len(rows) else None, pairs, len(rows))):
        for kind in kinds:
            _write(found[kind], rows[k] * positions, columns[k] * positions, block[kind], x2 is None)
    for kind, matrix in found.items():
        check_finite(matrix)
        found[kind] = with_grid(matrix, len(x1), len(second), grid)
    return answer(get, found)


def _largest(x: Any) -> float:
    """The largest deviation of images."""
    return float(np.max(directions(x)[1], initial=0.0))


def _order(rows: int, columns: int, step: int, group: int, symmetric: bool) -> list[tuple[int, int]]:
    """Where blocks begin, so many blocks with as many others before the next: they share what is known of images."""
    wide = step * group
    return [
        (i, j)
        for first in range(0, rows, wide)
        for second in range(first if symmetric else 0, columns, wide)
        for i in range(first, min(first + wide, rows), step)
        for j in range(max(i, second) if symmetric else second, min(second + wide, columns), step)
    ]


def _dense(
    job: _Job, kinds: tuple[str, ...], memory: int, workers: int, progress: Progress | None
) -> dict[str, Any] | None:
    """The kernels of images without a grid by fits, where those are worth it."""
    if job.x1.ndim != 2:
        return None
    dense = dense_fits.Dense(job.network, job.x1.shape[-1], job.after, job.tangent)
    with np.errstate(all="ignore"):  # seen in the result
        tiles = dense_tiles.tiles_of(dense, job.x1, job.x2, kinds)
    if tiles is None:
        return None
    found = dense_tiles.matrices(tiles, memory, workers, progress)
    for matrix in found.values():
        check_finite(matrix)
    return found


def _grids(
    job: _Job, kinds: tuple[str, ...], cut: tuple[int, int, int, int], large: bool, progress: Progress | None
) -> dict[str, Any] | None:
    """The kernels of images whose equal positions alone are paired, by `grid_tiles`; None where it leaves them."""
    step, group, sides, workers = cut
    grids = grid_tiles.grids_of(*job, step)
    if grids is None:
        return None
    found = {kind: np.empty((len(grids.x1), len(grids.other)), job.x1.dtype) for kind in kinds}
    half = max(1, group // 2)  # of the memory for what is prepared, the rest for what workers remember of it
    # Workers of small ones are threads: all is done sooner than processes begin.
    tiles = grid_tiles.values(grids, half, sides // 2, workers, large)
    try:
        every = itertools.chain([next(tiles)], tiles)  # progress sees nothing that is given up
        for rows, columns, values in itertools.chain.from_iterable(
            watched(progress, every, grid_tiles.count(grids, half))
        ):
            for kind in kinds:
                found[kind][rows, columns] = values[kind]
                if job.x2 is None:
                    found[kind][columns, rows] = values[kind]
    except grid_steps.Other:
        return None
    same = grid_tiles.copies(job.x1) if job.x2 is None else []
    for matrix in found.values():
        for several in same:  # to the last bit, however sums are arranged
            matrix[np.ix_(several, several)] = matrix[several[0], several[0]]
        check_finite(matrix)
    return found


def _write(matrix: Any, i: int, j: int, block: Any, symmetric: bool) -> None:
    if symmetric and i == j:
        upper = np.triu(block)
        block = upper + np.triu(block, 1).T
    rows, columns = slice(i, i + block.shape[0]), slice(j, j + block.shape[1])
    matrix[rows, columns] = block
    if symmetric and i != j:
        matrix[columns, rows] = block.T


class _Job(NamedTuple):
    """Checked images and what is asked for."""

    network: Layer
    x1: Any
    x2: Any
    tangent: bool
    needs: Needs  # of the images
    after: Needs  # of the outputs

    @property
    def numbers(self) -> int:
        """Correlations of a pair of images."""
        positions = math.prod(self.x1.shape[1:-1])
        return positions**2 if self.needs.full else positions

    @property
    def kept(self) -> int:
        """Bytes of what pools keep of an image alone, which is done by itself."""
        return 8 * self.numbers * pools_in(self.network)

    def taken(self, step: int) -> int:
        """Bytes that a block of so many images by so many takes."""
        return 8 * _HELD * self.numbers * step**2 + 2 * (16 * math.prod(self.x1.shape[1:]) + self.kept) * step

    def cut(self, memory: int, workers: int) -> tuple[int, int, int, int]:
        """Images of a block, blocks that are done with as many others, bytes for sides of these, and workers."""
        image_shape, least = self.x1.shape[1:], self.taken(1)
        if least > memory:
            raise ValueError(
                f"memory must be at least {least} bytes ({least / 2**20:.1f} MiB) for images of shape "
                f"{image_shape}, got {memory}"
            )
        workers = min(workers, memory // least)
        step = max(1, math.isqrt(_BLOCK // self.numbers))
        while self.taken(step) > memory // workers:
            step -= 1 if step < 16 else step // 8
        left = _OF_SIDES * math.prod(image_shape[:-1]) * dense_fits.layers_in(self.network)
        sides = 8 * (left + math.prod(image_shape))
        rest = memory // workers - self.taken(step)
        group = min(_MANY, 1 + rest // (2 * step * (self.kept + sides)))
        return step, group, rest - min(rest, 2 * group * step * self.kept), workers

    def block(self, traces: Traces, i: int, j: int, step: int) -> tuple[dict[str, Any], tuple[Any, Any]]:
        """Both kernels of two blocks of images, each (images and positions, images and positions).

        And the pairs of them that nearly coincide in a pool, where they have lost digits: `twins` has them.
        """
        close = np.zeros((0, 2), dtype=int)
        first = self.x1[i : i + step]
        same = self.x2 is None and i == j
        side = 0 if self.x2 is None else 1
        second = first if same else (self.x1 if self.x2 is None else self.x2)[j : j + step]
        with np.errstate(all="ignore"):  # seen in the result
            known: tuple[Any, ...] = ()
            if pools_in(self.network):
                known = tuple(iter(traces.of(each, self._trace)) for each in ((0, i, step), (side, j, step)))
            with remembering(traces.memory):
                one = traces.memory.begin((0, i), lambda: directions(first))
                two = one if same else traces.memory.begin((side, j), lambda: directions(second))
                state = start(one, two, self.needs, self.tangent, known)
                values, axes = self._run(state)
                if state.close:
                    close = np.unique(np.concatenate(state.close), axis=0)
                if same and first.ndim > 2 and not self.needs.full:
                    index = np.arange(len(first))
                    for kind, own in self._run(itself(one, self.tangent))[0].items():
                        values[kind][index, index] = own
        if same:
            close = close[close[:, 0] < close[:, 1]]
        return {kind: _matrix(value, axes) for kind, value in values.items()}, (close[:, 0], close[:, 1])

    def twins(self, i: int, j: int) -> dict[str, Any]:
        """Both kernels of two nearly coincident images, each (positions, positions)."""
        both = np.stack([self.x1[i], (self.x1 if self.x2 is None else self.x2)[j]])
        trace = self._replace(x1=both, x2=None)._trace(0, 0, 2)
        with np.errstate(all="ignore"):  # seen in the result
            one = directions(both)
            state = start(one, one, Needs(True, True), self.tangent, (iter(trace), iter(trace)))
            values, axes = self._run(replace(state, twins=twins.of_images(both), close=None))
        positions = math.prod(values["nngp"].shape[2 : 2 + axes])
        return {kind: _matrix(value, axes)[:positions, positions:] for kind, value in values.items()}

    def _run(self, state: State) -> tuple[dict[str, Any], int]:
        """Both kernels, and the axes of their grid."""
        found: State = run(self.network, state, self.after)
        values = {"nngp": found.cross.product(*found.sides)}
        if self.tangent:
            values["ntk"] = found.cross.tangent
        return values, found.cross.layout.axes

    def _trace(self, side: int, begin: int, step: int) -> list[Any]:
        """What pools make of these images alone."""
        x = (self.x1, self.x2)[side]
        several = []
        for k in range(begin, min(begin + step, len(x))):
            trace: list[Any] = []
            run(self.network, alone(x[k : k + 1], self.needs, trace), self.after)
            several.append(trace)
        return [
            Pooled(*(None if each[0] is None else np.concatenate(each) for each in zip(*entries, strict=True)))
            for entries in zip(*several, strict=True)
        ]


class Traces:
    """What pools make of blocks of images alone, of those that were asked for last; one for each worker."""

    def __init__(self, most: int, memory: Memory) -> None:
        self.most, self.memory = most, memory
        self.known: dict[tuple[int, int, int], list[Any]] = {}

    def of(self, which: tuple[int, int, int], make: Any) -> list[Any]:
        """The trace of (side, first image, images)."""
        found = self.known.pop(which, None)
        if found is None:
            found = make(*which)
        self.known[which] = found  # the last
        if len(self.known) > self.most:
            del self.known[next(iter(self.known))]
        return found


def _matrix(value: Any, axes: int) -> Any:
    """(n1, n2, grid..., grid...) as (n1 positions, n2 positions)."""
    grid = value.shape[2 : 2 + axes]
    positions = math.prod(grid)
    value = value.reshape(*value.shape[:2], positions, positions) if axes else value[:, :, None, None]
    swapped = value.transpose(0, 2, 1, 3)
    return swapped.reshape(swapped.shape[0] * positions, -1)
