"""The named kernels, one definition each: arc-cosine of every degree, Laplace, exponential, polynomial.

Normalisation: kappa(1) = 1 for all of them. Parameters are kept exactly; a float stands for the decimal
that it prints (0.6 is 3/5), so that every arithmetic reads the same kernel. Scales may be irrational (sympy.sqrt(10)),
exponents are rational; what a float of more than 15 digits stands for is said in `exact_numbers`.
"""

from __future__ import annotations

import functools
import math
import numbers
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from .angle import Pair, Point, closed_form_polynomials, evaluate
from .exact_numbers import Scalar
from .expression import Atom, Monomial, add, bracket
from .rational import Polynomial, as_exact, as_fraction, latex_number, number_text
from .zonal import Zonal

# The polynomial b_n of degree n is evaluated at every point, and its exact coefficients grow with n.
_LARGEST_DEGREE = 200


def as_degree(value: Any, name: str, least: int = 0) -> int:
    """A plain int at least `least`; TypeError or ValueError that names the parameter otherwise."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be an integer; got {value!r} ({type(value).__name__})")
    if value < least:
        raise ValueError(f"{name} must be >= {least}; got {int(value)}")
    return int(value)


@dataclass(frozen=True, repr=False)
class ArcCosine(Atom):
    """kappa_n of Cho & Saul (2009), normalised to kappa_n(1) = 1 (claims 12, 13)."""

    degree: int

    @property
    def network_degree(self) -> int:
        return self.degree

    @property
    def symbol(self) -> str:
        return f"\\kappa_{{{self.degree}}}"

    def pair(self, point: Point) -> Pair:
        n, arithmetic = self.degree, point.arithmetic
        a, b = closed_form_polynomials(n)
        one = arithmetic.number(Fraction(1))
        if arithmetic.closed_form:
            value = point.sine * evaluate(a, point.u, arithmetic) / arithmetic.pi
            value = (
                value
                + (arithmetic.pi - point.psi) * evaluate(b, point.u, arithmetic) / arithmetic.pi
            )
            return Pair(value, one - value, one)
        # b_n(u) and (1 - b_n(u))/(1 - u), whose coefficients are all >= 0.
        tail = point.tail(n)
        signed = tail if n % 2 == 0 else -tail
        near_defect = point.delta * evaluate(_quotient(n), point.u, arithmetic) + signed
        near_value = evaluate(b, point.u, arithmetic) - signed
        if n > 2:  # the rounded coefficients of b_n need not add up to 1
            close = arithmetic.near(arithmetic.number(Fraction(1, 4)) - near_defect)
            near_value = arithmetic.select(close, one - near_defect, near_value)
        value = arithmetic.select(point.near, near_value, tail)
        return Pair(value, arithmetic.select(point.near, near_defect, one - tail), one)

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        if self.degree or not point.arithmetic.near(_plain(end, end.u)):
            return None
        # arcsin c - arcsin v by the sine of the difference, where both are >= 0.
        arithmetic, c, v = point.arithmetic, _plain(end, end.u), point.u
        cosine_c = _sine(end)
        cosine_v = arithmetic.sqrt(point.delta * point.codelta)
        right = arithmetic.near(v)
        below = arithmetic.select(right, c * cosine_v + v * cosine_c, arithmetic.constant(1, v))
        sine = arithmetic.select(right, gap * (c + v) / below, arithmetic.constant(0, v))
        plain = _plain(end, end.pair(self).value) - point.pair(self).value
        return arithmetic.select(right, arithmetic.asin(sine) / arithmetic.pi, plain)

    def derivative(self) -> Zonal:
        n = self.degree
        if n == 0:
            return SinePower(Fraction(-1, 2))
        return add([(Fraction(n * n, 2 * n - 1), ArcCosine(n - 1))])

    def text(self) -> str:
        return f"arccos({self.degree})"

    def latex_of(self, argument: str) -> str:
        return f"\\kappa_{{{self.degree}}}\\left({argument}\\right)"

    def polynomial_part(self, parity: int) -> Polynomial | None:
        if self.degree % 2 != parity:
            return None
        _, b = closed_form_polynomials(self.degree)
        return {m: q / 2 for m, q in enumerate(b) if q}


@dataclass(frozen=True, repr=False)
class Exponential(Atom):
    """e^{(u-1)/sigma^2}: on the sphere, the Gaussian kernel of bandwidth sigma (claim 11)."""

    sigma: Scalar

    @property
    def alpha(self) -> Scalar:
        return 1 / self.sigma**2

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        exponent = -point.delta * arithmetic.number(self.alpha)
        return Pair(
            arithmetic.exp(exponent), -arithmetic.expm1(exponent), arithmetic.number(Fraction(1))
        )

    def derivative(self) -> Zonal:
        return add([(self.alpha, self)])

    def text(self) -> str:
        return f"exponential(sigma={number_text(self.sigma)})"

    def latex_of(self, argument: str) -> str:
        scale = "" if self.sigma == 1 else f"/{_squared(self.sigma)}"
        body = f"{bracket(argument)}-1"
        return f"e^{{({body}){scale}}}" if scale else f"e^{{{body}}}"

    @property
    def radius(self) -> float:
        return math.inf


@dataclass(frozen=True, repr=False)
class Laplace(Atom):
    """e^{-c (1-u)^gamma}; gamma = 1/2 is the Laplace kernel e^{-(c/sqrt2)|x-y|} of the sphere (claim 28)."""

    c: Scalar
    gamma: Fraction

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        exponent = -arithmetic.number(self.c) * point.defect_power(self.gamma)
        return Pair(
            arithmetic.exp(exponent), -arithmetic.expm1(exponent), arithmetic.number(Fraction(1))
        )

    def derivative(self) -> Zonal:
        if self.gamma == 1:
            return add([(self.c, self)])
        return add([(self.c * self.gamma, DefectPower(self.gamma - 1) * self)])

    @property
    def radius(self) -> float:
        return math.inf if self.gamma == 1 else 1.0

    def text(self) -> str:
        gamma = "" if self.gamma == Fraction(1, 2) else f", gamma={number_text(self.gamma)}"
        return f"laplace(c={number_text(self.c)}{gamma})"

    def latex_of(self, argument: str) -> str:
        c = "" if self.c == 1 else latex_number(self.c)
        if self.gamma == Fraction(1, 2):
            return f"e^{{-{c}\\sqrt{{1-{bracket(argument)}}}}}"
        return f"e^{{-{c}(1-{bracket(argument)})^{{{number_text(self.gamma)}}}}}"


@dataclass(frozen=True, repr=False)
class SinePower(Atom):
    """(1-u^2)^p / pi, p a multiple of 1/2: the derivatives of kappa_0, kappa_0' = (1-u^2)^{-1/2}/pi."""

    bounded = False

    power: Fraction

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        value = point.sine_power(self.power) / arithmetic.pi
        if self.power < 0:
            one = arithmetic.infinity
        else:
            one = arithmetic.number(Fraction(int(self.power == 0))) / arithmetic.pi
        return Pair(value, one - value, one)

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        if self.power != Fraction(-1, 2):
            return None
        at_end = _sine(end)
        here = point.arithmetic.sqrt(point.delta * point.codelta)
        return (
            gap
            * (_plain(end, end.u) + point.u)
            / ((at_end + here) * at_end * here * point.arithmetic.pi)
        )

    def derivative(self) -> Zonal:
        if self.power == 0:
            return 0 * self
        return add([(-2 * self.power, Monomial(1) * SinePower(self.power - 1))])

    def text(self) -> str:
        return f"sine_power({number_text(self.power)})"

    def latex_of(self, argument: str) -> str:
        return f"\\frac{{1}}{{\\pi}}\\left(1-{bracket(argument)}^{{2}}\\right)^{{{number_text(self.power)}}}"

    @property
    def radius(self) -> float:
        return math.inf if self.power >= 0 and self.power.denominator == 1 else 1.0

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return {} if parity == 1 else None


@dataclass(frozen=True, repr=False)
class DefectPower(Atom):
    """(1-u)^nu, a zonal function whose eigenvalues are Gamma ratios at every degree (claim 15)."""

    bounded = False

    nu: Fraction

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        value = point.defect_power(self.nu)
        if self.nu > 0:
            one = arithmetic.number(Fraction(0))
        else:
            one = arithmetic.infinity
        return Pair(value, one - value, one)

    def derivative(self) -> Zonal:
        return add([(-self.nu, DefectPower(self.nu - 1))])

    def text(self) -> str:
        return f"defect_power({number_text(self.nu)})"

    def latex_of(self, argument: str) -> str:
        return f"\\left(1-{bracket(argument)}\\right)^{{{number_text(self.nu)}}}"


@functools.cache
def _quotient(n: int) -> tuple[Fraction, ...]:
    """The coefficients of (1 - b_n(u))/(1 - u)."""
    _, b = closed_form_polynomials(n)
    return tuple(sum(b[j + 1 :], Fraction(0)) for j in range(n)) or (Fraction(0),)


def linear() -> Zonal:
    """The linear kernel u."""
    return Monomial(1)


def arccos(degree: int) -> Zonal:
    r"""The arc-cosine kernel of a degree n >= 0, normalised to kappa_n(1) = 1 (Cho & Saul 2009; claim 12).

    .. math:: \kappa_n(\cos\theta) = J_n(\theta) / (\pi (2n-1)!!)

    so that 2 E[s_n(w.x) s_n(w.y)] = (2n-1)!! |x|^n |y|^n kappa_n for s_n = max(0, .)^n and w ~ N(0, I).

    >>> round(arccos(1)(0.0), 15)  # 1/pi
    0.318309886183791
    """
    degree = as_degree(degree, "degree")
    if degree > _LARGEST_DEGREE:
        raise ValueError(f"degree must be at most {_LARGEST_DEGREE}; got {degree}")
    return ArcCosine(degree)


def polynomial(degree: int) -> Zonal:
    """u^r for an integer r >= 0 (claim 58: on R^d the homogeneous |x||y| cos^r)."""
    degree = as_degree(degree, "degree")
    if degree > 2**53:
        raise ValueError(f"degree must be at most 2^53; got {degree}")
    return Monomial(degree)


def exponential(sigma: Any = 1) -> Zonal:
    r"""The Gaussian kernel of the sphere, :math:`e^{(u-1)/\sigma^2}`, sigma > 0 (claim 11).

    sigma may be irrational: exponential(sympy.sqrt(2)), exponential(1/sympy.pi).
    """
    return Exponential(_positive(sigma, "sigma", 100))


def laplace(c: Any = 1, gamma: Any = Fraction(1, 2)) -> Zonal:
    r"""The generalised Laplace kernel :math:`e^{-c (1-u)^\gamma}`, c > 0 and 0 < gamma <= 1 (claim 28).

    gamma = 1 is `exponential(sigma=c**-0.5)` where that is rational. c may be irrational, laplace(sympy.sqrt(10));
    gamma is rational.
    """
    c_value, gamma_value = _positive(c, "c", 300), as_fraction(gamma, "gamma")
    if not 0 < gamma_value <= 1:
        raise ValueError(
            f"gamma must lie in (0, 1]: beyond, the kernel is not positive definite; got {gamma}"
        )
    return Laplace(c_value, gamma_value)


def _plain(end: Point, value: Any) -> Any:
    """A value at the end as a plain number in array arithmetics, for any array library."""
    return float(value) if hasattr(end.arithmetic, "xp") else value


def _sine(end: Point) -> Any:
    return _plain(end, end.arithmetic.sqrt(end.delta * end.codelta))


def _squared(sigma: Scalar) -> str:
    text = latex_number(sigma)
    return f"{text}^{{2}}" if isinstance(sigma, Fraction) else f"\\left({text}\\right)^{{2}}"


def _positive(value: Any, name: str, digits: int) -> Scalar:
    number = as_exact(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be > 0; got {value}")
    if not Fraction(1, 10**digits) <= number <= 10**digits:  # its square or itself stays a float
        raise ValueError(f"{name} must lie between 1e-{digits} and 1e{digits}; got {value}")
    return number


def sine_power(power: Any) -> Zonal:
    """(1-u^2)^p / pi for a multiple p of 1/2: what derivatives of arc-cosine kernels are made of."""
    value = as_fraction(power, "power")
    if value.denominator not in (1, 2):
        raise ValueError(f"power must be a multiple of 1/2; got {power}")
    return SinePower(value)


def defect_power(nu: Any) -> Zonal:
    """(1-u)^nu for a rational nu that is no integer >= 0 (claim 15; a zonal function, not a kernel)."""
    value = as_fraction(nu, "nu")
    if value.denominator == 1 and value >= 0:
        raise ValueError(f"nu must not be an integer >= 0 (write the polynomial instead); got {nu}")
    return DefectPower(value)
