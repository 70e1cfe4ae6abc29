"""What the proofs about decay and depth stand on: remainders, the Abel function of a layer."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from oracle import deep as oracle
from oracle import parabolic as parabolic
from paper_checks.deep_proofs import certified, first_term_bounds
from paper_checks.e_laplace import laplace_by_series
from paper_checks.l_infinite import _tangent_series

KERNELS = (ks.rf(2), ks.rf(4), ks.ntk(3), ks.ntk(2, bias=True), ks.laplace(2), ks.rf(3, degree=0))


@settings(max_examples=25)
@given(st.sampled_from(KERNELS), st.sampled_from((2, 3, 4, 10)), st.integers(0, 10**7))
def test_first_term_bounds_hold_for_every_later_degree(kernel: ks.Zonal, d: int, more: int) -> None:
    start = 50
    bounds, decay = first_term_bounds(kernel, d, start), kernel.decay(d)
    k = start + 1 + more
    present = (decay.even, decay.odd)[k % 2] != 0
    assert (k % 2 in bounds) == present
    if present:
        ratio = kernel.spectrum(d)[k] / decay.at(k)
        assert abs(ratio - 1) <= float(bounds[k % 2]) + 1e-11  # two float64 values, each to 1e-12


def test_first_term_bounds_shrink_with_the_start() -> None:
    near, far = (first_term_bounds(ks.ntk(3), 4, start) for start in (100, 10**5))
    for parity in (0, 1):
        assert float(far[parity]) < 2e-6 * float(near[parity])  # (100/10^5)^2, less a factor 2


def test_laplace_sums_meet_the_certified_spectrum() -> None:
    degrees = (0, 1, 2, 7, 40)
    for d in (3, 10):
        enclosures = certified(ks.laplace(1), d, degrees, 25)
        with oracle.precision(400):
            for k, ball in zip(degrees, enclosures, strict=True):
                assert laplace_by_series(0.5, d, k).overlaps(ball)


# ------------------------------------------------------------------------------- the layer's map


rationals = st.fractions(min_value=-3, max_value=3, max_denominator=6)


@settings(max_examples=30)
@given(rationals, rationals)
def test_powers_of_the_survival_multiply(a: Fraction, b: Fraction) -> None:
    p, q, both = (parabolic.survival(9, fmpq(x.numerator, x.denominator)) for x in (a, b, a + b))
    assert all(x == y for x, y in zip(parabolic.product(p, q), both, strict=True))


def test_the_survival_is_one_less_what_is_lost() -> None:
    kept, lost = parabolic.survival(12, 1), parabolic.odd_series(12, integrated=True)
    assert kept[0] == 1 and all(a == -b for a, b in zip(kept[1:], lost[1:], strict=True))
    doubled = [2 * c for c in parabolic.log_survival(12)]
    squared = parabolic.survival(12, 2)
    # (1-g)^2 by its equation: the slope is itself times that of 2 log(1-g)
    slope = [squared[k] * k for k in range(1, 12)]
    logarithmic = parabolic.product([doubled[k] * k for k in range(1, 12)], squared[:11])
    assert all(a == b for a, b in zip(slope, logarithmic, strict=True))


@given(st.integers(1, 30))
def test_a_layer_is_kappa_1(numerator: int) -> None:
    with oracle.precision(200):
        u = 1 - arb(numerator) / 31
        sigma = ((1 - u) / 2).sqrt()
        after = 1 - 2 * parabolic.layer(sigma) ** 2
        assert abs(after - oracle.arccosine(1, u)) < 1e-50
        assert abs(parabolic.slope(sigma) - oracle.arccosine(0, u)) < 1e-50


@settings(max_examples=8)
@given(st.integers(1, 16))
def test_the_abel_residual_vanishes_for_every_number_of_terms(terms: int) -> None:
    function = parabolic.abel(terms)
    assert function.is_zero and function.order == terms + 2
    wrong = parabolic.Abel(function.coefficients, (*function.residual[:-1], function.residual[-1] + 1))
    assert not wrong.is_zero
    with pytest.raises(ArithmeticError, match="does not vanish"), oracle.precision(200):
        parabolic.tails(wrong, arb("0.01"))


def test_limits_agree_whatever_they_are_computed_from() -> None:
    with oracle.precision(400):
        start = parabolic.start()
        best = parabolic.limits(start, 1000, 24)
        assert best.product.rad() < 1e-40 and best.shift.rad() < 1e-40
        for layers, terms in ((20, 8), (100, 4), (300, 24)):
            found = parabolic.limits(start, layers, terms)
            assert found.product.overlaps(best.product) and found.shift.overlaps(best.shift)
        later = parabolic.limits(parabolic.layer(start), 500, 20, first=3)  # one layer further on
        assert later.shift.overlaps(best.shift)
        two = parabolic.slope(start) * later.product  # Pi from the next layer, times its slope
        assert two.overlaps(best.product)


@settings(max_examples=15)
@given(st.integers(2, 400))
def test_bounds_for_every_depth_hold_at_random_depths(depth: int) -> None:
    with oracle.precision(400):
        sigma, gone = parabolic.iterate(parabolic.start(), depth - 2)
        z = parabolic.tau().sqrt() / sigma
        limits = parabolic.limits(parabolic.start(), 300)
        value, slope = parabolic.uniform_bounds()
        assert abs(z - 3 * z.log() / 2 - depth - limits.shift) <= value / z
        left = 1 - 3 / (2 * z) - limits.product / (gone * z**3)
        assert abs(left) <= slope / z**2


def test_the_tangent_series_solves_its_equation() -> None:
    found, residual = _tangent_series()
    assert all(r == 0 for r in residual)
    with oracle.precision(300):  # in numbers: V(G) - kappa_0 V - 1 + delta(G) is of order x^4
        left = []
        for bits in (20, 21):
            x = arb(2) ** -bits
            sigma = x * parabolic.tau().sqrt()
            after = parabolic.layer(sigma)
            y = after / parabolic.tau().sqrt()
            series = [sum(parabolic.at_tau(v) * p**m for m, v in zip(range(-1, 3), found, strict=True)) for p in (x, y)]
            left.append(series[1] - parabolic.slope(sigma) * series[0] - 1 + 2 * after**2)
        order = float((left[0] / left[1]).log() / arb(2).log())
    assert np.isclose(order, 4, atol=1e-3)  # the next order is x^5: 2^-20 of it
