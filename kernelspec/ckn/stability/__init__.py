r"""Stability of convolutional kernels to deformations (claims 43-48): fields, distances and their bounds.

>>> import numpy as np, kernelspec as ks
>>> from kernelspec import ckn
>>> from kernelspec.ckn import stability
>>> net = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), stride=2)])
>>> tau = stability.field((16, 16), grad=0.1, scale=4.0, rng=0)
>>> x = np.random.default_rng(0).standard_normal((16, 16, 1))
>>> stability.measured(net, x, tau) <= stability.bound(net, tau).value
True

`constants` has the theorems about operators on L^2(R^d) with their proofs, `operators` those operators on periodic
grids, `norms` the norm of an operator between two numbers; `bounds` and `continuum` are the two kinds of bounds,
`group_bounds` what of them holds for networks on groups.
Source: Bietti & Mairal 2019, JMLR, Theorem 7 (claims 43-47), and NeurIPS (claim 48).
"""

from .bounds import Bound
from .continuum import refined
from .distances import bound, measured, smooth
from .fields import Field, elastic, field, rotation, scaling, sinusoid, translation
from .warping import warp

__all__ = [
    "Bound",
    "Field",
    "bound",
    "elastic",
    "field",
    "measured",
    "refined",
    "rotation",
    "scaling",
    "sinusoid",
    "smooth",
    "translation",
    "warp",
]
