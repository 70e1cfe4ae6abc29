r"""Kernel ridge regression with a whole regularisation path.

One convention, stated here once: with n training points and lambda > 0,

.. math:: \alpha_\lambda = (K + n\lambda I)^{-1} y, \qquad f_\lambda(x) = \sum_i \alpha_i K(x, x_i),

the minimiser of :math:`\frac1n \sum_i (f(x_i) - y_i)^2 + \lambda |f|_H^2` (Bietti & Bach 2021, Figure 1 and its table;
claims 60-62). There is no intercept, and nothing is centred or scaled.

K stays in its dtype, float32 or float64, and is solved with in it; residuals are computed in float64 and solved for
again (iterative refinement). The coefficients are float64 always: rounded to float32, they would leave a residual
of 6e-8 times the condition number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..numbers.checks import Progress, check_progress, flag, integer, random_generator, real, watched
from ..numbers.precision import default_errors
from .blas_threads import blas_threads, thread_count
from .conjugate_gradients import Path
from .factorisation import Direct, eigenvalues, factors_per_eigh, forms, refined
from .path import Method, RidgePath
from .symmetric import FloatArray, Matrix
from .systems import (
    System,
    check_rounding,
    columns_of,
    grid_of,
    largest_of,
    matrix_of,
    power_of,
    scaled,
    system,
    target_of,
    unscaled,
)

TOLERANCE = 1e-6
STEPS = 1000
_TICKS = 100  # of the progress of conjugate gradients
_COLUMNS = 1 << 22  # float64 numbers of features that are held at a time


@default_errors
def ridge_path(
    K: ArrayLike,
    y: ArrayLike,
    lambdas: ArrayLike,
    *,
    method: Method | None = None,
    leave_one_out: bool = False,
    overwrite: bool = False,
    tolerance: float = TOLERANCE,
    rank: int | None = None,
    steps: int = STEPS,
    rng: Any = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> RidgePath:
    r"""Solve (K + n lambda I) alpha = y for every lambda.

    Parameters
    ----------
    K : Gram matrix of the training points, shape (n, n): symmetric, positive semi-definite. float32 and float64 stay
        what they are, other numbers become float64.
    y : targets, shape (n,) or (n, t).
    lambdas : one or more numbers > 0, not below the rounding of K: at least 2.2e-16 times the mean
        of its diagonal.
    method : "eigh", one eigendecomposition for the whole path (K and three matrices more); "cholesky", one
        factorisation for each lambda (K and one copy); "cg", preconditioned conjugate gradients on K as it is, for all
        lambdas together; by default the cheaper one of the first two: an eigendecomposition takes as long as 16
        (n = 1000) to 27 (n = 5000) factorisations. `plan` compares all three beforehand.
    leave_one_out : whether the diagonals of the inverses are computed, for `RidgePath.left_out` and
        `generalised_cross_validation`; not by "cg". It doubles the work of "cholesky".
    overwrite : whether "cholesky" may work in K itself, without a copy: K is put back at the end, its upper triangle
        from its lower one. It needs a K that is contiguous and writeable; any other is copied.
    tolerance : the largest |y - (K + n lambda I) alpha| / |y| that is returned, in float64, for each output;
        from 1e-14 to 1.
    rank : of the preconditioner of "cg", an integer >= 1; None for a rank that costs about five steps.
    steps : the most products with K of "cg", for one lambda; an integer >= 1.
    rng : a Generator or a seed, for the pivots of the preconditioner.
    threads : for BLAS, which it keeps to; by default as many as BLAS takes by itself. Needs the package threadpoolctl.
    progress : called as progress(iterable, total=...), like tqdm.

    Raises
    ------
    TypeError, ValueError
        for what is not finite real numbers, shapes that do not fit, a K that is not symmetric or
        not positive semi-definite, a lambda out of its range, a method that does not exist, coefficients that
        overflow. K, y and lambdas may otherwise have any size.
    ArithmeticError
        where the residual stays above `tolerance`; it says how large it is.

    Source: Bietti & Bach 2021, Figure 1 and the table of MNIST (claims 61, 62); K + n lambda I as in the released code
    (claim 60).

    >>> path = ridge_path([[1.0, 0.5], [0.5, 1.0]], [1.0, 0.0], [0.25])
    >>> path.coefficients  # (K + 2/4 I)^{-1} y = (3/4, -1/4)
    array([[ 0.75, -0.25]])
    >>> ridge_path([[1.0, 0.5], [0.5, 1.0]], [1.0, 0.0], [0.25], method="cg").coefficients.round(6)
    array([[ 0.75, -0.25]])
    """
    check_progress(progress)
    flag("leave_one_out", leave_one_out), flag("overwrite", overwrite)
    tolerance = real("tolerance", tolerance, 1e-14, 1.0)
    rank = None if rank is None else integer("rank", rank, 1)
    steps, generator, count = integer("steps", steps, 1), random_generator(rng), thread_count(threads)
    grid = grid_of(lambdas)
    equations = system(K, y, grid)
    chosen = method_of(method, len(grid), len(equations.matrix), leave_one_out)
    with blas_threads(count):
        if chosen == "cg":
            path = Path(equations.matrix, equations.diagonal, equations.columns, equations.shifts,
                        tolerance, steps, rank, generator)  # fmt: skip
            deque(watched(progress, _ticks(path), _TICKS), maxlen=0)
            found, residual, inverse = path.found.coefficients, path.found.residual, None
            condition = (equations.norm + equations.shifts) / equations.shifts
            taken, stalled = path.found.steps, path.found.stalled
        else:
            direct = Direct(equations, overwrite, leave_one_out)
            work = direct.by_eigh() if chosen == "eigh" else direct.by_cholesky()
            deque(watched(progress, work, len(grid)), maxlen=0)
            found, residual = direct.found.coefficients, direct.found.residual
            condition, inverse = direct.found.condition, direct.found.inverse_diagonal
            taken, stalled = None, np.zeros(len(grid), bool)
    _require_solved(equations, grid, residual, tolerance, chosen, taken, stalled)
    if inverse is not None:
        inverse = unscaled(inverse, -equations.power)
    coefficients = equations.unscaled(found)
    single = np.ndim(y) == 1
    return RidgePath(grid, coefficients[..., 0] if single else coefficients, chosen, residual, condition, inverse)


@default_errors
def feature_path(features: ArrayLike, y: ArrayLike, lambdas: ArrayLike, *, leave_one_out: bool = False) -> RidgePath:
    r"""Ridge regression on explicit features F for every lambda: the kernel is K = F F^T.

    .. math:: w_\lambda = (F^T F + n\lambda I)^{-1} F^T y = F^T (F F^T + n\lambda I)^{-1} y,

    by one eigendecomposition of the smaller of the two matrices, in float64.

    Parameters
    ----------
    features : shape (n, m); float32 is converted piece by piece.
    y : targets, shape (n,) or (n, t).
    lambdas : one or more numbers > 0, at least 2.2e-16 times the mean of the diagonal of K.
    leave_one_out : whether alpha and the diagonals of (K + n lambda I)^{-1} are computed, for `RidgePath.left_out` and
        `generalised_cross_validation`. Of narrow features they are differences, (y - F w) / (n lambda) and
        (1 - h_i) / (n lambda) with the leverages h_i: where these are near 1, digits are lost.

    Returns a `RidgePath` whose coefficients are the weights, (p, m) or (p, m, t); `predict` then
    takes the features of the new points. Its `residual` and `condition` are those of the smaller system.

    Raises
    ------
    TypeError, ValueError
        as `ridge_path`.

    Source: Bietti & Bach 2021, Figure 1, random features (claim 62).

    >>> feature_path([[1.0], [2.0]], [1.0, 2.0], [0.5]).coefficients  # 5 / (5 + 2/2)
    array([[0.83333333]])
    """
    flag("leave_one_out", leave_one_out)
    matrix = matrix_of("features", features)
    n, m = matrix.shape
    target, grid = target_of(y, n), grid_of(lambdas)
    power = power_of(max(largest_of(matrix), float(np.sqrt(grid.max()))), matrix.dtype.name)
    matrix, lambdas_ = scaled(matrix, power), scaled(grid, 2 * power)
    narrow = m <= n
    # Rows of one axis, columns of the other, in pieces: F^T F of narrow features, F F^T of wide ones.
    long = matrix if narrow else matrix.T
    square, trace = np.zeros((long.shape[1], long.shape[1])), 0.0
    columns, size = columns_of(target)
    right = np.zeros((long.shape[1], columns.shape[1])) if narrow else columns
    step = max(1, _COLUMNS // long.shape[1])
    for i in range(0, len(long), step):
        part = long[i : i + step].astype(np.float64, copy=False)
        square += part.T @ part
        if narrow:
            right += part.T @ columns[i : i + step]
    trace = float(np.trace(square))
    check_rounding(lambdas_, trace / n, "the features' K", 2 * power)
    shifts = n * lambdas_
    values, vectors = eigenvalues(square, float(shifts.min()))
    every = np.repeat(shifts, columns.shape[1])
    weights = 1 / (values[:, None] + every)
    wanted = np.tile(right, (1, len(grid)))

    def solve(columns: Matrix) -> Matrix:
        return np.asarray(vectors @ ((vectors.T @ columns) * weights))

    found, residual = refined(square, square.diagonal().copy(), wanted, every, solve)
    alpha, inverse = None, None
    if leave_one_out:
        inverse, alpha = forms(vectors, values, shifts), found
        if narrow:
            inverse, alpha = _left_over(matrix, np.tile(columns, (1, len(grid))), found, values, vectors, shifts)
    if not narrow:
        found = matrix.T.astype(np.float64, copy=False) @ found

    def of_each_lambda(columns: FloatArray, units: int) -> FloatArray:
        shaped = unscaled(columns.reshape(len(columns), len(grid), -1).transpose(1, 0, 2), units)
        return shaped[..., 0] if target.ndim == 1 else shaped

    dual = None if alpha is None else of_each_lambda(alpha, size - 2 * power)
    inverse = None if inverse is None else unscaled(inverse, -2 * power)
    condition = (values[-1] + shifts) / (values[0] + shifts)
    worst = residual.reshape(len(grid), -1).max(axis=1)
    return RidgePath(grid, of_each_lambda(found, size - power), "eigh", worst, condition, inverse, dual)


def _left_over(
    matrix: Matrix, wanted: FloatArray, weights: FloatArray, values: FloatArray, vectors: Matrix, shifts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The diagonals of (F F^T + s)^{-1}, shape (p, n), and alpha, from the eigenvalues and vectors of F^T F."""
    alpha, leverage = wanted.copy(), np.empty((len(shifts), len(matrix)))
    step = max(1, _COLUMNS // matrix.shape[1])
    for i in range(0, len(matrix), step):
        part = matrix[i : i + step].astype(np.float64, copy=False)
        alpha[i : i + step] -= part @ weights
        leverage[:, i : i + step] = forms(part @ vectors, values, shifts)
    alpha /= np.repeat(shifts, alpha.shape[1] // len(shifts))
    # No eigenvalue of (F F^T + s)^{-1} is below 1 / (e_max + s), whatever rounding says.
    return np.maximum((1 - leverage) / shifts[:, None], 1 / (values[-1] + shifts[:, None])), alpha


def method_of(method: str | None, count: int, n: int, leave_one_out: bool) -> Method:
    """The method for so many lambdas and points; ValueError for one that does not exist."""
    if method is None:
        factors = count * (2 if leave_one_out else 1)
        return "cholesky" if factors <= factors_per_eigh(n) else "eigh"
    for name in ("eigh", "cholesky", "cg"):
        if isinstance(method, str) and method == name:
            if name == "cg" and leave_one_out:
                raise ValueError("leave_one_out needs method 'eigh' or 'cholesky': 'cg' has no inverse; got 'cg'")
            return name
    raise ValueError(f"method must be 'eigh', 'cholesky', 'cg' or None; got {method!r}")


def _ticks(path: Path) -> Iterator[int]:
    """Whole parts of a hundred of the work."""
    done = 0
    for part in path.solve():
        while done < min(_TICKS, int(_TICKS * part)):
            done += 1
            yield done
    yield from range(done + 1, _TICKS + 1)


def _require_solved(
    equations: System,
    grid: FloatArray,
    residual: FloatArray,
    tolerance: float,
    method: Method,
    taken: FloatArray | None,
    stalled: NDArray[np.bool_],
) -> None:
    worst = int(np.argmax(np.where(np.isfinite(residual), residual, np.inf)))
    if residual[worst] <= tolerance:
        return
    after = "" if taken is None else f" after {int(taken[worst])} steps"
    after += ", below which rounding keeps it from falling" if stalled[worst] else ""
    single = equations.matrix.dtype == np.float32
    advice = ["a larger lambda", *(["K in float64"] if single else [])]
    if method == "cg":
        advice += ["a larger rank", *([] if stalled[worst] else ["more steps"]), "method='cholesky'"]
    raise ArithmeticError(
        f"lambda = {grid[worst]:.3g} is not solved by {method!r} in {equations.matrix.dtype.name}: the residual "
        f"|y - (K + n lambda I) alpha| is {residual[worst]:.3g} of |y|{after}, and tolerance = {tolerance:.3g}; "
        f"what may help: {', '.join(advice)}"
    )
