"""The array functions of the evaluator: NumPy with reused buffers, and any library of the array API standard.

NumPy works in place, in buffers that a worker keeps for the length of a run: fresh pages for every temporary
would cost more than the arithmetic. Other libraries get the same formulas through array-api-compat, where arrays
stay on the device that they came from.
"""

from __future__ import annotations

import functools
import math
import sys
from typing import Any

import numpy as np

from .checks import dense, real_array
from .exponents import NOTHING, exponents, times_power

Bands = list[tuple[slice, slice]]


class Standard:
    """What the evaluator asks of an array library; here by the array API standard."""

    in_place = False

    def __init__(self, xp: Any, device: Any = None) -> None:
        self.xp, self.device = xp, device

    def real(self, name: str, x: Any) -> Any:
        """Real numbers as an array of float32 or float64, as `checks.real_array` reads them; NaN is not looked for."""
        xp = self.xp
        if not xp.isdtype(x.dtype, ("real floating", "integral")):
            raise TypeError(f"{name} must be a real array; got dtype {x.dtype}")
        if x.dtype not in (xp.float32, xp.float64):
            x = xp.astype(x, self.widest if xp.isdtype(x.dtype, "integral") else xp.float32)
        return x

    @property
    def widest(self) -> Any:
        """The most precise floats that this library has on this device."""
        return self.xp.float32 if self._short or "mps" in str(self.device) else self.xp.float64

    @property
    def integers(self) -> Any:
        """The longest integers of this library."""
        return self.xp.int32 if self._short else self.xp.int64

    @property
    def _short(self) -> bool:
        """Whether this is JAX that has no numbers of 64 bits."""
        jax = sys.modules.get("jax")
        return jax is not None and "jax" in self.xp.__name__ and not jax.config.jax_enable_x64

    def put(self, x: Any, index: Any, values: Any) -> Any:
        """x with x[index] = values, in its own memory where the library allows it."""
        if hasattr(x, "at"):  # JAX
            return x.at[index].set(values)
        x[index] = values
        return x

    def constant(self, array: Any, dtype: Any) -> Any:
        """A NumPy array as an array of this library, on the device of the data."""
        return self.xp.asarray(np.array(array), dtype=dtype, device=self.device)

    def indices(self, array: Any) -> Any:
        return self.xp.asarray(np.array(array, dtype=np.int64), device=self.device)

    def empty(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        """An array to be filled; under the same name the same memory may come back."""
        return self.xp.zeros(shape, dtype=dtype, device=self.device)

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return self.xp.zeros(shape, dtype=dtype, device=self.device)

    def zeroed(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        """An array that is 0 when it is made; what is written into it may stay there."""
        return self.zeros(shape, dtype)

    def cast(self, x: Any, dtype: Any) -> Any:
        return x if x.dtype == dtype else self.xp.astype(x, dtype)

    def fresh(self, x: Any) -> Any:
        """A contiguous copy of its own."""
        return self.xp.asarray(x, copy=True)

    def copy(self, name: str, x: Any) -> Any:
        """A contiguous copy that may be changed, in the memory of this name."""
        return self.xp.asarray(x, copy=True)

    def product(self, name: str, a: Any, b: Any, order: tuple[int, ...] | None = None) -> Any:
        """The matrix products a b, their axes then permuted, contiguous in the new order."""
        out = self.xp.matmul(a, b)
        return out if order is None else self.xp.permute_dims(out, order)

    def banded(self, name: str, a: Any, b: Any, bands: Bands) -> Any:
        """a b, where only the blocks `bands` of (rows, columns) of a are not zero."""
        return self.xp.matmul(a, b)

    def fill(self, out: Any, index: Any, a: Any, b: Any) -> None:
        """out[index] = a b."""
        out[index] = self.xp.matmul(a, b)

    def exp(self, x: Any) -> Any:
        return self.xp.exp(x)

    def sqrt(self, x: Any) -> Any:
        return self.xp.sqrt(x)

    def acos(self, name: str, x: Any) -> Any:
        return self.xp.acos(x)

    def multiply(self, name: str, x: Any, y: Any) -> Any:
        """x y, in the shape of x."""
        return x * y

    def subtract_from(self, name: str, number: float, x: Any) -> Any:
        """number - x."""
        return number - x

    def add_to(self, name: str, number: float, x: Any) -> Any:
        """number + x."""
        return number + x

    def clip(self, x: Any) -> tuple[Any, float]:
        """x within [-1, 1], and the largest absolute value that was there."""
        return self.xp.clip(x, -1.0, 1.0), self.largest(x)

    def pieces(self, x: Any, function: Any, size: int) -> Any:
        """function(library, x), elementwise."""
        return self.cast(function(self.xp, x), x.dtype)

    def nonnegative(self, x: Any) -> Any:
        return self.xp.where(x > 0, x, self.xp.zeros_like(x))

    def largest(self, x: Any) -> float:
        """The largest absolute value; NaN where there is one."""
        high, low = float(self.xp.max(x)), -float(self.xp.min(x))
        return high if high >= low or math.isnan(high) else low

    def assign(self, x: Any, where: Any, values: Any) -> Any:
        """x with the values in the places `where`."""
        return self.xp.where(where, values, x)

    def exponents(self, x: Any) -> Any:
        """For each image about log2 of its largest absolute value, an integer; `NOTHING` for images of zeros."""
        xp = self.xp
        flat = xp.reshape(x, (x.shape[0], -1))
        largest = xp.maximum(xp.max(flat, axis=1), -xp.min(flat, axis=1))
        none = largest <= 0
        power = xp.floor(xp.log2(xp.where(none, xp.ones_like(largest), largest))) + 1
        return xp.where(none, self.indices(NOTHING), xp.astype(power, self.integers))

    def times_power(self, x: Any, powers: Any) -> Any:
        """x 2^powers, for integers in a shape that fits that of x; in three steps, as 2^powers may overflow."""
        most = 1000 if self.xp.finfo(x.dtype).bits == 64 else 120
        table = self.constant(2.0 ** np.arange(-most, most + 1), x.dtype)
        powers = self.xp.clip(powers, -3 * most, 3 * most)
        for steps in (3, 2, 1):
            part = powers // steps
            index = self.xp.reshape(part + most, (-1,))
            x = x * self.xp.reshape(self.xp.take(table, index), part.shape)
            powers = powers - part
        return x

    def diagonal(self, x: Any) -> Any:
        """The diagonal of the last two axes."""
        size = x.shape[-1]
        flat = self.xp.reshape(x, (*x.shape[:-2], size * size))
        return self.xp.take(flat, self.indices(np.arange(size) * (size + 1)), axis=-1)


class InPlace(Standard):
    """NumPy, in place."""

    in_place = True

    def __init__(self) -> None:
        super().__init__(np)
        self.buffers: dict[str, Any] = {}
        self.views: dict[Any, Any] = {}

    def real(self, name: str, x: Any) -> Any:
        return real_array(name, x, finite=False)

    def constant(self, array: Any, dtype: Any) -> Any:
        return np.ascontiguousarray(array, dtype=dtype)

    def indices(self, array: Any) -> Any:
        return np.asarray(array, dtype=np.int64)

    def empty(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        key = name, shape
        view = self.views.get(key)
        if view is None or view.dtype != dtype:
            size = math.prod(shape)
            buffer = self.buffers.get(name)
            if buffer is None or buffer.size < size or buffer.dtype != dtype:
                buffer = self.buffers[name] = np.empty(size, dtype=dtype)
                self.views = {k: v for k, v in self.views.items() if k[0] != name}
            view = self.views[key] = buffer[:size].reshape(shape)
        return view

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return np.zeros(shape, dtype=dtype)

    def zeroed(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        new = (name, shape) not in self.views
        out = self.empty(name, shape, dtype)
        if new:
            out[...] = 0
        return out

    def cast(self, x: Any, dtype: Any) -> Any:
        return np.asarray(x, dtype=dtype)

    def fresh(self, x: Any) -> Any:
        return np.array(x, order="C")

    def copy(self, name: str, x: Any) -> Any:
        out = self.empty(name, x.shape, x.dtype)
        np.copyto(out, x)
        return out

    def product(self, name: str, a: Any, b: Any, order: tuple[int, ...] | None = None) -> Any:
        shape = _product_shape(a.shape, b.shape)
        if order is None:
            return np.matmul(a, b, out=self.empty(name, shape, a.dtype))
        out = self.empty(name, tuple(shape[axis] for axis in order), a.dtype)
        back = [0] * len(order)
        for place, axis in enumerate(order):
            back[axis] = place
        np.matmul(a, b, out=out.transpose(back))
        return out

    def banded(self, name: str, a: Any, b: Any, bands: Bands) -> Any:
        out = self.empty(name, _product_shape(a.shape, b.shape), a.dtype)
        for rows, columns in bands:
            np.matmul(a[..., rows, columns], b[..., columns, :], out=out[..., rows, :])
        return out

    def fill(self, out: Any, index: Any, a: Any, b: Any) -> None:
        np.matmul(a, b, out=out[index])

    def exp(self, x: Any) -> Any:
        return np.exp(x, out=x)

    def sqrt(self, x: Any) -> Any:
        return np.sqrt(x, out=x)

    def acos(self, name: str, x: Any) -> Any:
        return np.arccos(x, out=self.empty(name, x.shape, x.dtype))

    def multiply(self, name: str, x: Any, y: Any) -> Any:
        return np.multiply(x, y, out=self.empty(name, x.shape, x.dtype))

    def subtract_from(self, name: str, number: float, x: Any) -> Any:
        return np.subtract(number, x, out=self.empty(name, x.shape, x.dtype))

    def add_to(self, name: str, number: float, x: Any) -> Any:
        return np.add(number, x, out=self.empty(name, x.shape, x.dtype))

    def clip(self, x: Any) -> tuple[Any, float]:
        largest = self.largest(x)
        return (np.clip(x, -1, 1, out=x) if largest > 1 else x), largest

    def pieces(self, x: Any, function: Any, size: int) -> Any:
        flat = x.reshape(-1)
        for start in range(0, flat.size, size):
            here = slice(start, start + size)
            flat[here] = function(np, flat[here])
        return flat.reshape(x.shape)

    def nonnegative(self, x: Any) -> Any:
        return np.maximum(x, 0, out=x)

    def exponents(self, x: Any) -> Any:
        return exponents(x)

    def times_power(self, x: Any, powers: Any) -> Any:
        return times_power(x, powers)

    def assign(self, x: Any, where: Any, values: Any) -> Any:
        x.flat[where] = values
        return x


@functools.cache
def _product_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    return (*np.broadcast_shapes(a[:-2], b[:-2]), a[-2], b[-1])


def is_traced(x: Any) -> bool:
    """Whether x stands for numbers that are not known yet: in JAX's transformations, or in torch.func's."""
    words = {kind.__module__.split(".")[0] for kind in type(x).__mro__}
    if "torch" in words:
        import torch

        return bool(torch._C._functorch.is_functorch_wrapped_tensor(x))
    return any(kind.__name__ == "Tracer" for kind in type(x).__mro__)


def library_of(x: Any, name: str = "x", traced: bool = False) -> Standard:
    """The functions for the library that x belongs to; TypeError where array-api-compat is missing.

    Arrays that are traced by JAX are refused, unless `traced` says that they are welcome.
    """
    dense(name, x)
    if not traced and any(kind.__name__ == "Tracer" for kind in type(x).__mro__):
        raise TypeError(
            f"{name} is traced by JAX (jit, vmap or grad), where no matrix of kernel values can be made; call this "
            "outside of it, or jax.jit the kernel's values k(u)"
        )
    if isinstance(x, np.ndarray | np.generic | list | tuple | int | float):
        return InPlace()
    torch = any(kind.__module__.split(".")[0] == "torch" for kind in type(x).__mro__)
    known = hasattr(x, "__array_namespace__") or torch
    if not known or "numpy" == type(x).__module__.split(".")[0]:
        return InPlace()
    try:
        import array_api_compat
    except ImportError as error:
        raise TypeError(
            f"{name} is a {type(x).__name__}: arrays other than NumPy's need the package array-api-compat "
            "(pip install 'kernelspec[arrays]')"
        ) from error
    return Standard(array_api_compat.array_namespace(x), array_api_compat.device(x))


def is_accelerator(device: Any) -> bool:
    """Whether arrays of this device live outside the machine's own memory."""
    kind = str(getattr(device, "type", device)).lower()
    return device is not None and not kind.startswith(("cpu", "array_api_strict"))
