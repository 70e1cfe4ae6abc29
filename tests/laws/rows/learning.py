"""`kernelspec.learning`: predicted curves against mpmath, of samples against free probability as it stands."""

from __future__ import annotations

import functools
import math
import statistics
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import learning

from ..kinds import PROGRESS, Array, Given, Kernel, Real, Whole
from ..table import Row
from .shapes import PLOT, drawn, record

D = 3
RNG = np.random.default_rng(62)
FEATURES = RNG.standard_normal((6, 3))
K = FEATURES @ FEATURES.T + np.eye(6)
Y = RNG.standard_normal((6, 2))
WHOLE: dict[str, Any] = {"axis": None, "dtype": "float64", "why": "the rows of K and y belong together"}
PAIRS = np.exp(RNG.normal(0.0, 0.3, (8, 2))), np.exp(RNG.normal(0.2, 0.3, (8, 2)))


def levels() -> list[tuple[float, int, float]]:
    """u/2 + u^2/2 on S^2, and x_1, which has the power 1/3 at degree 1."""
    return [(1 / 6, 1, 0), (1 / 6, 3, 1 / 3), (1 / 15, 5, 0)]


def errors(n: Any, lam: float, noise: float, **_: Any) -> Any:
    from oracle import learning_curves

    return np.array(
        [
            [float(learning_curves.solved(levels(), int(m), lam, noise)[1]),
             float(learning_curves.trained(levels(), int(m), lam, noise))]
            for m in np.atleast_1d(n)
        ]
    ).T  # fmt: skip


def of_sample(K: Any, y: Any, n: Any, lam: float) -> Any:
    from oracle import learning_curves

    mu, vectors = np.linalg.eigh(np.asarray(K, float) / len(K))
    power = np.sum((vectors.T @ y.reshape(len(K), -1)) ** 2, axis=1) / len(K)
    return np.array([[float(x) for x in learning_curves.of_sample(mu, power, int(m), lam)] for m in np.atleast_1d(n)]).T


def both(found: Any) -> Any:
    return np.array([found.error, found.train])


def ratios(one: Any, other: Any, **_: Any) -> Any:
    """Geometric means, and the t statistics, by the standard library."""
    logs = [[math.log(a / b) for a, b in zip(*pair, strict=True)] for pair in zip(one.T, other.T, strict=True)]
    return np.array(
        [
            [math.exp(statistics.mean(row)) for row in logs],
            [statistics.mean(row) / statistics.stdev(row) for row in logs],
        ]
    )


@functools.cache
def curve() -> Any:
    return learning.curve(ks.parse("0.5*linear() + 0.5*polynomial(2)"), "x1", D, [2, 5], 1e-3, 0.1)


@functools.cache
def comparison() -> Any:
    return learning.compare(*PAIRS, n=[10, 20])


LAW: dict[str, Any] = {
    "title": "f", "lam": 0.0, "noise": 0.0, "overfitting": "benign", "limit": 1, "overfitting_why": "so",
    "interpolation": learning.Exponent(1, "so"), "fixed": learning.Exponent(0, "so"),
    "optimal": learning.Exponent(None, "so"),
}  # fmt: skip
ALONE: dict[str, Any] = {
    "kernel": ks.laplace(), "f": "x1*x2 + 1", "d": 3, "n": [2, 5], "lam": 1e-2, "noise": 0.3, "draws": 3,
    "test_points": 4, "rng": 7,
}  # fmt: skip


def by_hand(n: Any, lam: float, noise: float, draws: int, test_points: int, rng: int, **_: Any) -> tuple[Any, Any]:
    """exp(-|x - y|/sqrt 2) on S^2, solved as it stands."""
    generator, found = np.random.default_rng(rng), []
    for _draw in range(draws):
        x, new = (ks.sphere.sample_sphere(count, D, generator) for count in (max(n), test_points))
        y, truth = (z[:, 0] * z[:, 1] + 1 for z in (x, new))
        y = y + noise * generator.standard_normal(len(x))
        for m in n:
            gram, cross = (
                np.exp(-np.linalg.norm(z[:, None] - x[None, :m], axis=2) / math.sqrt(2)) for z in (x[:m], new)
            )
            alpha = np.linalg.solve(gram + m * lam * np.eye(m), y[:m])
            found.append((np.mean((cross @ alpha - truth) ** 2), np.mean((gram @ alpha - y[:m]) ** 2)))
    errors, train = np.array(found).reshape(draws, len(n), 2).T
    return errors, train


@functools.cache
def seen() -> Any:
    return learning.measured(**ALONE)


COUNTS = Given([2, 5], bad=("text", 0, [1.5], [], None))
ROWS = [
    Row(
        "learning.curve",
        {
            "kernel": Kernel(ks.parse("0.5*linear() + 0.5*polynomial(2)")),
            "f": Given("x1", bad=(3, None, "x9", ks.rkhs.polynomial("x1", 4))), "d": Whole(D, 2), "n": COUNTS,
            "lam": Real(1e-3, bad=(-1.0,)), "noise": Real(0.1, bad=(-1.0,)),
        },
        lambda kernel, f, d, n, lam, noise: errors(n, lam, noise), read=both, rtol=1e-5,
    ),
    Row(
        "learning.curve_from_gram",
        {
            "K": Array(K, bad=(K[:5], np.triu(K), -K, [[1.0]]), **WHOLE),
            "y": Array(Y, bad=(Y[:5], np.zeros((6, 0))), **WHOLE),
            "n": Given([2, 5], bad=("text", 0, [1.5], [], None, 6)), "lam": Real(1e-2, bad=(-1.0,)),
        },
        of_sample, read=both, rtol=1e-5, rounding=1e-12, also=({"y": Y[:, 0]},),
        laws={
            "symmetry": "its arguments mean different things",
            "permutation": "points in another order have the same errors: tests/learning/test_gram_curves.py",
            "scale": "K and lam together: tests/learning/test_gram_curves.py",
        },
    ),
    Row(
        "learning.compare",
        {
            "one": Array(PAIRS[0], bad=(-PAIRS[0], PAIRS[0][:2], curve()), **WHOLE),
            "other": Array(PAIRS[1], bad=(-PAIRS[1], PAIRS[1][:5], curve()), **WHOLE),
            "n": Given([10, 20], bad=("text", [1], [0, 1], None)), "names": Given(("a", "b"), bad=("ab", ("a",), 3)),
            "level": Real(0.05, bad=(0.0, 1.0, 2.0)), "margin": Real(0.05, bad=(0.0, -1.0)),
        },
        ratios, read=lambda found: np.array([found.ratio, found.effect]), rtol=1e-12, rounding=1e-12,
        laws={
            "symmetry": "the ratio is the inverse: tests/learning/test_comparison_of_curves.py",
            "permutation": "draws in another order are the same pairs: tests/learning/test_comparison_of_curves.py",
            "scale": "a multiple of one is one of the ratio: tests/learning/test_comparison_of_curves.py",
        },
    ),
    Row(
        "learning.measured",
        {
            "kernel": Kernel(ALONE["kernel"]),
            "f": Given(ALONE["f"], bad=(3, None, "x9", ks.rkhs.polynomial("x1", 4), "1e200*x1")),
            "d": Whole(D, 2), "n": Given([2, 5], bad=("text", 0, [1.5], [], None, 20_001)),
            "lam": Real(1e-2, bad=(-1.0, 0.0, 1e-17)), "noise": Real(0.3, bad=(-1.0, 1e200)),
            "draws": Whole(3, 2, 20_000), "test_points": Whole(4, 1, 20_000),
            "rng": Given(7, bad=("text", -1, 2.5)), "progress": PROGRESS,
        },
        by_hand, read=lambda found: (found.errors, found.train), rtol=1e-12,
    ),
    record("learning.MeasuredCurve", n=np.ones(1), errors=np.ones((1, 2)), train=np.ones((1, 2)), noise=0.0),
    Row("learning.MeasuredCurve.error", {}, lambda: by_hand(**ALONE)[0].mean(axis=1) + 0.09, seen, rtol=1e-12),
    Row("learning.MeasuredCurve.standard_error", {},
        lambda: [statistics.stdev(row) / math.sqrt(3) for row in by_hand(**ALONE)[0].tolist()], seen,
        read=lambda found: found.tolist(), rtol=1e-12),
    Row("learning.MeasuredCurve.table", {}, lambda: by_hand(**ALONE)[1].mean(axis=1).tolist(), seen,
        read=lambda table: table.column("training error"), rtol=1e-12),
    Row("learning.MeasuredCurve.plot", PLOT,
        lambda **_: np.column_stack([[2, 5], by_hand(**ALONE)[0].mean(axis=1) + 0.09]), seen,
        read=lambda ax: drawn(ax)[0], rtol=1e-12),
    record("learning.Exponent", value=None, why="so"),
    record("learning.CurveLaw", **LAW),
    Row("learning.CurveLaw.rate", {}, lambda: 0, lambda: curve().law, read=lambda found: found.value),
    Row("learning.CurveLaw.table", {}, lambda: ["inf", "0", "1"], lambda: curve().law,
        read=lambda table: ["inf", *table.column("answer")[2:]]),
    record(
        "learning.Comparison", names=("a", "b"), n=np.ones(1), ratio=np.ones(1), lower=np.ones(1), upper=np.ones(1),
        p=None, wilcoxon=None, holm=None, effect=None, draws=0, level=0.05, margin=0.05,
    ),
    Row("learning.Comparison.matters", {}, lambda: [None, None], comparison),
    Row("learning.Comparison.sentences", {}, lambda: 2, comparison, read=len),
    Row("learning.Comparison.table", {}, lambda: ratios(*PAIRS)[0].tolist(), comparison,
        read=lambda table: table.column("ratio"), rtol=1e-12),
    Row("learning.Comparison.plot", PLOT, lambda **_: [np.column_stack([[10, 20], ratios(*PAIRS)[0]]), 1.0], comparison,
        read=lambda ax: [drawn(ax)[0], drawn(ax)[1][0, 1]], rtol=1e-12),
]  # fmt: skip
