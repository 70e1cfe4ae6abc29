"""Convolutional kernel networks: exact kernels of signals and images, their tangent kernels, feature maps.

>>> import numpy as np, kernelspec as ks
>>> from kernelspec import ckn
>>> net = ckn.Network([ckn.Layer(patch=3, kernel=ks.arccos(1), pool=ckn.gaussian(2), stride=2)])
>>> net.gram(np.ones((1, 8, 8, 1))).shape
(1, 1)

Rooms of their own, imported at first use: `ckn.stability` (deformations: distances and their bounds), `ckn.recovery`
(signals read back from their maps), `ckn.groups` (turns and reflections), `ckn.spectra` (Mercer
decompositions), `ckn.teachers` (norms of teacher networks).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .layers import Layer, Pool, Square, average, gaussian, square, strided
from .network import LayerShape, Map, Network, Shapes

if TYPE_CHECKING:
    from . import groups, recovery, spectra, stability, teachers
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
    "groups",
    "recovery",
    "spectra",
    "square",
    "stability",
    "strided",
    "teachers",
]
_ROOMS = ("groups", "recovery", "spectra", "stability", "teachers")


def __getattr__(name: str) -> object:
    if name == "Nystrom":
        from .nystrom import Nystrom

        return Nystrom
    if name in _ROOMS:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
