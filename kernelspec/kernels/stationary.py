r"""The stationary kernels that people bring from R^d, on the sphere: Matern of every order, and rational quadratic.

|x - y|^2 = 2 (1 - u) on the unit sphere. Both are positive definite on every R^d (Rasmussen & Williams 2006, section
4.2.1), and so on every sphere; kappa(1) = 1. The evaluation of the Matern function stands in `bessel`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.arithmetic import ComplexArithmetic
from ..numbers.exact_numbers import REMEDY, Rounded, Scalar, power
from ..numbers.rational import as_fraction
from ..numbers.scalar_text import latex_exponent, latex_number
from ..sphere.gamma_products import ClosedForm
from . import matern as bessel
from .atoms import Atom
from .expression import add
from .families import Laplace, _positive
from .points import Pair, Point
from .powers import DefectPower, plain
from .text import bracket
from .zonal import Zonal

if TYPE_CHECKING:
    from ..expansions.series_point import SeriesPoint

_LARGEST_ORDER = 100
_HALF = Fraction(1, 2)


@dataclass(frozen=True, repr=False)
class Matern(Atom):
    r"""2^{1-nu}/Gamma(nu) s^nu K_nu(s), s = sqrt(2 nu) |x-y|/scale = 2 sqrt(z), z = nu (1-u)/scale^2."""

    series_sign = 1  # positive definite on every sphere (Schoenberg)
    singular = frozenset({1})

    _: KW_ONLY
    nu: Fraction
    scale: Scalar = Fraction(1)

    @functools.cached_property
    def rate(self) -> Scalar:
        """z = rate (1 - u)."""
        return self.nu / self.scale**2

    @functools.cached_property
    def slope(self) -> Scalar:
        """s = slope sqrt(1 - u)."""
        return power(4 * self.rate, _HALF)

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        if isinstance(arithmetic, ComplexArithmetic):
            point = _beside(point)
        if bessel.half_integer(self.nu):
            s = arithmetic.number(self.slope) * point.defect_power(_HALF)
            value, defect = bessel.read_half(self.nu, s, arithmetic)
        else:
            value, defect = bessel.read(self.nu, self.rate, self.slope, point)
        if isinstance(arithmetic, ComplexArithmetic):
            value, defect = self._on_cut(point, value, defect)
        return Pair(value, defect, arithmetic.number(Fraction(1)))

    def series(self, point: SeriesPoint) -> Any:
        """By the series of K_nu, in which the powers below (1-u)^nu cancel at u = 1 (`puiseux.bessel`)."""
        from ..expansions.matern_series import matern

        z = point.arithmetic.number(self.rate) * (1 - point.inner)
        return point.computed(functools.partial(matern, self.nu, repr(self)), z)

    def _on_cut(self, point: Point, value: Any, defect: Any) -> tuple[Any, Any]:
        # On the cut z is negative and the imaginary part is that of z^nu alone: the two series and J_nu keep it, the
        # exponential and the polynomial do not, nor does K_nu.
        z = np.asarray(point.arithmetic.number(self.rate) * point.delta)
        if bessel.half_integer(self.nu):
            close = np.abs(z) <= bessel.small(self.nu)
            one, near = bessel.float_pair(self.nu, np.where(close, z, 0.0))
            value, defect = np.where(close, one, value), np.where(close, near, defect)
        return bessel.on_cut(self.nu, z, value, defect)

    def derivative(self) -> Zonal:
        # (s^nu K_nu(s))' = -s^nu K_{nu-1}(s), K_{-nu} = K_nu (DLMF 10.29.4, 10.27.3).
        nu = self.nu
        if nu > 1:
            return add([(self.rate / (nu - 1), made_matern(nu - 1, self.rate))])
        if nu == 1:
            raise NotImplementedError(
                "the derivative of matern(nu=1) has a logarithm at u = 1: no expression is known for it here"
            )
        constant = power(self.rate, nu) * bessel.gamma_ratio(nu, 1 - nu)
        return add([(constant, DefectPower(nu - 1) * made_matern(1 - nu, self.rate))])

    def slope_at(self, point: Point) -> Any:
        arithmetic = point.arithmetic
        if self.nu != 1 or not isinstance(point.delta, np.ndarray | np.floating) or np.iscomplexobj(point.delta):
            return super().slope_at(point)
        from scipy import special

        # M = s K_1(s), dM/ds = -s K_0(s) (DLMF 10.29.4), s ds = -2 rate du: infinite at u = 1.
        s = arithmetic.number(self.slope) * point.defect_power(_HALF)
        return 2 * arithmetic.number(self.rate) * special.k0(s)

    @property
    def singularities(self) -> tuple[Scalar, ...] | None:
        return None if self.nu.denominator == 1 else (Fraction(1),)  # a logarithm has no series that would show it

    @property
    def singular_order(self) -> int:
        return math.ceil(self.nu)

    @property
    def smooth_in_angle(self) -> bool:
        return self.nu.denominator > 1  # two entire functions of 1 - u, and the power of it

    def latex_of(self, argument: str) -> str:
        scale = "" if self.scale == 1 else f",\\ell={latex_number(self.scale)}"
        return f"M_{{\\nu={latex_exponent(self.nu)}{scale}}}\\left({argument}\\right)"


@dataclass(frozen=True, repr=False)
class RationalQuadratic(Atom):
    """(1 + |x-y|^2/(2 alpha scale^2))^{-alpha} = (1 + (1-u)/(alpha scale^2))^{-alpha}."""

    series_sign = 1  # positive definite on every sphere (Schoenberg)
    one_exponential = True
    singular = frozenset()

    _: KW_ONLY
    alpha: Fraction = Fraction(1)
    scale: Scalar = Fraction(1)

    @functools.cached_property
    def rate(self) -> Scalar:
        """1/(alpha scale^2)."""
        return 1 / (self.alpha * self.scale**2)

    @property
    def singularities(self) -> tuple[Scalar]:
        return (1 + 1 / self.rate,)

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        one, alpha = arithmetic.number(Fraction(1)), arithmetic.number(self.alpha)
        x = arithmetic.number(self.rate) * point.delta
        if arithmetic.closed_form:
            value = arithmetic.power(1 + x, -self.alpha)
            return Pair(value, one - value, one)
        point.off_cut(1 + x)
        exponent = -alpha * arithmetic.log1p(x)
        return Pair(arithmetic.exp(exponent), -arithmetic.expm1(exponent), one)

    def rise(self, point: Point, at: int) -> Any:
        if at == 1:
            return -point.pair(self).defect
        return point.start(self, at) * self._fall(point, -point.u if at == 0 else -point.codelta, Fraction(1 - at))

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        return -plain(end, end.pair(self).value) * self._fall(point, gap, plain(end, end.delta))

    def _fall(self, point: Point, gap: Any, delta: Any) -> Any:
        """kappa(u)/kappa(c) - 1 without cancellation, c - u = gap, c = 1 - delta."""
        arithmetic = point.numerical
        rate = arithmetic.number(self.rate)
        start = 1 + rate * (arithmetic.number(delta) if isinstance(delta, Fraction) else delta)
        point.off_cut(1 + rate * point.delta)
        return arithmetic.expm1(-arithmetic.number(self.alpha) * arithmetic.log1p(rate * gap / start))

    def derivative(self) -> Zonal:
        # (1 + b t)^{-alpha - 1} with the same b = 1/((alpha+1) scale'^2).
        scale = power(1 / ((self.alpha + 1) * self.rate), _HALF)
        return add([(self.alpha * self.rate, RationalQuadratic(alpha=self.alpha + 1, scale=scale))])

    def eigenvalue(self, d: int) -> ClosedForm:
        from ..spectrum.rational_quadratic import HypergeometricForm

        return HypergeometricForm(d, self)

    @property
    def radius(self) -> float:
        return math.nextafter(float(1 + 1 / self.rate), 0.0)

    @property
    def taylor_radii(self) -> tuple[Scalar, Scalar]:
        return self.singularities * 2  # (c - u)^{-alpha} is singular at c in its even and in its odd part

    def latex_of(self, argument: str) -> str:
        rate = "" if self.rate == 1 else f"{latex_number(self.rate)}\\,"
        return f"\\left(1+{rate}\\left(1-{bracket(argument)}\\right)\\right)^{{-{latex_exponent(self.alpha)}}}"


def _beside(point: Point) -> Point:
    """The point moved to the real line where it is 2^-400 beside it, the sign of its imaginary part kept.

    Contours read both sides of the cut from 2^-500 beside it, a distance that t^nu falls below for high nu.
    """

    def moved(x: Any) -> Any:
        x = np.array(x)
        x.imag = np.where(np.abs(x.imag) <= 2.0**-400 * np.abs(x.real), 0.0 * x.imag, x.imag)
        return x

    return Point(point.arithmetic, moved(point.u), moved(point.delta), moved(point.codelta))


def matern(nu: Any, scale: Any = 1) -> Zonal:
    r"""The Matern kernel of R^d on the unit sphere, with r = |x-y|, r^2 = 2 (1-u):

    .. math:: \kappa(u) = \frac{2^{1-\nu}}{\Gamma(\nu)} s^\nu K_\nu(s), \qquad s = \sqrt{2\nu}\, r / scale

    Parameters
    ----------
    nu : the smoothness, a rational number with 0 < nu <= 100. Eigenvalues decay like k^{-(d + 2 nu - 1)} (claims
        14, 15). nu = 1/2 is `laplace(sqrt(2)/scale)`; half-integers are exponentials times polynomials. For an
        integer nu there are logarithms at u = 1: values, Gram matrices and eigenvalues in float64 are known, but
        no expansion, decay or certified eigenvalue.
    scale : the length scale > 0, a number or an exact one such as sympy.sqrt(2).

    Raises
    ------
    ValueError, TypeError
        for parameters outside of these ranges, or no real numbers.

    Source: Rasmussen & Williams (2006), equation 4.14; Stein (1999).

    >>> matern(0.5)
    laplace(c=sqrt(2))
    >>> matern(2.5).decay(5).exponent
    9
    """
    order = as_fraction(nu, "nu")
    if not 0 < order <= _LARGEST_ORDER:
        raise ValueError(f"nu must lie in (0, {_LARGEST_ORDER}] (beyond, exponential(scale) is close); got {nu}")
    if isinstance(order, Rounded):
        raise ValueError(f"nu must be known exactly, as exponents are; got {nu}: {REMEDY}")
    return _matern(order, _positive(scale, "scale", 100))


def _matern(nu: Fraction, scale: Scalar) -> Zonal:
    if nu == _HALF:
        return Laplace(c=power(Fraction(2), _HALF) / scale)
    return Matern(nu=nu, scale=scale)


def made_matern(nu: Fraction, rate: Scalar) -> Zonal:
    """The Matern kernel with z = rate (1 - u)."""
    return _matern(nu, power(nu / rate, _HALF))


def rational_quadratic(alpha: Any = 1, scale: Any = 1) -> Zonal:
    r"""The rational quadratic kernel of R^d on the unit sphere, with r = |x-y|, r^2 = 2 (1-u):

    .. math:: \kappa(u) = \Big(1 + \frac{r^2}{2 \alpha\, scale^2}\Big)^{-\alpha}
       = \Big(1 + \frac{1-u}{\alpha\, scale^2}\Big)^{-\alpha}

    Parameters
    ----------
    alpha : the exponent, a rational number from 1e-6 to 1e6.
    scale : the length scale > 0, a number or an exact one such as sympy.sqrt(2).

    It is analytic but at u = 1 + alpha scale^2: the eigenvalues decay geometrically, and have a closed form.

    Raises
    ------
    ValueError, TypeError
        for parameters outside of these ranges, or no real numbers.

    Source: Rasmussen & Williams (2006), equation 4.19; the eigenvalues here (`spectrum.rational_quadratic`).

    >>> rational_quadratic(1, scale=2)(-1.0)
    0.6666666666666666
    """
    exponent = as_fraction(alpha, "alpha")
    if not Fraction(1, 10**6) <= exponent <= 10**6:
        raise ValueError(f"alpha must lie between 1e-6 and 1e6; got {alpha}")
    return RationalQuadratic(alpha=exponent, scale=_positive(scale, "scale", 100))
