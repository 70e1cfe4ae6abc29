"""The library's random networks as plain data, which `convolutional` computes with."""

from __future__ import annotations

from collections.abc import Sequence

from convolutional import KERNELS, Architecture, Layer, Pool, Sizes
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn, testing


def architectures(
    sizes: Sizes,
    kernels: Sequence[str] = (*KERNELS, "square"),
    borders: Sequence[str] = ("zero", "circular", "valid"),
    depth: int = 3,
) -> st.SearchStrategy[Architecture]:
    """The library's random networks, as plain data."""
    drawn = [ckn.square if name == "square" else ks.parse(name) for name in kernels]
    texts = dict(zip(map(repr, drawn), kernels, strict=True))

    def plain(net: ckn.Network) -> Architecture:
        return Architecture(
            tuple(
                Layer(
                    layer.patch,
                    texts[repr(layer.kernel)],
                    None if layer.pool is None else Pool(layer.pool.kind, layer.pool.scale, layer.pool.centred),
                    layer.stride,
                    layer.border,
                    layer.normalized,
                )
                for layer in net.layers
            ),
            net.output,
        )

    found = testing.architectures(sizes, kernels=drawn, borders=borders, max_layers=depth)
    return found.map(plain)
