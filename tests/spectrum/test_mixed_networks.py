"""Certified eigenvalues of networks that mix pieces and smooth activations, and the bounds of their proofs."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels.ball_values import by_steps, value_at, values_at
from kernelspec.kernels.network_readings import read
from kernelspec.kernels.panel_readings import Along, OnPanel
from kernelspec.kernels.piecewise_balls import PiecewiseModels
from kernelspec.kernels.points import Point
from kernelspec.kernels.scaled_duals import Phi
from kernelspec.kernels.smooth_duals import balls
from kernelspec.kernels.steps import activation
from kernelspec.kernels.stretches import changes
from kernelspec.numbers.ball_models import Frame
from kernelspec.numbers.exact_numbers import ball
from kernelspec.numbers.precision import precision

NETWORKS: dict[str, Callable[[], Any]] = {
    "silu on relu6": lambda: ks.dual("silu") @ ks.dual("relu6"),
    "silu, hardtanh": lambda: ks.network("dense(2, 1/4) > silu > dense(2, 1/4) > hardtanh > dense(1)", tangent=True),
    "sigmoid, sign": lambda: ks.network("dense(2) > sigmoid > dense(2) > sign > dense(1)"),
    "a difference of products": lambda: ks.dual("relu6") * ks.dual("mish") - ks.dual("silu") @ ks.arccos(1),
    "residual": lambda: ks.network("dense(2) > sum(identity | relu6 > dense(1, 1/4)) > norm(1/100) > mish > dense(1)"),
}


def _by_floats(kernel: Any, d: int, degrees: list[int]) -> list[float]:
    """mu_k on S^{d-1} from values in floats along the root of the angle at both ends."""
    x, weights = np.polynomial.legendre.leggauss(160)
    z = (1 + x) / 2
    theta = math.pi / 2 * z**2
    weights = weights * math.pi / 2 * z * np.sin(theta) ** (d - 2)
    weights = weights * math.gamma(d / 2) / math.gamma((d - 1) / 2) / math.sqrt(math.pi)
    right, left = kernel.of_angle(theta), kernel.of_angle(math.pi - theta)
    legendre = [np.polynomial.legendre.Legendre.basis(k)(np.cos(theta)) for k in degrees]
    return [float(weights @ ((right + (-1) ** k * left) * p)) for k, p in zip(degrees, legendre, strict=True)]


@pytest.mark.parametrize("name", NETWORKS)
def test_values_in_floats_have_these_eigenvalues(name: str) -> None:
    kernel, degrees = NETWORKS[name](), [0, 1, 4, 7]
    for known, found in zip(_by_floats(kernel, 3, degrees), kernel.spectrum(3).certified(degrees, 8), strict=True):
        if found == 0:
            assert abs(known) < 1e-15
            continue
        assert found.rel_accuracy_bits() > 26
        assert abs(float(found.mid()) - known) < 1e-14 * abs(kernel.at_one) + float(found.rad())


def test_floats_are_those_of_balls() -> None:
    spectrum = NETWORKS["silu on relu6"]().spectrum(3)
    assert spectrum.method(5) == "quadrature in balls"
    for k, found in zip((2, 5), spectrum.certified([2, 5], 20), strict=True):
        assert spectrum[k] == float(found.mid())
    with pytest.raises(ValueError, match="have no eigenvalues here"):
        (ks.dual(np.tanh) @ ks.dual("relu6")).spectrum(3)[1]


SOME_DIGITS_LOST: dict[str, tuple[Callable[[], Any], list[int]]] = {
    "silu, relu6": (lambda: ks.network("dense(1) > silu > dense(1, 1/10) > relu6"), [5, 21, 40]),
    "a sum": (lambda: ks.dual("hardtanh") + ks.mlp(2, activation="tanh"), [21, 141]),
}


@pytest.mark.parametrize("name", SOME_DIGITS_LOST)
def test_balls_serve_where_floats_of_series_lose_their_digits(name: str) -> None:
    made, degrees = SOME_DIGITS_LOST[name]
    spectrum = made().spectrum(5)
    found = spectrum(np.array(degrees))
    for value, proved in zip(found, spectrum.certified(degrees, 12), strict=True):
        assert abs(value / float(proved.mid()) - 1) < 1e-9  # beyond it, balls
    assert spectrum.method(degrees[-1]) == "quadrature in balls"
    assert spectrum.error(degrees[-1]) < 1e-15


def test_jumps_behind_series_are_left_to_balls() -> None:
    kernel = ks.network("dense(1) > tanh > dense(1, 1/10) > pieces(0 if x < 1; 1)")
    assert kernel.spectrum(3).method(2) == "quadrature in balls"
    assert abs(kernel.spectrum(3)[2] - _by_floats(kernel, 3, [2])[0]) < 1e-12


# -- single values -----------------------------------------------------------------------------------------------------

_POINTS = [Fraction(1), Fraction(-1), Fraction(0), Fraction(3, 10), Fraction(-7, 10)]


@pytest.mark.parametrize("text", ["ntk(3)", "mlp(3, activation='erf')", "arccos(0)@arccos(0)", "dual('relu6')"])
def test_values_along_panels_without_a_width_are_those_of_formulas(text: str) -> None:
    kernel = ks.parse(text)
    with precision(160):
        known = [value_at(kernel, u) for u in _POINTS]
        for value, right in zip(by_steps(kernel, _POINTS, 128) or [], known, strict=True):
            assert value.overlaps(right)
            assert value.rad() < 2.0**-100


def test_values_of_a_series_behind_pieces() -> None:
    """sum_i b_i rho^i, rho the value of relu6's dual, with 400 coefficients of silu's."""
    inner = ks.dual("relu6").normalized()
    kernel = ks.dual("silu") @ inner
    with precision(200):
        coefficients, rest = balls("silu", Fraction(1), False, 400, 100)
        for u, value in zip(_POINTS, values_at(kernel, _POINTS), strict=True):
            direct = flint.arb_poly(coefficients)(value_at(inner, u))
            assert value.overlaps(direct + flint.arb(0, 1) * rest)
            assert value.rad() < 2.0**-90


@pytest.mark.parametrize(
    "text", ["dense(1) > tanh > dense(1) > sign", "dense(1) > product(tanh | erf) > dense(1) > abs"]
)
def test_odd_layers_end_at_minus_one_and_kinks_behind_them_keep_their_digits(text: str) -> None:
    kernel = ks.network(text)
    with precision(160):
        (value,) = by_steps(kernel, [Fraction(-1)], 128) or []
        assert abs(value - (1 if "abs" in text else -1)) < 2.0**-120
        assert value.rad() < 2.0**-120


def test_callables_have_no_values_along_panels() -> None:
    assert by_steps(ks.dual(lambda x: x / (1 + x * x)), _POINTS, 64) is None


def test_functions_of_the_users_own_and_too_large_variances_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no certified digits"):
        (ks.dual(np.tanh) @ ks.dual("relu6")).spectrum(3).certified(1, 5)
    with pytest.raises(
        ArithmeticError,
        match=r"takes some \d+ terms of the Hermite series of tanh at the variance 100000, more than 320000: with so "
        r"many digits, variances up to \d+ are read",
    ):
        ks.mlp(3, activation="tanh", weight_variance=10**5).spectrum(3).certified(1, 5)


# -- what holds the proof together -----------------------------------------------------------------------------------


def _reading(at_end: bool, bits: int, mirrored: bool = False) -> tuple[OnPanel, Any]:
    """A reading whose series are cut off at 2^-bits, and the angle's model to the end that it is at."""
    frame = Frame(at_end, 40, -200.0)
    theta = frame.variable / 4 if at_end else frame.variable / 8 + 1
    point = Point.from_angle(PiecewiseModels(bits), theta)
    point.psi = point.mirror.psi = theta
    return OnPanel(point.mirror if mirrored else point, {}), theta


def _dual(reading: OnPanel, phi: Phi, q: Any) -> tuple[Along, Along]:
    """K and K' at the reading's start."""
    found = reading.dual(phi, q, Along.of_point(reading.start), True)
    assert found is not None
    return found[0], found[1]


@pytest.mark.parametrize(("at_end", "mirrored"), [(False, False), (True, False), (True, True)])
def test_series_that_are_cut_off_hold_the_values_of_longer_ones(at_end: bool, mirrored: bool) -> None:
    with precision(160):
        reading, theta = _reading(at_end, 26, mirrored)  # 10 of what is read of tanh
        value, slope = _dual(reading, Phi("tanh"), Fraction(1))
        steep = Phi("tanh").slope(Fraction(1))
        for t in (0.125, 0.5, 1):
            angle = flint.arb.pi() - theta(flint.arb(t)) if mirrored else theta(flint.arb(t))
            kernel = ks.dual("tanh")
            known, defect = kernel.of_angle(angle), kernel.of_angle(angle, defect=True)
            assert value.value(flint.arb(t)).overlaps(known) and value.defect(flint.arb(t)).overlaps(defect)
            assert value.rise(flint.arb(t)).overlaps(known + value.one)
            assert slope.value(flint.arb(t)).overlaps(steep.of_angle(angle))
            if at_end:  # the layer behind takes roots of these
                distance = value.rise if mirrored else value.defect
                assert distance.power == 2 and distance(flint.arb(t)).rel_accuracy_bits() > 5


PHIS = ["relu6", "elu", "pieces(0 if x < 1/2; 1)", "polynomial(0, 1, 1/2)", "exp(1, 1/2)", "gelu", "gabor", "rbf(1)"]


@pytest.mark.parametrize("text", PHIS)
def test_what_a_variance_changes_is_bounded_and_not_by_far(text: str) -> None:
    phi, root, other = activation(text), Fraction(3, 2), Fraction(3, 2) + Fraction(1, 1 << 14)
    slopes = not phi.jumps
    with precision(160):
        bounds = changes(phi, ball(other), root)
        assert bounds is not None
        kinds = [(phi.dual, bounds[0]), (phi.slope, bounds[1])][: 1 + slopes]
        for read_at, bound in kinds:
            pairs = [
                (read_at(other**2)(flint.arb(u)), read_at(root**2)(flint.arb(u))) for u in (-1, -0.5, 0.25, 0.9, 1)
            ]
            largest = max(float(abs(a - b).upper()) for a, b in pairs)
            assert largest <= float(bound) < 60 * largest


@pytest.mark.parametrize("at_end", [False, True])
def test_duals_at_a_ball_hold_those_at_all_of_its_variances(at_end: bool) -> None:
    phi, centre = activation("relu6"), Fraction(13, 10)
    with precision(160):
        reading, theta = _reading(at_end, 60)
        q = flint.arb(ball(centre**2), 1e-4)
        value, slope = _dual(reading, phi, q)
        for s in (centre - Fraction(3, 100000), centre + Fraction(3, 100000)):
            kernel, steep = phi.dual(s**2), phi.slope(s**2)
            assert value.one.contains(kernel(flint.arb(1)))
            for t in (0.125, 1):
                angle = theta(flint.arb(t))
                assert value.value(flint.arb(t)).contains(kernel.of_angle(angle))
                assert value.defect(flint.arb(t)).contains(kernel.of_angle(angle, defect=True))
                assert slope.value(flint.arb(t)).contains(steep.of_angle(angle))
        assert not at_end or value.defect.power == 2


def test_products_come_to_minus_one_without_cancelling() -> None:
    """At u = -1 an odd kernel is -1, an even one 1: so are their products, and both distances are powers of t there."""
    with precision(160):
        reading, _ = _reading(True, 60, mirrored=True)
        odd, even = (reading.analytic(k, reading.line()) for k in (2 * ks.arccos(0) - 1, ks.mlp(2, slope=-1)))
        assert odd is not None and even is not None
        t = flint.arb(0.25)
        for product, distance in (((odd * even), "rise"), ((even * odd), "rise"), ((odd * odd), "defect")):
            found = getattr(product, distance)
            assert found.power >= 1
            assert found(t).overlaps(product.one + (1 if distance == "rise" else -1) * product.value(t))


def test_odd_layers_whose_form_does_not_show_it_keep_their_digits_at_minus_one() -> None:
    with precision(160):
        reading, _ = _reading(True, 60, mirrored=True)
        value, _ = _dual(reading, activation("gabor"), Fraction(1))
        assert value.rise.power == 2
        assert value.rise(flint.arb(0.25)).overlaps(value.one + value.value(flint.arb(0.25)))


def test_variances_are_those_of_the_network_and_not_of_decimals() -> None:
    """2 E relu6(2^{1/2} z)^2 in closed form."""
    with precision(160):
        reading, _ = _reading(False, 30)
        found = read(ks.network("dense(2) > relu6 > dense(2)", scaled=True), reading)
        root = flint.arb(2).sqrt()
        cut = 6 / root
        above = (cut / root).erfc() / 2
        density = (-cut * cut / 2).exp() / (2 * flint.arb.pi()).sqrt()
        known = 2 * (2 * (flint.arb(0.5) - above - cut * density) + 36 * above)
        assert abs(found.one - known) < 1e-40
