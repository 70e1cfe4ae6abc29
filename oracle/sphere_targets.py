"""The two targets of claim 62, functions of w.x on S^3: their eigenvalues, and the norm of f2 in the space of kappa_1.

f1 is the indicator of u >= 0.7, f2 = exp(-(1-u)^{3/2}) + exp(-(1+u)^{3/2}).
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from oracle.two_layer_forms import eigenvalue_ball

Array = NDArray[np.float64]


def f1_eigenvalues(k: NDArray[np.int64]) -> Array:
    r"""Of the indicator of u >= 0.7 on S^3, where P_k(cos t) = sin((k+1)t)/((k+1) sin t).

    .. math:: m_k = \frac{1}{\pi(k+1)}\Big(\frac{\sin kt}{k}-\frac{\sin (k+2)t}{k+2}\Big),
       \quad t = \arccos 0.7.
    """
    t, order = math.acos(0.7), np.asarray(k, dtype=np.float64)
    first = t * np.sinc(order * t / math.pi)  # sin(kt)/k, and t for k = 0
    return np.asarray((first - np.sin((order + 2) * t) / (order + 2)) / (math.pi * (order + 1)))


def f2_eigenvalues_by_quadrature(k: NDArray[np.int64]) -> Array:
    """Of f2 by mpmath with 30 digits, from the definition alone."""

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
    """The squared norm of f2 in the RKHS of kappa_1: quadrature and the closed form of claim 20.

    Degrees above `last` are taken to go on like k^-4.
    """
    k = np.arange(0, last + 1, 2)
    mu = np.array([float(eigenvalue_ball(int(degree), 1, 4)) for degree in k])
    terms = (k + 1.0) ** 2 * f2_eigenvalues_by_quadrature(k) ** 2 / mu
    return float(terms.sum() + terms[-1] * last / 6)
