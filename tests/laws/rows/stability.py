"""`ckn.stability`: fields against their formulas, moved images against a direct sum, bounds against what they bound."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from architectures import evaluate

from kernelspec.ckn import stability

from ..kinds import Array, Flag, Given, Instance, Kind, Real, Whole, Word, memory
from ..table import Row
from .networks import ARCHITECTURE, CHANNELS, net
from .shapes import PLOT, record, refusing

RNG = np.random.default_rng(17)
SIZE = (5, 4)
X = RNG.standard_normal((4, *SIZE, 2))
SHAPE = Given(SIZE, bad=(None, "text", (5, 0), (5, 4, 3, 2), (5.5, 4), -1, ()))
SIGNAL = Given((9,), bad=(None, "text", (0,), (5.5,), -1, ()))
POINTS = Array(RNG.uniform(0, 4, (6, 2)), 0, "float64", bad=(np.ones((2, 3)), 1.0))
GRID = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0), indexing="ij"), -1)
SEED = Given(0, bad=("text", 1.5, -1))
NO_SCALE = {"scale": "points are positions in pixels"}


@functools.cache
def wave() -> Any:
    return stability.sinusoid(SIZE, grad=0.2, wavelength=6.0, along=1, moves=0, phase=0.3)


def height(points: Any) -> Any:
    """a sin(2 pi u_1 / 6 + 0.3) e_0, 2 pi a / 6 = 0.2."""
    size = 0.2 * 6 / (2 * math.pi) * np.sin(2 * math.pi * points[..., 1] / 6 + 0.3)
    return np.stack([size, 0 * size], -1)


def slope(points: Any) -> Any:
    out = np.zeros((*points.shape, 2))
    out[..., 0, 1] = 0.2 * np.cos(2 * math.pi * points[..., 1] / 6 + 0.3)
    return out


def moved(x: Any, tau: Any, border: str, channels: Any = None) -> Any:
    """sum_k x_k sinc(u - tau(u) - k), along both axes, as it is written."""
    x, places = np.asarray(x, np.float64), GRID - height(GRID)
    first, second = (np.sinc(places[..., None, i] - np.arange(n)) for i, n in ((0, 5), (1, 4)))
    return np.einsum("uva,uvb,nabc->nuvc", first, second, x)


def blurred(x: Any, sigma: float, border: str, channels: Any = None) -> Any:
    """The Gaussian e^{-t^2/(2 sigma^2)} on all offsets that matter, with sum 1; 0 beyond the border."""
    t = np.arange(-60, 61)
    taps = np.exp(-(t**2) / (2 * sigma**2))
    taps /= taps.sum()
    for axis, n in ((1, 5), (2, 4)):
        matrix = np.array([[taps[60 + i - j] for j in range(n)] for i in range(n)])
        x = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    return x


def measured(x: Any, tau: Any, tangent: bool, **options: Any) -> Any:
    both = np.concatenate([x, moved(x, tau, "zero")])
    found = evaluate(ARCHITECTURE, both, tangent)
    value: Any = found.tangent if tangent else found.gram
    n = len(x)
    squares = [value[i, i] + value[n + i, n + i] - 2 * value[i, n + i] for i in range(n)]
    return np.sqrt(squares) / np.sqrt((x**2).sum((1, 2, 3)))


def holds(row: Row) -> None:
    """A bound is above what it bounds, and below 30 times the largest of it that is seen."""
    for tangent in (False, True):
        seen = measured(X, wave(), tangent).max()
        bound = row.raw(tangent=tangent)
        assert bound.proved and seen <= bound.value < 30 * seen, (seen, bound.value)


def images(oracle: Callable[..., Any], name: str, given: dict[str, Kind], dtype: str = "kept", **more: Any) -> Row:
    bad = more.pop("bad", (X[:, :3], X[0, 0]))
    given = {"x": Array(X, 0, dtype, bad=bad), **given, "channels": CHANNELS}
    more = {"rtol": 0.0, "norm": 2e-14, "rounding": 2e-15, "degree": {"x": 1}, **more}
    return Row(f"ckn.stability.{name}", given, oracle, **more)


def field(name: str, given: dict[str, Kind], oracle: Callable[..., Any], **more: Any) -> Row:
    """A maker of fields: tau at the positions."""
    return Row(f"ckn.stability.{name}", given, oracle, read=lambda tau: tau.displacements(), **more)


def random_field(row: Row) -> None:
    """|grad tau| has its supremum, by differences on a fine grid; a seed gives one field, two give two."""
    tau = row.raw()
    u = np.stack(np.meshgrid(np.linspace(0, 5, 101), np.linspace(0, 4, 81), indexing="ij"), -1)
    h = 1e-5
    steps = [(tau(u + h * e) - tau(u - h * e)) / (2 * h) for e in np.eye(2)]
    sizes = np.linalg.norm(np.stack(steps, -1), 2, axis=(-2, -1))
    assert 0.9 * tau.grad_sup <= sizes.max() <= tau.grad_sup * (1 + 1e-8)
    assert 0.9 * tau.sup <= np.linalg.norm(tau(u), axis=-1).max() <= tau.sup
    again, other = row.call(), row.call(rng=1)
    np.testing.assert_array_equal(tau.displacements(), again[0])
    assert np.abs(tau.displacements() - other[0]).max() > 1e-3


def about_middle(matrix: Any) -> Any:
    return (GRID - [2.0, 1.5]) @ np.asarray(matrix).T


def turned(shape: Any, angle: float) -> Any:
    c, s = math.cos(angle), math.sin(angle)
    return about_middle(np.eye(2) - np.array([[c, s], [-s, c]]))


def of(name: str, oracle: Any, given: dict[str, Kind] | None = None, **more: Any) -> Row:
    return Row(f"ckn.stability.Field.{name}", given or {}, oracle, wave, **more)


@functools.cache
def bound() -> Any:
    return stability.Bound(0.5, {"bound by norms": 2.0, "bound by displacement": 0.5}, "by displacement", True)


TAU = Instance(wave())
BORDER = Word("zero")
NET = Instance(net())

ROWS = [
    record("ckn.stability.Bound", value=1.0, terms={"a": 1.0}, source="by norms", proved=True, failure=0.0),
    Row("ckn.stability.Bound.table", {}, lambda: True, bound, read=lambda t: {2.0, 0.5} <= {row["value"] for row in t}),
    Row("ckn.stability.Bound.plot", PLOT, lambda **_: 1, bound, read=lambda ax: int(len(ax.patches) > 0)),
    Row("ckn.stability.Bound.__float__", {}, lambda: 0.5, bound),
    Row("ckn.stability.Bound.latex", {}, lambda: True, bound, read=lambda text: "0.5" in text),
    record("ckn.stability.Field", shape=(5,), motion=None, sup=0.5, grad_sup=0.25, name="still"),
    of("__call__", height, {"points": POINTS}, laws=NO_SCALE, rtol=1e-13),
    of("jacobian", slope, {"points": POINTS}, laws=NO_SCALE, rtol=1e-13, atol=1e-16),
    of("displacements", lambda: height(GRID), rtol=1e-13, atol=1e-16),
    of("d", lambda: 2),
    of("table", lambda step: 20, {"step": Whole(1, 1, none=True)}, read=len),
    of("plot", lambda **_: True, PLOT, read=lambda ax: ax.has_data()),
    of("latex", lambda: True, read=lambda text: "\\tau" in text),
    of(
        "__mul__",
        lambda factor: (2.5 * height(GRID), 0.5),
        {"factor": Real(2.5)},
        read=lambda tau: (tau.displacements(), tau.grad_sup),
        rtol=1e-13,
        atol=1e-16,
    ),
    of(
        "__add__",
        lambda other: 2 * height(GRID),
        {"other": Given(wave(), bad=("text", None, 1.0, stability.translation((5, 5), 1.0)))},
        read=lambda tau: tau.displacements(),
        laws={"types": refusing},
        rtol=1e-13,
        atol=1e-16,
    ),
    field(
        "field",
        {"shape": SHAPE, "grad": Real(0.1, bad=(-1.0,)), "scale": Real(2.0, bad=(0.0, -1.0)), "rng": SEED},
        None,  # type: ignore[arg-type]
        laws={"values": random_field},
    ),
    field(
        "elastic",
        {"shape": SHAPE, "alpha": Real(0.5, bad=(-1.0,)), "scale": Real(2.0, bad=(0.0, -1.0)), "rng": SEED},
        None,  # type: ignore[arg-type]
        laws={"values": random_field},
    ),
    field(
        "translation",
        {"shape": SHAPE, "shift": Given((0.5, -1.0), bad=((1.0,), "text", None, float("nan"), (1.0, float("inf"))))},
        lambda shape, shift: np.broadcast_to(shift, (5, 4, 2)),
    ),
    field("rotation", {"shape": SHAPE, "angle": Real(0.3)}, turned, atol=1e-15),
    field(
        "scaling",
        {"shape": SHAPE, "factor": Real(1.25, bad=(0.0, -1.0))},
        lambda shape, factor: about_middle((1 - 1 / factor) * np.eye(2)),
    ),
    field(
        "sinusoid",
        {
            "shape": SHAPE,
            "grad": Real(0.2, bad=(-1.0,)),
            "wavelength": Real(6.0, bad=(0.0, -1.0)),
            "along": Whole(1, 0, 1),
            "moves": Whole(0, 0, 1),
            "phase": Real(0.3),
        },
        lambda **_: height(GRID),
        rtol=1e-13,
        atol=1e-15,
    ),
    images(moved, "warp", {"tau": TAU, "border": BORDER}),
    images(
        blurred,
        "smooth",
        {"sigma": Real(0.75, bad=(-1.0,)), "border": BORDER},
        "float64",
        rtol=1e-12,
        bad=(X[0, 0], X[..., None]),
    ),
    images(
        measured,
        "measured",
        {"tau": TAU, "net": NET, "tangent": Flag(False), "smoothing": Real(0.0, bad=(-1.0,)), "memory": memory()},
        "float64",
        also=({"tangent": True},),
        norm=1e-6,
        rounding=1e-6,
        degree={"x": 0},
    ),
    Row(
        "ckn.stability.bound",
        {"net": NET, "tau": TAU, "tangent": Flag(False), "smoothing": Real(0.0, bad=(-1.0,)), "continuum": Flag(False)},
        read=lambda found: found.value,
        laws={"values": holds},
        rounding=2e-6,  # the tolerance of the norms within: how far it is used depends on roundings
    ),
    Row(
        "ckn.stability.refined",
        {"net": NET, "factor": Whole(2, 1)},
        lambda net, factor: len(net.layers),
        read=lambda finer: len(finer.layers),
    ),
]
