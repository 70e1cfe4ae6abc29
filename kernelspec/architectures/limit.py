r"""Kernels of infinitely wide networks, for images of any norm, in blocks of images.

For outputs f of independent channels, nngp is the covariance of one of them over random weights, and ntk the product of
its gradients in all weights, in the limit of infinite width (`recursion`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, SupportsIndex

import numpy as np

from ..gram.blocks import workers_of
from ..gram.workers import each
from ..numbers.arrays import InPlace
from ..numbers.checks import Progress, check_progress, memory_size, watched
from . import dense_fits, dense_tiles
from .answers import answer, asked, both_inputs, one_output, with_grid
from .finite import check_finite
from .images import start
from .layers import Layer
from .needs import Needs, before
from .recursion import run
from .states import State

_LARGEST = 256  # images of a block: 256 x 256 float64 temporaries stay near the cache
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
) -> Any:
    """The kernels of a network of infinite width.

    Parameters
    ----------
    network : a layer, mostly a `Serial`.
    x1, x2 : images, shape (images, grid axes..., channels), of any norm; x2 = None is x1.
    get : "nngp" or "ntk" for an array, a tuple of these for a named tuple; None for both.
    memory : bytes for working memory beyond images and results; Hermite series of activations keep tables of at most
        some 40 MiB each beside it.
    threads : workers, by default one for each core that the process may use; more than one needs the package
        threadpoolctl.
    progress : called as progress(iterable, total=...), like tqdm.

    Returns arrays (n1, n2), or (n1, n2, h, h', w, w') where outputs have a grid (h, w), in the dtype of the images; all
    is computed in float64. With x2 = None the result is symmetric, and its diagonal that of coinciding images exactly.

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
    job = _Job(network, x1, x2, "ntk" in kinds, Needs(bool(grid), False))
    found = _dense(job, kinds, limit, workers, progress)
    if found is not None:
        return answer(get, found)
    step, workers = job.cut(limit, workers)
    second = x1 if x2 is None else x2
    starts = [(i, j) for i in range(0, len(x1), step) for j in range(i if x2 is None else 0, len(second), step)]
    positions = math.prod(grid)
    found = {kind: np.empty((len(x1) * positions, len(second) * positions), x1.dtype) for kind in kinds}
    if len(starts) < 2 or len(x1) * len(second) * job.numbers < 2**20:
        workers = 1

    def task(worker: None, number: int) -> dict[str, Any]:
        return job.block(*starts[number], step)

    def nothing() -> None:
        return None

    blocks = zip(starts, each(nothing, task, [range(len(starts))], workers), strict=True)
    for (i, j), block in watched(progress, blocks, len(starts)):
        for kind in kinds:
            _write(found[kind], i * positions, j * positions, block[kind], x2 is None)
    for kind, matrix in found.items():
        check_finite(matrix)
        found[kind] = with_grid(matrix, len(x1), len(second), grid)
    return answer(get, found)


def _dense(
    job: _Job, kinds: tuple[str, ...], memory: int, workers: int, progress: Progress | None
) -> dict[str, Any] | None:
    """The kernels of images without a grid by fits, where those are worth it."""
    if job.x1.ndim != 2:
        return None
    # With digits of 1 - u, so that coincident images stay so through any number of layers.
    dense = dense_fits.Dense(job.network, job.x1.shape[-1], Needs(False, True), job.tangent)
    with np.errstate(all="ignore"):  # seen in the result
        tiles = dense_tiles.tiles_of(dense, job.x1, job.x2, kinds)
    if tiles is None:
        return None
    found = dense_tiles.matrices(tiles, memory, workers, progress)
    for matrix in found.values():
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
    after: Needs

    @property
    def needs(self) -> Needs:
        found: Needs = before(self.network, self.after)
        return found

    @property
    def numbers(self) -> int:
        """Correlations of a pair of images."""
        positions = math.prod(self.x1.shape[1:-1])
        return positions**2 if self.needs.full else positions

    def cut(self, memory: int, workers: int) -> tuple[int, int]:
        """Images of a block, and workers."""
        pair = 8 * _HELD * self.numbers
        image = 16 * math.prod(self.x1.shape[1:]) + 2 * pair * self.needs.full

        def size(step: int) -> int:
            return pair * step**2 + 2 * image * step

        if size(1) > memory:
            raise ValueError(
                f"memory must be at least {size(1)} bytes ({size(1) / 2**20:.1f} MiB) for images of shape "
                f"{self.x1.shape[1:]}, got {memory}"
            )
        workers = min(workers, memory // size(1))
        step = _LARGEST
        while size(step) > memory // workers:
            step -= 1 if step < 16 else step // 8
        return step, workers

    def block(self, i: int, j: int, step: int) -> dict[str, Any]:
        """Both kernels of two blocks of images, each (images and positions, images and positions)."""
        first = self.x1[i : i + step]
        same = self.x2 is None and i == j
        second = first if same else (self.x1 if self.x2 is None else self.x2)[j : j + step]
        with np.errstate(all="ignore"):  # seen in the result
            state: State = run(self.network, start(first, second, same, self.needs, self.tangent), self.after)
            values = {"nngp": state.cross.product(*state.sides)}
            if self.tangent:
                values["ntk"] = state.cross.tangent
        axes = state.cross.layout.axes
        return {kind: _matrix(value, axes) for kind, value in values.items()}


def _matrix(value: Any, axes: int) -> Any:
    """(n1, n2, grid..., grid...) as (n1 positions, n2 positions)."""
    grid = value.shape[2 : 2 + axes]
    positions = math.prod(grid)
    value = value.reshape(*value.shape[:2], positions, positions) if axes else value[:, :, None, None]
    swapped = value.transpose(0, 2, 1, 3)
    return swapped.reshape(swapped.shape[0] * positions, -1)
