r"""Distances 1 - cos of directions by a matrix product that keeps their digits.

A product of directions is off by some roundings of 1; by twenty where hundreds of numbers of one sign are added, while
data in a narrow cone have distances that are small. With a common vector c and orthonormal columns V,

.. math:: x = c + V p + a, \quad y = c + V q + b: \qquad
   1 - \langle x, y\rangle = \frac{|p - q|^2}{2} + \frac{|a|^2}{2} + \frac{|b|^2}{2} - \langle a, b\rangle,

of which the last product alone is made in the dtype of the data: its roundings are small where a and b are. All else is
a product of a few columns in float64. The norms are those of the rounded a and b, so that the sum is half of the
squared distance of these, and what rounding them has cost vanishes with the distance.

c is the mean of a sample of the rows. V has no columns, or in float32 the sample's main directions, where that pays, as
with data in clusters: the rounding is measured at pairs of the sample, against float64, and pairs that are nearer than
it allows are done one by one (`fitted_tiles`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels.zonal import Zonal
from .tiles import slopes_near_ends

Array: TypeAlias = NDArray[Any]

#: What may be lost of the largest value because a distance is rounded, by bytes of a number: half of `fitted.WANTED`
#: for float32, where a fit takes the other half at most (it states twice what was seen).
LOST = {4: 1.5e-7, 8: 1e-14}
ROUNDING = {4: 2.0**-24, 8: 2.0**-53}
#: A distance in float64: twenty roundings of a product, and those of both norms.
DOUBLE = 2.0**-48
_SAMPLE = 128  # rows
_MAIN = 16  # columns of V
# In products of a tile: what V costs, what a near pair does in a tile of them, and what a product in float64 does.
_BASIS, _PAIR, _WIDE = 0.15, 40.0, 1.2
_TAIL = 1.5  # the largest error of 10^8 pairs beside that of the sample's 10^4, of errors that are sums of many
_LEAST = ROUNDING[4]
_FLOAT64 = 2.0**-50  # eight roundings: float64 has nothing to be measured against


@dataclass(frozen=True, eq=False)
class Centred:
    """c and V of the module's docstring, and the error of <a, b>.

    That is at most `base` for each unit of h = |a|^2/2 + |b|^2/2, and `slope` for each unit of |<a, b>|.
    """

    vector: Array
    basis: Array
    base: float
    slope: float

    def split(self, directions: Array, out: Array) -> Array:
        """Rows x, which are written over: a into `out`; the columns of p in float64, |p|^2/2 + |a|^2/2, and 1."""
        directions -= self.vector
        columns = np.ones((len(directions), self.basis.shape[1] + 2))
        if self.basis.size:
            columns[:, :-2] = directions @ self.basis
            directions -= columns[:, :-2] @ self.basis.T
        out[...] = directions
        columns[:, -2] = half_squares(out) + half_squares(columns[:, :-2])
        return columns

    def near(self, kernel: Zonal, halves: float, size: int) -> dict[int, float]:
        """How near each end a distance costs more than is wanted, where h is at most `halves`."""
        halves = float(2.0 ** (np.ceil(4 * np.log2(halves)) / 4)) if halves > 0 else 0.0  # some for all tiles
        return _near(kernel, self.base, self.slope, halves, size)


@functools.lru_cache(maxsize=1024)
def _near(kernel: Zonal, base: float, slope: float, halves: float, size: int) -> dict[int, float]:
    found = {}
    for end, rounding in ((1, 0.0), (-1, ROUNDING[size])):  # of 1 - u, which is about 2
        t, slopes = slopes_near_ends(kernel)
        product = np.minimum(np.abs(halves - (t if end == 1 else 2 - t)), halves)
        error = base * halves + slope * product + DOUBLE + rounding
        # Multiples of a row are to be found for any kernel.
        found[end] = float(max(np.max(t[error * slopes > LOST[size]], initial=0.0), 4 * error[0]))
    return found


def distances(a: Array, b: Array, one: Array, two: Array, out: Array) -> None:
    """1 - cos of all pairs of two sides as `Centred.split` gives them."""
    np.matmul(a, b.T, out=out)
    other = -two
    other[:, -2], other[:, -1] = 1.0, two[:, -2]
    np.subtract(one @ other.T, out, out=out, casting="same_kind")


def half_squares(a: Array) -> Array:
    """|a|^2/2 of each row, in float64."""
    found: Array = np.einsum("ij,ij->i", a, a, dtype=np.float64) / 2
    return found


def sample(x: Array, y: Array | None) -> Array:
    """Some rows of all, evenly."""
    several = [x] if y is None else [x, y]
    count = _SAMPLE // len(several)
    return np.concatenate([each[:: max(1, -(-len(each) // count))] for each in several])


def centred(kernel: Zonal, directions: Array, dtype: Any) -> Centred | None:
    """What suits these data, of which `directions` (float64) are a sample, and this kernel.

    None where a product in float64 is cheaper than the near pairs one by one.
    """
    directions = directions[np.any(directions != 0, axis=1)]
    d, size = directions.shape[1], np.dtype(dtype).itemsize
    vector, none = np.mean(directions, axis=0) if len(directions) else np.zeros(d), np.zeros((d, 0))
    if size == 8 or len(directions) < 2:
        least = _FLOAT64 if size == 8 else 8 * _LEAST
        return Centred(vector, none, least, least)
    main = np.linalg.svd(directions[::2] - vector, full_matrices=False)[2][:_MAIN].T
    least, found = _WIDE, None
    for price, basis in ((0.0, none), (_BASIS, np.ascontiguousarray(main))):
        way, few = _measured(kernel, vector, basis, directions, dtype)
        if price + _PAIR * few < least:
            least, found = price + _PAIR * few, way
    return found


def _measured(kernel: Zonal, vector: Array, basis: Array, directions: Array, dtype: Any) -> tuple[Centred, float]:
    """A way with its errors, and what part of the pairs is near by it."""
    rest, size = np.empty(directions.shape, dtype), np.dtype(dtype).itemsize
    columns = Centred(vector, basis, 0.0, 0.0).split(directions.copy(), rest)
    found, pairs = np.empty((len(rest), len(rest)), dtype), np.triu_indices(len(rest), 1)
    distances(rest, rest, columns, columns, found)
    own, halves = half_squares(directions - vector), half_squares(rest)
    exact = np.add.outer(own, own) - (directions - vector) @ (directions - vector).T
    gaps = np.maximum(np.abs(found - exact) - ROUNDING[size] * np.abs(exact), 0)  # but for the last rounding
    scale = np.add.outer(halves, halves)
    there = halves > 0
    slope = _TAIL * float(np.max(np.diag(gaps)[there] / (2 * halves[there]), initial=0.0))
    rest_of_gaps = (_TAIL * gaps - slope * np.abs(scale - exact))[pairs]
    base = max(float(np.max(rest_of_gaps[scale[pairs] > 0] / scale[pairs][scale[pairs] > 0], initial=0.0)), _LEAST)
    way = Centred(vector, basis, base, slope)
    near = way.near(kernel, 2 * float(np.max(halves)), size)
    return way, float(np.mean((exact[pairs] < near[1]) | (exact[pairs] > 2 - near[-1])))
