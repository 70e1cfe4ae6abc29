"""Decay laws as tables and plots, and in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..expansions import number
from ..numbers.arithmetic_protocol import MpmathNumber
from ..numbers.checks import flag, integer
from ..numbers.exact_text import sympy_latex, sympy_text
from ..numbers.precision import at_least, mpmath_context, with_balls
from ..results.tables import Table
from .drawing import Look, axes, legend, line, next_line
from .spectra import LAW, chosen_degrees

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

    from ..decay import Decay, Parity
    from ..numbers.enclosure import Enclosure

HEADINGS = {"nu": r"$\nu$"}
_LONG = 60  # characters beyond which a constant is written in decimals
NAMES = ("even", "odd")


@with_balls
def decimal_of(constant: sympy.Expr) -> float:
    """An exact constant as a float, infinite or 0 beyond their range."""
    return float(number(constant))


@with_balls
def decimal_text(constant: sympy.Expr, digits: int = 6) -> str:
    """An exact constant rounded to some digits, with an exponent of ten of any size.

    >>> import sympy
    >>> decimal_text(sympy.Integer(2) ** 5000 / sympy.pi), decimal_text(2 / sympy.pi)
    ('4.49602e+1504', '0.63662')
    """
    found = number(constant)
    if _is_float(found):
        return f"{float(found):.{digits}g}"
    mantissa, _, exponent = str(mpmath_context(40).nstr(found, digits)).partition("e")
    return f"{mantissa.removesuffix('.0')}e{exponent}"


@with_balls
def decimal_value(constant: sympy.Expr) -> float | Enclosure:
    """An exact constant as a float; beyond their range as a ball, of which 15 digits are right."""
    found = number(constant)
    if _is_float(found):
        return float(found)
    from flint import arb

    from ..numbers.enclosure import Enclosure

    with at_least(200):
        # `number` has 40 digits.
        middle = arb(str(mpmath_context(40).nstr(found, 30)))
        return Enclosure(middle * arb(1, arb("1e-20")), 15)


def ratio_of(constant: sympy.Expr, other: sympy.Expr) -> float:
    """The ratio of two exact constants, each of any size."""
    return float(number(constant) / number(other))


def _is_float(found: MpmathNumber) -> bool:
    return not found or 0 < abs(float(found)) < math.inf


def table(decay: Decay) -> Table:
    """See `Decay.table`."""
    rows = []
    for name, law in zip(NAMES, decay.parities, strict=True):
        power = law.kind == "power"
        rows.append(
            {
                "parity": name,
                "kind": law.kind,
                "nu": law.nu if power else None,
                "exponent": law.exponent if law.kind in ("power", "unresolved") else None,
                "constant": law.constant if power else None,
                "decimal": decimal_value(law.constant) if power else None,
                "degree": law.degree,
            }
        )
    columns = ("parity", "kind", "nu", "exponent", "constant", "decimal", "degree")
    return Table(rows, columns, f"Decay of the eigenvalues of {decay.kernel!r}, d = {decay.d}", HEADINGS)


def text(decay: Decay) -> str:
    """The laws of both parities, a sentence each."""
    lines = [f"Decay of {decay.kernel!r} on S^{decay.d - 1}:"]
    lines += [f"  {_sentence(law)}" for law in _merged(decay)]
    if decay.rate is not None:
        lines.append(f"  {decay.rate.statement}")
    return "\n".join(lines)


def _merged(decay: Decay) -> list[tuple[str, Parity]]:
    even, odd = decay.parities
    return [("every k", even)] if even == odd else [("even k", even), ("odd k", odd)]


def _sentence(named: tuple[str, Parity]) -> str:
    name, law = named
    if law.kind == "power":
        exact = _short_text(law.constant)
        shown = f"{decimal_text(law.constant)}..." if exact is None else exact
        factor = f"({shown})" if law.constant.is_Add and shown == exact else shown
        return f"{name}: mu_k ~ {factor} k^-{_exponent(law.exponent)}"
    if law.kind == "vanishing":
        return f"{name}: mu_k = 0" + (f" for k > {law.degree}" if law.degree != -1 else "")
    if law.kind == "unresolved":
        return f"{name}: mu_k = O(k^-{_exponent(law.exponent)})"
    return f"{name}: mu_k falls faster than any power of k"


def _short_text(constant: sympy.Expr) -> str | None:
    """The text of a constant; None where it is long, as is seen without writing hundreds of layers."""
    import sympy

    from ..expansions.inner_value import InnerValue, NestedNumber

    for count, part in enumerate(sympy.preorder_traversal(constant)):  # half a character each or more; a layer is one
        long = isinstance(part, NestedNumber) or isinstance(part, InnerValue) and part.depth > _LONG
        if count > 2 * _LONG or long:
            return None
    text = sympy_text(constant)
    return text if len(text) <= _LONG else None


def _exponent(exponent: sympy.Rational) -> str:
    return str(exponent) if exponent.is_Integer else f"({exponent})"


def latex(decay: Decay, full: bool = False) -> str:
    """The laws in LaTeX, between dollars and words."""
    full = flag("full", full)
    return "; ".join(f"{_latex(law, full)} ($k$ {name})" for law, name in zip(decay.parities, NAMES, strict=True))


def _latex(law: Parity, full: bool) -> str:
    if law.kind == "power":
        if not full and _short_text(law.constant) is None:
            mantissa, _, power = decimal_text(law.constant).partition("e")
            constant = rf"{mantissa}\ldots" + (rf"\cdot 10^{{{int(power)}}}" if power else "")
        else:
            constant = sympy_latex(law.constant)
            constant = rf"\left({constant}\right)" if law.constant.is_Add else constant
        return rf"$\mu_k \sim {constant}\,k^{{-{sympy_latex(law.exponent)}}}$"
    if law.kind == "vanishing":
        return r"$\mu_k = 0$" + (f" for $k > {law.degree}$" if law.degree != -1 else "")
    if law.kind == "unresolved":
        return rf"$\mu_k = O(k^{{-{sympy_latex(law.exponent)}}})$"
    return r"$\mu_k = O(k^{-m})$ for every $m$"


def plot(
    decay: Decay,
    ax: Axes | None = None,
    label: str | None = None,
    asymptote: bool | None = None,
    kmax: int = 1000,
    degrees: ArrayLike | slice | None = None,
    **more: Any,
) -> Axes:
    """See `Decay.plot`."""
    kmax = integer("kmax", kmax, 2)
    s = decay.kernel.spectrum(decay.d)
    powers = [law.constant for law in decay.parities if law.kind == "power"]
    if not powers:
        return s.plot(ax, label, False, kmax, degrees, **more)
    if not all(0 < abs(decimal_of(constant)) < math.inf for constant in powers):
        # Beyond the range of floats there is nothing to scale: the eigenvalues themselves, with their asymptotes.
        return s.plot(ax, label, asymptote, kmax, degrees, **more)
    lines = asymptote is None or flag("asymptote", asymptote)
    k = chosen_degrees(s, kmax, degrees)
    found = s.values(k)
    logs, signs = found.log_abs + float(decay.exponent) * np.log(k), np.sign(found.sign)
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    colour = look.pop("color")
    look.pop("linestyle")
    name = f"{decay.kernel!r}, d = {decay.d}" if label is None else label
    for parity, law in enumerate(decay.parities):
        chosen = (k % 2 == parity) & np.isfinite(logs)
        if chosen.any():
            style: Look = {"marker": "os"[parity], "fillstyle": ("full", "none")[parity], "markersize": 4}
            y = signs[chosen] * np.exp(logs[chosen])
            words = f"{name}, {NAMES[parity]} k"
            ax.plot(k[chosen], y, color=colour, label=words, **style | {"linestyle": "none"} | look)
        if lines and law.kind == "power" and law.exponent == decay.exponent:
            ax.axhline(decimal_of(law.constant), **LAW)
    if first:
        power = str(decay.exponent) if decay.exponent.is_Integer else f"{decay.exponent}"
        ax.set(xscale="log", xlabel="degree $k$", ylabel=rf"$k^{{{power}}} \mu_k$")
        ax.set_ylim(bottom=0 if math.isfinite(float(decay.exponent)) and np.all(signs >= 0) else None)
    legend(ax)
    return ax
