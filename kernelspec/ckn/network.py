"""Convolutional kernel networks as values: layers, the sizes of their maps, and the methods that compute with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..numbers.checks import choice, integer, real
from .axes import last_axes
from .doors import Exact, Options
from .layers import Layer
from .scaling import Scaling

OUTPUTS = ("sum", "mean")

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..numbers.arrays import Standard
    from ..results.tables import Table
    from .engine.schedule import Task

_HEAD = ("layer", "", "input", "patches", "output")


class LayerShape(NamedTuple):
    """Sizes of one layer's maps: what it reads, where its patches stand, what its pooling leaves."""

    input: tuple[int, ...]
    patches: tuple[int, ...]
    output: tuple[int, ...]


class Map(NamedTuple):
    """The norms |x_k(u)| of one map, shape (images, positions...), and the names of its axes."""

    name: str
    values: Any
    axes: tuple[str, ...]


class Shapes(tuple[LayerShape, ...]):
    """The sizes of every map of a network: a tuple of `LayerShape` that prints as a table.

    `layers` and `output` are those of the network, `channels` those of the data.
    """

    layers: tuple[Layer, ...]
    channels: int
    output: str

    def rows(self) -> list[tuple[str, ...]]:
        """The table's rows: layer, what it is, input, patches, output."""
        rows = []
        for number, (layer, shape) in enumerate(zip(self.layers, self, strict=True), start=1):
            pool = "no pooling" if layer.pool is None else f"{layer.pool!r}, stride {layer.stride}"
            what = f"{layer.kernel!r}, patch {layer.patch}, {pool}"
            rows.append((str(number), what, *(by(size) for size in shape)))
        return rows

    def table(self) -> Table:
        """The layers and their sizes as a `Table`; sizes are text, such as 32x32x3."""
        from ..views.networks import shapes_table

        return shapes_table(self)

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the maps to scale, first to last; returns the axes. `label` is a title; there is no asymptote.

        Keywords in `more` are those of the rectangles (`matplotlib.patches.Rectangle`).
        """
        from ..views.diagram import draw

        return draw(self, ax, label, **more)

    def __repr__(self) -> str:
        from ..results.tables import aligned

        return aligned([_HEAD, *self.rows()])

    def _repr_html_(self) -> str:
        from ..results.tables import html_table

        return html_table(_HEAD, [[(text, False) for text in row] for row in self.rows()])


@dataclass(frozen=True)
class Network(Exact):
    r"""A convolutional kernel network: layers and what is made of the last map.

    .. math:: K(x, x') = \sum_u \langle x_n(u), x_n'(u) \rangle, \qquad x_k = A_k M_k P_k x_{k-1}.

    Parameters
    ----------
    layers : one `Layer` or more, first to last.
    output : "sum", the inner product of the last maps (claim 42), or "mean", global average pooling: the inner
        product of the averages of the last maps over their positions.
    floor : the least norm of a patch that its cosines are divided by. 0, the default, is the kernel itself, which
        scales with its images whatever their size; 1e-6 is what the papers' code does, where smaller patches have
        smaller cosines.

    Source: Mairal 2016; Bietti & Mairal 2019, JMLR (claim 42), and NeurIPS (claim 49); the released code (claim 60).

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(2), stride=2),
    ...                    ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(5), stride=5)])
    >>> net.shapes((100, 32, 32, 3))
    layer                                                          input    patches  output
    1      exponential(sigma=0.6), patch 3, gaussian(2), stride 2  32x32x3  32x32    15x15
    2      exponential(sigma=0.6), patch 3, gaussian(5), stride 5  15x15    15x15    2x2
    """

    layers: Sequence[Layer]
    output: str = "sum"
    floor: float = 0.0

    def __post_init__(self) -> None:
        layers = (self.layers,) if isinstance(self.layers, Layer) else self.layers
        if not isinstance(layers, Iterable) or isinstance(layers, str):
            raise TypeError(f"layers must be a sequence of ckn.Layer; got {layers!r}")
        layers = tuple(layers)
        if not layers:
            raise ValueError("layers must hold at least one ckn.Layer; got none")
        for number, layer in enumerate(layers, start=1):
            if not isinstance(layer, Layer):
                raise TypeError(f"layers must be ckn.Layer; layer {number} is {layer!r}")
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "output", choice("output", self.output, OUTPUTS))
        object.__setattr__(self, "floor", real("floor", self.floor, 0))

    def __repr__(self) -> str:
        more = "" if self.output == "sum" else f", output={self.output!r}"
        more += f", floor={self.floor!r}" if self.floor else ""
        return f"Network([{', '.join(map(repr, self.layers))}]{more})"

    def shapes(self, shape: Any, channels: str | None = None) -> Shapes:
        """The sizes of every map, known before any work.

        Parameters
        ----------
        shape : that of the data: (n, height, width, channels), or (n, length, channels) for signals.
        channels : "last" or "first", as for `gram`.

        Raises ValueError, naming the layer and the sizes, where a map becomes empty, and as `gram` for shapes that look
        like those of channels in another place.
        """
        sizes = data_sizes(shape, channels)
        return sizes_of(self, sizes[1:-1], sizes[-1])

    def _task(self, ops: Standard, shapes: Shapes, dtype: Any, scaling: Scaling, options: Options) -> Task:
        from .engine.evaluator import task

        return task(self, ops, shapes, dtype, scaling, options)


def sizes_of(network: Network, positions: tuple[int, ...], channels: int) -> Shapes:
    """The sizes of every map for inputs of so many positions along each axis."""
    shape, before = [], positions
    for number, layer in enumerate(network.layers, start=1):
        patches = tuple(layer.map_size(n) for n in before)
        output = tuple(layer.pooling_size(n) for n in patches)
        if not all(output):
            lost = "no patch fits" if not all(patches) else "no window of its pooling is left"
            raise ValueError(
                f"layer {number} has an empty map: {lost}. It reads {by(before)} positions, has "
                f"{by(patches)} patches and would leave {by(output)} ({layer!r})"
            )
        channel = (channels,) if number == 1 else ()
        shape.append(LayerShape((*before, *channel), patches, output))
        before = output
    shapes = Shapes(shape)
    shapes.layers, shapes.channels = tuple(network.layers), channels
    shapes.output = network.output
    return shapes


def by(size: tuple[int, ...]) -> str:
    """Sizes as text: 32x32x3."""
    return "x".join(map(str, size))


def data_sizes(shape: Any, channels: str | None) -> tuple[int, ...]:
    """A shape of data as integers, the channels last; TypeError or ValueError otherwise."""
    try:
        several = tuple(shape)
    except TypeError:
        raise TypeError(f"shape must be a tuple of integers such as X.shape; got {shape!r}") from None
    sizes = tuple(integer("shape", size, 0) for size in several)
    return last_axes("shape", sizes, channels)
