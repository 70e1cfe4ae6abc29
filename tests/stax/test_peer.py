"""Outputs and kernels of finite networks against the numbers of neural_tangents for the same parameters."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from peer_networks import FILE, NETWORKS, filled, images

from kernelspec import stax

NUMBERS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def test_the_numbers_are_of_these_networks() -> None:
    assert set(NUMBERS) - {"versions"} == set(NETWORKS)
    assert NUMBERS["versions"]["neural-tangents"] == "0.6.5"


@pytest.mark.parametrize("name", NETWORKS)
def test_finite_networks_are_those_of_the_peer(name: str) -> None:
    """To 1e-13 of the largest number: both are sums of some hundred products, in another order."""
    build, shape = NETWORKS[name]
    init_fn, apply_fn, _ = build(stax)
    _, params = init_fn(0, (-1, *shape))
    params, _ = filled(params)
    x, y = images(shape, 2, 0.3), images(shape, 1, 0.8)
    kernel = stax.empirical_kernel_fn(apply_fn)(x, y, None, params)
    found = {"outputs": apply_fn(params, x), "nngp": kernel.nngp, "ntk": kernel.ntk}
    for key, value in found.items():
        wanted = np.array(NUMBERS[name][key]["values"]).reshape(NUMBERS[name][key]["shape"])
        assert value.shape == wanted.shape
        assert np.abs(value - wanted).max() <= 1e-13 * np.abs(wanted).max(), key
