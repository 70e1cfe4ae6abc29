"""`ckn.groups`, against definitions in integers (`oracle.groups`) and, for one turn, the plane's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from architectures import Architecture, evaluate

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import convolutional as oracle
from oracle import groups as group_oracle
from oracle.convolutional import Step
from oracle.groups import GroupStep

from ..comparison import same
from ..kinds import PROGRESS, Array, Degrees, Flag, Free, Given, Instance, Kind, Real, Whole, Word, memory, threads
from ..table import Row, but
from .networks import CHANNELS, LAYER

RNG = np.random.default_rng(19)
X, Y = RNG.standard_normal((4, 5, 5, 2)), RNG.standard_normal((3, 5, 5, 2))
X[2], Y[1] = 2 * X[0], 0.0
WHOLE = RNG.integers(-3, 4, (3, 5, 5, 1)).astype(float)
ARCHITECTURE = Architecture((Step(3, "arccos(1)"), Step(3, "arccos(1)")), "mean")
STEPS = (GroupStep(3, "linear", neighbours=(0, 1, 2, 3)), GroupStep(1, "square", neighbours=(0,)))
BAD = (X[0, 0], X[..., :0], np.zeros((2, 2, 2, 2, 2)))
MANY = {"x": RNG.standard_normal((9, 5, 5, 2)), "y": RNG.standard_normal((8, 5, 5, 2)), "memory": 2**23}
ELSEWHERE = "seen in the other variants"


@functools.cache
def net() -> Any:
    """The trivial group: the network in the plane."""
    layers = [groups.Layer(3, ks.arccos(1)), groups.Layer(3, ks.arccos(1))]
    return groups.Network(groups.cyclic(1), layers)


@functools.cache
def turned() -> Any:
    """Quarter turns."""
    layers = [groups.Layer(3, ks.linear()), groups.Layer(1, ckn.square, rotations="none")]
    return groups.Network(groups.cyclic(4), layers, output="sum")


def evaluated(x: Any, y: Any) -> Any:
    return evaluate(ARCHITECTURE, x if y is None else np.concatenate([x, y]))


def corner(matrix: Any, x: Value, y: Value) -> Value:
    return matrix if y is None else matrix[: len(x), len(x) :]


def gram(x: Value, y: Any = None, **_: object) -> Value:
    return corner(evaluated(x, y).gram, x, y)


def distances(x: Value, y: Any = None, **_: object) -> Value:
    value = evaluated(x, y).gram
    squares = np.diagonal(value)
    return corner(np.sqrt(np.maximum(squares[:, None] + squares - 2 * value, 0)), x, y)


def covariances(x: Value, y: Any = None, **_: object) -> Value:
    """<x_n(u), y_n(v)> of all pairs of positions: without the mean over them."""
    images = x if y is None else np.concatenate([x, y])
    value = oracle.covariances(images, ARCHITECTURE.layers).kernel
    value = value if y is None else value[: len(x), :, len(x) :]
    found = value.transpose(0, 2, 1, 3)
    return found.reshape(*found.shape[:2], 1, 5, 5, 1, 5, 5)


def maps(x: Value, **_: object) -> Value:
    return [values[:, None] if name != "input" else values for name, values in evaluated(x, None).maps]


def turned_gram(x: Value, y: Any = None, **_: object) -> Value:
    group = group_oracle.quarter_turns()
    left, right = (
        [group_oracle.features(image, group, STEPS) for image in each] for each in (x, x if y is None else y)
    )
    return np.array([[group_oracle.inner(a, b, group, "sum") for b in right] for a in left], dtype=float)


def pairs(name: str, y: Array | None, oracle: Callable[..., Value], **more: Any) -> Row:
    dtype = more.pop("dtype", "kept")
    given: dict[str, Kind] = {
        "x": Array(X, (0, 1) if y is None else 0, dtype, bad=BAD),
        "y": Free(None, why="another variant") if y is None else y,
        "memory": memory(),
        "progress": PROGRESS,
        "channels": CHANNELS,
    }
    if name != "covariances":
        given |= {"tangent": Free(False, why="another variant"), "threads": threads()}
    if name == "gram":
        given["out"] = Free(None, why="another variant")
    more = {"rtol": 0.0, "norm": 3e-15, "rounding": 3e-15, "symmetric": ("x", "y"), **more}
    more.setdefault("degree", {"x": 2} if y is None else {"x": 1, "y": 1})
    if "threads" in given:
        more.setdefault("large", MANY if y is not None else {name: MANY[name] for name in ("x", "memory")})
    door = f"ckn.groups.Network.{name}" if name == "covariances" else f"ckn.Network.{name}"
    return Row(door, given, oracle, net, "group, x" if y is None else "group, x, y", **more)


def other(dtype: str = "kept") -> Array:
    return Array(Y, 1, dtype, none=True, bad=(*BAD, Y[..., :1], Y[:, :4]))


def together(row: Row) -> None:
    """Distances scale with both of their images."""
    for exponent in (-500, 500):
        scaled = {name: np.ldexp(row.arguments[name], exponent) for name in ("x", "y")}
        same(row.call(**scaled), [np.ldexp(each, exponent) for each in row.call()], row.rounding, f"2^{exponent}")


def exchanged(row: Row) -> None:
    """<x(u), y(v)> of (x, y) is <y(v), x(u)> of (y, x)."""
    x, y = row.arguments["x"], row.arguments["y"]
    ((there,), (here,)) = row.call(x=x, y=y), row.call(x=y, y=x)
    same([here.transpose(1, 0, 5, 6, 7, 2, 3, 4)], [there], row.rounding, "exchanged")


@functools.cache
def group() -> Any:
    return groups.dihedral(4)


def matrices() -> list[Any]:
    return group_oracle.quarter_turns(True)


def product(a: Value, b: Value) -> Value:
    """First b, then a, as matrices."""
    if np.ndim(a):
        return np.array([product(int(n), b) for n in a])
    return matrices().index(group_oracle.times(matrices()[a], matrices()[b]))


def inverse(a: Value) -> Value:
    return np.array([[product(int(n), m) for m in range(8)].index(0) for n in np.asarray(a)])


def of(
    door: str,
    maker: Callable[..., Value],
    oracle: Callable[..., Value],
    given: dict[str, Kind] | None = None,
    **more: Any,
) -> Row:
    return Row(f"ckn.groups.{door}", given or {}, oracle, maker, **more)


def shared(door: str, *arguments: Any, **more: Any) -> Row:
    """A door that networks on groups have from the plane's class."""
    row = of(door, *arguments, **more)
    return row.but(door=f"ckn.Network.{door}", variant="group")


def rotated(x: Value, turns: int, reflection: bool, channels: Any = None) -> Value:
    return np.rot90(x[:, :, ::-1] if reflection else x, turns, (1, 2))


def rotated_maps(maps: Any, turns: int, reflection: bool, group: Any) -> Any:
    """x(g^-1 u, g^-1 r): each map turned, and found at the place of g^-1 r."""
    element = turns % 4 + 4 * reflection
    back = [int(product(inverse([element])[0], r)) for r in range(8)]
    flipped = maps[..., ::-1] if reflection else maps
    return np.rot90(flipped, turns, (2, 3))[:, back]


ELEMENTS = Degrees(np.array([0, 1, 4, 7]), bad=(8,))
EXACTLY = {
    "finite": "NaN is moved as any number is",
    "scale": "pixels are moved, not computed with",
    "dtype": "any dtype is moved as it is",
}
MOVE: dict[str, Kind] = {
    "turns": Given(1, bad=(0.5, "text", None, True, [1], float("nan"), np.ma.masked)),
    "reflection": Flag(True),
}
SHAPE = Given(X.shape, bad=(None, 3, (4, 5), (4, 5.5, 5, 2), ("a", 5, 5, 2), (4, -1, 5, 2)))
ROWS = [
    pairs("gram", other(), gram),
    pairs("gram", None, gram),
    pairs("gram", None, turned_gram).but(
        of=turned,
        variant="group, turned",
        given={**pairs("gram", None, gram).given, "x": Array(WHOLE, (0, 1), bad=BAD)},
        laws={**but(ELSEWHERE, "values", "permutation", "single", "symmetry"), "seterr": ELSEWHERE},
        rounding=1e-14,
    ),
    pairs(
        "distances", other("float64"), distances, dtype="float64", norm=2e-7, rounding=1e-7, laws={"scale": together}
    ),
    pairs("distances", None, distances, dtype="float64", degree={"x": 1}, norm=2e-7, rounding=1e-7),
    pairs("covariances", other("float64"), covariances, dtype="float64", laws={"symmetry": exchanged}),
    shared(
        "maps",
        net,
        maps,
        {"x": Array(X, 0, bad=BAD), "memory": memory(), "progress": PROGRESS, "channels": CHANNELS},
        read=lambda several: [each.values for each in several],
        rtol=0.0,
        norm=3e-15,
        rounding=3e-15,
        degree={"x": 1},
    ),
    of("Network.fibres", turned, lambda: (1, 4, 4), read=tuple),
    of("Network.shapes", net, lambda **_: 2, {"shape": SHAPE, "channels": CHANNELS}, read=len),
    shared(
        "diagram",
        net,
        lambda **_: True,
        {"shape": SHAPE, "ax": Given(None, bad=("text", 3)), "channels": CHANNELS},
        read=lambda ax: len(ax.patches) + len(ax.texts) > 4,
    ),
    shared("table", net, lambda: [3, 3], read=lambda table: [row["patch"] for row in table]),
    shared("latex", net, lambda full: True, {"full": Flag(False)}, read=lambda text: "\\langle" in text),
    Row(
        "ckn.groups.Network",
        {
            "group": Instance(group()),
            "layers": Given([groups.Layer(3, ks.arccos(1))], bad=((), None, 3, "text", [ks.arccos(1)], [None])),
            "output": Word("mean"),
            "floor": Real(0.0, bad=(-1.0,)),
        },
        lambda group, layers, output, floor: (1, output, floor),
        read=lambda network: (len(network.layers), network.output, network.floor),
    ),
    Row(
        "ckn.groups.Layer",
        {
            **LAYER,
            "rotations": Given(1, bad=("some", -1, 1.5, None)),
            "turn_pool": Given("all", bad=("some", 1, ckn.strided())),
        },
        lambda **given: (given["patch"], given["rotations"], given["turn_pool"]),
        read=lambda layer: (layer.patch, layer.rotations, layer.turn_pool),
    ),
    of(
        "Layer.neighbours",
        lambda: groups.Layer(3, ks.arccos(1), rotations=1),
        lambda group: [0, 1, 3],
        {"group": Free(groups.cyclic(4), why="that of the network")},
    ),
    of(
        "Layer.turn_pooling",
        lambda: groups.Layer(3, ks.arccos(1), turn_pool="all"),
        lambda group: np.full((1, 8), 0.125),
        {"group": Free(group(), why="that of the network")},
    ),
    Row(
        "ckn.groups.Group",
        {"turns": Whole(4, 1, 360), "reflections": Flag(True), "interpolation": Word("none")},
        lambda turns, reflections, interpolation: 8,
        read=lambda made: made.order,
    ),
    *(
        Row(
            f"ckn.groups.{name}",
            {"m": Whole(4, 1, 360), "interpolation": Word(None, none=True)},
            lambda m, interpolation, each=each: m * each,
            read=lambda made: made.order,
            also=({"m": 8, "interpolation": "bilinear"},),
            named={"m": "(m|turns)"},
        )
        for name, each in (("cyclic", 1), ("dihedral", 2))
    ),
    of("Group.order", group, lambda: 8),
    of("Group.exact", group, lambda: True),
    of("Group.elements", group, lambda: np.array(matrices(), float), read=np.asarray),
    of(
        "Group.product",
        group,
        product,
        {"a": ELEMENTS, "b": Given(5, bad=(8, -1, 1.5, "text", None, np.array([1, 2]), np.ma.masked_array(5, True)))},
        laws={"symmetry": "reflections and turns do not commute"},
    ),
    of("Group.inverse", group, inverse, {"a": ELEMENTS}),
    Row(
        "ckn.groups.act",
        {"x": Array(X, 0, bad=(X[0, 0],), unbounded=True, truths=True), **MOVE, "channels": CHANNELS},
        rotated,
        also=({"turns": -1}, {"turns": 6, "reflection": False}),
        laws=EXACTLY,
    ),
    Row(
        "ckn.groups.act_on_maps",
        {
            "maps": Array(RNG.standard_normal((3, 8, 4, 4)), 0, bad=(X[0, 0],), unbounded=True, truths=True),
            **MOVE,
            "group": Instance(group()),
        },
        rotated_maps,
        also=({"turns": 2}, {"turns": 3, "reflection": False}),
        laws=EXACTLY,
    ),
]
