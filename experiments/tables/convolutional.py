"""A row of claim 60 with the exact matrices of its network.

Lambda is chosen by five-fold cross-validation on the training images, which costs no more pairs of images; the
regression on all of them is then read on the test images, for every lambda, as the released script does.

With flips, every training image is there with its mirror image. Where the network knows no left (`Row.flips` is for
these), K(Fx, Fx') = K(x, x') for the reflection F, so that the matrix of the 2n images is [[A, B], [B, A]], A = K(x,
x') and B = K(x, Fx'), and the targets (y, y): the coefficients are (a, a) with (A + B + 2n lambda I) a = y, and the
function is the sum of a_i (K(., x_i) + K(., F x_i)). Half of the matrix is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.tables.matrices import Matrices
from experiments.tables.pools import Part, Pool, targets
from experiments.tables.selection import Scores, cross_validated, fraction, right
from experiments.tables.setups import Row
from experiments.tables.whitening import whitened
from kernelspec import regression

Array = NDArray[np.float64]


def images(pool: Pool, part: Part, whitening: str, dtype: str) -> tuple[Array, Array]:
    """The training and the test images of a split, pixels / 255, whitened."""
    found = [
        whitened(pixels / 255.0, whitening, dtype=dtype) for pixels in (pool.train[part.train], pool.test[part.test])
    ]
    return found[0], found[1]


def pairs(row: Row, train: int, test: int) -> int:
    """How many pairs of images are evaluated for a row."""
    plain = train * (train + 1) // 2 + train * test
    return plain + train * train + train * test if row.flips else plain


def scores(row: Row, pool: Pool, part: Part, x: Array, new: Array, matrices: Matrices) -> Scores:
    """Accuracies by cross-validation and on the test images of one split.

    Parameters
    ----------
    row : of the table "cifar10".
    x, new : from `images`.
    matrices : of the row's network; where its `tangent` is "both", the kernel that the row names is taken.
    """
    kind = int(row.tangent) if matrices.kinds == 2 else 0
    gram = matrices.gram("training images", x)[kind].astype(np.float64)
    cross = matrices.gram("test images", new, x)[kind].astype(np.float64)
    size = float(np.mean(gram.diagonal())) if row.relative else 1.0
    if row.flips:
        mirrored = np.ascontiguousarray(x[:, :, ::-1])
        other = matrices.gram("training images, mirrored", x, mirrored)[kind].astype(np.float64)
        gram += (other + other.T) / 2  # symmetric up to rounding
        cross += matrices.gram("test images, mirrored", new, mirrored)[kind]
    gram /= size  # not the values of the function: the largest of ten stays the largest
    labels, truth = pool.train_labels[part.train], pool.test_labels[part.test]
    solve = partial(_ridge, 2 if row.flips else 1)
    chosen = cross_validated(gram, labels, row.lambdas, solve)
    path = solve(gram, targets(labels), row.lambdas)
    return Scores(row.lambdas, chosen, fraction(right(path, cross, truth), len(truth)), path.method)


def _ridge(copies: int, gram: Array, y: ArrayLike, lambdas: Sequence[float]) -> regression.RidgePath:
    """(K + copies n lambda I)^{-1} y: as many images as rows, times the copies of each."""
    return regression.ridge_path(gram, y, copies * np.asarray(lambdas))
