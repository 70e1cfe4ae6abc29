"""Functions on the sphere and the RKHS that they may be in."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import rkhs

from ..kinds import Array, Given, Instance, Kernel, Kind, Real, Whole
from ..table import Row
from .shapes import PLOT, drawn, record, refusing, rows_of

D = 3
W = [0.6, 0.8, 0.0]
POINTS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]])


def function(w: Any = tuple(W)) -> Any:
    return rkhs.ridge(ks.ntk(3), list(w))


@functools.cache
def space() -> Any:
    return rkhs.Space(ks.ntk(3), D)


@functools.cache
def curve() -> Any:
    return space().approximation(rkhs.polynomial("x1", D), np.array([0.0, 0.1, 100.0]))


def linear(radius: float) -> float:
    """x_1 has one harmonic, of degree 1 and mean square 1/3: the distance is 1/sqrt(3) less sqrt(mu_1) radius."""
    return max(1 / math.sqrt(3) - math.sqrt(first()) * radius, 0.0)


@functools.cache
def first() -> float:
    """mu_1 of ntk(3) on S^2 by the midpoint rule, from `oracle.deep`."""
    import mpmath as mp

    from oracle import deep, mpmath_values

    with mp.workdps(20):
        return float(mpmath_values.quadrature(deep.ntk(3), D, [1], nodes=120)[1])


@functools.cache
def finite() -> Any:
    """u/2 + u^2/2 on S^2: mu_0 = mu_1 = 1/6, mu_2 = 1/15."""
    return rkhs.Space(ks.parse("0.5*linear() + 0.5*polynomial(2)"), D)


def curve_errors(f: Any, n: Any, ridge: float, noise: float) -> Any:
    """Of x_1, which has the power 1/3 at degree 1."""
    from oracle import learning_curves

    levels = [(1 / 6, 1, 0), (1 / 6, 3, 1 / 3), (1 / 15, 5, 0)]
    return np.array([float(learning_curves.solved(levels, int(m), ridge, noise)[1]) for m in np.atleast_1d(n)])


def kappa(u: float) -> float:
    import mpmath as mp

    from oracle import deep

    with mp.workdps(20):
        return float(deep.ntk(3)(mp.mpf(u)))


def of(name: str, make: Callable[[], Any], given: dict[str, Kind], oracle: Any, **more: Any) -> Row:
    return Row(f"rkhs.{name}", given, oracle, make, **more)


@functools.cache
def cube() -> Any:
    return rkhs.CubeSpace(ks.ntk(3), D)


@functools.cache
def xi(k: int) -> float:
    """An eigenvalue on the cube, from `oracle.cube`."""
    import mpmath as mp

    from oracle import cube as on_cube
    from oracle import deep

    with mp.workdps(30):
        return float(on_cube.eigenvalue(deep.ntk(3), D, k))


def cube_norm() -> float:
    """Of x_1^3 x_2 - 2 x_3, which is x_1 x_2 - 2 x_3 on the cube."""
    return math.sqrt(1 / xi(2) + 4 / xi(1))


def operator(name: str, other: Any, bad: tuple[Any, ...], oracle: Any) -> Row:
    return of(
        f"Function.{name}", function, {"other": Given(other, bad=bad)}, oracle, read=lambda f: f(POINTS),
        rtol=1e-14, laws={"types": refusing},
    )  # fmt: skip


def profile(name: str, argument: str, value: Any, bad: tuple[Any, ...], oracle: Callable[[Any], Any]) -> Row:
    """By its values at -0.5 and 0.7."""
    u = np.array([-0.5, 0.7])
    given = {argument: Given(value, bad=("text", None, 1j, [1, 2], math.nan, math.inf, *bad))}
    return Row(f"rkhs.{name}", given, lambda **k: oracle(u), read=lambda g: g(u))


OTHERS = np.array([kappa(float(x)) for x in POINTS[:, 0]])
VALUES = np.array([kappa(float(x)) for x in POINTS @ W])
F = Instance(function())
CUBIC = Instance(rkhs.polynomial("x1**3*x2 - 2*x3", D))
ROWS = [
    Row(
        "Zonal.rkhs",
        {"d": Whole(D, 2), "domain": Given("sphere", bad=("ball", "", 3, None))},
        lambda d, domain: ("Space" if domain == "sphere" else "CubeSpace", d),
        lambda: ks.ntk(3),
        also=({"domain": "cube"},),
        read=lambda found: (type(found).__name__, found.d),
    ),
    Row(
        "rkhs.Space", {"kernel": Kernel(ks.ntk(3)), "d": Whole(D, 2)}, lambda kernel, d: (kernel, d),
        read=lambda found: (found.kernel, found.d),
    ),
    Row(
        "rkhs.ridge",
        {
            "g": Kernel(ks.ntk(3)),
            "w": Given(W, bad=("ab", 3, None, [1.0], [1.0, 1.0], [math.nan, 0.0], [1j, 0.0], [[1.0, 0.0]], np.eye(2))),
        },
        lambda **_: VALUES,
        read=lambda f: f(POINTS),
        rtol=1e-14,
    ),
    Row(
        "rkhs.polynomial",
        {
            "text": Given("x1**2*x2 - x3/2", bad=(3, None, b"x1", "x9", "x1/x2", "sin(x1)", "x1**61", "", "1e999")),
            "d": Whole(D, 2),
        },
        lambda **_: np.array([0.0, 0.0, 0.5]),
        read=lambda f: f(POINTS),
    ),
    Row(
        "rkhs.parse",
        {
            "text": Given("x1**2*x2 - x3/2", bad=(3, None, b"x1", "x9", "x1/x2", "sin(x1)", "x1**61", "", "relu(")),
            "d": Whole(D, 2),
        },
        lambda **_: np.array([0.0, 0.0, 0.5]),
        read=lambda f: f(POINTS),
    ),
    profile("relu", "s", 2, (-1, 101), lambda u: np.array([0.0, 0.7**2])),
    profile("abs_power", "s", Fraction(2), (-1, 101), lambda u: u**2),
    profile("step", "t", 0.5, (1, -1, 2), lambda u: np.array([0.0, 1.0])),
    record("rkhs.Function", d=3, ridges=(), polynomial={}),
    of(
        "Function.__call__", function, {"x": Array(POINTS, dtype="float64", bad=(np.ones((2, 3)), POINTS[:, :2]))},
        lambda x: VALUES if np.shape(x) == POINTS.shape else [kappa(float(u)) for u in np.asarray(x) @ W], rtol=1e-14,
        laws={"scale": "unit vectors are of length 1"},
    ),
    operator("__add__", function((1, 0, 0)), ("text", None, 3), lambda other: VALUES + OTHERS),
    operator("__sub__", function((1, 0, 0)), ("text", None, 3), lambda other: VALUES - OTHERS),
    operator("__mul__", 2.5, ("text", None, 1j, function()), lambda other: 2.5 * VALUES),
    operator("__truediv__", 2, ("text", None, 0, function()), lambda other: VALUES / 2),
    of("Function.__neg__", function, {}, lambda: -VALUES, read=lambda f: f(POINTS), rtol=1e-14),
    of(
        "Space.norm", space, {"f": F, "digits": Whole(None, 1, 200, none=True)}, lambda **_: math.sqrt(3),
        rtol=1e-15, also=({"digits": 20},), read=float,
    ),
    of(
        "Space.inner", space,
        {"f": F, "g": Instance(function((1, 0, 0))), "digits": Whole(None, 1, 200, none=True)},
        lambda **_: kappa(0.6), rtol=1e-14, also=({"digits": 20},), read=float,
    ),
    of("Space.contains", space, {"f": F}, lambda f: True, read=lambda found: found.member),
    of(
        "Space.approximation", space,
        {
            "f": Instance(rkhs.polynomial("x1", D)),
            "radii": Array(np.array([0.0, 0.1, 0.2]), axis=0, dtype="float64", bad=(-1.0,)),
        },
        lambda f, radii: np.array([linear(float(r)) for r in radii]),
        read=lambda found: found.error, rtol=1e-9, rounding=1e-9,
        laws={"scale": "the distance is no homogeneous function of the radius"},
    ),
    of(
        "Space.learning_curve", finite,
        {
            "f": Instance(rkhs.polynomial("x1", D)), "n": Given([2, 5], bad=("text", 0, [1.5], [], None)),
            "ridge": Real(1e-3, bad=(-1.0,)), "noise": Real(0.1, bad=(-1.0,)),
        },
        curve_errors, read=lambda found: found.error, rtol=1e-9,
    ),
    Row(
        "rkhs.CubeSpace", {"kernel": Kernel(ks.ntk(3)), "d": Whole(D, 1, 4000)}, lambda kernel, d: (kernel, d),
        read=lambda found: (found.kernel, found.d),
    ),
    of(
        "CubeSpace.norm", cube, {"f": CUBIC, "digits": Whole(None, 1, 200, none=True)}, lambda **_: cube_norm(),
        rtol=1e-15, also=({"digits": 20},), read=float,
    ),
    of("CubeSpace.contains", cube, {"f": CUBIC}, lambda f: True, read=lambda found: found.member),
    of("CubeSpace.spectrum", cube, {}, lambda: xi(2), read=lambda s: s[2], rtol=2e-16),
    of("Space.smoothness", space, {}, lambda: (Fraction(3, 2), Fraction(3, 2)), read=lambda s: (s.even, s.odd)),
    of("Space.sobolev", space, {}, lambda: True, read=lambda s: s.odd.lower <= 2**1.5 * first() <= s.odd.upper),
    record("rkhs.Membership", member=True, why="", proof=()),
    of("Membership.table", lambda: space().contains(function()), {}, lambda: True, read=lambda t: len(t) > 0),
    record("rkhs.Smoothness", even=Fraction(1), odd=None),
    of("Smoothness.table", lambda: space().smoothness, {}, lambda: ["even", "3/2", "odd", "3/2"], read=rows_of),
    record("rkhs.Sobolev", kernel=1, d=3, mean=1.0, even=None, odd=None, why=()),
    of("Sobolev.table", lambda: space().sobolev, {}, lambda: ["even", "odd"], read=lambda t: t.column("parity")),
    record("rkhs.ApproximationCurve", radii=0.0, error=1.0, lower=1.0, sup=2.0, norm=3.0, title=""),
    of("ApproximationCurve.table", curve, {}, lambda: [0.0, 0.1, 100.0], read=lambda t: t.column("radius")),
    of(
        "ApproximationCurve.plot", curve, PLOT, lambda **_: [np.array([[0.1, linear(0.1)]])],
        read=drawn, rtol=1e-9,
    ),
]  # fmt: skip
