r"""Images scaled by exact powers of two, so that no size of pixels is too small or too large for the arithmetic.

A patch kernel K(z, z') = |z||z'| kappa(cos) is homogeneous of degree 1 in each patch, `ckn.square` of degree 2. So

.. math:: K(2^a x, 2^b y) = 2^{D(a + b)} K(x, y), \qquad D = 2^{\text{number of squares}},

bit by bit: images are evaluated with pixels of about 1, one power of two for each, and kernels with kappa(1) of about
1, and the results are multiplied by what was taken out. Beside the largest values of its image a patch may be as small
as it likes: `least` is where norms have lost their digits.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.exponents import exponents
from .layers import Square

_ORDINARY = 30  # kappa(1) from 2^-30 to 2^30 needs no factor


@dataclass(frozen=True)
class Scaling:
    """What a network makes of a factor 2^e of its images: 2^(degrees[k] e + gains[k]) in the map of layer k.

    `kernels` are those of the layers divided by even powers of two, where kappa(1) is far from 1. `relative` is whether
    images are scaled at all; not with the floor of the papers' code, which is a number.
    """

    kernels: tuple[Zonal | Square, ...]
    degrees: tuple[int, ...]
    gains: tuple[int, ...]
    relative: bool

    @classmethod
    def of(cls, network: Any) -> Scaling:
        """Of a `ckn.Network`, or one on a group."""
        relative = network.floor == 0
        kernels, degrees, gains = list[Zonal | Square](), [1], [0]
        for layer in network.layers:
            kernel, power = _of_kernel(layer.kernel) if relative else (layer.kernel, 0)
            kernels.append(kernel)
            factor = 2 if isinstance(kernel, Square) else 1
            degrees.append(factor * degrees[-1])
            gains.append(factor * gains[-1] + power // 2)
        return cls(tuple(kernels), tuple(degrees), tuple(gains), relative)

    @property
    def squares(self) -> bool:
        """Whether what is taken in grows like a power of itself."""
        return self.degrees[-1] > 1

    def map(self, exponents: Any, layer: int = -1) -> Any:
        """The exponents of the norms of the maps of a layer, from those of the images; layer 0 is the input."""
        return self.degrees[layer] * exponents + self.gains[layer]


@functools.lru_cache(maxsize=256)
def _of_kernel(kernel: Zonal | Square) -> tuple[Zonal | Square, int]:
    """The kernel with kappa(1) of about 1, and the even power of two that it was divided by."""
    if isinstance(kernel, Square):
        return kernel, 0
    one = kernel.at_one
    power = math.frexp(one)[1] // 2 * 2 if one > 0 else 0
    if abs(power) <= _ORDINARY:
        return kernel, 0
    return Fraction(2) ** -power * kernel, power


def least(bits: int, first: bool) -> float:
    """The least norm that divides: below it, beside images of about 1, a norm has no digits.

    Of the first layer it is found from the patch itself, later from its square.
    """
    info = np.finfo(f"f{bits // 8}")
    return float(info.tiny) if first else math.sqrt(float(info.tiny) / float(info.eps))


def lengths(rows: Any) -> Any:
    """The norms of the rows of a NumPy array, also where their squares vanish."""
    squares = np.einsum("ij,ij->i", rows, rows)
    norms = np.sqrt(squares)
    small = np.flatnonzero(squares < least(8 * rows.itemsize, False) ** 2)
    if len(small):
        some = rows[small]
        largest = np.maximum(some.max(axis=1), -some.min(axis=1))
        some = some / np.where(largest > 0, largest, 1)[:, None]
        norms[small] = largest * np.sqrt(np.einsum("ij,ij->i", some, some))
    return norms


def powers_of(network: Any, x: Any) -> Any:
    """The powers of two that the images of a NumPy array are divided by: none with a floor, which is a number."""
    return exponents(x) if network.floor == 0 else np.zeros(len(x), dtype=np.int64)
