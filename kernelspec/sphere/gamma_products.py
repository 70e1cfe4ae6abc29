r"""Products of Gamma functions as data: eigenvalues in closed form, stated once and read in four number systems.

.. math:: 2^a \pi^b \prod_i \frac{\Gamma(x_i)}{\Gamma(y_i)}

with arguments that are linear in the degree k (and in m, for u^m). A quotient of Gamma functions at poles is its limit
where all arguments move alike: a pole below that none above meets makes an exact 0, so that integer exponents need no
formula of their own. Floats add logarithms in pairs of float64 (``gamma``) and keep their digits at d = 1e6 and
k = 1e9; balls have no range.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..numbers.arithmetic_protocol import Value
from ..numbers.checks import FloatArray
from ..numbers.exact_numbers import as_sympy, ball, decimal
from ..numbers.gamma import log_gamma_ratio_pairs
from ..numbers.pairs import PI, Pair, exp_pair, log_pair, pair_product, pair_sum
from ..numbers.precision import cached_property

if TYPE_CHECKING:
    import flint
    import sympy

__all__ = ["HALF", "ClosedForm", "GammaProduct", "K", "Line", "M"]

HALF = Fraction(1, 2)
# Of values: a rounding of 1 + low, one of its product with exp, an ulp of exp. Two thirds of it were seen.
_ERROR = 2.0**-51
_SHORT = 32  # factors
_PAIR = 2.0**-101  # relative roundings of logarithms in pairs, all together


@runtime_checkable
class ClosedForm(Protocol):
    """mu_k for the degrees of a parity in which the kernel is no polynomial, in three readings."""

    def floats(self, k: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """mu_k, log|mu_k|, sign and relative error for an array of degrees of that parity."""

    def ball(self, k: int) -> flint.arb:
        """mu_k as an Arb ball, at flint's precision in force."""

    def sympy(self, k: int) -> sympy.Expr:
        """mu_k as a sympy expression."""


@dataclass(frozen=True)
class Line:
    """start + k times the degree + m times the exponent of u^m."""

    start: Value = Fraction(0)
    k: Fraction = Fraction(0)
    m: Fraction = Fraction(0)

    def __add__(self, other: Value) -> Line:
        other = other if isinstance(other, Line) else Line(other)
        # A Fraction on the left does not know sympy's floats.
        return Line(other.start + self.start, self.k + other.k, self.m + other.m)

    __radd__ = __add__

    def __mul__(self, factor: Fraction | int) -> Line:
        return Line(self.start * factor, self.k * factor, self.m * factor)

    def __neg__(self) -> Line:
        return self * -1

    def __sub__(self, other: Value) -> Line:
        return self + -other

    @cached_property
    def _start(self) -> Pair:
        return _pair(self.start)

    def pair(self, k: FloatArray, m: FloatArray) -> Pair:
        """The values at arrays of degrees and exponents, rounded to pairs."""
        moving = [float(slope) * x for slope, x in ((self.k, k), (self.m, m)) if slope]
        return pair_sum(self._start, *moving)

    @cached_property
    def _integers(self) -> tuple[int, int, int, int]:
        parts = [Fraction(decimal(part)) for part in (self.start, self.k, self.m)]
        q = math.lcm(*(part.denominator for part in parts))
        start, k, m = (int(part * q) for part in parts)
        return start, k, m, q

    def at(self, k: int, m: int) -> tuple[int, int]:
        """The exact value at integers: numerator and denominator, perhaps not in lowest terms."""
        start, by_k, by_m, q = self._integers
        return start + by_k * k + by_m * m, q


# The degree, and the exponent of u^m.
K, M = Line(k=Fraction(1)), Line(m=Fraction(1))
_ONE = Line(Fraction(1))


@dataclass(frozen=True)
class GammaProduct:
    """2^two pi^pi times Gamma(above) over Gamma(below), arguments being numbers or linear (`Line`); see the module.

    Floats take the logarithm of Gamma(above_i)/Gamma(below_i) at once: two arguments of similar size lose the fewest
    digits.
    """

    above: tuple[Value, ...]
    below: tuple[Value, ...]
    two: Value = 0
    pi: Value = 0
    evaluated: bool = True  # whether sympy works out what depends on no k

    def __post_init__(self) -> None:
        for name in ("above", "below"):
            object.__setattr__(self, name, tuple(map(_line, getattr(self, name))))
        object.__setattr__(self, "two", _line(self.two))

    def times(self, above: tuple[Value, ...] = (), pi: int = 0) -> GammaProduct:
        """The product times Gamma functions and a power of pi."""
        return replace(self, above=(*self.above, *above), pi=self.pi + pi)

    def part(self, moving: bool) -> GammaProduct:
        """The Gamma functions that depend on k, or all the rest."""
        above, below = (tuple(x for x in side if bool(x.k) == moving) for side in (self.above, self.below))
        return GammaProduct(above, below) if moving else replace(self, above=above, below=below)

    @cached_property
    def _powers(self) -> dict[Line, int]:
        """The arguments with the exponents of their Gamma functions."""
        powers = Counter(self.above)
        powers.subtract(self.below)
        del powers[_ONE]
        return {x: count for x, count in powers.items() if count}

    # -- floats ---------------------------------------------------------------------------------------

    def floats(
        self, k: FloatArray, m: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Value, logarithm of its size, sign and relative error at arrays of degrees (and exponents)."""
        k = np.asarray(k, dtype=np.float64)
        sign, (high, low), size = self._log(k.ravel(), k.ravel() if m is None else m.ravel())
        value, zero = exp_pair((high, low)), sign == 0
        value = np.where(zero, 0.0, np.where(sign < 0, -value, value)).reshape(k.shape)
        log_abs = np.where(zero, -np.inf, high + low).reshape(k.shape)
        error = np.where(zero, 0.0, _ERROR + _PAIR * size).reshape(k.shape)
        return value, log_abs, sign.reshape(k.shape), error

    def _log(self, k: FloatArray, m: FloatArray) -> tuple[FloatArray, Pair, FloatArray]:
        """Signs, logarithms in pairs, and the sum of the sizes of all logarithms, for flat arrays."""
        sign, order = np.ones(k.size), np.zeros(k.size)
        ratios: list[tuple[Pair, Pair]] = []
        terms: list[tuple[int, Any]] = []  # how often each counts, and at which places
        for (above, below), count in self._ratios:
            ends = []
            for line, side in (below, -count), (above, count):
                x = line.pair(k, m)
                negative = np.flatnonzero(x[0] <= 0)
                if negative.size:
                    x, (mirror, rest, turn, pole) = _folded(x, negative)
                    places = slice(None) if x[0].size == 1 else negative
                    ratios.append((mirror, rest))
                    terms.append((side, places))
                    sign[places] *= turn**count
                    order[places] += side * pole
                ends.append(x)
            ratios.append((ends[0], ends[1]))
            terms.append((count, slice(None)))
        high, low = (np.zeros(k.size) + part for part in self._head(m))
        size = np.abs(high)
        for (count, places), log in zip(terms, log_gamma_ratio_pairs(ratios), strict=True):
            part = pair_product(log, pair_sum(float(count)))
            high[places], low[places] = pair_sum((high[places], low[places]), part)
            size[places] += np.abs(part[0])
        _require_finite(order.max(initial=0.0))
        return np.where(order < 0, 0.0, sign), (high, low), size

    @cached_property
    def _ratios(self) -> list[tuple[tuple[Line, Line], int]]:
        ratios = zip_longest(self.above, self.below, fillvalue=_ONE)
        return list(Counter(ratios).items())

    def _head(self, m: FloatArray) -> Pair:
        """The logarithm of 2^two pi^pi."""
        two, pi = _logarithms()
        return pair_sum(pair_product(self.two.pair(m, m), two), pair_product(_pair(Fraction(self.pi)), pi))

    # -- balls, sympy, fractions ------------------------------------------------------------------------

    def ball(self, k: int, m: int = 0) -> flint.arb:
        """The product as an Arb ball, at flint's precision in force."""
        from flint import arb, fmpq

        value, order = arb(2) ** arb(fmpq(*self.two.at(k, m))) * arb.pi() ** ball(self.pi), 0
        for line, count in self._powers.items():
            p, q = line.at(k, m)
            if p > 0:
                value *= arb(fmpq(p, q)).gamma() ** count
                continue
            # Gamma(x) = (-1)^n pi / (sin(pi (x-n)) Gamma(1-x)); next to the pole n: (-1)^n / ((x-n) Gamma(1-x))
            n = (2 * p + q) // (2 * q)
            value *= ((-1) ** n / arb(fmpq(q - p, q)).gamma()) ** count
            if p == n * q:
                order += count
            else:
                value *= (arb.pi() / arb.sin_pi_fmpq(fmpq(p - n * q, q))) ** count
        _require_finite(order)
        return arb(0) if order < 0 else value

    def sympy(self, k: int | sympy.Expr, m: int = 0) -> sympy.Expr:
        """The product as a sympy expression, of an integer or a symbol."""
        import sympy

        two = sympy.Pow(2, _symbolic(self.two, k, m), evaluate=self.evaluated)
        above: list[sympy.Expr] = [two, sympy.pi ** as_sympy(self.pi)]
        below: list[sympy.Expr] = []
        order = 0
        for line, count in self._powers.items():
            x = _symbolic(line, k, m)
            if x.is_integer and x.is_nonpositive:
                order += count
                part = sympy.Integer(-1) ** x / sympy.factorial(-x)
            else:
                part = sympy.gamma(x, evaluate=self.evaluated or bool(line.k) or count < 0)
            (above if count > 0 else below).extend([part] * abs(count))
        _require_finite(order)
        return sympy.Integer(0) if order < 0 else sympy.Mul(*above) / sympy.Mul(*below)

    def fraction(self, k: int, m: int = 0) -> Fraction:
        """The product as a fraction, where the arguments of every ratio differ by an integer."""
        top = bottom = 1
        for above, below in zip(self.above, self.below, strict=True):
            (x, q), (y, r) = above.at(k, m), below.at(k, m)
            if q != r:
                x, y, q = x * r, y * q, q * r
            shared = math.gcd(x, q)  # x - y is a multiple of q
            low, steps, q = min(x, y) // shared, abs(x - y) // q, q // shared
            product, power = _product(range(low, low + steps * q, q)), q**steps
            if x >= y:
                top, bottom = top * product, bottom * power
            else:
                top, bottom = top * power, bottom * product
        p, q = self.two.at(k, m)
        return Fraction(top << max(p // q, 0), bottom << max(-p // q, 0))


def _line(x: Value) -> Line:
    return x if isinstance(x, Line) else Line(x)


def _require_finite(order: float) -> None:
    if order > 0:
        raise ArithmeticError("a Gamma function above is at a pole that none below meets")


def _pair(q: Value) -> Pair:
    """An exact number as a pair."""
    exact = Fraction(decimal(q))
    high = float(exact)
    return np.full(1, high), np.full(1, float(exact - Fraction(high)))


@functools.cache
def _logarithms() -> tuple[Pair, Pair]:
    """log 2 and log pi."""
    return log_pair(_pair(2)), log_pair(PI)


def _folded(x: Pair, places: NDArray[np.intp]) -> tuple[Pair, tuple[Pair, Pair, Any, Any]]:
    """x with the numbers <= 0 at these places moved to z = x + j in (0, 1], and what else is left of Gamma there.

    Gamma(x) = (-1)^j Gamma(z) Gamma(1-z) / Gamma(1-x), so that this is 1-x, 1-z, a sign, and whether x is a pole:
    there Gamma(1-z) = -1/t at x + t, which cancels between a pole above and one below.
    """
    high, low = x[0][places], x[1][places]
    j = np.floor(-high) + 1.0 - ((np.floor(high) == high) & (low > 0))
    moved = pair_sum((high, low), j)
    rest = pair_sum((-moved[0], -moved[1]), 1.0)
    pole = rest[0] == 0
    x = x[0].copy(), x[1].copy()
    x[0][places], x[1][places] = moved
    mirror = pair_sum((-high, -low), 1.0)
    sign = np.where(j % 2 == 1, -1.0, 1.0)
    return x, (mirror, (np.where(pole, 1.0, rest[0]), rest[1]), sign, pole)


def _symbolic(line: Line, k: int | sympy.Expr, m: int) -> sympy.Expr:
    import sympy

    if isinstance(k, int) and type(line.start) in (int, Fraction):
        return sympy.Rational(*line.at(k, m))
    known = isinstance(line.start, Fraction | int)
    start = as_sympy(line.start) if known else sympy.sympify(line.start)
    return start + as_sympy(line.k) * k + as_sympy(line.m) * m


def _product(factors: range) -> int:
    """The product by halves, whose factors are of similar length."""
    if 0 in factors:
        return 0
    if len(factors) <= _SHORT:
        return math.prod(factors)
    half = len(factors) // 2
    return _product(factors[:half]) * _product(factors[half:])
