"""What a job computes: a kernel of vectors or of images, the data, the options; checked at the door."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...architectures.layers import Layer
from ...architectures.wide_kernel import WideKernel, wide_kernel
from ...ckn.axes import read_images
from ...ckn.doors import Exact, tangent_of
from ...kernels.zonal import Zonal
from ...numbers.arrays import InPlace
from ...numbers.checks import array, flag, integer, memory_size, real_array

Array: TypeAlias = NDArray[Any]


class OfNetwork(Protocol):
    """A function of a network of `kernelspec.stax`."""

    @property
    def network(self) -> Layer: ...


Kernels: TypeAlias = Zonal | Exact | Layer | tuple[OfNetwork, OfNetwork, OfNetwork] | OfNetwork
DTYPES = ("float32", "float64")
# Cosines at which values tell functions of one name, and networks of one text, from each other.
_PROBE = np.round(2**20 * np.cos(np.linspace(np.pi, 0, 129))) / 2**20  # the same on every machine
_SLAB = 2**24  # bytes of data that are copied at a time, where they are not in C's order


class Options(NamedTuple):
    """What a block is computed with; the last two do not change the matrix, but for rounding."""

    tangent: bool | Literal["both"]
    normalize: bool
    memory: int
    threads: int


@dataclass(frozen=True, eq=False)
class Problem:
    """A matrix K(x_i, y_j), or K(x_i, x_j) where y is None."""

    kernel: Zonal | Exact | WideKernel
    x: Array
    y: Array | None
    options: Options

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the matrix."""
        return len(self.x), len(self.x if self.y is None else self.y)

    @property
    def pair_numbers(self) -> int | None:
        """How many kernel values one pair of images has; None for vectors, which have one."""
        if isinstance(self.kernel, Zonal):
            return None
        if isinstance(self.kernel, WideKernel):
            return self.kernel.pair_numbers(self.x.shape, self.options.tangent)
        from ...ckn.doors import Options as Engine
        from ...ckn.doors import work_of

        engine = Engine(bool(self.options.tangent), self.options.memory, self.options.threads, False)
        return int(work_of(self.kernel, self.x[:0], None, engine, "last").plan.numbers)


def problem_of(
    kernel: Any,
    x: Any,
    y: Any = None,
    *,
    dtype: Any = None,
    tangent: Any = False,
    normalize: Any = False,
    channels: Any = None,
    memory: Any = 2**30,
    threads: Any = 1,
) -> Problem:
    """The problem, when all is checked; TypeError or ValueError that names the parameter."""
    tangent, normalize = tangent_of(tangent), flag("normalize", normalize)
    kernel = wide_kernel(kernel) or kernel
    options = Options(tangent, normalize, memory_size(memory), integer("threads", threads, 1, 4096, whole_floats=True))
    if isinstance(kernel, Zonal):
        if tangent:
            raise ValueError(f"tangent must be False for {kernel!r}, a kernel of vectors; ks.ntk is a tangent kernel")
        if channels is not None:
            raise ValueError(f"channels must be None for {kernel!r}, a kernel of vectors; got {channels!r}")
    elif not isinstance(kernel, Exact | WideKernel):
        raise TypeError(
            "kernel must be a kernel such as ks.ntk(3), a ckn.Network or a groups.Network, or a network of "
            f"kernelspec.stax; got {kernel!r}"
        )
    elif normalize:
        raise ValueError(f"normalize must be False for a network; got {normalize!r}")
    several = [
        _data(kernel, name, value, channels) for name, value in (("x", x), ("y", y)) if name == "x" or y is not None
    ]
    if len(several) == 2 and several[0].shape[1:] != several[1].shape[1:]:
        sizes = " and ".join(str(each.shape[1:]) for each in several)
        raise ValueError(f"x and y must have rows of one shape; got {sizes}")
    kept = dtype_of(dtype, *several)
    with np.errstate(over="ignore"):  # seen in the result
        several = [each.astype(kept, copy=False) for each in several]
    if not all(np.isfinite(each).all() for each in several):
        raise ValueError(f"dtype must hold the data; {kept} overflows")
    problem = Problem(kernel, several[0], several[1] if len(several) == 2 else None, options)
    # The door of the kernel has its own checks: layers, sizes of maps, memory for one pair.
    evaluate(kernel, options, problem.x[:0], None if problem.y is None else problem.y[:0])
    return problem


def _data(kernel: Any, name: str, value: Any, channels: Any) -> Array:
    if isinstance(kernel, WideKernel):
        if channels not in (None, "last"):
            raise ValueError(f"channels must be None or 'last' for a network of kernelspec.stax; got {channels!r}")
        return kernel.data(name, value)
    if not isinstance(kernel, Zonal):
        return read_images(InPlace(), name, array(name, value), False, channels)
    found = real_array(name, value)
    if found.ndim != 2:
        raise ValueError(f"{name} must have shape (n, d); got shape {found.shape}")
    return found


def dtype_of(dtype: Any, *several: Array) -> np.dtype[Any]:
    """float32 or float64: as it is asked for, or that of the data."""
    if dtype is None:
        return np.result_type(*several)
    try:
        found = np.dtype(dtype)
    except TypeError as error:
        raise TypeError(f"dtype must be float32 or float64; got {dtype!r}") from error
    if found.name not in DTYPES or not found.isnative:
        raise ValueError(f"dtype must be float32 or float64; got {dtype!r}")
    return found


def evaluate(kernel: Any, options: Options, x: Array, y: Array | None) -> Array:
    """The matrix of some rows, or the two of them."""
    memory, threads = options.memory, options.threads
    if isinstance(kernel, Zonal):
        return kernel.gram(x, y, options.normalize, memory=memory, threads=threads)
    found = kernel.gram(x, y, options.tangent, memory=memory, threads=threads, channels="last")
    return np.stack(found) if options.tangent == "both" else found


def kernels_of(tangent: bool | str) -> int:
    """How many kernels there are in a block."""
    return 2 if tangent == "both" else 1


def content_hash(data: Array) -> str:
    """What tells these numbers, in this shape and dtype, from others."""
    found = hashlib.sha256(repr((data.shape, data.dtype.name)).encode())
    step = max(1, _SLAB // max(1, data[:1].nbytes))
    for start in range(0, len(data), step):
        found.update(np.ascontiguousarray(data[start : start + step]).reshape(-1).data.cast("B"))
    return found.hexdigest()


def probes(kernel: Zonal | Exact | WideKernel) -> list[float]:
    """Values of the kernel, or of a network's patch kernels or activations: a function of the user's own has no others.

    They are 1.4 degrees apart; functions of one name that differ only between them are taken for one.
    """
    if isinstance(kernel, WideKernel):
        return kernel.probes(_PROBE)
    kernels = [kernel] if isinstance(kernel, Zonal) else [layer.kernel for layer in kernel.layers]
    return [value for each in kernels if isinstance(each, Zonal) for value in np.asarray(each(_PROBE)).tolist()]
