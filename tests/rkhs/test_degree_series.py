"""Expansions in 1/x with remainders: every statement is held against the ball of what it states, at many x."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kernelspec.numbers.exact_numbers import ball
from kernelspec.numbers.precision import precision
from kernelspec.rkhs.degree_series import DegreeSeries, ShortSeriesError, gamma_ratio, multiplicities
from kernelspec.rkhs.tail_sums import alternating_tail, power_tail
from kernelspec.sphere import legendre_all, multiplicity

HALF = Fraction(1, 2)


def true_ratio(s: Any, x: Any) -> Any:
    return ball(x) ** ball(2 * s) * ball(x + HALF - s).gamma() / ball(x + HALF + s).gamma()


@settings(max_examples=40, deadline=None)
@given(s=st.fractions(-2, 20, max_denominator=8), n=st.integers(2, 14), more=st.fractions(0, 500, max_denominator=4))
def test_gamma_ratio(s: Any, n: Any, more: Any) -> None:
    with precision(400):
        like = Fraction(2), n, Fraction(60)
        found = gamma_ratio(s, like)
        x = 60 + more
        error = found.at(x) - true_ratio(s, x)
        assert error.contains(0)


def test_the_remainder_is_near_the_error_that_it_bounds() -> None:
    with precision(400):
        for s in (Fraction(5, 2), Fraction(13, 4), Fraction(6)):
            for n in (3, 6, 10):
                found, x = gamma_ratio(s, (Fraction(2), n, Fraction(80))), Fraction(80)
                bare = DegreeSeries(found.power, found.step, found.coefficients, ball(0), found.start)
                size = found.remainder / ball(x) ** (2 * n)
                error = abs(bare.at(x) - true_ratio(s, x))
                assert error <= size < 5 * error  # 2.7 was seen


@pytest.mark.parametrize("n", [2, 3, 4, 6])
@pytest.mark.parametrize("s", [Fraction(0), Fraction(1, 8), Fraction(1, 3), Fraction(3, 4), Fraction(1)])
def test_small_exponents(s: Fraction, n: int) -> None:
    """Here the remainder is that of Stirling's series."""
    with precision(500):
        for start in (3, 5, 40):
            found = gamma_ratio(s, (Fraction(2), n, Fraction(start)))
            assert (found.at(Fraction(start)) - true_ratio(s, Fraction(start))).contains(0)


def test_an_early_start_is_refused() -> None:
    with precision(200), pytest.raises(ShortSeriesError):
        gamma_ratio(Fraction(20), (Fraction(2), 5, Fraction(30)))


@pytest.mark.parametrize("d", [2, 3, 4, 7, 50])
def test_multiplicities(d: Any) -> None:
    with precision(300):
        like = Fraction(2), 30, Fraction(200) + Fraction(d, 2) - 1
        found = multiplicities(d, like)
        for k in (200, 201, 1000):
            assert found.at(k + Fraction(d, 2) - 1).contains(multiplicity(d, k))
            assert found.at(k + Fraction(d, 2) - 1).rel_accuracy_bits() > 100


@settings(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.generate))  # shrinking balls takes a minute
@given(data=st.data())
def test_sums_products_and_reciprocals_enclose(data: Any) -> None:
    fractions = st.fractions(-4, 4, max_denominator=9)
    with precision(200):

        def drawn() -> Any:
            first = data.draw(st.fractions(1, 4, max_denominator=9))
            rest = data.draw(st.lists(fractions, min_size=4, max_size=4))
            power = Fraction(data.draw(st.integers(0, 3)))
            size = data.draw(st.fractions(0, 3, max_denominator=5))
            off = data.draw(st.fractions(-1, 1, max_denominator=7)) * size
            coefficients = [first, *rest]
            series = DegreeSeries(power, Fraction(1), tuple(map(ball, coefficients)), ball(size), Fraction(40))

            def value(x: Any) -> Any:
                total = sum((ball(a) / ball(x) ** j for j, a in enumerate(coefficients)), ball(0))
                return (total + ball(off) / ball(x) ** 5) / ball(x) ** int(power)

            return series, value

        (a, f), (b, g) = drawn(), drawn()
        for x in (Fraction(40), Fraction(107, 2), Fraction(4000)):
            for series, value in ((a + b, f(x) + g(x)), (a * b, f(x) * g(x)), (a.reciprocal(), 1 / f(x))):
                assert series.at(x).overlaps(value)
                assert abs(series.at(x) - value) < ball(10) ** 4 * ball(x) ** ball(-series.order)


def test_a_sum_over_degrees() -> None:
    with precision(200):
        like = Fraction(2), 12, Fraction(100)
        s = Fraction(7, 4)
        series = gamma_ratio(s, like).raised(2 * s)
        # sum over all x of one class telescopes: G(x) - G(x+1) with one more power
        total = sum((series.sum(Fraction(100 + r), 4) for r in range(4)), ball(0))
        exact = ball(100 + HALF - s).gamma() / ball(100 - HALF + s).gamma() / ball(2 * s - 1)
        assert (total - exact).contains(0) and total.rel_accuracy_bits() > 80


CASES = [(2, HALF), (3, Fraction(3, 4)), (4, Fraction(5, 2)), (3, Fraction(2)), (5, Fraction(1)), (2, Fraction(3))]
MANY = 20_000


def summed(d: Any, first: Any, start: Any, step: Any, ratio: Any, c: Any) -> Any:
    """The terms N y P_k(c), with y by its first value and the ratio of successive ones, added up; and the last."""
    legendre = legendre_all(d, MANY, c)
    value, total, term = first, 0.0, 0.0
    for k in range(start, MANY, step):
        term = value * many(d, k)
        total += term * legendre[k]
        value *= ratio(k)
    return total, abs(term)


def many(d: Any, k: Any) -> Any:
    return 2.0 if d == 2 else (2 * k + d - 2) / (d - 2) * math.prod((k + i) / i for i in range(1, d - 2))


@pytest.mark.parametrize(("d", "nu"), CASES)
@pytest.mark.parametrize("c", [0.6, -0.8, 0.0])
def test_tails_of_powers(d: Any, nu: Any, c: Any) -> None:
    """Against 20000 terms: what is left is of the order of the last one, by summation by parts."""
    start, x = 40, float(nu)
    first = math.exp(math.lgamma(start - x) - math.lgamma(start + x + d - 1))
    total, rest = summed(d, first, start, 1, lambda k: (k - x) / (k + x + d - 1), c)
    with precision(128):
        found = power_tail(d, nu, ball(Fraction(str(c))), start)
    scale = first * many(d, start)
    assert abs(float(found) - total) < 4 * rest + 1e-12 * scale  # lgamma leaves 1e-13
    assert rest < 1e-3 * scale and found.rel_accuracy_bits() > 60


@pytest.mark.parametrize(("d", "s"), [(2, HALF), (3, Fraction(2)), (4, Fraction(3)), (5, 5 * HALF), (3, Fraction(1))])
@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize("c", [0.6, -0.8])
def test_alternating_tails(d: Any, s: Any, parity: Any, c: Any) -> None:
    start, x = 30 + parity, float(s)
    first = math.exp(math.lgamma((start - x) / 2) - math.lgamma((start + x + d) / 2)) * (-1) ** (start // 2)
    total, rest = summed(d, first, start, 2, lambda k: -(k - x) / (k + x + d), c)
    with precision(128):
        found = alternating_tail(d, s, parity, ball(Fraction(str(c))), start)
    scale = abs(first) * many(d, start)
    assert abs(float(found) - total) < 4 * rest + 1e-12 * scale
    assert found.rel_accuracy_bits() > 60
