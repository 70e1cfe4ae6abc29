"""Gauss's rule for sums over equidistant points, against the sums themselves in fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec.numbers.gauss_sums import gauss_sum
from kernelspec.numbers.precision import precision, with_balls


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 20), st.integers(1, 60), st.data())
def test_exact_for_polynomials_of_degree_2n_minus_1(nodes: int, more: int, data: st.DataObject) -> None:
    from flint import arb

    count, power = nodes + more + 1, data.draw(st.integers(0, 2 * nodes - 1))
    with precision(192):
        places, weights = gauss_sum(count, nodes)
        exact = sum(Fraction(2 * i - count + 1, count - 1) ** power for i in range(count))
        found = sum((w * math.prod([y] * power) for y, w in zip(places, weights, strict=True)), arb(0))
        assert found.contains(arb(exact.numerator) / exact.denominator)
        assert found.rad() < 1e-36 * count  # of 192 bits, 24 stand for the radius of a node, some 30 for the weights
        assert all(w > 0 for w in weights) and all(-1 <= y.mid() <= 1 for y in places)


def test_not_exact_for_the_next_power() -> None:
    with precision(192):
        places, weights = gauss_sum(9, 3)
        exact = sum(Fraction(2 * i - 8, 8) ** 6 for i in range(9))
        assert (
            abs(float(sum(w * math.prod([y] * 6) for y, w in zip(places, weights, strict=True))) - float(exact)) > 1e-3
        )


@pytest.mark.parametrize("nodes", [1, 2, 5, 20])
def test_tends_to_the_rule_of_gauss_and_legendre(nodes: int) -> None:
    from flint import arb

    with precision(192):
        places, weights = gauss_sum(10**30, nodes)
        for i, (y, w) in enumerate(zip(places, weights, strict=True)):
            place, weight = arb.legendre_p_root(nodes, nodes - 1 - i, weight=True)
            assert abs(y - place) < 1e-28 and abs(2 * w / arb(10) ** 30 - weight) < 1e-27


def test_sums_over_10_to_the_9_points() -> None:
    """sum i^2 over 10^9 points by 3 nodes."""
    count = 10**9

    @with_balls
    def squares() -> float:
        with precision(192):
            places, weights = gauss_sum(count, 3)
            half = (count - 1) / Fraction(2)
            terms = (w * ((y + 1) * int(half * 2) / 2) ** 2 for y, w in zip(places, weights, strict=True))
            return float(sum(terms))

    exact = (count - 1) * count * (2 * count - 1) // 6
    assert squares() == pytest.approx(exact, rel=1e-15)
