"""Convolutional networks of finite width with random weights, and what their kernels tend to (claims 49, 64).

The networks are those of `oracle.finite_convolutional`: convolutions with weights N(0, 1), ReLU times sqrt(2/m),
pooling, gradients by backpropagation.
"""

from __future__ import annotations

import numpy as np
import pytest
from architectures import Architecture

from oracle import finite_convolutional as finite
from oracle.convolutional import Step
from oracle.patch_kernels import Array

ARCHITECTURES = {
    "signal, two layers": (
        (9, 2),
        Architecture((Step(3, "arccos(1)", "gaussian", 1, 2), Step(2, "arccos(1)", "average", 2, 1))),
    ),
    "image, two layers": (
        (5, 4, 2),
        Architecture(
            (Step(3, "arccos(1)", "average", 2, 2, centred=True), Step(2, "arccos(1)", border="circular")), "mean"
        ),
    ),
    "signal, normalised patches, no border": (
        (8, 1),
        Architecture((Step(3, "arccos(1)", "gaussian", 1, 1, "valid", normalized=True),)),
    ),
}
NAMES = list(ARCHITECTURES)


def draws(name: str, width: int, repetitions: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Both kernels of independent networks, (repetitions, 2, n, n), and what they should tend to, (2, n, n)."""
    shape, architecture = ARCHITECTURES[name]
    x = np.random.default_rng(64).standard_normal((3, *shape))
    x[2] = 0.1 * x[2] - x[1]  # next to opposite
    steps, output = architecture.layers, architecture.output
    found = [finite.kernels(finite.draw(shape, steps, width, rng, output), x) for _ in range(repetitions)]
    return np.array(found), np.array(architecture.network().gram(x, tangent="both"))


@pytest.mark.parametrize("name", NAMES)
def test_the_mean_over_networks_is_the_kernel(name: str, rng: np.random.Generator) -> None:
    width, repetitions = 256, 60
    found, exact = draws(name, width, repetitions, rng)
    error = found.std(axis=0, ddof=1) / np.sqrt(repetitions)
    scale = np.sqrt(np.einsum("kii,kjj->kij", exact, exact))
    # Five standard errors (one of 54 entries is that far off by chance in 3e4 seeds), and what deep networks of
    # finite width are off in the mean: O(1/m), below 0.5/m in 4000 of these networks.
    assert np.all(np.abs(found.mean(axis=0) - exact) < 5 * error + scale / width)


@pytest.mark.parametrize("which", ["features", "tangent"])
@pytest.mark.parametrize("name", NAMES[::2])
def test_the_error_falls_like_the_root_of_the_width(name: str, which: str, rng: np.random.Generator) -> None:
    widths, repetitions = (32, 512), 100
    logs, variance = [], 0.0
    for width in widths:
        found, exact = draws(name, width, repetitions, rng)
        k = 0 if which == "features" else 1
        scale = np.outer(np.diag(exact[k]), np.diag(exact[k]))
        squared = np.mean((found[:, k] - exact[k]) ** 2 / scale, axis=(1, 2))
        logs.append(np.log(squared.mean()) / 2)
        variance += squared.var(ddof=1) / (repetitions * 4 * squared.mean() ** 2)
    span = np.log(widths[1] / widths[0])
    # Five standard errors of the slope, measured; corrections of relative size 1/m move it by 1/32/span at most.
    slack = (5 * np.sqrt(variance) + 1 / widths[0]) / span
    assert (logs[1] - logs[0]) / span == pytest.approx(-0.5, abs=slack)
    assert slack < 0.25  # else the test could not tell m^{-1/2} from 1/m or from no decrease
