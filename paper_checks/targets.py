"""The targets of claim 62 in spherical harmonics: their eigenvalues on S^3 and the norm of f2.

A function g(w.x) with eigenvalues m_k is sum_k m_k N(d, k) P_k(w.x) (claim 6), and its squared norm
in the RKHS of kappa is sum_k N(d, k) m_k^2 / mu_k(kappa) (claim 8).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks

Array = NDArray[np.float64]


def f1_eigenvalues(k: NDArray[np.int64]) -> Array:
    r"""Of the indicator of u >= 0.7 on S^3, where P_k(cos t) = sin((k+1)t)/((k+1) sin t).

    .. math:: m_k = \frac{1}{\pi(k+1)}\Big(\frac{\sin kt}{k}-\frac{\sin (k+2)t}{k+2}\Big),
       \quad t = \arccos 0.7.
    """
    t, order = math.acos(0.7), np.asarray(k, dtype=np.float64)
    first = t * np.sinc(order * t / math.pi)  # sin(kt)/k, and t for k = 0
    return np.asarray((first - np.sin((order + 2) * t) / (order + 2)) / (math.pi * (order + 1)))


def f2_eigenvalues(k: NDArray[np.int64]) -> Array:
    """Of exp(-(1-u)^{3/2}) + exp(-(1+u)^{3/2}) on S^3, for even k: twice those of one term."""
    half = ks.exponential(0.5) @ (1 - ks.defect_power(1.5) / 4)  # exp(-(1-u)^{3/2})
    return np.asarray(2 * half.spectrum(4)(k))


def f2_eigenvalues_by_quadrature(k: NDArray[np.int64]) -> Array:
    """The same by mpmath with 30 digits, from the definition alone."""
    import mpmath

    def eigenvalue(degree: int) -> float:
        def integrand(t: Any) -> Any:
            u = mpmath.cos(t)
            f = mpmath.exp(-((1 - u) ** 1.5)) + mpmath.exp(-((1 + u) ** 1.5))
            return f * mpmath.sin((degree + 1) * t) * mpmath.sin(t)

        pieces = mpmath.linspace(0, mpmath.pi, 3 + degree // 10)
        return float(mpmath.quad(integrand, pieces) * 2 / (mpmath.pi * (degree + 1)))

    with mpmath.workdps(30):
        return np.array([eigenvalue(int(degree)) for degree in k])


def f2_norm_by_quadrature(last: int) -> float:
    """The squared norm of f2 in the RKHS of kappa_1 without `spectrum`: quadrature and claim 20.

    mu_k(kappa_1) = 2 d lambda_k^2, with lambda_k of claim 19. Degrees above `last` are taken to go
    on like k^-4.
    """
    k = np.arange(0, last + 1, 2)
    weights = [2 / (3 * math.pi)]
    for degree in k[1:]:
        size = (
            math.lgamma(degree - 1) - degree * math.log(2)
            - math.lgamma(degree / 2) - math.lgamma((degree + 5) / 2)
        )  # fmt: skip
        weights.append(math.exp(size) / math.sqrt(math.pi))
    terms = (k + 1.0) ** 2 * f2_eigenvalues_by_quadrature(k) ** 2 / (8 * np.array(weights) ** 2)
    return float(terms.sum() + terms[-1] * last / 6)
