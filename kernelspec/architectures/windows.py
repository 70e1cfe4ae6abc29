"""Windows on a grid: what the outputs of convolutions and pools read, along every axis.

Output i of an axis reads the positions stride * i - before, ..., stride * i - before + size - 1. With `VALID`,
before = 0 and all of them lie among the n of the axis; outside of these are zeros with `SAME`, and the positions of the
other end with `CIRCULAR`. Both have ceil(n / stride) outputs and share what they read outside between the ends, the
last one having one position more where their number is odd (the rule of TensorFlow and of jax.lax).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numbers.checks import integer

PADDINGS = ("VALID", "SAME", "CIRCULAR")


def sizes(name: str, value: Any, count: int | None = None) -> tuple[int, ...]:
    """Integers >= 1, one for each axis of the grid, as a tuple; of this many axes where count says so."""
    try:
        found = tuple(integer(name, each, 1) for each in value)
    except TypeError as error:
        raise TypeError(f"{name} must be a sequence of integers >= 1, got {value!r}") from error
    if not found:
        raise ValueError(f"{name} must have an entry for every axis of the grid, got {value!r}")
    if count is not None and len(found) != count:
        raise ValueError(f"{name} must have {count} entries, as the window has, got {value!r}")
    return found


@dataclass(frozen=True)
class Windows:
    """Windows of this shape, at these strides, with this padding."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str

    def outputs(self, positions: Sequence[int]) -> tuple[int, ...]:
        """How many windows there are along every axis of a grid; ValueError where it is smaller than a window."""
        if len(positions) != len(self.shape):
            raise ValueError(
                f"a window of shape {self.shape} needs inputs of shape (images, {len(self.shape)} axes, channels); "
                f"got a grid of {len(positions)} axes"
            )
        if self.padding != "VALID":
            return tuple(-(-n // stride) for n, stride in zip(positions, self.strides, strict=True))
        if any(n < size for n, size in zip(positions, self.shape, strict=True)):
            raise ValueError(
                f"a window of shape {self.shape} must fit into the grid with VALID padding; the grid has shape "
                f"{tuple(positions)}"
            )
        return tuple((n - size) // step + 1 for n, size, step in zip(positions, self.shape, self.strides, strict=True))

    def borders(self, positions: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """How many positions before the first one and after the last one are read, along every axis."""
        out = []
        rows = zip(self.outputs(positions), positions, self.shape, self.strides, strict=True)
        for count, n, size, stride in rows:
            outside = max((count - 1) * stride + size - n, 0) if self.padding != "VALID" else 0
            out.append((outside // 2, outside - outside // 2))
        return tuple(out)

    def reads(self, positions: Sequence[int]) -> tuple[Any, ...]:
        """The positions that are read, along every axis an integer array (outputs, size); -1 stands for a zero."""
        out = []
        rows = zip(self.outputs(positions), self.borders(positions), positions, self.shape, self.strides, strict=True)
        for count, (before, _), n, size, stride in rows:
            at = stride * np.arange(count)[:, None] - before + np.arange(size)
            out.append(at % n if self.padding == "CIRCULAR" else np.where((at >= 0) & (at < n), at, -1))
        return tuple(out)

    def flat(self, positions: Sequence[int]) -> Any:
        """The flat positions that outputs read, shape (outputs, places); the number of positions stands for a zero."""
        return _flat(self, tuple(positions))

    def runs(self, positions: Sequence[int]) -> tuple[Any, ...]:
        """For every axis and every place of the window, slices (of outputs, of what they read) that leave zeros out."""
        return _runs(self, tuple(positions))

    def counts(self, positions: Sequence[int]) -> tuple[Any, ...]:
        """How often every output reads every position, along every axis a matrix (outputs, n): the sum over windows."""
        return _counts(self, tuple(positions))


@functools.lru_cache(maxsize=64)
def _counts(windows: Windows, positions: tuple[int, ...]) -> tuple[Any, ...]:
    out = []
    for reads, n in zip(windows.reads(positions), positions, strict=True):
        matrix = np.zeros((len(reads), n))
        row, column = np.nonzero(reads >= 0)
        np.add.at(matrix, (row, reads[row, column]), 1)
        out.append(matrix)
    return tuple(out)


@functools.lru_cache(maxsize=64)
def _flat(windows: Windows, positions: tuple[int, ...]) -> Any:
    flat, gone = np.zeros((1, 1), dtype=int), np.zeros((1, 1), dtype=bool)
    for reads, n in zip(windows.reads(positions), positions, strict=True):
        flat = flat[:, None, :, None] * n + reads[None, :, None, :]
        gone = gone[:, None, :, None] | (reads < 0)[None, :, None, :]
        flat, gone = (each.reshape(-1, each.shape[2] * each.shape[3]) for each in (flat, gone))
    found = np.where(gone, math.prod(positions), flat)
    found.flags.writeable = False
    return found


@functools.lru_cache(maxsize=64)
def _runs(windows: Windows, positions: tuple[int, ...]) -> tuple[Any, ...]:
    out = []
    for reads, step in zip(windows.reads(positions), windows.strides, strict=True):
        places = []
        for place in reads.T:
            there = np.flatnonzero(place >= 0)
            ends = np.flatnonzero((np.diff(there) != 1) | (np.diff(place[there]) != step)) + 1
            runs = [run for run in np.split(there, ends) if run.size]
            places.append([
                (slice(run[0], run[-1] + 1), slice(place[run[0]], place[run[-1]] + 1, step)) for run in runs
            ])  # fmt: skip
        out.append(places)
    return tuple(out)
