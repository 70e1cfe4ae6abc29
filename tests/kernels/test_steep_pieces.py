"""Duals of activations with steep exponential pieces: against quadrature over both variables and Taylor's formula."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.architectures.activations import Activation as Layer
from kernelspec.architectures.duals.choice import dual_of
from kernelspec.architectures.duals.dual import point_at
from kernelspec.kernels import steps, wide
from kernelspec.kernels.activations import Activation, read, stretched
from kernelspec.kernels.named_activations import NAMED
from kernelspec.kernels.piecewise import PiecewiseDual
from kernelspec.kernels.piecewise_exponentials import is_steep
from kernelspec.kernels.piecewise_mpmath import _by_taylor
from kernelspec.numbers.exact_numbers import Exact
from kernelspec.numbers.precision import mpmath_context

EPS = float(np.finfo(np.float64).eps)
QUADRATURE = 6e-15  # what the quadrature over both variables aims at, and as much again
COSINES = np.array([-1, -1 + 1e-12, -0.999, -0.7, -0.1, 0, 1e-3, 0.5, 0.61, 0.97, 0.9999, 1 - 1e-12, 1])

STEEP = [
    *((name, s) for name in ("elu", "selu") for s in (Fraction(5, 4), Fraction(27, 10), 5, 20)),
    ("exp(3*x) if x < 1; x**2 if x < 5/2; x", 1),
    ("0 if x < -1; exp(x) if x < 2; 1", 2),
    ("exp(x) if x < -1; 1 if x < 1; exp(-x)", 5),
    ("x*exp(x) if x < 0; x", 3),
    ("0 if x < -1; exp(4*x) if x < 0; 0", 1),
    ("-1 + exp(x) if x < 0; 1 - exp(-x)", 6),
]
GROWING = ("exp(-x) if x < 0; exp(x/2)", 2)


def made(text: str, s: Fraction | int) -> Activation:
    return stretched(NAMED.get(text) or read(text), Fraction(s))


@pytest.mark.parametrize(("text", "s"), STEEP)
def test_values_are_those_of_quadrature_over_both_variables(text: str, s: Fraction | int) -> None:
    f = made(text, s)
    assert is_steep(f)
    for each in (f, f.derivative()):
        kernel, one = PiecewiseDual(each), np.ones_like(COSINES)
        known = dual_of(Layer("pieces", pieces=each)).value(one, one, point_at(COSINES, 1 - COSINES, 1 + COSINES))
        assert kernel(COSINES) == pytest.approx(known, rel=0, abs=QUADRATURE * kernel.at_one)
        many = np.concatenate([COSINES, np.cos(np.linspace(0, math.pi, 3000))])
        assert kernel(many)[: COSINES.size] == pytest.approx(kernel(COSINES), rel=0, abs=32 * EPS * kernel.at_one)


@pytest.mark.parametrize(("text", "s"), [("elu", Fraction(27, 10)), ("selu", 4), STEEP[8], GROWING])
@pytest.mark.parametrize("u", ["-0.97", "-0.3", "0.001", "0.8"])
def test_digits_are_those_of_taylors_formula_with_more(text: str, s: Fraction | int, u: str) -> None:
    kernel, digits = PiecewiseDual(made(text, s)), 50
    # Around u = 0 that formula is the same at all rates; it loses e^{lambda^2 |u|}.
    context = mpmath_context(digits)
    with context.workdps(digits):
        known = _by_taylor(context, kernel.activation, 0, context.mpf(u), digits)
    with mp.workdps(25):
        found, start, one = kernel(mp.mpf(u)), kernel(mp.mpf(0)), kernel(mp.mpf(1))
        assert abs(found - start - mp.mpf(str(known))) < 1e-23 * one
    assert abs(kernel(float(u)) - found) <= 8 * EPS * one


@settings(max_examples=8, deadline=None)
@given(st.sampled_from([*STEEP, GROWING]), st.floats(1e-14, 1))
def test_the_defect_keeps_its_digits(case: tuple[str, Fraction | int], delta: float) -> None:
    kernel, u = PiecewiseDual(made(*case)), 1 - delta
    with mp.workdps(25):
        assert abs(kernel.defect(u) / kernel.defect(mp.mpf(u)) - 1) <= 32 * EPS


def test_layers_behind_one_another() -> None:
    """Variances grow to 400; those behind 108 are exact means of which 192 bits leave 36."""
    kernel = ks.mlp(5, activation="elu", weight_variance=7.3)
    layer, deviation, u = Layer("pieces", pieces=NAMED["elu"]), np.array(math.sqrt(7.3)), np.array(0.3)
    dual = dual_of(layer)
    for _ in range(4):
        one = dual.deviation(deviation) ** 2
        u = dual.value(deviation, deviation, point_at(u, 1 - u, 1 + u)) / one
        deviation = np.sqrt(7.3 * one)
    # a layer's slope in its cosine is below 2 here
    assert kernel(0.3) == pytest.approx(float(u), rel=0, abs=8 * QUADRATURE)


def test_deviations_of_some_hundred_keep_their_digits() -> None:
    f, one = made("elu", 150), np.ones_like(COSINES)
    kernel = PiecewiseDual(f)
    known = dual_of(Layer("pieces", pieces=NAMED["elu"])).value(
        150 * one, 150 * one, point_at(COSINES, 1 - COSINES, 1 + COSINES)
    )
    assert kernel(COSINES) == pytest.approx(known, rel=0, abs=QUADRATURE * kernel.at_one)


def _mean_square(q: mp.mpf) -> mp.mpf:
    """E[elu(sqrt(q) Z)^2] by mpmath's erfc, whose relative digits do not end where it is small."""
    with mp.workdps(60):
        tails = [mp.exp(c * c * q / 2) * mp.erfc(c * mp.sqrt(q / 2)) / 2 for c in (1, 2)]
        return q / 2 + tails[1] - 2 * tails[0] + mp.mpf(1) / 2


@pytest.mark.parametrize(("weight", "layers"), [(7, 4), (30, 5), (1000, 9), (Fraction(1, 1000), 5)])
def test_variances_behind_steep_means(weight: int | Fraction, layers: int) -> None:
    """Normal tails at 1e13, where e^{q^2/2} alone has 1e26 bits; and the other way, means of next to nothing."""
    chain = steps.read(f"dense({weight})" + f" > elu > dense({weight})" * layers)
    q = wide.variance(chain, Fraction(1))
    with mp.workdps(60):
        scale = mp.mpf(weight.numerator) / weight.denominator
        expected = scale
        for _ in range(layers):
            expected = scale * _mean_square(expected)
    assert isinstance(q, Exact)
    found = q.number.accurate(40)
    assert found.rel_accuracy_bits() > 130
    with mp.workdps(40):
        assert abs(mp.mpf(found.str(40, radius=False)) / expected - 1) < mp.mpf(10) ** -25
    assert float(q) == pytest.approx(float(expected), rel=4 * EPS, abs=0)
    assert q > float(expected) * (1 - 1e-12) and q < float(expected) * (1 + 1e-12)
