r"""Rotated digits: images turned by splines, networks on groups, distances and accuracies, claim 51.

Images are read by a cubic spline (scipy.ndimage, zero outside) on a finer grid, 13 x 13 at a spacing of 3/4 of the
digits' pixels, about the middle; upright images as well, so that turned ones are no smoother. Networks have two
layers, patches of 3 x 3, the kernel |z||z'|e^{(cos-1)/0.36} and Gaussian pooling of every second position; the
second layer's patches reach over the neighbouring turns. Kernels are those of explicit features (`groups.Features`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import kernelspec as ks
from experiments import summaries
from experiments.datasets import Images, digits
from experiments.kept_results import Arrays, computed
from kernelspec import ckn, regression
from kernelspec.ckn import groups

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

SIZE, SPACING = 13, 0.75
GROUPS: dict[str, groups.Group] = {
    "plain": groups.cyclic(1),
    "C4": groups.cyclic(4),
    "C8": groups.cyclic(8),
    "C16": groups.cyclic(16),
    "D4": groups.dihedral(4),
}
LAMBDAS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
ANCHORS = (16, 48)
_AROUND = 4  # zeros around an image, so that its spline falls off and is not cut
TRAININGS = ("upright", "rotated")
_ARRAYS = ("found", "upright", "six_nine", "overlap")


def network(group: groups.Group, output: str = "orbit") -> groups.Network:
    """The two layers on a group. For the trivial group "orbit" is the sum over positions."""
    kernel, pool = ks.exponential(0.6), ckn.gaussian(2, centred=True)
    layers = [groups.Layer(3, kernel, pool, stride=2), groups.Layer(3, kernel, pool, stride=2, rotations=1)]
    return groups.Network(group, layers, output)


def placed(
    images: Array, angles: ArrayLike = 0.0, shifts: ArrayLike = (0.0, 0.0), size: int = SIZE, spacing: float = SPACING
) -> Array:
    """Images turned anticlockwise by angles (degrees) and then shifted, on the finer grid.

    Parameters
    ----------
    images : shape (n, height, width).
    angles : one or n of them.
    shifts : (rows, columns) in pixels of the images, one pair or n.
    size, spacing : of the grid, the latter in pixels of the images.

    Returns shape (n, size, size, 1).
    """
    from scipy.ndimage import map_coordinates, spline_filter

    n = len(images)
    angles = np.broadcast_to(np.deg2rad(angles), (n,))
    shifts = np.broadcast_to(np.asarray(shifts, dtype=np.float64), (n, 2))
    around = ((0, 0), (_AROUND, _AROUND), (_AROUND, _AROUND))
    images = np.pad(np.asarray(images, dtype=np.float64), around)
    middle = (np.array(images.shape[1:]) - 1) / 2
    axis = (np.arange(size) - (size - 1) / 2) * spacing
    out = np.empty((n, size, size, 1))
    for k, (image, angle, shift) in enumerate(zip(images, angles, shifts, strict=True)):
        row, column = axis[:, None] - shift[0], axis - shift[1]
        cosine, sine = np.cos(angle), np.sin(angle)
        # Reads at the turned-back point; (row, column) -> (cos row + sin column, cos column - sin row).
        reads = [cosine * row + sine * column + middle[0], cosine * column - sine * row + middle[1]]
        coefficients = spline_filter(image, order=3)
        out[k, ..., 0] = map_coordinates(coefficients, reads, order=3, prefilter=False)
    return out


# ----------------------------------------------------------------------------------------- distances


@dataclass(frozen=True, eq=False)
class Distances:
    """|Phi(L x) - Phi(x)| / |Phi(x)|, root mean square over images.

    Parameters
    ----------
    names : of the groups, G of them.
    angles, by_angle : degrees, shape (A,); shape (G, A).
    shifts, by_shift : pixels, along the rows and the columns; shape (G, T).
    apart : shape (G,), the same for two different images in place of L x and x.
    """

    names: tuple[str, ...]
    angles: Array
    by_angle: Array
    shifts: Array
    by_shift: Array
    apart: Array


def distances(images: Array, fitted: Array, names: Sequence[str], angles: Array, shifts: Array) -> Distances:
    """Distances for each group, with features whose anchors come from the images `fitted`."""
    by_angle, by_shift, apart = [], [], []
    still = placed(images)
    for name in names:
        features = groups.Features(network(GROUPS[name]), ANCHORS, patches=5000)
        features.fit(placed(fitted).astype(np.float32))

        def phi(x: Array, features: groups.Features = features) -> Array:
            return features.transform(x.astype(np.float32)).astype(np.float64)

        base = phi(still)
        scale = np.mean(np.sum(base**2, axis=1))

        def relative(moved: Array, base: Array = base, scale: float = scale, phi: Any = phi) -> float:
            return float(np.sqrt(np.mean(np.sum((phi(moved) - base) ** 2, axis=1)) / scale))

        by_angle.append([relative(placed(images, angle)) for angle in angles])
        pairs = [[(t, 0.0), (0.0, t)] for t in shifts]
        by_shift.append([np.sqrt(np.mean([relative(placed(images, 0.0, s)) ** 2 for s in both])) for both in pairs])
        i, j = np.triu_indices(len(images), 1)
        apart.append(np.sqrt(np.mean(np.sum((base[i] - base[j]) ** 2, axis=1)) / scale))
    return Distances(tuple(names), angles, np.array(by_angle), shifts, np.array(by_shift), np.array(apart))


# ---------------------------------------------------------------------------------------- accuracies


@dataclass(frozen=True, eq=False)
class Accuracies:
    """Accuracies on rotated test images, as fractions.

    Parameters
    ----------
    names : of the groups, G of them.
    sizes : numbers of training images, N of them.
    found : shape (G, 2, N, S): training upright or rotated, over S splits.
    upright : shape (G, S): training and test upright, the largest size.
    six_nine : shape (G, S): of the errors with rotated training and the largest size, the share between 6 and 9.
    overlap : n_test / n_train of the largest size, by which the variance of a mean over splits is larger than
        that of independent ones, Nadeau & Bengio (2003).
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    found: Array
    upright: Array
    six_nine: Array
    overlap: float

    def mean_and_error(self, values: Array) -> tuple[Array, Array]:
        """Mean over the splits (last axis) and its standard error, widened by `overlap`."""
        return summaries.mean_and_error(values, self.overlap)


def accuracies(
    pool: Images,
    rng: np.random.Generator,
    *,
    names: Sequence[str],
    sizes: Sequence[int],
    validation: int,
    splits: int,
    anchors: tuple[int, int] = ANCHORS,
    spacing: float = SPACING,
) -> Accuracies:
    """Kernel ridge regression on features; the pool is split into training, validation and test images.

    Each image has one random angle. lambda is chosen on validation images turned as the test images are. Anchors
    come from 200 upright images, without labels.
    """
    side = round(np.sqrt(pool.pixels.shape[1]))
    images = pool.pixels.reshape(-1, side, side)
    n, most = len(images), max(sizes)
    upright = placed(images, spacing=spacing).astype(np.float32)
    rotated = placed(images, rng.uniform(0, 360, n), spacing=spacing).astype(np.float32)
    parts = [np.split(rng.permutation(n), [most, most + validation]) for _ in range(splits)]
    found = np.empty((len(names), 2, len(sizes), splits))
    same = np.empty((len(names), splits))
    six_nine = np.empty((len(names), splits))
    for g, name in enumerate(names):
        features = groups.Features(network(GROUPS[name]), anchors, patches=5000)
        phi = [features.fit(upright[:200]).transform(x).astype(np.float64) for x in (upright, rotated)]
        for s, (train, check, test) in enumerate(parts):
            for way in (0, 1):
                for k, size in enumerate(sizes):
                    guess = _guess(phi[way][train[:size]], pool.labels[train[:size]])
                    best = guess.chosen(phi[1][check], pool.labels[check])
                    wrong = best(phi[1][test]) != pool.labels[test]
                    found[g, way, k, s] = 1 - wrong.mean()
            both = np.sort(np.stack([best(phi[1][test]), pool.labels[test]]), axis=0)[:, wrong]
            six_nine[g, s] = np.mean((both[0] == 6) & (both[1] == 9)) if wrong.any() else 0.0
            guess = _guess(phi[0][train], pool.labels[train])
            best = guess.chosen(phi[0][check], pool.labels[check])
            same[g, s] = np.mean(best(phi[0][test]) == pool.labels[test])
    overlap = (n - most - validation) / most
    return Accuracies(tuple(names), tuple(sizes), found, same, six_nine, overlap)


def on_digits(quick: bool = False, reuse: bool = False) -> Accuracies:
    """Accuracies of all groups on 900 digits of scikit-learn, trained on 50 to 400 of them, in 5 splits.

    Parameters
    ----------
    quick : 300 digits, fewer groups, sizes and splits.
    reuse : whether results that these sources computed before will do.
    """
    names = tuple(GROUPS)[: 3 if quick else None]
    sizes = (25, 100) if quick else (50, 100, 200, 400)

    def compute() -> Arrays:
        images, rng = digits(), np.random.default_rng(51)
        chosen = rng.permutation(len(images))[: 300 if quick else 900]
        pool = Images("digits", images.pixels[chosen], images.labels[chosen])
        validation, splits = (80, 3) if quick else (150, 5)
        found = accuracies(pool, rng, names=names, sizes=sizes, validation=validation, splits=splits)
        return {key: np.asarray(getattr(found, key)) for key in _ARRAYS}

    arrays = computed("rotated_digits", __name__, compute, quick=quick, reuse=reuse)
    found, upright, six_nine, overlap = (arrays[key] for key in _ARRAYS)
    return Accuracies(names, sizes, found, upright, six_nine, float(overlap))


@dataclass(frozen=True, eq=False)
class _Regressions:
    """One regression for each lambda, in units of the mean of |Phi(x)|^2."""

    path: Any
    train: Array
    scale: float

    def labels(self, features: Array) -> Integers:
        """The guesses, shape (lambdas, images)."""
        kernel = features @ self.train.T / self.scale
        return regression.predict(self.path, kernel).argmax(axis=2)

    def chosen(self, features: Array, truth: Integers) -> Any:
        """Guesses with the lambda that is best here, the largest of several."""
        place = (self.labels(features) == truth).mean(axis=1).argmax()
        return lambda x: self.labels(x)[place]


def _guess(train: Array, labels: Integers) -> _Regressions:
    gram = train @ train.T
    scale = float(np.trace(gram)) / len(gram)
    gram /= scale
    path = regression.ridge_path((gram + gram.T) / 2, np.eye(10)[labels] - 0.1, LAMBDAS)
    return _Regressions(path, train, scale)
