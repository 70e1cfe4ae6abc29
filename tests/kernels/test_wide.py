"""Kernels of wide networks of any activation on a sphere: `network`, and `mlp` with an activation."""

from __future__ import annotations

import math
import pickle
import re
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import eval_gegenbauer

import kernelspec as ks
from kernelspec.kernels import steps
from kernelspec.kernels.smooth_duals import SmoothDual
from kernelspec.kernels.wide import Wide, variance
from kernelspec.numbers import exact_numbers
from kernelspec.numbers.precision import precision
from oracle import hermite_networks as oracle

_BIAS, _WEIGHT = Fraction(1, 10), Fraction(1, 2)
EXACT = [name for name in oracle.ACTIVATIONS if name not in ("tanh", "softplus")]
# At which correlations stay below 0.55 in all layers, so that 160 terms leave 1e-41.
_U, _TERMS, _DIGITS = Fraction(-1, 4), 160, 50


@pytest.mark.parametrize("name", EXACT)
def test_mlp_is_the_printed_recursion_in_40_digits(name: str) -> None:
    """Both kernels of three layers; the phase of a sinusoid that is no multiple of pi is a rounded number."""
    digits = 14 if name == "sin(1.5, 0.5, 0.75)" else 40
    with mp.workdps(_DIGITS):
        weight, bias, u = mp.mpf(1) / 2, mp.mpf(1) / 10, mp.mpf(_U.numerator) / _U.denominator
        sigma, theta, end = oracle.mlp(oracle.ACTIVATIONS[name], 3, weight, bias, _TERMS)(u)
        for tangent, wanted in ((False, sigma / end), (True, theta / end)):
            k = ks.mlp(3, activation=name, weight_variance=_WEIGHT, bias_variance=_BIAS, tangent=tangent)
            assert abs(k(u) / wanted - 1) < mp.mpf(10) ** -digits
            assert abs(float(k(float(u))) / float(wanted) - 1) < 1e-14
        with mp.workdps(30):
            assert abs(mp.mpf(float(k.variances[-1])) / end - 1) < 1e-15


@pytest.mark.parametrize("name", ["tanh", "softplus"])
def test_smooth_activations_err_by_no_more_than_they_say(name: str) -> None:
    """The coefficients of their series are rounded to floats."""
    with mp.workdps(30):
        sigma, theta, end = oracle.mlp(oracle.ACTIVATIONS[name], 3, mp.mpf(1) / 2, mp.mpf(1) / 10, 120)(mp.mpf(-1) / 4)
    for tangent, wanted in ((False, sigma / end), (True, theta / end)):
        k = ks.mlp(3, activation=name, weight_variance=_WEIGHT, bias_variance=_BIAS, tangent=tangent)
        assert 0 < k.truncation < 1e-20
        assert abs(k(float(_U)) / float(wanted) - 1) < 1e-14
        assert "faster than any power" in str(k.decay(4))
        assert float(k.expand(1, terms=2).coefficients[0]) == pytest.approx(k(1.0), rel=1e-14)
        s = k.spectrum(4)
        assert abs(s[1] / float(s.certified(1).mid()) - 1) < 1e-15


def test_a_callable_errs_by_no_more_than_it_says() -> None:
    k = ks.mlp(3, activation=lambda x: np.tanh(x), bias_variance=_BIAS)
    named = ks.mlp(3, activation="tanh", bias_variance=_BIAS)
    u = np.linspace(-1, 1, 21)
    assert np.max(np.abs(k(u) - named(u))) <= k.truncation < 1e-12
    for d in (2, 5):
        assert (
            abs(k.spectrum(d).approximate(3).value - named.spectrum(d)[3]) <= k.spectrum(d).approximate(3).error < 1e-9
        )
    for reading in (k.decay, k.spectrum(4).certified):
        with pytest.raises(ValueError, match="needs a formula"):
            reading(3)
    # A kink is seen: the series converges slowly, and says so.
    ramp = ks.mlp(3, activation=lambda x: np.maximum(x, 0.0))
    assert 1e-6 < ramp.truncation < 1e-2
    assert np.max(np.abs(ramp(u) - ks.rf(3)(u))) <= ramp.truncation


@pytest.mark.parametrize("rate", [1, 10, 19, 30, 100, 10**5, 10**9, 10**10, 10**40])
def test_sines_of_any_rate(rate: int) -> None:
    """mlp(3) with biases 1, from the formula of the module; beyond some 19, e^{-2 b^2 q} is no float."""

    def expected(u: Any) -> Any:
        q, rho = mp.mpf(3), 1 - mp.mpf(2) / 3 * (1 - u)
        for _ in range(2):
            b = mp.mpf(rate) ** 2 * q
            falls = [(mp.exp(-b * (1 - v)) - mp.exp(-b * (1 + v))) / 2 for v in (1, rho)]
            q = 2 * falls[0] + 1
            rho = 1 - (1 - 1 / q) * (1 - falls[1] / falls[0])
        return rho

    k = ks.mlp(3, activation=f"sin(1, {rate}, 0)", bias_variance=1)
    with mp.workdps(60):
        for u in (-0.5, 0.3, 0.999):
            wanted = expected(mp.mpf(u))
            assert abs(k(u) - wanted) <= 1e-15
            assert abs(k.defect(u) - (1 - wanted)) <= 1e-15
    assert ks.mlp(2, activation=f"sin(1, {rate}, 0)")(-1.0) == -1


def test_functions_of_numpy_have_names() -> None:
    assert ks.mlp(3, activation=np.tanh) == ks.mlp(3, activation="tanh")
    assert ks.mlp(3, activation=np.abs, tangent=True) == ks.mlp(3, slope=-1, tangent=True)


def test_tangent_kernels_of_callables() -> None:
    """A derivative that is given has the error of its series; one by differences, more, and says so."""
    rate = 2

    def function(x: Any) -> Any:
        return np.tanh(rate * x)

    def slope(x: Any) -> Any:
        return rate / np.cosh(np.minimum(abs(rate * x), 300)) ** 2

    # tanh(r z) is the tanh of r^2 times the variance.
    named = ks.network(f"dense({2 * rate**2}, {rate**2}/10) > tanh > dense(2, 1/10)", tangent=True)
    u = np.linspace(-1, 1, 21)
    for activation, error in ((function, 1e-9), ((function, slope), 1e-12)):
        k = ks.mlp(2, activation=activation, weight_variance=2, bias_variance=_BIAS, tangent=True)
        assert 0 < k.truncation < error * rate**4
        assert np.max(np.abs(k(u) - named(u))) <= k.truncation + 1e-13
    with pytest.raises(ValueError, match="not found by differences, as next to a kink"):
        ks.mlp(2, activation=lambda x: np.maximum(x, 0.0), tangent=True)
    ramp = ks.mlp(2, activation=(lambda x: np.maximum(x, 0.0), lambda x: np.heaviside(x, 0.5)), tangent=True)
    assert np.max(np.abs(ramp(u) - ks.ntk(2)(u))) <= ramp.truncation < 0.1


# -- what stood before ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [0, 0.1])
@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize(
    ("name", "slope"), [("relu", 0), ("abs", -1), ("linear", 1), ("leaky_relu", 0.01), ("leaky_relu(1/4)", 0.25)]
)
def test_ramps_are_the_slope_form(name: str, slope: float, tangent: bool, bias: float) -> None:
    given: dict[str, Any] = {"weight_variance": 1.5, "bias_variance": bias, "tangent": tangent}
    assert ks.mlp(4, activation=name, **given) == ks.mlp(4, slope, **given)


def test_elu_takes_its_alpha() -> None:
    assert ks.network("elu(2)", scaled=True)(0.3) == pytest.approx(ks.dual("elu", alpha=2)(0.3), rel=1e-14)
    assert ks.mlp(2, activation="elu(1)") == ks.mlp(2, activation="elu")


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("slope", [Fraction(0), Fraction(1, 4), Fraction(-1)])
def test_steps_of_a_ramp_are_mlp(slope: Fraction, tangent: bool) -> None:
    """`network` reads it layer by layer, with exact variances: another road to the same numbers."""
    k = ks.mlp(4, slope, 1.5, 0.1, tangent)
    words = ["dense(1.5, 0.1)"] + [f"abrelu({slope}, 1)", "dense(1.5, 0.1)"] * 3
    found = Wide(steps.read(" > ".join(words)), tangent=tangent)
    u = np.linspace(-1, 1, 31)
    assert np.max(np.abs(found(u) - k(u))) < 4e-15
    assert found.variances == k.variances
    assert found.expand(at=-1, terms=4).entries[0][1].ball(80).overlaps(k.expand(at=-1, terms=4).entries[0][1].ball(80))
    assert abs(float(found.decay(4).even / k.decay(4).even) - 1) < 1e-13
    assert found.spectrum(5).certified(4, 20).overlaps(k.spectrum(5).certified(4, 20))


@pytest.mark.parametrize("tangent", [False, True])
def test_residual_blocks_are_resnet(tangent: bool) -> None:
    """The input's weights are not trained there; the branch has the variance alpha^2."""
    block = "sum(identity | dense(1) > relu > dense(2/9))"
    k = ks.network(f"dense(1, 0, 0, 0) > {block} > {block}", tangent=tangent)
    wanted = ks.resnet(2, Fraction(1, 3), tangent)
    u = np.linspace(-1, 1, 31)
    assert np.max(np.abs(k(u) / k(1.0) - wanted(u))) < 4e-15
    assert abs(k.spectrum(4)[5] / k(1.0) - wanted.spectrum(4)[5]) < 1e-16


def test_products_of_branches() -> None:
    """E of a product of independent maps is the product, and its gradients are added."""
    k = ks.network("dense(1) > product(erf > dense(2) | relu > dense(3, 1))", scaled=True)
    t = ks.network("dense(1) > product(erf > dense(2) | relu > dense(3, 1))", scaled=True, tangent=True)
    one, two = (ks.network(f"dense(1) > {text}", scaled=True) for text in ("erf > dense(2)", "relu > dense(3, 1)"))
    u = np.linspace(-1, 1, 21)
    assert np.max(np.abs(k(u) - one(u) * two(u))) < 1e-14
    a, b = (
        ks.network(f"dense(1) > {text}", scaled=True, tangent=True) for text in ("erf > dense(2)", "relu > dense(3, 1)")
    )
    assert np.max(np.abs(t(u) - (a(u) * two(u) + b(u) * one(u)))) < 1e-14


# -- readings ---------------------------------------------------------------------------------------------------------

READ = [
    ks.mlp(3, activation="gelu", bias_variance=0.1, tangent=True),
    ks.mlp(4, activation="erf", weight_variance=1.5),
    ks.mlp(3, activation="sin(1, 2, 0)", bias_variance=0.5),
    ks.mlp(3, activation="step", bias_variance=0.1),
    ks.network(
        "dense(2, 0.1) > gelu > sum(dense(1) > relu > dense(1) | identity) > norm(0.1) > dense(1)", tangent=True
    ),
    ks.mlp(3, activation="hardtanh", bias_variance=0.1),
    ks.mlp(3, activation="elu", tangent=True),
]


@pytest.mark.parametrize("k", READ, ids=str)
def test_texts_and_copies(k: ks.Zonal) -> None:
    assert ks.parse(repr(k)) == k and hash(ks.parse(repr(k))) == hash(k)
    assert pickle.loads(pickle.dumps(k)) == k
    assert 0.5 * k + ks.linear() == ks.parse(repr(0.5 * k + ks.linear()))
    assert k.latex() and "\n" in k.latex(full=True)


@pytest.mark.parametrize("k", READ, ids=str)
def test_the_spectrum_is_the_quadrature_of_values(k: ks.Zonal) -> None:
    d = 5
    z, w = np.polynomial.legendre.leggauss(400)
    # theta = pi x^4, x in [0, 1], from both ends: roots at the ends become smooth
    x = (1 + z) / 2
    theta = math.pi / 2 * x**4
    weight = w / 2 * math.pi / 2 * 4 * x**3 * np.sin(theta) ** (d - 2)
    scale = math.gamma(d / 2) / (math.sqrt(math.pi) * math.gamma((d - 1) / 2))
    values = [k.of_angle(theta), k(np.maximum(-np.cos(theta), -1))]
    for degree in (0, 1, 2, 5):
        shape = d / 2 - 1
        harmonic = [
            eval_gegenbauer(degree, shape, c) / eval_gegenbauer(degree, shape, 1.0)
            for c in (np.cos(theta), -np.cos(theta))
        ]
        wanted = scale * sum(np.sum(weight * v * p) for v, p in zip(values, harmonic, strict=True))
        assert abs(k.spectrum(d)[degree] - wanted) < 1e-13 * abs(k(1.0))


@pytest.mark.parametrize("k", READ[:5], ids=str)
def test_certified_eigenvalues_hold_the_floats(k: ks.Zonal) -> None:
    s = k.spectrum(4)
    for degree in (2, 3):
        ball = s.certified(degree, 20)
        assert abs(float(ball.mid()) - s[degree]) <= 1e-12 * abs(s[degree]) + 1e-17


@pytest.mark.parametrize("k", READ, ids=str)
def test_derivatives_are_slopes(k: ks.Zonal) -> None:
    h = 1e-5
    for u in (-0.5, 0.25, 0.75):
        assert abs(k.derivative()(u) - (k(u + h) - k(u - h)) / (2 * h)) < 1e-9 * abs(k(1.0))


@pytest.mark.parametrize(
    ("name", "tangent", "power"),
    [
        ("abrelu(-0.5, 2)", False, lambda d: d + 2),
        ("abrelu(-0.5, 2)", True, lambda d: d),
        ("step", False, lambda d: d - Fraction(1, 2)),  # two layers of it: the root of a root
        ("rectified_monomial(2)", False, lambda d: d + 4),
        ("hardtanh", False, lambda d: d + 2),
        ("hardtanh", True, lambda d: d),
    ],
)
@pytest.mark.parametrize("d", [3, 6])
def test_laws_of_decay(name: str, tangent: bool, power: Any, d: int) -> None:
    k = ks.mlp(3, activation=name, weight_variance=_WEIGHT, bias_variance=_BIAS, tangent=tangent)
    assert k.decay(d).exponent == power(d)


@pytest.mark.parametrize("name", ["hardtanh", "relu6"])
def test_constants_of_decay_are_those_of_the_eigenvalues(name: str) -> None:
    """One layer of pieces with biases: mu_k over its law tends to 1, as 1/k."""
    k, d = ks.mlp(2, activation=name, bias_variance=0.1, weight_variance=4), 3
    law, degree = k.decay(d), 200
    ratio = k.spectrum(d).approximate(degree).value / (float(law.even) * degree ** -float(law.exponent))
    assert abs(ratio - 1) < 0.03


@pytest.mark.parametrize("name", ["gelu", "erf", "sin", "cos", "exp(1, 0.5)", "gaussian(1, -1)", "gabor", "rbf(0.5)"])
def test_smooth_networks_decay_faster_than_any_power(name: str) -> None:
    k = ks.mlp(3, activation=name, weight_variance=_WEIGHT, bias_variance=_BIAS, tangent=True)
    assert "analytic" in str(k.decay(4)) or "entire" in str(k.decay(4))


def test_depths_have_one_rkhs() -> None:
    two, three = (ks.mlp(n, activation="abrelu(-0.5, 2)", bias_variance=0.1, tangent=True) for n in (3, 4))
    verdict = ks.same_rkhs(two, three, d=4)
    assert verdict.same
    s, t = two.spectrum(4), three.spectrum(4)
    for degree in (0, 1, 2, 7, 40):
        assert float(verdict.lower) <= s[degree] / t[degree] <= float(verdict.upper)
    other = ks.mlp(3, activation="step", bias_variance=0.1)
    assert ks.same_rkhs(two, other, d=4).same is False


@given(st.integers(1, 5), st.sampled_from(["gelu", "erf", "sin", "relu", "step"]), st.sampled_from([0.5, 1.0, 2.0]))
@settings(max_examples=20, deadline=None)
def test_kernels_are_cosines_of_themselves(depth: int, name: str, bias: float) -> None:
    """kappa(1) = 1, values in [-1, 1], and a network around another one is a network."""
    k = ks.mlp(depth, activation=name, bias_variance=bias)
    u = np.linspace(-1, 1, 41)
    assert k(1.0) == 1.0 and np.max(np.abs(k(u))) <= 1
    assert np.all(np.diff(k.defect(u)) <= 1e-15)
    assert np.max(np.abs((ks.arccos(1) @ k)(u) - ks.arccos(1)(np.clip(k(u), -1, 1)))) < 1e-7


def test_variances_are_exact_numbers() -> None:
    chain = steps.read("dense(3/2, 0.1) > gelu > dense(3/2, 0.1) > gelu")
    q = variance(chain, Fraction(1))
    assert ks.parse(f"{q!r}*linear()") == q * ks.linear()
    assert pickle.loads(pickle.dumps(q)) == q and len(repr(q)) < 100
    with mp.workdps(40), precision(160):
        norm = oracle.coefficients(oracle.ACTIVATIONS["gelu"], mp.mpf(8) / 5, 1)[1]
        norm = oracle.coefficients(oracle.ACTIVATIONS["gelu"], mp.mpf(3) / 2 * norm + mp.mpf(1) / 10, 1)[1]
        assert abs(mp.mpf(exact_numbers.ball(q).mid().str(40, radius=False)) / norm - 1) < mp.mpf(10) ** -35


# -- the door ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a step must be one of"),
        ("dense", "dense takes"),
        ("dense(-1)", ">= 0"),
        ("dense(0)", "variance 0"),
        ("dense(1) > erf(1)", "erf takes \\(a, b, c\\)"),
        ("dense(1) > no such", "a step must be one of"),
        ("dense(1) > relu(2)", "relu takes no numbers; got 'relu\\(2\\)'"),
        ("dense(1) > tanh(2)", "tanh takes no numbers"),
        ("dense(1) > leaky_relu(1, 2)", "leaky_relu takes one number, or none"),
        ("dense(1) > elu(sqrt(2)/3)", "alpha of elu"),
        ("dense(1", "parentheses"),
        ("dense(1)) > gelu", "parentheses"),
        ("norm(0)", "eps > 0"),
        ("dense(1) > sum(1: gelu | erf)", "a weight each"),
        ("dense(1) > sum(0: gelu | 1: erf)", "weights of a sum"),
        ("dense(1) > product(1: gelu | 2: erf)", "weights of a sum"),
        ("dense(1) > gaussian(1, 1)", "no mean square"),
        ("dense(1) > polynomial(0, 0)", "is 0 at all inputs"),
        ("dense(open('x'))", "not a kernel expression|unknown kernel|number"),
        ("dense(1) > " * 200 + "gelu > dense(1)" + " > dense(1)" * 300, "at most 400 steps"),
    ],
)
def test_bad_steps(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ks.network(text)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"activation": "no such"}, "a step must be one of"),
        ({"activation": "gelu > erf"}, "one activation"),
        ({"activation": 3}, "activation must be a name"),
        ({"activation": "gelu", "slope": 0.5}, "slope must be 0"),
        ({"activation": "step", "tangent": True}, "jumps"),
        ({"activation": "1 if x < 0; x", "tangent": True}, "jumps"),
        ({"activation": "gelu", "depth": 201}, "depth must be at most 200"),
        ({"activation": lambda x: np.exp(x * x)}, "must be finite"),
    ],
)
def test_bad_activations(given: dict[str, Any], reason: str) -> None:
    with pytest.raises((ValueError, TypeError), match=reason):
        ks.mlp(given.pop("depth", 3), **given)


@pytest.mark.parametrize("activation", ["relu6", "softplus", "hardtanh"])
def test_refusals_name_the_network_and_not_its_parts(activation: str) -> None:
    k = ks.mlp(3, activation=activation, tangent=True)
    name = re.escape(repr(k))
    for read in (k.sympy, lambda: k.of_angle(flint.acb(0.5, 0.25)), lambda: k(sympy.Rational(1, 2))):
        with pytest.raises((TypeError, ValueError), match=f"^{name} is "):
            read()
    with pytest.raises((NotImplementedError, ValueError), match=name):
        k.derivative()
        (ks.dual(activation) + k).normalized()


@pytest.mark.parametrize(
    "text",
    [
        "network('gelu', variance=2)",
        "network('dense(2, 0.1) > gelu', tangent=True, scaled=True)",
        "mlp(3, bias_variance=0.1, activation='step')",
    ],
)
def test_every_law_of_a_kernel(text: str) -> None:
    ks.testing.check_kernel(ks.parse(text))


@pytest.mark.parametrize("name", ["gelu", "erf", "sin", "exp(1, 0.5)", "gaussian(1, -1)", "rbf(0.5)", "gabor"])
def test_defects_keep_their_digits(name: str) -> None:
    """kappa(1) - kappa(u) of tangent kernels, whose slopes are higher powers of 1 - y^2, in relative terms."""
    k = ks.mlp(3, activation=name, weight_variance=_WEIGHT, bias_variance=_BIAS, tangent=True)
    for theta in (1e-2, 1e-5, 1e-9):
        with mp.workdps(60):
            wanted = k.of_angle(mp.mpf(0)) - k.of_angle(mp.mpf(theta))
        assert abs(k.of_angle(theta, defect=True) / float(wanted) - 1) < 2e-15


@pytest.mark.parametrize("name", ["gelu", "erf", "tanh"])
def test_the_value_at_one_is_what_value_and_defect_add_up_to(name: str) -> None:
    """In 40 digits, where the coefficients of a series are rounded, too, and in floats with irrational variances."""
    u = mp.mpf(1) / 3
    for k in (
        ks.mlp(3, activation=name, weight_variance=sympy.sqrt(2)),
        ks.network(f"dense(2) > {name} > dense(2) > {name} > dense(2)", tangent=True, scaled=True),
    ):
        with mp.workdps(40):
            one = k(mp.mpf(1))
            assert abs((k(u) + k.defect(u)) / one - 1) < mp.mpf(10) ** -37
        assert k.of_angle(0.0) == k(1.0) and abs(k(1.0) / float(one) - 1) < 1e-15
        assert "tangent" in repr(k) or k(1.0) == 1.0


@pytest.mark.parametrize("name", ["gelu", "erf"])
@pytest.mark.parametrize("size", [10**6, 10**16, 10**60])
def test_large_variances(name: str, size: int) -> None:
    """1 - beta = 1/(1 + 2 q) is what the values near u = 1 come from: K(1) and K'(1) in closed form."""
    value, slope = (ks.network(f"{name} > dense(1)", variance=size, scaled=True, tangent=t) for t in (False, True))
    chain = ks.network(f"dense(1) > {name} > dense(1, 0, 0, 0)", variance=size, scaled=True, tangent=True)
    with mp.workdps(150):
        q = mp.mpf(size)
        if name == "erf":
            y = 2 * q / (1 + 2 * q)
            one, steep = 2 / mp.pi * mp.asin(y), 2 / mp.pi * y / mp.sqrt(1 - y * y)
        else:
            y = q / (1 + q)
            f = [mp.diff(lambda u: q / 2 * u * (1 - mp.acos(y * u) / mp.pi), 1, n) for n in (0, 1)]
            root = mp.sqrt(1 - y * y)
            bent = 1 - (q - 1) / (q + 1)
            tail = q * y / (2 * mp.pi)
            one = f[0] + tail * bent / root
            steep = f[1] + tail * (-2 * (q - 1) / (q + 1) / root + bent * y * y / root**3)
    assert abs(value(1.0) / float(one) - 1) < 1e-15 and abs(slope(1.0) / float(one) - 1) < 1e-15
    assert abs(chain(1.0) / float(steep) - 1) < 4e-15


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dense(1) > rectified_monomial(0.5)", "degree must be an integer from 0 to 100"),
        ("dense(1) > power(-1)", "degree must be an integer from 0 to 100"),
        ("dense(1) > rbf(-1)", "gamma must be >= 0"),
        ("dense(1) > exp_normalized(-1, 0)", "gamma must be >= 0"),
        ("dense(1) > exp(1, 1000)", "is no float"),
        (" > ".join(["dense(2) > polynomial(0, 0, 1)"] * 12), "between 1e-200 and 1e200"),
    ],
)
def test_parameters_out_of_range(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ks.network(text)


@pytest.mark.parametrize("tangent", [False, True])
def test_layers_of_pieces_at_any_depth_have_the_power_of_one(tangent: bool) -> None:
    """psi(-1) lies inside (-1, 1), where the next layer is analytic; the parities of elu no longer differ."""
    for name, power in (("elu", 7), ("relu6", 5)):
        for depth in (3, 6):
            law = ks.mlp(depth, activation=name, tangent=tangent).decay(3)
            assert [parity.exponent for parity in law.parities] == [power - 2 * tangent] * 2
            assert np.all(law.at(np.array([100, 101])) > 0)
    assert ks.mlp(2, activation="relu6", tangent=tangent).decay(3).exponent == (5 if not tangent else 3)
    assert ks.mlp(3, activation="relu6", tangent=tangent, bias_variance=0.1).decay(3).exponent == (5, 3)[tangent]


@pytest.mark.parametrize(("name", "zero"), [("sin", 0), ("sin(2, 3, 0)", 0), ("gabor", 0), ("erf", 0), ("cos", 1)])
@pytest.mark.parametrize("tangent", [False, True])
def test_parities_of_activations_are_those_of_kernels(name: str, zero: int, tangent: bool) -> None:
    """Odd activations without biases have odd kernels; even ones even kernels, as every layer reads an even one."""
    k = ks.mlp(3, activation=name, tangent=tangent)
    assert k.polynomial_part(zero) == {} and k.polynomial_part(1 - zero) is None
    law = k.decay(3)
    assert "= 0" in str(law).splitlines()[1 + zero] and "faster" in str(law).splitlines()[2 - zero]
    u = np.linspace(0, 1, 11)
    assert np.max(np.abs(k(-u) - (1 - 2 * (1 - zero)) * k(u))) < 4e-15 * k(1.0)
    assert ks.mlp(3, activation="sin(1, 1, 0.5)", tangent=tangent).polynomial_part(0) is None
    biased = ks.mlp(3, activation=name, bias_variance=0.5, tangent=tangent)
    assert biased.polynomial_part(zero) is None


@pytest.mark.parametrize("variance", [1, Fraction(3, 2)])
@pytest.mark.parametrize("steep", [False, True])
def test_duals_of_smooth_activations_have_texts_that_are_read(variance: Fraction, steep: bool) -> None:
    k = SmoothDual("tanh", variance=Fraction(variance), steep=steep)
    u = np.linspace(-1, 1, 11)
    assert np.max(np.abs(ks.parse(repr(k))(u) - k(u))) < 1e-15
    network = ks.mlp(2, activation="tanh", tangent=True)
    assert isinstance(network, Wide)
    tree = network.expression()
    assert np.max(np.abs(ks.parse(repr(tree))(u) - tree(u))) < 1e-14


@pytest.mark.parametrize("activation", ["erf", "erf(2, 1/3, 0)", "sin", "sin(1, 2, 0)", "tanh"])
def test_deep_odd_networks_are_odd_to_rounding(activation: str) -> None:
    """Two roundings in each of 50 layers; distances from an end that one loses are 1e-12 of the value or more."""
    kernel = ks.mlp(50, activation=activation, weight_variance=3, tangent=True)
    u = np.concatenate([[1.0], 1 - np.geomspace(1e-15, 0.9, 30)])
    np.testing.assert_allclose(kernel(-u), -kernel(u), rtol=100 * 2.0**-52, atol=0)


@pytest.mark.parametrize("name", ["silu", "tanh", "softplus", "mish"])
@pytest.mark.parametrize("q", [2, Fraction(3, 7), 0.3])
def test_duals_at_a_variance_are_read_back(name: str, q: Any) -> None:
    """The steps that they print as make them, and nothing with a name of its own."""
    for kernel in (
        SmoothDual(name, variance=Fraction(str(q))),
        SmoothDual(name, variance=Fraction(str(q)), steep=True),
    ):
        assert ks.parse(repr(kernel)) == kernel
    for tail in ("relu6 > dense(1)", "dense(2) > elu"):
        slope = ks.network(f"dense(2) > {name} > dense(2) > {tail}", variance=q).derivative()
        assert ks.parse(repr(slope)) == slope
        assert hash(ks.parse(repr(slope))) == hash(slope)


@pytest.mark.parametrize(("depth", "tangent"), [(2, False), (4, True), (6, False)])
def test_balls_of_pieces_have_the_bits_that_are_asked_for(depth: int, tangent: bool) -> None:
    kernel = ks.mlp(depth, activation="elu", bias_variance=0.1, tangent=tangent)
    with precision(200):
        u = flint.arb(-3) / 4
        found = kernel(u), kernel.defect(u)
    assert min(x.rel_accuracy_bits() for x in found) > 194
    with precision(400):
        assert all(x.overlaps(y) for x, y in zip(found, (kernel(u), kernel.defect(u)), strict=True))
