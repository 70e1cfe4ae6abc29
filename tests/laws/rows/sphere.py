"""Doors of `kernelspec.sphere`, against 40 digits: Gamma functions, hypergeometric polynomials, integrals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import sympy

from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.sphere import GammaProduct
from kernelspec.sphere import K as DEGREE

from ..harmonics import (
    area,
    at,
    constant,
    count,
    density,
    each,
    even_power,
    exactly,
    legendre,
    log_beta,
    log_ratio,
    logarithm,
    monomial,
    monomials,
    power,
    real,
    signed,
    slope,
)
from ..kinds import Array, Degrees, Flag, Free, Given, Kind, Real, Whole
from ..table import Row
from .shapes import record

D = Whole(5, least=2)
LARGE_D = {"d": 3000}
K = Degrees(np.array([0, 1, 2, 5, 8, 40]))
NU = Real(0.5, bad=(-2.0, 1e16))
HALF = Fraction(1, 2)
T = Array(np.array([-1.0, -0.5, 0.0, 1e-300, 0.3, 1.0]), dtype="float64", scalars=True, bad=(1.1, np.array([0, -2.0])))
HARD_T = np.array([-1, -1 + 1e-12, -0.5, 0, 1e-300, 0.3, 1 - 2**-53, 1.0])
LARGE_K = np.array([0, 1, 2, 5, 40, 700, 10**6])
NO_SCALE = {"scale": "cosines are numbers from -1 to 1"}
NOT_ALIKE = "its arguments mean different things"


def of_degree(name: str, oracle: Callable[..., Value], **more: Any) -> Row:
    given: dict[str, Kind] = {"d": D, **more.pop("given", {}), "k": K}
    high = {name: 10**6 for name in given if name == "m"}
    extreme = {**LARGE_D, "k": LARGE_K, **high}
    return Row(f"sphere.{name}", given, exactly(oracle), extreme=(extreme,), **more)


def of_dimension(name: str, oracle: Callable[..., Value], given: dict[str, Kind] | None = None, **more: Any) -> Row:
    return Row(f"sphere.{name}", {"d": D, **(given or {})}, exactly(oracle), also=({"d": 2}, {"d": 50}), **more)


def of_cosines(name: str, oracle: Callable[..., Value], given: dict[str, Kind], **more: Any) -> Row:
    degree = {name: 300 for name in given if name in ("k", "kmax")}
    more = {"laws": NO_SCALE, "atol": 1e-14, "extreme": ({"d": 400, "t": HARD_T, **degree},), **more}
    given = {"d": D, **given, "t": more.pop("t", T)}
    return Row(f"sphere.{name}", given, exactly(oracle), **more)


def gamma_product() -> GammaProduct:
    """2 Gamma(k + 1/2) / (pi Gamma(k + 3))."""
    return GammaProduct((DEGREE + HALF,), (DEGREE + 3,), two=1, pi=-1)


def gamma_ratio(k: int) -> Any:
    return 2 * mp.gamma(k + 0.5) / (mp.pi * mp.gamma(k + 3))


def of_ratio(name: str, oracle: Callable[..., Value], *names: str, **more: Any) -> Row:
    """A reading of that ratio: the library asks for degrees that it has met at its doors."""
    values = {"k": np.array([0.0, 1.0, 40.0]) if name == "floats" else 4, "m": None if name == "floats" else 0}
    given: dict[str, Kind] = {each: Free(values[each], why="degrees come from Spectrum") for each in names}
    row = Row(
        f"sphere.GammaProduct.{name}", given, oracle, lambda: GammaProduct((DEGREE + HALF,), (DEGREE + 3,), 1, -1)
    )
    return dataclasses.replace(row, **more)


def unit(n: int, d: int) -> Any:
    x = np.random.default_rng(n + d).standard_normal((n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


UNIT = {"scale": "its rows have norm 1", "float16": "rounded to 11 bits they have not", "integers": "nor have these"}
LONG = (np.ones((2, 5)),)
POINTS = Array(unit(6, 5), 0, "float64", bad=LONG)
X, POLE = unit(4, 5), unit(1, 5)[0]


def dots(x: Value, y: Value) -> Value:
    return np.array([[mp.fdot(a, b) for b in np.atleast_2d(y)] for a in np.atleast_2d(x)])


SMALL = {"float16": "which has no 1e-30", "integers": "0 is no positive number"}
POSITIVE, REAL = Real(2.5, bad=(-1.0, 0.0)), Real(2.5)
M = {"m": Whole(8)}


def swapped(row: Row) -> None:
    x, y = row.arguments["x"], row.arguments["y"]
    np.testing.assert_array_equal(row.call(x=x, y=y), row.call(x=y, y=x))


SPECTRUM = Array(np.array([0.5, 0.25, -0.125, 2.0**-6]), None, "float64", why="all values make one sum")


def doubles(row: Row) -> None:
    """What is asked of t alone, and of the eigenvalues alone: both are read as float64."""
    for name in ("t", "spectrum_values"):
        short = np.asarray(row.arguments[name], np.float32)
        np.testing.assert_array_equal(row.call(**{name: short}), row.call(**{name: short.astype(np.float64)}))


def linear_in_the_spectrum(row: Row) -> None:
    values = row.arguments["spectrum_values"]
    for exponent in (-500, 500):
        found = row.call(spectrum_values=np.ldexp(values, exponent))
        np.testing.assert_allclose(np.ldexp(found, -exponent), row.call(), 1e-14)


SHORT_UNIT = "unit vectors that are rounded to float32 are none to 1e-12"
ROWS = [
    Row(
        "sphere.multiplicity",
        {"d": D, "k": K},
        lambda d, k: each(lambda n: count(d, n))(k).astype(np.int64),
        also=({"d": 2}, {"d": 3, "k": np.array([0, 10**9])}),
        extreme=({"d": 3000, "k": np.array([0, 1, 2, 5])},),
    ),
    of_degree("log_multiplicity", lambda d, k: each(logarithm(lambda n: count(d, n)))(k), rtol=1e-15),
    of_dimension("funk_hecke_constant", lambda d: density(d), rtol=1e-15, extreme=(LARGE_D,)),
    of_dimension("surface_area", lambda d: area(d), extreme=(LARGE_D,)),
    of_dimension("log_surface_area", lambda d: mp.log(area(d)), rtol=2e-15, extreme=(LARGE_D,)),
    of_dimension("decay_constant", lambda d, nu: constant(d, nu), {"nu": NU}, extreme=({"d": 100},)),
    of_dimension(
        "log_decay_constant",
        lambda d, nu: (mp.sign(constant(d, nu)), mp.log(abs(constant(d, nu)))),
        {"nu": NU},
        extreme=(LARGE_D,),
        read=lambda found: tuple(float(part) for part in found),
    ),
    of_dimension(
        "decay_constant_sympy",
        lambda d, nu: constant(d, mp.mpf(1) / 2),
        {"nu": Given(sympy.Rational(1, 2), bad=("text", None, object(), [1]))},
        read=lambda found: float(found.evalf(30)),
    ),
    *(
        Row(
            f"sphere.{name}",
            {"x": Array(np.array([1e-30, 0.5, 3.0, 1e9]), 0, "float64", scalars=True, bad=(-1.0, 0.0)), **other},
            exactly(oracle),
            rtol=4e-16,
            atol=4e-16,
            extreme=({"x": np.array([1e-300, 1.0, 1e280])},),
            laws={"scale": "the Gamma function is not homogeneous", **SMALL, **more},
        )
        for name, other, oracle, more in (
            ("log_beta", {"y": POSITIVE}, lambda x, y: each(log_beta)(x, y), {"symmetry": swapped}),
            ("log_gamma_ratio", {"a": REAL}, lambda x, a: each(log_ratio)(x, a), {"symmetry": NOT_ALIKE}),
        )
    ),
    of_degree("power_eigenvalue", lambda d, nu, k: each(power)(k, d, nu), given={"nu": NU}),
    of_degree("log_power_eigenvalue", lambda d, nu, k: signed(power)(k, d, nu), given={"nu": NU}),
    of_degree("even_power_eigenvalue", lambda d, nu, k: each(even_power)(k, d, nu), given={"nu": NU}),
    of_degree("log_even_power_eigenvalue", lambda d, nu, k: signed(even_power)(k, d, nu), given={"nu": NU}),
    of_degree("monomial_eigenvalue", lambda d, m, k: each(lambda n: real(monomial(n, d, m)))(k), given=M),
    of_degree(
        "log_monomial_eigenvalue", lambda d, m, k: each(logarithm(lambda n: real(monomial(n, d, m))))(k), given=M
    ),
    Row(
        "sphere.monomial_eigenvalue",
        {"d": D, "m": K, "k": Whole(2)},
        exactly(lambda d, m, k: each(lambda n: real(monomial(k, d, n)))(m)),
        variant="powers",
        laws={"symmetry": NOT_ALIKE},
    ),
    Row(
        "sphere.monomial_eigenvalue_exact",
        {"d": D, "m": Whole(8), "k": Whole(4)},
        lambda d, m, k: monomial(k, d, m),
        also=({"k": 8}, {"k": 10}, {"k": 3}, {"d": 2}),
    ),
    of_cosines("legendre", lambda d, k, t: each(legendre)(t, d, k), {"k": Whole(7)}),
    of_cosines("legendre_derivative", lambda d, k, t: each(slope)(t, d, k), {"k": Whole(7)}, rtol=1e-13),
    of_cosines(
        "legendre_all",
        lambda d, kmax, t: np.array([each(legendre)(t, d, k) for k in range(kmax + 1)]),
        {"kmax": Whole(4)},
        t=dataclasses.replace(T, axis=1, scalars=False),
    ),
    Row(
        "sphere.legendre_sympy",
        {"d": D, "k": Whole(6), "t": Given(sympy.Rational(1, 3))},
        lambda d, k, t: sympy.Rational(*at(monomials(d, k), Fraction(1, 3)).as_integer_ratio()),
        also=({"d": 2}, {"k": 0}, {"k": 1}),
    ),
    Row(
        "sphere.funk_hecke",
        {"kappa": Given(lambda u: u**4, bad=(lambda u: None, lambda u: u[:1])), "d": D, "k": K, "nodes": Whole(60, 1)},
        exactly(lambda kappa, d, k, nodes: each(lambda n: real(monomial(n, d, 4)))(k)),
        atol=2e-16,
        extreme=({"kappa": lambda t: np.exp(-1e3 * (1 - t)), "d": 3000, "nodes": 400},),
        named={"nodes": "(nodes|k)"},
    ),
    of_cosines(
        "mercer_sum",
        lambda spectrum_values, d, t, logarithms: each(
            lambda u: mp.fsum(count(d, k) * mp.mpf(mu) * legendre(u, d, k) for k, mu in enumerate(spectrum_values))
        )(t),
        {"spectrum_values": SPECTRUM, "logarithms": Flag(False)},
        extreme=({"spectrum_values": np.array([1, 1e-200, 1e-300]), "d": 300, "t": HARD_T},),
        laws={**NO_SCALE, "symmetry": NOT_ALIKE, "dtype": doubles, "scale": linear_in_the_spectrum},
    ),
    Row(
        "sphere.sample_sphere",
        {"n": Whole(6), "d": D, "rng": Given(3, bad=("text", 1.5, -1))},
        lambda n, d, rng: np.ones(n),
        read=lambda points: np.linalg.norm(points, axis=1),
        rtol=4e-16,
        also=({"n": 0}, {"n": 40, "d": 300}),
    ),
    Row(
        "sphere.zonal",
        {"d": D, "k": Whole(6), "x": POINTS, "pole": Array(POLE, None, "float64", why="one vector", bad=LONG)},
        exactly(lambda d, k, x, pole: each(legendre)(dots(x, pole)[:, 0], d, k)),
        atol=2e-15,
        extreme=({"d": 3, "k": 200, "x": np.eye(3), "pole": np.eye(3)[0]},),
        rounding=1e-15,
        laws={**UNIT, "symmetry": NOT_ALIKE, "dtype": SHORT_UNIT},
    ),
    Row(
        "sphere.zonal_addition",
        {"d": D, "k": Whole(6), "x": POINTS, "y": dataclasses.replace(POINTS, value=X, axis=1)},
        exactly(lambda d, k, x, y: count(d, k) * each(legendre)(dots(x, y), d, k)),
        norm=2e-15,
        extreme=({"d": 3, "k": 200, "x": np.eye(3), "y": np.eye(3)},),
        rounding=4e-15,
        symmetric=("x", "y"),
        laws={**UNIT, "dtype": SHORT_UNIT},
    ),
    record("sphere.GammaProduct", above=(), below=(), two=DEGREE, pi=0, evaluated=True),
    of_ratio("floats", exactly(lambda k, m: each(gamma_ratio)(k)), "k", "m", read=lambda found: found[0]),
    of_ratio("ball", lambda k, m: float(gamma_ratio(k)), "k", "m", read=lambda found: float(found.mid())),
    of_ratio("sympy", lambda k, m: float(gamma_ratio(k)), "k", "m", read=float),
    Row(
        "sphere.GammaProduct.fraction",
        {"k": Free(4, why="degrees come from Spectrum"), "m": Free(0, why="an exponent of the library's own")},
        lambda k, m: Fraction(3 * 4 * 5, 6 * 7),
        lambda: GammaProduct((DEGREE + 2, 6), (DEGREE - 1, 8)),
        variant="of integers",
    ),
    Row(
        "sphere.GammaProduct.times",
        {
            "above": Free((DEGREE + Fraction(3, 2),), why="arguments are numbers and lines"),
            "pi": Free(2, why="any power"),
        },
        lambda above, pi: float(gamma_ratio(4) * mp.gamma(5.5) * mp.pi**2),
        gamma_product,
        read=lambda product: float(product.ball(4).mid()),
    ),
    Row(
        "sphere.GammaProduct.part",
        {"moving": Free(True, why="the library's own question")},
        lambda moving: float(gamma_ratio(4) * mp.pi / 2),
        gamma_product,
        read=lambda product: float(product.ball(4).mid()),
    ),
]
