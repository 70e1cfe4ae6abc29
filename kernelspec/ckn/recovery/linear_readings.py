r"""What the linear readings of a network's last map determine of a signal: ranks, condition numbers, null vectors.

With every M replaced by the identity (`recovery` says why) a network is linear, and acts on each axis of the
positions alone: its matrix is a Kronecker product of those of `coverage`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ...kernels.zonal import Zonal
from ...numbers.checks import FloatArray
from ...numbers.precision import default_errors
from ..layers import Layer
from ..network import Network, by
from .coverage import (
    AxisReading,
    axis_reading,
    composed_reading,
    covered,
    identity,
    integer_taps,
    pooled,
    through,
    transfer,
    unit_stride,
)
from .linear_functions import degree_one

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...results.tables import Table

_HEAD = ("layer", "map", "readings", "rank", "condition", "A alone", "min|h^|", "uncovered")


@dataclass(frozen=True)
class Stage:
    """The readings of one layer as a linear map of x_{k-1}, on positions alone (channels are parallel).

    Parameters
    ----------
    positions : of x_{k-1} along each axis; `columns` is their product.
    readings : outputs * patch along each axis.
    covered : along each axis, the positions in a patch that the subsampling keeps.
    rank, condition : of the stage's linear map, the condition number infinite where it is not injective.
    deconvolution : the condition number of A_k alone, at every position.
    transfer : min |h^| of A_k, the product over axes; None where the border does not wrap.
    """

    positions: tuple[int, ...]
    readings: tuple[int, ...]
    covered: tuple[tuple[int, ...], ...]
    rank: int
    condition: float
    deconvolution: float
    transfer: float | None

    @property
    def columns(self) -> int:
        """How many positions the readings are of."""
        return math.prod(self.positions)

    @property
    def injective(self) -> bool:
        """Whether the stage loses nothing."""
        return self.rank == self.columns


@dataclass(frozen=True)
class Readout:
    """What the linear readings of a network's last map determine of a signal; it prints as a table.

    Parameters
    ----------
    stages : one `Stage` for each layer.
    positions, channels : of the signal.
    ranks : of the composed map along each axis; `rank` is their product, `columns` that of the positions.
    condition : of the composed map, infinite where it is not injective.
    null_factors : for each axis a vector, exact, whose outer product all readings miss; None if injective.
    """

    stages: tuple[Stage, ...]
    positions: tuple[int, ...]
    channels: int
    ranks: tuple[int, ...]
    condition: float
    null_factors: tuple[tuple[Fraction, ...], ...] | None

    @property
    def rank(self) -> int:
        """The rank of the composed map, for one channel."""
        return math.prod(self.ranks)

    @property
    def columns(self) -> int:
        """How many positions the readings are of."""
        return math.prod(self.positions)

    @property
    def injective(self) -> bool:
        """Whether the readings determine the signal."""
        return self.null_factors is None

    @property
    def null_vector(self) -> FloatArray | None:
        """A signal, shape (positions..., channels), largest value 1, that all readings miss; None if injective."""
        if self.null_factors is None:
            return None
        out = np.ones(1)
        for factor in self.null_factors:
            out = np.multiply.outer(out, np.array([float(value) for value in factor]))
        return np.repeat(out[0][..., None], self.channels, axis=-1)

    def rows(self) -> list[tuple[str, ...]]:
        """The table's rows, one for each layer and one for the whole."""
        rows: list[tuple[str, ...]] = []
        for number, stage in enumerate(self.stages, start=1):
            missing = tuple(n - len(c) for n, c in zip(stage.positions, stage.covered, strict=True))
            rows.append(
                (
                    str(number),
                    by(stage.positions),
                    by(stage.readings),
                    f"{stage.rank} of {stage.columns}",
                    f"{stage.condition:.4g}",
                    f"{stage.deconvolution:.4g}",
                    "" if stage.transfer is None else f"{stage.transfer:.4g}",
                    by(missing),
                )
            )
        whole = f"{self.rank} of {self.columns}"
        rows.append(("all", by(self.positions), "", whole, f"{self.condition:.4g}", "", "", ""))
        return rows

    def table(self) -> Table:
        """The numbers as a `Table`, a row for each layer and one, whose layer is None, for the whole."""
        from ...views.networks import readout_table

        return readout_table(self)

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the condition numbers of the layers and of the whole as bars; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend.
        asymptote : whether the product of the layers' condition numbers, which bounds that of the whole where all are
            injective, is drawn as a line (None: it is).
        more : keywords of `Axes.bar`, which win.

        What is not injective has no condition number, and is marked so.
        """
        from ...views.networks import readout_plot

        return readout_plot(self, ax, label, asymptote, **more)

    def __repr__(self) -> str:
        from ...results.tables import aligned

        return aligned([_HEAD, *self.rows()])

    def _repr_html_(self) -> str:
        from ...results.tables import html_table

        return html_table(_HEAD, [[(text, True) for text in row] for row in self.rows()])

    def _repr_latex_(self) -> str:
        return self.table().to_latex()


@default_errors
def readout(net: Network, shape: Any, channels: str | None = None) -> Readout:
    r"""What the linear readings of the last map determine: ranks, condition numbers, a null vector.

    Along one axis layer k reads (A_k S_c x_{k-1})(u) for the places c of a patch, u sampled. On positions that wrap, n
    of them, this is injective exactly where the patches cover, stride * i + c runs through all positions (for n a
    multiple of the stride: stride <= patch), and no h^ vanishes. With borders windows are cut or left out, and whether
    the readings determine the signal is what is computed here: with the papers' windows, n // stride - 1 of them,
    stride = patch is too much. Readings are never enough where outputs * patch < n along an axis: for stride > patch
    wherever n > patch (stride - 1)/(stride - patch).

    Parameters
    ----------
    net : a `Network` of kernels whose RKHS contains linear functions, at the later layers b_1 = kappa'(0) > 0.
    shape, channels : those of the data, as for `Network.shapes`.

    Raises ValueError as `Network.shapes`, and where linear functions are not in the RKHS of a layer. Patches of the
    second layer on count as vectors of a space of infinite dimension, where that needs b_1 > 0; behind a polynomial
    kernel, whose own space is finite, less might do.

    The rank is exact, in the arithmetic of integers: see `coverage`. Condition numbers are right to nine digits, and
    along axes they multiply. Source: Bietti &
    Mairal 2019 (JMLR), signal recovery (claim 51).

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> layer = ckn.Layer(3, ks.arccos(1), ckn.gaussian(1), stride=2, border="circular")
    >>> readout(ckn.Network([layer, layer]), (1, 16, 1))
    layer  map  readings  rank      condition  A alone  min|h^|  uncovered
    1      16   24        16 of 16  6.986      6.569    0.1522   0
    2      8    12        8 of 8    6.986      6.569    0.1522   0
    all    16             16 of 16  15.01
    """
    check_network(net)
    shapes = net.shapes(shape, channels)
    positions = shapes[0].input[:-1]
    check_kernels(net, len(positions), shapes.channels)
    stages = tuple(_stage(layer, size.input[: len(positions)]) for layer, size in zip(net.layers, shapes, strict=True))
    whole = {n: composed_reading(net.layers, n) for n in dict.fromkeys(positions)}
    axes = [whole[n] for n in positions]
    return Readout(
        stages,
        positions,
        shapes.channels,
        tuple(axis.rank for axis in axes),
        math.prod(axis.condition for axis in axes),
        None if all(axis.injective for axis in axes) else tuple(map(_factor, axes)),
    )


def _factor(axis: AxisReading) -> tuple[Fraction, ...]:
    """A null vector along an axis; where there is none, the middle position."""
    if axis.null is not None:
        return axis.null
    n = axis.positions
    return tuple(Fraction(int(j == n // 2)) for j in range(n))


def _stage(layer: Layer, positions: tuple[int, ...]) -> Stage:
    taps, alone = integer_taps(layer), unit_stride(layer)
    known = {}
    for n in dict.fromkeys(positions):
        m = layer.map_size(n)
        pool = axis_reading(pooled(alone, identity(m), integer_taps(alone)))
        wraps = layer.border == "circular"
        least = (transfer(layer, m) if pool.injective else 0.0) if wraps else None
        reading = axis_reading(through(layer, identity(n), taps))
        known[n] = reading, pool.condition, least, covered(layer, n)
    axes = [known[n] for n in positions]
    return Stage(
        positions=positions,
        readings=tuple(axis[0].readings for axis in axes),
        covered=tuple(axis[3] for axis in axes),
        rank=math.prod(axis[0].rank for axis in axes),
        condition=math.prod(axis[0].condition for axis in axes),
        deconvolution=math.prod(axis[1] for axis in axes),
        transfer=math.prod(cast(float, axis[2]) for axis in axes) if layer.border == "circular" else None,
    )


def check_network(net: Any) -> None:
    """TypeError for what is no network."""
    if not isinstance(net, Network):
        raise TypeError(f"net must be a ckn.Network; got {net!r}")


def check_kernels(net: Network, axes: int, channels: int) -> None:
    """ValueError that names the first layer whose RKHS does not contain linear functions."""
    for number, layer in enumerate(net.layers, start=1):
        d = layer.patch**axes * channels if number == 1 else math.inf
        if not isinstance(layer.kernel, Zonal) or not degree_one(layer.kernel, d) > 0:
            raise ValueError(
                f"layer {number} has the kernel {layer.kernel!r}: linear functions are not in its RKHS, as there "
                f"is no part of degree 1 ({'mu_1' if d < math.inf else 'b_1'} = 0), so that its map cannot be read "
                f"linearly (claim 51)"
            )
