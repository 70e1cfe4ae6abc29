"""Sums of inner products over patches: sum_c K(u + c, v + c), of the tensors that a layer leaves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...numbers.arrays import Standard
from .geometry import Axis


def patch_sums(
    ops: Standard, name: str, tensor: Any, axes: tuple[Axis, Axis], lead: int, start: int = 0, stop: int | None = None
) -> Any:
    """sum_c K(u + c, v + c) over the offsets c of a patch, on the kept positions.

    Parameters
    ----------
    name : of the memory that may be used. The tensor itself may come back, or a part of that memory.
    tensor : the axes of the pairs, `lead` in number, then the two position axes of u and the two of v; or the two axes
        of u = v alone.
    start, stop : the range of the kept places of v's first axis that is wanted, in place of all.
    """
    count = len(tensor.shape) - lead
    keep = [axes[place % 2].keep for place in range(count)]
    keep[-2] = keep[-2][start:stop]
    first = [0] * count
    patches = [axes[place % 2].patches for place in range(count)]
    if len(keep[-2]) < patches[-2]:
        first[-2] = int(keep[-2][0])
        patches[-2] = int(keep[-2][-1]) + 1 - first[-2]
    found, crop = _extended(ops, name, tensor, axes, lead, first, patches)
    for axis in (1, 0):
        if len(axes[axis].offsets) > 1:
            found = _along(ops, f"{name} summed {axis}", found, axes[axis].offsets, lead + axis)
    found = found[(..., *crop)]
    for place, places in enumerate(keep):
        if len(places) < patches[place]:
            found = ops.xp.take(found, ops.indices(places - first[place]), axis=lead + place)
    return found


def _extended(
    ops: Standard, name: str, tensor: Any, axes: tuple[Axis, Axis], lead: int, first: list[int], patches: list[int]
) -> tuple[Any, list[slice]]:
    """The tensor with what its borders lend to these patches, and where the patches lie in it.

    Zeros around the axes of v alone will do: a sum along u and v leaves the tensor where u leaves its map.
    """
    size, source, target, crop = list(tensor.shape), list[slice](), list[slice](), list[slice]()
    for place, (low, count) in enumerate(zip(first, patches, strict=True)):
        axis, at = axes[place % 2], lead + place
        before, after, n = -axis.offsets[0], axis.offsets[-1], size[at]
        inside = slice(None), slice(None)
        if axis.border != "zero":
            if (before, after, count) != (0, 0, n):
                reads = np.arange(low - before, low + count + after) % n
                tensor = ops.xp.take(tensor, ops.indices(reads), axis=at)
            size[at] = tensor.shape[at]
        elif place < len(first) - 2:
            before = 0
        else:
            size[at] = before + count + after
            begin, end = max(low - before, 0), min(low + count + after, n)
            inside = slice(begin, end), slice(begin - low + before, end - low + before)
        source.append(inside[0])
        target.append(inside[1])
        crop.append(slice(before, before + count))
    tensor = tensor[(..., *source)]
    if tuple(size) == tuple(tensor.shape):
        return tensor, crop
    # The memory of one name holds numbers at these places, and zeros around them, whichever layer has used it; at other
    # rows of v, other tiles may have been there.
    rows, others = target[-2], [(part.start, part.stop) for part in (*target[:-2], target[-1])]
    padded = ops.zeroed(f"{name} padded {size} {others}", tuple(size), tensor.dtype)
    padded[..., : rows.start, :] = 0
    padded[..., rows.stop :, :] = 0
    padded[(..., *target)] = tensor
    return padded, crop


def _along(ops: Standard, name: str, tensor: Any, offsets: range, place: int) -> Any:
    """The sums along one image axis, the axis `place` of u: long stretches of memory are added to each other.

    Rows of a map are short, and a step along both u and v is one step in memory.
    """
    size = tuple(tensor.shape)
    lead_and_groups = range(place, len(size), 2)
    step = sum(math.prod(size[axis + 1 :]) for axis in lead_and_groups)
    length = math.prod(size[place:])
    source = ops.xp.reshape(tensor, (-1, length))
    out = ops.copy(name, source)
    for c in offsets:
        shift = abs(c) * step
        if c > 0 and shift < length:
            out[:, : length - shift] += source[:, shift:]
        elif c < 0 and shift < length:
            out[:, shift:] += source[:, : length - shift]
    return ops.xp.reshape(out, size)
