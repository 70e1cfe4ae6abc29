"""Identities between products of Gamma functions, proved for symbolic arguments.

Two products whose arguments differ by integers have a rational quotient; an identity between such
products is one between rational functions, which sympy decides. So a statement is proved for every
degree and dimension at once, where trying degrees would prove nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class Gammas:
    """``factor 2^twos prod Gamma(upper) / prod Gamma(lower)``, the arguments sympy expressions."""

    upper: tuple[sympy.Expr, ...]
    lower: tuple[sympy.Expr, ...]
    twos: sympy.Expr | int = 0
    factor: sympy.Expr | int = 1

    def over(self, other: Gammas) -> sympy.Expr:
        """The quotient of two products, a rational function.

        Arguments are compared in the order given; each pair, and the powers of 2, must differ by an
        integer. Raises ValueError otherwise.
        """
        import sympy

        result = sympy.sympify(self.factor) / other.factor
        result *= sympy.Integer(2) ** _integer(self.twos, other.twos)
        for mine, its, power in ((self.upper, other.upper, 1), (self.lower, other.lower, -1)):
            for a, b in zip(mine, its, strict=True):
                result *= _shifted(sympy.sympify(b), _integer(a, b)) ** power
        return sympy.factor(result)


def rising(x: sympy.Expr, count: sympy.Expr) -> Gammas:
    """The rising factorial (x)_count = Gamma(x+count) / Gamma(x)."""
    return Gammas((x + count,), (x,))


def rational_zero(expression: sympy.Expr) -> sympy.Expr:
    """The expression over one denominator, expanded: 0 if and only if it is 0 identically."""
    import sympy

    return sympy.expand(sympy.numer(sympy.together(expression)))


def _integer(a: sympy.Expr, b: sympy.Expr) -> int:
    import sympy

    difference = sympy.expand(sympy.sympify(a) - b)
    if not difference.is_Integer:
        raise ValueError(f"{a} and {b} must differ by an integer, not by {difference}")
    return int(difference)


def _shifted(x: sympy.Expr, n: int) -> sympy.Expr:
    """Gamma(x+n)/Gamma(x)."""
    import sympy

    return sympy.Mul(*(x + i for i in range(n))) / sympy.Mul(*(x - i for i in range(1, 1 - n)))
