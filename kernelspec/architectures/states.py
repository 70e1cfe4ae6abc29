"""What is known of a layer's outputs in the limit of infinite width, for two batches of images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from . import spatial
from .pairs import Pairs

Both: TypeAlias = tuple[Any, Any]


def of_both(function: Callable[[Any], Any], both: Both) -> Both:
    """A function of both batches."""
    return function(both[0]), function(both[1])


@dataclass(frozen=True)
class State:
    """What is known of a layer's output, for two batches of images.

    Parameters
    ----------
    sides : deviations of both batches, (images, grid...).
    cross : all pairs of images.
    owns : every image with itself, at all pairs of positions, where those are wanted; else None.
    channels : how many channels a finite network has here.
    gaussian : whether the outputs are Gaussian with mean 0.
    origins : what the outputs are random by: maps of disjoint ones are uncorrelated, where their means are 0.
    """

    sides: Both
    cross: Pairs
    owns: tuple[Pairs, Pairs] | None
    channels: int
    gaussian: bool
    origins: frozenset[object]

    @property
    def grid(self) -> tuple[int, ...]:
        return tuple(self.sides[0].shape[1:])

    def mapped(self, sides: Both, function: Callable[[Pairs, Both, Both], Pairs], **changes: Any) -> State:
        """The state with new deviations, a function of (pairs, deviations, new deviations) of all pairs."""
        owns = self.owns
        if owns is not None:
            one, two = (
                function(own, (old, old), (new, new)) for own, old, new in zip(owns, self.sides, sides, strict=True)
            )
            owns = one, two
        cross = function(self.cross, self.sides, sides)
        return replace(self, sides=sides, cross=cross, owns=owns, **changes)

    def at_equal_positions(self) -> State:
        """Without pairs of unequal positions."""
        if not self.cross.layout.full:
            return self
        return replace(self, cross=spatial.diagonal(self.cross), owns=None)
