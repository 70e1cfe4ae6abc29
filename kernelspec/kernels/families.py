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
from ..numbers.exact_numbers import Exact, Scalar, latex_exponent, power
from ..numbers.rational import Polynomial, as_exact, as_fraction, latex_number, number_text
from ..sphere import power_eigenvalues as powers
from ..sphere.gamma_products import HALF, ClosedForm, GammaProduct, K
from ..sphere.power_eigenvalues import even_power
from .atoms import Atom, Monomial
from .base_points import ONE, ZERO, Constant, combination, named, rational
from .base_points import exponential as exponential_number
from .expression import add
from .points import Pair, Point, closed_form_polynomials, evaluate
from .text import bracket
from .zonal import Zonal

# The polynomial b_n of degree n is evaluated at every point, and its exact coefficients grow with n.
_LARGEST_DEGREE = 200
_LONGEST_BINOMIAL = 500
# sigma^-2 and c stay floats.
_SIGMA_DIGITS, _SCALE_DIGITS = 100, 300
# Factors 1 - u that a power of 1 - u is multiplied out to.
_MOST_FACTORS = 64


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
        one = arithmetic.number(Fraction(1))
        if arithmetic.closed_form:
            value = point.arc_cosine(n)
            return Pair(value, one - value, one)
        _, b = closed_form_polynomials(n)
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
        arithmetic, u, sine = point.arithmetic, point.u, point.sine
        a, b = closed_form_polynomials(self.degree)
        climbs = [u * evaluate(rest, u, arithmetic) if (rest := p[1:]) else 0 * u for p in (a, b)]
        waves = sine * climbs[0] - arithmetic.number(a[0]) * u * u / (1 + sine)
        waves = waves + evaluate(b, u, arithmetic) * arithmetic.asin(u)
        return waves / arithmetic.pi + climbs[1] / 2

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        if self.degree or not point.arithmetic.near(_plain(end, end.u)):
            return None
        # arcsin c - arcsin v by the sine of the difference, where both are >= 0.
        arithmetic, c, v = point.arithmetic, _plain(end, end.u), point.u
        cosine_c = _sine(end)
        cosine_v = arithmetic.sqrt(point.delta * point.codelta)
        # The difference is at most pi/3, of which the sine knows all digits.
        farthest = arithmetic.select(arithmetic.near((c - v) ** 2 - 0.25), v * 0 - 1, v)
        right = arithmetic.near(farthest)
        below = arithmetic.select(right, c * cosine_v + v * cosine_c, arithmetic.constant(1, v))
        below = arithmetic.select(below == 0, arithmetic.constant(1, v), below)  # c = v = 0
        sine = arithmetic.select(right, gap * (c + v) / below, arithmetic.constant(0, v))
        plain = _plain(end, end.pair(self).value) - point.pair(self).value
        return arithmetic.select(right, arithmetic.asin(sine) / arithmetic.pi, plain)

    def derivative(self) -> Zonal:
        n = self.degree
        if n == 0:
            return SinePower(Fraction(-1, 2))
        return add([(Fraction(n * n, 2 * n - 1), ArcCosine(n - 1))])

    def latex_of(self, argument: str) -> str:
        return f"\\kappa_{{{self.degree}}}\\left({argument}\\right)"

    @functools.lru_cache(maxsize=512)  # noqa: B019 - kernels are values
    def eigenvalue(self, d: int) -> GammaProduct:
        """For k - n odd: claim 19, its ratio of Gamma functions rewritten by the duplication formula."""
        n, argument = self.degree, (K - self.degree) * HALF
        below = (K + n + d) * HALF
        return GammaProduct(
            above=(argument, argument, d * HALF + n, d * HALF, n + 1, n + 1, n + 1),
            below=(below, below, 1, 1, 2 * n + 1),
            two=-1,
            pi=-2,
        )

    series_sign = 1  # the dual of max(0, .)^n: squares of Hermite coefficients (claim 10)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        if self.degree % 2 != parity:
            return None
        _, b = closed_form_polynomials(self.degree)
        return {m: q / 2 for m, q in enumerate(b) if q}


@dataclass(frozen=True, repr=False)
class Exponential(Atom):
    """e^{alpha (u-1)}: on the sphere, the Gaussian kernel of bandwidth sigma = alpha^{-1/2} (claim 11)."""

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
        arithmetic = point.arithmetic
        step = arithmetic.number(self.alpha) * (point.u if at == 0 else point.codelta)
        return point.start(self, at) * arithmetic.expm1(step)

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
    def radius(self) -> float:
        return math.inf


@dataclass(frozen=True, repr=False)
class Laplace(Atom):
    """e^{-c (1-u)^gamma}, gamma < 1; gamma = 1/2 is the Laplace kernel e^{-(c/sqrt2)|x-y|} of the sphere (claim 28)."""

    _: KW_ONLY
    c: Scalar
    gamma: Fraction = HALF

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        exponent = -arithmetic.number(self.c) * point.defect_power(self.gamma)
        return Pair(arithmetic.exp(exponent), -arithmetic.expm1(exponent), arithmetic.number(Fraction(1)))

    series_sign = 1  # 1 - (1-u)^gamma has coefficients >= 0 for gamma <= 1, and so has e^{c(1 - (1-u)^gamma)}

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

    @property
    def singular(self) -> frozenset[int]:
        return frozenset({1})

    def latex_of(self, argument: str) -> str:
        c = "" if self.c == 1 else latex_number(self.c)
        if self.gamma == Fraction(1, 2):
            return f"e^{{-{c}\\sqrt{{1-{bracket(argument)}}}}}"
        return f"e^{{-{c}(1-{bracket(argument)})^{{{latex_exponent(self.gamma)}}}}}"


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
        pair, arithmetic = point.pair(self), point.arithmetic
        if at:
            return -pair.defect if at == 1 or self.power <= 0 else pair.value
        step = arithmetic.number(self.power) * arithmetic.log1p(-point.u * point.u)
        return arithmetic.expm1(step) / arithmetic.pi

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        if self.power != Fraction(-1, 2):
            return None
        at_end = _sine(end)
        here = point.arithmetic.sqrt(point.delta * point.codelta)
        return gap * (_plain(end, end.u) + point.u) / ((at_end + here) * at_end * here * point.arithmetic.pi)

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


@dataclass(frozen=True, repr=False)
class DefectPower(Atom):
    """(1-u)^nu, a zonal function whose eigenvalues are Gamma ratios at every degree (claim 15)."""

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
        arithmetic = point.arithmetic
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

    @property
    def singular(self) -> frozenset[int]:
        return frozenset((1,))

    @property
    def series_sign(self) -> int:
        return int(self.nu < 0)  # (1-u)^nu = sum_i (-nu)_i u^i / i!

    def majorant(self, r: Fraction) -> Fraction | None:
        if self.nu < 0:
            return super().majorant(r) if r < 1 else None
        return _binomial_majorant(self.nu, r)


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
def _quotient(n: int) -> tuple[Fraction, ...]:
    """The coefficients of (1 - b_n(u))/(1 - u)."""
    _, b = closed_form_polynomials(n)
    return tuple(sum(b[j + 1 :], Fraction(0)) for j in range(n)) or (Fraction(0),)


@functools.cache
def _one_over_pi() -> Scalar:
    from ..expansions.closed_values import pi_power
    from ..numbers.exact_numbers import made

    return made(pi_power(-1))


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
    return ArcCosine(integer("degree", degree, 0, _LARGEST_DEGREE))


def polynomial(degree: int) -> Zonal:
    """u^r for an integer r >= 0 (claim 58: on R^d the homogeneous |x||y| cos^r)."""
    return Monomial(integer("degree", degree, 0))


def exponential(sigma: Any = 1) -> Zonal:
    r"""The Gaussian kernel of the sphere, :math:`e^{(u-1)/\sigma^2}`, sigma > 0 (claim 11).

    sigma may be irrational: exponential(sympy.sqrt(2)), exponential(1/sympy.pi).
    """
    return Exponential(1 / _positive(sigma, "sigma", _SIGMA_DIGITS) ** 2)


def laplace(c: Any = 1, gamma: Any = Fraction(1, 2)) -> Zonal:
    r"""The generalised Laplace kernel :math:`e^{-c (1-u)^\gamma}`, c > 0 and 0 < gamma <= 1 (claim 28).

    gamma = 1 is the exponential kernel of bandwidth c^{-1/2}, and equal to it. c may be irrational,
    laplace(sympy.sqrt(10)); gamma is rational.

    >>> laplace(4, gamma=1) == exponential(sigma=0.5)
    True
    """
    c_value, gamma_value = _positive(c, "c", _SCALE_DIGITS), as_fraction(gamma, "gamma")
    if not 0 < gamma_value <= 1:
        raise ValueError(f"gamma must lie in (0, 1]: beyond, the kernel is not positive definite; got {gamma}")
    return Exponential(c_value) if gamma_value == 1 else Laplace(c=c_value, gamma=gamma_value)


def _plain(end: Point, value: Any) -> Any:
    """A value at the end as a plain number in array arithmetics, for any array library."""
    return float(value) if hasattr(end.arithmetic, "xp") else value


def _sine(end: Point) -> Any:
    return _plain(end, end.arithmetic.sqrt(end.delta * end.codelta))


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
