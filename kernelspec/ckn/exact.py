"""Exact kernels of convolutional kernel networks: matrices, distances, norms and maps (claims 42, 49).

Images are prepared in chunks (`evaluate.Side`), and pairs of chunks are evaluated by workers in threads: NumPy
releases the interpreter in matrix products and in whole-array functions. Working memory is that of one block of
prepared images and of the workers' tensors, both within `memory`, whatever the number of images.
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import operator
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import InPlace, Standard, is_accelerator, library_of
from .evaluate import Evaluator, Side
from .geometry import Geometry, geometry
from .network import Map, Network, by
from .pointwise import check_tangent, pointwise

# Bytes of a tile: it stays in a core's second-level cache through the patch kernel and the pooling.
_TILE = 2**19
# Numbers of a batch of pairs on other devices, where a few large products are faster than many small ones.
_DEVICE_TILE = {False: 2**22, True: 2**27}
_STRIP = 16  # evaluations handed to a worker at once


def gram(
    network: Network,
    x: Any,
    y: Any = None,
    tangent: Any = False,
    *,
    memory: int = 2**30,
    threads: int | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
) -> Any:
    r"""The matrix K(x_i, y_j) of a convolutional kernel network, exact to rounding.

    .. math:: K(x, x') = \sum_u \langle x_n(u), x_n'(u) \rangle, \qquad x_k = A_k M_k P_k x_{k-1}.

    Parameters
    ----------
    x, y : images (n, height, width, channels) or signals (n, length, channels), of one size; finite. float32 stays
        float32; integers are read as float64. Where y is None the matrix is that of x with itself, symmetric, and its
        diagonal is computed with the angle 0 between a patch and itself. NumPy arrays, or those of any library of
        the array API standard, which then stay on their device.
    tangent : False, K (claim 42); True, the neural tangent kernel of the network (claim 49), which needs layers
        of kernel a*linear() + b*arccos(1); "both", the pair of matrices (K, tangent kernel).
    memory : bytes for working memory beyond x, y and the result.
    threads : workers, by default one for each core that the process may use. More than one needs the package
        threadpoolctl, which keeps the matrix products themselves to one thread.
    progress : called as progress(iterable, total=...), like tqdm; iterated over to the end.

    Returns
    -------
    An array of shape (n, m), or two. float32 has a relative error of about 1e-6 of |Phi(x)||Phi(y)|; the tangent
    kernel of maps that nearly coincide at a later layer (very flat images) up to 1e-4.

    Raises TypeError and ValueError that name the parameter, and the layer where a map would be empty.

    Source: claims 42, 49, 60; Bietti & Mairal (2019a, 2019b).

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(patch=1, kernel=ks.arccos(1))])
    >>> net.gram([[[3.0, 4.0]], [[4.0, -3.0]]])  # one position, two channels: 25 kappa_1(0) = 25/pi
    array([[25.        ,  7.95774715],
           [ 7.95774715, 25.        ]])
    """
    run = _Run.of(network, x, y, tangent, memory, threads, progress)
    value, slope = run.matrix()
    if tangent == "both":
        return value, slope
    return slope if tangent else value


def distances(
    network: Network,
    x: Any,
    y: Any = None,
    tangent: bool = False,
    *,
    memory: int = 2**30,
    threads: int | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
) -> Any:
    """The distances |Phi(x_i) - Phi(y_j)| in the RKHS, shape (n, m), float64.

    From |Phi(x)|^2 + |Phi(y)|^2 - 2 K(x, y), in float64 whatever the dtype of the data, since the difference
    cancels: distances below 1e-7 of the norms are rounding. Parameters and errors as for `gram`.
    """
    _check_plain_tangent(tangent)
    run = _Run.of(network, x, y, tangent, memory, threads, progress, double=True)
    value, slope = run.matrix()
    kernel = slope if tangent else value
    left, right = run.diagonals(tangent)
    xp = run.ops.xp
    squares = left[:, None] + right[None, :] - 2 * kernel
    squares = xp.where(squares > 0, squares, xp.zeros_like(squares))
    return xp.sqrt(squares)


def norms(network: Network, x: Any, tangent: bool = False, *, memory: int = 2**30) -> Any:
    """The norms |Phi(x_i)| = K(x_i, x_i)^(1/2), shape (n,). Parameters and errors as for `gram`."""
    _check_plain_tangent(tangent)
    run = _Run.of(network, x, None, tangent, memory, None)
    return run.ops.xp.sqrt(run.diagonals(tangent)[0])


def maps(network: Network, x: Any, *, memory: int = 2**30) -> list[Map]:
    """The norms of every map, for pictures: |x(u)|, then |P_k x_{k-1}(u)| and |x_k(u)| of each layer k.

    Returns
    -------
    A list of `Map(name, values, axes)`: "input", "patches 1", "layer 1", "patches 2", ...; values of shape (n,
    height, width) or (n, length), axes ("image", "height", "width") or ("image", "length"). As |M z| = |z| for
    kernels with kappa(1) = 1, the map of the patches is that of their images in the RKHS, too (claim 42); patches
    that no window of the pooling reads are left out of it.
    """
    return _Run.of(network, x, None, False, memory, None).maps()


@dataclass
class _Run:
    """Checked data and the plan of one call."""

    network: Network
    ops: Standard
    shape: Geometry
    x: Any
    y: Any
    flat: bool
    tangent: bool
    progress: Callable[..., Iterable[Any]] | None
    threads: int
    chunk: int
    tile: int
    block: int

    @classmethod
    def of(
        cls,
        network: Network,
        x: Any,
        y: Any,
        tangent: Any,
        memory: int,
        threads: int | None,
        progress: Callable[..., Iterable[Any]] | None = None,
        double: bool = False,
    ) -> _Run:
        if progress is not None and not callable(progress):
            raise TypeError(f"progress must be a callable such as tqdm, or None; got {progress!r}")
        if not (isinstance(tangent, bool | np.bool_) or tangent == "both"):
            raise ValueError(f'tangent must be False, True or "both"; got {tangent!r}')
        if tangent:
            check_tangent(network.layers)
        ops = library_of(x)
        if y is not None and type(library_of(y)) is not type(ops):
            raise TypeError(
                f"x and y must be arrays of one library; got {type(x).__name__} and {type(y).__name__}"
            )
        x = _images(ops, "x", x, double)
        flat = len(x.shape) == 3
        if y is not None:
            y = _images(ops, "y", y, double)
            if tuple(x.shape[1:]) != tuple(y.shape[1:]):
                raise ValueError(
                    "x and y must have images of one size; "
                    f"got {by(tuple(x.shape[1:]))} and {by(tuple(y.shape[1:]))}"
                )
            dtype = ops.xp.result_type(x.dtype, y.dtype)
            x, y = ops.cast(x, dtype), ops.cast(y, dtype)
        shape = geometry(network, tuple(x.shape[1:-1]), x.shape[-1])
        for name, array in (("x", x), ("y", y)):
            if array is not None:
                _check_range(ops, name, array, shape)
        if flat:
            x, y = x[:, None, ...], None if y is None else y[:, None, ...]
        memory = _positive("memory", memory)
        workers = _workers(threads, ops)
        size = ops.xp.finfo(x.dtype).bits // 8
        plan = _plan(shape, bool(tangent), size, memory, workers, ops)
        return cls(network, ops, shape, x, y, flat, bool(tangent), progress, workers, *plan)

    def worker(self) -> Evaluator:
        ops = InPlace() if self.ops.in_place else self.ops
        kernels = tuple(pointwise(layer.kernel, self.tangent) for layer in self.network.layers)
        return Evaluator(
            ops, self.shape, kernels, self.network.output, self.x.dtype, self.tangent, self.tile
        )

    def matrix(self) -> tuple[Any, Any]:
        """K and the tangent kernel (None without) of all pairs."""
        rows, columns = self.x.shape[0], (self.x if self.y is None else self.y).shape[0]
        self.results = [
            self.ops.zeros((rows, columns), self.x.dtype) for _ in range(1 + self.tangent)
        ]
        self.own = [self._empty_own(self.x), None if self.y is None else self._empty_own(self.y)]
        with self._pool() as submit:
            steps = self._steps(submit)
            if self.progress is not None:
                deque(self.progress(steps, total=self._count()), maxlen=0)
            deque(steps, maxlen=0)  # what a progress that stopped early has left
        for result in self.results:
            if not bool(self.ops.xp.all(self.ops.xp.isfinite(result))):
                raise ValueError("the kernel overflows; scale the images down")
        return self.results[0], self.results[1] if self.tangent else None

    def diagonals(self, tangent: bool) -> tuple[Any, Any]:
        """K(x, x) and K(y, y), found on the way by `matrix`, or now."""
        if not hasattr(self, "own"):
            self.own = [self._empty_own(self.x), None]
            with self._pool() as submit:
                for start in range(0, self.x.shape[0], self.block):
                    self._block(submit, 0, start)
        left, right = self.own
        assert left is not None
        return left[int(tangent)], (right or left)[int(tangent)]

    def maps(self) -> list[Map]:
        names, values = self._map_names(), []
        worker = self.worker()
        for start in range(0, self.x.shape[0], self.chunk):
            part = self.x[start : min(start + self.chunk, self.x.shape[0]), ...]
            side = worker.prepare(part, maps=True)
            xp = self.ops.xp
            found = [xp.sqrt(xp.sum(part * part, axis=-1))]
            for norms_of, squares in zip(side.norms, side.maps, strict=True):
                found += [norms_of, xp.sqrt(xp.where(squares > 0, squares, xp.zeros_like(squares)))]
            values.append(found)
        axes = ("image", "length") if self.flat else ("image", "height", "width")
        out = []
        for place, name in enumerate(names):
            parts = [found[place] for found in values]
            joined = self.ops.xp.concat(parts, axis=0) if parts else self._no_map(place)
            out.append(Map(name, joined[:, 0, :] if self.flat else joined, axes))
        return out

    def _map_names(self) -> list[str]:
        names = ["input"]
        for number in range(1, len(self.network.layers) + 1):
            names += [f"patches {number}", f"layer {number}"]
        return names

    def _no_map(self, place: int) -> Any:
        """The map of no images."""
        if place == 0:
            return self.ops.zeros((0, *self.x.shape[1:3]), self.x.dtype)
        axes = self.shape.layers[(place - 1) // 2].axes
        size = [axis.kept if place % 2 else axis.outputs for axis in axes]
        return self.ops.zeros((0, *size), self.x.dtype)

    # -- blocks, chunks, strips ------------------------------------------------------------------------

    def _empty_own(self, x: Any) -> list[Any]:
        return [self.ops.zeros((x.shape[0],), x.dtype) for _ in range(1 + self.tangent)]

    def _steps(self, submit: Callable[..., Iterator[Any]]) -> Iterator[int]:
        """All work, strip by strip; yields the strips' numbers of evaluations."""
        columns = (self.x if self.y is None else self.y).shape[0]
        for i in range(0, self.x.shape[0], self.block):
            left = self._block(submit, 0, i)
            for j in range(i if self.y is None else 0, columns, self.block):
                same = self.y is None and i == j
                right = left if same else self._block(submit, 0 if self.y is None else 1, j)
                yield from submit(self._strip, list(self._strips(left, right, same)))

    def _count(self) -> int:
        """How many strips there are."""

        def chunks(count: int) -> list[int]:
            return [
                -(-min(self.block, count - i) // self.chunk) for i in range(0, count, self.block)
            ]

        left = chunks(self.x.shape[0])
        total = 0
        for i, a in enumerate(left):
            for j, b in enumerate(left if self.y is None else chunks(self.y.shape[0])):
                if self.y is None and i == j:
                    total += sum(-(-(b - p) // _STRIP) for p in range(a))
                elif self.y is not None or j > i:
                    total += a * -(-b // _STRIP)
        return total

    def _block(self, submit: Callable[..., Iterator[Any]], which: int, start: int) -> Any:
        """The prepared chunks of a block of x or y, as (start, side)."""
        x = self.y if which else self.x
        starts = range(start, min(start + self.block, x.shape[0]), self.chunk)

        def prepare(worker: Evaluator, begin: int) -> tuple[int, Side]:
            stop = min(begin + self.chunk, x.shape[0])
            return begin, worker.prepare(x[begin:stop, ...])

        out = list(submit(prepare, list(starts)))
        own = self.own[which]
        assert own is not None
        for begin, side in out:
            for place, value in enumerate((side.value, side.tangent)[: 1 + self.tangent]):
                own[place][begin : begin + side.count] = value
        return out

    def _strips(self, left: Any, right: Any, same: bool) -> Iterator[tuple[Any, Any]]:
        for p, chunk in enumerate(left):
            others = right[p:] if same else right
            for q in range(0, len(others), _STRIP):
                yield chunk, others[q : q + _STRIP]

    def _strip(self, worker: Evaluator, task: tuple[Any, Any]) -> int:
        (i, left), others = task
        xp = self.ops.xp
        for j, right in others:
            diagonal = left is right
            if diagonal and left.count == 1:
                found: tuple[Any, ...] = (left.value[:, None], left.tangent)
                if self.tangent:
                    found = (left.value[:, None], left.tangent[:, None])
            else:
                found = worker.evaluate(left, right)
            rows, columns = slice(i, i + left.count), slice(j, j + right.count)
            for place, result in enumerate(self.results):
                part = found[place]
                if diagonal and left.count > 1:
                    own = left.tangent if place else left.value
                    keep = xp.tril(part, k=-1)
                    eye = self.ops.constant(np.eye(left.count), part.dtype)
                    part = keep + xp.permute_dims(keep, (1, 0)) + eye * own[:, None]
                result[rows, columns] = part
                if self.y is None and not diagonal:
                    result[columns, rows] = xp.permute_dims(part, (1, 0))
        return len(others)

    # -- workers -----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _pool(self) -> Iterator[Callable[..., Iterator[Any]]]:
        """`submit(function, tasks)`: function(worker, task) for all tasks, in order, a few ahead of the reader."""
        free: deque[Evaluator] = deque(self.worker() for _ in range(self.threads))

        def call(function: Callable[..., Any], task: Any) -> Any:
            worker = free.pop()
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # the result is looked at
                    return function(worker, task)
            finally:
                free.append(worker)

        if self.threads == 1:
            yield lambda function, tasks: (call(function, task) for task in tasks)
            return
        executor = ThreadPoolExecutor(self.threads)

        def submit(function: Callable[..., Any], tasks: list[Any]) -> Iterator[Any]:
            waiting: deque[Any] = deque()
            for task in tasks:
                waiting.append(executor.submit(call, function, task))
                if len(waiting) > 4 * self.threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

        from threadpoolctl import threadpool_limits

        try:
            with threadpool_limits(1, user_api="blas"):
                yield submit
        finally:
            executor.shutdown(cancel_futures=True)


def _plan(
    shape: Geometry, tangent: bool, size: int, memory: int, workers: int, ops: Standard
) -> tuple[int, int, int]:
    """Images in a chunk, numbers in a tile, images in a block; ValueError where `memory` is too small."""
    accelerator = is_accelerator(ops.device)
    tile = _TILE // size if ops.in_place else _DEVICE_TILE[accelerator]
    largest = max(layer.kept**2 for layer in shape.layers)
    pair, image = _pair_numbers(shape, tangent, tile) * size, _image_numbers(shape, tangent) * size
    least = workers * pair + 2 * image
    if least > memory:
        single = pair + 2 * image
        advice = f"threads=1 needs {_mib(single)}; " if workers > 1 and single <= memory else ""
        raise ValueError(
            f"memory must be at least {least} bytes ({_mib(least)}) for one pair of these images and "
            f"{workers} worker(s), got {memory}; {advice}stronger subsampling or smaller images need less"
        )
    chunk = max(1, math.isqrt(min(tile // largest, (memory - 2 * image) // (2 * workers * pair))))
    while chunk > 1 and workers * chunk**2 * pair + 2 * chunk * image > memory:
        chunk -= 1
    spare = memory - workers * chunk**2 * pair
    block = max(1, spare // (2 * image * chunk)) * chunk
    return chunk, tile, block


def _pair_numbers(shape: Geometry, tangent: bool, tile: int) -> int:
    """Numbers held at once in the evaluation of one pair, an upper estimate."""
    kinds, worst = 1 + tangent, 0
    for number, layer in enumerate(shape.layers):
        kept, width = layer.kept, layer.axes[1].kept
        tiles = min(kept**2, max(tile, kept * max(width, layer.axes[0].kept)))
        numbers = (6 + 2 * kinds) * tiles
        if number:
            numbers += 3 * kinds * max(kept, layer.axes[0].patches * layer.axes[1].patches) ** 2
        if not layer.plain:
            numbers += kinds * layer.axes[0].kept * layer.axes[1].outputs * layer.outputs
        numbers += kinds * layer.outputs**2
        worst = max(worst, numbers)
    return worst + sum(layer.outputs**2 for layer in shape.layers[:-1])


def _image_numbers(shape: Geometry, tangent: bool) -> int:
    """Numbers held for one prepared image."""
    numbers = 3 * shape.layers[0].kept * (shape.features + 1)
    for layer in shape.layers:
        outputs = sum(axis.outputs for axis in layer.axes)
        numbers += layer.kept * (1 + (1 + tangent) * 2 * outputs)
    return numbers


def _mib(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"


def _workers(threads: int | None, ops: Standard) -> int:
    if threads is not None:
        threads = _positive("threads", threads)
    if not ops.in_place:
        return 1  # other libraries run their own threads
    if threads is None:
        threads = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        return threads if importlib.util.find_spec("threadpoolctl") else 1
    if threads > 1 and not importlib.util.find_spec("threadpoolctl"):
        raise ValueError(
            f"threads = {threads} needs the package threadpoolctl (pip install 'kernelspec[threads]')"
        )
    return threads


def _positive(name: str, value: Any) -> int:
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an integer >= 1, got the truth value {value!r}")
    try:
        number = (
            int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)
        )
    except TypeError as error:
        raise TypeError(f"{name} must be an integer >= 1, got {value!r}") from error
    if number < 1:
        raise ValueError(f"{name} must be an integer >= 1, got {number}")
    return number


def _check_plain_tangent(tangent: Any) -> None:
    if not isinstance(tangent, bool | np.bool_):
        raise ValueError(f"tangent must be False or True; got {tangent!r}")


def _images(ops: Standard, name: str, x: Any, double: bool) -> Any:
    """The data as a real array of four or three axes; TypeError or ValueError otherwise."""
    xp = ops.xp
    if ops.in_place:
        try:
            x = np.asarray(x)
        except ValueError as error:
            raise ValueError(f"{name} must be an array; its rows have different sizes") from error
        if x.dtype.kind not in "iuf":
            raise TypeError(f"{name} must be a real array; got dtype {x.dtype}")
        if x.dtype.kind in "iu" or x.dtype.itemsize > 8:
            x = x.astype(np.float64)
        elif x.dtype == np.float16:
            x = x.astype(np.float32)
    elif not xp.isdtype(x.dtype, ("real floating", "integral")):
        raise TypeError(f"{name} must be a real array; got dtype {x.dtype}")
    elif x.dtype not in (xp.float32, xp.float64):
        x = xp.astype(x, xp.float64 if xp.isdtype(x.dtype, "integral") else xp.float32)
    if len(x.shape) not in (3, 4):
        raise ValueError(
            f"{name} must have shape (n, height, width, channels) or (n, length, channels); "
            f"got {tuple(x.shape)}"
        )
    if not all(x.shape[1:]):
        raise ValueError(
            f"{name} must have at least one position and one channel; got {tuple(x.shape)}"
        )
    if not bool(xp.all(xp.isfinite(x))):
        raise ValueError(f"{name} must be finite; it holds NaN or infinity")
    if double and x.dtype != xp.float64:
        x = xp.astype(x, xp.float64) if not ops.in_place else x.astype(np.float64)
    return x


def _check_range(ops: Standard, name: str, x: Any, shape: Geometry) -> None:
    """ValueError where the squared norm of an image overflows."""
    if not x.shape[0]:
        return
    largest = float(ops.xp.max(ops.xp.abs(x)))
    limit = math.sqrt(float(ops.xp.finfo(x.dtype).max) / (shape.features * shape.layers[0].kept))
    if largest > limit / 4:
        raise ValueError(
            f"{name} must have pixels below {limit / 4:.3g} in absolute value, as squared norms overflow "
            f"{x.dtype} beyond; got {largest:.3g}"
        )
