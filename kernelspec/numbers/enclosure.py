"""Arb balls as they are handed out: printed with the digits that were asked for, pickled exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import flint

from .precision import precision

Parts: TypeAlias = tuple[tuple[int, int], tuple[int, int]] | str


class Enclosure(flint.arb):
    """An Arb ball (`flint.arb`; Johansson 2017) that prints with `digits` digits, whatever flint's own setting.

    Arithmetic with it gives plain balls, at flint's precision in force.
    """

    def __new__(cls, value: flint.arb, digits: int) -> Enclosure:
        made: Enclosure = super().__new__(cls)
        return made

    def __init__(self, value: flint.arb, digits: int) -> None:
        super().__init__(value)
        self.digits = digits

    def __repr__(self) -> str:
        return str(self.str(self.digits))

    def __str__(self) -> str:
        return repr(self)

    def __reduce__(self) -> tuple[Callable[[Parts, int], Enclosure], tuple[Parts, int]]:
        return _restored, (parts(self), self.digits)


def _restored(exact: Parts, digits: int) -> Enclosure:
    return Enclosure(from_parts(exact), digits)


def parts(ball: flint.arb) -> Parts:
    """A ball as plain numbers, exactly: mantissa and exponent of its midpoint and of its radius."""
    if not ball.is_finite():
        return str(ball)
    (a, b), (c, e) = ball.mid().man_exp(), ball.rad().man_exp()
    return (int(a), int(b)), (int(c), int(e))


def from_parts(exact: Parts) -> flint.arb:
    """The ball of these parts."""
    if isinstance(exact, str):
        return flint.arb(exact)
    middle, radius = exact
    with precision(max(abs(middle[0]).bit_length(), 128)):
        # Arb rounds a radius up to 30 bits, one that it could keep as well: from just below, it arrives at it.
        below = _dyadic(radius) * (1 - _dyadic((1, -40)))
        ball = flint.arb(_dyadic(middle), below)
        if parts(ball) == exact:
            return ball
        return flint.arb(_dyadic(middle), _dyadic(radius))


def _dyadic(x: tuple[int, int]) -> flint.arb:
    return flint.arb((flint.fmpz(x[0]), flint.fmpz(x[1])))
