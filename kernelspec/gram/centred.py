r"""Distances 1 - cos of directions by a matrix product that keeps their digits.

A product of directions is off by some roundings of 1; by twenty where hundreds of numbers of one sign are added, while
data in a narrow cone have distances that are small. With a common vector c and orthonormal columns V,

.. math:: x = c + V p + a, \quad y = c + V q + b: \qquad
   1 - \langle x, y\rangle = \frac{|p - q|^2}{2} + \frac{|a|^2}{2} + \frac{|b|^2}{2} - \langle a, b\rangle,

of which the last product alone is made in the dtype of the data: its roundings are small where a and b are. All else is
a product of a few columns in float64. The norms are those of the rounded a and b, so that the sum is half of the
squared distance of these, and what rounding them has cost vanishes with the distance.

c is the mean of a sample of the rows. In float32 the last product is added up in parts of its columns, and V has the
sample's main directions, where that pays: the rounding is measured at pairs of the sample, against float64, beside
|a| and |b|. So each pair has its own distance, below which it is done again by itself (`fitted_tiles`): most of the
near pairs of images have small a and b, whose product is exact enough.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

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
_WAYS = ((0, 2**30, 0.0), (0, 196, 0.06), (8, 112, 0.16), (16, 112, 0.22))
# What a near pair costs in a tile of them, and a product in float64; and what is not worth trying another way.
_PAIR, _WIDE, _WORTH = 80.0, 1.2, 0.05
_PIECE = 2**14  # numbers that are rounded together, in the second cache
# The largest error of 10^8 pairs beside that of the sample's 10^4, and beside the root of their mean square, of errors
# that are sums of many.
_TAIL, _MEAN_TAIL = 1.6, 4.3
_FLOAT64 = 8 * ROUNDING[8]  # float64 has nothing to be measured against
# Squared lengths on which thresholds are known, beside the sample's largest: quarters of octaves. Longer rows are near
# everything, shorter ones are as near as the shortest there.
_LADDER = 2.0 ** (np.arange(-48, 9) / 4)
_BEYOND = 2 * len(_LADDER)


@dataclass(frozen=True, eq=False)
class Split:
    """What some rows are but for a: columns of a product in float64, and |a|^2 beside the sample's largest.

    `left` are (p, |p|^2/2 + |a|^2/2, 1), `right` are (-q, 1, |q|^2/2 + |b|^2/2).
    """

    left: Array
    right: Array
    squares: Array

    def __getitem__(self, rows: slice) -> Split:
        return Split(self.left[rows], self.right[rows], self.squares[rows])

    @functools.cached_property
    def steps(self) -> NDArray[np.intp]:
        """Where on the ladder the rows are, rounded up; beyond it so far that the mean with any other place is, too."""
        found = np.searchsorted(_LADDER, self.squares)
        return np.where(found < len(_LADDER), found, _BEYOND)

    @functools.cached_property
    def longest(self) -> int:
        """Where the longest row is."""
        return int(np.max(self.steps, initial=0))

    @functools.cached_property
    def least(self) -> float:
        """|a|^2 of the shortest row."""
        return float(np.min(self.squares, initial=np.inf))

    @staticmethod
    def join(parts: list[Split]) -> Split:
        names = ("left", "right", "squares")
        return Split(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


class Limits(NamedTuple):
    """How near an end a distance is found again: 1, of left and right rows (the larger counts) and at most; and -1.

    Of pairs that are as near, those alone that `kept` keeps by their places and distances.
    """

    left: Any
    right: Any
    near: float
    far: float
    kept: Callable[[Array, Array, Array], Array] | None = None


@dataclass(frozen=True, eq=False)
class Centred:
    """c and V of the module's docstring, and the error of <a, b>.

    That is at most `common` |a||b|; without V, of which |<a, b>| is known, `common` |<a, b>| and `own` times the larger
    of |a|^2 and |b|^2.
    """

    vector: Array
    basis: Array
    own: float
    common: float
    top: float  # the largest |a|^2 of the sample
    step: int  # columns of a and b that are multiplied at a time
    # What `_ends` has found, and the tiles of one matrix share: no other matrix has this way.
    found: dict[tuple[Zonal, float, int], tuple[Array, Array]] = field(default_factory=dict, repr=False)

    def split(self, directions: Array, out: Array, spare: Array) -> Split:
        """Rows x in float64, which are written over, as is `spare` of their shape: a into `out`, and the rest."""
        rank = self.basis.shape[1]
        left = np.ones((len(directions), rank + 2))
        directions -= self.vector
        if rank:
            left[:, :rank] = directions @ self.basis
            directions -= np.matmul(left[:, :rank], self.basis.T, out=spare)
        out[...] = directions
        directions[...] = out
        squares = np.vecdot(directions, directions)
        left[:, rank] = (squares + np.vecdot(left[:, :rank], left[:, :rank])) / 2
        right = np.hstack([-left[:, :rank], left[:, :-3:-1]])
        return Split(left, right, squares / self.top)

    def error(self, t: Array, squares: Array, least: float) -> Array:
        """At distances t, where |a||b| or, without V, |a|^2 and |b|^2 are at most `squares`, and these from `least`."""
        if self.basis.size:
            return np.asarray(self.common * squares + DOUBLE + 0 * t)
        product = np.minimum(np.maximum(squares - t, t - (squares + least) / 2), squares)
        return np.asarray(self.own * squares + self.common * product + DOUBLE)

    def limits(self, kernel: Zonal, one: Split, two: Split, size: int) -> Limits:
        """How near each end a distance costs more than is wanted."""
        step = np.searchsorted(_LADDER, min(one.least, two.least), side="right") - 1
        near, far = self._ends(kernel, float(_LADDER[step]) if step >= 0 else 0.0, size)
        upto = slice(max(one.longest, two.longest) + 1)  # at a given distance shorter rows may be nearer

        def kept(rows: Array, columns: Array, t: Array) -> Array:
            return np.asarray(t < near[(one.steps[rows] + two.steps[columns] + 1) // 2])

        found = Limits(near[one.steps][:, None], near[two.steps], float(near[upto].max()), float(far[upto].max()))
        return found._replace(kept=kept) if self.basis.size else found

    def _ends(self, kernel: Zonal, least: float, size: int) -> tuple[Array, Array]:
        """The distances from 1 and from -1, by the place of `error`'s squares on the ladder, and beyond it."""
        key = kernel, least, size
        if key in self.found:
            return self.found[key]
        (t, slopes), rounding = slopes_near_ends(kernel), ROUNDING[size]  # the rounding of 1 - u, which is about 2
        squares = self.top * _LADDER[:, None]
        near, far = (self.error(each, squares, self.top * least) for each in (t, 2 - t))
        closest = 4 * self.error(np.zeros(1), squares, 0.0)[:, 0]  # multiples of a row are to be found for any kernel
        below = np.max(np.where(near * slopes > LOST[size], t, 0), axis=1)
        above = np.max(np.where(((far + rounding) * slopes > LOST[size]) & (t < 1), t, 0), axis=1)
        beyond = np.full(_BEYOND + 1 - len(_LADDER), np.inf)
        ends = (
            np.concatenate([np.maximum(below, closest), beyond]).astype(f"f{size}"),
            np.concatenate([np.maximum(above, closest + 4 * rounding), beyond]),
        )
        self.found[key] = ends
        return ends


@functools.lru_cache(maxsize=256)
def told_by_differences(kernel: Zonal) -> float:
    """From where on |a - b|^2/2 in float32 says a distance of directions.

    Each of a and b is off by 2^-24 of its length at most, and the sum by four roundings.
    """
    t, slopes = slopes_near_ends(kernel)
    return float(np.max(t[(2.0**-22 * t + 2.0**-23 * np.sqrt(2 * t)) * slopes > LOST[4]], initial=0.0))


def distances(a: Array, b: Array, one: Split, two: Split, step: int, out: Array, spare: Array) -> None:
    """1 - cos of all pairs of two sides as `Centred.split` gives them.

    `step` is `Centred.step`; `spare` are as many numbers of float64 as `out` has.
    """
    np.matmul(a[:, :step], b[:, :step].T, out=out)
    part = spare.view(out.dtype)[: out.size].reshape(out.shape)
    for start in range(step, a.shape[1], step):
        np.matmul(a[:, start : start + step], b[:, start : start + step].T, out=part)
        out += part
    if one.left.shape[1] == 2:
        np.subtract(two.right[:, 1].astype(out.dtype), out, out=out)
        np.add(out, one.left[:, :1].astype(out.dtype), out=out)
        return
    rows = max(1, _PIECE // out.shape[1])
    for start in range(0, len(out), rows):
        here = out[start : start + rows]
        wide = np.matmul(one.left[start : start + rows], two.right.T, out=spare[: here.size].reshape(here.shape))
        np.subtract(wide, here, out=here, casting="same_kind")


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
        least = _FLOAT64 if size == 8 else 8 * ROUNDING[4]
        return Centred(vector, none, least, 2 * least, 1.0, max(1, d))
    wide = directions - vector
    squares = np.vecdot(wide, wide) / 2
    exact = np.add.outer(squares, squares) - wide @ wide.T
    found, lowest, turns = None, _WIDE, none
    for rank, step, price in _WAYS:
        if price > lowest - _WORTH:
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
    wide = directions.copy()
    parts = Centred(vector, basis, 0.0, 0.0, 1.0, step).split(wide, rest, np.empty_like(wide))
    found, (i, j) = np.empty(exact.shape, dtype), np.triu_indices(len(rest), 1)
    distances(rest, rest, parts, parts, step, found, np.empty(exact.size))
    # But for the last rounding. Without V there is another one of that size, so that the tail is one of both.
    gaps, last = np.abs(found - exact), ROUNDING[size] * np.abs(exact)
    gaps = _TAIL * np.maximum(gaps - last, 0) if basis.size else np.maximum(_TAIL * gaps - last, 0)
    squares, top = parts.squares, float(np.max(parts.squares)) or 1.0
    lengths, own = np.where(squares > 0, squares, 1), 0.0  # what is 0 has no gaps
    most = gaps / (np.sqrt(np.outer(lengths, lengths)) if basis.size else np.maximum.outer(lengths, lengths))
    itself = np.diag(most)
    mean = float(np.sqrt(np.mean(itself**2))) / _TAIL
    common = max(float(np.max(most if basis.size else itself)), _MEAN_TAIL * mean)
    if not basis.size:
        shares = np.abs(parts.left @ parts.right.T - exact) / np.maximum.outer(lengths, lengths)
        # Half: products that are near 0 have errors as large as those that are a little larger.
        own = max(float(np.max((most - common / 2 * shares)[i, j], initial=0.0)), ROUNDING[size])
    way = Centred(vector, basis, own, common, top, step)
    # Other rows are longer than those of the sample: a step of the ladder up, all may be near of a flat kernel; and
    # without V shorter ones may be nearer.
    longer = Split(parts.left, parts.right, _LADDER[1] / _LADDER[0] * squares / top)
    parts = longer if basis.size else Split(parts.left, parts.right, squares / top)
    limits, t = way.limits(kernel, longer, parts, size), exact[i, j]
    near = t < np.maximum(limits.left, limits.right)[i, j]
    if limits.kept is not None:
        near &= limits.kept(i, j, t)
    return way, float(np.mean(near | (t > 2 - limits.far)))
