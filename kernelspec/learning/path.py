"""A regularisation path: the coefficients of ridge regressions on the same data, and how good they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.precision import default_errors
from .symmetric import FloatArray, finite
from .systems import matrix_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table

Method: TypeAlias = Literal["eigh", "cholesky", "cg"]

_STRIP = 1 << 25  # bytes of float64 rows that are held at a time


@dataclass(frozen=True, eq=False)
class RidgePath:
    r"""Ridge regressions with the same data, one for each lambda.

    Parameters
    ----------
    lambdas : shape (p,), in the order given.
    coefficients : shape (p, n) for targets of shape (n,), (p, n, t) for t outputs: alpha, or the
        weights of the features; float64.
    method : "eigh", "cholesky" or "cg".
    residual : |y - (K + n lambda I) alpha| / |y| in float64, the largest of all outputs, shape (p,): alpha is the exact
        solution for targets that differ from y by this part.
    condition : condition numbers of K + n lambda I, shape (p,): exact (2-norm) by "eigh", LAPACK's estimate (1-norm) by
        "cholesky", an upper bound from the trace and the sums of rows by "cg".
    inverse_diagonal : the diagonal of (K + n lambda I)^{-1}, shape (p, n), where `leave_one_out` was asked for.
    dual : alpha of a path on features where `leave_one_out` was asked for, shape (p, n) or (p, n, t).

    The last four are None in a path that was saved before there were any.
    """

    lambdas: FloatArray
    coefficients: FloatArray
    method: Method
    residual: FloatArray | None = None
    condition: FloatArray | None = None
    inverse_diagonal: FloatArray | None = None
    dual: FloatArray | None = None

    def __repr__(self) -> str:
        p, n, *outputs = self.coefficients.shape
        several = f", {outputs[0]} outputs" if outputs else ""
        span = f"lambda from {self.lambdas.min():.3g} to {self.lambdas.max():.3g}"
        return f"<RidgePath: {p} x {span}; {n} coefficients{several}; {self.method}>"

    @property
    @default_errors
    def left_out(self) -> FloatArray:
        r"""The errors y_i - f^{(-i)}(x_i) of regressions without the i-th point, shape (p, n) or (p, n, t).

        .. math:: y_i - f^{(-i)}_\lambda(x_i) = \frac{\alpha_i}{[(K + n\lambda I)^{-1}]_{ii}},

        exactly, for the shift n lambda of the whole data. Raises ValueError where the path was made without
        `leave_one_out`. Source: Allen 1974 (PRESS); Rifkin & Lippert 2007, Section 4.

        >>> from kernelspec.learning.ridge import ridge_path
        >>> ridge_path([[1.0, 0.5], [0.5, 1.0]], [1.0, 0.0], [0.25], leave_one_out=True).left_out  # 0 - 1 * .5 / 1.5
        array([[ 1.        , -0.33333333]])
        """
        diagonal, alpha = self._inverse_diagonal(), self._alpha
        return alpha / (diagonal if alpha.ndim == 2 else diagonal[..., None])

    @property
    @default_errors
    def generalised_cross_validation(self) -> FloatArray:
        r"""The generalised cross-validation score of every lambda, the mean over the outputs, shape (p,).

        .. math:: V(\lambda) = \frac{\frac1n |(I - S) y|^2}{(\frac1n \operatorname{Tr}(I - S))^2},
                  \qquad I - S = n\lambda (K + n\lambda I)^{-1}.

        Raises ValueError where the path was made without `leave_one_out`. Source: Golub, Heath & Wahba 1979, (1.4).
        """
        mean = self._inverse_diagonal().mean(axis=1)
        alpha = self._alpha.reshape(len(mean), -1)
        with np.errstate(over="ignore"):  # infinitely wrong is wrong enough
            return np.asarray(((alpha / mean[:, None]) ** 2).mean(axis=1))  # of the size of y^2, whatever K's is

    @property
    def _alpha(self) -> FloatArray:
        return self.coefficients if self.dual is None else self.dual

    def _inverse_diagonal(self) -> FloatArray:
        if self.inverse_diagonal is None:
            raise ValueError("leave_one_out must be True where the path is made: it needs the inverses' diagonals")
        return self.inverse_diagonal

    def table(self) -> Table:
        """The path as a `Table`: lambda, the coefficients' root sum of squares, the residual, the condition number."""
        from ..views.paths import table

        return table(self)

    def plot(
        self, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
    ) -> Axes:
        """Draw the coefficients' root sum of squares over lambda, on logarithmic axes; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend.
        asymptote : whether every coefficient is drawn, too, in grey (None: none is).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.paths import plot

        return plot(self, ax, label, asymptote, **more)

    def _repr_html_(self) -> str:
        from ..views.markup import paragraph

        return paragraph(repr(self)) + self.table()._repr_html_()


@default_errors
@np.errstate(over="ignore", invalid="ignore")  # seen in the result
def predict(path: RidgePath, K: ArrayLike) -> FloatArray:
    """The values of every regression of a path at new points, in float64.

    Parameters
    ----------
    path : from `ridge_path` or `feature_path`.
    K : kernel between new and training points, shape (q, n); the new points' features, shape
        (q, m), for a path on features. float32 is multiplied in float64, some rows at a time.

    Returns shape (p, q) or, for t outputs, (p, q, t).

    Raises
    ------
    TypeError, ValueError
        for another type of path, numbers that are not finite and real, a K of other width.
    """
    if not isinstance(path, RidgePath):
        raise TypeError(f"path must be a RidgePath; got {type(path).__name__}")
    matrix = matrix_of("K", K)
    p, n, *outputs = path.coefficients.shape
    if matrix.shape[1] != n:
        raise ValueError(f"K must have one column for each of {n} coefficients; got {matrix.shape}")
    # One product for the whole path: the coefficients of all lambdas side by side.
    side_by_side = path.coefficients.reshape(p, n, -1).transpose(1, 0, 2).reshape(n, -1)
    found = np.empty((len(matrix), side_by_side.shape[1]))
    rows = max(1, len(matrix) if matrix.dtype == np.float64 else _STRIP // (8 * n))
    for i in range(0, len(matrix), rows):
        found[i : i + rows] = matrix[i : i + rows].astype(np.float64, copy=False) @ side_by_side
    if not finite(found):
        raise ValueError("K must be smaller: the values that are predicted overflow float64")
    return np.ascontiguousarray(found.reshape(len(matrix), p, -1).transpose(1, 0, 2)).reshape(p, len(matrix), *outputs)
