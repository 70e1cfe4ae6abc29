r"""Duals of smooth activations by name along a series u(t): Taylor coefficients known to 96 bits, where u starts.

kappa = sum_i b_i u^i, b_i >= 0 in balls (`kernels.smooth_duals`), is C^oo on [-1, 1] (claim 31) and analytic inside. At
x in [-1, 1],

.. math:: c_n(x) = \frac{\kappa^{(n)}(x)}{n!} = \sum_{i \ge n} \binom{i}{n} b_i x^{i-n} .

At the ends the series of these coefficients converges nowhere else: it is asymptotic, as are all expansions there.

*What is left out*, i >= N. Inside it is at most (sum_{i >= N} b_i) binom(N, n) |x|^{N-n} where that weight is below 1
(`piecewise_series`). Everywhere it is at most what it is at u = 1. There, sum_i i(i-1)...(i-k+1) b_i = E[(f^{(k)})^2],
and |f(x + iy)| <= A (1 + q^{1/2} |x + iy|) for |y| <= s (`hermite_balls`), so that |f^{(k)}(x)| <= k! s^{-k} A
(1 + q^{1/2} (|x| + s)) by Cauchy's inequality; with k = n + m

.. math:: \sum_{i \ge N} \binom{i}{n} b_i \le \frac{E[(f^{(k)})^2]}{n!\,(N-n)(N-n-1)\cdots(N-n-m+1)} \le
   \frac{3 A^2 (1 + q + q s^2)\, (k!)^2 s^{-2k}}{n!\,(N-n)\cdots(N-n-m+1)} ,

least at m next to s N^{1/2}: some e^{-2 s N^{1/2}} (derived here).
"""

from __future__ import annotations

import functools
import math
from typing import Any

import flint

from ..kernels import smooth_duals as smooth
from ..kernels.hermite_balls import SMOOTH, as_ball, strip
from ..numbers.closed_values import inverse
from ..numbers.constants import ZERO, Number, total
from ..numbers.exact_numbers import Scalar, as_number
from ..numbers.precision import precision
from ..numbers.rational import decimal_of, known_to
from .series import Series, known_steps, power_series

_SURE, _DIGITS = 96, 40
_LEAST = 32  # bits of small b_i, which are added up
_BITS = (192, 384, 768)  # tried, and what is left out falls by
_MOST_TERMS, _LONGEST = 1 << 14, 24  # of the series in u, and of those in t


def along(name: str, q: Scalar, steep: bool, u: Series) -> Series:
    """The dual, or its derivative, along a series u(t) that starts from a number in [-1, 1], or less of it."""
    step = u.plus(-u.start).leading()
    count = min(known_steps(step), _LONGEST)
    found = coefficients(name, q, u.start, count + steep)
    if steep:
        found = tuple(c.scaled(n) for n, c in enumerate(found))[1:]
    return power_series(found, step, u)


def normalised(name: str, q: Scalar, steep: bool, u: Series) -> Series:
    """The same, divided by what the dual is at u = 1: there it starts from 1, by its form."""
    return along(name, q, steep, u).times(inverse(as_number(smooth.mean_square(name, q))))


def coefficients(name: str, q: Scalar, x: Number, count: int) -> tuple[Number, ...]:
    """c_0, ..., c_{count-1} at -1 <= x <= 1, +-1 by its form; known to `_SURE` bits."""
    end = x.rational
    if end != -1:
        return _at(name, q, x, count)
    right, (parity, part) = _at(name, q, -x, count), smooth.exact_part(name, q)
    if parity is None:
        return _at(name, q, x, count)
    # P is of this parity, and kappa - P of the other one: c_n(-1) = (-1)^{n+1+parity} (c_n(1) - 2 c_n[P](1)).
    out = []
    for n, c in enumerate(right):
        own = [as_number(g).scaled(-2 * math.comb(i, n)) for i, g in part.items() if i >= n]
        out.append(total([c, *own]).scaled((-1) ** (n + 1 + parity)))
    return tuple(out)


@functools.lru_cache(maxsize=256)
def _at(name: str, q: Scalar, x: Number, count: int) -> tuple[Number, ...]:
    for bits in _BITS:
        with precision(bits):
            found = _balls(name, q, x.ball(bits), count)
        if all(c == 0 or c.rel_accuracy_bits() > _SURE for c in found):
            break
    else:
        raise ValueError(f"the expansion of {name} at the variance {float(q):.6g} is not known to {_SURE} bits")
    known = [as_number(known_to(decimal_of(c, _DIGITS), _SURE)) if c != 0 else ZERO for c in found]
    if x.rational == 1:  # what networks divide by
        known[0] = as_number(smooth.mean_square(name, q))
    return tuple(known)


def _balls(name: str, q: Scalar, x: Any, count: int) -> list[Any]:
    """Balls of c_n(x), at the precision in force."""
    terms = _length(name, q, x, count)
    squares, whole = smooth.at_precision(name, q, terms, _LEAST)
    found = flint.arb_poly(squares)(flint.arb_poly([x, 1]))
    beyond = whole - sum(squares, flint.arb(0))
    tails = []
    for n in range(count):
        at_ends = _rest(name, q, n, terms)
        inside = abs(beyond) * _weight(x, n, terms)
        tails.append(inside if inside < at_ends else at_ends)
    return [found[n] + flint.arb(0, 1) * tail for n, tail in enumerate(tails)]


def _length(name: str, q: Scalar, x: Any, count: int) -> int:
    """How many b_i tell all c_n(x), n < count."""
    terms, least = 2 * count + 64, flint.arb(2) ** -flint.ctx.prec
    while not (_rest(name, q, count - 1, terms) < least or _weight(x, count - 1, terms) < least):
        terms *= 2
        if terms > _MOST_TERMS:
            raise ValueError(
                f"the expansion of {name} at the variance {float(q):.6g} takes more than {_MOST_TERMS} coefficients"
            )
    return terms


def _weight(x: Any, n: int, terms: int) -> Any:
    """The largest of binom(i, n) |x|^{i-n}, i >= terms, where it is below 1; else, 1 and more."""
    found = flint.arb(terms).bin(n) * abs(x) ** (terms - n)
    return found if found < 1 else flint.arb("inf")


def _rest(name: str, q: Scalar, n: int, terms: int) -> Any:
    """The bound of what is left out at the ends, and so everywhere."""
    variance, s = as_ball(q), flint.arb(strip(name, q))
    m = max(min(int(float(s) * math.sqrt(terms)), (terms - n) // 2), 1)
    size = SMOOTH[name].size(s * variance.sqrt())
    bound = 3 * size**2 * (1 + variance * (1 + s * s)) * (flint.arb(n + m).fac() / s ** (n + m)) ** 2
    return bound / (flint.arb(n).fac() * flint.arb(terms - n - m + 1).rising(m))
