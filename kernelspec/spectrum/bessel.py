r"""Eigenvalues of e^{alpha (u-1)}: the modified Bessel function of any order and argument, in pairs.

.. math::
   \mu_k = \Gamma(\tfrac d2) \left(\frac2\alpha\right)^{d/2-1} e^{-\alpha} I_m(\alpha),
   \qquad m = k + \tfrac d2 - 1 .

For alpha <= 10 the power series of I_m, whose terms are positive, has some 30 terms; those that grow at first are
summed in pairs. Above, Debye's expansion, uniform in alpha (DLMF 10.41.3), with s = (m^2 + alpha^2)^{1/2} and p = m/s,

.. math:: e^{-\alpha} I_m(\alpha) \sim \frac{e^{E}}{\sqrt{2\pi s}} \sum_j \frac{U_j(p)}{m^j}, \qquad
   E = s - \alpha - m \operatorname{arsinh}(m/\alpha),

whose 16 terms leave some 1e-18 from m = 40 on; lower orders come down from there by I_{m-1} = I_{m+1} + (2m/alpha) I_m,
in which nothing cancels; forty steps multiply the rounding of alpha by forty, so that they are taken in pairs.
U_j(p)/m^j = V_j(p^2)/s^j with polynomials V_j, so that m = 0 is no exception. Logarithms are `gamma.Pair`s: of a
thousand digits before the point none is lost. Source of the formula: claim 11, derived here from the Taylor series
(Azevedo & Menegatto 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.exact_numbers import Scalar, as_sympy, ball, decimal
from ..numbers.gamma import log_gamma_sum_pair
from ..numbers.pairs import PI, Pair, exp_pair, log_pair, pair_divide, pair_product, pair_sqrt, pair_sum
from .eigenvalue_arrays import EPS, Array, Values

if TYPE_CHECKING:
    import sympy

_SMALL = 10.0  # the power series up to here
_LOWEST = 40.0  # orders of Debye's expansion
_TERMS = 16
_FLAT = 1e60  # beyond, alpha is so large that (m/alpha)^2 is no number next to 1, for every order there is


@dataclass(frozen=True)
class BesselForm:
    """mu_k of e^{alpha u + shift} on S^{d-1}."""

    d: int
    alpha: Scalar
    shift: Scalar

    def floats(self, k: Array) -> Values:
        """mu_k for an array of degrees, to some 1e-15 in relative terms."""
        argument = _split(self.alpha)
        if argument[0] <= _SMALL:
            log_abs, factor = _by_series(argument, self.d, k)
        else:
            log_abs, factor = _by_debye(argument, self.d, k)
        total = pair_sum(log_abs, log_pair(factor), _split(self.alpha + self.shift))
        value, logarithm = exp_pair(total), total[0] + total[1]
        error = 4 * EPS + EPS * np.abs(logarithm) / 32  # 2 EPS were seen
        return Values(value, logarithm, np.ones(k.shape), error)

    def ball(self, k: int) -> Any:
        """mu_k as a ball: (a/2)^k Gamma(d/2)/Gamma(k+d/2) 0F1(; k+d/2; a^2/4), the Bessel function as a series."""
        a, half = ball(self.alpha), Fraction(self.d, 2)
        series = (a * a / 4).hypgeom_0f1(ball(half + k))
        front = ball(half).gamma() * ball(half + k).rgamma()
        return ball(self.shift).exp() * (a / 2) ** k * front * series

    def sympy(self, k: int) -> sympy.Expr:
        """mu_k with a Bessel function."""
        import sympy

        a, half = as_sympy(self.alpha), sympy.Rational(self.d, 2)
        front = sympy.exp(as_sympy(self.shift)) * sympy.gamma(half) * (2 / a) ** (half - 1)
        return front * sympy.besseli(k + half - 1, a)

    def asymptote(self, k: Any) -> Any:
        """What mu_k tends to for large k, in a symbol."""
        import sympy

        a, half = as_sympy(self.alpha), sympy.Rational(self.d, 2)
        front = sympy.exp(as_sympy(self.shift)) * sympy.gamma(half)
        return front * (a / 2) ** k / sympy.gamma(k + half)


def _split(alpha: Scalar) -> Pair:
    alpha = decimal(alpha)
    high = float(alpha)
    return np.asarray(high), np.asarray(float(alpha - Fraction(high)))


def _by_series(alpha: Pair, d: int, k: Array) -> tuple[Pair, Pair]:
    """e^{-alpha} (alpha/2)^k Gamma(d/2)/Gamma(k+d/2), and sum_j (alpha^2/4)^j / (j! (k+d/2)_j)."""
    base = k + d / 2
    high, low = pair_product(alpha, alpha)
    square = high / 4, low / 4
    terms, term = 0, 1.0
    while term > 1e-19 and base.size:  # the sum is at least 1
        terms += 1
        term *= float(square[0]) / (terms * (float(base.min()) + terms - 1))
    total = np.ones(k.shape)
    for j in range(terms, 0, -1):
        total = 1 + total * (square[0] / (j * (base + (j - 1))))
    steep = np.flatnonzero(square[0] > base)  # roundings of ratios add up over the terms that grow
    factor = pair_sum(total)
    if steep.size:
        factor[0][steep], factor[1][steep] = _summed(square, base[steep], terms)
    powers = pair_product(pair_sum(k.astype(float)), log_pair((alpha[0] / 2, alpha[1] / 2)))
    return pair_sum(log_gamma_sum_pair((base, d / 2)), powers, _negative(alpha)), factor


def _summed(square: Pair, base: Array, terms: int) -> Pair:
    """sum_j square^j / (j! (base)_j) in pairs."""
    total = pair_sum(np.ones(base.shape))
    for j in range(terms, 0, -1):
        ratio = pair_divide(square, pair_sum(j * (base + (j - 1))))
        total = pair_sum(pair_product(total, ratio), 1.0)
    return total


def _by_debye(alpha: Pair, d: int, k: Array) -> tuple[Pair, Pair]:
    order = k + (d / 2 - 1)
    steps = np.ceil(np.maximum(_LOWEST - order, 0.0))
    first, size = _debye(order + steps, alpha)
    if steps.any():
        second, above_size = _debye(order + steps + 1, alpha)
        ratio = _exponential(pair_sum(second, _negative(first)))
        ratio = pair_divide(pair_product(ratio, above_size), size)
        size = pair_product(size, _come_down(order + steps, steps, ratio, alpha))
    # Gamma(d/2) (2/alpha)^{d/2-1}
    powers = pair_product(pair_sum(1 - d / 2), log_pair((alpha[0] / 2, alpha[1] / 2)))
    head = pair_sum(log_gamma_sum_pair((1.0, d / 2)), powers)
    return pair_sum(first, head), size


def _exponential(p: Pair) -> Pair:
    """e^p as a pair: one step of Newton's method."""
    first = exp_pair(p)
    rest = pair_sum(p, _negative(log_pair(pair_sum(first))))
    return pair_sum(first, first * (rest[0] + rest[1]))


def _come_down(top: Array, steps: Array, ratio: Pair, alpha: Pair) -> Pair:
    """I_{top-steps}/I_top, from I_{top+1}/I_top = ratio."""
    above, here = ratio, pair_sum(np.ones(top.shape))
    inverse = pair_divide(pair_sum(2.0), alpha)
    for i in range(int(steps.max())):
        factor = pair_product(pair_sum(top - i), inverse)
        below = pair_sum(above, pair_product(factor, here))
        going = i < steps
        above, here = _where(going, here, above), _where(going, below, here)
    return here


def _debye(order: Array, alpha: Pair) -> tuple[Pair, Pair]:
    """Logarithm of e^E / sqrt(2 pi s), and the sum, for orders from 40 on."""
    m = pair_sum(order)
    if alpha[0] > _FLAT:
        s, log_s = alpha[0] + 0 * order, log_pair(alpha)
        exponent = pair_sum(-order * (order / alpha[0]) / 2)
        square = np.zeros(order.shape)
    else:
        a = pair_sum(np.full(order.shape, alpha[0]), np.full(order.shape, alpha[1]))
        root = pair_sqrt(pair_sum(pair_product(m, m), pair_product(a, a)))
        s, log_s = root[0], log_pair(root)
        # s - alpha = m^2/(s + alpha); arsinh(m/alpha) = log(m + s) - log(alpha)
        rise = pair_divide(pair_product(m, m), pair_sum(root, a))
        angle = pair_sum(log_pair(pair_sum(m, root)), _negative(log_pair(a)))
        exponent = pair_sum(rise, _negative(pair_product(m, angle)))
        square = (order / s) ** 2
    tail = np.zeros(order.shape)  # the first polynomial is 1
    for polynomial in reversed(_polynomials()[1:]):
        value = np.zeros(order.shape)
        for c in reversed(polynomial):
            value = value * square + c
        tail = (tail + value) / s
    two_pi = log_pair((2 * PI[0], 2 * PI[1]))
    half = pair_sum(two_pi, log_s)
    return pair_sum(exponent, (-half[0] / 2, -half[1] / 2)), pair_sum(1.0, tail)


@cache
def _polynomials() -> tuple[tuple[float, ...], ...]:
    """V_j with U_j(p) = p^j V_j(p^2).

    U_{j+1} = p^2 (1-p^2) U_j'/2 + int_0^p (1-5t^2) U_j dt / 8 (DLMF 10.41.9).
    """
    u: list[Fraction] = [Fraction(1)]
    out: list[tuple[float, ...]] = [(1.0,)]
    for j in range(1, _TERMS):
        new = [Fraction(0)] * (len(u) + 3)
        for i, c in enumerate(u):
            new[i + 1] += c * i / 2 + c / (8 * (i + 1))
            new[i + 3] -= c * i / 2 + 5 * c / (8 * (i + 3))
        u = new
        out.append(tuple(float(c) for c in u[j::2]))
    return tuple(out)


def _where(condition: Array, p: Pair, q: Pair) -> Pair:
    return np.where(condition, p[0], q[0]), np.where(condition, p[1], q[1])


def _negative(p: Pair) -> Pair:
    return -p[0], -p[1]
