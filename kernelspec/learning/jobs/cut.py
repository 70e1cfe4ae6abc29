"""A matrix cut into square blocks; of a symmetric one, those on the diagonal and above."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

HASH = 24  # hexadecimal digits at the end of the name of a block


class Place(NamedTuple):
    """A block: its numbers along both axes."""

    i: int
    j: int


@dataclass(frozen=True)
class Cut:
    """A matrix of so many rows and columns in blocks of `block` rows and columns; the last ones may be smaller.

    `kernels` is how many matrices of different kernels are cut together, block by block.
    """

    rows: int
    columns: int
    symmetric: bool
    block: int
    kernels: int = 1

    @property
    def bands(self) -> int:
        """How many blocks there are below one another."""
        return -(-self.rows // self.block)

    @property
    def stacks(self) -> int:
        """How many blocks there are beside one another."""
        return -(-self.columns // self.block)

    def __len__(self) -> int:
        return self.bands * (self.bands + 1) // 2 if self.symmetric else self.bands * self.stacks

    def __iter__(self) -> Iterator[Place]:
        """The blocks that are computed, band by band."""
        for i in range(self.bands):
            for j in range(i if self.symmetric else 0, self.stacks):
                yield Place(i, j)

    def span(self, place: Place) -> tuple[slice, slice]:
        """Its rows and its columns."""
        (i, j), step = place, self.block
        return (slice(i * step, min((i + 1) * step, self.rows)), slice(j * step, min((j + 1) * step, self.columns)))

    def size(self, place: Place) -> tuple[int, int]:
        """The rows and columns of a block."""
        rows, columns = self.span(place)
        return rows.stop - rows.start, columns.stop - columns.start

    def shape(self, place: Place) -> tuple[int, ...]:
        """The shape of the array in its file."""
        return self.size(place) if self.kernels == 1 else (self.kernels, *self.size(place))

    def weight(self, place: Place) -> int:
        """Its work: a block on the diagonal of a symmetric matrix has half as many pairs."""
        return 1 if self.symmetric and place.i == place.j else 2

    def on_diagonal(self, place: Place) -> bool:
        """Whether it is K(x_i, x_j) of the same rows twice."""
        return self.symmetric and place.i == place.j

    def pairs(self, place: Place) -> int:
        """How many values are computed of it."""
        rows, columns = self.size(place)
        return rows * (rows + 1) // 2 if self.on_diagonal(place) else rows * columns

    def name(self, key: str, place: Place) -> str:
        """The name of its file: a hash of what the matrix is (`key`), and of its rows and columns."""
        rows, columns = self.span(place)
        text = f"{key} {rows.start}:{rows.stop} {columns.start}:{columns.stop}"
        return f"{place.i}-{place.j}-{hashlib.sha256(text.encode()).hexdigest()[:HASH]}.npy"
