"""A row of claim 60 with the finite features of its network (`ckn.Nystrom`), for all of the images.

Ridge regression on features needs F^T F and F^T y alone, (F^T F + n lambda I) w = F^T y, which are summed over some
images at a time. Every fifth training image is set apart to choose lambda; then the sums of all are taken.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.tables.pools import CLASSES, Part, Pool, targets
from experiments.tables.selection import FOLDS, Scores, fraction, right
from experiments.tables.setups import Row
from experiments.tables.whitening import whitened
from kernelspec import ckn, regression
from kernelspec.numbers.checks import watched

Array = NDArray[np.float64]
Progress = Callable[..., Iterable[Any]]
BATCH = 500  # images at a time
FITTED = 5000  # images that the anchors are learned from, at most


class Whitened:
    """Whitened images by their places, pixels / 255: made when they are asked for, or all at once into a file."""

    def __init__(self, folder: Path | None, images: NDArray[np.uint8], kind: str, dtype: str) -> None:
        self._images, self._kind, self._dtype = images, kind, dtype
        self._file = None if folder is None else self._kept(folder)

    def __getitem__(self, places: NDArray[np.int64]) -> NDArray[Any]:
        if self._file is not None:
            return np.asarray(self._file[places])
        return whitened(self._images[places] / 255.0, self._kind, dtype=self._dtype)

    def _kept(self, folder: Path) -> NDArray[Any]:
        seen = hashlib.sha256(repr((self._images.shape, self._kind, self._dtype)).encode())
        seen.update(np.ascontiguousarray(self._images).data)
        path = folder / f"whitened-{seen.hexdigest()[:24]}.npy"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")  # one writer: the run holds the lock of its results
            out = np.lib.format.open_memmap(part, mode="w+", dtype=self._dtype, shape=self._images.shape)
            for start in range(0, len(out), BATCH):
                here = slice(start, start + BATCH)
                out[here] = whitened(self._images[here] / 255.0, self._kind, dtype=self._dtype)
            out.flush()
            os.replace(part, path)
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def suited(rows: Sequence[Row], components: Sequence[int], all_of_them: bool) -> tuple[Row, ...]:
    """The rows that have features with so many components: one number for each layer.

    With `all_of_them`, ValueError for a row that has none: of a tangent kernel, with flips, of another depth.
    """
    found = []
    for row in rows:
        layers = len(row.kernel.layers) if isinstance(row.kernel, ckn.Network) else 0
        if layers and not (row.tangent or row.flips) and layers == len(components):
            found.append(row)
        elif all_of_them:
            raise ValueError(
                f"--nystrom {' '.join(map(str, components))}: needs one number for each layer of networks that have "
                f"neither a tangent kernel nor flips; {row.name!r} is not one"
            )
    return tuple(found)


def scores(
    row: Row,
    pool: Pool,
    part: Part,
    *,
    components: Sequence[int],
    whitening: str,
    dtype: str,
    seed: int,
    memory: int = 2**30,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Scores:
    """Accuracies on a fifth of the training images, and, trained on all, on the test images.

    Parameters
    ----------
    row : of the table "cifar10", not of a tangent kernel, and without flips.
    components : anchors of each layer.
    seed : of the choice of patches and anchors.
    folder : where whitened images are kept for other rows; None keeps none.

    Raises ValueError as `suited` and as `ckn.Nystrom`.
    """
    suited([row], components, all_of_them=True)
    assert isinstance(row.kernel, ckn.Network)
    map_ = ckn.Nystrom(row.kernel, tuple(components), rng=seed, memory=memory)
    train, test = (Whitened(folder, images, whitening, dtype) for images in (pool.train, pool.test))
    map_.fit(train[part.train[:FITTED]])

    def batches(images: Whitened, rows: NDArray[np.int64]) -> Iterator[tuple[slice, Array]]:
        starts = range(0, len(rows), BATCH)
        for start in watched(progress, starts, len(starts)):
            here = slice(start, min(start + BATCH, len(rows)))
            yield here, map_.transform(images[rows[here]])

    labels, truth = pool.train_labels[part.train], pool.test_labels[part.test]
    held = np.arange(len(labels)) % FOLDS == 0
    sums, aside = [Sums(), Sums()], []
    for here, found in batches(train, part.train):
        for each, mask in zip(sums, (~held[here], held[here]), strict=True):
            each.add(found[mask], labels[here][mask])
        if held[here].any():
            aside.append(found[held[here]])
    size = sum(each.trace for each in sums) / len(labels) if row.relative else 1.0
    lambdas = [size * lam for lam in row.lambdas]
    path = sums[0].path(lambdas)
    chosen, first = np.zeros(len(row.lambdas), dtype=np.int64), 0
    for found in aside:
        chosen += right(path, found, labels[held][first : first + len(found)])
        first += len(found)
    sums[0].join(sums[1])
    path, counts = sums[0].path(lambdas), np.zeros(len(row.lambdas), dtype=np.int64)
    for here, found in batches(test, part.test):
        counts += right(path, found, truth[here])
    return Scores(row.lambdas, fraction(chosen, int(held.sum())), fraction(counts, len(truth)), path.method)


class Sums:
    """F^T F and F^T y of the features of n images, which are added some at a time."""

    def __init__(self) -> None:
        self.n = 0
        self.squares, self.products = np.zeros((0, 0)), np.zeros((0, CLASSES))

    @property
    def trace(self) -> float:
        """Of F F^T: the sum of the diagonal of the images' matrix."""
        return float(np.trace(self.squares))

    def add(self, found: NDArray[Any], labels: NDArray[np.int64]) -> None:
        """The features of some more images."""
        if not self.n:
            width = found.shape[1]
            self.squares, self.products = np.zeros((width, width)), np.zeros((width, CLASSES))
        wide = found.astype(np.float64, copy=False)
        self.squares += wide.T @ wide
        self.products += wide.T @ targets(labels)
        self.n += len(found)

    def join(self, other: Sums) -> None:
        """The images of another one."""
        self.squares, self.products = self.squares + other.squares, self.products + other.products
        self.n += other.n

    def path(self, lambdas: Sequence[float]) -> regression.RidgePath:
        """(F^T F + n lambda I)^{-1} F^T y for every lambda."""
        # `ridge_path` adds m lambda, as its matrix has m rows.
        return regression.ridge_path(self.squares, self.products, self.n * np.asarray(lambdas) / len(self.squares))
