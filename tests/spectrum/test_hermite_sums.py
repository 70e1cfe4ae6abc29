"""Certified eigenvalues of duals of smooth activations: sums of proved Hermite coefficients with a proved tail."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
from scipy.special import eval_legendre, expit

import kernelspec as ks
from kernelspec.kernels.smooth_duals import NAMES, SmoothDual
from kernelspec.numbers.precision import precision
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning
from kernelspec.spectrum.hermite_sums import SeriesForm


def softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


FUNCTIONS = {
    "tanh": (np.tanh, lambda x: np.cosh(x) ** -2.0),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x)),
    "softplus": (softplus, expit),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) + x * expit(x) * expit(-x)),
    "mish": (
        lambda x: x * np.tanh(softplus(x)),
        lambda x: np.tanh(softplus(x)) + x * np.cosh(softplus(x)) ** -2.0 * expit(x),
    ),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steep", [False, True])
def test_against_quadrature_of_a_kernel_from_quadrature(name: str, steep: bool) -> None:
    """On S^2, mu_k = 1/2 int kappa P_k, kappa a mean over pairs of normal numbers: sums of 10^6 floats."""
    q, f = 1.5, FUNCTIONS[name][steep]
    x = np.arange(-9, 9.01, 1 / 8)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) / 8
    nodes, weights = np.polynomial.legendre.leggauss(48)
    kappa = [
        q**steep * np.einsum("i,j,i,ij", density, density, f(math.sqrt(q) * x),
                             f(math.sqrt(q) * (u * x[:, None] + math.sqrt(1 - u * u) * x)))
        for u in nodes
    ]  # fmt: skip
    kernel = SmoothDual(name, variance=Fraction(3, 2), steep=steep)
    found = kernel.spectrum(3).certified(range(8), 20)
    assert 0 < kernel.truncation < 1e-19
    for k, mu in enumerate(found):
        wanted = float(np.sum(weights * kappa * eval_legendre(k, nodes))) / 2
        assert abs(float(mu) - wanted) < 1e-14 * kernel.at_one, k
        assert mu == 0 or mu.rel_accuracy_bits() > 66


def tanh_eigenvalue(d: int, k: int, terms: int) -> Any:
    """mu_k of tanh's dual, k odd: coefficients that are sums over nodes in mpmath."""
    nodes = [mp.mpf(j) / 12 for j in range(15 * 12 + 1)]
    masses = [2 * mp.npdf(x) * mp.tanh(x) / 12 for x in nodes]
    before, now, total = [mp.mpf(0)] * len(nodes), [mp.mpf(1)] * len(nodes), mp.mpf(0)
    for m in range(k + 2 * terms):
        if m >= k and (m - k) % 2 == 0:
            weight = ks.sphere.monomial_eigenvalue_exact(d, m, k)
            total += mp.fdot(masses, now) ** 2 * weight.numerator / weight.denominator
        roots = mp.sqrt(m), mp.sqrt(m + 1)
        before, now = now, [(x * b - roots[0] * a) / roots[1] for x, a, b in zip(nodes, before, now, strict=True)]
    return total


def test_thirty_digits_in_high_dimension() -> None:
    """mu_3 of tanh for d = 10^5 by ten terms."""
    d, k = 10**5, 3
    with mp.workdps(45):
        wanted = mp.nstr(tanh_eigenvalue(d, k, 10), 40)
    found = ks.dual("tanh").spectrum(d).certified(k, 30)
    with precision(200):
        assert abs(found / flint.arb(wanted) - 1) < 1e-29


def test_floats_where_a_series_in_floats_says_nothing() -> None:
    """mu_41 for d = 100 is 1e-45, and the series in floats misses 1e-31."""
    d, k = 100, 41
    with mp.workdps(40):
        wanted = float(tanh_eigenvalue(d, k, 100))
    s = ks.dual("tanh").spectrum(d)
    assert abs(s[k] / wanted - 1) < 1e-14 and s.error(k) < 1e-14
    assert s.log_abs(k) == pytest.approx(math.log(wanted), rel=1e-15)
    assert s.approximate(k).error < 1e-14 * s[k] and s.approximate(k).value == s[k] == s[:42][k]
    assert s.method(k) == "Hermite series in balls" and s.method(1) == "truncated series"
    assert s[40] == 0 and s.approximate(40) == (0, 0)
    other = ks.dual("mish").spectrum(d)
    both = (2 * ks.dual("tanh") - 3 * ks.dual("mish") + ks.exponential(1)).spectrum(d)
    exponential = ks.exponential(1).spectrum(d)
    assert abs(both[k] / (2 * s[k] - 3 * other[k] + exponential[k]) - 1) < 1e-13


def test_floats_that_no_sum_serves_are_not_known() -> None:
    for kernel, d, k in ((ks.dual(np.tanh), 100, 41), (ks.mlp(2, activation=lambda x: np.tanh(x)), 9, 99)):
        with pytest.warns(PrecisionWarning, match="are NaN"):
            assert math.isnan(kernel.spectrum(d)[k])
        value, error = kernel.spectrum(d).approximate(k)
        assert 0 < kernel.truncation <= 1.001 * error and abs(value) < error


@pytest.mark.parametrize(("name", "d", "k"), [("tanh", 10, 11), ("mish", 5, 12), ("tanh", 3, 5)])
def test_tails_lie_in_the_balls(name: str, d: int, k: int) -> None:
    """Of few terms and of many: the first ball holds what the others add, and is hardly wider than that."""
    form = SeriesForm(ks.dual(name), d)
    with precision(75):
        few = form.ball(k)
    with precision(200):
        many = form.ball(k)
        off = abs(many - few.mid())
        assert few.contains(many) and few.rad() < 2 * off and many.rel_accuracy_bits() > 140


def test_sums_with_other_kernels_and_parities_known_exactly() -> None:
    tanh, relu = ks.dual("tanh"), ks.arccos(1)
    parts = [kernel.spectrum(4).certified([1, 2, 3], 25) for kernel in (tanh, relu)]
    both = (2 * tanh - relu).spectrum(4).certified([1, 2, 3], 25)
    with precision(150):
        assert all((2 * a - b).overlaps(c) for a, b, c in zip(*parts, both, strict=True))
    assert parts[0][1] == 0 and both[1].rel_accuracy_bits() > 80


def test_what_is_out_of_reach_or_not_known_is_refused() -> None:
    with pytest.raises(
        ArithmeticError, match=r"mu_3001 of dual\('tanh'\) on S\^1 to so many digits takes more than 2560"
    ):
        ks.dual("tanh").spectrum(2).certified(3001)
    for kernel in (ks.dual(np.tanh), ks.dual(np.tanh) * ks.arccos(1)):
        with pytest.raises(ValueError, match="its eigenvalues have no certified digits"):
            kernel.spectrum(3).certified(1)
