"""Eigenvalues of one layer by radial integrals, of kinks that are far out: against mpmath."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks

DIGITS = 40


def _legendre(d: int, n: int, t: Any) -> Any:
    before, now = mp.mpf(1), t
    for k in range(1, n):
        before, now = now, ((2 * k + d - 2) * t * now - k * before) / (k + d - 2)
    return now


def _log_of_the_tail(q: Fraction, k: int, d: int) -> Any:
    """log mu_k of relu6 at the variance q, k odd, over kappa(1): the kink at 6 alone, twice by parts."""
    with mp.workdps(DIGITS):
        s = mp.sqrt(mp.mpf(q.numerator) / q.denominator)
        x, half = 6 / s, mp.mpf(d) / 2

        def integrand(t: Any) -> Any:  # R = x + t^2/x
            r = x + t * t / x
            jump = s * r / ((d - 1) * (d + 1)) * (1 - (x / r) ** 2) ** ((mp.mpf(d) + 1) / 2)
            density = 2 * r ** (d - 1) * mp.exp((x - r) * (x + r) / 2) / (2**half * mp.gamma(half))
            return (jump * _legendre(d + 4, k - 2, x / r)) ** 2 * density * 2 * t / x

        total = mp.quad(integrand, mp.linspace(0, 12, 13), method="gauss-legendre")
        constant = mp.gamma(half) / (mp.sqrt(mp.pi) * mp.gamma(half - mp.mpf(1) / 2))
        one = s**2 * (mp.mpf(1) / 2 - mp.ncdf(-x) - x * mp.npdf(x)) + 36 * mp.ncdf(-x)
        return mp.log(total * constant**2 / one) - x * x / 2


@pytest.mark.parametrize("q", [Fraction(1, 1000), Fraction(1, 25), Fraction(2, 5)])
@pytest.mark.parametrize("d", [2, 3, 10])
def test_what_is_left_of_a_kink_far_out(q: Fraction, d: int) -> None:
    spectrum, k = ks.mlp(2, activation="relu6", weight_variance=q).spectrum(d), np.array([3, 5, 51])
    found, error = spectrum.log_abs(k), spectrum.error(k)
    for degree, log, doubt in zip(k, found, error, strict=True):
        known = _log_of_the_tail(q, int(degree), d)
        assert abs(log - known) < doubt + np.spacing(abs(log))
        assert doubt < 1e-11  # the logarithm rounds at e^{-18025}
    small = float(found[0]) < -745
    assert spectrum(3) == pytest.approx(0.0 if small else np.exp(found[0]), rel=1e-12, abs=0.0)


@pytest.mark.parametrize(("d", "k"), [(50, 20), (50, 21), (60, 24)])
def test_series_that_fall_too_slowly_are_left(d: int, k: int) -> None:
    """Their coefficients may fall more slowly than what they are multiplied by tells."""
    s = ks.mlp(2, activation="elu", tangent=True).spectrum(d)
    assert s(k) == pytest.approx(float(s.certified(k, 20)), rel=s.error(k), abs=0)
    assert s.error(k) < 1e-12
    assert s(k) == s[[0, k, 2 * k]][1]
