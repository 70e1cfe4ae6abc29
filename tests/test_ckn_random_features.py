"""Convolutional networks of finite width with random weights, and what their kernels tend to (claims 49, 64).

The networks are written out as networks: convolutions with weights N(0, 1), ReLU times sqrt(2/m), pooling, gradients
by backpropagation. Nothing is shared with the kernels but the pooling matrices and the places of the patches.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from convolutional import FLOATS, Architecture, Array, Layer, Pool, map_sizes, patch_positions, pooling_matrix

ARCHITECTURES = {
    "signal, two layers": (
        (9, 2),
        Architecture((Layer(3, "arccos(1)", Pool("gaussian", 1), 2), Layer(2, "arccos(1)", Pool("average", 2), 1))),
    ),
    "image, two layers": (
        (5, 4, 2),
        Architecture(
            (Layer(3, "arccos(1)", Pool("average", 2, centred=True), 2), Layer(2, "arccos(1)", None, 1, "circular")),
            "mean",
        ),
    ),
    "signal, normalised patches, no border": (
        (8, 1),
        Architecture((Layer(3, "arccos(1)", Pool("gaussian", 1), 1, "valid", normalized=True),)),
    ),
}
NAMES = list(ARCHITECTURES)


class Convolution:
    """P, A and their transposes on feature maps of shape (images, positions, features)."""

    def __init__(self, layer: Layer, sizes: tuple[int, ...]) -> None:
        one: Array = np.ones((1, 1))
        self.pooling = one
        for size in map_sizes(layer, sizes)[0]:
            self.pooling = np.kron(self.pooling, pooling_matrix(size, layer, FLOATS))
        self.shifts = [one]  # for each place of the patch, (patches, positions): what is read there
        for size in sizes:
            reads = np.array([[-1 if j is None else j for j in row] for row in patch_positions(size, layer)])
            axis = [(reads[:, [k]] == np.arange(size)) * 1.0 for k in range(layer.patch)]
            self.shifts = [np.kron(before, here) for before in self.shifts for here in axis]
        if layer.normalized:
            self.shifts = [shift / np.sqrt(len(self.shifts)) for shift in self.shifts]

    def patches(self, x: Array) -> Array:
        return np.concatenate([shift @ x for shift in self.shifts], axis=-1)

    def transposed(self, z: Array) -> Array:
        parts = np.split(z, len(self.shifts), axis=-1)
        total: Array = sum(shift.T @ part for shift, part in zip(self.shifts, parts, strict=True))
        return total


def random_network(architecture: Architecture, x: Array, width: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """The kernel of the last feature maps and the empirical tangent kernel of one draw, both (n, n).

    The output is sum_u <v(u), x_n(u)>, v ~ N(0, I) and the same for all u where the maps are averaged.
    """
    sizes, n = x.shape[1:-1], len(x)
    maps = x.reshape(n, -1, x.shape[-1])
    scale = np.sqrt(2 / width)
    tape: list[Any] = []
    for layer in architecture.layers:
        convolution = Convolution(layer, sizes)
        z = convolution.patches(maps)
        weights = rng.standard_normal((width, z.shape[-1]))
        before = z @ weights.T
        maps = convolution.pooling @ (scale * np.maximum(before, 0))
        tape.append((convolution, z, weights, before))
        sizes = map_sizes(layer, sizes)[1]
    positions = maps.shape[1]
    if architecture.output == "mean":
        last = maps.mean(axis=1)
        gradient = np.broadcast_to(rng.standard_normal(width) / positions, maps.shape)
    else:
        last = maps.reshape(n, -1)
        gradient = np.broadcast_to(rng.standard_normal((positions, width)), maps.shape)
    features = last @ last.T
    tangent = features.copy()  # the gradient with respect to v
    for convolution, z, weights, before in reversed(tape):
        delta = scale * (before > 0) * (convolution.pooling.T @ gradient)
        by_weights = np.einsum("num,nuf->nmf", delta, z).reshape(n, -1)
        tangent += by_weights @ by_weights.T
        gradient = convolution.transposed(delta @ weights)
    return features, tangent


def draws(name: str, width: int, repetitions: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Both kernels of independent networks, (repetitions, 2, n, n), and what they should tend to, (2, n, n)."""
    shape, architecture = ARCHITECTURES[name]
    x = np.random.default_rng(64).standard_normal((3, *shape))
    x[2] = 0.1 * x[2] - x[1]  # next to opposite
    found = np.array([random_network(architecture, x, width, rng) for _ in range(repetitions)])
    exact = np.array(architecture.network().gram(x, tangent="both"))
    return found, exact


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
