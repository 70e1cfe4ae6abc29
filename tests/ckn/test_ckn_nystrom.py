"""Explicit features of convolutional kernel networks: against the exact kernel, which they are in the limit."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
from architectures import LIPSCHITZ, architectures, evaluate
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import kernelspec as ks
from kernelspec import ckn, testing
from kernelspec.ckn import anchors, finite
from kernelspec.ckn.nystrom import Nystrom
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.parameters import NotFittedError
from oracle.patch_kernels import Array

EPS32 = float(np.finfo(np.float32).eps)
WAYS = ("kmeans", "patches")
LEAKY = ks.parse("1/4*linear() + 3/4*arccos(1)")


def one_layer(kernel: Any = None, **more: Any) -> ckn.Network:
    return ckn.Network((ckn.Layer(3, kernel or ks.exponential(0.6), ckn.gaussian(1), 2, **more),))


def two_layers(kernel: Any = None, output: str = "sum") -> ckn.Network:
    kernel = kernel or ks.exponential(0.6)
    return ckn.Network((ckn.Layer(3, kernel, ckn.gaussian(1), 2), ckn.Layer(2, kernel, ckn.average(2), 2)), output)


def smooth(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Images that resemble one another in places, as real ones do."""
    x = rng.standard_normal(shape)
    for axis in (1, 2):
        x = x + np.roll(x, 1, axis) + np.roll(x, 2, axis)
    return np.asarray(x)


def relative_error(found: Array, exact: Array) -> float:
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


# -- the exact kernel ---------------------------------------------------------------------------------------


@settings(max_examples=80)
@given(data=st.data())
def test_exact_where_the_anchors_hold_every_patch(data: st.DataObject) -> None:
    # Layer by layer: features of patches along anchors have the exact inner products, so that the next layer's
    # patches have them, too.
    sizes = data.draw(testing.sizes())
    architecture = data.draw(architectures(sizes, kernels=[*LIPSCHITZ, "square"]))
    drawn = data.draw(testing.images(positions=sizes, channels=data.draw(st.integers(1, 3)), max_images=3))
    one = np.random.default_rng(0).standard_normal((1, *drawn.shape[1:]))  # not all of it is 0
    x = np.concatenate([one, drawn])
    way = data.draw(st.sampled_from(WAYS))
    found = Nystrom(architecture.network(), 1000, way).fit_transform(x)
    exact = evaluate(architecture, x, long=True).gram
    # As for the exact kernel: relative to sqrt(K(x, x) K(y, y)), but where pooling lets signed maps cancel to less
    # than a thousandth. 1e-12 are 5000 roundings, for sums of some 1000 products in each of three layers.
    bound = np.diag(evaluate(architecture, np.abs(x)).gram)
    norms = np.maximum(np.sqrt(np.maximum(np.diag(exact), 0)), 1e-3 * np.sqrt(bound))
    assert (np.abs(found @ found.T - exact) <= 1e-12 * np.outer(norms, norms)).all()


@pytest.mark.parametrize("kernel", [ks.arccos(0), ks.laplace()], ids=repr)
def test_kernels_of_unbounded_slope_to_half_of_the_digits(kernel: ks.Zonal, rng: np.random.Generator) -> None:
    net = ckn.Network((ckn.Layer(3, kernel),))
    x = rng.standard_normal((4, 6, 5, 1))
    features = Nystrom(net, 200, "patches").fit_transform(x)
    # A cosine of 1 is off by some eps, and kappa(1 - t) = kappa(1) - c t^(1/2) with c <= 1 by its root.
    tolerance = 4 * math.sqrt(np.finfo(float).eps)
    assert relative_error(features @ features.T, net.gram(x)) < tolerance


@pytest.mark.parametrize("way", WAYS)
def test_single_precision(way: str, rng: np.random.Generator) -> None:
    net = ckn.Network((ckn.Layer(3, ks.exponential(0.6)),))
    x = rng.standard_normal((4, 7, 5, 2))
    model = Nystrom(net, 200, way).fit(x.astype(np.float32))
    features = model.transform(x.astype(np.float32))
    assert features.dtype == np.float32
    exact, found = net.gram(x), features.astype(np.float64) @ features.T.astype(np.float64)
    # Without pooling, K is a sum of |z||z'| kappa. Eigenvalues up to 10 eps times the largest, which is at most the
    # number of anchors, are left out: each kappa moves by no more, and as much again is left to rounding.
    norms = np.sqrt(np.diag(exact))
    tolerance = 2 * 10 * EPS32 * model.maps_[0].width
    assert (np.abs(found - exact) <= tolerance * np.outer(norms, norms)).all()


@pytest.mark.parametrize("kernel", [ks.exponential(0.6), ks.arccos(1), ckn.square], ids=repr)
@pytest.mark.parametrize("way", WAYS)
def test_never_above_the_exact_kernel(kernel: Zonal, way: str, rng: np.random.Generator) -> None:
    net = one_layer(kernel)
    x = rng.standard_normal((30, 8, 6, 2))
    exact = net.gram(x)
    for count in (1, 5, 20, 60):
        features = Nystrom(net, count, way).fit(x[:10]).transform(x)
        # A projection of the features: K minus its kernel is positive semi-definite, to rounding of 30 sums.
        values = np.linalg.eigvalsh(exact - features @ features.T)
        assert values[0] >= -1e-12 * np.trace(exact)
        if count == 1:
            assert values[-1] > 1e-3 * np.trace(exact)  # there was something to be below


@pytest.mark.parametrize("output", ["sum", "mean"])
@pytest.mark.parametrize("kernel", [ks.exponential(0.6), ks.arccos(1)], ids=repr)
@pytest.mark.parametrize("way", WAYS)
def test_converges_as_anchors_grow(way: str, kernel: ks.Zonal, output: str, rng: np.random.Generator) -> None:
    net = two_layers(kernel, output)
    x, y = smooth(rng, (30, 10, 9, 1)), smooth(rng, (20, 10, 9, 1))
    exact = net.gram(x, y)
    errors = []
    for count in (4, 16, 64, 256):
        model = Nystrom(net, count, way).fit(x)
        errors.append(relative_error(model.transform(x) @ model.transform(y).T, exact))
    # Four times as many anchors gain a factor 2 at least, which is what random features gain.
    assert all(after < before / 2 for before, after in zip(errors, errors[1:], strict=False))


def test_kmeans_anchors_beat_random_patches(rng: np.random.Generator) -> None:
    net, x = two_layers(), smooth(rng, (40, 10, 10, 1))
    exact = net.gram(x)
    errors = {
        way: [
            relative_error(f @ f.T, exact)
            for seed in range(5)
            for f in [Nystrom(net, 16, way, rng=seed).fit_transform(x)]
        ]
        for way in WAYS
    }
    assert np.mean(errors["kmeans"]) < np.mean(errors["patches"])


# -- random features -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [ks.arccos(1), LEAKY, ks.linear(), 3 * ks.arccos(1)], ids=repr)
def test_random_features_are_unbiased(kernel: ks.Zonal, rng: np.random.Generator) -> None:
    # Normalised patches, pooling, borders: whatever is linear does not matter.
    net = ckn.Network((ckn.Layer(3, kernel, ckn.gaussian(1), 2, normalized=True),), "mean")
    x = rng.standard_normal((4, 9, 2))
    draws = np.array([f @ f.T for seed in range(400) for f in [Nystrom(net, 50, "random", rng=seed).fit_transform(x)]])
    error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    # Five standard errors of the mean of 400: a chance of 1e-6 for each entry.
    assert (np.abs(draws.mean(axis=0) - net.gram(x)) < 5 * error).all()


def test_variance_of_random_features(rng: np.random.Generator) -> None:
    # E[(2 s(w.x) s(w.y))^2] = 4 E[s_2(w.x) s_2(w.y)] = 6 |x|^2 |y|^2 kappa_2 (claim 12), so that the mean over m
    # weights has the variance |x|^2 |y|^2 (6 kappa_2 - kappa_1^2) / m.
    net = ckn.Network((ckn.Layer(1, ks.arccos(1)),))
    x = rng.standard_normal((5, 1, 3))
    m, draws = 40, 2000
    found = np.array([f @ f.T for seed in range(draws) for f in [Nystrom(net, m, "random", rng=seed).fit_transform(x)]])
    rows = x[:, 0]
    norms = np.linalg.norm(rows, axis=1)
    u = np.clip(rows @ rows.T / np.outer(norms, norms), -1, 1)
    variance = np.outer(norms, norms) ** 2 * (6 * ks.arccos(2)(u) - ks.arccos(1)(u) ** 2) / m
    assert (np.abs(found.mean(axis=0) - net.gram(x)) < 5 * np.sqrt(variance / draws)).all()
    # The variance of 2000 draws has a standard error of sqrt((k - 1)/2000), k the kurtosis: 3 plus excess / m,
    # some 4 here; five of them, 20 %.
    np.testing.assert_allclose(found.var(axis=0, ddof=1), variance, rtol=0.2)


def test_random_features_of_two_layers_converge_like_monte_carlo(rng: np.random.Generator) -> None:
    net = two_layers(ks.arccos(1))
    x = rng.standard_normal((6, 8, 8, 1))
    exact = net.gram(x)

    def error(count: int) -> float:
        found = (Nystrom(net, count, "random", rng=seed).fit_transform(x) for seed in range(30))
        return float(np.sqrt(np.mean([relative_error(f @ f.T, exact) ** 2 for f in found])))

    # m^{-1/2}: 16 times as many gain a factor 4. A root mean square of 30 is known to 15 %, a ratio of two to 20 %;
    # two layers have terms in 1/m besides.
    assert 4 / 1.6 < error(32) / error(512) < 4 * 1.6


def test_leaky_features_by_hand() -> None:
    # s(t) = max(t, 0) + leak min(t, 0): E s(w.x) s(w.y) = (1 - leak)^2/2 K_1 + leak <x, y>.
    for a, b in ((0.0, 1.0), (1.0, 0.0), (0.25, 0.75), (2.0, 1e-6), (1e-6, 2.0), (0.0, 0.0)):
        kernel = ks.parse(f"{a!r}*linear() + {b!r}*arccos(1)")
        layer = ckn.Layer(1, kernel)
        made = finite.random_map(layer, 3, 5, np.dtype(float), np.random.default_rng(0))
        # Ten float operations.
        assert made.scale**2 * made.leak == pytest.approx(a, rel=1e-14, abs=0)
        assert made.scale**2 * (1 - made.leak) ** 2 / 2 == pytest.approx(b, rel=1e-8, abs=1e-30)
    same = ckn.Layer(1, ks.relu_layer(linear=0.25))  # the same kernel under its other name
    assert finite.rectifier(same) == finite.rectifier(ckn.Layer(1, LEAKY)) == (0.25, 0.75)


# -- what holds for all features ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["kmeans", "patches", "random"])
def test_homogeneous_and_zero_at_zero(way: str, rng: np.random.Generator) -> None:
    net, x = two_layers(ks.arccos(1)), rng.standard_normal((8, 9, 9, 2))
    x[3] = 0
    model = Nystrom(net, 20, way).fit(x)
    features = model.transform(x)
    assert not features[3].any()
    # A power of two scales without rounding, as long as no norm comes near the floor.
    np.testing.assert_array_equal(model.transform(64 * x), 64 * features)
    tiny = model.transform(np.full((1, 9, 9, 2), 1e-9))  # below the floor of the norms, and finite
    assert np.isfinite(tiny).all() and np.abs(tiny).max() < 1e-6


def test_square_layers_are_exact_once_the_squares_span(rng: np.random.Generator) -> None:
    net = ckn.Network((ckn.Layer(2, ckn.square, ckn.average(2), 2),))
    x, y = rng.standard_normal((30, 6, 6, 1)), 10 * rng.standard_normal((7, 6, 6, 1))
    for way in WAYS:
        model = Nystrom(net, 40, way).fit(x)
        assert model.maps_[0].features == 4 * 5 // 2  # symmetric 4 x 4 matrices
        found, exact = model.transform(x) @ model.transform(y).T, net.gram(x, y)
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12 * np.abs(exact).max())
    fewer = Nystrom(net, 9).fit(x)
    assert relative_error(fewer.transform(x) @ fewer.transform(y).T, net.gram(x, y)) > 1e-6


def test_mean_of_the_maps_of_any_size(rng: np.random.Generator) -> None:
    x = rng.standard_normal((12, 8, 8, 1))
    maps = Nystrom(two_layers(), 30).fit_transform(x)
    model = Nystrom(two_layers(output="mean"), 30).fit(x)
    mean = maps.reshape(12, -1, model.n_features_out_).mean(axis=1)
    np.testing.assert_allclose(model.transform(x), mean, rtol=0, atol=1e-14 * np.abs(mean).max())
    larger = rng.standard_normal((3, 13, 9, 1))
    assert model.transform(larger).shape == (3, model.n_features_out_)


def test_shapes_and_counts(rng: np.random.Generator) -> None:
    x = rng.standard_normal((40, 12, 12, 1))
    model = Nystrom(two_layers(), (10, 20), rng=3)
    features = model.fit_transform(x)
    assert [m.features for m in model.maps_] == [10, 20]
    assert features.shape == (40, 2 * 2 * 20) and model.n_features_out_ == 80
    assert model.transform(x[:0]).shape == (0, 80)
    few = Nystrom(two_layers(), 50, patches=7).fit(x)
    assert max(m.features for m in few.maps_) <= 7  # no more anchors than sampled patches
    flat = Nystrom(two_layers(), 50).fit(np.ones((3, 12, 12, 1)))
    assert flat.maps_[0].features == 4 + 4 + 1 - 0  # corners, edges and the inside of a constant image
    signal = Nystrom(two_layers(), 10).fit_transform(rng.standard_normal((5, 20, 3)))
    assert signal.shape == (5, 4 * 10)


def test_seeds(rng: np.random.Generator) -> None:
    x = rng.standard_normal((10, 8, 8, 1))
    for way in ("kmeans", "patches", "random"):
        net = two_layers(ks.arccos(1))
        features = Nystrom(net, 12, way, rng=5).fit_transform(x)
        again = Nystrom(net, 12, way, rng=5)
        np.testing.assert_array_equal(again.fit_transform(x), features)
        np.testing.assert_array_equal(again.fit_transform(x), features)
        assert not np.array_equal(Nystrom(net, 12, way, rng=6).fit_transform(x), features)
        generator = Nystrom(net, 12, way, rng=np.random.default_rng(5))
        np.testing.assert_array_equal(generator.fit_transform(x), features)
        assert not np.array_equal(generator.fit_transform(x), features)  # it has moved on


def test_kinds_of_numbers(rng: np.random.Generator) -> None:
    x = rng.integers(0, 256, (6, 8, 8, 1))
    model = Nystrom(two_layers(), 10).fit(x)
    features = model.transform(x.astype(np.uint8))
    assert features.dtype == np.float64
    np.testing.assert_array_equal(features, model.transform(x.astype(np.float32)))
    assert Nystrom(two_layers(), 10).fit_transform(x.astype(np.float16)).dtype == np.float32


def test_progress(rng: np.random.Generator) -> None:
    seen: list[tuple[int, int]] = []

    def progress(steps: Any, total: int) -> Any:
        seen.append((len(list(steps)), total))
        return steps

    Nystrom(two_layers(), 5).fit_transform(rng.standard_normal((4, 8, 8, 1)), progress=progress)
    assert len(seen) == 2 and seen[0] == (2, 2) and seen[1][0] == seen[1][1] >= 1


# -- memory ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(12, 16, 13, 2), (3, 90, 2)])
@pytest.mark.parametrize("border", ["zero", "circular", "valid"])
def test_memory_changes_nothing_but_the_batches(shape: tuple[int, ...], border: str, rng: np.random.Generator) -> None:
    layer = ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(1), 2, border, normalized=True)
    net = ckn.Network((layer, layer))
    x = rng.standard_normal(shape)
    model = Nystrom(net, 30, "patches", patches=200).fit(x)
    features = model.transform(x)
    least = least_memory(model, x)
    for memory in (least, 2 * least, 20 * least):
        model.set_params(memory=memory)
        # A matrix product of other sizes may round otherwise.
        np.testing.assert_allclose(model.transform(x), features, rtol=0, atol=1e-13)
    # The sample of 200 patches of 270 numbers fits in a quarter; the same anchors are drawn.
    refitted = Nystrom(net, 30, "patches", patches=200, memory=max(2 * least, 200 * (4 * 270 * 8 + 128))).fit(x)
    found = refitted.transform(x)
    # Anchors that are off by 1e-16 turn a basis within close eigenvalues: the kernel does not.
    np.testing.assert_allclose(found @ found.T, features @ features.T, rtol=1e-10)


def least_memory(model: Nystrom, x: Array) -> int:
    with pytest.raises(ValueError, match="memory must be at least") as caught:
        copy.copy(model).set_params(memory=1).transform(x)
    return int(str(caught.value).split("at least ")[1].split()[0])


def test_memory_is_kept(rng: np.random.Generator) -> None:
    x = rng.standard_normal((300, 24, 24, 1)).astype(np.float32)
    tracemalloc.start()
    try:
        for memory in (2**21, 2**23):
            model = Nystrom(two_layers(), 32, memory=memory)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            model.fit(x)
            # Cosines are made into kernel values in tiles of 64 to 128 KiB, a few of them at a time.
            assert tracemalloc.get_traced_memory()[1] - before < memory + 2**20
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            size = model.transform(x).nbytes
            assert tracemalloc.get_traced_memory()[1] - before < memory + size + 2**20
    finally:
        tracemalloc.stop()


def test_pooling_of_long_signals(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    x = rng.standard_normal((2, 61, 3))
    for border in ("zero", "circular", "valid"):
        for pool in (ckn.gaussian(2), ckn.average(3, centred=True), ckn.strided()):
            model = Nystrom(ckn.Network((ckn.Layer(2, LEAKY, pool, 2, border),)), 9, "random").fit(x)
            by_matrix = model.transform(x)
            with monkeypatch.context() as patch:
                patch.setattr(finite, "_DENSE", 0)
                by_taps = model.transform(x)
            np.testing.assert_allclose(by_taps, by_matrix, rtol=0, atol=1e-14)  # sums of 5 terms


# -- anchors -------------------------------------------------------------------------------------------------------


def unit(x: Array) -> Array:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


def quality(x: Array, centres: Array) -> float:
    return float((x @ centres.T).max(axis=1).mean())


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 60), st.integers(1, 5))
def test_spherical_kmeans_improves_its_start(seed: int, count: int, n: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    x = unit(rng.standard_normal((n, d)))
    centres = anchors.spherical_kmeans(x, count, np.random.default_rng(seed))
    starts = anchors._starts(x, count, np.random.default_rng(seed))
    # Random directions differ, but on the line, where there are two.
    directions = len(np.unique(np.sign(x))) if d == 1 else n
    assert centres.shape == starts.shape == (min(count, directions), d)
    assert len(np.unique(starts, axis=0)) == len(starts)
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 1, rtol=1e-14)
    assert quality(x, centres) >= quality(x, starts) - 1e-14


def test_spherical_kmeans_finds_bundles(rng: np.random.Generator) -> None:
    axes = np.concatenate([np.eye(6), -np.eye(6)])  # opposite directions are different ones
    x = unit(np.repeat(axes, 50, axis=0) + 0.05 * rng.standard_normal((600, 6)))
    centres = anchors.spherical_kmeans(x, 12, rng)
    # Each centre is the direction of a mean of 50: off by some 0.05 sqrt(5/50), five times over.
    nearest = (axes @ centres.T).max(axis=1)
    assert (nearest > np.cos(5 * 0.05 * np.sqrt(5 / 50))).all()


def test_spherical_kmeans_of_few_directions(rng: np.random.Generator) -> None:
    rows = unit(rng.standard_normal((5, 4)))
    x = rows[np.r_[np.zeros(300, dtype=int), 0:5]]  # four of them are rare
    for count in (5, 9):
        centres = anchors.spherical_kmeans(x, count, rng)
        assert len(centres) == 5 and quality(rows, centres) > 1 - 1e-14
    both = np.array([[1.0, 0.0], [-1.0, 0.0]])  # their sum has no direction
    assert np.abs(anchors.spherical_kmeans(both, 1, rng)).tolist() == [[1.0, 0.0]]


def test_distinct_rows(rng: np.random.Generator) -> None:
    x = np.repeat(np.eye(4), 30, axis=0)
    x[x == 0] = rng.choice([0.0, -0.0], int((x == 0).sum()))  # the same number
    for count in (2, 4, 50):
        found = anchors.distinct_rows(x, count, rng)
        assert len(found) == min(count, 4) == len(np.unique(found, axis=0))


# -- scikit-learn ---------------------------------------------------------------------------------------------------


def test_parameters_are_kept_as_given() -> None:
    net, components = two_layers(), [3, 4]
    model = Nystrom(net, components, rng=np.random.default_rng(0))
    values = model.get_params()
    assert values["net"] is net and values["components"] is components
    assert model.set_params(components=5, anchors="patches") is model
    assert (model.components, model.anchors) == (5, "patches")
    with pytest.raises(ValueError, match="no parameter 'size'"):
        model.set_params(components=7, size=3)
    assert model.components == 5  # none is changed where one does not exist
    assert "components=5, anchors='patches'" in repr(model)


def test_works_in_scikit_learn(rng: np.random.Generator) -> None:
    base = pytest.importorskip("sklearn.base")
    from sklearn.linear_model import RidgeClassifier
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.utils.validation import check_is_fitted

    labels = np.arange(60) % 2
    x = rng.standard_normal((60, 8, 8, 1))
    x[labels == 1, 2:6, 2:6] += 2.0
    model = Nystrom(two_layers(), (8, 8), rng=1)
    copied = base.clone(model)
    assert copied is not model and copied.get_params().keys() == model.get_params().keys()
    np.testing.assert_array_equal(copied.fit_transform(x), model.fit_transform(x))
    chain = make_pipeline(model, RidgeClassifier())
    search = GridSearchCV(chain, {"nystrom__components": [2, 16]}, cv=3).fit(x, labels)
    assert search.best_score_ > 0.9  # the squares are seen
    best = search.best_estimator_
    check_is_fitted(best[0])
    with pytest.raises(Exception, match="not fitted"):
        check_is_fitted(base.clone(best[0]))
    stored = pickle.loads(pickle.dumps(best))
    np.testing.assert_array_equal(stored.predict(x), best.predict(x))


def test_scikit_learn_is_not_imported() -> None:
    code = (
        "import sys, numpy as np, kernelspec as ks; from kernelspec import ckn, testing\n"
        "net = ckn.Network([ckn.Layer(2, ks.arccos(1))])\n"
        "ckn.Nystrom(net, 3).fit_transform(np.eye(4)[None, :, :, None])\n"
        "assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_before_fit() -> None:
    model = Nystrom(two_layers(), 5)
    for kind in (NotFittedError, ValueError, AttributeError):  # as scikit-learn's has it
        with pytest.raises(kind, match=r"call fit\(X\)"):
            model.transform(np.ones((1, 8, 8, 1)))
    assert ckn.Nystrom is Nystrom


# -- at the door ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words", "parameters"),
    [
        (TypeError, "net must be a ckn.Network", {"net": 3}),
        (ValueError, "each of the 2 layers", {"components": (64,)}),
        (ValueError, "components must be an integer from 1", {"components": np.array(0)}),
        (ValueError, "components must be an integer from 1", {"components": (64, 0)}),
        (TypeError, "components must be an integer", {"components": "64"}),
        (TypeError, "components must be an integer", {"components": (True, 4)}),
        (ValueError, "anchors must be one of kmeans, patches, random", {"anchors": "grid"}),
        (ValueError, "layer 1 has exponential", {"anchors": "random"}),
        (TypeError, "rng must be a seed", {"rng": "a"}),
        (ValueError, "rng must be a seed", {"rng": -1}),
        (ValueError, "patches must be an integer from 1", {"patches": 0}),
        (TypeError, "memory must be an integer", {"memory": 1.5}),
        (ValueError, "memory must be an integer from 1", {"memory": -5}),
    ],
)
def test_wrong_parameters(kind: type[Exception], words: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(kind, match=words):
        Nystrom(**({"net": two_layers()} | parameters)).fit(np.ones((1, 8, 8, 1)))


@pytest.mark.parametrize(
    ("kind", "words", "x"),
    [
        (ValueError, "x must have shape", np.ones((8, 8))),
        (ValueError, "x must have shape", np.ones((1, 2, 8, 8, 1))),
        (ValueError, "at least one position", np.ones((3, 8, 8, 0))),
        (ValueError, "at least one image", np.ones((0, 8, 8, 1))),
        (ValueError, "NaN or infinity", np.full((1, 8, 8, 1), np.nan)),
        (ValueError, "NaN or infinity", np.full((1, 8, 8, 1), -np.inf)),
        (TypeError, "real array", np.ones((1, 8, 8, 1), dtype=complex)),
        (TypeError, "real array", np.ones((1, 8, 8, 1), dtype=bool)),
        (TypeError, "real array", [[["a"]]]),
        (ValueError, "different sizes", [[[1.0]], [[1.0, 2.0]]]),
        (ValueError, "layer 1 has an empty map", np.ones((1, 3, 8, 1))),
        (ValueError, "layer 2 has an empty map", np.ones((1, 5, 8, 1))),
        (ValueError, "layer 1: no patch of x has a norm above", np.zeros((2, 8, 8, 1))),
    ],
)
def test_wrong_data(kind: type[Exception], words: str, x: Array) -> None:
    with pytest.raises(kind, match=words):
        Nystrom(two_layers(), 5).fit(x)


def test_data_unlike_those_fitted(rng: np.random.Generator) -> None:
    model = Nystrom(two_layers(), 5).fit(rng.standard_normal((4, 8, 8, 2)))
    for shape, words in (
        ((3, 8, 8, 1), "2 channels of the fitted data"),
        ((3, 8, 2), "3 axes"),
        ((3, 9, 8, 2), "fitted size 8x8x2, got 9x8x2"),
    ):
        with pytest.raises(ValueError, match=words):
            model.transform(np.ones(shape))
    x = rng.standard_normal((2, 8, 8, 2))
    for factor in (2.0**1000, 2.0**-1000):  # where squares overflow, or vanish
        np.testing.assert_array_equal(model.transform(factor * x), factor * model.transform(x))


def test_impossible_memory_and_kernels(rng: np.random.Generator) -> None:
    x = rng.standard_normal((4, 8, 8, 2))
    with pytest.raises(ValueError, match="layer 1: memory must be at least"):
        Nystrom(two_layers(), 5, memory=1000).fit(x)
    with pytest.raises(ValueError, match="bytes for 200 anchors among patches of 18 numbers"):
        Nystrom(two_layers(), 200, memory=2**20).fit(x)
    with pytest.raises(ValueError, match="layer 1: kernel must be positive semi-definite"):
        Nystrom(one_layer(ks.linear() - ks.arccos(1)), 5).fit(x)
    with pytest.raises(ValueError, match="layer 1: kernel must be finite at 1"):
        Nystrom(one_layer(ks.laplace().derivative()), 5).fit(x)


def test_a_failed_fit_leaves_what_was_fitted(rng: np.random.Generator) -> None:
    x = rng.standard_normal((4, 8, 8, 2))
    model = Nystrom(two_layers(), 5)
    features = model.fit_transform(x)
    with pytest.raises(ValueError, match="no patch"):
        model.fit(0 * x)
    np.testing.assert_array_equal(model.transform(x), features)


# -- the figure ----------------------------------------------------------------------------------------------------


def test_figure_shows_convergence() -> None:
    pytest.importorskip("sklearn")
    from figures import nystrom_convergence, style
    from kernelspec.plots.features import METHODS

    data = nystrom_convergence.compute(quick=True)
    relu, exponential = data
    assert set(relu.errors) == set(METHODS) == {*exponential.errors, "random"}
    for shown in data:
        for way in WAYS:
            mean = shown.errors[way].mean(axis=0)
            assert (np.diff(mean) < 0).all()
            assert mean[-1] < mean[0] / 5
        assert (shown.errors["kmeans"].mean(axis=0) < shown.errors["patches"].mean(axis=0)).all()
    assert relu.errors["patches"][:, -1].max() < relu.errors["random"][:, -1].min() / 10
    with style.paper():
        assert isinstance(nystrom_convergence.draw(data), Figure)
