"""The jumps of sums of ridge functions: whether one is there that nothing cancels.

For d >= 3 the jumps of ridge functions lie on different spheres {<w, x> = t} of dimension d - 2 >= 1, which have no
open part in common: none cancels another. On the circle they are points, {<w, x> = t} two of them, and functions of
several directions may jump at one: there the heights add up. Derived here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import ball
from ..numbers.rational import rational_root
from .components import Component
from .tail import UndecidedError


@dataclass(frozen=True)
class _Jump:
    """The height of a jump on the circle, counterclockwise; its place exactly, or as balls; the profile as text."""

    height: Fraction
    place: tuple[Any, Any]
    exact: bool
    text: str

    def apart(self, other: _Jump) -> bool:
        """Whether both are shown to be at different places."""
        if self.exact and other.exact:
            return bool(self.place != other.place)
        mine, theirs = ([ball(x) if jump.exact else x for x in jump.place] for jump in (self, other))
        return not all(x.overlaps(y) for x, y in zip(mine, theirs, strict=True))

    def together(self, other: _Jump) -> bool:
        """Whether both are shown to be at one place."""
        return self is other or (self.exact and other.exact and self.place == other.place)


def jump_in(d: int, parts: list[Component]) -> str:
    """A profile with a jump that nothing cancels, as text; empty where there is none.

    UndecidedError on the circle, where it is not told whether the jumps of several directions cancel.
    """
    if d > 2:
        return next((part.discontinuous for part in parts if part.discontinuous), "")
    jumps = [jump for part in parts for jump in _on_the_circle(part)]
    undecided = False
    for jump in jumps:
        near = [other for other in jumps if not jump.apart(other)]
        if not all(jump.together(other) for other in near):
            undecided = True
        elif sum(other.height for other in near):
            return jump.text
    if undecided or (jumps and len(parts) > 1):
        raise UndecidedError("on the circle jumps of several directions may cancel")
    return jumps[0].text if jumps else ""


def _on_the_circle(part: Component) -> list[_Jump]:
    """Where u passes t or -t, upwards and downwards."""
    rises = [(Fraction(0), odd, repr(g)) for g, (_, odd) in part.profiles if g.jumps and odd]
    for g, (even, odd) in part.jumps:
        rises += [(g.t, (even + odd) / 2, repr(g)), (-g.t, (odd - even) / 2, repr(g))]
    found: list[_Jump] = []
    for t, height, text in rises:
        length, sine = rational_root(part.direction.square), rational_root(1 - t * t)
        numbers: list[Any]
        if length is not None and sine is not None:
            exact, numbers = True, [*part.direction.w, t, length, sine]
        else:
            exact, numbers = False, [*map(ball, (*part.direction.w, t))]
            numbers += [ball(part.direction.square).sqrt(), ball(1 - t * t).sqrt()]
        found += _at(height, numbers, exact, text)
    return [jump for jump in found if jump.height]


def _at(height: Fraction, numbers: list[Any], exact: bool, text: str) -> list[_Jump]:
    """The points t w -+ sqrt(1 - t^2) w', w' being w turned by a right angle, w of some length."""
    a, b, t, length, sine = numbers
    return [
        _Jump(sign * height, ((a * t + sign * b * sine) / length, (b * t - sign * a * sine) / length), exact, text)
        for sign in (1, -1)
    ]
