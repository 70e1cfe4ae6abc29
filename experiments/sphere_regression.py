r"""The experiments of Figure 1 of Bietti & Bach (2021), claim 62, as data.

Points are uniform on S^3, targets are functions of w.x for one w in S^3:

    f1 = 1{w.x >= 0.7},      f2 = exp(-(1 - w.x)^{3/2}) + exp(-(1 + w.x)^{3/2}).

Left and middle: kernel ridge regression with seven kernels, for two ranges of lambda. Right: ridge
regression on random ReLU features. As in the paper, lambda is the best one on the test points.

Differences from the paper's code: float64 in place of float32, whose rounding is of the size of the
smallest n lambda (`float32_rounding`); 2,000 test points in place of 10,000; other random numbers,
and for the left and the middle some more draws of everything, for the spread between draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments import summaries
from experiments.kept_results import Arrays, computed
from kernelspec import regression, sphere
from kernelspec.learning.measured import path_errors

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

D = 4
SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_U, _STEP, _RAMP = ks.linear(), ks.arccos(0), ks.arccos(1)
# Name, kernel, whether it is a random-feature kernel (mu_k ~ k^{-d-2}; the others k^{-d}).
KERNELS: tuple[tuple[str, ks.Zonal, bool], ...] = (
    (r"RF 2 layers, $(1+u)\kappa_1$", (1 + _U) * _RAMP, True),
    (r"RF 3 layers, $\kappa_1\circ\kappa_1$", ks.rf(3), True),
    (r"RF 4 layers, $\kappa_1\circ\kappa_1\circ\kappa_1$", ks.rf(4), True),
    (r"NTK 2 layers, $\frac{1}{2}((1+u)\kappa_0+\kappa_1)$", ((1 + _U) * _STEP + _RAMP) / 2, False),
    (r"NTK 3 layers", ks.ntk(3) / 3, False),
    (r"NTK 4 layers", ks.ntk(4) / 4, False),
    (r"Laplace, $e^{-\sqrt{1-u}}$", ks.laplace(), False),
)
LAMBDAS: Array = np.power(10.0, np.arange(-2, -9, -1))
SHORT, LONG = 1e-4, 1e-8  # the ends of the two ranges of lambda
# "sqrt n" is None here: the width floor(sqrt n).
WIDTHS: tuple[tuple[int | None, ...], ...] = ((None,), (None, None), (10, None), (None, 10))
# 2^1, 2^1.4, ..., 2^13.8, rounded down.
FEATURE_SIZES = tuple(sorted({int(2.0**e) for e in np.linspace(1.0, 13.8, 33)}))
FEATURE_LAMBDAS: Array = np.power(2.0, np.arange(-30, 4, 3))


def f1(cosine: Array) -> Array:
    """The indicator of w.x >= 0.7."""
    return (cosine >= 0.7).astype(np.float64)


def f2(cosine: Array) -> Array:
    """An even function with the singularity (1 - |w.x|)^{3/2} of kappa_1."""
    gap = np.clip(1.0 - cosine, 0.0, 2.0)
    return np.exp(-(gap**1.5)) + np.exp(-((2.0 - gap) ** 1.5))


@dataclass(frozen=True, eq=False)
class LearningCurves:
    """Mean squared test errors of kernel ridge regression.

    Parameters
    ----------
    sizes : numbers n of training points; the first n points of one draw.
    errors : shape (draws, kernels, sizes, lambdas, 2), for f1 and f2.
    variances : shape (draws, 2), of the targets on the test points.
    """

    sizes: Integers
    errors: Array
    variances: Array

    def best(self, target: int, smallest: float) -> Array:
        """Errors (draws, kernels, sizes) for f1 or f2 with the best lambda >= `smallest`."""
        allowed = LAMBDAS >= smallest * (1 - 1e-9)
        return self.errors[:, :, :, allowed, target - 1].min(axis=3)

    def chosen(self, target: int, smallest: float) -> Array:
        """The lambda that `best` takes."""
        allowed = LAMBDAS >= smallest * (1 - 1e-9)
        places = self.errors[:, :, :, allowed, target - 1].argmin(axis=3)
        return LAMBDAS[allowed][places]


def learning_curves(
    sizes: Sequence[int], rng: np.random.Generator, *, draws: int = 1, test_points: int = 2000
) -> LearningCurves:
    """Kernel ridge regression on f1 and f2 with every kernel, size and lambda of Figure 1.

    Parameters
    ----------
    sizes : numbers of training points, ascending.
    rng : a Generator.
    draws : independent draws of w, of the training and of the test points.
    test_points : in each draw; the paper has 10,000.
    """
    errors = np.empty((draws, len(KERNELS), len(sizes), len(LAMBDAS), 2))
    variances = np.empty((draws, 2))
    for draw in range(draws):
        pole = sphere.sample_sphere(1, D, rng)[0]
        train = sphere.sample_sphere(max(sizes), D, rng)
        test = sphere.sample_sphere(test_points, D, rng)
        targets = np.stack([f1(train @ pole), f2(train @ pole)], axis=1)
        truth = np.stack([f1(test @ pole), f2(test @ pole)], axis=1)
        variances[draw] = truth.var(axis=0)
        for place, (_, kernel, _) in enumerate(KERNELS):
            gram, cross = kernel.gram(train), kernel.gram(test, train)
            for at, n in enumerate(sizes):
                errors[draw, place, at] = path_errors(gram[:n, :n], cross[:, :n], targets[:n], truth, LAMBDAS)[0]
    return LearningCurves(np.array(sizes), errors, variances)


@dataclass(frozen=True, eq=False)
class FeatureCurves:
    """Mean squared test errors of ridge regression on random features, on f2.

    Parameters
    ----------
    sizes : numbers n of training points.
    shared, separate : shape (widths, sizes, repetitions), with the best lambda of each repetition:
        the same random weights for training and test points, or other ones for the test points.
    variance : shape (sizes, repetitions): of the target on the test points.
    """

    sizes: Integers
    shared: Array
    separate: Array
    variance: Array


def feature_curves(
    sizes: Sequence[int], rng: np.random.Generator, *, repetitions: int = 20, test_points: int = 2000
) -> FeatureCurves:
    """Ridge regression on random ReLU features with every network of Figure 1, right.

    Parameters
    ----------
    sizes : numbers of training points; sqrt n is rounded down.
    rng : a Generator.
    repetitions : each with new weights, w, training and test points.
    test_points : in each repetition.
    """
    shared = np.empty((len(WIDTHS), len(sizes), repetitions))
    separate = np.empty_like(shared)
    variance = np.empty((len(sizes), repetitions))
    for at, n in enumerate(sizes):
        for repetition in range(repetitions):
            pole = sphere.sample_sphere(1, D, rng)[0]
            train, test = sphere.sample_sphere(n, D, rng), sphere.sample_sphere(test_points, D, rng)
            target, truth = f2(train @ pole), f2(test @ pole)
            variance[at, repetition] = truth.var()
            for place, widths in enumerate(WIDTHS):
                weights = random_weights(widths, n, rng)
                path = regression.feature_path(relu_features(train, weights), target, FEATURE_LAMBDAS)
                for errors, used in ((shared, weights), (separate, random_weights(widths, n, rng))):
                    guess = regression.predict(path, relu_features(test, used))
                    errors[place, at, repetition] = np.mean((guess - truth) ** 2, axis=1).min()
    return FeatureCurves(np.array(sizes), shared, separate, variance)


def random_weights(widths: Sequence[int | None], n: int, rng: np.random.Generator) -> tuple[Array, ...]:
    """Weights N(0, 1) of a network on R^4 with these widths; None is floor(sqrt n)."""
    sizes = [D, *(int(np.sqrt(n)) if w is None else w for w in widths)]
    return tuple(rng.standard_normal(shape) for shape in zip(sizes, sizes[1:], strict=False))


def relu_features(points: Array, weights: Sequence[Array]) -> Array:
    """The last layer sqrt(2/m) max(0, W x) of a ReLU network: E[features.features] is ks.rf."""
    for matrix in weights:
        points = np.sqrt(2.0 / matrix.shape[1]) * np.maximum(points @ matrix, 0.0)
    return points


def float32_rounding(kernel: ks.Zonal, n: int) -> float:
    """The rounding of K's largest eigenvalue in float32 for n points on S^3: eps n mu_0."""
    return float(np.finfo(np.float32).eps) * n * float(kernel.spectrum(D)[0])


def slopes(sizes: Integers, errors: Array, smallest: int) -> Array:
    """Least-squares slopes of log error against log n over the sizes >= `smallest` (last axis)."""
    chosen = sizes >= smallest
    return summaries.slopes(sizes[chosen], errors[..., chosen])


def left_and_middle(quick: bool = False, reuse: bool = False) -> tuple[LearningCurves, LearningCurves]:
    """The draw of Figure 1, left and middle, up to n = 5000, and further draws up to n = 1000.

    Parameters
    ----------
    quick : n up to 1000 and 500, fewer points and draws.
    reuse : whether results that these sources computed before will do.
    """

    def compute() -> Arrays:
        sizes, points = (SIZES[:7], 1000) if quick else (SIZES, 2000)
        one = learning_curves(sizes, np.random.default_rng(42), test_points=points)
        more = learning_curves(
            SIZES[: 6 if quick else 7], np.random.default_rng(43), draws=3 if quick else 4, test_points=1000
        )
        return {f"{name}_{key}": value
                for name, curves in (("one", one), ("more", more))
                for key, value in vars(curves).items()}  # fmt: skip

    arrays = computed("learning_curves", __name__, compute, quick=quick, reuse=reuse)
    one, more = (
        LearningCurves(*(arrays[f"{name}_{key}"] for key in ("sizes", "errors", "variances")))
        for name in ("one", "more")
    )
    return one, more


def further(reuse: bool = False) -> LearningCurves:
    """Four draws more at n = 2000, for the bands of the figure; the checks do without.

    They take half a minute of one processor; as many at n = 5000 would take four.
    """

    def compute() -> Arrays:
        rng = np.random.default_rng(44)
        return vars(learning_curves([2000], rng, draws=4, test_points=1000))

    arrays = computed("learning_curves_further", __name__, compute, quick=False, reuse=reuse)
    return LearningCurves(*(arrays[key] for key in ("sizes", "errors", "variances")))


def right(quick: bool = False, reuse: bool = False) -> FeatureCurves:
    """The curves of Figure 1, right, with 20 repetitions.

    Parameters
    ----------
    quick : n up to 2^10 and 8 repetitions.
    reuse : whether results that these sources computed before will do.
    """

    def compute() -> Arrays:
        sizes = [n for n in FEATURE_SIZES if not quick or n <= 1024]
        rng = np.random.default_rng(42)
        return vars(feature_curves(sizes, rng, repetitions=8 if quick else 20))

    arrays = computed("random_features", __name__, compute, quick=quick, reuse=reuse)
    return FeatureCurves(*(arrays[key] for key in ("sizes", "shared", "separate", "variance")))
