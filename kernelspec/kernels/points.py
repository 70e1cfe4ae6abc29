"""Points u = cos(theta) that know their distance to both ends, and the arc-cosine function at them.

Near u = 1 everything of interest sits in 1 - u, so a point carries u, the defect delta = 1 - u and the co-defect
1 + u separately, each to full relative accuracy, and a kernel returns a `Pair`: its value and its own defect
kappa(1) - kappa(u). With psi the angle to the nearer end, the degree-n arc-cosine kernel (Cho & Saul 2009; claim 12) is

    kappa_n(u) = b_n(u) - (-1)^n tail_n(psi)    near u = +1,        kappa_n(u) = tail_n(psi)    near u = -1,

where b_n(u) = kappa_n(u) + (-1)^n kappa_n(-u) is a polynomial and

    tail_n(psi) = (2^{n+1}/pi) prod_{j<=n} 2j^2/(4j^2-1)  sin^{2n+1}(psi/2)  2F1(1/2, 1/2; n+3/2; sin^2(psi/2)),

claim 13 summed (n = 0: psi/pi; n = 1: (sin psi - psi cos psi)/pi). No term cancels in either form.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ..numbers.arithmetic import Arithmetic, BallArithmetic, FloatArithmetic, SeriesArithmetic, Value
from ..numbers.arithmetic_protocol import Numerical
from ..numbers.closed_polynomials import closed_form_polynomials
from ..numbers.precision import cached_property
from .base_points import as_rational, chosen, exact_at, next_to, reached

if TYPE_CHECKING:
    from ..numbers.exact_numbers import Scalar
    from .zonal import Zonal

_HALF = Fraction(1, 2)


class Pair(NamedTuple):
    """What a kernel returns at a point: kappa(u), kappa(1) - kappa(u), and kappa(1)."""

    value: Value
    defect: Value
    one: Value


def pair_sum(a: Pair, b: Pair) -> Pair:
    """a + b."""
    return Pair(a.value + b.value, a.defect + b.defect, a.one + b.one)


def product_pair(a: Pair, b: Pair) -> Pair:
    """ab, with a(1)b(1) - ab = a(1) (b(1) - b) + b (a(1) - a)."""
    return Pair(a.value * b.value, a.one * b.defect + b.value * a.defect, a.one * b.one)


@dataclass(eq=False)
class Point:
    """A cosine with its defects from both ends, in some arithmetic."""

    arithmetic: Arithmetic
    u: Value
    delta: Value
    codelta: Value

    settles = True  # whether sums and products are measured from base points (`base_points`)

    def __post_init__(self) -> None:
        self._images: dict[Zonal, Pair] = {}
        self._points: dict[Zonal, Point] = {}

    @classmethod
    def from_cosine(cls, arithmetic: Arithmetic, u: Value) -> Point:
        return cls(arithmetic, u, 1 - u, 1 + u)

    @classmethod
    def from_angle(cls, arithmetic: Numerical, theta: Value) -> Point:
        """From theta, accurate for theta near 0."""
        half_sine, half_cosine = arithmetic.sin(theta / 2), arithmetic.cos(theta / 2)
        return cls(arithmetic, arithmetic.cos(theta), 2 * half_sine * half_sine, 2 * half_cosine * half_cosine)

    @classmethod
    def from_supplement(cls, arithmetic: Numerical, phi: Value) -> Point:
        """From phi = pi - theta, accurate for theta near pi."""
        mirror = cls.from_angle(arithmetic, phi)
        return cls(arithmetic, -mirror.u, mirror.codelta, mirror.delta)

    @classmethod
    def from_pair(cls, arithmetic: Arithmetic, pair: Pair, short: Scalar | None = None) -> Point:
        """The point at which the next layer reads, given the pair of the layer before (Bietti & Bach 2021; claim 23).

        `short` is 1 - kappa(1) where that is known: it is small for steep layers, and `pair.one` rounds.
        """
        if type(short) is Fraction and not short:
            defect = pair.defect
        else:
            defect = (1 - pair.one if short is None else arithmetic.number(short)) + pair.defect
        delta = arithmetic.nonnegative(defect)
        return cls(arithmetic, pair.value, delta, arithmetic.nonnegative(1 + pair.value))

    def within(self) -> Point:
        """The point, a ball of it without what sticks out of [-1, 1]."""
        self.delta, self.codelta = (self.arithmetic.nonnegative(x) for x in (self.delta, self.codelta))
        return self

    @property
    def numerical(self) -> Numerical:
        """Its arithmetic, for a formula in functions that symbols and series have not got; TypeError for these."""
        if self.arithmetic.closed_form:
            raise TypeError(f"{type(self.arithmetic).__name__} has closed forms only")
        return self.arithmetic

    @cached_property
    def near(self) -> Value:
        return self.arithmetic.near(self.u)

    @cached_property
    def half_sine_squared(self) -> Value:
        """sin^2(psi/2), psi the angle to the nearer end."""
        return self.arithmetic.select(self.near, self.delta, self.codelta) / 2

    @cached_property
    def half_sine(self) -> Value:
        """sin(psi/2)."""
        return self.arithmetic.sqrt(self.half_sine_squared)

    @cached_property
    def half_cosine(self) -> Value:
        farther = self.arithmetic.select(self.near, self.codelta, self.delta)
        return self.arithmetic.sqrt(farther / 2)

    @cached_property
    def psi(self) -> Value:
        if self.arithmetic.closed_form:
            return self.arithmetic.acos(self.u)
        return 2 * self.arithmetic.asin(self.half_sine)

    @cached_property
    def sine(self) -> Value:
        if self.arithmetic.closed_form:
            return self.arithmetic.sqrt(1 - self.u * self.u)
        return 2 * self.half_sine * self.half_cosine

    @cached_property
    def near_cosine(self) -> Value:
        """cos(psi)."""
        return self.arithmetic.select(self.near, self.u, -self.u)

    def defect_power(self, q: Fraction) -> Value:
        """(1-u)^q."""
        return self._raised(self.delta, q)

    def sine_power(self, p: Fraction) -> Value:
        """(1-u^2)^p."""
        if self.arithmetic.closed_form:
            return self._raised(1 - self.u * self.u, p)
        return self._raised(self.delta * self.codelta, p)

    def _raised(self, x: Value, q: Fraction) -> Value:
        return self.arithmetic.sqrt(x) if q == _HALF else self.arithmetic.power(x, q)

    def pair(self, kernel: Zonal) -> Pair:
        """The kernel's pair here, computed once: deep expressions meet the same layer many times."""
        found = self._images.get(kernel)
        if found is None:
            found = self._images[kernel] = kernel.pair(self)
        return found

    def image(self, kernel: Zonal) -> Point:
        """The point kernel(u), at which an outer kernel reads."""
        found = self._points.get(kernel)
        if found is None:
            found = Point.from_pair(self.arithmetic, self.pair(kernel), _short_of_one(kernel))
            self._points[kernel] = found
            if not self.arithmetic.closed_form:
                for at, end in reached(kernel):
                    near, rise = next_to(self, at), functools.partial(kernel.rise, self, at)
                    if end == 1:
                        found.delta = -chosen(self, near, rise, -found.delta)
                    else:
                        found.codelta = codelta = chosen(self, near, rise, found.codelta)
                        # The value, too: the coefficients of a form add up to it but for their rounding.
                        beside = self.arithmetic.near(self.arithmetic.number(Fraction(1, 4)) - codelta)
                        found.u = chosen(self, beside, functools.partial(operator.sub, codelta, 1), found.u)
                        found.delta = chosen(self, beside, functools.partial(operator.sub, 2, codelta), found.delta)
        return found

    def start(self, kernel: Zonal, at: int) -> Value:
        """kappa(at) as a number: in array arithmetics a plain one, for any array library."""
        exact = as_rational(exact_at(kernel, at))
        if exact is not None:
            return self.arithmetic.number(exact)
        arrays = hasattr(self.arithmetic, "xp")
        arithmetic = FloatArithmetic() if arrays else self.arithmetic
        ends = (arithmetic.number(Fraction(c)) for c in (at, 1 - at, 1 + at))
        value = Point(arithmetic, *ends).pair(kernel).value
        return float(value) if arrays else value

    def off_cut(self, x: Value) -> Value:
        """x, of which a formula takes a power or a logarithm: in a region, tested to avoid (-inf, 0]."""
        return x

    @cached_property
    def mirror(self) -> Point:
        """The point -u."""
        return Point(self.arithmetic, -self.u, self.codelta, self.delta)

    @cached_property
    def _tails(self) -> dict[int, Value]:
        return {}

    def beginning(self) -> Point:
        """The point u = 1; for every array library its numbers are plain ones, for series they are balls."""
        arithmetic = FloatArithmetic() if hasattr(self.arithmetic, "xp") else self.arithmetic
        if isinstance(arithmetic, SeriesArithmetic):
            arithmetic = BallArithmetic()
        return Point(arithmetic, *(arithmetic.number(Fraction(c)) for c in (1, 0, 2)))

    def arc_cosine(self, n: int) -> Value:
        """kappa_n(u) in closed form (Cho & Saul 2009; claim 12)."""
        arithmetic, (a, b) = self.arithmetic, closed_form_polynomials(n)
        value = self.sine * evaluate(a, self.u, arithmetic) / arithmetic.pi
        angle = arithmetic.pi - self.psi
        return value + angle * evaluate(b, self.u, arithmetic) / arithmetic.pi

    def tail(self, n: int) -> Value:
        """tail_n(psi) of the module's docstring, for the angle psi to the nearer end."""
        if n not in self._tails:
            self._tails[n] = self._tail(n)
        return self._tails[n]

    def _tail(self, n: int) -> Value:
        arithmetic = self.arithmetic
        if n == 0:
            return self.psi / arithmetic.pi
        if arithmetic.closed_form:
            return self._closed_tail(n)
        m = self.half_sine_squared
        by_series = arithmetic.use_series(m)
        if n == 1:
            series = arithmetic.sine_tail(self.psi) / arithmetic.pi
        else:
            scale = arithmetic.number(tail_constant(n)) / arithmetic.pi
            series = scale * m**n * self.half_sine * arithmetic.hypergeometric_tail(n, m)
        if by_series is True:
            return series
        return arithmetic.select(by_series, series, self._closed_tail(n))

    def _closed_tail(self, n: int) -> Value:
        a, b = closed_form_polynomials(n)
        cosine = self.near_cosine
        tail = self.psi * evaluate(b, cosine, self.arithmetic) - self.sine * evaluate(a, cosine, self.arithmetic)
        return (-1) ** n * tail / self.arithmetic.pi


@functools.lru_cache(maxsize=4096)
def _short_of_one(kernel: Zonal) -> Scalar | None:
    """1 - kappa(1); None where it is not known to be an exact number."""
    one = as_rational(exact_at(kernel, 1))
    return None if one is None else 1 - one


def evaluate(coefficients: tuple[Fraction, ...], x: Value, arithmetic: Arithmetic) -> Value:
    """The polynomial with these ascending coefficients at x, by Horner's rule."""
    total = arithmetic.number(coefficients[-1])
    if len(coefficients) == 1:
        return arithmetic.constant(total, x)
    total = x if coefficients[-1] == 1 else total * x
    for c in reversed(coefficients[1:-1]):
        total = (total + arithmetic.number(c) if c else total) * x
    return total + arithmetic.number(coefficients[0]) if coefficients[0] else total


@functools.cache
def tail_constant(n: int) -> Fraction:
    """pi times the leading coefficient of tail_n in sin(psi/2): 2^{n+1} prod_{j=1}^n 2j^2/(4j^2-1)."""
    return 2 ** (n + 1) * prod((Fraction(2 * j * j, 4 * j * j - 1) for j in range(1, n + 1)), start=Fraction(1))
