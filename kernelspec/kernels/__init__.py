"""Kernels: points and pairs, `Zonal` and its nodes, the named kernels, depth, activations, text and evaluation."""
