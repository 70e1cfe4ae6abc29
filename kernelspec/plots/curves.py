"""Learning curves that figures draw: predicted from a spectrum, and measured by ridge regression on samples."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..ckn.spectra import LearningCurve, Model
from ..regression import predict, ridge_path
from ..rkhs.learning_curves import learning_curve
from ..views import drawing
from .layout import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
_MOST = 16  # disjoint sets of training points of one size


def predictor(model: Model, eigenvalues: ArrayLike, ridge: float) -> Callable[[Any], Array]:
    """Predicted errors of targets of power 1 in eigenspaces, at numbers of samples; it keeps the spectrum it asks for.

    lambda is `ridge` E K(x, x). An eigenvalue of 0 is that of a target which the kernel does not see.
    """
    levels, parts = functools.lru_cache(maxsize=None)(model.levels), [(float(mu), 1.0) for mu in np.ravel(eigenvalues)]
    return lambda n: errors(learning_curve(levels, parts, n, ridge * model.trace()))


def errors(curve: LearningCurve) -> Array:
    """The error of each part of a target alone, shape (parts, n): E_n (1 - L_i)^2."""
    return np.asarray(curve.overfitting * (1 - curve.learnability.T) ** 2)


def regressions(gram: Array, across: Array, y: Array, sizes: NDArray[np.int64], ridge: float) -> tuple[Array, Array]:
    """Errors of ridge regression over the targets' power on the test points: means over disjoint sets of points.

    Parameters
    ----------
    gram, across : of n training points, and of m test points with these: shapes (n, n), (m, n).
    y : t targets at the training points, then at the test points, shape (n + m, t).
    sizes : numbers of samples, at most n.
    ridge : lambda > 0.

    Returns means and standard errors (NaN where there is one set), shape (t, sizes).
    """
    count = len(gram)
    tests, power = y[count:], np.sum(y[count:] ** 2, axis=0)
    mean, spread = np.empty((y.shape[1], len(sizes))), np.full((y.shape[1], len(sizes)), np.nan)
    for place, n in enumerate(sizes.tolist()):
        found = []
        for start in range(0, min(_MOST, count // n) * n, n):
            chosen = slice(start, start + n)
            path = ridge_path(gram[chosen, chosen], y[chosen], [ridge])
            found.append(np.sum((predict(path, across[:, chosen])[0] - tests) ** 2, axis=0) / power)
        mean[:, place] = np.mean(found, axis=0)
        if len(found) > 1:
            spread[:, place] = np.std(found, axis=0, ddof=1) / math.sqrt(len(found))
    return mean, spread


def draw_curves(
    ax: Axes, n: NDArray[np.int64], predicted: Array, sizes: NDArray[np.int64], measured: Array, error: Array
) -> None:
    """Lines of predicted errors, shape (m, n), and marks of measured ones with their standard errors, (m, sizes)."""
    for i, curve in enumerate(predicted):
        ax.plot(n, curve, **drawing.line(i, marker=True, lw=1.2, ms=3.6, markevery=[]))
    for i, (mean, spread) in enumerate(zip(measured, error, strict=True)):
        look = drawing.line(i, marker=True, ms=3.6, linestyle="none", mew=0.8)
        ax.errorbar(sizes, mean, np.nan_to_num(spread), elinewidth=0.7, **look)
    ax.set(xscale="log", ylim=(-0.03, 1.45), xlabel="number $n$ of samples", ylabel="test error")
    log_ticks(ax.xaxis, *ax.get_xlim(), most=5)
