r"""Negative slopes in fully connected networks

One layer is $\psi=r\kappa_1+au$; what it does to an expansion is worked out in symbols, the constants of
any depth follow by induction, and the library's are held against them.
"""

from fractions import Fraction

import sympy as sp

import kernelspec as ks
from oracle import layered as plain
from oracle.layer_series import first_layer_below, later_layer_below, through_layer
from paper_checks.deep_evidence import library_coefficients
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step, vanish

_DERIVED = "derived here; the networks' recursions: Lee et al. 2018, Jacot et al. 2018"


@check("L6", verdict="proved", where=_DERIVED)
def slopes(tier: Tier) -> Checks:
    r"""Negative slopes: the constants at both ends

    For $\max(z,0)+a\min(z,0)$, $-1<a<1$, $r=(1-a)^2/(1+a^2)$, $h=r\kappa_1+(1-r)u$, the deep network has
    $c_1=(L-1)\,r\frac{2\sqrt2}{3\pi}$, $c_{-1}=r\frac{2\sqrt2}{3\pi}\Pi_L(a)$ at $\nu=3/2$ and its tangent kernel
    $c_1=-\frac{L(L-1)}{2}r\frac{\sqrt2}{\pi}$, $c_{-1}=-r\frac{\sqrt2}{\pi}\Pi_L(a)$ at $\nu=1/2$, with
    $\Pi_L(a)=\prod_{j=2}^{L-1}h'(b_j)$, $b_2=r-1$, $b_{j+1}=h(b_j)$, $0<\Pi_L\leq1$. So odd $k\geq3$ vanish at $L=2$
    and no parity vanishes from $L=3$ on; $a=-1$ is even, so odd $k$ vanish at every depth and $c_{-1}=c_1$, but for
    $a\to-1$ $\Pi_L\to1$; $a=1$ is linear; $1/a$ is $a$.
    """
    r, size, cusp, value, root = sp.symbols("r L C A E", positive=True)
    c = sp.sqrt(2) / sp.pi
    one = sp.Integer(1)
    yield step("at $+1$: induction on $L$", "With $A=L$ the value of the tangent kernel at 1.")
    yield exact(
        r"at $+1$: a layer adds $r\frac{2}{3}c$ to the coefficient of $t^{3/2}$, "
        r"and takes $r\,c\,A$ from that of $t^{1/2}$ of the tangent kernel",
        list(through_layer(r, one, (one, cusp, value, root), 1)),
        [1, cusp + 2 * c * r / 3, value + 1, root - r * c * value],
        by="sympy, power series in $t^{1/2}$",
    )
    gp, tangent = (size - 1) * 2 * c * r / 3, -r * c * size * (size - 1) / 2
    yield vanish(
        "the closed forms obey this recursion, and start right",
        gp.subs(size, size + 1) - gp - 2 * c * r / 3,
        tangent.subs(size, size + 1) - tangent + r * c * size,
        gp.subs(size, 1),
        tangent.subs(size, 1),
        by="sympy, every L",
    )
    series, tangent_series = first_layer_below(r, -one, 1)
    yield step(
        "at $-1$: induction on $L$",
        r"The first layer reads $-1+t$; every later one reads $b_j\in(-1,1)$, where $h$ is analytic.",
    )
    label = r"at $-1$, first layer: $\rho=(r-1)+(1-r)t+\frac23rc\,t^{3/2}$, and $-rc\,t^{1/2}$ in $T$"
    found = [*series, tangent_series[1]]
    yield exact(label, found, [r - 1, 1 - r, 2 * c * r / 3, -r * c], by="sympy, power series in $t^{1/2}$")
    label = r"later layers read at $b_j\in(-1,1)$, where $h$ is analytic: both constants times $h'(b_j)$"
    yield exact(label, *later_layer_below(), by="sympy, power series in $t^{1/2}$")
    yield step(
        r"$0<\Pi_L\leq1$, and no parity cancels from $L=3$ on",
        r"$h(u)-u=r(\kappa_1(u)-u)\geq0$, so $b_j$ increases; $h'=1-r(1-\kappa_0)\leq1$ increases. For "
        r"$0\leq a<1$ $h'(b_2)=r\kappa_0(b_2)+1-r$ has two summands $\geq0$, not both 0 at $L\geq3$. For "
        r"$-1<a<0$ put $x=r-1\in(0,1)$: $\kappa_0(x)\geq\frac12+\frac{x}{\pi}$ gives "
        r"$h'(b_2)\geq\frac12-(\frac12-\frac1\pi)x+\frac{x^2}{\pi}$, which has no real zero. So "
        r"$0<\Pi_L\leq1$, less than $L-1$ and $L(L-1)/2$ from $L=3$ on.",
    )
    x = sp.Symbol("x")
    lower = sp.Rational(1, 2) - (sp.Rational(1, 2) - 1 / sp.pi) * x + x**2 / sp.pi
    product = (1 + x) * (sp.Rational(1, 2) + x / sp.pi) - x
    label = "that bound, and its discriminant is negative"
    yield exact(label, [sp.expand(product - lower), sp.sign(sp.discriminant(lower, x))], [0, -1], by="sympy")
    yield step(
        r"$a\to-1$", r"$b_j\geq b_2=r-1\to1$, as $r\to2$, so that $h'(b_j)=1-r(1-\kappa_0(b_j))\to1$ for every $j$."
    )
    yield step(
        r"$L=2$, $a=\pm1$, and $1/a$",
        r"At $L=2$ the kernel is $h$, whose odd part is that of $\frac{r}{2}u+(1-r)u$, a line; the tangent kernel's"
        r" is twice that. $a=-1$ is $|z|$: every layer after the first reads an even function, so that the kernels"
        r" are even and both ends alike. $a=1$ is $z$. $\max(z,0)+\frac{1}{a}\min(z,0)$ is $\frac{1}{a}$ times"
        r" $a\max(z,0)+\min(z,0)$, the network of $a$ at $-z$, which has the same law and kernel.",
    )
    yield conclusion(
        r"Both constants of both kernels for every $L\geq2$ and $-1<a<1$; with claim 14c the parities that vanish"
        r" and those that do not; and the limiting slopes."
    )
    for tangent_kernel in (False, True):
        kernel = ks.mlp(5, Fraction(-1, 2), tangent=tangent_kernel)
        ends = plain.leaky_ends(5, Fraction(-1, 2), tangent_kernel)
        yield library_coefficients(kernel, *ends, f"`{kernel!r}`")
