"""What is chosen of ridge paths, plans of them, and their estimator, against refitting and counting by hand."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import regression
from kernelspec.numbers.arithmetic_protocol import Value

from ..kinds import Array, Flag, Free, Given, Instance, Kind, Real, Whole, Word, threads
from ..table import Row
from .regression import GRID, LAMBDAS, ONE_SYSTEM, TARGETS, K, path, solved, without_one
from .shapes import PLOT, drawn, record

RNG = np.random.default_rng(17)
CROSS, TRUTH = RNG.standard_normal((5, 6)), RNG.standard_normal((5, 2))
X, NEW = RNG.standard_normal((6, 3)), RNG.standard_normal((4, 3))
Y = RNG.standard_normal(6)
RATES = regression.Rates(4e10, 5e10, 1e10)
GRAM = ks.ntk(2).gram(X)


def held_out(path: Any, K: Value, y: Value, score: str) -> Value:
    return _scores(np.array([K @ each for each in path.coefficients]), y, score)


def alone(path: Any, y: Value, score: str) -> Value:
    return _scores(y - without_one(), y, score)


def _scores(values: Any, y: Any, score: str) -> Any:
    if score == "mse":
        found = np.array([np.mean((each - y) ** 2) for each in values])
        return found, LAMBDAS[found.argmin()]
    found = np.array([np.mean(each.argmax(axis=1) == y.argmax(axis=1)) for each in values])
    return found, max(LAMBDAS[found == found.max()])


def selection_read(found: Any) -> Any:
    return found.scores, found.lambda_


@functools.cache
def selection() -> Any:
    return regression.Selection(path(), np.array([0.5, 0.25, 0.75]), "mse", "validation", 1)


OPTION = regression.Option("cg", False, 3.0, 2**20, True)


@functools.cache
def planned() -> Any:
    return regression.Plan(100, 2, (0.5, 0.25), "float32", 2**30,
                           (OPTION, regression.Option("cholesky", True, 4.0, 2**21, True)), 64, (9.0, 10.0), 50.0,
                           (3.0, 5.0), (20.0, 30.5), (9.0, 10.0), 1e-7)  # fmt: skip


def counted(**keywords: Any) -> Value:
    """Rank, condition numbers, the dtype's floor and the bytes of K and a copy, from their definitions."""
    n, grid, dtype = keywords["n"], np.atleast_1d(keywords["lambdas"]), keywords["dtype"]
    eps = float(np.finfo(dtype).eps)
    size = keywords["mean_square"] * 2  # kappa(1) of ntk(2)
    return (
        min(n, max(64, min(math.isqrt(int(2 * n * min(64, len(grid) * keywords["outputs"]))), n // 20))),
        tuple(1 + size / grid),
        eps * size,
    )


def model_of(**change: Any) -> Any:
    return regression.KernelRidgePath(ks.ntk(2), [0.5], None, **change)


@functools.cache
def model() -> Any:
    return model_of().fit(X, Y)


def fitted(X: Value, y: Value) -> Value:
    return np.linalg.solve(ks.ntk(2).gram(np.asarray(X)) + len(X) * 0.5 * np.eye(len(X)), y)


def predicted(X: Value) -> Value:
    return ks.ntk(2).gram(np.asarray(X), globals()["X"]) @ fitted(globals()["X"], Y)


def kept(row: Row) -> None:
    """A fit neither writes into the data nor keeps them."""
    data, target = X.copy(), Y.copy()
    found = model_of().fit(data, target)
    np.testing.assert_array_equal(data, X)
    before = found.predict(NEW)
    data[...] = 7
    target[...] = 7
    np.testing.assert_array_equal(found.predict(NEW), before)


PARAMETERS: dict[str, Kind] = {
    "kernel": Given(ks.ntk(2), bad=("ntk(2)", 3, None, ks.Zonal)),
    "lambdas": GRID,
    "selection": Word("loo"),
    "scoring": Word("mse"),
    "validation": Real(0.2, bad=(0.0, 1.0, -1.0)),
    "dtype": Word(None, none=True),
    "method": Word(None, none=True),
    "tolerance": Real(1e-6, bad=(0.0, 2.0)),
    "rank": Whole(None, least=1, none=True),
    "rng": Given(0, bad=("text", 1.5, -1)),
    "threads": threads(),
}
MADE = "the parameters are kept as they are given, as scikit-learn's clone wants it"
SHARED: dict[str, Any] = {"rounding": 1e-12, "norm": 1e-12, "rtol": 0.0}
FIT_LAWS: dict[str, Any] = {
    "symmetry": "its arguments mean different things",
    "scale": "seen in `ridge_path`",
    "dtype": "float32 is solved with in float32; see `ridge_path`",
    "untouched": kept,
}
HELD = {"untouched": "a selection holds the path that it is of; its arrays are not written to"}
NUMBERS: dict[str, Any] = {"scale": "scores are not homogeneous", "symmetry": "its arguments mean different things"}
ROWS = [
    Row(
        "regression.select",
        {
            "path": Instance(path()),
            "K": Array(CROSS, None, "float64", why="scores are means over its rows", bad=(np.ones((5, 5)), CROSS[:0])),
            "y": Array(TRUTH, None, "float64", why="scores are means over its rows", bad=(TRUTH[:4],)),
            "score": Word("mse"),
        },
        held_out,
        also=({"score": "accuracy"},),
        read=selection_read,
        laws=NUMBERS | HELD,
        **SHARED,
    ),
    Row(
        "regression.leave_one_out",
        {
            "path": Instance(path()),
            "y": Array(TARGETS, None, "float64", why="its rows are those of one path", bad=(TARGETS[:4],)),
            "score": Word("mse"),
        },
        alone,
        also=({"score": "accuracy"},),
        read=selection_read,
        laws=NUMBERS | HELD | {"dtype": "the targets are those of the path", "layout": "see `select`"},
        **SHARED,
    ),
    record("regression.Selection", path=path(), scores=np.ones(3), score="mse", kind="validation", best=1),
    Row("regression.Selection.lambda_", {}, lambda: 0.5, selection),
    Row("regression.Selection.coefficients", {}, lambda: solved(K, TARGETS, LAMBDAS)[1], selection),
    Row("regression.Selection.at_an_end", {}, lambda: False, selection),
    Row(
        "regression.Selection.table",
        {},
        lambda: [(0.25, 0.5, False), (0.5, 0.25, True), (2.0, 0.75, False)],
        selection,
        read=lambda table: [tuple(row.values()) for row in table],
    ),
    Row(
        "regression.Selection.plot",
        PLOT,
        lambda **_: [np.array([[0.25, 0.5], [0.5, 0.25], [2.0, 0.75]]), np.array([[0.5, 0.0], [0.5, 1.0]])],
        selection,
        read=drawn,
    ),
    Row(
        "regression.plan",
        {
            "n": Whole(2000, least=1, most=10**7),
            "kernel": Given(ks.ntk(2), bad=("ntk(2)", 3, ks.Zonal)),
            "d": Whole(4, least=2, none=False),
            "lambdas": Array(LAMBDAS, None, "float64", why="a path is one plan", bad=(0.0, np.ones((2, 2)), [])),
            "outputs": Whole(3, least=1),
            "dtype": Word("float32"),
            "memory": Whole(2**30, least=1, none=True),
            "leave_one_out": Flag(False),
            "mean_square": Real(9.0, bad=(0.0, -1.0)),
            "rates": Instance(RATES, none=True),
        },
        counted,
        also=({"dtype": "float64"}, {"n": 100_000}, {"n": 10}),
        read=lambda found: (found.rank, found.condition, found.least),
        laws={"scale": "a plan is not homogeneous", "symmetry": "reads one array", "dtype": "lambdas are few numbers"},
    ),  # fmt: skip
    record("regression.Option", method="cg", overwrite=False, seconds=3.0, memory=2**20, fits=True),
    record(
        "regression.Plan",
        n=100,
        outputs=2,
        lambdas=(0.5,),
        dtype="float32",
        memory=2**30,
        options=(OPTION,),
        rank=64,
        steps=(9.0,),
        break_even=50.0,
        condition=(3.0,),
        dimensions=(20.0,),
        bounds=(9.0,),
        least=1e-7,
    ),  # fmt: skip
    Row("regression.Plan.method", {}, lambda: "cg", planned),
    Row("regression.Plan.seconds", {}, lambda: 3.0, planned),
    Row("regression.Plan.fits", {}, lambda: True, planned),
    Row("regression.Plan.components", {}, lambda: 31, planned),
    Row("regression.Plan.keywords", {}, lambda: True, planned, read=lambda found: found == {"method": "cg"}),
    Row("regression.Plan.advice", {}, lambda: 3, planned, read=len),
    Row(
        "regression.Plan.table",
        {},
        lambda: [("cg", 3.0, 2.0**-10, True), ("cholesky, overwrite", 4.0, 2.0**-9, True)],
        planned,
        read=lambda table: [tuple(row.values()) for row in table],
    ),
    Row(
        "regression.Plan.plot",
        PLOT,
        lambda **_: [np.array([[2.0**-10, 3.0], [2.0**-9, 4.0]]), np.array([[1.0, 0.0], [1.0, 1.0]])],
        planned,
        read=drawn,
    ),
    record("regression.Rates", factorise=1.0, multiply=2.0, few=1.0),
    Row(
        "regression.Rates.product",
        {"columns": Whole(10, least=1)},
        lambda columns: columns / (10 * (1 / 1e10 - 1 / 5e10) + columns / 5e10),
        lambda: RATES,
        also=({"columns": 1}, {"columns": 64}),
    ),
    Row(
        "regression.KernelRidgePath",
        PARAMETERS,
        lambda **given: True,
        then=lambda made: made.fit(X, Y),
        read=lambda made: made.get_params()["kernel"] == ks.ntk(2),
        laws={
            law: MADE
            for law in (
                "symmetry",
                "scale",
                "dtype",
                "untouched",
                "layout",
                "single",
                "permutation",
                "empty",
                "one_row",
                "threads",
            )
        },
    ),  # fmt: skip
    Row(
        "regression.KernelRidgePath.fit",
        {
            "X": Array(X, None, "float64", why=ONE_SYSTEM, bad=(X[0], X[:0])),
            "y": Array(Y, None, "float64", why=ONE_SYSTEM, bad=(Y[:5], np.zeros((6, 0)))),
        },
        fitted,
        model_of,
        also=({"y": TARGETS},),
        read=lambda found: found.dual_coef_,
        laws=FIT_LAWS,
        **SHARED,
    ),
    Row(
        "regression.KernelRidgePath.predict",
        {"X": Array(NEW, 0, "float64", bad=(NEW[0], NEW[:, :2]))},
        predicted,
        model,
        degree={"X": 1},
        laws={"dtype": "float32 is evaluated in float32; see `Zonal.gram`"},
        **SHARED,
    ),
    Row(
        "regression.KernelRidgePath.score",
        {
            "X": Array(NEW, None, "float64", why="R^2 is one number", bad=(NEW[0], NEW[:, :2])),
            "y": Array(Y[:4], None, "float64", why="R^2 is one number", bad=(Y[:3],)),
        },
        lambda X, y: 1 - np.sum((y - predicted(X)) ** 2) / np.sum((y - y.mean()) ** 2),
        model,
        laws=NUMBERS | {"dtype": "float32 is evaluated in float32; see `Zonal.gram`"},
        **SHARED,
    ),
    Row(
        "regression.KernelRidgePath.get_params",
        {"deep": Free(True, why="there is no inner model")},
        lambda deep: True,
        model,
        read=lambda found: found["lambdas"] == [0.5] and found["rng"] == 0,
    ),
    Row(
        "regression.KernelRidgePath.set_params",
        {"parameters": Given({"lambdas": [0.25]}, bad=({"lambdas": [0.0]}, {"nothing": 1}))},
        lambda parameters: True,
        model_of,
        then=lambda made: made.fit(X, Y),
        read=lambda found: found.lambdas == [0.25],
        named={"parameters": "(lambdas|nothing)"},
    ),
]
