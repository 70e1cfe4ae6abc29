"""The named kernels, one definition each: arc-cosine of every degree, Laplace, exponential, polynomial.

Normalisation: kappa(1) = 1 for all of them. Parameters are kept exactly; a float stands for the decimal
that it prints (0.6 is 3/5), so that every arithmetic reads the same kernel. Scales may be irrational (sympy.sqrt(10)),
exponents are rational; what a float of more than 15 digits stands for is said in `exact_numbers`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any

from ..numbers.checks import integer
from ..numbers.closed_polynomials import closed_form_polynomials
from ..numbers.exact_numbers import Exact, Scalar, power
from ..numbers.rational import Polynomial, as_exact, as_fraction, latex_number, number_text
from ..numbers.scalar_text import latex_exponent
from ..sphere.gamma_products import HALF, ClosedForm, GammaProduct, K
from .atoms import Atom, Monomial
from .base_points import ONE, ZERO, Constant, combination, named
from .base_points import exponential as exponential_number
from .expression import add
from .points import Pair, Point, evaluate
from .powers import DefectPower, SinePower, exponential_rise, plain
from .text import bracket
from .zonal import Zonal

# The polynomial b_n of degree n is evaluated at every point, and its exact coefficients grow with n.
_LARGEST_DEGREE = 200
_UNIT = Fraction(1)
# sigma^-2 and c stay floats.
_SIGMA_DIGITS, _SCALE_DIGITS = 100, 300


@dataclass(frozen=True, repr=False)
class ArcCosine(Atom):
    """kappa_n of Cho & Saul (2009), normalised to kappa_n(1) = 1 (claims 12, 13)."""

    maker = "arccos"

    degree: int

    @property
    def network_degree(self) -> int:
        return self.degree

    @property
    def symbol(self) -> str:
        return f"\\kappa_{{{self.degree}}}"

    def pair(self, point: Point) -> Pair:
        n, arithmetic = self.degree, point.arithmetic
        one = arithmetic.number(_UNIT)
        if arithmetic.closed_form:
            value = point.arc_cosine(n)
            return Pair(value, one - value, one)
        tail, near = point.tail(n), point.near
        if near is False:
            return Pair(tail, one - tail, one)
        if n < 2:  # b_0 = 1 and b_1 = u
            near_value, near_defect = (point.u + tail, point.delta - tail) if n else (one - tail, tail)
        else:
            near_value, near_defect = self._near(point, tail)
        if near is True:
            return Pair(near_value, near_defect, one)
        value = arithmetic.select(near, near_value, tail)
        return Pair(value, arithmetic.select(near, near_defect, one - tail), one)

    def _near(self, point: Point, tail: Any) -> tuple[Any, Any]:
        """kappa_n(u) and 1 - kappa_n(u) by b_n(u) and (1 - b_n(u))/(1 - u), whose coefficients are all >= 0."""
        n, arithmetic = self.degree, point.arithmetic
        _, b = closed_form_polynomials(n)
        signed = tail if n % 2 == 0 else -tail
        defect = point.delta * evaluate(_quotient(n), point.u, arithmetic) + signed
        value = evaluate(b, point.u, arithmetic) - signed
        if n > 2:  # the rounded coefficients of b_n need not add up to 1
            close = arithmetic.near(arithmetic.number(Fraction(1, 4)) - defect)
            value = arithmetic.select(close, arithmetic.number(_UNIT) - defect, value)
        return value, defect

    def exact_at(self, at: int) -> Constant:
        if at:
            return ONE if at == 1 else ZERO
        a, b = closed_form_polynomials(self.degree)
        parts = (Fraction(1), named("1/pi", a[0])), (b[0] / 2, ONE)
        return combination(parts) or ZERO

    def rise(self, point: Point, at: int) -> Any:
        if at:
            return -point.pair(self).defect if at == 1 else point.pair(self).value
        # a_n sin(theta) + b_n (pi/2 + arcsin u), sin(theta) = 1 - u^2/(1 + sin(theta))
        arithmetic, u, sine = point.numerical, point.u, point.sine
        a, b = closed_form_polynomials(self.degree)
        climbs = [u * evaluate(rest, u, arithmetic) if (rest := p[1:]) else 0 * u for p in (a, b)]
        waves = sine * climbs[0] - arithmetic.number(a[0]) * u * u / (1 + sine)
        waves = waves + evaluate(b, u, arithmetic) * arithmetic.asin(u)
        return waves / arithmetic.pi + climbs[1] / 2

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        if self.degree:
            return None
        arithmetic = point.numerical
        # Half of arccos v - arccos c by its sine, sin a cos b - cos a sin b times sin a cos b + cos a sin b over that.
        total = arithmetic.sqrt(point.delta * plain(end, end.codelta))
        total = total + arithmetic.sqrt(point.codelta * plain(end, end.delta))
        sine = gap / arithmetic.select(total == 0, 1 + total, total)  # at the end itself the gap is 0, too
        far = arithmetic.near(sine * sine - 0.5)  # where the sine does not tell the angle, nothing cancels
        close = 2 * arithmetic.asin(arithmetic.select(far, sine * 0, sine)) / arithmetic.pi
        return arithmetic.select(far, plain(end, end.pair(self).value) - point.pair(self).value, close)

    def derivative(self) -> Zonal:
        n = self.degree
        if n == 0:
            return SinePower(Fraction(-1, 2))
        return add([(Fraction(n * n, 2 * n - 1), ArcCosine(n - 1))])

    def latex_of(self, argument: str) -> str:
        return f"\\kappa_{{{self.degree}}}\\left({argument}\\right)"

    @functools.lru_cache(maxsize=512)  # noqa: B019 - kernels are values
    def eigenvalue(self, d: int) -> GammaProduct:
        """For k - n odd (Bach 2017, Appendix D; claim 19), by the duplication formula of the Gamma function."""
        n, argument = self.degree, (K - self.degree) * HALF
        below = (K + n + d) * HALF
        return GammaProduct(
            above=(argument, argument, d * HALF + n, d * HALF, n + 1, n + 1, n + 1),
            below=(below, below, 1, 1, 2 * n + 1),
            two=-1,
            pi=-2,
        )

    series_sign = 1  # the dual of max(0, .)^n: squares of Hermite coefficients (claim 10)
    smooth_in_angle = True

    @property
    def singular_parts(self) -> tuple[bool, bool]:
        return self.degree % 2 == 1, self.degree % 2 == 0

    def polynomial_part(self, parity: int) -> Polynomial | None:
        if self.degree % 2 != parity:
            return None
        _, b = closed_form_polynomials(self.degree)
        return {m: q / 2 for m, q in enumerate(b) if q}

    singularities = (Fraction(1), Fraction(-1))

    @property
    def singular_order(self) -> int:
        return self.degree

    @property
    def rectifier(self) -> tuple[Scalar, Scalar] | None:
        return (Fraction(0), Fraction(1)) if self.degree == 1 else None


@dataclass(frozen=True, repr=False)
class Exponential(Atom):
    """e^{alpha (u-1)}: the Gaussian kernel of bandwidth alpha^{-1/2} on the sphere (claim 11, derived here)."""

    alpha: Scalar

    @property
    def sigma(self) -> Scalar | None:
        """alpha^{-1/2} where that is rational, and `exponential` takes it."""
        if isinstance(self.alpha, Exact):
            return None
        root = power(1 / self.alpha, Fraction(1, 2))
        return root if isinstance(root, Fraction) and _within(root, _SIGMA_DIGITS) else None

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        exponent = -point.delta * arithmetic.number(self.alpha)
        return Pair(arithmetic.exp(exponent), -arithmetic.expm1(exponent), arithmetic.number(Fraction(1)))

    @property
    def powers(self) -> tuple[Any, Scalar]:
        return "e^{alpha (u-1)}", self.alpha

    def gathered(self, total: Scalar, count: int) -> list[Zonal] | None:
        return [Exponential(total)] if _within(total, _SCALE_DIGITS) else None

    def exact_at(self, at: int) -> Constant:
        return exponential_number(self.alpha * (at - 1))

    def rise(self, point: Point, at: int) -> Any:
        if at == 1:
            return -point.pair(self).defect
        step = point.arithmetic.number(self.alpha) * (point.u if at == 0 else point.codelta)
        return exponential_rise(self, point, point.start(self, at), step)

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        step = point.arithmetic.number(self.alpha) * gap
        return -exponential_rise(self, point, plain(end, end.pair(self).value), -step)

    def derivative(self) -> Zonal:
        return add([(self.alpha, self)])

    def text(self) -> str:
        sigma = self.sigma
        if sigma is None:
            return f"laplace(c={number_text(self.alpha)}, gamma=1)"
        return f"exponential(sigma={number_text(sigma)})"

    def latex_of(self, argument: str) -> str:
        body, sigma = f"{bracket(argument)}-1", self.sigma
        if self.alpha == 1:
            return f"e^{{{body}}}"
        if sigma is None:
            return f"e^{{{latex_number(self.alpha)}({body})}}"
        text = latex_number(sigma)
        text = bracket(text) if "\\" in text else text
        return f"e^{{({body})/{text}^{{2}}}}"

    series_sign = 1

    def eigenvalue(self, d: int) -> ClosedForm:
        from ..spectrum.bessel import BesselForm

        return BesselForm(d, self.alpha, -self.alpha)

    @property
    def exponential_rate(self) -> Scalar:
        return self.alpha

    one_exponential = True

    @property
    def radius(self) -> float:
        return math.inf


@dataclass(frozen=True, repr=False)
class Laplace(Atom):
    """e^{-c (1-u)^gamma}, gamma < 1; the Laplace kernel e^{-(c/sqrt2)|x-y|} at 1/2 (Chen & Xu 2021; claim 28)."""

    _: KW_ONLY
    c: Scalar
    gamma: Fraction = HALF

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        exponent = -arithmetic.number(self.c) * point.defect_power(self.gamma)
        return Pair(arithmetic.exp(exponent), -arithmetic.expm1(exponent), arithmetic.number(Fraction(1)))

    series_sign = 1  # 1 - (1-u)^gamma has coefficients >= 0 for gamma <= 1, and so has e^{c(1 - (1-u)^gamma)}
    smooth_in_angle = True  # (1-u)^gamma = (2 sin^2(theta/2))^gamma

    @property
    def powers(self) -> tuple[Any, Scalar]:
        return ("e^{-c (1-u)^gamma}", self.gamma), self.c

    def gathered(self, total: Scalar, count: int) -> list[Zonal] | None:
        return [Laplace(c=total, gamma=self.gamma)] if _within(total, _SCALE_DIGITS) else None

    def rise(self, point: Point, at: int) -> Any:
        if at == 1:
            return -point.pair(self).defect
        arithmetic = point.arithmetic
        step = -arithmetic.number(self.c) * DefectPower(self.gamma).rise(point, at)
        return point.start(self, at) * arithmetic.expm1(step)

    def derivative(self) -> Zonal:
        return add([(self.c * self.gamma, DefectPower(self.gamma - 1) * self)])

    singular = frozenset({1})
    singularities = (Fraction(1),)
    one_exponential = True

    def latex_of(self, argument: str) -> str:
        c = "" if self.c == 1 else latex_number(self.c)
        if self.gamma == Fraction(1, 2):
            return f"e^{{-{c}\\sqrt{{1-{bracket(argument)}}}}}"
        return f"e^{{-{c}(1-{bracket(argument)})^{{{latex_exponent(self.gamma)}}}}}"


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

    so that 2 E[s_n(w.x) s_n(w.y)] = (2n-1)!! |x|^n |y|^n kappa_n for s_n = max(0, .)^n and w ~ N(0, I). Its eigenvalues
    have closed forms (Bach 2017, Appendix D; claim 19).

    >>> round(arccos(1)(0.0), 15)  # 1/pi
    0.318309886183791
    """
    return ArcCosine(integer("degree", degree, 0, _LARGEST_DEGREE))


def polynomial(degree: int) -> Zonal:
    """u^r for an integer r >= 0 (code of Bietti 2022; claim 58: on R^d the homogeneous |x||y| cos^r)."""
    return Monomial(integer("degree", degree, 0))


def exponential(sigma: Any = 1) -> Zonal:
    r"""The Gaussian kernel of the sphere, :math:`e^{(u-1)/\sigma^2}`, sigma > 0 (claim 11, derived here).

    sigma may be irrational: exponential(sympy.sqrt(2)), exponential(1/sympy.pi).
    """
    return Exponential(1 / _positive(sigma, "sigma", _SIGMA_DIGITS) ** 2)


def laplace(c: Any = 1, gamma: Any = Fraction(1, 2)) -> Zonal:
    r"""The generalised Laplace kernel :math:`e^{-c (1-u)^\gamma}`, c > 0 and 0 < gamma <= 1.

    Its eigenvalues decay like those of the tangent kernel for gamma = 1/2 (Bietti & Bach 2021, corollary on the Laplace
    kernel; Geifman et al. 2020; Chen & Xu 2021, also for other gamma; claim 28).

    gamma = 1 is the exponential kernel of bandwidth c^{-1/2}, and equal to it. c may be irrational,
    laplace(sympy.sqrt(10)); gamma is rational.

    >>> laplace(4, gamma=1) == exponential(sigma=0.5)
    True
    """
    c_value, gamma_value = _positive(c, "c", _SCALE_DIGITS), as_fraction(gamma, "gamma")
    if not 0 < gamma_value <= 1:
        raise ValueError(f"gamma must lie in (0, 1]: beyond, the kernel is not positive definite; got {gamma}")
    return Exponential(c_value) if gamma_value == 1 else Laplace(c=c_value, gamma=gamma_value)


def _positive(value: Any, name: str, digits: int) -> Scalar:
    number = as_exact(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be > 0; got {value}")
    if not _within(number, digits):
        raise ValueError(f"{name} must lie between 1e-{digits} and 1e{digits}; got {value}")
    return number


def _within(number: Scalar, digits: int) -> bool:
    """Whether a positive number lies between 10^-digits and 10^digits."""
    return Fraction(1, 10**digits) <= number <= 10**digits
