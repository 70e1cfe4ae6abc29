"""`Spectrum` and `Remainder`, against quadrature in balls that shares no code with them (`oracle.mpmath_values`)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import flint
import mpmath as mp
import numpy as np

import kernelspec as ks
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import deep as oracle
from oracle import mpmath_values as reference

from ..harmonics import count, legendre
from ..kinds import Array, Degrees, Flag, Free, Given, Kind, Whole
from ..table import Row
from .shapes import PLOT, drawn, record

D = 5
K = Degrees(np.array([0, 1, 2, 3, 6, 9]))
LARGE_K = np.array([0, 1, 2, 5, 40, 700, 10**6])
BEYOND = Degrees(np.array([40, 41, 60, 42]), bad=(1,))
SLICES = {"k": "(k|slice)"}


def spectrum(kernel: str = "ntk(3)", d: int = D) -> Callable[[], Any]:
    return functools.cache(lambda: ks.parse(kernel).spectrum(d))


@functools.cache
def exact() -> dict[int, Any]:
    """mu_k of ntk(3) on S^4 for k < 10, to 25 digits, and two beyond."""
    return reference.quadrature(oracle.ntk(3), D, [*range(10), 40, 41, 42, 60], nodes=120)


def mu(k: Value) -> Any:
    if np.ndim(k) == 0:
        return float(exact()[int(k)])
    return np.array([float(exact()[int(n)]) for n in np.asarray(k).ravel()]).reshape(np.shape(k))


def logs(k: Value) -> Any:
    return np.array([float(mp.log(abs(exact()[int(n)]))) for n in k])


def door(name: str, given: dict[str, Kind], oracle: Any, **more: Any) -> Row:
    more = {"rtol": 2e-14, "rounding": 0.0, **more}
    return Row(f"spectrum.Spectrum.{name}", given, oracle, spectrum(), **more)


def estimates(row: Row) -> None:
    """The error is not below the true one, and not far above it."""
    found, (value,) = row.call()[-1], (ks.ntk(3).spectrum(D)(K.value),)
    with mp.workdps(40):
        true = np.array([float(abs(mp.mpf(v) / exact()[int(n)] - 1)) for n, v in zip(K.value, value, strict=True)])
    if row.door.endswith("approximate"):
        found = found / np.abs(value)
    assert np.all(found >= true) and np.all(found < 2e-13)


def bounded(row: Row) -> None:
    """The bound of the expansion holds, and is near what it bounds: at most 100 times."""
    s, k = ks.ntk(3).spectrum(D), np.array([40, 41, 60])
    with mp.workdps(40):
        difference = [abs(exact()[int(n)] - _middle(s.asymptotic_ball(int(n), 3, digits=40))) for n in k]
        bound = s.asymptotic_bound(k, 3)
        ratios = [float(mp.mpf(b) / each) for b, each in zip(bound, difference, strict=True)]
    assert min(ratios) >= 1 and max(ratios) < 100, ratios


def _middle(ball: flint.arb) -> Any:
    mantissa, exponent = flint.arb(ball).mid().man_exp()
    return mp.mpf(int(mantissa)) * mp.mpf(2) ** int(exponent)


def contains(row: Row) -> None:
    """The balls contain the values, and have the digits."""
    with mp.workdps(40):
        for n, ball in zip(K.value, row.raw(k=K.value), strict=True):
            error = abs(_middle(ball) - exact()[int(n)])
            assert error <= mp.mpf(10) ** -20 * abs(exact()[int(n)])
            assert ball.rad() <= flint.arb(10) ** -20 * abs(ball)


def floats(result: Any) -> Any:
    """Balls as the floats of their midpoints."""
    return np.array([float(each.mid()) for each in result]) if isinstance(result, list) else float(result.mid())


def mercer(t: Value, kmax: int) -> Any:
    with mp.workdps(40):
        sums = [
            mp.fsum(exact()[k] * count(D, k) * legendre(u, D, k) for k in range(kmax + 1)) for u in np.ravel(t).tolist()
        ]
    return np.array([float(s) for s in sums]).reshape(np.shape(t))


def expansion(m: int, k: int) -> Any:
    """Claims 15, 18 for rf(2) = kappa_1 on S^{d-1}: the leading term a_0 t^{3/2}, a_0 = 2 sqrt(2)/(3 pi)."""
    a = 2 * mp.sqrt(2) / (3 * mp.pi)
    return float((a + (a if k % 2 == 0 else -a)) * reference.power_eigenvalue(D, mp.mpf(3) / 2, k))


@functools.cache
def remainder() -> Any:
    return ks.arccos(1).spectrum(D).remainder(1)


def of_the_remainder(name: str, given: dict[str, Kind], oracle: Any, **more: Any) -> Row:
    return Row(f"spectrum.Remainder.{name}", given, oracle, remainder, read=lambda b: float(b.mid()), **more)


@functools.cache
def of_the_ramp(d: int, k: int) -> Any:
    return reference.quadrature(lambda u: oracle.arccosine(1, u), d, [k], nodes=60 + k)[k]


def true_bound(row: Row) -> None:
    """bound(k) is not below what the first term misses of mu_k of kappa_1, nor is `beyond` above it; and it is near."""
    for k in (40, 60):
        with mp.workdps(40):
            missed = abs(of_the_ramp(D, k) - mp.mpf(expansion(0, k)))
        bound, beyond = remainder().bound(k), remainder().beyond(k)
        assert float(beyond.upper()) <= float(bound)
        assert float(missed) <= float(bound) <= 100 * float(missed)


def fitted(row: Row) -> None:
    """nu and the constants of claim 25: nu = 3/2 for kappa_1, whose odd part is a line."""
    fit = row.raw()
    np.testing.assert_allclose([fit.nu_even, fit.even / mu_constant()], [1.5, 1.0], rtol=2e-3)
    assert fit.nu_odd is None and fit.odd is None


def mu_constant() -> float:
    """mu_k ~ constant k^{-(d+2)} over the even k: 2 a_0 C(d, 3/2)."""
    return float(expansion(0, 10**6) * mp.mpf(10) ** (6 * (D + 2)))


def table(degrees: Any, digits: Any) -> Any:
    return [value for k in np.atleast_1d(degrees).tolist() for value in (k, count(D, k), mu(k))]


WHOLE_SUM = "all degrees make one sum"
ROWS = [
    Row(
        "spectrum.Spectrum",
        {"kernel": Given(ks.ntk(3), bad=("ntk(3)", None, 1.0)), "d": Whole(D, 2)},
        lambda kernel, d: ("ntk(3)", d),
        read=lambda s: (repr(s.kernel), s.d),
    ),
    door("__call__", {"k": K}, mu, extreme=({"k": LARGE_K},)),
    door(
        "__getitem__",
        {"k": Degrees(K.value, bad=(slice(None), slice(-1, 3), slice(0, 5, 0)))},
        mu,
        also=({"k": 4},),
        named=SLICES,
    ),
    # Two roundings of mu_0, whose logarithm is -0.19.
    door("log_abs", {"k": K}, logs, rtol=3e-15, extreme=({"k": LARGE_K},)),
    door(
        "values",
        {"k": K, "estimate": Flag(False)},
        lambda k, estimate: (mu(k), logs(k), np.sign(mu(k))),
        read=lambda values: tuple(values)[:3],
        laws={"numbers": "they are arrays, whatever was asked for"},
    ),
    door("error", {"k": K}, None, laws={"values": estimates}, rounding=1.0),
    door("approximate", {"k": K}, None, laws={"values": estimates}, rounding=1e-12),
    door("method", {"k": Whole(4)}, lambda k: "branch-cut integral", also=({"k": 7},)),
    Row(
        "spectrum.Spectrum.exact",
        {"k": Whole(2)},
        lambda k: 0.0 if k == 3 else float(of_the_ramp(3, k)),
        spectrum("arccos(1)", 3),
        also=({"k": 0}, {"k": 1}, {"k": 3}),
        read=lambda found: float(found.evalf(30)),
    ),
    door(
        "certified",
        {"k": Degrees(K.value, scalars=False, bad=(slice(None),)), "digits": Whole(20, 1, 10_000)},
        None,
        laws={"values": contains},
        read=floats,
        named=SLICES,
    ),
    door("asymptotic", {"k": BEYOND, "terms": Whole(8, 1)}, lambda k, terms: mu(k), rtol=1e-9),
    door(
        "asymptotic_ball",
        {"k": Whole(60), "terms": Whole(8, 1), "digits": Whole(20, 1)},
        lambda k, terms, digits: mu(k),
        rtol=1e-11,
        read=floats,
    ),
    door("asymptotic_bound", {"k": BEYOND, "terms": Whole(3, 1)}, None, laws={"values": bounded}),
    Row(
        "spectrum.Spectrum.remainder",
        {"terms": Whole(2, 1)},
        lambda terms: (D, 1.5, 2.5),
        spectrum("arccos(1)"),
        read=lambda r: (r.d, *(float(nu) for nu, _, _ in r.terms)),
    ),
    door("multiplicity", {"k": K}, lambda k: np.array([count(D, int(n)) for n in k])),
    door("trace", {"kmax": Whole(9)}, lambda kmax: float(mercer([1.0], kmax)[0]), also=({"kmax": 0},)),
    door(
        "mercer",
        {"t": Array(np.array([-1.0, 0.25, 0.5, 1.0]), 0, "float64", scalars=True, bad=(1.5,)), "kmax": Whole(9)},
        mercer,
        atol=1e-14,
        laws={"scale": "cosines have no scale"},
    ),
    Row(
        "spectrum.Spectrum.fit",
        {"k": Given((1000, 2000), bad=(5, "ab", (1, 2, 3), (20, 10), (1.5, 20)))},
        None,
        spectrum("arccos(1)"),
        laws={"values": fitted},
        read=lambda fit: (fit.nu_even, fit.even),
    ),
    door(
        "table",
        {
            "degrees": Degrees(np.array([0, 2, 3]), None, none=True, why="a row of text each", bad=(slice(None),)),
            "digits": Given(None, bad=("text", 0, 1.5)),
        },
        table,
        also=({"degrees": 4},),
        read=lambda table: [row[name] for row in table for name in ("k", "multiplicity", "mu")],
        named={"degrees": "(degrees|slice)"},
    ),
    door(
        "plot",
        {**PLOT, "kmax": Whole(9, 1), "degrees": Given(None, bad=("text", 1.5, [-1]))},
        lambda **_: [np.column_stack([k, mu(k)]) for k in (np.array([2, 4, 6, 8]), np.array([1, 3, 5, 7, 9]))],
        read=lambda axes: drawn(axes)[::2],
    ),
    record("spectrum.Values", value=1.0, log_abs=0.0, sign=1.0, error=0.5),
    record("spectrum.Approximation", value=1.0, error=0.5),
    record("spectrum.Remainder", d=3, terms=(), order=1, constant=1, height=1, largest=1, start=2),
    of_the_remainder("term", {"m": Free(0, why="an index"), "k": Free(40, why="a degree")}, expansion, rtol=1e-15),
    of_the_remainder("sum", {"k": Free(40, why="a degree")}, lambda k: expansion(0, k), rtol=1e-15),
    of_the_remainder("bound", {"k": Given(40, bad=(0,))}, None, laws={"values": true_bound}),
    of_the_remainder("beyond", {"k": Free(40, why="a degree")}, None, laws={"values": true_bound}),
]
