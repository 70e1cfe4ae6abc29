"""Networks read by their even and their odd part, none of whose Taylor coefficients is negative."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import flint

from ..numbers.exact_numbers import ball
from .atoms import Monomial
from .expression import add
from .growth_facts import CONSTANT, CURVED, LINE, ZERO, Outer, UnreadError, layer_of, outer_of
from .network_readings import Reading, Variance, read
from .products import Product
from .scaled_duals import Phi
from .sums import Sum
from .zonal import Zonal


@dataclass(frozen=True)
class Sides:
    """What a reading knows of the even and the odd part, None for 0; and g(1) and g'(1), None where unknown."""

    reading: ByParity
    even: Any
    odd: Any
    one: Any = None
    slope: Any = None

    def __mul__(self, other: Any) -> Sides:
        own = self.reading
        if not isinstance(other, Sides):
            if other == 0:
                return own.constant(flint.arb(0))
            if not other > 0:
                raise UnreadError("a weight is not shown to be positive")
            one, slope = (_known(lambda x: x * other, x) for x in (self.one, self.slope))
            return Sides(own, own.scaled(self.even, other), own.scaled(self.odd, other), one, slope)
        return Sides(
            own,
            own.sum(own.product(self.even, other.even), own.product(self.odd, other.odd)),
            own.sum(own.product(self.even, other.odd), own.product(self.odd, other.even)),
            _known(lambda a, b: a * b, self.one, other.one),
            _known(lambda a, b, c, e: a * e + b * c, self.one, self.slope, other.one, other.slope),
        )

    def __add__(self, other: Sides) -> Sides:
        own = self.reading
        one, slope = (_known(lambda a, b: a + b, *p) for p in ((self.one, other.one), (self.slope, other.slope)))
        return Sides(own, own.sum(self.even, other.even), own.sum(self.odd, other.odd), one, slope)

    def mixed(self, kept: Any, constant: Any) -> Sides:
        """kept times itself, and a constant; both add up to 1."""
        found = self * kept + self.reading.constant(constant)
        return replace(found, one=flint.arb(1)) if self.one == 1 else found


def _known(combine: Callable[..., Any], *numbers: Any) -> Any:
    return None if any(x is None for x in numbers) else combine(*numbers)


class ByParity(Reading):
    """What the three readings share: layers by the parts of what is inside."""

    unit: Any  # what is known of u
    sloped = False  # whether slopes at u = 1 are read

    def number(self, c: Any) -> Any:
        """What is known of a constant c > 0."""
        raise NotImplementedError

    def joined(self, a: Any, b: Any) -> Any:
        """What is known of a sum of parts that are not 0."""
        raise NotImplementedError

    def multiplied(self, a: Any, b: Any) -> Any:
        raise NotImplementedError

    def scaled(self, a: Any, c: Any) -> Any:
        """What is known of c > 0 times a part."""
        return a

    def through(self, outer: Outer, parity: int, inner: Any, rho: Sides) -> Any:
        """psi_p(h), psi_p no constant, where h is all even or all odd: `inner`."""
        raise NotImplementedError

    def both(self, outer: Outer, rho: Sides) -> tuple[Any, Any]:
        """The parts of psi(h) where neither part of h is 0; psi has a power above the first."""
        raise NotImplementedError

    def sum(self, a: Any, b: Any) -> Any:
        return b if a is None else a if b is None else self.joined(a, b)

    def product(self, a: Any, b: Any) -> Any:
        return None if a is None or b is None else self.multiplied(a, b)

    def line(self) -> Sides:
        return Sides(self, None, self.unit, flint.arb(1), flint.arb(1))

    def constant(self, c: Any) -> Sides:
        return Sides(self, None if c == 0 else self.number(c), None, c, flint.arb(0))

    def normalised(self, value: Sides, one: Any) -> Sides:
        found = value * (1 / one)
        return found if value.one is None else replace(found, one=flint.arb(1))

    def inner(self, kernel: Zonal, value: Sides) -> Sides:
        return replace(value, one=flint.arb(1)) if kernel.rational_one == 1 else value

    def entered(self, rho: Sides) -> Sides:
        if not rho.one == 1:  # nor is it where a ball around 1 is all that is known
            raise UnreadError("what a network reads is not shown to be 1 at u = 1")
        return rho

    def dual(self, phi: Phi, q: Variance, rho: Sides, steep: bool) -> tuple[Any, Any, Any]:
        outer, one = layer_of(phi, q)
        value = self.composed(outer, rho)
        if rho.one == 1:
            value = replace(value, one=one)
        return value, self.composed(outer.steep, rho) if steep else None, one

    def analytic(self, kernel: Zonal, rho: Sides) -> Sides:
        found = self.composed(outer_of(kernel), rho)
        one = kernel.rational_one if rho.one == 1 else None
        return found if one is None else replace(found, one=ball(one))

    def difference(self, kernel: Sum, rho: Sides) -> Sides:
        """A sum from which powers of u are taken away, or what has no coefficient above 0."""
        if kernel.series_sign != 1 or rho.even is not None or rho.odd is not self.unit:
            raise UnreadError(f"Taylor coefficients of {kernel!r} may be negative, or it is no innermost layer")
        found = read(add([(c, k) for c, k in kernel.terms if c > 0]), self)
        less = [(-c, k) for c, k in kernel.terms if c < 0]
        for c, k in less:
            if not isinstance(k, Monomial):
                found = found + self._negated(k) * ball(c)
        parts = [found.even, found.odd]
        for c, k in less:
            if isinstance(k, Monomial):
                parts[k.degree % 2] = self.lessened(parts[k.degree % 2], k.degree, ball(c))
        for parity in (0, 1):
            if kernel.polynomial_degree(parity) == -1:
                parts[parity] = None
        return Sides(self, parts[0], parts[1])

    def _negated(self, kernel: Zonal) -> Sides:
        """-kernel, a product that holds factors without a coefficient above 0."""
        if not isinstance(kernel, Product) or kernel.series_sign != -1:
            raise UnreadError(f"Taylor coefficients of {kernel!r} may be positive")
        parts: list[Sides] = [read(-k if k.series_sign == -1 else k, self) for k in kernel.factors]
        return functools.reduce(operator.mul, parts)

    def lessened(self, a: Any, degree: int, c: Any) -> Any:
        """A part from which c u^degree is taken away, of which it has more."""
        return a

    def composed(self, outer: Outer, rho: Sides) -> Sides:
        """psi(h)."""
        if rho.even is None and rho.odd is None:
            raise UnreadError(f"{outer.name} reads 0")
        slope = None
        if self.sloped and rho.one == 1 and rho.slope is not None and outer.slope is not None:
            slope = outer.slope() * rho.slope
        if rho.even is None or rho.odd is None:
            inner = rho.odd if rho.even is None else rho.even
            parts = [self._part(outer, p, inner, rho) for p in (0, 1)]
            even, odd = parts if rho.even is None else (self.sum(*parts), None)
            return Sides(self, even, odd, None, slope)
        if CURVED in outer.kinds:
            return Sides(self, *self.both(outer, rho), None, slope)
        if outer.kinds == (ZERO, LINE):
            return replace(rho * outer.low[1], one=None)
        if outer.kinds[1] == ZERO:
            return Sides(self, self._part(outer, 0, None, rho), None, None, slope)
        raise UnreadError(f"{outer.name} is not read behind both parts of a layer")

    def _part(self, outer: Outer, parity: int, inner: Any, rho: Sides) -> Any:
        kind = outer.kinds[parity]
        if kind == CONSTANT:
            return self.number(outer.low[parity])
        if kind == LINE:
            return self.scaled(inner, outer.low[parity])
        return None if kind == ZERO else self.through(outer, parity, inner, rho)


def growth_of(kernel: Zonal, reading: ByParity) -> Sides:
    """The kernel read; UnreadError where that is not known."""
    found = read(kernel, reading)
    if not isinstance(found, Sides):
        raise UnreadError(f"{kernel!r} is not read beyond u = 1")
    return found
