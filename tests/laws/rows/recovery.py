"""`ckn.recovery`: readings against patches and means as they are written, ranks against NumPy's."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import recovery
from kernelspec.numbers.arithmetic_protocol import Value

from ..kinds import PROGRESS, Array, Given, Instance, Real, Whole, Word, memory
from ..table import Row
from .shapes import PLOT, record

RNG = np.random.default_rng(18)
X = RNG.standard_normal((4, 9, 2))
Z = RNG.standard_normal((5, 3))
CHANNELS = Word(None, none=True)


@functools.cache
def net() -> Any:
    return ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(1), stride=3, border="circular")])


@functools.cache
def blind() -> Any:
    """Means of 4 on a circle of 8, read at every position of patches of 1: the alternating signal is missed."""
    return ckn.Network([ckn.Layer(1, ks.arccos(1), ckn.average(4), stride=1, border="circular")])


def patches(x: Value) -> Any:
    """(n, outputs, places, channels): x(v + c), c = -1, 0, 1, weighted by 1, e, 1 over v = 3u, 3u + 1, 3u + 2."""
    around = np.stack([np.roll(x, -c, axis=1) for c in (-1, 0, 1)], 2)
    taps = np.array([1, math.e, 1]) / (2 + math.e)
    return np.einsum("nutcd,t->nucd", around.reshape(len(x), 3, 3, 3, x.shape[-1]), taps)


def matrix() -> Any:
    """The readings of one channel as a matrix of the signal."""
    return patches(np.eye(9)[..., None])[..., 0].reshape(9, 9).T


def backwards(net: Any, readings: Any, shape: Any, channels: Any) -> Any:
    flat = readings.reshape(len(readings), 9, 2)
    return np.einsum("ij,njc->nic", np.linalg.pinv(matrix()), flat)


@functools.cache
def readout() -> Any:
    return recovery.readout(net(), X.shape)


@functools.cache
def missing() -> Any:
    return recovery.readout(blind(), (1, 8, 1))


@functools.cache
def function() -> Any:
    return recovery.linear_function(ks.arccos(1), 3)


def condition() -> float:
    return float(np.linalg.cond(matrix()))


def of(door: str, maker: Any, oracle: Any, given: Any = None, **more: Any) -> Row:
    return Row(f"ckn.recovery.{door}", given or {}, oracle, maker, **more)


def means() -> Any:
    """The circulant of means of 4 on a circle of 8 has rank 5: its transfer function vanishes at 2, 4, 6."""
    circulant = np.array([np.roll([0.25] * 4 + [0.0] * 4, i) for i in range(8)])
    return int(np.linalg.matrix_rank(circulant))


def unseen(row: Row) -> None:
    signal = row.raw()
    assert np.abs(signal).max() == 1 and signal.shape == (8, 1)
    np.testing.assert_allclose(recovery.read(blind(), signal[None]), 0, atol=1e-15)


FLOOR = Real(0.0, bad=(-1.0,))
NORMS = np.linalg.norm(Z, axis=1)
ALONG = {"symmetry": "its arguments mean different things", "scale": "norms scale with the patches"}
NO_BATCH: dict[str, Any] = {"axis": None, "why": "of one shape with the norms"}
DATA = Array(X, 0, "float64", bad=(X[0], X[:, :0], X[..., :0]))
SHAPE = Given(X.shape, bad=(None, 3, (4, 9.5, 2), ("a", 9, 2), (4, -1, 2)))
STAGE = {
    "positions": (9,),
    "readings": (9,),
    "covered": ((0,),),
    "rank": 9,
    "condition": 1.0,
    "deconvolution": 1.0,
    "transfer": None,
}
ROWS = [
    Row(
        "ckn.recovery.read",
        {"net": Instance(net()), "x": DATA, "memory": memory(), "progress": PROGRESS, "channels": CHANNELS},
        lambda net, x, **_: patches(x),
        rtol=0.0,
        norm=2e-15,
        rounding=2e-15,
        degree={"x": 1},
    ),
    Row(
        "ckn.recovery.reconstruct",
        {
            "net": Instance(net()),
            "readings": Array(patches(X), None, "float64", why="of one shape with `shape`", bad=(X,)),
            "shape": SHAPE,
            "channels": CHANNELS,
        },
        backwards,
        rtol=0.0,
        norm=1e-13,
        rounding=1e-14,
        degree={"readings": 1},
    ),
    Row(
        "ckn.recovery.readout",
        {"net": Instance(net()), "shape": SHAPE, "channels": CHANNELS},
        lambda net, shape, channels: (int(np.linalg.matrix_rank(matrix())), condition()),
        read=lambda found: (found.rank, found.condition),
        rtol=1e-12,
    ),
    Row(
        "ckn.recovery.linear_function",
        {
            "kernel": Given(ks.arccos(1), bad=("arccos(1)", None, ks.polynomial(2))),
            "dimension": Given(3, bad=(0, 2.5, "text", None, True, math.nan, -math.inf)),
            "nodes": Whole(100, 2),
        },
        lambda kernel, dimension, nodes: math.sqrt(2),
        read=lambda found: found.norm,
        also=({"dimension": math.inf},),
    ),
    record(
        "ckn.recovery.LinearFunction",
        kernel=ks.arccos(1),
        dimension=3.0,
        norm=1.0,
        slope=0.5,
        nodes=0,
        weights=0,
        error=0.0,
    ),  # fmt: skip
    of("LinearFunction.reading_error", function, lambda: 0.0),
    of("LinearFunction.rounding", function, lambda: True, read=lambda size: 1e-17 < size < 1e-15),
    of(
        "LinearFunction.of_inner_products",
        function,
        lambda inner, w, norms, floor: inner,
        {
            "inner": Array(Z[:, 0], dtype="float64", **NO_BATCH),
            "w": Real(1.0, bad=(0.0, -1.0)),
            "norms": Array(NORMS, dtype="float64", bad=(-NORMS,), **NO_BATCH),
            "floor": FLOOR,
        },
        atol=1e-15,
        laws=ALONG,
    ),
    of(
        "LinearFunction.of_patches",
        function,
        lambda z, norms, floor: z,
        {
            "z": Array(Z, dtype="float64", bad=(Z[:, :2],), **NO_BATCH),
            "norms": Array(NORMS, dtype="float64", bad=(-NORMS, NORMS[:2]), **NO_BATCH),
            "floor": FLOOR,
        },
        atol=1e-15,
        laws={**ALONG, "dtype": "rounded to float16, norms are not those of the patches"},
    ),
    record(
        "ckn.recovery.Readout", stages=(), positions=(9,), channels=2, ranks=(9,), condition=1.0, null_factors=None
    ),  # fmt: skip
    record("ckn.recovery.Stage", **STAGE),
    of("Readout.rank", missing, means),
    of("Readout.columns", missing, lambda: 8),
    of("Readout.injective", missing, lambda: False),
    of("Readout.null_vector", missing, None, laws={"values": unseen}),
    of("Readout.rows", readout, lambda: ["9 of 9", "9 of 9"], read=lambda rows: [row[3] for row in rows]),
    of(
        "Readout.table",
        readout,
        lambda: [condition()] * 2,
        read=lambda table: [row["condition"] for row in table],
        rtol=1e-12,
    ),
    of("Readout.plot", readout, lambda **_: True, PLOT, read=lambda ax: len(ax.patches) == 2),
    of("Stage.columns", lambda: missing().stages[0], lambda: 8),
    of("Stage.injective", lambda: missing().stages[0], lambda: False),
]
