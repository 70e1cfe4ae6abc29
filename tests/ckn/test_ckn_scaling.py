"""Images of any size: what is homogeneous scales bit by bit with powers of two, at all sizes.

With an absolute floor of 1e-6 on norms, `net.gram(1e-7 * x)` was 24 percent of the truth, and
`recovery.reconstruct` off by 215 percent. Patches may also be tiny beside others of their image.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from architectures import Architecture, evaluate
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups, recovery, stability, teachers
from oracle import convolutional as oracle
from oracle.convolutional import Step

RELU = ks.arccos(1)
X = np.random.default_rng(0).standard_normal((3, 7, 6, 2))
Y = np.random.default_rng(1).standard_normal((2, 7, 6, 2))
NETS = {
    "relu": ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(1), 2), ckn.Layer(2, RELU, ckn.average(2), 1)]),
    "mixed": ckn.Network(
        [ckn.Layer(3, ks.exponential(0.6), ckn.average(2), 2), ckn.Layer(2, ks.laplace())], output="mean"
    ),
    "plain": ckn.Network([ckn.Layer(2, ks.rf(3)), ckn.Layer(2, ks.exponential(0.1))]),
    "far from 1": ckn.Network([ckn.Layer(2, 10**40 * RELU), ckn.Layer(2, RELU), ckn.Layer(1, RELU)]),
}
GROUP = groups.Network(groups.cyclic(4), [groups.Layer(3, RELU), groups.Layer(3, ks.exponential(1))])
SQUARES = np.random.default_rng(2).standard_normal((3, 5, 5, 1))
# c = 2^-k from 1e-150 to 1e100, and those of which c^2 is a float32.
POWERS = {np.float64: (-498, -100, -24, 1, 332), np.float32: (-63, -30, -24, 1, 50)}
every_net = pytest.mark.parametrize("net", NETS.values(), ids=NETS)


@every_net
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_matrices_norms_maps_and_distances_scale(net: ckn.Network, dtype: Any) -> None:
    if dtype == np.float32 and net is NETS["far from 1"]:
        pytest.skip("its values are no float32")
    x, y = X.astype(dtype), Y.astype(dtype)
    for power in POWERS[dtype]:
        c = dtype(2.0**power)
        np.testing.assert_array_equal(net.gram(c * x), c * c * net.gram(x))
        np.testing.assert_array_equal(net.gram(c * x, y), c * net.gram(x, y))
        np.testing.assert_array_equal(net.norms(c * x), c * net.norms(x))
        np.testing.assert_array_equal(net.distances(c * x), float(c) * net.distances(x))
        np.testing.assert_array_equal(net.distances(c * x, c * y), float(c) * net.distances(x, y))
        for small, large in zip(net.maps(c * x), net.maps(x), strict=True):
            np.testing.assert_array_equal(small.values, c * large.values)


def test_the_matrix_of_the_issue() -> None:
    net = NETS["relu"]
    np.testing.assert_allclose(net.gram(1e-7 * X), 1e-14 * net.gram(X), rtol=1e-13)
    k = net.gram(X, tangent=True)
    np.testing.assert_allclose(net.gram(1e-7 * X, tangent=True), 1e-14 * k, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_image_is_tiny_beside_another(dtype: Any) -> None:
    """Every entry is right beside the norms of its own two images."""
    net = NETS["relu"]
    sizes = np.array([1e-15, 1.0, 1e15], dtype=dtype)[:, None, None, None]
    x = X.astype(dtype)
    scale = sizes.ravel()[:, None].astype(float) * sizes.ravel()
    tight = 100 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(net.gram(sizes * x), scale * net.gram(x), rtol=tight)
    # The distance of a tiny image and a large one is the norm of the large one.
    distances = net.distances(sizes * x)
    np.testing.assert_allclose(distances[2, :2], net.norms(sizes * x)[2], rtol=1e-6)


@pytest.mark.parametrize("size", [1e-9, 1e-30, 1e-120])
@pytest.mark.parametrize("kernel", [RELU, ks.exponential(0.6), ks.laplace(), ks.arccos(0)], ids=repr)
def test_tiny_patches_in_a_large_image(kernel: Any, size: float) -> None:
    """|z||z'| kappa(cos) where an image has a patch of norm 1 and a tiny one, which alone meets one of the other."""
    rng = np.random.default_rng(3)
    z = rng.standard_normal((2, 3))
    x = np.stack([z[0], size * z[1]])[None]  # a signal of two positions
    y = np.stack([np.zeros(3), rng.standard_normal(3)])[None]
    cosine = z[1] @ y[0, 1] / np.linalg.norm(z[1]) / np.linalg.norm(y[0, 1])
    exact = size * np.linalg.norm(z[1]) * np.linalg.norm(y[0, 1]) * kernel(cosine)
    net = ckn.Network([ckn.Layer(1, kernel)])
    np.testing.assert_allclose(net.gram(x, y), [[exact]], rtol=1e-13)
    deep = ckn.Network([ckn.Layer(1, ks.linear()), ckn.Layer(1, kernel)])
    np.testing.assert_allclose(deep.gram(x, y), [[exact]], rtol=1e-13)
    on_group = groups.Network(groups.cyclic(1), [groups.Layer(1, kernel)], output="sum")
    np.testing.assert_allclose(on_group.gram(x, y), [[exact]], rtol=1e-13)


@pytest.mark.parametrize("count", [1, 2])
def test_squares_scale_with_the_power_that_they_have(count: int) -> None:
    net = ckn.Network([ckn.Layer(2, ckn.square)] * count + [ckn.Layer(2, RELU, ckn.average(2), 1)])
    on_group = groups.Network(groups.cyclic(1), net.layers)
    degree = 2**count
    for power in (-100, -20, 3, 100):
        c = 2.0**power
        for a in (net, on_group):
            np.testing.assert_array_equal(a.gram(c * X), c ** (2 * degree) * a.gram(X))
            np.testing.assert_array_equal(a.distances(c * X), c**degree * a.distances(X))
            np.testing.assert_array_equal(a.maps(c * X)[1].values, c * a.maps(X)[1].values)
            np.testing.assert_array_equal(a.maps(c * X)[-1].values, c**degree * a.maps(X)[-1].values)


def test_a_kernel_that_is_far_from_1() -> None:
    """kappa(1) = 10^-40 at a layer was below the floor of the next."""
    tiny = ckn.Network([ckn.Layer(2, Fraction(1, 10**40) * RELU), ckn.Layer(2, RELU)])
    plain = ckn.Network([ckn.Layer(2, RELU), ckn.Layer(2, RELU)])
    np.testing.assert_allclose(tiny.gram(X), 1e-40 * plain.gram(X), rtol=1e-13)
    huge = ckn.Network([ckn.Layer(2, 10**40 * RELU), ckn.Layer(2, RELU)])
    x = X.astype(np.float32) * np.float32(2.0**-70)
    np.testing.assert_allclose(
        huge.gram(x), 1e40 * 2.0**-140 * plain.gram(X.astype(np.float32)).astype(float), rtol=1e-5
    )


@settings(max_examples=20)
@given(power=st.integers(-470, 470), seed=st.integers(0, 99))
def test_groups_scale(power: int, seed: int) -> None:
    c, x = 2.0**power, np.random.default_rng(seed).standard_normal((2, 5, 5, 1))
    np.testing.assert_array_equal(GROUP.gram(c * x), c * c * GROUP.gram(x))
    np.testing.assert_array_equal(GROUP.distances(c * x), c * GROUP.distances(x))
    np.testing.assert_array_equal(GROUP.covariances(c * x), c * c * GROUP.covariances(x))
    for small, large in zip(GROUP.maps(c * x), GROUP.maps(x), strict=True):
        np.testing.assert_array_equal(small.values, c * large.values)


@pytest.mark.parametrize("factor", [2.0**-900, 2.0**-24, 2.0**900])
def test_explicit_features_scale(factor: float) -> None:
    """The anchors of scaled data are the same, and so are their features."""
    net = NETS["relu"]
    for anchors in ("kmeans", "patches", "random"):
        plain = ckn.Nystrom(net, 6, anchors=anchors).fit(X)
        scaled = ckn.Nystrom(net, 6, anchors=anchors).fit(factor * X)
        np.testing.assert_array_equal(scaled.transform(X), plain.transform(X))
        np.testing.assert_array_equal(plain.transform(factor * X), factor * plain.transform(X))
    features = groups.Features(GROUP, 6).fit(SQUARES)
    again = groups.Features(GROUP, 6).fit(factor * SQUARES)
    np.testing.assert_array_equal(again.transform(SQUARES), features.transform(SQUARES))
    np.testing.assert_array_equal(features.transform(factor * SQUARES), factor * features.transform(SQUARES))


@pytest.mark.parametrize("factor", [2.0**-900, 1e-7, 2.0**900])
def test_signals_of_any_size_are_recovered(factor: float) -> None:
    layer = ckn.Layer(3, RELU, ckn.gaussian(1), stride=2, border="circular")
    x = np.random.default_rng(4).standard_normal((2, 16, 1))
    for net in (ckn.Network([layer]), ckn.Network([layer, layer])):
        found = recovery.reconstruct(net, recovery.read(net, factor * x), x.shape)
        np.testing.assert_allclose(found / factor, x, rtol=0, atol=1e-12)


@pytest.mark.parametrize("factor", [2.0**-900, 2.0**-24, 2.0**900])
def test_teachers_and_measured_distances_scale(factor: float) -> None:
    kernel = ks.parse("1/4*polynomial(0) + 1/4*linear() + 1/2*polynomial(2)")
    net = ckn.Network([ckn.Layer(2, kernel, ckn.average(2), 1), ckn.Layer(1, kernel)])
    rng = np.random.default_rng(5)
    filters = [rng.standard_normal((3, 2, 2, 2)), rng.standard_normal((2, 1, 1, 3))]
    readout = rng.standard_normal((*net.shapes(X.shape)[-1].output, 2))
    teacher = teachers.Teacher(net, filters, readout, [1, 0.5, 0.25])
    np.testing.assert_array_equal(teacher(factor * X), factor * teacher(X))
    tau = stability.field(X.shape[1:3], grad=0.1, scale=2.0, rng=0)
    for n in (NETS["relu"], NETS["mixed"]):
        found = stability.measured(n, X, tau)
        np.testing.assert_array_equal(stability.measured(n, factor * X, tau), found)


def test_measured_distances_of_squares() -> None:
    """|Phi(L x) - Phi(x)| / |x| is proportional to |x| then, where the squares of pixels vanish, too."""
    net = ckn.Network([ckn.Layer(2, ckn.square)])
    tau = stability.field(X.shape[1:3], grad=0.1, scale=2.0, rng=0)
    found = stability.measured(net, X, tau)
    for factor in (2.0**-600, 2.0**-20, 2.0**600):
        np.testing.assert_array_equal(stability.measured(net, factor * X, tau), factor * found)


# -- the floor of the papers' code ------------------------------------------------------------------------


def test_the_floor_of_the_papers_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name: norms below 1e-6 are not divided by, as the slow evaluator has it."""
    architecture = Architecture((Step(3, "arccos(1)", "gaussian", 1, 2), Step(2, "exponential(1)")))
    layers = architecture.network().layers
    x = 1e-7 * X
    monkeypatch.setattr(oracle, "FLOOR", Fraction(1, 10**6))
    exact = evaluate(architecture, x).gram
    found = ckn.Network(layers, floor=1e-6).gram(x)
    np.testing.assert_allclose(found, exact, rtol=1e-12)
    assert np.all(found < 0.5 * ckn.Network(layers).gram(x))
    again = groups.Network(groups.cyclic(1), layers, output="sum", floor=1e-6)
    np.testing.assert_allclose(again.gram(x), exact, rtol=1e-12)


def test_the_name_of_the_floor() -> None:
    net = ckn.Network([ckn.Layer(1, RELU)], floor=1e-6)
    assert repr(net) == "Network([Layer(patch=1, kernel=arccos(1))], floor=1e-06)"
    assert net != ckn.Network([ckn.Layer(1, RELU)])
    for bad in (-1e-6, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="floor must be"):
            ckn.Network([ckn.Layer(1, RELU)], floor=bad)


def test_another_library_scales_as_well() -> None:
    pytest.importorskip("array_api_compat")
    xp = pytest.importorskip("array_api_strict")
    for dtype, powers in ((np.float64, (-500, -24, 330)), (np.float32, (-60, -24, 50))):
        x, net = X.astype(dtype), NETS["relu"]
        tight = 50 * float(np.finfo(dtype).eps)
        for power in powers:
            c: Any = dtype(2.0**power)
            found = np.asarray(net.gram(xp.asarray(c * x)))
            np.testing.assert_allclose(found, c * c * net.gram(x), rtol=tight)
            np.testing.assert_allclose(np.asarray(net.norms(xp.asarray(c * x))), c * net.norms(x), rtol=tight)
