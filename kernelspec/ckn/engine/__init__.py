"""Exact kernels of convolutional kernel networks: where patches stand, how the work is cut, and the evaluation."""
