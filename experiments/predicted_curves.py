r"""Learning curves that theory predicts against measured ones: the kernels and targets of Figure 1 (claims 62, L15).

Kernel ridge regression on f1 = 1{x_1 >= 0.7} and f2 = exp(-(1 - x_1)^{3/2}) + exp(-(1 + x_1)^{3/2}), x uniform on the
spheres S^2, S^3 and S^9, with the seven kernels of Figure 1 of Bietti & Bach (2021). lambda is one number for all n,
and not chosen on the test points; training and test errors are those of several draws of all points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import kernelspec as ks
from experiments.kept_results import Arrays, computed
from experiments.sphere_regression import KERNELS as KERNELS
from experiments.sphere_regression import Array, Integers, f1, f2
from kernelspec import sphere
from kernelspec.learning.measured import path_errors
from kernelspec.rkhs import Function, ridge, step

DIMENSIONS = (3, 4, 10)
SIZES = (10, 20, 50, 100, 200, 500, 1000)
LAMBDAS: Array = np.array([1e-2, 1e-4, 1e-6, 1e-8])
DRAWS, TEST_POINTS = 30, 1000
HALF = ks.exponential(0.5) @ (1 - ks.defect_power(1.5) / 4)  # exp(-(1-u)^{3/2})


def targets(d: int) -> tuple[Function, Function]:
    """f1 and f2 on S^{d-1}, along the first axis, as functions with exact harmonics."""
    pole = [1] + [0] * (d - 1)
    return ridge(step(0.7), pole), ridge(HALF, pole) + ridge(HALF, [-x for x in pole])


@dataclass(frozen=True, eq=False)
class Curves:
    """Measured and predicted mean squared errors on one sphere.

    Parameters
    ----------
    d : the sphere is S^{d-1}.
    sizes : numbers n of training points, shape (sizes,).
    test, train : shape (draws, kernels, sizes, lambdas, 2), for f1 and f2.
    predicted, predicted_train : shape (kernels, sizes, lambdas, 2).
    """

    d: int
    sizes: Integers
    test: Array
    train: Array
    predicted: Array
    predicted_train: Array

    @property
    def mean(self) -> Array:
        """The mean test error over the draws."""
        return np.asarray(self.test.mean(axis=0))

    @property
    def standard_error(self) -> Array:
        """The standard error of `mean`."""
        return np.asarray(self.test.std(axis=0, ddof=1) / math.sqrt(len(self.test)))

    @property
    def within(self) -> Array:
        """Whether the mean is within two standard errors of what is predicted, shape (kernels, sizes, lambdas, 2)."""
        return np.asarray(np.abs(self.mean - self.predicted) <= 2 * self.standard_error)

    @property
    def ratio(self) -> Array:
        """The mean over what is predicted."""
        return np.asarray(self.mean / self.predicted)


def measured(d: int, sizes: Sequence[int], rng: np.random.Generator, draws: int, points: int) -> tuple[Array, Array]:
    """Test and training errors of ridge regression with every kernel, size and lambda, as in `Curves`."""
    shape = (draws, len(KERNELS), len(sizes), len(LAMBDAS), 2)
    test, train = np.empty(shape), np.empty(shape)
    for draw in range(draws):
        some, others = sphere.sample_sphere(max(sizes), d, rng), sphere.sample_sphere(points, d, rng)
        y, truth = (np.stack([f1(x[:, 0]), f2(x[:, 0])], axis=1) for x in (some, others))
        for place, (_, kernel, _) in enumerate(KERNELS):
            gram, cross = kernel.gram(some), kernel.gram(others, some)
            for at, n in enumerate(sizes):
                found = path_errors(gram[:n, :n], cross[:, :n], y[:n], truth, LAMBDAS)
                test[draw, place, at], train[draw, place, at] = found
    return test, train


def predicted(
    d: int, sizes: Sequence[int], kernels: Sequence[ks.Zonal], lambdas: Sequence[float]
) -> tuple[Array, Array]:
    """Test and training errors by the eigenlearning equations, shapes (kernels, sizes, lambdas, 2)."""
    curves = [
        [[ks.learning.curve(kernel, f, d, sizes, lam) for f in targets(d)] for lam in lambdas] for kernel in kernels
    ]
    test, train = (
        np.array([[[getattr(each, name) for each in row] for row in rows] for rows in curves])
        for name in ("error", "train")
    )
    return np.moveaxis(test, -1, 1), np.moveaxis(train, -1, 1)


def compute(quick: bool = False, reuse: bool = False) -> list[Curves]:
    """The curves on every sphere.

    Parameters
    ----------
    quick : eight draws, n up to 200, on S^3 alone.
    reuse : whether results that these sources computed before will do.
    """
    dimensions = (4,) if quick else DIMENSIONS
    sizes = [n for n in SIZES if not quick or n <= 200]
    names = ("test", "train", "predicted", "predicted_train")

    def arrays() -> Arrays:
        found: dict[str, Array] = {}
        for d in dimensions:
            rng = np.random.default_rng(62 + d)
            several = (
                *measured(d, sizes, rng, 8 if quick else DRAWS, TEST_POINTS),
                *predicted(d, sizes, [kernel for _, kernel, _ in KERNELS], LAMBDAS.tolist()),
            )
            found |= {f"{name}_{d}": each for name, each in zip(names, several, strict=True)}
        return found

    known = computed("predicted_curves", __name__, arrays, quick=quick, reuse=reuse)
    return [Curves(d, np.array(sizes), *(known[f"{name}_{d}"] for name in names)) for d in dimensions]


def shares(curves: Sequence[Curves], smallest: int = 0) -> dict[str, float]:
    """How many of the points from n = `smallest` on are within two standard errors of the prediction, by group.

    "within two standard deviations" counts means that are as close as a single draw is to their own mean.
    """
    found: dict[str, float] = {}
    chosen = [each.sizes >= smallest for each in curves]
    within = [each.within[:, some] for each, some in zip(curves, chosen, strict=True)]
    found["all"] = _share(within)
    for each, some in zip(curves, within, strict=True):
        for target in (0, 1):
            found[f"S^{each.d - 1}, f{target + 1}"] = _share([some[..., target]])
    for place, lam in enumerate(LAMBDAS):
        found[f"lambda = {lam:g}"] = _share([some[:, :, place] for some in within])
    scatter = [
        (np.abs(each.mean - each.predicted) <= 2 * each.test.std(axis=0, ddof=1))[:, some]
        for each, some in zip(curves, chosen, strict=True)
    ]
    found["within two standard deviations"] = _share(scatter)
    return found


def _share(several: Sequence[Array]) -> float:
    return float(np.mean(np.concatenate([each.ravel() for each in several])))
