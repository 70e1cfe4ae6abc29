"""Exact numbers as text that `kernelspec.parse` reads back: sqrt(10), 3*sqrt(2)/(4*pi), exp(-1/2), 0.3333333333333333.

The same number has the same text in every process: terms and factors are sorted by their text.
"""

from __future__ import annotations

import math
from fractions import Fraction

from .constants import Number
from .exact_numbers import KNOWN_BITS
from .generators import Generator
from .scalar_text import is_long

_HALF = Fraction(1, 2)


def formula(number: Number) -> str:
    """The number, in parentheses where it has several terms."""
    text, count = _sum(number)
    return f"({text})" if count > 1 else text


def _sum(number: Number) -> tuple[str, int]:
    terms = []
    for key, (offset, polynomial) in number.terms.items():
        for i, c in enumerate(polynomial.coeffs()):
            if c != 0:
                q = Fraction(int(c.p), int(c.q))
                terms.append((_term(abs(q), -offset - i, key.powers), q < 0))
    out = ""
    for text, negative in sorted(terms):
        sign = (" - " if negative else " + ") if out else ("-" if negative else "")
        out += sign + text
    return out or "0", len(terms)


def _term(q: Fraction, pi: int, powers: tuple[tuple[Generator, Fraction], ...]) -> str:
    above: list[str] = []
    below: list[str] = []
    # What is read below is multiplied out, and a power of a sum is not: so it stands above, or below alone.
    alone = pi >= 0 and sum(e < 0 for g, e in powers if g.kind not in ("e", "exp", "pi")) == 1
    square = math.prod(g.content for g, e in powers if g.kind == "prime" and e == _HALF)
    if square > 1:
        above.append(f"sqrt({square})")
    for g, e in powers:
        if g.kind == "prime" and e == _HALF:
            continue
        if g.kind == "pi":  # the part of the exponent that is no integer
            above.append(_raised("pi", e))
        elif g.kind == "e":
            above.append(f"exp({_rational(e)})")
        elif g.kind == "exp":
            above.append(f"exp({_sum(g.content.scaled(e))[0]})")
        elif e < 0 and (g.kind != "power" or alone and e >= -1):
            below.append(_raised(_base(g), -e))
        else:
            above.append(_raised(_base(g), e))
    if pi:
        (above if pi > 0 else below).append(_raised("pi", Fraction(abs(pi))))
    above.sort()
    below.sort()
    if q.numerator != 1 or not above:
        above.insert(0, str(q.numerator))
    if q.denominator != 1:
        below.insert(0, str(q.denominator))
    text = "*".join(above)
    if not below:
        return text
    return f"{text}/{below[0]}" if len(below) == 1 else f"{text}/({'*'.join(below)})"


def _base(g: Generator) -> str:
    if g.alias is not None:
        return g.alias
    if g.kind in ("prime", "integer"):
        return str(g.content)
    if g.kind == "float":
        return _float(*g.content)
    if g.kind in ("normal", "gamma", "mills"):
        text = f"{g.kind}({_sum(g.content)[0] if g.nested else _rational(g.content)})"
        return f"({text} - 1/2)" if g.kind == "normal" else text
    if g.kind == "bessel":
        return f"bessel({_rational(g.content[0])}, {_sum(g.content[1])[0]})"
    if g.kind == "kappa":
        degree, x = g.content
        return f"kappa({degree}, {_sum(x)[0]})"
    if g.kind == "dual":
        (f, n, *root), x = g.content
        return f"taylor({f.text()!r}, {', '.join([str(n), *(_sum(each)[0] for each in (x, *root))])})"
    inner: Number = g.content  # "power" and "sum"
    return f"{'whole' if g.kind == 'sum' else ''}({_sum(inner)[0]})"


def _float(decimal: Fraction, known: int) -> str:
    text = repr(float(decimal))
    if Fraction(text) != decimal:
        return f"rounded({_rational(decimal)}, {known})"
    return text if known == KNOWN_BITS and is_long(float(decimal)) else f"rounded({text}, {known})"


def _raised(base: str, e: Fraction) -> str:
    if e == 1:
        return base
    if e == _HALF:
        return f"sqrt{base}" if base.startswith("(") else f"sqrt({base})"
    return f"{base}**{_rational(e) if e.denominator == 1 else f'({_rational(e)})'}"


def _rational(q: Fraction) -> str:
    return str(q.numerator) if q.denominator == 1 else f"{q.numerator}/{q.denominator}"
