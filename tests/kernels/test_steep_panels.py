"""Panels of steep exponential pieces, against the integral over one variable in mpmath and against models."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec.kernels.activations import Activation, monic, read, stretched
from kernelspec.kernels.named_activations import NAMED
from kernelspec.kernels.piecewise_balls import PiecewiseModels, ball_pair
from kernelspec.kernels.piecewise_mpmath import mpmath_pair
from kernelspec.kernels.points import Point
from kernelspec.kernels.steep_panels import Beside, steep_panels
from kernelspec.numbers.arithmetic import MpmathArithmetic
from kernelspec.numbers.precision import mpmath_context, precision

BITS = 96
_PEAK = "exp(x) if x < 0; 2*exp(-2*x)"
_RAMP = "exp(x/2) if x < -1; 1 if x < 1/3; exp(-3*x)"


def made(text: str, s: int) -> Activation:
    return monic(stretched(NAMED.get(text) or read(text), Fraction(s)))[0]


def pair_at(f: Activation, theta: Fraction, end: int) -> Any:
    """From panels, at the angle theta to u = end."""
    beside = Beside(steep_panels(f, BITS), end)
    with precision(4 * BITS):
        return beside.pair(beside.change(flint.arb(flint.fmpq(theta.numerator, theta.denominator))), Fraction(1))


@pytest.mark.parametrize(("text", "s"), [("elu", 1), ("elu", 83), ("selu", 1000), (_PEAK, 20)])
@pytest.mark.parametrize("theta", [Fraction(1, 4096), Fraction(1, 9), Fraction(3, 2)])
@pytest.mark.parametrize("end", [1, -1])
def test_values_are_those_of_the_integral_over_one_variable(text: str, s: int, theta: Fraction, end: int) -> None:
    f, mp = made(text, s), mpmath_context(40)
    point = Point.from_angle(MpmathArithmetic(mp), mp.mpf(theta.numerator) / theta.denominator)
    known = mpmath_pair(f, point if end == 1 else point.mirror, mp)
    least = 2.0**-BITS * known.one
    found = [mp.mpf(x.mid().str(60, radius=False)) for x in pair_at(f, theta, end)]
    for x, number in zip(found, known, strict=True):
        assert abs(x - number) < least
    if end == 1:  # what comes to 0 has an error in proportion to the angle
        assert abs(found[1] - known.defect) < least * min(1, float(theta))


@settings(max_examples=5, deadline=None)
@given(
    st.sampled_from(["hardtanh", "relu6", "-1 if x < -1; 1/2 if x < 1/2; 2*x", "exp(x) if x < 0; x - 1", _RAMP]),
    st.sampled_from([Fraction(1, 64), Fraction(4, 5), Fraction(3, 2)]),
    st.sampled_from([1, -1]),
)
def test_values_are_in_the_balls_of_models(text: str, theta: Fraction, end: int) -> None:
    f = made(text, 1)
    found = pair_at(f, theta, end)
    with precision(4 * BITS):
        point = Point.from_angle(PiecewiseModels(4 * BITS), flint.arb(flint.fmpq(theta.numerator, theta.denominator)))
        known = ball_pair(f, point if end == 1 else point.mirror)
    for x, y in zip(found, known, strict=True):
        assert abs(x - y).mid() < 2.0**-BITS * known.one
