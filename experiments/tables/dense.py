"""A row of claim 61: ridge regression with a zonal kernel of whole images.

Pixels are divided by 255 and nothing else is done to them. The matrix of the training images is held once; those of
new images with them are made and used some rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments.tables.pools import Part, Pool, targets
from experiments.tables.selection import Scores, fraction, right
from experiments.tables.setups import Row
from kernelspec import regression
from kernelspec.numbers.checks import watched

Progress = Callable[..., Iterable[Any]]
_STRIP = 2**27  # bytes of a strip of the matrix of new images with the training images, in float64


def scores(
    row: Row,
    pool: Pool,
    part: Part,
    *,
    dtype: str,
    method: regression.Method | None = None,
    threads: int | None = None,
    phase: Callable[[str], Progress] | None = None,
) -> Scores:
    """Accuracies on the validation and on the test images of one split.

    Parameters
    ----------
    row : of the table "mnist" or "fashion".
    part : from `pools.part`.
    dtype : "float32" or "float64", of the kernel matrices.
    method : of `regression.ridge_path`; None leaves the choice to it.
    threads : as `ckn.Network.gram` and `regression.ridge_path` take them.
    phase : gives the progress of each part of the work by its name.
    """
    assert isinstance(row.kernel, ks.Zonal)

    def told(name: str) -> Progress | None:
        return None if phase is None else phase(name)

    kernel, images = row.kernel, _pixels(pool.train[part.train], dtype)
    gram = kernel.gram(images, threads=threads, progress=told("matrix"))
    path = regression.ridge_path(
        gram,
        targets(pool.train_labels[part.train]),
        row.lambdas,
        method=method,
        overwrite=True,
        threads=threads,
        progress=told("regressions"),
    )
    del gram  # as large as all else together
    groups = (pool.train[part.validation], pool.test[part.test])
    truths = (pool.train_labels[part.validation], pool.test_labels[part.test])
    rows = max(1, _STRIP // (8 * len(images)))
    strips = [(g, start) for g, labels in enumerate(truths) for start in range(0, len(labels), rows)]
    counts = np.zeros((2, len(row.lambdas)), dtype=np.int64)
    for g, start in watched(told("new images"), strips, len(strips)):
        here = slice(start, start + rows)
        counts[g] += right(path, kernel.gram(_pixels(groups[g][here], dtype), images, threads=threads), truths[g][here])
    found = [fraction(c, len(labels)) for c, labels in zip(counts, truths, strict=True)]
    return Scores(row.lambdas, found[0], found[1], path.method)


def _pixels(images: NDArray[np.uint8], dtype: str) -> NDArray[Any]:
    return images.astype(dtype) / np.asarray(255, dtype=dtype)
