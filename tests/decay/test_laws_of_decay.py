"""Laws of decay where two powers or two parities are nearly mistaken for each other."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

import kernelspec as ks
from kernelspec.decay.leading_powers import leading_powers

HALF = Fraction(1, 2)


def test_a_parity_that_decays_faster_has_no_constant_beside_the_slower_exponent() -> None:
    # the odd k by t^{1/2} of the step, the even k by t^{3/2} of the ramp
    found = (ks.arccos(0) + ks.arccos(1)).decay(3)
    assert [law.nu for law in found.parities] == [sympy.Rational(3, 2), sympy.Rational(1, 2)]
    assert (found.nu, found.exponent, found.even) == (sympy.Rational(1, 2), 3, 0)
    assert found.odd == found.parities[1].constant != 0
    assert found.parities[0].constant != 0


def test_a_coefficient_that_is_zero_in_disguise_does_not_lead() -> None:
    """kappa_1 = u kappa_0 + sqrt(1-u^2)/pi, read at rf(4), whose value at u = -1 is a nested number."""
    nothing = ks.arccos(1) - ks.linear() * ks.arccos(0) - ks.sine_power(HALF)
    found = leading_powers((nothing @ ks.rf(4)) + ks.defect_power(Fraction(11, 2)))
    plain = leading_powers(ks.defect_power(Fraction(11, 2)))
    assert (found.odd.kind, found.odd.nu) == ("power", Fraction(11, 2)) == (plain.odd.kind, plain.odd.nu)
    assert (found.odd.coefficient - plain.odd.coefficient).is_zero()


@pytest.mark.parametrize("power", range(4))
def test_a_parity_vanishes_beyond_the_degree_of_its_polynomial_and_no_earlier(power: int) -> None:
    """(1-u^2)^p / pi, alone and times u."""
    kernel = ks.sine_power(power)
    for k, degree in ((kernel, 2 * power), (kernel * ks.linear(), 2 * power + 1)):
        law = k.decay(3).parities[degree % 2]
        assert (law.kind, law.degree) == ("vanishing", degree)
        s = k.spectrum(3)
        assert abs(s[degree]) > 1e-6 and s[degree + 2] == 0
