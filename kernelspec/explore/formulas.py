"""Formulas on the page: a kernel written out, eigenvalues in closed form, and laws of decay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fields import sentence
from .view import escape, formulas_in, tex

if TYPE_CHECKING:
    import sympy

    from ..decay import Decay
    from ..kernels.zonal import Zonal
    from ..spectrum import Spectrum

_LONG = 240  # characters of LaTeX beyond which a formula is given in words and decimals


def written_out(k: Zonal) -> str:
    """The kernel with the definitions of the functions in it; by its name alone where they are long."""
    try:
        full = k.latex(full=True)
    except (ValueError, NotImplementedError):
        full = k.latex()
    if len(full) > 8 * _LONG or full == k.latex():
        return formula(r"\kappa(u) = " + k.latex(), repr(k))
    return f'<div class="ks-formula">{tex(full, display=True)}</div>'


def formula(latex: str, words: str) -> str:
    """A formula on a line of its own; a long one as text that wraps."""
    if len(latex) > 4 * _LONG:
        return f"<p><code>{escape(words)}</code></p>"
    return f'<div class="ks-formula">{tex(latex, display=len(latex) <= _LONG)}</div>'


def tex_file(parts: list[str], k: Zonal) -> str:
    """The formulas of the page as a file for LaTeX."""
    return f"% {k!r}\n" + "".join(f"\\[ {formula} \\]\n" for formula in formulas_in("".join(parts)))


def exact_eigenvalues(s: Spectrum) -> dict[int, sympy.Expr] | str:
    """Some eigenvalues in closed form, or the sentence that says why there are none."""
    found = {}
    for degree in (0, 1, 2, 3, 4):
        try:
            found[degree] = s.exact(degree)
        except (ValueError, NotImplementedError) as error:
            return sentence(error)
    return found


def latex_of(expression: sympy.Expr) -> str:
    """A number in LaTeX."""
    from ..numbers.exact_text import sympy_latex

    return sympy_latex(expression)


_MU, _ZERO = tex(r"\mu_k"), tex(r"\mu_k = 0")


def laws(law: Decay) -> str:
    """The laws of decay of both parities in HTML."""
    from ..views.decays import decimal_text

    found = []
    even, odd = law.parities
    named = (("every", even),) if even == odd else (("even", even), ("odd", odd))
    for name, parity in named:
        if parity.kind == "power":
            constant = latex_of(parity.constant)
            power = rf"k^{{-{latex_of(parity.exponent)}}}"
            size = decimal_text(parity.constant, 10)
            exact = tex(rf"\mu_k \sim {_bracketed(constant, parity.constant)}\,{power}")
            exact = exact if len(constant) < _LONG else ""
            line = tex(rf"\mu_k \sim {_times_ten(size)}\,{power}")
            found.append(f"<p>{name} k: {exact or line}</p>" + (f'<p class="ks-quiet">{line}</p>' if exact else ""))
        elif parity.kind == "vanishing":
            beyond = f" for k &gt; {parity.degree}" if parity.degree != -1 else ""
            found.append(f"<p>{name} k: {_ZERO}{beyond}, exactly</p>")
        elif parity.kind == "super-polynomial":
            found.append(f"<p>{name} k: {_MU} falls faster than any power of k</p>")
        else:
            order = tex(rf"\mu_k = O(k^{{-{latex_of(parity.exponent)}}})")
            found.append(f"<p>{name} k: {order}</p>")
    if law.rate is not None:
        found.append(f'<p class="ks-quiet">{escape(law.rate.statement)}</p>')
    return "".join(found)


def _bracketed(latex: str, value: sympy.Expr) -> str:
    return rf"\left({latex}\right)" if value.is_Add else latex


def _times_ten(number: str) -> str:
    mantissa, _, exponent = number.partition("e")
    return rf"{mantissa}\cdot 10^{{{int(exponent)}}}" if exponent else mantissa
