"""What is known of a layer's outputs in the limit of infinite width, for two batches of images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from . import spatial
from .pairs import Pairs
from .twins import Twins

Both: TypeAlias = tuple[Any, Any]


def of_both(function: Callable[[Any], Any], both: Both) -> Both:
    """A function of both batches."""
    return function(both[0]), function(both[1])


class Pooled(NamedTuple):
    """What a pool makes of images alone: deviations of its outputs, and correlations of all pairs of its inputs.

    Of the latter 1 - u, (images, grid..., grid...), where it is to keep its digits, else None.
    """

    sides: Any
    before: Any


@dataclass(frozen=True)
class State:
    """What is known of a layer's output, for two batches of images.

    Parameters
    ----------
    sides : deviations of both batches, (images, grid...).
    cross : all pairs of images.
    traces : of each batch, what pools make of every image with itself, in the order in which they are run: a list that
        is filled where the pairs are every image with itself, and iterators of such where they are others.
    channels : how many channels a finite network has here.
    gaussian : whether the outputs are Gaussian with mean 0.
    twins : of two nearly coincident images, all pairs of which these are, their difference.
    close : a list that pools add pairs of images to, (pairs, 2), that nearly coincide in some window.
    origins : what the outputs are random by: maps of disjoint ones are uncorrelated, where their means are 0.
    """

    sides: Both
    cross: Pairs
    traces: tuple[Any, ...]
    channels: int
    gaussian: bool
    origins: frozenset[object]
    twins: Twins | None = None
    close: list[Any] | None = None

    @property
    def grid(self) -> tuple[int, ...]:
        return tuple(self.sides[0].shape[1:])

    def mapped(self, sides: Both, function: Callable[[Pairs, Both, Both], Pairs], **changes: Any) -> State:
        """The state with new deviations, a function of (pairs, deviations, new deviations) of all pairs."""
        return replace(self, sides=sides, cross=function(self.cross, self.sides, sides), **changes)

    def at_equal_positions(self) -> State:
        """Without pairs of unequal positions."""
        if not self.cross.layout.full:
            return self
        return replace(self, cross=spatial.diagonal(self.cross))
