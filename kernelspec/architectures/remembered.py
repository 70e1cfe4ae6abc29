"""What layers compute of images alone: once for all blocks of pairs that the images are in.

Deviations, and what is made of them, belong to one side of a block, and the next blocks have the same side. Within
`remembering`, `once(function, array, *options)` is function(array, *options), and is computed once for an array that
has come out of `Memory.begin` or of `once`. It is told by its identity, as it lives as long as what is made of it, and
results are arrays that nobody writes into.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_HERE = threading.local()


class Memory:
    """Results of functions of blocks of images, of at most so many bytes but for the blocks at hand."""

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 0
        self.blocks: dict[Hashable, dict[Any, Any]] = {}  # those that were asked for last stand at the end
        self.owners: dict[int, dict[Any, Any]] = {}  # by the identity of an array, the results of its block

    def begin(self, which: Hashable, make: Callable[[], Any]) -> Any:
        """The arrays of a block of images, as `make` gives them."""
        block = self.blocks.pop(which, None)
        if block is None:
            while self.blocks and self.size > self.most:
                self._forget(next(iter(self.blocks)))
            block = {}
            block[None] = self._owned(make(), block)
        self.blocks[which] = block
        return block[None]

    def once(self, function: Callable[..., Any], array: Any, options: tuple[Hashable, ...]) -> Any:
        """function(array, *options), remembered where the array is one of a block."""
        block = self.owners.get(id(array))
        if block is None:
            return function(array, *options)
        key = (function, id(array), options)
        if key not in block:
            block[key] = self._owned(function(array, *options), block)
        return block[key]

    def shared(self, found: Any, array: Any) -> Any:
        """The numbers found, or an array of the block of the other that has the same ones."""
        block = self.owners.get(id(array))
        return found if block is None else block.setdefault(found.tobytes(), found)

    def _owned(self, found: Any, block: dict[Any, Any]) -> Any:
        for each in found if isinstance(found, tuple) else (found,):
            if isinstance(each, np.ndarray) and id(each) not in self.owners:
                self.owners[id(each)] = block
                self.size += each.nbytes if each.base is None else 0
        return found

    def _forget(self, which: Hashable) -> None:
        for found in self.blocks.pop(which).values():
            for each in found if isinstance(found, tuple) else (found,):
                if self.owners.pop(id(each), None) is not None:
                    self.size -= each.nbytes if each.base is None else 0


@contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """Within it, in this thread, `once` reads and fills this memory.

    An activation of the user's own may ask for another network's kernel: what was read before is read again after it.
    """
    before = getattr(_HERE, "memory", None)
    _HERE.memory = memory
    try:
        yield
    finally:
        _HERE.memory = before


def once(function: Callable[..., Any], array: Any, *options: Hashable) -> Any:
    """function(array, *options): see the module."""
    memory: Memory | None = getattr(_HERE, "memory", None)
    return function(array, *options) if memory is None else memory.once(function, array, options)


def shared(found: Any, array: Any) -> Any:
    """Numbers found of an array, in one row; as an array that has been here, where it has the same ones."""
    memory: Memory | None = getattr(_HERE, "memory", None)
    return found if memory is None else memory.shared(found, array)
