"""`ckn.Nystrom`, `groups.Features` and `teachers.Teacher`.

With an anchor for every patch explicit features are exact, so that their inner products are the kernel's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from architectures import Architecture, evaluate

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups, teachers
from kernelspec.numbers.arithmetic_protocol import Value
from oracle.convolutional import Step

from ..comparison import same
from ..kinds import PROGRESS, Array, Free, Given, Instance, Kind, Whole, Word, memory
from ..table import Row
from .networks import CHANNELS

RNG = np.random.default_rng(20)
X = RNG.standard_normal((3, 4, 4, 1))
X[2] = 2 * X[0]
ONE = Architecture((Step(2, "arccos(1)", "average", 2, 2),))
OTHER = RNG.standard_normal((4, 4, 4, 1))
DATA = Array(X, None, why="all images make one fit", bad=(X[0, 0], X[:0], X[..., :0]))
SEED = Given(0, bad=("text", 1.5, -1))
SHAPE = Given((4, 4, 1), bad=((4,), "text", 16, (4, 0, 1), (-1, -1, 1), (4, 4.0, 1)))
NO_LABELS = Free(None, why="ignored, as scikit-learn wants it")


@functools.cache
def net() -> Any:
    return ONE.network()


@functools.cache
def plane() -> Any:
    layers = [groups.Layer(2, ks.arccos(1), ckn.average(2), stride=2)]
    return groups.Network(groups.cyclic(1), layers, output="sum")


def fresh() -> Any:
    return ckn.Nystrom(net(), components=80)


@functools.cache
def fitted() -> Any:
    return ckn.Nystrom(net(), components=6).fit(X)


def fresh_features() -> Any:
    return groups.Features(plane(), components=80)


@functools.cache
def fitted_features() -> Any:
    return groups.Features(plane(), components=6).fit(X)


def fit(model: Any) -> Any:
    return model.fit(X if model.shape is None else X.reshape(len(X), -1))


def inner(features: Any) -> Any:
    return np.asarray(features) @ np.asarray(features).T


def gram(x: Any, **_: Any) -> Any:
    return evaluate(ONE, x).gram


def of_the_fit(model: Any) -> Any:
    return inner(model.transform(X))


def projected(row: Row) -> None:
    """Features are projections: their inner products are below the kernel's, |Phi(x)|^2 <= K(x, x); with as many
    anchors as patches they are the kernel's.
    """
    assert row.of is not None
    values = row.raw()
    exact = np.diagonal(gram(row.arguments["x"]))
    few = np.diagonal(inner(values))
    assert np.all(few <= exact * (1 + 1e-12)) and np.all(few > 0.2 * exact)
    maker = fresh if "Nystrom" in row.door else fresh_features
    every = maker().fit(row.arguments["x"]).transform(row.arguments["x"])
    np.testing.assert_allclose(inner(every), gram(row.arguments["x"]), rtol=1e-9)


def untouched_fit(row: Row) -> None:
    """A fit neither writes into the data nor keeps them."""
    from ..comparison import held_arrays

    data, model = X.copy(), row.of()  # type: ignore[misc]
    model.fit(data)
    np.testing.assert_array_equal(data, X)
    assert not any(np.shares_memory(held, data) for held in held_arrays(vars(model)))
    before = model.transform(OTHER)
    data[...] = 7
    np.testing.assert_array_equal(model.transform(OTHER), before)


def scaled_fit(row: Row) -> None:
    """Anchors are directions: data of another size have the same, and features scale with images."""
    large, model = row.of().fit(np.ldexp(X, 300)), row.of().fit(X)  # type: ignore[misc]
    same([large.transform(OTHER)], [model.transform(OTHER)], 1e-12, "2^300 x")


def transformer(door: str, maker: Callable[..., Value], model: Any, unfitted: Any) -> list[Row]:
    data: dict[str, Kind] = {"progress": PROGRESS, "channels": CHANNELS}
    fit: dict[str, Kind] = {"x": DATA, "y": NO_LABELS, **data}
    shared: dict[str, Any] = {"rtol": 1e-9, "rounding": 1e-12, "short": 1e-4}
    laws: dict[str, Any] = {"untouched": untouched_fit, "scale": scaled_fit}
    fit_laws = {**laws, "dtype": "seen in `fit_transform`"}
    images = Array(OTHER, 0, "float64", bad=(X[0, 0], X[:, :3]))
    return [
        Row(f"{door}.fit", fit, gram, unfitted, read=of_the_fit, laws=fit_laws, **shared),
        Row(f"{door}.fit_transform", fit, gram, unfitted, read=inner, laws=laws, **shared),
        Row(
            f"{door}.transform",
            {"x": images, **data},
            None,
            model,
            laws={"values": projected},
            degree={"x": 1},
            rounding=1e-14,
        ),
        *(inherited(door, maker, model, unfitted) if door == "ckn.Nystrom" else ()),
    ]


def inherited(door: str, maker: Callable[..., Value], model: Any, unfitted: Any) -> list[Row]:
    """What both have of one class."""
    name = door.rpartition(".")[2].lower()
    return [
        Row(
            f"{door}.get_params",
            {"deep": Free(True, why="there is no inner model")},
            lambda deep: True,
            unfitted,
            read=lambda found: found["components"] == 80 and found["rng"] == 0,
        ),
        Row(
            f"{door}.set_params",
            {"parameters": Given({"components": 7}, bad=({"components": 0}, {"nothing": 1}))},
            lambda parameters: 7,
            maker,
            then=fit,
            read=lambda model: model.components,
            named={"parameters": "(components|nothing)"},
        ),
        Row(
            f"{door}.get_feature_names_out",
            {"input_features": Free(None, why="ignored, as scikit-learn wants it")},
            lambda input_features: (f"{name}0", f"{name}1"),
            model,
            read=lambda names: tuple(names[:2]),
        ),
        Row(f"{door}.set_output", {"transform": Word("default", none=True)}, lambda transform: True, maker, read=bool),
    ]


def some() -> Any:
    return ckn.Nystrom(net(), components=3)


def some_features() -> Any:
    return groups.Features(plane(), components=3)


FILTERS = RNG.standard_normal((3, 2, 2, 1))
READOUT = RNG.standard_normal((4, 4, 3))
POLYNOMIAL = "1/4*polynomial(0) + 1/4*linear() + 1/2*polynomial(2)"


@functools.cache
def teacher() -> Any:
    network = ckn.Network([ckn.Layer(2, ks.parse(POLYNOMIAL))])
    return teachers.Teacher(network, [FILTERS], READOUT, [0.5, 1.0, 2.0])


def patches(x: Value) -> Value:
    """(n, positions..., offsets...): offsets -1 and 0, zero beyond the border."""
    padded = np.pad(x[..., 0], ((0, 0), (1, 0), (1, 0)))
    return np.stack([np.stack([padded[:, i : i + 4, j : j + 4] for j in (0, 1)], -1) for i in (0, 1)], -2)


def taught(x: Value, channels: Any = None) -> Value:
    """sum_u <w(u), n sigma(W P x / n)>, sigma(t) = 1/2 + t + 2 t^2."""
    z = patches(np.asarray(x, float))
    n = np.sqrt((z**2).sum((-2, -1)))[..., None]
    t = np.einsum("nuvab,fab->nuvf", z, FILTERS[..., 0]) / n
    return np.einsum("nuvf,uvf->n", n * (0.5 + t + 2 * t**2), READOUT)


def squared_norm(bound: str = "gram") -> float:
    """sum_u sum_ij w_i w_j s(<W_i, W_j>), s(t) = sum_j a_j^2/b_j t^j = 1 + 4 t + 8 t^2 (claim 50)."""
    flat = FILTERS.reshape(3, -1)
    t = flat @ flat.T
    return float(np.einsum("uvi,uvj,ij->", READOUT, READOUT, 1 + 4 * t + 8 * t**2))


def other_bounds(row: Row) -> None:
    """The three bounds: "gram" is the norm's square, the others are above it."""
    exact = squared_norm()
    found = {bound: row.raw(bound=bound) for bound in ("gram", "spectral", "frobenius")}
    assert exact <= found["gram"] <= exact * (1 + 1e-12)
    assert exact <= found["spectral"] <= found["frobenius"] < 50 * exact


ROWS = [
    *transformer("ckn.Nystrom", some, fitted, fresh),
    *transformer("ckn.groups.Features", some_features, fitted_features, fresh_features),
    Row(
        "ckn.Nystrom",
        {
            "net": Instance(net()),
            "components": Whole(5, 1, none=True),
            "anchors": Word("kmeans"),
            "rng": SEED,
            "patches": Whole(100, 1),
            "memory": memory(),
            "shape": SHAPE,
        },
        lambda **given: (given["components"], given["anchors"], given["patches"]),
        then=fit,
        read=lambda model: (model.components, model.anchors, model.patches),
    ),
    Row(
        "ckn.groups.Features",
        {"net": Instance(plane()), "components": Whole(5, 1), "rng": SEED, "patches": Whole(100, 1), "shape": SHAPE},
        lambda **given: (given["components"], given["patches"]),
        then=fit,
        read=lambda model: (model.components, model.patches),
    ),
    Row(
        "ckn.teachers.Teacher",
        {
            "network": Instance(teacher().network),
            "filters": Given(
                [FILTERS], bad=(3, None, [], [FILTERS, FILTERS], [FILTERS[..., 0, :]], [FILTERS * np.nan])
            ),
            "readout": Array(READOUT, None, "float64", why="weights of one function", bad=(READOUT[..., :2],)),
            "activation": Given([0.5, 1.0, 2.0], bad=("text", None, [], [float("nan")], [1, 1, 1, 1])),
        },
        lambda **_: taught(OTHER),
        read=lambda made: made(OTHER),
        rtol=1e-13,
        degree={"readout": 1},
        named={"activation": "(activation|coefficients|a_3|layer 1|a)", "filters": "filters"},
    ),
    Row(
        "ckn.teachers.Teacher.__call__",
        {"x": Array(OTHER, 0, "float64", bad=(X[0, 0], X[:, :3], np.ones((1, 4, 4, 2)))), "channels": CHANNELS},
        taught,
        teacher,
        rtol=1e-13,
        rounding=4e-15,
        degree={"x": 1},
    ),
    Row("ckn.teachers.Teacher.squared_norm", {"bound": Word("gram")}, None, teacher, laws={"values": other_bounds}),
]
