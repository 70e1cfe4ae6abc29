"""Exact kernels of networks on groups: matrices, distances, covariances and maps (claims 42, 51).

The doors: what comes in is checked here, and cut into batches; `evaluator` does the work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...numbers.arrays import InPlace
from ...numbers.checks import check_progress, watched
from ...numbers.exponents import times_power, times_powers
from ...numbers.precision import default_errors
from ..exact import read_images, to_distances
from ..network import Map, Progress, by
from ..positive import check_layers
from ..scaling import Scaling, powers_of
from .evaluator import Evaluator, Side
from .network import Network


@default_errors
def gram(
    network: Network,
    x: Any,
    y: Any = None,
    *,
    memory: int = 2**28,
    progress: Progress | None = None,
    channels: str | None = None,
) -> Any:
    """The matrix K(x_i, y_j) of a network on a group, exact to rounding; see `groups.Network`.

    Parameters
    ----------
    x, y : images (n, height, width, channels), or signals (n, length, channels), of one size; finite. Integers are
        read as float64; float32 is computed in float64 and given back as float32. Where y is None the matrix is
        symmetric, and its diagonal is computed with the angle 0 between a patch and itself.
    memory : bytes for the inner products of a batch of pairs; one pair takes 64 (order * positions)^2. Beside them,
        patches take order * patch^2 times the size of the data.
    progress : called as progress(batches, total=...), like tqdm.
    channels : "last", as above, or "first"; None refuses shapes that look like those of channels first.

    Returns an array of shape (n, m). Kernels whose slope at an end is not bounded (arccos(0), laplace) lose up to
    half of their digits where patches nearly coincide.

    Raises TypeError and ValueError that name the parameter, and the layer whose map or pooling does not fit.

    Source: Bietti & Mairal 2019 (JMLR): the representation (claim 42), groups (claim 51).
    """
    x, y, dtype = _read(network, x, y, channels)
    work = _Work(network, x, y, memory, progress)
    left, right = work.exponents()
    return _finished(times_power(work.matrix(), left[:, None] + right), dtype)


@default_errors
def distances(
    network: Network,
    x: Any,
    y: Any = None,
    *,
    memory: int = 2**28,
    progress: Progress | None = None,
    channels: str | None = None,
) -> Any:
    """The distances |Phi(x_i) - Phi(y_j)|, shape (n, m), float64, from |Phi(x)|^2 + |Phi(y)|^2 - 2 K(x, y).

    The difference cancels: distances below 1e-7 of the norms are rounding. Parameters and errors as for `gram`.
    """
    x, y, _ = _read(network, x, y, channels)
    work = _Work(network, x, y, memory, progress)
    values = work.matrix()
    squares = work.left.squares, work.right.squares
    to_distances(InPlace(), values, *squares, *work.exponents())
    return _finished(values)


@default_errors
def covariances(
    network: Network,
    x: Any,
    y: Any = None,
    *,
    memory: int = 2**28,
    progress: Progress | None = None,
    channels: str | None = None,
) -> Any:
    """The inner products <x_n(r, u), y_n(s, v)> of the last maps, before what the output makes of them.

    Returns an array of axes (image of x, image of y, turn, height, width, turn, height, width), float64; the
    turns have length 1 where the last layer pools over them. Parameters and errors as for `gram`.
    """
    x, y, _ = _read(network, x, y, channels)
    work = _Work(network, x, y, memory, progress)
    sizes, (left, right) = work.evaluator.steps[-1].sizes, work.exponents()
    values = times_power(work.last(), (left[:, None] + right)[:, :, None, None])
    return _finished(values.reshape(work.left.count, work.right.count, *sizes, *sizes))


@default_errors
def maps(
    network: Network, x: Any, *, memory: int = 2**28, progress: Progress | None = None, channels: str | None = None
) -> list[Map]:
    """The norms of every map: |x(u)|, then |P_k x_{k-1}(u, r)| and |x_k(u, r)| of each layer k.

    Returns a list of `Map(name, values, axes)`: "input", "patches 1", "layer 1", ...; the input has the axes
    ("image", "height", "width"), the others ("image", "rotation", "height", "width"), where the rotation has
    length 1 behind a pooling over all turns; "length" in place of height and width for signals. Parameters and
    errors as for `gram`.
    """
    data, _, dtype = _read(network, x, None, channels)
    x, powers = data
    scaling = Scaling.of(network)
    check_progress(progress)
    evaluator = Evaluator(network, x.shape, memory)
    side = Side(evaluator, x)
    _follow(side.steps(), side.batches(), progress)
    axes = ("height", "width") if x.ndim == 4 else ("length",)
    found = [Map("input", np.sqrt(np.einsum("n...c,n...c->n...", x, x)), ("image", *axes))]
    for k, step in enumerate(evaluator.steps):
        patches = (len(x), network.group.order, *evaluator.patch_sizes[k])
        named = ("image", "rotation", *axes)
        found.append(Map(f"patches {k + 1}", side.norms[k].reshape(patches), named))
        found.append(Map(f"layer {k + 1}", side.maps[k].reshape(len(x), *step.sizes), named))
    # Input, patches 1, layer 1, patches 2, ...: patches are as large as the map that they are of.
    of_layer = [scaling.map(powers, place // 2) for place in range(len(found))]
    return [
        m._replace(values=_finished(times_powers(m.values, p), dtype)) for m, p in zip(found, of_layer, strict=True)
    ]


class _Work:
    """The two sides of a matrix of pairs."""

    def __init__(self, network: Network, x: Any, y: Any, memory: int, progress: Progress | None) -> None:
        check_progress(progress)
        self.evaluator, self.progress = Evaluator(network, x[0].shape, memory), progress
        self.left = Side(self.evaluator, x[0])
        self.right = self.left if y is None else Side(self.evaluator, y[0])
        self.own, self.scaling = y is None, Scaling.of(network)
        self.powers = x[1], (x if y is None else y)[1]

    def exponents(self) -> tuple[Any, Any]:
        """The powers of two that Phi(x) and Phi(y) of the scaled images are to be multiplied by."""
        left, right = map(self.scaling.map, self.powers)
        return left, right

    def matrix(self) -> Any:
        """K of all pairs."""
        n, m = self.left.count, self.right.count
        rows, columns = np.triu_indices(n, 1) if self.own else np.divmod(np.arange(n * m), max(m, 1))
        values = np.zeros((n, m))
        for i, j, part in self._all(rows, columns, self.evaluator.pairs):
            values[i, j] = part
            if self.own:
                values[j, i] = part
        if self.own:
            np.fill_diagonal(values, self.left.squares)
        return values

    def last(self) -> Any:
        """The inner products of the last maps of all pairs, shape (n, m, places, places)."""
        n, m = self.left.count, self.right.count
        places = self.evaluator.steps[-1].pooling.shape[0]
        values = np.zeros((n, m, places, places))
        rows, columns = np.divmod(np.arange(n * m), max(m, 1))
        for i, j, part in self._all(rows, columns, self.evaluator.last):
            values[i, j] = part
        return values

    def _all(self, rows: Any, columns: Any, function: Any) -> Iterator[tuple[Any, Any, Any]]:
        """A function of pairs, some at a time, when the norms of both sides are known."""
        count = self.evaluator.count
        sides = [self.left] if self.own else [self.left, self.right]
        starts = range(0, len(rows), count)
        found: list[Any] = []

        def steps() -> Iterator[None]:
            for side in sides:
                yield from side.steps()
            for start in starts:
                i, j = rows[start : start + count], columns[start : start + count]
                one, two = [a[i] for a in self.left.norms], [a[j] for a in self.right.norms]
                found.append((i, j, function(self.left.patches[i], self.right.patches[j], one, two)))
                yield

        _follow(steps(), sum(side.batches() for side in sides) + len(starts), self.progress)
        yield from found


def _follow(steps: Iterator[None], total: int, progress: Progress | None) -> None:
    """All steps, seen by progress."""
    deque(watched(progress, steps, total), maxlen=0)


def _read(network: Network, x: Any, y: Any, channels: str | None) -> tuple[Any, Any, Any]:
    """The data in float64, scaled, with the powers of two that were taken out, and the dtype of the result."""
    ops = InPlace()
    x = read_images(ops, "x", x, channels=channels)
    check_layers(network.layers)
    network.shapes(x.shape, "last")
    dtype = x.dtype
    if y is not None:
        y = read_images(ops, "y", y, channels=channels)
        if x.shape[1:] != y.shape[1:]:
            raise ValueError(f"x and y must have images of one size; got {by(x.shape[1:])} and {by(y.shape[1:])}")
        dtype = np.result_type(x.dtype, y.dtype)
        y = _scaled(network, y)
    return _scaled(network, x), y, dtype


def _scaled(network: Network, x: Any) -> tuple[Any, Any]:
    x = x.astype(np.float64, copy=False)
    powers = powers_of(network, x)
    return times_powers(x, -powers), powers


def _finished(values: Any, dtype: Any = np.float64) -> Any:
    with np.errstate(over="ignore"):
        values = values.astype(dtype, copy=False)
    if not np.isfinite(values).all():
        raise ValueError(
            f"x and y must be smaller: squared norms of their patches, or the results, overflow {np.dtype(dtype)}"
        )
    return values
