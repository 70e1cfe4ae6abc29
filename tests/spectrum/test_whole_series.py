"""Eigenvalues from whole Hermite series: against sums of balls, against integrals, and at large degrees."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels.points import Point
from kernelspec.kernels.smooth_duals import NAMES, SmoothDual, balls
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.arithmetic import FloatArithmetic
from kernelspec.numbers.precision import precision
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning
from kernelspec.spectrum.whole_series import LARGEST_DEGREE
from kernelspec.sphere import funk_hecke_constant, legendre
from kernelspec.sphere.power_eigenvalues import monomial

DEGREES = (0, 1, 2, 3, 20, 21, 63, 64, 100, 101)


def integral(kernel: Zonal, d: int, k: int) -> float:
    """By panels in the angle that halve towards both ends."""
    x, w = np.polynomial.legendre.leggauss(40)
    edges = np.concatenate([[0.0], math.pi / 2 * 2.0 ** -np.arange(110, -0.01, -0.5)])
    half = np.diff(edges)[:, None] / 2
    theta, weight = (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()
    total = 0.0
    for end in (1, -1):
        point = Point.from_angle(FloatArithmetic(), theta)
        value = (point if end == 1 else point.mirror).pair(kernel).value
        total += float(np.sum(weight * value * np.sin(theta) ** (d - 2) * legendre(d, k, end * np.cos(theta))))
    return funk_hecke_constant(d) * total


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steep", [False, True])
def test_eigenvalues_are_sums_of_balls(name: str, steep: bool) -> None:
    q = Fraction(4 if name == "tanh" else 12)
    kernel = SmoothDual(name, variance=q, steep=steep)
    with precision(200):
        b, rest = balls(name, q, steep, 2600, 64)
    seen = 0
    for d in (2, 3, 10, 1000):
        found = kernel.spectrum(d).values(np.array(DEGREES))
        for i, k in enumerate(DEGREES):
            if kernel.polynomial_part(k % 2) is not None:
                continue
            with precision(200):
                weight, total = monomial(d).ball(k, k), flint.arb(0)
                for m in range(k, len(b), 2):
                    total += b[m] * weight
                    weight = weight * (m + 1) * (m + 2) / ((m - k + 2) * (m + k + d))
                if not abs(rest) < total * 2.0**-60:
                    continue
                assert abs(found.log_abs[i] - float(total.log())) < found.error[i] < 1e-13
                seen += 1
    assert seen > 5


@pytest.mark.parametrize("q", [1000, 10**8])
def test_networks_of_one_layer_are_summed(q: int) -> None:
    kernel = ks.mlp(2, activation="silu", weight_variance=q, tangent=True)
    for d in (2, 3, 10):
        s = kernel.spectrum(d)
        assert s.method(2).startswith("whole Hermite series")
        for k in (0, 1, 2, 3, 30):
            assert s[k] == pytest.approx(integral(kernel, d, k), rel=1e-12, abs=1e-15 * kernel(1.0))


def test_small_eigenvalues_keep_their_digits() -> None:
    """mu_k of a step is in closed form, and tanh is one but for 1/deviation; far smaller ones have no NaN."""
    kernel = SmoothDual("tanh", variance=Fraction(10**24))
    k = np.array([1, 11, 501, 1501])
    for d in (3, 10):
        assert kernel.spectrum(d)[k] == pytest.approx((4 * ks.dual("step")).spectrum(d)[k], rel=1e-5)
    found = SmoothDual("tanh", variance=Fraction(100)).spectrum(50).values(np.array([1, 301, 1001]))
    assert np.all(np.diff(found.log_abs) < -80) and np.all(found.error < 1e-11)


def test_degrees_have_the_values_that_they_have_alone() -> None:
    kernel = SmoothDual("mish", variance=Fraction(400))
    together = kernel.spectrum(4)[0:140]
    assert all(kernel.spectrum(4)[k] == together[k] for k in (0, 1, 63, 64, 139))


def test_degrees_beyond_are_unknown() -> None:
    with pytest.warns(PrecisionWarning):
        assert math.isnan(SmoothDual("tanh", variance=Fraction(100)).spectrum(3)[LARGEST_DEGREE + 1])


@pytest.mark.parametrize("tangent", [False, True])
def test_deep_networks_are_integrated(tangent: bool) -> None:
    kernel = ks.mlp(3, activation="tanh", weight_variance=10**6, tangent=tangent)
    for d in (2, 3, 10):
        value, error = kernel.spectrum(d).approximate(np.array([1, 5]))
        wanted = [integral(kernel, d, k) for k in (1, 5)]
        assert np.all(np.abs(value - wanted) < 1e-13 * np.abs(wanted) + 1e-15)
        assert np.all(error < 1e-11 * np.abs(value) + 1e-14)
