r"""Deep kernels

Recursions, and the coefficients at the end points of random features and of tangent kernels, with and without bias,
proved for every depth by induction in symbols; their decay is in `e_deep_decay`.
"""

from typing import Any

import numpy as np
import sympy
from flint import arb

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.deep_evidence import RICHARDSON, digits, extrapolated, parity_ratio, power_series, rf_coefficients
from paper_checks.registry import *

_PAPER = "Bietti & Bach 2021, corollary on deep random-feature kernels"
_TANGENT = "Bietti & Bach 2021, corollary on deep tangent kernels"
_CODE = "The code with Bietti & Bach 2021, input bias; constants derived here"
_X, _E, _C, _R, _Q, _BETA, _L = sympy.symbols("x e c r q beta L", positive=True)


@check(
    "C23",
    verdict="incomplete as printed",
    where="Bietti & Bach 2021, kernels of deep networks; the slide on deep kernels",
    printed=r"$\kappa^L=\kappa\circ\cdots\circ\kappa$, $L$ times, with no word on what $L$ counts",
    corrected=r"$\kappa\circ\cdots\circ\kappa$, $L-1$ times, for $L$ layers; $L$ times for $L$ hidden layers",
)
def recursions(tier: Tier) -> Checks:
    r"""Depth $L$ is $L-1$ compositions

    $\kappa^{1}=u$, $\kappa^\ell=\kappa_1(\kappa^{\ell-1})$; $\kappa_{\mathrm{NTK}}^{1}=u$,
    $\kappa_{\mathrm{NTK}}^\ell=\kappa_{\mathrm{NTK}}^{\ell-1}\kappa_0(\kappa^{\ell-1})+\kappa^\ell$;
    $\kappa_{\mathrm{NTK}}^L(1)=L$.
    """
    u, phi, theta = sympy.symbols("u phi theta", real=True)
    jump, ramp = ks.arccos(0).sympy, ks.arccos(1).sympy
    kappa, tangent = u, u
    for depth in range(2, 6):
        tangent, kappa = tangent * jump(kappa), ramp(kappa)
        tangent = tangent + kappa
        found = [sympy.simplify(f) for f in (ks.rf(depth).sympy(u) - kappa, ks.ntk(depth).sympy(u) - tangent)]
        found += [ks.rf(depth).sympy(1), ks.ntk(depth).sympy(1)]
        yield exact(rf"$L={depth}$: library less the recursions; both kernels at 1", found, [0, 0, 1, depth])
    # In the plane of x and y, w is a radius with E r^2 = 2 and a uniform angle.
    product = sympy.cos(phi) * sympy.cos(phi - theta)
    two_layers = 2 * 2 * sympy.integrate(product, (phi, theta - sympy.pi / 2, sympy.pi / 2)) / (2 * sympy.pi)
    kappa_1 = (sympy.sin(theta) + (sympy.pi - theta) * sympy.cos(theta)) / sympy.pi
    label = r"two layers, one hidden: $2E[\sigma(w\cdot x)\sigma(w\cdot y)]$ less $\kappa_1(\cos\theta)$"
    yield printed_given("$L$ counts hidden layers", exact(label, sympy.simplify(two_layers - kappa_1), 0))
    at_zero, twice = two_layers.subs(theta, sympy.pi / 2), ramp(ramp(sympy.Integer(0)))
    label = r"two layers at $u=0$ against $\kappa_1(\kappa_1(0))$"
    yield printed_fails(label, at_zero, twice, atol=1e-3, why="the two differ in the first digit")
    width, draws = tier.pick(quick=(512, 16), full=(1024, 32))
    why = f"five standard errors of {draws} draws, and 4/width for the finite width {width}"
    for cosine in (-0.9, -0.5):
        sampled = np.array([_three_layers(cosine, width, tier.rng) for _ in range(draws)])
        for sample, name, family in zip(sampled.T, ("random features", "tangent kernel"), (ks.rf, ks.ntk), strict=True):
            error = 5 * float(np.std(sample, ddof=1)) / draws**0.5 + 4 / width
            mean, label = float(np.mean(sample)), rf"network of three layers, $u={cosine}$, {name}"
            yield measured_against(label, mean, family(3)(cosine), atol=error, why=why)
            yield printed_fails(f"{label}: one composition more", mean, family(4)(cosine), atol=error, why=why)


def _three_layers(cosine: float, width: int, rng: np.random.Generator) -> tuple[float, float]:
    """Features' and tangent kernel of one draw of f = sqrt(2/m) v.relu(sqrt(2/m) W relu(U x))."""
    x = np.array([[1.0, 0.0], [cosine, np.sqrt(1 - cosine**2)]])
    first = rng.standard_normal((width, 2)) @ x.T
    middle, outer = rng.standard_normal((width, width)), rng.standard_normal(width)
    hidden = np.maximum(first, 0)
    second = np.sqrt(2 / width) * middle @ hidden
    # Gradients of f in the pre-activations of both hidden layers.
    back_2 = np.sqrt(2 / width) * outer[:, None] * (second > 0)
    back_1 = np.sqrt(2 / width) * (middle.T @ back_2) * (first > 0)
    inner = [np.prod(part, axis=1).sum() for part in (hidden, np.maximum(second, 0))]
    back = [np.prod(part, axis=1).sum() for part in (back_1, back_2)]
    return 2 / width * inner[1], 2 / width * (inner[1] + back[1] * inner[0]) + back[0] * cosine


@check("C24", verdict="proved", where=_PAPER + "; the constants are made explicit here")
def rf_ends(tier: Tier) -> Checks:
    r"""End points of deep random-feature kernels

    For every $L\geq2$, $\nu=3/2$: $c_1=(L-1)\frac{2\sqrt2}{3\pi}$, $c_{-1}=\frac{2\sqrt2}{3\pi}\Pi_L$,
    $\Pi_L=\prod_{j=2}^{L-1}\kappa_0(b_j)$, $b_2=0$, $b_{j+1}=\kappa_1(b_j)=\kappa^{j+1}(-1)$.
    """
    x, c, r, a, b, depth, sigma = sympy.symbols("x c r alpha b L sigma", positive=True)
    yield step(
        "one layer at either end",
        r"With $t=2\sigma^2$, $\theta=2\arcsin\sigma$ the angle to the end: "
        r"$\kappa_1(1-t)=1-t+h$, $\kappa_1(-1+t)=h$, $h=(\sin\theta-\theta\cos\theta)/\pi$, and "
        r"$\alpha t^{3/2}=\frac{8}{3\pi}\sigma^3$ with $\alpha=\frac{2\sqrt2}{3\pi}$.",
    )
    tail = (2 * sigma * sympy.sqrt(1 - sigma**2) - 2 * sympy.asin(sigma) * (1 - 2 * sigma**2)) / sympy.pi
    found = power_series(tail, sigma, 5)
    yield exact(r"$h$ in powers of $\sigma$, from $\sigma^0$ to $\sigma^4$", found, [0, 0, 0, 8 / (3 * sympy.pi), 0])
    yield step("at $+1$", r"Induction on $L$: each layer adds $\alpha$ to $c_1$, which is 0 for $\kappa^1=u$.")
    inner = x**2 - c * x**3 + r * x**4
    layer = sympy.series(inner - a * inner ** sympy.Rational(3, 2), x, 0, 4).removeO()
    label = r"one more layer makes $\delta=t-ct^{3/2}+rt^2+\ldots$, $\delta=1-\kappa$, $x=\sqrt t$, into"
    yield exact(label, sympy.expand(layer), sympy.expand(x**2 - (c + a) * x**3))
    formula = (depth - 1) * a
    found = [sympy.expand(formula.subs(depth, depth + 1) - formula), formula.subs(depth, 1)]
    yield exact(r"$(L-1)\alpha$: its growth from $L$ to $L+1$, its value at $L=1$", found, [a, 0], by="sympy, every L")
    yield step(
        "at $-1$",
        r"The first layer reads $-1+t$ and gives $\alpha t^{3/2}$, with $b_2=0$. Every later "
        r"one reads $b_\ell+\ldots$ with $b_\ell\in[0,1)$, where $\kappa_1$ is analytic, and "
        r"multiplies the coefficient by $\kappa_1'(b_\ell)=\kappa_0(b_\ell)$.",
    )
    f = sympy.symbols("f_0:3")
    shift = r * x**2 + c * x**3
    label = r"one more layer: the coefficient of $t^{3/2}$ in $f(b+rt+ct^{3/2}+\ldots)$"
    detail = r"$f=\kappa_1$ is analytic at $b_\ell\in(-1,1)$, $f_1=\kappa_1'(b_\ell)$"
    yield exact(label, sympy.expand(f[0] + f[1] * shift + f[2] * shift**2 / 2).coeff(x, 3), f[1] * c, detail=detail)
    slope = sympy.diff(ks.arccos(1).sympy(b), b) - ks.arccos(0).sympy(b)
    yield exact(r"$\kappa_1'-\kappa_0$", sympy.simplify(slope), 0)
    yield conclusion(
        r"By induction on the layers, for every $L\geq2$; the powers below $t^{3/2}$ are integers at both ends."
    )
    start, product = oracle.depths(8)
    yield digits(r"$b_3,b_4,b_5$", start[3:6], ("0.318310", "0.493731", "0.604826"))
    six = ("0.500000", "0.301558", "0.200345", "0.141595", "0.104559", "0.079806")
    yield digits(r"$\Pi_3,\ldots,\Pi_8$", product[3:9], six)
    ratios = [parity_ratio(*rf_coefficients(layers)) for layers in range(3, 7)]
    label = r"even over odd, $\frac{L-1+\Pi_L}{L-1-\Pi_L}$, $L=3,\ldots,6$"
    yield digits(label, ratios, ("1.666667", "1.223505", "1.105454", "1.058289"))


@check(
    "C24a",
    verdict="refuted as printed",
    where=_PAPER + ", proof",
    printed=r"$c_\ell=\kappa_1'(a_{\ell-1})\,c_{\ell-1}$, with $a$ of the expansion at $+1$",
    corrected=r"$c_\ell=\kappa_1'(b_{\ell-1})\,c_{\ell-1}$",
)
def recursion_index(tier: Tier) -> Checks:
    r"""The recursion of the coefficient at $-1$

    $\kappa^\ell(-1+t)=b_\ell+\ldots+c_\ell t^{3/2}+\ldots$ has $c_\ell=\kappa_1'(b_{\ell-1})c_{\ell-1}$,
    $b_\ell=\kappa^\ell(-1)$.
    """
    layers = list(range(2, 7))
    start, _ = oracle.depths(6)
    measured = []
    for depth in layers:
        with oracle.precision(12000):
            # kappa_1(-1) = 0 exactly, where arccos in balls knows an interval only
            first = arb(0) if depth == 2 else oracle.rf(depth - 1)(arb(0))
        measured.append(oracle.end_coefficient(oracle.rf(depth), -1, arb(1.5), first))
    with oracle.precision():
        correct, by_value, by_coefficient = [oracle.alpha()], [oracle.alpha()], [oracle.alpha()]
        for depth in layers[1:]:
            correct.append(oracle.arccosine(0, start[depth - 1]) * correct[-1])
            by_value.append(oracle.arccosine(0, arb(1)) * by_value[-1])
            if (depth - 2) * oracle.alpha() < 1:  # kappa_1' has no value beyond 1
                by_coefficient.append(oracle.arccosine(0, (depth - 2) * oracle.alpha()) * by_coefficient[-1])
    label = r"$(\kappa^L(-1+t)-b_L)/t^{3/2}$ at $t=2^{-4000}$"
    why = "the next term is smaller by a factor t^{1/2} at least; balls of 700 bits, 210 digits"
    yield measured_against(
        f"{label} against the corrected recursion", measured, correct, rtol=1e-207, why=why, at=layers
    )
    for name, wrong in (("the value 1 at $+1$", by_value), ("the coefficient of $t^{3/2}$ at $+1$", by_coefficient)):
        label, some = rf"against the printed recursion, $a_\ell$ read as {name}", slice(1, len(wrong))
        why = "a tenth is far above any error here"
        yield printed_fails(label, measured[some], wrong[some], rtol=0.1, why=why, at=layers[some])
    even, odd = extrapolated(oracle.rf(3), 4, 1.5)
    with oracle.precision():
        ratio, five_thirds = even / odd, arb(5) / 3
        label, why = r"even over odd at $L=3$, $d=4$, by quadrature", f"{RICHARDSON}, at d = 4 far less"
        yield measured_against(label, ratio, five_thirds, rtol=5e-23, why=why)
        yield printed_fails(r"the same against $(2+1)/(2-1)$, from $c_3=c_2$", ratio, arb(3), rtol=0.1, why="a tenth")


def _at_plus_one(bias: int, formula: Any) -> Checks:
    """One more layer where T(1) = L + bias, x = sqrt(t); and that the formula grows like e, from 0 at L = 1."""
    inner = _X**2 - _C * _X**3
    tangent = _L + bias - _E * _X + _R * _X**2
    layer = sympy.series(tangent * (1 - _BETA * sympy.sqrt(inner)) + 1 - inner, _X, 0, 2).removeO()
    value = sympy.latex(_L + bias)
    label = rf"one more layer makes $T={value}-e\sqrt t+rt+\ldots$ into"
    stated = sympy.expand(_L + bias + 1 - (_E + (_L + bias) * _BETA) * _X)
    yield exact(label, sympy.expand(layer), stated, by="sympy, every L", detail=r"$x=\sqrt t$, $\beta=\sqrt2/\pi$")
    found = [sympy.expand(formula.subs(_L, _L + 1) - formula), formula.subs(_L, 1)]
    label = rf"${sympy.latex(formula)}$: its growth from $L$ to $L+1$, its value at $L=1$"
    yield exact(label, found, [_L + bias, 0], by="sympy, every L")


@check("C25", verdict="proved", where=_TANGENT + "; the constants are made explicit here")
def ntk_ends(tier: Tier) -> Checks:
    r"""End points of deep tangent kernels

    For every $L\geq2$, $\nu=1/2$: $c_1=-\frac{L(L-1)}{2}\frac{\sqrt2}{\pi}$, $c_{-1}=-\frac{\sqrt2}{\pi}\Pi_L$.
    """
    sigma = sympy.Symbol("sigma", positive=True)
    yield step("one layer at either end")
    label = r"$1-\kappa_0(1-t)=\kappa_0(-1+t)=\frac{2}{\pi}\arcsin\sigma$, $t=2\sigma^2$, up to $\sigma^2$"
    detail = r"$\beta t^{1/2}=\frac{2}{\pi}\sigma$ with $\beta=\sqrt2/\pi$"
    yield exact(label, power_series(2 * sympy.asin(sigma) / sympy.pi, sigma, 3), [0, 2 / sympy.pi, 0], detail=detail)
    yield step(
        "at $+1$: induction on $L$",
        r"Below $x=\sqrt t$, and $c$, $r$, $q$ stand for terms that must not matter. One layer is "
        r"$T\to T\kappa_0(\kappa)+\kappa_1(\kappa)$ with $1-\kappa=t-ct^{3/2}+\ldots$ (claim 24).",
    )
    yield from _at_plus_one(0, _L * (_L - 1) / 2)
    yield step(
        "at $-1$: induction on $L$",
        r"$L=2$ has $-\beta=-\beta\Pi_2$; every later layer reads an inner value $b_\ell\in[0,1)$, and multiplies by "
        r"$\kappa_0(b_\ell)$. What it adds, $\kappa^{\ell+1}$, has no $t^{1/2}$ (claim 24).",
    )
    first = sympy.expand((-1 + _X**2) * (_BETA * _X + _R * _X**3) + _C * _X**3).coeff(_X, 1)
    yield exact(r"$L=2$: the coefficient of $t^{1/2}$ in $u\kappa_0+\kappa_1$", first, -_BETA)
    f = sympy.symbols("f_0:2")
    later = sympy.expand((_E + _C * _X + _R * _X**2) * (f[0] + f[1] * _Q * _X**2)).coeff(_X, 1)
    label = r"one more layer makes the coefficient $c$ of $t^{1/2}$ into"
    yield exact(label, later, f[0] * _C, detail=r"$f_0=\kappa_0(b_\ell)$; $\kappa^\ell(-1+t)=b_\ell+O(t)$, $\ell\geq2$")
    yield conclusion(r"By induction on the layers, for every $L\geq2$.")


@check("C26", verdict="proved", where=_CODE)
def bias_ends(tier: Tier) -> Checks:
    r"""End points of tangent kernels with an input bias

    From $\kappa_{\mathrm{NTK}}^{1}=u+1$, for every $L\geq2$: $\kappa(1)=L+1$,
    $c_1=-\frac{(L-1)(L+2)}{2}\frac{\sqrt2}{\pi}$, and no term $t^{1/2}$ at $-1$.
    """
    yield step(
        "at $+1$: induction on $L$",
        r"One layer is $T\to T\kappa_0(\kappa)+\kappa_1(\kappa)$ with $1-\kappa=t-ct^{3/2}+\ldots$ (claim 24), from "
        r"$T=u+1=2-t$; $c$, $r$, $q$ stand for terms that do not matter. The value at 1 grows by 1.",
    )
    yield from _at_plus_one(1, (_L - 1) * (_L + 2) / 2)
    yield step(
        "at $-1$: induction on $L$",
        r"$T=u+1=t$ takes $t^{1/2}$ away from the first layer; a later one reads an inner value $b_\ell$, where "
        r"$\kappa_0$ and $\kappa_1$ are analytic, and $\kappa^\ell$ has no $t^{1/2}$ there (claim 24).",
    )
    first = sympy.expand(_X**2 * (_BETA * _X + _R * _X**3) + _C * _X**3)
    found = [first.coeff(_X, j) for j in range(3)]
    yield exact(r"$L=2$: $t\kappa_0+\kappa_1$, coefficients of $t^0,t^{1/2},t$", found, [0, 0, 0])
    f = sympy.symbols("f_0:2")
    later = sympy.expand((_E + _R * _X**2) * (f[0] + f[1] * _Q * _X**2)).coeff(_X, 1)
    yield exact(r"one more layer: the coefficient of $t^{1/2}$", later, 0)
    yield conclusion(r"By induction on the layers, for every $L\geq2$.")
