"""Powers of 1 - u^2 and 1 - u: what derivatives of named kernels are made of (Bietti & Bach 2021; claim 15).

Zonal functions, not kernels; the exponents are rational.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import Scalar
from ..numbers.rational import Polynomial, as_fraction
from ..numbers.scalar_text import latex_exponent
from ..sphere import power_eigenvalues as powers
from ..sphere.gamma_products import GammaProduct
from ..sphere.power_eigenvalues import even_power
from .atoms import Atom, Monomial
from .base_points import ONE, ZERO, Constant, named, rational
from .expression import add
from .points import Pair, Point
from .text import bracket
from .zonal import Zonal

_STEEP = 300  # alpha up to which e^{-2 alpha} is far from underflowing
_LONGEST_BINOMIAL = 500
_LARGEST_DROP = 9  # of -2 p
# Factors 1 - u that a power of 1 - u is multiplied out to.
_MOST_FACTORS = 64


@dataclass(frozen=True, repr=False)
class SinePower(Atom):
    """(1-u^2)^p / pi, p a multiple of 1/2: the derivatives of kappa_0, kappa_0' = (1-u^2)^{-1/2}/pi."""

    bounded = False

    power: Fraction

    @property
    def is_constant(self) -> bool:
        return self.power == 0

    @property
    def powers(self) -> tuple[Any, Scalar]:
        return "(1-u^2)^p / pi", self.power

    def gathered(self, total: Scalar, count: int) -> list[Zonal]:
        # The constant SinePower(0) = 1/pi holds the powers of pi.
        pieces = [SinePower(Fraction(0))] * (count - 1)
        assert isinstance(total, Fraction)  # exponents are rational
        return [*pieces, SinePower(total)]

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        value = point.sine_power(self.power) / arithmetic.pi
        if self.power < 0:
            one = arithmetic.infinity
        else:
            one = arithmetic.number(Fraction(int(self.power == 0))) / arithmetic.pi
        return Pair(value, one - value, one)

    def exact_at(self, at: int) -> Constant | None:
        if at == 0 or self.power == 0:
            return named("1/pi")
        return ZERO if self.power > 0 else None

    def rise(self, point: Point, at: int) -> Any:
        pair, arithmetic = point.pair(self), point.numerical
        if at:
            return -pair.defect if at == 1 or self.power <= 0 else pair.value
        step = arithmetic.number(self.power) * arithmetic.log1p(-point.u * point.u)
        return arithmetic.expm1(step) / arithmetic.pi

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        n = -2 * self.power
        if not 1 <= n <= _LARGEST_DROP:
            return None
        # a^-n - b^-n = (1/a - 1/b) sum_i a^-i b^{i+1-n}, with roots a and b whose squares differ by gap (c + u)
        at_end = plain(end, end.arithmetic.sqrt(end.delta * end.codelta))
        here = point.arithmetic.sqrt(point.delta * point.codelta)
        step = gap * (plain(end, end.u) + point.u) / ((at_end + here) * at_end * here * point.arithmetic.pi)
        a, b = 1 / at_end, 1 / here
        return step * sum(a**i * b ** (int(n) - 1 - i) for i in range(1, int(n))) + step * b ** (int(n) - 1)

    def derivative(self) -> Zonal:
        if self.power == 0:
            return 0 * self
        return add([(-2 * self.power, Monomial(1) * SinePower(self.power - 1))])

    def latex_of(self, argument: str) -> str:
        return f"\\frac{{1}}{{\\pi}}\\left(1-{bracket(argument)}^{{2}}\\right)^{{{latex_exponent(self.power)}}}"

    @functools.lru_cache(maxsize=512)  # noqa: B019 - kernels are values
    def eigenvalue(self, d: int) -> GammaProduct:
        _require_integrable(self, self.power, d)
        return even_power(d, self.power).times(pi=-1)

    @property
    def rational_one(self) -> Fraction | None:
        return Fraction(0) if self.power > 0 else None

    @property
    def radius(self) -> float:
        return math.inf if self.power >= 0 and self.power.denominator == 1 else 1.0

    @property
    def series_sign(self) -> int:
        return int(self.power <= 0)  # (1-u^2)^p = sum_i (-p)_i u^{2i} / i!

    @property
    def singular_parts(self) -> tuple[bool, bool]:
        return self.power < 0, False

    def majorant(self, r: Fraction) -> Fraction | None:
        if self.power <= 0:
            return super().majorant(r) if self.power == 0 or r < 1 else None
        bound = _binomial_majorant(self.power, r * r)
        return None if bound is None else bound * Fraction(1000, 3141)  # 1/pi is less

    def polynomial_part(self, parity: int) -> Polynomial | None:
        p = self.power
        if parity == 1:
            return {}
        if p.denominator > 1 or not 0 <= p <= _MOST_FACTORS:
            return None
        over_pi = _one_over_pi()
        return {2 * j: (-1) ** j * math.comb(int(p), j) * over_pi for j in range(int(p) + 1)}

    def polynomial_degree(self, parity: int) -> int | None:
        known = super().polynomial_degree(parity)
        return 2 * int(self.power) if known is None and math.isinf(self.radius) else known

    @property
    def singularities(self) -> tuple[Scalar, ...]:
        return () if math.isinf(self.radius) else (Fraction(1), Fraction(-1))

    @property
    def singular_order(self) -> int:
        return max(1, math.ceil(self.power))


@dataclass(frozen=True, repr=False)
class DefectPower(Atom):
    """(1-u)^nu, a zonal function whose eigenvalues are Gamma ratios at every degree (derived here; claim 15)."""

    bounded = False

    nu: Fraction

    @property
    def powers(self) -> tuple[Any, Scalar]:
        return "(1-u)^nu", self.nu

    @property
    def base(self) -> Zonal:
        return 1 - Monomial(1)

    def gathered(self, total: Scalar, count: int) -> list[Zonal] | None:
        assert isinstance(total, Fraction)  # exponents are rational
        if total.denominator > 1 or total < 0:
            return [DefectPower(total)]
        return [self.base] * int(total) if total <= _MOST_FACTORS else None

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        value = point.defect_power(self.nu)
        if self.nu > 0:
            one = arithmetic.number(Fraction(0))
        else:
            one = arithmetic.infinity
        return Pair(value, one - value, one)

    def exact_at(self, at: int) -> Constant | None:
        if at == 1:
            return ZERO if self.nu > 0 else None
        if at == 0:
            return ONE
        whole = self.nu.denominator == 1
        return rational(Fraction(2) ** self.nu.numerator) if whole else named((self, at))

    def rise(self, point: Point, at: int) -> Any:
        if at == 1:
            return -point.pair(self).defect
        arithmetic = point.numerical
        step = arithmetic.log1p(-point.u if at == 0 else -point.codelta / 2)
        return point.start(self, at) * arithmetic.expm1(arithmetic.number(self.nu) * step)

    def derivative(self) -> Zonal:
        return add([(-self.nu, DefectPower(self.nu - 1))])

    def latex_of(self, argument: str) -> str:
        return f"\\left(1-{bracket(argument)}\\right)^{{{latex_exponent(self.nu)}}}"

    def eigenvalue(self, d: int) -> GammaProduct:
        _require_integrable(self, self.nu, d)
        return powers.power(d, self.nu)

    @property
    def rational_one(self) -> Fraction | None:
        return Fraction(0) if self.nu > 0 else None

    singular = frozenset({1})
    singularities = (Fraction(1),)

    @property
    def singular_order(self) -> int:
        return max(1, math.ceil(self.nu))

    @property
    def defect_exponent(self) -> Fraction:
        return self.nu

    @property
    def series_sign(self) -> int:
        return int(self.nu < 0)  # (1-u)^nu = sum_i (-nu)_i u^i / i!

    def majorant(self, r: Fraction) -> Fraction | None:
        if self.nu < 0:
            return super().majorant(r) if r < 1 else None
        return _binomial_majorant(self.nu, r)


def sines_raised(kernel: Zonal) -> Zonal:
    """A product with factors 1 - u^2 next to a power of it taken into that power: multiplied out they cancel."""
    square, factors = 1 - Monomial(2), list(kernel.as_product)
    for i, k in enumerate(factors):
        if isinstance(k, SinePower) and (copies := factors.count(square)):
            factors[i] = SinePower(k.power + copies)
            return math.prod((f for f in factors if f != square), start=Monomial(0))
    return kernel


def _require_integrable(kernel: Zonal, power: Fraction, d: int) -> None:
    if 2 * power <= 1 - d:
        raise ValueError(f"{kernel!r} is not integrable on S^{d - 1}: mu_k is infinite")


def _binomial_majorant(p: Fraction, r: Fraction) -> Fraction | None:
    """A bound of sum_i |binom(p, i)| r^i for p > 0.

    From i = floor(p) + 1 on the coefficients of (1-x)^p have one sign, and all of them add up to 0 at x = 1.
    """
    if p > _LONGEST_BINOMIAL or p.denominator > 1 and r > 1:
        return None
    if p.denominator == 1:
        return (1 + r) ** int(p)
    term, total, size = Fraction(1), Fraction(0), Fraction(0)
    for i in range(math.floor(p) + 1):
        total, size = total + term, size + abs(term)
        term *= (i - p) / (i + 1)
    return size + abs(total)


@functools.cache
def _one_over_pi() -> Scalar:
    from ..numbers.closed_values import pi_power
    from ..numbers.exact_numbers import made

    return made(pi_power(-1))


def exponential_rise(kernel: Any, point: Point, start: Any, step: Any) -> Any:
    """start (e^step - 1), which ends at e^{alpha (u-1)}, the value at the point; a steep kernel's start underflows."""
    arithmetic = point.arithmetic
    rise = start * arithmetic.expm1(step)
    if kernel.alpha > _STEEP and hasattr(arithmetic, "xp"):
        return arithmetic.select(step.real > 0, -point.pair(kernel).value * arithmetic.expm1(-step), rise)
    return rise


def plain(end: Point, value: Any) -> Any:
    """A value at the end as a plain number in array arithmetics, for any array library."""
    return float(value) if hasattr(end.arithmetic, "xp") else value


def sine_power(power: Any) -> Zonal:
    """(1-u^2)^p / pi for a multiple p of 1/2: what derivatives of arc-cosine kernels are made of (Bietti & Bach 2021,
    lemma on (1-t^2)^nu; claim 16).
    """
    value = as_fraction(power, "power")
    if value.denominator not in (1, 2):
        raise ValueError(f"power must be a multiple of 1/2; got {power}")
    return SinePower(value)


def defect_power(nu: Any) -> Zonal:
    """(1-u)^nu for a rational nu that is no integer >= 0 (Bietti & Bach 2021, Theorem 7; claim 15): a zonal function,
    no kernel.
    """
    value = as_fraction(nu, "nu")
    if value.denominator == 1 and value >= 0:
        raise ValueError(f"nu must not be an integer >= 0 (write the polynomial instead); got {nu}")
    return DefectPower(value)
