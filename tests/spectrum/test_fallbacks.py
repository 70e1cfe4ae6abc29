"""What serves without a contour: duals that floats read on [-1, 1] alone, next to kernels of any other kind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import eval_legendre

import kernelspec as ks
from kernelspec.kernels.points import Point
from kernelspec.kernels.smooth_tables import RealAloneError
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.arithmetic import FloatArithmetic
from kernelspec.spectrum.fallbacks import ContourOrOther

DEGREES = np.array([0, 1, 2, 3, 8, 20])


def by_panels(kernel: Zonal) -> np.ndarray:
    """mu_k on S^2 by Gauss's rule on panels of the angle that shrink towards both ends."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    ends = np.concatenate([[0.0], np.geomspace(1e-14, np.pi / 2, 120)])
    ends = np.concatenate([ends, np.pi - ends[-2::-1]])
    half = np.diff(ends)[:, None] / 2
    theta = (ends[:-1, None] + half * (1 + nodes)).ravel()
    terms = (half * weights).ravel() * np.sin(theta) * np.asarray(kernel(np.cos(theta))) / 2
    return np.array([np.sum(terms * eval_legendre(k, np.cos(theta))) for k in DEGREES])


@pytest.mark.parametrize(
    "combined",
    [
        lambda k: k * ks.laplace(),
        lambda k: k + ks.laplace(),
        lambda k: k + ks.ntk(3) * ks.laplace(),
        lambda k: ks.arccos(1) @ k.normalized(),
    ],
)
@pytest.mark.parametrize(("name", "tangent"), [("tanh", True), ("silu", False)])
def test_a_steep_smooth_network_next_to_others(combined: Callable[[Zonal], Zonal], name: str, tangent: bool) -> None:
    kernel = combined(ks.mlp(2, activation=name, weight_variance=1000, tangent=tangent))
    spectrum = kernel.spectrum(3)
    wanted = by_panels(kernel)
    # Seen: 5e-13, of the panels' absolute rounding of 1e-16 kappa(1).
    np.testing.assert_allclose(spectrum(DEGREES), wanted, rtol=2e-12, atol=1e-16 * kernel.at_one)
    assert np.all(np.abs(spectrum(DEGREES) - wanted) <= spectrum.error(DEGREES) * wanted + 2e-16 * kernel.at_one)


def test_the_contour_is_not_asked_for_what_it_cannot_read() -> None:
    kernel = ks.mlp(2, activation="tanh", weight_variance=1000) * ks.laplace()
    with pytest.raises(RealAloneError, match="not at complex ones"):
        Point.from_cosine(FloatArithmetic(), np.array([0.5j])).pair(kernel)
    assert kernel.spectrum(3).method(2) == "quadrature"
    assert ContourOrOther(kernel).answer(3, DEGREES).names == ("quadrature",)
