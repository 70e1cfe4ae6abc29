"""The axes of images and signals: channels last unless stated otherwise; an error where a shape is ambiguous."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..numbers.arrays import Standard
from ..numbers.checks import choice

CHANNELS = ("last", "first")
_FEW = 8  # channels that are not taken for positions
AXES = "(n, height, width, channels) or (n, length, channels)"


def last_axes(name: str, shape: tuple[int, ...], channels: Any) -> tuple[int, ...]:
    """A shape with the channels last; ValueError for another number of axes, and where they look misplaced.

    Where `channels` is None they are the last axis, and shapes are refused that are those of images without an axis for
    the channels, or with channels first: as many channels as there are positions along the axis before, or about that,
    and 4 rows at most.
    """
    if channels is not None:
        choice("channels", channels, CHANNELS)
    first = channels == "first"
    if len(shape) not in (3, 4):
        axes = "(n, channels, height, width) or (n, channels, length)" if first else AXES
        what = "must be that of the data," if name == "shape" else "must have shape"
        raise ValueError(f"{name} {what} {axes}; got {shape}{_hint(shape, first)}")
    if first:
        return (shape[0], *shape[2:], shape[1])
    if channels is None and (doubt := _doubt(shape)):
        names = ("n", "height", "width") if len(shape) == 4 else ("n", "length")
        read = ", ".join(f"{axis} = {size}" for axis, size in zip(names, shape, strict=False))
        what = "data" if name == "shape" else name
        raise ValueError(
            f"{what} of shape {shape} would be read as {read}, channels = {shape[-1]}, and looks like {doubt}; "
            "channels='last' says that it is right, channels='first' that channels are the second axis"
        )
    return shape


def channels_last(ops: Any, x: Any, channels: Any) -> Any:
    """The data with the channels moved to the last axis."""
    if channels != "first":
        return x
    axes = (0, *range(2, len(x.shape)), 1)
    return x.transpose(axes) if ops.in_place else ops.xp.permute_dims(x, axes)


def at_positions(x: Any, positions: tuple[int, ...], channels: Any) -> Any:
    """A NumPy array of known positions with the channels moved to the last axis, (..., *positions, channels).

    Raises ValueError where the channels are as many as the positions, so that both ways fit, and nothing says which.
    """
    d = len(positions)
    if channels is not None:
        choice("channels", channels, CHANNELS)
    elif x.ndim > d and x.shape[-1] >= _FEW and x.shape[-1 - d : -1] == positions == x.shape[-d:]:
        raise ValueError(
            f"x of shape {x.shape} may be read as {by_axes(positions)} positions and {x.shape[-1]} channels, or as "
            f"channels first, or without an axis for them: channels='last' or channels='first' says which; "
            "x[..., None] has one channel"
        )
    return np.moveaxis(x, -1 - d, -1) if channels == "first" and x.ndim > d else x


def by_axes(positions: tuple[int, ...]) -> str:
    """Sizes as text: 32x32."""
    return "x".join(map(str, positions))


def _hint(shape: tuple[int, ...], first: bool) -> str:
    if len(shape) == 2:
        where = "x[:, None, :]" if first else "x[..., None]"
        return f"; signals of one channel need an axis for it, {where}"
    return ""


def _doubt(shape: tuple[int, ...]) -> str:
    """What a shape looks like that is not channels last, in words; nothing where it may well be."""
    *_, before, last = shape
    if last < _FEW:
        return ""
    if len(shape) == 3:
        if before == last:
            return "images without an axis for the channels, which need x[..., None]"
        if before < min(_FEW, last / 2):
            return "signals with channels first"
        if last >= before / 2:
            return "images without an axis for the channels, which need x[..., None], or signals with channels first"
        return ""
    rows = shape[1]
    if rows < last and rows != before and (before == last or (rows <= 4 and last >= before / 2)):
        return "images with channels first"
    return ""


def read_images(ops: Standard, name: str, x: Any, double: bool = False, channels: str | None = None) -> Any:
    """The data as a real array of four or three axes, the channels last; TypeError or ValueError otherwise."""
    xp = ops.xp
    if not getattr(x, "is_leaf", True) or getattr(x, "requires_grad", False):
        x = x.detach()
    x = ops.real(name, x)
    last_axes(name, tuple(x.shape), channels)
    x = channels_last(ops, x, channels)
    if not all(x.shape[1:]):
        raise ValueError(f"{name} must have at least one position and one channel; got {tuple(x.shape)}")
    if x.shape[0] and not math.isfinite(ops.largest(x)):  # NaN is passed on by max and min
        raise ValueError(f"{name} must be finite; it holds NaN or infinity")
    if double and x.dtype != xp.float64:
        x = xp.astype(x, xp.float64) if not ops.in_place else x.astype(np.float64)
    return x
