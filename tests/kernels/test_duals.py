"""Dual kernels of activations against two-dimensional Gaussian integrals, and the error that a truncation states."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from expressions import time_limit, untyped
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

import kernelspec as ks
from kernelspec.architectures.activations import Activation as Layer
from kernelspec.architectures.duals.choice import dual_of
from kernelspec.architectures.duals.dual import point_at
from kernelspec.kernels.smooth_duals import SmoothDual
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning

EPS = float(np.finfo(np.float64).eps)
COSINES = (-1.0, -0.9, -0.3, 0.0, 0.45, 0.8, 0.99, 1.0)


def erf(x: Value) -> Value:
    return special.erf(x)


def gelu(x: Value) -> Value:
    return x * special.ndtr(x)


def gauss_hermite(function: Callable[[Value], Value], u: float, nodes: int = 150) -> float:
    """E[s(a) s(b)] for a smooth s: b = u a + sqrt(1-u^2) z, a product rule in (a, z)."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    w = w / math.sqrt(2 * math.pi)
    inner = function(u * x[:, None] + math.sqrt(1 - u * u) * x) @ w
    return float(np.sum(w * function(x) * inner))


def polar(function: Callable[[Value], Value], degree: int, u: float) -> float:
    """E[s(a) s(b)] for s homogeneous of a degree on either side of 0: the radius integrates to 2^p p!.

    (a, b) = r (cos phi, cos(phi - theta)); the kinks lie where a cosine vanishes, and between them the integrand
    is a trigonometric polynomial, which 40 Gauss nodes integrate to rounding.
    """
    theta = math.acos(u)
    edges = sorted(
        {
            0.0,
            2 * math.pi,
            *((x % (2 * math.pi)) for x in (h + s for s in (0, theta) for h in (math.pi / 2, 3 * math.pi / 2))),
        }
    )
    x, w = np.polynomial.legendre.leggauss(40)
    total = 0.0
    for low, high in zip(edges, edges[1:], strict=False):
        phi = (low + high) / 2 + (high - low) / 2 * x
        total += (high - low) / 2 * float(np.sum(w * function(np.cos(phi)) * function(np.cos(phi - theta))))
    return total / (2 * math.pi) * 2**degree * math.factorial(degree)


# -- named activations -----------------------------------------------------------------------------


@pytest.mark.parametrize("u", COSINES)
@pytest.mark.parametrize(
    ("name", "function", "degree"),
    [
        ("relu", lambda x: np.maximum(x, 0), 1),
        ("step", lambda x: np.where(x > 0, 1.0, 0.0), 0),
        ("abs", np.abs, 1),
        ("leaky_relu", lambda x: np.where(x > 0, x, x / 100), 1),
    ],
)
def test_homogeneous_activations(name: str, function: Callable[[Value], Value], degree: int, u: float) -> None:
    # Both sides are sums of some hundred terms of size 1, each rounded; acos(u) is known to 2e-16/sin(theta).
    assert ks.dual(name)(u) == pytest.approx(polar(function, degree, u), abs=64 * EPS)


@pytest.mark.parametrize("u", COSINES)
@pytest.mark.parametrize("degree", range(4))
def test_claim_12_arc_cosine_kernels_are_expectations(degree: int, u: float) -> None:
    mean = polar(lambda x: np.where(x > 0, x**degree, 0.0), degree, u)
    size = math.prod(range(1, 2 * degree, 2))
    assert size * ks.arccos(degree)(u) == pytest.approx(2 * mean, abs=64 * EPS * size)


@pytest.mark.parametrize("u", COSINES)
@pytest.mark.parametrize(
    ("name", "function"), [("erf", erf), ("sin", np.sin), ("cos", np.cos), ("exp", np.exp), ("gelu", gelu)]
)
def test_smooth_activations(name: str, function: Callable[[Value], Value], u: float) -> None:
    k = ks.dual(name)
    # The rule is exact far beyond the degree that matters; what is left is the rounding of 150 x 150 terms.
    assert k(u) == pytest.approx(gauss_hermite(function, u), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("slope", [0, Fraction(1, 10), 0.5, 1, -1, -0.3, 2])
@pytest.mark.parametrize("u", COSINES)
def test_leaky_relu_of_every_slope(slope: Value, u: float) -> None:
    a = float(slope)
    expected = polar(lambda x: np.where(x > 0, x, a * x), 1, u)
    assert ks.dual("leaky_relu", slope=slope)(u) == pytest.approx(expected, abs=64 * EPS * (1 + a * a))


def test_relations_between_duals() -> None:
    assert ks.dual("leaky_relu", slope=0) == ks.dual("relu")
    assert ks.dual("leaky_relu", slope=-1) == ks.dual("abs")
    assert ks.dual("leaky_relu", slope=1) == ks.linear()
    assert ks.dual("relu") == Fraction(1, 2) * ks.arccos(1)
    assert ks.dual("relu").normalized() == ks.arccos(1)
    assert ks.dual("step") == Fraction(1, 2) * ks.arccos(0)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("erf", lambda u: 2 / mp.pi * mp.asin(2 * u / 3)),
        ("sin", lambda u: mp.exp(-1) * mp.sinh(u)),
        ("cos", lambda u: mp.exp(-1) * mp.cosh(u)),
        ("exp", lambda u: mp.exp(1 + u)),
        ("gelu", lambda u: u / 4 + u * mp.asin(u / 2) / (2 * mp.pi) + 1 / (2 * mp.pi * mp.sqrt(4 - u * u))),
        ("abs", lambda u: 2 / mp.pi * (mp.sqrt(1 - u * u) + u * mp.asin(u))),
    ],
)
def test_closed_forms_and_defects(name: str, formula: Callable[[Value], Value]) -> None:
    k = ks.dual(name)
    for u in (-1.0, -0.7, 0.0, 1e-8, 0.5, 1 - 2.0**-20, 1 - 2.0**-52, 1.0):
        with mp.workdps(60):
            exact, defect = formula(mp.mpf(u)), formula(mp.mpf(1)) - formula(mp.mpf(u))
            assert abs(k(mp.mpf(u)) - exact) <= mp.mpf(10) ** -56
            assert abs(k(u) - exact) <= 8 * EPS  # sums of parts of size 1 cancel near u = 0 or -1
            # Relative accuracy near u = 1; near -1 the defect of an even function is a difference of equal values.
            assert abs(k.defect(u) - defect) <= 16 * EPS * max(abs(defect), 0 if u > 0 else 1)


# -- Hermite coefficients --------------------------------------------------------------------------


def test_claim_10_hermite_coefficients_give_the_series() -> None:
    k = ks.dual([0.5, -0.25, 0.0, 1.0])
    u = np.linspace(-1, 1, 9)
    assert k(u) == pytest.approx(0.25 + 0.0625 * u + u**3, rel=4 * EPS, abs=4 * EPS)
    assert untyped(k).truncation == 0.0


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=6), st.floats(-1, 1))
@settings(max_examples=50)
def test_a_polynomial_activation_has_its_own_coefficients(coefficients: list[float], u: float) -> None:
    def activation(x: Value) -> Value:
        scale = [c / math.sqrt(math.factorial(i)) for i, c in enumerate(coefficients)]
        return np.polynomial.hermite_e.hermeval(x, scale)

    size = sum(c * c for c in coefficients)
    found = ks.dual(activation, terms=12)
    assert abs(found(u) - ks.dual(coefficients)(u)) <= untyped(found).truncation + 8 * EPS * size


# -- callables: the error is never above what is stated --------------------------------------------


def shifted_step(t: float) -> Callable[[float], float]:
    """P(a > t, b > t) for the correlation u."""

    def value(u: float) -> float:
        if u == 1.0:
            return float(special.ndtr(-t))
        if u == -1.0:
            return float(max(0.0, special.ndtr(-t) - special.ndtr(t)))
        scale = math.sqrt(1 - u * u)
        result, _ = integrate.quad(
            lambda a: math.exp(-a * a / 2) * special.ndtr((u * a - t) / scale),
            t,
            40,
            epsabs=1e-14,
            epsrel=1e-13,
            limit=400,
            points=[t, t + 1, t + 3, 8, 12],
        )
        return float(result / math.sqrt(2 * math.pi))

    return value


CALLABLES: dict[str, tuple[Callable[[Value], Value], Callable[[float], float]]] = {
    "relu": (lambda x: np.maximum(x, 0), ks.dual("relu")),
    "step": (lambda x: (x > 0).astype(float), ks.dual("step")),
    "abs": (np.abs, ks.dual("abs")),
    "erf": (erf, ks.dual("erf")),
    "sin": (np.sin, ks.dual("sin")),
    "cos": (np.cos, ks.dual("cos")),
    "exp": (np.exp, ks.dual("exp")),
    "gelu": (gelu, ks.dual("gelu")),
    "a million relus": (lambda x: 1e6 * np.maximum(x, 0), lambda u: 1e12 * float(ks.dual("relu")(u))),
    "relu at 1e-6": (lambda x: 1e-6 * np.maximum(x, 0), lambda u: 1e-12 * float(ks.dual("relu")(u))),
    "fast sine": (lambda x: np.sin(5 * x), lambda u: math.exp(-25) * math.sinh(25 * u)),
    "faster sine": (lambda x: np.sin(30 * x), lambda u: 0.5 * (math.exp(-900 * (1 - u)) - math.exp(-900 * (1 + u)))),
    "steep exponential": (lambda x: np.exp(3 * x), lambda u: math.exp(9 * (1 + u))),
    "steeper exponential": (lambda x: np.exp(5 * x), lambda u: math.exp(25 * (1 + u))),
    "step at 0.5": (lambda x: (x > 0.5).astype(float), shifted_step(0.5)),
    "step at 1.37": (lambda x: (x > 1.37).astype(float), shifted_step(1.37)),
    "constant": (lambda x: np.ones_like(x), lambda u: 1.0),
    "zero": (lambda x: np.zeros_like(x), lambda u: 0.0),
}


@pytest.mark.parametrize("terms", [1, 8, 64, 200])
@pytest.mark.parametrize("name", CALLABLES)
def test_the_stated_truncation_is_never_exceeded(name: str, terms: int) -> None:
    function, exact = CALLABLES[name]
    k = ks.dual(function, terms=terms)
    stated = untyped(k).truncation
    for u in COSINES:
        expected = float(exact(u))
        # 16 ulp of the largest value is what adding up the series may cost in float64; the reference has 1e-13.
        slack = (16 * EPS + 2e-13) * abs(float(exact(1.0)))
        assert abs(k(u) - expected) <= stated + slack, f"off by {abs(k(u) - expected)}, stated {stated}"


@pytest.mark.parametrize("name", ["erf", "sin", "exp", "gelu"])
def test_the_truncation_of_smooth_activations_is_small(name: str) -> None:
    function, _ = CALLABLES[name]
    # The coefficients of these fall geometrically at the least: (1/4)^{64} for gelu, (4/9)^{64} = 1e-23 for erf.
    assert untyped(ks.dual(function)).truncation <= 1e-11


def test_an_activation_that_is_not_square_integrable_is_refused() -> None:
    # e^{x^2/4} has E s(a)^2 = infinity: there is no dual kernel.
    with pytest.raises(ValueError, match="activation"):
        ks.dual(lambda x: np.exp(x * x / 4))
    with pytest.raises(ValueError, match="activation"):
        ks.dual(lambda x: np.exp(x * x))


def test_too_many_terms_are_refused() -> None:
    # The recurrence takes a pass over the nodes per term.
    with time_limit(), pytest.raises(ValueError, match="terms"):
        ks.dual(np.tanh, terms=10**9)


def test_the_spectrum_of_a_truncated_series_owns_up_to_it() -> None:
    # mu_70 of relu's dual is 2.7e-10; 64 terms give 0, which must not pass for an exact zero.
    exact = ks.dual("relu").spectrum(3)[70]
    s = ks.dual(lambda x: np.maximum(x, 0), terms=64).spectrum(3)
    assert exact > 1e-10
    value, error = s.approximate(70)
    assert abs(value - exact) <= error < 1e-4 and s.error(70) > 0.5
    with pytest.warns(PrecisionWarning, match="NaN"):
        assert math.isnan(s[70])
    assert "exact" not in s.method(70)


# -- a series that is cut off owns up to it ---------------------------------------------------------


def relu(x: Value) -> Value:
    return np.maximum(x, 0)


def elu(x: Value) -> Value:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


@functools.cache
def truncated() -> list[ks.Zonal]:
    """Kernels with a part that is known only up to an error."""
    series = ks.dual(relu, terms=16)
    return [
        series,
        ks.dual(elu),
        2 * series,
        series - ks.linear(),
        series * ks.arccos(1),
        ks.arccos(1) @ (HALF * series),
        series @ ks.arccos(1),
        ks.power_series(1, 2, missing=1e-9),
        ks.dual("tanh") + ks.exponential(),
    ]


HALF = Fraction(1, 2)


@pytest.mark.parametrize("index", range(len(truncated())))
def test_what_is_known_up_to_an_error_is_not_taken_for_exact(index: int) -> None:
    kernel = truncated()[index]
    s = kernel.spectrum(5)
    smooth = "tanh" in repr(kernel)  # whose decay is a fact of its name, and whose coefficients are proved
    calls: list[Callable[[], Any]] = [
        lambda: s.exact(21),
        lambda: s.asymptotic(300),
        lambda: s.asymptotic_bound(300),
        lambda: s.remainder(2),
        lambda: s.fit(),
        lambda: kernel.derivative().derivative(),
        lambda: kernel.sympy(),
    ]
    if not smooth:
        calls += [
            lambda: kernel.normalized(),
            lambda: kernel.expand(1),
            lambda: kernel.expand(-1),
            lambda: kernel.decay(5),
            lambda: s.certified(21),
            lambda: kernel.taylor(4),
        ]
    for call in calls:
        with pytest.raises((ValueError, NotImplementedError), match=r"cut off|tanh"):
            call()
    assert kernel.polynomial_part(1) is None
    assert ks.same_rkhs(kernel, ks.arccos(1), 5).same is (False if smooth else None)
    assert untyped(kernel).truncation > 0
    try:
        assert s.error(300) > 0.5 or "exponential" in repr(kernel)
        assert s.method(21) not in ("exact zero", "polynomial")
    except ValueError as refusal:
        assert "cut off" in str(refusal)


@pytest.mark.parametrize("index", range(len(truncated())))
def test_the_text_of_a_truncated_series_holds_what_is_missing(index: int) -> None:
    kernel = truncated()[index]
    assert ks.parse(repr(kernel)) == kernel
    assert untyped(ks.parse(repr(kernel))).truncation == untyped(kernel).truncation


def test_series_with_different_errors_are_different_kernels() -> None:
    assert ks.power_series(1, 2) != ks.power_series(1, 2, missing=1e-9)
    assert ks.power_series(1, 2, missing=1e-8) != ks.power_series(1, 2, missing=1e-9)
    for terms in (64, 1000):
        kernel = ks.dual(np.tanh, terms=terms)
        assert ks.parse(repr(kernel)) == kernel
    assert "cdots" in ks.power_series(1, missing=1e-9).latex()
    for wrong in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="missing"):
            ks.power_series(1, missing=wrong)


def test_balls_of_a_truncated_series_hold_the_kernel() -> None:
    series = ks.dual(relu, terms=16)
    for u in ("-1", "-0.3", "0.7", "1"):
        exact = ks.dual("relu")(flint.arb(u))
        assert series(flint.arb(u)).overlaps(exact)
        assert series.defect(flint.arb(u)).overlaps(ks.dual("relu").defect(flint.arb(u)))
    with pytest.raises(ValueError, match="off"):
        series.of_angle(flint.acb(1, 0.1))


def test_the_logarithm_of_what_is_unknown_is_nan() -> None:
    s = ks.dual(relu, terms=16).spectrum(3)
    with pytest.warns(PrecisionWarning, match="NaN"):
        assert math.isnan(s.log_abs(70))
    assert math.isinf(s.error(70))
    assert ks.dual("tanh").spectrum(3).log_abs(70) == -math.inf  # the even part of tanh is 0
    assert ks.dual("tanh").spectrum(3).exact(70) == 0


# -- smooth activations by name --------------------------------------------------------------------

SMOOTH: dict[str, tuple[Callable[[Value], Value], Callable[[Value], Value]]] = {
    "tanh": (np.tanh, mp.tanh),
    "sigmoid": (special.expit, lambda x: 1 / (1 + mp.exp(-x))),
    "softplus": (lambda x: np.logaddexp(x, 0), lambda x: mp.log1p(mp.exp(x))),
    "silu": (lambda x: x * special.expit(x), lambda x: x / (1 + mp.exp(-x))),
    "mish": (lambda x: x * np.tanh(np.logaddexp(x, 0)), lambda x: x * mp.tanh(mp.log1p(mp.exp(x)))),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_names(name: str) -> None:
    function, exact = SMOOTH[name]
    kernel = ks.dual(name)
    assert untyped(kernel).truncation < 1e-30
    u = np.linspace(-1, 1, 11)
    rough = ks.dual(function, terms=200)
    # The quadrature in float64 states some 1e-14.
    assert kernel(u) == pytest.approx(rough(u), abs=untyped(rough).truncation)
    known = untyped(kernel).cut_off.coefficients
    with mp.workdps(30):
        for i in (0, 1, 2, 7, 12):
            points = [-16, -8, -4, -2, 0, 2, 4, 8, 16]

            def integrand(x: Value, i: int = i) -> Value:
                return exact(x) * mp.hermite(i, x / mp.sqrt(2)) / mp.sqrt(2) ** i * mp.npdf(x)

            a = mp.quad(integrand, points) / mp.sqrt(mp.factorial(i))
            assert abs(known[i] - a * a) <= 2 * EPS * a * a + mp.mpf(10) ** -50


@pytest.mark.parametrize("deviation", [2.9, 10.0])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "silu", "mish"])
def test_smooth_names_at_large_variances_have_all_their_terms(name: str, deviation: float) -> None:
    """Against quadrature over both variables, which aims at 2e-15."""
    u = np.array([-1, -0.99, 0, 0.3, 0.9, 0.9999, 1])
    dual, s, point = dual_of(Layer(name)), np.full(u.shape, deviation), point_at(u, 1 - u, 1 + u)
    known = {False: dual.value(s, s, point), True: deviation**2 * dual.slope(s, s, point)}
    for steep, values in known.items():
        kernel = SmoothDual(name, variance=Fraction(deviation) ** 2, steep=steep)
        assert kernel.truncation < 4e-15 * kernel.at_one
        assert kernel(u) == pytest.approx(values, rel=0, abs=1e-14 * kernel.at_one)


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_names_decay_faster_than_any_power(name: str) -> None:
    kernel = ks.dual(name)
    law = kernel.decay(4)
    assert law.nu == sympy.oo
    kinds = [p.kind for p in law.parities]
    polynomials = [kernel.polynomial_part(p) for p in (0, 1)]
    assert kinds == ["super-polynomial" if p is None else "vanishing" for p in polynomials]
    assert law.rate is not None
    assert "any power" in law.rate.statement
    s = kernel.spectrum(3)
    x, w = np.polynomial.legendre.leggauss(300)
    values = w * kernel(x)
    for k in (0, 1, 2, 3, 10, 11):
        if polynomials[k % 2] is None:
            integral = float(np.sum(values * special.eval_legendre(k, x))) / 2
            assert s[k] == pytest.approx(integral, abs=1e-14)
            assert s.error(k) < 1e-12
    assert s.error(400) < 1e-12 and (s[400] > 0 or s.method(400) == "exact zero")


# -- declared kinks --------------------------------------------------------------------------------

DECLARED: list[tuple[Callable[[Value], Value], dict[Any, Any], ks.Zonal]] = [
    (relu, {0.0: (1, 1)}, ks.dual("relu")),
    (elu, {0: (2, -1)}, ks.dual("elu")),
    (lambda x: np.clip(x, -1, 1), {-1: (1, 1), 1: (1, -1)}, ks.dual("hardtanh")),
    (lambda x: np.clip(x, 0, 6), {0: (1, 1), 6: (1, -1)}, ks.dual("relu6")),
    (lambda x: (x > 0.3) * 1.0, {0.3: (0, 1)}, ks.piecewise("0 if x < 0.3; 1")),
]


@pytest.mark.parametrize(("function", "kinks", "exact"), DECLARED)
def test_declared_kinks_give_the_decay(
    function: Callable[[Value], Value], kinks: dict[Any, Any], exact: ks.Zonal
) -> None:
    kernel = ks.dual(function, kinks=kinks)
    law, wanted = kernel.decay(5), exact.decay(5)
    assert (law.nu, law.c_plus, law.c_minus) == (wanted.nu, wanted.c_plus, wanted.c_minus)
    assert (law.even, law.odd) == (wanted.even, wanted.odd)
    assert law.exponent == wanted.exponent
    for c in (3, sympy.sqrt(2)):
        assert (c * kernel).decay(5).c_plus == sympy.expand(c * wanted.c_plus)
    # Split at the kinks, the quadrature has the digits of the coefficients.
    b = exact.taylor(20)
    assert untyped(kernel).coefficients[:20] == pytest.approx([float(x.mid()) for x in b], abs=1e-14)
    assert ks.parse(repr(kernel)) == kernel != ks.dual(function)
    with pytest.raises(ValueError, match="cut off"):
        kernel.expand()


@pytest.mark.parametrize(
    "kinks", [{}, {0: 1}, {0: (1, 0)}, {0: (-1, 1)}, {0: (1.5, 1)}, {"a": (1, 1)}, {math.nan: (1, 1)}, 3]
)
def test_declared_kinks_are_checked(kinks: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"kink|order|jump"):
        ks.dual(relu, kinks=kinks)


def test_kinks_and_parameters_belong_somewhere() -> None:
    with pytest.raises(ValueError, match="callable"):
        ks.dual("relu", kinks={0: (1, 1)})
    with pytest.raises(ValueError, match="callable"):
        ks.dual([1.0], kinks={0: (1, 1)})
    with pytest.raises(ValueError, match="elu"):
        ks.dual("selu", alpha=2)
    with pytest.raises(ValueError, match="alpha"):
        ks.dual(relu, alpha=2)
    with pytest.raises(ValueError, match="finite"):
        ks.power_series(1, kinks="0: 1, 1")


@pytest.mark.parametrize(
    ("factor", "largest"),
    [
        ("1 - linear()", 2),  # 0 at u = 1, 2 at u = -1
        ("laplace()@(-linear())", 1),
        ("defect_power(1/2)", 2),
        ("arccos(1)", 1),
        ("polynomial(2) - 1", 2),
    ],
)
def test_the_truncation_of_a_product_is_bounded_everywhere(factor: str, largest: float) -> None:
    series = ks.dual(np.tanh, terms=12)
    missing = untyped(series).truncation
    assert missing > 1e-9
    kernel = ks.parse(factor) * series
    assert missing <= untyped(kernel).truncation <= 1.0001 * largest * missing
    rest = ks.dual(np.tanh, terms=200)
    u = np.linspace(-1, 1, 201)
    assert np.all(np.abs(kernel(u) - ks.parse(factor)(u) * rest(u)) <= untyped(kernel).truncation + 1e-12)
    with pytest.raises(ValueError, match="series cut off"):
        kernel.spectrum(3).certified(2)


def test_the_truncation_of_an_unbounded_product_is_unknown() -> None:
    assert untyped(ks.sine_power(Fraction(-1, 2)) * ks.dual(np.tanh)).truncation == math.inf


def test_absolute_errors_of_a_series_that_is_cut_off() -> None:
    """Beyond its terms, too, what is missing bounds mu_k: the ReLU's mu_200 is not 0."""
    relu = ks.dual(lambda x: np.maximum(x, 0))
    k = np.array([2, 3, 20, 64, 66, 200])
    value, error = relu.spectrum(5).approximate(k)
    true = ks.dual("relu").spectrum(5)(k)
    assert np.all(np.abs(value - true) <= error) and np.all(error >= relu.truncation)
    assert relu.spectrum(5).approximate(200) == (0.0, relu.truncation)
    assert ks.dual([0.5, 0.5]).spectrum(5).approximate(200) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "slope"), [("tanh", lambda x: 1 / np.cosh(x) ** 2), ("softplus", lambda x: 1 / (1 + np.exp(-x)))]
)
def test_the_derivative_of_a_series_by_name_is_the_dual_of_the_slope(name: str, slope: Any) -> None:
    z, weights = np.polynomial.hermite_e.hermegauss(90)
    weights = weights / np.sqrt(2 * np.pi)
    derivative, u = ks.dual(name).derivative(), 0.3
    other = u * z[:, None] + np.sqrt(1 - u * u) * z
    assert (
        abs(weights @ (slope(z)[:, None] * slope(other)) @ weights - derivative(u)) < 1e-7
    )  # 90 nodes: poles are near
    with pytest.raises(NotImplementedError, match=f"no derivative is known of .*{name}"):
        derivative.derivative()
