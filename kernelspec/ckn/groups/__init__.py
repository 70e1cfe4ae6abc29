r"""Convolutional kernels on groups of motions: equivariant to turns and reflections, invariant when pooled.

Signals live on G, the translations of the grid with a point group of turns r (and reflections): x(u, r). With
the left action L_g x(v) = x(g^{-1} v), patches P x(v) = (x(v c))_{c in S}, M position by position and pooling
A x(v) = int x(v c) h(c) dc commute with every L_g, so that the whole network does, and the average of its last
map is invariant (claim 51; Bietti & Mairal 2019, section 5; Cohen & Welling 2016 for networks of filters).

Turns are about the middle of the image. Those by quarters map the grid to itself: cyclic(4) and dihedral(4) are
exact. Finer ones read between the pixels, by interpolation, and are equivariant up to its error.
"""

from typing import TYPE_CHECKING

from .network import Layer, Network
from .point_groups import Group, act, act_on_maps, cyclic, dihedral

if TYPE_CHECKING:
    from .features import Features

__all__ = ["Features", "Group", "Layer", "Network", "act", "act_on_maps", "cyclic", "dihedral"]


def __getattr__(name: str) -> object:
    if name == "Features":
        from .features import Features

        return Features
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
