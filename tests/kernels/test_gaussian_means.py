"""Means of functions that decay, with few nodes, against many."""

from __future__ import annotations

import math

import flint
import pytest

from kernelspec.kernels.gaussian_means import mean
from kernelspec.kernels.hermite_balls import SMOOTH
from kernelspec.numbers.precision import precision


@pytest.mark.parametrize("q", [1e-6, 0.25, 4.0, 1e3, 1e12])
def test_coarse_means_err_by_less_than_their_balls(q: float) -> None:
    """E sech(x)^2; at q = 1e12, (2/(pi q))^(1/2) to 1e-12 of it."""
    found = {}
    for bits in (3, 6, 12, 24, 200):
        with precision(bits):
            found[bits] = mean(lambda x: x.sech() ** 2, SMOOTH["tanh"].slope_size, 0.95 * math.pi / 2, flint.arb(q))
    with precision(300):
        exact = found.pop(200)
        for bits, ball in found.items():
            assert ball.contains(exact.mid()) and ball.rad() < 16 * flint.arb(2) ** -bits
        if q == 1e12:
            assert abs(exact / (2 / (flint.arb.pi() * q)).sqrt() - 1) < 1e-12
