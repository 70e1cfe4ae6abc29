"""Eigenvalues against exact values, quadrature, Taylor sums, expansions; the laws of a spectrum."""

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
from expressions import EPS, exact_cosines, kernel_of, time_limit, untyped
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import FAMILIES, PROBLEMS, Problem

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.spectrum import closed, fallbacks
from kernelspec.spectrum.branch_jumps import float_jumps
from kernelspec.spectrum.eigenvalue_arrays import Values, unknown
from kernelspec.spectrum.expansion_route import ExpansionRoute
from kernelspec.spectrum.second_kind import weights
from kernelspec.sphere.legendre_polynomials import gauss_legendre, legendre
from kernelspec.testing import scalars
from oracle import deep as oracle
from oracle import mpmath_values as reference
from oracle.kernels import KernelSpec, taylor_coefficients
from oracle.methods import taylor_sum

P = ks.parse
METHODS = {"closed form", "polynomial", "exact zero", "Taylor series", "branch-cut integral"}
#: What the toolkit promises (relative), over all d and k named in its documentation.
PROMISED = 1e-12


def true_error(found: float, log_abs: float, exact: Value) -> float:
    """The relative error of a value; of e^{log_abs} where the value is below the normal floats."""
    if exact == 0:
        return 0.0 if found == 0 else math.inf
    with mp.workdps(60):
        if abs(exact) > mp.mpf("1e-300"):
            return float(abs(mp.mpf(float(found)) / exact - 1))
        return float(abs(mp.expm1(mp.mpf(float(log_abs)) - mp.log(abs(exact)))))


def check(kernel: Zonal, d: int, exact: dict[int, Any], promised: float = PROMISED) -> None:
    """Every value within `promised`, every stated error at least the true one, and none absurdly large."""
    s = kernel.spectrum(d)
    degrees = np.array(list(exact))
    values, logs, *_ = s.values(degrees)
    stated = s.error(degrees)
    for k, value, log_abs, error, true in zip(degrees, values, logs, stated, exact.values(), strict=True):
        actual = true_error(value, log_abs, true)
        # A logarithm of size 1000 is itself rounded to 1e-13.
        rounded = EPS * abs(log_abs) if true != 0 and abs(true) < 1e-300 else 0.0
        where = f"{kernel!r}, d = {d}, k = {k}"
        assert actual <= promised + rounded, f"{where}: off by {actual:.2e} (stated {error:.2e})"
        assert actual <= error + rounded, f"{where}: off by {actual:.2e}, stated {error:.2e}"


# -- exact values as data --------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: f"{p.name}: {p.kernel} d={p.d} k={p.k}")
def test_known_values(problem: Problem) -> None:
    with mp.workdps(40):
        check(ks.parse(problem.kernel), problem.d, {problem.k: mp.mpf(problem.value)})


# -- quadrature in the angle -----------------------------------------------------------------------

DEGREES = (0, 1, 2, 3, 4, 7, 12, 25, 40)
Formula = Callable[[Value], Value]

QUADRATURE: dict[str, tuple[Zonal, Formula, int]] = {
    "rf(3)": (ks.rf(3), oracle.rf(3), 1),
    "rf(10)": (ks.rf(10), oracle.rf(10), 1),
    "ntk(3)": (ks.ntk(3), oracle.ntk(3), 1),
    "ntk(3) with bias": (ks.ntk(3, bias=True), oracle.ntk(3, True), 1),
    "ntk(10)": (ks.ntk(10), oracle.ntk(10), 1),
    "step, 3 layers": (ks.rf(3, degree=0), oracle.rf(3, 0), 2),
    "step, 4 layers": (ks.rf(4, degree=0), oracle.rf(4, 0), 4),
    "squared, 3 layers": (ks.rf(3, degree=2), oracle.rf(3, 2), 1),
    "squared, 4 layers": (ks.rf(4, degree=2), oracle.rf(4, 2), 1),
    "Laplace": (ks.laplace(), oracle.laplace(Fraction(1), Fraction(1, 2)), 1),
    "Laplace, gamma 3/10": (ks.laplace(2, Fraction(3, 10)), oracle.laplace(Fraction(2), Fraction(3, 10)), 5),
    "Laplace, gamma 3/4": (ks.laplace(1, 0.75), oracle.laplace(Fraction(1), Fraction(3, 4)), 2),
    **{family.name: (kernel_of(family), family.ball, family.power) for family in FAMILIES},
    "wide Laplace": (ks.laplace(0.01), oracle.laplace(Fraction(1, 100), Fraction(1, 2)), 1),
}


@pytest.mark.parametrize("d", [2, 3, 10, 50])
@pytest.mark.parametrize("name", QUADRATURE)
def test_against_quadrature(name: str, d: int) -> None:
    kernel, formula, power = QUADRATURE[name]
    check(kernel, d, reference.quadrature(formula, d, DEGREES, power))


@pytest.mark.parametrize("d", [3, 10, 50])
@pytest.mark.parametrize("c", [5, 20])
def test_narrow_laplace_kernels_own_up_to_what_they_lose(c: int, d: int) -> None:
    # e^{-c sqrt 2} against 1: digits may be lost, but not unsaid.
    exact = reference.quadrature(oracle.laplace(Fraction(c), Fraction(1, 2)), d, DEGREES)
    check(ks.laplace(c), d, exact, promised=1e-6)


def test_five_step_layers() -> None:
    exact = reference.quadrature(oracle.rf(5, 0), 10, DEGREES, 8, nodes=500)
    check(ks.rf(5, degree=0), 10, exact)


@pytest.mark.parametrize("depth", [105, 300])
def test_random_features_of_hundreds_of_layers(depth: int) -> None:
    # 1 - kappa is of order depth^-2 on all of [-1, 1]: the digits are in the defect.
    def kappa(u: oracle.Ball) -> oracle.Ball:
        for _ in range(depth - 1):
            u = oracle.arccosine(1, u).mid()  # radii grow with depth, and what is rounded at 400 bits does not count
        return u

    degrees = (1, 2, 5, 20)
    for d in (3, 10):
        fine, coarse = (oracle.eigenvalues(kappa, d, degrees, n, fold=2, bits=400) for n in (160, 130))
        assert all(abs(float(x / y) - 1) < 1e-14 for x, y in zip(fine, coarse, strict=True))
        check(ks.rf(depth), d, {k: mp.mpf(x.mid().str(40, radius=False)) for k, x in zip(degrees, fine, strict=True)})


def test_depth_100() -> None:
    exact = reference.quadrature(oracle.ntk(100), 10, (0, 1, 2, 5, 20), bits=1800)
    check(ks.ntk(100), 10, exact)


# -- Taylor sums for large dimensions --------------------------------------------------------------

TAYLOR: dict[str, tuple[Zonal, KernelSpec]] = {
    "rf(2)": (ks.rf(2), KernelSpec("rf", 2)),
    "rf(3)": (ks.rf(3), KernelSpec("rf", 3)),
    "ntk(2)": (ks.ntk(2), KernelSpec("ntk", 2)),
    "ntk(3)": (ks.ntk(3), KernelSpec("ntk", 3)),
    "ntk(5)": (ks.ntk(5), KernelSpec("ntk", 5)),
    "Laplace": (ks.laplace(), KernelSpec("laplace")),
    "exponential": (ks.exponential(0.5), KernelSpec("exponential", sigma=Fraction(1, 2))),
}


@functools.cache
def coefficients(name: str) -> list[Any]:
    return taylor_coefficients(TAYLOR[name][1], 260)


@pytest.mark.parametrize("d", [1000, 10**4, 10**6])
@pytest.mark.parametrize("name", TAYLOR)
def test_large_dimensions(name: str, d: int) -> None:
    spec = TAYLOR[name][1]
    with flint.ctx.workprec(1200):
        sums = {k: taylor_sum(spec, coefficients(name), d, k) for k in (*range(8), 20, 40, 41)}
        assert all(found.digits > 25 for found in sums.values())
        exact = {k: reference.number(found.value) for k, found in sums.items()}
    check(TAYLOR[name][0], d, exact)


@pytest.mark.parametrize("name", ["rf(3)", "ntk(3)", "Laplace"])
def test_the_stated_error_is_of_use_in_large_dimensions(name: str) -> None:
    # An error estimate of 1e30 understates nothing and says nothing; the values are right to 1e-13.
    for d in (300, 1000, 10**4):
        assert np.max(TAYLOR[name][0].spectrum(d).error(np.arange(21))) < 1e-6


# -- expansions for large degrees (claims 18, 24, 25, 28, 29) --------------------------------------


@pytest.mark.parametrize("d", [2, 3, 10, 50, 300])
@pytest.mark.parametrize("depth", [3, 5, 30])
def test_large_degrees_of_networks(depth: int, d: int) -> None:
    # The next non-integer exponent is larger by 1: relative O((L d)^2 k^{-2}) <= 1e-14 at k = 1e9, d = 300, L = 30.
    with mp.workdps(50):
        c, pi_l = mp.sqrt(2) / mp.pi, reference.ends_product(depth)
        rf, ntk = {}, {}
        for k in (10**9, 10**9 + 1):
            sign = (-1) ** k
            rf[k] = 2 * c / 3 * (depth - 1 + sign * pi_l) * reference.power_eigenvalue(d, mp.mpf("1.5"), k)
            layers = mp.mpf(depth * (depth - 1)) / 2
            ntk[k] = -c * (layers + sign * pi_l) * reference.power_eigenvalue(d, mp.mpf("0.5"), k)
    check(ks.rf(depth), d, rf)
    check(ks.ntk(depth), d, ntk)


@pytest.mark.parametrize("d", [2, 3, 10, 300])
@pytest.mark.parametrize("c", [Fraction(1, 100), Fraction(1), Fraction(5)])
def test_large_degrees_of_laplace_kernels(c: Fraction, d: int) -> None:
    with mp.workdps(50):
        exact = {}
        for k in (10**6, 10**6 + 1, 10**9):
            exact[k] = mp.mpf(0)
            for m in range(1, 60, 2):
                coefficient = (-mp.mpf(c.numerator) / c.denominator) ** m / mp.factorial(m)
                exact[k] += coefficient * reference.power_eigenvalue(d, mp.mpf(m) / 2, k)
    check(ks.laplace(c), d, exact)


def test_large_degrees_where_the_value_underflows() -> None:
    for d, k in ((10**4, 10**4), (10**6, 10**6), (300, 10**9)):
        s = ks.arccos(1).spectrum(d)
        with mp.workdps(60):
            # mu_k(kappa_1) = 2 d lambda_k^2 (claims 19, 20)
            x = mp.loggamma(mp.mpf(d) / 2) - mp.log(mp.pi) / 2 - k * mp.log(2) + mp.loggamma(k - 1)
            x -= mp.loggamma(mp.mpf(k) / 2) + mp.loggamma(mp.mpf(k + d + 1) / 2)
            exact = mp.log(2 * d) + 2 * x
        assert s[k] == 0.0
        assert s.log_abs(k) == pytest.approx(float(exact), rel=4 * EPS, abs=0)


# -- closed forms ----------------------------------------------------------------------------------


def closed_forms() -> st.SearchStrategy[Zonal]:
    return st.one_of(
        st.integers(0, 12).map(ks.arccos),
        st.integers(0, 9).map(ks.polynomial),
        st.builds(ks.ntk, st.just(2), st.booleans()),
        st.integers(0, 4).map(lambda n: (ks.linear() + 1) * ks.arccos(n)),
        st.sampled_from(["relu", "abs"]).map(ks.dual),
        st.sampled_from([Fraction(1, 2), Fraction(3, 2), Fraction(7, 3)]).map(ks.defect_power),
    )


def check_exact(kernel: Zonal, d: int, k: int) -> None:
    s = kernel.spectrum(d)
    with time_limit():
        exact = s.exact(k)
    with mp.workdps(50):
        true = mp.mpf(str(sympy.N(exact, 45)))
        value, log_abs, *_ = s.values(k)
        if exact == 0:
            assert value == 0.0
            return
        actual, error = true_error(float(value), float(log_abs), true), s.error(k)
        assert actual <= 1e-13, f"{kernel!r}, d = {d}, k = {k}: {value} against {true}"
        assert actual <= error


@given(closed_forms(), st.integers(2, 60), st.integers(0, 60))
@settings(max_examples=60)
def test_closed_forms_in_sympy_and_float64_agree(kernel: Zonal, d: int, k: int) -> None:
    check_exact(kernel, d, k)


@pytest.mark.parametrize(("d", "k"), [(2, 0), (3, 4), (4, 5), (9, 8), (20, 9)])
def test_bessel_functions_in_sympy_and_float64_agree(d: int, k: int) -> None:
    for kernel in (ks.exponential(0.6), ks.exponential(2), ks.dual("exp"), ks.dual("sin"), ks.dual("cos")):
        check_exact(kernel, d, k)


@given(st.integers(0, 12), st.integers(2, 12), st.integers(0, 13))
@settings(max_examples=60)
def test_claim_20_by_beta_integrals(s: int, d: int, k: int) -> None:
    # lambda_k by int_0^1 t^s P_k (1-t^2)^{(d-3)/2} dt, every power of t by a Beta function (claim 19).
    with mp.workdps(60):
        p, q = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
        for j in range(1, k):
            shifted = [mp.mpf(0), *q]
            before = [*p, *[mp.mpf(0)] * (len(shifted) - len(p))]
            p, q = (q, [((2 * j + d - 2) * a - j * b) / (j + d - 2) for a, b in zip(shifted, before, strict=True)])
        legendre = p if k == 0 else q
        half = mp.mpf(d - 1) / 2
        scale = mp.gamma(mp.mpf(d) / 2) / (mp.sqrt(mp.pi) * mp.gamma(half))
        integral = mp.fsum(c * mp.beta(mp.mpf(m + s + 1) / 2, half) / 2 for m, c in enumerate(legendre))
        if k > s and (k - s) % 2 == 0:
            integral = mp.mpf(0)
        factor = mp.mpf(2) / mp.fac2(2 * s - 1) * mp.mpf(2) ** s * mp.rf(mp.mpf(d) / 2, s)
        check(ks.arccos(s), d, {k: factor * (scale * integral) ** 2}, promised=1e-14)


def test_claim_11_bessel_functions() -> None:
    for sigma, d, k in ((1, 3, 0), (0.6, 4, 7), (0.1, 10, 30), (3, 2, 5), (1, 1000, 2)):
        with mp.workdps(50):
            alpha = 1 / mp.mpf(str(sigma)) ** 2
            half = mp.mpf(d) / 2
            exact = mp.exp(-alpha) * mp.gamma(half) * (2 / alpha) ** (half - 1) * mp.besseli(k + half - 1, alpha)
        check(ks.exponential(sigma), d, {k: exact}, promised=1e-13)


def test_claims_21_and_22_printed_values() -> None:
    s = ks.ntk(3).spectrum(4)
    assert s(np.array([3, 5, 7])) == pytest.approx(
        [9.16e-3, 1.07e-3, 2.95e-4], rel=5e-3, abs=0
    )  # claim 27, three digits
    with_bias, without = ks.ntk(2, bias=True).spectrum(5), ks.ntk(2).spectrum(5)
    k = np.arange(30)
    assert with_bias(k) == pytest.approx(without(k) + ks.arccos(0).spectrum(5)(k), rel=1e-14, abs=0)


def test_exact_says_where_it_knows_nothing() -> None:
    with pytest.raises(NotImplementedError, match="mu_3"):
        ks.rf(3).spectrum(4).exact(3)
    assert ks.arccos(1).spectrum(3).exact(2) == sympy.Rational(3, 128)
    assert ks.arccos(1).spectrum(3).exact(3) == 0
    assert ks.ntk(2).spectrum(2).exact(1) == sympy.Rational(1, 2)
    assert isinstance(ks.polynomial(0).spectrum(3).exact(0), sympy.Expr)


@pytest.mark.parametrize("k", [60, 10**4, 10**6, 10**9])
def test_exact_values_of_large_degrees_come_or_are_refused(k: int) -> None:
    for kernel in (ks.polynomial(3), ks.arccos(1), ks.exponential(0.6)):
        with time_limit():
            try:
                kernel.spectrum(4).exact(k)
            except (ValueError, NotImplementedError):
                continue


# -- parity zeros ----------------------------------------------------------------------------------

ZEROS: list[tuple[Zonal, Callable[[int], bool]]] = [
    *((ks.arccos(n), lambda k, n=n: k > n and (k - n) % 2 == 0) for n in range(6)),
    (ks.ntk(2), lambda k: k > 1 and k % 2 == 1),
    (ks.polynomial(5), lambda k: k > 5 or k % 2 == 0),
    (ks.polynomial(0), lambda k: k > 0),
    (0 * ks.linear(), lambda k: True),
    (ks.dual("erf"), lambda k: k % 2 == 0),
    (ks.dual("sin"), lambda k: k % 2 == 0),
    (ks.dual("cos"), lambda k: k % 2 == 1),
    (ks.dual("abs"), lambda k: k % 2 == 1),
    (ks.dual("leaky_relu"), lambda k: k > 1 and k % 2 == 1),
    (ks.dual("gelu"), lambda k: k > 1 and k % 2 == 1),
    (ks.dual("erf") * ks.dual("erf"), lambda k: k % 2 == 1),
    (ks.dual("erf") @ ks.dual("erf"), lambda k: k % 2 == 0),
    (ks.dual("erf") @ ks.polynomial(2), lambda k: k % 2 == 1),
    (ks.laplace() @ ks.polynomial(2), lambda k: k % 2 == 1),
    (ks.rf(3) @ ks.polynomial(4), lambda k: k % 2 == 1),
    (ks.arccos(1) - Fraction(1, 2) * ks.linear(), lambda k: k % 2 == 1),
    (ks.power_series(1, 0, 3), lambda k: k not in (0, 2)),
]


@pytest.mark.parametrize("d", [2, 3, 10, 10**6])
@pytest.mark.parametrize(("kernel", "vanishes"), ZEROS, ids=[repr(k) for k, _ in ZEROS])
def test_parity_zeros_are_exact(kernel: Zonal, vanishes: Callable[[int], bool], d: int) -> None:
    s = kernel.spectrum(d)
    degrees = np.arange(24)
    values, logs, *_ = s.values(degrees)
    errors = s.error(degrees)
    for k in range(24):
        assert (logs[k] == -math.inf) == vanishes(k), f"k = {k}: {values[k]}"
        if vanishes(k):
            assert values[k] == 0.0 == errors[k]
        elif k < 8:  # further on, the method of a parity is no other
            assert s.method(k) != "exact zero"


def test_parity_zeros_at_any_degree() -> None:
    for k in (10**5 + 1, 10**9 + 1, 2**53 - 1):
        assert ks.ntk(2).spectrum(3)[k] == 0.0
        assert ks.arccos(3).spectrum(7)[k] == 0.0
        assert ks.arccos(2).spectrum(7)[k - 1] == 0.0


# -- laws ------------------------------------------------------------------------------------------

FEW = np.array([0, 1, 2, 3, 6, 11, 40])


def test_a_line_under_another_name_around_a_kernel_keeps_its_parity_zeros() -> None:
    layer = ks.ntk(1, bias=True)  # 1 + u
    assert layer @ ks.arccos(0) == 1 + ks.arccos(0)
    assert np.all((layer @ ks.arccos(0)).spectrum(2)(np.array([2, 6, 40])) == 0)


@given(exact_cosines(), exact_cosines(), scalars(), st.sampled_from([2, 3, 5, 24]))
@settings(max_examples=25)
def test_the_spectrum_is_linear_in_the_kernel(a: Zonal, b: Zonal, c: Value, d: int) -> None:
    x, y = a.spectrum(d)(FEW), float(c) * b.spectrum(d)(FEW)
    total = (a + c * b).spectrum(d)(FEW)
    # Each side is right to 1e-12 of what it adds; sums that cancel keep that absolute error.
    assert np.all(np.abs(total - (x + y)) <= 3e-12 * (np.abs(x) + np.abs(y)) + 1e-300)


@given(exact_cosines(), st.sampled_from([2, 3, 8]))
@settings(max_examples=15)
def test_eigenvalues_of_kernels_are_not_negative_and_sum_to_kappa_of_one(k: Zonal, d: int) -> None:
    s = k.spectrum(d)
    values, log_abs, *_ = s.values(np.arange(41))
    assert np.all(values >= 0)
    assert np.all(np.isfinite(log_abs) == (values > 0)) or values.min() < 1e-300
    assert s.trace(40) <= 1 + 1e-12
    # mu_0 is the mean value, and mu_0 + N(d,1) mu_1 + ... = kappa(1) = 1 leaves every mu_k N(d,k) <= 1.
    assert np.all(values[:10] * [s.multiplicity(j) for j in range(10)] <= 1 + 1e-12)


@pytest.mark.parametrize("scale", [2, -3, Fraction(1, 7), 1e-200, 1e200])
def test_scaling(scale: Value) -> None:
    for kernel in (ks.rf(3), ks.arccos(2), ks.exponential(), ks.dual("erf")):
        s, scaled = kernel.spectrum(4), (scale * kernel).spectrum(4)
        expected = float(scale) * s(FEW[:6])
        assert scaled(FEW[:6]) == pytest.approx(expected, rel=1e-13, abs=0)
        finite = np.isfinite(s.log_abs(FEW))
        difference = scaled.log_abs(FEW)[finite] - s.log_abs(FEW)[finite]
        assert difference == pytest.approx(np.full(finite.sum(), math.log(abs(scale))), abs=1e-12)


@pytest.mark.parametrize("d", [2, 3, 4, 10, 100])
@pytest.mark.parametrize(
    "kernel", [ks.rf(3), ks.laplace(), ks.rf(3, degree=0), ks.exponential(), ks.dual("erf"), ks.ntk(2)], ids=repr
)
def test_claim_2_multiplication_by_u(kernel: Zonal, d: int) -> None:
    k = np.array([1, 2, 3, 8, 20])
    s, times_u = kernel.spectrum(d), (ks.linear() * kernel).spectrum(d)
    below, above = k / (2 * k + d - 2) * s(k - 1), (k + d - 2) / (2 * k + d - 2) * s(k + 1)
    assert times_u(k) == pytest.approx(below + above, rel=1e-12, abs=0)
    assert times_u[0] == pytest.approx(s[1], rel=1e-12, abs=0)


@pytest.mark.parametrize("d", [2, 3, 10, 100])
@pytest.mark.parametrize("kernel", [ks.rf(2), ks.rf(3), ks.rf(4), ks.rf(3, degree=2), ks.dual("erf")], ids=repr)
def test_derivatives_climb_two_dimensions(kernel: Zonal, d: int) -> None:
    # Rodrigues' formula (claim 1), k times by parts: mu_k(kappa; d) = mu_{k-1}(kappa'; d + 2)/d.
    k = np.array([1, 2, 3, 4, 9, 30])
    climbed = kernel.derivative().spectrum(d + 2)(k - 1) / d
    assert kernel.spectrum(d)(k) == pytest.approx(climbed, rel=1e-12, abs=0)


@pytest.mark.parametrize("d", [2, 3, 5])
@pytest.mark.parametrize(
    "kernel", [ks.exponential(0.5), ks.dual("erf"), ks.dual("gelu"), ks.power_series(1, 2, 3)], ids=repr
)
def test_claim_7_mercer_sums_of_smooth_kernels(kernel: Zonal, d: int) -> None:
    s = kernel.spectrum(d)
    # (4/9)^{80}, (1/4)^{80}, 4^80/80!: all below rounding.
    assert s.trace(80) == pytest.approx(kernel.at_one, rel=1e-13, abs=0)
    t = np.array([-1.0, -0.3, 0.0, 0.8, 1.0])
    assert s.mercer(t, 80) == pytest.approx(kernel(t), abs=1e-13 * kernel.at_one)


@pytest.mark.parametrize("d", [2, 3, 5])
@pytest.mark.parametrize("kernel", [ks.rf(2), ks.rf(4), ks.ntk(3), ks.laplace()], ids=repr)
def test_claim_7_mercer_sums_of_networks(kernel: Zonal, d: int) -> None:
    s = kernel.spectrum(d)
    partial = s.trace(1000)
    last = sum(float(s[k]) * s.multiplicity(k) for k in (999, 1000)) / 2
    # mu_k N falls at least like k^{-2}: the rest is between last K/3 and last K.
    assert kernel.at_one - 1000 * last * 1.05 <= partial <= kernel.at_one * (1 + 1e-13)
    assert partial <= kernel.at_one - 1000 * last / 5


# -- arrays, one value, both ways ------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 3, 10, 300])
@pytest.mark.parametrize("kernel", [ks.ntk(3), ks.laplace(), ks.rf(4, degree=0)], ids=repr)
def test_interpolated_arrays_equal_single_values(kernel: Zonal, d: int, rng: np.random.Generator) -> None:
    s = kernel.spectrum(d)
    whole = s.values(np.arange(1200))
    for k in (*range(0, 70, 14), 127, 128, 129, *rng.integers(64, 1200, 8).tolist()):
        value, log_abs, *_ = s.values(k)
        assert abs(whole.value[k] - value) <= 1e-13 * value + 1e-305
        # A logarithm of size 700 is itself rounded to 1e-13, on either side.
        assert abs(whole.log_abs[k] - log_abs) <= 1e-13 + EPS * abs(log_abs)


def test_terms_of_a_polynomial_that_are_not_computed_at_once() -> None:
    s = ks.power_series(*(Fraction(1, m + 1) for m in range(40))).spectrum(5)
    k = np.arange(3000)
    assert closed._AT_ONCE < 20 * 1500  # of either parity
    whole = s.values(k)
    for few in (0, 7, 8, 38, 39, 40, 2999):
        # Of a sum of 20 terms >= 0: an ulp each, and one for adding it.
        assert whole.value[few] == pytest.approx(float(s.exact(few)), rel=1e-14, abs=0)
        assert whole.log_abs[few] == pytest.approx(s.log_abs(few), rel=1e-14, abs=0)


def test_interpolation_up_to_large_degrees() -> None:
    s = ks.ntk(3).spectrum(4)
    block = np.arange(10**6, 10**6 + 200)
    assert s(block)[::37] == pytest.approx([s[int(k)] for k in block[::37]], rel=1e-13, abs=0)


def test_shapes_and_kinds() -> None:
    s = ks.ntk(3).spectrum(10)
    assert type(s[5]) is float
    assert type(s(5)) is float
    assert s[np.int64(5)] == s[np.uint8(5)] == s[np.array(5)] == s[5]
    grid = np.array([[1, 2, 3], [4, 5, 6]])
    assert s(grid).shape == (2, 3) == s.log_abs(grid).shape == s.error(grid).shape
    assert s(grid).dtype == np.float64
    assert s(grid)[1, 2] == pytest.approx(s[6], rel=1e-14, abs=0)
    assert np.array_equal(s[0:10:3], s(np.array([0, 3, 6, 9])))
    assert np.array_equal(s[:4], s[[0, 1, 2, 3]])
    assert s[4:2].shape == (0,)
    assert np.array_equal(s[range(3)], s[:3])
    reverse = np.arange(10)[::-1]
    assert np.array_equal(s(reverse), s(np.arange(10))[::-1])
    assert s(np.array([7, 7, 7])).tolist() == [s[7]] * 3
    empty: Any
    for empty in ([], np.array([], dtype=int), np.zeros((0, 3), dtype=int)):
        assert s(empty).shape == np.shape(empty) == s.log_abs(empty).shape
        assert s.error(empty).shape == np.shape(empty)


def test_iteration_and_membership_do_not_run_for_ever() -> None:
    # Without __iter__ Python would count through s[0], s[1], ... and never end.
    s = ks.arccos(1).spectrum(3)
    with time_limit(), pytest.raises(TypeError):
        list(untyped(s))
    with time_limit(), pytest.raises(TypeError):
        assert untyped(5) in untyped(s)


def test_looks() -> None:
    s = ks.ntk(3).spectrum(10)
    assert repr(s) == "Spectrum(ntk(3), d=10)"
    assert (s.kernel, s.d) == (ks.ntk(3), 10)
    assert "branch-cut" in s._repr_html_()
    assert s.multiplicity(4) == 660  # C(13,4) - C(11,2)
    values = s.values(np.arange(3))
    assert np.array_equal(values.value, s[:3])
    assert np.array_equal(values.sign, [1, 1, 1])


def test_method_names() -> None:
    assert ks.rf(3).spectrum(3).method(4) == "branch-cut integral"
    assert ks.rf(2).spectrum(3).method(4) == "closed form"
    for kernel, k in ((ks.rf(2), 5), (ks.ntk(2), 7), (ks.polynomial(3), 2), (ks.polynomial(3), 5), (ks.dual("abs"), 1)):
        assert kernel.spectrum(3).method(k) == "exact zero"
    assert ks.rf(2).spectrum(3).method(1) == "polynomial"
    assert "Taylor series" in ks.dual("erf").spectrum(3).method(1)
    mixed = (ks.rf(2) + ks.rf(3)).spectrum(3).method(4)
    assert set(mixed.split(" + ")) == {"closed form", "branch-cut integral"}
    for kernel in (ks.rf(2), ks.ntk(3), ks.dual("gelu"), ks.laplace() + ks.exponential(), ks.polynomial(3)):
        for k in range(6):
            assert set(kernel.spectrum(3).method(k).split(" + ")) <= METHODS


def nothing(route: Any, d: int, k: Any) -> Values:
    return unknown(k.size)


def test_the_route_that_replaced_another_has_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    s = (ks.laplace(1) + ks.defect_power(Fraction(1, 2))).spectrum(5)  # t^{1/2} cancels
    assert s.method(2) == "closed form + branch-cut integral"
    assert s.method(10**4) == "branch-cut integral"
    monkeypatch.setattr(s._routes[0], "several", False)
    assert s.method(10**4) == "asymptotic expansion"
    monkeypatch.setattr(ExpansionRoute, "values", nothing)
    monkeypatch.setattr(fallbacks, "LOST", 1e-10)
    assert s.method(100) == "quadrature in balls"
    with pytest.raises(ValueError, match="k must be at most 4000"):
        ks.dual("gelu").spectrum(3).method(5000)


@pytest.mark.parametrize("d", [3, 4, 5, 6, 9, 24, 25, 60])
def test_the_weight_on_the_bottom(d: int) -> None:
    """K_k(eta) = c_d/2 int P_k(t) (1-t^2)^{(d-3)/2} / (cosh eta - t) dt, at both of two conjugate nodes."""
    alpha = np.pi / 2 * (1 + gauss_legendre(16)[0])
    lam, k, height = d / 2 - 1, 7, 0.8
    scale, values, size, kept = weights(height + 1j * alpha, np.ones(16), lam, k)
    t, w = gauss_legendre(400)
    theta = np.pi / 2 * (1 + t)
    weight = w * np.sin(theta) ** (d - 2) * legendre(d, k, np.cos(theta))
    weight /= (w * np.sin(theta) ** (d - 2)).sum()
    z = np.cosh(height + 1j * alpha[kept])
    terms = weight / (z[:, None] - np.cos(theta)) / 2
    assert kept.size > 8
    # The quadrature cancels, at d = 60 by five digits; of its terms it keeps rounding.
    rounding = 2e-15 * np.abs(terms).sum(axis=1)
    assert np.all(np.abs(values * math.exp(scale) - terms.sum(axis=1)) <= rounding)
    assert np.all(np.abs(values) <= size * (1 + 1e-13))


# -- corners ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 3, 10])
@pytest.mark.parametrize(
    ("difference", "first", "second"),
    [
        (ks.rf(3) - ks.rf(4), ks.rf(3), ks.rf(4)),
        (ks.laplace(1) - ks.laplace(2), ks.laplace(1), ks.laplace(2)),
        (ks.rf(3, degree=2) - ks.laplace(), ks.rf(3, degree=2), ks.laplace()),
    ],
    ids=repr,
)
def test_differences_that_vanish_at_one(difference: Zonal, first: Zonal, second: Zonal, d: int) -> None:
    a, b = first.spectrum(d)(FEW), second.spectrum(d)(FEW)
    assert np.all(np.abs(difference.spectrum(d)(FEW) - (a - b)) <= 3e-12 * (a + b))


def test_products_with_what_vanishes_at_one() -> None:
    # (1-u)^{1/2} kappa_1(u) on the sphere of R^3, k = 2, by quadrature: theta makes it smooth.
    with mp.workdps(40):

        def integrand(theta: Value) -> Value:
            u = mp.cos(theta)
            return mp.sqrt(2) * mp.sin(theta / 2) * reference.kappa(1, u) * mp.legendre(2, u) * mp.sin(theta)

        exact = mp.quad(integrand, [0, mp.pi / 2, mp.pi]) / 2
    check(ks.defect_power(0.5) * ks.arccos(1), 3, {2: exact})


@pytest.mark.parametrize(
    ("kernel", "d"),
    [
        (ks.defect_power(-0.5), 2),  # (1-t)^{-1/2} (1-t^2)^{-1/2}
        (ks.defect_power(-1), 3),  # (1-t)^{-1}
        (ks.sine_power(-0.5), 2),  # (1-t^2)^{-1}
        (ks.sine_power(-1.5), 3),
        (ks.arccos(0).derivative(), 2),
        (2 * ks.sine_power(-0.5) + ks.arccos(1), 2),
        (ks.linear() * ks.sine_power(-1.5), 3),
    ],
    ids=repr,
)
def test_what_cannot_be_integrated_is_refused(kernel: Zonal, d: int) -> None:
    with pytest.raises(ValueError):
        kernel.spectrum(d)[0]


def test_what_is_just_integrable_is_not() -> None:
    # In d = 3 the weight is 1: mu_0 of (1-t^2)^{-1/2}/pi is 1/2, of (1-t)^{-1/2} it is sqrt 2.
    assert ks.arccos(0).derivative().spectrum(3)[0] == pytest.approx(0.5, rel=1e-14, abs=0)
    assert ks.defect_power(-0.5).spectrum(3)[0] == pytest.approx(math.sqrt(2), rel=1e-14, abs=0)
    # Rodrigues: mu_k(kappa_0; 3) = mu_{k-1}(kappa_0'; 5)/3
    k = np.arange(1, 9)
    climbed = ks.arccos(0).derivative().spectrum(5)(k - 1) / 3
    assert ks.arccos(0).spectrum(3)(k) == pytest.approx(climbed, rel=1e-13, abs=1e-300)


def test_a_kernel_that_is_refused_is_refused_again() -> None:
    # Refused by the contour, the Taylor series, the expansion and the balls; what they keep says so, too.
    s = ks.laplace(10**4).spectrum(10)
    for ask in (s, s.error, s):
        with pytest.raises(ValueError, match=r"laplace\(c=10000\) is too narrow"):
            ask(1)


@pytest.mark.parametrize("c", [Fraction(1, 10**6), 100, 10**4, 10**6])
@pytest.mark.parametrize("d", [2, 3, 10])
def test_laplace_kernels_of_extreme_width(c: Value, d: int) -> None:
    # Either a value with an honest error, or a refusal that names the kernel. k = 1 by the closed expansion in c
    # is not available here, so the reference is quadrature, with nodes enough for e^{-c sqrt 2 sin(theta/2)}.
    s = ks.laplace(c).spectrum(d)
    try:
        value, error = s[1], s.error(1)
    except ValueError as refused:
        assert "laplace" in str(refused)
        return
    with mp.workdps(40):
        constant = mp.gamma(mp.mpf(d) / 2) / (mp.sqrt(mp.pi) * mp.gamma(mp.mpf(d - 1) / 2))
        scale = mp.mpf(1) / c.numerator * c.denominator if isinstance(c, Fraction) else mp.mpf(1) / c
        breaks = [0, *(b for b in (scale, 10 * scale, 60 * scale, 1) if b < 3), mp.pi]

        def integrand(theta: Value) -> Value:
            u = mp.cos(theta)
            return mp.exp(-mp.sqrt(2) * mp.sin(theta / 2) / scale) * u * mp.sin(theta) ** (d - 2)

        exact = constant * mp.quad(integrand, sorted(set(breaks)))
    assert true_error(value, math.log(abs(value)), exact) <= error


def test_narrow_gaussians_inside_and_outside() -> None:
    # alpha = 1e4 and 9e4: no overflow, no warning.
    with time_limit():
        narrow = ks.exponential(0.01).spectrum(3)(np.arange(3))
        # d = 3: mu_0 = (1 - e^{-2 alpha})/(2 alpha), mu_1 = (1 - 1/alpha)/(2 alpha), but for e^{-2 alpha}
        assert narrow[0] == pytest.approx(5e-5, rel=1e-11, abs=0)
        assert narrow[1] == pytest.approx(5e-5 * (1 - 1e-4), rel=1e-11, abs=0)
        very = ks.exponential(Fraction(1, 300)).spectrum(3)[0]
        assert very == pytest.approx(1 / (2 * 300**2), rel=1e-10, abs=0)


def test_a_narrow_gaussian_of_a_network_warns_of_nothing() -> None:
    s = (ks.exponential(0.05) @ ks.arccos(1)).spectrum(3)
    try:
        value, error = s[0], s.error(0)
    except ValueError as refused:
        assert "exponential" in str(refused)
        return
    with mp.workdps(30):
        exact = mp.quad(
            lambda t: mp.exp(400 * (reference.kappa(1, mp.cos(t)) - 1)) * mp.sin(t) / 2, [0, 0.05, 0.1, 0.3, 1, mp.pi]
        )
    assert true_error(value, math.log(value), exact) <= error


@pytest.mark.parametrize("d", [3, 10])
@pytest.mark.parametrize("power", [3, 5])
def test_networks_of_odd_kernels_keep_their_digits_at_minus_one(power: int, d: int) -> None:
    # kappa_0(u^p) = 1 - (sqrt2/pi)(p t)^{1/2} + O(t^{3/2}) at 1 - t, and 1/2 + an odd function: at -1 the same with
    # the other sign. mu_k = -2 (sqrt(2p)/pi) mu_k[(1-t)^{1/2}] (1 + O(k^{-2})) for odd k, 0 for even k > 0.
    kernel = ks.arccos(0) @ ks.polynomial(power)
    with mp.workdps(50):
        c = -2 * mp.sqrt(2 * power) / mp.pi
        exact = {k: c * reference.power_eigenvalue(d, mp.mpf("0.5"), k) for k in (10**8 + 1, 10**9 + 1)}
    check(kernel, d, exact)
    s = kernel.spectrum(d)
    for k in (2, 100, 10**6):
        assert abs(s[k]) <= 1e-12 * s[k + 1]


@pytest.mark.parametrize("kernel", [ks.laplace(), ks.rf(3), ks.ntk(3), ks.exponential()], ids=repr)
def test_the_mirror_image_has_eigenvalues_of_alternating_sign(kernel: Zonal) -> None:
    # P_k(-t) = (-1)^k P_k(t) (claim 1)
    k = np.array([0, 1, 2, 3, 10, 101, 10**4 + 1, 10**6, 10**9 + 1])
    if kernel == ks.exponential():
        k = k[:6]
    mirrored = (kernel @ (-1 * ks.linear())).spectrum(3)
    assert mirrored(k) == pytest.approx((-1.0) ** (k % 2) * kernel.spectrum(3)(k), rel=1e-12, abs=0)


@pytest.mark.parametrize("d", [2, 3, 12])
def test_laplace_of_a_narrow_product_warns_of_nothing(d: int) -> None:
    # e^{16(u-1)} overflows on the higher contours; lower ones do.
    c, gamma = Fraction(207, 100), Fraction(5, 8)
    outer = ks.laplace(c, gamma)
    s = (outer @ (ks.exponential(0.25) * outer)).spectrum(d)
    degrees = (0, 1, 2, 5)
    try:
        values, errors = s(np.array(degrees)), s.error(np.array(degrees))
    except ValueError as refused:
        assert "laplace" in str(refused)
        return
    with mp.workdps(30):
        weight = mp.gamma(mp.mpf(d) / 2) / (mp.sqrt(mp.pi) * mp.gamma(mp.mpf(d - 1) / 2))

        def integrand(theta: Value, k: int) -> Value:
            t = 2 * mp.sin(theta / 2) ** 2
            laplace = mp.exp(-mp.mpf("2.07") * mp.power(t, mp.mpf("0.625")))
            value = mp.exp(-mp.mpf("2.07") * mp.power(1 - mp.exp(-16 * t) * laplace, mp.mpf("0.625")))
            legendre = mp.hyp2f1(-k, k + d - 2, mp.mpf(d - 1) / 2, t / 2)
            return value * legendre * mp.sin(theta) ** (d - 2)

        for k, value, error in zip(degrees, values, errors, strict=True):
            exact = weight * mp.quad(functools.partial(integrand, k=k), [0, 0.5, 1.5, mp.pi])
            assert true_error(value, math.log(value), exact) <= error


@pytest.mark.parametrize("k", [3, 100, 10**4])
def test_deep_and_smooth_kernels(k: int) -> None:
    for kernel in (ks.dual("erf"), ks.dual("gelu"), ks.dual("erf") @ ks.dual("erf"), ks.rf(30, degree=0)):
        with time_limit():
            try:
                assert math.isfinite(kernel.spectrum(3)[k - k % 2 + 1 if kernel == ks.dual("erf") else k])
            except ValueError:
                continue


@pytest.mark.parametrize("kernel", [ks.rf(1200), ks.ntk(200)], ids=repr)
def test_very_deep_networks(kernel: Zonal) -> None:
    # Loops, not recursion.
    with time_limit():
        values, error = kernel.spectrum(3)[:101], kernel.spectrum(3).error(np.arange(101))
    assert np.all(np.diff(values) < 0) and values[-1] > 0
    assert np.all(error < 1e-11)


# -- analytic on [-1, 1], but not in the unit disc ---------------------------------------------------


@functools.cache
def value_at(kernel: Zonal, u: Value) -> Value:
    """kappa(u): the nodes are the same at every degree."""
    return kernel(u)


def by_quadrature(kernel: Zonal, d: int, k: int) -> Any:
    """mu_k by tanh-sinh quadrature in the angle, without anything of the library but the values of kappa."""
    with mp.workdps(30):
        lam = mp.mpf(d) / 2 - 1
        constant = mp.gamma(lam + 1) / (mp.sqrt(mp.pi) * mp.gamma(lam + mp.mpf(1) / 2))

        def integrand(theta: Value) -> Value:
            u = mp.cos(theta)
            return value_at(kernel, u) * reference.legendre(d, k, u) * mp.sin(theta) ** (d - 2)

        return constant * mp.quad(integrand, mp.linspace(0, mp.pi, 9))


@pytest.mark.parametrize(("d", "degrees"), [(2, [0]), (3, [1, 9]), (4, [5])])
@pytest.mark.parametrize(
    "text",
    [
        "arccos(0)@(0.5*linear() - 0.5*polynomial(2))",
        "laplace()@(0.5*linear() - 0.5*polynomial(2))",
        "arccos(0)@(0.9*linear() - 0.8*polynomial(3))",
        "arccos(1)@(0.5 - exponential())",
        "laplace()@(-linear())",
        "laplace()@(0.135*dual('exp'))",
        "arccos(0)@(0.9999*linear())",
    ],
)
def test_kernels_without_a_taylor_series_of_use(text: str, d: int, degrees: list[int]) -> None:
    kernel = P(text)
    with time_limit():
        check(kernel, d, {k: by_quadrature(kernel, d, k) for k in degrees}, 1e-11)


@settings(max_examples=5)
@given(
    st.sampled_from(["arccos(0)", "arccos(1)", "laplace()", "rf(3)", "exponential()"]),
    *[st.integers(-8, 8)] * 3,
    st.sampled_from([2, 3, 5]),
    st.integers(0, 7),
)
def test_compositions_with_parabolas(outer: str, a: int, b: int, c: int, d: int, k: int) -> None:
    # the inner kernel touches 1 or -1 at either end, inside, or nowhere
    total = max(abs(a) + abs(b) + abs(c), 1)
    inner = Fraction(a, total) * ks.polynomial(2) + Fraction(b, total) * ks.linear() + Fraction(c, total)
    kernel = P(outer) @ inner
    s = kernel.spectrum(d)
    try:
        found, error = s(k), s.error(k)
    except ValueError as reason:
        assert 0 in kernel.singular or "too narrow" in str(reason)
        return
    exact = by_quadrature(kernel, d, k)
    if abs(exact) > 1e-18 or found == 0:
        doubt = 1e-11 if kernel.singular else 1e-22
        assert abs(found - exact) <= error * abs(exact) + doubt


def test_no_jump_where_a_kernel_is_analytic() -> None:
    eta = np.geomspace(1e-20, 0.5, 40)
    right, left, _ = float_jumps(ks.arccos(0) @ P("0.5*linear() - 0.5*polynomial(2)"), eta)
    assert not right.any()
    assert left.all()
    right, left, _ = float_jumps(ks.laplace() @ P("0.5*linear() - 0.5*polynomial(2)"), eta)
    assert not right.any()
    assert not left.any()


def test_far_degrees_of_analytic_kernels_are_refused() -> None:
    s = (ks.laplace() @ P("0.5*linear() - 0.5*polynomial(2)")).spectrum(3)
    assert s[300] == pytest.approx(float(s.certified(300, 15)), rel=1e-12, abs=0)
    with pytest.raises(ValueError, match="k must be at most 2000.*analytic"):
        s(2001)


def test_powers_of_the_sine_below_the_floats_are_not_zero() -> None:
    spectrum = ks.sine_power(Fraction(191, 2)).spectrum(3)
    log_abs, later = spectrum.log_abs(10**4), spectrum.log_abs([10**4 + 1, 10**6])
    ball = spectrum.certified(10**4, 20)
    assert spectrum(10**4) == float(ball) == 0.0
    assert log_abs == pytest.approx(float(abs(ball).log()), rel=1e-13, abs=0)
    assert later[0] == -math.inf and -1e5 < later[1] < log_abs


# -- errors of many degrees ---------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [ks.ntk(3), ks.ntk(3) + 0.3 * ks.laplace(2, 0.25)], ids=str)
@pytest.mark.parametrize("d", [3, 10])
def test_errors_of_many_degrees_are_those_of_each(kernel: Zonal, d: int) -> None:
    s, few = kernel.spectrum(d), np.array([0, 5, 64, 517, 1000, 2047])
    with time_limit():  # one by one they took minutes
        many = s.error(np.arange(2048))[few]
    each = np.array([s.error(int(k)) for k in few])
    assert np.all(many <= 2 * each) and np.all(each <= 2 * many)


def test_the_error_of_an_interpolant_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    k = np.arange(64, 128)
    right = ks.laplace(20).spectrum(50)(k)
    monkeypatch.setattr("kernelspec.spectrum.branch_cut._NODES", 8)
    s = ks.laplace(20).spectrum(50)
    off = abs(s(k) / right - 1)
    assert off.max() > 1e-9
    monkeypatch.setattr("kernelspec.spectrum.fallbacks.WEAK", 1.0)  # or a better route replaces the values
    assert np.all(off <= s.error(k))
