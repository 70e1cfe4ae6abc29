"""The images of a table: from the data sets' standard files, or small ones that are made up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.datasets import cifar10_folder, idx_folder
from experiments.tables.setups import TABLES

CLASSES = 10
VALIDATION = 10_000  # of the training images of MNIST and Fashion-MNIST
FIRST_SEED = 42

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pool:
    """Training and test images with their labels.

    Parameters
    ----------
    name : of the data set.
    train, test : shape (n, ...), bytes as they are in the files.
    train_labels, test_labels : shape (n,), 0, ..., 9.
    validation : how many training images are set apart to choose lambda; 0 where it is chosen by cross-validation.
    """

    name: str
    train: NDArray[np.uint8]
    train_labels: Integers
    test: NDArray[np.uint8]
    test_labels: Integers
    validation: int
    made_up: bool = False  # nothing that is printed can be compared with it

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that tell these images and labels from others."""
        seen = hashlib.sha256()
        for array in (self.train, self.train_labels, self.test, self.test_labels):
            seen.update(repr((array.shape, array.dtype.str)).encode())
            seen.update(np.ascontiguousarray(array).data)
        return seen.hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Part:
    """Images of one split: rows of the pool.

    The first of a permutation are for training, the last for validation, as in the released code of claim 61.
    """

    train: Integers
    validation: Integers
    test: Integers


def pool(table: str, data: Path) -> Pool:
    """The images of a table from a folder with data sets.

    Parameters
    ----------
    table : "mnist" or "fashion", four IDX files in the folder of this name, or in `data` itself; "cifar10", the six
        binary files in ``cifar-10-batches-bin``, or in `data` itself.

    Raises
    ------
    FileNotFoundError
        that names the folders and the files that are looked for.
    ValueError
        for files that are damaged, or hold images of another size.
    """
    if table not in TABLES:
        raise ValueError(f"table must be one of {', '.join(TABLES)}; got {table!r}")
    if table == "cifar10":
        folder = _folder(data, "cifar-10-batches-bin", "test_batch.bin")
        return Pool("Cifar10", *cifar10_folder(folder, "train"), *cifar10_folder(folder, "test"), 0)
    folder = _folder(data, table, "t10k-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte")
    name = {"mnist": "MNIST", "fashion": "Fashion-MNIST"}[table]
    return Pool(name, *_idx(folder, "train"), *_idx(folder, "test"), VALIDATION)


def small(table: str) -> Pool:
    """Made-up images of the small tier: of each class a random pattern, shifted, with noise; the same every time.

    8 x 8 grey pixels for the tables of whole images, 24 x 24 coloured ones for Cifar10, the smallest that its networks
    of two layers leave a map of.
    """
    if table not in TABLES:
        raise ValueError(f"table must be one of {', '.join(TABLES)}; got {table!r}")
    rng = np.random.default_rng(TABLES.index(table))
    colour = table == "cifar10"
    size, channels, (train, test, validation) = (24, 3, (32, 12, 0)) if colour else (8, 1, (400, 200, 100))
    patterns = rng.normal(size=(CLASSES, size // 2, size // 2, channels)).repeat(2, axis=1).repeat(2, axis=2)

    def drawn(count: int) -> tuple[NDArray[np.uint8], Integers]:
        labels = np.arange(count) % CLASSES
        shifts = rng.integers(-1, 2, size=(count, 2))
        moved = np.stack([np.roll(patterns[c], s, axis=(0, 1)) for c, s in zip(labels, shifts, strict=True)])
        grey = np.clip(128 + 40 * (moved + 0.5 * rng.normal(size=moved.shape)), 0, 255)
        images = grey.astype(np.uint8)
        return images if colour else images.reshape(count, -1), labels.astype(np.int64)

    return Pool(f"made up like {table}", *drawn(train), *drawn(test), validation, made_up=True)


def part(pool: Pool, train: int, test: int, split: int) -> Part:
    """The images of one split: the permutation of numpy's old generator with seed 42 + split, and the first test ones.

    Raises ValueError where the pool has too few images.
    """
    free = len(pool.train) - pool.validation
    for name, wanted, there in (("--train", train, free), ("--test", test, len(pool.test))):
        if not 1 <= wanted <= there:
            kept = f", {pool.validation} others being for validation" if name == "--train" and pool.validation else ""
            raise ValueError(f"{name} must be from 1 to {there}, the images that {pool.name} has{kept}; got {wanted}")
    order = np.random.RandomState(FIRST_SEED + split).permutation(len(pool.train))
    return Part(order[:train], order[len(order) - pool.validation :], np.arange(test))


def targets(labels: Integers) -> NDArray[np.float64]:
    """One-hot less 0.1, shape (n, 10)."""
    return np.eye(CLASSES)[labels] - 0.1


def _idx(folder: Path, part: str) -> tuple[NDArray[np.uint8], Integers]:
    """Images of 28 x 28 pixels as the bytes that they are in the file, and labels."""
    images = idx_folder(folder, part)
    if images.pixels.shape[1] != 28 * 28:
        raise ValueError(f"{folder}: images must have 28 x 28 pixels, they have {images.pixels.shape[1]}")
    return np.rint(images.pixels * 255).astype(np.uint8), images.labels


def _folder(data: Path, own: str, *files: str) -> Path:
    for folder in (data / own, data):
        if any((folder / file).is_file() for file in files):
            return folder
    raise FileNotFoundError(f"--data: neither {data / own} nor {data} has a file {files[0]}")
