"""`check_gram`: a function that returns Gram matrices against the laws of kernels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.checks import dimension, flag, integer, is_real, real, real_array
from ..numbers.precision import default_errors
from .batch_laws import BATCH_LAWS
from .gram_case import Array, GramCase
from .gram_laws import FUNCTION_LAWS
from .laws import Report, chosen, report_of

GRAM_LAWS = (*FUNCTION_LAWS, *BATCH_LAWS)

LARGEST_DIMENSION = 10_000  # of Gram functions that are looked at
_UNIT = 1e-12  # how far a norm of 1 may be off


@default_errors
def check_gram(
    function: Callable[..., Any],
    d: int = 3,
    *,
    kernel: Zonal | None = None,
    diagonal: Any = None,
    points: Any = None,
    unit: bool = False,
    rounding: float = 1e-13,
    laws: str | Iterable[str] | None = None,
    skip: str | Iterable[str] = (),
    seed: int = 0,
) -> Report:
    r"""Hold a function f(X, Y) -> (K(x_i, y_j)) against what every kernel obeys; raise `CheckFailed` where it does not.

    Parameters
    ----------
    function : takes arrays of shape (n, d) and (m, d), float64 or float32, and returns one of shape (n, m). Where it
        may be called with X alone, f(X) is the matrix of X with itself.
    d : the dimension, >= 2.
    kernel : the zonal kernel whose Gram matrices these are to be, |x||y| kappa(cos(x, y)); None for any kernel.
    diagonal : what K(x, x) is to be, where that is known: a number, or a function of X that returns n numbers.
    points : rows of shape (n, d), n >= 5, no two of them alike, in place of random ones: for kernels that are defined
        elsewhere than on all of R^d. Laws that need other points do not apply then, but for rows between two of the
        points, next to one, where f takes them.
    unit : whether rows must have norm 1.
    rounding : the error that an entry may have by rounding in float64, relative to (K(x, x) K(y, y))^{1/2}; 2^29 times
        as much in float32, but no more than 0.01. Laws allow for no more than what follows from it, and positive
        semi-definiteness is decided in balls (`testing.semidefinite`).
    laws, skip : names of laws: those that are looked at (None: all), and those that are left out. `GRAM_LAWS` holds
        them, in the order in which they are looked at.
    seed : of the random rows.

    Returns
    -------
    A `Report`: the laws that are met, and those that do not apply, and why.

    Raises
    ------
    CheckFailed
        for the first law that fails.
    ValueError, TypeError
        for bad arguments; unknown names of laws.

    >>> import numpy as np
    >>> check_gram(lambda x, y: np.exp(x @ y.T), laws=["symmetry", "read-only"], unit=True)
    <lambda>, d = 3: 2 laws met
      ok              symmetry   f(x, y) = f(y, x), to ...
      ok              read-only  X and Y are not written to, and may be read-only
    >>> check_gram(lambda x, y: np.tanh(x @ y.T + 1))
    Traceback (most recent call last):
    ...
    kernelspec.testing.laws.CheckFailed: <lambda>, d = 3 breaks the law 'Cauchy-Schwarz': f(x, y)^2 <= f(x, x) f(y, y).
      Found: f(x, y) = ...
      Usual cause: the function is no kernel, or its diagonal has another normalisation than the rest.
    """
    if isinstance(function, Zonal):
        raise TypeError(
            "function must be a function f(X, Y), such as kernel.gram (check_kernel takes kernels); got a kernel"
        )
    if not callable(function):
        raise TypeError(f"function must be callable; got {type(function).__name__}")
    d = dimension(d)
    if d > LARGEST_DIMENSION:
        raise ValueError(f"d must be at most {LARGEST_DIMENSION}; got {d}")
    if kernel is not None and not isinstance(kernel, Zonal):
        raise TypeError(f"kernel must be a kernelspec kernel, or None; got {type(kernel).__name__}")
    if diagonal is not None and not callable(diagonal):
        if not is_real(diagonal):
            raise TypeError(f"diagonal must be a number, a function of X, or None; got {diagonal!r}")
        diagonal = real("diagonal", diagonal, 0)
    unit = flag("unit", unit)
    rounding = real("rounding", rounding, 2.0**-53, 0.1)
    case = GramCase(
        function,
        d,
        rounding,
        unit,
        None if points is None else _points(points, d, unit),
        diagonal,
        kernel,
        integer("seed", seed, 0),
    )
    name = getattr(function, "__name__", None) or type(function).__name__
    return report_of(f"{name}, d = {d}", chosen(GRAM_LAWS, laws, skip), case)


def _points(points: Any, d: int, unit: bool) -> Array:
    found = real_array("points", points).astype(np.float64)
    if found.ndim != 2 or found.shape[1] != d or len(found) < 5:
        raise ValueError(f"points must have shape (n, {d}) with n >= 5; got {found.shape}")
    if len(np.unique(found, axis=0)) < len(found):
        raise ValueError("points must not hold equal rows: the laws make copies themselves")
    norms = np.linalg.norm(found, axis=1)
    if unit and np.max(np.abs(norms - 1)) > _UNIT:
        i = int(np.argmax(np.abs(norms - 1)))
        raise ValueError(f"points must have norm 1 where unit is True; row {i} has {norms[i]:.15g}")
    if not math.isfinite(float(np.max(norms))):
        raise ValueError("points must have finite norms")
    return found
