"""A row of claim 61: ridge regression with a zonal kernel of whole images.

Pixels are divided by 255 and nothing else is done to them. The matrix of the training images is held once; those of
new images with them are made and used some rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from experiments.tables.pools import Part, Pool, targets
from experiments.tables.selection import Scores, fraction, right
from experiments.tables.setups import Row
from kernelspec import regression
from kernelspec.numbers.checks import watched

Progress = Callable[..., Iterable[Any]]
_STRIP = 2**27  # bytes of a strip of the matrix of new images with the training images, in float64


def scores(
    row: Row, pool: Pool, part: Part, *, dtype: str, method: str | None = None, progress: Progress | None = None
) -> Scores:
    """Accuracies on the validation and on the test images of one split.

    Parameters
    ----------
    row : of the table "mnist" or "fashion".
    part : from `pools.part`.
    dtype : "float32" or "float64", of the kernel matrices.
    method : of `regression.ridge_path`; None leaves the choice to it.
    progress : called as progress(strips, total=...) once the regressions are solved.
    """
    kernel, images = row.kernel, _pixels(pool.train[part.train], dtype)
    path = regression.ridge_path(
        kernel.gram(images),
        targets(pool.train_labels[part.train]),
        row.lambdas,
        **({"method": method} if method else {}),
    )
    groups = (
        (pool.train[part.validation], pool.train_labels[part.validation]),
        (pool.test[part.test], pool.test_labels[part.test]),
    )
    rows = max(1, _STRIP // (8 * len(images)))
    strips = [(g, start) for g, (_, labels) in enumerate(groups) for start in range(0, len(labels), rows)]
    counts = np.zeros((2, len(row.lambdas)), dtype=np.int64)
    for g, start in watched(progress, strips, len(strips)):
        new, labels = (array[start : start + rows] for array in groups[g])
        counts[g] += right(path, kernel.gram(_pixels(new, dtype), images), labels)
    found = [fraction(c, len(labels)) for c, (_, labels) in zip(counts, groups, strict=True)]
    return Scores(row.lambdas, found[0], found[1], path.method)


def _pixels(images: np.ndarray, dtype: str) -> np.ndarray:
    return images.astype(dtype) / np.asarray(255, dtype=dtype)
