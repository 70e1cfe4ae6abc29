"""Proved values of duals of activations with pieces: balls against integrals over the plane, ends, wide balls."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import flint
import pytest

import kernelspec as ks
from kernelspec.kernels import piecewise_balls
from kernelspec.kernels.activations import Activation, made
from kernelspec.kernels.ball_values import taylor_balls
from kernelspec.kernels.named_activations import NAMED
from kernelspec.kernels.piecewise import PiecewiseDual
from kernelspec.kernels.piecewise_balls import PiecewiseModels, cover
from kernelspec.kernels.points import Point
from kernelspec.numbers.ball_models import Frame, Model
from kernelspec.numbers.exact_numbers import ball
from kernelspec.numbers.precision import mpmath_context, precision

BITS = 128
TEXTS = {
    "relu6": "0 if x < 0; x if x < 6; 6",
    "hardtanh": "-1 if x < -1; x if x < 1; 1",
    "hardswish": "0 if x < -3; x*(x + 3)/6 if x < 3; x",
    "elu": "exp(x) - 1 if x < 0; x",
    "even": "1 - x if x < -1/2; x**2 if x < 1/2; 1 + x",
    "jumps": "-1 if x < -2; 1/2 if x < 1/3; x**2 if x < 1; 2",
    "rates": "exp(2*x) if x < 1; x*exp(-x) + 1 if x < 2; exp(-x/2)",
}
COSINES = ["0.3", "-0.7", "0.99", "-0.995", "0"]


@pytest.fixture(autouse=True)
def _bits() -> Iterator[None]:
    with precision(BITS):
        yield


# -- the integral over the plane, by Arb's own proved quadrature -------------------------------------------------------

_FAR = 20  # beyond it densities are below 1e-86


def _pieces(f: Activation) -> Iterator[tuple[Fraction | None, Fraction | None, dict[tuple[int, Fraction], Fraction]]]:
    ends = [None, *f.breaks, None]
    yield from zip(ends, ends[1:], f.terms, strict=False)


def _given(f: Activation, mean: Any, deviation: Any) -> Any:
    """E f of a normal variable, by truncated moments of e^{beta x} phi, which is a shifted density."""
    total = flint.acb(0)
    for low, high, terms in _pieces(f):
        for (m, beta), c in terms.items():
            rate = ball(beta)
            centre = mean + rate * deviation**2
            tails = [None if x is None else _upper(m, (ball(x) - centre) / deviation) for x in (low, high)]
            for i in range(m + 1):
                whole = math.prod(range(1, i, 2)) * (i % 2 == 0)
                moment = (whole if tails[0] is None else tails[0][i]) - (0 if tails[1] is None else tails[1][i])
                scale = ball(c) * math.comb(m, i) * centre ** (m - i) * deviation**i
                total += scale * moment * (rate * mean + rate**2 * deviation**2 / 2).exp()
    return total


def _upper(m: int, edge: Any) -> list[Any]:
    """E[z^i; z > edge], i <= m."""
    density = (-edge * edge / 2).exp() / (2 * flint.arb.pi()).sqrt()
    out = [(edge / flint.arb(2).sqrt()).erfc() / 2, density]
    for i in range(2, m + 1):
        out.append(edge ** (i - 1) * density + (i - 1) * out[i - 2])
    return out


def _by_integral(f: Activation, u: Any) -> Any:
    """E f(a) f(b), over a."""
    deviation, total = (1 - u * u).sqrt(), flint.acb(0)
    for low, high, terms in _pieces(f):

        def integrand(a: Any, _: bool, terms: Any = terms) -> Any:
            value = sum(ball(c) * a**m * (ball(beta) * a).exp() for (m, beta), c in terms.items())
            return value * (-a * a / 2).exp() * _given(f, u * a, deviation)

        if terms:
            ends = [far if x is None else ball(x) for x, far in ((low, -_FAR), (high, _FAR))]
            total += flint.acb.integral(integrand, ends[0], ends[1])
    return total.real / (2 * flint.arb.pi()).sqrt()


@pytest.mark.parametrize("name", TEXTS)
def test_balls_hold_the_integral_over_the_plane_and_are_narrow(name: str) -> None:
    activation = made(TEXTS[name])
    kernel = PiecewiseDual(activation)
    for u in COSINES[:: 1 if name == "relu6" else 2]:
        found = kernel(flint.arb(u))
        exact = _by_integral(activation, flint.arb(u))
        assert found.overlaps(exact) and exact.rad() < 1e-30, u
        assert found.rad() < 2.0 ** (8 - BITS)


@pytest.mark.parametrize("name", TEXTS)
def test_balls_at_the_ends_are_the_exact_values(name: str) -> None:
    activation = made(TEXTS[name])
    kernel = PiecewiseDual(activation)
    for u in (1, -1):
        exact = kernel.expand(at=u, terms=1).exact_coefficient(0).ball(BITS)
        found = kernel(flint.arb(u))
        assert found.overlaps(exact) and found.rad() < 2.0 ** (8 - BITS)
    assert kernel.defect(flint.arb(1)).is_zero()


@pytest.mark.parametrize("name", TEXTS)
def test_the_defect_has_relative_digits_next_to_one(name: str) -> None:
    """Against the exact expansion at u = 1, whose next term is below 1e-60."""
    kernel = PiecewiseDual(made(TEXTS[name]))
    t = flint.arb(10) ** -24
    found = kernel.of_angle(2 * (t / 2).sqrt().asin(), defect=True)
    assert found.rel_accuracy_bits() > BITS - 16
    series = kernel.expand(at=1, terms=6)
    known = -sum(series.exact_coefficient(p).ball(BITS) * t ** flint.arb(float(p)) for p in series.exponents if p > 0)
    assert float(abs(found / known - 1).upper()) < 1e-30


@pytest.mark.parametrize("name", TEXTS)
def test_wide_balls_hold_what_is_inside(name: str) -> None:
    kernel = PiecewiseDual(made(TEXTS[name]))
    for middle, radius in ((0.1, 0.5), (0.0, 1.0), (0.9, 0.1), (-0.98, 0.0625), (0.5, 0.001)):
        wide = kernel(flint.arb(middle, radius))
        spread = 0.0
        for j in range(-8, 9):
            u = max(-1.0, min(1.0, middle + radius * j / 8))
            value = kernel(flint.arb(u))
            assert wide.contains(value), (middle, radius, u)
            spread = max(spread, abs(float(value.mid()) - float(wide.mid())))
        assert wide.rad() < 8 * spread + 1e-9


def test_panels_meet() -> None:
    """Next to an edge the two panels say the same."""
    panels = cover(made(TEXTS["relu6"]), 1, BITS)
    for left, right in zip(panels._panels, panels._panels[1:], strict=False):
        edge = flint.arb(left.high)
        for a, b in zip(left.at(edge), right.at(edge), strict=True):
            assert a.overlaps(b) and float((a - b).abs_upper()) < 2.0 ** (16 - BITS)


def test_networks_have_proved_values() -> None:
    mp = mpmath_context(45)
    for kernel in (
        ks.mlp(3, activation="relu6", weight_variance=Fraction(3, 2), bias_variance=Fraction(1, 4), tangent=True),
        ks.mlp(4, activation="hardtanh"),
        ks.mlp(3, activation="hardswish", tangent=True),
    ):
        for u in ("0.3", "-0.7", "-1", "1"):
            found = kernel(flint.arb(u))
            assert abs(float(found.mid()) - kernel(float(u))) < 1e-14 * max(1.0, kernel.at_one)
            assert found.rel_accuracy_bits() > BITS - 24
            known = flint.arb(mp.nstr(kernel(mp.mpf(u)), 45))
            assert (found + flint.arb(0, 1e-38)).contains(known)


def test_what_is_flat_is_enclosed() -> None:
    """On a wide first panel e^{-gap^2/(8 s^2)} is larger than all else that the balls hold."""
    activation = made("0 if x < 0; 1 if x < 1; 0")
    kernel, panels = PiecewiseDual(activation), cover(activation, 1, BITS)
    psi = Frame(True, 40, -400.0).variable * flint.arb(0.5)
    starts = panels.at(flint.arb(0))[:-1]
    change = piecewise_balls._along(panels.system, psi, starts, flint.arb(0), 0)[1]
    for j in range(1, 9):
        t = flint.arb(j) / 8
        exact = kernel.defect(flint.arb(1)) - kernel.of_angle(t / 2, defect=True)
        assert change(t).contains(exact)
    assert 0.001 < change.radius < 0.2


@pytest.mark.parametrize("name", ["relu6", "elu", "jumps"])
@pytest.mark.parametrize("panel", [(0.0, 0.125), (0.25, 0.265625), (2.5, 2.53125)])
def test_models_hold_the_values_on_their_panel(name: str, panel: tuple[float, float]) -> None:
    """On short frames remainders are large, and have to hold what balls say."""
    kernel, (low, high) = PiecewiseDual(made(TEXTS[name])), panel
    frame = Frame(not low, 6, -400.0)
    centre, half = (
        (flint.arb((low + high) / 2), flint.arb((high - low) / 2)) if low else (flint.arb(0), flint.arb(high))
    )
    theta = frame.variable * half + centre
    point = Point.from_angle(PiecewiseModels(BITS), theta)
    point.psi = theta if low < 2 else flint.arb.pi() - theta  # as it is, so that the remainders are the dual's own
    model = point.pair(kernel).value
    assert 2.0**-90 < model.radius < 0.01
    for j in range(0 if frame.at_end else -8, 9):
        t = flint.arb(j) / 8
        assert model(t).overlaps(kernel.of_angle(centre + half * t))


def test_scales_beyond_floats_have_the_same_digits() -> None:
    plain, u = ks.piecewise("-1 if x < -1; x if x < 1; 1"), flint.arb("0.3")
    with precision(BITS):
        for scale in ("1e-200", "1e200"):
            found = ks.piecewise(f"-{scale} if x < -1; {scale}*x if x < 1; {scale}")(u)
            assert found.rel_accuracy_bits() > BITS - 24
            assert (found / flint.arb(scale) ** 2).overlaps(plain(u))


def test_powers_beyond_the_last_are_kept() -> None:
    with precision(128):
        frame = Frame(True, 20, -60.0)
        flat = Model(frame, flint.arb_poly([1]), 15)
        for model in (flat * flat, (flat * flat).applied(lambda x: x.sin(), 1)):
            assert model.power <= 20
            assert model(flint.arb(1) / 2).contains((flint.arb(2) ** -30).mid()) and not model.is_zero


def test_complex_points_stay_refused() -> None:
    with pytest.raises(TypeError, match="not in complex"):
        ks.dual("relu6").of_angle(flint.acb(0.3, 0.1))


def test_names_have_the_pieces_that_are_tested_here() -> None:
    for name in ("relu6", "hardtanh", "hardswish", "elu"):
        assert made(TEXTS[name]) == NAMED[name]


def test_more_bits_than_floats_have_exponents() -> None:
    """At u = 1/8 by the Taylor series: the rest of 420 terms is below 8^-420."""
    kernel = ks.dual("relu6")
    with precision(1200):
        u = flint.arb(1) / 8
        known = sum((b * u**i for i, b in enumerate(taylor_balls(kernel, 420))), flint.arb(0))
        assert abs(kernel(u) - known) < flint.arb(2) ** -1170
