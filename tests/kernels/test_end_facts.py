"""Facts of ends: smooth in the angle, and which parts are singular at u = 1, against coefficients and values."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.expansions import ramification
from kernelspec.kernels.end_facts import UNKNOWN, Part, Parts, of_composition, of_product, of_sum

ZERO, PLAIN, SINGULAR, NOTHING = Part(zero=True), Part(positive=True), Part(positive=True, singular=True), Part()
_TERMS = 80
# Some e^{-87}, what is analytic in |u| < 3, against some 80^{-2}, and what compositions and products leave of it.
_GEOMETRIC, _SLOW = 1e-12, 1e-9


def shown(kernel: Zonal) -> Parts:
    return kernel.taylor_parts


@pytest.mark.parametrize(
    ("text", "even", "odd"),
    [
        ("arccos(0)", PLAIN, SINGULAR),
        ("arccos(1)", SINGULAR, PLAIN),
        ("arccos(2)", PLAIN, SINGULAR),
        ("dual('relu6')", SINGULAR, SINGULAR),
        ("dual('hardtanh')", ZERO, SINGULAR),
        ("piecewise('1 if x < -1; x**2 if x < 1; 1')", SINGULAR, ZERO),
        ("piecewise('0 if x < 0; x**2')", PLAIN, SINGULAR),
        ("dual('tanh')", ZERO, SINGULAR),
        ("dual('sigmoid')", PLAIN, SINGULAR),
        ("dual('softplus')", SINGULAR, PLAIN),
        ("dual('silu')", SINGULAR, PLAIN),
        ("dual('mish')", SINGULAR, SINGULAR),
        ("dual('sin')", ZERO, PLAIN),
        ("dual('gelu')", PLAIN, PLAIN),
        ("exponential(1)", PLAIN, PLAIN),
        ("linear()", ZERO, PLAIN),
        ("1 + linear()", PLAIN, PLAIN),
        ("dual('silu') - 0.25*linear()", SINGULAR, ZERO),
        ("dual('tanh') - exponential(1)", NOTHING, NOTHING),
        ("-dual('tanh')", NOTHING, NOTHING),
        ("defect_power(1/2)", NOTHING, NOTHING),
        ("dual('tanh') + exponential(1)", PLAIN, SINGULAR),
        ("dual('tanh')*linear()", SINGULAR, ZERO),
        ("dual('tanh')*dual('hardtanh')", SINGULAR, ZERO),
        ("dual('tanh')*exponential(1)", SINGULAR, SINGULAR),
        ("exponential(1)@dual('hardtanh')", PLAIN, SINGULAR),
        ("mlp(2, activation='tanh')@mlp(2, activation='erf')", ZERO, SINGULAR),
        ("mlp(3, activation='tanh')", ZERO, SINGULAR),
        ("mlp(3, activation='tanh', tangent=True)", ZERO, SINGULAR),
        ("mlp(2, activation='tanh', bias_variance=1)", SINGULAR, SINGULAR),
        ("mlp(3, activation='silu')", SINGULAR, SINGULAR),
        ("mlp(3, activation='erf')", ZERO, PLAIN),
        ("mlp(3, activation='erf', bias_variance=1)", PLAIN, PLAIN),
        ("rf(1000)", SINGULAR, SINGULAR),
    ],
)
def test_what_is_shown_of_the_parts(text: str, even: Part, odd: Part) -> None:
    assert shown(ks.parse(text)) == (even, odd)


def test_of_a_layer_that_is_not_normalised_nothing_outside_is_singular() -> None:
    inside = ks.exponential(1) @ ks.parse("0.5*linear()")
    assert shown(ks.arccos(1) @ ks.parse("0.5*linear()")) == (PLAIN, PLAIN)
    assert shown(ks.arccos(1) @ ks.parse("0.5*dual('hardtanh')")) == (SINGULAR, SINGULAR)  # which is so inside
    assert shown(ks.arccos(1) @ inside) == (PLAIN, PLAIN)


# -- the algebra of parts, with series whose radius is known ------------------------------------------------------


def _series(kind: Part, parity: int) -> np.ndarray[Any, Any]:
    n = np.arange(_TERMS)
    mine = (n % 2 == parity) & (n > 0)
    size = {ZERO: 0.0 * n, PLAIN: 3.0**-n, SINGULAR: 1 / np.maximum(n, 1.0) ** 2}[kind]
    return np.where(mine, size, 0.0)


def _kernel(parts: Parts) -> np.ndarray[Any, Any]:
    return _series(parts[0], 0) + _series(parts[1], 1)


CHOICES = [p for p in itertools.product((ZERO, PLAIN, SINGULAR), repeat=2) if p != (ZERO, ZERO)]


def _require(found: Parts, b: np.ndarray[Any, Any]) -> None:
    """What is claimed of a series holds of its coefficients, and what is singular is claimed."""
    for parity in (0, 1):
        mine = b[parity::2]
        if found[parity].zero:
            assert not mine.any()
        if found[parity].positive:
            assert mine.any()
        last = mine[-4:].max()
        assert last < _GEOMETRIC or last > _SLOW  # there is nothing between
        assert found[parity].singular == (last > _SLOW)


@pytest.mark.parametrize("one", CHOICES)
@pytest.mark.parametrize("two", CHOICES)
def test_sums_and_products_by_their_coefficients(one: Parts, two: Parts) -> None:
    a, b = _kernel(one), _kernel(two)
    _require(of_sum([one, two]), a + b)
    _require(of_product([one, two]), np.convolve(a, b)[:_TERMS])


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("outer", CHOICES)
@pytest.mark.parametrize("inner", CHOICES)
def test_compositions_by_their_coefficients(outer: Parts, inner: Parts, normalised: bool) -> None:
    h, series = _kernel(inner), flint.arb_series
    # What is left out of a series with the radius 1 is put into its first term: h(1) is that of all terms.
    h = h / h.sum() / (1 if normalised else 4)
    flint.ctx.cap, before = _TERMS, flint.ctx.cap
    try:
        found = series(_kernel(outer).tolist(), _TERMS)(series(h.tolist(), _TERMS))
        b = np.array([float(found[i]) for i in range(_TERMS)])
    finally:
        flint.ctx.cap = before
    claimed = of_composition(outer, inner, normalised)
    for parity in (0, 1):
        mine = b[parity::2]
        assert claimed[parity].zero <= (not mine.any())
        assert claimed[parity].positive <= mine.any()
        if claimed[parity].singular:
            assert mine[-4:].max() > _SLOW


@pytest.mark.parametrize("inner", [(SINGULAR, SINGULAR), (PLAIN, PLAIN), (ZERO, SINGULAR), (ZERO, PLAIN)])
def test_a_singular_layer_outside_is_seen(inner: Parts) -> None:
    mixed = inner[0] != ZERO
    for parity in (0, 1):
        outer = (SINGULAR, PLAIN) if parity == 0 else (PLAIN, SINGULAR)
        found = of_composition(outer, inner, True)
        assert found[parity].singular and found[1 - parity].singular == (mixed or inner[1].singular and parity == 0)
        assert not any(part.singular for part in of_composition(outer, (PLAIN, PLAIN), False))


@pytest.mark.parametrize("inner", [(PLAIN, SINGULAR), (SINGULAR, PLAIN)])
def test_a_line_leaves_each_part_to_itself(inner: Parts) -> None:
    for line in ((ZERO, PLAIN), (PLAIN, PLAIN)):
        found = of_composition(line, inner, True)
        assert [part.singular for part in found] == [part.singular for part in inner]


def test_nothing_is_known_of_unknown_parts() -> None:
    assert of_composition((SINGULAR, SINGULAR), UNKNOWN, True) == UNKNOWN
    assert of_composition((SINGULAR, SINGULAR), (PLAIN, NOTHING), True) == UNKNOWN
    assert of_composition(UNKNOWN, (PLAIN, PLAIN), True)[1] == NOTHING
    assert of_product([UNKNOWN, (SINGULAR, SINGULAR)]) == UNKNOWN
    # An even layer may be the constant 1, at which nothing outside is singular.
    assert not of_composition((SINGULAR, SINGULAR), (PLAIN, ZERO), True)[0].singular


# -- eigenvalues ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parity", "geometric"),
    [
        ("dual('tanh')", 1, False),
        ("dual('silu')", 0, False),
        ("mlp(3, activation='erf')", 1, True),
        ("dual('gelu')", 0, True),
    ],
)
def test_singular_parts_have_eigenvalues_that_do_not_fall_geometrically(
    text: str, parity: int, geometric: bool
) -> None:
    """The quotient of neighbours tends to 1, or stays away from it: a part that is singular, and one that is not."""
    kernel = ks.parse(text)
    assert shown(kernel)[parity].singular is not geometric
    k = np.array([40, 42, 160, 162]) + parity
    log = kernel.spectrum(3).log_abs(k)
    fall = log[1] - log[0], log[3] - log[2]
    assert fall[0] < fall[1] < 0
    if geometric:
        assert fall[1] < 0.95 * float(-2 * mp.log(1 + mp.sqrt(2))) * 0.2
    else:
        assert fall[1] > 0.65 * fall[0]  # like k^{-1/2}: e^{-c sqrt k}


# -- the angle ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "smooth"),
    [
        ("dual('relu6')", True),
        ("mlp(4, activation='relu6', tangent=True)", True),
        ("mlp(3, activation='hardtanh', bias_variance=0.1)", True),
        ("mlp(3, activation='step')", True),
        ("network('dense(2) > relu6 > dense(2) > silu > dense(1)')", True),
        ("ntk(1000)", True),
        ("resnet(5, tangent=True)", True),
        ("mlp(7, slope=0.1, bias_variance=0.1, tangent=True)", True),
        ("laplace(c=2, gamma=1/3)", True),
        ("cauchy(gamma=1/4)", True),
        ("matern(3/2)", True),
        ("matern(7/3)", True),
        ("dual('gelu')*dual('silu')", True),
        ("dual('relu6')@laplace()", True),
        ("matern(1)", False),  # a logarithm
        ("matern(2)@arccos(1)", False),
        ("matern(1) + dual('relu6')", False),
        ("matern(1)*dual('relu6')", False),
        ("arccos(1)@(1 - arccos(1))", False),  # coefficients of either sign inside
        ("dual('relu6')@(2*arccos(1) - 1)", False),  # it may touch -1 inside
    ],
)
def test_what_is_smooth_in_the_angle(text: str, smooth: bool) -> None:
    kernel = ks.parse(text)
    assert kernel.smooth_in_angle is smooth


@pytest.mark.parametrize("text", ["dual('relu6')", "mlp(2, activation='hardtanh')", "mlp(3, activation='relu6')"])
@pytest.mark.parametrize("at", [1, -1])
def test_kernels_of_pieces_are_even_no_more_but_smooth_in_the_angle(text: str, at: int) -> None:
    """Chebyshev coefficients over the angles up to 1/2 fall; those over the cosine do not, as it has half powers."""
    kernel = ks.parse(text)
    x = np.cos(np.pi * (np.arange(32) + 0.5) / 32)
    theta = (x + 1) / 4
    values = kernel.of_angle(theta if at == 1 else np.pi - theta)
    coefficients = np.abs(np.polynomial.chebyshev.chebfit(x, values, 31))
    in_cosine = np.abs(np.polynomial.chebyshev.chebfit(x, kernel(at * (1 - (x + 1) / 16)), 31))
    assert coefficients[24:].max() < 1e-13 * np.abs(values).max()
    assert in_cosine[24:].max() > 1e5 * coefficients[24:].max()


def test_the_value_of_a_part_decides_whether_it_is_zero() -> None:
    kernel = ks.exponential(1) @ ks.polynomial(2)
    assert shown(kernel) == (PLAIN, ZERO)
    assert kernel(1.0) == 1 and Fraction(1) == kernel.rational_one


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("activation", ["-1 if x < -1; 1/2 if x < 1; 2", "sign", "step", "elu", "erf"])
def test_behind_layers_that_jump_the_angle_has_the_roots_of_the_expansion(activation: str, depth: int) -> None:
    kernel = ks.mlp(depth, activation=activation, weight_variance=1)
    for at in (1, -1):
        finest = ramification(kernel, at)  # of 1 - u, which is the square of the angle
        assert kernel.angle_root(at) == max(finest // 2, 1)
