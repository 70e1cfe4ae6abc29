r"""`training`: how networks of infinite width learn under the square loss, in closed form; `posterior`: Bayes instead.

A network of infinite width is linear in its parameters while it is trained, f_t(x) = f_0(x) + grad f_0(x) . (theta_t -
theta_0), its tangent kernel K stays what it is, and its outputs at the start, f_0, are Gaussian with the covariance
Q (nngp) and mean 0. For the loss 1/2 |f(X) - y|^2 + s/2 |theta - theta_0|^2 on n training points X, s = n lambda,

.. math:: \text{flow: } \dot f_t(x) = -K(x, X) (f_t(X) - y) - s (f_t(x) - f_0(x)), \qquad
          \text{descent: } f_{t+1} = f_t + \eta \dot f_t

so that f_t(x) = f_0(x) + K(x, X) g_t(K) (y - f_0(X)), with, for the eigenvalues k of K,

.. math:: g_t(k) = \frac{1 - e_t(k)}{k + s}, \qquad e_t(k) = e^{-(k+s)t} \text{ or } (1 - \eta(k+s))^t .

On the training points, f_t(X) - y = -r_t(K) (y - f_0(X)) with r_t(k) = (s + k e_t)/(k + s). The mean over networks is
A y with A = K(x, X) g_t(K), the covariance Q(x,x') + A Q A^T - A Q(X,x') - Q(x,X) A^T; noise sigma of every network's
own adds sigma^2 A A^T. Each is read from one eigendecomposition of K for all times. Where k = 0 and s = 0, nothing is
learnt: K(x, X) v = 0 for an eigenvector v of the eigenvalue 0, as K is positive semi-definite on all points.

For t to infinity, A = K(x,X) (K + n lambda I)^{-1}: kernel ridge regression, ridgeless for lambda = 0. With Q = K
(only the last layer is trained) and sigma^2 = n lambda, the limit is the posterior of the Gaussian process Q, as
A Q A^T + sigma^2 A A^T = A Q(X,x').

Source: Lee, Xiao, Schoenholz, Bahri, Novak, Sohl-Dickstein & Pennington 2019 (arXiv:1902.06720), equations (10)-(16);
Jacot, Gabriel & Hongler 2018; with weight decay Hu, Li & Yu 2020 (arXiv:1905.11368), with noise Matthews, Hron, Turner
& Ghahramani 2017, "Sample-then-optimize posterior sampling".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.checks import LARGEST_INTEGER, FloatArray, array, real, reals
from ..numbers.precision import default_errors
from ..rkhs.capacity import require_positive, symmetric
from .factorisation import decomposed
from .modes import Modes, stable_rate
from .systems import largest_of, matrix_of, power_of, scaled, squared_target_of
from .trained import Training

_LARGEST = 1e150  # of a number whose square is a float
_ROUNDED = 1e-6  # of the variance at the start, and beside it what its dtype rounds away


@default_errors
@np.errstate(over="ignore", invalid="ignore")  # seen in the result
def training(
    ntk: ArrayLike,
    y: ArrayLike,
    times: ArrayLike,
    *,
    ntk_cross: ArrayLike | None = None,
    nngp: ArrayLike | None = None,
    nngp_cross: ArrayLike | None = None,
    nngp_test: ArrayLike | None = None,
    rate: float | None = None,
    lam: float = 0.0,
    noise: float = 0.0,
) -> Training:
    r"""Mean and covariance of infinitely wide networks that are trained by gradient flow or gradient descent.

    .. math:: f_t(x) = f_0(x) + \Theta(x, X)\, \frac{1 - e^{-(\Theta + n\lambda)t}}{\Theta + n\lambda}\, (y - f_0(X)),
              \qquad \text{loss } \tfrac12 |f(X) - y|^2 + \tfrac{n\lambda}2 |\theta - \theta_0|^2

    with (1 - rate (Theta + n lambda))^t in place of the exponential for gradient descent. The loss is a sum over
    training points: for a mean, divide times and rates by n.

    Parameters
    ----------
    ntk : the tangent kernel Theta of n training points, shape (n, n): symmetric, positive semi-definite.
    y : targets, shape (n,) or (n, t) for t outputs, up to 1e150.
    times : one or more times >= 0; steps, integers up to 2^53, where there is a rate. Infinity is right.
    ntk_cross : the tangent kernel between q test points and the training points, shape (q, n); None for no test points.
    nngp, nngp_cross, nngp_test : covariances of one output at the start: of the training points (n, n), between test
        points and these (q, n), and of the test points (q, q); the last two where there are test points. None for
        networks that start at 0.
    rate : the learning rate of gradient descent, > 0 and < 2/(largest eigenvalue + n lambda), beyond which it diverges;
        None for gradient flow.
    lam : lambda >= 0.
    noise : the standard deviation, up to 1e150, of noise in the targets that every network has for itself.

    Returns a `Training`. Eigenvalues of ntk below its rounding, n eps times the largest, count as 0: along their
    eigenvectors nothing is learnt. Covariances of all times take p q^2 numbers.

    Raises TypeError, ValueError for what is not finite real numbers, for shapes that do not fit, matrices that are not
    symmetric or not positive semi-definite, kernels of test points that are not of one positive semi-definite kernel
    with the training points' (a variance below 0), and numbers out of range. Source: Lee et al. 2019, (14)-(16).

    >>> import math
    >>> found = training([[2.0, 0.0], [0.0, 0.5]], [1.0, 1.0], [0, 1, math.inf], ntk_cross=[[1.0, 1.0]])
    >>> found.train_mean  # 1 - exp(-2 t), 1 - exp(-t/2)
    array([[0.        , 0.        ],
           [0.86466472, 0.39346934],
           [1.        , 1.        ]])
    >>> found.mean[-1]  # (1, 1) ntk^{-1} (1, 1), ridgeless regression
    array([2.5])
    """
    decay = real("lam", lam, 0)
    return _training(
        ntk, y, times, ntk_cross, nngp, nngp_cross, nngp_test, None if rate is None else _positive(rate), decay, noise
    )


@default_errors
@np.errstate(over="ignore", invalid="ignore")  # seen in the result
def posterior(
    nngp: ArrayLike,
    y: ArrayLike,
    noise: float,
    *,
    nngp_cross: ArrayLike | None = None,
    nngp_test: ArrayLike | None = None,
) -> Training:
    r"""Mean and covariance of the Bayesian posterior of infinitely wide networks, a Gaussian process.

    .. math:: A y, \qquad Q(x, x') - A\, Q(X, x'), \qquad A = Q(x, X) (Q + \sigma^2 I)^{-1}

    It is what networks tend to for t to infinity whose last layer alone is trained, with lambda = sigma^2/n and noise
    sigma in the targets of each (`training`): the result is a `Training` of one infinite time.

    Parameters
    ----------
    nngp : the covariance Q of the outputs at n training points, shape (n, n): symmetric, positive semi-definite.
    y : targets, shape (n,) or (n, t) for t outputs, up to 1e150.
    noise : the standard deviation sigma >= 0 of the targets' noise, up to 1e150.
    nngp_cross : between q test points and the training points, shape (q, n); None for no test points.
    nngp_test : of the test points, shape (q, q).

    Raises TypeError, ValueError as `training` does. Source: Neal 1996; Lee, Bahri, Novak, Schoenholz, Pennington &
    Sohl-Dickstein 2018, (8)-(9).

    >>> found = posterior([[1.0]], [1.0], 1.0, nngp_cross=[[0.5]], nngp_test=[[1.0]])
    >>> found.mean, found.covariance  # 0.5/2, and 1 - 0.25/2
    (array([[0.25]]), array([[[0.875]]]))
    """
    noise = real("noise", noise, 0, _LARGEST)
    if (nngp_cross is None) != (nngp_test is None):
        raise ValueError("nngp_cross and nngp_test must be given together, both for the same test points")
    lam = noise**2 / max(len(matrix_of("nngp", nngp)), 1)
    return _training(
        nngp, y, math.inf, nngp_cross, nngp, nngp_cross, nngp_test, None, lam, noise, name="nngp", shift=noise**2
    )


def _positive(rate: Any) -> float:
    found = real("rate", rate)
    if found <= 0:
        raise ValueError(f"rate must be > 0; got {rate!r}")
    return found


def _training(
    ntk: Any,
    y: Any,
    times: Any,
    ntk_cross: Any,
    nngp: Any,
    nngp_cross: Any,
    nngp_test: Any,
    rate: float | None,
    lam: float,
    noise: Any,
    *,
    name: str = "ntk",
    shift: float | None = None,
) -> Training:
    """What `training` and `posterior` return; the shift is n lambda."""
    matrix = symmetric(name, ntk)
    n, eps = len(matrix), float(np.finfo(matrix_of(name, ntk).dtype).eps)
    target, grid = squared_target_of(y, n), _grid(times, rate)
    noise = real("noise", noise, 0, _LARGEST)
    cross = _cross(f"{name}_cross", ntk_cross, n)
    start = _Start.of(nngp, nngp_cross, nngp_test, n, None if ntk_cross is None else len(cross))
    if nngp is not None and nngp is not ntk:
        require_positive("nngp", np.linalg.eigvalsh(start.train), float(np.linalg.norm(start.train)))
    shift = n * lam if shift is None else shift
    if not math.isfinite(shift):
        raise ValueError(f"lam must be such that n lam is a float; got {lam!r}")

    power = power_of(max(largest_of(matrix), shift))
    values, vectors = decomposed(np.ldexp(matrix, -power))
    require_positive(name, values, float(np.linalg.norm(np.ldexp(matrix, -power))))
    values = np.where(values > n * eps * max(values[-1], 0.0), values, 0.0)
    modes = Modes(values, math.ldexp(shift, -power))
    step = None if rate is None else stable_rate(float(np.ldexp(rate, power)), modes, power)
    factors = modes.descent(grid, step) if step else modes.flow(np.ldexp(grid, power))

    # In the eigenbasis of the tangent kernel, one column an eigenvector.
    coefficients = vectors.T @ target.reshape(n, -1)
    outputs = coefficients.shape[1]
    seen = scaled(cross, power) @ vectors
    turned = start.turned(vectors)
    mean = np.empty((len(grid), len(seen), outputs))
    fitted, loss = np.empty((len(grid), n, outputs)), np.empty(len(grid))
    covariance = None if nngp is None and not noise else np.empty((len(grid), len(seen), len(seen)))
    for place, (learnt, left) in enumerate(zip(*factors, strict=True)):
        along = seen * learnt
        mean[place] = along @ coefficients
        fitted[place] = vectors @ ((values * learnt)[:, None] * coefficients)
        spread = np.sum(left**2 * turned.train.diagonal()) + noise**2 * np.sum((values * learnt) ** 2)
        loss[place] = (np.sum((left[:, None] * coefficients) ** 2) + outputs * spread) / n
        if covariance is not None:
            covariance[place] = turned.after(along, noise)
    shape = target.shape[1:]
    found = Training(
        grid, rate, lam, noise, np.ldexp(values[::-1], power), mean.reshape(*mean.shape[:2], *shape), covariance,
        fitted.reshape(len(grid), n, *shape), loss,
    )  # fmt: skip
    _check(found, (_ROUNDED + 10 * n * eps) * start.test.diagonal(), name)
    return found


def _grid(times: Any, rate: float | None) -> FloatArray:
    """One or more times, or steps; infinity among them."""
    grid = np.atleast_1d(reals("times", times, finite=False))
    if grid.ndim != 1 or grid.size == 0:
        raise ValueError(f"times must be one or more numbers; got shape {grid.shape}")
    wrong = ~(grid >= 0)
    if rate is not None:
        wrong |= np.isfinite(grid) & ((grid != np.floor(grid)) | (grid > LARGEST_INTEGER))
    if wrong.any():
        kind = ">= 0, infinity included" if rate is None else "steps, integers from 0 to 2^53 or infinity, with a rate"
        raise ValueError(f"times must be {kind}; got {float(grid[wrong][0])!r}")
    return grid


def _cross(name: str, given: Any, n: int) -> FloatArray:
    """The kernel between test and training points, without rows where there are no test points."""
    if given is None:
        return np.empty((0, n))
    if array(name, given).shape == (0, n):
        return np.empty((0, n))
    found = matrix_of(name, given).astype(np.float64)
    if found.shape[1] != n:
        raise ValueError(f"{name} must have shape (test points, {n}), a column a training point; got {found.shape}")
    return found


@dataclass(frozen=True, eq=False)
class _Start:
    """Covariances of an output at the start: of training points, between test points and these, of test points."""

    train: FloatArray
    cross: FloatArray
    test: FloatArray

    @classmethod
    def of(cls, nngp: Any, nngp_cross: Any, nngp_test: Any, n: int, points: int | None) -> _Start:
        several = {"nngp_cross": nngp_cross, "nngp_test": nngp_test}
        for name, each in several.items():
            if (each is not None) != (nngp is not None and points is not None):
                if each is None:
                    raise ValueError(f"{name} must be given where nngp and test points are")
                raise ValueError(f"{name} must be None where {'nngp' if nngp is None else 'ntk_cross'} is")
        q = points or 0
        if nngp is None:
            return cls(np.zeros((n, n)), np.zeros((q, n)), np.zeros((q, q)))
        train = symmetric("nngp", nngp)
        if train.shape != (n, n):
            raise ValueError(f"nngp must have shape {(n, n)}, as the tangent kernel; got {train.shape}")
        cross = _cross("nngp_cross", nngp_cross, n)
        if len(cross) != q:
            raise ValueError(f"nngp_cross must have shape {(q, n)}, as ntk_cross; got {cross.shape}")
        empty = q == 0 and (nngp_test is None or array("nngp_test", nngp_test).shape == (0, 0))
        test = np.zeros((0, 0)) if empty else symmetric("nngp_test", nngp_test)
        if test.shape != (q, q):
            raise ValueError(f"nngp_test must have shape {(q, q)}, as nngp_cross has {q} rows; got {test.shape}")
        return cls(train, cross, test)

    def turned(self, vectors: FloatArray) -> _Start:
        """With the training points in a basis."""
        train = vectors.T @ self.train @ vectors
        return _Start((train + train.T) / 2, self.cross @ vectors, self.test)

    def after(self, along: FloatArray, noise: float) -> FloatArray:
        """The covariance of f_0(x) + along (noise - f_0(X)) at test points."""
        half = along @ self.train / 2 - self.cross  # A Q A^T - A Q^T - Q A^T = (A Q/2 - Q_x) A^T and its transpose
        found = half @ along.T + noise**2 / 2 * (along @ along.T)
        return np.asarray(self.test + found + found.T)


def _check(found: Training, rounding: FloatArray, name: str) -> None:
    """ValueError for what overflowed, and for variances below 0 that rounding does not explain."""
    several = [found.mean, found.train_mean, *([] if found.covariance is None else [found.covariance])]
    if not all(np.isfinite(each).all() for each in several):
        raise ValueError(f"{name}, {name}_cross, nngp, noise and y must be closer to 1: the outputs overflow float64")
    if found.covariance is not None and rounding.size:
        least = np.diagonal(found.covariance, axis1=1, axis2=2)
        if (least < -np.abs(rounding)).any():
            raise ValueError(
                f"{name}_cross, nngp_cross and nngp_test must come from one positive semi-definite kernel with the "
                f"training points'; a variance is {float(least.min()):.3g}"
            )
