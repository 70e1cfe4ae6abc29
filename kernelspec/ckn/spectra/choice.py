"""Which solver decomposes the kernel of a network on a domain."""

from __future__ import annotations

from fractions import Fraction

from ..layers import Square
from ..network import Network
from .cube import CubeLayer
from .cycle import CycleLayer
from .patch_spectrum import patch_kernel
from .solver import Solver
from .spheres import SpheresLayer
from .two_layer_choice import two_layers


def solver_of(net: Network, positions: int, domain: str, dimension: int | None) -> Solver:
    """The solver; ValueError, naming the parameter, for networks that none is for."""
    if len(net.layers) > 2:
        raise ValueError(f"net must have one or two layers; got {len(net.layers)}")
    if net.floor > 1:
        raise ValueError(f"net must have a floor of at most 1, the norm of a patch; got {net.floor}")
    if domain == "cube":
        return _cube(net, positions, dimension)
    dimension = net.layers[0].patch if dimension is None else dimension
    if dimension < 2:
        raise ValueError(
            f"dimension must be at least 2 on spheres, got {dimension}, the patch of the first layer; "
            "dimension= counts its entries with their channels"
        )
    mean = net.output == "mean"
    if len(net.layers) == 1:
        return SpheresLayer(net.layers[0], dimension, positions, mean)
    return two_layers(net, positions, dimension)


def _cube(net: Network, positions: int, dimension: int | None) -> Solver:
    if dimension is not None:
        raise ValueError(f'dimension must be None with domain="cube", got {dimension}')
    if len(net.layers) > 1:
        raise ValueError(f'net must have one layer with domain="cube"; got {len(net.layers)}')
    layer = net.layers[0]
    if layer.border == "zero":
        raise ValueError(
            'net must have border="circular" or "valid" with domain="cube", got "zero": patches at the border are '
            "shorter, and no parity is an eigenfunction"
        )
    if not layer.map_size(positions):
        raise ValueError(f"positions must be at least the patch, {layer.patch}, got {positions}")
    square = isinstance(layer.kernel, Square)
    scale = Fraction(1) if layer.normalized else Fraction(layer.patch) ** (2 if square else 1)
    if layer.border == "circular" and layer.patch == positions and positions > 1 and layer.stride == 1:
        return CycleLayer(layer, patch_kernel(layer), positions, net.output == "mean", scale)
    return CubeLayer(layer, patch_kernel(layer), positions, net.output == "mean", scale)
