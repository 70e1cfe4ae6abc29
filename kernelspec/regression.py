r"""Kernel ridge regression with a whole regularisation path.

One convention, stated here once: with n training points and lambda > 0,

.. math:: \alpha_\lambda = (K + n\lambda I)^{-1} y, \qquad f_\lambda(x) = \sum_i \alpha_i K(x, x_i),

the minimiser of :math:`\frac1n \sum_i (f(x_i) - y_i)^2 + \lambda |f|_H^2` (claims 60-62). There is
no intercept, and nothing is centred or scaled.

With the eigendecomposition K = Q diag(e) Q^T, every lambda costs one product more:
alpha = Q (Q^T y / (e + n lambda)). A Cholesky factor serves one lambda only and costs a tenth as
much, so short paths take one each; both give the same numbers up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import reals

FloatArray: TypeAlias = NDArray[np.float64]
Method: TypeAlias = Literal["eigh", "cholesky"]

# eigh took 10 to 12 times as long as a Cholesky factorisation, for n = 1000 and 2000 (one thread).
_FACTORS_PER_EIGH = 10
_EPS = float(np.finfo(np.float64).eps)
# Two float64 matrix products that ought to be transposes of each other differ by less than this.
_ASYMMETRY = 1e-12


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


def ridge_path(
    K: ArrayLike, y: ArrayLike, lambdas: ArrayLike, *, method: Method | None = None
) -> RidgePath:
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
        not positive semi-definite, a lambda out of its range, a method that does not exist.

    Source: claims 60-62 (K + n lambda I as in the papers' code).

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
    scale = float(np.max(np.abs(matrix)))
    asymmetry = _largest_asymmetry(matrix)
    if asymmetry > _ASYMMETRY * scale:
        raise ValueError(f"K must be symmetric; K and its transpose differ by {asymmetry:.3g}")
    target = _target(y, n)
    grid = _grid(lambdas, "K", float(np.trace(matrix)) / n)
    chosen = _method(method, len(grid))
    columns = target[:, None] if target.ndim == 1 else target
    solve = _by_eigh if chosen == "eigh" else _by_cholesky
    alpha = solve(matrix, columns, n * grid)
    return RidgePath(grid, alpha[..., 0] if target.ndim == 1 else alpha, chosen)


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

    Source: claim 62, random features.

    >>> feature_path([[1.0], [2.0]], [1.0, 2.0], [0.5]).coefficients  # 5 / (5 + 2/2)
    array([[0.83333333]])
    """
    matrix = _matrix("features", features)
    n, m = matrix.shape
    target = _target(y, n)
    squares = float(np.einsum("ij,ij->", matrix, matrix))
    grid = _grid(lambdas, "the features' K", squares / n)
    columns = target[:, None] if target.ndim == 1 else target
    if m <= n:
        weights = _by_eigh(matrix.T @ matrix, matrix.T @ columns, n * grid)
    else:
        weights = matrix.T @ _by_eigh(matrix @ matrix.T, columns, n * grid)
    return RidgePath(grid, weights[..., 0] if target.ndim == 1 else weights, "eigh")


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
        return np.ascontiguousarray((matrix @ path.coefficients.T).T)
    p, _, outputs = path.coefficients.shape
    # One product for the whole path: the coefficients of all lambdas side by side.
    side_by_side = path.coefficients.transpose(1, 0, 2).reshape(n, p * outputs)
    return np.ascontiguousarray(
        (matrix @ side_by_side).reshape(len(matrix), p, outputs).transpose(1, 0, 2)
    )


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
        f"K must be positive semi-definite: K + n lambda I with n lambda = {shift:.3g} "
        f"is not positive definite ({why})"
    )


def _matrix(name: str, value: ArrayLike) -> FloatArray:
    matrix = reals(name, value)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{name} must be a matrix that is not empty; got shape {matrix.shape}")
    return matrix


def _target(y: ArrayLike, n: int) -> FloatArray:
    target = reals("y", y)
    if target.ndim not in (1, 2) or len(target) != n or target.size == 0:
        raise ValueError(
            f"y must have shape ({n},) or ({n}, outputs), one row a training point; "
            f"got {target.shape}"
        )
    return target


def _grid(lambdas: ArrayLike, of: str, mean_diagonal: float) -> FloatArray:
    grid = np.atleast_1d(reals("lambdas", lambdas))
    if grid.ndim != 1 or grid.size == 0:
        raise ValueError(f"lambdas must be one or more numbers; got shape {grid.shape}")
    if grid.min() <= 0:
        raise ValueError(f"lambdas must be > 0; got {float(grid.min())!r}")
    # lambda_max(K) <= trace(K) = n mean, and rounding moves the eigenvalues by eps lambda_max.
    floor = _EPS * mean_diagonal
    if grid.min() < floor:
        raise ValueError(
            f"lambdas must be >= {floor:.3g} (2.2e-16 times the mean of the diagonal of {of}), "
            f"where rounding decides; got {float(grid.min())!r}"
        )
    return grid


def _method(method: Any, count: int) -> Method:
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
    return max(
        float(np.max(np.abs(matrix[i : i + rows, i:] - matrix[i:, i : i + rows].T))) for i in strips
    )
