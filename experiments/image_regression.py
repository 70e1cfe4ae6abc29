"""Kernel ridge regression on images with RF and NTK of several depths, claim 61.

As in the paper: homogeneous kernels |x||y| kappa(cos), pixels in [0, 1] and nothing else done to
them, targets one-hot - 0.1, K + n lambda I, lambda chosen by the accuracy on validation images (the
largest where several are best), NTK without bias.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments import summaries
from experiments.datasets import Images, digits
from kernelspec import regression

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

FAMILIES = ("RF", "NTK")
LAMBDAS = (1.0, 0.1, 0.01, 0.001)
DIGITS_TRAIN, DIGITS_VALIDATION = 1000, 300  # and 497 for test


@dataclass(frozen=True, eq=False)
class Split:
    """Which images are for training, validation and test: rows of a pool of images."""

    train: Integers
    validation: Integers
    test: Integers


@dataclass(frozen=True, eq=False)
class Accuracies:
    """Accuracies as fractions, for RF and NTK, D depths, S splits and P values of lambda.

    Parameters
    ----------
    depths, lambdas : D and P numbers.
    on_validation, on_test : shape (2, D, S, P).
    overlap : n_test / n_train where the splits are of the same images: the variance of a mean over
        the splits is then about s^2 (1/S + overlap), Nadeau & Bengio (2003), and not s^2/S.
    """

    depths: tuple[int, ...]
    lambdas: tuple[float, ...]
    on_validation: Array
    on_test: Array
    overlap: float

    @property
    def chosen(self) -> Integers:
        """The place of the lambda that is best on the validation images, shape (2, D, S)."""
        return self.on_validation.argmax(axis=-1)

    @property
    def test(self) -> Array:
        """Test accuracies with the chosen lambda, shape (2, D, S)."""
        return np.take_along_axis(self.on_test, self.chosen[..., None], axis=-1)[..., 0]

    def with_lambdas(self, count: int) -> Accuracies:
        """What the first `count` lambdas alone would have given."""
        return Accuracies(
            self.depths, self.lambdas[:count], self.on_validation[..., :count], self.on_test[..., :count], self.overlap
        )

    def mean_and_error(self, values: Array) -> tuple[Array, Array]:
        """Mean over the splits (last axis) and its standard error, widened by `overlap`."""
        return summaries.mean_and_error(values, self.overlap)


def random_splits(n: int, train: int, validation: int, splits: int, rng: np.random.Generator) -> list[Split]:
    """Permutations of n images: the first for training, the next for validation, the rest test."""
    ends = (train, train + validation)
    return [Split(*np.split(rng.permutation(n), ends)) for _ in range(splits)]


def on_digits(rng: np.random.Generator, lambdas: Sequence[float], *, depths: Sequence[int], splits: int) -> Accuracies:
    """Accuracies on the digits of scikit-learn: one Gram matrix for each kernel."""
    images = digits()
    parts = random_splits(len(images), DIGITS_TRAIN, DIGITS_VALIDATION, splits, rng)
    found = np.empty((2, len(FAMILIES), len(depths), splits, len(lambdas)))
    for family, place, kernel in _kernels(depths):
        gram = kernel.gram(images.pixels)
        for number, split in enumerate(parts):
            rest = np.concatenate([split.validation, split.test])
            found[:, family, place, number] = _on_validation_and_test(
                gram[np.ix_(split.train, split.train)],
                gram[np.ix_(rest, split.train)],
                images.labels[split.train],
                images.labels[rest],
                lambdas,
                DIGITS_VALIDATION,
            )
    overlap = len(parts[0].test) / DIGITS_TRAIN
    return Accuracies(tuple(depths), tuple(lambdas), found[0], found[1], overlap)


def on_a_test_set(
    images: Images, test: Images, splits: Sequence[Split], depths: Sequence[int], lambdas: Sequence[float]
) -> Accuracies:
    """Accuracies on test images that are not split; the splits' own test images are not used."""
    found = np.empty((2, len(FAMILIES), len(depths), len(splits), len(lambdas)))
    for number, split in enumerate(splits):
        train = images.pixels[split.train]
        rest = np.concatenate([images.pixels[split.validation], test.pixels])
        labels = np.concatenate([images.labels[split.validation], test.labels])
        for family, place, kernel in _kernels(depths):
            found[:, family, place, number] = _on_validation_and_test(
                kernel.gram(train),
                kernel.gram(rest, train),
                images.labels[split.train],
                labels,
                lambdas,
                len(split.validation),
            )
    return Accuracies(tuple(depths), tuple(lambdas), found[0], found[1], 0.0)


def _kernels(depths: Sequence[int]) -> Iterator[tuple[int, int, ks.Zonal]]:
    for family, named in enumerate((ks.rf, ks.ntk)):
        for place, depth in enumerate(depths):
            yield family, place, named(depth)


def _on_validation_and_test(
    gram: Array, cross: Array, labels: Integers, truth: Integers, lambdas: Sequence[float], validation: int
) -> Array:
    """Accuracies, shape (2, P): on the first `validation` of the new images, on the others."""
    targets = np.eye(10)[labels] - 0.1
    path = regression.ridge_path(gram, targets, lambdas)
    right = regression.predict(path, cross).argmax(axis=2) == truth
    return np.stack([right[:, :validation].mean(axis=1), right[:, validation:].mean(axis=1)])
