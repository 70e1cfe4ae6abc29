"""What a Gram matrix costs, said before it is computed."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ...architectures.wide_kernel import WideKernel
from ...kernels.zonal import Zonal
from ...numbers.checks import array, integer, real
from ...numbers.precision import default_errors
from .block_file import file_size
from .cut import Cut, Place
from .door import default_block
from .problem import Array, Kernels, Problem, dtype_of, evaluate, kernels_of, problem_of

if TYPE_CHECKING:
    from ...results.tables import Table

_LONG = 0.25  # processor seconds of pairs that tell the rate
_MOST = 1024  # rows that are tried


@dataclass(frozen=True, repr=False)
class GramPlan:
    """The cost of a Gram matrix in blocks, as `plan_gram` finds it.

    Parameters
    ----------
    kernel : its text.
    rows, columns : of the matrix; `symmetric` is whether half of it is computed.
    dtype : float32 or float64.
    block, blocks : rows and columns of a block, and how many blocks there are.
    pairs : how many values are computed.
    pairs_per_second : of one worker with a core of its own, where a block is as large as it is here.
    workers : how many there are.
    seconds : until the last of them is done, at most, when a block takes as long as its pairs.
    memory : bytes of one worker at most, beside the interpreter and its libraries.
    disk : bytes of the store: blocks and data.
    """

    kernel: str
    rows: int
    columns: int
    symmetric: bool
    dtype: str
    block: int
    blocks: int
    pairs: int
    pairs_per_second: float
    workers: int
    seconds: float
    memory: int
    disk: int

    def __repr__(self) -> str:
        from ...views.gram_plans import sentence

        return sentence(self)

    def table(self) -> Table:
        """The plan as a `Table` of quantities and their texts."""
        from ...views.gram_plans import table

        return table(self)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


@default_errors
def plan_gram(
    kernel: Kernels,
    x: ArrayLike | tuple[int, ...],
    y: ArrayLike | tuple[int, ...] | None = None,
    *,
    block: int | None = None,
    dtype: Any = None,
    tangent: bool | Literal["both"] = False,
    normalize: bool = False,
    channels: str | None = None,
    memory: int = 2**30,
    threads: int = 1,
    workers: int = 1,
    pairs_per_second: float | None = None,
) -> GramPlan:
    r"""What `gram_job` with the same arguments costs: pairs, time, memory, disk, blocks.

    The rate is measured on some pairs, in the processor time of this machine, for half a second or some more where one
    pair takes long. The time is

    .. math:: \frac{1}{r} \left(\frac{N}{w} + \left(1 - \frac{1}{w}\right) N_1\right)

    for N pairs, N_1 in a block, and w workers of r pairs a second, which bounds that of workers who take the next block
    as soon as they are done (Graham 1966).

    Parameters
    ----------
    x, y : the data, or their shapes, such as (50000, 784), for which random data stand in.
    kernel, block, dtype, tangent, normalize, channels, memory, threads : as of `gram_job`; shapes alone have dtype
        float64.
    workers : how many there are, each with `threads` cores of its own.
    pairs_per_second : of one worker, at least 1e-9, where it is known; nothing is measured then.

    Raises TypeError and ValueError as `gram_job`.

    >>> import kernelspec as ks
    >>> plan = ks.learning.plan_gram(ks.ntk(3), (50_000, 784), dtype="float32", workers=8, pairs_per_second=1e7)
    >>> plan
    ntk(3), 50000 x 50000 float32: 1250025000 pairs at 1e+07 a second and worker, 16 s with 8 workers; 325 blocks of
    2048, 5.0 GiB on disk, 1.0 GiB a worker
    >>> plan.blocks, plan.disk
    (325, 5359625378)
    """
    several = [_standing_in(name, each, dtype) for name, each in (("x", x), ("y", y)) if name == "x" or y is not None]
    options: dict[str, Any] = {"tangent": tangent, "normalize": normalize, "channels": channels, "memory": memory}
    first = [each[:_MOST] if len(each.shape) else each for each in several]
    problem = problem_of(kernel, *first, dtype=dtype, threads=threads, **options)
    n, m = len(several[0]), len(several[-1])
    workers = integer("workers", workers, 1)
    step = integer("block", block, 1) if block is not None else default_block(problem)
    cut = Cut(n, m, len(several) == 1, step, kernels_of(problem.options.tangent))
    size = min(step, max(n, m, 1))
    if pairs_per_second is not None:
        rate = real("pairs_per_second", pairs_per_second, 1e-9)
    else:
        rate = _rate(problem, size)
    kept = problem.x.dtype
    # Of two kernels a worker holds both matrices, and a copy that is written.
    row = math.prod(problem.x.shape[1:]) * kept.itemsize
    return GramPlan(
        kernel=repr(problem.kernel),
        rows=n,
        columns=m,
        symmetric=cut.symmetric,
        dtype=kept.name,
        block=step,
        blocks=len(cut),
        pairs=_pairs(cut),
        pairs_per_second=rate,
        workers=workers,
        seconds=_longest(cut, workers) / rate,
        memory=problem.options.memory + cut.kernels**2 * size**2 * kept.itemsize + 2 * size * row,
        disk=_disk(cut, kept) + sum(128 + len(each) * row for each in several),
    )


def _standing_in(name: str, x: Any, dtype: Any) -> Any:
    """The data, or an array of random numbers of which one row stands for all but the first."""
    shaped = (
        isinstance(x, tuple) and 2 <= len(x) <= 4 and not any(isinstance(each, tuple | list | np.ndarray) for each in x)
    )
    if not shaped:
        return array(name, x)
    sizes = tuple(integer(name, each, 0) for each in x)
    few = (min(sizes[0], _MOST), *sizes[1:])
    drawn = np.random.default_rng(0).standard_normal(few).astype(dtype_of(dtype, np.zeros(0)))
    return _Repeated(drawn, sizes[0])


class _Repeated:
    """The first rows of an array that has more."""

    def __init__(self, first: Array, count: int) -> None:
        self.first, self.count, self.shape = first, count, (count, *first.shape[1:])

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: slice) -> Array:
        return self.first[rows]


def _rate(problem: Problem, block: int) -> float:
    """Pairs a second of a large block of so many rows and columns.

    Before pairs, every image is prepared, which takes as long as one pair: 2 b of them beside b^2 in a block.
    """
    # Others in the place of x itself: an image may take longer with itself than with another.
    x, y = problem.x, problem.x[::-1] if problem.y is None else problem.y
    if not len(x) or not len(y):
        return 1.0
    evaluate(problem.kernel, problem.options, _some(x, 1), _some(y, 1))  # what is made once, is made now
    # A pass over layers costs something whatever the images, beside which those of two may be little.
    fixed = _seconds(problem, _some(x, 1), _some(y, 1)) if isinstance(problem.kernel, WideKernel) else 0.0
    count = 2
    while True:
        taken = _seconds(problem, _some(x, count), _some(y, count))
        if (taken > _LONG and taken > 2 * fixed) or count >= min(block, _MOST):
            break
        count = min(count * max(2, int((_LONG / max(taken, 1e-9)) ** 0.5)), block, _MOST)
    prepared = 0 if isinstance(problem.kernel, Zonal) else 2
    work = count**2 + prepared * count
    if taken > 2 * fixed > 0:
        work, taken = work - (1 + prepared), taken - fixed
    return block**2 / (block**2 + prepared * block) * work / max(taken, 1e-9)


def _seconds(problem: Problem, x: Array, y: Array) -> float:
    """How long these pairs take: by the processor, or for threads, which may be processes, by the clock."""
    start = time.process_time(), time.perf_counter()
    evaluate(problem.kernel, problem.options, x, y)
    return time.process_time() - start[0] if problem.options.threads == 1 else time.perf_counter() - start[1]


def _some(data: Array, count: int) -> Array:
    """So many rows, again from the first where there are fewer."""
    return data[np.arange(count) % len(data)]


def _longest(cut: Cut, workers: int) -> float:
    """The pairs of the worker that is done last, at most, when each takes the next block as soon as it can."""
    largest = max((cut.pairs(Place(0, j)) for j in range(min(2, cut.stacks))), default=0)
    return _pairs(cut) / workers + (1 - 1 / workers) * largest


def _pairs(cut: Cut) -> int:
    return cut.rows * (cut.rows + 1) // 2 if cut.symmetric else cut.rows * cut.columns


def _disk(cut: Cut, dtype: np.dtype[Any]) -> int:
    """Bytes of all blocks, which have at most two heights and two widths."""
    if not cut.bands or not cut.stacks:
        return 0
    last, corner = cut.bands - 1, cut.stacks - 1
    inner = last * (last + 1) // 2 if cut.symmetric else last * corner
    shapes = {Place(0, 0): inner, Place(0, corner): last, Place(last, corner): 1}
    if not cut.symmetric:
        shapes[Place(last, 0)] = shapes.get(Place(last, 0), 0) + corner
    return sum(count * file_size(cut.shape(place), dtype) for place, count in shapes.items())
