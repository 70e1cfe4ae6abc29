"""What a parameter stands for: fractions, exact irrational numbers, and floats that are known to within rounding."""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction as F
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.exact_numbers import Exact, Rounded
from kernelspec.numbers.generators import raised
from kernelspec.numbers.precision import mpmath_context, precision
from kernelspec.numbers.rational import as_exact
from kernelspec.numbers.scalar_text import number_text, read_text
from kernelspec.rkhs.neurons import squared_norm

REMEDY = r"write it exactly, for example Fraction\(1, 3\)"
ROOT2, PI, E = sympy.sqrt(2), sympy.pi, sympy.E
NUMBERS = {
    "sqrt(10)": sympy.sqrt(10),
    "1/pi": 1 / PI,
    "exp(-1)": sympy.exp(-1),
    "pi/4": PI / 4,
    "2**(1/3)": sympy.Rational(2) ** sympy.Rational(1, 3),
    "(1 + sqrt(2))": 1 + ROOT2,
    "3*sqrt(2)/(4*pi)": 3 * ROOT2 / (4 * PI),
    "(1 - sqrt(2)/pi)": 1 - ROOT2 / PI,
    "exp(sqrt(2))": sympy.exp(ROOT2),
}


def matern52(third: Any, half: Any) -> Any:
    """The Matern kernel of order 5/2 as a formula: powers t^{1/2} and t^{3/2} cancel, exactly only."""
    return ks.laplace(1) * (1 + ks.defect_power(half) + third * (1 - ks.linear()))


@st.composite
def exacts(draw: st.DrawFn) -> Any:
    """Sums of rational multiples of roots and powers of pi and e, as sympy numbers."""
    small = st.fractions(-3, 3, max_denominator=6).map(lambda q: sympy.Rational(q.numerator, q.denominator))
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        root = sympy.sqrt(draw(st.sampled_from([1, 2, 3, 6, 10])))
        power = PI ** draw(st.integers(-2, 2)) * sympy.exp(draw(st.sampled_from([0, 0, -1, sympy.Rational(1, 2)])))
        parts.append(draw(small) * root * power)
    value = sympy.Add(*parts)
    assume(value != 0)
    return value


# -- floats -----------------------------------------------------------------------------------------


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(-20, 20))
def test_a_float_of_15_digits_is_its_decimal(digits: int, exponent: int) -> None:
    value = F(digits) * F(10) ** exponent
    assert as_exact(float(f"{digits}e{exponent}"), "x") == value


@given(st.integers(-(2**20) + 1, 2**20 - 1), st.integers(-80, 30))
def test_a_float_of_a_short_significand_is_itself(mantissa: int, exponent: int) -> None:
    x = math.ldexp(mantissa, exponent)
    found = as_exact(x, "x")
    assert type(found) is F and found in (F(x), F(repr(x)))
    assert F(x) == found or len(repr(x).strip("-0.").partition("e")[0].replace(".", "")) <= 15


@pytest.mark.parametrize("x", [1 / 3, math.pi, math.sqrt(2), 1 - 2 / 3, 0.1 * 3, 1e-5 / 3, -1 / 3])
def test_a_rounded_float_is_no_fraction(x: float) -> None:
    found = as_exact(x, "x")
    assert isinstance(found, Rounded) and float(found) == x and F(found) == F(repr(x))
    assert found == as_exact(x, "x") and hash(found) == hash(as_exact(x, "x"))
    assert found != F(repr(x)) and F(repr(x)) != found
    assert x * ks.ntk(3) == x * ks.ntk(3) != F(repr(x)) * ks.ntk(3)
    assert read_text(number_text(found)) == found == copy.deepcopy(pickle.loads(pickle.dumps(found)))
    assert found - found == 0 and found / found == 1 and type(found - found) is F
    assert (found + 1) - 1 == found and 2 * found > found if x > 0 else 2 * found < found


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
@settings(max_examples=40)
def test_values_read_the_decimals(a: float, b: float) -> None:
    k = a * ks.arccos(1) + ks.laplace(b)
    exact = F(repr(a)) * ks.arccos(1) + ks.laplace(F(repr(b)))
    assert k(0.3) == pytest.approx(exact(0.3), rel=1e-15, abs=0)
    assert k(mpmath.mpf("0.3")) == exact(mpmath.mpf("0.3"))
    assert k(arb("0.3")).overlaps(exact(arb("0.3")))
    assert ks.parse(repr(k)) == k


def test_integers_and_float32() -> None:
    assert as_exact(float(2**53), "x") == 2**53 and as_exact(np.float64(0.6), "x") == F(3, 5)
    third = as_exact(np.float32(1 / 3), "x")
    assert isinstance(third, Rounded) and third != as_exact(float(np.float32(1 / 3)), "x")
    assert read_text(number_text(third)) == third
    with pytest.raises(ValueError, match="the law rests"):
        (np.float32(1 / 3) * ks.arccos(1) - F(1, 3) * ks.arccos(1) + ks.linear()).decay(3)


def test_the_law_of_a_formula_with_decimals_is_refused() -> None:
    exact, decimals = matern52(F(1, 3), F(1, 2)), matern52(1 / 3, 0.5)
    law = exact.decay(5)
    assert (law.nu, law.exponent) == (F(5, 2), 9)
    for question in (
        lambda k: k.decay(5),
        lambda k: k.expand(terms=4),
        lambda k: k.spectrum(5).asymptotic(100),
        lambda k: k.spectrum(5).remainder(2),
        lambda k: k.spectrum(5).asymptotic_bound(100),
    ):
        question(exact)
        with pytest.raises(ValueError, match=REMEDY):
            question(decimals)
    verdict = ks.same_rkhs(decimals, ks.rf(3), 5)
    assert verdict.same is None and "within the rounding" in verdict.why
    # The values are there all the same, and so are balls around them.
    assert decimals(0.3) == pytest.approx(exact(0.3), rel=1e-15, abs=0)
    assert float(decimals.spectrum(5).certified(3).mid()) == pytest.approx(exact.spectrum(5)[3], rel=1e-12, abs=0)


ZEROS = {
    "a power": lambda: 0.1 * 3 * ks.arccos(1) - 0.3 * ks.arccos(1) + ks.polynomial(2),
    "one minus two thirds": lambda: (1 - 2 / 3) * ks.arccos(1) - F(1, 3) * ks.arccos(1) + ks.polynomial(2),
    "a degree": lambda: 1 / 3 * ks.polynomial(4) - F(1, 3) * ks.polynomial(4) + ks.polynomial(2),
    "a slope": lambda: ks.dual("leaky_relu", slope=1 / 3) - F(2, 9) * ks.arccos(1),
    "an exponent": lambda: ks.laplace(1, 1 / 3),
    "a power of the defect": lambda: ks.defect_power(1 / 3),
    "where a layer starts": lambda: ks.arccos(1) @ ((1 / 3) * ks.ntk(3)),
    "a parity": lambda: (1 / 3) * ks.arccos(1) - F(1, 3) * ks.arccos(1) + ks.arccos(0),
    "a scale": lambda: ks.laplace(1 / 3) - ks.laplace(F(1, 3)) + ks.linear(),
    "a bias": lambda: ks.mlp(3, bias_variance=1 / 3) - ks.mlp(3, bias_variance=F(1, 3)),
}


@pytest.mark.parametrize("name", ZEROS)
def test_what_rests_on_rounding_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=REMEDY):
        ZEROS[name]().decay(4)


def test_norms_that_rest_on_rounding_are_refused() -> None:
    k = ks.polynomial(2) + F(1, 3) * ks.linear() - 1 / 3 * ks.linear()
    with pytest.raises(ValueError, match=REMEDY):
        squared_norm(k, [0, 1], 1)
    assert isinstance(squared_norm(1 / 3 * ks.linear(), [0, 1], 1), float)


def test_matern_by_hand_from_exact_and_from_rounded_roots() -> None:
    def by_hand(root: Any) -> Any:
        return ks.laplace(root) * (1 + root * ks.defect_power(F(1, 2)) + F(10, 3) * (1 - ks.linear()))

    exact = by_hand(sympy.sqrt(10))
    assert exact.decay(5).nu == F(5, 2)
    assert exact.expand(terms=5).coefficients == ks.matern(F(5, 2)).expand(terms=5).coefficients
    assert exact(0.3) == pytest.approx(ks.matern(F(5, 2))(0.3), rel=1e-14, abs=0)
    with pytest.raises(ValueError, match=REMEDY):
        by_hand(math.sqrt(10)).decay(5)


def test_the_exact_eigenvalue_that_rests_on_rounding_is_refused() -> None:
    with pytest.raises(ValueError, match=REMEDY):
        ZEROS["a power"]().spectrum(3).exact(0)


@pytest.mark.parametrize(
    ("decimals", "exact"),
    [
        (1 / 3 * ks.ntk(3), F(1, 3) * ks.ntk(3)),
        (ks.laplace(1 / 3), ks.laplace(F(1, 3))),
        (ks.mlp(4, slope=1 / 3, bias_variance=2 / 3), ks.mlp(4, slope=F(1, 3), bias_variance=F(2, 3))),
        (ks.resnet(3, alpha=2 / 3, tangent=True), ks.resnet(3, alpha=F(2, 3), tangent=True)),
        (ks.matern(2.5, 1 / 3), ks.matern(2.5, F(1, 3))),
        (matern52(1 / 3, 0.5) + ks.laplace(2), matern52(F(1, 3), F(1, 2)) + ks.laplace(2)),
    ],
    ids=repr,
)
def test_laws_that_do_not_rest_on_rounding(decimals: Any, exact: Value) -> None:
    found, known = decimals.decay(4), exact.decay(4)
    assert found.nu == known.nu and [p.kind for p in found.parities] == [p.kind for p in known.parities]
    assert float(found.even) == pytest.approx(float(known.even), rel=1e-12, abs=0)
    # The rounding shows, but where it does not reach the constant.
    assert found.even.has(sympy.Float) or found.even == known.even == 4 * ROOT2 / PI
    assert not known.even.has(sympy.Float)


def test_the_same_float_cancels_identically() -> None:
    k = 1 / 3 * ks.arccos(1)
    assert k - k == 0 * ks.linear() and 3 * k == k + k + k
    assert k.normalized() == ks.arccos(1) and k.normalized().rational_one == 1


def test_same_rkhs_of_a_rounded_kernel_is_that_of_its_decimals() -> None:
    verdict = ks.same_rkhs(ks.laplace(1 / 3), ks.ntk(3), 4)
    assert verdict.same and repr(verdict.kernel) == "laplace(c=3333333333333333/10000000000000000)"


# -- exact irrational numbers -----------------------------------------------------------------------


@pytest.mark.parametrize("text", NUMBERS)
def test_text_of_numbers(text: str) -> None:
    number = as_exact(NUMBERS[text], "x")
    assert isinstance(number, Exact) and number_text(number) == text and read_text(text) == number
    for k in (NUMBERS[text] * ks.ntk(3), NUMBERS[text] + ks.laplace(), ks.laplace(abs(NUMBERS[text]))):
        assert ks.parse(repr(k)) == k
        again = pickle.loads(pickle.dumps(k))
        assert again == k and hash(again) == hash(k) and repr(again) == repr(k)


@given(exacts(), exacts())
@settings(max_examples=60, deadline=None)
def test_exact_numbers_are_a_field(x: Value, y: Value) -> None:
    a, b = as_exact(x, "x"), as_exact(y, "y")
    mp = mpmath_context(50)
    for found, expected in ((a + b, x + y), (a - b, x - y), (a * b, x * y), (a / b, x / y), (a**2, x**2)):
        value = sympy.N(expected, 40)
        assert float(found) == pytest.approx(float(value), rel=1e-14, abs=1e-30)
        with precision(200):
            ball = arb(found.numerator) / found.denominator if isinstance(found, F) else found.ball(200)
            assert abs(mp.mpf(ball.mid().str(45, radius=False)) - mp.mpf(str(value))) <= 1e-35 * (
                1 + abs(mp.mpf(str(value)))
            )
    assert a - a == 0 and a + b == b + a and a * b == b * a and (a + b) - b == a
    assert (a < b) == bool(x < y) and read_text(number_text(a)) == a


@given(exacts())
@settings(max_examples=30, deadline=None)
def test_every_reading_of_an_exact_coefficient(x: Value) -> None:
    k = x * ks.arccos(1) + 1
    u = sympy.Rational(3, 10)
    true = sympy.N(x * ks.arccos(1).sympy(u) + 1, 40)
    assert k(0.3) == pytest.approx(float(true), rel=4e-14, abs=1e-14)
    mp = mpmath_context(35)
    assert abs(k(mp.mpf("0.3")) - mp.mpf(str(true))) < 1e-32 * (1 + abs(mp.mpf(str(x.evalf()))))
    assert abs(sympy.N(k.sympy(u) - true, 30)) < 1e-25 * (1 + abs(x.evalf()))
    assert k(arb(3) / 10).overlaps(arb(str(true)) + arb(0, 1e-36))
    theta = np.array([0.7 + 0.1j])
    plain = float(as_exact(x, "x")) * ks.arccos(1).of_angle(theta) + 1
    assert k.of_angle(theta) == pytest.approx(plain, rel=1e-13, abs=1e-13)
    for i, (b, base) in enumerate(zip(k.taylor(3), ks.arccos(1).taylor(3), strict=True)):
        expected = float(x) * float(base.mid()) + (i == 0)
        assert float(b.mid()) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert k.expand(terms=2).coefficient(1) == sympy.expand(-x)


def test_exact_parameters() -> None:
    root = sympy.sqrt(10)
    assert ks.laplace(root).expand(terms=3).coefficients == (1, -root, 5)
    assert ks.laplace(root).decay(3).c_plus == -root
    assert ks.exponential(1 / sympy.sqrt(2)).derivative() == 2 * ks.exponential(1 / sympy.sqrt(2))
    assert ks.exponential(1 / sympy.sqrt(2)).spectrum(3)[3] == ks.laplace(2, 1).spectrum(3)[3]
    assert "\\sqrt{10}" in ks.laplace(root).latex() and "\\pi" in ks.exponential(PI).latex()
    k = ks.laplace(root)
    assert float(k.spectrum(4).certified(7).mid()) == pytest.approx(k.spectrum(4)[7], rel=1e-13, abs=0)
    assert k(0.3) == pytest.approx(math.exp(-math.sqrt(7)), rel=1e-15, abs=0)
    assert (ROOT2 * ks.arccos(1)).spectrum(3).exact(2) == 3 * ROOT2 / 128
    assert ks.exponential(2 / sympy.sqrt(3)).spectrum(3).exact(0).equals(ks.laplace(F(3, 4), 1).spectrum(3).exact(0))


@pytest.mark.parametrize(
    "kernel",
    [
        ks.mlp(3, slope=1 / sympy.sqrt(2), bias_variance=PI / 10, tangent=True),
        ks.resnet(3, alpha=1 / sympy.sqrt(3)),
        ks.relu_layer(linear=1 / PI, constant=ROOT2 / 10),
        ks.dual("leaky_relu", slope=1 / PI),
    ],
    ids=repr,
)
def test_networks_with_irrational_parameters(kernel: Zonal) -> None:
    s = kernel.spectrum(4)
    assert ks.parse(repr(kernel)) == kernel
    assert float(s.certified(4, 20).mid()) == pytest.approx(s[4], rel=1e-12, abs=0)
    assert kernel.decay(4).at(4000) == pytest.approx(s[4000], rel=1e-2, abs=0)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (ROOT2, sympy.sqrt(8) / 2),
        (1 / (1 + ROOT2), ROOT2 - 1),
        (sympy.sqrt(3 + 2 * ROOT2), 1 + ROOT2),
        (sympy.exp(2) * sympy.exp(-1), E),
        (PI**2 / PI, PI),
    ],
)
def test_equal_numbers_are_equal_coefficients(a: Value, b: Value) -> None:
    assert a * ks.ntk(3) == b * ks.ntk(3) and a * ks.ntk(3) - b * ks.ntk(3) == 0 * ks.linear()


def test_coefficients_that_cancel_are_proved_to_be_zero() -> None:
    k = ks.ntk(3) * (1 / (1 + PI))
    assert k * (1 + PI) == ks.ntk(3)
    assert PI * k + k - ks.ntk(3) == 0 * ks.linear()
    a, b = ROOT2 * ks.ntk(3), ks.laplace() + PI * ks.rf(3)
    assert a * b == ks.ntk(3) * (ROOT2 * ks.laplace() + ROOT2 * PI * ks.rf(3))


def test_same_rkhs_with_irrational_numbers() -> None:
    verdict = ks.same_rkhs(ROOT2 * ks.ntk(3), ks.ntk(3), 4)
    assert verdict.same and verdict.lower <= math.sqrt(2) <= verdict.upper
    assert ks.same_rkhs(ks.laplace(ROOT2), ks.ntk(3), 4).same


@pytest.mark.parametrize(
    "value", [sympy.I, sympy.Symbol("x"), sympy.sin(1), sympy.oo, sympy.nan, "1/3", None, True, 1j]
)
def test_what_is_no_exact_number_is_refused(value: Value) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^c must be"):
        ks.laplace(value)


@pytest.mark.parametrize("question", [lambda: ks.defect_power(ROOT2), lambda: ks.laplace(1, 1 / PI)])
def test_exponents_are_rational(question: Any) -> None:
    with pytest.raises(ValueError, match="must be rational"):
        question()


# -- normalising ------------------------------------------------------------------------------------

NORMALISED = {
    "dual('exp')": E**2,
    "dual('sin')": sympy.exp(-1) * sympy.sinh(1),
    "dual('gelu')": sympy.Rational(1, 3) + sympy.sqrt(3) / (6 * PI),
    "dual('erf')": 2 / PI * sympy.asin(sympy.Rational(2, 3)),
    "sine_power(0)": 1 / PI,
    "arccos(1)@(0.5*linear())": sympy.Rational(1, 3) + sympy.sqrt(3) / (2 * PI),
    "laplace()@(0.5*linear())": sympy.exp(-1 / ROOT2),
    "ntk(3)": sympy.Integer(3),
    "dual('relu') + dual('exp')": sympy.Rational(1, 2) + E**2,
    "dual('exp')*matern(2) + 1": 1 + E**2,
    "power_series(0.5, 0.25)": sympy.Rational(3, 4),
    "mlp(3, bias_variance=0.1, tangent=True)": None,
}


@pytest.mark.parametrize("text", NORMALISED)
def test_normalized_kernels(text: str) -> None:
    k = ks.parse(text)
    one, normal = NORMALISED[text], k.normalized()
    assert normal(1.0) == pytest.approx(1, rel=4e-16, abs=0)
    if one is not None:
        assert normal(0.3) == pytest.approx(k(0.3) / float(one), rel=1e-14, abs=0)
    assert ks.parse(repr(normal)) == normal
    with precision(200):
        assert abs(normal(arb(1)) - 1) < arb(2) ** -150


@pytest.mark.parametrize("text", ["sine_power(1)", "defect_power(0.5)", "ntk(3) - 3", "sine_power(-0.5)"])
def test_normalized_is_refused_for_0_and_infinity(text: str) -> None:
    with pytest.raises(ValueError, match="kappa"):
        ks.parse(text).normalized()


def test_normalized_is_refused_for_0_within_rounding() -> None:
    k = ks.dual("leaky_relu", slope=1 / 3) - F(5, 9) * ks.linear()
    with pytest.raises(ValueError, match=REMEDY):
        k.normalized()


# -- text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["sqrt(-1)*linear()", "exp(1000)*linear()", "sqrt(2, 3)*linear()", "sqrt(linear())", "pi()", "tau*linear()",
     "exp(x=1)*linear()", "2**(1/5000)*linear()", "0**(-1)*linear()", "(1+sqrt(2))**65*linear()",
     "kappa(1, 2)*linear()", "(-2)**(1/2)*linear()", "gamma(2)*linear()", "bessel(1, -1)*linear()",
     "rounded(1, 2, 3)*linear()"],
)  # fmt: skip
def test_hostile_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="not a kernel expression"):
        ks.parse(text)


def test_float_coefficients_stay_exact_numbers_of_their_text() -> None:
    assert ks.parse("0.25*ntk(3)") == F(1, 4) * ks.ntk(3)
    assert ks.parse("0.3333333333333333*ntk(3)") == 1 / 3 * ks.ntk(3)
    assert ks.parse("1/3*ntk(3)") == F(1, 3) * ks.ntk(3)
    assert repr(F(3333333333333333, 10**16) * ks.ntk(3)) == "3333333333333333/10000000000000000*ntk(3)"


@pytest.mark.parametrize(
    "inner",
    [
        (1 / 3) * ks.linear() + (2 / 3) * ks.polynomial(2),
        -(1 / 3) * ks.polynomial(2) - (2 / 3) * ks.polynomial(4),
        (1 / 3) * ks.linear() + F(2, 3) * ks.polynomial(2),
    ],
    ids=repr,
)
def test_an_inner_end_within_rounding_of_one_is_no_analytic_kernel(inner: ks.Zonal) -> None:
    # With 1/3 and 2/3 the inner kernel ends at +-1 and nu is 3/2; with their decimals it ends before.
    kernel = 2 * (ks.arccos(1) @ inner) * ks.exponential(1)
    for law in (lambda: kernel.decay(3), lambda: kernel.spectrum(3).remainder(1)):
        with pytest.raises(ValueError, match="rounding of the inputs leaves open"):
            law()
    assert ks.same_rkhs(kernel, ks.arccos(1), 3).same is None
    exact = ks.arccos(1) @ (F(1, 3) * ks.linear() + F(2, 3) * ks.polynomial(2))
    assert exact.decay(3).nu == sympy.Rational(3, 2)
    far = ks.arccos(1) @ ((1 / 3) * ks.linear() + 0.1 * ks.polynomial(2))
    assert far.decay(3).nu == sympy.oo


def test_latex_of_rounded_and_broken_numbers() -> None:
    """A fraction that is squared stands in parentheses, and no formula shows how a float was rounded."""
    tenth = np.float32(0.1)
    for k in (ks.laplace(gamma=tenth), ks.defect_power(tenth), ks.rational_quadratic(tenth), ks.exponential(tenth)):
        assert "rounded" not in k.latex() and "0.10000000149011612" in k.latex()
    assert ks.exponential(2**-30).latex().endswith(r"/\left(\frac{1}{1073741824}\right)^{2}}")
    assert ks.exponential(0.6).latex() == "e^{(u-1)/0.6^{2}}"


def test_a_number_that_is_not_taken_says_why() -> None:
    for wrong in (sympy.cos(1), sympy.Symbol("a"), sympy.I):
        for product in (lambda w: w * ks.ntk(3), lambda w: ks.ntk(3) * w, lambda w: ks.ntk(3) + w):
            with pytest.raises(TypeError, match="must be a real number"):
                product(wrong)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_powers_of_balls_around_zero_are_finite(n: int) -> None:
    """As of sums that cancel to the last bit: with NaN there was no certified eigenvalue of five layers of sin."""
    x = arb(0, 2.0**-30)
    found = raised(x, F(n))
    assert found.contains(arb(2) ** (-30 * n)) and found < arb(2) ** (1 - 30 * n)
    assert raised(arb(2), F(n)) == 2**n and raised(arb(4), F(-n, 2)).overlaps(1 / arb(2**n))
