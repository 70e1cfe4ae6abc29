"""Kernel ridge regression with scikit-learn's manners: a kernel and a path of lambdas, of which the data choose one."""

from __future__ import annotations

import math
from operator import length_hint
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..numbers.checks import array, integer, random_generator, real
from ..numbers.estimator_data import of_numbers, points_in
from ..numbers.parameters import change_parameters, not_fitted, parameters_of
from ..numbers.precision import default_errors
from .path import Method, RidgePath, predict
from .ridge import TOLERANCE, method_of, ridge_path
from .selection import Score, Selection, leave_one_out, score_of, scores_of, select, targets_for
from .symmetric import FloatArray
from .systems import grid_of, target_of

Choice = Literal["loo", "validation"]


class KernelRidgePath:
    r"""Ridge regression of a kernel, lambda chosen from a path.

    .. math:: f(x) = \sum_i \alpha_i K(x, x_i), \qquad \alpha = (K + n\lambda I)^{-1} y

    Parameters
    ----------
    kernel : whatever has a method `gram(X, Y)`, such as a `Zonal` or a `ckn.Network`, or a function of X and Y that
        gives their Gram matrix.
    lambdas : one or more numbers > 0.
    selection : how lambda is chosen: "loo", by leaving out each training point in turn; "validation", by a part of the
        training data that is held out, after which all of them are used; None where there is one lambda.
    scoring : what is best: "mse" or "accuracy", as for `regression.select`.
    validation : the part of the data that is held out, above 0 and below 1.
    dtype : "float32" or "float64", in which the kernel is evaluated and solved with; None for that of the data.
    method : as for `ridge_path`; "cg" cannot leave points out.
    tolerance, rank, threads : as for `ridge_path`.
    rng : a seed or Generator, for what is held out, and the pivots of "cg".

    Attributes, once fitted
    -----------------------
    X_fit_ : the training data.
    path_ : the `RidgePath` of all lambdas that were tried, on the data that were left for it.
    selection_ : the `Selection`, None where there was nothing to choose.
    lambda_, dual_coef_ : the lambda that is used, and alpha, shape (n,) or (n, t).
    n_features_in_ : numbers of one point.

    `fit` raises TypeError, ValueError for parameters that do not fit. Source: Bietti & Bach 2021, the
    table of MNIST (claim 61), for "validation"; Rifkin & Lippert 2007, for "loo".

    >>> import numpy as np, kernelspec as ks
    >>> from kernelspec import regression
    >>> X = ks.sphere.sample_sphere(60, 3, np.random.default_rng(0))
    >>> model = regression.KernelRidgePath(ks.ntk(2), lambdas=[1e-4, 1e-2, 1.0]).fit(X, X[:, 0] ** 2)
    >>> model.lambda_, model.score(X, X[:, 0] ** 2) > 0.99
    (0.0001, True)
    """

    _parameters = ("kernel", "lambdas", "selection", "scoring", "validation", "dtype", "method", "tolerance", "rank",
                   "rng", "threads")  # fmt: skip
    X_fit_: NDArray[Any]
    path_: RidgePath
    selection_: Selection | None
    lambda_: float
    dual_coef_: FloatArray
    n_features_in_: int

    def __init__(
        self,
        kernel: Any,
        lambdas: ArrayLike = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0),
        selection: Choice | None = "loo",
        scoring: Score = "mse",
        validation: float = 0.2,
        dtype: str | None = None,
        method: Method | None = None,
        tolerance: float = TOLERANCE,
        rank: int | None = None,
        rng: Any = 0,
        threads: int | None = None,
    ) -> None:
        # As scikit-learn wants it, parameters are kept as they were given, and checked by fit.
        self.kernel, self.lambdas, self.selection, self.scoring = kernel, lambdas, selection, scoring
        self.validation, self.dtype, self.method = validation, dtype, method
        self.tolerance, self.rank, self.rng, self.threads = tolerance, rank, rng, threads

    @default_errors
    def fit(self, X: ArrayLike, y: ArrayLike | None) -> Self:
        """Choose lambda and solve for alpha.

        Parameters
        ----------
        X : points, shape (n, ...): rows of numbers, or whatever else the kernel takes.
        y : targets, shape (n,) or (n, t); for accuracies, signs or one-hot rows.

        Raises TypeError, ValueError for parameters that do not fit, and what the kernel or `ridge_path` refuses;
        ArithmeticError as `ridge_path`.
        """
        self._check()
        points = _points(X, self.dtype).copy()  # it is kept
        if y is None:
            raise ValueError("y must be given; KernelRidgePath requires y to be passed, but the target y is None")
        target, generator = target_of(of_numbers("y", y), len(points)), random_generator(self.rng)
        gram = _gram(self.kernel, points, points)
        if self.selection == "validation":
            path, chosen = self._held_out(gram, target, generator)
            lam = chosen.lambda_
            final = self._path(gram, target, [lam], generator)
            coefficients = final.coefficients[0]
        elif self.selection == "loo":
            path = self._path(gram, target, self.lambdas, generator, True)
            chosen = leave_one_out(path, target, self.scoring)
            lam, coefficients = chosen.lambda_, chosen.coefficients
        else:
            path, chosen = self._path(gram, target, self.lambdas, generator), None
            lam, coefficients = float(path.lambdas[0]), path.coefficients[0]
        self.X_fit_, self.path_, self.selection_ = points, path, chosen
        self._fitted = self.kernel, self.dtype
        self.lambda_, self.dual_coef_ = lam, coefficients
        self.n_features_in_ = math.prod(points.shape[1:])
        return self

    def predict(self, X: ArrayLike) -> FloatArray:
        """The values at new points, shape (q,) or (q, t), in float64.

        Raises `NotFittedError` before `fit`, and what the kernel refuses.
        """
        if not self.__sklearn_is_fitted__():
            raise not_fitted("this KernelRidgePath is not fitted: call fit(X, y) before predict")
        # Models that earlier versions have pickled have none, as they did not tell it from the parameters.
        kernel, dtype = getattr(self, "_fitted", (self.kernel, self.dtype))
        points = _points(X, dtype, self.X_fit_.shape[1:])
        if len(points) == 0:
            return np.empty((0, *self.dual_coef_.shape[1:]))
        one = RidgePath(np.array([self.lambda_]), self.dual_coef_[None], self.path_.method)
        return predict(one, _gram(kernel, points, self.X_fit_))[0]

    @default_errors
    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """How good predictions are, the higher the better: R^2 (mean over outputs) for "mse", or the accuracy.

        R^2 = 1 - sum (y - f)^2 / sum (y - mean y)^2; of targets that are constant 1 where f is exact, else 0.
        """
        score_of(self.scoring, "scoring")
        values = self.predict(X)
        truth = targets_for(y, values.shape, self.scoring)
        if self.scoring == "accuracy":
            return float(scores_of(values[None], truth, "accuracy")[0])
        with np.errstate(over="ignore"):  # infinitely wrong is wrong enough
            errors = ((truth - values) ** 2).sum(axis=0)
        spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
        exact = np.where(errors == 0, 1.0, 0.0)
        return float(np.mean(np.where(spread > 0, 1 - errors / np.where(spread > 0, spread, 1.0), exact)))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; `deep` changes nothing, as none is an estimator."""
        return parameters_of(self)

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters, none where one does not exist. What has been fitted stays until the next fit."""
        change_parameters(self, parameters)
        return self

    def __repr__(self) -> str:
        fitted = f", lambda_={self.lambda_:.3g}" if self.__sklearn_is_fitted__() else ""
        count = length_hint(self.lambdas, 1)  # they may be of any kind: `fit` checks them
        return f"KernelRidgePath({self.kernel!r}, {count} lambdas, selection={self.selection!r}{fitted})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "dual_coef_")

    _estimator_type = "regressor"  # this and the next are what scikit-learn 1.5 asks, before there were tags

    def _more_tags(self) -> dict[str, Any]:
        return {"requires_y": True, "multioutput": True}

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True, multi_output=True),
            regressor_tags=RegressorTags(),
            input_tags=InputTags(two_d_array=True, three_d_array=True),
        )

    def _check(self) -> None:
        """Raise TypeError, ValueError for a parameter that does not fit."""
        kernel, selection, grid = self.kernel, self.selection, grid_of(self.lambdas)
        if isinstance(kernel, type) or not (callable(getattr(kernel, "gram", None)) or callable(kernel)):
            raise TypeError(f"kernel must have a method gram(X, Y), or be a function of X and Y; got {kernel!r}")
        if selection is not None and not (isinstance(selection, str) and selection in ("loo", "validation")):
            raise ValueError(f"selection must be 'loo', 'validation' or None; got {selection!r}")
        if selection is None and len(grid) > 1:
            raise ValueError(f"selection must be 'loo' or 'validation' for {len(grid)} lambdas; got None")
        score_of(self.scoring, "scoring")
        if not 0 < real("validation", self.validation) < 1:
            raise ValueError(f"validation must be above 0 and below 1; got {self.validation!r}")
        if self.dtype is not None and not (isinstance(self.dtype, str) and self.dtype in ("float32", "float64")):
            raise ValueError(f"dtype must be 'float32', 'float64' or None; got {self.dtype!r}")
        method_of(self.method, len(grid), 1, selection == "loo")
        real("tolerance", self.tolerance, 1e-14, 1.0)
        if self.rank is not None:
            integer("rank", self.rank, 1)
        if self.threads is not None:
            integer("threads", self.threads, 1, whole_floats=True)
        random_generator(self.rng)

    def _held_out(
        self, gram: NDArray[Any], target: FloatArray, rng: np.random.Generator
    ) -> tuple[RidgePath, Selection]:
        n = len(gram)
        count = min(max(1, round(self.validation * n)), n - 1)
        if n < 2:
            raise ValueError("X must have at least two points where selection is 'validation'; got one")
        order = rng.permutation(n)
        held, used = np.sort(order[:count]), np.sort(order[count:])
        path = self._path(gram[np.ix_(used, used)], target[used], self.lambdas, rng)
        return path, select(path, gram[np.ix_(held, used)], target[held], self.scoring)

    def _path(
        self, gram: NDArray[Any], target: FloatArray, lambdas: ArrayLike, rng: np.random.Generator, loo: bool = False
    ) -> RidgePath:
        return ridge_path(gram, target, lambdas, method=self.method, leave_one_out=loo, overwrite=True,
                          tolerance=self.tolerance, rank=self.rank, rng=rng, threads=self.threads)  # fmt: skip


def _points(X: ArrayLike, dtype: str | None, fitted: tuple[int, ...] | None = None) -> NDArray[Any]:
    points = points_in(X, "KernelRidgePath", fitted)
    return points if dtype is None else points.astype(dtype)


def _gram(kernel: Any, X: NDArray[Any], Y: NDArray[Any]) -> NDArray[Any]:
    of = getattr(kernel, "gram", None)
    made = kernel(X, Y) if of is None else of(X) if X is Y else of(X, Y)
    found = array("kernel", made)
    if found.shape != (len(X), len(Y)):
        raise ValueError(f"kernel must give a matrix of shape {(len(X), len(Y))}; got {found.shape}")
    return found
