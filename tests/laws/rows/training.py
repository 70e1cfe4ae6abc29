"""Networks in training, against `oracle.training`: exponentials of matrices and single steps at 40 digits."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from kernelspec import learning
from oracle import training as oracle

from ..kinds import Array, Given, Real
from ..table import Row
from .shapes import PLOT, drawn, record

N, Q = 3, 2
RNG = np.random.default_rng(14)
NTK, NNGP = (np.tril(half) @ np.tril(half).T for half in RNG.standard_normal((2, N + Q, N + Q)))
NTK, NNGP = NTK + np.eye(N + Q), NNGP + np.eye(N + Q)
Y, TRUTH = RNG.standard_normal((N, 2)), RNG.standard_normal((Q, 2))
TIMES = [0.0, 0.25, math.inf]
WHOLE: dict[str, Any] = {"axis": None, "dtype": "float64", "why": "the rows of all kernels belong together"}
WRONG = (np.ones((N, 2)), np.triu(np.ones((N, N))), -np.eye(N))
CROSS = (np.ones((N, N)), np.ones((Q, 2)), [1.0])
REASONS = {
    "symmetry": "its arguments mean different things",
    "scale": "kernels and times together: tests/learning/test_training.py",
    "permutation": "points in another order are the same networks",
}


def answers(y: Any, times: Any, columns: Any, start: Any, s: float, rate: Any, noise: float) -> Any:
    found = [oracle.trained(columns, start, y, t, s=s, rate=rate, noise=noise) for t in times]
    return [np.array([each[part] for each in found]) for part in range(3)]


def by_steps(
    ntk: Any, y: Any, times: Any, ntk_cross: Any, nngp: Any, nngp_cross: Any, nngp_test: Any, rate: Any, lam: float,
    noise: float,
) -> Any:  # fmt: skip
    start = np.block([[nngp, nngp_cross.T], [nngp_cross, nngp_test]])
    return answers(y, times, np.vstack([ntk, ntk_cross]), start, N * lam, rate, noise)


def bayes(nngp: Any, y: Any, noise: float, nngp_cross: Any, nngp_test: Any) -> Any:
    start = np.block([[nngp, nngp_cross.T], [nngp_cross, nngp_test]])
    return answers(y, [math.inf], start[:, :N], start, noise**2, None, noise)


def read(found: Any) -> Any:
    return [found.mean, found.covariance, found.loss]


@functools.cache
def seen() -> Any:
    return learning.training(
        NTK[:N, :N], Y, TIMES, ntk_cross=NTK[N:, :N], nngp=NNGP[:N, :N], nngp_cross=NNGP[N:, :N], nngp_test=NNGP[N:, N:]
    )


def wanted() -> Any:
    return answers(Y, TIMES, NTK[:, :N], NNGP, 0.0, None, 0.0)


def errors(y: Any) -> Any:
    mean, covariance, _ = wanted()
    spread = np.trace(covariance, axis1=1, axis2=2)
    return (((mean - y) ** 2).sum(axis=(1, 2)) + 2 * spread) / Q


TARGETS = Array(TRUTH, bad=(TRUTH[0], TRUTH[:, :1], TRUTH[:1]), **WHOLE)
ROWS = [
    Row(
        "learning.training",
        {
            "ntk": Array(NTK[:N, :N], bad=WRONG, **WHOLE), "y": Array(Y, bad=(Y[:2], np.zeros((N, 0))), **WHOLE),
            "times": Given(TIMES, bad=("text", -1.0, math.nan, [], [[1.0]], None, 1j)),
            "ntk_cross": Array(NTK[N:, :N], bad=CROSS, **WHOLE),
            "nngp": Array(NNGP[:N, :N], bad=(*WRONG, np.eye(4), [[1.0]]), **WHOLE),
            "nngp_cross": Array(NNGP[N:, :N], bad=CROSS, **WHOLE),
            "nngp_test": Array(NNGP[N:, N:], bad=(np.eye(3), [[1.0]]), **WHOLE),
            "rate": Real(None, none=True, bad=(0.0, -1.0, 100.0)), "lam": Real(0.01, bad=(-1.0,)),
            "noise": Real(0.1, bad=(-1.0, 1e200)),
        },
        by_steps, read=read, rtol=1e-11, atol=1e-40, rounding=1e-12,
        also=({"times": [0, 5, math.inf], "rate": 0.1}, {"lam": 0.0, "noise": 0.0}),
        laws={**REASONS, "float16": "rounded, covariances are not positive together",
              "integers": "rounded, covariances are not positive together"},
    ),
    Row(
        "learning.posterior",
        {
            "nngp": Array(NNGP[:N, :N], bad=WRONG, **WHOLE), "y": Array(Y, bad=(Y[:2], np.zeros((N, 0))), **WHOLE),
            "noise": Real(0.1, bad=(-1.0, 1e200)), "nngp_cross": Array(NNGP[N:, :N], bad=CROSS, **WHOLE),
            "nngp_test": Array(NNGP[N:, N:], bad=(np.eye(3), [[1.0]]), **WHOLE),
        },
        bayes, read=read, rtol=1e-11, rounding=1e-12,
        laws={**REASONS, "float16": "rounded, covariances are not positive together",
              "integers": "rounded, covariances are not positive together"},
    ),
    record(
        "learning.Training", times=np.ones(1), rate=None, lam=0.0, noise=0.0, eigenvalues=np.ones(1),
        mean=np.ones((1, 1)), covariance=None, train_mean=np.ones((1, 1)), loss=np.ones(1),
    ),
    Row("learning.Training.standard_deviation", {},
        lambda: np.sqrt(np.diagonal(wanted()[1], axis1=1, axis2=2)), seen, rtol=1e-11),
    Row("learning.Training.test_error", {"y": TARGETS}, errors, seen, rtol=1e-11, rounding=1e-12, laws=REASONS),
    Row("learning.Training.stopping_time", {"y": TARGETS}, lambda y: TIMES[int(np.argmin(errors(y)))], seen,
        laws=REASONS),
    Row("learning.Training.table", {}, lambda: wanted()[2].tolist(), seen,
        read=lambda table: table.column("training loss"), rtol=1e-11, atol=1e-40),
    Row("learning.Training.plot", PLOT, lambda **_: [0.25, wanted()[2][1]], seen,
        read=lambda ax: drawn(ax)[0].ravel().tolist(), rtol=1e-11),
]  # fmt: skip
