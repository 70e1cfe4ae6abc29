r"""`curve_from_gram`: the learning curve of real data, from the Gram matrix of a sample and its targets.

N points with K = N sum_i mu_i v_i v_i^T and the targets' power f_i^2 = (v_i . y)^2/N stand in for the unknown
distribution. n of them, drawn without replacement, are the training points, and the other N - n the test points: the
mean test error over the draws is an unbiased estimate of the error with n new training points, as the N points are
exchangeable. With S = sum L_i, L_i = mu_i/(mu_i + kappa), U_1 = sum (1 - L_i), U_2 = sum (1 - L_i)^2,

.. math:: n = S + \frac{n\lambda}{\kappa} \Big(1 - \frac SN\Big), \qquad
          \text{test} = \frac{nN}{U_1^2 - (N-n) U_2} \sum_i (1 - L_i)^2 f_i^2, \qquad
          \text{train} = \Big(1 - \frac Sn\Big)^2 \text{test} .

For N to infinity these are the eigenlearning equations (`kernelspec.rkhs.learning_curves`); for n = N - 1 the test
error is generalised cross-validation, up to 1/N. As there, they are a theory: they would be exact in the limit if the
training points were chosen in a basis that is independent of the v_i and uniform.

*Derivation* (here; for N to infinity Jacot et al. 2020 and Wei, Hu & Steinhardt 2022). Let c = n/N, delta = n lambda,
and D_eps have delta on the training points and 1/eps on the others. y^T (K + D_eps)^{-1} y = min_g |g|_K^2 +
|y-g|^2_train/delta + eps |y-g|^2_test =: V(eps), so that dV/deps at 0 is the sum of the squared test residuals, and
-dV/ddelta that of the squared training residuals over delta^2. If the eigenbasis of K is uniform, K and D_eps are free:
E (K + D_eps)^{-1} = (K + omega)^{-1}, with g = tr (K + omega)^{-1}/N = (1/N) tr (D_eps + omega')^{-1}, omega + omega'
= 1/g. To first order in eps, c/(delta + omega') + (1-c) eps = g, so that

    omega = delta + (1-c)/g - c(1-c) eps/g^2, domega/deps (1 - (1-c) g_2/g^2) = -c(1-c)/g^2,  g_2 = tr (K+omega)^{-2}/N.

With omega = N kappa: g = U_1/(N^2 kappa), g_2 = U_2/(N^3 kappa^2); the first equation, at eps = 0, is that for kappa,
and dV/deps = -domega/deps sum (v_i . y)^2/(N mu_i + omega)^2 over N - n is the test error. QED
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.checks import FloatArray, real
from ..numbers.precision import default_errors
from ..rkhs.capacity import require_positive, symmetric
from ..rkhs.learning_curves import LearningCurve, arguments, bounded, missed
from .systems import squared_target_of

_STEPS = 200  # halvings: more than an interval of log kappa needs to end in neighbouring floats
_FAR = 400  # powers of two
_EPS = float(np.finfo(np.float64).eps)


@default_errors
def curve_from_gram(K: ArrayLike, y: ArrayLike, n: Any, lam: float = 0.0) -> LearningCurve:
    r"""The errors that theory predicts for kernel ridge regression on n of the N points of a sample.

    .. math:: n = S + \frac{n\lambda}{\kappa} \Big(1 - \frac SN\Big), \qquad
              \text{test} = \frac{nN}{U_1^2 - (N-n) U_2} \sum_i (1 - L_i)^2 f_i^2

    with L_i = mu_i/(mu_i + kappa), S their sum, U_j that of (1 - L_i)^j, mu_i the eigenvalues of K/N and f_i^2 the
    power of y on their eigenvectors: see the module for the derivation.

    Parameters
    ----------
    K : Gram matrix of the whole sample, shape (N, N), N >= 2, symmetric and positive semi-definite.
    y : its targets with their noise, shape (N,), or (N, t) for t outputs, whose squared errors are added.
    n : numbers of training points, integers from 1 to N - 1.
    lam : lambda >= 0 in K + n lambda 1.

    Returns a `LearningCurve`: the mean errors over all choices of n points, on the other N - n and on the n. Its
    learnability has a column for each eigenvector, the largest eigenvalue first. Everything is float64: the bounds are
    the values themselves. The limits: it is a theory, good where no few points or eigenvectors dominate; it knows
    nothing of points that are not like the sample, and nothing beyond N - 1 points; and near n = N - 1 the scatter is
    that of N - n test points.

    Raises TypeError and ValueError for what is no such matrix, for targets of another length, for n and lam out of
    range. Source: derived here; Wei, Hu & Steinhardt 2022 for N to infinity.

    >>> import numpy as np
    >>> from kernelspec.learning import curve_from_gram
    >>> curve_from_gram(np.eye(4), [1.0, -1.0, 1.0, -1.0], [1, 2], lam=1.0).error  # no point tells of another
    array([1., 1.])
    """
    matrix = symmetric("K", K)
    total = len(matrix)
    if total < 2:
        raise ValueError(f"K must have 2 rows or more, some to train and some to test; got {total}")
    target = squared_target_of(y, total)
    lam = real("lam", lam, 0)
    counts, _, _ = arguments(n, lam, 0.0)
    if counts.max() >= total:
        raise ValueError(f"n must be integers from 1 to N - 1 = {total - 1}, got {int(counts.max())}")
    power = _power(float(np.abs(matrix).max()))
    matrix = np.ldexp(matrix, -power)
    values, vectors = np.linalg.eigh(matrix)
    require_positive("K", values, float(np.linalg.norm(matrix)))
    unit = max(power, _power(lam))
    lam, mu = math.ldexp(lam, -unit), np.ldexp(values[::-1] / total, power - unit)
    mu = np.where(mu > total * _EPS * mu[0], mu, 0.0)  # the others are rounding
    powers = np.sum((vectors[:, ::-1].T @ target.reshape(total, -1)) ** 2, axis=1) / total
    kappa = np.array([_kappa(mu, each, lam) for each in counts])
    left_out = np.array([missed(mu, each) for each in kappa])
    one, two = left_out.sum(axis=1), (left_out**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = one**2 - (total - counts) * two
        overfitting = np.where(left > 0, counts * total / left, np.inf)
        bias = left_out**2 @ powers
        error = np.where(bias > 0, overfitting * bias, 0.0)
    share = np.maximum(1 - (total - one) / counts, 0.0)
    return bounded(counts, error, error, np.ldexp(kappa, unit), overfitting, 1 - left_out, (share, share))


def _power(size: float) -> int:
    """The power of two that numbers of this size are divided by, whose squares or products with n may overflow."""
    exponent = math.frexp(size)[1]
    return exponent if abs(exponent) > _FAR else 0


def _kappa(mu: FloatArray, n: float, lam: float) -> float:
    """The root of n = S + (n lambda/kappa)(1 - S/N), whose right side falls; 0 where lambda is and n is the rank."""
    seen = mu[mu > 0]
    if lam == 0 and n >= seen.size:
        return 0.0
    # S + (n lambda/kappa)(1 - S/N) is at most (sum mu + n lambda)/kappa; at least rank mu_min/(mu_min + kappa), and at
    # least n lambda/(N kappa) U_1, so that kappa >= n lambda/N.
    high = (float(seen.sum()) + n * lam) / n
    low = max(n * lam / mu.size, float(seen[-1]) * (seen.size - n) / n if seen.size > n else 0.0)
    for _ in range(_STEPS):
        middle = np.sqrt(low) * np.sqrt(high)
        if not low < middle < high:
            break
        unlearned = mu.size - float(np.sum(seen / (seen + middle)))
        above = mu.size - unlearned + n * lam / middle * unlearned / mu.size >= n
        low, high = (middle, high) if above else (low, middle)
    return float(np.sqrt(low) * np.sqrt(high))
