"""The data of the figure of zonal harmonics."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import legendre as classical

from figures import style, zonal_harmonics
from kernelspec.plots.harmonics import POLE


def test_curves_are_the_polynomials() -> None:
    data = zonal_harmonics.compute(quick=True)
    for k in range(data.largest + 1):
        # numpy's Clenshaw sum of the classical polynomials, d = 3; 5 steps of rounding.
        exact = classical.legval(data.t, np.eye(6)[k])
        np.testing.assert_allclose(data.curves[3][k], exact, rtol=0, atol=2e-15)
        for curves in data.curves.values():
            assert curves[k, -1] == 1.0 and curves[k, 0] == (-1) ** k
    # In dimension d, P_k is t^k but for terms of relative order k^2/d.
    difference = data.curves[100][5] - data.t**5
    assert 0.01 < np.abs(difference).max() < 0.25


def test_spheres_are_one_at_the_pole_and_zonal() -> None:
    data = zonal_harmonics.compute(quick=True)
    assert abs(np.linalg.norm(POLE) - 1.0) < 4e-16
    row, column = (int(np.abs(data.side - c).argmin()) for c in POLE[[1, 0]])
    # The nearest point of the grid is within 0.05 of the pole on the sphere; P_k' <= 15.
    assert np.all(data.spheres[:, row, column] > 0.9)
    cosine = data.spheres[1]  # P_1(t) = t
    for k in range(6):
        exact = classical.legval(cosine, np.eye(6)[k])
        np.testing.assert_allclose(data.spheres[k], exact, rtol=0, atol=5e-15)
    assert data.numbers == (1, 3, 5, 7, 9, 11)


def test_it_is_drawn() -> None:
    with style.paper():
        files = style.rendered(zonal_harmonics.draw(zonal_harmonics.compute(quick=True)))
    assert files["svg"].count(b"<image") >= 6 and len(files["svg"]) < 2_000_000
