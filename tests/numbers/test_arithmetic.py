"""The number systems one by one: cuts, ends, irrational coefficients, and series cut where nothing is lost."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb

import kernelspec as ks
from kernelspec.kernels.points import Point, tail_constant
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.arithmetic import (
    BallArithmetic,
    ComplexArithmetic,
    FloatArithmetic,
    MpmathArithmetic,
    half_turns,
)
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.closed_polynomials import closed_form_polynomials
from kernelspec.numbers.precision import precision
from kernelspec.numbers.rational import as_exact

MP = mpmath.MPContext()
MP.dps = 50
F = Fraction


@pytest.mark.parametrize("u", [-0.5 + 1.2j, -0.1 - 1.3j, -2.5 + 0.1j, 0.5 - 1.2j])
def test_arc_cosine_kernels_far_from_the_ends_in_the_complex_plane(u: complex) -> None:
    """Closed forms (Cho & Saul 2009), where the series at the ends do not serve."""
    theta, c = MP.acos(u), MP.mpc(u)
    rest, s = MP.pi - theta, MP.sin(theta)
    wanted = [rest, s + rest * c, (3 * s * c + rest * (1 + 2 * c * c)) / 3]
    for n, value in enumerate(wanted):
        found = ks.arccos(n).of_angle(np.array([complex(theta)]))[0]
        assert abs(found - complex(value / MP.pi)) < 2e-15 * (1 + abs(u) ** n)


def test_both_sides_of_the_cut_are_told_by_the_sign_of_zero() -> None:
    arithmetic: Any = ComplexArithmetic()
    for q in (F(1, 3), F(-1, 4), F(2, 7), F(1, 2), F(-3, 2), F(5, 2)):
        for sign in (1, -1):
            x = np.array([complex(-2.0, sign * 0.0), complex(-2.0, sign * 1e-300), complex(3, 0.0)])
            found = arithmetic.power(x, q)
            wanted = [MP.power(2, MP.mpf(q.numerator) / q.denominator)] * 2
            turn = MP.expjpi(MP.mpf(sign * q.numerator) / q.denominator)
            for value, size in zip(found[:2], wanted, strict=True):
                assert abs(complex(size * turn) - value) < 4e-16 * abs(value)
            assert found[2] == pytest.approx(3.0 ** float(q), rel=1e-15, abs=0)


@pytest.mark.parametrize("q", [F(k, 12) for k in range(-30, 31)])
def test_half_turns(q: Fraction) -> None:
    wanted = MP.expjpi(MP.mpf(q.numerator) / q.denominator)
    found = half_turns(q)
    assert abs(found.real - float(wanted.real)) < 2e-16
    assert abs(found.imag - float(wanted.imag)) < 2e-16


def test_the_logarithm_next_to_one_keeps_both_parts() -> None:
    x = np.array([1e-20 + 1e-25j, -1e-12 + 1e-18j, 1e-9j, 0.3 - 0.2j])
    for value, at in zip(ComplexArithmetic().log1p(x), x, strict=True):
        wanted = MP.log(1 + MP.mpc(at))
        assert abs(value.real - float(wanted.real)) < 1e-15 * max(abs(float(wanted.real)), 1e-18)
        assert abs(value.imag / float(wanted.imag) - 1) < 1e-15


def test_irrational_coefficients_have_the_digits_of_their_arithmetic() -> None:
    root = as_exact(sympy.sqrt(2), "c")
    assert abs(MpmathArithmetic(MP).number(root) - MP.sqrt(2)) < MP.mpf(10) ** -49
    kernel = sympy.sqrt(2) * ks.arccos(1)
    with MP.workdps(40):
        assert abs(kernel(MP.mpf(0)) - MP.sqrt(2) / MP.pi) < MP.mpf(10) ** -39
    for bits in (20, 53, 200):
        with precision(bits):
            ball = BallArithmetic().number(root)
        with precision(400):
            assert ball.contains(arb(2).sqrt())
            assert ball.rad() < 2.0 ** (8 - bits)


def test_balls_at_the_ends_lose_what_is_below_zero() -> None:
    found = BallArithmetic().nonnegative(arb(0, 1e-20))
    assert found.lower() == 0 and found.contains(1e-20)
    for kernel in (ks.arccos(0), ks.laplace()):
        assert kernel(arb(1)).contains(1) and kernel(arb(1)).is_finite()


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 6, 9])
def test_arc_cosine_kernels_farthest_from_both_ends(degree: int) -> None:
    """There the series at the ends converge slowest; the closed form cancels nothing in 50 digits."""
    u = np.array([-1e-3, -1e-17, 0.0, 1e-17, 1e-3, 0.1])
    a, b = closed_form_polynomials(degree)
    for value, at in zip(ks.arccos(degree)(u), map(MP.mpf, u.tolist()), strict=True):
        sums = [MP.fsum(MP.mpf(c.numerator) / c.denominator * at**j for j, c in enumerate(p)) for p in (a, b)]
        wanted = (sums[0] * MP.sqrt(1 - at * at) + sums[1] * (MP.pi - MP.acos(at))) / MP.pi
        assert abs(MP.mpf(float(value)) / wanted - 1) < 1e-15


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5, 8])
def test_closed_forms_are_those_of_the_integral(degree: int) -> None:
    """kappa_n(0) = (E z_+^n)^2 / (E z_+^{2n}): with odd and even degrees, and the leading term at u = -1."""
    a, b = closed_form_polynomials(degree)
    mean = MP.power(2, MP.mpf(degree) / 2) * MP.gamma(MP.mpf(degree + 1) / 2) / (2 * MP.sqrt(MP.pi))
    square = MP.power(2, degree) * MP.gamma(degree + MP.mpf(1) / 2) / (2 * MP.sqrt(MP.pi))
    found = (MP.mpf(a[0].numerator) / a[0].denominator + MP.pi / 2 * MP.mpf(b[0].numerator) / b[0].denominator) / MP.pi
    assert abs(found * square / mean**2 - 1) < MP.mpf(10) ** -45
    constant = MP.mpf(tail_constant(degree).numerator) / tail_constant(degree).denominator / MP.pi
    with MP.workdps(120):
        psi = MP.mpf(10) ** -8
        value = ks.arccos(degree)(-MP.cos(psi))
        assert abs(value / (constant * MP.sin(psi / 2) ** (2 * degree + 1)) - 1) < 1e-14


@pytest.mark.parametrize("psi", [2.0**-17, 1.01 * 2.0**-16, 0.01, 0.3, 1.5])
def test_the_sine_tail_of_a_ball_holds_its_ends_and_little_more(psi: float) -> None:
    ball, balls = arb(psi, 2.0**-12 * psi), BallArithmetic()
    with precision(200):
        found = balls.sine_tail(ball)
        ends = [end.sin() - end * end.cos() for end in (ball.lower(), ball.upper())]
        assert all(found.contains(end.mid()) for end in ends)
        assert found.rad() < 0.505 * (ends[1] - ends[0]) * psi / math.sin(psi)
        assert balls.sine_tail(arb(psi)).rel_accuracy_bits() > 190


def test_angles_keep_their_digits_at_both_ends() -> None:
    for theta in (1e-9, 1e-150, math.pi - 1e-9, math.pi - 1e-5, 3.0):
        point = Point.from_angle(FloatArithmetic(), np.float64(theta))
        exact = MP.mpf(theta)
        assert abs(MP.mpf(float(point.delta)) / (2 * MP.sin(exact / 2) ** 2) - 1) < 1e-15
        # cos(theta/2) of a float next to pi has the digits of pi - theta.
        assert abs(MP.mpf(float(point.codelta)) / (2 * MP.cos(exact / 2) ** 2) - 1) < 1e-15
        other = Point.from_supplement(FloatArithmetic(), np.float64(theta))
        assert other.delta == point.codelta and other.codelta == point.delta and other.u == -point.u
        mirror = point.mirror
        assert mirror.delta == point.codelta and mirror.codelta == point.delta


def test_powers_of_the_sine_next_to_the_ends() -> None:
    u = np.array([1 - 2.0**-40, -1 + 2.0**-30, 1 - 2.0**-20])
    for p in (F(-1, 2), F(1, 2), F(3, 2)):
        for value, at in zip(ks.sine_power(p)(u), map(MP.mpf, u.tolist()), strict=True):
            wanted = MP.power(1 - at * at, MP.mpf(p.numerator) / p.denominator) / MP.pi
            assert abs(MP.mpf(float(value)) / wanted - 1) < 1e-15


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_an_inner_kernel_that_touches_its_bounds_inside(n: int) -> None:
    """Chebyshev's polynomial passes 1 and -1 by a rounding at its extremes: no distance from an end is below 0."""
    coefficients = sympy.Poly(sympy.chebyshevt(n, sympy.Symbol("u"))).all_coeffs()[::-1]
    inner = sum((int(c) * ks.polynomial(m) for m, c in enumerate(coefficients) if c), 0 * ks.linear())
    for where in range(1, n):
        u = math.cos(math.pi * where / n) + 2.0**-52 * np.arange(-40, 41)
        for kernel in (ks.arccos(0), ks.laplace()):
            found = (kernel @ inner)(u)
            assert np.all(np.isfinite(found))
            end = kernel(1.0 if where % 2 == 0 else -1.0)
            np.testing.assert_allclose(found, end, rtol=0, atol=1e-6)


def ramp(u: Value) -> Value:
    """kappa_1."""
    return (MP.sqrt((1 - u) * (1 + u)) + u * (MP.pi - MP.acos(u))) / MP.pi


def sign(u: Value) -> Value:
    """2 kappa_0 - 1, which is 0 at u = 0."""
    return 1 - 2 * MP.acos(u) / MP.pi


U, A1, E = ks.linear(), ks.arccos(1), ks.exponential()
NODES: list[tuple[Any, Any]] = [
    (E * A1, lambda u: MP.exp(u - 1) * ramp(u)),
    (U**4, lambda u: u**4),
    (U**7, lambda u: u**7),
    (E @ (F(1, 2) * A1), lambda u: MP.exp(ramp(u) / 2 - 1)),
    (A1 @ (F(1, 2) * U + F(1, 4)), lambda u: ramp(u / 2 + MP.mpf(1) / 4)),
    (A1 @ E @ (F(1, 2) * U), lambda u: ramp(MP.exp(u / 2 - 1))),
    ((2 * ks.arccos(0) - 1) * E, lambda u: sign(u) * MP.exp(u - 1)),
    ((2 * ks.arccos(0) - 1) * (A1 + 1), lambda u: sign(u) * (ramp(u) + 1)),
    ((3 - 3 * U) * ks.defect_power(F(1, 2)), lambda u: 3 * MP.power(1 - u, MP.mpf(3) / 2)),
    ((2 - 2 * U) ** 3 * ks.defect_power(F(-1, 2)), lambda u: 8 * MP.power(1 - u, MP.mpf(5) / 2)),
]
ROOT = ks.defect_power(F(1, 2)) @ (F(1, 2) * U + F(1, 2))
NODES += [  # powers of multiples of one polynomial, gathered
    (ROOT * ROOT, lambda u: (1 - u) / 2),
    (ROOT * ROOT * ks.defect_power(F(1, 2)), lambda u: MP.power(1 - u, MP.mpf(3) / 2) / 2),
    ((3 - 3 * U) * ROOT * ROOT, lambda u: 3 * (1 - u) ** 2 / 2),
]
OFF = [NODES[i][0] for i in (3, 4, 5)]


@pytest.mark.parametrize(("kernel", "function"), NODES, ids=[f"node{i}" for i in range(len(NODES))])
def test_values_defects_and_slopes_of_sums_products_and_compositions(
    kernel: Zonal, function: Callable[..., Value]
) -> None:
    u = [1 - 2.0**-30, 1 - 2.0**-10, 0.7, 2.0**-30, -(2.0**-20), -0.6, -1 + 2.0**-20]
    one = function(MP.mpf(1))
    slopes = kernel.derivative()(np.array(u))
    for at, slope in zip(u, slopes, strict=True):
        x = MP.mpf(at)
        assert abs(kernel(at) - function(x)) <= 2e-15 * abs(function(x)) + 1e-300
        # Where the inner kernel ends off 1 the outer one's defect there is taken off, and its rounding stays.
        off = 4e-16 if kernel in OFF else 0.0
        assert abs(kernel.defect(at) - (one - function(x))) <= 4e-15 * abs(one - function(x)) + off
        with MP.workdps(60):
            step = MP.mpf(10) ** -20
            wanted = (function(x + step) - function(x - step)) / (2 * step)
        assert abs(slope - wanted) <= 1e-13 * abs(wanted)
