"""Expansions written out, as text and as LaTeX: signs, brackets, fractional exponents, and constants one can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..numbers.constants import Number

if TYPE_CHECKING:
    import sympy

_LONG = 24  # parts of a coefficient beyond which its decimals are shown


@dataclass(frozen=True)
class Style:
    """How the pieces of a term are written: a positive sympy constant, brackets, t^e, decimals, and O()."""

    constant: Callable[[sympy.Expr], str]
    brackets: str
    times: str
    power: Callable[[str, Fraction], str]
    decimal: Callable[[str, str], str]
    order: str


def written(
    entries: tuple[tuple[Fraction, Number], ...], order: Fraction, variable: str, style: Style, full: bool = False
) -> str:
    """The sum of the terms c t^e, and O(t^order); long coefficients in decimals unless they are wanted in `full`."""
    out = ""
    for e, c in entries:
        negative, text, is_sum = _coefficient(c, style, full)
        if e and text == "1":
            text = style.power(variable, e)
        elif e:
            text = style.brackets.format(text) if is_sum else text
            text += style.times + style.power(variable, e)
        elif is_sum and negative:
            text = style.brackets.format(text)
        if out:
            out += " - " if negative else " + "
        else:
            out = "-" if negative else ""
        out += text
    rest = style.order.format(style.power(variable, order))
    return f"{out} + {rest}" if out else rest


def _coefficient(c: Number, style: Style, full: bool) -> tuple[bool, str, bool]:
    """Sign, text of the absolute value, and whether that is a sum."""
    if not full and _is_long(c):
        digits, _, exponent = c.accurate(8).mid().str(6, radius=False).partition("e")
        return digits.startswith("-"), style.decimal(digits.lstrip("-"), exponent), False
    negative = c.ball(96) < 0
    size = (-c if negative else c).sympy()
    if not size.is_Add:
        return negative, style.constant(size), False
    # What is added first, what is subtracted after it: the sum is positive.
    args = sorted(size.args, key=lambda a: a.could_extract_minus_sign())
    text = style.constant(args[0])
    for a in args[1:]:
        minus = a.could_extract_minus_sign()
        text += f" - {style.constant(-a)}" if minus else f" + {style.constant(a)}"
    return negative, text, True


def _is_long(c: Number) -> bool:
    count, stack = 0, [c]
    while stack and count <= _LONG:
        for key, (_, p) in stack.pop().terms.items():
            count += sum(1 for q in p.coeffs() if q != 0) + len(key.powers)
            stack += [x for g, _ in key.powers for x in g.inner]
    return count > _LONG


def _latex(constant: sympy.Expr) -> str:
    import sympy

    return sympy.latex(constant, fold_frac_powers=True)


def _latex_power(name: str, e: Fraction) -> str:
    symbol = "\\sigma" if name == "sigma" else name
    return symbol if e == 1 else f"{symbol}^{{{e}}}"


def _text_power(name: str, e: Fraction) -> str:
    if e == 1:
        return name
    return f"{name}^{e}" if e.denominator == 1 and e >= 0 else f"{name}^({e})"


LATEX = Style(
    constant=_latex,
    brackets="\\left({}\\right)",
    times="\\,",
    power=_latex_power,
    decimal=lambda digits, exponent: f"{digits}\\ldots" + (f"\\cdot 10^{{{int(exponent)}}}" if exponent else ""),
    order="O\\left({}\\right)",
)
TEXT = Style(
    constant=str,
    brackets="({})",
    times="*",
    power=_text_power,
    decimal=lambda digits, exponent: digits + "..." + (f"e{int(exponent)}" if exponent else ""),
    order="O({})",
)
