r"""Kernels along a series u(t), over exact numbers or over balls: `Zonal.pair` at a point whose numbers are series.

At first u = 1 - t or -1 + t, in a composition it is the series of the layers below. A coefficient is exact, or a ball
of many bits: nothing is rounded, so that 1 - u comes from u, the closed forms serve, and nothing is measured from a
base point. A number is computed when it is asked for (`Lazy`): the defects that a kernel returns beside its value cost
nothing here, since nobody reads them.

An arc-cosine kernel needs no case for the value that u starts from, because it is an integral (Cho & Saul 2009; claim
12: kappa_0' = (1-u^2)^{-1/2}/pi, kappa_n' = n^2/(2n-1) kappa_{n-1}):

.. math:: \kappa_0(u(t)) = \kappa_0(u(0)) + \frac1\pi \int_0^t \frac{u'(s)\,ds}{\sqrt{1-u(s)^2}}, \qquad
   \kappa_n(u(t)) = \kappa_n(u(0)) + \frac{n^2}{2n-1} \int_0^t \kappa_{n-1}(u(s))\, u'(s)\, ds,

termwise in rational powers of s; the square root comes out positive for u -> 1 and u -> -1 alike, and u' knows the
direction. At u(0) = +-1 this is claim 13, derived here.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from ..kernels.points import Pair, Point
from ..kernels.zonal import Zonal
from ..numbers import closed_values
from ..numbers.closed_arithmetic import ClosedArithmetic
from ..numbers.constants import ONE, ZERO, Number, rational
from ..numbers.exact_numbers import REMEDY, Exact, Rounded, Scalar, as_number
from ..numbers.precision import cached_property
from .rings import Ring
from .series import Series, constant

Value = Series | Number
_HALF = Fraction(1, 2)
_BITS = 64


def at_end(kernel: Zonal, at: int, length: Fraction, ring: Ring) -> Series:
    """kappa(1-t) (at = 1) or kappa(-1+t) (at = -1) from u = +-(1-t) + O(t^{1 + length}), or a little further.

    Its order may be less than `length` (after a root) or more. ValueError where the argument of a layer leaves
    [-1, 1], and for a kernel that is read in other numbers only.
    """
    q = 1
    while q * length < 8 and q * length != math.ceil(q * length):
        q *= 2
    body = [ring.number(rational(-at))] + [ring.zero] * (math.ceil(length * q) - 1)
    return along(kernel, Series(ring, q, rational(at), q, body, 1))


def along(kernel: Zonal, u: Series) -> Series:
    """kernel(u(t))."""
    return _series(u, SeriesPoint.of(known(u)).pair(kernel).value.value)


# -- numbers -----------------------------------------------------------------------------------------------------


def _sum(a: Value, b: Value) -> Value:
    if isinstance(a, Number):
        a, b = b, a
    if isinstance(a, Number) and isinstance(b, Number):
        return a + b
    assert isinstance(a, Series)
    return a + b if isinstance(b, Series) else a.plus(b)


def _product(a: Value, b: Value) -> Value:
    if isinstance(a, Series) and isinstance(b, Series):
        return a * b
    if isinstance(a, Number) and isinstance(b, Number):
        return a * b
    series, number = (a, b) if isinstance(b, Number) else (b, a)
    assert isinstance(series, Series) and isinstance(number, Number)
    q = number.rational
    if q is None:
        return series.times(number)
    return series.scaled(q) if q else ZERO


def _quotient(a: Value, b: Value) -> Value:
    return _product(a, closed_values.inverse(b) if isinstance(b, Number) else b.power(Fraction(-1)))


def _power(q: Fraction, x: Value) -> Value:
    if isinstance(x, Number):
        return closed_values.power(x, q)
    # A constant term may be 0, but not by its form.
    whole = q.denominator == 1 and q >= 0
    if not whole and x.v >= 1 and x.start and x.start.is_zero():
        x = replace(x, start=ZERO)
    return x.power(q)


def _exponential(x: Value) -> Value:
    return closed_values.exponential(x) if isinstance(x, Number) else x.exponential()


def _unknown() -> Value:
    raise ValueError("it is infinite, or not known exactly")


def _exponent(q: Fraction) -> Fraction:
    """An exponent, known exactly."""
    if isinstance(q, Rounded):
        raise ValueError(f"the law rests on an exponent that was rounded, {q}; {REMEDY}")
    return q


def _operation(function: Callable[[Value, Value], Value]) -> Callable[[Lazy, Lazy | Scalar | int], Lazy]:
    def applied(self: Lazy, other: Lazy | Scalar | int) -> Lazy:
        if isinstance(other, int | Fraction | Exact) and not isinstance(other, bool):
            other = _number(other)
        return Lazy(function, self, other) if isinstance(other, Lazy) else NotImplemented

    return applied


class Lazy:
    """A series or an exact number, computed from others when its `value` is asked for."""

    __slots__ = ("_function", "_parts", "_value")
    __array_ufunc__ = None  # NumPy has no functions of them

    def __init__(self, function: Callable[..., Value], *parts: Lazy) -> None:
        self._function, self._parts = function, parts
        self._value: Value | None = None

    @property
    def value(self) -> Value:
        """The value; those of its parts are found before it, without recursion: networks are deep."""
        stack = [self]
        while stack:
            lazy = stack[-1]
            if lazy._value is None:
                waiting = [part for part in lazy._parts if part._value is None]
                if waiting:
                    stack += waiting
                    continue
                lazy._value = lazy._function(*(part._value for part in lazy._parts))
                lazy._parts = ()
            stack.pop()
        assert self._value is not None
        return self._value

    __add__ = __radd__ = _operation(_sum)
    __mul__ = __rmul__ = _operation(_product)
    __sub__, __rsub__ = _operation(lambda a, b: _sum(a, -b)), _operation(lambda a, b: _sum(b, -a))
    __truediv__ = _operation(_quotient)
    __rtruediv__ = _operation(lambda a, b: _quotient(b, a))

    def __neg__(self) -> Lazy:
        return Lazy(operator.neg, self)

    def __pow__(self, n: int) -> Lazy:
        return Lazy(partial(_power, Fraction(n)), self)

    def __bool__(self) -> bool:
        raise TypeError("a series is neither true nor false")


def known(value: Value) -> Lazy:
    """A value that is there."""
    return Lazy(lambda: value)


@lru_cache(maxsize=1024)
def _number(q: Scalar | int) -> Lazy:
    return known(as_number(q))


def _series(like: Series, x: Value) -> Series:
    """A value as a series, a number known as far as `like`."""
    return x if isinstance(x, Series) else constant(like.ring, x, like)


class PuiseuxArithmetic(ClosedArithmetic):
    """Series in rational powers of t, and exact numbers."""

    def __init__(self) -> None:
        self.pi, self.infinity = known(closed_values.pi_power(1)), Lazy(_unknown)

    def number(self, q: Scalar) -> Lazy:
        return _number(q)

    def power(self, x: Lazy, q: Fraction) -> Lazy:
        _exponent(abs(q))
        return Lazy(partial(_power, q), x)

    def exp(self, x: Lazy) -> Lazy:
        return Lazy(_exponential, x)

    def constant(self, c: Lazy, like: Lazy) -> Lazy:
        return c

    def near(self, u: Lazy) -> bool:
        # Of two forms of one function each has all its digits.
        return False


# It has no arccos: an arc-cosine kernel is read as an integral (`SeriesPoint.arc_cosine`).
_ARITHMETIC: Any = PuiseuxArithmetic()
_ZERO = _number(0)

# -- points ------------------------------------------------------------------------------------------------------


class SeriesPoint(Point):
    """A cosine u(t) that is a series."""

    settles = False

    @classmethod
    def of(cls, u: Lazy) -> SeriesPoint:
        """The point u."""
        return cls(_ARITHMETIC, u, 1 - u, 1 + u)

    @cached_property
    def near(self) -> bool:
        """Whether u starts nearer to 1 than to -1."""
        return bool(self.u.value.start.ball(_BITS).mid() >= 0)

    @cached_property
    def inner(self) -> Lazy:
        """u with the value that it starts from: +-1 by its form, or a number in between."""
        return Lazy(_inner, self.u)

    def computed(self, function: Callable[..., Series], *parts: Lazy) -> Lazy:
        """A function of series that no arithmetic supplies (`Zonal.series`)."""
        return Lazy(lambda u, *values: function(*(_series(u, x) for x in values)), self.u, *parts)

    def pair(self, kernel: Zonal) -> Pair:
        found = self._images.get(kernel)
        if found is None:
            found = self._images[kernel] = self._read(kernel)
        return found

    def _read(self, kernel: Zonal) -> Pair:
        own = kernel.series(self)
        if own is not None:
            one = Lazy(partial(_at_one, kernel))
            return Pair(own, one - own, one)
        try:
            pair = kernel.pair(self)
            return pair if isinstance(pair.value, Lazy) else Pair(*(_ZERO + x for x in pair))
        except (AttributeError, TypeError) as error:
            raise ValueError(f"no expansion is known for {kernel!r}") from error

    def image(self, kernel: Zonal) -> SeriesPoint:
        """The point kernel(u(t)), at which an outer kernel reads."""
        found = self._points.get(kernel)
        if found is None:
            found = SeriesPoint.of(Lazy(_layer, self.u, self.pair(kernel).value))
            self._points[kernel] = found
        assert isinstance(found, SeriesPoint)
        return found

    def beginning(self) -> Point:
        return SeriesPoint.of(Lazy(lambda u: constant(u.ring, ONE, u), self.u))

    def defect_power(self, q: Fraction) -> Lazy:
        return Lazy(partial(_power, _exponent(q)), 1 - self.inner)

    def sine_power(self, p: Fraction) -> Lazy:
        return Lazy(lambda u: _sine_squared(u).power(p), self.inner)

    def arc_cosine(self, n: int) -> Lazy:
        found = self._tails.get(n)
        if found is None:
            slopes = [self.arc_cosine(n - 1)] if n else []
            found = self._tails[n] = Lazy(partial(_arc_cosine, n), self.inner, *slopes)
        return found


def _at_one(kernel: Zonal) -> Value:
    one = kernel.rational_one
    return _unknown() if one is None else as_number(one)


def _layer(u: Series, value: Value) -> Series:
    """What the next layer reads, no further than u is known."""
    value = _series(u, value)
    if value.q % u.q:
        return value
    return value.truncated(u.order_in(value.q))


def _inner(u: Series) -> Series:
    u = u.centred().leading()
    if u.start.rational not in (1, -1):
        for end in (1, -1):
            sign = (ONE - u.start.scaled(end)).sign()
            if sign < 0:
                raise ValueError("the argument of a layer leaves [-1, 1]")
            if sign == 0:
                return replace(u, start=rational(end))
    return u


def _sine_squared(u: Series) -> Series:
    return constant(u.ring, ONE, u) - u * u


def _arc_cosine(n: int, u: Series, *slope: Series) -> Series:
    """kappa_n(u(t)): the integrals of the module's docstring."""
    start = closed_values.arc_cosine(n, u.start)
    if not u.body:  # a constant, as far as is known
        order = u.order if abs(u.start.rational or 0) != 1 else max(u.order // 2, 1)
        residues = 0 if u.residues == 0 else None
        return Series(u.ring, u.q, start, order, [], residues)
    if n:
        integrand = slope[0].scaled(Fraction(n * n, 2 * n - 1))
    else:
        integrand = _sine_squared(u).power(-_HALF).times(closed_values.pi_power(-1))
    return (integrand * u.euler()).integrated(start)
