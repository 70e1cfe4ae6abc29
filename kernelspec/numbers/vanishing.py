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

_MOST_TERMS = 30_000  # over all steps: a second
_SHORT = 60  # operations of an expression that sympy may be asked to simplify


def proved_zero(x: Number) -> bool:
    """Whether x is shown to be zero."""
    work = 0
    while x and work < _MOST_TERMS:
        step = _step(x)
        if step is None:
            return not x.floats and _simplifies_to_zero(x)
        x, work = step, work + len(x.terms) + 16
    return not x


def _step(x: Number) -> Number | None:
    """x with one generator less, or times a positive number; None where there is nothing to do."""
    powers: dict[Generator, list[Fraction]] = {}
    for key in x.terms:
        for g, e in key.powers:
            powers.setdefault(g, []).append(e)
    for g, exponents in sorted(powers.items(), key=lambda power: -power[0].serial):
        if g.kind == "power" and min(exponents) < 0:
            return _cleared(x, g, Fraction(-math.floor(min(exponents))))
        if any(e.denominator > 1 or e < 0 for e in exponents):
            continue
        if g.kind == "sum":
            return _substituted(x, g, g.content)
        if g.kind == "kappa" and g.content[0]:
            return _substituted(x, g, _by_angle(*g.content))
    return None


def _cleared(x: Number, g: Generator, missing: Fraction) -> Number:
    """x times a power of the generator, multiplied out."""
    parts = []
    for key, (o, p) in x.terms.items():
        powers = dict(key.powers)
        powers[g] = powers.get(g, Fraction(0)) + missing
        left, offset, rational, number = reduced(powers)
        part = Number({left: (o + offset, p * rational)})
        parts.append(part if number is None else multiplied_out(part, number))
    return total(parts)


def _by_angle(n: int, x: Number) -> Number:
    a, b = closed_form_polynomials(n)
    root = power(ONE - x * x, Fraction(1, 2)) * pi_power(-1)
    return polynomial(a, x) * root + polynomial(b, x) * arc_cosine(0, x)


def _substituted(x: Number, g: Generator, value: Number) -> Number:
    """x with the generator replaced by a number."""
    parts = []
    for key, term in x.terms.items():
        rest = dict(key.powers)
        exponent = int(rest.pop(g, Fraction(0)))
        replaced = ONE
        for _ in range(exponent):
            replaced = multiplied_out(replaced, value)
        parts.append(multiplied_out(Number({key_of(rest): term}), replaced))
    return total(parts) if parts else ZERO


def _simplifies_to_zero(x: Number) -> bool:
    import sympy

    from ..expansions.inner_value import InnerValue
    from ..kernels.families import ArcCosine

    form: sympy.Expr = x.sympy()
    for _ in range(_SHORT):
        if form.count_ops() > _SHORT:
            return False
        if not form.has(InnerValue):
            return bool(sympy.simplify(form) == 0)
        form = form.replace(lambda a: isinstance(a, InnerValue), lambda a: ArcCosine(a.degree).sympy(a.x))
    return False
