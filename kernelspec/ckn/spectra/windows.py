r"""Windows that share weights: which translates of a set of positions they see, and what pooling makes of these.

A set of positions of diameter gamma has r = q + 1 - gamma places in a window of q neighbours. Of its translates w, w'
the operator with A^T A on the windows makes

.. math:: (M_r)_{w,w'} = \sum_{a<r} (A^T A)_{w-a,w'-a},

which is r A^T A where pooling is circular with stride 1 (Misiakiewicz & Mei 2021, Propositions 1 and 2, for averages;
for any A derived here). On a circle of n positions this needs q <= n/2, so that no set has two diameters.
"""

from __future__ import annotations

from typing import Any

from ...numbers.precision import precision, with_balls
from ..layers import Layer
from .pooled import LARGEST, Modes, matrix_modes, modes, pooling_rows

_BITS = 160


@with_balls
def window_modes(layer: Layer, positions: int, mean: bool = False) -> dict[int, Modes]:
    """The eigenvalues of M_r for every r from 1 to the layer's patch; those of r = 1 are of A^T A itself."""
    q, places = layer.patch, layer.map_size(positions)
    first = modes(layer, places, mean)
    if first.frequencies is not None and layer.stride == 1 and layer.border == "circular" and not mean:
        return {r: first.scaled(r) for r in range(1, q + 1)}
    if positions > LARGEST:
        raise ValueError(f"positions must be at most {LARGEST} unless pooling is circular, got {positions}")
    with precision(_BITS):
        rows, scale = pooling_rows(layer, places, mean)
        return {r: matrix_modes(_moved(layer, rows, r), scale) for r in range(1, q + 1)}


def _moved(layer: Layer, rows: list[list[Any]], r: int) -> list[list[Any]]:
    """The rows of A moved by 0, ..., r - 1 positions, so that M_r is the sum of their outer products."""
    if layer.border == "circular":
        return [row[len(row) - a :] + row[: len(row) - a] for a in range(r) for row in rows]
    return [[0] * a + row + [0] * (r - 1 - a) for a in range(r) for row in rows]
