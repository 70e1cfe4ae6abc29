r"""What the symbols in a kernel's LaTeX mean: definitions of layers, duals and the recursions of networks.

`definitions(kernel)` are equations `symbol(u) = formula`, in the letters of the docstrings of `networks`, `layered`,
`families` and `stationary`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from ..numbers.exact_numbers import Exact, Scalar
from ..numbers.scalar_text import latex_number
from .activated import Activated
from .activations import Activation
from .compositions import Compose
from .dual_names import NAMES, dual_of, split
from .families import ArcCosine
from .layered import Dense, Residual
from .layers import ReluLayer
from .networks import NeuralTangent
from .piecewise import PiecewiseDual
from .products import Product
from .smooth_duals import SmoothDual
from .stationary import Matern
from .sums import Sum
from .wide import Wide
from .zonal import Zonal

_NORMAL = (
    r"\quad \left(a, b\right) \sim \mathcal{N}\left(0, \Sigma\right), \quad "
    r"\Sigma_{11} = \Sigma_{22} = 1, \quad \Sigma_{12} = u"
)
_ACTIVATIONS = {
    "tanh": r"\tanh x",
    "sigmoid": r"1/\left(1 + e^{-x}\right)",
    "softplus": r"\log\left(1 + e^{x}\right)",
    "silu": r"x/\left(1 + e^{-x}\right)",
    "mish": r"x \tanh\left(\log\left(1 + e^{x}\right)\right)",
    "gelu": r"x \left(1 + \mathrm{erf}\left(x/\sqrt{2}\right)\right)/2",
}


def definitions(kernel: Zonal) -> tuple[str, ...]:
    """The equations that define what the kernel's LaTeX names, without repetition."""
    return tuple(dict.fromkeys(_of(kernel)))


def _all(kernels: Iterable[Zonal]) -> list[str]:
    return [line for kernel in kernels for line in _of(kernel)]


@functools.singledispatch
def _of(kernel: Zonal) -> list[str]:
    return []


@_of.register
def _(kernel: Sum) -> list[str]:
    named, rest = split(kernel.terms)
    lines = [line for c, _, _ in named for line in _constant(c)]
    for _, name, inner in named:
        lines += _expectation(name) + _of(inner)
    for c, part in rest:
        lines += _constant(c) + _of(part)
    return lines


def _constant(c: Scalar) -> list[str]:
    """The exact form of a coefficient that is written in decimals."""
    if not isinstance(c, Exact):
        return []
    size = -c if c < 0 else c
    short, full = latex_number(size), latex_number(size, full=True)
    return [] if short == full else [f"{short} = {full}"]


@_of.register
def _(kernel: Product) -> list[str]:
    return _all(kernel.factors)


@_of.register
def _(kernel: Compose) -> list[str]:
    return _all(kernel.layers)


@_of.register
def _(kernel: ArcCosine) -> list[str]:
    return [f"{kernel.latex_of('u')} = {_formula(kernel)}"]


@_of.register
def _(kernel: ReluLayer) -> list[str]:
    return _of(kernel.expression())


@_of.register
def _(kernel: NeuralTangent) -> list[str]:
    name = functools.partial(kernel.latex_name, tangent=True)
    first = "u + 1" if kernel.bias else "u"
    return [
        rf"{name('1')}\left(u\right) = {first}",
        rf"{name(_L)}\left(u\right) = {name(_BEFORE)}\left(u\right)\,\kappa_{{0}}\left({_RF}\left(u\right)\right)"
        rf" + \kappa_{{\mathrm{{RF}}}}^{{({_L})}}\left(u\right)",
        r"\kappa_{\mathrm{RF}}^{(1)}\left(u\right) = u",
        rf"\kappa_{{\mathrm{{RF}}}}^{{({_L})}}\left(u\right) = \kappa_{{1}}\left({_RF}\left(u\right)\right)",
        *_all((ArcCosine(0), ArcCosine(1))),
    ]


def _times(q: Scalar) -> str:
    """q as a factor."""
    return "" if q == 1 else latex_number(q) + r"\,"


_L, _BEFORE = r"\ell", r"\ell-1"
_RF = rf"\kappa_{{\mathrm{{RF}}}}^{{({_BEFORE})}}"


@_of.register
def _(kernel: Dense) -> list[str]:
    rho, total = (functools.partial(kernel.latex_name, tangent=tangent) for tangent in (False, True))
    s = kernel.slope
    ramp = f"h_{{s={latex_number(s)}}}" if s else r"\kappa_{1}"
    slope = f"h'_{{s={latex_number(s)}}}" if s else r"\kappa_{0}"
    bias = kernel.bias_variance
    weight, rest = (r"w_{\ell}\,", r" + 1 - w_{\ell}") if bias else ("", "")
    before = rf"\left({rho(_BEFORE)}\left(u\right)\right)"
    lines = []
    if kernel.tangent:
        lines += [
            rf"{total('1')}\left(u\right) = {rho('1')}\left(u\right)",
            rf"{total(_L)}\left(u\right) = {weight}{slope}{before}\,{total(_BEFORE)}\left(u\right)"
            rf" + {rho(_L)}\left(u\right)",
        ]
    start = r"w_{1}\,u + 1 - w_{1}" if bias else "u"
    lines += [rf"{rho('1')}\left(u\right) = {start}", rf"{rho(_L)}\left(u\right) = {weight}{ramp}{before}{rest}"]
    if bias:
        variance, b = latex_number(kernel.weight_variance), latex_number(bias)
        gain = _times(kernel.weight_variance * (1 + s * s) / 2)
        lines += [
            rf"w_{{\ell}} = 1 - {b}/q_{{\ell}}",
            rf"q_{{1}} = {variance} + {b}",
            rf"q_{{\ell}} = {gain}q_{{\ell-1}} + {b}",
        ]
    if s:
        ramps = rf"\left({_times((1 - s) ** 2)}\kappa_{{1}}\left(u\right)"
        line = f"{_times(2 * s)}u"
        below = latex_number(1 + s * s)
        lines.append(rf"{ramp}\left(u\right) = {ramps} + {line}\right)/{below}")
    return [*lines, *_all((ArcCosine(0), ArcCosine(1)) if kernel.tangent else (ArcCosine(1),))]


@_of.register
def _(kernel: Wide) -> list[str]:
    """A stack of equal layers by its recursion; any other network by its steps."""
    if kernel.equal_layers is None:
        return [rf"{kernel.latex_of('u')} = \text{{{kernel.text().replace('_', ' ').replace('|', ' or ')}}}"]
    depth, weights, phi = kernel.equal_layers
    rho, total = (functools.partial(kernel.latex_name, tangent=tangent) for tangent in (False, True))
    before = rf"\left({rho(_BEFORE)}\left(u\right)\right)"
    w, b = latex_number(weights.weight), latex_number(weights.bias)
    share, rest, plus = (r"w_{\ell}\,", r" + 1 - w_{\ell}", f" + {b}") if weights.bias else ("", "", "")
    lines = []
    if kernel.tangent:
        lines += [
            rf"{total('1')}\left(u\right) = {rho('1')}\left(u\right)",
            rf"{total(_L)}\left(u\right) = {share}h'_{{\ell}}{before}\,{total(_BEFORE)}\left(u\right)"
            rf" + {rho(_L)}\left(u\right)",
        ]
    return [
        *lines,
        rf"{rho('1')}\left(u\right) = {share.replace(_L, '1')}u{rest.replace(_L, '1')}",
        rf"{rho(_L)}\left(u\right) = {share}h_{{\ell}}{before}{rest}",
        *([rf"w_{{\ell}} = 1 - {b}/q_{{\ell}}"] if weights.bias else []),
        rf"q_{{1}} = {w}{plus}",
        rf"q_{{\ell}} = {w}\,\mathbb{{E}}\left[\varphi\left(a\right)^{{2}}\right]{plus}",
        r"h_{\ell}\left(v\right) = \mathbb{E}\left[\varphi\left(a\right)\,\varphi\left(b\right)\right]/"
        r"\mathbb{E}\left[\varphi\left(a\right)^{2}\right], \quad \left(a, b\right) \sim "
        r"\mathcal{N}\left(0, \Sigma\right), \quad \Sigma_{11} = \Sigma_{22} = q_{\ell-1}, \quad "
        r"\Sigma_{12} = q_{\ell-1}\,v",
        rf"\varphi = {phi.latex}",
    ]


@_of.register
def _(kernel: Activated) -> list[str]:
    return [
        rf"{kernel.latex_of('u')} = \mathbb{{E}}\left[\varphi\left(a\right)\,\varphi\left(b\right)\right]/"
        rf"\mathbb{{E}}\left[\varphi\left(a\right)^{{2}}\right], \quad \left(a, b\right) \sim "
        rf"\mathcal{{N}}\left(0, {latex_number(kernel.variance)}\,\Sigma\right), \quad "
        rf"\Sigma_{{11}} = \Sigma_{{22}} = 1, \quad \Sigma_{{12}} = u, \quad \varphi = {kernel.phi.latex}"
    ]


@_of.register
def _(kernel: Residual) -> list[str]:
    rho, total = (functools.partial(kernel.latex_name, tangent=tangent) for tangent in (False, True))
    before = rf"\left({rho(_BEFORE)}\left(u\right)\right)"
    lines = []
    if kernel.tangent:
        lines += [
            rf"{total(kernel.depth)}\left(u\right) = T_{{{kernel.depth}}}\left(u\right)/{2 * kernel.depth}",
            r"T_{0}\left(u\right) = 0",
            rf"T_{{\ell}}\left(u\right) = \psi'{before}\,T_{{\ell-1}}\left(u\right)"
            rf" + \kappa_{{1}}{before} + {rho(_BEFORE)}\left(u\right)\,\kappa_{{0}}{before}",
        ]
    total_one = latex_number(1 + kernel.alpha**2)
    psi = rf"\left(u + {_times(kernel.alpha**2)}\kappa_{{1}}\left(u\right)\right)/{total_one}"
    lines += [
        rf"{rho('0')}\left(u\right) = u",
        rf"{rho(_L)}\left(u\right) = \psi{before}",
        rf"\psi\left(u\right) = {psi}",
    ]
    return [*lines, *_all((ArcCosine(0), ArcCosine(1)) if kernel.tangent else (ArcCosine(1),))]


@_of.register
def _(kernel: SmoothDual) -> list[str]:
    return _expectation(kernel.name)


def _expectation(name: str) -> list[str]:
    word = rf"\mathrm{{{name}}}"
    symbol = rf"\kappa_{{{word}}}\left(u\right)"
    lines = [rf"{symbol} = \mathbb{{E}}\left[{word}\left(a\right)\,{word}\left(b\right)\right],{_NORMAL}"]
    if name != "erf":
        lines.append(rf"{word}\left(x\right) = {_ACTIVATIONS[name]}")
    if name in NAMES:
        lines.append(f"{symbol} = {_formula(dual_of(name))}")
    return lines


def _formula(kernel: Zonal) -> str:
    """The closed form by sympy."""
    import sympy

    return str(sympy.latex(kernel.sympy(), inv_trig_style="full"))


@_of.register
def _(kernel: PiecewiseDual) -> list[str]:
    word = kernel.latex_name
    return [
        rf"{kernel.latex_of('u')} = \mathbb{{E}}\left[{word}\left(a\right)\,{word}\left(b\right)\right],{_NORMAL}",
        *(rf"{word}\left(x\right) = {piece}\quad ({where})" for piece, where in _pieces(kernel.exact)),
    ]


def _pieces(activation: Activation) -> list[tuple[str, str]]:
    """The pieces of an activation and where they hold."""
    out = []
    for i, terms in enumerate(activation.terms):
        text = ""
        for (m, beta), c in sorted(terms.items(), key=lambda term: (-term[0][0], term[0][1])):
            factors = [] if abs(c) == 1 and (m or beta) else [latex_number(abs(c))]
            factors += [] if not m else ["x"] if m == 1 else [f"x^{{{m}}}"]
            if beta:
                rate = "" if beta == 1 else "-" if beta == -1 else latex_number(beta) + r"\,"
                factors.append(f"e^{{{rate}x}}")
            sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
            text += sign + r"\,".join(factors)
        low = rf"{latex_number(activation.breaks[i - 1])} \leq " if i else ""
        last = i == len(activation.breaks)
        high = "" if last else f" < {latex_number(activation.breaks[i])}"
        out.append((text or "0", f"{low}x{high}"))
    return out


@_of.register
def _(kernel: Matern) -> list[str]:
    return [
        rf"{kernel.latex_of('u')} = \frac{{2^{{1-\nu}}}}{{\Gamma\left(\nu\right)}}\,s^{{\nu}}\,"
        rf"K_{{\nu}}\left(s\right), \quad s = 2\sqrt{{\nu\,\left(1-u\right)}}/\ell, \quad "
        rf"\nu = {latex_number(kernel.nu)}, \quad \ell = {latex_number(kernel.scale)}"
    ]
