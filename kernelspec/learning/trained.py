"""`Training`: wide networks while they are trained, at several times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.checks import FloatArray, reals
from ..numbers.precision import default_errors

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table


@dataclass(frozen=True, eq=False)
class Training:
    """Networks of infinite width, trained for some times, from `training` or `posterior`.

    Parameters
    ----------
    times : times of gradient flow or steps of gradient descent, shape (p,).
    rate : the learning rate of gradient descent; None for gradient flow.
    lam : lambda of the weight decay n lambda/2 |theta - theta_0|^2.
    noise : the standard deviation of the noise that every network has in its targets.
    eigenvalues : of the tangent kernel on the n training points, the largest first, those that are rounding as 0: along
        the i-th eigenvector gradient flow learns in the time 1/(eigenvalue + n lambda).
    mean : of the networks' outputs at q test points, shape (p, q), or (p, q, t) for t outputs.
    covariance : of one output at test points, shape (p, q, q); None where all networks are the same, without
        nngp and noise. Outputs of one network are independent.
    train_mean : the mean outputs at the training points, shape (p, n) or (p, n, t).
    loss : (1/n) E |f_t(X) - y|^2, the mean over networks and training points, summed over outputs, shape (p,).
    """

    times: FloatArray
    rate: float | None
    lam: float
    noise: float
    eigenvalues: FloatArray
    mean: FloatArray
    covariance: FloatArray | None
    train_mean: FloatArray
    loss: FloatArray

    @property
    @default_errors
    def standard_deviation(self) -> FloatArray:
        """Of one output over the networks at every test point, shape (p, q); 0 where all are the same."""
        if self.covariance is None:
            return np.zeros(self.mean.shape[:2])
        variances = np.diagonal(self.covariance, axis1=1, axis2=2)
        return np.asarray(np.sqrt(np.maximum(variances, 0.0)))  # below 0 by rounding alone: see `training`

    @default_errors
    def test_error(self, y: ArrayLike) -> FloatArray:
        """The mean of |f_t(x) - y|^2 over networks and test points, summed over outputs, shape (p,).

        Parameters
        ----------
        y : targets of the test points, shape (q,) or (q, t) as the mean's; up to 1e150, whose squares are floats.

        Raises ValueError for targets of another shape, and where there are no test points.
        """
        from .systems import squared_target_of

        target, (points, *outputs) = reals("y", y), self.mean.shape[1:]
        if not points or target.shape != (points, *outputs):
            raise ValueError(f"y must have shape {(points, *outputs)}, as the test points; got {target.shape}")
        gap = (self.mean - squared_target_of(target, points)).reshape(len(self.times), points, -1)
        spread = gap.shape[2] * (self.standard_deviation**2).mean(axis=1)
        with np.errstate(over="ignore"):  # infinitely wrong is wrong enough
            return np.asarray((gap**2).sum(axis=2).mean(axis=1) + spread)

    def stopping_time(self, y: ArrayLike) -> float:
        """The time of the least `test_error`, the earliest one where several are least: early stopping.

        Parameters
        ----------
        y : targets of the test points, shape (q,) or (q, t), as for `test_error`.

        Raises ValueError as `test_error` does.
        """
        error = self.test_error(y)
        return float(self.times[error == error.min()].min())

    def table(self) -> Table:
        """A row for each time: the loss, and the root mean square of the standard deviations at the test points."""
        from ..views.training import table

        return table(self)

    def plot(
        self, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
    ) -> Axes:
        """Draw the loss over times above 0 on logarithmic axes; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend.
        asymptote : whether the loss at an infinite time is drawn as a dotted line (None: where it is among the times).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.training import plot

        return plot(self, ax, label, asymptote, **more)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()
