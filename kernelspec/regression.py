r"""Kernel ridge regression with a whole regularisation path.

One convention, stated here once: with n training points and lambda > 0,

.. math:: \alpha_\lambda = (K + n\lambda I)^{-1} y, \qquad f_\lambda(x) = \sum_i \alpha_i K(x, x_i),

the minimiser of :math:`\frac1n \sum_i (f(x_i) - y_i)^2 + \lambda |f|_H^2` (Bietti & Bach 2021, Figure 1 and its table;
claims 60-62). There is no intercept, and nothing is centred or scaled.

With the eigendecomposition K = Q diag(e) Q^T, every lambda costs one product more:
alpha = Q (Q^T y / (e + n lambda)). A Cholesky factor serves one lambda only and costs a tenth as
much, so short paths take one each; both give the same numbers up to rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .numbers.checks import reals
from .numbers.precision import default_errors

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .results.tables import Table

FloatArray: TypeAlias = NDArray[np.float64]
Method: TypeAlias = Literal["eigh", "cholesky"]

# eigh took 10 to 12 times as long as a Cholesky factorisation, for n = 1000 and 2000 (one thread).
_FACTORS_PER_EIGH = 10
_EPS = float(np.finfo(np.float64).eps)
# Two float64 matrix products that ought to be transposes of each other differ by less than this.
_ASYMMETRY = 1e-12
_MODERATE = 300  # binary exponents of numbers whose squares, and sums of them, are floats with all digits


@dataclass(frozen=True, eq=False)
class RidgePath:
    """Ridge regressions with the same data, one for each lambda.

    Parameters
    ----------
    lambdas : shape (p,), in the order given.
    coefficients : shape (p, n) for targets of shape (n,), (p, n, t) for t outputs: alpha, or the
        weights of the features.
    method : "eigh" or "cholesky".
    """

    lambdas: FloatArray
    coefficients: FloatArray
    method: Method

    def __repr__(self) -> str:
        p, n, *outputs = self.coefficients.shape
        several = f", {outputs[0]} outputs" if outputs else ""
        span = f"lambda from {self.lambdas.min():.3g} to {self.lambdas.max():.3g}"
        return f"<RidgePath: {p} x {span}; {n} coefficients{several}; {self.method}>"

    def table(self) -> Table:
        """The path as a `Table`: lambda, and the root of the sum of the squares of its coefficients."""
        from .views.paths import table

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
        from .views.paths import plot

        return plot(self, ax, label, asymptote, **more)

    def _repr_html_(self) -> str:
        from .views.markup import paragraph

        return paragraph(repr(self)) + self.table()._repr_html_()


@default_errors
def ridge_path(K: ArrayLike, y: ArrayLike, lambdas: ArrayLike, *, method: Method | None = None) -> RidgePath:
    r"""Solve (K + n lambda I) alpha = y for every lambda, in float64.

    Parameters
    ----------
    K : Gram matrix of the training points, shape (n, n): symmetric, positive semi-definite.
    y : targets, shape (n,) or (n, t).
    lambdas : one or more numbers > 0, not below the rounding of K: at least 2.2e-16 times the mean
        of its diagonal.
    method : "eigh", one eigendecomposition for the whole path; "cholesky", one factorisation for
        each lambda; by default the cheaper one, Cholesky up to 10 values.

    Raises
    ------
    TypeError, ValueError
        for what is not finite real numbers, shapes that do not fit, a K that is not symmetric or
        not positive semi-definite, a lambda out of its range, a method that does not exist, coefficients that
        overflow. K, y and lambdas may otherwise have any size.

    Source: Bietti & Bach 2021, Figure 1 and the table of MNIST (claims 61, 62); K + n lambda I as in the released code
    (claim 60).

    >>> path = ridge_path([[1.0, 0.5], [0.5, 1.0]], [1.0, 0.0], [0.25])
    >>> path.coefficients  # (K + 2/4 I)^{-1} y = (3/4, -1/4)
    array([[ 0.75, -0.25]])
    >>> predict(path, [[0.5, 0.5]])
    array([[0.25]])
    """
    matrix = _matrix("K", K)
    n = len(matrix)
    if matrix.shape[1] != n:
        raise ValueError(f"K must be square, one row a training point; got shape {matrix.shape}")
    target, grid = _target(y, n), _grid(lambdas)
    largest = _largest(matrix)
    power = _power(max(largest, float(grid.max())))
    matrix, shifts = _scaled(matrix, power), _scaled(grid, power)
    asymmetry = _largest_asymmetry(matrix)
    if asymmetry > _ASYMMETRY * _largest(matrix):
        raise ValueError(f"K must be symmetric; K and its transpose differ by {math.ldexp(asymmetry, power):.3g}")
    _check_rounding(shifts, float(np.trace(matrix)) / n, "K", power)
    chosen = _method(method, len(grid))
    solve = _by_eigh if chosen == "eigh" else _by_cholesky
    columns, size = _columns(target)
    alpha = _unscaled(solve(matrix, columns, n * shifts), size - power)
    return RidgePath(grid, alpha[..., 0] if target.ndim == 1 else alpha, chosen)


@default_errors
def feature_path(features: ArrayLike, y: ArrayLike, lambdas: ArrayLike) -> RidgePath:
    r"""Ridge regression on explicit features F for every lambda: the kernel is K = F F^T.

    .. math:: w_\lambda = (F^T F + n\lambda I)^{-1} F^T y = F^T (F F^T + n\lambda I)^{-1} y,

    by one eigendecomposition of the smaller of the two matrices.

    Parameters
    ----------
    features : shape (n, m).
    y : targets, shape (n,) or (n, t).
    lambdas : one or more numbers > 0, at least 2.2e-16 times the mean of the diagonal of K.

    Returns a `RidgePath` whose coefficients are the weights, (p, m) or (p, m, t); `predict` then
    takes the features of the new points.

    Raises
    ------
    TypeError, ValueError
        as `ridge_path`.

    Source: Bietti & Bach 2021, Figure 1, random features (claim 62).

    >>> feature_path([[1.0], [2.0]], [1.0, 2.0], [0.5]).coefficients  # 5 / (5 + 2/2)
    array([[0.83333333]])
    """
    matrix = _matrix("features", features)
    n, m = matrix.shape
    target, grid = _target(y, n), _grid(lambdas)
    power = _power(max(_largest(matrix), math.sqrt(float(grid.max()))))
    matrix, shifts = _scaled(matrix, power), _scaled(grid, 2 * power)
    squares = float(np.einsum("ij,ij->", matrix, matrix))
    _check_rounding(shifts, squares / n, "the features' K", 2 * power)
    columns, size = _columns(target)
    if m <= n:
        weights = _by_eigh(matrix.T @ matrix, matrix.T @ columns, n * shifts)
    else:
        weights = matrix.T @ _by_eigh(matrix @ matrix.T, columns, n * shifts)
    weights = _unscaled(weights, size - power)
    return RidgePath(grid, weights[..., 0] if target.ndim == 1 else weights, "eigh")


@default_errors
@np.errstate(over="ignore", invalid="ignore")  # seen in the result
def predict(path: RidgePath, K: ArrayLike) -> FloatArray:
    """The values of every regression of a path at new points.

    Parameters
    ----------
    path : from `ridge_path` or `feature_path`.
    K : kernel between new and training points, shape (q, n); the new points' features, shape
        (q, m), for a path on features.

    Returns shape (p, q) or, for t outputs, (p, q, t).

    Raises
    ------
    TypeError, ValueError
        for another type of path, numbers that are not finite and real, a K of other width.
    """
    if not isinstance(path, RidgePath):
        raise TypeError(f"path must be a RidgePath; got {type(path).__name__}")
    matrix = _matrix("K", K)
    n = path.coefficients.shape[1]
    if matrix.shape[1] != n:
        raise ValueError(f"K must have one column for each of {n} coefficients; got {matrix.shape}")
    if path.coefficients.ndim == 2:
        return _values(np.ascontiguousarray((matrix @ path.coefficients.T).T))
    p, _, outputs = path.coefficients.shape
    # One product for the whole path: the coefficients of all lambdas side by side.
    side_by_side = path.coefficients.transpose(1, 0, 2).reshape(n, p * outputs)
    return _values(np.ascontiguousarray((matrix @ side_by_side).reshape(len(matrix), p, outputs).transpose(1, 0, 2)))


# Numbers far from 1 are taken in units of a power of two, so that no square, sum or quotient on the way overflows or
# loses its digits: (2^a K + 2^a n lambda I) alpha = 2^b y has 2^(b - a) times the solution.


def _largest(array: FloatArray) -> float:
    return max(float(np.max(array)), -float(np.min(array)))


def _power(largest: float) -> int:
    """The exponent of a number, 0 for those not far from 1."""
    exponent = math.frexp(largest)[1]
    return exponent if abs(exponent) > _MODERATE else 0


def _scaled(array: FloatArray, power: int) -> FloatArray:
    return np.ldexp(array, -power) if power else array


def _columns(target: FloatArray) -> tuple[FloatArray, int]:
    """The targets as columns of moderate numbers, and the exponent that was taken out."""
    power = _power(_largest(target))
    return _scaled(target[:, None] if target.ndim == 1 else target, power), power


def _unscaled(coefficients: FloatArray, power: int) -> FloatArray:
    with np.errstate(over="ignore"):  # seen in the result
        found = _scaled(coefficients, -power)
    if not np.isfinite(found).all():
        raise ValueError(
            "K, y or lambdas must be scaled: the coefficients (K + n lambda I)^{-1} y overflow float64, as K and "
            "lambda are so small beside y"
        )
    return found


def _values(found: FloatArray) -> FloatArray:
    if not np.isfinite(found).all():
        raise ValueError("K must be smaller: the values that are predicted overflow float64")
    return found


def _by_eigh(matrix: FloatArray, columns: FloatArray, shifts: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    if values[0] + shifts.min() <= 0:
        raise _not_positive(shifts.min(), f"its smallest eigenvalue is {values[0]:.3g}")
    projected = vectors.T @ columns
    # Eigenvalues of a Gram matrix below zero are rounding; the shift is larger.
    shrunk = projected[None] / (values[None, :, None] + shifts[:, None, None])
    return np.asarray(vectors @ shrunk)


def _by_cholesky(matrix: FloatArray, columns: FloatArray, shifts: FloatArray) -> FloatArray:
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    out = np.empty((len(shifts), *columns.shape))
    for solution, shift in zip(out, shifts, strict=True):
        shifted = np.array(matrix.T, order="F")  # K = K^T; the copy that LAPACK overwrites
        shifted.flat[:: len(matrix) + 1] += shift
        try:
            factor = cho_factor(shifted, lower=True, overwrite_a=True, check_finite=False)
        except LinAlgError as error:
            raise _not_positive(float(shift), f"no Cholesky factor: {error}") from error
        solution[...] = cho_solve(factor, columns, check_finite=False)
    return out


def _not_positive(shift: float, why: str) -> ValueError:
    return ValueError(
        f"K must be positive semi-definite: K + n lambda I with n lambda = {shift:.3g} is not positive definite ({why})"
    )


def _matrix(name: str, value: ArrayLike) -> FloatArray:
    matrix = reals(name, value)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{name} must be a matrix that is not empty; got shape {matrix.shape}")
    return matrix


def _target(y: ArrayLike, n: int) -> FloatArray:
    target = reals("y", y)
    if target.ndim not in (1, 2) or len(target) != n or target.size == 0:
        raise ValueError(f"y must have shape ({n},) or ({n}, outputs), one row a training point; got {target.shape}")
    return target


def _grid(lambdas: ArrayLike) -> FloatArray:
    grid = np.atleast_1d(reals("lambdas", lambdas))
    if grid.ndim != 1 or grid.size == 0:
        raise ValueError(f"lambdas must be one or more numbers; got shape {grid.shape}")
    if grid.min() <= 0:
        raise ValueError(f"lambdas must be > 0; got {float(grid.min())!r}")
    return grid


def _check_rounding(shifts: FloatArray, mean_diagonal: float, of: str, power: int) -> None:
    """ValueError for a lambda that rounding decides about; lambdas and mean diagonal are in units of 2^power."""
    # lambda_max(K) <= trace(K) = n mean, and rounding moves the eigenvalues by eps lambda_max.
    floor = _EPS * mean_diagonal
    least = float(shifts.min())
    if least < floor:
        raise ValueError(
            f"lambdas must be >= {math.ldexp(floor, power):.3g} (2.2e-16 times the mean of the diagonal of {of}), "
            f"where rounding decides; got {math.ldexp(least, power)!r}"
        )


def _method(method: str | None, count: int) -> Method:
    if method is None:
        return "cholesky" if count <= _FACTORS_PER_EIGH else "eigh"
    if method == "eigh":
        return "eigh"
    if method == "cholesky":
        return "cholesky"
    raise ValueError(f"method must be 'eigh', 'cholesky' or None; got {method!r}")


def _largest_asymmetry(matrix: FloatArray, rows: int = 512) -> float:
    """max |K - K^T|, a strip of rows at a time: no second matrix is needed."""
    strips = range(0, len(matrix), rows)
    return max(float(np.max(np.abs(matrix[i : i + rows, i:] - matrix[i:, i : i + rows].T))) for i in strips)
