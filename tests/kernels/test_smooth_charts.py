"""Duals of smooth activations next to points, against sums of their Hermite series and integrals in mpmath."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels.hermite_balls import coefficients
from kernelspec.kernels.smooth_charts import Chart, OutOfReachError, _derivatives
from kernelspec.kernels.smooth_duals import NAMES
from kernelspec.numbers.precision import precision

TERMS = 2048


@functools.cache
def squares(name: str, q: Any, terms: int = TERMS) -> list[Any]:
    with precision(160):
        return [a * a for a in coefficients(name, q, terms)[0]]


def summed(name: str, q: Any, u: Any, order: int = 0) -> Any:
    """K^(order)(u)/order!, by all terms."""
    return flint.arb_poly(squares(name, q))(flint.arb_poly([u, 1]))[order]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bits", [8, 36])
def test_polynomials_hold_the_series(name: str, bits: int) -> None:
    """With few bits what is left out is seen; the sums miss less than 1e-16."""
    q = Fraction(2)
    with precision(160):
        chart = Chart(name, q, bits)
        for steep in (False, True):
            for side in (1, -1):
                reach = flint.arb(0.5 * chart.pole**2 / chart._nats)
                known = chart.at_end(side, reach, steep)
                assert known is not None
                for h in (reach, reach / 3, flint.arb(0)):
                    found = flint.arb_poly(known)(h)
                    assert (found + flint.arb(0, 1e-16)).contains(summed(name, q, side * (1 - h), steep).mid())
                    assert found.rad() < 4 * flint.arb(2) ** -bits * (1 + reach)
            for place, width in ((0.97, 0.005), (-0.9, 0.02), (0.3, 0.1), (0.0, 0.2), (0.97, 0.0), (-0.9, 0.0)):
                c, polynomial, rest = chart.inside(flint.arb(place, width), steep)
                for x in (-1, 0.5, 1):
                    u = flint.arb(place) + x * flint.arb(width)
                    found = flint.arb_poly(polynomial)(u - c) + flint.arb(0, 1) * rest
                    assert (found + flint.arb(0, 1e-16)).contains(summed(name, q, u, steep).mid()), (place, x)
                    assert found.rad() < 8 * flint.arb(2) ** -bits
        with pytest.raises(ArithmeticError, match="too wide"):
            chart.inside(flint.arb(0.9, 0.05))
        assert chart.at_end(1, flint.arb(0.9)) is None


@pytest.mark.parametrize("name", NAMES)
def test_derivatives_at_the_ends(name: str) -> None:
    with precision(100):
        right, left = _derivatives(name, flint.arb(1), 6)
    with precision(12):
        coarse = _derivatives(name, flint.arb(1), 6)
    with precision(160):
        for j in range(7):
            for known, few, u in ((right, coarse[0], 1), (left, coarse[1], -1)):
                wanted = summed(name, Fraction(1), flint.arb(u), j)
                assert (known[j] + flint.arb(0, 1e-20) * (1 + right[j])).contains(wanted.mid())
                assert known[j].rad() < 1e-25 and few[j].overlaps(known[j])


def test_next_to_one_at_a_large_variance_against_a_plane_integral() -> None:
    """E tanh x tanh y, x and y = 30^(1/2) (a r +- b s), by sums over a lattice in mpmath."""
    for u in ("0.99", "0.9985"):
        with mp.workdps(30):
            a, b = mp.sqrt((1 + mp.mpf(u)) / 2 * 30), mp.sqrt((1 - mp.mpf(u)) / 2 * 30)
            lines = [(mp.mpf(j) / 28, mp.npdf(mp.mpf(j) / 28) / 28 * (2 if j else 1)) for j in range(310)]
            across = [(mp.mpf(j) / 3, mp.npdf(mp.mpf(j) / 3) / 3 * (2 if j else 1)) for j in range(33)]
            wanted = mp.fsum(
                v * w * mp.tanh(a * x + b * y) * mp.tanh(a * x - b * y) for x, v in lines for y, w in across
            )
        with precision(160):
            chart = Chart("tanh", Fraction(30), 70)
            c, known, rest = chart.inside(flint.arb(u))
            found = flint.arb_poly(known)(flint.arb(u) - c) + flint.arb(0, 1) * rest
            assert abs(found - flint.arb(mp.nstr(wanted, 28))) < 1e-19 and found.rad() < 1e-19


def test_variances_beyond_reach_are_refused_at_once() -> None:
    with precision(160):
        chart = Chart("tanh", Fraction(10**6), 60)
        with pytest.raises(OutOfReachError, match=r"at the variance 1e\+06, more than 320000: .* up to \d+ are read"):
            chart.at_end(1, flint.arb(1e-12))
        with pytest.raises(OutOfReachError, match="Hermite series of tanh"):
            chart.inside(flint.arb(0.99999))
        _, known, rest = chart.inside(flint.arb(0.5))
        assert abs(known[0] - flint.arb(0.5).asin() * 2 / flint.arb.pi()) < 2e-3 and rest < 1e-15  # that of sign


@pytest.mark.parametrize(("w", "d", "tangent"), [(15, 3, False), (30, 10, True)])
def test_eigenvalues_of_networks_of_large_weights(w: int, d: int, tangent: bool) -> None:
    """Three layers of tanh against sums of series in floats, which know 1e-13."""
    kernel = ks.mlp(3, activation="tanh", weight_variance=w, tangent=tangent)
    found = kernel.spectrum(d).certified([1, 3, 9], 10)
    wanted = _in_floats(w, d, [1, 3, 9], tangent)
    for ball, mu in zip(found, wanted, strict=True):
        assert abs(float(ball.mid()) / mu - 1) < 1e-9 and ball.rel_accuracy_bits() > 33


def _in_floats(w: int, d: int, degrees: list[int], tangent: bool) -> list[float]:
    """mu_k by Gauss-Legendre on panels of the angle that double, from 6000 terms of each series."""
    terms, q, known = 6000, flint.arb(w), []
    with precision(80):
        for _ in range(2):
            found, one = coefficients("tanh", q, terms, least=60)
            known.append((np.array([float(a * a) for a in found]), float(one)))
            q = w * one
    nodes, weights = np.polynomial.legendre.leggauss(30)
    edges = np.concatenate([[0], np.pi / 2 * 2.0 ** np.arange(-8, 1)])
    middles, halves = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    theta = (middles[:, None] + halves[:, None] * nodes).ravel()
    measure = (halves[:, None] * weights).ravel()
    out = np.zeros(len(degrees))
    for sign in (1, -1):
        u = sign * np.cos(theta)
        rho, value = u, u
        for squares_, one in known:
            inner, slope = np.polynomial.polynomial.polyval(rho, squares_) / one, 0
            if tangent:
                steep = squares_[1:] * np.arange(1, len(squares_))
                slope = np.polynomial.polynomial.polyval(rho, steep) / one * value
            rho = inner
            value = inner + slope
        mass = measure * np.sin(theta) ** (d - 2)
        density = float(mp.gamma(d / 2) / mp.sqrt(mp.pi) / mp.gamma((d - 1) / 2))
        out += [density * float(np.sum(mass * value * ks.sphere.legendre(d, k, u))) for k in degrees]
    return out.tolist()
