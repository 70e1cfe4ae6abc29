"""`kernelspec.testing`: the kit accepts what is right, catches what is wrong, and draws what it says.

Each law of the kit is held against a planted fault in its own tests. The rows stand where the room does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings

import kernelspec as ks
from kernelspec import ckn
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.arithmetic_protocol import Array, Value

from ..collect import doors, signature
from ..kinds import Free, Kind
from ..table import LAWS, Law, Row

KIT = "the kit's own tests hold each of its laws against a planted fault"
Check = Callable[[Value], bool]


def kit() -> Any:
    return ks.testing


def relu(x: Array, y: Any = None) -> Value:
    """|x||y| kappa_1, written out."""
    y = x if y is None else y
    r, s = np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1)
    size = r[:, None] * s
    cosine = np.clip(x @ y.T / np.where(size > 0, size, 1), -1, 1)
    cosine[(x[:, None] == y).all(-1)] = 1.0
    angle = np.arccos(cosine)
    return size * (np.sin(angle) + (np.pi - angle) * cosine) / np.pi


WRONG: dict[str, Callable[..., Value]] = {
    "asymmetric": lambda x, y=None: relu(x, y) * (1 + np.arange(len(x))[:, None]),
    "negative": lambda x, y=None: -relu(x, y),
    "NaN": lambda x, y=None: relu(x, y) * np.nan,
    "without |y|": lambda x, y=None: relu(x, y) / np.linalg.norm(x if y is None else y, axis=1),
    "another diagonal": lambda x, y=None: relu(x, y) + (np.eye(len(x)) if y is None else 0),
}


def catches(row: Row) -> None:
    """A right Gram function is accepted; an asymmetric, a negative, a NaN one, one that forgets |y| are not."""
    kit().check_gram(ks.ntk(3).gram)
    for name, function in WRONG.items():
        try:
            kit().check_gram(function)
        except AssertionError as error:
            assert len(str(error)) > 40, error  # it says what is wrong
            continue
        raise AssertionError(f"a Gram function that is {name} is accepted")


def accepts(row: Row) -> None:
    """Right kernels are accepted; what is negative is no kernel."""
    kit().check_kernel(ks.ntk(2))
    try:
        kit().check_kernel(ks.from_callable(lambda u: -np.exp(u), name="negative"))
    except AssertionError as error:
        assert len(str(error)) > 40
        return
    raise AssertionError("a negative kernel is accepted")


def draws(make: Callable[[], Any], right: Check) -> Law:
    def law(row: Row) -> None:
        @settings(max_examples=5, database=None, derandomize=True)
        @given(make())
        def holds(value: Value) -> None:
            assert right(value), repr(value)

        holds()

    return law


def of_a_row(points: Any) -> bool:
    return (
        isinstance(points, np.ndarray) and points.ndim == 2 and points.shape[1] == 3 and bool(np.isfinite(points).all())
    )


def is_cosine(kernel: Zonal) -> bool:
    values = kernel(np.linspace(-1, 1, 33))
    return isinstance(kernel, ks.Zonal) and values[-1] == 1 and float(np.abs(values).max()) <= 1


VALUES: dict[str, str | Law] = {
    "check_gram": catches,
    "check_kernel": accepts,
    "kernels": draws(lambda: kit().kernels(), lambda k: isinstance(k, ks.Zonal)),
    "cosines": draws(lambda: kit().cosines(), is_cosine),
    "points": draws(lambda: kit().points(3), of_a_row),
    "architectures": draws(lambda: kit().architectures(), lambda net: isinstance(net, ckn.Network)),
    "images": draws(lambda: kit().images(), lambda x: x.ndim in (3, 4) and bool(np.isfinite(x).all())),
    "deformations": draws(lambda: kit().deformations(), lambda tau: tau.grad_sup < 1),
}
OTHERS = ("CheckFailed", "Law", "Outcome", "Report", "cosine_atoms", "layers", "scalars", "sizes")
METHODS = ("__getitem__", "met", "not_known", "not_applicable", "table")


def row(name: str, values: str | Law) -> Row:
    door = f"testing.{name}"
    names = signature(doors()[door]) if door in doors() and callable(doors()[door]) else {}
    kinds: dict[str, Kind] = {each: Free(None, why=KIT) for each in names if each != "self"}
    laws: dict[str, str | Law] = {law: KIT for law in LAWS}
    return Row(door, kinds, laws={**laws, "values": values})


ROWS = [row(name, law) for name, law in VALUES.items()]
ROWS += [row(name, KIT) for name in (*OTHERS, *(f"Report.{name}" for name in METHODS))]
