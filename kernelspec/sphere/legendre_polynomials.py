"""Legendre polynomials P_k of dimension d: the zonal spherical harmonics of S^{d-1}, P_k(1) = 1.

They are C_k^{(d-2)/2} divided by its value at 1: T_k for d = 2, the classical P_k for d = 3.
Source: claims 1 and 2 (Bietti & Bach 2021, Appendix A). Near |t| = 1 the recurrence is run on the
differences of successive polynomials, Reinsch's device for Chebyshev sums in general d.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.checks import LARGEST_RECURRENCE, FloatArray, Numbers, cosines, dimension, integer, scalar_or_array
from ..numbers.precision import default_errors, precision

if TYPE_CHECKING:
    import sympy

__all__ = [
    "legendre",
    "legendre_all",
    "legendre_derivative",
    "legendre_sequence",
    "legendre_sympy",
    "recurrence_degree",
]


def legendre_sequence(d: int, largest: int, t: FloatArray) -> Iterator[FloatArray]:
    """Yield P_0(t), ..., P_largest(t) (Bietti & Bach 2021, Appendix A; claim 2).

    Near |t| = 1 the recurrence is run on the differences P_{k+1} - P_k, where t enters as t - 1:
    (k+d-2)(P_{k+1} - P_k) = k (P_k - P_{k-1}) + (2k+d-2)(t-1) P_k. Without it the error at the end
    of the interval grows like k^2. Away from it P_{k+1} may be much smaller than P_k (large d), and
    the plain form is the better one.
    """
    size = np.abs(t)
    # Ones and zeros: multiplying by them is exact, and cheaper than np.where.
    near, far = (size > 0.5).astype(np.float64), (size <= 0.5).astype(np.float64)
    sign, shifted = np.copysign(1.0, t), size - near
    value, step = np.ones_like(t), np.zeros_like(t)
    yield value
    for k in range(largest):
        if k == 0:
            move = shifted  # also for d = 2, where both sides carry a factor k+d-2 = 0
        else:
            move = (k * step + (2.0 * k + d - 2.0) * (shifted * value)) / (k + d - 2.0)
        step, value = near * move - far * value, move + near * value
        yield value if k % 2 else sign * value


def recurrence_degree(name: str, k: SupportsIndex) -> int:
    """Return k as an int from 0 to 10^6, the degrees that a recurrence reaches in seconds."""
    degree = integer(name, k, 0)
    if degree > LARGEST_RECURRENCE:
        raise ValueError(f"{name} must be at most {LARGEST_RECURRENCE} here, got {degree}")
    return degree


@default_errors
def legendre(d: int, k: int, t: ArrayLike) -> Numbers:
    r"""Return the Legendre polynomial P_k(t) of dimension d, with P_k(1) = 1.

    .. math:: P_k = C_k^{(d-2)/2}/C_k^{(d-2)/2}(1), \qquad
        (k+d-2)P_{k+1} = (2k+d-2)\,t\,P_k - k\,P_{k-1}

    ``t`` in [-1, 1], a number or an array (4 ulp outside are taken for rounding); a float or a
    float64 array of its shape is returned. ``k`` is at most 10^6: the recurrence is run. Raises
    TypeError or ValueError for other arguments. Source: Bietti & Bach 2021, Appendix A (claims 1, 2).

    >>> legendre(3, 2, 0.0), legendre(2, 3, [-1.0, 0.5, 1.0]).tolist()
    (-0.5, [-1.0, -1.0, 1.0])
    """
    d, k, t = dimension(d), recurrence_degree("k", k), cosines(t)
    value = t
    for value in legendre_sequence(d, k, t):  # noqa: B007 - the last one is wanted
        pass
    return scalar_or_array(value)


@default_errors
def legendre_all(d: int, kmax: int, t: ArrayLike) -> FloatArray:
    """Return P_0(t), ..., P_kmax(t), an array of shape (kmax+1, *t.shape); see ``legendre``."""
    d, kmax, t = dimension(d), recurrence_degree("kmax", kmax), cosines(t)
    values = np.empty((kmax + 1, *t.shape))
    for k, value in enumerate(legendre_sequence(d, kmax, t)):
        values[k] = value
    return values


@default_errors
def legendre_derivative(d: int, k: int, t: ArrayLike) -> Numbers:
    r"""Return :math:`P_k'(t) = \frac{k(k+d-2)}{d-1}P_{k-1}(t)`, the last in dimension d+2.

    Arguments and errors are those of ``legendre``. Source: DLMF 18.9.19 in the norm P_k(1) = 1.

    >>> legendre_derivative(3, 2, 0.5)
    1.5
    """
    d, k, t = dimension(d), recurrence_degree("k", k), cosines(t)
    if k == 0:
        return scalar_or_array(np.zeros_like(t))
    return k * (k + d - 2) / (d - 1) * legendre(d + 2, k - 1, t)


def legendre_sympy(d: int, k: int, t: sympy.Expr | None = None) -> sympy.Expr:
    """Return P_k(t) as an expanded sympy polynomial with rational coefficients.

    ``t`` is a sympy expression, by default the symbol t; ``k`` is at most 1000.

    >>> legendre_sympy(4, 2)
    4*t**2/3 - 1/3
    """
    import sympy

    d, k = dimension(d), integer("k", k, 0)
    if k > 1000:
        raise ValueError(f"k must be at most 1000 for an explicit polynomial, got {k}")
    before, now = [Fraction(0)], [Fraction(1)]  # coefficients from t^0 up
    for n in range(k):
        if n == 0:
            before, now = now, [Fraction(0), Fraction(1)]
            continue
        moved = [Fraction(0), *((2 * n + d - 2) * c for c in now)]
        for power, c in enumerate(before):
            moved[power] -= n * c
        before, now = now, [c / (n + d - 2) for c in moved]
    symbol = sympy.Symbol("t")
    rationals = [sympy.Rational(c.numerator, c.denominator) for c in reversed(now)]
    polynomial = sympy.Poly(rationals, symbol).as_expr()
    return polynomial if t is None else polynomial.subs(symbol, t)


@functools.cache
def gauss_legendre(n: int) -> tuple[FloatArray, FloatArray]:
    """Return Gauss-Legendre nodes, increasing, and weights on [-1, 1], each rounded from a ball.

    The weights of ``numpy.polynomial.legendre.leggauss`` and ``scipy.special.roots_legendre`` are wrong by
    1e-12 (96 nodes) to 2e-8 (1536 nodes) in relative terms near the ends.
    """
    from flint import arb

    with precision(128):
        pairs = [arb.legendre_p_root(n, i, weight=True) for i in reversed(range(n))]
    return np.array([float(x) for x, _ in pairs]), np.array([float(w) for _, w in pairs])
