"""Which solver decomposes the kernel of a network of two layers on independent patches."""

from __future__ import annotations

import numpy as np

from ...kernels.expression import exact_one
from ...numbers.exact_numbers import Scalar
from ..layers import Layer, Square
from ..network import Network
from .overlapping import check_cycle
from .patch_spectrum import patch_kernel
from .quadratic import QuadraticPairs
from .solver import Solver
from .two_layers import TwoLayers


def two_layers(net: Network, positions: int, dimension: int) -> Solver:
    """The solver; ValueError, naming the parameter, for networks that none is for."""
    first, second = net.layers
    if second.border == "zero":
        raise ValueError(
            'net must have border="circular" or "valid" in the second layer on independent patches, got "zero": '
            "patches at the border would be shorter"
        )
    if first.pool is not None:
        return _pooled(net, first, second, positions, dimension)
    if second.border == "circular":
        check_cycle(second.patch, positions)
    if second.map_size(positions) < 1:
        raise ValueError(f"positions must be at least the patch of the second layer, {second.patch}, got {positions}")
    single = second.border == "valid" and second.map_size(positions) == 1 and second.pool is None
    kernel = patch_kernel(first)
    scale, mean = _scale(second, exact_one(kernel)), net.output == "mean"
    layer = None if single else second
    return TwoLayers(kernel, patch_kernel(second), dimension, second.patch, scale, layer, positions, mean)


def _scale(second: Layer, one: Scalar) -> Scalar:
    """c in c kappa_2(mean of kappa_1/kappa_1(1)): the squared norm of a patch, or its square."""
    norm = one if second.normalized else one * second.patch
    return norm * norm if isinstance(second.kernel, Square) else norm


def _pooled(net: Network, first: Layer, second: Layer, positions: int, dimension: int) -> Solver:
    if not isinstance(second.kernel, Square):
        raise ValueError(
            "the second layer must have ckn.square where the first pools: the norms of its patches vary, and "
            f"|z||z'|kappa(cos) has no decomposition that is known; got {second.kernel!r}"
        )
    if "circular" != first.border or "circular" != second.border or first.stride * second.stride != 1:
        raise ValueError(
            'net must have border="circular" and stride 1 in both layers where the first pools, got '
            f"{first!r}, {second!r}"
        )
    modes = np.abs(np.fft.fft(second.pooling(positions)[0])) ** 2
    if net.output == "mean":
        modes = np.concatenate([[1.0 / positions], np.zeros(positions - 1)])
    scale = float(second.patch) ** -2 if second.normalized else 1.0
    offsets = tuple(second.offsets)
    return QuadraticPairs(patch_kernel(first), dimension, first.pooling(positions)[0], offsets, modes, scale, net=net)
