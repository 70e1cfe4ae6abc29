"""One side of the pairs of images: the patches of the input, and the norms of the patches of every layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from ...numbers.arrays import Standard
from ..patch_kernels import Pointwise
from ..scaling import least
from .geometry import LayerGeometry


@dataclass
class Workspace:
    """What one worker computes with: array functions, dtype, numbers of a tile, the floor of norms, constants."""

    ops: Standard
    dtype: Any
    tile: int
    floor: float
    constants: dict[Hashable, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        info = self.ops.xp.finfo(self.dtype)
        self.eps, self.bytes = float(info.eps), info.bits // 8
        self.floors = [self.floor or least(info.bits, first) for first in (True, False)]
        self.small = least(info.bits, False) ** 2

    def constant(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """A NumPy array as an array of this worker, made once."""
        return self.derived(key, lambda: self.ops.constant(make(), self.dtype))

    def derived(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What this worker keeps under a key, made once."""
        if key not in self.constants:
            self.constants[key] = make()
        return self.constants[key]


@dataclass
class Side:
    """Images as one side of the pairs: normalised patches in both roles, and the norms at every layer."""

    rows: Any  # (count, height, width, features), times the slope of the patch kernel
    columns: Any  # (count, features, height * width)
    norms: list[Any]  # of each layer's patches, (count, height, width)
    kept: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many images there are."""
        return int(self.rows.shape[0])

    def derived(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What a layer makes of the norms, made once."""
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]


def side_of(space: Workspace, layer: LayerGeometry, kernel: Pointwise, x: Any, norms: list[Any] | None = None) -> Side:
    """The side of images x, (n, height, width, channels), or of signals; with the norms of all layers if known."""
    ops, xp = space.ops, space.ops.xp
    patches = _patches(space, layer, x)
    found = norms or [_lengths(space, patches)]
    if kernel.homogeneous:
        patches = patches / xp.maximum(found[0], xp.full_like(found[0], space.floors[0]))[..., None]
    n, height, width, features = patches.shape
    columns = xp.permute_dims(xp.reshape(patches, (n, height * width, features)), (0, 2, 1))
    return Side(patches if kernel.slope == 1 else patches * kernel.slope, ops.fresh(columns), found)


def _patches(space: Workspace, layer: LayerGeometry, x: Any) -> Any:
    """(n, kept, kept, features), by reading each axis at its positions and zeros outside."""
    ops, xp = space.ops, space.ops.xp
    if len(x.shape) == 3:  # a signal is an image of height 1
        x = x[:, None, ...]
    for axis, place in zip(layer.axes, (1, 3), strict=True):
        reads = axis.reads()
        edge = ops.zeros((*x.shape[:place], 1, *x.shape[place + 1 :]), space.dtype)
        x = xp.take(xp.concat([x, edge], axis=place), ops.indices(reads.ravel()), axis=place)
        x = xp.reshape(x, (*x.shape[:place], *reads.shape, *x.shape[place + 1 :]))
    n, height, p, width, q, channels = x.shape
    x = xp.reshape(xp.permute_dims(x, (0, 1, 3, 2, 4, 5)), (n, height, width, p * q * channels))
    return x if layer.scale == 1 else x * layer.scale**0.5


def _lengths(space: Workspace, patches: Any) -> Any:
    """The norms of patches, also where their squares vanish."""
    xp = space.ops.xp
    squares = xp.sum(patches * patches, axis=-1)
    norms = xp.sqrt(squares)
    if math.prod(squares.shape) and float(xp.min(squares)) < space.small:
        largest = xp.max(xp.abs(patches), axis=-1)
        ratios = patches / xp.where(largest > 0, largest, xp.ones_like(largest))[..., None]
        norms = xp.where(squares < space.small, largest * xp.sqrt(xp.sum(ratios * ratios, axis=-1)), norms)
    return norms
