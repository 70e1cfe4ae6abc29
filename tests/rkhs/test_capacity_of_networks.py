"""Capacities of networks that are no power laws with a remainder: sums over float eigenvalues, and of the trace."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.rkhs.approximation import _Harmonics, counts
from kernelspec.rkhs.capacity_on_sphere import Capacity
from kernelspec.rkhs.components import components
from kernelspec.rkhs.mercer import mercer
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning

D = 4
DEGREES = 120
NETWORKS = {  # with pieces, composed, and a series
    "hardtanh": lambda: ks.dual("hardtanh"),
    "composed": lambda: ks.exponential(1) @ ks.dual("hardtanh"),
    "silu": lambda: ks.dual("silu"),
}


def levels(kernel: Zonal) -> tuple[Any, Any, float]:
    """Eigenvalues in floats, by quadratures of their own, their multiplicities, and the trace behind them."""
    s = kernel.spectrum(D)
    k = np.arange(DEGREES)
    mu, n = np.maximum(s(k), 0.0), s.multiplicity(k).astype(float)
    return mu, n, kernel.at_one - float(mu @ n)


@pytest.mark.parametrize("name", NETWORKS)
def test_sums_over_eigenvalues(name: str) -> None:
    """What is left out adds at most its trace/lambda: the tolerance, beside rounding."""
    kernel, lam = NETWORKS[name](), 0.02
    mu, n, rest = levels(kernel)
    low = float(n @ (mu / (mu + lam)))
    found = Capacity(kernel, D).effective_dimension(lam, certified=True)
    slack = 1e-12 * low
    assert low - slack <= float(found.mid()) <= low + rest / lam + slack
    assert float(found.rad()) < 1e-11 * low

    if name == "silu":  # of which the digits of 64 degrees take long
        return
    order = np.argsort(mu)[::-1]
    taken = 0
    for index in order[:3]:  # whole eigenspaces
        taken += int(n[index])
    left = kernel.at_one - float(mu[order[:3]] @ n[order[:3]])
    assert abs(Capacity(kernel, D).tail(taken) - left) < 1e-13 * kernel.at_one


def test_eigenvalues_left_out_are_below_the_last_one() -> None:
    """The bound of what follows serves: with mu_{K+2} = 0.77 mu_K or less, it is near the next eigenvalue."""
    kernel = ks.dual("hardtanh")
    part: Any = mercer(kernel, D)[1]
    levels = part.through(16, 24)
    following = kernel.spectrum(D)[33]
    assert following <= float(part.left(levels)[1]) <= 1.5 * following


def test_floats_of_wide_balls_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelspec.rkhs.mercer.MOST", 32)
    H = Capacity(ks.dual("hardtanh"), D)
    lams = [1e-2, 1e-6, 1e-12]
    wide = [float(x.rad() / x.mid()) for x in H.effective_dimension(lams, certified=True)]
    assert wide[0] < 1e-7 < 1e-5 < wide[1] < 0.01 < wide[2]
    with pytest.warns(PrecisionWarning, match="known to"):
        found = H.effective_dimension(lams)
    assert np.isnan(found).tolist() == [False, False, True]


@pytest.mark.parametrize("name", ["hardtanh"])
def test_learning_curves_by_their_equations(name: str) -> None:
    """n = sum L + n ridge/kappa and error = E (1 - L_1)^2/4 for f = x1, of mean square 1/4, in floats."""
    kernel, n, ridge = NETWORKS[name](), 40, 0.01
    mu, many, rest = levels(kernel)

    def learned(kappa: float) -> float:
        return float(many @ (mu / (mu + kappa))) + rest / kappa

    kappa = brentq(lambda kappa: learned(kappa) + n * ridge / kappa - n, 1e-4, 10.0, xtol=1e-15, rtol=1e-14)
    overfitting = n / (n - float(many @ (mu / (mu + kappa)) ** 2))
    error = overfitting * (kappa / (mu[1] + kappa)) ** 2 / 4
    curve = kernel.rkhs(D).learning_curve(ks.rkhs.polynomial("x1", D), [n], ridge=ridge)
    assert curve.error[0] == pytest.approx(error, rel=1e-7)  # the trace behind the degrees, taken as if it were linear


def test_curves_of_analytic_kernels_need_few_harmonics() -> None:
    """Bounds from 64 degrees are as near as those from 512, and hold the same distance."""
    kernel = ks.exponential(Fraction(1, 2))
    f = ks.rkhs.ridge(ks.rkhs.relu(3), [1, 0, 0, 0])
    curve = kernel.rkhs(D).approximation(f, [0.5, 5.0])
    assert counts(kernel)[0] == 64
    few, many = (_Harmonics(kernel, D, f, components(f), count).bounds(np.array([0.5, 5.0])) for count in (64, 512))
    assert np.all(np.maximum(few[1], many[1]) <= np.minimum(few[0], many[0]))
    assert np.all(curve.error - curve.lower <= 1e-7 * curve.error)


def test_capacity_and_norms_of_networks_that_mix_pieces_and_series() -> None:
    kernel = ks.network("dense(1) > silu > dense(1, 1/10) > relu6")
    points = np.array(list(itertools.product([1.0, -1.0], repeat=6)))
    mu = np.linalg.eigvalsh(kernel(points @ points.T / 6)) / 64
    found = kernel.rkhs(6, domain="cube").effective_dimension(0.01)
    assert abs(found / np.sum(mu / (mu + 0.01)) - 1) < 1e-11
    linear = ks.rkhs.polynomial("x1", 5)  # the mean of its square is 1/5
    assert abs(kernel.rkhs(5).norm(linear) ** 2 * 5 * kernel.spectrum(5)[1] - 1) < 1e-12
    assert ks.same_rkhs(kernel, 2 * kernel, 5).same
    assert ks.same_rkhs(ks.dual("hardtanh") + ks.dual("tanh"), ks.dual("hardtanh"), 5).same
