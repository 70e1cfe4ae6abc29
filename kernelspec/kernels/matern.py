r"""The Matern function :math:`M_\nu(z) = \frac{2^{1-\nu}}{\Gamma(\nu)} s^\nu K_\nu(s)`, s = 2 sqrt(z), and 1 - M_nu.

With the connection formula of K_nu (DLMF 10.27.4, 10.25.2), for nu > 0 that is no integer,

.. math:: M_\nu(z) = {}_0F_1(; 1-\nu; z) + \frac{\Gamma(-\nu)}{\Gamma(\nu)}\, z^\nu\, {}_0F_1(; 1+\nu; z),

two entire functions of z. For nu = p + 1/2 the function is e^{-s} times a polynomial with positive coefficients,

.. math:: M_\nu(z) = e^{-s} \sum_{i=0}^p a_i s^i, \qquad a_i = \frac{2^i}{i!} \prod_{j<i} \frac{p-j}{2p-j},

and because a_i i! does not increase with i, e^{-s} sum a_i s^i = sum_m c_m e^{-s} sum_{i <= m} s^i/i! with c_m = a_m
m! - a_{m+1} (m+1)! >= 0, so that 1 - M_nu is a sum of positive terms: regularised incomplete Gamma functions,

.. math:: 1 - M_\nu = \sum_{m=1}^p c_m\, e^{-s} \sum_{i > m} \frac{s^i}{i!}
   = \sum_{m=1}^p c_m\, e^{-s} \frac{s^{m+1}}{(m+1)!}\, {}_1F_1(1; m+2; s).
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np

from ..numbers.arithmetic import FloatArithmetic, MpmathArithmetic, SeriesArithmetic, SympyArithmetic
from ..numbers.closed_polynomials import half_integer_polynomial
from ..numbers.exact_numbers import Scalar
from ..numbers.precision import mpmath_context
from .points import Point

_HALF = Fraction(1, 2)

_SERIES_DIGITS = 60
_CLOSE = Fraction(1, 10**25)  # an integer nu is read so far beside it, in 60 digits


def half_integer(nu: Fraction) -> bool:
    """Whether nu is a half of an odd integer."""
    return nu.denominator == 2


@functools.cache
def tail_weights(nu: Fraction) -> tuple[Fraction, ...]:
    """c_0, ..., c_p."""
    scaled = [a * math.factorial(i) for i, a in enumerate(half_integer_polynomial(nu))] + [Fraction(0)]
    return tuple(x - y for x, y in zip(scaled, scaled[1:], strict=False))


@functools.cache
def _exponential_tail(nu: Fraction) -> tuple[float, ...]:
    """The coefficients 1/i! - a_i >= 0 of s^i in e^s (1 - M_nu), enough of them for s <= `_least`."""
    a = half_integer_polynomial(nu)
    out = []
    for i in range(len(a) + 45):
        out.append(Fraction(1, math.factorial(i)) - (a[i] if i < len(a) else 0))
    return tuple(float(x) for x in out)


def _least(nu: Fraction) -> float:
    """The s up to which 1 - M_nu is summed by itself in floats; beyond, it is not small."""
    return max(2.0, math.sqrt(nu))


def read_half(nu: Fraction, s: Any, arithmetic: Any) -> tuple[Any, Any]:
    """M_nu and 1 - M_nu for nu = p + 1/2, p >= 1, in any arithmetic."""
    a, number = half_integer_polynomial(nu), arithmetic.number
    if hasattr(arithmetic, "xp"):
        # e^{-s} sum a_i s^i with e^{-s} = h^p shared out among the steps: nothing overflows.
        p = len(a) - 1
        h = arithmetic.exp(-s / p)
        total, power = s * 0 + float(a[p]), h * 0 + 1.0
        for c in reversed(a[:p]):
            power = power * h
            total = total * (s * h) + float(c) * power
        close = abs(s) <= _least(nu)
        inside = arithmetic.select(close, s, s * 0)
        near = arithmetic.exp(-inside) * _horner(_exponential_tail(nu), inside)
        return arithmetic.select(close, 1 - near, total), arithmetic.select(close, near, 1 - total)
    total = number(a[-1])
    for c in reversed(a[:-1]):
        total = total * s + number(c)
    decay = arithmetic.exp(-s)
    value = decay * total
    if arithmetic.closed_form:
        return value, number(Fraction(1)) - value
    defect = number(Fraction(0))
    for m, c in enumerate(tail_weights(nu)):
        if c:
            size = number(c / math.factorial(m + 1)) * s ** (m + 1)
            defect = defect + size * arithmetic.kummer(m + 2, s)
    return value, decay * defect


# -- the two series in floats -----------------------------------------------------------------------


@functools.cache
def _series(nu: Fraction) -> tuple[int, tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    r"""(n, A, S, D): 1 - M_nu = -sum_{1<=j<n} A_j z^j - sum_j z^{n+j} (S_j + D_j phi), n the integer next to nu.

    phi = (z^eps - 1)/eps, eps = nu - n, or log z. The two series of the module have terms A_{n+j} z^{n+j} and
    B_j z^{nu+j} which cancel where eps is small: S_j = A_{n+j} + B_j and D_j = eps B_j keep 60 digits and more.
    """
    n = math.floor(nu + Fraction(1, 2))
    eps = nu - n or _CLOSE
    mp = mpmath_context(_SERIES_DIGITS + len(str(math.floor(1 / abs(eps)))))  # which cancel
    order = mp.mpf((n + eps).numerator) / (n + eps).denominator
    scale = mp.gamma(-order) / mp.gamma(order)

    def even(j: int) -> Any:
        return 1 / (mp.factorial(j) * mp.rf(1 - order, j))

    def odd(j: int) -> Any:
        return scale / (mp.factorial(j) * mp.rf(1 + order, j))

    terms = 40
    plain = tuple(float(even(j)) for j in range(n))
    sums = tuple(float(even(n + j) + odd(j)) for j in range(terms))
    slopes = tuple(float(odd(j) * mp.mpf(eps.numerator) / eps.denominator) for j in range(terms))
    return n, plain, sums, slopes


def _horner(coefficients: tuple[float, ...], z: Any) -> Any:
    total = z * 0 + coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * z + c
    return total


def float_pair(nu: Fraction, z: Any) -> tuple[Any, Any]:
    """M_nu(z) and 1 - M_nu(z) by the series, for an array of small z, real or complex."""
    n, plain, sums, slopes = _series(nu)
    with np.errstate(all="ignore"):
        log = np.log(np.where(z == 0, 1.0, z))
        eps = float(nu - n)
        phi = np.expm1(eps * log) / eps if eps else log
        far = _horner(sums, z) + phi * _horner(slopes, z)
        if n == 0:  # nu < 1/2: the power itself comes first, and nothing cancels in the defect
            scale = slopes[0] / eps
            even = tuple(s - d / eps for s, d in zip(sums, slopes, strict=True))
            rest = _horner((0.0, *even[1:]), z)
            odd = _horner((0.0, *(d / eps for d in slopes[1:])), z)
            defect = -(scale + odd) * np.exp(eps * log) - rest
            return np.where(z == 0, 1.0, far), np.where(z == 0, 0.0, defect)
        near = _horner((0.0, *plain[1:]), z) if n > 1 else z * 0
        defect = np.where(z == 0, 0.0, -(near + z**n * far))
        return 1 - defect, defect


def on_cut(nu: Fraction, z: Any, value: Any, defect: Any) -> tuple[Any, Any]:
    r"""M_nu and 1 - M_nu at complex z, with the imaginary part that is known where z is negative and not small:

    Im M_nu = -+ pi (t/2)^nu J_nu(t)/Gamma(nu) at z +- i0, t = 2 |z|^{1/2}, of any size beside the real part.
    """
    from scipy import special

    cut = (z.imag == 0) & (z.real < 0) & (np.abs(z) > small(nu))
    if not cut.any():
        return value, defect
    order, half = float(nu), np.sqrt(np.abs(z[cut]))
    size = np.exp(order * np.log(half) - special.gammaln(order)) * special.jv(order, 2 * half)
    jump = -math.pi * size * np.copysign(1.0, z[cut].imag)
    value, defect = np.array(value), np.array(defect)
    value[cut], defect[cut] = value[cut].real + 1j * jump, defect[cut].real - 1j * jump
    return value, defect


def _float_value(nu: Fraction, s: Any) -> Any:
    """M_nu by scipy's K_nu, for an array of s that are not small."""
    from scipy import special

    order = float(nu)
    log = (1 - order) * math.log(2) - float(special.gammaln(order))
    with np.errstate(all="ignore"):
        return np.exp(order * np.log(s) + log - s) * special.kve(order, s)


def small(nu: Fraction) -> float:
    """The |z| up to which the two series serve in floats: beyond, 1 - M_nu is not small.

    For 0 < z < 1 scipy's K_nu loses up to 1e-13 of itself, at nu = 1/8 and 5/12 for instance.
    """
    return max(1.0, float(nu) / 4)


# -- every order, in every arithmetic ---------------------------------------------------------------


def read(nu: Fraction, rate: Scalar, slope: Scalar, point: Point) -> tuple[Any, Any]:
    """M_nu and 1 - M_nu at a point, z = rate (1 - u) and s = slope sqrt(1 - u), for nu that is no half-integer."""
    arithmetic = point.arithmetic
    if isinstance(arithmetic, SympyArithmetic):
        return _symbols(nu, arithmetic.number(slope) * point.defect_power(_HALF), arithmetic.sympy)
    if isinstance(arithmetic, SeriesArithmetic):
        return _power_series(nu, rate, point, arithmetic)
    if isinstance(arithmetic, FloatArithmetic):
        return _arrays(nu, arithmetic.number(rate) * point.delta, arithmetic)
    if isinstance(arithmetic, MpmathArithmetic):
        return _mpmath(nu, arithmetic.number(rate) * point.delta, arithmetic.mp)
    return _balls(nu, rate, slope, point)


def _arrays(nu: Fraction, z: Any, arithmetic: FloatArithmetic) -> tuple[Any, Any]:
    if arithmetic.xp is not np:
        raise TypeError(
            "a Matern kernel whose nu is no half-integer needs NumPy arrays: its Bessel functions are scipy's"
        )
    z = np.asarray(z)
    exact = z if z.dtype.kind == "c" else z.astype(np.float64)
    close = np.abs(exact) <= small(nu)
    value, defect = np.empty_like(exact), np.empty_like(exact)
    value[close], defect[close] = float_pair(nu, exact[close])
    value[~close] = _float_value(nu, 2 * np.sqrt(exact[~close]))
    defect[~close] = 1 - value[~close]
    return value.astype(z.dtype), defect.astype(z.dtype)


def _symbols(nu: Fraction, s: Any, sympy: Any) -> tuple[Any, Any]:
    order = sympy.Rational(nu.numerator, nu.denominator)
    if s == 0:
        return sympy.Integer(1), sympy.Integer(0)
    value = 2 ** (1 - order) / sympy.gamma(order) * s**order * sympy.besselk(order, s)
    return value, 1 - value


def _mpmath(nu: Fraction, z: Any, mp: Any) -> tuple[Any, Any]:
    if z == 0:
        return mp.one, mp.zero
    size = float(mp.log(abs(z), 10))
    lost = max(0.0, -size * max(1.0, float(nu))) + abs(float(nu)) * 0.3 + 10
    own = mpmath_context(math.ceil(mp.dps + lost))
    x = own.make_mpc(z._mpc_) if hasattr(z, "_mpc_") else own.make_mpf(z._mpf_)
    order = own.mpf(nu.numerator) / nu.denominator
    s = 2 * own.sqrt(x)
    value = 2 ** (1 - order) / own.gamma(order) * s**order * own.besselk(order, s)
    return mp.convert(value) * 1, mp.convert(1 - value) * 1


def _balls(nu: Fraction, rate: Scalar, slope: Scalar, point: Point) -> tuple[Any, Any]:
    import flint

    arithmetic = point.arithmetic
    z, order = arithmetic.number(rate) * point.delta, arithmetic.number(nu)
    if z == 0:
        return z + 1, z
    real = isinstance(z, flint.arb)
    if real and z.contains(0):  # from 1 at u = 1 it falls as u does
        far = point.delta.upper()
        value, defect = _balls(nu, rate, slope, Point(arithmetic, 1 - far, far, 2 - far))
        return value.union(z * 0 + 1), defect.union(z * 0)
    # At a point off the cut K_nu is read as it stands; what is proved in a region would need its logarithm.
    if nu.denominator == 1 and not real and hasattr(point, "order"):
        raise ValueError(f"matern(nu={nu}) has a logarithm at u = 1: no eigenvalues are certified for an integer nu")
    # Off the end the root of z has a positive real part, and K_nu is read on its principal branch.
    principal = real or not getattr(point, "order", 0)
    if nu.denominator == 1 or principal and abs(z) > 1:
        s = arithmetic.number(slope) * point.defect_power(_HALF)
        value = arithmetic.number(Fraction(2)) ** (1 - order) * order.rgamma() * s**order
        value = value * s.bessel_k(order if real else flint.acb(order))
        return value, 1 - value
    ratio = arithmetic.number(rate) ** order * _gamma_ratio_ball(order)
    one = flint.arb(1) if real else flint.acb(1)
    tail = ratio * point.defect_power(nu) * z.hypgeom_0f1(one * (1 + order))
    even = z / (1 - order) * z.hypgeom([one], [one * 2, one * (2 - order)])
    value = z.hypgeom_0f1(one * (1 - order)) + tail
    return value, -(even + tail)


def _gamma_ratio_ball(order: Any) -> Any:
    return (-order).gamma() / order.gamma()


def _power_series(nu: Fraction, rate: Scalar, point: Point, arithmetic: SeriesArithmetic) -> tuple[Any, Any]:
    r"""M_nu(z_0 + h) = 2/Gamma(nu) sum_j (-h)^j/j! W_{nu-j}(z_0), because W_mu' = -W_{mu-1}.

    W_mu(z) = z^{mu/2} K_mu(2 sqrt z) (DLMF 10.29.4).
    """
    import flint

    series = arithmetic.number(rate) * point.delta
    start = series[0]
    shift = flint.arb_series([0, *series.coeffs()[1:]], arithmetic.length)
    order = arithmetic.number(nu)
    if not start > 0:
        raise ValueError(f"the Taylor series of matern(nu={nu}) is not known where its argument may reach 1")
    s = 2 * start.sqrt()
    coefficients, scale = [], 2 / order.gamma()
    for j in range(arithmetic.length):
        w = start ** ((order - j) / 2) * s.bessel_k(order - j)
        coefficients.append(scale * w)
        scale = -scale / (j + 1)
    value = arithmetic.composed(coefficients, shift)
    return value, 1 - value


# -- exact constants --------------------------------------------------------------------------------


def gamma_ratio(nu: Fraction, other: Fraction) -> Scalar:
    """Gamma(other)/Gamma(nu) as an exact number; neither is an integer <= 0."""
    from ..numbers.closed_values import gamma, inverse
    from ..numbers.exact_numbers import made

    return made(gamma(other) * inverse(gamma(nu)))
