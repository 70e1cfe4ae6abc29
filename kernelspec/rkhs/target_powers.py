r"""How fast the power of a function falls over the degrees: the exponent of what it has beyond degree K.

For k of one parity, A_k the mean square of the harmonic part of degree k,

.. math:: \sum_{k \ge K} A_k \asymp K^{-(a-1)} .

A ridge function with g_k ~ k^{-p} has A_k = N(d,k) g_k^2 ~ k^{-a}, a = 2p - d + 2; a jump at t > 0 has a = 2 in both
parities: N g_k^2 = (c + o(1)) k^{-2} cos^2(k theta + phi), cos theta = t, whose mean over every second k is a half
of its maximum, as 4 theta is no multiple of 2 pi; products of two jumps, or of a jump and a power of u, have the mean
0 for the same reason. Functions of different directions add up: the mixed terms are 2 N g_k h_k P_k(c), and P_k(c) -> 0
for d >= 3 and |c| < 1. On the circle P_k(c) = cos(k theta), so that several directions must have different exponents.
"""

from __future__ import annotations

import math
from fractions import Fraction

from ..numbers.precision import at_least
from .components import Component, components
from .norms import energies
from .ridge import Function
from .tail import NAMES, UndecidedError

_LOOKED_AT = 48  # degrees among which a harmonic part that is not 0 is looked for
_DIGITS = 30


def target_powers(f: Function) -> tuple[Fraction | float | None, Fraction | float | None]:
    """The exponent a over the even and over the odd degrees.

    Infinite where A_k falls faster than any power, or ends; None where no degree of the parity has a part. Raises
    UndecidedError where neither is told.
    """
    parts = components(f)
    with at_least(128):
        even, odd = (_power(f, parts, parity) for parity in (0, 1))
    return even, odd


def _power(f: Function, parts: list[Component], parity: int) -> Fraction | float | None:
    slowest = [each for each in (_slowest(part, parity) for part in parts) if each is not None]
    if not slowest:
        return _without_power(f, parts, parity)
    least = min(slowest)
    if f.d == 2 and slowest.count(least) > 1:
        raise UndecidedError(f"on the circle the {NAMES[parity]} parts of several directions may cancel")
    return 2 * least - (f.d - 2)


def _slowest(part: Component, parity: int) -> Fraction | None:
    """p with g_k ~ k^-p over the k of a parity that fall most slowly; None where it falls faster than any power."""
    found = [Fraction(part.d, 2)] if any(c[parity] for _, c in part.jumps) else []
    for r in (parity, parity + 2):
        powers = [atom.power for atom in part.atoms(r) if not atom.fast]
        if powers and powers.count(min(powers)) > 1 and min(powers) <= min(found, default=min(powers)):
            raise UndecidedError("the leading terms of different profiles in one direction may cancel")
        found += powers
    return min(found, default=None)


def _without_power(f: Function, parts: list[Component], parity: int) -> float | None:
    squares = f._harmonics.squares
    ends = [part.vanishes_from(r) or 0 for part in parts for r in (parity, parity + 2)]
    count = max(_LOOKED_AT, len(squares), *ends)
    found = energies(f.d, f, parts, count, _DIGITS)[parity::2]
    if any(value > 0 for value in found):
        return math.inf
    if all(value == 0 for value in found) and not any(part.atoms(r) for part in parts for r in (parity, parity + 2)):
        return None
    raise UndecidedError(f"it is not told whether the function has a part of an {NAMES[parity]} degree")
