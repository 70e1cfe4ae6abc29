"""`Zonal`: values by cosine and by angle, and algebra, against the formulas in 50 digits and more."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import numpy as np

import kernelspec as ks
from kernelspec.numbers.arithmetic_protocol import Value
from oracle.mpmath_values import arccos_value, kappa, ntk_value

from ..kinds import Array, Flag, Free, Given, Kind
from ..table import Law, Row
from .shapes import refusing

NTK = "ntk(3)"
U = Array(np.array([-1.0, -0.7, -1e-9, 0.0, 0.35, 1.0]), scalars=True, bad=(1.1, np.array([0, -1.5])))
HARD_U = np.array([-1, -1 + 1e-12, -0.5, 0, 1e-300, 0.3, 1 - 2**-53, 1.0])
ANGLES = Array(np.array([0.0, 0.4, 1.2, 2.0, 3.0, 3.14]), scalars=True)
HARD_ANGLES = np.array([0, 1e-300, 1e-160, 1.0, 3.0, np.pi])
ONE = Free((), why="refused, whatever it is: tests/sklearn/test_kernel.py")
NO_SCALE: dict[str, str | Law] = {"scale": "cosines and angles have no scale"}


def of(text: str) -> Callable[[], Any]:
    return lambda: ks.parse(text)


def exactly(function: Callable[[Value], Value], what: str = "value", angle: bool = False) -> Callable[..., Value]:
    """Values or defects in 50 digits, at cosines or angles."""

    def oracle(**arguments: Any) -> Value:
        given = np.asarray(arguments["theta" if angle else "u"])
        out = np.empty(given.shape)
        with mp.workdps(700 if angle else 60):
            for place in np.ndindex(given.shape):
                x = mp.mpf(given[place].item())
                value = function(mp.cos(x) if angle else x)
                out[place] = float(function(mp.mpf(1)) - value if what == "defect" else value)
        return out

    return oracle


def ntk(u: Value) -> Value:
    return ntk_value(3, False, u)


EXACT: dict[str, Callable[[Value], Value]] = {
    NTK: ntk,
    "laplace(c=2)": lambda u: mp.exp(-2 * mp.sqrt(1 - u)),
    "arccos(2)": lambda u: arccos_value(2, u),
    "linear()": lambda u: u,
    "arccos(1)@arccos(0)*linear()": lambda u: kappa(1, kappa(0, u)) * u,
}


def readings() -> list[Row]:
    rows = []
    for text, function in EXACT.items():
        shared: dict[str, Any] = {"of": of(text), "variant": text, "rtol": 4e-15, "atol": 1e-16, "laws": NO_SCALE}
        shared |= {"extreme": ({"u": HARD_U},), "also": ({"u": HARD_U},)}
        rows.append(Row("Zonal.__call__", {"u": U, "others": ONE}, exactly(function), **shared))
        rows.append(Row("Zonal.defect", {"u": U}, exactly(function, "defect"), short=2e-6, **shared))
    for defect in (False, True):
        given: dict[str, Kind] = {"theta": ANGLES, "defect": Flag(defect)}
        oracle = exactly(EXACT[NTK], "defect" if defect else "value", True)
        extreme: tuple[Mapping[str, Any], ...] = (
            {"theta": HARD_ANGLES},
            {"theta": np.array([0.1 + 0.2j, 1e-200 + 1e-200j])},
        )
        rows.append(
            Row(
                "Zonal.of_angle",
                given,
                oracle,
                of(NTK),
                "defect" if defect else "",
                laws=COMPLEX,
                rtol=4e-15,
                extreme=extreme,
            )
        )
    return rows


def also_complex(row: Row) -> None:
    """What is refused of angles: complex ones are right values."""
    from ..laws import types

    angles = row.given["theta"]
    bad = [value for value in angles.wrong() if not isinstance(value, np.ndarray) or value.dtype.kind != "c"]
    types(row.but(given={**row.given, "theta": Given(angles.value, bad=tuple(bad))}))


COMPLEX: dict[str, str | Law] = {**NO_SCALE, "types": also_complex}


def algebra(name: str, function: Callable[[Value, Value], Value], other: Any, bad: tuple[Any, ...], **more: Any) -> Row:
    """An operator against the operation on the values."""
    u = np.array([-0.9, 0.0, 0.3, 1.0])

    def oracle(**given: Any) -> Value:
        (second,) = given.values() or (None,)
        with mp.workdps(40):
            return np.array([float(function(kappa(1, mp.mpf(x)), second)) for x in u])

    given = more.pop("given", {"other": Given(other, bad=bad)})
    return Row(f"Zonal.__{name}__", given, oracle, of("arccos(1)"), read=lambda k: k(u), rtol=1e-15, atol=2e-16, **more)


REFUSING: dict[str, Any] = {"laws": {"types": refusing}}
NO_NUMBERS = ("text", None, 1j, [1.0], True, float("nan"), math.inf, np.array([1.0, 2.0]), object())


ROWS = [
    *readings(),
    algebra("add", lambda a, b: a + b, 2.5, NO_NUMBERS, **REFUSING),
    algebra("sub", lambda a, b: a - b, 2.5, NO_NUMBERS, **REFUSING),
    algebra("rsub", lambda a, b: b - a, 2.5, NO_NUMBERS, **REFUSING),
    algebra("mul", lambda a, b: a * b, 2.5, NO_NUMBERS, **REFUSING),
    algebra("truediv", lambda a, b: a / b, 2.5, (*NO_NUMBERS, 0, ks.linear()), **REFUSING),
    algebra(
        "pow",
        lambda a, b: a**b,
        3,
        (),
        given={"power": Given(3, bad=(-1, 1.5, "text", None, True))},
        also=({"power": 0},),
        **REFUSING,
    ),
    algebra("neg", lambda a, b: -a, None, (), given={}),
    algebra("matmul", lambda a, b: kappa(1, a), ks.arccos(1), (1.0, "text", None, 3 * ks.linear()), **REFUSING),
]
