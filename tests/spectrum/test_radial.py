"""Eigenvalues of one layer by radial integrals, of kinks that are far out: against mpmath."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.spectrum import radial
from kernelspec.spectrum.asymptotic import asymptotic, summed

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


def test_beyond_the_integrals_a_part_without_kinks_is_not_known() -> None:
    spectrum = ks.piecewise("exp(-x) - x if x < 0; exp(-x) + x").spectrum(3)  # its odd part is -sinh
    assert spectrum(5000) > 0
    with pytest.warns(RuntimeWarning, match="not known"):
        assert np.isnan(spectrum(5001))


@pytest.mark.parametrize("q", [Fraction(1, 1000), Fraction(3, 100)])
def test_the_expansion_of_a_kink_far_out_is_that_of_the_integrals(q: Fraction, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, k = ks.mlp(2, activation="relu6", weight_variance=q), np.array([4001, 4002])
    found = kernel.spectrum(3).values(k)
    monkeypatch.setattr(radial, "LARGEST", 4002)
    known = kernel.spectrum(3).values(k)
    assert np.all(np.abs(found.log_abs - known.log_abs) <= found.error + known.error + np.spacing(known.log_abs))
    assert np.all(found.error < 1e-10)


def test_coefficients_that_cancel_have_more_bits() -> None:
    kernel = ks.mlp(2, activation="relu6", weight_variance=Fraction(3, 100))
    k = np.array([4999])
    found, known = asymptotic(kernel, 3, k, 8), kernel.spectrum(3).log_abs(4999)
    assert abs(found.log_abs[0] - known) < found.error[0] + 1e-12 < 1e-11
    assert found.sign == 1


@pytest.mark.parametrize("width", [1e-3, 1e-30])
def test_the_radius_of_a_coefficient_is_a_part_of_the_error(width: float) -> None:
    with flint.ctx.workprec(192):
        one = flint.arb(1, width)
        sums = [summed([(Fraction(1, 2), one, one + width / 4)], 3, np.array([k])) for k in (5000, 5001)]
    errors = [found.error[0] for found, _ in sums]
    assert 0.999 * width < errors[0] < 1.01 * width + 1e-13  # 2 width, of 2
    assert 7.99 < errors[1] < 9  # 2 width, of -width/4
    assert [blurred for _, blurred in sums] == [width > 1e-10, True]


def test_proved_digits_of_a_kink_far_out() -> None:
    near, far = (ks.mlp(2, activation="relu6", weight_variance=q).spectrum(3) for q in (Fraction(1, 5), 0.001))
    assert float(abs(near.certified(5, 20)).log()) == pytest.approx(near.log_abs(5), rel=1e-13)
    with pytest.raises(ArithmeticError, match=r"mu_3 of mlp.* is about 2\^-26016.*at most 4096 bits: `log_abs`"):
        far.certified(3, 10)


@pytest.mark.parametrize(("depth", "scale"), [(2, "1e200"), (3, "1e100")])
def test_scales_beyond_the_floats_are_refused_by_name(depth: int, scale: str) -> None:
    with pytest.raises(ValueError, match=r"the steps of .*pieces.* squares leave the floats"):
        ks.mlp(depth, activation=f"0 if x < 0; {scale}*x if x < 1; {scale}")
