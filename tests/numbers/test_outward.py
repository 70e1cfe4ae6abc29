"""Floats rounded outward: the nearest one on the right side, and never one on the wrong side."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from kernelspec.numbers.outward import lower_float, raised, rational, upper_float
from kernelspec.numbers.precision import precision

RATIONALS = st.fractions(max_denominator=10**40).filter(lambda q: abs(q) < 10**300)


@given(q=RATIONALS)
def test_rationals_lie_between_neighbours(q: Fraction) -> None:
    low, high = lower_float(q), upper_float(q)
    assert Fraction(low) <= q <= Fraction(high)
    assert high in (low, math.nextafter(low, math.inf))
    assert (low == high) == (Fraction(float(q)) == q)


@given(q=RATIONALS, radius=st.integers(0, 40))
def test_balls_lie_between_their_ends(q: Fraction, radius: int) -> None:
    with precision(90):
        ball = arb(fmpq(q.numerator, q.denominator)) + arb(0, 2.0**-radius)
        for low, high, end in (
            (lower_float(ball), math.nextafter(lower_float(ball), math.inf), ball.lower()),
            (-upper_float(ball), math.nextafter(-upper_float(ball), math.inf), -ball.upper()),
        ):
            assert Fraction(low) <= rational(end) < Fraction(high)


def test_beyond_the_floats() -> None:
    huge, tiny = arb("1e400"), arb("1e-400")
    assert lower_float(huge) == sys.float_info.max and upper_float(huge) == math.inf
    assert lower_float(-huge) == -math.inf and upper_float(-huge) == -sys.float_info.max
    assert lower_float(tiny) == 0.0 and upper_float(tiny) == 5e-324
    assert lower_float(-tiny) == -5e-324 and upper_float(-tiny) == 0.0
    everything = arb("0 +/- inf")
    assert lower_float(everything) == -math.inf and upper_float(everything) == math.inf


@pytest.mark.parametrize("operations", [1, 2, 3, 10, 1000])
def test_sums_that_are_rounded_down_each_time_are_covered(operations: int) -> None:
    """1 + 2^-53 rounds to 1 (to even), as often as it is added; and little more than that is covered."""
    value, truth = 1.0, Fraction(1)
    for _ in range(operations):
        value, truth = value + 2.0**-53, truth + Fraction(1, 2**53)
    assert value == 1.0
    assert truth <= Fraction(raised(value, operations)) <= 1 + (operations + 1) * Fraction(1, 2**51)


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=40))
def test_sums_of_products_and_roots_are_covered(numbers: list[float]) -> None:
    total, truth = 0.0, Fraction(0)
    for x in numbers:
        total, truth = total + x * x, truth + Fraction(x) ** 2
    bound = raised(total, 2 * len(numbers))
    assert truth <= Fraction(bound)
    assert truth <= Fraction(raised(float(np.sqrt(total)), 2 * len(numbers) + 1)) ** 2
    assert raised(0.0, 9) == 0 and raised(math.inf, 9) == math.inf
