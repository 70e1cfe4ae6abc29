"""Image data sets: the digits that scikit-learn carries, IDX files and the binary files of CIFAR-10 from a folder.

IDX is the format of MNIST and Fashion-MNIST: two zero bytes, the type of the entries (8: unsigned
byte), the number of axes, their lengths as big-endian 32-bit integers, then the entries in C order.
Files are read with NumPy and gzip alone; nothing in them is ever executed.

The binary files of CIFAR-10 are records of a label and 3 x 32 x 32 bytes: red, green, blue, each row by row.
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_UNSIGNED_BYTE = 8
# No image set in this format is near it; a damaged header may promise anything.
_MOST_BYTES = 2**31
_PARTS = {"train": "train", "test": "t10k"}
_BATCHES = {"train": tuple(f"data_batch_{k}.bin" for k in range(1, 6)), "test": ("test_batch.bin",)}
_SIDE, _RECORD = 32, 1 + 3 * 32 * 32


def data_folder(typed: str | None) -> Path | None:
    """The folder with data sets that the user has named: after ``--data``, else in KERNELSPEC_DATA.

    None where neither names one. Raises ValueError where there is no such folder.
    """
    text = typed or os.environ.get("KERNELSPEC_DATA", "")
    if not text:
        return None
    if not Path(text).is_dir():
        name = "--data" if typed else "KERNELSPEC_DATA"
        raise ValueError(f"{name}: there is no folder {text}")
    return Path(text).resolve()


@dataclass(frozen=True, eq=False)
class Images:
    """Images as rows of pixels.

    Parameters
    ----------
    name : of the data set.
    pixels : shape (n, height * width), float64 in [0, 1].
    labels : shape (n,), integers 0, ..., 9.
    """

    name: str
    pixels: NDArray[np.float64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


def digits() -> Images:
    """The 1797 images of 8 x 8 pixels in scikit-learn, pixels / 16.

    Raises
    ------
    ModuleNotFoundError
        where scikit-learn is not installed.
    """
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return Images("digits", np.asarray(pixels, dtype=np.float64) / 16.0, labels.astype(np.int64))


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes, gzipped where the name ends in ``.gz``.

    Raises
    ------
    FileNotFoundError
        where there is no such file.
    ValueError
        for a file that is not gzip, not IDX, of another type of entries, or of another length than
        its header says.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0":
                raise ValueError(f"{path}: not an IDX file, it begins with {head!r}")
            kind, axes = head[2], head[3]
            if kind != _UNSIGNED_BYTE:
                raise ValueError(f"{path}: entries must be unsigned bytes (8), the type is {kind}")
            lengths = file.read(4 * axes)
            if axes == 0 or len(lengths) < 4 * axes:
                raise ValueError(f"{path}: the header promises {axes} axes and has not their sizes")
            shape = tuple(int(n) for n in np.frombuffer(lengths, dtype=">u4"))
            size = math.prod(shape)
            if size > _MOST_BYTES:
                raise ValueError(f"{path}: the header promises {size} bytes, shape {shape}")
            content = file.read(size + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: not a complete gzip file ({error})") from error
    if len(content) != size:
        found = f"only {len(content)}" if len(content) < size else "more"
        raise ValueError(f"{path}: shape {shape} needs {size} bytes, the file has {found}")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def idx_folder(folder: Path, part: str) -> Images:
    """One part of a data set in the four IDX files of MNIST, pixels / 255.

    Parameters
    ----------
    folder : with ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` and the two of ``t10k``,
        gzipped (``.gz``) or not.
    part : "train" or "test".

    Raises
    ------
    FileNotFoundError, ValueError
        as `read_idx`; ValueError also for images and labels that do not belong together.
    """
    if part not in _PARTS:
        raise ValueError(f"part must be one of {sorted(_PARTS)}, got {part!r}")
    images_path = _found(folder, f"{_PARTS[part]}-images-idx3-ubyte")
    labels_path = _found(folder, f"{_PARTS[part]}-labels-idx1-ubyte")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3 or images.size == 0:
        raise ValueError(f"{images_path}: images must have 3 axes, got shape {images.shape}")
    if labels.shape != images.shape[:1]:
        raise ValueError(f"{labels_path}: {labels.shape} labels for {len(images)} images")
    if labels.max() > 9:
        raise ValueError(f"{labels_path}: labels must be 0, ..., 9, got {labels.max()}")
    pixels = images.reshape(len(images), -1) / 255.0
    return Images(folder.name, pixels, labels.astype(np.int64))


def mnist(data: Path | None, part: str) -> Images | None:
    """One part of MNIST from a folder, or from its folder ``mnist``; None where neither has it, or there is none.

    Raises ValueError for files that are damaged, or have images of another size than 28 x 28.
    """
    if data is None:
        return None
    for folder in (data / "mnist", data):
        try:
            found = idx_folder(folder, part)
        except FileNotFoundError:
            continue
        if found.pixels.shape[1] != 28 * 28:
            raise ValueError(f"{folder}: images must have 28 x 28 pixels, they have {found.pixels.shape[1]}")
        return found
    return None


def cifar10_folder(folder: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """One part of CIFAR-10 in its binary files: images of shape (n, 32, 32, 3), and labels 0, ..., 9.

    Parameters
    ----------
    folder : with ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin``.
    part : "train", the five in their order, or "test".

    Raises
    ------
    FileNotFoundError
        where one of them is not there.
    ValueError
        for a file that is not of whole records of 3073 bytes, or has a label above 9.
    """
    if part not in _BATCHES:
        raise ValueError(f"part must be one of {sorted(_BATCHES)}, got {part!r}")
    images, labels = [], []
    for name in _BATCHES[part]:
        path = folder / name
        if not path.is_file():
            raise FileNotFoundError(f"{folder}: {name} is not there")
        size = path.stat().st_size
        if not 0 < size <= _MOST_BYTES or size % _RECORD:
            raise ValueError(f"{path}: must hold records of {_RECORD} bytes, the file has {size}")
        records = np.fromfile(path, dtype=np.uint8).reshape(-1, _RECORD)
        if records[:, 0].max() > 9:
            raise ValueError(f"{path}: labels must be 0, ..., 9, got {records[:, 0].max()}")
        labels.append(records[:, 0].astype(np.int64))
        images.append(records[:, 1:].reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1))
    return np.concatenate(images), np.concatenate(labels)


def _found(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise FileNotFoundError(f"{folder}: neither {name}.gz nor {name} is there")
