"""Means over random networks of finite width, against kernels that are known, and their standard errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import architectures as nets
from kernelspec.architectures import empirical, finite, sampling

RNG = np.random.default_rng(6)
POINTS = RNG.standard_normal((4, 3))
POINTS /= np.linalg.norm(POINTS, axis=1, keepdims=True)
COSINES = POINTS @ POINTS.T


def two_layers(width: int, name: str) -> nets.Layer:
    """W_std^2 3 times the mean square of 3 inputs is 1 on the unit sphere: neurons are standard normal."""
    return nets.Serial((nets.Dense(width, math.sqrt(3)), nets.activation(name), nets.Dense(1)))


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh", "sin", "hardtanh"])
def test_one_hidden_layer_has_the_dual_kernel_at_any_width(name: str) -> None:
    """The mean is exact for every width: entries lie within five of their standard errors."""
    found = sampling.monte_carlo_kernel(two_layers(50, name), POINTS, get="nngp", samples=200, rng=1)
    expected = ks.dual(name)(COSINES)
    # f(x) = w . sigma / sqrt(width) with w drawn: E f f' = the dual, each network one draw of f f'.
    score = np.abs(found.mean - expected) / found.error
    assert score.max() < 5 and found.samples == 200


def test_the_tangent_kernel_of_a_wide_network() -> None:
    """E ntk of one hidden ReLU layer is exact, too: rf + u kappa_0/2 with W ~ N(0, 1) and no factor 2."""
    found = sampling.monte_carlo_kernel(two_layers(200, "relu"), POINTS, get="ntk", samples=150, rng=2)
    expected = ks.dual("relu")(COSINES) + COSINES * ks.dual("step")(COSINES)
    assert (np.abs(found.mean - expected) / found.error).max() < 5
    assert found.error.max() < 0.03


def test_errors_fall_like_the_root_of_width_and_number() -> None:
    """m^{-1/2}: errors of the tangent kernel at widths 16 and 256, and of 25 and 400 networks."""
    narrow, wide = (
        sampling.monte_carlo_kernel(two_layers(width, "relu"), POINTS, get="ntk", samples=400, rng=3).error
        for width in (16, 256)
    )
    assert abs((narrow / wide).mean() - 4) < 0.5
    few, many = sampling.estimates(two_layers(16, "relu"), POINTS, get="ntk", samples=(25, 400), rng=3)
    assert (few.samples, many.samples) == (25, 400)
    assert abs((few.error / many.error).mean() - 4) < 0.8
    np.testing.assert_array_equal(many.error, narrow)


def test_means_and_errors_are_those_of_the_list_of_networks() -> None:
    network = nets.Serial((nets.Conv(3, (2,), b_std=0.2), nets.activation("erf"), nets.Conv(2, (1,))))
    x, y = RNG.standard_normal((2, 4, 2)), RNG.standard_normal((3, 4, 2))
    found = sampling.monte_carlo_kernel(network, x, y, samples=7, rng=4)
    generator = np.random.default_rng(4)
    rows = [empirical.empirical_kernel(network, finite.init(network, generator, x.shape)[1], x, y) for _ in range(7)]
    for kind in ("nngp", "ntk"):
        each = np.array([getattr(row, kind) for row in rows])
        np.testing.assert_allclose(getattr(found.mean, kind), each.mean(0), rtol=1e-12, atol=1e-15)
        error = each.std(0, ddof=1) / math.sqrt(7)
        np.testing.assert_allclose(getattr(found.error, kind), error, rtol=1e-10)


def test_one_network_tells_no_error() -> None:
    found = sampling.monte_carlo_kernel(two_layers(5, "relu"), POINTS, samples=1, rng=0)
    assert np.all(np.isinf(found.error.nngp)) and np.all(np.isfinite(found.mean.ntk))


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (0, "samples must be an integer from 1"),
        ((3, 2), "increasing ones"),
        ((3, 3), "increasing ones"),
        ((), "increasing ones"),
    ],
)
def test_bad_numbers_of_networks(samples: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        if isinstance(samples, tuple):
            list(sampling.estimates(two_layers(5, "relu"), POINTS, samples=samples, rng=0))
        else:
            sampling.monte_carlo_kernel(two_layers(5, "relu"), POINTS, samples=samples, rng=0)  # type: ignore[arg-type]
