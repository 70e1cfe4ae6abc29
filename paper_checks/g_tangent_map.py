r"""The map of the tangent kernel is Hoelder 1/2: sharp constants at every depth

Let kappa be a zonal kernel with kappa(1) = m, K(x, y) = |x||y|kappa(cos) and Phi its map. With
|x| = 1 >= |y| = r and s = |x-y|,

.. math:: |\Phi(x)-\Phi(y)|^2 = m(1+r^2)-2r\kappa(u) = ms^2+2rh, \qquad h = mu-\kappa(u).

So a bound on the one function h of the angle is a bound of the map everywhere.
"""

import sympy as sp

import kernelspec as ks
from paper_checks.g_arccosine_maps import ramp
from paper_checks.registry import Checks, Evidence, Tier, check, conclusion, exact, step, vanish

_PAPER = "Bietti & Mairal 2019 (NeurIPS), smoothness of the NTK map; seminar; the constants: derived here"
_HERE = "derived here; two layers with larger constants: Bietti & Mairal 2019 (NeurIPS)"


def constants(depth: int, bias: bool = False) -> tuple[int, int]:
    """(pi A, kappa(1)): |Phi(x)-Phi(y)|^2 <= A min(|x|, |y|)|x-y| + kappa(1)|x-y|^2."""
    return (depth - 1) * (depth + 2 * bias), depth + bias


def _nearest() -> Evidence:
    """|x-y| is at least S = sin(min(theta, pi/2)), whatever |y| is."""
    r, theta = sp.symbols("r theta", positive=True)
    squared = 1 + r**2 - 2 * r * sp.cos(theta)
    return vanish(
        r"$s\geq S=\sin\min(\theta,\frac{\pi}{2})$: $s^2=\sin^2\theta+(r-\cos\theta)^2=1+r(r-2\cos\theta)$",
        squared - sp.sin(theta) ** 2 - (r - sp.cos(theta)) ** 2,
        squared - 1 - r * (r - 2 * sp.cos(theta)),
        detail="the distance to the line through y, or, for an obtuse angle, to the origin",
    )


def _identity() -> Evidence:
    """|Phi(x)-Phi(y)|^2 = m s^2 + 2 r h."""
    r, u, m, kappa = sp.symbols("r u m kappa")
    image, squared = m * (1 + r**2) - 2 * r * kappa, 1 + r**2 - 2 * r * u
    return vanish(r"$|\Phi(x)-\Phi(y)|^2=ms^2+2r(mu-\kappa)$", image - m * squared - 2 * r * (m * u - kappa))


@check("C40a", verdict="proved", where=_PAPER)
def two_layers(tier: Tier) -> Checks:
    r"""The two-layer tangent kernel's map

    On the sphere $|\Phi(x)-\Phi(y)|^2=2(2-u\kappa_0-\kappa_1)\sim\frac{2}{\pi}\theta$: $\Phi$ is not Lipschitz. For all
    $x,y$, $|\Phi(x)-\Phi(y)|^2\leq\frac{2}{\pi}\min(|x|,|y|)|x-y|+2|x-y|^2$, with equality only where $x=y$ or one of
    them is 0. So $|\Phi(x)-\Phi(y)|\leq\sqrt{\frac{2}{\pi}\min(|x|,|y|)|x-y|}+\sqrt2\,|x-y|$, and
    $\sqrt{\min(|x|,|y|)|x-y|}+2|x-y|$ is more than the distance: the supremum of their ratio is $\sqrt{2/\pi}$, not
    attained.
    """
    theta, u, t = sp.symbols("theta u t", positive=True)
    kernel = ks.ntk(2).sympy(u)
    plain = u * ks.arccos(0).sympy(u) + ks.arccos(1).sympy(u)
    closed = 2 * theta * sp.cos(theta) - sp.sin(theta)
    angle = {sp.acos(u): theta, sp.sqrt(1 - u**2): sp.sin(theta)}
    h = sp.expand(2 * u - kernel).subs(angle).subs(u, sp.cos(theta))
    yield step(
        "a bound of one function of the angle",
        r"Let $|x|=1\geq|y|=r$, by homogeneity, and $s=|x-y|$. The bound on "
        r"$|\Phi(x)-\Phi(y)|^2=2s^2+2rh$ is $\pi h\leq s$ for $r>0$.",
    )
    yield vanish(
        r"library: $\kappa=u\kappa_0+\kappa_1$; $\pi h=2\theta\cos\theta-\sin\theta$",
        kernel - plain,
        sp.pi * h - closed,
    )
    yield _identity()
    yield step(
        r"$\pi h\leq\sin\theta\leq s$ for $\theta\leq\frac{\pi}{2}$, and $h<0$ beyond",
        r"$\theta\cos\theta\leq\sin\theta$, with equality at 0 alone; $\cos\theta<0$ beyond "
        r"$\frac{\pi}{2}$. So equality needs $r=0$, or $\theta=0$ and $s=0$.",
    )
    yield ramp()
    yield vanish(
        r"$\sin\theta-\pi h=2(\sin\theta-\theta\cos\theta)\geq0$",
        sp.sin(theta) - closed - 2 * (sp.sin(theta) - theta * sp.cos(theta)),
        detail="for an obtuse angle h is negative term by term",
    )
    yield _nearest()
    squared = 4 - 4 * sp.cos(theta) + 2 * closed / sp.pi
    yield step("the sphere, and no Lipschitz constant")
    label = r"$|\Phi(x)-\Phi(y)|^2/\theta$ on the sphere at $\theta\to0$; $|x-y|^2/|\Phi(x)-\Phi(y)|^2$ there"
    found = [sp.limit(squared / theta, theta, 0), sp.limit((2 - 2 * sp.cos(theta)) / squared, theta, 0)]
    detail = "the second limit, 0, says that no Lipschitz constant holds"
    yield exact(label, found, [2 / sp.pi, 0], by="sympy", detail=detail)
    p, q = sp.symbols("p q", positive=True)
    yield step(
        "the bounds by roots",
        r"$\sqrt{p^2+q^2}\leq p+q$ with $p^2=\frac{2}{\pi}\min(|x|,|y|)|x-y|$, $q^2=2|x-y|^2$. $\sqrt{2/\pi}$ times "
        r"the older bound has $p$ and $2\sqrt{2/\pi}\,|x-y|>\sqrt2\,|x-y|=q$, so it is more than the distance for "
        r"$x\neq y$. On the sphere, as $x\to y$, the distance over the older bound tends to $\sqrt{2/\pi}$.",
    )
    label = r"$(p+q)^2-(p^2+q^2)=2pq$; $(2\sqrt{2/\pi})^2-2=\frac{2(4-\pi)}{\pi}>0$"
    found = [sp.expand((p + q) ** 2 - p**2 - q**2), 8 / sp.pi - 2 - 2 * (4 - sp.pi) / sp.pi]
    detail = "the ratio tends to sqrt(2/pi) on the sphere as x and y approach each other"
    yield exact(label, found, [2 * p * q, 0], by="sympy", detail=detail)
    yield conclusion(
        "The bound on $h$ is that for all $x,y$, with its cases of equality; the limit at "
        r"$\theta\to0$ and the bounds by roots are the other sentences."
    )


@check("L12a", verdict="proved", where=_HERE)
def every_depth(tier: Tier) -> Checks:
    r"""The sharp Hoelder bound of the tangent kernel's map, every depth

    Let $\Phi$ be the map of the NTK of $L\geq2$ layers, $\beta=0$, or $\beta=1$ with the input bias of claim 26. For
    all $x,y$: $|\Phi(x)-\Phi(y)|^2\leq\frac{(L-1)(L+2\beta)}{\pi}\min(|x|,|y|)|x-y|+(L+\beta)|x-y|^2$, with equality
    only where $x=y$ or one of them is 0. Neither constant can be smaller. On the sphere
    $|\Phi(x)-\Phi(y)|^2\sim\frac{(L-1)(L+2\beta)}{\pi}\theta$.
    """
    tangent, angle, u, after, layer, b = sp.symbols("T theta u v l beta")
    raised = tangent * (1 - angle / sp.pi) + after
    v = sp.Symbol("v", real=True)
    sine = sp.sqrt(1 - v**2)
    first, zeroth = ks.arccos(1).sympy(v), ks.arccos(0).sympy(v)
    yield step(
        "a bound of one function of the angle",
        r"Let $|x|=1\geq|y|=r$, $s=|x-y|$, $u_1=u$, $u_{l+1}=\kappa_1(u_l)=\cos\theta_{l+1}$, $T_1=u+\beta$, "
        r"$T_{l+1}=T_l\kappa_0(u_l)+u_{l+1}$: the kernel is $T_L$, $m=L+\beta$. With $h_l=(l+\beta)u-T_l$ the bound "
        r"is $h_L\leq\frac{1}{2}As$, $A=\frac{(L-1)(L+2\beta)}{\pi}$.",
    )
    yield _identity()
    yield step(r"(1) $\theta_{l+1}\leq\theta_l$, as $u_{l+1}\geq u_l$")
    yield ramp()
    yield vanish(
        r"(1) $\kappa_1-u=\frac{1}{\pi}(\sin\theta-\theta\cos\theta)$; (2) "
        r"$\kappa_1=u\kappa_0+\frac{1}{\pi}\sin\theta$",
        first - v - (sine - sp.acos(v) * v) / sp.pi,
        first - v * zeroth - sine / sp.pi,
    )
    inner, sin_inner = sp.symbols("u_l s_l")
    kappa = 1 - angle / sp.pi
    reached = raised.subs(after, inner * kappa + sin_inner / sp.pi)
    lag = reached - (layer + 1 + b) * (inner * kappa + sin_inner / sp.pi)
    yield step(
        r"(2) $T_l\leq(l+\beta)u_l$ for $l\geq1+\beta$",
        r"$e_l=T_l-(l+\beta)u_l$ is 0 at $l=1$ without bias, and $e_2\leq0$ with it ($\tan "
        r"p\geq p$, $p=\frac{\pi-\theta}{2}$); a step keeps $e_l\leq0$.",
    )
    yield vanish(
        r"(2) $e_{l+1}=e_l\kappa_0(u_l)-\frac{l+\beta}{\pi}\sin\theta_l$",
        lag - (tangent - (layer + b) * inner) * kappa + (layer + b) * sin_inner / sp.pi,
        by="sympy, every l",
    )
    p = sp.Symbol("p", positive=True)
    opening = sp.pi - 2 * p
    second = (1 - sp.cos(opening)) * (1 - opening / sp.pi) - 2 * sp.sin(opening) / sp.pi
    stated = 4 * sp.cos(p) * (p * sp.cos(p) - sp.sin(p)) / sp.pi
    half = sp.Symbol("x", positive=True)
    biased = 2 * sp.sin(2 * half) - 2 * half * (1 + sp.cos(2 * half))
    yield step(
        r"(3) $\theta_lT_l\leq(l+\beta)\sin\theta_l$",
        r"By (2) and $\theta\cos\theta\leq\sin\theta$; for $l=\beta=1$, where (2) says "
        r"nothing, $\theta(1+\cos\theta)\leq2\sin\theta$.",
    )
    yield vanish(
        r"bias: (2) $e_2=\frac{4}{\pi}\cos p\,(p\cos p-\sin p)$; (3) "
        r"$2\sin\theta-\theta(1+\cos\theta)=4\cos x\,(\sin x-x\cos x)$, $x=\frac{\theta}{2}$",
        sp.expand_trig(second - stated),
        sp.expand_trig(biased - 4 * sp.cos(half) * (sp.sin(half) - half * sp.cos(half))),
    )
    gain = ((layer + 1 + b) * u - raised) - ((layer + b) * u - tangent)
    depth = sp.Symbol("L", positive=True)
    total = sp.summation(layer + b, (layer, 1, depth - 1))
    yield step(r"(4) $h_L$ is at most the sum of $\frac{1}{\pi}\theta_lT_l$", r"$h_1\leq0$, and $u_{l+1}-u\geq0$.")
    yield vanish(
        r"(4) $h_{l+1}-h_l=\frac{1}{\pi}\theta_lT_l-(u_{l+1}-u)$; $h_1=-\beta(1-u)$; "
        r"$\sum_{l=1}^{L-1}(l+\beta)=\frac{1}{2}(L-1)(L+2\beta)$",
        gain - tangent * angle / sp.pi + (after - u),
        (1 + b) * u - (u + b) + b * (1 - u),
        total - (depth - 1) * (depth + 2 * b) / 2,
        by="sympy, every l and L",
    )
    yield step(
        "(5) the bound",
        r"With $S=\sin\min(\theta,\frac{\pi}{2})$, $\theta_l\leq\theta$ and "
        r"$\theta_lT_l\leq(l+\beta)\sin\theta_l\leq(l+\beta)S$, so $h_L\leq\frac{1}{2}AS\leq\frac{1}{2}As$, "
        r"$A=\frac{(L-1)(L+2\beta)}{\pi}$. (For $\theta>\frac{\pi}{2}$, $\beta=0$, $\theta_1T_1<0$.) Equality needs "
        r"$r=0$, or $\theta=0$ and $s=0$: (3) is strict at $l=1$ for $0<\theta<\pi$, and $\theta_1T_1\leq0$ at $\pi$.",
    )
    yield _nearest()
    yield step(
        "neither constant can be smaller",
        r"$y=0$ has $|\Phi(x)|^2=(L+\beta)|x|^2$. On the sphere, as $\theta\to0$, $\theta_l=\theta+O(\theta^2)$ and "
        r"$T_l\to l+\beta$ in (4) give $2h_L\sim A\theta$, and $s\sim\theta$.",
    )
    yield conclusion(
        r"Steps (1) to (5) are the bound for every $L\geq2$, $\beta\in\{0,1\}$ and all $x,y$; "
        "the last step makes both constants sharp and gives the limit on the sphere."
    )
    depths = tier.pick(quick=(2, 3, 5), full=(2, 3, 5, 8))
    for bias in (False, True):
        found = [ks.ntk(n, bias=bias).expand(at=1, terms=2).coefficient(sp.Rational(1, 2)) for n in depths]
        label = r"library's expansions: the coefficient of $t^{1/2}$ is $-\frac{1}{\sqrt2}A$, $\theta\sim\sqrt{2t}$"
        gaps = [x * sp.sqrt(2) * sp.pi + constants(n, bias)[0] for x, n in zip(found, depths, strict=True)]
        yield vanish(label + (", with bias" if bias else ""), *gaps, detail=f"L = {', '.join(map(str, depths))}")
