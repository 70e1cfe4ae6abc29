"""The mean squares of a function's harmonic parts in rational numbers, over a parity in which it is a polynomial.

There no ball is needed to see that a part is 0, whatever the function is written as: `relu(1)` of u less that of -u is
u, and a polynomial kernel of <w, x> may be a polynomial in x1, x2, ...
"""

from __future__ import annotations

from fractions import Fraction

from .. import sphere
from ..numbers.rational import rational_root
from .components import Component
from .ridge import Function


def exact_energies(d: int, f: Function, parts: list[Component], parity: int, count: int) -> list[Fraction] | None:
    """A_k for the k < count of one parity; None where they are not known to be rational, or not to end."""
    ends = [part.vanishes_from(r) for part in parts for r in (parity, parity + 2)]
    degree = max([f._harmonics.degree, *(end - 1 for end in ends if end is not None)], default=-1)
    if None in ends:
        return None
    cosines = {(i, j): _rational_cosine(parts[i], parts[j]) for i in range(len(parts)) for j in range(i)}
    lengths = [rational_root(part.direction.square) for part in parts]
    polynomial_parts = [f._harmonics.values(part.direction.w) for part in parts] if f.polynomial else []
    found = []
    for k in range(parity, count, 2):
        if k > degree:
            found.append(Fraction(0))
            continue
        g = [part.exactly(k) for part in parts]
        if None in g:
            return None
        values = [Fraction(0) if x is None else x for x in g]
        number = int(sphere.multiplicity(d, k))
        total = f._harmonics.squares[k] if k <= f._harmonics.degree else Fraction(0)
        for i, value in enumerate(values):
            total += number * value**2
            if k <= f._harmonics.degree and polynomial_parts and value and polynomial_parts[i][k]:
                length = lengths[i]
                if length is None and k % 2:
                    return None
                power = Fraction(length or 1) ** k if length is not None else parts[i].direction.square ** (k // 2)
                total += 2 * value * polynomial_parts[i][k] / power
            for j in range(i):
                if not value * values[j]:
                    continue
                c = cosines[i, j]
                if c is None:
                    return None
                total += 2 * number * value * values[j] * _legendre(d, c, k)
        found.append(total)
    return found


def _rational_cosine(first: Component, second: Component) -> Fraction | None:
    a, b = first.direction, second.direction
    length = rational_root(a.square * b.square)
    return None if length is None else sum((x * y for x, y in zip(a.w, b.w, strict=True)), Fraction(0)) / length


def _legendre(d: int, c: Fraction, degree: int) -> Fraction:
    before, now = Fraction(0), Fraction(1)
    for k in range(degree):
        before, now = now, c if k == 0 else ((2 * k + d - 2) * c * now - k * before) / (k + d - 2)
    return now
