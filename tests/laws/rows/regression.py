"""`kernelspec.regression`, against normal equations solved as they stand."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from kernelspec import regression
from kernelspec.numbers.arithmetic_protocol import Value

from ..kinds import Array, Instance, Kind, Word
from ..table import Row
from .shapes import PLOT, drawn, record

RNG = np.random.default_rng(15)
F = RNG.standard_normal((6, 3))
K = F @ F.T + np.eye(6)
TARGETS = RNG.standard_normal((6, 2))
LAMBDAS = np.array([0.25, 0.5, 2.0])
NONE_EMPTY = "must"
GRID = Array(LAMBDAS, 0, "float64", empty=NONE_EMPTY, bad=(0.0, -1.0, np.ones((2, 2))))
ONE_SYSTEM = "its rows are one linear system"
WHOLE = {"dtype": "float64", "axis": None, "why": ONE_SYSTEM}
TINY_LAMBDA = {"float16": "0.25 and 0.5 are", "integers": "0 is no regularisation"}


def solved(K: Any, y: Value, lambdas: Any, method: Any = None) -> Value:
    n = len(K)
    return np.array([np.linalg.solve(K + n * each * np.eye(n), y) for each in lambdas])


def weights(features: Any, y: Value, lambdas: Any) -> Value:
    n, m = features.shape
    gram = features.T @ features
    return np.array([np.linalg.solve(gram + n * each * np.eye(m), features.T @ y) for each in lambdas])


def permuted(row: Row) -> None:
    """Training points in another order: coefficients in that order; lambdas likewise."""
    order = np.array([3, 0, 5, 1, 4, 2])
    first = "K" if "K" in row.given else "features"
    matrix, y = row.arguments[first], row.arguments["y"]
    moved = matrix[np.ix_(order, order)] if first == "K" else matrix[order]
    (found,), (wanted,) = row.call(**{first: moved, "y": y[order]}), row.call()
    np.testing.assert_allclose(found, wanted[:, order] if first == "K" else wanted, rtol=1e-12)
    (found,) = row.call(lambdas=LAMBDAS[[2, 0, 1]])
    np.testing.assert_allclose(found, wanted[[2, 0, 1]], rtol=1e-12)


def scaled(row: Row) -> None:
    """alpha is linear in y; with K and lambda together it falls."""
    (wanted,) = row.call()
    for exponent in (-500, -30, 30, 500):
        (found,) = row.call(y=np.ldexp(row.arguments["y"], exponent))
        np.testing.assert_allclose(np.ldexp(found, -exponent), wanted, rtol=1e-13)
        if "K" in row.given:
            matrix, grid = np.ldexp(K, exponent), np.ldexp(LAMBDAS, exponent)
            (found,) = row.call(K=matrix, lambdas=grid)
            np.testing.assert_allclose(np.ldexp(found, exponent), wanted, rtol=1e-13)


def laws(**more: Any) -> dict[str, Any]:
    return {"symmetry": "its arguments mean different things", "permutation": permuted, "scale": scaled} | more


@functools.cache
def path() -> Any:
    return regression.RidgePath(LAMBDAS, solved(K, TARGETS, LAMBDAS), "eigh")


def row(name: str, given: dict[str, Kind], oracle: Callable[..., Value], **more: Any) -> Row:
    read = more.pop("read", lambda path: path.coefficients)
    more = {"rounding": 1e-13, "norm": 1e-13, "rtol": 0.0, **more}
    return Row(f"regression.{name}", given, oracle, read=read, **more)


def system(name: str, value: Value, **more: Any) -> Array:
    return Array(value, None, "float64", why=ONE_SYSTEM, bad=(np.zeros((0, 3)), np.ones(3), *more.get("bad", ())))


TARGET = Array(TARGETS, None, "float64", why=ONE_SYSTEM, bad=(TARGETS[:5], np.zeros((6, 0))))
ONE_TARGET = {"y": TARGETS[:, 0]}
ROWS = [
    row(
        "ridge_path",
        {
            "K": system("K", K, bad=(K[:5], np.triu(K), -K)),
            "y": TARGET,
            "lambdas": GRID,
            "method": Word(None, none=True),
        },
        solved,
        also=(ONE_TARGET, {"method": "eigh"}, {"method": "cholesky"}, {"lambdas": np.array([1.0])}),
        extreme=({"K": K * 1e300, "lambdas": LAMBDAS * 1e300, "y": TARGETS * 1e-300},),
        laws=laws(dtype="K of float32 is not symmetric to 1e-12 with its other half; see `feature_path`"),
    ),
    row(
        "feature_path",
        {"features": system("features", F), "y": TARGET, "lambdas": GRID},
        weights,
        also=(ONE_TARGET, {"features": F.T[:, :3].copy(), "y": TARGETS[:3]}),
        laws=laws(**TINY_LAMBDA),
    ),
    row(
        "predict",
        {
            "path": Instance(path()),
            "K": Array(RNG.standard_normal((5, 6)), 1, "float64", empty=NONE_EMPTY, bad=(np.ones((2, 5)), np.ones(6))),
        },
        lambda path, K: np.array([K @ each for each in path.coefficients]),
        degree={"K": 1},
        read=lambda values: values,
    ),
    record("regression.RidgePath", lambdas=LAMBDAS, coefficients=np.ones((3, 2)), method="eigh"),
    Row(
        "regression.RidgePath.table",
        {},
        lambda: list(zip(LAMBDAS, np.sqrt((solved(K, TARGETS, LAMBDAS) ** 2).sum((1, 2))), strict=True)),
        path,
        read=lambda table: [tuple(row.values()) for row in table],
    ),
    Row(
        "regression.RidgePath.plot",
        PLOT,
        lambda **_: np.column_stack([LAMBDAS, np.sqrt((solved(K, TARGETS, LAMBDAS) ** 2).sum((1, 2)))]),
        path,
        read=drawn,
    ),
]
