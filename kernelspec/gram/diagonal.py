"""The diagonal K(x_i, x_i) of a Gram matrix, without the matrix."""

from __future__ import annotations

from ..kernels.zonal import Zonal
from ..numbers.arithmetic_protocol import Array
from ..numbers.arrays import InPlace, library_of
from ..numbers.checks import flag
from ..numbers.precision import default_errors
from .tiles import Tiles
from .vectors import rows_of


@default_errors
def diagonal(kernel: Zonal, x: Array, normalize: bool = False) -> Array:
    """K(x_i, x_i), shape (n,), in the dtype of the data: the same numbers as on the diagonal of `gram`.

    Raises TypeError, ValueError as `gram`.

    >>> from kernelspec import ntk
    >>> diagonal(ntk(2), [[3.0, 4.0], [0.0, 0.0]])
    array([50.,  0.])
    """
    normalize, ops = flag("normalize", normalize), library_of(x)
    x = rows_of(ops, "x", x)
    tiles = Tiles(InPlace() if ops.in_place else ops, kernel, x.dtype, normalize)
    (rows,) = tiles.prepare(x, max(1, x.shape[0])) or (None,)
    return ops.zeros((0,), x.dtype) if rows is None else tiles.own(rows)
