"""One layer of a convolutional kernel network: patches P, a kernel map M, pooling A.

Conventions of the papers' experiments, which are the defaults (the released code; claim 60) of the layers of Bietti &
Mairal 2019, JMLR (claim 42): patches of p x p positions summed over the offsets -(p//2) ... -(p//2) + p - 1, zero
padding to the same size, pooling by the same filter on each axis, whose window starts at stride * i, with the taps that
fall past the border dropped and not made up for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.checks import FloatArray, choice, flag, integer

BORDERS = ("zero", "circular", "valid")
_LARGEST = 2**15  # positions along an axis, taps of a filter


@dataclass(frozen=True)
class Pool:
    """A pooling filter along one axis; made by `gaussian`, `average` and `strided`."""

    kind: str
    scale: int
    centred: bool = False

    def __post_init__(self) -> None:
        choice("kind", self.kind, ("gaussian", "average", "strided"))
        object.__setattr__(self, "scale", _scale("q", self.scale))
        object.__setattr__(self, "centred", flag("centred", self.centred))
        if self.kind == "strided" and (self.scale != 1 or self.centred):
            raise ValueError(f"a strided pool has neither scale nor centre; got {self.scale}, {self.centred}")

    def __repr__(self) -> str:
        if self.kind == "strided":
            return "strided()"
        return f"{self.kind}({self.scale}{', centred=True' if self.centred else ''})"

    @property
    def taps(self) -> FloatArray:
        """The weights of the window, which sum to 1."""
        if self.kind == "gaussian":
            t = np.arange(-self.scale, self.scale + 1) / self.scale
            weights = np.exp(-t * t)
            return weights / weights.sum()
        return np.full(self.scale, 1 / self.scale)

    @property
    def length(self) -> int:
        """How many positions a window has."""
        return 2 * self.scale + 1 if self.kind == "gaussian" else self.scale

    def outputs(self, positions: int, stride: int, border: str) -> int:
        """How many windows there are."""
        length = self.length
        if self.kind == "strided":
            count = positions // stride - (border != "circular")
        elif border == "valid":
            count = (positions - length) // stride + 1 if positions >= length else 0
        elif border == "circular":
            count = positions // stride
        elif self.centred:
            count = -(-positions // stride)
        else:
            count = positions // stride - (self.kind == "gaussian")
        return max(count, 0)

    def starts(self, positions: int, stride: int, border: str) -> Any:
        """Where the windows begin, one for each output."""
        count = self.outputs(positions, stride, border)
        if self.kind == "strided":
            return stride * (np.arange(count) + 1)
        shift = self.length // 2 if self.centred and border != "valid" else 0
        return stride * np.arange(count) - shift


def gaussian(q: int, centred: bool = False) -> Pool:
    """The Gaussian filter e^{-t^2/q^2}, t = -q ... q, normalised to sum 1: a standard deviation of q/sqrt(2).

    The window of output i starts at stride * i, and there are n // stride - 1 outputs of n positions. With
    `centred`, its middle sits at stride * i, and there are ceil(n / stride) outputs.

    >>> gaussian(1).taps.round(6)
    array([0.211942, 0.576117, 0.211942])
    """
    return Pool("gaussian", _scale("q", q), flag("centred", centred))


def average(q: int, centred: bool = False) -> Pool:
    """The mean of q positions, from stride * i on; n // stride outputs of n positions.

    With `centred`, the window reaches from stride * i - q // 2 on, and there are ceil(n / stride) outputs.
    """
    return Pool("average", _scale("q", q), flag("centred", centred))


def strided() -> Pool:
    """No pooling but subsampling: output i reads the position stride * (i + 1), i < n // stride - 1."""
    return Pool("strided", 1)


class Square:
    """The patch kernel <z, z'>^2 of `square`: not homogeneous of degree 1, and not a kernel of the cosine alone."""

    def __repr__(self) -> str:
        return "square"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Square)

    def __hash__(self) -> int:
        return hash(Square)

    def __reduce__(self) -> Any:
        return (_the_square, ())


square = Square()


def _the_square() -> Square:
    return square


@dataclass(frozen=True)
class Layer:
    """Patches, a patch kernel and pooling: x_k = A_k M_k P_k x_{k-1} (Bietti & Mairal 2019, JMLR; claim 42).

    Parameters
    ----------
    patch : positions along each axis of a patch, >= 1; even patches reach one further up and left.
    kernel : a zonal kernel kappa, read as K(z, z') = |z||z'| kappa(cos(z, z')), or `square`, <z, z'>^2.
    pool : `gaussian(q)`, `average(q)`, `strided()`, or None for no pooling (stride 1).
    stride : the distance of two outputs, >= 1, whatever the filter's scale.
    border : "zero" (zero padding to the same size; taps past the border are dropped), "circular" (patches and
        windows wrap), "valid" (only patches and windows that lie inside).
    normalized : whether the measure on the patch is a probability measure, which makes P an isometry
        (claim 42): inner products of patches are divided by the number of their positions.

    Raises TypeError and ValueError that name the parameter.

    >>> import kernelspec as ks
    >>> Layer(patch=3, kernel=ks.exponential(0.6), pool=gaussian(2), stride=2)
    Layer(patch=3, kernel=exponential(sigma=0.6), pool=gaussian(2), stride=2)
    """

    patch: int
    kernel: Zonal | Square
    pool: Pool | None = None
    stride: int = 1
    border: str = "zero"
    normalized: bool = False

    def __post_init__(self) -> None:
        for name in ("patch", "stride"):
            value = integer(name, getattr(self, name), 1)
            if value > _LARGEST:
                raise ValueError(f"{name} must be at most {_LARGEST}, got {value}")
            object.__setattr__(self, name, value)
        if not isinstance(self.kernel, Zonal | Square):
            raise TypeError(f"kernel must be a zonal kernel such as ks.arccos(1), or ckn.square; got {self.kernel!r}")
        if self.pool is not None and not isinstance(self.pool, Pool):
            raise TypeError(f"pool must be ckn.gaussian(q), ckn.average(q), ckn.strided() or None; got {self.pool!r}")
        if self.pool is None and self.stride != 1:
            raise ValueError(
                f"stride must be 1 where pool is None, got {self.stride}; "
                "ckn.strided() reads every stride-th position without pooling"
            )
        object.__setattr__(self, "border", choice("border", self.border, BORDERS))
        object.__setattr__(self, "normalized", flag("normalized", self.normalized))

    def __repr__(self) -> str:
        text = f"Layer(patch={self.patch}, kernel={self.kernel!r}"
        if self.pool is not None:
            text += f", pool={self.pool!r}, stride={self.stride}"
        if self.border != "zero":
            text += f", border={self.border!r}"
        return text + (", normalized=True)" if self.normalized else ")")

    @property
    def offsets(self) -> range:
        """The positions of a patch along one axis, relative to where it stands."""
        first = 0 if self.border == "valid" else -(self.patch // 2)
        return range(first, first + self.patch)

    def map_size(self, positions: int) -> int:
        """How many patches there are along an axis of so many positions (0: none fits)."""
        positions = integer("positions", positions, 0)
        return max(positions - self.patch + 1, 0) if self.border == "valid" else positions

    def pooling_size(self, positions: int) -> int:
        """How many outputs the pooling has along an axis of so many positions."""
        positions = integer("positions", positions, 0)
        if self.pool is None:
            return positions
        return self.pool.outputs(positions, self.stride, self.border)

    def pooling(self, positions: int) -> FloatArray:
        """The pooling filter as a matrix along one axis, shape (outputs, positions)."""
        positions = integer("positions", positions, 0)
        if self.pool is None:
            return np.eye(positions)
        starts, taps = self.pool.starts(positions, self.stride, self.border), self.pool.taps
        matrix = np.zeros((len(starts), positions))
        for tap, weight in enumerate(taps):
            reads = starts + tap
            inside = (reads >= 0) & (reads < positions)
            if self.border == "circular":
                reads, inside = reads % positions, np.ones(len(starts), dtype=bool)
            matrix[np.flatnonzero(inside), reads[inside]] += weight
        return matrix


def _scale(name: str, value: Any) -> int:
    scale = integer(name, value, 1)
    if scale > _LARGEST:
        raise ValueError(f"{name} must be at most {_LARGEST}, got {scale}")
    return scale
