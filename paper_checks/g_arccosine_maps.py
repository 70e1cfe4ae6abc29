r"""The kernel maps of the arc-cosine kernels: sharp constants

With a = |x|, b = |y|, u = cos theta:

.. math:: |\varphi_1(x)-\varphi_1(y)|^2 = a^2+b^2-2ab\kappa_1(u), \qquad
   |\varphi_0(x)-\varphi_0(y)|^2 = 2-2\kappa_0(u),

the latter for unit vectors. All of it comes down to sin x >= x cos x.
"""

from __future__ import annotations

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.registry import Checks, Evidence, Tier, check, conclusion, exact, step

_NTK = "Bietti & Mairal 2019 (NeurIPS), smoothness of the kernel maps; seminar"


def ramp() -> Evidence:
    """sin x >= x cos x on [0, pi], with equality at 0 alone: what all the angles here come down to."""
    import sympy

    x = sympy.Symbol("x", positive=True)
    gap = sympy.sin(x) - x * sympy.cos(x)
    return exact(
        r"$\sin x-x\cos x$ is 0 at $x=0$, its slope is $x\sin x$: positive on $(0,\pi]$",
        [gap.subs(x, 0), sympy.simplify(gap.diff(x) - x * sympy.sin(x))],
        [0, 0],
        by="sympy",
    )


@check(
    "C38",
    title="The map of $\\kappa_0$ on the sphere",
    statement=(
        r"$|\varphi_0(x)-\varphi_0(y)|^2=\frac{2\theta}{\pi}$, and "
        r"$\sqrt{\frac{2}{\pi}}\,|x-y|^{1/2}\leq|\varphi_0(x)-\varphi_0(y)|\leq|x-y|^{1/2}$. The ratio grows with "
        r"$\theta$: the constant 1 is attained at antipodes and, for $x\neq y$, nowhere else; "
        r"$\sqrt{2/\pi}=0.797885$ is the limit of small distances."
    ),
    where=_NTK,
    verdict="proved",
)
def degree_zero(tier: Tier) -> Checks:
    """The squared ratio as a function of half the angle."""
    import sympy

    theta, x = sympy.symbols("theta x", positive=True)
    squared = 2 - 2 * ks.arccos(0).sympy(sympy.cos(theta))
    quarter = squared.subs(sympy.acos(sympy.cos(theta)), theta)
    yield step("distances by the angle")
    yield exact(
        r"$|\varphi_0(x)-\varphi_0(y)|^2-\frac{2\theta}{\pi}$; $|x-y|^2-4\sin^2\frac{\theta}{2}$",
        [
            sympy.simplify(quarter - 2 * theta / sympy.pi),
            sympy.simplify(2 - 2 * sympy.cos(theta) - 4 * sympy.sin(theta / 2) ** 2),
        ],
        [0, 0],
        by="sympy",
    )
    ratio = 2 * x / sympy.pi / sympy.sin(x)
    yield step(
        r"the ratio grows on $(0,\pi]$",
        r"Its slope has the sign of $\sin x-x\cos x$, which is positive: it is 0 at 0 and has "
        r"the slope $x\sin x$.",
    )
    yield exact(
        r"squared ratio $\frac{2}{\pi}\frac{x}{\sin x}$, $x=\frac{\theta}{2}$: its slope is "
        r"$\frac{2}{\pi}\frac{\sin x-x\cos x}{\sin^2x}$",
        sympy.simplify(ratio.diff(x) - 2 * (sympy.sin(x) - x * sympy.cos(x)) / (sympy.pi * sympy.sin(x) ** 2)),
        0,
        by="sympy",
    )
    yield ramp()
    yield step("the values at both ends")
    yield exact(
        r"the squared ratio at $\theta\to0$ and at $\theta=\pi$",
        [sympy.limit(ratio, x, 0), ratio.subs(x, sympy.pi / 2)],
        [2 / sympy.pi, 1],
        by="sympy",
    )
    with oracle.precision():
        from flint import arb

        yield exact(
            r"$\sqrt{2/\pi}=0.797885$", oracle.has_digits((2 / arb.pi()).sqrt(), "0.797885"), by="ball arithmetic"
        )
    yield conclusion(
        r"A ratio that grows lies between its limit at $\theta\to0$, not attained, and its "
        r"value at $\theta=\pi$, attained there alone."
    )


@check(
    "C39",
    title="The map of $\\kappa_1$",
    statement=(
        r"$\frac{1}{\sqrt2}|x-y|\leq|\varphi_1(x)-\varphi_1(y)|\leq|x-y|$ for all $x,y$: not only "
        r"non-expansive, but with an inverse of constant $\sqrt2$. The upper bound is attained where $x$ and "
        r"$y$ lie on one ray and nowhere else, and on the sphere only in the limit $x\to y$; the lower one at "
        r"antipodes of equal norm."
    ),
    where=_NTK + "; lower bound derived here",
    verdict="proved",
)
def degree_one(tier: Tier) -> Checks:
    """One function of the cosine for either bound."""
    import sympy

    a, b, u = sympy.symbols("a b u", real=True)
    first, zeroth = ks.arccos(1).sympy(u), ks.arccos(0).sympy(u)
    angle = sympy.acos(u)
    yield step(
        "the upper bound",
        r"With $a=|x|$, $b=|y|$ $|x-y|^2-|\varphi_1(x)-\varphi_1(y)|^2=2ab(\kappa_1-u)\geq0$, "
        r"with equality for $\theta=0$ or $ab=0$ alone. On the sphere $\theta=0$ is $x=y$, and "
        r"the ratio tends to 1, as $\kappa_1'(1)=1$.",
    )
    yield exact(
        r"$\kappa_1-u=\frac{1}{\pi}(\sin\theta-\theta\cos\theta)$",
        sympy.simplify(first - u - (sympy.sqrt(1 - u**2) - angle * u) / sympy.pi),
        0,
        by="sympy",
    )
    yield ramp()
    yield step(
        "the lower bound",
        "The difference of the squares is a sum of two terms that are not negative; both vanish for $a=b$ and $u=-1$.",
    )
    lift = (1 + u) / 2 - first
    yield exact(
        r"$\frac{1+u}{2}-\kappa_1$ is 0 at $\pm1$; its slope is $\frac{1}{2}-\kappa_0$, $\kappa_0$ grows, and is "
        r"$\frac{1}{2}$ at $u=0$",
        [
            lift.subs(u, 1),
            lift.subs(u, -1),
            sympy.simplify(lift.diff(u) - (sympy.Rational(1, 2) - zeroth)),
            sympy.simplify(zeroth.diff(u) * sympy.pi * sympy.sqrt(1 - u**2)),
            zeroth.subs(u, 0),
        ],
        [0, 0, 0, 1, sympy.Rational(1, 2)],
        by="sympy",
        detail="so it grows, then falls, and is positive inside",
    )
    image, distance = (a**2 + b**2 - 2 * a * b * v for v in (first, u))
    yield exact(
        r"$|\varphi_1(x)-\varphi_1(y)|^2-\frac{1}{2}|x-y|^2=\frac{1}{2}(a-b)^2+2ab\,[\frac{1+u}{2}-\kappa_1]$",
        sympy.expand(image - distance / 2 - (a - b) ** 2 / 2 - 2 * a * b * lift),
        0,
        by="sympy",
    )
    yield conclusion("Both bounds, for all $x$ and $y$, with their cases of equality.")
