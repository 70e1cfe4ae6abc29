"""Gram matrices as a step of a pipeline: for kernels of images, and estimators with kernel="precomputed"."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ..numbers.estimator_data import points_in


class KernelMatrix(TransformerMixin, BaseEstimator):
    """X becomes K(X, points of the fit), for `SVC(kernel="precomputed")` and the like behind it in a pipeline.

    Cross-validation of the pipeline cuts the points, not matrices, so that every fold has its own square one.

    Parameters
    ----------
    kernel : whatever has a method `gram(X, Y)`: a kernel such as ks.ntk(3), a `ckn.Network`, a `groups.Network`.

    Attributes, once fitted
    -----------------------
    X_fit_ : the points.
    n_features_in_ : numbers of one point.

    >>> import numpy as np, kernelspec as ks
    >>> from kernelspec.sklearn import KernelMatrix
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> X = np.array([[1.0, 0.0], [0.8, 0.1], [0.0, 1.0], [0.1, 2.0]])
    >>> make_pipeline(KernelMatrix(ks.ntk(3)), SVC(kernel="precomputed")).fit(X, [0, 0, 1, 1]).predict([[3.0, 0.0]])
    array([0])
    """

    X_fit_: NDArray[Any]
    n_features_in_: int

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Keep the points, shape (n, ...). Raises TypeError, ValueError for what is no kernel, or no points."""
        if isinstance(self.kernel, type) or not callable(getattr(self.kernel, "gram", None)):
            raise TypeError(f"kernel must have a method gram(X, Y); got {self.kernel!r}")
        self.X_fit_ = points_in(X, "KernelMatrix").copy()
        self.n_features_in_ = math.prod(self.X_fit_.shape[1:])
        return self

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """K(x_i, points of the fit), shape (q, n). Raises NotFittedError before `fit`, and what the kernel refuses."""
        check_is_fitted(self)
        return np.asarray(self.kernel.gram(points_in(X, "KernelMatrix", self.X_fit_.shape[1:]), self.X_fit_))

    def fit_transform(self, X: ArrayLike, y: Any = None) -> NDArray[Any]:
        """K(X, X), symmetric, at half the price of `fit` and `transform`."""
        return np.asarray(self.fit(X, y).kernel.gram(self.X_fit_))
