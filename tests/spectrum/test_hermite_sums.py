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


def test_thirty_digits_in_high_dimension() -> None:
    """mu_3 of tanh for d = 10^5: twelve terms, whose coefficients are sums in mpmath."""
    d, k = 10**5, 3
    with mp.workdps(45):
        nodes = [mp.mpf(j) / 12 for j in range(-15 * 12, 15 * 12 + 1)]
        masses = [mp.npdf(x) * mp.tanh(x) / 12 for x in nodes]
        total = mp.mpf(0)
        for m in range(k, k + 20, 2):
            a = mp.fsum(w * mp.hermite(m, x / mp.sqrt(2)) for x, w in zip(nodes, masses, strict=True))
            weight = mp.mpf(ks.sphere.monomial_eigenvalue_exact(d, m, k).numerator)
            weight /= ks.sphere.monomial_eigenvalue_exact(d, m, k).denominator
            total += a**2 / (mp.mpf(2) ** m * mp.factorial(m)) * weight
        wanted = mp.nstr(total, 40)
    found = ks.dual("tanh").spectrum(d).certified(k, 30)
    with precision(200):
        assert abs(found / flint.arb(wanted) - 1) < 1e-29


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
        ArithmeticError, match=r"mu_201 of dual\('tanh'\) on S\^1 to so many digits takes more than 2560"
    ):
        ks.dual("tanh").spectrum(2).certified(201)
    for kernel in (ks.dual(np.tanh), ks.dual("tanh") * ks.arccos(1), ks.mlp(2, activation="tanh")):
        with pytest.raises(ValueError, match="its eigenvalues have no certified digits"):
            kernel.spectrum(3).certified(1)
