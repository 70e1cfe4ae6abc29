"""One layer of an evaluation: from inner products of the patches of two sides to the values of the patch kernel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..patch_kernels import Near, Pointwise
from ..positive import check_squares, largest_square
from .geometry import LayerGeometry
from .near_coincidence import FAR, Doubts, Gaps, ends
from .patch_products import patch_sums
from .sides import Side, Workspace

_TINY = 1e-3  # relative: the inner product of larger patches has digits, so that no cosine is far beyond 1


class Role(NamedTuple):
    """A side as the rows, or as the columns, of a tensor; `lead` puts its images onto the axes of the pairs."""

    side: Side
    lead: tuple[Any, ...]


@dataclass
class LayerPairs:
    """One layer of one evaluation.

    `before` is the patch kernel of the layer before. The axes of the pairs have the sizes `lead`: (images, images), or
    (images,) for the diagonal K(x_i, x_i). With `same`, pairs of one position u = v alone are looked at; else tensors
    have the position axes of the rows and then those of the columns.
    """

    space: Workspace
    number: int
    layer: LayerGeometry
    kernel: Pointwise
    before: Pointwise | None
    rows: Role
    columns: Role
    lead: tuple[int, ...]
    same: bool
    reach: Any  # whether pairs of places of the first axes have a part in the output; None: all have

    def __post_init__(self) -> None:
        first, second = self.layer.axes
        self.extent = first.kept, second.kept
        self.own = len(self.lead) == 1  # each image with itself

    def tiles(self) -> Iterator[tuple[int, int]]:
        """Ranges of the columns' first axis whose tiles hold about `tile` numbers."""
        count, width = self.extent
        if self.same:
            yield 0, count
            return
        step = max(1, self.space.tile // (math.prod(self.lead) * count * width * width))
        step = -(-count // -(-count // step))
        for start in range(0, count, step):
            yield start, min(start + step, count)

    def reached(self, start: int, stop: int) -> slice:
        """The places of the rows' first axis that matter for these of the columns' first axis."""
        if self.reach is None:
            return slice(0, self.extent[0])

        def found() -> slice:
            places = np.flatnonzero(self.reach[:, start:stop].any(axis=1))
            # Where later layers skip all of these columns, one place that nothing reads.
            return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(start, start + 1)

        return self.space.derived(("reach", start, stop), found)

    # -- inner products of patches, as arguments of the patch kernel ------------------------------------

    def argument(self, tensor: Any, start: int, stop: int) -> Any:
        """slope * cos of the patches (pairs, height, width, columns), or (pairs, height, width) for u = v."""
        ops = self.space.ops
        if self.same and self.own:
            return ops.fresh(self._exact())
        if tensor is None:
            found = self._products(start, stop)
        else:
            sums = patch_sums(ops, "patches", tensor, self.layer.axes, len(self.lead), start, stop)
            if self.kernel.homogeneous:
                found = ops.multiply(
                    "tile", sums, self.of_rows(self._inverse(self.rows, self.kernel.slope * self.layer.scale))
                )
                found *= self.of_columns(self._inverse(self.columns, 1.0), start, stop)
                found = self._within(found)
            else:
                found = ops.copy("tile", sums)
                if self.layer.scale != 1:
                    found *= self.layer.scale
            found = self._flat(found)
        return self._with_own(found, start, stop) if self.own else found

    def factor(self, tensor: Any, start: int, stop: int) -> Any:
        """The inner products that the tangent kernel multiplies kappa' by; None where they are the cosines."""
        if tensor is None:
            return None
        sums = patch_sums(self.space.ops, "tangent", tensor, self.layer.axes, len(self.lead), start, stop)
        found = self.space.ops.copy("tangent tile", sums)
        if self.layer.scale != 1:
            found *= self.layer.scale
        return self._flat(found)

    def near(self, start: int, stop: int, lost: Any = None, weight: float = 0.0) -> Near | None:
        """What is known of angles near the ends; `lost`, where it is told, gets what is not (`Doubts`)."""
        space, kernel = self.space, self.kernel
        if not kernel.rough:
            return None
        sides, places = (self.rows.side, self.columns.side), self._places(start, stop)
        if self.number:
            doubts = None
            if lost is not None and not (self.same and self.own):
                one, two = (space.ops.xp.reshape(s.norms[self.number], (-1,)) for s in sides)
                doubts = Doubts(lost, weight, places, (one, two), self.own)
            return ends(space.ops, space.eps, doubts)
        flat = [space.ops.xp.reshape(s.rows, (-1, s.rows.shape[-1])) for s in sides]
        near = kernel.near[space.bytes == 8] if lost is None else 1 - FAR
        return Gaps(space.ops, near, flat[0], flat[1], places)

    def set_norms(self, tensor: Any) -> None:
        """Put down the norms of the patches of images, from the inner products at u = v of the layer before."""
        xp, side = self.space.ops.xp, self.rows.side
        sums = patch_sums(self.space.ops, "norms", tensor, self.layer.axes, len(self.lead)) * self.layer.scale
        assert self.before is not None
        what = f"patches of layer {self.number + 1}"
        check_squares(sums, self.space.ops, what, self.before, side.norms[self.number - 1])
        # What has overflowed stays NaN, and is found at the end.
        side.norms.append(xp.sqrt(xp.where(sums < 0, xp.zeros_like(sums), sums)))

    def _products(self, start: int, stop: int) -> Any:
        ops, xp, (_, width) = self.space.ops, self.space.ops.xp, self.extent
        rows, columns = self.rows.side.rows[self.rows.lead], self.columns.side.columns[self.columns.lead]
        if not self.same:
            columns = columns[..., None, :, start * width : stop * width]
            return ops.product("tile", rows[..., self.reached(start, stop), :, :], columns)
        # A matrix product of the images for every position.
        flat = xp.reshape(self.rows.side.rows, (self.lead[0], -1, self.rows.side.rows.shape[-1]))
        found = xp.matmul(xp.permute_dims(flat, (1, 0, 2)), xp.permute_dims(self.columns.side.columns, (2, 1, 0)))
        return ops.fresh(xp.reshape(xp.permute_dims(found, (1, 2, 0)), (*self.lead, *self.extent)))

    def _exact(self) -> Any:
        """The argument at u = v of images with themselves: a patch has the cosine 1 with itself."""
        norms = self.rows.side.norms[self.number]
        if not self.kernel.homogeneous:
            return norms * norms
        cosine = norms / self._floored(self.rows)
        return self.kernel.slope * cosine * cosine

    def _with_own(self, tile: Any, start: int, stop: int) -> Any:
        """The tile with the argument at u = v."""
        xp, (_, width), reach = self.space.ops.xp, self.extent, self.reached(start, stop)
        rows = xp.reshape(tile, (tile.shape[0], -1, tile.shape[-1]))
        values = xp.reshape(self._exact()[:, reach, :], (tile.shape[0], -1))
        return xp.reshape(self.space.ops.put_diagonal(rows, values, (start - reach.start) * width), tile.shape)

    def _flat(self, tile: Any) -> Any:
        """The two axes of the columns as one."""
        if self.same:
            return tile
        return self.space.ops.xp.reshape(tile, (*tile.shape[:-2], tile.shape[-2] * tile.shape[-1]))

    def _within(self, cosines: Any) -> Any:
        """slope * cos of a later layer, without what rounding makes of patches that are tiny beside those before them.

        Such a patch may be what averages of opposite ones have left, where an inner product is rounding, and may be far
        larger than the product of the norms.
        """
        if not any(self._dusty(role.side) for role in (self.rows, self.columns)):
            return cosines
        return self.space.ops.clip(cosines, self.kernel.slope)[0]

    def _dusty(self, side: Side) -> bool:
        """Whether a patch of this layer is not 0, but tiny beside the patches of the layer before."""
        ops, norms = self.space.ops, side.norms[self.number]

        def found() -> bool:
            assert self.before is not None
            largest = largest_square(ops, self.before, side.norms[self.number - 1])
            tiny = (norms > 0) & (norms < _TINY * math.sqrt(largest))
            return bool(ops.xp.any(tiny))

        return bool(side.derived(("dusty", self.number), found))

    def _places(self, start: int, stop: int) -> Callable[[Any], tuple[Any, Any]]:
        """For flat places of a tile the patches, counted over all images, of the rows and of the columns."""
        height, width = self.extent
        reach, each = self.reached(start, stop), height * width

        def found(flat: Any) -> tuple[Any, Any]:
            if self.same:
                one = two = flat % each
                pair = flat // each
            else:
                columns, rows = (stop - start) * width, (reach.stop - reach.start) * width
                two = flat % columns + start * width
                one = flat // columns % rows + reach.start * width
                pair = flat // (columns * rows)
            right = 1 if self.own else self.lead[1]
            i, j = pair // right, pair if self.own else pair % right
            if self.rows.lead[0] is None:  # behind a pool, the rows are those of the second images
                i, j = j, i
            return i * each + one, j * each + two

        return found

    # -- what the norms make of the kernel's values ---------------------------------------------------------

    def weights(self, role: Role, which: str) -> Any:
        """The factors of the kernel's values, (n, height, width): |z(u)|, and the kernel's scale on the rows.

        For the tangent, the floored norms that the cosine has been divided by at the first layer; later, none.
        """
        norms = role.side.norms[self.number]
        if not self.kernel.homogeneous or (which == "tangent" and self.number):
            norms = self.space.ops.xp.ones_like(norms)
        elif which == "tangent":
            norms = self._floored(role)
        scale = self.kernel.scale if which == "value" else self.kernel.tangent_scale
        return norms * scale if role is self.rows and scale != 1 else norms

    def of_rows(self, array: Any) -> Any:
        """An array of the rows' side, (n, height, width), with the axes of a tile of the tensor."""
        array = array[self.rows.lead]
        return array if self.same else array[..., None, None]

    def of_columns(self, array: Any, start: int, stop: int) -> Any:
        """An array of the columns' side with the axes of a tile of the tensor."""
        array = array[self.columns.lead]
        return array if self.same else array[..., None, None, start:stop, :]

    def _floored(self, role: Role) -> Any:
        norms, xp = role.side.norms[self.number], self.space.ops.xp
        return xp.maximum(norms, xp.full_like(norms, self.space.floors[self.number > 0]))

    def _inverse(self, role: Role, factor: float) -> Any:
        """factor / |z(u)|; 0 for patches of 0."""
        xp, norms = self.space.ops.xp, role.side.norms[self.number]

        def made() -> Any:
            return xp.where(norms > 0, factor / self._floored(role), xp.zeros_like(norms))

        return role.side.derived(("inverse", self.number, factor), made)
