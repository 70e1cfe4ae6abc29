"""The integral over a circle: against quadrature of the network's recursion in mpmath, and the Taylor series."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels.activated import Formed
from kernelspec.numbers.constants import Number, multiplied_out
from kernelspec.spectrum.circle import CircleRoute, circle_route
from kernelspec.spectrum.circle_or_taylor import has_long_series
from kernelspec.spectrum.taylor import TaylorRoute

DIGITS = 22


def _erf_network(mp: Any, depth: int, bias: float) -> Any:
    """rho_depth for weights of variance 2, by Williams 1997."""
    variances = [2 + bias]
    for _ in range(depth - 1):
        q = variances[-1]
        variances.append(2 * 2 / mp.pi * mp.asin(2 * q / (1 + 2 * q)) + bias)

    def value(u: Any) -> Any:
        rho = (2 * u + bias) / variances[0]
        for before, q in zip(variances, variances[1:], strict=False):
            rho = (2 * 2 / mp.pi * mp.asin(2 * before * rho / (1 + 2 * before)) + bias) / q
        return rho

    return value


def _integral(mp: Any, value: Any, d: int, k: int) -> Any:
    """c_d times the integral of kappa(cos theta) P_k(cos theta) sin^{d-2}, on panels that shrink towards both ends."""
    scale = mp.gamma(mp.mpf(d) / 2) / mp.sqrt(mp.pi) / mp.gamma(mp.mpf(d - 1) / 2)

    def polynomial(t: Any) -> Any:
        before, now = mp.mpf(1), t
        for j in range(1, k):
            before, now = now, ((2 * j + d - 2) * t * now - j * before) / (j + d - 2)
        return now if k else before

    ends = [0] + [mp.pi / 2 * mp.mpf(2) ** -j for j in range(12, -1, -1)]
    nodes = ends + [mp.pi - x for x in reversed(ends[:-1])]
    return scale * mp.quad(lambda a: value(mp.cos(a)) * polynomial(mp.cos(a)) * mp.sin(a) ** (d - 2), nodes)


@pytest.mark.parametrize(
    ("depth", "bias", "d", "k"), [(20, 0, 3, 5), (20, 0, 2, 11), (12, 0.125, 10, 4), (12, 0.125, 3, 1)]
)
def test_deep_networks_have_the_eigenvalues_of_their_recursion(depth: int, bias: float, d: int, k: int) -> None:
    spectrum = ks.mlp(depth, activation="erf", bias_variance=bias).spectrum(d)
    assert spectrum.method(k).startswith("circle integral")
    mp = mpmath.mp.clone()
    mp.dps = DIGITS
    truth = _integral(mp, _erf_network(mp, depth, mp.mpf(bias)), d, k)
    off = abs(spectrum[k] / float(truth) - 1)
    assert off <= spectrum.error(k) < 1e-12
    assert off < 2e-14


def test_a_spike_on_a_constant_carries_the_rounding_of_the_constant() -> None:
    # 200 layers with biases: kappa is 0.647 but within 1e-9 of u = 1, and mu_k is 1e-8.
    mp = mpmath.mp.clone()
    mp.dps = 25
    spectrum = ks.mlp(200, activation="erf", bias_variance=0.1).spectrum(3)
    kappa = _erf_network(mp, 200, mp.mpf(1) / 10)
    x, w = np.polynomial.legendre.leggauss(14)
    truth = dict.fromkeys((1, 2, 3), mp.mpf(0))
    edges = [mp.mpf(0), *(mp.mpf(10) ** (mp.mpf(j) / 2) for j in range(-18, 1)), mp.pi / 2]
    for low, high in zip(edges, edges[1:], strict=False):
        for node, weight in zip(x, w, strict=True):
            angle = (low + high) / 2 + (high - low) / 2 * mp.mpf(float(node))
            for t in (mp.cos(angle), -mp.cos(angle)):
                value = kappa(t) * mp.sin(angle) * (high - low) / 4 * mp.mpf(float(weight))
                for k in truth:
                    truth[k] += value * mp.legendre(k, t)
    for k in truth:
        assert abs(spectrum[k] / float(truth[k]) - 1) <= spectrum.error(k) < 1e-6


def test_a_spike_of_a_tangent_kernel_of_two_hundred_layers() -> None:
    spectrum = ks.mlp(200, activation="erf", tangent=True).spectrum(3)
    found = spectrum[1:62:2]
    assert (np.diff(found) < 0).all()  # as for every kernel with Taylor coefficients >= 0
    assert spectrum.error(61) < 1e-12


@pytest.mark.parametrize("d", [2, 3, 10])
@pytest.mark.parametrize("options", [("erf", 2, False), ("gelu", 0.5, True)])
def test_kernels_that_are_nearly_constant_keep_their_digits(d: int, options: tuple[str, float, bool]) -> None:
    activation, weight, tangent = options
    kernel = ks.mlp(12, activation=activation, weight_variance=weight / 4, bias_variance=0.5, tangent=tangent)
    k = np.array([1, 2, 3, 4, 7])
    found, truth = CircleRoute(kernel).values(d, k), TaylorRoute(kernel).values(d, k)
    off = np.abs(np.expm1(found.log_abs - truth.log_abs))
    assert (truth.value[:1] < 2e-6 * kernel.at_one).all()
    assert (off < 2e-14).all()
    assert (off <= found.error + truth.error).all()
    assert (found.error < 3e-13).all()


@pytest.mark.parametrize(("activation", "bias", "tangent"), [("gelu", 0, True), ("sin", 0, False), ("gelu", 0.1, True)])
def test_deep_networks_are_read_whole(activation: str, bias: float, tangent: bool) -> None:
    # Written out, these are sums in products in sums, beyond Python's recursion limit at 200 layers.
    kernel = ks.mlp(70, activation=activation, bias_variance=bias, tangent=tangent)
    spectrum = kernel.spectrum(3)
    parity = kernel.polynomial_part(0) == {}
    found = spectrum[1:62:2] if parity else spectrum[:61]
    assert (found > 0).all()
    assert all((np.diff(found[i::2]) < 0).all() for i in (0, 1))
    assert spectrum.error(60 + parity) < 1e-12
    assert spectrum.method(60 + parity) == "circle integral"


@pytest.mark.parametrize(
    "kernel",
    [
        ks.mlp(5, activation="erf"),
        ks.mlp(5, activation="erf", bias_variance=0.1, tangent=True),
        ks.mlp(3, activation="gelu", tangent=True),
        ks.mlp(5, activation="sin"),
        ks.mlp(4, activation="rbf(0.5)"),
        ks.mlp(4, activation="gaussian(1, -1)", bias_variance=0.2),
    ],
    ids=repr,
)
def test_it_agrees_with_the_taylor_series(kernel: ks.Zonal) -> None:
    circle, taylor = CircleRoute(kernel), TaylorRoute(kernel)
    for parity in (0, 1):
        if kernel.polynomial_part(parity) is not None:
            continue
        k = np.array([0, 2, 4, 10, 60]) + parity
        for d in (2, 3, 784):
            found, truth = circle.values(d, k, estimate=True), taylor.values(d, k)
            assert (found.sign == truth.sign).all()
            off = np.abs(np.expm1(found.log_abs - truth.log_abs))
            assert (off <= found.error + truth.error).all()
            # Of a logarithm of several hundred the last digit is 1e-13.
            assert (off < 2e-13 + 4 * 2.0**-52 * np.abs(truth.log_abs)).all()


def test_a_kernel_that_is_all_spike_keeps_its_digits() -> None:
    # 200 layers: kappa rises from 1e-7 to 1 within 1e-16 of u = 1, where erf's correlations spread by 1.2 a layer.
    spectrum = ks.mlp(200, activation="erf").spectrum(3)
    found = spectrum(np.array([1, 3, 11, 61]))
    assert (np.diff(found) < 0).all()
    assert spectrum.error(61) < 1e-12
    other = CircleRoute(spectrum.kernel)
    eta, _ = other.discs
    # Any circle gives the same: one half as far from the interval as the first that is taken.
    sign, log_abs, _ = other._on(other._best(3, 61) + 2, 3, 61, 17)
    assert sign == 1
    assert math.exp(log_abs) == pytest.approx(found[-1], rel=1e-13)


def test_the_singularity_is_where_the_outermost_layer_has_its_own() -> None:
    # 1/beta, beta = 2q/(1+2q), at q = 2: two layers have no other one.
    route = circle_route(ks.mlp(2, activation="erf"))
    assert math.cosh(route.singularity) == pytest.approx(5 / 4, rel=1e-6)
    assert math.cosh(route.singularity) <= 5 / 4
    assert circle_route(ks.dual("exp")).singularity > 7  # an entire kernel: where the floats end
    # A pole hides between two points of a grid: behind it the kernel is negative.
    pole = circle_route(ks.cauchy(c=2, gamma=1, alpha=1))
    assert math.cosh(pole.singularity) == pytest.approx(3 / 2, rel=1e-6)


@dataclass(frozen=True, repr=False)
class Pole(ks.Zonal):
    """((R-1)/(R-u))^2, R = 8/7: a user's own kernel, finite, real and positive on both sides of its pole."""

    bounded = True
    rational_one = Fraction(1)
    series_sign = 1
    radius = math.nextafter(8 / 7, 1)

    def pair(self, point: Any) -> ks.Pair:
        arithmetic = point.arithmetic
        rise = arithmetic.number(Fraction(7)) * point.delta
        root = arithmetic.power(1 + rise, Fraction(-1))
        return ks.Pair(root * root, rise * root * (1 + root), arithmetic.number(Fraction(1)))

    def derivative(self) -> ks.Zonal:
        raise NotImplementedError

    def text(self) -> str:
        return "pole"

    def latex_of(self, argument: str) -> str:
        return f"p({argument})"


@pytest.mark.parametrize(("bits", "method"), [(10, "circle integral"), (53, "Taylor series")])
def test_a_pole_of_a_tiny_residue_is_not_passed_by(bits: int, method: str) -> None:
    # Behind the pole nothing shows it, at any point where floats are read.
    k, mp = 14, mpmath.mp.clone()
    mp.dps = 45  # of mu_k some 20 cancel
    inner = (ks.linear() + ks.polynomial(2)) / 2
    spectrum = (ks.exponential() @ (ks.linear() / 2 + Fraction(1, 2**bits) * (Pole() @ inner))).spectrum(3)
    assert spectrum.method(k) == method
    legendre = mp.taylor(lambda u: mp.legendre(k, u), 0, k)[::-1]

    def integrand(u: Any) -> Any:
        return mp.exp(u / 2 - 1 + mp.mpf(2) ** -bits / (8 - 7 * (u + u * u) / 2) ** 2) * mp.polyval(legendre, u)

    truth = mp.quad(integrand, [-1, 0, 0.6, 1]) / 2
    assert abs(spectrum[k] / float(truth) - 1) <= spectrum.error(k) < 1e-12


def _gelu_network(mp: Any, depth: int) -> Any:
    """rho_depth for weights of variance 2 by the formula of `ks.dual("gelu")` at variance q (Stein's lemma)."""

    def dual(u: Any, q: Any) -> Any:
        y = q / (1 + q) * u
        rest = q / (1 + q) * (1 - (q - 1) / (q + 1) * u * u) / mp.sqrt(1 - y * y)
        return q * (u * (1 - mp.acos(y) / mp.pi) + rest / mp.pi)

    variances = [mp.mpf(2)]
    for _ in range(depth - 1):
        variances.append(dual(mp.mpf(1), variances[-1]))

    def value(u: Any) -> Any:
        for q in variances[:-1]:
            u = dual(u, q) / dual(mp.mpf(1), q)
        return u

    return value


def test_little_is_multiplied_out_of_numbers_that_differ_from_short_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    # At 96 bits a number of layer 38 is 0 to 1e-6; multiplied out, it has more terms than there is memory.
    sizes: list[int] = []

    def counted(a: Number, b: Number) -> Number:
        sizes.append(len(a.terms) * len(b.terms))
        return multiplied_out(a, b)

    monkeypatch.setattr("kernelspec.numbers.vanishing.multiplied_out", counted)
    monkeypatch.setattr("kernelspec.numbers.constants._FEW_BITS", 192)  # with 768 no algebra is asked here
    spectrum = ks.mlp(40, activation="gelu").spectrum(3)
    assert spectrum[3] > 0
    ks.mlp(80, activation="gelu")
    assert sum(sizes) < 30_000
    mp = mpmath.mp.clone()
    mp.dps = 30
    kappa = _gelu_network(mp, 40)
    truth = mp.quad(lambda u: kappa(u) * u * (5 * u**2 - 3) / 2, [-1, 0, 0.8, 1], maxdegree=6) / 2
    assert abs(spectrum[3] / float(truth) - 1) <= spectrum.error(3) < 1e-12


def test_networks_that_are_nested_too_deeply_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # As a layer is that holds a branch of some hundred layers.
    def nested(*arguments: Any) -> Any:
        return nested(*arguments)

    monkeypatch.setattr("kernelspec.spectrum.spectrum.route_of", nested)
    with pytest.raises(ValueError, match=r"depth must be smaller for eigenvalues: the layers of mlp\(2"):
        ks.mlp(2, activation="erf").spectrum(3)[5]
    with pytest.raises(ValueError, match="depth must be smaller for eigenvalues"):
        ks.mlp(2, activation="erf").spectrum(3).method(5)


def test_layers_too_deep_for_what_their_series_miss_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the routes are found, and what reads the values is nested.
    def nested(kernel: Any) -> float:
        return nested(kernel)

    kernel = ks.mlp(2, activation="sin", tangent=True)
    monkeypatch.setattr(type(kernel), "truncation", property(nested))
    with pytest.raises(ValueError, match="depth must be smaller for eigenvalues"):
        kernel.spectrum(3)[5]


def test_values_near_the_largest_float_carry_the_rounding_of_their_logarithms() -> None:
    # e^{4(u-1)} on the circle: mu_999 is e^-5216, and all that is read is rounding.
    found = circle_route(ks.exponential(Fraction(1, 2))).values(2, np.array([999]), True)
    true = float(mpmath.log(mpmath.besseli(999, 4)) - 4)
    assert abs(math.expm1(true - found.log_abs[0])) <= found.error[0]


def test_short_series_stay_what_they_are() -> None:
    assert not has_long_series(ks.dual("exp"))
    assert not has_long_series(ks.mlp(2, activation="erf"))
    assert not has_long_series(ks.ntk(3))
    assert has_long_series(ks.mlp(20, activation="erf"))


def test_polynomial_parts_of_deep_trees_are_read_once() -> None:
    # Asked again of every layer by the one around it, this takes 2^60 steps.
    kernel = ks.mlp(60, activation="erf", bias_variance=0.1)
    assert [kernel.polynomial_part(parity) for parity in (0, 1)] == [None, None]
    assert isinstance(kernel, Formed)
    assert [kernel.form.polynomial_degree(parity) for parity in (0, 1)] == [None, None]
