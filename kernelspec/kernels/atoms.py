"""Atoms, the named kernels that are neither sums, nor products, nor compositions; the powers of u."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Scalar
from ..numbers.rational import Polynomial
from . import expression
from .base_points import Constant, rational
from .points import Pair, Point
from .text import bracket
from .zonal import Zonal

_UNIT = Fraction(1)
_LONGEST_POWER = 20_000  # bits of an exact power in a bound


class Atom(Zonal):
    """A named kernel: neither a sum, nor a product, nor a composition."""

    bounded = True
    adds_up = True

    @property
    def powers(self) -> tuple[Any, Scalar] | None:
        """The name of a base and the exponent, for (1-u)^nu, (e^{u-1})^alpha: products of these are gathered."""
        return None

    @property
    def base(self) -> Zonal | None:
        """The base where it is a polynomial of u, whose factors are gathered, too."""
        return None

    def gathered(self, total: Scalar, count: int) -> list[Zonal] | None:
        """The product of `count` such powers with exponents that add up to `total`; None where it stays as it is."""
        raise NotImplementedError

    @property
    def rational_one(self) -> Scalar | None:
        return _UNIT if self.bounded else None

    @property
    def singular(self) -> frozenset[int]:
        return frozenset(() if self.radius > 1 else (1, -1))

    @property
    def network_degree(self) -> int | None:
        """n where kappa is the arc-cosine kernel of this degree: a layer, of which networks are compositions."""
        return None


@dataclass(frozen=True, repr=False)
class Monomial(Atom):
    """u^degree; degree 0 is the constant 1, and degree 1 the linear kernel."""

    degree: int

    def __post_init__(self) -> None:
        if self.degree > 2**53:  # beyond, floats do not tell neighbouring degrees apart
            raise ValueError(f"degree must be at most 2^53; got {self.degree}")

    @property
    def is_constant(self) -> bool:
        return self.degree == 0

    def pair(self, point: Point) -> Pair:
        one = point.arithmetic.number(Fraction(1))
        if self.degree == 1:
            return Pair(point.u * one, point.delta, one)
        value = point.arithmetic.constant(one, point.u)
        even = self.degree % 2 == 0
        # 1 + x + ... + x^{n-1} by doubling, x = u, or u^2 for an even power: no cancellation for x >= 0
        x, n = (point.u * point.u, self.degree // 2) if even else (point.u, self.degree)
        geometric = value * 0
        for bit in bin(n)[2:]:
            geometric, value = geometric * (1 + value), value * value
            if bit == "1":
                geometric, value = geometric * x + one, value * x
        return Pair(value, point.delta * (point.codelta * geometric if even else geometric), one)

    def exact_at(self, at: int) -> Constant:
        return rational(at**self.degree)

    def rise(self, point: Point, at: int) -> Any:
        if self.degree == 1:
            return point.u if at == 0 else point.codelta if at == -1 else -point.delta
        return super().rise(point, at)

    def derivative(self) -> Zonal:
        return Monomial(self.degree - 1) * self.degree if self.degree else expression.zero()

    def text(self) -> str:
        return {0: "1", 1: "linear()"}.get(self.degree, f"polynomial({self.degree})")

    def latex_of(self, argument: str) -> str:
        if self.degree == 0:
            return "1"
        return argument if self.degree == 1 else f"{bracket(argument)}^{{{self.degree}}}"

    series_sign = 1

    @property
    def radius(self) -> float:
        return math.inf

    def majorant(self, r: Fraction) -> Fraction | None:
        bits = self.degree * max(r.numerator.bit_length(), r.denominator.bit_length())
        if bits < _LONGEST_POWER or r == 1:
            return r**self.degree
        return None if r > 1 else Fraction(1)

    def polynomial_part(self, parity: int) -> Polynomial:
        return {self.degree: Fraction(1)} if self.degree % 2 == parity else {}

    @property
    def power_of_u(self) -> int:
        return self.degree

    @property
    def rectifier(self) -> tuple[Scalar, Scalar] | None:
        return (Fraction(1), Fraction(0)) if self.degree == 1 else None
