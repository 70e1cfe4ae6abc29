"""Networks of activations with pieces: quadrature in many digits against the radial integral, mpmath and power laws."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.kernels.activations import made, monic, read, stretched
from kernelspec.kernels.named_activations import NAMED
from kernelspec.kernels.piecewise import PiecewiseDual
from kernelspec.kernels.piecewise_balls import GUARD, PanelArithmetic
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import MpmathArithmetic
from kernelspec.numbers.precision import mpmath_context, precision
from kernelspec.spectrum import panel_quadrature
from kernelspec.spectrum.eigenvalue_arrays import unknown
from kernelspec.spectrum.panel_quadrature import LARGEST, PanelRoute, panel_route
from kernelspec.spectrum.quadrature import quadrature_route

MANY = "quadrature in many digits"
# The radial integral adds squares of floats along a recurrence, the other route rounds once.
ROUNDING = 2e-13


def _close(a: Any, b: Any, tolerance: Any) -> None:
    assert np.all(np.abs(np.asarray(a) - b) <= tolerance * np.abs(b)), (a, b)


# -- values of duals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["elu", "selu", "relu6", "hardtanh", "hardswish"])
@pytest.mark.parametrize("theta", [0.0078125, 0.5, 1.25, 2.25, 3.0625])
def test_panels_have_the_values_of_the_formula(name: str, theta: float) -> None:
    kernel, bits, mp = ks.dual(name), 96, mpmath_context(40)
    with precision(bits + GUARD):
        found = Point.from_angle(PanelArithmetic(bits), flint.arb(theta)).pair(kernel).value.mid().str(40, radius=False)
    known = Point.from_angle(MpmathArithmetic(mp), mp.mpf(theta)).pair(kernel).value
    assert abs(mp.mpf(found) - known) < mp.mpf(2) ** -bits


@pytest.mark.parametrize("text", ["-1 + exp(4*x) if x < 0; 4*x", "x**2*exp(2*x) if x < 1; exp(-3*x)", "selu"])
@pytest.mark.parametrize("theta", [0.0078125, 1.25, 3.0625])
def test_panels_of_steep_exponentials_have_the_values_of_the_integral(text: str, theta: float) -> None:
    f = stretched(NAMED.get(text) or read(text), Fraction(2))
    kernel, bits, mp = PiecewiseDual(f), 96, mpmath_context(40)
    with precision(bits + GUARD):
        found = Point.from_angle(PanelArithmetic(bits), flint.arb(theta)).pair(kernel).value.mid().str(40, radius=False)
    known = Point.from_angle(MpmathArithmetic(mp), mp.mpf(theta)).pair(kernel).value
    assert abs(mp.mpf(found) - known) < mp.mpf(2) ** -bits


def test_precisions_agree_where_rates_are_steep() -> None:
    kernel = ks.piecewise("exp(3*x) if x < 1; x**2 if x < 5/2; x")
    for theta in (0.0625, 1.0, 3.0):
        values = []
        for bits in (64, 128):
            with precision(bits + GUARD):
                values.append(Point.from_angle(PanelArithmetic(bits), flint.arb(theta)).pair(kernel).value)
        assert float(abs(values[0] - values[1]).upper()) < 1e4 * 2.0**-64  # kappa(1) is of order e^18 Phi(-5)


def test_the_value_at_one_is_reached_where_derivatives_are_large() -> None:
    kernel, bits = ks.piecewise("exp(4*x) - 1 if x < 0; x"), 96
    with precision(bits + GUARD):
        pair = Point.from_angle(PanelArithmetic(bits), flint.arb(2) ** -60).pair(kernel)
        assert float(abs(pair.defect).upper()) < 2.0**-90


def test_monic() -> None:
    activation = made("-3*exp(2*x) if x < 0; 6*x", None)
    plain, scale = monic(activation)
    assert scale == -3 and plain == made("exp(2*x) if x < 0; -2*x", None)


# -- one hidden layer: two routes ------------------------------------------------------------------------------------

SHALLOW = [
    ks.mlp(2, activation="elu"),
    ks.mlp(2, activation="elu", tangent=True),
    ks.mlp(2, activation="selu", weight_variance=1.5, tangent=True),
    ks.mlp(2, activation="relu6", tangent=True),
    ks.mlp(2, activation="hardswish", weight_variance=0.5),
    ks.network("dense(1) > sum(relu | relu6) > dense(2)", tangent=True),
    ks.dual("hardtanh") * ks.linear() ** 2,
]


@pytest.mark.parametrize("kernel", SHALLOW, ids=repr)
@pytest.mark.parametrize("d", [2, 3, 10])
def test_two_routes_agree(kernel: Any, d: int) -> None:
    k = np.array([0, 1, 2, 5, 10, 11, 60, 61, 300, 301])
    spectrum = kernel.spectrum(d)
    k = np.array([x for x in k if kernel.polynomial_part(int(x) % 2) is None])
    assert "radial integral" in spectrum.method(int(k[-1]))
    found, other = spectrum.values(k), PanelRoute(kernel).values(d, k)
    _close(found.value, other.value, found.error + other.error)
    _close(found.value, other.value, ROUNDING)


def test_parities_are_exact_zeros() -> None:
    for kernel in (ks.mlp(2, activation="hardtanh", tangent=True), ks.mlp(4, activation="hardtanh", tangent=True)):
        spectrum = kernel.spectrum(3)
        assert list(spectrum([0, 2, 100])) == [0.0, 0.0, 0.0]
        assert np.all(spectrum([1, 3, 101]) > 0)


def test_the_expansion_of_one_layer_in_high_dimension() -> None:
    # k^(d+4) is no float: what pairs of kinks add is told from its logarithm
    spectrum = ks.dual("relu6").spectrum(100)
    assert np.isfinite(spectrum.log_abs(100_001))


# -- deep networks ---------------------------------------------------------------------------------------------------

DEEP = [
    ks.mlp(3, activation="selu", tangent=True),
    ks.mlp(3, activation="hardswish", tangent=True),
    ks.mlp(5, activation="relu6", bias_variance=0.25, tangent=True),
    ks.mlp(4, activation="elu"),
    ks.mlp(2, activation="elu", bias_variance=0.0625),
    ks.mlp(4, activation="elu", weight_variance=30),
    ks.network("dense(1) > sum(erf > dense(1) | relu6 > dense(2)) > hardswish > dense(1)", tangent=True),
    ks.dual("elu") @ ks.dual("relu6").normalized(),
]


@pytest.mark.parametrize("kernel", DEEP, ids=repr)
@pytest.mark.parametrize("d", [2, 3, 10])
def test_low_degrees_are_those_of_quadrature_in_floats(kernel: Any, d: int) -> None:
    k = np.arange(9)
    spectrum = kernel.spectrum(d)
    assert spectrum.method(5) == MANY
    found, other = spectrum.values(k), quadrature_route(kernel).values(d, k)
    _close(found.value, other.value, 1e-15 + other.error)
    assert np.all(found.error < 1e-14)


def _by_mpmath(kernel: Any, degrees: list[int], panels: list[Fraction], nodes: int) -> list[Any]:
    """mu_k on S^2 with the formula of the duals in mpmath at 40 digits, and Gauss-Legendre on panels of theta/pi."""
    mp = mpmath_context(40)
    with precision(180):
        rule = [flint.arb.legendre_p_root(nodes, i, True) for i in range(nodes)]
        points = [tuple(mp.mpf(x.mid().str(45, radius=False)) for x in pair) for pair in rule]
    sums = dict.fromkeys(degrees, mp.mpf(0))
    for a, b in zip(panels, panels[1:], strict=False):
        low, high = (mp.pi * x.numerator / x.denominator for x in (a, b))
        for x, weight in points:
            theta = (low + high) / 2 + (high - low) / 2 * x
            value = Point.from_angle(MpmathArithmetic(mp), theta).pair(kernel).value
            for k in degrees:
                legendre = mp.legendre(k, mp.cos(theta))
                sums[k] += weight * (high - low) / 2 * value * legendre * mp.sin(theta) / 2
    return [sums[k] for k in degrees]


def test_a_deep_network_against_mpmath() -> None:
    kernel, degrees = ks.mlp(3, activation="elu"), [0, 11]
    known = _by_mpmath(kernel, degrees, [Fraction(0), Fraction(1, 2), Fraction(1)], 24)
    found = kernel.spectrum(3).values(degrees)
    for value, error, exact in zip(found.value, found.error, known, strict=True):
        assert abs(value - exact) <= error * abs(exact)


@pytest.mark.parametrize("kernel", DEEP[:4], ids=repr)
def test_large_degrees_follow_the_law_of_decay(kernel: Any) -> None:
    spectrum, k = kernel.spectrum(3), np.array([10**6, 10**6 + 1])
    _close(spectrum(k), kernel.decay(3).at(k), 1e-3)
    # the quadrature and the expansion meet
    route = panel_route(kernel)
    last = np.array([LARGEST - 1, LARGEST])
    expansion = route._expansion(3, last[:1])
    _close(expansion.value, spectrum(last[:1]), expansion.error)
    assert expansion.error[0] < 1e-12


@pytest.mark.parametrize("d", [3, 10])
def test_layers_that_jump_against_balls_at_large_degrees(d: int) -> None:
    spectrum = ks.mlp(3, activation="-1 if x < -1; 1/2 if x < 1; 2", weight_variance=1).spectrum(d)
    for k in (3, 50, 300):  # along the angle itself, and not its root, quadrature in floats is left
        assert spectrum.method(k) == MANY
        assert abs(spectrum.certified(k, digits=17) / spectrum[k] - 1) < 1e-15


@pytest.mark.parametrize("name", ["hardtanh", "relu6"])
def test_the_expansion_owns_what_flat_singularities_add(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, k = ks.mlp(3, activation=name), np.array([31, 41, 61])
    known = PanelRoute(kernel).values(3, k)
    monkeypatch.setattr(panel_quadrature, "LARGEST", 21)
    found = PanelRoute(kernel)._expansion(3, k)
    _close(found.value, known.value, found.error)


@pytest.mark.parametrize("d", [3, 100])
def test_errors_are_small_at_all_degrees(d: int) -> None:
    spectrum = ks.mlp(3, activation="hardswish", tangent=True).spectrum(d)
    k = np.array([0, 11, 61] if d == 100 else [0, 11, 101, 501, 999, 1001, 2001, 10**5])
    assert np.all(spectrum.error(k) < 1e-12)
    assert np.all(np.diff(spectrum.log_abs(k)) < 0)


def test_a_value_does_not_depend_on_what_else_is_asked_for() -> None:
    kernel = ks.mlp(3, activation="relu6")
    alone, together = kernel.spectrum(3), kernel.spectrum(3)
    many = together[0:62]
    assert [alone[k] for k in (1, 17, 60)] == [many[k] for k in (1, 17, 60)]


@settings(max_examples=4)
@given(st.sampled_from([Fraction(1, 2), Fraction(2), Fraction(3)]), st.sampled_from([0, Fraction(1, 4)]))
def test_mercer_sums_reach_the_value_at_one(weight: Fraction, bias: Fraction) -> None:
    kernel = ks.mlp(3, activation="hardtanh", weight_variance=weight, bias_variance=bias)
    spectrum, k = kernel.spectrum(3), np.arange(60)
    total = float(np.sum(spectrum(k) * spectrum.multiplicity(k)))
    # mu_k falls like k^-5 and N(3, k) is 2k + 1: what is left is of order 60^-3.
    assert 1 - 1e-4 <= total <= 1 + 1e-12


def test_what_holds_no_panels_falls_back_on_floats() -> None:
    kernel = ks.mlp(2, activation="tanh")
    assert MANY not in kernel.spectrum(3).method(3)


# -- high dimensions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["mlp(3, activation='hardtanh', bias_variance=0.1)", "mlp(2, activation='relu6')**2"])
def test_series_and_quadrature_agree_where_both_serve(text: str) -> None:
    route, degrees = PanelRoute(ks.parse(text)), np.arange(0, 6)
    by_series, found = unknown(degrees.size), np.zeros(degrees.size)
    assert route._series(50, degrees, by_series).all()
    for parity in (0, 1):
        found[parity::2] = route._integrals(50, degrees[parity::2]).value
    _close(by_series.value, found, 4e-16)
    assert np.all(by_series.sign == 1)
    _close(np.exp(by_series.log_abs), found, 1e-14)


def test_high_dimensions_are_read_from_the_series() -> None:
    """mu_20 on S^9999, 2e-66, would take quadrature some thousand bits."""
    s = ks.mlp(3, activation="hardtanh", bias_variance=0.1).spectrum(10**4)
    assert s.method(20) == "Taylor series"
    balls = [float(mu) for mu in s.certified([0, 1, 20], 30)]
    _close(s[[0, 1, 20]], balls, 4e-16)
    assert s.method(200) == "Taylor series"
    assert s(200) == s.values(200).value == 0.0
    with precision(96):
        assert s.log_abs(200) == pytest.approx(float(flint.arb(str(s.certified(200, 20))).log()), rel=1e-15, abs=0)
