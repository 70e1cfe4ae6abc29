"""Architectures as plain data, which the oracle evaluates and the library: by name, and the library's random ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

import kernelspec as ks
from experiments.architectures import network
from kernelspec import ckn, testing
from oracle import convolutional as oracle
from oracle.convolutional import Sizes, Step, Values

KERNELS = (
    "linear()",
    "polynomial(2)",
    "polynomial(3)",
    "polynomial(4)",
    "exponential(0.6)",
    "exponential(1)",
    "arccos(1)",
    "rf(3)",
    "arccos(0)",
    "laplace(1)",
    "1/4*linear() + 3/4*arccos(1)",
    "2*arccos(1)",
)
# Those that layers with a tangent kernel have.
RECTIFIERS = ("linear()", "arccos(1)", "1/4*linear() + 3/4*arccos(1)", "2*arccos(1)")
# kappa is Lipschitz on [-1, 1]: an error of a cosine passes on, and is not raised to the power 1/2.
LIPSCHITZ = tuple(name for name in KERNELS if name not in ("arccos(0)", "laplace(1)"))


@dataclass(frozen=True)
class Architecture:
    """Layers, and what is done with the last map."""

    layers: tuple[Step, ...]
    output: str = "sum"

    def network(self) -> ckn.Network:
        """The same architecture of the library."""
        return network(self.layers, self.output)


def evaluate(
    architecture: Architecture, images: Any, tangent: bool = False, long: bool = False, rounding: float = 0.0
) -> Values:
    """What the oracle knows of it."""
    return oracle.evaluate(architecture.layers, images, architecture.output, tangent, long, rounding)


def architectures(
    sizes: Sizes,
    kernels: Sequence[str] = (*KERNELS, "square"),
    borders: Sequence[str] = ("zero", "circular", "valid"),
    depth: int = 3,
) -> st.SearchStrategy[Architecture]:
    """The library's random networks, as plain data."""
    drawn = [ckn.square if name == "square" else ks.parse(name) for name in kernels]
    texts = dict(zip(map(repr, drawn), kernels, strict=True))

    def plain(layer: ckn.Layer) -> Step:
        pool = layer.pool
        kind, size, centred = ("", 1, False) if pool is None else (pool.kind, pool.scale, pool.centred)
        kernel = texts[repr(layer.kernel)]
        return Step(layer.patch, kernel, kind, size, layer.stride, layer.border, layer.normalized, centred)

    found = testing.architectures(sizes, kernels=drawn, borders=borders, max_layers=depth)
    return found.map(lambda net: Architecture(tuple(map(plain, net.layers)), net.output))
