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
from ..numbers.exact_numbers import Scalar
from ..numbers.exact_numbers import made as made_exact
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial
from .activations import Activation, Terms, made
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

_BITS = 128


@dataclass(frozen=True, repr=False)
class PiecewiseDual(Atom):
    """E[f(a) f(b)] of a piecewise smooth f; read in floats, mpmath and balls on [-1, 1], expanded exactly there."""

    bounded = False
    real_floats = True
    series_sign = 1  # squares of Hermite coefficients (claim 10)

    activation: Activation

    @property
    def real_only(self) -> bool:
        return list(self.activation.breaks) != [0]  # with its only kink at 0 it has balls (`one_kink`)

    @cached_property
    def rational_one(self) -> Scalar:
        return made_exact(exact_one(self.activation))

    def majorant(self, r: Fraction) -> Fraction | None:
        return upper(exact_one(self.activation).ball(_BITS)) if r <= 1 else None

    @cached_property
    def _hash(self) -> int:
        return hash(self.activation)

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        if isinstance(arithmetic, MpmathArithmetic):
            return mpmath_pair(self.activation, point, arithmetic.mp)
        by_panels = getattr(arithmetic, "by_panels", None)  # of `piecewise_balls`, which needs flint
        if by_panels is not None:
            found: Pair = by_panels(self, self.activation, point)
            return found
        if isinstance(arithmetic, BallArithmetic) and not self.real_only:
            from .one_kink import ball_pair

            return ball_pair(self.activation, point)
        if isinstance(arithmetic, BallArithmetic) and isinstance(point.u, arithmetic.flint.arb):
            from .piecewise_balls import ball_pair

            return ball_pair(self.activation, point)
        if isinstance(arithmetic, SeriesArithmetic):
            if isinstance(point.u, arithmetic.flint.arb):  # the end of a composition
                return Point(BallArithmetic(), point.u, point.delta, point.codelta).pair(self)
            return self._series(point.u, arithmetic)
        plain = isinstance(arithmetic, FloatArithmetic) and arithmetic.xp is np
        if not plain or isinstance(arithmetic, ComplexArithmetic) and np.iscomplexobj(point.u):
            refuse(self)
        return float_pair(self.activation, point)

    def _series(self, u: Value, arithmetic: SeriesArithmetic) -> Pair:
        """The Taylor series at 0, whose coefficients are squares of Hermite coefficients (Bietti & Bach 2021, Appendix
        B.1; claim 10), or at another point of (-1, 1).
        """
        from ..expansions.piecewise_series import enclosed_inside, hermite_squares

        series, length = arithmetic.flint.arb_series, arithmetic.length
        if u[0] == 0:
            b = hermite_squares(self.activation, length, arithmetic.flint.ctx.prec)
        elif abs(u[0]) < 1:
            b = enclosed_inside(self.activation, u[0], length)
        else:
            raise ValueError(f"{self.text()} has a Taylor series inside (-1, 1) only; got one at {u[0].str(12)}")
        value = arithmetic.composed(b, series([0, *u.coeffs()[1:]], length))
        one = exact_one(self.activation).ball(arithmetic.flint.ctx.prec)
        return Pair(value, one - value, one)

    def series(self, point: SeriesPoint) -> Any:
        """By the kink rule in full where u starts from an end, by Hermite coefficients elsewhere."""
        from ..expansions.piecewise_series import along

        return point.computed(functools.partial(along, self.activation), point.inner)

    def derivative(self) -> Zonal:
        """E[f'(a) f'(b)] (`expansions.kinks`), f without jumps."""
        if any(self.activation.jump(x) for x in self.activation.breaks):
            raise NotImplementedError(f"the derivative of {self.text()} is infinite at u = 1: the activation jumps")
        return dual_of(self.activation.derivative())

    def text(self) -> str:
        name = name_of(self.activation)
        return f"dual('{name}')" if name else f"piecewise('{self.activation.text()}')"

    def latex_of(self, argument: str) -> str:
        return f"\\kappa_{{{self.latex_name}}}\\left({argument}\\right)"

    @property
    def latex_name(self) -> str:
        """The activation's name in LaTeX."""
        name = name_of(self.activation)
        return f"\\mathrm{{{name}}}" if name else "\\sigma"

    smooth_in_angle = True

    @property
    def singular_parts(self) -> tuple[bool, bool]:
        return bool(self.activation.part(0).breaks), bool(self.activation.part(1).breaks)

    @property
    def kinked_activation(self) -> Activation:
        return self.activation

    def polynomial_part(self, parity: int) -> Polynomial | None:
        """Known where the even or odd part of f itself is a polynomial: these have the coefficients of that parity."""
        part = self.activation.part(parity)
        return None if part.breaks or not part.polynomial else polynomial_dual(part.terms[0])


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


def dual_of(activation: Activation) -> Zonal:
    """The canonical dual kernel of an activation."""
    if not activation.breaks:
        if not activation.polynomial:
            raise ValueError(f"{activation.text()} has no kink: give its Hermite coefficients to `dual`, or a name")
        part = polynomial_dual(activation.terms[0])
        return add([(c, Monomial(i)) for i, c in part.items()])
    return _homogeneous(activation) or PiecewiseDual(activation)


def _homogeneous(activation: Activation) -> Zonal | None:
    """The dual of an activation that is one power on both sides of 0."""
    keys = {key for piece in activation.terms for key in piece}
    if list(activation.breaks) != [0] or len(keys) != 1:
        return None
    ((n, rate),) = keys
    if rate:
        return None
    return kinked_power(n, *(piece.get((n, rate), Fraction(0)) for piece in activation.terms))


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
        mean = Fraction(0)
        for m, c in coefficients.items():
            mean += c * moment(m, i)
        if mean:
            out[i] = mean**2 / math.factorial(i)
    return out
