"""The shapes of all elements of permutations and signed permutations, and the degrees of groups of reflections."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from .molien import Series, Shape, collected, shape, times

_MOST = 20_000  # shapes that are listed at most
_LARGEST = 60  # coordinates with signs; beyond, there are more
_EXCEPTIONAL = {
    "E6": (2, 5, 6, 8, 9, 12),
    "E7": (2, 6, 8, 10, 12, 14, 18),
    "E8": (2, 8, 12, 14, 18, 20, 24, 30),
    "F4": (2, 6, 8, 12),
    "G2": (2, 6),
    "H3": (2, 6, 10),
    "H4": (2, 12, 20, 30),
}


def basic_degrees(name: str) -> tuple[int, ...]:
    """The degrees of the free generators of the invariants of a named group of reflections; ValueError for no name."""
    if name in _EXCEPTIONAL:
        return _EXCEPTIONAL[name]
    letter, number = name[:1], name[1:]
    if name.startswith("I2(") and name.endswith(")"):
        letter, number = "I", name[3:-1]
    if number.isascii() and number.isdigit() and letter in ("A", "B", "D", "I"):
        n = int(number)
        if letter == "A" and 1 <= n <= 1000:
            return tuple(range(2, n + 2))
        if letter == "B" and 2 <= n <= 1000:
            return tuple(range(2, 2 * n + 1, 2))
        if letter == "D" and 4 <= n <= 1000:
            return tuple(sorted([*range(2, 2 * n - 1, 2), n]))
        if letter == "I" and 3 <= n <= 10**6:
            return (2, n)
    raise ValueError(
        "name must be 'A1' to 'A1000', 'B2' to 'B1000', 'D4' to 'D1000', 'I2(m)' with m from 3 to 10^6, or one of "
        f"{', '.join(_EXCEPTIONAL)}; got {name!r}"
    )


def _integer_partitions(n: int, largest: int | None = None) -> Iterator[tuple[int, ...]]:
    """The partitions of n into parts that do not grow."""
    if n == 0:
        yield ()
        return
    for part in range(min(n, largest or n), 0, -1):
        for rest in _integer_partitions(n - part, part):
            yield (part, *rest)


def _partitions(n: int) -> int:
    """How many partitions n has."""
    counts = [1] + [0] * n
    for part in range(1, n + 1):
        for total in range(part, n + 1):
            counts[total] += counts[total - part]
    return counts[n]


def _centralizer(parts: tuple[int, ...]) -> int:
    """How many permutations commute with one of these cycles: prod r^{c_r} c_r!."""
    return math.prod(r**c * math.factorial(c) for r, c in Counter(parts).items())


def permutation_shapes(d: int) -> Series | None:
    """All partitions of d, each with its share of the permutations; None where there are too many."""
    if _partitions(d) > _MOST:
        return None
    return collected((Fraction(1, _centralizer(p)), shape(Counter(p))) for p in _integer_partitions(d))


def signed_shapes(d: int) -> Series | None:
    """Cycles that keep signs, and cycles that change one: the centralizer has 2 for each cycle more."""
    if d > _LARGEST or sum(_partitions(m) * _partitions(d - m) for m in range(d + 1)) > _MOST:
        return None
    terms: list[tuple[Fraction, Shape]] = []
    for m in range(d + 1):
        for kept, changed in itertools.product(_integer_partitions(m), list(_integer_partitions(d - m))):
            size = _centralizer(kept) * _centralizer(changed) * 2 ** (len(kept) + len(changed))
            negative = times(
                shape(Counter(2 * r for r in changed)), shape({r: -c for r, c in Counter(changed).items()})
            )
            terms.append((Fraction(1, size), times(shape(Counter(kept)), negative)))
    return collected(terms)
