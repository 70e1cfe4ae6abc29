"""Numbers that are nested in one another: what is inside comes first, without recursion."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .generators import Generator

if TYPE_CHECKING:
    import sympy

    from .constants import Number

MOST_BITS = 1536  # by which a number is told from others
SPARE_BITS = 32  # that a number may lose before more are taken


def undecided(number: Number) -> str:
    """Why it is not known whether a number is 0."""
    from .exact_numbers import REMEDY

    if not number.floats:
        return f"a nested constant cannot be told from 0 with {MOST_BITS} bits: {number.ball(MOST_BITS).str(3)}"
    floats = sorted(repr(float(g.content[0])) for g in number.floats)
    shown = ", ".join(floats[:3]) + (", ..." if len(floats) > 3 else "")
    return (
        f"the law rests on a number that is 0 within the rounding of the inputs ({shown}): beyond its digits it is "
        f"not known what a float stands for; {REMEDY}"
    )


@contextlib.contextmanager
def for_sympy(number: Number) -> Iterator[None]:
    """Work on the number's sympy form; ValueError, with its depth, where that is beyond Python's recursion limit."""
    try:
        yield
    except RecursionError as error:
        raise ValueError(
            f"an exact constant is nested {_depth(number)} deep, too deep for sympy at Python's recursion limit of "
            f"{sys.getrecursionlimit()}: raise it by sys.setrecursionlimit, or take fewer layers"
        ) from error


def _depth(number: Number) -> int:
    """How often numbers are nested in one another."""
    depths: dict[Generator, int] = {}

    def within(*inner: Number) -> int:
        return max((depths[g] for each in inner for key in each.terms for g, _ in key.powers), default=0)

    for g in inside(number, lambda g: False):
        depths[g] = 1 + within(*g.inner)
    return within(number)


def inside(number: Number, done: Callable[[Generator], bool]) -> list[Generator]:
    """The generators in a number and in what they hold, those within others first; without recursion."""
    found: set[Generator] = set()
    stack = [number]
    while stack:
        for key in stack.pop().terms:
            for g, _ in key.powers:
                if g not in found and not done(g):
                    found.add(g)
                    stack += g.inner
    return sorted(found, key=lambda g: g.serial)


def written(number: Number) -> sympy.Expr:
    """The sympy form of a number whose generators have theirs."""
    import sympy

    terms = []
    for key, (o, p) in number.terms.items():
        factors = [sympy.Pow(g.written, sympy.Rational(e.numerator, e.denominator)) for g, e in key.powers]
        terms += [
            sympy.Mul(sympy.Rational(int(c.p), int(c.q)), sympy.pi ** (-o - i), *factors)
            for i, c in enumerate(p.coeffs())
            if c != 0
        ]
    return sympy.Add(*terms)
