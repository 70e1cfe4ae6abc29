"""Matern kernels along a series: the two series of `kernels.matern` at u = 1, the Taylor series elsewhere."""

from __future__ import annotations

import math
from fractions import Fraction

from ..numbers import closed_values
from ..numbers.constants import ONE
from .series import Series, constant


def matern(nu: Fraction, name: str, z: Series) -> Series:
    """M_nu(z) of `kernels.matern` for z = rate (1 - u), called `name`; at z = 0 the powers below z^nu cancel."""
    if not z.start:
        if nu.denominator == 1:
            raise ValueError(f"{name} has a logarithm at u = 1: no expansion is known for an integer nu")
        ratio = closed_values.gamma(-nu) * closed_values.inverse(closed_values.gamma(nu))
        return _entire(z, 1 - nu) + z.power(nu).times(ratio) * _entire(z, 1 + nu)
    start, h = z.start, z.plus(-z.start)
    # W_mu' = -W_{mu-1}, and W_{mu-1} = (W_{mu+1} - mu W_mu)/z.
    inverse = closed_values.inverse(start)
    w, lower = closed_values.bessel(nu, start), closed_values.bessel(abs(nu - 1), start)
    if nu < 1:  # W_{-mu} = z^{-mu} W_mu
        lower = lower * closed_values.power(start, nu - 1)
    constants, mu = [w, lower], nu - 1
    count = max(math.ceil(Fraction(z.order, max(h.v, 1))), 1) + 1
    while len(constants) <= count:
        above, here = constants[-2], constants[-1]
        constants.append((above - here.scaled(mu)) * inverse)
        mu -= 1
    result = constant(z.ring, constants[count].scaled(_taylor(count)), z)
    for j in range(count - 1, -1, -1):
        result = constant(z.ring, constants[j].scaled(_taylor(j)), z) + h * result
    return result.times(closed_values.inverse(closed_values.gamma(nu)).scaled(2))


def _taylor(j: int) -> Fraction:
    return Fraction((-1) ** j, math.factorial(j))


def _entire(z: Series, b: Fraction) -> Series:
    """0F1(; b; z) for a series z that starts with 0."""
    count = max(math.ceil(Fraction(z.order, max(z.v, 1))), 1) + 1
    one = constant(z.ring, ONE, z)
    result = one
    for j in range(count, 0, -1):
        result = one + (z * result).scaled(1 / (j * (b + j - 1)))
    return result
