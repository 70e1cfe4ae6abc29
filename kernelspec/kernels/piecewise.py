"""Dual kernels of piecewise smooth activations (`activations`): kappa(u) = E[f(a) f(b)].

Values are those of `piecewise_values`, to rounding error, and of `piecewise_balls`, proved; expansions at u = +-1, and
with them the laws of decay, are exact (`expansions.kinks`); eigenvalues are integrals of squares (`spectrum.radial`).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.arithmetic import BallArithmetic, ComplexArithmetic, FloatArithmetic, MpmathArithmetic, SeriesArithmetic
from ..numbers.arithmetic_protocol import Value
from ..numbers.exact_numbers import Scalar, ball, decimal
from ..numbers.exact_numbers import made as made_exact
from ..numbers.precision import cached_property, precision
from ..numbers.rational import Polynomial, decimal_of, number_text
from .activations import Activation, Terms, made, stretched
from .atoms import Atom, Monomial
from .ball_values import upper
from .evaluation import refuse
from .expression import add
from .families import ArcCosine
from .hermite import moment
from .named_activations import name_of
from .piecewise_floats import float_pair
from .piecewise_mpmath import mpmath_pair
from .piecewise_values import exact_one
from .points import Pair, Point
from .zonal import Zonal

if TYPE_CHECKING:
    from ..expansions.series_point import SeriesPoint

_BITS, _DIGITS = 128, 30


@dataclass(frozen=True, repr=False)
class PiecewiseDual(Atom):
    """E[f(s a) f(s b)] of a piecewise smooth f; read in floats, mpmath and balls on [-1, 1], expanded exactly there.

    s is 1, or a root that is irrational: whether pieces jump, meet or are odd is known of f. Floats and mpmath take the
    decimal of s that has their digits.
    """

    bounded = False
    real_floats = True
    series_sign = 1  # squares of Hermite coefficients (claim 10)

    activation: Activation
    stretch: Scalar = Fraction(1)

    @cached_property
    def exact(self) -> Activation:
        """x -> f(s x)."""
        return stretched(self.activation, self.stretch)

    @cached_property
    def read(self) -> Activation:
        """The same, rounded floats in s taken for their decimals."""
        return stretched(self.activation, decimal(self.stretch))

    def decimals(self, digits: int) -> Activation:
        """The same, s a decimal of so many digits."""
        if type(self.stretch) is Fraction:
            return self.exact
        with precision(4 * digits + 64):
            return stretched(self.activation, decimal_of(ball(self.stretch), digits))

    @property
    def real_only(self) -> bool:
        return list(self.activation.breaks) != [0]  # with its only kink at 0 it has balls (`one_kink`)

    @cached_property
    def rational_one(self) -> Scalar:
        number = exact_one(self.exact)
        return made_exact(number, exact_one(self.read) if number.floats else None)

    def majorant(self, r: Fraction) -> Fraction | None:
        return upper(exact_one(self.read).ball(_BITS)) if r <= 1 else None

    @cached_property
    def _hash(self) -> int:
        return hash((self.activation, self.stretch))

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        if isinstance(arithmetic, MpmathArithmetic):
            return mpmath_pair(self.decimals(max(arithmetic.mp.dps + 20, _DIGITS)), point, arithmetic.mp)
        by_panels = getattr(arithmetic, "by_panels", None)  # of `piecewise_balls`, which needs flint
        if by_panels is not None:
            found: Pair = by_panels(self, self.read, point)
            return found
        if isinstance(arithmetic, BallArithmetic) and not self.real_only:
            from .one_kink import ball_pair

            return ball_pair(self.read, point)
        if isinstance(arithmetic, BallArithmetic) and isinstance(point.u, arithmetic.flint.arb):
            from .piecewise_balls import ball_pair

            return ball_pair(self.read, point)
        if isinstance(arithmetic, SeriesArithmetic):
            if isinstance(point.u, arithmetic.flint.arb):  # the end of a composition
                return Point(BallArithmetic(), point.u, point.delta, point.codelta).pair(self)
            return self._series(point.u, arithmetic)
        plain = isinstance(arithmetic, FloatArithmetic) and arithmetic.xp is np
        if not plain or isinstance(arithmetic, ComplexArithmetic) and np.iscomplexobj(point.u):
            refuse(self)
        return float_pair(self.decimals(_DIGITS), point)

    def _series(self, u: Value, arithmetic: SeriesArithmetic) -> Pair:
        """The Taylor series at 0, whose coefficients are squares of Hermite coefficients (Bietti & Bach 2021, Appendix
        B.1; claim 10), or at another point of (-1, 1).
        """
        from ..expansions.piecewise_series import enclosed_inside, hermite_squares

        series, length = arithmetic.flint.arb_series, arithmetic.length
        if u[0] == 0:
            b = hermite_squares(self.read, length, arithmetic.flint.ctx.prec)
        elif abs(u[0]) < 1:
            b = enclosed_inside(self.read, u[0], length)
        else:
            raise ValueError(f"{self.text()} has a Taylor series inside (-1, 1) only; got one at {u[0].str(12)}")
        value = arithmetic.composed(b, series([0, *u.coeffs()[1:]], length))
        one = exact_one(self.read).ball(arithmetic.flint.ctx.prec)
        return Pair(value, one - value, one)

    def series(self, point: SeriesPoint) -> Any:
        """By the kink rule in full where u starts from an end, by Hermite coefficients elsewhere."""
        from ..expansions.piecewise_series import along

        return point.computed(functools.partial(along, self.activation, self.stretch), point.inner)

    def derivative(self) -> Zonal:
        """E[f'(a) f'(b)] (`expansions.kinks`), f without jumps."""
        if any(self.activation.jump(x) for x in self.activation.breaks):
            raise NotImplementedError(f"the derivative of {self.text()} is infinite at u = 1: the activation jumps")
        return slope_of(self.activation, self.stretch)

    def text(self) -> str:
        name = name_of(self.activation)
        if self.stretch != 1:
            return f"stretched({self.activation.text()!r}, {number_text(self.stretch)})"
        return f"dual('{name}')" if name else f"piecewise('{self.activation.text()}')"

    def latex_of(self, argument: str) -> str:
        return f"\\kappa_{{{self.latex_name}}}\\left({argument}\\right)"

    @property
    def latex_name(self) -> str:
        """The activation's name in LaTeX."""
        name = name_of(self.exact)
        return f"\\mathrm{{{name}}}" if name else "\\sigma"

    smooth_in_angle = True

    @property
    def singular_parts(self) -> tuple[bool, bool]:
        return bool(self.activation.part(0).breaks), bool(self.activation.part(1).breaks)

    @property
    def kinked_activation(self) -> Activation:
        return self.decimals(_DIGITS)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        """Known where the even or odd part of f itself is a polynomial: these have the coefficients of that parity."""
        part = self.activation.part(parity)
        return None if part.breaks or not part.polynomial else polynomial_dual(stretched(part, self.stretch).terms[0])


def piecewise(breakpoints: Any, pieces: Any = None) -> Zonal:
    r"""The dual kernel :math:`E[f(a) f(b)]` of a piecewise smooth activation f.

    Parameters
    ----------
    breakpoints : increasing rational numbers in [-40, 40]; or, with nothing else, a text such as
        `"-1 if x < -1; x if x < 1; 1"`, the pieces from left to right.
    pieces : one more than breakpoints: texts made of numbers, x, exp(beta*x) and + - * / **, or the coefficients of
        1, x, x^2, .... At most 33; powers up to 40, beta in [-4, 4].

    Decay laws and expansions at u = +-1 are exact (the kink rule, `kernelspec.expansions.kinks`), and so
    must the numbers be: Fraction(1, 3), 0.1, but not the float 1/3. Raises ValueError for others, for breakpoints that
    do not increase, and for an activation that is smooth everywhere without being a polynomial.

    Source: Daniely, Frostig & Singer 2016 for dual kernels; Bietti & Bach 2021, Theorem 7, for their decay.

    >>> piecewise("0 if x < 1; x - 1").decay(3).c_plus
    sqrt(2)*exp(-1/2)/(3*pi)
    >>> piecewise([0], ["0", "x"])
    0.5*arccos(1)
    """
    return dual_of(made(breakpoints, pieces))


def dual_of(activation: Activation, s: Scalar = Fraction(1)) -> Zonal:
    """The canonical dual kernel of an activation f, or of f(s x)."""
    if type(s) is Fraction or not activation.breaks:
        activation, s = stretched(activation, s), Fraction(1)
    if not activation.breaks:
        if not activation.polynomial:
            raise ValueError(f"{activation.text()} has no kink: give its Hermite coefficients to `dual`, or a name")
        part = polynomial_dual(activation.terms[0])
        return add([(c, Monomial(i)) for i, c in part.items()])
    return _homogeneous(activation, s) or PiecewiseDual(activation, s)


def slope_of(activation: Activation, s: Scalar) -> Zonal:
    """The dual of the derivative of f(s x) between its breakpoints."""
    if type(s) is Fraction:
        return dual_of(stretched(activation, s).derivative())
    return s * s * dual_of(activation.derivative(), s)


def _homogeneous(activation: Activation, s: Scalar) -> Zonal | None:
    """The dual of an activation that is one power on both sides of 0."""
    keys = {key for piece in activation.terms for key in piece}
    if list(activation.breaks) != [0] or len(keys) != 1:
        return None
    ((n, rate),) = keys
    if rate:
        return None
    left, right = (piece.get((n, rate), Fraction(0)) for piece in activation.terms)
    return (s * s) ** n * kinked_power(n, left, right)


def kinked_power(n: int, left: Scalar, right: Scalar) -> Zonal:
    """The dual of left x^n for x < 0, right x^n for x > 0, which is alpha x^n + beta x_+^n.

    It is (alpha^2 + alpha beta) E[a^n b^n] + beta^2 (2n-1)!!/2 kappa_n: kappa_n is that of Cho & Saul 2009 (claim 12),
    and x_+^n is x^n/2 plus a function of the other parity, so that E[a^n b_+^n] = E[a^n b^n]/2.
    """
    alpha, beta = left, right - left
    double_factorial = math.prod(range(1, 2 * n, 2))
    terms: list[tuple[Scalar, Zonal]] = [(beta**2 * double_factorial / 2, ArcCosine(n))]
    power = polynomial_dual({(n, Fraction(0)): Fraction(1)})
    terms += [((alpha**2 + alpha * beta) * c, Monomial(i)) for i, c in power.items()]
    return add(terms)


def polynomial_dual(terms: Terms) -> Polynomial:
    """sum_i a_i^2 u^i for a polynomial f: E[f He_i] = E f^(i) (a standard normal), a_i^2 = (E f^(i))^2 / i!."""
    coefficients = {m: c for (m, _), c in terms.items()}
    out: Polynomial = {}
    for i in range(max(coefficients, default=-1) + 1):
        mean: Scalar = Fraction(0)
        for m, c in coefficients.items():
            mean += c * moment(m, i)
        if mean:
            out[i] = mean**2 / math.factorial(i)
    return out
