r"""Learning curves that are measured: kernel ridge regression of a function on points of the sphere.

Each draw takes its own test points, and for every n the first n of its own training points, all uniform on S^{d-1};
its errors at several n therefore go together, and differences between kernels with one seed are those of the kernels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.checks import FloatArray, Progress, check_progress, dimension, integer, random_generator, real, watched
from ..numbers.precision import default_errors
from ..rkhs.learning_curves import arguments
from ..sphere.harmonics import sample_sphere
from .predicted import as_function

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table

_MOST = 20_000  # training points: the matrix then takes 3 GiB


@dataclass(frozen=True, eq=False)
class MeasuredCurve:
    """Mean squared errors of kernel ridge regression, draw by draw.

    Parameters
    ----------
    n : numbers of training points, shape (m,).
    errors : on test points, shape (m, draws); without the noise of the targets, which `error` adds.
    train : on the training points, noise included, shape (m, draws).
    noise : the standard deviation of the noise.
    """

    n: FloatArray
    errors: FloatArray
    train: FloatArray
    noise: float

    @property
    def error(self) -> FloatArray:
        """The mean test error for new noisy targets, shape (m,), as `LearningCurve.error` predicts it."""
        return np.asarray(self.errors.mean(axis=1) + self.noise**2)

    @property
    def standard_error(self) -> FloatArray:
        """The standard error of `error` over the draws, shape (m,)."""
        return np.asarray(self.errors.std(axis=1, ddof=1) / np.sqrt(self.errors.shape[1]))

    def table(self) -> Table:
        """A row for each n: the mean test error, its standard error, the mean training error."""
        from ..views.measured_curves import table

        return table(self)

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the mean test error with two standard errors over n on logarithmic axes; returns the axes.

        There is no asymptote. `more` are keywords of `Axes.errorbar`, which win.
        """
        from ..views.measured_curves import plot

        return plot(self, ax, label, **more)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


@default_errors
def measured(
    kernel: Zonal,
    f: Any,
    d: int,
    n: Any,
    lam: float,
    noise: float = 0.0,
    *,
    draws: int = 10,
    test_points: int = 1000,
    rng: Any = 0,
    progress: Progress | None = None,
) -> MeasuredCurve:
    r"""Measure the learning curve of kernel ridge regression of f on uniform points of S^{d-1}.

    .. math:: \hat f = \sum_i \alpha_i \kappa(\langle x_i, \cdot\rangle), \qquad \alpha = (K + n\lambda I)^{-1} y,
              \qquad y_i = f(x_i) + \text{noise } \varepsilon_i

    Parameters
    ----------
    kernel : a zonal kernel.
    f : the target on S^{d-1}: a function of `ks.rkhs`, a text, or a function of x_1, as for `curve`.
    d : the number of coordinates.
    n : numbers of training points, integers from 1 to 20,000, one or more.
    lam : lambda > 0 in K + n lambda I, at least the rounding of K.
    noise : the standard deviation of the targets' noise, >= 0.
    draws : how often everything is drawn, >= 2: the scatter is between draws.
    test_points : in each draw.
    rng : a Generator, or a seed.
    progress : called as progress(iterable, total=...), like tqdm.

    Raises TypeError and ValueError for other arguments. Source: Bietti & Bach 2021, Figure 1 (claim 62).

    >>> import kernelspec as ks
    >>> found = measured(ks.linear(), "x1", 3, [4, 40], 1e-9, draws=2, test_points=10)
    >>> bool(found.error.max() < 1e-12)
    True
    """
    if not isinstance(kernel, Zonal):
        raise TypeError(f"kernel must be a zonal kernel such as ks.ntk(3); got {type(kernel).__name__}")
    d = dimension(d)
    f = as_function(f, d)
    if f.d != d:
        raise ValueError(f"f must live on S^{d - 1}; it lives on S^{f.d - 1}")
    lam, noise = real("lam", lam, 0), real("noise", noise, 0)
    counts, _, _ = arguments(n, lam, noise)
    if counts.max() > _MOST:
        raise ValueError(f"n must be at most {_MOST} where errors are measured; got {int(counts.max())}")
    if lam <= 0:
        raise ValueError("lam must be > 0 where errors are measured, as rounding decides about an interpolant; got 0.0")
    draws, test_points = integer("draws", draws, 2), integer("test_points", test_points, 1)
    generator = random_generator(rng)
    check_progress(progress)
    errors, train = np.empty((2, len(counts), draws))

    def work() -> Iterator[None]:
        for draw in range(draws):
            x = sample_sphere(int(counts.max()), d, generator)
            new = sample_sphere(test_points, d, generator)
            y = f(x) + noise * generator.standard_normal(len(x))
            truth, gram, cross = f(new), kernel.gram(x), kernel.gram(new, x)
            for at, count in enumerate(counts.astype(int).tolist()):
                errors[at, draw], train[at, draw] = _errors(gram[:count, :count], cross[:, :count], y, truth, lam)
                yield

    for _ in watched(progress, work(), draws * len(counts)):
        pass
    return MeasuredCurve(counts, errors, train, noise)


def _errors(gram: FloatArray, cross: FloatArray, y: FloatArray, truth: Any, lam: float) -> tuple[float, float]:
    """Mean squares on the test points and on the training points."""
    from ..regression import predict, ridge_path

    n = len(gram)
    path = ridge_path(gram, y[:n], [lam])
    # y - K alpha = n lambda alpha
    return float(np.mean((predict(path, cross)[0] - truth) ** 2)), float(np.mean((n * lam * path.coefficients[0]) ** 2))
