"""What is known of two batches of images themselves: norms of every position, and correlations of positions."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from .duals.dual import coincident, over, point_of
from .needs import Needs
from .pairs import Layout, Pairs
from .spatial import put
from .states import State

_NEAR = 1e-4  # 1 - |cos| below which it is taken from the difference of directions
_GATHERED = 2**18


def start(
    first: tuple[Any, Any], second: tuple[Any, Any], needs: Needs, tangent: bool, traces: tuple[Any, ...] = ()
) -> State:
    """The state of two batches of images themselves, each by its `directions`; one object where they are one batch.

    There, where only equal positions are paired, images with themselves are left out, as if uncorrelated: they would
    be next to u = 1 everywhere, and `itself` has them.
    """
    (a, s), (b, t) = first, second
    axes = a.ndim - 2
    layout = Layout(False, needs.full and axes > 0, axes)
    if first is second and axes and not layout.full:
        point = point_of(cosines(a, b, layout))
        index = np.arange(len(a))
        point.u[index, index] = 0.0
        point.delta[index, index] = point.codelta[index, index] = 1.0
        if needs.fine:
            refine(point, a, b, layout)
        pairs = Pairs(layout, point, None)
    else:
        pairs = _pairs(a, b, layout, first is second, needs.fine)
    cross = replace(pairs, tangent=np.zeros_like(pairs.point.u)) if tangent else pairs
    return State((s, t), cross, traces, a.shape[-1], False, frozenset(["inputs"]), close=[])


def itself(side: tuple[Any, Any], tangent: bool) -> State:
    """The state of every image with itself at equal positions, by its `directions`."""
    a, s = side
    point = coincident(s)
    pairs = Pairs(Layout(True, False, s.ndim - 1), point, np.zeros_like(s) if tangent else None)
    return State((s, s), pairs, ([],), a.shape[-1], False, frozenset(["inputs"]))  # a trace that nobody reads


def of_pairs(first: tuple[Any, Any], second: tuple[Any, Any], needs: Needs, tangent: bool) -> State:
    """The state of image k of a batch with image k of another, at equal positions, by their `directions`."""
    (a, s), (b, t) = first, second
    layout = Layout(True, False, a.ndim - 2)
    point = point_of(np.einsum("...c,...c->...", a, b))
    if needs.fine:
        refine(point, a, b, layout)
    pairs = Pairs(layout, point, np.zeros_like(point.u) if tangent else None)
    return State((s, t), pairs, (), a.shape[-1], False, frozenset(["inputs"]))


def alone(x: Any, needs: Needs, trace: list[Any]) -> State:
    """The state of every image with itself, at all pairs of positions; pools add to the trace."""
    a, s = directions(x)
    pairs = _pairs(a, a, Layout(True, True, x.ndim - 2), True, needs.fine)
    return State((s, s), pairs, (trace,), x.shape[-1], False, frozenset(["inputs"]))


def _pairs(a: Any, b: Any, layout: Layout, same: bool, fine: bool) -> Pairs:
    point = point_of(cosines(a, b, layout))
    if fine:
        refine(point, a, b, layout)
    if same:
        _coincide(point, layout)
    return Pairs(layout, point, None)


def directions(x: Any) -> tuple[Any, Any]:
    """Unit vectors (images, grid..., channels) along the channels, and deviations: the roots of mean squares."""
    x = x.astype(np.float64)
    largest = np.abs(x).max(axis=-1, keepdims=True)
    x = over(x, largest)
    length = np.sqrt((x * x).sum(axis=-1, keepdims=True))
    return over(x, length), (length * largest)[..., 0] / math.sqrt(x.shape[-1])


def cosines(a: Any, b: Any, layout: Layout) -> Any:
    """Inner products of directions (images, grid..., channels) of both sides, in the shape of their pairs."""
    channels, grid = a.shape[-1], a.shape[1:-1]
    left, right = (x.reshape(len(x), -1, channels) for x in (a, b))
    if layout.own:
        return (left @ right.transpose(0, 2, 1)).reshape(len(a), *grid, *grid)
    if layout.full:
        found = left.reshape(-1, channels) @ right.reshape(-1, channels).T
        found = found.reshape(len(a), *grid, len(b), *grid)
        return np.moveaxis(found, 1 + len(grid), 1).copy()
    if not grid:
        return left[:, 0] @ right[:, 0].T
    found = left.transpose(1, 0, 2) @ right.transpose(1, 2, 0)
    # In memory as by its axes: else what has both grid and images would be multiplied in rows of a few images.
    return np.ascontiguousarray(np.moveaxis(found, 0, -1)).reshape(len(a), len(b), *grid)


def refine(point: Any, a: Any, b: Any, layout: Layout) -> None:
    """1 - u and 1 + u from the differences of directions, where they are small."""
    for sign in (1, -1):
        near = sign * point.u > 1 - _NEAR
        where = np.unravel_index(np.flatnonzero(near), near.shape)
        if not where[0].size:
            continue
        grids = where[layout.batch :]
        one = (where[0], *grids[: layout.axes])
        two = (where[0] if layout.own else where[1], *(grids[layout.axes :] if layout.full else grids))
        found = np.empty(where[0].size)
        count = max(1, _GATHERED // a.shape[-1])
        for begin in range(0, found.size, count):
            part = slice(begin, begin + count)
            gap = a[tuple(each[part] for each in one)] - sign * b[tuple(each[part] for each in two)]
            found[part] = (gap * gap).sum(axis=-1) / 2
        put(point, near, found, sign)


def _coincide(point: Any, layout: Layout) -> None:
    """u = 1 for every position of an image with itself."""
    images, axes = point.u.shape[0], layout.axes
    grid = point.u.shape[layout.batch : layout.batch + axes]
    places = np.indices((images, *grid)).reshape(1 + axes, -1)
    rows = (places[0],) if layout.own else (places[0], places[0])
    index = (*rows, *places[1:], *(places[1:] if layout.full else ()))
    one = coincident(np.zeros(()))
    point.u[index], point.delta[index], point.codelta[index] = one.u, one.delta, one.codelta
