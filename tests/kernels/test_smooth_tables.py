"""Floats of smooth activations at large variances against quadrature, against series in balls, and at their limits."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels import hermite_floats, smooth_tables
from kernelspec.kernels.smooth_duals import NAMES, SmoothDual, at_precision, balls, exact_part, whole
from kernelspec.numbers.precision import precision

U = [-1.0, -1 + 1e-6, -0.5, 0.0, 0.3, 0.999, 1 - 1e-8, 1.0]
SWITCH = {"tanh": 2.5, "mish": 5.7}  # of variances; 10.1 of others


def dual(name: str, deviation: float, steep: bool = False) -> SmoothDual:
    return SmoothDual(name, variance=Fraction(deviation) ** 2, steep=steep)


FLOATS: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "silu": lambda x: x * np.exp(-np.logaddexp(0, -x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
}


def rule(centre: float, width: float) -> tuple[Any, Any]:
    """Nodes and weights of the normal law, panels graded around the centre from this width on."""
    x, w = np.polynomial.legendre.leggauss(24)
    reach = [side * width * 2.0**power for side in (-1, 1) for power in range(-1, 30)]
    edges = np.unique([-9.0, 9.0, *np.linspace(-9, 9, 10), *np.clip([centre, *(centre + r for r in reach)], -9, 9)])
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half * (1 + x)).ravel()
    return z, (half * w).ravel() * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def by_quadrature(name: str, s: float, u: float) -> float:
    """E phi(s x) phi(s (u x + r z))."""
    phi, r = FLOATS[name], math.sqrt((1 - u) * (1 + u))
    outer, weights = rule(0.0, 1 / s)
    if r == 0:
        return math.fsum(weights * phi(s * outer) * phi(s * u * outer))
    total = []
    for x, w in zip(outer, weights, strict=True):
        z, v = rule(-u * x / r, 1 / (s * r))
        total.append(w * phi(s * x) * np.sum(v * phi(s * (u * x + r * z))))
    return math.fsum(total)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize(("s", "u"), [(31.6, -0.5), (31.6, 0.999), (1e3, 0.3), (1e3, -1.0), (1e6, 1 - 1e-8)])
def test_values_are_those_of_a_quadrature(name: str, s: float, u: float) -> None:
    kernel = dual(name, s)
    assert abs(kernel(u) - by_quadrature(name, s, u)) < 2e-14 * kernel(1.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steep", [False, True])
def test_the_table_goes_on_where_the_series_ends(name: str, steep: bool) -> None:
    q = Fraction(SWITCH.get(name, 10.1)) + Fraction(1, 8)
    kernel = SmoothDual(name, variance=q, steep=steep)
    assert kernel.tabled and not SmoothDual(name, variance=q * Fraction(9, 10), steep=steep).tabled
    with precision(200):
        b, rest = balls(name, q, steep, 1400, 64)
        series = [float(x.mid()) for x in b]
    assert abs(float(rest.mid())) < 1e-20
    for u in (*U, 0.9999, -0.98):
        powers = [x * u**i for i, x in enumerate(series)]
        assert abs(kernel(u) - math.fsum(powers)) < 4e-15 * kernel(1.0)
    defect = math.fsum(x * -math.expm1(i * math.log1p(-1e-8)) for i, x in enumerate(series))
    assert kernel.defect(1 - 1e-8) == pytest.approx(defect * (1 - (1 - 1e-8)) / 1e-8, rel=3e-15)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("q", [12, 300])
def test_squares_of_coefficients_have_their_digits(name: str, q: int) -> None:
    terms = 700
    with precision(160):
        wanted = [float(x.mid()) for x in at_precision(name, Fraction(q), terms, 64)[0]]
    first = smooth_tables.first_squares(name, Fraction(q))
    assert first == pytest.approx(wanted[: hermite_floats.FIRST], rel=1e-13)
    for parity in (0, 1):
        if exact_part(name, Fraction(q))[0] == parity:
            continue
        m = np.arange(hermite_floats.FIRST + parity, terms, 2.0)
        found = np.exp(hermite_floats.log_square(name, q, m, parity))
        assert found == pytest.approx(wanted[int(m[0]) :: 2], rel=1e-13 if name != "mish" else 1e-11)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("deviation", [5, 1e3, 1e9])
def test_all_of_the_series_adds_up_to_the_mean_square(name: str, deviation: float) -> None:
    for steep in (False, True):
        table = dual(name, deviation, steep)._table
        assert sum(part.one for part in table.parts) == pytest.approx(table.one, rel=1e-14)
    assert dual(name, deviation)._table.slope == pytest.approx(dual(name, deviation, True)(1.0), rel=1e-14)


@pytest.mark.parametrize("u", U)
def test_limits_are_those_of_steps_and_rectifiers(u: float) -> None:
    """tanh(s x) is sign x but for |x| ~ 1/s, and E|tanh - sign| ~ 1/s; silu(s x)/s is a rectifier but for 1/s^2."""
    s = 1e9
    arc = 2 / math.pi * math.asin(u)
    assert abs(dual("tanh", s)(u) - arc) < 2 / s if abs(u) < 0.9999 else abs(dual("tanh", s)(u) - arc) < 4e-9
    assert dual("silu", s)(u) / s**2 == pytest.approx(ks.dual("relu")(u), abs=1e-15)
    assert dual("softplus", s, True)(u) / s**2 == pytest.approx(0.25 + math.asin(u) / (2 * math.pi), abs=4e-9)


def test_defects_keep_their_digits() -> None:
    """Next to u = 1 the kernel is a line; further off, K'(1) and K have the laws of steps."""
    kernel = dual("tanh", 1e6)
    slope = kernel.derivative()(1.0)
    theta = 1e-12
    assert kernel.of_angle(theta, defect=True) == pytest.approx(slope * theta**2 / 2, rel=1e-9)
    assert kernel.of_angle(0.5, defect=True) == pytest.approx(1 - 2 / math.pi * math.asin(math.cos(0.5)), abs=2e-6)


def test_an_odd_kernel_is_odd_and_small_next_to_zero() -> None:
    kernel = dual("tanh", 31.6)
    u = np.array([1e-300, 1e-12, 0.4, 1.0])
    assert np.array_equal(kernel(-u), -kernel(u)) and kernel(0.0) == 0
    assert kernel.defect(-0.4) == pytest.approx(kernel(1.0) + kernel(0.4), rel=1e-15)
    assert kernel(1e-300) / 1e-300 == pytest.approx(kernel.derivative()(0.0), rel=1e-14)


def test_other_numbers() -> None:
    """mpmath's, of large variances, are those of floats; float32 are rounded; complex ones are refused."""
    kernel = dual("silu", 1e5)
    assert float(kernel(mp.mpf("0.25"))) == kernel(0.25)
    assert kernel(np.array([0.25], dtype=np.float32))[0] == np.float32(kernel(0.25))
    with pytest.raises(TypeError, match="large variance"):
        kernel.of_angle(np.array([0.3 + 0.1j]))


def test_bounds() -> None:
    kernel = dual("sigmoid", 100)
    bound = kernel.majorant(Fraction(1))
    assert bound is not None and float(whole("sigmoid", Fraction(10**4), False)) < bound < Fraction(1)
    assert kernel.majorant(Fraction(2)) is None
    assert kernel.known(1) is None and kernel.polynomial_part(0) == {0: Fraction(1, 4)}
    assert 0 < kernel.truncation < 1e-80


def test_networks_of_large_weights() -> None:
    begun = time.process_time()
    kernel = ks.mlp(2, activation="tanh", weight_variance=1000, tangent=True)
    assert kernel(0.3) == pytest.approx(0.40402572990853904, rel=1e-14)  # by the quadrature above, at 30 digits
    deep = ks.mlp(20, activation="tanh", weight_variance=10**4, bias_variance=1, tangent=True)
    assert deep(1.0) > 1e30 and 0 < deep(0.1) < deep(0.9) < 0.01
    kernel(np.linspace(-1, 1, 10**6))
    assert time.process_time() - begun < 20  # some 4


@pytest.mark.parametrize("variance", [1, 1000])
def test_what_needs_values_off_the_interval_is_refused_by_name(variance: int) -> None:
    """Not by the fractions of a series that stands for the dual."""
    kernel = ks.mlp(2, activation="tanh", weight_variance=variance, tangent=True)
    for read in (kernel.spectrum(3).remainder, lambda _: kernel.spectrum(3).asymptotic(30)):
        with pytest.raises(ValueError, match=rf"mlp\(2, weight_variance={variance}, .*infinitely smooth on \[-1, 1\]"):
            read(2)
    for each in (kernel, ks.network("tanh", variance=variance, scaled=True)):
        with pytest.raises(ValueError, match=rf"^{re.escape(repr(each))} is .*no values off \[-1, 1\]"):
            each.of_angle(flint.acb(0.5, 0.25))
