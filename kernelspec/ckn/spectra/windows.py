"""Windows that share weights: the eigenvalues of M_r, what windows and pooling make of the translates of a set.

M_r is that of `overlapping`. Where pooling is circular with stride 1 it is r A^T A (Misiakiewicz & Mei 2021,
Propositions 1 and 2, for averages; for any A derived here).
"""

from __future__ import annotations

from ...numbers.precision import precision, with_balls
from ..layers import Layer
from .overlapping import moved_rows
from .pooled import LARGEST, Modes, matrix_modes, modes

_BITS = 160
_LONGEST = 4 * LARGEST**3  # patch times positions^3: half a minute


@with_balls
def window_modes(layer: Layer, positions: int, mean: bool = False) -> dict[int, Modes]:
    """The eigenvalues of M_r for every r from 1 to the layer's patch; those of r = 1 are of A^T A itself."""
    first = modes(layer, layer.map_size(positions), mean)
    if first.frequencies is not None and layer.stride == 1 and layer.border == "circular" and not mean:
        return {r: first.scaled(r) for r in range(1, layer.patch + 1)}
    if positions > LARGEST:
        raise ValueError(f"positions must be at most {LARGEST} unless pooling is circular, got {positions}")
    if layer.patch * positions**3 > _LONGEST:
        raise ValueError(
            f"positions must be at most {int((_LONGEST / layer.patch) ** (1 / 3))} for patches of {layer.patch} unless "
            f"pooling is circular with stride 1, got {positions}: a matrix of so many rows is decomposed for each of "
            "their places"
        )
    with precision(_BITS):
        return {r: matrix_modes(*moved_rows(layer, positions, r, mean)) for r in range(1, layer.patch + 1)}
