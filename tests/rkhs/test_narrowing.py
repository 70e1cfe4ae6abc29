"""Capacities are computed from as many levels as it takes."""

from __future__ import annotations

import numpy as np

from kernelspec.rkhs.capacity import effective_dimension
from kernelspec.rkhs.levels import Levels
from kernelspec.rkhs.narrowing import narrowed


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
