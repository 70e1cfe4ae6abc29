r"""Learning curves that are measured: kernel ridge regression of a function on points of the sphere.

Each draw takes its own test points, and for every n the first n of its own training points, all uniform on S^{d-1};
its errors at several n therefore go together, and differences between kernels with one seed are those of the kernels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..kernels.zonal import Zonal
from ..numbers.checks import FloatArray, Progress, check_progress, dimension, integer, random_generator, real, watched
from ..numbers.precision import default_errors
from ..rkhs.learning_curves import arguments
from ..sphere.harmonics import sample_sphere
from .path import predict
from .predicted import as_function
from .ridge import ridge_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table

_MOST = 20_000  # points: the matrix then takes 3 GiB
_LARGEST = 1e150  # of a target, whose square is a float
_EPS = float(np.finfo(np.float64).eps)


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

        There is no asymptote, whatever `asymptote` is. `more` are keywords of `Axes.errorbar`, which win.
        """
        from ..views.measured_curves import plot

        return plot(self, ax, label, asymptote, **more)

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
    lam : lambda > 0 in K + n lambda I, at least 2.2e-16 kappa(1), the rounding of K.
    noise : the standard deviation of the targets' noise, >= 0.
    draws : how often everything is drawn, 2 to 20,000 times: the scatter is between draws.
    test_points : in each draw, 1 to 20,000.
    rng : a Generator, or a seed.
    progress : called as progress(iterable, total=...), like tqdm.

    Raises TypeError and ValueError for other arguments, and for a kernel that is not positive on the points;
    ArithmeticError where a regression is not solved to the tolerance of `ridge_path`. Source: Bietti & Bach 2021,
    Figure 1 (claim 62).

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
    least = _EPS * float(kernel(1.0))
    if lam <= 0 or lam < least:
        raise ValueError(
            f"lam must be > 0 and >= {least:.3g}, 2.2e-16 kappa(1), as rounding decides below; got {lam!r}"
        )
    draws, test_points = integer("draws", draws, 2, _MOST), integer("test_points", test_points, 1, _MOST)
    generator = random_generator(rng)
    check_progress(progress)
    errors, train = np.empty((2, len(counts), draws))

    def work() -> Iterator[None]:
        for draw in range(draws):
            x = sample_sphere(int(counts.max()), d, generator)
            new = sample_sphere(test_points, d, generator)
            y = f(x) + noise * generator.standard_normal(len(x))
            truth, gram, cross = f(new), kernel.gram(x), kernel.gram(new, x)
            if max(np.abs(y).max(), np.abs(truth).max()) > _LARGEST:
                raise ValueError(
                    f"f and noise must have values up to {_LARGEST:g}, whose squares are floats; got {f!r}"
                )
            for at, count in enumerate(counts.astype(int).tolist()):
                found = path_errors(gram[:count, :count], cross[:, :count], y[:count], truth, [lam])
                errors[at, draw], train[at, draw] = found[0][0], found[1][0]
                yield

    for _ in watched(progress, work(), draws * len(counts)):
        pass
    return MeasuredCurve(counts, errors, train, noise)


def path_errors(
    gram: FloatArray, cross: FloatArray, targets: FloatArray, truth: FloatArray, lambdas: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Mean squares on the test points and on the training points for every lambda, shapes (p,), or (p, t).

    (K + n lambda I) alpha = y: the residual on the training points is n lambda alpha, to all digits.
    """
    path = ridge_path(gram, targets, lambdas)
    test = np.mean((predict(path, cross) - truth) ** 2, axis=1)
    shifts = len(gram) * path.lambdas.reshape(-1, *[1] * targets.ndim)
    return test, np.mean((shifts * path.coefficients) ** 2, axis=1)
