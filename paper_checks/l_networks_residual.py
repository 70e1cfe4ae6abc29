r"""Residual networks

A block acts on correlations as $\psi=(u+\alpha^2\kappa_1)/(1+\alpha^2)$: constants at both ends at any depth,
what they are against the fully connected ones, and what is left of them in networks without end.
"""

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

import kernelspec as ks
from oracle import deep as oracle
from oracle import layered as plain
from oracle.layer_series import first_layer_below, later_layer_below, through_layer
from paper_checks.registry import Checks, Tier, check, conclusion, exact, measured_against, step, vanish

_SOURCE = (
    "derived here from the network of Huang et al. 2020; Belfer, Geifman, Galun & Basri have the same "
    "rates, up to constants"
)


@check("L8", verdict="proved", where=_SOURCE)
def residual_ends(tier: Tier) -> Checks:
    r"""Residual networks: the constants at both ends

    With $p=\alpha^2/(1+\alpha^2)$ and $L$ blocks the Gaussian process has $\nu=3/2$, $c_1=Lp\frac{2\sqrt2}{3\pi}$,
    $c_{-1}=p\frac{2\sqrt2}{3\pi}\Pi_L$, the tangent kernel (1 at $u=1$) $\nu=1/2$,
    $c_1=-\frac{\sqrt2}{2\pi}(1+(L-1)p)$, $c_{-1}=-\frac{\sqrt2}{2\pi L}\Pi_L$, where
    $\Pi_L=\prod_{j=1}^{L-1}(1-p+p\kappa_0(b_j))$, $b_1=p-1$, $b_{j+1}=\psi(b_j)$, $0<\Pi_L\leq1$. The exponents are
    those of fully connected networks, and from $L=2$ on no parity vanishes; at $L=1$ odd $k\geq3$ do.
    """
    p, size, cusp, value, root = sp.symbols("p L C A E", positive=True)
    c, one = sp.sqrt(2) / sp.pi, sp.Integer(1)
    yield step(
        "at $+1$: induction on $L$",
        r"A block is $\psi=(1-p)u+p\kappa_1$ for the Gaussian process; the tangent kernel has "
        "the value $2L$ at 1 before it is divided by it.",
    )
    yield exact(
        r"at $+1$: a block adds $\frac23pc$ to the coefficient of $t^{3/2}$, 2 to the tangent kernel, "
        r"and takes $c+pcA$ from that of $t^{1/2}$",
        [sp.expand(x) for x in through_layer(p, one, (one, cusp, value, root), 2)],
        [1, cusp + 2 * c * p / 3, value + 2, sp.expand(root - c - p * c * value)],
        by="sympy, power series in $t^{1/2}$",
    )
    gp = size * 2 * c * p / 3
    tangent = -c * (size + p * size * (size - 1))  # of T_L, before the division by 2L
    yield vanish(
        "the closed forms obey this recursion, and start right",
        gp.subs(size, size + 1) - gp - 2 * c * p / 3,
        tangent.subs(size, size + 1) - tangent + c + p * c * 2 * size,
        gp.subs(size, 0),
        tangent.subs(size, 0),
        by="sympy, every L",
    )
    series, tangent_series = first_layer_below(p, sp.Integer(0), 2)
    yield step("at $-1$: induction on $L$", r"The first block reads $-1+t$; every later one reads $b_j\in(-1,1)$.")
    label = r"at $-1$, first block: $\rho=(p-1)+(1-p)t+\frac23pc\,t^{3/2}$, and $-c\,t^{1/2}$ in $T$"
    found = [*series, tangent_series[1]]
    yield exact(label, found, [p - 1, 1 - p, 2 * c * p / 3, -c], by="sympy, power series in $t^{1/2}$")
    label = r"later blocks read at $b_j\in(-1,1)$: both constants times $\psi'(b_j)$"
    detail = "what a block adds itself is analytic there"
    yield exact(label, *later_layer_below(), by="sympy, power series in $t^{1/2}$", detail=detail)
    yield step(
        "no parity cancels from $L=2$ on",
        r"$0<p<1$ and $0\leq\kappa_0\leq1$ give $0<\psi'\leq1$, so $0<\Pi_L\leq1$; $L>\Pi_L$ and "
        r"$1+(L-1)p>\Pi_L/L$ from $L=2$ on, so both $c_1+c_{-1}$ and $c_1-c_{-1}$ differ from 0. At $L=1$ "
        r"the odd part of $\psi$ and of the tangent kernel is a line.",
    )
    yield conclusion(
        r"Constants of both kernels at both ends for every $L$ and $\alpha>0$; claim 14c turns them into parities."
    )
    ends = [sp.limit(form, p, 1) for form in (gp, tangent / (2 * size))]
    yield vanish(
        r"$\alpha\to\infty$: $c_1$ of $L+1$ fully connected layers; tangent: $-\frac{c}{2}L$",
        ends[0] - size * 2 * c / 3,
        ends[1] + c * size / 2,
    )


@check("L8a", verdict="holds", where="derived here")
def residual_spectra(tier: Tier) -> Checks:
    r"""Residual networks without end

    With $\alpha$ fixed, $(1-b_L)(pL)^2\to9\pi^2/2$. With $\alpha^2=\gamma/L$ the blocks become the flow
    $\dot\rho=\gamma(\kappa_1(\rho)-\rho)$ from $-1$ to $\rho_*$: $c_1\to\gamma\frac{2\sqrt2}{3\pi}$ and
    $-\frac{\sqrt2}{2\pi}(1+\gamma)$, $\Pi_L\to\kappa_1(\rho_*)-\rho_*$, so
    $c_{-1}L\to\gamma\frac{2\sqrt2}{3\pi}(\kappa_1(\rho_*)-\rho_*)$ and $-\frac{\sqrt2}{2\pi}(\kappa_1(\rho_*)-\rho_*)$:
    the even/odd gap closes like $1/L$, against $L^{-4}$ (tangent $L^{-5}$) at fixed $\alpha$. The limit kernel's first
    non-integer power at $-1$ is $t^{5/2}$.
    """
    # The defect of the library is accurate in relative terms, so 1 - b_L may be read at depth 10^4.
    blocks = 10_000
    limits, expected = [], []
    for alpha, p in ((Fraction(1), 0.5), (Fraction(2), 0.8)):
        time = p * blocks
        limits.append(ks.resnet(blocks, alpha).defect(-1.0) * time**2 / (9 * math.pi**2 / 2))
        expected.append(1 - 3 * math.log(time) / time)
    label = r"fixed $\alpha=1,2$: $(1-b_L)(pL)^2$ over $9\pi^2/2$, $L=10^4$, against $1-3\log(pL)/(pL)$"
    why = "the next term is a constant over pL, 5000 and 8000, the constant below 15"
    yield measured_against(label, limits, expected, atol=3e-3, why=why)
    products = [_product(n) for n in (1000, 4000)]
    steepness = math.log(products[1] / products[0]) / math.log(4)
    label = r"$\alpha=1$: exponent of $c_{-1}/c_1$ from $L=1000$ to $4000$, process and tangent"
    why = "corrections log(pL)/(pL): 4.5 times 0.012 against 0.004"
    yield measured_against(label, [steepness - 1, steepness - 2], [-4.0, -5.0], atol=0.05, why=why)
    yield from _flow()


def _product(blocks: int) -> float:
    """Pi_L at alpha = 1; the rounding of b, 1e-16 against 1 - b > 1e-6, does no harm."""
    b, product = -0.5, 1.0
    for _ in range(blocks - 1):
        angle = math.pi - math.acos(b)
        product *= (1 + angle / math.pi) / 2
        b = (b + (b * angle + math.sqrt((1 - b) * (1 + b))) / math.pi) / 2
    return product


def _flow() -> Checks:
    """alpha^2 = gamma/L: constants at L = 2^6, ..., 2^11 extrapolated to the flow's."""

    def velocity(u: Any) -> Any:
        ramp = (u * (mpmath.pi - mpmath.acos(u)) + mpmath.sqrt((1 - u) * (1 + u))) / mpmath.pi
        return ramp - u

    for gamma in (Fraction(1), Fraction(4)):
        with mpmath.workdps(25):
            goal = mpmath.mpf(gamma.numerator) / gamma.denominator
            end = mpmath.findroot(
                lambda x, goal=goal: mpmath.quad(lambda u: 1 / velocity(u), [-1, -0.5, x]) - goal,
                (-0.5, 0.5),
                solver="anderson",
                tol=1e-40,
            )
            expected = [float(end), float(velocity(end))]
        found = []
        for depth in (64, 128, 256, 512, 1024, 2048):
            with oracle.precision(120):
                b, product = plain.descent(oracle.ball(gamma / (depth + gamma)), depth)
                found.append([float(b), float(product)])
        column = np.array(found)
        # Sums over blocks of kappa_0 ~ t^{1/2} and kappa_1 ~ t^{3/2} next to -1: half-integer orders, too.
        for order in (1.0, 1.5, 2.0, 2.5):
            column = (2**order * column[1:] - column[:-1]) / (2**order - 1)
        label = (
            rf"$\alpha^2=\gamma/L$, $\gamma={gamma}$: $b_L$ and $\Pi_L$ extrapolated, against "
            r"$\rho_*$ and $\kappa_1(\rho_*)-\rho_*$"
        )
        why = "what is left is of order L^{-3} at L = 2048, 1e-10, times a constant below 1000"
        yield measured_against(label, column[-1], expected, atol=5e-8, why=why, at=["b", "Pi"])
    s = sp.Symbol("s", positive=True)
    c = sp.sqrt(2) / sp.pi
    # kappa_1 - u at u = -1 + s^2 by claim 13, and the time 1/(kappa_1 - u) integrated over u.
    rate = 2 * c * s**3 / 3 + 1 - s**2
    time = sp.integrate(sp.series(2 * s / rate, s, 0, 5).removeO(), s)
    yield exact(
        r"time from $-1$ to $-1+t$ along the flow: $t+\frac{t^2}{2}-\frac{4c}{15}t^{5/2}+\ldots$, and the "
        r"flow is analytic in the time where it ends",
        [sp.expand(time).coeff(s, j) for j in range(1, 6)],
        [0, 1, 0, sp.Rational(1, 2), -4 * c / 15],
        by="sympy",
    )
