"""Python that makes the page's network and reads its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import signals
from .kernel import made_by

if TYPE_CHECKING:
    from ..ckn import Network
    from ..ckn.layers import Layer


def network_code(net: Network, source: str, file: str, *lines: str, more: str = "") -> str:
    """Python that reads the image, makes the network, and goes on with these lines."""
    layers = "".join(f"    {_layer(layer)},\n" for layer in net.layers)
    read = (
        f"x = signals.built_in({source!r})   # {signals.SOURCES[source][0]}"
        if not file
        else (f"x = signals.read({file!r}, open({file!r}, 'rb').read())")
    )
    return "\n".join(
        [
            f"import kernelspec as ks\nfrom kernelspec import ckn{more}",
            "from kernelspec.explore import signals",
            "",
            read,
            f"net = ckn.Network([\n{layers}])",
            *lines,
        ]
    )


def _layer(layer: Layer) -> str:
    text = f"ckn.Layer({layer.patch}, {made_by(layer.kernel)}"
    if layer.pool is not None:
        text += f", ckn.{layer.pool!r}, stride={layer.stride}"
    if layer.border != "zero":
        text += f", border={layer.border!r}"
    return text + (", normalized=True)" if layer.normalized else ")")
