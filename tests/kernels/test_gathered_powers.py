"""Products of powers of one base are one power: equal formulas are equal values, with the right eigenvalues."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import ComplexArithmetic, half_turns
from kernelspec.spectrum.ball_jumps import INSIDE
from kernelspec.spectrum.cut_point import CutPoint
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning, Values, combine

U, HALF, THIRD = ks.linear(), Fraction(1, 2), Fraction(1, 3)
POWERS = st.fractions(-2, 3, max_denominator=6).filter(lambda q: q.denominator > 1)
INNER = st.sampled_from([U, ks.arccos(1), HALF * U + HALF, ks.polynomial(3)])


def factors() -> st.SearchStrategy[Zonal]:
    """Powers of 1 - u and 1 - u^2, exponentials, and what they meet, at u or at another kernel."""
    halves = st.integers(-3, 5).map(lambda n: Fraction(n, 2))
    atoms = st.one_of(
        POWERS.map(ks.defect_power),
        halves.map(ks.sine_power),
        st.integers(1, 9).map(lambda n: ks.laplace(n, 1)),
        st.integers(1, 9).map(ks.laplace),
        st.sampled_from([1 - U, 1 - ks.polynomial(2), ks.arccos(1), U]),
    )
    return st.builds(lambda a, b: a @ b, atoms, INNER)


@given(factors(), factors(), factors())
def test_products_are_associative_and_commute(a: Zonal, b: Zonal, c: Zonal) -> None:
    assert (a * b) * c == a * (b * c) == (c * a) * b


@settings(max_examples=50)
@given(
    st.lists(st.tuples(POWERS, st.sampled_from([U, HALF * U + HALF, U / 4 + 3 * HALF / 2])), max_size=5), st.randoms()
)
def test_powers_of_multiples_of_one_base_have_one_form(powers: Any, random: Any) -> None:
    # ((1 - u)/2)^p is a power of 1 - u as well: whole powers were left with whichever came first.
    built = [ks.defect_power(p) @ inner for p, inner in powers] + [1 - U, HALF - HALF * U]
    product = math.prod(built)
    random.shuffle(built)
    assert math.prod(reversed(built)) == product
    assert product(-0.5) == pytest.approx(math.prod(k(-0.5) for k in built), rel=1e-12, abs=0)


@given(factors(), factors(), factors())
def test_products_read_back(a: Zonal, b: Zonal, c: Zonal) -> None:
    product = a * b * c
    assert ks.parse(repr(product)) == product
    assert ks.parse(repr(product)).text() == product.text()


@given(factors(), factors(), factors(), st.floats(-0.9, 0.9))
def test_products_have_the_product_of_the_values(a: Zonal, b: Zonal, c: Zonal, u: float) -> None:
    assert (a * b * c)(u) == pytest.approx(a(u) * b(u) * c(u), rel=1e-12, abs=1e-250)


@given(POWERS, POWERS, INNER)
def test_exponents_add(p: Fraction, q: Fraction, inner: Zonal) -> None:
    product = (ks.defect_power(p) @ inner) * (ks.defect_power(q) @ inner)
    total = p + q
    if total.denominator > 1 or total < 0:
        assert product == ks.defect_power(total) @ inner
    else:
        assert product == (1 - inner) ** int(total)


def test_equal_formulas_are_equal_values() -> None:
    assert ks.laplace(4, gamma=1) == ks.exponential(HALF)
    assert ks.laplace(2, gamma=1) == ks.parse("laplace(c=2, gamma=1)")
    assert repr(ks.laplace(2, gamma=1)) == "laplace(c=2, gamma=1)"
    assert ks.exponential(1) * ks.exponential(HALF) == ks.laplace(5, gamma=1)
    assert ks.laplace(1, THIRD) * ks.laplace(2, THIRD) == ks.laplace(3, THIRD)
    assert ks.defect_power(HALF) ** 2 == 1 - U
    assert ks.defect_power(HALF) * ks.defect_power(-HALF) == ks.polynomial(0)
    assert ks.defect_power(THIRD) * ks.defect_power(2 * THIRD) == 1 - U
    assert (1 - U) * ks.defect_power(HALF) == ks.defect_power(3 * HALF)
    assert ks.sine_power(HALF) * ks.sine_power(1) == ks.sine_power(0) * ks.sine_power(3 * HALF)
    assert ks.exponential(1).derivative() == ks.exponential(1)
    assert ks.laplace(2, gamma=1).derivative() == 2 * ks.laplace(2, gamma=1)


def test_widths_and_scales_keep_their_ranges() -> None:
    widest = ks.laplace(10**300, gamma=1)
    assert ks.parse(repr(widest * widest)) == widest * widest
    narrow = ks.exponential(Fraction(1, 10**100))
    assert ks.parse(repr(narrow * narrow)) == narrow * narrow
    assert ks.parse(repr(narrow)) == narrow


# -- eigenvalues -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kernel",
    [
        ks.arccos(5) * ks.laplace(c=1, gamma=1),
        ks.defect_power(THIRD) * ks.defect_power(2 * THIRD) * ks.arccos(3),
        ks.defect_power(HALF) ** 2 * ks.arccos(2),
        ks.defect_power(HALF) * (ks.defect_power(HALF) @ ks.arccos(3)),
        ks.defect_power(THIRD) * (ks.defect_power(2 * THIRD) @ ks.arccos(3)),
        ks.defect_power(HALF) * ks.sine_power(HALF),
        ks.sine_power(HALF) ** 2 * ks.arccos(1),
        ks.sine_power(1) * ks.arccos(3),
        ks.sine_power(-HALF) * (1 - ks.polynomial(2)) * U,
        (ks.sine_power(HALF) ** 2) * ks.polynomial(2),
        ks.arccos(3).derivative().derivative().derivative() * (1 - U),
    ],
    ids=repr,
)
def test_no_spurious_singularity(kernel: Zonal) -> None:
    s, k = kernel.spectrum(3), np.array([0, 1, 2, 3, 200, 201])
    k = k[s(k) != 0]
    for value, error, true in zip(s(k), s.error(k), s.certified(k, 18), strict=True):
        assert abs(float(value / true - 1)) <= error < 1e-11


def test_a_factor_beside_powers_on_the_cut_counts() -> None:
    """(1-u)^{1/4} (1-kappa_3)^{1/4} is next to t^{1/2}, and e^{u-1} next to 1: 1e-9 of it off at t = 1e-9."""
    quarter, eta = Fraction(1, 4), np.geomspace(1e-8, 1e-3, 26)
    powers = ks.defect_power(quarter) * (ks.defect_power(quarter) @ ks.arccos(3))
    kernel = powers * ks.exponential()
    angles = eta * complex(INSIDE, -1.0)  # as on the legs of the contour
    places = [point.from_angle(ComplexArithmetic(), angles) for point in (CutPoint, Point)]
    found, plain = (place.pair(kernel).value for place in places)
    assert np.all(abs(found / plain - 1) < 1e-14)


def test_the_eigenvalues_of_the_issue() -> None:
    s = (ks.arccos(5) * ks.laplace(c=1, gamma=1)).spectrum(3)
    assert s[200] == pytest.approx(3.39527673556171e-26, rel=1e-13, abs=0)
    assert s[1500] == pytest.approx(1.46440465417661e-37, rel=1e-13, abs=0)
    s = (ks.defect_power(THIRD) * ks.defect_power(2 * THIRD) * ks.arccos(3)).spectrum(3)
    assert s[10**4] == pytest.approx(float(s.certified(10**4, 18)), rel=1e-13, abs=0)


@pytest.mark.parametrize("nu", ["1000001/1000000", "1.999999999999", "1.00000000000000000001", "1e-20"])
def test_exponents_next_to_an_integer(nu: str) -> None:
    """The factor n - nu of mu_k is that of nu, not of the nearest float."""
    s = ks.defect_power(Fraction(nu)).spectrum(3)
    for k in (0, 1, 2, 3, 50, 10**6):
        assert abs(float(s[k] / s.certified(k, 20) - 1)) <= s.error(k) < 1e-13


def test_mirrored_terms_meet() -> None:
    for kernel in (ks.ntk(3), ks.arccos(1), ks.laplace()):
        whole, s = kernel.spectrum(3), (kernel - kernel @ -U).spectrum(3)
        assert s[10] == 0 and s.method(10) in ("polynomial", "exact zero")
        assert s[11] == pytest.approx(2 * whole[11], rel=1e-13, abs=0)
    difference = (ks.arccos(1) - ks.arccos(1) @ -U).spectrum(3)  # it is u
    assert difference[:6] == pytest.approx([0, 1 / 3, 0, 0, 0, 0], rel=1e-15, abs=0)


def test_a_sum_that_rounds_to_zero_has_no_digits() -> None:
    one, minus = (Values(*(np.array([x]) for x in (v, 0.0, math.copysign(1, v), 1e-15))) for v in (1.0, -1.0))
    assert combine([(1.0, one), (1.0, minus)]).error[0] == math.inf


# -- complex powers --------------------------------------------------------------------------------


@given(st.fractions(-4, 4, max_denominator=1000), st.floats(1e-6, 10), st.floats(1e-250, 1e-3), st.booleans())
def test_powers_next_to_the_cut(q: Fraction, size: float, slope: float, below: bool) -> None:
    """Real and imaginary part each have their digits, the phase on the cut among them."""
    z = complex(-size, -slope * size if below else slope * size)
    mp = mpmath.MPContext()
    mp.dps = 300
    found = complex(ComplexArithmetic().power(np.array([z]), q)[0])
    true = mp.exp(mp.mpf(q.numerator) / q.denominator * mp.log(mp.mpc(z)))
    turn = half_turns(q)
    for part, exact, phase in ((found.real, true.real, turn.real), (found.imag, true.imag, turn.imag)):
        # Where the phase is next to 0 the part is a difference of the two that are right.
        scale = max(abs(exact), abs(true) * slope) if abs(phase) < 0.1 else abs(exact)
        assert abs(part - exact) <= 2e-14 * scale


def test_half_turns() -> None:
    for q in (Fraction(0), HALF, Fraction(1), Fraction(3, 2), Fraction(7), Fraction(-HALF)):
        turn = half_turns(q)
        assert turn in (1, -1, 1j, -1j)
        assert turn == pytest.approx(complex(math.cos(math.pi * q), math.sin(math.pi * q)))
    tiny = Fraction(1, 10**15)
    assert half_turns(1 - tiny).imag == pytest.approx(math.pi * 1e-15, rel=1e-15, abs=0)


def test_a_laplace_kernel_next_to_the_exponential_keeps_its_jump() -> None:
    """Im of -(1-u)^gamma on the cut is proportional to sin(pi gamma)."""
    tiny = Fraction(1, 10**12)
    point = Point.from_angle(ComplexArithmetic(), np.array([0.01]) * complex(2.0**-500, -1))
    jump = ks.laplace(1, 1 - tiny).pair(point).defect.imag[0]
    x = math.cosh(0.01) - 1
    assert abs(jump) == pytest.approx(math.pi * 1e-12 * x * math.exp(x), rel=1e-10, abs=0)


@pytest.mark.parametrize(
    "kernel",
    [
        ks.sine_power(HALF) * (ks.sine_power(HALF) @ ks.polynomial(3)),
        ks.defect_power(THIRD) * (ks.defect_power(2 * THIRD) @ ks.exponential()),
    ],
    ids=repr,
)
def test_what_is_analytic_in_the_end_has_no_jump(kernel: Zonal) -> None:
    """Both fall like e^{-ck}: what is not known to any digit says so, and no power law is invented."""
    s = kernel.spectrum(3)
    with pytest.warns(PrecisionWarning):
        assert math.isnan(s.log_abs(10**4))
    assert s.error(10**4) > 1
