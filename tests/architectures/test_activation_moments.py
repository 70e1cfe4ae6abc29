"""Duals of activations at any variance against quadrature at 30 digits, at the ends, and at extreme variances."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import special

import kernelspec as ks
from kernelspec.architectures.activations import Activation, activation, from_callable, of_degree, polynomial
from kernelspec.architectures.duals.choice import dual_of
from kernelspec.architectures.duals.conditional import Conditional
from kernelspec.architectures.duals.dual import Dual, coincident, point_at, point_of
from kernelspec.architectures.duals.series import series_of
from oracle.gaussian_pairs import PAIRS

EXPECTED = json.loads((Path(__file__).parent / "gaussian_pairs.json").read_text(encoding="utf-8"))
NAMED: dict[str, Activation] = {
    **{name: activation(name) for name in ("relu", "abs", "erf", "gelu", "sin", "cos", "step")},
    **{name: activation(name) for name in ("tanh", "sigmoid", "softplus", "silu", "elu", "hardtanh")},
    "abrelu": Activation("abrelu", (-0.25, 1.5)),
    "sign": Activation("sign"),
    "rectified_monomial 2": of_degree("rectified_monomial", 2),
    "rectified_monomial 3": of_degree("rectified_monomial", 3),
    "erf with a shift": Activation("erf", (1.25, 0.75, 0.5)),
    "sin with a phase": Activation("sin", (1.25, 0.75, 0.5)),
    "exp": Activation("exp", (1.25, 0.5)),
    "gaussian": Activation("gaussian", (1.25, -0.75)),
    "gaussian that grows": Activation("gaussian", (1.0, 0.03125)),
    "gabor": Activation("gabor"),
    "polynomial": polynomial([0.5, 1, -0.75, 0.25]),
}
GAPS = np.array([1e-15, 1e-9, 1e-5, 1e-2, 0.5, 1.0, 1.5, 2 - 1e-6])


def array(*values: float) -> Any:
    return np.array(values)


def quadrature(given: Activation) -> Conditional:
    """The dual by quadrature, a second method for every function with its kinks at 0."""
    return Conditional(given.values, given.slopes, [0.0])


@pytest.mark.parametrize("name", EXPECTED)
def test_duals_are_those_of_quadrature_at_30_digits(name: str) -> None:
    dual = dual_of(NAMED[name])
    for (s, t, u), (value, slope) in zip(PAIRS, EXPECTED[name], strict=True):
        a, b, point = array(s), array(t), point_of(array(u))
        size = float(dual.deviation(a)[0] * dual.deviation(b)[0])
        assert abs(dual.value(a, b, point)[0] - float(value)) <= 2e-15 * size
        steepest = math.sqrt(float(dual.slope(a, a, coincident(a))[0] * dual.slope(b, b, coincident(b))[0]))
        assert abs(dual.slope(a, b, point)[0] - float(slope)) <= 2e-15 * steepest


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "sin", "gaussian", "gabor", "softplus", "elu"])
@pytest.mark.parametrize("scales", [(1.0, 1.0), (3.0, 0.2), (1e-3, 2e-3)])
def test_closed_forms_and_series_are_those_of_the_conditional_mean(name: str, scales: tuple[float, float]) -> None:
    """From u = 1 - 1e-15 to next to -1, at all kinds of variances."""
    dual, other = dual_of(NAMED[name]), quadrature(NAMED[name])
    s, t = (np.full(GAPS.shape, scale) for scale in scales)
    point = point_at(1 - GAPS, GAPS, 2 - GAPS)
    size = dual.deviation(s) * dual.deviation(t)
    assert np.max(np.abs(dual.value(s, t, point) - other.value(s, t, point)) / size) <= 3e-15
    steepest = np.sqrt(dual.slope(s, s, coincident(s)) * dual.slope(t, t, coincident(t)))
    assert np.max(np.abs(dual.slope(s, t, point) - other.slope(s, t, point)) / steepest) <= 3e-14


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "tanh"])
def test_steep_functions_are_those_of_the_conditional_mean(name: str) -> None:
    """Of a large variance, and of one large and one small."""
    dual, other = dual_of(NAMED[name]), quadrature(NAMED[name])
    for scales in ((40.0, 0.01), (100.0, 77.0)):
        s, t = (np.full(GAPS.shape, scale) for scale in scales)
        point = point_at(1 - GAPS, GAPS, 2 - GAPS)
        size = dual.deviation(s) * dual.deviation(t)
        assert np.max(np.abs(dual.value(s, t, point) - other.value(s, t, point)) / size) <= 3e-15


def _swish(x: np.ndarray) -> np.ndarray:
    return np.asarray(x / (1 + np.exp(-x)))


@pytest.mark.parametrize("given", ["tanh", "softplus", "mish", _swish])
@pytest.mark.parametrize("shares", [(0.5, 0.9), (-0.74, 0.2), (0.9, 1.0)])
def test_blocks_of_all_cosines_are_those_of_the_conditional_mean(given: Any, shares: tuple[float, float]) -> None:
    """Few terms for moderate cosines, all for others, none for maps with themselves: with few of the one, or many."""
    rng, known = np.random.default_rng(0), activation(given)
    s, t = rng.uniform(0.3, 1.4, (9, 1)), rng.uniform(0.3, 1.4, (1, 8))
    s[:8, 0] = t[0]
    u = rng.uniform(*shares, (9, 8))
    u[2, 2] = u[3, 4] = 1.0
    u[5, 6], u[7, 1] = 0.97, -0.999
    dual, other, point = dual_of(known), quadrature(known), point_of(u)
    above, beside = dual.deviation(s), dual.deviation(t)
    value = other.value(s, t, point)
    assert np.max(np.abs(dual.value(s, t, point) - value) / (above * beside)) <= 3e-15
    assert np.max(np.abs(dual.next(s, t, above, beside, point).u - value / (above * beside))) <= 3e-15
    assert np.max(np.abs(dual.slope(s, t, point) - other.slope(s, t, point))) <= (1e-11 if callable(given) else 1e-14)


@pytest.mark.parametrize("s", [0.5, 1.5, 2.5])
def test_functions_that_grow_are_read_as_far_as_they_matter(s: float) -> None:
    """Of e^x: E e^a e^b = e^{s^2 (1 + u)}, its mass about x = 2 s."""
    dual, u = dual_of(activation(lambda x: np.exp(x))), np.array([-0.3, 0.2, 0.9, 1.0])
    one = np.full(4, s)
    assert dual.value(one, one, point_of(u)) == pytest.approx(np.exp(s * s * (1 + u)), rel=4e-14)
    assert dual.deviation(one) == pytest.approx(np.exp(s * s), rel=4e-14)


@pytest.mark.parametrize(("s", "c"), [(1.0, 0.0), (30.0, 20.0)])
def test_a_function_that_has_changed_has_terms_and_panels_of_its_own(s: float, c: float) -> None:
    """tanh(b (x - c)) with a b that is set anew: by a series, and by quadrature."""
    b = [0.2 if c else 0.05]  # with no series at the deviation, and with one
    dual = dual_of(activation(lambda x: np.tanh(b[0] * (x - c))))
    fresh = dual_of(activation(lambda x: np.tanh(1.6 * (x - c))))
    one, point = np.full(2, s), point_of(np.array([0.5, 0.93]))
    before = dual.deviation(one)
    b[0] = 1.6
    if not c:
        assert dual.value(one, one, point) == pytest.approx(fresh.value(one, one, point), rel=1e-15)
    assert np.all(dual.deviation(one) > 1.01 * before)
    assert dual.deviation(one) == pytest.approx(fresh.deviation(one), rel=1e-15)


@pytest.mark.parametrize("name", ["elu", "hardtanh"])
def test_many_pairs_of_one_variance_are_those_of_the_sphere(name: str) -> None:
    """By a series up to |u| = 0.9, by interpolation in the angle beyond, and by quadrature where few are left."""
    gap = np.concatenate([np.linspace(0.032, 0.09, 40), np.linspace(0.1, 1.9, 40), [1e-9, 0.0]])
    u, one = np.concatenate([1 - gap, gap - 1]), np.ones(1)
    point = point_at(u, np.concatenate([gap, 2 - gap]), np.concatenate([2 - gap, gap]))
    dual, kernel = dual_of(NAMED[name]), ks.dual(name)
    assert np.max(np.abs(dual.value(one, one, point) - point.pair(kernel).value)) <= 1e-15
    assert np.max(np.abs(dual.slope(one, one, point) - point.pair(kernel.derivative()).value)) <= 1e-15


def test_quadrature_takes_the_nodes_that_a_function_needs_or_refuses() -> None:
    """A wave of many turns, and a kink that was not named."""
    sine = Activation("sin", (1.0, 1.0, 0.0))
    s, point = array(10.0), point_of(array(0.99))
    wanted, found = dual_of(sine), quadrature(sine)
    assert abs(found.value(s, s, point)[0] - wanted.value(s, s, point)[0]) <= 2e-15
    with pytest.raises(ValueError, match="not resolved at deviation .*: .* kinks at 0"):
        dual_of(activation(lambda x: np.abs(x - 0.3))).deviation(array(1.0))


@pytest.mark.parametrize("size", [2.0, 16.0, 400.0])
def test_slopes_by_differences_settle_to_their_own_error(size: float) -> None:
    """A callable without a derivative, against the one with it; x/(1 + e^{-x}) underflows at -709."""

    def swish(x: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return np.asarray(x / (1 + np.exp(-x)))

    def slope(x: np.ndarray) -> np.ndarray:
        return np.asarray(special.expit(x) + x * special.expit(x) * special.expit(-x))

    s, u = array(size), point_of(np.linspace(-0.9, 0.99, 5))
    found, wanted = (dual_of(from_callable(swish, df)).slope(s, s, u) for df in (None, slope))
    assert np.max(np.abs(found - wanted)) <= 4e-12


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "sin", "cos", "exp", "tanh", "sigmoid", "silu", "mish", "elu"])
def test_at_variance_one_they_are_the_duals_of_the_sphere(name: str) -> None:
    u = np.linspace(-1, 1, 41)
    kernel, one = ks.dual(name), np.ones_like(u)
    value = dual_of(activation(name)).value(one, one, point_of(u))
    assert np.max(np.abs(value - kernel(u))) <= 2e-15 * float(kernel(1.0))


@pytest.mark.parametrize("name", NAMED)
def test_ends_are_exact(name: str) -> None:
    """Maps that coincide have the correlation 1, and those of odd activations -1 where they are opposite."""
    dual = dual_of(NAMED[name])
    s = array(0.3, 1.0, 2.5)
    size = dual.deviation(s)
    found = dual.next(s, s, size, size, coincident(s))
    assert np.all(found.delta == 0)
    assert np.all(found.u == 1)
    assert np.allclose(dual.value(s, s, coincident(s)), size**2, rtol=1e-15, atol=0)
    plain = dual.next(s, s, size, size, coincident(s), fine=False)
    assert np.all(plain.delta == 0)  # a steep function of a large variance s^2 would read s^2 times their rounding
    if dual.odd:
        opposite = dual.next(s, s, size, size, coincident(s).mirror)
        assert np.all(opposite.codelta == 0)


ODD = {**NAMED, "hermite 3": of_degree("hermite", 3), "cube": polynomial([0, 0, 0, 1]), "line": activation("x")}


@pytest.mark.parametrize("name", [name for name, given in ODD.items() if dual_of(given).odd])
def test_odd_activations_keep_the_digits_of_1_plus_u(name: str) -> None:
    """Next to u = -1 they are what they are next to 1, with the other sign."""
    dual, s, t = dual_of(ODD[name]), array(1.5, 0.5), array(1.5, 0.7)
    gap = array(1e-20, 1e-12)
    above, beside = dual.deviation(s), dual.deviation(t)
    near = dual.next(s, t, above, beside, point_at(1 - gap, gap, 2 - gap))
    far = dual.next(s, t, above, beside, point_at(gap - 1, 2 - gap, gap))
    assert np.allclose(far.codelta, near.delta, rtol=1e-14, atol=0)
    assert 0 < near.delta[0] < 1e-9


EVEN = {
    **{name: NAMED[name] for name in ("abs", "cos", "gaussian", "gaussian that grows")},
    "square": polynomial([0, 0, 1]),
}


@pytest.mark.parametrize("name", EVEN)
def test_even_activations_read_opposite_maps_as_coincident(name: str) -> None:
    """Next to u = -1 they are what they are next to 1."""
    dual, s, t = dual_of(EVEN[name]), array(1.5, 0.5), array(1.5, 0.7)
    gap = array(1e-20, 1e-12)
    above, beside = dual.deviation(s), dual.deviation(t)
    near = dual.next(s, t, above, beside, point_at(1 - gap, gap, 2 - gap))
    far = dual.next(s, t, above, beside, point_at(gap - 1, 2 - gap, gap))
    assert np.allclose(far.delta, near.delta, rtol=1e-14, atol=0)
    assert 0 < near.delta[0] < 1e-9


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0, 4000.0])
def test_gabor_keeps_its_digits_at_any_variance(scale: float) -> None:
    """Value and slope, its derivative in the covariance, from determinant and inverse of 1 + 2 Sigma, in mpmath."""
    dual, s, t, u = dual_of(NAMED["gabor"]), array(scale), array(scale / 100), array(0.3)
    with mpmath.workdps(60):
        p, q, r = mpmath.mpf(scale) ** 2, mpmath.mpf(scale / 100) ** 2, mpmath.mpf(0.3)

        def value(c: Any) -> Any:
            m = mpmath.matrix([[1 + 2 * p, 2 * c], [2 * c, 1 + 2 * q]])
            tilted = (mpmath.eye(2) - m**-1) / 2
            return (
                mpmath.exp(-(tilted[0, 0] + tilted[1, 1]) / 2) * mpmath.sinh(tilted[0, 1]) / mpmath.sqrt(mpmath.det(m))
            )

        c = r * mpmath.mpf(scale) * mpmath.mpf(scale / 100)
        expected, slope = float(value(c)), float(mpmath.diff(value, c, h=mpmath.mpf(10) ** -25 * c))
    assert dual.value(s, t, point_of(u))[0] == pytest.approx(expected, rel=3e-15)
    assert dual.slope(s, t, point_of(u))[0] == pytest.approx(slope, rel=3e-15)


@pytest.mark.parametrize("name", [n for n in NAMED if n not in ("sign", "step", "elu", "hardtanh")])
@pytest.mark.parametrize("apart", [0.0, 1e-7, 1e-4])
def test_next_to_coincidence_the_gap_keeps_its_digits(name: str, apart: float) -> None:
    """1 - u is 1 - K(s, t)/(S T), in mpmath by the Taylor series of K around u = 1 with the slopes of the dual."""
    dual, delta = dual_of(NAMED[name]), array(1e-7)
    s, t = array(1.0), array(1.0 + apart)
    got = float(dual.defect(s, t, point_at(1 - delta, delta, 2 - delta))[0])
    # By differences over steps so wide that rounding does not matter: second order in both is all that is left.
    wide, gap = 1e-3, array(1e-5)
    far = array(1.0 + wide)
    of_gap = 1 - (1 - got_of(dual, s, s, gap))
    of_scale = got_of(dual, s, far, array(0.0)) * (apart / wide) ** 2
    expected = of_gap * (1e-7 / 1e-5) + of_scale
    assert got == pytest.approx(expected, rel=3e-2 if name in ("relu", "abs", "abrelu") else 3e-3)


def got_of(dual: Dual, s: Any, t: Any, gap: Any) -> float:
    """1 - the correlation, by a plain difference."""
    size = dual.deviation(s) * dual.deviation(t)
    return float((1 - dual.value(s, t, point_at(1 - gap, gap, 2 - gap)) / size)[0])


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1e-8, 1e8, 1e30, 1e150])
def test_extreme_variances(scale: float) -> None:
    """Small ones read the tangent at 0, large ones the limits at +-oo, without overflow or NaN."""
    s, gaps = np.full(GAPS.shape, scale), GAPS
    point = point_at(1 - gaps, gaps, 2 - gaps)
    relu = dual_of(activation("relu"))
    for name in ("erf", "gelu", "sin", "cos", "gaussian", "gabor", "sign", "relu"):
        dual = dual_of(NAMED[name])
        above = dual.deviation(s)
        found = dual.next(s, s, above, above, point)
        assert np.all(np.isfinite([found.u, found.delta, found.codelta, dual.slope(s, s, point)]))
        assert np.all(np.abs(found.u) <= 1)
    if scale > 1:
        gelu, erf = dual_of(NAMED["gelu"]), dual_of(NAMED["erf"])
        size = relu.deviation(s) ** 2
        assert np.max(np.abs(gelu.value(s, s, point) - relu.value(s, s, point)) / size) <= 1e-7
        angle = np.arctan2(1 - gaps, np.sqrt(gaps * (2 - gaps)))
        far = gaps > 1e-4  # erf is a step there
        assert np.max(np.abs(erf.value(s, s, point) - 2 / math.pi * angle)[far]) <= 1e-6
    else:
        assert dual_of(NAMED["erf"]).slope(s, s, point) == pytest.approx(np.full(8, 4 / math.pi))
        assert dual_of(NAMED["gelu"]).slope(s, s, point) == pytest.approx(np.full(8, 0.25), rel=1e-7)


def test_the_step_of_a_constant_zero() -> None:
    """step(0) = 1 and sign(0) = 0 have their own covariances with a Gaussian."""
    s, t, point = array(0.0, 0.0, 1.0), array(1.0, 0.0, 0.0), point_of(np.zeros(3))
    for name, expected in (("step", [0.5, 1.0, 0.5]), ("sign", [0.0, 0.0, 0.0])):
        dual = dual_of(NAMED[name])
        above, beside = dual.deviation(s), dual.deviation(t)
        assert above * beside * dual.next(s, t, above, beside, point).u == pytest.approx(expected, rel=1e-15, abs=1e-16)


def test_a_series_ends_where_a_variance_is_too_large_for_it() -> None:
    """tanh of deviation 1 has a series; of deviation 30 it has none that is short, and quadrature takes its place."""
    given = activation("tanh")
    assert series_of(given.values, 1.0) is not None
    assert series_of(given.values, 30.0) is None
    s, point = array(30.0), point_of(array(0.3))
    with mpmath.workdps(20):
        # E tanh^2 = 1 - E sech^2, and at a large variance tanh is a step but for O(1/s)
        sech = mpmath.quad(lambda x: mpmath.sech(30 * x) ** 2 * mpmath.npdf(x), [-8, -1, 0, 1, 8], maxdegree=9)
    assert dual_of(given).deviation(s)[0] ** 2 == pytest.approx(float(1 - sech), rel=1e-14)
    assert dual_of(given).value(s, s, point)[0] == pytest.approx(2 / math.pi * math.asin(0.3), rel=2e-2)


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e8])
def test_next_to_coincidence_erf_of_a_large_variance_is_a_step(scale: float) -> None:
    """1 - arcsin(y)/arcsin(x) in mpmath: the arc sine is steep at 1, on the scale 1/s^2."""
    dual, gaps = dual_of(NAMED["erf"]), array(1e-22, 1e-17, 1e-13, 1e-8, 1e-4)
    s = np.full(gaps.shape, scale)
    found = dual.next(s, s, dual.deviation(s), dual.deviation(s), point_at(1 - gaps, gaps, 2 - gaps))
    with mpmath.workdps(60):
        x = 2 * mpmath.mpf(scale) ** 2 / (1 + 2 * mpmath.mpf(scale) ** 2)
        for got, gap in zip(found.delta, gaps, strict=True):
            expected = 1 - mpmath.asin(x * (1 - mpmath.mpf(gap))) / mpmath.asin(x)
            assert got == pytest.approx(float(expected), rel=1e-12)


def test_a_gaussian_without_mean_square_is_refused() -> None:
    with pytest.raises(ValueError, match=r"4 b times the variance.*b = 0\.25.*variance 1"):
        dual_of(Activation("gaussian", (1.0, 0.25))).deviation(array(1.0))


def test_functions_that_give_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        dual_of(activation(lambda x: np.log(x))).deviation(array(1.0))


@pytest.mark.parametrize("name", ["Gelu", "Gabor", "Gaussian"])
@pytest.mark.parametrize("gap", [0.05, 1e-3, 1e-5])
def test_defects_by_slopes_are_differences_of_values(name: str, gap: float) -> None:
    """S T - E[phi(a) phi(b)] by the integral of slopes, where the difference has digits."""
    from kernelspec import stax

    dual = dual_of(getattr(stax, name)().kernel_fn.network)
    s, delta = np.array([0.5, 1.0, 2.0]), np.full(3, gap)
    point = point_at(1 - delta, delta, 2 - delta)
    difference = 1 - dual.value(s, s, point) / dual.deviation(s) ** 2
    assert np.max(np.abs(dual.defect(s, s, point) - difference)) <= 1e-14


def test_integrals_that_would_take_too_long_are_refused() -> None:
    """Tanh without its name, at inputs of 1e150: a pair would take 10^9 evaluations."""
    dual = dual_of(from_callable(lambda x: np.tanh(x)))
    s, u = np.full(3, 1e150), np.array([0.1, 0.5, 0.95])
    with pytest.raises(ValueError, match="evaluations for a pair of deviations up to 1e.150"):
        dual.value(s, s, point_of(u))


@pytest.mark.parametrize(
    ("function", "name", "derivative"),
    [
        (np.sin, "sin", np.cos),
        (np.tanh, "tanh", lambda x: 1 - np.tanh(x) ** 2),
        (np.abs, "abs", np.sign),
        (np.exp, "exp", np.exp),
    ],
)
def test_functions_of_numpy_are_the_families_of_their_names(function: Any, name: str, derivative: Any) -> None:
    assert from_callable(function) == activation(name)
    assert from_callable(function, derivative).family == "callable"
    if name != "sin":
        with pytest.raises(ValueError, match="derivative must be that of the function"):
            from_callable(function, np.cos)
