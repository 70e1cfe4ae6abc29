"""The library's networks of the layers that `oracle.convolutional` states as plain data."""

from __future__ import annotations

from collections.abc import Sequence

import kernelspec as ks
from kernelspec import ckn
from oracle.convolutional import Step


def layer(step: Step) -> ckn.Layer:
    """The same layer of the library."""
    pool = ckn.Pool(step.pool, step.size, step.centred) if step.pool else None
    kernel = ckn.square if step.kernel == "square" else ks.parse(step.kernel)
    return ckn.Layer(step.patch, kernel, pool, step.stride, step.border, step.normalized)


def network(steps: Sequence[Step], output: str = "sum") -> ckn.Network:
    """The network of the library with these layers."""
    return ckn.Network(tuple(map(layer, steps)), output=output)
