"""Kernels of this library as kernels of scikit-learn's Gaussian processes, which its other estimators take as well."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.gaussian_process.kernels import Hyperparameter
from sklearn.gaussian_process.kernels import Kernel as Base

from ..gram import diagonal, gram
from ..kernels.parameter_slopes import Member
from ..kernels.variation import Variable
from ..kernels.zonal import Zonal
from ..numbers.checks import flag, real, real_array

Bounds = tuple[float, float] | Literal["fixed"]
_USUAL = (1e-5, 1e5)
# Where the usual bounds are not: beyond, the kernel is not one, or is the same again.
_HIGHEST = {"gamma": 1.0, "slope": 1.0}
_SUFFIX = "_bounds"


class Kernel(Base):
    r"""A kernel with its continuous parameters as hyper-parameters, for Gaussian processes and other estimators.

    .. math:: K(x, y) = |x||y|\, \kappa\left(\frac{\langle x, y\rangle}{|x||y|}\right),
       \qquad \text{or } \kappa(\cos) \text{ alone}

    as `kernel.gram` has it. `SVC(kernel=...)`, `KernelRidge`, `KernelPCA`, `Nystroem`, `GaussianProcessRegressor` and
    `GaussianProcessClassifier` call it for whole matrices. It adds to and multiplies scikit-learn's own kernels.

    Parameters
    ----------
    kernel : a kernel, such as ks.ntk(3) + ks.laplace(2); or a function that makes one, such as ks.mlp, whose arguments
        are then parameters of their own.
    normalize : kappa(cos) alone, without the norms |x| and |y|.
    parameters : arguments of the function, or values of the continuous parameters that the kernels in the expression
        have: sigma of `exponential`; c and gamma of `laplace`; alpha, c and gamma of `cauchy`; alpha and scale of
        `rational_quadratic`; scale of `matern`; slope, weight_variance and bias_variance of `mlp`; alpha of `resnet`;
        slope or alpha of `dual`, by its function alone. Where several have one of a name, such as c, they are called
        c_1, c_2, ..., in the order of the printed expression. Those that are > 0 are hyper-parameters, in logarithms;
        one that is 0 is none, nor are the variances of an `mlp` without biases, in which no scale of its weights shows.
        NAME_bounds has the bounds of one, (low, high), 1e-5 to 1e5 if it is not given (1 for gamma and slope), or
        "fixed". Integers, such as depth, and coefficients stay as they are: `GridSearchCV` chooses depths, and
        scikit-learn's ConstantKernel is a coefficient.

    Raises
    ------
    TypeError, ValueError
        for what is no kernel, parameters that it does not have, values that its function refuses, wrong bounds; data as
        `gram`; ValueError for gradients between two sets of points.

    >>> import kernelspec as ks
    >>> from kernelspec.sklearn import Kernel
    >>> Kernel(ks.laplace(2)).hyperparameters
    [Hyperparameter(name='c', value_type='numeric', bounds=array([[1.e-05, 1.e+05]]), n_elements=1, fixed=False),
     Hyperparameter(name='gamma', value_type='numeric', bounds=array([[1.e-05, 1.e+00]]), n_elements=1, fixed=False)]
    >>> k = Kernel(ks.mlp, depth=3, slope=0.1, bias_variance=0.05, bias_variance_bounds="fixed")
    >>> k.zonal, k.theta.round(2)
    (mlp(3, slope=0.1, bias_variance=0.05), array([-2.3 ,  0.69]))
    >>> K, gradient = k([[3.0, 4.0], [1.0, 0.0]], eval_gradient=True)  # in the logarithms of slope and weight_variance
    >>> gradient.shape
    (2, 2, 2)
    """

    def __init__(self, kernel: Zonal | Callable[..., Zonal], normalize: bool = False, **parameters: Any) -> None:
        self.normalize = flag("normalize", normalize)
        self.kernel = kernel
        values = {name: value for name, value in parameters.items() if not name.endswith(_SUFFIX)}
        bounds = {name: value for name, value in parameters.items() if name.endswith(_SUFFIX)}
        if isinstance(kernel, Zonal):
            variable = Variable.of(kernel)
            _known(values, variable.names, repr(kernel))
            for name, value in values.items():
                _positive(name, value)
            self._variable = variable.changed(values)
            self._values = {name: float(self._variable.value(name)) for name in variable.names} | values
        else:
            self._values = _arguments(kernel, values)
            self._variable = Variable.of(Member(kernel, self._values))
        self._zonal = self._variable.kernel()
        if not isinstance(self._zonal, Zonal):
            raise TypeError(f"kernel must be a kernelspec kernel, or a function that makes one; got {kernel!r}")
        _known(bounds, [name + _SUFFIX for name in self._variable.names], repr(kernel))
        self._bounds = {name + _SUFFIX: bounds.get(name + _SUFFIX, _usual(name)) for name in self._variable.names}
        for name, value in self._bounds.items():
            _checked(name, value)

    @property
    def zonal(self) -> Zonal:
        """The kernel with the present values of its parameters."""
        return self._zonal

    # -- what scikit-learn asks of a kernel ----------------------------------------------------------------

    def __call__(self, X: ArrayLike, Y: ArrayLike | None = None, eval_gradient: bool = False) -> Any:
        """The matrix K(x_i, y_j), shape (n, m), and with `eval_gradient` its derivatives in the logarithms of the
        hyper-parameters that are not fixed, shape (n, n, p).
        """
        if not flag("eval_gradient", eval_gradient):
            return gram(self._zonal, X, Y, self.normalize)
        if Y is not None:
            raise ValueError("Y must be None where eval_gradient is True: gradients are those of K(X, X)")
        points = real_array("X", X)
        slopes = self._slopes
        gradient = np.empty((len(points), len(points), len(slopes)), points.dtype)
        for number, (name, slope) in enumerate(slopes.items()):
            gradient[..., number] = gram(slope, points, None, self.normalize)
            gradient[..., number] *= float(self._values[name])
        return gram(self._zonal, points, None, self.normalize), gradient

    def diag(self, X: ArrayLike) -> NDArray[Any]:
        """K(x_i, x_i), shape (n,)."""
        found: NDArray[Any] = diagonal(self._zonal, X, self.normalize)
        return found

    def is_stationary(self) -> bool:
        """False: it depends on angles, and not on differences."""
        return False

    @property
    def hyperparameters(self) -> list[Hyperparameter]:
        """The continuous parameters, with their bounds."""
        return [Hyperparameter(name, "numeric", self._bounds[name + _SUFFIX]) for name in self._variable.names]

    @property
    def theta(self) -> NDArray[np.float64]:
        """The logarithms of the hyper-parameters that are not fixed."""
        return np.log([float(self._values[each.name]) for each in self.hyperparameters if not each.fixed])

    @theta.setter
    def theta(self, theta: Any) -> None:
        free = [each.name for each in self.hyperparameters if not each.fixed]
        theta = real_array("theta", theta)
        if theta.shape != (len(free),):
            raise ValueError(f"theta must have {len(free)} entries, one for each of {free}; got shape {theta.shape}")
        self.set_params(**dict(zip(free, map(float, np.exp(theta)), strict=True)))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; `deep` changes nothing, as none is an estimator."""
        return {"kernel": self.kernel, "normalize": self.normalize, **self._values, **self._bounds}

    def set_params(self, **params: Any) -> Self:
        """Change parameters; none is changed where one is wrong. Another kernel has its own parameters."""
        before = self.get_params()
        if unknown := [name for name in params if name not in before and "kernel" not in params]:
            _known(unknown, before, repr(self.kernel))
        if "kernel" in params and params["kernel"] is not before["kernel"]:
            before = {"normalize": self.normalize}
        changed = type(self)(**(before | params))
        self.__dict__ = changed.__dict__
        return self

    def __getattr__(self, name: str) -> Any:
        own = vars(self)
        for held in ("_values", "_bounds"):
            if name in own.get(held, ()):
                return own[held][name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        numbers = {name: float(f"{float(self._values[name]):.3g}") for name in self._variable.names}
        return f"Kernel({self._variable.changed(numbers).kernel()!r}{', normalize=True' if self.normalize else ''})"

    @functools.cached_property
    def _slopes(self) -> dict[str, Zonal]:
        free = [each.name for each in self.hyperparameters if not each.fixed]
        slopes = self._variable.slopes() if free else {}
        return {name: slopes[name] for name in free}


def _arguments(function: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a function by name, with its defaults; TypeError for what is none, or arguments missing."""
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"kernel must be a kernelspec kernel, or a function that makes one; got {function!r}")
    try:
        bound = inspect.signature(function).bind(**given)
    except TypeError as error:
        raise TypeError(f"kernel: {getattr(function, '__name__', function)}: {error}") from None
    bound.apply_defaults()
    if reserved := {"kernel", "normalize"} & set(bound.arguments):
        raise TypeError(f"kernel must be a function without an argument {min(reserved)!r}; got {function!r}")
    return dict(bound.arguments)


def _known(names: Any, known: Any, owner: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{owner} has no parameter {name!r}; it has {', '.join(known) or 'none'}")


def _positive(name: str, value: Any) -> None:
    if not real(name, value) > 0:
        raise ValueError(f"{name} must be > 0; got {value!r}")


def _usual(name: str) -> Bounds:
    base = name.rpartition("_")[0] if name.rpartition("_")[2].isdigit() else name
    return _USUAL[0], _HIGHEST.get(base, _USUAL[1])


def _checked(name: str, bounds: Any) -> None:
    """ValueError for bounds other than "fixed" or 0 < low <= high."""
    if isinstance(bounds, str) and bounds == "fixed":
        return
    try:
        low, high = (float(x) for x in np.asarray(bounds, dtype=float).ravel())
    except (TypeError, ValueError):
        low = high = math.nan
    if not 0 < low <= high < math.inf:
        raise ValueError(f"{name} must be 'fixed', or (low, high) with 0 < low <= high; got {bounds!r}")
