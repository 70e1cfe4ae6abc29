"""One block in a file: NumPy's format, which `numpy.load` reads, and behind it a line with hash and check sum.

The check sum is the CRC-32 of all that stands before the line: it sees every change of up to 32 bits in a row, and
misses another one with probability 2^-32. The hash is that of the name of the file when it was written, which tells
blocks that were exchanged.
"""

from __future__ import annotations

import errno
import functools
import io
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...files.atomic import written_atomically
from .cut import HASH

Array = NDArray[Any]
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class DamagedError(ValueError):
    """A block that is not as it was written."""


@functools.lru_cache(maxsize=16)
def _header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    out = io.BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(out, described)
    return out.getvalue()


def _line(path: Path, check: int) -> bytes:
    return f"\nkernelspec block {path.stem[-HASH:]:>{HASH}} crc32 {check:08x}\n".encode()


_LINE = len(_line(Path(), 0))


def file_size(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """The bytes of the file of a block."""
    return len(_header(shape, dtype)) + math.prod(shape) * dtype.itemsize + _LINE


def write_block(path: Path, block: Array) -> None:
    """Write a block whole or not at all; OSError where the disk has no room."""
    block = np.ascontiguousarray(block)
    header, body = _header(block.shape, block.dtype), block.reshape(-1).data.cast("B")
    try:
        with written_atomically(path) as file:
            file.write(header)
            file.write(body)
            file.write(_line(path, zlib.crc32(body, zlib.crc32(header))))
    except OSError as error:
        what = f"no room for a block of {block.nbytes} bytes" if error.errno in _FULL else "a block cannot be written"
        raise OSError(error.errno, f"store: {what}: {error.strerror}", str(path)) from error


def read_block(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], check: bool = True) -> Array:
    """The block as a memory map to be read; DamagedError where it is not what `write_block` wrote there.

    Without `check` its numbers are taken as they are. Raises FileNotFoundError where there is none.
    """
    header, size = _header(shape, dtype), path.stat().st_size
    if size != file_size(shape, dtype):
        raise DamagedError(f"it has {size} bytes, not {file_size(shape, dtype)}")
    whole = np.memmap(path, np.uint8, "r")
    end = len(header) + math.prod(shape) * dtype.itemsize
    if check and whole[end:].tobytes() != _line(path, zlib.crc32(whole[:end].data)):
        raise DamagedError("its check sum is another one")
    if whole[: len(header)].tobytes() != header:
        raise DamagedError(f"it is no array of shape {shape} and dtype {dtype}")
    return whole[len(header) : end].view(dtype).reshape(shape)
