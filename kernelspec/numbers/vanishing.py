r"""Proofs that a nested number is zero, for what balls cannot tell apart from zero.

The number is multiplied out: names of sums are undone, kappa_n(x) is written with kappa_0(x) and sqrt(1-x^2) (Cho
& Saul 2009; claim 12), denominators are cleared. If all terms cancel, it is zero. What is left is asked of sympy, if it
is short.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from .closed_polynomials import closed_form_polynomials
from .closed_values import arc_cosine, pi_power, polynomial, power
from .constants import ONE, ZERO, Number, multiplied_out, reduced, total
from .generators import Generator, key_of

if TYPE_CHECKING:
    import sympy

FEW_TERMS = 2_000  # multiplied out, before more bits are asked: some 50 ms
_MOST_TERMS = 30_000  # multiplied out, over all steps: a second
_SHORT = 60  # operations of an expression that sympy may be asked to simplify
_STEEP = 400  # exponents that sympy is not asked to: it evaluates with as many digits, and does not come back


class _TooLongError(ArithmeticError):
    """More terms than are to be multiplied out."""


class _Products:
    """Products, term by term, until so many terms are multiplied out."""

    def __init__(self, most: int) -> None:
        self.left = most

    def __call__(self, a: Number, b: Number) -> Number:
        self.count(len(a.terms) * len(b.terms))
        return multiplied_out(a, b)

    def count(self, terms: int) -> None:
        self.left -= terms
        if self.left < 0:
            raise _TooLongError


def proved_zero(x: Number, most: int = _MOST_TERMS) -> bool:
    """Whether x is shown to be zero, with so many terms multiplied out at most."""
    products = _Products(most)
    try:
        while x:
            products.count(16)
            step = _step(x, products)
            if step is None:
                return not x.floats and _simplifies_to_zero(x)
            x = step
    except _TooLongError:
        return False
    return True


def _step(x: Number, products: _Products) -> Number | None:
    """x with one generator less, or times a positive number; None where there is nothing to do."""
    powers: dict[Generator, list[Fraction]] = {}
    for key in x.terms:
        for g, e in key.powers:
            powers.setdefault(g, []).append(e)
    for g, exponents in sorted(powers.items(), key=lambda power: -power[0].serial):
        if g.kind == "power" and min(exponents) < 0:
            return _cleared(x, g, Fraction(-math.floor(min(exponents))), products)
        if any(e.denominator > 1 or e < 0 for e in exponents):
            continue
        if g.kind == "sum":
            return _substituted(x, g, g.content, products)
        if g.kind == "kappa" and g.content[0]:
            return _substituted(x, g, _by_angle(*g.content), products)
    return None


def _cleared(x: Number, g: Generator, missing: Fraction, products: _Products) -> Number:
    """x times a power of the generator, multiplied out."""
    parts = []
    for key, (o, p) in x.terms.items():
        powers = dict(key.powers)
        powers[g] = powers.get(g, Fraction(0)) + missing
        left, offset, rational, number = reduced(powers)
        part = Number({left: (o + offset, p * rational)})
        parts.append(part if number is None else products(part, number))
    return total(parts)


def _by_angle(n: int, x: Number) -> Number:
    a, b = closed_form_polynomials(n)
    root = power(ONE - x * x, Fraction(1, 2)) * pi_power(-1)
    return polynomial(a, x) * root + polynomial(b, x) * arc_cosine(0, x)


def _substituted(x: Number, g: Generator, value: Number, products: _Products) -> Number:
    """x with the generator replaced by a number."""
    parts = []
    for key, term in x.terms.items():
        rest = dict(key.powers)
        exponent = int(rest.pop(g, Fraction(0)))
        replaced = ONE
        for _ in range(exponent):
            replaced = products(replaced, value)
        parts.append(products(Number({key_of(rest): term}), replaced))
    return total(parts) if parts else ZERO


def _simplifies_to_zero(x: Number) -> bool:
    import sympy

    from ..expansions.inner_value import InnerValue, NestedNumber
    from ..kernels.families import ArcCosine

    form: sympy.Expr = x.sympy()
    for _ in range(_SHORT):
        if form.count_ops() > _SHORT or form.has(NestedNumber):
            return False
        if any(a.args[0].is_Rational and abs(a.args[0]) > _STEEP for a in form.atoms(sympy.exp)):
            return False
        if not form.has(InnerValue):
            return bool(sympy.simplify(form) == 0)
        form = form.replace(lambda a: isinstance(a, InnerValue), lambda a: ArcCosine(a.degree).sympy(a.x))
    return False
