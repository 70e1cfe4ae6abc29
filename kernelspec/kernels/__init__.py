"""Kernels: points and pairs, `Zonal` and its nodes, the named kernels, depth, activations, text and evaluation."""

# First, so that the one import circle, of `Zonal` with its nodes, is always entered at the same place.
from . import zonal as zonal
