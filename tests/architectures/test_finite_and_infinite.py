"""Networks of finite width against their limits: means over random networks, and the rate m^{-1/2}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernelspec import stax
from kernelspec.architectures import empirical, finite, limit, sampling

RNG = np.random.default_rng(12)
IMAGES = RNG.standard_normal((3, 4, 5, 2)) * np.array([0.3, 1.0, 2.0]).reshape(3, 1, 1, 1)
VECTORS = RNG.standard_normal((4, 3)) * np.array([[0.2], [1.0], [1.5], [3.0]])
STANDARD: dict[str, Any] = {"parameterization": "standard", "b_std": 0.4}

# One hidden layer, of 30 channels: both kernels are exact in the mean at every width.
EXACT: dict[str, tuple[Any, Any]] = {
    "dense": ((stax.Dense(30, 1.3, 0.5), stax.Relu(), stax.Dense(1, 1.1, 0.3)), VECTORS),
    "standard": ((stax.Dense(30, 1.3, **STANDARD), stax.Erf(), stax.Dense(1, 0.8, **STANDARD)), VECTORS),
    "no biases": ((stax.Dense(30, 2.0), stax.Gelu(), stax.Dense(1)), VECTORS),
    "pieces": ((stax.Dense(30, 1.3, 0.5), stax.Elementwise("0 if x < -1; x**2 if x < 1; 3*x"), stax.Dense(1)), VECTORS),
    "tanh": ((stax.Dense(30, 1.3, 0.5), stax.ElementwiseNumerical(np.tanh), stax.Dense(1)), VECTORS),
    "residual": (
        (
            stax.FanOut(2),
            stax.parallel(stax.serial(stax.Dense(30, 1.3, 0.5), stax.Sin(1, 2, 0.3)), stax.Dense(30)),
            stax.FanInSum(),
            stax.Dense(1, 1.2),
        ),
        VECTORS,
    ),
    "frozen": ((stax.Frozen(stax.Dense(30, 1.3, 0.5)), stax.ABRelu(-0.5, 2), stax.Dense(1)), VECTORS),
    "SAME": (
        (
            stax.Conv(30, (3, 2), (2, 1), "SAME", 1.4, 0.3),
            stax.Relu(),
            stax.AvgPool((2, 3), (1, 2)),
            stax.Flatten(),
            stax.Dense(1),
        ),
        IMAGES,
    ),
    "CIRCULAR": (
        (stax.Conv(30, (2, 3), None, "CIRCULAR", 1.4, 0.3), stax.Erf(), stax.GlobalAvgPool(), stax.Dense(1, 1.0, 0.2)),
        IMAGES,
    ),
    "local": (
        (
            stax.ConvLocal(30, (3, 2), (1, 2), "SAME", 1.4, 0.3),
            stax.Relu(),
            stax.SumPool((2, 2)),
            stax.Flatten(),
            stax.Dense(1),
        ),
        IMAGES,
    ),
    "local standard": ((stax.ConvLocal(30, (2, 2), **STANDARD), stax.Relu(), stax.Flatten(), stax.Dense(1)), IMAGES),
    "positions of the output": (
        (stax.Conv(30, (2, 2)), stax.Relu(), stax.ConvLocal(1, (3, 3), (1, 2), b_std=0.3)),
        IMAGES,
    ),
    "concatenated": (
        (
            stax.FanOut(2),
            stax.parallel(
                stax.serial(stax.Conv(30, (2, 2), b_std=0.2), stax.Relu()),
                stax.serial(stax.Conv(20, (2, 2), W_std=2.0), stax.Erf()),
            ),
            stax.FanInConcat(),
            stax.Flatten(),
            stax.Dense(1),
        ),
        IMAGES,
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_the_mean_of_one_hidden_layer_is_the_limit(name: str) -> None:
    """Entries lie within five standard errors of 200 networks, which are small enough to tell a factor of 2 apart."""
    layers, x = EXACT[name]
    network = stax.serial(*layers)[0].network
    found = sampling.monte_carlo_kernel(network, x, samples=200, rng=7)
    for mean, error, wanted in zip(found.mean, found.error, limit.kernel(network, x), strict=True):
        assert mean.shape == wanted.shape
        assert np.all(np.abs(mean - wanted) <= 5 * error + 1e-13 * np.abs(wanted).max())
    diagonal = np.einsum("ii...->i...", found.error.ntk) / np.einsum("ii...->i...", found.mean.ntk)
    assert np.median(diagonal) < 0.1


def deep(width: int) -> Any:
    """Two blocks with layer norms, pools and biases, whose kernels of one network deviate like the root of 1/width."""
    block = stax.serial(
        stax.FanOut(2),
        stax.parallel(
            stax.Identity(), stax.serial(stax.LayerNorm(), stax.Gelu(), stax.Conv(width, (3,), None, "SAME", 1.2, 0.1))
        ),
        stax.FanInSum(),
    )
    return stax.serial(
        stax.Conv(width, (3,), None, "CIRCULAR"),
        block,
        stax.AvgPool((2,), (2,)),
        block,
        stax.GlobalAvgPool(),
        stax.Dense(width),
    )[0].network


def test_deviations_of_deep_networks_fall_like_the_root_of_the_width() -> None:
    """At widths 24 and 96 the root mean square deviation from the limit has a ratio of about 2, for both kernels."""
    x = RNG.standard_normal((3, 6, 2))
    sizes = []
    for width in (24, 96):
        network, generator = deep(width), np.random.default_rng(5)
        wanted = limit.kernel(network, x)
        squares = np.zeros(2)
        for _ in range(60):
            _, params = finite.init(network, generator, x.shape)
            one = empirical.empirical_kernel(network, params, x)
            squares += [float(np.mean((a - b) ** 2)) for a, b in zip(one, wanted, strict=True)]
        sizes.append(np.sqrt(squares / 60) / [np.abs(each).max() for each in wanted])
    assert np.all(np.abs(sizes[0] / sizes[1] - 2) < 0.4), sizes
    assert np.all(sizes[1] < 0.2)
