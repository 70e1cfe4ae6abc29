"""Values as text and in LaTeX, as tables show them: numbers of any kind, balls, formulas and kernels."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, TypeGuard

from ..numbers.exact_text import integer_text, sympy_latex, sympy_text

if TYPE_CHECKING:
    import flint
    import sympy

    from ..kernels.zonal import Zonal

_LONGEST_INTEGER = 24  # digits beyond which an integer is shown rounded
_LONGEST_TEXT = 160  # characters of a text, a formula or a kernel, beyond which its middle is left out
_LATEX = {
    "\\": r"\textbackslash{}",
    "|": r"\textbar{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{c: "\\" + c for c in "&%$#_{}"},
}


def is_number(value: object) -> bool:
    """Whether a value is a number of any kind, truth values left out."""
    if isinstance(value, int | float | Fraction):
        return not isinstance(value, bool)
    return is_ball(value) or bool(is_sympy(value) and value.is_number)


def is_sympy(value: object) -> TypeGuard[sympy.Expr]:
    """Whether it is a sympy expression; sympy is not loaded for that."""
    module = sys.modules.get("sympy")
    return module is not None and isinstance(value, module.Basic)


def is_ball(value: object) -> TypeGuard[flint.arb]:
    """Whether it is an Arb ball; flint is not loaded for that."""
    module = sys.modules.get("flint")
    return module is not None and isinstance(value, module.arb)


def is_kernel(value: object) -> TypeGuard[Zonal]:
    """Whether it is a kernel."""
    from ..kernels.zonal import Zonal

    return isinstance(value, Zonal)


def full_text(value: object) -> str:
    """A value with all of its digits; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return integer_text(value)
    if is_sympy(value):
        return sympy_text(value)
    return repr(float(value)) if isinstance(value, float) else str(value)


def short_text(value: object, digits: int = 6) -> str:
    """A value as people read it: floats with a few digits, long integers rounded."""
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if isinstance(value, int) and _is_long(value):
        mantissa, exponent = _scientific(value, digits)
        return f"{mantissa}e+{exponent}"
    text = full_text(value)
    if not text.isprintable():  # a line stays a line, and a terminal is told nothing
        text = "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)
    if is_ball(value) or len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[: _LONGEST_TEXT // 2]} ... {text[-_LONGEST_TEXT // 2 :]}"


def latex_text(value: object, digits: int = 6) -> str:
    """A value in LaTeX text, numbers and formulas between dollars."""
    if value is None:
        return "--"
    if isinstance(value, bool) or not (is_number(value) or is_kernel(value) or is_sympy(value)):
        return escaped_latex(" ".join(str(value).split()))
    return f"${latex_math(value, digits)}$"


def latex_math(value: object, digits: int = 6) -> str:
    """A number, a formula or a kernel in LaTeX's mathematics."""
    if is_sympy(value):
        return sympy_latex(value)
    if is_kernel(value):
        return str(value.latex())
    if is_ball(value):
        middle, _, radius = str(value).strip("[]").partition(" +/- ")
        return _power(middle) + (rf" \pm {_power(radius)}" if radius else "")
    if isinstance(value, Fraction) and value.denominator > 1:
        sign = "-" if value < 0 else ""
        return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    if isinstance(value, float) and not math.isfinite(value):
        return r"\mathrm{NaN}" if math.isnan(value) else (r"-\infty" if value < 0 else r"\infty")
    if isinstance(value, int) and _is_long(value):
        mantissa, exponent = _scientific(value, digits)
        return rf"{mantissa} \cdot 10^{{{exponent}}}"
    return _power(short_text(value, digits))


def escaped_latex(text: str) -> str:
    """Text with LaTeX's special characters escaped."""
    return "".join(_LATEX.get(c, c) for c in text)


def _power(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _is_long(n: int) -> bool:
    return abs(n) >= 10**_LONGEST_INTEGER


def _scientific(n: int, digits: int) -> tuple[str, int]:
    """An integer rounded to a few digits: mantissa and exponent of ten."""
    from decimal import Context, Decimal

    text = integer_text(n)
    head = Decimal(text[: digits + 8]) * (1 if len(text) <= digits + 8 else Decimal("1.0"))
    mantissa, _, exponent = f"{Context(prec=digits).plus(head):E}".partition("E")
    dropped = max(0, len(text) - digits - 8)
    return mantissa, int(exponent) + dropped


def identity(value: object) -> tuple[object, ...]:
    """What tells a value from others; balls are equal where middle and radius are."""
    if is_ball(value):
        from ..numbers.enclosure import parts

        return "ball", parts(value), getattr(value, "digits", None)
    if isinstance(value, float):
        return "float", repr(value)
    return type(value).__name__, value
