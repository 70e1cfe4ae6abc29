"""`CubeSpectrum`, against sums over Hamming distances with 60 digits (`oracle.cube`)."""

from __future__ import annotations

import functools
import math
from typing import Any

import mpmath as mp
import numpy as np

import kernelspec as ks
from oracle import cube as oracle
from oracle import deep
from oracle.mpmath_values import quadrature

from ..kinds import Degrees, Given, Kind, Whole
from ..table import Row
from .shapes import PLOT, drawn

D = 9
K = Degrees(np.array([0, 1, 2, 3, 6, 9]), bad=(D + 1,))
SLICES = {"k": "(k|slice)"}
NO_BALL = "k is read by `certified`"


@functools.cache
def exact() -> list[Any]:
    """xi_0, ..., xi_9 of ntk(3)."""
    with mp.workdps(60):
        return [oracle.eigenvalue(deep.ntk(3), D, k) for k in range(D + 1)]


@functools.cache
def sphere() -> Any:
    """mu_0, ..., mu_9 of ntk(3) on S^8."""
    return quadrature(deep.ntk(3), D, list(range(D + 1)), nodes=120)


def xi(k: Any) -> Any:
    if np.ndim(k) == 0:
        return float(exact()[int(k)])
    return np.array([float(exact()[int(n)]) for n in np.asarray(k).ravel()]).reshape(np.shape(k))


def door(name: str, given: dict[str, Kind], oracle: Any, kernel: str = "ntk(3)", **more: Any) -> Row:
    spectrum = functools.cache(lambda: ks.parse(kernel).spectrum(D, domain="cube"))
    return Row(f"spectrum.CubeSpectrum.{name}", given, oracle, spectrum, **{"rtol": 2e-16, **more})


def floats(result: Any) -> Any:
    return np.array([float(x.mid()) for x in result]) if isinstance(result, list) else float(result.mid())


def contains(row: Row) -> None:
    with mp.workdps(50):
        for k, ball in zip(K.value, row.raw(k=K.value), strict=True):
            middle = mp.mpf(ball.mid().str(40, radius=False))
            assert abs(middle - exact()[int(k)]) <= mp.mpf(10) ** -20 * abs(exact()[int(k)])
            assert ball.rad() <= 1e-20 * abs(ball)


def bounded(row: Row) -> None:
    """The error is not below the true one, and at most a rounding."""
    found, values = row.raw(k=K.value), row.but(door="spectrum.CubeSpectrum.__call__").raw(k=K.value)
    with mp.workdps(50):
        true = [float(abs(mp.mpf(v) / exact()[int(k)] - 1)) for k, v in zip(K.value, values, strict=True)]
    assert np.all(true <= found) and np.all(found < 1.2e-16)


ROWS = [
    Row(
        "spectrum.CubeSpectrum",
        {"kernel": Given(ks.ntk(3), bad=("ntk(3)", None, 1.0)), "d": Whole(D, 1, 4000)},
        lambda kernel, d: ("ntk(3)", d),
        read=lambda s: (repr(s.kernel), s.d),
    ),
    door("__call__", {"k": K}, xi),
    door(
        "__getitem__",
        {"k": Degrees(K.value, bad=(slice(None), slice(-1, 3), slice(0, 5, 0), D + 1))},
        xi,
        also=({"k": 4},),
        named=SLICES,
    ),
    door("log_abs", {"k": K}, lambda k: np.array([float(mp.log(abs(exact()[int(n)]))) for n in k]), rtol=1e-15),
    door("error", {"k": K}, None, laws={"values": bounded}),
    door(
        "certified",
        {"k": Degrees(K.value, scalars=False, bad=(slice(None), D + 1)), "digits": Whole(20, 1, 10_000)},
        None,
        laws={"values": contains},
        read=floats,
        named=SLICES,
    ),
    door("ratio", {"k": K}, lambda k: np.array([float(exact()[int(n)] / sphere()[int(n)]) for n in k]), rtol=2e-14),
    door(
        "exact",
        {"k": Whole(2, most=D)},
        lambda k: {2: 2 / D**2, 0: 1 / D}.get(k, 0.0),
        "polynomial(2)",
        also=({"k": 0}, {"k": 3}, {"k": 4}),
        read=lambda found: float(found.evalf(30)),
    ),
    door("multiplicity", {"k": K}, lambda k: np.array([math.comb(D, int(n)) for n in k])),
    door(
        "trace",
        {"kmax": Whole(D, most=D)},
        lambda kmax: float(mp.fsum(math.comb(D, k) * exact()[k] for k in range(kmax + 1))),
        also=({"kmax": 0}, {"kmax": 3}),
    ),
    door(
        "table",
        {
            "degrees": Degrees(np.array([0, 2, 3]), None, none=True, why="a row of text each", bad=(slice(None),)),
            "digits": Given(None, bad=("text", 0, 1.5)),
        },
        lambda degrees, digits: [v for k in np.atleast_1d(degrees).tolist() for v in (k, math.comb(D, k), xi(k))],
        also=({"degrees": 4},),
        read=lambda table: [row[name] for row in table for name in ("k", "multiplicity", "xi")],
        named={"degrees": "(degrees|slice)"},
    ),
    door(
        "plot",
        {
            **{name: kind for name, kind in PLOT.items() if name != "asymptote"},
            "degrees": Given(None, bad=("text", 1.5, [-1])),
        },
        lambda **_: [np.column_stack([k, xi(k)]) for k in (np.array([2, 4, 6, 8]), np.array([1, 3, 5, 7, 9]))],
        read=drawn,
    ),
]
