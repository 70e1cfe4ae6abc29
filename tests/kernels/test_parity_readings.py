"""Networks beyond u = 1: values of either part, growth and rates, against formulas in mpmath."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp
import pytest

import kernelspec as ks
from kernelspec.kernels.growth import AtInfinity, AtOne, AtRadius, infinite
from kernelspec.kernels.growth_facts import UnreadError
from kernelspec.kernels.parity_readings import growth_of
from kernelspec.numbers.precision import at_least

F = Fraction


def erf(q: float) -> Callable[[Any], Any]:
    """The dual of erf at a variance, normalised."""

    def value(u: Any) -> Any:
        beta = mp.mpf(2) * q / (1 + 2 * q)
        return mp.asin(beta * u) / mp.asin(beta)

    return value


def gelu(q: float) -> Callable[[Any], Any]:
    """E[phi(a) phi(b)] by Stein's lemma, as a sum over Hermite coefficients would have it."""

    def value(u: Any) -> Any:
        beta = mp.mpf(q) / (1 + q)
        y = beta * u
        angle = mp.mpf(1) / 2 + mp.asin(y) / mp.pi
        return q * u * angle / 2 + q * beta * (1 - (q - 1) / (q + mp.mpf(1)) * u * u) / (2 * mp.pi * mp.sqrt(1 - y * y))

    return lambda u: value(u) / value(mp.mpf(1))


def biased(u: Any) -> Any:
    inner = erf(1)((u + 1) / 2)
    rate = 2 / mp.pi * mp.asin(mp.mpf(2) / 3)
    return mp.sinh(rate * inner) / mp.sinh(rate)


VALUES: list[tuple[str, Callable[[Any], Any]]] = [
    ("mlp(2, activation='erf')", erf(2)),
    ("mlp(2, activation='gelu', weight_variance=3)", gelu(3)),
    ("dual('erf')", lambda u: 2 / mp.pi * mp.asin(2 * u / 3)),
    ("dual('sin')*dual('exp') + 3", lambda u: mp.sinh(u) * mp.exp(u) + 3),
    ("network('dense(1/2, 1/2) > erf > dense(1) > sin')", biased),
    ("network('dense(1/2, 1/2) > erf')", lambda u: erf(1)((u + 1) / 2)),
    ("exponential(1) - 0.1", lambda u: mp.exp(u - 1) - mp.mpf(1) / 10),
    ("rational_quadratic(3)", lambda u: (1 + (1 - u) / 3) ** -3),
    ("exponential(1)@polynomial(3)", lambda u: mp.exp(u**3 - 1)),
]


@pytest.mark.parametrize(("text", "formula"), VALUES)
def test_values_of_both_parts(text: str, formula: Callable[[Any], Any]) -> None:
    with at_least(128), mp.workdps(30):
        r = mp.mpf(9) / 8
        sides = growth_of(ks.parse(text), AtRadius(F(9, 8)))
        for part, sign in ((sides.even, 1), (sides.odd, -1)):
            expected = (formula(r) + sign * formula(-r)) / 2
            found = mp.mpf(0) if part is None else mp.mpf(part.mid().str(30, radius=False))
            assert abs(found - expected) < mp.mpf(10) ** -24 * abs(formula(r))


@pytest.mark.parametrize(
    ("text", "inside", "outside", "parts"),
    [
        ("mlp(2, activation='erf')", F(1249, 1000), F(1251, 1000), (False, True)),
        ("dual('gelu')", F(1999, 1000), F(2001, 1000), (True, False)),
        ("dual('erf')", F(1499, 1000), F(1501, 1000), (False, True)),
        ("rational_quadratic(2)", F(2999, 1000), F(3001, 1000), (True, True)),
        ("network('dense(1) > gaussian(1, 1/8)')", F(2999, 1000), F(3001, 1000), (True, False)),
        ("network('dense(1) > gabor')", F(1499, 1000), F(1501, 1000), (False, True)),
        ("mlp(2, activation='erf')*linear()", F(1249, 1000), F(1251, 1000), (True, False)),
        ("exponential(1) + dual('erf')", F(1499, 1000), F(1501, 1000), (False, True)),
        ("dual('tanh')@(1/2*linear() + 1/4)", F(1499, 1000), F(1501, 1000), (True, True)),
        ("dual('cos')@dual('erf')", F(1499, 1000), F(1501, 1000), (True, False)),
        ("dual('silu')@dual('tanh')", F(1), F(1001, 1000), (True, True)),
    ],
)
def test_where_series_diverge(text: str, inside: Fraction, outside: Fraction, parts: tuple[bool, bool]) -> None:
    kernel = ks.parse(text)
    for r, diverging in ((inside, (False, False)), (outside, parts)):
        if r > 1:
            sides = growth_of(kernel, AtRadius(r))
            assert (infinite(sides.even), infinite(sides.odd)) == diverging


@pytest.mark.parametrize(
    ("text", "parity", "growth"),
    [
        ("mlp(2, activation='sin')", 1, (1, 1, 2)),
        ("mlp(2, activation='sin', tangent=True)", 1, (1, 1, 2)),
        ("network('sin > dense(3) > sin')", 1, (2, 1, 1)),
        ("network('sin(1, 2, 0.3)')", 0, (1, 1, 4)),
        ("network('dense(1, 1) > exp')", 0, (1, 1, 1)),
        ("network('rbf(1.5)')", 1, (1, 1, 3)),
        ("exponential(1)*exponential(1/2)", 0, (1, 1, 5)),
        ("exponential(1)*dual('cos')", 1, (1, 1, 2)),
        ("dual('cos')*polynomial(3) + exponential(1)@exponential(1)", 1, (2, 1, 1)),
        ("exponential(1/2)@(1/4*polynomial(3))", 1, (1, 3, 1)),
        ("power_series(0, 0, 1)@dual('sin')", 0, (1, 1, 2)),
        ("exponential(1)@(power_series(0, 0, 0, 1)@(1/2*linear()))", 1, (1, 3, 0.125)),
        ("(1/2*polynomial(3) + 1/2*polynomial(2))*linear()", 1, (0, 3, 0.5)),
        ("mlp(4, activation='sin', weight_variance=1)", 1, (3, 1, 1)),
    ],
)
def test_how_entire_kernels_grow(text: str, parity: int, growth: tuple[int, int, float]) -> None:
    sides = growth_of(ks.parse(text), AtInfinity())
    level, power, scale = (sides.even, sides.odd)[parity]
    assert (level, power) == growth[:2] and float(scale) == pytest.approx(growth[2], rel=1e-12)


@pytest.mark.parametrize(
    ("text", "parity", "rate"),
    [
        ("dual('tanh')", 1, 4),
        ("dual('sigmoid')", 1, 1),
        ("dual('softplus')", 0, 1),
        ("dual('softplus')", 1, 0),
        ("dual('silu')", 0, 1),
        ("dual('mish')", 0, F(16, 9)),
        ("dual('mish')", 1, F(16, 9)),
        ("network('dense(5) > tanh')", 1, 20),
        ("dual('silu')@(1/2*linear() + 1/2)", 1, F(1, 2)),
        ("dual('silu')@(1/2*linear() + 1/4)", 1, 0),
        ("dual('tanh')@exponential(1/2)", 0, 16),
        ("dual('exp')@dual('sigmoid')", 0, 1),
        ("dual('silu')*mlp(2, activation='tanh', weight_variance=1)", 1, 4),
        ("mlp(3, activation='tanh', weight_variance=1, bias_variance=1)", 0, 4 * 1),
        ("dual('sin') + dual('tanh')", 1, 4),
    ],
)
def test_rates_over_pi_squared(text: str, parity: int, rate: Fraction) -> None:
    """The poles are at multiples of pi; variances and slopes make them nearer."""
    sides = growth_of(ks.parse(text), AtOne())
    assert float((sides.even, sides.odd)[parity]) * float(mp.pi) ** 2 == pytest.approx(float(rate), rel=1e-12)


def test_the_rate_of_a_network_is_that_of_its_steepest_layer() -> None:
    """At weights w, q_l/(pi/2)^2 times the slopes before it: 4 w/pi^2 max(1, chi), chi = w E phi'^2 at q = w."""
    with mp.workdps(20):
        for w in (2, 6):
            slope = w * mp.quad(lambda x: mp.sech(mp.sqrt(w) * x) ** 4 * mp.npdf(x), [-mp.inf, 0, mp.inf])  # noqa: B023
            found = growth_of(ks.mlp(3, activation="tanh", weight_variance=w), AtOne()).odd
            assert float(found) == pytest.approx(float(4 * w / mp.pi**2 * max(1, slope)), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "reading", "why"),
    [
        ("matern(3/4)", AtRadius(F(2)), "the radius of convergence of matern"),
        ("defect_power(1/2)", AtRadius(F(2)), "may be negative"),
        ("network('tanh > erf')", AtOne(), "erf is not read beyond u = 1"),
        ("exponential(1) - 1/2*dual('sin')", AtInfinity(), "may be negative"),
        ("power_series(0, 0, 1)@(1/2*linear() + 1/2*polynomial(2))", AtInfinity(), "both parts of a layer"),
        ("dual('tanh')@(1/2*dual('erf'))", AtOne(), "the derivatives of tanh"),
    ],
)
def test_what_is_not_read(text: str, reading: Any, why: str) -> None:
    with pytest.raises(UnreadError, match=why):
        growth_of(ks.parse(text), reading)
