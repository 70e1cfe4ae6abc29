r"""The Hoelder constants of the tangent kernel's map on the sphere, certified

On the sphere |x-y| = 2 sigma, sigma = sin(theta/2), and |Phi(x)-Phi(y)|^2 = 2 delta_L. What is proved
with balls is proved in `experiments.tangent_balls`.
"""

import sympy as sp
from flint import arb

from experiments.tangent_balls import arithmetic, largest_at_zero, peak
from oracle import deep as oracle
from oracle import parabolic as parabolic
from paper_checks.cover_controls import cover_steps
from paper_checks.g_arccosine_maps import ramp
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step, vanish


@check("C40b", verdict="proved", where="derived here")
def two_layers(tier: Tier) -> Checks:
    r"""The two-layer tangent kernel's map on the sphere

    $|\Phi(x)-\Phi(y)|\leq H_2|x-y|^{1/2}$ for unit vectors with the sharp $H_2=1.5509174475$, attained at
    $|x-y|=1.57781$ and at no other distance.
    """
    found = peak(2)
    yield step(
        "one maximum, enclosed",
        r"Let $F=|\Phi(x)-\Phi(y)|^2/|x-y|$, as a function of $\theta\in(0,\pi]$: a Taylor series in balls on any "
        r"interval, and near $\theta=0$ a series in $\sin\frac{\theta}{2}$ with a bound of its tail. In a "
        r"neighbourhood of the maximum $F$ is concave, and its slope changes sign. All other $\theta$ are covered by "
        "intervals on which $F$ is smaller, by its value in the middle and its slope on the whole.",
    )
    yield exact(
        r"one maximum of $|\Phi(x)-\Phi(y)|^2/|x-y|$ in $(0,\pi]$; $H_2=1.5509174475$, $|x-y|=1.57781$",
        oracle.has_digits(found.constant, "1.5509174475") and oracle.has_digits(found.distance, "1.57781"),
        by="ball arithmetic",
        detail=f"{found.intervals} intervals; H_2 = {found.constant.str(15)}, at {found.distance.str(12)}",
    )
    yield from cover_steps()
    yield conclusion(
        "The square root of the enclosed maximum is $H_2$, to the digits stated; it is attained there and nowhere else."
    )


@check("L12b", verdict="proved", where="derived here")
def every_depth(tier: Tier) -> Checks:
    r"""The Hoelder constant on the sphere at every depth

    For unit vectors the sharp constant in $|\Phi(x)-\Phi(y)|\leq H_L|x-y|^{1/2}$, NTK of $L$ layers, is
    $H_L=\sqrt{L(L-1)/\pi}$ for every $L\geq6$: the limit $x\to y$, not attained. For $L=2,3,4,5$ it is larger and
    attained: $1.5509174475$, $1.8227135365$, $2.1498386112$, $2.5626063298$. So $H_L$ grows like $\frac{L}{\sqrt\pi}$,
    and relative to $|\Phi|=\sqrt L$ like $\sqrt{L/\pi}$.
    """
    yield step(
        "$L=2,3,4,5$: a maximum inside, enclosed",
        r"As for two layers in claim 40b, with $F_L=|\Phi(x)-\Phi(y)|^2/|x-y|$.",
    )
    claimed = {2: "1.5509174475", 3: "1.8227135365", 4: "2.1498386112", 5: "2.5626063298"}
    for depth, digits in claimed.items():
        found = peak(depth)
        with arithmetic():
            limit = (arb(depth * (depth - 1)) / arb.pi()).sqrt()
            larger = bool(found.constant > limit)
        label = f"$H_{depth}={digits}$, larger than $\\sqrt{{L(L-1)/\\pi}}$"
        detail = f"{found.intervals} intervals; at |x-y| = {found.distance.str(8)}"
        yield exact(label, oracle.has_digits(found.constant, digits) and larger, by="ball arithmetic", detail=detail)
    yield from cover_steps()
    yield step(
        r"$L=6$: the limit at $\theta\to0$ is the largest value",
        r"$F_6$ falls on $[0,\frac{1}{2}]$, and is smaller beyond: intervals in balls, as before.",
    )
    count = largest_at_zero(6)
    label = r"$L=6$: $|\Phi(x)-\Phi(y)|^2<\frac{30}{\pi}|x-y|$ for $x\neq y$"
    yield exact(label, count > 0, by="ball arithmetic", detail=f"{count} intervals")
    yield step(
        r"from $L$ to $L+1$, $L\geq6$",
        r"$F_{L+1}-F_L<\frac{2L}{\pi}$, the growth of $\frac{L(L-1)}{\pi}$. $\theta_l\kappa_l\leq "
        r"l\sin\theta_l\leq2l\sigma_l$ by step (3) of L12a, and $\sigma_l\leq\sigma/(1+q)$, $q=(l-1)c\sigma$: each "
        r"layer adds $c$ at least to $1/\sigma_l$. So "
        r"$\delta_{l+1}-\delta_l\leq\frac{2\sigma}{1+q}[\frac{l}{\pi}+\frac{\sigma}{1+q}]$, which is below "
        r"$\frac{2l\sigma}{\pi}$ where $l(l-1)c>\pi$.",
    )
    delta, after, angle, layer, sigma = sp.symbols("delta delta_1 theta l sigma", positive=True)
    kappa = layer - delta
    following = layer + 1 - (kappa * (1 - angle / sp.pi) + 1 - after)
    yield vanish(
        r"$\delta_{l+1}-\delta_l=\frac{1}{\pi}\theta_l\kappa_l+(1-u_{l+1})$",
        following - delta - angle * kappa / sp.pi - after,
        by="sympy, every l",
    )
    yield ramp()
    x = sp.Symbol("x", positive=True)
    lost = (sp.sin(x) - x * sp.cos(x)) / (2 * sp.pi * sp.sin(x / 2) ** 2)
    c = 2 / (3 * sp.pi)
    powers = parabolic.odd_series(8, integrated=True)
    label = (
        r"$g=2c\sigma+\ldots$, $c=\frac{2}{3\pi}$, with positive coefficients (claim 13), so $g\geq2c\sigma$ and "
        r"$(1-g)^{-1/2}\geq1+c\sigma$"
    )
    detail = "in units of 1/c the first coefficient is 2, as the second identity says"
    yield exact(label, [sp.limit(lost / sp.sin(x / 2), x, 0), int(powers[1][0])], [2 * c, 2], by="sympy", detail=detail)
    q = (layer - 1) * c * sigma
    room = 2 * layer * sigma / sp.pi - 2 * sigma / (1 + q) * (layer / sp.pi + sigma / (1 + q))
    stated = 2 * sigma**2 / (1 + q) * (layer * (layer - 1) * c / sp.pi - 1 / (1 + q))
    yield vanish(
        r"$\frac{2l\sigma}{\pi}$ less the bound of the difference is "
        r"$\frac{2\sigma^2}{1+q}[\frac{l(l-1)c}{\pi}-\frac{1}{1+q}]$",
        room - stated,
        by="sympy, every l",
    )
    with arithmetic():
        needed = 3 * arb.pi() ** 2 / 2
        enough = bool(needed < 5 * 4) and bool(needed > 4 * 3)
    label = r"$l(l-1)>\frac{3\pi^2}{2}$ from $l=5$ on"
    yield exact(label, enough, by="ball arithmetic", detail="so the step from L = 6 to 7 and all later ones hold")
    yield step(
        r"the constant for $L\geq6$ is a limit",
        r"$F_L(0)=\frac{L(L-1)}{\pi}$ by L12a; strict for $\theta>0$, so the constant is not attained.",
    )
    yield conclusion(
        r"The four constants, $L=6$, and every later $L$ by induction; $\sqrt{L(L-1)/\pi}$ grows like $L/\sqrt\pi$."
    )
