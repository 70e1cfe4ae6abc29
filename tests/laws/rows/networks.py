"""`ckn.Network` and what it is made of, against `oracle.convolutional`, which shares no code with it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from architectures import Architecture, evaluate

import kernelspec as ks
from kernelspec import ckn
from kernelspec.numbers.arithmetic_protocol import Value
from oracle.convolutional import Step

from ..comparison import same
from ..kinds import PROGRESS, Array, Flag, Free, Given, Instance, Kind, Real, Whole, Word, memory, threads
from ..table import Row, but
from .shapes import PLOT, record

RNG = np.random.default_rng(16)
X, Y = RNG.standard_normal((4, 5, 4, 2)), RNG.standard_normal((3, 5, 4, 2))
X[2], Y[1], Y[2] = 2 * X[0], 0.0, X[1]  # a multiple, zeros, an image of the other side
ARCHITECTURE = Architecture((Step(3, "arccos(1)", "average", 2, 1), Step(2, "arccos(1)", "gaussian", 1, 1)))
BAD_IMAGES = (X[0, 0], X[..., :0], X[:, :0], np.zeros((2, 2, 2, 2, 2)))
IMAGES = Array(X, 0, bad=BAD_IMAGES)
CHANNELS = Word(None, none=True)
MANY = {"x": RNG.standard_normal((14, 5, 4, 2)), "y": RNG.standard_normal((13, 5, 4, 2)), "memory": 2**21}
ELSEWHERE = "seen with few images"


@functools.cache
def net() -> Any:
    return ARCHITECTURE.network()


def evaluated(x: Value, y: Value, tangent: bool) -> Value:
    images = x if y is None else np.concatenate([x, y])
    return evaluate(ARCHITECTURE, images, tangent)


def corner(matrix: Any, x: Value, y: Value) -> Value:
    return matrix if y is None else matrix[: len(x), len(x) :]


def gram(x: Value, y: Value, tangent: Any, **options: Any) -> Value:
    found = evaluated(x, y, bool(tangent))
    wanted = {False: (found.gram,), True: (found.tangent,), "both": (found.gram, found.tangent)}[tangent]
    parts = tuple(corner(each, x, y) for each in wanted)
    return parts if tangent == "both" else parts[0]


def distances(x: Value, y: Value, tangent: Any, **options: Any) -> Value:
    found = evaluated(x, y, bool(tangent))
    value = found.tangent if tangent else found.gram
    squares = np.diagonal(value)
    return corner(np.sqrt(np.maximum(squares[:, None] + squares - 2 * value, 0)), x, y)


def norms(x: Value, tangent: Any, **options: Any) -> Value:
    found = evaluated(x, None, bool(tangent))
    return np.sqrt(np.diagonal(found.tangent if tangent else found.gram))


def maps(x: Value, **options: Any) -> Value:
    return [values for _, values in evaluated(x, None, False).maps]


def pairs(name: str, variant: str, oracle: Callable[..., Value], tangent: Kind, y: Array | None, **more: Any) -> Row:
    """A matrix of pairs: of x and y, or of x alone."""
    dtype = more.pop("dtype", "kept")
    given: dict[str, Kind] = {
        "x": Array(X, (0, 1) if y is None else 0, dtype, bad=BAD_IMAGES),
        "y": Free(None, why="another variant") if y is None else y,
        "tangent": tangent,
        "memory": memory(),
        "threads": threads(),
        "progress": PROGRESS,
        "channels": CHANNELS,
    }
    if name == "gram":
        given["out"] = Given(None, bad=(3, object()))
    options = {"rtol": 0.0, "norm": 3e-15, "rounding": 2e-15, "large": MANY, "symmetric": ("x", "y"), **more}
    options.setdefault("degree", {"x": 2} if y is None else {"x": 1, "y": 1})
    return Row(f"ckn.Network.{name}", given, oracle, net, variant, **options)


def of_images(name: str, oracle: Callable[..., Value], given: dict[str, Kind], **more: Any) -> Row:
    given = {"x": IMAGES, **given, "memory": memory(), "channels": CHANNELS}
    more = {"rtol": 0.0, "norm": 3e-15, "rounding": 2e-15, "degree": {"x": 1}, **more}
    return Row(f"ckn.Network.{name}", given, oracle, net, **more)


TANGENT = Given(False, bad=(None, 2, "text", np.array([True, False]), np.array("both")))
OTHER = Array(Y, 1, none=True, bad=(*BAD_IMAGES, Y[:, :4], Y[..., :1]))
DOUBLE = Array(Y, 1, "float64", none=True, bad=BAD_IMAGES)


def together(row: Row) -> None:
    """Distances scale with both of their images."""
    for exponent in (-500, 500):
        scaled = {name: np.ldexp(row.arguments[name], exponent) for name in ("x", "y")}
        same(row.call(**scaled), [np.ldexp(each, exponent) for each in row.call()], row.rounding, f"2^{exponent}")


LIST_OF_MAPS: dict[str, Any] = {"read": lambda several: [each.values for each in several]}
NEAR: dict[str, Any] = {"norm": 2e-7, "rounding": 1e-7, "dtype": "float64"}
POOL: dict[str, Kind] = {"q": Whole(2, 1, 2**15), "centred": Flag(False)}
LAYER: dict[str, Kind] = {
    "patch": Whole(3, 1),
    "kernel": Instance(ks.arccos(1)),
    "pool": Instance(ckn.average(2), none=True),
    "stride": Whole(1, 1),
    "border": Word("zero"),
    "normalized": Flag(False),
}


@functools.cache
def layer() -> Any:
    return ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), stride=2)


@functools.cache
def shapes() -> Any:
    return net().shapes(X.shape)


def pooling(positions: int) -> Any:
    """Row i holds e^{-t^2/4}, normalised, from 2 i on; what falls past the border is dropped."""
    weights = np.exp(-(np.arange(-2, 3) ** 2) / 4)
    matrix = np.zeros((positions // 2 - 1, positions + 8))
    for i, row in enumerate(matrix):
        row[2 * i : 2 * i + 5] = weights / weights.sum()
    return matrix[:, :positions]


def sizes(**_: object) -> Any:
    return [("5x4x2", "5x4", "5x4"), ("5x4", "5x4", "4x3")]


FIELDS = ("patch", "stride", "border", "normalized")
SHAPE = Given(X.shape, bad=(None, 3, (4, 5), (4, 5.5, 4, 2), ("a", 5, 4, 2), (4, -1, 4, 2), (4, 1, 1, 2)))
ROWS = [
    pairs("gram", "x, y", gram, TANGENT, OTHER),
    pairs("gram", "x", gram, TANGENT, None),
    pairs("gram", "tangent", gram, Free(True, why="another variant"), OTHER, norm=2e-8, rounding=2e-8, short=1e-3),
    pairs(
        "gram",
        "both",
        gram,
        Free("both", why="another variant"),
        OTHER,
        norm=2e-8,
        laws=but("seen in the other variants", "values", "seterr"),
    ),
    pairs("distances", "x, y", distances, Flag(False), DOUBLE, laws={"scale": together}, **NEAR),
    pairs("distances", "x", distances, Flag(False), None, degree={"x": 1}, **NEAR),
    of_images(
        "norms",
        norms,
        {"tangent": Flag(False), "threads": threads()},
        large={name: MANY[name] for name in ("x", "memory")},
        also=({"tangent": True},),
    ),
    of_images("maps", maps, {"progress": PROGRESS}, **LIST_OF_MAPS),
    Row(
        "ckn.Network",
        {
            "layers": Given([layer()], bad=((), None, 3, "text", [ks.arccos(1)], [None])),
            "output": Word("sum"),
            "floor": Real(0.0, bad=(-1.0,)),
        },
        lambda layers, output, floor: (1, output, floor),
        read=lambda network: (len(network.layers), network.output, network.floor),
        also=({"output": "mean", "floor": 1e-6},),
    ),
    Row(
        "ckn.Network.shapes",
        {"shape": SHAPE, "channels": CHANNELS},
        sizes,
        net,
        read=lambda shapes: [row[2:] for row in shapes.rows()],
        named={"shape": "(shape|layer [12])"},
    ),
    Row(
        "ckn.Network.diagram",
        {"shape": SHAPE, "ax": Given(None, bad=("text", 3)), "channels": CHANNELS},
        lambda **_: 1,
        net,
        read=lambda ax: int(len(ax.patches) + len(ax.texts) > 4),
        named={"shape": "(shape|layer [12])"},
    ),
    Row(
        "ckn.Network.table",
        {},
        lambda: (1, 3, "average(2)", 1, 2, 2, "gaussian(1)", 1),
        net,
        read=lambda table: [row[name] for row in table for name in ("layer", "patch", "pool", "stride")],
    ),
    Row("ckn.Network.latex", {"full": Flag(False)}, lambda full: True, net, read=lambda text: "\\sum" in text),
    Row("ckn.Shapes.rows", {}, sizes, shapes, read=lambda rows: [row[2:] for row in rows]),
    Row("ckn.Shapes.table", {}, sizes, shapes, read=lambda table: [tuple(row.values())[-3:] for row in table]),
    Row(
        "ckn.Shapes.plot",
        {**PLOT, "asymptote": Free(None, why="there is none")},
        lambda **_: 1,
        shapes,
        read=lambda ax: int(len(ax.patches) > 4),
    ),
    Row("ckn.Shapes", {"iterable": Free((), why="made by `Network.shapes`")}, lambda iterable: 0, read=len),
    record("ckn.LayerShape", input=(5, 4, 2), patches=(5, 4), output=(4, 3)),
    record("ckn.Map", name="input", values=1.0, axes=("image",)),
    Row(
        "ckn.Layer",
        LAYER,
        lambda **given: [given[name] for name in FIELDS],
        read=lambda made: [getattr(made, name) for name in FIELDS],
        also=({"patch": 4, "border": "circular", "stride": 3, "normalized": True},),
    ),
    Row("ckn.Layer.offsets", {}, lambda: [-1, 0, 1], layer, read=list),
    Row("ckn.Layer.map_size", {"positions": Whole(9, 0)}, lambda positions: positions, layer),
    Row("ckn.Layer.pooling_size", {"positions": Whole(9, 0)}, lambda positions: positions // 2 - 1, layer),
    Row("ckn.Layer.pooling", {"positions": Whole(9, 0)}, pooling, layer, rtol=4e-16),
    Row(
        "ckn.Pool",
        {"kind": Word("gaussian"), "scale": Whole(2, 1, 2**15), "centred": Flag(False)},
        lambda kind, scale, centred: (kind, scale, centred),
        read=lambda pool: (pool.kind, pool.scale, pool.centred),
        named={"scale": "q"},
    ),
    Row("ckn.gaussian", POOL, lambda q, centred: ("gaussian", q, centred), read=lambda p: (p.kind, p.scale, p.centred)),
    Row("ckn.average", POOL, lambda q, centred: ("average", q, centred), read=lambda p: (p.kind, p.scale, p.centred)),
    Row("ckn.strided", {}, lambda: "strided()", read=repr),
    Row("ckn.Square", {}, lambda: True, read=lambda kernel: kernel == ckn.square),
    Row("ckn.Pool.taps", {}, lambda: pooling(12)[0, :5], lambda: ckn.gaussian(2), rtol=4e-16),
    Row("ckn.Pool.length", {}, lambda: 5, lambda: ckn.gaussian(2)),
    Row(
        "ckn.Pool.outputs",
        {
            name: Free(value, why="asked by `Layer`")
            for name, value in (("positions", 9), ("stride", 2), ("border", "zero"))
        },
        lambda positions, stride, border: {"zero": 3, "circular": 4, "valid": 3}[border],
        lambda: ckn.gaussian(2),
        also=({"border": "circular"}, {"border": "valid"}),
    ),
    Row(
        "ckn.Pool.starts",
        {
            name: Free(value, why="asked by `Layer`")
            for name, value in (("positions", 9), ("stride", 2), ("border", "zero"))
        },
        lambda **_: np.array([0, 2, 4]),
        lambda: ckn.gaussian(2),
    ),
]
