"""Duals of piecewise smooth activations that start inside (-1, 1), and the laws of deep networks."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from mpmath import mp

import kernelspec as ks
from kernelspec.expansions import piecewise_series
from kernelspec.expansions.inner_value import InnerCoefficient
from kernelspec.expansions.kinks import end_coefficients
from kernelspec.expansions.piecewise_series import enclosed, hermite_squares, inside
from kernelspec.kernels.activations import Activation, read, stretched
from kernelspec.kernels.named_activations import NAMED
from kernelspec.kernels.parser import parse_number
from kernelspec.numbers.constants import Number, rational
from kernelspec.numbers.exact_numbers import as_number, made
from kernelspec.numbers.exact_text import number_data, number_of, sympy_data, sympy_of
from kernelspec.numbers.number_text import formula
from kernelspec.numbers.precision import precision
from kernelspec.numbers.rational import known_to

RELU, SIGN = read("0 if x < 0; x"), read("-1 if x < 0; 1")
INSIDE = [Fraction(-9, 10), Fraction(-1, 3), Fraction(0), Fraction(1, 7), Fraction(4, 5)]


def digits_of(c: Number, digits: int = 55) -> Any:
    return mp.mpf(c.accurate(digits).mid().str(digits + 5, radius=False))


def relu_dual(x: Any) -> Any:
    """E[a_+ b_+] (Cho & Saul 2009)."""
    return (mp.sqrt(1 - x * x) + x * (mp.pi - mp.acos(x))) / (2 * mp.pi)


@pytest.mark.parametrize("x", INSIDE)
@pytest.mark.parametrize(("f", "closed"), [(RELU, relu_dual), (SIGN, lambda x: 2 / mp.pi * mp.asin(x))])
def test_coefficients_are_those_of_closed_forms(f: Activation, closed: Any, x: Fraction) -> None:
    found = inside(f, rational(x), 7)
    with mp.workdps(60):
        expected = mp.taylor(closed, mp.mpf(x.numerator) / x.denominator, 6)
        for n, (c, e) in enumerate(zip(found, expected, strict=True)):
            assert abs(digits_of(c) - e) < mp.mpf(10) ** (n - 50)  # `mp.taylor` takes differences


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("x", INSIDE)
def test_values_and_slopes_are_those_of_integrals(name: str, x: Fraction) -> None:
    """kappa and kappa' in mpmath come from Taylor's formula with boundary terms, another one."""
    kernel = ks.dual(name)
    with mp.workdps(50):
        u = mp.mpf(x.numerator) / x.denominator
        expected = [kernel(u), kernel.derivative()(u)]
        for c, e in zip(inside(NAMED[name], rational(x), 2), expected, strict=True):
            assert abs(digits_of(c) - e) < mp.mpf(10) ** -47 * max(1, abs(e))


def test_an_end_that_is_0_has_a_closed_form() -> None:
    """kappa_1(-1) = 0: the outer coefficients are squares of Hermite coefficients, the power is t^{3/2}."""
    found = (ks.dual("hardtanh") @ ks.arccos(1)).expand(-1, 2)
    slope = sympy.erf(1 / sympy.sqrt(2)) ** 2  # (E f')^2 = P(|a| < 1)^2
    assert found.exponents == (Fraction(3, 2), Fraction(5, 2))
    assert sympy.simplify(found.coefficient(Fraction(3, 2)) - slope * ks.arccos(1).expand(-1, 1).coefficients[0]) == 0
    law = (ks.dual("relu6") @ ks.arccos(1)).decay(3)
    assert [parity.exponent for parity in law.parities] == [5, 5]


def test_parities_cancel_by_their_form() -> None:
    """An odd f has c_n(-x) = -(-1)^n c_n(x), and at x and -x the even and odd parts add up to whole coefficients."""
    x = rational(Fraction(2, 7))
    for n, (a, b) in enumerate(zip(inside(NAMED["hardtanh"], x, 4), inside(NAMED["hardtanh"], -x, 4), strict=True)):
        assert not b + a.scaled((-1) ** n)
    even = NAMED["elu"].part(0)
    for n, (a, b) in enumerate(zip(inside(NAMED["elu"], x, 4), inside(NAMED["elu"], -x, 4), strict=True)):
        assert not a + b.scaled((-1) ** n) - inside(even, x, n + 1)[n].scaled(2)
    # The odd part of a shifted absolute value is a line, and the even part of this one is constant.
    for text in ("-x - 1 if x < -1; 0 if x < 1; 2*x - 2", "1 + exp(x) - exp(-x) if x < 0; 1 - x"):
        f = read(text)
        with mp.workdps(40):
            value = ks.piecewise(text)(-mp.mpf(2) / 7)
            assert abs(digits_of(inside(f, -x, 1)[0], 38) - value) < mp.mpf(10) ** -36


# -- balls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 5])
@pytest.mark.parametrize("bits", [10, 53, 300])
def test_balls_hold_the_number_and_what_is_cut_off(n: int, bits: int) -> None:
    """Of the sign: (2/pi) arcsin x at x = 19/20, where 256 Hermite coefficients are few."""
    with precision(bits):
        ball = enclosed(SIGN, n, flint.arb(19) / 20, bits)
    with precision(2000):
        exact = (flint.arb_series([flint.fmpq(19, 20), 1], n + 1).asin() * 2 / flint.arb.pi())[n]
        assert ball.contains(exact)
        assert ball.rad() < exact * 2.0 ** (8 + 3 * n - bits)


def test_the_tail_is_near_what_it_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """sum_{i >= 16} b_i x^i at x = 1/2: the bound has the sum of all b_i, i >= 16, for their powers."""
    monkeypatch.setattr(piecewise_series, "_STEP", 16)
    with precision(200):
        b = hermite_squares(SIGN, 400, 200)
        x = flint.arb(1) / 2
        for n in (0, 2):
            binomials = [flint.arb(i).bin(n) for i in range(400)]
            missing = sum(
                (c * q * x ** (i - n) for i, (c, q) in enumerate(zip(b, binomials, strict=True)) if i >= 16), x * 0
            )
            ball = enclosed(SIGN, n, x, 5)
            sums = sum(
                (c * q * x ** (i - n) for i, (c, q) in enumerate(zip(b[:16], binomials[:16], strict=True)) if i >= n),
                x * 0,
            )
            assert ball.overlaps(sums + missing) and missing < ball.upper() - sums < 40 * missing


def test_a_ball_of_x_is_taken_whole() -> None:
    with precision(100):
        wide = enclosed(RELU, 0, flint.arb(0.5, 0.25), 100)
        for middle in (0.25, 0.5, 0.75):
            assert wide.contains(flint.arb(float(relu_dual(mp.mpf(middle)))) + flint.arb(0, 1e-15))
        for x in (flint.arb(0.75, 0.5), flint.arb(0.5, 0.75), flint.arb(0, 0.5), flint.arb(1)):
            assert not enclosed(RELU, 0, x, 100).is_finite()


def test_what_is_too_near_the_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="starts so near to .*at 0.9999.* more than 65536 Hermite"):
        inside(RELU, rational(Fraction(9999, 10000)), 1)[0].accurate(40)


@pytest.mark.parametrize(
    "text", ["x*exp(-2*x) + 1 if x < -20; x**3 if x < 1/2; exp(1/3*x)*x**2", "0 if x < 30; x", "exp(4*x) if x < 1; 0"]
)
def test_hermite_coefficients_are_integrals(text: str) -> None:
    f = read(text)
    found = hermite_squares(f, 12, 128)
    with mp.workdps(40):
        edges = [-mp.inf, *(mp.mpf(x.numerator) / x.denominator for x in f.breaks), mp.inf]
        for n in (0, 1, 2, 7, 11):
            whole = mp.mpf(0)
            for i, terms in enumerate(f.terms):

                def integrand(x: Any, terms: Any = terms, n: int = n) -> Any:
                    value = mp.fsum(
                        mp.mpf(c.numerator) / c.denominator * x**m * mp.exp(mp.mpf(b.numerator) / b.denominator * x)
                        for (m, b), c in terms.items()
                    )
                    return value * mp.hermite(n, x / mp.sqrt(2)) / mp.mpf(2) ** (mp.mpf(n) / 2) * mp.npdf(x)

                low, high = max(edges[i], -40), min(edges[i + 1], 40)
                points = [low, *(p for p in range(-30, 40, 5) if low < p < high), high]
                whole += mp.quad(integrand, points)
            expected = whole**2 / mp.factorial(n)
            assert abs(mp.mpf(found[n].str(40, radius=False)) - expected) < mp.mpf(10) ** -25 * (expected + 1)


# -- networks ------------------------------------------------------------------------------------------------------

DEEP = [("elu", 3, False), ("relu6", 3, False), ("relu6", 10, False), ("hardswish", 4, True), ("selu", 3, False)]


@pytest.mark.parametrize(("name", "depth", "tangent"), DEEP)
def test_expansions_of_deep_networks_are_those_of_values(name: str, depth: int, tangent: bool) -> None:
    """At t = 1e-10 to forty digits and more: from the values in mpmath, which know nothing of expansions."""
    kernel = ks.mlp(depth, activation=name, tangent=tangent)
    series = kernel.expand(-1, 8)
    with mp.workdps(65):
        t = mp.mpf(10) ** -10
        total = mp.fsum(digits_of(c) * t ** mp.mpf(float(e)) for e, c in series.entries)
        size = max(abs(digits_of(c)) for _, c in series.entries)
        assert float(series.order) >= 4
        assert abs(total - kernel(-1 + t)) <= 3 * size * t ** mp.mpf(float(series.order)) < mp.mpf(10) ** -39


@pytest.mark.parametrize(("name", "tangent"), [("elu", False), ("elu", True), ("relu6", False), ("hardswish", True)])
@pytest.mark.parametrize("d", [2, 3])
def test_laws_of_deep_networks_are_those_of_eigenvalues(name: str, tangent: bool, d: int) -> None:
    """Four powers of the expansions against quadrature of the kernel; the law itself is the first of them."""
    kernel = ks.mlp(3, activation=name, tangent=tangent)
    s, law = kernel.spectrum(d), kernel.decay(d)
    k = np.array([60, 61])
    value, error = s.approximate(k)
    assert np.all(np.abs(s.asymptotic(k, terms=4) - value) < error + 4e-6 * value)
    assert np.all(np.abs(law.at(k) / value - 1) < 0.02)


def test_eigenvalues_of_high_degree_fall_by_the_law() -> None:
    """On the circle, of one kink at 0: kappa(cos theta) is analytic in theta on [0, pi], and has a Chebyshev series.

    The integral of p(theta) cos(k theta), p a polynomial, is a sum of odd derivatives at both ends, by parts.
    """
    kernel, degree = ks.mlp(3, activation="x/4 if x < 0; x + x**2/4"), 72
    with mp.workdps(36):
        nodes = [mp.cos(mp.pi * (j + mp.mpf(1) / 2) / degree) for j in range(degree)]
        samples = [kernel(mp.cos(mp.pi * (1 + x) / 2)) for x in nodes]
        with mp.workdps(80):
            series = [
                2 / mp.mpf(degree) * mp.fsum(v * mp.cos(n * mp.acos(x)) for v, x in zip(samples, nodes, strict=True))
                for n in range(degree)
            ]
            series[0] /= 2
            assert max(map(abs, series[-4:])) < mp.mpf(10) ** -24
            law = kernel.decay(2)
            for k in (1000, 1001, 3000, 3001):
                exact = _cosine_integral(series, k) / mp.pi
                assert abs(exact - law.at(k)) < 30 * exact / k**2
                found = kernel.spectrum(2).asymptotic(k, terms=3)
                assert abs(exact - found) < mp.mpf(10) ** -7 * exact


def _cosine_integral(series: list[Any], k: int) -> Any:
    """The integral over [0, pi] of the Chebyshev series in 2 theta/pi - 1 times cos(k theta)."""
    powers = [mp.mpf(0)] * len(series)
    before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    for n, c in enumerate(series):
        polynomial = before if n == 0 else now
        for i, q in enumerate(polynomial):
            powers[i] += c * q
        if n:
            doubled = [mp.mpf(0), *(2 * q for q in now)]
            before, now = now, [q - (before[i] if i < len(before) else 0) for i, q in enumerate(doubled)]
    total, sign = mp.mpf(0), 1
    derivative = powers
    for order in range(1, len(series)):
        derivative = [i * q * 2 / mp.pi for i, q in enumerate(derivative)][1:]
        if order % 2:
            ends = [mp.polyval(derivative[::-1], x) for x in (1, -1)]
            total += sign * ((-1) ** k * ends[0] - ends[1]) / mp.mpf(k) ** (order + 1)
            sign = -sign
    return total


@pytest.mark.parametrize("name", ["elu", "relu6"])
def test_numbers_behind_irrational_roots_are_written_and_read(name: str) -> None:
    """Texts, plain data and pickles of coefficients that hold normal laws and layers at roots."""
    series = ks.mlp(3, activation=name).expand(-1, 4)
    for _, c in series.entries:
        assert parse_number(formula(c)) == made(c)
        assert number_of(number_data(c)) == c == pickle.loads(pickle.dumps(c))
        assert sympy_of(sympy_data(c.sympy())) == c.sympy()
    assert any("taylor(" in formula(c) for _, c in series.entries) == (name == "elu")  # relu6 is one-sided: 0 at -1


@pytest.mark.parametrize("f", [NAMED["elu"], NAMED["relu6"], read("-1 if x < -1; x if x < 1; 2")])
def test_balls_hold_all_roots_that_are_near(f: Activation) -> None:
    """A root of which 60 bits are known: what is expanded with it holds what two roots in there have."""
    middle, x = Fraction(5, 4), flint.arb("0.6")
    s = known_to(middle, 60)
    inner = [middle * (1 + Fraction(sign, 2**60)) for sign in (-1, 1)]
    with precision(160):
        for n in (0, 1, 5):
            wide = enclosed(f, n, x, 160, as_number(s))
            assert wide.rad() < abs(wide) * 1e-12
            assert all(wide.contains(enclosed(stretched(f, root), n, x, 160)) for root in inner)
            assert not wide.contains(enclosed(stretched(f, middle * (1 + Fraction(1, 2**40))), n, x, 160))
        for end in (1, -1):
            numbers = end_coefficients(stretched(f, s), end, 6)
            for root in inner:
                for a, b in zip(numbers, end_coefficients(stretched(f, root), end, 6), strict=True):
                    assert a.ball(160).contains(b.ball(160))


def test_the_first_power_at_the_far_end_is_carried_by_slopes() -> None:
    """c_minus of three layers is the second one's slope at v, the first one's value at u = -1, times its c_minus."""
    two, three = (ks.mlp(depth, activation="hardswish").expand(-1, 4) for depth in (2, 3))
    power = next(e for e in two.exponents if e.denominator == 2)
    assert power == next(e for e in three.exponents if e.denominator == 2) == Fraction(3, 2)
    with mp.workdps(60):
        # What a step of u does to the outer layer: three(-1 + t) - three(-1) over two(-1 + t) - two(-1).
        t = mp.mpf(10) ** -20
        kernels = [ks.mlp(depth, activation="hardswish") for depth in (2, 3)]
        rises = [kernel(-1 + t) - kernel(mp.mpf(-1)) for kernel in kernels]
        ratio = digits_of(three.exact_coefficient(power)) / digits_of(two.exact_coefficient(power))
        assert abs(ratio - rises[1] / rises[0]) < mp.mpf(10) ** -17


def test_a_value_that_may_be_0_is_refused() -> None:
    """At u = -1 the inner kernel is 1/3 less a float that is 1/3 but for its rounding."""
    inner = ks.parse("0.3333333333333333*linear() + 1/3*polynomial(2)")
    with pytest.raises(ValueError, match="0 within the rounding"):
        (ks.dual("elu") @ inner).expand(-1)


# -- texts ---------------------------------------------------------------------------------------------------------


def test_numbers_are_read_back() -> None:
    found = ks.mlp(3, activation="elu").expand(-1, 4)
    for c in [c for _, c in found.entries]:
        assert number_of(number_data(c)) == c and pickle.loads(pickle.dumps(c)) == c
        assert pickle.loads(pickle.dumps(c.sympy())) == c.sympy()
        assert sympy_of(sympy_data(c.sympy())) == c.sympy()
        assert abs(c.sympy().evalf(40) - sympy.Float(c.accurate(45).mid().str(45, radius=False), 45)) < 1e-38
    value = inside(NAMED["elu"], rational(Fraction(-1, 2)), 3)[2]
    assert parse_number(formula(value)) == made(value)
    (first,) = inside(NAMED["elu"], rational(Fraction(1, 2)), 1)
    assert formula(first) == "taylor('-1 + exp(x) if x < 0; x', 0, 1/2)"
    for wrong in ("taylor('elu', 0, 1/2)", "taylor('0 if x < 0; x', -1, 1/2)", "taylor('0 if x < 0; x', 0, 1)"):
        with pytest.raises(ValueError, match="not a kernel expression"):
            parse_number(wrong)


def test_numbers_have_short_looks() -> None:
    value, slope = (c.sympy() for c in inside(NAMED["elu"], rational(Fraction(1, 2)), 2))
    (nameless,) = inside(read("0 if x < 1; x"), rational(Fraction(1, 2)), 1)
    assert isinstance(value, InnerCoefficient) and value.is_positive
    assert [str(x) for x in (value, slope)] == ["kappa_elu(0.500000...)", "taylor_1(kappa_elu, 0.500000...)"]
    assert sympy.latex(value) == r"\kappa_{\mathrm{elu}}\left(0.500000\ldots\right)"
    assert sympy.latex(slope) == r"\left[t^{1}\right] \kappa_{\mathrm{elu}}\left(0.500000\ldots + t\right)"
    assert str(nameless) == "kappa_sigma(0.500000...)"
    assert value != slope and value == inside(NAMED["elu"], rational(Fraction(1, 2)), 1)[0].sympy()
