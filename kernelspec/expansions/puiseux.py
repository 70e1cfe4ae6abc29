"""Truncated series sum_e c_e t^e + O(t^order), e rational, with exact coefficients (`constants`).

Those of networks at both ends, to their first powers: Bietti & Bach 2021 (claims 23-30); the others are derived here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from ..kernels.zonal import Zonal
from ..numbers.checks import flag, integer, real
from ..numbers.closed_values import from_value, power
from ..numbers.constants import Number, rational
from ..numbers.enclosure import Enclosure
from ..numbers.precision import with_balls
from ..numbers.rational import as_fraction
from .rings import ExactRing
from .series import Series, constant

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

    from ..results.tables import Table

# What `as_fraction` reads: a rational number of Python or sympy, or a float that stands for one.
Rational: TypeAlias = "int | float | Fraction | sympy.Rational"


@dataclass(frozen=True, repr=False)
class Puiseux:
    """sum c_e t^e + O(t^order): `entries` are (e, c_e), e increasing, c_e not 0; `variable` is the name of t.

    `kernel` and `at` say whose expansion it is and at which end, where it is one's own (`expand`) and not a result of
    arithmetic; series are compared without them.
    """

    entries: tuple[tuple[Fraction, Number], ...]
    order: Fraction
    variable: str = "t"
    kernel: Zonal | None = field(default=None, compare=False)
    at: int = field(default=1, compare=False)

    @property
    def terms(self) -> tuple[tuple[Fraction, sympy.Expr], ...]:
        """(exponent, coefficient as a sympy expression)."""
        return tuple((e, c.sympy()) for e, c in self.entries)

    @property
    def exponents(self) -> tuple[Fraction, ...]:
        """The exponents, as fractions."""
        return tuple(e for e, _ in self.entries)

    @property
    def coefficients(self) -> tuple[sympy.Expr, ...]:
        """The coefficients, as sympy expressions."""
        return tuple(c.sympy() for _, c in self.entries)

    def coefficient(self, exponent: Rational) -> sympy.Expr:
        """The coefficient of t^exponent (0 if it is absent); ValueError at or beyond the order."""
        return self.exact_coefficient(exponent).sympy()

    def exact_coefficient(self, exponent: Rational) -> Number:
        """The same as a `Number`."""
        exponent = as_fraction(exponent, "exponent")
        if exponent >= self.order:
            raise ValueError(f"exponent must be below the order {self.order}; got {exponent}")
        return dict(self.entries).get(exponent, rational(0))

    @with_balls
    def balls(self, digits: int = 15) -> list[Enclosure]:
        """Arb balls around the coefficients, of relative radius below 10^-digits."""
        digits = integer("digits", digits, 1)
        return [Enclosure(c.accurate(digits), digits) for _, c in self.entries]

    @with_balls
    def evalf(self, digits: int = 15) -> tuple[sympy.Float, ...]:
        """The coefficients in decimal, as sympy floats."""
        import sympy

        digits = integer("digits", digits, 1)
        return tuple(sympy.Float(ball.mid().str(digits + 5, radius=False), digits) for ball in self.balls(digits + 2))

    @with_balls
    def __call__(self, t: float) -> float:
        """The truncated sum at t >= 0."""
        t = real("t", t, 0.0)
        return math.fsum(float(c.mid()) * t ** float(e) for e, c in zip(self.exponents, self.balls(17), strict=True))

    @with_balls
    def in_sigma(self) -> Puiseux:
        """The same in sigma = sqrt(t/2): sin(theta/2) at u = 1, cos(theta/2) at u = -1.

        For networks of ReLUs all coefficients at u = 1 are then in Q[1/pi].
        """
        if self.variable != "t":
            raise ValueError(f"the expansion must be in t; it is in {self.variable}")
        scale = rational(2)
        entries = tuple((2 * e, c * power(scale, e)) for e, c in self.entries)
        return Puiseux(entries, 2 * self.order, "sigma", self.kernel, self.at)

    # -- looks --------------------------------------------------------------------------------------------

    @with_balls
    def latex(self, full: bool = False) -> str:
        """LaTeX of the expansion; coefficients too long to read are written in decimal, unless `full` asks for them."""
        from .text import LATEX, written

        return written(self.entries, self.order, self.variable, LATEX, flag("full", full))

    def _repr_latex_(self) -> str:
        from ..views.expansions import head

        return f"${f'{head(self)} = ' if self.kernel is not None else ''}{self.latex()}$"

    @with_balls
    def table(self, digits: int = 15) -> Table:
        """The terms as a `Table`: exponent, exact coefficient, and its decimals, balls of so many digits.

        >>> from kernelspec import arccos
        >>> from kernelspec.expansions import expand
        >>> expand(arccos(1), at=1, terms=3).table(digits=8)
        exponent  coefficient       decimal
        0         1                 1.0000000
        1         -1                -1.0000000
        3/2       2*sqrt(2)/(3*pi)  [0.30010544 +/- ...e-9]
        """
        from ..views.expansions import table

        return table(self, digits)

    def plot(
        self, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
    ) -> Axes:
        """Draw the truncated sum over 0 <= t <= 1, against the kernel where it is one's expansion; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; the number of terms if None.
        asymptote : whether all shorter sums are drawn, too, in grey (None: they are not).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.expansions import plot

        return plot(self, ax, label, asymptote, **more)

    @with_balls
    def __repr__(self) -> str:
        from .text import TEXT, written

        return written(self.entries, self.order, self.variable, TEXT)

    # -- arithmetic ---------------------------------------------------------------------------------------

    @property
    def leading(self) -> Fraction:
        """The smallest exponent, or the order where no term is left."""
        return self.entries[0][0] if self.entries else self.order

    @with_balls
    def __add__(self, other: Puiseux) -> Puiseux:
        if not isinstance(other, Puiseux):
            return NotImplemented
        return self._made(self._series() + self._like(other)._series())

    @with_balls
    def __neg__(self) -> Puiseux:
        return self.scaled(-1)

    def __sub__(self, other: Puiseux) -> Puiseux:
        if not isinstance(other, Puiseux):
            return NotImplemented
        return self + -other

    @with_balls
    def __mul__(self, other: Puiseux) -> Puiseux:
        if not isinstance(other, Puiseux):
            return NotImplemented
        return self._made(self._series() * self._like(other)._series())

    @with_balls
    def scaled(self, c: int | Fraction | Number | sympy.Expr) -> Puiseux:
        """c times the series, c rational or a sympy constant in roots, pi and e."""
        return self._made(self._series().times(from_value(c)))

    def truncated(self, order: Rational) -> Puiseux:
        """The terms below `order` only."""
        least = as_fraction(order, "order")
        kept = tuple(term for term in self.entries if term[0] < least)
        return Puiseux(kept, min(least, self.order), self.variable, self.kernel, self.at)

    @with_balls
    def power(self, q: Rational) -> Puiseux:
        """The q-th power of a series with a positive leading coefficient."""
        return self._made(self._series().power(as_fraction(q, "q")))

    @with_balls
    def exponential(self) -> Puiseux:
        """e^series, for a series without negative exponents."""
        return self._made(self._series().exponential())

    def _like(self, other: Puiseux) -> Puiseux:
        if other.variable != self.variable:
            raise ValueError(f"one series is in {self.variable}, the other in {other.variable}")
        return other

    def _series(self) -> Series:
        ring = ExactRing()
        q = math.lcm(self.order.denominator, *(e.denominator for e in self.exponents))
        order = int(self.order * q)
        found = constant(ring, rational(0), Series(ring, q, rational(0), order, [], 0))
        v = int(self.leading * q)
        body = [rational(0)] * (order - v)
        for e, c in self.entries:
            body[int(e * q) - v] = c
        if v == 0 and body and order > 0:
            return Series(ring, q, body[0], 1, body[1:], None)
        return Series(ring, q, found.start, v, body, None)

    def _made(self, series: Series) -> Puiseux:
        return from_series(series, self.variable)


def from_series(series: Series, variable: str = "t") -> Puiseux:
    """An exact `Series` as a `Puiseux`, its zeros left out."""
    entries = []
    if series.v >= 1 and not series.start.is_zero():
        entries.append((Fraction(0), series.start))
    for j, c in enumerate(series.body, series.v):
        if c and not c.is_zero():
            entries.append((Fraction(j, series.q), c))
    return Puiseux(tuple(entries), Fraction(series.order, series.q), variable)
