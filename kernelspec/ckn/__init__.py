"""Convolutional kernel networks: exact kernels of signals and images, their tangent kernels, feature maps.

>>> import numpy as np, kernelspec as ks
>>> from kernelspec import ckn
>>> net = ckn.Network([ckn.Layer(patch=3, kernel=ks.arccos(1), pool=ckn.gaussian(2), stride=2)])
>>> net.gram(np.ones((1, 8, 8, 1))).shape
(1, 1)
"""

from typing import TYPE_CHECKING

from .layers import Layer, Pool, Square, average, gaussian, square, strided
from .network import LayerShape, Map, Network, Shapes

if TYPE_CHECKING:
    from .nystrom import Nystrom

__all__ = [
    "Layer",
    "LayerShape",
    "Map",
    "Network",
    "Nystrom",
    "Pool",
    "Shapes",
    "Square",
    "average",
    "gaussian",
    "square",
    "strided",
]


def __getattr__(name: str) -> object:
    if name == "Nystrom":
        from .nystrom import Nystrom

        return Nystrom
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
