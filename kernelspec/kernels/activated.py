"""Layers of any activation at any variance: `Activated`, an atom that is read by its expression."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.exact_numbers import Scalar
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial, number_text
from ..sphere.gamma_products import ClosedForm
from .atoms import Atom
from .ball_values import upper, value_at
from .base_points import MINUS_ONE, Constant
from .end_facts import Parts
from .expression import add, zero
from .points import Pair, Point
from .scaled_duals import Phi
from .smooth_duals import NAMES, SmoothDual, series_one
from .text import brief
from .zonal import Zonal

if TYPE_CHECKING:
    from ..expansions.series_point import SeriesPoint
    from .deep_stacks import DeepStack

_LARGEST = 300  # power of 10 of squares of coefficients


class Formed(Atom):
    """A kernel that is named as one; what is known of it is known of its `form`, an expression."""

    by_parts = True

    @property
    def form(self) -> Zonal:
        """The expression."""
        raise NotImplementedError

    @property
    def known_by(self) -> Zonal | DeepStack:
        """What knows the facts: the form, or what reads them without it."""
        return self.form

    @property
    def written(self) -> Zonal:
        return self.form

    def derivative(self) -> Zonal:
        try:
            return self.form.derivative()
        except NotImplementedError:
            raise NotImplementedError(
                f"no derivative is known of {brief(self)}: a part of it jumps, or is the derivative of a series that "
                "is cut off"
            ) from None

    def eigenvalue(self, d: int) -> ClosedForm | None:
        return self.known_by.eigenvalue(d)

    @property
    def with_closed_terms(self) -> Zonal:
        return self if self.by_values else self.known_by.with_closed_terms

    @property
    def radius(self) -> float:
        return self.known_by.radius

    @property
    def singular(self) -> frozenset[int]:
        return self.known_by.singular

    def majorant(self, r: Fraction) -> Fraction | None:
        return self.known_by.majorant(r)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return self.known_by.polynomial_part(parity)

    def polynomial_degree(self, parity: int) -> int | None:
        return self.known_by.polynomial_degree(parity)

    def analytic_part(self, parity: int) -> bool:
        return self.known_by.analytic_part(parity)

    @property
    def singularities(self) -> tuple[Scalar, ...] | None:
        return self.known_by.singularities

    @property
    def singular_order(self) -> int:
        return self.known_by.singular_order

    @property
    def truncation(self) -> float:
        return self.known_by.truncation

    @property
    def slope_bound(self) -> float:
        return self.known_by.slope_bound

    @property
    def infinitely_smooth(self) -> bool:
        return self.known_by.infinitely_smooth

    @property
    def smooth_in_angle(self) -> bool:
        return self.known_by.smooth_in_angle

    @property
    def taylor_parts(self) -> Parts:
        return self.known_by.taylor_parts

    @property
    def real_only(self) -> bool:
        return self.known_by.real_only

    @property
    def real_floats(self) -> bool:
        return self.known_by.real_floats

    @property
    def by_values(self) -> bool:
        return self.real_floats or bool(self.truncation)

    def angle_root(self, at: int) -> int:
        return self.known_by.angle_root(at)

    def taylor_squares(self, terms: int, bits: int) -> tuple[list[Any], Any] | None:
        from .proved_series import squares

        return squares(self, terms, bits)


def near_one(pair: Pair, point: Point) -> Pair:
    """The value from the defect next to u = 1: coefficients of a form add up to kappa(1) but for their rounding."""
    value, defect, one = pair
    close = point.arithmetic.near(one * point.arithmetic.number(Fraction(1, 4)) - defect)
    return Pair(point.arithmetic.select(close, one - defect, value), defect, one)


@dataclass(frozen=True, repr=False)
class Activated(Formed):
    """What an activation does to correlations at a variance: K_q / K_q(1); or, as `steep`, its derivative."""

    phi: Phi
    variance: Scalar
    steep: bool = False

    series_sign = 1  # squares of Hermite coefficients (claim 10)

    @property
    def bounded(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.steep

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return self.phi.homogeneous

    @cached_property
    def _hash(self) -> int:
        return hash((self.phi, self.variance, self.steep))

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        found = point.pair(self.form)
        return found if self.steep else near_one(found._replace(one=point.arithmetic.number(Fraction(1))), point)

    @cached_property
    def known_by(self) -> Zonal:
        """What knows the facts that no factor changes: of a smooth activation by name a dual, whose series is dear."""
        named = self.phi.family in NAMES
        return SmoothDual(self.phi.family, variance=self.variance, steep=self.steep) if named else self.form

    def eigenvalue(self, d: int) -> ClosedForm | None:
        return self.form.eigenvalue(d)

    @property
    def with_closed_terms(self) -> Zonal:
        return self if self.by_values else self.form.with_closed_terms

    @property
    def truncation(self) -> float:
        return self.form.truncation

    @property
    def slope_bound(self) -> float:
        return self.form.slope_bound

    def polynomial_part(self, parity: int) -> Polynomial | None:
        if self._lacks(parity):
            return {}
        part = self.known_by.polynomial_part(parity)
        return self.form.polynomial_part(parity) if part else part

    def polynomial_degree(self, parity: int) -> int | None:
        return -1 if self._lacks(parity) else self.known_by.polynomial_degree(parity)

    def _lacks(self, parity: int) -> bool:
        """Whether it has no part of this parity: that of phi is its dual's, and slopes have the other one."""
        return self.phi.parity is not None and parity == (self.phi.parity + 1 + self.steep) % 2

    def exact_at(self, at: int) -> Constant | None:
        if at == -1 and self._odd:
            return MINUS_ONE
        return super().exact_at(at) if at == 1 else self.form.exact_at(at)

    def rise(self, point: Point, at: int) -> Any:
        if self._odd and at == -1:
            return point.mirror.pair(self).defect
        return self.form.rise(point, at)

    @property
    def _odd(self) -> bool:
        """Whether it is -1 at u = -1, which its form does not tell where the variance is no plain number."""
        return self.phi.parity == 1 and not self.steep

    def slope_at(self, point: Point) -> Any:
        return self.form.slope_at(point)

    @cached_property
    def form(self) -> Zonal:
        kernel = self.phi.slope(self.variance) if self.steep else self.phi.dual(self.variance)
        whole = mean_square(self.phi, self.variance)
        if kernel.truncation and not self.steep:
            whole = series_one(kernel)  # so that psi(1) = 1 in every arithmetic: its coefficients are rounded
        return add([(1 / whole, kernel)])

    def series(self, point: SeriesPoint) -> Any:
        """Of smooth activations by their Taylor coefficients: the form holds a sum that was cut off."""
        if self.phi.family not in NAMES:
            return super().series(point)
        from ..expansions.smooth_series import normalised

        return point.computed(functools.partial(normalised, self.phi.family, self.variance, self.steep), point.inner)

    @cached_property
    def rational_one(self) -> Scalar | None:
        if not self.steep:
            return Fraction(1)
        return self.phi.climb(self.variance) / mean_square(self.phi, self.variance)

    def majorant(self, r: Fraction) -> Fraction | None:
        if r == 1 and not self.steep:
            return Fraction(1)
        if r < self.radius:  # no coefficient is negative: it is kappa(r)
            return upper(value_at(self.form, r))
        return self.form.majorant(r)

    def text(self) -> str:
        if self.steep:
            return f"slope({self.phi.text()!r}, {number_text(self.variance)})"
        return f"network({self.phi.text()!r}, variance={number_text(self.variance)})"

    def latex_of(self, argument: str) -> str:
        mark = "'" if self.steep else ""
        return f"\\psi{mark}_{{\\mathrm{{{self.phi.family}}}}}\\left({argument}\\right)"


def steep(phi: Phi, q: Scalar) -> Zonal:
    """The derivative of what an activation does to correlations."""
    return zero() if phi.steps else Activated(phi, q, steep=True)


@functools.lru_cache(maxsize=4096)
def mean_square(phi: Phi, q: Scalar) -> Scalar:
    """`Phi.square`, computed once; ValueError where squares of coefficients at this variance leave the floats."""
    pieces = () if phi.pieces is None else phi.pieces.pieces
    for m, _, c in itertools.chain.from_iterable(pieces):
        size = math.log10(abs(c.numerator)) - math.log10(c.denominator)
        if 2 * size + m * math.log10(float(q)) > _LARGEST:
            raise ValueError(
                f"the steps of {phi.text()[-80:]!r} hold numbers whose squares leave the floats at the variance "
                f"{float(q):g}: they must be at most 1e{_LARGEST}"
            )
    return phi.square(q)
