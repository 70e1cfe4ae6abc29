"""Exact expansions at both ends, and their enclosures to high order."""

from __future__ import annotations

import itertools
import math
import pickle
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest
import sympy
from expressions import exact_atoms, exact_cosines, exact_kernels, untyped
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal, expansions
from kernelspec.expansions.kinks import kink_rule
from kernelspec.expansions.puiseux import from_series
from kernelspec.expansions.rings import ExactRing
from kernelspec.expansions.series import Series
from kernelspec.expansions.series_point import Lazy, along
from kernelspec.kernels.networks import NeuralTangent
from kernelspec.kernels.points import Point
from kernelspec.numbers.closed_values import arc_cosine, e_power, exponential, from_value, pi_power, power
from kernelspec.numbers.constants import Number, rational
from kernelspec.numbers.precision import precision

HALF = Fraction(1, 2)
SQRT2, PI = sympy.sqrt(2), sympy.pi
ENDS = st.sampled_from([1, -1])
# A drawn kernel may stack roots: beyond this, one step of t^{1/q} in a thousand digits is too many digits.
FINEST = 48


def few_roots(kernel: Zonal, at: int) -> int:
    """The ramification, where it is small enough for an experiment."""
    q = expansions.ramification(kernel, at)
    assume(q <= FINEST)
    return q


def same(a: expansions.Puiseux, b: expansions.Puiseux) -> bool:
    """Whether the two agree as far as both are known."""
    return not (a - b).entries


# -- against the kernel itself ---------------------------------------------------------------------


def check_against_values(kernel: Zonal, at: int, terms: int) -> None:
    """The sum of `terms` terms misses the kernel, in balls at a tiny t, by the next term, within those after it.

    t = 2^{-12 q}, so that one more power of t^{1/q} is 1/4096. Twice the sum of the five terms after the next bounds
    all that follow as long as coefficients grow by less than 2000 from one to the next.
    """
    series = kernel.expand(at=at, terms=terms + 6)
    if len(series.entries) < terms + 6:
        return
    q = expansions.ramification(kernel, at)
    bits = math.ceil(12 * q * max(series.exponents[-1], 1)) + 400
    with precision(bits):
        t = flint.arb(2) ** (-12 * q)
        u = 1 - t if at == 1 else t - 1
        values = [c.ball(bits) * t ** flint.arb(flint.fmpq(g.numerator, g.denominator)) for g, c in series.entries]
        rest = kernel(u) - sum(values[:terms], flint.arb(0))
        assert rest.is_finite()
        following = sum((abs(value) for value in values[terms + 1 :]), flint.arb(0))
        assert abs(rest - values[terms]) <= 2 * following


CLOSED = [
    ks.arccos(0),
    ks.arccos(1),
    ks.arccos(4),
    ks.rf(4),
    ks.ntk(3),
    ks.ntk(4, bias=True),
    ks.rf(3, degree=0),
    ks.rf(4, degree=0),
    ks.rf(3, degree=2),
    ks.laplace(1),
    ks.laplace(2, Fraction(1, 3)),
    ks.exponential(0.6),
    ks.dual("erf"),
    ks.dual("gelu"),
    ks.dual("sin"),
    ks.dual("exp"),
    ks.dual("abs"),
    ks.dual("leaky_relu", slope=0.2),
    ks.power_series(0.5, 0, 0.25),
    ks.defect_power(Fraction(-1, 2)),
    ks.sine_power(HALF),
    ks.laplace(1, Fraction(1, 3)) @ ks.rf(3),
    ks.arccos(0) @ ks.arccos(1),
    ks.arccos(1) @ ks.rf(3, degree=0) * ks.exponential(1),
    ks.mlp(4, slope=-0.5, bias_variance=0.25, tangent=True),
    ks.mlp(3, slope=-1),
    ks.resnet(3, alpha=0.5, tangent=True),
    ks.resnet(3),
]


@pytest.mark.parametrize("at", [1, -1])
@pytest.mark.parametrize("kernel", CLOSED, ids=repr)
def test_the_terms_are_those_of_the_kernel(kernel: Zonal, at: int) -> None:
    for terms in (1, 2, 5):
        check_against_values(kernel, at, terms)


@settings(max_examples=60)
@given(exact_kernels(), ENDS)
def test_the_terms_of_any_kernel(kernel: Zonal, at: int) -> None:
    few_roots(kernel, at)
    check_against_values(kernel, at, 3)


# -- laws ------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(exact_kernels(), exact_kernels(), ENDS)
def test_sums_and_products(a: Zonal, b: Zonal, at: int) -> None:
    assume(math.lcm(few_roots(a, at), few_roots(b, at)) <= FINEST)
    order = Fraction(2)
    first, second = expansions.at_order(a, at, order), expansions.at_order(b, at, order)
    assert same(expansions.at_order(a + b, at, order), first + second)
    assert same(expansions.at_order(a - b, at, order), first - second)
    assert same(expansions.at_order(a * b, at, order), first * second)
    assert same(expansions.at_order(Fraction(2, 3) * a, at, order), first.scaled(sympy.Rational(2, 3)))


@settings(max_examples=40)
@given(exact_atoms(), exact_cosines())
def test_a_composition_is_a_substitution(outer: Zonal, inner: Zonal) -> None:
    """At u = 1 both start from 1: the outer expansion, with 1 - inner in the place of t."""
    assume(few_roots(outer, 1) * few_roots(inner, 1) <= FINEST)
    composed = expansions.at_order(outer @ inner, 1, Fraction(2))
    along = expansions.at_order(inner, 1, Fraction(4))
    assume(along.coefficient(0) == 1 and len(along.entries) > 1)
    step = expansions.at_order(ks.polynomial(0), 1, Fraction(4)) - along
    assume(step.leading * 4 >= 1)  # else too many terms are needed
    within = expansions.at_order(outer, 1, Fraction(2) / step.leading)
    total: expansions.Puiseux | None = None
    for e, c in within.entries:
        term = step.power(e).scaled(c)
        total = term if total is None else total + term
    assert total is not None
    assert same(composed, total.truncated(within.order * step.leading))


@settings(max_examples=40)
@given(exact_kernels(), ENDS)
def test_balls_enclose_the_exact_coefficients(kernel: Zonal, at: int) -> None:
    q = few_roots(kernel, at)
    exact = expansions.at_order(kernel, at, Fraction(2))
    assume(exact.leading >= 0)
    try:
        found = expansions.ball_expansion(kernel, at, q, 2 * q, 200)
    except ValueError as error:  # sums may cancel where a layer starts
        assert "contains 0" in str(error) or "no exactly known number" in str(error)
        return
    assert len(found) == 2 * q
    for j, ball in enumerate(found):
        if Fraction(j, q) < exact.order:
            truth = exact.exact_coefficient(Fraction(j, q)).ball(700)
            assert ball.contains(truth) and truth.is_finite()
            # Of 200 bits, these drawn kernels of few layers use up less than half.
            assert ball.rad() < 2.0**-100 * (1 + abs(truth))


@given(exact_atoms(), ENDS, st.integers(1, 3), st.integers(1, 12))
@example(ks.ntk(2, bias=True) / 3, -1, 3, 6)  # an order between two steps of the working length
@example(ks.rf(3), -1, 3, 1)  # too short for a single coefficient
def test_a_coarser_or_finer_variable(kernel: Zonal, at: int, factor: int, length: int) -> None:
    q = expansions.ramification(kernel, at)
    plain = expansions.ball_expansion(kernel, at, q, length, 100)
    fine = expansions.ball_expansion(kernel, at, factor * q, factor * (length - 1) + 1, 100)
    for a, b in zip(plain, fine[::factor], strict=True):
        assert a.overlaps(b)
    assert all(c == 0 for j, c in enumerate(fine) if j % factor)


# -- constants of the claims -----------------------------------------------------------------------


def tail(j: int) -> sympy.Expr:
    """a_j = (1/2)_j^2 / ((3/2)_j j! 2^j) of claim 13."""
    half = sympy.Rational(1, 2)
    return sympy.rf(half, j) ** 2 / (sympy.rf(half + 1, j) * sympy.factorial(j) * 2**j)


@pytest.mark.parametrize("at", [1, -1])
def test_claim_13_all_terms(at: int) -> None:
    order = Fraction(12)
    step, ramp = (expansions.at_order(ks.arccos(n), at, order) for n in (0, 1))
    for j in range(10):
        a, e = tail(j), j + HALF
        assert step.coefficient(e) == -at * SQRT2 / PI * a
        assert ramp.coefficient(e + 1) == SQRT2 / PI * a / (j + sympy.Rational(3, 2))
    integers = {e: c for e, c in ramp.terms if e.denominator == 1}
    assert integers == ({0: 1, 1: -1} if at == 1 else {})


@pytest.mark.parametrize("s", range(6))
def test_claim_13_leading_powers(s: int) -> None:
    size = SQRT2 / PI * sympy.prod([sympy.Rational(2 * j * j, 4 * j * j - 1) for j in range(1, s + 1)])
    minus = ks.arccos(s).expand(at=-1, terms=1)
    plus = expansions.at_order(ks.arccos(s), 1, Fraction(s + 1))
    assert minus.terms == ((s + HALF, size),)
    assert plus.coefficient(s + HALF) == (-1) ** (s + 1) * size
    assert min(e for e in plus.exponents if e.denominator > 1) == s + HALF


PI_L = {2: 1.0, 3: 0.5, 4: 0.301558, 5: 0.200345, 6: 0.141595, 7: 0.104559, 8: 0.079806}
B_L = {2: 0.0, 3: 0.318310, 4: 0.493731, 5: 0.604826}


@pytest.mark.parametrize("depth", range(2, 9))
def test_claims_24_25_26(depth: int) -> None:
    rf, ntk, biased = ks.rf(depth), ks.ntk(depth), ks.ntk(depth, bias=True)
    ends = {kernel: [expansions.at_order(kernel, at, Fraction(2)) for at in (1, -1)] for kernel in (rf, ntk, biased)}
    three = Fraction(3, 2)
    assert ends[rf][0].coefficient(three) == (depth - 1) * 2 * SQRT2 / (3 * PI)
    assert ends[ntk][0].coefficient(HALF) == -depth * (depth - 1) * SQRT2 / (2 * PI)
    assert ends[biased][0].coefficient(HALF) == -(depth - 1) * (depth + 2) * SQRT2 / (2 * PI)
    assert ends[biased][1].coefficient(HALF) == 0
    assert biased.expand(at=1, terms=1).coefficients == (depth + 1,)
    # Pi_L and b_L are claimed to six decimals.
    product = float(sympy.N(ends[rf][1].coefficient(three) * 3 * PI / (2 * SQRT2)))
    assert product == pytest.approx(PI_L[depth], abs=5e-7)
    assert float(sympy.N(-ends[ntk][1].coefficient(HALF) * PI / SQRT2)) == pytest.approx(PI_L[depth], abs=5e-7)
    if depth in B_L:
        assert float(ends[rf][1].coefficient(0)) == pytest.approx(B_L[depth], abs=5e-7)


def test_claim_24_inner_values() -> None:
    kappa = ks.rf(4).expand(at=-1, terms=2)
    inner = expansions.InnerValue(1, 1 / PI)
    assert kappa.coefficients[0] == inner
    assert kappa.coefficients[1] == SQRT2 / (3 * PI) * expansions.InnerValue(0, 1 / PI)
    with mpmath.workdps(60):
        by_hand = ks.arccos(1)(1 / mpmath.pi)
        assert abs(mpmath.mpf(sympy.N(inner, 60)) - by_hand) < mpmath.mpf(10) ** -58
    assert pickle.loads(pickle.dumps(inner)) == inner


@pytest.mark.parametrize("c", [Fraction(1), Fraction(3, 2), Fraction(7)])
def test_claim_28(c: Fraction) -> None:
    plus = expansions.at_order(ks.laplace(c), 1, Fraction(3))
    size = sympy.Rational(c.numerator, c.denominator)
    assert [plus.coefficient(Fraction(m, 2)) for m in range(6)] == [(-size) ** m / sympy.factorial(m) for m in range(6)]
    minus = ks.laplace(c).expand(at=-1, terms=4)
    assert all(e.denominator == 1 for e in minus.exponents)
    assert sympy.simplify(minus.coefficients[0] - sympy.exp(-size * SQRT2)) == 0


@pytest.mark.parametrize("depth", range(2, 7))
def test_claim_29(depth: int) -> None:
    network = ks.rf(depth, degree=0)
    nu = Fraction(1, 2 ** (depth - 1))
    plus = network.expand(at=1, terms=2)
    exponent = 2 - sympy.Integer(2) ** (2 - depth)
    assert plus.exponents == (0, nu)
    assert sympy.simplify(plus.coefficients[1] + (SQRT2 / PI) ** exponent) == 0
    minus = expansions.at_order(network, -1, Fraction(1))
    assert minus.exponents == ((HALF,) if depth == 2 else (0, HALF))
    starts = {2: 0, 3: sympy.Rational(1, 2), 4: sympy.Rational(2, 3)}
    if depth in starts:
        assert minus.coefficient(0) == starts[depth]
    if depth == 3:
        assert minus.coefficient(HALF) == SQRT2 / PI**2


def test_claim_30() -> None:
    """kappa_2's slope 4/3 at 1: c_{l+1} = (4/3) c_l + c_1 (4/3)^{5 l/2}."""
    nu, slope = Fraction(5, 2), sympy.Rational(4, 3)
    first = -16 * SQRT2 / (45 * PI)
    c = first
    for depth in (3, 4, 5):
        c = slope * c + first * slope ** (sympy.Rational(5, 2) * (depth - 2))
        found = expansions.at_order(ks.rf(depth, degree=2), 1, Fraction(3))
        assert found.coefficient(1) == -(slope ** (depth - 1))
        assert sympy.simplify(found.coefficient(nu) - c) == 0
        assert min(e for e in found.exponents if e.denominator > 1) == nu


# -- the exact numbers -----------------------------------------------------------------------------


def plain_numbers() -> st.SearchStrategy[Number]:
    """Sums of products of rationals, roots, powers of pi and e, and inner values."""
    units = st.one_of(
        st.fractions(-5, 5, max_denominator=6).map(rational),
        st.builds(power, st.integers(1, 12).map(rational), st.sampled_from([HALF, -HALF, Fraction(2, 3)])),
        st.builds(pi_power, st.fractions(-2, 2, max_denominator=2)),
        st.builds(e_power, st.fractions(-2, 2, max_denominator=2)),
        st.builds(
            lambda n, q: arc_cosine(n, rational(q)),
            st.integers(0, 2),
            st.fractions(Fraction(-4, 5), Fraction(4, 5), max_denominator=7),
        ),
    )
    return st.recursive(
        units,
        lambda inner: st.one_of(
            st.builds(lambda a, b: a + b, inner, inner), st.builds(lambda a, b: a * b, inner, inner)
        ),
        max_leaves=5,
    )


@settings(max_examples=50)
@given(plain_numbers(), plain_numbers(), plain_numbers())
def test_numbers_form_a_ring(a: Number, b: Number, c: Number) -> None:
    assert a * b == b * a
    assert (a * (b + c) - (a * b + a * c)).is_zero()
    assert (a - a).is_zero() and a + rational(0) == a
    product = a.ball(200) * b.ball(200)
    assert (a * b).ball(200).overlaps(product)
    assert pickle.loads(pickle.dumps(a * b + c)) == a * b + c


@settings(max_examples=50)
@given(plain_numbers())
def test_numbers_agree_with_sympy(a: Number) -> None:
    with mpmath.workdps(50):
        by_sympy = mpmath.mpf(str(sympy.N(a.sympy(), 45)))
        found = mpmath.mpf(a.accurate(40).mid().str(42, radius=False))
        assert abs(by_sympy - found) <= mpmath.mpf(10) ** -38 * (1 + abs(found))


@settings(max_examples=50)
@given(plain_numbers(), st.fractions(-3, 3, max_denominator=3))
def test_powers_of_numbers(a: Number, q: Fraction) -> None:
    assume(a.sign() > 0)
    assert (power(a, q) * power(a, -q) - rational(1)).is_zero()
    with precision(200):
        exponent = flint.arb(flint.fmpq(q.numerator, q.denominator))
        assert power(a, q).ball(200).overlaps(a.ball(200) ** exponent)


def test_zeros_that_need_a_proof() -> None:
    x = arc_cosine(1, pi_power(-1))  # kappa_1(1/pi)
    base = rational(1) - x * x
    root = power(base, -HALF)
    assert (root * root * base - rational(1)).is_zero()
    assert (power(base, HALF) - base * root).is_zero()
    # kappa_1 = u kappa_0 + sqrt(1-u^2)/pi
    assert (arc_cosine(1, x) - x * arc_cosine(0, x) - power(base, HALF) * pi_power(-1)).is_zero()
    for u in (x, -x, rational(Fraction(1, 3)), -pi_power(-1)):  # mirror images
        total = arc_cosine(0, u) + arc_cosine(0, -u) - rational(1)
        assert total.is_zero()
        assert (arc_cosine(1, u) - arc_cosine(1, -u) - u).is_zero()
    assert (exponential(x) * exponential(-x) - rational(1)).is_zero()


def truncated(x: Number, digits: int) -> Fraction:
    """x > 0 cut off after so many decimals."""
    with precision(4 * digits + 64):
        cut = (x.ball(4 * digits + 64) * flint.fmpz(10) ** digits).floor().unique_fmpz()
    assert cut is not None
    return Fraction(int(cut), 10**digits)


def test_what_is_not_zero_is_not_taken_for_it() -> None:
    x = arc_cosine(1, pi_power(-1))
    digits = truncated(x, 300)
    assert not (x - rational(digits)).is_zero()  # they differ in the 301st digit
    assert (x - rational(digits)).sign() == 1
    difference = x - rational(truncated(x, 600))
    with pytest.raises(ValueError, match="cannot be told from 0"):
        difference.is_zero()


@pytest.mark.parametrize(
    "kernel",
    [
        ks.arccos(1) - ks.linear() * ks.arccos(0) - ks.sine_power(HALF),
        (ks.arccos(1) - ks.linear() * ks.arccos(0) - ks.sine_power(HALF)) @ ks.rf(4),
        ks.ntk(4) - NeuralTangent(4).expression(),
    ],
    ids=["kappa_1", "kappa_1 in a network", "recursion"],
)
def test_functions_that_are_zero_in_disguise(kernel: Zonal) -> None:
    for at in (1, -1):
        assert expansions.at_order(kernel, at, Fraction(4)).entries == ()


def test_roots_of_large_integers() -> None:
    smooth = 2**301 * 3**150 * 997
    root = power(rational(smooth), HALF)
    assert root == power(rational(2 * 997), HALF).scaled(2**150 * 3**75)
    hard = rational((10**60 + 7) * (10**61 + 39))  # two large primes, whose product is left as it is
    assert (power(hard, HALF) * power(hard, HALF) - hard).is_zero()
    assert not (power(hard, HALF) - rational(10**60)).is_zero()


def test_closed_values() -> None:
    for n in range(5):
        for u in (sympy.Integer(0), sympy.Rational(1, 2), -sympy.sqrt(3) / 2, 1 / sympy.sqrt(2)):
            exact = ks.arccos(n).sympy(u)
            found = arc_cosine(n, from_value(u)).sympy()
            assert sympy.simplify(found - exact) == 0
            assert not found.has(expansions.InnerValue)


# -- shapes, looks, speed --------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [ks.arccos(0), ks.rf(2), ks.rf(5), ks.ntk(4), ks.ntk(3, bias=True)], ids=repr)
def test_in_sigma_the_coefficients_are_polynomials_in_the_reciprocal_of_pi(kernel: Zonal) -> None:
    series = kernel.expand(at=1, terms=12)
    found = series.in_sigma()
    assert found.variable == "sigma" and found.order == 2 * series.order
    for (e, c), (f, b) in zip(found.entries, series.entries, strict=True):
        assert e == 2 * f
        assert all(not key.powers and offset >= 0 for key, (offset, _) in c.terms.items())
        assert sympy.simplify(c.sympy() - b.sympy() * sympy.Integer(2) ** sympy.Rational(f)) == 0
    theta = 0.3
    truth = float(kernel.of_angle(theta))
    # sigma = 0.149: what follows twelve terms is below 0.15^12 times the coefficients.
    assert found(math.sin(theta / 2)) == pytest.approx(truth, rel=1e-7, abs=0)


def test_text_and_latex() -> None:
    text = {
        (ks.arccos(1), 1, 3): "1 - t + 2*sqrt(2)/(3*pi)*t^(3/2) + O(t^(5/2))",
        (ks.arccos(0), 1, 2): "1 - sqrt(2)/pi*t^(1/2) + O(t^(3/2))",
        (ks.linear(), -1, 3): "-1 + t + O(t^13)",
        (ks.defect_power(-HALF), 1, 1): "t^(-1/2) + O(t^13)",
    }
    for (kernel, at, terms), wanted in text.items():
        # Where no further term was found, the order says how far it was looked for.
        assert re.sub(r"O\(t\^\d\d\)", "O(t^13)", repr(kernel.expand(at=at, terms=terms))) == wanted
    latex = {
        (ks.rf(3), 1, 3): r"1 - t + \frac{4 \sqrt{2}}{3 \pi}\,t^{3/2} + O\left(t^{2}\right)",
        (ks.ntk(2), 1, 2): r"2 - \frac{\sqrt{2}}{\pi}\,t^{1/2} + O\left(t\right)",
        (ks.ntk(3), 1, 3): r"3 - \frac{3 \sqrt{2}}{\pi}\,t^{1/2}"
        r" - \left(3 - \frac{10}{3 \pi^{2}}\right)\,t + O\left(t^{3/2}\right)",
        (ks.rf(4), -1, 2): r"\kappa_{1}\left(\frac{1}{\pi}\right) + \frac{\sqrt{2}"
        r" \kappa_{0}\left(\frac{1}{\pi}\right)}{3 \pi}\,t^{3/2} + O\left(t^{5/2}\right)",
        (ks.rf(3, degree=0), 1, 2): r"1 - \frac{2^{3/4}}{\pi^{3/2}}\,t^{1/4} + O\left(t^{3/4}\right)",
    }
    for (kernel, at, terms), wanted in latex.items():
        assert kernel.expand(at=at, terms=terms).latex() == wanted
    sigma = ks.ntk(2).expand(terms=2).in_sigma()
    assert sigma.latex() == r"2 - \frac{2}{\pi}\,\sigma + O\left(\sigma^{2}\right)"
    assert repr(sigma) == "2 - 2/pi*sigma + O(sigma^2)"
    long = ks.ntk(6).expand(at=-1, terms=4).latex()
    assert r"\ldots" in long and "+ -" not in long


@given(exact_kernels(), ENDS)
@settings(max_examples=25)
def test_every_latex_is_drawn(kernel: Zonal, at: int) -> None:
    from matplotlib.mathtext import MathTextParser

    few_roots(kernel, at)
    series = kernel.expand(at=at, terms=4)
    assert "+ -" not in series.latex()
    parsed: Any = MathTextParser("path").parse(f"${series.latex()}$")
    assert parsed is not None


@pytest.mark.parametrize(
    ("kernel", "at", "terms"),
    [
        (ks.ntk(5), 1, 20),
        (ks.ntk(5), -1, 20),
        (ks.ntk(10), 1, 20),
        (ks.ntk(10), -1, 12),
        (ks.rf(4, degree=0), 1, 20),
        (ks.rf(10, degree=0), 1, 12),
        (ks.rf(30, degree=0), 1, 3),
        (ks.rf(4, degree=0), -1, 20),
        (ks.laplace(1, Fraction(1, 3)), 1, 20),
        (ks.laplace(1, Fraction(1, 3)) @ ks.rf(3), -1, 20),
        (ks.rf(100), 1, 4),
        (ks.rf(30), -1, 3),
        (ks.ntk(5) * ks.rf(3, degree=0) + ks.laplace(1), -1, 20),
        (ks.arccos(100), -1, 5),
    ],
    ids=repr,
)
def test_many_terms(kernel: Zonal, at: int, terms: int) -> None:
    series = kernel.expand(at=at, terms=terms)
    assert len(series.entries) == terms
    assert list(series.exponents) == sorted(series.exponents)
    assert series.order > series.exponents[-1]
    for ball in series.balls(30):
        assert ball.rel_accuracy_bits() >= 99 or ball == 0  # 30 digits


def test_decimals() -> None:
    series = ks.rf(4).expand(at=-1, terms=4)
    for value, ball, exact in zip(series.evalf(40), series.balls(50), series.coefficients, strict=True):
        with mpmath.workdps(60):
            assert abs(mpmath.mpf(str(value)) / mpmath.mpf(str(sympy.N(exact, 50))) - 1) < 1e-38
        with precision(250):
            assert ball.overlaps(flint.arb(str(sympy.N(exact, 60))))
    assert series(1e-3) == pytest.approx(ks.rf(4)(-1 + 1e-3), rel=1e-9, abs=0)  # the next term: t^{7/2}


def test_arithmetic_of_expansions() -> None:
    a = ks.arccos(0).expand(at=-1, terms=3)  # t^{1/2}, ...
    assert a.power(2).exponents[0] == 1
    assert same(a.power(2), a * a)
    assert same(a.power(-1) * a, a.power(0))
    b = (a.scaled(SQRT2)).exponential()
    assert b.coefficient(0) == 1 and b.coefficient(HALF) == 2 / PI
    assert same(-a + a, a.scaled(0))
    with pytest.raises(ValueError, match="sigma"):
        a + a.in_sigma()
    with pytest.raises(ValueError, match="must be in t"):
        a.in_sigma().in_sigma()
    with pytest.raises(ValueError, match="below the order"):
        a.coefficient(9)


@pytest.mark.parametrize(
    ("kernel", "at", "least"),
    [
        (ks.linear(), 1, 1),
        (ks.ntk(7), 1, 2),
        (ks.ntk(7), -1, 2),
        (ks.rf(6, degree=0), 1, 32),
        (ks.rf(6, degree=0), -1, 2),
        (ks.arccos(0) * ks.arccos(0), -1, 1),
        (ks.arccos(0) * ks.arccos(0), 1, 2),
        (ks.laplace(1, Fraction(2, 3)), 1, 3),
        (ks.laplace(1, Fraction(2, 3)), -1, 1),
        (ks.laplace(1, Fraction(1, 3)) @ ks.arccos(0), 1, 6),
        (ks.laplace(1, Fraction(1, 3)) + ks.ntk(3), 1, 6),
        (ks.exponential(1) * ks.dual("erf"), -1, 1),
        (ks.defect_power(Fraction(1, 5)) @ ks.arccos(0), 1, 10),
    ],
    ids=repr,
)
def test_ramification(kernel: Zonal, at: int, least: int) -> None:
    assert expansions.ramification(kernel, at) == least
    exponents = kernel.expand(at=at, terms=8).exponents
    assert math.lcm(*(e.denominator for e in exponents)) == least
    if least > 1:
        with pytest.raises(ValueError, match=f"a multiple of {least} is needed"):
            expansions.ball_expansion(kernel, at, least - 1 or 1, 3, 64)


def test_high_order_enclosures_are_tight() -> None:
    for kernel, at, q in ((ks.ntk(20), 1, 2), (ks.ntk(20), -1, 2), (ks.rf(8, degree=0), 1, 128), (ks.rf(100), -1, 2)):
        coarse = expansions.ball_expansion(kernel, at, q, 60, 128)
        fine = expansions.ball_expansion(kernel, at, q, 60, 512)
        for a, b in zip(coarse, fine, strict=True):
            assert a.contains(b)
            assert b == 0 or b.rel_accuracy_bits() > 300  # of 512


def test_what_balls_refuse() -> None:
    with pytest.raises(ValueError, match="unbounded"):
        expansions.ball_expansion(ks.defect_power(-HALF), 1, 2, 5, 64)
    flat = Fraction(3, 2) * ks.linear() - HALF * ks.polynomial(3)  # slope 0 at 1
    assert expansions.ramification(ks.arccos(0) @ flat, 1) == 1
    found = expansions.ball_expansion(ks.arccos(0) @ flat, 1, 1, 6, 128)
    exact = expansions.at_order(ks.arccos(0) @ flat, 1, Fraction(6))
    for j, ball in enumerate(found):
        assert ball.contains(exact.exact_coefficient(j).ball(400))


@pytest.mark.parametrize("prec", [2, 5, 12, 30])
def test_few_bits_enclose_or_refuse(prec: int) -> None:
    for kernel, q in ((ks.ntk(6), 2), (ks.rf(4, degree=0), 8), (ks.laplace(3) @ ks.rf(4), 2)):
        for at in (1, -1):
            truth = expansions.ball_expansion(kernel, at, q, 12, 300)
            try:
                found = expansions.ball_expansion(kernel, at, q, 12, prec)
            except ValueError as error:
                assert re.search("too few|contains 0|not real", str(error))
                continue
            assert all(a.contains(b) for a, b in zip(found, truth, strict=True))


@pytest.mark.parametrize("wrong", [0, 2, "1", None, True, 1.5])
def test_bad_ends(wrong: Any) -> None:
    for function in (
        lambda: expansions.expand(ks.arccos(1), at=untyped(wrong)),
        lambda: expansions.ramification(ks.arccos(1), untyped(wrong)),
        lambda: expansions.ball_expansion(ks.arccos(1), untyped(wrong), 2, 3, 64),
    ):
        with pytest.raises(ValueError, match="at must be 1 or -1"):
            function()


@pytest.mark.parametrize("wrong", [0, -1, 2.0, "3", None, True])
def test_bad_counts(wrong: Any) -> None:
    kernel, error = ks.arccos(1), ValueError if type(wrong) is int else TypeError
    with pytest.raises(error, match="terms must be an integer (>=|from) 1"):
        expansions.expand(kernel, terms=untyped(wrong))
    with pytest.raises(error, match="digits must be an integer (>=|from) 1"):
        kernel.expand().balls(untyped(wrong))
    for position, name in enumerate(("ramification", "length", "prec")):
        arguments: list[Any] = [2, 3, 64]
        arguments[position] = wrong
        with pytest.raises(error, match=f"{name} must be an integer (>=|from) 1"):
            expansions.ball_expansion(kernel, 1, *arguments)


def test_bad_constants() -> None:
    with pytest.raises(TypeError, match="made of roots, pi and e"):
        ks.arccos(1).expand().scaled(sympy.Symbol("x"))
    with pytest.raises(TypeError, match="made of roots, pi and e"):
        ks.arccos(1).expand().scaled(0.5)
    with pytest.raises(ValueError, match="negative number"):
        power(rational(-2), HALF)
    with pytest.raises(ValueError, match="0 has no power"):
        power(rational(0), Fraction(-1))
    with pytest.raises(AttributeError, match="no attribute"):
        untyped(expansions).Nothing  # noqa: B018 - reading it is the test


# -- what a series does not know -----------------------------------------------------------------------------


def test_nothing_is_said_at_or_beyond_the_order() -> None:
    series = ks.ntk(3).expand(at=1, terms=3)
    with pytest.raises(ValueError, match="exponent must be below the order"):
        series.coefficient(series.order)
    assert series.truncated(series.order + 5).order == series.order


def test_an_end_that_is_known_to_six_powers_gives_three() -> None:
    # kappa_0(1 - s) = 1 - sqrt(2 s)/pi + ...: of s = O(t^6) a root is left.
    unknown = Series(ExactRing(), 1, rational(1), 6, [], 1)
    assert along(ks.arccos(0), unknown).order == 3
    inside = Series(ExactRing(), 1, rational(0), 6, [], 1)
    assert along(ks.arccos(0), inside).order == 6


def test_a_layer_is_not_read_beyond_the_ends() -> None:
    root = power(rational(2), Fraction(1, 2))
    for start in (root, root.scaled(-1)):
        beyond = Series(ExactRing(), 1, start, 1, [rational(-1)] * 4, 1)
        with pytest.raises(ValueError, match="leaves"):
            along(ks.arccos(1), beyond)


def test_a_start_that_is_1_but_not_by_its_form_is_an_end() -> None:
    x = arc_cosine(1, pi_power(-1))
    root = power(rational(1) - x * x, HALF)
    # kappa_1 = u kappa_0 + sqrt(1-u^2)/pi
    nothing = arc_cosine(1, x) - x * arc_cosine(0, x) - root * pi_power(-1)
    for kernel in (Rooted(), ks.laplace(), ks.arccos(0), ks.sine_power(-HALF)):
        plain, hidden = (
            along(kernel, Series(ExactRing(), 1, start, 1, [rational(-1), rational(0)], 1))
            for start in (rational(1), rational(1) + nothing)
        )
        assert not from_series(plain - hidden).entries and (hidden.q, hidden.v) == (plain.q, plain.v)


@dataclass(frozen=True, repr=False)
class Rooted(Zonal):
    """e^{-sqrt(1-u)}, whose root is the arithmetic's own."""

    def pair(self, point: Point) -> ks.Pair:
        exponent = -point.arithmetic.sqrt(point.delta)
        one = point.arithmetic.number(Fraction(1))
        return ks.Pair(point.arithmetic.exp(exponent), -point.arithmetic.expm1(exponent), one)


def test_what_nobody_reads_is_not_computed() -> None:
    asked = []

    def two() -> Number:
        asked.append(2)
        return rational(2)

    lazy = Lazy(two)
    pair = ks.Pair(1 - lazy, lazy * lazy, lazy)
    assert not asked
    assert (pair.value + pair.defect).value == rational(3) and asked == [2]
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(lazy)


def test_the_roughest_kink_leads() -> None:
    jump = (Fraction(0), 0, Fraction(3))
    assert kink_rule((jump, (Fraction(1), 1, Fraction(2)))) == kink_rule((jump,))


def test_a_sum_or_a_product_is_known_as_far_as_the_shorter_series() -> None:
    long, short = (Series(ExactRing(), 1, rational(1), 1, [rational(1)] * length, 1) for length in (4, 1))
    assert (long + short).order == (short + long).order == short.order < long.order
    assert (long * short).order == (short * long).order == short.order


@pytest.mark.parametrize("starts", [(0, 0), (1, 0), (0, 1), (2, 3)])
def test_a_product_is_known_as_far_as_its_factors_let(starts: tuple[int, int]) -> None:
    """What the factors do not tell changes the coefficient at the order of the product, and none before."""

    def factor(start: int, v: int, length: int, *further: int) -> Series:
        body = [rational(c) for c in [1] * length + [*further] * 9]
        return Series(ExactRing(), 1, rational(start), v, body, 1)

    # Where it starts, and how many terms are known: with negative powers there is no start apart.
    shapes = [[(1, 5), (1, 1), (2, 2), (4, 3), *([] if start else [(-1, 3), (-3, 7)])] for start in starts]
    for one, other in itertools.product(*shapes):
        order = (factor(starts[0], *one) * factor(starts[1], *other)).order
        (v, first), (w, second) = (
            (factor(starts[0], *one, a) * factor(starts[1], *other, b)).leading().whole() for a, b in ((2, 3), (5, 7))
        )
        assert v == w and first[: order - v] == second[: order - v]
        assert first[order - v] != second[order - v]


def test_digits_that_cancel_are_computed() -> None:
    # A convergent of pi: the first ten digits of the difference are 0.
    difference = pi_power(1) + rational(Fraction(-103993, 33102))
    for digits in (5, 15, 30):
        assert difference.accurate(digits).rel_accuracy_bits() > digits * math.log2(10)
