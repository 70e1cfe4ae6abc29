r"""Factors of the eigenvalues of two layers: kappa_2 as a series, and mu_k of powers and exponentials of kappa_1.

With t_u = x_u.x_u', kappa_1 = sum_k mu_k N(d,k) P_k, and kappa_2(u) = sum_r b_r u^r, b_r >= 0, the multinomial theorem
gives the eigenvalue of Y_{k_1} x ... x Y_{k_m} under kappa_2((1/m) sum_u kappa_1(t_u)):

.. math:: \sum_r b_r m^{-r} \sum_{|a| = r} \frac{r!}{a!} \prod_u \mu_{k_u}(\kappa_1^{a_u})
          = \sum_r b_r \frac{r!}{m^r} [z^r] \prod_u g_{k_u}(z), \qquad g_k(z) = \sum_a \mu_k(\kappa_1^a) \frac{z^a}{a!}

because the variables t_u are independent and each factor kappa_1^a has its Funk-Hecke eigenvalue (derived here). For
e^{alpha (u-1)} the sum over r is the product e^{-alpha} prod_u mu_{k_u}(e^{alpha kappa_1/m}) (L17).

All factors are >= 0, so that no digit is lost: floats carry a bound of their relative error. They come from certified
balls. Their order: if no Taylor coefficient of kappa is negative, mu_{k+2} <= mu_k, because mu_k is the sum of
b_m mu_k(u^m), and mu_{k+2}(u^m)/mu_k(u^m) = (m - k)/(m + k + d) <= 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ...kernels.expression import add
from ...kernels.zonal import Zonal
from ...numbers.checks import FloatArray
from ...numbers.exact_numbers import Scalar, ball
from ...numbers.outward import upper_float
from ...numbers.precision import precision, with_balls

if TYPE_CHECKING:
    import flint

LONGEST_SERIES = 128  # terms of kappa_2
_DIGITS = 20
_BITS = 128


@dataclass(frozen=True)
class Part:
    """One summand of kappa_2: e^{alpha (u-1)} or a power series, as weights of the coefficients of a product.

    Parameters
    ----------
    weights : w_r, so that the eigenvalue is sum_r w_r [z^r] prod_u g_{k_u}(z); shape (R + 1,).
    table : the coefficients of g_k, shape (degrees, R + 1).
    zeros : the coefficients of g_0^j for j = 0, ..., m, shape (m + 1, R + 1).
    kernels : mu_k of these are the columns of the table, times `scales`.
    missing : a bound of what a series that is cut off misses of kappa_2(1).
    """

    weights: FloatArray
    table: FloatArray
    zeros: FloatArray
    kernels: tuple[Zonal, ...]
    scales: tuple[float, ...]
    missing: float = 0.0

    def with_degrees(self, d: int, degrees: int) -> Part:
        """The same part with a table of so many degrees."""
        known = len(self.table)
        if degrees <= known:
            return self
        more = _columns(self.kernels, self.scales, d, known, degrees)
        return Part(
            self.weights, np.concatenate([self.table, more]), self.zeros, self.kernels, self.scales, self.missing
        )


def power_series(kernel: Zonal, name: str = "kernel") -> Zonal:
    """The kernel, where no Taylor coefficient is negative; ValueError otherwise."""
    if kernel.truncation:
        raise ValueError(f"{name} must be known whole, not as a series that was cut off; got {kernel!r}")
    if kernel.series_sign != 1 or not math.isfinite(kernel.at_one):
        raise ValueError(
            f"{name} must be a kernel on every sphere, a power series of u without negative coefficients that is "
            f"finite at u = 1; that is not known of {kernel!r}"
        )
    return kernel


@with_balls
def parts_of(first: Zonal, second: Zonal, d: int, patches: int, factor: Scalar, terms: int) -> list[Part]:
    """The parts of factor * second((1/patches) sum_u first(t_u)), first(1) = 1; series have powers below `terms`."""
    rest: list[tuple[Scalar, Zonal]] = []
    found = []
    for c, kernel in second.as_sum:
        rate = kernel.exponential_rate
        if rate is None or kernel.rational_one != 1:
            rest.append((c, kernel))
        else:
            found.append(_exponential(first, rate, d, patches, c * factor))
    if rest:
        found.append(_series(first, add(rest), d, patches, factor, terms))
    return found


def _exponential(first: Zonal, rate: Scalar, d: int, patches: int, factor: Scalar) -> Part:
    from ...kernels.families import Exponential

    inner = Exponential(rate / patches) @ first  # e^{(rate/m)(kappa_1 - 1)}: the product of m has e^{-rate} within
    table = _columns((inner,), (1.0,), d, 0, 8)
    with precision(_BITS):
        zeros = _powers([inner.spectrum(d).certified(0, _DIGITS)], patches)
        weights = np.array([float(ball(factor).mid())])
    return Part(weights, table, zeros, (inner,), (1.0,))


def _series(first: Zonal, second: Zonal, d: int, patches: int, factor: Scalar, terms: int) -> Part:
    import flint

    pieces = [second.polynomial_part(parity) for parity in (0, 1)]
    with precision(_BITS):
        if pieces[0] is not None and pieces[1] is not None:
            exact = pieces[0] | pieces[1]
            count = max(exact, default=0) + 1
            if count > LONGEST_SERIES:
                raise ValueError(f"kernel must be of degree {LONGEST_SERIES - 1} at most, got {count - 1}")
            coefficients = [ball(exact.get(r, Fraction(0))) for r in range(count)]
            missing = flint.arb(0)
        else:
            coefficients = [flint.arb(b) for b in second.taylor(terms, 30)]
            missing = flint.arb(second(flint.arb(1))) - sum(coefficients, flint.arb(0))
        top = len(coefficients) - 1
        # g_k(z) is read at z = m y, so that neither r! nor m^r leaves the range of floats.
        weights = [
            ball(factor) * b * flint.arb.fac_ui(r) / flint.arb(top or 1) ** r for r, b in enumerate(coefficients)
        ]
        scales = [flint.arb(top or 1) ** a / (flint.arb(patches) ** a * flint.arb.fac_ui(a)) for a in range(top + 1)]
        kernels = tuple(first**a for a in range(top + 1))
        zero = [k.spectrum(d).certified(0, _DIGITS) * scale for k, scale in zip(kernels, scales, strict=True)]
        zeros = _powers(zero, patches)
        lost = upper_float(ball(factor) * missing)
        floats = tuple(float(x.mid()) for x in scales)
        w = np.array([float(x.mid()) for x in weights])
    return Part(w, _columns(kernels, floats, d, 0, 8), zeros, kernels, floats, max(lost, 0.0))


def _columns(kernels: tuple[Zonal, ...], scales: tuple[float, ...], d: int, start: int, stop: int) -> FloatArray:
    """mu_k of the kernels, k = start, ..., stop - 1, each times its scale; shape (degrees, kernels)."""
    out = np.zeros((stop - start, len(kernels)))
    for a, (kernel, scale) in enumerate(zip(kernels, scales, strict=True)):
        balls = kernel.spectrum(d).certified(slice(start, stop), _DIGITS)
        out[:, a] = [float(mu.mid()) * scale for mu in balls]
    return out


def _powers(series: list[flint.arb], most: int) -> FloatArray:
    """The coefficients of series^j, j = 0, ..., most, cut off after as many as the series has."""
    import flint

    length = len(series)
    base = flint.arb_poly(series)
    out = np.zeros((most + 1, length))
    power = flint.arb_poly([1])
    for j in range(most + 1):
        entries = [power[i] for i in range(length)]
        out[j] = [float(x.mid()) for x in entries]
        power = flint.arb_poly(entries) * base
    return out
