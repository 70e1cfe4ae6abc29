"""Certified eigenvalues against other proofs: rigorous integration, closed forms, Taylor bounds; and refusals."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from expressions import exact_kernels, time_limit, untyped
from flint import acb, arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.spectrum import certified
from kernelspec.spectrum.angular_quadrature import Quadrature
from kernelspec.sphere.power_eigenvalues import cut_power, power
from oracle.kernels import KernelSpec, taylor_coefficients
from oracle.mpmath_values import legendre

Function = Callable[[Any, bool], Any]
P = ks.parse


def accurate(ball: flint.arb, digits: int) -> bool:
    """Whether the radius is below 10^-digits of the value; exact values, 0 among them, are."""
    with flint.ctx.workprec(64):
        return bool(ball.rad() == 0 or ball.rad() < abs(ball) * arb(10) ** -digits)


def in_arb(x: Value) -> Value:
    """An mpmath number as it is."""
    sign, mantissa, exponent, _ = x._mpf_
    return (-1) ** sign * arb(int(mantissa)) * arb(2) ** int(exponent)


def near(ball: flint.arb, x: Value, digits: int) -> bool:
    """Whether the ball meets the interval of relative radius 10^-digits around an mpmath number."""
    with flint.ctx.workprec(1200):
        centre = in_arb(x)
        return bool(ball.overlaps(centre + arb(0, 1) * abs(centre) * arb(10) ** -digits))


# -- rigorous integration by subdivision, which knows of no ellipse ------------------------------------------------


def next_angle(theta: Value, analytic: bool) -> Value:
    """arccos kappa_1(cos theta), from 1 - kappa_1 = 2 sin^2(theta/2) - (sin theta - theta cos theta)/pi."""
    series = (-theta * theta / 4).hypgeom_0f1(acb(2.5))
    defect = 2 * (theta / 2).sin() ** 2 - theta**3 / (3 * arb.pi()) * series
    sine = (defect / 2).sqrt(analytic=analytic)
    if analytic and not (sine.imag != 0 or (sine.real > -1 and sine.real < 1)):
        return acb("nan", "nan")  # how acb.integral wants to hear of a branch cut
    return 2 * sine.asin()


def ramp(theta: Value) -> Value:
    """kappa_1(cos theta)."""
    return (theta.sin() + (arb.pi() - theta) * theta.cos()) / arb.pi()


def step(theta: Value) -> Value:
    """kappa_0(cos theta)."""
    return 1 - theta / arb.pi()


def network(depth: int, last: Callable[[Value], Value]) -> Function:
    def value(theta: Value, analytic: bool) -> Value:
        for _ in range(depth - 2):
            theta = next_angle(theta, analytic)
        return last(theta)

    return value


def tangent(depth: int) -> Function:
    def value(theta: Value, analytic: bool) -> Value:
        total = theta.cos()
        for i in range(depth - 1):
            theta = next_angle(theta, analytic) if i else theta
            total = total * step(theta) + ramp(theta)
        return total

    return value


def laplace(theta: Value, analytic: bool) -> Value:
    """e^{-sqrt(1-u)}, as sqrt(1 - cos theta) = sqrt 2 sin(theta/2)."""
    return (-arb(2).sqrt() * (theta / 2).sin()).exp()


def integrated(function: Function, size: int, d: int, k: int, bits: int, cut: int) -> Any:
    """mu_k on S^2 or S^3 (claim 6) by acb.integral from 2^-cut on; next to theta = 0 by |kappa| <= size."""
    with flint.ctx.workprec(bits + 20):
        pi, left = arb.pi(), arb(2) ** -cut
        tolerance = arb(2) ** -bits

        def integrand(theta: Value, analytic: bool) -> Value:
            if d == 3:
                weight = theta.cos().legendre_p(k) * theta.sin() / 2
            else:
                weight = ((k + 1) * theta).sin() * theta.sin() * 2 / (pi * (k + 1))
            return function(theta, analytic) * weight

        total, right = acb(0), pi
        while right > left:
            middle = right / 4 if right / 4 > left else left
            part = acb.integral(integrand, middle, right, rel_tol=tolerance, abs_tol=tolerance)
            total, right = total + part, middle
        # |P_k| <= 1, sin theta <= theta, and the constants in front are below 1.
        return total.real + arb(0, 1) * size * left ** (d - 1)


INTEGRALS = [
    ("rf(3)", network(3, ramp), 1, 4, 5, 90, 32),
    ("rf(4)", network(4, ramp), 1, 4, 6, 55, 20),
    ("ntk(3)", tangent(3), 3, 3, 7, 90, 32),
    ("arccos(0)@arccos(1)", network(3, step), 1, 4, 3, 90, 32),
    ("laplace()", laplace, 1, 4, 9, 90, 32),
]


@pytest.mark.parametrize(
    ("text", "function", "size", "d", "k", "bits", "cut"), INTEGRALS, ids=[i[0] for i in INTEGRALS]
)
def test_against_rigorous_integration(
    text: str, function: Function, size: int, d: int, k: int, bits: int, cut: int
) -> None:
    other = integrated(function, size, d, k, bits, cut)
    own = P(text).spectrum(d).certified(k, 30)
    assert accurate(other, 10)  # it tells something
    assert own.overlaps(other)
    assert accurate(own, 30)


# -- closed forms against the quadrature forced on them ------------------------------------------------

CLOSED = [
    "arccos(0)", "arccos(1)", "arccos(2)", "arccos(5)", "ntk(2)", "ntk(2, bias=True)", "exponential()",
    "exponential(0.3)", "laplace(c=2, gamma=1)", "polynomial(7)", "defect_power(1/3)", "defect_power(5/2)",
    "sine_power(1/2)", "sine_power(3/2)", "dual('exp')", "dual('sin')", "dual('cos')",
]  # fmt: skip


@pytest.mark.parametrize("text", CLOSED)
@pytest.mark.parametrize("d", [2, 5])
def test_closed_forms_against_quadrature(text: str, d: int) -> None:
    kernel = P(text)
    rule = Quadrature(kernel)
    with flint.ctx.workprec(200):
        for parity in (0, 1):
            degrees = [parity, parity + 2, parity + 12]
            values = rule.values(d, parity, degrees, 120)
            exact = kernel.spectrum(d).certified(degrees, 40)
            for k, value, closed in zip(degrees, values, exact, strict=True):
                assert value.rad() < 1e-34  # 2^-120 was asked for, up to the sharpness of the bound
                assert value.overlaps(closed), (k, value.str(40), closed.str(40))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_arc_cosine_kernels_against_claim_20(n: int) -> None:
    for d in (2, 3, 8):
        s = ks.arccos(n).spectrum(d)
        for k in range(n + 1, n + 6):
            ball = s.certified(k, 50)
            if (k - n) % 2 == 0:
                assert ball == 0
                continue
            with mp.workdps(80):
                half = mp.mpf(d) / 2
                root = mp.gamma(half) / mp.sqrt(mp.pi) * mp.factorial(n) * mp.mpf(2) ** -k
                root *= mp.gamma(k - n) / mp.gamma(mp.mpf(k - n + 1) / 2) / mp.gamma((k + d + n) * mp.mpf(0.5))
                scale = 2 / mp.fac2(2 * n - 1) * 2**n * mp.gamma(half + n) / mp.gamma(half)
                assert near(ball, scale * root**2, 75)


@settings(max_examples=40)
@given(st.integers(2, 12), st.integers(0, 30), st.fractions(Fraction(-1, 3), 6, max_denominator=7))
def test_powers_against_claim_15(d: int, k: int, nu: Fraction) -> None:
    assume(nu.denominator > 1)
    with mp.workdps(70):
        x = mp.mpf(nu.numerator) / nu.denominator
        exact = mp.mpf(2) ** (x + d - 2) * mp.gamma(mp.mpf(d) / 2) * mp.gamma(x + mp.mpf(d - 1) / 2)
        exact *= mp.gammaprod([k - x], [k + x + d - 1]) / (mp.sqrt(mp.pi) * mp.gamma(-x))
    ball = ks.defect_power(nu).spectrum(d).certified(k, 40)
    assert near(ball, exact, 60)
    assert accurate(ball, 40)


@pytest.mark.parametrize("d", [4, 5, 9])
def test_integer_powers_below_zero(d: int) -> None:
    # (1-u)^{-1} = (1+u) (1-u^2)^{-1}: a weight of parameter d - 2, and a polynomial that is integrated exactly.
    s = ks.defect_power(-1).spectrum(d)
    x = sympy.Symbol("x")
    lam = sympy.Rational(d - 2, 2)
    for k in range(4):
        p = sympy.Integer(1) if k == 0 else sympy.gegenbauer(k, lam, x) / sympy.gegenbauer(k, lam, 1)
        exact = sympy.Integer(0)
        for (m,), c in sympy.Poly(sympy.expand(p * (1 + x)), x).terms():
            if m % 2 == 0:
                exact += c * sympy.beta(sympy.Rational(m + 1, 2), sympy.Rational(d - 3, 2))
        exact /= sympy.beta(sympy.Rational(1, 2), sympy.Rational(d - 1, 2))
        with mp.workdps(40):
            value = mp.mpf(sympy.N(exact, 40))
        assert near(s.certified(k, 25), value, 35)


def test_exponential_against_bessel() -> None:
    for d, k, sigma in ((3, 4, 1), (10, 0, Fraction(1, 3)), (1000, 7, 2)):
        ball = ks.exponential(sigma).spectrum(d).certified(k, 60)
        with mp.workdps(90):
            a = 1 / (mp.mpf(Fraction(sigma).numerator) / Fraction(sigma).denominator) ** 2
            half = mp.mpf(d) / 2
            exact = mp.exp(-a) * mp.gamma(half) * (2 / a) ** (half - 1) * mp.besseli(k + half - 1, a)
            assert near(ball, exact, 80)


# -- Taylor series with coefficients >= 0: partial sums bound from below -------------------------


def weight(d: int, k: int, m: int) -> Any:
    """mu_k(u^m), claim 10, as a rational."""
    j = (m - k) // 2
    ratio = Fraction(math.factorial(m), 2**m * math.factorial(j))
    for i in range(k + j):
        ratio /= Fraction(d, 2) + i
    return arb(flint.fmpq(ratio.numerator, ratio.denominator))


@pytest.mark.parametrize(
    ("text", "spec"), [("rf(3)", KernelSpec("rf", 3)), ("rf(5)", KernelSpec("rf", 5)), ("ntk(4)", KernelSpec("ntk", 4))]
)
@pytest.mark.parametrize(("d", "k"), [(12, 0), (12, 3), (40, 6), (40, 11)])
def test_between_taylor_bounds(text: str, spec: KernelSpec, d: int, k: int) -> None:
    length = 160
    with flint.ctx.workprec(400):
        b = taylor_coefficients(spec, length)
        assert all(x > -1e-80 for x in b)
        lower = sum((b[m] * weight(d, k, m) for m in range(k, length, 2)), arb(0))
        # mu_k(u^m) falls with m from where k^2 - k + 2 - 2d < j (2d - 2) on, here everywhere past the series
        assert k * k < length
        one = {"ntk(4)": 4}.get(text, 1)
        first = length if (length - k) % 2 == 0 else length + 1
        missing = (one - sum(b, arb(0))) * weight(d, k, first)
        bracket = (lower + missing / 2) + arb(0, 1) * (missing / 2 + arb(10) ** -80)
        ball = P(text).spectrum(d).certified(k, 40)
        assert bracket.rad() < 1e-3 * lower  # it tells something
        assert bracket.contains(ball)


# -- random kernels against mpmath's quadrature of their closed forms ------------------------------------------------


def by_mpmath(kernel: Zonal, d: int, k: int) -> tuple[Any, Any]:
    """mu_k by tanh-sinh quadrature in the angle from the sympy expression, and a bound of its doubt."""
    u = sympy.Symbol("u")
    function = sympy.lambdify(u, kernel.sympy(u), "mpmath", cse=True)
    with mp.workdps(45):
        half = mp.mpf(d) / 2
        scale = mp.gamma(half) / (mp.sqrt(mp.pi) * mp.gamma(half - mp.mpf(1) / 2))

        @functools.cache  # the nodes of one rule are among those of the next
        def integrand(theta: Value) -> Value:
            t = mp.cos(theta)
            return mp.re(function(t)) * legendre(d, k, t) * mp.sin(theta) ** (d - 2)

        parts = [0, mp.pi / 2, mp.pi]
        rough, fine = (scale * mp.quad(integrand, parts, maxdegree=n) for n in (5, 6))
        # 45 digits less the half that a naive sqrt(1 - v^2) loses at the ends
        return fine, abs(fine - rough) + mp.mpf(10) ** -20


@settings(max_examples=8)
@given(exact_kernels(), st.integers(2, 7), st.integers(0, 6))
def test_random_kernels_against_mpmath(kernel: Zonal, d: int, k: int) -> None:
    assume(not kernel.truncation and len(repr(kernel)) <= 70)
    try:
        ball = kernel.spectrum(d).certified(k, 15)
    except ValueError as error:
        assert "analytic" in str(error) or "root of degree" in str(error)
        return
    exact, doubt = by_mpmath(kernel, d, k)
    assume(doubt < 1e-9)
    assert accurate(ball, 15)
    with mp.workdps(40):
        assert abs(exact - mp.mpf(ball.mid().str(30, radius=False))) <= doubt + 1e-14 * abs(exact)


FIXED = [
    "rf(3, degree=0)", "rf(4, degree=0)", "rf(5, degree=0)", "rf(3, degree=2)", "laplace(c=2, gamma=1/3)",
    "ntk(4, bias=True)", "mlp(3, slope=0.3, bias_variance=0.2, tangent=True)", "mlp(4, slope=-0.5)", "resnet(3)",
    "resnet(2, tangent=True)", "ntk(3) - rf(3)", "laplace()*arccos(1)", "arccos(0)@(2*arccos(0)-1)",
    "arccos(1)@(2*arccos(0)-1)", "dual('erf')", "dual('gelu')", "exponential()@arccos(0)",
    "arccos(1)@(-1*linear()) + laplace()",
    # inner kernels that begin below 0 and end above it
    "arccos(1)@(1.5*(arccos(0)@(-0.9*linear()))-0.5)",
    # inner kernels that hold a composition of their own
    "arccos(1)@(0.5*(arccos(0)@arccos(1)) + 0.5*linear())",
]  # fmt: skip


@pytest.mark.parametrize("text", FIXED)
def test_named_kernels_against_mpmath(text: str) -> None:
    kernel, d, k = P(text), 3, 3
    ball = kernel.spectrum(d).certified(k, 25)
    exact, doubt = by_mpmath(kernel, d, k)
    assert accurate(ball, 25)
    assert doubt < 1e-9
    with mp.workdps(40):
        assert abs(exact - mp.mpf(ball.mid().str(30, radius=False))) <= doubt


# -- digits as asked for ------------------------------------------------


@settings(max_examples=10)
@given(
    st.sampled_from(["rf(3)", "ntk(3)", "laplace()", "rf(3, degree=0)", "ntk(3)-ntk(2)", "rf(2)*laplace()"]),
    st.integers(2, 9), st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(1, 40),
)  # fmt: skip
def test_balls_of_any_accuracy_overlap(text: str, d: int, degrees: list[int], digits: int) -> None:
    s = P(text).spectrum(d)
    rough, fine = s.certified(degrees, digits), s.certified(degrees, digits + 25)
    for a, b in zip(rough, fine, strict=True):
        assert a.contains(b) or (a.overlaps(b) and b.rad() < a.rad())
        assert accurate(a, digits)
        assert accurate(b, digits + 25)


def test_few_nodes_are_owned_up_to() -> None:
    # At a few bits the quadrature error outweighs the rounding: this tests the theorem's constant.
    rule = Quadrature(ks.rf(3))
    truth = ks.rf(3).spectrum(4).certified([0, 4, 8], 40)
    for depth in range(1, 40):
        with flint.ctx.workprec(128):
            found = rule.values(4, 0, [0, 4, 8], depth)
            assert all(a.contains(b) for a, b in zip(found, truth, strict=True)), depth


def test_hundred_and_thousand_digits() -> None:
    s = ks.ntk(3).spectrum(4)
    rough, hundred = s.certified(5, 30), s.certified(5, 100)
    assert accurate(hundred, 100)
    assert rough.overlaps(hundred)
    thousand = ks.laplace().spectrum(3).certified(4, 1000)
    assert accurate(thousand, 1000)
    assert ks.laplace().spectrum(3).certified(4, 100).overlaps(thousand)


@pytest.mark.parametrize(
    ("text", "d", "k"),
    [
        ("ntk(3)", 1000, 12),
        ("rf(4)", 1000, 25),
        ("rf(3)", 3, 1000),
        ("laplace()", 2, 1001),
        ("rf(3, degree=0)", 2, 400),
    ],
)
def test_far_corners(text: str, d: int, k: int) -> None:
    s = P(text).spectrum(d)
    ball = s.certified(k, 20)
    assert accurate(ball, 20)
    found = s.log_abs(k)
    with flint.ctx.workprec(100):
        # the float64 logarithm: its own rounding, and the error that it states for mu_k
        assert abs(arb(found) - abs(ball).log()) <= s.error(k) + 2.0**-51 * abs(found)


# -- symmetry, linearity, many degrees ------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parity", "first"),
    [
        ("arccos(0)", 0, 2), ("arccos(1)", 1, 3), ("arccos(2)", 0, 4), ("ntk(2)", 1, 3), ("dual('erf')", 0, 0),
        ("dual('sin')", 0, 0), ("dual('cos')", 1, 1), ("arccos(1)@polynomial(2)", 1, 1), ("polynomial(6)", 0, 8),
        ("2*arccos(0)-1", 0, 0), ("mlp(4, slope=-1)", 1, 1), ("sine_power(1/2)", 1, 1),
        ("arccos(0)@polynomial(2)", 1, 3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("d", [2, 3, 1000])
def test_parity_zeros_are_exact(text: str, parity: int, first: int, d: int) -> None:
    assert first % 2 == parity
    s = P(text).spectrum(d)
    with time_limit():
        found = s.certified(np.array([first, first + 2, first + 1000]), 15)
    for mu in found:
        assert mu == 0
        assert mu.rad() == 0


def test_odd_kernels_inside_a_step() -> None:
    # kappa_0(v) + kappa_0(-v) = 1: whatever odd v is, the even part of kappa_0(v) is 1/2
    for text in ("arccos(0)@(2*arccos(0)-1)", "arccos(0)@dual('erf')"):
        with time_limit():
            assert P(text).spectrum(3).certified(2, 15) == 0
            assert P(text).spectrum(3).certified(0, 15) == 0.5


@settings(max_examples=5)
@given(
    st.lists(st.tuples(st.fractions(-2, 2, max_denominator=5),
             st.sampled_from(["rf(3)", "laplace()", "arccos(2)", "exponential()", "ntk(3)"])), min_size=1, max_size=3),
    st.integers(2, 6), st.integers(0, 12),
)  # fmt: skip
def test_linear_in_the_kernel(parts: list[tuple[Fraction, str]], d: int, k: int) -> None:
    kernel: Any = sum(((c * P(text)) for c, text in parts), 0 * ks.linear())
    separate = arb(0)
    with flint.ctx.workprec(160):
        for c, text in parts:
            separate += arb(flint.fmpq(c.numerator, c.denominator)) * P(text).spectrum(d).certified(k, 30)
    assert kernel.spectrum(d).certified(k, 20).overlaps(separate)


def test_many_degrees_in_any_form() -> None:
    s = ks.rf(3).spectrum(5)
    each = [s.certified(k, 12) for k in range(7)]
    for form in (slice(0, 7), list(range(7)), np.arange(7), slice(7)):
        many = s.certified(untyped(form), 12)
        assert isinstance(many, list)
        assert all(a.overlaps(b) and accurate(a, 12) for a, b in zip(many, each, strict=True))
    assert s.certified([], 12) == []
    backwards = s.certified([6, 0, 3, 3], 12)
    assert [bool(a.overlaps(each[k])) for a, k in zip(backwards, (6, 0, 3, 3), strict=True)] == [True] * 4


def test_degrees_beyond_quadrature_meet_it(monkeypatch: pytest.MonkeyPatch) -> None:
    s, degrees = P("ntk(3) + 0.5*laplace()").spectrum(3), [9, 300, 120, 301]
    by_quadrature = s.certified(degrees, 20)
    monkeypatch.setattr(certified, "_LARGEST_QUADRATURE", 150)
    by_expansion = s.certified(degrees, 20)
    assert all(accurate(ball, 20) for ball in (*by_quadrature, *by_expansion))
    assert all(a.overlaps(b) for a, b in zip(by_quadrature, by_expansion, strict=True))
    assert by_quadrature[1].rad() != by_expansion[1].rad()  # two ways indeed
    with pytest.raises(ArithmeticError, match="out of reach"):
        s.certified(151, 300)


@pytest.mark.parametrize("d, k", [(3, 2000), (3, 1999), (1000, 2000)])
def test_large_degrees_do_not_wait_for_quadrature(d: int, k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # sqrt(1-u^2) sqrt(1-u) = 2 sqrt(1+u) - (1+u)^(3/2): closed forms (claim 15), mirrored
    monkeypatch.setattr(certified, "quadrature", None)
    mu = P("sine_power(1/2) * defect_power(1/2)").spectrum(d).certified(k, 40)
    form = P("2*defect_power(1/2) - defect_power(3/2)").spectrum(d).certified(k, 40)
    assert accurate(mu, 40)
    with flint.ctx.workprec(200):
        assert mu.overlaps((-1) ** k * form / arb.pi())


def test_quadrature_serves_where_the_expansion_has_not_got_the_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    s, degrees = ks.ntk(3).spectrum(3), [301, 8, 2, 299, 8, 300]
    by_quadrature = s.certified(degrees, 25)
    monkeypatch.setattr(certified, "_MANY_BITS", 0)
    found = s.certified(degrees, 25)
    assert all(accurate(ball, 25) for ball in found)
    assert all(a.overlaps(b) for a, b in zip(found, by_quadrature, strict=True))
    assert [a.rad() != b.rad() for a, b in zip(found, by_quadrature, strict=True)][0]  # two ways
    assert accurate(s.certified(300, 150), 150)
    assert accurate(P("matern(5/2, 1/20)").spectrum(3).certified(40, 15), 15)  # no remainder is proved


def test_trace() -> None:
    # sum mu_k N(d, k) = kappa(1) (claim 7); for e^{u-1} the terms past k = 40 are below 1e-40
    s = ks.exponential().spectrum(3)
    with flint.ctx.workprec(200):
        total = sum(((2 * k + 1) * mu for k, mu in enumerate(s.certified(slice(0, 40), 40))), arb(0))
        assert abs(total - 1) < 1e-36


# -- refusals ------------------------------------------------


def test_truncated_series_are_refused() -> None:
    kernel = ks.dual(np.tanh)
    for refused in (kernel, 2 * kernel + ks.arccos(1), kernel * ks.arccos(1), ks.arccos(1) - kernel):
        with pytest.raises(ValueError, match="cut off"):
            refused.spectrum(3).certified(3)


def test_a_truncated_series_stays_one_beside_its_own_polynomial() -> None:
    kernel = ks.dual(np.tanh)
    same = ks.power_series(*untyped(kernel).coefficients)
    assert same.spectrum(3).certified(3) != 0
    for refused in (kernel + same, same + kernel, 3 * same - kernel):
        with pytest.raises(ValueError, match="cut off"):
            refused.spectrum(3).certified(3)


@pytest.mark.parametrize("digits", [0, -3, 10001, 2.5, "ten", True, None])
def test_wrong_digits(digits: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="digits"):
        ks.arccos(1).spectrum(3).certified(2, digits)


@pytest.mark.parametrize("k", [-1, 1.5, True, "2", [1, -2], slice(0, None), 2**60])
def test_wrong_degrees(k: Value) -> None:
    with pytest.raises((ValueError, TypeError), match=r"k must|slice|spectrum needs an end"):
        ks.arccos(1).spectrum(3).certified(k)


@pytest.mark.parametrize(
    "text",
    [
        "arccos(0)@(1.0000000000001*arccos(1))",  # leaves [-1, 1] by less than floats tell apart
        "arccos(0)@(4*polynomial(3)-3*linear())",  # reaches 1 between the ends
        "(linear()+1)*(arccos(0)@(8*polynomial(4)-8*polynomial(2)+1))",
    ],
)
def test_kernels_that_cannot_be_shown_analytic(text: str) -> None:
    with time_limit(), pytest.raises(ValueError, match="analytic|must take values"):
        P(text).spectrum(4).certified(3)


def test_a_constant_inside() -> None:
    # kappa_0(1) = 1, a constant: it has no eigenvalue but mu_0
    own = P("arccos(0)@(0*linear()+1) + ntk(3)").spectrum(4)
    plain = ks.ntk(3).spectrum(4)
    assert own.certified(3, 20).overlaps(plain.certified(3, 20))
    try:
        assert own.certified(0, 20).overlaps(plain.certified(0, 25) + 1)
    except ValueError as error:
        assert "analytic" in str(error)


def test_infinite_kernels_are_refused() -> None:
    with pytest.raises(ValueError, match="analytic|infinite"):
        ks.ntk(3).derivative().spectrum(4).certified(3)


def test_an_eigenvalue_that_is_zero_by_no_symmetry() -> None:
    # Rational eigenvalues of unlike kernels, so that a combination of both vanishes at degree 2 alone.
    ramp_value, square = ks.arccos(1).spectrum(3).exact(2), sympy.Rational(2, 15)
    assert ramp_value == sympy.Rational(3, 128)
    c = Fraction(3, 128) / Fraction(2, 15)
    assert sympy.Rational(c.numerator, c.denominator) * square == ramp_value
    s = (ks.arccos(1) - c * ks.polynomial(2)).spectrum(3)
    with time_limit(), pytest.raises(ArithmeticError, match=r"mu_2 of .* could not be told"):
        s.certified(2)
    assert accurate(s.certified(4, 30), 30)


def test_scales() -> None:
    # estimates of the size set the precision to begin with; no size may make it too small
    for scale in (Fraction(1, 10**300), 10**300):
        s = (scale * ks.ntk(3)).spectrum(4)
        ratio = s.certified(2, 10) / ks.ntk(3).spectrum(4).certified(2, 20)
        assert abs(ratio / arb(flint.fmpq(Fraction(scale).numerator, Fraction(scale).denominator)) - 1) < 1e-9


def test_closed_forms_at_a_million() -> None:
    # e^{u-1}: log mu_k is some -k log k; a closed form needs no bits for it
    with time_limit():
        assert accurate(ks.exponential().spectrum(4).certified(10**6, 20), 20)


def test_the_precision_in_force_is_left_alone() -> None:
    saved = flint.ctx.prec
    try:
        flint.ctx.prec = 77
        ks.rf(3).spectrum(4).certified(3, 50)
        assert flint.ctx.prec == 77
        for text in ("arccos(0)@(1.0000000000001*arccos(1))", "arccos(1) - (45/256)*polynomial(2)"):
            with pytest.raises((ValueError, ArithmeticError)):
                P(text).spectrum(3).certified(2, 10)
            assert flint.ctx.prec == 77
        flint.ctx.prec = 10  # a user's low precision costs no digits
        assert accurate(ks.rf(4).spectrum(4).certified(4, 40), 40)
        assert flint.ctx.prec == 10
    finally:
        flint.ctx.prec = saved


@given(st.integers(2, 60), st.integers(0, 40), st.fractions(0, 5, max_denominator=6), st.integers(0, 6))
def test_the_power_on_its_cut_is_the_power(d: int, k: int, nu: Fraction, shift: int) -> None:
    k += math.floor(nu) + 1 + shift
    with flint.ctx.workprec(128):
        mu = power(d, nu).ball(k)
        sine = (arb(flint.fmpq(nu.numerator, nu.denominator)) * arb.pi()).sin()
        assert (-sine * cut_power(d, nu).ball(k)).overlaps(mu)
        assert cut_power(d, nu).ball(k) > 0
