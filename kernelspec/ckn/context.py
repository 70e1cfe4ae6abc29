"""What the parts of an evaluation know: the two sides of the pairs, and one layer of one evaluation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .geometry import Axis, LayerGeometry
from .pointwise import Pointwise
from .positive import check_squares, largest_square

if TYPE_CHECKING:
    from .evaluate import Evaluator


_TINY = 1e-3  # relative: the inner product of larger patches has digits, so that no cosine is far beyond 1


@dataclass
class Side:
    """What one side of the pairs needs: normalised patches in both roles, and the norms at every layer."""

    count: int
    rows: Any  # (count, height, width, features)
    columns: Any  # (count, features, height * width)
    norms: list[Any]  # of each layer's patches, (count, height, width)
    kept: dict[Any, Any] = field(default_factory=dict)  # what layers make of the norms
    maps: list[Any] = field(default_factory=list)  # |x_k(u)|^2 of each layer's output
    value: Any = None  # K(x, x)
    tangent: Any = None


@dataclass(frozen=True)
class Group:
    """A group of two position axes: the side it belongs to (0 or 1), and which image axes, in which order."""

    side: int
    order: tuple[int, int]

    def turned(self) -> Group:
        return Group(self.side, (self.order[1], self.order[0]))


@dataclass
class Context:
    """One layer of one evaluation."""

    evaluator: Evaluator
    number: int
    layer: LayerGeometry
    kernel: Pointwise
    sides: tuple[Side, Side]
    groups: tuple[Group, Group]
    own: bool

    def axis(self, group: int, place: int) -> Axis:
        """The image axis in a place of a group."""
        return self.layer.axes[self.groups[group].order[place]]

    def extent(self, group: int) -> tuple[int, int]:
        return self.axis(group, 0).kept, self.axis(group, 1).kept

    def tiles(self) -> Iterator[tuple[int, int]]:
        """Ranges of the columns' first axis whose tiles hold about `tile` numbers."""
        count, width = self.extent(1)
        rows = self.pairs * self.layer.kept * width
        step = max(1, self.evaluator.tile // rows)
        step = -(-count // -(-count // step))
        for start in range(0, count, step):
            yield start, min(start + step, count)

    def reach(self, start: int, stop: int) -> slice:
        """The places of the rows' first axis that matter for these of the columns' first axis."""
        if self.number or self.layer.plain or len(self.evaluator.shape.layers) == 1:
            return slice(0, self.extent(0)[0])
        known = self.evaluator.reaches
        if (start, stop) not in known:
            rows = self.evaluator.shape.reach[:, start:stop].any(axis=1).nonzero()[0]
            known[start, stop] = slice(int(rows[0]), int(rows[-1]) + 1)
        return known[start, stop]

    @property
    def pairs(self) -> int:
        return self.sides[0].count * (1 if self.own else self.sides[1].count)

    @property
    def lead(self) -> tuple[int, ...]:
        """The axes of the pairs."""
        return (self.sides[0].count,) if self.own else (self.sides[0].count, self.sides[1].count)

    def spread(self, group: int, array: Any) -> Any:
        """An array of one side, (n, ...), with an axis for the other side."""
        if self.own:
            return array
        return array[:, None, ...] if self.groups[group].side == 0 else array[None, ...]

    def norms(self, group: int, floored: bool = False) -> Any:
        """|z(u)| in the order of a group, (n, first, second)."""
        xp = self.evaluator.ops.xp
        norms = self.sides[self.groups[group].side].norms[self.number]
        if floored:
            norms = xp.maximum(norms, xp.full_like(norms, self.evaluator.floor(self.number)))
        return norms if self.groups[group].order == (0, 1) else xp.permute_dims(norms, (0, 2, 1))

    def inverse(self, group: int, factor: float) -> Any:
        """factor / |z(u)| in the order of a group, with the axes of the pairs; 0 for patches of 0."""
        side = self.sides[self.groups[group].side]
        key = (self.number, self.groups[group].order, factor)
        if key not in side.kept:
            inverse = factor / self.norms(group, floored=True)
            xp = self.evaluator.ops.xp
            found = xp.where(self.norms(group) > 0, inverse, xp.zeros_like(inverse))
            side.kept[key] = self.evaluator.ops.fresh(found)
        return self.spread(group, side.kept[key])

    def within(self, cosines: Any) -> Any:
        """slope * cos of a later layer, without what rounding makes of patches that are tiny beside those before them.

        Such a patch may be what averages of opposite ones have left, where an inner product is rounding, and may be far
        larger than the product of the norms.
        """
        slope, xp = self.kernel.slope, self.evaluator.ops.xp
        if not any(self._dust(side) for side in self.sides):
            return cosines
        if self.evaluator.ops.in_place:
            return np.clip(cosines, -slope, slope, out=cosines)
        return xp.clip(cosines, -slope, slope)

    def _dust(self, side: Side) -> bool:
        """Whether a patch of this layer is not 0, but tiny beside the patches of the layer before."""
        key = ("dust", self.number)
        if key not in side.kept:
            evaluator, before = self.evaluator, self.number - 1
            kernel, norms = evaluator.kernels[before], side.norms[self.number]
            largest = largest_square(evaluator.ops, kernel, side.norms[before])
            tiny = (norms > 0) & (norms < _TINY * math.sqrt(largest))
            side.kept[key] = bool(evaluator.ops.xp.any(tiny))
        return bool(side.kept[key])

    def exact(self) -> Any:
        """The argument at u = v of a side with itself, (n, height, width): a patch has the cosine 1 with itself."""
        norms = self.norms(0)
        if not self.kernel.homogeneous:
            return norms * norms
        cosine = norms / self.norms(0, floored=True)
        return self.kernel.slope * cosine * cosine

    def roots(self, squares: Any) -> Any:
        """Norms from their squares, which rounding may have made negative; ValueError where more has."""
        xp = self.evaluator.ops.xp
        before = self.evaluator.kernels[self.number - 1], self.sides[0].norms[self.number - 1]
        check_squares(squares, self.evaluator.ops, f"patches of layer {self.number + 1}", *before)
        # What has overflowed stays NaN, and is found at the end.
        return xp.sqrt(xp.where(squares < 0, xp.zeros_like(squares), squares))

    def weights(self, group: int, which: str) -> Any:
        """The factors of the kernel's values, (n, first, second): |z(u)|, and the kernel's scale on the rows.

        For the tangent, the floored norms that the cosine has been divided by at the first layer; later, none.
        """
        divided = which == "value" or self.number == 0
        if self.kernel.homogeneous and divided:
            weights = self.norms(group, floored=which != "value")
        else:
            norms = self.norms(group)
            weights = self.evaluator.ops.xp.ones_like(norms)
        scale = self.kernel.scale if which == "value" else self.kernel.tangent_scale
        return weights * scale if group == 0 and scale != 1 else weights
