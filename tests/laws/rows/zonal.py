"""`Zonal`: facts, readings in other numbers, and what people look at."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import sympy

import kernelspec as ks
from kernelspec.kernels.end_facts import Part
from kernelspec.kernels.points import Point
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.arithmetic import FloatArithmetic
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.rational import as_exact
from oracle.mpmath_values import rf_value

from ..kinds import Array, Flag, Free, Given, Kind, Whole
from ..table import Row, cases
from .shapes import PLOT, drawn, record, rows_of
from .zonal_values import NO_SCALE, NTK, exactly, ntk, of


def fact(name: str, at: Mapping[str, Any], close: float = 0.0) -> Row:
    """A property, for several kernels."""
    first = next(iter(at))
    values = cases(at=at, of=lambda text: getattr(ks.parse(text), name), close=close)
    return Row(f"Zonal.{name}", of=of(first), laws={"values": values})


def method(
    name: str, at: Mapping[str, Any], call: Callable[[Value], Value], given: Mapping[str, Kind], **more: Any
) -> Row:
    """A method, for several kernels."""
    laws = {"values": cases(at=at, of=lambda text: call(ks.parse(text))), **more.pop("laws", {})}
    return Row(f"Zonal.{name}", given, of=of(next(iter(at))), laws=laws, **more)


def expected_error(name: str, wrong: str, right: str) -> Row:
    """`require_*`: an error that says what is refused, for some kernels."""

    def values(row: Row) -> None:
        try:
            getattr(ks.parse(wrong), name)("eigenvalues")
        except ValueError as error:
            assert "eigenvalues" in str(error)
        else:
            raise AssertionError(f"{wrong} is not refused")
        assert getattr(ks.parse(right), name)("eigenvalues") is None

    return Row(
        f"Zonal.{name}",
        {"refused": Free("eigenvalues", why="a part of the message")},
        of=of(right),
        laws={"values": values},
    )


def point(u: float) -> Any:
    return Point.from_cosine(FloatArithmetic(), np.float64(u))


POINT = Free(point(0.25), why="a point is made by the library; kernels of one's own read it")


def read_pair(pair: Any) -> Any:
    return tuple(float(part) for part in pair)


def plot_oracle(**_: object) -> Any:
    u = np.cos(np.linspace(math.pi, 0.0, 401))
    with mp.workdps(30):
        return np.column_stack([u, [float(ntk(mp.mpf(x))) for x in u]])


def table_oracle(u: Value) -> Value:
    u = np.arange(-5, 6) / 5 if u is None else np.asarray(u)
    kappa_u = exactly(ntk)(u=u)
    columns = (u, kappa_u, 3 - kappa_u, np.arccos(u))
    return [value for row in zip(*columns, strict=True) for value in row]


def taylor_oracle(terms: int, digits: int) -> Any:
    with mp.workdps(40):
        return np.array([float(b) for b in mp.taylor(lambda u: rf_value(3, 1, u), 0, terms - 1)])


SYMBOL = sympy.Symbol("u", real=True)
ROWS = [
    fact(
        "at_one", {"ntk(3)": 3.0, "2*laplace(c=1)": 2.0, "sine_power(-1/2)": math.inf, "dual('exp')": math.e**2}, 2e-16
    ),
    fact("radius", {"ntk(3)": 1.0, "exponential(1)": math.inf, "rational_quadratic(alpha=1, scale=1)": 2.0}, 4e-16),
    fact("singular", {"arccos(1)": {1, -1}, "laplace(c=1)": {1}, "exponential(1)": set(), "polynomial(3)": set()}),
    fact("series_sign", {"arccos(1)": 1, "-1*arccos(1)": -1, "arccos(1) - 2*polynomial(2)": 0, "linear()": 1}),
    fact("rational_one", {"ntk(3)": 3, "arccos(0)": 1, "sine_power(-1/2)": None}),
    fact("is_constant", {"polynomial(0)": True, "linear()": False, "ntk(3)": False}),
    fact("truncation", {"ntk(3)": 0.0, "power_series(1, missing=0.25)": 0.25}),
    fact("smooth_in_angle", {"dual('relu6')": True, "ntk(3)": True, "linear()": True, "matern(nu=1)": False}),
    fact("singular_parts", {"arccos(1)": (True, False), "dual('hardtanh')": (False, True), "linear()": (False, False)}),
    fact("taylor_radii", {"arccos(1)": (1, math.inf), "rational_quadratic()": (2, 2), "matern(3/4)": (None, None)}),
    fact(
        "outgrows",
        {
            "mlp(3, activation='silu', tangent=True)": ks.mlp(3, activation="silu"),
            "network('dense(1, 0, 0, 0) > silu > dense(1)', tangent=True)": None,
            "network('dense(1) > silu > dense(1) > step > dense(1)', tangent=True)": None,
            "mlp(3, activation='silu')": None,
        },
    ),
    fact("exponential_type", {"exponential(1/2)": 4, "dual('sin')": 1, "ntk(3)": None}),
    fact("taylor_parts", {"dual('hardtanh')": (Part(True), Part(False, True, True)), "-1*arccos(1)": (Part(), Part())}),
    fact("infinitely_smooth", {"dual('tanh')": True, "arccos(1)": False, "laplace(c=1)": False}),
    fact(
        "singularities", {"exponential(1)": (), "laplace(c=1)": (1,), "ntk(3)": None, "arccos(1)@(linear()/2)": (2, -2)}
    ),
    fact("singular_order", {"arccos(3)": 3, "arccos(3)*arccos(1)": 4, "laplace(c=1) + defect_power(7/2)": 4}),
    fact("as_sum", {"ntk(3)": ((1, ks.ntk(3)),), "2*linear()": ((2, ks.linear()),), "0*linear()": ()}),
    fact("as_product", {"ntk(3)": (ks.ntk(3),), "linear()*arccos(1)": (ks.linear(), ks.arccos(1))}),
    fact("as_layers", {"ntk(3)": (ks.ntk(3),), "laplace()@arccos(1)": (ks.laplace(), ks.arccos(1))}),
    fact("written", {"ntk(3)": ks.ntk(3), "mlp(1, activation='erf')": ks.linear()}),
    fact("with_closed_terms", {"ntk(3)": ks.ntk(3), "ntk(2)": ks.arccos(1) + ks.linear() * ks.arccos(0)}),
    fact("power_of_u", {"polynomial(3)": 3, "ntk(3)": None, "2*linear()": None}),
    fact("exponential_rate", {"laplace(c=2, gamma=1)": 2, "3*dual('exp')": 1, "laplace(c=2)": None}),
    fact("one_exponential", {"2*laplace()": True, "rational_quadratic()": True, "matern(3/2)": False, "ntk(3)": False}),
    fact("defect_exponent", {"defect_power(1/2)": Fraction(1, 2), "laplace(c=2)": None}),
    fact("rectifier", {"linear()": (1, 0), "2*arccos(1) - linear()": (-1, 2), "arccos(2)": None}),
    fact("declared_kinks", {"ntk(3)": (), "power_series(1, missing=1, kinks='0: 1, 1')": ((0, 1, 1),)}),
    fact("kinked_activation", {"ntk(3)": None}),
    fact("user_functions", {"ntk(3)": ()}),
    fact("by_values", {"ntk(3)": False, "mlp(3, activation='hardtanh')": True, "mlp(3, activation='tanh')": True}),
    fact(
        "slope_bound",
        {"arccos(1)": 1.0, "power_series(0, 1, 0.5)": 2.0, "-1*arccos(1)": 1.0, "ntk(3)": math.inf},
        4e-16,
    ),
    fact(
        "variances",
        {
            "mlp(3, weight_variance=3/2, bias_variance=1/4)": (Fraction(7, 4), Fraction(25, 16), Fraction(91, 64)),
            "mlp(2, slope=1/2, bias_variance=sqrt(2))": (
                as_exact(2 + sympy.sqrt(2), "q_1"),
                as_exact(sympy.Rational(5, 2) + 9 * sympy.sqrt(2) / 4, "q_2"),
            ),
        },
    ),
    fact("real_only", {"ntk(3)": False, "dual('hardtanh')": True, "dual('elu')": False}),
    fact("real_floats", {"ntk(3)": False, "dual('hardtanh')": True, "dual('elu')": True}),
    expected_error("require_whole", "power_series(1, missing=0.25)", "ntk(3)"),
    expected_error("require_continued", "dual('hardtanh')", "ntk(3)"),
    Row("Zonal", {}, lambda: "Zonal", read=lambda kernel: type(kernel).__name__),
    record("Pair", value=1.0, defect=2.0, one=3.0),
    Row("Zonal.pair", {"point": POINT}, lambda point: (*_pair(point.u), 3.0), of(NTK), read=read_pair, rtol=1e-15),
    Row(
        "Zonal.drop",
        {"end": Free(point(0.5), why="a point"), "point": POINT, "gap": Free(np.float64(0.25), why="of two points")},
        lambda end, point, gap: (math.asin(0.5) - math.asin(0.25)) / math.pi,
        of("arccos(0)"),
        read=float,
        rtol=1e-15,
    ),
    Row(
        "Zonal.rise",
        {"point": POINT, "at": Free(1, why="1, 0 or -1, from the library")},
        lambda point, at: _pair(point.u)[0] - {1: 3.0, 0: _pair(0.0)[0], -1: _pair(-1.0)[0]}[at],
        of(NTK),
        also=({"at": 0}, {"at": -1}),
        read=float,
    ),
    method(
        "exact_at",
        {"ntk(3)": 3, "linear()": 1},
        lambda k: dict(k.exact_at(1))["1"],
        {"at": Free(1, why="1, 0 or -1, from the library")},
    ),
    method("series", {"arccos(1)": None}, lambda k: k.series(None), {"point": Free(None, why="made by the library")}),
    method(
        "derivative",
        {"ntk(2)": "2*arccos(0) + linear()*sine_power(-0.5)", "polynomial(3)": "3*polynomial(2)"},
        lambda k: _same_text(k),
        {},
    ),
    Row(
        "Zonal.slope_at",
        {"point": POINT},
        lambda point: (
            2 - 2 * math.acos(float(point.u)) / math.pi + float(point.u) / math.pi / math.sqrt(1 - float(point.u) ** 2)
        ),
        of("ntk(2)"),
        read=float,
        rtol=1e-14,
    ),
    method("text", {"ntk(3)": "ntk(3)", "2*linear()": "2*linear()"}, lambda k: k.text(), {}),
    method(
        "latex_of",
        {"polynomial(3)": "t^{3}", "linear()": "t"},
        lambda k: k.latex_of("t"),
        {"argument": Free("t", why="any text")},
    ),
    method(
        "majorant",
        {"ntk(3)": 3, "arccos(0) - linear()": 2},
        lambda k: k.majorant(Fraction(1)),
        {"r": Free(Fraction(1), why="from the library")},
    ),
    method(
        "taylor_squares",
        {"ntk(3)": None, "dual('softplus')": 0.25},
        lambda k: None if (found := k.taylor_squares(2, 64)) is None else float(found[0][1]),
        {"terms": Free(2, why="from the library"), "bits": Free(64, why="from the library")},
    ),
    method(
        "polynomial_part",
        {"polynomial(4) + arccos(1)": {1: Fraction(1, 2)}, "arccos(0)": None, "linear()": {1: 1}},
        lambda k: k.polynomial_part(1),
        {"parity": Free(1, why="0 or 1, from the library")},
    ),
    *(
        method(name, at, reading, {"parity": Free(1, why="0 or 1, from the library")})
        for name, at, reading in (
            (
                "polynomial_degree",
                {"linear()": 1, "arccos(0)": None, "polynomial(2)": -1},
                lambda k: k.polynomial_degree(1),
            ),
            ("analytic_part", {"arccos(1)": True, "ntk(3)": False}, lambda k: k.analytic_part(1)),
            (
                "singular_inside",
                {"arccos(1)": False, "linear()*(arccos(1)@(1 - 2*polynomial(2)))": True},
                lambda k: k.singular_inside(1),
            ),
            ("known", {"power_series(1, 2, missing=1)": {1: 2}, "ntk(3)": None}, lambda k: k.known(1)),
        )
    ),
    method(
        "angle_root",
        {"arccos(1)": 1, "defect_power(1/4)": 2},
        lambda k: k.angle_root(1),
        {"at": Free(1, why="1 or -1, from the library")},
    ),
    method(
        "eigenvalue",
        {
            "arccos(1)": sympy.Rational(3, 128),
            "arccos(1)*sine_power(0)": sympy.Rational(3, 128) / sympy.pi,
            "laplace(c=1)": None,
        },
        lambda k: None if (form := k.eigenvalue(3)) is None else form.sympy(2),
        {"d": Free(3, why="from the library")},
        laws={"seterr": "seen in Zonal.spectrum"},
    ),
    Row(
        "Zonal.between",
        {"point": POINT, "lengths": Free(None, why="made by `gram`")},
        laws={"values": "seen in Zonal.gram", "seterr": "seen in Zonal.gram"},
    ),
    method("normalized", {"ntk(3)": ks.ntk(3) / 3, "linear()": ks.linear()}, lambda k: k.normalized(), {}),
    method(
        "sympy",
        {"linear()": SYMBOL, "polynomial(3)": SYMBOL**3, "arccos(0)": (sympy.pi - sympy.acos(SYMBOL)) / sympy.pi},
        lambda k: k.sympy(),
        {"u": Free(None, why="what sympy reads")},
    ),
    Row(
        "Zonal.taylor",
        {"terms": Whole(5, 1), "digits": Whole(20, 1)},
        taylor_oracle,
        of("rf(3)"),
        read=lambda balls: np.array([float(b.mid()) for b in balls]),
        rtol=1e-15,
    ),
    Row(
        "Zonal.spectrum",
        {"d": Whole(4, 2), "domain": Given("sphere", bad=("ball", 3, None))},
        lambda d, domain: ("ntk(3)", d, "Spectrum" if domain == "sphere" else "CubeSpectrum"),
        of(NTK),
        also=({"domain": "cube"},),
        read=lambda s: (repr(s.kernel), s.d, type(s).__name__),
    ),
    Row(
        "Zonal.decay",
        {"d": Whole(4, 2)},
        lambda d: d + 1,
        of("arccos(0)"),
        read=lambda law: law.exponent + 1,
        also=({"d": 2}, {"d": 9}),
    ),
    Row(
        "Zonal.expand",
        {"at": Given(1, bad=(0, 2, "1", None, 0.5)), "terms": Whole(3, 1)},
        lambda at, terms: np.array([1, -math.sqrt(2) / math.pi, -math.sqrt(2) / (12 * math.pi)]),
        of("arccos(0)"),
        read=lambda series: np.array([float(c) for c in series.evalf(20)]),
    ),
    Row(
        "Zonal.table",
        {"u": Array(np.array([-1.0, 0.25, 1.0]), None, "float64", none=True, bad=(1.5,), why="a row of text each")},
        table_oracle,
        of(NTK),
        also=({"u": None},),
        read=rows_of,
        atol=1e-14,
        laws=NO_SCALE,
    ),
    Row("Zonal.plot", PLOT, plot_oracle, of(NTK), read=drawn, atol=1e-14),
    method(
        "latex",
        {"linear()": "u", "laplace(c=2)": r"e^{-2\sqrt{1-u}}", "ntk(3)": r"\kappa_{\mathrm{NTK}}^{(3)}\left(u\right)"},
        lambda k: k.latex(),
        {"full": Flag(False)},
    ),
]


def _pair(u: Value) -> Value:
    with mp.workdps(40):
        value = ntk(mp.mpf(float(u)))
        return float(value), float(3 - value)


def _same_text(kernel: Zonal) -> str:
    return repr(kernel.derivative())
