"""`ckn.spectra.PairOperators` and `Hierarchy`: against loops over positions, and fractions."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Hierarchy, PairOperators
from oracle import two_layers as oracle

from ..kinds import Array, Flag, Given, Instance, Kind, Whole
from ..table import Row

N, OFFSETS = 4, (-1, 0)
FIRST, SECOND = (np.array(oracle.average(q, N), dtype=float) for q in (3, 2))
NO_BATCH: dict[str, Any] = {"axis": None, "why": "its rows are positions"}
OFFSET: dict[str, Kind] = {
    name: Given(value, bad=(1, -2, 0.5, "0", None, (0, 0))) for name, value in zip("pq", OFFSETS, strict=True)
}


@functools.cache
def net() -> Any:
    return ckn.Network(
        [
            ckn.Layer(1, ks.linear(), ckn.average(3), border="circular"),
            ckn.Layer(2, ckn.square, ckn.average(2), border="circular"),
        ]
    )


@functools.cache
def pairs() -> Any:
    return PairOperators(net(), N)


def operator(p: int, q: int) -> Any:
    return np.array(oracle.pair_operator(oracle.average(3, N), p, q), dtype=float)


@functools.cache
def joined() -> Any:
    return np.hstack([(operator(p, q) @ SECOND.T).reshape(N * N, -1) for p in OFFSETS for q in OFFSETS])


def target() -> Any:
    """A symmetric G in the range, of numbers that are short decimals."""
    found = 72 * operator(-1, 0) @ SECOND.T @ np.array([1.0, 2.0, -1.0, 0.0])
    return np.rint(found + found.T)


def least(target: Any) -> float:
    return float(np.linalg.norm(np.linalg.lstsq(joined(), np.asarray(target, dtype=float).ravel())[0]))


def of_pairs(name: str, given: dict[str, Kind] | None, oracle: Any, **more: Any) -> Row:
    return Row(
        f"ckn.spectra.PairOperators.{name}", given or {}, oracle, pairs, **{"rtol": 1e-14, "atol": 1e-16, **more}
    )


def decomposed(row: Row) -> None:
    """The parts give G, and have its norm."""
    parts = row.raw()
    total = sum(operator(*(p for (p,) in key)) @ SECOND.T @ part for key, part in parts.items())
    np.testing.assert_allclose(total, target(), atol=1e-12)
    assert math.isclose(math.sqrt(sum(float(np.sum(x**2)) for x in parts.values())), least(target()), rel_tol=1e-12)


KERNELS = [ks.linear(), ks.polynomial(2), ks.polynomial(2)]
TREE = ((1, 1), (1, 1))


@functools.cache
def hierarchy() -> Any:
    return Hierarchy(KERNELS, [2, 2], 3)


def of_trees(name: str, given: dict[str, Kind] | None, oracle: Any, **more: Any) -> Row:
    return Row(f"ckn.spectra.Hierarchy.{name}", given or {}, oracle, hierarchy, **more)


BAD_TREES = (1, "11", None, ((1, 1, 1),), ((0,),), ((1.5,),), ((True,),), (((1,),),))
G = Array(target(), **NO_BATCH, dtype="float64", bad=(np.eye(3), np.zeros(N)))
ROWS = [
    Row(
        "ckn.spectra.PairOperators",
        {"net": Instance(net()), "positions": Given(N, bad=(0, 1.5, "4", None, (2, 2, 2), True))},
        lambda net, positions: ((N,), (N,)),
        read=lambda found: (found.positions, found.outputs),
    ),
    of_pairs("offsets", None, lambda: [(-1,), (0,)]),
    of_pairs("E", OFFSET, operator),
    of_pairs("G", OFFSET, lambda p, q: operator(p, q) @ SECOND.T),
    of_pairs(
        "response",
        {**OFFSET, "at": Whole(2, 0, N - 1), "pooled": Flag(False)},
        lambda p, q, at, pooled: (operator(p, q) @ (SECOND.T if pooled else np.eye(N)))[..., at],
        also=({"pooled": True},),
    ),
    of_pairs("operator", None, lambda: joined() @ joined().T),
    of_pairs("norm", {"target": G}, least, rtol=1e-12, degree={"target": 1}, rounding=1e-13),
    of_pairs(
        "exact",
        {"target": Given(target().astype(int).tolist(), bad=(np.eye(3), None, 1.0, "text", [["a"] * N] * N))},
        lambda target: least(target) ** 2,
        read=float,
        rtol=1e-12,
    ),
    of_pairs(
        "decomposition",
        {"target": G},
        None,
        laws={"values": decomposed},
        read=lambda parts: list(parts.values()),
        degree={"target": 1},
        rounding=1e-13,
    ),
    Row(
        "ckn.spectra.Hierarchy",
        {
            "kernels": Given(KERNELS, bad=(None, ks.linear(), [], ["linear()"], [-ks.linear()] * 3)),
            "branches": Given([2, 2], bad=(None, 2, [2], [2, 0], [2, 1.5], "22")),
            "d": Whole(3, 2),
            "terms": Whole(32, 2, 128),
        },
        lambda kernels, branches, d, terms: (branches, d),
        read=lambda found: (list(found.branches), found.d),
    ),
    of_trees("leaves", None, lambda: 4),
    of_trees(
        "eigenvalue",
        {"tree": Given(TREE, bad=BAD_TREES)},
        # 2/4 of two branches, each 2/4 of two leaves, each a third
        lambda tree: float(Fraction(1, 2) * Fraction(1, 6 * 3) ** 2),
        read=lambda found: float(found.mid()),
    ),
    of_trees("multiplicity", {"tree": Given(TREE, bad=BAD_TREES)}, lambda tree: 3**4),
    of_trees(
        "spatial_index",
        {"tree": Given(TREE, bad=BAD_TREES), "sizes": Given([0.5, 1.0], bad=([1.0], None, "ab", [math.nan, 1.0]))},
        lambda tree, sizes: 4 * 0.5 + 2 * 1.0,
    ),
]
