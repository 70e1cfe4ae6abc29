"""The stability theorem on R^d: its constants by hand, its limits, and grids that come near it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import stability
from kernelspec.numbers.arithmetic_protocol import Value

SEEDS = st.integers(0, 2**32 - 1)
RELU = ks.arccos(1)


def gaussian_commutator(eps: float, d: int, r: float, sigma: float) -> float:
    """Claim 44 for a Gaussian, in the words of the statement."""
    moved = (1 - eps) ** (-d / 2)
    first = 2 * ((1 - eps) ** -d - 1) + math.exp(-0.5) * moved * eps * r / sigma
    return min(first, 2 * moved)


def test_one_layer_without_pooling_by_hand() -> None:
    tau = stability.sinusoid(64, 0.02, 64.0)
    net = ckn.Network([ckn.Layer(3, ks.exponential(0.6), normalized=True)])
    found = stability.bound(net, tau, smoothing=2.0, continuum=True)
    commutator = gaussian_commutator(0.02, 1, 3 / math.sqrt(12), 2.0)
    assert found.terms["|[P_1 A_0, L]|"] == pytest.approx(commutator, rel=1e-12, abs=0)
    # There is no filter at the end: |L - 1| <= 1 + |L|, and the norms alone are the better bound.
    assert found.value == pytest.approx(1 + (1 - 0.02) ** -0.5, rel=1e-12, abs=0)
    apart = commutator / 0.6 + 1 + (1 - 0.02) ** -0.5
    assert found.terms["deformation and translation"] == pytest.approx(apart, rel=1e-12, abs=0)
    assert not found.proved


def test_the_recursion_of_tangent_kernels_by_hand() -> None:
    tau = stability.sinusoid((32, 32), 0.01, 32.0)
    layer = ckn.Layer(2, RELU, ckn.gaussian(2), normalized=True)
    found = stability.bound(ckn.Network([layer] * 3), tau, True, smoothing=2.0, continuum=True)
    moved, e, f = 1 / (1 - 0.01), 0.0, 0.0
    for k in (1, 2, 3):
        c = found.terms[f"|[P_{k} A_{k - 1}, L]|"]
        dx, dy = e + c, f + math.sqrt(k) * c
        angle = min(moved * dx, 2 / math.pi * moved * dx + (0.5 - 1 / math.pi) * dx**2)
        e, f = dx, math.sqrt(dx**2 + dy**2 + k * angle)
    last = found.terms["|[A_3, L]|"] + found.terms["|L A_3 - A_3|"]
    assert found.terms["deformation and translation"] == pytest.approx(f + 2 * last, rel=1e-12, abs=0)
    assert found.terms["|[P_1 A_0, L]|"] == pytest.approx(
        gaussian_commutator(0.01, 2, 2 * math.sqrt(2 / 12), 2.0), rel=1e-12, abs=0
    )


@pytest.mark.parametrize("tangent", [False, True])
@given(st.data(), SEEDS)
@settings(max_examples=12)
def test_fine_grids_do_not_violate_the_theorem(tangent: bool, data: st.DataObject, seed: int) -> None:
    factor, pixels = 4, 24
    kernels = [RELU, ks.linear()] if tangent else [RELU, ks.exponential(0.6), ks.polynomial(2)]
    layers = [
        ckn.Layer(
            data.draw(st.integers(1, 4)),
            data.draw(st.sampled_from(kernels)),
            data.draw(st.sampled_from([ckn.gaussian(1), ckn.gaussian(2), ckn.average(2)])),
            stride=data.draw(st.integers(1, 2)),
        )
        for _ in range(data.draw(st.integers(1, 2)))
    ]
    net = stability.refined(ckn.Network(layers), factor)
    n = pixels * factor
    grad = 10 ** data.draw(st.floats(-3, -0.1))
    tau = stability.field(n, grad, factor * data.draw(st.floats(2, 8)), seed)
    tau = tau + stability.translation(n, factor * data.draw(st.floats(-3, 3)))
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n, 1))
    wave = np.cos(2 * np.pi * rng.integers(1, 8) * np.arange(n) / n)[:, None]
    found = stability.bound(net, tau, tangent, smoothing=factor, continuum=True)
    apart = stability.measured(net, np.stack([noise, wave]), tau, tangent, smoothing=factor)
    assert np.all(apart <= found.value)


def test_grids_converge() -> None:
    net = ckn.Network([ckn.Layer(3, RELU, ckn.average(2), 2), ckn.Layer(2, RELU, ckn.gaussian(1))])
    values = []
    for factor in (4, 8, 16):
        n = 16 * factor
        u = 2 * np.pi * np.arange(n) / n
        x = np.stack([np.sin(u), np.exp(np.cos(2 * u))], axis=-1)
        fine = stability.refined(net, factor)
        tau = stability.sinusoid(n, 0.2, n / 2)
        values.append(stability.measured(fine, x, tau, smoothing=factor))
    # Sums for integrals with jumps at their ends: errors that halve.
    assert abs(values[2] - values[1]) < 0.7 * abs(values[1] - values[0]) < 0.05 * values[2]


def test_refined_has_the_widths_of_the_network() -> None:
    net = ckn.Network(
        [ckn.Layer(3, RELU, ckn.gaussian(2), 2), ckn.Layer(2, RELU, ckn.average(3), 3), ckn.Layer(1, RELU)]
    )
    first, second, third = stability.refined(net, 5).layers
    assert (first.patch, first.pool, first.stride) == (15, ckn.gaussian(10), 1)
    assert (second.patch, second.pool) == (20, ckn.average(30))
    assert (third.patch, third.pool) == (30, None)
    assert all(layer.border == "circular" and layer.normalized for layer in (first, second, third))


def test_the_bound_does_not_depend_on_the_grid() -> None:
    net = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(2), 2, normalized=True)] * 2)
    values = []
    for factor in (1, 3):
        fine = stability.refined(net, factor) if factor > 1 else net
        tau = stability.sinusoid(32 * factor, 0.05, 16.0 * factor)
        found = stability.bound(fine, tau, smoothing=1.5 * factor, continuum=True)
        values.append(found.value / found.terms["scale"])
    assert values[0] == pytest.approx(values[1], rel=1e-8, abs=0)
    assert stability.bound(net, stability.sinusoid(32, 0.05, 16.0), smoothing=1.5, continuum=True).terms[
        "scale"
    ] == pytest.approx(0.5, rel=1e-15, abs=0)


def test_rates_of_the_theorem() -> None:
    net = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(2))] * 3)
    tau = stability.field(64, 1.0, 6.0)

    def apart(s: float, tangent: bool) -> float:
        found = stability.bound(net, s * tau, tangent, smoothing=2.0, continuum=True)
        return found.terms["deformation and translation"]

    for tangent, rate in ((False, 1.0), (True, 0.5)):
        found = math.log(apart(1e-5, tangent) / apart(1e-7, tangent)) / math.log(100)
        # The next power is eps^(1/2) relative, times a factor of the order of the depth.
        assert found == pytest.approx(rate, abs=0.01)


def test_the_filters_of_images_by_hand() -> None:
    tau = stability.sinusoid((32, 32), 0.01, 8.0)
    layers = [ckn.Layer(1, RELU, ckn.average(4), 2), ckn.Layer(1, RELU, ckn.average(3))]
    found = stability.bound(ckn.Network(layers), tau, smoothing=1.0, continuum=True).terms
    # The square [-1, 1]^2: a jump of 1/4 at four sides, whose points have the mean distance below, twice.
    moment = math.sqrt(2) + math.asinh(1)
    still = ((1 - 0.01) ** -2 - 1) * (1 + moment / 2)
    assert found["|[A_2, L]|"] == pytest.approx(still, rel=1e-12, abs=0)
    # A_1 and what it smooths are in pixels; the square reaches 2, patches of one position of the stride 2 are squares.
    slope = max(
        math.hypot(a, b) * abs(math.sin(a) / a * math.sin(b) / b)
        for a in np.linspace(0.01, 3, 300)
        for b in np.linspace(0.01, 3, 300)
    )
    radius = 2 * math.sqrt(2 / 12)
    commutator = still + slope / 2 * 0.01 * radius / (1 - 0.01)
    assert found["|[P_2 A_1, L]|"] == pytest.approx(commutator, rel=1e-4, abs=0)
    displacement = slope / 3 * tau.sup * -math.log1p(-0.01) / 0.01  # A_2 is 6 pixels wide
    assert found["|L A_2 - A_2|"] == pytest.approx(displacement, rel=1e-3, abs=0)


@pytest.mark.parametrize("kernel", [ks.laplace(), ks.arccos(0)])
def test_translations_of_maps_that_are_not_lipschitz(kernel: ks.Zonal) -> None:
    # Translations commute with P, M and A: |A_n z(. - c) - A_n z| is all that there is.
    net = ckn.Network([ckn.Layer(3, kernel, ckn.gaussian(2), normalized=True)] * 2)
    for shift in (0.0, 0.5):
        tau = stability.translation(32, shift)
        found = stability.bound(net, tau, smoothing=1.0, continuum=True)
        # Rounded up with every operation of the sum.
        assert found.terms["|L A_2 - A_2|"] <= found.value
        assert found.value == pytest.approx(found.terms["|L A_2 - A_2|"], rel=2e-14, abs=0)
        assert found.value <= shift


def test_kernels_beyond_the_theorem_have_the_bound_of_the_norms() -> None:
    tau = stability.field(16, 0.1, 4.0)
    leaky = ckn.Network([ckn.Layer(3, RELU + -0.2 * ks.linear(), ckn.gaussian(1))])
    steps = ckn.Network([ckn.Layer(3, ks.arccos(0), ckn.gaussian(1))])
    for net, tangent in ((leaky, True), (steps, False)):
        found = stability.bound(net, tau, tangent, smoothing=1.0, continuum=True)
        assert found.terms["deformation and translation"] == math.inf
        assert found.value == pytest.approx(found.terms["norms"] * found.terms["scale"])


NET = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(2), 2)])
WRONG: Any = "yes"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: stability.bound(NET, stability.field(8), continuum=True), ValueError, "smoothing must be > 0"),
        (
            lambda: stability.bound(NET, stability.field(8), smoothing=1.0, continuum=WRONG),
            TypeError,
            "continuum must be",
        ),
        (
            lambda: stability.bound(NET, stability.field(8, 1.5), smoothing=1.0, continuum=True),
            ValueError,
            r"tau must have \|grad tau\| < 1",
        ),
        (
            lambda: stability.bound(ckn.Network(NET.layers, "mean"), stability.field(8), smoothing=1.0, continuum=True),
            ValueError,
            "net must have the output 'sum'",
        ),
        (lambda: stability.refined(WRONG, 2), TypeError, "net must be"),
        (lambda: stability.refined(NET, 0), ValueError, "factor must be"),
        (lambda: stability.refined(NET, WRONG), TypeError, "factor must be"),
    ],
)
def test_bad_input(call: Callable[..., Value], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
