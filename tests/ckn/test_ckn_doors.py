"""What every door of `ckn` has in common: the axes of the data, the user's error state, the manner of scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups, recovery, stability, teachers
from kernelspec.numbers.arithmetic_protocol import Value

RELU = ks.arccos(1)
RNG = np.random.default_rng(0)
LAYERS = [ckn.Layer(3, RELU, ckn.average(2), 1), ckn.Layer(1, RELU)]
NET = ckn.Network(LAYERS)
GROUP = groups.Network(groups.cyclic(1), LAYERS)
TAU = stability.field((9, 8), grad=0.1, scale=3.0, rng=0)
X = RNG.standard_normal((4, 9, 8, 3))
POLYNOMIAL = ks.parse("1/4*polynomial(0) + 1/4*linear() + 1/2*polynomial(2)")


def teacher() -> teachers.Teacher:
    net = ckn.Network([ckn.Layer(2, POLYNOMIAL)])
    rng = np.random.default_rng(1)
    return teachers.Teacher(net, [rng.standard_normal((2, 2, 2, 3))], rng.standard_normal((9, 8, 2)), [1, 1, 1])


# Doors that take data: (x, options) to numbers.
DOORS: dict[str, Callable[..., Value]] = {
    "gram": NET.gram,
    "tangent": lambda x, **o: NET.gram(x, tangent=True, **o),
    "distances": NET.distances,
    "norms": NET.norms,
    "maps": lambda x, **o: NET.maps(x, **o)[-1].values,
    "Nystrom": lambda x, **o: ckn.Nystrom(NET, 5).fit_transform(x, **o),
    "groups gram": GROUP.gram,
    "groups distances": GROUP.distances,
    "groups covariances": GROUP.covariances,
    "groups maps": lambda x, **o: GROUP.maps(x, **o)[-1].values,
    "Features": lambda x, **o: groups.Features(GROUP, 5).fit_transform(x, **o),
    "read": lambda x, **o: recovery.read(NET, x, **o),
    "teacher": lambda x, **o: teacher()(x, **o),
    "measured": lambda x, **o: stability.measured(NET, x, TAU, **o),
}
MOVED = {  # these return data, with the channels where they were
    "warp": lambda x, **o: stability.warp(x, TAU, **o),
    "smooth": lambda x, **o: stability.smooth(x, 1.0, **o),
    "act": lambda x, **o: groups.act(x, 1, True, **o),
}


@pytest.mark.parametrize("name", DOORS)
def test_channels_first(name: str) -> None:
    first = np.moveaxis(X, -1, 1)
    door = DOORS[name]
    np.testing.assert_array_equal(door(first, channels="first"), door(X))
    np.testing.assert_array_equal(door(X, channels="last"), door(X))
    for bad, error in (("middle", ValueError), (1, TypeError)):
        with pytest.raises(error, match="channels must be one of last, first"):
            door(X, channels=bad)


@pytest.mark.parametrize("name", MOVED)
def test_data_come_back_as_they_were(name: str) -> None:
    door = MOVED[name]
    np.testing.assert_array_equal(door(np.moveaxis(X, -1, 1), channels="first"), np.moveaxis(door(X), -1, 1))


def test_shapes_channels_first() -> None:
    for net in (NET, GROUP):
        assert repr(net.shapes((4, 3, 9, 8), "first")) == repr(net.shapes((4, 9, 8, 3)))
        with pytest.raises(ValueError, match="channels must be one of"):
            net.shapes((4, 9, 8, 3), "here")
    layer = ckn.Layer(3, RELU, ckn.gaussian(1), stride=2, border="circular")
    wrapped, x = ckn.Network([layer]), RNG.standard_normal((2, 8, 12, 2))
    first = np.moveaxis(x, -1, 1)
    readings = recovery.read(wrapped, first, channels="first")
    back = recovery.reconstruct(wrapped, readings, first.shape, channels="first")
    np.testing.assert_allclose(back, first, rtol=0, atol=1e-11)
    assert recovery.readout(wrapped, first.shape, "first").positions == (8, 12)


# Shapes, and what they look like.
MISPLACED = {
    (20, 3, 32, 32): "images with channels first",
    (20, 1, 28, 28): "images with channels first",
    (5, 4, 64, 48): "images with channels first",
    (5, 12, 64, 64): "images with channels first",
    (20, 28, 28): "images without an axis for the channels",
    (20, 24, 32): "images without an axis for the channels",
    (20, 3, 1000): "signals with channels first",
}


@pytest.mark.parametrize("shape", MISPLACED, ids=str)
def test_shapes_that_look_misplaced_are_refused(shape: tuple[int, ...]) -> None:
    net = ckn.Network([ckn.Layer(1, RELU)])
    x = np.ones(shape, dtype=np.float32)
    words = rf"(?s)would be read as .*{MISPLACED[shape]}.*channels='last'.*channels='first'"
    for call in (net.gram, net.norms, net.maps, ckn.Nystrom(net, 1).fit):
        with pytest.raises(ValueError, match=words):
            call(x[:1])
    with pytest.raises(ValueError, match=words):
        net.shapes(shape)
    # What is said is done.
    last, first = net.shapes(shape, "last"), net.shapes(shape, "first")
    assert last[0].input == shape[1:]
    assert first[0].input == (*shape[2:], shape[1])
    assert net.norms(x[:1], channels="last").shape == (1,)


@pytest.mark.parametrize(
    "shape",
    [(9, 32, 32, 3), (9, 28, 28, 1), (5, 16, 16, 64), (5, 3, 3, 64), (9, 1000, 12), (9, 6, 7), (7, 8, 7, 2)]
    + [(2, 1, 100, 8), (3, 32, 5)],
)
def test_ordinary_shapes_are_read(shape: tuple[int, ...]) -> None:
    net = ckn.Network([ckn.Layer(1, RELU)])
    assert net.shapes(shape)[0].input == shape[1:]


def test_deformed_images_that_may_be_read_in_two_ways() -> None:
    tau = stability.translation((16, 16), 1.0)
    net = ckn.Network([ckn.Layer(1, RELU)])
    for x in (np.ones((16, 16, 16)), np.ones((2, 16, 16, 16))):
        for call in (lambda v, **o: stability.warp(v, tau, **o), lambda v, **o: stability.measured(net, v, tau, **o)):
            with pytest.raises(ValueError, match="channels='last' or channels='first' says which"):
                call(x)
            call(x, channels="last")
    assert stability.warp(np.ones((3, 16, 16)), tau, channels="first").shape == (3, 16, 16)
    with pytest.raises(ValueError, match=r"x must have shape \(..., height, width, channels\)"):
        stability.warp(np.ones((3, 16, 16)), tau)


def test_the_axes_are_said() -> None:
    with pytest.raises(ValueError, match=r"\(n, height, width, channels\) or .*; got \(4, 9\); signals of one"):
        NET.gram(np.ones((4, 9)))
    with pytest.raises(ValueError, match=r"\(n, channels, height, width\) or \(n, channels, length\)"):
        NET.gram(np.ones((4, 9)), channels="first")


# -- the user's error state -------------------------------------------------------------------------------

TINY = np.where(np.arange(8)[:, None] % 2, 1e-200, 1.0) * X  # squares underflow beside others
OTHER: dict[str, Callable[[], Any]] = {
    "workers": lambda: NET.gram(np.tile(TINY, (8, 1, 1, 1)), threads=2),
    "narrow": lambda: ckn.Network([ckn.Layer(2, ks.exponential(0.01))] * 2).gram(TINY),
    "steep": lambda: ckn.Network([ckn.Layer(2, ks.laplace())] * 2).gram(TINY),
    "step": lambda: ckn.Network([ckn.Layer(2, ks.arccos(0), ckn.gaussian(1), 1)] * 2).gram(TINY),
    "square": lambda: ckn.Network([ckn.Layer(2, ckn.square)]).distances(TINY),
    "random": lambda: ckn.Nystrom(NET, 4, anchors="random").fit_transform(TINY),
    "recovery": lambda: recovery.reconstruct(NET, recovery.read(NET, TINY), TINY.shape),
    "readout": lambda: recovery.readout(NET, TINY.shape),
    "linear function": lambda: recovery.linear_function(ks.exponential(1), 3).of_patches(
        np.full((2, 3), 1e-200), np.full(2, 1e-199)
    ),
    "norms of teachers": lambda: [teacher().squared_norm(bound) for bound in ("gram", "spectral", "frobenius")],
    "field": lambda: stability.field((20, 20), scale=30.0) + stability.sinusoid((20, 20)),
    "elastic": lambda: 2 * stability.elastic((20, 20), scale=5.0),
    "bound": lambda: stability.bound(NET, TAU, smoothing=0.05),
    "continuum": lambda: stability.bound(NET, TAU, smoothing=2.0, continuum=True),
    "refined": lambda: stability.refined(NET, 2),
}


@pytest.mark.parametrize("name", OTHER)
def test_the_users_error_state_stays_outside(name: str) -> None:
    call = OTHER[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # and nothing warns that ought not
        usual = call()
        with np.errstate(all="raise"):
            found = call()
            assert np.geterr() == dict.fromkeys(("divide", "over", "under", "invalid"), "raise")
    if isinstance(usual, np.ndarray):
        np.testing.assert_array_equal(found, usual)


# -- the manner of scikit-learn -----------------------------------------------------------------------------

MODELS: dict[str, Any] = {
    "nystrom": lambda: ckn.Nystrom(NET, components=(5, 6), rng=3),
    "features": lambda: groups.Features(GROUP, components=[5, 6], rng=3, patches=1000),
}
every_model = pytest.mark.parametrize("name", MODELS)


@every_model
def test_models_clone(name: str) -> None:
    base = pytest.importorskip("sklearn.base")
    model = MODELS[name]()
    features = model.fit_transform(X)
    again = base.clone(model)
    assert repr(again) == repr(model) and not hasattr(again, "maps_")
    np.testing.assert_array_equal(again.fit_transform(X), features)
    changed = base.clone(model).set_params(components=4)
    assert changed.get_params()["components"] == 4
    with pytest.raises(ValueError, match="has no parameter 'depth'; it has net, components"):
        model.set_params(depth=3)
    with pytest.raises(ValueError, match="components must be"):
        base.clone(model).set_params(components=(1, 2, 3)).fit(X)
    # What has been fitted stays until the next fit.
    other = ckn.Network(LAYERS[:1]) if name == "nystrom" else groups.Network(groups.cyclic(1), LAYERS[:1])
    model.set_params(net=other, components=3)
    np.testing.assert_array_equal(model.transform(X), features)


@every_model
def test_features_have_names_and_frames(name: str) -> None:
    model = MODELS[name]()
    with pytest.raises(ValueError, match="call fit"):
        model.get_feature_names_out()
    features = model.fit_transform(X)
    names = model.get_feature_names_out()
    assert names.dtype == object and len(names) == features.shape[1]
    assert list(names[:2]) == [f"{name}0", f"{name}1"]
    with pytest.raises(ValueError, match="transform must be one of default, pandas, polars"):
        model.set_output(transform="excel")
    pandas = pytest.importorskip("pandas")
    assert model.set_output(transform="pandas") is model
    frame = model.transform(X)
    assert isinstance(frame, pandas.DataFrame) and list(frame.columns) == list(names)
    np.testing.assert_array_equal(frame.to_numpy(), features)
    assert isinstance(model.set_output().transform(X), pandas.DataFrame)
    assert isinstance(model.set_output(transform="default").transform(X), np.ndarray)


@every_model
def test_models_in_a_pipeline(name: str) -> None:
    pytest.importorskip("sklearn")
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    y = X.sum(axis=(1, 2, 3))
    pipeline = make_pipeline(MODELS[name](), Ridge(1e-6)).fit(X, y)
    np.testing.assert_allclose(pipeline.predict(X), y, rtol=1e-2)
    assert len(pipeline[:-1].get_feature_names_out()) == MODELS[name]().fit(X).n_features_out_
    pytest.importorskip("pandas")
    pipeline.set_output(transform="pandas")
    assert list(pipeline[:-1].transform(X).columns) == list(pipeline[:-1].get_feature_names_out())
