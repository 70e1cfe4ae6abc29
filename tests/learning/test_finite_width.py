"""The variance of an entry of a random network's kernel: an oracle in 60 digits, laws of its form, networks drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from experiments import finite_width as experiment
from experiments import summaries
from kernelspec.learning import entry_variance
from oracle import finite_moments as moments
from oracle import finite_width as oracle

cosines = st.floats(-1, 1)
layers = st.lists(st.integers(1, 1000), min_size=1, max_size=6)


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("widths", [[3], [3, 5], [7, 2, 4]])
def test_values(widths: list[int], tangent: bool) -> None:
    at = [-1.0, -0.3, 0.8]
    expected = [float(oracle.entry_variance(u, widths, tangent)) for u in at]
    np.testing.assert_allclose(entry_variance(at, widths, tangent=tangent), expected, rtol=4e-15, atol=1e-300)


@settings(max_examples=5, deadline=None)
@given(cosines, st.lists(st.integers(1, 1000), min_size=1, max_size=3), st.booleans())
def test_it_is_that_of_the_oracle(u: float, widths: list[int], tangent: bool) -> None:
    # Some forty float operations on numbers of one sign, at most 5 ulp seen; near -1 one layer has the variance
    # (6 kappa_2 - kappa_1^2)/m, to the rounding of the kernels' values.
    expected = float(oracle.entry_variance(u, widths, tangent))
    assert entry_variance(u, widths, tangent=tangent) == pytest.approx(expected, rel=4e-15, abs=1e-300)


@pytest.mark.parametrize("tangent", [False, True])
def test_near_one_nothing_cancels(tangent: bool) -> None:
    """What a point's neighbour adds is of the order of their angle, however small."""
    gaps = 2.0 ** np.array([-10.0, -30, -45, -53])
    found = entry_variance(1 - gaps, [3, 5], tangent=tangent)
    expected = [float(oracle.entry_variance(1 - gap, [3, 5], tangent)) for gap in gaps.tolist()]
    np.testing.assert_allclose(found, expected, rtol=2e-15)
    # For the tangent kernel like the root of the gap, else like the gap itself.
    drop = float(entry_variance(1.0, [3, 5], tangent=tangent)) - found[:2]
    order = math.log(drop[0] / drop[1]) / math.log(gaps[0] / gaps[1])
    assert order == pytest.approx(0.5 if tangent else 1.0, abs=0.03)


@settings(max_examples=40)
@given(cosines, layers, st.booleans(), st.integers(2, 50))
def test_it_is_linear_in_one_over_each_width(u: float, widths: list[int], tangent: bool, factor: int) -> None:
    whole = entry_variance(u, widths, tangent=tangent)
    assert whole >= 0
    wider = entry_variance(u, [factor * m for m in widths], tangent=tangent)
    # The sum of the same parts, each rounded.
    assert wider * factor == pytest.approx(whole, rel=1e-15, abs=1e-300)
    parts = 0.0
    for place, m in enumerate(widths):
        moved = [*widths[:place], factor * m, *widths[place + 1 :]]
        parts += (whole - entry_variance(u, moved, tangent=tangent)) / (1 - 1 / factor)
    assert parts == pytest.approx(whole, rel=1e-12 * len(widths), abs=1e-300)


@settings(max_examples=25)
@given(cosines)
def test_two_layers_from_moments_by_quadrature(u: float) -> None:
    """The delta method in the first layer's inner products, by differences, and the second layer's own variance."""
    first, second = 40, 90
    u = min(max(u, -0.999), 0.999)  # differences leave the cosines otherwise

    def kernel(q: np.ndarray) -> np.ndarray:
        root = np.sqrt(q[0] * q[2])
        return np.asarray(root * ks.arccos(1)(q[1] / root))

    centre, covariance = moments.of_inner_products(u)
    _, slope = moments.derivatives(kernel, centre)
    _, own = moments.of_inner_products(float(centre[1]))
    expected = slope @ covariance @ slope / first + own[1, 1] / second
    # Central differences of h = 1e-4: the third derivative is at most of order (1 - u)^{-3/2} = 3e4, times h^2.
    assert entry_variance(u, [first, second]) == pytest.approx(expected, rel=1e-4, abs=0)


@pytest.mark.parametrize("tangent", [False, True])
def test_networks_that_are_drawn_vary_as_much(tangent: bool, rng: np.random.Generator) -> None:
    widths = [48, 96]
    at = [-0.5, 0.4, 1.0]
    sample = experiment.entries(at, widths, 3000, rng, tangent)
    mean, mean_error, variance, error = summaries.mean_and_variance(sample)
    claimed = entry_variance(at, widths, tangent=tangent)
    # Five standard errors, some 13 %; the term in m^{-2} is a part of 0.1 at most.
    assert (np.abs(variance - claimed) < 5 * error + 0.1 * np.asarray(claimed)).all()
    # The bias is of order 1/m as well, below 0.06 here.
    limit = (ks.ntk if tangent else ks.rf)(3)(np.array(at))
    assert (np.abs(mean - limit) < 5 * mean_error + 0.06).all()


def test_networks_that_are_drawn_have_their_tangent_kernel(rng: np.random.Generator) -> None:
    """One layer, one draw: against gradients by differences."""
    m, u = 3, 0.3
    seed = int(rng.integers(2**31))
    found = experiment.entries([u], [m], 1, np.random.default_rng(seed), tangent=True)[0, 0]
    again = np.random.default_rng(seed)
    weights, output = again.standard_normal((1, m, 2))[0], again.standard_normal((1, m, 1))[0, :, 0]

    def network(parameters: np.ndarray, x: np.ndarray) -> float:
        w, v = parameters[: 2 * m].reshape(m, 2), parameters[2 * m :]
        return float(v @ (math.sqrt(2 / m) * np.maximum(w @ x, 0.0)))

    start = np.concatenate([weights.ravel(), output])
    h = 1e-6
    gradients = [
        [(network(start + h * e, x) - network(start - h * e, x)) / (2 * h) for e in np.eye(3 * m)]
        for x in (np.array([1.0, 0.0]), np.array([u, math.sqrt(1 - u * u)]))
    ]
    # It is linear in each weight while no sign changes.
    assert found == pytest.approx(float(np.prod(gradients, axis=0).sum()), rel=1e-8)


@pytest.mark.parametrize("count", [2, 30])
def test_deep_networks_at_one_point(count: int) -> None:
    widths = list(range(5, 5 + count))
    for tangent in (False, True):
        expected = sum(oracle.at_one_point(count, layer, tangent) / m for layer, m in enumerate(widths, 1))
        assert entry_variance(1.0, widths, tangent=tangent) == pytest.approx(expected, rel=1e-14, abs=0)


def test_widths_are_a_number_or_several() -> None:
    whole = entry_variance(0.3, [np.int64(4)])
    for widths in (4, np.int32(4), np.array(4), (4,), np.array([4]), range(4, 5)):
        assert entry_variance(0.3, widths) == whole
    with pytest.raises(TypeError, match="widths"):
        entry_variance(0.3, iter([4]))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="widths"):
        entry_variance(0.3, np.array([[4, 4]]))
    with pytest.raises(ValueError, match=r"widths must name 1 to 10000 layers, got 0"):
        entry_variance(0.3, [])
    with pytest.raises(ValueError, match=r"u must lie in \[-1, 1\], got 1.5"):
        entry_variance([0.3, 1.5], 4)


def test_shapes_are_kept() -> None:
    for shape in ((), (0,), (2, 0), (1,), (2, 3, 4)):
        assert np.shape(entry_variance(np.full(shape, 0.25), [3, 4], tangent=True)) == shape
