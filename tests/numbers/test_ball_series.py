"""Roots and arcsines of sparse series, on which FLINT's own end the process."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.numbers import ball_series
from kernelspec.numbers.precision import precision

HALF = Fraction(1, 2)


@pytest.mark.parametrize(("length", "first"), [(12, 1), (12, 7), (144, 72), (300, 76), (1000, 300)])
@pytest.mark.parametrize("q", [HALF, -HALF, Fraction(41, 2), Fraction(-1, 3), Fraction(-2)])
def test_powers(length: int, first: int, q: Fraction) -> None:
    with precision(192):
        series = flint.arb_series([1] + [0] * (first - 1) + [flint.arb("0.3")] * 3, length)
        root = ball_series.power(series, q)
        # r^b = s^a for q = a/b.
        left, right = root**q.denominator, ball_series.power(series, Fraction(q.numerator))
        for j in range(length):
            assert left[j].overlaps(right[j])
            assert left[j].rad() < 1e-40


@pytest.mark.parametrize("q", [HALF, -HALF, Fraction(-2), Fraction(3)])
def test_constants(q: Fraction) -> None:
    assert ball_series.power(flint.arb(4), q).overlaps(flint.arb(4.0 ** float(q)))
    kernel = 0.5 * (ks.sine_power(-HALF) @ (HALF * ks.linear())) * ks.arccos(0)
    assert kernel.taylor(3)[0] > 0


@pytest.mark.parametrize(("length", "first"), [(12, 1), (144, 72), (400, 101)])
def test_arcsines(length: int, first: int) -> None:
    with precision(192):
        series = flint.arb_series([flint.arb("0.2")] + [0] * (first - 1) + [flint.arb("0.3")], length)
        sine = ball_series.asin(series).sin()
        for j in range(length):
            assert sine[j].overlaps(series[j])
            assert sine[j].rad() < 1e-40


@pytest.mark.parametrize("name", ["arccos(0)", "arccos(1)", "dual('erf')", "laplace()"])
def test_sparse_compositions(name: str) -> None:
    inner = ks.polynomial(200)
    outer = ks.parse(name)
    found, plain = (outer @ inner).taylor(1000), outer.taylor(5)
    for j in range(1000):
        assert found[j].overlaps(plain[j // 200] if j % 200 == 0 else flint.arb(0))


def test_high_degrees_are_expanded() -> None:
    # 1 + O(t^41) under a root: the whole process ended.
    s = ks.rf(3, degree=20).spectrum(5)
    log = s.log_abs(10**6)
    assert log == pytest.approx(float(abs(s.certified(10**6, 15)).log()), abs=1e-9)


def test_high_degrees_in_arrays() -> None:
    # Interpolated where the reading of jumps has digits only; in between nothing passes for a value.
    s = ks.parse("polynomial(15)*defect_power(12.75)").spectrum(2)
    for centre in (3914403, 10735961, 62778519, 197245916):
        k = np.arange(centre - 70, centre + 70)
        exact = float(abs(s.certified(centre, 15)).log())
        assert s.log_abs(k)[70] == pytest.approx(exact, abs=1e-11)
        assert s.log_abs(centre) == pytest.approx(exact, abs=1e-11)
