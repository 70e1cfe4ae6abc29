"""`Zonal.gram`: |x||y| kappa(cos) and the kernels of networks with biases, against 40 digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

import kernelspec as ks
from oracle.mpmath_values import kappa, ntk_value

from ..kinds import PROGRESS, Array, Flag, Free, Given, Kind, memory, threads
from ..table import Law, Row, but

Kappa = Callable[..., Any]
RNG = np.random.default_rng(14)
X, Y = RNG.standard_normal((6, 3)), RNG.standard_normal((4, 3))
X[3], X[4], Y[1] = X[0] * 2, 0.0, X[1]  # a multiple, a zero, a row of the other side
PLAIN = Array(X, 0, bad=(X[0], X[None], [[1.0]]))
OTHER = Array(Y, 1, none=True, bad=(Y[0], Y[None], Y[:, :2]))
ALONE = Array(X, (0, 1), bad=(X[0], X[None]))
NO_OTHER = Free(None, why="y has values in another variant")
ROUNDING = 2e-15  # a matrix product sums in an order that depends on its size


def plain(function: Kappa, homogeneous: bool = True) -> Callable[..., Any]:
    """|x||y| kappa(cos), entry by entry."""

    def matrix(x: Any, y: Any = None, normalize: bool = False, **options: Any) -> Any:
        y = x if y is None else y
        with mp.workdps(40):
            return np.array([[float(entry(a, b, normalize)) for b in y] for a in x]).reshape(len(x), len(y))

    def entry(a: Any, b: Any, normalize: bool) -> Any:
        a, b = [mp.mpf(v) for v in a], [mp.mpf(v) for v in b]
        r, s = mp.norm(a), mp.norm(b)
        if not homogeneous:
            return function(mp.fdot(a, b), r, s)
        if not r or not s:
            return mp.mpf(0)
        value = function(min(max(mp.fdot(a, b) / (r * s), mp.mpf(-1)), mp.mpf(1)))
        return value if normalize else r * s * value

    return matrix


def input_bias(inner: Any, r: Any, s: Any) -> Any:
    """ntk(3, bias=True) off the sphere: T_1 = x.y + 1 and no other bias (claim 26)."""
    total, u = inner + 1, min(max(inner / (r * s), mp.mpf(-1)), mp.mpf(1)) if r * s else mp.mpf(1)
    if not r * s:
        return mp.mpf(0)
    for _ in range(2):
        total, u = kappa(0, u) * total + r * s * kappa(1, u), kappa(1, u)
    return total


def relu(x: Any, y: Any = None, **options: Any) -> Any:
    """|x||y| kappa_1 as arrays: for matrices of many tiles."""
    y = x if y is None else y
    norms = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1)
    cosine = np.clip(x @ y.T / norms, -1, 1)
    if y is x:
        np.fill_diagonal(cosine, 1.0)
    angle = np.arccos(cosine)
    return norms * (np.sin(angle) + (np.pi - angle) * cosine) / np.pi


def row(variant: str, kernel: str, x: Array, y: Kind, oracle: Callable[..., Any], **more: Any) -> Row:
    given = {
        "x": x,
        "y": y,
        "normalize": Flag(more.pop("normalize", False)),
        "memory": memory(),
        "threads": threads(),
        "progress": PROGRESS,
        "out": Given(None, bad=(3, object())),
    }
    options = {"norm": 2e-15, "rtol": 0.0, "rounding": ROUNDING, **more}
    return Row("Zonal.gram", given, oracle, lambda: ks.parse(kernel), variant, **options)


LARGE = {"x": RNG.standard_normal((350, 4)), "y": RNG.standard_normal((331, 4))}
ALL_THREADS: dict[str, str | Law] = {"threads": "seen with many rows"}
ROWS = [
    row(
        "x, y",
        "ntk(3)",
        PLAIN,
        OTHER,
        plain(lambda u: ntk_value(3, False, u)),
        degree={"x": 1, "y": 1},
        symmetric=("x", "y"),
        extreme=({"x": np.array([[1e-160, 0, 0], [1.0, 1e-300, 0], [3, 4, 0]])},),
        laws=ALL_THREADS,
    ),
    row(
        "x",
        "ntk(3)",
        ALONE,
        NO_OTHER,
        plain(lambda u: ntk_value(3, False, u)),
        degree={"x": 2},
        symmetric=("x", "y"),
        laws=ALL_THREADS,
    ),
    row(
        "normalized",
        "ntk(3)",
        PLAIN,
        OTHER,
        plain(lambda u: ntk_value(3, False, u)),
        normalize=True,
        degree={"x": 0, "y": 0},
        symmetric=("x", "y"),
        laws=ALL_THREADS,
    ),
    row(
        "input bias",
        "ntk(3, bias=True)",
        PLAIN,
        OTHER,
        plain(input_bias, homogeneous=False),
        symmetric=("x", "y"),
        laws={**ALL_THREADS, "scale": "a bias has a size of its own"},
    ),
    row(
        "many rows",
        "arccos(1)",
        Array(LARGE["x"], 0),
        Array(LARGE["y"], 1),
        relu,
        also=({"y": None}, {"y": None, "memory": 2**22}),
        large=LARGE,
        laws=but("seen with few rows", "values", "threads"),
    ),
    row(
        "many rows, alone",
        "arccos(1)",
        Array(LARGE["x"], (0, 1)),
        NO_OTHER,
        relu,
        large={"x": LARGE["x"]},
        laws=but("seen with few rows", "values", "threads"),
    ),
]
