r"""Which lambda of a path: by points that were held out, or by leaving out each training point in turn.

The largest lambda is taken where several are best (as in the table of MNIST of Bietti & Bach 2021, claim 61).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.checks import reals
from ..numbers.precision import default_errors
from .path import RidgePath, predict
from .symmetric import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table

Score: TypeAlias = Literal["mse", "accuracy"]

_MOST = 1e150  # of numbers whose squares are floats


@dataclass(frozen=True, eq=False)
class Selection:
    """The scores of every lambda of a path, and the best one.

    Parameters
    ----------
    path : the `RidgePath`.
    scores : shape (p,): the lower the better for "mse", the higher the better for "accuracy".
    score : "mse" or "accuracy".
    kind : "validation" or "leave-one-out".
    best : the place of the best lambda in the path; of the largest one where several are best.
    """

    path: RidgePath
    scores: FloatArray
    score: Score
    kind: str
    best: int

    @property
    def lambda_(self) -> float:
        """The best lambda."""
        return float(self.path.lambdas[self.best])

    @property
    def coefficients(self) -> FloatArray:
        """The coefficients at the best lambda, shape (n,) or (n, t)."""
        return self.path.coefficients[self.best]

    @property
    def at_an_end(self) -> bool:
        """Whether the best lambda is the least or the largest of several: the path may end too early."""
        ends = (self.path.lambdas.min(), self.path.lambdas.max())
        return bool(ends[0] < ends[1] and self.lambda_ in ends)

    def __repr__(self) -> str:
        end = ", at an end of the path" if self.at_an_end else ""
        found = f"{self.score} {self.scores[self.best]:.6g} by {self.kind}"
        return f"<Selection: lambda = {self.lambda_:.3g} of {len(self.scores)}, {found}{end}>"

    def table(self) -> Table:
        """The selection as a `Table`: lambda, its score, whether it is the best."""
        from ..views.paths import selection_table

        return selection_table(self)

    def plot(
        self, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
    ) -> Axes:
        """Draw the scores over lambda; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend.
        asymptote : whether the best lambda is marked by a vertical line (None: it is).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.paths import plot_selection

        return plot_selection(self, ax, label, asymptote, **more)

    def _repr_html_(self) -> str:
        from ..views.markup import paragraph

        return paragraph(repr(self)) + self.table()._repr_html_()


@default_errors
def select(path: RidgePath, K: ArrayLike, y: ArrayLike, score: Score = "mse") -> Selection:
    """Choose the lambda of a path by points that were held out.

    Parameters
    ----------
    path : from `ridge_path` or `feature_path`.
    K : kernel between held-out and training points, shape (q, n); their features for a path on features.
    y : their targets, shape (q,) or (q, t) as the path's.
    score : "mse", the mean of the squares of all errors, or "accuracy", the share of points whose largest output is
        the largest target (of several), or whose value has the target's sign (of one output; targets not 0).

    Raises TypeError, ValueError for what `predict` refuses, and for targets of another shape. Source: Bietti & Bach
    2021, the table of MNIST: lambda by accuracy on validation points (claim 61).

    >>> from kernelspec.learning.ridge import ridge_path
    >>> select(ridge_path([[1.0, 0.5], [0.5, 1.0]], [1.0, 0.0], [0.01, 0.25]), [[1.0, 0.5]], [1.0])
    <Selection: lambda = 0.01 of 2, mse 0.000666141 by validation, at an end of the path>
    """
    values = predict(path, K)
    truth = targets_for(y, values.shape[1:], score)
    return _selection(path, values, truth, score, "validation")


@default_errors
def leave_one_out(path: RidgePath, y: ArrayLike, score: Score = "mse") -> Selection:
    """Choose the lambda of a path by leaving out each training point in turn, without a regression more.

    Parameters
    ----------
    path : from `ridge_path` or `feature_path` with `leave_one_out=True`.
    y : the targets that it was made with, shape (n,) or (n, t).
    score : as for `select`; an output of a point is that of the regression without the point.

    Raises TypeError, ValueError for a path without `inverse_diagonal`, and for targets of another shape. The errors
    are those of `RidgePath.left_out`; Source: Allen 1974; Rifkin & Lippert 2007, Section 4.

    >>> from kernelspec.learning.ridge import ridge_path
    >>> leave_one_out(ridge_path([[1.0, 0.5], [0.5, 1.0]], [1.0, 0.0], [0.25], leave_one_out=True), [1.0, 0.0])
    <Selection: lambda = 0.25 of 1, mse 0.555556 by leave-one-out>
    """
    if not isinstance(path, RidgePath):
        raise TypeError(f"path must be a RidgePath; got {type(path).__name__}")
    if path.inverse_diagonal is None:
        raise ValueError("path must be made with leave_one_out=True: it has no diagonals of inverses")
    errors = path.left_out
    truth = targets_for(y, errors.shape[1:], score)
    return _selection(path, truth - errors, truth, score, "leave-one-out")


def _selection(path: RidgePath, values: FloatArray, truth: FloatArray, score: Score, kind: str) -> Selection:
    scores = scores_of(values, truth, score)
    worth = scores if score == "accuracy" else -scores
    at = np.flatnonzero(worth == worth.max())
    return Selection(path, scores, score, kind, int(at[np.argmax(path.lambdas[at])]))


def scores_of(values: FloatArray, truth: FloatArray, score: Score) -> FloatArray:
    """The score of each of several predictions, shape (p, q) or (p, q, t), of targets (q,) or (q, t)."""
    axes = tuple(range(1, values.ndim))
    if score == "mse":
        with np.errstate(over="ignore"):  # infinitely wrong is wrong enough
            return np.asarray(np.mean((values - truth) ** 2, axis=axes))
    if truth.ndim == 1 or truth.shape[1] == 1:
        return np.asarray(np.mean((values > 0) == (truth > 0), axis=axes))
    return np.asarray(np.mean(values.argmax(axis=-1) == truth.argmax(axis=-1), axis=1))


def score_of(score: str, name: str = "score") -> Score:
    """The word that a score is; ValueError for another."""
    if isinstance(score, str) and score == "mse":
        return "mse"
    if isinstance(score, str) and score == "accuracy":
        return "accuracy"
    raise ValueError(f"{name} must be 'mse' or 'accuracy'; got {score!r}")


def targets_for(y: ArrayLike, shape: tuple[int, ...], score: str) -> FloatArray:
    """Targets of a shape that can be scored."""
    truth, found = reals("y", y), score_of(score)
    if truth.shape != shape:
        raise ValueError(f"y must have shape {shape}, one row for each point; got {truth.shape}")
    if np.abs(truth).max(initial=0.0) > _MOST:
        raise ValueError(f"y must be at most {_MOST:g} in size, so that its squares are floats")
    if found == "accuracy" and (truth.ndim == 1 or truth.shape[1] == 1) and np.any(truth == 0):
        raise ValueError("y must not be 0 where score is 'accuracy' and there is one output: its sign is the class")
    return truth
