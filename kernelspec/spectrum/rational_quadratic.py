r"""Eigenvalues of the rational quadratic kernel (1 + b (1-u))^{-alpha}, in closed form.

With r = b/(1+b) the kernel is (1+b)^{-alpha} (1 - r u)^{-alpha}, whose Taylor coefficients (alpha)_m r^m/m! are
positive; summed over mu_k(u^{k+2j}) (Azevedo & Menegatto 2015; claim 10), with (alpha)_{k+2j} = (alpha)_k 4^j
((alpha+k)/2)_j ((alpha+k+1)/2)_j,

.. math:: \mu_k = (1+b)^{-\alpha}\, \frac{(\alpha)_k\, \Gamma(d/2)}{\Gamma(k+d/2)} \Big(\frac r2\Big)^k
   {}_2F_1\Big(\frac{\alpha+k}2, \frac{\alpha+k+1}2; k + \frac d2; r^2\Big),

a series of positive terms. The quadratic transformation DLMF 15.8.21, with w = sqrt(1-r^2) and x = (1-w)/(1+w),

.. math:: {}_2F_1\Big(a, a + \frac12; c; r^2\Big) = \Big(\frac{1+w}2\Big)^{-2a} {}_2F_1(2a, 2a-c+1; c; x),

converges like x^j at every degree; where 2a - c + 1 = alpha + 1 - d/2 < 0 Euler's transformation (1-x)^{c-A-B}
2F1(c-A, c-B; c; x) has positive terms only. Floats use these, balls the first form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernels.stationary import RationalQuadratic
from ..numbers.exact_numbers import as_sympy, ball
from ..numbers.gamma import log_gamma_sum_pair
from ..numbers.pairs import exp_pair, pair_sum
from .eigenvalue_arrays import EPS, Array, Values

_MOST_TERMS = 200_000


@dataclass(frozen=True)
class HypergeometricForm:
    """mu_k of the rational quadratic kernel on S^{d-1}."""

    d: int
    kernel: RationalQuadratic

    def floats(self, k: Array) -> Values:
        """mu_k in float64; ValueError where the kernel is too narrow for it."""
        d, kernel = self.d, self.kernel
        alpha, b = float(kernel.alpha), float(kernel.rate)
        w = math.sqrt(1 + 2 * b) / (1 + b)
        r = b / (1 + b)
        x = (r / (1 + w)) ** 2  # (1-w)/(1+w), without cancellation
        log_x = 2 * (math.log(r) - math.log1p(w))
        if -_MOST_TERMS * log_x < 45:
            raise ValueError(
                f"scale is too small for eigenvalues: alpha*scale^2 = {1 / b:.3g}, and it must be at least 1e-8"
            )
        k = np.asarray(k, dtype=np.float64)
        a: float | Array = alpha + k
        other: float | Array = alpha + 1 - d / 2
        c = k + d / 2
        log_front = np.zeros(k.shape)
        if alpha + 1 < d / 2:
            a, other = d / 2 - alpha, k + (d - 1 - alpha)
            log_front = log_front + (d - 1 - 2 * alpha) * math.log1p(-x)
        term, total, log_scale = np.ones(k.shape), np.ones(k.shape), np.zeros(k.shape)
        j = 0
        while j < 8 or np.any(term > 1e-18 * total * -math.expm1(log_x)):
            term = term * ((a + j) * (other + j) / ((c + j) * (j + 1.0)) * x)
            total = total + term
            j += 1
            if j % 8 == 0 and np.any(total > 1e200):
                big = np.where(total > 1e200, 1e-200, 1.0)
                term, total, log_scale = term * big, total * big, log_scale - np.log(big)
            if j > 40 * _MOST_TERMS:
                raise ArithmeticError(f"the series of {kernel!r} did not converge")
        # (alpha)_k Gamma(d/2)/Gamma(k+d/2) (r/2)^k ((1+w)/2)^{-alpha-k} (1+b)^{-alpha}
        gammas = log_gamma_sum_pair((alpha, pair_sum(k, alpha)), (pair_sum(k, d / 2), d / 2))
        log_power = k * (log_x / 2)
        constant = -alpha * (math.log1p(w) - math.log(2) + math.log1p(b))
        front = pair_sum(gammas, log_power, constant, log_front, log_scale)
        log_abs = front[0] + front[1] + np.log(total)
        with np.errstate(under="ignore"):
            value = exp_pair(front) * total
        sizes = np.abs(log_power) + abs(constant) + np.abs(log_front) + log_scale + alpha * (1 + math.log1p(b))
        error = EPS * (24 + 4 * sizes + 3 * math.sqrt(j))
        return Values(value, log_abs, np.ones(k.shape), error)

    def ball(self, k: int) -> Any:
        """mu_k as a ball, by the first form."""
        alpha, b = ball(self.kernel.alpha), ball(self.kernel.rate)
        r, half = b / (1 + b), ball(Fraction(self.d, 2))
        first = (alpha + k) / 2
        series = (r * r).hypgeom_2f1(first, first + ball(Fraction(1, 2)), half + k)
        front = (1 + b) ** (-alpha) * (alpha + k).gamma() / alpha.gamma() * half.gamma() / (half + k).gamma()
        return front * (r / 2) ** k * series

    def sympy(self, k: int) -> Any:
        """mu_k as a sympy expression with a hypergeometric function."""
        import sympy

        alpha, b, half = (as_sympy(self.kernel.alpha), as_sympy(self.kernel.rate), sympy.Rational(self.d, 2))
        r = b / (1 + b)
        series = sympy.hyper([(alpha + k) / 2, (alpha + k + 1) / 2], [half + k], r**2)
        front = (1 + b) ** (-alpha) * sympy.rf(alpha, k) * (r / 2) ** k / sympy.rf(half, k)
        return front * series
