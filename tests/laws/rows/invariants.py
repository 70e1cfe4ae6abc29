"""`ks.sphere.invariants` and averaged kernels: counts by averaging polynomials, matrices by their definition."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec.sphere import invariants
from oracle import invariants as oracle

from ..kinds import Array, Degrees, Flag, Given, Instance, Kernel, Kind, Whole
from ..table import Row
from .shapes import PLOT, record

SHIFTS = oracle.permutation_matrices(oracle.rotations_of(4))
K = Degrees(np.array([0, 1, 2, 5]))
RNG = np.random.default_rng(5)
X = ks.sphere.sample_sphere(5, 4, 0)
NO_TYPE = ("text", 3, None, object())


@functools.cache
def group() -> Any:
    return invariants.cyclic(4)


def counts(k: Any) -> Any:
    return np.array([oracle.invariant_harmonics(SHIFTS, 4, int(n)) for n in np.ravel(k)]).reshape(np.shape(k))[()]


def gains(k: Any) -> Any:
    return (np.asarray(k) + 1) ** 2 / counts(k)  # N(4, k)


def close(row: Row) -> None:
    """Bounds from a degree on: 8 to 200 are within, and the limit is 1/4."""
    for parity, (low, high) in enumerate(row.raw(k=8)):
        for k in range(8 + parity, 200, 2):
            assert low <= Fraction(group().multiplicity(k), (k + 1) ** 2) <= high
    assert abs(float(row.raw(k=10**6)[0][0]) - 0.25) < 1e-5


def of(name: str, oracle_: Any, given: dict[str, Kind] | None = None, **more: Any) -> Row:
    return Row(f"sphere.invariants.FiniteGroup.{name}", given or {}, oracle_, group, **more)


def named(name: str, given: dict[str, Kind], order: Any, **more: Any) -> Row:
    """A constructor: the order of the group, and its invariants of degree 2 by averaging its elements."""
    return Row(f"sphere.invariants.{name}", given, order, read=lambda g: (g.order, g.multiplicity(2)), **more)


def averaged(kernel: Any, group: Any, x: Any, y: Any, normalize: bool) -> Any:
    """kappa = u^2: the mean of <x, g y>^2, over |x||y| where norms are left aside."""
    y = x if y is None else y
    total = sum((np.asarray(x) @ np.roll(y, s, axis=1).T) ** 2 for s in range(4)) / 4
    sizes = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1)
    return total / (sizes**2 if normalize else sizes)


LAM = np.array([0.01, 0.3, 2.0, 5.0])


def summed(f: Any) -> Any:
    """Over u^2 on S^3: mu_0 = 1/4 and mu_2 = 1/12."""
    return f(1 / 4) + counted(2) * f(1 / 12)


def counted(k: int) -> int:
    return int(counts(np.array([k]))[0])


def on_space(name: str, given: dict[str, Kind], oracle_: Any, **more: Any) -> Row:
    laws = {
        "scale": "an eigenvalue beside it does not scale",
        "float16": "half precision leaves the range",
        "integers": "the sample rounds to 0",
    }
    space = functools.cache(lambda: ks.rkhs.InvariantSpace(ks.polynomial(2), group()))
    return Row(
        f"rkhs.InvariantSpace.{name}", given, oracle_, space, **{"rtol": 1e-14, "atol": 1e-300, "laws": laws, **more}
    )


D = Whole(3, 1, 10_000)
LARGE = Whole(3, 1, 1000)
CHANNELS = Whole(2, 1, 10_000)
TURN = [[0, -1], [1, 0]]
ROWS = [
    record(
        "sphere.invariants.FiniteGroup",
        name="trivial(1)",
        d=1,
        order=1,
        series=((Fraction(1), ((1, 1),)),),
        classes=None,
        generators=(),
    ),
    of("multiplicity", lambda k: counts(k).astype(np.int64), {"k": K}),
    of("gain", gains, {"k": K}),
    of("share", None, {"k": Whole(8)}, laws={"values": close}),
    of("has_minus_one", lambda: False),
    of("elements", lambda most: np.array(SHIFTS, float), {"most": Whole(100, 1)}, read=lambda g: np.array(sorted_(g))),
    of("molien", lambda: 1, read=lambda f: f.subs("t", 0)),
    of("table", lambda kmax: [1, 1, 2], {"kmax": Whole(2)}, read=lambda t: t.column("N_G")),
    of("plot", lambda **_: True, PLOT, read=lambda ax: ax.has_data()),
    of("latex", lambda: True, read=lambda text: "N_G(4,k)" in text),
    named("trivial", {"d": D}, lambda d: (1, 5)),
    named("cyclic", {"d": D, "channels": CHANNELS}, lambda d, channels: (3, 6)),
    named(
        "shifts",
        {"sizes": Given((2, 2), bad=(3, "text", None, (), (0,), (1.5,), (200, 200))), "channels": CHANNELS},
        lambda sizes, channels: (4, 11),
    ),
    named("dihedral", {"d": Whole(3, 2, 10_000), "channels": CHANNELS}, lambda d, channels: (6, 5)),
    named("permutations", {"d": LARGE, "rotations": Flag(False)}, lambda d, rotations: (6, 1)),
    named("signed_permutations", {"d": LARGE, "rotations": Flag(False)}, lambda d, rotations: (48, 0)),
    named("sign_changes", {"d": LARGE}, lambda d: (8, 2)),
    named(
        "coxeter",
        {"name": Given("I2(5)", bad=("H5", "I2(2)", 3, None, "", "a4")), "rotations": Flag(True)},
        lambda name, rotations: (5, 0),
    ),
    named(
        "permutation_group",
        {"generators": Given([[1, 2, 0]], bad=("text", 3, None, [], [[0, 0]], [[0.0, 1.0]])), "most": Whole(10, 1)},
        lambda generators, most: (3, 1),
    ),
    named(
        "matrices",
        {"generators": Given([TURN], bad=("text", 3, None, [], [[[1, 1], [0, 1]]], [[1]])), "most": Whole(10, 1)},
        lambda generators, most: (4, 0),
    ),
    named(
        "product",
        {"groups": Given((invariants.trivial(1), invariants.cyclic(2)), bad=((), (3,), ("text",)))},
        lambda groups: (2, 3),
    ),
    Row(
        "rkhs.InvariantSpace",
        {"kernel": Kernel(ks.ntk(3)), "group": Instance(group())},
        lambda kernel, group: (kernel, group),
        read=lambda found: (found.kernel, found.group),
    ),
    on_space(
        "levels",
        {"degrees": Whole(4, 2)},
        lambda degrees: np.array([1 / 4, 0, 1 / 12, 0]),
        read=lambda found: found.upper,
    ),
    on_space(
        "effective_dimension",
        {"lam": Array(LAM, 0, "float64", scalars=True, bad=(0.0, -1.0)), "certified": Flag(False)},
        lambda lam, certified: summed(lambda mu: mu / (mu + lam)),
    ),
    on_space(
        "information_gain",
        {"n": Whole(20, 1), "noise": Array(LAM, 0, "float64", scalars=True, bad=(0.0, -1.0)), "certified": Flag(False)},
        lambda n, noise, certified: summed(lambda mu: np.log1p(n * mu / noise**2) / 2),
    ),
    on_space(
        "tail",
        {"r": Degrees(np.array([0, 1, 2, 9])), "certified": Flag(False)},
        lambda r, certified: np.array(
            [max(int(counts(np.array([2]))[0]) - max(x - 1, 0), 0) / 12 + (x < 1) / 4 for x in r]
        ),
    ),
    Row(
        "rkhs.averaged_gram",
        {
            "kernel": Instance(ks.polynomial(2)),
            "group": Instance(group()),
            "x": Array(X, 0, "float64", bad=(X[:, :3], X[0])),
            "y": Array(ks.sphere.sample_sphere(3, 4, 1), 1, "float64", bad=(X[:, :3],), none=True),
            "normalize": Flag(False),
        },
        averaged,
        also=({"y": None}, {"normalize": True}),
        rtol=1e-13,
        atol=1e-15,
        rounding=1e-14,
        degree={"x": 1, "y": 1},
        laws={"symmetry": "x and y are exchanged in tests/rkhs/test_invariant.py, where the result is transposed"},
    ),
]


def sorted_(elements: Any) -> list[Any]:
    """By where the first coordinate goes, as SHIFTS are."""
    return sorted(elements, key=lambda g: int(np.argmax(g[0])))
