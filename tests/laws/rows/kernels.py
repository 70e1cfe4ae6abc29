"""Makers of kernels, against their formulas in 40 digits: values and defects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
from problems import FAMILIES

import kernelspec as ks
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.arithmetic_protocol import Array, Value
from oracle import layered as plain
from oracle.mpmath_values import arccos_value, kappa, ntk_value, rf_value

from ..kinds import Flag, Free, Given, Kind, Real, Whole, Word
from ..table import Row

U = np.array([-1.0, -0.6, 0.0, 0.3, 1 - 1e-9, 1.0])
DEPTH = Whole(3, least=1)
SIZE = (-1.0, 0.0, 1e400)


def at_all(formula: Callable[..., Any]) -> Callable[..., Any]:
    """Values and defects at U, from 60 digits."""

    def oracle(**parameters: Any) -> Value:
        with mp.workdps(60):
            values = [mp.mpf(formula(mp.mpf(u), **parameters)) for u in U]
            return np.array([float(v) for v in values]), np.array([float(values[-1] - v) for v in values])

    return oracle


def values(kernel: Zonal) -> Any:
    return kernel(U), kernel.defect(U)


def maker(
    name: str,
    formula: Callable[..., Any],
    given: Mapping[str, Kind] | None = None,
    also: tuple[Mapping[str, Any], ...] = (),
    rtol: float = 2e-15,
    atol: float = 1e-16,
    **more: Any,
) -> Row:
    return Row(name, given or {}, at_all(formula), also=also, rtol=rtol, atol=atol, read=values, **more)


def normal(x: Array) -> Any:
    return mp.npdf(x)


def shifted_ramp(u: Value) -> Any:
    """E[(a-1)_+ (b-1)_+] for correlation u: given a, b is normal of mean u a and variance 1 - u^2."""
    s = mp.sqrt((1 - u) * (1 + u))

    def given(a: Value) -> Any:
        m = u * a - 1
        if s == 0:
            return max(m, mp.mpf(0))
        return m * mp.ncdf(m / s) + s * mp.npdf(m / s)

    if u == 1:
        return mp.quad(lambda a: (a - 1) ** 2 * normal(a), [1, 3, 8, 20])
    cuts = sorted({mp.mpf(1), min(max(1 / u if u > 0.05 else mp.mpf(4), mp.mpf(1)), mp.mpf(15)), mp.mpf(6), mp.mpf(20)})
    if u > 0.9:
        cuts = sorted({*cuts, 1 + 1e-8, 1 + 1e-6, mp.mpf(1.0001), mp.mpf(1.01)})
    return mp.quad(lambda a: (a - 1) * given(a) * normal(a), cuts)


def dense(
    u: Any, depth: int, slope: Any, weight_variance: Any, bias_variance: Any, tangent: bool, activation: Any
) -> Any:
    """Claims L6, L7: the correlations and tangent kernels of `mlp`."""
    return plain.dense(depth, slope, weight_variance, bias_variance, tangent)(mp.mpf(u))


def erf_layers(u: Any, depth: int, weight_variance: Any, bias_variance: Any, tangent: bool, **rest: Any) -> Any:
    """E[erf(a) erf(b)] = (2/pi) arcsin(2 c/(1 + 2 q)) for the covariance c and the variance q (Williams 1997)."""
    w, b = mp.mpf(weight_variance), mp.mpf(bias_variance)
    sigma, q = w * u + b, w + b
    theta = sigma
    for _ in range(depth - 1):
        y, one = 2 * sigma / (1 + 2 * q), 2 * q / (1 + 2 * q)
        slope = 4 / mp.pi / (1 + 2 * q) / mp.sqrt(1 - y * y)
        sigma, q = w * 2 / mp.pi * mp.asin(y) + b, w * 2 / mp.pi * mp.asin(one) + b
        theta = w * slope * theta + sigma
    return (theta if tangent else sigma) / q


def sine_layer(u: Any, variance: Any, tangent: bool, scaled: bool) -> Any:
    """E[sin a sin b] = e^{-q} sinh c, E[cos a cos b] = e^{-q} cosh c."""
    sigma, q = mp.mpf(1.5) * variance * u + mp.mpf(0.5), mp.mpf(1.5) * variance + mp.mpf(0.5)
    end, one = 2 * mp.exp(-q) * mp.sinh(sigma), 2 * mp.exp(-q) * mp.sinh(q)
    found = 2 * mp.exp(-q) * mp.cosh(sigma) * sigma + end if tangent else end
    return found if scaled else found / one


def residual(u: Any, depth: int, alpha: Any, tangent: bool) -> Any:
    """Claim L8: those of `resnet`."""
    return plain.residual(depth, alpha, tangent)(mp.mpf(u))


def matern(u: Value, nu: Value, scale: Value) -> Any:
    nu = mp.mpf(nu)
    s = mp.sqrt(2 * nu) * mp.sqrt(2 * (1 - u)) / mp.mpf(scale)
    return 2 ** (1 - nu) / mp.gamma(nu) * s**nu * mp.besselk(nu, s) if s else mp.mpf(1)


def mixture(u: Value, text: str, kernels: Any) -> Any:
    return mp.mpf("0.5") * kappa(1, kappa(1, u)) + mp.exp(-2 * mp.sqrt(1 - u))


def hermite(u: Value, activation: Any, slope: Value, terms: Any, kinks: Any, alpha: Value) -> Any:
    """sum a_i^2 u^i; for the ramp, kappa_1 / 2."""
    if activation == "relu":
        return kappa(1, u) / 2
    if activation == "erf":
        return 2 / mp.pi * mp.asin(2 * u / 3)
    if activation == "leaky_relu":
        s = mp.mpf(slope)
        return (1 - s) ** 2 / 2 * kappa(1, u) + s * u
    if activation == "exp":
        return mp.exp(1 + u)
    return sum(mp.mpf(a) ** 2 * u**i for i, a in enumerate(activation))


def cubed(u: Value) -> Any:
    return (1 + u) ** 3 / 8


THIRD, NUMBERS = Fraction(1, 3), (np.array([1.0, 2.0]),)
DUAL: dict[str, Kind] = {
    "activation": Given((0.5, 0.25, 2.0), bad=("no such", None, 1j, object(), (1.0, float("nan")), ())),
    "slope": Free(None, why="belongs to leaky_relu: another variant"),
    "terms": Free(64, why="belongs to callables: another variant"),
    "kinks": Given(None, bad=("text", 3)),
    "alpha": Free(None, why="belongs to elu"),
}
ROWS = [
    maker("linear", lambda u: u),
    maker("arccos", lambda u, degree: arccos_value(degree, u), {"degree": Whole(2)}, ({"degree": 0}, {"degree": 5})),
    maker("polynomial", lambda u, degree: u**degree, {"degree": Whole(3)}, ({"degree": 0}, {"degree": 40})),
    maker(
        "exponential",
        lambda u, sigma: mp.exp((u - 1) / mp.mpf(sigma) ** 2),
        {"sigma": Real(0.5, bad=SIZE)},
        ({"sigma": 2},),
        rtol=1e-14,
    ),
    *(
        maker(f.name, f.values, {name: Real(value, bad=bad) for name, (value, bad) in f.given.items()}, f.also)
        for f in FAMILIES
    ),
    maker(
        "sine_power",
        lambda u, power: ((1 - u) * (1 + u)) ** mp.mpf(power) / mp.pi,
        {"power": Real(1.5, bad=(0.3,))},
        ({"power": 0.5}, {"power": 2}),
    ),
    maker("defect_power", lambda u, nu: (1 - u) ** mp.mpf(nu), {"nu": Real(1.5, bad=(2, 0))}, ({"nu": 0.5},)),
    maker(
        "nngp",
        lambda u, depth, degree: rf_value(depth, degree, u),
        {"depth": DEPTH, "degree": Whole(1)},
        ({"depth": 1}, {"depth": 6}, {"degree": 2}),
    ),
    maker(
        "ntk",
        lambda u, depth, bias: ntk_value(depth, bias, u),
        {"depth": DEPTH, "bias": Flag(False)},
        ({"depth": 1}, {"depth": 6}, {"bias": True}),
    ),
    maker(
        "mlp",
        dense,
        {
            "depth": DEPTH,
            "slope": Real(0.25),
            "weight_variance": Real(1.5, bad=(0.0, -1.0)),
            "bias_variance": Real(0.5, bad=(-1.0,)),
            "tangent": Flag(False),
            "activation": Given(None, bad=("no such", 3, "gelu > gelu", "step, step")),
        },
        ({"tangent": True}, {"slope": -1, "tangent": True}, {"bias_variance": 0, "depth": 4}),
    ),
    maker(
        "mlp",
        erf_layers,
        {
            "depth": Whole(3, least=1, most=200),
            "slope": Free(0, why="another variant"),
            "weight_variance": Real(1.5, bad=(0.0, -1.0)),
            "bias_variance": Real(0.5, bad=(-1.0,)),
            "tangent": Flag(False),
            "activation": Free("erf", why="the first variant"),
        },
        ({"tangent": True}, {"depth": 5, "bias_variance": 0}),
        variant="activation",
        rtol=4e-15,
    ),
    maker(
        "network",
        lambda u, text, variance, tangent, scaled: sine_layer(u, variance, tangent, scaled),
        {
            "text": Given("dense(1.5, 0.5) > sin > dense(2)", bad=("", "dense", "dense(-1)", "no such", 3, None)),
            "variance": Real(2.0, bad=(0.0, -1.0)),
            "tangent": Flag(False),
            "scaled": Flag(False),
        },
        ({"tangent": True}, {"scaled": True}, {"tangent": True, "scaled": True, "variance": 0.5}),
        rtol=4e-15,
        named={"text": "(text|step|dense)"},
    ),
    maker(
        "resnet",
        residual,
        {"depth": DEPTH, "alpha": Real(0.5, bad=(0.0,)), "tangent": Flag(False)},
        ({"tangent": True}, {"alpha": 2, "depth": 1}),
    ),
    maker(
        "relu_layer",
        lambda u, linear, constant: (1 - mp.mpf(linear) - mp.mpf(constant)) * kappa(1, u) + linear * u + constant,
        {"linear": Real(0.5, bad=(1.5, -1.5)), "constant": Real(0.25, bad=(-0.1, 1.5))},
        ({"linear": -0.5},),
        rtol=4e-15,
    ),
    maker(
        "matern",
        matern,
        {"nu": Real(1.5, bad=(0.0, -1.0, 101.0)), "scale": Real(2.0, bad=SIZE)},
        ({"nu": 0.5}, {"nu": 0.75}, {"nu": 2}),
        rtol=1e-13,
    ),
    maker(
        "power_series",
        lambda u, coefficients, missing, kinks: sum(mp.mpf(b) * u**i for i, b in enumerate(coefficients)),
        {
            "coefficients": Given((0.5, 0, 0.25), bad=((), ("text",), (1j,), (float("nan"),), (None,))),
            "missing": Real(0.0, bad=(-1.0,)),
            "kinks": Given(None, bad=("text", 3)),
        },
        named={"coefficients": "coefficients?"},
    ),
    maker("dual", hermite, DUAL, tuple({"activation": name} for name in ("relu", "erf", "exp"))),
    maker(
        "dual",
        hermite,
        {**DUAL, "activation": Free("leaky_relu", why="another variant"), "slope": Real(0.25, none=True)},
        variant="slope",
        rtol=4e-15,
    ),
    maker(
        "dual",
        lambda u, **_: 3 * u + mp.mpf(6) * u**3 + 6 * u,
        {**DUAL, "activation": Free(lambda x: x**3, why="another variant"), "terms": Whole(8, 1, 1000)},
        variant="callable",
        rtol=1e-13,
        atol=1e-13,
    ),
    maker(
        "piecewise",
        lambda u, breakpoints, pieces: shifted_ramp(u),
        {
            "breakpoints": Given([1], bad=("x if", [2, 1], [float("nan")], [THIRD, "a"], 1j, [41], None)),
            "pieces": Given(["0", "x - 1"], bad=(["0"], ["0", "y"], 3)),
        },
        rtol=1e-12,
        named={"breakpoints": "(breakpoints?|pieces?|activation|x)", "pieces": "(pieces?|text|x)"},
    ),
    maker(
        "from_callable",
        lambda u, function, **_: cubed(u),
        {
            "function": Given(
                cubed, bad=("text", None, lambda u: "text", lambda u: u[:1], lambda u: u * 1j, ks.linear())
            ),
            "name": Given("cubed", bad=(3, "", ["a"])),
            "singular": Given(None, bad=("text", 3, {2: 1}, {1: -1})),
            "parity": Word(None, none=True),
            "readings": Given((), bad=("float", ("float",))),
        },
        atol=1e-15,
        named={"function": "(function|cubed|<lambda>)"},
    ),
    maker(
        "parse",
        mixture,
        {
            "text": Given("0.5*arccos(1)@arccos(1) + laplace(c=2)", bad=(None, 3, "", "open('x')", "arccos(", "1 +")),
            "kernels": Given(None, bad=(3, "text", {"f": 3})),
        },
        named={"text": "(text|kernel|expression|empty|read|call|number)"},
    ),
]
