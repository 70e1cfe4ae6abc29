"""Products of kernels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Scalar
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial, poly_add, poly_multiply
from ..sphere.gamma_products import ClosedForm
from . import expression
from .atoms import Monomial
from .base_points import ONE, ZERO, Constant, Settling, as_rational, combination, exact_at, named, settled, settlings
from .end_facts import Parts, of_product
from .points import Pair, Point, product_pair
from .sums import Node, Sum
from .zonal import Zonal


@dataclass(frozen=True, repr=False)
class Product(Node):
    """A product of kernels, none of them a sum with one term or a product; sorted."""

    factors: tuple[Zonal, ...]

    def _parts(self) -> tuple[Any, ...]:
        return self.factors

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        result = point.pair(self.factors[0])
        for kernel in self.factors[1:]:
            result = product_pair(result, point.pair(kernel))
        if point.arithmetic.closed_form or not point.settles or not self._settlings:
            return result
        return settled(self, point, result, self._settlings)

    @cached_property
    def _settlings(self) -> tuple[Settling, ...]:
        return settlings(self, self.factors, cancels=False)

    def exact_at(self, at: int) -> Constant | None:
        scale, others = Fraction(1), []
        for kernel in self.factors:
            value = exact_at(kernel, at)
            q = as_rational(value)
            if value is None:
                return None
            if q is None:
                others.append(value)
            else:
                scale *= q
        if len(others) > 1:
            return named((self, at)) if scale else ZERO
        return combination([(scale, others[0] if others else ONE)])

    def rise(self, point: Point, at: int) -> Any:
        # ab - a0 b0 = a (b - b0) + b0 (a - a0)
        value, rise = None, point.u * 0
        for kernel in self.factors:
            here = point.pair(kernel).value
            start = exact_at(kernel, at)
            more = here if start == ZERO else kernel.rise(point, at)
            if value is None:
                value, rise = here, more
            else:
                passed = point.u * 0 if start == ZERO else rise * point.start(kernel, at)
                value, rise = value * here, value * more + passed
        return rise

    @cached_property
    def real_only(self) -> bool:
        return any(k.real_only for k in self.factors)

    @property
    def real_floats(self) -> bool:
        return any(k.real_floats for k in self.factors)

    def derivative(self) -> Zonal:
        terms = []
        for i, kernel in enumerate(self.factors):
            rest: Zonal = Monomial(0)
            for other in self.factors[:i] + self.factors[i + 1 :]:
                rest = rest * other
            terms.append((Fraction(1), rest * kernel.derivative()))
        return expression.add(terms)

    @cached_property
    def _text(self) -> str:
        return "*".join(expression.factor_text(k) for k in self.factors)

    def latex_of(self, argument: str) -> str:
        return "\\,".join(
            f"\\left({k.latex_of(argument)}\\right)" if isinstance(k, Sum) else k.latex_of(argument)
            for k in self.factors
        )

    @cached_property
    def rational_one(self) -> Scalar | None:
        total: Scalar = Fraction(1)
        for kernel in self.factors:
            if kernel.rational_one is None:
                return None
            total *= kernel.rational_one
        return total

    @cached_property
    def truncation(self) -> float:
        if not any(k.truncation for k in self.factors):
            return 0.0
        size, missing = Fraction(1), Fraction(0)
        for k in self.factors:
            bound = k.majorant(Fraction(1))  # of |kappa| on all of [-1, 1]
            if bound is None or math.isinf(k.truncation):
                return math.inf
            rest = Fraction(k.truncation)
            if type(bound) is not Fraction:  # an exact number with a long formula
                bound = Fraction(math.nextafter(float(bound), math.inf))
            size, missing = size * bound, missing * (bound + rest) + size * rest
        return math.nextafter(float(missing), math.inf)

    @property
    def infinitely_smooth(self) -> bool:
        return all(k.infinitely_smooth or k.radius > 1 for k in self.factors)

    @property
    def radius(self) -> float:
        return min(k.radius for k in self.factors)

    @cached_property
    def singular(self) -> frozenset[int]:
        return frozenset[int]().union(*(k.singular for k in self.factors))

    @cached_property
    def series_sign(self) -> int:
        return math.prod(k.series_sign for k in self.factors)

    @cached_property
    def taylor_parts(self) -> Parts:
        return of_product(k.taylor_parts for k in self.factors)

    def majorant(self, r: Fraction) -> Fraction | None:
        total = Fraction(1)
        for k in self.factors:
            part = k.majorant(r)
            if part is None:
                return None
            total *= part
        return total

    def eigenvalue(self, d: int) -> ClosedForm | None:
        from ..spectrum.closed import OverPi, TimesU

        others = [k for k in self.factors if not k.is_constant]  # the constant is 1/pi
        by_u = len(others) == 2 and others[0] == Monomial(1)
        form = others[-1].eigenvalue(d) if len(others) == 1 + by_u else None
        if form is not None and by_u:
            form = TimesU(form, d)
        pi = len(self.factors) - len(others)
        return OverPi(form, pi) if form is not None and pi else form

    @cached_property
    def _polynomial_parts(self) -> list[Polynomial | None]:
        parts: list[Polynomial | None] = [{0: Fraction(1)}, {}]
        for k in self.factors:
            factor = [k.polynomial_part(0), k.polynomial_part(1)]
            parts = [
                poly_add(poly_multiply(parts[0], factor[p]), poly_multiply(parts[1], factor[1 - p])) for p in (0, 1)
            ]
        return parts

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return self._polynomial_parts[parity]

    @cached_property
    def _polynomial_degrees(self) -> list[int | None]:
        parts: list[int | None] = [0, -1]
        for k in self.factors:
            more = [k.polynomial_degree(p) for p in (0, 1)]
            parts = [_largest_degree((parts[p], more[p ^ q]) for p in (0, 1)) for q in (0, 1)]
        return parts

    def polynomial_degree(self, parity: int) -> int | None:
        known = super().polynomial_degree(parity)
        return self._polynomial_degrees[parity] if known is None else known

    def analytic_part(self, parity: int) -> bool:
        if super().analytic_part(parity):
            return True
        # Even times even and odd times odd are even.
        smooth, zero = [True, True], [False, True]
        for k in self.factors:
            its, none = [k.analytic_part(p) for p in (0, 1)], [k.polynomial_degree(p) == -1 for p in (0, 1)]
            smooth, zero = (
                [all(zero[p] or none[p ^ q] or smooth[p] and its[p ^ q] for p in (0, 1)) for q in (0, 1)],
                [all(zero[p] or none[p ^ q] for p in (0, 1)) for q in (0, 1)],
            )
        return smooth[parity]

    @property
    def singular_order(self) -> int:
        return sum(k.singular_order for k in self.factors)

    @property
    def as_product(self) -> tuple[Zonal, ...]:
        return self.factors


def _largest_degree(products: Iterable[tuple[int | None, int | None]]) -> int | None:
    """The degree of a sum of products of polynomials."""
    found = -1
    for a, b in products:
        if a != -1 and b != -1:
            if a is None or b is None:
                return None
            found = max(found, a + b)
    return found
