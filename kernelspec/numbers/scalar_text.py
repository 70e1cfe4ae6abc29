"""The numbers of kernels as text that reads back exactly, and in LaTeX."""

from __future__ import annotations

from fractions import Fraction

from .exact_numbers import Exact, Rounded, Scalar

_DIGITS = 15  # DBL_DIG: decimals of so many digits are told apart by float64
_LONG = 40  # characters of a number, beyond which it is written with an exponent
_LONG_FORMULA = 60  # characters of LaTeX, beyond which decimals are shown


def is_long(x: float) -> bool:
    """Whether x prints with more digits than every float64 has."""
    digits = repr(abs(x)).partition("e")[0].replace(".", "").strip("0")
    return len(digits) > _DIGITS


def number_text(q: Scalar) -> str:
    """q as text that reads back exactly: an integer, a decimal where it is short, p/q, or a formula.

    A decimal has an exponent only where the number would be long without it: 1e-300.
    """
    if isinstance(q, Exact | Rounded):
        from .number_text import formula

        return formula(q.number)
    text = str(q)
    if max(q.numerator.bit_length(), q.denominator.bit_length()) > 1000:  # beyond the floats
        return text
    decimal = repr(float(q))
    exact = (q.denominator > 1 or len(text) > _LONG) and Fraction(decimal) == q
    exact = exact and not is_long(float(q))
    return decimal if exact and ("e" not in decimal or len(text) > _LONG) else text


def latex_number(q: Scalar, full: bool = False) -> str:
    """q in LaTeX; an irrational one whose formula is long in six digits, unless it is wanted in `full`."""
    if isinstance(q, Exact):
        import sympy

        text = str(sympy.latex(q.number.sympy()))
        if len(text) > _LONG_FORMULA and not full:
            mantissa, _, exponent = f"{float(q):.6g}".partition("e")
            return f"{mantissa}\\ldots" + (f"\\cdot 10^{{{int(exponent)}}}" if exponent else "")
        return f"\\left({text}\\right)" if q.number.sympy().is_Add and not full else text
    if isinstance(q, Rounded):
        return repr(float(q))
    text = number_text(q)
    mantissa, _, exponent = text.partition("e")
    if exponent:
        return f"{mantissa}\\cdot 10^{{{int(exponent)}}}"
    return f"\\frac{{{q.numerator}}}{{{q.denominator}}}" if "/" in text else text


def latex_exponent(q: Fraction) -> str:
    """A rational q in LaTeX where it is small, with a slash."""
    return latex_number(q) if isinstance(q, Rounded) else number_text(q)


def read_text(text: str) -> Scalar:
    """The number that `number_text` wrote."""
    from ..kernels.parser import parse_number

    return parse_number(text)
