r"""What layers on a grid do to covariances: windows of one map's weights, pools, and the end of the grid.

A convolution reads, for the pair of positions p, p', the pairs of the same place in both patches; a pool all pairs of
places, so that it needs the covariances of all positions. Both are sums along one axis after the other.

Where maps nearly coincide, 1 - u is computed anew from the terms: those of a patch are independent and add up as in
`pairs.summed`; of a pool with deviations S, T

.. math:: 2 S^2 (1 - u) = \sum_{oo'} \big[2 G^{xy}_{oo'} - G^{xx}_{oo'} - G^{yy}_{oo'}\big], \qquad
          G^{xy}_{oo'} = E (a_o - \tfrac{S}{T} b_{o'})^2 / 2

and so on, by differences of what is itself small where all positions nearly coincide. What is within its rounding is
read as 0: maps that coincide, whose covariances come from sums in another order. What is left errs by some 1e-16 G, an
angle of nearly coincident pools by that divided by it; `twins` has two nearly coincident images without this loss.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..kernels.points import Point
from .duals.dual import over
from .pairs import Layout, Pairs, of_covariance
from .remembered import once
from .windows import Windows

# 1 - u below which it is computed anew, and 1 - u of a pool, whose differences cost more
NEAR, NEAR_POOLED = 1e-4, 1e-5
_ROUNDING = 4 * np.finfo(float).eps  # of a covariance, relative: sums in another order differ by less
EXACT = 2e-15  # a distance of windows, place by place and relative to their length, that is rounding
_SHORT = 64  # positions of an axis up to which its sums are a product with a matrix
_AT_ONCE = 2**20  # numbers gathered at a time


def along(array: Any, matrices: Sequence[Any], first: int) -> Any:
    """A matrix (outputs, n) for each axis from `first` on."""
    for axis, matrix in enumerate(matrices, first):
        array = np.moveaxis(np.tensordot(array, matrix, (axis, 1)), -1, axis)
    return array


def shared(array: Any, windows: Windows, weight: float, layout: Layout) -> Any:
    """weight times the sum over the places of a patch, the same place in both."""
    grid = array.shape[layout.batch : layout.batch + layout.axes]
    if not layout.full and layout.axes <= 2 and max(grid) <= _SHORT:  # slices of short rows take longer
        counts = windows.counts(grid)
        array = array @ (weight * counts[-1].T)
        return array if layout.axes == 1 else np.matmul(counts[0], array)
    for axis, (places, count) in enumerate(zip(windows.runs(grid), windows.outputs(grid), strict=True)):
        axes = [layout.batch + axis] + [layout.batch + layout.axes + axis] * layout.full
        shape = list(array.shape)
        for each in axes:
            shape[each] = count
        total = np.zeros(shape)
        for runs in places:
            for several in itertools.product(runs, repeat=len(axes)):
                to, of = [slice(None)] * len(shape), [slice(None)] * len(shape)
                for each, (outputs, read) in zip(axes, several, strict=True):
                    to[each], of[each] = outputs, read
                total[tuple(to)] += array[tuple(of)]
        array = total
    array *= weight
    return array


def mean_of_patches(
    pairs: Pairs, sides: tuple[Any, Any], above: tuple[Any, Any], windows: Windows, weight: float, fine: bool
) -> Pairs:
    """weight times the sum over the places of patches, of deviations `above`: independent weights for each place."""
    layout = pairs.layout
    covariance = shared(pairs.product(*sides), windows, weight, layout)
    tangent = None if pairs.tangent is None else shared(pairs.tangent, windows, weight, layout)
    point = of_covariance(layout, covariance, *above)
    if fine:
        _refine_patches(point, pairs, sides, windows.flat(sides[0].shape[1:]))
    return replace(pairs.with_grid(layout.full, layout.axes, point, tangent), covariance=covariance)


def flattened(pairs: Pairs, sides: tuple[Any, Any], above: tuple[Any, Any], fine: bool) -> Pairs:
    """The mean over positions, of maps that are paired at equal ones."""
    axes = tuple(range(pairs.layout.batch, pairs.layout.batch + pairs.layout.axes))
    after = Layout(pairs.layout.own, False, 0)
    tangent = None if pairs.tangent is None else pairs.tangent.mean(axis=axes)
    point = of_covariance(after, pairs.product(*sides).mean(axis=axes), *above)
    if fine:
        positions = math.prod(sides[0].shape[1:])
        _refine_patches(point, pairs, sides, np.arange(positions)[None, :])
    return Pairs(after, point, tangent)


def _places(near: Any, layout: Layout, shape: Sequence[int]) -> tuple[Any, Any, Any, Any]:
    """Of the entries of a mask: the images of both sides, and the flat positions of both (of an output grid)."""
    where = np.unravel_index(np.flatnonzero(near), near.shape)
    left, right = (where[0], where[0]) if layout.own else (where[0], where[1])
    grids = where[layout.batch :]
    if not grids:
        zero = np.zeros_like(left)
        return left, right, zero, zero
    count = len(grids) // 2 if layout.full else len(grids)
    first = np.ravel_multi_index(grids[:count], tuple(shape[layout.batch : layout.batch + count]))
    second = np.ravel_multi_index(grids[count:], tuple(shape[-count:])) if layout.full else first
    return left, right, first, second


def _padded(array: Any) -> Any:
    """(images, grid...) as (images, positions and one zero more)."""
    flat = array.reshape(len(array), -1)
    return np.pad(flat, ((0, 0), (0, 1)))


def _refine_patches(point: Point, pairs: Pairs, sides: tuple[Any, Any], reads: Any) -> None:
    """1 - u and 1 + u of a sum over places, where they are small."""
    layout, old = pairs.layout, pairs.point
    positions = math.prod(sides[0].shape[1:])
    after = layout if point.u.ndim > layout.batch else Layout(layout.own, False, 0)
    batch = old.u.shape[: layout.batch]
    for sign in (1, -1):
        if not sign * (point.u.max() if sign == 1 else point.u.min()) > 1 - NEAR:
            continue
        near = sign * point.u > 1 - NEAR
        if sign == 1 and layout.own and not layout.full and sides[0] is sides[1] and not old.delta.any():
            put(point, near, 0.0, 1)  # images with themselves
            continue
        one, two = (once(_padded, s) for s in sides)
        gaps = (old.delta if sign == 1 else old.codelta).reshape(*batch, *([positions] * (1 + layout.full)))
        left, right, p, q = _places(near, after, point.u.shape)
        found = np.empty(len(left))
        step = max(1, _AT_ONCE // reads.shape[1])
        for start in range(0, len(left), step):
            here = slice(start, start + step)
            i, j, first, second = left[here, None], right[here, None], reads[p[here]], reads[q[here]]
            a, b = one[i, first], two[j, second]
            sizes = [np.sqrt((x * x).sum(axis=1, keepdims=True)) for x in (a, b)]
            a, b = over(a, sizes[0]), over(b, sizes[1])
            inside = np.minimum(first, positions - 1), np.minimum(second, positions - 1)
            places = inside if layout.full else inside[:1]
            gap = gaps[(i, *places)] if layout.own else gaps[(i, j, *places)]
            found[here] = (a * b * gap).sum(axis=1) + ((a - b) ** 2).sum(axis=1) / 2
        put(point, near, found, sign)


def put(point: Point, near: Any, found: Any, sign: int) -> None:
    """Write 1 - u (sign 1) or 1 + u (-1) into a point, where the mask is."""
    small, large = (point.delta, point.codelta) if sign == 1 else (point.codelta, point.delta)
    small[near], large[near], point.u[near] = found, 2 - found, sign * (1 - found)


# -- pools -----------------------------------------------------------------------------------------------------------


def pooled_deviation(own: Pairs, s: Any, matrices: Sequence[Any], weights: Any) -> Any:
    """The deviations (images, grid...) of maps that are pooled, from the pairs of every image with itself."""
    layout = own.layout
    covariance = pool(own.product(s, s), layout, matrices, weights)
    outputs = covariance.shape[1 : 1 + layout.axes]
    flat = covariance.reshape(len(s), math.prod(outputs), -1)
    square = np.diagonal(flat, axis1=1, axis2=2)
    return np.sqrt(np.maximum(square, 0.0)).reshape(len(s), *outputs)


def pool(array: Any, layout: Layout, matrices: Sequence[Any], weights: Any) -> Any:
    """Sums over windows of both positions, times weights of both outputs."""
    array = along(along(array, matrices, layout.batch), matrices, layout.batch + layout.axes)
    weights = np.asarray(weights)
    if weights.ndim:
        array = array * weights.reshape(*weights.shape, *(1,) * layout.axes) * weights
        return array
    return array * weights**2


def pooled(
    pairs: Pairs,
    owns: tuple[Any, Any],
    sides: tuple[Any, Any],
    above: tuple[Any, Any],
    matrices: Sequence[Any],
    weights: Any,
    reads: Any,
) -> Pairs:
    """Sums over windows, times weights of every output; `owns` are covariances of the images with themselves.

    `reads` are the positions of every window (`Windows.flat`) where 1 - u is to keep its digits, else None.
    """
    layout = pairs.layout
    before = pairs.product(*sides)
    tangent = None if pairs.tangent is None else pool(pairs.tangent, layout, matrices, weights)
    point = of_covariance(layout, pool(before, layout, matrices, weights), *above)
    if reads is not None:
        lengths = lengths_of(above, weights)
        _refine_pool(point, pairs, sides, owns, lengths, reads)
    return pairs.with_grid(True, layout.axes, point, tangent)


def lengths_of(above: tuple[Any, Any], weights: Any) -> tuple[Any, Any]:
    """The deviations (images, windows) of sums over windows."""
    one, two = (over(each, weights).reshape(len(each), -1) for each in above)
    return one, two


def _refine_pool(
    point: Point, pairs: Pairs, sides: tuple[Any, Any], owns: tuple[Any, Any], lengths: tuple[Any, Any], reads: Any
) -> None:
    """1 - u of sums over windows by differences, where it is small; `lengths` are deviations of the sums."""
    layout = pairs.layout
    near = point.u > 1 - NEAR_POOLED
    if not near.any():
        return
    positions = math.prod(sides[0].shape[1:])
    crossed, *selves = (
        x.reshape(*x.shape[:lead], positions, positions)
        for x, lead in ((pairs.point.delta, layout.batch), (owns[0], 1), (owns[1], 1))
    )
    one, two = (once(_padded, s) for s in sides)
    left, right, p, q = _places(near, layout, point.u.shape)
    size = lengths[0][left, p]
    ratio = over(size, lengths[1][right, q])
    found = np.zeros(len(left))

    def windows(here: Any) -> tuple[Any, Any, Any, Any, Any, Any]:
        """Images, positions and deviations of both sides."""
        i, j, first, second = left[here, None], right[here, None], reads[p[here]], reads[q[here]]
        s, t = one[i, first], ratio[here, None] * two[j, second]
        return i, j, np.minimum(first, positions - 1), np.minimum(second, positions - 1), s, t  # s = 0 beyond

    for here in _cut(np.arange(len(left)), reads.shape[1]):
        i, j, first, second, s, t = windows(here)
        gap = crossed[(i, first, second) if layout.own else (i, j, first, second)]
        found[here] = ((s - t) ** 2 / 2 + s * t * gap).sum(axis=1)
    # Windows that coincide place by place, as of images with themselves, coincide.
    todo = np.flatnonzero(found > (EXACT * size) ** 2)
    found[:] = 0.0
    for here in _cut(todo, reads.shape[1] ** 2):
        i, j, first, second, s, t = windows(here)
        i, j, first, second = i[:, None], j[:, None], first[:, :, None], second[:, None, :]
        gap = crossed[(i, first, second) if layout.own else (i, j, first, second)]
        mixed, more = _halved_squares(s, t, gap)
        own, less = _halved_squares(s, s, selves[0][i, first, first.transpose(0, 2, 1)])
        other, least = _halved_squares(t, t, selves[1][j, second.transpose(0, 2, 1), second])
        apart = 2 * mixed - own - other
        rounding = _ROUNDING * (2 * more + less + least)
        found[here] = np.where(apart > rounding, over(apart, 2 * size[here] ** 2), 0.0)
    put(point, near, found, 1)


def _cut(which: Any, numbers: int) -> Iterator[Any]:
    """Parts of these entries, with so many numbers each, that are gathered at a time."""
    step = max(1, _AT_ONCE // numbers)
    for start in range(0, len(which), step):
        yield which[start : start + step]


def _halved_squares(s: Any, t: Any, delta: Any) -> tuple[Any, Any]:
    """The sums of E (a - b)^2 / 2 for all a, b of two windows, and of what it is rounded by."""
    product = s[:, :, None] * t[:, None, :]
    found = (s[:, :, None] - t[:, None, :]) ** 2 / 2 + product * delta
    return found.sum(axis=(1, 2)), (found + product * (delta > NEAR)).sum(axis=(1, 2))


def diagonal(pairs: Pairs) -> Pairs:
    """Of all pairs of positions, the equal ones."""
    layout = pairs.layout

    def part(x: Any) -> Any:
        grid = x.shape[layout.batch : layout.batch + layout.axes]
        flat = x.reshape(*x.shape[: layout.batch], math.prod(grid), math.prod(grid))
        return np.diagonal(flat, axis1=-2, axis2=-1).reshape(*x.shape[: layout.batch], *grid).copy()

    point = pairs.point
    tangent = None if pairs.tangent is None else part(pairs.tangent)
    return pairs.with_grid(False, layout.axes, mapped(point, part), tangent)


def apart(pairs: Pairs) -> Pairs:
    """All pairs of positions, of which unequal ones are independent."""
    layout = pairs.layout

    def spread(x: Any, between: float) -> Any:
        batch, grid = x.shape[: layout.batch], x.shape[layout.batch :]
        positions = math.prod(grid)
        out = np.full((*batch, positions, positions), between)
        index = np.arange(positions)
        out[..., index, index] = x.reshape(*batch, positions)
        return out.reshape(*batch, *grid, *grid)

    point = pairs.point
    found = Point(point.arithmetic, spread(point.u, 0.0), spread(point.delta, 1.0), spread(point.codelta, 1.0))
    tangent = None if pairs.tangent is None else spread(pairs.tangent, 0.0)
    return pairs.with_grid(True, layout.axes, found, tangent)


def mapped(point: Point, function: Any) -> Point:
    """The point whose arrays are functions of those of another."""
    return Point(point.arithmetic, function(point.u), function(point.delta), function(point.codelta))


def joined(arrays: Sequence[Any], layout: Layout, axis: int, between: float) -> Any:
    """Of pairs of maps that stand one after the other along an axis, with another number between different maps."""
    if not layout.full:
        return np.concatenate(arrays, axis=layout.batch + axis)
    first, second = layout.batch + axis, layout.batch + layout.axes + axis
    rows = []
    for i, one in enumerate(arrays):
        row = []
        for j, other in enumerate(arrays):
            shape = list(one.shape)
            shape[second] = other.shape[second]
            row.append(one if i == j else np.full(shape, between))
        rows.append(np.concatenate(row, axis=second))
    return np.concatenate(rows, axis=first)


def beside(several: Sequence[Pairs], axis: int) -> Pairs:
    """Maps one after the other along an axis of the grid, independent of each other."""
    layout, points = several[0].layout, [each.point for each in several]
    found = Point(
        points[0].arithmetic,
        joined([p.u for p in points], layout, axis, 0.0),
        joined([p.delta for p in points], layout, axis, 1.0),
        joined([p.codelta for p in points], layout, axis, 1.0),
    )
    tangents = [each.tangent for each in several]
    tangent = None if tangents[0] is None else joined(tangents, layout, axis, 0.0)
    return several[0].with_grid(layout.full, layout.axes, found, tangent)
