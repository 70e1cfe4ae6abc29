"""Angles of patches that nearly coincide, or are nearly opposite, where the cosine alone has lost their digits.

Near its ends an angle knows more than its cosine: kappa_0(1 - t) = 1 - (sqrt2/pi) t^(1/2) + ... (Bietti & Bach 2021;
claim 13), so a cosine that is right to 1e-16 gives kappa_0 to 1e-8 only. Patches of the input have a difference, |z -
z'| = 2 sin(theta/2) (`Gaps`). At a later layer the cosine is all that is known: within rounding of an end it is read as
the end (`ends`), so that patches of coinciding maps have the angle 0, and not the root of a rounding error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...numbers.arrays import Standard
from ..patch_kernels import AT_END, Angles

_AT_ONCE = 2**16  # numbers of patches gathered at a time
FAR = 1e-5  # 1 - |cos| from which on the slope of a rectifier at a rounded cosine errs by 2e-14, at most


class Gaps:
    """Angles from the differences of normalised patches of the input.

    Parameters
    ----------
    near : the |cos| from which on an angle is taken from the difference.
    rows, columns : the normalised patches of the two sides, shape (patches, numbers).
    places : which patches of the two sides flat places of the tile stand for.
    """

    def __init__(
        self, ops: Standard, near: float, rows: Any, columns: Any, places: Callable[[Any], tuple[Any, Any]]
    ) -> None:
        self.ops, self.near, self.rows, self.columns, self.places = ops, near, rows, columns, places

    def __call__(self, cosine: Any, largest: float, start: int) -> Angles:
        """The places near an end among these cosines, which begin at `start` in the tile, and their angles."""
        if largest <= self.near:
            return None
        xp = self.ops.xp
        mask = (cosine > self.near) | (cosine < -self.near)
        flat, places = xp.reshape(cosine, (-1,)), xp.nonzero(xp.reshape(mask, (-1,)))[0]
        count, step = places.shape[0], max(1, _AT_ONCE // self.rows.shape[-1])
        found = []
        for begin in range(0, count, step):
            some = places[begin : min(begin + step, count)]
            found.append(self._angles(some + start, xp.take(flat, some, axis=0)))
        return (mask, xp.concat(found)) if found else None

    def _angles(self, places: Any, cosine: Any) -> Any:
        """The angles of some pairs, from |z - z'|^2, or |z + z'|^2 where the cosine is negative."""
        xp, (one, two) = self.ops.xp, self.places(places)
        sign = xp.where(cosine > 0, xp.ones_like(cosine), -xp.ones_like(cosine))
        gap = xp.take(self.rows, one, axis=0) - sign[:, None] * xp.take(self.columns, two, axis=0)
        half = xp.sqrt(xp.sum(gap * gap, axis=-1)) / 2
        angle = 2 * xp.asin(xp.where(half > 1, xp.ones_like(half), half))
        return xp.where(sign > 0, angle, math.pi - angle)


@dataclass
class Doubts:
    """How much the tangent kernel of each pair of images may have lost by angles of rounded cosines.

    An angle of 1 - cos = g, which is off by a = 8 eps at most, errs by (2 (g + a))^{1/2} - (2 (g - a))^{1/2} at most,
    or by its first term where that is read as coincidence; the slope of a rectifier, by `slope` of that. It multiplies
    the tangent kernel of the layer before, at most `weight` times the product of both norms.
    """

    lost: Any  # of every pair of images, to be added to
    weight: float
    places: Callable[[Any], tuple[Any, Any]]  # the patches of both sides, at flat places of a tile
    norms: tuple[Any, Any]  # of these patches
    own: bool  # each image with itself, where a patch has the cosine 1 with itself exactly

    def note(self, xp: Any, cosine: Any, largest: float, eps: float) -> None:
        """Add what these cosines, a whole tile, may lose."""
        if largest <= 1 - FAR:
            return
        flat = xp.reshape(cosine, (-1,))
        at = xp.nonzero((flat > 1 - FAR) | (flat < FAR - 1))[0]
        one, two = self.places(at)
        gap, off = 1 - xp.abs(flat[at]), AT_END * eps
        error = xp.sqrt(2 * (gap + off)) - xp.sqrt(2 * xp.where(gap > off, gap - off, 0 * gap))
        error = self.weight * error * self.norms[0][one] * self.norms[1][two]
        if self.own:
            error = xp.where(one == two, 0 * error, error)
        pairs = self.lost.size
        self.lost += np.bincount(at // (flat.size // pairs), error, pairs).reshape(self.lost.shape)


def ends(ops: Standard, eps: float, doubts: Doubts | None = None) -> Callable[[Any, float, int], Angles]:
    """The angles 0 and pi of cosines within 8 eps of an end."""
    end = 1 - AT_END * eps

    def near(cosine: Any, largest: float, start: int) -> Angles:
        if doubts is not None:
            doubts.note(ops.xp, cosine, largest, eps)
        if largest <= end:
            return None
        mask = (cosine > end) | (cosine < -end)
        zero = 0 * cosine[mask]
        return mask, ops.xp.where(cosine[mask] > 0, zero, zero + math.pi)

    return near
