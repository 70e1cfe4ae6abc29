"""Normal tails far out as exact numbers: e^{q^2/2} (1 - Phi(q)) against mpmath's erfc, and in every form."""

from __future__ import annotations

from fractions import Fraction

import mpmath as mp
import pytest

import kernelspec as ks
from kernelspec.expansions.kinks import mills, moment, normal
from kernelspec.numbers.constants import Number, rational
from kernelspec.numbers.exact_numbers import made
from kernelspec.numbers.exact_text import number_data, number_of
from kernelspec.numbers.number_text import formula

FAR = [Fraction(81, 10), Fraction(40), Fraction(12345, 7), Fraction(10) ** 30]


def near(x: Number, expected: mp.mpf) -> bool:
    """Whether a number has at least 30 of mpmath's digits."""
    found = x.accurate(40)
    return found.rel_accuracy_bits() > 130 and abs(mp.mpf(found.str(40, radius=False)) / expected - 1) < 1e-30


def ratio(q: Fraction) -> mp.mpf:
    """e^{q^2/2} (1 - Phi(q)) = (2 pi)^{-1/2} times the integral of e^{-t^2/2 - qt} over t > 0, by Gauss-Laguerre."""
    x = mp.mpf(q.numerator) / q.denominator
    return mp.quad(lambda s: mp.exp(-((s / x) ** 2) / 2 - s), [0, 2, 8, 30, 100, 400]) / x / mp.sqrt(2 * mp.pi)


@pytest.mark.parametrize("q", FAR)
def test_far_tails_are_those_of_quadrature(q: Fraction) -> None:
    with mp.workdps(50):
        assert near(mills(q), ratio(q))
        assert (normal(q) + normal(-q)) == rational(1)
    assert normal(q).sign() == normal(-q).sign() == (rational(1) - normal(q)).sign() == 1


@pytest.mark.parametrize("q", [Fraction(3), Fraction(8), Fraction(81, 10)])
def test_both_forms_are_one_function(q: Fraction) -> None:
    """Phi - 1/2 up to 8, Mills' ratio beyond."""
    with mp.workdps(50):
        x = mp.mpf(q.numerator) / q.denominator
        assert near(normal(q), mp.ncdf(x)) and near(normal(-q), mp.erfc(x / mp.sqrt(2)) / 2)
        assert near(mills(q), ratio(q))


def test_two_ways_to_many_bits_are_one_function_and_keep_them() -> None:
    """The asymptotic series of U up to q^2/2 bits, erfc beyond: its error next to q^2/2 bits is as small as theirs."""
    few, many = (mills(Fraction(320)).ball(bits) for bits in (50_000, 52_000))
    assert few.rel_accuracy_bits() > 49_980 and many.rel_accuracy_bits() > 51_990
    assert few.overlaps(many)


@pytest.mark.parametrize("q", [FAR[0], Fraction(30)])
def test_far_tails_in_every_form(q: Fraction) -> None:
    x = mills(q)
    assert number_of(number_data(x)) == x
    assert formula(x) == f"mills({q})"
    assert ks.parse(f"{formula(normal(q))}*linear()").rational_one == made(normal(q))
    assert ks.parse(f"{formula(x)}*linear()").rational_one == made(x)
    with mp.workdps(50):
        assert abs(mp.mpf(str(x.sympy().evalf(40))) / ratio(q) - 1) < mp.mpf(10) ** -35


def test_mills_ratio_is_refused_for_what_has_none() -> None:
    for text in ("mills(0)*linear()", "mills(-9)*linear()", "mills(-pi)*linear()"):
        with pytest.raises(ValueError, match=r"mills\(q\) needs q > 0"):
            ks.parse(text)


def test_moments_of_steep_exponentials() -> None:
    """E[x^m e^{beta x}; x < 0], whose e^{beta^2/2} and normal tail cancel by 1e8 bits."""
    beta = Fraction(12345)
    with mp.workdps(60):
        for m in (0, 1, 3):
            expected = mp.quad(
                lambda s, m=m: (-s / 12345) ** m * mp.exp(-s - (s / 12345) ** 2 / 2), [0, 2, 8, 30, 100, 400]
            ) / (12345 * mp.sqrt(2 * mp.pi))
            assert near(moment(m, beta, None, Fraction(0)), expected)
