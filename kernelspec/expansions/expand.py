r"""Expansions of a kernel at u = +1 and u = -1 in powers t^e, e rational: exact, or in balls to high order.

A kernel at u = 1 - t or u = -1 + t is a truncated series sum_e c_e t^e + O(t^order). `expand` gives it with exact
coefficients (`constants`): in Q[1/pi] and sqrt 2 at u = 1 for ReLU networks, in the nested constants kappa(-1) of
claim 24 at u = -1. `ball_expansion` gives enclosures of many coefficients at the speed of C. How a kernel expands
is written once, for both, in `expansions`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..kernels.callables import require_formula
from ..kernels.zonal import Zonal
from ..numbers.checks import flag, integer, real
from ..numbers.enclosure import Enclosure
from ..numbers.precision import mpmath_context, precision, with_balls
from ..numbers.rational import as_fraction
from .closed_values import from_value, power
from .constants import Number, rational
from .rings import BallRing, ExactRing
from .series import FINEST, Series, TooShortError, constant
from .series_point import at_end

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table

_LONGEST_STRUCTURE = 4096
_REACH = 12  # powers of t, beyond the first that may be there, among which terms are looked for


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
    def terms(self) -> tuple[tuple[Fraction, Any], ...]:
        """(exponent, coefficient as a sympy expression)."""
        return tuple((e, c.sympy()) for e, c in self.entries)

    @property
    def exponents(self) -> tuple[Fraction, ...]:
        """The exponents, as fractions."""
        return tuple(e for e, _ in self.entries)

    @property
    def coefficients(self) -> tuple[Any, ...]:
        """The coefficients, as sympy expressions."""
        return tuple(c.sympy() for _, c in self.entries)

    def coefficient(self, exponent: Any) -> Any:
        """The coefficient of t^exponent (0 if it is absent); ValueError at or beyond the order."""
        return self.exact_coefficient(exponent).sympy()

    def exact_coefficient(self, exponent: Any) -> Number:
        """The same as a `Number`."""
        exponent = as_fraction(exponent, "exponent")
        if exponent >= self.order:
            raise ValueError(f"exponent must be below the order {self.order}; got {exponent}")
        return dict(self.entries).get(exponent, rational(0))

    @with_balls
    def balls(self, digits: int = 15) -> list[Any]:
        """Arb balls around the coefficients, of relative radius below 10^-digits."""
        digits = integer("digits", digits, 1)
        return [Enclosure(c.accurate(digits), digits) for _, c in self.entries]

    @with_balls
    def evalf(self, digits: int = 15) -> tuple[Any, ...]:
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
        >>> expand(arccos(1), at=1, terms=3).table(digits=8)
        exponent  coefficient       decimal
        0         1                 1.0000000
        1         -1                -1.0000000
        3/2       2*sqrt(2)/(3*pi)  [0.30010544 +/- ...e-9]
        """
        from ..views.expansions import table

        return table(self, digits)

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
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
    def scaled(self, c: Any) -> Puiseux:
        """c times the series, c rational or a sympy constant in roots, pi and e."""
        return self._made(self._series().times(from_value(c)))

    def truncated(self, order: Any) -> Puiseux:
        """The terms below `order` only."""
        least = as_fraction(order, "order")
        kept = tuple(term for term in self.entries if term[0] < least)
        return Puiseux(kept, min(least, self.order), self.variable, self.kernel, self.at)

    @with_balls
    def power(self, q: Any) -> Puiseux:
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


# -- expansions of kernels ---------------------------------------------------------------------------------------


@with_balls
def expand(kernel: Zonal, at: int = 1, terms: int = 3) -> Puiseux:
    """The first `terms` terms of kappa(1-t) (at = 1) or kappa(-1+t) (at = -1), constant included.

    A polynomial has fewer, and a kernel with long gaps between its terms may. ValueError for another `at`, for a
    number of terms below 1, and for a nested constant that cannot be told from 0.

    >>> from kernelspec import arccos
    >>> expand(arccos(1), at=1, terms=3)
    1 - t + 2*sqrt(2)/(3*pi)*t^(3/2) + O(t^(5/2))
    """
    at = _end(at)
    require_formula(kernel, "an expansion")
    terms = integer("terms", terms, 1)
    structure = _structure(kernel, at)
    # How many exponents there are in [e, e + 1).
    density = structure.q if structure.residues is None else structure.residues.bit_count()
    start = max(Fraction(structure.v, structure.q), Fraction(0))
    order = start + Fraction(terms + 1, max(density, 1))
    while True:
        found = at_order(kernel, at, order)
        missing = terms + 1 - len(found.entries)
        if missing <= 0:
            return Puiseux(found.entries[:terms], found.entries[terms][0], "t", kernel, at)
        reach = max(_REACH, 2 * terms) if found.entries else _REACH
        if order > start + reach or found.order < order:
            return Puiseux(found.entries[:terms], found.order, "t", kernel, at)
        order += max(Fraction(missing, max(density, 1)), order / 8)
        order = Fraction(math.ceil(order)) if order > 1 else order


@with_balls
@functools.lru_cache(maxsize=512)
def at_order(kernel: Zonal, at: int, order: Fraction) -> Puiseux:
    """The expansion at an end, up to O(t^order) where that is within reach."""
    found = _reaching(kernel, at, Fraction(order), ExactRing())
    return from_series(found).truncated(order)


@with_balls
def ball_expansion(kernel: Zonal, at: int, ramification: int, length: int, prec: int) -> list[Any]:
    r"""Enclosures of c_0, ..., c_{length-1} in :math:`\kappa(\pm(1-t)) = \sum_j c_j w^j`, w = t^{1/ramification}.

    Parameters
    ----------
    at : 1 for kappa(1-t), -1 for kappa(-1+t).
    ramification : a multiple of `ramification(kernel, at)`.
    length : the number of coefficients, >= 1.
    prec : Arb's working precision in bits; the radii grow with depth and j.

    Raises
    ------
    ValueError
        where kappa is no power series in w (the message names a ramification that serves), where a ball does not
        tell whether the leading coefficient of a layer's argument is 0, and where prec is too small.

    >>> from kernelspec import arccos
    >>> [c.str(5, radius=False) for c in ball_expansion(arccos(1), 1, 2, 5, 64)]
    ['1.0000', '0', '-1.0000', '0.30011', '0']
    """
    at = _end(at)
    ramification = integer("ramification", ramification, 1)
    length, prec = integer("length", length, 1), integer("prec", prec, 1)
    structure = _structure(kernel, at)
    least = structure.finest()
    if ramification % least:
        raise ValueError(
            f"{kernel!r} at u = {at} is no power series in t^(1/{ramification}); a multiple of {least} is needed"
        )
    with precision(prec):
        goal = Fraction(length, ramification)
        found = _reaching(kernel, at, goal, BallRing(prec))
        if Fraction(found.order, found.q) < goal:
            raise ValueError(
                f"{kernel!r} has more than {found.ring.longest} coefficients below t^{goal}: length is too large"
            )
        v, body = found.whole()
        if not all(c == 0 for c in body[: max(-v, 0)]):
            raise ValueError(f"{kernel!r} is unbounded at u = {at}")
        out: list[Any] = []
        for j in range(length):
            e = Fraction(j, ramification)
            i = e * found.q
            known = i.denominator == 1 and v <= i < found.order and structure.may_have(e)
            out.append(body[int(i) - v] if known else found.ring.zero)
        if not all(c.is_finite() for c in out):
            raise ValueError(f"prec = {prec} bits are too few for {kernel!r} at u = {at}")
        return out


@with_balls
def ramification(kernel: Zonal, at: int) -> int:
    """The least q for which kappa(1-w^q) (at = 1) or kappa(-1+w^q) (at = -1) is a power series in w.

    It follows from how the expression is built; parts that cancel in a sum do not lower it.

    >>> from kernelspec import arccos, rf
    >>> ramification(rf(4, degree=0), 1), ramification(arccos(0) * arccos(0), -1)
    (8, 1)
    """
    return _structure(kernel, _end(at)).finest()


@functools.lru_cache(maxsize=512)
def _structure(kernel: Zonal, at: int) -> Series:
    """The series of a kernel, just long enough to show its exponents modulo 1."""
    longest = 4
    while True:
        try:
            found = at_end(kernel, at, Fraction(2 + longest), ExactRing(longest))
        except TooShortError:
            if longest > _LONGEST_STRUCTURE:
                raise
            longest *= 2
            continue
        if found.residues is not None or found.q > FINEST or longest > 64:
            return found
        longest *= 2


def _reaching(kernel: Zonal, at: int, goal: Fraction, ring: Any) -> Series:
    """The series of a kernel, known up to t^goal unless it grows too long."""
    structure = _structure(kernel, at)
    least = Fraction(1, structure.q)
    length, before, stalled = max(goal - structure.v * least, least), None, 0
    while True:
        try:
            found = at_end(kernel, at, length, ring)
        except TooShortError:
            if length > ring.longest:
                raise
            length *= 2
            continue
        order = Fraction(found.order, found.q)
        # A step may be lost to rounding of lengths; where several are, the series is as long as it may be.
        stalled = stalled + 1 if before is not None and order <= before else 0
        if order >= goal or stalled == 4:
            return found
        length, before = length + (goal - order) * 2**stalled, order


def _end(at: Any) -> int:
    if isinstance(at, bool) or at not in (1, -1):
        raise ValueError(f"at must be 1 or -1; got {at!r}")
    return int(at)


# -- numbers -----------------------------------------------------------------------------------------------------


@with_balls
@functools.lru_cache(maxsize=65536)
def number(c: Any) -> Any:
    """A coefficient to 40 digits as an mpmath number; shared parts of nested coefficients are computed once."""
    import sympy

    mp = mpmath_context(40)
    if isinstance(c, Number):
        return mp.mpf(c.accurate(42).mid().str(45, radius=False))
    if c.is_Add:
        return mp.fsum(number(a) for a in c.args)
    if c.is_Mul:
        return mp.fprod(number(a) for a in c.args)
    return mp.mpf(sympy.Float(sympy.N(c, 40), 40)._mpf_)
