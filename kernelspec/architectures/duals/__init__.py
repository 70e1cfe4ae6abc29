"""Duals of activations at any variance: E[phi(a) phi(b)] and E[phi'(a) phi'(b)] of two Gaussians, in float arrays.

The dual kernel on the sphere (`kernelspec.kernels.duals`) is the case of variances 1.
"""
