"""How work is cut so that it fits into memory: tiles, chunks of images, blocks of chunks, workers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..gram.blocks import workers_of
from ..numbers.arrays import Standard, is_accelerator
from ..numbers.checks import memory_size
from .geometry import Geometry
from .network import Shapes
from .pointwise import PIECE, Pointwise

# Bytes of a tile: about a core's second-level cache, in which it stays through the patch kernel and the pooling.
_TILE = 2**20
# Numbers of a batch of pairs elsewhere, where a few large products are faster than many small ones.
_DEVICE_TILE = {False: 2**22, True: 2**27}


@dataclass(frozen=True)
class Plan:
    """How the work is cut.

    `tile` numbers are worked at together; a `chunk` of images is evaluated together, a `block` prepared together, by
    so many `workers`; one pair of images has `numbers` kernel values.
    """

    tile: int
    chunk: int
    block: int
    workers: int
    numbers: int


def check_matrices(shapes: Shapes, memory: Any) -> None:
    """ValueError where the pooling matrices alone, (outputs, positions) along each axis, exceed the memory.

    Small ones are made in any case, so that `plan` can say what all of the work needs.
    """
    least = 8 * sum(
        positions * outputs
        for layer, shape in zip(shapes.layers, shapes, strict=True)
        if layer.pool is not None
        for positions, outputs in zip(shape.patches, shape.output, strict=True)
    )
    if least > max(memory_size(memory), 2**21):
        raise ValueError(
            f"memory must be at least {least} bytes ({_mib(least)}) for pooling along axes of this length, "
            f"got {memory}; stronger subsampling or smaller images need less"
        )


def plan(
    shape: Geometry, kernels: tuple[Pointwise, ...], tangent: bool, size: int, memory: Any, threads: Any, ops: Standard
) -> Plan:
    """The plan for numbers of `size` bytes; ValueError where `memory` is too small for one pair of images."""
    memory, workers = memory_size(memory), workers_of(threads, ops)
    accelerator = is_accelerator(ops.device)
    tile = _TILE // size if ops.in_place else _DEVICE_TILE[accelerator]
    # Positions, or pairs of them, of each map.
    values = [layer.kept ** (2 if number < shape.coincident else 1) for number, layer in enumerate(shape.layers)]
    largest = max(values)
    pair, image = _pair_numbers(shape, tangent, tile) * size, _image_numbers(shape, tangent) * size
    if ops.in_place and any(kernel.rough for kernel in kernels):
        pair += 14 * min(tile, largest)  # places of coinciding patches
    pair += 4 * shape.layers[0].kept * (shape.features + 1) * size  # while an image is prepared
    scratch = max(kernel.scratch for kernel in kernels) * min(PIECE, largest) * size
    if threads is None:
        workers = max(1, min(workers, (memory - 2 * image) // (pair + scratch)))
    image *= workers  # each may hold what it makes of an image's norms
    least = workers * (pair + scratch) + 2 * image
    if least > memory:
        single = pair + scratch + 2 * image // workers
        advice = f"threads=1 needs {_mib(single)}; " if workers > 1 and single <= memory else ""
        raise ValueError(
            f"memory must be at least {least} bytes ({_mib(least)}) for one pair of these images and "
            f"{workers} worker(s), got {memory}; {advice}stronger subsampling or smaller images need less"
        )
    free = memory - workers * scratch
    chunk = max(1, math.isqrt(min(tile // largest, (free - 2 * image) // (2 * workers * pair))))
    while chunk > 1 and workers * chunk**2 * pair + 2 * chunk * image > free:
        chunk -= 1
    spare = free - workers * chunk**2 * pair
    block = max(1, spare // (2 * image * chunk)) * chunk
    return Plan(tile, chunk, block, workers, (1 + 2 * tangent) * sum(values))


def _pair_numbers(shape: Geometry, tangent: bool, tile: int) -> int:
    """Numbers held at once in the evaluation of one pair, an upper estimate."""
    # What layers have in common, and what each keeps for itself.
    kinds, shared, own = 1 + tangent, 0, 0
    for number, layer in enumerate(shape.layers):
        if number >= shape.coincident:
            shared = max(shared, (10 + 4 * kinds) * layer.kept)
            continue
        first, second = layer.axes
        kept = layer.kept
        tiles = min(kept**2, max(tile, kept * max(first.kept, second.kept)))
        numbers = (6 + 2 * kinds) * tiles + 2 * kinds * layer.outputs**2
        if not layer.plain:
            numbers += kinds * first.kept * second.outputs * layer.outputs
        if number:
            edges = (len(first.offsets) - 1, len(second.offsets) - 1)
            padded = (first.patches + edges[0]) * (second.patches + edges[1])
            own += 3 * kinds * first.patches * second.patches * padded
            numbers += 2 * kinds * kept**2
        if number == len(shape.layers) - 1:
            numbers += kept**2  # the weights of the sum
        shared = max(shared, numbers)
    return shared + own


def _image_numbers(shape: Geometry, tangent: bool) -> int:
    """Numbers held for one prepared image."""
    numbers = 3 * shape.layers[0].kept * shape.features
    for layer in shape.layers:
        outputs = sum(axis.outputs for axis in layer.axes)
        numbers += layer.kept * (2 if layer.plain else 1 + (1 + tangent) * 2 * outputs)
    return numbers


def _mib(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"
