"""Values and defects next to u = 1, 0 and -1: sums that are 0 there, inner kernels that reach an end there."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
from expressions import exact_atoms
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.base_points import ONE, ZERO, as_rational, exact_at, named, rational
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import ComplexArithmetic, MpmathArithmetic
from kernelspec.numbers.arithmetic_protocol import Value

U, HALF = ks.linear(), Fraction(1, 2)
SIGN = 2 * ks.arccos(0) - 1
#: Inner kernels that reach +1, 0 or -1 at u = 1, 0 or -1, by parity or otherwise.
INNER = [
    ks.polynomial(2),
    ks.polynomial(3),
    -ks.polynomial(2),
    ks.mlp(2, slope=-1),
    ks.mlp(5, slope=-1),
    2 * ks.polynomial(2) - 1,
    ks.dual("abs"),
    SIGN,
    HALF * U + HALF * ks.polynomial(3),
    HALF * U - HALF * ks.polynomial(2),
    SIGN * U,
    SIGN * ks.polynomial(3),
    1 - ks.polynomial(2),
    1 - 2 * ks.polynomial(2),
    1 - 2 * ks.arccos(1),
    2 * ks.arccos(2) - 1,
    1 - ks.defect_power(HALF),
    ks.exponential() - ks.exponential() @ -U,
    ks.laplace() - ks.laplace() @ -U,
    ks.power_series(0, 0.5, 0, 0.5),
    2 * ks.power_series(0.25, 0.25, 0.25, 0.25) - 1,
    ks.arccos(1) @ ks.polynomial(2),
    SIGN @ ks.polynomial(3),
    ks.sine_power(1) @ ks.polynomial(2),
    ks.dual("cos") - ks.dual("cos") @ ks.polynomial(2),
    ks.relu_layer(linear=-HALF, constant=Fraction(1, 4)),
]
OUTER = [U, ks.laplace(), ks.arccos(0), ks.arccos(1), ks.arccos(2), ks.arccos(3), ks.exponential(0.5), ks.rf(4)]
#: What forty operations round to.
TOLERANCE = 4e-14


def points(at: int) -> list[float]:
    """Floats at 1e-15 to 0.3 from a base point."""
    steps = [10.0**-j for j in (0.5, 1, 3, 8, 12, 15)]
    if at:
        return [at * (1 - step) for step in steps] + [at * (1 - 2.0**-53)]
    return [*steps, *(-step for step in steps)]


MP = mpmath.MPContext()
MP.dps = 80


def exactly(kernel: Zonal, u: Value) -> Value:
    """kappa(u) in 80 digits: nothing that cancels here matters."""
    return kernel(MP.mpf(u))


@pytest.mark.parametrize("inner", INNER, ids=repr)
@pytest.mark.parametrize("at", [1, 0, -1])
def test_values_have_their_digits_next_to_a_base_point(inner: Zonal, at: int) -> None:
    u = np.array(points(at))
    inside = [exactly(inner, x) for x in u.tolist()]
    for outer in OUTER:
        kernel = outer @ inner
        for x, v, found in zip(u, inside, kernel(u), strict=True):
            true = exactly(outer, v)
            assert abs(float(found) - true) <= TOLERANCE * abs(true), (kernel, x)


def test_the_values_of_the_issue() -> None:
    epsilon = 2.0**-53
    absolute, square = ks.mlp(2, slope=-1), ks.polynomial(2)
    # mlp(2, slope=-1) is 2 kappa_1 - u: 1 - epsilon + O(epsilon^{3/2}) at u = epsilon - 1
    found = (ks.laplace() @ absolute)(-1 + epsilon)
    assert found == pytest.approx(math.exp(-math.sqrt(epsilon)), rel=1e-15, abs=0)
    assert 1 - found == pytest.approx(math.sqrt(epsilon), rel=2e-8, abs=0)
    found = (ks.laplace() @ square).defect(-1 + epsilon)
    assert found == pytest.approx(-math.expm1(-math.sqrt(2 * epsilon - epsilon**2)), rel=1e-15, abs=0)
    assert ks.dual("erf")(1e-12) == pytest.approx(4e-12 / (3 * math.pi), rel=1e-15, abs=0)
    assert ks.dual("sin")(1e-12) == pytest.approx(1e-12 / math.e, rel=1e-15, abs=0)
    assert SIGN(1e-300) == pytest.approx(2e-300 / math.pi, rel=1e-15, abs=0)
    assert (SIGN @ ks.polynomial(3))(-1e-5) == pytest.approx(-2e-15 / math.pi, rel=1e-15, abs=0)


@given(st.floats(-1, 1))
def test_odd_duals_are_arcsines_and_sines(u: float) -> None:
    assert SIGN(u) == pytest.approx(2 * math.asin(u) / math.pi, rel=1e-15, abs=1e-320)
    mp = mpmath.MPContext()
    mp.dps = 40
    erf = 2 * mp.asin(2 * mp.mpf(u) / 3) / mp.pi
    assert ks.dual("erf")(u) == pytest.approx(float(erf), rel=2e-15, abs=1e-320)
    assert ks.dual("sin")(u) == pytest.approx(math.sinh(u) / math.e, rel=1e-15, abs=1e-320)


@pytest.mark.parametrize("inner", INNER[:12], ids=repr)
def test_jumps_on_the_left_cut_have_their_digits(inner: Zonal) -> None:
    eta, inside = np.array([1e-1, 1e-3, 1e-8, 1e-14, 1e-25]), 2.0**-500
    mp = mpmath.MPContext()
    mp.dps = 330
    with np.errstate(all="ignore"):
        point = Point.from_supplement(ComplexArithmetic(), eta * complex(inside, 1))
        for outer in OUTER[1:6]:
            kernel = outer @ inner
            found = np.broadcast_to(kernel.pair(point).value, eta.shape)
            for x, value in zip(eta, found, strict=True):
                phi = mp.mpf(float(x)) * mp.mpc(inside, 1)
                true = kernel.pair(Point.from_supplement(MpmathArithmetic(mp), phi)).value.imag
                if abs(true) > 1e-140:  # else it is what `inside` leaves
                    assert abs(float(value.imag) - true) <= TOLERANCE * abs(true), (kernel, x)


@pytest.mark.parametrize("inner", INNER, ids=repr)
def test_balls_are_narrow_next_to_a_base_point(inner: Zonal) -> None:
    """A ball of 53 bits keeps 40 of them, and holds the value."""
    for outer in (ks.laplace(), ks.arccos(1)):
        kernel = outer @ inner
        for at in (0, -1):
            u = at + (1 if at else 2) * 2.0**-40
            before = flint.ctx.prec
            try:
                flint.ctx.prec = 53
                ball = kernel(flint.arb(u))
            finally:
                flint.ctx.prec = before
            true = flint.arb(mpmath.nstr(exactly(kernel, u), 60))
            assert ball.overlaps(true)
            assert ball.rel_accuracy_bits() > 40, (kernel, at)


@pytest.mark.parametrize("k", [10**4, 10**9, 10**9 + 1])
@pytest.mark.parametrize(
    "kernel",
    [
        ks.laplace() @ ks.polynomial(2),
        ks.laplace() @ ks.mlp(2, slope=-1),
        ks.arccos(0) @ SIGN,
        ks.arccos(1) @ (HALF * U + HALF * ks.polynomial(3)),
    ],
    ids=repr,
)
def test_eigenvalues_of_what_is_singular_at_minus_one(kernel: Zonal, k: int) -> None:
    s = kernel.spectrum(4)
    true = s.certified(k, 18)
    if true == 0:
        assert s[k] == 0
    else:
        assert abs(float(s[k] / true - 1)) <= s.error(k) < 1e-11


def test_exact_values_at_base_points() -> None:
    assert exact_at(ks.arccos(0), 0) == rational(HALF)
    assert exact_at(ks.arccos(1), 0) == named("1/pi") == exact_at(ks.sine_power(0), -1)
    assert exact_at(SIGN @ ks.polynomial(3), -1) == rational(-1)
    assert exact_at(ks.exponential() - ks.exponential() @ -U, 0) == ZERO
    assert exact_at(ks.rf(3) @ -U, 1) == named("1/pi")
    assert exact_at(ks.ntk(2), -1) == ZERO and exact_at(ks.ntk(5), 1) == rational(5)
    assert exact_at(ks.sine_power(-HALF), 1) is None
    assert as_rational(exact_at(ks.laplace(), 0)) is None


@given(exact_atoms(), st.sampled_from([1, 0, -1]))
def test_exact_values_are_values(kernel: Zonal, at: int) -> None:
    exact = as_rational(exact_at(kernel, at))
    if exact is not None:
        assert kernel(float(at)) == pytest.approx(float(exact), rel=1e-14, abs=1e-15)
    assert (exact_at(kernel, 1) == ONE) == (kernel.rational_one == 1)


@given(exact_atoms(), exact_atoms(), st.sampled_from([0, -1]), st.floats(1e-3, 0.4))
def test_a_rise_is_a_difference(a: Zonal, b: Zonal, at: int, step: float) -> None:
    kernel, u = a * b + HALF * (a @ ks.polynomial(2)), np.float64(at + step)
    rise = float(kernel.rise(Point.from_cosine(ComplexArithmetic(), np.complex128(u)), at).real)
    assert rise == pytest.approx(kernel(float(u)) - kernel(float(at)), rel=1e-10, abs=1e-13)


@pytest.mark.parametrize(
    "text",
    [
        "laplace(c=0.5, gamma=1)@rational_quadratic(scale=0.7)@(-linear())",
        "rational_quadratic(alpha=2)@rational_quadratic()@(-linear())",
        "rational_quadratic(alpha=2)@(0.5*linear())",
        "laplace(c=2, gamma=1)@(0.5*linear())",
        "laplace(c=2, gamma=1)@arccos(0)@(0.5*linear())",
        "laplace(c=2, gamma=1)@rational_quadratic()@(0.5*(linear() - polynomial(2)))",
    ],
)
def test_defects_of_chains_keep_their_digits(text: str) -> None:
    """Chains whose inner kernels end away from u = 1: what each falls by comes from what the one before falls by."""
    k = ks.parse(text)
    for theta in (1.0, 1e-3, 1e-9):
        with mpmath.workdps(60):
            wanted = k.of_angle(mpmath.mpf(0)) - k.of_angle(mpmath.mpf(theta))
        assert abs(k.of_angle(theta, defect=True) / float(wanted) - 1) < 4e-15
    assert k.of_angle(0.0, defect=True) == 0.0
