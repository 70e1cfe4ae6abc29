"""`Capacity`, against closed forms on the circle (`oracle.circle`)."""

from __future__ import annotations

import functools
from typing import Any

import mpmath as mp
import numpy as np

import kernelspec as ks
from oracle import circle as oracle

from ..kinds import Array, Degrees, Flag, Given, Kind, Real, Whole
from ..table import Row
from .shapes import PLOT, drawn

LAM = np.array([1e-9, 1e-4, 0.03, 2.0])
NOISE = np.array([1e-3, 0.2, 1.0, 30.0])
RANKS = Degrees(np.array([0, 1, 2, 3, 200, 4097]))


def of() -> Any:
    return ks.rkhs.Capacity(ks.arccos(0), 2)


def each(f: Any, *columns: Any) -> Any:
    """f of all entries with 40 digits, as floats."""
    with mp.workdps(40):
        both = np.broadcast_arrays(*map(np.asarray, columns))
        found = [float(f(*(x.item() for x in entry))) for entry in zip(*(x.ravel() for x in both), strict=True)]
    return np.array(found).reshape(both[0].shape) if both[0].ndim else found[0]


def positive(value: Any) -> Array:
    return Array(value, 0, "float64", scalars=True, bad=(0.0, -1.0))


def door(name: str, given: dict[str, Kind], oracle: Any, **more: Any) -> Row:
    laws = {
        "scale": "an eigenvalue beside it does not scale",
        "float16": "half precision leaves the range",
        "integers": "the sample rounds to 0",
        **more.pop("laws", {}),
    }
    return Row(f"rkhs.Capacity.{name}", given, oracle, functools.cache(of), laws=laws, **{"rtol": 4e-16, **more})


def share(lam: Any) -> Any:
    return lambda mu: mu / (mu + mp.mpf(lam))


def half_log(n: int, noise: Any) -> Any:
    return lambda mu: mp.log1p(n * mu / mp.mpf(noise) ** 2) / 2


CERTIFIED = Flag(False)
SQUARE = Real(2.5, bad=(0.0, -1.0))
ROWS = [
    Row(
        "rkhs.Capacity",
        {
            "kernel": Given(ks.ntk(3), bad=("ntk(3)", None, 1.0)),
            "d": Whole(5, 2),
            "domain": Given("sphere", bad=("ball", 3, None)),
        },
        lambda kernel, d, domain: ("ntk(3)", d, domain),
        also=({"domain": "cube"},),
        read=lambda H: (repr(H.kernel), H.d, H.domain),
    ),
    door(
        "effective_dimension",
        {"lam": positive(LAM), "certified": CERTIFIED},
        lambda lam, certified: each(oracle.effective_dimension, lam),
    ),
    door(
        "information_gain",
        {"n": Whole(50, 1), "noise": positive(NOISE), "certified": CERTIFIED},
        lambda n, noise, certified: each(oracle.information_gain, n, noise),
    ),
    door("tail", {"r": RANKS, "certified": CERTIFIED}, lambda r, certified: each(oracle.tail, r)),
    door("visible_degrees", {"n": Whole(50, 1)}, lambda n: (n - 1) // 2, also=({"n": 1}, {"n": 51})),
    door(
        "worst_effective_dimension",
        {"lam": positive(LAM), "n": Whole(60, 1), "mean_square": SQUARE},
        lambda lam, n, mean_square: each(lambda x: oracle.worst(share(x / mp.mpf(mean_square)), n), lam),
        also=({"n": 1}, {"n": 120, "mean_square": 1.0}),
    ),
    door(
        "worst_information_gain",
        {"n": Whole(60, 1), "noise": positive(NOISE), "mean_square": SQUARE},
        lambda n, noise, mean_square: each(
            lambda x: oracle.worst(half_log(n, mp.mpf(x) / mp.sqrt(mp.mpf(mean_square))), n), noise
        ),
        also=({"n": 1},),
    ),
    door(
        "worst_tail",
        {"n": Whole(60, 1), "r": RANKS, "mean_square": SQUARE},
        lambda n, r, mean_square: each(
            lambda x: mean_square * min(oracle.tail(x), mp.mpf(n - x) / n) if x < n else 0, r
        ),
    ),
    door(
        "table",
        {"lam": Given(LAM, bad=(0.0, -1.0, "text", 1j)), "certified": CERTIFIED},
        lambda lam, certified: each(oracle.effective_dimension, lam).tolist(),
        read=lambda table: table.column("dimension"),
    ),
    door(
        "plot",
        {**PLOT, "lam": Given(LAM, bad=(0.0, -1.0, "text", 1j))},
        lambda **_: [np.column_stack([LAM, each(oracle.effective_dimension, LAM)])],
        read=drawn,
    ),
    door(
        "smallest_eigenvalue",
        {"n": Whole(2, 1), "delta": Real(0.25, bad=(0.0, -1.0, 1.5)), "antipodes": Flag(False), "certified": CERTIFIED},
        lambda n, delta, antipodes, certified: float(mp.acos(1 - delta) / mp.pi),
    ),
]
