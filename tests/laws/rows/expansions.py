"""`Puiseux`, `decay` and balls: the exact coefficients of claims 13 to 16 and 25, and their arithmetic in sympy."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import sympy

import kernelspec as ks
from kernelspec.decay import DecayFit
from oracle.mpmath_values import power_eigenvalue

from ..kinds import Degrees, Flag, Free, Given, Kernel, Kind, Real, Whole
from ..table import Row
from .shapes import PLOT, drawn, record, refusing
from .spectra import of_the_ramp

D = 5
HALF = Fraction(3, 2)
RAMP = 2 * sympy.sqrt(2) / (3 * sympy.pi)  # kappa_1 = 1 - t + 2 sqrt(2)/(3 pi) t^{3/2} + ... (claim 13)


@functools.cache
def series() -> Any:
    return ks.arccos(1).expand(at=1, terms=3)


@functools.cache
def law() -> Any:
    return ks.arccos(1).decay(D)


def exact() -> list[tuple[Fraction, Any]]:
    return [(Fraction(0), sympy.Integer(1)), (Fraction(1), sympy.Integer(-1)), (HALF, RAMP)]


def of(door: str, oracle: Any, given: dict[str, Kind] | None = None, **more: Any) -> Row:
    return Row(f"expansions.Puiseux.{door}", given or {}, oracle, more.pop("maker", series), **more)


def floats(found: Any) -> Any:
    return [(float(e), float(c.evalf(20))) for e, c in found.terms]


def squared(*_: Any, **__: Any) -> Any:
    """(1 - t + a t^{3/2})^2 up to O(t^{5/2})."""
    return [(0.0, 1.0), (1.0, -2.0), (1.5, 2 * float(RAMP)), (2.0, 1.0)]


def term(k: Any) -> Any:
    """Claims 16, 25: mu_k of the leading power at both ends, for even k; odd k vanish."""
    with mp.workdps(40):
        even = [float(power_eigenvalue(D, 1.5, int(n))) if n % 2 == 0 else 0.0 for n in np.ravel(k)]
    return (2 * float(RAMP) * np.array(even)).reshape(np.shape(k))


def constant() -> float:
    """2 a C(d, 3/2): mu_k ~ constant k^{-(d+2)}."""
    nu = 1.5
    size = 2 ** (nu + D - 2) * math.gamma(D / 2) * math.gamma(nu + (D - 1) / 2) / math.sqrt(math.pi) / math.gamma(-nu)
    return 2 * float(RAMP) * size


def near_the_spectrum(row: Row) -> None:
    """The law is that of the eigenvalues: within c/k^2 of them at k = 40, as the next power is two beyond."""
    ratio = float(of_the_ramp(D, 40)) / float(row.raw(k=40))
    assert 0 < abs(ratio - 1) < 30 / 40**2
    np.testing.assert_allclose(row.call()[0], term(row.arguments["k"]), rtol=1e-14)


def looks(found: Any) -> Any:
    return (float(found.nu), float(found.exponent), float(found.c_plus), float(found.c_minus))


EXACT = [(float(e), c) for e, c in exact()]
TERMS = tuple((e, c) for e, c in exact())
ROWS = [
    record("expansions.Puiseux", entries=(), order=HALF, variable="t", kernel=None, at=1),
    of("terms", lambda: TERMS, read=lambda terms: [tuple(term) for term in terms]),
    of("exponents", lambda: [e for e, _ in TERMS], read=list),
    of("coefficients", lambda: [c for _, c in TERMS], read=list),
    of("coefficient", lambda exponent: RAMP, {"exponent": Given(HALF, bad=("x", None, 3, 5, 1j, float("nan")))}),
    of(
        "exact_coefficient",
        lambda exponent: RAMP,
        {"exponent": Given(HALF, bad=("x", None, 3))},
        read=lambda number: number.sympy(),
    ),
    of(
        "balls",
        lambda digits: np.array([1, -1, float(RAMP)]),
        {"digits": Whole(20, 1)},
        read=lambda balls: np.array([float(ball.mid()) for ball in balls]),
    ),
    of(
        "evalf",
        lambda digits: np.array([1, -1, float(RAMP)]),
        {"digits": Whole(20, 1)},
        read=lambda numbers: np.array([float(x) for x in numbers]),
    ),
    of("__call__", lambda t: 1 - t + float(RAMP) * t**1.5, {"t": Real(0.25, bad=(-1.0,))}, also=({"t": 0.0},)),
    of(
        "in_sigma",
        lambda: [(0.0, 1.0), (2.0, -2.0), (3.0, float(RAMP) * 2**1.5)],
        read=lambda found: floats(found),
        rtol=1e-15,
    ),
    of("leading", lambda: Fraction(0)),
    of(
        "__add__",
        lambda other: [(e, 2 * float(c)) for e, c in EXACT],
        {"other": Given(series(), bad=("text", None, 1j))},
        read=floats,
        laws={"types": refusing},
    ),
    of(
        "__sub__",
        lambda other: [],
        {"other": Given(series(), bad=("text", None, 1j))},
        read=floats,
        laws={"types": refusing},
    ),
    of("__mul__", squared, {"other": Given(series(), bad=("text", None, 1j))}, read=floats, laws={"types": refusing}),
    of("__neg__", lambda: [(e, -float(c)) for e, c in EXACT], read=floats),
    of(
        "scaled",
        lambda c: [(e, float(each) / 3) for e, each in EXACT],
        {"c": Given(Fraction(1, 3), bad=("text", None, 1j, float("nan")))},
        read=floats,
        named={"c": "(c|constant)"},
    ),
    of("truncated", lambda order: [(0.0, 1.0)], {"order": Given(1, bad=("text", None, 1j, float("nan")))}, read=floats),
    of("power", squared, {"q": Given(2, bad=("text", None, 1j, float("nan")))}, read=floats),
    of(
        "exponential",
        lambda: [(0.0, math.e), (1.0, -math.e), (1.5, math.e * float(RAMP)), (2.0, math.e / 2)],
        read=floats,
    ),
    of("latex", lambda full: True, {"full": Flag(False)}, read=lambda text: "t^{3/2}" in text),
    of(
        "table",
        lambda digits: [e for e, _ in TERMS],
        {"digits": Whole(8, 1)},
        read=lambda table: [row["exponent"] for row in table],
    ),
    of("plot", lambda **_: True, PLOT, read=lambda ax: len(drawn(ax)) == 2),
    Row(
        "numbers.Enclosure",
        {"value": Free(flint.arb("0.25"), why="a ball"), "digits": Free(5, why="from the library")},
        lambda value, digits: "0.25000",
        read=repr,
    ),
    record(
        "decay.Decay",
        kernel=ks.linear(),
        d=3,
        nu=1,
        exponent=1,
        c_plus=1,
        c_minus=1,
        even=1,
        odd=1,
        parities=(),
        rate=None,
    ),
    record("decay.DecayFit", nu_even=1.5, nu_odd=None, even=1.0, odd=None),
    record("decay.Parity", kind="power", nu=1, exponent=2, constant=3, degree=None, coefficient=4),
    record("decay.Rate", statement="entire", rho=None, asymptote=None),
    Row(
        "decay.decay",
        {"kernel": Kernel(ks.arccos(1)), "d": Whole(D, 2)},
        lambda kernel, d: (1.5, d + 2.0, float(RAMP), float(RAMP)),
        read=looks,
        rtol=1e-15,
    ),
    Row("decay.asymptotes", {"kernel": Kernel(ks.arccos(1))}, lambda kernel: True, read=lambda both: len(both) == 2),
    Row(
        "decay.fit",
        {
            "spectrum": Given(ks.arccos(1).spectrum(D), bad=("text", None, ks.ntk(3))),
            "k": Given((1000, 2000), bad=(5, "ab", (1, 2, 3), (20, 10), (1.5, 20))),
        },
        lambda spectrum, k: 1.0,
        read=lambda fit: fit.even / constant(),
        rtol=2e-3,
    ),
    Row(
        "decay.Decay.at",
        {"k": Degrees(np.array([2, 3, 4, 5, 40, 10**6]), bad=(0,))},
        None,
        law,
        laws={"values": near_the_spectrum},
    ),
    Row("decay.Decay.latex", {"full": Flag(False)}, lambda full: True, law, read=lambda text: "k^{-7}" in text),
    Row(
        "decay.Decay.table",
        {},
        lambda: ("power", 1.5, 7.0, constant(), "vanishing", 1),
        law,
        read=lambda t: (
            t[0]["kind"],
            float(t[0]["nu"]),
            float(t[0]["exponent"]),
            float(t[0]["constant"]),
            t[1]["kind"],
            t[1]["degree"],
        ),
    ),
    Row(
        "decay.Decay.plot",
        {**PLOT, "kmax": Whole(100, 1), "degrees": Given(None, bad=("text", 1.5, [-1]))},
        lambda **_: True,
        law,
        read=lambda ax: len(drawn(ax)) >= 1,
    ),
    Row(
        "decay.DecayFit.exponent",
        {"d": Free(5, why="that of the spectrum")},
        lambda d: 7.0,
        lambda: DecayFit(1.5, None, 1.0, None),
    ),
]
