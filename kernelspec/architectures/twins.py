r"""Differences of two nearly coincident images, as maps of their own, through the layers of a network with pools.

A pool averages maps f_p of an image and g_p of another over positions p. How far apart its outputs are,

.. math:: E\Big(\sum_o (f_o - g_o)\Big)^2 = \sum_{oo'} D_{oo'}, \qquad D_{pp'} = E (f_p - g_p)(f_{p'} - g_{p'})
          = K^{xx}_{pp'} - K^{xy}_{pp'} - K^{yx}_{pp'} + K^{yy}_{pp'},

is lost in rounded covariances K, and D is linear in them. So D is carried: convolutions and pools map it as they map K,
biases cancel. Images that are nearly multiples have g multiplied by a ratio.

After an activation, D is the mixed difference of a function F of both variances and the covariance (its dual), which
go from those of one image to those of the other along lines, at which the covariance is bilinear and its mixed
difference is the former D. Differences over M times wider steps, with M^2 divided out, lose less by rounding: a
polynomial in M^2 through three of them. Where maps of two positions are nearly multiples F is not smooth; there, D is
the mixed difference of S_i T_j u_ij itself, of 1 - u or 1 + u, which have their digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.points import Point
from . import spatial
from .duals.dual import Dual, over, point_at
from .pairs import Layout, Pairs

if TYPE_CHECKING:
    from .states import State

_APART = 1e-4  # the root of 1 - u of a pool down to which covariances have its digits
_GATHERED = 2**20  # numbers gathered at a time
_WIDEST = 0.02  # of steps, relative to the distance of a singularity: the polynomial leaves 36 _WIDEST^6 of D
_LEFT_OUT = 36 * _WIDEST**6
_AT_ONCE = 2**12  # numbers at a time: series have a row of coefficients for each
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Twins:
    """D of f and ratio times g, shape (1, grid..., grid...)."""

    difference: Any
    ratio: float

    @property
    def layout(self) -> Layout:
        return Layout(True, True, (self.difference.ndim - 1) // 2)

    def times(self, factor: float) -> Twins:
        return replace(self, difference=factor * self.difference)

    def through(self, function: Callable[[Any, Layout], Any]) -> Twins:
        """After a linear map of covariances."""
        return replace(self, difference=function(self.difference, self.layout))

    def covariances(self, state: State) -> Any:
        """K of f and ratio times g, shape (2, 2, grid..., grid...)."""
        scale = np.array([1.0, self.ratio])
        cross = state.cross if state.cross.layout.full else spatial.apart(state.cross)
        matrix = cross.product(*state.sides)
        return matrix * np.multiply.outer(scale, scale).reshape(2, 2, *(1,) * (matrix.ndim - 2))

    def rescaled(self, state: State, factors: Any, ratio: float = 1.0) -> Twins:
        """Of f and g times factors (2, grid...), with another ratio."""
        left, right = (np.expand_dims(factors, tuple(axes)) for axes in _halves(factors.ndim - 1))
        k = self.covariances(state)
        one, first = left[0], right[0]
        more, further = (each[0] - each[1] * (ratio / self.ratio) for each in (left, right))
        found = one * first * self.difference
        found += (one * (k[0, 1] - k[1, 1]) * further + more * (k[1, 0] - k[1, 1]) * first) + more * k[1, 1] * further
        return Twins(found, ratio)

    def plain(self, state: State, ratio: float = 1.0) -> Twins:
        """With the ratio 1, or another one."""
        return self if self.ratio == ratio else self.rescaled(state, np.ones_like(state.sides[0]), ratio)

    def alone(self) -> Twins:
        """Of maps that are independent at unequal positions."""
        positions = math.prod(self.difference.shape[1 : 1 + self.layout.axes])
        same = np.eye(positions).reshape(self.difference.shape)
        return replace(self, difference=same * self.difference)


def _halves(axes: int) -> tuple[range, range]:
    """Where axes of length 1 are put, for numbers of the first positions and of the second."""
    return range(1 + axes, 1 + 2 * axes), range(1, 1 + axes)


def close(pairs: Pairs, sides: Any, point: Point, lengths: Any, reads: Any) -> Any:
    """The pairs of images (pairs, 2) that nearly coincide in some window of a pool, up to a sign, and not exactly."""
    count, positions = len(reads), math.prod(sides[0].shape[1:])
    first, second = (np.pad(s.reshape(len(s), -1), ((0, 0), (0, 1))) for s in sides)
    found = [np.zeros((0, 2), dtype=int)]
    for after, before in ((point.delta, pairs.point.delta), (point.codelta, pairs.point.codelta)):
        gap, old = (
            np.diagonal(each.reshape(*each.shape[:2], n, n), axis1=2, axis2=3)
            for each, n in ((after, count), (before, positions))
        )
        i, j, p = np.nonzero(gap < _APART**2)
        keep = np.zeros(i.size, dtype=bool)
        step = max(1, _GATHERED // reads.shape[1])
        for start in range(0, i.size, step):
            here = slice(start, start + step)
            one, two, window = i[here, None], j[here, None], reads[p[here]]
            size = lengths[0][i[here], p[here]]
            s, t = first[one, window], second[two, window] * over(size, lengths[1][j[here], p[here]])[:, None]
            apart = ((s - t) ** 2 / 2 + s * t * old[one, two, np.minimum(window, positions - 1)]).sum(axis=1)
            keep[here] = apart > (spatial.EXACT * size) ** 2
        found.append(np.stack([i[keep], j[keep]], axis=1))
    return np.unique(np.concatenate(found), axis=0)


def of_images(x: Any) -> Twins:
    """The state of two images themselves, shape (2, grid..., channels)."""
    x = x.astype(np.float64)
    sizes = np.sqrt(np.sum(x * x, axis=tuple(range(1, x.ndim))))
    ratio = math.copysign(sizes[0] / sizes[1], np.vdot(x[0], x[1])) if sizes.all() else 1.0
    plain, apart = x[0] - x[1], x[0] - ratio * x[1]
    if np.linalg.norm(plain) <= 4 * np.linalg.norm(apart):  # of no rounding
        ratio, apart = 1.0, plain
    grid = apart.shape[:-1]
    rows = apart.reshape(-1, apart.shape[-1])
    return Twins((rows @ rows.T / rows.shape[1]).reshape(1, *grid, *grid), ratio)


def activated(twins: Twins, dual: Dual, old: State, new: State) -> Twins:
    """After an activation."""
    sign = math.copysign(1.0, twins.ratio) if dual.odd or dual.even else 1.0
    if dual.degree is None or sign * twins.ratio < 0:
        twins = twins.plain(old, sign)
    ratio = 1.0 if dual.even else sign
    if dual.degree is not None:
        ratio *= abs(twins.ratio) ** dual.degree
    direct, size = _direct(new.cross, new.sides[0], ratio)
    if not new.cross.layout.full:  # equal positions alone
        return Twins(np.diag(direct.ravel()).reshape(twins.difference.shape), ratio)
    s = _times(old.sides[0], twins.ratio)
    found, error = _mixed(dual, twins.covariances(old), s, twins.difference[0])
    better = error + _LEFT_OUT * np.abs(found) < _EPS * size
    return Twins(np.where(better, found, direct)[None], ratio)


def summed(states: Sequence[State], weights: Sequence[float]) -> Twins | None:
    """Of a sum of independent maps, each with a weight in the covariance."""
    return _joined(states, lambda several, _: sum(w * each for w, each in zip(weights, several, strict=True)))


def beside(states: Sequence[State], axis: int) -> Twins | None:
    """Of maps one after the other along an axis of the grid, independent of each other."""
    return _joined(states, lambda several, layout: spatial.joined(several, layout, axis, 0.0))


def _joined(states: Sequence[State], function: Callable[[list[Any], Layout], Any]) -> Twins | None:
    first = states[0].twins
    if first is None:
        return None
    ratio = first.ratio if all(each.twins and each.twins.ratio == first.ratio for each in states) else 1.0
    several = [each.twins.plain(each, ratio) for each in states if each.twins is not None]
    return Twins(function([each.difference for each in several], first.layout), ratio)


def multiplied(states: Sequence[State]) -> Twins | None:
    """Of a product of independent maps: the mixed difference of a product of covariances."""
    if states[0].twins is None:
        return None
    k, difference, ratio = np.ones(()), np.zeros(()), 1.0
    down = along = np.zeros(())
    for each in states:
        assert each.twins is not None
        more, other = each.twins.covariances(each), each.twins.difference
        middle, lower, further = _lines(more)
        centre = k.mean(axis=(0, 1)) if k.ndim else k
        difference = centre * other + middle * difference + down * further + along * lower
        k, ratio = k * more, ratio * each.twins.ratio
        _, down, along = _lines(k)
    return Twins(difference, ratio)


def _lines(k: Any) -> tuple[Any, Any, Any]:
    """The middle of four covariances, and by how much they change from f to g on either side."""
    return (
        k.mean(axis=(0, 1)),
        (k[1, 0] + k[1, 1] - k[0, 0] - k[0, 1]) / 2,
        (k[0, 1] + k[1, 1] - k[0, 0] - k[1, 0]) / 2,
    )


def settle(twins: Twins, state: State) -> None:
    """Write 1 - u, or 1 + u, of both images into the state, at positions where the difference is small."""
    s = _times(state.sides[0], twins.ratio).reshape(2, -1)
    count, point = s.shape[1], state.cross.point
    size = s[0] * s[1]
    square = np.diagonal(twins.difference.reshape(count, count))
    gap = np.maximum(over(square - (s[0] - s[1]) ** 2, 2 * size), 0.0)
    here = square < _APART**2 * size  # others may be multiples, by another ratio
    # Positions that coincide in both images, as where both are periodic, are as far apart as equal ones.
    same = np.all([point.delta[i, i].reshape(count, count) == 0 for i in (0, 1)], axis=0) | np.eye(count, dtype=bool)
    rows, columns = np.nonzero(same & here[:, None])
    sign = 1 if twins.ratio > 0 else -1
    ends = (point.delta, point.codelta)[::sign]
    for i, j in ((0, 1), (1, 0)):
        several = (each[i, j].reshape(count, count) for each in (point.u, *ends))
        for each, values in zip(several, (sign * (1 - gap), gap, 2 - gap), strict=True):
            each[rows, columns] = values[rows]


def _times(s: Any, ratio: float) -> Any:
    """Deviations of f and ratio times g."""
    return np.stack([s[0], abs(ratio) * s[1]])


def _direct(pairs: Pairs, s: Any, ratio: float) -> tuple[Any, Any]:
    """The mixed difference of covariances S_i T_j u_ij of f and ratio times g, and what it is rounded by.

    It is u_00 (S_0 - S_1) (T_0 - T_1) and that of S_i T_j (u_ij - u_00).
    """
    s = _times(s, ratio)
    one, two = pairs.layout.left(s), pairs.layout.right(s)
    u, gap, other = pairs.point.u, pairs.point.delta, pairs.point.codelta
    if ratio < 0:
        turned = np.array([[False, True], [True, False]]).reshape(2, 2, *(1,) * (u.ndim - 2))
        u, gap, other = (np.where(turned, *both) for both in ((-u, u), (other, gap), (gap, other)))
    small = np.where(u[0, 0] < 0, other, -gap)  # u but for 1 or -1, with the digits of what is small
    product = one * two
    terms = product * (small - small[0, 0])
    steps = (one[0, 0] - one[1, 0]) * (two[0, 0] - two[0, 1])
    found = u[0, 0] * steps + ((terms[0, 0] - terms[0, 1]) - (terms[1, 0] - terms[1, 1]))
    sure = np.minimum(gap, other) < spatial.NEAR_POOLED  # elsewhere they may be rounded as u is
    return found, (product * np.where(sure, np.abs(small), 1.0)).max(axis=(0, 1))


def _mixed(dual: Dual, k: Any, s: Any, difference: Any) -> tuple[Any, Any]:
    """The mixed difference of the dual, shape (grid..., grid...), and its rounding; infinite where it has none."""
    shape = k.shape[2:]
    positions = math.prod(s.shape[1:])
    variances = (s * s).reshape(2, positions)
    middle, step = variances.mean(axis=0), variances[1] - variances[0]
    first, second = (each.ravel() for each in np.indices((positions, positions)))
    q = k.reshape(2, 2, -1)
    (centre, down, along), flat = _lines(q), np.broadcast_to(difference, shape).ravel()
    deviations = np.sqrt(middle)
    size = deviations[first] * deviations[second]
    u, lengths = over(centre, size), over(step, middle)
    room = np.maximum(1 - np.abs(u), 0.0)
    # Steps of u, and of what is a square: D, and the lengths where u has their first order.
    turns = np.abs(over(down, size) - u * lengths[first] / 2) + np.abs(over(along, size) - u * lengths[second] / 2)
    longer = np.abs(lengths[first]) + np.abs(lengths[second])
    moves = over(turns, room) + over(longer + np.sqrt(over(np.abs(flat), size)), np.sqrt(room))
    grown = (1 + dual.growth**2 * size) * (over(np.abs(down) + np.abs(along), size) + longer)
    moves = np.where(room > 0, np.maximum(moves, grown), np.inf)
    times = np.floor(np.log2(np.maximum(over(_WIDEST, moves), 2.0**-60)))
    times = np.where(moves > 0, times, 0.0)
    found, error = np.zeros(len(flat)), np.full(len(flat), np.inf)
    order = np.flatnonzero((times >= 0) & (size > 0))
    order = order[np.argsort(times[order], kind="stable")]
    for start in range(0, len(order), _AT_ONCE):
        here = order[start : start + _AT_ONCE]
        i, j, wide = first[here], second[here], 2.0 ** times[here]

        def value(x: Any, y: Any, here: Any = here, i: Any = i, j: Any = j) -> Any:
            one, two = np.sqrt(middle[i] + x * step[i]), np.sqrt(middle[j] + y * step[j])
            u = (centre[here] + x * down[here] + y * along[here] + x * y * flat[here]) / (one * two)
            return dual.value(one, two, point_at(u, 1 - u, 1 + u))

        try:
            corners = [[value(a * k * wide, b * k * wide) for a in (-0.5, 0.5) for b in (-0.5, 0.5)] for k in (1, 2, 3)]
        except ValueError:  # the activation has no mean square at a variance that is a little larger
            continue
        # The polynomial in x, the square of a step, that is 0 at 0 and these at 1, 4, 9.
        x, (one, two, three) = 1 / wide**2, [(each[0] - each[1]) - (each[2] - each[3]) for each in corners]
        found[here] = x * (
            (x - 4) * (x - 9) / 24 * one - (x - 1) * (x - 9) / 60 * two + (x - 1) * (x - 4) / 360 * three
        )
        error[here] = 8 * _EPS * np.max(np.abs(corners), axis=(0, 1)) / wide**2
    return found.reshape(shape), error.reshape(shape)
