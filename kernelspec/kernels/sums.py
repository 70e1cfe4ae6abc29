"""Nodes of an expression, and the first of them: linear combinations of kernels."""

from __future__ import annotations

import functools
import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.exact_numbers import Scalar
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial, latex_number, number_text
from . import expression
from .atoms import Monomial
from .ball_values import coefficient_at_least, upper
from .base_points import Constant, Settling, as_rational, combination, exact_at, settled, settlings
from .end_facts import UNKNOWN, Parts, of_sum, plain
from .points import Pair, Point
from .zonal import Zonal

if TYPE_CHECKING:
    from .lengths import Lengths


class Node(Zonal):
    """A sum, product or composition; its hash is computed once."""

    by_parts = True

    @cached_property
    def user_functions(self) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for part in self._kernels():
            names |= dict.fromkeys(part.user_functions)
        return tuple(names)

    def _kernels(self) -> tuple[Zonal, ...]:
        """The kernels that it is made of."""
        parts: tuple[Zonal, ...] = self._parts()
        return parts

    @cached_property
    def _hash(self) -> int:
        return hash((type(self).__name__, *self._parts()))

    def taylor_squares(self, terms: int, bits: int) -> tuple[list[Any], Any] | None:
        from .proved_series import squares

        return squares(self, terms, bits)

    def _parts(self) -> tuple[Any, ...]:
        raise NotImplementedError

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return all(k.homogeneous for k in self._parts())

    @property
    def singularities(self) -> tuple[Scalar, ...] | None:
        found = [k.singularities for k in self._kernels()]
        return None if None in found else tuple(point for points in found if points for point in points)

    @property
    def singular_order(self) -> int:
        return max((k.singular_order for k in self._kernels()), default=0)

    def angle_root(self, at: int) -> int:
        return math.lcm(*(k.angle_root(at) for k in self._kernels()))

    @cached_property
    def smooth_in_angle(self) -> bool:
        return super().smooth_in_angle or all(k.smooth_in_angle for k in self._kernels())


@dataclass(frozen=True, repr=False)
class Sum(Node):
    """A linear combination: ((coefficient, kernel), ...), sorted, coefficients non-zero."""

    terms: tuple[tuple[Scalar, Zonal], ...]

    def _parts(self) -> tuple[Any, ...]:
        return self.terms

    def _kernels(self) -> tuple[Zonal, ...]:
        return tuple(k for _, k in self.terms)

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        number = point.arithmetic.number
        value = defect = point.u * 0
        one = number(Fraction(0))
        for coefficient, kernel in self.terms:
            part, c = point.pair(kernel), number(coefficient)
            value, defect, one = (value + c * part.value, defect + c * part.defect, one + c * part.one)
        exact = self.rational_one
        pair = Pair(value, defect, one if exact is None else number(exact))
        if point.arithmetic.closed_form or not point.settles or not self._settlings:
            return pair
        return settled(self, point, pair, self._settlings)

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return all(k.homogeneous for _, k in self.terms)

    def between(self, point: Point, lengths: Lengths) -> Any:
        if self.homogeneous:
            return super().between(point, lengths)
        return sum(float(c) * k.between(point, lengths) for c, k in self.terms)

    @cached_property
    def _settlings(self) -> tuple[Settling, ...]:
        return settlings(self, (k for _, k in self.terms), cancels=True)

    def exact_at(self, at: int) -> Constant | None:
        return combination((c, exact_at(k, at)) for c, k in self.terms)

    def rise(self, point: Point, at: int) -> Any:
        number = point.arithmetic.number
        rises = [number(c) * k.rise(point, at) for c, k in self.terms if not k.is_constant]
        return functools.reduce(operator.add, rises) if rises else point.u * 0

    @cached_property
    def rational_one(self) -> Scalar | None:
        total: Scalar = Fraction(0)
        for coefficient, kernel in self.terms:
            if kernel.rational_one is None:
                return None
            total += coefficient * kernel.rational_one
        return total

    @cached_property
    def truncation(self) -> float:
        return float(sum(abs(float(c)) * k.truncation for c, k in self.terms))

    @property
    def slope_bound(self) -> float:
        return float(sum(abs(float(c)) * k.slope_bound for c, k in self.terms))

    @cached_property
    def real_only(self) -> bool:
        return any(k.real_only for _, k in self.terms)

    @property
    def real_floats(self) -> bool:
        return any(k.real_floats for _, k in self.terms)

    @cached_property
    def infinitely_smooth(self) -> bool:
        return all(k.infinitely_smooth or k.radius > 1 for _, k in self.terms)

    def derivative(self) -> Zonal:
        return expression.add([(c, k.derivative()) for c, k in self.terms])

    @cached_property
    def _text(self) -> str:
        out = ""
        for c, k in self.terms:
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            if k == Monomial(0):
                out += sign + number_text(abs(c))
            else:
                out += sign + (k.text() if abs(c) == 1 else f"{number_text(abs(c))}*{expression.factor_text(k)}")
        return out or "0"

    def latex_of(self, argument: str) -> str:
        from .dual_names import split

        named, rest = split(self.terms)
        parts = [
            (c, f"\\kappa_{{\\mathrm{{{name}}}}}\\left({inner.latex_of(argument)}\\right)") for c, name, inner in named
        ]
        parts += [(c, "" if k == Monomial(0) else k.latex_of(argument)) for c, k in rest]
        out = ""
        for c, body in parts:
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            number = latex_number(abs(c))
            if not body:
                out += sign + number
            else:
                out += sign + (body if abs(c) == 1 else f"{number}\\,{body}")
        return out or "0"

    @property
    def radius(self) -> float:
        return min((k.radius for _, k in self.terms), default=math.inf)

    @cached_property
    def singular(self) -> frozenset[int]:
        return frozenset[int]().union(*(k.singular for _, k in self.terms))

    @cached_property
    def series_sign(self) -> int:
        return next((sign for sign in (1, -1) if self._one_signed(sign)), 0)

    def _one_signed(self, sign: int) -> bool:
        """Whether all Taylor coefficients have this sign: of each term, or of a power and the rest together."""
        rest, against = [], []
        for c, k in self.terms:
            if sign * c * k.series_sign > 0:
                rest.append((sign * c, k))
            elif isinstance(k, Monomial):
                against.append((k.degree, -sign * c))
            else:
                return False
        return all(coefficient_at_least(expression.add(rest), m, c) for m, c in against)

    @cached_property
    def taylor_parts(self) -> Parts:
        if self.series_sign != 1:
            return UNKNOWN
        found = of_sum(k.taylor_parts for c, k in self.terms if c > 0)
        if all(c > 0 for c, _ in self.terms):
            return found
        return plain(self, (found[0].singular, found[1].singular))

    def majorant(self, r: Fraction) -> Fraction | None:
        if self.series_sign and r <= 1:
            return super().majorant(r)
        total = start = Fraction(0)
        for c, k in self.terms:
            part = k.majorant(r)
            size = abs(c) if isinstance(c, Fraction) else upper(c.ball(64))
            if part is None or size is None:
                return None
            first = as_rational(exact_at(k, 0))  # b_0: these may cancel, as in 2 arccos(0) - 1
            if isinstance(c, Fraction) and isinstance(first, Fraction):
                start, part = start + c * first, part - abs(first)
            total += size * part
        return total + abs(start)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        total: Polynomial = {}
        for c, k in self.terms:
            part = k.polynomial_part(parity)
            if part is None:
                return None
            for m, q in part.items():
                total[m] = total.get(m, Fraction(0)) + c * q
        return {m: q for m, q in total.items() if q}

    def polynomial_degree(self, parity: int) -> int | None:
        return self._polynomial_degrees[parity]

    @cached_property
    def _polynomial_degrees(self) -> list[int | None]:  # found once, as layers share their parts
        return [self._degree(parity) for parity in (0, 1)]

    def _degree(self, parity: int) -> int | None:
        known = super().polynomial_degree(parity)
        if known is not None:
            return known
        degrees = [k.polynomial_degree(parity) for _, k in self.terms]
        return None if None in degrees else max(n for n in degrees if n is not None)

    def analytic_part(self, parity: int) -> bool:
        return super().analytic_part(parity) or all(k.analytic_part(parity) for _, k in self.terms)

    def singular_inside(self, parity: int) -> bool:
        return super().singular_inside(parity) and any(k.singular_inside(parity) for _, k in self.terms)

    @property
    def as_sum(self) -> tuple[tuple[Scalar, Zonal], ...]:
        return self.terms

    @property
    def adds_up(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return len(self.terms) == 1 and self.terms[0][1].adds_up

    @property
    def rectifier(self) -> tuple[Scalar, Scalar] | None:
        a: Scalar = Fraction(0)
        b: Scalar = Fraction(0)
        for c, k in self.terms:
            if k.rectifier is None:
                return None
            a, b = a + c * k.rectifier[0], b + c * k.rectifier[1]
        return a, b

    @property
    def exponential_rate(self) -> Scalar | None:
        return self.terms[0][1].exponential_rate if len(self.terms) == 1 else None

    @property
    def one_exponential(self) -> bool:
        return len(self.terms) == 1 and self.terms[0][1].one_exponential
