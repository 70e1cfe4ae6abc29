"""Certified eigenvalues in high dimension by Taylor sums, against the quadrature and against closed forms."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import sphere
from kernelspec.numbers.precision import precision
from kernelspec.spectrum import taylor_sums
from kernelspec.spectrum.angular_quadrature import quadrature
from kernelspec.spectrum.taylor_sums import bits_of, serves, values

P = ks.parse


def by_quadrature(kernel: Any, d: int, degrees: list[int], bits: int) -> list[Any]:
    """Balls of the quadrature, of absolute error 2^-bits."""
    with precision(bits + 64):
        return quadrature(kernel).values(d, degrees[0] % 2, degrees, bits)


@pytest.mark.parametrize(
    ("text", "d", "degrees", "digits"),
    [
        ("ntk(3)", 784, [0, 2, 30, 120], 15),
        ("ntk(3)", 784, [1, 11, 121], 15),
        ("rf(4)", 200, [5, 1, 33], 40),
        ("ntk(6, bias=True)", 100, [0, 4], 15),
        ("laplace()", 100, [0, 6, 20], 20),
        ("laplace(c=3, gamma=1/4)", 100, [3], 20),
        ("rf(3, degree=0)", 100, [1, 3], 15),
        ("arccos(1)*ntk(2)", 300, [0, 8], 25),
        ("ntk(3) - (1/3)*rf(3)", 100, [2, 12], 20),
        ("-1*ntk(3)", 100, [2], 20),
    ],
)
def test_against_the_quadrature(text: str, d: int, degrees: list[int], digits: int) -> None:
    found = values(P(text), d, degrees, bits_of(digits))
    assert found is not None
    bits = 240 + 5 * max(degrees)  # mu_120 at d = 784 is some 2^-680
    for mu, true in zip(found, by_quadrature(P(text), d, degrees, bits), strict=True):
        assert mu.overlaps(true) and min(mu.rel_accuracy_bits(), true.rel_accuracy_bits()) >= bits_of(digits)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("d", [100, 3072])
def test_against_closed_forms(degree: int, d: int) -> None:
    kernel = ks.arccos(degree)
    degrees = [k for k in (0, 1, 2, 3, 10, 21) if (k - degree) % 2 and k > 0]
    found = values(kernel, d, degrees, bits_of(30))
    assert found is not None
    for k, mu in zip(degrees, found, strict=True):
        form = kernel.eigenvalue(d)
        assert form is not None
        with precision(200):
            assert mu.overlaps(form.ball(k)) and mu.rel_accuracy_bits() > 100


@given(st.integers(2, 300), st.integers(0, 40))
@settings(max_examples=40)
def test_weights_from_the_first_place_on_do_not_increase(d: int, k: int) -> None:
    """By exact eigenvalues of the powers: the place is the first, and the ratios and the first weight are right."""
    first = taylor_sums.first_falling(d, k)
    at = [j for j in (first - 2, first - 1, first, first + 1, first + 7) if j >= 0]
    weights = {j: sphere.monomial_eigenvalue_exact(d, k + 2 * j, k) for j in {*at, *(j + 1 for j in at)}}
    for j in at:
        assert (weights[j + 1] <= weights[j]) == (j >= first)
    with precision(128):
        c = taylor_sums.first_terms(d, k)[k]
        ones = [flint.arb(1)] * (k + 3)
        both = c * taylor_sums.summed(ones, flint.arb(0), d, k, 2)
        exact = sum(sphere.monomial_eigenvalue_exact(d, k + 2 * j, k) for j in range(2))
    with precision(256):  # the fraction is a ball, too, and has to be the narrower one
        assert both.contains(flint.fmpq(exact.numerator, exact.denominator)) and both.rel_accuracy_bits() > 100


@pytest.mark.parametrize("k", [0, 9, 40])
def test_the_tail_is_enclosed_and_not_by_much(k: int) -> None:
    """Cut off early, the ball holds mu_k, its end without the tail does not, and the bound is no 1000 times too wide.

    Behind the place of the cut b_m falls like m^(-5/2), which the bound does not see: 30 times were seen.
    """
    kernel, d = ks.ntk(3), 200
    (true,) = values(kernel, d, [k], bits_of(30)) or [None]
    b, rest = taylor_sums._coefficients(kernel, 1024, 256)
    for count in (8, 12, 20):
        mu = taylor_sums._values(kernel, d, [(k, count)], 1024, 256)[k]
        with precision(256):
            without = taylor_sums.first_terms(d, k)[k] * taylor_sums.summed(b, flint.arb(0), d, k, count)
            missing = true - without
            weight = sphere.monomial_eigenvalue_exact(d, k + 2 * count, k)
            bound = rest[k + 2 * count] * flint.fmpq(weight.numerator, weight.denominator)
        assert mu.contains(true) and missing > 0
        assert missing < mu.rad() < 1000 * missing
        assert abs(mu.rad() / bound - 1) < 1e-6  # a radius has 30 bits


def test_sums_of_the_coefficients_that_are_left() -> None:
    """Upper bounds of sum |b_i| over i >= m, also where coefficients have both signs: kappa(1) minus a partial sum."""
    b, rest = taylor_sums._coefficients(ks.ntk(3), 512, 192)
    with precision(192):
        assert rest[0] == 3 and (rest[100] - (3 - sum(b[:100]))).contains(0) and rest[512] > 0
    mixed = P("arccos(1) - 2*arccos(0)")
    b, rest = taylor_sums._coefficients(mixed, 512, 192)
    with precision(192):
        assert rest[0] == 3 and mixed.majorant(Fraction(1)) == 3
        assert (rest[100] - (3 - sum(abs(c) for c in b[:100]))).contains(0)


@pytest.mark.parametrize(
    ("text", "d", "k"),
    [
        ("ntk(3)", 3, 40),  # more coefficients than there are
        ("ntk(3)", 2, 0),
        ("exponential()", 1000, 2),  # b_m falls faster than the remainder tells
        ("dual('gelu')", 1000, 2),
    ],
)
def test_where_the_series_does_not_serve(text: str, d: int, k: int) -> None:
    assert values(P(text), d, [k], bits_of(15)) is None


def test_how_far_it_serves() -> None:
    assert serves(784, 766, 15) and serves(3072, 2302, 15)
    assert not serves(10, 128, 15) and not serves(784, 766, 1000) and not serves(100, 2300, 15)


def test_bits_that_are_lost_are_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, tried = ks.ntk(4), []
    (true,) = values(kernel, 200, [40], bits_of(40)) or [None]

    def counted(*given: Any) -> Any:
        tried.append(given[-1])
        taylor_sums._SPARE = 24
        return of_counts(*given)

    of_counts = taylor_sums._values
    monkeypatch.setattr(taylor_sums, "_values", counted)
    monkeypatch.setattr(taylor_sums, "_SPARE", -50)  # for the first attempt
    found = values(kernel, 200, [40], bits_of(15))
    assert found is not None and found[0].rel_accuracy_bits() >= bits_of(15) and found[0].overlaps(true)
    assert len(tried) == 2 and tried[0] < tried[1]


def test_certified_reads_it_and_leaves_the_precision_alone() -> None:
    saved = flint.ctx.prec
    flint.ctx.prec = 30
    try:
        few = ks.ntk(3).spectrum(500).certified([0, 1, 2, 50, 51], 20)
        assert flint.ctx.prec == 30
    finally:
        flint.ctx.prec = saved
    many = ks.ntk(3).spectrum(500).certified([0, 1, 2, 50, 51], 35)
    for a, b in zip(few, many, strict=True):
        assert a.overlaps(b) and a.rel_accuracy_bits() > 66 and b.rel_accuracy_bits() > 116
