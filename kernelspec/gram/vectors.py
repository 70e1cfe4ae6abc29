"""Gram matrices K(x_i, y_j) of vectors: |x||y| kappa(cos(x, y)) (Bietti & Mairal 2019, JMLR; claim 37), or with biases.

The door: what comes in is checked here; `blocks` orders the work, `tiles` does it. In the dtype of the data (float32
stays float32), with working memory that does not grow with the matrix.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..files.atomic import FilePath
from ..kernels.zonal import Zonal
from ..numbers.arithmetic_protocol import Array, DType
from ..numbers.arrays import InPlace, Standard, is_accelerator, library_of
from ..numbers.checks import Progress, check_progress, flag, memory_size
from ..numbers.precision import default_errors
from .blocks import Blocks, Chunks, Part, workers_of
from .centred import Centred
from .fitted import fitted_halves
from .fitted_tiles import TILES, FittedTiles, way_of
from .tiles import Rows, Tiles, layers_in

if TYPE_CHECKING:
    from .matrix_file import Store

_TILE = 160  # rows of a tile: 160 x 160 float64 temporaries stay in cache
_WORTH = 2**19  # pairs of rows, times layers, from which on a fit costs less than it saves
_ENOUGH = 2**26  # bytes of working memory for fitted tiles
_AHEAD = 2**15  # numbers prepared at once: 256 KiB
_SQUARE = 100  # columns of a fitted tile that are copied together
# Elsewhere a few large products are faster than many small ones.
_DEVICE_TILE = {False: 1024, True: 8192}


@default_errors
def gram(
    kernel: Zonal,
    x: Array,
    y: Array | None = None,
    normalize: bool = False,
    *,
    memory: int = 2**30,
    threads: int | None = None,
    progress: Progress | None = None,
    out: FilePath | None = None,
) -> Array:
    r"""The matrix K(x_i, y_j), shape (n, m); y = x, and a symmetric matrix, where y is None.

    .. math:: K(x, y) = |x||y|\, \kappa\left(\frac{\langle x, y\rangle}{|x||y|}\right)

    Networks with biases (`mlp` with a bias_variance, `ntk` with bias) are not homogeneous, and have the network's own
    kernel, in which the norms of x and y pass through every layer (`kernelspec.kernels.lengths`); so have sums of them.

    Parameters
    ----------
    x, y : real arrays of shape (n, d) and (m, d), finite; integers are read as float64. Of NumPy, or of any library of
        the array API standard (PyTorch, JAX outside of jit), whose arrays then come back, on their device.
    normalize : kappa(cos) alone, without the norms.
    memory : bytes for working memory beyond x, y and the result, at most. Two workers on fitted tiles take up to 64 MiB
        for rows of 784 numbers, 165 MiB for 3,072, where all rows coincide; half of it elsewhere.
    threads : workers, by default one for each core that the process may use. More than one needs the package
        threadpoolctl, which keeps the matrix products themselves to one thread.
    progress : called as progress(iterable, total=...), like tqdm.
    out : a file to be made, for matrices larger than memory and for long work: an array in NumPy's format, read back
        as a memory map. What was finished when a run was cut off is kept beside it, and the same call, with the same
        memory and threads, goes on there.

    Returns
    -------
    An array of shape (n, m) in the dtype of the data, right to some roundings of |K(x, x) K(y, y)|^{1/2} also where
    rows coincide, or nearly do; kernels steeper than a root of 1 - u there (laplace with gamma < 1/2) magnify the
    rounding of the entries themselves, unless rows are multiples of each other, where the angle is 0.
    Large matrices of NumPy arrays are made by fits of kappa, where it has some (`kernelspec.gram.fitted`): at the price
    of some matrix products for any depth. In float32 a fit is off by at most 1.5e-7 of kappa's size, and rounding of
    distances (`kernelspec.gram.centred`) costs 2e-7, both as measured when they are made: 2.2e-7 has been seen of
    kappa(cos), of the rows of any data. |x||y| adds up to four roundings of the value. In float64 each of them takes
    1e-14. All other matrices of NumPy are computed in float64, and rounded.
    With y = None the result is symmetric bit by bit, and it is the same for any number of threads and any layout of
    the data. Rows that are multiples of each other have kappa(1) or kappa(-1) itself. What else depends on the rows
    beside: the last digits of a value are other ones for other rows, another order, a copy of x as y.
    A zero vector has no direction: its values are 0, but for the kernel of a network
    with biases, which has one there. Norms may have any size: a value is infinite only where it is beyond the
    largest float itself (or kappa is).

    Raises
    ------
    TypeError, ValueError
        for wrong shapes, dtypes, NaN or infinity; PyTorch tensors that require gradients; products and compositions
        that hold a network with biases, for rows that are not of norm 1.

    >>> from kernelspec import mlp, ntk
    >>> gram(ntk(2), [[3.0, 4.0], [0.0, 0.0]])
    array([[50.,  0.],
           [ 0.,  0.]])
    >>> gram(mlp(3, bias_variance=0.1), [[0.5], [2.0]]).round(3)
    array([[0.348, 1.01 ],
           [1.01 , 3.609]])
    """
    normalize = flag("normalize", normalize)
    check_progress(progress)
    ops = library_of(x)
    if y is not None and library_of(y, "y").xp is not ops.xp:
        raise TypeError(f"x and y must be arrays of one library; got {type(x).__name__} and {type(y).__name__}")
    x = rows_of(ops, "x", x)
    if y is not None:
        y = rows_of(ops, "y", y)
        if x.shape[1] != y.shape[1]:
            raise ValueError(f"x and y must have the same number of columns; got {x.shape[1]} and {y.shape[1]}")
        dtype = ops.xp.result_type(x.dtype, y.dtype)
        x, y = ops.cast(x, dtype), ops.cast(y, dtype)
    by_fit = ops.in_place and (kernel.homogeneous or normalize) and _fits(kernel, x, y)
    size = int(ops.xp.finfo(x.dtype if by_fit else _inside(ops, x.dtype)).bits) // 8
    plan = _plan(kernel, x.shape[1], size, memory, threads, ops, by_fit)
    if y is None and x.shape[0] <= 2 * plan.block:  # one block, where there is memory for two
        plan = plan._replace(block=2 * plan.block)
    run = (_FittedRun if plan.by_fit else _Run)(kernel, ops, x, y, normalize, progress, plan)
    if out is None:
        return run.matrix()
    from .matrix_file import Store

    with Store(out, run, (0,)) as store:
        run.matrix(store)
        return store.finish()[0]


class _Plan(NamedTuple):
    """How the work is cut: rows of a chunk and of a block, workers, and what one value costs.

    `ahead` is how many chunks are prepared together; `by_fit` is whether there is memory for fitted tiles.
    """

    chunk: int
    ahead: int
    block: int
    workers: int
    numbers: int
    by_fit: bool


def _inside(ops: Standard, dtype: DType) -> DType:
    """What values are computed in where there is no fit: NumPy's in float64, and rounded at the end."""
    return ops.widest if ops.in_place else dtype


def _fits(kernel: Zonal, x: Array, y: Array | None) -> bool:
    """Whether the kernel has fits, and the matrix is large enough to be worth making them."""
    rows, columns = x.shape[0], (x if y is None else y).shape[0]
    pairs = rows * columns // (2 if y is None else 1)
    return pairs * (1 + layers_in(kernel)) >= _WORTH and fitted_halves(kernel, x.dtype) is not None


def _plan(
    kernel: Zonal, d: int, size: int, memory: int, threads: int | None, ops: Standard, by_fit: bool = False
) -> _Plan:
    """ValueError where `memory` is too small for tiles of one row."""
    memory, workers = memory_size(memory), workers_of(threads, ops)
    layers = layers_in(kernel)
    chunk = _TILE if ops.in_place else _DEVICE_TILE[is_accelerator(ops.device)]
    # Of a tile, that are held at once, an upper estimate; the rest is of fixed size, or grows with a tile's sides.
    arrays, sides, rest = (11, 40 * d, 2**20) if by_fit else (24 + 12 * layers, 0, 2**20)
    held = (size if by_fit else 8 + size) * (d + 8)  # of a row, while its block is there
    row = held if by_fit else (4 * 8 + size) * (d + 4)  # of a row that is prepared, a few or all of a chunk at a time

    def least(workers: int) -> int:
        return workers * ((arrays * chunk * size + sides) * chunk + rest) + (2 if by_fit else 4) * chunk * row

    if by_fit:  # as many rows as two workers have memory for: values are the same for one and for more
        fitting = (tile for tile in TILES[size] if 2 * (arrays * tile * size + sides + held) * tile <= _ENOUGH)
        chunk = next(fitting, TILES[size][-1])
        memory = min(memory, max(_ENOUGH, least(workers) + max(8 * chunk, 2560) * held))  # more would hardly be faster
    while chunk > 1 and least(workers) - workers * rest > memory:
        chunk //= 2
    if threads is None and least(workers) > memory:
        workers = 1
    if by_fit and least(workers) > memory:
        return _plan(kernel, d, size, memory, threads, ops)
    while chunk > 1 and least(workers) > memory:
        chunk //= 2
    if least(workers) > memory:
        raise ValueError(
            f"memory must be at least {least(workers)} bytes ({least(workers) / 2**20:.1f} MiB) for rows of {d} "
            f"numbers and {workers} worker(s), got {memory}"
        )
    left = memory - least(workers)
    ahead = 1 if by_fit else 1 + max(0, min(_AHEAD // (chunk * (d + 4)), left // (2 * chunk * row)) - 1)
    left -= (ahead - 1) * chunk * row
    block = max(1, left // (2 * held * chunk) + by_fit) * chunk  # `least` has a chunk of each for fitted tiles
    return _Plan(chunk, ahead, block, workers, 2 + d // 32 if by_fit else 2 * (1 + layers), by_fit)


@dataclass
class _Run(Blocks):
    """Checked data and the plan of one call."""

    strip = 2

    kernel: Zonal
    ops: Standard
    x: Array
    y: Array  # None for x itself
    normalize: bool
    progress: Progress | None
    plan: _Plan

    @property
    def network(self) -> str:
        """What tells the kernel from others, for the mark of a file."""
        return f"{self.kernel!r}, normalize={self.normalize}"

    def matrix(self, store: Store | None = None) -> Array:
        """The matrix; into the file of `store` where there is one."""
        self.store = store
        shape = (self.x.shape[0], (self.x if self.y is None else self.y).shape[0])
        if store is not None:
            self.result = store.arrays[0]
        elif self.ops.in_place:
            self.result = np.empty(shape, self.x.dtype)  # whose pages may be warm
        else:
            self.result = self.ops.zeros(shape, self.x.dtype)
        self._go()
        return self.result

    def worker(self) -> Tiles:
        ops = InPlace() if self.ops.in_place else self.ops
        return Tiles(ops, self.kernel, _inside(ops, self.x.dtype), self.normalize)

    def _block(self, which: int, start: int) -> Chunks:
        x, worker = self.y if which else self.x, self.worker()
        stop = min(start + self.plan.block, x.shape[0])
        found: Chunks = []
        step, chunk = self.plan.chunk * self.plan.ahead, self.plan.chunk
        for begin in range(start, stop, step):
            chunks = worker.prepare(x[begin : min(begin + step, stop), :], chunk)
            found += [(begin + number * chunk, rows) for number, rows in enumerate(chunks)]
        return found

    def _strip(self, worker: Tiles, left: Chunks, right: Chunks, p: int, others: range) -> list[Part]:
        i, one = left[p]
        found = []
        for q in others:
            j, two = right[q]
            (part,) = worker.evaluate(one, two)
            if one is two:
                part = self._symmetric(part, worker.own(one))
            with np.errstate(over="ignore", under="ignore"):  # seen in the result
                part = self.ops.cast(part, self.x.dtype)
            found.append((slice(i, i + one.count), slice(j, j + two.count), [part]))
        return found

    def _symmetric(self, part: Array, own: Array) -> Array:
        """Exactly symmetric, with the diagonal of the angle 0."""
        xp, size = self.ops.xp, own.shape[0]
        if self.ops.in_place:
            part = np.where(_below(size), part, part.T)
            part.flat[:: size + 1] = own
            return part
        below = self.ops.constant(_below(size), xp.bool)
        part = xp.where(below, part, xp.permute_dims(part, (1, 0)))
        here = self.ops.constant(np.eye(size, dtype=bool), xp.bool)
        return xp.where(here, own[:, None], part)

    def _write(self, rows: slice, columns: slice, parts: list[Array]) -> None:
        (part,) = parts
        self.result = self.ops.put(self.result, (rows, columns), part)
        if self.y is None and rows != columns:
            self.result = self.ops.put(self.result, (columns, rows), part.T)


class _FittedRun(_Run):
    """By fits: threads, whose array functions are long, write into the result itself."""

    processes, strip = False, 1

    @property
    def network(self) -> str:
        return f"{super().network}, fitted"

    def worker(self) -> Tiles:
        return FittedTiles(self.kernel, self.x.dtype, self.normalize, self.way)

    @functools.cached_property
    def way(self) -> Centred | None:
        """How products are made for these data."""
        return way_of(self.kernel, self.x, self.y)

    def _block(self, which: int, start: int) -> Chunks:
        """Where chunks begin, and their rows, which workers prepare: one alone would do a tenth of all work."""
        x = self.y if which else self.x
        stop = min(start + self.plan.block, x.shape[0])
        return [(i, x[i : min(i + self.plan.chunk, stop)]) for i in range(start, stop, self.plan.chunk)]

    def _preparations(self, left: Chunks, right: Chunks) -> list[tuple[Chunks, int]]:
        several = [left] if left is right else [left, right]
        return [(chunks, at) for chunks in several for at, (_, rows) in enumerate(chunks) if not isinstance(rows, Rows)]

    def _prepare(self, worker: Tiles, what: tuple[Chunks, int]) -> None:
        chunks, at = what
        begin, rows = chunks[at]
        chunks[at] = begin, worker.prepare(rows, self.plan.chunk)[0]

    def _strip(self, worker: Tiles, left: Chunks, right: Chunks, p: int, others: range) -> list[Part]:
        found: list[Part] = []
        for q in others:
            for rows, columns, parts in super()._strip(worker, left, right, p, range(q, q + 1)):
                (part,) = parts
                self.result[rows, columns] = part
                if rows != columns and self.y is None:
                    self.result[columns, rows] = part.T
                found.append((rows, columns, []))
        return found

    def _symmetric(self, part: Array, own: Array) -> Array:
        """In the memory of the tile, a few columns at a time."""
        for start in range(0, len(part), _SQUARE):
            here, after = slice(start, start + _SQUARE), slice(start + _SQUARE, None)
            part[here, after] = part[after, here].T
            part[here, here] = np.where(_below(len(part[here])), part[here, here], part[here, here].T)
        np.fill_diagonal(part, own)
        return part

    def _write(self, rows: slice, columns: slice, parts: list[Array]) -> None:
        """Nothing: it is done."""


@functools.lru_cache(maxsize=8)
def _below(size: int) -> NDArray[np.bool_]:
    """The entries below the diagonal."""
    found = np.tri(size, k=-1, dtype=bool)
    found.flags.writeable = False
    return found


def rows_of(ops: Standard, name: str, x: Array) -> Array:
    """The data as a real array of two axes; TypeError or ValueError otherwise."""
    if getattr(x, "requires_grad", False):
        raise TypeError(
            f"{name} requires gradients, which Gram matrices do not give; pass {name}.detach(), or build the matrix "
            "from the kernel's values k(u), which have them"
        )
    x = ops.real(name, x)
    if len(x.shape) != 2:
        raise ValueError(f"{name} must have shape (n, d); got shape {tuple(x.shape)}")
    if not bool(ops.xp.all(ops.xp.isfinite(x))):
        raise ValueError(f"{name} must be finite; it holds NaN or infinity")
    return x
