"""Finite networks and training against the numbers of neural_tangents for the same parameters and data."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import peer_training as trained
import pytest
from peer_networks import FILE, NETWORKS, filled, images

from kernelspec import stax
from kernelspec.learning import training

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


@pytest.mark.parametrize("i", range(len(trained.REGULARISERS) * len(trained.TIMES) * 2))
def test_training_is_that_of_the_peer(i: int) -> None:
    """`gradient_descent_mse_ensemble`: its loss is a mean over all numbers in y, and `diag_reg` is n lambda.

    For the nngp, it is the variance of the targets' noise as well.
    """
    diag_reg, t, get, wanted = json.loads(trained.FILE.read_text(encoding="utf-8"))[i]
    kernel_fn = trained.network(stax).kernel_fn
    train, cross, test = kernel_fn(trained.X), kernel_fn(trained.TEST, trained.X), kernel_fn(trained.TEST)
    found = training(
        getattr(train, get),
        trained.Y,
        math.inf if t is None else t * trained.RATE / trained.Y.size,
        ntk_cross=getattr(cross, get),
        nngp=train.nngp,
        nngp_cross=cross.nngp,
        nngp_test=test.nngp,
        lam=diag_reg / len(trained.Y),
        noise=math.sqrt(diag_reg) if get == "nngp" else 0.0,
    )
    assert found.covariance is not None
    for key, value in {"mean": found.mean[0], "covariance": found.covariance[0]}.items():
        # relative to the covariance at the start: what is left of it is a difference
        size = np.abs(test.nngp if key == "covariance" else wanted[key]).max()
        assert np.abs(value - np.array(wanted[key])).max() <= 1e-12 * size, key
