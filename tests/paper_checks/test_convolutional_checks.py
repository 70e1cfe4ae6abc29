"""The checks of convolutional kernels and of finite width: their oracles, the verdicts, the figure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import faults_at_both_widths

import kernelspec as ks
from experiments import architectures
from experiments import lazy_training as lazy
from figures import convolutional_maps as figure
from figures import style
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import convolutional as oracle
from oracle import finite_convolutional as finite
from oracle import finite_moments as moments
from oracle.convolutional import Step
from paper_checks import (
    h_convolutional,
    h_convolutional_maps,
    h_convolutional_tangent,
    i_polynomial_layers,
    j_cifar10,
    j_finite_width,
    j_finite_width_layers,
    j_training,
)
from paper_checks.registry import Claim, Tier, computed_verdict

SECTIONS = (
    h_convolutional,
    h_convolutional_maps,
    h_convolutional_tangent,
    i_polynomial_layers,
    j_cifar10,
    j_finite_width,
    j_finite_width_layers,
    j_training,
)
CLAIMS = [v for module in SECTIONS for v in vars(module).values() if isinstance(v, Claim)]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.number)
def test_verdicts(claim: Claim) -> None:
    if claim.number in ("C58a", "C64a"):
        pytest.importorskip("sklearn")
    assert computed_verdict(claim(Tier.for_claim(claim.number, quick=True))) == claim.verdict


class Distorted:
    """A network whose tangent kernels and norms are off by a millionth."""

    def __init__(self, network: Any) -> None:
        self.network = network

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **keywords: Any) -> Any:
            found = getattr(self.network, name)(*arguments, **keywords)
            if name == "maps":
                return [m._replace(values=m.values * (1 + 1e-6)) for m in found]
            if isinstance(found, tuple):
                return tuple(part * (1 + 1e-6 * k) for k, part in enumerate(found))
            return found * (1 + 1e-6)

        return call


# Those that compare the library's kernels to rounding.
@pytest.mark.parametrize(
    "claim", [c for c in CLAIMS if c.number in ("C42", "C49", "C49a")], ids=lambda claim: claim.number
)
def test_a_library_that_is_off_by_a_millionth_is_found_out(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    true = architectures.network
    monkeypatch.setattr(architectures, "network", lambda *arguments: Distorted(true(*arguments)))
    assert computed_verdict(claim(Tier.for_claim(claim.number, quick=True))) == "failed"


# ---------------------------------------------------------------------------------------- oracle

pools = st.one_of(
    st.tuples(st.just("gaussian"), st.integers(1, 2)),
    st.tuples(st.just("average"), st.integers(1, 3)),
    st.just(("strided", 1)),
    st.just(("", 1)),
)
borders = st.sampled_from(["zero", "circular", "valid"])


@st.composite
def steps(draw: Callable[..., Value], kernels: Sequence[str]) -> Step:
    """A layer with one of the kernels."""
    pool, size = draw(pools)
    return Step(
        patch=draw(st.integers(1, 3)),
        kernel=draw(st.sampled_from(kernels)),
        pool=pool,
        size=size,
        stride=draw(st.integers(1, 2)) if pool else 1,
        border=draw(borders),
        normalized=draw(st.booleans()),
    )


def sizes_after(step: Step, sizes: tuple[int, ...]) -> tuple[int, ...]:
    layer = architectures.layer(step)
    return tuple(layer.pooling_size(layer.map_size(n)) for n in sizes)


@given(steps(["linear()"]), st.integers(1, 12))
def test_matrices_are_those_of_the_library(step: Step, n: int) -> None:
    layer = architectures.layer(step)
    assert oracle.patch_reads(n, step).shape == (layer.map_size(n), step.patch)
    if layer.map_size(n):
        # The same sums in the same order; wrapped windows may add in another one.
        expected = layer.pooling(layer.map_size(n))
        found = oracle.pooling_matrix(layer.map_size(n), step)
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-16)


def test_patches_by_hand() -> None:
    x = np.arange(1.0, 6.0)[None, :, None]
    zero = oracle.extract(x, oracle.operators(Step(3, "linear()"), (5,)))[0]
    np.testing.assert_array_equal(zero[[0, 2, 4]], [[0, 1, 2], [2, 3, 4], [4, 5, 0]])
    even = oracle.extract(x, oracle.operators(Step(2, "linear()", border="circular"), (5,)))[0]
    np.testing.assert_array_equal(even[[0, 4]], [[5, 1], [4, 5]])
    valid = oracle.extract(x, oracle.operators(Step(4, "linear()", border="valid"), (5,)))[0]
    np.testing.assert_array_equal(valid, [[1, 2, 3, 4], [2, 3, 4, 5]])
    image = np.arange(12.0).reshape(1, 12, 1)
    patch = oracle.extract(image, oracle.operators(Step(2, "linear()"), (3, 4)))[0, 6]
    np.testing.assert_array_equal(patch, [1, 2, 5, 6])  # one up and one left of pixel (1, 2)


@settings(max_examples=25)
@given(
    st.lists(steps(["polynomial(2)", "square", "linear()"]), min_size=1, max_size=2),
    st.sampled_from([(6, 1), (4, 2), (3, 4, 1)]),
    st.integers(0, 2**32 - 1),
)
def test_the_kernel_trick_is_the_inner_product_of_features(
    network: list[Step], shape: tuple[int, ...], seed: int
) -> None:
    sizes = shape[:-1]
    dimension = shape[-1]
    for step in network:
        sizes = sizes_after(step, sizes)
        dimension *= step.patch ** len(sizes)
        dimension **= 1 if step.kernel == "linear()" else 2
    if not all(sizes) or dimension > 2000:
        return
    signals = np.random.default_rng(seed).normal(size=(2, *shape))
    maps = oracle.features(signals, network)
    expected = np.einsum("nuk,muk->nm", maps, maps)
    found = oracle.covariances(signals, network).gram()
    # Rounding of sums of a few thousand products, and of the powers of each.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * max(1e-300, expected.max()))
    np.testing.assert_allclose(
        architectures.network(network).gram(signals), expected, rtol=0, atol=1e-11 * expected.max()
    )


def test_the_exponential_kernel_is_the_inner_product_of_its_series(rng: np.random.Generator) -> None:
    """To degree 30, which leaves less than 1e-15 for patches in the plane; sums, means and norms."""
    network = [Step(2, "exponential(0.6)", "gaussian", 1, 1), Step(1, "polynomial(2)", "average", 2, 2)]
    signals = rng.normal(size=(4, 6, 1))
    maps = oracle.features(signals, network)
    means = maps.mean(axis=1)
    found = architectures.network(network).gram(signals), architectures.network(network, "mean").gram(signals)
    for values, expected in zip(found, (np.einsum("nuk,muk->nm", maps, maps), means @ means.T), strict=True):
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12 * expected.max())
    norms = np.linalg.norm(maps, axis=2)
    last = architectures.network(network).maps(signals)[-1].values.reshape(norms.shape)
    np.testing.assert_allclose(last, norms, rtol=0, atol=1e-14 * norms.max())


@settings(max_examples=25)
@given(
    st.lists(steps(["arccos(1)", "linear()"]), min_size=1, max_size=2),
    st.sampled_from([(7, 2), (4, 5, 2)]),
    st.integers(0, 2**32 - 1),
)
def test_the_recursion_of_tangent_kernels_is_that_of_the_library(
    network: list[Step], shape: tuple[int, ...], seed: int
) -> None:
    sizes = shape[:-1]
    for step in network:
        sizes = sizes_after(step, sizes)
    if not all(sizes):
        return
    signals = np.random.default_rng(seed).normal(size=(2, *shape))
    direct = oracle.covariances(signals, network)
    for output in ("sum", "mean"):
        kernel, tangent = architectures.network(network, output).gram(signals, tangent="both")
        for found, expected in (
            (kernel, direct.gram(output=output)),
            (tangent, direct.gram(tangent=True, output=output)),
        ):
            # Where patches of two positions are nearly parallel, arccos has the root of a rounding.
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8 * np.abs(expected).max())


# ----------------------------------------------------------------------------------- finite width


@pytest.mark.parametrize(
    "network",
    [
        [Step(2, "arccos(1)", "gaussian", 1, 1)],
        [Step(2, "arccos(1)", "gaussian", 1, 1), Step(2, "arccos(1)", "average", 2, 2)],
    ],
    ids=["one", "two"],
)
def test_kernels_are_inner_products_of_gradients(network: list[Step], rng: np.random.Generator) -> None:
    signals = rng.normal(size=(3, 6, 1))
    net = finite.draw((6, 1), network, 5, rng)
    features, tangent = finite.kernels(net, signals)
    gradients = []
    arrays = [*net.weights, net.last]
    h = 1e-6
    for weights in arrays:
        for place in np.ndindex(weights.shape):
            values = []
            for sign in (1, -1):
                weights[place] += sign * h
                values.append(finite.outputs(net, signals))
                weights[place] -= sign * h
            gradients.append((values[0] - values[1]) / (2 * h))
    table = np.array(gradients)
    # Differences of h = 1e-6 have an error of 1e-10 in the gradients, whose entries are below 10.
    np.testing.assert_allclose(tangent, table.T @ table, rtol=0, atol=1e-7)
    last = table[-net.last.size :]
    np.testing.assert_allclose(features, last.T @ last, rtol=0, atol=1e-7)
    np.testing.assert_allclose(finite.random_features(net, signals), features, rtol=1e-13)


def test_only_networks_of_relus_are_drawn(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="arccos"):
        finite.draw((6, 1), [Step(2, "exponential(1)")], 4, rng)


def test_rates() -> None:
    widths = [10, 20, 80]
    squared = np.outer(np.array(widths, float) ** -1.4, [0.9, 1.1])
    found = finite.rate(widths, squared)
    assert found.exponent == pytest.approx(-0.7, abs=1e-12)
    # Var log(mean)/2 = 0.02/2/4; the spread of the three logarithms divides it.
    x = np.log(widths) - np.mean(np.log(widths))
    assert found.error == pytest.approx(np.sqrt(0.02 / 8 / np.sum(x**2)), rel=1e-12, abs=0)


@pytest.mark.parametrize("cosine", [-0.6, 0.0, 0.3, 1.0])
def test_moments_are_the_closed_forms(cosine: float) -> None:
    k1, k2 = (float(ks.arccos(s)(cosine)) for s in (1, 2))
    mean, covariance = moments.of_inner_products(cosine)
    np.testing.assert_allclose(mean, [1, k1, 1], atol=1e-13)
    variances = [5, 6 * k2 - k1**2, 5]
    np.testing.assert_allclose(np.diag(covariance), variances, atol=1e-12)
    # E s^2 s'^2 is that of (s s')^2.
    assert covariance[0, 2] == pytest.approx(6 * k2 - 1, abs=1e-12)
    angle = np.arccos(cosine)
    signals = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]])[:, None, :]
    single, variance = moments.of_a_filter(signals, Step(1, "arccos(1)"))
    assert single[0, 1] == pytest.approx(k1, abs=1e-13)
    assert variance[0, 1] == pytest.approx(variances[1], abs=1e-12)


def test_moments_need_patches_in_the_plane() -> None:
    with pytest.raises(ValueError, match="plane"):
        moments.of_a_filter(np.ones((1, 4, 1)), Step(3, "arccos(1)"))


def test_derivatives() -> None:
    hessian, slope = moments.derivatives(lambda q: q[0] ** 2 * q[1] + np.exp(q[2]), np.array([1.0, 2.0, 0.0]))
    # Second differences of h = 1e-4: rounding 1e-8, truncation as much.
    np.testing.assert_allclose(slope, [4, 1, 1], atol=1e-7)
    np.testing.assert_allclose(hessian, [[4, 2, 0], [2, 0, 0], [0, 0, 1]], atol=1e-6)


def test_gradient_descent_is_that_of_the_loss(rng: np.random.Generator) -> None:
    problem = lazy.Problem.drawn(3, 6, 4, rng)
    still = lazy.train(problem, 10, 0, rng)
    # Pairs of neurons cancel, up to the order of the sum.
    np.testing.assert_allclose(still.predictions, 0.0, atol=1e-15)
    assert still.movement == still.kernel_change == 0.0
    assert still.residual == pytest.approx(np.abs(problem.y).max(), abs=1e-15)
    # One step from 0 moves by the tangent kernel of the network, but for terms in the step size.
    for mean_field in (False, True):
        one = lazy.train(problem, 4000, 1, rng, mean_field)
        size = np.linalg.norm(one.linearised)
        assert np.linalg.norm(one.predictions - one.linearised) < 0.1 * size
        limit, _ = problem.kernel_descent(1)
        # The tangent kernel of 2000 pairs is its limit to some per cent.
        assert np.linalg.norm(one.linearised - limit) < 0.2 * size


def test_kernel_descent_ends_at_kernel_regression(rng: np.random.Generator) -> None:
    problem = lazy.Problem.drawn(4, 8, 5, rng)
    late, limit = problem.kernel_descent(10**6)
    kernel = ks.ntk(2)
    weights = np.linalg.solve(kernel.gram(problem.train), problem.y)
    expected = kernel.gram(problem.test, problem.train) @ weights
    # The condition number is of order 100.
    np.testing.assert_allclose(limit, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(late, expected, rtol=0, atol=1e-12)


def test_the_tangent_kernel_of_a_network_by_differences(rng: np.random.Generator) -> None:
    x, w, v = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), rng.normal(size=5)

    def outputs() -> Any:
        return 0.7 * (np.maximum(x @ w.T, 0.0) @ v)

    h, gradients = 1e-6, []
    for weights in (w, v):
        for place in itertools.product(*map(range, weights.shape)):
            weights[place] += h
            above = outputs()
            weights[place] -= 2 * h
            gradients.append((above - outputs()) / (2 * h))
            weights[place] += h
    table = np.array(gradients)
    np.testing.assert_allclose(lazy.tangent(w, v, 0.7, x), table.T @ table, rtol=0, atol=1e-7)


# ---------------------------------------------------------------------------------------- figure


@pytest.fixture(scope="module")
def maps() -> figure.Maps:
    """The data of the figure at half the resolution."""
    pytest.importorskip("sklearn")
    return figure.compute(quick=True)


def test_norms_are_the_roots_of_the_inner_products(maps: figure.Maps) -> None:
    x = maps.image - maps.image.mean(axis=(0, 1))
    patches = figure.patch_vectors(x, figure.NET.layers[0])
    expected = [np.linalg.norm(patches, axis=-1)]
    expected += [np.sqrt(np.einsum("abab->ab", p)) for p in figure.products(patches)]
    for found, norms in zip(maps.norms, expected, strict=True):
        np.testing.assert_allclose(found, norms, rtol=0, atol=1e-10 * norms.max())
    # Normalised patches and pooling do not expand, and here they lose some.
    energy = [np.mean(norms**2) for norms in maps.norms]
    assert all(0.2 * before < after < before for before, after in itertools.pairwise(energy))


def test_similarities_are_cosines(maps: figure.Maps) -> None:
    places = [maps.marked[0], *maps.marked]
    for values, place in zip(maps.similarities, places, strict=True):
        assert values[place] == pytest.approx(1.0, abs=1e-12)
        assert np.all(np.abs(values) <= 1 + 1e-12)
    linear, mapped = maps.similarities[:2]
    np.testing.assert_allclose(mapped, np.exp((linear - 1) / 0.6**2), rtol=0, atol=1e-12)
    assert [values.shape for values in maps.similarities[1:]] == [n.shape for n in maps.norms]


def test_what_a_position_sees(maps: figure.Maps) -> None:
    assert maps.sees == [3, 7, 19, 43]
    row, column = maps.marked[0]
    x = maps.image - maps.image.mean(axis=(0, 1))
    for number, sees in enumerate(maps.sees[:3]):
        name = "patches 1" if number == 0 else f"layer {number}"
        place = maps.marked[number]
        values = []
        for shift in (sees // 2, sees // 2 + 1):
            changed = x.copy()
            changed[row, column - shift] += 1.0
            found = {m.name: m.values[0] for m in figure.NET.maps(changed[None])}
            values.append(abs(found[name][place] / maps.norms[number][place] - 1))
        # Inside it matters; outside, only as far as sums are formed in another order.
        assert values[0] > 1e-6 and values[1] < 1e-12


def test_it_is_drawn(maps: figure.Maps) -> None:
    assert faults_at_both_widths(figure.draw, maps) == []
    with style.paper():
        files = style.rendered(figure.draw(maps))
    assert files["svg"].count(b"<image") >= 10 and len(files["svg"]) < 1_000_000
