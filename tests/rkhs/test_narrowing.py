"""Capacities are computed from as many levels as it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernelspec.rkhs.capacity import effective_dimension
from kernelspec.rkhs.levels import Levels
from kernelspec.rkhs.narrowing import narrowed
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning


def test_more_levels_than_were_asked_for_are_no_end() -> None:
    """1/i^2: 500 of them come for any number up to 500. Those left out are far from narrow."""
    mu = 1.0 / np.arange(1, 30001) ** 2

    def levels(count: int) -> Levels:
        some = mu[: max(500, count)]
        rest = float(np.sum(mu[len(some) :]))
        return Levels(some, some, np.ones(len(some)), np.ones(len(some)), (rest * (1 - 1e-12), rest), float(some[-1]))

    found = narrowed(levels, lambda x, proved: effective_dimension(x, 1e-4, proved), False, 2**15)
    exact = float(np.sum(mu / (mu + 1e-4)))
    assert abs(found / exact - 1) < 1e-8  # what is asked for


def test_what_the_bounds_do_not_tell_is_nan() -> None:
    """1, and 1 in many eigenvalues of 1e-3 at most: next to nothing is known below lambda = 1e-3."""
    one = np.ones(1)
    levels = Levels(one, one, one, one, (1.0, 1.0), 1e-3)
    lam = np.array([10.0, 1e-3, 1e-9])

    def read(certified: bool) -> Any:
        return narrowed(lambda _: levels, lambda x, proved: effective_dimension(x, lam, proved), certified, 64)

    with pytest.warns(PrecisionWarning, match="nan where not to 0.01; certified=True gives the bounds"):
        found = read(False)
    assert found[0] == pytest.approx(1 / 11 + 0.1, rel=1e-4) and np.isnan(found[1:]).all()
    balls = read(True)
    exact = [1 / 1.001 + 500, 1 + 1e3 / (1 + 1e-6)]  # what is left out in 1000 eigenvalues
    assert all(ball.contains(value) for ball, value in zip(balls[1:], exact, strict=True))
