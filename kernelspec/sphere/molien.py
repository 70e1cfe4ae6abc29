r"""Molien's series in Frame shapes: coefficients of products of (1 - t^r)^{-e}, exact, and bounds of them.

For a matrix g of finite order and with rational entries det(1 - t g) is a product of cyclotomic polynomials, hence

.. math:: \det(1 - t g) = \prod_r (1 - t^r)^{e_r}, \qquad \sum_r r\,e_r = d,

with integers e_r, its Frame shape: the cycles of g where g permutes coordinates. G acts on the harmonics of degree k
with the character chi_k(g) = [t^k] (1 - t^2)/det(1 - t g), since polynomials of degree k are those harmonics and
|x|^2 times polynomials of degree k - 2; the invariants among them have the dimension

.. math:: N_G(d,k) = \frac{1}{|G|}\sum_g \chi_k(g) = [t^k]\,(1 - t^2)\,\frac{1}{|G|}\sum_g \frac{1}{\det(1 - t g)}.

Source: Molien (1897); Stanley (1979), "Invariants of finite groups and their applications to combinatorics".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

# (r, e_r) with e_r != 0, by growing r.
Shape: TypeAlias = tuple[tuple[int, int], ...]
# What is summed: weights and shapes.
Series: TypeAlias = tuple[tuple[Fraction, Shape], ...]

_DENSE = 512  # degrees up to which a series is multiplied out for one coefficient
LARGEST_WORK = 2 * 10**9  # bits of a polynomial at work


def shape(exponents: dict[int, int]) -> Shape:
    """The exponents that are not 0, in order."""
    return tuple(sorted((r, e) for r, e in exponents.items() if e))


def times(*shapes: Shape) -> Shape:
    """The shape of a product of polynomials, of block matrices."""
    total: dict[int, int] = {}
    for each in shapes:
        for r, e in each:
            total[r] = total.get(r, 0) + e
    return shape(total)


def collected(terms: Iterable[tuple[Fraction | int, Shape]]) -> Series:
    """Terms of one shape as one."""
    total: dict[Shape, Fraction] = {}
    for weight, each in terms:
        total[each] = total.get(each, Fraction(0)) + weight
    return tuple((weight, each) for each, weight in total.items() if weight)


def harmonic(each: Shape) -> Shape:
    """The shape of det(1 - t g)/(1 - t^2)."""
    return times(each, ((2, -1),))


def coefficients(series: Series, count: int) -> list[int]:
    """[t^k] of a sum of weights over shapes, k < count; integers."""
    from flint import fmpz_poly

    common = math.lcm(*(weight.denominator for weight, _ in series))
    total = fmpz_poly([0])
    for weight, each in series:
        total += int(weight * common) * _expanded(each, count)
    found = [int(c) for c in total.coeffs()]
    found += [0] * (count - len(found))
    assert all(c % common == 0 for c in found), "weights of no group"
    return [c // common for c in found]


def coefficient(series: Series, k: int) -> int:
    """[t^k] of a sum of weights over shapes, at one k of any size."""
    if k < _DENSE:
        return coefficients(series, k + 1)[k]
    total = sum((weight * _coefficient(each, k) for weight, each in series), Fraction(0))
    assert total.denominator == 1, "weights of no group"
    return int(total)


def character_share(each: Shape, d: int, k: int) -> Fraction:
    r"""A bound of |chi_j(g)| / N(d, j) for all j >= k, for a g of this shape; 1 where none is known below it.

    In absolute values, coefficient by coefficient, (1 - t^2)/det(1 - t g) is at most

    .. math:: \prod_{e_r<0}(1 + t^r)^{-e_r}\,(1 - t)^{-c}, \qquad c = \sum_{e_r>0} e_r,

    with the exponents of (1 - t^2)/det(1 - t g), as 1/(1 - t^r) has the coefficients 0 and 1 alone; first each
    (1 - t^2)/(1 - t) is written as 1 + t. The coefficients of (1 - t)^{-c} do not fall, so that the j-th is at most 2^n
    C(j + c - 1, c - 1) with n binomials above. Its ratio to N(d, j) = (2j + d - 2)/(j + d - 2) C(j + d - 2, d - 2) does
    not grow with j for c - 1 <= d - 2: the first factor grows, and the quotient of binomials is a constant times the
    product of 1/(j + i), c - 1 < i <= d - 2. As chi_j(-g) = +-chi_j(g), the smaller bound of both shapes counts. For
    d >= 3 and g other than 1 and -1 it tends to 0. Derived here.
    """
    best = Fraction(1)
    if d < 3:
        return best
    for one in (each, negated(each)):
        exponents = dict(harmonic(one))
        both = max(0, min(-exponents.get(2, 0), exponents.get(1, 0)))
        exponents[1] = exponents.get(1, 0) - both
        exponents[2] = exponents.get(2, 0) + both
        doubled = both - sum(e for e in exponents.values() if e < 0)
        c = sum(e for e in exponents.values() if e > 0)  # at least 1, as sum r e_r >= d - 2
        if c - 1 <= d - 2:
            most = 2**doubled * math.comb(k + c - 1, c - 1) * (k + d - 2)
            best = min(best, Fraction(most, (2 * k + d - 2) * math.comb(k + d - 2, d - 2)))
    return best


def negated(each: Shape) -> Shape:
    """The shape of -g: 1 - t^r at -t is 1 + t^r = (1 - t^{2r})/(1 - t^r) for odd r."""
    total: dict[int, int] = {}
    for r, e in each:
        if r % 2:
            total[2 * r] = total.get(2 * r, 0) + e
            total[r] = total.get(r, 0) - e
        else:
            total[r] = total.get(r, 0) + e
    return shape(total)


# -- within --------------------------------------------------------------------------------------------


def _binomials(e: int, count: int) -> list[int]:
    """The first `count` coefficients of (1 - s)^{-e}."""
    found, value = [], 1
    for j in range(count):
        found.append(value)
        value = value * (e + j) // (j + 1)
    return found


def _power(r: int, e: int, count: int) -> Any:
    """(1 - t^r)^{-e} below t^count."""
    from flint import fmpz_poly

    entries = [0] * count
    entries[::r] = _binomials(e, (count + r - 1) // r)
    return fmpz_poly(entries)


def _expanded(each: Shape, count: int) -> Any:
    """The product of (1 - t^r)^{-e} below t^count, a polynomial."""
    from flint import fmpz_poly

    total = fmpz_poly([1] if count else [])
    for r, e in each:
        total = total.mul_low(_power(r, e, count), count)
    return total


def _coefficient(each: Shape, k: int) -> int:
    """[t^k] at one large k: a sum over binomials where one r is left, else by halving k."""
    above = tuple((r, -e) for r, e in each if e < 0)
    below = tuple((r, e) for r, e in each if e > 0)
    top = _polynomial(above, k)
    if not below:
        return int(top[k])
    if len(below) == 1:
        r, e = below[0]
        places = [j for j in range(len(top)) if top[j] and (k - j) % r == 0]
        return sum(int(top[j]) * math.comb(e - 1 + (k - j) // r, e - 1) for j in places)
    return _halved(top, _polynomial(below, k), k)


def _polynomial(factors: Shape, k: int) -> Any:
    """The product of (1 - t^r)^e, e > 0, below t^(k + 1)."""
    degree = min(k, sum(r * e for r, e in factors))
    if degree * max(64, sum(e for _, e in factors)) > LARGEST_WORK:
        raise ValueError(f"k must be smaller for this group: its series has a denominator of degree {degree}")
    return _expanded(tuple((r, -e) for r, e in factors), degree + 1)


def _halved(top: Any, below: Any, k: int) -> int:
    """[t^k] top/below: (P(t) Q(-t))/(Q(t) Q(-t)), whose denominator is even, again and again (Bostan & Mori 2021)."""
    from flint import fmpz_poly

    while k:
        other = fmpz_poly([c if i % 2 == 0 else -c for i, c in enumerate(below.coeffs())])
        above = (top * other).coeffs()[k % 2 : k + 1 : 2]
        top, below = fmpz_poly(above), fmpz_poly((below * other).coeffs()[: k + 1 : 2])
        k //= 2
    return int(top[0]) // int(below[0])
