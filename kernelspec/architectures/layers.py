r"""Networks as values: what a layer is, its parameters checked, and the shapes of what it gives. Nothing is computed.

Arrays have the axes (images, grid axes..., channels): a vector is an image without grid axes. The names and their
meaning are those of `neural_tangents.stax` (Novak et al. 2020, "Neural Tangents"). A layer with weights computes, with
N the number of numbers that an output reads (channels times positions of the window),

.. math:: z = \frac{\sigma_W}{\sqrt N} W x + \sigma_b b, \qquad W, b \sim N(0, 1)

in the parametrisation `ntk` (Jacot, Gabriel & Hongler 2018). In `standard` (Sohl-Dickstein et al. 2020) it is
z = s_0^{-1/2} W x + b with W ~ N(0, sigma_W^2 s_0/N), b ~ N(0, sigma_b^2), where s = (s_0, s_1) are the factors by
which the widths before and after the layer were multiplied: the layer has s_1 out_dim channels. The signs of W_std and
b_std change no distribution.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..numbers.checks import choice, flag, integer, real
from .windows import PADDINGS, Windows, sizes

PARAMETERIZATIONS = ("ntk", "standard")
_LARGEST = 1e150  # deviations, whose squares are floats
# Of one array, (images, grid axes..., channels); a list of them where branches run side by side.
Shape: TypeAlias = tuple[int, ...]
Shapes: TypeAlias = Shape | list[Shape]


class Layer:
    """A network, or a part of one; its dataclass fields say all of it."""

    def output_shape(self, shape: Any) -> Any:
        """The shape of what it gives, from that of its input; ValueError where they do not fit.

        Shapes are (images, grid axes..., channels), a list of them where branches run side by side. The number of
        images may be -1, any.
        """
        if isinstance(shape, list):
            raise ValueError(
                f"{self!r} takes one input and got {len(shape)}: branches must end in FanInSum, FanInConcat or "
                "FanInProd"
            )
        return self._shape_after(as_shape(shape))

    def _shape_after(self, shape: Shape) -> Any:
        return shape

    def __repr__(self) -> str:
        words = []
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every layer is a dataclass
            value = getattr(self, field.name)
            if field.default is dataclasses.MISSING:
                words.append(repr(value))
            elif value != field.default:
                words.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(words)})"

    def _keep(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


def as_shape(shape: Any, name: str = "a shape") -> Shape:
    """(images or -1, grid axes..., channels) as a tuple of ints; errors call it by this name."""
    try:
        images, *rest = shape
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be (images, grid axes..., channels), got {shape!r}") from None
    if not rest:
        raise ValueError(f"{name} must be (images, grid axes..., channels), got {tuple(shape)}")
    count = integer(f"the number of images in {name}", images, None)
    if count < -1:
        raise ValueError(f"the number of images in {name} must be >= 0, or -1 for any, got {count}")
    return count, *(integer(f"every axis in {name}", n, 1) for n in rest)


def network_in(value: Any) -> Layer | None:
    """The layer itself, or the network of a triple of `kernelspec.stax` or of one of its functions; else None."""
    if isinstance(value, Layer):
        return value
    first = value[0] if isinstance(value, tuple) and len(value) == 3 else value
    found = getattr(first, "network", None)
    return found if isinstance(found, Layer) else None


# -- layers with weights ---------------------------------------------------------------------------------------------


def _checked_weights(layer: Any, name: str) -> dict[str, Any]:
    """The fields that all of them have; the name is that of the number of channels."""
    s = sizes("s", layer.s, 2)
    parameterization = choice("parameterization", layer.parameterization, PARAMETERIZATIONS)
    if parameterization == "ntk" and s != (1, 1):
        raise ValueError(f"s must be (1, 1) but for parameterization='standard', got {s}")
    return {
        name: integer(name, getattr(layer, name), 1),
        "W_std": real("W_std", layer.W_std, -_LARGEST, _LARGEST),
        "b_std": None if layer.b_std is None else real("b_std", layer.b_std, -_LARGEST, _LARGEST),
        "parameterization": parameterization,
        "s": s,
    }


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """A linear map of the channels, the same at every position."""

    out_dim: int
    W_std: float = 1.0
    b_std: float | None = None
    parameterization: str = "ntk"
    s: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        self._keep(**_checked_weights(self, "out_dim"))

    def _shape_after(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.s[1] * self.out_dim)


@dataclass(frozen=True, repr=False)
class Conv(Layer):
    """A linear map of the patches of the grid, the same at every position."""

    out_chan: int
    filter_shape: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    padding: str = "VALID"
    W_std: float = 1.0
    b_std: float | None = None
    parameterization: str = "ntk"
    s: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        self._keep(**_checked_weights(self, "out_chan"))
        self._keep(**_checked_windows("filter_shape", self.filter_shape, self.strides, self.padding))

    @property
    def windows(self) -> Windows:
        """The patches that it reads."""
        return _windows(self.filter_shape, self.strides, self.padding)

    def _shape_after(self, shape: Shape) -> Shape:
        return (shape[0], *self.windows.outputs(shape[1:-1]), self.s[1] * self.out_chan)


@dataclass(frozen=True, repr=False)
class ConvLocal(Conv):
    """A linear map of the patches of the grid with weights and biases of its own at every position."""


# -- layers without weights -------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Identity(Layer):
    """What comes in."""


@dataclass(frozen=True, repr=False)
class Pool(Layer):
    """Sums over windows; `AvgPool` and `SumPool`."""

    window_shape: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    padding: str = "VALID"

    def __post_init__(self) -> None:
        self._keep(**_checked_windows("window_shape", self.window_shape, self.strides, self.padding))

    @property
    def windows(self) -> Windows:
        """The windows that it sums over."""
        return _windows(self.window_shape, self.strides, self.padding)

    def _shape_after(self, shape: Shape) -> Shape:
        return (shape[0], *self.windows.outputs(shape[1:-1]), shape[-1])


@dataclass(frozen=True, repr=False)
class SumPool(Pool):
    """The sum over every window."""


@dataclass(frozen=True, repr=False)
class AvgPool(Pool):
    """The mean over every window; of a `SAME` window, zeros outside count unless `normalize_edges`."""

    normalize_edges: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep(normalize_edges=flag("normalize_edges", self.normalize_edges))


@dataclass(frozen=True, repr=False)
class GlobalSumPool(Layer):
    """The sum over the grid, which has no axes then."""

    def _shape_after(self, shape: Shape) -> Shape:
        return shape[0], shape[-1]


@dataclass(frozen=True, repr=False)
class GlobalAvgPool(Layer):
    """The mean over the grid, which has no axes then."""

    def _shape_after(self, shape: Shape) -> Shape:
        return shape[0], shape[-1]


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """All positions and channels as the channels of a vector."""

    def _shape_after(self, shape: Shape) -> Shape:
        return shape[0], math.prod(shape[1:])


@dataclass(frozen=True, repr=False)
class LayerNorm(Layer):
    """(x - mean)/sqrt(variance + eps) over the axes `axis`, for every image by itself."""

    axis: tuple[int, ...] = (-1,)
    eps: float = 1e-12

    def __post_init__(self) -> None:
        axes = self.axis if isinstance(self.axis, Sequence) else (self.axis,)
        eps = real("eps", self.eps, 0)
        if not eps:
            raise ValueError("eps must be > 0, got 0: a constant image has variance 0")
        self._keep(axis=tuple(integer("axis", each, None) for each in axes), eps=eps)
        if not self.axis:
            raise ValueError("axis must name at least one axis, got ()")

    def axes(self, shape: Shape) -> tuple[int, ...]:
        """The axes, counted from the first, sorted; ValueError where the shape does not have them."""
        found = {own_axis("axis", each, shape) for each in self.axis}
        if len(found) < len(self.axis):
            raise ValueError(f"axis must name every axis once, got {self.axis} for the shape {shape}")
        return tuple(sorted(found))

    def _shape_after(self, shape: Shape) -> Shape:
        self.axes(shape)
        return shape


def own_axis(name: str, axis: int, shape: Shape) -> int:
    """An axis of every image by itself, counted from the first; ValueError for that of the images and none at all."""
    found = axis + len(shape) if axis < 0 else axis
    if not 0 < found < len(shape):
        raise ValueError(f"{name} must be an axis of the grid or of the channels of the shape {shape}, got {axis}")
    return found


def _windows(shape: tuple[int, ...], strides: tuple[int, ...] | None, padding: str) -> Windows:
    return Windows(shape, strides or (1,) * len(shape), padding)


def _checked_windows(name: str, shape: Any, strides: Any, padding: Any) -> dict[str, Any]:
    """The fields of a layer with windows; strides of 1 are None."""
    found = sizes(name, shape)
    steps = None if strides is None else sizes("strides", strides, len(found))
    steps = None if steps == (1,) * len(found) else steps
    return {name: found, "strides": steps, "padding": choice("padding", padding, PADDINGS)}
