r"""Variances of weights and biases in fully connected networks

A layer is $\psi=wh+(1-w)$, its slope $w$ at 1 different in every layer; the constants are sums over the layers.
"""

import math
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

import kernelspec as ks
from oracle import deep as oracle
from oracle import layered as plain
from oracle.layer_series import first_layer_below, later_layer_below, through_layer
from paper_checks.deep_evidence import library_coefficients
from paper_checks.registry import Checks, Tier, check, conclusion, exact, measured_against, step, vanish

# Slopes, and variances of weights and biases.
_CASES = ((0, 2, 1), (-1, 3, Fraction(1, 3)))
_DERIVED = "derived here; the networks' recursions: Lee et al. 2018, Jacot et al. 2018"


@check("L7", verdict="proved", where=_DERIVED)
def variances(tier: Tier) -> Checks:
    r"""Variances of weights and biases: the constants

    $q_1=\sigma_w^2+\sigma_b^2$, $q_l=gq_{l-1}+\sigma_b^2$, $g=\sigma_w^2(1+a^2)/2$. Without biases nothing depends on
    $\sigma_w$. With them the slope of a layer at 1 is $1-\sigma_b^2/q_l<1$ (1 iff $\sigma_b=0$; $g=\chi_1$ at the fixed
    point), the products $D_l=\sigma_w^2g^{l-1}/q_l$, $c_1=r\frac{2\sqrt2}{3\pi}D_L\sum_{l<L}D_l^{1/2}$ at $\nu=3/2$,
    $c_1=-r\frac{\sqrt2}{\pi}D_L\sum_{l<L}D_l^{1/2}\sum_{i\leq l}D_i^{-1}$ at $\nu=1/2$ (tangent). At $-1$ both kernels
    are analytic, so all non-integer powers vanish there, and the even/odd gap with them, to every order in $1/k$.
    """
    r, slope, w = sp.symbols("r D w", positive=True)
    c = sp.sqrt(2) / sp.pi
    yield step(
        "one layer at $+1$",
        r"A layer with biases is $wh+(1-w)$ with $w=1-\sigma_b^2/q_l$: its ramp has $wr$, its slope at 1 is $w$.",
    )
    yield step(
        "the closed sums, by induction on $L$",
        r"With $D_{l+1}=wD_l$: the value of the tangent kernel is $D_L\sum_{i\leq L}D_i^{-1}$, as $wD_L\sum_{i\leq "
        r"L}D_i^{-1}+1$ is the same for $L+1$. $w\,(c_1+\frac{2c}{3}rD_L^{3/2})$ adds $D_L^{1/2}$ to the sum in "
        r"$c_1=\frac{2c}{3}rD_L\sum_{l<L}D_l^{1/2}$, and $-wrcD_L^{1/2}$ times the value adds $D_L^{1/2}\sum_{i\leq "
        "L}D_i^{-1}$ to the other one. Both sums are empty at $L=1$.",
    )
    total, inverse, both = sp.symbols("S N T")  # the sums over D_l^{1/2}, D_i^{-1}, and the double one
    before = (2 * c * r / 3 * slope * total, slope * inverse, -r * c * slope * both)
    following = w * slope, total + sp.sqrt(slope), inverse + 1 / (w * slope), both + sp.sqrt(slope) * inverse
    after = [w * slope * x for x in (2 * c * r / 3 * following[1], following[2], -r * c * following[3])]
    stepped = through_layer(w * r, w, (slope, *before), 1)
    yield vanish(
        r"a layer takes $1-Dt+c_1t^{3/2}$ and $A+c_1t^{1/2}$ with the closed sums $S=\sum_{l<L}D_l^{1/2}$, "
        r"$N=\sum_{i\leq L}D_i^{-1}$, $T=\sum_{l<L}D_l^{1/2}\sum_{i\leq l}D_i^{-1}$ to those of $L+1$",
        *(x - y for x, y in zip(stepped, (following[0], *after), strict=True)),
        by="sympy, power series in $t^{1/2}$, every L",
    )
    g, v, b = sp.symbols("g v b", positive=True)
    n = sp.Symbol("n", positive=True, integer=True)
    q = v * g ** (n - 1) + b * (g**n - 1) / (g - 1)
    yield step(
        "the slopes in closed form",
        r"$v=\sigma_w^2$, $b=\sigma_b^2$; at $g=1$ by continuity. Without biases every slope is 1, and each layer "
        "depends on $a$ alone.",
    )
    yield vanish(
        r"$q_l=vg^{l-1}+b\frac{g^l-1}{g-1}$; $D_l=vg^{l-1}/q_l$ obeys $D_l=(1-b/q_l)D_{l-1}$; "
        r"$D_1=1-b/q_1$; at $q^*=b/(1-g)$ the slope $1-b/q^*$ is $g$",
        q.subs(n, 1) - v - b,
        q.subs(n, n + 1) - g * q - b,
        v * g**n / q.subs(n, n + 1) - (1 - b / q.subs(n, n + 1)) * v * g ** (n - 1) / q,
        v / q.subs(n, 1) - 1 + b / q.subs(n, 1),
        1 - b / (b / (1 - g)) - g,
        by="sympy, every l",
    )
    yield step(
        "at $-1$",
        r"At $u=-1$ the first layer reads $\rho_1=1-2\sigma_w^2/q_1>-1$, and every later one an inner "
        r"value: all are analytic there. The nearest singularity left of $-1$ known in closed form is "
        r"that of the second layer, $u=-1-2\sigma_b^2/\sigma_w^2$, where $\rho_1=-1$.",
    )
    yield conclusion(
        r"Constants at $+1$ for every $L\geq2$ and all variances; with biases there is no "
        "non-integer power at $-1$, so by claim 14c both parities have one expansion."
    )
    for t in (False, True):
        kernel = ks.mlp(4, Fraction(1, 4), 1, Fraction(1, 2), t)
        plus = plain.biased_end(4, Fraction(1, 4), 1, Fraction(1, 2), t)
        yield library_coefficients(kernel, plus, 0 * plus, f"`{kernel!r}`")


@check("L7a", verdict="holds", where="derived here")
def variance_spectra(tier: Tier) -> Checks:
    r"""Variances of weights and biases: parities and phases

    Both parities of a network with biases follow one law; what distinguishes them at $L=2$ is the spectrum of
    $(u_0+u)^\nu$, $u_0=1+2\sigma_b^2/\sigma_w^2$, times $w_2w_1^\nu$ and the constant of $\kappa_1$ or $-\kappa_0$: it
    falls like $e^{-k\,\mathrm{arcosh}\,u_0}$. In depth $c_1$ of the deep network falls like $g^L$ for $g<1$
    ($\chi_1<1$), like $2r\frac{2\sqrt2}{3\pi}(\sigma_w^2/\sigma_b^2)^{3/2}L^{-1/2}$ at $g=1$, and grows like
    $r\frac{2\sqrt2}{3\pi}D_\infty^{3/2}L$ for $g>1$, $D_\infty=1/(1+\frac{g}{g-1}\frac{\sigma_b^2}{\sigma_w^2})$; that
    of the tangent kernel like $g^{L/2}$, $\frac15\sigma_wL^{3/2}/\sigma_b$ and $\frac12D_\infty^{1/2}L^2$ times
    $-r\frac{\sqrt2}{\pi}$.
    """
    yield from _alternating_part()
    with oracle.precision():
        c, deep = oracle.sqrt2_over_pi(), 10**4
        cases_ = [(t, [plain.biased_end(n, 0, 1, 1, t) for n in (400, 399)]) for t in (False, True)]
        falling = [a / b for _, (a, b) in cases_]
        kept = (1 / (1 + arb(2) / 4)).sqrt()
        grown = [
            plain.biased_end(deep, 0, 2, 1) * 100 / (4 * c / 3 * arb(2) ** arb(1.5)),
            plain.biased_end(deep, 0, 2, 1, True) / (-c * arb(2).sqrt() / 5 * arb(deep) ** arb(1.5)),
            plain.biased_end(deep, 0, 4, 1) / (2 * c / 3 * kept**3 * deep),
            plain.biased_end(deep, 0, 4, 1, True) / (-c * kept / 2 * deep**2),
        ]
        rates = [arb(1) / 2, (arb(1) / 2).sqrt()]
    label = r"$g=1/2$: ratio of $c_1$ at $L=400$ and $399$, process and tangent"
    yield measured_against(label, falling, rates, rtol=1e-58, why="corrections $g^{L/2}$, $10^{-60}$ at L = 400")
    yield measured_against(
        r"$g=1$ and $g=2$: $c_1$ over its asymptote at $L=10^4$, process and tangent",
        grown,
        [1.0] * 4,
        rtol=0.02,
        why="corrections L^{-1/2} at g = 1, their constants below 2; 1/L at g = 2",
        at=["g = 1", "g = 1, tangent", "g = 2", "g = 2, tangent"],
    )


def _alternating_part() -> Checks:
    """At L = 2 what alternates in k is the spectrum of a power of (u_0 + u), with its constant."""
    bias, order = Fraction(1, 50), 8
    degrees = list(range(120, 161))
    first = 1 / (1 + bias / 2)  # w_1; 1 + rho_1 = w_1 (u_0 + u)
    second = 1 - bias / (2 + 2 * bias)

    def alternating(kappa: oracle.Kernel, nu: float) -> list[Any]:
        # What is smooth in k drops out of a difference of high order of mu_k over its asymptote.
        values = oracle.eigenvalues(kappa, 4, degrees, 400)
        with oracle.precision():
            shape = [v / oracle.power_eigenvalue(4, arb(nu), k) for k, v in zip(degrees, values, strict=True)]
            return [
                sum((-1) ** j * math.comb(order, j) * shape[i + j] for j in range(order + 1))
                for i in range(len(shape) - order)
            ]

    for tangent, nu, head in ((False, 1.5, r"\frac23c"), (True, 0.5, "-c")):
        found = alternating(plain.dense(2, 0, 2, bias, tangent), nu)
        power = alternating(
            lambda u, p=2 * nu: (oracle.ball(1 + bias) + u).sqrt() ** int(p),  # type: ignore[misc]  # p has a default
            nu,
        )
        with oracle.precision():
            root = oracle.ball(first).sqrt()
            constant = oracle.ball(second) * root
            constant *= -oracle.sqrt2_over_pi() if tangent else 2 * oracle.sqrt2_over_pi() / 3 * root**2
            ratios = [float((a / b / constant).mid()) for a, b in zip(found, power, strict=True)]
        label = (
            rf"$L=2$, $\sigma_w^2=2$, $\sigma_b^2=1/50$, tangent={tangent}: alternating part over that of "
            rf"${head}w_2\,(w_1(u_0+u))^\nu$, $u_0=1+2\sigma_b^2/\sigma_w^2$, $d=4$"
        )
        why = "the next power of u_0 + u is smaller by 1/k"
        yield measured_against(label, ratios, [1.0] * len(ratios), rtol=0.01, why=why, at=degrees[: len(ratios)])


@check("L7b", verdict="proved", where="Derived here; Bietti & Bach 2021 have the input's bias in their experiments")
def late_biases(tier: Tier) -> Checks:
    r"""Biases that start at zero

    Where the biases of layer $l$ start at 0 and are trained at rate $\beta_l$, $T_1=u+\beta_1$,
    $T_l=T_{l-1}\kappa_0(\kappa^{l-1})+\kappa^l+\beta_l$, the coefficient of $t^{1/2}$ at $-1$ is
    $\frac{\sqrt2}{\pi}(\beta_1-1)\Pi_L$: only the input's bias counts, and it vanishes iff $\beta_1=1$, as in claim 26.
    At $+1$ $c_1=-\frac{\sqrt2}{\pi}\sum_{l<L}(l+\beta_1+\cdots+\beta_l)$. With $\beta_1=1$ and rates $\beta_l\geq0$ the
    parities still differ, by $t^{3/2}$ at $-1$.
    """
    c = sp.sqrt(2) / sp.pi
    b_1, value, root = sp.symbols("beta_1 A E")
    one = sp.Integer(1)
    _, first = first_layer_below(one, b_1 - 1, 1)
    yield step(
        "$t^{1/2}$ at $-1$",
        r"The first layer reads $T_1=\beta_1-1+t$; by induction later ones multiply the coefficient, as $\kappa^l$ "
        "has no $t^{1/2}$ at $-1$ (claim 24), and a rate is a constant.",
    )
    yield exact(
        r"at $-1$, first layer: $(\beta_1-1)\,c\,t^{1/2}$; later layers multiply by $\kappa_0(b_j)$",
        [sp.expand(first[1] - (b_1 - 1) * c), *later_layer_below()[0]],
        [0, *later_layer_below()[1]],
        by="sympy, power series in $t^{1/2}$; a constant adds nothing",
    )
    cusp = sp.Symbol("C")
    yield step(
        "$t^{1/2}$ at $+1$",
        r"The value $A$ is $l+\beta_1+\cdots+\beta_l$ after $l$ layers; the sum is over the layers that read it.",
    )
    yield exact(
        r"at $+1$: a layer takes $c\,A$ away",
        through_layer(one, one, (one, cusp, value, root), 1)[3],
        root - c * value,
        by="sympy, power series in $t^{1/2}$",
    )
    yield step(
        r"$t^{3/2}$ at $-1$ for $\beta_1=1$",
        r"$T_1=t$, so that $t\kappa_0(-1+t)+\kappa_1(-1+t)$ has $c+\frac{2c}{3}>0$ at $t^{3/2}$. A later layer makes"
        r" $E\kappa_0(b_l)+T_l(-1)\kappa_0'(b_l)c_l+c_{l+1}$ of the coefficient $E$, with $c_l$ that of $\kappa^l$"
        r" (claim 24): no summand is negative, and the first is positive.",
    )
    yield conclusion(
        r"Both coefficients of $t^{1/2}$ for every $L\geq2$ and all rates, and the power by which the parities differ"
        r" where the first one vanishes (claim 14c)."
    )
    found: list[Any] = []
    expected: list[Any] = []
    for rates in ((1, 0, 0, 0), (1, 2, Fraction(1, 3), 5), (Fraction(1, 2), 1, 1, 1), (0, 1, 1, 1)):
        tangent, layer = ks.linear() + rates[0], ks.linear()
        total = Fraction(1 + rates[0])
        for depth, rate in enumerate(rates[1:], start=2):
            tangent = tangent * (ks.arccos(0) @ layer)
            layer = ks.arccos(1) @ layer
            tangent = tangent + layer + rate
            plus = tangent.expand(1, 3).coefficient(Fraction(1, 2))
            minus = tangent.expand(-1, 3).coefficient(Fraction(1, 2))
            product = -ks.ntk(depth).decay(4).c_minus  # c Pi_L, claim 25
            found += [
                sp.simplify(plus + c * sp.Rational(total.numerator, total.denominator)),
                sp.simplify(minus - sp.Rational(str(rates[0] - 1)) * product),
            ]
            expected += [0, 0]
            total += sum((Fraction(x) for x in rates[:depth]), Fraction(depth))
    yield exact(
        r"library: both coefficients of $t^{1/2}$, four choices of rates, $L=2,3,4$", found, expected, by="sympy"
    )
    signs = [sp.sign(ks.ntk(depth, bias=True).expand(-1, 4).coefficient(Fraction(3, 2))) for depth in (2, 3, 4, 5)]
    label = r"claim 26's kernel: the coefficient of $t^{3/2}$ at $-1$ is positive, $L=2,\ldots,5$"
    yield exact(label, signs, [1] * 4, by="sympy")
