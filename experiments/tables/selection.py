"""Accuracies of a path of ridge regressions, and the lambda that they choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.tables.pools import targets
from kernelspec import regression

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
FOLDS = 5


@dataclass(frozen=True)
class Scores:
    """Accuracies as fractions, one for each lambda, from the largest lambda on.

    Parameters
    ----------
    lambdas : the grid.
    on_validation : accuracies on images that neither trained the regression nor are test images.
    on_test : accuracies on the test images.
    solver : the method of the regressions.
    """

    lambdas: tuple[float, ...]
    on_validation: tuple[float, ...]
    on_test: tuple[float, ...]
    solver: str

    @property
    def chosen(self) -> float:
        """The lambda that is best on the validation images, the largest where several are."""
        return self.lambdas[_first_best(self.on_validation)]

    @property
    def accuracy(self) -> float:
        """The accuracy on the test images with the chosen lambda."""
        return self.on_test[_first_best(self.on_validation)]

    @property
    def best_on_test(self) -> float:
        """The accuracy of the lambda that is best on the test images: looked up there, and so too good."""
        return max(self.on_test)


def _first_best(accuracies: Sequence[float]) -> int:
    return max(range(len(accuracies)), key=lambda place: (accuracies[place], -place))


def right(path: regression.RidgePath, cross: Any, labels: Integers) -> Integers:
    """How many labels every regression of a path finds, shape (p,); `cross` as `regression.predict` takes it."""
    return np.asarray((regression.predict(path, cross).argmax(axis=2) == labels).sum(axis=1))


def fraction(counts: Integers, total: int) -> tuple[float, ...]:
    """Counts as fractions of a total."""
    return tuple(float(count) / total for count in counts)


def folds(n: int, count: int = FOLDS) -> list[Integers]:
    """The places 0, ..., n-1 in so many parts, every `count`th place in one; fewer parts where n is smaller.

    Raises ValueError for n < 2: nothing is left to train on.
    """
    if n < 2:
        raise ValueError(f"--train must be at least 2 for cross-validation, got {n}")
    count = min(n, count)
    return [np.arange(first, n, count) for first in range(count)]


def cross_validated(
    gram: Array, labels: Integers, lambdas: Sequence[float], solve: Callable[..., regression.RidgePath]
) -> tuple[float, ...]:
    """Accuracies by five-fold cross-validation on the training images themselves, for every lambda.

    `solve(K, y, lambdas)` is the regression; in each fold K + n lambda I has the n of the images that it trains on.
    """
    n = len(labels)
    counts = np.zeros(len(lambdas), dtype=np.int64)
    for held in folds(n):
        kept = np.setdiff1d(np.arange(n), held)
        path = solve(gram[np.ix_(kept, kept)], targets(labels[kept]), lambdas)
        counts += right(path, gram[np.ix_(held, kept)], labels[held])
    return fraction(counts, n)
