r"""Convolutional ReLU networks of finite width, with their gradients, claims 49 and 64.

The network is that of Bietti & Mairal 2019 on the inductive bias, with A and P of
`oracle.convolutional`, standard normal weights, and output weights for each position, or for their mean:

    b_1 = W_1 P_1 x,  a_k = A_k max(0, b_k),  b_{k+1} = (2/m)^{1/2} W_{k+1} P_{k+1} a_k,
    f = (2/m)^{1/2} sum_v <w(v), a_n(v)>.

`kernels` gives the covariance of f over the last weights alone, and the inner products of the
gradients in all weights, which are the random-feature and the tangent kernel as m grows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from oracle.convolutional import Operators, Step, extract, flattened, operators

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Finite:
    """A network drawn at random.

    Parameters
    ----------
    steps : its layers; every kernel is arccos(1), the ReLU.
    ops : P and A of each layer, P over the root of the patch's size where it is normalised.
    weights : W_k, shape (m, m' * offsets), for each layer.
    last : w, shape (positions, m).
    output : "sum", or "mean" for the same w over the number of positions at each.
    """

    steps: Sequence[Step]
    ops: Sequence[Operators]
    weights: Sequence[Array]
    last: Array
    output: str = "sum"

    @property
    def width(self) -> int:
        """m, the same in every layer."""
        return self.last.shape[1]


def draw(
    shape: Sequence[int], steps: Sequence[Step], width: int, rng: np.random.Generator, output: str = "sum"
) -> Finite:
    """Standard normal weights for signals of this shape, (positions..., channels)."""
    sizes, channels = tuple(shape[:-1]), shape[-1]
    if any(step.kernel != "arccos(1)" for step in steps):
        raise ValueError("every step must have the kernel arccos(1)")
    ops, weights = [], []
    for step in steps:
        plain = operators(step, sizes)
        ops.append(replace(plain, shifts=math.sqrt(step.weight(len(sizes))) * plain.shifts))
        weights.append(rng.standard_normal((width, len(ops[-1].shifts) * channels)))
        sizes, channels = ops[-1].sizes, width
    positions = math.prod(sizes)
    last = rng.standard_normal((positions if output == "sum" else 1, width))
    if output == "mean":
        last = np.repeat(last / positions, positions, axis=0)
    return Finite(steps, ops, weights, last, output)


@dataclass(frozen=True, eq=False)
class Pass:
    """What the layers compute: patches P_k a_{k-1}, the signs of b_k, the last a."""

    patches: list[Array]
    active: list[NDArray[np.bool_]]
    last: Array


def forward(net: Finite, signals: Array) -> Pass:
    """All layers, on signals of shape (n, positions..., channels)."""
    a = flattened(signals)[0]
    patches, active = [], []
    for number, (ops, weights) in enumerate(zip(net.ops, net.weights, strict=True)):
        patches.append(extract(a, ops))
        b = _scale(net, number) * (patches[-1] @ weights.T)
        active.append(b > 0)
        a = ops.pooling @ np.maximum(b, 0.0)
    return Pass(patches, active, a)


def outputs(net: Finite, signals: Array) -> Array:
    """f(x), shape (n,)."""
    a = forward(net, signals).last
    return math.sqrt(2 / net.width) * np.einsum("nvi,vi->n", a, net.last)


def random_features(net: Finite, signals: Array) -> Array:
    """(2/m) sum_v <a_n(v), a_n'(v)>, or the inner product of the means, shape (n, n)."""
    return _random_features(net, forward(net, signals).last)


def _random_features(net: Finite, maps: Array) -> Array:
    rows = maps.mean(axis=1) if net.output == "mean" else maps.reshape(len(maps), -1)
    return np.asarray((2 / net.width) * (rows @ rows.T))


def kernels(net: Finite, signals: Array) -> tuple[Array, Array]:
    """The random-feature and the tangent kernel of the network, both of shape (n, n)."""
    done = forward(net, signals)
    n = len(done.last)
    features = _random_features(net, done.last)
    tangent = features.copy()
    back = np.broadcast_to(math.sqrt(2 / net.width) * net.last, done.last.shape)
    for number in range(len(net.weights) - 1, -1, -1):
        ops, scale = net.ops[number], _scale(net, number)
        # df/db_k(u), and the gradient in W_k is the sum over u of df/db_k(u) (x) scale * patch(u).
        slopes = (ops.pooling.T @ back) * done.active[number]
        tangent += scale**2 * _contracted(slopes, done.patches[number])
        if number:
            to_patches = scale * (slopes @ net.weights[number])
            by_offset = to_patches.reshape(n, to_patches.shape[1], len(ops.shifts), -1)
            back = np.einsum("cuv,nuck->nvk", ops.shifts, by_offset, optimize=True)
    return features, tangent


def _scale(net: Finite, number: int) -> float:
    return math.sqrt(2 / net.width) if number else 1.0


def _contracted(slopes: Array, patches: Array) -> Array:
    """<sum_u s(u) (x) p(u), sum_u' s'(u') (x) p'(u')> for all pairs of signals."""
    n, positions = slopes.shape[:2]
    products = [z.reshape(n * positions, -1) for z in (slopes, patches)]
    table = (products[0] @ products[0].T) * (products[1] @ products[1].T)
    return np.asarray(table.reshape(n, positions, n, positions).sum(axis=(1, 3)))


@dataclass(frozen=True)
class Rate:
    """A power fitted to mean squared errors: error ~ width^exponent, with its standard error."""

    exponent: float
    error: float


def rate(widths: Sequence[int], squared: Array) -> Rate:
    """The exponent of the root of the mean squared error.

    Parameters
    ----------
    squared : squared errors of independent draws, shape (widths, draws). The logarithm of their
        mean has the variance var / (draws mean^2). The fit does not use it as a weight: a mean
        that is small by chance has a small variance as well.
    """
    mean = squared.mean(axis=1)
    variance = squared.var(axis=1, ddof=1) / (squared.shape[1] * mean**2) / 4
    x, y = np.log(np.asarray(widths, dtype=float)), np.log(mean) / 2
    x = x - x.mean()
    spread = np.sum(x**2)
    return Rate(float(np.sum(x * y) / spread), float(np.sqrt(np.sum(x**2 * variance)) / spread))
