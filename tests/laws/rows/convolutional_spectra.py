"""`ckn.spectra` of one layer, against the eigenvalues of the matrix of all signals of a small cube."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Eigenspaces, Model
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import convolutional_spectra as oracle

from ..kinds import Flag, Free, Given, Instance, Kind, Real, Whole, Word
from ..table import Row
from .shapes import PLOT, drawn, record

P, PATCH = 6, 3
LAM, RANKS = np.array([0.5, 0.02, 1e-3]), np.array([0, 3, 11, 70])
FORM = [[2, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
# xi_{3,l}: means of e^{t-1} over 8 signals, t = 1, 1/3, -1/3, -1, times the parity of l positions.
PARTS = np.array(
    [
        sum(c * math.exp(t - 1) for c, t in zip(row, (1, 1 / 3, -1 / 3, -1), strict=True)) / 8
        for row in ((1, 3, 3, 1), (1, 1, -1, -1), (1, -1, -1, 1), (1, -3, 3, -1))
    ]
)
FIELDS: dict[str, Kind] = {"asymptote": Free(None, why="there is none")}
AXES = {**PLOT, **FIELDS}
CERTIFIED = Flag(False)


@functools.cache
def net() -> Any:
    return ckn.Network([ckn.Layer(PATCH, ks.exponential(1.0), ckn.average(2), border="circular")])


@functools.cache
def model() -> Model:
    return Model(net(), P, "cube")


@functools.cache
def matrix() -> Any:
    return PATCH * oracle.cube_matrix(ks.exponential(1.0), P, PATCH, oracle.pooling(P, [0.5, 0.5]))


@functools.cache
def mu() -> Any:
    """The 2^6 eigenvalues, descending, those that are 0 as 0."""
    found = np.linalg.eigvalsh(matrix())[::-1] / 2**P
    return np.where(found > 1e-13, found, 0.0)


@functools.cache
def spaces() -> Eigenspaces:
    return model().eigenvalues(4)


@functools.cache
def curve() -> Any:
    return model().learning_curve({model().eigenspace((1,)): 1.0}, [2, 5])


def largest(n: int) -> Value:
    return mu()[:n]


def first(result: Any, n: int = 4) -> Any:
    return result.values[:n]


def norm(f: Any, digits: int | None) -> Value:
    """f^T K^+ f, without pooling."""
    values = sum(c * np.prod(oracle.signals(P)[:, list(s)], axis=1) for s, c in f.items())
    plain = PATCH * oracle.cube_matrix(ks.exponential(1.0), P, PATCH, np.eye(P))
    size, vectors = np.linalg.eigh(plain)
    parts, kept = vectors.T @ values, size > 1e-10
    return np.sqrt(np.sum(parts[kept] ** 2 / size[kept]))


def quadratic(net: Any, matrix: Any, digits: int | None) -> Value:
    """The least |F| at signals that determine the form, patches of 2 on a circle of 4."""
    x = np.random.default_rng(5).standard_normal((40, 4))
    features = oracle.quadratic_features(x, [[u, (u + 1) % 4] for u in range(4)], np.eye(4))
    return oracle.least_norm(features, np.einsum("ni,ij,nj->n", x, np.array(matrix, float), x))[0] ** 0.5


def errors(target: Any, n: Any, ridge: float, noise: float) -> Value:
    """kappa by halving, for a target in one eigenspace."""
    ((space, power),) = target.items()
    out = []
    for count in np.atleast_1d(n):
        low, high = 1e-12, 1e3
        for _ in range(200):
            middle = (low * high) ** 0.5
            more = np.sum(mu() / (mu() + middle)) + count * ridge / middle > count
            low, high = (middle, high) if more else (low, middle)
        coefficient = count / (count - np.sum((mu() / (mu() + low)) ** 2))
        out.append(coefficient * (power * (low / (low + space.value)) ** 2 + noise**2))
    return np.array(out)


def space_of(degrees: Any, frequency: Any, diameter: Any) -> Value:
    """r kappa_j xi_1 for the frequency 1: all eigenvalues that stand there twice as one of the list."""
    return np.array([1])


def many(name: str, of: dict[str, Kind], wanted: Any, **more: Any) -> Row:
    return Row(f"ckn.spectra.Model.{name}", {**of, "certified": CERTIFIED}, wanted, model, rtol=1e-12, **more)


NO_SCALE = {"scale": "eigenvalues have a scale of their own", "dtype": "computed in float64"}
NUMBERS: dict[str, Any] = {"rounding": 1e-15, "laws": NO_SCALE}
ROWS = [
    Row(
        "ckn.spectra.Model",
        {
            "net": Instance(net()),
            "positions": Whole(P, 1, 2**53),
            "domain": Word("cube"),
            "dimension": Given(None, bad=("text", 1.5, 1, 3)),
        },
        lambda net, positions, domain, dimension: (positions, domain, mu()[0]),
        read=lambda made: (made.positions, made.domain, made.eigenvalues(1)[0].value),
        laws={"finite": "an integer"},
    ),
    Row("ckn.spectra.Model.eigenvalues", {"n": Whole(4, 1)}, largest, model, read=first, rtol=1e-13),
    Row(
        "ckn.spectra.Model.levels",
        {"count": Whole(5, 1)},
        lambda count: (np.sum(mu()), np.sum(mu()), 0.0),
        model,
        read=lambda levels: (
            np.sum(levels.lower * levels.multiplicity_lower),
            np.sum(levels.upper * levels.multiplicity_upper),
            levels.largest,
        ),
        rtol=1e-13,
    ),
    Row("ckn.spectra.Model.trace", {}, lambda: np.sum(mu()), model, rtol=1e-14),
    Row(
        "ckn.spectra.Model.eigenspace",
        {
            "degrees": Given((1,), bad=((0,), (1.5,), ("a",), (4,))),
            "frequency": Given(1, bad=(17, "text")),
            "diameter": Given(1, bad=(9, "text")),
        },
        lambda degrees, frequency, diameter: (1, 1, 1),
        model,
        read=lambda space: (space.multiplicity, space.frequency, space.diameter),
        named={name: "degrees" for name in ("frequency", "diameter")},
    ),
    Row(
        "ckn.spectra.Model.norm",
        {
            "f": Given(
                {(0,): 1, (1, 2): 0.5, (3,): -2}, bad=(None, "text", {0: 1}, {(0, 0): 1}, {(0,): "1"}, {(6,): 1})
            ),
            "digits": Given(None, bad=("text", 0, 41, 1.5)),
        },
        norm,
        lambda: Model(ckn.Network([ckn.Layer(PATCH, ks.exponential(1.0), border="circular")]), P, "cube"),
        variant="cube",
        rtol=1e-12,
    ),
    many(
        "effective_dimension",
        {"lam": Given(0.02, bad=(0.0, -1.0, "text", None, np.nan))},
        lambda lam, certified: np.sum(mu() / (mu() + lam)),
    ),
    many(
        "information_gain",
        {"n": Given(20, bad=(0, 1.5, "text")), "noise": Given(0.5, bad=(0.0, -1.0, "text", np.inf))},
        lambda n, noise, certified: np.sum(np.log1p(n * mu() / noise**2)) / 2,
    ),
    many("tail", {"r": Given(7, bad=(-1, 1.5, "text"))}, lambda r, certified: np.sum(mu()[r:])),
    Row(
        "ckn.spectra.Model.learning_curve",
        {
            "target": Given({model().eigenspace((1,)): 1.0}, bad=(None, "text", {0.5: 1.0}, [1])),
            "n": Given([2, 5], bad=("text", 0, [1.5], [])),
            "ridge": Real(1e-3, bad=(-1.0,)),
            "noise": Real(0.1, bad=(-1.0,)),
        },
        errors,
        model,
        read=lambda found: found.error,
        rtol=1e-7,
    ),
    Row(
        "ckn.spectra.Model.smoothing",
        {"n": Whole(3, 1)},
        lambda n: np.array([1.0, 0.75, 0.75, *(PATCH * PARTS[:3])]),
        model,
        read=lambda table: np.array(table.column("factor")),
        rtol=1e-14,
    ),
    Row(
        "ckn.spectra.Model.table",
        {"n": Whole(4, 1)},
        lambda n: [space.value for space in model().eigenvalues(4)],
        model,
        read=lambda table: table.column("eigenvalue"),
        rtol=0.0,
    ),
    Row(
        "ckn.spectra.Model.plot",
        {**AXES, "n": Whole(4, 1)},
        lambda **_: mu()[0],
        model,
        read=lambda ax: drawn(ax)[0][0, 1],
        rtol=1e-13,
    ),
    record(
        "rkhs.Levels",
        lower=np.ones(1),
        upper=np.ones(1),
        multiplicity_lower=np.ones(1),
        multiplicity_upper=np.ones(1),
        rest=(0.0, 0.0),
        largest=0.0,
    ),
    record("ckn.spectra.Eigenspace", value=1.0, multiplicity=2, degrees=(1,), patches=None, frequency=0, diameter=None),
    Row(
        "ckn.spectra.Eigenspaces",
        {"iterable": Free((), why="made by `Model.eigenvalues`")},
        lambda iterable: 0,
        read=len,
    ),
    Row("ckn.spectra.Eigenspaces.values", {}, lambda: mu()[:4], spaces, read=lambda found: found[:4], rtol=1e-13),
    Row(
        "ckn.spectra.Eigenspaces.table",
        {},
        lambda: [space.multiplicity for space in spaces()],
        spaces,
        read=lambda table: table.column("multiplicity"),
    ),
    Row(
        "ckn.spectra.Eigenspaces.plot",
        AXES,
        lambda **_: mu()[0],
        spaces,
        read=lambda ax: drawn(ax)[0][0, 1],
        rtol=1e-13,
    ),
    record(
        "rkhs.LearningCurve",
        n=np.ones(1),
        error=np.ones(1),
        lower=np.ones(1),
        upper=np.ones(1),
        kappa=np.ones(1),
        overfitting=np.ones(1),
        learnability=np.ones((1, 1)),
        train=np.ones(1),
        train_lower=np.ones(1),
        train_upper=np.ones(1),
        law=None,
    ),
    Row(
        "rkhs.LearningCurve.table",
        {},
        lambda: errors({model().eigenspace((1,)): 1.0}, [2, 5], 0.0, 0.0).tolist(),
        curve,
        read=lambda table: table.column("error"),
        rtol=1e-7,
    ),
    Row(
        "rkhs.LearningCurve.plot",
        {**PLOT, "train": Flag(False)},
        lambda **_: errors({model().eigenspace((1,)): 1.0}, [2, 5], 0.0, 0.0),
        curve,
        read=lambda ax: drawn(ax)[0][:, 1],
        rtol=1e-7,
    ),
    Row(
        "ckn.spectra.quadratic_norm",
        {
            "net": Instance(ckn.Network([ckn.Layer(2, ckn.square, border="circular")])),
            "matrix": Given(FORM, bad=([], [[1, 2]], [[1, 2], [3, 4]], [["a"]])),
            "digits": Given(None, bad=("text", 0, 41, 1.5)),
        },
        quadratic,
        rtol=1e-12,
    ),
]
