"""How work is cut so that it fits into memory: tiles, chunks of images, blocks of chunks, workers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ...gram.blocks import workers_of
from ...numbers.arrays import Standard, is_accelerator
from ...numbers.checks import memory_size
from ..network import Shapes
from ..patch_kernels import PIECE, Pointwise
from .geometry import Geometry

# Bytes of a tile: about a core's second-level cache, in which it stays through the patch kernel and the pooling.
_TILE = 2**20
# Numbers of a batch of pairs elsewhere, where a few large products are faster than many small ones.
_DEVICE_TILE = {False: 2**22, True: 2**27}


@dataclass(frozen=True)
class Plan:
    """How the work is cut.

    `tile` numbers are worked at together; a `chunk` of images is evaluated together, `ahead` of them are prepared
    together, and a `block` is held prepared, by each of so many `workers`; one pair of images has `numbers` kernel
    values.
    """

    tile: int
    chunk: int
    ahead: int
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
    tile = _TILE // size if ops.in_place else _DEVICE_TILE[is_accelerator(ops.device)]
    # Positions, or pairs of them, of each map.
    values = [layer.kept ** (2 if number < shape.same else 1) for number, layer in enumerate(shape.layers)]
    pair = _pair_numbers(shape, tangent, tile) * size
    if any(kernel.rough for kernel in kernels):
        pair += (9 + 3 * size) * min(tile, max(values))  # places near an end, and their angles
    if not ops.in_place:
        pair += 3 * min(tile, max(values)) * size  # new arrays where NumPy has buffers
    pair += 4 * shape.layers[0].kept * (shape.features + 1) * size  # while an image is prepared
    scratch = max(kernel.scratch for kernel in kernels) * min(PIECE, max(values)) * size
    image = _image_numbers(shape, tangent) * size
    return cut(tile, max(values), pair, scratch, image, (1 + 2 * tangent) * sum(values), memory, threads, ops)


def cut(
    tile: int,
    largest: int,
    pair: int,
    scratch: int,
    image: int,
    numbers: int,
    memory: Any,
    threads: Any,
    ops: Standard,
    instead: str = "stronger subsampling or smaller images need less",
) -> Plan:
    """The plan for pairs of images whose largest tensor has so many numbers.

    A pair takes `pair` bytes while it is evaluated and an image `image` bytes while it is held, by each worker, which
    takes `scratch` bytes in any case; `instead` is what to do with too little memory.
    """
    memory, workers = memory_size(memory), workers_of(threads, ops)
    if threads is None:
        workers = max(1, min(workers, (memory - 2 * image) // (pair + scratch)))
    image *= workers  # each makes its own of the images and their norms
    least = workers * (pair + scratch) + 2 * image
    if least > memory:
        single = pair + scratch + 2 * image // workers
        advice = f"threads=1 needs {_mib(single)}; " if workers > 1 and single <= memory else ""
        raise ValueError(
            f"memory must be at least {least} bytes ({_mib(least)}) for one pair of these images and "
            f"{workers} worker(s), got {memory}; {advice}{instead}"
        )
    free = memory - workers * scratch
    chunk = max(1, math.isqrt(min(tile // largest, (free - 2 * image) // (2 * workers * pair))))
    while chunk > 1 and workers * chunk**2 * pair + 3 * chunk * image > free:
        chunk -= 1
    spare = free - workers * chunk**2 * pair
    held = max(1, spare // (image * chunk))  # chunks, of two blocks and of what is prepared at the moment
    ahead = max(1, min(chunk, held // 3))
    return Plan(tile, chunk, ahead * chunk, max(1, (held - ahead) // 2) * chunk, workers, numbers)


def _pair_numbers(shape: Geometry, tangent: bool, tile: int) -> int:
    """Numbers held at once in the evaluation of one pair, an upper estimate."""
    # What layers have in common, and what each keeps for itself.
    kinds, shared, own = 1 + tangent, 0, 0
    for number, layer in enumerate(shape.layers):
        if number >= shape.same:
            shared = max(shared, (10 + 4 * kinds) * layer.kept)
            continue
        first, second = layer.axes
        kept = layer.kept
        row = kept * second.kept  # the least columns of a tile
        tiles = min(kept**2, max(tile, row))
        numbers = (3 + 2 * kinds) * tiles + 2 * kinds * layer.outputs**2
        if not layer.plain:
            numbers += kinds * first.kept * second.outputs * layer.outputs
        if number:
            # The rows that patches of a tile read, with the zeros around, in their places and summed twice.
            edges = len(first.offsets) - 1, len(second.offsets) - 1
            places = first.patches * second.patches
            rows = min(first.patches, -(-tiles // row) * -(-first.patches // first.kept)) + edges[0]
            own += 4 * kinds * places * rows * (second.patches + edges[1])
        shared = max(shared, numbers)
    return shared + own


def _image_numbers(shape: Geometry, tangent: bool) -> int:
    """Numbers held for one prepared image."""
    numbers = 3 * shape.layers[0].kept * shape.features
    for layer in shape.layers:
        numbers += layer.kept * (2 if layer.plain else 1 + (1 + tangent) * 2 * layer.axes[1].outputs)
    return numbers


def _mib(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"
