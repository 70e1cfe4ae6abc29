"""Digits turned and deformed: numbers of the table against the library's doors, on two images."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments import rotated_digits, turned_and_deformed
from kernelspec.ckn import stability


def test_a_turn_of_the_group_costs_nothing_and_others_are_what_they_are() -> None:
    axis = np.arange(8) - 3.5
    images = np.exp(-((axis[:, None] - [[[1.0]], [[-0.5]]]) ** 2) / 3 - (axis + 0.5) ** 2 / 6)
    found = turned_and_deformed.stabilities(images, ("plain", "C4"), (0.0, 90.0), (0.0, 0.1))
    assert np.all(found.largest <= found.bounds + 1e-6)
    assert found.measured[1, 1, 0] < 1e-6 < found.measured[0, 1, 0]
    net, x = turned_and_deformed.network(rotated_digits.GROUPS["plain"]), rotated_digits.placed(images)
    tau = stability.rotation((13, 13), math.pi / 2) + stability.field((13, 13), 0.1, turned_and_deformed.SCALE, 0)
    each = stability.measured(net, x, tau)
    sizes = net.norms(x) / np.linalg.norm(x.reshape(2, -1), axis=1)
    expected = np.sqrt(np.mean(each**2) / np.mean(sizes**2))
    assert found.measured[0, 1, 1] == pytest.approx(float(expected), rel=1e-12)
