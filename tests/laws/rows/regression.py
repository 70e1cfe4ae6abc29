"""`kernelspec.regression`, against normal equations solved as they stand."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from kernelspec import regression
from kernelspec.numbers.arithmetic_protocol import Value

from ..kinds import PROGRESS, Array, Flag, Given, Instance, Kind, Real, Whole, Word, threads
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


def solved(K: Any, y: Value, lambdas: Any, **_: Any) -> Value:
    n = len(K)
    return np.array([np.linalg.solve(K + n * each * np.eye(n), y) for each in lambdas])


def weights(features: Any, y: Value, lambdas: Any, leave_one_out: bool = False) -> Value:
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


def short(row: Row) -> None:
    """float32 is solved with in float32, and refined to 1e-13 of its float64 solution; the rest becomes float64."""
    for method in ("cholesky", "eigh"):
        small = {name: np.asarray(row.arguments[name], np.float32) for name in ("K", "y", "lambdas")}
        wide = {name: each.astype(np.float64) for name, each in small.items()}
        (found,), (wanted,) = row.call(**small, method=method), row.call(**wide, method=method)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)
        half = {"K": np.eye(6, dtype=np.float16), "y": TARGETS.astype(np.float16)}
        wider = {name: each.astype(np.float32) for name, each in half.items()}
        np.testing.assert_array_equal(row.call(**half, method=method), row.call(**wider, method=method))
        whole = {"K": np.diag(np.arange(6) + 2), "y": np.arange(12).reshape(6, 2)}
        floats = {name: each.astype(np.float64) for name, each in whole.items()}
        np.testing.assert_array_equal(row.call(**whole, method=method), row.call(**floats, method=method))


def laws(**more: Any) -> dict[str, Any]:
    return {"symmetry": "its arguments mean different things", "permutation": permuted, "scale": scaled} | more


def inverses() -> Any:
    """The diagonals of (K + n lambda I)^{-1}."""
    return np.array([np.linalg.inv(K + 6 * each * np.eye(6)).diagonal() for each in LAMBDAS])


RESIDUAL, CONDITION = np.array([1e-16, 2e-16, 3e-16]), np.array([9.0, 8.0, 7.0])


@functools.cache
def path() -> Any:
    return regression.RidgePath(LAMBDAS, solved(K, TARGETS, LAMBDAS), "eigh", RESIDUAL, CONDITION, inverses())


def without_one() -> Value:
    """The errors at each point of a regression on the five others, for the shift n lambda of all six."""
    found = np.empty((3, 6, 2))
    for i in range(6):
        others = np.delete(np.arange(6), i)
        for place, each in enumerate(LAMBDAS):
            alpha = np.linalg.solve(K[np.ix_(others, others)] + 6 * each * np.eye(5), TARGETS[others])
            found[place, i] = TARGETS[i] - K[i, others] @ alpha
    return found


def cross_validation() -> Value:
    """|(I - S) y|^2 / n over (Tr(I - S) / n)^2, with the smoother S itself; the mean over the outputs."""
    found = []
    for each in LAMBDAS:
        rest = np.eye(6) - K @ np.linalg.inv(K + 6 * each * np.eye(6))
        found.append(np.mean((rest @ TARGETS) ** 2) / (np.trace(rest) / 6) ** 2)
    return np.array(found)


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
            "leave_one_out": Flag(False),
            "overwrite": Flag(False),
            "tolerance": Real(1e-12, bad=(0.0, 2.0)),
            "rank": Whole(None, least=1, none=True),
            "steps": Whole(1000, least=1),
            "rng": Given(0, bad=("text", 1.5, -1)),
            "threads": threads(),
            "progress": PROGRESS,
        },
        solved,
        also=(
            *(ONE_TARGET, {"method": "eigh"}, {"method": "cholesky"}, {"method": "cg"}, {"lambdas": np.array([1.0])}),
            *({"method": "cg", "rank": 1}, {"leave_one_out": True}),
        ),
        large={"K": K, "y": TARGETS},
        extreme=({"K": K * 1e300, "lambdas": LAMBDAS * 1e300, "y": TARGETS * 1e-300},),
        laws=laws(dtype=short),
    ),
    row(
        "feature_path",
        {"features": system("features", F), "y": TARGET, "lambdas": GRID, "leave_one_out": Flag(False)},
        weights,
        also=(ONE_TARGET, {"leave_one_out": True}, {"features": F.T[:, :3].copy(), "y": TARGETS[:3]}),
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
    record(
        "regression.RidgePath",
        lambdas=LAMBDAS,
        coefficients=np.ones((3, 2)),
        method="eigh",
        residual=RESIDUAL,
        condition=CONDITION,
        inverse_diagonal=np.ones((3, 2)),
        dual=np.ones((3, 2)),
    ),
    Row("regression.RidgePath.left_out", {}, without_one, path, rtol=1e-13),
    Row("regression.RidgePath.generalised_cross_validation", {}, cross_validation, path, rtol=1e-13),
    Row(
        "regression.RidgePath.table",
        {},
        lambda: list(
            zip(LAMBDAS, np.sqrt((solved(K, TARGETS, LAMBDAS) ** 2).sum((1, 2))), RESIDUAL, CONDITION, strict=True)
        ),
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
