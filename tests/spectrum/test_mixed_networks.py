"""Certified eigenvalues of networks that mix pieces, smooth activations and others, and bounds that their proofs hold."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

import kernelspec as ks

QUARTER = Fraction(1, 4)
NETWORKS = {
    "silu on relu6": lambda: ks.dual("silu") @ ks.dual("relu6"),
    "relu, silu": lambda: ks.network("dense(2, 1/4) > relu > dense(2, 1/4) > silu > dense(1)"),
    "silu, hardtanh": lambda: ks.network("dense(2, 1/4) > silu > dense(2, 1/4) > hardtanh > dense(1)", tangent=True),
    "elu, tanh": lambda: ks.network("dense(1) > elu > dense(1) > tanh > dense(1)"),
    "hardtanh, tanh": lambda: ks.network("dense(2) > hardtanh > dense(2) > tanh > dense(2) > hardtanh > dense(1)"),
    "tanh, sign": lambda: ks.network("dense(2) > tanh > dense(2) > sign > dense(1)"),
    "a difference of products": lambda: ks.dual("relu6") * ks.dual("mish") - ks.dual("tanh") @ ks.arccos(1),
    "residual": lambda: ks.network("dense(2) > sum(identity | relu6 > dense(1, 1/4)) > norm(1/100) > mish > dense(1)"),
}


def _by_floats(kernel: Any, d: int, degrees: list[int]) -> list[float]:
    """mu_k on S^{d-1} from values in floats along the root of the angle at both ends."""
    x, weights = np.polynomial.legendre.leggauss(160)
    z = (1 + x) / 2
    theta = math.pi / 2 * z**2
    weights = weights * math.pi / 2 * z * np.sin(theta) ** (d - 2)
    weights = weights * math.gamma(d / 2) / math.gamma((d - 1) / 2) / math.sqrt(math.pi)
    right, left = kernel.of_angle(theta), kernel.of_angle(math.pi - theta)
    legendre = [np.polynomial.legendre.Legendre.basis(k)(np.cos(theta)) for k in degrees]
    return [float(weights @ ((right + (-1) ** k * left) * p)) for k, p in zip(degrees, legendre, strict=True)]


@pytest.mark.parametrize("name", NETWORKS)
def test_values_in_floats_have_these_eigenvalues(name: str) -> None:
    kernel, degrees = NETWORKS[name](), [0, 1, 4, 7]
    for known, found in zip(_by_floats(kernel, 3, degrees), kernel.spectrum(3).certified(degrees, 8), strict=True):
        if found == 0:
            assert abs(known) < 1e-15
            continue
        assert found.rel_accuracy_bits() > 26
        print(name, known, float(found.mid()), abs(float(found.mid()) - known))
        assert abs(float(found.mid()) - known) < 1e-14 * abs(kernel.at_one) + float(found.rad())
