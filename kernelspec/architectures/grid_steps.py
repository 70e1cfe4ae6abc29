r"""What layers do to covariances of maps on a grid where equal positions alone are paired, and nearly coincide nowhere.

A state is q, the covariances of pairs, and t, their tangent kernels, axes (images, images', grid...), or (pairs,
grid...) with `own`. With S^2 = W^2 mean(s^2) + b^2 for the deviations,

.. math:: q \to W^2 \operatorname{mean} q + b^2, \qquad t \to W^2 \operatorname{mean}(t + q) + b^2, \qquad
   (q, t) \to (E[\varphi(a)\varphi(b)],\; t\, E[\varphi'(a)\varphi'(b)]),

the mean over a window: these are the formulas of `pairs` without its 1 - u and 1 + u, at a third of the price. Where
a correlation u is next to 1 or -1 and a kink reads it, or where maps coincide, rounding would cost digits: the pair of
images is marked, and left to `recursion`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from . import combinators as parts
from . import layers as kinds
from .activations import Activation
from .duals.choice import dual_of
from .duals.dual import NEAR, Dual, coincident, inverse, point_at
from .duals.homogeneous import Homogeneous
from .layers import Layer
from .needs import Needs, before, steps
from .pairs import Layout, Weights
from .recursion import norm_factor, of_all, of_patches, weights_of
from .spatial import shared
from .windows import Windows

_COINCIDENT = 1e-12  # 1 - |u| that may be rounding, through any number of layers


class Other(Exception):
    """A layer, or numbers, that have no step here."""


class Covariances(NamedTuple):
    """q and t; t = None stands for 0, or is not wanted."""

    q: Any
    t: Any


State: TypeAlias = Covariances | list[Covariances]


@dataclass
class Tile:
    """A run over the pairs of a tile: what is kept of both sides, in the order of the layers, and what is seen.

    `same` are images with themselves, for which `right` are the `ends` of the left side; `marked` are pairs that are
    left to the recursion.
    """

    own: bool
    same: bool
    tangent: bool
    left: Iterator[Any]
    right: Iterator[Any]
    marked: Any = None

    @property
    def batch(self) -> int:
        return 1 if self.own else 2

    def sides(self, count: int) -> tuple[list[Any], list[Any]]:
        """The next arrays of what is kept."""
        return [next(self.left) for _ in range(count)], [next(self.right) for _ in range(count)]

    def look(self, u: Any, most: float) -> None:
        """Mark the pairs of images that have |u| > most somewhere, and take u = 0 there."""
        if u.max() <= most and u.min() >= -most:
            return
        near = ~(np.abs(u) <= most)
        u[near] = 0.0
        here = near.any(axis=tuple(range(self.batch, u.ndim)))
        self.marked = here if self.marked is None else self.marked | here


class Step(Protocol):
    """What a layer does to the deviations of one side, and to pairs.

    Of a side, pairs will read `kept`; of images with themselves, `ends` beside it, as many arrays.
    """

    def side(self, s: Any, kept: list[Any], ends: list[Any]) -> Any: ...

    def pair(self, state: Any, tile: Tile) -> Any: ...


@dataclass(frozen=True)
class _Weighted:
    weights: Weights
    windows: Windows | None

    def side(self, s: Any, kept: list[Any], ends: list[Any]) -> Any:
        return self.weights.deviations(s if self.windows is None else of_patches(s, self.windows))

    def _mean(self, array: Any, tile: Tile) -> Any:
        square = self.weights.W**2
        if self.windows is None:
            return array * square
        layout = Layout(tile.own, False, array.ndim - tile.batch)
        return shared(array, self.windows, square / math.prod(self.windows.shape), layout)

    def pair(self, state: Covariances, tile: Tile) -> Covariances:
        weights, (q, t) = self.weights, state
        share = weights.own_W / weights.W**2
        if t is not None:
            if share:
                t += q if share == 1 else share * q
            t = self._mean(t, tile)
            t += weights.own_b
        q = self._mean(q, tile)
        if t is None and tile.tangent and (share or weights.own_b):
            t = share * q
            t += weights.own_b
        if weights.b:
            q += weights.b**2
        return Covariances(q, t)


@dataclass(frozen=True)
class _Activated:
    dual: Dual
    most: float  # |u| up to which its formulas are read

    def side(self, s: Any, kept: list[Any], ends: list[Any]) -> Any:
        one = inverse(s)
        if one is None:
            raise Other
        above = self.dual.deviation(s)
        kept.extend((s, one))
        ends.extend((above, self.dual.moments(s, s, coincident(s), True)[1]))
        return above

    def pair(self, state: Covariances, tile: Tile) -> Covariances:
        u, t = state
        (s, one), (other, two) = tile.sides(2)
        if tile.same:
            return Covariances(other * other, None if t is None else t * two)  # the deviation above, and the slope
        u *= one
        u *= two
        tile.look(u, self.most)
        q, slope = self.dual.moments(s, other, point_at(u, 1 - u, 1 + u), t is not None)
        if slope is not None:
            slope *= t
        return Covariances(q, slope)


@dataclass(frozen=True)
class _Normed:
    axes: tuple[int, ...]
    eps: float

    def side(self, s: Any, kept: list[Any], ends: list[Any]) -> Any:
        factor = norm_factor(s, self.axes, self.eps)
        kept.append(factor)
        ends.append(factor)
        return s * factor

    def pair(self, state: Covariances, tile: Tile) -> Covariances:
        for (factor,) in tile.sides(1):
            for each in state:
                if each is not None:
                    each *= factor
        return state


class _Flattened:
    def side(self, s: Any, kept: list[Any], ends: list[Any]) -> Any:
        return of_all(s)

    def pair(self, state: Covariances, tile: Tile) -> Covariances:
        axes = tuple(range(tile.batch, state.q.ndim))
        return Covariances(*(None if each is None else each.mean(axis=axes) for each in state))


@dataclass(frozen=True)
class _Copies:
    count: int

    def side(self, s: Any, kept: list[Any], ends: list[Any]) -> Any:
        return [s] * self.count

    def pair(self, state: Covariances, tile: Tile) -> list[Covariances]:
        more = ((None if each is None else each.copy() for each in state) for _ in range(self.count - 1))
        return [state, *(Covariances(*each) for each in more)]


@dataclass(frozen=True)
class _Branches:
    branches: Sequence[Sequence[Step]]

    def side(self, s: Any, kept: list[Any], ends: list[Any]) -> Any:
        return [all_sides(steps, one, kept, ends) for steps, one in zip(self.branches, s, strict=True)]

    def pair(self, state: list[Covariances], tile: Tile) -> list[Any]:
        return [all_pairs(steps, one, tile) for steps, one in zip(self.branches, state, strict=True)]


class _Sum:
    def side(self, s: Any, kept: list[Any], ends: list[Any]) -> Any:
        total = s[0]
        for each in s[1:]:
            total = np.hypot(total, each)
        return total

    def pair(self, state: list[Covariances], tile: Tile) -> Covariances:
        q, t = state[0]
        for more in state[1:]:
            q += more.q
            if t is None:
                t = more.t
            elif more.t is not None:
                t += more.t
        return Covariances(q, t)


def all_sides(several: Sequence[Step], s: Any, kept: list[Any], ends: list[Any]) -> Any:
    """The deviations after some steps."""
    for step in several:
        s = step.side(s, kept, ends)
    return s


def all_pairs(several: Sequence[Step], state: Any, tile: Tile) -> Any:
    """The state after some steps, which may write into the one before."""
    for step in several:
        state = step.pair(state, tile)
    return state


@dataclass(frozen=True)
class Known:
    """What a step needs to know of its input, as in `states.State`."""

    grid: tuple[int, ...]
    channels: int
    gaussian: bool
    origins: frozenset[object]


def steps_of(layer: Layer, known: Any, after: Any, trained: bool = True) -> tuple[list[Step], Any]:
    """The steps of a layer, and what is known of its output; lists of this between branches.

    Raises Other for layers that have none, and where `recursion` would find an error.
    """
    if isinstance(layer, parts.Serial):
        several: list[Step] = []
        for each, needs in zip(layer.layers, steps(layer, after)[1:], strict=True):
            found, known = steps_of(each, known, needs, trained)
            several += found
        return several, known
    if isinstance(layer, parts.Parallel):
        needed = after if isinstance(after, list) else [after] * len(layer.layers)
        rows = zip(layer.layers, known, needed, strict=True)
        pairs = [steps_of(each, one, needs, trained) for each, one, needs in rows]
        return [_Branches([found for found, _ in pairs])], [one for _, one in pairs]
    if isinstance(layer, parts.Frozen):
        return steps_of(layer.layer, known, after, False)
    if isinstance(layer, parts.FanOut):
        return [_Copies(layer.num)], [known] * layer.num
    if isinstance(layer, parts.FanInSum):
        origins: frozenset[object] = frozenset().union(*(each.origins for each in known))
        if len(origins) < sum(len(each.origins) for each in known) or not all(each.gaussian for each in known):
            raise Other
        return [_Sum()], replace(known[0], origins=origins)
    if isinstance(known, list):
        raise Other
    return _one(layer, known, after, trained)


def _one(layer: Layer, known: Known, after: Needs, trained: bool) -> tuple[list[Step], Known]:
    if isinstance(layer, kinds.Identity):
        return [], known
    if isinstance(layer, kinds.Flatten):
        flat = replace(known, grid=(), channels=known.channels * math.prod(known.grid))
        return ([_Flattened()] if known.grid else []), flat
    if isinstance(layer, kinds.Dense | kinds.Conv) and layer.W_std and inverse(np.abs(layer.W_std)) is not None:
        return _weighted(layer, known, trained)
    if not known.gaussian:
        raise Other
    if isinstance(layer, Activation):
        dual = dual_of(layer)
        if not _in_the_middle(dual):
            raise Other
        fine = before(layer, after).fine
        return [_Activated(dual, 1 - (NEAR if fine else _COINCIDENT))], replace(known, gaussian=False)
    if isinstance(layer, kinds.LayerNorm):
        axes, channel = layer.axes((1, *known.grid, known.channels)), len(known.grid) + 1
        if channel in axes:
            return [_Normed(tuple(axis for axis in axes if axis != channel), layer.eps)], known
    raise Other


def _in_the_middle(dual: Dual) -> bool:
    """Whether `moments` are its formulas, at a price per pair that does not depend on what the deviations are."""
    if isinstance(dual, Homogeneous):
        return dual.kinked is not None or (dual.degree > 0 and not dual.rough)
    return not dual.rough and not dual.sums


def _weighted(layer: Any, known: Known, trained: bool) -> tuple[list[Step], Known]:
    windows = layer.windows if isinstance(layer, kinds.Conv) else None
    size = 1 if windows is None else math.prod(windows.shape)
    width = layer.s[1] * (layer.out_dim if windows is None else layer.out_chan)
    grid = known.grid if windows is None else windows.outputs(known.grid)
    weights = weights_of(layer, known.channels * size, trained)
    return [_Weighted(weights, windows)], Known(grid, width, True, frozenset([object()]))
