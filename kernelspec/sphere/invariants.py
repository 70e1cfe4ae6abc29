r"""Groups by their names: shifts of coordinates, permutations, changes of sign, reflections, generators.

>>> from kernelspec.sphere import invariants
>>> group = invariants.cyclic(28)
>>> group.order, group.gain([1, 2, 3]).round(2).tolist()
(28, [28.0, 28.93, 28.0])

Cyclic shifts have phi(r) elements of each order r | d, whose cycles all have r coordinates:

.. math:: N(d,k) = \frac1d \sum_{r | d} \varphi(r)\,[t^k]\,\frac{1 - t^2}{(1 - t^r)^{d/r}}.

A group that reflections generate has polynomials f_1, ..., f_d of degrees d_i as free generators of its invariants
(Chevalley 1955), so that its series is prod 1/(1 - t^{d_i}), |G| = prod d_i, and the rotations in it, half of it, have
(1 + t^n) times that, n = sum (d_i - 1) the number of reflections. No element is looked at.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from ..numbers.checks import flag, integer
from ..numbers.precision import default_errors
from .element_shapes import basic_degrees, permutation_shapes, signed_shapes
from .finite_groups import FiniteGroup, product
from .matrix_groups import closed, orthogonal_matrix, signed_permutation
from .molien import Series, collected, shape, times

__all__ = [
    "FiniteGroup",
    "coxeter",
    "cyclic",
    "dihedral",
    "matrices",
    "permutation_group",
    "permutations",
    "product",
    "shifts",
    "sign_changes",
    "signed_permutations",
    "trivial",
]

_LARGEST = 10_000  # dimension
_MOST = 100_000


def trivial(d: int) -> FiniteGroup:
    """The identity alone on R^d: every harmonic is invariant."""
    d = integer("d", d, 1, _LARGEST)
    series: Series = ((Fraction(1), ((1, d),)),)
    return FiniteGroup(f"trivial({d})", d, 1, series, series, ())


def cyclic(d: int, channels: int = 1) -> FiniteGroup:
    """The d cyclic shifts of d positions, each with so many coordinates: signals up to a translation.

    >>> cyclic(4).multiplicity([0, 1, 2, 3]).tolist()
    [1, 1, 2, 4]
    """
    d, channels = integer("d", d, 1, _LARGEST), integer("channels", channels, 1, _LARGEST)
    more = "" if channels == 1 else f", channels={channels}"
    return _shifts(f"cyclic({d}{more})", (d,), channels)


def shifts(sizes: Any, channels: int = 1) -> FiniteGroup:
    """The shifts of images or signals of these sizes along every axis, with periodic borders.

    Parameters
    ----------
    sizes : how many positions each axis has, a sequence; their product times `channels` is d, at most 10^4.
    channels : coordinates at each position.

    >>> group = shifts((28, 28), channels=3)
    >>> group.order, group.gain([1, 2]).round(2).tolist()
    (784, [784.0, 783.22])
    """
    if not isinstance(sizes, Iterable) or isinstance(sizes, str | bytes):
        raise TypeError(f"sizes must be a sequence of integers, one for each axis; got {sizes!r}")
    made = tuple(integer("sizes", n, 1, _LARGEST) for n in sizes)
    if not made:
        raise ValueError("sizes must hold at least one integer; got none")
    channels = integer("channels", channels, 1, _LARGEST)
    more = "" if channels == 1 else f", channels={channels}"
    return _shifts(f"shifts({made}{more})", made, channels)


@default_errors
def dihedral(d: int, channels: int = 1) -> FiniteGroup:
    """The cyclic shifts of d >= 2 positions and their reversals: necklaces that may be turned over."""
    d, channels = integer("d", d, 2, _LARGEST), integer("channels", channels, 1, _LARGEST)
    turns = _shifts("", (d,), channels)
    # A reversal of d positions has 1 fixed position where d is odd, else 0 or 2.
    fixed = (1,) if d % 2 else (0, 2)
    mirrors = [(Fraction(1, 2 * len(fixed)), shape({1: f * channels, 2: (d - f) // 2 * channels})) for f in fixed]
    series = collected([*((weight / 2, each) for weight, each in turns.series), *mirrors])
    more = "" if channels == 1 else f", channels={channels}"
    reversal = [d - 1 - u for u in range(d)]
    generators = (*(turns.generators or ()), _moved(reversal, channels))
    # Two positions have one shift, which is the reversal.
    order = 2 * d if d > 2 else 2
    return FiniteGroup(f"dihedral({d}{more})", d * channels, order, series, series, generators)


def permutations(d: int, rotations: bool = False) -> FiniteGroup:
    """All d! permutations of the coordinates, or the even ones alone: sets of numbers.

    >>> permutations(20).multiplicity([0, 1, 2, 3, 4, 5]).tolist()
    [1, 1, 1, 2, 3, 4]
    """
    d, rotations = integer("d", d, 1, 1000), flag("rotations", rotations)
    swaps = [(*range(2, d + 1), 1), (2, 1, *range(3, d + 1))] if d > 1 else []
    kinds = permutation_shapes(d)
    name = f"permutations({d}{', rotations=True' if rotations else ''})"
    if rotations:
        swaps = [_cycle(d, (0, 1, j)) for j in range(2, d)]
    return _reflections(name, tuple(range(1, d + 1)), rotations, kinds, tuple(swaps))


def signed_permutations(d: int, rotations: bool = False) -> FiniteGroup:
    """All 2^d d! permutations of the coordinates with changes of sign: the symmetries of the cube.

    >>> signed_permutations(3).order, signed_permutations(3).multiplicity([0, 2, 4, 6]).tolist()
    (48, [1, 0, 1, 1])
    """
    d, rotations = integer("d", d, 1, 1000), flag("rotations", rotations)
    kinds = signed_shapes(d)
    name = f"signed_permutations({d}{', rotations=True' if rotations else ''})"
    flip = (-1, *range(2, d + 1))
    swaps = [(*range(2, d + 1), 1), (2, 1, *range(3, d + 1))] if d > 1 else []
    if rotations:  # pairs of reflections
        swaps = [_signed_product(flip, each) for each in (*_neighbours(d), *_flips(d))]
        flip = tuple(range(1, d + 1))
    return _reflections(name, tuple(range(2, 2 * d + 1, 2)), rotations, kinds, (flip, *swaps))


def sign_changes(d: int) -> FiniteGroup:
    """All 2^d changes of the signs of coordinates: functions of |x_1|, ..., |x_d|."""
    d = integer("d", d, 1, 1000)
    each = [(Fraction(math.comb(d, m), 2**d), shape({1: d - 2 * m, 2: m})) for m in range(d + 1)]
    return FiniteGroup(f"sign_changes({d})", d, 2**d, ((Fraction(1), ((2, d),)),), collected(each), tuple(_flips(d)))


def coxeter(name: str, rotations: bool = False) -> FiniteGroup:
    """A finite irreducible group of reflections by its name, or the rotations in it.

    Parameters
    ----------
    name : "A5" (of the simplex of R^5), "B5" (of the cube), "D5", "E6", "E7", "E8", "F4", "G2", "H3" (of the
        icosahedron), "H4", "I2(m)" (of the polygon with m sides); the number is the dimension.
    rotations : only the elements of determinant 1: those of "H3" turn the icosahedron, those of "I2(m)" are the turns
        by multiples of 2 pi/m.

    >>> coxeter("H3", rotations=True).multiplicity([0, 1, 6, 10, 12, 15]).tolist()
    [1, 0, 1, 1, 1, 1]
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be a text such as 'H3'; got {name!r}")
    rotations, word = flag("rotations", rotations), f"coxeter({name!r}{', rotations=True' if rotations else ''})"
    return _reflections(word, basic_degrees(name), rotations, None, None)


def permutation_group(generators: Any, most: int = _MOST) -> FiniteGroup:
    """The group that permutations of coordinates generate.

    Parameters
    ----------
    generators : permutations p of 0, ..., d - 1, as lists: (g x)_i = x_{p_i}; at least one.
    most : of how many elements are listed; ValueError where there are more.

    >>> permutation_group([[1, 2, 0, 3]]).multiplicity([0, 1, 2]).tolist()
    [1, 2, 3]
    """
    if not isinstance(generators, Iterable) or isinstance(generators, str | bytes):
        raise TypeError(f"generators must be permutations, a list of lists of integers; got {generators!r}")
    made = [signed_permutation("generators", each) for each in generators]
    return _generated("permutation_group", made, most)


def matrices(generators: Any, most: int = _MOST) -> FiniteGroup:
    """The group that orthogonal matrices with rational entries generate.

    Parameters
    ----------
    generators : square matrices of one size d, of integers, fractions, or floats, which are read as the numbers that
        they are: 0.5 is 1/2, and cos(0.4 pi) makes no orthogonal matrix. At least one.
    most : of how many elements are listed; ValueError where there are more, or infinitely many.

    Raises TypeError and ValueError that say which matrix is not orthogonal, or of infinite order.

    >>> matrices([[[0, -1], [1, 0]], [[1, 0], [0, -1]]])
    matrices(2 generators of 8 elements on R^2)
    """
    if not isinstance(generators, Iterable) or isinstance(generators, str | bytes):
        raise TypeError(f"generators must be square matrices, a list of them; got {generators!r}")
    return _generated("matrices", [orthogonal_matrix("generators", each) for each in generators], most)


# -- within --------------------------------------------------------------------------------------------


def _generated(name: str, made: list[Any], most: Any) -> FiniteGroup:
    most = integer("most", most, 1)
    if not made:
        raise ValueError("generators must hold at least one; got none")
    d = len(made[0])
    for each in made:
        if len(each) != d:
            raise ValueError(f"generators must have one size; got {d} and {len(each)}")
    order, series = closed(made, d, most)
    text = f"{name}({len(made)} generator{'s' * (len(made) > 1)} of {order} elements on R^{d})"
    return FiniteGroup(text, d, order, series, series, tuple(made))


def _shifts(name: str, sizes: tuple[int, ...], channels: int) -> FiniteGroup:
    """prod gcd(s, n_i) elements have an order that divides s; those of order r by the formula of Moebius."""
    positions, d = math.prod(sizes), math.prod(sizes) * channels
    if d > _LARGEST:
        raise ValueError(f"sizes must have a product, times channels, of at most {_LARGEST}; got {d}")
    whole = math.lcm(*sizes)
    orders = [r for r in range(1, whole + 1) if whole % r == 0] if whole <= _LARGEST else _divisors(whole)
    of_order: dict[int, int] = {}
    for r in orders:
        dividing = math.prod(math.gcd(r, n) for n in sizes)
        of_order[r] = dividing - sum(count for s, count in of_order.items() if r % s == 0)
    series = collected((Fraction(count, positions), ((r, d // r),)) for r, count in of_order.items() if count)
    generators = []
    for axis, n in enumerate(sizes):
        inner = math.prod(sizes[axis + 1 :])
        moved = [u + (inner if u // inner % n < n - 1 else -(n - 1) * inner) for u in range(positions)]
        if n > 1:
            generators.append(_moved(moved, channels))
    return FiniteGroup(name, d, positions, series, series, tuple(generators))


def _divisors(n: int) -> list[int]:
    small = [r for r in range(1, math.isqrt(n) + 1) if n % r == 0]
    return sorted({*small, *(n // r for r in small)})


def _moved(positions: list[int], channels: int) -> tuple[int, ...]:
    """A permutation of positions as one of coordinates, the channels of a position side by side."""
    return tuple(p * channels + c + 1 for p in positions for c in range(channels))


def _reflections(
    name: str, degrees: tuple[int, ...], rotations: bool, kinds: Series | None, generators: Any
) -> FiniteGroup:
    """A group of reflections, by the degrees of its basic invariants; `kinds` its elements, where they are listed."""
    mirrors, order = sum(degrees) - len(degrees), math.prod(degrees)
    one = shape(Counter(degrees))
    if not rotations:
        return FiniteGroup(name, len(degrees), order, ((Fraction(1), one),), kinds, generators)
    if kinds is not None:  # det g = (-1)^(d - number of cycles), by the shape: that of prod (-1)^(e_r (r - 1))
        kinds = collected((2 * weight, each) for weight, each in kinds if not sum(e * (r - 1) for r, e in each) % 2)
    both = times(one, ((mirrors, 1), (2 * mirrors, -1))) if mirrors else one
    # 1 + t^n = (1 - t^2n)/(1 - t^n)
    return FiniteGroup(name, len(degrees), max(order // 2, 1), ((Fraction(1), both),), kinds, generators)


def _cycle(d: int, places: tuple[int, ...]) -> tuple[int, ...]:
    image = list(range(1, d + 1))
    for a, b in zip(places, (*places[1:], places[0]), strict=True):
        image[a] = b + 1
    return tuple(image)


def _neighbours(d: int) -> list[tuple[int, ...]]:
    return [_cycle(d, (j, j + 1)) for j in range(d - 1)]


def _flips(d: int) -> list[tuple[int, ...]]:
    return [(*range(1, j + 1), -(j + 1), *range(j + 2, d + 1)) for j in range(d)]


def _signed_product(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """First b, then a."""
    return tuple(b[abs(p) - 1] * (1 if p > 0 else -1) for p in a)
