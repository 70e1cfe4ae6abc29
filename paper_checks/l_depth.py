r"""The even/odd gap of every depth, and its limit

The gap closes like L^{-4} and L^{-5}; the constants come from the Abel function of a layer
(`l_parabolic`), with proved digits and bounds for every L.
"""

from typing import Any

import sympy as sp
from flint import fmpq

from oracle import deep as oracle
from oracle import parabolic as parabolic
from paper_checks.abel_bounds import abel_steps
from paper_checks.deep_evidence import digits, power_series
from paper_checks.registry import Checks, Tier, check, conclusion, exact, measured_against, note, step, vanish

_C = "2.38984738373385174873361178416795"
_K = "196.672975187375426059469637683219"
_HERE = "derived here; Bietti & Bach 2021 have the decay up to constants"


@check("L4", verdict="proved", where=_HERE)
def every_gap(tier: Tier) -> Checks:
    r"""The even/odd gap of every depth

    For every $L\geq3$ even over odd eigenvalues tend to $\frac{L-1+\Pi_L}{L-1-\Pi_L}$ (RF) and
    $\frac{L(L-1)/2+\Pi_L}{L(L-1)/2-\Pi_L}$ (NTK); at $L=2$ odd ones vanish. With $1-b_L=9\pi^2/(2Z_L^2)$:
    $|Z_L-\frac{3}{2}\log Z_L-L-C|\leq4/Z_L$ and $\Pi_L=K\,Z_L^{-3}/(1-\frac{3}{2Z_L}-e_L)$, $|e_L|\leq9/Z_L^2$, for all
    $L\geq2$. So $(1-b_L)L^2\to9\pi^2/2$ and $\Pi_LL^3\to K$, with $C=2.389847\ldots$, $K=196.672975187375\ldots$; the
    next terms are $-3\frac{\log L}{L}$ and $-\frac{9}{2}\frac{\log L}{L}$ of them.
    """
    depth, part, size = sp.symbols("L Pi alpha", positive=True)
    both = [
        ((depth - 1) * size, part * size),  # claim 24
        (-depth * (depth - 1) / 2 * size, -part * size),  # claim 25
    ]
    stated = [
        (depth - 1 + part) / (depth - 1 - part),
        (depth * (depth - 1) / 2 + part) / (depth * (depth - 1) / 2 - part),
    ]
    yield step("the gap by the coefficients")
    yield vanish(
        r"$(c_1+c_{-1})/(c_1-c_{-1})$ with the coefficients of claims 24 and 25: RF, NTK",
        *(sp.cancel((p + m) / (p - m) - r) for (p, m), r in zip(both, stated, strict=True)),
        by="sympy, every L",
        detail="claim 14c turns coefficients into eigenvalues",
    )
    yield step(
        "a layer is one step of an iteration",
        r"A layer takes $\delta=1-\kappa=2\tau x^2$, $\tau=9\pi^2/4$, to $\delta(1-g)$; $x=1/Z$ goes to "
        r"$G(x)=x\sqrt{1-g}=x-x^2-\ldots$. With $A(x)=\frac{1}{x}+\frac{3}{2}\log x+\sum a_mx^m$, "
        r"$A(G)=A+1$: $Z_L-\frac{3}{2}\log Z_L+\sum a_mZ_L^{-m}=L+C$; and $\Pi_L=d\delta_L/d\delta_2"
        r"=\frac{x_LA'(x_2)}{x_2A'(x_L)}$, so $K=-A'(x_2)/x_2=9\pi^2|dA/d\delta|$ at $\delta_2=1$.",
    )
    sigma = sp.Symbol("sigma", positive=True)
    angle = 2 * sp.asin(sigma)
    printed = power_series((sp.sin(angle) - angle * sp.cos(angle)).rewrite(sp.sqrt) / (2 * sigma**2), sigma, 6)
    g = parabolic.odd_series(26, integrated=True)
    ours = [
        sum(sp.Rational(str(c)) * (sp.Rational(9, 4) * sp.pi**2) ** i for i, c in enumerate(p.coeffs())) for p in g[:6]
    ]
    x_over_sigma = sp.Rational(2, 3) / sp.pi
    label = r"$g=(\sin\theta-\theta\cos\theta)/(\pi\delta)$ in powers of $\sigma=\sin(\theta/2)$"
    found = [sp.expand(c * x_over_sigma**j) for j, c in enumerate(ours)]
    yield exact(label, found, [c / sp.pi for c in printed], by="sympy", detail="claim 13 has every term")
    slope = [c * fmpq(j + 2, 2) for j, c in enumerate(g)]
    label = r"$\kappa_0=\frac{d}{d\delta}\delta(1-g)$: coefficients up to $x^{25}$"
    same = all(a == b for a, b in zip(slope, parabolic.odd_series(26, integrated=False), strict=True))
    yield exact(label, same, by="rational arithmetic in Q[tau]")
    yield step("$Z$ grows by 1 a layer at least", r"So $x_{2+n}\leq1/(Z_2+n)$ for every $n$.")
    label = r"no coefficient of $g$ is negative, so $Z_{L+1}-Z_L=((1-g)^{-1/2}-1)/x\geq1$"
    detail = r"$c_j=((1/2)_j)^2/((3/2)_j\,j!)>0$ for every j"
    yield exact(label, all(c >= 0 for p in g for c in p.coeffs()), by="rational arithmetic", detail=detail)
    function = parabolic.abel()
    yield step(
        "$A$ exists, $A_{24}$ encloses it, and so $C$ and $K$",
        r"The errors $E=A_{24}(G)-A_{24}-1$ along $x_2,x_3,\ldots$ have a finite sum, by the maximum principle on a "
        r"circle and the step before: $A=A_{24}+\sum E$ is a limit of analytic functions, and their derivatives "
        "converge as well. The balls take 1000 layers and the tail.",
    )
    label = r"$A_{24}(G)-A_{24}-1=O(x^{26})$, identically in $\tau$"
    detail = r"$a_1=1+\tau/10$, $a_2=\frac{15}{16}+\tau/20$, ..."
    yield exact(label, function.is_zero, by="rational arithmetic in Q[tau]", detail=detail)
    limits = parabolic.shared_limits()
    yield digits("$C$", [limits.shift], (_C,))
    yield digits("$K$", [limits.product], (_K,))
    with oracle.precision():
        value, derivative = parabolic.uniform_bounds()
        yield step(
            r"the bounds for every $L\geq2$",
            "The terms of $A_{24}$ beyond the first two and the bound of the tail, over $x$, grow with $x$, and so "
            r"do those of $A_{24}'$: at $x_2$ they are largest. $|A-\frac{1}{x}-\frac{3}{2}\log x|\leq4x$ at "
            r"$x=1/Z_L$ is the bound of $Z_L$, and $A'(x)=-\frac{1}{x^2}(1-\frac{3x}{2}-e)$ with $|e|\leq9x^2$ that "
            r"of $\Pi_L=K\,x_L/(-A'(x_L))$.",
        )
        label = r"$|A-\frac{1}{x}-\frac{3}{2}\log x|\leq4x$ and $|A'+\frac{1}{x^2}-\frac{3}{2x}|\leq9$ on $(0,x_2]$"
        below = bool(value < 4) and bool(derivative < 9)
        detail = f"{value.str(4, radius=False)} and {derivative.str(4, radius=False)}"
        yield exact(label, below, by="ball arithmetic and the maximum principle", detail=detail)
        x = parabolic.start() / parabolic.tau().sqrt()
        yield from abel_steps()
        label = r"$1-\frac{3}{2}x-9x^2>0$ at $x_2$: the bound of $\Pi_L$ is finite for every $L\geq2$"
        yield exact(label, bool(1 - 3 * x / 2 - 9 * x * x > 0), by="ball arithmetic")
    ell, log, c = sp.symbols("ell lambda C")
    # L = 1/ell; Z = L + (3/2) log L + C + O(log L/L)
    z = 1 + sp.Rational(3, 2) * ell * log + c * ell
    square = sp.series(z**-2, ell, 0, 2).removeO()
    cube = sp.series(z**-3 * (1 + sp.Rational(3, 2) * ell), ell, 0, 2).removeO()
    yield step(
        "the next terms",
        r"The first bound gives $Z_L=L+\frac{3}{2}\log L+C+O(\frac{\log L}{L})$, which is put "
        r"into $Z_L^{-2}$ and into $\Pi_L$.",
    )
    yield exact(
        r"next terms over $1/L$: $-3\log L-2C$ for $(1-b_L)L^2$, $-\frac{9}{2}\log L-3C"
        r"+\frac{3}{2}$ for $\Pi_LL^3$, of the limits",
        [sp.expand(square).coeff(ell, 1), sp.expand(cube).coeff(ell, 1)],
        [-3 * log - 2 * c, -sp.Rational(9, 2) * log - 3 * c + sp.Rational(3, 2)],
        by="sympy",
    )
    yield conclusion(
        r"Gap, bounds for every $L\geq2$, limits and next terms; at $L=2$ $\Pi_2=1$, and "
        "claims 20 and 21 have the zeros."
    )
    yield from _extrapolated()
    yield note(
        r"So even over odd is $1+2KL^{-4}(1+O(\frac{\log L}{L}))$ for RF and $1+4KL^{-5}(\ldots)$ "
        r"for NTK: depth removes the parity long before it is infinite."
    )


def _plain_limits(nodes: int) -> tuple[Any, Any]:
    """K and C from b_L and Pi_L alone: Pi_L Z_L^3 and the shift as polynomials in x_L, at x = 0."""
    import mpmath

    half = mpmath.mpf(1) / 2
    wanted = [2 + int(mpmath.nint(40 * 2 ** (half * i))) for i in range(nodes)]
    b, product, tau = mpmath.mpf(0), mpmath.mpf(1), 9 * mpmath.pi**2 / 4
    x, products, shifts = [], [], []
    for depth in range(2, wanted[-1] + 1):
        if depth in wanted:
            x.append(mpmath.sqrt((1 - b) / (2 * tau)))
            products.append(product / x[-1] ** 3)
            shifts.append(1 / x[-1] + 3 * half * mpmath.log(x[-1]) - depth)
        angle = mpmath.acos(b)
        product *= 1 - angle / mpmath.pi
        b = (mpmath.sin(angle) + (mpmath.pi - angle) * b) / mpmath.pi
    return oracle.at_zero(x, products), oracle.at_zero(x, shifts)


def _extrapolated() -> Checks:
    """Neville extrapolation in 70 digits."""
    import mpmath

    limits = parabolic.shared_limits()
    with mpmath.workdps(70):
        label = "$K$ and $C$, extrapolated from $b_L$ and $\\Pi_L$ by plain arccosines, against the balls"
        stated = [mpmath.mpf(v.mid().str(60, radius=False)) for v in (limits.product, limits.shift)]
        why = "14 nodes; two more change the 28th digit"
        yield measured_against(label, list(_plain_limits(14)), stated, rtol=1e-27, why=why, at=["K", "C"])
