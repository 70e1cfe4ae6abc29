"""Readings that linear functions take of the patches of a network (claim 51): P and A in floats and in fractions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from oracle.convolutional import FLOATS, Step, flattened, operators, patch_reads, pooling_matrix, taps
from oracle.patch_kernels import Array

_FRACTIONS = replace(FLOATS, array=np.vectorize(Fraction, otypes=[object]), number=Fraction)


def readings(signals: Array, steps: Sequence[Step]) -> Array:
    """The readings with P and A on all positions: shape (n, positions, places of the last layer, ..., channels)."""
    x, sizes = flattened(signals)
    for step in steps:
        ops = operators(step, sizes)
        moved = np.einsum("cuv,nv...->nuc...", ops.shifts, x, optimize=True)
        x = np.tensordot(ops.pooling, moved, axes=(1, 1)).swapaxes(0, 1) * math.sqrt(step.weight(len(sizes)))
        sizes = ops.sizes
    return x


def exact_axis(
    steps: Sequence[Step], n: int, gaussian: Callable[[int], Iterable[float]] = lambda q: taps("gaussian", q)
) -> Array:
    """All readings along one axis of n positions, as fractions: shape (outputs, places of the last layer, ..., n).

    `gaussian` gives the taps of a Gaussian pool of size q as floats, which are taken for exact.
    """
    total: Array = np.eye(n, dtype=int).astype(object)
    for step in steps:
        reads = patch_reads(len(total), step)
        shifts = np.eye(len(total) + 1, dtype=int)[reads, :-1]  # (patches, places, positions)
        weights = [Fraction(float(tap)) for tap in gaussian(step.size)] if step.pool == "gaussian" else None
        pooling = pooling_matrix(len(reads), step, _FRACTIONS, weights)
        total = np.tensordot(np.tensordot(pooling, shifts, axes=(1, 0)), total, axes=(2, 0))
    return total
