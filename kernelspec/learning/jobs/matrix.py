"""`BlockMatrix`: a matrix of which the blocks are files."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...files.atomic import FilePath
from ...gram.matrix_file import MatrixFile
from .cut import Place
from .store import Store

Array: TypeAlias = NDArray[Any]
Index: TypeAlias = slice | SupportsIndex
_BAND = 2**26  # bytes of a band of rows, unless its block has more


@dataclass(frozen=True, eq=False, repr=False)
class BlockMatrix:
    """A Gram matrix in the folder of a store, which is read block by block.

    `gram_job` and `open_gram` make it. A block is compared with its check sum when it is read first, and again when its
    file has changed.

    Parameters
    ----------
    store : the folder, and what its matrix is of.
    note : what ended the call that made it before all blocks were there, in a sentence; else "".
    which : of a store with two kernels (tangent="both") the one that this is: 0, that of the network's function; 1, the
        tangent kernel; None, neither, and nothing is read but by way of `kernels`.

    Raises ValueError, whatever is read, where a block is missing or damaged.
    """

    store: Store
    note: str = ""
    which: int | None = None
    _seen: dict[Place, tuple[int, int]] = field(default_factory=dict)  # blocks that were whole, as their files were

    @property
    def path(self) -> Path:
        """The folder."""
        return self.store.path

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""
        cut = self.store.manifest.cut
        return cut.rows, cut.columns

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.store.dtype

    @property
    def kernels(self) -> tuple[BlockMatrix, ...]:
        """The matrix of each kernel: two, K and that of the tangent kernel, of tangent="both"; else this one alone.

        >>> import tempfile, numpy as np, kernelspec as ks
        >>> net, images = ks.ckn.Network([ks.ckn.Layer(2, ks.arccos(1))]), np.ones((3, 4, 4, 1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     plain, tangent = ks.learning.gram_job(net, images, store=folder, tangent="both").kernels
        ...     print(plain[0, 1].round(9), tangent[0, 1].round(9))
        49.0 98.0
        """
        if self._chosen:
            return (self,)
        return tuple(replace(self, which=which) for which in range(self.store.manifest.cut.kernels))

    @property
    def _chosen(self) -> bool:
        return self.which is not None or self.store.manifest.cut.kernels == 1

    @property
    def missing(self) -> int:
        """How many blocks are not in the store at this moment, or have another size than they should."""
        return len(self.store.manifest.cut) - len(self.store.present())

    def verify(self) -> list[tuple[slice, slice]]:
        """Compare every block that is there with its check sum: the rows and columns of those that are damaged.

        They are left where they are; the same `gram_job` computes them, and them alone, anew.
        """
        return [self.store.manifest.cut.span(place) for place in self.store.damaged()]

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        (n, m), manifest = self.shape, self.store.manifest
        both = ", and its tangent kernel" if manifest.tangent else ""
        kind = both if not self._chosen else ", tangent" if manifest.tangent is True or self.which else ""
        blocks = f"{len(manifest.cut)} blocks of {manifest.block}"
        state = f"; {missing} of them missing" if (missing := self.missing) else ""
        return f"<BlockMatrix: {n} x {m} {self.dtype}, {manifest.kernel}{kind}; {blocks}{state}>"

    def _repr_html_(self) -> str:
        from ...views.markup import paragraph

        return paragraph(repr(self)) + (paragraph(self.note) if self.note else "")

    # -- numbers ------------------------------------------------------------------------------------------------

    def _block(self, place: Place) -> Array:
        try:
            file = self.store.block_path(place).stat()
        except FileNotFoundError:
            return self.store.read(place)  # which says what is missing
        state = file.st_mtime_ns, file.st_ino
        block = self.store.read(place, check=self._seen.get(place) != state)
        self._seen[place] = state
        return block if self.which is None else block[self.which]

    def _check_chosen(self) -> None:
        if not self._chosen:
            raise ValueError(
                f"store: {str(self.path)!r} holds two kernels; `kernels` of this matrix is the pair of theirs"
            )

    def _part(self, rows: range, columns: range, out: Array) -> Array:
        """Consecutive rows and columns, into `out`."""
        self._check_chosen()
        if not len(rows) or not len(columns):
            return out
        cut = self.store.manifest.cut
        step = cut.block
        for i in range(rows[0] // step, rows[-1] // step + 1):
            for j in range(columns[0] // step, columns[-1] // step + 1):
                below = cut.symmetric and i > j
                block = self._block(Place(j, i) if below else Place(i, j))
                block = block.T if below else block
                top, left = max(rows[0], i * step), max(columns[0], j * step)
                bottom, right = min(rows[-1] + 1, (i + 1) * step), min(columns[-1] + 1, (j + 1) * step)
                out[top - rows[0] : bottom - rows[0], left - columns[0] : right - columns[0]] = block[
                    top - i * step : bottom - i * step, left - j * step : right - j * step
                ]
        return out

    def __getitem__(self, index: tuple[Index, Index] | Index) -> Any:
        """K[i:j, k:l], K[i:j], K[i, k:l] or K[i, k]: as of an array, from the blocks that hold it."""
        several = index if isinstance(index, tuple) else (index,)
        if len(several) > 2:
            raise IndexError(f"index must be of at most two axes; got {len(several)}")
        axes = (*several, slice(None), slice(None))[:2]
        wanted = [_range(each, size) for each, size in zip(axes, self.shape, strict=True)]
        spans = [range(min(each), max(each) + 1) if len(each) else each for each in wanted]
        part = self._part(spans[0], spans[1], np.empty([len(each) for each in spans], self.dtype))
        for axis, (each, span) in enumerate(zip(wanted, spans, strict=True)):
            if each != span:
                part = np.take(part, [number - span[0] for number in each], axis)
        return part[tuple(slice(None) if isinstance(each, slice) else 0 for each in axes)]

    def bands(self, rows: int | None = None) -> Iterator[tuple[slice, Array]]:
        """The matrix by bands of consecutive rows: (their slice, an array of shape (rows, m)), top to bottom.

        `rows` is how many, by default those of one block, or as many blocks as make 64 MiB.

        >>> import tempfile, kernelspec as ks
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     K = ks.learning.gram_job(ks.arccos(0), [[1.0], [2.0], [-1.0]], store=folder, block=2)
        ...     print([(rows.start, rows.stop, band.tolist()) for rows, band in K.bands()])
        [(0, 3, [[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 1.0]])]
        """
        from ...numbers.checks import integer

        n, m = self.shape
        if rows is None:
            block = self.store.manifest.block
            rows = block * max(1, _BAND // max(1, block * m * self.dtype.itemsize))
        step = integer("rows", rows, 1)
        return self._bands(n, m, step)

    def _bands(self, n: int, m: int, step: int) -> Iterator[tuple[slice, Array]]:
        for start in range(0, n, step):
            here = range(start, min(start + step, n))
            yield slice(here.start, here.stop), self._part(here, range(m), np.empty((len(here), m), self.dtype))

    def __iter__(self) -> Iterator[Array]:
        """The bands alone."""
        return (band for _, band in self.bands())

    def array(self, out: FilePath | None = None) -> Array:
        """The whole matrix: in memory, or with `out` in a new file, of NumPy's format, as a memory map to be read.

        The file's space is reserved first, it gets its name when it is complete, and the same call goes on where one
        was cut off. Raises OSError where the disk has no room for it.
        """
        n, m = self.shape
        if out is None:
            return self._part(range(n), range(m), np.empty(self.shape, self.dtype))
        self._check_chosen()
        key = self.store.manifest.key if self.which is None else f"{self.store.manifest.key} {self.which}"
        with MatrixFile(out, self.shape, self.dtype, key) as file:
            for start in range(0, n, self.store.manifest.block):
                if not file.has(start, 0):
                    here = range(start, min(start + self.store.manifest.block, n))
                    self._part(here, range(m), file.array[here.start : here.stop])
                    file.keep(start, 0)
            return file.finish()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """numpy.asarray(K): the whole matrix in memory."""
        if copy is False:
            raise ValueError("copy must not be False: the matrix is in files, and every array of it is a copy")
        return self.array().astype(dtype or self.dtype, copy=False)


def _range(index: Any, size: int) -> range:
    if isinstance(index, slice):
        return range(*index.indices(size))
    if isinstance(index, (bool, np.bool_)) or not hasattr(index, "__index__"):  # a truth value is a mask for NumPy
        raise TypeError(f"index must be of integers and slices; got {index!r}")
    number = operator.index(index)
    if not -size <= number < size:
        raise IndexError(f"index {number} is out of range for an axis of {size}")
    return range(number % size, number % size + 1)
