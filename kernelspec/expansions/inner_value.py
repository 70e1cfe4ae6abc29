"""kappa_n at an inner point as a sympy number, as in the constants at u = -1 (Bietti & Bach 2021; claim 24)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import sympy

from ..kernels.families import ArcCosine
from ..numbers.precision import mpmath_context

if TYPE_CHECKING:
    from sympy.printing.printer import Printer

    from ..numbers.arithmetic_protocol import MpmathNumber


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
