"""Values and coefficients at inner points as sympy numbers, those of u = -1 (Bietti & Bach 2021; claim 24)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import sympy
from sympy.printing.precedence import PRECEDENCE

from ..kernels.families import ArcCosine
from ..kernels.named_activations import name_of
from ..numbers.generators import size_of
from ..numbers.precision import mpmath_context

if TYPE_CHECKING:
    from sympy.printing.printer import Printer

    from ..numbers.arithmetic_protocol import MpmathNumber
    from ..numbers.constants import Number

_LONGEST = 1000  # parts of a formula that is printed
_ATOM = PRECEDENCE["Atom"]


class InnerValue(sympy.NumberSymbol):
    """kappa_n(x), 0 < kappa_n(x) < 1, at a constant -1 < x < 1: a number of its own, like pi, known to any precision.

    An atom, so that a hundred nested layers cost sympy no more than one.
    """

    is_real = True
    is_positive = True
    is_algebraic = None
    is_irrational = None

    def __new__(cls, degree: int, x: sympy.Expr) -> sympy.Expr:
        """The value at x; exact and written out for x = 0."""
        if x == 0:
            return sympy.expand(ArcCosine(degree).sympy(sympy.Integer(0)))
        value = sympy.core.expr.AtomicExpr.__new__(cls)
        value.degree, value.x, value._digits = degree, x, {}
        # Before x in what is hashed and compared: values of different layers are told apart without descending.
        value.depth = 1 + max((inner.depth for inner in sympy.sympify(x).atoms(InnerValue)), default=0)
        hash(value)  # kept, so that no hash descends either
        return value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, InnerValue) and self._hashable_content() == other._hashable_content()

    def __hash__(self) -> int:
        return super().__hash__()

    def _hashable_content(self) -> tuple[int, int, sympy.Expr]:
        return (self.degree, self.depth, self.x)

    def __getnewargs__(self) -> tuple[int, sympy.Expr]:
        return (self.degree, self.x)

    def _as_mpf_val(self, prec: int) -> MpmathNumber:
        chain: list[InnerValue] = []
        x: sympy.Expr = self
        while isinstance(x, InnerValue) and prec not in x._digits:
            chain.append(x)
            x = x.x
        mp = mpmath_context(round((prec + 30) * math.log10(2)))
        for value in reversed(chain):
            x = value.x
            inner = x._digits[prec] if isinstance(x, InnerValue) else sympy.N(x, int(prec * 0.302) + 10)
            value._digits[prec] = ArcCosine(value.degree)(mp.mpf(getattr(inner, "_mpf_", inner)))
        return (+self._digits[prec])._mpf_

    def _latex(self, printer: Printer) -> str:
        degrees, x = self._layers()
        return "".join(f"\\kappa_{{{n}}}\\left(" for n in degrees) + printer.doprint(x) + "\\right)" * len(degrees)

    def _sympystr(self, printer: Printer) -> str:
        degrees, x = self._layers()
        return "".join(f"kappa_{n}(" for n in degrees) + printer.doprint(x) + ")" * len(degrees)

    def _layers(self) -> tuple[list[int], sympy.Expr]:
        """The degrees of values that stand directly in one another, the outermost first, and what is inside."""
        degrees, x = [], self
        while isinstance(x, InnerValue):
            degrees.append(x.degree)
            x = x.x
        return degrees, x

    def approximation_interval(self, number_cls: type) -> tuple[sympy.Expr, sympy.Expr] | None:
        """The unit interval."""
        return (number_cls(0), number_cls(1))


class HeldNumber(sympy.NumberSymbol):
    """A number > 0 as an atom that holds its `number`, which knows its digits."""

    is_real = True
    is_positive = True
    is_algebraic = None
    is_irrational = None

    def __new__(cls, number: Number) -> HeldNumber:
        value = sympy.core.expr.AtomicExpr.__new__(cls)
        value.number = number
        return value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HeldNumber) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def _hashable_content(self) -> tuple[str, object]:
        return (str(self), self.number.label)

    def __getnewargs__(self) -> tuple[Number]:
        return (self.number,)

    def _as_mpf_val(self, prec: int) -> MpmathNumber:
        mantissa, exponent = self.number.accurate(round((prec + 8) * math.log10(2)) + 1).mid().man_exp()
        return sympy.Float((int(mantissa), int(exponent)), precision=prec)._mpf_


class NestedNumber(HeldNumber):
    """A sum of several terms whose formula is long (`generators`).

    SymPy, which has no memory, would evaluate what stands in it as often as it is written. Its text is the formula, and
    its first digits where that has more than `_LONGEST` parts.
    """

    def _hashable_content(self) -> tuple[str, object]:
        return (self._digits(), self.number.label)

    def sort_key(self, order: str | None = None) -> tuple[object, ...]:
        """By its digits."""
        return self.class_key(), (1, (self._digits(),)), sympy.S.One.sort_key(), sympy.S.One

    def _digits(self) -> str:
        return str(self.number.accurate(15).mid().str(15, radius=False))

    def _printed(self, printer: Printer) -> str | None:
        return (
            None if size_of(self.number) > _LONGEST else printer.parenthesize(self.number.sympy(), _ATOM, strict=False)
        )

    def _sympystr(self, printer: Printer) -> str:
        return self._printed(printer) or f"number({self._digits()}...)"

    def _latex(self, printer: Printer) -> str:
        return self._printed(printer) or rf"\left({self._digits()}\ldots\right)"


class InnerCoefficient(HeldNumber):
    """kappa^(n)(x)/n! > 0 at a number 0 < x < 1, of the dual of a piecewise smooth activation (`piecewise_series`).

    Its text has the digits of x, as the texts of layers would double from one to the next.
    """

    def _sympystr(self, printer: Printer) -> str:
        name, n, x = self._parts("sigma")
        return f"taylor_{n}(kappa_{name}, {x}...)" if n else f"kappa_{name}({x}...)"

    def _latex(self, printer: Printer) -> str:
        name, n, x = self._parts("\\sigma")
        kappa = f"\\kappa_{{\\mathrm{{{name}}}}}\\left({x}\\ldots"
        return rf"\left[t^{{{n}}}\right] {kappa} + t\right)" if n else rf"{kappa}\right)"

    def _parts(self, unnamed: str) -> tuple[str, int, str]:
        """The activation's name, n and the first digits of x."""
        assert self.number.monomial is not None
        (f, n, *stretch), x = self.number.monomial[0].powers[0][0].content
        return (None if stretch else name_of(f)) or unnamed, n, x.accurate(8).mid().str(6, radius=False)
