"""What the checks compute with - forms, series, small oracles - each against the same number found another way."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from experiments import stability_search
from kernelspec import sphere
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import deep as oracle
from oracle import identities, layer_series, sphere_forms, two_layer_forms
from oracle import layered as plain
from oracle.neuron_norms import space_dimension
from paper_checks import (
    c_decay,
    e_equivalence,
    e_networks,
    l_constants,
    l_crossover,
    l_kinks,
    l_laplace,
    l_laplace_bands,
    l_networks_mixed,
)
from paper_checks import deep_evidence as evidence


def near(found: Value, expected: Any, rel: float = 1e-12) -> bool:
    return bool(float(found) == pytest.approx(float(expected), rel=rel, abs=0))


# --------------------------------------------------------------------------- constants of deep kernels


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_constants_of_deep_kernels_are_those_of_their_expansions(depth: int) -> None:
    for kernel, (plus, minus) in (
        (ks.rf(depth), evidence.rf_coefficients(depth)),
        (ks.ntk(depth), evidence.ntk_coefficients(depth)),
        (ks.ntk(depth, bias=True), evidence.ntk_coefficients(depth, bias=True)),
    ):
        law = kernel.decay(4)
        assert near(plus, law.c_plus.evalf()) and near(minus, law.c_minus.evalf())


def test_digits_are_all_looked_at() -> None:
    ball = arb(2).sqrt()
    assert evidence.digits("x", [ball], ("1.414214",)).passed
    assert not evidence.digits("x", [ball], ("1.414215",)).passed
    assert not oracle.has_digits(arb(2).sqrt() + arb(0, 1e-6), "1.414214")
    assert oracle.has_digits(arb("0.12345649"), "0.123456")
    assert not oracle.has_digits(arb("0.1234566"), "0.123456")


@given(st.integers(2, 9), st.sampled_from((0.5, 0.75, 1.5, 2.25)), st.integers(0, 300))
def test_eigenvalues_of_powers(d: int, nu: float, k: int) -> None:
    with oracle.precision(200):
        ball = oracle.power_eigenvalue(d, arb(nu), k)
    assert near(ball, sphere.power_eigenvalue(d, nu, k))


@pytest.mark.parametrize("fold", [1, 2, 3])
def test_quadrature_of_polynomials_in_a_folded_angle(fold: int) -> None:
    found = oracle.eigenvalues(lambda u: (1 + u) ** 3, 4, (0, 1, 2, 3, 4), nodes=60, fold=fold)
    exact = [((1 + ks.linear()) ** 3).spectrum(4).exact(k) for k in range(5)]
    assert all(abs(float(a - b.p / arb(b.q))) < 1e-20 for a, b in zip(found, exact, strict=True))


def test_slopes_at_minus_one() -> None:
    b, product = oracle.depths(5)
    u, slopes = 0.0, 1.0
    for depth in (3, 4, 5):
        slopes *= float(ks.arccos(0)(u))
        u = float(ks.arccos(1)(u))
        assert near(b[depth], u) and near(product[depth], slopes)


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("depth", [2, 4])
def test_ends_of_layers_with_slopes_and_biases(depth: int, tangent: bool) -> None:
    for slope in (Fraction(1, 4), Fraction(-1, 2)):
        law = ks.mlp(depth, slope, tangent=tangent).decay(4)
        plus, minus = plain.leaky_ends(depth, slope, tangent)
        assert near(plus, law.c_plus.evalf()) and near(minus, law.c_minus.evalf())
    law = ks.mlp(depth, Fraction(1, 4), 1, Fraction(1, 2), tangent).decay(4)
    assert near(plain.biased_end(depth, Fraction(1, 4), 1, Fraction(1, 2), tangent), law.c_plus.evalf())


@pytest.mark.parametrize("depth", [3, 5])
def test_ends_of_squared_layers(depth: int) -> None:
    law, (plus, minus) = ks.rf(depth, degree=2).decay(4), e_networks._coefficients(depth)
    assert near(plus, law.c_plus.evalf()) and near(minus, law.c_minus.evalf())


def test_a_layer_of_series_against_numbers() -> None:
    """r kappa_1 + a u at 1 - D t + C t^{3/2}, and the tangent kernel's A + E t^{1/2}, at t = 2^-300."""
    ramp, total, state = Fraction(1, 3), Fraction(5, 6), (2, 3, 4, 5)
    slope, cusp, value, root = map(sympy.Rational, state)
    series = layer_series.through_layer(sympy.Rational(1, 3), sympy.Rational(5, 6), (slope, cusp, value, root), 1)
    with oracle.precision(4000):
        t = arb(2) ** -300
        defect = 2 * t - 3 * t * t.sqrt()
        u, straight = 1 - defect, oracle.ball(total - ramp)
        after = oracle.ball(ramp) * (1 - oracle.arccosine(1, u)) + straight * defect
        first = after / t
        second = (first - oracle.ball(Fraction(str(series[0])))) / t.sqrt()
        tangent = (4 + 5 * t.sqrt()) * (oracle.ball(ramp) * oracle.arccosine(0, u) + straight)
        tangent += 1 - after
        rest = (tangent - oracle.ball(Fraction(str(series[2])))) / t.sqrt()
        assert near(first, series[0]) and near(-second, series[1].evalf())
        assert near(tangent, series[2]) and near(rest, series[3].evalf())


def test_corrections_of_mixed_stacks() -> None:
    for stack in l_networks_mixed.stacks(5):
        if 0 in stack:
            assert l_networks_mixed.by_recursion(stack) == l_networks_mixed.in_closed_form(stack)
    for stack in ((1, 0), (0, 1), (0, 0), (1, 1, 0), (0, 1, 0)):
        rule = l_networks_mixed.in_closed_form(stack)
        with oracle.precision(6000):
            t = arb(2) ** -600
            u = 1 - t
            for degree in stack:
                u = oracle.arccosine(degree, u)
            c = oracle.sqrt2_over_pi()
            lead, size = (c ** (2 - arb(2) ** (1 - m)) for m in (rule.steps, rule.level))
            rest = (1 - u) / (lead * t ** oracle.ball(rule.nu)) - 1
            assert near(rest / (size * t ** oracle.ball(rule.gap)), rule.relative, 1e-9)


# ------------------------------------------------------------------------------------- forms and series


@given(st.integers(0, 6), st.integers(-6, 6), st.fractions(1, 3, max_denominator=7))
def test_quotients_of_gamma_functions(a: int, shift: int, x: Fraction) -> None:
    y = sympy.Rational(x.numerator, x.denominator) + 7
    one, two = identities.Gammas((y + a + shift,), (y,)), identities.Gammas((y + a,), (y + 1,))
    with mpmath.workdps(30):
        value = mpmath.mpf(y.p) / y.q
        expected = mpmath.gammaprod([value + a + shift, value + 1], [value, value + a])
    assert near(one.over(two), expected)


def test_gamma_functions_that_are_not_an_integer_apart_are_refused() -> None:
    x = sympy.Symbol("x")
    for other in (x + sympy.Rational(1, 2), 2 * x):
        with pytest.raises(ValueError, match="integer"):
            identities.Gammas((x,), ()).over(identities.Gammas((other,), ()))


@given(st.integers(2, 9), st.integers(1, 12), st.floats(-1, 1))
def test_the_recurrence_of_harmonics(d: int, k: int, t: float) -> None:
    p = [float(sphere.legendre(d, j, t)) for j in (k - 1, k, k + 1)]
    assert math.isclose(t * p[1], sphere_forms.down(k, d) * p[0] + sphere_forms.up(k, d) * p[2], abs_tol=1e-13)


@pytest.mark.parametrize(("k", "s", "d"), [(1, 0, 3), (2, 1, 4), (5, 2, 7), (4, 1, 3)])
def test_coefficients_of_powers_of_relu(k: int, s: int, d: int) -> None:
    direct = two_layer_forms.half_integral(d, s, k)
    found = two_layer_forms.sign(k, s) * two_layer_forms.coefficient(k, s, d)
    assert near(found.evalf(20), direct.evalf(20))
    assert near(two_layer_forms.eigenvalue_ball(k, s, d), ks.arccos(s).spectrum(d)[k])


@given(st.integers(2, 7), st.integers(1, 3))
def test_dimensions_of_a_single_power(d: int, power: int) -> None:
    kernel = [0] * power + [1]
    expected = math.comb(power + d - 1, d - 1)  # all monomials of that degree
    assert space_dimension(kernel, d) == expected


def test_taylor_series_of_tangent_kernels() -> None:
    for depth, tangent, kernel in ((3, True, ks.ntk(3)), (2, False, ks.arccos(1))):
        found = e_equivalence._taylor(depth, tangent, 8)
        assert all(near(a, b) for a, b in zip(found, kernel.taylor(8), strict=False) if float(b))


def test_errors_are_the_largest_that_the_balls_allow() -> None:
    with oracle.precision(300):
        plus, minus = [arb(0), arb(1)], [arb(0), arb(0)]
        value = oracle.power_eigenvalue(3, arb(0.5), 100)
        wide = c_decay._errors(value * (1 + arb(0, 1e-3)), plus, minus, 3, 100)
    assert 0.99e-3 < wide[1] < 1.1e-3


# ------------------------------------------------------------------------ laplace, crossover, kinks


@pytest.mark.parametrize(("c", "d"), [(0.5, 3), (2.0, 4)])
def test_laplace_eigenvalues_from_powers(c: float, d: int) -> None:
    degrees = l_laplace._powers(d)[0]
    few = degrees < 60
    expected = ks.laplace(c=c).spectrum(d)(degrees[few])
    np.testing.assert_allclose(c * l_laplace._laplace(d, c, 0)[few], expected, rtol=1e-10)


def test_ratios_beyond_the_first_term_hold_their_ends() -> None:
    first, second = arb("0.01"), arb("0.02")
    found = l_laplace_bands.ratio_beyond(arb(2), first, second)
    for a in (-1, 1):
        for b in (-0.99, 0.99):
            assert found.contains(2 * (1 + 0.99 * a * first) / (1 + b * second))
    assert found.rad() < 0.07


@pytest.mark.parametrize(("name", "d"), [("RF", 4), ("NTK", 3)])
def test_the_limit_of_depth_begins_with_the_second_term(name: str, d: int) -> None:
    """The coefficient of kappa^{-2} is that of claim L5a."""
    size = 10 * (d + 2) / 9 if name == "RF" else 5 * d / 6
    scaled = [(1 - l_crossover._scaled(name, d, q)) * q**2 for q in (40.0, 80.0)]
    # what is left is of order kappa^-2
    assert (4 * scaled[1] - scaled[0]) / 3 == pytest.approx(size / math.pi**2, rel=1e-4, abs=0)


@given(st.floats(-0.95, 0.95), st.floats(-2, 2), st.floats(-2, 2))
@settings(max_examples=20)
def test_probabilities_of_two_normal_numbers(u: float, h: float, k: float) -> None:
    from scipy.stats import multivariate_normal

    found = l_kinks._both_below(h, k, np.array([u]))[0]
    expected = multivariate_normal([0, 0], [[1, u], [u, 1]]).cdf([h, k])
    assert found == pytest.approx(float(expected), abs=2e-6)


def test_the_kink_rule_on_powers_of_relu() -> None:
    for s in (1, 2, 3):  # max(0, x)^s has the jump s! of its s-th derivative at 0
        case = l_kinks.Kinked("", ks.arccos(s), s, {Fraction(0): Fraction(math.factorial(s))}, abs)
        plus, minus = l_kinks._by_hand(case)
        law = ks.arccos(s).decay(3)
        # E[max(0, a)^{2s}] = (2s-1)!!/2 is 1 for kappa_s
        scale = sympy.factorial2(2 * s - 1) / 2
        assert sympy.simplify(plus - scale * law.c_plus) == 0
        assert sympy.simplify(minus - scale * law.c_minus) == 0


@pytest.mark.parametrize(("d", "nu"), [(Fraction(4), Fraction(1, 3)), (Fraction(7, 2), Fraction(-1, 2))])
def test_moments_of_powers(d: Fraction, nu: Fraction) -> None:
    def integrand(theta: Value) -> Value:
        u = mpmath.cos(theta)
        p = mpmath.hyp2f1(-3, 1 + mpmath.mpf(d.numerator) / d.denominator, half, (1 - u) / 2)
        power = 2 * mpmath.mpf(nu.numerator) / nu.denominator
        return 2 ** (power / 2) * mpmath.sin(theta / 2) ** power * p * weight(theta)

    def weight(theta: Value) -> Value:
        return mpmath.sin(theta) ** (2 * half - 1)

    with mpmath.workdps(30):
        half = (mpmath.mpf(d.numerator) / d.denominator - 1) / 2
        ends = [0, mpmath.pi / 8, mpmath.pi]
        expected = mpmath.quad(integrand, ends) / mpmath.quad(weight, ends)
    with oracle.precision(200):
        assert near(l_constants._by_moments(d, nu, 3), expected, 1e-9)


def test_ratios_are_those_of_the_largest_distance() -> None:
    rng = np.random.default_rng(3)
    trials = list(stability_search.on_fine_grids(rng, 3, tangent=False))
    found = stability_search.ratios(trials, tangent=False)
    for trial, ratio in zip(trials, found, strict=True):
        from kernelspec.ckn import stability

        values = [float(stability.measured(trial.net, x, trial.tau, smoothing=trial.smoothing)) for x in trial.signals]
        upper = stability.bound(trial.net, trial.tau, smoothing=trial.smoothing, continuum=True).value
        assert ratio == pytest.approx(max(values) / upper, rel=1e-6, abs=0)
