"""Layers of several branches: what stands in a row, side by side, where branches begin and where they end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..numbers.checks import integer
from .layers import Layer, Shape, as_shape, own_axis


def branches(value: Any, layer: Layer, count: int | None = None) -> list[Any]:
    """A list, of this many branches where count says so; ValueError for anything else."""
    if not isinstance(value, list) or not value:
        raise ValueError(
            f"{layer!r} needs branches, as FanOut and Parallel make them; got one input, as a network takes one: "
            "FanOut(n) before Parallel makes n of it"
        )
    if count is not None and len(value) != count:
        raise ValueError(f"{layer!r} has {count} branches and got {len(value)} inputs")
    return value


def _layers(layers: Any) -> tuple[Layer, ...]:
    found = tuple(layers)
    for each in found:
        if not isinstance(each, Layer):
            raise TypeError(f"layers must be layers, got {each!r}")
    if not found:
        raise ValueError("layers must hold at least one layer")
    return found


@dataclass(frozen=True, repr=False)
class Serial(Layer):
    """One layer after the other."""

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        self._keep(layers=_layers(self.layers))

    def output_shape(self, shape: Any) -> Any:
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape


@dataclass(frozen=True, repr=False)
class Parallel(Layer):
    """Layer i of branch i, side by side."""

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        self._keep(layers=_layers(self.layers))

    def output_shape(self, shape: Any) -> Any:
        return [
            layer.output_shape(each)
            for layer, each in zip(self.layers, branches(shape, self, len(self.layers)), strict=True)
        ]


@dataclass(frozen=True, repr=False)
class FanOut(Layer):
    """Copies of what comes in, one for each of `num` branches."""

    num: int

    def __post_init__(self) -> None:
        self._keep(num=integer("num", self.num, 1))

    def _shape_after(self, shape: Shape) -> list[Shape]:
        return [shape] * self.num


def _one_shape(shape: Any, layer: Layer) -> Shape:
    """The shape of branches that all have the same."""
    found = [as_shape(each) for each in branches(shape, layer)]
    if any(each != found[0] for each in found):
        raise ValueError(f"{layer!r} needs branches of one shape, got {', '.join(map(str, found))}")
    return found[0]


@dataclass(frozen=True, repr=False)
class FanInSum(Layer):
    """The sum of the branches."""

    def output_shape(self, shape: Any) -> Any:
        return _one_shape(shape, self)


@dataclass(frozen=True, repr=False)
class FanInProd(Layer):
    """The product of the branches, entry by entry."""

    def output_shape(self, shape: Any) -> Any:
        return _one_shape(shape, self)


@dataclass(frozen=True, repr=False)
class FanInConcat(Layer):
    """The branches one after the other along an axis of the grid or along the channels."""

    axis: int = -1

    def __post_init__(self) -> None:
        self._keep(axis=integer("axis", self.axis, None))

    def output_shape(self, shape: Any) -> Any:
        shapes = [as_shape(each) for each in branches(shape, self)]
        axis = own_axis("axis", self.axis, shapes[0])
        rest = [each[:axis] + each[axis + 1 :] for each in shapes]
        if any(each != rest[0] for each in rest):
            raise ValueError(
                f"{self!r} needs branches whose shapes differ along axis {axis} alone, "
                f"got {', '.join(map(str, shapes))}"
            )
        return (*shapes[0][:axis], sum(each[axis] for each in shapes), *shapes[0][axis + 1 :])


@dataclass(frozen=True, repr=False)
class Frozen(Layer):
    """A layer whose weights are drawn and then kept: they have no part in the tangent kernel."""

    layer: Layer

    def __post_init__(self) -> None:
        _layers((self.layer,))

    def output_shape(self, shape: Any) -> Any:
        return self.layer.output_shape(shape)


def single(network: Layer) -> Iterator[Layer]:
    """The layers that are none of several."""
    if isinstance(network, Serial | Parallel):
        for each in network.layers:
            yield from single(each)
    elif isinstance(network, Frozen):
        yield from single(network.layer)
    else:
        yield network
