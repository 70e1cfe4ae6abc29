r"""Distances 1 - cos of directions by a matrix product that keeps their digits.

A product of directions is off by some roundings of 1; by twenty where hundreds of numbers of one sign are added, while
data in a narrow cone have distances that are small. With a common vector c and orthonormal columns V,

.. math:: x = c + V p + a, \quad y = c + V q + b: \qquad
   1 - \langle x, y\rangle = \frac{|p - q|^2}{2} + \frac{|a|^2}{2} + \frac{|b|^2}{2} - \langle a, b\rangle,

of which the last product alone is made in the dtype of the data: its roundings are small where a and b are. All else is
a product of a few columns in float64. The norms are those of the rounded a and b, so that the sum is half of the
squared distance of these, and what rounding them has cost vanishes with the distance.

c is the mean of a sample of the rows. V has no columns, or in float32 the sample's main directions, and the last
product is added up in parts of its columns, where that pays, as with data in clusters: the rounding is measured at
pairs of the sample, against float64, and pairs that are nearer than it allows are done one by one (`fitted_tiles`).
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

#: What may be lost of the largest value because a distance is rounded, by bytes of a number; in float32 a fit takes
#: 1.5e-7 at most, half of what it states, and 3e-7 has not been seen of both.
LOST = {4: 2e-7, 8: 1e-14}
ROUNDING = {4: 2.0**-24, 8: 2.0**-53}
#: A distance in float64: twenty roundings of a product, and those of both norms.
DOUBLE = 2.0**-48
_SAMPLE = 128  # rows
# Columns of V, and of a that are multiplied at a time; and what that costs, in products of a tile, as measured.
_WAYS = ((0, 2**30, 0.0), (16, 2**30, 0.15), (16, 128, 0.3), (48, 128, 0.4))
# What a near pair costs in a tile of them, and a product in float64; and what is not worth another way.
_PAIR, _WIDE, _WORTH = 40.0, 1.2, 0.1
_TAIL = 1.5  # the largest error of 10^8 pairs beside that of the sample's 10^4, of errors that are sums of many
_LEAST = ROUNDING[4]
_FLOAT64 = 2.0**-50  # eight roundings: float64 has nothing to be measured against


@dataclass(frozen=True, eq=False)
class Centred:
    """c and V of the module's docstring, and the error of <a, b>.

    That is at most `base` + `slope` |`middle` - t| at the distance t, `middle` being |a|^2/2 + |b|^2/2 on average, and
    the bracket no more than that; and grows with |a|^2/2 + |b|^2/2 beyond `top`, the largest of the sample.
    """

    vector: Array
    basis: Array
    base: float
    slope: float
    middle: float
    top: float
    step: int  # columns of a and b that are multiplied at a time

    def split(self, directions: Array, out: Array) -> Array:
        """Rows x, which are written over: a into `out`; the columns of p in float64, and |p|^2/2 + |a|^2/2."""
        directions -= self.vector
        columns = np.empty((len(directions), self.basis.shape[1] + 1))
        if self.basis.size:
            columns[:, :-1] = directions @ self.basis
            directions -= columns[:, :-1] @ self.basis.T
        out[...] = directions
        columns[:, -1] = half_squares(directions) + half_squares(columns[:, :-1])
        return columns

    def error(self, t: Array, halves: float) -> Array:
        """At distances t, of rows whose |a|^2/2 + |b|^2/2 are at most `halves`."""
        found = self.base + self.slope * np.minimum(np.abs(self.middle - t), self.middle)
        return np.asarray(found * (max(1.0, halves / self.top) if self.top > 0 else 1.0) + DOUBLE)

    def near(self, kernel: Zonal, halves: float, size: int) -> dict[int, float]:
        """How near each end a distance costs more than is wanted."""
        beyond = max(1.0, halves / self.top) if self.top > 0 else 1.0
        return _near(self, kernel, float(2.0 ** (np.ceil(4 * np.log2(beyond)) / 4)) * self.top, size)


@functools.lru_cache(maxsize=256)
def _near(way: Centred, kernel: Zonal, halves: float, size: int) -> dict[int, float]:
    (near, slopes), rounding = slopes_near_ends(kernel), ROUNDING[size]  # the rounding of 1 - u, which is about 2
    t = np.concatenate([near, 2 - near[::-1]])
    costly = (way.error(t, halves) + np.where(t > 1, rounding, 0)) * np.concatenate([slopes, slopes[::-1]]) > LOST[size]
    below, above = t[costly & (t <= way.middle)], t[costly & (t > way.middle)]
    least = 4 * float(way.error(np.zeros(1), halves)[0])  # multiples of a row are to be found for any kernel
    return {
        1: max(float(np.max(below, initial=0.0)), least),
        -1: max(2 - float(np.min(above, initial=2.0)), least + 4 * rounding),
    }


def distances(a: Array, b: Array, one: Array, two: Array, step: int, out: Array) -> None:
    """1 - cos of all pairs of two sides as `Centred.split` gives them; `step` is `Centred.step`."""
    np.matmul(a[:, :step], b[:, :step].T, out=out)
    for start in range(step, a.shape[1], step):
        out += a[:, start : start + step] @ b[:, start : start + step].T
    if one.shape[1] == 1:
        np.subtract(two[:, 0].astype(out.dtype), out, out=out)
        np.add(out, one.astype(out.dtype), out=out)
        return
    ones = np.ones((max(len(one), len(two)), 1))
    left, right = np.hstack([one, ones[: len(one)]]), np.hstack([-two[:, :-1], ones[: len(two)], two[:, -1:]])
    np.subtract(left @ right.T, out, out=out, casting="same_kind")


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
        return Centred(vector, none, least, least, 1.0, 1.0, max(1, d))
    wide = directions - vector
    own = half_squares(wide)
    exact = np.add.outer(own, own) - wide @ wide.T
    found, lowest, turns = None, _WIDE, none
    for rank, step, price in _WAYS:
        if price >= lowest or (found is not None and lowest < _WORTH):
            break
        if rank and not turns.size:
            turns = np.linalg.eigh(wide[::2] @ wide[::2].T)[1][:, ::-1]
        basis = np.linalg.qr(wide[::2].T @ turns[:, :rank])[0] if rank else none
        way, few = _measured(kernel, vector, basis, directions, exact, dtype, min(step, d))
        if price + _PAIR * few < lowest:
            found, lowest = way, price + _PAIR * few
    return found


def _measured(
    kernel: Zonal, vector: Array, basis: Array, directions: Array, exact: Array, dtype: Any, step: int
) -> tuple[Centred, float]:
    """A way with its errors, and what part of the pairs is near by it; `exact` are the distances of the sample."""
    rest, size = np.empty(directions.shape, dtype), np.dtype(dtype).itemsize
    columns = Centred(vector, basis, 0.0, 0.0, 1.0, 1.0, step).split(directions.copy(), rest)
    found, (i, j) = np.empty((len(rest), len(rest)), dtype), np.triu_indices(len(rest), 1)
    distances(rest, rest, columns, columns, step, found)
    gaps = np.maximum(np.abs(found - exact) - ROUNDING[size] * np.abs(exact), 0)  # but for the last rounding
    halves = half_squares(rest)
    middle, top = 2 * float(np.mean(halves)), 2 * float(np.max(halves))
    slope = _TAIL * float(np.max(np.diag(gaps))) / middle if middle else 0.0
    left = _TAIL * gaps[i, j] - slope * np.minimum(np.abs(middle - exact[i, j]), middle)
    way = Centred(vector, basis, max(float(np.max(left, initial=0.0)), _LEAST * middle), slope, middle, top, step)
    near = way.near(kernel, top, size)
    return way, float(np.mean((exact[i, j] < near[1]) | (exact[i, j] > 2 - near[-1])))
