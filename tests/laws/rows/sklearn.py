"""`kernelspec.sklearn`: `Kernel` and `KernelMatrix`, where scikit-learn is installed."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

import kernelspec as ks

from ..kinds import Array, Flag, Free, Given, Kind
from ..table import Row
from .testing import relu

RNG = np.random.default_rng(21)
X = RNG.standard_normal((4, 3))
Y = RNG.standard_normal((5, 3))
KERNEL = ks.laplace(2, gamma=0.25)


def scikit() -> Any:
    return ks.sklearn


def made() -> Any:
    return scikit().Kernel(ks.arccos(1))


def hyper() -> Any:
    return scikit().Kernel(KERNEL)


def matrix() -> Any:
    return scikit().KernelMatrix(ks.arccos(1))


def fitted() -> Any:
    return matrix().fit(Y)


ROW_BY_ROW: dict[str, Any] = {"rounding": 1e-14, "norm": 1e-13, "rtol": 0.0, "short": 1e-5}
OF_GRAM = {"X": "[Xx]", "Y": "[Yy]"}  # whose errors they are
POINTS: dict[str, Kind] = {"X": Array(X, 0, bad=(X[0], X[:, :2]))}
KEPT = {"untouched": "the points are copied; nothing is written to them"}
ONE_FIT = "the points are kept"
ROWS = [
    Row(
        "sklearn.Kernel",
        {
            "kernel": Given(KERNEL, bad=("laplace(2)", 3, None, ks.Zonal)),
            "normalize": Flag(False),
            "parameters": Given(
                {"c": 0.5, "gamma_bounds": "fixed"},
                bad=({"c": 0.0}, {"c": "1"}, {"sigma": 1.0}, {"c_bounds": 3}, {"gamma": 1.5}, {"c_bounds": (2.0, 1.0)}),
            ),
        },
        lambda **given: True,
        read=lambda kernel: kernel.zonal == ks.laplace(0.5, gamma=0.25),
        named={"parameters": "(c|sigma|c_bounds|gamma)"},
    ),
    Row("sklearn.Kernel.zonal", {}, lambda: True, hyper, read=lambda kernel: kernel == KERNEL),
    Row("sklearn.Kernel.hyperparameters", {}, lambda: ("c", "gamma"), hyper, read=lambda of: tuple(h.name for h in of)),
    Row("sklearn.Kernel.theta", {}, lambda: np.log([2.0, 0.25]), hyper),
    Row("sklearn.Kernel.is_stationary", {}, lambda: False, made),
    Row(
        "sklearn.Kernel.__call__",
        {**POINTS, "Y": Array(Y, 1, none=True, bad=(Y[0], Y[:, :2])), "eval_gradient": Flag(False)},
        lambda X, Y, eval_gradient: relu(np.asarray(X), np.asarray(Y)),
        made,
        degree={"X": 1, "Y": 1},
        symmetric=("X", "Y"),
        named=OF_GRAM,
        **ROW_BY_ROW,
    ),
    Row(
        "sklearn.Kernel.diag",
        {"X": Array(X, 0, bad=(X[0],))},
        lambda X: np.sum(np.asarray(X) ** 2, axis=1),
        made,
        degree={"X": 2},
        scales=(-250, -40, 40, 250),
        named=OF_GRAM,
        **ROW_BY_ROW,
    ),
    Row(
        "sklearn.Kernel.get_params",
        {"deep": Free(True, why="there is no inner model")},
        lambda deep: True,
        hyper,
        read=lambda found: found["c"] == 2.0 and found["gamma_bounds"] == (1e-5, 1.0),
    ),
    Row(
        "sklearn.Kernel.set_params",
        {"params": Given({"c": 3.0}, bad=({"c": 0.0}, {"nothing": 1}))},
        lambda params: True,
        hyper,
        read=lambda found: found.zonal == ks.laplace(3, gamma=0.25),
        named={"params": "(c|nothing)"},
    ),
    Row(
        "sklearn.KernelMatrix",
        {"kernel": Free(KERNEL, why="seen in fit, as scikit-learn wants it")},
        lambda kernel: True,
        read=lambda found: found.kernel is KERNEL,
    ),
    Row(
        "sklearn.KernelMatrix.fit",
        {"X": Array(X, None, why=ONE_FIT, bad=(X[0], X[:0])), "y": Free(None, why="ignored")},
        lambda X, y: np.asarray(X),
        matrix,
        read=lambda found: found.X_fit_,
        degree={"X": 1},
        laws=KEPT,
    ),
    Row(
        "sklearn.KernelMatrix.transform",
        POINTS,
        lambda X: relu(np.asarray(X), Y),
        fitted,
        degree={"X": 1},
        laws={"dtype": "the matrix has the dtype of the data and of the fit together; see `Zonal.gram`"},
        **ROW_BY_ROW,
    ),
    Row(
        "sklearn.KernelMatrix.fit_transform",
        {"X": Array(X, (0, 1), bad=(X[0],), empty="X must have at least one point"), "y": Free(None, why="ignored")},
        lambda X, y: relu(np.asarray(X)),
        matrix,
        degree={"X": 2},
        scales=(-250, -40, 40, 250),
        laws=KEPT,
        **ROW_BY_ROW,
    ),
]
if importlib.util.find_spec("sklearn") is None:
    ROWS = []
