r"""The kernel maps of the arc-cosine kernels: sharp constants

With a = |x|, b = |y|, u = cos theta:

.. math:: |\varphi_1(x)-\varphi_1(y)|^2 = a^2+b^2-2ab\kappa_1(u), \qquad
   |\varphi_0(x)-\varphi_0(y)|^2 = 2-2\kappa_0(u),

the latter for unit vectors. All of it comes down to sin x >= x cos x.
"""

import sympy as sp
from flint import arb

import kernelspec as ks
from oracle import deep as oracle
from paper_checks.registry import Checks, Evidence, Tier, check, conclusion, exact, step, vanish

_NTK = "Bietti & Mairal 2019 (NeurIPS), smoothness of the kernel maps; seminar"


def ramp() -> Evidence:
    """sin x >= x cos x on [0, pi], with equality at 0 alone: what all the angles here come down to."""
    x = sp.Symbol("x", positive=True)
    gap = sp.sin(x) - x * sp.cos(x)
    return vanish(
        r"$\sin x-x\cos x$ is 0 at $x=0$, its slope is $x\sin x$: positive on $(0,\pi]$",
        gap.subs(x, 0),
        gap.diff(x) - x * sp.sin(x),
    )


@check("C38", verdict="proved", where=_NTK)
def degree_zero(tier: Tier) -> Checks:
    r"""The map of $\kappa_0$ on the sphere

    $|\varphi_0(x)-\varphi_0(y)|^2=\frac{2\theta}{\pi}$, and
    $\sqrt{\frac{2}{\pi}}\,|x-y|^{1/2}\leq|\varphi_0(x)-\varphi_0(y)|\leq|x-y|^{1/2}$. The ratio grows with $\theta$:
    the constant 1 is attained at antipodes and, for $x\neq y$, nowhere else; $\sqrt{2/\pi}=0.797885$ is the limit of
    small distances.
    """
    theta, x = sp.symbols("theta x", positive=True)
    squared = 2 - 2 * ks.arccos(0).sympy(sp.cos(theta))
    quarter = squared.subs(sp.acos(sp.cos(theta)), theta)
    yield step("distances by the angle")
    yield vanish(
        r"$|\varphi_0(x)-\varphi_0(y)|^2-\frac{2\theta}{\pi}$; $|x-y|^2-4\sin^2\frac{\theta}{2}$",
        quarter - 2 * theta / sp.pi,
        2 - 2 * sp.cos(theta) - 4 * sp.sin(theta / 2) ** 2,
    )
    ratio = 2 * x / sp.pi / sp.sin(x)
    yield step(
        r"the ratio grows on $(0,\pi]$",
        r"Its slope has the sign of $\sin x-x\cos x$, which is positive: it is 0 at 0 and has the slope $x\sin x$.",
    )
    yield vanish(
        r"squared ratio $\frac{2}{\pi}\frac{x}{\sin x}$, $x=\frac{\theta}{2}$: its slope is "
        r"$\frac{2}{\pi}\frac{\sin x-x\cos x}{\sin^2x}$",
        ratio.diff(x) - 2 * (sp.sin(x) - x * sp.cos(x)) / (sp.pi * sp.sin(x) ** 2),
    )
    yield ramp()
    yield step("the values at both ends")
    label = r"the squared ratio at $\theta\to0$ and at $\theta=\pi$"
    yield exact(label, [sp.limit(ratio, x, 0), ratio.subs(x, sp.pi / 2)], [2 / sp.pi, 1], by="sympy")
    with oracle.precision():
        yield exact(
            r"$\sqrt{2/\pi}=0.797885$", oracle.has_digits((2 / arb.pi()).sqrt(), "0.797885"), by="ball arithmetic"
        )
    yield conclusion(
        r"A ratio that grows lies between its limit at $\theta\to0$, not attained, and its "
        r"value at $\theta=\pi$, attained there alone."
    )


@check("C39", verdict="proved", where=_NTK + "; lower bound derived here")
def degree_one(tier: Tier) -> Checks:
    r"""The map of $\kappa_1$

    $\frac{1}{\sqrt2}|x-y|\leq|\varphi_1(x)-\varphi_1(y)|\leq|x-y|$ for all $x,y$: not only non-expansive, but with an
    inverse of constant $\sqrt2$. The upper bound is attained where $x$ and $y$ lie on one ray and nowhere else, and on
    the sphere only in the limit $x\to y$; the lower one at antipodes of equal norm.
    """
    a, b, u = sp.symbols("a b u", real=True)
    first, zeroth = ks.arccos(1).sympy(u), ks.arccos(0).sympy(u)
    angle = sp.acos(u)
    yield step(
        "the upper bound",
        r"With $a=|x|$, $b=|y|$ $|x-y|^2-|\varphi_1(x)-\varphi_1(y)|^2=2ab(\kappa_1-u)\geq0$, "
        r"with equality for $\theta=0$ or $ab=0$ alone. On the sphere $\theta=0$ is $x=y$, and "
        r"the ratio tends to 1, as $\kappa_1'(1)=1$.",
    )
    yield vanish(
        r"$\kappa_1-u=\frac{1}{\pi}(\sin\theta-\theta\cos\theta)$", first - u - (sp.sqrt(1 - u**2) - angle * u) / sp.pi
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
            sp.simplify(lift.diff(u) - (sp.Rational(1, 2) - zeroth)),
            sp.simplify(zeroth.diff(u) * sp.pi * sp.sqrt(1 - u**2)),
            zeroth.subs(u, 0),
        ],
        [0, 0, 0, 1, sp.Rational(1, 2)],
        by="sympy",
        detail="so it grows, then falls, and is positive inside",
    )
    image, distance = (a**2 + b**2 - 2 * a * b * v for v in (first, u))
    yield vanish(
        r"$|\varphi_1(x)-\varphi_1(y)|^2-\frac{1}{2}|x-y|^2=\frac{1}{2}(a-b)^2+2ab\,[\frac{1+u}{2}-\kappa_1]$",
        image - distance / 2 - (a - b) ** 2 / 2 - 2 * a * b * lift,
    )
    yield conclusion("Both bounds, for all $x$ and $y$, with their cases of equality.")
